"""Proofs of use: what a district writes, what is missing, how it is checked, cut, signed and accepted."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.core.management import call_command

from funding import services as core
from funding.errors import (
    AlreadyDone,
    ConflictOfInterest,
    FundingError,
    NotEligible,
    PlanIncomplete,
    TransitionNotAllowed,
)
from funding.ledger import differences
from funding.letters.services.drawing import unwritten
from funding.models import Application, FiscalYear, GrantChange
from funding.proofs import due, notices, services, verify
from funding.proofs.facts import reckoning_of, rules_of
from funding.proofs.missing import missing as lacking
from funding.proofs.missing import remarks
from funding.proofs.models import AuditNote, ProofOfUse, ProofRow, ProofRules, Sample, SamplePick, Voucher
from funding.proofs.reckoning import Reckoning
from funding.proofs.sampling import drawn
from funding.proofs.services import Added, Cut, Entered, VoucherData
from funding.proofs.transitions import TABLE, proof_seen
from funding.proofs.twins import same_elsewhere
from funding.transitions import changes_of
from funding.verify import applications
from funding.who_acts_next import next_step
from members.common import stored
from members.common.keys import new_key
from members.common.money import format_euro
from members.models import OutboxMail
from members.roles.permissions import Roles
from projects.models import Project
from tests import called, files
from tests import personas as p
from tests.personas import today
from tests.tampering import lift_guards
from tests.test_project_pages import signed_in, text_of

pytestmark = pytest.mark.django_db

S = ProofOfUse.State
REPORT = {"done": "Ein Fest.", "publicity": "Auf dem Plakat.", "originals_at": "Verein", "confirmed": True}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    options = {**settings.STORAGES["default"]["OPTIONS"], "location": tmp_path}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": options}}
    return tmp_path


def grant(paid: str = "500", *, of: Callable[[], Any] = p.gf_aplerbeck, **project: Any) -> Application:
    """A grant with what was paid of it; 500 euro of the district's own pot by default."""
    project = {"shares": {p.Roles(of()).districts[0].code: "500"}} | project
    application = p.application(p.approved(of(), **project), "S2" if project.get("pillar_2") else None)
    p.accept(application)
    if paid != "0":
        called.pay(application, amount=Decimal(paid), actor=p.wf1())
    application.refresh_from_db()
    return application


def opened(application: Application | None = None, **more: Any) -> ProofOfUse:
    application = application or grant(**more)
    return services.open_proof(application, actor=called.caller(application))


def filled(proof: ProofOfUse, actual: str, **report: Any) -> ProofOfUse:
    """All that a simple proof needs: the whole actual in its first row of costs."""
    actor = called.caller(proof.application)
    rows = [row for row in proof.rows.all() if not row.is_grant]
    costs = [row for row in rows if row.is_cost]
    figures = {row.pk: Decimal(0) for row in rows} | {costs[0].pk: Decimal(actual)}
    report = {"procurement": "Drei Angebote.", **REPORT, **report}
    if proof.depth == "list" and Decimal(actual) and not costs[0].vouchers.exists():
        data = VoucherData("1", today(), Decimal(actual), "Bäcker")
        services.enter_voucher(costs[0], data=data, actor=actor)
    return services.save_proof(proof, entered=Entered(report=report, actual=figures), actor=actor)


def in_(actual: str = "500", **more: Any) -> ProofOfUse:
    proof = filled(opened(**more), actual)
    return services.hand_in(proof, actor=called.caller(proof.application))


def note(proof: ProofOfUse, *, by: Any = None, **more: Any) -> AuditNote:
    return services.note(proof, text="Geprüft.", depth="simple", actor=by or p.wf1(), **more)


def fresh(row: Any) -> Any:
    row = type(row).objects.get(pk=row.pk)
    return row


def first_cost(proof: ProofOfUse) -> ProofRow:
    return proof.rows.filter(side="cost")[0]


# Writing


def test_it_begins_with_the_plan_as_decided_and_what_the_application_said() -> None:
    proof = opened(shares={"APL": "500"}, others=[{"kind": "own", "amount": "200"}])
    rows = list(proof.rows.all())
    assert sorted((row.side, row.planned, row.is_grant) for row in rows) == [
        ("cost", Decimal(700), False), ("financing", Decimal(200), False), ("financing", Decimal(500), True),
    ]  # fmt: skip
    assert all(row.actual is None for row in rows)
    assert (proof.done, proof.due_on) == (proof.application.project.summary, proof.decision.proof_due_on)
    assert services.open_proof(proof.application, actor=p.gf_aplerbeck()) == proof
    assert not list(verify.proofs()) + list(verify.figures())


