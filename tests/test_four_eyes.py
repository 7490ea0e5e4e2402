"""Four eyes: who is out for ever, who on the day, who has signed, and that two staff are enough for every act."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from funding import permissions, services
from funding.errors import ConflictOfInterest, FundingError, TransitionNotAllowed
from funding.four_eyes import signature_lapsed, worked_on_by
from funding.ledger import differences
from funding.models import Application, Decision, GrantChange, LedgerEntry, Pot
from funding.turn import waits_for_signature
from funding.who_acts_next import next_step
from members.models import Mandate, OutboxMail, User
from members.roles import groups
from members.roles.permissions import Roles
from projects import attachments
from projects import services as projects
from projects.models import FinancingItem, Project
from tests import called, files, personas
from tests.mailed import worded
from tests.plans import change, costs
from tests.tampering import without_triggers

pytestmark = pytest.mark.django_db

MUCH = Decimal(9000)


def refused(error: type[FundingError], act: Callable[[], Any], match: str) -> None:
    """Refused with this sentence, and nothing was written."""
    before = list(Application.objects.order_by("pk").values()), LedgerEntry.objects.count()
    with pytest.raises(error, match=match) as found:
        act()
    assert type(found.value) is error
    assert (list(Application.objects.order_by("pk").values()), LedgerEntry.objects.count()) == before


def today() -> Any:
    return timezone.localdate()


def end_mandates(user: User) -> None:
    Mandate.objects.filter(person=user.person).update(until=today() - timedelta(days=1))


def become_staff(user: User) -> User:
    """Their mandates ended yesterday; today they work for the Wirtschaftsförderung."""
    end_mandates(user)
    user.groups.add(Group.objects.get(name=groups.BUSINESS_DEVELOPMENT))
    return User.objects.get(pk=user.pk)


def joint(**plan: Any) -> Application:
    """Aplerbeck's project with Brackel, asking pillar 2 for 9,000 euro."""
    project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="9000", further=["BRA"], **plan)
    return personas.application(project, "S2")


def signed(application: Application, by: User) -> Application:
    return services.sign(application, amount=MUCH, actor=by)


def upload(project: Project, actor: User) -> Any:
    return attachments.add(project, upload=files.upload(files.PDF), actor=actor)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> None:
    """An upload folder of the test's own."""
    default = settings.STORAGES["default"]
    options = {**default["OPTIONS"], "location": tmp_path}
    settings.STORAGES = {**settings.STORAGES, "default": {**default, "OPTIONS": options}}


# Out for ever


def confirmed_before_the_share_changed(project: Project, actor: User) -> None:
    """A confirmation that has lapsed since: the share was changed."""
    projects.confirm_participation(project, district=personas.district("BRA"), actor=actor)
    change(
        project, personas.gf_aplerbeck(), shares={personas.district("BRA"): Decimal(70)}, costs=costs("9070")
    )


def confirmed_and_left(project: Project, actor: User) -> None:
    projects.confirm_participation(project, district=personas.district("BRA"), actor=actor)
    change(project, personas.gf_aplerbeck(), further_districts=[], shares={})


def declined(project: Project, actor: User) -> None:
    projects.decline_participation(project, district=personas.district("BRA"), reason="Zu früh.", actor=actor)


def took_a_paper_away(project: Project, actor: User) -> None:
    paper = upload(project, actor)
    attachments.remove(paper, actor=actor)


ACTS = [confirmed_before_the_share_changed, confirmed_and_left, declined, upload, took_a_paper_away]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_whoever_acted_for_a_further_district_never_decides(act, gf_aplerbeck, gf_brackel, folder):
    project = personas.make_project(gf_aplerbeck, pillar_2="9000", further=["BRA"], confirmed=False)
    Project.objects.update(special_importance="Modellhaft.")
    act(project, gf_brackel)
    no_answer = {"declined_on": None, "declined_by": None, "decline_reason": ""}
    project.participations.filter(confirmed_on=None).update(**no_answer)
    personas.open_year()
    services.submit(Project.objects.get(), actor=gf_aplerbeck)
    application = personas.application(project, "S2")
    actor = become_staff(gf_brackel)
    for step in (
        lambda: services.sign(application, amount=MUCH, actor=actor),
        lambda: services.approve(application, amount=Decimal(10), reason="x", actor=actor),
        lambda: services.reject(application, reason="Nein", actor=actor),
    ):
        refused(ConflictOfInterest, step, "mitgewirkt")
    assert not Application.objects.filter(waits_for_signature(Roles(actor)))
    assert application in Application.objects.filter(worked_on_by(actor.pk))


