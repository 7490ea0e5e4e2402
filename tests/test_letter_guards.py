"""What tables of letters refuse: changed letters, lost ones, texts with the words of administrative acts."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funding.letters.guards import ANSWER, DRAWN
from funding.letters.models import KINDS, Form, Kind, Letter, LetterText, Sending, Signatory
from funding.letters.models.text import PLACEHOLDERS, filled
from funding.models import FundingModel, GrantCondition, GrantTerms
from funding.public_words import PUBLIC_WORDS
from tests import letters, personas

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(gf_aplerbeck: Any) -> Letter:
    project = personas.approved(gf_aplerbeck, shares={"APL": "500"}, pillar_2="2000")
    return letters.written(letters.approval(personas.application(project, "S2")))


def refused(**changes: Any) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Letter.objects.update(**changes)
    return str(error.value)


# Letters


def test_nothing_of_a_drawn_letter_is_changed_by_anybody(letter: Letter) -> None:
    other: dict[str, Any] = {
        "number": "2026-S-0099", "decision_id": letter.decision_id - 1, "correction": "x", "form": "internal",
        "kind": "change", "text_id": letter.text_id + 1, "drawn_on": date(2020, 1, 1),
        "drawn_at": timezone.now(), "drawn_by_id": personas.wf1().pk, "replaces_id": letter.pk, "id": 777,
    }  # fmt: skip
    assert set(other) == set(DRAWN)
    for column, value in other.items():
        assert "Ein Schreiben bleibt" in refused(**{column: value}), column
    assert "Ein Schreiben bleibt" in refused(inputs={"x": 1})
    with pytest.raises(IntegrityError, match="wird nicht geloescht"), transaction.atomic():
        Letter.objects.all()._raw_delete("default")


def test_the_hash_is_written_once(letter: Letter) -> None:
    Letter.objects.update(sha256="a" * 64, size=1)
    assert "nur einmal erstellt" in refused(sha256="b" * 64)
    assert "nur einmal erstellt" in refused(sha256="", size=None)
    assert "nur einmal erstellt" in refused(size=2)


def test_the_answer_is_written_once_and_whole(letter: Letter) -> None:
    today = timezone.localdate()
    refused(answer="accepted")
    refused(
        answer="accepted", answered_on=today, answer_way="paper", answer_name="Ina Muster"
    )  # by whom recorded?
    refused(answer="declined", answered_on=today, answer_way="link", answer_name="Ina Muster")  # why?
    Letter.objects.update(answer="accepted", answered_on=today, answer_way="link", answer_name="Ina Muster")
    other = {
        "answer": "", "answered_on": date(2020, 1, 1), "answer_way": "paper", "answer_name": "x", "answer_function": "x",
        "answer_message": "x", "answer_recorded_by_id": personas.wf1().pk,
    }  # fmt: skip
    assert set(other) == set(ANSWER)
    for column, value in other.items():
        assert "Die Antwort auf ein Schreiben bleibt" in refused(**{column: value}), column


def test_only_a_promise_is_answered(letter: Letter) -> None:
    other = letters.written(
        letters.approval(
            letter.decision.application.project.applications.exclude(pk=letter.decision.application_id)[0]
        ),
        Kind.RELEASE,
        Form.INTERNAL,
    )
    with pytest.raises(IntegrityError, match="only_a_promise_is_answered"), transaction.atomic():
        Letter.objects.filter(pk=other.pk).update(
            answer="accepted", answered_on=timezone.localdate(), answer_way="link", answer_name="x"
        )


def test_a_decision_has_one_letter_and_a_chain_of_corrected_ones(letter: Letter) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        letters.written(letter.decision)
    with pytest.raises(IntegrityError, match="corrected_letter_says_why"), transaction.atomic():
        letters.written(letter.decision, replaces=letter)
    corrected = letters.written(letter.decision, replaces=letter, correction="Tippfehler")
    assert list(Letter.objects.current()) == [corrected]
    with pytest.raises(IntegrityError), transaction.atomic():
        letters.written(letter.decision, replaces=letter, correction="noch einmal")
    with pytest.raises(IntegrityError, match="zuletzt gezeichnet"), transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(
            answer="accepted", answered_on=timezone.localdate(), answer_way="link", answer_name="x"
        )
    foreign = letter.decision.application.project.applications.exclude(pk=letter.decision.application_id)[0]
    with pytest.raises(IntegrityError, match="zur selben Entscheidung"), transaction.atomic():
        letters.written(letters.approval(foreign), replaces=corrected, correction="x")


def test_a_recorded_sending_stays(letter: Letter, wf1: Any) -> None:
    Sending.objects.create(letter=letter, way="post", on=timezone.localdate(), by=wf1)
    for act in (
        lambda: Sending.objects.update(way="link"),
        lambda: Sending.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError, match="Ein eingetragener Versand bleibt"), transaction.atomic():
            act()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="INSERT OR REPLACE is SQLite's")
@pytest.mark.parametrize("table", ["letters_letter", "letters_lettertext", "letters_sending"])
def test_nothing_is_replaced(letter: Letter, wf1: Any, table: str) -> None:
    Sending.objects.create(letter=letter, way="post", on=timezone.localdate(), by=wf1)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


# Texts


def test_a_text_that_a_letter_used_stays_and_the_page_says_so(letter: Letter, admin_verein: Any) -> None:
    text = letter.text
    with pytest.raises(IntegrityError, match="Der Text eines gezeichneten"), transaction.atomic():
        LetterText.objects.filter(pk=text.pk).update(subject="Neu")
    with pytest.raises(IntegrityError, match="Der Text eines gezeichneten"), transaction.atomic():
        LetterText.objects.filter(pk=text.pk)._raw_delete("default")
    client = Client()
    client.force_login(admin_verein)
    page = client.get(reverse("admin:letters_lettertext_change", args=[text.pk])).content.decode()
    assert "Mit dieser Fassung wurde schon geschrieben." in page
    assert 'name="subject"' not in page
    free = LetterText.objects.exclude(pk=text.pk)[0]
    LetterText.objects.filter(pk=free.pk).update(subject="Neu")


def typed(**values: str) -> dict[str, str]:
    start = {
        "form": "private",
        "kind": "promise",
        "since": "2026-01-01",
        "subject": "Zusage",
        "opening": "Wir fördern {betrag}.",
    }
    return {**start, "closing": "", "hearing": "", "remedy": "", "notification": "", **values}


def test_a_new_text_is_a_new_version_from_its_first_day_on(admin_verein: Any) -> None:
    client = Client()
    client.force_login(admin_verein)
    tomorrow = timezone.localdate() + timedelta(days=1)
    before = LetterText.objects.on("private", "promise", timezone.localdate())[0]
    client.post(reverse("admin:letters_lettertext_add"), typed(since=tomorrow.isoformat()))
    new = LetterText.objects.get(subject="Zusage")
    assert new.version == before.version + 1
    assert LetterText.objects.on("private", "promise", timezone.localdate())[0] == before
    assert LetterText.objects.on("private", "promise", tomorrow)[0] == new


@pytest.mark.parametrize("form", ["private", "internal"])
@pytest.mark.parametrize("said", ["dieser Bescheid", "WIDERRUFSRECHT", "ein Rechtsbehelf"])
@pytest.mark.parametrize("field", ["subject", "opening", "closing"])
def test_words_of_administrative_acts_are_refused(
    admin_verein: Any, form: str, said: str, field: str
) -> None:
    client = Client()
    client.force_login(admin_verein)
    kind = "release" if form == "internal" else "promise"
    values = typed(form=form, kind=kind, **{field: f"Hier steht {said}."})
    page = client.post(reverse("admin:letters_lettertext_add"), values).content.decode()
    assert "stehen nur in öffentlich-rechtlichen Schreiben" in page
    assert f"Hier steht {said}." in page
    with pytest.raises(IntegrityError, match="without_public_words"), transaction.atomic():
        LetterText.objects.create(**{**values, "version": 9})


@pytest.mark.parametrize("said", ["dieser Bescheid", "WIDERRUFSRECHT", "ein Rechtsbehelf"])
@pytest.mark.parametrize("field", ["title", "text"])
def test_no_condition_of_a_grant_has_the_words_of_acts(admin_verein: Any, said: str, field: str) -> None:
    client = Client()
    client.force_login(admin_verein)
    condition = GrantCondition.objects.earliest("pk")
    values = {
        "title": condition.title, "text": condition.text, "position": "1", "financing": "", "from_amount": "0",
        "since": "2026-01-01", "until": "", field: f"Hier steht {said}.",
    }  # fmt: skip
    page = client.post(reverse("admin:funding_grantcondition_add"), values).content.decode()
    assert "stehen nur in öffentlich-rechtlichen Schreiben" in page
    assert f"Hier steht {said}." in page
    with pytest.raises(IntegrityError, match="condition_without_public_words"), transaction.atomic():
        GrantCondition.objects.update(**{field: said})


@pytest.mark.parametrize("said", ["Bescheidstelle", "Stelle für Widerrufe", "RECHTSBEHELFE"])
def test_neither_letterhead_nor_function_has_the_words_of_acts(admin_verein: Any, said: str) -> None:
    client = Client()
    client.force_login(admin_verein)
    head, signs = letters.letterhead(), letters.signatory()
    for row, field in ((head, "register"), (signs, "function")):
        address = reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk])
        form = client.get(address).context["adminform"].form
        values = {bound.html_name: "" if (value := bound.value()) is None else value for bound in form}
        values.pop("two_sign", None)
        page = client.post(address, {**values, field: said}).content.decode()
        assert "stehen nur in öffentlich-rechtlichen Schreiben" in page
        assert f'value="{said}"' in page
        with pytest.raises(IntegrityError, match="without_public_words"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**{field: said})


def test_interest_of_private_letters_is_agreed_without_the_words_of_acts(admin_verein: Any) -> None:
    client = Client()
    client.force_login(admin_verein)
    model = FundingModel.objects.latest("first_year")
    values = {
        "funding_model": model.pk, "since": "2026-03-01", "letter_form": "private", "letter_style": "promise",
        "entrustment": "", "call_months": "2", "list_from": "2500", "full_from": "10000",
        "interest": "Ab dem Widerruf fünf Prozent.",
    }  # fmt: skip
    page = client.post(reverse("admin:funding_grantterms_add"), values).content.decode()
    assert "stehen nur in öffentlich-rechtlichen Schreiben" in page
    assert "Ab dem Widerruf fünf Prozent." in page
    with pytest.raises(IntegrityError, match="interest_without_public_words"), transaction.atomic():
        GrantTerms.objects.create(funding_model=model, since=date(2026, 3, 1), interest=values["interest"])


def test_a_public_text_may_say_them_and_has_the_three_notices(admin_verein: Any) -> None:
    client = Client()
    client.force_login(admin_verein)
    values = typed(
        form="public",
        kind="grant_notice",
        subject="Zuwendungsbescheid",
        remedy="Gegen diesen Bescheid …",
        hearing="…",
    )
    client.post(reverse("admin:letters_lettertext_add"), values)
    assert LetterText.objects.get(form="public").remedy == "Gegen diesen Bescheid …"
    page = client.post(reverse("admin:letters_lettertext_add"), typed(remedy="Dagegen …")).content.decode()
    assert "gibt es nur in öffentlich-rechtlichen Schreiben" in page


@pytest.mark.parametrize(
    "text", ["Wir zahlen {summe}.", "Wir zahlen {betrag.", "Wir zahlen {}.", "{betrag }"]
)
def test_an_unknown_placeholder_is_refused_and_the_known_ones_are_named(admin_verein: Any, text: str) -> None:
    client = Client()
    client.force_login(admin_verein)
    page = client.post(reverse("admin:letters_lettertext_add"), typed(opening=text)).content.decode()
    assert "Möglich sind: {projekt}, {nummer}, {betrag}," in page
    assert not LetterText.objects.filter(subject="Zusage").exists()


def test_the_first_texts_are_complete_and_use_known_placeholders() -> None:
    values = {name: f"<{name}>" for name in PLACEHOLDERS}
    for form in (Form.PRIVATE, Form.INTERNAL):
        for kind in KINDS[form]:
            text = LetterText.objects.on(form, kind, date(2016, 1, 1))[0]
            text.full_clean()
            said = " ".join(filled(each, values) for each in (text.subject, text.opening, text.closing))
            assert "{" not in said
            assert not any(word.lower() in said.lower() for word in PUBLIC_WORDS)
    assert not LetterText.objects.filter(form=Form.PUBLIC).exists()


# Who writes


def test_who_may_sign_depends_on_day_and_amount() -> None:
    today = timezone.localdate()
    board = letters.signatory(family_name="Vorstand", position=2)
    power = letters.signatory(
        family_name="Vollmacht",
        basis="power",
        power_of=date(2020, 1, 1),
        limit=Decimal(5000),
        since=date(2020, 2, 1),
    )
    letters.signatory(family_name="Früher", until=today - timedelta(days=1))
    assert list(Signatory.objects.who_may_sign(Decimal(5000), today)) == [power, board]
    assert list(Signatory.objects.who_may_sign(Decimal("5000.01"), today)) == [board]
    assert list(Signatory.objects.who_may_sign(Decimal(1), date(2020, 1, 31)))[-1] == board


def test_a_power_of_attorney_has_its_day() -> None:
    with pytest.raises(ValidationError, match="Eine Vollmacht braucht ihren Tag"):
        Signatory(
            person=personas.wf1().person, function="Leitung", basis="power", since=date(2020, 1, 1)
        ).full_clean()


def test_there_is_one_letterhead_and_its_changes_are_told(admin_verein: Any) -> None:
    client = Client()
    client.force_login(admin_verein)
    address = reverse("admin:letters_letterhead_change", args=[1])
    assert (
        "Es fehlt noch: Straße und Hausnummer, E-Mail-Adresse für Schreiben, Name des Vereins."
        in client.get(address).content.decode()
    )
    client.post(address, letters.HEAD)
    told = client.get(reverse("admin:letters_letterhead_history", args=[1])).content.decode()
    assert "Beispielweg 1" in told
    assert "Beispielbank" not in told
    with pytest.raises(IntegrityError), transaction.atomic():
        type(letters.letterhead()).objects.create(pk=2)


# The public form


def public_terms(admin: Any) -> str:
    terms = GrantTerms.objects.get_or_create(
        funding_model=FundingModel.objects.latest("first_year"), since=date(2026, 1, 1)
    )[0]
    client = Client()
    client.force_login(admin)
    address = reverse("admin:funding_grantterms_change", args=[terms.pk])
    data = {
        "funding_model": terms.funding_model_id, "since": "2026-01-01", "letter_form": "public", "letter_style": "promise",
        "entrustment": "Beleihung durch Gesetz", "call_months": "2", "list_from": "2500", "full_from": "10000", "interest": "",
    }  # fmt: skip
    return client.post(address, data, follow=True).content.decode()


def test_the_public_form_waits_for_its_texts(admin_verein: Any) -> None:
    page = public_terms(admin_verein)
    assert (
        "erst gewählt werden, wenn ihre Texte eingetragen sind. Es fehlt: Zuwendungsbescheid, Änderungsbescheid"
        in page
    )
    for act in (
        lambda: GrantTerms.objects.update(letter_form="public", entrustment="Gesetz"),
        lambda: GrantTerms.objects.create(
            funding_model=FundingModel.objects.latest("first_year"), since=date(2026, 2, 1), letter_form="public",
            entrustment="Gesetz",
        ),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match="braucht einen Text fuer jede Art"), transaction.atomic():
            act()
    for kind in KINDS[Form.PUBLIC]:
        LetterText.objects.create(
            form=Form.PUBLIC, kind=kind, since=date(2026, 1, 1), subject="Bescheid", opening="…"
        )
    public_terms(admin_verein)
    assert GrantTerms.objects.filter(letter_form="public").exists()
