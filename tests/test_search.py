"""Text search and long lists: what is found, in which order, by whom, and at what cost."""

from datetime import date
from itertools import product
from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.migrations import Migration
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from members.models import Organisation
from members.permissions import Roles
from projects import apps, search, triggers
from projects.filters import ORDERS
from projects.models import Involvement, Participation, Project, SearchText
from projects.search import fold
from tests import personas
from tests.tampering import lift_guards
from tests.test_infrastructure import installed_triggers, rebuild

pytestmark = pytest.mark.django_db


def add(title: str, **fields: Any) -> Project:
    """A published project as a bare row: what is stored beside it comes from the database's own triggers."""
    gf, year = personas.gf_aplerbeck(), fields.pop("year", personas.this_year())
    number = fields.pop("number", f"{year}-APL-{Project.objects.count() + 100:04d}")
    given = {"state": "approved", "published_on": date(year, 1, 2), "lead_district": personas.district("APL")}
    return Project.objects.create(
        number=number, year=year, title=title, created_by=gf, changed_by=gf, **{**given, **fields}
    )


def found(query: str, client: Client | None = None, **choices: Any) -> list[str]:
    response = (client or Client()).get(reverse("projects:list"), {"suche": query, **choices})
    assert response.status_code == 200
    return [project.title for project in response.context["page"].object_list]


