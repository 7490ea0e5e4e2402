"""The main job as people click it: a project is entered, decided on and published; every detour they may take."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, Request, expect

from funding.models import Application, Decision, FiscalYear, LedgerEntry, Step
from members.models import User
from projects.models import Project
from tests import personas

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OpenPage = Callable[..., Page]


def click(page: Page, name: str, role: Any = "button") -> None:
    page.get_by_role(role, name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()


def row(page: Page, legend: str, number: int) -> Locator:
    """The n-th visible line of the plan, counted from 1."""
    return page.get_by_role("group", name=legend).nth(number - 1)


def cost(page: Page, number: int, label: str, amount: str) -> None:
    line = row(page, "Kostenposition", number)
    line.get_by_label("Wofür").fill(label)
    line.get_by_label("Betrag").fill(amount)


def says(page: Page, sentence: str) -> None:
    expect(page.locator("main")).to_contain_text(sentence)


def describe(page: Page, title: str) -> None:
    """Everything but the organiser and the money."""
    year = personas.this_year()
    page.get_by_label("Titel").fill(title)
    page.get_by_label("Kurzbeschreibung").fill("Die Fassaden am Markt leuchten an drei Abenden.")
    page.get_by_label("Ziele").fill("Mehr Menschen bleiben abends im Ortskern.")
    page.get_by_label("Beitrag zur Wertschöpfung").fill("Läden und Gaststätten öffnen länger.")
    page.get_by_label("Handlungsschwerpunkt", exact=True).select_option(label="Feste und Märkte")
    page.get_by_label("Beginn", exact=True).fill(f"{year}-12-28")
    page.get_by_label("Ende", exact=True).fill(f"{year}-12-30")
    page.get_by_label("Ort", exact=True).fill("Marktplatz")
    page.get_by_label("Wer führt das Projekt durch?").select_option(label="Förderung eines Dritten")


def hand_in(page: Page, button: str = "Verbindlich einreichen") -> None:
    click(page, "Prüfen und einreichen")
    click(page, button)


def record_resolution(page: Page, yes: int, no: int = 0) -> None:
    page.get_by_label("Datum der Sitzung").fill(timezone.localdate().isoformat())
    votes = page.get_by_role("group", name="Stimmen")
    votes.get_by_label("Ja").fill(str(yes))
    votes.get_by_label("Nein").fill(str(no))
    click(page, "Beschluss erfassen und bewilligen")


def free(page: Page, heading: str) -> Locator:
    """What a pot's card says is free."""
    card = page.locator("section.pot", has=page.get_by_role("heading", name=heading))
    return card.locator(".free")


def section(page: Page, heading: str) -> Locator:
    return page.locator("section", has=page.get_by_role("heading", name=heading, exact=True))


def open_disclosure(page: Page, summary: str) -> Locator:
    page.locator("details > summary", has_text=summary).click()
    return page.locator("details", has=page.locator("summary", has_text=summary))


def applied(title: str, amount: str, code: str = "APL") -> Application:
    """An application on the pool, handed in by the district's director."""
    made = personas.handed_in(personas.director(code), title=title, pillar_2=amount)
    return personas.application(made, "S2")


def books_agree() -> None:
    call_command("verify_ledger")


def commitments(pot_code: str) -> list[Decimal]:
    entries = LedgerEntry.objects.filter(pot__code=pot_code, kind="commit")
    return list(entries.order_by("pk").values_list("amount", flat=True))


