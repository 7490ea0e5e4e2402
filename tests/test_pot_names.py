"""Whoever reads an amount of a pot reads whose it is and of which year."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from funding import services
from funding.errors import PotExhausted
from funding.models import Pot
from tests import personas as p

pytestmark = pytest.mark.django_db

YEAR = 2016
#: Where a pot's name may stand without its year.
WITHOUT_YEAR = {"funding/models/pot.py"}


def shown(user: Any, url: str = "/", **query: str) -> str:
    client = Client()
    client.force_login(user)
    return " ".join(client.get(url, query).content.decode().replace("\u00a0", " ").split())


def early(**project: Any) -> Any:
    return p.handed_in(
        p.gf_aplerbeck(), year=YEAR, on=date(YEAR, 3, 1), starts_on=date(YEAR, 6, 1), **project
    )


@pytest.fixture
def year() -> Any:
    return p.open_year(YEAR)


def test_no_page_and_no_sentence_names_a_pot_without_its_year() -> None:
    """``pot`` in a sentence is its name with its year; ``pot.name`` is the name alone."""
    without = re.compile(r"\b(\w*pot|pool|overhead|source|target)\.name\b")
    base = settings.BASE_DIR
    files = [
        *base.glob("templates/**/*.*"),
        *(f for app in ("funding", "stadtbezirk") for f in base.glob(f"{app}/**/*.py")),
    ]
    found = [
        f"{path.relative_to(base)}: {hit.group()}"
        for path in files
        if str(path.relative_to(base)) not in WITHOUT_YEAR
        for hit in without.finditer(path.read_text())
    ]
    assert not found


def test_every_start_page_says_of_which_year_the_money_is(year: Any) -> None:
    staff, director, reader = shown(p.wf1()), shown(p.gf_aplerbeck()), shown(p.auditor())
    assert "In Säule 2 2016 sind noch 80.000,00 € frei." in staff and ">Säule 2 2016</a>" in staff
    assert "In Säule 1 Aplerbeck 2016 sind noch 12.000,00 € frei." in director
    assert ">Säule 1 Aplerbeck 2016 – eigener Topf</a>" in director
    assert ">Säule 2 2016 – gemeinsamer Topf</a>" in director
    assert ">Säule 2 2016</a>" in reader
    for page in (staff, director, reader):
        assert "Frei in den Stadtbezirken: Säule 1 2016" in page


def test_a_refusal_names_the_pot_with_its_year() -> None:
    p.allow_transfers()
    application = p.application(early(pillar_2="4000"))
    services.approve(application, amount=Decimal(4000), actor=p.wf1())
    with pytest.raises(PotExhausted, match=r"76\.000,00\s€ sind noch frei \(Säule 2 2016\)"):
        services.request_transfer(
            Pot.objects.get(code="S2"),
            Pot.objects.get(code="GK"),
            amount=Decimal(80000),
            reason="Mehr",
            actor=p.wf1(),
        )


def test_a_plan_names_the_pot_with_its_year(year: Any) -> None:
    project = early(shares={"APL": "400"}, pillar_2="500", others=[{"amount": "20"}])
    page = shown(p.gf_aplerbeck(), project.get_absolute_url())
    for name in ("Säule 1 Aplerbeck 2016", "Säule 2 2016"):
        assert f"> {name}" in page.replace("<br>", ""), name
    assert "Eigenmittel: Verein" in page


def test_the_choices_of_a_transfer_and_of_a_special_pot_name_the_year() -> None:
    p.allow_transfers()
    p.open_year(YEAR)
    services.open_pot(YEAR, code="LICHT", source="Sparkasse", amount=Decimal(500), actor=p.wf1())
    choices = shown(p.wf1(), reverse("funding:transfers"), jahr=str(YEAR))
    assert ">Säule 2 2016 – 80.000,00 € frei</option>" in choices
    draft = p.make_project(p.gf_aplerbeck(), year=YEAR, starts_on=date(YEAR, 6, 1), ends_on=date(YEAR, 6, 2))
    form = shown(p.gf_aplerbeck(), reverse("projects:edit", args=[draft.pk]))
    assert "Sondermittel Sparkasse 2016 – 500,00 € frei" in form
    assert "2016 noch frei: <b>12.000,00 €</b>" in form


def test_a_bar_says_whose_money_it_shows(year: Any) -> None:
    assert 'aria-label="Säule 2 2016, von 80.000,00 €: bezahlt 0,00 €' in shown(p.wf1())
