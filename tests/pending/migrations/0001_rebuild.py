import sys

from django.db import migrations, models

from tests.pending.stop import stop


def write(apps, editor):
    """History, which only a migration may write, and a row whose foreign key PostgreSQL checks at the end."""
    apps.get_model("funding", "LedgerEntry").objects.update(text="umgeschrieben")
    user = apps.get_model("members", "User").objects.first()
    apps.get_model("members", "OutboxMail").objects.create(
        recipient="migriert@example.org", subject="Migriert", body="", user=user
    )
    if "django" in sys.argv and editor.connection.vendor == "postgresql":
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what ours does once for all migrations


def rebuild(apps, editor):
    """Alter tables there and back: SQLite builds them anew, without their triggers."""
    for app, name, column in (("members", "OutboxMail", "subject"), ("funding", "LedgerEntry", "text")):
        model = apps.get_model(app, name)
        old = model._meta.get_field(column)
        new = models.TextField()
        new.set_attributes_from_name(column)
        new.model = model
        editor.alter_field(model, old, new)
        stop("operation")
        editor.alter_field(model, new, old)


class Migration(migrations.Migration):
    dependencies = [("funding", "0010_first_signers_in_the_queue"), ("stadtbezirk", "0003_stored_figures")]
    operations = [migrations.RunPython(write, write), migrations.RunPython(rebuild, rebuild)]
