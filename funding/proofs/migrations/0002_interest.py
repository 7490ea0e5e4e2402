import datetime
from decimal import Decimal

import django.db.models.deletion
import members.common.checks
import members.common.days
import members.common.percent
import simple_history.models
from django.conf import settings
from django.db import migrations, models

#: Hundredths of a percent from 1 January and from 1 July: § 247 BGB, as the Bundesbank announced them.
BASE_RATES = {
    2016: (-83, -88),
    2017: (-88, -88),
    2018: (-88, -88),
    2019: (-88, -88),
    2020: (-88, -88),
    2021: (-88, -88),
    2022: (-88, -88),
    2023: (162, 312),
    2024: (362, 337),
    2025: (227, 127),
    2026: (127,),
}
#: Not read from the source: to be checked.
DERIVED = {(2024, 2), (2025, 1)}


def begin(apps, schema_editor):
    """Enter the base rates that are known. No rule of interest: without a basis there is none."""
    apps.get_model("proofs", "BaseRate").objects.bulk_create(
        apps.get_model("proofs", "BaseRate")(
            year=year,
            half=half,
            percent=Decimal(hundredths).scaleb(-2),
            source="Deutsche Bundesbank, § 247 BGB",
            to_check=(year, half) in DERIVED,
        )
        for year, halves in BASE_RATES.items()
        for half, hundredths in enumerate(halves, 1)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0023_carried_and_reclaimed"),
        ("proofs", "0001_begin"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BaseRate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        validators=[members.common.days.require_year], verbose_name="Jahr"
                    ),
                ),
                (
                    "half",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "erstes Halbjahr (ab 1. Januar)"), (2, "zweites Halbjahr (ab 1. Juli)")],
                        verbose_name="Halbjahr",
                    ),
                ),
                (
                    "percent",
                    members.common.percent.PercentField(
                        help_text="Er kann negativ sein, zum Beispiel −0,88.",
                        verbose_name="Basiszinssatz (%)",
                    ),
                ),
                ("source", models.CharField(max_length=200, verbose_name="Fundstelle")),
                ("to_check", models.BooleanField(default=False, verbose_name="abgeleitet, zu prüfen")),
            ],
            options={
                "verbose_name": "Basiszinssatz",
                "verbose_name_plural": "Basiszinssätze",
                "ordering": ["-year", "-half"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("year", "half"),
                        name="base_rate_once_per_half_year",
                        violation_error_message="Für dieses Halbjahr ist schon ein Basiszinssatz eingetragen.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="base_rate_has_source"
                    ),
                    members.common.checks.Guard(
                        condition=models.Q(("year__gte", 1945), ("year__lte", 2100)),
                        name="base_rate_years_within",
                    ),
                    members.common.checks.Guard(
                        condition=models.Q(("half__in", [1, 2])), name="base_rate_halves_known"
                    ),
                    members.common.checks.Guard(
                        condition=models.Q(
                            members.common.checks.StoredAs("integers", "year", "half", "percent"),
                            members.common.checks.StoredAs("texts", "source"),
                            members.common.checks.StoredAs("flags", "to_check"),
                        ),
                        name="base_rate_types",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalBaseRate",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        validators=[members.common.days.require_year], verbose_name="Jahr"
                    ),
                ),
                (
                    "half",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "erstes Halbjahr (ab 1. Januar)"), (2, "zweites Halbjahr (ab 1. Juli)")],
                        verbose_name="Halbjahr",
                    ),
                ),
                (
                    "percent",
                    members.common.percent.PercentField(
                        help_text="Er kann negativ sein, zum Beispiel −0,88.",
                        verbose_name="Basiszinssatz (%)",
                    ),
                ),
                ("source", models.CharField(max_length=200, verbose_name="Fundstelle")),
                ("to_check", models.BooleanField(default=False, verbose_name="abgeleitet, zu prüfen")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical Basiszinssatz",
                "verbose_name_plural": "historical Basiszinssätze",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalInterestRule",
            fields=[
                (
                    "id",
                    models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID"),
                ),
                (
                    "since",
                    models.DateField(
                        help_text="Für Bewilligungen von diesem Tag an.",
                        validators=[members.common.days.require_day],
                        verbose_name="gilt ab",
                    ),
                ),
                (
                    "points",
                    members.common.percent.PercentField(
                        blank=True,
                        help_text="§ 49a VwVfG NRW: 3,00; ältere Regeln: 5,00.",
                        null=True,
                        verbose_name="Prozentpunkte über dem Basiszinssatz",
                    ),
                ),
                (
                    "percent",
                    members.common.percent.PercentField(
                        blank=True,
                        help_text="Wenn ein fester Satz vereinbart ist. 0,00: keine Zinsen mehr.",
                        null=True,
                        verbose_name="oder fester Satz im Jahr (%)",
                    ),
                ),
                (
                    "legal_basis",
                    models.CharField(
                        help_text="So nennt sie das Schreiben, zum Beispiel: § 49a Absatz 3 VwVfG NRW, oder: Nummer 7 der Vereinbarung.",
                        max_length=200,
                        verbose_name="Grundlage",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(
                        choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1
                    ),
                ),
                (
                    "funding_model",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="funding.fundingmodel",
                        verbose_name="Fördermodell",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical Regel für Zinsen",
                "verbose_name_plural": "historical Regeln für Zinsen",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="InterestRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "since",
                    models.DateField(
                        help_text="Für Bewilligungen von diesem Tag an.",
                        validators=[members.common.days.require_day],
                        verbose_name="gilt ab",
                    ),
                ),
                (
                    "points",
                    members.common.percent.PercentField(
                        blank=True,
                        help_text="§ 49a VwVfG NRW: 3,00; ältere Regeln: 5,00.",
                        null=True,
                        verbose_name="Prozentpunkte über dem Basiszinssatz",
                    ),
                ),
                (
                    "percent",
                    members.common.percent.PercentField(
                        blank=True,
                        help_text="Wenn ein fester Satz vereinbart ist. 0,00: keine Zinsen mehr.",
                        null=True,
                        verbose_name="oder fester Satz im Jahr (%)",
                    ),
                ),
                (
                    "legal_basis",
                    models.CharField(
                        help_text="So nennt sie das Schreiben, zum Beispiel: § 49a Absatz 3 VwVfG NRW, oder: Nummer 7 der Vereinbarung.",
                        max_length=200,
                        verbose_name="Grundlage",
                    ),
                ),
                (
                    "funding_model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="interest_rules",
                        to="funding.fundingmodel",
                        verbose_name="Fördermodell",
                    ),
                ),
            ],
            options={
                "verbose_name": "Regel für Zinsen",
                "verbose_name_plural": "Regeln für Zinsen",
                "ordering": ["-since", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("funding_model", "since"),
                        name="interest_rule_once_per_day",
                        violation_error_message="Für diesen Tag ist schon eine Regel eingetragen.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("percent__isnull", True), ("points__isnull", False)),
                            models.Q(("percent__isnull", False), ("points__isnull", True)),
                            _connector="OR",
                        ),
                        name="interest_rule_has_one_rate",
                        violation_error_message="Bitte entweder Prozentpunkte über dem Basiszinssatz oder einen festen Satz eintragen.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("points__isnull", True), ("points__gte", 0), _connector="OR"),
                            models.Q(("percent__isnull", True), ("percent__gte", 0), _connector="OR"),
                        ),
                        name="interest_rule_not_negative",
                        violation_error_message="Der Satz darf nicht negativ sein.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("legal_basis", ""), _negated=True), name="interest_rule_has_basis"
                    ),
                    members.common.checks.Guard(
                        condition=models.Q(
                            ("since__gte", datetime.date(1945, 1, 1)),
                            ("since__lte", datetime.date(2100, 12, 31)),
                        ),
                        name="interest_rule_days_within",
                    ),
                    members.common.checks.Guard(
                        condition=models.Q(
                            members.common.checks.StoredAs("integers", "funding_model", "points", "percent"),
                            members.common.checks.StoredAs("texts", "legal_basis"),
                            members.common.checks.StoredAs("days", "since"),
                        ),
                        name="interest_rule_types",
                    ),
                ],
            },
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