def test_a_project_from_its_first_line_to_the_public(open_page: OpenPage) -> None:
    personas.open_year()
    personas.steering_body("APL")
    year = personas.this_year()
    director, wf1, wf2 = personas.gf_aplerbeck(), personas.wf1(), personas.wf2()

    # The director signs in with e-mail and password and finds the way to a new project.
    page = open_page()
    page.goto("/")
    click(page, "Anmelden", "link")
    page.get_by_label("E-Mail").fill(director.email)
    page.get_by_label("Passwort").fill(personas.PASSWORD)
    click(page, "Anmelden")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Aplerbeck {year}")
    expect(free(page, "eigener Topf")).to_have_text("12.000,00 € frei von 12.000,00 €")
    follow(page, "Neues Projekt")

    # Amounts as people write them; the difference follows every key.
    balance = page.get_by_role("group", name="Kosten- und Finanzierungsplan")
    expect(balance).to_contain_text("Noch keine Beträge")
    describe(page, "Marktleuchten")
    first = row(page, "Kostenposition", 1)
    first.get_by_label("Wofür").fill("Bühne")
    first.get_by_label("Betrag").press_sequentially("1.234,5")
    expect(balance).to_contain_text("Es fehlen noch 1.234,50 €")
    cost(page, 2, "Lichttechnik", "12 000 €")
    expect(balance).to_contain_text("Kosten 13.234,50 €")
    click(page, "Kostenposition hinzufügen")
    expect(page.get_by_role("group", name="Kostenposition")).to_have_count(3)
    cost(page, 3, "Werbung", "765.5")
    expect(balance).to_contain_text("Kosten 14.000,00 €")
    asked = page.locator(".pot-field", has=page.get_by_label("Säule 1", exact=True))
    expect(asked).to_contain_text("noch frei: 12.000,00 €")
    page.get_by_label("Säule 1", exact=True).fill("2000")
    pool = page.locator(".pot-field", has=page.get_by_label("Säule 2"))
    expect(pool).to_contain_text("noch frei: 80.000,00 €")
    page.get_by_label("Säule 2").fill("9.000,00 Euro")
    other = row(page, "Finanzierungsposition", 1)
    other.get_by_label("Von wem").fill("Sparkasse")
    other.get_by_label("Stand").select_option(label="zugesagt")
    other.get_by_label("Betrag").fill("4.000")
    expect(balance).to_contain_text("Finanzierung liegt 1.000,00 € über den Kosten")
    other.get_by_label("Betrag").fill("3.000")
    expect(balance).to_contain_text("Plan geht auf")

    # A draft saves with anything missing; after saving, the server says the same as the script did.
    click(page, "Entwurf speichern")
    says(page, "Gespeichert.")
    expect(row(page, "Kostenposition", 2).get_by_label("Betrag")).to_have_value("12.000,00")
    expect(balance).to_contain_text("Plan geht auf")

    # What is missing stands at its field.
    click(page, "Prüfen und einreichen")
    says(page, "Zum Einreichen fehlen noch Angaben.")
    organiser = page.locator("#div_id_organiser_name")
    expect(organiser).to_contain_text("Bitte den Veranstalter eintragen: Er führt das Projekt durch")
    importance = page.locator("#div_id_special_importance")
    expect(importance).to_contain_text("besondere Bedeutung begründen")
    page.get_by_label("Veranstalter").fill("Gewerbeverein Musterviertel")
    page.get_by_label("Besondere Bedeutung").fill("Modellhaft für alle Stadtbezirke.")
    click(page, "Prüfen und einreichen")
    says(page, "Bitte noch einmal ansehen.")
    click(page, "Verbindlich einreichen")
    says(page, f"Eingereicht als {year}-APL-001.")
    number = f"{year}-APL-001"
    expect(page).to_have_url(re.compile(f"/projekte/{number}/$"))
    public = open_page()
    answer = public.goto(f"/projekte/{number}/")
    assert answer is not None and answer.status == 404

    # The Lenkungsgremium's resolution: the own pot falls.
    section(page, "Förderung").get_by_role("link", name="Säule 1 Aplerbeck").click()
    record_resolution(page, yes=7, no=2)
    says(
        page,
        f"Bewilligt: 2.000,00 €. In Säule 1 Aplerbeck {timezone.localdate().year} sind noch 10.000,00 € frei.",
    )
    says(page, "7 Ja, 2 Nein")
    follow(page, "StadtbezirksMarketing Dortmund")
    expect(free(page, "eigener Topf")).to_have_text("10.000,00 € frei von 12.000,00 €")

    # The Wirtschaftsförderung asks back.
    one = open_page(wf1)
    one.goto("/")
    follow(one, "Marktleuchten")
    form = open_disclosure(one, "Mit Rückfrage zurückgeben")
    form.get_by_label("Begründung").fill("Geht es auch mit weniger Technik?")
    click(one, "Zurückgeben")
    says(one, "Zurückgegeben an die Geschäftsführung Aplerbeck.")

    # The director reads the question, changes the plan and hands in again.
    page.reload()
    follow(page, "bitte überarbeiten")
    says(page, f"Säule 2 {timezone.localdate().year}: „Geht es auch mit weniger Technik?“")
    follow(page, "Überarbeiten")
    # What is decided stays as it is.
    expect(page.get_by_label("Säule 1", exact=True)).to_be_disabled()
    row(page, "Kostenposition", 2).get_by_label("Betrag").fill("11.000")
    page.get_by_label("Säule 2").fill("8.000")
    expect(balance).to_contain_text("Plan geht auf")
    hand_in(page, "Erneut einreichen")
    says(page, f"Eingereicht als {number}.")

    # First signature; the same person cannot give the second.
    one.goto(reverse("funding:applications"))
    follow(one, "Marktleuchten")
    says(one, "danach frei")
    click(one, "Erste Unterschrift leisten")
    says(one, "Erste Unterschrift geleistet, 8.000,00 € sind vorgemerkt.")
    expect(one.get_by_role("button", name="Zweite Unterschrift leisten und bewilligen")).to_have_count(0)
    one.goto("/")
    expect(section(one, "Wartet auf Ihre zweite Unterschrift")).to_contain_text(
        "Keine zweite Unterschrift wartet auf Sie."
    )

    # Second signature; the pool falls by exactly that amount.
    two = open_page(wf2)
    two.goto("/")
    section(two, "Wartet auf Ihre zweite Unterschrift").get_by_role("link", name="Marktleuchten").click()
    click(two, "Zweite Unterschrift leisten und bewilligen")
    says(two, f"Bewilligt: 8.000,00 €. In Säule 2 {timezone.localdate().year} sind noch 72.000,00 € frei.")
    two.goto(reverse("funding:pots"))
    expect(free(two, "Säule 2")).to_have_text("72.000,00 € frei von 80.000,00 €")
    assert personas.pot("S2").committed == Decimal("8000")
    assert personas.pot("S1-APL").committed == Decimal("2000")

    # Everybody sees the project, and what it was granted; nobody sees its plan.
    public.goto("/")
    follow(public, "Marktleuchten")
    says(public, "10.000,00 €")
    expect(public.locator("main")).not_to_contain_text("Lichttechnik")
    books_agree()


