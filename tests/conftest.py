"""Fixtures: the database with its guards, the personas, and the browser."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from django.test import TransactionTestCase

from funding import guards
from tests import personas


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Transactional tests flush the database: lift the guards for it, and bring back the migrations' rows.

    The rows come back after the flush, so the order of transactional and other tests does not matter.
    """
    with django_db_blocker.unblock():
        models = [
            m for m in apps.get_models(include_auto_created=True) if m._meta.managed and not m._meta.proxy
        ]
        loaded = {model: rows for model in models if (rows := list(model._base_manager.all()))}

    def flush(self: TransactionTestCase) -> None:
        cache.clear()
        guards.lift()
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
        with transaction.atomic():
            for model, rows in loaded.items():
                model._base_manager.bulk_create(rows)
        guards.install()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush)
        yield


def _persona_fixture(name: str, persona: Callable[[], Any]) -> Any:
    @pytest.fixture(name=name)
    def persona_fixture(db: None) -> Any:
        return persona()

    return persona_fixture


for _name, _persona in personas.ALL.items():
    globals()[f"persona_{_name}"] = _persona_fixture(_name, _persona)
