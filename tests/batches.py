"""Money on its way: the association's account, its balance, checked calls and batches of them, for tests."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from funding.models import Application
from funding.payments import services
from funding.payments.models import Balance, OwnAccount, Payee, PaymentBatch, PaymentCall
from funding.payments.services import files
from funding.verify import findings
from members.common.target_days import is_target_day, next_target_day
from members.models import Organisation
from projects.models import Project
from tests import personas

OWN_IBAN = "DE02200505501015871393"


def bank_day() -> date:
    """The last day until today on which banks pay: so a batch can be executed in the same test."""
    day = timezone.localdate()
    while not is_target_day(day):
        day -= timedelta(days=1)
    return day


def next_bank_day() -> date:
    """The first day from today on which banks pay."""
    return next_target_day(timezone.localdate())


def own_account(**more: Any) -> OwnAccount:
    values = {
        "name": "Geschäftskonto",
        "holder": "StadtbezirksMarketing Dortmund",
        "bic": "HASPDEHHXXX",
    }
    return OwnAccount.objects.get_or_create(
        iban=OWN_IBAN, defaults={"since": date(2016, 1, 1), **values, **more}
    )[0]


def balance(amount: str = "100000", day: date | None = None) -> Balance:
    """A balance, entered by wf1 and confirmed by wf2."""
    entered = services.enter_balance(
        own_account(), amount=Decimal(amount), day=day or bank_day(), reason="Auszug 7", actor=personas.wf1()
    )
    return services.confirm_balance(entered, actor=personas.wf2())


def payee(name: str = "Verein Hörde", iban: str = personas.IBANS[0]) -> Payee:
    """An organisation with an account that was confirmed long ago."""
    organisation, _ = Organisation.objects.get_or_create(name=name)
    made = services.enter_payee(organisation, actor=personas.wf1())
    if not made.accounts.exists():
        account = personas.payee_account(made, actor=personas.wf1(), iban=iban, since=date(2016, 1, 1))
        services.confirm_account(account, paper="Kontoauszug", actor=personas.wf2())
    return made


def granted(amount: str = "1000", **more: Any) -> Project:
    """A project of Aplerbeck that was granted so much from the district's pot."""
    return personas.approved(personas.gf_aplerbeck(), shares={"APL": amount}, **more)


def checked_call(
    application: Application | None = None, amount: str = "500", to: Payee | None = None
) -> PaymentCall:
    """A call that waits to be paid: Aplerbeck called the money, wf1 checked it."""
    application = application or personas.application(granted(amount))
    to = to or payee()
    to.districts.add(personas.district("APL"))
    call = personas.call(application, amount, to=to, purpose="Bühne")
    return services.check_call(call, actor=personas.wf1())


def opened(*calls: PaymentCall, **more: Any) -> PaymentBatch:
    """A batch that wf1 has put together."""
    values = {"execution_day": bank_day(), "on": bank_day(), **more}
    return services.begin_batch(
        own_account(), calls=calls or [checked_call()], actor=personas.wf1(), **values
    )


def released(*calls: PaymentCall, **more: Any) -> PaymentBatch:
    """A batch that wf1 has put together and wf2 has released."""
    if not Balance.objects.exists():
        balance()
    return services.release(opened(*calls, **more), actor=personas.wf2(), on=bank_day())


def executed(*calls: PaymentCall, **more: Any) -> PaymentBatch:
    batch = released(*calls, **more)
    day = max(bank_day(), batch.execution_day)  # by hand, it is paid on a Sunday as well
    assert services.mark_executed(batch, executed_on=day, actor=personas.wf1()) == []
    batch.refresh_from_db()
    return batch


def found() -> list[str]:
    """What ``verify_ledger`` finds. The letters of these tests take their numbers from no series."""
    return [sentence for sentence in findings() if not sentence.startswith("Schreiben")]


def story(application: Application) -> None:
    """30 euro in an open batch; 40 that were paid under another name, came back, and are released once more."""
    today = timezone.localdate()
    balance(day=today)
    one, two = (
        services.check_call(personas.call(application, amount, purpose=f"Zu {amount}"), actor=personas.wf1())
        for amount in ("30", "40")
    )
    by_hand = {"by_file": False, "execution_day": today, "on": today}
    opened(one, **by_hand)
    batch = services.release(opened(two, **by_hand), actor=personas.wf2())
    payment = batch.payments.get()
    answers = {payment.pk: services.Answer("no_match", "Vereien")}
    services.record_answers(batch, answers=answers, actor=personas.wf1())
    services.accept_mismatch(payment, reason="Rückruf", actor=personas.wf2())
    services.mark_executed(batch, executed_on=today, actor=personas.wf1())
    services.send_back(payment, reason="Konto erloschen", returned_on=today, actor=personas.wf1())
    again = opened(two, execution_day=next_bank_day(), on=today)
    files.make(services.release(again, actor=personas.wf2()).pk)
