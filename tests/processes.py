"""What the processes of the concurrency tests run; ``tests.ready`` has set up Django before."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import StringIO
from multiprocessing.synchronize import Barrier
from typing import Any
from unittest.mock import Mock, patch

from django.conf import settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.test import Client
from django.utils import timezone

from funding import rules, services
from funding.closing import services as closing_services
from funding.closing.models import Deletion, YearClosing
from funding.closing.retention import periods
from funding.closing.retention import services as retention
from funding.errors import FundingError
from funding.ledger import differences, lock_pots
from funding.models import Application, Expense, FiscalYear, Pot, Transfer
from funding.payments import batch_rules
from funding.payments import services as payments
from funding.payments.models import (
    OwnAccount,
    Payee,
    PayeeAccount,
    Payment,
    PaymentBatch,
    PaymentCall,
    StatementEntry,
)
from funding.payments.models.batch import PaymentQuerySet
from funding.payments.services import batches, entries
from funding.payments.services import statements as bank_statements
from funding.proofs.models import ChangeRequest, ProofOfUse
from funding.proofs.services import changes, checking
from funding.proofs.services.case import Case
from funding.services import case, overhead
from funding.services import closing as core_closing
from members import guards
from members import services as association
from members.common.uploads import UploadRefused
from members.models import District, Membership, Resolution, Seat, User
from members.post.outbox import send_queue
from members.roles.permissions import Roles
from projects import attachments
from projects import services as project_services
from projects.models import Project
from projects.models.attachment import AttachmentQuerySet
from projects.services import StaleProject
from stadtbezirk.operation import jobs
from stadtbezirk.startup import limit_waiting
from tests import called, files, personas
from tests.closed import close

barrier: Barrier


def prepare(database: str, start: Barrier) -> None:
    """In each new process: Django on the test's own database, whatever name pytest-xdist gave it."""
    global barrier
    connection.settings_dict["NAME"] = database
    barrier = start


def run(task: str, *args: Any) -> Any:
    """All processes start their tasks at the same moment."""
    wait()
    try:
        return TASKS[task](*args)
    finally:
        connection.close()


def wait() -> None:
    barrier.wait(timeout=60)


def outcome(act: Callable[[], Any]) -> tuple[str, Any]:
    """("ok", None), or the refusal's name with what it says is available."""
    try:
        act()
    except (FundingError, ValidationError, StaleProject, DatabaseError) as error:
        return type(error).__name__, getattr(error, "available", str(error))
    return "ok", None


def _application(pk: int) -> Any:
    return Application.objects.get(pk=pk)


def _user(pk: int) -> Any:
    return User.objects.get(pk=pk)


def idle() -> None:
    """Takes part in the start only."""


def approve_all(applications: list[int], amount: str, actor: int) -> list[tuple[str, Any]]:
    return [
        outcome(lambda pk=pk: services.approve(_application(pk), amount=Decimal(amount), actor=_user(actor)))
        for pk in applications
    ]


def approve_share(application: int, amount: str, actor: int, resolution: int) -> tuple[str, Any]:
    return outcome(
        lambda: services.approve(
            _application(application),
            amount=Decimal(amount),
            actor=_user(actor),
            resolution=Resolution.objects.get(pk=resolution),
        )
    )


def race(application: int, amount: str, actor: int, locked: bool) -> tuple[bool, tuple[str, Any]]:
    """Approve with a pause between check and write; return whether the check was passed, and the outcome.

    Without the lock every process passes the check before any writes: on PostgreSQL because nobody locks the
    pot, on SQLite (one writer at a time) because the remainder is read before the transaction begins.
    """
    passed = []
    real = case.Case.require_available
    own = _application(application)
    stale = Pot.objects.get(pk=own.pot_id).available

    def check_then_pause(self: Any, asked: Decimal) -> None:
        if not locked and connection.vendor == "sqlite":
            assert asked <= stale
        else:
            real(self, asked)
        passed.append(asked)
        if locked:
            time.sleep(0.05)
        elif connection.vendor == "postgresql":
            wait()

    with ExitStack() as patches:
        patches.enter_context(patch.object(case.Case, "require_available", check_then_pause))
        if not locked:
            patches.enter_context(patch.object(case, "lock_pots", lambda pots: pots))
            if connection.vendor == "sqlite":
                wait()
        result = outcome(lambda: services.approve(own, amount=Decimal(amount), actor=_user(actor)))
    return bool(passed), result


