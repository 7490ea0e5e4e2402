"""The pages of the money by their effect: who sees what, what a decision books, and what a refusal keeps."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from funding import services
from funding.models import Application, Decision, FiscalYear, LedgerEntry, SpentKey, Step
from funding.services.case import record
from funding.templatetags.funding import applications_of, pot_remainders
from funding.transitions import seen_of
from funding.turn import waits_for_signature
from funding.who_acts_next import next_step
from members.common.templatetags.money import euro
from members.models import Body, District, Organisation, Person, Resolution, Seat, User
from members.roles.permissions import Roles
from projects.models import FieldOfAction, FinancingItem, Project
from projects.services import Rows, refresh
from tests import called
from tests import personas as p
from tests.plans import change, costs

pytestmark = pytest.mark.django_db
S = Application.State
NBSP = "\u00a0"


@pytest.fixture
def year(db: None) -> FiscalYear:
    for code in ("APL", "BRA", "HOE"):
        p.steering_body(code)
    return p.open_year()


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def get(user: User, url: str, **query: str) -> Any:
    return as_(user).get(url, query)


def text(response: Any) -> str:
    """The page with every kind and number of blanks as one, as a browser shows it."""
    return " ".join(response.content.decode().replace("&nbsp;", " ").split())


def form_data(form: Any, **typed: Any) -> dict[str, Any]:
    """What a browser would send: the form's own values and what was typed."""
    shown = {field.html_name: field.value() for field in form}
    shown = {k: v for k, v in shown.items() if v is not None}
    if isinstance(shown.get("amount"), Decimal):
        shown["amount"] = euro(shown["amount"])
    return {**shown, **typed}


def page_form(user: User, application: Application, step: Step = Step.APPROVE) -> dict[str, Any]:
    context = as_(user).get(application.get_absolute_url()).context
    return form_data(context["decide"] if step == Step.APPROVE else context["forms"][step])


def act(user: User, application: Application, step: Step = Step.APPROVE, **typed: Any) -> Any:
    """Open the page, fill in the form of the step, send it."""
    data = {**page_form(user, application, step), **typed}
    return as_(user).post(application.get_absolute_url(), data)


def notes(user_client: Client, response: Any) -> str:
    """The messages on the page behind the redirect."""
    assert response.status_code == 302, text(response)
    return " ".join(str(m) for m in user_client.get(response.url).context["messages"]).replace(NBSP, " ")


def told(response: Any) -> str:
    return notes(response.client, response)


VOTES = {"votes_yes": 5, "votes_no": 1, "votes_abstained": 2, "text": "TOP 4"}


