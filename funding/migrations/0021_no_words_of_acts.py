from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0020_terms_of_grants'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='grantcondition',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('title__icontains', 'Bescheid'), _negated=True), models.Q(('title__icontains', 'Widerruf'), _negated=True), models.Q(('title__icontains', 'Rechtsbehelf'), _negated=True), models.Q(('text__icontains', 'Bescheid'), _negated=True), models.Q(('text__icontains', 'Widerruf'), _negated=True), models.Q(('text__icontains', 'Rechtsbehelf'), _negated=True)), name='grant_condition_without_public_words', violation_error_message='Die Wörter Bescheid, Widerruf und Rechtsbehelf stehen nur in öffentlich-rechtlichen Schreiben. Bitte anders sagen, zum Beispiel: Zusage, Absage, Rücktritt, Bedenken.'),
        ),
        migrations.AddConstraint(
            model_name='grantterms',
            constraint=models.CheckConstraint(condition=models.Q(('letter_form', 'public'), models.Q(models.Q(('interest__icontains', 'Bescheid'), _negated=True), models.Q(('interest__icontains', 'Widerruf'), _negated=True), models.Q(('interest__icontains', 'Rechtsbehelf'), _negated=True)), _connector='OR'), name='interest_without_public_words', violation_error_message='Die Wörter Bescheid, Widerruf und Rechtsbehelf stehen nur in öffentlich-rechtlichen Schreiben. Bitte anders sagen, zum Beispiel: Zusage, Absage, Rücktritt, Bedenken.'),
        ),
    ]
