
import django.db.models.expressions
import members.common.checks
import members.common.money
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0018_keys_of_names'),
        ('members', '0017_keys_of_names'),
        ('projects', '0027_keys_of_names'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='application',
            name='application_paid_within_granted',
        ),
        migrations.RemoveConstraint(
            model_name='application',
            name='application_types',
        ),
        migrations.RemoveConstraint(
            model_name='decision',
            name='decision_words_known',
        ),
        migrations.AddField(
            model_name='application',
            name='called',
            field=members.common.money.MoneyField(default=Decimal('0.00'), verbose_name='abgerufen'),
        ),
        migrations.AlterField(
            model_name='decision',
            name='step',
            field=models.CharField(choices=[('submit', 'eingereicht'), ('resubmit', 'erneut eingereicht'), ('return', 'mit Rückfrage zurückgegeben'), ('sign', 'erste Unterschrift'), ('unsign', 'erste Unterschrift aufgehoben'), ('approve', 'bewilligt'), ('reject', 'abgelehnt'), ('withdraw', 'zurückgezogen'), ('reduce', 'Bewilligung verringert'), ('revoke', 'Bewilligung widerrufen'), ('earmark', 'abgerufen'), ('uncall', 'Abruf aufgehoben'), ('pay', 'ausgezahlt'), ('bounce', 'von der Bank zurückgekommen'), ('repay', 'zurückgezahlt'), ('settle', 'abgerechnet')], max_length=10, verbose_name='Schritt'),
        ),
        members.common.checks.AddGuard(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('called', 0), ('paid', 0)), models.Q(('called__gte', 0), ('granted__gte', django.db.models.expressions.CombinedExpression(models.F('paid'), '+', models.F('called'))), ('granted__isnull', False), ('paid__gte', 0)), _connector='OR'), name='application_paid_and_called_within_granted'),
        ),
        members.common.checks.AddGuard(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(('called', 0), ('state', 'approved'), _connector='OR'), name='application_called_only_while_approved'),
        ),
        members.common.checks.AddGuard(
            model_name='application',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'project', 'pot', 'requested', 'reserved', 'granted', 'called', 'paid', 'submitted_by', 'first_signer', 'second_signer'), members.common.checks.StoredAs('texts', 'state', 'financing'), members.common.checks.StoredAs('days', 'submitted_on', 'waiting_since', 'decided_on')), name='application_types'),
        ),
        members.common.checks.AddGuard(
            model_name='decision',
            constraint=members.common.checks.Guard(condition=models.Q(('financing__in', ['fixed', 'share', 'gap', '']), ('step__in', ['submit', 'resubmit', 'return', 'sign', 'unsign', 'approve', 'reject', 'withdraw', 'reduce', 'revoke', 'earmark', 'uncall', 'pay', 'bounce', 'repay', 'settle'])), name='decision_words_known'),
        ),
    ]