def test_only_the_calling_district_writes_it_and_only_a_grant_is_proved() -> None:
    proof = opened()
    for stranger in (p.gf_brackel(), p.wf1(), p.auditor(), p.board(), p.superuser()):
        with pytest.raises(TransitionNotAllowed):
            services.save_proof(proof, entered=Entered(report={"done": "x"}), actor=stranger)
    assert not ProofOfUse.objects.visible_to(Roles(p.gf_brackel())).exists()
    assert ProofOfUse.objects.visible_to(Roles(p.gf_aplerbeck())).exists()
    asked = p.application(p.handed_in(p.gf_aplerbeck()))
    with pytest.raises(NotEligible):
        services.open_proof(asked, actor=p.gf_aplerbeck())


def test_what_is_typed_is_kept_and_an_older_page_does_not_overwrite_it() -> None:
    proof = opened()
    seen = proof_seen(proof)
    row = first_cost(proof)
    gf = p.gf_aplerbeck()
    entered = Entered(
        report={"done": "Erst halb.", "hours": 12}, actual={row.pk: Decimal("12.50")},
        added=[Added("cost", "Kuchen", Decimal(3))],
    )  # fmt: skip
    services.save_proof(proof, entered=entered, actor=gf, seen=seen)
    proof = fresh(proof)
    assert (proof.done, proof.hours, first_cost(proof).actual) == ("Erst halb.", 12, Decimal("12.50"))
    added = proof.rows.get(is_planned=False)
    assert (added.label, added.planned, added.actual) == ("Kuchen", 0, 3)
    with pytest.raises(TransitionNotAllowed, match="hat sich geändert"):
        services.save_proof(proof, entered=Entered(report={"done": "Älter."}), actor=gf, seen=seen)
    services.save_proof(proof, entered=Entered(removed=[added.pk]), actor=gf)
    assert not proof.rows.filter(is_planned=False).exists()
    with pytest.raises(TransitionNotAllowed, match="geplante Zeile"):
        services.save_proof(proof, entered=Entered(removed=[row.pk]), actor=gf)


@pytest.mark.parametrize(
    ("entered", "field"),
    [
        ({"visitors": -1}, "visitors"),
        ({"value_created": Decimal(-1)}, "value_created"),
        ({"done": "DE89370400440532013000"}, "done"),
        ({"press": "x" * 3001}, "press"),
    ],
)
def test_a_wrong_answer_is_refused_at_its_field(entered: dict[str, Any], field: str) -> None:
    proof = opened()
    with pytest.raises(TransitionNotAllowed) as refused:
        services.save_proof(proof, entered=Entered(report=entered), actor=p.gf_aplerbeck())
    assert refused.value.field == field


# Handing in


def test_handing_in_names_what_is_missing_at_its_field() -> None:
    proof = opened()
    gf, row = p.gf_aplerbeck(), first_cost(opened(proof.application))
    services.save_proof(proof, entered=Entered(report={"done": ""}), actor=gf)
    with pytest.raises(PlanIncomplete) as refused:
        services.hand_in(proof, actor=gf)
    assert {"done", "publicity", f"row-{row.pk}", "confirmed"} == set(refused.value.missing)
    filled(proof, "500")
    assert services.hand_in(proof, actor=gf).state == S.HANDED_IN


def test_costs_of_nothing_are_explained_and_large_ones_say_who_got_the_order() -> None:
    proof = filled(opened(paid="0", shares={"APL": "2000"}), "0", procurement="")
    with pytest.raises(PlanIncomplete) as refused:
        services.hand_in(proof, actor=p.gf_aplerbeck())
    assert set(refused.value.missing) == {"explanation"}
    filled(proof, "1000", procurement="")
    with pytest.raises(PlanIncomplete) as refused:
        services.hand_in(proof, actor=p.gf_aplerbeck())
    assert set(refused.value.missing) == {"procurement"}


