"""Why a part misses its target, from its profile, and what was tried; shown where a row of it does."""

REASONS = {
    "pages": "**Seiten.** Die Datenbank braucht je Seite 1 bis 7 ms, der Rest ist Zeit des Prozessors. Die Hälfte davon war das "
    "Zusammenbauen von Abfragen im ORM, die sich nur in den Werten unterschieden; sie werden jetzt einmal je Prozess gebaut "
    "(`members/prepared.py`). Seltenes Wort: FTS5 verschränkt alle elf Trigramme des Wortes, rund 10 ms bei 45 Treffern. "
    "Versucht: ein Index ohne Positionen (kleiner, nicht schneller, für andere Wörter fünfmal so teuer), andere Seitengrößen, "
    "`optimize`, nur Teile des Wortes mit Nachprüfen; aufsteigend wären es 7 ms, die neuesten Treffer stehen aber am Ende. "
    "Häufiges Wort: 501 Treffer mit Titel und Umfeld zu lesen und zu ordnen kostet mehr als ihre 50 Zeilen; gegen die "
    "Verwaltung, die nicht sucht, 0,5 bis 0,8×. **Wachstum.** Wo es über 1,3 liegt, zeigt die kleinste Menge weniger: einen "
    "Stadtbezirk mit kaum einer Zeile statt 50, eine kurze Warteschlange, ein Dutzend Buchungen, wenige offene Vorgänge. Die "
    "Startseite der Geschäftsführung sucht bei 250.000 Projekten die dringendsten aus rund 4.500 offenen heraus und liest dazu "
    "aus jeder Art nur die ersten über einen Index. Auf der der Wirtschaftsförderung wachsen die zweiten Unterschriften "
    "(Vier-Augen-Regel je Zeile, 2 bis 3 ms). Je billiger der feste Teil einer Seite wird, desto größer erscheint ihr Wachstum.",
    "approvals": "**Bewilligen.** Gelesen, geprüft und formuliert wird vor der Sperre; darunter bleiben drei kurze Fragen und "
    "sieben Schreibanweisungen. Eine Bewilligung kostet 5 bis 8 ms Zeit des Prozessors statt 13 bis 14. Davon sind rund 40 % die "
    "sieben Schreibanweisungen des ORM und 14 % die vier Vorlagen der Nachricht (SQLite). Auf SQLite kommt das schrittweise "
    "Schlafen der Wartenden hinzu, das auch den Boden bestimmt. Einmal gebaute Schreibanweisungen brachten im Versuch ein Viertel "
    "mehr und PostgreSQL über das Ziel (0,58× und 0,54×), auf SQLite 0,28× statt 0,22×; sie gingen an `save` und seinen Signalen "
    "vorbei, im Kern des Geldes, und sind deshalb nicht eingebaut. Zusammengelegte Anweisungen senken den Boden mit.",
    "throughput": "**Unter Last.** Beide Kerne rechnen durchgehend, und derselbe Rechner stellt die Anfragen. Am teuersten ist das "
    "Formular eines Entwurfs: Vorlagen und das Zusammenbauen der Anweisungen im ORM.",
    "process": "**Ein Prozess.** Auch das nackte Projekt lädt dieselben Apps samt Verwaltung. Das Mehr an Importen sind fast nur "
    "die eigenen Ansichten und Formulare, 6 % der Zeit; eine entbehrliche große Bibliothek ist nicht darunter.",
    "saving": "**Speichern.** Je Tabelle eine Anweisung (7 statt 28), ein neues Projekt wird nur einmal geschrieben; was "
    "bleibt, ist das ORM und das Lesen des Mandats.",
    "totals": "**Summen.** Die Datenbank rechnet gleich lang; das Zusammenbauen der Anweisung im ORM kostet rund 0,3 ms und "
    "dauert bei kleinen Mengen länger als die Anweisung. Gemessen ist die Summe einer frei zusammengestellten Auswahl; die "
    "Summen über der Projektliste sind einmal gebaut. Bei großen Mengen ist das Ziel erreicht. Die Zahlen aller Jahre hält die "
    "Datenbank selbst (`stadtbezirk/reports/triggers.py`), sie werden nicht mehr gezählt.",
    "exports": "**Ausgabe.** Der Boden liest keine Datenbank. Schon das Lesen der Zeilen kostet auf SQLite etwa so viel wie der "
    "ganze Boden, auf PostgreSQL bei 250.000 Zeilen das 1,35-Fache. Häppchen von 500 statt 2.000 Zeilen, die der Zwischenspeicher "
    "des Prozessors fasst, sparen ein Siebtel. Versucht: Namen merken statt verknüpfen (nicht schneller), die ganze Zeile in der "
    "Datenbank bauen (auf SQLite 2,4×), andere Pläne für den Cursor. COPY auf PostgreSQL wäre ein zweiter Weg nur für eine "
    "Datenbank. Bei wenigen Zeilen misst man die Anfrage selbst.",
    "layout_shift": "**Verschiebungen.** Ein Besuch von vier der Projektliste bei 1280 px zeigte 0,00003. In 32 weiteren Besuchen, "
    "die Hälfte mit einem auf ein Sechstel gebremsten Prozessor, verschob sich nichts; die Ursache ist nicht gefunden.",
}

FAIR = """## Was das Warten auf SQLite gerecht machte

SQLite kennt keine Warteschlange. Wer auf die Schreibsperre wartet, schläft in wachsenden Schritten bis 100 ms und fragt
neu; wer gerade fertig ist, nimmt sie meist gleich wieder. Gemessen über 5 Sekunden ohne Pausen mit acht Prozessen am selben
Topf: 1 bis 67 Bewilligungen je Prozess, Median 14 ms, längstes Warten 5,0 s bei 49 je Sekunde. Die Anweisungen roh zeigen
dasselbe (15 bis 298 je Prozess, längstes 2,7 s); es liegt an SQLite, nicht am ORM.

Gerecht macht es eine Datei neben der Datenbank, die jeder Prozess vor `BEGIN IMMEDIATE` mit `flock` sperrt und nach `COMMIT`
freigibt, denn der Kern weckt Wartende etwa in der Reihenfolge ihres Kommens: 49 bis 54 je Prozess, längstes Warten 0,2 s bei
82 je Sekunde. Auf überlasteten Kernen kehrt sich der Durchsatz um (18 statt 71 je Sekunde), weil jede Übergabe auf das
Aufwecken eines anderen Prozesses wartet. `flock` hat zudem keine Frist: Eine lange Transaktion hielte alle auf, statt nach
20 s zu scheitern. Es ist deshalb nicht eingebaut; wer dauernd viele zugleich schreiben lässt, nimmt PostgreSQL, das
wartende Transaktionen einreiht. (Einmal mit einem eigenen Skript gemessen, nicht Teil von `make bench`.)
"""
