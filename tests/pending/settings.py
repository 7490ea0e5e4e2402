from stadtbezirk.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.pending.apps.PendingConfig"]  # noqa: F405
