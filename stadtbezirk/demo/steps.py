"""What happens to a project, step by step through the services: ``PATHS`` lists them for each outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from funding import services as funding
from funding.models import Application, FiscalYear, Pot, Step
from funding.payments import services as payments
from funding.proofs.owed import owed
from funding.terms import Terms, later, proposed
from members.models import Body, District, Organisation, Resolution, User
from members.services import save_resolution
from projects import services as projects
from projects.models import FieldOfAction, FinancingItem, Project
from projects.services import Plan
from stadtbezirk.demo.calls import PLANS
from stadtbezirk.demo.entries import Calendar, Entry
from stadtbezirk.demo.people import ASSOCIATION, Cast

THIRD_PARTY_STATE = {
    "draft": FinancingItem.ThirdParty.ASKED,
    "submitted": FinancingItem.ThirdParty.ASKED,
    "returned": FinancingItem.ThirdParty.ASKED,
    "archived": FinancingItem.ThirdParty.RECEIVED,
    "paid": FinancingItem.ThirdParty.RECEIVED,
    "settled": FinancingItem.ThirdParty.RECEIVED,
    "carried": FinancingItem.ThirdParty.RECEIVED,
}


def applications_of(title: str, today: date) -> "QuerySet[Application]":
    """Return the applications of the running year's project with this title, with what their districts are."""
    related = Application.objects.select_related("pot__district", "project__lead_district")
    return related.filter(project__title=title, pot__year__year=today.year)


FAULTLESS = "Nachweis geprüft, keine Beanstandung."


@dataclass
class Case:
    """A project of the demonstration on its way."""

    entry: Entry
    cast: Cast
    lead: District
    project: Project

    @property
    def days(self) -> Calendar:
        """Return the days on which things happen to it."""
        return self.entry.calendar

    def applicant(self, day: date) -> User:
        """Return the account that acts for the lead district on the day."""
        return self.cast.director(self.lead, day, deputy=self.entry.deputy)

    def applications(self) -> list[Application]:
        """Return the applications, those of pillar 1 first: the districts decide before the shared pot."""
        found = self.project.applications.select_related("pot__district", "pot__year__model")
        return sorted(found, key=lambda a: (a.pot.kind in Pot.CENTRAL, a.pk))

    def only(self) -> Application:
        (application,) = self.applications()
        return application

    def steward(self, application: Application, day: date) -> User:
        """Return who decides: the director of the pot's district, or the Wirtschaftsförderung."""
        if application.pot.district:
            return self.cast.director(application.pot.district, day)
        return self.cast.wf2


def enter(entry: Entry, cast: Cast) -> None:
    """Enter the project, and take it through the steps of its outcome."""
    lead = District.objects.get(name=entry.districts[0])
    day = entry.calendar.after(0)
    actor = cast.director(lead, day, deputy=entry.deputy)
    project = projects.create_project(actor=actor, fields=_fields(entry, lead), plan=_plan(entry), on=day)
    case = Case(entry, cast, lead, project)
    confirm(case)
    for step in PATHS[entry.outcome]:
        step(case)


def _fields(entry: Entry, lead: District) -> dict[str, Any]:
    texts = dict(entry.texts)
    group, organiser = texts.pop("group"), texts.pop("organiser")
    if entry.outcome not in ("draft", "archived"):
        organiser = organiser or ASSOCIATION
    return {
        **texts,
        "title": entry.title,
        "year": entry.year,
        "lead_district": lead,
        "main_field": FieldOfAction.objects.get(name=entry.field_of_action),
        "starts_on": entry.calendar.starts_on,
        "ends_on": entry.calendar.ends_on,
        "organiser": Organisation.objects.get(name=organiser) if organiser else None,
        "measure": _measure(entry, organiser),
        "project_group": Body.objects.get(district=lead, name=group) if group else None,
        "contact": f"Geschäftsführung der Bezirksvertretung {lead.name}",
        "provenance": entry.provenance,
    }


def _measure(entry: Entry, organiser: str) -> str:
    """Return who carries it out: the association what it organises itself, clubs and schools the rest."""
    if entry.outcome == "archived":
        return ""
    return Project.Measure.OWN if organiser in ("", ASSOCIATION) else Project.Measure.GRANT


def _plan(entry: Entry) -> Plan:
    state = THIRD_PARTY_STATE.get(entry.outcome, FinancingItem.ThirdParty.PROMISED)
    others: list[Mapping[str, Any]] = [
        {"kind": kind, "label": label, "amount": None if amount is None else Decimal(amount)}
        | ({"third_party_state": state} if kind == FinancingItem.Kind.THIRD_PARTY else {})
        for kind in (FinancingItem.Kind.OWN, FinancingItem.Kind.THIRD_PARTY, FinancingItem.Kind.IN_KIND)
        for label, amount in entry.money[kind].items()
    ]
    further = [*District.objects.filter(name__in=entry.districts[1:])]
    further += District.objects.filter(slug__in=entry.further)
    return Plan(
        costs=[{"label": label, "amount": Decimal(amount)} for label, amount in entry.money["costs"].items()],
        others=others,
        shares={District.objects.get(slug=s): Decimal(a) for s, a in entry.money["shares"].items()},
        pillar_2=entry.pillar_2,
        special={code: Decimal(amount) for code, amount in entry.money["special"].items()},
        further_districts=further,
    )


