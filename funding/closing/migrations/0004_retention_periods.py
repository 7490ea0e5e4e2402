from datetime import date

from django.db import migrations

#: Kind, first day, years, basis.
PERIODS = (
    ("voucher", date(2003, 1, 1), 10, "§ 147 Abs. 3 AO in der Fassung bis 31.12.2024"),
    ("voucher", date(2025, 1, 1), 8, "§ 147 Abs. 3 AO"),
    ("books", date(2003, 1, 1), 10, "§ 147 Abs. 3 AO"),
    ("letter", date(2003, 1, 1), 6, "§ 147 Abs. 3 AO"),
)


def periods_of_the_law(apps, schema_editor):
    model = apps.get_model("closing", "RetentionPeriod")
    for kind, since, years, basis in PERIODS:
        model.objects.create(kind=kind, since=since, years=years, basis=basis)


def forget(apps, schema_editor):
    apps.get_model("closing", "RetentionPeriod").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("closing", "0003_retention")]

    operations = [migrations.RunPython(periods_of_the_law, forget)]
