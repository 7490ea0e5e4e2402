from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0009_what_start_pages_ask"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="application",
            name="application_queue",
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                fields=["state", "waiting_since", "id", "first_signer", "pot"], name="application_queue"
            ),
        ),
    ]
