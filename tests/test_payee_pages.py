"""The pages of payees: who sees which IBAN, what is asked about, and that no IBAN stands where it does not belong."""

import logging
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from funding.payments import services
from funding.payments.models import Payee, PayeeAccount
from members.models import Organisation, OutboxMail, Person, User
from tests import batches as b
from tests import personas as p
from tests.mailed import worded
from tests.test_kept_input import end_session, sent, sign_in
from tests.test_project_pages import signed_in, text_of

pytestmark = pytest.mark.django_db

LIST = "/foerderung/auszahlungen/empfaenger/"
FIRST, SECOND, THIRD = p.IBANS[:3]
WHOLE, END = "DE89 3704 0044 0532 0130 00", "… 3000"


@pytest.fixture
def payee() -> Payee:
    """Entered by Aplerbeck and confirmed."""
    return p.payee(actor=p.gf_aplerbeck(), district=p.district("APL"))


def get(user: User, address: Any, **query: str) -> str:
    response = signed_in(user).get(address if isinstance(address, str) else address.get_absolute_url(), query)
    assert response.status_code == 200
    return text_of(response)


def post(user: User, address: str, **data: Any) -> Any:
    client = signed_in(user)
    key = re.search(r'name="key"[^>]*value="(\w+)"', client.get(address).content.decode())
    return client.post(address, {**({"key": key[1]} if key else {}), **data})


def typed(**changed: Any) -> dict[str, Any]:
    return {
        "iban": WHOLE, "bic": "", "holder": "Hörder Verein", "since": "2026-01-05", "reason": "Rechnung 7", **changed,
    }  # fmt: skip


def new_account(payee: Payee) -> str:
    return reverse("payments:account_create", args=[payee.pk])


class TestWhoSeesWhat:
    @pytest.mark.parametrize("reader", [p.wf1, p.wf2, p.auditor, p.gf_aplerbeck, p.deputy_aplerbeck])
    def test_the_whole_iban(self, payee, reader):
        account = payee.accounts.get()
        for page in (LIST, payee, account):
            assert WHOLE in get(reader(), page)

    def test_the_end_of_it(self, payee):
        services.enter_payee(payee.organisation, actor=p.gf_brackel(), district=p.district("BRA"))
        for reader in (p.gf_brackel(), p.superuser()):
            for page in (LIST, payee, payee.accounts.get()):
                shown = get(reader, page)
                assert END in shown and WHOLE not in shown and FIRST not in shown

    def test_nothing(self, payee):
        for reader in (p.board(), p.admin_verein(), p.nobody(), p.former_gf()):
            assert signed_in(reader).get(LIST).status_code == 403
        assert "Hörder Verein" not in get(p.gf_hoerde(), LIST)
        assert signed_in(p.gf_hoerde()).get(payee.get_absolute_url()).status_code == 404

    def test_the_organiser_of_an_own_project_is_seen_and_that_of_others_not(self):
        project = p.make_project(p.gf_aplerbeck())
        payee = services.enter_payee(project.organiser, actor=p.wf1())
        assert str(payee) in get(p.gf_aplerbeck(), LIST)
        assert str(payee) not in get(p.gf_brackel(), LIST)
        further = p.make_project(p.gf_aplerbeck(), further=["BRA"])
        assert further.organiser == project.organiser and str(payee) in get(p.gf_brackel(), LIST)


