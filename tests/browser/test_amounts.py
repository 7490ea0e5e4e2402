"""The script of the project form reads amounts as Python does: one table tests both."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from members.common.money import format_euro, from_cents

AMOUNTS = Path(__file__).parent.parent / "data" / "amounts.json"

pytestmark = pytest.mark.browser

FORM = """<form data-plan>
  <input data-plan-cost value="1,00"><input data-plan-cost id="typed">
  <output data-sum-cost></output><output data-sum-financing></output><output data-sum-difference></output>
</form>"""
TYPE_ALL = """texts => texts.map(text => {
  const input = document.getElementById("typed");
  input.value = text;
  input.dispatchEvent(new Event("input", {bubbles: true}));
  return document.querySelector("[data-sum-cost]").textContent;
})"""


def test_the_script_counts_every_spelling_as_python_reads_it(page: Any) -> None:
    """What Python refuses counts as nothing beside the other row of 1,00 euro, and never spoils the sum."""
    lines = json.loads(AMOUNTS.read_text(encoding="utf-8"))
    page.set_content(FORM)
    for script in ("amounts.js", "plan.js"):
        page.add_script_tag(path=Path(settings.BASE_DIR) / "static" / "js" / script)
    shown = page.evaluate(TYPE_ALL, [line["text"] for line in lines])
    wrong = [
        (line["text"], total)
        for line, total in zip(lines, shown, strict=True)
        if total != format_euro(from_cents(100 + line.get("cents", 0)))
    ]
    assert wrong == []
    assert len(lines) > 100