def shown_outcome(page: Any) -> str:
    """What the page says beside the votes."""
    [sentence] = re.findall(r'data-when="\w+">(.*?)</p>', page.content.decode(), re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", sentence).split())


def votes(**changed: Any) -> dict[str, Any]:
    return {"date": timezone.localdate().isoformat(), **VOTES, **changed}


def pool_project(user: User | None = None, amount: str = "3000", **more: Any) -> Application:
    return p.application(p.handed_in(user or p.gf_aplerbeck(), pillar_2=amount, **more), "S2")


def kinds(application: Application) -> list[str]:
    return list(
        LedgerEntry.objects.filter(application=application).order_by("pk").values_list("kind", flat=True)
    )


class TestAccess:
    def urls(self) -> list[str]:
        application = pool_project()
        draft = p.make_project(p.gf_aplerbeck())
        return [
            reverse("funding:pots"),
            reverse("funding:pot", args=[p.pot("S2").pk]),
            reverse("funding:applications"),
            reverse("funding:application", args=[application.pk]),
            reverse("funding:years"),
            reverse("funding:year", args=[p.this_year()]),
            reverse("handing_in:hand_in", args=[draft.pk]),
        ]

    def test_visitors_are_sent_to_sign_in(self, year: FiscalYear) -> None:
        for url in self.urls():
            response = Client().get(url)
            assert response.status_code == 302 and response.url == f"{reverse('account_login')}?next={url}"

    @pytest.mark.parametrize("persona", [p.nobody, p.admin_verein, p.former_gf])
    def test_who_has_no_part_in_the_money_is_refused(
        self, year: FiscalYear, persona: Callable[[], User]
    ) -> None:
        *urls, hand_in = self.urls()
        assert {get(persona(), url).status_code for url in urls} == {403}
        assert get(persona(), hand_in).status_code == 404

    def test_readers_see_everything_but_drafts(self, year: FiscalYear) -> None:
        *urls, hand_in = self.urls()
        for reader in (p.auditor(), p.board(), p.wf1(), p.superuser()):
            assert {get(reader, url).status_code for url in urls} == {200}
        assert get(p.auditor(), hand_in).status_code == 404
        assert get(p.wf1(), hand_in).status_code == 403

    def test_a_foreign_application_is_not_found(self, year: FiscalYear) -> None:
        application = pool_project()
        assert get(p.gf_brackel(), application.get_absolute_url()).status_code == 404
        data = {"step": "withdraw", "key": "k", "reason": "nein"}
        assert as_(p.gf_brackel()).post(application.get_absolute_url(), data).status_code == 404

    def test_a_mandate_that_ended_gives_no_right(self, year: FiscalYear) -> None:
        application = p.application(p.handed_in(p.gf_aplerbeck()))
        assert get(p.former_gf(), application.get_absolute_url()).status_code == 403

    @pytest.mark.parametrize("step", ["approve", "reject", "return", "withdraw"])
    @pytest.mark.parametrize("persona", [p.auditor, p.board, p.superuser])
    def test_readers_decide_nothing(self, year: FiscalYear, persona: Callable[[], User], step: str) -> None:
        application = pool_project()
        data = {
            "step": step,
            "key": "k",
            "seen": seen_of(application),
            "amount": "3000",
            "financing": "fixed",
            "reason": "x",
        }
        response = as_(persona()).post(application.get_absolute_url(), data)
        assert response.status_code == 403
        application.refresh_from_db()
        assert application.state == S.SUBMITTED and not kinds(application)

    @pytest.mark.parametrize("step", ["", "pay", "settle", "submit", "nonsense"])
    def test_an_unknown_step_is_not_found(self, year: FiscalYear, step: str) -> None:
        application = pool_project()
        data = {"step": step, "key": "k", "reason": "x"}
        assert as_(p.wf1()).post(application.get_absolute_url(), data).status_code == 404


class TestPots:
    def test_all_pots_of_the_year_with_their_sums(self, year: FiscalYear) -> None:
        services.open_pot(year.year, code="SPK", source="Sparkasse", amount=Decimal(10000), actor=p.wf1())
        p.approved(p.gf_aplerbeck(), shares={"APL": "2500"})
        pool_project(amount="3000")
        page = get(p.wf1(), reverse("funding:pots"))
        assert len(page.context["districts"]) == 12
        assert page.context["total"]["allotted"] == Decimal(250000)
        assert page.context["total"]["available"] == Decimal(247500)
        assert page.context["total"]["asked"] == Decimal(3000)
        shown = text(page)
        assert (
            f"In allen Töpfen {p.this_year()} sind 247.500,00 € frei von 250.000,00 €" in shown
            and "Sondermittel Sparkasse" in shown
        )

    def test_every_figure_leads_to_its_rows(self, year: FiscalYear) -> None:
        project = p.approved(p.gf_aplerbeck(), shares={"APL": "2500"})
        called.pay(p.application(project), amount=Decimal(1000), actor=p.wf1())
        signed = pool_project(amount="6000")
        services.sign(signed, amount=Decimal(6000), actor=p.wf1())
        asked = p.application(p.handed_in(p.gf_aplerbeck(), shares={"APL": "700"}))
        client = as_(p.wf1())
        shown = client.get(reverse("funding:pots")).content.decode()
        figures = {"ansatz": "allotted", "bezahlt": "paid", "gebunden": "outstanding", "vorgemerkt": "reserved",
                   "frei": "available"}  # fmt: skip
        for code in ("S1-APL", "S2", "GK"):
            pot = p.pot(code)
            for art, name in figures.items():
                figure = getattr(pot, name)
                url = f"{pot.get_absolute_url()}?art={art}"
                if figure:
                    assert f'href="{url}"' in shown
                statement = client.get(url).context
                assert statement["sum"] == figure
                assert sum(e.effect for e in statement["page"].object_list) == figure
        query = f"?jahr={year.year}&amp;topf={asked.pot_id}&amp;stand=submitted"
        assert query in shown
        rows = (
            client.get(reverse("funding:applications") + query.replace("&amp;", "&"))
            .context["page"]
            .object_list
        )
        assert [a.pk for a in rows] == [asked.pk]

    def test_the_year_is_chosen_in_the_address(self, year: FiscalYear) -> None:
        services.open_year(2016, actor=p.wf1())
        services.plan_year(year.year + 1, actor=p.wf1())
        client = as_(p.auditor())
        assert client.get(reverse("funding:pots")).context["year"] == year
        old = client.get(reverse("funding:pots"), {"jahr": "2016"})
        assert old.context["year"].year == 2016 and old.context["total"]["allotted"] == Decimal(240000)
        planned = client.get(reverse("funding:pots"), {"jahr": str(year.year + 1)})
        assert "Das Jahr ist geplant" in text(planned)
        for wrong in ("1999", "x", "2016 or 1=1"):
            assert client.get(reverse("funding:pots"), {"jahr": wrong}).status_code == 404

    def test_without_any_year_the_page_says_what_to_do(self) -> None:
        assert "Noch ist kein Haushaltsjahr angelegt" in text(get(p.wf1(), reverse("funding:pots")))

    def test_the_latest_year_stands_in_for_a_missing_current_one(self) -> None:
        services.open_year(2016, actor=p.wf1())
        services.open_year(2018, actor=p.wf1())
        assert get(p.wf1(), reverse("funding:pots")).context["year"].year == 2018

    def test_the_own_district_stands_out(self, year: FiscalYear) -> None:
        assert text(get(p.gf_hoerde(), reverse("funding:pots"))).count("Ihr Topf") == 1
        assert "Ihr Topf" not in text(get(p.wf1(), reverse("funding:pots")))


class TestPot:
    def test_the_ledger_runs_to_what_is_free(self, year: FiscalYear) -> None:
        application = pool_project(amount="6000")
        p.approve(application)
        rows = list(get(p.auditor(), p.pot("S2").get_absolute_url()).context["page"].object_list)
        assert [(e.kind, e.effect, e.after) for e in reversed(rows)] == [
            ("allot", Decimal(80000), Decimal(80000)),
            ("reserve", Decimal(-6000), Decimal(74000)),
            ("unreserve", Decimal(6000), Decimal(80000)),
            ("commit", Decimal(-6000), Decimal(74000)),
        ]

    def test_directors_see_all_balances_but_only_their_own_bookings(self, year: FiscalYear) -> None:
        mine = pool_project(p.gf_aplerbeck(), title="Aplerbecker Lichter")
        foreign = pool_project(p.gf_hoerde(), amount="2000", title="Hörder Brücken")
        joint = pool_project(p.gf_hoerde(), amount="1000", title="Gemeinsamer Weg", further=["APL"])
        for application in (mine, foreign, joint):
            p.approve(application)
        page = get(p.gf_aplerbeck(), p.pot("S2").get_absolute_url())
        shown = text(page)
        assert "74.000,00 €" in shown and "nur von Projekten, an denen Ihr Stadtbezirk beteiligt ist" in shown
        assert "Hörder Brücken" not in shown
        assert {line.application_id for line in page.context["page"].object_list} == {mine.pk, joint.pk}
        assert page.context["sum"] == Decimal(-4000)
        own = get(p.gf_aplerbeck(), p.pot("S1-APL").get_absolute_url())
        assert own.context["sees_all"] and "nur von Projekten" not in text(own)
        assert not get(p.gf_aplerbeck(), p.pot("S1-HOE").get_absolute_url()).context["page"].object_list

    def test_unknown_filters_and_pots_are_not_found(self, year: FiscalYear) -> None:
        url = p.pot("S2").get_absolute_url()
        assert get(p.wf1(), url, art="alles").status_code == 404
        assert get(p.wf1(), reverse("funding:pot", args=[999999])).status_code == 404

    def test_a_page_beyond_the_last_shows_the_last(self, year: FiscalYear) -> None:
        page = get(p.wf1(), p.pot("S2").get_absolute_url(), page="99")
        assert page.status_code == 200 and len(page.context["page"].object_list) == 1


class TestQueue:
    def test_longest_waiting_first_with_the_pool_on_top(self, year: FiscalYear) -> None:
        first, second = pool_project(title="Neu"), pool_project(p.gf_hoerde(), title="Alt")
        Application.objects.filter(pk=second.pk).update(
            waiting_since=timezone.localdate() - timedelta(days=9)
        )
        p.handed_in(p.gf_aplerbeck())
        page = get(p.wf1(), reverse("funding:applications"))
        assert [a.pk for a in page.context["page"].object_list] == [second.pk, first.pk]
        shown = text(page)
        assert (
            "80.000,00 €" in shown
            and "9 Tagen" in shown
            and "2 Anträge warten auf eine Entscheidung" in shown
        )

    def test_directors_see_their_own_applications(self, year: FiscalYear) -> None:
        mine = pool_project()
        pool_project(p.gf_hoerde())
        joint = pool_project(p.gf_hoerde(), further=["APL"])
        rows = get(p.gf_aplerbeck(), reverse("funding:applications")).context["page"].object_list
        assert {row.pk for row in rows} == {mine.pk, joint.pk}

    def test_the_filter_offers_only_what_its_reader_can_find(self, year: FiscalYear) -> None:
        """A director is not offered the states, pots, districts and fields of others' applications."""
        field, other = FieldOfAction.objects.all()[:2]
        p.handed_in(p.gf_aplerbeck(), main_field=field)
        p.approve(pool_project(p.gf_hoerde(), further=["BRA"], main_field=other))
        services.open_year(2016, actor=p.wf1())

        def offered(user: User) -> dict[str, list[str]]:
            form = get(user, reverse("funding:applications")).context["filter"].form
            shown = ("jahr", "art", "bezirk", "feld", "stand")
            return {
                name: [str(label) for value, label in form.fields[name].choices if value] for name in shown
            }

        own = offered(p.gf_aplerbeck())
        assert own == {
            "jahr": [str(year.year)], "art": ["Säule 1"], "bezirk": ["Aplerbeck"], "feld": [field.name],
            "stand": ["wartet auf mich", "beantragt", "noch nicht entschieden", "alle"],
        }  # fmt: skip
        everything = offered(p.auditor())
        assert set(everything["bezirk"]) == {"Aplerbeck", "Brackel", "Hörde"}
        assert set(everything["art"]) == {"Säule 1", "Säule 2"}
        assert everything["stand"] == [
            "zu entscheiden", "beantragt", "bewilligt", "noch nicht entschieden", "bewilligt oder abgerechnet",
            "alle",
        ]  # fmt: skip
        assert set(everything["feld"]) == {field.name, other.name}

    def test_filters_stand_in_the_address(self, year: FiscalYear) -> None:
        pool = pool_project(title="Hörder Lichter", further=["BRA"])
        own = p.application(p.handed_in(p.gf_hoerde(), title="Brückenfest"))
        p.approve(own)
        services.open_year(2016, actor=p.wf1())

        def found(**query: str) -> set[int]:
            rows = get(p.wf1(), reverse("funding:applications"), **query).context["page"].object_list
            return {a.pk for a in rows}

        assert found(stand="alle") == {pool.pk, own.pk}
        assert found(stand="approved") == found(stand="gefoerdert") == {own.pk}
        assert found(stand="offen") == found(stand="submitted") == {pool.pk}
        assert found(stand="alle", art="pillar_2") == {pool.pk}
        assert found(stand="alle", art="special") == set()
        assert found(stand="alle", uebergreifend="on") == {pool.pk}
        assert found(stand="alle", besonders="on") == set()
        Project.objects.filter(pk=own.project_id).update(special_importance="Leuchtturm")
        assert found(stand="alle", besonders="on") == {own.pk}
        field = FieldOfAction.objects.exclude(pk=own.project.main_field_id).first()
        Project.objects.filter(pk=own.project_id).update(main_field=field)
        assert found(stand="alle", feld=str(field.pk)) == {own.pk}
        assert found(stand="alle", bezirk="brackel") == {pool.pk}
        assert found(stand="alle", bezirk="hoerde") == {own.pk}
        assert found(stand="alle", topf=str(own.pot_id)) == {own.pk}
        assert found(stand="alle", suche="HOERDER lichter") == {pool.pk}
        assert found(stand="alle", jahr="2016") == set()
        assert found(stand="alle", jahr=str(year.year)) == {pool.pk, own.pk}
        assert found() == found(stand="wartet") == {pool.pk}
        for nonsense in ({"topf": "x"}, {"topf": "9" * 30}, {"stand": "x"}, {"jahr": "x"}, {"bezirk": "x"}):
            assert get(p.wf1(), reverse("funding:applications"), **nonsense).status_code == 200

    def test_marks_what_waits_for_me(self, year: FiscalYear) -> None:
        """The list's one condition agrees with the four-eyes rule that guards each step."""
        signed = pool_project(amount="6000")
        services.sign(signed, amount=Decimal(6000), actor=p.wf1())
        entered = p.make_project(p.gf_hoerde(), pillar_2="1000")
        entered.editors.add(p.wf2())
        services.submit(entered, actor=p.gf_hoerde())
        confirmed = p.make_project(p.gf_hoerde(), pillar_2="1000", further=["APL"], confirmed=False)
        confirmed.participations.update(confirmed_on=timezone.localdate(), confirmed_by=p.wf1())
        services.submit(confirmed, actor=p.gf_hoerde())
        joint = pool_project(p.gf_hoerde(), further=["APL"])
        p.application(p.handed_in(p.gf_brackel(), shares={"BRA": "100"}))
        acted = pool_project(p.gf_brackel())
        deputy = Roles(p.wf_with_mandate())
        record(acted, Step.SUBMIT, roles=deputy, actor=p.wf_with_mandate(), on=timezone.localdate(),
               district_id=p.district("APL").pk)  # fmt: skip
        p.approve(pool_project(p.gf_brackel()))
        for user in (p.wf1(), p.wf2(), p.wf_with_mandate(), p.auditor(), p.gf_aplerbeck()):
            roles = Roles(user)
            marked = set(Application.objects.filter(waits_for_signature(roles)).values_list("pk", flat=True))
            allowed = {
                a.pk
                for a in Application.objects.select_related("project", "pot__year")
                if not a.is_pillar_1 and Step.APPROVE in p.permitted(roles, a)
            }
            assert marked == allowed
        assert joint.pk not in {
            a.pk for a in Application.objects.filter(waits_for_signature(Roles(p.wf_with_mandate())))
        }
        page = get(p.wf2(), reverse("funding:applications"), stand="meine")
        assert signed.pk in {a.pk for a in page.context["page"].object_list}
        assert "wartet auf Sie" in text(page)

    def test_what_waits_for_a_director(self, year: FiscalYear) -> None:
        own = p.application(p.handed_in(p.gf_aplerbeck()))
        returned = pool_project(p.gf_aplerbeck())
        services.return_to_applicant(returned, reason="Wer zahlt die Bühne?", actor=p.wf1())
        pool_project(p.gf_aplerbeck())
        rows = (
            get(p.gf_aplerbeck(), reverse("funding:applications"), stand="meine").context["page"].object_list
        )
        assert {a.pk for a in rows} == {own.pk, returned.pk}


class TestPillar1:
    def application(self, amount: str = "3000", **more: Any) -> Application:
        return p.application(p.handed_in(p.gf_aplerbeck(), shares={"APL": amount}, **more), "S1-APL")

    def test_the_resolution_is_recorded_and_carried_out(self, year: FiscalYear) -> None:
        application = self.application()
        response = act(p.gf_aplerbeck(), application, **votes())
        assert (
            f"Bewilligt: 3.000,00 €. In Säule 1 Aplerbeck {p.this_year()} sind noch 9.000,00 € frei."
            in told(response)
        )
        application.refresh_from_db()
        assert application.state == S.APPROVED and kinds(application) == ["commit"]
        resolution = Resolution.objects.get()
        assert (resolution.votes, resolution.amount) == ("5 Ja, 1 Nein, 2\xa0Enthaltungen", Decimal(3000))
        assert Decision.objects.get(step=Step.APPROVE).resolution == resolution
        assert "5 Ja, 1 Nein, 2 Enthaltungen – TOP 4" in text(get(p.wf1(), application.get_absolute_url()))

    def test_without_a_majority_it_is_rejected(self, year: FiscalYear) -> None:
        application = self.application()
        response = act(p.gf_aplerbeck(), application, **votes(votes_yes=2, votes_no=2))
        assert (
            "Ablehnung festgehalten: Der Beschluss fand keine Mehrheit (2 Ja, 2 Nein, 2 Enthaltungen)."
            in told(response)
        )
        application.refresh_from_db()
        assert application.state == S.REJECTED and not kinds(application)

    def test_a_button_that_grants_rejects_nothing(self, year: FiscalYear) -> None:
        """Two to two is no majority: the page says so, and its button, before anything is written."""
        application, director = self.application(), as_(p.gf_aplerbeck())
        url = application.get_absolute_url()
        page = director.get(url)
        assert "Beschluss erfassen und bewilligen</button>" in text(page)
        typed = {**form_data(page.context["decide"]), **votes(votes_yes=2, votes_no=2), "does": "carry_out"}
        asked = director.post(url, typed)
        assert "2 Ja, 2 Nein, 2 Enthaltungen: Stimmengleichheit ist keine Mehrheit" in text(asked)
        assert "Bei Stimmengleichheit ist der Antrag abgelehnt." in shown_outcome(page)
        assert "Stimmengleichheit: Der Antrag wird abgelehnt." in shown_outcome(asked)
        assert "Ablehnung festhalten</button>" in text(asked)
        assert "Beschluss erfassen und bewilligen</button>" not in text(asked)
        assert not Resolution.objects.exists() and kinds(application) == []
        [pressed] = re.findall(r'name="does" value="(\w+)"', text(asked))
        done = director.post(url, {**form_data(asked.context["decide"]), "does": pressed}, follow=True)
        assert "Ablehnung festgehalten" in text(done)
        application.refresh_from_db()
        assert application.state == S.REJECTED

    def test_less_needs_a_reason_and_keeps_what_was_typed(self, year: FiscalYear) -> None:
        application = self.application()
        page = act(p.gf_aplerbeck(), application, **votes(amount="2.000"))
        assert page.status_code == 422
        assert "Bitte begründen Sie das" in str(page.context["decide"].errors["reason"])
        assert page.context["decide"]["amount"].value() == "2.000" and "TOP 4" in text(page)
        assert page.context["outlook"].after == Decimal(10000)
        assert not Resolution.objects.exists()
        again = form_data(page.context["decide"], reason="Ohne Feuerwerk.")
        assert "Bewilligt: 2.000,00 €" in told(
            as_(p.gf_aplerbeck()).post(application.get_absolute_url(), again)
        )

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("date", "1999-01-01", "besteht erst seit"),
            ("date", "31.02.2016", "gültiges Datum"),
            ("date", "", "Datum der Sitzung eintragen"),
            ("votes_yes", "", "Zahl der Ja-Stimmen"),
            ("votes_yes", "-1", "Mindestens 0 Ja-Stimmen."),
            ("votes_yes", "100", "Höchstens 99 Ja-Stimmen."),
            ("votes_yes", "1e3", "Zahl der Ja-Stimmen als ganze Zahl"),
            ("votes_no", "1000", "Höchstens 999 Nein-Stimmen."),
            ("votes_abstained", "1000", "Höchstens 999 Enthaltungen."),
            ("votes_abstained", "", "Zahl der Enthaltungen"),
            ("amount", "", "Betrag eintragen"),
            ("amount", "0", "größer als null"),
            ("amount", "-5", "größer als null"),
            ("amount", "1,234", "höchstens zwei Stellen"),
            ("amount", "1e5", "zum Beispiel 1.234,50"),
            ("amount", "1000000000000", "zu groß"),
            ("amount", "3000,01", "mehr als beantragt kann nicht bewilligt werden"),
            ("text", "x" * 301, "höchstens 300 Zeichen"),
            ("financing", "x", "angebotenen"),
        ],
    )
    def test_bad_input_gets_a_sentence_at_its_field(
        self, year: FiscalYear, field: str, value: str, sentence: str
    ) -> None:
        self.refused(field, value, sentence)

    def test_the_meeting_was_this_year_or_last_and_is_not_ahead(self, year: FiscalYear) -> None:
        self.refused("date", p.today() + timedelta(days=1), "liegt in der Zukunft")
        first = date(p.this_year() - 1, 1, 1)
        self.refused("date", first - timedelta(days=1), f"frühestens vom {first:%d.%m.%Y}")

    def refused(self, field: str, value: str | date, sentence: str) -> None:
        application = self.application()
        page = act(p.gf_aplerbeck(), application, **votes(**{field: value}, reason="Meine 🎉 Begründung"))
        assert page.status_code == 422
        assert sentence in str(page.context["decide"].errors[field])
        assert page.context["decide"]["reason"].value() == "Meine 🎉 Begründung"
        assert not Resolution.objects.exists() and not SpentKey.objects.exists() and not kinds(application)

    def test_nobody_voted(self, year: FiscalYear) -> None:
        page = act(p.gf_aplerbeck(), self.application(), **votes(votes_yes=0, votes_no=0, votes_abstained=0))
        assert page.status_code == 422 and "abgegebenen Stimmen" in str(
            page.context["decide"].errors["votes_yes"]
        )

    def test_more_votes_than_seats_are_asked_about(self, year: FiscalYear) -> None:
        """Seats of the day of the meeting. Each wrong field has its own sentence."""
        application, today = self.application(), timezone.localdate()
        body = p.steering_body("APL")
        for number in range(6):
            person = Person.objects.create(given_name="Ina", family_name=f"Sitz {number}")
            since, until = (today, None) if number else (p.SINCE, today - timedelta(1))
            Seat.objects.create(body=body, person=person, since=since, until=until)
        page = act(p.gf_aplerbeck(), application, **votes())
        errors = page.context["decide"].errors
        assert set(errors) == {"votes_checked"}
        assert "zusammen 8 Stimmen. Für „Lenkungsgremium“ sind am" in str(errors["votes_checked"])
        assert "nur 5 Sitze eingetragen" in str(errors["votes_checked"]).replace(NBSP, " ")
        assert 'name="votes_checked"' in text(page)
        tomorrow = (today + timedelta(1)).isoformat()
        page = act(p.gf_aplerbeck(), application, **votes(votes_yes=9, date=tomorrow, amount="x"))
        assert set(page.context["decide"].errors) == {"votes_checked", "date", "amount"}
        page = act(
            p.gf_aplerbeck(), application, **votes(votes_yes=0, votes_no=0, votes_abstained=0, date="")
        )
        assert set(page.context["decide"].errors) == {"votes_yes", "date"}
        assert not Resolution.objects.exists()
        told(act(p.gf_aplerbeck(), application, **votes(votes_checked="on")))
        assert Resolution.objects.get().votes_cast == 8

    def test_as_many_votes_as_seats_are_not_asked_about(self, year: FiscalYear) -> None:
        for number in range(5):
            person = Person.objects.create(given_name="Ina", family_name=f"Sitz {number}")
            Seat.objects.create(body=p.steering_body("APL"), person=person, since=p.SINCE)
        told(act(p.gf_aplerbeck(), self.application(), **votes(votes_abstained=0, votes_yes=4)))
        assert Resolution.objects.get().votes_cast == 5

    def test_very_many_votes_are_asked_about_where_no_seats_are_entered(self, year: FiscalYear) -> None:
        application = self.application()
        page = act(p.gf_aplerbeck(), application, **votes(votes_yes=29))
        assert set(page.context["decide"].errors) == {"votes_checked"}
        assert "zusammen 32 Stimmen" in text(page) and 'name="votes_checked"' in text(page)
        assert not Resolution.objects.exists()
        told(act(p.gf_aplerbeck(), application, **votes(votes_yes=29, votes_checked="on")))
        assert Resolution.objects.get().votes_yes == 29

    def test_the_body_of_another_district_does_not_count(self, year: FiscalYear) -> None:
        application = self.application()
        other_kind = Body.objects.create(kind=Body.Kind.FORUM, district=p.district("APL"), name="Bürgerforum")
        for body in (p.steering_body("BRA"), other_kind):
            page = act(p.gf_aplerbeck(), application, **votes(body=body.pk))
            assert page.status_code == 422
            assert "nur das Lenkungsgremium des Stadtbezirks" in text(page)
        assert not Resolution.objects.exists() and not kinds(application)

    def test_with_two_bodies_one_chooses(self, year: FiscalYear) -> None:
        Body.objects.filter(district__code="APL").update(until=date(2020, 12, 31))
        new = Body.objects.create(
            kind=Body.Kind.STEERING,
            district=p.district("APL"),
            name="Lenkungsgremium neu",
            since=date(2021, 1, 1),
        )
        application = self.application()
        assert "Lenkungsgremium neu" in text(get(p.gf_aplerbeck(), application.get_absolute_url()))
        told(act(p.gf_aplerbeck(), application, **votes(body=new.pk)))
        assert Resolution.objects.get().body == new

    def test_without_a_body_the_page_says_whom_to_ask(self, year: FiscalYear) -> None:
        Body.objects.filter(district__code="APL").delete()
        page = get(p.gf_aplerbeck(), self.application().get_absolute_url())
        assert "noch kein Lenkungsgremium eingetragen" in text(page)

    def test_each_share_belongs_to_its_own_director(self, year: FiscalYear) -> None:
        project = p.handed_in(p.gf_aplerbeck(), shares={"APL": "1000", "BRA": "2000"})
        share = p.application(project, "S1-BRA")
        assert get(p.gf_aplerbeck(), share.get_absolute_url()).context["decide"] is None
        assert get(p.wf1(), share.get_absolute_url()).context["decide"] is None
        data = {**page_form(p.gf_brackel(), share), **votes()}
        assert as_(p.gf_aplerbeck()).post(share.get_absolute_url(), data).status_code == 403
        assert as_(p.wf1()).post(share.get_absolute_url(), data).status_code == 403
        told(as_(p.gf_brackel()).post(share.get_absolute_url(), data))
        project.refresh_from_db()
        assert project.state == Project.State.FUNDING_OPEN

    def test_a_deputy_stands_in(self, year: FiscalYear) -> None:
        application = self.application()
        told(act(p.deputy_aplerbeck(), application, **votes()))
        assert "in Vertretung für Gesa Geschäftig-Apl" in text(
            get(p.auditor(), application.get_absolute_url())
        )

    def test_a_refusal_leaves_no_resolution_behind(self, year: FiscalYear) -> None:
        big, small = self.application("11000"), self.application("2000")
        p.approve(big)
        page = act(p.gf_aplerbeck(), small, **votes(amount="2.000", reason="Wie beschlossen."))
        assert page.status_code == 422 and "1.000,00 € sind noch frei" in text(page)
        assert Resolution.objects.count() == 1 and not kinds(small)
        assert "Noch nicht gebucht." in text(page)
        assert page.context["refused"].left == Decimal(1000)


