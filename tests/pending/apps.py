from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate, pre_migrate

from tests.pending.stop import stop


def lifted(**kwargs: object) -> None:
    stop("lifted")


def migrated(**kwargs: object) -> None:
    stop("migrated")


def installed(**kwargs: object) -> None:
    stop("installed")


class PendingConfig(AppConfig):
    """The last app: what it hears comes after all of ours."""

    name = "tests.pending"

    def ready(self) -> None:
        pre_migrate.connect(lifted, sender=self)
        post_migrate.connect(migrated, sender=apps.get_app_config("admin"))
        post_migrate.connect(installed, sender=self)
