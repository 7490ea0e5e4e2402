"""Names are found in any spelling and sorted in one order, everywhere and on both databases."""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, models
from django.db.models import F
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funding import services as money
from funding import verify
from funding.models import FundingModel, Pot
from members import statutes
from members.common import catalogue, fields
from members.common.folding import fold, key_of
from members.common.triggers import labels
from members.models import Body, District, Mandate, Membership, Organisation, OutboxMail, Person, Seat, User
from members.roles.permissions import Roles
from projects import search
from projects.models import FieldOfAction
from stadtbezirk.models import PublishedFigure
from tests import personas
from tests.tampering import lift_guards
from tests.test_admin import signed_in, url

pytestmark = pytest.mark.django_db

#: In the order of DIN 5007-2: ä as ae, ß as ss, accents off, capitals like small letters, words before longer ones.
NASTY = [
    "2. Bürgerverein", "ähnlich", "Ärztehaus", "AG Mitte", "Café", "Čeština-Kreis", "Hörde", "Hoetger-Verein",
    "Hombruch", "Huckarde", "Łódź", "Müller", "Müller-Lüdenscheidt", "Müller Zwei", "Muellerin", "Muster",
    "Ökoverein", "Ott", "Straßenfest", "Strassenfeste", "Straten", "Zirkus",
]  # fmt: skip


# -- found ---------------------------------------------------------------------------------------------


@pytest.fixture
def rows() -> dict[type[models.Model], models.Model]:
    """A row "Özdemir Straße" of every model of the administration that has names."""
    apl = personas.district("APL")
    name, today = "Özdemir Straße", date(2020, 1, 1)
    person = Person.objects.create(given_name="Jörg", family_name=name)
    organisation = Organisation.objects.create(name=name, short_name="ÖZ", place="Lünen")
    body = Body.objects.create(kind=Body.Kind.FORUM, district=apl, name=name)
    model = FundingModel.objects.create(name=name, first_year=2090, district_allotment=1)
    return {
        Person: person,
        Organisation: organisation,
        Body: body,
        FundingModel: model,
        Mandate: Mandate.objects.create(person=person, kind="deputy", district=apl, since=today),
        Membership: Membership.objects.create(kind="delegate", person=person, district=apl, since=today),
        Seat: Seat.objects.create(body=body, person=person, since=today),
        FieldOfAction: FieldOfAction.objects.create(name=name, position=9),
        PublishedFigure: PublishedFigure.objects.create(year=2098, projects=1, source=name),
        OutboxMail: OutboxMail.objects.create(recipient="x@example.org", subject="x", occasion=name),
        User: User.objects.create_user("neu@example.org", person=person),
    }


@pytest.mark.parametrize(
    "query", ["özdemir", "ÖZDEMIR", "oezdemir", "o\u0308zdemir", "strasse özdem", "\u200bÖz\u00addemir "]
)
def test_every_list_of_the_administration_finds_every_spelling(
    query: str, rows: dict[type[models.Model], models.Model]
) -> None:
    client = signed_in(personas.superuser())
    for model, row in rows.items():
        page = client.get(url("changelist", model), {"q": query})
        assert [found.pk for found in page.context["cl"].result_list] == [row.pk], model


def test_the_administration_finds_districts_short_names_places_and_addresses(rows: Any) -> None:
    client = signed_in(personas.superuser())
    for model, query, found in (
        (District, "hoerde", "Hörde"),
        (District, "HÖRDE", "Hörde"),
        (District, "hoe", "Hörde"),
        (Organisation, "öz", "Özdemir Straße"),
        (Organisation, "luenen", "Özdemir Straße"),
        (Person, "jörg özdemir", "Jörg Özdemir Straße"),
        (User, "NEU@example.org", "Jörg Özdemir Straße"),
        (OutboxMail, "x@example", str(rows[OutboxMail])),
    ):
        page = client.get(url("changelist", model), {"q": query})
        assert [str(row) for row in page.context["cl"].result_list] == [found], (model, query)