class TestPillar2:
    def test_one_signature_below_the_limit(self, year: FiscalYear) -> None:
        application = pool_project(amount="3000")
        page = get(p.wf1(), application.get_absolute_url())
        assert "Ab 5.000,00 € für ein Projekt zeichnet eine zweite Person mit" in text(page)
        assert (page.context["outlook"].now, page.context["outlook"].after) == (
            Decimal(80000),
            Decimal(77000),
        )
        assert f"Bewilligt: 3.000,00 €. In Säule 2 {p.this_year()} sind noch 77.000,00 € frei." in told(
            act(p.wf1(), application)
        )
        assert kinds(application) == ["commit"]

    def test_two_people_at_the_limit(self, year: FiscalYear) -> None:
        application = pool_project(amount="6000")
        first = get(p.wf1(), application.get_absolute_url())
        assert "Erste Unterschrift leisten</button>" in text(first) and "Bewilligen</button>" not in text(
            first
        )
        response = act(p.wf1(), application)
        sentence = told(response)
        assert "6.000,00 € sind vorgemerkt" in sentence and "74.000,00 € frei" in sentence
        mine = get(p.wf1(), application.get_absolute_url())
        assert mine.context["decide"] is None
        assert "Sie haben schon die erste Unterschrift geleistet" in text(mine)
        theirs = get(p.wf2(), application.get_absolute_url())
        assert "Zweite Unterschrift leisten und bewilligen</button>" in text(theirs)
        assert theirs.context["decide"]["reason"].value() == ""
        assert "Wanda Wirtschaft hat am" in text(theirs) and "mit 6.000,00 € gezeichnet" in text(theirs)
        assert theirs.context["outlook"].now == Decimal(80000)
        lower = act(p.wf2(), application, amount="5.500,00", reason="Ohne Ton.")
        assert f"Bewilligt: 5.500,00 €. In Säule 2 {p.this_year()} sind noch 74.500,00 € frei." in told(lower)
        assert kinds(application) == ["reserve", "unreserve", "commit"]

    def test_a_button_that_signs_grants_nothing(self, year: FiscalYear) -> None:
        """Below the limit one signature grants: the page says so, and its button, before it does."""
        application, staff = pool_project(amount="6000"), as_(p.wf1())
        url = application.get_absolute_url()
        page = staff.get(url)
        [pressed] = re.findall(r'name="does" value="(\w+)"', text(page))
        typed = form_data(page.context["decide"], amount="4.000,00", reason="Ohne Ton.")
        asked = staff.post(url, {**typed, "does": pressed})
        assert "Für 4.000,00 € genügt Ihre Unterschrift; der Betrag wird damit bewilligt." in text(asked)
        assert "Bewilligen</button>" in text(asked)
        assert "Erste Unterschrift leisten</button>" not in text(asked)
        assert kinds(application) == []
        [pressed] = re.findall(r'name="does" value="(\w+)"', text(asked))
        done = staff.post(url, {**form_data(asked.context["decide"]), "does": pressed}, follow=True)
        assert "Bewilligt: 4.000,00 €." in text(done) and kinds(application) == ["commit"]

    def test_an_empty_pot_offers_nothing(self, year: FiscalYear) -> None:
        p.approve(pool_project(p.gf_hoerde(), amount="80000"))
        page = get(p.wf1(), pool_project(amount="9000").get_absolute_url())
        assert page.context["decide"]["amount"].value() is None
        assert f"Beantragt sind 9.000,00 €, in Säule 2 {p.this_year()} ist nichts frei." in text(page)

    def test_the_second_is_offered_what_is_reserved_although_less_is_free_besides(
        self, year: FiscalYear
    ) -> None:
        application = pool_project(amount="50000")
        told(act(p.wf1(), application))
        assert page_form(p.wf2(), application)["amount"] == "50.000,00"

    def test_the_second_cannot_raise(self, year: FiscalYear) -> None:
        application = pool_project(amount="8000")
        told(act(p.wf1(), application, amount="6000", reason="Ohne Ton."))
        # Who agrees with the first reason need not type it again.
        assert page_form(p.wf2(), application)["reason"] == "Ohne Ton."
        page = act(p.wf2(), application, amount="7000", reason="Doch mit Ton.")
        assert page.status_code == 422 and "Die erste Unterschrift gilt für 6.000,00 €" in text(page)
        assert page.context["decide"]["amount"].value() == "7000"

    def test_four_eyes_are_explained(self, year: FiscalYear) -> None:
        project = p.make_project(p.gf_aplerbeck(), pillar_2="3000")
        project.editors.add(p.wf1())
        services.submit(project, actor=p.gf_aplerbeck())
        application = p.application(project)
        page = get(p.wf1(), application.get_absolute_url())
        assert page.context["decide"] is None and "Sie haben an diesem Antrag mitgewirkt" in text(page)
        data = page_form(p.wf2(), application)
        refused = as_(p.wf1()).post(application.get_absolute_url(), data)
        assert refused.status_code == 403 and "Sie haben an diesem Antrag mitgewirkt" in text(refused)
        assert "Sie haben ein Mandat in Aplerbeck" in text(
            get(p.wf_with_mandate(), application.get_absolute_url())
        )
        assert not kinds(application)

    def test_conditions_are_shown_with_ticks(self, year: FiscalYear) -> None:
        ready = pool_project(further=["BRA"])
        assert "Aplerbeck und Brackel sind dabei" in text(get(p.wf1(), ready.get_absolute_url()))
        open_ = p.application(p.handed_in(p.gf_hoerde(), pillar_2="3000", further=["BRA"], confirmed=False))
        page = get(p.wf1(), open_.get_absolute_url())
        assert page.context["decide"] is None and "Die Bestätigung von Brackel fehlt." in text(page)
        assert page.context["next_step"].startswith("Die Bestätigung von Brackel fehlt.")
        data = {"step": "approve", "key": "k", "seen": seen_of(open_), "amount": "3000", "financing": "fixed"}
        refused = as_(p.wf1()).post(open_.get_absolute_url(), {**data, "reason": "Ein langer Grund"})
        assert refused.status_code == 422 and "Noch nicht förderfähig" in text(refused)
        assert "Ein langer Grund" in text(refused)

    def test_plan_districts_and_history(self, year: FiscalYear) -> None:
        p.approved(p.gf_hoerde(), title="Voriges Fest", shares={"HOE": "1500"})
        application = pool_project(further=["BRA"], title="Lichterweg")
        told(act(p.wf1(), application, Step.REJECT, reason="Nur ein Bezirk."))
        services.submit(application.project, actor=p.gf_aplerbeck())
        second = p.application(application.project)
        shown = text(get(p.wf1(), second.get_absolute_url()))
        assert (
            "Durchführung" in shown and "Voriges Fest" in shown and "zusammen 1.500,00 € bewilligt" in shown
        )
        assert "Weitere Anträge dieses Projekts" in shown and application.get_absolute_url() in shown
        assert "Nur ein Bezirk." in text(get(p.wf1(), application.get_absolute_url()))

    def test_a_director_sees_no_foreign_history(self, year: FiscalYear) -> None:
        p.handed_in(p.gf_hoerde(), title="Geheimes Fest")
        page = get(p.gf_aplerbeck(), pool_project().get_absolute_url())
        assert "Geheimes Fest" not in text(page) and not page.context["organiser_projects"]