def test_hours_are_not_counted_a_second_time_as_own_work() -> None:
    proof = opened(
        shares={"APL": "500"}, others=[{"kind": "in_kind", "amount": "300"}], costs=[("Fest", "800")]
    )
    row, actor = proof.rows.get(kind="in_kind"), p.gf_aplerbeck()
    filled(proof, "800", hours=20)
    assert not lacking(fresh(proof), rules_of(proof))
    services.save_proof(proof, entered=Entered(actual={row.pk: Decimal(300)}), actor=actor)
    said = "Als Eigenleistung sind 300,00\u00a0€ eingetragen, und aus dem Bericht zählt von selbst mit: 20\u00a0ehrenamtliche Stunden."
    assert lacking(fresh(proof), rules_of(proof)).keys() == {"hours"}
    assert lacking(fresh(proof), rules_of(proof))["hours"].startswith(said)
    services.save_proof(proof, entered=Entered(report={"explanation": "Nur Material."}), actor=actor)
    proof = fresh(proof)
    assert not lacking(proof, rules_of(proof)) and remarks(proof, list(proof.rows.all())) == [
        f"{said} Dieselbe Arbeit darf nur einmal zählen. Erläutert ist dazu: „Nur Material.“"
    ]


def test_work_that_nobody_paid_is_not_paid_for() -> None:
    proof = opened(
        shares={"APL": "500"}, others=[{"kind": "in_kind", "amount": "300"}], costs=[("Fest", "800")]
    )
    filled(proof, "350")
    given = Entered(actual={proof.rows.get(kind="in_kind").pk: Decimal(300)})
    services.save_proof(proof, entered=given, actor=p.gf_aplerbeck())
    assert reckoning_of(fresh(proof)).amount == 50


def test_income_above_the_costs_is_told() -> None:
    proof = filled(opened(), "300")
    [said] = remarks(proof, list(proof.rows.prefetch_related("vouchers")))
    assert "kamen 500,00\u00a0€ herein" in said and "200,00\u00a0€ sind übrig" in said


def test_a_late_one_is_taken_and_marked_also_after_the_year_was_closed() -> None:
    assert not in_("500").late
    proof = filled(opened(), "500")
    ProofOfUse.objects.filter(pk=proof.pk).update(due_on=today() - timedelta(days=1))
    lift_guards()  # that nothing is open in a year that closes
    FiscalYear.objects.filter(pk=proof.application.pot.year_id).update(state=FiscalYear.State.CLOSED)
    assert services.hand_in(proof, actor=p.gf_aplerbeck()).late


def test_sent_twice_it_is_handed_in_once() -> None:
    proof, key = filled(opened(), "500"), new_key()
    services.hand_in(proof, actor=p.gf_aplerbeck(), key=key)
    with pytest.raises(AlreadyDone):
        services.hand_in(proof, actor=p.gf_aplerbeck(), key=key)
    with pytest.raises(TransitionNotAllowed, match="jetzt ändert sich"):
        filled(fresh(proof), "400")


# Vouchers


def test_a_row_becomes_the_sum_of_its_vouchers() -> None:
    proof, gf = opened(), p.gf_aplerbeck()
    row = first_cost(proof)
    one = services.enter_voucher(row, data=VoucherData("1", today(), Decimal(100), "Bäcker"), actor=gf)
    services.enter_voucher(row, data=VoucherData("2", today(), Decimal("20.50"), "Bäcker"), actor=gf)
    assert fresh(row).actual == Decimal("120.50")
    services.save_proof(proof, entered=Entered(actual={row.pk: Decimal(999)}), actor=gf)
    assert fresh(row).actual == Decimal("120.50")
    services.change_voucher(one, data=VoucherData("1", today(), Decimal(90), "Bäcker"), actor=gf)
    assert fresh(row).actual == Decimal("110.50")
    services.remove_voucher(one, actor=gf)
    assert fresh(row).actual == Decimal("20.50")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"amount": Decimal(-5)}, "amount"),
        ({"amount": Decimal(0)}, "amount"),
        ({"day": timedelta(days=1)}, "day"),
        ({"day": date(2003, 1, 1)}, "day"),
    ],
)
def test_a_voucher_that_cannot_be_is_refused(data: dict[str, Any], field: str) -> None:
    with pytest.raises(TransitionNotAllowed) as refused:
        services.enter_voucher(
            first_cost(opened()), data=VoucherData(**p.dated(data)), actor=p.gf_aplerbeck()
        )
    assert refused.value.field == field


def test_a_voucher_outside_the_period_is_marked() -> None:
    proof = opened()
    first, _ = proof.period
    outside = (first or today()) - timedelta(days=30)
    services.enter_voucher(
        first_cost(proof), data=VoucherData("7", outside, Decimal(500), "Bäcker"), actor=p.gf_aplerbeck()
    )
    rows = list(proof.rows.prefetch_related("vouchers"))
    (said,) = [said for said in remarks(proof, rows) if "außerhalb" in said]
    assert "Beleg 7" in said
    (voucher,) = [voucher for row in rows for voucher in row.vouchers.all()]
    assert voucher.is_outside
    voucher.struck = True
    assert not voucher.is_outside