@pytest.mark.parametrize(
    "text",
    [
        "HÖRDE Ho\u0308rde hoerde é É Ñ Straße ẞ „Café“ – a  b\n\nc (x){y}|z 'q' \"w\" œ Łódź Øre İ ı",
        "2016-APL-007; a&b/c@d #e %f _g \\h ^i ~j `k",
        "x" * 200,
        " \t\n ",
        "Öffnung\u00a0am 3.\u2009Mai: 5 € … «ja»",
    ],
)
def test_the_database_folds_as_the_program_does(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {triggers._fold('%s', connection.vendor)}".replace("%'", "%%'"), [text])
        assert cursor.fetchone()[0].split() == fold(text).split()


def test_umlauts_case_and_the_inside_of_words() -> None:
    add("Lichterfest in Hörde", place="Östlicher Markt")
    for query in ("hoerde", "HÖRDE", "Hörde", "ho\u0308rde", "lichterfest", "LICHT", "fest", "ÖSTLICH", "östlich",
                  "oestlicher markt", "hö", "li", "lichterfest hörde markt"):  # fmt: skip
        assert found(query) == ["Lichterfest in Hörde"], query
    for query in ("nirgends", "lichterfest nirgends", "hoerdee"):
        assert found(query) == [], query


def test_every_part_of_a_project_is_searched() -> None:
    organiser = Organisation.objects.create(name="Förderkreis Apfel")
    add("Apfelmarkt", number="2016-APL-007", year=2016, summary="Mit Saftpresse", place="Rodenbergplatz", organiser=organiser)  # fmt: skip
    add("Anderes")
    for query in ("2016-APL-007", "2016-apl", "apl 007", "saftpresse", "rodenberg", "förderkreis", "apfelm"):
        assert found(query) == ["Apfelmarkt"], query
    assert set(found("aplerbeck")) == {"Apfelmarkt", "Anderes"}  # the district's name


def test_german_word_forms() -> None:
    """PostgreSQL knows word forms; SQLite finds what stands there, which the page's help says."""
    add("Konzert der Chöre", summary="Musik auf Plätzen")
    assert found("chöre") == found("plätze") == ["Konzert der Chöre"]
    expected = ["Konzert der Chöre"] if connection.vendor == "postgresql" else []
    assert found("Konzerten") == expected


def test_the_best_hit_comes_first() -> None:
    add("Sommerfest", summary="Danach auf den Wochenmarkt", year=2021)
    add("Trödel", place="Alter Markt", year=2015)
    add("Wochenmarkt", year=2014)
    add("Marktmusik", year=2013)
    add("Markt der Möglichkeiten", year=2012)
    add("Markt am Abend", year=2016)
    assert found("markt") == [
        "Markt am Abend", "Markt der Möglichkeiten",  # a word of the title, newest first
        "Marktmusik",  # begins one
        "Wochenmarkt",  # inside of one
        "Trödel",  # the place
        "Sommerfest",  # the description
    ]  # fmt: skip
    assert found("markt", sortierung="titel")[0] == "Markt am Abend"
    add("Fest 2016 APL 007", year=2020)
    exact = add("Zuletzt", number="2016-APL-007", year=2016)
    assert found("2016-APL-007")[0] == exact.title


@pytest.mark.parametrize(
    "query",
    [
        '"', '""', "'", '" OR "', "a AND", "NOT markt", "NEAR(a b)", "*", "markt*", "^markt", "title:markt", "{title}:x",
        "-markt", "(((", "%", "_", "\\", "a\\", "%' OR 1=1 --", "'; DROP TABLE projects_project; --", "🍎", "🍎 markt",
        "markt" * 2000, "m " * 5000, "& | ! <-> :*", "\u0308", "\x01", "ﷺ", "İ", "ſ", "²", "a" * 59 + " b",
    ],
)  # fmt: skip
def test_no_query_breaks_out_of_the_search(query: str) -> None:
    add("Markt")
    found(query)
    assert found("markt") == ["Markt"]
    address = reverse("funding:applications")
    client = Client()
    client.force_login(personas.wf1())
    assert client.get(address, {"suche": query, "stand": "alle"}).status_code == 200


def test_long_queries_are_cut() -> None:
    assert len(search.parse("wort" * 10_000).terms) == 1
    assert len(search.parse(" ".join(f"wort{n}" for n in range(100))).terms) == search.TERMS
    assert not search.parse(' * " - ')


def test_the_search_follows_every_change_whoever_makes_it() -> None:
    organiser = Organisation.objects.create(name="Alter Verein")
    project = add("Erster Titel", organiser=organiser)
    rows = Project.objects.filter(pk=project.pk)
    rows.update(title="Zweiter Titel")
    assert found("erster") == []
    assert found("zweiter") == ["Zweiter Titel"]
    Organisation.objects.filter(pk=organiser.pk).update(name="Neuer Verein")
    assert found("alter verein") == []
    assert found("neuer verein") == ["Zweiter Titel"]
    participation = Participation.objects.create(project=project, district=personas.district("HOE"))
    assert found("hoerde") == ["Zweiter Titel"]
    assert {i.district.code for i in project.involvements.all()} == {"APL", "HOE"}
    participation.district = personas.district("BRA")
    participation.save()
    assert (found("hoerde"), found("brackel")) == ([], ["Zweiter Titel"])
    lift_guards()
    rows.update(year=2011, lead_district=personas.district("EVI"))
    assert set(project.involvements.values_list("district__code", "year")) == {("EVI", 2011), ("BRA", 2011)}
    rows.update(state="settled")
    assert set(project.involvements.values_list("district__code", "state")) == {
        ("EVI", "settled"),
        ("BRA", "settled"),
    }
    Participation.objects.all().delete()
    assert (found("brackel"), found("eving")) == ([], ["Zweiter Titel"])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM projects_project WHERE id = %s", [project.pk])
    assert not SearchText.objects.exists()
    assert not Involvement.objects.exists()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO projects_searchindex (projects_searchindex) VALUES ('integrity-check')"
            )


def test_triggers_are_there_and_come_back() -> None:
    assert triggers.names() <= installed_triggers()
    triggers.lift()
    assert not triggers.names() & installed_triggers()
    project = add("Ohne Auslöser")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # an index waits for the checks that the transaction put off
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    triggers.install(recompute=True)
    assert triggers.names() <= installed_triggers()
    assert found("ausloeser") == [project.title]
    assert project.involvements.get().district.code == "APL"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite rebuilds tables")
def test_a_rebuilt_table_keeps_its_search() -> None:
    """SQLite rebuilds a table for most changes, and refuses it where another table's trigger names it."""
    project = add("Vor dem Umbau")
    rebuild(Project)
    assert triggers.names() <= installed_triggers()
    assert found("umbau") == [project.title]
    Project.objects.update(title="Nach dem Umbau")
    assert found("nach umbau") == ["Nach dem Umbau"]


