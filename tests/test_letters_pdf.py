"""Each kind of letter as a PDF: read back by poppler, judged by veraPDF, without the words of administrative acts."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from funding import services as funding
from funding.letters import content, services
from funding.letters.errors import NotYet
from funding.letters.models import KINDS, Form, Kind, Letter
from funding.models import Application, Decision, GrantTerms
from funding.public_words import PUBLIC_WORDS
from funding.terms import in_force
from tests import called, letters, personas, verapdf
from tests.test_pdf import flat, pages

pytestmark = [pytest.mark.django_db, pytest.mark.pdf]

#: What nobody should type, and what markup, fonts and shells choke on.
HOSTILE = (
    '#import "x"; $a$ *b* _c_ `d` \\ </script> „Ä“ שלום 你好 🙂 \u202e\u0007 {betrag} @a <b> ' + "x" * 60
)
KINDS_TESTED = [(form, kind) for form in (Form.PRIVATE, Form.INTERNAL) for kind in KINDS[form]]


@pytest.fixture(autouse=True)
def sender() -> None:
    letters.ready()


def written(form: str, kind: str, **project: Any) -> Letter:
    """A letter of this kind by the steps that lead to it."""
    wf1 = personas.wf1()
    project = {"measure": "own" if form == Form.INTERNAL else "grant", **project}
    if kind == Kind.REJECTION:
        start: dict[str, Any] = {"pillar_2": "2000", "organiser": letters.organiser(), **project}
        application = personas.application(personas.handed_in(personas.gf_aplerbeck(), **start))
        funding.reject(application, reason="Kein Bezug zum Quartier.", actor=wf1)
    else:
        application = letters.granted(**project)
        GrantTerms.objects.update(
            letter_style="agreement" if kind == Kind.AGREEMENT else "promise",
            interest="Fünf Prozent im Jahr.",
        )
        lessen(application, kind)
    letter = services.make(services.draw(Decision.objects.filter(application=application).latest("pk")))
    assert (letter.form, letter.kind) == (form, kind)
    return letter


def lessen(application: Application, kind: str) -> None:
    wf1 = personas.wf1()
    if kind == Kind.CONFIRMATION:
        GrantTerms.objects.update(since=timezone.localdate() + timedelta(days=1))
    if kind == Kind.CHANGE:
        funding.reduce(application, to=Decimal("1500.50"), reason="Kosten gesunken.", actor=wf1)
    if kind == Kind.AMENDMENT:
        grant = in_force(application)
        assert grant is not None
        funding.change_terms(
            application, grant=grant, period=(None, None), costs={}, reason="Der Termin ist offen.", actor=wf1
        )
    if kind in (Kind.RECOVERY, Kind.CLAIM):
        called.pay(application, amount=Decimal(700), actor=wf1)
    if kind == Kind.CLAIM:
        funding.reclaim(application, amount=Decimal(200), reason="Kosten gesunken.", actor=wf1)
    if kind in (Kind.WITHDRAWAL, Kind.RECOVERY):
        funding.revoke(application, reason="Das Fest fällt aus.", actor=wf1)


@pytest.mark.parametrize(("form", "kind"), KINDS_TESTED)
def test_each_kind_is_read_back_and_is_what_archives_and_screen_readers_need(form: str, kind: str) -> None:
    letter = written(form, kind, title="Sommerfest")
    pdf = letters.pdf(letter)
    text = flat(" ".join(pages(pdf)))
    assert letter.number in text
    assert "Sommerfest" in text
    assert "Sina Zeichnung" in text
    assert not re.search("|".join(PUBLIC_WORDS), text, re.IGNORECASE)
    assert verapdf.findings(pdf) == []


@pytest.mark.parametrize(("form", "kind"), [(Form.PRIVATE, Kind.AGREEMENT), (Form.INTERNAL, Kind.RELEASE)])
def test_hostile_text_is_only_text(form: str, kind: str) -> None:
    letter = written(
        form, kind, title=HOSTILE[:110], summary=HOSTILE, costs=[(HOSTILE[:150], "2000")],
        organiser=letters.organiser(HOSTILE[:150], signatories=HOSTILE[:70]),
    )  # fmt: skip
    pdf = letters.pdf(letter)
    text = flat(" ".join(pages(pdf)))
    assert '#import "x"; $a$ *b* _c_ `d`' in text
    assert "{betrag} @a <b>" in text
    assert verapdf.findings(pdf) == []


@pytest.mark.parametrize("style", ["promise", "agreement"])
def test_a_grant_from_before_letters_is_confirmed_and_nothing_is_asked(style: str) -> None:
    GrantTerms.objects.update(letter_style=style)
    letter = written(Form.PRIVATE, Kind.CONFIRMATION, title="Sommerfest")
    read = pages(letters.pdf(letter))
    text = flat(" ".join(read)).replace("\u00a0", " ")
    assert "Die Förderung gilt als angenommen" in text
    assert "2.000,00 € (in Worten: zweitausend Euro)" in text
    for asked in (
        "nehmen Sie",
        "Wir nehmen",
        "Annahme",
        "zahlen wir nichts",
        "Ort, Datum",
        "Zinsen",
        "Toni Probe",
    ):
        assert asked not in text


def test_money_is_asked_back_with_the_account_and_not_without_it() -> None:
    letters.letterhead(bank="Beispielbank, IBAN DE02 3705 0299 0000 6847 12")
    text = flat(" ".join(pages(letters.pdf(written(Form.PRIVATE, Kind.RECOVERY))))).replace("\u00a0", " ")
    assert "Zurückzuzahlen 700,00 € (in Worten: siebenhundert Euro)" in text
    assert "Auf das Konto Beispielbank, IBAN DE02 3705 0299 0000 6847 12" in text
    letters.letterhead(bank="")
    with pytest.raises(NotYet, match="Im Briefkopf fehlt die Bankverbindung, auf die zurückgezahlt wird"):
        written(Form.PRIVATE, Kind.RECOVERY)


def test_a_claim_names_day_reference_and_account_and_has_a_girocode() -> None:
    letters.letterhead(bank="Beispielbank, IBAN DE02 3705 0299 0000 6847 12")
    letter = written(Form.PRIVATE, Kind.CLAIM)
    pdf = letters.pdf(letter)
    claim = letter.decision.claim
    text = flat(" ".join(pages(pdf))).replace("\u00a0", " ")
    for said in (
        f"Spätestens am {claim.due_on:%d.%m.%Y}", f"Verwendungszweck {claim.reference}", "Zinsen keine",
        "IBAN DE02 3705 0299 0000 6847 12", "Mit diesem GiroCode", "Zurückzuzahlen 200,00 €",
    ):  # fmt: skip
        assert said in text
    assert "vier Wochen" not in text
    assert "die Projektnummer" not in text
    code = next(block for block in letter.inputs["letter"]["blocks"] if block["kind"] == "code")
    assert code["alt"].startswith("GiroCode: 200,00")
    assert verapdf.findings(pdf) == []


def test_without_an_iban_a_claim_says_that_it_has_no_code() -> None:
    letters.letterhead(bank="Beispielbank, Konto 684712")
    letter = written(Form.PRIVATE, Kind.CLAIM)
    assert "Einen GiroCode hat dieses Schreiben nicht" in flat(" ".join(pages(letters.pdf(letter))))


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        (Kind.PROMISE, "die letzte Seite unterschrieben zurück"),
        (Kind.AGREEMENT, "ein unterschriebenes Exemplar zurück"),
    ],
)
def test_the_recipient_reads_how_to_accept_and_who_calls_the_money(kind: str, how: str) -> None:
    text = flat(" ".join(pages(letters.pdf(written(Form.PRIVATE, kind)))))
    assert how in text
    assert "ruft die Geschäftsführung des Stadtbezirks Aplerbeck das Geld für Sie ab" in text
    assert "Was sonst gilt" in text


def test_a_release_fits_on_one_page() -> None:
    pdf = letters.pdf(written(Form.INTERNAL, Kind.RELEASE))
    assert len(pages(pdf)) == 1


def test_no_template_of_letters_has_the_words_of_acts() -> None:
    code = Path(content.__file__).read_text()
    for word in PUBLIC_WORDS:
        assert not re.search(rf'"[^"\n]*{word}[^"\n]*"', code)
    engine = Path(content.pdf.__file__).parent
    for path in engine.glob("templates/*"):
        assert not re.search("|".join(PUBLIC_WORDS), path.read_text(), re.IGNORECASE)