def test_files_come_several_at_once_and_the_same_one_once() -> None:
    proof, gf = opened(), p.gf_aplerbeck()
    row = first_cost(proof)
    photo, pdf = files.upload(files.photo(), "a.jpg"), files.upload(b"%PDF-1.4\n1 0 obj\n%%EOF\n", "b.pdf")
    made = services.add_vouchers(row, files=[photo, pdf], actor=gf)
    assert [voucher.kind for voucher in made] == ["jpeg", "pdf"]
    assert all(stored.is_whole(voucher.sha256) for voucher in made)
    before = fresh(proof).version
    with pytest.raises(AlreadyDone, match=r"c\.pdf ist hier schon als b\.pdf hinterlegt\."):
        services.add_vouchers(row, files=[files.upload(b"%PDF-1.4\n1 0 obj\n%%EOF\n", "c.pdf")], actor=gf)
    assert fresh(proof).version == before
    new = b"%PDF-1.4\n2 0 obj\n%%EOF\n"
    again = [files.upload(files.photo(), "a.jpg"), files.upload(new, "neu.pdf"), files.upload(new, "neu.pdf")]
    with pytest.raises(
        AlreadyDone, match=r"^a\.jpg ist hier schon hinterlegt\. neu\.pdf ist hier schon hinterlegt\.$"
    ):
        services.add_vouchers(row, files=again, actor=gf)
    assert [voucher.name for voucher in row.vouchers.all()] == ["a.jpg", "b.pdf", "neu.pdf"]
    assert fresh(row).actual is None


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("IMG_1.HEIC", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "Maximale Kompatibilität"),
        ("leer.pdf", b"", "leer"),
        ("brief.docx", files.docx(), "Ein Beleg ist ein Foto"),
    ],
)
def test_a_file_that_is_no_voucher_says_what_helps(name: str, content: bytes, said: str) -> None:
    with pytest.raises(TransitionNotAllowed, match=said):
        services.add_vouchers(
            first_cost(opened()), files=[files.upload(content, name)], actor=p.gf_aplerbeck()
        )


def test_depth_decides_whether_a_list_or_the_files_are_needed() -> None:
    proof = filled(opened(), "500")
    row = first_cost(proof)
    for depth, missing in (("list", {f"row-{row.pk}-vouchers"}), ("full", {f"row-{row.pk}-vouchers"})):
        proof.depth = depth
        assert set(lacking(proof, rules_of(proof))) == missing
    voucher = services.enter_voucher(
        row, data=VoucherData("1", today(), Decimal(500), ""), actor=p.gf_aplerbeck()
    )
    assert set(lacking(proof, rules_of(proof))) == {
        f"voucher-{voucher.pk}-payee",
        f"voucher-{voucher.pk}-file",
    }


def test_the_same_voucher_elsewhere_is_shown_without_what_the_reader_may_not_see() -> None:
    here, there = opened(), opened(of=p.gf_brackel)
    data = VoucherData("1", today(), Decimal(50), "Bäcker Müller")
    mine = services.enter_voucher(first_cost(here), data=data, actor=p.gf_aplerbeck())
    other = VoucherData("x", today(), Decimal(50), "bäcker  MÜLLER")
    services.enter_voucher(first_cost(there), data=other, actor=p.gf_brackel())
    [said] = same_elsewhere([mine], Roles(p.gf_aplerbeck()))[mine.pk]
    assert said.proof is None and str(there.application.project.number) not in said.said
    [said] = same_elsewhere([mine], Roles(p.auditor()))[mine.pk]
    assert said.proof == there and str(there.application.project.number) in said.said


# Checking


def test_only_what_was_asked_is_open_again() -> None:
    proof = filled(opened(others=[{"kind": "own", "amount": "200"}], shares={"APL": "500"}), "500")
    gf = p.gf_aplerbeck()
    row, own = first_cost(proof), proof.rows.get(kind="own")
    services.enter_voucher(row, data=VoucherData("1", today(), Decimal(500), "Bäcker"), actor=gf)
    services.hand_in(proof, actor=gf)
    with pytest.raises(TransitionNotAllowed) as refused:
        services.ask_back(proof, question="Warum?", actor=p.wf1())
    assert refused.value.field == "rows"
    services.ask_back(proof, rows=[own.pk], fields=["press"], question="Woher?", actor=p.wf1())
    entered = Entered(report={"done": "Anders.", "press": "Zeitung."}, actual={own.pk: Decimal(7)})
    services.save_proof(fresh(proof), entered=entered, actor=gf)
    proof = fresh(proof)
    assert (proof.done, proof.press, fresh(own).actual) == ("Ein Fest.", "Zeitung.", Decimal(7))
    with pytest.raises(TransitionNotAllowed, match="nicht gefragt"):
        services.remove_voucher(row.vouchers.get(), actor=gf)
    services.save_proof(proof, entered=Entered(report={"confirmed": True}), actor=gf)
    assert services.hand_in(proof, actor=gf).state == S.HANDED_IN
    assert not proof.rows.filter(asked=True).exists()


