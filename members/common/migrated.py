"""Tell which migrations the database has."""

from datetime import datetime

from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def unapplied(using: str = "default") -> list[str]:
    """Return the migrations that the database still lacks, e.g. ``funding.0010_first_signers``."""
    loader = MigrationLoader(connections[using])
    return sorted(
        f"{app}.{name}" for app, name in loader.graph.nodes if (app, name) not in loader.applied_migrations
    )


def applied_at(app: str, name: str, using: str = "default") -> datetime:
    """Return when this migration was applied to the database. Raises KeyError where it was not."""
    return MigrationRecorder(connections[using]).applied_migrations()[app, name].applied
