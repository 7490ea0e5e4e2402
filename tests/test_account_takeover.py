"""Taking somebody's account over, tried step by step through HTTP as the association's administration."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail as django_mail
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import Error, IntegrityError, connection, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from members import services
from members.accounts import address_changes
from members.accounts import services as accounts
from members.models import AddressChange, Mandate, OutboxMail, Person, User
from members.post import links
from members.roles import groups
from members.roles.permissions import needs_two
from tests import personas
from tests.mailed import follow, link_in
from tests.test_sign_in import NEW, WRONG, ask_for_password, is_in, sign_in

pytestmark = pytest.mark.django_db

MINE = "verein.privat@example.org"
BOTH = {"password1": NEW, "password2": NEW}


@pytest.fixture(autouse=True)
def outbox(settings):
    settings.EMAIL_BACKEND = "members.post.outbox.OutboxBackend"
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    cache.clear()


@pytest.fixture
def second_admin() -> User:
    return personas._account("verein2", "Volker", "Verein-Zwei", group=groups.ADMINISTRATION, staff=True)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def page_of(account: User) -> str:
    return reverse("admin:members_user_address", args=[account.pk])


def save_account(client: Client, account: User, **changes: Any) -> Any:
    data = {
        "email": account.email, "person": account.person_id, "is_active": "on",
        "groups": [group.pk for group in account.groups.all()], **changes,
    }  # fmt: skip
    return client.post(reverse("admin:members_user_change", args=[account.pk]), data)


def asked(account: User, actor: User, email: str = MINE) -> AddressChange:
    response = signed_in(actor).post(page_of(account), {"email": email}, follow=True)
    assert response.status_code == 200
    return AddressChange.objects.latest("pk")


def act(actor: User, change: AddressChange, what: str, seen: int | None = None) -> Any:
    data = {"seen": seen or change.pk, what: "x"}
    return signed_in(actor).post(page_of(change.account), data, follow=True)


def mails_to(email: str) -> list[OutboxMail]:
    return list(OutboxMail.objects.filter(recipient=email).order_by("pk"))


def address_of(account: User) -> str:
    return User.objects.get(pk=account.pk).email


def confirm(link: str) -> Any:
    client = follow(link).client
    return client.post(reverse("address_confirm"))


# An administrator takes a director's account over


def test_the_administration_does_not_take_a_directors_account_over(gf_aplerbeck, admin_verein):
    """Changes the address, has a new password mailed there, chooses one and signs in."""
    administration = signed_in(admin_verein)
    save_account(administration, gf_aplerbeck, email=MINE)
    ask_for_password(MINE)
    call_command("send_mail_queue")
    for message in django_mail.outbox:
        if message.to == [MINE] and (link := re.search(r"/konto/\S+", message.body)):
            form = Client().get(link[0], follow=True)
            form.client.post(form.request["PATH_INFO"], BOTH)
    thief = sign_in(MINE, NEW).client
    assert not is_in(thief)
    assert thief.get(reverse("projects:create")).status_code == 302
    assert address_of(gf_aplerbeck) == gf_aplerbeck.email
    assert is_in(sign_in(gf_aplerbeck.email).client), "the owner still gets in"


def test_alone_one_gets_no_further_than_the_request(gf_aplerbeck, admin_verein):
    change = asked(gf_aplerbeck, admin_verein)
    assert change.waits_for_release
    assert mails_to(MINE) == [], "nothing happens before the release"
    [told] = mails_to(gf_aplerbeck.email)
    assert told.link == "stop"
    assert MINE in told.body
    assert str(admin_verein) in told.body
    assert act(admin_verein, change, "release").status_code == 403
    ask_for_password(MINE)
    assert mails_to(MINE) == []
    ask_for_password(gf_aplerbeck.email)
    assert mails_to(gf_aplerbeck.email)[-1].link == "password", "until then resets go to the former address"
    assert is_in(sign_in(gf_aplerbeck.email).client)
    assert address_of(gf_aplerbeck) == gf_aplerbeck.email


def test_the_whole_way_with_two_people_and_the_owner(gf_aplerbeck, admin_verein, second_admin):
    session = sign_in(gf_aplerbeck.email).client
    change = asked(gf_aplerbeck, admin_verein, "gesa.neu@example.org")
    [notice] = mails_to(second_admin.email)
    assert page_of(gf_aplerbeck) in notice.body
    page = text(signed_in(second_admin).get(page_of(gf_aplerbeck)))
    for said in (gf_aplerbeck.email, "gesa.neu@example.org", str(admin_verein), "auf einem anderen Weg"):
        assert said in page
    assert "freigegeben" in text(act(second_admin, change, "release"))
    [mail] = mails_to("gesa.neu@example.org")
    assert "Gesa" in mail.body
    call_command("send_mail_queue")
    link = link_in(mail)
    assert address_of(gf_aplerbeck) == gf_aplerbeck.email, "opening and sending change nothing"
    assert "Ist das Ihre Adresse?" in text(follow(link))
    assert session.get(reverse("profile")).status_code == 200
    assert confirm(link).status_code == 302
    assert address_of(gf_aplerbeck) == "gesa.neu@example.org"
    assert session.get(reverse("profile")).status_code == 302, "every session has ended"
    assert is_in(sign_in("gesa.neu@example.org").client)
    assert not is_in(sign_in(gf_aplerbeck.email).client)
    assert mails_to(gf_aplerbeck.email)[-1].link == "stop", "the former address hears that it counts"
    assert "wartet nicht mehr" in text(follow(link)), "a link serves once"
    kinds = list(gf_aplerbeck.events.order_by("pk").values_list("kind", "actor"))
    assert kinds[-4:-1] == [
        ("address_asked", admin_verein.pk), ("address_released", second_admin.pk), ("address", None)
    ]  # fmt: skip


# Whose change takes two


@pytest.mark.parametrize(
    "persona",
    [
        "gf_aplerbeck",
        "deputy_aplerbeck",
        "former_gf",
        "wf1",
        "admin_verein",
        "auditor",
        "cash_auditor",
        "board",
        "superuser",
    ],
)
def test_accounts_with_a_task_take_two(persona):
    assert needs_two(personas.ALL[persona]())


def test_an_account_without_a_task_takes_its_owner_alone(nobody, admin_verein):
    change = asked(nobody, admin_verein, "niko.neu@example.org")
    assert not change.needs_release
    assert [mail.link for mail in mails_to(nobody.email)] == ["stop"]
    assert confirm(link_in(mails_to("niko.neu@example.org")[0])).status_code == 302
    assert address_of(nobody) == "niko.neu@example.org"


def test_a_mandate_to_come_takes_two(nobody, admin_verein):
    later = timezone.localdate() + timedelta(days=40)
    services.enter(
        Mandate(district=personas.district("HOE"), person=nobody.person, kind="deputy", since=later),
        actor=admin_verein,
    )
    assert needs_two(nobody)


def test_ending_or_deleting_the_mandate_before_does_not_help(gf_aplerbeck, admin_verein):
    client = signed_in(admin_verein)
    mandate = gf_aplerbeck.person.mandates.get()
    services.end(mandate, on=timezone.localdate() - timedelta(days=1), reason="x", actor=admin_verein)
    assert asked(gf_aplerbeck, admin_verein).needs_release
    client.post(reverse("admin:members_mandate_delete", args=[mandate.pk]), {"post": "yes"})
    Mandate.objects.filter(pk=mandate.pk).delete()
    assert asked(gf_aplerbeck, admin_verein).needs_release


def test_a_task_given_after_the_request_takes_two_as_well(nobody, admin_verein):
    asked(nobody, admin_verein)
    link = link_in(mails_to(MINE)[0])
    services.enter(
        Mandate(
            district=personas.district("HOE"),
            person=nobody.person,
            kind="managing_director",
            since=timezone.localdate(),
        ),
        actor=admin_verein,
    )
    assert "zwei Personen" in text(confirm(link))
    assert address_of(nobody) == nobody.email


# Who releases


def test_neither_who_asked_nor_whose_account_it_is_releases(admin_verein, second_admin, superuser):
    change = asked(second_admin, admin_verein)
    for actor in (admin_verein, second_admin):
        assert act(actor, change, "release").status_code == 403
    assert "freigegeben" in text(act(superuser, change, "release"))


@pytest.mark.parametrize("persona", ["gf_aplerbeck", "wf1", "auditor", "nobody", "gf_brackel"])
def test_nobody_outside_the_administration_sees_or_releases_it(gf_hoerde, admin_verein, persona):
    change = asked(gf_hoerde, admin_verein)
    outsider = personas.ALL[persona]()
    assert act(outsider, change, "release").status_code == 403
    with pytest.raises(PermissionDenied):
        address_changes.release(change, actor=outsider)
    with pytest.raises(PermissionDenied):
        address_changes.ask(gf_hoerde, email=MINE, actor=outsider)


@pytest.mark.parametrize("lost", ["locked", "left"])
@pytest.mark.parametrize("who", ["asked", "released"])
def test_who_is_no_longer_entitled_has_not_agreed(gf_aplerbeck, admin_verein, second_admin, who, lost):
    change = asked(gf_aplerbeck, admin_verein)
    if who == "released":
        act(second_admin, change, "release")
        link = link_in(mails_to(MINE)[0])
    gone = admin_verein if who == "asked" else second_admin
    if lost == "locked":
        User.objects.filter(pk=gone.pk).update(is_active=False)
    else:
        gone.groups.clear()
    if who == "asked":
        assert "darf das inzwischen nicht mehr" in text(act(second_admin, change, "release"))
    else:
        assert "darf das inzwischen nicht mehr" in text(confirm(link))
    assert address_of(gf_aplerbeck) == gf_aplerbeck.email


def test_what_is_released_is_what_was_seen(gf_aplerbeck, admin_verein, second_admin):
    """Another address slipped in between looking and pressing."""
    seen = asked(gf_aplerbeck, admin_verein, "gesa.neu@example.org")
    asked(gf_aplerbeck, admin_verein)
    assert "wartet nicht mehr" in text(act(second_admin, seen, "release"))
    assert mails_to(MINE) == []


def test_the_second_one_may_refuse_and_the_first_withdraw(gf_aplerbeck, admin_verein, second_admin):
    for actor in (second_admin, admin_verein):
        assert "gestoppt" in text(act(actor, asked(gf_aplerbeck, admin_verein), "stop"))
    assert not address_changes.open_change(gf_aplerbeck)


def test_superusers_need_a_second_one_too(wf1, superuser, admin_verein):
    change = asked(wf1, superuser)
    assert act(superuser, change, "release").status_code == 403
    assert signed_in(admin_verein).post(page_of(wf1), {"email": MINE}).status_code == 403
    assert "freigegeben" in text(act(admin_verein, change, "release"))


def test_it_lapses_after_fourteen_days(gf_aplerbeck, admin_verein, second_admin):
    change = asked(gf_aplerbeck, admin_verein)
    AddressChange.objects.update(requested_at=timezone.now() - timedelta(days=15))
    assert "wartet nicht mehr" in text(act(second_admin, change, "release"))
    assert asked(gf_aplerbeck, admin_verein).waits_for_release, "and can be asked for anew"


# The former address


def stop_link(account: User) -> str:
    return link_in(next(mail for mail in mails_to(account.email) if mail.link == "stop"))


def test_the_former_address_stops_what_waits(gf_aplerbeck, admin_verein, second_admin):
    change = asked(gf_aplerbeck, admin_verein)
    link = stop_link(gf_aplerbeck)
    page = follow(link)
    assert MINE in text(page)
    assert address_changes.open_change(gf_aplerbeck), "looking stops nothing"
    assert "Es bleibt bei Ihrer Adresse" in text(page.client.post(reverse("address_stop")))
    assert "wartet nicht mehr" in text(act(second_admin, change, "release"))
    assert is_in(sign_in(gf_aplerbeck.email).client)


def test_it_stops_what_was_released_before_it_is_confirmed(gf_aplerbeck, admin_verein, second_admin):
    act(second_admin, asked(gf_aplerbeck, admin_verein), "release")
    confirming = link_in(mails_to(MINE)[0])
    follow(stop_link(gf_aplerbeck)).client.post(reverse("address_stop"))
    assert confirm(confirming).status_code == 409
    assert address_of(gf_aplerbeck) == gf_aplerbeck.email


def taken_over(account: User, actor: User, second: User) -> Client:
    """Two conspire, confirm, choose a password and are in."""
    act(second, asked(account, actor), "release")
    confirm(link_in(mails_to(MINE)[0]))
    ask_for_password(MINE)
    follow().client.post(reverse("new_password"), BOTH)
    thief = sign_in(MINE, NEW).client
    assert is_in(thief)
    return thief


def test_two_who_conspire_are_undone_by_the_former_address(gf_aplerbeck, admin_verein, second_admin):
    """They are in before the owner reads the mail."""
    thief = taken_over(gf_aplerbeck, admin_verein, second_admin)
    address_changes.ask(User.objects.get(email=MINE), email="noch.weiter@example.org", actor=gf_aplerbeck)
    client = follow(stop_link(gf_aplerbeck)).client
    assert "gilt wieder" in text(client.post(reverse("address_stop")))
    assert address_of(gf_aplerbeck) == gf_aplerbeck.email
    assert thief.get(reverse("profile")).status_code == 302
    assert not is_in(sign_in(gf_aplerbeck.email, NEW).client)
    assert not address_changes.open_change(gf_aplerbeck)
    follow(link_in(mails_to(gf_aplerbeck.email)[-1])).client.post(
        reverse("new_password"), {"password1": "wieder-mein-eigenes-5", "password2": "wieder-mein-eigenes-5"}
    )
    assert is_in(sign_in(gf_aplerbeck.email, "wieder-mein-eigenes-5").client)


def test_the_link_that_stops_outlives_a_new_password_but_not_its_days(
    gf_aplerbeck, admin_verein, monkeypatch
):
    asked(gf_aplerbeck, admin_verein)
    link = stop_link(gf_aplerbeck)
    gf_aplerbeck.set_password(NEW)
    gf_aplerbeck.save()
    assert "Neue Adresse stoppen?" in text(follow(link))
    monkeypatch.setitem(links.VALID_FOR, "stop", timedelta(seconds=-1))
    assert "nichts zu stoppen" in text(follow(link))


def test_a_mail_for_one_address_never_goes_to_the_other(nobody, admin_verein):
    asked(nobody, admin_verein, "niko.neu@example.org")
    confirm(link_in(mails_to("niko.neu@example.org")[0]))
    call_command("send_mail_queue")
    assert [(mail.recipient, mail.link) for mail in OutboxMail.objects.order_by("pk")] == [
        (nobody.email, "stop"), ("niko.neu@example.org", "address"), (nobody.email, "stop"),
    ]  # fmt: skip


# The former address stays theirs while the link is good


def press_stop(link: str) -> Any:
    return follow(link).client.post(reverse("address_stop"))


@pytest.mark.parametrize("spelled", ["gf.apl@example.org", "GF.Apl@Example.org"])
def test_nobody_else_gets_the_former_address_and_so_holds_the_link_off(
    gf_aplerbeck, admin_verein, second_admin, nobody, spelled
):
    thief = taken_over(gf_aplerbeck, admin_verein, second_admin)
    administration, own = signed_in(admin_verein), sign_in(nobody.email).client
    fresh = accounts.invite(User.objects.create_user("frisch@example.org"), actor=admin_verein)
    person = Person.objects.create(given_name="Ina", family_name="Irgendwer")
    new_person = {
        "country": "DE", "given_name": "Ina", "family_name": "Neu", "account_email": spelled, "invite": "on",
        "mandates-TOTAL_FORMS": "0", "mandates-INITIAL_FORMS": "0",
    }  # fmt: skip
    pages = [
        administration.post(reverse("admin:members_user_add"), {"email": spelled, "is_active": "on"}),
        administration.post(reverse("admin:members_person_add"), new_person),
        administration.post(page_of(fresh), {"email": spelled}),
        administration.post(page_of(nobody), {"email": spelled}),
        change_own(own, spelled),
    ]
    for page in pages:
        assert "14 Tage lang dorthin zurückkehren" in text(page)
    with pytest.raises(ValidationError, match="14 Tage lang"):
        accounts.open_account(person, email=spelled, actor=admin_verein)
    assert not User.objects.filter(email__iexact=spelled).exists()
    assert "gilt wieder" in text(press_stop(stop_link(gf_aplerbeck)))
    assert address_of(gf_aplerbeck) == gf_aplerbeck.email
    assert thief.get(reverse("profile")).status_code == 302


def test_the_former_address_is_free_when_the_link_is_over_or_was_used(nobody, admin_verein):
    asked(nobody, admin_verein)
    confirm(link_in(mails_to(MINE)[0]))
    with pytest.raises(ValidationError, match="14 Tage lang"):
        accounts.require_free(nobody.email)
    accounts.require_free(nobody.email, account=nobody)
    AddressChange.objects.update(confirmed_at=timezone.now() - timedelta(days=14))
    accounts.require_free(nobody.email)
    AddressChange.objects.update(confirmed_at=timezone.now())
    press_stop(stop_link(nobody))
    with pytest.raises(ValidationError, match="schon ein Benutzerkonto"):
        accounts.require_free(nobody.email)
    accounts.require_free(MINE)


@pytest.mark.parametrize("spelled", ["gf.apl@example.org", "GF.APL@example.org"])
def test_where_the_address_cannot_come_back_the_thief_is_out_all_the_same(
    gf_aplerbeck, admin_verein, second_admin, spelled
):
    thief = taken_over(gf_aplerbeck, admin_verein, second_admin)
    link = stop_link(gf_aplerbeck)
    in_the_way = User(email=spelled, password="!")
    in_the_way.save()
    page = press_stop(link)
    assert page.status_code == 200
    for said in ("Ihr Konto ist gesperrt", gf_aplerbeck.email, "Geschäftsstelle", "Vorstand"):
        assert said in text(page)
    assert thief.get(reverse("profile")).status_code == 302
    assert not is_in(sign_in(MINE, NEW).client)
    sent = len(mails_to(MINE))
    ask_for_password(MINE)
    assert len(mails_to(MINE)) == sent, "and no link lets them in again"
    assert gf_aplerbeck.events.filter(kind="locked", actor=None).exists()
    User.objects.filter(pk=in_the_way.pk).update(email="anders@example.org")
    assert "gilt wieder" in text(press_stop(link)), "the same link, once the address is free"
    stored = User.objects.get(pk=gf_aplerbeck.pk)
    assert (stored.email, stored.is_active) == (gf_aplerbeck.email, False)
    User.objects.filter(pk=stored.pk).update(is_active=True)
    ask_for_password(gf_aplerbeck.email)
    follow().client.post(reverse("new_password"), BOTH)
    assert is_in(sign_in(gf_aplerbeck.email, NEW).client)


def test_a_change_after_the_one_that_is_stopped_brings_nothing_back(gf_aplerbeck, admin_verein, second_admin):
    """The thief moves on to another mailbox, and has a link of their own to the one before."""
    taken_over(gf_aplerbeck, admin_verein, second_admin)
    change_own(sign_in(MINE, NEW).client, "noch.weiter@example.org", NEW)
    confirm(link_in(mails_to("noch.weiter@example.org")[0]))
    theirs = link_in(mails_to(MINE)[-1])
    assert "gilt wieder" in text(press_stop(stop_link(gf_aplerbeck)))
    assert press_stop(theirs).status_code == 409
    assert address_of(gf_aplerbeck) == gf_aplerbeck.email


# An account that nobody has used


INVITED = "neu.gf@example.org"


@pytest.fixture
def invited_director(admin_verein) -> User:
    person = Person.objects.create(given_name="Nele", family_name="Neu")
    account = accounts.open_account(person, email=INVITED, actor=admin_verein)
    accounts.invite(account, actor=admin_verein)
    services.enter(
        Mandate(
            district=personas.district("APL"),
            person=person,
            kind="deputy",
            since=timezone.localdate() + timedelta(days=10),
        ),
        actor=admin_verein,
    )
    return account


def test_one_person_alone_does_not_take_over_a_director_who_has_not_come_yet(invited_director, admin_verein):
    invitation = link_in(mails_to(INVITED)[0])
    page = signed_in(admin_verein).get(page_of(invited_director))
    assert "gibt eine zweite Person" in text(page)
    assert "sofort davon" in text(page)
    change = asked(invited_director, admin_verein)
    assert change.waits_for_release
    assert address_of(invited_director) == INVITED
    assert mails_to(MINE) == []
    told = mails_to(INVITED)[-1]
    assert told.link == "stop"
    assert "sobald eine zweite Person" in told.body
    assert act(admin_verein, change, "release").status_code == 403
    assert "Willkommen" in text(follow(invitation)), "the invitation is still good"
    press_stop(link_in(told))
    assert not address_changes.open_change(invited_director)


def test_with_a_second_one_the_invitation_goes_to_the_new_address(
    invited_director, admin_verein, second_admin
):
    invitation = link_in(mails_to(INVITED)[0])
    change = asked(invited_director, admin_verein)
    assert "sofort eine neue Einladung" in text(signed_in(second_admin).get(page_of(invited_director)))
    assert "Die Einladung dorthin liegt im Postausgang" in text(act(second_admin, change, "release"))
    assert address_of(invited_director) == MINE
    assert [mail.link for mail in mails_to(MINE)] == ["invitation"]
    assert "Ihre Einladung gilt nicht mehr" in mails_to(INVITED)[-1].body
    assert "gilt nicht mehr" in text(follow(invitation))
    assert "Willkommen" in text(follow(link_in(mails_to(MINE)[0])))


def test_two_who_conspire_against_one_who_has_not_come_are_undone(
    invited_director, admin_verein, second_admin
):
    act(second_admin, asked(invited_director, admin_verein), "release")
    thief = follow(link_in(mails_to(MINE)[0])).client
    thief.post(reverse("invitation"), BOTH)
    assert is_in(thief)
    assert "gilt wieder" in text(press_stop(link_in(mails_to(INVITED)[-1])))
    assert thief.get(reverse("profile")).status_code == 302
    assert address_of(invited_director) == INVITED
    assert mails_to(INVITED)[-1].link == "password"


def test_who_came_in_before_the_release_confirms_like_everybody(invited_director, admin_verein, second_admin):
    change = asked(invited_director, admin_verein)
    follow(link_in(mails_to(INVITED)[0])).client.post(reverse("invitation"), BOTH)
    act(second_admin, change, "release")
    assert address_of(invited_director) == INVITED
    assert [mail.link for mail in mails_to(MINE)] == ["address"]


def test_a_superuser_corrects_it_alone_and_the_former_address_hears(
    invited_director, admin_verein, superuser
):
    earlier = asked(invited_director, admin_verein)
    signed_in(superuser).post(page_of(invited_director), {"email": "nele.neu@example.org"})
    assert address_of(invited_director) == "nele.neu@example.org"
    told = mails_to(INVITED)[-1]
    assert (told.link, "Toni Technik" in told.body) == ("", True)
    assert not AddressChange.objects.get(pk=earlier.pk).is_open, "what waited is over"


@pytest.mark.parametrize("invited", [True, False])
def test_the_former_address_hears_of_a_correction_without_the_new_one(admin_verein, invited):
    """Where it was mistyped, a stranger reads it."""
    fresh = User.objects.create_user("nelle@example.org")
    if invited:
        accounts.invite(fresh, actor=admin_verein)
    signed_in(admin_verein).post(page_of(fresh), {"email": "nele@example.org"})
    told = mails_to("nelle@example.org")[-1]
    assert "Vicky Verein" in told.body
    assert ("Einladung" in told.body) is invited
    assert reverse("imprint") in told.body
    assert told.link == ""
    for part in (told.body, told.html):
        assert "nele@example.org" not in part
    call_command("send_mail_queue")
    assert ["nelle@example.org"] in [message.to for message in django_mail.outbox]


@pytest.mark.parametrize("other", ["", "person"])
def test_an_invited_director_keeps_the_account_that_was_made_for_them(invited_director, admin_verein, other):
    """Else they are unlinked, and another account is opened for them."""
    key = Person.objects.create(given_name="Ina", family_name="Irgendwer").pk if other else ""
    assert "bleibt verbunden" in text(save_account(signed_in(admin_verein), invited_director, person=key))
    assert User.objects.get(pk=invited_director.pk).person == invited_director.person


# One's own address


def change_own(client: Client, email: str, password: str = personas.PASSWORD) -> Any:
    return client.post(reverse("address"), {"email": email, "password": password}, follow=True)


def test_ones_own_address_takes_the_password_and_the_new_mailbox(gf_aplerbeck):
    client, elsewhere = sign_in(gf_aplerbeck.email).client, sign_in(gf_aplerbeck.email).client
    assert "Das Passwort stimmt nicht" in text(change_own(client, "gesa.neu@example.org", WRONG))
    assert not AddressChange.objects.exists()
    assert "unterwegs" in text(change_own(client, "Gesa.Neu@Example.org"))
    assert [mail.link for mail in mails_to(gf_aplerbeck.email)] == ["stop"]
    assert address_of(gf_aplerbeck) == gf_aplerbeck.email
    follow(link_in(mails_to("gesa.neu@example.org")[0]), client)
    client.post(reverse("address_confirm"))
    assert address_of(gf_aplerbeck) == "gesa.neu@example.org"
    assert client.get(reverse("profile")).status_code == 200, "here one stays signed in"
    assert elsewhere.get(reverse("profile")).status_code == 302


def test_one_takes_it_back_in_the_profile(gf_aplerbeck, admin_verein):
    client = sign_in(gf_aplerbeck.email).client
    asked(gf_aplerbeck, admin_verein)
    assert "Vicky Verein" in text(client.get(reverse("address")))
    client.post(reverse("address"), {"stop": "1"})
    assert not address_changes.open_change(gf_aplerbeck)


def test_a_session_left_open_does_not_guess_the_password_here(gf_aplerbeck):
    client = sign_in(gf_aplerbeck.email).client
    for _ in range(5):
        change_own(client, MINE, WRONG)
    assert "Zu viele falsche Passwörter" in text(change_own(client, MINE, WRONG))


def test_a_new_password_ends_a_change_that_waits(gf_aplerbeck):
    """The owner noticed, and chose one: whoever asked with the former password is out."""
    change_own(sign_in(gf_aplerbeck.email).client, MINE)
    link = link_in(mails_to(MINE)[0])
    ask_for_password(gf_aplerbeck.email)
    follow().client.post(reverse("new_password"), BOTH)
    assert confirm(link).status_code == 409


@pytest.mark.parametrize("email", ["wf1@example.org", "WF1@example.org", "gf.apl@example.org", "kein-at"])
def test_a_refused_address_says_why(gf_aplerbeck, wf1, admin_verein, email):
    client = sign_in(gf_aplerbeck.email).client
    pages = [change_own(client, email), signed_in(admin_verein).post(page_of(gf_aplerbeck), {"email": email})]
    for page in pages:
        assert re.search("schon ein Benutzerkonto|schon die Adresse|gültige E-Mail-Adresse", text(page))
    assert not AddressChange.objects.exists()


def test_nobody_sends_mails_to_many_addresses(nobody):
    client = sign_in(nobody.email).client
    for number in range(5):
        assert "unterwegs" in text(change_own(client, f"fremd{number}@example.org"))
    assert "heute schon fünf" in text(change_own(client, "fremd5@example.org"))
    assert not mails_to("fremd5@example.org")


def test_an_address_that_another_account_took_meanwhile_is_not_confirmed(nobody):
    change_own(sign_in(nobody.email).client, "neu@example.org")
    link = link_in(mails_to("neu@example.org")[0])
    User.objects.create_user("neu@example.org")
    assert "schon ein Benutzerkonto" in text(confirm(link))


# The other ways to the same


def test_an_account_in_use_keeps_its_person(gf_aplerbeck, nobody, admin_verein):
    """Else a directing person is moved to an account in one's own hand."""
    client = signed_in(admin_verein)
    other = Person.objects.create(given_name="Ina", family_name="Irgendwer")
    for account, person in ((gf_aplerbeck, ""), (gf_aplerbeck, other.pk), (nobody, other.pk)):
        page = save_account(client, account, person=person)
        assert page.status_code == 200
        assert "bleibt verbunden" in text(page)
    assert User.objects.get(pk=gf_aplerbeck.pk).person == gf_aplerbeck.person