@pytest.mark.parametrize("query", ["özdemir", "oezdemir", "ÖZDEMIR str"])
def test_the_autocomplete_finds_every_spelling(query: str, rows: Any) -> None:
    client = signed_in(personas.superuser())
    for model, field, found in (
        (Mandate, "person", rows[Person]),
        (Seat, "organisation", rows[Organisation]),
        (Seat, "body", rows[Body]),
        (User, "person", rows[Person]),
    ):
        asked = {
            "term": query,
            "app_label": "members",
            "model_name": model.__name__.lower(),
            "field_name": field,
        }
        answer = json.loads(client.get(reverse("admin:autocomplete"), asked).content)
        assert [row["text"] for row in answer["results"]] == [str(found)]


#: Searched as they stand: addresses and codes have no umlauts.
PLAIN = {"email", "user__email", "recipient", "code"}


def test_every_searched_column_of_the_administration_is_folded() -> None:
    searched = {
        (model, name) for model, options in admin.site._registry.items() for name in options.search_fields
    }
    assert len({model for model, _ in searched}) > 10
    for model, name in searched:
        assert name in PLAIN or re.search(r"(^|__)folded_\w+__contains$", name), (model, name)


# -- sorted --------------------------------------------------------------------------------------------


def shuffled() -> list[str]:
    return NASTY[1::2] + NASTY[::2]


def test_people_organisations_bodies_pots_and_fields_sort_alike() -> None:
    Organisation.objects.bulk_create([Organisation(name=name) for name in shuffled()])
    assert [o.name for o in Organisation.objects.filter(name__in=NASTY)] == NASTY
    for name in shuffled():
        Person.objects.create(given_name="Anna", family_name=name)
    assert [p.family_name for p in Person.objects.filter(family_name__in=NASTY)] == NASTY
    apl = personas.district("APL")
    for name in shuffled():
        Body.objects.create(kind=Body.Kind.FORUM, district=apl, name=name)
    assert [b.name for b in Body.objects.filter(name__in=NASTY)] == NASTY
    year = personas.open_year()
    for number, name in enumerate(shuffled()):
        money.open_pot(year.year, code=f"T{number}", source=name, amount=Decimal(1), actor=personas.wf1())
    assert [p.source for p in Pot.objects.filter(kind="special")] == NASTY
    for name in shuffled():
        FieldOfAction.objects.create(name=name, position=99)
    assert [f.name for f in FieldOfAction.objects.filter(position=99)] == NASTY


def test_people_sort_by_family_name_then_by_given_names() -> None:
    people = [
        ("Zoe", "Müller"),
        ("Änne", "Mueller"),
        ("Anna", "Müller-Adam"),
        ("Bea", "MÜLLER"),
        ("Ada", "Mull"),
    ]
    for given, family in people:
        Person.objects.create(given_name=given, family_name=family)
    found = Person.objects.filter(family_name__in=[family for _, family in people])
    assert [person.given_name for person in found] == ["Änne", "Bea", "Zoe", "Anna", "Ada"]


def test_districts_come_in_one_order_in_lists_selects_filters_and_of_the_association_first() -> None:
    names = [d.name for d in District.objects.all()]
    assert names == sorted(names, key=fold)
    assert names.index("Hörde") < names.index("Hombruch") < names.index("Huckarde")
    assert names == [d.name for d in statutes.Association(date(2026, 1, 1)).districts]
    client = signed_in(personas.wf1())
    for code in ("HUC", "HOM", "HOE"):  # filters offer what finds something
        personas.handed_in(personas.director(code))
    for address in ("home", "projects:list", "funding:pots", "funding:applications", "bodies:list"):
        page = client.get(reverse(address)).content.decode()
        in_order = [name for _, name in sorted((page.rindex(name), name) for name in names if name in page)]
        assert len(in_order) >= 3 and in_order == [name for name in names if name in in_order], address
    bodies = list(Body.objects.all())
    assert [body.district is None for body in bodies] == sorted(
        (b.district is None for b in bodies), reverse=True
    )


def test_pages_list_bodies_in_that_order() -> None:
    apl = personas.district("APL")
    for name in shuffled():
        Body.objects.create(kind=Body.Kind.PROJECT_GROUP, district=apl, name=name)
    page = Client().get(reverse("bodies:list"))
    [listed] = [bodies for district, bodies in page.context["districts"] if district == apl]
    assert [body.name for body in listed if body.name in NASTY] == NASTY
    groups = (
        signed_in(personas.gf_aplerbeck()).get(reverse("projects:create")).context["form"]["project_group"]
    )
    assert [label for _, label in groups.field.choices if label in NASTY] == NASTY


