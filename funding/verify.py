"""What no constraint and no trigger can say: reads everything, and yields a German sentence for each thing found.

docs/guards.md says which is which. Stages, because each needs what those before it look at: a sum cannot be read where
a column holds a BLOB.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from funding import ledger
from funding.ledger import KINDS
from funding.models import (
    Application,
    Decision,
    Expense,
    FiscalYear,
    FundingModel,
    GrantChange,
    LedgerEntry,
    Pot,
    Transfer,
)
from funding.services.case import row_key, state_of
from funding.services.transfers import ROUTES
from funding.walk import unsigned, walked
from members import catalogue, integrity
from members.checks import broken_anywhere
from members.migrated import applied_at
from members.triggers import labels
from projects.models import CostItem, FinancingItem, NumberSeries, Project, ProjectChange
from projects.money import ZERO, format_euro, money

Check = Callable[[], Iterator[str]]
K = LedgerEntry.Kind


def sound_file() -> Iterator[str]:
    return integrity.broken(connection)


def stored_rows() -> Iterator[str]:
    """Rows written while a check was missing or switched off."""
    return broken_anywhere(sorted(labels()))


def counters() -> Iterator[str]:
    for what, counter, stored, computed in ledger.differences():
        yield f"{what}: {counter} ist {format_euro(stored)}, die Buchungen ergeben {format_euro(computed)}."


def causes() -> Iterator[str]:
    """Bookings whose cause does not go with what they are."""
    entries = LedgerEntry.objects.order_by("pk")
    fits = (
        Q(decision__isnull=False, kind__in=KINDS["decision"])
        | Q(expense__isnull=False, kind__in=KINDS["expense"])
        | Q(transfer__isnull=False, kind__in=KINDS["transfer"])
        | Q(occasion="year", kind__in=KINDS["year"])
        | Q(occasion="pot", kind__in=KINDS["pot"], pot__kind=Pot.Kind.SPECIAL)
    )
    for entry in entries.exclude(fits).iterator():
        yield f"Buchung {entry.pk}: „{entry.get_kind_display()}“ hat einen Anlass, der dazu nicht passt."
    other = entries.filter(decision__isnull=False).exclude(decision__application=F("application"))
    for pk in other.values_list("pk", flat=True):
        yield f"Buchung {pk}: Ihr Antrag ist nicht der ihrer Entscheidung."
    moving = (K.CARRY_OUT, K.CARRY_IN, K.LATE_REPAYMENT)
    astray = entries.filter(application__isnull=False).exclude(
        Q(pot=F("application__pot")) | Q(kind__in=moving)
    )
    for pk in astray.values_list("pk", flat=True):
        yield f"Buchung {pk}: Sie steht in einem anderen Topf als ihr Antrag."


def years() -> Iterator[str]:
    """An opened year has the pots of its model, each with the allotment that the model gives it."""
    booked = LedgerEntry.objects.filter(pot=OuterRef("pk"), occasion=LedgerEntry.Occasion.YEAR)
    opening = booked.order_by().values("pot").annotate(sum=Sum("amount")).values("sum")
    pots = Pot.objects.exclude(kind=Pot.Kind.SPECIAL).annotate(
        opening=Coalesce(Subquery(opening), money(ZERO))
    )
    for pot in pots.select_related("year__model", "district").order_by("pk").iterator():
        opened = pot.year.state != FiscalYear.State.PLANNED
        wanted = _allotment(pot.year.model, pot.kind) if opened else ZERO
        # A district may join once the year is open; then its pot has nothing yet.
        if pot.opening != wanted and not (
            pot.kind == Pot.Kind.PILLAR_1 and pot.opening == pot.allotted == ZERO
        ):
            yield (
                f"{pot}: Bei der Öffnung gebucht sind {format_euro(pot.opening)}, das Fördermodell ergibt "
                f"{format_euro(wanted)}."
            )
    opened_years = FiscalYear.objects.exclude(state=FiscalYear.State.PLANNED).select_related("model")
    for year in opened_years.prefetch_related("pots"):
        kinds = {pot.kind for pot in year.pots.all()}
        for kind in (Pot.Kind.PILLAR_1, Pot.Kind.PILLAR_2, Pot.Kind.OVERHEAD):
            if _allotment(year.model, kind) and kind not in kinds:
                yield f"Haushaltsjahr {year}: Es fehlt der Topf {kind.label}."
        if year.opened_on is None or year.opened_by_id is None:
            yield f"Haushaltsjahr {year}: Es steht nicht da, wer es wann geöffnet hat."


def _allotment(model: FundingModel, kind: str) -> Decimal:
    return {
        Pot.Kind.PILLAR_1: model.district_allotment,
        Pot.Kind.PILLAR_2: model.pool_allotment,
        Pot.Kind.OVERHEAD: model.overhead_allotment,
    }[Pot.Kind(kind)]


def applications() -> Iterator[str]:
    """Every application against its decisions, its bookings and the signatures that its grant needed."""
    for walks, found in walked():
        yield from found
        yield from unsigned(walks)


def transfers() -> Iterator[str]:
    """Transfers between pots of one year, where its model allows them."""
    for transfer in (
        Transfer.objects.select_related("from_pot__year__model", "to_pot").order_by("pk").iterator()
    ):
        source, target = transfer.from_pot, transfer.to_pot
        setting = ROUTES.get((source.kind, target.kind))
        if source.year_id != target.year_id or not setting or not getattr(source.year.model, setting):
            yield f"{transfer}: Zwischen diesen beiden Töpfen erlaubt das Fördermodell keine."


def changes() -> Iterator[str]:
    """Changes of grants, each with the decision that its second person took."""
    done = GrantChange.objects.filter(state=GrantChange.State.CONFIRMED)
    other = done.exclude(
        Q(decision__amount=F("amount")) | ~Q(what=GrantChange.What.REDUCE),
        decision__application=F("application"),
        decision__step=F("what"),
        decision__actor=F("decided_by"),
    )
    for change in other.order_by("pk"):
        yield f"{change}: Die Entscheidung dazu ist eine andere."
    released = LedgerEntry.objects.filter(decision=OuterRef("pk"), kind=K.RELEASE)
    alone = Decision.objects.filter(
        Exists(released),
        step__in=GrantChange.What.values,
        application__second_signer__isnull=False,
        grant_change=None,
        # Before, one person was enough.
        recorded_at__gt=applied_at("funding", "0014_requests_of_two_people"),
    )
    for decision in alone.order_by("pk"):
        yield (
            f"Antrag {decision.application_id}, Entscheidung {decision.pk}: Was zwei Personen bewilligt haben, hat eine "
            "allein geringer gemacht."
        )


def expenses() -> Iterator[str]:
    astray = Expense.objects.exclude(pot__kind=Pot.Kind.OVERHEAD)
    for expense in astray.order_by("pk"):
        yield f"{expense}: Sie steht nicht im Topf für Gemeinkosten."
    other = Expense.objects.filter(reverses__isnull=False).exclude(
        reverses__amount=F("amount"), reverses__pot=F("pot"), reverses__reverses=None
    )
    for expense in other.order_by("pk"):
        yield f"{expense}: Betrag oder Topf sind nicht die der Ausgabe."


def projects() -> Iterator[str]:
    """What a project stores of its plan and of its applications."""
    rows = FinancingItem.objects.filter(project=OuterRef("pk"))
    from_pots = rows.filter(kind__in=FinancingItem.FROM_POTS)
    sums = {
        "cost_total": _sum(CostItem.objects.filter(project=OuterRef("pk")), "amount"),
        "requested_total": _sum(from_pots, "amount"),
        "granted_total": _sum(from_pots, "granted"),
        "financing_total": _sum(rows.annotate(in_effect=Coalesce("granted", "amount")), "in_effect"),
    }
    words = {
        "cost_total": "die Kosten", "requested_total": "beantragt", "granted_total": "bewilligt",
        "financing_total": "die Finanzierung",
    }  # fmt: skip
    found = Project.objects.annotate(**{f"computed_{name}": total for name, total in sums.items()})
    columns = [*sums, *(f"computed_{name}" for name in sums)]
    differ = Q()
    for name in sums:
        differ |= ~Q(**{name: F(f"computed_{name}")})
    for pk, *values in found.filter(differ).order_by("pk").values_list("pk", *columns):
        for name, stored, computed in zip(sums, values[: len(sums)], values[len(sums) :], strict=True):
            if stored != computed:
                yield (
                    f"Projekt {pk}: {words[name]} ist {format_euro(stored)}, der Plan ergibt {format_euro(computed)}."
                )


def _sum(rows: "QuerySet[FinancingItem] | QuerySet[CostItem]", name: str) -> Coalesce:
    total = rows.order_by().values("project").annotate(sum=Sum(name)).values("sum")
    return Coalesce(Subquery(total), money(ZERO))


def grants() -> Iterator[str]:
    """State and plan of each project that handed in, against its applications."""
    handed_in = Project.objects.filter(applications__isnull=False).distinct().order_by("pk")
    related = handed_in.prefetch_related("applications__pot", "financing_items")
    for project in related.iterator(chunk_size=500):
        asked = list(project.applications.all())
        plan = list(project.financing_items.all())
        state = state_of(asked)
        open_or_balanced = project.state in Project.OPEN_TO_BALANCE and state in Project.OPEN_TO_BALANCE
        if project.state != state and not open_or_balanced:
            yield (
                f"Projekt {project.pk}: Der Stand ist „{project.get_state_display()}“, die Anträge ergeben "
                f"„{state.label}“."
            )
        for application in asked:
            if application.state in Application.GRANTED:
                row = _row(application.pot, plan)
                if row is None or row.granted != application.granted:
                    yield f"Antrag {application.pk}: Der Plan des Projekts nennt eine andere Bewilligung."
        given = sum((a.granted or ZERO for a in asked if a.state in Application.GRANTED), ZERO)
        if project.granted_total != given:
            yield (
                f"Projekt {project.pk}: bewilligt ist {format_euro(project.granted_total)}, die Anträge ergeben "
                f"{format_euro(given)}."
            )
    for pk in Project.objects.filter(applications=None, granted_total__gt=0).values_list("pk", flat=True):
        yield f"Projekt {pk}: Etwas ist bewilligt, aber es gibt keinen Antrag."


def _row(pot: Pot, plan: "list[FinancingItem]") -> FinancingItem | None:
    key = row_key(pot).items()
    return next((row for row in plan if all(getattr(row, name) == value for name, value in key)), None)


def numbers() -> Iterator[str]:
    """Each district's numbers of a year run without gaps up to the last one given."""
    given = Project.objects.filter(number__isnull=False).values_list("year", "lead_district")
    counted = {(year, district): n for year, district, n in given.order_by().annotate(n=Count("pk"))}
    series = {(s.year, s.district_id): s.last for s in NumberSeries.objects.all()}
    for key in sorted(counted.keys() | series.keys()):
        if counted.get(key, 0) != series.get(key, 0):
            yield (
                f"Nummern {key[0]}, Stadtbezirk {key[1]}: {counted.get(key, 0)} Projekte haben eine, vergeben sind "
                f"{series.get(key, 0)}."
            )


