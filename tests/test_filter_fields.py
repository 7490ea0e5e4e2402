"""Fields of a filter and of a step are drawn as crispy draws those of every other form."""

import re
from html import unescape
from typing import Any

import pytest
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django.http import QueryDict
from django.urls import reverse

from funding.forms import SECONDARY, GrantForm, ResolutionForm
from funding.models import Step
from members.permissions import Roles
from projects.filters import ProjectFilter
from projects.templatetags.filterform import filter_field, hidden_fields, step_field
from tests import personas

pytestmark = pytest.mark.django_db


def elements(html: str) -> list[Any]:
    """Tags with their attributes in any order, and the words between them; without crispy's own classes."""
    found: list[Any] = []
    for tag, text in re.findall(r"(<[^>]+>)|([^<]+)", html):
        name, *given = re.findall(r'[\w/-]+(?:="[^"]*")?', tag) or [""]
        classes = (
            re.sub(r"\b(textinput|textarea|numberinput|dateinput|checkboxinput|select) ", "", g)
            for g in given
        )
        found.append((name, sorted(classes)) if tag else text.split())
    return [each for each in found if each]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "suche=%22%3E%3Cb%3E+%26&jahr=2016&bezirk=hoerde&feld=2&stand=approved&drittmittel=on",
        "jahr=abc&bezirk=atlantis&feld=%3Cb%3E&stand=x&sortierung=y&uebergreifend=false",
    ],
)
def test_fields_look_like_those_of_other_forms(query: str) -> None:
    personas.approved(personas.gf_aplerbeck())
    form = ProjectFilter(QueryDict(query), roles=Roles(personas.wf1())).form
    for name in form.fields:
        ours = filter_field(form[name])
        assert elements(ours) == elements(as_crispy_field(form[name])), unescape(ours)


@pytest.mark.parametrize(
    "data", [None, {"amount": "<b>", "date": "gestern", "reason": "</textarea>", "financing": "x"}]
)
def test_fields_of_a_step_look_like_those_of_other_forms(data: dict[str, str] | None) -> None:
    application = personas.application(personas.handed_in(personas.gf_aplerbeck()), "S1-APL")
    for step, made_by in {**SECONDARY, Step.SIGN: GrantForm, Step.APPROVE: ResolutionForm}.items():
        form = made_by(step, application, data)
        for field in form.visible_fields():
            assert elements(step_field(field)) == elements(as_crispy_field(field)), field.name
        assert elements(hidden_fields(form)) == elements("".join(map(str, form.hidden_fields())))


@pytest.mark.parametrize(
    "typed",
    [
        None,
        {"title": "", "summary": "</textarea>", "year": "x", "starts_on": "gestern", "own_share": '"<b>', "lead_district": "x"},
        {"title": '"Fest" <b>', "year": str(personas.this_year()), "starts_on": "2026-13-01", "pillar_2": "1.2.3"},
    ],
)  # fmt: skip
def test_fields_of_the_project_form_look_like_those_of_other_forms(client, typed) -> None:
    client.force_login(personas.gf_aplerbeck())
    rows = {
        f"{prefix}-{name}": value
        for prefix in ("costs", "others")
        for name, value in {
            "TOTAL_FORMS": 2,
            "INITIAL_FORMS": 0,
            "0-label": "<Miete>",
            "0-amount": "-1",
        }.items()
    }
    address = reverse("projects:create")
    page = client.post(address, {**rows, **typed, "action": "save"}) if typed else client.get(address)
    shown = page.context
    fields = [f for f in shown["form"].visible_fields() if f.name != "further_fields"]
    fields += [shown["pots"][name] for name in ("own_share", "pillar_2", "special_amount")]
    fields += [further["share"] for further in shown["pots"].further]
    for formset in (shown["costs"], shown["others"]):
        fields += [
            f for row in [*formset, formset.empty_form] for f in row.visible_fields() if f.name != "DELETE"
        ]
    assert len(fields) > 30
    assert bool(typed) == any(field.errors for field in fields)
    for field in fields:
        assert elements(step_field(field)) == elements(as_crispy_field(field)), field.html_name
    for further in shown["pots"].further:
        assert elements(filter_field(further["takes_part"])) == elements(
            as_crispy_field(further["takes_part"])
        )
