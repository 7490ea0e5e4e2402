"""One project of the load from its draft to its end: all its rows, as the services would have left them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from funding.models import Application, Decision, LedgerEntry, Pot, Step
from funding.payments.models import Payment
from members.models import Resolution
from projects.models import CostItem, FinancingItem, Participation, Project
from projects.services import kind_of, third_parties_pay
from tests.load import words
from tests.load.books import Account, Books
from tests.load.people import Cast, Place
from tests.load.writer import Writer

A, F, K, P = Application.State, FinancingItem.Kind, LedgerEntry.Kind, Project.State

#: How often what becomes of a project, in years that are over and in the last one.
OVER: Mapping[str, int] = {
    "settled": 56, "archived": 4, "unfunded": 11, "approved": 5, "paid": 5, "rejected": 6, "withdrawn": 3, "draft": 3,
    "revoked": 2, "funding_open": 2, "returned": 1, "reserved": 1, "submitted": 1,
}  # fmt: skip
RUNNING: Mapping[str, int] = {
    "submitted": 24, "approved": 20, "draft": 14, "paid": 10, "settled": 8, "unfunded": 8, "returned": 4,
    "reserved": 4, "rejected": 3, "funding_open": 3, "withdrawn": 1, "revoked": 1,
}  # fmt: skip
#: Below this many cents nothing is granted from a pot's remainder.
LEAST = 10_000


@dataclass
class Row:
    """A row of the financing plan and, where it names a pot, what became of it. Cents."""

    kind: str
    label: str = ""
    third_party_state: str = ""
    amount: int | None = None
    account: Account | None = None
    locked: bool = False
    granted: int | None = None

    @property
    def counts(self) -> int:
        return self.granted if self.granted is not None else self.amount or 0


@dataclass
class Asked:
    """An application with its steps so far. Cents."""

    row: Row
    account: Account
    state: str = A.SUBMITTED
    reserved: int = 0
    granted: int | None = None
    paid: int = 0
    waiting_since: date | None = None
    first_signer: int | None = None
    second_signer: int | None = None
    decided_on: date | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)
    #: Each with the place of the step that it belongs to.
    entries: list[tuple[int, str, int, int, date]] = field(default_factory=list)

    @property
    def requested(self) -> int:
        assert self.row.amount is not None
        return self.row.amount

    @property
    def central(self) -> bool:
        return self.account.kind in Pot.CENTRAL

    def book(self, kind: str, cents: int, actor: int, day: date) -> None:
        """For the step that is noted next."""
        if cents:
            self.account.move(kind, cents)
            self.entries.append((len(self.steps), kind, cents, actor, day))


class Author:
    """Writes projects. Same random numbers, same rows."""

    def __init__(self, writer: Writer, cast: Cast, fields: list[int], random: Random, today: date) -> None:
        self.writer = writer
        self.cast = cast
        self.by_key = {place.key: place for place in cast.places}
        self.fields = fields
        self.random = random
        self.today = today

    def write(self, books: Books, place: Place, outcome: str) -> None:
        _Project(self, books, place, outcome).write()


class _Project:
    def __init__(self, author: Author, books: Books, place: Place, outcome: str) -> None:
        self.author, self.books, self.place, self.outcome = author, books, place, outcome
        self.random = author.random
        self.wf1, self.wf2 = author.cast.staff
        self.partner: Place | None = None
        self.special_importance = ""
        self.rows: list[Row] = []
        self.asked: list[Asked] = []
        self.published: date | None = None
        self.begin = min(date(books.year, 1, 3) + timedelta(self.random.randrange(330)), author.today)
        self.entered = self.day(0)
        self.last_actor, self.last_day = place.director, self.entered
        self.hour = self.random.randrange(7, 15)

    def day(self, after: int) -> date:
        """So many days after it was entered, never in the future."""
        return min(self.begin + timedelta(after), self.author.today)

    def moment(self, day: date, minute: int = 0) -> datetime:
        return datetime(day.year, day.month, day.day, self.hour, minute, tzinfo=UTC)

    # The plan

    def sum(self) -> int:
        """What it asks for: many small sums, few large ones; whole 50 euro."""
        return max(3, min(300, round(self.random.lognormvariate(3.0, 0.8)))) * 5_000

    def plan(self) -> list[tuple[str, int | None]]:
        """Fill ``rows``; return the cost plan, which balances them."""
        random = self.random
        if self.outcome == "archived":
            return []
        if self.outcome != "unfunded":
            self.plan_pots()
        share = random.random()
        total = sum(row.amount or 0 for row in self.rows) or self.sum()
        if share < 0.55 or not self.rows:
            self.rows.append(
                Row(
                    F.THIRD_PARTY,
                    random.choice(words.THIRD_PARTIES),
                    random.choice(FinancingItem.ThirdParty.values),
                    amount=max(5_000, total // 100 * random.randrange(20, 90)),
                )
            )
        if share > 0.3:
            own = F.OWN if random.random() < 0.8 else F.IN_KIND
            label = "Eigenanteil" if own == F.OWN else "Arbeit der Ehrenamtlichen"
            self.rows.append(Row(own, label, amount=max(2_500, total // 100 * random.randrange(5, 50))))
        total = sum(row.amount or 0 for row in self.rows)
        labels = random.sample(words.COSTS, random.randrange(1, 6))
        costs: list[tuple[str, int | None]] = [(label, total // len(labels)) for label in labels]
        costs[0] = (labels[0], total - total // len(labels) * (len(labels) - 1))
        if self.outcome == "draft" and random.random() < 0.5:
            costs[-1] = (costs[-1][0], None)
            self.rows[-1].amount = None
        return costs

    def plan_pots(self) -> None:
        random, books = self.random, self.books
        own = books.pillar_1(self.place.key)
        central = random.random() if books.pool else 1.0
        if self.outcome == "reserved" and books.pool:
            central = 0.0
        if central < 0.16:
            if random.random() < 0.5:
                self.join()
            else:
                self.special_importance = (
                    "Das Vorhaben ist ein Modell, das andere Stadtbezirke übernehmen können."
                )
            amount = max(self.sum(), books.limit or 0) if self.outcome == "reserved" else self.sum()
            self.rows.append(Row(F.PILLAR_2, amount=amount, account=books.pool))
        elif central < 0.20 and books.special:
            pot = random.choice(books.special)
            self.rows.append(Row(F.SPECIAL, amount=self.sum(), account=pot))
        if central >= 0.20 or random.random() < 0.4:
            self.rows.append(Row(F.PILLAR_1, amount=self.sum(), account=own))
        if central > 0.95:
            self.join()
            if self.partner:
                theirs = books.pillar_1(self.partner.key)
                self.rows.append(Row(F.PILLAR_1, amount=self.sum(), account=theirs))

    def join(self) -> None:
        partner = self.random.choice(self.author.cast.places)
        if partner.key != self.place.key:
            self.partner = partner

    # What happens to it

    def step(self, asked: Asked, step: Step, actor: int, day: date, **values: Any) -> None:
        asked.steps.append({"step": step, "actor_id": actor, "on": day, **values})
        self.last_actor, self.last_day = actor, max(day, self.last_day)

    def hand_in(self) -> None:
        day = self.day(self.random.randrange(1, 30))
        for row in self.rows:
            if row.account and row.amount:
                asked = Asked(row, row.account, waiting_since=day)
                row.locked = True
                self.asked.append(asked)
                self.step(asked, Step.SUBMIT, self.place.director, day, amount=asked.requested)

    def live(self) -> None:
        """Take every application to the end that the outcome names."""
        random = self.random
        first, later = self.day(random.randrange(35, 60)), self.day(random.randrange(60, 90))
        # Pillar 1 first, as the districts decide before the pool.
        applications = sorted(self.asked, key=lambda a: a.central)
        match self.outcome:
            case "returned":
                asked = applications[-1]
                actor = self.keeper(asked)
                asked.state, asked.waiting_since, asked.row.locked = A.RETURNED, first, False
                self.step(asked, Step.RETURN, actor, first, reason=random.choice(words.QUESTIONS))
            case "reserved":
                for asked in applications:
                    if asked.central:
                        self.sign(asked, asked.requested, first)
            case "withdrawn":
                for asked in applications:
                    asked.state, asked.decided_on, asked.row.locked = A.WITHDRAWN, first, False
                    self.step(asked, Step.WITHDRAW, self.place.director, first)
            case "rejected":
                for asked in applications:
                    self.reject(asked, first, random.choice(words.REFUSALS))
            case "submitted":
                pass
            case _:
                for asked in applications:
                    self.decide(asked, first, later)
                self.after_grant(later)

    def keeper(self, asked: Asked) -> int:
        """Who decides on the pot: its district's director, else the Wirtschaftsförderung."""
        return self.wf1 if asked.central else self.author.by_key[asked.account.district or 0].director

    def resolution(self, asked: Asked, cents: int, day: date, *, carried: bool) -> int:
        place = self.author.by_key[asked.account.district or 0]
        yes, no = self.random.randrange(5, 14), self.random.randrange(0, 4)
        return self.author.writer.add(
            Resolution,
            body_id=place.steering_body,
            date=day,
            votes_yes=yes if carried else no,
            votes_no=no if carried else yes,
            votes_abstained=self.random.randrange(0, 3),
            amount_cents=cents,
            text=f"TOP {self.random.randrange(2, 12)}",
            recorded_by_id=place.director,
            recorded_at=self.moment(day),
        )

    def reject(self, asked: Asked, day: date, reason: str) -> None:
        actor = self.keeper(asked)
        backed = None if asked.central else self.resolution(asked, asked.requested, day, carried=False)
        asked.state, asked.decided_on = A.REJECTED, day
        asked.row.locked, asked.row.granted = False, 0
        self.step(asked, Step.REJECT, actor, day, reason=reason, resolution_id=backed)

    def sign(self, asked: Asked, cents: int, day: date, reason: str = "") -> bool:
        if asked.account.free < cents or cents < LEAST:
            return False
        asked.state, asked.reserved, asked.first_signer, asked.waiting_since = (
            A.RESERVED,
            cents,
            self.wf1,
            day,
        )
        asked.book(K.RESERVE, cents, self.wf1, day)
        self.step(asked, Step.SIGN, self.wf1, day, amount=cents, financing="fixed", reason=reason)
        return True

    def decide(self, asked: Asked, first: date, later: date) -> None:
        """Grant in full, in part, or what the pot has left; refuse where that is nothing."""
        part = self.outcome == "funding_open" or self.random.random() < 0.1
        cents = asked.requested // 10_000 * 7_500 if part else asked.requested
        cents = min(cents or asked.requested, asked.account.free)
        if cents < LEAST:
            self.reject(asked, first, words.SHORT)
            return
        reason = "" if cents == asked.requested else "Der Rahmen erlaubt nur diesen Betrag."
        limit = self.books.limit
        central = sum(a.granted or 0 for a in self.asked if a.central and a is not asked)
        actor, day, backed = self.keeper(asked), first, None
        if not asked.central:
            backed = self.resolution(asked, cents, first, carried=True)
            asked.first_signer = actor
        elif limit is not None and central + cents >= limit:
            self.sign(asked, cents, first, reason)
            actor, day = self.wf2, later
            asked.book(K.UNRESERVE, cents, actor, day)
            asked.reserved, asked.second_signer = 0, actor
        else:
            asked.first_signer = actor
        asked.book(K.COMMIT, cents, actor, day)
        asked.state, asked.granted, asked.decided_on = A.APPROVED, cents, day
        asked.row.locked, asked.row.granted = True, cents
        self.published = min(self.published or day, day)
        self.step(
            asked,
            Step.APPROVE,
            actor,
            day,
            amount=cents,
            reason=reason,
            financing="fixed",
            resolution_id=backed,
        )

    def after_grant(self, later: date) -> None:
        granted = [a for a in self.asked if a.state == A.APPROVED]
        if self.outcome == "revoked":
            day = self.day(self.random.randrange(100, 160))
            for asked in granted:
                assert asked.granted is not None
                asked.book(K.RELEASE, asked.granted, self.keeper(asked), day)
                asked.state, asked.granted, asked.decided_on = A.REVOKED, 0, day
                asked.row.locked, asked.row.granted = False, 0
                self.step(asked, Step.REVOKE, self.keeper(asked), day, reason=words.REVOKED)
            return
        if self.outcome == "funding_open" or not granted:
            return
        self.close_gap()
        if self.outcome == "approved":
            return
        paid_on, settled_on = (
            self.day(self.random.randrange(95, 140)),
            self.day(self.random.randrange(180, 300)),
        )
        for asked in granted:
            assert asked.granted is not None
            cents = asked.granted
            if self.random.random() < 0.2:
                cents = max(100, cents // 100 * self.random.randrange(50, 100))
            asked.paid = cents
            asked.book(K.PAY, cents, self.wf1, paid_on)
            self.step(asked, Step.PAY, self.wf1, paid_on, amount=cents)
        if self.outcome == "settled":
            for asked in granted:
                assert asked.granted is not None
                asked.book(K.RELEASE, asked.granted - asked.paid, self.wf2, settled_on)
                asked.state, asked.granted, asked.row.granted = A.SETTLED, asked.paid, asked.paid
                self.step(
                    asked, Step.SETTLE, self.wf2, settled_on, amount=asked.paid, reason="Nachweis geprüft."
                )

    def close_gap(self) -> None:
        """The organiser takes over what was not granted, so that the plan balances again."""
        gap = sum(row.amount or 0 for row in self.rows) - sum(row.counts for row in self.rows)
        if gap:
            self.rows.append(Row(F.OWN, "Höherer Eigenanteil nach der Entscheidung", amount=gap))

    def state(self, balanced: bool) -> str:
        """As ``funding.services.case.derive_state`` derives it."""
        states = [a.state for a in self.asked]
        if not states:
            return P(self.outcome)
        if A.RETURNED in states:
            return P.RETURNED
        if A.APPROVED in states:
            return P.APPROVED if balanced else P.FUNDING_OPEN
        for state in (A.RESERVED, A.SUBMITTED, A.SETTLED):
            if state in states:
                return P(state)
        latest = max(self.asked, key=lambda a: (a.decided_on or a.waiting_since, self.asked.index(a)))
        return P(latest.state)

    # Its rows

    def write(self) -> None:
        costs = self.plan()
        if self.outcome in ("unfunded", "archived"):
            self.published = self.last_day = self.day(10)
        elif self.outcome != "draft":
            self.hand_in()
            self.live()
        key = self.write_project(sum(cents or 0 for _, cents in costs))
        self.write_plan(key, costs)
        for asked in self.asked:
            self.write_application(key, asked)

    def write_project(self, cost_total: int) -> int:
        random, place, author = self.random, self.place, self.author
        quarter = random.choice(place.quarters)
        organiser, organiser_name = random.choice(place.organisers)
        title = words.title(random, quarter, self.books.year)
        summary = words.summary(random, quarter)
        where = f"{words.rare(random)}, {quarter}"
        self.number = None if self.outcome == "draft" else self.books.next_number(place)
        pots = [row for row in self.rows if row.account]
        plan = [FinancingItem(kind=row.kind, amount=row.amount) for row in self.rows]
        financing_total = sum(row.counts for row in self.rows)
        starts = min(self.begin + timedelta(random.randrange(20, 60)), date(self.books.year, 12, 20))
        key = author.writer.add(
            Project,
            number=self.number,
            year=self.books.year,
            state=self.state(cost_total == financing_total),
            kind=kind_of(plan),
            title=title,
            summary=summary,
            aims=random.choice(words.AIMS).format(quarter=quarter),
            value_creation=random.choice(words.VALUE).format(quarter=quarter),
            main_field_id=random.choice(author.fields),
            lead_district_id=place.key,
            place=where,
            measure="" if self.outcome == "archived" else "grant",
            starts_on=starts,
            ends_on=starts + timedelta(random.choice((0, 0, 1, 2, 30))),
            organiser_id=organiser,
            contact=organiser_name,
            special_importance=self.special_importance,
            provenance=words.PROVENANCE if self.outcome == "archived" else "",
            cost_total=cost_total,
            financing_total=financing_total,
            requested_total=sum(row.amount or 0 for row in pots),
            granted_total=sum(row.granted or 0 for row in pots),
            has_third_party=third_parties_pay(plan),
            is_cross_district=self.partner is not None,
            version=2 + sum(len(a.steps) for a in self.asked),
            created_by_id=place.director,
            created_at=self.moment(self.entered),
            changed_by_id=self.last_actor,
            changed_at=self.moment(self.last_day, 30),
            published_on=self.published,
        )
        editors = {place.director}
        if random.random() < 0.15:
            further = random.choice(author.fields)
            author.writer.add(Project.further_fields.through, project_id=key, fieldofaction_id=further)
        if self.partner:
            confirmed = self.outcome != "draft" and random.random() < 0.9
            if confirmed:
                editors.add(self.partner.director)
            author.writer.add(
                Participation,
                project_id=key,
                district_id=self.partner.key,
                confirmed_on=self.day(15) if confirmed else None,
                confirmed_by_id=self.partner.director if confirmed else None,
            )
        for asked in self.asked:
            acting = ((self.acting(asked, step), step["actor_id"]) for step in asked.steps)
            editors |= {actor for district, actor in acting if district and district.director == actor}
        for user in sorted(editors):
            author.writer.add(Project.editors.through, project_id=key, user_id=user)
        return key

    def acting(self, asked: Asked, step: dict[str, Any]) -> Place | None:
        """The district that a step is taken for; None where the Wirtschaftsförderung takes it."""
        if step["step"] in (Step.SUBMIT, Step.WITHDRAW):
            return self.place
        return None if asked.central else self.author.by_key[asked.account.district or 0]

    def write_plan(self, project: int, costs: list[tuple[str, int | None]]) -> None:
        for position, (label, cents) in enumerate(costs):
            self.author.writer.add(CostItem, project_id=project, position=position, label=label, amount=cents)
        for position, row in enumerate(self.rows):
            account = row.account
            self.author.writer.add(
                FinancingItem,
                project_id=project,
                position=100 if account else position,
                kind=row.kind,
                label=row.label,
                third_party_state=row.third_party_state,
                district_id=account.district if account else None,
                pot_code=account.code if account and row.kind == F.SPECIAL else "",
                amount=row.amount,
                locked=row.locked,
                granted=row.granted,
            )

    def write_application(self, project: int, asked: Asked) -> None:
        writer = self.author.writer
        key = writer.add(
            Application,
            project_id=project,
            pot_id=asked.account.key,
            state=asked.state,
            requested=asked.requested,
            reserved=asked.reserved,
            granted=asked.granted,
            paid=asked.paid,
            financing="fixed" if asked.granted is not None or asked.reserved else "",
            submitted_on=asked.steps[0]["on"],
            submitted_by_id=self.place.director,
            waiting_since=asked.waiting_since,
            first_signer_id=asked.first_signer,
            second_signer_id=asked.second_signer,
            decided_on=asked.decided_on,
        )
        decisions = []
        for step in asked.steps:
            acting = self.acting(asked, step)
            mine = acting is not None and acting.director == step["actor_id"]
            decision = writer.add(
                Decision,
                application_id=key,
                mandate_id=acting.mandate if acting and mine else None,
                recorded_at=self.moment(step["on"], 15),
                **step,
            )
            decisions.append(decision)
            if step["step"] == Step.PAY:
                paid = {"amount": step["amount"], "executed_on": step["on"], "decision_id": decision}
                writer.add(Payment, state=Payment.State.EXECUTED, **paid)
        for place, kind, cents, actor, day in asked.entries:
            writer.add(
                LedgerEntry,
                pot_id=asked.account.key,
                kind=kind,
                amount=cents,
                application_id=key,
                decision_id=decisions[place],
                actor_id=actor,
                value_date=day,
                recorded_at=self.moment(day, 20),
                text=self.number,
            )
