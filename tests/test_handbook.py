"""The handbook: every chapter is served, every link and picture is there, and every page has its section."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.urls import reverse

from members.roles.groups import MAINTAINED
from members.roles.permissions import Roles
from stadtbezirk import handbook, help
from tests import personas, pictures
from tests.test_access_matrix import PAGES

#: For machines, files and pictures, and the handbook itself.
WITHOUT_HELP = {
    "healthz", "readyz", "handbook", "handbook_chapter", "projects:attachment", "projects:attachment_preview", "projects:export",
    "funding:applications_export", "funding:pot_export", "funding:overhead_export", "letters:pdf", "letters:promise_pdf", "payments:call_paper",
    "letters:letters_export", "payments:calls_export", "payments:payments_export", "payments:payees_export",
    "proofs:changes_export", "proofs:photo", "proofs:proofs_export", "proofs:voucher",
    "closing:cash_pdf", "closing:cash_xlsx", "closing:audit_form", "closing:city_pdf", "closing:city_xlsx",
}  # fmt: skip


def shows_a_page(name: str) -> bool:
    """Addresses that only take a form refuse GET."""
    return 405 not in PAGES[name][1].values() and name not in WITHOUT_HELP


def html_of_all() -> str:
    return "".join(chapter.html for chapter in handbook.chapters())


def targets() -> list[str]:
    pages = [t for each in help.HELP.values() for t in (each.values() if isinstance(each, dict) else [each])]
    return [*pages, *help.ADMIN_HELP.values()]


@pytest.mark.django_db
@pytest.mark.parametrize("slug", help.SLUGS)
def test_every_chapter_is_served(client, slug, django_assert_num_queries):
    chapter = handbook.chapter(slug)
    assert chapter.title
    assert chapter.lead
    with django_assert_num_queries(0):
        answer = client.get(reverse("handbook_chapter", args=[slug]))
    assert answer.status_code == 200
    assert f">{chapter.title}</h1>" in answer.content.decode()


@pytest.mark.django_db
def test_contents_lead_to_every_section(client):
    page = client.get(reverse("handbook")).content.decode()
    for chapter in handbook.chapters():
        assert chapter.title in page
        for anchor, _ in chapter.sections:
            assert f'{chapter.get_absolute_url()}#{anchor}"' in page


@pytest.mark.django_db
def test_a_chapter_that_does_not_exist_is_not_found(client):
    for slug in ("gibt-es-nicht", "decisions"):
        assert client.get(reverse("handbook_chapter", args=[slug])).status_code == 404


def test_every_file_is_a_chapter():
    assert {path.stem for path in handbook.FOLDER.glob("*.md")} == set(help.SLUGS)


@pytest.mark.parametrize("target", sorted(set(targets())))
def test_every_help_link_leads_to_a_section(target):
    slug, _, part = target.partition("#")
    assert not part or part in dict(handbook.chapter(slug).sections)


def test_every_page_has_its_section():
    assert sorted(set(filter(shows_a_page, PAGES)) - set(help.HELP)) == []
    assert sorted(set(help.HELP) - set(PAGES)) == []


def test_links_between_chapters_lead_somewhere():
    for address, part in re.findall(r'href="(/hilfe/[^"#]*)(?:#([^"]*))?"', html_of_all()):
        chapter = handbook.chapter(address.removeprefix("/hilfe/").strip("/"))
        assert not part or f'id="{part}"' in chapter.html


def test_pictures_are_there_described_and_all_taken_by_the_command():
    images = re.findall(r'<img [^>]*src="[^"]*/handbuch/([^"]+)"[^>]*>', html_of_all())
    taken = {f"{each.name}.png" for each in pictures.PICTURES}
    assert set(images) == taken == {path.name for path in handbook.PICTURES.iterdir()}
    for name in taken:
        assert finders.find(f"handbuch/{name}")
    assert not re.findall(r'<img (?![^>]*alt="[^"]{10,}")[^>]*>', html_of_all())
    assert not re.findall(r'<img (?![^>]*width="\d+" height="\d+")[^>]*>', html_of_all())


def test_raw_html_in_a_chapter_stays_text(tmp_path, monkeypatch):
    (tmp_path / "begriffe.md").write_text(
        "# <script>alert(1)</script>\n\nText.\n\n<img src=x onerror=alert(1)>\n"
    )
    monkeypatch.setattr(handbook, "FOLDER", tmp_path)
    html = handbook.chapter.__wrapped__("begriffe").html
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.django_db
def test_the_link_follows_the_role(gf_aplerbeck, wf1, auditor, admin_verein):
    def where(user):
        return help.help_for("home", Roles(user)).split("/")[2]

    assert where(gf_aplerbeck) == "geschaeftsfuehrung"
    assert where(wf1) == "wirtschaftsfoerderung"
    assert where(auditor) == "pruefung-und-beirat"
    assert where(admin_verein) == "vereinsverwaltung"
    assert where(AnonymousUser()) == "oeffentlichkeit"
    assert help.help_for("unbekannt", Roles(AnonymousUser())) == reverse("handbook")


@pytest.mark.django_db
def test_every_page_shows_its_link(client, gf_aplerbeck):
    client.force_login(gf_aplerbeck)
    page = client.get(reverse("projects:create")).content.decode()
    assert 'href="/hilfe/geschaeftsfuehrung/#ein-projekt-eintragen"' in page
    client.force_login(personas.admin_verein())
    page = client.get(reverse("admin:members_mandate_changelist")).content.decode()
    assert 'href="/hilfe/vereinsverwaltung/#beenden-und-nachfolge"' in page


@pytest.mark.django_db
def test_every_list_of_the_admin_has_its_section(admin_verein):
    for model in MAINTAINED:
        address = help.help_for(f"admin:{model.replace('.', '_')}_changelist", Roles(admin_verein))
        assert "#" in address, model
    assert help.help_for("admin:index", Roles(admin_verein)) == "/hilfe/vereinsverwaltung/"


#: Django's own words, a heading with a year in it, and names of the demonstration.
NOT_IN_OUR_SOURCES = {
    "Aktion",
    "Ausführen",
    "Dortmund leuchtet",
    "Jahr … öffnen",
    "Person hinzufügen",
    "Sichern",
}


def test_what_the_chapters_quote_stands_in_the_program():
    files = [
        path
        for folder in ("templates", "members", "projects", "funding", "stadtbezirk", "static/js")
        for path in (handbook.FOLDER.parents[1] / folder).rglob("*")
        if path.suffix in (".html", ".py", ".js") and "migrations" not in path.parts
    ]
    program = " ".join(re.sub(r"\s+", " ", path.read_text()) for path in files)
    quoted = {
        text for path in handbook.FOLDER.glob("*.md") for text in re.findall("„([^“]+)“", path.read_text())
    }
    assert len(quoted) > 60
    assert sorted(text for text in quoted - NOT_IN_OUR_SOURCES if text not in program) == []
