"""What each letter tells each of its readers: subject, what happened, the next step, who takes it, until when."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from funding import services as funding
from funding.models import Application
from members.models import OutboxMail, User
from members.post.digest import gather
from projects import comments
from projects import services as projects
from projects.models import Project
from tests import called, personas
from tests.mailed import worded
from tests.personas import this_year, today

pytestmark = pytest.mark.django_db

PLACE = re.compile(r"https?://\S+")


def starts() -> date:
    return today() + timedelta(days=40)


def deadline() -> str:
    return f"Zeit ist bis zum Beginn des Projekts am {starts():%d.%m.%Y}."


@pytest.fixture(autouse=True)
def everybody(gf_aplerbeck, deputy_aplerbeck, gf_brackel, gf_hoerde, wf1, wf2, wf_with_mandate):
    """All who could hear of anything."""


def letters() -> dict[str, OutboxMail]:
    """The letters that wait, by the first part of the recipient's address; worded."""
    rows = OutboxMail.objects.select_related("user", "district").order_by("pk")
    return {row.recipient.removesuffix("@example.org"): worded(row) for row in rows}


def read(mail: OutboxMail) -> str:
    return " ".join(mail.body.replace("\N{NO-BREAK SPACE}", " ").split())


def next_step(mail: OutboxMail) -> str:
    """The paragraph of the next step; the same words in text and HTML."""
    [paragraph] = [part for part in mail.body.split("\n\n") if part.startswith("Nächster Schritt:")]
    told = paragraph.replace("\N{NO-BREAK SPACE}", " ").removeprefix("Nächster Schritt: ").split("\n")[0]
    html = " ".join(mail.html.replace("\N{NO-BREAK SPACE}", " ").split())
    assert f"<b>Nächster Schritt:</b> {told}</p>" in html
    return told


def starting(project: Project) -> Project:
    """The project, beginning on ``starts()``, even if that is in the next year."""
    Project.objects.filter(pk=project.pk).update(starts_on=starts(), ends_on=starts())
    return project


def shared(**more: object) -> Project:
    """Handed in by Aplerbeck, with 3,000 euro of pillar 2, 500 of its own and 300 of Brackel; Hörde takes part."""
    options = {"pillar_2": "3000", "shares": {"APL": "500", "BRA": "300"}, "further": ["HOE"]}
    project = starting(personas.handed_in(personas.gf_aplerbeck(), **{**options, **more}))
    OutboxMail.objects.all().delete()
    return project


def both() -> Application:
    """A grant of 6,000 euro that two people signed."""
    project = shared(pillar_2="6000")
    application = personas.approve(personas.application(project, "S2"))
    OutboxMail.objects.all().delete()
    return application


def lead_asked() -> str:
    return (
        "Bitte beantworten Sie die Rückfrage: Ändern oder ergänzen Sie das Projekt, und reichen Sie es erneut ein. "
        + deadline()
    )


def lead_is_asked() -> str:
    return (
        "Die Geschäftsführung Aplerbeck beantwortet die Rückfrage und reicht das Projekt erneut ein. "
        f"{deadline()} Für Sie ist dabei nichts zu tun."
    )


def test_a_return_asks_only_the_lead_to_change_and_hand_in():
    project = shared()
    funding.return_to_applicant(
        personas.application(project, "S2"), reason="Wer zahlt?", actor=personas.wf1()
    )
    found = letters()
    assert {name: next_step(mail) for name, mail in found.items()} == {
        "gf.apl": lead_asked(),
        "vertretung.apl": lead_asked(),
        "wf.mandat": lead_asked(),
        "gf.bra": lead_is_asked(),
        "gf.hoe": lead_is_asked(),
    }
    for mail in found.values():
        assert mail.subject == f"Projekt {project.number}, Säule 2 {this_year()}: mit Rückfrage zurückgegeben"
        assert (
            f"zum Antrag auf Säule 2 {this_year()} gibt es eine Rückfrage an die Geschäftsführung Aplerbeck:"
            in read(mail)
        )
        assert "Wer zahlt?" in read(mail)


