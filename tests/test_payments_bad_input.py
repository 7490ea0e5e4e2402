"""What a tired person or a strange bank types into the pages of payments: said beside its field, kept, and nothing is written."""

import resource
import zipfile
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from lxml import etree

from funding.models import Application, Expense
from funding.payments import services
from funding.payments.models import BankStatement, Payee, PayeeAccount, PaymentBatch, PaymentCall
from funding.payments.services import files as bank_files
from members.common.target_days import next_target_day
from members.models import User
from tests import batches as b
from tests import files
from tests import personas as p
from tests import statements as s
from tests.closed import close
from tests.test_batch_pages import begin
from tests.test_pain import schema
from tests.test_project_pages import signed_in, text_of

pytestmark = pytest.mark.django_db

EMPTY = "leer.pdf"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    options = {**settings.STORAGES["default"]["OPTIONS"], "location": tmp_path}
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "OPTIONS": options}}
    return tmp_path


def send(user: User, address: str, **typed: Any) -> Any:
    """Open the page and send its form."""
    client = signed_in(user)
    key = client.get(address).context["form"]["key"].value()
    return client.post(address, {"key": key, **typed})


def refused_beside(answer: Any, field: str, said: str, typed: str) -> None:
    assert answer.status_code == 422
    assert said in " ".join(answer.context["form"].errors[field]).replace("\u00a0", " ")
    page = answer.content.decode()
    assert said in text_of(answer).replace("\u00a0", " ")
    assert "is-invalid" in page and "Traceback" not in page
    assert typed in page


def stored() -> list[str]:
    folders, names = default_storage.listdir("")
    return [*folders, *names]


class TestAccount:
    @pytest.mark.parametrize(
        ("iban", "said"),
        [
            ("DE88 3704 0044 0532 0130 00", "mindestens eine Stelle falsch oder vertauscht"),
            ("DE89 3704 0044 0532 0130 0", "hat 22 Stellen; hier sind es 21"),
            ("DE37 9999 9999 0123 4567 89", "ist keine Bank bekannt"),
            ("XX89 3704 0044 0532 0130 00", "gehört nicht zum Zahlungsraum SEPA"),
            ("XK05 1212 0123 4567 8906", "SEPA"),
            ("fünf", "IBAN"),
        ],
    )
    def test_an_account_that_cannot_be(self, iban: str, said: str) -> None:
        payee = services.enter_payee(p.gf_hoerde().person, actor=p.wf1())
        address = reverse("payments:account_create", args=[payee.pk])
        since = f"{timezone.localdate():%d.%m.%Y}"
        answer = send(p.wf1(), address, iban=iban, holder="Eine Person", since=since, reason="Rechnung 7")
        refused_beside(answer, "iban", said, "Rechnung 7")
        assert not PayeeAccount.objects.exists()

    def test_a_payee_of_140_characters_is_paid_by_a_file_that_the_bank_takes(
        self, django_capture_on_commit_callbacks: Any
    ) -> None:
        name = "Verein zur Förderung " + "sehr langer Namen " * 6
        name = f"{name:.<139}ß"
        address = {"street": "Hermannstraße 1", "postcode": "44263", "town": "Dortmund", "country": "DE"}
        client = signed_in(p.wf1())
        page = reverse("payments:payee_create")
        key = client.get(page).context["form"]["key"].value()
        assert (
            client.post(page, {"key": key, "kind": "organisation", "name": name, **address}).status_code
            == 302
        )
        payee = Payee.objects.get()
        assert len(str(payee)) == 140
        page = reverse("payments:account_create", args=[payee.pk])
        since = f"{timezone.localdate():%d.%m.%Y}"
        typed = {"iban": p.IBANS[0], "holder": f"{name}!", "since": since, "reason": "Rechnung 7"}
        refused_beside(send(p.wf1(), page, **typed), "holder", "Zeichen", "Rechnung 7")
        assert send(p.wf1(), page, **{**typed, "holder": name}).status_code == 302
        services.confirm_account(payee.accounts.get(), paper="Brief", actor=p.wf2())
        with django_capture_on_commit_callbacks(execute=True):
            batch = b.released(b.checked_call(to=payee), execution_day=b.next_bank_day())
        batch.refresh_from_db()
        document = etree.fromstring(bank_files.content(batch))
        schema().assertValid(document)
        assert name in text_of(signed_in(p.wf1()).get(batch.get_absolute_url()))


def closed_day() -> date:
    """A day of last year, which is closed."""
    day = timezone.localdate() - timedelta(days=350)
    if day.year == p.this_year():
        day = date(day.year - 1, 12, 31)
    year = p.open_year(day.year).year
    close(year=year)
    return day


#: Field, what is typed, what is said. The grant has 2,000 euro left, the overhead 16,000.
AMOUNTS = [
    ("amount", "-5", "größer als null"),
    ("amount", "0", "größer als null"),
    ("amount", "1,005", "höchstens zwei"),
    ("amount", "1.000.000.000.000", "Betrag"),
    ("amount", "zwölf", "1.234,50"),
    ("due_on", closed_day, "ist abgeschlossen"),
    ("due_on", "30.02.2026", "Datum"),
    ("purpose", "x" * 141, "höchstens 140 Zeichen"),
    ("papers", EMPTY, "Die Datei ist leer"),
]


