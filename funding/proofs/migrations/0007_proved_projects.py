"""Projects with an accepted proof of use have their final figures: their plan need not balance any more."""

from django.db import migrations


def mark(apps, schema_editor):
    """Mark them, but for those whose grant was revoked by it. Their state is what ``projects.services.derive`` says."""
    Project = apps.get_model("projects", "Project")
    proved = Project.objects.filter(
        applications__proof__state="accepted",
        applications__proof__result__gt=0,
        state__in=("approved", "funding_open", "settled"),
    )
    keys = set(proved.values_list("pk", flat=True))
    Project.objects.filter(pk__in=keys).update(is_proved=True)
    undecided = apps.get_model("projects", "FinancingItem").objects.filter(
        project__in=keys, kind__in=("pillar_1", "pillar_2", "special"), granted=None
    )
    still_open = Project.objects.filter(pk__in=keys, state="funding_open")
    still_open.exclude(pk__in=undecided.values("project")).update(state="approved")


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0026_waiver_of_interest"),
        ("projects", "0029_proved_projects"),
        ("proofs", "0006_claim_reminders"),
    ]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
