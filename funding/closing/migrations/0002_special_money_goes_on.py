from datetime import date

from django.db import migrations


def special_money_goes_on(apps, schema_editor):
    """Money with a source of its own stays what it is for: what is left goes to the same pot of the next year."""
    model = apps.get_model("funding", "FundingModel").objects.order_by("first_year").first()
    if model is not None:
        apps.get_model("closing", "RemainderRule").objects.create(
            funding_model=model, kind="special", since=date(2003, 1, 1), carry_up_to=None, place="source"
        )


def forget(apps, schema_editor):
    apps.get_model("closing", "RemainderRule").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("closing", "0001_initial"), ("funding", "0023_carried_and_reclaimed")]

    operations = [migrations.RunPython(special_money_goes_on, forget)]
