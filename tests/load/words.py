"""Vocabulary of the load. Some words stand in almost every text, thousands of others in very few."""

from itertools import accumulate
from random import Random

#: Five quarters of each district, by its code.
QUARTERS = {
    "APL": ("Aplerbeck", "Sölde", "Berghofen", "Schüren", "Lichtendorf"),
    "BRA": ("Brackel", "Asseln", "Wambel", "Wickede", "Neuasseln"),
    "EVI": ("Eving", "Brechten", "Lindenhorst", "Kemminghausen", "Holthausen"),
    "HOE": ("Hörde", "Wellinghofen", "Benninghofen", "Wichlinghofen", "Holzen"),
    "HOM": ("Hombruch", "Barop", "Kirchhörde", "Eichlinghofen", "Lücklemberg"),
    "HUC": ("Huckarde", "Kirchlinde", "Rahm", "Deusen", "Jungferntal"),
    "INN": ("Nordmarkt", "Hafen", "Borsigplatz", "Hoeschpark", "Schüchtermannblock"),
    "INO": ("Körne", "Gartenstadt", "Kaiserbrunnen", "Ruhrallee", "Westfalendamm"),
    "INW": ("Kreuzviertel", "Dorstfeld", "Klinikviertel", "Tremonia", "Möllerbrücke"),
    "LUE": ("Lütgendortmund", "Marten", "Bövinghausen", "Oespel", "Kley"),
    "MEN": ("Mengede", "Westerfilde", "Nette", "Oestrich", "Bodelschwingh"),
    "SCH": ("Scharnhorst", "Derne", "Kurl", "Husen", "Grevel"),
}
FIRST = (
    "Alten", "Birken", "Buchen", "Eichen", "Erlen", "Fels", "Fürsten", "Grün", "Hasel", "Heide", "Hohen", "Kirsch",
    "König", "Krähen", "Linden", "Löwen", "Mühlen", "Neuen", "Nieder", "Ober", "Ost", "Quell", "Rosen", "Schäfer",
    "Schön", "Silber", "Sonnen", "Stein", "Süd", "Tannen", "Über", "Unter", "Wald", "Weiden", "Wiesen", "Wolfs",
)  # fmt: skip
SECOND = (
    "au", "bach", "berg", "born", "brück", "busch", "dorf", "feld", "forst", "furt", "garten", "grund", "hain",
    "hausen", "heim", "hof", "höhe", "holz", "horst", "kamp", "kirchen", "lohe", "mark", "moor", "rath", "ried",
    "rode", "scheid", "stedt", "tal", "weiler", "wiese",
)  # fmt: skip
THIRD = (
    "platz", "brunnen", "turm", "schule", "garten", "brücke", "bühne", "kapelle", "scheune", "mühle", "werkstatt",
    "halle", "terrasse", "gasse", "allee", "ufer", "treppe", "zeche", "laube", "wache",
)  # fmt: skip
KINDS = (
    "Nachbarschaftsfest", "Stadtteilfest", "Adventsmarkt", "Straßenfest", "Kinderfest", "Flohmarkt",
    "Gesprächsabend", "Lesereihe", "Ausstellung", "Konzert", "Rundgang", "Sportfest", "Theaterabend", "Lichterfest",
    "Erntedankmarkt", "Schülerwerkstatt", "Fotowettbewerb", "Zeitzeugengespräch", "Bürgerfrühstück",
    "Baumpflanzaktion", "Osterfeuer", "Kunstpfad", "Trödelmarkt", "Ferienprogramm", "Weihnachtsbeleuchtung",
    "Bücherschrank", "Apfelfest", "Müllsammelaktion", "Geschichtstafel", "Integrationscafé", "Jugendforum",
    "Gewerbeschau", "Frühlingserwachen", "Sommerkino", "Mädchentag", "Seniorentanz", "Drachenfest", "Winterzauber",
    "Kulturnacht", "Glühweinabend", "Äppelwoifest", "Übungsleitertag", "Ölmühlenfest",
)  # fmt: skip
ORGANISERS = (
    "Heimatverein", "Gewerbeverein", "Förderverein Grundschule", "Bürgerverein", "Kulturverein", "Sportverein",
    "Kleingartenverein", "Jugendtreff", "Freiwillige Feuerwehr", "Gesangverein", "Geschichtswerkstatt",
    "Werbegemeinschaft", "Nachbarschaftshilfe", "Schützenverein", "Elterninitiative", "Seniorenbüro",
    "Interessengemeinschaft", "Kirchengemeinde", "Familienzentrum", "Künstlergruppe",
)  # fmt: skip
COSTS = (
    "Bühne und Technik", "Werbung und Druck", "Honorare", "Sicherheitsdienst", "Sanitätsdienst", "Miete",
    "Material", "Strom und Wasser", "Toilettenwagen", "Musik", "Verpflegung der Helfenden", "Versicherung",
    "Aufbau und Abbau", "Gebühren", "Ausstattung",
)  # fmt: skip
THIRD_PARTIES = (
    "Sparkasse", "Bezirksvertretung", "Spenden", "Standgelder", "Landesmittel", "Stiftung", "Sponsoren am Ort",
)  # fmt: skip
SENTENCES = (
    "Vereine, Schulen und Geschäfte machen gemeinsam mit.",
    "Das Programm ist für alle Generationen gedacht und der Eintritt ist frei.",
    "Ehrenamtliche bereiten den Tag seit Monaten vor.",
    "Musik, Essen und Gespräche bringen die Nachbarschaft zusammen.",
    "Kinder und Jugendliche gestalten einen eigenen Teil.",
    "Die Ergebnisse werden später öffentlich gezeigt.",
    "Auch wer neu zugezogen ist, soll hier Anschluss finden.",
    "Die Händlerschaft öffnet ihre Türen länger als sonst.",
)
AIMS = (
    "Menschen aus {quarter} kommen miteinander ins Gespräch.",
    "Der Stadtteil wird als Ort zum Leben und Einkaufen sichtbar.",
    "Junge Leute übernehmen Verantwortung für ihren Stadtteil.",
    "Die Geschichte von {quarter} wird lebendig gehalten.",
    "Vereine gewinnen neue Mitglieder.",
)
VALUE = (
    "Geschäfte und Gastronomie in {quarter} gewinnen Kundschaft, Aufträge gehen an Betriebe am Ort.",
    "Der Leerstand am Platz wird für zwei Wochen genutzt und neu gezeigt.",
    "Besucherinnen und Besucher aus anderen Stadtteilen kaufen in {quarter} ein.",
    "Der Markt bindet Kaufkraft im Quartier.",
)
QUESTIONS = (
    "Bitte die Kosten der Technik aufschlüsseln.",
    "Wer stellt die Genehmigung? Bitte ergänzen.",
    "Bitte erläutern, wie der weitere Stadtbezirk mitwirkt.",
)
REFUSALS = (
    "Das Vorhaben dient nicht den Zielen der Förderung.",
    "Der Antrag ging nach Beginn der Maßnahme ein.",
    "Ein vergleichbares Vorhaben wird schon gefördert.",
)
SHORT = "Der Topf gibt in diesem Jahr nicht mehr her."
PROVENANCE = "Erfunden, wie aus einer öffentlichen Liste übernommen."
REVOKED = "Das Vorhaben fand nicht statt."
EXPENSES = ("Porto", "Bürobedarf", "Reisekosten", "Raummiete", "Druck des Jahresberichts", "Kontoführung")

