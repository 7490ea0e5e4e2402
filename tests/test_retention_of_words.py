"""Personal words that go by two people after their retention: of letters, whom to ask about a project, addresses of people."""

import hashlib
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from funding.closing.models import Deletion, DeletionItem
from funding.closing.retention import files, services
from funding.closing.retention.listing import parts_of, years
from funding.errors import TransitionNotAllowed
from funding.letters import links
from funding.letters import services as letter_services
from funding.letters.errors import LetterRefused
from funding.letters.models import Letter
from funding.models import Application, Decision
from funding.payments import services as payments
from funding.payments.models import PayeeAccount
from funding.verify import findings
from members.common import stored
from members.common.erasing import ERASED
from members.models import District, Mandate, Person, User
from members.models.address import reach_of
from projects.models import Project
from tests import letters
from tests import personas as p
from tests.tampering import without_triggers
from tests.test_project_pages import signed_in, text_of

pytestmark = pytest.mark.django_db


def old_year() -> int:
    return p.this_year() - 12


def answer() -> dict[str, Any]:
    return {
        "answer": "accepted", "answered_on": date(old_year(), 6, 1), "answer_way": "link", "answer_name": "Toni Probe",
        "answer_function": "Vorsitz",
    }  # fmt: skip


@pytest.fixture
def letter() -> Letter:
    """A promise that was accepted twelve years ago; its grant is settled."""
    application = letters.granted()
    p.wf2()
    written = letters.written(
        letters.approval(application),
        drawn_on=date(old_year(), 5, 4),
        sha256=stored.put(b"Zusage"),
        size=6,
        **answer(),
    )
    with without_triggers():
        Application.objects.update(state="settled")
    return written


def deleted(what: str, year: int | None = None) -> Deletion:
    asked = services.request_deletion(year or old_year(), what, actor=p.wf1(), reason="Frist vorbei.")
    return services.confirm_deletion(asked, actor=p.wf2())


def groups(what: str, year: int | None = None, today: date | None = None):
    parts = parts_of(year or old_year(), today or timezone.localdate())
    return next((part.groups for part in parts if part.what == what), [])


def found() -> list[str]:
    """The findings but those of numbers and files, which the invented letter has by itself."""
    return [each for each in findings() if "zwei Personen" in each]


