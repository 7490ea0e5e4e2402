import members.common.checks
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0006_mailed_links_and_locks'),
    ]

    operations = [
        members.common.checks.AddGuard(
            model_name='body',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'district'), members.common.checks.StoredAs('texts', 'kind', 'name'), members.common.checks.StoredAs('days', 'since', 'until')), name='body_types'),
        ),
        members.common.checks.AddGuard(
            model_name='body',
            constraint=members.common.checks.Guard(condition=models.Q(('kind__in', ['lenkungsgremium', 'marketinggruppe', 'buergerforum', 'projektgruppe', 'mitgliederversammlung', 'vorstand', 'beirat', 'jury'])), name='body_words_known'),
        ),
        members.common.checks.AddGuard(
            model_name='mandate',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'person', 'district'), members.common.checks.StoredAs('texts', 'entry_reason', 'exit_reason', 'kind'), members.common.checks.StoredAs('days', 'since', 'until')), name='mandate_types'),
        ),
        members.common.checks.AddGuard(
            model_name='mandate',
            constraint=members.common.checks.Guard(condition=models.Q(('kind__in', ['managing_director', 'deputy', 'district_mayor'])), name='mandate_words_known'),
        ),
        members.common.checks.AddGuard(
            model_name='membership',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'district', 'person', 'organisation'), members.common.checks.StoredAs('texts', 'entry_reason', 'exit_reason', 'kind'), members.common.checks.StoredAs('days', 'since', 'until')), name='membership_types'),
        ),
        members.common.checks.AddGuard(
            model_name='membership',
            constraint=members.common.checks.Guard(condition=models.Q(('kind__in', ['city', 'delegate'])), name='membership_words_known'),
        ),
        members.common.checks.AddGuard(
            model_name='resolution',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'body', 'votes_yes', 'votes_no', 'votes_abstained', 'amount_cents', 'recorded_by'), members.common.checks.StoredAs('texts', 'text'), members.common.checks.StoredAs('days', 'date'), members.common.checks.StoredAs('moments', 'recorded_at')), name='resolution_types'),
        ),
        members.common.checks.AddGuard(
            model_name='seat',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'body', 'person', 'organisation'), members.common.checks.StoredAs('texts', 'entry_reason', 'exit_reason', 'role'), members.common.checks.StoredAs('days', 'since', 'until')), name='seat_types'),
        ),
        members.common.checks.AddGuard(
            model_name='seat',
            constraint=members.common.checks.Guard(condition=models.Q(('role__in', ['chair', 'deputy_chair', 'secretary', 'member'])), name='seat_words_known'),
        ),
    ]
