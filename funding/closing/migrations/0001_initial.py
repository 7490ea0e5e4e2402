import datetime
import django.db.models.deletion
import members.common.checks
import members.common.days
import members.common.money
import simple_history.models
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('funding', '0023_carried_and_reclaimed'),
        ('members', '0019_links_to_letters'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalRemainderRule',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('kind', models.CharField(choices=[('pillar_1', 'Säule 1'), ('pillar_2', 'Säule 2'), ('overhead', 'Gemeinkosten'), ('special', 'Sondermittel')], max_length=10, verbose_name='Art des Topfs')),
                ('since', models.DateField(validators=[members.common.days.require_day], verbose_name='gilt ab')),
                ('carry_up_to', members.common.money.MoneyField(blank=True, default=Decimal('0.00'), help_text='So viel geht höchstens in denselben Topf des nächsten Jahres über. Leer: alles.', null=True, verbose_name='ins nächste Jahr bis zu')),
                ('place', models.CharField(choices=[('city', 'zurück an die Stadt'), ('kept', 'bleibt mit Zustimmung der Stadt beim Verein'), ('source', 'zurück an die Geldquelle')], default='city', max_length=6, verbose_name='Der Rest')),
                ('consent_on', models.DateField(blank=True, help_text='Nur wenn der Rest beim Verein bleibt.', null=True, validators=[members.common.days.require_day], verbose_name='Zustimmung vom')),
                ('consent', models.CharField(blank=True, max_length=200, verbose_name='Fundstelle der Zustimmung')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('funding_model', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='funding.fundingmodel', verbose_name='Fördermodell')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical Regel für Reste',
                'verbose_name_plural': 'historical Regeln für Reste',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='YearClosing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(verbose_name='Begründung')),
                ('state', models.CharField(choices=[('requested', 'wartet auf zweite Person'), ('confirmed', 'gebucht'), ('refused', 'nicht gebucht')], default='requested', max_length=10, verbose_name='Stand')),
                ('requested_on', models.DateField(verbose_name='beantragt am')),
                ('decided_on', models.DateField(blank=True, null=True, verbose_name='entschieden am')),
                ('refusal', models.TextField(blank=True, verbose_name='Grund der Ablehnung')),
                ('what', models.CharField(choices=[('close', 'abschließen'), ('reopen', 'wieder öffnen')], max_length=6, verbose_name='Was')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entschieden von')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='beantragt von')),
                ('year', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='closings', to='funding.fiscalyear', verbose_name='Haushaltsjahr')),
            ],
            options={
                'verbose_name': 'Jahresabschluss',
                'verbose_name_plural': 'Jahresabschlüsse',
                'ordering': ['-pk'],
                'abstract': False,
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='yearclosing_has_reason'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', True), ('decided_on__isnull', True), ('refusal', ''), ('state', 'requested')), models.Q(('decided_by__isnull', False), ('decided_on__isnull', False), ('refusal', ''), ('state', 'confirmed'), models.Q(('decided_by', models.F('requested_by')), _negated=True)), models.Q(('decided_by__isnull', False), ('decided_on__isnull', False), ('state', 'refused'), models.Q(('refusal', ''), _negated=True)), _connector='OR'), name='yearclosing_confirmed_by_another'),
                    models.UniqueConstraint(condition=models.Q(('state', 'requested')), fields=('year',), name='one_waiting_closing_per_year'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'year', 'requested_by', 'decided_by'), members.common.checks.StoredAs('texts', 'what', 'reason', 'state', 'refusal'), members.common.checks.StoredAs('days', 'requested_on', 'decided_on')), name='yearclosing_types'),
                    members.common.checks.Guard(condition=models.Q(('state__in', ['requested', 'confirmed', 'refused']), ('what__in', ['close', 'reopen'])), name='yearclosing_words_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content', models.TextField(verbose_name='Inhalt')),
                ('digest', models.CharField(max_length=64, verbose_name='Prüfsumme')),
                ('taken_at', models.DateTimeField(auto_now_add=True, verbose_name='aufgenommen')),
                ('closing', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='snapshot', to='closing.yearclosing')),
            ],
            options={
                'verbose_name': 'Stand beim Abschluss',
                'verbose_name_plural': 'Stände beim Abschluss',
                'ordering': ['pk'],
                'constraints': [
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'closing'), members.common.checks.StoredAs('texts', 'content', 'digest'), members.common.checks.StoredAs('moments', 'taken_at')), name='snapshot_types'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Carryover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('carried', members.common.money.MoneyField(verbose_name='ins nächste Jahr')),
                ('lapsed', members.common.money.MoneyField(verbose_name='verfällt')),
                ('place', models.CharField(max_length=300, verbose_name='wohin')),
                ('pot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='carryovers', to='funding.pot', verbose_name='Topf')),
                ('closing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='carryovers', to='closing.yearclosing')),
            ],
            options={
                'verbose_name': 'Rest',
                'verbose_name_plural': 'Reste',
                'ordering': ['pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('closing', 'pot'), name='carryover_once_per_pot'),
                    models.CheckConstraint(condition=models.Q(('carried__gte', 0), ('lapsed__gte', 0)), name='carryover_not_negative'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'closing', 'pot', 'carried', 'lapsed'), members.common.checks.StoredAs('texts', 'place')), name='carryover_types'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Adoption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('accounts', 'Jahresabschluss festgestellt'), ('discharge', 'Vorstand entlastet')], max_length=9, verbose_name='Was')),
                ('on', models.DateField(validators=[members.common.days.require_day], verbose_name='eingetragen am')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='eingetragen von')),
                ('resolution', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='adoption', to='members.resolution', verbose_name='Beschluss der Mitgliederversammlung')),
                ('year', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adoptions', to='funding.fiscalyear', verbose_name='Haushaltsjahr')),
            ],
            options={
                'verbose_name': 'Feststellung',
                'verbose_name_plural': 'Feststellungen',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('year', 'what'), name='adoption_once_per_year'), members.common.checks.Guard(condition=models.Q(('on__gte', datetime.date(1945, 1, 1)), ('on__lte', datetime.date(2100, 12, 31))), name='adoption_days_within'), members.common.checks.Guard(condition=models.Q(('what__in', ['accounts', 'discharge'])), name='adoption_words_known'), members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'year', 'resolution', 'actor'), members.common.checks.StoredAs('texts', 'what'), members.common.checks.StoredAs('days', 'on')), name='adoption_types')],
            },
        ),
        migrations.CreateModel(
            name='RemainderRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('pillar_1', 'Säule 1'), ('pillar_2', 'Säule 2'), ('overhead', 'Gemeinkosten'), ('special', 'Sondermittel')], max_length=10, verbose_name='Art des Topfs')),
                ('since', models.DateField(validators=[members.common.days.require_day], verbose_name='gilt ab')),
                ('carry_up_to', members.common.money.MoneyField(blank=True, default=Decimal('0.00'), help_text='So viel geht höchstens in denselben Topf des nächsten Jahres über. Leer: alles.', null=True, verbose_name='ins nächste Jahr bis zu')),
                ('place', models.CharField(choices=[('city', 'zurück an die Stadt'), ('kept', 'bleibt mit Zustimmung der Stadt beim Verein'), ('source', 'zurück an die Geldquelle')], default='city', max_length=6, verbose_name='Der Rest')),
                ('consent_on', models.DateField(blank=True, help_text='Nur wenn der Rest beim Verein bleibt.', null=True, validators=[members.common.days.require_day], verbose_name='Zustimmung vom')),
                ('consent', models.CharField(blank=True, max_length=200, verbose_name='Fundstelle der Zustimmung')),
                ('funding_model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='remainder_rules', to='funding.fundingmodel', verbose_name='Fördermodell')),
            ],
            options={
                'verbose_name': 'Regel für Reste',
                'verbose_name_plural': 'Regeln für Reste',
                'ordering': ['funding_model', 'kind', '-since'],
                'constraints': [models.UniqueConstraint(fields=('funding_model', 'kind', 'since'), name='remainder_rule_once_per_day', violation_error_message='Für diese Art von Topf und diesen Tag gibt es schon eine Regel.'), models.CheckConstraint(condition=models.Q(('carry_up_to__isnull', True), ('carry_up_to__gte', 0), _connector='OR'), name='remainder_rule_not_negative', violation_error_message='Weniger als null geht nicht ins nächste Jahr über.'), models.CheckConstraint(condition=models.Q(models.Q(('consent_on__isnull', False), ('place', 'kept'), models.Q(('consent', ''), _negated=True)), models.Q(models.Q(('place', 'kept'), _negated=True), ('consent', ''), ('consent_on__isnull', True)), _connector='OR'), name='kept_remainders_name_their_consent', violation_error_message='Bleibt der Rest beim Verein, gehören Tag und Fundstelle der Zustimmung dazu; sonst bleiben beide leer.'), members.common.checks.Guard(condition=models.Q(('since__gte', datetime.date(1945, 1, 1)), ('since__lte', datetime.date(2100, 12, 31)), ('consent_on__gte', datetime.date(1945, 1, 1)), ('consent_on__lte', datetime.date(2100, 12, 31))), name='remainder_rule_days_within'), members.common.checks.Guard(condition=models.Q(('kind__in', ['pillar_1', 'pillar_2', 'overhead', 'special']), ('place__in', ['city', 'kept', 'source'])), name='remainder_rule_words_known'), members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'funding_model', 'carry_up_to'), members.common.checks.StoredAs('texts', 'kind', 'place', 'consent'), members.common.checks.StoredAs('days', 'since', 'consent_on')), name='remainder_rule_types')],
            },
        ),
    ]