def test_a_return_of_its_own_share_tells_a_further_district_what_comes_back(deputy_brackel):
    project = shared()
    funding.return_to_applicant(
        personas.application(project, "S1-BRA"), reason="Bitte weniger.", actor=personas.gf_brackel()
    )
    assert next_step(letters()["vertretung.bra"]) == (
        f"{lead_is_asked()} Ändert sich der Betrag aus Säule 1 Brackel {this_year()}, gilt Ihre Bestätigung nicht mehr und Sie "
        f"werden noch einmal gefragt; dann beschließt Ihr Lenkungsgremium."
    )
    assert next_step(letters()["gf.apl"]) == lead_asked()


@pytest.fixture
def deputy_brackel() -> User:
    deputy = personas._account("vertretung.bra", "Bo", "Brackeler")
    return personas._mandate(deputy, "BRA", "deputy")


def test_who_has_not_answered_is_reminded():
    project = shared(confirmed=False)
    funding.return_to_applicant(
        personas.application(project, "S2"), reason="Wer zahlt?", actor=personas.wf1()
    )
    answer = "Ihre Antwort fehlt noch: Bitte bestätigen Sie die Beteiligung, oder sagen Sie ab."
    assert {name for name, mail in letters().items() if answer in next_step(mail)} == {"gf.bra", "gf.hoe"}


def test_whoever_directs_lead_and_further_district_hears_what_the_lead_has_to_do(gf_aplerbeck):
    personas._mandate(gf_aplerbeck, "BRA", "deputy")
    project = shared()
    funding.return_to_applicant(
        personas.application(project, "S2"), reason="Wer zahlt?", actor=personas.wf1()
    )
    assert next_step(letters()["gf.apl"]) == lead_asked()


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (None, "Eine Frist gibt es nicht."),
        (0, "Das Projekt sollte am {day:%d.%m.%Y} beginnen: Es eilt."),
        (40, "Zeit ist bis zum Beginn des Projekts am {day:%d.%m.%Y}."),
    ],
)
def test_until_when(days, said):
    project = shared()
    starts_on = None if days is None else today() + timedelta(days=days)
    said = said.format(day=starts_on)
    Project.objects.filter(pk=project.pk).update(starts_on=starts_on, ends_on=starts_on)
    funding.return_to_applicant(
        personas.application(project, "S2"), reason="Wer zahlt?", actor=personas.wf1()
    )
    assert all(f"erneut ein. {said}" in next_step(mail) for mail in letters().values())


def while_open() -> str:
    return f"Das geht, solange das Haushaltsjahr {this_year()} offen ist."


def test_an_approval_says_how_the_money_comes_and_who_calls_it():
    project = shared(shares={}, further=["BRA"])
    personas.approve(personas.application(project, "S2"), 2500)
    found = letters()
    must = while_open().replace("geht", "muss geschehen")
    lead = f"Bitte passen Sie dafür Kosten oder andere Mittel an. {must}"
    assert "Die Finanzierung des Projekts ist noch offen." in next_step(found["gf.apl"])
    assert next_step(found["gf.apl"]).endswith(lead.replace("Bitte", "bitte"))
    assert next_step(found["gf.bra"]).endswith(f"der Plan aufgeht. {must} Für Sie ist dabei nichts zu tun.")
    assert (
        f"über den Antrag auf Säule 2 {this_year()} ist entschieden: bewilligt sind 2.500,00 € von beantragten 3.000,00 €."
        in read(found["gf.apl"])
    )
    assert "Entschieden hat Willi Förderung." in read(found["gf.apl"])