class TestRefusals:
    def small_pot(self, amount: int = 5000) -> None:
        services.open_pot(
            p.this_year(), code="SPK", source="Sparkasse", amount=Decimal(amount), actor=p.wf1()
        )

    def special(self, amount: str = "4000") -> Application:
        return p.application(p.handed_in(p.gf_aplerbeck(), special={"SPK": amount}), "SPK")

    def test_two_people_and_one_remainder(self, year: FiscalYear) -> None:
        self.small_pot()
        first, second = self.special(), self.special()
        data = page_form(p.wf2(), second)
        told(act(p.wf1(), first))
        url = second.get_absolute_url()
        page = as_(p.wf2()).post(url, {**data, "reason": "Ein guter Grund"})
        assert page.status_code == 422
        error = str(page.context["decide"].errors["amount"]).replace(NBSP, " ")
        assert "1.000,00 € sind noch frei" in error and "gefragt waren 4.000,00 €" in error
        assert page.context["decide"]["reason"].value() == "Ein guter Grund"
        assert "1.000,00 € einsetzen" in text(page) and page.context["outlook"].short == Decimal(3000)
        taken = as_(p.wf2()).post(url, {**form_data(page.context["decide"]), "use": "1.000,00"})
        assert taken.status_code == 200 and taken.context["decide"]["amount"].value() == "1.000,00"
        assert taken.context["outlook"].after == 0 and not kinds(second)
        done = as_(p.wf2()).post(url, form_data(taken.context["decide"]))
        assert (
            f"Bewilligt: 1.000,00 €. In Sondermittel Sparkasse {p.this_year()} sind noch 0,00 € frei."
            in told(done)
        )

    def test_a_pot_with_less_than_is_asked_for_offers_its_rest(self, year: FiscalYear) -> None:
        self.small_pot()
        first, second = self.special(), self.special()
        told(act(p.wf1(), first))
        page = get(p.wf2(), second.get_absolute_url())
        form = page.context["decide"]
        assert form["amount"].value() == "1.000,00"
        assert (
            f"Beantragt sind 4.000,00 €, in Sondermittel Sparkasse {p.this_year()} sind 1.000,00 € frei."
            in text(page)
        )
        assert form["reason"].label == "Begründung, warum weniger als beantragt"
        assert "Es fehlen 3.000,00 €" in text(page)
        refused = act(p.wf2(), second)
        assert refused.status_code == 422 and "Bitte begründen Sie das" in text(refused)
        assert "Bewilligt: 1.000,00 €" in told(act(p.wf2(), second, reason="Mehr ist nicht im Topf."))

    def test_a_rest_below_the_limit_needs_one_signature(self, year: FiscalYear) -> None:
        p.approve(pool_project(p.gf_hoerde(), amount="76000"))
        page = get(p.wf1(), pool_project(amount="9000").get_absolute_url())
        assert page.context["decide"]["amount"].value() == "4.000,00"
        assert "Bewilligen</button>" in text(page) and "Erste Unterschrift leisten" not in text(page)

    def test_where_enough_is_free_the_form_asks_for_no_reason(self, year: FiscalYear) -> None:
        form = get(p.wf1(), pool_project(amount="9000").get_absolute_url()).context["decide"]
        assert (form["amount"].value(), form["amount"].help_text) == ("9.000,00", "")
        assert form["reason"].label == "Begründung"

    def test_an_empty_pot_offers_nothing_to_take(self, year: FiscalYear) -> None:
        self.small_pot(4000)
        first, second = self.special(), self.special()
        told(act(p.wf1(), first))
        page = act(p.wf1(), second)
        assert page.status_code == 422 and "Der Topf ist leer" in text(page) and "einsetzen" not in text(page)

    def test_sent_twice_books_once(self, year: FiscalYear) -> None:
        application = pool_project()
        data = page_form(p.wf1(), application)
        client = as_(p.wf1())
        client.post(application.get_absolute_url(), data)
        again = client.post(application.get_absolute_url(), data)
        assert "gebucht wurde nur einmal" in notes(client, again)
        assert kinds(application) == ["commit"]

    def test_a_first_signature_sent_twice_is_no_second_one(self, year: FiscalYear) -> None:
        application = pool_project(amount="6000")
        data = page_form(p.wf1(), application)
        client = as_(p.wf1())
        client.post(application.get_absolute_url(), data)
        assert "gebucht wurde nur einmal" in notes(client, client.post(application.get_absolute_url(), data))
        assert kinds(application) == ["reserve"]

    def test_the_back_button_and_a_second_tab_book_nothing_more(self, year: FiscalYear) -> None:
        application = pool_project()
        tab_1, tab_2 = page_form(p.wf1(), application), page_form(p.wf1(), application)
        assert tab_1["key"] != tab_2["key"]
        told(as_(p.wf1()).post(application.get_absolute_url(), tab_1))
        page = as_(p.wf1()).post(application.get_absolute_url(), {**tab_2, "reason": "Mein Text"})
        assert page.status_code == 422 and "Der Antrag ist schon bewilligt" in text(page)
        assert "Mein Text" in text(page), "what was typed is not lost although the form is gone"
        assert kinds(application) == ["commit"]

    def test_what_a_stale_tab_had_typed_reads_as_it_was_written(self, year: FiscalYear) -> None:
        application = p.application(p.handed_in(p.gf_aplerbeck()))
        stale = page_form(p.gf_aplerbeck(), application) | votes(amount="1234,5")
        p.approve(application)
        page = as_(p.gf_aplerbeck()).post(application.get_absolute_url(), stale)
        lost = dict(page.context["lost"].typed)
        assert lost["Datum der Sitzung"] == f"{timezone.localdate():%d.%m.%Y}"
        assert lost["Beschlossener Betrag"] == f"1.234,50{NBSP}€"

    def test_two_people_open_the_same_page(self, year: FiscalYear) -> None:
        """Who meant to sign first does not become the second signer unseen."""
        application = pool_project(amount="6000")
        theirs = page_form(p.wf2(), application)
        told(act(p.wf1(), application))
        page = as_(p.wf2()).post(application.get_absolute_url(), {**theirs, "reason": "Gut so"})
        assert page.status_code == 422 and "einmal unterschrieben" in text(page)
        assert kinds(application) == ["reserve"] and page.context["decide"]["reason"].value() == "Gut so"
        told(as_(p.wf2()).post(application.get_absolute_url(), form_data(page.context["decide"])))
        assert kinds(application) == ["reserve", "unreserve", "commit"]

    def test_nobody_decides_on_a_plan_they_have_not_read(self, year: FiscalYear) -> None:
        """A returned share opens the plan while the other share is still under decision."""
        application = pool_project(shares={"APL": "1000"})
        theirs = page_form(p.wf1(), application)
        own = p.application(application.project, "S1-APL")
        told(act(p.gf_aplerbeck(), own, Step.RETURN, reason="Noch einmal rechnen."))
        change(application.project, p.gf_aplerbeck(), costs=costs("9000"))
        for step in (Step.APPROVE, Step.REJECT):
            page = as_(p.wf1()).post(
                application.get_absolute_url(), {**theirs, "step": step.value, "reason": "Gut so"}
            )
            assert page.status_code == 422 and "Das Projekt hat sich geändert" in text(page)
            assert "9.000,00 €" in text(page) and "Gut so" in text(page) and not kinds(application)
        page = as_(p.wf1()).post(application.get_absolute_url(), {**theirs, "reason": "Gut so"})
        assert "Bewilligt" in told(
            as_(p.wf1()).post(application.get_absolute_url(), form_data(page.context["decide"]))
        )

    def test_a_form_without_its_key_books_nothing(self, year: FiscalYear) -> None:
        application = pool_project()
        for key in ("", "x" * 65):
            page = act(p.wf1(), application, key=key)
            assert page.status_code == 422 and "Nicht gebucht" in text(page)
        assert not kinds(application)

    def test_in_a_planned_year_nothing_is_decided(self) -> None:
        p.steering_body("APL")
        year = p.this_year()
        services.plan_year(year, actor=p.wf1())
        project = p.make_project(p.gf_aplerbeck(), pillar_2="3000", shares={"APL": "1000"})
        services.submit(project, actor=p.gf_aplerbeck())
        application = p.application(project, "S2")
        page = get(p.wf1(), application.get_absolute_url())
        assert page.context["decide"] is None and set(page.context["forms"]) == {Step.RETURN}
        assert f"Das Haushaltsjahr {year} ist geplant" in text(page)
        data = {
            "step": "approve",
            "key": "k",
            "seen": seen_of(application),
            "amount": "3000",
            "financing": "fixed",
        }
        refused = as_(p.wf1()).post(application.get_absolute_url(), data)
        assert refused.status_code == 422 and "Die Wirtschaftsförderung öffnet es" in text(refused)

    def test_post_needs_the_csrf_token(self, year: FiscalYear) -> None:
        application = pool_project()
        client = Client(enforce_csrf_checks=True)
        client.force_login(p.wf1())
        assert client.post(application.get_absolute_url(), page_form(p.wf1(), application)).status_code == 403