def test_a_rejection_and_its_reason(open_page: OpenPage) -> None:
    application = applied("Feuerwerk", "3000")
    page = open_page(personas.wf1())
    page.goto(application.get_absolute_url())
    form = open_disclosure(page, "Ablehnen")
    # Without a reason there is no rejection, and the sentence stands at the field.
    click(page, "Antrag ablehnen")
    expect(form).to_contain_text("Bitte eine Begründung eintragen.")
    form.get_by_label("Begründung").fill("Feuerwerk fördern wir nicht; Licht gern.")
    click(page, "Antrag ablehnen")
    says(page, f"Abgelehnt. In Säule 2 {timezone.localdate().year} sind noch 80.000,00 € frei.")

    director = open_page(personas.gf_aplerbeck())
    director.goto(application.project.get_absolute_url())
    says(director, "Begründung: Feuerwerk fördern wir nicht; Licht gern.")
    expect(director.locator(".badge", has_text="abgelehnt").first).to_be_visible()
    books_agree()


def test_more_than_is_left(open_page: OpenPage) -> None:
    """The page was open when somebody else approved: a sentence with the remainder, and the way on."""
    late = applied("Lichterweg", "9000")
    page = open_page(personas.wf1())
    page.goto(late.get_absolute_url())
    says(page, "80.000,00 €")
    personas.approve(applied("Großes Stadtfest", "76000", "HOE"))

    click(page, "Erste Unterschrift leisten")
    says(page, f"4.000,00 € sind noch frei (Säule 2 {timezone.localdate().year}), gefragt waren 9.000,00 €.")
    expect(page.get_by_role("textbox", name="Betrag")).to_have_value("9.000,00")
    click(page, "4.000,00 € einsetzen")
    expect(page.get_by_role("textbox", name="Betrag")).to_have_value("4.000,00")
    assert commitments("S2") == [Decimal("76000")]

    # Less than asked for needs a reason; the page with the remainder says so already.
    says(page, "Sie bewilligen weniger als beantragt. Bitte begründen Sie das")
    section(page, "Bewilligen").get_by_label("Begründung").fill("Mehr ist in diesem Jahr nicht mehr im Topf.")
    click(page, "Bewilligen")
    says(page, f"Bewilligt: 4.000,00 €. In Säule 2 {timezone.localdate().year} sind noch 0,00 € frei.")
    assert commitments("S2") == [Decimal("76000"), Decimal("4000")]
    books_agree()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_double_click_books_once(open_page: OpenPage, script: bool) -> None:
    application = applied("Lesefest", "3000")
    page = open_page(personas.wf1(), java_script_enabled=script)
    page.goto(application.get_absolute_url())
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.get_by_role("button", name="Bewilligen", exact=True).dblclick()
    expect(page.locator("main")).to_contain_text("77.000,00 € frei")
    if script:
        assert len(sent) == 1, "the second click found the form sent"
        says(page, "Bewilligt: 3.000,00 €.")
    # Which of two clicks the server hears first, and whose answer the browser shows, is chance without a script.
    # What one more of the same form gets is not.
    again = page.request.post(
        sent[0].url,
        data=sent[0].post_data_buffer,
        headers={"Content-Type": sent[0].headers["content-type"]},
    )
    assert again.ok
    assert "Dieses Formular war schon angekommen" in again.text()
    assert commitments("S2") == [Decimal("3000")]
    assert Decision.objects.filter(application=application, step=Step.APPROVE).count() == 1
    books_agree()