class TestList:
    def test_search_in_every_spelling_and_filters(self, payee):
        waits = p.payee("Öko-Laden Schüren", iban=SECOND, confirmed=False)
        services.enter_payee(Person.objects.create(given_name="Jörg", family_name="Müller"), actor=p.wf1())
        names = {"Hörder Verein", str(waits), "Jörg Müller"}

        def found(**query: str) -> set[str]:
            shown = get(p.wf1(), LIST, **query)
            return {name for name in names if name in shown}

        assert found() == names
        assert found(suche="hoerde") == {"Hörder Verein"}
        assert found(suche="MUELLER jo") == {"Jörg Müller"}
        assert found(suche="oeko schueren") == {str(waits)}
        assert found(stand="bestaetigen") == {str(waits)}
        assert found(stand="bestaetigt") == {"Hörder Verein"}
        assert found(stand="ohne") == {"Jörg Müller"}
        assert "noch nicht bestätigt" in get(p.wf1(), LIST, suche="oeko")

    def test_as_many_queries_at_any_size(self):
        def queries() -> list[int]:
            waiting = few.accounts.waiting().get()
            pages = (LIST, few.get_absolute_url(), waiting.get_absolute_url(), new_account(few), "/")
            counts = []
            for client in (signed_in(p.wf2()), signed_in(p.gf_aplerbeck())):
                for page in pages:
                    client.get(page)
                    with CaptureQueriesContext(connection) as asked:
                        assert client.get(page).status_code == 200
                    counts.append(len(asked))
            return counts

        district = {"actor": p.gf_aplerbeck(), "district": p.district("APL")}
        few = p.payee(**district, iban=SECOND)
        p.payee_account(few, **district)
        expected = [6, 9, 7, 6, 22, 7, 11, 7, 6, 15]
        assert queries() == expected

        for number in range(60):
            p.payee(f"Verein {number}", **district, iban=SECOND, confirmed=False)
        for iban in (THIRD, FIRST):
            services.refuse_account(few.accounts.waiting().get(), reason="Falsch.", actor=p.wf1())
            p.payee_account(few, **district, iban=iban)
        assert queries() == expected


