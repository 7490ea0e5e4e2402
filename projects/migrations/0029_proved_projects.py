"""Whether a proof of use has decided the final figures of a project."""

import members.common.checks
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0020_cash_audit'),
        ('projects', '0028_measure'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='project',
            name='project_types',
        ),
        migrations.AddField(
            model_name='project',
            name='is_proved',
            field=models.BooleanField(default=False, editable=False, verbose_name='durch Nachweis entschieden'),
        ),
        members.common.checks.AddGuard(
            model_name='project',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'year', 'main_field', 'lead_district', 'organiser', 'project_group', 'cost_total', 'financing_total', 'requested_total', 'granted_total', 'version', 'created_by', 'changed_by', 'latest_decision'), members.common.checks.StoredAs('texts', 'number', 'state', 'kind', 'chosen_kind', 'title', 'summary', 'aims', 'value_creation', 'place', 'measure', 'contact', 'special_importance', 'provenance'), members.common.checks.StoredAs('flags', 'has_third_party', 'is_cross_district', 'is_proved'), members.common.checks.StoredAs('days', 'starts_on', 'ends_on', 'published_on'), members.common.checks.StoredAs('moments', 'created_at', 'changed_at')), name='project_types'),
        ),
    ]
