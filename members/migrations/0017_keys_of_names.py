from django.db import migrations, models

import members.common.checks
import members.common.fields
from members.common.normalising import immediate, normalise

REASONS = ("entry_reason", "exit_reason")
TEXTS = {
    "Person": ("given_name", "family_name"),
    "Organisation": ("name", "short_name", "place", "website"),
    "District": ("name",),
    "Body": ("name",),
    "Mandate": REASONS,
    "Membership": REASONS,
    "Seat": REASONS,
}
ONCE = {
    "Organisation": {"name": (), "short_name": ()},
    "District": {"name": ()},
    "Body": {"name": ("district_id",)},
}


def normalise_texts(apps, schema_editor):
    """Normalise names and reasons, also in their history, and write the keys."""
    for name, texts in TEXTS.items():
        normalise(apps.get_model("members", name), *texts, once=ONCE.get(name))
        normalise(apps.get_model("members", f"Historical{name}"), *texts)
    normalise(apps.get_model("members", "OutboxMail"))
    immediate(schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0016_entry_keys"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="body",
            options={
                "ordering": [
                    models.OrderBy(models.F("district__folded_name"), nulls_first=True),
                    "kind",
                    "folded_name",
                    "pk",
                ],
                "verbose_name": "Gremium",
                "verbose_name_plural": "Gremien",
            },
        ),
        migrations.AlterModelOptions(
            name="district",
            options={
                "ordering": ["folded_name"],
                "verbose_name": "Stadtbezirk",
                "verbose_name_plural": "Stadtbezirke",
            },
        ),
        migrations.AlterModelOptions(
            name="organisation",
            options={
                "ordering": ["folded_name", "pk"],
                "verbose_name": "Organisation",
                "verbose_name_plural": "Organisationen",
            },
        ),
        migrations.AlterModelOptions(
            name="person",
            options={
                "ordering": ["folded_name", "pk"],
                "verbose_name": "Person",
                "verbose_name_plural": "Personen",
            },
        ),
        migrations.AddField(
            model_name="body",
            name="folded_name",
            field=members.common.fields.FoldedField(default="", editable=False, of=["name"]),
        ),
        migrations.AddField(
            model_name="organisation",
            name="folded_more",
            field=members.common.fields.FoldedField(default="", editable=False, of=["short_name", "place"]),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="folded_occasion",
            field=members.common.fields.FoldedField(default="", editable=False, of=["occasion"]),
        ),
        migrations.AddField(
            model_name="person",
            name="folded_name",
            field=members.common.fields.FoldedField(
                default="", editable=False, of=["family_name", "given_name"]
            ),
        ),
        migrations.AlterField(
            model_name="district",
            name="folded_name",
            field=members.common.fields.FoldedField(default="", editable=False, of=["name"]),
        ),
        migrations.AlterField(
            model_name="organisation",
            name="folded_name",
            field=members.common.fields.FoldedField(default="", editable=False, of=["name"]),
        ),
        migrations.RemoveConstraint(
            model_name="body",
            name="body_types",
        ),
        members.common.checks.AddGuard(
            model_name="body",
            constraint=members.common.checks.Guard(
                condition=models.Q(
                    members.common.checks.StoredAs("integers", "district"),
                    members.common.checks.StoredAs("texts", "kind", "name", "folded_name"),
                    members.common.checks.StoredAs("days", "since", "until"),
                ),
                name="body_types",
            ),
        ),
        migrations.RunPython(normalise_texts, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="organisation",
            index=models.Index(fields=["folded_name", "id"], name="organisation_by_name"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["folded_name", "id"], name="person_by_name"),
        ),
    ]