def test_nobody_of_the_administration_makes_a_second_one(nobody, admin_verein, superuser):
    """Who could would release their own requests."""
    administration = Group.objects.get(name=groups.ADMINISTRATION)
    page = save_account(signed_in(admin_verein), nobody, groups=[administration.pk])
    assert "nimmt nur die technische Administration auf" in text(page)
    assert not nobody.groups.exists()
    assert save_account(signed_in(superuser), nobody, groups=[administration.pk]).status_code == 302
    assert User.objects.get(pk=nobody.pk).is_staff


def test_saving_a_colleagues_account_leaves_the_group_that_one_cannot_give(admin_verein, second_admin):
    audit = Group.objects.get(name=groups.AUDIT)
    assert save_account(signed_in(admin_verein), second_admin, groups=[audit.pk]).status_code == 302
    stored = User.objects.get(pk=second_admin.pk)
    assert set(stored.groups.values_list("name", flat=True)) == {groups.AUDIT, groups.ADMINISTRATION}
    assert stored.is_staff


def test_a_colleague_who_never_came_is_not_invited_elsewhere(admin_verein, superuser):
    fresh = User.objects.create_user("kollege@example.org")
    fresh.groups.add(Group.objects.get(name=groups.ADMINISTRATION))
    accounts.invite(fresh, actor=superuser)
    refused = signed_in(admin_verein).post(page_of(fresh), {"email": MINE})
    assert "nur die technische Administration" in text(refused)
    assert mails_to(MINE) == []
    signed_in(superuser).post(page_of(fresh), {"email": "kollegin@example.org"})
    assert [mail.link for mail in mails_to("kollegin@example.org")] == ["invitation"]


