"""Django admin: who sees what, which rows are locked for whom, and that no form opens a way to money."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from funding.letters.models import Letterhead, LetterText, Signatory
from funding.models import FundingModel, GrantCondition, GrantTerms
from funding.payments.models import OwnAccount
from funding.proofs.models import BaseRate, InterestRule, ProofRules
from members.models import (
    Body,
    District,
    Mandate,
    Membership,
    Organisation,
    OutboxMail,
    Person,
    Seat,
    User,
)
from members.roles import groups
from members.roles.permissions import Roles
from projects.models import FieldOfAction
from stadtbezirk.models import LegalDetails, PublishedFigure
from tests import batches, letters, personas
from tests.mailed import follow

pytestmark = pytest.mark.django_db

ADMINISTRATORS = ("admin_verein", "superuser")


@pytest.fixture(autouse=True)
def outbox(settings):
    """Django's test runner swaps the mail backend; here mails go the way they go in earnest."""
    settings.EMAIL_BACKEND = "members.post.outbox.OutboxBackend"


def url(page: str, model: Any, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def message(response: Any) -> str:
    """The page's text without tags, with blanks as one."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", text)


def account_form(**changes: Any) -> dict[str, Any]:
    return {"email": "neu@example.org", "person": "", "is_active": "on", "groups": [], **changes}


def mandate_form(person: Person, **changes: Any) -> dict[str, Any]:
    return {
        "person": person.pk,
        "kind": Mandate.Kind.DEPUTY,
        "district": personas.district("HOE").pk,
        "since": "01.01.2020",
        "until": "",
        **changes,
    }


def inline(mandates: list[Mandate] = [], new: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:  # noqa: B006
    """The management form and rows of the Mandate inline on a person's page, and of the empty ones beside."""
    data = {
        f"{prefix}-{name}_FORMS": 0 for prefix in ("memberships", "seats") for name in ("TOTAL", "INITIAL")
    } | {
        "mandates-TOTAL_FORMS": len(mandates) + bool(new),
        "mandates-INITIAL_FORMS": len(mandates),
        "mandates-MIN_NUM_FORMS": 0,
        "mandates-MAX_NUM_FORMS": 1000,
    }
    for number, mandate in enumerate(mandates):
        row = {
            "id": mandate.pk,
            "person": mandate.person_id,
            "kind": mandate.kind,
            "district": mandate.district_id,
            "since": f"{mandate.since:%d.%m.%Y}",
            "until": f"{mandate.until:%d.%m.%Y}" if mandate.until else "",
        } | changes
        data |= {f"mandates-{number}-{name}": value for name, value in row.items()}
    if new:
        data |= {f"mandates-{len(mandates)}-{name}": value for name, value in new.items()}
    return data


def group(name: str) -> Group:
    return Group.objects.get(name=name)


# Who gets in


def test_only_master_data_is_registered():
    registered = {model._meta.label_lower for model in admin.site._registry}
    assert registered == set(groups.MAINTAINED)
    for hidden in (
        "funding.pot", "funding.ledgerentry", "funding.application", "funding.decision", "funding.fiscalyear",
        "projects.project", "members.resolution", "auth.group", "auth.permission", "account.emailaddress",
    ):  # fmt: skip
        assert apps.get_model(hidden)
        assert hidden not in registered


def test_the_administrations_permissions_are_exactly_the_table():
    held = {
        f"{p.content_type.app_label}.{p.codename}"
        for p in group(groups.ADMINISTRATION).permissions.select_related("content_type")
    }
    assert held == {
        f"{model.split('.')[0]}.{verb}_{model.split('.')[1]}"
        for model, verbs in groups.MAINTAINED.items()
        for verb in verbs
    }
    for name in (groups.BUSINESS_DEVELOPMENT, groups.AUDIT, groups.ADVISORY_BOARD):
        assert not group(name).permissions.exists()


@pytest.mark.parametrize("persona", personas.ALL)
def test_every_persona_at_every_page(persona):
    user = personas.ALL[persona]()
    client = Client() if persona == "visitor" else signed_in(user)
    rows = {
        District: personas.district("APL"),
        Person: Person.objects.create(given_name="Ina", family_name="Irgendwer"),
        Organisation: Organisation.objects.create(name="Musterverein"),
        Body: personas.steering_body("APL"),
        Mandate: personas.gf_brackel().person.mandates.get(),
        Membership: Membership.objects.create(
            district=personas.district("APL"), person=personas.gf_brackel().person, since=date(2020, 1, 1)
        ),
        Seat: Seat.objects.create(
            body=personas.steering_body("APL"), person=personas.gf_brackel().person, since=date(2020, 1, 1)
        ),
        User: personas.gf_brackel(),
        FieldOfAction: FieldOfAction.objects.first(),
        FundingModel: FundingModel.objects.first(),
        GrantTerms: GrantTerms.objects.first(),
        GrantCondition: GrantCondition.objects.first(),
        OutboxMail: OutboxMail.objects.create(recipient="a@example.org", subject="Betreff", body="Text"),
        Letterhead: Letterhead.objects.get(),
        LetterText: LetterText.objects.first(),
        Signatory: letters.signatory(),
        OwnAccount: batches.own_account(),
        InterestRule: InterestRule.objects.create(
            funding_model=FundingModel.objects.first(),
            since=date(2026, 1, 1),
            percent=5,
            legal_basis="Vereinbarung",
        ),
        BaseRate: BaseRate.objects.first(),
        ProofRules: ProofRules.objects.first(),
        LegalDetails: LegalDetails.objects.get(),
        PublishedFigure: PublishedFigure.objects.first(),
    }
    assert {model._meta.label_lower for model in rows} == set(groups.MAINTAINED)
    never_added = {District, OutboxMail, Letterhead, LegalDetails}
    deleted = {Person, Organisation, Body, Mandate, Membership, Seat, LetterText, Signatory, PublishedFigure}
    for model, row in rows.items():
        expected = {
            url("changelist", model): 200,
            url("change", model, row.pk): 200,
            url("history", model, row.pk): 200,
            url("add", model): 403 if model in never_added else 200,
            url("delete", model, row.pk): 200
            if model in deleted or (model is FundingModel and persona == "superuser")
            else 403,
        }
        for address, status in expected.items():
            response = client.get(address)
            if persona == "visitor":
                assert response.status_code == 302, address
                assert response.url.startswith(reverse("admin:login")), address
            else:
                assert response.status_code == (status if persona in ADMINISTRATORS else 403), address


@pytest.mark.parametrize("name", ["index", "jsi18n", "autocomplete", "logout", "password_change", "login"])
@pytest.mark.parametrize("persona", ["wf1", "gf_aplerbeck", "auditor", "nobody"])
def test_the_sites_own_pages_are_closed_too(persona, name):
    assert signed_in(personas.ALL[persona]()).get(reverse(f"admin:{name}")).status_code == 403


def test_the_flag_without_the_group_opens_nothing(wf1):
    wf1.is_staff = True
    wf1.save()
    wf1.user_permissions.set(Permission.objects.all())
    assert signed_in(wf1).get(reverse("admin:index")).status_code == 403
    assert not Roles(wf1).may_enter_admin


def test_leaving_the_group_closes_the_admin_at_once(admin_verein):
    client = signed_in(admin_verein)
    assert client.get(reverse("admin:index")).status_code == 200
    admin_verein.groups.clear()
    assert client.get(reverse("admin:index")).status_code == 403


def test_visitors_sign_in_on_the_common_page_and_come_back(admin_verein):
    client = Client()
    target = url("changelist", Mandate)
    response = client.get(target, follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    response = client.post(
        reverse("account_login"),
        {"login": admin_verein.email, "password": personas.PASSWORD, "next": target},
    )
    assert response.url == target


def test_djangos_own_sign_in_form_takes_nobody(superuser):
    """It would pass by the rate limit."""
    response = Client().post(
        reverse("admin:login"), {"username": superuser.email, "password": personas.PASSWORD}
    )
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))
    assert "_auth_user_id" not in response.client.session


