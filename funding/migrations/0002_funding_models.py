"""Both funding models of the association; a later council decision is one more row."""

from datetime import date
from decimal import Decimal

from django.db import migrations


def load(apps, schema_editor):
    FundingModel = apps.get_model("funding", "FundingModel")
    FundingModel.objects.create(
        name="Modell vor der Neuausrichtung",
        first_year=2003,
        district_allotment=Decimal("20000.00"),
        reference="Präsentation des Vereins zur Neuausrichtung",
        second_signature_from=None,
        assumptions="Die Zahl der Unterschriften vor 2016 ist nicht überliefert.",
    )
    FundingModel.objects.create(
        name="Zwei-Säulen-Modell",
        first_year=2016,
        council_decision_on=date(2015, 12, 10),
        reference="Ratsbeschluss vom 10.12.2015",
        district_allotment=Decimal("12000.00"),
        pool_allotment=Decimal("80000.00"),
        overhead_allotment=Decimal("16000.00"),
        second_signature_from=Decimal("5000.00"),
        assumptions=(
            "Annahmen, vom Verein noch zu bestätigen: zwei Unterschriften ab 5.000 €, "
            "die Wirtschaftsförderung entscheidet über Säule 2, Verwendungsnachweis nach 6 Monaten."
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("funding", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
