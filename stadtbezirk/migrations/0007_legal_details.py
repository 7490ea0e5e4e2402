import datetime

import django.db.models.deletion
import members.common.checks
import members.common.days
import simple_history.models
from django.conf import settings
from django.db import migrations, models


def create_the_row(apps, schema_editor):
    apps.get_model("stadtbezirk", "LegalDetails").objects.create(pk=1)


class Migration(migrations.Migration):

    dependencies = [
        ('stadtbezirk', '0006_no_slip_of_a_year'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalLegalDetails',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('address', models.TextField(blank=True, max_length=400, verbose_name='Anschrift des Vereins')),
                ('phone', models.CharField(blank=True, max_length=60, verbose_name='Telefonnummer der Geschäftsstelle')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='E-Mail-Adresse der Geschäftsstelle')),
                ('board', models.TextField(blank=True, help_text='Die Namen derer, die den Verein vertreten.', max_length=400, verbose_name='Vorstand')),
                ('register_number', models.CharField(blank=True, help_text='Im Vereinsregister beim Amtsgericht Dortmund.', max_length=60, verbose_name='Registernummer')),
                ('responsible', models.TextField(blank=True, help_text='Name und Anschrift, nach § 18 Absatz 2 Medienstaatsvertrag.', max_length=400, verbose_name='Verantwortlich für den Inhalt')),
                ('data_protection_officer', models.TextField(blank=True, help_text='So ist sie zu erreichen. Bleibt leer, wenn keine benannt ist.', max_length=400, verbose_name='Datenschutzbeauftragte Person')),
                ('operator', models.TextField(blank=True, help_text='Name und Sitz dessen, der den Server führt.', max_length=400, verbose_name='Technischer Betreiber')),
                ('log_retention', models.CharField(blank=True, help_text='Wie lange der Server Anfragen festhält, zum Beispiel: 14 Tage.', max_length=60, verbose_name='Aufbewahrung der Protokolle')),
                ('accessibility_assessed_on', models.DateField(blank=True, help_text='Tag der letzten Selbstbewertung.', null=True, validators=[members.common.days.require_day], verbose_name='Barrierefreiheit bewertet am')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical Angaben für Impressum und Datenschutz',
                'verbose_name_plural': 'historical Angaben für Impressum und Datenschutz',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='LegalDetails',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.TextField(blank=True, max_length=400, verbose_name='Anschrift des Vereins')),
                ('phone', models.CharField(blank=True, max_length=60, verbose_name='Telefonnummer der Geschäftsstelle')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='E-Mail-Adresse der Geschäftsstelle')),
                ('board', models.TextField(blank=True, help_text='Die Namen derer, die den Verein vertreten.', max_length=400, verbose_name='Vorstand')),
                ('register_number', models.CharField(blank=True, help_text='Im Vereinsregister beim Amtsgericht Dortmund.', max_length=60, verbose_name='Registernummer')),
                ('responsible', models.TextField(blank=True, help_text='Name und Anschrift, nach § 18 Absatz 2 Medienstaatsvertrag.', max_length=400, verbose_name='Verantwortlich für den Inhalt')),
                ('data_protection_officer', models.TextField(blank=True, help_text='So ist sie zu erreichen. Bleibt leer, wenn keine benannt ist.', max_length=400, verbose_name='Datenschutzbeauftragte Person')),
                ('operator', models.TextField(blank=True, help_text='Name und Sitz dessen, der den Server führt.', max_length=400, verbose_name='Technischer Betreiber')),
                ('log_retention', models.CharField(blank=True, help_text='Wie lange der Server Anfragen festhält, zum Beispiel: 14 Tage.', max_length=60, verbose_name='Aufbewahrung der Protokolle')),
                ('accessibility_assessed_on', models.DateField(blank=True, help_text='Tag der letzten Selbstbewertung.', null=True, validators=[members.common.days.require_day], verbose_name='Barrierefreiheit bewertet am')),
            ],
            options={
                'verbose_name': 'Angaben für Impressum und Datenschutz',
                'verbose_name_plural': 'Angaben für Impressum und Datenschutz',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='legal_details_once'), members.common.checks.Guard(condition=models.Q(('accessibility_assessed_on__gte', datetime.date(1945, 1, 1)), ('accessibility_assessed_on__lte', datetime.date(2100, 12, 31))), name='legal_details_days_within')],
            },
        ),
        migrations.RunPython(create_the_row, migrations.RunPython.noop),
    ]
