"""What still stands against closing a year, and what remains open after it: a light for each pot, read at once.

Each ``QUESTION`` names its rows once. They are counted for the lights, listed behind them, and asked again before a
year is closed. Amounts in euro.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Abs, Coalesce, ExtractYear
from django.urls import reverse

from funding.closing import cash
from funding.models import Application, Decision, Expense, FiscalYear, GrantChange, LedgerEntry, Pot, Transfer
from funding.payments.models import BankStatement, Payment, PaymentCall, StatementEntry
from funding.payments.models.statement import on_statements
from funding.proofs.models import ProofOfUse, RepaymentClaim
from funding.proofs.owed import still_owed
from members.common.counting import counted
from members.common.money import ZERO, MoneyField, format_euro
from members.roles.permissions import Roles

A, C = Application.State, PaymentCall.State
#: The kinds of pot in the order of the page.
KINDS = (*Pot.FOR_PROJECTS, Pot.Kind.OVERHEAD)


class Colour(Enum):
    """A light: its word, what it says, its look and its icon."""

    GREEN = "grün", "nichts offen", "good", "check-circle"
    YELLOW = "gelb", "bleibt offen", "wait", "exclamation-triangle"
    RED = "rot", "steht dem Abschluss entgegen", "bad", "x-circle"

    def __init__(self, word: str, says: str, look: str, symbol: str) -> None:
        self.word, self.says, self.look, self.symbol = word, says, look, symbol

    @property
    def is_red(self) -> bool:
        return self is Colour.RED

    @property
    def is_green(self) -> bool:
        return self is Colour.GREEN


def proofs_missing(day: date) -> Q:
    """Return the condition on grants whose proof of use was due before the local date and is not handed in.

    A proof that was begun has its own day, extensions included; else the day is that of the grant's decision.
    """
    due = Decision.objects.filter(proof_due_on__lt=day).values("application")
    begun = ProofOfUse.objects.order_by()
    late = begun.filter(state__in=ProofOfUse.WRITABLE, due_on__lt=day)
    not_in = Q(pk__in=late.values("application")) | Q(pk__in=due) & ~Q(pk__in=begun.values("application"))
    return Q(state=A.APPROVED, paid__gt=0) & not_in


def of_pots(pots: Collection[int], prefix: str = "") -> Q:
    """Return the condition that an application's bookings go to these pots (keys); ``prefix`` leads to it."""
    own = Q(**{f"{prefix}carried_to": None, f"{prefix}pot__in": pots})
    return own | Q(**{f"{prefix}carried_to__in": pots})


def _applications(pots: Collection[int], condition: Q, euro: Any) -> "QuerySet[Any]":
    found = Application.objects.filter(of_pots(pots), condition)
    return found.annotate(place=Coalesce("carried_to", "pot"), euro=euro)


def _undecided(pots: Collection[int], day: date) -> "QuerySet[Any]":
    return _applications(pots, Q(state__in=Application.PENDING), F("requested"))


def _not_called(pots: Collection[int], day: date) -> "QuerySet[Any]":
    left = F("granted") - F("paid") - F("called")
    return _applications(pots, Q(state=A.APPROVED, granted__gt=F("paid") + F("called")), left)


def _proofs(pots: Collection[int], day: date) -> "QuerySet[Any]":
    return _applications(pots, proofs_missing(day), F("paid"))


def _in_check(pots: Collection[int], day: date) -> "QuerySet[Any]":
    return _applications(pots, Q(state=A.APPROVED, proof__state__in=ProofOfUse.IN_CHECK), F("paid"))


def _claims(pots: Collection[int], day: date) -> "QuerySet[Any]":
    """Return the claims of which money is open, and those that are open for interest alone."""
    there = RepaymentClaim.objects.filter(of_pots(pots, "application__"))
    owing = still_owed(there, day)
    found = there.still_open()
    if owing:
        found = there.with_left().filter(Q(left__gt=0) | Q(pk__in=owing))
    interest = [When(pk=key, then=Value(euro, output_field=MoneyField())) for key, euro in owing.items()]
    return found.with_reminder().annotate(
        place=Coalesce("application__carried_to", "application__pot"),
        euro=Case(*interest, default=F("left"), output_field=MoneyField()),
    )


def _calls(pots: Collection[int], states: Collection[str]) -> "QuerySet[Any]":
    """Return the calls in these states, of grants and for expenses."""
    there = of_pots(pots, "application__") | Q(expense__pot__in=pots)
    return PaymentCall.objects.filter(there, state__in=states).annotate(
        place=Coalesce("application__carried_to", "application__pot", "expense__pot"), euro=F("amount")
    )


