"""How far the money of a grant has come: what is next with it, and its stations from the application to the rest."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, OuterRef, Subquery

from funding.letters.acceptance import Promise, promise_of
from funding.letters.of_decisions import read_letters
from funding.models import Application, Decision, Step
from funding.payments.models import Instalment, PaymentCall
from members.common.counting import counted
from members.common.money import format_euro

S, C = Application.State, PaymentCall.State
#: The steps of which a station shows the last day.
DATED = {
    "called_on": (Step.EARMARK,),
    "paid_on": (Step.PAY,),
    "settled_on": (Step.SETTLE,),
}


@dataclass(frozen=True)
class Station:
    """One station of a life: what it is called, where it stands, its amount (euro) and last day (local date).

    ``state`` is one of "done", "now", "ahead" and "ended". ``notes`` are German words on it.
    """

    name: str
    state: str
    amount: Decimal | None = None
    day: date | None = None
    notes: list[str] = field(default_factory=list)
    #: Says more of the letter of the promise, to who may read it.
    promise: Promise | None = None
    #: How many calls are in which state, to who may see calls.
    calls: str = ""

    @property
    def word(self) -> str:
        """Return how it stands, for those who see neither icon nor colour."""
        return {"done": "erledigt", "now": "jetzt", "ahead": "noch nicht", "ended": "beendet"}[self.state]

    @property
    def symbol(self) -> str:
        return {
            "done": "check-circle", "now": "hourglass-split", "ahead": "dash-circle", "ended": "x-circle",
        }[self.state]  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """What is known of the money of one application. It is the core's ``hooks.Turn``.

    ``calls`` are the number of open calls in each state, ``first`` the smallest number of one.
    ``instalment_on`` is the day of the next instalment of a plan that runs.
    """

    application: Application
    promise: Promise | None = None
    called_on: date | None = None
    paid_on: date | None = None
    settled_on: date | None = None
    instalment_on: date | None = None
    calls: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)

    # What is next

    @property
    def said(self) -> str:
        if not self.application.has_unpaid:
            return ""
        if self._waits_for_acceptance:
            return self._acceptance()
        if self.calls:
            return " ".join(self._calls())
        head = f"Die Geschäftsführung {self.application.calling_district}"
        if self.instalment_on:
            return f"Die nächste Rate wird zum {self.instalment_on:%d.%m.%Y} von selbst abgerufen."
        if self.application.paid:
            rest = format_euro(self.application.callable)
            return f"{head} ruft den Rest von {rest} ab, wenn er gebraucht wird."
        return f"Noch ist nichts abgerufen. {head} ruft das Geld ab, wenn es gebraucht wird."

    @property
    def asked(self) -> str:
        if not self.application.has_unpaid:
            return ""
        if self._waits_for_acceptance:
            return self._acceptance_asked()
        if self.calls:
            return self._calls_asked()
        if self.instalment_on:
            return ""
        if self.application.paid:
            rest = format_euro(self.application.callable)
            return f"Den Rest von {rest} rufen Sie bitte ab, wenn Sie ihn brauchen."
        return "Noch ist nichts abgerufen. Bitte rufen Sie das Geld ab, wenn Sie es brauchen."

    @property
    def _waits_for_acceptance(self) -> bool:
        return self.promise is not None and not self.promise.is_accepted

    def _acceptance(self) -> str:
        assert self.promise is not None
        head, letter = f"die Geschäftsführung {self.application.calling_district}", self.promise.letter
        if letter is None or not letter.is_made:
            return "Die Wirtschaftsförderung schreibt die Zusage. Nimmt der Empfänger sie an, kann Geld abgerufen werden."
        if letter.is_declined:
            return (
                f"Der Empfänger hat die Zusage so nicht angenommen. D{head[1:]} klärt das mit ihm, die "
                "Wirtschaftsförderung berichtigt das Schreiben."
            )
        if letter.sent:
            return f"Der Empfänger nimmt die Zusage an. Danach ruft {head} das Geld ab."
        return (
            f"Die Wirtschaftsförderung oder {head} versendet die Zusage. Nimmt der Empfänger sie an, kann Geld abgerufen "
            "werden."
        )

    def _acceptance_asked(self) -> str:
        assert self.promise is not None
        letter = self.promise.letter
        if letter is None or not letter.is_made:
            return ""
        if letter.is_declined:
            return (
                "Bitte klären Sie mit dem Empfänger, was anders werden soll. Danach berichtigt die Wirtschaftsförderung das "
                "Schreiben."
            )
        if letter.sent:
            return "Der Empfänger hat die Zusage noch nicht angenommen. Sobald er es tut, können Sie Geld abrufen."
        return (
            "Bitte versenden Sie die Zusage, oder die Wirtschaftsförderung tut es. Sobald der Empfänger sie angenommen hat, "
            "können Sie Geld abrufen."
        )

    def _calls(self) -> Iterator[str]:
        """Yield who does what with the open calls: what the district has to do comes first."""
        head = f"Die Geschäftsführung {self.application.calling_district}"
        staff = "Die Wirtschaftsförderung"
        if calls := self._named(C.RETURNED):
            yield f"{head} klärt die Rückfrage zu {calls}."
        if calls := self._named(C.BOUNCED):
            yield (
                f"Die Bank hat {calls} zurückgeschickt. {head} klärt mit dem Empfänger das Konto, danach zahlt die "
                "Wirtschaftsförderung erneut."
            )
        if calls := self._named(C.CALLED):
            yield f"{staff} prüft {calls}."
        if calls := self._named(C.CHECKED):
            yield f"{staff} zahlt {calls} aus."
        if calls := self._named(C.BATCH):
            yield f"{staff} führt den Zahlungslauf mit {calls} aus."

    def _calls_asked(self) -> str:
        told = []
        if calls := self._named(C.RETURNED):
            told.append(
                f"Bitte klären Sie die Rückfrage zu {calls} und senden Sie erneut, oder ziehen Sie zurück."
            )
        if calls := self._named(C.BOUNCED):
            told.append(
                f"Die Bank hat {calls} zurückgeschickt: Bitte klären Sie mit dem Empfänger, auf welches Konto gezahlt werden soll."
            )
        return " ".join(told)

    def _named(self, state: str) -> str:
        """Return the calls in this state in words; empty where there are none."""
        if state not in self.calls:
            return ""
        number = self.calls[state]
        return f"Abruf Nr. {self.first[state]}" if number == 1 else counted(number, "Abruf", "Abrufe")

    # The stations

    @property
    def stations(self) -> list[Station]:
        """Return the stations in their order. A life that has ended shows no more than it had."""
        application = self.application
        if application.state in (S.REJECTED, S.WITHDRAWN):
            return [self._requested("done"), self._end("ended")]
        if application.state == S.REVOKED:
            paid = [self._paid("done")] if application.paid else []
            return [self._requested("done"), self._promised("done"), *paid, self._end("ended")]
        if application.state == S.SETTLED:
            return [
                self._requested("done"),
                self._promised("done"),
                self._paid("done"),
                self._end("done"),
            ]
        now = self._now
        made = (self._requested, self._promised, self._called, self._paid, self._rest)
        return [make("now" if at == now else "done" if at < now else "ahead") for at, make in enumerate(made)]

    @property
    def _now(self) -> int:
        """Return at which station somebody has to do something: 0 requested, 1 promised, 2 called, 3 paid, 4 rest."""
        application = self.application
        if not application.is_approved:
            return 0 if application.is_returned else 1
        if self._waits_for_acceptance:
            return 1
        if application.called:
            return 2 if any(self.calls.get(state) for state in (C.CALLED, C.RETURNED)) else 3
        if application.has_unpaid:
            return 4 if application.paid else 2
        return 5

    def _requested(self, state: str) -> Station:
        application = self.application
        notes = [f"Rückfrage seit {application.waiting_since:%d.%m.%Y}"] if application.is_returned else []
        return Station("beantragt", state, application.requested, application.submitted_on, notes)

    def _promised(self, state: str) -> Station:
        application, promise = self.application, self.promise
        notes = []
        if application.reserved:
            notes.append(f"vorgemerkt sind {format_euro(application.reserved)}")
        if promise is None:
            return Station("zugesagt", state, notes=notes)
        granted = promise.amount if application.is_revoked else application.granted
        if not application.is_revoked and promise.amount != granted:
            notes.append(f"zuerst {format_euro(promise.amount)}")
        return Station("zugesagt", state, granted, promise.on, notes, promise=promise)

    def _called(self, state: str) -> Station:
        application = self.application
        words = [
            f"{self.calls[each]} {PaymentCall.State(each).label}" for each in C.values if each in self.calls
        ]
        notes = [f"nächste Rate zum {self.instalment_on:%d.%m.%Y}"] if self.instalment_on else []
        if application.is_approved and application.project.is_funding_open:
            notes.append("erst wenn die Finanzierung des Projekts steht")
        # Nothing more is open beside what is paid: a zero there would read as if it was never called.
        shown = application.granted and (application.called or not application.paid)
        return Station(
            "abgerufen",
            state,
            application.called if shown else None,
            self.called_on,
            notes,
            calls=", ".join(words),
        )

    def _paid(self, state: str) -> Station:
        application = self.application
        amount = application.paid if application.granted is not None else None
        # Some of it may be paid while more is called.
        state = "done" if state == "ahead" and application.paid else state
        notes = (
            [f"zurückgefordert sind {format_euro(application.reclaimed)}"] if application.reclaimed else []
        )
        return Station("bezahlt", state, amount, self.paid_on if application.paid else None, notes)

    def _rest(self, state: str) -> Station:
        application = self.application
        until = self.promise.callable_until if self.promise else None
        notes = [f"abrufbar bis {until:%d.%m.%Y}"] if until and application.callable else []
        return Station("Rest", state, application.callable if application.granted else None, notes=notes)

    def _end(self, state: str) -> Station:
        application = self.application
        notes = []
        if application.owes_all and not application.reclaimed:
            notes.append(f"zurückzuzahlen sind {format_euro(application.paid)}")
        day = self.settled_on or application.decided_on
        return Station(application.get_state_display(), state, day=day, notes=notes)


def progress_of(applications: Sequence[Any]) -> Iterable[Progress]:
    """Return the progress of each of these applications, in their order; read their letters along. One query.

    Reads project, its lead district, and the pot with its district.
    """
    read_letters(applications, **_facts())
    return [_progress(application) for application in applications]


def _progress(application: Any) -> Progress:
    if not application.letters:
        return Progress(application)
    found = application.letters[-1]
    calls: dict[str, int] = {
        state: number for state in PaymentCall.OPEN if (number := getattr(found, f"n_{state}"))
    }
    return Progress(
        application,
        promise=promise_of(application),
        **{name: getattr(found, name) for name in (*DATED, "instalment_on")},
        calls=calls,
        first={state: getattr(found, f"first_{state}") for state in calls},
    )


def _facts() -> dict[str, Any]:
    """Return what is read of an application beside each decision on it."""
    steps = Decision.objects.filter(application=OuterRef("application")).order_by("-pk").values("on")
    facts = {name: Subquery(steps.filter(step__in=of)[:1]) for name, of in DATED.items()}
    planned = Instalment.objects.running().filter(plan__application=OuterRef("application"), call=None)
    facts["instalment_on"] = Subquery(planned.order_by("due_on", "pk").values("due_on")[:1])
    for state in PaymentCall.OPEN:
        calls = PaymentCall.objects.filter(application=OuterRef("application"), state=state)
        grouped = calls.order_by().values("application")
        facts[f"n_{state}"] = Subquery(grouped.annotate(n=Count("pk")).values("n"))
        facts[f"first_{state}"] = Subquery(grouped.annotate(first=Min("pk")).values("first"))
    return facts