def test_signing_out_of_the_admin_is_signing_out(admin_verein):
    client = signed_in(admin_verein)
    assert client.post(reverse("admin:logout")).url == reverse("home")
    assert "_auth_user_id" not in client.session
    assert signed_in(admin_verein).get(reverse("admin:password_change")).url == reverse(
        "account_change_password"
    )


def test_only_style_is_looser_and_only_here(admin_verein):
    client = signed_in(admin_verein)
    inside = client.get(reverse("admin:index"))["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in inside
    assert "script-src 'self';" in inside + ";"
    assert "unsafe" not in client.get(reverse("imprint"))["Content-Security-Policy"]


def test_the_index_speaks_german(admin_verein):
    text = message(signed_in(admin_verein).get(reverse("admin:index")))
    for word in ("Stadtbezirke", "Personen", "Benutzerkonten", "Mandate", "Gremien", "Postausgang",
                 "Fördermodelle", "Handlungsschwerpunkte", "Organisationen", "Verein"):  # fmt: skip
        assert word in text
    for word in ("Töpfe", "Buchungen", "Anträge", "Haushaltsjahre", "Gruppen", "Add", "Change"):
        assert word not in text


# Accounts


def test_a_new_account_has_no_password_and_an_invitation(admin_verein):
    person = Person.objects.create(given_name="Ina", family_name="Irgendwer")
    response = signed_in(admin_verein).post(
        url("add", User),
        account_form(email="Ina@Example.org", person=person.pk, groups=[group(groups.AUDIT).pk], invite="on"),
    )
    assert response.status_code == 302, message(response)
    account = User.objects.get(person=person)
    assert account.email == "ina@example.org"
    assert not account.has_usable_password()
    assert not account.is_staff
    mail = OutboxMail.objects.get()
    assert mail.recipient == "ina@example.org"
    listed = message(signed_in(admin_verein).get(url("changelist", User), {"einladung": "offen"}))
    assert "noch nicht angenommen" in listed
    assert "ina@example.org" in listed
    done = follow().client.post(
        reverse("invitation"), {"password1": "ein-eigenes-Wort-9", "password2": "ein-eigenes-Wort-9"}
    )
    assert done.status_code == 302
    listed = message(signed_in(admin_verein).get(url("changelist", User), {"einladung": "offen"}))
    assert "ina@example.org" not in listed
    account.refresh_from_db()
    assert account.check_password("ein-eigenes-Wort-9")


def test_no_invitation_without_the_tick(admin_verein):
    signed_in(admin_verein).post(url("add", User), account_form())
    assert User.objects.get(email="neu@example.org")
    assert not OutboxMail.objects.exists()


def test_a_blocked_account_is_not_invited(admin_verein):
    data = account_form(invite="on")
    del data["is_active"]
    response = signed_in(admin_verein).post(url("add", User), data)
    assert "Ein gesperrtes Konto kann nicht eingeladen werden." in message(response)
    assert not User.objects.filter(email="neu@example.org").exists()


def test_an_invitation_goes_back_with_its_transaction(admin_verein, monkeypatch):
    def break_down(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("members.admin.accounts.UserAdmin.log_addition", break_down)
    with pytest.raises(RuntimeError):
        signed_in(admin_verein).post(url("add", User), account_form(invite="on"))
    assert not User.objects.filter(email="neu@example.org").exists()
    assert not OutboxMail.objects.exists()


def test_one_address_is_one_account_in_any_case(admin_verein):
    response = signed_in(admin_verein).post(url("add", User), account_form(email="VEREIN@example.org"))
    assert "Mit dieser E-Mail-Adresse gibt es schon ein Benutzerkonto." in message(response)
    assert "user_email_once" not in message(response)


def test_the_administrations_group_opens_the_admin_by_itself(superuser, nobody):
    client = signed_in(superuser)
    client.post(
        url("change", User, nobody.pk),
        account_form(email=nobody.email, person=nobody.person_id, groups=[group(groups.ADMINISTRATION).pk]),
    )
    assert signed_in(nobody).get(reverse("admin:index")).status_code == 200
    client.post(url("change", User, nobody.pk), account_form(email=nobody.email, person=nobody.person_id))
    nobody.refresh_from_db()
    assert not nobody.is_staff
    assert signed_in(nobody).get(reverse("admin:index")).status_code == 403


def test_only_a_superuser_takes_into_the_business_development(admin_verein, superuser, nobody):
    wf = group(groups.BUSINESS_DEVELOPMENT)
    page = url("change", User, nobody.pk)
    data = account_form(email=nobody.email, person=nobody.person_id, groups=[wf.pk])

    assert "Wirtschaftsförderung</label>" not in re.sub(
        r"\s+", "", signed_in(admin_verein).get(page).content.decode()
    )
    response = signed_in(admin_verein).post(page, data)
    assert response.status_code == 200
    assert (
        "In die Gruppen „Wirtschaftsförderung“ und „Vereinsverwaltung“ nimmt nur die technische Administration auf."
        in message(response)
    )
    assert not nobody.groups.exists()
    response = signed_in(admin_verein).post(url("add", User), account_form(groups=[wf.pk]))
    assert "nimmt nur die technische Administration auf" in message(response)
    assert not User.objects.filter(email="neu@example.org").exists()

    assert signed_in(superuser).post(page, data).status_code == 302
    assert nobody.groups.get() == wf


@pytest.mark.parametrize("persona", ADMINISTRATORS)
def test_nobody_changes_their_own_account(persona):
    user = personas.ALL[persona]()
    person = user.person
    directing = personas.gf_aplerbeck().person
    page = url("change", User, user.pk)
    response = signed_in(user).get(page)
    assert "Niemand ändert die eigenen Rechte" in message(response)
    assert b'name="_save"' not in response.content
    everything = account_form(
        email="anders@example.org",
        person=directing.pk,
        groups=[g.pk for g in Group.objects.all()],
        is_superuser="on",
        is_staff="on",
    )
    assert signed_in(user).post(page, everything).status_code == 403
    before = user.email, user.is_superuser, set(user.groups.values_list("name", flat=True))
    user.refresh_from_db()
    assert user.person == person
    assert (user.email, user.is_superuser, set(user.groups.values_list("name", flat=True))) == before


@pytest.mark.parametrize("target", ["superuser", "wf1", "wf_with_mandate"])
def test_accounts_that_decide_on_money_cannot_be_taken_over(admin_verein, target):
    account = personas.ALL[target]()
    client = signed_in(admin_verein)
    page = url("change", User, account.pk)
    response = client.get(page)
    assert "Es wird nur von der technischen Administration geändert." in message(response)
    assert b'name="_save"' not in response.content
    forged = account_form(email="meins@example.org", person=account.person_id)
    assert client.post(page, forged).status_code == 403
    assert client.post(url("delete", User, account.pk), {"post": "yes"}).status_code == 403
    account.refresh_from_db()
    assert account.email != "meins@example.org"
    assert account.groups.count() == (0 if target == "superuser" else 1)


def test_a_superuser_keeps_the_business_developments_accounts(superuser, wf1):
    """All but the address, which takes a second one and the owner (``test_account_takeover``)."""
    audit = group(groups.AUDIT)
    response = signed_in(superuser).post(
        url("change", User, wf1.pk),
        account_form(
            email="wf.neu@example.org",
            person=wf1.person_id,
            groups=[group(groups.BUSINESS_DEVELOPMENT).pk, audit.pk],
        ),
    )
    assert response.status_code == 302
    wf1.refresh_from_db()
    assert wf1.email == "wf1@example.org"
    assert Roles(wf1).is_business_development
    assert audit in wf1.groups.all()


def test_forged_flags_change_nothing(admin_verein, nobody):
    signed_in(admin_verein).post(
        url("change", User, nobody.pk),
        account_form(
            email=nobody.email,
            person=nobody.person_id,
            is_superuser="on",
            is_staff="on",
            password="geheim-geheim-1",
            user_permissions=list(Permission.objects.values_list("pk", flat=True)),
            invite="on",
        ),
    )
    nobody.refresh_from_db()
    assert not nobody.is_superuser
    assert not nobody.is_staff
    assert not nobody.user_permissions.exists()
    assert nobody.check_password(personas.PASSWORD)
    assert not OutboxMail.objects.exists()


def test_a_superuser_may_name_another(superuser, nobody):
    signed_in(superuser).post(
        url("change", User, nobody.pk),
        account_form(email=nobody.email, person=nobody.person_id, is_superuser="on"),
    )
    nobody.refresh_from_db()
    assert nobody.is_superuser
    assert nobody.is_staff


def test_nobody_sets_anothers_password(superuser, nobody):
    client = signed_in(superuser)
    assert client.get(url("change", User, nobody.pk) + "password/").status_code in (302, 404)
    assert b"password" not in client.get(url("change", User, nobody.pk)).content.replace(
        b"password_change", b""
    )


def test_links_for_new_passwords_go_to_active_accounts(admin_verein, nobody, gf_aplerbeck):
    gf_aplerbeck.is_active = False
    gf_aplerbeck.save()
    response = signed_in(admin_verein).post(
        url("changelist", User),
        {"action": "send_password_links", "_selected_action": [nobody.pk, gf_aplerbeck.pk]},
        follow=True,
    )
    assert "1 Nachricht liegt im Postausgang." in message(response)
    assert OutboxMail.objects.get().recipient == nobody.email


def test_invitations_go_again_from_the_list_and_say_whom_they_leave_out(admin_verein, nobody, wf1):
    fresh = User.objects.create_user("neu@example.org")
    guarded = User.objects.create_user("neu.wf@example.org")
    guarded.groups.add(group(groups.BUSINESS_DEVELOPMENT))
    for _ in range(2):
        response = signed_in(admin_verein).post(
            url("changelist", User),
            {"action": "invite_chosen", "_selected_action": [fresh.pk, guarded.pk, nobody.pk]},
            follow=True,
        )
    text = message(response)
    assert "1 Einladung liegt im Postausgang." in text
    assert f"Das Konto {nobody.email} hat schon ein Passwort" in text
    assert f"Konto {guarded.email}: Dieses Konto entscheidet über Mittel" in text
    assert list(OutboxMail.objects.values_list("recipient", flat=True)) == [fresh.email] * 2
    fresh.refresh_from_db()
    assert fresh.invited_by == admin_verein


def new_director(**changes: Any) -> dict[str, Any]:
    today = f"{timezone.localdate():%d.%m.%Y}"
    mandate = {
        "kind": "managing_director",
        "district": personas.district("HOE").pk,
        "since": today,
        "until": "",
    }
    return {
        "given_name": "Nele",
        "country": "DE",
        "family_name": "Neuling",
        "account_email": "Nele@Example.org",
        "invite": "on",
        **inline(new=mandate),
        **changes,
    }


def test_a_new_director_takes_one_page(admin_verein):
    response = signed_in(admin_verein).post(url("add", Person), new_director(), follow=True)
    assert "Die Einladung an nele@example.org liegt im Postausgang." in message(response)
    account = User.objects.get(email="nele@example.org")
    assert str(account.person) == "Nele Neuling"
    assert Roles(account).directs(personas.district("HOE").pk)
    assert not account.has_usable_password()
    assert not account.is_staff
    assert (account.invited_by, OutboxMail.objects.get().recipient) == (admin_verein, account.email)


def test_an_account_is_added_to_somebody_who_is_known_once(admin_verein):
    person = Person.objects.create(given_name="Ina", family_name="Irgendwer")
    data = new_director(given_name="Ina", family_name="Irgendwer", invite="")
    client = signed_in(admin_verein)
    assert "E-Mail-Adresse für das Konto" in message(client.get(url("change", Person, person.pk)))
    client.post(url("change", Person, person.pk), data)
    assert User.objects.get(person=person).invited_at is None
    assert not OutboxMail.objects.exists()
    assert "E-Mail-Adresse für das Konto" not in message(client.get(url("change", Person, person.pk)))


def test_a_taken_address_keeps_what_was_typed(admin_verein):
    response = signed_in(admin_verein).post(
        url("add", Person), new_director(account_email="VEREIN@example.org")
    )
    assert "Mit dieser E-Mail-Adresse gibt es schon ein Benutzerkonto." in message(response)
    assert b'value="Neuling"' in response.content
    assert not Person.objects.filter(family_name="Neuling").exists()


@pytest.mark.parametrize("model", [User, Mandate, Person, Organisation, Body])
@pytest.mark.parametrize("persona", ADMINISTRATORS)
def test_nothing_is_deleted_from_a_list(persona, model, gf_aplerbeck):
    rows = {
        User: gf_aplerbeck,
        Mandate: gf_aplerbeck.person.mandates.get(),
        Person: Person.objects.create(given_name="Ina", family_name="Irgendwer"),
        Organisation: Organisation.objects.create(name="Musterverein"),
        Body: personas.steering_body("APL"),
    }
    signed_in(personas.ALL[persona]()).post(
        url("changelist", model),
        {"action": "delete_selected", "_selected_action": [rows[model].pk], "post": "yes"},
    )
    assert model.objects.filter(pk=rows[model].pk).exists()


# Mandates


@pytest.mark.parametrize("persona", ADMINISTRATORS)
def test_nobody_gives_themselves_a_mandate(persona, gf_aplerbeck):
    user = personas.ALL[persona]()
    client = signed_in(user)
    response = client.post(url("add", Mandate), mandate_form(user.person))
    assert response.status_code == 200
    assert "Niemand ändert die eigenen Mandate." in message(response)

    others = gf_aplerbeck.person.mandates.get()
    response = client.post(url("change", Mandate, others.pk), mandate_form(user.person))
    assert "Niemand ändert die eigenen Mandate." in message(response)

    page = url("change", Person, user.person_id)
    names = {"country": "DE", "given_name": user.person.given_name, "family_name": user.person.family_name}
    response = client.get(page)
    assert "Niemand ändert die eigenen Mandate." in message(response)
    client.post(page, names | inline(new=mandate_form(user.person, id="")))
    others.refresh_from_db()
    assert others.person == gf_aplerbeck.person
    assert not user.person.mandates.exists()
    assert not Roles(user).districts


@pytest.mark.parametrize("persona", ADMINISTRATORS)
def test_nobody_changes_or_ends_their_own_mandate(persona):
    user = personas.ALL[persona]()
    mandate = Mandate.objects.create(
        person=user.person,
        district=personas.district("EVI"),
        kind=Mandate.Kind.DEPUTY,
        since=date(2020, 1, 1),
        until=timezone.localdate() - timedelta(days=1),
    )
    client = signed_in(user)
    page = url("change", Mandate, mandate.pk)
    response = client.get(page)
    assert "Niemand ändert die eigenen Mandate." in message(response)
    assert b'name="_save"' not in response.content
    assert client.post(page, mandate_form(user.person)).status_code == 403
    assert client.get(url("delete", Mandate, mandate.pk)).status_code == 403
    assert client.post(url("delete", Mandate, mandate.pk), {"post": "yes"}).status_code == 403
    names = {"country": "DE", "given_name": user.person.given_name, "family_name": user.person.family_name}
    for change in ({"until": ""}, {"DELETE": "on"}):
        client.post(url("change", Person, user.person_id), names | inline([mandate], **change))
    assert Mandate.objects.get() == mandate
    mandate.refresh_from_db()
    assert mandate.until == timezone.localdate() - timedelta(days=1)


def test_a_mandate_of_oneself_cannot_be_forged_into_anothers_page(admin_verein, nobody):
    client = signed_in(admin_verein)
    names = {
        "country": "DE",
        "given_name": nobody.person.given_name,
        "family_name": nobody.person.family_name,
    }
    new = mandate_form(admin_verein.person, id="")
    client.post(url("change", Person, nobody.person_id), names | inline(new=new))
    assert not admin_verein.person.mandates.exists()


def test_mandates_on_a_persons_page_give_rights_from_their_day(admin_verein, nobody):
    today = timezone.localdate()
    client = signed_in(admin_verein)
    names = {
        "country": "DE",
        "given_name": nobody.person.given_name,
        "family_name": nobody.person.family_name,
    }
    new = mandate_form(nobody.person, id="", since=f"{today:%d.%m.%Y}")
    response = client.post(url("change", Person, nobody.person_id), names | inline(new=new))
    assert response.status_code == 302, message(response)
    mandate = nobody.person.mandates.get()
    assert Roles(nobody, today).directs(mandate.district_id)
    assert not Roles(nobody, today - timedelta(days=1)).directs(mandate.district_id)

    ended = f"{today:%d.%m.%Y}"
    client.post(url("change", Mandate, mandate.pk), mandate_form(nobody.person, since=ended, until=ended))
    assert Roles(nobody, today).directs(mandate.district_id)
    assert not Roles(nobody, today + timedelta(days=1)).directs(mandate.district_id)


@pytest.mark.parametrize("form", ["mandate", "inline"])
def test_a_mandate_does_not_end_before_it_begins(admin_verein, nobody, form):
    client = signed_in(admin_verein)
    if form == "mandate":
        response = client.post(url("add", Mandate), mandate_form(nobody.person, until="31.12.2019"))
    else:
        names = {"country": "DE", "given_name": "Niko", "family_name": "Niemand"}
        new = mandate_form(nobody.person, id="", until="31.12.2019")
        response = client.post(url("change", Person, nobody.person_id), names | inline(new=new))
    assert "Das Ende darf nicht vor dem Beginn liegen." in message(response)
    assert not nobody.person.mandates.exists()


def test_the_filter_shows_who_is_in_office(admin_verein, gf_aplerbeck, former_gf):
    later = Person.objects.create(given_name="Paula", family_name="Später")
    Mandate.objects.create(
        person=later,
        district=personas.district("APL"),
        kind=Mandate.Kind.DEPUTY,
        since=timezone.localdate() + timedelta(days=1),
    )
    client = signed_in(admin_verein)
    expected = {"heute": gf_aplerbeck.person, "abgelaufen": former_gf.person, "kuenftig": later}
    for value, person in expected.items():
        shown = client.get(url("changelist", Mandate), {"gueltig": value}).context["cl"].result_list
        assert [mandate.person for mandate in shown] == [person]
    assert len(client.get(url("changelist", Mandate)).context["cl"].result_list) == 3


# Rows on which others rest


def test_a_person_with_an_account_is_not_deleted(admin_verein, wf1, superuser):
    """The account would lose the person by whose mandates its conflicts of interest are judged."""
    for user in (wf1, admin_verein):
        for client in (signed_in(admin_verein), signed_in(superuser)):
            assert client.post(url("delete", Person, user.person_id), {"post": "yes"}).status_code == 403
    page = message(signed_in(admin_verein).get(url("change", Person, wf1.person_id)))
    assert "Solange es mit ihr verbunden ist, kann sie nicht gelöscht werden." in page


def test_deleting_what_others_rest_on_is_explained(admin_verein, gf_aplerbeck):
    project = personas.approved(gf_aplerbeck)
    person = Person.objects.create(given_name="Ina", family_name="Irgendwer")
    Mandate.objects.create(
        person=person, district=personas.district("EVI"), kind=Mandate.Kind.DEPUTY, since=date(2020, 1, 1)
    )
    client = signed_in(admin_verein)
    for row in (
        project.organiser,
        personas.steering_body("APL"),
        gf_aplerbeck.person.mandates.get(),
        person,
    ):
        address = url("delete", type(row), row.pk)
        assert "kann nicht gelöscht werden, denn darauf" in message(client.get(address))
        response = client.post(address, {"post": "yes"})
        assert response.status_code == 200
        assert type(row).objects.filter(pk=row.pk).exists()


def test_what_nothing_rests_on_can_go(admin_verein):
    row = Organisation.objects.create(name="Doppelt erfasst")
    response = signed_in(admin_verein).post(url("delete", Organisation, row.pk), {"post": "yes"})
    assert response.status_code == 302
    assert not Organisation.objects.filter(pk=row.pk).exists()


def test_one_steering_body_per_district(admin_verein):
    body = personas.steering_body("APL")
    response = signed_in(admin_verein).post(
        url("add", Body),
        {
            "kind": body.kind,
            "name": "Zweites Lenkungsgremium",
            "district": body.district_id,
            "since": "01.01.2020",
            "until": "",
        },
    )
    assert "Dieser Stadtbezirk hat schon ein Lenkungsgremium." in message(response)


def test_a_districts_code_stays(admin_verein):
    aplerbeck = personas.district("APL")
    response = signed_in(admin_verein).post(
        url("change", District, aplerbeck.pk),
        {"name": "Aplerbeck", "code": "QQQ", "slug": "x", "column": 4, "row": 3},
    )
    assert response.status_code == 302, message(response)
    aplerbeck.refresh_from_db()
    assert (aplerbeck.code, aplerbeck.slug) == ("APL", "aplerbeck")


# Funding models

MODEL = {
    "name": "Ratsbeschluss neu",
    "council_decision_on": "12.12.2030",
    "reference": "Drucksache 4711",
    "first_year": "2031",
    "district_allotment": "13.000,00",
    "pool_allotment": "90.000",
    "overhead_allotment": "12 000 €",
    "second_signature_from": "",
    "deciding_body": "Jury",
    "proof_due_months": "6",
    "assumptions": "",
}


def confirmed(client: Client, address: str, data: dict[str, Any]) -> Any:
    """Send the form, tick what it asks, and send it again."""
    asked = client.post(address, data)
    return client.post(address, {**data, "confirmed": asked.context["adminform"].form.asked})


def form_of(client: Client, address: str) -> dict[str, Any]:
    """The fields of the page as a browser sends them back."""
    form = client.get(address).context["adminform"].form
    values = {f.html_name: f.value() for f in form}
    return {k: v for k, v in values.items() if v not in (None, False)}


def as_typed(data: dict[str, Any]) -> dict[str, Any]:
    return {k: f"{v:%d.%m.%Y}" if isinstance(v, date) else v for k, v in data.items()}


@pytest.mark.parametrize("first_year", [2003, 2016])
def test_the_shipped_models_are_saved_unchanged_without_a_question(admin_verein, first_year):
    """The one before 2016 has no pool and no overhead, and no second signature."""
    model = FundingModel.objects.get(first_year=first_year)
    client, page = signed_in(admin_verein), url("change", FundingModel, model.pk)
    data = as_typed(form_of(client, page))
    assert data["pool_allotment"] == ("0,00" if first_year == 2003 else "80.000,00")
    response = client.post(page, data)
    assert response.status_code == 302, message(response)
    stored = FundingModel.objects.get(pk=model.pk)
    assert all(getattr(stored, f.name) == getattr(model, f.name) for f in FundingModel._meta.concrete_fields)


@pytest.mark.parametrize(
    "field", ["district_allotment", "pool_allotment", "overhead_allotment", "second_signature_from"]
)
def test_an_amount_of_0_is_lawful_in_a_model(admin_verein, field):
    response = confirmed(signed_in(admin_verein), url("add", FundingModel), {**MODEL, field: "0,00 €"})
    assert response.status_code == 302, message(response)
    assert getattr(FundingModel.objects.get(first_year=2031), field) == 0


def test_a_published_sum_of_0_is_a_figure(admin_verein):
    data = {
        "year": "2004",
        "district": "",
        "projects": "0",
        "with_third_party": "0",
        "paid": "0",
        "source": "Rat",
    }
    response = signed_in(admin_verein).post(url("add", PublishedFigure), data)
    assert response.status_code == 302, message(response)
    figure = PublishedFigure.objects.get(source="Rat")
    assert (figure.paid, figure.projects) == (0, 0)


LATER_SECOND = "Zwei Unterschriften braucht es erst ab 6.000,00 €, im Modell davor schon ab 5.000,00 €."
NEVER_SECOND = (
    "Zwei Unterschriften braucht es erst ab 900.000,00 €. In Säule 2 sind im Jahr nur 90.000,00 €: Jede Bewilligung "
    "unterschreibt eine Person allein."
)
NO_SECOND = "Dann bewilligt eine Person allein jeden Betrag aus Säule 2 (90.000,00 € im Jahr)"
OTHER_SUM = (
    "12 × 13.000,00 € + 90.000,00 € + 12.000,00 € = 258.000,00 €. Das sind 18.000,00 € mehr als im Modell davor: "
    "Zwei-Säulen-Modell (ab 2016) mit 240.000,00 €."
)
SAME_SUM = {"district_allotment": "12.000", "pool_allotment": "90.000", "overhead_allotment": "6.000"}


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, [NO_SECOND, OTHER_SUM]),
        ({"second_signature_from": "5.000"}, [OTHER_SUM]),
        (SAME_SUM, [NO_SECOND]),
        ({**SAME_SUM, "second_signature_from": "5.000"}, []),
        ({**SAME_SUM, "second_signature_from": "6.000"}, [LATER_SECOND]),
        ({**SAME_SUM, "second_signature_from": "900.000"}, [NEVER_SECOND]),
        ({**SAME_SUM, "first_year": "2003", "second_signature_from": "5.000"}, []),
    ],
)
def test_a_model_that_is_easily_a_slip_is_asked_once_more_with_figures(admin_verein, changes, asked):
    if changes.get("first_year") == "2003":  # then no model is before
        FundingModel.objects.filter(first_year=2003).update(first_year=2004)
    client, page = signed_in(admin_verein), url("add", FundingModel)
    response = client.post(page, {**MODEL, **changes})
    if not asked:
        assert response.status_code == 302, message(response)
        return
    shown = message(response).replace("\u00a0", " ")
    assert not FundingModel.objects.filter(name=MODEL["name"]).exists()
    assert "Noch nicht gesichert: Ist das so gemeint?" in shown and "Bitte den" not in shown
    every = (NO_SECOND, LATER_SECOND, NEVER_SECOND, OTHER_SUM)
    assert [sentence for sentence in every if sentence in shown] == asked
    form = response.context["adminform"].form
    assert form["assumptions"].value() == MODEL["assumptions"] and form["name"].value() == MODEL["name"]
    assert client.post(page, {**MODEL, **changes, "confirmed": form.asked}).status_code == 302
    assert FundingModel.objects.filter(name=MODEL["name"]).exists()


