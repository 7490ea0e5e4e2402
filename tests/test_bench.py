"""The harness of ``make bench`` runs, tiny. No figure is asserted: how fast is what the harness prints."""

import json

import pytest

from tests.bench import parts, picture, report
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
    # The longest wait is held to seconds, everything else to a floor.
    assert {row.what.partition(" auf ")[0] for row in rows if row.target and not row.floor} <= {
        "Längstes Warten"
    }
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
        Row("pages", "Startseite, director", "sqlite", size, ours, "ms", 10.0, 4.0, queries=9, shown=shown, against="list view")
        for size, ours, shown in ((250, 10.0, 2), (25_000, 20.0, 50))
    ]  # fmt: skip
    result = json.loads((ROOT / "docs/leistung.json").read_text()) | {"sizes": [250, 25_000]}
    # More rows cost more; only a page that shows as many may not grow.
    assert "| 2,00×, 2 → 50 Zeilen |" in report.page(result, pages)
    assert "Startseite, director, 2 → 50 Zeilen" in picture.draw(pages, result["sizes"])
    pages[0].shown = 50
    assert "| 2,00× **✗**, 50 Zeilen |" in report.page(result, pages)
    # A run from before they were counted.
    pages[0].shown = None
    assert "| 2,00× |" in report.page(result, pages)
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


def test_the_page_in_docs_is_made_of_the_figures_beside_it():
    result = json.loads((ROOT / "docs/leistung.json").read_text())
    rows = [Row.from_json(values) for values in result["rows"]]
    assert (ROOT / "docs/leistung.md").read_text() == report.page(result, rows)