def test_somebody_with_several_districts_reads_them_in_that_order() -> None:
    gf = personas.gf_aplerbeck()
    for code in ("HUC", "HOM", "HOE"):
        personas._mandate(gf, code, Mandate.Kind.MANAGING_DIRECTOR)
    assert [d.name for d in Roles(gf).districts] == ["Aplerbeck", "Hörde", "Hombruch", "Huckarde"]


def test_projects_sort_by_their_titles_alike() -> None:
    gf = personas.gf_aplerbeck()
    for name in shuffled():
        personas.make_project(gf, title=name)
    page = signed_in(gf).get(reverse("projects:list"), {"sortierung": "titel"})
    assert [project.title for project in page.context["page"]] == NASTY


def test_columns_of_the_administration_sort_alike() -> None:
    client = signed_in(personas.superuser())
    apl = personas.district("APL")
    for name in shuffled():
        person = Person.objects.create(given_name="Anna", family_name=name)
        Organisation.objects.create(name=name)
        Body.objects.create(kind=Body.Kind.FORUM, district=apl, name=name)
        Mandate.objects.create(person=person, kind="deputy", district=apl, since=date(2020, 1, 1))
    for model, column, told in (
        (Person, "by_family_name", lambda row: row.family_name),
        (Organisation, "by_name", lambda row: row.name),
        (Body, "by_name", lambda row: row.name),
        (Mandate, "person", lambda row: row.person.family_name),
    ):
        number = client.get(url("changelist", model)).context["cl"].list_display.index(column)
        for prefix, wanted in (("", NASTY), ("-", NASTY[::-1])):
            page = client.get(url("changelist", model), {"o": f"{prefix}{number}", "all": ""})
            names = [told(row) for row in page.context["cl"].result_list]
            assert [name for name in names if name in NASTY] == wanted, (model, prefix)


# -- the kind ------------------------------------------------------------------------------------------

#: Text columns that hold no name: words of the program, addresses, codes.
NO_NAMES = {"kind", "state", "slug", "code", "email", "recipient", "step", "role", "number"}


def our_models() -> list[type[models.Model]]:
    found = [model for label in sorted(labels()) for model in apps.get_app_config(label).get_models()]
    return [model for model in found if not str(model._meta.model_name).startswith("historical")]


def ends(model: type[models.Model], path: Any) -> Iterator[models.Field]:
    """The columns that an entry of an ordering leads to, through the orderings of other models."""
    if isinstance(path, models.OrderBy):
        path = path.expression
    if isinstance(path, F):
        path = path.name
    if not isinstance(path, str):
        for source in path.get_source_expressions():
            yield from ends(model, source)
        return
    name, _, rest = path.lstrip("-").replace("pk", "id").partition("__")
    field = model._meta.get_field(name)
    if field.is_relation and field.related_model:
        for further in [rest] if rest else field.related_model._meta.ordering or ["pk"]:
            yield from ends(field.related_model, further)
    else:
        yield field  # type: ignore[misc]


def is_raw_name(field: models.Field) -> bool:
    text = isinstance(field, models.CharField | models.TextField) and not isinstance(
        field, fields.FoldedField
    )
    return text and not field.choices and field.name not in NO_NAMES


def test_no_model_and_no_column_of_the_administration_sorts_by_a_name_as_it_stands() -> None:
    orders = {(model, entry) for model in our_models() for entry in model._meta.ordering}
    request = RequestFactory().get("/")
    request.user = personas.superuser()
    for model, options in admin.site._registry.items():
        for name in set(options.get_sortable_by(request)) & set(options.list_display):
            shown = getattr(options, name, None) or getattr(model, name, None)
            if order := getattr(shown, "admin_order_field", None) or (
                name if name in {field.name for field in model._meta.fields} else None
            ):
                orders.add((model, order))
    assert len(orders) > 40
    astray = {(m.__name__, str(o)) for m, o in orders for field in ends(m, o) if is_raw_name(field)}
    assert not astray


