"""Checks what no constraint and no trigger can: reads everything, yields a German sentence per finding.

docs/guards.md says what is found here.
The checks run in stages, because a later one needs what an earlier one has found sound:
a column that holds a BLOB, for example, cannot be summed.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from itertools import cycle
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from funding import chains, hooks, ledger
from funding.ledger import KINDS
from funding.models import (
    Application,
    Decision,
    Expense,
    FiscalYear,
    GrantChange,
    LedgerEntry,
    PlanRow,
    Pot,
    Step,
    Transfer,
)
from funding.plan import row_of, state_of
from funding.replay import Booking, in_words, unsigned, walked
from funding.services.transfers import ROUTES
from funding.services.years import allotment
from members.common import catalogue, integrity, stored
from members.common.checks import broken_anywhere
from members.common.counting import counted
from members.common.fields import stale_keys
from members.common.migrated import applied_at, unapplied
from members.common.money import ZERO, format_euro, money
from members.common.triggers import labels
from projects import search
from projects.history import Rows
from projects.models import FinancingItem, NumberSeries, Project, ProjectChange
from projects.services import derive

Check = Callable[[], Iterator[str]]
K = LedgerEntry.Kind


def sound_file() -> Iterator[str]:
    return integrity.broken(connection)


def stored_rows() -> Iterator[str]:
    """Yield rows that break a constraint, written while it was missing or switched off."""
    return broken_anywhere(sorted(labels()))


def counters() -> Iterator[str]:
    """Yield counters that differ from the sum of their bookings."""
    for what, counter, held, computed in ledger.differences():
        yield f"{what}: {counter} ist {format_euro(held)}, die Buchungen ergeben {format_euro(computed)}."


def causes() -> Iterator[str]:
    """Yield bookings whose cause does not go with their kind, application or pot."""
    entries = LedgerEntry.objects.order_by("pk")
    fits = (
        Q(decision__isnull=False, kind__in=KINDS["decision"])
        | Q(expense__isnull=False, kind__in=KINDS["expense"])
        | Q(transfer__isnull=False, kind__in=KINDS["transfer"])
        | Q(occasion="year", kind__in=KINDS["year"])
        | Q(occasion="pot", kind__in=KINDS["pot"], pot__kind=Pot.Kind.SPECIAL)
        | Q(occasion="closing", kind__in=KINDS["closing"])
    )
    for entry in entries.exclude(fits).iterator():
        yield f"Buchung {entry.pk}: „{entry.get_kind_display()}“ hat einen Anlass, der dazu nicht passt."
    other = entries.filter(decision__isnull=False).exclude(decision__application=F("application"))
    for pk in other.values_list("pk", flat=True):
        yield f"Buchung {pk}: Ihr Antrag ist nicht der ihrer Entscheidung."
    moved_to = Decision.objects.filter(application=OuterRef("application"), into=OuterRef("pot"))
    astray = entries.filter(application__isnull=False).exclude(
        Q(pot=F("application__pot")) | Q(Exists(moved_to))
    )
    for pk in astray.values_list("pk", flat=True):
        yield f"Buchung {pk}: Sie steht in einem anderen Topf als ihr Antrag."


def bookings() -> Iterator[str]:
    """Yield expenses and transfers whose bookings differ in pot, kind, amount, actor or value date."""
    pots = {pot.pk: str(pot) for pot in Pot.objects.select_related("year", "district")}

    def words(moves: "Counter[tuple[int, Booking]]") -> str:
        said = [f"{pots[pot]}: {in_words(Counter([booking]))}" for pot, booking in sorted(moves.elements())]
        return "; ".join(said) or "nichts"

    expenses = Expense.objects.prefetch_related("reverses__entries")
    for rows, wanted_of in ((expenses, _of_expense), (Transfer.objects.all(), _of_transfer)):
        for row in rows.prefetch_related("entries").order_by("pk").iterator(500):
            there = Counter(
                (e.pot_id, (e.kind, e.amount, e.actor_id, e.value_date)) for e in row.entries.all()
            )
            wanted = Counter(wanted_of(row))
            if there != wanted:
                yield f"{row}: gebucht ist {words(there)}; sein müsste {words(wanted)}."


def _of_expense(expense: Any) -> list[tuple[int, Booking]]:
    """Return its bookings: committed by who booked it, then paid and sent back in turns, on some day by somebody.

    A reversal releases, and takes back the payment that stands.
    """
    own = (expense.amount, expense.actor_id, expense.on)
    if expense.reverses_id:
        kinds = (K.PAY_BACK, K.RELEASE) if expense.reverses.paid_on else (K.RELEASE,)
        return [(expense.pot_id, (kind, *own)) for kind in kinds]
    later = [entry for entry in expense.entries.all() if entry.kind in (K.PAY, K.PAY_BACK)]
    return [
        (expense.pot_id, (K.COMMIT, *own)),
        *(
            (expense.pot_id, (kind, expense.amount, entry.actor_id, max(entry.value_date, expense.on)))
            for kind, entry in zip(cycle((K.PAY, K.PAY_BACK)), later, strict=False)
        ),
    ]


def _of_transfer(transfer: Any) -> list[tuple[int, Booking]]:
    asked = (transfer.amount, transfer.requested_by_id, transfer.requested_on)
    decided = (transfer.amount, transfer.decided_by_id, transfer.decided_on)
    moves: list[tuple[int, Booking]] = [(transfer.from_pot_id, (K.RESERVE, *asked))]
    if not transfer.waits:
        moves.append((transfer.from_pot_id, (K.UNRESERVE, *decided)))
    if transfer.state == Transfer.State.CONFIRMED:
        moves.append((transfer.from_pot_id, (K.TRANSFER_OUT, *decided)))
        moves.append((transfer.to_pot_id, (K.TRANSFER_IN, *decided)))
    return moves


def years() -> Iterator[str]:
    """Yield opened years that lack a pot of their model, or its allotment."""
    booked = Sum("entries__amount", filter=Q(entries__occasion=LedgerEntry.Occasion.YEAR))
    pots = Pot.objects.exclude(kind=Pot.Kind.SPECIAL).annotate(opening=Coalesce(booked, money(ZERO)))
    for pot in pots.select_related("year__model", "district").order_by("pk").iterator():
        opened = pot.year.state != FiscalYear.State.PLANNED
        wanted = allotment(pot.year.model, pot.kind) if opened else ZERO
        # A district that joins when the year is open has an empty pot.
        if pot.opening != wanted and not (
            pot.kind == Pot.Kind.PILLAR_1 and pot.opening == pot.allotted == ZERO
        ):
            yield (
                f"{pot}: Bei der Öffnung gebucht sind {format_euro(pot.opening)}, das Fördermodell ergibt "
                f"{format_euro(wanted)}."
            )
    open_still = Pot.objects.filter(year__state=FiscalYear.State.CLOSED).exclude(
        reserved=0, committed=F("paid"), allotted=F("committed")
    )
    for open_pot in open_still.select_related("year", "district").order_by("pk"):
        yield f"{open_pot}: Es ist abgeschlossen, aber noch nicht alles ist bezahlt, verfallen oder übertragen."
    opened_years = FiscalYear.objects.exclude(state=FiscalYear.State.PLANNED).select_related("model")
    for year in opened_years.prefetch_related("pots"):
        kinds = {pot.kind for pot in year.pots.all()}
        for kind in Pot.ALLOTMENTS:
            if allotment(year.model, kind) and kind not in kinds:
                yield f"Haushaltsjahr {year}: Es fehlt der Topf {kind.label}."
        if year.opened_on is None or year.opened_by_id is None:
            yield f"Haushaltsjahr {year}: Es steht nicht da, wer es wann geöffnet hat."


def applications() -> Iterator[str]:
    """Yield applications that differ from their decisions or bookings, or lack a second signature or person."""
    # Before these migrations, one person was enough.
    since = _first_since("0014_requests_of_two_people")
    repaid_since = _first_since("0015_repaid_by_two")
    for walks, found in walked():
        yield from found
        yield from unsigned(walks)
        for decision in (each for walk in walks for each in walk.alone):
            if decision.pk >= (repaid_since if decision.step == Step.REPAY else since):
                yield _alone(decision)


def _alone(decision: Decision) -> str:
    """Return what is wrong with a decision that one person took and two should have."""
    done = {
        Step.RECLAIM: "Was zwei Personen bewilligt haben, hat eine allein zurückgefordert.",
        Step.WAIVE: "Auf eine Rückforderung hat eine Person allein verzichtet.",
        Step.FORGO: "Auf Zinsen hat eine Person allein verzichtet.",
    }.get(Step(decision.step), "Was zwei Personen bewilligt haben, hat eine allein geringer gemacht.")
    return f"Antrag {decision.application_id}, Entscheidung {decision.pk}: {done}"


def kept_plans() -> Iterator[str]:
    """Yield decisions whose kept plan grants another amount, or does not balance as a plan that was handed in."""
    grant, side = Q(plan_rows__is_grant=True), PlanRow.Side
    sums = {
        "given": Sum("plan_rows__amount", filter=grant),
        "costs": Sum("plan_rows__amount", filter=Q(plan_rows__side=side.COST)),
    }
    kept: QuerySet[Any] = (
        Decision.objects.filter(eligible_costs__isnull=False).annotate(**sums).order_by("pk")
    )
    for decision in kept.iterator(2000):
        if decision.given != decision.amount or (decision.costs or ZERO) < decision.eligible_costs:
            yield (
                f"Antrag {decision.application_id}, Entscheidung {decision.pk}: Der Plan, der zu ihr gehört, ist ein "
                "anderer."
            )


def transfers() -> Iterator[str]:
    """Yield transfers between pots of different years, or where the funding model allows none."""
    for transfer in (
        Transfer.objects.select_related("from_pot__year__model", "to_pot").order_by("pk").iterator()
    ):
        source, target = transfer.from_pot, transfer.to_pot
        setting = ROUTES.get((source.kind, target.kind))
        if source.year_id != target.year_id or not setting or not getattr(source.year.model, setting):
            yield f"{transfer}: Zwischen diesen beiden Töpfen erlaubt das Fördermodell keine."


#: The changes whose decision has the euro concerned, not what is granted then.
_OF_EURO = (GrantChange.What.REPAY, GrantChange.What.RECLAIM, GrantChange.What.WAIVE)


def changes() -> Iterator[str]:
    """Yield changes of grants whose decision is another one."""
    done = GrantChange.objects.filter(state=GrantChange.State.CONFIRMED)
    other = done.exclude(
        Q(what=GrantChange.What.REDUCE, decision__amount=F("amount"))
        | Q(what=GrantChange.What.INCREASE, decision__amount=F("amount"))
        | Q(what=GrantChange.What.FORGO, decision__amount=F("amount") - F("granted"))
        | Q(what__in=_OF_EURO, decision__amount=F("granted") - F("amount"))
        | Q(what__in=(GrantChange.What.REVOKE, GrantChange.What.SETTLE)),
        decision__application=F("application"),
        decision__step=F("what"),
        decision__actor=F("decided_by"),
    )
    for change in other.order_by("pk"):
        yield f"{change}: Die Entscheidung dazu ist eine andere."


def _first_since(migration: str) -> int:
    """Return the first key after the migration: who writes a row can choose its time, but not a lower key."""
    since = Decision.objects.filter(recorded_at__gt=applied_at("funding", migration))
    first: int | None = since.aggregate(first=Min("pk"))["first"]
    return first if first is not None else sys.maxsize


#: The steps of the Wirtschaftsförderung on every pot.
_BY_STAFF = (
    Step.PAY,
    Step.BOUNCE,
    Step.REPAY,
    Step.SETTLE,
    Step.RECLAIM,
    Step.WAIVE,
    Step.INTEREST,
    Step.FORGO,
    Step.CHANGE,
)


def involved() -> Iterator[str]:
    """Yield decisions of the Wirtschaftsförderung by somebody who had acted for a district on the project."""
    saved: dict[tuple[int, int], datetime] = {}
    saves = ProjectChange.objects.filter(mandate__isnull=False).order_by()
    for project, actor, first in saves.values_list("project", "actor").annotate(Min("recorded_at")):
        saved[project, actor] = first
    decided: dict[tuple[int, int], int] = {}
    decisions = Decision.objects.filter(mandate__isnull=False).order_by()
    for project, actor, key in decisions.values_list("application__project", "actor").annotate(Min("pk")):
        decided[project, actor] = key
    central = Q(
        step__in=(Step.SIGN, Step.APPROVE, Step.REJECT, Step.REDUCE, Step.REVOKE, Step.INCREASE),
        application__pot__kind__in=Pot.CENTRAL,
    )
    of_staff = Decision.objects.filter(central | Q(step__in=_BY_STAFF))
    for decision in of_staff.select_related("application__project").order_by("pk").iterator():
        application = decision.application
        who = (application.project_id, decision.actor_id)
        if (
            decision.actor_id in (application.project.created_by_id, application.submitted_by_id)
            or (who in saved and saved[who] < decision.recorded_at)
            or (who in decided and decided[who] < decision.pk)
        ):
            yield (
                f"Antrag {decision.application_id}, Entscheidung {decision.pk} („{decision.get_step_display()}“): Konto "
                f"{decision.actor_id} hatte vorher für einen Stadtbezirk an dem Projekt mitgewirkt."
            )


def expenses() -> Iterator[str]:
    """Yield expenses on a pot of another kind, and reversals that do not match their expense."""
    astray = Expense.objects.exclude(pot__kind=Pot.Kind.OVERHEAD)
    for expense in astray.order_by("pk"):
        yield f"{expense}: Sie steht nicht im Topf für Gemeinkosten."
    other = Expense.objects.filter(reverses__isnull=False).exclude(
        reverses__amount=F("amount"), reverses__pot=F("pot"), reverses__reverses=None
    )
    for expense in other.order_by("pk"):
        yield f"{expense}: Betrag oder Topf sind nicht die der Ausgabe."


#: The fields of a project that follow from its plan, and their German names.
OF_PLAN = {
    "cost_total": "die Kosten", "requested_total": "beantragt", "granted_total": "bewilligt",
    "financing_total": "die Finanzierung", "has_third_party": "mit Drittmitteln",
    "is_cross_district": "stadtbezirksübergreifend", "kind": "die Art", "state": "der Stand",
}  # fmt: skip


def projects() -> Iterator[str]:
    """Yield projects whose stored totals, kind or state differ from what the services would store."""
    plans = Project.objects.prefetch_related("cost_items", "financing_items", "participations")
    for project in plans.order_by("pk").iterator(500):
        stored = {name: _shown(project, name) for name in OF_PLAN}
        rows = (project.cost_items, project.financing_items, project.participations)
        derive(project, Rows(*(list(each.all()) for each in rows)))
        for name, words in OF_PLAN.items():
            if stored[name] != (computed := _shown(project, name)):
                yield f"Projekt {project.pk}: {words} ist {stored[name]}, der Plan ergibt {computed}."


def _shown(project: Project, name: str) -> str:
    value = getattr(project, name)
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, Decimal):
        return format_euro(value)
    return f"„{getattr(project, f'get_{name}_display')()}“"


#: States of a project that was never handed in.
WITHOUT_APPLICATION = (Project.State.DRAFT, Project.State.UNFUNDED, Project.State.ARCHIVED)


def grants() -> Iterator[str]:
    """Yield projects whose state, plan or granted sum differs from their applications."""
    related = Project.objects.prefetch_related("applications__pot", "financing_items").order_by("pk")
    for project in related.iterator(chunk_size=500):
        asked = list(project.applications.all())
        name = f"Projekt {project.pk}"
        if not asked:
            if project.state not in WITHOUT_APPLICATION:
                yield f"{name}: Der Stand ist „{project.get_state_display()}“, aber es gibt keinen Antrag."
            if project.granted_total:
                yield f"{name}: Etwas ist bewilligt, aber es gibt keinen Antrag."
            continue
        state = state_of(asked)
        # The plan decides between these two states; ``projects`` checks that.
        open_or_balanced = project.state in Project.OPEN_TO_BALANCE and state in Project.OPEN_TO_BALANCE
        if project.state != state and not open_or_balanced:
            yield (
                f"{name}: Der Stand ist „{project.get_state_display()}“, die Anträge ergeben „{state.label}“."
            )
        plan = list(project.financing_items.all())
        for application in asked:
            yield from _planned(application, row_of(application.pot, plan))
        given = sum((a.granted or ZERO for a in asked if a.state in Application.GRANTED), ZERO)
        if project.granted_total != given:
            yield (
                f"{name}: bewilligt ist {format_euro(project.granted_total)}, die Anträge ergeben {format_euro(given)}."
            )
        if project.published_on is None and any(a.granted is not None for a in asked):
            yield f"{name}: Es ist bewilligt und nicht veröffentlicht."


def _planned(application: Application, row: FinancingItem | None) -> Iterator[str]:
    """Yield where the plan's row differs from its application while that is under decision or granted."""
    if application.state in Application.GRANTED:
        if row is None or row.granted != application.granted:
            yield f"Antrag {application.pk}: Der Plan des Projekts nennt eine andere Bewilligung."
    elif application.awaits_decision:
        if row is None or (row.amount, row.granted) != (application.requested, None):
            yield f"Antrag {application.pk}: Der Plan des Projekts nennt einen anderen Betrag."
    else:
        return
    if row is not None and not row.locked:
        yield f"Antrag {application.pk}: Seine Zeile im Plan des Projekts ist nicht gesperrt."