def test_search_stays_within_what_one_may_see() -> None:
    mine = personas.make_project(personas.gf_aplerbeck(), title="Geheimer Markt")
    add("Offener Markt")
    director, foreign = Client(), Client()
    director.force_login(personas.gf_aplerbeck())
    foreign.force_login(personas.gf_brackel())
    assert found("markt") == ["Offener Markt"]
    assert found("markt", foreign) == ["Offener Markt"]
    assert set(found("markt", director)) == {mine.title, "Offener Markt"}


def many(count: int, **fields: Any) -> None:
    gf = personas.gf_aplerbeck()
    given = {"state": "approved", "lead_district": personas.district("APL")}
    start = Project.objects.count()
    Project.objects.bulk_create(
        [
            Project(
                number=f"{2003 + n % 20}-APL-{start + n + 1000:05d}", year=2003 + n % 20, title=f"Markt {n:04d}",
                created_by=gf, changed_by=gf, cost_total=n, published_on=date(2003 + n % 20, 5, 1),
                **{**given, **fields},
            )
            for n in range(count)
        ]
    )  # fmt: skip


def test_a_word_that_stands_everywhere_says_that_only_the_newest_were_ranked(monkeypatch: Any) -> None:
    monkeypatch.setattr(search, "RANKED", 20)
    monkeypatch.setattr(search, "FREQUENT", 30)
    many(60)
    response = Client().get(reverse("projects:list"), {"suche": "markt"})
    assert len(response.context["page"].object_list) == 20
    assert "die 20 neuesten" in response.content.decode()
    assert response.context["totals"] == {"count": 60, "costs": 1770, "granted": 0}
    assert "Summe aller 60 Projekte" in response.content.decode()
    newest = set(Project.objects.order_by("-pk").values_list("pk", flat=True)[:20])
    assert {project.pk for project in response.context["page"].object_list} == newest
    # Narrowed, the same word is looked for in the few rows that are left, and nothing old is missed.
    assert len(found("markt", jahr="2004")) == 3
    assert found("markt", jahr="2004", bezirk="aplerbeck", sortierung="titel")[0] == "Markt 0001"


def test_rows_say_literally_what_somebody_wrote() -> None:
    add('<b>"Fest" & Musik</b>', lead_district=personas.district("HOE"))
    html = Client().get(reverse("projects:list")).content.decode()
    assert "&lt;b&gt;&quot;Fest&quot; &amp; Musik&lt;/b&gt;</a>" in html
    assert "<b>" not in html


def in_plain(rows: list[Project], *, jahr: int | None, stand: str, sortierung: str) -> list[int]:
    """The list as its page promises it, without a database: what is chosen, in the order that is chosen."""
    rows = [each for each in rows if jahr in (None, each.year) and stand in ("", each.state)]
    orders: dict[str, Any] = {
        "": lambda each: (-each.year, -each.pk),
        "titel": lambda each: (fold(each.title), each.pk),
        "beginn": lambda each: (each.starts_on is None, each.starts_on or date.max, each.pk),
        "-beginn": lambda each: (each.starts_on is None, -(each.starts_on or date.max).toordinal(), -each.pk),
        "-kosten": lambda each: (-each.cost_total, -each.pk),
        "-foerderung": lambda each: (-each.granted_total, -each.pk),
    }
    return [each.pk for each in sorted(rows, key=orders[sortierung])]


