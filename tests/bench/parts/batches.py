"""A batch of 200 payments from its release to its bookings, and a statement of 2,000 entries.

Beside them stand bare lxml, which writes or reads the same elements, and the very statements of the services, sent raw.
Both ways are rolled back each time, so that the next turn finds the same rows.
"""

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from statistics import median
from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction
from lxml import etree

from funding.models import Application, Decision, LedgerEntry
from funding.payments import camt, pain, services
from funding.payments.models import BankStatement, CallStep, Payee, PaymentBatch, PaymentCall, StatementEntry
from funding.payments.services import files
from members.models import District, OutboxMail
from stadtbezirk.demo import bank
from tests import batches, called, personas, statements
from tests.bench.measure import taking_turns
from tests.bench.parts import Context
from tests.bench.raw import Driver, Statement, recorded
from tests.bench.rows import Row
from tests.bench.world import World

TARGET = 3.0
PAYMENTS, ENTRIES = 200, 2_000
CENT = Decimal("0.01")
#: Tables whose keys other rows name.
KEYED = (Decision, LedgerEntry, CallStep, OutboxMail, BankStatement, StatementEntry)
Way = Callable[[], object]


def run(context: Context) -> Iterator[Row]:
    driver = Driver()
    batch = batches.opened(*_calls())
    order, content = files.order(batch), _statement()
    entries = f"{ENTRIES:,}".replace(",", ".")

    def row(what: str, ours: float, floor: float, against: str, note: str = "") -> Row:
        return Row(
            "batches", what, context.database, context.size, ours * 1000, "ms", floor=floor * 1000, target=TARGET,
            against=against, repeats=context.repeats, note=note,
        )  # fmt: skip

    def bare(what: str, ours: Way, floor: Way) -> Row:
        return row(what, *taking_turns([ours, floor], context.repeats), "bare lxml")

    def raw(what: str, ours: Way, lxml: Way) -> Row:
        sent = _recorded(ours)
        times = _rolled_back(driver, ours, lxml, sent, context.repeats)
        return row(what, *times, "bare lxml and raw statements", f"{len(sent)} Anweisungen")

    writing, reading = partial(bare_file, order), partial(bare_reading, content)
    load = partial(services.load_statements, content, actor=personas.wf1())
    yield bare(f"Datei mit {PAYMENTS} Zahlungen schreiben", partial(pain.write, order), writing)
    yield raw(f"{PAYMENTS} Zahlungen freigeben, Datei schreiben, buchen", partial(_pay, batch), writing)
    yield bare(f"Kontoauszug mit {entries} Buchungen lesen", partial(camt.read, content), reading)
    yield raw(f"Kontoauszug mit {entries} Buchungen laden", load, reading)
    driver.close()


def _calls() -> list[PaymentCall]:
    """Checked calls of one cent each on the running year's grants by turns, for eight payees."""
    batches.balance()
    grants = Application.objects.filter(pot__year__year=World().year, state=Application.State.APPROVED)
    chosen = [each for each in grants.order_by("pk") if each.callable > 1][:PAYMENTS]
    for grant in chosen:
        personas.accept(grant)
    payees = [batches.payee(f"Messung {number}", iban) for number, iban in enumerate(personas.IBANS)]
    for payee in payees:
        payee.districts.set(District.objects.all())
    return [_call(chosen[number % len(chosen)], payees[number % len(payees)]) for number in range(PAYMENTS)]


def _call(grant: Application, payee: Payee) -> PaymentCall:
    asked = personas.asked(payee, CENT, others_used=Decimal(0), override="Messung")
    call = services.call_money(grant, asked=asked, actor=called.caller(grant))
    return services.check_call(call, actor=personas.wf1())


def _pay(batch: PaymentBatch) -> None:
    """Release it as the second person, make its file, book all of its payments."""
    services.release(batch, actor=personas.wf2(), on=batches.bank_day())
    files.make(batch.pk)
    refused = services.mark_executed(batch, executed_on=batches.bank_day(), actor=personas.wf1())
    assert refused == [], refused


def _statement() -> bytes:
    lines = [
        bank.Line(
            CENT * (number + 1), name=f"Förderverein {number} e. V.", remittance=f"Beitrag {number}",
            end_to_end=f"E-{number}", iban=personas.IBANS[number % 8], reference=f"R-{number}",
        )
        for number in range(ENTRIES)
    ]  # fmt: skip
    return statements.file_of(*lines)


def _recorded(ours: Way) -> list[Statement]:
    _count_on()
    return recorded(partial(_undone, ours))


