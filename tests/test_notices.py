"""Who hears of what, when and how; and that nobody hears of it twice, or of what is no longer theirs."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as django_mail
from django.db import transaction
from django.utils import timezone

from funding import services as funding
from members.models import MailFrequency, Mandate, OutboxMail, User
from members.post import digest
from members.post import outbox as mail
from members.post.notify import notify
from projects import comments
from projects import services as projects
from tests import called, personas
from tests.mailed import change_address, worded

pytestmark = pytest.mark.django_db
State = OutboxMail.State


@pytest.fixture(autouse=True)
def delivery(settings):
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    settings.SITE_URL = "https://marketing.example.org"


def prefers(user: User, frequency: str) -> User:
    user.mail_frequency = frequency
    user.save()
    return user


def recipients(word: str = "") -> list[str]:
    return sorted(OutboxMail.objects.filter(subject__contains=word).values_list("recipient", flat=True))


def tell(
    *users: User, key: str = "anlass", subject: str = "Projekt 2026-APL-001: neuer Kommentar", **more: Any
) -> None:
    notify(
        users,
        template="comment",
        context={"project": {"pk": 1}, "comment": {"author": "Wanda Wirtschaft"}},
        subject=subject,
        key=key,
        **more,
    )


# Who


def test_handing_in_reaches_the_staff_and_the_further_districts(
    wf1, wf2, gf_aplerbeck, gf_brackel, deputy_aplerbeck
):
    project = personas.handed_in(
        gf_aplerbeck, pillar_2="6000", shares={"APL": "500", "BRA": "300"}, confirmed=False
    )
    assert recipients("eingereicht") == ["wf1@example.org", "wf2@example.org"]
    assert recipients("Lenkungsgremium") == ["gf.bra@example.org"]
    to_staff = worded(OutboxMail.objects.get(recipient=wf1.email))
    assert project.number in to_staff.subject
    assert "6.000,00\N{NO-BREAK SPACE}€" in to_staff.body
    assert (
        f"https://marketing.example.org{personas.application(project, 'S2').get_absolute_url()}"
        in to_staff.body
    )
    to_brackel = worded(OutboxMail.objects.get(recipient=gf_brackel.email))
    assert "Bitte bestätigen Sie die Beteiligung" in to_brackel.body
    assert personas.application(project, "S1-BRA").get_absolute_url() in to_brackel.body


def test_what_the_district_decides_alone_reaches_no_staff(wf1, gf_aplerbeck):
    personas.handed_in(gf_aplerbeck)
    assert recipients() == []


def test_a_question_reaches_director_and_deputies_of_today(
    wf1, gf_aplerbeck, deputy_aplerbeck, former_gf, gf_hoerde
):
    project = personas.handed_in(gf_aplerbeck, pillar_2="3000")
    OutboxMail.objects.all().delete()
    funding.return_to_applicant(personas.application(project), reason="Wer zahlt die Bühne?", actor=wf1)
    assert recipients("Rückfrage") == ["gf.apl@example.org", "vertretung.apl@example.org"]
    row = worded(OutboxMail.objects.earliest("pk"))
    assert "Wer zahlt die Bühne?" in row.body
    assert "Wer zahlt die Bühne?" in row.html


def test_a_decision_reaches_every_district_taking_part_but_not_who_decided(
    wf1, wf2, gf_aplerbeck, gf_brackel
):
    project = personas.handed_in(gf_aplerbeck, pillar_2="3000", shares={"BRA": "300"})
    OutboxMail.objects.all().delete()
    personas.approve(personas.application(project, "S2"))
    assert recipients("bewilligt") == ["gf.apl@example.org", "gf.bra@example.org"]
    OutboxMail.objects.all().delete()
    personas.approve(personas.application(project, "S1-BRA"))
    assert recipients() == ["gf.apl@example.org"], "Brackel's director carried it out"


def test_a_rejection_and_a_revocation_give_their_reason(wf1, wf2, gf_aplerbeck):
    for step, reason in ((funding.reject, "Kein Geld."), (funding.revoke, "Fand nicht statt.")):
        project = personas.handed_in(gf_aplerbeck, pillar_2="3000")
        application = personas.application(project)
        if step is funding.revoke:
            personas.approve(application)
        OutboxMail.objects.all().delete()
        step(application, reason=reason, actor=wf1)
        assert reason in worded(OutboxMail.objects.get()).body


def test_the_first_signature_calls_the_other_signers(wf1, wf2, gf_aplerbeck):
    project = personas.handed_in(gf_aplerbeck, pillar_2="6000")
    OutboxMail.objects.all().delete()
    funding.sign(personas.application(project), amount=Decimal(6000), actor=wf1)
    assert recipients("zweite Unterschrift") == ["wf2@example.org"]


def test_a_deputys_act_names_whom_they_stood_in_for(wf1, gf_aplerbeck, deputy_aplerbeck):
    personas.handed_in(deputy_aplerbeck, pillar_2="3000")
    body = worded(OutboxMail.objects.get(recipient=wf1.email)).body
    assert f"{deputy_aplerbeck} in Vertretung für {gf_aplerbeck}" in body


def test_a_refusal_reaches_the_lead_district_with_its_reason(gf_aplerbeck, deputy_aplerbeck, gf_brackel):
    project = personas.make_project(gf_aplerbeck, pillar_2="3000", further=["BRA"], confirmed=False)
    projects.decline_participation(
        project, district=personas.district("BRA"), reason="Keine Kraft dafür.", actor=gf_brackel
    )
    assert recipients("Entwurf Aplerbeck: Brackel macht nicht mit") == [
        "gf.apl@example.org",
        "vertretung.apl@example.org",
    ]
    row = worded(OutboxMail.objects.earliest("pk"))
    assert "Keine Kraft dafür." in row.body
    assert f"Abgesagt hat {gf_brackel}" in row.body


def test_what_is_entered_for_an_earlier_day_is_history(wf1, wf2, gf_aplerbeck):
    yesterday = timezone.localdate() - timedelta(days=1)
    personas.approved(gf_aplerbeck, pillar_2="6000", on=yesterday)
    assert recipients() == []


def test_a_step_that_is_rolled_back_tells_nobody(wf1, gf_aplerbeck):
    with pytest.raises(RuntimeError), transaction.atomic():
        personas.handed_in(gf_aplerbeck, pillar_2="3000")
        assert OutboxMail.objects.exists()
        raise RuntimeError
    assert not OutboxMail.objects.exists()


def test_no_subject_holds_personal_data(wf1, wf2, gf_aplerbeck, gf_brackel, deputy_aplerbeck):
    title = "Geburtstag von Erika Beispielfrau"
    project = personas.handed_in(gf_aplerbeck, pillar_2="6000", shares={"BRA": "300"}, title=title)
    application = personas.application(project, "S2")
    funding.return_to_applicant(application, reason="Bitte klären.", actor=wf1)
    funding.submit(project, actor=deputy_aplerbeck)
    application.refresh_from_db()
    personas.approve(application)
    application.refresh_from_db()
    personas.lessen(application, "reduce", to=5500, by=wf1)
    subjects = set(OutboxMail.objects.values_list("subject", flat=True))
    assert len(subjects) == 8
    names = {part for user in User.objects.all() for part in (user.email, *str(user).split())} | set(
        title.split()
    )
    for subject in subjects:
        assert not names & set(re.split(r"[\s:]+", subject)), subject


# When


def test_the_same_occasion_reaches_a_person_once(wf1, wf2):
    tell(wf1)
    tell(wf1, wf2)
    tell(wf1, key="anderer")
    assert recipients() == ["wf1@example.org", "wf1@example.org", "wf2@example.org"]


def test_never_means_never_but_for_what_nobody_switches_off(wf1):
    prefers(wf1, MailFrequency.NEVER)
    tell(wf1)
    assert recipients() == []
    tell(wf1, always=True)
    assert recipients() == ["wf1@example.org"]
    assert "/konto/profil/" not in OutboxMail.objects.get().body


def test_the_days_notices_come_in_one_mail(wf1, wf2):
    prefers(wf1, MailFrequency.DAILY)
    tell(wf1, wf2, key="eins")
    tell(wf1, key="zwei", subject="Projekt 2026-APL-002: neuer Kommentar")
    assert mail.send_queue() == (1, 0)
    assert [message.to for message in django_mail.outbox] == [["wf2@example.org"]]
    OutboxMail.objects.filter(state=State.GATHERED).update(not_before=timezone.now())
    assert mail.send_queue() == (1, 0)
    digest = django_mail.outbox[-1]
    assert (digest.to, digest.subject) == (["wf1@example.org"], "2\xa0Neuigkeiten aus Ihren Vorgängen")
    assert digest.body.count("neuen Kommentar") == 2
    assert digest.body.count("Guten Tag") == 1
    html = digest.alternatives[0].content
    assert html.count("<h2>") == 2
    assert "&lt;p&gt;" not in html
    assert mail.send_queue() == (0, 0)
    assert list(OutboxMail.objects.filter(user=wf1).order_by("pk").values_list("state", flat=True)) == [
        State.MERGED,
        State.MERGED,
        State.SENT,
    ]


def test_a_single_notice_of_a_day_keeps_its_subject(wf1):
    prefers(wf1, MailFrequency.DAILY)
    tell(wf1)
    OutboxMail.objects.update(not_before=timezone.now())
    mail.send_queue()
    assert django_mail.outbox[0].subject == "Projekt 2026-APL-001: neuer Kommentar"


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 5, 4, 5, 59, tzinfo=BERLIN), datetime(2026, 5, 4, 6, tzinfo=BERLIN)),
        (datetime(2026, 5, 4, 6, 0, tzinfo=BERLIN), datetime(2026, 5, 5, 6, tzinfo=BERLIN)),
        (datetime(2026, 5, 4, 23, 30, tzinfo=ZoneInfo("UTC")), datetime(2026, 5, 5, 6, tzinfo=BERLIN)),
        (datetime(2026, 3, 28, 12, tzinfo=BERLIN), datetime(2026, 3, 29, 6, tzinfo=BERLIN)),
    ],
    ids=["before six", "at six", "after midnight here", "the night of summer time"],
)
def test_the_days_mail_goes_out_from_six_local_time(now, due):
    assert digest.next_digest(now) == due


def test_the_hour_is_a_setting(settings):
    settings.MAIL_DIGEST_HOUR = 17
    assert digest.next_digest(datetime(2026, 5, 4, 12, tzinfo=BERLIN)) == datetime(
        2026, 5, 4, 17, tzinfo=BERLIN
    )


# Still theirs on the day of sending


def test_whose_mandate_ended_yesterday_gets_no_mail(wf1, gf_aplerbeck, deputy_aplerbeck):
    project = personas.handed_in(gf_aplerbeck, pillar_2="3000")
    OutboxMail.objects.all().delete()
    prefers(deputy_aplerbeck, MailFrequency.DAILY)
    funding.return_to_applicant(personas.application(project), reason="Bitte klären.", actor=wf1)
    yesterday = timezone.localdate() - timedelta(days=1)
    Mandate.objects.filter(district__code="APL").update(until=yesterday)
    # Another district's mandate is no reason to read about Aplerbeck.
    Mandate.objects.create(
        person=gf_aplerbeck.person,
        district=personas.district("HOE"),
        kind=Mandate.Kind.MANAGING_DIRECTOR,
        since=date(2020, 1, 1),
    )
    OutboxMail.objects.update(not_before=timezone.now())
    assert mail.send_queue() == (0, 0)
    assert set(OutboxMail.objects.values_list("state", flat=True)) == {State.SKIPPED}
    assert django_mail.outbox == []


def test_a_locked_account_and_one_out_of_the_group_get_no_mail(wf1, wf2):
    tell(wf1, wf2, group="Wirtschaftsförderung")
    User.objects.filter(pk=wf1.pk).update(is_active=False)
    wf2.groups.clear()
    assert mail.send_queue() == (0, 0)
    assert django_mail.outbox == []
    tell(User.objects.get(pk=wf1.pk), key="danach")
    assert OutboxMail.objects.count() == 2


def test_a_mail_follows_the_account_to_its_new_address(wf1):
    tell(wf1)
    change_address(wf1, "neu@example.org")
    mail.send_queue()
    assert django_mail.outbox[0].to == ["neu@example.org"]


def test_a_payment_reaches_the_districts_taking_part(wf1, wf2, gf_aplerbeck, gf_brackel):
    project = personas.handed_in(gf_aplerbeck, pillar_2="3000", further=["BRA"])
    application = personas.approve(personas.application(project))
    OutboxMail.objects.all().delete()
    called.pay(application, amount=Decimal(1200), actor=wf1)
    assert recipients("ausgezahlt") == ["gf.apl@example.org", "gf.bra@example.org"]
    row = worded(OutboxMail.objects.earliest("pk"))
    for text in (row.body, row.html):
        assert "1.200,00\N{NO-BREAK SPACE}€ ausgezahlt" in text
        assert "bewilligt sind 3.000,00\N{NO-BREAK SPACE}€" in text
    assert row.subject == f"Projekt {project.number}, Säule 2 {project.year}: ausgezahlt"


def test_a_notice_is_put_into_words_when_it_is_sent(wf1, gf_aplerbeck):
    """Its row is written with the step; nothing is worded while the project is locked."""
    application = personas.approve(personas.application(personas.handed_in(gf_aplerbeck, pillar_2="3000")))
    OutboxMail.objects.all().delete()
    called.pay(application, amount=Decimal(1200), actor=wf1)
    row = OutboxMail.objects.get(recipient=gf_aplerbeck.email)
    assert (row.body, row.html) == ("", "")
    mail.send_queue()
    [sent] = [message for message in django_mail.outbox if message.to == [gf_aplerbeck.email]]
    row.refresh_from_db()
    assert (row.body, "1.200,00" in sent.body) == (sent.body, True)


def test_a_notice_of_something_that_is_gone_is_not_sent(wf1, wf2, gf_aplerbeck):
    draft = personas.make_project(gf_aplerbeck)
    notify([wf1], template="comment", context={"project": draft}, subject="Kommentar", key="einer")
    prefers(wf2, MailFrequency.DAILY)
    notify([wf2], template="comment", context={"project": draft}, subject="Kommentar", key="anderer")
    draft.delete()
    OutboxMail.objects.update(not_before=timezone.now())
    assert mail.send_queue() == (0, 0)
    assert {row.state for row in OutboxMail.objects.all()} == {State.SKIPPED}


@pytest.mark.parametrize(
    ("audience", "code", "expected"),
    [
        (
            "shared",
            "",
            ["gf.bra@example.org", "vertretung.apl@example.org", "wf1@example.org", "wf2@example.org"],
        ),
        ("district", "APL", ["vertretung.apl@example.org"]),
    ],
)
def test_a_comment_reaches_those_who_may_read_it(
    wf1, wf2, gf_aplerbeck, gf_brackel, gf_hoerde, deputy_aplerbeck, auditor, audience, code, expected
):
    project = personas.handed_in(gf_aplerbeck, pillar_2="3000", further=["BRA"])
    prefers(wf1, MailFrequency.DAILY)
    OutboxMail.objects.all().delete()
    district = personas.district(code) if code else None
    comment = comments.write(
        project, actor=gf_aplerbeck, text="Bitte den Plan ansehen.", audience=audience, district=district
    )
    assert recipients() == expected
    for row in map(worded, OutboxMail.objects.all()):
        assert row.subject == f"Projekt {project.number}: neuer Kommentar"
        assert f"/projekte/{project.pk}/kommentare/" in row.body
        assert "Plan ansehen" not in row.body + row.html
        assert row.state == State.GATHERED
    comments.write(
        project, actor=gf_aplerbeck, text="Bitte den Plan ansehen.", audience=audience, district=district
    )
    assert recipients() == expected, "sent twice it is one comment"
    comments.take_back(comment, actor=gf_aplerbeck)
    assert recipients() == []


def test_comments_of_some_minutes_come_in_one_mail(wf1, wf2, gf_aplerbeck):
    prefers(wf1, MailFrequency.DAILY)
    project = personas.handed_in(gf_aplerbeck, pillar_2="3000")
    OutboxMail.objects.all().delete()
    for text in ("Erstens.", "Zweitens.", "Drittens."):
        comments.write(project, actor=gf_aplerbeck, text=text, audience="shared")
    assert mail.send_queue() == (0, 0), "they wait for more"
    of_wf2 = OutboxMail.objects.filter(user=wf2)
    assert {row.not_before - timezone.now() <= timedelta(minutes=10) for row in of_wf2} == {True}
    of_wf2.update(not_before=timezone.now())
    assert mail.send_queue() == (1, 0)
    [message] = django_mail.outbox
    assert (message.to, message.subject) == (
        ["wf2@example.org"],
        f"Projekt {project.number}: neuer Kommentar",
    )
    assert message.body.count("neuen Kommentar") == 3
    assert OutboxMail.objects.filter(user=wf1, state=State.GATHERED).count() == 3, (
        "the day's mail comes later"
    )


@pytest.mark.parametrize(
    ("now", "due"),
    [("09:00:00", "09:10"), ("09:09:59", "09:10"), ("09:10:00", "09:20"), ("23:55:30", "00:00")],
)
def test_comments_go_out_every_ten_minutes(now, due):
    at = datetime.fromisoformat(f"2026-03-14T{now}+00:00")
    assert f"{digest.next_round(at):%H:%M}" == due


def test_a_note_of_the_staff_stays_among_them(wf1, wf2, gf_aplerbeck):
    project = personas.handed_in(gf_aplerbeck, pillar_2="3000")
    prefers(wf2, MailFrequency.NEVER)
    OutboxMail.objects.all().delete()
    comments.write(project, actor=wf1, text="Nur für uns.", audience="staff")
    assert recipients() == []
    prefers(wf2, MailFrequency.AT_ONCE)
    comments.write(project, actor=wf1, text="Noch etwas.", audience="staff")
    assert recipients() == ["wf2@example.org"]
