import members.common.checks
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0007_columns_hold_their_type'),
        ('projects', '0019_kind_follows_the_plan'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        members.common.checks.AddGuard(
            model_name='costitem',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'project', 'position', 'amount'), members.common.checks.StoredAs('texts', 'label')), name='cost_types'),
        ),
        members.common.checks.AddGuard(
            model_name='financingitem',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'project', 'position', 'district', 'amount', 'granted'), members.common.checks.StoredAs('texts', 'kind', 'label', 'third_party_state', 'pot_code'), members.common.checks.StoredAs('flags', 'locked')), name='financing_types'),
        ),
        members.common.checks.AddGuard(
            model_name='financingitem',
            constraint=members.common.checks.Guard(condition=models.Q(('kind__in', ['own', 'third_party', 'in_kind', 'pillar_1', 'pillar_2', 'special']), ('third_party_state__in', ['asked', 'promised', 'received', ''])), name='financing_words_known'),
        ),
        members.common.checks.AddGuard(
            model_name='numberseries',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'year', 'district', 'last')), name='series_types'),
        ),
        members.common.checks.AddGuard(
            model_name='participation',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'project', 'district', 'confirmed_by', 'declined_by'), members.common.checks.StoredAs('texts', 'decline_reason'), members.common.checks.StoredAs('days', 'confirmed_on', 'declined_on')), name='participation_types'),
        ),
        members.common.checks.AddGuard(
            model_name='project',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'year', 'main_field', 'lead_district', 'organiser', 'project_group', 'cost_total', 'financing_total', 'requested_total', 'granted_total', 'version', 'created_by', 'changed_by', 'latest_decision'), members.common.checks.StoredAs('texts', 'number', 'state', 'kind', 'chosen_kind', 'title', 'summary', 'aims', 'value_creation', 'place', 'contact', 'special_importance', 'provenance'), members.common.checks.StoredAs('flags', 'has_third_party', 'is_cross_district'), members.common.checks.StoredAs('days', 'starts_on', 'ends_on', 'published_on'), members.common.checks.StoredAs('moments', 'created_at', 'changed_at')), name='project_types'),
        ),
        members.common.checks.AddGuard(
            model_name='project',
            constraint=members.common.checks.Guard(condition=models.Q(('chosen_kind__in', ['own', 'supported', '']), ('kind__in', ['own', 'third_party', 'supported', '']), ('state__in', ['draft', 'submitted', 'returned', 'reserved', 'funding_open', 'approved', 'settled', 'rejected', 'withdrawn', 'revoked', 'unfunded', 'archived'])), name='project_words_known'),
        ),
    ]