def numbers() -> Iterator[str]:
    """Yield series of project numbers with a gap."""
    given = Project.objects.filter(number__isnull=False).values_list("year", "lead_district")
    numbered = {(year, district): n for year, district, n in given.order_by().annotate(n=Count("pk"))}
    series = {(s.year, s.district_id): s.last for s in NumberSeries.objects.all()}
    for key in sorted(numbered.keys() | series.keys()):
        if numbered.get(key, 0) != series.get(key, 0):
            yield (
                f"Nummern {key[0]}, Stadtbezirk {key[1]}: "
                f"{counted(numbered.get(key, 0), 'Projekt hat', 'Projekte haben')} eine, vergeben: {series.get(key, 0)}."
            )


def editors() -> Iterator[str]:
    """Yield people who acted for a district and are not noted as editors. Four eyes rest on these notes."""
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


def names() -> Iterator[str]:
    """Yield rows that lists would sort, and searches find, by a name that they no longer have."""
    for label in sorted(labels()):
        for model in apps.get_app_config(label).get_models():
            for key in stale_keys(model):
                yield (
                    f"Tabelle {model._meta.db_table}, Zeile {key}: Der Schlüssel für Suche und Reihenfolge ist nicht der "
                    "des Namens. Bitte die Zeile in der Verwaltung einmal sichern."
                )
    for key in search.stale():
        yield f"Projekt {key}: Die Suche kennt einen anderen Titel, Ort oder Text. Bitte das Projekt einmal speichern."


