"""Every booking names exactly one cause: a decision, an expense, a transfer, or what gave the pot its money."""

from itertools import groupby
from operator import itemgetter

import django.db.models.deletion
from django.core.management.base import CommandError
from django.db import migrations, models
from django.db.models import Q

#: What each step booked, in this order, until now: before the decision itself was written.
BOOKED = {
    "return": ("unreserve",),
    "sign": ("reserve",),
    "approve": ("unreserve", "commit"),
    "reject": ("unreserve",),
    "withdraw": ("unreserve",),
    "reduce": ("release",),
    "revoke": ("release",),
    "pay": ("pay",),
    "repay": ("pay_back", "release"),
    "settle": ("release",),
}
#: Applications that are looked at together.
PORTION = 1000


def name_the_cause(apps, schema_editor):
    Entry = apps.get_model("funding", "LedgerEntry")
    Decision = apps.get_model("funding", "Decision")
    uncaused = Entry.objects.filter(application=None, expense=None, transfer=None)
    special = apps.get_model("funding", "Pot").objects.filter(kind="special")
    uncaused.filter(pot__in=special).update(occasion="pot")
    uncaused.filter(occasion="").update(occasion="year")

    keys = Entry.objects.filter(application__isnull=False).order_by("application")
    keys = list(keys.values_list("application", flat=True).distinct())
    for start in range(0, len(keys), PORTION):
        here = {"application__in": keys[start : start + PORTION]}
        order = ("application", "pk")
        entries = Entry.objects.filter(**here).order_by(*order)
        decisions = Decision.objects.filter(**here).order_by(*order)
        entries = entries.values_list("application", "pk", "kind", "actor", "value_date", "recorded_at")
        decisions = decisions.values_list("application", "pk", "step", "actor", "on", "recorded_at")
        taken = {key: list(rows) for key, rows in groupby(decisions, itemgetter(0))}
        found = []
        for key, rows in groupby(entries, itemgetter(0)):
            found += _matched(key, list(rows), taken.get(key, []))
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany("UPDATE funding_ledgerentry SET decision_id = %s WHERE id = %s", found)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")


def _matched(application, entries, decisions):
    """Pairs of decision and entry. Both stand in the order of their happening, each step's bookings together."""
    if not decisions:
        raise CommandError(
            f"Buchung {entries[0][1]} nennt den Antrag {application}, zu dem es keine Entscheidung gibt. Ohne sie lässt "
            "sich nicht sagen, warum gebucht wurde. Es wurde nichts geändert; bitte zuerst klären, woher sie stammt."
        )
    found, waiting = [], list(entries)
    for _, decision, step, actor, day, _ in decisions:
        for kind in BOOKED.get(step, ()):
            if waiting and waiting[0][2:5] == (kind, actor, day):
                found.append((decision, waiting.pop(0)[1]))
    if waiting:  # written past the services: the nearest of those that book such a thing, else the nearest of all
        found = [(_nearest(entry, decisions), entry[1]) for entry in entries]
    return found


def _nearest(entry, decisions):
    _, _, kind, actor, day, moment = entry

    def distance(decision):
        _, pk, step, by, on, recorded_at = decision
        other = (kind not in BOOKED.get(step, ()), by != actor, on != day)
        return *other, abs(recorded_at - moment), pk

    return min(decisions, key=distance)[1]


def _caused_by(*there, occasions=("",)):
    causes = ("application", "decision", "expense", "transfer")
    return Q(occasion__in=occasions, **{f"{name}__isnull": name not in there for name in causes})


class Migration(migrations.Migration):
    dependencies = [("funding", "0010_first_signers_in_the_queue")]

    operations = [
        migrations.AddField(
            model_name="ledgerentry",
            name="decision",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="funding.decision",
                verbose_name="Entscheidung",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="occasion",
            field=models.CharField(
                blank=True,
                choices=[("year", "Eröffnung des Haushaltsjahres"), ("pot", "Geldquelle des Sondertopfs")],
                default="",
                max_length=4,
                verbose_name="Anlass",
            ),
            preserve_default=False,
        ),
        migrations.RunPython(name_the_cause, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="ledgerentry", name="entry_has_one_cause"),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=_caused_by("application", "decision")
                | _caused_by("expense")
                | _caused_by("transfer")
                | _caused_by(occasions=("year", "pot")),
                name="entry_names_one_cause",
            ),
        ),
    ]
