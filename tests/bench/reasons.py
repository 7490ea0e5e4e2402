"""Why a part misses its target, from its profile, and what was tried; shown where a row of it does."""

REASONS = {
    "pages": "**Seiten.** Die Datenbank braucht je Seite meist 1 bis 10 ms; der Rest ist Zeit des Prozessors. Listen: zwei "
    "Drittel waren Vorlagen, vor allem eine je Auswahlmöglichkeit der Filter; Felder und Zeilen entstehen jetzt in einem Zug. "
    "Was bleibt, sind Sitzung, Konto, Gruppen und Mandate, die der Boden nicht hat (auch der der Verwaltung nicht, daher bei "
    "kleinen Mengen 0,5 bis 0,8×), und das Zusammenbauen von 9 bis 15 Abfragen im ORM. Häufiges Wort: 501 Treffer zu holen "
    "und zu ordnen kostet mehr als ihre 50 Zeilen. Startseite der Geschäftsführung: 15 Abfragen an verschiedene Tabellen, "
    "deren Zusammenbauen und Übersetzen in SQL knapp die Hälfte kostet; bei 250.000 Projekten hat eine Geschäftsführung dazu "
    "rund 4.500 offene Vorgänge (1.275 Entwürfe, 1.287 Anträge, 706 Finanzierungslücken …), aus denen die dringendsten "
    "herausgesucht werden: 20 ms. Ein Index über Stadtbezirk und Stand hilft dabei, einer über die Reihenfolge nicht, weil "
    "sie vom Tag abhängt. Antragsseite: dieselbe Art von Kosten, dazu bis zu vier Formulare. Berichte: Anträge auf Säule 2 "
    "und Beteiligungen aller Jahre werden bei jedem Aufruf über alle Zeilen gezählt, 25 bis 250 ms; schneller wären nur "
    "gespeicherte Jahressummen, die mit jeder Entscheidung stimmen müssten. Abfragen 14–15: Die kleinste Menge hat keinen "
    "wartenden Antrag auf Säule 2, gemessen wird dann ein entschiedener.",
    "approvals": "**Bewilligen.** Das ORM braucht je Anweisung 0,2 bis 1 ms Zeit des Prozessors, der nackte Treiber 0,01 bis "
    "0,05. Rund die Hälfte einer Bewilligung ist das Bauen von SQL, 7 % sind die Datenbank, 6 % die Nachrichten. Der Topf "
    "wird erst gesperrt, wenn alles gelesen ist, was ihn nicht braucht; das brachte auf PostgreSQL ein Viertel. Selbst ohne "
    "jedes Bauen von SQL bliebe es auf SQLite bei rund 0,15×. Fünf Anweisungen als fertiges SQL brächten geschätzt 18 %, "
    "verlangten aber je Datenbank eigenes SQL im Kern des Geldes; deshalb unterlassen. Zusammengelegte Anweisungen senken "
    "den Boden mit.",
    "throughput": "**Unter Last.** Beide Kerne rechnen durchgehend, und derselbe Rechner stellt die Anfragen. Die ganze Kette "
    "der Middleware mit CSP und Kopfzeilen macht 0,2 bis 0,6 ms einer Anfrage aus, und weniger Threads je Prozess ändern "
    "nichts. Am teuersten sind das Formular eines Entwurfs und die Startseite der Geschäftsführungen: Vorlagen und das "
    "Zusammenbauen der Anweisungen im ORM. Verbindungen zu SQLite bleiben offen: Das verdreifachte die Anfragen je Sekunde, "
    "den Boden aber mehr als sechsfach.",
    "process": "**Ein Prozess.** Auch das nackte Projekt lädt dieselben Apps samt Verwaltung. Dazu kommen beim ersten Aufruf "
    "die Ansichten und ihre Vorlagen und beim Start das Verzeichnis der statischen Dateien.",
    "saving": "**Speichern.** Je Tabelle eine Anweisung (7 statt 28), ein neues Projekt wird nur einmal geschrieben; was "
    "bleibt, ist das ORM und das Lesen des Mandats.",
    "totals": "**Summen.** Die Datenbank rechnet gleich lang; das Zusammenbauen der Anweisung im ORM kostet rund 0,5 ms und "
    "dauert bei kleinen Mengen länger als die Anweisung. Bei großen Mengen ist das Ziel erreicht.",
    "exports": "**Ausgabe.** Der Boden liest keine Datenbank. Schon das nackte Lesen derselben Zeilen mit sqlite3 kostet "
    "0,95× des Schreibens mit csv, mit den Verknüpfungen und dem ORM 1,15×; Umformen und Zusammenfügen der 14 Spalten noch "
    "einmal so viel. Versucht: die ganze Zeile in der Datenbank bauen (auf SQLite 2,4×), Namen je Häppchen nachschlagen statt "
    "zu verknüpfen (langsamer). COPY auf PostgreSQL wäre ein zweiter Weg nur für eine Datenbank.",
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
