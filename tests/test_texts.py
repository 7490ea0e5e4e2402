"""Texts that look the same are the same: whatever is typed or pasted becomes normal where it enters."""

import logging
import pkgutil
import unicodedata
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

import django_filters
import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.test import Client, RequestFactory
from django.urls import reverse

import funding
import members
import projects
import stadtbezirk
from funding import services as money
from funding.models import Decision, Pot
from funding.plan import pot_of
from members.common import days, fields
from members.common.forms import DateInput
from members.common.iban import BICField, IBANField
from members.common.money import MoneyFormField
from members.common.texts import normal
from members.common.triggers import labels
from members.models import Body, Organisation, Person, User
from members.services import end
from projects import comments, search
from projects.models import Comment, FieldOfAction, FinancingItem, Project
from stadtbezirk.models import PublishedFigure
from tests import personas
from tests.files import PDF, upload
from tests.tampering import lift_guards
from tests.test_admin import signed_in, url
from tests.test_project_pages import enter

pytestmark = pytest.mark.django_db

#: "Hörder Verein", as a Mac and a page of the web write it.
ODD = "\ufeff Ho\u0308r\u00adder\u00a0\u200bVer\u200dein\u202c\u2009"
NORMAL = "Hörder Verein"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (ODD, NORMAL),
        ("  viele   Leerzeichen  ", "viele Leerzeichen"),
        ("eine\r\nZeile\tmit\u3000Weite", "eine Zeile mit Weite"),
        ("\u200b\u00a0\u2060", ""),
        ("Stra\u00dfe 5 \u2013 7, caf\u00e9", "Stra\u00dfe 5 \u2013 7, caf\u00e9"),
        ("\u202e\u2066umgedreht\u2069", "umgedreht"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert normal(text) == line


def test_several_lines() -> None:
    text = "\u00a0Erste\u00a0Zeile \r\n\r\n  Zweite\rDritte\u2028Vier\u200bte\x0bFünfte\n\n"
    assert normal(text, lines=True) == "Erste Zeile\n\n  Zweite\nDritte\nVierte\nFünfte"


# -- every door ----------------------------------------------------------------------------------------


def test_a_look_alike_in_the_project_form_is_the_organiser_that_is_there() -> None:
    known = Organisation.objects.create(name=NORMAL)
    before = Organisation.objects.count()
    enter(
        signed_in(personas.gf_aplerbeck()),
        organiser_name=ODD,
        title=f"Fest {ODD}",
        summary="Eins\r\nzwei\u200b",
    )
    project = Project.objects.get()
    assert (project.organiser, Organisation.objects.count()) == (known, before)
    assert (project.title, project.summary) == (f"Fest {NORMAL}", "Eins\nzwei")


def test_a_look_alike_in_the_administration_is_refused_as_the_same_name() -> None:
    Organisation.objects.create(name=NORMAL)
    client = signed_in(personas.admin_verein())
    answer = client.post(
        url("add", Organisation), {"name": ODD, "short_name": "", "place": "", "website": "", "country": "DE"}
    )
    assert answer.status_code == 200
    assert "name" in answer.context["adminform"].form.errors
    assert Organisation.objects.filter(name=NORMAL).count() == 1


def test_a_service_and_a_query_meet_the_normal_text() -> None:
    body = Body.objects.create(kind=Body.Kind.FORUM, district=personas.district("APL"), name=ODD)
    assert body.name == NORMAL  # the row in hand, too
    assert Body.objects.get(name=ODD) == body
    assert (
        Organisation.objects.get_or_create(name=ODD)[0] == Organisation.objects.get_or_create(name=NORMAL)[0]
    )
    [made] = Person.objects.bulk_create([Person(given_name="Jo\u0308rg", family_name=ODD)])
    assert Person.objects.get(pk=made.pk).given_name == "Jörg"
    Person.objects.filter(pk=made.pk).update(given_name=ODD)
    assert Person.objects.get(pk=made.pk).given_name == NORMAL


def test_reasons_comments_and_sources_are_normal() -> None:
    gf, wf = personas.gf_aplerbeck(), personas.wf1()
    project = personas.handed_in(gf, shares={"APL": "500"})
    comment = comments.write(project, actor=gf, text=f"{ODD}\r\nZeile", audience=Comment.Audience.SHARED)
    assert comment.text == f"{NORMAL}\nZeile"
    application = personas.application(project)
    money.return_to_applicant(application, reason=f"\u200b{ODD}\r\nBitte", actor=personas.director("APL"))
    assert Decision.objects.latest("pk").reason == f"{NORMAL}\nBitte"
    pot = money.open_pot(project.year, code="LICHT", source=ODD, amount=Decimal(5), actor=wf)
    assert pot.source == Pot.objects.get(pk=pot.pk).source == NORMAL


def test_a_reason_of_invisible_characters_is_none() -> None:
    mandate = personas.gf_aplerbeck().person.mandates.get()  # type: ignore[union-attr]
    with pytest.raises(forms.ValidationError, match="Grund des Austritts"):
        end(mandate, on=date(2020, 1, 1), reason="\u200b\u00a0", actor=personas.superuser())


def test_a_comment_of_invisible_characters_is_none() -> None:
    gf = personas.gf_aplerbeck()
    project = personas.handed_in(gf)
    with pytest.raises(ValueError, match="has text"):
        comments.write(project, actor=gf, text="\u200b\u00ad", audience=Comment.Audience.SHARED)


def test_an_account_is_found_by_a_copied_address() -> None:
    user = personas.wf1()
    client = Client()
    sent = {"login": f"\u200b{user.email}\u00a0", "password": personas.PASSWORD}
    assert client.post(reverse("account_login"), sent).status_code == 302
    assert User.objects.create_user("\u200bneu@example.org\u200b").email == "neu@example.org"


def test_a_password_is_taken_as_it_is_typed() -> None:
    user = personas.wf1()
    user.set_password("Zwei  Leerzeichen o\u0308 hier ")
    user.save()
    answer = {}
    for password in ("Zwei  Leerzeichen o\u0308 hier ", "Zwei Leerzeichen ö hier"):
        sent = {"login": user.email, "password": password}
        answer[password] = Client().post(reverse("account_login"), sent).status_code
    assert list(answer.values()) == [302, 200]


def test_search_boxes_amounts_and_days_take_what_was_copied() -> None:
    personas.approved(personas.gf_aplerbeck(), title="Lichterfest in Hörde")
    page = Client().get(reverse("projects:list"), {"suche": "Ho\u0308r\u00adde\u200b"})
    assert [project.title for project in page.context["page"]] == ["Lichterfest in Hörde"]
    assert MoneyFormField().clean("\u200e1.234,50\u00a0€\u200b") == Decimal("1234.50")
    assert days.parse("\u200e14.03.2026\u200f") == date(2026, 3, 14)
    day = forms.DateField(widget=DateInput())
    typed_day = day.widget.value_from_datadict({"tag": "\u200e14.03.2026\u200f"}, {}, "tag")
    assert day.clean(typed_day) == date(2026, 3, 14)


def test_the_name_of_a_file_is_normal() -> None:
    gf = personas.gf_aplerbeck()
    project = personas.make_project(gf)
    file = upload(PDF, "Ho\u0308r\u00adder Verein\u200b.pdf")
    signed_in(gf).post(reverse("projects:attachments", args=[project.pk]), {"files": file, "note": ODD})
    attachment = project.attachments.get()
    assert (attachment.name, attachment.note) == (f"{NORMAL}.pdf", NORMAL)


# -- the kind ------------------------------------------------------------------------------------------

#: Texts that the program itself writes: numbers, sums of files, keys, folded texts, mails that were rendered.
WRITTEN_BY_US = {
    "members.accountevent": {"detail", "email_hash", "network_hash"},
    "members.district": {"slug"},
    "members.entrykey": {"key"},
    "members.outboxmail": {
        "subject",
        "occasion",
        "body",
        "html",
        "template",
        "sender",
        "error",
        "key",
        "group",
    },
    "members.user": {"password"},
    "closing.deletionitem": {"sha256", "source"},
    "letters.letter": {"number", "sha256"},
    "payments.payment": {"end_to_end"},
    "payments.paymentbatch": {"sha256"},
    "payments.bankstatement": {"sha256"},
    "projects.attachment": {"sha256"},
    "payments.callpaper": {"sha256"},
    "proofs.voucher": {"sha256"},
    "closing.snapshot": {"content", "digest"},
    "proofs.proofphoto": {"sha256"},
    "proofs.repaymentclaim": {"reference"},
    "proofs.sample": {"seed"},
    "projects.formkey": {"key"},
    "projects.comment": {"author_role"},
    "projects.project": {"number"},
    "projects.searchtext": {"place", "rest"},
    "funding.application": {"chain_end"},
    "funding.chainlink": {"digest"},
    "funding.pot": {"chain_end"},
    "funding.spentkey": {"key"},
}


def our_models() -> list[type[models.Model]]:
    return [model for label in sorted(labels()) for model in apps.get_app_config(label).get_models()]


def test_every_column_of_free_text_normalises() -> None:
    astray = {
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not (
            field.choices or isinstance(field, fields.FoldedField | IBANField | BICField | models.FileField)
        )
        and not str(model._meta.model_name).startswith("historical")
        and field.name not in WRITTEN_BY_US.get(model._meta.label_lower, ())
        and field.get_prep_value(ODD) != NORMAL
    }
    assert not astray


def every_form() -> Iterator[type[forms.BaseForm]]:
    """Every form of ours: of pages, of filters, and of the administration."""
    for package in (members, projects, funding, stadtbezirk):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name and ".management" not in module.name:
                import_module(module.name)
    found, seen = [forms.BaseForm], set()
    while found:
        form = found.pop()
        found += form.__subclasses__()
        if form not in seen and form.__module__.split(".")[0] in labels() | {"common"}:
            seen.add(form)
            yield form
    for filterset in django_filters.FilterSet.__subclasses__():
        if filterset.__module__.split(".")[0] in labels():
            yield type(
                filterset.__name__,
                (forms.Form,),
                {n: f.field for n, f in deepcopy(filterset.base_filters).items()},
            )
    request = RequestFactory().get("/")
    request.user = personas.superuser()
    for model, options in admin.site._registry.items():
        if model in our_models() and options.has_change_permission(request):
            yield options.get_form(request)
            for inline in options.get_inline_instances(request, model()):
                yield inline.get_formset(request).form


#: A key, a digest or a word that the form itself sends along.
SENT_BY_US = {"key", "step", "seen", "base", "confirmed"}


def test_every_field_for_text_normalises() -> None:
    astray = set()
    checked = 0
    for form in every_form():
        for name, field in form.base_fields.items():
            secret = isinstance(field.widget, forms.PasswordInput)
            if not isinstance(field, forms.CharField) or secret or name in SENT_BY_US:
                continue
            checked += 1
            if not isinstance(field, MoneyFormField) and "\u200b" in str(field.to_python("dort\u200bmund")):
                astray.add(f"{form.__module__}.{form.__name__}.{name}")
    assert checked > 60
    assert not astray


# -- what was stored before ----------------------------------------------------------------------------


def migrate(name: str, state: Any = apps) -> None:
    app, _, module = name.partition(".")
    import_module(f"{app}.migrations.{module}").normalise_texts(state, connection.schema_editor())


def raw(model: type[models.Model], row: models.Model, **texts: str) -> None:
    """Write as SQL does, past the model's fields."""
    with connection.cursor() as cursor:
        for name, text in texts.items():
            cursor.execute(f'UPDATE "{model._meta.db_table}" SET "{name}" = %s WHERE id = %s', [text, row.pk])


def test_the_migration_makes_texts_normal_and_writes_their_keys() -> None:
    person = Person.objects.create(given_name="x", family_name="y")
    raw(Person, person, given_name="Jo\u0308rg", family_name="Mu\u0308ller\u200b", folded_name="")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE members_historicalperson SET given_name = %s WHERE id = %s", ["Jo\u0308rg", person.pk]
        )
    project = personas.make_project(personas.gf_aplerbeck())
    before = Project.objects.get().version
    raw(Project, project, title=ODD, summary="Eins\r\nzwei")
    migrate("members.0017_keys_of_names")
    migrate("projects.0027_keys_of_names")
    person.refresh_from_db()
    assert (person.given_name, person.family_name, person.folded_name) == (
        "Jörg",
        "Müller",
        " mueller  joerg ",
    )
    assert person.history.get().given_name == "Jörg"
    project.refresh_from_db()
    assert (project.title, project.summary, project.version) == (NORMAL, "Eins\nzwei", before)
    assert project.search.title == " hoerder verein "
    assert not list(search.stale())


