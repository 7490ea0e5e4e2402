import members.common.checks
import members.common.fields
from django.db import migrations, models

from members.common.normalising import immediate, normalise


def write_keys(apps, schema_editor):
    normalise(apps.get_model("payments", "PaymentCall"))
    immediate(schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0011_entries_counted_once"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="paymentcall", name="call_types"),
        migrations.AddField(
            model_name="paymentcall",
            name="folded_purpose",
            field=members.common.fields.FoldedField(default="", editable=False, of=["purpose"]),
        ),
        migrations.RunPython(write_keys, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="paymentcall",
            constraint=members.common.checks.Guard(
                condition=models.Q(
                    members.common.checks.StoredAs(
                        "integers", "application", "expense", "payee", "amount", "others_used", "instalment",
                        "called_by", "checked_by",
                    ),
                    members.common.checks.StoredAs(
                        "texts", "kind", "purpose", "invoice_number", "without_invoice", "override", "state",
                        "folded_invoice", "folded_purpose",
                    ),
                    members.common.checks.StoredAs("days", "invoice_on", "due_on", "called_on"),
                ),
                name="call_types",
            ),
        ),
    ]
