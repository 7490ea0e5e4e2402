import django.core.validators
import members.common.checks
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0007_open_entries'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='ownaccount',
            name='own_account_types',
        ),
        migrations.AddField(
            model_name='ownaccount',
            name='book_account',
            field=models.CharField(blank=True, default='', help_text='Zum Beispiel 1800.', max_length=9, validators=[django.core.validators.RegexValidator('\\A[0-9]{1,9}\\Z', 'Bitte die Nummer mit höchstens neun Ziffern eintragen.')], verbose_name='Konto der Bank'),
        ),
        migrations.AddField(
            model_name='ownaccount',
            name='counter_city',
            field=models.CharField(blank=True, default='', max_length=9, validators=[django.core.validators.RegexValidator('\\A[0-9]{1,9}\\Z', 'Bitte die Nummer mit höchstens neun Ziffern eintragen.')], verbose_name='Geld der Stadt'),
        ),
        migrations.AddField(
            model_name='ownaccount',
            name='counter_grants',
            field=models.CharField(blank=True, default='', help_text='Auch Rückläufe und Rückzahlungen.', max_length=9, validators=[django.core.validators.RegexValidator('\\A[0-9]{1,9}\\Z', 'Bitte die Nummer mit höchstens neun Ziffern eintragen.')], verbose_name='Zahlungen an Projekte'),
        ),
        migrations.AddField(
            model_name='ownaccount',
            name='counter_open',
            field=models.CharField(blank=True, default='', help_text='Ein Konto für ungeklärte Posten.', max_length=9, validators=[django.core.validators.RegexValidator('\\A[0-9]{1,9}\\Z', 'Bitte die Nummer mit höchstens neun Ziffern eintragen.')], verbose_name='noch nicht zugeordnet'),
        ),
        migrations.AddField(
            model_name='ownaccount',
            name='counter_overhead',
            field=models.CharField(blank=True, default='', max_length=9, validators=[django.core.validators.RegexValidator('\\A[0-9]{1,9}\\Z', 'Bitte die Nummer mit höchstens neun Ziffern eintragen.')], verbose_name='Gemeinkosten'),
        ),
        migrations.AddField(
            model_name='ownaccount',
            name='counter_special',
            field=models.CharField(blank=True, default='', max_length=9, validators=[django.core.validators.RegexValidator('\\A[0-9]{1,9}\\Z', 'Bitte die Nummer mit höchstens neun Ziffern eintragen.')], verbose_name='Sondermittel'),
        ),
        migrations.AddConstraint(
            model_name='ownaccount',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'most_payments', 'most_amount'), members.common.checks.StoredAs('texts', 'name', 'holder', 'iban', 'bic', 'addresses', 'book_account', 'counter_city', 'counter_special', 'counter_grants', 'counter_overhead', 'counter_open'), members.common.checks.StoredAs('flags', 'one_sum'), members.common.checks.StoredAs('days', 'since', 'until')), name='own_account_types'),
        ),
    ]
