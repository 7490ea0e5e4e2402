"""A new version of the text of private claims: day and reference stand in the letter.

A text that was changed meanwhile stays as it is. Letters that are drawn keep theirs.
"""

from django.db import migrations

BEFORE = (
    "Überweisen Sie den Betrag bitte binnen vier Wochen nach dem Datum dieses Schreibens auf das Konto des Vereins und nennen Sie "
    "dabei die Projektnummer {nummer}."
)
NOW = (
    "Überweisen Sie den Betrag bitte bis zu dem Tag und auf das Konto, die unten stehen, und geben Sie dabei nur den "
    "Verwendungszweck an: An ihm erkennen wir Ihre Zahlung."
)


def improve(apps, schema_editor):
    LetterText = apps.get_model("letters", "LetterText")
    text = LetterText.objects.filter(form="private", kind="claim").order_by("-since", "-version").first()
    if text is None or BEFORE not in text.opening:
        return
    last = LetterText.objects.filter(form=text.form, kind=text.kind).order_by("-version")[0]
    LetterText.objects.create(
        form=text.form, kind=text.kind, version=last.version + 1, since=text.since, subject=text.subject,
        opening=text.opening.replace(BEFORE, NOW), closing=text.closing,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("letters", "0007_claims")]

    operations = [migrations.RunPython(improve, migrations.RunPython.noop)]