def test_a_step_under_a_mandate_is_remembered(gf_aplerbeck, gf_brackel):
    project = personas.handed_in(
        gf_aplerbeck, shares={"APL": "10", "BRA": "10"}, pillar_2="9000", confirmed=False
    )
    assert gf_brackel not in project.editors.all()
    services.return_to_applicant(personas.application(project, "S1-BRA"), reason="Frage", actor=gf_brackel)
    assert gf_brackel in project.editors.all()


def test_papers_of_the_staff_make_nobody_an_editor(wf1, folder):
    application = joint()
    upload(application.project, wf1)
    assert signed(application, wf1).first_signer == wf1


def test_the_migration_finds_who_acted_in_the_rows_that_are_there(
    gf_aplerbeck, gf_brackel, gf_hoerde, wf1, folder
):
    shares = {"APL": "10", "BRA": "10", "HOE": "10"}
    project = personas.handed_in(gf_aplerbeck, shares=shares, pillar_2="3000", confirmed=False)
    upload(project, gf_hoerde)
    attachments.add(project, upload=files.upload(files.PDF.replace(b"1.4", b"1.5")), actor=wf1)
    projects.decline_participation(
        project, district=personas.district("BRA"), reason="Nein.", actor=gf_brackel
    )
    expected = {gf_aplerbeck, gf_brackel, gf_hoerde}
    assert set(project.editors.all()) == expected
    migration = import_module("funding.migrations.0013_editors_for_ever")
    for _ in range(2):
        with without_triggers():
            Project.editors.through.objects.exclude(user=gf_hoerde).delete()
        migration.remember(apps, connection.schema_editor())
        assert set(project.editors.all()) == expected


# On the day


def bookings(application: Application, actor: User) -> dict[str, Callable[[], Any]]:
    """What the staff books on a grant from any pot."""
    return {
        "pay": lambda: services.pay(application, amount=Decimal(1), actor=actor),
        "repay": lambda: services.repay(application, amount=Decimal(1), actor=actor),
        "settle": lambda: services.settle(application, actor=actor),
        "bounce": lambda: services.bounce(
            application, amount=Decimal(1), actor=actor, reason="Konto erloschen."
        ),
    }


@pytest.mark.parametrize("kind", list(Mandate.Kind))
@pytest.mark.parametrize("code", ["S1-APL", "S1-BRA", "S2"])
def test_a_mandate_in_a_taking_part_district_bars_the_staffs_bookings(gf_aplerbeck, wf1, wf2, kind, code):
    project = personas.approved(gf_aplerbeck, shares={"APL": "10", "BRA": "10"}, pillar_2="3000")
    application = personas.application(project, code)
    called.pay(application, amount=Decimal(2), actor=wf2)
    Mandate.objects.create(
        person=wf1.person, district=personas.district("BRA"), kind=kind, since=personas.SINCE
    )
    acts = bookings(application, wf1)
    if code == "S2":
        acts["reduce"] = lambda: services.reduce(application, to=Decimal(2), reason="x", actor=wf1)
        acts["revoke"] = lambda: services.revoke(application, reason="x", actor=wf1)
    for act in acts.values():
        refused(ConflictOfInterest, act, "Mandat in Brackel")
    end_mandates(wf1)
    called.pay(application, amount=Decimal(1), actor=wf1)


