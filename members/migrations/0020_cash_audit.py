"""The Kassenprüfung: a kind of body, and the association's own."""

from datetime import date

import members.common.checks
from django.db import migrations, models


def load(apps, schema_editor):
    Body = apps.get_model("members", "Body")
    if not Body.objects.filter(district=None, name="Kassenprüfung").exists():
        Body.objects.create(kind="kassenpruefung", name="Kassenprüfung", since=date(2003, 1, 1))


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0019_links_to_letters'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='body',
            name='body_has_district_or_is_of_association',
        ),
        migrations.RemoveConstraint(
            model_name='body',
            name='body_words_known',
        ),
        migrations.AlterField(
            model_name='body',
            name='kind',
            field=models.CharField(choices=[('lenkungsgremium', 'Lenkungsgremium'), ('marketinggruppe', 'Marketinggruppe'), ('buergerforum', 'Bürgerforum'), ('projektgruppe', 'Projektgruppe'), ('mitgliederversammlung', 'Mitgliederversammlung'), ('vorstand', 'Vorstand'), ('kassenpruefung', 'Kassenprüfung'), ('beirat', 'Beirat'), ('jury', 'Jury')], max_length=24, verbose_name='Art'),
        ),
        migrations.AlterField(
            model_name='historicalbody',
            name='kind',
            field=models.CharField(choices=[('lenkungsgremium', 'Lenkungsgremium'), ('marketinggruppe', 'Marketinggruppe'), ('buergerforum', 'Bürgerforum'), ('projektgruppe', 'Projektgruppe'), ('mitgliederversammlung', 'Mitgliederversammlung'), ('vorstand', 'Vorstand'), ('kassenpruefung', 'Kassenprüfung'), ('beirat', 'Beirat'), ('jury', 'Jury')], max_length=24, verbose_name='Art'),
        ),
        migrations.AddConstraint(
            model_name='body',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('district__isnull', False), ('kind__in', ('lenkungsgremium', 'marketinggruppe', 'buergerforum', 'projektgruppe'))), models.Q(('district__isnull', True), ('kind__in', ('mitgliederversammlung', 'vorstand', 'kassenpruefung', 'beirat', 'jury'))), _connector='OR'), name='body_has_district_or_is_of_association', violation_error_message='Ein Gremium eines Stadtbezirks braucht den Stadtbezirk, ein Gremium des Vereins hat keinen.'),
        ),
        migrations.AddConstraint(
            model_name='body',
            constraint=members.common.checks.Guard(condition=models.Q(('kind__in', ['lenkungsgremium', 'marketinggruppe', 'buergerforum', 'projektgruppe', 'mitgliederversammlung', 'vorstand', 'kassenpruefung', 'beirat', 'jury'])), name='body_words_known'),
        ),
        migrations.RunPython(load, migrations.RunPython.noop),
    ]
