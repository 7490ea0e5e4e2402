import datetime
from collections import Counter

import django.db.models.deletion
import members.common.checks
import members.common.money
import members.common.percent
from django.db import migrations, models


def begin(apps, schema_editor):
    """Write the claim of each decision that has claimed money back, as ``services.claiming`` does from now on."""
    Claim, Decision, InterestRule, ProofRules = (
        apps.get_model(*name.split("."))
        for name in ("proofs.RepaymentClaim", "funding.Decision", "proofs.InterestRule", "proofs.ProofRules")
    )

    def begun(model, application, day):
        rows = model.objects.filter(
            funding_model__first_year__lte=application.pot.year.model.first_year, since__lte=day
        )
        return rows.order_by("-funding_model__first_year", "-since").first()

    numbers = Counter()
    related = Decision.objects.select_related("application__project", "application__pot__year__model")
    for decision in related.filter(step="reclaim").order_by("pk"):
        application = decision.application
        granted = Decision.objects.filter(application=application, step="approve").latest("pk")
        rule = begun(InterestRule, application, granted.on)
        rules = begun(ProofRules, application, decision.on)
        numbers[application.project_id] += 1
        Claim.objects.create(
            application=application,
            decision=decision,
            amount=decision.amount,
            due_on=decision.on + datetime.timedelta(days=rules.claim_days if rules else 30),
            reference=f"RF-{application.project.number}-{numbers[application.project_id]}",
            points=rule and rule.points,
            percent=rule and rule.percent,
            legal_basis=rule.legal_basis if rule else "",
        )


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0024_chains_of_entries'),
        ('proofs', '0002_interest'),
    ]

    operations = [
        migrations.CreateModel(
            name='RepaymentClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', members.common.money.MoneyField(verbose_name='Betrag')),
                ('due_on', models.DateField(verbose_name='fällig am')),
                ('reference', models.CharField(max_length=40, unique=True, verbose_name='Verwendungszweck')),
                ('points', members.common.percent.PercentField(blank=True, null=True, verbose_name='Prozentpunkte über dem Basiszinssatz')),
                ('percent', members.common.percent.PercentField(blank=True, null=True, verbose_name='fester Satz im Jahr (%)')),
                ('legal_basis', models.CharField(blank=True, max_length=200, verbose_name='Grundlage der Zinsen')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='funding.application', verbose_name='Bewilligung')),
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='claim', to='funding.decision', verbose_name='zurückgefordert durch')),
            ],
            options={
                'verbose_name': 'Rückforderung',
                'verbose_name_plural': 'Rückforderungen',
                'ordering': ['due_on', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='claim_positive'), models.CheckConstraint(condition=models.Q(('reference__startswith', 'RF-')), name='claim_reference_told'), models.CheckConstraint(condition=models.Q(models.Q(('legal_basis', ''), ('percent__isnull', True), ('points__isnull', True)), models.Q(models.Q(('legal_basis', ''), _negated=True), models.Q(models.Q(('percent__isnull', True), ('points__gte', 0)), models.Q(('percent__gte', 0), ('points__isnull', True)), _connector='OR')), _connector='OR'), name='claim_rate_by_its_basis'), members.common.checks.Guard(condition=models.Q(('due_on__gte', datetime.date(1945, 1, 1)), ('due_on__lte', datetime.date(2100, 12, 31))), name='claim_days_within'), members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'application', 'decision', 'amount', 'points', 'percent'), members.common.checks.StoredAs('texts', 'reference', 'legal_basis'), members.common.checks.StoredAs('days', 'due_on')), name='claim_types')],
            },
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
