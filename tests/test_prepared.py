"""Prepared querysets: the rows that Django's own would give, composed once.

Beside these tests, ``conftest`` compares the statement of every prepared call in the whole suite with Django's.
"""

import threading
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Count, Model, QuerySet
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from members.models import District, Mandate
from members.prepared import Prepared, attach, compose, prepared
from projects.models import CostItem, Project
from tests import personas

pytestmark = pytest.mark.django_db


@prepared
def named(names: Collection[str], above: int = 0) -> "QuerySet[District]":
    return District.objects.filter(name__in=names, pk__gt=above).order_by("code")


def test_a_collection_may_be_of_any_size_and_kind(django_assert_num_queries: Any) -> None:
    names = [d.name for d in District.objects.order_by("code")]
    with django_assert_num_queries(4):
        assert [d.name for d in named(names)] == names
        assert [d.name for d in named(frozenset(names[:3]))] == names[:3]
        assert [d.name for d in named([names[0]] * 3)] == names[:1]
        assert [d.name for d in named((names[1],), above=0)] == names[1:2]


def test_what_can_have_no_rows_asks_nobody(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert named([]) == []
        assert named.sums("id")([]) == (0, 0)


def test_a_number_that_no_column_holds_finds_nothing_and_is_not_kept() -> None:
    @prepared
    def by_key(key: int, other: int) -> "QuerySet[District]":
        return District.objects.filter(pk=key) | District.objects.filter(pk=other)

    district = District.objects.order_by("pk")[0]
    assert by_key(10**30, other=district.pk) == [district]
    assert by_key(district.pk, other=-(10**30)) == [district]
    assert by_key(10**30, other=10**30) == []
    assert by_key._composed == {}


def test_is_composed_once_for_each_shape() -> None:
    built: list[int] = []

    def build(some: Any, name: str | None) -> "QuerySet[District]":
        built.append(1)
        return District.objects.filter(name=name)

    fresh = Prepared(build)
    for arguments, shapes in (
        (([1], "a"), 1), (([2], "b"), 1), (([1, 2], "a"), 2), (([3], None), 3), (([4], None), 3), ((5, "a"), 4),
    ):  # fmt: skip
        Prepared._ready.__wrapped__(fresh, arguments, {})  # type: ignore[attr-defined]
        assert len(built) == shapes, arguments


def test_no_value_compares_as_null() -> None:
    @prepared
    def until(day: date | None) -> "QuerySet[Mandate]":
        return Mandate.objects.filter(until=day)

    personas.gf_aplerbeck()
    personas.former_gf()
    ended = Mandate.objects.get(until__isnull=False)
    assert until(ended.until) == [ended]
    assert until(None) == list(Mandate.objects.filter(until__isnull=True))


def test_moments_arrive_as_the_columns_hold_them() -> None:
    @prepared
    def expiring(before: datetime) -> "QuerySet[Session]":
        return Session.objects.filter(expire_date__lt=before)

    now = timezone.now()
    session = Session.objects.create(session_key="a", session_data="", expire_date=now)
    assert expiring(now + timedelta(seconds=1)) == [session]
    assert expiring(now - timedelta(seconds=1)) == []


def test_related_rows_parts_of_rows_and_figures_come_along(django_assert_num_queries: Any) -> None:
    @prepared
    def leading(district: int) -> "QuerySet[Project]":
        return (
            Project.objects.filter(lead_district=district)
            .annotate(parts=Count("cost_items"))
            .select_related("lead_district")
            .only("title", "lead_district__name")
            .prefetch_related("cost_items")
        )

    gf = personas.gf_aplerbeck()
    project = personas.make_project(gf)
    with django_assert_num_queries(2):
        (found,) = leading(project.lead_district_id)
        assert found.lead_district.name == "Aplerbeck"
        assert found.parts == len(found.cost_items.all()) > 0
    assert "summary" in found.get_deferred_fields()

    @prepared
    def by_lead(districts: Collection[int]) -> "QuerySet[Project, dict[str, Any]]":
        return (
            Project.objects.filter(lead_district__in=districts)
            .values("lead_district")
            .annotate(n=Count("pk"))
            .order_by()
        )

    assert by_lead([project.lead_district_id]) == [{"lead_district": project.lead_district_id, "n": 1}]
    assert named.sums("id")(["Aplerbeck"]) == (1, project.lead_district_id)


def test_rows_become_what_django_makes_of_them() -> None:
    """Converted values, related rows that may be missing, sorting by what is not selected: as Django's own."""
    gf = personas.gf_aplerbeck()
    for _ in range(2):
        personas.make_project(gf)
    Project.objects.filter(pk=Project.objects.earliest("pk").pk).update(main_field=None)
    projects = Project.objects.order_by("pk").annotate(parts=Count("cost_items"))
    for queryset in (
        projects.select_related("main_field", "lead_district", "created_by__person"),
        projects.only("title", "changed_at", "main_field__name").select_related("main_field"),
        projects.values("cost_total", "starts_on", "is_cross_district", "parts"),
        projects.values_list("parts", "cost_total", "changed_at", "lead_district__name"),
        projects.values_list("cost_total", flat=True),
        Project.objects.order_by("title", "pk").values_list("lead_district").distinct(),
    ):
        composed = compose(queryset, "default")
        assert composed is not None
        made, expected = composed.rows((), "default"), list(queryset)
        assert len(made) == len(expected) > 0
        assert [*map(_content, made)] == [*map(_content, expected)]


def _content(row: Any, depth: int = 3) -> Any:
    """All that a row holds: of an object its fields and marks, and the same of what it is related to."""
    if not isinstance(row, Model) or not depth:
        return row
    own = {name: value for name, value in vars(row).items() if name != "_state"}
    related = {name: _content(to, depth - 1) for name, to in row._state.fields_cache.items()}
    return type(row), own, row._state.db, row._state.adding, related


def test_rows_are_attached_as_prefetched_ones(django_assert_num_queries: Any) -> None:
    gf = personas.gf_aplerbeck()
    projects = [personas.make_project(gf), personas.make_project(gf, costs=[])]
    rows = list(CostItem.objects.filter(project__in=projects))
    with django_assert_num_queries(0):
        attach(projects, "cost_items", rows, by="project")
        assert list(projects[0].cost_items.all()) == rows
        assert projects[0].cost_items.all()[0].project is projects[0]
        assert not projects[1].cost_items.exists()


def test_alternatives_with_an_empty_one() -> None:
    @prepared
    def either(some: Collection[int], others: Collection[int]) -> "QuerySet[District]":
        first, second = (District.objects.filter(pk__in=pks).order_by() for pks in (some, others))
        return District.objects.filter(
            pk__in=first.values("pk").union(second.values("pk"), all=True)
        ).order_by("pk")

    a, b = District.objects.order_by("pk")[:2]
    assert either([a.pk], [b.pk]) == [a, b]
    assert either([], [b.pk]) == [b]
    assert either([], []) == []


def test_the_function_cannot_decide_by_a_value() -> None:
    @prepared
    def some(name: str) -> "QuerySet[District]":
        return District.objects.filter(name=name) if name else District.objects.all()

    with pytest.raises(TypeError, match="composed without its values"):
        some("Hombruch")


def test_a_locking_one_is_refused_outside_of_a_transaction() -> None:
    @prepared
    def locked(key: int) -> "QuerySet[District]":
        return District.objects.select_for_update().filter(pk=key)

    district = District.objects.order_by("pk")[0]
    with transaction.atomic():
        assert locked(district.pk) == [district]
    composed = locked._composed[("value",)]
    assert composed is not None
    in_block, connection.in_atomic_block = connection.in_atomic_block, False
    try:
        with pytest.raises(TransactionManagementError):
            composed.rows((district.pk,), "default")
    finally:
        connection.in_atomic_block = in_block


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_over_its_own_connection() -> None:
    personas.gf_aplerbeck()
    names = [d.name for d in District.objects.order_by("code")]
    assert len(named(names)) == 12
    found: list[Any] = []

    def ask() -> None:
        try:
            found.append(len(named(names)))
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert found == [12]


def test_the_suites_comparison_finds_what_changes_between_calls() -> None:
    """Negative control: a clock inside of the function would stand still after the first call."""
    days = iter([date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)])

    @prepared
    def since(kind: str) -> "QuerySet[Mandate]":
        return Mandate.objects.filter(kind=kind, since=next(days))

    with pytest.raises(AssertionError):
        since("deputy")