class TestLetters:
    def test_its_words_go_with_its_file_and_the_rest_stays(self, letter):
        stays = (
            "number",
            "decision_id",
            "kind",
            "form",
            "text_id",
            "drawn_on",
            "sha256",
            "size",
            "answer",
            "answered_on",
        )
        before = [getattr(letter, name) for name in stays]
        deleted("letter")
        letter.refresh_from_db()
        assert [getattr(letter, name) for name in stays] == before
        assert (letter.inputs, letter.answer_name, letter.answer_function) == ({}, ERASED, ERASED)
        assert letter.answer_message == "" and letter.is_erased and found() == []

    def test_nothing_is_done_with_it_any_more(self, letter):
        with without_triggers():
            Letter.objects.update(
                answer="", answered_on=None, answer_way="", answer_name="", answer_function=""
            )
        deleted("letter")
        letter.refresh_from_db()
        token = links.address_of(letter).rstrip("/").rpartition("/")[2]
        assert (
            links.read(token) is None
            and not Letter.objects.to_send().exists()
            and not letter.waits_for_answer
        )
        for act in (
            lambda: letter_services.correct(letter, reason="Fehler.", actor=p.wf1()),
            lambda: letter_services.send([letter], way="post", actor=p.wf1()),
            lambda: letter_services.record_answer(letter, name="Toni Probe", actor=p.wf1()),
        ):
            with pytest.raises(LetterRefused, match="nach seiner Aufbewahrung gelöscht"):
                act()

    def test_its_pages_say_so(self, letter):
        deleted("letter")
        staff = signed_in(p.wf1())
        page = text_of(staff.get(letter.get_absolute_url()))
        assert f"gelöscht am {timezone.localdate():%d.%m.%Y} (Aufbewahrung)" in page
        assert "Toni Probe" not in page and "Beispielstraße" not in page and "der Name ist gelöscht" in page
        for step in ("correct", "send"):
            assert not any(
                form.step == step for form in staff.get(letter.get_absolute_url()).context["forms"].values()
            )
        assert "Toni Probe" not in text_of(staff.get(reverse("letters:letters") + "?stand=alle"))
        assert staff.post(reverse("letters:together"), {"letter": letter.pk}).status_code == 302

    def test_nobody_deletes_its_words_alone_or_changes_more(self, letter):
        row = Letter.objects.filter(pk=letter.pk)
        erased = {"inputs": {}, "answer_name": ERASED, "answer_function": ERASED}
        with pytest.raises(IntegrityError, match="loeschen zwei Personen"), transaction.atomic():
            row.update(**erased)
        asked = services.request_deletion(old_year(), "letter", actor=p.wf1(), reason="Frist vorbei.")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(files, "let_go", lambda *args, **kwargs: None)
            services.confirm_deletion(asked, actor=p.wf2())
        assert "sie stehen noch da" in " ".join(findings())
        for changes, said in (
            (erased | {"inputs": {"letter": {}}}, "ein Schreiben bleibt|Ein Schreiben bleibt"),
            ({"inputs": {"letter": {}}}, "Ein Schreiben bleibt"),
            (erased | {"answered_on": date(old_year(), 7, 1)}, "ein Schreiben bleibt|Ein Schreiben bleibt"),
            (erased | {"number": "x"}, "Ein Schreiben bleibt"),
            (erased | {"answer_name": "Erika Muster"}, "letter_is_erased_whole"),
        ):
            with pytest.raises(IntegrityError, match=said), transaction.atomic():
                row.update(**changes)
        files.repair()
        letter.refresh_from_db()
        assert letter.is_erased and found() == []
        with pytest.raises(IntegrityError, match="Ein Schreiben bleibt"), transaction.atomic():
            row.update(inputs={"letter": {}})

    def test_one_that_was_corrected_loses_its_answer_too(self, letter):
        letters.written(letter.decision, replaces=letter, correction="Fehler.", number="x")
        deleted("letter")
        letter.refresh_from_db()
        assert letter.answer_name == ERASED


CALL = "Toni Probe, 0231 000"


@pytest.fixture
def project() -> Project:
    """A project that names whom to ask, settled twelve years ago."""
    made = p.approved(p.gf_aplerbeck(), pillar_2="2000", contact=CALL)
    p.wf2()
    aged(old_year())
    return made


def aged(year: int, state: str = "settled") -> None:
    with without_triggers():
        Application.objects.update(state=state)
        Project.objects.update(state=state, year=year)
        Decision.objects.update(on=date(year, 6, 1))