def _rolled_back(driver: Driver, ours: Way, lxml: Way, sent: list[Statement], repeats: int) -> list[float]:
    """The median seconds of our way, and of lxml with the same statements sent raw; the first turn does not count."""

    def floor() -> None:
        lxml()
        driver.transaction(sent, keep=False)

    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats + 1):
        for task, taken in zip((partial(_undone, ours), floor), times, strict=True):
            _count_on()
            begin = time.perf_counter()
            task()
            taken.append(time.perf_counter() - begin)
    return [median(taken[1:]) for taken in times]


class _Undo(Exception):
    pass


def _undone(task: Way) -> None:
    try:
        with transaction.atomic():
            task()
            raise _Undo
    except _Undo:
        pass


def _count_on() -> None:
    """PostgreSQL gives no key twice, rolled back or not: let it, so that statements sent again make the same keys."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), KEYED):
            cursor.execute(sql)


def bare_file(order: pain.Order) -> bytes:
    """Write the same elements by lxml alone: no checks, no other characters."""
    root = etree.Element(f"{{{pain.NAMESPACE}}}Document", nsmap={None: pain.NAMESPACE})

    def put(parent: Any, name: str, text: str | None = None) -> Any:
        made = etree.SubElement(parent, f"{{{pain.NAMESPACE}}}{name}")
        made.text = text
        return made

    total = f"{sum(transfer.amount for transfer in order.transfers):.2f}"
    initiation = put(root, "CstmrCdtTrfInitn")
    header = put(initiation, "GrpHdr")
    info = put(initiation, "PmtInf")
    for parent, name in ((header, "MsgId"), (info, "PmtInfId")):
        put(parent, name, order.message_id)
        put(parent, "NbOfTxs", str(len(order.transfers)))
        put(parent, "CtrlSum", total)
    put(header, "CreDtTm", order.created.isoformat())
    put(put(header, "InitgPty"), "Nm", order.debtor.name)
    put(info, "PmtMtd", "TRF")
    put(put(put(info, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    put(put(info, "ReqdExctnDt"), "Dt", order.execution_day.isoformat())
    put(put(info, "Dbtr"), "Nm", order.debtor.name)
    put(put(put(info, "DbtrAcct"), "Id"), "IBAN", order.debtor.iban)
    put(put(put(info, "DbtrAgt"), "FinInstnId"), "BICFI", order.debtor.bic)
    for transfer in order.transfers:
        each = put(info, "CdtTrfTxInf")
        put(put(each, "PmtId"), "EndToEndId", transfer.end_to_end)
        put(put(each, "Amt"), "InstdAmt", f"{transfer.amount:.2f}").set("Ccy", "EUR")
        put(put(put(each, "CdtrAgt"), "FinInstnId"), "BICFI", transfer.creditor.bic)
        put(put(each, "Cdtr"), "Nm", transfer.creditor.name)
        put(put(put(each, "CdtrAcct"), "Id"), "IBAN", transfer.creditor.iban)
        put(put(each, "RmtInf"), "Ustrd", transfer.remittance)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


#: What stands in an entry of the bank, and where.
PATHS = (
    "Amt", "CdtDbtInd", "Sts/Cd", "BookgDt/Dt", "ValDt/Dt", "RvslInd", "AcctSvcrRef", "AddtlNtryInf",
    "BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd",
    "NtryDtls/Btch/MsgId", "NtryDtls/Btch/PmtInfId",
    "NtryDtls/TxDtls/Amt", "NtryDtls/TxDtls/CdtDbtInd", "NtryDtls/TxDtls/Refs/EndToEndId",
    "NtryDtls/TxDtls/Refs/MsgId", "NtryDtls/TxDtls/Refs/PmtInfId", "NtryDtls/TxDtls/RltdPties/Dbtr/Pty/Nm",
    "NtryDtls/TxDtls/RltdPties/DbtrAcct/Id/IBAN", "NtryDtls/TxDtls/RmtInf/Ustrd",
    "NtryDtls/TxDtls/RtrInf/Rsn/Cd", "NtryDtls/TxDtls/RtrInf/AddtlInf",
)  # fmt: skip
FULL = ["/".join(f"{{{bank.NAMESPACE}}}{name}" for name in path.split("/")) for path in PATHS]


def bare_reading(content: bytes) -> list[list[str | None]]:
    """Read the same texts by lxml alone: nothing is checked, nothing is a number or a day."""
    root = etree.fromstring(content)
    return [[entry.findtext(path) for path in FULL] for entry in root.iter(f"{{{bank.NAMESPACE}}}Ntry")]
