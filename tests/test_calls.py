"""Calls for money: what they say, how much may be drawn when, who checks them, and what becomes of their money."""

import os
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from funding import services as core
from funding.errors import AlreadyDone, ConflictOfInterest, TransitionNotAllowed, YearNotOpen
from funding.letters.acceptance import not_accepted
from funding.models import Application, GrantTerms
from funding.payments import services
from funding.payments.call_rules import CalledBefore, Draw, require_due
from funding.payments.models import CallPaper, CallStep, Payee, PaymentCall
from funding.payments.transitions import TABLE, call_seen, move_call
from funding.payments.verify import calls as findings
from funding.terms import later
from members.common import stored
from members.common.keys import new_key
from members.models import Organisation, OutboxMail
from members.roles.permissions import Roles
from projects.attachments import strays
from projects.models import Project
from tests import called, files
from tests import personas as p
from tests.closed import close
from tests.mailed import worded
from tests.personas import today
from tests.tampering import lift_guards
from tests.test_kept_input import sent
from tests.test_project_pages import text_of

pytestmark = pytest.mark.django_db

State = PaymentCall.State


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    options = {**settings.STORAGES["default"]["OPTIONS"], "location": tmp_path}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": options}}
    return tmp_path


@pytest.fixture
def grant() -> Application:
    """2,000 euro of Aplerbeck's pot, with nothing else planned."""
    return p.accept(p.application(p.approved(p.gf_aplerbeck())))


@pytest.fixture
def payee(grant: Application) -> Payee:
    """The organiser, with an account that counts."""
    return p.payee(str(grant.project.organiser))


def euros(grant: Application) -> tuple[Decimal, Decimal, Decimal]:
    """Called, paid and still callable."""
    grant.refresh_from_db()
    return grant.called, grant.paid, grant.callable


def ask(
    grant: Application,
    payee: Payee,
    amount: str = "500",
    *,
    by: Any = None,
    with_files: Any = (),
    **more: Any,
) -> PaymentCall:
    given = {name: more.pop(name) for name in ("key", "seen", "on") if name in more}
    return services.call_money(
        grant, asked=p.asked(payee, amount, **more), actor=by or p.gf_aplerbeck(), files=with_files, **given
    )


def invoice(**more: Any) -> dict[str, Any]:
    return {
        "kind": PaymentCall.Kind.INVOICE, "invoice_number": "RE 2026-17", "invoice_on": today() - timedelta(days=3),
        "without_invoice": "", "with_files": [files.upload(files.PDF, "Rechnung.pdf")], **more,
    }  # fmt: skip


def paid(call: PaymentCall) -> PaymentCall:
    """As a batch does it."""
    with transaction.atomic():
        move_call("put_in", call, roles=Roles(p.wf1()))
        move_call("pay", call, roles=Roles(p.wf1()))
        core.pay(call.application, amount=call.amount, actor=p.wf1())
    return call