def editors() -> Iterator[str]:
    """Whoever acted for a district is noted with the project: four eyes rest on that."""
    acted: tuple[tuple[QuerySet[Any], str, str], ...] = (
        (Project.objects.all(), "pk", "created_by"),
        (ProjectChange.objects.filter(mandate__isnull=False), "project", "actor"),
        (Application.objects.all(), "project", "submitted_by"),
        (Decision.objects.filter(mandate__isnull=False), "application__project", "actor"),
    )
    for rows, project, account in acted:
        noted = Project.editors.through.objects.filter(project=OuterRef(project), user=OuterRef(account))
        missing = rows.filter(~Exists(noted)).order_by(project, account).values_list(project, account)
        for key, who in missing.distinct():
            yield (
                f"Projekt {key}: Konto {who} hat dafür gehandelt und steht nicht bei denen, die mitgewirkt haben."
            )


#: Each is judged only where those before it found nothing.
STAGES: tuple[tuple[Check, ...], ...] = (
    (catalogue.differences,),
    (sound_file, stored_rows),
    (counters, causes, years, applications, transfers, changes, expenses, projects, grants, numbers, editors),
)


def findings() -> Iterator[str]:
    """The sentences of the first stage that finds something."""
    for stage in STAGES:
        clean = True
        for check in stage:
            for sentence in check():
                clean = False
                yield sentence
        if not clean:
            return
