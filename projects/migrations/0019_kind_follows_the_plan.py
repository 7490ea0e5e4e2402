"""The project's kind follows its plan; stored ones had stayed as they were first proposed."""

from django.db import migrations, models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

LABELS = {"own": "ganz aus Mitteln des Vereins", "supported": "nur unterstützt"}


def follow_the_plan(apps, schema_editor):
    """Mend kind and third-party flag, set by set; a kind that a person chose by hand is kept as chosen."""
    Project = apps.get_model("projects", "Project")
    rows = apps.get_model("projects", "FinancingItem").objects.filter(project=OuterRef("pk"))
    counted = rows.filter(amount__isnull=False)
    third = Q(Exists(counted.filter(kind="third_party")))
    third |= Q(Exists(rows.filter(kind="third_party")), state="archived")
    own_means = Q(Exists(counted.filter(kind__in=("own", "in_kind"))))
    planned = Case(
        When(third, then=Value("third_party")),
        When(~Q(chosen_kind=""), then=F("chosen_kind")),
        When(own_means, then=Value("supported")),
        When(Q(Exists(counted)), then=Value("own")),
        default=Value(""),
    )
    has_third = Case(When(third, then=Value(True)), default=Value(False), output_field=models.BooleanField())

    by_hand = Project.objects.filter(kind__in=LABELS).alias(planned=planned).exclude(planned=F("kind"))
    # Nothing in the plan says it, so a person did.
    by_hand.filter(planned="").update(chosen_kind=F("kind"))
    chosen = _chosen_by_hand(apps, by_hand.exclude(planned__in=("", "third_party")))
    for start in range(0, len(chosen), 500):
        Project.objects.filter(pk__in=chosen[start : start + 500]).update(chosen_kind=F("kind"))

    stale = Project.objects.alias(planned=planned, has_third=has_third)
    stale = stale.exclude(kind=F("planned"), has_third_party=F("has_third"))
    Project.objects.filter(pk__in=stale.values("pk")).update(kind=planned, has_third_party=has_third)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


def _chosen_by_hand(apps, projects):
    """Keys of those whose history says that a person changed the kind from another one to the present one.

    Until now a kind that was once proposed changed in no other way.
    """
    ProjectChange = apps.get_model("projects", "ProjectChange")
    kinds = dict(projects.values_list("pk", "kind"))
    latest = {}
    saves = ProjectChange.objects.filter(project__in=projects, what="changed").order_by("pk")
    for project, changes in saves.values_list("project", "changes").iterator():
        for change in changes:
            if change["field"] == "kind" and change["old"]:
                latest[project] = change["new"]
    return [project for project, label in latest.items() if label == LABELS[kinds[project]]]


class Migration(migrations.Migration):
    dependencies = [("projects", "0016_index_of_special_projects")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="chosen_kind",
            field=models.CharField(
                blank=True,
                choices=[("own", "ganz aus Mitteln des Vereins"), ("supported", "nur unterstützt")],
                default="",
                max_length=20,
                verbose_name="Finanzierungsart",
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="project",
            name="kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("own", "ganz aus Mitteln des Vereins"),
                    ("third_party", "mit Mitteln Dritter"),
                    ("supported", "nur unterstützt"),
                ],
                editable=False,
                max_length=20,
                verbose_name="Finanzierungsart",
            ),
        ),
        migrations.RunPython(follow_the_plan, migrations.RunPython.noop),
    ]
