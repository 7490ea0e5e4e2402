"""Letters that change what a grant is tied to, while how much is granted stays."""

from datetime import date

import members.common.checks
from django.conf import settings
from django.db import migrations, models


#: The council's decision was for 2016; no letter is older.
SINCE = date(2016, 1, 1)

ASK = (
    "Haben Sie Fragen, oder sind Sie mit etwas nicht einverstanden? Dann wenden Sie sich bitte an uns; Anschrift, Telefon und "
    "E-Mail stehen oben. Wir prüfen, was Sie einwenden, und antworten schriftlich."
)
#: form: (subject, opening, closing)
TEXTS = {
    "private": (
        "Änderung zum Projekt „{projekt}“",
        "Sie haben uns geschrieben, dass sich beim Projekt „{projekt}“ (Projektnummer {nummer}) etwas ändert. Wir stimmen dem am {tag} "
        "zu. Die Förderung bleibt bei {betrag} (in Worten: {betrag_in_worten}); unten steht, was nun gilt. Im Übrigen gilt weiter, "
        "was zugesagt oder vereinbart ist.",
        f"Ein Anspruch auf eine weitere oder spätere Förderung entsteht daraus nicht.\n\n{ASK}",
    ),
    "internal": (
        "Änderung zum Projekt „{projekt}“",
        "bei der eigenen Maßnahme „{projekt}“ (Projektnummer {nummer}) ändert sich etwas; dem ist am {tag} zugestimmt. Freigegeben "
        "bleiben {betrag} (in Worten: {betrag_in_worten}) aus dem Topf {topf}. Unten steht, was nun gilt.",
        "Rückfragen beantwortet die Geschäftsstelle des Vereins.",
    ),
}


def load(apps, schema_editor):
    for form, (subject, opening, closing) in TEXTS.items():
        apps.get_model("letters", "LetterText").objects.create(
            form=form, kind="amendment", version=1, since=SINCE, subject=subject, opening=opening, closing=closing
        )


def unload(apps, schema_editor):
    apps.get_model("letters", "LetterText").objects.filter(kind="amendment").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0025_changes_of_terms'),
        ('letters', '0008_claims_with_a_day'),
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
            field=models.CharField(choices=[('promise', 'Förderzusage'), ('agreement', 'Fördervereinbarung'), ('confirmation', 'Förderbestätigung'), ('rejection', 'Absage'), ('change', 'Änderung'), ('withdrawal', 'Rücktritt'), ('recovery', 'Rückforderung'), ('claim', 'Aufforderung zur Rückzahlung'), ('amendment', 'Änderung von Zeitraum oder Plan'), ('release', 'Mittelfreigabe'), ('grant_notice', 'Zuwendungsbescheid'), ('change_notice', 'Änderungsbescheid'), ('reject_notice', 'Ablehnungsbescheid'), ('revoke_notice', 'Widerrufsbescheid'), ('recover_notice', 'Erstattungsbescheid')], max_length=14, verbose_name='Art'),
        ),
        migrations.AlterField(
            model_name='lettertext',
            name='kind',
            field=models.CharField(choices=[('promise', 'Förderzusage'), ('agreement', 'Fördervereinbarung'), ('confirmation', 'Förderbestätigung'), ('rejection', 'Absage'), ('change', 'Änderung'), ('withdrawal', 'Rücktritt'), ('recovery', 'Rückforderung'), ('claim', 'Aufforderung zur Rückzahlung'), ('amendment', 'Änderung von Zeitraum oder Plan'), ('release', 'Mittelfreigabe'), ('grant_notice', 'Zuwendungsbescheid'), ('change_notice', 'Änderungsbescheid'), ('reject_notice', 'Ablehnungsbescheid'), ('revoke_notice', 'Widerrufsbescheid'), ('recover_notice', 'Erstattungsbescheid')], max_length=14, verbose_name='Art'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=members.common.checks.Guard(condition=models.Q(('answer__in', ['accepted', 'declined', '']), ('answer_way__in', ['paper', 'link', '']), ('form__in', ['private', 'internal', 'public']), ('kind__in', ['promise', 'agreement', 'confirmation', 'rejection', 'change', 'withdrawal', 'recovery', 'claim', 'amendment', 'release', 'grant_notice', 'change_notice', 'reject_notice', 'revoke_notice', 'recover_notice'])), name='letter_words_known'),
        ),
        migrations.AddConstraint(
            model_name='lettertext',
            constraint=members.common.checks.Guard(condition=models.Q(('form__in', ['private', 'internal', 'public']), ('kind__in', ['promise', 'agreement', 'confirmation', 'rejection', 'change', 'withdrawal', 'recovery', 'claim', 'amendment', 'release', 'grant_notice', 'change_notice', 'reject_notice', 'revoke_notice', 'recover_notice'])), name='letter_text_words_known'),
        ),
        migrations.AddConstraint(
            model_name='lettertext',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('form', 'private'), ('kind__in', ['promise', 'agreement', 'confirmation', 'rejection', 'change', 'withdrawal', 'recovery', 'claim', 'amendment'])), models.Q(('form', 'internal'), ('kind__in', ['release', 'rejection', 'change', 'withdrawal', 'amendment'])), models.Q(('form', 'public'), ('kind__in', ['grant_notice', 'change_notice', 'reject_notice', 'revoke_notice', 'recover_notice'])), _connector='OR'), name='letter_text_kind_fits_form', violation_error_message='Diese Art von Schreiben gibt es in dieser Form nicht.'),
        ),
        migrations.RunPython(load, unload),
    ]
