"""What has to come back: the claim of each decision, what became of it, and the interest on it, computed by hand."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from funding import hooks, services
from funding.closing.behind import line
from funding.closing.lights import BY_KEY
from funding.errors import ConflictOfInterest, TransitionNotAllowed
from funding.models import Application, Decision, GrantChange
from funding.proofs import notices
from funding.proofs import services as proofs
from funding.proofs.courses import Course, Due, courses, due
from funding.proofs.interest import Rate
from funding.proofs.models import BaseRate, InterestRule, ProofOfUse, ProofRules, RepaymentClaim, Voucher
from funding.proofs.owed import owed, still_owed
from funding.proofs.standing import standing
from funding.proofs.templatetags.proofs import unused_money
from funding.proofs.unused import unused
from funding.terms import later
from funding.verify import findings
from members.common.money import format_euro
from members.models import OutboxMail, User
from members.roles.permissions import Roles
from tests import called, letters, personas
from tests.mailed import worded
from tests.tampering import without_triggers
from tests.test_increase_and_reclaim import REASON, again, asked, euro, paid
from tests.test_interest import BASE_RATES


@pytest.mark.django_db
class TestClaim:
    def test_each_decision_makes_its_claim_with_day_and_reference(self, wf1):
        application = paid("1000", "800")
        for amount in (300, 100):
            services.reclaim(application, amount=euro(amount), reason=REASON, actor=wf1)
        first, second = RepaymentClaim.objects.order_by("pk")
        number = application.project.number
        assert (first.reference, second.reference) == (f"RF-{number}-1", f"RF-{number}-2")
        assert (first.amount, second.amount) == (300, 100)
        assert first.due_on == timezone.localdate() + timedelta(days=30)
        assert (first.legal_basis, first.rate) == ("", None)
        assert first.decision.step == "reclaim"
        assert list(findings()) == []

    def test_the_request_of_two_makes_one_when_it_is_confirmed(self, wf1, wf2):
        application = paid("6000", "5000")
        change = asked(application, "reclaim", "5500", wf1)
        assert not RepaymentClaim.objects.exists()
        services.confirm_change(change, actor=wf2)
        assert RepaymentClaim.objects.get().amount == 500

    def test_basis_and_days_are_rows(self, wf1):
        application = paid("1000", "800")
        model, today = application.pot.year.model, timezone.localdate()
        InterestRule.objects.create(
            funding_model=model,
            since=date(2016, 1, 1),
            points=Decimal(3),
            legal_basis="Nr. 7 der Vereinbarung",
        )
        InterestRule.objects.create(
            funding_model=model, since=today + timedelta(days=1), points=Decimal(5), legal_basis="Nr. 8"
        )
        ProofRules.objects.update(claim_days=14)
        services.reclaim(application, amount=euro(300), reason=REASON, actor=wf1)
        claim = RepaymentClaim.objects.get()
        assert (claim.points, claim.legal_basis) == (3, "Nr. 7 der Vereinbarung")
        assert claim.due_on == today + timedelta(days=14)
        InterestRule.objects.all().delete()
        claim.refresh_from_db()
        assert claim.points == 3

    def test_claims_of_before_get_theirs_by_the_migration(self, wf1, gf_aplerbeck):
        application = paid("1000", "800")
        for amount in (300, 100):
            services.reclaim(application, amount=euro(amount), reason=REASON, actor=wf1)
        made = list(RepaymentClaim.objects.order_by("pk").values())
        with without_triggers():
            RepaymentClaim.objects.all().delete()
        assert "hat keine Rückforderung mit Frist" in " ".join(findings())
        migration: Any = import_module("funding.proofs.migrations.0003_claims")
        migration.begin(apps, connection.schema_editor())
        assert [{**row, "id": 0} for row in RepaymentClaim.objects.order_by("pk").values()] == [
            {**row, "id": 0} for row in made
        ]
        assert list(findings()) == []

    def test_it_stays_as_it_was_decided(self, wf1):
        services.reclaim(paid("1000", "800"), amount=euro(300), reason=REASON, actor=wf1)
        with pytest.raises(IntegrityError, match="Rueckforderung"), transaction.atomic():
            RepaymentClaim.objects.update(due_on=timezone.localdate())

    def test_what_is_left_is_asked_of_the_database_as_of_the_decisions(self, wf1, wf2):
        application = paid("1000", "800")
        services.reclaim(application, amount=euro(300), reason=REASON, actor=wf1)
        services.reclaim(application, amount=euro(100), reason=REASON, actor=wf1)
        services.repay(application, amount=euro(250), actor=wf1)
        services.confirm_change(asked(again(application), "waive", "690", wf1), actor=wf2)
        services.reclaim(application, amount=euro(20), reason=REASON, actor=wf1)
        asked_of_database = {
            claim.pk: (claim.left, claim.was_waived) for claim in RepaymentClaim.objects.with_left()
        }
        walked = courses(application, application.decisions.select_related("grant_change", "claim"))
        assert {course.claim.pk: course.left for course in walked} == {
            key: left for key, (left, _) in asked_of_database.items()
        }
        assert [course.left for course in walked] == [0, 90, 20]
        assert [course.waived for course in walked] == [50, 10, 0]
        assert list(asked_of_database.values()) == [(0, True), (90, True), (20, False)]


# Interest, by hand


def course(*steps: tuple[str, str, str], percent: str = "", points: str = "3") -> list[Course]:
    """The claims of a grant over 10,000 euro: steps are (day, what, euro)."""
    claims = iter(range(1, 9))
    decisions = [
        _decision(-2, "submit", "10000", "2016-01-01"),
        _decision(-1, "approve", "10000", "2016-01-01"),
    ]
    for key, (day, what, amount) in enumerate(steps):
        decision = _decision(key, what, amount, day)
        if what == "reclaim":
            decision.claim = RepaymentClaim(
                pk=next(claims), amount=Decimal(amount), legal_basis="x",
                percent=Decimal(percent) if percent else None, points=None if percent else Decimal(points),
            )  # fmt: skip
        decisions.append(decision)
    application: Any = SimpleNamespace(pot_id=1, state="approved")
    return courses(application, decisions)


def _decision(key: int, step: str, amount: str, day: str) -> Any:
    return SimpleNamespace(
        pk=key, step=step, amount=Decimal(amount), on=date.fromisoformat(day), into_id=None, actor_id=1, financing="",
        grant_change=None, claim=None,
    )  # fmt: skip


def asked_for(found: Course, until: str) -> str:
    return str(due(found, BASE_RATES, until=date.fromisoformat(until)).total)


PAID, CLAIMED, BACK, WAIVED = "pay", "reclaim", "repay", "waive"


@pytest.mark.parametrize(
    ("interest", "found", "until"),
    [
        # From the day after the payment: 28 and 29 February, 1 March 2024: 1000 x 6.62 % x 3/366 = 0.5426
        ("0.54", course(("2024-02-27", PAID, "1000"), ("2024-03-01", CLAIMED, "1000"), ("2024-03-01", BACK, "1000")), "2025-01-01"),
        # Partly back on 29 February: 2 days on 1000, 2 on 400 at 6.62 %: (2000 + 800) x 0.0662/366 = 0.5064
        ("0.51", course(("2024-02-27", PAID, "1000"), ("2024-02-28", CLAIMED, "1000"), ("2024-02-29", BACK, "600"),
                        ("2024-03-02", BACK, "400")), "2025-01-01"),
        # The rate changes on 1 July 2023: 2 days on 1000 at 4.62 %, 3 at 6.12 %, then 2 on 500: (92.40 + 183.60 + 61.20)/365 = 0.9238
        ("0.92", course(("2023-06-28", PAID, "1000"), ("2023-06-29", CLAIMED, "1000"), ("2023-07-03", BACK, "500"),
                        ("2023-07-05", BACK, "500")), "2023-12-31"),
        # Latest payments first: 300 of 1 March, 200 of 1 February; 10 and 38 days at 4.62 %: (3000 + 7600) x 0.0462/365 = 1.3417
        ("1.34", course(("2023-01-01", PAID, "900"), ("2023-02-01", PAID, "400"), ("2023-03-01", PAID, "300"),
                        ("2023-03-05", CLAIMED, "500"), ("2023-03-11", BACK, "500")), "2023-12-31"),
        # The same, 200 back on 6 March: they pay for February's 200, 33 days; 300 stay 10 days: (6600 + 3000) x 0.0462/365 = 1.2151
        ("1.22", course(("2023-01-01", PAID, "900"), ("2023-02-01", PAID, "400"), ("2023-03-01", PAID, "300"),
                        ("2023-03-05", CLAIMED, "500"), ("2023-03-06", BACK, "200"), ("2023-03-11", BACK, "300")), "2023-12-31"),
        # Not back yet: to the day of the page, 31 days on 1000 at 5 %: 50 x 31/365 = 4.2466
        ("4.25", course(("2023-01-01", PAID, "1000"), ("2023-01-10", CLAIMED, "1000"), percent="5"), "2023-02-01"),
        # What is waived bears none: 10 days on 600 at 4.62 %: 6000 x 0.0462/365 = 0.7595
        ("0.76", course(("2023-03-01", PAID, "1000"), ("2023-03-02", CLAIMED, "1000"), ("2023-03-03", WAIVED, "400"),
                        ("2023-03-11", BACK, "600")), "2023-12-31"),
        # Of two payments the older stays: 200 of January, 334 days, 400 of June, 183 days: (66800 + 73200) x 0.03/365 = 11.5068
        ("11.51", course(("2023-01-01", PAID, "600"), ("2023-06-01", PAID, "400"), ("2023-06-02", CLAIMED, "1000"),
                         ("2023-06-03", WAIVED, "400"), percent="3"), "2023-12-01"),
        # January's 600 are back when June's 400 are waived: 153 days: 600 x 0.03 x 153/365 = 7.5452
        ("7.55", course(("2023-01-01", PAID, "600"), ("2023-06-01", PAID, "400"), ("2023-06-02", CLAIMED, "1000"),
                        ("2023-06-03", BACK, "600"), ("2023-06-04", WAIVED, "400"), percent="3"), "2023-12-01"),
        # What came back before it was claimed was not claimed: 700 of January stay, 300 of them: 300 x 70 x 0.0462/365 = 2.6581
        ("2.66", course(("2023-01-01", PAID, "1000"), ("2023-02-01", PAID, "500"), ("2023-02-10", BACK, "800"),
                        ("2023-03-01", CLAIMED, "300"), ("2023-03-12", BACK, "300")), "2023-12-31"),
        # Below zero counts as zero: -0.83 + 0.50
        ("0.00", course(("2016-02-01", PAID, "1000"), ("2016-02-02", CLAIMED, "1000"), points="0.5"), "2016-03-01"),
    ],
)  # fmt: skip
def test_interest_runs_from_the_day_after_the_payment_to_the_day_of_receipt(
    interest: str, found: list[Course], until: str
) -> None:
    assert asked_for(found[0], until) == interest


def test_two_claims_are_of_different_payments_and_the_older_is_repaid_first() -> None:
    first, second = course(
        ("2023-01-01", PAID, "100"), ("2023-02-01", PAID, "100"), ("2023-03-01", CLAIMED, "150"),
        ("2023-03-02", CLAIMED, "50"), ("2023-03-03", BACK, "160"),
    )  # fmt: skip
    assert first.parts == [(date(2023, 2, 1), 100), (date(2023, 1, 1), 50)]
    assert second.parts == [(date(2023, 1, 1), 50)]
    assert (first.left, second.left, second.came_back) == (0, 40, 10)


def test_without_a_basis_there_is_no_interest() -> None:
    [found] = course(("2023-01-01", PAID, "1000"), ("2023-01-10", CLAIMED, "1000"))
    found.claim.points = None
    assert due(found, BASE_RATES, until=date(2026, 1, 1)).total == 0


# Money that lay unused, by hand


def lay(payments: list[tuple[str, int]], vouchers: list[tuple[str, int]], rate: Rate | None = None) -> Due:
    days = [
        [(date.fromisoformat(day), Decimal(amount)) for day, amount in moves]
        for moves in (payments, vouchers)
    ]
    return unused(*days, rate=rate or Rate(Decimal(3)), base_rates=BASE_RATES)


@pytest.mark.parametrize(
    ("interest", "found"),
    [
        # Used within two months, on the last day of them, and before it was paid: none
        ("0.00", lay([("2023-01-10", 1000)], [("2023-02-01", 400), ("2023-03-10", 500), ("2022-12-01", 100)])),
        # Two months end on 10 March; 600 used on 20 March: 10 days at 4.62 %: 6000 x 0.0462/365 = 0.7595
        ("0.76", lay([("2023-01-10", 1000)], [("2023-02-01", 400), ("2023-03-20", 600)])),
        # First in, first used: the 500 of January are used by then, 300 of the 500 of March on 30 June: 1 May on, 60 days:
        # (2 months after 1 March: 1 May; 2 May to 30 June) 300 x 60 x 0.0462/365 = 2.2784
        ("2.28", lay([("2023-01-01", 500), ("2023-03-01", 500)], [("2023-02-01", 500), ("2023-04-01", 200), ("2023-06-30", 300)])),
        # Paid on 31 December 2023: two months end on 29 February 2024; used on 1 March: 1 day, 1000 x 6.62 % / 366 = 0.1809
        ("0.18", lay([("2023-12-31", 1000)], [("2024-03-01", 1000)])),
        # Over a change of rate: 29 June to 2 July 2023, 2 days at 4.62 %, 2 at 6.12 %: 1000 x (9.24 + 12.24) %/365 = 0.5885
        ("0.59", lay([("2023-04-28", 1000)], [("2023-07-02", 1000)])),
        # What no voucher shows bears none here
        ("0.00", lay([("2023-01-10", 1000)], [])),
        # A voucher over more than what was paid: only what was paid
        ("0.76", lay([("2023-01-10", 600)], [("2023-03-20", 9000)])),
    ],
)  # fmt: skip
def test_interest_on_what_lay_unused_for_more_than_two_months(interest: str, found: Due) -> None:
    assert str(found.total) == interest


# Pages


LIST = reverse("proofs:claims")


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(answer: Any) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", answer.content.decode())).replace("\xa0", " ").split())


def reclaimed(amount: int = 300) -> RepaymentClaim:
    application = paid("1000", "800")
    services.reclaim(application, amount=euro(amount), reason=REASON, actor=personas.wf1())
    return RepaymentClaim.objects.get(application=application)


def overdue_since(claim: RepaymentClaim, day: date) -> None:
    """The last day of the claim was another."""
    with without_triggers():
        RepaymentClaim.objects.filter(pk=claim.pk).update(due_on=day)


def with_interest(application: Application, **rate: Any) -> None:
    InterestRule.objects.create(
        funding_model=application.pot.year.model, since=date(2016, 1, 1), legal_basis="Nr. 7 der Vereinbarung", **rate
    )  # fmt: skip


@pytest.mark.django_db
class TestPages:
    def test_the_list_shows_what_is_open_and_filters(self, wf1, wf2, gf_brackel):
        claim = reclaimed()
        assert "300,00 €" in text_of(as_(wf1).get(LIST))
        services.repay(claim.application, amount=euro(100), actor=wf1)
        for state, found in (
            ("offen", True), ("teilweise", True), ("ueberfaellig", False), ("zurueckgezahlt", False), ("alle", True),
        ):  # fmt: skip
            page = text_of(as_(wf1).get(f"{LIST}?stand={state}&suche={claim.reference}"))
            assert (f"{claim.reference} " in page) == found, state
            if found:
                assert "200,00 €" in page
        assert "zurückgefordert 300,00 € noch offen 200,00 €" in text_of(as_(wf1).get(LIST))
        assert "Keine Rückforderung" in text_of(as_(gf_brackel).get(f"{LIST}?stand=alle"))
        services.confirm_change(asked(again(claim.application), "waive", "700", wf1), actor=wf2)
        for state, found in (("offen", False), ("zurueckgezahlt", False), ("verzichtet", True)):
            assert (claim.reference in text_of(as_(wf1).get(f"{LIST}?stand={state}"))) == found, state

    def test_the_debtor_is_named_to_readers_of_payees_and_to_the_district_never_to_the_board(
        self, wf1, gf_aplerbeck
    ):
        claim = reclaimed()
        project = claim.application.project
        assert claim.debtor == "Gewerbeverein Musterviertel"
        for address in (LIST, claim.get_absolute_url()):
            for reader in (wf1, gf_aplerbeck, personas.auditor()):
                assert claim.debtor in text_of(as_(reader).get(address)), (address, reader)
            page = text_of(as_(personas.board()).get(address))
            assert project.display_title in page and "Aplerbeck" in page
            assert claim.debtor not in page and "Zurückzuzahlen von" not in page
        project.measure = project.Measure.OWN
        assert claim.debtor == "Geschäftsführung Aplerbeck"

    def test_one_claim_shows_what_came_back_and_how_to_pay_the_rest(self, wf1, gf_aplerbeck):
        claim = reclaimed()
        services.repay(claim.application, amount=euro(100), actor=wf1)
        page = text_of(as_(gf_aplerbeck).get(claim.get_absolute_url()))
        for said in (
            "noch 200,00 € zurückzuzahlen", "100,00 € zurückgezahlt", claim.reference, "Ohne Zinsen",
            "Einen GiroCode gibt es nicht",
        ):  # fmt: skip
            assert said in page
        letters.letterhead(bank="Bank, IBAN DE02 3705 0299 0000 6847 12")
        page = as_(gf_aplerbeck).get(claim.get_absolute_url()).content.decode()
        assert 'src="data:image/svg+xml;base64,' in page
        assert "Zinsen buchen" not in page
        page = as_(personas.board()).get(claim.get_absolute_url()).content.decode()
        assert claim.reference in page and "IBAN" not in page and "GiroCode" not in page

    def test_interest_is_shown_line_by_line_and_booked_when_it_came(self, wf1, gf_aplerbeck, monkeypatch):
        application = paid("1000", "800")
        with_interest(application, percent=Decimal("36.5"))
        services.reclaim(application, amount=euro(300), reason=REASON, actor=wf1)
        claim = RepaymentClaim.objects.get()
        later = timezone.localdate() + timedelta(days=10)
        found = standing(claim, later)
        # 300 at 36.5 %: 0.30 a day, in a leap year a cent less in ten days
        assert found.owed.total in (euro("3.00"), euro("2.99"))
        assert (found.owed.asked, found.is_done) == (found.owed.total, False)
        ProofRules.objects.update(small_interest=euro(5))
        assert standing(claim, later).owed.asked == 0
        ProofRules.objects.update(small_interest=0)
        page = as_(wf1).get(claim.get_absolute_url())
        assert "Nr. 7 der Vereinbarung" in text_of(page)
        form = page.context["form"]
        sent = {
            "key": form["key"].value(),
            "seen": form["seen"].value(),
            "amount": "3,00",
            "reason": "Auszug 12",
        }
        assert as_(gf_aplerbeck).post(claim.get_absolute_url(), sent).status_code == 403
        assert as_(wf1).post(claim.get_absolute_url(), {**sent, "amount": "x"}).status_code == 422
        refused = as_(wf1).post(claim.get_absolute_url(), sent)  # paid today
        assert (refused.status_code, "keine Zinsen offen" in text_of(refused)) == (422, True)
        monkeypatch.setattr(hooks, "interest", [])
        assert as_(wf1).post(claim.get_absolute_url(), sent).status_code == 302
        assert as_(wf1).post(claim.get_absolute_url(), sent).status_code == 302  # once
        assert Decision.objects.filter(step="interest").count() == 1
        services.repay(claim.application, amount=euro(300), actor=wf1)
        found = standing(claim, later)
        assert (found.owed.total, found.is_done) == (0, True)  # back on the day of the payment
        assert list(findings()) == []

    def test_open_interest_keeps_the_grant_from_being_settled_until_it_is_explained(
        self, wf1, wf2, gf_aplerbeck, monkeypatch
    ):
        application = paid("1000", "1000")
        with_interest(application, percent=Decimal("36.5"))
        services.reclaim(application, amount=euro(300), reason=REASON, actor=wf1)
        services.repay(application, amount=euro(300), actor=wf1)
        claim = RepaymentClaim.objects.get()
        day, owed_on = timezone.localdate(), claim.decision.on + timedelta(days=10)
        assert owed(application, day).is_open is False  # back on the day of the payment
        ten_euro = Due(euro(10), ())
        monkeypatch.setattr("funding.proofs.owed.due", lambda *_, **__: ten_euro)
        assert still_owed(RepaymentClaim.objects.all(), owed_on) == {claim.pk: 10}
        with pytest.raises(TransitionNotAllowed, match=r"Es fehlen noch 10,00.€ Zinsen"):
            services.settle(application, actor=wf1)
        for address, said in (
            (LIST, "Zinsen offen"), ("/", "1 Rückforderung, nur die Zinsen fehlen noch"),
            (f"{LIST}?stand=zinsen", claim.reference), (claim.get_absolute_url(), "es fehlen noch 10,00 € Zinsen"),
        ):  # fmt: skip
            assert said in text_of(as_(wf1).get(address)), address
        assert claim.reference not in text_of(as_(wf1).get(f"{LIST}?stand=zurueckgezahlt"))
        [row] = BY_KEY["rueckforderungen"].rows([application.pot_id], day)
        assert (row, row.euro, line(row, Roles(wf1)).state) == (claim, 10, "Zinsen offen")
        # 4 come in, two people waive the rest: one asks on the claim's page, another confirms.
        services.book_interest(application, amount=euro(4), actor=wf1)
        page = as_(wf1).get(claim.get_absolute_url())
        form = page.context["forgo"]
        sent = {
            "key": form["key"].value(), "seen": form["seen"].value(), "step": "forgo", "amount": "6,01", "reason": REASON,
        }  # fmt: skip
        assert form.initial["amount"] == 6
        refused = as_(wf1).post(claim.get_absolute_url(), sent)
        assert (refused.status_code, "6,00 € Zinsen berechnet" in text_of(refused)) == (422, True)
        assert as_(gf_aplerbeck).post(claim.get_absolute_url(), sent).status_code == 403
        sent |= {"amount": "6", "key": refused.context["forgo"]["key"].value()}
        assert as_(wf1).post(claim.get_absolute_url(), sent).status_code == 302
        change = GrantChange.objects.get()
        assert (change.title, change.released) == ("Auf Zinsen verzichten", 6)
        assert "Auf 6,00 € Zinsen soll verzichtet werden" in text_of(as_(wf1).get(claim.get_absolute_url()))
        with pytest.raises(TransitionNotAllowed, match="wartet auf eine zweite Person"):
            services.request_change(
                application, what="forgo", to=change.granted + 1, reason=REASON, actor=wf2
            )
        with pytest.raises(ConflictOfInterest):
            services.confirm_change(change, actor=wf1)
        assert "Zinsen werden nicht mehr gefordert" in text_of(as_(wf2).get(change.get_absolute_url()))
        services.confirm_change(change, actor=wf2)
        decision = Decision.objects.get(step="forgo")
        assert (decision.amount, decision.entries.exists(), decision.reason) == (6, False, REASON)
        assert "Verzichtet" in text_of(as_(gf_aplerbeck).get(claim.get_absolute_url()))
        mail = worded(OutboxMail.objects.get(user=gf_aplerbeck, subject__contains="auf Zinsen verzichtet"))
        assert "auf 6,00 € Zinsen zu einer Rückforderung" in mail.body.replace("\xa0", " ")
        assert still_owed(RepaymentClaim.objects.all(), owed_on) == {}
        assert services.settle(again(application), actor=wf1).state == "settled"
        assert list(findings()) == []
        with without_triggers():
            GrantChange.objects.all().delete()
        assert "Auf Zinsen hat eine Person allein verzichtet" in " ".join(findings())

    def test_interest_is_not_waived_by_one_person(self, wf1, monkeypatch):
        application = paid("1000", "800")
        monkeypatch.setattr(hooks, "interest", [])
        with pytest.raises(TransitionNotAllowed, match="eine Person das beantragt"):
            services.forgo_interest(application, amount=euro(1), reason=REASON, actor=wf1)

    def test_a_missing_base_rate_is_said(self, wf1):
        application = paid("1000", "800")
        with_interest(application, points=Decimal(3))
        services.reclaim(application, amount=euro(300), reason=REASON, actor=wf1)
        claim = RepaymentClaim.objects.get()
        BaseRate.objects.all().delete()
        found = standing(claim, timezone.localdate() + timedelta(days=3))
        assert (found.due, found.is_done) == (None, False)
        assert "noch kein Basiszinssatz" in str(found.owed.missing)

    def test_the_pages_ask_a_fixed_number_of_queries(self, wf1):
        claim, client = reclaimed(), as_(wf1)

        def asked_for(url: str) -> int:
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            return len(queries)

        for _ in range(2):
            assert asked_for(LIST) == 8
            assert asked_for(claim.get_absolute_url()) == 12
            services.reclaim(claim.application, amount=euro(100), reason=REASON, actor=wf1)

    def test_a_number_that_no_claim_has_is_not_found(self, wf1):
        assert as_(wf1).get(f"{LIST}9999999999999999999999/").status_code == 404

    def test_staff_remind_of_what_is_overdue_and_the_list_says_when(self, wf1, gf_aplerbeck, gf_brackel):
        claim, today = reclaimed(), timezone.localdate()
        address = reverse("proofs:remind", args=[claim.pk])
        with pytest.raises(TransitionNotAllowed, match="Die Frist läuft noch"):
            proofs.remind(claim, actor=wf1)
        overdue_since(claim, today - timedelta(days=1))
        assert "An 300,00 € erinnern" in text_of(as_(wf1).get(claim.get_absolute_url()))
        assert "erinnern" not in text_of(as_(gf_aplerbeck).get(claim.get_absolute_url()))
        for reader in (gf_aplerbeck, personas.auditor(), personas.board()):
            assert as_(reader).post(address).status_code == 403
        assert as_(gf_brackel).post(address).status_code == 404
        assert not OutboxMail.objects.filter(template="claim_due").exists()
        services.repay(claim.application, amount=euro(100), actor=wf1)
        for _ in range(2):  # the second arrives late
            assert as_(wf1).post(address).status_code == 302
        reminder = claim.reminders.get()
        assert (reminder.amount, reminder.of_interest, reminder.actor, reminder.on) == (
            200,
            False,
            wf1,
            today,
        )
        mail = worded(OutboxMail.objects.get(template="claim_due", user=gf_aplerbeck))
        assert "noch 200,00 € zurückzuzahlen" in mail.body.replace("\xa0", " ")
        said = f"erinnert am {today:%d.%m.%Y}"
        assert said in text_of(as_(wf1).get(LIST))
        page = text_of(as_(gf_aplerbeck).get(claim.get_absolute_url()))
        assert f"{today:%d.%m.%Y}: erinnert an 200,00 €" in page
        [row] = BY_KEY["rueckforderungen"].rows([claim.application.pot_id], today)
        assert said in line(row, Roles(wf1)).state
        with pytest.raises(TransitionNotAllowed, match="heute schon"):
            proofs.remind(claim, actor=wf1)
        services.repay(claim.application, amount=euro(200), actor=wf1)
        with pytest.raises(TransitionNotAllowed, match="nichts zu zahlen"):
            proofs.remind(claim, actor=wf1)
        assert list(findings()) == []

    def test_interest_that_alone_is_open_has_its_code_and_its_reminders(self, wf1, gf_aplerbeck, monkeypatch):
        letters.letterhead(bank="Bank, IBAN DE02 3705 0299 0000 6847 12")
        application = paid("1000", "800")
        with_interest(application, percent=Decimal("36.5"))
        services.reclaim(application, amount=euro(300), reason=REASON, actor=wf1)
        claim, today = RepaymentClaim.objects.get(), timezone.localdate()
        overdue_since(claim, today - timedelta(days=20))
        monkeypatch.setattr("funding.proofs.owed.due", lambda *_, **__: Due(euro(10), ()))
        assert "GiroCode: 300,00" in as_(wf1).get(claim.get_absolute_url()).content.decode()
        services.repay(application, amount=euro(300), actor=wf1)
        page = as_(gf_aplerbeck).get(claim.get_absolute_url()).content.decode()
        assert f"GiroCode: 10,00\xa0€ mit dem Verwendungszweck {claim.reference}" in page
        assert "Zinsen zahlen" in page
        assert "An 10,00 € Zinsen erinnern" in text_of(as_(wf1).get(claim.get_absolute_url()))
        reminder = proofs.remind(claim, actor=wf1)
        assert (reminder.amount, reminder.of_interest) == (10, True)
        notices.remind_of_claims(today)
        notices.remind_of_claims(today + timedelta(days=1))
        bodies = [
            worded(mail).body.replace("\xa0", " ")
            for mail in OutboxMail.objects.filter(template="claim_due", user=gf_aplerbeck)
        ]
        assert ["es fehlen noch 10,00 € Zinsen" in body for body in bodies] == [True, True]
        services.book_interest(application, amount=euro(10), actor=wf1)
        page = as_(gf_aplerbeck).get(claim.get_absolute_url()).content.decode()
        assert "GiroCode" not in page and "Alles ist geklärt" in page
        assert list(findings()) == []

    def test_districts_are_reminded_before_and_after_and_the_staff_after(self, wf1, gf_aplerbeck):
        claim = reclaimed()
        for day, told in (
            (claim.due_on - timedelta(days=20), 0), (claim.due_on - timedelta(days=14), 1), (claim.due_on, 1),
            (claim.due_on + timedelta(days=14), 2), (claim.due_on + timedelta(days=30), 2),
        ):  # fmt: skip
            notices.remind_of_claims(day)
            mails = OutboxMail.objects.filter(template="claim_due", user=gf_aplerbeck)
            assert mails.count() == told, day
        assert OutboxMail.objects.filter(template="claim_due", user=wf1).count() == 1
        services.repay(claim.application, amount=euro(300), actor=wf1)
        assert notices.remind_of_claims(claim.due_on) == 0


@pytest.mark.django_db
def test_an_accepted_proof_shows_what_lay_unused_where_a_rule_gives_a_basis(wf1, gf_aplerbeck):
    application = personas.application(
        personas.approved(gf_aplerbeck, shares={"APL": "500"}, pillar_2="1000"), "S2"
    )
    called.pay(application, amount=Decimal(500), actor=wf1)
    proof = proofs.open_proof(application, actor=gf_aplerbeck)
    used_on = later(timezone.localdate(), 2) + timedelta(days=10)
    row = proof.rows.filter(side="cost")[0]
    Voucher.objects.create(row=row, day=used_on, amount=Decimal(700), entered_by=gf_aplerbeck)
    with_interest(application, percent=Decimal("36.5"))
    stored(proof, depth="full")
    assert owed(application, timezone.localdate()).unused is None
    stored(proof, state="accepted", result=Decimal(500), handed_in_on=timezone.localdate(), confirmed=True)
    shown = unused_money({"roles": Roles(wf1)}, proof)
    assert shown["linked"] and not unused_money({"roles": Roles(gf_aplerbeck)}, proof)["linked"]
    # 500 at 36.5 % for ten days: 5.00, in a leap year a cent less
    assert shown["due"].total in (euro("5.00"), euro("4.99"))
    page = " ".join(render_to_string("proofs/_unused.html", shown).split())
    assert "Nr. 7 der Vereinbarung" in page and used_on.strftime("%d.%m.%Y") in page
    client = as_(wf1)
    listed, asked = reverse("proofs:unclaimed"), f"{format_euro(shown['due'].total)}".replace("\xa0", " ")
    counts = []
    for number in (1, 2):
        with CaptureQueriesContext(connection) as queries:
            page = text_of(client.get(listed))
        counts.append(len(queries))
        assert f"{number} Bewilligung" in page and asked in page and "Gewerbeverein" in page
        twin = personas.application(personas.approved(gf_aplerbeck, title="Zweites", pillar_2="1000"), "S2")
        called.pay(twin, amount=Decimal(500), actor=wf1)
        second = proofs.open_proof(twin, actor=gf_aplerbeck)
        row = second.rows.filter(side="cost")[0]
        Voucher.objects.create(row=row, day=used_on, amount=Decimal(700), entered_by=gf_aplerbeck)
        done = {"result": Decimal(500), "handed_in_on": timezone.localdate(), "confirmed": True}
        stored(second, depth="full", state="accepted", **done)
    assert counts == [10, 10]
    assert "Gewerbeverein" not in text_of(as_(personas.board()).get(listed))
    assert "Zurzeit fehlen keine solchen Zinsen." in text_of(as_(personas.gf_brackel()).get(listed))
    assert "3 Bewilligungen mit Zinsen auf ungenutztes Geld" in text_of(client.get("/"))
    with without_triggers():
        Application.objects.filter(pk=application.pk).update(state="settled")
    assert "2 Bewilligungen" in text_of(client.get(listed))  # the second and the third
    with without_triggers():
        Application.objects.filter(pk=application.pk).update(state="approved")
    stored(proof, depth="simple")
    assert unused_money({"roles": Roles(wf1)}, proof) == {}
    stored(proof, depth="list")
    InterestRule.objects.update(percent=None, points=Decimal(3))
    BaseRate.objects.all().delete()
    assert "noch kein Basiszinssatz" in unused_money({"roles": Roles(wf1)}, proof)["trouble"]
    InterestRule.objects.all().delete()
    assert unused_money({"roles": Roles(wf1)}, proof) == {"trouble": ""}


def stored(proof: ProofOfUse, **values: Any) -> None:
    with without_triggers():
        ProofOfUse.objects.filter(pk=proof.pk).update(**values)
    proof.refresh_from_db()


@pytest.mark.django_db
def test_interest_on_unused_money_is_booked_beside_it(wf1, gf_aplerbeck, client, monkeypatch):
    application = personas.application(personas.approved(gf_aplerbeck, pillar_2="1000"), "S2")
    called.pay(application, amount=Decimal(500), actor=wf1)
    proof = proofs.open_proof(application, actor=gf_aplerbeck)
    client.force_login(wf1)
    address = reverse("proofs:interest", args=[proof.pk])
    form = client.get(address).context["form"]
    typed = {"key": form["key"].value(), "seen": form["seen"].value(), "amount": "0", "reason": "Auszug 7"}
    assert client.post(address, typed).status_code == 422
    assert client.post(address, typed | {"amount": "3,02"}).status_code == 422  # none is computed
    monkeypatch.setattr(hooks, "interest", [])
    assert client.post(address, typed | {"amount": "3,02"}).status_code == 302
    application.pot.refresh_from_db()
    assert application.pot.allotted == euro("80003.02")
    assert application.decisions.get(step="interest").reason == "Auszug 7"
