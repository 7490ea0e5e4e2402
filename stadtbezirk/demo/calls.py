"""What is called and paid in the demonstration, as data: calls, plans of instalments, batches, each with its days.

Days are how many days ago something happens; ``diary`` takes the steps in their order. A negative day is to come.
"""

from dataclasses import dataclass, field

from funding.payments.models import PlanStop

STAGE, PRINTER, LIGHT = "Beispiel Bühnentechnik GmbH", "Musterdruckerei", "Muster Lichtbau GmbH"


@dataclass(frozen=True)
class Call:
    """A call: of the project with this title, or for overhead without one. Without ``invoice`` it is a refund.

    ``used`` euro of the other money are used, or ``override`` says why the call comes before them.
    ``returned`` and ``withdrawn`` are a day and a reason; ``resent`` is when it came again.
    """

    title: str
    payee: str
    amount: str
    purpose: str
    called: int
    due: int
    checked: int | None = None
    invoice: str = ""
    used: int | None = None
    override: str = ""
    returned: tuple[int, str] | None = None
    resent: int | None = None
    withdrawn: tuple[int, str] | None = None


CALLS = {
    "leaflet": Call("Wege im Stadtbezirk Eving – zehntes Faltblatt", PRINTER, "1800", "Faltblatt: Karte, Satz und Druck", 76, 60, 74, "R-2231"),
    "quarter": Call(
        "Kreuzviertel pur", STAGE, "2100", "Bühne und Strom", 74, 60, 72, "26-104", used=0,
        override="Die Bühne wird vor dem Fest bezahlt; die Standgelder kommen erst an den drei Tagen ein.",
    ),
    "street": Call("Hombrucher Straßenfest", "Hombruch-Forum e. V.", "2400", "Erstattung nach Belegliste", 57, 45, 55, used=2000),
    "music": Call("Oststadt in Harmonie", STAGE, "1400", "Ton für zehn Standorte", 56, 45, 54, "26-118"),
    "music-leaflet": Call(
        "Oststadt in Harmonie", PRINTER, "500", "Faltblatt mit den Standorten", 54, 40, None, "R-2244",
        withdrawn=(50, "Die Druckerei verzichtet auf die Rechnung; der Verein spendet den Druck."),
    ),
    "harvest": Call("Hörder Erntemarkt", "Hörde International e. V.", "2000", "Erstattung Stände und Strom", 40, 25, 38, used=2500),
    "posters": Call("", PRINTER, "412.30", "Plakate zum Tag der Stadtbezirke", 36, 22, 35, "R-4711"),
    "lights": Call("Lichterfest im eks", STAGE, "550", "Bühne und Ton", 25, 18, 23, "26-151"),
    "portraits": Call("Gruppenporträts aus der Nordstadt – neue Bilder", "Stadtteil-Schule Dortmund e. V.", "2400", "Erstattung Fotografie", 24, 12, 22, used=600),
    "medal": Call(
        "Verleihung des Huckarder Goldstücks", "Goldschmiede Beispiel", "600", "Goldstücke und Urkunden", 24, 10, 22, "812", used=200,
    ),
    "marten": Call(
        "Martener Bürgerfest", "Bürgerschützenverein Marten", "500", "Erstattung Bühne", 22, 8, 20, used=2000,
    ),
    "contest": Call("Dortmund leuchtet – Lichtkunst in vier Stadtbezirken", LIGHT, "6000", "Ideenwettbewerb", 16, 5, 13, "L-77", used=9000),
    "heritage": Call("Wir wollen Welterbe", STAGE, "2500", "Aktionstag: Bühne und Ton", 13, -2, 10, "26-163", used=2500),
    "shuttle": Call("Friedensgebet der Religionen", "Evangelischer Posaunenchor Brackel", "2100", "Erstattung Pendelbus zur Halde", 12, 3),
    "sound": Call(
        "Friedensgebet der Religionen", "Evangelischer Posaunenchor Brackel", "1900", "Erstattung Tonanlage", 15, -4, 8,
        returned=(13, "Bitte nennen Sie im Verwendungszweck, wofür die Tonanlage gemietet war."), resent=11,
    ),
    "lamps": Call(
        "Dortmund leuchtet – Lichtkunst in vier Stadtbezirken", LIGHT, "12500", "Leuchten, erste Lieferung", 9, -5, 6, "L-81", used=9000,
    ),
    "beds": Call("Wir am Hörder Neumarkt – neue Beete", "IG Hörder Neumarkt", "400", "Erstattung Erde und Stauden", 8, -6, 5),
    "toilets": Call(
        "Aplerbecker Bierfest", STAGE, "700", "Toilettenwagen, Anzahlung", 6, -8, None, "26-170", used=0,
        override="Der Toilettenwagen muss drei Wochen vor dem Fest angezahlt werden.",
        returned=(4, "Auf der Rechnung stehen 650,00 €. Bitte ziehen Sie den Abruf zurück und rufen Sie den richtigen Betrag ab."),
    ),
    "harvest-rest": Call("Hörder Erntemarkt", "Hörde International e. V.", "1000", "Erstattung Musik", 5, -9, 3, used=2500),
    "premises": Call("", PRINTER, "180.00", "Aushänge zum Tag der Stadtbezirke", 5, -9, 3, "R-4714"),
    "books": Call("", "Buchhandlung am Amtshaus", "64.50", "Bücher für die Ehrung im Ehrenamt", 3, -11, 2, "17"),
    "logo": Call("Aplerbeck-Logo für Vereine", PRINTER, "600", "Überarbeitung des Logos", 2, -12, None, "R-4719", used=300),
    "paper": Call("", PRINTER, "96.00", "Briefbögen", 1, -13, None, "R-4720"),
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """A plan of instalments: ``unit`` euro for each of ``places`` in each month, the first one due on a day.

    With ``confirmed`` it is checked on that day, with ``refused`` (day, reason) it is not; else it waits.
    """

    title: str
    payee: str
    purpose: str
    reason: str
    entered: int
    first: int
    months: int
    amount: str
    places: int = 0
    confirmed: int | None = None
    refused: tuple[int, str] | None = None
    stops: tuple[tuple[int, PlanStop.Kind, str], ...] = ()


#: The instalments of the first plan are called as "plan-1", "plan-2" and so on.
PLANS = (
    Plan(
        "Die nette Toilette in Körne", "Gaststätten in Körne (Beispiel)", "Die nette Toilette, drei Standorte",
        "100 Euro im Monat für jeden der drei Standorte, sechs Monate lang, nach der Vereinbarung mit den Häusern.",
        70, 60, 6, "100", places=3, confirmed=68,
        stops=(
            (26, PlanStop.Kind.PAUSE, "Ein Standort baut um; die Vertretung wird geklärt."),
            (21, PlanStop.Kind.RESUME, "Der Standort ist wieder offen."),
        ),
    ),
    Plan(
        "Jazz am Hellweg – zwei Konzerte", STAGE, "Ton für ein Konzert", "Zwei Konzerte, je 600 Euro nach Angebot 26-160.",
        24, -25, 2, "600", confirmed=22, stops=((9, PlanStop.Kind.PAUSE, "Das erste Konzert wird verlegt."),),
    ),
    Plan(
        "Dortmund leuchtet – Lichtkunst in vier Stadtbezirken", LIGHT, "Wartung der Leuchten",
        "Wartung nach Angebot L-79, vier Monate.", 20, -30, 4, "250", confirmed=18,
        stops=((7, PlanStop.Kind.END, "Die Wartung übernimmt DSW21 ohne Kosten."),),
    ),
    Plan(
        "Wir am Hörder Neumarkt – neue Beete", "IG Hörder Neumarkt", "Gießdienst", "Zwei Monate Gießdienst.",
        12, -20, 2, "150", refused=(9, "Für den Gießdienst gibt es Rechnungen; bitte rufen Sie danach ab."),
    ),
    Plan(
        "Wir wollen Welterbe", STAGE, "Ton für eine Führung", "Zwei Führungen, je 900 Euro nach Angebot 26-165.",
        2, -25, 2, "900",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """A batch: its calls, the days on which it is begun, released and executed, and what the bank answers.

    ``answers`` are by call what the bank says of the payee's name, ``accepted`` why it is paid all the same.
    Without ``booked`` the bank's statement executes it, or nobody does yet. ``back`` is what the bank sends back,
    with the day and its code for the reason.
    """

    calls: tuple[str, ...]
    begun: int
    executed: int
    released: int | None = None
    by_file: bool = True
    answers: dict[str, tuple[str, str]] = field(default_factory=dict)
    accepted: dict[str, str] = field(default_factory=dict)
    booked: bool = False
    back: dict[str, tuple[int, str]] = field(default_factory=dict)
    dissolved: tuple[int, str] | None = None


BATCHES = (
    # 4.200 €
    Batch(("leaflet", "quarter", "plan-1"), 66, 62, 65, answers={"leaflet": ("match", ""), "quarter": ("match", "")}, booked=True),
    # 3.800 €
    Batch(
        ("street", "music"), 52, 49, 51, booked=True,
        answers={"street": ("close", "Hombruch Forum"), "music": ("no_match", "Bernd Beispiel")},
        accepted={"music": "Der Inhaber heißt so; Rechnung und Handelsregister nennen ihn. Rückruf bei der Firma am selben Tag."},
    ),
    # 2.712,30 €
    Batch(("harvest", "plan-2", "posters"), 32, 28, 31, booked=True),
    # 550 €, typed into online banking
    Batch(("lights",), 21, 20, 21, by_file=False, booked=True),
    # 3.500 €, of which 1.100 € come back
    Batch(
        ("portraits", "medal", "marten"), 18, 15, 17, booked=True,
        back={"medal": (11, "AC04"), "marten": (11, "AC01")},
    ),
    # 6.600 €: one that came back goes to the corrected account. The statement executes it.
    Batch(("medal", "contest"), 9, 6, 8),
    Batch(("heritage",), 7, 2, 6, dissolved=(5, "Die Firma hat die Rechnung berichtigt; bezahlt wird mit dem nächsten Zahlungslauf.")),
    # 15.000 €, with the bank; for one somebody has still to look at the name
    Batch(
        ("heritage", "lamps"), 2, -1, 1,
        answers={"heritage": ("no_match", "Bühnenverleih Beispiel"), "lamps": ("unknown", "")},
    ),
    # 880 €
    Batch(("plan-3", "beds", "premises"), 1, -3),
)  # fmt: skip