def test_a_full_approval_a_payment_and_the_last_one():
    project = shared(shares={}, further=["BRA"])
    application = personas.approve(personas.application(project, "S2"))
    assert "bewilligt sind 3.000,00 €, wie beantragt." in read(letters()["gf.apl"])
    writing = (
        "Die Wirtschaftsförderung schreibt die Zusage. Nimmt der Empfänger sie an, kann Geld abgerufen werden. "
        f"{while_open()} Für Sie ist dabei nichts zu tun."
    )
    assert (next_step(letters()["gf.apl"]), next_step(letters()["gf.bra"])) == (writing, writing)
    personas.accept(application)
    call = f"Noch ist nichts abgerufen. Bitte rufen Sie das Geld ab, wenn Sie es brauchen. {while_open()}"
    other = (
        "Noch ist nichts abgerufen. Die Geschäftsführung Aplerbeck ruft das Geld ab, wenn es gebraucht wird. "
        f"{while_open()} Für Sie ist dabei nichts zu tun."
    )
    assert (next_step(letters()["gf.apl"]), next_step(letters()["gf.bra"])) == (call, other)
    rest = f"Den Rest von 2.000,00 € rufen Sie bitte ab, wenn Sie ihn brauchen. {while_open()}"
    for amount, lead in ((1000, rest), (2000, "Bitte weisen Sie die Verwendung nach.")):
        OutboxMail.objects.all().delete()
        application = called.pay(application, amount=Decimal(amount), actor=personas.wf1())
        assert next_step(letters()["gf.apl"]) == lead
        assert f"aus Säule 2 {this_year()} wurden {amount // 1000}.000,00 € ausgezahlt" in read(
            letters()["gf.bra"]
        )


def test_a_reduction_compares_with_the_grant_before():
    application = both()
    personas.lessen(application, "reduce", to=5500, by=personas.wf1())
    OutboxMail.objects.all().delete()
    personas.lessen(application, "reduce", to=5000, by=personas.wf2())
    mail = letters()["gf.apl"]
    assert (
        f"die Bewilligung aus Säule 2 {this_year()} ist verringert: von 5.500,00 € auf 5.000,00 €."
        in read(mail)
    )
    assert "6.000" not in mail.body
    assert "Beantragt hat das Willi Förderung, zugestimmt hat Wanda Wirtschaft." in read(mail)
    assert mail.subject.endswith(f"Säule 2 {this_year()}: Bewilligung verringert")


def test_two_signatures_are_two_names_in_letter_page_history_and_print(client, gf_aplerbeck):
    project = shared(pillar_2="6000")
    application = personas.approve(personas.application(project, "S2"))
    names = "Wanda Wirtschaft (erste Unterschrift) und Willi Förderung (zweite Unterschrift)"
    assert f"Unterschrieben haben {names}." in read(letters()["gf.apl"])
    personas.lessen(application, "reduce", to=5500, by=personas.wf1())
    client.force_login(gf_aplerbeck)
    pages = (
        application.get_absolute_url(),
        reverse("projects:history", args=[project.pk]),
        reverse("funding:decision_sheet", args=[application.pk]),
    )
    for address in pages:
        shown = " ".join(client.get(address).content.decode().replace("\N{NO-BREAK SPACE}", " ").split())
        assert f"durch {names}" in shown or f"<td> {names}" in shown, address
        assert "von 6.000,00 € auf 5.500,00 €" in shown, address
        assert "beantragt von Wanda Wirtschaft" in shown, address
        assert not re.search(r"(Förderung|Unterschrift\)|€) [,.]", shown), address


def test_a_rejection_and_a_revocation_say_what_was_lost_and_what_comes_back():
    project = shared(shares={}, further=["BRA"])
    application = personas.application(project, "S2")
    funding.reject(application, reason="Kein Geld.", actor=personas.wf1())
    assert (
        f"über den Antrag auf Säule 2 {this_year()} ist entschieden: Die beantragten 3.000,00 € sind abgelehnt."
        in read(letters()["gf.bra"])
    )
    assert (
        next_step(letters()["gf.apl"])
        == "Nichts mehr zu tun. Sie können das Projekt ändern und neu einreichen."
    )
    assert next_step(letters()["gf.bra"]) == (
        "Nichts mehr zu tun. Die Geschäftsführung Aplerbeck kann das Projekt ändern und neu einreichen."
    )


