"""How far the database's migrations are."""

from datetime import datetime

from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def unapplied(using: str = "default") -> list[str]:
    """Return the migrations that the database still lacks, e.g. ``funding.0010_first_signers``; reads alone."""
    loader = MigrationLoader(connections[using])
    return sorted(
        f"{app}.{name}" for app, name in loader.graph.nodes if (app, name) not in loader.applied_migrations
    )


def applied_at(app: str, name: str, using: str = "default") -> datetime:
    """Since when this database knows what the migration brought. Raises KeyError where it does not."""
    return MigrationRecorder(connections[using]).applied_migrations()[app, name].applied
