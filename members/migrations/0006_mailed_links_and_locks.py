import re

from django.db import migrations, models

#: As in members.post.links.
PLACE = "[Link]"
#: Links of before: their tokens opened accounts for whoever read the table.
_LINKS = {
    "invitation": re.compile(r"https?://[^\s\"'<>]*/konto/einladung/[^\s\"'<>]+"),
    "password": re.compile(r"https?://[^\s\"'<>]*/konto/passwort/neu/[^\s\"'<>]+"),
}


def take_tokens_out(apps, schema_editor):
    """Leave the place of each link in the mails that are kept, and let those that wait get theirs when they go out."""
    mails = apps.get_model("members", "OutboxMail")
    users = apps.get_model("members", "User")
    for address, link in (("/konto/einladung/", "invitation"), ("/konto/passwort/neu/", "password")):
        for mail in mails.objects.filter(body__contains=address).iterator():
            mail.body, mail.html = (_LINKS[link].sub(PLACE, text) for text in (mail.body, mail.html))
            mail.link = link
            if mail.user_id is None:
                mail.user = users.objects.filter(email__iexact=mail.recipient).first()
            mail.save(update_fields=["body", "html", "link", "user"])
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0005_invitations_and_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxmail",
            name="link",
            field=models.CharField(
                blank=True,
                choices=[("invitation", "Einladung"), ("password", "neues Passwort")],
                default="",
                max_length=10,
                verbose_name="Link",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="user",
            name="locks",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="Sperrungen"),
        ),
        migrations.RunPython(take_tokens_out, migrations.RunPython.noop),
    ]
