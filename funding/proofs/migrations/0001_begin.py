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

from members.common.normalising import immediate


def begin(apps, schema_editor):
    """Give each funding model its first rules, from its first year on."""
    ProofRules = apps.get_model("proofs", "ProofRules")
    for model in apps.get_model("funding", "FundingModel").objects.all():
        ProofRules.objects.create(funding_model=model, since=datetime.date(model.first_year, 1, 1))
    immediate(schema_editor)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('funding', '0023_carried_and_reclaimed'),
        ('members', '0019_links_to_letters'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalProofRules',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('since', models.DateField(validators=[members.common.days.require_day], verbose_name='gilt ab')),
                ('hourly_rate', members.common.money.MoneyField(default=Decimal('15.00'), verbose_name='je ehrenamtlicher Stunde')),
                ('hours_cap', models.PositiveSmallIntegerField(blank=True, default=20, help_text='Anteil an den förderfähigen Kosten. Leer: ohne Grenze.', null=True, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='ehrenamtliche Stunden höchstens (%)')),
                ('fixed_capped', models.BooleanField(default=False, help_text='Angekreuzt: Ein Festbetrag ist höchstens, was eigene und andere Mittel von den Kosten übrig lassen.', verbose_name='Festbetrag nur, soweit Kosten ungedeckt sind')),
                ('procurement_from', members.common.money.MoneyField(blank=True, default=Decimal('1000.00'), help_text='Ab dieser Höhe einer Kostenposition steht im Nachweis, wie der Auftrag vergeben wurde. Leer: nie.', null=True, verbose_name='Vergabevermerk ab')),
                ('sample_percent', models.PositiveSmallIntegerField(default=10, help_text='So viele der Nachweise, zu denen keine Belege gehören, werden im Jahr gezogen; aufgerundet.', validators=[django.core.validators.MaxValueValidator(100)], verbose_name='Stichprobe (%)')),
                ('two_people_from', members.common.money.MoneyField(blank=True, default=Decimal('5000.00'), help_text='Ab dieser Bewilligung unterschreiben zwei Personen den Prüfvermerk. Leer: nie.', null=True, verbose_name='Prüfvermerk zu zweit ab')),
                ('hearing_days', models.PositiveSmallIntegerField(default=14, help_text='So lange kann sich der Empfänger äußern, bevor eine Ausgabe gekürzt wird.', validators=[django.core.validators.MaxValueValidator(366)], verbose_name='Tage für die Anhörung')),
                ('remind_before', models.PositiveSmallIntegerField(default=14, help_text='0: keine.', validators=[django.core.validators.MaxValueValidator(366)], verbose_name='Erinnerung vorher (Tage)')),
                ('remind_after', models.PositiveSmallIntegerField(default=14, help_text='0: keine.', validators=[django.core.validators.MaxValueValidator(366)], verbose_name='Erinnerung nachher (Tage)')),
                ('small_claim', members.common.money.MoneyField(default=Decimal('0.00'), help_text='Weniger wird nicht zurückgefordert. 0: jeder Betrag.', verbose_name='Rückforderung erst ab')),
                ('small_interest', members.common.money.MoneyField(default=Decimal('0.00'), help_text='Weniger wird nicht gefordert. 0: jeder Betrag.', verbose_name='Zinsen erst ab')),
                ('claim_days', models.PositiveSmallIntegerField(default=30, help_text='So lange hat der Empfänger nach einer Rückforderung Zeit.', validators=[django.core.validators.MaxValueValidator(366)], verbose_name='Tage bis zur Rückzahlung')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('funding_model', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='funding.fundingmodel', verbose_name='Fördermodell')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical Regeln für Nachweise',
                'verbose_name_plural': 'historical Regeln für Nachweise',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='ProofOfUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('depth', models.CharField(choices=[('simple', 'einfacher Nachweis (Einnahmen, Ausgaben, Bericht)'), ('list', 'Nachweis mit Belegliste'), ('full', 'Nachweis mit allen Belegen')], max_length=6, verbose_name='Umfang')),
                ('due_on', models.DateField(blank=True, null=True, verbose_name='fällig am')),
                ('state', models.CharField(choices=[('open', 'in Arbeit'), ('handed_in', 'eingereicht'), ('asked_back', 'Rückfrage'), ('hearing', 'Anhörung'), ('noted', 'zweite Unterschrift'), ('accepted', 'anerkannt')], default='open', max_length=10, verbose_name='Stand')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('done', models.TextField(blank=True, max_length=6000, verbose_name='Was wurde gemacht?')),
                ('visitors', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(10000000)], verbose_name='Besucherinnen und Besucher')),
                ('hours', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(10000000)], verbose_name='ehrenamtliche Stunden')),
                ('press', models.TextField(blank=True, max_length=3000, verbose_name='Presse und Öffentlichkeit')),
                ('publicity', models.TextField(blank=True, max_length=3000, verbose_name='Wo stand „gefördert durch“?')),
                ('value_creation', models.TextField(blank=True, max_length=3000, verbose_name='Beitrag zur Wertschöpfung im Quartier')),
                ('value_created', members.common.money.MoneyField(blank=True, null=True, verbose_name='Wertschöpfung in Euro (geschätzt)')),
                ('procurement', models.TextField(blank=True, max_length=3000, verbose_name='Wie wurden die Aufträge vergeben?')),
                ('explanation', models.TextField(blank=True, max_length=3000, verbose_name='Erläuterung der Zahlen')),
                ('originals_at', models.CharField(blank=True, max_length=200, verbose_name='Wer verwahrt die Originalbelege?')),
                ('confirmed', models.BooleanField(default=False, verbose_name='Die Angaben sind vollständig und richtig.')),
                ('asked', models.CharField(blank=True, editable=False, max_length=300, verbose_name='Rückfrage zu')),
                ('late', models.BooleanField(default=False, editable=False, verbose_name='verspätet')),
                ('handed_in_on', models.DateField(blank=True, null=True, verbose_name='eingereicht am')),
                ('hearing_until', models.DateField(blank=True, null=True, verbose_name='Anhörung bis')),
                ('hearing_answer', models.TextField(blank=True, max_length=6000, verbose_name='Antwort auf die Anhörung')),
                ('result', members.common.money.MoneyField(blank=True, null=True, verbose_name='steht zu')),
                ('overpaid', members.common.money.MoneyField(default=Decimal('0.00'), verbose_name='zu viel gezahlt')),
                ('opened_on', models.DateField(verbose_name='begonnen am')),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='proof', to='funding.application', verbose_name='Bewilligung')),
                ('decision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proofs', to='funding.decision', verbose_name='bewilligt durch')),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='begonnen von')),
            ],
            options={
                'verbose_name': 'Verwendungsnachweis',
                'verbose_name_plural': 'Verwendungsnachweise',
                'ordering': ['due_on', 'pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('result__isnull', False), ('state', 'accepted')), models.Q(models.Q(('state', 'accepted'), _negated=True), ('overpaid', 0), ('result__isnull', True)), _connector='OR'), name='proof_result_when_accepted'),
                    models.CheckConstraint(condition=models.Q(('overpaid__gte', 0), models.Q(('result__isnull', True), ('result__gte', 0), _connector='OR'), models.Q(('value_created__isnull', True), ('value_created__gte', 0), _connector='OR')), name='proof_amounts_not_negative'),
                    models.CheckConstraint(condition=models.Q(('state', 'open'), ('handed_in_on__isnull', False), _connector='OR'), name='proof_handed_in_on_a_day'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'hearing'), _negated=True), ('hearing_until__isnull', False), _connector='OR'), name='proof_hearing_has_a_day'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['open', 'asked_back']), ('confirmed', True), _connector='OR'), name='proof_confirmed_when_in'),
                    members.common.checks.Guard(condition=models.Q(('due_on__gte', datetime.date(1945, 1, 1)), ('due_on__lte', datetime.date(2100, 12, 31)), ('handed_in_on__gte', datetime.date(1945, 1, 1)), ('handed_in_on__lte', datetime.date(2100, 12, 31)), ('hearing_until__gte', datetime.date(1945, 1, 1)), ('hearing_until__lte', datetime.date(2100, 12, 31)), ('opened_on__gte', datetime.date(1945, 1, 1)), ('opened_on__lte', datetime.date(2100, 12, 31))), name='proof_days_within'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'application', 'decision', 'version', 'visitors', 'hours', 'value_created', 'result', 'overpaid', 'opened_by'), members.common.checks.StoredAs('texts', 'depth', 'state', 'done', 'press', 'publicity', 'value_creation', 'procurement', 'explanation', 'originals_at', 'asked', 'hearing_answer'), members.common.checks.StoredAs('flags', 'confirmed', 'late'), members.common.checks.StoredAs('days', 'due_on', 'handed_in_on', 'hearing_until', 'opened_on')), name='proof_types'),
                    members.common.checks.Guard(condition=models.Q(('depth__in', ['simple', 'list', 'full']), ('state__in', ['open', 'handed_in', 'asked_back', 'hearing', 'noted', 'accepted'])), name='proof_words_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(verbose_name='Begründung')),
                ('requested_on', models.DateField(verbose_name='beantragt am')),
                ('decided_on', models.DateField(blank=True, null=True, verbose_name='entschieden am')),
                ('refusal', models.TextField(blank=True, verbose_name='Grund der Ablehnung')),
                ('until', models.DateField(validators=[members.common.days.require_day], verbose_name='bis')),
                ('state', models.CharField(choices=[('requested', 'beantragt'), ('confirmed', 'verlängert'), ('refused', 'nicht verlängert')], default='requested', max_length=10, verbose_name='Stand')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entschieden von')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='beantragt von')),
                ('proof', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='proofs.proofofuse')),
            ],
            options={
                'verbose_name': 'Fristverlängerung',
                'verbose_name_plural': 'Fristverlängerungen',
                'ordering': ['pk'],
                'abstract': False,
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='extension_has_reason'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', True), ('decided_on__isnull', True), ('refusal', ''), ('state', 'requested')), models.Q(('decided_by__isnull', False), ('decided_on__isnull', False), ('refusal', ''), ('state', 'confirmed'), models.Q(('decided_by', models.F('requested_by')), _negated=True)), models.Q(('decided_by__isnull', False), ('decided_on__isnull', False), ('state', 'refused'), models.Q(('refusal', ''), _negated=True)), _connector='OR'), name='extension_confirmed_by_another'),
                    models.UniqueConstraint(condition=models.Q(('state', 'requested')), fields=('proof',), name='one_waiting_extension_per_proof'),
                    members.common.checks.Guard(condition=models.Q(('until__gte', datetime.date(1945, 1, 1)), ('until__lte', datetime.date(2100, 12, 31))), name='extension_days_within'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'proof', 'requested_by', 'decided_by'), members.common.checks.StoredAs('texts', 'reason', 'state', 'refusal'), members.common.checks.StoredAs('days', 'until', 'requested_on', 'decided_on')), name='extension_types'),
                    members.common.checks.Guard(condition=models.Q(('state__in', ['requested', 'confirmed', 'refused'])), name='extension_words_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AuditorRemark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(max_length=3000, verbose_name='Bemerkung')),
                ('on', models.DateField(verbose_name='am')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='erfasst')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='von')),
                ('proof', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remarks', to='proofs.proofofuse')),
            ],
            options={
                'verbose_name': 'Bemerkung der Rechnungsprüfung',
                'verbose_name_plural': 'Bemerkungen der Rechnungsprüfung',
                'ordering': ['pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='auditor_remark_has_text'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'proof', 'actor'), members.common.checks.StoredAs('texts', 'text'), members.common.checks.StoredAs('days', 'on'), members.common.checks.StoredAs('moments', 'recorded_at')), name='auditor_remark_types'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AuditNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(max_length=6000, verbose_name='Prüfvermerk')),
                ('depth', models.CharField(choices=[('simple', 'einfacher Nachweis (Einnahmen, Ausgaben, Bericht)'), ('list', 'Nachweis mit Belegliste'), ('full', 'Nachweis mit allen Belegen')], max_length=6, verbose_name='Tiefe der Prüfung')),
                ('seen', models.TextField(blank=True, max_length=3000, verbose_name='eingesehene Unterlagen')),
                ('costs', members.common.money.MoneyField(verbose_name='anerkannte Kosten')),
                ('result', members.common.money.MoneyField(verbose_name='steht zu')),
                ('lines', models.JSONField(default=list, verbose_name='Rechnung')),
                ('by_two', models.BooleanField(default=False, verbose_name='zu zweit')),
                ('state', models.CharField(choices=[('waiting', 'wartet auf zweite Person'), ('signed', 'unterschrieben'), ('refused', 'nicht mitgezeichnet')], max_length=10, verbose_name='Stand')),
                ('signed_on', models.DateField(verbose_name='unterschrieben am')),
                ('second_on', models.DateField(blank=True, null=True, verbose_name='entschieden am')),
                ('refusal', models.TextField(blank=True, verbose_name='Grund der Ablehnung')),
                ('second_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entschieden von')),
                ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='unterschrieben von')),
                ('proof', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='proofs.proofofuse')),
            ],
            options={
                'verbose_name': 'Prüfvermerk',
                'verbose_name_plural': 'Prüfvermerke',
                'ordering': ['pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='audit_note_has_text'),
                    models.CheckConstraint(condition=models.Q(('costs__gte', 0), ('result__gte', 0)), name='audit_note_amounts_not_negative'),
                    models.CheckConstraint(condition=models.Q(models.Q(('by_two', True), ('refusal', ''), ('second_by__isnull', True), ('second_on__isnull', True), ('state', 'waiting')), models.Q(('by_two', False), ('refusal', ''), ('second_by__isnull', True), ('second_on__isnull', True), ('state', 'signed')), models.Q(('by_two', True), ('refusal', ''), ('second_by__isnull', False), ('second_on__isnull', False), ('state', 'signed'), models.Q(('second_by', models.F('signed_by')), _negated=True)), models.Q(('by_two', True), ('second_by__isnull', False), ('second_on__isnull', False), ('state', 'refused'), models.Q(('refusal', ''), _negated=True)), _connector='OR'), name='audit_note_signed_by_another'),
                    models.UniqueConstraint(condition=models.Q(('state', 'refused'), _negated=True), fields=('proof',), name='one_audit_note_counts'),
                    members.common.checks.Guard(condition=models.Q(('signed_on__gte', datetime.date(1945, 1, 1)), ('signed_on__lte', datetime.date(2100, 12, 31)), ('second_on__gte', datetime.date(1945, 1, 1)), ('second_on__lte', datetime.date(2100, 12, 31))), name='audit_note_days_within'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'proof', 'costs', 'result', 'signed_by', 'second_by'), members.common.checks.StoredAs('texts', 'text', 'depth', 'seen', 'lines', 'state', 'refusal'), members.common.checks.StoredAs('flags', 'by_two'), members.common.checks.StoredAs('days', 'signed_on', 'second_on')), name='audit_note_types'),
                    members.common.checks.Guard(condition=models.Q(('depth__in', ['simple', 'list', 'full']), ('state__in', ['waiting', 'signed', 'refused'])), name='audit_note_words_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ProofPhoto',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('caption', models.CharField(blank=True, max_length=200, verbose_name='Was ist zu sehen?')),
                ('photographer', models.CharField(blank=True, max_length=120, verbose_name='Wer hat fotografiert?')),
                ('consent', models.BooleanField(default=False, verbose_name='Alle Abgebildeten sind einverstanden.')),
                ('name', models.CharField(max_length=120, verbose_name='Name der Datei')),
                ('kind', models.CharField(choices=[('pdf', 'PDF'), ('jpeg', 'JPEG-Bild'), ('png', 'PNG-Bild'), ('webp', 'WebP-Bild'), ('docx', 'Word-Datei'), ('xlsx', 'Excel-Datei'), ('odt', 'OpenDocument-Text'), ('ods', 'OpenDocument-Tabelle')], max_length=4, verbose_name='Art')),
                ('size', models.PositiveIntegerField(verbose_name='Größe in Byte')),
                ('sha256', models.CharField(db_index=True, max_length=64, verbose_name='Prüfsumme')),
                ('uploaded_at', models.DateTimeField(auto_now_add=True, verbose_name='hinzugefügt')),
                ('proof', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='photos', to='proofs.proofofuse')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='hinzugefügt von')),
            ],
            options={
                'verbose_name': 'Foto',
                'verbose_name_plural': 'Fotos',
                'ordering': ['pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('size__gt', 0), models.Q(('sha256', ''), _negated=True)), name='proof_photo_has_its_file'),
                    models.UniqueConstraint(fields=('proof', 'sha256'), name='proof_photo_once'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'proof', 'size', 'uploaded_by'), members.common.checks.StoredAs('texts', 'caption', 'photographer', 'name', 'kind', 'sha256'), members.common.checks.StoredAs('flags', 'consent'), members.common.checks.StoredAs('moments', 'uploaded_at')), name='proof_photo_types'),
                    members.common.checks.Guard(condition=models.Q(('kind__in', ['pdf', 'jpeg', 'png', 'webp', 'docx', 'xlsx', 'odt', 'ods'])), name='proof_photo_words_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ProofRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('side', models.CharField(choices=[('cost', 'Kosten'), ('financing', 'Finanzierung')], max_length=9, verbose_name='Seite')),
                ('kind', models.CharField(blank=True, choices=[('own', 'Eigenmittel'), ('third_party', 'Drittmittel'), ('in_kind', 'Eigenleistung'), ('pillar_1', 'Säule 1'), ('pillar_2', 'Säule 2'), ('special', 'Sondermittel')], max_length=12, verbose_name='Art')),
                ('label', models.CharField(max_length=200, verbose_name='Bezeichnung')),
                ('is_planned', models.BooleanField(default=True, verbose_name='geplant')),
                ('is_grant', models.BooleanField(default=False, verbose_name='diese Bewilligung')),
                ('planned', members.common.money.MoneyField(default=Decimal('0.00'), verbose_name='geplant')),
                ('actual', members.common.money.MoneyField(blank=True, null=True, verbose_name='tatsächlich')),
                ('cut', members.common.money.MoneyField(default=Decimal('0.00'), verbose_name='gekürzt um')),
                ('cut_reason', models.TextField(blank=True, max_length=2000, verbose_name='Begründung der Kürzung')),
                ('asked', models.BooleanField(default=False, verbose_name='Rückfrage')),
                ('plan_row', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funding.planrow')),
                ('proof', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='proofs.proofofuse')),
            ],
            options={
                'verbose_name': 'Zeile eines Nachweises',
                'verbose_name_plural': 'Zeilen der Nachweise',
                'ordering': ['position', 'pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('proof', 'position'), name='proof_row_once_per_position'),
                    models.CheckConstraint(condition=models.Q(('planned__gte', 0), models.Q(('actual__isnull', True), ('actual__gte', 0), _connector='OR')), name='proof_row_not_negative'),
                    models.CheckConstraint(condition=models.Q(models.Q(('cut', 0), ('cut_reason', '')), models.Q(('cut__gt', 0), ('cut__lte', models.F('actual')), ('side', 'cost'), models.Q(('cut_reason', ''), _negated=True)), _connector='OR'), name='proof_row_cut_within_actual'),
                    models.CheckConstraint(condition=models.Q(('label', ''), _negated=True), name='proof_row_has_label'),
                    models.CheckConstraint(condition=models.Q(('is_planned', True), models.Q(('is_grant', False), ('plan_row__isnull', True), ('planned', 0)), _connector='OR'), name='proof_row_added_without_plan'),
                    models.CheckConstraint(condition=models.Q(models.Q(('is_grant', False), ('kind', ''), ('side', 'cost')), models.Q(('side', 'financing'), models.Q(('kind', ''), _negated=True)), _connector='OR'), name='proof_row_of_one_side'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'proof', 'position', 'plan_row', 'planned', 'actual', 'cut'), members.common.checks.StoredAs('texts', 'side', 'kind', 'label', 'cut_reason'), members.common.checks.StoredAs('flags', 'is_planned', 'is_grant', 'asked')), name='proof_row_types'),
                    members.common.checks.Guard(condition=models.Q(('kind__in', ['', 'own', 'third_party', 'in_kind', 'pillar_1', 'pillar_2', 'special']), ('side__in', ['cost', 'financing'])), name='proof_row_words_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ProofRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField(validators=[members.common.days.require_day], verbose_name='gilt ab')),
                ('hourly_rate', members.common.money.MoneyField(default=Decimal('15.00'), verbose_name='je ehrenamtlicher Stunde')),
                ('hours_cap', models.PositiveSmallIntegerField(blank=True, default=20, help_text='Anteil an den förderfähigen Kosten. Leer: ohne Grenze.', null=True, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='ehrenamtliche Stunden höchstens (%)')),
                ('fixed_capped', models.BooleanField(default=False, help_text='Angekreuzt: Ein Festbetrag ist höchstens, was eigene und andere Mittel von den Kosten übrig lassen.', verbose_name='Festbetrag nur, soweit Kosten ungedeckt sind')),
                ('procurement_from', members.common.money.MoneyField(blank=True, default=Decimal('1000.00'), help_text='Ab dieser Höhe einer Kostenposition steht im Nachweis, wie der Auftrag vergeben wurde. Leer: nie.', null=True, verbose_name='Vergabevermerk ab')),
                ('sample_percent', models.PositiveSmallIntegerField(default=10, help_text='So viele der Nachweise, zu denen keine Belege gehören, werden im Jahr gezogen; aufgerundet.', validators=[django.core.validators.MaxValueValidator(100)], verbose_name='Stichprobe (%)')),
                ('two_people_from', members.common.money.MoneyField(blank=True, default=Decimal('5000.00'), help_text='Ab dieser Bewilligung unterschreiben zwei Personen den Prüfvermerk. Leer: nie.', null=True, verbose_name='Prüfvermerk zu zweit ab')),
                ('hearing_days', models.PositiveSmallIntegerField(default=14, help_text='So lange kann sich der Empfänger äußern, bevor eine Ausgabe gekürzt wird.', validators=[django.core.validators.MaxValueValidator(366)], verbose_name='Tage für die Anhörung')),
                ('remind_before', models.PositiveSmallIntegerField(default=14, help_text='0: keine.', validators=[django.core.validators.MaxValueValidator(366)], verbose_name='Erinnerung vorher (Tage)')),
                ('remind_after', models.PositiveSmallIntegerField(default=14, help_text='0: keine.', validators=[django.core.validators.MaxValueValidator(366)], verbose_name='Erinnerung nachher (Tage)')),
                ('small_claim', members.common.money.MoneyField(default=Decimal('0.00'), help_text='Weniger wird nicht zurückgefordert. 0: jeder Betrag.', verbose_name='Rückforderung erst ab')),
                ('small_interest', members.common.money.MoneyField(default=Decimal('0.00'), help_text='Weniger wird nicht gefordert. 0: jeder Betrag.', verbose_name='Zinsen erst ab')),
                ('claim_days', models.PositiveSmallIntegerField(default=30, help_text='So lange hat der Empfänger nach einer Rückforderung Zeit.', validators=[django.core.validators.MaxValueValidator(366)], verbose_name='Tage bis zur Rückzahlung')),
                ('funding_model', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='proof_rules', to='funding.fundingmodel', verbose_name='Fördermodell')),
            ],
            options={
                'verbose_name': 'Regeln für Nachweise',
                'verbose_name_plural': 'Regeln für Nachweise',
                'ordering': ['-since', 'pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('funding_model', 'since'), name='proof_rules_once_per_day', violation_error_message='Für diesen Tag sind schon Regeln eingetragen.'),
                    models.CheckConstraint(condition=models.Q(('hourly_rate__gte', 0), ('small_claim__gte', 0), ('small_interest__gte', 0), models.Q(('procurement_from__isnull', True), ('procurement_from__gt', 0), _connector='OR'), models.Q(('two_people_from__isnull', True), ('two_people_from__gte', 0), _connector='OR')), name='proof_rules_amounts_not_negative', violation_error_message='Ein Betrag darf nicht negativ sein.'),
                    models.CheckConstraint(condition=models.Q(('sample_percent__lte', 100), models.Q(('hours_cap__isnull', True), ('hours_cap__lte', 100), _connector='OR')), name='proof_rules_percent', violation_error_message='Ein Anteil ist höchstens 100 %.'),
                    members.common.checks.Guard(condition=models.Q(('since__gte', datetime.date(1945, 1, 1)), ('since__lte', datetime.date(2100, 12, 31))), name='proof_rules_days_within'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'funding_model', 'hourly_rate', 'hours_cap', 'procurement_from', 'sample_percent', 'two_people_from', 'hearing_days', 'remind_before', 'remind_after', 'small_claim', 'small_interest', 'claim_days'), members.common.checks.StoredAs('flags', 'fixed_capped'), members.common.checks.StoredAs('days', 'since')), name='proof_rules_types'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ProofStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('open', 'begonnen'), ('hand_in', 'eingereicht'), ('ask_back', 'mit Rückfrage zurückgegeben'), ('announce', 'Kürzung angekündigt'), ('answer', 'zur Kürzung geäußert'), ('withdraw', 'Kürzung zurückgenommen'), ('note', 'Prüfvermerk unterschrieben'), ('refuse', 'Prüfvermerk nicht mitgezeichnet'), ('accept', 'anerkannt')], max_length=10, verbose_name='Schritt')),
                ('on', models.DateField(verbose_name='am')),
                ('reason', models.TextField(blank=True, verbose_name='Begründung')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='erfasst')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='durch')),
                ('in_stead_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.mandate', verbose_name='in Vertretung für')),
                ('mandate', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.mandate', verbose_name='als')),
                ('proof', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='proofs.proofofuse')),
            ],
            options={
                'verbose_name': 'Schritt eines Nachweises',
                'verbose_name_plural': 'Schritte der Nachweise',
                'ordering': ['pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('step__in', ['ask_back', 'announce', 'answer', 'withdraw', 'refuse']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='proof_step_has_reason'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'proof', 'actor', 'mandate', 'in_stead_of'), members.common.checks.StoredAs('texts', 'step', 'reason'), members.common.checks.StoredAs('days', 'on'), members.common.checks.StoredAs('moments', 'recorded_at')), name='proof_step_types'),
                    members.common.checks.Guard(condition=models.Q(('step__in', ['open', 'hand_in', 'ask_back', 'announce', 'answer', 'withdraw', 'note', 'refuse', 'accept'])), name='proof_step_words_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Sample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('percent', models.PositiveSmallIntegerField(verbose_name='Anteil (%)')),
                ('seed', models.CharField(max_length=64, verbose_name='Zufallswert')),
                ('listed', models.JSONField(default=list, verbose_name='gezogen aus')),
                ('drawn_on', models.DateField(verbose_name='gezogen am')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='erfasst')),
                ('drawn_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='gezogen von')),
                ('year', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='proof_sample', to='funding.fiscalyear', verbose_name='Haushaltsjahr')),
            ],
            options={
                'verbose_name': 'Stichprobe',
                'verbose_name_plural': 'Stichproben',
                'ordering': ['-year'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('percent__lte', 100), models.Q(('seed', ''), _negated=True)), name='sample_has_seed'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'year', 'percent', 'drawn_by'), members.common.checks.StoredAs('texts', 'seed', 'listed'), members.common.checks.StoredAs('days', 'drawn_on'), members.common.checks.StoredAs('moments', 'recorded_at')), name='sample_types'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SamplePick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sample_pick', to='funding.application')),
                ('sample', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='picks', to='proofs.sample')),
            ],
            options={
                'verbose_name': 'gezogene Bewilligung',
                'verbose_name_plural': 'gezogene Bewilligungen',
                'ordering': ['pk'],
                'constraints': [
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'sample', 'application')), name='sample_pick_types'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Voucher',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(blank=True, max_length=60, verbose_name='Belegnummer')),
                ('day', models.DateField(blank=True, null=True, validators=[members.common.days.require_day], verbose_name='bezahlt am')),
                ('amount', members.common.money.MoneyField(blank=True, null=True, verbose_name='Betrag')),
                ('payee', models.CharField(blank=True, max_length=160, verbose_name='an wen')),
                ('kept', models.BooleanField(default=False, editable=False)),
                ('struck', models.BooleanField(default=False, verbose_name='zählt nicht')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='Name der Datei')),
                ('kind', models.CharField(blank=True, choices=[('pdf', 'PDF'), ('jpeg', 'JPEG-Bild'), ('png', 'PNG-Bild'), ('webp', 'WebP-Bild'), ('docx', 'Word-Datei'), ('xlsx', 'Excel-Datei'), ('odt', 'OpenDocument-Text'), ('ods', 'OpenDocument-Tabelle')], max_length=4, verbose_name='Art')),
                ('size', models.PositiveIntegerField(default=0, verbose_name='Größe in Byte')),
                ('sha256', models.CharField(blank=True, db_index=True, max_length=64, verbose_name='Prüfsumme')),
                ('entered_at', models.DateTimeField(auto_now_add=True, verbose_name='eingetragen')),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='eingetragen von')),
                ('row', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vouchers', to='proofs.proofrow')),
            ],
            options={
                'verbose_name': 'Beleg',
                'verbose_name_plural': 'Belege',
                'ordering': ['pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('amount__isnull', True), ('amount__gt', 0), _connector='OR'), name='voucher_positive', violation_error_message='Der Betrag eines Belegs ist größer als null.'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', ''), ('name', ''), ('sha256', ''), ('size', 0)), models.Q(('size__gt', 0), models.Q(('sha256', ''), _negated=True), models.Q(('kind', ''), _negated=True), models.Q(('name', ''), _negated=True)), _connector='OR'), name='voucher_file_is_whole'),
                    models.CheckConstraint(condition=models.Q(('kept', False), ('struck', True), models.Q(('amount__isnull', False), ('day__isnull', False)), _connector='OR'), name='voucher_kept_with_amount_and_day'),
                    models.UniqueConstraint(condition=models.Q(('sha256', ''), _negated=True), fields=('row', 'sha256'), name='voucher_file_once_per_row'),
                    members.common.checks.Guard(condition=models.Q(('day__gte', datetime.date(1945, 1, 1)), ('day__lte', datetime.date(2100, 12, 31))), name='voucher_days_within'),
                    members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'row', 'amount', 'size', 'entered_by'), members.common.checks.StoredAs('texts', 'number', 'payee', 'name', 'kind', 'sha256'), members.common.checks.StoredAs('flags', 'kept', 'struck'), members.common.checks.StoredAs('days', 'day'), members.common.checks.StoredAs('moments', 'entered_at')), name='voucher_types'),
                    members.common.checks.Guard(condition=models.Q(('kind__in', ['', 'pdf', 'jpeg', 'png', 'webp', 'docx', 'xlsx', 'odt', 'ods'])), name='voucher_words_known'),
                ],
            },
        ),
        migrations.AddIndex(
            model_name='proofofuse',
            index=models.Index(fields=['state', 'due_on', 'id'], name='proof_queue'),
        ),
        migrations.AddIndex(
            model_name='voucher',
            index=models.Index(fields=['day', 'amount'], name='voucher_twins'),
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