def test_after_the_preview_in_its_own_tab_the_form_still_decides(open_page: OpenPage) -> None:
    page = open_page(personas.wf1())
    page.goto(applied("Lesefest", "3000").get_absolute_url())
    with page.expect_popup():
        page.get_by_role("button", name="Schreiben ansehen").click()
    click(page, "Bewilligen")
    says(page, "Bewilligt: 3.000,00 €.")
    assert commitments("S2") == [Decimal("3000")]


def test_going_back_and_sending_again_books_once(open_page: OpenPage) -> None:
    project = personas.make_project(personas.gf_aplerbeck(), title="Lesefest", pillar_2="4000")
    personas.open_year()

    # Back to the page that handed in: it says so, and there is nothing to press.
    director = open_page(personas.gf_aplerbeck())
    director.goto(project.get_absolute_url())
    follow(director, "Einreichen …")
    click(director, "Verbindlich einreichen")
    says(director, "Eingereicht als")
    director.go_back()
    expect(director.get_by_role("heading", level=1)).to_have_text("Lesefest")
    expect(director.get_by_role("button", name="Verbindlich einreichen")).to_have_count(0)
    application = personas.application(project)

    # The form was open in a second tab all the time.
    page, other_tab = open_page(personas.wf1()), open_page(personas.wf1())
    page.goto(reverse("funding:applications"))
    follow(page, "Lesefest")
    other_tab.goto(application.get_absolute_url())
    with page.expect_request(lambda request: request.method == "POST") as sent:
        click(page, "Bewilligen")
    says(page, "Bewilligt: 4.000,00 €.")
    click(other_tab, "Bewilligen")
    says(other_tab, "Nicht gebucht.")

    # The same form once more, as a browser repeats it on request.
    answer = page.request.post(
        sent.value.url,
        data=sent.value.post_data_buffer,
        headers={"Content-Type": sent.value.headers["content-type"]},
    )
    assert "Dieses Formular war schon angekommen" in answer.text()
    page.go_back()
    page.go_forward()
    expect(page.get_by_role("button", name="Bewilligen", exact=True)).to_have_count(0)
    assert commitments("S2") == [Decimal("4000")]
    assert personas.pot("S2").available == Decimal("76000")
    assert Decision.objects.filter(application=application).count() == 2
    books_agree()


def test_a_joint_project_waits_for_every_district(open_page: OpenPage) -> None:
    for code in ("APL", "BRA"):
        personas.steering_body(code)
    project = personas.handed_in(
        personas.gf_aplerbeck(),
        title="Radweg der Künste",
        shares={"APL": "1500", "BRA": "800"},
        further=["BRA"],
        confirmed=False,
    )

    # The further district's director reads the plan and confirms.
    brackel = open_page(personas.gf_brackel())
    brackel.goto("/")
    follow(brackel, "Beteiligung bestätigen")
    says(brackel, "mit 800,00 € aus Säule 1")
    click(brackel, "Beteiligung bestätigen")
    says(brackel, "Brackel macht mit.")

    aplerbeck = open_page(personas.gf_aplerbeck())
    aplerbeck.goto("/")
    follow(aplerbeck, "Beschluss erfassen")
    record_resolution(aplerbeck, yes=9)
    says(aplerbeck, "Bewilligt: 1.500,00 €.")
    aplerbeck.goto(project.get_absolute_url())
    expect(aplerbeck.locator(".badges")).to_contain_text("Finanzierung offen")

    brackel.goto("/")
    follow(brackel, "Beschluss erfassen")
    record_resolution(brackel, yes=5, no=1)
    says(brackel, "Bewilligt: 800,00 €.")
    aplerbeck.reload()
    expect(aplerbeck.locator(".badges")).to_contain_text("bewilligt")
    assert personas.pot("S1-APL").committed == Decimal("1500")
    assert personas.pot("S1-BRA").committed == Decimal("800")
    books_agree()


