"""The rules for a step on an application, asked by services and forms.

A rule returns what it has checked, or raises a FundingError whose sentence tells the user what to do.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.utils import timezone

from funding import eligibility, hooks
from funding.errors import (
    ConflictOfInterest,
    FundingError,
    NotEligible,
    PotExhausted,
    TransitionNotAllowed,
    YearNotOpen,
)
from funding.models import Application, Decision, FiscalYear, GrantChange, GrantTerms, PlanRow, Pot, Step
from funding.public_words import REFUSED, says_public_words
from funding.terms import NewCost
from members.common.iban import names_iban
from members.common.money import CENT, MAXIMUM, ZERO, format_euro
from members.common.texts import normal
from members.models import Resolution, User
from projects.models import Project

#: Steps whose reason the recipient reads. The second signature starts with the reason of the first.
TOLD_IN_LETTERS = (
    Step.SIGN, Step.APPROVE, Step.REJECT, Step.REDUCE, Step.REVOKE, Step.INCREASE, Step.RECLAIM,
    Step.CHANGE,
)  # fmt: skip


def value_date(on: date | None) -> date:
    """Return the given local date (default: today). Raises TransitionNotAllowed if it is in the future."""
    today = timezone.localdate()
    if on and on > today:
        raise TransitionNotAllowed(f"Das Wertstellungsdatum {on:%d.%m.%Y} liegt in der Zukunft.")
    return on or today


def checked_amount(amount: Decimal, *, field: str = "amount") -> Decimal:
    """Return the amount if it is positive and in whole cents. Raises TransitionNotAllowed beside the field otherwise."""
    if not amount.is_finite() or amount <= 0 or amount > MAXIMUM or amount != amount.quantize(CENT):
        raise TransitionNotAllowed(
            "Bitte einen Betrag größer als null mit höchstens zwei Nachkommastellen eintragen.",
            field=field,
        )
    return amount.quantize(CENT)


def checked_figure(amount: Decimal | None, *, field: str) -> Decimal:
    """Return the amount if it is 0 or more and in whole cents. Raises TransitionNotAllowed beside the field otherwise."""
    if (
        amount is None
        or not amount.is_finite()
        or not 0 <= amount <= MAXIMUM
        or amount != amount.quantize(CENT)
    ):
        raise TransitionNotAllowed(
            "Bitte einen Betrag ab null mit höchstens zwei Nachkommastellen eintragen.", field=field
        )
    return amount.quantize(CENT)


def require_first_person(first: User, objection: FundingError | None, *, what: str, instead: str) -> None:
    """Refuse where ``objection`` stands against who did the first half: who is no longer entitled has not signed.

    ``what`` and ``instead`` are German: what that person may no longer do, and what to do now.
    Raises ConflictOfInterest.
    """
    if objection:
        raise ConflictOfInterest(
            f"{first} darf inzwischen selbst {what}; es fehlt eine zweite Person. Bitte {instead}"
        )


def require_reason(reason: str, sentence: str, *, field: str = "reason") -> str:
    """Return the reason as it is stored.

    Raises TransitionNotAllowed with ``sentence`` if it is empty, and where an IBAN stands in it.
    """
    reason = normal(reason, lines=True)
    if not reason:
        raise TransitionNotAllowed(sentence, field=field)
    require_no_iban(reason, field=field)
    return reason


def require_plain_words(step: Step, application: Application, reason: str, on: date) -> None:
    """Raise TransitionNotAllowed if the reason would stand in a letter that is no act, and has the words of one.

    Before the first day of letters it may. One query, and only for such words.
    """
    if step not in TOLD_IN_LETTERS or not says_public_words(reason):
        return
    settings = GrantTerms.objects.on(application.pot.year.model, on)
    own = application.project.measure == Project.Measure.OWN
    if settings and (own or settings.letter_form != GrantTerms.LetterForm.PUBLIC):
        raise TransitionNotAllowed(f"Die Begründung steht im Schreiben. {REFUSED}", field="reason")


def require_no_iban(text: str, *, field: str) -> None:
    """Raise TransitionNotAllowed if an IBAN stands in the text: mails, ledger and pages show it to others."""
    if names_iban(text):
        raise TransitionNotAllowed(
            "Hier steht eine IBAN. Diesen Text lesen auch andere: Bitte schreiben Sie sie nur in das Feld „IBAN“ einer "
            "Bankverbindung.",
            field=field,
        )


def require_open(year: FiscalYear) -> None:
    """Raise YearNotOpen unless the year is open."""
    if year.state != FiscalYear.State.OPEN:
        hint = (
            "Die Wirtschaftsförderung öffnet es auf der Seite „Haushaltsjahre“."
            if year.state == FiscalYear.State.PLANNED
            else "Abgeschlossene Jahre werden nicht mehr bebucht."
        )
        raise YearNotOpen(f"Das Haushaltsjahr {year} ist {year.get_state_display()}. {hint}")


def require_free(pot: Pot, amount: Decimal, *, besides: Decimal = ZERO, remedy: str = "") -> None:
    """Raise PotExhausted if less than ``amount`` euro is free in the locked pot, ``besides`` included."""
    free = pot.available + besides
    if amount > free:
        raise PotExhausted(pot, available=free, asked=amount, remedy=remedy)


# Granting


def grant_objections(application: Application, amount: Decimal, reason: str) -> dict[str, str]:
    """Return what stands against granting ``amount`` euro for this reason: form field -> sentence."""
    if amount > application.requested:
        asked = format_euro(application.requested)
        return {
            "amount": f"Beantragt sind {asked}; mehr als beantragt kann nicht bewilligt werden.",
        }
    if amount < application.requested and not normal(reason):
        return {
            "reason": "Sie bewilligen weniger als beantragt. Bitte begründen Sie das; der Stadtbezirk liest es.",
        }
    return {}


def checked_grant(application: Application, amount: Decimal, reason: str) -> tuple[Decimal, str]:
    """Return the euro to grant and the reason, both as they are stored. Raises TransitionNotAllowed."""
    amount = checked_amount(amount)
    for field, sentence in grant_objections(application, amount, reason).items():
        raise TransitionNotAllowed(sentence, field=field)
    return amount, normal(reason, lines=True)


def needs_second_signature(
    application: Application, amount: Decimal, others: list[Application] | None = None
) -> bool:
    """Return whether granting ``amount`` euro needs a second signature.

    It does when what the project is granted, or has reserved, in central pots then reaches the model's limit.
    ``others`` are the project's applications; they are read if not given.
    Source: the year's funding model.
    """
    limit = application.pot.year.model.second_signature_from
    if limit is None or application.pot.kind not in Pot.CENTRAL:
        return False
    if others is None:
        others = list(application.project.applications.select_related("pot"))
    central = (a for a in others if a.pk != application.pk and a.pot.kind in Pot.CENTRAL)
    return sum(((a.granted or ZERO) + a.reserved for a in central), amount) >= limit


def require_eligible(
    application: Application, resolution: Resolution | None = None, *, first_signature: bool = False
) -> None:
    """Raise NotEligible with the first condition that is not met (``eligibility.conditions``)."""
    conditions = eligibility.conditions(application, resolution=resolution, first_signature=first_signature)
    for condition in conditions:
        if not condition.met:
            raise NotEligible(f"Noch nicht förderfähig: {condition.text} {condition.remedy}")


def require_backing(pot: Pot, resolution: Resolution, day: date) -> None:
    """Raise NotEligible unless the resolution can back a decision of this local date on the pot's money.

    Source: the statutes for pillar 1, the year's funding model for pillar 2.
    """
    if objection := eligibility.objection_to_body(pot, resolution.body):
        raise NotEligible(objection)
    if resolution.date > day:
        raise NotEligible("Die Sitzung liegt nach dem Tag der Entscheidung. Bitte das Datum prüfen.")
    if objection := eligibility.objection_to_meeting(resolution.body, resolution.date, pot.year.year):
        raise NotEligible(objection)
    if Decision.objects.filter(resolution=resolution).exists():
        raise NotEligible(
            "Dieser Beschluss trägt schon eine andere Entscheidung. Bitte einen neuen erfassen."
        )


def checked_increase(application: Application, to: Decimal) -> Decimal:
    """Return the euro to which the grant is raised: more than it is, at most what the project costs.

    The district enters higher costs first; what is still missing then makes the project's financing open.
    Raises TransitionNotAllowed.
    """
    to, granted, costs = checked_amount(to), application.granted or ZERO, application.project.cost_total
    require_nothing_reclaimed(application, "wird die Bewilligung nicht erhöht")
    if to <= granted:
        raise TransitionNotAllowed(
            f"Bewilligt sind {format_euro(granted)}. Bitte einen größeren Betrag eintragen.", field="amount"
        )
    if to > costs:
        raise TransitionNotAllowed(
            f"Im Plan des Projekts stehen Kosten von {format_euro(costs)}; mehr kann nicht bewilligt werden. Höhere Kosten "
            "trägt zuerst die Geschäftsführung des federführenden Stadtbezirks im Plan ein.",
            field="amount",
        )
    return to


def require_free_for_increase(application: Application, pot: Pot, to: Decimal) -> None:
    """Raise PotExhausted if less than the difference to ``to`` euro is free in the pot."""
    granted = application.granted or ZERO
    most = format_euro(granted + max(pot.available, ZERO))
    remedy = (
        f"Sie können die Bewilligung auf höchstens {most} erhöhen."
        if pot.available > 0
        else "Der Topf ist leer; erhöht werden kann erst, wenn wieder etwas frei ist."
    )
    require_free(pot, to - granted, remedy=remedy)


# Paying, and making a grant smaller


def require_closed_gap(project: Project) -> None:
    """Raise TransitionNotAllowed while a share is undecided or the plan does not balance."""
    if project.state != Project.State.APPROVED:
        difference = project.plan_difference
        if difference > 0:
            what = f"Es fehlen noch {format_euro(difference)}"
        elif difference < 0:
            what = f"Die Finanzierung liegt {format_euro(-difference)} über den Kosten"
        else:
            what = "Ein Betrag aus einem Topf ist noch nicht entschieden oder nicht mehr beantragt"
        raise TransitionNotAllowed(
            f"Die Finanzierung ist noch offen, ausgezahlt wird erst danach. {what}. Die Geschäftsführung "
            "des federführenden Stadtbezirks passt Kosten oder andere Mittel im Plan an."
        )


def shifted(
    rows: Sequence[PlanRow], costs: Mapping[int, Decimal], new_costs: Iterable[NewCost] = ()
) -> dict[int, Decimal]:
    """Return the costs that change, in euro by the row's position, as they are stored. The sum of all rows binds.

    ``rows`` are those of the plan in force; ``new_costs`` come to them. Raises TransitionNotAllowed beside the field
    ``cost-<position>`` or ``new_amount``, or without a field where the sum is another one.
    """
    there = {row.position: row.amount for row in rows if row.is_cost}
    found = {}
    for position, amount in costs.items():
        if position not in there:
            raise TransitionNotAllowed(
                "Diese Zeile gibt es im bewilligten Plan nicht. Bitte laden Sie die Seite neu."
            )
        amount = checked_figure(amount, field=f"cost-{position}")
        if amount != there[position]:
            found[position] = amount
    before = sum(there.values(), ZERO)
    after = sum((there | found).values(), ZERO)
    after += sum((checked_amount(new.amount, field="new_amount") for new in new_costs), ZERO)
    if after != before:
        more = "mehr" if after > before else "weniger"
        raise TransitionNotAllowed(
            f"Die Kosten sind zusammen {format_euro(after)}, {format_euro(abs(after - before))} {more} als bewilligt. Zwischen den "
            f"Zeilen wird nur verschoben: Die Summe bleibt {format_euro(before)}."
        )
    return found


def checked_call(application: Application, amount: Decimal) -> Decimal:
    """Return the euro that are called: at most what of the grant is neither paid nor called.

    Raises TransitionNotAllowed.
    """
    amount = checked_amount(amount)
    rest = application.callable
    if amount > rest:
        raise TransitionNotAllowed(
            f"Von der Bewilligung über {format_euro(application.granted or ZERO)} sind noch {format_euro(rest)} "
            f"abzurufen, gefragt waren {format_euro(amount)}."
            + (
                " Bitte rufen Sie höchstens diesen Betrag ab."
                if rest
                else " Es ist alles abgerufen oder bezahlt."
            ),
            field="amount",
        )
    return amount


def checked_called(application: Application, amount: Decimal) -> Decimal:
    """Return the euro that leave the open calls: at most what is called. Raises TransitionNotAllowed."""
    amount = checked_amount(amount)
    if amount > application.called:
        raise TransitionNotAllowed(
            f"Abgerufen und nicht bezahlt sind {format_euro(application.called)}, gefragt waren {format_euro(amount)}."
        )
    return amount


def require_uncalled(application: Application, left: Decimal) -> None:
    """Raise TransitionNotAllowed if a grant of ``left`` euro would no longer hold what is paid and called."""
    if application.called and left < application.paid + application.called:
        raise TransitionNotAllowed(
            f"Bezahlt sind {format_euro(application.paid)}, abgerufen und noch nicht bezahlt "
            f"{format_euro(application.called)}: Weniger kann die Bewilligung jetzt nicht werden. Bitte lassen Sie den Abruf "
            "zuerst auszahlen, oder ziehen Sie ihn zurück.",
            field="amount",
        )


def require_no_open_interest(application: Application, day: date) -> None:
    """Raise TransitionNotAllowed while interest is asked for by the local date, FundingError where it cannot be computed."""
    for owed in hooks.interest:
        if asked := owed(application, day).asked:
            raise TransitionNotAllowed(
                f"Es fehlen noch {format_euro(asked)} Zinsen: Bis sie eingegangen sind oder auf sie verzichtet ist, wird nicht "
                "abgerechnet."
            )


def left_by(step: Step, application: Application, day: date, to: Decimal | None = None) -> Decimal:
    """Return the euro that stay granted after the step on the local date: reduce, repay, revoke or settle.

    ``to`` is what is to stay granted; only reducing and repaying take it.
    For increasing it is what is granted then. Reclaiming and waiving take and return what is granted less
    the euro that are claimed back or waived. Forgoing takes and returns what is granted and the interest forgone.
    Raises TransitionNotAllowed.
    """
    granted, paid = application.granted or ZERO, application.paid
    if step == Step.INCREASE:
        return checked_increase(application, to or ZERO)
    if step == Step.RECLAIM:
        return granted - checked_claim(application, granted - (to or ZERO))
    if step == Step.WAIVE:
        return granted - checked_waiver(application, granted - (to or ZERO))
    if step == Step.FORGO:
        return granted + checked_interest(application, (to or ZERO) - granted, day)
    if step == Step.REPAY:
        return granted - checked_repayment(application, granted - (to or ZERO))
    if step == Step.SETTLE and paid == 0:
        raise TransitionNotAllowed(
            "Es wurde noch nichts ausgezahlt. Wird das Geld nicht gebraucht, widerrufen Sie bitte die Bewilligung."
        )
    if step == Step.SETTLE:
        require_nothing_reclaimed(application, "wird nicht abgerechnet")
        require_no_open_interest(application, day)
    if step != Step.REDUCE:
        require_uncalled(application, paid)
        return paid
    amount = checked_amount(to or ZERO)
    if amount >= granted:
        raise TransitionNotAllowed(
            f"Bewilligt sind {format_euro(granted)}. Bitte einen kleineren Betrag eintragen.",
            field="amount",
        )
    if amount < paid:
        raise TransitionNotAllowed(
            f"Schon ausgezahlt sind {format_euro(paid)}. Unter diesen Betrag geht es erst nach einer Rückzahlung.",
            field="amount",
        )
    require_uncalled(application, amount)
    return amount


def checked_repayment(application: Application, amount: Decimal) -> Decimal:
    """Return the euro that are repaid: at most what is paid, and the whole grant only once it is revoked.

    Raises TransitionNotAllowed otherwise.
    """
    amount = checked_amount(amount)
    if amount > application.paid:
        raise TransitionNotAllowed(
            f"Ausgezahlt sind {format_euro(application.paid)}; mehr kann nicht zurückgezahlt werden."
        )
    if application.state != Application.State.REVOKED and amount == application.granted:
        raise TransitionNotAllowed(
            "Kommt der ganze Betrag zurück, widerrufen Sie bitte zuerst die Bewilligung mit einer Begründung."
        )
    return amount


def checked_claim(application: Application, amount: Decimal) -> Decimal:
    """Return the euro that are claimed back: at most what is paid and not claimed yet.

    The whole grant is claimed back only once it is revoked.
    Raises TransitionNotAllowed otherwise.
    """
    amount = checked_amount(amount)
    if amount > application.claimable:
        claimed = (
            f", davon sind {format_euro(application.reclaimed)} schon zurückgefordert"
            if application.reclaimed
            else ""
        )
        raise TransitionNotAllowed(
            f"Ausgezahlt sind {format_euro(application.paid)}{claimed}; mehr kann nicht zurückgefordert werden.",
            field="amount",
        )
    if not application.is_revoked and application.reclaimed + amount == application.granted:
        raise TransitionNotAllowed(
            "Soll der ganze Betrag zurückkommen, widerrufen Sie bitte zuerst die Bewilligung mit einer Begründung.",
            field="amount",
        )
    return amount


def checked_waiver(application: Application, amount: Decimal) -> Decimal:
    """Return the euro that are no longer claimed back: at most what is. Raises TransitionNotAllowed."""
    amount = checked_amount(amount)
    if amount > application.reclaimed:
        raise TransitionNotAllowed(
            f"Zurückgefordert sind {format_euro(application.reclaimed)}; auf mehr kann nicht verzichtet werden.",
            field="amount",
        )
    return amount


def checked_interest(application: Application, amount: Decimal, day: date) -> Decimal:
    """Return the euro of interest that came in, or are forgone: at most what is computed by the local date and open.

    Raises TransitionNotAllowed, or FundingError where it cannot be computed.
    """
    amount = checked_amount(amount)
    for owed in hooks.interest:
        left = owed(application, day).left
        if amount > left:
            raise TransitionNotAllowed(
                f"Bis zum {day:%d.%m.%Y} sind {format_euro(left)} Zinsen berechnet und noch offen; {format_euro(amount)} sind mehr."
                if left
                else f"Zu dieser Bewilligung sind bis zum {day:%d.%m.%Y} keine Zinsen offen.",
                field="amount",
            )
    return amount


def require_nothing_reclaimed(application: Application, what: str) -> None:
    """Raise TransitionNotAllowed while something of the grant is claimed back; ``what`` is German: what waits."""
    if application.reclaimed:
        raise TransitionNotAllowed(
            f"Zurückgefordert und noch offen sind {format_euro(application.reclaimed)}: Bis sie zurückgezahlt sind oder "
            f"auf sie verzichtet ist, {what}."
        )


def needs_second_person(
    step: Step,
    application: Application,
    amount: Decimal = ZERO,
    others: list[Application] | None = None,
) -> bool:
    """Return whether one person asks for this change of a grant and another one confirms it.

    A waiver, of interest too, always takes two. An increase does where the new sum, ``amount`` in euro, needs two signatures.
    What two people granted becomes less, and is claimed back, by two, until it is revoked.
    Up to what is claimed back one person books a repayment of ``amount`` euro: the claim is decided.
    ``others`` are the project's applications; they are read if not given.
    """
    if step in (Step.WAIVE, Step.FORGO):
        return True
    if step == Step.INCREASE:
        return needs_second_signature(application, amount, others)
    if step in (Step.RECLAIM, Step.REPAY) and application.is_revoked:
        return False
    if step == Step.REPAY and amount <= application.reclaimed:
        return False
    if step == Step.SETTLE and application.granted == application.paid:
        return False
    return application.granted_by_two


def require_second_person(
    step: Step,
    application: Application,
    confirmed: GrantChange | None,
    amount: Decimal = ZERO,
    others: list[Application] | None = None,
) -> None:
    """Raise TransitionNotAllowed if the change needs a second person and none confirms it (``needs_second_person``).

    Also while another change of the grant waits for its second person.
    """
    if confirmed is not None:
        return
    if not needs_second_person(step, application, amount, others):
        require_no_waiting_change(application)
        return
    asks = "wenn eine Person das beantragt und eine andere es bestätigt."
    if step == Step.WAIVE:
        raise TransitionNotAllowed(f"Auf eine Rückforderung wird nur verzichtet, {asks}")
    if step == Step.FORGO:
        raise TransitionNotAllowed(f"Auf Zinsen wird nur verzichtet, {asks}")
    if step == Step.INCREASE:
        limit = format_euro(application.pot.year.model.second_signature_from or ZERO)
        raise TransitionNotAllowed(f"Ab {limit} für ein Projekt wird eine Bewilligung nur erhöht, {asks}")
    done = "Zurückgefordert wird davon nur" if step == Step.RECLAIM else "Weniger wird sie nur"
    raise TransitionNotAllowed(f"Diese Bewilligung haben zwei Personen unterschrieben. {done}, {asks}")


def can_wait(application: Application) -> bool:
    """Return whether a change of the grant can wait for a second person at all. Without a query.

    What one person granted is raised by two in central pots only, and waived by two if it is claimed back.
    """
    return application.granted_by_two or application.reclaimed > 0 or application.pot.kind in Pot.CENTRAL


def require_no_waiting_change(application: Application, *, whatever: bool = False) -> None:
    """Raise TransitionNotAllowed while a change of the grant waits: the grant stays as both people see it.

    A waiver of interest leaves the grant, and is confirmed only while the grant is the same. So only another request
    (``whatever``) asks for it where nothing else ``can_wait``.
    """
    if not (whatever or can_wait(application)):
        return
    change = GrantChange.objects.filter(application=application, state=GrantChange.State.REQUESTED).first()
    if change:
        raise TransitionNotAllowed(
            f"{change} wartet auf eine zweite Person: {change.title}. Bitte erst "
            "darüber entscheiden oder die Änderung zurücknehmen."
        )
