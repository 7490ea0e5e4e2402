import django.db.models.deletion
from django.db import migrations, models

from members.common.folding import between_blanks


def fill(apps, schema_editor):
    Project, SearchText = (apps.get_model("projects", name) for name in ("Project", "SearchText"))
    rows = Project.objects.order_by("pk").values_list("pk", "number", "title", "place", "summary")
    portion = list(rows[:1000])
    while portion:
        SearchText.objects.bulk_create(
            SearchText(
                project_id=pk,
                title=between_blanks(title),
                place=between_blanks(place),
                rest=between_blanks(number or "", summary),
            )
            for pk, number, title, place, summary in portion
        )
        portion = list(rows.filter(pk__gt=portion[-1][0])[:1000])
    if schema_editor.connection.vendor == "postgresql":
        # A later migration of the same transaction may change the tables.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [("projects", "0021_drop_what_was_derived")]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search",
                        serialize=False,
                        to="projects.project",
                    ),
                ),
                ("title", models.TextField(verbose_name="Titel")),
                ("place", models.TextField(verbose_name="Ort")),
                ("rest", models.TextField(verbose_name="Nummer und Kurzbeschreibung")),
            ],
            options={
                "verbose_name": "Suchtext",
                "verbose_name_plural": "Suchtexte",
                "indexes": [models.Index(fields=["title", "project"], name="project_by_title")],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