def test_a_year_is_opened_after_seeing_what_it_creates(open_page: OpenPage) -> None:
    year = personas.this_year()
    page = open_page(personas.wf1())
    page.goto("/")
    follow(page, "Haushaltsjahr öffnen")
    follow(page, f"Haushaltsjahr {year} vorbereiten")
    table = page.get_by_role("table")
    expect(table).to_contain_text("Säule 1 Aplerbeck")
    expect(table).to_contain_text("80.000,00 €")
    expect(table.locator("tfoot")).to_contain_text("14 Töpfe")
    expect(table.locator("tfoot")).to_contain_text("240.000,00 €")
    assert not FiscalYear.objects.exists()
    page.get_by_role("button", name=f"Jahr {year} öffnen").dblclick()
    says(page, "Geöffnet am")
    page.goto(reverse("funding:pots"))
    says(page, "sind 240.000,00 € frei von 240.000,00 €.")
    assert FiscalYear.objects.get().pots.count() == 14
    books_agree()


def test_entering_and_approving_without_javascript(open_page: OpenPage) -> None:
    personas.open_year()
    personas.steering_body("APL")
    page = open_page(personas.gf_aplerbeck(), java_script_enabled=False)
    page.goto(reverse("projects:create"))
    describe(page, "Winterlesen")
    cost(page, 1, "Miete", "1.234,5")
    cost(page, 2, "Honorare", "700")
    # A further line by a submit button: everything typed is still there.
    click(page, "Kostenposition hinzufügen")
    cost(page, 3, "Plakate", "65,50")
    expect(page.get_by_label("Titel")).to_have_value("Winterlesen")
    expect(row(page, "Kostenposition", 1).get_by_label("Betrag")).to_have_value("1.234,5")
    click(page, "Position hinzufügen")
    expect(page.get_by_role("group", name="Finanzierungsposition")).to_have_count(2)
    line = row(page, "Finanzierungsposition", 2)
    line.get_by_label("Art").select_option(label="Eigenmittel")
    line.get_by_label("Von wem").fill("Stadtteilverein")
    line.get_by_label("Betrag").fill("500")
    page.get_by_label("Säule 2").fill("1 000 €")
    page.get_by_label("Veranstalter").fill("Stadtteilverein")
    page.get_by_label("Besondere Bedeutung").fill("Modellhaft für alle Stadtbezirke.")
    click(page, "Entwurf speichern")
    balance = page.get_by_role("group", name="Kosten- und Finanzierungsplan")
    expect(balance).to_contain_text("Es fehlen noch 500,00 €")
    # A line is taken out by its box.
    page.get_by_label("Säule 1", exact=True).fill("434,50")
    row(page, "Kostenposition", 3).get_by_label("Zeile löschen").check()
    click(page, "Entwurf speichern")
    expect(balance).to_contain_text("Plan geht auf")
    hand_in(page)
    number = f"{personas.this_year()}-APL-001"
    says(page, f"Eingereicht als {number}.")
    section(page, "Förderung").get_by_role("link", name="Säule 1 Aplerbeck").click()
    record_resolution(page, yes=6)
    says(page, "Bewilligt: 434,50 €.")

    staff = open_page(personas.wf1(), java_script_enabled=False)
    staff.goto(reverse("funding:applications"))
    follow(staff, "Winterlesen")
    click(staff, "Bewilligen")
    says(staff, f"Bewilligt: 1.000,00 €. In Säule 2 {timezone.localdate().year} sind noch 79.000,00 € frei.")
    project = Project.objects.get(number=number)
    assert project.state == Project.State.APPROVED
    assert project.cost_total == Decimal("1934.50")
    books_agree()