def test_after_a_revocation_what_was_paid_comes_back():
    application = personas.approve(personas.application(shared(shares={}, further=["BRA"]), "S2"))
    called.pay(application, amount=Decimal(1200), actor=personas.wf1())
    OutboxMail.objects.all().delete()
    personas.lessen(application, "revoke", by=personas.wf1())
    back = "1.200,00 € zurück; die Wirtschaftsförderung bucht die Rückzahlung."
    assert f"die Bewilligung von 3.000,00 € aus Säule 2 {this_year()} ist widerrufen." in read(
        letters()["gf.apl"]
    )
    assert next_step(letters()["gf.apl"]) == f"Bitte zahlen Sie {back}"
    assert next_step(letters()["gf.bra"]) == (
        f"Die Geschäftsführung Aplerbeck zahlt {back} Für Sie ist dabei nichts zu tun."
    )


def test_staff_hear_what_is_missing_before_they_can_decide(client, gf_aplerbeck):
    project = starting(
        personas.handed_in(personas.gf_aplerbeck(), pillar_2="3000", further=["BRA"], confirmed=False)
    )
    missing = (
        "Die Bestätigung von Brackel fehlt. Die Geschäftsführung dort bestätigt auf der Projektseite. "
        "Danach kann entschieden werden."
    )
    assert next_step(letters()["wf1"]) == f"{missing} {deadline()}"
    client.force_login(gf_aplerbeck)
    page = client.get(project.get_absolute_url()).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert missing in " ".join(page.split())
    # Asked of one thing, nobody reads that there is nothing to do.
    OutboxMail.objects.all().delete()
    funding.return_to_applicant(personas.application(project), reason="Wer zahlt?", actor=personas.wf1())
    told = next_step(letters()["gf.bra"])
    assert (
        told.endswith("Bitte bestätigen Sie die Beteiligung, oder sagen Sie ab.")
        and "nichts zu tun" not in told
    )


def test_staff_hear_what_they_can_do():
    project = starting(personas.handed_in(personas.gf_aplerbeck(), pillar_2="6000"))
    found = letters()
    assert set(found) == {"wf1", "wf2"}
    asked = f"prüft den Antrag und entscheidet. Bitte prüfen Sie ihn, oder jemand anderes aus der Wirtschaftsförderung. {deadline()}"
    assert next_step(found["wf1"]).endswith(asked)
    assert found["wf1"].subject == f"Projekt {project.number}, Säule 2 {this_year()}: eingereicht"
    OutboxMail.objects.all().delete()
    application = funding.sign(personas.application(project), amount=Decimal(6000), actor=personas.wf1())
    found = letters()
    assert set(found) == {"wf2"}
    assert next_step(found["wf2"]) == (
        "Eine zweite Person der Wirtschaftsförderung prüft den Antrag und zeichnet mit. Bitte prüfen Sie ihn, oder jemand "
        f"anderes aus der Wirtschaftsförderung. {deadline()}"
    )
    assert (
        found["wf2"].subject == f"Projekt {project.number}, Säule 2 {this_year()}: zweite Unterschrift nötig"
    )
    OutboxMail.objects.all().delete()
    funding.retract_signature(application, actor=personas.wf1(), reason="Zu früh.")
    assert "6.000,00 € sind wieder frei" in read(letters()["wf2"])
    assert next_step(letters()["wf2"]).endswith(asked)


def test_who_may_no_longer_act_when_the_letter_goes_out_reads_why(wf2):
    application = both()
    funding.request_change(
        application, what="reduce", to=Decimal(5000), reason="Genug.", actor=personas.wf1()
    )
    personas.handed_in(personas.gf_aplerbeck(), pillar_2="3000")
    personas._mandate(wf2, "APL", "deputy")
    told = [next_step(worded(row)) for row in OutboxMail.objects.filter(recipient=wf2.email)]
    assert len(told) == 2
    for step in told:
        assert "Sie haben ein Mandat in Aplerbeck" in step
        assert "Bitte prüfen Sie" not in step
        assert "Bitte stimmen Sie zu" not in step


