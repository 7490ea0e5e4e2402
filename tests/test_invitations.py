"""Getting in by the mailed link, the profile and the guide."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members import services
from members.accounts import services as accounts
from members.models import MailedLink, Mandate, OutboxMail, Person, User
from members.post import links
from members.roles.permissions import Roles
from tests import personas
from tests.mailed import follow, link_in

pytestmark = pytest.mark.django_db
PASSWORD = {"password1": "ein-eigenes-Wort-9", "password2": "ein-eigenes-Wort-9"}


@pytest.fixture
def newcomer(admin_verein) -> User:
    person = Person.objects.create(given_name="Nele", family_name="Neuling")
    services.enter(
        Mandate(
            district=personas.district("HOE"),
            person=person,
            kind=Mandate.Kind.MANAGING_DIRECTOR,
            since=timezone.localdate(),
        ),
        actor=admin_verein,
    )
    account = accounts.open_account(person, email="Nele@Example.org", actor=admin_verein)
    return accounts.invite(account, actor=admin_verein)


def opens(link: str) -> bool:
    """Whether one can choose a password there."""
    return 'name="password1"' in follow(link).content.decode()


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_by_the_link_one_chooses_a_password_and_is_in(newcomer):
    link = link_in()
    page = follow(link)
    assert page.redirect_chain == [(reverse("invitation"), 302)], "the token does not stay in the address"
    assert page.status_code == 200
    assert "Nele Neuling" in text(page)
    assert "Geschäftsführung der Bezirksvertretung Hörde" in text(page)
    done = page.client.post(reverse("invitation"), PASSWORD, follow=True)
    assert done.redirect_chain[-1][0] == reverse("home")
    assert "Wo finde ich was?" in text(done)
    assert "Neues Projekt" in text(done)
    newcomer.refresh_from_db()
    assert newcomer.check_password(PASSWORD["password1"])
    assert (newcomer.email, newcomer.is_invited) == ("nele@example.org", False)
    again = follow(link).client.post(
        reverse("invitation"), {"password1": "ganz-anderes-Wort-1", "password2": "ganz-anderes-Wort-1"}
    )
    assert "schon benutzt" in text(again)
    newcomer.refresh_from_db()
    assert newcomer.check_password(PASSWORD["password1"])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"password1": "kurz", "password2": "kurz"}, "zu kurz"),
        ({"password1": "ein-eigenes-Wort-9", "password2": "x"}, "verschieden"),
        ({}, "Dieses Feld"),
    ],
    ids=["short", "different", "empty"],
)
def test_a_refused_password_says_why(newcomer, data, sentence):
    answer = follow().client.post(reverse("invitation"), data or {"password1": ""})
    assert answer.status_code == 422
    assert sentence in text(answer)


def test_an_expired_link_gets_a_new_one_to_the_same_address(newcomer, monkeypatch):
    old = link_in()
    monkeypatch.setitem(links.VALID_FOR, MailedLink.INVITATION, timedelta(seconds=-1))
    page = follow(old)
    assert "Neuen Link senden" in text(page)
    assert "Geschäftsstelle" in text(page)
    assert newcomer.email not in page.content.decode()
    assert "unterwegs" in text(page.client.post(reverse("invitation")))
    assert OutboxMail.objects.count() == 1, "one was sent a moment ago"
    User.objects.filter(pk=newcomer.pk).update(invited_at=timezone.now() - timedelta(days=8))
    page.client.post(reverse("invitation"))
    assert list(OutboxMail.objects.values_list("recipient", flat=True)) == [newcomer.email] * 2
    monkeypatch.undo()
    assert opens(link_in())
    assert not opens(old)


def test_a_new_invitation_replaces_the_earlier_one(newcomer, admin_verein):
    old = link_in()
    accounts.invite(newcomer, actor=admin_verein)
    assert not opens(old)
    assert opens(link_in())


@pytest.mark.parametrize("token", ["x", "a:b:c", "WzEsIngiXQ:1abc:def"])
def test_a_made_up_link_leads_nowhere(token):
    assert "nicht vollständig" in text(Client().get(reverse("mailed_link", args=[token])))
    assert "keiner Einladung" in text(Client().get(reverse("invitation")))


def test_whoever_is_signed_in_becomes_the_invited(newcomer, client, wf1):
    client.force_login(wf1)
    assert f"Sie sind gerade als {wf1.email} angemeldet" in text(follow(client=client))
    client.post(reverse("invitation"), PASSWORD)
    assert client.session["_auth_user_id"] == str(newcomer.pk)


def test_a_locked_account_is_not_opened_by_its_link(newcomer):
    client = follow().client
    User.objects.filter(pk=newcomer.pk).update(is_active=False)
    client.post(reverse("invitation"), PASSWORD)
    newcomer.refresh_from_db()
    assert not newcomer.has_usable_password()


def test_who_may_be_invited_by_whom(newcomer, admin_verein, wf1, nobody):
    with pytest.raises(ValidationError, match="hat schon ein Passwort"):
        accounts.invite(nobody, actor=admin_verein)
    with pytest.raises(PermissionDenied):
        accounts.invite(wf1, actor=admin_verein)
    newcomer.is_active = False
    newcomer.save()
    with pytest.raises(ValidationError, match="gesperrtes"):
        accounts.invite(newcomer, actor=admin_verein)


def test_no_preference_stops_an_invitation(admin_verein):
    account = User.objects.create_user("neu@example.org", mail_frequency="never")
    accounts.invite(account, actor=admin_verein)
    assert OutboxMail.objects.get().recipient == "neu@example.org"


def test_rights_begin_and_end_with_the_mandate(newcomer, client, admin_verein):
    mandate = newcomer.person.mandates.get()
    client.force_login(newcomer)
    create = reverse("projects:create")
    assert client.get(create).status_code == 200
    Mandate.objects.filter(pk=mandate.pk).update(since=timezone.localdate() - timedelta(days=9))
    services.end(mandate, on=timezone.localdate() - timedelta(days=1), reason="Wechsel", actor=admin_verein)
    assert client.get(create).status_code == 403
    services.enter(
        Mandate(
            district=personas.district("HOE"),
            person=newcomer.person,
            kind=Mandate.Kind.DEPUTY,
            since=timezone.localdate() + timedelta(days=1),
        ),
        actor=admin_verein,
    )
    assert client.get(create).status_code == 403
    assert Roles(newcomer, timezone.localdate() + timedelta(days=1)).districts == [personas.district("HOE")]
    profile = text(client.get(reverse("profile")))
    assert "beendet" in profile
    assert "beginnt noch" in profile


# The profile


def test_the_profile_shows_ones_tasks_with_their_days(client, deputy_aplerbeck):
    client.force_login(deputy_aplerbeck)
    page = text(client.get(reverse("profile")))
    assert "Vera Vertretung" in page
    assert "Vertretung der Geschäftsführung Aplerbeck , seit 01.01.2010" in page
    assert "vertretung.apl@example.org" in page


def test_ones_choices_are_kept_and_the_consent_is_recorded(client, gf_aplerbeck):
    client.force_login(gf_aplerbeck)
    answer = client.post(reverse("profile"), {"mail_frequency": "daily", "publish_name": "on"}, follow=True)
    gf_aplerbeck.refresh_from_db()
    assert gf_aplerbeck.mail_frequency == "daily"
    assert gf_aplerbeck.person.publish_name
    record = gf_aplerbeck.person.history.latest()
    assert (record.publish_name, record.history_user) == (True, gf_aplerbeck)
    assert "Einwilligung erteilt am" in text(answer)
    assert str(gf_aplerbeck.person) in text(Client().get(reverse("district", args=["aplerbeck"])))
    answer = client.post(reverse("profile"), {"mail_frequency": "daily"}, follow=True)
    assert "Einwilligung widerrufen am" in text(answer)
    assert str(gf_aplerbeck.person) not in text(Client().get(reverse("district", args=["aplerbeck"])))


def test_nobody_changes_more_than_their_choices(client, gf_aplerbeck):
    client.force_login(gf_aplerbeck)
    client.post(
        reverse("profile"),
        {"mail_frequency": "now", "is_staff": "on", "email": "x@example.org", "groups": "1", "until": ""},
    )
    stored = User.objects.get(pk=gf_aplerbeck.pk)
    assert (stored.email, stored.is_staff, stored.groups.count()) == (gf_aplerbeck.email, False, 0)
    refused = client.post(reverse("profile"), {"mail_frequency": "stündlich"})
    assert refused.status_code == 422


def test_nobody_gets_more_than_five_invitations_a_day(newcomer, admin_verein, client):
    client.force_login(admin_verein)
    OutboxMail.objects.all().delete()
    for _ in range(8):
        page = client.post(
            reverse("admin:members_user_changelist"),
            {"action": "invite_chosen", "_selected_action": [newcomer.pk]},
            follow=True,
        ).content.decode()
    assert OutboxMail.objects.count() <= 5
    assert "gingen heute schon 5 Einladungen. Die nächste geht wieder ab" in page


@pytest.mark.parametrize("mandates", [1, 12])
def test_queries_of_the_profile(client, gf_aplerbeck, mandates, django_assert_num_queries):
    for number in range(mandates - 1):
        day = date(1990 + number, 1, 1)
        Mandate.objects.create(
            person=gf_aplerbeck.person, district=personas.district("HOE"), kind="deputy", since=day, until=day
        )
    client.force_login(gf_aplerbeck)
    with django_assert_num_queries(9):
        client.get(reverse("profile"))


# The guide


@pytest.mark.parametrize(
    ("persona", "entry"),
    [
        ("gf_aplerbeck", "Neues Projekt"),
        ("wf1", "Gemeinkosten"),
        ("wf1", "Jahresabschlüsse"),
        ("auditor", "Haushaltsjahre"),
        ("auditor", "Jahresabschlüsse"),
        ("admin_verein", "Postausgang"),
        ("superuser", "Postausgang"),
        ("nobody", "Mein Profil"),
    ],
)
def test_the_guide_is_put_away_and_called_back(client, persona, entry):
    client.force_login(personas.ALL[persona]())
    home = reverse("home")
    page = text(client.get(home))
    assert "Wo finde ich was?" in page
    assert entry in page
    client.post(reverse("guide"))
    assert "Wo finde ich was?" not in text(client.get(home))
    client.post(reverse("guide"), {"show": "1"})
    assert "Wo finde ich was?" in text(client.get(home))


@pytest.mark.parametrize(
    ("persona", "named"),
    [
        ("wf1", {"Schreiben", "Abrufe", "Empfänger", "Auszahlungen", "Kontoauszüge"}),
        ("auditor", {"Schreiben", "Abrufe", "Empfänger", "Auszahlungen", "Kontoauszüge"}),
        ("gf_aplerbeck", {"Schreiben", "Abrufe", "Empfänger"}),
        ("board", set()),
        ("admin_verein", set()),
    ],
)
def test_the_guide_names_letters_and_payments_as_far_as_they_are_seen(client, persona, named):
    client.force_login(personas.ALL[persona]())
    page = client.get(reverse("home")).content.decode()
    guide = page[page.index('aria-labelledby="g-where"') :]
    entries = set(re.findall(r"<li><a [^>]*>([^<]+)</a>", guide[: guide.index("</section>")]))
    assert entries & {"Schreiben", "Abrufe", "Empfänger", "Auszahlungen", "Kontoauszüge"} == named


@pytest.mark.parametrize("persona", ["gf_aplerbeck", "wf1", "auditor", "admin_verein", "superuser", "nobody"])
def test_the_guide_leads_nobody_to_a_closed_door(client, persona):
    personas.open_year()
    client.force_login(personas.ALL[persona]())
    page = client.get(reverse("home")).content.decode()
    guide = page[page.index('aria-labelledby="g-where"') :]
    links = re.findall(r'href="([^"]+)"', guide[: guide.index("</section>")])
    assert len(links) >= 3
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link