class TestOtherSteps:
    def test_return_with_a_question_and_hand_in_again(self, year: FiscalYear) -> None:
        application = pool_project()
        told(act(p.wf1(), application, Step.RETURN, reason="Wer zahlt die Bühne?"))
        page = get(p.gf_aplerbeck(), application.get_absolute_url())
        assert "Projekt überarbeiten" in text(page) and "Wer zahlt die Bühne?" in text(page)
        url = reverse("handing_in:hand_in", args=[application.project_id])
        form = get(p.gf_aplerbeck(), url)
        assert "Erneut einreichen" in text(form)
        response = as_(p.gf_aplerbeck()).post(url, {"key": form.context["form"]["key"].value()})
        assert "Eingereicht als" in told(response)
        application.refresh_from_db()
        assert application.state == S.SUBMITTED

    @pytest.mark.parametrize("step", [Step.RETURN, Step.REJECT])
    def test_a_reason_is_needed(self, year: FiscalYear, step: Step) -> None:
        application = pool_project()
        page = act(p.wf1(), application, step, reason="  ")
        assert page.status_code == 422 and "Bitte eine Begründung eintragen." in text(page)
        assert page.context["forms"][step].is_bound
        long = act(p.wf1(), application, step, reason="x" * 10_000)
        assert long.status_code == 422 and "x" * 10_000 in text(long)

    def test_reject(self, year: FiscalYear) -> None:
        application = pool_project()
        assert f"Abgelehnt. In Säule 2 {p.this_year()} sind noch 80.000,00 € frei." in told(
            act(p.wf1(), application, Step.REJECT, reason="Nur ein Bezirk.")
        )

    def test_withdraw(self, year: FiscalYear) -> None:
        application = pool_project(amount="6000")
        told(act(p.wf1(), application))
        assert "Zurückgezogen" in told(act(p.gf_aplerbeck(), application, Step.WITHDRAW))
        assert p.pot("S2").available == Decimal(80000)

    def test_a_typing_mistake_is_put_right(self, year: FiscalYear) -> None:
        application = pool_project(amount="4000")
        told(act(p.wf1(), application))
        typo = {"amount": "400,00", "reason": "Tippfehler: 4.000 statt 400."}
        assert f"Verringert auf 400,00 €. In Säule 2 {p.this_year()} sind noch 79.600,00 € frei." in told(
            act(p.wf1(), application, Step.REDUCE, **typo)
        )
        more = act(p.wf1(), application, Step.REDUCE, amount="500", reason="Doch mehr.")
        assert more.status_code == 422 and "Bitte einen kleineren Betrag eintragen" in text(more)
        form = more.context["forms"][Step.REDUCE]
        assert form["reason"].value() == "Doch mehr."
        assert "Bewilligt sind 400,00 €" in str(form.errors["amount"]).replace(NBSP, " ")
        assert re.search(
            r'<input[^>]*is-invalid[^>]*id="reduce-amount"|<input[^>]*id="reduce-amount"[^>]*is-invalid',
            text(more),
        )
        assert f"Widerrufen. In Säule 2 {p.this_year()} sind noch 80.000,00 € frei." in told(
            act(p.wf1(), application, Step.REVOKE, reason="Fällt aus.")
        )
        assert kinds(application) == ["commit", "release", "release"]

    def test_less_than_is_paid_is_said_at_the_amount(self, year: FiscalYear) -> None:
        application = pool_project(amount="4000")
        p.approve(application)
        called.pay(application, amount=Decimal(1000), actor=p.wf1())
        page = act(p.wf1(), application, Step.REDUCE, amount="500", reason="Weniger nötig.")
        assert page.status_code == 422
        error = str(page.context["forms"][Step.REDUCE].errors["amount"]).replace(NBSP, " ")
        assert "Schon ausgezahlt sind 1.000,00 €" in error

    def test_pillar_1_is_corrected_by_its_director(self, year: FiscalYear) -> None:
        application = p.application(p.approved(p.gf_aplerbeck(), shares={"APL": "3000"}))
        assert set(get(p.gf_aplerbeck(), application.get_absolute_url()).context["forms"]) == {
            Step.REDUCE, Step.REVOKE, Step.INCREASE,
        }  # fmt: skip
        assert not get(p.wf1(), application.get_absolute_url()).context["forms"]
        told(act(p.gf_aplerbeck(), application, Step.REDUCE, amount="300", reason="Tippfehler."))
        assert p.pot("S1-APL").available == Decimal(11700)

    def test_one_primary_button_at_most(self, year: FiscalYear) -> None:
        application = pool_project(amount="6000")
        for user in (p.wf1(), p.wf2(), p.gf_aplerbeck(), p.auditor()):
            assert text(get(user, application.get_absolute_url())).count("btn-primary") <= 1
        told(act(p.wf1(), application))
        for user in (p.wf1(), p.wf2(), p.gf_aplerbeck(), p.auditor()):
            assert text(get(user, application.get_absolute_url())).count("btn-primary") <= 1


