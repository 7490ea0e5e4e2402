"""The bodies of the association and the organisations that its statutes name."""

from datetime import date

from django.db import migrations

ORGANISATIONS = [
    ("Stadt Dortmund", ""),
    ("Wirtschaftsförderung Dortmund", "WF Do"),
    ("Industrie- und Handelskammer zu Dortmund", "IHK"),
    ("Handwerkskammer Dortmund", "HWK"),
    ("Handelsverband Nordrhein-Westfalen", "HV NRW"),
]
BODIES = [
    ("mitgliederversammlung", "Mitgliederversammlung", date(2003, 1, 1)),
    ("vorstand", "Vorstand", date(2003, 1, 1)),
    ("beirat", "Beirat", date(2003, 1, 1)),
    ("jury", "Jury für Säule 2", date(2016, 1, 1)),
]


def load(apps, schema_editor):
    Organisation = apps.get_model("members", "Organisation")
    Body = apps.get_model("members", "Body")
    for name, short_name in ORGANISATIONS:
        Organisation.objects.update_or_create(
            name=name, defaults={"short_name": short_name}, create_defaults={"short_name": short_name, "place": "Dortmund"}
        )
    for kind, name, since in BODIES:
        Body.objects.create(kind=kind, name=name, since=since)


class Migration(migrations.Migration):
    dependencies = [("members", "0003_association")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