def test_other_figures_than_those_confirmed_are_asked_again(admin_verein):
    client, page = signed_in(admin_verein), url("add", FundingModel)
    read = client.post(page, MODEL).context["adminform"].form.asked
    response = client.post(page, {**MODEL, "pool_allotment": "900.000", "confirmed": read})
    assert response.status_code == 200 and not FundingModel.objects.filter(first_year=2031).exists()
    assert "1.068.000,00" in message(response)


def test_a_change_is_asked_about_what_it_changes(admin_verein):
    model = FundingModel.objects.get(first_year=2016)
    client, page = signed_in(admin_verein), url("change", FundingModel, model.pk)
    data = as_typed(form_of(client, page))
    assert client.post(page, {**data, "reference": "Drucksache 1"}).status_code == 302
    response = client.post(page, {**data, "second_signature_from": ""})
    assert "bewilligt eine Person allein" in message(response) and "Die Summe" not in message(response)
    assert confirmed(client, page, {**data, "second_signature_from": ""}).status_code == 302
    model.refresh_from_db()
    assert model.second_signature_from is None


def test_with_another_error_the_confirmation_is_kept(admin_verein):
    client, page = signed_in(admin_verein), url("add", FundingModel)
    taken = {**MODEL, "first_year": "2016"}
    form = client.post(page, taken).context["adminform"].form
    response = client.post(page, {**taken, "confirmed": form.asked})
    form = response.context["adminform"].form
    assert form.errors.keys() == {"first_year"}
    again = {**MODEL, "confirmed": form.asked}
    assert f'type="hidden" name="confirmed" value="{escape(form.asked)}"' in response.content.decode()
    response = client.post(page, again)
    assert response.status_code == 200, "the model before is another one"