def test_a_voucher_that_was_handed_in_stays_and_counts_no_more() -> None:
    proof, gf = filled(opened(), "500"), p.gf_aplerbeck()
    row = first_cost(proof)
    one = services.enter_voucher(row, data=VoucherData("1", today(), Decimal(400), "Bäcker"), actor=gf)
    services.enter_voucher(row, data=VoucherData("2", today(), Decimal(100), "Bäcker"), actor=gf)
    services.hand_in(proof, actor=gf)
    services.ask_back(proof, rows=[row.pk], question="Zweimal?", actor=p.wf1())
    services.remove_voucher(one, actor=gf)
    assert (fresh(one).struck, fresh(row).actual) == (True, Decimal(100))


def test_a_cut_is_announced_and_decided_after_the_day_or_the_answer() -> None:
    proof = in_("500")
    row = first_cost(proof)
    cut = {row.pk: Cut(Decimal(600), "Nicht belegt.")}
    with pytest.raises(TransitionNotAllowed, match="mehr kann nicht gekürzt"):
        services.announce_cut(proof, cuts=cut, actor=p.wf1())
    services.announce_cut(proof, cuts={row.pk: Cut(Decimal(100), "Nicht belegt.")}, actor=p.wf1())
    proof = fresh(proof)
    assert (proof.state, proof.hearing_until) == (S.HEARING, today() + timedelta(days=14))
    with pytest.raises(TransitionNotAllowed, match="noch bis zum"):
        note(proof)
    services.answer_hearing(proof, answer="Stimmt.", actor=p.gf_aplerbeck())
    assert note(fresh(proof)).result == Decimal(400)
    assert fresh(proof).overpaid == Decimal(100)


def test_a_cut_is_taken_back_by_who_checks() -> None:
    proof = in_("500")
    services.announce_cut(proof, cuts={first_cost(proof).pk: Cut(Decimal(100), "x")}, actor=p.wf1())
    services.withdraw_cut(proof, reason="Doch belegt.", actor=p.wf1())
    assert (fresh(proof).state, first_cost(proof).cut) == (S.HANDED_IN, 0)


def test_who_took_part_checks_nothing() -> None:
    proof = in_("500")
    with pytest.raises(ConflictOfInterest):
        note(proof, by=p.wf_with_mandate())
    for stranger in (p.gf_aplerbeck(), p.auditor(), p.board(), p.superuser()):
        with pytest.raises(TransitionNotAllowed):
            note(proof, by=stranger)


def test_an_accepted_proof_settles_the_grant_and_releases_what_was_not_paid() -> None:
    proof = in_("300", paid="300")
    before = fresh(proof.application.pot).available
    assert note(proof).is_signed
    proof = fresh(proof)
    application = fresh(proof.application)
    assert (proof.state, proof.result, proof.overpaid) == (S.ACCEPTED, Decimal(300), 0)
    assert (application.state, application.granted) == ("settled", Decimal(300))
    assert fresh(application.pot).available == before + 200
    assert not list(verify.proofs()) + list(verify.figures())


def test_what_is_still_to_be_paid_stays_granted_and_no_more() -> None:
    proof = in_("900", paid="300", pillar_2="1000", shares={})
    note(proof)
    application = fresh(proof.application)
    assert (application.state, application.granted, application.paid) == (
        "approved",
        Decimal(900),
        Decimal(300),
    )


def test_what_was_paid_too_much_is_claimed_back() -> None:
    proof = in_("300", paid="400")
    note(proof)
    application = fresh(proof.application)
    assert (fresh(proof).result, fresh(proof).overpaid) == (Decimal(300), Decimal(100))
    assert (application.state, application.granted, application.reclaimed) == (
        "approved",
        Decimal(400),
        Decimal(100),
    )
    # What lapses is told in the letter of the claim.
    steps = {"reduce", "reclaim"}
    assert set(application.decisions.values_list("step", flat=True)) >= steps
    assert [each.step for each in unwritten().filter(step__in=steps)] == ["reclaim"]


