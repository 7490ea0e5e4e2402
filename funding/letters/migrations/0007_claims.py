"""Letters that claim back some of what was paid, while the grant stays."""

from datetime import date

import members.common.checks
from django.conf import settings
from django.db import migrations, models


#: The council's decision was for 2016; no letter is older.
SINCE = date(2016, 1, 1)

SUBJECT = "Rückzahlung aus der Förderung des Projekts „{projekt}“"
OPENING = (
    "für das Projekt „{projekt}“ (Projektnummer {nummer}) haben wir {ausgezahlt} aus dem Topf {topf} ausgezahlt. Davon sind {betrag} "
    "(in Worten: {betrag_in_worten}) zurückzuzahlen; warum, steht unten in der Begründung.\n\nÜberweisen Sie den Betrag bitte binnen "
    "vier Wochen nach dem Datum dieses Schreibens auf das Konto des Vereins und nennen Sie dabei die Projektnummer {nummer}."
)
CLOSING = (
    "Zinsen verlangen wir nur, soweit sie vereinbart sind.\n\nHaben Sie Fragen, oder sind Sie mit etwas nicht einverstanden? Dann "
    "wenden Sie sich bitte an uns; wie Sie uns erreichen, steht oben. Wir prüfen, was Sie einwenden, und antworten "
    "schriftlich."
)


def load(apps, schema_editor):
    apps.get_model("letters", "LetterText").objects.create(
        form="private", kind="claim", version=1, since=SINCE, subject=SUBJECT, opening=OPENING, closing=CLOSING
    )


def unload(apps, schema_editor):
    apps.get_model("letters", "LetterText").objects.filter(kind="claim").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0023_carried_and_reclaimed'),
        ('letters', '0006_plainer_texts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='letter',
            name='letter_words_known',
        ),
        migrations.RemoveConstraint(
            model_name='lettertext',
            name='letter_text_words_known',
        ),
        migrations.RemoveConstraint(
            model_name='lettertext',
            name='letter_text_kind_fits_form',
        ),
        migrations.AlterField(
            model_name='letter',
            name='kind',
            field=models.CharField(choices=[('promise', 'Förderzusage'), ('agreement', 'Fördervereinbarung'), ('confirmation', 'Förderbestätigung'), ('rejection', 'Absage'), ('change', 'Änderung'), ('withdrawal', 'Rücktritt'), ('recovery', 'Rückforderung'), ('claim', 'Aufforderung zur Rückzahlung'), ('release', 'Mittelfreigabe'), ('grant_notice', 'Zuwendungsbescheid'), ('change_notice', 'Änderungsbescheid'), ('reject_notice', 'Ablehnungsbescheid'), ('revoke_notice', 'Widerrufsbescheid'), ('recover_notice', 'Erstattungsbescheid')], max_length=14, verbose_name='Art'),
        ),
        migrations.AlterField(
            model_name='lettertext',
            name='kind',
            field=models.CharField(choices=[('promise', 'Förderzusage'), ('agreement', 'Fördervereinbarung'), ('confirmation', 'Förderbestätigung'), ('rejection', 'Absage'), ('change', 'Änderung'), ('withdrawal', 'Rücktritt'), ('recovery', 'Rückforderung'), ('claim', 'Aufforderung zur Rückzahlung'), ('release', 'Mittelfreigabe'), ('grant_notice', 'Zuwendungsbescheid'), ('change_notice', 'Änderungsbescheid'), ('reject_notice', 'Ablehnungsbescheid'), ('revoke_notice', 'Widerrufsbescheid'), ('recover_notice', 'Erstattungsbescheid')], max_length=14, verbose_name='Art'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=members.common.checks.Guard(condition=models.Q(('answer__in', ['accepted', 'declined', '']), ('answer_way__in', ['paper', 'link', '']), ('form__in', ['private', 'internal', 'public']), ('kind__in', ['promise', 'agreement', 'confirmation', 'rejection', 'change', 'withdrawal', 'recovery', 'claim', 'release', 'grant_notice', 'change_notice', 'reject_notice', 'revoke_notice', 'recover_notice'])), name='letter_words_known'),
        ),
        migrations.AddConstraint(
            model_name='lettertext',
            constraint=members.common.checks.Guard(condition=models.Q(('form__in', ['private', 'internal', 'public']), ('kind__in', ['promise', 'agreement', 'confirmation', 'rejection', 'change', 'withdrawal', 'recovery', 'claim', 'release', 'grant_notice', 'change_notice', 'reject_notice', 'revoke_notice', 'recover_notice'])), name='letter_text_words_known'),
        ),
        migrations.AddConstraint(
            model_name='lettertext',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('form', 'private'), ('kind__in', ['promise', 'agreement', 'confirmation', 'rejection', 'change', 'withdrawal', 'recovery', 'claim'])), models.Q(('form', 'internal'), ('kind__in', ['release', 'rejection', 'change', 'withdrawal'])), models.Q(('form', 'public'), ('kind__in', ['grant_notice', 'change_notice', 'reject_notice', 'revoke_notice', 'recover_notice'])), _connector='OR'), name='letter_text_kind_fits_form', violation_error_message='Diese Art von Schreiben gibt es in dieser Form nicht.'),
        ),
        migrations.RunPython(load, unload),
    ]
