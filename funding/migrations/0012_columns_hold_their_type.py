import members.checks
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
        members.checks.AddGuard(
            model_name='application',
            constraint=members.checks.Guard(condition=models.Q(members.checks.StoredAs('integers', 'project', 'pot', 'requested', 'reserved', 'granted', 'paid', 'submitted_by', 'first_signer', 'second_signer'), members.checks.StoredAs('texts', 'state', 'financing'), members.checks.StoredAs('days', 'submitted_on', 'waiting_since', 'decided_on')), name='application_types'),
        ),
        members.checks.AddGuard(
            model_name='application',
            constraint=members.checks.Guard(condition=models.Q(('financing__in', ['fixed', 'share', 'gap', '']), ('state__in', ['submitted', 'returned', 'reserved', 'approved', 'rejected', 'withdrawn', 'settled', 'revoked'])), name='application_words_known'),
        ),
        members.checks.AddGuard(
            model_name='decision',
            constraint=members.checks.Guard(condition=models.Q(members.checks.StoredAs('integers', 'application', 'amount', 'resolution', 'actor', 'mandate', 'in_stead_of'), members.checks.StoredAs('texts', 'step', 'reason', 'financing'), members.checks.StoredAs('days', 'on'), members.checks.StoredAs('moments', 'recorded_at')), name='decision_types'),
        ),
        members.checks.AddGuard(
            model_name='decision',
            constraint=members.checks.Guard(condition=models.Q(('financing__in', ['fixed', 'share', 'gap', '']), ('step__in', ['submit', 'resubmit', 'return', 'sign', 'approve', 'reject', 'withdraw', 'reduce', 'revoke', 'pay', 'repay', 'settle'])), name='decision_words_known'),
        ),
        members.checks.AddGuard(
            model_name='expense',
            constraint=members.checks.Guard(condition=models.Q(members.checks.StoredAs('integers', 'pot', 'amount', 'reverses', 'actor'), members.checks.StoredAs('texts', 'purpose', 'payee', 'voucher', 'reason'), members.checks.StoredAs('days', 'dated', 'on'), members.checks.StoredAs('moments', 'recorded_at')), name='expense_types'),
        ),
        members.checks.AddGuard(
            model_name='fiscalyear',
            constraint=members.checks.Guard(condition=models.Q(members.checks.StoredAs('integers', 'year', 'model', 'opened_by'), members.checks.StoredAs('texts', 'state'), members.checks.StoredAs('days', 'opened_on')), name='year_types'),
        ),
        members.checks.AddGuard(
            model_name='fiscalyear',
            constraint=members.checks.Guard(condition=models.Q(('state__in', ['planned', 'open', 'closed'])), name='year_words_known'),
        ),
        members.checks.AddGuard(
            model_name='fundingmodel',
            constraint=members.checks.Guard(condition=models.Q(members.checks.StoredAs('integers', 'first_year', 'district_allotment', 'pool_allotment', 'overhead_allotment', 'second_signature_from', 'proof_due_months'), members.checks.StoredAs('texts', 'name', 'reference', 'deciding_body', 'assumptions'), members.checks.StoredAs('flags', 'pillar_2_needs_resolution', 'transfer_pillar_1_to_2', 'transfer_pillar_2_to_1', 'transfer_overhead_to_pillar_2', 'transfer_pillar_2_to_overhead'), members.checks.StoredAs('days', 'council_decision_on')), name='model_types'),
        ),
        members.checks.AddGuard(
            model_name='ledgerentry',
            constraint=members.checks.Guard(condition=models.Q(members.checks.StoredAs('integers', 'pot', 'amount', 'application', 'decision', 'expense', 'transfer', 'actor'), members.checks.StoredAs('texts', 'kind', 'occasion', 'text'), members.checks.StoredAs('days', 'value_date'), members.checks.StoredAs('moments', 'recorded_at')), name='entry_types'),
        ),
        members.checks.AddGuard(
            model_name='pot',
            constraint=members.checks.Guard(condition=models.Q(members.checks.StoredAs('integers', 'year', 'district', 'allotted', 'reserved', 'committed', 'paid'), members.checks.StoredAs('texts', 'kind', 'code', 'source')), name='pot_types'),
        ),
        members.checks.AddGuard(
            model_name='pot',
            constraint=members.checks.Guard(condition=models.Q(('kind__in', ['pillar_1', 'pillar_2', 'overhead', 'special'])), name='pot_words_known'),
        ),
        members.checks.AddGuard(
            model_name='spentkey',
            constraint=members.checks.Guard(condition=models.Q(members.checks.StoredAs('integers', 'actor'), members.checks.StoredAs('texts', 'key'), members.checks.StoredAs('moments', 'spent_at')), name='spent_key_types'),
        ),
        members.checks.AddGuard(
            model_name='transfer',
            constraint=members.checks.Guard(condition=models.Q(members.checks.StoredAs('integers', 'from_pot', 'to_pot', 'amount', 'requested_by', 'decided_by'), members.checks.StoredAs('texts', 'reason', 'state', 'refusal'), members.checks.StoredAs('days', 'requested_on', 'decided_on')), name='transfer_types'),
        ),
        members.checks.AddGuard(
            model_name='transfer',
            constraint=members.checks.Guard(condition=models.Q(('state__in', ['requested', 'confirmed', 'refused'])), name='transfer_words_known'),
        ),
    ]
