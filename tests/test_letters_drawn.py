"""From a decision to its letter: drawn after it, made once, found and repaired where something broke off."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from funding import services as funding
from funding.errors import FundingError
from funding.letters import acceptance, content, services
from funding.letters.errors import LetterRefused, NotYet
from funding.letters.models import Letter, LetterSeries, LetterText, Signatory
from funding.letters.services import drawing
from funding.models import Decision, GrantTerms, Step
from funding.verify import findings
from members.common import stored
from members.models import Organisation
from projects.attachments import strays
from projects.models import Project
from tests import called, letters, personas
from tests.personas import today
from tests.tampering import without_triggers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sender(settings: Any, tmp_path: Any) -> None:
    letters.ready()


def texts(letter: Letter) -> list[str]:
    """Every word of the letter, part by part."""

    def walk(value: Any) -> Any:
        if isinstance(value, str):
            yield value
        for each in (
            value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
        ):
            yield from walk(each)

    return list(walk(letter.inputs["letter"]))


def said(letter: Letter) -> str:
    return " ".join(" ".join(texts(letter)).replace("\u00a0", " ").split())


# After the decision


def test_after_an_approval_its_letter_is_there(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        application = letters.granted()
    letter = Letter.objects.get()
    assert (letter.decision, letter.kind, letter.form) == (
        letters.approval(application),
        "promise",
        "private",
    )
    assert letter.number == f"{today().year}-S-0001"
    assert letters.pdf(letter)[:5] == b"%PDF-"
    assert letter.size == default_storage.size(stored.path_of(letter.sha256))
    assert not drawing.lacking().exists()


def test_an_approval_never_fails_by_its_letter(
    django_capture_on_commit_callbacks: Any, monkeypatch: Any, caplog: Any
) -> None:
    monkeypatch.setattr(drawing, "draw", lambda *args, **kwargs: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True):
        application = letters.granted()
    assert application.is_approved
    assert "division by zero" in caplog.text
    monkeypatch.undo()
    assert [d.pk for d in drawing.lacking()] == [letters.approval(application).pk]
    assert services.repair() == 1
    assert not drawing.lacking().exists()


def test_numbers_have_no_gap_and_a_refused_letter_takes_none() -> None:
    first = letters.drawn()
    with pytest.raises(NotYet):
        services.draw(
            letters.approval(letters.granted(to=Organisation.objects.create(name="Ohne Anschrift")))
        )
    assert letters.drawn(letters.granted()).number == f"{today().year}-S-0002"
    assert first.number == f"{today().year}-S-0001"
    assert services.draw(first.decision) == first
    assert list(findings()) == []


def test_a_gap_in_the_numbers_is_found() -> None:
    letters.drawn()
    LetterSeries.objects.update(last=2)
    assert any(f"Schreiben {today().year}: Der Nummernkreis nennt 2" in each for each in findings())


@pytest.mark.parametrize("broken", ["before the file", "in the file", "before the hash"])
def test_what_was_killed_between_number_file_and_hash_goes_on(broken: str) -> None:
    letter = services.draw(letters.approval(letters.granted()))
    whole = content.render(letter.inputs)
    sha256 = hashlib.sha256(whole).hexdigest()
    if broken != "before the file":
        default_storage.save(
            stored.path_of(sha256), BytesIO(whole[: 99 if broken == "in the file" else None])
        )
    assert drawing.lacking().exists()
    assert services.repair() == 1
    letter.refresh_from_db()
    assert letter.sha256 == sha256
    assert letters.pdf(letter) == whole
    assert not drawing.lacking().exists()
    assert Letter.objects.count() == 1


def test_a_letter_made_again_after_everything_changed_has_the_same_bytes() -> None:
    letter = letters.drawn()
    before = letters.pdf(letter)
    Organisation.objects.filter(name="Förderverein Hörde").update(street="Neue Straße 1", name="Anders")
    letters.letterhead(name="Anderer Verein")
    Signatory.objects.update(function="Anders")
    assert content.render(Letter.objects.get().inputs) == before


def test_its_file_is_no_stray_and_a_lost_one_is_named() -> None:
    letter = letters.drawn()
    assert strays().names == []
    assert strays().missing == []
    default_storage.delete(stored.path_of(letter.sha256))
    assert strays().missing == [f"Schreiben {letter.number}"]
    with pytest.raises(CommandError, match="1\u00a0Eintrag ohne Datei"):
        call_command("sweep_uploads")


@pytest.mark.parametrize("broken", ["one byte", "shorter", "empty", "gone"])
def test_a_letter_with_other_bytes_is_found_by_verify_ledger(broken: str) -> None:
    letter, other = letters.drawn(), letters.drawn(letters.granted())
    assert list(findings()) == []
    whole, path = letters.pdf(letter), stored.path_of(letter.sha256)
    default_storage.delete(path)
    changed = {"one byte": whole[:-1] + b"!", "shorter": whole[:-1], "empty": b""}
    if broken in changed:
        default_storage.save(path, BytesIO(changed[broken]))
    assert list(findings()) == [f"Schreiben {letter.number}: Die Datei fehlt oder ist eine andere."]
    with pytest.raises(CommandError, match=f"Schreiben {letter.number}"):
        call_command("verify_ledger")
    assert other.number != letter.number


def test_a_file_that_two_letters_name_is_read_once(monkeypatch: Any) -> None:
    letter = letters.drawn()
    monkeypatch.setattr(stored, "OWNERS", [lambda: iter([(letter.sha256, "A"), (letter.sha256, "B")])])
    read: list[str] = []
    monkeypatch.setattr(stored, "is_whole", lambda sha256: bool(read.append(sha256)))
    assert list(stored.broken()) == ["A", "B"]
    assert read == [letter.sha256]


# Which decisions


def test_every_decision_from_the_first_day_on_has_its_letter(wf1: Any, wf2: Any) -> None:
    reduced, revoked, paid = letters.granted(), letters.granted(), letters.granted()
    rejected = personas.application(
        personas.handed_in(
            personas.gf_aplerbeck(), pillar_2="900", measure="grant", organiser=letters.organiser()
        )
    )
    assert services.repair() == 3
    funding.reduce(reduced, to=Decimal(1500), reason="Kosten gesunken.", actor=wf1)
    funding.revoke(revoked, reason="Das Fest fällt aus.", actor=wf1)
    called.pay(paid, amount=Decimal(700), actor=wf1)
    funding.revoke(paid, reason="Nicht verwendet.", actor=wf1)
    funding.reject(rejected, reason="Kein Bezug zum Quartier.", actor=wf1)
    assert services.repair() == 4
    kinds = dict(Letter.objects.exclude(kind="promise").values_list("decision__application", "kind"))
    assert kinds == {
        reduced.pk: "change",
        revoked.pk: "withdrawal",
        paid.pk: "recovery",
        rejected.pk: "rejection",
    }
    change = Letter.objects.get(kind="change")
    assert "Statt 2.000,00 € beträgt sie nun 1.500,00 € (in Worten: eintausendfünfhundert Euro)" in said(
        change
    )
    recovery = Letter.objects.get(kind="recovery")
    assert "ausgezahlt sind 700,00 €" in said(recovery)
    assert "Bitte zahlen Sie 700,00 € (in Worten: siebenhundert Euro) zurück" in said(recovery)
    assert "Kein Bezug zum Quartier." in said(Letter.objects.get(kind="rejection"))


def test_one_letter_says_what_lapses_and_what_comes_back(wf1: Any) -> None:
    reason = "Nach dem Verwendungsnachweis stehen 500,00 € zu."
    application, apart = letters.granted(), letters.granted()
    services.repair()
    for each, other in ((application, reason), (apart, "Ein Beleg fehlt.")):
        called.pay(each, amount=Decimal(700), actor=wf1)
        funding.reduce(each, to=Decimal(700), reason=reason, actor=wf1)
        funding.reclaim(each, amount=Decimal(200), reason=other, actor=wf1)
    services.repair()
    after = Letter.objects.exclude(kind="promise").order_by("pk")
    assert list(after.filter(decision__application=apart).values_list("kind", flat=True)) == [
        "change",
        "claim",
    ]
    letter = after.get(decision__application=application)
    for told in (
        "Wird nicht mehr ausgezahlt 1.300,00 €. Zugesagt waren 2.000,00 €, ausgezahlt sind 700,00 €.",
        "Zurückzuzahlen 200,00 €", reason,
    ):  # fmt: skip
        assert told in said(letter)
    assert "Wird nicht mehr" not in said(after.get(decision__application=apart, kind="claim"))
    assert not drawing.lacking().exists()


def test_one_letter_says_that_the_grant_ends_and_all_of_it_comes_back(wf1: Any) -> None:
    reason = "Nach dem Verwendungsnachweis stehen 0,00 € zu."
    ended, on_its_own = letters.granted(), letters.granted()
    services.repair()
    for each in (ended, on_its_own):
        called.pay(each, amount=Decimal(700), actor=wf1)
        funding.revoke(each, reason=reason, actor=wf1)
    funding.reclaim(ended, amount=Decimal(700), reason=reason, actor=wf1)
    services.repair()
    after = Letter.objects.exclude(kind="promise")
    letter = after.get(decision__application=ended)
    assert letter.decision.is_reclaim
    for told in (
        "Zusage endet ganz",
        "Wird nicht mehr ausgezahlt 1.300,00 €. Zugesagt waren 2.000,00 €, ausgezahlt sind 700,00 €.",
        "Zurückzuzahlen 700,00 €", "Verwendungszweck RF-", reason,
    ):  # fmt: skip
        assert told in said(letter)
    assert "endet ganz" not in said(after.get(decision__application=on_its_own))
    assert not drawing.lacking().exists()


def test_a_reduction_of_an_own_measure_has_its_letter_beside_a_claim(wf1: Any) -> None:
    application = letters.granted()
    Project.objects.update(measure="own")
    called.pay(application, amount=Decimal(700), actor=wf1)
    funding.reduce(application, to=Decimal(700), reason="Weniger Kosten.", actor=wf1)
    funding.reclaim(application, amount=Decimal(200), reason="Weniger Kosten.", actor=wf1)
    steps = drawing.unwritten().exclude(step="approve").values_list("step", flat=True)
    assert list(steps) == ["reduce"]


def test_before_the_first_day_of_letters_there_is_none_but_on_demand() -> None:
    application = letters.granted()
    GrantTerms.objects.update(since=today() + timedelta(days=1))
    assert not drawing.lacking().exists()
    assert acceptance.accepted(application)
    letter = letters.drawn(application)
    assert letter.kind == "confirmation"
    assert not letter.waits_for_answer
    assert acceptance.accepted(application)


def test_a_decision_before_letters_is_never_an_act() -> None:
    application = letters.granted()
    GrantTerms.objects.update(since=today() + timedelta(days=1))
    with without_triggers():
        GrantTerms.objects.update(letter_form="public", entrustment="Gesetz vom 1. Januar")
    assert letters.drawn(application).form == "private"


def test_what_was_granted_before_letters_and_revoked_is_not_confirmed(wf1: Any) -> None:
    application = letters.granted()
    GrantTerms.objects.update(since=today() + timedelta(days=1))
    funding.revoke(application, reason="Fällt aus.", actor=wf1)
    with pytest.raises(LetterRefused, match="inzwischen zurückgenommen"):
        services.draw(letters.approval(application))
    assert [each.step for each in services.unwritten()] == [Step.REVOKE]


def test_what_was_revoked_before_it_had_a_letter_gets_only_the_last_one(wf1: Any) -> None:
    application = letters.granted()
    funding.revoke(application, reason="Fällt aus.", actor=wf1)
    assert [each.step for each in drawing.lacking()] == [Step.REVOKE]


def test_one_query_finds_what_is_lacking(django_assert_num_queries: Any) -> None:
    letters.granted()
    letters.granted()
    with django_assert_num_queries(1):
        assert len(drawing.lacking()) == 2


def test_repair_goes_on_after_what_cannot_be_written(monkeypatch: Any) -> None:
    letters.granted(to=Organisation.objects.create(name="Ohne Anschrift"))
    letters.granted()
    letters.granted()
    assert services.repair(limit=1) == 1
    assert services.repair() == 1
    assert [d.application.project.organiser.name for d in drawing.lacking()] == ["Ohne Anschrift"]


# What is missing


def lacks(application: Any) -> list[str]:
    decision = letters.approval(application)
    return content.missing(content.matter(decision, today()))


def test_what_is_missing_is_said_with_who_enters_it() -> None:
    application = letters.granted(to=Organisation.objects.create(name="Kulturladen"))
    letters.letterhead(name="", email="")
    Signatory.objects.update(limit=Decimal(1999))
    LetterText.objects.filter(kind="promise").update(since=today() + timedelta(days=1))
    found = lacks(application)
    assert [sentence.split(" ")[0] for sentence in found] == ["Im", "Es", "Für", "Für"]
    assert "Im Briefkopf fehlt: E-Mail-Adresse für Schreiben, Name des Vereins." in found[0]
    assert "ein Schreiben über 2.000,00\u00a0€ unterschreiben darf" in found[1]
    assert "Für Kulturladen ist keine Anschrift eingetragen" in found[3]
    with pytest.raises(NotYet) as refused:
        services.draw(letters.approval(application))
    assert refused.value.missing == found


def test_two_signatures_need_two_people() -> None:
    application = letters.granted()
    letters.letterhead(two_sign=True)
    assert "oder nur eine Person" in lacks(application)[0]
    letters.signatory(family_name="Zweite", function="Kasse", position=2)
    assert lacks(application) == []
    assert "Sina Zeichnung Vorsitz Sina Zweite Kasse" in said(letters.drawn(application))


# What it says


def test_a_promise_says_everything_that_was_decided() -> None:
    application = letters.granted(title="Sommerfest", summary="Ein Fest für alle.", costs=[("Bühne", "2000")])
    GrantTerms.objects.update(interest="Fünf Prozent im Jahr ab dem Tag der Auszahlung.")
    letter, decision = letters.drawn(application), letters.approval(application)
    text = said(letter)
    for expected in (
        "Förderverein Hörde Beispielstraße 5 44263 Dortmund",
        "Förderzusage für das Projekt „Sommerfest“",
        "2.000,00 € (in Worten: zweitausend Euro)",
        "Zweck Ein Fest für alle.",
        "Finanzierungsart Festbetragsfinanzierung",
        "Förderfähige Kosten 2.000,00 €",
        f"Geld abrufen bis {decision.callable_until:%d.%m.%Y}",
        f"Verwendungsnachweis bis {decision.proof_due_on:%d.%m.%Y}: {decision.get_proof_depth_display()}",
        "Zinsen Fünf Prozent im Jahr",
        "Bühne 2.000,00 €",
        "(diese Förderung)",
        f"Unser Zeichen {letter.number}",
        f"Wir nehmen die Förderzusage {letter.number}",
        "Toni Probe Vorsitz",
    ):
        assert expected in text, expected
    for condition in decision.chosen_conditions.all():
        assert condition.text.split()[0] in text


def test_a_smaller_grant_says_what_was_asked_for_and_what_is_still_to_be_found(wf1: Any) -> None:
    day = date(personas.this_year(), 12, 20)
    project = personas.handed_in(
        personas.gf_aplerbeck(), organiser=letters.organiser(), pillar_2="900", starts_on=day, ends_on=day
    )
    application = personas.application(project)
    funding.approve(application, amount=Decimal(700), actor=wf1, reason="Mehr ist nicht da.")
    words = said(letters.drawn(application))
    assert "Betrag 700,00 € (in Worten: siebenhundert Euro) Beantragt 900,00 €" in words
    assert "Begründung Mehr ist nicht da." in words
    assert "Summe 700,00 € Noch ohne Finanzierung 200,00 €" in words
    assert f"Durchführung am 20.12.{day.year}" in words
    whole = said(letters.drawn(letters.granted()))
    assert "Beantragt" not in whole and "Noch ohne" not in whole


def test_what_changes_or_ends_a_grant_names_its_promise(wf1: Any) -> None:
    application = letters.granted()
    first = letters.drawn(application)
    services.correct(first, reason="Neue Anschrift", actor=wf1)
    promise = Letter.objects.current().get()
    named = f"Bezug Förderzusage {promise.number} vom {today():%d.%m.%Y}"
    for step, act in (
        (Step.REDUCE, lambda: funding.reduce(application, to=Decimal(1500), reason="Gespart.", actor=wf1)),
        (Step.REVOKE, lambda: funding.revoke(application, reason="Das Fest fiel aus.", actor=wf1)),
    ):
        act()
        assert named in said(services.draw(application.decisions.get(step=step)))
    assert "Bezug" not in said(promise)


def test_an_agreement_is_signed_by_both() -> None:
    application = letters.granted()
    GrantTerms.objects.update(letter_style="agreement")
    letter = letters.drawn(application)
    assert letter.kind == "agreement"
    signed = letter.inputs["letter"]["blocks"][-1]
    assert [party["name"] for party in signed["parties"]] == [
        letters.HEAD["name"],
        "Förderverein Hörde",
    ]


def test_the_associations_own_measure_has_a_release_without_acceptance() -> None:
    application = letters.granted(measure="own")
    letter = letters.drawn(application)
    assert (letter.form, letter.kind) == ("internal", "release")
    assert letter.inputs["letter"]["recipient"][-1] == "Geschäftsführung des Stadtbezirks Aplerbeck"
    assert "Annahme" not in said(letter)
    assert acceptance.accepted(application)


ACT = "Widerruf eines Teils, siehe Bescheid."


def test_a_reason_with_the_words_of_an_act_is_refused_beside_its_field(wf1: Any) -> None:
    application = letters.granted()
    with pytest.raises(FundingError, match="Die Begründung steht im Schreiben") as refused:
        funding.reduce(application, to=Decimal(1900), reason=ACT, actor=wf1)
    assert refused.value.field == "reason"
    assert not Decision.objects.filter(step="reduce").exists()
    # Who gives it back writes no letter.
    waiting = personas.application(personas.handed_in(personas.gf_hoerde(), pillar_2="2000"))
    funding.return_to_applicant(waiting, reason="Liegt der Bescheid der Stadt vor?", actor=wf1)


def test_the_second_of_two_signatures_never_inherits_such_a_reason(wf1: Any) -> None:
    signed = personas.application(personas.handed_in(personas.gf_hoerde(), pillar_2="6000"))
    with pytest.raises(FundingError, match="Die Begründung steht im Schreiben"):
        funding.sign(signed, amount=Decimal(5500), reason=ACT, actor=wf1)


def test_who_asks_a_second_person_hears_it_at_once(wf1: Any) -> None:
    granted = personas.application(personas.approved(personas.gf_hoerde(), pillar_2="6000"))
    assert granted.granted_by_two
    with pytest.raises(FundingError, match="Die Begründung steht im Schreiben"):
        funding.request_change(granted, what="revoke", reason=ACT, actor=wf1)


def test_letters_that_are_acts_have_their_words(wf1: Any) -> None:
    application = letters.granted()
    with without_triggers():  # the texts of acts are not entered
        GrantTerms.objects.update(letter_form="public", entrustment="Gesetz")
    funding.reduce(application, to=Decimal(1900), reason=ACT, actor=wf1)
    assert Decision.objects.get(step="reduce").reason == ACT


def test_a_reason_from_before_stays_out_of_the_letter(wf1: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funding.services.case.require_plain_words", lambda *given: None)
    application = letters.granted()
    services.repair()
    funding.reduce(application, to=Decimal(1900), reason=ACT, actor=wf1)
    services.repair()
    assert "Widerruf" not in said(Letter.objects.get(kind="change"))


# Corrected


def test_a_corrected_letter_names_the_one_before_and_counts(wf1: Any) -> None:
    letter = letters.drawn()
    Organisation.objects.filter(name="Förderverein Hörde").update(street="Richtige Straße 7")
    corrected = services.make(services.correct(letter, reason="Die Anschrift war falsch.", actor=wf1))
    text = said(corrected)
    assert f"Dieses Schreiben ersetzt unser Schreiben {letter.number} vom {today():%d.%m.%Y}." in text
    assert "Grund: Die Anschrift war falsch." in text
    assert "Richtige Straße 7" in text
    assert corrected.number == f"{today().year}-S-0002"
    assert not drawing.lacking().exists()
    with pytest.raises(LetterRefused, match="berichtigt wird es danach"):
        services.correct(corrected, reason="x", actor=wf1, on=today() - timedelta(days=1))
    with pytest.raises(LetterRefused, match="wurde schon berichtigt"):
        services.correct(letter, reason="Noch einmal.", actor=wf1)
    for actor, reason, word in (
        (personas.gf_aplerbeck(), "x", "Wirtschaftsförderung"),
        (wf1, " ", "was berichtigt wird"),
    ):
        with pytest.raises(LetterRefused, match=word):
            services.correct(corrected, reason=reason, actor=actor)


def test_a_decision_of_an_earlier_day_gets_no_letter_by_itself(
    django_capture_on_commit_callbacks: Any,
) -> None:
    personas.open_year()
    GrantTerms.objects.update(since=today())
    with django_capture_on_commit_callbacks(execute=True):
        letters.granted(on=today() - timedelta(days=20))
    assert not Letter.objects.exists()
