from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('letters', '0003_no_words_of_acts'),
        ('members', '0019_links_to_letters'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='letterhead',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name__icontains', 'Bescheid'), _negated=True), models.Q(('name__icontains', 'Widerruf'), _negated=True), models.Q(('name__icontains', 'Rechtsbehelf'), _negated=True), models.Q(('register__icontains', 'Bescheid'), _negated=True), models.Q(('register__icontains', 'Widerruf'), _negated=True), models.Q(('register__icontains', 'Rechtsbehelf'), _negated=True), models.Q(('bank__icontains', 'Bescheid'), _negated=True), models.Q(('bank__icontains', 'Widerruf'), _negated=True), models.Q(('bank__icontains', 'Rechtsbehelf'), _negated=True)), name='letterhead_without_public_words', violation_error_message='Die Wörter Bescheid, Widerruf und Rechtsbehelf stehen nur in öffentlich-rechtlichen Schreiben. Bitte anders sagen, zum Beispiel: Zusage, Absage, Rücktritt, Bedenken.'),
        ),
        migrations.AddConstraint(
            model_name='signatory',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('function__icontains', 'Bescheid'), _negated=True), models.Q(('function__icontains', 'Widerruf'), _negated=True), models.Q(('function__icontains', 'Rechtsbehelf'), _negated=True)), name='signatory_without_public_words', violation_error_message='Die Wörter Bescheid, Widerruf und Rechtsbehelf stehen nur in öffentlich-rechtlichen Schreiben. Bitte anders sagen, zum Beispiel: Zusage, Absage, Rücktritt, Bedenken.'),
        ),
    ]