def test_no_page_sorts_by_a_name_as_it_stands() -> None:
    """Every page that needs no key: what it asks the database for is put in order by folded names."""
    personas.allow_transfers()
    project = personas.approved(
        personas.gf_aplerbeck(), shares={"APL": "500"}, pillar_2="500", further=("BRA",)
    )
    personas.more_money()
    named = [
        f'"{model._meta.db_table}"."{field.column}"'
        for model in our_models()
        for field in model._meta.local_concrete_fields
        if is_raw_name(field)
    ]
    addresses = [
        *(reverse(name) for name in PAGES),
        project.get_absolute_url(),
        reverse("district", args=["aplerbeck"]),
        reverse("reports:year", args=[project.year]),
        reverse("bodies:detail", args=[Body.objects.get(kind="beirat").pk]),
        *(url("changelist", model) for model in admin.site._registry),
    ]
    client = signed_in(personas._mandate(personas.superuser(), "APL", Mandate.Kind.MANAGING_DIRECTOR))
    for address in addresses:
        with CaptureQueriesContext(connection) as asked:
            response = client.get(address)
            assert response.status_code == 200, address
            if response.streaming:
                list(response)
        for query in asked:
            for order in re.findall(r"ORDER BY (.*?)(?:\)|LIMIT|$)", query["sql"]):
                assert not [column for column in named if column in order], (address, order)


PAGES = (
    "home", "projects:list", "projects:create", "funding:pots", "funding:applications", "funding:overhead",
    "funding:special", "funding:transfers", "funding:years", "bodies:list", "reports:index", "handbook",
)  # fmt: skip


# -- kept ----------------------------------------------------------------------------------------------


def test_every_door_keeps_the_key() -> None:
    person = Person.objects.create(given_name="Jörg", family_name="Müller")
    assert person.folded_name == key_of("Müller", "Jörg") == " mueller  joerg "
    person.family_name = "Özdemir"
    person.save(update_fields=["family_name"])
    person.refresh_from_db()
    assert person.folded_name == " oezdemir  joerg "
    [club] = Organisation.objects.bulk_create([Organisation(name="Ökoverein", place="Hörde")])
    club.refresh_from_db()
    assert (club.folded_name, club.folded_more) == (" oekoverein ", "   hoerde ")
    assert not list(verify.names())


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE members_person SET family_name = 'Anders'", "Tabelle members_person, Zeile"),
        ("UPDATE members_organisation SET place = 'Anders'", "Tabelle members_organisation, Zeile"),
        ("UPDATE members_body SET name = 'Anders' || id", "Tabelle members_body, Zeile"),
        ("UPDATE members_district SET folded_name = ''", "Tabelle members_district, Zeile"),
        ("UPDATE funding_pot SET source = 'Anders' WHERE kind = 'special'", "Tabelle funding_pot, Zeile"),
        ("UPDATE projects_project SET title = 'Anders'", "Projekt "),
        ("UPDATE projects_fieldofaction SET name = name || 'x'", "Tabelle projects_fieldofaction, Zeile"),
    ],
)
def test_a_stale_key_is_found(sql: str, said: str) -> None:
    personas.allow_transfers()
    personas.approved(personas.gf_aplerbeck())
    personas.more_money()
    assert not list(verify.names())
    lift_guards()
    with connection.cursor() as cursor:
        cursor.execute(sql)
    found = list(verify.names())
    assert found
    assert all(sentence.startswith(said) for sentence in found)


def test_what_is_stale_is_mended_by_saving() -> None:
    person = Person.objects.create(given_name="Jörg", family_name="Müller")
    Person.objects.filter(pk=person.pk).update(folded_name="")
    assert list(fields.stale_keys(Person)) == [person.pk]
    Person.objects.get(pk=person.pk).save()
    assert not list(fields.stale_keys(Person))
    assert not list(search.stale())


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite compares by the letters' codes anyway")
def test_the_order_of_the_database_itself_plays_no_part() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns "
            "WHERE column_name LIKE 'folded%' OR (table_name = 'projects_searchtext' AND column_name = 'title')"
        )
        columns = cursor.fetchall()
        assert len(columns) > 10
        assert {collation for _, _, collation in columns} == {"C"}
        cursor.execute('ALTER TABLE members_person ALTER COLUMN folded_name TYPE text COLLATE "POSIX"')
    assert any("folded_name ist geändert" in sentence for sentence in catalogue.compared())