RARE = tuple(f"{a}{b}{c}" for a in FIRST[::2] for b in SECOND[::3] for c in THIRD)


def _falling(length: int) -> list[float]:
    """Cumulated weights by which the first words are common and the last ones rare."""
    return list(accumulate(1 / (rank + 1) for rank in range(length)))


_RARE_WEIGHTS = _falling(len(RARE))
_KIND_WEIGHTS = _falling(len(KINDS))


def rare(random: Random) -> str:
    return random.choices(RARE, cum_weights=_RARE_WEIGHTS)[0]


def kind(random: Random) -> str:
    return random.choices(KINDS, cum_weights=_KIND_WEIGHTS)[0]


def title(random: Random, quarter: str, year: int) -> str:
    what = kind(random)
    match random.randrange(5):
        case 0:
            return f"{what} {quarter} {year}"
        case 1:
            return f"{what} am {rare(random)}"
        case 2:
            return f"{random.randrange(2, 40)}. {what} in {quarter}"
        case 3:
            return f"{quarter} feiert: {what}"
        case _:
            return f"{what} in {quarter}"


def summary(random: Random, quarter: str) -> str:
    first, second = random.sample(SENTENCES, 2)
    return (
        f"Ein Projekt für die Nachbarschaft im Stadtteil {quarter}. {first} {second} "
        f"Treffpunkt ist {rare(random)}, Anmeldung im {rare(random)}."
    )
