"""The lights of a year: what stands against closing, what remains, counted and listed by one rule."""

import re
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from funding import services as funding
from funding.closing import cash
from funding.closing.lights import BY_KEY, Colour, YearLights, in_words, lights_of, visible_pots
from funding.closing.models import YearClosing
from funding.closing.services import confirm_closing, request_closing
from funding.closing.views.chosen import steps_for
from funding.models import Application, FiscalYear
from members.common.keys import new_key
from members.models import OutboxMail
from members.roles.permissions import Roles
from tests import batches, personas, statements
from tests.mailed import worded

pytestmark = pytest.mark.django_db

#: What makes a pot's committed and unpaid euro.
UNPAID = ("nicht-abgerufen", "abrufe", "zahlungen", "ausgaben")


def lights(day: Any = None, **more: Any) -> YearLights:
    years = FiscalYear.objects.filter(year=personas.this_year())
    return lights_of(list(years), day or timezone.localdate(), **more)[0]


def told(found: YearLights, code: str = "") -> dict[str, tuple[int, Decimal]]:
    """Question -> number and euro: of the pot with this code, or of the year."""
    rows = next(row.lights for row in found.pots if row.pot.code == code) if code else found.sums
    return {light.question.key: (light.number, light.amount) for light in rows}


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(name: str, *more: Any, user: Any = None, query: str = "") -> str:
    address = reverse(f"closing:{name}", args=[personas.this_year(), *more] if name != "years" else [])
    response = client_of(user or personas.wf1()).get(address + query)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.fixture
def story(db: None) -> Application:
    """One of everything in this year; returns the grant of 1,000 euro, of which 300 are called and 200 on their way."""
    personas.allow_transfers()
    personas.open_year()
    personas.handed_in(personas.gf_aplerbeck(), title="Offen", shares={"APL": "400"})
    grant = personas.application(batches.granted("1000"))
    batches.checked_call(grant, "300")
    batches.released(batches.checked_call(grant, "200"))
    funding.book_expense(
        personas.this_year(), amount=Decimal(60), purpose="Porto", payee="Post", actor=personas.wf1()
    )
    personas.more_money()
    of_two = personas.approved(personas.gf_aplerbeck(), title="Zwei", pillar_2="6000")
    funding.request_change(
        personas.application(of_two), what="reduce", to=Decimal(5900), reason="Weniger.", actor=personas.wf1()
    )
    statements.entry("-20")
    return grant


def test_each_thing_that_is_open_is_counted_at_its_pot(story):
    found = lights()
    assert told(found, "S1-APL") == {
        "antraege": (1, Decimal(400)),
        "nicht-abgerufen": (1, Decimal(500)),
        "abrufe": (1, Decimal(300)),
        "zahlungen": (1, Decimal(200)),
        "umbuchungen": (1, Decimal(100)),
    }
    assert told(found, "S2") == {"nicht-abgerufen": (1, Decimal(6000)), "aenderungen": (1, Decimal(100))}
    assert told(found, "GK") == {"ausgaben": (1, Decimal(60))}
    assert told(found, "S1-BRA") == {}
    assert told(found)["bank"] == (1, Decimal(20))
    assert told(found)["nicht-abgerufen"] == (2, Decimal(6500))
    assert {light.question.key for light in found.against} == set(told(found)) - {"auszuege"}
    assert found.colour is Colour.RED


def test_what_a_pot_owes_is_what_its_lights_say(story):
    """Committed and not paid is either not called, called, on its way, or an expense: nothing twice, nothing forgotten."""
    for row in lights().pots:
        said = sum((light.amount for light in row.lights if light.question.key in UNPAID), Decimal(0))
        assert said == row.pot.outstanding, row.pot


def test_proofs_and_claims_remain_and_do_not_stand_against(story):
    batch = batches.released(batches.checked_call(personas.application(batches.granted("50")), "50"))
    paid = batch.payments.get().for_call.grant
    batches.services.mark_executed(batch, executed_on=batches.bank_day(), actor=personas.wf1())
    due = paid.decisions.exclude(proof_due_on=None).get().proof_due_on
    assert "nachweise" not in told(lights(due), "S1-APL")
    late = due + timedelta(days=1)
    assert told(lights(late), "S1-APL")["nachweise"] == (1, Decimal(50))
    funding.reclaim(paid, amount=Decimal(30), reason="Kosten gesunken.", actor=personas.wf1())
    found = lights(late)
    assert told(found, "S1-APL")["rueckforderungen"] == (1, Decimal(30))
    of_account = {"auszuege", "nicht-auf-dem-auszug"}
    assert {light.question.key for light in found.remaining} - of_account == {"nachweise", "rueckforderungen"}
    assert all(light.question.colour is Colour.YELLOW for light in found.remaining)


