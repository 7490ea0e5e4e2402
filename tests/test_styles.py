"""The part of Bootstrap that is delivered: up to date, and nothing missing that a page uses."""

import re

import pytest

from tests import styles


def test_the_cut_is_up_to_date():
    assert styles.TARGET.read_text() == styles.bootstrap(), "run `make styles`"


def test_every_rule_of_a_used_class_is_kept():
    kept = dict(styles.rules(styles.TARGET.read_text()))
    for name in ("btn", "form-control", "is-invalid", "visually-hidden", "mb-3"):
        whole = re.findall(rf"\.{name}(?![\w-])", styles.SOURCE.read_text())
        assert whole, name
        assert any(re.search(rf"\.{name}(?![\w-])", head) for head in kept), name
    assert ".form-select.is-invalid:focus" in styles.TARGET.read_text()


@pytest.mark.parametrize(
    ("css", "left"),
    [
        (".used{a:b}.not{a:b}", ".used{a:b}\n"),
        (".used,.not>p,p{a:b}", ".used,p{a:b}\n"),
        (".used:not(.not){a:b}", ".used:not(.not){a:b}\n"),
        (".used .not{a:b}", ""),
        ("@media print{.not{a:b}.used{a:b}}@media screen{.not{a:b}}", "@media print{.used{a:b}}\n"),
        ("p{--bs-a:1;--bs-b:var(--bs-a);--bs-c:2;d:var(--bs-b)}", "p{--bs-a:1;--bs-b:var(--bs-a);d:var(--bs-b)}\n"),
        ("p{--bs-a:1;--bs-b:var(--bs-a)}", ""),
        ("p{--bs-outside:url(\"data:a;b,c\")}", "p{--bs-outside:url(\"data:a;b,c\")}\n"),
        ("@keyframes turn{to{a:b}}@keyframes stand{to{a:b}}p{animation:1s turn}", "@keyframes turn{to{a:b}}\np{animation:1s turn}\n"),
    ],
)  # fmt: skip
def test_what_nothing_asks_for_goes(css, left):
    licence = "/*! licence */"
    assert styles.cut(licence + css, {"used"}, "p{e:var(--bs-outside)}") == f"{licence}\n{left}"


def test_classes_are_found_around_template_tags(tmp_path, monkeypatch):
    page = tmp_path / "page.html"
    page.write_text('<p class="a{% if x == "b" %} c{% endif %} {{ d|default:"e" }}" id="f">g</p>')
    monkeypatch.setattr(styles, "sources", lambda: [page])
    assert {"a", "b", "c", "e"} <= styles.written()
    assert not {"f", "g"} & styles.written()


def test_a_late_font_moves_nothing(client, db):
    """Fonts that are not there for the first paint are left to the next page, and both weights are asked for early."""
    tokens = (styles.ROOT / "static/css/tokens.css").read_text()
    assert tokens.count("font-display: optional") == tokens.count("@font-face") == 4
    page = client.get("/").content.decode()
    for weight in (400, 600):
        assert re.search(
            rf'<link rel="preload" href="[^"]*latin-{weight}-normal[^"]*woff2" as="font"[^>]*crossorigin>',
            page,
        )
