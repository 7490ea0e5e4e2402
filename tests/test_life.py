"""The line of an application's life on its pages and its project's, and the sentence of what is next with its money."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from funding import services as core
from funding.letters import services as letters_services
from funding.letters.models import Letter
from funding.models import Application, GrantTerms
from funding.payments import services
from funding.who_acts_next import next_step, told_to_district
from members.models import User
from tests import batches as b
from tests import letters
from tests import personas as p
from tests.personas import today
from tests.test_project_pages import signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def year() -> Any:
    return p.open_year()


@pytest.fixture
def grant() -> Application:
    """1,000 euro of Aplerbeck, promised to an association; its letter is there, nobody has sent it."""
    letters.ready()
    project = p.approved(
        p.gf_aplerbeck(), shares={"APL": "1000"}, organiser=letters.organiser(), measure="grant"
    )
    letters.drawn(p.application(project))
    return p.application(project)


def stations(user: User | None, address: Any) -> list[tuple[str, str]]:
    """State and text of each station of the page's first line."""
    client = signed_in(user) if user else Client()
    html = client.get(address if isinstance(address, str) else address.get_absolute_url())
    assert html.status_code == 200
    return list(_stations(html.content.decode()))


def _stations(html: str) -> Iterator[tuple[str, str]]:
    line = re.search(r'<ol class="life".*?</ol>', html, re.S)
    for state, inner in re.findall(r'<li class="(\w+)">(.*?)</li>', line.group() if line else "", re.S):
        words = re.sub(r"<[^>]+>", " ", inner.replace("&nbsp;", " ")).replace("\xa0", " ")
        yield state, " ".join(words.split())


def said(application: Application) -> str:
    found = Application.objects.select_related(
        "pot__district", "pot__year__model", "project__lead_district", "project"
    )
    return next_step(found.get(pk=application.pk)).replace("\xa0", " ")


def told(application: Application, code: str = "APL") -> str:
    return told_to_district(p.application(application.project), p.district(code)).replace("\xa0", " ")


