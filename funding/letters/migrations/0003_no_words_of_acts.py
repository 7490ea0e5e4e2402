from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0021_no_words_of_acts'),
        ('letters', '0002_first_texts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.CheckConstraint(condition=models.Q(('form', 'public'), models.Q(models.Q(('correction__icontains', 'Bescheid'), _negated=True), models.Q(('correction__icontains', 'Widerruf'), _negated=True), models.Q(('correction__icontains', 'Rechtsbehelf'), _negated=True)), _connector='OR'), name='correction_without_public_words', violation_error_message='Die Wörter Bescheid, Widerruf und Rechtsbehelf stehen nur in öffentlich-rechtlichen Schreiben. Bitte anders sagen, zum Beispiel: Zusage, Absage, Rücktritt, Bedenken.'),
        ),
    ]