class TestCall:
    @pytest.fixture
    def grant(self) -> Application:
        return p.accept(p.application(p.approved(p.gf_aplerbeck())))

    @pytest.mark.parametrize(
        ("field", "value", "said"), [("amount", "2000,01", "noch 2.000,00 € abzurufen"), *AMOUNTS]
    )
    def test_what_cannot_be_called(self, grant: Application, field: str, value: Any, said: str) -> None:
        payee = p.payee(str(grant.project.organiser))
        value = f"{value():%d.%m.%Y}" if callable(value) else value
        value = files.upload(b"", EMPTY) if value == EMPTY else value
        typed = {
            "payee": payee.pk, "amount": "12,50", "kind": "refund", "purpose": "Bühne und Technik",
            "due_on": f"{timezone.localdate():%d.%m.%Y}", "without_invoice": "Sammelbeleg", field: value,
        }  # fmt: skip
        answer = send(p.gf_aplerbeck(), reverse("payments:call_money", args=[grant.pk]), **typed)
        kept = value if isinstance(value, str) else "Sammelbeleg"
        refused_beside(answer, field, said, kept)
        assert "Sammelbeleg" in answer.content.decode()
        grant.refresh_from_db()
        assert grant.called == 0 and not PaymentCall.objects.exists() and not stored()


class TestExpense:
    @pytest.mark.parametrize(
        ("field", "value", "said"), [("amount", "16.000,01", "sind noch frei"), *AMOUNTS]
    )
    def test_what_cannot_be_entered(self, field: str, value: Any, said: str) -> None:
        p.open_year()
        value = f"{value():%d.%m.%Y}" if callable(value) else value
        value = files.upload(b"", EMPTY) if value == EMPTY else value
        typed = {
            "payee": b.payee().pk, "amount": "12,50", "purpose": "Miete", "without_invoice": "Dauerschuld",
            "due_on": f"{timezone.localdate():%d.%m.%Y}", field: value,
        }  # fmt: skip
        answer = send(p.wf1(), reverse("payments:expense_create", args=[p.this_year()]), **typed)
        refused_beside(answer, field, said, value if isinstance(value, str) else "Dauerschuld")
        assert not Expense.objects.exists() and not PaymentCall.objects.exists() and not stored()


def test_a_batch_on_the_first_of_may() -> None:
    """On a weekday, so that it is the holiday of the banks that is refused."""
    b.own_account()
    call = b.checked_call()
    year = p.this_year() + 1
    while date(year, 5, 1).weekday() > 3:
        year += 1
    day = date(year, 5, 1)
    answer = begin(p.wf1(), execution_day=day.isoformat(), calls=[str(call.pk)])
    assert answer.status_code == 422
    shown = text_of(answer)
    assert f"Am 01.05.{year} führen Banken keine Überweisungen aus" in shown
    assert f"der nächste Banktag ist der {next_target_day(day):%d.%m.%Y}" in shown
    assert next_target_day(day) == date(year, 5, 2)
    assert f'value="{day.isoformat()}"' in answer.content.decode()
    assert f'value="{call.pk}"' in answer.content.decode()
    call.refresh_from_db()
    assert call.state == "checked" and not PaymentBatch.objects.exists()


def load(content: bytes, name: str = "auszug.xml") -> Any:
    client, page = signed_in(p.wf1()), reverse("payments:statements")
    key = client.get(page).context["form"]["key"].value()
    return client.post(page, {"key": key, "file": files.upload(content, name)})


class TestStatement:
    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
    def test_truncated_anywhere(self, share: float) -> None:
        content = s.file_of(s.line("5"), s.line("-9.90", fee=True))
        answer = load(content[: int(len(content) * share)])
        assert answer.status_code == 422
        assert "unvollständig oder beschädigt" in text_of(answer)
        assert not BankStatement.objects.exists() and not stored()

    def test_an_entry_is_missing(self) -> None:
        content = s.file_of(s.line("5"), s.line("-9.90"))
        tree = etree.fromstring(content)
        entry = next(tree.iter("{*}Ntry"))
        entry.getparent().remove(entry)
        answer = load(etree.tostring(tree))
        assert answer.status_code == 422 and "Anfang" in text_of(answer)
        assert not BankStatement.objects.exists() and not stored()

    def test_of_another_account(self) -> None:
        answer = load(s.camt_of_a_stranger())
        assert answer.status_code == 422
        assert "das ist keins des Vereins" in text_of(answer) and "DE89" not in text_of(answer)
        assert not BankStatement.objects.exists() and not stored()

    @pytest.mark.slow
    @pytest.mark.parametrize("packed", [True, False], ids=["small in a ZIP", "whole"])
    def test_a_hundred_thousand_entries_cost_little_memory(self, packed: bool) -> None:
        content = s.file_of(s.line("1", reference="R1", name="Stadt Dortmund", remittance="Rate"))
        start, end = content.index(b"<Ntry>"), content.index(b"</Ntry>") + len(b"</Ntry>")
        entry = content[start:end]
        if packed:
            entry = b'<Ntry><Amt Ccy="EUR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts></Ntry>'
        content = content[:start] + entry * 100_000 + content[end:]
        if packed:
            archive = BytesIO()
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
                file.writestr("auszug.xml", content)
            content = archive.getvalue()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer = load(content, "auszug.zip" if packed else "auszug.xml")
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        said = "mehr als 10.000 Buchungen" if packed else "zu groß"
        assert answer.status_code == 422 and said in text_of(answer).replace("\u00a0", " ")
        assert more < 400, f"{more:.0f} MB"
        assert not BankStatement.objects.exists() and not stored()
