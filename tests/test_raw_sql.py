"""Every row of the table in docs/guards.md, tried: refused by what stands there, and found where no guard is in the way."""

from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, models, transaction

from funding import guards, services
from funding.closing import guards as closing_guards
from funding.letters import guards as letter_guards
from funding.letters.models import LetterSeries, Sending
from funding.models import Application, FundingModel, SpentKey
from funding.payments import call_rules
from funding.payments import guards as payment_guards
from funding.payments import services as payments
from funding.payments.models import CallPaper
from funding.proofs import guards as proof_guards
from funding.verify import STAGES, findings
from members.common import stored
from members.models import Mandate, Resolution
from projects import guards as project_guards
from projects.models import ProjectChange
from tests import batches, called, letters, personas, proofs, statements
from tests.raw_sql import CASES, Case
from tests.tampering import lift_guards, without_checks

pytestmark = pytest.mark.django_db

DOCS = Path(__file__).resolve().parent.parent / "docs" / "guards.md"
MESSAGES = {
    refusal.trigger: refusal.message
    for each in (guards, project_guards, letter_guards, payment_guards, proof_guards, closing_guards)
    for refusal in each.REFUSALS
}
HERE = [case for case in CASES if case.only in ("", connection.vendor)]


def row(case: Case) -> str:
    what = f"{case.what} ({'SQLite' if case.only == 'sqlite' else 'PostgreSQL'})" if case.only else case.what
    return f"| {what} | {f'`{case.refused}`' if case.refused else '–'} | {case.found or '–'} |"


def test_the_table_lists_every_case() -> None:
    rows = [line for line in DOCS.read_text().splitlines() if line.startswith("| ")]
    assert rows[1:] == [row(case) for case in CASES]
    assert all(case.refused or case.found for case in CASES)


@pytest.fixture
def story() -> None:
    """One year with something of everything; see ``tests.raw_sql``."""
    gf, wf1, wf2 = personas.gf_aplerbeck(), personas.wf1(), personas.wf2()
    FundingModel.objects.filter(first_year=2016).update(transfer_overhead_to_pillar_2=True)
    year = personas.open_year().year
    services.open_pot(year, code="SPK", source="Sparkasse", amount=Decimal(900), actor=wf1)
    costs = [("Bühne", "6000"), ("Druck", "500")]
    granted = personas.approved(gf, shares={"APL": "500"}, pillar_2="6000", costs=costs)
    called.pay(personas.application(granted, "S2"), amount=Decimal(2000), actor=wf1)
    for what in ("reclaim", "waive"):
        asked = services.request_change(
            personas.application(granted, "S2"), what=what, to=Decimal(5999), reason="Zu viel.", actor=wf1
        )
        services.confirm_change(asked, actor=wf2)
    signed = personas.handed_in(gf, pillar_2="7000")
    services.sign(personas.application(signed), amount=Decimal(7000), actor=wf1)
    personas.handed_in(gf, pillar_2="5500")
    personas.handed_in(gf, shares={"APL": "444"})
    refused = personas.application(personas.handed_in(gf, shares={"APL": "333"}))
    resolution = personas.resolution("APL", Decimal(333))
    Resolution.objects.filter(pk=resolution.pk).update(votes_yes=1, votes_no=5)
    resolution.refresh_from_db()
    services.approve(refused, amount=Decimal(333), actor=gf, resolution=resolution)
    draft = personas.make_project(gf, further=["HOE"])
    brackel = personas.gf_brackel()
    draft.editors.add(brackel)
    mandate = Mandate.objects.get(person=brackel.person)
    ProjectChange.objects.create(
        project=draft, version=77, what="changed", actor=brackel, mandate=mandate, changes=[]
    )
    services.request_transfer(
        personas.pot("GK"), personas.pot("S2"), amount=Decimal(10), reason="Bedarf.", actor=wf1
    )
    services.request_change(
        personas.application(granted, "S2"), what="reduce", to=Decimal(5000), reason="Weniger.", actor=wf1
    )
    SpentKey.objects.create(key="k" * 20, actor=wf2)
    assert granted.organiser is not None
    payee = payments.enter_payee(granted.organiser, actor=wf1)
    account = personas.payee_account(payee, actor=wf1)
    payments.confirm_account(account, paper="Kontoauszug", actor=wf2)
    # One that is called, then one that was paid at once.
    payments.call_expense(year, asked=personas.asked(payee, "9"), actor=wf1)
    services.book_expense(year, amount=Decimal(50), purpose="Porto", payee="Post", actor=wf1, paid=True)
    own = personas.application(granted, "S1-APL")
    # The story has one letter, that of the other grant.
    with (
        patch.object(call_rules, "not_accepted", lambda a: ""),
        patch.object(personas, "not_accepted", lambda a: ""),
    ):
        call = payments.check_call(personas.call(own, "100"), actor=wf1)
        # Still to be checked.
        waiting = personas.call(own, "50", purpose="Druck")
        batches.story(own)
    statements.story()
    file = stored.put(b"x")
    CallPaper.objects.create(call=waiting, name="x.pdf", kind="pdf", size=1, sha256=file, uploaded_by=gf)
    plan = payments.enter_plan(
        own, payee=payee, purpose="Miete", reason="Vertrag", actor=gf, instalments=[(call.due_on, Decimal(7))]
    )
    payments.stop_plan(payments.confirm_plan(plan, actor=wf1), kind="pause", reason="Pause.", actor=wf1)
    personas.payee_account(payee, actor=wf1, iban="DE02120300000000202051")
    letter = letters.written(letters.approval(personas.application(granted, "S2")), sha256=file, size=1)
    Sending.objects.create(letter=letter, way="post", on=letter.drawn_on, by=wf1)
    LetterSeries.objects.create(year=2026, last=1)
    proofs.of_everything(own, file)
    connection.check_constraints()
    assert list(findings()) == []