def test_two_rows_that_become_equal_are_both_kept_and_reported(caplog: pytest.LogCaptureFixture) -> None:
    first = Organisation.objects.create(name="a")
    second = Organisation.objects.create(name=NORMAL)
    raw(Organisation, first, name=unicodedata.normalize("NFD", NORMAL))
    with caplog.at_level(logging.WARNING):
        migrate("members.0017_keys_of_names")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.name, second.name) == (f"{NORMAL} (2)", NORMAL)
    assert f"heißt jetzt „{NORMAL} (2)“" in caplog.text


def test_what_nobody_sees_at_all_stays_where_a_text_is_needed(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing may stand there, and a number alone would be no name. A short name may be empty."""
    blank, other = (
        Organisation.objects.create(name="a", short_name="A"),
        Organisation.objects.create(name="b"),
    )
    raw(Organisation, blank, name="\u200b", short_name="\u200b")
    figure = PublishedFigure.objects.create(year=2012, projects=3, source="a")
    raw(PublishedFigure, figure, source="\u200b")
    # Migrations know Django's own fields, which leave a text as it is.
    state = MigrationLoader(connection).project_state().apps
    with caplog.at_level(logging.WARNING):
        migrate("members.0017_keys_of_names", state)
        migrate("stadtbezirk.0008_keys_of_names", state)
    names = Organisation.objects.filter(pk__in=[blank.pk, other.pk]).values_list("name", "short_name")
    assert sorted(names) == [("b", ""), ("\u200b", "")]
    assert PublishedFigure.objects.filter(pk=figure.pk, projects=3).exists() and not caplog.text


def test_the_migration_of_funding_and_of_figures_leaves_bookings_alone() -> None:
    pot = money.open_pot(
        personas.open_year().year, code="LICHT", source="x", amount=Decimal(5), actor=personas.wf1()
    )
    field = FieldOfAction.objects.all()[0]
    lift_guards()
    raw(Pot, pot, source=ODD, code="Licht  \u200bHo\u0308rde")
    project = personas.make_project(personas.gf_aplerbeck(), special={"LICHT": "5"})
    row = project.financing_items.get()
    raw(FinancingItem, row, pot_code="Licht  \u200bHo\u0308rde")
    raw(FieldOfAction, field, name=f"{field.name}\u200b")
    migrate("funding.0018_keys_of_names")
    migrate("projects.0027_keys_of_names")
    pot.refresh_from_db()
    assert (pot.source, pot.folded_source, pot.code) == (NORMAL, " hoerder verein ", "Licht Hörde")
    row.refresh_from_db()
    assert pot_of(row, [pot]) == pot, "the plan still names its pot"
    assert FieldOfAction.objects.get(pk=field.pk).name == field.name