def test_who_acted_for_a_district_books_nothing_for_its_project_later(gf_aplerbeck, gf_brackel, wf2):
    project = personas.approved(gf_aplerbeck, shares={"APL": "10", "BRA": "10"})
    applications = [personas.application(project, code) for code in ("S1-APL", "S1-BRA")]
    for application in applications:
        called.pay(application, amount=Decimal(2), actor=wf2)
    actor = become_staff(gf_brackel)
    for application in applications:
        for act in bookings(application, actor).values():
            refused(ConflictOfInterest, act, "mitgewirkt")


# Accounts with a person


def nameless(user: User) -> User:
    User.objects.filter(pk=user.pk).update(person=None)
    return User.objects.get(pk=user.pk)


def test_an_account_without_a_person_moves_no_money(gf_aplerbeck, wf1, wf2):
    personas.allow_transfers()
    asked, small = joint(), personas.application(personas.handed_in(gf_aplerbeck, pillar_2="100"))
    granted = personas.application(personas.approved(gf_aplerbeck, pillar_2="100"))
    of_district = personas.application(personas.approved(gf_aplerbeck))
    for each in (granted, of_district):
        called.pay(each, amount=Decimal(2), actor=wf2)
    personas.more_money()
    year, expense = personas.this_year(), Pot.objects.get(code="GK").expenses.get()
    transfer = personas.pot("S1-APL").transfers_out.get()
    special = personas.pot("SPENDE")
    actor = nameless(wf2)
    one = Decimal(1)
    for act in (
        lambda: services.sign(asked, amount=MUCH, actor=actor),
        lambda: services.approve(small, amount=Decimal(100), actor=actor),
        lambda: services.reject(small, reason="Nein", actor=actor),
        lambda: services.return_to_applicant(small, reason="Wozu?", actor=actor),
        lambda: services.reduce(granted, to=Decimal(2), reason="x", actor=actor),
        lambda: services.revoke(granted, reason="x", actor=actor),
        *bookings(granted, actor).values(),
        *bookings(of_district, actor).values(),
        lambda: services.request_transfer(
            personas.pot("S2"), personas.pot("GK"), amount=one, reason="x", actor=actor
        ),
        lambda: services.confirm_transfer(transfer, actor=actor),
        lambda: services.refuse_transfer(transfer, reason="x", actor=actor),
        lambda: services.book_expense(year, amount=one, purpose="x", payee="x", actor=actor),
        lambda: services.reverse_expense(expense, reason="x", actor=actor),
        lambda: services.plan_year(year + 1, actor=actor),
        lambda: services.open_year(year + 1, actor=actor),
        lambda: services.open_pot(year, code="NEU", source="x", amount=one, actor=actor),
        lambda: services.raise_pot(special, amount=one, reason="x", actor=actor),
        lambda: services.return_unused(special, amount=one, reason="x", actor=actor),
    ):
        refused(ConflictOfInterest, act, "Konto gehört zu keiner Person.*Vereinsverwaltung")


def test_an_account_without_a_person_reads_what_is_missing(client: Client, wf1):
    application = joint()
    client.force_login(nameless(wf1))
    page = client.get(application.get_absolute_url()).content.decode()
    assert "Ihr Konto gehört zu keiner Person" in page
    assert 'id="a-decide"' not in page
    start = client.get("/").content.decode()
    assert "wartet auf Sie</span>" not in start
    assert application.project.title in start


# A first signature that does not count any more


def left(user: User) -> None:
    user.groups.clear()


