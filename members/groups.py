"""The groups of the software and what the administration's group may maintain in Django admin."""

from django.contrib.auth.models import Group, Permission

BUSINESS_DEVELOPMENT = "Wirtschaftsförderung"
ADMINISTRATION = "Vereinsverwaltung"
AUDIT = "Rechnungsprüfung"
ADVISORY_BOARD = "Beirat"
ALL = (BUSINESS_DEVELOPMENT, ADMINISTRATION, AUDIT, ADVISORY_BOARD)

# No pot, ledger entry, application or decision: money is decided on the pages, by services.
MAINTAINED = {
    "district": ("view", "change"),
    "person": ("view", "add", "change", "delete"),
    "organisation": ("view", "add", "change", "delete"),
    "user": ("view", "add", "change"),
    "mandate": ("view", "add", "change", "delete"),
    "body": ("view", "add", "change", "delete"),
    "fieldofaction": ("view", "add", "change"),
    "fundingmodel": ("view", "add", "change"),
    "outboxmail": ("view",),
}


def ensure_groups() -> None:
    """Create the groups and set the administration's permissions to exactly the table above."""
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in ALL}
    codenames = [f"{verb}_{model}" for model, verbs in MAINTAINED.items() for verb in verbs]
    groups[ADMINISTRATION].permissions.set(
        Permission.objects.filter(
            codename__in=codenames, content_type__app_label__in=["members", "projects", "funding"]
        )
    )
