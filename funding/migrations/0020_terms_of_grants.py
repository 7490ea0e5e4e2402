
import datetime
import django.core.validators
import django.db.models.deletion
import members.common.checks
import members.common.days
import members.common.money
import simple_history.models
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

from members.common.normalising import immediate


#: (title, text, from euro, kind of financing). Common practice of small municipal funds; to be maintained in the administration.
CONDITIONS = [
    ("Zweckbindung", "Das Geld wird wirtschaftlich und nur für das bezeichnete Projekt verwendet.", 0, ""),
    (
        "Beginn des Projekts",
        "Mit dem Projekt wird erst nach dieser Zusage begonnen, wenn nichts anderes schriftlich vereinbart ist.",
        0,
        "",
    ),
    (
        "Änderungen",
        "Ändern sich Kosten, Finanzierung, Inhalt oder Zeitraum des Projekts, ist das unverzüglich mitzuteilen.",
        0,
        "",
    ),
    (
        "Sinkende Kosten",
        "Sinken die förderfähigen Kosten oder kommen weitere Mittel hinzu, verringert sich die Förderung anteilig.",
        0,
        "share",
    ),
    (
        "Sinkender Fehlbedarf",
        "Sinken die förderfähigen Kosten oder kommen weitere Mittel hinzu, verringert sich die Förderung um diesen Betrag.",
        0,
        "gap",
    ),
    (
        "Hinweis auf die Förderung",
        "In Veröffentlichungen und bei Veranstaltungen wird auf die Förderung durch den Verein hingewiesen.",
        0,
        "",
    ),
    (
        "Aufbewahrung",
        "Die Belege werden zehn Jahre aufbewahrt und auf Verlangen vorgelegt.",
        0,
        "",
    ),
    (
        "Vergleichsangebote",
        "Für Aufträge ab 1.000 Euro werden mindestens drei Angebote eingeholt und aufbewahrt.",
        100000,
        "",
    ),
]