def locked(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def lost_the_person(user: User) -> None:
    nameless(user)


def took_a_mandate(user: User) -> None:
    Mandate.objects.create(
        person=user.person, district=personas.district("BRA"), kind="district_mayor", since=personas.SINCE
    )


def became_editor(user: User) -> None:
    Project.objects.get().editors.add(user)


LAPSES = {
    left: "handelt nicht mehr für die Wirtschaftsförderung",
    locked: "handelt nicht mehr für die Wirtschaftsförderung",
    lost_the_person: "hat kein Konto mit einer Person mehr",
    took_a_mandate: "wirkt inzwischen selbst am Projekt",
    became_editor: "wirkt inzwischen selbst am Projekt",
}
each_lapse = pytest.mark.parametrize(
    ("lapse", "why"), LAPSES.items(), ids=lambda x: getattr(x, "__name__", "")
)


@each_lapse
def test_who_may_not_sign_any_more_has_not_signed(wf1, wf2, lapse, why):
    application = signed(joint(), wf1)
    lapsed = Application.objects.annotate(lapsed=signature_lapsed(today())).get()
    assert (lapsed.lapsed, permissions.lapsed_signature(application, today())) == (False, "")
    lapse(wf1)
    refused(
        ConflictOfInterest,
        lambda: services.approve(application, amount=MUCH, actor=wf2),
        f"gilt nicht mehr: .* {why}.*zeichnen Sie neu",
    )
    lapsed = Application.objects.annotate(lapsed=signature_lapsed(today())).get()
    assert lapsed.lapsed
    assert why in permissions.lapsed_signature(lapsed, today())
    assert "zeichnet neu" in next_step(lapsed)


@each_lapse
def test_a_new_first_signature_takes_the_place_of_the_old_one(wf1, wf2, lapse, why):
    application = services.sign(joint(), amount=Decimal(6000), reason="Weniger reicht.", actor=wf1)
    lapse(wf1)
    again = services.sign(application, amount=MUCH, actor=wf2)
    assert (again.state, again.first_signer, again.reserved) == ("reserved", wf2, MUCH)
    assert personas.pot("S2").reserved == MUCH
    steps = list(Decision.objects.filter(application=again).values_list("step", "amount"))
    assert steps == [("submit", MUCH), ("sign", 6000), ("unsign", 6000), ("sign", MUCH)]
    assert why in Decision.objects.get(step="unsign").reason
    assert list(differences()) == []
    third = personas._account("wf3", "Wilma", "Wald", group=groups.BUSINESS_DEVELOPMENT)
    granted = services.approve(again, amount=MUCH, actor=third)
    assert (granted.first_signer, granted.second_signer, granted.granted) == (wf2, third, MUCH)
    assert (personas.pot("S2").reserved, personas.pot("S2").committed) == (0, MUCH)
    assert list(differences()) == []


def test_a_small_amount_needs_no_new_first_signature(wf1, wf2):
    application = signed(joint(), wf1)
    left(wf1)
    granted = services.approve(application, amount=Decimal(100), reason="Kleiner.", actor=wf2)
    assert (granted.first_signer, granted.second_signer, granted.reserved) == (wf2, None, 0)
    assert list(granted.decisions.values_list("step", flat=True)) == ["submit", "sign", "unsign", "approve"]
    assert (personas.pot("S2").reserved, personas.pot("S2").committed) == (0, 100)


def test_a_signature_that_counts_is_not_replaced(wf1, wf2):
    application = signed(joint(), wf1)
    refused(
        TransitionNotAllowed,
        lambda: services.sign(application, amount=MUCH, actor=wf2),
        "einmal unterschrieben",
    )


def test_the_other_applications_of_a_project_say_it_too(client: Client, wf1, wf2):
    pool = signed(joint(shares={"APL": "1000"}), wf1)
    left(wf1)
    client.force_login(wf2)
    page = client.get(personas.application(pool.project, "S1-APL").get_absolute_url()).content.decode()
    assert pool.get_absolute_url() in page
    assert "neu zu zeichnen</span>" in page and "zweite Unterschrift</span>" not in page


def test_the_pages_ask_for_a_new_signature(client: Client, wf1, wf2):
    application = signed(joint(), wf1)
    client.force_login(wf2)
    assert "Wartet auf Ihre zweite Unterschrift" in client.get("/").content.decode()
    assert client.get("/").context["second_signatures"]
    left(wf1)
    start = client.get("/")
    assert not start.context["second_signatures"]
    assert "neu zu zeichnen" in start.content.decode()
    listed = client.get("/foerderung/antraege/").content.decode()
    assert "erste Unterschrift gilt nicht mehr" in listed
    assert "wartet auf Sie" in listed
    assert "neu zu zeichnen</span>" in listed and "zweite Unterschrift</span>" not in listed
    project = client.get(application.project.get_absolute_url()).content.decode()
    assert "Die erste Unterschrift gilt nicht mehr" in project
    assert "neu zu zeichnen</span>" in project
    page = client.get(application.get_absolute_url())
    text = page.content.decode()
    assert "Die erste Unterschrift gilt nicht mehr:</strong> Wanda Wirtschaft handelt nicht mehr" in text
    assert "Mitzeichnen" not in text
    assert "neu zu zeichnen" in text
    form = page.context["decide"]
    data = {**form.initial, "key": form["key"].value(), "amount": "9.000,00"}
    answer = client.post(application.get_absolute_url(), data, follow=True)
    assert "Erste Unterschrift geleistet" in answer.content.decode()
    assert Application.objects.get().first_signer == wf2


# A signature that is taken back


def test_the_first_signer_takes_back_a_signature_that_nobody_has_answered(wf1, wf2):
    application = joint(on=today() - timedelta(days=9))
    signed(application, wf1)
    assert OutboxMail.objects.filter(user=wf2, subject__contains="zweite Unterschrift nötig").exists()
    refused(
        TransitionNotAllowed,
        lambda: services.retract_signature(application, actor=wf2),
        "wer sie geleistet hat",
    )
    free = services.retract_signature(application, actor=wf1, reason="Zu früh.")
    assert (free.state, free.reserved, free.first_signer) == ("submitted", 0, None)
    assert free.waiting_since == today() - timedelta(days=9)
    assert personas.pot("S2").reserved == 0
    step = free.decisions.latest("pk")
    assert (step.step, step.amount, step.reason, step.actor) == ("unsign", MUCH, "Zu früh.", wf1)
    # What had not gone out is not sent any more.
    subjects = list(OutboxMail.objects.filter(user=wf2).values_list("subject", flat=True))
    assert not [s for s in subjects if "zweite Unterschrift nötig" in s]
    assert [s for s in subjects if "erste Unterschrift zurückgenommen" in s]
    assert list(differences()) == []
    # Then everything begins anew, for the same two people.
    services.approve(signed(free, wf2), amount=MUCH, actor=wf1)


def test_who_has_left_the_staff_takes_back_no_signature(wf1):
    application = signed(joint(), wf1)
    wf1.groups.clear()
    refused(
        TransitionNotAllowed,
        lambda: services.retract_signature(application, actor=wf1),
        "entscheidet die Wirtschaftsförderung",
    )


def test_what_was_answered_is_not_taken_back(wf1, wf2):
    application = services.approve(signed(joint(), wf1), amount=MUCH, actor=wf2)
    refused(
        TransitionNotAllowed, lambda: services.retract_signature(application, actor=wf1), "schon bewilligt"
    )
    returned = services.return_to_applicant(signed(joint(), wf1), reason="Frage", actor=wf2)
    refused(TransitionNotAllowed, lambda: services.retract_signature(returned, actor=wf1), "Stadtbezirk")


def test_the_page_offers_it_to_the_first_signer_alone(client: Client, wf1, wf2):
    application = signed(joint(), wf1)
    client.force_login(wf2)
    assert "Unterschrift zurücknehmen" not in client.get(application.get_absolute_url()).content.decode()
    client.force_login(wf1)
    page = client.get(application.get_absolute_url())
    assert "Unterschrift zurücknehmen" in page.content.decode()
    form = page.context["forms"]["unsign"]
    data = {**form.initial, "key": form["key"].value(), "reason": ""}
    for _ in range(2):
        answer = client.post(application.get_absolute_url(), data, follow=True)
    assert "gebucht wurde nur einmal" in answer.content.decode()
    assert Application.objects.get().state == "submitted"
    assert Decision.objects.filter(step="unsign").count() == 1


# A grant that two people signed is made less by two


def granted_by_two() -> Application:
    """9,000 euro, signed by wf1 and wf2."""
    application = joint()
    personas.approve(application)
    return Application.objects.get(pk=application.pk)


def ask(application: Application, what: str, by: User, to: str | Decimal | None = None) -> GrantChange:
    amount = Decimal(to) if to else None
    return services.request_change(application, what=what, to=amount, reason="Kosten gesunken.", actor=by)


def figures() -> tuple[Decimal, Decimal]:
    """What is granted, and what is free in the pool."""
    return Application.objects.get().granted or Decimal(0), personas.pot("S2").available


@pytest.mark.parametrize("what", ["reduce", "revoke", "settle", "repay"])
def test_one_person_alone_makes_no_such_grant_less(what, wf1, wf2):
    application = granted_by_two()
    called.pay(application, amount=Decimal(500), actor=wf1)
    alone = {
        "reduce": lambda: services.reduce(application, to=Decimal(900), reason="x", actor=wf1),
        "revoke": lambda: services.revoke(application, reason="x", actor=wf1),
        "settle": lambda: services.settle(application, actor=wf1),
        "repay": lambda: services.repay(application, amount=Decimal(100), actor=wf1),
    }
    to = {"reduce": Decimal(900), "repay": MUCH - 100}.get(what)
    refused(TransitionNotAllowed, alone[what], "zwei Personen unterschrieben")
    before = figures()
    change = ask(application, what, wf1, to)
    assert figures() == before == (MUCH, 71000)  # nothing is booked before
    refused(ConflictOfInterest, lambda: services.confirm_change(change, actor=wf1), "selbst beantragt")
    done = services.confirm_change(change, actor=wf2)
    left = to or Decimal(500)
    assert figures() == (left, 80000 - left)
    assert (done.state, done.decided_by, done.decision.step, done.decision.actor) == (
        "confirmed",
        wf2,
        what,
        wf2,
    )
    assert done.decision.reason == "Kosten gesunken."
    assert list(differences()) == []


def test_what_one_person_signed_one_makes_less(gf_aplerbeck, wf1):
    small = personas.application(personas.approved(gf_aplerbeck, pillar_2="100"))
    refused(TransitionNotAllowed, lambda: ask(small, "reduce", wf1, "50"), "eine genügt auch jetzt")
    assert services.reduce(small, to=Decimal(50), reason="x", actor=wf1).granted == 50


def test_who_may_not_decide_asks_for_nothing_and_confirms_nothing(wf1, wf2, wf_with_mandate, gf_aplerbeck):
    application = granted_by_two()
    refused(ConflictOfInterest, lambda: ask(application, "revoke", wf_with_mandate), "Mandat in Aplerbeck")
    refused(
        TransitionNotAllowed, lambda: ask(application, "revoke", gf_aplerbeck), "nur die Wirtschaftsförderung"
    )
    change = ask(application, "revoke", wf1)
    refused(
        ConflictOfInterest,
        lambda: services.confirm_change(change, actor=wf_with_mandate),
        "Mandat in Aplerbeck",
    )
    left(wf1)
    refused(
        ConflictOfInterest, lambda: services.confirm_change(change, actor=wf2), "inzwischen selbst nicht mehr"
    )
    services.refuse_change(change, reason="Neu beantragen.", actor=wf2)


def test_while_it_waits_nothing_else_happens_to_the_grant(wf1, wf2):
    application = granted_by_two()
    called.pay(application, amount=Decimal(500), actor=wf1)
    change = ask(application, "reduce", wf1, "900")
    for act in (
        lambda: called.pay(application, amount=Decimal(1), actor=wf2),
        lambda: ask(application, "repay", wf2, MUCH - 1),
        lambda: ask(application, "revoke", wf2),
    ):
        refused(TransitionNotAllowed, act, "wartet auf eine zweite Person")
    with pytest.raises(IntegrityError), transaction.atomic():
        GrantChange.objects.create(
            application=application, what="revoke", granted=MUCH, amount=0, reason="x", requested_by=wf2,
            requested_on=today(),
        )  # fmt: skip
    services.refuse_change(change, reason="Doch nicht.", actor=wf1)
    called.pay(application, amount=Decimal(1), actor=wf2)
    for late in (
        lambda: services.confirm_change(change, actor=wf2),
        lambda: services.refuse_change(change, reason="x", actor=wf2),
    ):
        refused(TransitionNotAllowed, late, "schon entschieden: nicht gebucht")


def test_what_has_changed_past_the_services_is_not_confirmed(wf1, wf2):
    change = ask(granted_by_two(), "revoke", wf1)
    Application.objects.update(paid=Decimal(1))
    Pot.objects.filter(code="S2").update(paid=Decimal(1))
    refused(TransitionNotAllowed, lambda: services.confirm_change(change, actor=wf2), "hat sich geändert")


def test_amounts_and_reasons_are_checked_when_it_is_asked_for(wf1):
    application = granted_by_two()
    called.pay(application, amount=Decimal(500), actor=wf1)
    for to, match in (("9000", "kleineren"), ("499.99", "Schon ausgezahlt"), ("0.001", "Nachkommastellen")):
        refused(TransitionNotAllowed, lambda to=to: ask(application, "reduce", wf1, to), match)
    for reason in ("", " \n"):
        refused(
            TransitionNotAllowed,
            lambda reason=reason: services.request_change(
                application, what="revoke", reason=reason, actor=wf1
            ),
            "begründen",
        )
    called.pay(application, amount=Decimal(8500), actor=wf1)
    refused(TransitionNotAllowed, lambda: ask(application, "settle", wf1), "kann eine Person allein")
    assert services.settle(application, actor=wf1).state == "settled"


def test_the_database_refuses_what_one_person_decides_and_keeps_what_is_decided(wf1, wf2):
    application = granted_by_two()
    change = ask(application, "reduce", wf1, "900")
    decision = application.decisions.latest("pk")
    rows = GrantChange.objects.filter(pk=change.pk)
    confirmed = {"state": "confirmed", "decided_on": today(), "decision": decision}
    for values in (
        {**confirmed, "decided_by": wf1},
        {"state": "confirmed", "decided_by": wf2, "decided_on": today()},
        {"amount": Decimal(10)},
        {"granted": Decimal(10_000)},
        {"requested_by": wf2},
        {"reason": "Anders."},
        {"what": "revoke"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**values)
    services.confirm_change(change, actor=wf2)
    for values in ({"state": "requested", "decided_by": None, "decided_on": None}, {"refusal": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.delete()


def test_the_second_person_hears_of_it_and_reads_what_happens(client: Client, wf1, wf2, gf_aplerbeck):
    application = granted_by_two()
    client.force_login(wf1)
    page = client.get(application.get_absolute_url())
    form = page.context["forms"]["reduce"]
    assert "Verringerung beantragen" in page.content.decode()
    data = {**form.initial, "key": form["key"].value(), "amount": "900", "reason": "Kosten gesunken."}
    for expected in ("Gebucht ist noch nichts", "gebucht wurde nur einmal"):
        assert expected in client.post(application.get_absolute_url(), data, follow=True).content.decode()
    change = GrantChange.objects.get()
    address = change.get_absolute_url()
    assert figures() == (MUCH, 71000)
    notice = worded(OutboxMail.objects.get(user=wf2, key__startswith="grant-change:"))
    assert notice.body.count(address) == 1
    assert not OutboxMail.objects.filter(user=wf1, key__startswith="grant-change:").exists()
    # Who asked sees it waiting, and takes it back only.
    own = client.get(address).content.decode()
    assert "Sie haben diese Änderung selbst beantragt" in own
    assert "Bestätigen und buchen" not in own
    waiting = client.get(application.get_absolute_url())
    assert "Wartet auf eine zweite Person" in waiting.content.decode()
    assert not {"reduce", "revoke"} & set(waiting.context["forms"])
    assert address not in client.get("/").content.decode()
    client.force_login(wf2)
    assert address in client.get("/").content.decode()
    shown = client.get(address)
    text = shown.content.decode().replace("\u00a0", " ")
    for figure in ("9.000,00 €", "900,00 €", "8.100,00 €", "79.100,00 €"):
        assert figure in text
    data = {"step": "confirm", "key": shown.context["confirming"]["key"].value()}
    assert "sind 8.100,00 € wieder frei" in client.post(address, data, follow=True).content.decode().replace(
        "\u00a0", " "
    )
    assert figures() == (Decimal(900), 79100)
    history = client.get(application.get_absolute_url()).content.decode()
    assert "beantragt von Wanda Wirtschaft" in history
    assert address not in client.get("/").content.decode()
    client.force_login(gf_aplerbeck)
    assert "Bestätigen" not in client.get(address).content.decode()


def test_a_refused_repayment_says_what_should_have_become_of_the_grant(client: Client, wf1, wf2):
    application = granted_by_two()
    called.pay(application, amount=Decimal(4000), actor=wf1)
    change = ask(application, "repay", wf1, "8000")
    services.refuse_change(change, reason="Es kam nichts zurück.", actor=wf2)
    client.force_login(wf1)
    text = client.get(change.get_absolute_url()).content.decode().replace("\u00a0", " ")
    assert "Sie sollte durch eine Rückzahlung von 9.000,00 € auf 8.000,00 € sinken." in text
    assert "abgerechnet" not in text


def test_who_asked_hears_of_a_refusal(client: Client, wf1, wf2):
    change = ask(granted_by_two(), "revoke", wf1)
    client.force_login(wf2)
    key = client.get(change.get_absolute_url()).context["refusing"]["key"].value()
    data = {"step": "refuse", "key": key, "reason": ""}
    assert client.post(change.get_absolute_url(), data).status_code == 422
    data["reason"] = "Das Fest findet statt."
    answer = client.post(change.get_absolute_url(), data, follow=True).content.decode()
    assert "Gebucht wurde nichts" in answer
    assert OutboxMail.objects.filter(user=wf1, subject__endswith="Bewilligung bleibt").count() == 1
    assert not OutboxMail.objects.filter(subject__endswith="zweite Person nötig").exists()
    assert figures() == (MUCH, 71000)


# Two staff are enough


def test_two_people_take_every_act_of_two_people(gf_aplerbeck, wf1, wf2):
    """Who signed a grant releases its payment as well; nobody else works here."""
    personas.allow_transfers()
    assert User.objects.filter(groups__name=groups.BUSINESS_DEVELOPMENT).count() == 2
    application = services.approve(signed(joint(), wf1), amount=MUCH, actor=wf2)
    services.confirm_change(ask(application, "reduce", wf2, "8500"), actor=wf1)
    change(application.project, personas.gf_aplerbeck(), costs=costs("8500"))
    called.pay(application, amount=Decimal(8000), actor=wf1)
    services.confirm_change(ask(application, "repay", wf1, "8000"), actor=wf2)
    services.confirm_change(ask(application, "settle", wf2), actor=wf1)
    transfer = services.request_transfer(
        personas.pot("S2"), personas.pot("GK"), amount=Decimal(1), reason="Porto", actor=wf1
    )
    services.confirm_transfer(transfer, actor=wf2)
    row = FinancingItem.objects.get(kind=FinancingItem.Kind.PILLAR_2)
    assert row.granted == Decimal(7500)
    assert list(differences()) == []


def test_verify_ledger_follows_signatures_undone_and_grants_made_less(wf1, wf2):
    third = personas._account("wf3", "Wilma", "Wald", group=groups.BUSINESS_DEVELOPMENT)
    application, small = signed(joint(), wf1), signed(joint(), wf1)
    left(wf1)
    services.retract_signature(signed(application, wf2), actor=wf2)
    services.approve(signed(application, third), amount=MUCH, actor=wf2)
    services.confirm_change(ask(application, "reduce", wf2, "8500"), actor=third)
    services.approve(small, amount=Decimal(100), reason="Weniger genügt.", actor=third)
    call_command("verify_ledger", stdout=StringIO())
