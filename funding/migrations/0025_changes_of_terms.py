"""A step that changes what a grant is tied to."""

import members.common.checks
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0024_chains_of_entries'),
        ('members', '0020_cash_audit'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='decision',
            name='decision_words_known',
        ),
        migrations.AlterField(
            model_name='decision',
            name='step',
            field=models.CharField(choices=[('submit', 'eingereicht'), ('resubmit', 'erneut eingereicht'), ('return', 'mit Rückfrage zurückgegeben'), ('sign', 'erste Unterschrift'), ('unsign', 'erste Unterschrift aufgehoben'), ('approve', 'bewilligt'), ('reject', 'abgelehnt'), ('withdraw', 'zurückgezogen'), ('reduce', 'Bewilligung verringert'), ('revoke', 'Bewilligung widerrufen'), ('earmark', 'abgerufen'), ('uncall', 'Abruf aufgehoben'), ('pay', 'ausgezahlt'), ('bounce', 'von der Bank zurückgekommen'), ('repay', 'zurückgezahlt'), ('settle', 'abgerechnet'), ('increase', 'Bewilligung erhöht'), ('carry', 'in ein anderes Haushaltsjahr übertragen'), ('reclaim', 'zurückgefordert'), ('waive', 'auf eine Rückforderung verzichtet'), ('interest', 'Zinsen eingegangen'), ('change', 'Zeitraum oder Plan geändert')], max_length=10, verbose_name='Schritt'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=members.common.checks.Guard(condition=models.Q(('financing__in', ['fixed', 'share', 'gap', '']), ('proof_depth__in', ['simple', 'list', 'full', '']), ('step__in', ['submit', 'resubmit', 'return', 'sign', 'unsign', 'approve', 'reject', 'withdraw', 'reduce', 'revoke', 'earmark', 'uncall', 'pay', 'bounce', 'repay', 'settle', 'increase', 'carry', 'reclaim', 'waive', 'interest', 'change'])), name='decision_words_known'),
        ),
    ]
