from django.db import migrations, models

from members.common.folding import between_blanks


def fold_names(apps, schema_editor):
    for name in ("Organisation", "District"):
        model = apps.get_model("members", name)
        rows = list(model.objects.only("name"))
        for row in rows:
            row.folded_name = between_blanks(row.name)
        model.objects.bulk_update(rows, ["folded_name"], batch_size=400)
    if schema_editor.connection.vendor == "postgresql":
        # A later migration of the same transaction may change the tables.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0010_notices_are_worded_when_sent"),
        # SQLite rebuilds no table that a trigger of another one names.
        ("projects", "0021_drop_what_was_derived"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="folded_name",
            field=models.TextField(default="", editable=False),
        ),
        migrations.AddField(
            model_name="district",
            name="folded_name",
            field=models.TextField(default="", editable=False),
        ),
        migrations.RunPython(fold_names, migrations.RunPython.noop),
    ]