class TestContacts:
    def test_it_may_go_six_years_after_the_last_decision(self, project):
        for today, may_go in ((date(old_year() + 6, 12, 31), False), (date(old_year() + 7, 1, 1), True)):
            [group] = groups("contact", today=today)
            assert (group.project, group.may_go) == (project, may_go)
        with without_triggers():
            Decision.objects.filter(step="approve").update(on=date(old_year() + 1, 1, 2))
        assert groups("contact") == [] and groups("contact", old_year() + 1)[0].project == project

    def test_one_for_which_nothing_was_applied_counts_from_its_year(self):
        draft = p.make_project(p.gf_aplerbeck(), contact=CALL)
        with without_triggers():
            Project.objects.update(year=old_year())
        assert [group.project for group in groups("contact")] == [draft]

    def test_the_year_before_the_founding_has_its_page_and_one_to_come_has_no_row(self, project):
        p.make_project(p.gf_aplerbeck(), contact=CALL)
        with without_triggers():
            Decision.objects.update(on=date(1999, 6, 1))
            Project.objects.exclude(pk=project.pk).update(year=p.this_year() + 1)
        assert [row.year for row in years(timezone.localdate())] == [1999]
        staff = signed_in(p.wf1())
        assert "1 Ansprechstelle" in text_of(staff.get(reverse("retention:year", args=[1999]))).replace(
            "\u00a0", " "
        )
        assert staff.get(reverse("retention:year", args=[p.this_year() + 1])).status_code == 404

    def test_what_is_open_or_held_keeps_it(self, project):
        with without_triggers():
            Application.objects.update(state="approved")
        assert groups("contact")[0].why == "Offen: eine Bewilligung ist nicht abgerechnet"
        aged(old_year())
        with without_triggers():
            Project.objects.update(year=old_year() - 1)
        services.hold(year=old_year() - 1, actor=p.wf1(), reason="Klage.")
        assert groups("contact")[0].why == "Offen: Löschsperre"

    def test_two_people_delete_it_and_the_project_says_so(self, project):
        done = deleted("contact")
        project.refresh_from_db()
        item = DeletionItem.objects.get()
        assert (project.contact, item.name) == ("", str(project))
        assert item.sha256 == hashlib.sha256(CALL.encode()).hexdigest()
        assert CALL not in str(list(project.changes.values_list("changes", flat=True)))
        assert groups("contact") == [] and found() == []
        staff = signed_in(p.wf1())
        page = text_of(staff.get(project.get_absolute_url()))
        assert f"gelöscht am {timezone.localdate():%d.%m.%Y} (Aufbewahrung)" in page and CALL not in page
        page = text_of(staff.get(done.get_absolute_url())).replace("\u00a0", " ")
        assert "Ansprechstellen der Projekte" in page and "Datei" not in page

    def test_the_database_lets_nobody_else_change_it(self, project):
        row = Project.objects.filter(pk=project.pk)
        for contact in ("", "Erika Muster"):
            with pytest.raises(IntegrityError, match="Ansprechstelle"), transaction.atomic():
                row.update(contact=contact)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(files, "let_go", lambda *args, **kwargs: None)
            deleted("contact")
        with pytest.raises(IntegrityError, match="Ansprechstelle"), transaction.atomic():
            row.update(contact="Erika Muster")
        row.update(contact="")

    def test_a_new_one_is_entered_where_the_project_is_edited_and_goes_anew(self, project):
        aged(old_year(), "rejected")
        deleted("contact")
        Project.objects.update(contact="Erika Muster")
        assert groups("contact")[0].may_go
        deleted("contact")
        assert Project.objects.get().contact == "" and DeletionItem.objects.count() == 2

    def test_nothing_goes_that_was_opened_since(self, project):
        asked = services.request_deletion(old_year(), "contact", actor=p.wf1(), reason="Frist vorbei.")
        with without_triggers():
            Application.objects.update(state="approved")
        with pytest.raises(TransitionNotAllowed, match="muss noch bleiben"):
            services.confirm_deletion(asked, actor=p.wf2())
        with pytest.raises(IntegrityError, match="noch etwas offen"), transaction.atomic():
            asked.decide(Deletion.State.CONFIRMED, actor=p.wf2(), on=timezone.localdate())


REACH = {
    "street": "Musterweg 7",
    "postcode": "44135",
    "town": "Dortmund",
    "email": "ina@example.org",
    "phone": "0231 77",
}


@pytest.fixture
def former() -> Person:
    """Somebody whose one mandate ended twelve years ago. The address changed once."""
    p.wf2()
    person = Person.objects.create(
        given_name="Ina", family_name="Früher", **{**REACH, "street": "Alter Weg 1"}
    )
    person.street = REACH["street"]
    person.save()
    Mandate.objects.create(
        person=person, district=District.objects.get(code="APL"), kind=Mandate.Kind.MANAGING_DIRECTOR,
        since=date(old_year() - 3, 1, 1), until=date(old_year(), 6, 30),
    )  # fmt: skip
    return person


