"""The pages of letters: who reads them, sending, answers on paper and by the link, drafts, many at once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funding import services as core
from funding.letters import acceptance, links, services
from funding.letters.models import Letter, Sending
from funding.letters.services import drawing
from funding.models import GrantTerms
from members.common.logs import without_tokens
from members.models import Organisation, OutboxMail
from members.post import outbox
from tests import letters, personas
from tests.personas import today
from tests.test_pdf import flat, pages

pytestmark = pytest.mark.django_db
LIST = "/foerderung/schreiben/"


@pytest.fixture(autouse=True)
def sender() -> None:
    letters.ready()


@pytest.fixture
def letter() -> Letter:
    return letters.drawn()


def client_of(persona: str) -> Client:
    client = Client()
    client.force_login(personas.ALL[persona]())
    return client


def text(response: Any) -> str:
    return " ".join(response.content.decode().replace("\u00a0", " ").split())


def key_of(response: Any) -> str:
    return re.search(r'name="key" value="([^"]+)"', response.content.decode())[1]


def post(client: Client, letter: Letter, step: str, **values: str | timedelta) -> Any:
    address = letter.get_absolute_url()
    given = personas.dated({"on": timedelta(0), **values})
    return client.post(address, {"step": step, "key": key_of(client.get(address)), **given})


# Reading


@pytest.mark.parametrize("persona", ["wf1", "auditor", "superuser", "gf_aplerbeck", "deputy_aplerbeck"])
def test_who_reads_a_letter(letter: Letter, persona: str) -> None:
    client = client_of(persona)
    assert letter.number in text(client.get(letter.get_absolute_url()))
    shown = client.get(reverse("letters:pdf", args=[letter.number]))
    assert b"".join(shown.streaming_content) == letters.pdf(letter)
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert "inline" in shown.headers["Content-Disposition"]
    saved = client.get(reverse("letters:pdf", args=[letter.number]), {"speichern": "1"})
    assert f"attachment; filename*=utf-8''{letter.number}" in saved.headers["Content-Disposition"]
    assert b"".join(saved.streaming_content) == letters.pdf(letter)
    again = client.get(
        reverse("letters:pdf", args=[letter.number]), headers={"If-None-Match": shown.headers["ETag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(("persona", "status"), [("board", 403), ("gf_brackel", 404), ("admin_verein", 403)])
def test_who_does_not(letter: Letter, persona: str, status: int) -> None:
    client = client_of(persona)
    for address in (letter.get_absolute_url(), reverse("letters:pdf", args=[letter.number])):
        assert client.get(address).status_code == status


def test_the_advisory_board_sees_no_letters_on_the_applications_page(letter: Letter) -> None:
    address = letter.decision.application.get_absolute_url()
    assert letter.number in text(client_of("wf1").get(address))
    assert letter.number in text(
        client_of("gf_aplerbeck").get(letter.decision.application.project.get_absolute_url())
    )
    assert letter.number not in text(client_of("board").get(address))


# Sending


def test_a_letter_is_sent_by_post_and_then_waits_for_its_acceptance(letter: Letter) -> None:
    client = client_of("wf1")
    assert "1 Schreiben ist zu versenden." in text(client.get(LIST))
    post(client, letter, "send", way="post")
    assert Sending.objects.get().way == "post"
    assert "Kein Schreiben ist zu versenden." in text(client.get(LIST))
    assert "1 Schreiben wartet auf die Annahme" in text(client.get(LIST, {"stand": "annehmen"}))
    assert "wartet auf Annahme" in text(client.get(letter.get_absolute_url()))
    assert not OutboxMail.objects.filter(recipient="verein@example.org").exists()


def test_the_director_hands_it_over_but_does_not_accept_it(letter: Letter) -> None:
    client = client_of("gf_aplerbeck")
    post(client, letter, "send", way="handed")
    assert Sending.objects.get().by == personas.gf_aplerbeck()
    assert "Antwort auf Papier" not in text(client.get(letter.get_absolute_url()))
    assert post(client, letter, "answer", name="Ina Muster").status_code == 403
    assert not Letter.objects.exclude(answer="").exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"on": timedelta(days=1)}, "Dieser Tag liegt in der Zukunft."),
        ({"on": timedelta(days=-1)}, "vorher kann es nicht versandt worden sein"),
        ({"way": "link"}, "Bitte eine der angebotenen Möglichkeiten wählen."),
        ({"way": "taube"}, "Bitte eine der angebotenen Möglichkeiten wählen."),
    ],
)
def test_bad_entries_of_a_sending_get_their_sentence(
    letter: Letter, values: dict[str, str], sentence: str
) -> None:
    page = post(client_of("wf1"), letter, "send", **{"way": "post", **values})
    assert page.status_code == 422
    assert sentence in text(page)
    assert not Sending.objects.exists()


def test_without_an_address_the_mail_is_refused_with_what_to_do() -> None:
    letter = letters.drawn(letters.granted(to=letters.organiser("Ohne Mail", email="")))
    client = client_of("wf1")
    assert "E-Mail mit Link senden" not in text(client.get(letter.get_absolute_url()))
    assert "Oder versenden Sie das Schreiben mit der Post" in text(post(client, letter, "mail"))
    page = client.get(LIST)
    assert "ohne E-Mail-Adresse" in text(page)
    many = {"letter": [str(letter.pk)], "step": "mail", "key": key_of(page)}
    assert "Oder versenden Sie das Schreiben mit der Post" in text(client.post(LIST, many))
    assert not Sending.objects.exists()
    assert not OutboxMail.objects.filter(template="letter_link").exists()


def test_an_internal_letter_stays_in_the_association() -> None:
    letter = letters.drawn(letters.granted(measure="own"))
    client = client_of("wf1")
    assert "Kein Schreiben ist zu versenden." in text(client.get(LIST))
    assert "erstellt" in text(client.get(letter.get_absolute_url()))
    assert "bleibt im Verein" in text(post(client, letter, "mail"))
    assert not OutboxMail.objects.filter(recipient="verein@example.org").exists()


def test_many_are_marked_at_once_all_or_none_and_printed_as_one() -> None:
    found = [letters.drawn() for _ in range(3)]
    client = client_of("wf1")
    page = client.get(LIST)
    chosen = {"letter": [str(each.pk) for each in found[:2]]}
    together = client.post(reverse("letters:together"), chosen)
    said = flat(" ".join(pages(together.content)))
    assert found[0].number in said
    assert found[1].number in said
    assert found[2].number not in said
    assert "no-store" in together.headers["Cache-Control"]
    sent = {**chosen, "step": "send", "key": key_of(page), "way": "post", "on": today().isoformat()}
    assert "2 Schreiben als versandt eingetragen" in text(client.post(LIST, sent, follow=True))
    client.post(LIST, sent)
    assert Sending.objects.count() == 2
    none = client.post(LIST, {**sent, "letter": [], "key": key_of(client.get(LIST))})
    assert "Bitte mindestens ein Schreiben auswählen." in text(none)
    assert (
        client.post(
            LIST, {**sent, "letter": ["x"], "key": key_of(client.get(LIST, {"stand": "alle"}))}
        ).status_code
        == 400
    )


def test_each_button_says_whether_it_sends_or_only_records(letter: Letter) -> None:
    client = client_of("wf1")
    page = text(client.get(letter.get_absolute_url()))
    assert "Das Programm schreibt heute an verein@example.org." in page
    assert "E-Mail mit Link senden" in page
    assert "Das Programm versendet hier nichts" in page
    assert "Link per E-Mail</option>" not in page
    assert "E-Mail mit Link an verein@example.org: Sie geht in wenigen Minuten hinaus." in text(
        client.post(letter.get_absolute_url(), {"step": "mail", "key": key_of(client.get(LIST))}, follow=True)
    )
    assert (Sending.objects.get().way, Sending.objects.get().on) == ("link", today())
    assert OutboxMail.objects.filter(recipient="verein@example.org").count() == 1


def test_many_links_are_mailed_at_once_with_their_own_button() -> None:
    found = [letters.drawn() for _ in range(2)]
    client = client_of("wf1")
    page = client.get(LIST)
    assert '<button class="btn btn-primary" type="submit" name="step" value="mail">' in text(page)
    many = {"letter": [str(each.pk) for each in found], "step": "mail", "key": key_of(page), "way": "post"}
    assert "2 E-Mails mit Link: Der Versand beginnt in wenigen Minuten." in text(
        client.post(LIST, many, follow=True)
    )
    client.post(LIST, many)
    assert list(Sending.objects.values_list("way", flat=True)) == ["link", "link"]
    assert OutboxMail.objects.filter(recipient="verein@example.org").count() == 2


def test_one_link_is_one() -> None:
    letter = letters.drawn(letters.granted())
    client = client_of("wf1")
    one = {"letter": [str(letter.pk)], "step": "mail", "key": key_of(client.get(LIST))}
    assert "1 E-Mail mit Link: Der Versand beginnt in wenigen Minuten." in text(
        client.post(LIST, one, follow=True)
    )


# Answers


def test_an_acceptance_on_paper_is_stored_with_day_and_name_and_money_may_be_paid(letter: Letter) -> None:
    application = letter.decision.application
    assert acceptance.not_accepted(application).endswith("Vorher wird nichts abgerufen oder ausgezahlt.")
    post(client_of("wf1"), letter, "answer", name="Ina Muster", function="Vorsitz")
    letter.refresh_from_db()
    assert (letter.answer, letter.answer_way, letter.answer_recorded_by) == (
        "accepted",
        "paper",
        personas.wf1(),
    )
    assert acceptance.accepted(application)
    assert "<dt>angenommen</dt> <dd> am" in text(client_of("gf_aplerbeck").get(letter.get_absolute_url()))
    told = set(OutboxMail.objects.filter(template="letter_answered").values_list("recipient", flat=True))
    assert "gf.apl@example.org" in told
    assert "wf1@example.org" not in told


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": ""}, "Bitte den Namen eintragen."),
        ({"on": timedelta(days=-1)}, "vorher kann es nicht angenommen worden sein"),
    ],
)
def test_bad_entries_of_an_answer_get_their_sentence(
    letter: Letter, values: dict[str, str], sentence: str
) -> None:
    page = post(client_of("wf1"), letter, "answer", **{"name": "Ina Muster", "function": "Kasse", **values})
    assert page.status_code == 422
    assert sentence in text(page)
    assert 'value="Kasse"' in page.content.decode()


def mailed(letter: Letter, settings: Any) -> str:
    """The path of the link that the recipient gets, as the mail has it."""
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    post(client_of("wf1"), letter, "mail")
    OutboxMail.objects.exclude(recipient="verein@example.org").delete()
    outbox.send_queue()
    body = mail.outbox[-1].body
    assert mail.outbox[-1].to == ["verein@example.org"]
    assert not mail.outbox[-1].attachments
    return re.search(r"https?://[^/]+(/foerderung/zusage/\S+)", body)[1]


def test_the_recipient_reads_and_accepts_by_the_link_once(letter: Letter, settings: Any) -> None:
    address = mailed(letter, settings)
    visitor = Client()
    page = text(visitor.get(address))
    assert "Förderzusage für das Projekt" in page
    shown = visitor.get(f"{address}schreiben.pdf")
    assert b"".join(shown.streaming_content) == letters.pdf(letter)
    done = visitor.post(
        address, {"answer": "accept", "name": "Toni Probe", "function": "Vorsitz", "message": ""}, follow=True
    )
    assert "<strong>Angenommen</strong> am" in text(done)
    letter.refresh_from_db()
    assert (letter.answer, letter.answer_way, letter.answer_name) == ("accepted", "link", "Toni Probe")
    assert letter.answered_on == today()
    again = visitor.post(address, {"answer": "decline", "name": "Böse", "message": "Doch nicht."})
    assert again.status_code == 422
    assert "Ihre Antwort wurde nicht gespeichert" in text(again)
    assert "Ihre Antwort wurde nicht gespeichert" not in text(visitor.get(address))
    letter.refresh_from_db()
    assert letter.answer_name == "Toni Probe"
    told = set(OutboxMail.objects.filter(template="letter_answered").values_list("recipient", flat=True))
    assert {"gf.apl@example.org", "wf1@example.org"} <= told


def test_so_not_needs_a_message_and_ends_in_a_corrected_letter(letter: Letter, settings: Any) -> None:
    address, visitor = mailed(letter, settings), Client()
    empty = visitor.post(address, {"answer": "decline", "name": "Toni Probe", "message": ""})
    assert "Bitte schreiben Sie, was anders sein soll." in text(empty)
    mixed = visitor.post(
        address, {"answer": "accept", "name": "Toni Probe", "message": "Der Betrag stimmt nicht."}
    )
    assert "Zum Annehmen leeren Sie bitte dieses Feld" in text(mixed)
    assert "Der Betrag stimmt nicht." in text(mixed)
    visitor.post(address, {"answer": "decline", "name": "Toni Probe", "message": "Der Betrag stimmt nicht."})
    application = letter.decision.application
    assert "so nicht angenommen" in acceptance.not_accepted(application)
    page = client_of("wf1").get(letter.get_absolute_url())
    assert "Der Betrag stimmt nicht." in text(page)
    post(client_of("wf1"), letter, "correct", reason="Betrag geklärt.")
    corrected = services.make(Letter.objects.current().get())
    assert corrected.replaces == letter
    assert visitor.get(address).status_code == 404
    assert "Dieser Link gilt nicht mehr" in text(visitor.get(address))
    services.record_answer(corrected, name="Toni Probe", actor=personas.wf1())
    assert acceptance.accepted(application)


def test_after_a_revocation_nothing_of_a_promise_is_accepted_or_corrected(
    letter: Letter, settings: Any
) -> None:
    address, visitor, staff = mailed(letter, settings), Client(), client_of("wf1")
    assert letter in Letter.objects.to_accept()
    key = key_of(staff.get(letter.get_absolute_url()))
    core.revoke(letter.decision.application, reason="Das Fest fällt aus.", actor=personas.wf1())
    page = text(visitor.get(address))
    assert "wurde inzwischen zurückgenommen" in page and "Nehmen Sie die Förderung" not in page
    late = visitor.post(address, {"answer": "accept", "name": "Toni Probe", "message": ""})
    assert late.status_code == 422 and "wurde inzwischen zurückgenommen" in text(late)
    for step, values in (("answer", {"name": "Toni Probe"}), ("correct", {"reason": "Anschrift"})):
        refused = staff.post(
            letter.get_absolute_url(), {"step": step, "key": key, "on": today().isoformat(), **values}
        )
        assert refused.status_code == 422 and "wurde inzwischen zurückgenommen" in text(refused)
    assert "wurde inzwischen zurückgenommen" in text(post(staff, letter, "mail"))
    letter.refresh_from_db()
    assert not letter.answer and letter not in Letter.objects.to_accept()
    for shown in (letter, letter.decision.application):
        assert "gilt nicht mehr" in text(staff.get(shown.get_absolute_url()))


@pytest.mark.parametrize(
    "step, values, said",
    [
        ("answer", {"name": "Toni Zweit"}, "wurde berichtigt. Es gilt das neuere."),
        ("send", {"way": "post"}, "Bitte versenden Sie das neuere Schreiben."),
        ("correct", {"reason": "Noch einmal."}, "wurde schon berichtigt."),
    ],
)
def test_two_people_at_one_letter_the_second_reads_what_happened(
    letter: Letter, step: str, values: dict[str, str], said: str
) -> None:
    second, address = client_of("wf2"), letter.get_absolute_url()
    key = key_of(second.get(address))
    post(client_of("wf1"), letter, "correct", reason="Falsche Anschrift.")
    late = second.post(address, {"step": step, "key": key, "on": today().isoformat(), **values})
    assert late.status_code == 422
    assert said in text(late)


def test_who_corrects_a_declined_letter_reads_what_a_correction_does_not_change(letter: Letter) -> None:
    wf1 = client_of("wf1")
    post(wf1, letter, "answer", name="Toni Probe", message="Bitte bis Juni.")
    page = text(wf1.get(letter.get_absolute_url()))
    assert "Soll sich Betrag, Frist oder Bedingung ändern, hilft keine Berichtigung" in page
    assert "Betrag, Fristen und Bedingungen bleiben, wie sie entschieden sind." in page


def test_of_two_answers_on_paper_the_second_reads_of_the_first(letter: Letter) -> None:
    second, address = client_of("wf2"), letter.get_absolute_url()
    key = key_of(second.get(address))
    post(client_of("wf1"), letter, "answer", name="Toni Erst")
    values = {"step": "answer", "key": key, "on": today().isoformat(), "name": "Toni Zweit"}
    late = second.post(address, values)
    assert late.status_code == 422
    assert "von Toni Erst beantwortet: angenommen." in text(late)
    assert "Toni Zweit" in text(late)


def test_why_a_private_letter_is_corrected_is_said_without_the_words_of_acts(letter: Letter) -> None:
    answer = post(client_of("wf1"), letter, "correct", reason="Im Bescheid war die Anschrift falsch.")
    assert answer.status_code == 422
    assert "stehen nur in öffentlich-rechtlichen Schreiben" in text(answer)
    assert "Im Bescheid war die Anschrift falsch." in text(answer)
    assert Letter.objects.get() == letter


def test_a_link_that_is_not_ours_or_too_old_opens_nothing(letter: Letter, monkeypatch: Any) -> None:
    address = links.address_of(letter).partition("8000")[2] or links.address_of(letter)
    path = "/foerderung/zusage/" + address.rpartition("/zusage/")[2]
    assert Client().get(path).status_code == 200
    assert Client().get(path.replace(":", "x", 1)).status_code == 404
    assert Client().get("/foerderung/zusage/x/schreiben.pdf").status_code == 404
    monkeypatch.setattr(links, "VALID_FOR", timedelta(seconds=-1))
    assert Client().get(path).status_code == 404


def test_no_log_keeps_the_token(letter: Letter) -> None:
    address = links.address_of(letter)
    token = address.rstrip("/").rpartition("/")[2]
    assert token not in without_tokens(f'"GET {address}schreiben.pdf HTTP/1.1" 200')


def test_guessing_is_slowed_down() -> None:
    visitor = Client()
    answers = [visitor.get("/foerderung/zusage/x/").status_code for _ in range(61)]
    assert answers[59:] == [404, 429]


def test_a_mail_to_an_old_letter_is_not_sent(letter: Letter) -> None:
    post(client_of("wf1"), letter, "mail")
    [row] = OutboxMail.objects.filter(recipient="verein@example.org")
    assert "/zusage/" not in row.body
    services.correct(letter, reason="x", actor=personas.wf1())
    assert not outbox.still_concerns(row)


# Lacking and on demand


def test_what_is_missing_stands_on_the_page_and_a_button_draws_it() -> None:
    application = letters.granted(to=Organisation.objects.create(name="Kulturladen"))
    client, address = client_of("wf1"), reverse("letters:of_application", args=[application.pk])
    assert "1 Entscheidung ist ohne Schreiben." in text(client.get(LIST, {"stand": "fehlen"}))
    assert "fehlt" in text(client.get(application.get_absolute_url()))
    page = text(client.get(address))
    assert "Für Kulturladen ist keine Anschrift eingetragen" in page
    assert "Jetzt erstellen" not in page
    Organisation.objects.filter(name="Kulturladen").update(street="Weg 1", postcode="44135", town="Dortmund")
    assert "Jetzt erstellen" in text(client.get(address))
    assert "Jetzt erstellen" not in text(client_of("gf_aplerbeck").get(address))
    assert client_of("gf_aplerbeck").post(address).status_code == 403
    assert client.post(address).status_code == 400
    chosen = {"decision": str(letters.approval(application).pk)}
    assert client.post(address, chosen).url == Letter.objects.get().get_absolute_url()
    assert client.post(address, chosen).url == Letter.objects.get().get_absolute_url()
    assert not drawing.lacking().exists()


def test_a_grant_from_before_letters_is_confirmed_on_demand_and_nobody_is_asked_to_accept(
    settings: Any,
) -> None:
    application = letters.granted()
    GrantTerms.objects.update(since=today() + timedelta(days=1))
    client, address = client_of("wf1"), reverse("letters:of_application", args=[application.pk])
    assert address in client.get(application.get_absolute_url()).content.decode()
    assert address not in client_of("gf_aplerbeck").get(application.get_absolute_url()).content.decode()
    assert "Die Bewilligung gilt als angenommen" in text(client.get(address))
    client.post(address, {"decision": str(letters.approval(application).pk)})
    letter = Letter.objects.get()
    link = mailed(letter, settings)
    assert "annehmen" not in mail.outbox[-1].body
    assert "nehmen es an" not in mail.outbox[-1].body
    assert "Geld kann erst fließen" not in mail.outbox[-1].body
    assert "gilt als angenommen" in mail.outbox[-1].body
    visitor = Client()
    page = text(visitor.get(link))
    assert "Die Förderung gilt als angenommen: Sie brauchen nichts zu tun." in page
    assert "Nehmen Sie die Förderung" not in page
    assert visitor.post(link, {"answer": "accept", "name": "Toni Probe"}).status_code == 422
    assert not Letter.objects.exclude(answer="").exists()
    shown = text(client.get(letter.get_absolute_url()))
    assert "vor Einführung der Schreiben: Die Förderung gilt als angenommen." in shown
    assert "vorher wird nichts abgerufen" not in shown
    assert "Antwort auf Papier" not in shown
    assert "Kein Schreiben wartet" in text(client.get(LIST, {"stand": "annehmen"}))
    line = text(client.get(application.project.get_absolute_url()))
    assert "noch nicht angenommen" not in line
    core.revoke(application, reason="Fällt aus.", actor=personas.wf1())
    assert "inzwischen zurückgenommen" in text(visitor.get(link))


# The draft


def typed_grant(client: Client, application: Any, **values: str) -> dict[str, Any]:
    html = client.get(application.get_absolute_url()).content.decode()
    form = html[html.index('id="a-decide"') :]
    data: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]+>", form[: form.index("</form>")]):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or "checked" in tag):
            data.setdefault(name[1], []).append(value[1] if value else "on")
    return {**data, "financing": "fixed", "proof_depth": "simple", **values}


def test_the_letter_is_seen_before_the_decision_and_nothing_is_booked() -> None:
    application = personas.application(
        personas.handed_in(
            personas.gf_aplerbeck(), pillar_2="2000", organiser=letters.organiser(), title="Sommerfest"
        )
    )
    client = client_of("wf1")
    data = typed_grant(client, application, amount="1.500,00", reason="Weniger Kosten.")
    draft = client.post(reverse("letters:preview", args=[application.pk]), data)
    said = flat(" ".join(pages(draft.content)))
    assert "1.500,00 € (in Worten: eintausendfünfhundert Euro)" in said.replace("\u00a0", " ")
    assert "-S-" not in said
    assert not Letter.objects.exists()
    application.refresh_from_db()
    assert application.granted is None
    wrong = client.post(reverse("letters:preview", args=[application.pk]), {**data, "amount": "viel"})
    assert wrong.status_code == 422
    assert "Weniger Kosten." in text(wrong)
    assert client_of("gf_hoerde").post(
        reverse("letters:preview", args=[application.pk]), data
    ).status_code in (403, 404)
    letters.letterhead(name="")
    assert "Das Schreiben kann noch nicht gezeigt werden. Im Briefkopf fehlt" in text(
        client.post(reverse("letters:preview", args=[application.pk]), data)
    )


# How much is asked


def test_the_pages_ask_the_same_at_any_size(django_assert_num_queries: Any) -> None:
    client = client_of("wf1")
    for many in (1, 3):
        for _ in range(many):
            letter = letters.drawn()
            services.send([letter], way="post", actor=personas.wf1())
            letters.granted(to=Organisation.objects.get_or_create(name="Kulturladen")[0])
            letters.drawn()
        for state, queries in {"senden": 6, "annehmen": 6, "fehlen": 5, "alle": 6}.items():
            with django_assert_num_queries(queries):
                assert client.get(LIST, {"stand": state}).status_code == 200
    with django_assert_num_queries(6):
        client.get(letter.get_absolute_url())


def test_what_is_next_is_the_primary_button(letter: Letter) -> None:
    def primary() -> list[str]:
        html = client_of("wf1").get(letter.get_absolute_url()).content.decode()
        return re.findall(r'<button class="btn btn-primary" type="submit">([^<]+)</button>', html)

    assert primary() == ["E-Mail mit Link senden"]
    Organisation.objects.update(email="")
    assert primary() == ["Versand eintragen"]
    post(client_of("wf1"), letter, "send", way="post", on=f"{timezone.localdate():%Y-%m-%d}")
    assert primary() == ["Antwort eintragen"]
