"""Letters that confirm grants from before the first day of letters: there is nothing to accept any more."""

from datetime import date

import members.common.checks
from django.conf import settings
from django.db import migrations, models

#: The council's decision was for 2016; no letter is older.
SINCE = date(2016, 1, 1)

SUBJECT = "Bestätigung der Förderung für das Projekt „{projekt}“"
OPENING = (
    "am {tag} haben wir für das Projekt „{projekt}“ (Projektnummer {nummer}) eine Förderung von {betrag} (in Worten: "
    "{betrag_in_worten}) aus dem Topf {topf} zugesagt. Dieses Schreiben bestätigt das.\n\nDie Förderung gilt als angenommen: Sie "
    "brauchen nichts zu unterschreiben und nichts zurückzusenden."
)
CLOSING = (
    "Es gilt, was damals vereinbart wurde; neue Bedingungen entstehen durch dieses Schreiben nicht. Ein Anspruch auf eine weitere "
    "oder spätere Förderung entsteht daraus auch nicht.\n\nHaben Sie Fragen, oder sind Sie mit etwas nicht einverstanden? Dann "
    "wenden Sie sich bitte an uns; wie Sie uns erreichen, steht oben. Wir prüfen, was Sie einwenden, und antworten "
    "schriftlich."
)


def load(apps, schema_editor):
    apps.get_model("letters", "LetterText").objects.create(
        form="private", kind="confirmation", version=1, since=SINCE, subject=SUBJECT, opening=OPENING, closing=CLOSING
    )


def unload(apps, schema_editor):
    apps.get_model("letters", "LetterText").objects.filter(kind="confirmation").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0021_no_words_of_acts'),
        ('letters', '0004_no_words_of_acts_by_the_sender'),
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
            field=models.CharField(choices=[('promise', 'Förderzusage'), ('agreement', 'Fördervereinbarung'), ('confirmation', 'Förderbestätigung'), ('rejection', 'Absage'), ('change', 'Änderung'), ('withdrawal', 'Rücktritt'), ('recovery', 'Rückforderung'), ('release', 'Mittelfreigabe'), ('grant_notice', 'Zuwendungsbescheid'), ('change_notice', 'Änderungsbescheid'), ('reject_notice', 'Ablehnungsbescheid'), ('revoke_notice', 'Widerrufsbescheid'), ('recover_notice', 'Erstattungsbescheid')], max_length=14, verbose_name='Art'),
        ),
        migrations.AlterField(
            model_name='lettertext',
            name='kind',
            field=models.CharField(choices=[('promise', 'Förderzusage'), ('agreement', 'Fördervereinbarung'), ('confirmation', 'Förderbestätigung'), ('rejection', 'Absage'), ('change', 'Änderung'), ('withdrawal', 'Rücktritt'), ('recovery', 'Rückforderung'), ('release', 'Mittelfreigabe'), ('grant_notice', 'Zuwendungsbescheid'), ('change_notice', 'Änderungsbescheid'), ('reject_notice', 'Ablehnungsbescheid'), ('revoke_notice', 'Widerrufsbescheid'), ('recover_notice', 'Erstattungsbescheid')], max_length=14, verbose_name='Art'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=members.common.checks.Guard(condition=models.Q(('answer__in', ['accepted', 'declined', '']), ('answer_way__in', ['paper', 'link', '']), ('form__in', ['private', 'internal', 'public']), ('kind__in', ['promise', 'agreement', 'confirmation', 'rejection', 'change', 'withdrawal', 'recovery', 'release', 'grant_notice', 'change_notice', 'reject_notice', 'revoke_notice', 'recover_notice'])), name='letter_words_known'),
        ),
        migrations.AddConstraint(
            model_name='lettertext',
            constraint=members.common.checks.Guard(condition=models.Q(('form__in', ['private', 'internal', 'public']), ('kind__in', ['promise', 'agreement', 'confirmation', 'rejection', 'change', 'withdrawal', 'recovery', 'release', 'grant_notice', 'change_notice', 'reject_notice', 'revoke_notice', 'recover_notice'])), name='letter_text_words_known'),
        ),
        migrations.AddConstraint(
            model_name='lettertext',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('form', 'private'), ('kind__in', ['promise', 'agreement', 'confirmation', 'rejection', 'change', 'withdrawal', 'recovery'])), models.Q(('form', 'internal'), ('kind__in', ['release', 'rejection', 'change', 'withdrawal'])), models.Q(('form', 'public'), ('kind__in', ['grant_notice', 'change_notice', 'reject_notice', 'revoke_notice', 'recover_notice'])), _connector='OR'), name='letter_text_kind_fits_form', violation_error_message='Diese Art von Schreiben gibt es in dieser Form nicht.'),
        ),
        migrations.RunPython(load, unload),
    ]