def test_a_wrong_address_of_an_account_nobody_used_is_mended_at_once(admin_verein):
    fresh = accounts.invite(User.objects.create_user("nelle@example.org"), actor=admin_verein)
    first = link_in()
    signed_in(admin_verein).post(page_of(fresh), {"email": "nele@example.org"})
    assert address_of(fresh) == "nele@example.org"
    assert "gilt nicht mehr" in text(follow(first))
    assert "Willkommen" in text(follow(link_in(mails_to("nele@example.org")[-1])))


def test_a_locked_account_changes_nothing_before_it_is_unlocked(gf_aplerbeck, admin_verein):
    User.objects.filter(pk=gf_aplerbeck.pk).update(is_active=False)
    refused = signed_in(admin_verein).post(page_of(gf_aplerbeck), {"email": MINE})
    assert "gesperrt" in text(refused)
    assert not AddressChange.objects.exists()


def test_nobody_invites_or_sets_a_password_for_an_account_in_use(gf_aplerbeck, admin_verein):
    client = signed_in(admin_verein)
    client.post(
        reverse("admin:members_user_changelist"),
        {"action": "invite_chosen", "_selected_action": [gf_aplerbeck.pk]},
    )
    assert not OutboxMail.objects.exists()
    save_account(client, gf_aplerbeck, password="x", password1=NEW, password2=NEW)
    assert is_in(sign_in(gf_aplerbeck.email).client)


