from django.db import migrations, models

import members.common.checks
import members.common.fields
from members.common.normalising import immediate, normalise


def normalise_texts(apps, schema_editor):
    """Normalise the texts of funding models and pots, and write their keys.

    The plans of projects name a special pot by its code, so they get its new one.
    """
    texts = ("name", "reference", "deciding_body", "assumptions")
    normalise(apps.get_model("funding", "FundingModel"), *texts)
    Pot, FinancingItem = apps.get_model("funding", "Pot"), apps.get_model("projects", "FinancingItem")
    before = list(Pot.objects.filter(kind="special").values_list("pk", "year__year", "code"))
    normalise(Pot, "code", "source", once={"code": ("year_id",)})
    codes = dict(Pot.objects.values_list("pk", "code"))
    new = {(year, code): codes[pk] for pk, year, code in before}
    rows = FinancingItem.objects.filter(kind="special").values_list("pk", "project__year", "pot_code")
    for pk, year, code in list(rows):
        if new.get((year, code), code) != code:
            FinancingItem.objects.filter(pk=pk).update(pot_code=new[year, code])
    immediate(schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0017_paid_out"),
        ("members", "0017_keys_of_names"),
        ("projects", "0026_name_of_the_origin_of_money"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="pot",
            options={
                "ordering": ["year", "kind", "district", "folded_source", "code"],
                "verbose_name": "Topf",
                "verbose_name_plural": "Töpfe",
            },
        ),
        migrations.AddField(
            model_name="fundingmodel",
            name="folded_name",
            field=members.common.fields.FoldedField(default="", editable=False, of=["name"]),
        ),
        migrations.AddField(
            model_name="fundingmodel",
            name="folded_reference",
            field=members.common.fields.FoldedField(default="", editable=False, of=["reference"]),
        ),
        migrations.AddField(
            model_name="pot",
            name="folded_source",
            field=members.common.fields.FoldedField(default="", editable=False, of=["source"]),
        ),
        migrations.RemoveConstraint(
            model_name="fundingmodel",
            name="model_types",
        ),
        migrations.RemoveConstraint(
            model_name="pot",
            name="pot_types",
        ),
        members.common.checks.AddGuard(
            model_name="fundingmodel",
            constraint=members.common.checks.Guard(
                condition=models.Q(
                    members.common.checks.StoredAs(
                        "integers",
                        "first_year",
                        "district_allotment",
                        "pool_allotment",
                        "overhead_allotment",
                        "second_signature_from",
                        "proof_due_months",
                    ),
                    members.common.checks.StoredAs(
                        "texts",
                        "name",
                        "folded_name",
                        "reference",
                        "folded_reference",
                        "deciding_body",
                        "assumptions",
                    ),
                    members.common.checks.StoredAs(
                        "flags",
                        "pillar_2_needs_resolution",
                        "transfer_pillar_1_to_2",
                        "transfer_pillar_2_to_1",
                        "transfer_overhead_to_pillar_2",
                        "transfer_pillar_2_to_overhead",
                    ),
                    members.common.checks.StoredAs("days", "council_decision_on"),
                ),
                name="model_types",
            ),
        ),
        members.common.checks.AddGuard(
            model_name="pot",
            constraint=members.common.checks.Guard(
                condition=models.Q(
                    members.common.checks.StoredAs(
                        "integers", "year", "district", "allotted", "reserved", "committed", "paid"
                    ),
                    members.common.checks.StoredAs("texts", "kind", "code", "source", "folded_source"),
                ),
                name="pot_types",
            ),
        ),
        migrations.RunPython(normalise_texts, migrations.RunPython.noop),
    ]
