from typing import Any

from django.db import migrations

from members.common.normalising import immediate

#: Rows that are written at once.
PORTION = 500


def note_former_payments(apps: Any, schema_editor: Any) -> None:
    """Give each payment that was booked before there were batches its row."""
    Payment, Decision = apps.get_model("payments", "Payment"), apps.get_model("funding", "Decision")
    paid = Decision.objects.filter(step="pay").order_by("pk").iterator(PORTION)
    Payment.objects.bulk_create(
        (Payment(amount=d.amount, state="executed", executed_on=d.on, decision=d) for d in paid), PORTION
    )
    immediate(schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ("payments", "0003_batches"),
    ]

    operations = [
        migrations.RunPython(note_former_payments, migrations.RunPython.noop),
    ]
