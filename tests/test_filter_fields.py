"""Fields of a filter are drawn as crispy draws those of every other form."""

import re
from html import unescape
from typing import Any

import pytest
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django.http import QueryDict

from members.permissions import Roles
from projects.filters import ProjectFilter
from projects.models import Project
from projects.templatetags.filterform import filter_field
from tests import personas

pytestmark = pytest.mark.django_db


def elements(html: str) -> list[Any]:
    """Tags with their attributes in any order, and the words between them; without crispy's own classes."""
    found: list[Any] = []
    for tag, text in re.findall(r"(<[^>]+>)|([^<]+)", html):
        name, *given = re.findall(r'[\w/-]+(?:="[^"]*")?', tag) or [""]
        classes = (each.replace("textinput ", "").replace("checkboxinput ", "") for each in given)
        found.append(
            (name, sorted(each.replace('"select ', '"') for each in classes)) if tag else text.split()
        )
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
    form = ProjectFilter(QueryDict(query), queryset=Project.objects.visible_to(Roles(personas.wf1()))).form
    for name in form.fields:
        ours = filter_field(form[name])
        assert elements(ours) == elements(as_crispy_field(form[name])), unescape(ours)