class TestStations:
    def test_from_the_letter_to_the_rest(self, grant):
        letter = Letter.objects.get()
        line = stations(p.wf1(), grant)
        assert [state for state, _ in line] == ["done", "now", *["ahead"] * 4]
        assert line[0][1] == f"beantragt (erledigt) 1.000,00 € {today():%d.%m.%Y}"
        assert line[1][1] == (
            f"zugesagt (jetzt) 1.000,00 € {today():%d.%m.%Y} Förderzusage {letter.number} vom {today():%d.%m.%Y}, zu versenden"
        )
        assert said(grant).startswith(
            "Die Wirtschaftsförderung oder die Geschäftsführung Aplerbeck versendet"
        )
        assert told(grant).startswith("Bitte versenden Sie die Zusage")

        letters_services.send([letter], way="post", on=timezone.localdate(), actor=p.wf1())
        assert f"versandt am {today():%d.%m.%Y}, noch nicht angenommen" in stations(p.wf1(), grant)[1][1]
        assert said(grant) == (
            "Der Empfänger nimmt die Zusage an. Danach ruft die Geschäftsführung Aplerbeck das Geld ab."
        )
        p.accept(grant)
        line = stations(p.wf1(), grant)
        assert line[1][1].endswith(f"angenommen am {today():%d.%m.%Y}")
        assert [state for state, _ in line] == ["done", "done", "now", *["ahead"] * 3]
        assert said(grant).startswith("Noch ist nichts abgerufen. Die Geschäftsführung Aplerbeck ruft")

        payee = b.payee()
        payee.districts.add(p.district("APL"))
        call = p.call(grant, "400", to=payee)
        line = stations(p.wf1(), grant)
        assert line[2] == ("now", f"abgerufen (jetzt) 400,00 € {today():%d.%m.%Y} 1 zu prüfen")
        assert line[4][1].startswith("Rest (noch nicht) 600,00 €")
        assert said(grant) == f"Die Wirtschaftsförderung prüft Abruf Nr. {call.pk}."

        services.return_call(call, reason="Wofür?", actor=p.wf1())
        assert said(grant) == f"Die Geschäftsführung Aplerbeck klärt die Rückfrage zu Abruf Nr. {call.pk}."
        assert told(grant).startswith(f"Bitte klären Sie die Rückfrage zu Abruf Nr. {call.pk}")

    def test_checked_in_a_batch_paid_and_sent_back(self, grant):
        call = b.checked_call(grant, "400")
        assert said(grant) == f"Die Wirtschaftsförderung zahlt Abruf Nr. {call.pk} aus."
        assert [state for state, _ in stations(p.wf1(), grant)] == [
            "done",
            "done",
            "done",
            "now",
            "ahead",
            "ahead",
        ]
        batch = b.released(call)
        assert said(grant) == f"Die Wirtschaftsförderung führt den Zahlungslauf mit Abruf Nr. {call.pk} aus."
        services.mark_executed(batch, executed_on=b.bank_day(), actor=p.wf1())
        line = stations(p.wf1(), grant)
        assert line[2][1] == f"abgerufen (erledigt) {today():%d.%m.%Y}"
        assert line[3] == ("done", f"bezahlt (erledigt) 400,00 € {b.bank_day():%d.%m.%Y}")
        assert line[4][0] == "now"
        assert said(grant) == (
            "Die Geschäftsführung Aplerbeck ruft den Rest von 600,00 € ab, wenn er gebraucht wird."
        )
        payment = batch.payments.get()
        services.send_back(payment, reason="Konto erloschen", returned_on=b.bank_day(), actor=p.wf1())
        assert said(grant).startswith(f"Die Bank hat Abruf Nr. {call.pk} zurückgeschickt.")
        assert f"Die Bank hat Abruf Nr. {call.pk} zurückgeschickt" in told(grant)
        assert "1 von der Bank zurück" in stations(p.wf1(), grant)[2][1]

    def test_several_calls_are_counted(self, grant):
        payee = b.payee()
        payee.districts.add(p.district("APL"))
        first, *_ = [p.call(grant, "100", to=payee, purpose=f"Teil {n}") for n in range(3)]
        assert said(grant) == "Die Wirtschaftsförderung prüft 3 Abrufe."
        services.return_call(first, reason="?", actor=p.wf1())
        assert said(grant) == (
            f"Die Geschäftsführung Aplerbeck klärt die Rückfrage zu Abruf Nr. {first.pk}. "
            "Die Wirtschaftsförderung prüft 2 Abrufe."
        )
        assert "2 zu prüfen, 1 zurückgegeben" in stations(p.wf1(), grant)[2][1]

    def test_a_plan_calls_by_itself(self, grant):
        p.accept(grant)
        payee = b.payee()
        payee.districts.add(p.district("APL"))
        later = timezone.localdate() + timedelta(days=60)
        plan = services.enter_plan(
            grant, payee=payee, purpose="Miete", reason="Vertrag", actor=p.gf_aplerbeck(),
            instalments=[(later, Decimal(100))],
        )  # fmt: skip
        assert said(grant).startswith("Noch ist nichts abgerufen.")
        services.confirm_plan(plan, actor=p.wf1())
        assert said(grant) == f"Die nächste Rate wird zum {later:%d.%m.%Y} von selbst abgerufen."
        assert told(grant).endswith("Für Sie ist dabei nichts zu tun.")
        assert f"nächste Rate zum {later:%d.%m.%Y}" in stations(p.wf1(), grant)[2][1]

    def test_a_declined_promise(self, grant):
        Letter.objects.update(
            answer="declined", answered_on=timezone.localdate(), answer_way="paper", answer_name="Toni Probe",
            answer_message="Bitte mehr.", answer_recorded_by=p.wf1(),
        )  # fmt: skip
        assert said(grant).startswith("Der Empfänger hat die Zusage so nicht angenommen.")
        assert told(grant).startswith("Bitte klären Sie mit dem Empfänger")
        line = stations(p.wf1(), grant)
        assert line[1][0] == "now" and "so nicht angenommen am" in line[1][1]

    def test_before_letters_there_was_none(self):
        GrantTerms.objects.update(since=timezone.localdate() + timedelta(days=1))
        old = p.application(p.approved(p.gf_aplerbeck(), shares={"APL": "300"}))
        line = stations(p.wf1(), old)
        assert line[1][1].endswith("vor Einführung der Schreiben") and line[1][0] == "done"


