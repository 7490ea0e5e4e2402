"""Special pots: created with a named source, raised, given back; decided like pillar 2; never mixed with it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from funding import services
from funding.errors import NotEligible, PotExhausted, TransitionNotAllowed, YearNotOpen
from funding.ledger import differences
from funding.models import Application, FiscalYear, LedgerEntry, Pot
from funding.turn import waits_for_signature
from members.models import User
from members.roles.permissions import Roles
from tests import personas as p
from tests.closed import close
from tests.tampering import lift_guards

pytestmark = pytest.mark.django_db
NBSP = "\u00a0"
PAGE = "/foerderung/sondermittel/"


@pytest.fixture
def pot(db: None) -> Pot:
    p.open_year()
    return opened("LICHT", "70000")


def opened(code: str, amount: str, source: str = "Stiftung Lichtkunst") -> Pot:
    return services.open_pot(p.this_year(), code=code, source=source, amount=Decimal(amount), actor=p.wf1())


def change(service: Any, pot: Pot, amount: str = "500", **changed: Any) -> Pot:
    values = {"amount": Decimal(amount), "reason": "Zweite Rate", "actor": p.wf1()}
    return service(pot, **{**values, **changed})


BOTH = pytest.mark.parametrize("service", [services.raise_pot, services.return_unused])


class TestServices:
    def test_more_money_of_the_same_source(self, pot):
        change(services.raise_pot, pot, "71500.50")  # more than it had
        pot.refresh_from_db()
        assert (pot.allotted, pot.available) == (Decimal("141500.50"), Decimal("141500.50"))
        assert list(pot.entries.values_list("kind", "amount", "text")) == [
            ("allot", 70000, "Sondermittel: Stiftung Lichtkunst"),
            ("allot", Decimal("71500.50"), "Weitere Sondermittel: Zweite Rate"),
        ]
        assert list(differences()) == []

    def test_unused_money_goes_back_up_to_what_is_free(self, pot):
        project = p.handed_in(p.gf_aplerbeck(), special={"LICHT": "4000"})
        p.approve(p.application(project, "LICHT"))
        with pytest.raises(PotExhausted, match=r"Gebundenes.*bleibt im Topf") as refusal:
            change(services.return_unused, pot, "66000.01")
        assert refusal.value.available == 66000
        change(services.return_unused, pot, "66000", reason="Nicht gebraucht")
        pot.refresh_from_db()
        assert (pot.allotted, pot.committed, pot.available) == (4000, 4000, 0)
        last = pot.entries.last()
        assert (last.kind, last.amount, last.text) == (
            "transfer_out", 66000, "Zurück an die Geldquelle: Nicht gebraucht",
        )  # fmt: skip
        assert list(differences()) == []

    def test_what_waits_for_a_second_signature_stays(self, pot):
        application = p.application(p.handed_in(p.gf_aplerbeck(), special={"LICHT": "6000"}), "LICHT")
        services.sign(application, amount=Decimal(6000), actor=p.wf1())
        with pytest.raises(PotExhausted, match=r"vorgemerktes.*bleibt im Topf") as refusal:
            change(services.return_unused, pot, "64000.01")
        assert refusal.value.available == 64000

    @BOTH
    def test_what_it_needs(self, pot, service):
        for error, match, changed in (
            (TransitionNotAllowed, "begründen", {"reason": " "}),
            (TransitionNotAllowed, "größer als null", {"amount": Decimal(0)}),
            (TransitionNotAllowed, "Wirtschaftsförderung", {"actor": p.gf_aplerbeck()}),
            (TransitionNotAllowed, "Wirtschaftsförderung", {"actor": p.superuser()}),
        ):
            with pytest.raises(error, match=match):
                change(service, pot, **changed)
        for code in ("S2", "GK", "S1-APL"):
            with pytest.raises(NotEligible, match="Fördermodell"):
                change(service, p.pot(code))
        lift_guards()
        for state in ("planned", "closed"):
            FiscalYear.objects.update(state=state)
            with pytest.raises(YearNotOpen):
                change(service, pot)
        pot.refresh_from_db()
        assert pot.allotted == 70000 and LedgerEntry.objects.filter(pot=pot).count() == 1

    def test_creating_one_needs_a_source_a_code_and_an_open_year(self, pot):
        for error, changed in (
            (NotEligible, {"source": " "}),
            (NotEligible, {"code": ""}),
            (TransitionNotAllowed, {"code": "LICHT"}),
            (TransitionNotAllowed, {"code": "S2"}),
            (TransitionNotAllowed, {"amount": Decimal(0)}),
            (TransitionNotAllowed, {"actor": p.auditor()}),
            (YearNotOpen, {"year": 2015}),
        ):
            values: dict[str, Any] = {
                "year": p.this_year(), "code": "NEU", "source": "Sparkasse", "amount": Decimal(5), "actor": p.wf1(),
            }  # fmt: skip
            values.update(changed)
            with pytest.raises(error):
                services.open_pot(values.pop("year"), **values)
        assert Pot.objects.filter(kind="special").count() == 1


class TestDecidedLikePillar2:
    def test_in_the_queue_and_approved_by_one_below_the_limit(self, pot):
        application = p.application(p.handed_in(p.gf_aplerbeck(), special={"LICHT": "4999.99"}), "LICHT")
        assert application in Application.objects.filter(waits_for_signature(Roles(p.wf1())))
        client = as_(p.wf1())
        assert "Nachbarschaftsfest" in text(client.get("/foerderung/antraege/"))
        form = client.get(application.get_absolute_url()).context["decide"]
        data = {f.html_name: f.value() for f in form if f.value() is not None} | {"amount": "4.999,99"}
        assert client.post(application.get_absolute_url(), data).status_code == 302
        application.refresh_from_db()
        assert (application.state, application.granted) == ("approved", Decimal("4999.99"))
        pot.refresh_from_db()
        assert pot.committed == Decimal("4999.99") and p.pot("S2").committed == 0

    def test_the_second_signature_counts_both_pots(self, pot):
        """3,000 from pillar 2 and 2,000 from the special pot reach the limit of 5,000 together."""
        project = p.handed_in(p.gf_aplerbeck(), pillar_2="3000", special={"LICHT": "2000"},
                              special_importance="Modellhaft.")  # fmt: skip
        first, second = p.application(project, "S2"), p.application(project, "LICHT")
        services.approve(first, amount=Decimal(3000), actor=p.wf1())
        assert services.needs_second_signature(second, Decimal(2000))
        with pytest.raises(TransitionNotAllowed, match="zwei Unterschriften"):
            services.approve(second, amount=Decimal(2000), actor=p.wf1())
        services.sign(second, amount=Decimal(2000), actor=p.wf1())
        pot.refresh_from_db()
        assert pot.reserved == 2000
        services.approve(second, amount=Decimal(2000), actor=p.wf2())
        pot.refresh_from_db()
        assert (pot.reserved, pot.committed, p.pot("S2").committed) == (0, 2000, 3000)
        assert list(differences()) == []

    def test_four_eyes_hold(self, pot):
        application = p.application(p.handed_in(p.gf_aplerbeck(), special={"LICHT": "100"}), "LICHT")
        for who in (p.wf_with_mandate(), p.gf_aplerbeck(), p.superuser()):
            response = as_(who).post(application.get_absolute_url(), {"step": "approve"})
            assert response.status_code in (403, 422)
        application.refresh_from_db()
        assert application.state == "submitted"

    def test_an_empty_special_pot_is_not_filled_from_the_pool(self, pot):
        change(services.return_unused, pot, "69950")
        application = p.application(p.handed_in(p.gf_aplerbeck(), special={"LICHT": "100"}), "LICHT")
        with pytest.raises(PotExhausted) as refusal:
            services.approve(application, amount=Decimal(100), actor=p.wf1())
        assert refusal.value.available == 50
        assert p.pot("S2").available == 80000


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return response.content.decode().replace(NBSP, " ").replace("&nbsp;", " ")


def typed(**changed: str) -> dict[str, str]:
    return {"key": "k1", "source": "Sparkasse, Lesefeste", "code": "lesen", "amount": "2 500 €", **changed}


class TestPages:
    def test_creating_one(self, pot):
        client = as_(p.wf1())
        response = client.post(PAGE, typed())
        made = Pot.objects.get(code="LESEN")
        assert (made.source, made.allotted) == ("Sparkasse, Lesefeste", 2500)
        assert response.url == made.get_absolute_url()
        assert f"Sondermittel Sparkasse, Lesefeste {p.this_year()} angelegt: 2.500,00 €" in text(
            client.get(response.url)
        )
        again = client.post(PAGE, typed(), follow=True)
        assert "schon angekommen" in text(again) and Pot.objects.filter(kind="special").count() == 2
        assert "Sparkasse, Lesefeste" in text(as_(p.gf_hoerde()).get(PAGE))

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("source", "", "von wem das Geld kommt"),
            ("code", "", "Bitte ein Kürzel"),
            ("code", "a b", "ohne Leerzeichen"),
            ("code", "licht", "gibt es"),
            ("amount", "0", "größer als null"),
            ("key", "", "laden Sie die Seite neu"),
        ],
    )
    def test_what_is_wrong_is_said(self, pot, field, value, sentence):
        response = as_(p.wf1()).post(PAGE, typed(**{field: value}))
        assert response.status_code == 422 and sentence in str(response.context["form"].errors[field])
        assert sentence in text(response)
        assert Pot.objects.filter(kind="special").count() == 1

    def test_raising_and_giving_back(self, pot):
        client, url = as_(p.wf1()), f"{PAGE}{pot.pk}/"
        shown = client.post(
            url, {"step": "raise", "key": "k1", "amount": "1.000", "reason": "Zweite Rate"}, follow=True
        )
        assert f"Der Ansatz von {pot} ist jetzt 71.000,00 €." in text(shown)
        refused = client.post(url, {"step": "return", "key": "k2", "amount": "71.000,01", "reason": "x"})
        assert refused.status_code == 422 and "71.000,00 € sind noch frei" in text(refused)
        shown = client.post(
            url, {"step": "return", "key": "k2", "amount": "1.000", "reason": "Zurück"}, follow=True
        )
        assert f"Der Ansatz von {pot} ist jetzt 70.000,00 €." in text(shown)
        assert client.post(url, {"step": "other"}).status_code == 404
        assert "Zweite Rate" in text(client.get(pot.get_absolute_url()))

    def test_only_staff_change_and_only_special_pots(self, pot):
        url = f"{PAGE}{pot.pk}/"
        for who in (p.gf_aplerbeck(), p.auditor(), p.superuser()):
            assert as_(who).get(url).status_code == 403
            assert as_(who).post(url, {"step": "raise"}).status_code == 403
            assert as_(who).post(PAGE, typed()).status_code == 403
            assert as_(who).get(PAGE).context["form"] is None
        assert as_(p.wf1()).get(f"{PAGE}{p.pot('S2').pk}/").status_code == 404

    def test_not_in_a_closed_year(self, pot):
        close()
        assert "abgeschlossen" in text(as_(p.wf1()).get(PAGE))
        assert "nicht mehr ändern" in text(as_(p.wf1()).get(f"{PAGE}{pot.pk}/"))
        assert as_(p.wf1()).post(PAGE, typed()).status_code == 422

    def test_before_the_first_year(self, db):
        assert "kein Haushaltsjahr" in text(as_(p.wf1()).get(PAGE))
        assert as_(p.wf1()).post(PAGE, typed()).status_code == 404

    @pytest.mark.parametrize("count", [1, 40])
    def test_queries(self, pot, count):
        for n in range(count):
            opened(f"N{n}", "10")
        measured = {}
        for name, user, url in (
            ("staff", p.wf1(), PAGE),
            ("director", p.gf_aplerbeck(), PAGE),
            ("one", p.wf1(), f"{PAGE}{pot.pk}/"),
        ):
            client = as_(user)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            measured[name] = len(captured)
        assert measured == {"staff": 5, "director": 6, "one": 4}


class TestWhereTheMoneyComesFrom:
    """As "Dortmund leuchtet" 2018: 110,000 wanted by four districts against a pool of 80,000."""

    def lights(self) -> Any:
        return p.handed_in(
            p.gf_aplerbeck(),
            title="Stadt leuchtet",
            pillar_2="40000",
            special={"LICHT": "70000"},
            others=[{"amount": "500"}],
            further=["BRA", "HOE", "EVI"],
        )

    def test_both_pages_explain_both_pots(self, pot):
        project = self.lights()
        planned = text(as_(p.wf1()).get(project.get_absolute_url()))
        assert "Säule 2 einen Teil tragen (40.000,00 €)" in planned
        for code in ("S2", "LICHT"):
            p.approve(p.application(project, code))
        for url in (project.get_absolute_url(), pot.get_absolute_url()):
            for who in (p.wf1(), p.auditor(), p.gf_brackel()):
                shown = " ".join(text(as_(who).get(url)).split())
                assert "Woher das Geld kommt" in shown
                assert (
                    f"Gebraucht werden 110.000,00 €. Säule 2 hatte {p.this_year()} für alle Stadtbezirke zusammen "
                    "nur 80.000,00 €. Deshalb trägt Säule 2 einen Teil (40.000,00 €), benannte Sondermittel tragen "
                    "den Rest (70.000,00 €)."
                ) in shown
                assert "2 Töpfe" in shown and shown.count("110.000,00 €") >= 3
                assert p.pot("S2").get_absolute_url() in shown and pot.get_absolute_url() in shown
        assert "Dazu kommen 500,00 €" in text(as_(p.wf1()).get(project.get_absolute_url()))

    def test_who_may_not_see_the_applications_reads_nothing_of_it(self, pot):
        project = self.lights()
        assert "Stadt leuchtet" not in text(as_(p.director("MEN")).get(pot.get_absolute_url()))
        for code in ("S2", "LICHT"):
            p.approve(p.application(project, code))
        assert "Woher das Geld" not in text(Client().get(project.get_absolute_url()))

    def test_one_pot_needs_no_explanation(self, pot):
        project = p.approved(p.gf_aplerbeck(), special={"LICHT": "100"})
        for url in (project.get_absolute_url(), pot.get_absolute_url()):
            assert "Woher das Geld" not in text(as_(p.wf1()).get(url))

    def test_what_was_rejected_is_no_source(self, pot):
        project = self.lights()
        services.reject(p.application(project, "S2"), reason="Kein Geld.", actor=p.wf1())
        assert "Woher das Geld" not in text(as_(p.wf1()).get(project.get_absolute_url()))

    def test_small_sums_are_not_said_to_be_beyond_the_pool(self, pot):
        project = p.approved(
            p.gf_aplerbeck(), pillar_2="100", special={"LICHT": "200"}, shares={"APL": "10", "BRA": "20"}
        )
        shown = text(as_(p.wf1()).get(project.get_absolute_url()))
        assert "Gebraucht werden" not in shown and "Einen Teil (100,00 €) trägt Säule 2" in shown
        assert "Jeder Stadtbezirk beschließt selbst" in shown and "4 Töpfe" in shown
        assert "330,00 €" in shown

    def test_queries_of_the_pot(self, pot):
        measured = []
        for _ in range(2):
            for _ in range(3):
                p.handed_in(p.gf_aplerbeck(), pillar_2="100", special={"LICHT": "20"}, further=["BRA"])
            client = as_(p.wf1())
            with CaptureQueriesContext(connection) as captured:
                assert client.get(pot.get_absolute_url()).status_code == 200
            measured.append(len(captured))
        assert measured == [11, 11]