def test_a_payment_is_told_that_no_statement_shows_though_there_is_one_of_its_day(db):
    day, today = batches.bank_day(), timezone.localdate()
    year, wf = personas.open_year(day.year), client_of(personas.wf1())
    batch = batches.released(batches.checked_call(personas.application(batches.granted("200")), "200"))
    batches.services.mark_executed(batch, executed_on=day, actor=personas.wf1())

    def said() -> tuple[int, Decimal] | None:
        return told(lights_of([year], today)[0]).get("nicht-auf-dem-auszug")

    assert said() is None  # there is no statement yet: that is told by itself
    statements.entry("-20")
    assert said() == (1, Decimal(200))
    assert cash.report(day.year, today).books.difference == -200
    address = reverse("closing:rows", args=[day.year, "nicht-auf-dem-auszug"])
    payment = batch.payments.get()
    assert payment.get_absolute_url() in wf.get(address).content.decode()
    board = client_of(personas.board()).get(address).content.decode()
    assert payment.for_call.grant.project.title in board and payment.get_absolute_url() not in board
    statements.services.tick_batch(
        statements.entry("-200", message_id=batch.message_id), batch=batch, actor=personas.wf1()
    )
    assert said() is None and cash.report(day.year, today).books.difference == 0


def test_what_was_carried_over_is_open_where_its_bookings_go(story):
    """A year later the grant's money is in another year's pot; the old year has nothing of it left."""
    other = personas.open_year(personas.this_year() + 1)
    funding.carry(story, to=other, reason="Das Fest ist im März.", actor=personas.wf1())
    here, later = lights_of([FiscalYear.objects.get(year=personas.this_year()), other], timezone.localdate())
    assert set(told(here, "S1-APL")) == {"antraege", "umbuchungen"}
    assert told(later, "S1-APL") == {
        "nicht-abgerufen": (1, Decimal(500)),
        "abrufe": (1, Decimal(300)),
        "zahlungen": (1, Decimal(200)),
    }


def test_a_year_without_anything_open_is_green():
    personas.open_year()
    found = lights()
    assert (found.against, found.remaining, found.colour) == ([], [], Colour.GREEN)
    assert "steht nichts entgegen" in page("year")


def test_the_rows_behind_a_light_are_those_it_counts(story):
    found = told(lights())
    for question in BY_KEY.values():
        number, _ = found.get(question.key, (0, None))
        text = page("rows", question.key)
        shown = re.findall(r"<tr>", text.partition("<tbody>")[2].partition("</tbody>")[0])
        assert len(shown) == number, question.key
        assert ("Hier ist nichts offen." in text) == (number == 0)


def test_a_row_leads_to_where_something_is_done(story):
    assert story.get_absolute_url() in page("rows", "nicht-abgerufen")
    assert story.calls.earliest("pk").get_absolute_url() in page("rows", "abrufe")


def test_the_pot_in_the_address_leaves_only_its_rows(story):
    of_pool = page("rows", "nicht-abgerufen", query=f"?topf={personas.pot('S2').pk}")
    assert "Zwei" in of_pool
    assert story.get_absolute_url() not in of_pool
    client = client_of(personas.wf1())
    address = reverse("closing:rows", args=[personas.this_year(), "nicht-abgerufen"])
    for value in ("0", "x", "9" * 30, "-1"):
        assert client.get(address, {"topf": value}).status_code == 404
    assert client.get(reverse("closing:rows", args=[personas.this_year(), "x"])).status_code == 404


def test_a_director_sees_the_own_pot_and_what_to_do_there(story):
    director = personas.gf_aplerbeck()
    text = page("year", user=director)
    assert "Säule 1 Aplerbeck" in text
    assert "Säule 1 Brackel" not in text
    assert "Abrufen, was noch gebraucht wird" in text
    client = client_of(director)
    foreign = f"?topf={personas.pot('S2').pk}"
    assert (
        client.get(
            reverse("closing:rows", args=[personas.this_year(), "nicht-abgerufen"]) + foreign
        ).status_code
        == 404
    )
    assert client.get(reverse("closing:rows", args=[personas.this_year(), "bank"])).status_code == 404
    assert "Zwei" not in page("rows", "nicht-abgerufen", user=director)


def test_the_state_says_where_the_colour_comes_from(story):
    assert "Buchung der Bank nicht zugeordnet" in page("year").split("<dt>Konto</dt>")[1].split("</dd>")[0]
    assert "<dt>Konto</dt>" not in page("year", user=personas.gf_aplerbeck())


def test_the_advisory_board_reads_figures_and_no_payee(story):
    board = personas.board()
    text = page("rows", "abrufe", user=board) + page("rows", "bank", user=board) + page("year", user=board)
    assert "Verein Hörde" not in text
    assert story.calls.earliest("pk").get_absolute_url() not in text
    assert story.get_absolute_url() in text


def test_the_command_tells_the_same_and_fails_while_something_stands_against(story):
    out = StringIO()
    with pytest.raises(CommandError, match=r"entgegen: 8.Gründe"):
        call_command("close_year", personas.this_year(), "--dry-run", stdout=out)
    assert out.getvalue().splitlines() == in_words(lights())
    assert "  rot: 1\u00a0Abruf offen, 300,00\u00a0€" in out.getvalue()