def test_a_change_of_a_grant_names_who_may_agree_and_what_stays():
    application = both()
    change = funding.request_change(
        application, what="reduce", to=Decimal(5000), reason="Weniger genügt.", actor=personas.wf1()
    )
    found = letters()
    assert set(found) == {"wf2"}
    assert next_step(found["wf2"]) == (
        "Bitte stimmen Sie zu oder lehnen Sie ab, oder jemand anderes aus der Wirtschaftsförderung. Vorher wird nichts "
        "gebucht."
    )
    assert found["wf2"].subject.endswith(
        f"Säule 2 {this_year()}: Bewilligung verringern, zweite Person nötig"
    )
    funding.refuse_change(change, reason="Wird gebraucht.", actor=personas.wf2())
    refused = letters()["wf1"]
    assert (
        "von 6.000,00 € auf 5.000,00 €. Willi Förderung hat das abgelehnt; es bleibt bei 6.000,00 €."
        in read(refused)
    )
    assert (
        next_step(refused)
        == "Nichts mehr zu tun. Sie können die Änderung mit einer anderen Begründung neu beantragen."
    )


def test_handing_in_tells_a_further_district_what_it_has_to_do(gf_aplerbeck):
    starting(
        personas.handed_in(
            gf_aplerbeck, shares={"APL": "500", "BRA": "300"}, further=["HOE"], confirmed=False
        )
    )
    found = letters()
    assert set(found) == {"gf.bra", "gf.hoe"}
    answer = "Bitte bestätigen Sie die Beteiligung, oder sagen Sie ab."
    assert next_step(found["gf.bra"]) == (
        "Ihr Lenkungsgremium beschließt; Sie erfassen den Beschluss beim Antrag. "
        f"{deadline()} Ihre Antwort fehlt noch: {answer}"
    )
    assert answer.replace("Bitte", "und") not in next_step(found["gf.bra"])
    assert next_step(found["gf.hoe"]).startswith(
        "Bitte lesen Sie den Plan und bestätigen Sie die Beteiligung"
    )
    assert found["gf.bra"].subject.endswith(
        f"Säule 1 Brackel {this_year()}: Beschluss Ihres Lenkungsgremiums nötig"
    )


@pytest.mark.parametrize(
    ("handed_in", "said"), [(False, "Bitte ändern Sie den Plan"), (True, "Der Plan bleibt, wie er ist")]
)
def test_a_refusal_says_what_the_lead_can_do_now(handed_in, said):
    make = personas.handed_in if handed_in else personas.make_project
    project = make(personas.gf_aplerbeck(), pillar_2="3000", further=["BRA"], confirmed=False)
    OutboxMail.objects.all().delete()
    projects.decline_participation(
        project, district=personas.district("BRA"), reason="Keine Kraft.", actor=personas.gf_brackel()
    )
    assert next_step(letters()["gf.apl"]).startswith(said)


def test_one_project_and_three_pots_make_three_subjects():
    project = shared()
    for code in ("S2", "S1-APL", "S1-BRA"):
        personas.approve(personas.application(project, code))
    subjects = OutboxMail.objects.filter(recipient="vertretung.apl@example.org").values_list(
        "subject", flat=True
    )
    assert sorted(subjects) == [
        f"Projekt {project.number}, Säule 1 Aplerbeck {this_year()}: bewilligt",
        f"Projekt {project.number}, Säule 1 Brackel {this_year()}: bewilligt",
        f"Projekt {project.number}, Säule 2 {this_year()}: bewilligt",
    ]


