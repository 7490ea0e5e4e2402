from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import BaseCommand, CommandError

from projects.money import MoneyField, format_euro
from stadtbezirk.reports import triggers
from stadtbezirk.reports.triggers import Difference


def described(found: Difference) -> str:
    field: Any = found.figure._meta.get_field(found.measure)
    try:
        key = str(found.figure(**found.key))
    except ObjectDoesNotExist:
        key = ", ".join(f"{name} {value}" for name, value in found.key.items())
    stored, counted = (
        format_euro(Decimal(figure).scaleb(-2)) if isinstance(field, MoneyField) else figure
        for figure in (found.stored, found.counted)
    )
    return (
        f"{found.figure._meta.verbose_name} ({key}), {field.verbose_name}: "
        f"gespeichert {stored}, gezählt {counted}."
    )


class Command(BaseCommand):
    help = (
        "Zählt die gespeicherten Zahlen der Berichte nach, nennt jede Abweichung und endet dann mit Fehler. "
        "Mit --recount werden sie vorher neu gezählt."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--recount", action="store_true", help="vorher alles neu zählen und speichern")

    def handle(self, *args: Any, recount: bool, **options: Any) -> None:
        if recount:
            triggers.install(recompute=True)
        found = list(triggers.differences())
        for difference in found:
            self.stdout.write(described(difference))
        if found:
            raise CommandError(
                f"Abweichungen: {len(found)}. Mit --recount werden alle Zahlen neu gezählt und gespeichert."
            )
        rows = sum(figure._default_manager.count() for figure in triggers.FIGURES)
        self.stdout.write(self.style.SUCCESS(f"In Ordnung: {rows} gespeicherte Zahlen der Berichte."))
