import django.db.models.deletion
import members.common.checks
from django.conf import settings
from django.db import migrations, models

from funding.chains import catch_up
from members.common.normalising import immediate


def chain(apps, schema_editor):
    catch_up(apps, version=1)
    immediate(schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('funding', '0023_carried_and_reclaimed'),
        ('members', '0019_links_to_letters'),
        ('projects', '0028_measure'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChainLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(verbose_name='Stelle')),
                ('version', models.PositiveSmallIntegerField(verbose_name='Fassung')),
                ('digest', models.CharField(max_length=64, verbose_name='Prüfsumme')),
            ],
            options={
                'verbose_name': 'Glied einer Kette',
                'verbose_name_plural': 'Glieder der Ketten',
                'ordering': ['pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='application',
            name='application_types',
        ),
        migrations.RemoveConstraint(
            model_name='pot',
            name='pot_types',
        ),
        migrations.AddField(
            model_name='application',
            name='chain_end',
            field=models.CharField(blank=True, default='', editable=False, max_length=64, verbose_name='Ende der Kette'),
        ),
        migrations.AddField(
            model_name='application',
            name='chain_length',
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name='Entscheidungen in der Kette'),
        ),
        migrations.AddField(
            model_name='pot',
            name='chain_end',
            field=models.CharField(blank=True, default='', editable=False, max_length=64, verbose_name='Ende der Kette'),
        ),
        migrations.AddField(
            model_name='pot',
            name='chain_length',
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name='Buchungen in der Kette'),
        ),
        members.common.checks.AddGuard(
            model_name='application',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'project', 'pot', 'carried_to', 'requested', 'reserved', 'granted', 'called', 'paid', 'reclaimed', 'submitted_by', 'first_signer', 'second_signer', 'chain_length'), members.common.checks.StoredAs('texts', 'state', 'financing', 'chain_end'), members.common.checks.StoredAs('days', 'submitted_on', 'waiting_since', 'decided_on')), name='application_types'),
        ),
        members.common.checks.AddGuard(
            model_name='pot',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'year', 'district', 'allotted', 'reserved', 'committed', 'paid', 'chain_length'), members.common.checks.StoredAs('texts', 'kind', 'code', 'source', 'folded_source', 'chain_end')), name='pot_types'),
        ),
        migrations.AddField(
            model_name='chainlink',
            name='application',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='links', to='funding.application', verbose_name='Antrag'),
        ),
        migrations.AddField(
            model_name='chainlink',
            name='decision',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='link', to='funding.decision', verbose_name='Entscheidung'),
        ),
        migrations.AddField(
            model_name='chainlink',
            name='entry',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='link', to='funding.ledgerentry', verbose_name='Buchung'),
        ),
        migrations.AddField(
            model_name='chainlink',
            name='pot',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='links', to='funding.pot', verbose_name='Topf'),
        ),
        migrations.AddConstraint(
            model_name='chainlink',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('application', None), ('decision', None), ('entry__isnull', False), ('pot__isnull', False)), models.Q(('application__isnull', False), ('decision__isnull', False), ('entry', None), ('pot', None)), _connector='OR'), name='link_of_entry_or_decision'),
        ),
        migrations.AddConstraint(
            model_name='chainlink',
            constraint=models.CheckConstraint(condition=models.Q(('position__gt', 0)), name='link_counts_from_one'),
        ),
        migrations.AddConstraint(
            model_name='chainlink',
            constraint=models.UniqueConstraint(condition=models.Q(('pot__isnull', False)), fields=('pot', 'position'), name='one_link_per_place_of_pot'),
        ),
        migrations.AddConstraint(
            model_name='chainlink',
            constraint=models.UniqueConstraint(condition=models.Q(('application__isnull', False)), fields=('application', 'position'), name='one_link_per_place_of_application'),
        ),
        migrations.AddConstraint(
            model_name='chainlink',
            constraint=members.common.checks.Guard(condition=models.Q(members.common.checks.StoredAs('integers', 'pot', 'application', 'position', 'entry', 'decision', 'version'), members.common.checks.StoredAs('texts', 'digest')), name='link_types'),
        ),
        migrations.RunPython(chain, migrations.RunPython.noop),
    ]