def confirm(case: Case) -> None:
    """Let each further district's own director confirm, except those in ``unconfirmed``."""
    day = case.days.after(4)
    for participation in case.project.participations.select_related("district"):
        district = participation.district
        if district.slug not in case.entry.unconfirmed:
            actor = case.cast.director(district, day)
            projects.confirm_participation(case.project, district=district, actor=actor, on=day)


def publish(case: Case) -> None:
    """Publish a project without funding."""
    day = case.days.handed_in
    projects.publish_without_grant(case.project, actor=case.applicant(day), on=day)


def archive(case: Case) -> None:
    """Publish an archived project on its own day."""
    day = case.days.handed_in
    projects.publish_archived(case.project, actor=case.applicant(day), on=day)


def hand_in(case: Case) -> None:
    day = case.days.handed_in
    funding.submit(case.project, actor=case.applicant(day), on=day)


def ask_back(case: Case) -> None:
    """Return the application with a question."""
    day = case.days.first_decision
    application = case.only()
    actor = case.steward(application, day)
    funding.return_to_applicant(application, reason=case.entry.reason, actor=actor, on=day)


def sign(case: Case) -> None:
    """Sign the application as the first of two."""
    application = case.only()
    funding.sign(application, amount=application.requested, actor=case.cast.wf1, on=case.days.first_decision)


def grant(case: Case) -> None:
    """Approve all but the open share. Outcome "partly" grants a smaller sum, with a reason."""
    for application in case.applications():
        district = application.pot.district
        if district and district.slug == case.entry.open_share:
            continue
        partly = case.entry.granted if case.entry.outcome == "partly" else None
        amount = partly or application.requested
        reason = case.entry.reason if partly else ""
        if district:
            carry_out_resolution(case, application, amount, reason)
        else:
            decide_centrally(case, application, amount, reason)


def carry_out_resolution(case: Case, application: Application, amount: Decimal, reason: str = "") -> None:
    """Record the vote of the district's Lenkungsgremium, and let its director carry it out."""
    district, meeting, day = application.pot.district, case.days.first_decision, case.days.decided
    assert district is not None
    actor = case.cast.director(district, day, deputy=case.entry.deputy and district == case.lead)
    yes, no, abstained = case.entry.votes
    vote = Resolution(
        body=Body.objects.get(district=district, kind=Body.Kind.STEERING),
        date=meeting,
        votes_yes=yes,
        votes_no=no,
        votes_abstained=abstained,
        amount_cents=int(amount.scaleb(2)),
        text=f"Zuschuss aus Säule 1 für „{case.entry.title}“",
    )
    resolution = save_resolution(vote, actor=actor, on=day)
    funding.approve(
        application, amount=amount, resolution=resolution, reason=reason, actor=actor, on=day,
        financing=case.entry.financing, tied_to=longer(case, application, amount, day),
    )  # fmt: skip


def longer(case: Case, application: Application, amount: Decimal, day: date) -> Terms | None:
    """Return terms by which money of a plan of instalments can be called for a year; None for the usual ones."""
    if case.entry.title not in {plan.title for plan in PLANS}:
        return None
    usual = proposed(application, amount, Application.Financing.FIXED, day)
    return usual and replace(usual, callable_until=later(day, 12))


def decide_centrally(case: Case, application: Application, amount: Decimal, reason: str) -> None:
    """Approve the application as the Wirtschaftsförderung, with two signatures where they are needed."""
    tied_to = longer(case, application, amount, case.days.decided)
    if funding.needs_second_signature(application, amount):
        application = funding.sign(
            application,
            amount=amount,
            actor=case.cast.wf1,
            reason=reason,
            on=case.days.first_decision,
            tied_to=tied_to,
        )
    funding.approve(
        application, amount=amount, actor=case.cast.wf2, reason=reason, on=case.days.decided, tied_to=tied_to
    )


def refuse(case: Case) -> None:
    """Reject: in pillar 1 by a vote without majority, in pillar 2 by a decision with its reason."""
    application = case.only()
    if application.pot.district:
        carry_out_resolution(case, application, application.requested)
    else:
        funding.reject(
            application, reason=case.entry.reason, actor=case.cast.wf2, on=case.days.first_decision
        )


def withdraw(case: Case) -> None:
    day = case.days.first_decision
    funding.withdraw(case.only(), reason=case.entry.reason, actor=case.applicant(day), on=day)


def revoke(case: Case) -> None:
    """Revoke the grant; what was paid of it is asked back."""
    day = case.days.after(40)
    application = case.only()
    lessen(case, application, Step.REVOKE, day)