@pytest.mark.parametrize("persona", ADMINISTRATORS)
def test_a_model_with_an_opened_year_is_frozen(persona):
    year = personas.open_year(2016)
    client = signed_in(personas.ALL[persona]())
    page = url("change", FundingModel, year.model_id)
    response = client.get(page)
    assert "legen Sie ein neues Fördermodell mit seinem ersten Haushaltsjahr an" in message(response)
    assert b'name="_save"' not in response.content
    assert client.post(page, MODEL).status_code == 403
    assert client.post(url("delete", FundingModel, year.model_id), {"post": "yes"}).status_code == 403
    year.model.refresh_from_db()
    assert str(year.model.district_allotment) == "12000.00"


def test_a_later_council_decision_is_one_more_row(admin_verein):
    client = signed_in(admin_verein)
    response = confirmed(client, url("add", FundingModel), MODEL)
    assert response.status_code == 302, message(response)
    model = FundingModel.objects.get(first_year=2031)
    assert [str(model.district_allotment), str(model.pool_allotment), str(model.overhead_allotment)] == [
        "13000.00",
        "90000.00",
        "12000.00",
    ]
    assert model.second_signature_from is None
    changed = {**MODEL, "pool_allotment": "80.000"}
    assert confirmed(client, url("change", FundingModel, model.pk), changed).status_code == 302
    response = client.post(url("add", FundingModel), {**MODEL, "pool_allotment": "-1"})
    assert "Bitte einen Betrag eintragen, der nicht negativ ist; 0 ist möglich." in message(response)
    assert "Fördermodell mit diesem Wert für das Feld Gilt ab Haushaltsjahr existiert bereits." in message(
        response
    )


