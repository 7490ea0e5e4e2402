"""How far the database's migrations are."""

from django.db import connections
from django.db.migrations.loader import MigrationLoader


def unapplied(using: str = "default") -> list[str]:
    """Return the migrations that the database still lacks, e.g. ``funding.0010_first_signers``; reads alone."""
    loader = MigrationLoader(connections[using])
    return sorted(
        f"{app}.{name}" for app, name in loader.graph.nodes if (app, name) not in loader.applied_migrations
    )
