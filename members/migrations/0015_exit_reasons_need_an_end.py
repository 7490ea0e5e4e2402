from django.db import migrations, models
from django.utils import timezone

from members.common.normalising import immediate


def clear_reasons(apps, schema_editor):
    """Take the reason from whoever came back, and tell it in the row's history, as saving does."""
    for name in ("Mandate", "Membership", "Seat"):
        model, history = apps.get_model("members", name), apps.get_model("members", f"Historical{name}")
        for row in model.objects.filter(until=None).exclude(exit_reason=""):
            if not history.objects.filter(id=row.pk).exists():
                record(history, row)
            row.exit_reason = ""
            row.save(update_fields=["exit_reason"])
            record(history, row)
    immediate(schema_editor)


def record(history, row):
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    history.objects.create(**values, history_date=timezone.now(), history_type="~")


class Migration(migrations.Migration):

    dependencies = [
        ("members", "0014_occasions"),
        # SQLite rebuilds no table that a trigger of another one names.
        ("projects", "0021_drop_what_was_derived"),
    ]

    operations = [
        migrations.RunPython(clear_reasons, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='mandate',
            constraint=models.CheckConstraint(condition=models.Q(('until__isnull', False), ('exit_reason', ''), _connector='OR'), name='mandate_no_exit_reason_without_end', violation_error_message='Einen Grund des Austritts gibt es erst mit einem letzten Tag. Bitte „bis“ eintragen oder den Grund leeren.'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('until__isnull', False), ('exit_reason', ''), _connector='OR'), name='membership_no_exit_reason_without_end', violation_error_message='Einen Grund des Austritts gibt es erst mit einem letzten Tag. Bitte „bis“ eintragen oder den Grund leeren.'),
        ),
        migrations.AddConstraint(
            model_name='seat',
            constraint=models.CheckConstraint(condition=models.Q(('until__isnull', False), ('exit_reason', ''), _connector='OR'), name='seat_no_exit_reason_without_end', violation_error_message='Einen Grund des Austritts gibt es erst mit einem letzten Tag. Bitte „bis“ eintragen oder den Grund leeren.'),
        ),
    ]