def run(case: Case) -> None:
    with connection.cursor() as cursor:
        for sql in case.sql:
            cursor.execute(sql)
            assert cursor.rowcount or sql.startswith("TRUNCATE"), sql
        # Those that are deferred come at the end of a transaction.
        if not any(sql.startswith("TRUNCATE") for sql in case.sql):
            connection.check_constraints()


def answer(case: Case) -> str:
    """What the database says to it, or nothing."""
    before = transaction.savepoint()
    try:
        with transaction.atomic():
            run(case)
    except IntegrityError as error:
        return str(error)
    finally:
        transaction.savepoint_rollback(before)
    return ""


def test_what_raw_sql_tries_is_refused_by_what_stands_in_the_table(story: None) -> None:
    wrong = []
    for case in HERE:
        said = answer(case)
        # Of a constraint's row a trigger may have said something first.
        wanted = MESSAGES.get(case.refused, "")
        if wanted not in said or bool(said) != bool(case.refused):
            wrong.append((case.what, wanted, said))
    assert not wrong, "\n".join(map(str, wrong))


def constraint(name: str) -> type[models.Model] | None:
    tables = (Application, *Application._meta.apps.get_models())
    return next((m for m in tables if name in {c.name for c in m._meta.constraints}), None)


def found(case: Case) -> bool:
    """Whether ``verify_ledger`` would say it; of the missing guards it says so first."""
    model = constraint(case.refused)
    with without_checks(model._meta.db_table, case.refused) if model else nullcontext():
        run(case)
    _, rows, rest = STAGES
    said = (sentence for check in (rows if model else rest) for sentence in check())
    return any(case.found in sentence.replace("\u00a0", " ") for sentence in said)


def test_what_got_past_the_guards_is_found_with_a_sentence(story: None) -> None:
    lift_guards()
    missed = []
    for case in HERE:
        if constraint(case.refused) and case.refused not in (said := answer(case)):
            missed.append((case.what, case.refused, said))
        if not case.found:
            continue
        before = transaction.savepoint()
        if not found(case):
            missed.append((case.what, case.found, "nothing"))
        transaction.savepoint_rollback(before)
    assert not missed, "\n".join(map(str, missed))
    assert not [sentence for stage in STAGES[1:] for check in stage for sentence in check()]
