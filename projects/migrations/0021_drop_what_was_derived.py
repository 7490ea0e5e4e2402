"""Drop the triggers that derived search texts, involvements and figures, their functions, and then the tables they filled.

By name, as they were when this was written. Triggers first: one that writes into a dropped table would refuse every
INSERT, and SQLite renames no table that a trigger names.
"""

from django.db import migrations

PROJECT, PARTICIPATION, APPLICATION = "projects_project", "projects_participation", "funding_application"
FIGURES = ("projectsbyfield", "projectsbydistrict", "projectsbydistrict_child", "applicationsbypot_child")
EVENTS = ("insert", "update", "delete")

#: Trigger, which is also the name of its function on PostgreSQL, and its table.
TRIGGERS = {
    **{f"{PROJECT}_stored_{event}": PROJECT for event in (*EVENTS, "state")},
    **{f"{PARTICIPATION}_stored_{event}": PARTICIPATION for event in EVENTS},
    "members_organisation_stored_update": "members_organisation",
    "members_district_stored_update": "members_district",
    **{f"projects_searchtext_index_{event}": "projects_searchtext" for event in EVENTS},
    "projects_vocabulary_index_insert": "projects_vocabulary",
    **{f"{PROJECT}_{figure}_{event}": PROJECT for figure in FIGURES for event in EVENTS},
    **{f"{PARTICIPATION}_projectsbydistrict_child_{event}": PARTICIPATION for event in EVENTS},
    **{f"{APPLICATION}_applicationsbypot_child_{event}": APPLICATION for event in EVENTS},
    **{f"{table}_no_replace": table for table in (PROJECT, PARTICIPATION, APPLICATION)},
    **{f"{table}_recount": table for table in (PROJECT, PARTICIPATION, APPLICATION)},
}
FUNCTIONS = (*(f"{trigger}()" for trigger in TRIGGERS), "projects_fold(text)")
#: SQLite's full-text indexes before the tables that hold their texts.
TABLES = (
    "projects_searchindex", "projects_wordindex", "projects_vocabulary_index", "projects_vocabulary",
    "projects_searchtext", "projects_involvement",
    "stadtbezirk_projectsbyfield", "stadtbezirk_projectsbydistrict", "stadtbezirk_applicationsbypot",
)  # fmt: skip
#: PostgreSQL's, which no migration had created.
INDEXES = ("project_by_late_start", "project_by_late_start_in_year")


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        # It drops no table with checks that wait for the end of the transaction.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")
        for trigger, table in TRIGGERS.items():
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
        for function in FUNCTIONS:
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {function}")
        for index in INDEXES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {index}")
    else:
        for trigger in TRIGGERS:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    for table in TABLES:
        schema_editor.execute(f"DROP TABLE IF EXISTS {table}")


class Migration(migrations.Migration):
    # The latest of every app: no table may be rebuilt before.
    dependencies = [
        ("projects", "0020_columns_hold_their_type"),
        ("members", "0009_address_changes"),
        ("funding", "0015_repaid_by_two"),
        ("stadtbezirk", "0004_figures_hold_their_type"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop)],
            state_operations=[
                migrations.DeleteModel("Involvement"),
                migrations.DeleteModel("SearchIndex"),
                migrations.DeleteModel("WordIndex"),
                migrations.DeleteModel("SearchText"),
            ],
        ),
    ]
