"""Money that lapsed and was paid back to the city."""

import members.common.checks
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0026_waiver_of_interest'),
        ('payments', '0014_interest'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='statemententry',
            name='entry_use_has_its_row',
        ),
        migrations.RemoveConstraint(
            model_name='statemententry',
            name='bank_entry_words_known',
        ),
        migrations.AlterField(
            model_name='statemententry',
            name='use',
            field=models.CharField(blank=True, choices=[('batch', 'Zahlungslauf'), ('payment', 'Zahlung'), ('return', 'Rücklauf'), ('instalment', 'Geld der Stadt'), ('special', 'Sondermittel'), ('repayment', 'Rückzahlung'), ('interest', 'Zinsen'), ('expense', 'Gemeinkosten'), ('to_city', 'zurückgezahlt an die Stadt')], max_length=10, verbose_name='Was es war'),
        ),
        migrations.AddConstraint(
            model_name='statemententry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('batch__isnull', True), ('change__isnull', True), ('decision__isnull', True), ('expense__isnull', True), ('interest__isnull', True), ('payment__isnull', True), ('pot__isnull', True), ('raised__isnull', True), ('use', ''), ('year__isnull', True)), models.Q(('batch__isnull', False), ('change__isnull', True), ('decision__isnull', True), ('expense__isnull', True), ('interest__isnull', True), ('payment__isnull', True), ('pot__isnull', True), ('raised__isnull', True), ('use', 'batch'), ('year__isnull', True), ('amount__lt', 0)), models.Q(('batch__isnull', True), ('change__isnull', True), ('decision__isnull', True), ('expense__isnull', True), ('interest__isnull', True), ('payment__isnull', False), ('pot__isnull', True), ('raised__isnull', True), ('use', 'payment'), ('year__isnull', True), ('amount__lt', 0)), models.Q(('batch__isnull', True), ('change__isnull', True), ('decision__isnull', True), ('expense__isnull', True), ('interest__isnull', True), ('payment__isnull', False), ('pot__isnull', True), ('raised__isnull', True), ('use', 'return'), ('year__isnull', True), ('amount__gt', 0)), models.Q(('batch__isnull', True), ('change__isnull', True), ('decision__isnull', True), ('expense__isnull', False), ('interest__isnull', True), ('payment__isnull', False), ('pot__isnull', True), ('raised__isnull', True), ('use', 'return'), ('year__isnull', True), ('amount__gt', 0)), models.Q(('batch__isnull', True), ('change__isnull', True), ('decision__isnull', True), ('expense__isnull', True), ('interest__isnull', True), ('payment__isnull', True), ('pot__isnull', True), ('raised__isnull', True), ('use', 'instalment'), ('year__isnull', False), ('amount__gt', 0)), models.Q(('batch__isnull', True), ('change__isnull', True), ('decision__isnull', True), ('expense__isnull', True), ('interest__isnull', True), ('payment__isnull', True), ('pot__isnull', False), ('raised__isnull', True), ('use', 'special'), ('year__isnull', True), ('amount__gt', 0)), models.Q(('batch__isnull', True), ('change__isnull', True), ('decision__isnull', True), ('expense__isnull', True), ('interest__isnull', True), ('payment__isnull', True), ('pot__isnull', False), ('raised__isnull', False), ('use', 'special'), ('year__isnull', True), ('amount__gt', 0)), models.Q(('batch__isnull', True), ('change__isnull', True), ('decision__isnull', False), ('expense__isnull', True), ('interest__isnull', True), ('payment__isnull', True), ('pot__isnull', True), ('raised__isnull', True), ('use', 'repayment'), ('year__isnull', True), ('amount__gt', 0)), models.Q(('batch__isnull', True), ('change__isnull', False), ('decision__isnull', True), ('expense__isnull', True), ('interest__isnull', True), ('payment__isnull', True), ('pot__isnull', True), ('raised__isnull', True), ('use', 'repayment'), ('year__isnull', True), ('amount__gt', 0)), models.Q(('batch__isnull', True), ('change__isnull', True), ('decision__isnull', False), ('expense__isnull', True), ('interest__isnull', False), ('payment__isnull', True), ('pot__isnull', True), ('raised__isnull', True), ('use', 'repayment'), ('year__isnull', True), ('amount__gt', 0)), models.Q(('batch__isnull', True), ('change__isnull', True), ('decision__isnull', True), ('expense__isnull', True), ('interest__isnull', False), ('payment__isnull', True), ('pot__isnull', True), ('raised__isnull', True), ('use', 'interest'), ('year__isnull', True), ('amount__gt', 0)), models.Q(('batch__isnull', True), ('change__isnull', True), ('decision__isnull', True), ('expense__isnull', False), ('interest__isnull', True), ('payment__isnull', True), ('pot__isnull', True), ('raised__isnull', True), ('use', 'expense'), ('year__isnull', True)), models.Q(('batch__isnull', True), ('change__isnull', True), ('decision__isnull', True), ('expense__isnull', True), ('interest__isnull', True), ('payment__isnull', True), ('pot__isnull', True), ('raised__isnull', True), ('use', 'to_city'), ('year__isnull', False), ('amount__lt', 0)), _connector='OR'), name='entry_use_has_its_row'),
        ),
        migrations.AddConstraint(
            model_name='statemententry',
            constraint=members.common.checks.Guard(condition=models.Q(('state__in', ['open', 'matched', 'aside', 'again']), ('use__in', ['', 'batch', 'payment', 'return', 'instalment', 'special', 'repayment', 'interest', 'expense', 'to_city'])), name='bank_entry_words_known'),
        ),
    ]
