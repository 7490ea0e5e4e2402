"""``Project.editors`` becomes the one record of who acted for a district on a project, for ever.

Until now who answered for a further district was read from its answer, which lapses, and who took a step under a
mandate from the decisions; who handed papers in for a district was asked nowhere.
"""

from django.db import migrations, models

from members.common.checks import Guard

AT_ONCE = 2000


def remember(apps, schema_editor):
    """Add creators, submitters, who answered, handed papers in, or acted under a mandate. Keeps who is there."""

    def pairs(app, model, project, user, **condition):
        rows = apps.get_model(app, model).objects.filter(**condition).exclude(**{user: None})
        return rows.order_by().values_list(project, user).distinct().iterator(AT_ONCE)

    through = apps.get_model("projects", "Project").editors.through
    found = {
        pair
        for source in (
            pairs("projects", "Project", "pk", "created_by"),
            # Every save, answer, paper and removed paper, also of districts that have left since.
            pairs("projects", "ProjectChange", "project", "actor", mandate__isnull=False),
            pairs("projects", "Participation", "project", "confirmed_by"),
            pairs("projects", "Participation", "project", "declined_by"),
            pairs("projects", "Attachment", "project", "uploaded_by", district__isnull=False),
            pairs("funding", "Application", "project", "submitted_by"),
            pairs("funding", "Decision", "application__project", "actor", mandate__isnull=False),
        )
        for pair in source
    }
    found.difference_update(through.objects.values_list("project_id", "user_id").iterator(AT_ONCE))
    through.objects.bulk_create(
        [through(project_id=project, user_id=user) for project, user in sorted(found)],
        batch_size=AT_ONCE,
        ignore_conflicts=True,
    )
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0012_columns_hold_their_type"),
        ("projects", "0019_kind_follows_the_plan"),
    ]

    operations = [
        migrations.RunPython(remember, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="decision", name="decision_under_mandate"),
        migrations.AlterField(
            model_name="decision",
            name="step",
            field=models.CharField(
                choices=[
                    ("submit", "eingereicht"),
                    ("resubmit", "erneut eingereicht"),
                    ("return", "mit Rückfrage zurückgegeben"),
                    ("sign", "erste Unterschrift"),
                    ("unsign", "erste Unterschrift aufgehoben"),
                    ("approve", "bewilligt"),
                    ("reject", "abgelehnt"),
                    ("withdraw", "zurückgezogen"),
                    ("reduce", "Bewilligung verringert"),
                    ("revoke", "Bewilligung widerrufen"),
                    ("pay", "ausgezahlt"),
                    ("repay", "zurückgezahlt"),
                    ("settle", "abgerechnet"),
                ],
                max_length=10,
                verbose_name="Schritt",
            ),
        ),
        migrations.RemoveConstraint(model_name="decision", name="decision_words_known"),
        migrations.AddConstraint(
            model_name="decision",
            constraint=Guard(
                condition=models.Q(
                    ("financing__in", ["fixed", "share", "gap", ""]),
                    (
                        "step__in",
                        [
                            "submit", "resubmit", "return", "sign", "unsign", "approve", "reject", "withdraw",
                            "reduce", "revoke", "pay", "repay", "settle",
                        ],  # fmt: skip
                    ),
                ),
                name="decision_words_known",
            ),
        ),
    ]
