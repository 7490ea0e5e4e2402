"""What was published about the years since 2003; public facts, each with its source."""

import csv
from decimal import Decimal
from pathlib import Path

from django.db import migrations

FILE = Path(__file__).parent.parent / "data" / "yearly.csv"
CITY = "ganze Stadt"


def number(text):
    return int(text) if text else None


def load(apps, schema_editor):
    PublishedFigure = apps.get_model("stadtbezirk", "PublishedFigure")
    districts = {d.name: d for d in apps.get_model("members", "District").objects.all()}
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            PublishedFigure.objects.create(
                year=int(row["year"]),
                district=None if row["scope"] == CITY else districts[row["scope"]],
                projects=number(row["projects"]),
                with_third_party=number(row["with_third_party"]),
                paid=Decimal(row["paid_eur"]) if row["paid_eur"] else None,
                source=row["source"],
            )
    if schema_editor.connection.vendor == "postgresql":
        # A later migration of the same transaction changes the table.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [("stadtbezirk", "0001_initial"), ("members", "0002_districts")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