def _open_calls(pots: Collection[int], day: date) -> "QuerySet[Any]":
    return _calls(pots, [state for state in PaymentCall.OPEN if state != C.BATCH])


def _under_way(pots: Collection[int], day: date) -> "QuerySet[Any]":
    return _calls(pots, [C.BATCH])


def _expenses(pots: Collection[int], day: date) -> "QuerySet[Any]":
    """Return the expenses that are neither paid, nor reversed, nor called: what was paid and came back is not paid."""
    moves = LedgerEntry.objects.filter(expense=OuterRef("pk"), kind__in=("pay", "pay_back"))
    found = Expense.objects.filter(pot__in=pots, reverses=None, reversal=None)
    found = found.exclude(call__state__in=PaymentCall.OPEN).alias(
        last=Subquery(moves.order_by("-pk").values("kind")[:1])
    )
    return found.filter(Q(last=None) | Q(last="pay_back")).annotate(place=F("pot"), euro=F("amount"))


def _transfers(pots: Collection[int], day: date) -> "QuerySet[Any]":
    waiting = Transfer.objects.filter(state=Transfer.State.REQUESTED, from_pot__in=pots)
    return waiting.annotate(place=F("from_pot"), euro=F("amount"))


def _changes(pots: Collection[int], day: date) -> "QuerySet[Any]":
    waiting = GrantChange.objects.filter(of_pots(pots, "application__"), state=GrantChange.State.REQUESTED)
    smaller = When(amount__lte=F("granted"), then=F("granted") - F("amount"))
    return waiting.annotate(
        place=Coalesce("application__carried_to", "application__pot"),
        euro=Case(smaller, default=F("amount") - F("granted"), output_field=MoneyField()),
    )


def _bank(years: Collection[int], day: date) -> "QuerySet[Any]":
    """Return the bank's entries of these calendar years of which nobody has said what they are."""
    found = StatementEntry.objects.waiting().annotate(place=ExtractYear("booked_on"))
    return found.filter(place__in=years).annotate(euro=Abs("amount", output_field=MoneyField()))


def _off_statement(years: Collection[int], day: date) -> "QuerySet[Any]":
    """Return the payments of these calendar years that are on no statement, though there is one of their day."""
    told = BankStatement.objects.filter(
        opened_on__lte=OuterRef("executed_on"), closed_on__gte=OuterRef("executed_on")
    )
    found = on_statements(Payment.objects.filter(Exists(told))).filter(ticked=False)
    return found.annotate(place=ExtractYear("executed_on"), euro=F("amount")).filter(place__in=years)


@dataclass(frozen=True)
class Question:
    """One thing that can be open. ``key`` stands in addresses; ``one`` and ``many`` follow the number.

    ``step`` says what the Wirtschaftsförderung does about it, ``own`` what the district's director does.
    ``rows(places, day)`` returns what is open, each with ``place`` (the key of its pot; the calendar year where it is of
    no pot) and ``euro``. Without it another page tells: ``page``.
    """

    key: str
    label: str
    one: str
    many: str
    colour: Colour
    rows: Callable[[Collection[int], date], "QuerySet[Any]"] | None
    step: str
    own: str = ""
    of_year: bool = False
    page: str = ""