@pytest.fixture
def published() -> list[Project]:
    return [
        personas.approved(personas.director(code), title=title, place=place)
        for code, title, place in (
            ("HOE", "Seefest", "Hörde"),
            ("HOE", "Burgmarkt", "Hörder Burg"),
            ("APL", "Apfelmarkt", "Marktplatz"),
        )
    ]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_list_is_filtered_and_searched(
    open_page: OpenPage, published: list[Project], script: bool
) -> None:
    page = open_page(java_script_enabled=script)
    page.goto(reverse("projects:list"))
    titles = page.locator("#treffer tbody tr td:first-child a")
    expect(titles).to_have_count(3)

    def go() -> None:
        if not script:
            click(page, "Anzeigen")

    page.get_by_label("Stadtbezirk", exact=True).select_option(label="Hörde")
    go()
    expect(titles).to_have_text(["Burgmarkt", "Seefest"])
    expect(page).to_have_url(re.compile("bezirk=hoerde"))
    says(page, "2 Projekte passen zur Auswahl.")

    page.get_by_role("searchbox", name="Suche").press_sequentially("hoerder burg")
    go()
    expect(titles).to_have_text(["Burgmarkt"])
    expect(page).to_have_url(re.compile("suche=hoerder"))
    says(page, "1 Projekt passt zur Auswahl.")
    page.reload()
    expect(titles).to_have_text(["Burgmarkt"])
    expect(page.get_by_role("searchbox", name="Suche")).to_have_value("hoerder burg")
    expect(page.get_by_label("Stadtbezirk", exact=True)).to_have_value("hoerde")

    page.go_back()
    expect(titles).to_have_text(["Burgmarkt", "Seefest"])
    click(page, "Auswahl aufheben", "link")
    expect(titles).to_have_count(3)
    page.get_by_role("searchbox", name="Suche").fill("hoerde")
    go()
    expect(titles).to_have_count(2)
    page.get_by_role("searchbox", name="Suche").fill("gibt es nicht")
    go()
    says(page, "Zu dieser Auswahl gibt es kein Projekt.")


def test_the_queue_is_searched(open_page: OpenPage) -> None:
    for title in ("Seefest", "Burgmarkt"):
        applied(title, "2000")
    personas.approve(applied("Lichterfest", "1000"))
    page = open_page(personas.wf1())
    page.goto(reverse("funding:applications"))
    says(page, "2 Anträge warten auf eine Entscheidung")
    page.get_by_role("searchbox", name="Suche").press_sequentially("burg")
    expect(page.locator("#treffer tbody tr")).to_have_count(1)
    says(page, "1 Antrag wartet auf eine Entscheidung")
    expect(page).to_have_url(re.compile("suche=burg"))
    page.get_by_label("Stand").select_option(label="bewilligt")
    says(page, "Zu dieser Auswahl gibt es keinen Antrag.")


def test_the_navigation_on_a_phone(open_page: OpenPage, published: list[Project]) -> None:
    page = open_page(personas.gf_aplerbeck(), viewport={"width": 390, "height": 844})
    page.goto("/")
    menu = page.locator("details.menu.phone")
    link = menu.get_by_role("link", name="Förderung")
    expect(link).not_to_be_visible()
    menu.locator("summary").click()
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).not_to_be_visible()
    menu.locator("summary").click()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Töpfe")
    expect(page.get_by_role("link", name="Anmelden")).to_have_count(0)


def test_on_a_phone_a_district_stands_before_its_answer_and_amounts_end_at_the_right(
    open_page: OpenPage,
) -> None:
    project = personas.handed_in(
        personas.gf_aplerbeck(), title="Lichterfest", pillar_2="3000", further=["BRA"]
    )

    def box(locator: Locator) -> dict[str, float]:
        found = locator.bounding_box()
        assert found
        return {**found, "right": found["x"] + found["width"]}

    page = open_page(personas.wf1(), viewport={"width": 390, "height": 844})
    page.goto(project.get_absolute_url())
    row = page.get_by_role("listitem").filter(has_text="bestätigt")
    assert box(row.get_by_role("link", name="Brackel"))["y"] < box(row.get_by_text("von Gesa"))["y"]
    page.goto("/")
    row = page.get_by_role("listitem").filter(has_text="Lichterfest")
    assert abs(box(row)["right"] - box(row.get_by_text("seit "))["right"]) < 1


def test_nobody_signs_in_with_a_wrong_password(open_page: OpenPage) -> None:
    user: User = personas.wf1()
    page = open_page()
    page.goto(reverse("account_login"))
    page.get_by_label("E-Mail").fill(user.email)
    page.get_by_label("Passwort").fill("falsch-geraten")
    click(page, "Anmelden")
    expect(page.get_by_role("button", name="Anmelden")).to_be_visible()
    page.goto(reverse("funding:pots"))
    expect(page).to_have_url(re.compile("/konto/"))
    page.get_by_label("E-Mail").fill(user.email)
    page.get_by_label("Passwort").fill(personas.PASSWORD)
    click(page, "Anmelden")
    # On to the page that was asked for.
    expect(page).to_have_url(re.compile("/foerderung/$"))
