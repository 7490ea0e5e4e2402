"""Load the first texts of private and internal letters, and the empty letterhead.

Public letters have no text: nobody has entrusted the association. They are entered when somebody does.
"""

from datetime import date

from django.db import migrations

#: The council's decision was for 2016; no letter is older.
SINCE = date(2016, 1, 1)

ASK = (
    "Haben Sie Fragen, oder sind Sie mit etwas nicht einverstanden? Dann wenden Sie sich bitte an uns; Anschrift, Telefon und "
    "E-Mail stehen oben. Wir prüfen, was Sie einwenden, und antworten schriftlich."
)
AFTER_A_PROMISE = (
    "Wir fördern freiwillig. Ein Anspruch auf eine weitere oder spätere Förderung entsteht daraus nicht. Ändert sich am "
    "Projekt, an seinen Kosten oder an seiner Finanzierung etwas Wesentliches, sagen Sie uns das bitte, bevor Sie weiter Geld "
    "ausgeben.\n\nWird das Geld nicht oder nicht wie beschrieben verwendet oder fehlt der Nachweis darüber, können wir von der "
    f"Förderung zurücktreten und Gezahltes zurückfordern.\n\n{ASK}"
)
INTERN = "Rückfragen beantwortet die Geschäftsstelle des Vereins."

#: (form, kind): (subject, opening, closing)
TEXTS = {
    ("private", "promise"): (
        "Förderzusage für das Projekt „{projekt}“",
        "wir freuen uns, Ihnen für das Projekt „{projekt}“ (Projektnummer {nummer}) eine Förderung von {betrag} (in Worten: "
        "{betrag_in_worten}) zuzusagen. Das Geld kommt aus dem Topf {topf}.\n\nBitte nehmen Sie diese Zusage an. Bevor Ihre "
        "Annahme bei uns ist, zahlen wir nichts aus.",
        AFTER_A_PROMISE,
    ),
    ("private", "agreement"): (
        "Fördervereinbarung zum Projekt „{projekt}“",
        "{verein} und Sie vereinbaren für das Projekt „{projekt}“ (Projektnummer {nummer}): Der Verein fördert das Projekt mit "
        "{betrag} (in Worten: {betrag_in_worten}) aus dem Topf {topf}. Sie führen das Projekt durch und verwenden das Geld nur "
        "dafür.\n\nDie Vereinbarung gilt, sobald beide Seiten unterschrieben haben. Vorher zahlen wir nichts aus.",
        AFTER_A_PROMISE,
    ),
    ("private", "rejection"): (
        "Ihr Antrag zum Projekt „{projekt}“",
        "vielen Dank für den Antrag zum Projekt „{projekt}“ (Projektnummer {nummer}). Leider können wir das Projekt aus dem Topf "
        "{topf} nicht fördern.",
        "Auf eine Förderung besteht kein Anspruch. Sie können das Projekt überarbeiten und neu beantragen; die Geschäftsführung "
        f"des Stadtbezirks {{stadtbezirk}} berät Sie dabei.\n\n{ASK}",
    ),
    ("private", "change"): (
        "Änderung der Förderung für das Projekt „{projekt}“",
        "wir haben die Förderung des Projekts „{projekt}“ (Projektnummer {nummer}) am {tag} geändert. Statt {bisher} beträgt sie "
        "nun {betrag} (in Worten: {betrag_in_worten}). Im Übrigen gilt weiter, was zugesagt oder vereinbart ist.",
        f"Ein Anspruch auf eine weitere oder spätere Förderung entsteht daraus nicht.\n\n{ASK}",
    ),
    ("private", "withdrawal"): (
        "Rücktritt von der Förderung des Projekts „{projekt}“",
        "wir treten von der Förderung des Projekts „{projekt}“ (Projektnummer {nummer}) zurück. Zugesagt waren {bisher}; aus dem "
        "Topf {topf} wird für das Projekt nichts ausgezahlt.",
        "Sie können das Projekt überarbeiten und neu beantragen; die Geschäftsführung des Stadtbezirks {stadtbezirk} berät Sie "
        f"dabei.\n\n{ASK}",
    ),
    ("private", "recovery"): (
        "Rückforderung der Förderung für das Projekt „{projekt}“",
        "wir treten von der Förderung des Projekts „{projekt}“ (Projektnummer {nummer}) zurück. Zugesagt waren {bisher}, "
        "ausgezahlt sind {ausgezahlt}.\n\nBitte zahlen Sie {betrag} (in Worten: {betrag_in_worten}) zurück. Überweisen Sie den "
        "Betrag bitte binnen vier Wochen nach dem Datum dieses Schreibens auf das Konto des Vereins und nennen Sie dabei die "
        "Projektnummer {nummer}.",
        f"Zinsen verlangen wir nur, soweit sie vereinbart sind.\n\n{ASK}",
    ),
    ("internal", "release"): (
        "Mittelfreigabe für das Projekt „{projekt}“",
        "für die eigene Maßnahme „{projekt}“ (Projektnummer {nummer}) sind {betrag} (in Worten: {betrag_in_worten}) aus dem Topf "
        "{topf} freigegeben.",
        f"Das Geld darf nur für die freigegebenen Ausgaben verwendet werden; die Belege sind aufzubewahren. {INTERN}",
    ),
    ("internal", "rejection"): (
        "Keine Mittelfreigabe für das Projekt „{projekt}“",
        "für die eigene Maßnahme „{projekt}“ (Projektnummer {nummer}) werden aus dem Topf {topf} keine Mittel freigegeben.",
        INTERN,
    ),
    ("internal", "change"): (
        "Geänderte Mittelfreigabe für das Projekt „{projekt}“",
        "die Mittelfreigabe für die eigene Maßnahme „{projekt}“ (Projektnummer {nummer}) ist am {tag} geändert. Statt {bisher} "
        "sind nun {betrag} (in Worten: {betrag_in_worten}) aus dem Topf {topf} freigegeben.",
        INTERN,
    ),
    ("internal", "withdrawal"): (
        "Ende der Mittelfreigabe für das Projekt „{projekt}“",
        "die Mittelfreigabe über {bisher} für die eigene Maßnahme „{projekt}“ (Projektnummer {nummer}) ist am {tag} beendet. "
        "Ausgezahlt sind {ausgezahlt}; mehr wird aus dem Topf {topf} nicht ausgezahlt, und was davon nicht ausgegeben ist, geht "
        "in den Topf zurück.",
        INTERN,
    ),
}


def load(apps, schema_editor):
    LetterText = apps.get_model("letters", "LetterText")
    for (form, kind), (subject, opening, closing) in TEXTS.items():
        LetterText.objects.create(
            form=form, kind=kind, version=1, since=SINCE, subject=subject, opening=opening, closing=closing
        )
    apps.get_model("letters", "Letterhead").objects.create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("letters", "0001_letters")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