#: In the order of the page: what stands against closing, then what remains.
QUESTIONS = (
    Question(
        "antraege", "Anträge ohne Entscheidung", "Antrag nicht entschieden", "Anträge nicht entschieden", Colour.RED, _undecided,
        "Entscheiden oder ablehnen; Rückfragen beantworten lassen.",
        "Beschluss erfassen, Rückfrage beantworten oder den Antrag zurückziehen.",
    ),
    Question(
        "nicht-abgerufen", "Bewilligt und nicht abgerufen", "Bewilligung nicht abgerufen", "Bewilligungen nicht abgerufen",
        Colour.RED, _not_called,
        "An den Abruf erinnern; was nicht mehr gebraucht wird, freigeben; den Rest mit Begründung übertragen.",
        "Abrufen, was noch gebraucht wird; sonst die Bewilligung verringern.",
    ),
    Question(
        "abrufe", "Offene Abrufe", "Abruf offen", "Abrufe offen", Colour.RED, _open_calls,
        "Prüfen und bezahlen oder zurückgeben.", "Zurückgegebene Abrufe noch einmal senden oder zurückziehen.",
    ),
    Question(
        "zahlungen", "Zahlungen unterwegs", "Zahlung unterwegs", "Zahlungen unterwegs", Colour.RED, _under_way,
        "Den Zahlungslauf ausführen und auf dem Kontoauszug abhaken, oder auflösen.",
        "Nichts zu tun: Die Wirtschaftsförderung bezahlt.",
    ),
    Question(
        "ausgaben", "Ausgaben nicht bezahlt", "Ausgabe nicht bezahlt", "Ausgaben nicht bezahlt", Colour.RED, _expenses,
        "Bezahlen oder stornieren.",
    ),
    Question(
        "umbuchungen", "Umbuchungen warten", "Umbuchung wartet", "Umbuchungen warten", Colour.RED, _transfers,
        "Als zweite Person bestätigen oder ablehnen.", "Nichts zu tun: Die Wirtschaftsförderung bestätigt oder lehnt ab.",
    ),
    Question(
        "aenderungen", "Änderungen von Bewilligungen warten", "Änderung wartet", "Änderungen warten", Colour.RED, _changes,
        "Als zweite Person bestätigen oder ablehnen.", "Eine zweite Person bestätigt oder lehnt ab.",
    ),
    Question(
        "bank", "Buchungen der Bank ohne Zuordnung", "Buchung der Bank nicht zugeordnet", "Buchungen der Bank nicht zugeordnet",
        Colour.RED, _bank, "Auf dem Kontoauszug sagen, was sie waren.", of_year=True,
    ),
    Question(
        "nachweise", "Verwendungsnachweise fehlen", "Nachweis fehlt", "Nachweise fehlen", Colour.YELLOW, _proofs,
        "An den Nachweis erinnern. Er kann auch nach dem Abschluss geprüft werden.",
        "Den Nachweis vom Veranstalter anfordern.",
    ),
    Question(
        "pruefen", "Verwendungsnachweise zu prüfen", "Nachweis zu prüfen", "Nachweise zu prüfen", Colour.YELLOW, _in_check,
        "Prüfen und anerkennen. Das geht auch nach dem Abschluss.",
        "Nichts zu tun: Die Wirtschaftsförderung prüft.",
    ),
    Question(
        "rueckforderungen", "Offene Rückforderungen", "Rückforderung offen", "Rückforderungen offen", Colour.YELLOW, _claims,
        "Nach der Frist auf der Seite der Rückforderung erinnern. Kommt das Geld nach dem Abschluss, wird es im geöffneten Jahr gebucht.",
        "Nichts zu tun: Die Wirtschaftsförderung verfolgt die Rückforderung.",
    ),
    Question(
        "nicht-auf-dem-auszug", "Zahlungen, die auf keinem Kontoauszug stehen", "Zahlung auf keinem Kontoauszug",
        "Zahlungen auf keinem Kontoauszug", Colour.YELLOW, _off_statement,
        "Den Auszug laden, auf dem sie stehen, oder die Buchung der Bank zuordnen; der Kassenbericht vergleicht Bücher und Konto.",
        of_year=True,
    ),
    Question(
        "auszuege", "Tage ohne Kontoauszug", "Zeitraum ohne Kontoauszug", "Zeiträume ohne Kontoauszug", Colour.YELLOW, None,
        "Die fehlenden Kontoauszüge laden; der Kassenbericht nennt die Tage.", of_year=True, page="closing:cash",
    ),
)  # fmt: skip
STATEMENTS = QUESTIONS[-1]
BY_KEY = {question.key: question for question in QUESTIONS if question.rows}


@dataclass(frozen=True)
class Light:
    """How much of one question is open in a year, in one of its pots or in all: a number, and euro (None: none to tell)."""

    question: Question
    number: int
    amount: Decimal | None
    year: int
    pot: Pot | None = None

    def get_absolute_url(self) -> str:
        """Return the page with the rows behind it."""
        if self.question.page:
            return reverse(self.question.page, args=[self.year])
        address = reverse("closing:rows", args=[self.year, self.question.key])
        return f"{address}?topf={self.pot.pk}" if self.pot else address

    @property
    def told(self) -> str:
        return counted(self.number, self.question.one, self.question.many)

    @property
    def sentence(self) -> str:
        """Return it with its amount, as a line of text."""
        return self.told if self.amount is None else f"{self.told}, {format_euro(self.amount)}"


def worst(lights: Sequence[Light]) -> Colour:
    colours = {light.question.colour for light in lights}
    return next((colour for colour in (Colour.RED, Colour.YELLOW) if colour in colours), Colour.GREEN)


@dataclass(frozen=True)
class PotLights:
    """A pot with what is open in it. What it has left is told, and is no light: closing says where it goes."""

    pot: Pot
    lights: list[Light]

    @property
    def colour(self) -> Colour:
        return worst(self.lights)


