"""What recipients say has changed about their grants."""

import datetime
import django.db.models.deletion
import members.common.checks
import members.common.money
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0025_changes_of_terms'),
        ('members', '0020_cash_audit'),
        ('proofs', '0003_claims'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangeRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(choices=[('plan', 'Zeitraum, Partner oder Kosten'), ('more', 'mehr Geld'), ('less', 'weniger Geld')], max_length=4, verbose_name='worum es geht')),
                ('state', models.CharField(choices=[('asked', 'beantragt'), ('asked_back', 'Rückfrage'), ('noted', 'vermerkt'), ('consented', 'zugestimmt'), ('refused', 'abgelehnt'), ('withdrawn', 'zurückgenommen'), ('lapsed', 'erledigt')], max_length=10, verbose_name='Stand')),
                ('reason', models.TextField(max_length=3000, verbose_name='Was hat sich geändert?')),
                ('carried_out_from', models.DateField(blank=True, null=True, verbose_name='Durchführung von')),
                ('carried_out_until', models.DateField(blank=True, null=True, verbose_name='Durchführung bis')),
                ('partners', models.TextField(blank=True, max_length=1500, verbose_name='Partner')),
                ('granted', members.common.money.MoneyField(verbose_name='bisher bewilligt')),
                ('amount', members.common.money.MoneyField(blank=True, null=True, verbose_name='gebraucht wird')),
                ('asked_on', models.DateField(verbose_name='gemeldet am')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='erfasst')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='change_requests', to='funding.application', verbose_name='Bewilligung')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='gemeldet von')),
                ('decision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funding.decision', verbose_name='bisher bewilligt durch')),
                ('outcome', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='change_request', to='funding.decision', verbose_name='Entscheidung')),
            ],
            options={
                'verbose_name': 'Änderung',
                'verbose_name_plural': 'Änderungen',
                'ordering': ['-pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='change_has_reason'),
                    models.CheckConstraint(condition=models.Q(models.Q(('about', 'plan'), ('amount__isnull', True)), models.Q(('about', 'more'), ('amount__gt', models.F('granted')), ('amount__isnull', False)), models.Q(('about', 'less'), ('amount__gte', 0), ('amount__isnull', False), ('amount__lt', models.F('granted'))), _connector='OR'), name='change_goes_one_way'),
                    models.CheckConstraint(condition=models.Q(('carried_out_from__isnull', True), ('carried_out_until__isnull', True), ('carried_out_until__gte', models.F('carried_out_from')), _connector='OR'), name='change_ends_after_it_begins'),
                    models.CheckConstraint(condition=models.Q(('about', 'plan'), models.Q(('carried_out_from__isnull', True), ('carried_out_until__isnull', True), ('partners', '')), _connector='OR'), name='change_of_money_is_only_that'),
                    models.CheckConstraint(condition=models.Q(models.Q(('outcome__isnull', False), ('state', 'consented')), models.Q(models.Q(('state', 'consented'), _negated=True), ('outcome__isnull', True)), _connector='OR'), name='change_outcome_when_consented'),
                    models.UniqueConstraint(condition=models.Q(('state__in', ['asked', 'asked_back'])), fields=('application',), name='one_open_change_per_grant'),
                    members.common.checks.Guard(condition=models.Q(('carried_out_from__gte', datetime.date(1945, 1, 1)), ('carried_out_from__lte', datetime.date(2100, 12, 31)), ('carried_out_until__gte', datetime.date(1945, 1, 1)), ('carried_out_until__lte', datetime.date(2100, 12, 31))), name='change_days_within'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'application', 'decision', 'granted', 'amount', 'outcome', 'asked_by'), members.common.checks.StoredAs('texts', 'about', 'state', 'reason', 'partners'), members.common.checks.StoredAs('days', 'carried_out_from', 'carried_out_until', 'asked_on'), members.common.checks.StoredAs('moments', 'recorded_at')), name='change_types'),
                    members.common.checks.Guard(condition=models.Q(('about__in', ['plan', 'more', 'less']), ('state__in', ['asked', 'asked_back', 'noted', 'consented', 'refused', 'withdrawn', 'lapsed'])), name='change_words_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ChangeRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='Zeile')),
                ('label', models.CharField(max_length=200, verbose_name='Bezeichnung')),
                ('before', members.common.money.MoneyField(verbose_name='bisher')),
                ('after', members.common.money.MoneyField(verbose_name='neu')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='proofs.changerequest')),
            ],
            options={
                'verbose_name': 'Zeile einer Änderung',
                'verbose_name_plural': 'Zeilen der Änderungen',
                'ordering': ['position', 'pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('request', 'position'), name='change_row_once_per_position'),
                    models.CheckConstraint(condition=models.Q(('after__gte', 0), ('before__gte', 0), models.Q(('after', models.F('before')), _negated=True)), name='change_row_changes'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'request', 'position', 'before', 'after'), members.common.checks.StoredAs('texts', 'label')), name='change_row_types'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ChangeStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('ask', 'beantragt'), ('note', 'gemeldet und vermerkt'), ('ask_back', 'Rückfrage gestellt'), ('answer', 'Rückfrage beantwortet'), ('consent', 'zugestimmt'), ('refuse', 'abgelehnt'), ('withdraw', 'zurückgenommen'), ('lapse', 'erledigt: Die Bewilligung ist beendet')], max_length=10, verbose_name='Schritt')),
                ('on', models.DateField(verbose_name='am')),
                ('reason', models.TextField(blank=True, verbose_name='Begründung')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='erfasst')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='durch')),
                ('in_stead_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.mandate', verbose_name='in Vertretung für')),
                ('mandate', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.mandate', verbose_name='als')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='proofs.changerequest')),
            ],
            options={
                'verbose_name': 'Schritt einer Änderung',
                'verbose_name_plural': 'Schritte der Änderungen',
                'ordering': ['pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('step__in', ['ask_back', 'answer', 'refuse']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='change_step_has_reason'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'request', 'actor', 'mandate', 'in_stead_of'), members.common.checks.StoredAs('texts', 'step', 'reason'), members.common.checks.StoredAs('days', 'on'), members.common.checks.StoredAs('moments', 'recorded_at')), name='change_step_types'),
                    members.common.checks.Guard(condition=models.Q(('step__in', ['ask', 'note', 'ask_back', 'answer', 'consent', 'refuse', 'withdraw', 'lapse'])), name='change_step_words_known'),
                ],
            },
        ),
    ]
