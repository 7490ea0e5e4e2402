"""Bookings and decisions are chained: whatever is changed, taken away or slipped in later is found by name."""

import hashlib
import json
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from funding import chains, services, verify
from funding.ledger import post
from funding.models import Application, ChainLink, Decision, LedgerEntry, Pot
from funding.proofs import services as proofs
from members.common import stored
from tests import called, files, letters, personas
from tests.tampering import without_triggers

pytestmark = pytest.mark.django_db


@pytest.fixture
def booked(gf_aplerbeck) -> Application:
    project = personas.approved(gf_aplerbeck, shares={"APL": "500"}, pillar_2="6000")
    application = personas.application(project, "S2")
    called.pay(application, amount=Decimal(2000), actor=personas.wf1())
    return application


def entry(kind: str) -> int:
    return LedgerEntry.objects.get(pot=personas.pot("S2"), kind=kind).pk


def step(application: Application, name: str) -> int:
    return application.decisions.get(step=name).pk


def tamper(*statements: str) -> None:
    with without_triggers(), connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)
            assert cursor.rowcount, sql


def test_every_column_is_covered():
    """A column that comes later needs a version of its own: the links of before stay as they are."""
    for name, columns in chains.COLUMNS[chains.VERSION].items():
        fields = {field.name for field in apps.get_model("funding", name)._meta.concrete_fields}
        # What a decision keeps is written with it and names it.
        assert set(columns) == fields - (
            {"id", "decision"} if name in ("planrow", "chosencondition") else set()
        )
    assert {link.version for link in ChainLink.objects.all()} <= set(chains.COLUMNS)


def test_a_stranger_can_compute_a_link(booked):
    first, second = personas.pot("S2").links.select_related("entry").order_by("position")[:2]
    row = second.entry
    moment = row.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    values = [
        1, row.pk, row.pot_id, "reserve", 600000, booked.pk, row.decision_id, None, None, "", row.actor_id,
        str(row.value_date), moment, row.text,
    ]  # fmt: skip
    text = f"{first.digest}\n{json.dumps(values, ensure_ascii=False, separators=(',', ':'))}"
    assert second.digest == hashlib.sha256(text.encode()).hexdigest()


def test_everything_is_chained_and_the_ends_are_noted(booked):
    assert not LedgerEntry.objects.filter(link=None).exists()
    assert not Decision.objects.filter(link=None).exists()
    for owner in (*Pot.objects.all(), *Application.objects.all()):
        last = owner.links.order_by("position").last()
        assert (owner.chain_length, owner.chain_end) == ((last.position, last.digest) if last else (0, ""))
    assert list(chains.broken()) == []


