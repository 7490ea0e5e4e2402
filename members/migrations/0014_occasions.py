from django.db import migrations, models

#: A notice's template -> what the administration reads of it.
OCCASIONS = {
    "returned": "Antrag: mit Rückfrage zurückgegeben",
    "decided": "Antrag: Entscheidung",
    "paid": "Antrag: ausgezahlt",
    "second_signature": "Antrag: zweite Unterschrift nötig",
    "signature_retracted": "Antrag: erste Unterschrift zurückgenommen",
    "grant_change": "Bewilligung: zweite Person nötig",
    "grant_change_refused": "Bewilligung: Änderung abgelehnt",
    "handed_in": "Antrag: eingegangen",
    "taking_part": "Projekt: Ihr Stadtbezirk ist beteiligt",
    "declined": "Projekt: Beteiligung abgesagt",
    "comment": "Projekt: neuer Kommentar",
}


def name_occasions(apps, schema_editor):
    """Say what earlier mails were about, and take their subjects out of the log of the administration.

    Mails about accounts name no project: their subject is the occasion.
    """
    mails = apps.get_model("members", "OutboxMail").objects
    for template, occasion in OCCASIONS.items():
        mails.filter(template=template).update(occasion=occasion)
    mails.filter(key__startswith="digest:").update(occasion="Sammelnachricht")
    of_accounts = (
        ~models.Q(link="") | models.Q(address_change__isnull=False) | models.Q(key__startswith="address_release:")
    )
    mails.filter(of_accounts, template="").update(occasion=models.F("subject"))
    logged = apps.get_model("admin", "LogEntry").objects
    outbox = {"content_type__app_label": "members", "content_type__model": "outboxmail"}
    logged.filter(**outbox).update(object_repr="Nachricht")


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0013_undelivered_mails"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxmail",
            name="occasion",
            field=models.CharField(default="Nachricht", max_length=200, verbose_name="Anlass"),
        ),
        migrations.AlterField(
            model_name="outboxmail",
            name="key",
            field=models.CharField(blank=True, max_length=120, null=True, unique=True, verbose_name="Schlüssel"),
        ),
        migrations.RunPython(name_occasions, migrations.RunPython.noop),
    ]
