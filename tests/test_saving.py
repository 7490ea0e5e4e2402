"""Rows whose statements are composed once: what ``save`` promises still holds.

Beside these tests, ``conftest`` compares every such statement and its values in the whole suite with Django's.
"""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.signals import post_save, pre_save

from funding.models import Application, Decision, LedgerEntry, Pot
from members import saving
from members.models import OutboxMail
from projects.models import FinancingItem, Project
from projects.money import money
from tests import personas
from tests.tampering import lift_guards

pytestmark = pytest.mark.django_db


@pytest.fixture
def application() -> Application:
    return personas.application(personas.handed_in(personas.gf_aplerbeck(), pillar_2="1000"))


def test_what_an_approval_writes_is_composed_once() -> None:
    assert all(
        issubclass(model, saving.PreparedModel)
        for model in (Application, Decision, FinancingItem, LedgerEntry, Project)
    )


def test_the_same_fields_are_composed_once_and_nothing_is_null(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[Any, str] = {}
    monkeypatch.setattr(saving, "_known", known)
    for granted, statements in ((Decimal("7.05"), 1), (Decimal("8.10"), 1), (None, 2), (Decimal(9), 2)):
        application.granted = granted
        application.save(update_fields=["granted"])
        assert Application.objects.get(pk=application.pk).granted == granted
        assert len(known) == statements


def test_signals_are_sent(application: Application) -> None:
    heard = []

    def hear(sender: Any, instance: Any, signal: Any, **kwargs: Any) -> None:
        heard.append((signal is post_save, instance.pk, kwargs.get("created"), kwargs["update_fields"]))

    for signal in (pre_save, post_save):
        signal.connect(hear, sender=Application)
    try:
        application.save(update_fields=["granted"])
        again = Application.objects.get(pk=application.pk)
        again.pk, again.state, again._state.adding = None, Application.State.REJECTED, True
        again.save()
    finally:
        for signal in (pre_save, post_save):
            signal.disconnect(hear, sender=Application)
    changed = frozenset({"granted"})
    assert heard == [
        (False, application.pk, None, changed),
        (True, application.pk, False, changed),
        (False, None, None, None),
        (True, again.pk, True, None),
    ]
    assert again.pk > application.pk


def test_one_row_of_an_occasion_that_is_there_already_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[Any, str] = {}
    monkeypatch.setattr(saving, "_known", known)
    for subject in ("first", "second"):
        mail = OutboxMail(recipient="a@example.org", subject=subject, body="text", key="once")
        OutboxMail.objects.bulk_create([mail], ignore_conflicts=True)
    assert [(mail.subject, mail.body) for mail in OutboxMail.objects.all()] == [("first", "text")]
    assert len(known) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMail.objects.bulk_create([mail])


def test_several_rows_at_once_are_djangos_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "_known", None)
    mails = [OutboxMail(recipient="a@example.org", subject=str(n), body="text") for n in range(3)]
    OutboxMail.objects.bulk_create(mails)
    assert {mail.subject for mail in OutboxMail.objects.all()} == {"0", "1", "2"}
    assert all(mail.pk for mail in mails)


def test_a_row_that_is_gone_is_told(application: Application) -> None:
    application.pk = 10**9
    with pytest.raises(DatabaseError, match="did not affect any rows"):
        application.save(update_fields=["granted"])


def test_an_expression_is_djangos_own(application: Application) -> None:
    lift_guards()
    application.requested = F("requested") + money(Decimal("0.05"))  # type: ignore[assignment]
    application.save(update_fields=["requested"])
    assert Application.objects.get(pk=application.pk).requested == Decimal("1000.05")


def test_a_field_refuses_what_it_does_not_hold(application: Application) -> None:
    application.granted = Decimal("0.005")
    with pytest.raises(ValueError, match="whole number of cents"):
        application.save(update_fields=["granted"])


def test_a_related_row_is_saved_first(application: Application) -> None:
    application.pot = Pot()
    with pytest.raises(ValueError, match="unsaved related object"):
        application.save()


def test_a_change_adds_to_what_stands_there_now(application: Application) -> None:
    pot = Pot.objects.get(pk=application.pot_id)
    Pot.objects.filter(pk=pot.pk).update(allotted=money(Decimal(5000)))
    saving.change(Pot, pot.pk, "reserved", Decimal("10.05"))
    saving.change(Pot, pot.pk, "reserved", Decimal("-0.05"))
    pot.refresh_from_db()
    assert (pot.reserved, pot.allotted) == (10, 5000)


def test_after_a_refused_change_the_transaction_writes_nothing_more(application: Application) -> None:
    with pytest.raises(transaction.TransactionManagementError), transaction.atomic():
        try:
            saving.change(Pot, application.pot_id, "reserved", Decimal(10**6))
        except IntegrityError:
            Pot.objects.count()
    assert connection.get_rollback() is False


def test_negative_control_a_wrong_statement_is_found(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[Any, str] = {}
    monkeypatch.setattr(saving, "_known", known)
    application.save(update_fields=["granted"])
    [key] = known
    known[key] = known[key].replace("granted", "reserved")
    with pytest.raises(AssertionError):
        application.save(update_fields=["granted"])