class TestYears:
    def url(self, year: int) -> str:
        return reverse("funding:year", args=[year])

    def key(self, year: int) -> str:
        return get(p.wf1(), self.url(year)).context["form"]["key"].value()

    def test_shows_what_will_be_created_before_it_is(self) -> None:
        page = get(p.wf1(), self.url(2016))
        shown = text(page)
        assert "Ratsbeschluss vom 10.12.2015" in shown and "Zwei-Säulen-Modell" in shown
        assert len(page.context["planned"]) == 14 and "240.000,00 €" in shown
        assert not FiscalYear.objects.exists()

    def test_the_model_before_the_reorganisation(self) -> None:
        page = get(p.wf1(), self.url(2010))
        assert len(page.context["planned"]) == 12 and page.context["planned_sum"] == Decimal(240000)
        assert "Modell vor der Neuausrichtung" in text(page)

    def test_open_once(self) -> None:
        key = self.key(2016)
        client = as_(p.wf1())
        opened = client.post(self.url(2016), {"key": key, "step": "open", "late": "on"})
        assert "Haushaltsjahr 2016 geöffnet: 14 Töpfe mit zusammen 240.000,00 €." in notes(client, opened)
        again = client.post(self.url(2016), {"key": key, "step": "open", "late": "on"})
        assert "gebucht wurde nur einmal" in notes(client, again)
        other_tab = as_(p.wf2()).post(self.url(2016), {"key": "neu", "step": "open", "late": "on"})
        assert other_tab.status_code == 422 and "Es wurde nichts gebucht" in text(other_tab)
        assert LedgerEntry.objects.count() == 14
        assert "von Wanda Wirtschaft" in text(client.get(self.url(2016)))

    @pytest.mark.parametrize("step", ["open", "plan"])
    def test_a_year_that_is_over_is_opened_only_knowingly(self, step: str) -> None:
        last = p.this_year() - 1
        assert "Dieses Jahr ist schon vorbei" in text(get(p.wf1(), self.url(last)))
        assert "schon vorbei" not in text(get(p.wf1(), self.url(p.this_year())))
        page = as_(p.wf1()).post(self.url(last), {"key": "k", "step": step})
        assert page.status_code == 422 and f"{last} ist vorbei. Bitte bestätigen Sie" in text(page)
        assert not FiscalYear.objects.exists()
        assert as_(p.wf1()).post(self.url(last), {"key": "k", "step": step, "late": "on"}).status_code == 302
        assert FiscalYear.objects.get().year == last

    def test_pages_of_a_year_that_is_over_say_so(self) -> None:
        last = p.this_year() - 1
        application = p.application(p.handed_in(p.gf_aplerbeck(), year=last, pillar_2="3000"))
        sentence = f"Das Haushaltsjahr {last} ist vorbei, aber noch nicht abgeschlossen."
        pots = reverse("funding:pots")
        for url in (application.get_absolute_url(), self.url(last), f"{pots}?jahr={last}"):
            assert sentence in text(get(p.wf1(), url)), url
        for name in ("overhead", "special", "transfers"):
            address = f"{reverse(f'funding:{name}')}?jahr={last}"
            assert sentence in text(get(p.wf1(), address)), name
            assert f"{last} <small>(nicht abgeschlossen)</small>" in text(get(p.auditor(), address)), name
        expense = services.book_expense(
            last, amount=Decimal(10), purpose="Porto", payee="Post", actor=p.wf1()
        )
        special = services.open_pot(last, code="LICHT", source="Quelle", amount=Decimal(10), actor=p.wf1())
        for address in (expense.get_absolute_url(), reverse("funding:special_pot", args=[special.pk])):
            assert sentence in text(get(p.wf1(), address)), address
        assert sentence not in text(get(p.auditor(), expense.get_absolute_url()))
        assert sentence in text(get(p.wf1(), p.pot("S2", last).get_absolute_url()))
        assert "vorbei, nicht abgeschlossen" in text(get(p.wf1(), reverse("funding:years")))
        assert sentence not in text(get(p.auditor(), application.get_absolute_url()))
        p.open_year()
        assert "nicht abgeschlossen.</strong>" not in text(get(p.wf1(), pots))

    def test_plan_then_open(self) -> None:
        next_year = p.this_year() + 1
        client = as_(p.wf1())
        planned = client.post(self.url(next_year), {"key": self.key(next_year), "step": "plan"})
        assert "14 Töpfe mit 0,00 €" in notes(client, planned)
        assert not LedgerEntry.objects.exists()
        assert "Geplant" in text(client.get(self.url(next_year)))
        client.post(self.url(next_year), {"key": self.key(next_year), "step": "open"})
        assert FiscalYear.objects.get().state == FiscalYear.State.OPEN

    @pytest.mark.parametrize("persona", [p.auditor, p.gf_aplerbeck, p.superuser])
    def test_others_read_only(self, persona: Callable[[], User]) -> None:
        page = get(persona(), self.url(2016))
        assert page.status_code == 200 and '<form method="post" data-once' not in page.content.decode()
        assert as_(persona()).post(self.url(2016), {"key": "k", "step": "open"}).status_code == 403
        assert not FiscalYear.objects.exists()

    @pytest.mark.parametrize("year", [0, 2002, "after next", 99999])
    def test_years_out_of_range_are_not_found(self, year: int | str) -> None:
        year = p.this_year() + 2 if year == "after next" else int(year)
        assert get(p.wf1(), self.url(year)).status_code == 404
        assert as_(p.wf1()).post(self.url(year), {"key": "k", "step": "open"}).status_code == 404

    def test_without_a_key_nothing_happens(self) -> None:
        response = as_(p.wf1()).post(self.url(2016))
        assert response.status_code == 422 and not FiscalYear.objects.exists()

    def test_the_list(self) -> None:
        this = p.this_year()
        assert f"Haushaltsjahr {this} vorbereiten" in text(get(p.wf1(), reverse("funding:years")))
        p.open_year()
        p.approved(p.gf_aplerbeck(), shares={"APL": "2500"})
        page = get(p.wf1(), reverse("funding:years"))
        shown = text(page)
        assert f"Haushaltsjahr {this + 1} vorbereiten" in shown and "237.500,00 €" in shown
        assert "vorbereiten" not in text(get(p.auditor(), reverse("funding:years")))


