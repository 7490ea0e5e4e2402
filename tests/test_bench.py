"""The harness of ``make bench`` runs, tiny. No figure is asserted: how fast is what the harness prints."""

import json

import pytest

from tests.bench import parts, picture, report, statewide
from tests.bench.__main__ import arguments, main
from tests.bench.client import Form
from tests.bench.databases import ROOT
from tests.bench.parts.pages import rows_on
from tests.bench.rows import Row


@pytest.mark.slow
def test_the_parts_run_and_the_page_is_made_of_their_rows(tmp_path):
    """All but what needs a browser."""
    only = [name for name in parts.SCOPES if name != "layout_shift"]
    tiny = ["--sizes", "60", "--write-size", "60", "--db", "sqlite", "--repeats", "1", "--seconds", "1"]
    places = ["--folder", f"{tmp_path}/work", "--results", f"{tmp_path}/docs"]
    main(arguments([*tiny, "--only", " ".join(only), *places]))
    result = json.loads((tmp_path / "docs/leistung.json").read_text())
    rows = [Row.from_json(values) for values in result["rows"]]
    assert {row.part for row in rows} == set(only)
    assert all(row.floor for row in rows if row.target)
    assert all((row.shown is None) is (row.part != "pages") for row in rows)
    page = (tmp_path / "docs/leistung.md").read_text()
    assert "Projektliste, director" in page
    assert "Bewilligen auf 12 Töpfen" in page
    assert (tmp_path / "docs/leistung.svg").read_text().startswith("<svg")


def test_a_ratio_is_met_from_the_right_side():
    common = {"part": "x", "what": "x", "database": "sqlite", "size": 1, "unit": "ms", "floor": 10.0}
    assert Row(**common, ours=30.0, target=3.0).met
    assert not Row(**common, ours=31.0, target=3.0).met
    assert Row(**common, ours=5.0, target=0.5, at_least=True).met
    assert not Row(**common, ours=4.0, target=0.5, at_least=True).met


def test_beside_the_growth_stands_how_much_more_the_page_shows():
    pages = [
        Row("pages", "Startseite, director", "sqlite", size, ours, "ms", 10.0, 4.0, queries=9, shown=shown, against="bare view")
        for size, ours, shown in ((250, 10.0, 2), (250_000, 20.0, 50))
    ]  # fmt: skip
    result = json.loads((ROOT / "docs/leistung.json").read_text()) | {"sizes": [250, 250_000]}
    assert "| 2,00× **✗**, 2 → 50 Zeilen |" in report.page(result, pages)
    assert "Startseite, director, 2 → 50 Zeilen" in picture.draw(pages, result["sizes"])
    pages[0].shown = 50
    assert "| 2,00× **✗**, 50 Zeilen |" in report.page(result, pages)
    # A run from before they were counted.
    pages[0].shown = None
    assert "| 2,00× **✗** |" in report.page(result, pages)
    assert ">Startseite, director<" in picture.draw(pages, result["sizes"])


def test_of_a_page_its_own_rows_and_items_are_counted():
    page = (
        "<ul><li>Menü</li></ul><main><table><thead><tr><th>Projekt</th></tr></thead>"
        "<tbody><tr class='own'><td>eins</td></tr><tr><td>zwei</td></tr></tbody>"
        "<tfoot><tr><td>Summe</td></tr></tfoot></table><ul>\n<li>drei</li></ul>"
        "<nav><ul><li>Seite 2</li></ul></nav><link><trace></main><ul><li>Impressum</li></ul>"
    )
    assert rows_on(page) == 3


def test_only_a_whole_run_replaces_the_page_in_docs(tmp_path):
    assert arguments([]).results.name == "docs"
    assert arguments(["--only", "pages", "--folder", str(tmp_path)]).results == tmp_path
    assert arguments(["--db", "sqlite", "--folder", str(tmp_path)]).results == tmp_path


def test_unknown_parts_are_refused(capsys):
    with pytest.raises(SystemExit):
        arguments(["--only", "nonsense"])
    assert "parts are" in capsys.readouterr().err


def test_the_client_sends_a_form_back_as_a_browser_would():
    form = Form(
        '<form><input name="q"></form>'
        '<form><input name="a" value="1"><input type="checkbox" name="b"><input type="checkbox" name="c" checked>'
        '<select name="d"><option value="x">X</option><option value="y" selected>Y</option></select>'
        '<textarea name="e">Äpfel &amp; mehr</textarea><template><input name="f"></template>'
        '<input name="g" value="2"><button name="action">Los</button></form>'
    )
    assert form.values == [("a", "1"), ("c", "on"), ("d", "y"), ("e", "Äpfel & mehr"), ("g", "2")]


def measured(what: str, ours: float, unit: str, size: int = 2500) -> Row:
    return Row("x", what, "postgresql", size, ours, unit)


def test_the_plan_for_400_cities_is_computed_from_the_figures_of_the_run():
    rows = [
        measured(statewide.RATE, 30, "1/s"), measured(statewide.WEB, 36, "ms"), measured(statewide.DATABASE, 6, "ms"),
        measured(statewide.HOT, 20, "1/s"), measured(statewide.SPREAD, 35.2, "1/s"), measured(statewide.MEMORY, 50, "MB"),
        measured(statewide.SIZE, 20, "MB", 250), measured(statewide.SIZE, 2000, "MB", 250_000),
        measured(statewide.LIST, 20, "ms", 250), measured(statewide.LIST, 22, "ms", 250_000),
    ]  # fmt: skip
    page = statewide.page({"command": "make bench"}, rows)
    assert page is not None
    # 400 × 40 × 50 % × 60 / 3600 + 400 × 1000 × 15 % / 3600 = 150; × 36 ms / 60 % = 9 cores.
    assert "| 150 je Sekunde | 133 aus der Arbeit, 16,7 öffentlich |" in page
    assert "| 9 Kerne | 36 ms je Anfrage (gemessen) |" in page
    # 4 cores × 60 % / 36 ms = 66.7 requests a second, of the 150 that 400 cities make.
    assert "eine Maschine mit 4 Kernen | 178 Städten |" in page
    # 2 GB / 250,000 projects × 400 × 338.
    assert "| 1,08 GB im Jahr | 8 KB je Projekt" in page
    order = [
        "eine Maschine mit 4 Kernen |",
        "Verbindungen: 100",
        "Rechenzeit der Datenbank, 16",
        "Bewilligungen auf ver",
    ]
    assert sorted(order, key=page.index) == order
    assert statewide.page({"command": "make bench"}, rows[1:]) is None


@pytest.mark.parametrize(("name", "made"), [("leistung.md", report.page), ("ausbau.md", statewide.page)])
def test_the_pages_in_docs_are_made_of_the_figures_beside_them(name, made):
    result = json.loads((ROOT / "docs/leistung.json").read_text())
    rows = [Row.from_json(values) for values in result["rows"]]
    assert (ROOT / "docs" / name).read_text() == made(result, rows)
