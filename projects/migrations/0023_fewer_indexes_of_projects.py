from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('projects', '0022_searched_texts'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='project',
            name='project_newest_public',
        ),
        migrations.RemoveIndex(
            model_name='project',
            name='project_newest_joint',
        ),
        migrations.RemoveIndex(
            model_name='project',
            name='project_by_start',
        ),
        migrations.RemoveIndex(
            model_name='project',
            name='project_figures',
        ),
        migrations.RemoveIndex(
            model_name='project',
            name='project_year_district',
        ),
        migrations.RemoveIndex(
            model_name='project',
            name='project_state_in_district',
        ),
        migrations.RemoveIndex(
            model_name='project',
            name='project_by_start_in_year',
        ),
        migrations.RemoveIndex(
            model_name='project',
            name='project_by_grant_in_state',
        ),
        migrations.RemoveIndex(
            model_name='project',
            name='project_newest_special',
        ),
    ]