def test_the_command_is_content_with_a_year_that_can_be_closed():
    personas.open_year()
    out = StringIO()
    call_command("close_year", personas.this_year(), "--dry-run", stdout=out)
    assert "steht" in out.getvalue() and "nichts entgegen. Das Jahr läuft noch" in out.getvalue()


def test_the_command_says_of_a_closed_year_that_it_is_closed():
    last = personas.this_year() - 1
    year = personas.open_year(last)
    asked = request_closing(year, actor=personas.wf1(), reason="Alles bezahlt.")
    confirm_closing(asked, actor=personas.wf2())
    out = StringIO()
    call_command("close_year", last, "--dry-run", stdout=out)
    assert out.getvalue() == f"Das Haushaltsjahr {last} ist abgeschlossen.\n"
    with pytest.raises(CommandError, match="Beantragt wurde nichts"):
        call_command("close_year", last, "--by", personas.wf1().email, "--reason", "x", stdout=out)


def test_the_command_asks_to_close_the_year_and_a_second_person_confirms():
    last = personas.this_year() - 1
    personas.open_year(last)
    for arguments, said in (
        ([1999, "--dry-run"], "gibt es nicht"),
        ([last], "--by"),
        ([last, "--by", "niemand@example.org"], "--by"),
        ([last, "--by", personas.wf1().email], "worauf sich der Abschluss stützt"),
        ([last, "--by", personas.gf_aplerbeck().email, "--reason", "x"], "Wirtschaftsförderung"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command("close_year", *arguments, stdout=StringIO())
    assert not YearClosing.objects.exists()
    out = StringIO()
    call_command("close_year", last, "--by", personas.wf1().email, "--reason", "Alles bezahlt.", stdout=out)
    closing = YearClosing.objects.get()
    assert closing.waits and closing.requested_by == personas.wf1() and "bestätigt" in out.getvalue()


class TestReminding:
    def send(self, key: str, *rows: Any, user: Any = None, **more: Any) -> Any:
        address = reverse("closing:rows", args=[personas.this_year(), key])
        data = {
            "row": [row.pk for row in rows],
            "step": "remind",
            "reason": "Bitte bis Freitag.",
            "key": new_key(),
        }
        return client_of(user or personas.wf1()).post(address, data | more, follow=True)

    def mails(self) -> list[OutboxMail]:
        return list(OutboxMail.objects.filter(template="year_reminder"))

    def test_the_district_reads_what_is_open_and_what_to_do_about_it(self, story):
        assert "Erinnert: 1\u00a0Antrag" in self.send("nicht-abgerufen", story).content.decode()
        [mail] = self.mails()
        assert mail.user == personas.gf_aplerbeck()
        assert "Bewilligung nicht abgerufen" in mail.subject
        text = worded(mail).body
        assert "Bitte bis Freitag." in text and "Abrufen, was noch gebraucht wird" in text

    def test_once_a_day_for_each_row(self, story):
        for _ in range(2):
            self.send("nicht-abgerufen", story)
        assert len(self.mails()) == 1

    def test_who_waits_for_the_wirtschaftsfoerderung_is_not_reminded(self, story):
        asked = personas.application(personas.handed_in(personas.gf_aplerbeck(), pillar_2="700"), "S2")
        assert "der Stadtbezirk kann nichts tun" in self.send("antraege", asked).content.decode()
        assert self.mails() == []

    def test_a_district_reminds_nobody_and_a_closed_year_only_of_proofs(self, story):
        assert self.send("nicht-abgerufen", story, user=personas.gf_aplerbeck()).status_code == 403
        assert self.send("abrufe").status_code == 404
        for state, steps in (("open", ["carry", "free", "remind"]), ("closed", ["remind"]), ("planned", [])):
            assert steps_for(FiscalYear(year=2016, state=state), "nicht-abgerufen") == steps


@pytest.mark.parametrize("more", [0, 6])
def test_the_queries_of_the_pages_do_not_depend_on_the_size(story, more, django_assert_num_queries):
    for number in range(more):
        personas.application(batches.granted("20", title=f"Nr. {number}"))
    client = client_of(personas.wf1())
    client.get(reverse("closing:years"))  # fills what a process keeps
    with django_assert_num_queries(24):
        assert client.get(reverse("closing:year", args=[personas.this_year()])).status_code == 200
    with django_assert_num_queries(20):
        assert client.get(reverse("closing:years")).status_code == 200
    with django_assert_num_queries(10):
        assert (
            client.get(reverse("closing:rows", args=[personas.this_year(), "nicht-abgerufen"])).status_code
            == 200
        )


def test_directors_pots_are_the_only_ones_that_are_read(story):
    roles = Roles(personas.gf_aplerbeck())
    found = lights(pots=visible_pots(roles))
    assert [row.pot.code for row in found.pots] == ["S1-APL"]
    assert found.of_year == []
