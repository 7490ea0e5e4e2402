"""What a proof lacks for handing in, and what is remarkable about it."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Sum

from funding.models import Application
from funding.models.terms import ProofDepth
from funding.proofs.facts import sums_of, total
from funding.proofs.models import ProofOfUse, ProofRow, ProofRules, SamplePick, Voucher
from members.common.counting import counted
from members.common.money import ZERO, format_euro
from projects.models import FinancingItem


def needs_list(proof: ProofOfUse, *, drawn: bool) -> bool:
    """Return whether its costs are listed voucher by voucher."""
    return drawn or proof.depth != ProofDepth.SIMPLE


def needs_files(proof: ProofOfUse, *, drawn: bool) -> bool:
    """Return whether its vouchers themselves are needed: by its depth, or because it was drawn."""
    return drawn or proof.depth == ProofDepth.FULL


def is_drawn(proof: ProofOfUse) -> bool:
    """Return whether the grant was drawn in the yearly sample. One query."""
    return SamplePick.objects.filter(application=proof.application_id).exists()


def missing(proof: ProofOfUse, rules: ProofRules) -> dict[str, str]:
    """Return what the proof lacks for handing in: key -> German sentence; empty if nothing.

    Keys are names of the report's fields, ``row-<key>`` for a row, ``row-<key>-vouchers`` for its vouchers,
    ``voucher-<key>-<field>`` and ``photo-<key>-<field>``. Four queries.
    """
    rows = list(proof.rows.prefetch_related("vouchers"))
    drawn = is_drawn(proof)
    return {
        **_of_report(proof, rules, rows, drawn=drawn),
        **_of_rows(proof, rows, drawn=drawn),
        **_of_photos(proof),
    }


def large_cost(rows: Sequence[ProofRow], rules: ProofRules, *, planned: bool = False) -> ProofRow | None:
    """Return the first cost so large that its order has to be explained: as it was spent, or also as ``planned``."""
    limit = rules.procurement_from
    if limit is None:
        return None
    costs = (row for row in rows if row.is_cost)
    return next(
        (row for row in costs if max(row.actual or ZERO, row.planned if planned else ZERO) >= limit), None
    )


def _of_report(
    proof: ProofOfUse, rules: ProofRules, rows: Sequence[ProofRow], *, drawn: bool
) -> dict[str, str]:
    found: dict[str, str] = {}
    if not proof.done:
        found["done"] = "Bitte schreiben Sie, was gemacht wurde."
    if not proof.publicity:
        found["publicity"] = (
            "Bitte schreiben Sie, wo auf die Förderung hingewiesen wurde. Wenn nirgends, schreiben Sie bitte das."
        )
    if not proof.originals_at and not needs_files(proof, drawn=drawn):
        found["originals_at"] = "Bitte schreiben Sie, wer die Originalbelege verwahrt."
    if not proof.procurement and (row := large_cost(rows, rules)):
        limit = format_euro(rules.procurement_from or ZERO)
        found["procurement"] = (
            f"Für „{row}“ wurden {limit} oder mehr ausgegeben. Bitte schreiben Sie, wie der Auftrag vergeben wurde."
        )
    entered = all(row.actual is not None for row in rows if row.is_cost)
    if entered and total(rows, side=ProofRow.Side.COST) == 0 and not proof.explanation:
        found["explanation"] = "Es wurde nichts ausgegeben. Bitte erklären Sie, warum."
    if not proof.explanation and (twice := counted_twice(proof, rows)):
        found["hours"] = (
            f"{twice} Steckt dieselbe Arbeit in beidem, tragen Sie sie bitte nur an einer Stelle ein. Ist es Verschiedenes, zum "
            "Beispiel Material und Arbeit, schreiben Sie das bitte unter „Erläuterung der Zahlen“."
        )
    if not proof.confirmed:
        found["confirmed"] = "Bitte bestätigen Sie die Angaben."
    return found


def _of_rows(proof: ProofOfUse, rows: Sequence[ProofRow], *, drawn: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        if row.is_grant:
            continue
        if row.actual is None:
            found[f"row-{row.pk}"] = (
                f"Bitte eintragen, wie viel für „{row}“ ausgegeben wurde. Wenn nichts, bitte 0."
                if row.is_cost
                else f"Bitte eintragen, wie viel von „{row}“ eingegangen ist. Wenn nichts, bitte 0."
            )
        vouchers = [voucher for voucher in row.vouchers.all() if voucher.counts]
        if row.is_cost and row.actual and not vouchers and needs_list(proof, drawn=drawn):
            found[f"row-{row.pk}-vouchers"] = f"Bitte die Belege zu „{row}“ eintragen."
        for voucher in vouchers:
            found.update(_of_voucher(voucher, with_file=row.is_cost and needs_files(proof, drawn=drawn)))
    return found


def _of_voucher(voucher: Voucher, *, with_file: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    if voucher.amount is None:
        found["amount"] = "Bitte den Betrag des Belegs eintragen."
    if voucher.day is None:
        found["day"] = "Bitte den Tag der Zahlung eintragen."
    if not voucher.payee:
        found["payee"] = "Bitte eintragen, an wen gezahlt wurde."
    if with_file and not voucher.has_file:
        found["file"] = "Bitte den Beleg hochladen."
    return {f"voucher-{voucher.pk}-{field}": sentence for field, sentence in found.items()}


def _of_photos(proof: ProofOfUse) -> dict[str, str]:
    found: dict[str, str] = {}
    for photo in proof.photos.all():
        if not photo.photographer:
            found[f"photo-{photo.pk}-photographer"] = "Bitte eintragen, wer fotografiert hat."
        if not photo.consent:
            found[f"photo-{photo.pk}-consent"] = (
                "Ohne Einverständnis der Abgebildeten entfernen Sie das Foto bitte wieder."
            )
    return found


def counted_twice(proof: ProofOfUse, rows: Sequence[ProofRow]) -> str:
    """Say in German that volunteers' hours stand beside own work in euro, so that both may be the same; or nothing.

    Hours count by themselves, as costs and as own money. Own work may also be things, so it is for people to tell.
    """
    worth = sum((row.actual or ZERO for row in rows if row.kind == FinancingItem.Kind.IN_KIND), ZERO)
    if not (worth and proof.hours):
        return ""
    hours = counted(proof.hours, "ehrenamtliche Stunde", "ehrenamtliche Stunden")
    return f"Als Eigenleistung sind {format_euro(worth)} eingetragen, und aus dem Bericht zählt von selbst mit: {hours}."


def remarks(proof: ProofOfUse, rows: Sequence[ProofRow]) -> list[str]:
    """Return what the figures say that is not wrong, but to be looked at: German sentences.

    Reads the vouchers of the rows.
    """
    sums = sums_of(proof, rows)
    costs, income = sums["costs"].actual, sums["money"].actual
    twice = counted_twice(proof, rows)
    found = [f"{twice} Dieselbe Arbeit darf nur einmal zählen."] if twice else []
    if twice and proof.explanation:
        found = [f"{found[0]} Erläutert ist dazu: „{proof.explanation}“"]
    if income > costs:
        found.append(
            f"Es ist mehr Geld da, als gebraucht wurde: Mit der ausgezahlten Förderung kamen {format_euro(income)} herein, ausgegeben "
            f"sind {format_euro(costs)}. {format_euro(income - costs)} sind übrig. Ob und wie viel Förderung deshalb zurückzuzahlen "
            "ist, sagt die Rechnung."
        )
    outside = [voucher for row in rows for voucher in row.vouchers.all() if voucher.is_outside]
    found += [
        f"{voucher.title} ist vom {voucher.day:%d.%m.%Y} und damit außerhalb des bewilligten Zeitraums."
        for voucher in outside
    ]
    return found


def beyond_costs(proof: ProofOfUse, result: Decimal, costs: Decimal) -> str:
    """Say in German that the fixed grants of one project are more together than its accepted costs; or nothing.

    Each of them is lawful by itself, so it is for the checker to judge. ``result`` is what is due of this one. Euro.
    One query for a fixed grant, none for others.
    """
    this, fixed = proof.application, Application.Financing.FIXED
    if this.financing != fixed:
        return ""
    others = Application.objects.filter(
        project=this.project_id, financing=fixed, state__in=Application.GRANTED
    )
    besides = others.exclude(pk=this.pk).aggregate(sum=Sum("granted"))["sum"] or ZERO
    if not besides or result + besides <= costs:
        return ""
    return (
        f"Das Projekt hat noch andere Festbeträge: Zusammen sind es {format_euro(result + besides)}, anerkannt sind Kosten von "
        f"{format_euro(costs)}. Jeder für sich ist richtig; bitte prüfen Sie, ob zusammen zu viel bewilligt ist."
    )