def raise_grant(application: int, to: str, actor: int, locked: bool) -> tuple[str, Any]:
    """Raise a grant; without the lock both pass the check before either writes, as in ``race``."""
    real = rules.require_free_for_increase
    own = _application(application)
    stale = Pot.objects.get(pk=own.pot_id).available

    def check_then_pause(app: Application, pot: Pot, wanted: Decimal) -> None:
        if not locked and connection.vendor == "sqlite":
            assert wanted - (app.granted or 0) <= stale
        else:
            real(app, pot, wanted)
        if not locked and connection.vendor == "postgresql":
            wait()

    with ExitStack() as patches:
        if not locked:
            patches.enter_context(patch.object(rules, "require_free_for_increase", check_then_pause))
            patches.enter_context(patch.object(case, "lock_pots", lambda pots: pots))
            if connection.vendor == "sqlite":
                wait()
        return outcome(
            lambda: services.increase(own, to=Decimal(to), reason="Mehr Zelte.", actor=_user(actor))
        )


def race_to_link(application: int, amount: str, actor: int, locked: bool) -> tuple[str, Any]:
    """Approve while the others do. Unlocked: everybody has read the end of the pot's chain before anybody writes."""
    own = _application(application)
    stale = Pot.objects.get(pk=own.pot_id)
    wait()
    with ExitStack() as patches:
        if not locked:
            patches.enter_context(patch.object(case, "lock_pots", lambda pots: [stale]))
        return outcome(lambda: services.approve(own, amount=Decimal(amount), actor=_user(actor)))


def send_form(path: str, data: dict[str, Any], actor: int) -> tuple[int, str]:
    """Send a form as a browser does; the status and the address that follows."""
    browser = Client(raise_request_exception=False)
    browser.force_login(_user(actor))
    wait()
    answer = browser.post(path, data)
    return answer.status_code, answer.headers.get("Location", "")


def hand_in(projects: list[int], actor: int) -> list[tuple[str, Any]]:
    return [
        outcome(lambda pk=pk: services.submit(Project.objects.get(pk=pk), actor=_user(actor)))
        for pk in projects
    ]


def pay_once(key: str, application: int, amount: str, actor: int) -> tuple[str, Any]:
    user = _user(actor)
    return outcome(
        lambda: services.once(
            key, user, lambda: called.pay(_application(application), amount=Decimal(amount), actor=user)
        )
    )


def approve_by_form(key: str | None, application: int, amount: str, actor: int) -> tuple[str, Any]:
    user = _user(actor)
    return outcome(
        lambda: services.approve(_application(application), amount=Decimal(amount), actor=user, key=key)
    )


def step(name: str, application: int, actor: int, data: dict[str, Any], seen: str | None = None) -> Any:
    """Take a step as its page would: with what its user has seen."""
    given = {key: Decimal(value) if key in ("amount", "to") else value for key, value in data.items()}
    if "resolution" in given:
        given["resolution"] = Resolution.objects.get(pk=given["resolution"])
    act = getattr(services, name)
    return outcome(lambda: act(_application(application), actor=_user(actor), seen=seen, **given))


def step_on_what_was_read(name: str, application: int, actor: int, data: dict[str, Any]) -> Any:
    """Take a step on what was read before anybody locked: so it would be without reading anew under the lock."""
    project = Project(pk=_application(application).project_id)
    stale = list(case._applications_of(project))
    wait()
    with patch.object(case, "_applications_of", lambda project: stale):
        return step(name, application, actor, data)


def decline(project: int, district: int, actor: int) -> tuple[str, Any]:
    return outcome(
        lambda: project_services.decline_participation(
            Project.objects.get(pk=project),
            district=District.objects.get(pk=district),
            reason="Keine Zeit.",
            actor=_user(actor),
        )
    )