@pytest.mark.parametrize("persona", ["visitor", "gf_aplerbeck", "wf1", "auditor"])
def test_a_district_is_listed_in_every_order_as_a_plain_sort_would(persona: str) -> None:
    for number, state in enumerate(("approved", "settled", "returned") * 12):
        project = add(
            f"{'ÄaB'[number % 3]}-Fest {number % 5}", state=state, year=2020 + number % 2,
            lead_district=personas.district(("APL", "HOE", "BRA")[number % 5 % 3]), cost_total=number % 4 * 10,
            granted_total=number % 3 * 5, starts_on=date(2020, 1 + number % 6, 3) if number % 4 else None,
        )  # fmt: skip
        if number % 5 == 1:
            Participation.objects.create(project=project, district=personas.district("APL"))
        if number % 7 == 0:
            Project.objects.filter(pk=project.pk).update(published_on=None)
    user = personas.visitor() if persona == "visitor" else personas.ALL[persona]()
    involved = Q(lead_district__code="APL") | Q(participations__district__code="APL")
    seen = list(Project.objects.filter(involved).visible_to(Roles(user)).distinct())
    assert len(seen) > 12
    client = Client()
    if persona != "visitor":
        client.force_login(user)  # type: ignore[arg-type]
    for jahr, stand, sortierung in product((None, 2020), ("", "returned", "settled"), ("", *ORDERS)):
        chosen = {"bezirk": "aplerbeck", "jahr": jahr or "", "stand": stand, "sortierung": sortierung}
        page = client.get(reverse("projects:list"), chosen).context["page"]
        expected = in_plain(seen, jahr=jahr, stand=stand, sortierung=sortierung)
        assert [project.pk for project in page] == expected, chosen


@pytest.mark.parametrize("persona", ["visitor", "gf_aplerbeck", "gf_brackel", "wf1", "auditor"])
def test_a_district_s_page_counts_what_is_seen_of_it(persona: str) -> None:
    for number in range(9):
        project = add(f"Fest {number}", lead_district=personas.district("BRA" if number % 3 else "APL"))
        if number % 3 and number < 6:
            Participation.objects.create(project=project, district=personas.district("APL"))
        if number % 4 == 0:
            lift_guards()
            Project.objects.filter(pk=project.pk).update(published_on=None, number=None, state="draft")
    user = personas.visitor() if persona == "visitor" else personas.ALL[persona]()
    client = Client()
    if persona != "visitor":
        client.force_login(user)  # type: ignore[arg-type]
    involved = Q(lead_district__code="APL") | Q(participations__district__code="APL")
    seen = Project.objects.filter(involved).visible_to(Roles(user)).distinct().count()
    page = client.get(reverse("district", args=["aplerbeck"])).context["page"]
    assert (page.paginator.count, len(page)) == (seen, seen)
    assert seen == {"visitor": 5, "auditor": 5, "gf_brackel": 6, "gf_aplerbeck": 7, "wf1": 7}[persona]


class TestLongLists:
    def test_a_page_beyond_the_last_shows_the_last_one(self) -> None:
        many(120)
        whole = list(Project.objects.values_list("pk", flat=True))

        def page(number: object) -> list[int]:
            response = Client().get(reverse("projects:list"), {"page": number})
            return [project.pk for project in response.context["page"].object_list]

        assert page(1) == page("quatsch") == page("") == whole[:50]
        assert page(2) == whole[50:100]
        assert page(3) == page(99) == page(9**30) == whole[100:]

    def test_the_whole_selection_is_counted_and_summed(self) -> None:
        many(1200, granted_total=1)
        html = Client().get(reverse("projects:list"), {"page": 24}).content.decode()
        assert "1.200 Projekte." in html
        assert "Summe aller 1200 Projekte" in html
        assert "719.400,00" in html and "1.200,00" in html
        html = Client().get(reverse("projects:list"), {"jahr": 2003}).content.decode()
        assert "60 Projekte passen zur Auswahl" in html and "Summe aller 60 Projekte" in html

    @pytest.mark.parametrize("order", ORDERS)
    def test_undated_rows_come_last_and_orders_are_the_same_everywhere(self, order: str) -> None:
        many(3, starts_on=date(2020, 1, 1))
        add("Ärzte", starts_on=date(2019, 1, 1), cost_total=7)
        add("Zelt", starts_on=None)
        titles = found("", sortierung=order)
        expected = {
            "titel": ["Ärzte", "Markt 0000", "Markt 0001", "Markt 0002", "Zelt"],
            "beginn": ["Ärzte", "Markt 0000", "Markt 0001", "Markt 0002", "Zelt"],
            "-beginn": ["Markt 0002", "Markt 0001", "Markt 0000", "Ärzte", "Zelt"],
            "-kosten": ["Ärzte", "Markt 0002", "Markt 0001", "Zelt", "Markt 0000"],
            "-foerderung": ["Zelt", "Ärzte", "Markt 0002", "Markt 0001", "Markt 0000"],
        }
        assert titles == expected[order]


