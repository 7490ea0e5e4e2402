from django.db import migrations, models

import members.common.checks
import members.common.fields
from members.common.normalising import immediate, normalise


def normalise_texts(apps, schema_editor):
    """Normalise the sources of published figures, and write their keys."""
    normalise(apps.get_model("stadtbezirk", "PublishedFigure"), "source")
    immediate(schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("stadtbezirk", "0007_legal_details"),
        ("members", "0017_keys_of_names"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="publishedfigure",
            options={
                "ordering": ["-year", models.OrderBy(models.F("district__folded_name"), nulls_first=True)],
                "verbose_name": "Veröffentlichte Zahl",
                "verbose_name_plural": "Veröffentlichte Zahlen",
            },
        ),
        migrations.AddField(
            model_name="publishedfigure",
            name="folded_source",
            field=members.common.fields.FoldedField(default="", editable=False, of=["source"]),
        ),
        migrations.RemoveConstraint(
            model_name="publishedfigure",
            name="published_figure_types",
        ),
        members.common.checks.AddGuard(
            model_name="publishedfigure",
            constraint=members.common.checks.Guard(
                condition=models.Q(
                    members.common.checks.StoredAs(
                        "integers", "year", "district", "projects", "with_third_party", "paid"
                    ),
                    members.common.checks.StoredAs("texts", "source", "folded_source"),
                ),
                name="published_figure_types",
            ),
        ),
        migrations.RunPython(normalise_texts, migrations.RunPython.noop),
    ]