def test_less_than_a_small_claim_is_not_claimed_and_the_grant_settled() -> None:
    ProofRules.objects.update(small_claim=Decimal(50))
    proof = in_("460", paid="500")
    note(proof)
    application = fresh(proof.application)
    assert (fresh(proof).overpaid, application.state, application.reclaimed) == (Decimal(40), "settled", 0)


def test_two_people_claim_back_what_two_granted() -> None:
    proof = in_("1500", paid="2000", pillar_2="6000", shares={})
    services.accept(note(proof), actor=p.wf2())
    assert fresh(proof.application).reclaimed == Decimal(500)
    assert [change.what for change in GrantChange.objects.order_by("pk")] == ["reduce", "reclaim"]


def page_of(application: Application) -> str:
    """What the Wirtschaftsförderung reads on the application's page."""
    return text_of(signed_in(p.wf1()).get(application.get_absolute_url()))


POTS = {
    "pillar_1": {"shares": {"APL": "1000"}},
    "pillar_2": {"shares": {}, "pillar_2": "1000"},
    "special": {"shares": {}, "special": {"SPK": "1000"}},
}


@pytest.mark.parametrize("pot", POTS)
@pytest.mark.parametrize(
    ("actual", "to_pay", "claimed"), [(1000, 600, 0), (700, 300, 0), (400, 0, 0), (250, 0, 150), (0, 0, 400)]
)
def test_every_result_on_every_pot_ends_explained(pot: str, actual: int, to_pay: int, claimed: int) -> None:
    """1.000 euro are granted and 400 paid. What nobody gets is free at once, whoever's pot it is."""
    if pot == "special":
        p.open_year()
        core.open_pot(p.this_year(), code="SPK", source="Sparkasse", amount=Decimal(1000), actor=p.wf1())
    proof = filled(opened(paid="400", **POTS[pot]), str(actual), explanation="Fiel kleiner aus.")
    services.hand_in(proof, actor=p.gf_aplerbeck())
    before = fresh(proof.application.pot).available
    note(proof)
    application = fresh(proof.application)
    assert (application.granted, application.callable, application.reclaimed) == (
        400 + to_pay,
        to_pay,
        claimed,
    )
    assert fresh(application.pot).available == before + 600 - to_pay
    if to_pay:
        assert "ruft den Rest von" in next_step(application)
        called.pay(application, amount=Decimal(to_pay), actor=p.wf1())
    if claimed:
        assert f"dafür, dass {format_euro(Decimal(claimed))} zurückgezahlt werden" in next_step(application)
        core.repay(application, amount=Decimal(claimed), actor=p.wf1())
    if to_pay or (claimed and actual):
        assert next_step(fresh(application)) == (
            "Der Nachweis ist anerkannt. Die Wirtschaftsförderung rechnet die Bewilligung ab."
        )
        assert list(due.to_check(Roles(p.wf1(), today()))) == [proof]
        core.settle(application, actor=p.wf1())
    application = fresh(application)
    assert (application.state, application.granted, application.paid) == (
        "settled" if actual else "revoked",
        actual,
        actual,
    )
    assert "Nichts mehr zu tun." in next_step(application)
    said = page_of(application)
    assert "Es fehlen noch" not in said
    assert ("Das war der Plan" in said) == (actual != 1000)
    assert f"anerkannte Kosten {format_euro(Decimal(actual))}".replace("\u00a0", " ") in said
    assert not due.to_check(Roles(p.wf1(), today()))
    assert not [*differences(), *applications(), *verify.proofs(), *verify.figures()]


def test_what_is_asked_for_after_a_revocation_needs_a_plan_that_balances_again() -> None:
    proof = filled(opened(paid="0"), "0", explanation="Fiel aus.")
    services.hand_in(proof, actor=p.gf_aplerbeck())
    note(proof)
    project = fresh(proof.application.project)
    assert (project.state, project.is_proved) == ("revoked", True)
    core.submit(project, actor=p.gf_aplerbeck())
    assert not fresh(project).is_proved


def test_projects_whose_proof_was_accepted_before_are_marked() -> None:
    mark = import_module("funding.proofs.migrations.0007_proved_projects").mark
    proof = in_("900", paid="300", pillar_2="1000", shares={})
    other = grant(paid="0")
    note(proof)
    Project.objects.update(is_proved=False, state="funding_open")
    mark(apps, None)
    project, untouched = fresh(proof.application.project), fresh(other.project)
    assert (project.state, project.is_proved) == ("approved", True)
    assert (untouched.state, untouched.is_proved) == ("funding_open", False)