@pytest.mark.skipif(
    "connection.vendor != 'sqlite'", reason="PostgreSQL's planner chooses by what it has counted"
)
@pytest.mark.parametrize("narrowed", [False, True])
def test_hits_come_out_of_the_index_in_its_order(narrowed: bool, django_assert_num_queries: Any) -> None:
    many(3)
    with django_assert_num_queries(3 if narrowed else 2) as captured:
        search.newest_hits(Project.objects.all(), search.parse("markt"), narrowed=narrowed)
    for query in captured.captured_queries[1:]:
        steps = plan(query["sql"])
        assert "VIRTUAL TABLE" in steps[0] if len(steps) == 1 else steps
        assert [step for step in steps if "TEMP B-TREE" in step] == []


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite asks its vocabulary")
def test_a_text_that_was_looked_at_by_chance_makes_no_rare_word_frequent() -> None:
    """The tenth of a thousand texts in order is among the hundred that PostgreSQL looks at unless told otherwise."""
    many(1000)
    tenth = SearchText.objects.order_by("text")[9].project
    Project.objects.filter(pk=tenth.pk).update(title=f"{tenth.title} Niederauplatz")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE projects_searchtext")
        cursor.execute(
            "EXPLAIN (FORMAT JSON) SELECT 1 FROM projects_searchtext WHERE text LIKE '%niederauplatz%'"
        )
        [([explained],)] = cursor.fetchall()
    assert explained["Plan"]["Plan Rows"] <= 4


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL has one way")
def test_words_and_letters_find_the_same(monkeypatch: Any) -> None:
    """SQLite asks one of two indexes; which one is no matter of what is found, also after texts have changed."""
    parts = (
        "Markt",
        "Weihnachtsmarkt",
        "Märkte",
        "am",
        "Hörde",
        "Über",
        "2016",
        "Русский",
        "x",
        "e5",
        "ﷺ",
        "a²b",
    )
    for n in range(40):
        add(
            " ".join(parts[(n * step + step) % len(parts)] for step in (1, 5, 7)),
            summary=parts[n % 7] * (n % 3),
        )
    for project in Project.objects.all()[::3]:
        Project.objects.filter(pk=project.pk).update(title=f"{project.title[3:]} Umbenannt")
    terms = ("markt", "arkt", "hoe", "am", "a", "ue", "2016", "русский", "усск", "x", "e5", "nirgends", "umben", "a²b",
             "2016-APL", "ﷺ", "marktam", "aplerbeck")  # fmt: skip

    def every() -> list[list[int]]:
        return [
            [
                hit.pk
                for hit in search.newest_hits(
                    Project.objects.all(), search.parse(f"{one} {other}"), narrowed=False
                )
            ]
            for one, other in product(terms, terms)
        ]

    by_words = every()
    assert sum(map(bool, by_words)) > 100
    monkeypatch.setattr(search, "WORDS", -1)
    assert every() == by_words


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL has one way")
def test_a_word_is_looked_for_among_words_and_few_letters_by_letters() -> None:
    for n in range(search.WORDS + 1):
        add(f"Fest Abend{n:02d}chor")
    for query, name in (("fest", "word_index"), ("endchor", "word_index"), ("abend", "search_index"), ("2016 apl", "word_index"),
                        ("2016-apl", "search_index"), ("a", "search_index"), ("abend fest", "search_index")):  # fmt: skip
        assert search.Index.of(search.parse(query)).name == name, query
    assert not search.Index.of(search.parse("fest")).is_frequent


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite keeps no plan")
def test_no_plan_is_kept_for_a_search() -> None:
    """One plan for all words would read every text to find the newest hits of a frequent one."""
    many(3)
    connection.ensure_connection()
    threshold = connection.connection.prepare_threshold
    for _ in range(12):
        assert len(search.newest_hits(Project.objects.all(), search.parse("markt"), narrowed=False)) == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%searchtext%'")
        assert cursor.fetchall() == []
    assert connection.connection.prepare_threshold == threshold == 5