def edit(project: int, version: int, actor: int) -> tuple[str, Any]:
    """Save the plan of a granted project as its form would: one cost more, one own row more."""
    more = [{"label": "Strom", "amount": Decimal("5")}]
    plan = project_services.Plan(
        costs=more, others=[{"kind": "own", "label": "Kasse", "amount": Decimal("5")}]
    )
    return outcome(
        lambda: project_services.update_project(
            Project.objects.get(pk=project), actor=_user(actor), fields={}, plan=plan, version=version
        )
    )


def open_year(year: int, actor: int) -> tuple[str, Any]:
    return outcome(lambda: services.open_year(year, actor=_user(actor)))


def race_call(
    application: int, payee: int, amount: str, actor: int, locked: bool
) -> tuple[bool, tuple[str, Any]]:
    """Call money with a pause between check and write; return whether the check was passed, and the outcome.

    Without the lock every process has read the grant's rest before any of them begins its transaction.
    """
    passed = []
    real = rules.checked_call
    stale = _application(application).callable

    def check_then_pause(app: Any, wanted: Decimal) -> Decimal:
        if locked:
            real(app, wanted)
        else:
            assert wanted <= stale
        passed.append(wanted)
        time.sleep(0.05)
        return wanted

    asked = personas.asked(Payee.objects.get(pk=payee), amount)
    with patch.object(rules, "checked_call", check_then_pause):
        if not locked:
            wait()
        result = outcome(
            lambda: payments.call_money(_application(application), asked=asked, actor=_user(actor))
        )
    return bool(passed), result


def pay_cents(application: int, times: int, actor: int) -> list[tuple[str, Any]]:
    user = _user(actor)
    return [
        outcome(lambda: called.pay(_application(application), amount=Decimal("0.01"), actor=user))
        for _ in range(times)
    ]


def verify(times: int) -> list[Any]:
    return [difference for _ in range(times) for difference in differences()]


def close_year_slowly(pot: int) -> None:
    """Holds the pot as a year-end closing does, and closes the year before it lets go."""
    with transaction.atomic():
        held = lock_pots(Pot.objects.filter(pk=pot)).get()
        wait()
        time.sleep(0.5)
        close(pk=held.year_id)


def request_closing(year: int, actor: int) -> tuple[str, Any]:
    asked = FiscalYear.objects.get(pk=year)
    return outcome(
        lambda: closing_services.request_closing(asked, reason="Alles bezahlt.", actor=_user(actor))
    )


def confirm_closing(closing: int, actor: int) -> tuple[str, Any]:
    asked = YearClosing.objects.get(pk=closing)
    return outcome(lambda: closing_services.confirm_closing(asked, actor=_user(actor)))


def confirm_closing_later(closing: int, actor: int, locked: bool) -> tuple[str, Any]:
    """Begins while a booking holds the pot.

    Without the pots' lock it does not wait for it. SQLite has one writer at a time: there it has read the pots before.
    """
    asked = YearClosing.objects.select_related("year__model").get(pk=closing)
    rests = closing_services.remainders(asked.year, asked.requested_on)
    pots = list(Pot.objects.filter(year=asked.year).select_related("year", "district"))
    wait()
    with ExitStack() as patches:
        if not locked and connection.vendor == "sqlite":
            patches.enter_context(patch.object(closing_services, "remainders", lambda *asked: rests))
            patches.enter_context(patch.object(core_closing, "lock_pots", lambda asked: pots))
        elif not locked:
            patches.enter_context(patch.object(core_closing, "lock_pots", lambda asked: asked))
        return confirm_closing(closing, actor)


def hold_slowly(project: int, actor: int) -> tuple[str, Any]:
    """Enters a hold, and ends its transaction only after somebody has begun to confirm a deletion."""
    with transaction.atomic():
        found = outcome(
            lambda: retention.hold(
                project=Project.objects.get(pk=project), reason="Klage.", actor=_user(actor)
            )
        )
        wait()
        time.sleep(0.5)
    return found


def confirm_deletion_later(deletion: int, actor: int, locked: bool) -> tuple[str, Any]:
    """Begins while a hold is being entered; without the lock it does not wait for it."""
    wait()
    with ExitStack() as patches:
        if not locked:
            patches.enter_context(patch.object(periods, "lock"))
        asked = Deletion.objects.get(pk=deletion)
        return outcome(lambda: retention.confirm_deletion(asked, actor=_user(actor)))


