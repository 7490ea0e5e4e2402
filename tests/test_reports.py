"""Published figures as they were published, and the pages that show them beside what is counted here."""

import csv
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from members.models import District
from stadtbezirk.demo.entries import PUBLIC_LIST
from stadtbezirk.models import PublishedFigure
from tests import personas

pytestmark = pytest.mark.django_db


def client_of(persona: str = "visitor") -> Client:
    client = Client()
    if persona != "visitor":
        client.force_login(personas.ALL[persona]())
    return client


# Published figures


def test_the_published_figures_are_those_of_the_list():
    """Row by row; the migration brings them, so production has them too."""
    with (PUBLIC_LIST.parent / "yearly.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert PublishedFigure.objects.count() == len(rows) == 20
    for row in rows:
        scope = (
            {"district__isnull": True} if row["scope"] == "ganze Stadt" else {"district__name": row["scope"]}
        )
        figure = PublishedFigure.objects.get(year=row["year"], **scope)
        found = (figure.projects, figure.with_third_party, figure.paid)
        expected = (row["projects"], row["with_third_party"], row["paid_eur"])
        assert ["" if f is None else str(int(f)) for f in found] == list(expected)
        assert figure.source == row["source"]


@pytest.mark.parametrize(
    "changes",
    [
        {"projects": None},
        {"source": ""},
        {"year": 2003},
        {"paid": Decimal(-1)},
        {"year": 2014, "district": "aplerbeck"},
    ],
)
def test_a_published_figure_says_something_once_and_where_from(changes):
    if "district" in changes:
        changes = {**changes, "district": District.objects.get(slug=changes["district"])}
    with pytest.raises(IntegrityError), transaction.atomic():
        PublishedFigure.objects.create(**{"year": 2030, "projects": 5, "source": "Bericht", **changes})


def test_the_administration_enters_next_years_figure():
    client = client_of("admin_verein")
    address = reverse("admin:stadtbezirk_publishedfigure_add")
    form = {"year": "2023", "district": "", "projects": "281", "with_third_party": "", "paid": "1.234,50"}
    refused = client.post(address, form)
    assert refused.status_code == 200 and PublishedFigure.objects.count() == 20
    assert client.post(address, form | {"source": "Geschäftsbericht 2023"}).status_code == 302
    figure = PublishedFigure.objects.get(year=2023)
    assert (figure.projects, figure.with_third_party, figure.paid) == (281, None, Decimal("1234.50"))
    twice = client.post(address, form | {"source": "Presse"})
    assert "Für die ganze Stadt ist in diesem Jahr schon eine Zahl eingetragen." in twice.content.decode()
    assert client_of("wf1").get(address).status_code == 403