def test_a_long_source_leaves_room_for_what_happened(wf1):
    personas.open_year()
    funding.open_pot(this_year(), code="SPENDE", source="Sparkasse " * 15, amount=Decimal(9000), actor=wf1)
    project = shared(pillar_2=None, shares={}, special={"SPENDE": "400"})
    funding.return_to_applicant(personas.application(project), reason="Wofür?", actor=wf1)
    subject = letters()["gf.apl"].subject
    assert subject.endswith("…: mit Rückfrage zurückgegeben")
    assert len(subject) < 140


# All of them

LEAD, FURTHER, STAFF, DIRECTORS = "lead district", "further district", "Wirtschaftsförderung", "all districts"
OWNER, NEW, FORMER, SECOND = "owner", "new address", "former address", "administration"
RECIPIENT = "who gets the money"
#: Each letter: who gets it. Deputies get what their district's directors get.
READERS = {
    "returned": (LEAD, FURTHER),
    "decided": (LEAD, FURTHER),
    "paid": (LEAD, FURTHER),
    "taking_part": (FURTHER,),
    "declined": (LEAD,),
    "comment": (LEAD, FURTHER, STAFF),
    "handed_in": (STAFF,),
    "second_signature": (STAFF,),
    "signature_retracted": (STAFF,),
    "grant_change": (STAFF,),
    "grant_change_refused": (STAFF,),
    "call_step": (LEAD, STAFF),
    "instalment_plan": (LEAD, STAFF),
    "payee_account": (STAFF,),
    "payee_account_decided": (LEAD, STAFF),
    "payee_account_changed": (FURTHER,),
    "transfer": (DIRECTORS, STAFF),
    "special_pot": (DIRECTORS, STAFF),
    "fiscal_year": (DIRECTORS, STAFF),
    "invitation": (OWNER,),
    "password_link": (OWNER,),
    "address_asked": (FORMER,),
    "address_changed": (FORMER,),
    "address_corrected": (FORMER,),
    "address_confirm": (NEW,),
    "address_release": (SECOND,),
    "letter_link": (RECIPIENT,),
    "letter_answered": (LEAD, FURTHER, STAFF),
    "claim_due": (LEAD, STAFF),
    "proof_due": (LEAD,),
    "proof_step": (LEAD, STAFF),
    "proof_extension": (LEAD, STAFF),
    "year_closing": (STAFF,),
    "year_reminder": (LEAD,),
    "change_step": (LEAD, STAFF),
    "deletion": (STAFF,),
}
#: Letters with a link say what to do with their link, and how long it works.
WITH_A_LINK = {OWNER, NEW, FORMER, SECOND, RECIPIENT}
EMAIL = Path(__file__).parent.parent / "templates/email"


def test_every_letter_has_its_readers_and_says_the_next_step():
    """A letter that is added belongs into the table above, and each reader's sentence into a test."""
    names = {path.stem for path in EMAIL.glob("*.txt") if not path.name.startswith("_")} - {"letter"}
    assert names == set(READERS)
    for name, readers in READERS.items():
        for text in (EMAIL / f"{name}.txt", EMAIL / f"{name}.html"):
            said = "Nächster Schritt:" in text.read_text()
            assert said != bool(WITH_A_LINK & set(readers)), text.name


# What the administration reads of it

CONFIDENTIAL = ("APL", "Säule", "Geheimes")


def everything_told() -> list[Callable[[Project], object]]:
    application = personas.application
    return [
        lambda p: comments.write(
            p, actor=personas.gf_aplerbeck(), text="Hallo", audience="shared", district=None
        ),
        lambda p: funding.return_to_applicant(application(p, "S2"), reason="Wer?", actor=personas.wf1()),
        lambda p: funding.submit(p, actor=personas.gf_aplerbeck()),
        lambda p: funding.sign(application(p, "S2"), amount=Decimal(6000), actor=personas.wf1()),
        lambda p: funding.retract_signature(application(p, "S2"), actor=personas.wf1()),
        lambda p: funding.reject(application(p, "S2"), reason="Kein Geld.", actor=personas.wf1()),
    ]


