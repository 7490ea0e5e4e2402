from django.db import migrations

FILL = """
UPDATE projects_project SET latest_decision = (
    SELECT MAX(d.id) FROM funding_decision d JOIN funding_application a ON a.id = d.application_id
    WHERE a.project_id = projects_project.id AND d.step IN ('approve', 'reject', 'reduce', 'revoke')
)
WHERE id IN (
    SELECT a.project_id FROM funding_decision d JOIN funding_application a ON a.id = d.application_id
    WHERE d.step IN ('approve', 'reject', 'reduce', 'revoke')
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0007_ledger_statement"),
        ("projects", "0009_latest_decision"),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