class TestNewPayee:
    ADDRESS = {"street": "Hermannstraße 1", "postcode": "44263", "town": "Dortmund", "country": "DE"}
    PAGE = f"{LIST}neu/"

    def test_a_supplier_with_name_and_address(self):
        answer = post(p.gf_aplerbeck(), self.PAGE, name="Druckerei Muster", **self.ADDRESS)
        payee = Payee.objects.get()
        assert answer.url == new_account(payee)
        assert payee.who.address_lines == ["Druckerei Muster", "Hermannstraße 1", "44263 Dortmund"]
        assert list(payee.districts.all()) == [p.district("APL")]
        assert payee.organisation.history.get().history_user == p.gf_aplerbeck()

    @pytest.mark.parametrize("form", ["call", "returned call", "plan", "expense"])
    def test_who_needs_a_payee_on_the_way_comes_back_with_it_chosen_and_all_that_was_typed(self, form):
        grant = p.accept(b.granted().applications.get())
        returned = services.return_call(p.call(grant, "10"), reason="An wen?", actor=p.wf1())
        user, page = {
            "call": (p.gf_aplerbeck(), reverse("payments:call_money", args=[grant.pk])),
            "returned call": (p.gf_aplerbeck(), reverse("payments:call_resend", args=[returned.pk])),
            "plan": (p.gf_aplerbeck(), reverse("payments:plan_create", args=[grant.pk])),
            "expense": (p.wf1(), reverse("payments:expense_create", args=[p.this_year()])),
        }[form]
        client = signed_in(user)
        half = {"purpose": "Große Bühne", "payee": "", "new_payee": ""}
        way = client.post(page, sent(client.get(page), **half)).url
        assert way == f"{self.PAGE}?{urlencode({'weiter': page})}"
        assert f'href="{page}">Abbrechen' in client.get(way).content.decode()
        way = post(user, way, name="Druckerei Muster", **self.ADDRESS).url
        payee = Payee.objects.get(organisation__name="Druckerei Muster")
        assert way == f"{new_account(payee)}?{urlencode({'weiter': page})}"
        way = post(user, way, **typed(holder="Druckerei Muster", iban=SECOND)).url
        assert way == f"{page}?empfaenger={payee.pk}"
        back = client.get(way)
        shown = back.content.decode()
        assert f'value="{payee.pk}" selected' in shown and 'value="Große Bühne"' in shown
        assert "Ihre Eingaben sind noch da; gespeichert ist noch nichts." in text_of(back)
        assert "Ihre Sitzung" not in text_of(back) and not back.context["form"].errors
        client.post(page, sent(back, purpose="x"))
        assert "Ihre Eingaben sind noch da" not in text_of(client.get(page)), "a newer form counts"

    def test_what_was_typed_can_be_thrown_away_on_a_page_with_files(self):
        page = reverse("payments:expense_create", args=[p.open_year().year])
        client = signed_in(p.wf1())
        client.post(page, sent(client.get(page), purpose="Plakate", new_payee=""))
        assert 'value="Plakate"' in client.get(page).content.decode()
        body = urlencode({"discard_typed": f"{page}#"})
        client.post(page, body, content_type="application/x-www-form-urlencoded")
        assert 'value="Plakate"' not in client.get(page).content.decode()

    def test_a_payee_that_has_an_account_leads_back_at_once(self, payee):
        page = reverse("payments:expense_create", args=[p.open_year().year])
        address = f"{self.PAGE}?{urlencode({'weiter': page})}"
        answer = post(p.wf1(), address, name="Hörder Verein", **self.ADDRESS)
        assert answer.url == f"{page}?empfaenger={payee.pk}"

    @pytest.mark.parametrize(
        "odd", ["", "x", "https://boese.example/", "//boese.example/", "/\\boese.example/"]
    )
    def test_another_place_is_no_way_back(self, odd):
        answer = post(
            p.wf1(), f"{self.PAGE}?{urlencode({'weiter': odd})}", name="Druckerei Muster", **self.ADDRESS
        )
        assert answer.url == new_account(Payee.objects.get())

    def test_a_person(self):
        answer = post(
            p.wf1(), f"{self.PAGE}?art=person", given_name="Ute", family_name="Probe", **self.ADDRESS
        )
        assert answer.status_code == 302
        person = Payee.objects.get().person
        assert (str(person), person.publish_name) == ("Ute Probe", False)

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"name": ""}, "Bitte „Name“ ausfüllen"),
            ({"street": "", "postcode": "", "town": ""}, "Bitte die Anschrift eintragen"),
            ({"postcode": ""}, "Zu einer Anschrift gehört die Postleitzahl"),
            ({"postcode": "4426"}, "Eine deutsche Postleitzahl hat fünf Ziffern"),
            ({"name": "x" * 161}, "Bitte auf höchstens 160 Zeichen kürzen"),
        ],
    )
    def test_what_is_missing_is_said_and_nothing_is_lost(self, changed, said):
        answer = post(p.gf_aplerbeck(), self.PAGE, **{"name": "Druckerei", **self.ADDRESS, **changed})
        assert answer.status_code == 422
        shown = answer.content.decode()
        assert said in shown and ("Hermannstraße 1" in shown or "street" in changed)
        assert not Payee.objects.exists()

    def test_the_same_name_is_the_same_and_keeps_its_address(self):
        there = Organisation.objects.create(name="Druckerei Muster", **self.ADDRESS)
        assert post(p.gf_aplerbeck(), self.PAGE, name="Druckerei Muster").status_code == 302
        assert Payee.objects.get().organisation == there
        other = {**self.ADDRESS, "street": "Woanders 2"}
        answer = post(p.wf1(), self.PAGE, name="Druckerei Muster", **other)
        assert "ist schon eine Anschrift eingetragen: Hermannstraße 1, 44263 Dortmund" in text_of(answer)
        there.refresh_from_db()
        assert there.street == "Hermannstraße 1"

    def test_a_missing_address_is_stored(self):
        Organisation.objects.create(name="Druckerei Muster")
        assert post(p.wf1(), self.PAGE, name="Druckerei Muster", **self.ADDRESS).status_code == 302
        assert Organisation.objects.get(name="Druckerei Muster").street == "Hermannstraße 1"

    def test_a_look_alike_is_asked_about(self):
        there = p.payee("Druckerei Müller").organisation
        answer = post(p.wf1(), self.PAGE, name="Druckerei Mueller", **self.ADDRESS)
        assert "Diesen Namen gibt es schon. Bitte wählen Sie, wer gemeint ist." in text_of(answer)
        post(p.wf1(), self.PAGE, name="Druckerei Mueller", same=str(there.pk), **self.ADDRESS)
        assert Payee.objects.count() == 1
        post(p.wf1(), self.PAGE, name="Druckerei Mueller", same="new", **self.ADDRESS)
        assert Payee.objects.count() == 2

    def test_a_namesake_is_told_apart(self):
        ute = Person.objects.create(given_name="Ute", family_name="Probe", **self.ADDRESS)
        name = {"given_name": "Ute", "family_name": "Probe"}
        answer = post(p.gf_aplerbeck(), f"{self.PAGE}?art=person", **name, **self.ADDRESS)
        shown = text_of(answer)
        assert "Ute Probe, 44263 Dortmund" in shown and "Hermannstraße 1" not in shown.replace(
            'value="Hermannstraße 1"', ""
        )
        post(p.gf_aplerbeck(), f"{self.PAGE}?art=person", same="new", **name, **self.ADDRESS)
        assert Payee.objects.get().person != ute
        post(p.gf_aplerbeck(), f"{self.PAGE}?art=person", same=str(ute.pk), **name)
        assert set(Payee.objects.values_list("person__given_name", flat=True)) == {"Ute"}
        assert Person.objects.filter(family_name="Probe").count() == 2

    def test_a_director_of_two_districts_says_for_which(self):
        user = p._mandate(p.gf_aplerbeck(), "BRA", "managing_director")
        answer = post(user, self.PAGE, name="Druckerei", district=str(p.district("BRA").pk), **self.ADDRESS)
        assert answer.status_code == 302
        assert list(Payee.objects.get().districts.all()) == [p.district("BRA")]
        answer = post(user, self.PAGE, name="Zweite", district=str(p.district("HOE").pk), **self.ADDRESS)
        assert answer.status_code == 422 and Payee.objects.count() == 1