def test_the_outbox_names_no_project_that_is_not_published(client, admin_verein, superuser):
    project = personas.handed_in(
        personas.gf_aplerbeck(), pillar_2="6000", title="Geheimes Fest", special_importance="Modellhaft."
    )
    for tell in everything_told():
        tell(project)
    assert not Project.objects.get(pk=project.pk).published_on
    rows = list(OutboxMail.objects.all())
    assert len({row.subject for row in rows}) >= 6
    changelist = reverse("admin:members_outboxmail_changelist")
    failed = rows[0]
    OutboxMail.objects.filter(pk=failed.pk).update(state="failed")
    for reader in (admin_verein, superuser):
        client.force_login(reader)
        client.post(changelist, {"action": "tick_off", "_selected_action": [failed.pk]})
        addresses = [
            changelist,
            reverse("admin:index"),
            *(
                reverse(f"admin:members_outboxmail_{name}", args=[failed.pk])
                for name in ("change", "history")
            ),
        ]
        for address in addresses:
            # Tokens by chance are made of any letters.
            shown = re.sub(r'"[\w-]{20,}"', "", client.get(address).content.decode())
            assert not [word for word in CONFIDENTIAL if word in shown], address
        assert "neuer Kommentar" in client.get(changelist).content.decode()
        assert client.get(changelist, {"q": project.number}).context["cl"].result_count == 0
        for lookup in ("subject__contains", "about__project__key"):
            assert client.get(changelist, {lookup: project.number}).status_code in (302, 400)


def test_the_digest_of_one_notice_hides_its_subject_as_well(settings):
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    User.objects.update(mail_frequency="daily")
    project = personas.handed_in(personas.gf_aplerbeck(), pillar_2="6000")
    OutboxMail.objects.update(not_before=timezone.now())
    gather()
    [row] = OutboxMail.objects.filter(recipient="wf1@example.org", state="waiting")
    assert project.number in row.subject
    assert row.occasion == "Antrag: eingereicht"


def test_deleting_counts_projects_and_does_not_name_them(client, admin_verein, gf_aplerbeck):
    project = personas.make_project(gf_aplerbeck, title="Geheimes Fest")
    client.force_login(admin_verein)
    address = reverse("admin:members_organisation_delete", args=[project.organiser_id])
    shown = client.get(address).content.decode()
    assert "kann nicht gelöscht werden, denn darauf" in shown
    assert "Projekt (1)" in shown
    assert "Geheimes" not in shown


def test_a_report_of_what_broke_off_names_no_project(capsys, settings, gf_aplerbeck):
    settings.MAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    project = personas.handed_in(gf_aplerbeck, pillar_2="6000")
    OutboxMail.objects.update(state="sending", claimed_at=timezone.now() - timedelta(hours=2))
    with pytest.raises(CommandError):
        call_command("send_mail_queue")
    told = capsys.readouterr().out
    assert "„Antrag: eingereicht“" in told
    assert project.number not in told


def test_what_nobody_argued_is_no_reason_in_the_letter():
    application = personas.application(shared(pillar_2=None, shares={"APL": "500"}, further=[]))
    lost = personas.resolution("APL", "500", yes=1, no=5)
    funding.approve(application, amount=Decimal(500), resolution=lost, actor=personas.director("APL"))
    mail = letters()["vertretung.apl"]
    for text in (read(mail), mail.html):
        assert "Ohne Mehrheit: 1 Ja, 5 Nein" in text.replace("\N{NO-BREAK SPACE}", " ")
        assert "Begründung" not in text


def test_who_takes_part_after_all_is_not_reported_as_having_declined():
    project = shared(pillar_2=None, confirmed=False)
    [brackel, _] = project.participations.order_by("district__name")
    director = personas.director("BRA")
    projects.decline_participation(project, district=brackel.district, reason="Kein Geld.", actor=director)
    assert OutboxMail.objects.filter(template="declined").exists()
    projects.confirm_participation(project, district=brackel.district, actor=director)
    assert not OutboxMail.objects.filter(template="declined").exists()