def test_a_grant_that_was_settled_before_its_proof_is_proved_too() -> None:
    proof = in_("300", paid="400")
    core.settle(proof.application, actor=p.wf1())
    note(proof)
    assert (fresh(proof).state, fresh(proof.application).reclaimed) == (S.ACCEPTED, Decimal(100))


def test_only_a_proof_lets_others_reduce_what_a_district_granted() -> None:
    with pytest.raises(TransitionNotAllowed, match="nur die Geschäftsführung"):
        core.reduce(grant(), to=Decimal(400), reason="x", actor=p.wf1())


def test_all_that_was_paid_comes_back_where_nothing_is_due() -> None:
    proof = opened(paid="400", pillar_2="1000", shares={})
    filled(proof, "0", explanation="Fiel aus.")
    services.hand_in(proof, actor=p.gf_aplerbeck())
    note(proof)
    application = fresh(proof.application)
    assert (application.state, application.reclaimed) == ("revoked", Decimal(400))


def test_nothing_due_and_nothing_paid_revokes_the_grant() -> None:
    proof = opened(paid="0", pillar_2="1000", shares={})
    filled(proof, "0", explanation="Fiel aus.")
    services.hand_in(proof, actor=p.gf_aplerbeck())
    note(proof)
    assert fresh(proof.application).state == "revoked"


def test_two_people_sign_where_two_granted_and_both_lessen_it() -> None:
    proof = in_("5000", paid="2000", pillar_2="6000", shares={})
    waiting = note(proof)
    assert (waiting.state, fresh(proof).state) == ("waiting", S.NOTED)
    with pytest.raises(ConflictOfInterest):
        services.accept(waiting, actor=p.wf1())
    services.accept(waiting, actor=p.wf2())
    application = fresh(proof.application)
    assert (fresh(proof).state, application.granted) == (S.ACCEPTED, Decimal(5000))
    change = GrantChange.objects.get()
    assert (change.requested_by, change.decided_by) == (p.wf1(), p.wf2())
    assert not OutboxMail.objects.filter(template="grant_change").exists()


def test_the_second_person_may_refuse_and_the_first_take_it_back() -> None:
    proof = in_("5000", paid="2000", pillar_2="6000", shares={})
    for actor in (p.wf2(), p.wf1()):
        services.refuse(note(fresh(proof)), reason="Noch einmal.", actor=actor)
        assert fresh(proof).state == S.HANDED_IN
    assert [each.state for each in proof.notes.all()] == ["refused", "refused"]


def test_a_note_whose_result_has_changed_is_not_signed_as_second() -> None:
    proof = in_("5000", paid="2000", pillar_2="6000", shares={})
    waiting = note(proof)
    with (
        patch("funding.proofs.services.checking.reckoning_of", lambda *_: Reckoning(Decimal(1), ())),
        pytest.raises(TransitionNotAllowed, match="neu geprüft"),
    ):
        services.accept(waiting, actor=p.wf2())


def test_auditors_write_their_remark_and_nothing_else() -> None:
    proof = in_("500")
    assert services.remark(proof, text="Beleg 3 fehlt.", actor=p.auditor()).actor == p.auditor()
    for stranger in (p.wf1(), p.gf_aplerbeck(), p.board()):
        with pytest.raises(TransitionNotAllowed):
            services.remark(proof, text="x", actor=stranger)


# Periods and the sample


def test_a_district_asks_for_more_time_and_hears_an_answer() -> None:
    proof = opened()
    assert proof.due_on is not None
    until = max(proof.due_on, today()) + timedelta(days=30)
    with pytest.raises(TransitionNotAllowed):
        services.ask_extension(proof, until=proof.due_on, reason="x", actor=p.gf_aplerbeck())
    asked = services.ask_extension(proof, until=until, reason="Rechnung fehlt.", actor=p.gf_aplerbeck())
    with pytest.raises(ConflictOfInterest):
        services.grant_extension(asked, actor=p.wf_with_mandate())
    services.grant_extension(asked, actor=p.wf1())
    assert fresh(proof).due_on == until
    assert not list(verify.figures())
    later = services.ask_extension(
        proof, until=until + timedelta(days=1), reason="Noch mehr.", actor=p.gf_aplerbeck()
    )
    services.refuse_extension(later, reason="Reicht.", actor=p.wf1())
    assert fresh(proof).due_on == until