def sign_note(proof: int, actor: int, locked: bool) -> tuple[str, Any]:
    """Accept a proof alone; unlocked, everybody has read that it is handed in before anybody writes."""
    user, row = _user(actor), ProofOfUse.objects.with_names().get(pk=proof)
    with ExitStack() as patches:
        if not locked:
            stale = Case(row, Roles(user, timezone.localdate()))
            patches.enter_context(patch.object(checking, "open_step", lambda *_, **__: stale))
            wait()
        return outcome(lambda: checking.note(row, text="Geprüft.", depth="simple", actor=user))


def decide_change(change: int, actor: int, consents: bool, locked: bool) -> tuple[str, Any]:
    """Decide on a change; unlocked, everybody has read that it waits before anybody writes."""
    user, row = _user(actor), ChangeRequest.objects.with_names().get(pk=change)
    with ExitStack() as patches:
        if not locked:
            stale = row, Roles(user, timezone.localdate())
            patches.enter_context(patch.object(changes, "_open", lambda *_, **__: stale))
            wait()
        if consents:
            return outcome(lambda: changes.consent_to_change(row, actor=user))
        return outcome(lambda: changes.refuse_change(row, reason="Bleibt so.", actor=user))


def repay_slowly(application: int, amount: str, actor: int) -> tuple[str, Any]:
    """Books a repayment, and ends its transaction only after the closing has begun."""
    with transaction.atomic():
        found = outcome(
            lambda: services.repay(_application(application), amount=Decimal(amount), actor=_user(actor))
        )
        wait()
        time.sleep(0.5)
    return found


def step_later(name: str, application: int, actor: int, data: dict[str, Any]) -> Any:
    """Begins while the closing holds the pot."""
    wait()
    return step(name, application, actor, data)


def book_expense(year: int, amount: str, actor: int) -> tuple[str, Any]:
    return outcome(lambda: _expense(year, amount, actor))


def _expense(year: int, amount: str, actor: int) -> Expense:
    return services.book_expense(
        year, amount=Decimal(amount), purpose="Porto", payee="Post", actor=_user(actor)
    )


def race_expense(year: int, amount: str, actor: int, locked: bool) -> tuple[bool, tuple[str, Any]]:
    """Book with a pause between check and write; return whether the check was passed, and the outcome.

    Without the lock every process has read the pot before any of them begins its transaction.
    """
    passed = []
    create = Expense.objects.create

    def pause_then_create(**values: Any) -> Expense:
        passed.append(values)
        time.sleep(0.05)
        return create(**values)

    with ExitStack() as patches:
        patches.enter_context(patch.object(Expense.objects, "create", pause_then_create))
        if not locked:
            stale = list(Pot.objects.filter(year__year=year, kind=Pot.Kind.OVERHEAD))
            wait()
            patches.enter_context(patch.object(overhead, "lock_open", lambda pots: stale))
        result = outcome(lambda: _expense(year, amount, actor))
    return bool(passed), result


def confirm_transfers(transfers: list[int], actor: int) -> list[tuple[str, Any]]:
    return [
        outcome(lambda pk=pk: services.confirm_transfer(Transfer.objects.get(pk=pk), actor=_user(actor)))
        for pk in transfers
    ]


def delegate(district: int, person: int, since: str, actor: int) -> tuple[str, Any]:
    return outcome(
        lambda: association.enter(
            Membership(district_id=district, person_id=person, since=date.fromisoformat(since)),
            actor=_user(actor),
        )
    )


def delegate_unlocked(district: int, person: int, since: str) -> tuple[str, Any]:
    """Check without any lock, wait until everybody has checked, then write."""
    row = Membership(district_id=district, person_id=person, since=date.fromisoformat(since))
    assert guards.crowd(row) is None
    wait()
    return outcome(row.save)


def seat(body: int, person: int, since: str, actor: int) -> tuple[str, Any]:
    return outcome(
        lambda: association.enter(
            Seat(body_id=body, person_id=person, since=date.fromisoformat(since)), actor=_user(actor)
        )
    )


