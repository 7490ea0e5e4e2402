"""Who gets money in the demonstration, with accounts in every state. The IBANs are published samples or count upwards."""

from dataclasses import dataclass
from datetime import date, timedelta

from funding.payments import services as payments
from members.models import District, Organisation, Person
from stadtbezirk.demo.people import Cast

KLARA = ("Klara", "Kunstbeispiel")
ADDRESS = {"street": "Beispielgasse 12", "postcode": "44287", "town": "Dortmund", "country": "DE"}


@dataclass(frozen=True)
class Account:
    """An account on its way: entered so many days ago, for a district or by the Wirtschaftsförderung.

    With a ``paper`` it is confirmed two days later, with a ``refusal`` refused; else it waits.
    """

    iban: str
    days_ago: int
    reason: str
    paper: str = ""
    refusal: str = ""
    holder: str = ""


#: Name -> the district that enters it (more than one pays the printer and the stage), and its accounts in time.
ORGANISATIONS: dict[str, tuple[str, tuple[Account, ...]]] = {
    "Heimatverein Mengede": (
        "Mengede",
        (Account("DE02120300000000202051", 75, "Briefbogen des Vereins", "Kontoauszug vom Vormonat"),),
    ),
    "Stadtteil-Schule Dortmund e. V.": (
        "Innenstadt-Nord",
        (Account("DE02500105170137075030", 66, "Antrag vom Frühjahr", "Rückruf bei der Kassenführung"),),
    ),
    "Aktions- und Interessengemeinschaft Kreuzviertel": (
        "Innenstadt-West",
        (
            Account("DE02200505501015871393", 300, "Antrag des Vorjahres", "Kontoauszug"),
            Account("DE02100100100006820101", 58, "Schreiben des Vorstands", "Rückruf beim Vorstand"),
        ),
    ),
    "Hörde International e. V.": (
        "Hörde",
        (
            Account("DE02100500000054540402", 90, "Antrag vom Frühjahr", "Kontoauszug"),
            Account("DE88100900001234567892", 4, "Brief der Kassenführung: Bankwechsel"),
        ),
    ),
    "Buchhandlung am Amtshaus": (
        "Mengede",
        (Account("DE02300209000106531065", 3, "Rechnung Nr. 17", holder="Ina Beispiel"),),
    ),
    "Huckarde für Huckarde e. V.": (
        "Huckarde",
        (
            Account(
                "DE27100777770209299700", 20, "E-Mail des Vereins",
                refusal="Auf dem Briefbogen steht ein anderes Konto. Bitte beim Vorstand nachfragen.",
            ),
        ),
    ),
    "Musterdruckerei": (
        "Aplerbeck",
        (Account("DE89370400440532013000", 95, "Rechnung R-2231", "Rechnung R-2231 im Original"),),
    ),
    "Hombruch-Forum e. V.": (
        "Hombruch",
        (Account("DE02300606010002474689", 80, "Briefbogen des Vereins", "Kontoauszug vom Vormonat"),),
    ),
    "Beispiel Bühnentechnik GmbH": (
        "Innenstadt-Ost",
        (Account("DE02600501010002034304", 80, "Rechnung 26-118", "Rechnung 26-118 im Original"),),
    ),
    "Gaststätten in Körne (Beispiel)": (
        "Innenstadt-Ost",
        (Account("DE02700202700010108669", 72, "Vereinbarung der drei Häuser", "Vereinbarung mit Unterschriften"),),
    ),
    "Muster Lichtbau GmbH": (
        "Innenstadt-Ost",
        (Account("DE02701500000000594937", 60, "Angebot L-77", "Rechnung L-77 im Original"),),
    ),
    "Goldschmiede Beispiel": (
        "Huckarde",
        (
            Account("DE75512108001245126199", 30, "Rechnung 812", "Rechnung 812 im Original"),
            Account("DE91100000000123456789", 11, "Anruf nach dem Rücklauf", "Rechnung 812 mit neuem Konto"),
        ),
    ),
    "Bürgerschützenverein Marten": (
        "Lütgendortmund",
        (Account("DE21500500009876543210", 33, "Antrag vom Sommer", "Kontoauszug"),),
    ),
    "Evangelischer Posaunenchor Brackel": (
        "Brackel",
        (Account("DE02370501980001802057", 40, "Fördervereinbarung", "Fördervereinbarung mit Unterschrift"),),
    ),
    "IG Hörder Neumarkt": (
        "Hörde",
        (Account("DE18441600140123456789", 25, "Förderzusage mit Annahme", "Rückruf beim Vorstand"),),
    ),
    "Entsorgung Dortmund GmbH": ("Lütgendortmund", ()),
}  # fmt: skip
#: A person whom Aplerbeck pays for a reading.
PERSON = Account("DE12500105170648489890", 30, "Honorarvertrag", "Honorarvertrag mit Unterschrift")


def enter(cast: Cast, today: date) -> None:
    """Enter the payees and take their accounts through what happened to them."""
    for name, (district, accounts) in ORGANISATIONS.items():
        organisation = Organisation.objects.filter(name=name).first() or Organisation(name=name)
        _enter(cast, organisation, district, accounts, today)
    given, family = KLARA
    _enter(cast, Person(given_name=given, family_name=family), "Aplerbeck", (PERSON,), today)


def _enter(
    cast: Cast, who: Organisation | Person, name: str, accounts: tuple[Account, ...], today: date
) -> None:
    district = District.objects.get(name=name) if name else None
    first = today - timedelta(days=max((account.days_ago for account in accounts), default=10))
    payee = payments.enter_payee(
        who, actor=cast.director(district, first) if district else cast.wf1, district=district,
        address=ADDRESS, on=first,
    )  # fmt: skip
    for row in accounts:
        day = today - timedelta(days=row.days_ago)
        account = payments.enter_account(
            payee, iban=row.iban, holder=row.holder or str(payee), since=day, reason=row.reason,
            actor=cast.director(district, day) if district else cast.wf1, district=district, on=day,
        )  # fmt: skip
        decided = day + timedelta(days=2)
        if row.paper:
            payments.confirm_account(account, paper=row.paper, actor=cast.wf2, on=decided)
        elif row.refusal:
            payments.refuse_account(account, reason=row.refusal, actor=cast.wf1, on=decided)
