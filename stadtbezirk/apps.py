"""What is completed at every start and after every migrate: database file, cache table, groups."""

from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.db.models.signals import post_migrate

from stadtbezirk.environment import prepare_database_file


def complete_database(*, using: str, **kwargs: Any) -> None:
    """Create the cache table, and set what the administration's group may maintain, after every migrate."""
    from django.core.management import call_command

    from members.roles.groups import ensure_groups

    call_command("createcachetable", database=using, verbosity=0)
    ensure_groups()


def prepare_data() -> None:
    """Create the SQLite file where it is missing, closed to other users of the machine.

    Runs at every start.
    """
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3" and database["NAME"] != ":memory:":
        prepare_database_file(Path(database["NAME"]), settings.DATA_DIR)


class StadtbezirkConfig(AppConfig):
    """The top app: settings, addresses, start pages, reports and operation."""

    name = "stadtbezirk"
    verbose_name = "StadtbezirksMarketing"

    def ready(self) -> None:
        prepare_data()
        from members.common.triggers import SETS
        from stadtbezirk import guards
        from stadtbezirk.operation import checks  # noqa: F401 - registers itself

        SETS.append(guards.GUARDS)

        # This is the last of our apps, so by now every permission exists.
        post_migrate.connect(complete_database, sender=self)


class VerwaltungConfig(AdminConfig):
    """Django admin with our own site."""

    default_site = "stadtbezirk.admin_site.AssociationAdminSite"


class StaticConfig(StaticFilesConfig):
    """Leaves out other languages of the admin: a third of all static files, read at every start."""

    _languages = "admin/js/vendor/select2/i18n"
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, f"{_languages}/[!d]*", f"{_languages}/d[!e]*"]