def test_a_person_with_an_account_gets_no_second_address(gf_aplerbeck, admin_verein):
    page = reverse("admin:members_person_change", args=[gf_aplerbeck.person_id])
    client = signed_in(admin_verein)
    assert "account_email" not in client.get(page).content.decode()
    data = {
        "country": "DE",
        "given_name": "Gesa",
        "family_name": "Neu",
        "account_email": MINE,
        "invite": "on",
    }
    client.post(page, data)
    assert address_of(gf_aplerbeck) == gf_aplerbeck.email
    assert not User.objects.filter(email=MINE).exists()


@pytest.mark.parametrize("name", ["account_email", "account_confirm_email", "account_set_password"])
def test_allauths_own_pages_for_addresses_are_not_there(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_ones_own_account_has_no_page_in_the_administration(admin_verein):
    client = signed_in(admin_verein)
    assert "in Ihrem Profil" in text(client.get(page_of(admin_verein)))
    assert client.post(page_of(admin_verein), {"email": MINE}).status_code == 403


# The database


@pytest.mark.parametrize("door", ["save", "update", "raw"])
def test_the_database_takes_no_unconfirmed_address(gf_aplerbeck, door):
    with pytest.raises(Error), transaction.atomic():
        if door == "save":
            gf_aplerbeck.email = MINE
            gf_aplerbeck.save()
        elif door == "update":
            User.objects.filter(pk=gf_aplerbeck.pk).update(email=MINE)
        else:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE members_user SET email = %s WHERE id = %s", [MINE, gf_aplerbeck.pk])
    assert address_of(gf_aplerbeck) == "gf.apl@example.org"


def set_person(account: User, person: Person | None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_user SET person_id = %s WHERE id = %s",
            [person.pk if person else None, account.pk],
        )


def test_the_database_gives_an_account_in_use_to_no_other_person(gf_aplerbeck):
    """Whoever signed with it would be somebody else."""
    before, other = gf_aplerbeck.person, Person.objects.create(given_name="Ina", family_name="Irgendwer")
    with pytest.raises(IntegrityError, match="bleibt bei seiner Person"):
        set_person(gf_aplerbeck, other)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=gf_aplerbeck.pk).update(person=other, password="!")
    assert User.objects.get(pk=gf_aplerbeck.pk).person == before