def begin(apps, schema_editor):
    """Set the first day from which letters are written, and load the first conditions."""
    GrantTerms, GrantCondition = apps.get_model("funding", "GrantTerms"), apps.get_model("funding", "GrantCondition")
    today = timezone.localdate()
    for model in apps.get_model("funding", "FundingModel").objects.all():
        GrantTerms.objects.get_or_create(funding_model=model, since=today)
    for position, (title, text, cents, financing) in enumerate(CONDITIONS, 1):
        GrantCondition.objects.create(
            title=title, text=text, from_amount=Decimal(cents).scaleb(-2), financing=financing,
            position=10 * position, since=datetime.date(2016, 1, 1),
        )
    immediate(schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0019_called_money'),
        ('members', '0017_keys_of_names'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChosenCondition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('title', models.CharField(max_length=120, verbose_name='Überschrift')),
                ('text', models.TextField(verbose_name='Wortlaut')),
            ],
            options={
                'verbose_name': 'Nebenbestimmung der Bewilligung',
                'verbose_name_plural': 'Nebenbestimmungen der Bewilligung',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='GrantCondition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField(validators=[members.common.days.require_day], verbose_name='von')),
                ('until', models.DateField(blank=True, help_text='Letzter Tag. Leer lassen, solange das Ende offen ist.', null=True, validators=[members.common.days.require_day], verbose_name='bis')),
                ('title', models.CharField(max_length=120, verbose_name='Überschrift')),
                ('text', models.TextField(max_length=2000, verbose_name='Wortlaut')),
                ('financing', models.CharField(blank=True, choices=[('fixed', 'Festbetragsfinanzierung'), ('share', 'Anteilfinanzierung'), ('gap', 'Fehlbedarfsfinanzierung')], help_text='Leer: bei jeder Finanzierungsart.', max_length=6, verbose_name='vorgeschlagen bei')),
                ('from_amount', members.common.money.MoneyField(default=Decimal('0.00'), verbose_name='vorgeschlagen ab')),
                ('position', models.PositiveSmallIntegerField(default=100, verbose_name='Reihenfolge')),
            ],
            options={
                'verbose_name': 'Nebenbestimmung',
                'verbose_name_plural': 'Nebenbestimmungen',
                'ordering': ['position', 'pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='grant_condition_until_not_before_since', violation_error_message='Das Ende darf nicht vor dem Beginn liegen.'),
                    members.common.checks.Guard(condition=models.Q(('since__gte', datetime.date(1945, 1, 1)), ('since__lte', datetime.date(2100, 12, 31)), ('until__gte', datetime.date(1945, 1, 1)), ('until__lte', datetime.date(2100, 12, 31))), name='grant_condition_days_within'),
                    members.common.checks.Guard(condition=models.Q(('financing__in', ['fixed', 'share', 'gap', ''])), name='grant_condition_words_known'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'from_amount', 'position'), members.common.checks.StoredAs('texts', 'title', 'text', 'financing'), members.common.checks.StoredAs('days', 'since', 'until')), name='grant_condition_types'),
                ],
            },
        ),
        migrations.CreateModel(
            name='GrantTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField(validators=[members.common.days.require_day], verbose_name='gilt ab')),
                ('letter_form', models.CharField(choices=[('private', 'privatrechtlich (Zusage oder Vereinbarung)'), ('public', 'öffentlich-rechtlich (Bescheid)')], default='private', max_length=7, verbose_name='Form der Schreiben')),
                ('letter_style', models.CharField(choices=[('promise', 'Förderzusage, die der Empfänger annimmt'), ('agreement', 'Fördervereinbarung, die beide unterschreiben')], default='promise', max_length=9, verbose_name='Art der Zusage')),
                ('entrustment', models.CharField(blank=True, help_text='Nur für die öffentlich-rechtliche Form: welches Gesetz oder welcher Akt den Verein betraut.', max_length=300, verbose_name='Beleihung')),
                ('call_months', models.PositiveSmallIntegerField(default=2, help_text='Abgerufen wird Geld für Zahlungen, die innerhalb so vieler Monate fällig sind.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(24)], verbose_name='Monate im Voraus abrufbar')),
                ('list_from', members.common.money.MoneyField(blank=True, default=Decimal('2500.00'), null=True, verbose_name='Belegliste ab')),
                ('full_from', members.common.money.MoneyField(blank=True, default=Decimal('10000.00'), null=True, verbose_name='alle Belege ab')),
                ('interest', models.CharField(blank=True, help_text='Was über Zinsen auf zurückzuzahlendes Geld vereinbart wird. Leer: nichts.', max_length=300, verbose_name='Zinsen')),
            ],
            options={
                'verbose_name': 'Regeln für Zusagen',
                'verbose_name_plural': 'Regeln für Zusagen',
                'ordering': ['-since', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalGrantCondition',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('since', models.DateField(validators=[members.common.days.require_day], verbose_name='von')),
                ('until', models.DateField(blank=True, help_text='Letzter Tag. Leer lassen, solange das Ende offen ist.', null=True, validators=[members.common.days.require_day], verbose_name='bis')),
                ('title', models.CharField(max_length=120, verbose_name='Überschrift')),
                ('text', models.TextField(max_length=2000, verbose_name='Wortlaut')),
                ('financing', models.CharField(blank=True, choices=[('fixed', 'Festbetragsfinanzierung'), ('share', 'Anteilfinanzierung'), ('gap', 'Fehlbedarfsfinanzierung')], help_text='Leer: bei jeder Finanzierungsart.', max_length=6, verbose_name='vorgeschlagen bei')),
                ('from_amount', members.common.money.MoneyField(default=Decimal('0.00'), verbose_name='vorgeschlagen ab')),
                ('position', models.PositiveSmallIntegerField(default=100, verbose_name='Reihenfolge')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical Nebenbestimmung',
                'verbose_name_plural': 'historical Nebenbestimmungen',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalGrantTerms',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('since', models.DateField(validators=[members.common.days.require_day], verbose_name='gilt ab')),
                ('letter_form', models.CharField(choices=[('private', 'privatrechtlich (Zusage oder Vereinbarung)'), ('public', 'öffentlich-rechtlich (Bescheid)')], default='private', max_length=7, verbose_name='Form der Schreiben')),
                ('letter_style', models.CharField(choices=[('promise', 'Förderzusage, die der Empfänger annimmt'), ('agreement', 'Fördervereinbarung, die beide unterschreiben')], default='promise', max_length=9, verbose_name='Art der Zusage')),
                ('entrustment', models.CharField(blank=True, help_text='Nur für die öffentlich-rechtliche Form: welches Gesetz oder welcher Akt den Verein betraut.', max_length=300, verbose_name='Beleihung')),
                ('call_months', models.PositiveSmallIntegerField(default=2, help_text='Abgerufen wird Geld für Zahlungen, die innerhalb so vieler Monate fällig sind.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(24)], verbose_name='Monate im Voraus abrufbar')),
                ('list_from', members.common.money.MoneyField(blank=True, default=Decimal('2500.00'), null=True, verbose_name='Belegliste ab')),
                ('full_from', members.common.money.MoneyField(blank=True, default=Decimal('10000.00'), null=True, verbose_name='alle Belege ab')),
                ('interest', models.CharField(blank=True, help_text='Was über Zinsen auf zurückzuzahlendes Geld vereinbart wird. Leer: nichts.', max_length=300, verbose_name='Zinsen')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical Regeln für Zusagen',
                'verbose_name_plural': 'historical Regeln für Zusagen',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='PlanRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('side', models.CharField(choices=[('cost', 'Kosten'), ('financing', 'Finanzierung')], max_length=9, verbose_name='Seite')),
                ('kind', models.CharField(blank=True, choices=[('own', 'Eigenmittel'), ('third_party', 'Drittmittel'), ('in_kind', 'Eigenleistung'), ('pillar_1', 'Säule 1'), ('pillar_2', 'Säule 2'), ('special', 'Sondermittel')], max_length=12, verbose_name='Art')),
                ('label', models.CharField(max_length=200, verbose_name='Bezeichnung')),
                ('amount', members.common.money.MoneyField(verbose_name='Betrag')),
                ('is_grant', models.BooleanField(default=False, verbose_name='diese Bewilligung')),
            ],
            options={
                'verbose_name': 'Zeile des Plans',
                'verbose_name_plural': 'Zeilen des Plans',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='decision',
            name='decision_types',
        ),
        migrations.RemoveConstraint(
            model_name='decision',
            name='decision_words_known',
        ),
        migrations.AddField(
            model_name='decision',
            name='callable_until',
            field=models.DateField(blank=True, null=True, verbose_name='abrufbar bis'),
        ),
        migrations.AddField(
            model_name='decision',
            name='carried_out_from',
            field=models.DateField(blank=True, null=True, verbose_name='Durchführung von'),
        ),
        migrations.AddField(
            model_name='decision',
            name='carried_out_until',
            field=models.DateField(blank=True, null=True, verbose_name='Durchführung bis'),
        ),
        migrations.AddField(
            model_name='decision',
            name='eligible_costs',
            field=members.common.money.MoneyField(blank=True, null=True, verbose_name='förderfähige Kosten'),
        ),
        migrations.AddField(
            model_name='decision',
            name='proof_depth',
            field=models.CharField(blank=True, choices=[('simple', 'einfacher Nachweis (Einnahmen, Ausgaben, Bericht)'), ('list', 'Nachweis mit Belegliste'), ('full', 'Nachweis mit allen Belegen')], max_length=6, verbose_name='Umfang des Nachweises'),
        ),
        migrations.AddField(
            model_name='decision',
            name='proof_due_on',
            field=models.DateField(blank=True, null=True, verbose_name='Verwendungsnachweis bis'),
        ),
        members.common.checks.AddGuard(
            model_name='decision',
            constraint=members.common.checks.Guard(condition=models.Q(('carried_out_from__gte', datetime.date(1945, 1, 1)), ('carried_out_from__lte', datetime.date(2100, 12, 31)), ('carried_out_until__gte', datetime.date(1945, 1, 1)), ('carried_out_until__lte', datetime.date(2100, 12, 31)), ('callable_until__gte', datetime.date(1945, 1, 1)), ('callable_until__lte', datetime.date(2100, 12, 31)), ('proof_due_on__gte', datetime.date(1945, 1, 1)), ('proof_due_on__lte', datetime.date(2100, 12, 31))), name='decision_days_within'),
        ),
        members.common.checks.AddGuard(
            model_name='decision',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'application', 'amount', 'eligible_costs', 'resolution', 'actor', 'mandate', 'in_stead_of'), members.common.checks.StoredAs('texts', 'step', 'reason', 'financing', 'proof_depth'), members.common.checks.StoredAs('days', 'carried_out_from', 'carried_out_until', 'callable_until', 'proof_due_on', 'on'), members.common.checks.StoredAs('moments', 'recorded_at')), name='decision_types'),
        ),
        members.common.checks.AddGuard(
            model_name='decision',
            constraint=members.common.checks.Guard(condition=models.Q(('financing__in', ['fixed', 'share', 'gap', '']), ('proof_depth__in', ['simple', 'list', 'full', '']), ('step__in', ['submit', 'resubmit', 'return', 'sign', 'unsign', 'approve', 'reject', 'withdraw', 'reduce', 'revoke', 'earmark', 'uncall', 'pay', 'bounce', 'repay', 'settle'])), name='decision_words_known'),
        ),
        migrations.AddField(
            model_name='chosencondition',
            name='decision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chosen_conditions', to='funding.decision'),
        ),
        migrations.AddField(
            model_name='chosencondition',
            name='condition',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funding.grantcondition'),
        ),
        migrations.AddField(
            model_name='grantterms',
            name='funding_model',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grant_terms', to='funding.fundingmodel', verbose_name='Fördermodell'),
        ),
        migrations.AddField(
            model_name='historicalgrantcondition',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalgrantterms',
            name='funding_model',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='funding.fundingmodel', verbose_name='Fördermodell'),
        ),
        migrations.AddField(
            model_name='historicalgrantterms',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='planrow',
            name='decision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plan_rows', to='funding.decision'),
        ),
        migrations.AddConstraint(
            model_name='chosencondition',
            constraint=models.UniqueConstraint(fields=('decision', 'position'), name='condition_once_per_position'),
        ),
        migrations.AddConstraint(
            model_name='chosencondition',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'decision', 'position', 'condition'), members.common.checks.StoredAs('texts', 'title', 'text')), name='chosen_condition_types'),
        ),
        migrations.AddConstraint(
            model_name='grantterms',
            constraint=models.UniqueConstraint(fields=('funding_model', 'since'), name='grant_terms_once_per_day', violation_error_message='Für diesen Tag sind schon Regeln eingetragen.'),
        ),
        migrations.AddConstraint(
            model_name='grantterms',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('letter_form', 'public'), _negated=True), models.Q(('entrustment', ''), _negated=True), _connector='OR'), name='public_letters_name_their_entrustment', violation_error_message='Die öffentlich-rechtliche Form braucht eine benannte Beleihung.'),
        ),
        migrations.AddConstraint(
            model_name='grantterms',
            constraint=members.common.checks.Guard(condition=models.Q(('since__gte', datetime.date(1945, 1, 1)), ('since__lte', datetime.date(2100, 12, 31))), name='grant_terms_days_within'),
        ),
        migrations.AddConstraint(
            model_name='grantterms',
            constraint=members.common.checks.Guard(condition=models.Q(('letter_form__in', ['private', 'public']), ('letter_style__in', ['promise', 'agreement'])), name='grant_terms_words_known'),
        ),
        migrations.AddConstraint(
            model_name='grantterms',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'funding_model', 'call_months', 'list_from', 'full_from'), members.common.checks.StoredAs('texts', 'letter_form', 'letter_style', 'entrustment', 'interest'), members.common.checks.StoredAs('days', 'since')), name='grant_terms_types'),
        ),
        migrations.AddConstraint(
            model_name='planrow',
            constraint=models.UniqueConstraint(fields=('decision', 'position'), name='plan_row_once_per_position'),
        ),
        migrations.AddConstraint(
            model_name='planrow',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='plan_row_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='planrow',
            constraint=members.common.checks.Guard(condition=models.Q(('kind__in', ['', 'own', 'third_party', 'in_kind', 'pillar_1', 'pillar_2', 'special']), ('side__in', ['cost', 'financing'])), name='plan_row_words_known'),
        ),
        migrations.AddConstraint(
            model_name='planrow',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'decision', 'position', 'amount'), members.common.checks.StoredAs('texts', 'side', 'kind', 'label'), members.common.checks.StoredAs('flags', 'is_grant')), name='plan_row_types'),
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
