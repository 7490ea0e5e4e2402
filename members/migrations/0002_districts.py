"""The twelve Stadtbezirke of Dortmund with their place in the tile map."""

from django.db import migrations

DISTRICTS = [
    ("Mengede", "mengede", "MEN", 0, 0),
    ("Eving", "eving", "EVI", 2, 0),
    ("Scharnhorst", "scharnhorst", "SCH", 3, 0),
    ("Huckarde", "huckarde", "HUC", 1, 1),
    ("Innenstadt-Nord", "innenstadt-nord", "INN", 2, 1),
    ("Brackel", "brackel", "BRA", 4, 1),
    ("Lütgendortmund", "luetgendortmund", "LUE", 0, 2),
    ("Innenstadt-West", "innenstadt-west", "INW", 2, 2),
    ("Innenstadt-Ost", "innenstadt-ost", "INO", 3, 2),
    ("Hombruch", "hombruch", "HOM", 1, 3),
    ("Hörde", "hoerde", "HOE", 3, 3),
    ("Aplerbeck", "aplerbeck", "APL", 4, 3),
]


def load(apps, schema_editor):
    District = apps.get_model("members", "District")
    for name, slug, code, column, row in DISTRICTS:
        District.objects.create(name=name, slug=slug, code=code, column=column, row=row)


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
