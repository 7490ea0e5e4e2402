
import django.db.models.deletion
import members.common.checks
import members.common.money
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0022_help_for_proofs'),
        ('members', '0019_links_to_letters'),
        ('projects', '0028_measure'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='application',
            name='application_types',
        ),
        migrations.RemoveConstraint(
            model_name='decision',
            name='decision_types',
        ),
        migrations.RemoveConstraint(
            model_name='decision',
            name='decision_words_known',
        ),
        migrations.RemoveConstraint(
            model_name='grantchange',
            name='grantchange_lessens',
        ),
        migrations.RemoveConstraint(
            model_name='grantchange',
            name='grantchange_words_known',
        ),
        migrations.RemoveConstraint(
            model_name='ledgerentry',
            name='entry_kind_known',
        ),
        migrations.RemoveConstraint(
            model_name='ledgerentry',
            name='entry_names_one_cause',
        ),
        migrations.AddField(
            model_name='application',
            name='carried_to',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='carried', to='funding.pot', verbose_name='übertragen in'),
        ),
        migrations.AddField(
            model_name='application',
            name='reclaimed',
            field=members.common.money.MoneyField(default=Decimal('0.00'), verbose_name='zurückgefordert'),
        ),
        migrations.AddField(
            model_name='decision',
            name='into',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='funding.pot', verbose_name='in den Topf'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='step',
            field=models.CharField(choices=[('submit', 'eingereicht'), ('resubmit', 'erneut eingereicht'), ('return', 'mit Rückfrage zurückgegeben'), ('sign', 'erste Unterschrift'), ('unsign', 'erste Unterschrift aufgehoben'), ('approve', 'bewilligt'), ('reject', 'abgelehnt'), ('withdraw', 'zurückgezogen'), ('reduce', 'Bewilligung verringert'), ('revoke', 'Bewilligung widerrufen'), ('earmark', 'abgerufen'), ('uncall', 'Abruf aufgehoben'), ('pay', 'ausgezahlt'), ('bounce', 'von der Bank zurückgekommen'), ('repay', 'zurückgezahlt'), ('settle', 'abgerechnet'), ('increase', 'Bewilligung erhöht'), ('carry', 'in ein anderes Haushaltsjahr übertragen'), ('reclaim', 'zurückgefordert'), ('waive', 'auf eine Rückforderung verzichtet'), ('interest', 'Zinsen eingegangen')], max_length=10, verbose_name='Schritt'),
        ),
        migrations.AlterField(
            model_name='grantchange',
            name='what',
            field=models.CharField(choices=[('reduce', 'verringern'), ('revoke', 'widerrufen'), ('settle', 'abrechnen'), ('repay', 'durch Rückzahlung verringern'), ('increase', 'erhöhen'), ('reclaim', 'zum Teil zurückfordern'), ('waive', 'auf eine Rückforderung verzichten')], max_length=10, verbose_name='Was'),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='kind',
            field=models.CharField(choices=[('allot', 'Ansatz'), ('reserve', 'Vormerkung'), ('unreserve', 'Vormerkung aufgehoben'), ('commit', 'Mittelbindung'), ('release', 'Mittelbindung aufgehoben'), ('pay', 'Auszahlung'), ('pay_back', 'Rückzahlung'), ('transfer_out', 'Umbuchung ab'), ('transfer_in', 'Umbuchung zu'), ('carry_out', 'Übertrag ins Folgejahr'), ('carry_in', 'Übertrag aus Vorjahr'), ('late_repayment', 'Rückzahlung aus Vorjahren'), ('supplement', 'Verstärkung'), ('lapse', 'verfallener Rest')], max_length=15, verbose_name='Bewegung'),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='occasion',
            field=models.CharField(blank=True, choices=[('year', 'Eröffnung des Haushaltsjahres'), ('pot', 'Geldquelle des Sondertopfs'), ('closing', 'Jahresabschluss')], max_length=7, verbose_name='Anlass'),
        ),
        migrations.AddIndex(
            model_name='application',
            index=models.Index(condition=models.Q(('carried_to__isnull', False)), fields=['carried_to', 'id'], name='application_carried'),
        ),
        members.common.checks.AddGuard(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('reclaimed__gte', 0), ('reclaimed__lte', models.F('paid'))), name='application_reclaimed_within_paid'),
        ),
        members.common.checks.AddGuard(
            model_name='application',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'project', 'pot', 'carried_to', 'requested', 'reserved', 'granted', 'called', 'paid', 'reclaimed', 'submitted_by', 'first_signer', 'second_signer'), members.common.checks.StoredAs('texts', 'state', 'financing'), members.common.checks.StoredAs('days', 'submitted_on', 'waiting_since', 'decided_on')), name='application_types'),
        ),
        members.common.checks.AddGuard(
            model_name='decision',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'application', 'amount', 'into', 'eligible_costs', 'resolution', 'actor', 'mandate', 'in_stead_of'), members.common.checks.StoredAs('texts', 'step', 'reason', 'financing', 'proof_depth'), members.common.checks.StoredAs('days', 'carried_out_from', 'carried_out_until', 'callable_until', 'proof_due_on', 'on'), members.common.checks.StoredAs('moments', 'recorded_at')), name='decision_types'),
        ),
        members.common.checks.AddGuard(
            model_name='decision',
            constraint=members.common.checks.Guard(condition=models.Q(('financing__in', ['fixed', 'share', 'gap', '']), ('proof_depth__in', ['simple', 'list', 'full', '']), ('step__in', ['submit', 'resubmit', 'return', 'sign', 'unsign', 'approve', 'reject', 'withdraw', 'reduce', 'revoke', 'earmark', 'uncall', 'pay', 'bounce', 'repay', 'settle', 'increase', 'carry', 'reclaim', 'waive', 'interest'])), name='decision_words_known'),
        ),
        members.common.checks.AddGuard(
            model_name='grantchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', models.F('granted')), ('what', 'increase')), models.Q(models.Q(('what', 'increase'), _negated=True), ('amount__gte', 0), ('amount__lte', models.F('granted'))), _connector='OR'), name='grantchange_goes_one_way'),
        ),
        members.common.checks.AddGuard(
            model_name='grantchange',
            constraint=members.common.checks.Guard(condition=models.Q(('state__in', ['requested', 'confirmed', 'refused']), ('what__in', ['reduce', 'revoke', 'settle', 'repay', 'increase', 'reclaim', 'waive'])), name='grantchange_words_known'),
        ),
        members.common.checks.AddGuard(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('application__isnull', False), ('decision__isnull', False), ('expense__isnull', True), ('occasion__in', ('',)), ('transfer__isnull', True)), models.Q(('application__isnull', True), ('decision__isnull', True), ('expense__isnull', False), ('occasion__in', ('',)), ('transfer__isnull', True)), models.Q(('application__isnull', True), ('decision__isnull', True), ('expense__isnull', True), ('occasion__in', ('',)), ('transfer__isnull', False)), models.Q(('application__isnull', True), ('decision__isnull', True), ('expense__isnull', True), ('occasion__in', ('year', 'pot', 'closing')), ('transfer__isnull', True)), _connector='OR'), name='entry_names_one_cause'),
        ),
        members.common.checks.AddGuard(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['allot', 'reserve', 'unreserve', 'commit', 'release', 'pay', 'pay_back', 'transfer_out', 'transfer_in', 'carry_out', 'carry_in', 'late_repayment', 'supplement', 'lapse'])), name='entry_kind_known'),
        ),
    ]