@dataclass(frozen=True)
class YearLights:
    """The lights of a year: of each pot, and of what is of no pot."""

    year: FiscalYear
    pots: list[PotLights]
    of_year: list[Light]

    @property
    def sums(self) -> list[Light]:
        """Return what is open in the whole year: a light per question that has something, in their order."""
        found = []
        for question in QUESTIONS:
            here = [light for lights in self.of_all for light in lights if light.question is question]
            if here:
                number = sum(light.number for light in here)
                amount = sum((light.amount or ZERO for light in here), ZERO) if question.rows else None
                found.append(Light(question, number, amount, self.year.year))
        return found

    @property
    def of_all(self) -> list[list[Light]]:
        return [*(row.lights for row in self.pots), self.of_year]

    @property
    def against(self) -> list[Light]:
        """Return what stands against closing."""
        return [light for light in self.sums if light.question.colour.is_red]

    @property
    def remaining(self) -> list[Light]:
        """Return what remains open after closing."""
        return [light for light in self.sums if not light.question.colour.is_red]

    @property
    def colour(self) -> Colour:
        return worst(self.sums)

    @property
    def says(self) -> str:
        """Return what the light says, in German; nothing stands any longer against closing a year that is closed."""
        open_still = self.year.is_closed and not self.colour.is_green
        return "noch offen" if open_still else self.colour.says

    @property
    def of_account(self) -> Colour:
        """Return the light of what is of no pot: the account's."""
        return worst(self.of_year)

    @property
    def left(self) -> Decimal:
        """Return the free euro of the pots."""
        return sum((row.pot.available for row in self.pots), ZERO)

    @property
    def number_of(self) -> dict[str, int]:
        """Return how many pots are ``red``, ``yellow`` and ``green``."""
        return {colour.name.lower(): sum(row.colour is colour for row in self.pots) for colour in Colour}


def visible_pots(roles: Roles) -> "QuerySet[Pot]":
    """Return the pots whose lights these roles see: readers of all figures all, directors their own districts'."""
    pots = Pot.objects.select_related("district", "year")
    return pots if roles.reads_all else pots.filter(district__in=roles.district_ids)


def lights_of(
    years: Sequence[FiscalYear], day: date, *, pots: "QuerySet[Pot] | None" = None
) -> list[YearLights]:
    """Return the lights of the years on the local date: a query for the pots, for each question, and for each account.

    ``pots`` are those to look at: all, where nothing is said. Only who looks at all is told what is of no pot.
    """
    wanted = Pot.objects.select_related("district", "year") if pots is None else pots
    found = sorted(wanted.filter(year__in=years), key=lambda pot: KINDS.index(pot.kind))
    whole = pots is None
    keys, calendar = [pot.pk for pot in found], [year.year for year in years]
    by_pot = {pot.pk: pot for pot in found}
    of_pot: dict[int, list[Light]] = {}
    of_year: dict[int, list[Light]] = {}
    for question in QUESTIONS:
        if question.rows is None or (question.of_year and not whole):
            continue
        rows = question.rows(calendar if question.of_year else keys, day).order_by()
        for place, number, euro in rows.values("place").values_list("place", Count("pk"), Sum("euro")):
            if question.of_year:
                of_year.setdefault(place, []).append(Light(question, number, euro, place))
            else:
                pot = by_pot[place]
                of_pot.setdefault(place, []).append(Light(question, number, euro, pot.year.year, pot))
    for number, missing in cash.stretches(calendar, day).items() if whole else ():
        if missing:
            of_year.setdefault(number, []).append(Light(STATEMENTS, len(missing), None, number))
    return [
        YearLights(
            year,
            [PotLights(pot, of_pot.get(pot.pk, [])) for pot in found if pot.year_id == year.pk],
            of_year.get(year.year, []),
        )
        for year in years
    ]


def in_words(found: YearLights) -> list[str]:
    """Return the lights as lines of German text, the year first, then each pot."""
    lines = [f"Jahresabschluss {found.year}: {found.colour.word}, {found.colour.says}"]
    rows: list[tuple[Any, Sequence[Light]]] = [
        *((row.pot, row.lights) for row in found.pots),
        ("Konto", found.of_year),
    ]
    for name, lights in rows:
        if lights or isinstance(name, Pot):
            colour = worst(lights)
            free = f", {format_euro(name.available)} frei" if isinstance(name, Pot) else ""
            lines.append(f"{name}: {colour.word}{free}")
            lines += [f"  {light.question.colour.word}: {light.sentence}" for light in lights]
    return lines
