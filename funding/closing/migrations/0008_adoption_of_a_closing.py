"""The general meeting adopts a closing, not a year: after the year was opened again it adopts the next one."""

import django.db.models.deletion
from django.db import migrations, models

import members.common.checks


def of_closing(apps, schema_editor):
    """Tie each adoption to the closing that was in force when it was entered."""
    closings = apps.get_model("closing", "YearClosing").objects.filter(what="close", state="confirmed")
    for adoption in apps.get_model("closing", "Adoption").objects.all():
        of_the_year = closings.filter(year_id=adoption.year_id).order_by("-pk")
        adoption.closing = of_the_year.filter(decided_on__lte=adoption.on).first() or of_the_year.first()
        adoption.save(update_fields=["closing"])
    _write_through(schema_editor)


def of_year(apps, schema_editor):
    for adoption in apps.get_model("closing", "Adoption").objects.select_related("closing"):
        adoption.year_id = adoption.closing.year_id
        adoption.save(update_fields=["year"])
    _write_through(schema_editor)


def _write_through(schema_editor):
    """PostgreSQL changes no table whose foreign keys are still to be checked."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


def key(to, label, *, null=False):
    return models.ForeignKey(
        null=null, on_delete=django.db.models.deletion.PROTECT, related_name="adoptions", to=to, verbose_name=label
    )


class Migration(migrations.Migration):
    dependencies = [("closing", "0007_deletion_of_addresses")]

    operations = [
        migrations.RemoveConstraint("adoption", "adoption_types"),
        migrations.RemoveConstraint("adoption", "adoption_once_per_year"),
        migrations.AddField("adoption", "closing", key("closing.yearclosing", "Jahresabschluss", null=True)),
        migrations.AlterField("adoption", "year", key("funding.fiscalyear", "Haushaltsjahr", null=True)),
        migrations.RunPython(of_closing, of_year),
        migrations.AlterField("adoption", "closing", key("closing.yearclosing", "Jahresabschluss")),
        migrations.RemoveField("adoption", "year"),
        migrations.AddConstraint(
            "adoption", models.UniqueConstraint(fields=("closing", "what"), name="adoption_once_per_closing")
        ),
        migrations.AddConstraint(
            "adoption",
            members.common.checks.Guard(
                condition=models.Q(
                    members.common.checks.StoredAs("integers", "closing", "resolution", "actor"),
                    members.common.checks.StoredAs("texts", "what"),
                    members.common.checks.StoredAs("days", "on"),
                ),
                name="adoption_types",
            ),
        ),
    ]
