"""The harness of ``make bench`` runs, tiny. No figure is asserted: how fast is what the harness prints."""

import json

import pytest

from tests.bench import parts
from tests.bench.__main__ import arguments, main
from tests.bench.client import Form
from tests.bench.rows import Row


def test_the_parts_run_and_the_page_is_made_of_their_rows(tmp_path):
    """All but what starts servers and whole processes, which takes a minute even tiny."""
    only = [name for name in parts.SCOPES if name not in ("throughput", "process")]
    tiny = ["--sizes", "60", "--write-size", "60", "--db", "sqlite", "--repeats", "1", "--seconds", "1"]
    places = ["--folder", f"{tmp_path}/work", "--results", f"{tmp_path}/docs"]
    main(arguments([*tiny, "--only", " ".join(only), *places]))
    result = json.loads((tmp_path / "docs/leistung.json").read_text())
    rows = [Row.from_json(values) for values in result["rows"]]
    assert {row.part for row in rows} == set(only)
    assert all(row.floor for row in rows if row.target)
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
