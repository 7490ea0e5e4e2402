from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0015_word_index"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="project",
            index=models.Index(
                condition=models.Q(("special_importance", ""), _negated=True),
                fields=["year", "id"],
                name="project_newest_special",
            ),
        ),
    ]