class TestPeople:
    def test_an_address_may_go_six_years_after_the_last_office(self, former):
        for today, may_go in ((date(old_year() + 6, 12, 31), False), (date(old_year() + 7, 1, 1), True)):
            [group] = groups("person", today=today)
            assert (group.number, group.may_go) == (1, may_go)

    def test_what_goes_on_keeps_it(self, former):
        user = User.objects.create(email="ina@example.org", person=former)
        assert groups("person")[0].why == "Offen: das Benutzerkonto ist aktiv"
        User.objects.filter(pk=user.pk).update(is_active=False)
        assert groups("person")[0].may_go
        User.objects.filter(pk=user.pk).update(last_login=timezone.now())
        assert groups("person") == [] and not groups("person", p.this_year())[0].may_go
        letters.Signatory.objects.create(person=former, function="Vorsitz", since=date(old_year(), 1, 1))
        assert groups("person", p.this_year())[0].why.startswith("Offen: ein Sitz, ein Mandat")

    def test_bank_details_keep_it_until_they_are_deleted(self, former):
        payee = payments.enter_payee(former, actor=p.wf1())
        account = p.payee_account(payee, actor=p.wf1())
        with without_triggers():
            PayeeAccount.objects.filter(pk=account.pk).update(
                state="confirmed",
                paper="Ausweis",
                decided_by=p.wf2(),
                decided_on=date(old_year(), 5, 4),
                requested_on=date(old_year(), 5, 4),
            )
        assert groups("person")[0].why == "Offen: eine Bankverbindung ist noch nicht gelöscht"
        deleted("account")
        assert groups("person")[0].may_go

    def test_two_people_delete_it_from_the_history_too_and_the_name_stays(self, former):
        content = reach_of(former)
        assert b"Alter Weg 1" in content and b"Musterweg 7" in content
        deleted("person")
        former.refresh_from_db()
        assert (str(former), former.street, former.email, former.country) == ("Ina Früher", "", "", "DE")
        assert reach_of(former).count(b"Weg") == 0 and former.mandates.count() == 1
        item = DeletionItem.objects.get()
        assert (item.name, item.sha256) == ("Ina Früher", hashlib.sha256(content).hexdigest())
        assert groups("person") == [] and found() == []

    def test_who_comes_back_has_a_new_address_that_goes_anew(self, former):
        deleted("person")
        Person.objects.filter(pk=former.pk).update(**REACH)
        deleted("person")
        assert DeletionItem.objects.count() == 2

    def test_the_database_deletes_nothing_of_somebody_in_office(self, former):
        asked = services.request_deletion(old_year(), "person", actor=p.wf1(), reason="Frist vorbei.")
        Mandate.objects.update(until=None)
        with pytest.raises(TransitionNotAllowed, match="muss noch bleiben"):
            services.confirm_deletion(asked, actor=p.wf2())
        with pytest.raises(IntegrityError, match="noch etwas offen"), transaction.atomic():
            asked.decide(Deletion.State.CONFIRMED, actor=p.wf2(), on=timezone.localdate())


class TestTraders:
    def test_the_address_of_a_trader_goes_and_that_of_a_club_stays(self, project):
        club = letters.organiser("Verein")
        trader = letters.organiser("Ina Muster Veranstaltungen", legal_form="sole_trader")
        Project.objects.update(organiser=trader)
        assert groups("trader")[0].number == 1
        deleted("trader")
        trader.refresh_from_db()
        assert (str(trader), trader.street, trader.signatories) == ("Ina Muster Veranstaltungen", "", "")
        club.refresh_from_db()
        assert club.street and found() == []

    def test_an_open_grant_keeps_it(self, project):
        Project.objects.update(
            organiser=letters.organiser("Ina Muster Veranstaltungen", legal_form="sole_trader")
        )
        asked = services.request_deletion(old_year(), "trader", actor=p.wf1(), reason="Frist vorbei.")
        with without_triggers():
            Application.objects.update(state="approved")
        assert groups("trader")[0].why == "Offen: eine Bewilligung ist nicht abgerechnet"
        with pytest.raises(IntegrityError, match="noch etwas offen"), transaction.atomic():
            asked.decide(Deletion.State.CONFIRMED, actor=p.wf2(), on=timezone.localdate())

    def test_the_database_names_no_other_organisation(self, project):
        club = letters.organiser("Verein")
        asked = Deletion.objects.create(
            year=old_year(),
            what="trader",
            reason="x",
            requested_by=p.wf1(),
            requested_on=timezone.localdate(),
        )
        with pytest.raises(IntegrityError, match="gehoert nicht"), transaction.atomic():
            asked.items.create(
                source="members_organisation",
                row_key=club.pk,
                name="x",
                sha256="0" * 64,
                size=0,
                years=6,
                rule="x",
            )