class TestWhereItEnded:
    def test_rejected(self):
        application = p.application(p.handed_in(p.gf_aplerbeck(), pillar_2="500", special_importance="Ja"))
        core.reject(application, reason="Kein Geld", actor=p.wf1())
        assert stations(p.wf1(), application)[-1] == ("ended", f"abgelehnt (beendet) {today():%d.%m.%Y}")
        assert len(stations(p.wf1(), application)) == 2

    def test_withdrawn(self):
        application = p.application(p.handed_in(p.gf_aplerbeck(), shares={"APL": "500"}))
        core.withdraw(application, actor=p.gf_aplerbeck())
        assert stations(p.wf1(), application)[-1] == ("ended", f"zurückgezogen (beendet) {today():%d.%m.%Y}")

    def test_revoked_after_a_payment(self, grant):
        b.executed(b.checked_call(grant, "400"))
        core.revoke(p.application(grant.project), reason="Fällt aus", actor=p.gf_aplerbeck())
        line = stations(p.wf1(), grant)
        assert [text.split(" (")[0] for _, text in line] == ["beantragt", "zugesagt", "bezahlt", "widerrufen"]
        assert "1.000,00 €" in line[1][1]
        assert line[-1][0] == "ended" and line[-1][1].endswith("zurückzuzahlen sind 400,00 €")

    def test_settled(self, grant):
        b.executed(b.checked_call(grant, "1000"))
        core.settle(p.application(grant.project), actor=p.wf1())
        line = stations(p.wf1(), grant)
        assert line[-1] == ("done", f"abgerechnet (erledigt) {today():%d.%m.%Y}")

    def test_waiting(self):
        application = p.application(p.handed_in(p.gf_aplerbeck(), pillar_2="6000", special_importance="Ja"))
        assert [s for s, _ in stations(p.wf1(), application)] == ["done", "now", "ahead", "ahead", "ahead"]
        core.sign(application, amount=Decimal(6000), actor=p.wf1())
        assert "vorgemerkt sind 6.000,00 €" in stations(p.wf1(), application)[1][1]
        core.return_to_applicant(p.application(application.project), reason="?", actor=p.wf2())
        assert stations(p.wf1(), application)[0] == (
            "now", f"beantragt (jetzt) 6.000,00 € {today():%d.%m.%Y} Rückfrage seit {today():%d.%m.%Y}",
        )  # fmt: skip


class TestWhoSeesIt:
    def test_the_project_shows_it_inside_only(self, grant):
        project = grant.project
        assert len(stations(p.gf_aplerbeck(), project)) == 6
        for outsider in (None, p.gf_hoerde(), p.nobody()):
            assert stations(outsider, project) == []

    def test_the_advisory_board_reads_amounts_and_neither_letter_nor_calls(self, grant):
        b.checked_call(grant, "400")
        for address in (grant, grant.project):
            line = stations(p.board(), address)
            assert line[1][1] == f"zugesagt (erledigt) 1.000,00 € {today():%d.%m.%Y}"
            assert line[2][1] == f"abgerufen (erledigt) 400,00 € {today():%d.%m.%Y}"
            page = text_of(signed_in(p.board()).get(address.get_absolute_url()))
            assert "Verein Hörde" not in page
        assert "1 geprüft" in stations(p.auditor(), grant)[2][1]

    def test_the_district_calls_from_its_project(self, grant):
        link = f"/foerderung/auszahlungen/abrufe/neu/{grant.pk}/"
        at = grant.project.get_absolute_url()
        assert link in signed_in(p.gf_aplerbeck()).get(at).content.decode()
        assert link not in signed_in(p.wf1()).get(at).content.decode()


class TestQueries:
    @pytest.mark.parametrize("number", [1, 20])
    def test_the_same_at_any_number_of_calls(self, grant, number):
        payee = b.payee()
        payee.districts.add(p.district("APL"))
        for n in range(number):
            p.call(grant, "10", to=payee, purpose=f"Teil {n}")
        measured = {}
        for name, user in (("staff", p.wf1()), ("director", p.gf_aplerbeck()), ("board", p.board())):
            for page, address in (("application", grant), ("project", grant.project)):
                client = signed_in(user)
                with CaptureQueriesContext(connection) as captured:
                    assert client.get(address.get_absolute_url()).status_code == 200
                measured[name, page] = len(captured)
        assert measured == {
            ("staff", "application"): 21, ("director", "application"): 22, ("board", "application"): 18,
            ("staff", "project"): 16, ("director", "project"): 16, ("board", "project"): 16,
        }  # fmt: skip
