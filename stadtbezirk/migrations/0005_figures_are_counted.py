"""The reports count; what was stored for them is dropped with its triggers by ``projects`` 0021."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("stadtbezirk", "0004_figures_hold_their_type"),
        ("projects", "0021_drop_what_was_derived"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel("ApplicationsByPot"),
                migrations.DeleteModel("ProjectsByDistrict"),
                migrations.DeleteModel("ProjectsByField"),
            ],
        ),
    ]
