"""New versions of the texts of private letters: how to accept, and who calls the money.

A text that was changed meanwhile stays as it is. Letters that are drawn keep theirs.
"""

import members.common.fields
from django.db import migrations

ASK = ("Anschrift, Telefon und E-Mail stehen oben.", "wie Sie uns erreichen, steht oben.")
CALLED = (
    "Danach ruft die Geschäftsführung des Stadtbezirks {stadtbezirk} das Geld für Sie ab; sagen Sie ihr bitte, wann Sie es "
    "brauchen."
)
#: Kind -> what stood in its opening, and what stands there now.
OPENINGS = {
    "promise": (
        "Bitte nehmen Sie diese Zusage an. Bevor Ihre Annahme bei uns ist, zahlen wir nichts aus.",
        "Bitte nehmen Sie diese Zusage an: Senden Sie uns die letzte Seite unterschrieben zurück, oder nehmen Sie über den Link an, "
        f"wenn Sie einen von uns haben. Bevor Ihre Annahme bei uns ist, zahlen wir nichts aus. {CALLED}",
    ),
    "agreement": (
        "Die Vereinbarung gilt, sobald beide Seiten unterschrieben haben. Vorher zahlen wir nichts aus.",
        "Die Vereinbarung gilt, sobald beide Seiten unterschrieben haben. Bitte senden Sie uns ein unterschriebenes Exemplar zurück, "
        "oder stimmen Sie über den Link zu, wenn Sie einen von uns haben. Vorher zahlen wir nichts aus. " + CALLED,
    ),
}


def improve(apps, schema_editor):
    LetterText = apps.get_model("letters", "LetterText")
    private = LetterText.objects.filter(form="private").order_by("since", "version")
    # The last one of each kind is the one that counts.
    for text in {text.kind: text for text in private}.values():
        opening = text.opening.replace(*OPENINGS.get(text.kind, ("", "")))
        closing = text.closing.replace(*ASK)
        if (opening, closing) != (text.opening, text.closing):
            last = LetterText.objects.filter(form=text.form, kind=text.kind).order_by("-version")[0]
            LetterText.objects.create(
                form=text.form, kind=text.kind, version=last.version + 1, since=text.since, subject=text.subject,
                opening=opening, closing=closing,
            )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("letters", "0005_confirmations")]

    operations = [
        migrations.AlterField(
            model_name="letterhead",
            name="bank",
            field=members.common.fields.CharField(
                blank=True,
                help_text="Steht am Fuß. Eine Rückforderung braucht sie: Darauf wird zurückgezahlt.",
                max_length=160,
                verbose_name="Bankverbindung",
            ),
        ),
        migrations.RunPython(improve, migrations.RunPython.noop),
    ]
