"""Why a part misses its target, from its profile, and what was tried; shown where a row of it does."""

REASONS = {
    "pages": "**Seiten.** Das meiste ist Python: Anweisungen zusammenbauen und Vorlagen zeichnen. Bei 25.000 Projekten, siebzig Jahren "
    "Dortmund, kommt die Datenbank dazu: die genaue Summe der ganzen Auswahl, das Sortieren nach Titeln, das Lesen aller Texte für ein "
    "Wort. Auf PostgreSQL plant jede Anweisung mit vielen Tabellen länger; das trifft Antrag und Startseiten.",
    "approvals": "**Bewilligen.** Unter der Sperre stellt eine Bewilligung 23 Anweisungen, die Django jedes Mal neu zusammenbaut. Auf "
    "SQLite, wo immer nur einer schreibt, warten so lange alle; roh sind die Anweisungen fast umsonst.",
    "batches": "**Zahlungsläufe.** Jede Zahlung wird für sich gebucht, mit Sperre, Rechten, Beschluss, Buch und Nachricht: 22 "
    "Anweisungen in einer eigenen Transaktion. So geht weiter, was abbrach, und eine abgelehnte Zahlung hält keine andere auf. Die "
    "Zeit ist wie beim Bewilligen das Zusammenbauen der Anweisungen; roh sind sie auf SQLite fast umsonst.",
    "saving": "**Speichern.** Der Plan wird geschrieben und für die Summen noch einmal gelesen: 15 Abfragen statt 9.",
    "throughput": "**Unter Last.** Beide Kerne rechnen durchgehend, und derselbe Rechner stellt die Anfragen. Am teuersten ist das "
    "Formular eines Entwurfs: Vorlagen und das Zusammenbauen der Anweisungen im ORM.",
    "process": "**Ein Prozess.** Auch das nackte Projekt lädt dieselben Apps samt Verwaltung. Das Mehr an Importen sind fast nur "
    "die eigenen Ansichten und Formulare, 6 % der Zeit; eine entbehrliche große Bibliothek ist nicht darunter.",
    "exports": "**Ausgabe.** Der Boden liest keine Datenbank. Fast alles kostet, aus jeder Zeile und dem, worauf sie zeigt, Objekte zu "
    "machen wie auf einer Seite. Aus rohen Werten der Datenbank war CSV ein Mehrfaches schneller, mit eigenem Code an Djangos "
    "inneren Wegen; bei 2.500 Projekten sind es so 0,14 statt 0,02 s.",
    "layout_shift": "**Verschiebungen.** Auf einer überlasteten Maschine verschob sich bei 5 von rund 130 ersten Besuchen etwas (bis "
    "0,013): halb gelesene Kopfzeilen und Filter. Seitdem beginnt die Anzeige hinter der Kopfzeile, und kein Feld wächst; es blieb "
    "einer von 104 (0,0004: das Zeichen eines Standes, dessen Text im nächsten Stück der Seite kam). Erst die ganze Seite zu "
    "zeigen, verschob in 104 Besuchen nichts, kam auf langsamer Leitung aber eine Sekunde später (2,2 statt 1,3 s).",
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