def files() -> Iterator[str]:
    """Yield letters, files of banks and papers of calls whose bytes were lost or changed after they were stored."""
    for what in stored.broken():
        yield f"{what}: Die Datei fehlt oder ist eine andere."


def rooms() -> Iterator[str]:
    """Yield what the rooms above find: what they know of a grant differs from what the core knows."""
    for check in hooks.verifiers:
        yield from check()


def guards() -> Iterator[str]:
    """Yield what the catalogue lacks; before it the broken links, for without its guards a row may have been changed."""
    differences = list(catalogue.differences())
    if differences and not unapplied():
        with suppress(DatabaseError), transaction.atomic():
            yield from list(chains.broken())
    yield from differences


#: A stage runs only if the stages before it found nothing.
STAGES: tuple[tuple[Check, ...], ...] = (
    (guards,),
    (sound_file, stored_rows),
    (
        counters, chains.broken, causes, bookings, years, applications, kept_plans, transfers, changes, involved, expenses, projects, grants,
        numbers, editors, names, files, rooms,
    ),
)  # fmt: skip


def findings() -> Iterator[str]:
    """Yield the sentences of the first stage that finds something."""
    for stage in STAGES:
        clean = True
        for check in stage:
            for sentence in check():
                clean = False
                yield sentence
        if not clean:
            return