def admit_city(organisation: int, since: str, actor: int) -> tuple[str, Any]:
    return outcome(
        lambda: association.enter(
            Membership(
                kind=Membership.Kind.CITY, organisation_id=organisation, since=date.fromisoformat(since)
            ),
            actor=_user(actor),
        )
    )


def add_papers(project: int, names: list[str], actor: int, locked: bool) -> list[str]:
    """Add a different paper under each name; "ok" or why not. Without the lock all count before anybody writes."""
    with ExitStack() as patches:
        if not locked:
            count = Project(pk=project).attachments.present().count()
            counted = Mock(**{"count.return_value": count, "filter.return_value.first.return_value": None})
            patches.enter_context(patch.object(AttachmentQuerySet, "present", lambda rows: counted))
            patches.enter_context(patch.object(attachments, "lock", lambda project: project))
            wait()
        return [_add_paper(project, name, actor) for name in names]


def _add_paper(project: int, name: str, actor: int) -> str:
    upload = files.upload(files.PDF.replace(b"Catalog", name.encode()), f"{name}.pdf")
    try:
        attachments.add(Project.objects.get(pk=project), upload=upload, actor=_user(actor))
    except UploadRefused as refused:
        return str(refused)
    return "ok"


class SlowMail(EmailBackend):
    """A server that takes a moment, in which another process takes the next mail."""

    def send_messages(self, messages: Any) -> int:
        time.sleep(0.02)
        return super().send_messages(messages)


def send_mails() -> list[str]:
    """Send what is due; the recipients that this process served."""
    delivery = {"EMAIL_BACKEND": f"{__name__}.SlowMail"}
    mail.outbox = []
    with patch.object(settings, "MAIL_DELIVERY", delivery):
        send_queue()
    return [message.to[0] for message in mail.outbox]


def hold_rows(tables: list[str]) -> None:
    """Hold these tables' rows for as long as the others visit. SQLite has one writer: the whole file."""
    wait()
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        wait()
        wait()


