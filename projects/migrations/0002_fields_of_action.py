"""The Handlungsschwerpunkte of 2014 (presentation of the association)."""

from django.db import migrations

FIELDS = [
    "Geschichte",
    "Integration und Demokratieverständnis",
    "Kunst und Kultur",
    "Soziales und Jugend",
    "Wirtschaft",
    "Feste und Märkte",
]


def load(apps, schema_editor):
    FieldOfAction = apps.get_model("projects", "FieldOfAction")
    for position, name in enumerate(FIELDS, start=1):
        FieldOfAction.objects.create(name=name, position=position)


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
