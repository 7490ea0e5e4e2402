"""Projects take the period that an earlier consent gave their grant. A consent does so itself from now on."""

from django.db import migrations

FIELDS = (("starts_on", "Beginn", "carried_out_from"), ("ends_on", "Ende", "carried_out_until"))


def follow(apps, schema_editor):
    """Move projects that still name the period before; note it in the history."""
    consented = apps.get_model("proofs", "ChangeRequest").objects.filter(about="plan", state="consented")
    history = apps.get_model("projects", "ProjectChange").objects
    for change in consented.order_by("pk").select_related("application__project", "decision", "outcome"):
        project, before, after = change.application.project, change.decision, change.outcome
        moved = [
            {"field": field, "label": label, "old": _day(getattr(before, kept)), "new": _day(getattr(after, kept))}
            for field, label, kept in FIELDS
            if getattr(before, kept) != getattr(after, kept)
        ]
        shown = all(getattr(project, field) == getattr(before, kept) for field, _, kept in FIELDS)
        if not moved or not shown:
            continue
        for field, _, kept in FIELDS:
            setattr(project, field, getattr(after, kept))
        project.version += 1
        project.save()
        history.create(project=project, version=project.version, what="changed", actor=after.actor, changes=moved)


def _day(day):
    return f"{day:%d.%m.%Y}" if day else ""


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0026_waiver_of_interest"),
        ("projects", "0028_measure"),
        ("proofs", "0004_changes"),
    ]

    operations = [migrations.RunPython(follow, migrations.RunPython.noop)]