def test_what_is_owed_is_a_query_over_grants() -> None:
    paid, unpaid = grant(), grant(paid="0")
    assert list(due.owed()) == [paid]
    assert [each.due_on for each in due.lacking()] == [paid.decisions.get(step="approve").proof_due_on]
    assert list(due.waits_for_district([paid.calling_district_id])) == [paid]
    assert list(due.waits_for_district([p.district("BRA").pk])) == []
    proof = services.hand_in(filled(opened(paid), "500"), actor=p.gf_aplerbeck())
    assert not due.lacking() and list(due.owed()) == [paid]
    assert list(due.to_check(Roles(p.wf1()))) == [proof]
    note(proof)
    assert not due.owed() and not due.to_check(Roles(p.wf1()))
    assert unpaid.has_unpaid


def test_same_seed_and_same_list_give_the_same_sample() -> None:
    keys = list(range(1, 101))
    assert drawn(keys, 10, "a") == drawn(list(reversed(keys)), 10, "a") != drawn(keys, 10, "b")
    assert (len(drawn(keys, 10, "a")), len(drawn(keys[:1], 10, "a")), drawn(keys, 0, "a")) == (10, 1, [])


def test_what_was_drawn_shows_its_vouchers() -> None:
    proof, waiting = in_("500"), opened()
    ProofRules.objects.update(sample_percent=100)
    sample = services.draw_sample(p.this_year(), actor=p.wf1())
    assert set(sample.picks.values_list("application", flat=True)) == {
        proof.application_id,
        waiting.application_id,
    }
    assert fresh(proof).state == S.ASKED_BACK and first_cost(proof).asked
    assert fresh(waiting).state == S.OPEN
    filled(waiting, "500")
    with pytest.raises(PlanIncomplete) as refused:
        services.hand_in(waiting, actor=p.gf_aplerbeck())
    assert set(refused.value.missing) == {f"row-{first_cost(waiting).pk}-vouchers"}
    with pytest.raises(TransitionNotAllowed, match="schon gezogen"):
        services.draw_sample(p.this_year(), actor=p.wf1())
    assert not list(verify.samples())
    assert Sample.objects.count() == 1 and SamplePick.objects.count() == 2


def test_districts_are_reminded_once_before_and_once_after() -> None:
    proof = opened()
    assert proof.due_on is not None
    for days, kinds in ((20, 0), (10, 1), (5, 1), (-10, 1), (-14, 2), (-20, 2)):
        notices.remind(proof.due_on - timedelta(days=days))
        assert OutboxMail.objects.filter(template="proof_due", user=p.gf_aplerbeck()).count() == kinds
    call_command("send_reminders", verbosity=0)


# In any order


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_steps_keeps_to_the_table_and_loses_no_row(seed: int) -> None:
    random, gf, wf1, wf2 = Random(seed), p.gf_aplerbeck(), p.wf1(), p.wf2()
    proof = filled(opened(paid="2000", pillar_2="6000", shares={}), "5000")
    rows = set(proof.rows.values_list("pk", flat=True))
    row = first_cost(proof)

    def waiting() -> AuditNote:
        return AuditNote.objects.filter(proof=proof).latest("pk")

    acts: list[Callable[[], Any]] = [
        lambda: services.hand_in(proof, actor=gf),
        lambda: services.ask_back(proof, rows=[row.pk], question="Warum?", actor=wf1),
        lambda: services.announce_cut(proof, cuts={row.pk: Cut(Decimal(10), "x")}, actor=wf2),
        lambda: services.answer_hearing(proof, answer="Nein.", actor=gf),
        lambda: services.withdraw_cut(proof, reason="Doch.", actor=wf1),
        lambda: filled(fresh(proof), str(random.randint(1, 6000))),
        lambda: services.save_proof(
            proof, entered=Entered(report=REPORT, removed=list(rows), actual={row.pk: None}), actor=gf
        ),
        lambda: services.enter_voucher(row, data=VoucherData("1", today(), Decimal(9), "x"), actor=gf),
        lambda: note(fresh(proof), by=random.choice([wf1, wf2])),
        lambda: services.refuse(waiting(), reason="Nein.", actor=random.choice([wf1, wf2])),
        lambda: (
            services.accept(waiting(), actor=random.choice([wf1, wf2])) if random.random() < 0.3 else None
        ),
    ]
    state = fresh(proof).state
    for _ in range(60):
        with suppress(FundingError, AuditNote.DoesNotExist):
            random.choice(acts)()
        now = fresh(proof).state
        assert now == state or f"{state}>{now}" in changes_of(TABLE)
        state = now
        assert set(proof.rows.filter(is_planned=True).values_list("pk", flat=True)) == rows
    assert not list(verify.proofs()) + list(verify.figures())
    assert Voucher.objects.filter(row__proof=proof).count() >= 0