def reduce(case: Case) -> None:
    day = case.days.after(25)
    application, to = case.only(), case.entry.granted
    assert to is not None
    lessen(case, application, Step.REDUCE, day, to)


def lessen(case: Case, application: Application, step: Step, day: date, to: Decimal | None = None) -> None:
    """Reduce or revoke the grant by whoever keeps the pot. What two people signed takes two again."""
    actor, reason = case.steward(application, day), case.entry.reason
    if application.granted_by_two:
        asked, other = (case.cast.wf1, case.cast.wf2)
        change = funding.request_change(application, what=step, to=to, reason=reason, actor=asked, on=day)
        funding.confirm_change(change, actor=other, on=day)
    elif step == Step.REVOKE:
        funding.revoke(application, reason=reason, actor=actor, on=day)
    else:
        assert to is not None
        funding.reduce(application, to=to, reason=reason, actor=actor, on=day)


def claim_back(case: Case) -> None:
    """Claim back what of the payment goes beyond what the grant is in the end."""
    application, left = case.only(), case.entry.granted
    assert left is not None
    funding.reclaim(
        application, amount=application.paid - left, reason=case.entry.reason, actor=case.cast.wf2,
        on=case.days.settled,
    )  # fmt: skip


def take_back(case: Case) -> None:
    """Book what came back after 20 days, let two people waive its interest, and settle the grant."""
    day, application = case.days.day(case.days.settled + timedelta(days=20)), case.only()
    payments.repay_former(application, amount=application.reclaimed, actor=case.cast.wf1, on=day)
    application = case.only()
    assert application.granted is not None
    to = application.granted + owed(application, day).left
    reason = "Die Zinsen einzuziehen kostet mehr, als sie bringen."
    asked = funding.request_change(
        application, what=Step.FORGO, to=to, reason=reason, actor=case.cast.wf1, on=day
    )
    funding.confirm_change(asked, actor=case.cast.wf2, on=day)
    funding.settle(case.only(), actor=case.cast.wf2, reason=FAULTLESS, on=day)


def close_gap(case: Case) -> None:
    """Let the organiser pay what was not granted, so that the plan balances again."""
    day = case.days.after(28)
    project = Project.objects.get(pk=case.project.pk)
    others: list[Mapping[str, Any]] = [
        {"id": row.pk} for row in project.financing_items.exclude(kind__in=FinancingItem.FROM_POTS)
    ]
    others.append(
        {
            "kind": FinancingItem.Kind.OWN,
            "label": "Höherer Eigenanteil nach der Entscheidung",
            "amount": project.plan_difference,
        }
    )
    plan = Plan(costs=[{"id": item.pk} for item in project.cost_items.all()], others=others)
    projects.update_project(
        project, actor=case.applicant(day), fields={}, plan=plan, version=project.version, on=day
    )


def pay_out(case: Case) -> None:
    for application in case.applications():
        assert application.granted is not None
        pay(case, application, application.granted, case.days.paid)


def pay(case: Case, application: Application, amount: Decimal, day: date) -> None:
    own = application.pot.district
    director = case.cast.director(own, day) if own else case.applicant(day)
    payments.pay_former(application, amount=amount, caller=director, actor=case.cast.wf1, on=day)


def pay_in_two_years(case: Case) -> None:
    """Pay a part; the rest is carried over into the next year, paid there in spring, and settled."""
    application, first = case.only(), Decimal(case.entry.paid_first)
    assert application.granted is not None
    following = FiscalYear.objects.get(year=case.entry.year + 1)
    pay(case, application, first, case.days.paid)
    reason, day = case.entry.reason, date(following.year, 1, 15)
    funding.carry(case.only(), to=following, reason=reason, actor=case.cast.wf2, on=day)
    pay(case, case.only(), application.granted - first, date(following.year, 5, 6))
    funding.settle(case.only(), actor=case.cast.wf2, reason=FAULTLESS, on=date(following.year, 6, 3))


def settle(case: Case) -> None:
    for application in case.applications():
        funding.settle(
            application,
            actor=case.cast.wf2,
            reason=FAULTLESS,
            on=case.days.settled,
        )


PATHS: dict[str, tuple[Callable[[Case], None], ...]] = {
    "draft": (),
    "unfunded": (publish,),
    "archived": (archive,),
    "submitted": (hand_in,),
    "returned": (hand_in, ask_back),
    "reserved": (hand_in, sign),
    "rejected": (hand_in, refuse),
    "withdrawn": (hand_in, withdraw),
    "approved": (hand_in, grant),
    "funding_open": (hand_in, grant),
    "partly": (hand_in, grant, close_gap),
    "reduced": (hand_in, grant, reduce, close_gap),
    "revoked": (hand_in, grant, revoke),
    "recovered": (hand_in, grant, pay_out, revoke),
    "paid": (hand_in, grant, pay_out),
    "claimed": (hand_in, grant, pay_out, claim_back),
    "came_back": (hand_in, grant, pay_out, claim_back, take_back),
    "settled": (hand_in, grant, pay_out, settle),
    "carried": (hand_in, grant, pay_in_two_years),
}