def visit_beside(user: int | None, visits: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    """Send the forms as a web server's process, while somebody holds the rows. Without limits it waits for ever."""
    settings.WEB_LOCK_TIMEOUT = 1
    limit_waiting()
    connection.close()
    browser = Client(raise_request_exception=False)
    if user:
        browser.force_login(_user(user))
    wait()
    wait()
    answers = [browser.post(path, data) for path, data in visits]
    wait()
    return [(a.status_code, a.headers.get("Retry-After"), a.content.decode()) for a in answers]


def ask_postgresql(sql: str) -> tuple[int, str | None]:
    """Open the visitor's start page as a web server's process; it asks ``sql`` on its way."""
    settings.WEB_STATEMENT_TIMEOUT = 1
    limit_waiting()
    connection.close()

    def asked() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    visitor = Client(raise_request_exception=False)
    with patch("stadtbezirk.start.visitor", asked):
        refused = visitor.get("/")
    close_old_connections()  # as the server does at the next request
    assert visitor.get("/").status_code == 200, "the next page works again"
    return refused.status_code, refused.headers.get("Retry-After")


def run_jobs() -> list[str]:
    """Run what is due; the names of the jobs that this process did."""
    did: list[str] = []
    noted = tuple(replace(job, run=lambda out, name=job.name: did.append(name)) for job in jobs.JOBS)
    with patch.object(jobs, "JOBS", noted):
        jobs.run_due(StringIO())
    return did


def idle_twice() -> None:
    wait()


def idle_four_times() -> None:
    wait()
    wait()
    wait()


def _account_values(payee: int, iban: str, actor: int) -> dict[str, Any]:
    return {
        "iban": iban, "holder": "Verein", "since": timezone.localdate(), "reason": "Brief", "payee": Payee.objects.get(pk=payee),
        "actor": _user(actor),
    }  # fmt: skip


def enter_account(payee: int, iban: str, actor: int) -> tuple[str, Any]:
    values = _account_values(payee, iban, actor)
    return outcome(lambda: payments.enter_account(values.pop("payee"), **values))


def enter_account_unlocked(payee: int, iban: str, actor: int) -> tuple[str, Any]:
    """Everybody reads which account is the last one before anybody writes."""
    values = _account_values(payee, iban, actor)
    last = PayeeAccount.objects.filter(payee=payee).order_by("-pk").first()
    wait()
    row = PayeeAccount(follows=last, requested_by=values.pop("actor"), requested_on=values["since"], **values)
    return outcome(row.save)


def decide_account(account: int, confirms: bool, actor: int, locked: bool) -> tuple[str, Any]:
    """Confirm or refuse it; unlocked, everybody reads that it waits before anybody writes."""
    row = PayeeAccount.objects.get(pk=account)
    if not locked:
        wait()
        row.paper = "Brief" if confirms else ""
        state = PayeeAccount.State.CONFIRMED if confirms else PayeeAccount.State.REFUSED
        refusal = "" if confirms else "Nein."
        return outcome(
            lambda: row.decide(state, actor=_user(actor), on=timezone.localdate(), refusal=refusal)
        )
    if confirms:
        return outcome(lambda: payments.confirm_account(row, paper="Brief", actor=_user(actor)))
    return outcome(lambda: payments.refuse_account(row, reason="Nein.", actor=_user(actor)))


def release_batch(batch: int, actor: int, day: date, locked: bool) -> tuple[str, Any]:
    """Release a batch. Without the lock everybody has read it before anybody writes."""
    stale = None
    if not locked:
        with transaction.atomic():
            stale = batches._locked(PaymentBatch.objects.get(pk=batch))
    wait()
    with ExitStack() as patches:
        if stale:
            patches.enter_context(patch.object(batches, "_locked", lambda batch: stale))
        return outcome(
            lambda: payments.release(PaymentBatch.objects.get(pk=batch), actor=_user(actor), on=day)
        )


def begin_batch(account: int, call: int, actor: int, day: date, locked: bool) -> tuple[str, Any]:
    """Put the call into a batch of one's own. Without the lock everybody has read it before anybody writes."""
    stale = None
    if not locked:
        with transaction.atomic():
            stale = batches._calls([call])
    wait()
    with ExitStack() as patches:
        if stale:
            patches.enter_context(patch.object(batches, "_calls", lambda keys: stale))
        return outcome(
            lambda: payments.begin_batch(
                OwnAccount.objects.get(pk=account), calls=[PaymentCall.objects.get(pk=call)], execution_day=day,
                actor=_user(actor), on=day,
            )
        )  # fmt: skip


def release_on_one_balance(batch: int, actor: int, day: date) -> tuple[str, Any]:
    """Release a batch. Everybody has read what is left on the account before anybody releases."""
    found = PaymentBatch.objects.get(pk=batch)
    left = batch_rules.left_on(found.account)
    wait()
    with patch.object(batch_rules, "left_on", lambda account: left):
        return outcome(lambda: payments.release(found, actor=_user(actor), on=day))


def _book_together(*payment: Any, book: Callable[..., None] = batches._book, **how: Any) -> None:
    wait()
    book(*payment, **how)


@contextmanager
def on_what_was_read(batch: int, *, locked: bool) -> Iterator[None]:
    """Unlocked: everybody has read the batch, its payments and their calls before anybody books."""
    with ExitStack() as patches:
        if not locked:
            with transaction.atomic():
                stale = batches._locked(PaymentBatch(pk=batch))
                payments_read = {row.pk: row for row in Payment.objects.filter(batch=batch)}
                calls_read = batches._calls(row.call_id for row in payments_read.values())
            calls_of = {call.pk: call for call in calls_read}
            patches.enter_context(patch.object(batches, "_locked", lambda batch: stale))
            patches.enter_context(
                patch.object(batches, "_calls", lambda keys: [calls_of[key] for key in keys if key])
            )
            patches.enter_context(
                patch.object(PaymentQuerySet, "get", lambda rows, **asked: payments_read[asked["pk"]])
            )
            patches.enter_context(patch.object(batches, "_book", _book_together))
        yield


def execute_batch(batch: int, actor: int, day: date, locked: bool = True) -> tuple[str, Any]:
    def act() -> None:
        found = PaymentBatch.objects.get(pk=batch)
        for _, error in payments.mark_executed(found, executed_on=day, actor=_user(actor)):
            raise error

    with on_what_was_read(batch, locked=locked):
        return outcome(act)


def send_back(payment: int, actor: int, day: date, locked: bool = True) -> tuple[str, Any]:
    found = Payment.objects.get(pk=payment)
    assert found.batch_id
    with on_what_was_read(found.batch_id, locked=locked):
        wait()
        return outcome(
            lambda: payments.send_back(found, reason="Konto erloschen", returned_on=day, actor=_user(actor))
        )


def tick_batch(entry: int, batch: int, actor: int, locked: bool = True) -> tuple[str, Any]:
    found = StatementEntry.objects.get(pk=entry)
    with on_what_was_read(batch, locked=locked):
        return outcome(
            lambda: payments.tick_batch(found, batch=PaymentBatch.objects.get(pk=batch), actor=_user(actor))
        )


def load_statements(content: bytes, actor: int, locked: bool) -> tuple[str, Any]:
    """Load a file; ("ok", how many statements and entries are new). Unlocked: nobody has seen the others' rows."""
    loaded: list[Any] = []
    with ExitStack() as patches:
        if not locked:
            patches.enter_context(patch.object(bank_statements, "_is_there", lambda *asked: False))
        name, text = outcome(lambda: loaded.append(payments.load_statements(content, actor=_user(actor))))
    return (name, (len(loaded[0].new), loaded[0].entries)) if loaded else (name, text)


def tick_expense(entry: int, actor: int, locked: bool) -> tuple[str, Any]:
    """Book a fee. Without the lock everybody has read the entry before anybody writes."""
    found = StatementEntry.objects.select_related("statement", "change").get(pk=entry)
    year = FiscalYear.objects.get(year=found.booked_on.year)
    wait()
    with ExitStack() as patches:
        if not locked:
            patches.enter_context(patch.object(entries, "_locked", lambda *asked: found))
        return outcome(
            lambda: payments.tick_expense(found, year=year, purpose="x", payee="Bank", actor=_user(actor))
        )


def tick_to_city(entry: int, year: int, actor: int, locked: bool) -> tuple[str, Any]:
    """Say that money went back to the city. Without the lock everybody has written before anybody has finished."""
    found, closed = StatementEntry.objects.get(pk=entry), FiscalYear.objects.get(pk=year)
    real = entries._match

    def match_together(*given: Any, **more: Any) -> Any:
        done = real(*given, **more)
        if connection.vendor == "postgresql":
            wait()
        return done

    if connection.vendor == "sqlite" or locked:
        wait()
    with ExitStack() as patches:
        if not locked:
            unlocked = patch.object(
                FiscalYear.objects, "select_for_update", lambda **how: FiscalYear.objects.all()
            )
            patches.enter_context(unlocked)
            patches.enter_context(patch.object(entries, "_match", match_together))
            nothing = patch.object(
                type(StatementEntry.objects.all()), "paid_to_city", lambda *asked: Decimal(0)
            )
            patches.enter_context(nothing)
        return outcome(lambda: payments.tick_to_city(found, year=closed, actor=_user(actor)))


TASKS: dict[str, Callable[..., Any]] = {
    task.__name__: task
    for task in (
        idle, idle_twice, idle_four_times, send_form, hold_rows, visit_beside, ask_postgresql, approve_all, approve_share, race, raise_grant, race_to_link, hand_in, pay_once, approve_by_form, open_year,
        pay_cents, race_call, verify, close_year_slowly, request_closing, confirm_closing, confirm_closing_later, hold_slowly, confirm_deletion_later, sign_note, decide_change, repay_slowly, step_later, book_expense, race_expense, confirm_transfers,
        enter_account, enter_account_unlocked, decide_account,
        delegate, delegate_unlocked, seat, admit_city, add_papers, send_mails, run_jobs, step, step_on_what_was_read, decline, edit,
        release_batch, begin_batch, release_on_one_balance, execute_batch, send_back, tick_batch,
        tick_expense, tick_to_city, load_statements,
    )
}  # fmt: skip
