"""The groups of the program, and what the administration's group may maintain in Django admin."""

from django.contrib.auth.models import Group, Permission

BUSINESS_DEVELOPMENT = "Wirtschaftsförderung"
ADMINISTRATION = "Vereinsverwaltung"
AUDIT = "Rechnungsprüfung"
ADVISORY_BOARD = "Beirat"
ALL = (BUSINESS_DEVELOPMENT, ADMINISTRATION, AUDIT, ADVISORY_BOARD)

# Django admin shows nothing else to anybody. Pots, ledger entries, applications, decisions, projects and
# resolutions are changed on the pages, by services. Groups and permissions are set by the code.
MAINTAINED = {
    "members.district": ("view", "change"),
    "members.person": ("view", "add", "change", "delete"),
    "members.organisation": ("view", "add", "change", "delete"),
    "members.user": ("view", "add", "change"),
    "members.mandate": ("view", "add", "change", "delete"),
    "members.membership": ("view", "add", "change", "delete"),
    "members.body": ("view", "add", "change", "delete"),
    "members.seat": ("view", "add", "change", "delete"),
    "members.outboxmail": ("view",),
    "projects.fieldofaction": ("view", "add", "change"),
    "funding.fundingmodel": ("view", "add", "change"),
    "letters.letterhead": ("view", "change"),
    "letters.lettertext": ("view", "add", "change", "delete"),
    "letters.signatory": ("view", "add", "change", "delete"),
    "payments.ownaccount": ("view", "add", "change"),
    "funding.grantterms": ("view", "add", "change"),
    "proofs.interestrule": ("view", "add", "change"),
    "proofs.baserate": ("view", "add", "change"),
    "funding.grantcondition": ("view", "add", "change"),
    "proofs.proofrules": ("view", "add", "change"),
    "stadtbezirk.legaldetails": ("view", "change"),
    "stadtbezirk.publishedfigure": ("view", "add", "change", "delete"),
}


def ensure_groups() -> None:
    """Create the groups, and set the administration's permissions to exactly ``MAINTAINED``."""
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in ALL}
    wanted = {
        (model.split(".")[0], f"{verb}_{model.split('.')[1]}")
        for model, verbs in MAINTAINED.items()
        for verb in verbs
    }
    groups[ADMINISTRATION].permissions.set(
        permission
        for permission in Permission.objects.select_related("content_type")
        if (permission.content_type.app_label, permission.codename) in wanted
    )