class TestHandingIn:
    def url(self, project: Project) -> str:
        return reverse("handing_in:hand_in", args=[project.pk])

    def send(self, user: User, project: Project) -> Any:
        key = get(user, self.url(project)).context["form"]["key"].value()
        return as_(user).post(self.url(project), {"key": key})

    def test_summary_and_success(self, year: FiscalYear) -> None:
        project = p.make_project(p.gf_aplerbeck(), shares={"APL": "3000"})
        page = get(p.gf_aplerbeck(), self.url(project))
        assert "3.000,00 €" in text(page) and "12.000,00 €" in text(page) and page.context["ready"]
        sentence = told(self.send(p.gf_aplerbeck(), project))
        assert (
            f"Eingereicht als {year.year}-APL-001." in sentence
            and "Lenkungsgremium Aplerbeck beschließt" in sentence
        )

    def test_above_the_remainder_only_warns(self, year: FiscalYear) -> None:
        p.approved(p.gf_hoerde(), pillar_2="71000")
        project = p.make_project(
            p.gf_aplerbeck(), pillar_2="14000", further=["BRA"], confirmed=False,
            starts_on=date(year.year, 1, 1), ends_on=date(year.year, 12, 31),
        )  # fmt: skip
        shown = text(get(p.gf_aplerbeck(), self.url(project)))
        assert "Der Topf hat noch 9.000,00 € frei; Sie beantragen 14.000,00 €." in shown
        assert "Brackel hat die Beteiligung noch nicht bestätigt" in shown
        if timezone.localdate() > date(year.year, 1, 1):
            assert "vorzeitiger Maßnahmenbeginn" in shown
        told(self.send(p.gf_aplerbeck(), project))

    def test_what_is_missing_is_listed_with_the_way_back(self, year: FiscalYear) -> None:
        project = p.make_project(p.gf_aplerbeck(), aims="", place="")
        page = get(p.gf_aplerbeck(), self.url(project))
        shown = text(page)
        assert "2 Angaben fehlen noch" in shown and "Bitte den Ort eintragen." in shown
        assert f"{reverse('projects:edit', args=[project.pk])}?pruefen=1" in shown
        assert "einreichen</button>" not in shown
        refused = self.send(p.gf_aplerbeck(), project)
        assert refused.status_code == 422 and not Application.objects.exists()

    def test_without_a_year_there_is_a_sentence(self) -> None:
        project = p.make_project(p.gf_aplerbeck())
        page = get(p.gf_aplerbeck(), self.url(project))
        assert "noch nicht angelegt" in text(page) and not page.context["ready"]
        assert self.send(p.gf_aplerbeck(), project).status_code == 422

    def test_sent_twice_hands_in_once(self, year: FiscalYear) -> None:
        project = p.make_project(p.gf_aplerbeck())
        client = as_(p.gf_aplerbeck())
        key = client.get(self.url(project)).context["form"]["key"].value()
        client.post(self.url(project), {"key": key})
        again = client.post(self.url(project), {"key": key})
        assert "nur einmal" in notes(client, again)
        assert Application.objects.count() == 1
        other_tab = client.post(self.url(project), {"key": "anderer"})
        assert "schon eingereicht" in notes(client, other_tab)
        assert other_tab.url == Project.objects.get().get_absolute_url()

    def test_the_steering_body_is_spoken_of_where_it_decides(self, year: FiscalYear) -> None:
        sentence = "Ein Beschluss des Lenkungsgremiums muss noch nicht vorliegen."
        for plan, expected in (({}, True), ({"pillar_2": "3000"}, False)):
            project = p.make_project(p.gf_aplerbeck(), **plan)
            assert (sentence in text(get(p.gf_aplerbeck(), self.url(project)))) is expected

    def test_who_may(self, year: FiscalYear) -> None:
        project = p.make_project(p.gf_aplerbeck(), pillar_2="3000", further=["BRA"])
        statuses = {
            name: as_(user).post(self.url(project), {"key": name}).status_code
            for name, user in {
                "taking part": p.gf_brackel(), "foreign": p.gf_hoerde(), "staff": p.wf1(), "ended": p.former_gf(),
                "auditor": p.auditor(), "deputy": p.deputy_aplerbeck(),
            }.items()
        }  # fmt: skip
        assert statuses == {
            "taking part": 403, "foreign": 404, "staff": 403, "ended": 404, "auditor": 404, "deputy": 302,
        }  # fmt: skip