class TestNewAccount:
    def test_entered_it_waits_and_is_red_in_words(self):
        payee = services.enter_payee(Organisation.objects.create(name="Hörder Verein"), actor=p.wf1())
        assert post(p.wf1(), new_account(payee), **typed()).url == payee.get_absolute_url()
        shown = get(p.wf1(), payee)
        assert "Die Bankverbindung ist noch nicht bestätigt. Bis dahin wird nichts bezahlt." in shown
        assert (WHOLE in shown, "Commerzbank" in shown, payee.accounts.get().is_confirmed) == (
            True,
            True,
            False,
        )

    def test_a_changed_one_is_told_with_its_day(self, payee):
        assert post(p.gf_aplerbeck(), new_account(payee), **typed(iban=SECOND, since="")).status_code == 422
        today = timezone.localdate()
        post(p.gf_aplerbeck(), new_account(payee), **typed(iban=SECOND, since=f"{today:%d.%m.%Y}"))
        assert f"Die Bankverbindung wurde am {today:%d.%m.%Y} geändert" in get(p.wf1(), payee)
        waiting = payee.accounts.waiting().get()
        assert WHOLE in get(p.wf1(), waiting)  # beside the new one, so that both can be compared
        answer = post(p.gf_aplerbeck(), new_account(payee), **typed(iban=THIRD, since=f"{today:%d.%m.%Y}"))
        assert "wartet schon auf die zweite Person" in text_of(answer)

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            (
                {"holder": "Kassenwart Probe"},
                "Das Konto lautet auf „Kassenwart Probe“, das Geld bekommt Hörder Verein",
            ),
            ({"iban": "FR14 2004 1010 0505 0001 3M02 606"}, "Das Konto ist im Ausland (Frankreich)"),
            ({"iban": SECOND}, "Dieselbe Bankverbindung ist schon eingetragen bei: Anderer Verein"),
        ],
    )
    def test_what_looks_odd_is_asked_about_once(self, changed, said):
        p.payee("Anderer Verein", iban=SECOND)
        payee = services.enter_payee(Organisation.objects.create(name="Hörder Verein"), actor=p.wf1())
        answer = post(p.wf1(), new_account(payee), **typed(**changed))
        assert answer.status_code == 422 and said in text_of(answer)
        asked = answer.context["form"].asked
        assert not payee.accounts.exists() and FIRST not in asked and SECOND not in asked
        assert post(p.wf1(), new_account(payee), confirmed=asked, **typed(**changed)).status_code == 302
        assert payee.accounts.exists()

    def test_another_doubt_is_asked_about_anew(self):
        payee = services.enter_payee(Organisation.objects.create(name="Hörder Verein"), actor=p.wf1())
        asked = post(p.wf1(), new_account(payee), **typed(holder="A")).context["form"].asked
        assert post(p.wf1(), new_account(payee), confirmed=asked, **typed(holder="B")).status_code == 422

    def test_a_director_does_not_learn_where_else_it_stands(self):
        p.payee("Geheimer Verein", iban=SECOND)
        payee = services.enter_payee(
            Organisation.objects.create(name="Hörder Verein"),
            actor=p.gf_aplerbeck(),
            district=p.district("APL"),
        )
        shown = text_of(post(p.gf_aplerbeck(), new_account(payee), **typed(iban=SECOND)))
        assert "schon eingetragen bei: einem anderen Empfänger" in shown and "Geheim" not in shown

    def test_sent_twice_it_is_entered_once(self):
        payee = services.enter_payee(Organisation.objects.create(name="Hörder Verein"), actor=p.wf1())
        client = signed_in(p.wf1())
        for _ in range(2):
            assert client.post(new_account(payee), typed(key="k" * 32)).status_code == 302
        assert payee.accounts.count() == 1

    def test_an_iban_in_a_text_is_refused_beside_it(self, payee):
        answer = post(p.gf_aplerbeck(), new_account(payee), **typed(iban=SECOND, reason=f"Neu: {SECOND}"))
        assert "Hier steht eine IBAN." in text_of(answer) and answer.status_code == 422


