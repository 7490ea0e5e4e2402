"""Reminders of overdue claims that somebody sent."""

import django.db.models.deletion
import members.common.checks
import members.common.money
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('proofs', '0005_projects_follow'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClaimReminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', members.common.money.MoneyField(verbose_name='offen')),
                ('of_interest', models.BooleanField(default=False, verbose_name='Zinsen')),
                ('on', models.DateField(verbose_name='erinnert am')),
                ('recorded_at', models.DateTimeField(auto_now_add=True, verbose_name='erfasst')),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='erinnert von')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='proofs.repaymentclaim', verbose_name='Rückforderung')),
            ],
            options={
                'verbose_name': 'Erinnerung an eine Rückforderung',
                'verbose_name_plural': 'Erinnerungen an Rückforderungen',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('claim', 'on'), name='claim_reminder_once_a_day'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='claim_reminder_positive'), members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'claim', 'amount', 'actor'), members.common.checks.StoredAs('flags', 'of_interest'), members.common.checks.StoredAs('days', 'on'), members.common.checks.StoredAs('moments', 'recorded_at')), name='claim_reminder_types')],
            },
        ),
    ]