class TestCalling:
    def test_money_is_set_aside_and_the_step_says_who_called(self, grant, payee):
        call = ask(grant, payee)
        assert euros(grant) == (500, 0, 1500)
        step = call.steps.get()
        assert (step.step, step.actor, step.mandate.district.code) == ("call", p.gf_aplerbeck(), "APL")
        assert call.state == State.CALLED and call.checked_by is None
        assert not list(findings())

    def test_a_deputy_calls_in_stead_of_the_director(self, grant, payee):
        call = ask(grant, payee, by=p.deputy_aplerbeck())
        assert call.steps.get().in_stead_of.person == p.gf_aplerbeck().person
        assert grant.project.editors.filter(pk=p.deputy_aplerbeck().pk).exists()

    def test_money_of_pillar_2_is_called_for_the_lead_district(self):
        grant = p.accept(p.application(p.approved(p.gf_aplerbeck(), pillar_2="3000", further=("BRA",))))
        to = p.payee(str(grant.project.organiser))
        with pytest.raises(
            TransitionNotAllowed, match="Geld abrufen kann nur die Geschäftsführung von Aplerbeck"
        ):
            ask(grant, to, by=p.gf_brackel())
        call = ask(grant, to)
        assert call.steps.get().mandate.district.code == "APL"
        assert grant.decisions.latest("pk").mandate.district.code == "APL"

    @pytest.mark.parametrize("who", ["wf1", "gf_brackel", "former_gf", "admin_verein", "superuser"])
    def test_nobody_else_calls(self, grant, payee, who):
        with pytest.raises(TransitionNotAllowed):
            ask(grant, payee, by=p.ALL[who]())
        assert euros(grant) == (0, 0, 2000)
        assert not PaymentCall.objects.exists()

    def test_the_same_form_calls_once(self, grant, payee):
        key = new_key()
        ask(grant, payee, key=key)
        with pytest.raises(AlreadyDone):
            ask(grant, payee, key=key)
        assert PaymentCall.objects.count() == 1

    def test_never_more_than_granted_minus_called_and_paid(self, grant, payee):
        paid(services.check_call(ask(grant, payee, "700"), actor=p.wf1()))
        ask(grant, payee, "800")
        with pytest.raises(
            TransitionNotAllowed, match="sind noch 500,00\xa0€ abzurufen, gefragt waren 500,01\xa0€"
        ) as refused:
            ask(grant, payee, "500.01")
        assert refused.value.field == "amount"
        ask(grant, payee, "500")
        assert euros(grant) == (1300, 700, 0)
        assert not list(findings())

    @pytest.mark.parametrize(
        ("changed", "field", "said"),
        [
            ({"amount": "2000.01"}, "amount", "noch 2.000,00\xa0€ abzurufen"),
            ({"amount": "-1"}, "amount", "größer als null"),
            ({"amount": "0"}, "amount", "größer als null"),
            ({"amount": "1.001"}, "amount", "höchstens zwei Nachkommastellen"),
            ({"amount": "NaN"}, "amount", "größer als null"),
            ({"kind": "gift"}, "kind", "Art der Zahlung"),
            ({"purpose": " \u200b"}, "purpose", "Verwendungszweck"),
            ({"purpose": "x" * 141}, "purpose", "höchstens 140 Zeichen kürzen; es sind 141"),
            ({"without_invoice": ""}, "invoice_number", "Gibt es keine Rechnung, begründen Sie das"),
            ({"invoice_number": "7", "invoice_on": date(2026, 1, 5)}, "without_invoice", "Es gibt eine Rechnung"),
            ({"invoice_number": "7", "without_invoice": ""}, "invoice_on", "Datum der Rechnung"),
            ({"invoice_number": "7", "without_invoice": "", "invoice_on": date(206, 1, 5)}, "invoice_on", "Jahr prüfen"),
            ({"invoice_number": "7", "without_invoice": "", "invoice_on": date(2026, 1, 5)}, "papers", "als Datei anhängen"),
            ({"invoice_number": "7", "without_invoice": "", "invoice_on": timedelta(days=1)}, "invoice_on", "liegt in der Zukunft"),
            ({"purpose": "an DE89 3704 0044 0532 0130 00"}, "purpose", "Hier steht eine IBAN"),
            ({"without_invoice": "an DE89370400440532013000"}, "without_invoice", "Hier steht eine IBAN"),
            ({"override": "an DE89370400440532013000"}, "override", "Hier steht eine IBAN"),
            ({"due_on": date(2326, 1, 1)}, "due_on", "Jahr prüfen"),
            ({"due_on": timedelta(days=-367)}, "due_on", "mehr als ein Jahr zurück"),
            ({"with_files": [files.upload(b"", "Rechnung.pdf")]}, "papers", "Rechnung.pdf: Die Datei ist leer."),
            ({"with_files": [files.upload(files.PROGRAM, "x.pdf")]}, "papers", "x.pdf: Das ist ein Programm."),
            ({"with_files": [files.upload(files.PDF)] * 6}, "papers", "gewählt waren 6"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_beside_its_field(self, grant, payee, changed, field, said):
        with pytest.raises(TransitionNotAllowed, match=said) as refused:
            ask(grant, payee, **p.dated(changed))
        assert refused.value.field == field
        assert euros(grant) == (0, 0, 2000)
        assert not PaymentCall.objects.exists()

    def test_a_payee_needs_an_account_that_may_still_wait(self, grant):
        bare = services.enter_payee(
            Organisation.objects.create(name="X"), actor=p.gf_aplerbeck(), district=p.district("APL")
        )
        with pytest.raises(
            TransitionNotAllowed, match="Für X ist keine Bankverbindung eingetragen"
        ) as refused:
            ask(grant, bare)
        assert refused.value.field == "payee"
        p.payee_account(bare, actor=p.gf_aplerbeck(), district=p.district("APL"))
        assert services.check_call(ask(grant, bare), actor=p.wf1()).state == State.CHECKED

    def test_only_the_organiser_is_refunded(self, grant, payee):
        supplier = services.enter_payee(
            Organisation.objects.create(name="Bühnenbau"), actor=p.gf_aplerbeck(), district=p.district("APL")
        )
        p.payee_account(supplier, actor=p.gf_aplerbeck(), district=p.district("APL"), iban=p.IBANS[1])
        refund = PaymentCall.Kind.REFUND
        with pytest.raises(
            TransitionNotAllowed, match=f"dem Veranstalter, {payee}. .*„Rechnung, direkt bezahlt“"
        ) as refused:
            ask(grant, supplier, kind=refund)
        assert refused.value.field == "kind"
        call = ask(grant, payee, kind=refund)
        ask(grant, supplier)
        services.return_call(call, reason="An wen?", actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="Geht das Geld an Bühnenbau"):
            services.resend_call(call, asked=p.asked(supplier, "500", kind=refund), actor=p.gf_aplerbeck())
        payee.districts.add(p.district("APL"))
        Project.objects.filter(pk=grant.project_id).update(organiser=None)
        with pytest.raises(TransitionNotAllowed, match=r"Erstattet wird dem Veranstalter\. Geht"):
            ask(grant, payee, kind=refund)

    def test_a_payee_that_the_district_does_not_see_is_not_called_for(self, grant):
        with pytest.raises(TransitionNotAllowed, match="angebotenen Empfänger"):
            ask(grant, p.payee("Nur in Brackel bekannt"))

    def test_not_for_a_day_more_than_two_months_away(self, grant, payee):
        last = later(today(), 2)
        ask(grant, payee, due_on=last)
        with pytest.raises(
            TransitionNotAllowed, match=rf"heute also bis zum {last:%d\.%m\.%Y}\. .* Ratenplan"
        ):
            ask(grant, payee, due_on=last + timedelta(days=1))

    def test_later_settings_leave_the_months_that_the_letter_names(self, grant, payee):
        model, tomorrow = grant.pot.year.model, today() + timedelta(days=1)
        GrantTerms.objects.create(funding_model=model, since=tomorrow, call_months=12)
        with pytest.raises(TransitionNotAllowed, match="innerhalb von 2 Monaten"):
            require_due(grant, later(tomorrow, 6), tomorrow)
        grant.decided_on = tomorrow
        require_due(grant, later(tomorrow, 6), tomorrow)

    def test_not_for_a_day_in_a_closed_year(self, grant, payee):
        day = today() - timedelta(days=350)
        p.open_year(day.year) if day.year != p.this_year() else None
        close(year=day.year)
        with pytest.raises(
            (TransitionNotAllowed, YearNotOpen), match=f"Das Haushaltsjahr {day.year} ist abgeschlossen"
        ):
            ask(grant, payee, due_on=day)

    def test_nothing_of_what_is_not_granted(self, payee):
        submitted = p.application(p.handed_in(p.gf_aplerbeck(), title="Noch offen"))
        with pytest.raises(TransitionNotAllowed, match="noch nicht entschieden"):
            ask(submitted, payee)

    def test_not_before_the_grant_is_accepted(self):
        grant = p.application(p.approved(p.gf_aplerbeck(), title="Noch nicht angenommen"))
        assert not_accepted(grant)
        with pytest.raises(TransitionNotAllowed, match="Vorher wird nichts abgerufen"):
            ask(grant, p.payee(str(grant.project.organiser)))
        assert euros(grant) == (0, 0, 2000)

    def test_not_while_the_financing_is_open(self, grant, payee):
        Project.objects.filter(pk=grant.project_id).update(state=Project.State.FUNDING_OPEN)
        with pytest.raises(TransitionNotAllowed, match="Die Finanzierung ist noch offen"):
            ask(grant, payee)


class TestPapers:
    def test_the_invoice_is_kept_and_never_swept(self, grant, payee, folder):
        call = ask(grant, payee, **invoice())
        paper = call.papers.get()
        assert (paper.name, paper.kind, paper.uploaded_by) == ("Rechnung.pdf", "pdf", p.gf_aplerbeck())
        with stored.get(paper.sha256) as file:
            assert file.read() == files.PDF
        (folder / "ab").mkdir(exist_ok=True)
        (folder / "ab" / "abc").write_bytes(b"x")
        for path in folder.rglob("*/*"):
            os.utime(path, (0, 0))
        assert strays().names == ["ab/abc"]

    def test_the_same_file_is_shown_and_called_again_by_a_tick(self, grant, payee):
        first = ask(grant, payee, **invoice())
        other = p.accept(p.application(p.approved(p.gf_aplerbeck(), title="Anderes Projekt")))
        again = invoice(invoice_number="anders")
        with pytest.raises(CalledBefore) as refused:
            ask(other, payee, **again)
        assert (refused.value.field, refused.value.calls) == ("again", [first])
        again["with_files"][0].seek(0)
        assert ask(other, payee, again=True, **again).papers.count() == 1

    @pytest.mark.parametrize("number", ["RE 2026-17", "re  2026-17", "Ré 2026-17"])
    def test_the_same_number_of_the_same_payee_is_shown_whatever_its_spelling(self, grant, payee, number):
        first = ask(grant, payee, **invoice())
        other = files.upload(files.PDF + b" ", "b.pdf")
        with pytest.raises(CalledBefore) as refused:
            ask(grant, payee, **invoice(invoice_number=number, with_files=[other]))
        assert refused.value.calls == [first]

    def test_another_payee_may_have_the_same_number_and_a_withdrawn_call_does_not_count(self, grant, payee):
        first = ask(grant, payee, **invoice())
        supplier = services.enter_payee(
            Organisation.objects.create(name="Y"), actor=p.gf_aplerbeck(), district=p.district("APL")
        )
        p.payee_account(supplier, actor=p.gf_aplerbeck(), district=p.district("APL"), iban=p.IBANS[1])
        ask(grant, supplier, **invoice(with_files=[files.upload(files.PDF + b" ", "b.pdf")]))
        services.withdraw_call(first, reason="Doppelt.", actor=p.gf_aplerbeck())
        ask(grant, payee, **invoice())


class TestDrawing:
    """With 1,000 euro granted and 500 of other money planned."""

    @pytest.mark.parametrize(
        ("financing", "drawn", "used", "allowed"),
        [
            ("share", 0, "0", 0), ("share", 0, "250", 500), ("fixed", 0, "250", 500), ("share", 0, "0.01", "0.02"),
            ("share", 300, "250", 500), ("fixed", 0, "500", 1000), ("share", 0, "900", 1000),
            ("gap", 0, "499.99", 0), ("gap", 0, "500", 1000), ("share", 0, "166.67", "333.34"),
        ],
    )  # fmt: skip
    def test_how_much(self, financing, drawn, used, allowed):
        draw = Draw(financing, Decimal(1000), Decimal(500), Decimal(drawn))
        assert draw.allowed(Decimal(used)) == Decimal(allowed)

    @pytest.fixture
    def shared(self) -> Application:
        return p.application(
            p.approved(p.gf_aplerbeck(), shares={"APL": "1000"}, others=[{"amount": "300"}, {"amount": "200", "kind": "third_party"}, {"amount": "700", "kind": "in_kind"}])
        )  # fmt: skip

    def test_pro_rata_with_what_is_drawn_already(self, shared):
        p.call(shared, "300", others_used=Decimal(200))
        with pytest.raises(TransitionNotAllowed) as refused:
            p.call(shared, "200.01", others_used=Decimal(250))
        assert refused.value.field == "override"
        assert str(refused.value).startswith(
            "Abgerufen wird anteilig mit Eigenmitteln und Drittmitteln: Von 500,00\xa0€ sind 250,00\xa0€ eingesetzt, damit sind jetzt "
            "200,00\xa0€ abrufbar."
        )
        p.call(shared, "200", others_used=Decimal(250))
        assert p.call(shared, "500", others_used=Decimal(250), override="Vorkasse für die Bühne.").override

    @pytest.mark.parametrize(
        ("used", "said"), [(None, "auch eine 0"), ("-1", "auch eine 0"), ("0.001", "auch eine 0")]
    )
    def test_other_money_has_to_be_declared(self, shared, used, said):
        with pytest.raises(TransitionNotAllowed, match=said) as refused:
            p.call(shared, "1", others_used=used and Decimal(used))
        assert refused.value.field == "others_used"

    def test_nothing_used_yet_is_an_answer_of_the_page(self, shared, payee):
        p.accept(shared)
        browser = Client()
        browser.force_login(p.gf_aplerbeck())
        typed = {
            "key": new_key(), "payee": payee.pk, "amount": "300", "kind": "invoice", "purpose": "Bühne", "due_on": str(today()),
            "without_invoice": "Anzahlung", "others_used": "0",
        }  # fmt: skip
        address = reverse("payments:call_money", args=[shared.pk])
        page = text_of(browser.post(address, typed))
        assert "damit sind jetzt 0,00 € abrufbar. Bitte begründen Sie" in page
        answer = browser.post(address, {**typed, "override": "Vorkasse für die Bühne."})
        assert answer.status_code == 302, answer.content.decode()
        assert PaymentCall.objects.get().others_used == 0

    def test_nothing_is_asked_where_no_other_money_is_planned(self, grant):
        assert p.call(grant, "2000", others_used=Decimal(7)).others_used is None

    def test_a_gap_is_called_when_all_other_money_is_used(self, shared):
        Application.objects.filter(pk=shared.pk).update(financing="gap")
        with pytest.raises(TransitionNotAllowed, match="wenn Eigenmittel und Drittmittel aufgebraucht sind"):
            p.call(shared, "1", others_used=Decimal("499.99"))
        p.call(shared, "1000", others_used=Decimal(500))


class TestChecking:
    def test_the_staff_checks_and_the_district_hears(self, grant, payee):
        call = ask(grant, payee)
        told = {mail.recipient: worded(mail) for mail in OutboxMail.objects.filter(template="call_step")}
        assert set(told) >= {"wf1@example.org", "wf2@example.org"} and "gf.apl@example.org" not in told
        body = told["wf1@example.org"].body
        assert "500,00\xa0€" in body and "DE89" not in body and call.get_absolute_url() in body
        checked = services.check_call(call, actor=p.wf1())
        assert (checked.state, checked.checked_by) == (State.CHECKED, p.wf1())
        left = {mail.recipient: worded(mail).body for mail in OutboxMail.objects.filter(template="call_step")}
        assert "wf2@example.org" not in left, "nobody else need check it"
        assert "ist geprüft" in left["gf.apl@example.org"]
        assert not list(findings())

    def test_whoever_took_part_never_checks(self, grant, payee):
        both = p.wf_with_mandate()
        call = ask(grant, payee, by=both)
        with pytest.raises(ConflictOfInterest):
            services.check_call(call, actor=both)
        both.person.mandates.update(until=today() - timedelta(days=1))
        with pytest.raises(ConflictOfInterest, match="an diesem Antrag mitgewirkt"):
            services.check_call(call, actor=type(both).objects.get(pk=both.pk))
        for who in (p.gf_aplerbeck(), p.auditor(), p.superuser()):
            with pytest.raises(TransitionNotAllowed):
                services.check_call(call, actor=who)
        with pytest.raises(IntegrityError), transaction.atomic():
            PaymentCall.objects.filter(pk=call.pk).update(state="checked", checked_by=both)

    def test_nobody_checks_money_to_themselves(self, grant):
        own = services.enter_payee(p.wf2().person, actor=p.gf_aplerbeck(), district=p.district("APL"))
        p.payee_account(own, actor=p.gf_aplerbeck(), district=p.district("APL"))
        call = ask(grant, own)
        with pytest.raises(ConflictOfInterest, match="Dieses Geld geht an Sie selbst"):
            services.check_call(call, actor=p.wf2())
        services.check_call(call, actor=p.wf1())

    @pytest.mark.parametrize("state", [State.CALLED, State.PAID])
    def test_a_check_asks_why_the_same_invoice_is_paid_in_two_projects(self, grant, payee, state):
        """However they were entered: two at the same moment have not seen each other."""
        first = ask(grant, payee, **invoice())
        other = p.accept(p.application(p.approved(p.gf_aplerbeck(), title="Anderes Projekt")))
        again = {"again": True, "with_files": [files.upload(files.PDF + b" ", "b.pdf")]}
        second = ask(other, payee, **invoice(**again))
        if state == State.PAID:
            paid(services.check_call(first, actor=p.wf2(), reason="Teil 1 derselben Rechnung."))
        with pytest.raises(
            TransitionNotAllowed, match=rf"steht auch in: {first}\. Bitte begründen"
        ) as refused:
            services.check_call(second, actor=p.wf1())
        assert refused.value.field == "reason"
        services.check_call(second, actor=p.wf1(), reason="Teil 2 derselben Rechnung.")
        assert second.steps.latest("pk").reason == "Teil 2 derselben Rechnung."

    def test_a_withdrawn_twin_needs_no_reason(self, grant, payee):
        first = ask(grant, payee, **invoice())
        second = ask(grant, payee, **invoice(again=True, with_files=[files.upload(files.PDF, "b.pdf")]))
        services.withdraw_call(first, reason="Doppelt.", actor=p.gf_aplerbeck())
        services.check_call(second, actor=p.wf1())
        assert second.steps.latest("pk").reason == ""

    def test_the_page_asks_for_a_reason_also_where_the_twin_came_later(self, grant, payee, client):
        first = ask(grant, payee, **invoice())
        client.force_login(p.wf1())
        form = client.get(first.get_absolute_url()).context["forms"]["check"]
        assert "reason" not in form.fields
        ask(grant, payee, **invoice(again=True, with_files=[files.upload(files.PDF, "b.pdf")]))
        sent = {"step": "check", "key": form["key"].value(), "seen": form["seen"].value()}
        answer = client.post(first.get_absolute_url(), sent)
        assert answer.status_code == 422
        asked = answer.context["forms"]["check"]
        assert "Bitte begründen Sie, warum trotzdem richtig gezahlt wird" in asked.errors["reason"][0]
        answer = client.post(
            first.get_absolute_url(), {**sent, "key": new_key(), "reason": "Zwei Lieferungen."}
        )
        assert answer.status_code == 302
        assert "Zwei Lieferungen." in client.get(first.get_absolute_url()).content.decode()

    def test_a_returned_call_keeps_its_money_and_is_mended(self, grant, payee):
        call = services.return_call(ask(grant, payee), reason="Welche Bühne?", actor=p.wf1())
        assert (call.state, euros(grant)[0]) == (State.RETURNED, 500)
        assert (
            "Welche Bühne?"
            in worded(OutboxMail.objects.get(recipient="gf.apl@example.org", template="call_step")).body
        )
        with pytest.raises(
            TransitionNotAllowed,
            match="mit einer Rückfrage beim Stadtbezirk und kann deshalb nicht als geprüft",
        ):
            services.check_call(call, actor=p.wf1())
        mended = services.resend_call(
            call, asked=p.asked(payee, "500", purpose="Große Bühne"), actor=p.gf_aplerbeck(),
            files=[files.upload(files.PDF, "Angebot.pdf")],
        )  # fmt: skip
        assert (mended.state, mended.purpose, mended.papers.count()) == (State.CALLED, "Große Bühne", 1)
        services.check_call(mended, actor=p.wf1())
        assert [step.step for step in call.steps.all()] == ["call", "return", "resend", "check"]
        assert not list(findings())

    def test_a_checked_call_can_still_be_returned(self, grant, payee):
        call = services.check_call(ask(grant, payee), actor=p.wf1())
        returned = services.return_call(call, reason="Doch nicht.", actor=p.wf2())
        assert returned.checked_by is None

    def test_the_amount_of_a_call_stays(self, grant, payee):
        call = services.return_call(ask(grant, payee), reason="Zu viel.", actor=p.wf1())
        with pytest.raises(TransitionNotAllowed, match="Der Betrag eines Abrufs bleibt") as refused:
            services.resend_call(call, asked=p.asked(payee, "400"), actor=p.gf_aplerbeck())
        assert refused.value.field == "amount"

    def test_a_form_that_is_older_than_the_call_changes_nothing(self, grant, payee):
        call = ask(grant, payee)
        seen = call_seen(call)
        services.return_call(call, reason="?", actor=p.wf1())
        services.resend_call(call, asked=p.asked(payee, "500", purpose="Anders"), actor=p.gf_aplerbeck())
        with pytest.raises(
            TransitionNotAllowed, match="hat sich geändert, seit Sie die Seite geöffnet haben"
        ):
            services.check_call(call, actor=p.wf1(), seen=seen)


class TestEnding:
    @pytest.mark.parametrize("who", ["gf_aplerbeck", "deputy_aplerbeck", "wf1"])
    def test_a_withdrawn_call_gives_its_money_back_to_the_grant(self, grant, payee, who):
        call = services.withdraw_call(ask(grant, payee), reason="Nicht mehr nötig.", actor=p.ALL[who]())
        assert (call.state, *euros(grant)) == (State.WITHDRAWN, 0, 0, 2000)
        with pytest.raises(
            TransitionNotAllowed, match="ist zurückgezogen und kann deshalb nicht zurückgezogen werden"
        ):
            services.withdraw_call(call, reason="x", actor=p.wf1())
        assert not list(findings())

    def test_others_do_not_withdraw_and_nobody_without_a_reason(self, grant, payee):
        call = ask(grant, payee)
        with pytest.raises(TransitionNotAllowed):
            services.withdraw_call(call, reason="x", actor=p.gf_brackel())
        with pytest.raises(TransitionNotAllowed, match="begründen") as refused:
            services.withdraw_call(call, reason=" ", actor=p.gf_aplerbeck())
        assert refused.value.field == "reason"

    def test_a_paid_call_that_the_bank_sends_back_is_called_again(self, grant, payee):
        call = paid(services.check_call(ask(grant, payee), actor=p.wf1()))
        assert euros(grant) == (0, 500, 1500)
        with pytest.raises(TransitionNotAllowed, match="schon bezahlt"):
            services.withdraw_call(call, reason="x", actor=p.wf1())
        move_call("send_back", call, roles=Roles(p.wf1()), reason="Konto erloschen")
        core.bounce(grant, amount=call.amount, actor=p.wf1(), reason="Konto erloschen")
        assert euros(grant) == (500, 0, 1500)
        assert not list(findings())
        services.withdraw_call(call, reason="Kein Konto.", actor=p.gf_aplerbeck())
        assert euros(grant) == (0, 0, 2000)
        assert not list(findings())

    def test_no_reason_names_an_iban(self, grant, payee):
        call, said = ask(grant, payee), "Ist DE89 3704 0044 0532 0130 00 richtig?"
        for act, by in ((services.return_call, p.wf1()), (services.withdraw_call, p.gf_aplerbeck())):
            with pytest.raises(TransitionNotAllowed, match="Hier steht eine IBAN") as refused:
                act(call, reason=said, actor=by)
            assert refused.value.field == "reason"
        with pytest.raises(TransitionNotAllowed, match="Hier steht eine IBAN"):
            core.earmark(grant, amount=Decimal(1), reason=said, actor=p.gf_aplerbeck())
        assert euros(grant) == (500, 0, 1500)


class TestDatabase:
    """What SQL may not do either. The table of moves is the same data."""

    def test_the_table_of_moves_holds_for_sql(self, grant, payee):
        call = ask(grant, payee)
        for state in State.values:
            legal = (
                any("called" in move.sources and move.target == state for move in TABLE.values())
                or state == "called"
            )
            with transaction.atomic():
                try:
                    with transaction.atomic():
                        PaymentCall.objects.filter(pk=call.pk).update(
                            state=state, checked_by=p.wf1().pk if state == "checked" else None
                        )
                except IntegrityError:
                    assert not legal, state
                else:
                    assert legal, state
                transaction.set_rollback(True)

    @pytest.mark.parametrize(
        "change", [{"amount": Decimal(400)}, {"purpose": "Anders"}, {"called_on": date(2026, 1, 1)}, {"due_on": date(2026, 1, 2)}, {"state": "paid"}]
    )  # fmt: skip
    def test_what_is_called_stays(self, grant, payee, change):
        call = ask(grant, payee)
        with pytest.raises(IntegrityError), transaction.atomic():
            PaymentCall.objects.filter(pk=call.pk).update(**change)

    def test_a_call_without_money_set_aside_is_refused(self, grant, payee):
        call = ask(grant, payee)
        row = {
            field.attname: getattr(call, field.attname)
            for field in call._meta.concrete_fields
            if field.name != "id"
        }
        with pytest.raises(IntegrityError, match="offenen Abrufe"), transaction.atomic():
            PaymentCall.objects.create(**row)
        called.earmark(grant, amount=Decimal(500))
        PaymentCall.objects.create(**row)

    def test_what_got_past_the_guards_is_found(self, grant, payee):
        call, other = ask(grant, payee), ask(grant, payee)
        lift_guards()
        PaymentCall.objects.filter(pk=call.pk).update(state="withdrawn")
        CallStep.objects.filter(call=other).delete()
        found = list(findings())
        assert found == [
            f"Antrag {grant.pk}: abgerufen ist 1.000,00\xa0€, die offenen Abrufe ergeben 500,00\xa0€.",
            f"{call}: Der Stand ist: zurückgezogen; die Schritte ergeben: noch nicht geprüft.",
            f"{other}: Der erste Schritt fehlt: Wer damit wann begonnen hat, steht nicht da.",
        ]

    def test_no_call_is_deleted(self, grant, payee):
        call = ask(grant, payee, **invoice())
        for rows in (CallPaper.objects.filter(call=call), CallStep.objects.filter(call=call)):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.delete()
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM payments_paymentcall WHERE id = %s", [call.pk])


class TestStartPages:
    def shown(self, user: Any) -> str:
        browser = Client()
        browser.force_login(user)
        return browser.get("/").content.decode().replace("\xa0", " ")

    def test_a_director_sees_what_to_call_and_what_came_back(self, grant, payee):
        assert "Geld abrufen, wenn es gebraucht wird" in self.shown(p.gf_aplerbeck())
        call = ask(grant, payee)
        assert "Geld abrufen" not in self.shown(p.gf_aplerbeck())
        services.return_call(call, reason="?", actor=p.wf1())
        assert f"{call} klären" in self.shown(p.gf_aplerbeck())
        assert f"{call} klären" not in self.shown(p.gf_brackel())

    def test_the_staff_sees_what_to_check(self, grant, payee):
        assert "Abrufe zu prüfen" not in self.shown(p.wf1())
        call = ask(grant, payee)
        assert call.get_absolute_url() in self.shown(p.wf1())
        services.check_call(call, actor=p.wf1())
        assert "Abrufe zu prüfen" not in self.shown(p.wf2())


def test_an_organiser_without_an_account_is_entered_with_its_name_there(grant):
    """The organiser is who gets the money most often: who misses it in the list need not guess why."""
    Project.objects.filter(pk=grant.project_id).update(measure=Project.Measure.GRANT)
    browser = Client()
    browser.force_login(p.gf_aplerbeck())
    address, name = reverse("payments:call_money", args=[grant.pk]), str(grant.project.organiser)
    page = browser.get(address)
    assert f"{name} (Veranstalter) hat noch keine Bankverbindung" in page.content.decode()
    button = rf'name="new_payee" value="{name}">\s*Bankverbindung eintragen'
    assert re.search(button, page.content.decode())
    entering = browser.post(address, sent(page, purpose="Bühne", new_payee=name), follow=True)
    assert f'value="{name}"' in entering.content.decode()
    p.payee(name, confirmed=False)
    assert "hat noch keine Bankverbindung" not in browser.get(address).content.decode()