class TestSecondPerson:
    def test_confirms_with_the_paper(self, payee):
        account = p.payee_account(payee, actor=p.gf_aplerbeck(), district=p.district("APL"), iban=SECOND)
        page = account.get_absolute_url()
        assert post(p.wf1(), page, step="confirm", paper="").status_code == 422
        assert post(p.wf1(), page, step="confirm", paper="Brief vom 3. Mai").url == payee.get_absolute_url()
        shown = get(p.gf_aplerbeck(), payee)
        assert "Brief vom 3. Mai" in shown and str(p.wf1()) in shown and "gilt heute" in shown

    def test_who_entered_it_reads_why_not(self, payee):
        account = p.payee_account(payee, actor=p.wf1(), iban=SECOND)
        page = account.get_absolute_url()
        assert "Bestätigen muss sie eine andere Person" in get(p.wf1(), account)
        answer = post(p.wf1(), page, step="confirm", paper="Brief")
        assert answer.status_code == 403 and "Nichts geändert." in text_of(answer)
        assert account.waits

    def test_a_director_takes_the_own_one_back_and_confirms_none(self, payee):
        account = p.payee_account(payee, actor=p.gf_aplerbeck(), district=p.district("APL"), iban=SECOND)
        page = account.get_absolute_url()
        answer = post(p.gf_aplerbeck(), page, step="confirm", paper="Brief")
        assert answer.status_code == 422 and "bestätigt die Wirtschaftsförderung" in text_of(answer)
        assert post(p.gf_aplerbeck(), page, step="refuse", reason="Vertippt.").status_code == 302
        assert "zurückgenommen" in get(p.wf1(), account)

    def test_the_start_page_names_what_waits_for_this_person(self, payee):
        p.payee_account(payee, actor=p.wf1(), iban=SECOND)
        heading = "Bankverbindungen zu bestätigen"
        assert heading in get(p.wf2(), "/") and heading not in get(p.wf1(), "/")

    def test_the_same_iban_elsewhere_is_shown(self, payee):
        other = p.payee("Anderer Verein", iban=FIRST, confirmed=False)
        assert "Dieselbe IBAN steht auch bei anderen: Hörder Verein" in get(p.wf2(), other.accounts.get())


class TestLetters:
    def test_the_others_hear_of_it_and_then_the_district(self, payee):
        p.wf1()
        OutboxMail.objects.all().delete()
        account = p.payee_account(payee, actor=p.gf_aplerbeck(), district=p.district("APL"), iban=SECOND)
        assert {row.user for row in OutboxMail.objects.all()} == {p.wf1(), p.wf2()}
        deputy = p.deputy_aplerbeck()
        services.refuse_account(account, reason="Ein Zahlendreher.", actor=p.wf1())
        assert {row.user for row in OutboxMail.objects.all()} == {p.gf_aplerbeck(), deputy}

    def test_who_entered_it_for_no_district_hears_of_the_decision(self):
        payee = p.payee(confirmed=False)
        services.confirm_account(payee.accounts.get(), paper="Brief", actor=p.wf2())
        assert [row.user for row in OutboxMail.objects.all()] == [p.wf1()]

    def test_the_other_districts_of_a_payee_hear_of_a_change(self, payee):
        """Aplerbeck uses the payee, too; Brackel, which never did, hears nothing."""
        p.gf_brackel()
        p.payee(actor=p.gf_hoerde(), district=p.district("HOE"))
        OutboxMail.objects.all().delete()
        account = p.payee_account(payee, actor=p.gf_hoerde(), district=p.district("HOE"), iban=SECOND)
        [mail] = OutboxMail.objects.filter(template="payee_account_changed")
        assert (mail.user, mail.district) == (p.gf_aplerbeck(), p.district("APL"))
        body = worded(mail).body
        assert "vom Stadtbezirk Hörde" in body and "Es könnte ein Betrug sein" in body
        assert SECOND[-4:] not in body and FIRST[-4:] not in body and account.reason not in body
        services.refuse_account(account, reason="Ein Zahlendreher.", actor=p.wf1())
        mail.refresh_from_db()
        assert "Nichts mehr zu tun" in worded(mail).body

    def test_a_change_by_the_wirtschaftsfoerderung_is_told_and_a_first_account_is_not(self, payee):
        assert not OutboxMail.objects.filter(template="payee_account_changed").exists()
        p.payee_account(payee, actor=p.wf1(), iban=SECOND)
        [mail] = OutboxMail.objects.filter(template="payee_account_changed")
        assert mail.user == p.gf_aplerbeck() and "von der Wirtschaftsförderung" in worded(mail).body