# The outbox


@pytest.mark.parametrize("persona", ADMINISTRATORS)
def test_the_outbox_shows_no_text(persona, wf1):
    """What was written to somebody is theirs; the link is not there at all (``test_accounts``)."""
    Client().post(reverse("account_reset_password"), {"email": wf1.email})
    mail = OutboxMail.objects.get()
    client = signed_in(personas.ALL[persona]())
    for address in (
        url("changelist", OutboxMail),
        url("change", OutboxMail, mail.pk),
        url("history", OutboxMail, mail.pk),
        url("changelist", OutboxMail) + "?q=angefordert",
    ):
        content = client.get(address, follow=True).content.decode()
        assert "wurde ein neues Passwort angefordert" not in content
    assert wf1.email in message(client.get(url("change", OutboxMail, mail.pk)))
    assert client.post(url("change", OutboxMail, mail.pk), {"state": "sent"}).status_code == 403
    assert client.post(url("delete", OutboxMail, mail.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("field", ["body__contains", "html__contains", "body__startswith"])
def test_the_outboxs_text_cannot_be_guessed_by_filters(admin_verein, field):
    OutboxMail.objects.create(recipient="a@example.org", subject="Betreff", body="geheim", html="geheim")
    response = signed_in(admin_verein).get(url("changelist", OutboxMail), {field: "geheim"})
    assert response.status_code in (302, 400)


@pytest.mark.parametrize("field", ["password__startswith", "user__password__startswith"])
def test_passwords_cannot_be_guessed_by_filters(admin_verein, field):
    model = Person if field.startswith("user") else User
    response = signed_in(admin_verein).get(url("changelist", model), {field: "md5"})
    assert response.status_code in (302, 400)


# Lists


def fill(model: Any, count: int) -> None:
    """Bring the table to at least this many rows, with all that its list shows."""
    districts = list(District.objects.all())
    audit = group(groups.AUDIT)
    for number in range(count):
        person = Person.objects.create(given_name="Ina", family_name=f"Irgendwer {number}")
        district = districts[number % 12]
        if model in (Mandate, Person, District):
            Mandate.objects.create(
                person=person, district=district, kind=Mandate.Kind.DEPUTY, since=date(2020, 1, 1)
            )
        if model in (User, Person):
            User.objects.create(email=f"p{number}@example.org", person=person).groups.add(audit)
        if model is Membership:
            day = date(1950, 1, 1) + timedelta(number)
            Membership.objects.create(person=person, district=district, since=day, until=day)
        if model is Seat:
            Seat.objects.create(person=person, body=Body.objects.first(), since=date(2020, 1, 1))
        if model is Body:
            Body.objects.create(kind=Body.Kind.FORUM, name=f"Forum {number}", district=district)
        if model is OutboxMail:
            OutboxMail.objects.create(recipient=f"p{number}@example.org", subject="Betreff", body="Text")
        if model is Organisation:
            Organisation.objects.create(name=f"Verein {number}")


QUERIES = {
    District: 8,
    Person: 9,
    User: 9,
    Mandate: 10,
    Membership: 10,
    Seat: 10,
    Body: 8,
    Organisation: 7,
    OutboxMail: 9,
}


@pytest.mark.parametrize("count", [5, 50])
@pytest.mark.parametrize("model", QUERIES, ids=lambda model: model.__name__)
def test_queries_of_the_lists(admin_verein, model, count):
    fill(model, count)
    client = signed_in(admin_verein)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url("changelist", model))
    assert response.status_code == 200
    assert len(captured) == QUERIES[model], "\n".join(query["sql"] for query in captured)


@pytest.mark.parametrize("persona", ADMINISTRATORS)
def test_lists_can_be_searched_and_people_found_by_name(persona, gf_hoerde):
    client = signed_in(personas.ALL[persona]())
    for model in admin.site._registry:
        assert client.get(url("changelist", model), {"q": "Geschäftig"}).status_code == 200
    found = client.get(
        reverse("admin:autocomplete"),
        {"term": "Geschäftig-Hoe", "app_label": "members", "model_name": "mandate", "field_name": "person"},
    ).json()["results"]
    assert found == [{"id": str(gf_hoerde.person_id), "text": "Gesa Geschäftig-Hoe"}]


# In the browser; the fixture fails on every breach of the content security policy


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_mandate_is_entered_in_the_browser(open_page):
    personas.nobody()
    page = open_page(personas.admin_verein())
    page.goto(reverse("admin:index"))
    page.get_by_role("link", name="Mandate", exact=True).click()
    page.get_by_role("link", name="Mandat hinzufügen").click()
    page.get_by_label("Person:").locator("xpath=following-sibling::span").first.click()
    page.locator(".select2-search__field").fill("Niemand")
    page.get_by_role("option", name="Niko Niemand").click()
    page.get_by_label("Art:").select_option(label="Vertretung der Geschäftsführung")
    page.get_by_label("Stadtbezirk:").select_option(label="Hörde")
    page.get_by_role("link", name="Heute").first.click()
    page.get_by_label("Bis:").fill("01.01.2020")
    page.get_by_role("button", name="Sichern", exact=True).click()
    page.get_by_text("Das Ende darf nicht vor dem Beginn liegen.").wait_for()
    page.get_by_label("Bis:").fill("")
    page.get_by_role("button", name="Sichern", exact=True).click()
    page.get_by_text("wurde erfolgreich hinzugefügt").wait_for()
    assert Roles(personas.nobody()).directs(personas.district("HOE").pk)
    page.get_by_role("link", name="am heutigen Tag gültig").click()
    page.get_by_role("link", name="Niko Niemand").wait_for()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scripts", [True, False])
def test_a_model_is_confirmed_in_the_browser(open_page, axe, scripts):
    page = open_page(personas.admin_verein(), java_script_enabled=scripts)
    page.goto(url("change", FundingModel, FundingModel.objects.get(first_year=2016).pk))
    page.locator("[name=pool_allotment]").fill("90.000,-")
    page.get_by_role("button", name="Sichern", exact=True).click()
    page.get_by_text("Das sind 10.000,00").wait_for()
    assert page.locator("[name=pool_allotment]").input_value() == "90.000,-"
    if scripts:
        axe(page)
    page.get_by_label("Ja, so ist es beschlossen.").check()
    page.get_by_role("button", name="Bestätigen und sichern").click()
    page.get_by_text("erfolgreich geändert").wait_for()
    assert FundingModel.objects.get(first_year=2016).pool_allotment == 90000


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_admin_is_accessible(open_page, axe):
    administrator = personas.admin_verein()
    director = personas.gf_aplerbeck()
    page = open_page(administrator)
    for address in (
        reverse("admin:index"),
        url("changelist", User),
        url("add", User),
        url("change", User, administrator.pk),
        url("change", Person, director.person_id),
        url("add", Mandate),
        url("add", Person),
        url("changelist", OutboxMail),
        url("delete", Mandate, director.person.mandates.get().pk),
    ):
        assert page.goto(address).status == 200
        axe(page)


def test_an_empty_list_says_so_in_words(admin_verein: User) -> None:
    client = signed_in(admin_verein)
    address = reverse("admin:members_outboxmail_changelist")
    assert "Der Postausgang ist leer" in client.get(address).content.decode()
    for name in "ab":
        OutboxMail.objects.create(recipient=f"{name}@example.org", subject="Test", body="Test")
    page = client.get(address).content.decode()
    assert "2\xa0Nachrichten im Postausgang" in page
    assert "Nichts passt zu dieser Auswahl." in client.get(address, {"q": "gibt es nicht"}).content.decode()