class TestRecomputing:
    """After a migrate, what is stored is recomputed where it may have fallen behind, and only there."""

    @pytest.fixture
    def altered(self) -> SearchText:
        """A text that nothing but a recomputing mends."""
        project = add("Ein Titel")
        triggers.lift()
        SearchText.objects.filter(project=project).update(title=" gemerkt ")
        triggers.install()
        return SearchText.objects.get(project=project)

    def migrate(self, *operations: Any, app: str = "projects") -> None:
        migration = Migration("next", app)
        migration.operations = list(operations)
        plan = [(migration, False)]
        apps.lift_triggers(using="default", plan=plan)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        apps.install_triggers(using="default", plan=plan)

    def is_recomputed(self, altered: SearchText) -> bool:
        altered.refresh_from_db()
        assert altered.title in (" gemerkt ", " ein titel ")
        return altered.title == " ein titel "

    def test_an_ordinary_migration_leaves_the_texts_alone(self, altered: SearchText) -> None:
        self.migrate(
            migrations.AddField("Project", "note", models.TextField(default="")),
            migrations.AddIndex("Project", models.Index(fields=["year"], name="some_index")),
            migrations.CreateModel("Novelty", [("id", models.BigAutoField(primary_key=True))]),
            migrations.AlterModelOptions("Project", {"verbose_name": "Projekt"}),
            migrations.AlterField("CostItem", "label", models.TextField()),
        )
        self.migrate(migrations.AlterField("Pot", "name", models.TextField()), app="funding")
        self.migrate()
        assert triggers.names() <= installed_triggers()
        assert not self.is_recomputed(altered)

    @pytest.mark.parametrize(
        ("app", "operation"),
        [
            ("funding", migrations.RunPython(migrations.RunPython.noop)),
            ("members", migrations.RunSQL("SELECT 1")),
            ("projects", migrations.AddField("SearchText", "more", models.TextField(default=""))),
            ("projects", migrations.AlterField("Involvement", "state", models.CharField(max_length=30))),
            ("projects", migrations.AlterField("project", "title", models.CharField(max_length=300))),
            ("members", migrations.AlterField("District", "name", models.CharField(max_length=300))),
            ("projects", migrations.DeleteModel("SearchText")),
        ],
    )
    def test_a_migration_that_may_write_has_them_recomputed(
        self, app: str, operation: Any, altered: SearchText
    ) -> None:
        self.migrate(operation, app=app)
        assert self.is_recomputed(altered)

    def test_a_migration_that_broke_off_is_remembered(self, altered: SearchText) -> None:
        migration = Migration("broken", "projects")
        migration.operations = [migrations.RunPython(migrations.RunPython.noop)]
        apps.lift_triggers(using="default", plan=[(migration, False)])
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.migrate()
        assert self.is_recomputed(altered)

    def test_a_changed_definition_recomputes_without_any_migration(
        self, altered: SearchText, monkeypatch: Any
    ) -> None:
        triggers.install()
        assert not self.is_recomputed(altered)
        changed = triggers._refresh_text
        monkeypatch.setattr(triggers, "_refresh_text", lambda *given: changed(*given) + " OR 1 = 0")
        triggers._fingerprint.cache_clear()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        triggers.install()
        assert self.is_recomputed(altered)
        monkeypatch.undo()
        triggers._fingerprint.cache_clear()


def plan(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}".replace("%", "%%"), [])
            return [row[-1] for row in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {sql}".replace("%", "%%"), [])
        lines = [row[0] for row in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_seqscan = on")
        cursor.execute("SET LOCAL enable_sort = on")
        return lines


def test_years_are_those_of_what_one_may_see() -> None:
    add("Alt", year=2009)
    add("Neu", year=2011)
    personas.make_project(personas.gf_aplerbeck(), title="Entwurf", year=2014)

    def years(user: Any) -> list[int]:
        from projects.filters import ProjectFilter

        return ProjectFilter({}, queryset=Project.objects.visible_to(Roles(user))).years

    assert years(personas.visitor()) == [2011, 2010, 2009]
    assert years(personas.gf_aplerbeck())[0] == 2014