BY_NAME = {
    "entry": ("UPDATE funding_ledgerentry SET text = 'x' WHERE id = {pay}", "Buchung {pay} oder ihr Glied"),
    "decision": ("UPDATE funding_decision SET reason = 'x' WHERE id = {sign}", "Entscheidung {sign} oder ihr Glied"),
    "plan row": (
        "UPDATE funding_planrow SET label = 'x' WHERE decision_id = {approve} AND position = 1",
        "Entscheidung {approve} oder ihr Glied",
    ),
    "condition": (
        "UPDATE funding_chosencondition SET text = 'x' WHERE decision_id = {approve}",
        "Entscheidung {approve} oder ihr Glied",
    ),
    "link": (
        "UPDATE funding_chainlink SET digest = replace(digest, substr(digest, 1, 1), 'x') WHERE entry_id = {commit}",
        "Buchung {commit} oder ihr Glied",
    ),
    "version of a link": (
        "UPDATE funding_chainlink SET version = 9 WHERE entry_id = {commit}", "Buchung {commit} oder ihr Glied",
    ),
    "end of a pot": ("UPDATE funding_pot SET chain_end = 'x' WHERE code = 'S2'", "Die Kette endet mit der Buchung {pay}"),
    "end of an application": (
        "UPDATE funding_application SET chain_length = chain_length + 1 WHERE id = {application}",
        "Nach der Entscheidung {paid} fehlt eine",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sql", "said"), BY_NAME.values(), ids=list(BY_NAME))
def test_a_flipped_bit_is_found_by_name(booked, sql, said):
    keys: dict[str, Any] = {kind: entry(kind) for kind in ("reserve", "commit", "pay")}
    keys |= {name: step(booked, name) for name in ("sign", "approve")}
    keys |= {"paid": step(booked, "pay"), "application": booked.pk}
    tamper(sql.format(**keys))
    (found,) = chains.broken()
    assert said.format(**keys) in found
    assert found.startswith((f"{personas.pot('S2')}: ", f"Antrag {booked.pk}: "))


def test_a_flipped_bit_in_a_letter_or_a_voucher_is_found_by_name(gf_aplerbeck, tmp_path, settings):
    options = {**settings.STORAGES["default"]["OPTIONS"], "location": tmp_path}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": options}}
    letters.ready()
    letter = letters.drawn()
    application = letter.decision.application
    row = proofs.open_proof(application, actor=gf_aplerbeck).rows.filter(side="cost")[0]
    [voucher] = proofs.add_vouchers(
        row, files=[files.upload(b"%PDF-1.4\n1 0 obj\n%%EOF\n", "Quittung.pdf")], actor=gf_aplerbeck
    )
    assert list(verify.files()) == []
    for sha256, name in ((letter.sha256, str(letter.number)), (voucher.sha256, "Quittung.pdf")):
        path = tmp_path / stored.path_of(sha256)
        whole = path.read_bytes()
        path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
        [found] = verify.files()
        assert name in found and "Die Datei fehlt oder ist eine andere" in found
        path.write_bytes(whole)


def test_what_is_deleted_is_missed_where_it_stood(booked):
    last, middle = entry("pay"), entry("commit")
    tamper(
        f"DELETE FROM funding_chainlink WHERE entry_id = {last}",
        f"DELETE FROM funding_ledgerentry WHERE id = {last}",
    )
    (found,) = chains.broken()
    assert f"Nach der Buchung {middle} fehlt eine." in found
    before = entry("unreserve")
    tamper(
        f"DELETE FROM funding_chainlink WHERE entry_id = {before}",
        f"DELETE FROM funding_ledgerentry WHERE id = {before}",
    )
    (found,) = chains.broken()
    assert f"Vor der Buchung {middle} fehlt eine" in found


def test_a_deleted_decision_is_missed(booked):
    (rejected,) = personas.handed_in(personas.gf_aplerbeck(), pillar_2="100").applications.all()
    services.reject(rejected, reason="Nein.", actor=personas.wf1())
    handed_in = step(rejected, "submit")
    last = step(rejected, "reject")
    tamper(
        f"DELETE FROM funding_chainlink WHERE decision_id = {last}",
        f"DELETE FROM funding_decision WHERE id = {last}",
    )
    assert list(chains.broken()) == [f"Antrag {rejected.pk}: Nach der Entscheidung {handed_in} fehlt eine."]
    tamper(
        f"DELETE FROM funding_chainlink WHERE decision_id = {handed_in}",
        f"DELETE FROM funding_decision WHERE id = {handed_in}",
    )
    assert list(chains.broken()) == [
        f"Antrag {rejected.pk}: Es fehlt die ganze Kette, 2\u00a0Entscheidungen."
    ]


def test_two_swapped_entries_are_found(booked):
    one, other = entry("unreserve"), entry("commit")
    places = {pk: ChainLink.objects.get(entry=pk).position for pk in (one, other)}
    tamper(
        f"UPDATE funding_chainlink SET position = 99 WHERE entry_id = {one}",
        f"UPDATE funding_chainlink SET position = {places[one]} WHERE entry_id = {other}",
        f"UPDATE funding_chainlink SET position = {places[other]} WHERE entry_id = {one}",
    )
    (found,) = chains.broken()
    assert f"Die Buchung {one} und die Buchung {other} stehen in der Kette in anderer Reihenfolge." in found


def test_what_is_written_past_the_services_is_in_no_chain(booked):
    columns = "pot_id, kind, amount, application_id, decision_id, expense_id, transfer_id, occasion, actor_id, value_date, recorded_at, text"
    tamper(
        f"INSERT INTO funding_ledgerentry ({columns}) SELECT {columns} FROM funding_ledgerentry WHERE kind = 'pay'"
    )
    slipped_in = LedgerEntry.objects.latest("pk").pk
    (found,) = chains.broken()
    assert f"Die Buchung {slipped_in} steht nicht in der Kette" in found


def test_a_pot_that_was_read_before_its_lock_books_nothing(wf1):
    """Who books on an old end would fork the chain."""
    personas.open_year()
    pot = services.open_pot(
        personas.this_year(), code="SPK", source="Sparkasse", amount=Decimal(9), actor=wf1
    )
    stale, odd = Pot.objects.get(pk=pot.pk), Pot.objects.get(pk=pot.pk)
    raised = services.raise_pot(pot, amount=Decimal(1), reason="Mehr.", actor=wf1)
    odd.chain_length, odd.chain_end = raised.chain_length, "x"
    for row in (stale, odd):
        with pytest.raises(IntegrityError), transaction.atomic():
            post(row, "allot", Decimal(1), actor=wf1, value_date=raised.year.opened_on, occasion="pot")
    assert LedgerEntry.objects.filter(pot=pot).count() == 2
    assert list(chains.broken()) == []


def links() -> list[Any]:
    return list(
        ChainLink.objects.order_by("entry", "decision").values_list("position", "entry", "decision", "digest")
    )


def ends() -> list[Any]:
    return [
        list(model.objects.order_by("pk").values_list("chain_length", "chain_end"))
        for model in (Pot, Application)
    ]


@pytest.mark.parametrize("what", ["all", "the last ones"])
def test_what_is_not_chained_yet_is_chained_as_the_services_would(booked, what):
    """So do the migration, and loads that write past the services."""
    before = links(), ends()
    with without_triggers():
        if what == "all":
            ChainLink.objects.all().delete()
            for model in (Pot, Application):
                model.objects.update(chain_length=0, chain_end="")
        else:
            for owner in (Application.objects.get(pk=booked.pk), personas.pot("S2")):
                owner.links.filter(position=owner.chain_length).delete()
                last = owner.links.order_by("position").last()
                owner.chain_length, owner.chain_end = last.position, last.digest
                owner.save()
    assert (links(), ends()) != before
    chains.catch_up()
    assert (links(), ends()) == before
    assert list(chains.broken()) == []


def test_verifying_asks_the_same_however_much_there_is(booked, django_assert_num_queries):
    with django_assert_num_queries(6):
        assert list(chains.broken()) == []
    personas.approved(personas.gf_brackel(), shares={"BRA": "10"})
    with django_assert_num_queries(6):
        assert list(chains.broken()) == []
