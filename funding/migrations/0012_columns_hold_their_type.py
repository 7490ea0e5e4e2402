import members.common.checks
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0011_entries_name_their_cause'),
        ('members', '0007_columns_hold_their_type'),
        ('projects', '0020_columns_hold_their_type'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        members.common.checks.AddGuard(
            model_name='application',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'project', 'pot', 'requested', 'reserved', 'granted', 'paid', 'submitted_by', 'first_signer', 'second_signer'), members.common.checks.StoredAs('texts', 'state', 'financing'), members.common.checks.StoredAs('days', 'submitted_on', 'waiting_since', 'decided_on')), name='application_types'),
        ),
        members.common.checks.AddGuard(
            model_name='application',
            constraint=members.common.checks.Guard(condition=models.Q(('financing__in', ['fixed', 'share', 'gap', '']), ('state__in', ['submitted', 'returned', 'reserved', 'approved', 'rejected', 'withdrawn', 'settled', 'revoked'])), name='application_words_known'),
        ),
        members.common.checks.AddGuard(
            model_name='decision',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'application', 'amount', 'resolution', 'actor', 'mandate', 'in_stead_of'), members.common.checks.StoredAs('texts', 'step', 'reason', 'financing'), members.common.checks.StoredAs('days', 'on'), members.common.checks.StoredAs('moments', 'recorded_at')), name='decision_types'),
        ),
        members.common.checks.AddGuard(
            model_name='decision',
            constraint=members.common.checks.Guard(condition=models.Q(('financing__in', ['fixed', 'share', 'gap', '']), ('step__in', ['submit', 'resubmit', 'return', 'sign', 'approve', 'reject', 'withdraw', 'reduce', 'revoke', 'pay', 'repay', 'settle'])), name='decision_words_known'),
        ),
        members.common.checks.AddGuard(
            model_name='expense',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'pot', 'amount', 'reverses', 'actor'), members.common.checks.StoredAs('texts', 'purpose', 'payee', 'voucher', 'reason'), members.common.checks.StoredAs('days', 'dated', 'on'), members.common.checks.StoredAs('moments', 'recorded_at')), name='expense_types'),
        ),
        members.common.checks.AddGuard(
            model_name='fiscalyear',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'year', 'model', 'opened_by'), members.common.checks.StoredAs('texts', 'state'), members.common.checks.StoredAs('days', 'opened_on')), name='year_types'),
        ),
        members.common.checks.AddGuard(
            model_name='fiscalyear',
            constraint=members.common.checks.Guard(condition=models.Q(('state__in', ['planned', 'open', 'closed'])), name='year_words_known'),
        ),
        members.common.checks.AddGuard(
            model_name='fundingmodel',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'first_year', 'district_allotment', 'pool_allotment', 'overhead_allotment', 'second_signature_from', 'proof_due_months'), members.common.checks.StoredAs('texts', 'name', 'reference', 'deciding_body', 'assumptions'), members.common.checks.StoredAs('flags', 'pillar_2_needs_resolution', 'transfer_pillar_1_to_2', 'transfer_pillar_2_to_1', 'transfer_overhead_to_pillar_2', 'transfer_pillar_2_to_overhead'), members.common.checks.StoredAs('days', 'council_decision_on')), name='model_types'),
        ),
        members.common.checks.AddGuard(
            model_name='ledgerentry',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'pot', 'amount', 'application', 'decision', 'expense', 'transfer', 'actor'), members.common.checks.StoredAs('texts', 'kind', 'occasion', 'text'), members.common.checks.StoredAs('days', 'value_date'), members.common.checks.StoredAs('moments', 'recorded_at')), name='entry_types'),
        ),
        members.common.checks.AddGuard(
            model_name='pot',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'year', 'district', 'allotted', 'reserved', 'committed', 'paid'), members.common.checks.StoredAs('texts', 'kind', 'code', 'source')), name='pot_types'),
        ),
        members.common.checks.AddGuard(
            model_name='pot',
            constraint=members.common.checks.Guard(condition=models.Q(('kind__in', ['pillar_1', 'pillar_2', 'overhead', 'special'])), name='pot_words_known'),
        ),
        members.common.checks.AddGuard(
            model_name='spentkey',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'actor'), members.common.checks.StoredAs('texts', 'key'), members.common.checks.StoredAs('moments', 'spent_at')), name='spent_key_types'),
        ),
        members.common.checks.AddGuard(
            model_name='transfer',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'from_pot', 'to_pot', 'amount', 'requested_by', 'decided_by'), members.common.checks.StoredAs('texts', 'reason', 'state', 'refusal'), members.common.checks.StoredAs('days', 'requested_on', 'decided_on')), name='transfer_types'),
        ),
        members.common.checks.AddGuard(
            model_name='transfer',
            constraint=members.common.checks.Guard(condition=models.Q(('state__in', ['requested', 'confirmed', 'refused'])), name='transfer_words_known'),
        ),
    ]
