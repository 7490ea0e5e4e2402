from django.db import migrations

import members.common.fields
from members.common.folding import between_blanks
from members.common.normalising import immediate, normalise

#: History, decisions and bookings stay as they were written.
TEXTS = {
    "FieldOfAction": ("name",),
    "Project": (
        "title",
        "summary",
        "aims",
        "value_creation",
        "place",
        "contact",
        "special_importance",
        "provenance",
    ),
    "CostItem": ("label",),
    "FinancingItem": ("label",),
    "Participation": ("decline_reason",),
    "Attachment": ("name", "note"),
    "Comment": ("text",),
}
PORTION = 1000


def normalise_texts(apps, schema_editor):
    """Normalise the texts of projects, and write what the search looks at anew."""
    for name, texts in TEXTS.items():
        once = {"name": ()} if name == "FieldOfAction" else None
        normalise(apps.get_model("projects", name), *texts, once=once)
    Project, SearchText = (apps.get_model("projects", name) for name in ("Project", "SearchText"))
    rows = Project.objects.order_by("pk").values_list("pk", "number", "title", "place", "summary")
    portion = list(rows[:PORTION])
    while portion:
        SearchText.objects.bulk_create(
            [
                SearchText(
                    project_id=pk,
                    title=between_blanks(title),
                    place=between_blanks(place),
                    rest=between_blanks(number or "", summary),
                )
                for pk, number, title, place, summary in portion
            ],
            update_conflicts=True,
            unique_fields=["project"],
            update_fields=["title", "place", "rest"],
        )
        portion = list(rows.filter(pk__gt=portion[-1][0])[:PORTION])
    immediate(schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0026_name_of_the_origin_of_money"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="fieldofaction",
            options={
                "ordering": ["position", "folded_name"],
                "verbose_name": "Handlungsschwerpunkt",
                "verbose_name_plural": "Handlungsschwerpunkte",
            },
        ),
        migrations.AddField(
            model_name="fieldofaction",
            name="folded_name",
            field=members.common.fields.FoldedField(default="", editable=False, of=["name"]),
        ),
        migrations.AlterField(
            model_name="searchtext",
            name="title",
            field=members.common.fields.FoldedField(default="", editable=False, of=[], verbose_name="Titel"),
        ),
        migrations.RunPython(normalise_texts, migrations.RunPython.noop),
    ]