def test_the_database_lets_an_account_find_its_person_and_lose_it(nobody):
    before, other = nobody.person, Person.objects.create(given_name="Ina", family_name="Irgendwer")
    set_person(nobody, before)
    before.delete()
    set_person(nobody, other)
    fresh = User.objects.create_user("frisch@example.org", person=Person.objects.create())
    set_person(nobody, None)
    set_person(fresh, other)
    assert User.objects.get(pk=fresh.pk).person == other


def test_the_database_wants_two_people(gf_aplerbeck, admin_verein):
    change = asked(gf_aplerbeck, admin_verein)
    for fields in ({"released_by": admin_verein}, {"confirmed_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            AddressChange.objects.filter(pk=change.pk).update(**fields)


def test_old_changes_are_forgotten(nobody, admin_verein, capsys):
    asked(nobody, admin_verein)
    call_command("sweep_events")
    AddressChange.objects.update(requested_at=timezone.now() - timedelta(days=31))
    call_command("sweep_events")
    assert "0\xa0Änderungen von Adressen" in capsys.readouterr().out.splitlines()[0]
    assert not AddressChange.objects.exists()
    call_command("send_mail_queue")
    assert set(OutboxMail.objects.values_list("state", flat=True)) == {"skipped"}


def test_a_request_of_a_service_says_what_is_wrong(gf_aplerbeck):
    with pytest.raises(ValidationError, match="schon die Adresse"):
        address_changes.ask(gf_aplerbeck, email=gf_aplerbeck.email.upper(), actor=gf_aplerbeck)
