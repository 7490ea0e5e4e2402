"""What every start and every migrate complete: the database file, the cache table, the groups."""

from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.db.models.signals import post_migrate

from stadtbezirk.environment import prepare_database_file


def complete_database(*, using: str, **kwargs: Any) -> None:
    """After every migrate: the cache table and what the administration's group may maintain."""
    from django.core.management import call_command

    from members.roles.groups import ensure_groups

    call_command("createcachetable", database=using, verbosity=0)
    ensure_groups()


def prepare_data() -> None:
    """At every door: the SQLite file is there, and other users of the machine cannot read it."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3" and database["NAME"] != ":memory:":
        prepare_database_file(Path(database["NAME"]), settings.DATA_DIR)


class StadtbezirkConfig(AppConfig):
    name = "stadtbezirk"
    verbose_name = "StadtbezirksMarketing"

    def ready(self) -> None:
        prepare_data()
        from stadtbezirk.operation import checks  # noqa: F401 - registers itself

        # The last of our apps: by its turn every permission exists.
        post_migrate.connect(complete_database, sender=self)


class VerwaltungConfig(AdminConfig):
    default_site = "stadtbezirk.admin_site.AssociationAdminSite"


class StaticConfig(StaticFilesConfig):
    """Leaves out the languages of the admin's chooser other than German: a third of all files, read at every start."""

    _languages = "admin/js/vendor/select2/i18n"
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, f"{_languages}/[!d]*", f"{_languages}/d[!e]*"]