def everywhere() -> dict[str, str]:
    """All that the database holds as text, but for the accounts themselves."""
    found = {}
    for model in apps.get_models():
        if model is not PayeeAccount:
            for row in model._base_manager.values():
                found[f"{model._meta.label} {row}"[:80]] = str(row)
    return found


def test_no_iban_stands_in_mail_log_ledger_history_or_session(settings, caplog, payee):
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    caplog.set_level(logging.DEBUG)
    address = new_account(payee)
    today = f"{timezone.localdate():%d.%m.%Y}"
    titles = []
    for iban, step, text in (
        (SECOND, "refuse", {"reason": "Falsch."}),
        (THIRD, "confirm", {"paper": "Brief"}),
    ):
        post(p.gf_aplerbeck(), address, **typed(iban="DE00"))
        post(p.gf_aplerbeck(), address, **typed(iban=iban, holder="Andere Person", since=today))
        asked = post(p.gf_aplerbeck(), address, **typed(iban=iban, holder="Andere Person", since=today))
        asked = asked.context["form"].asked
        done = post(
            p.gf_aplerbeck(),
            address,
            confirmed=asked,
            **typed(iban=iban, holder="Andere Person", since=today),
        )
        assert done.status_code == 302
        account = payee.accounts.waiting().get()
        call_command("send_mail_queue")
        for page in (payee, account):
            shown = signed_in(p.wf1()).get(page.get_absolute_url()).content.decode()
            titles += re.findall("<title>(.*?)</title>", shown, re.DOTALL)
        assert post(p.wf1(), account.get_absolute_url(), step=step, **text).status_code == 302
    call_command("send_mail_queue")
    assert titles
    assert {"bestätigen", "bestätigt", "abgelehnt"} <= {m.subject.split()[-1] for m in mail.outbox}
    texts = {
        **everywhere(), "log": caplog.text, "titles": " ".join(titles),
        "mails": "".join(f"{m.subject} {m.body} {m.alternatives}" for m in mail.outbox),
        "sessions": "".join(str(session.get_decoded()) for session in Session.objects.all()),
    }  # fmt: skip
    digits = [iban[4:] for iban in (FIRST, SECOND, THIRD)]
    assert not [
        where
        for where, text in texts.items()
        if any(iban in re.sub(r"[\s\xa0]", "", text) for iban in digits)
    ]


def test_an_iban_is_not_kept_when_the_session_has_ended(payee):
    client = Client(enforce_csrf_checks=True)
    user = p.gf_aplerbeck()
    sign_in(client, user)
    address = new_account(payee)
    page = client.get(address)
    data = sent(page, **typed(iban=SECOND, reason="Brief vom Vorstand"))
    end_session(client)
    back = client.post(address, data)
    assert SECOND not in str(dict(client.session))
    assert "Nur die IBAN heben wir nicht auf" in text_of(client.get(back.url))
    again = sign_in(client, user, back.url)
    page = client.get(again.url)
    shown = page.content.decode()
    assert "Brief vom Vorstand" in shown and SECOND not in shown.replace(" ", "")
    assert "Nur die IBAN heben wir nicht auf: Bitte tragen Sie sie neu ein." in text_of(page)