class TestTemplateTags:
    def render(self, template: str, user: Any, **context: Any) -> str:
        request = RequestFactory().get("/")
        request.roles = Roles(user)  # type: ignore[attr-defined]
        source = Template("{% load funding money %}" + template)
        return source.render(Context({"request": request, **context})).replace(NBSP, " ")

    def test_pot_remainders_in_one_query(self, year: FiscalYear, django_assert_num_queries: Any) -> None:
        services.open_pot(year.year, code="SPK", source="Sparkasse", amount=Decimal(10), actor=p.wf1())
        p.approved(p.gf_aplerbeck(), shares={"APL": "2500"})
        districts = [p.district("APL"), p.district("BRA")]
        with django_assert_num_queries(1):
            free = pot_remainders(year.year, districts)
        assert free.state == "open" and free.shared["pillar_2"] == Decimal(80000)
        assert free.by_district == {districts[0].pk: Decimal(9500), districts[1].pk: Decimal(12000)}
        assert [(pot.code, pot.source, pot.available) for pot in free.special] == [
            ("SPK", "Sparkasse", Decimal(10))
        ]

    @pytest.mark.parametrize("year_text", [1999, "", None, "x", "2016-01", "9" * 30])
    def test_a_year_without_pots(self, year_text: Any) -> None:
        free = pot_remainders(year_text, District.objects.all())
        assert (free.state, free.shared, free.by_district, free.special) == (None, {}, {}, [])

    def test_applications_with_their_next_step(
        self, year: FiscalYear, django_assert_num_queries: Any
    ) -> None:
        project = p.handed_in(p.gf_aplerbeck(), shares={"APL": "500", "BRA": "700"}, pillar_2="3000")
        services.return_to_applicant(p.application(project, "S2"), reason="Wer zahlt?", actor=p.wf1())
        template = (
            "{% applications_of project as found %}{% for a in found %}"
            "{{ a.pot }}: {{ a.next_step }} {{ a.last.given_reason }}|{% endfor %}"
        )
        shown = self.render(template, p.gf_aplerbeck(), project=project).split("|")
        assert shown[0].startswith(
            f"Säule 1 Aplerbeck {p.this_year()}: Das Lenkungsgremium Aplerbeck beschließt"
        )
        assert (
            shown[2].startswith(f"Säule 2 {p.this_year()}: Die Geschäftsführung Aplerbeck beantwortet")
            and "Wer zahlt?" in shown[2]
        )
        assert self.render(template, p.visitor(), project=project) == ""
        assert self.render(template, p.gf_hoerde(), project=project) == ""
        request = RequestFactory().get("/")
        request.roles = Roles(p.auditor())  # type: ignore[attr-defined]
        assert request.roles.reads_all and not request.roles.mandates
        with django_assert_num_queries(2):
            assert len(applications_of(Context({"request": request}), project)) == 3

    def test_may_hand_in(self, year: FiscalYear) -> None:
        template = "{% may_hand_in project as ok %}{{ ok }}"
        draft = p.make_project(p.gf_aplerbeck())
        assert self.render(template, p.gf_aplerbeck(), project=draft) == "True"
        assert self.render(template, p.deputy_aplerbeck(), project=draft) == "True"
        for user in (p.gf_brackel(), p.wf1(), p.visitor(), p.former_gf()):
            assert self.render(template, user, project=draft) == "False"
        assert self.render(template, p.gf_aplerbeck(), project=p.approved(p.gf_aplerbeck())) == "False"
        assert self.render(template, p.gf_aplerbeck(), project=p.handed_in(p.gf_aplerbeck())) == "False"

    def test_every_state_has_a_next_step(self, year: FiscalYear) -> None:
        application = pool_project()
        found = Application.objects.select_related(
            "project__lead_district", "pot__year__model", "pot__district"
        )
        for state in S.values:
            current = found.get(pk=application.pk)
            current.state = state
            assert next_step(current).endswith(".")
        services.plan_year(year.year + 1, actor=p.wf1())
        project = p.make_project(p.gf_aplerbeck(), year=year.year + 1)
        (planned,) = services.submit(project, actor=p.gf_aplerbeck())
        assert "öffnet das Haushaltsjahr" in next_step(planned)
        granted = p.application(p.approved(p.gf_aplerbeck(), shares={"APL": "100"}))
        assert "Die Wirtschaftsförderung schreibt die Zusage." in next_step(granted)
        granted = p.application(p.accept(granted).project)
        assert "Noch ist nichts abgerufen." in next_step(granted)
        called.pay(granted, amount=Decimal(100), actor=p.wf1())
        assert "weist die Verwendung nach" in next_step(p.application(granted.project))


def volume(count: int) -> Application:
    """That many projects of one organiser, each with an application and bookings; one is returned.

    Straight into the tables: the point is their number.
    """
    user, year = p.gf_aplerbeck(), p.open_year()
    pot = p.pot("S2")
    lead, further = p.district("APL"), p.district("BRA")
    organiser = Organisation.objects.get_or_create(name="Gewerbeverein Musterviertel")[0]
    common = {
        "year": year.year, "lead_district": lead, "organiser": organiser, "state": Project.State.SUBMITTED,
        "main_field": FieldOfAction.objects.first(), "created_by": user, "changed_by": user, "place": "Markt",
    }  # fmt: skip
    projects = Project.objects.bulk_create(
        [Project(number=f"{year.year}-APL-{n:04d}", title=f"Fest {n}", **common) for n in range(1, count + 1)]
    )
    for project in projects[:60]:
        project.participations.create(district=further, confirmed_on=timezone.localdate(), confirmed_by=user)
    FinancingItem.objects.bulk_create(
        [FinancingItem(project=x, kind="pillar_2", amount=Decimal(10), locked=True) for x in projects]
    )
    refresh(projects[-1], Rows.of(projects[-1]))
    today = timezone.localdate()
    applications = Application.objects.bulk_create(
        [
            Application(
                project=x,
                pot=pot,
                requested=Decimal(10),
                submitted_on=today,
                submitted_by=user,
                waiting_since=today,
            )
            for x in projects
        ]
    )
    decisions = Decision.objects.bulk_create(
        [Decision(application=a, step=Step.SUBMIT, actor=user, on=today) for a in applications]
    )
    LedgerEntry.objects.bulk_create(
        [
            LedgerEntry(
                pot=pot,
                kind=kind,
                amount=Decimal(10),
                application=d.application,
                decision=d,
                actor=user,
                value_date=today,
            )
            for d in decisions
            for kind in ("reserve", "unreserve")
        ]
    )
    return applications[0]


@pytest.mark.parametrize("count", [10, 1000])
class TestQueries:
    """The same literal numbers at 10 and at 1,000 projects; the session and the signed-in user are two of them."""

    def measure(self, user: User, url: str, **query: str) -> int:
        client = as_(user)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url, query).status_code == 200
        return len(captured)

    def test_lists(self, count: int) -> None:
        volume(count)
        staff, director = p.wf1(), p.gf_hoerde()
        pot = p.pot("S2")
        measured = {
            "pots": self.measure(staff, reverse("funding:pots")),
            "pot": self.measure(staff, pot.get_absolute_url()),
            "pot, director": self.measure(p.gf_aplerbeck(), pot.get_absolute_url()),
            "one figure": self.measure(staff, pot.get_absolute_url(), art="vorgemerkt"),
            "queue": self.measure(staff, reverse("funding:applications")),
            "queue, director": self.measure(p.gf_aplerbeck(), reverse("funding:applications")),
            "queue, foreign director": self.measure(director, reverse("funding:applications"), suche="Fest"),
            "years": self.measure(staff, reverse("funding:years")),
            "year": self.measure(staff, reverse("funding:year", args=[p.this_year()])),
        }
        assert measured == {
            "pots": 6,
            "pot": 11,
            "pot, director": 12,
            "one figure": 9,
            "queue": 14,
            "queue, director": 14,
            # Nothing is found.
            "queue, foreign director": 11,
            "years": 4,
            "year": 7,
        }

    def test_start_pages(self, count: int) -> None:
        volume(count)
        home = reverse("home")
        measured = {
            "staff": self.measure(p.wf1(), home),
            "director": self.measure(p.gf_aplerbeck(), home),
            "association": self.measure(p.admin_verein(), home),
            "auditor": self.measure(p.auditor(), home),
            "agenda": self.measure(p.wf1(), reverse("funding:agenda", args=["aplerbeck"])),
        }
        assert measured == {"staff": 22, "director": 14, "association": 14, "auditor": 5, "agenda": 5}

    def test_one_application(self, count: int) -> None:
        application = volume(count)
        measured = {
            "staff": self.measure(p.wf1(), application.get_absolute_url()),
            "director": self.measure(p.gf_aplerbeck(), application.get_absolute_url()),
            "auditor": self.measure(p.auditor(), application.get_absolute_url()),
        }
        assert measured == {"staff": 18, "director": 15, "auditor": 15}

    def test_handing_in(self, count: int) -> None:
        volume(count)
        draft = p.make_project(p.gf_aplerbeck(), pillar_2="100", shares={"APL": "50"})
        assert self.measure(p.gf_aplerbeck(), reverse("handing_in:hand_in", args=[draft.pk])) == 15


class TestQuestionsOfAnApplication:
    """However far it has come and whoever looks: no page asks more than twenty: on a grant its conditions, its calls, whether the staff took part, who changes it."""

    def measure(self, user: User, application: Application) -> int:
        client = as_(user)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(application.get_absolute_url()).status_code == 200
        return len(captured)

    def test_pillar_2(self, year: FiscalYear) -> None:
        joint = {"pillar_2": "6000", "shares": {"APL": "500"}, "further": ["BRA"]}
        waiting, signed, granted, returned = (
            p.application(p.handed_in(p.gf_aplerbeck(), **joint), "S2") for _ in range(4)
        )
        services.sign(signed, amount=Decimal(6000), actor=p.wf1())
        p.approve(granted)
        services.return_to_applicant(returned, reason="Welches Fest?", actor=p.wf1())
        measured = {
            (name, user.email.split("@")[0]): self.measure(user, application)
            for name, application in (
                ("waiting", waiting), ("signed", signed), ("granted", granted), ("returned", returned),
            )
            for user in (p.wf1(), p.wf2(), p.gf_aplerbeck(), p.gf_brackel(), p.auditor())
        }  # fmt: skip
        assert max(measured.values()) <= 22
