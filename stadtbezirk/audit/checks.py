"""Rules that hold in and between the tables of the package. LIESMICH.txt writes each down as one sentence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SameSum:
    """Per ``key`` the rows of a table add up to the column of the one row that has the key."""

    table: str
    column: str
    key: str
    other: str
    other_column: str
    other_key: str

    def __str__(self) -> str:
        return (
            f"Summe: In {self.table}.csv ergibt „{self.column}“ je „{self.key}“ zusammen „{self.other_column}“ der Zeile "
            f"von {self.other}.csv mit dem gleichen Wert in „{self.other_key}“."
        )


@dataclass(frozen=True)
class SameInRow:
    """In each row of a table one column is the sum of others, or in each pair of tables."""

    table: str
    column: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        parts = " + ".join(f"„{part}“" for part in self.parts)
        return f"Zeile: In {self.table}.csv ist „{self.column}“ in jeder Zeile {parts}."


@dataclass(frozen=True)
class Leads:
    """Each filled value of a column is the key of a row of another table."""

    table: str
    column: str
    other: str
    other_column: str

    def __str__(self) -> str:
        return (
            f"Verweis: In {self.table}.csv steht jeder ausgefüllte Wert von „{self.column}“ auch in {self.other}.csv unter "
            f"„{self.other_column}“."
        )


CHECKS: tuple[SameSum | SameInRow | Leads, ...] = (
    SameInRow("kontoauszuege", "Endsaldo", ("Anfangssaldo", "Bewegung")),
    SameSum("kontobuchungen", "Betrag", "Kontoauszug Nr.", "kontoauszuege", "Bewegung", "Nr."),
    SameInRow("toepfe", "Ansatz", ("vorgemerkt", "gebunden", "bezahlt", "frei")),
    SameSum("buchungen", "Wirkung Ansatz", "Topf", "toepfe", "Ansatz", "Topf"),
    SameSum("buchungen", "Wirkung vorgemerkt", "Topf", "toepfe", "vorgemerkt", "Topf"),
    SameSum("buchungen", "Wirkung gebunden", "Topf", "toepfe", "gebunden", "Topf"),
    SameSum("buchungen", "Wirkung bezahlt", "Topf", "toepfe", "bezahlt", "Topf"),
    Leads("buchungen", "Topf", "toepfe", "Topf"),
    Leads("buchungen", "Antrag Nr.", "antraege", "Nr."),
    Leads("buchungen", "Entscheidung Nr.", "entscheidungen", "Nr."),
    Leads("buchungen", "Ausgabe Nr.", "gemeinkosten", "Nr."),
    Leads("buchungen", "Umbuchung Nr.", "umbuchungen", "Nr."),
    Leads("entscheidungen", "Antrag Nr.", "antraege", "Nr."),
    Leads("planzeilen", "Entscheidung Nr.", "entscheidungen", "Nr."),
    Leads("aenderungen", "Antrag Nr.", "antraege", "Nr."),
    Leads("abrufe", "Antrag Nr.", "antraege", "Nr."),
    Leads("abrufe", "Ausgabe Nr.", "gemeinkosten", "Nr."),
    Leads("abrufschritte", "Abruf Nr.", "abrufe", "Nr."),
    Leads("abrufunterlagen", "Abruf Nr.", "abrufe", "Nr."),
    Leads("zahlungen", "Abruf Nr.", "abrufe", "Nr."),
    Leads("zahlungen", "Zahlungslauf Nr.", "zahlungslaeufe", "Nr."),
    Leads("zahlungen", "Entscheidung Nr.", "entscheidungen", "Nr."),
    Leads("kontobuchungen", "Kontoauszug Nr.", "kontoauszuege", "Nr."),
    Leads("nachweise", "Antrag Nr.", "antraege", "Nr."),
    Leads("nachweisschritte", "Nachweis Nr.", "nachweise", "Nr."),
    Leads("nachweiszeilen", "Nachweis Nr.", "nachweise", "Nr."),
    Leads("belege", "Nachweiszeile Nr.", "nachweiszeilen", "Nr."),
    Leads("fotos", "Nachweis Nr.", "nachweise", "Nr."),
    Leads("pruefvermerke", "Nachweis Nr.", "nachweise", "Nr."),
    Leads("rueckforderungen", "Antrag Nr.", "antraege", "Nr."),
    Leads("rueckforderungen", "Entscheidung Nr.", "entscheidungen", "Nr."),
    SameSum("rueckforderungen", "noch offen", "Antrag Nr.", "antraege", "zurückgefordert", "Nr."),
    Leads("erinnerungen", "Rückforderung Nr.", "rueckforderungen", "Nr."),
    Leads("aenderungsmeldungen", "Antrag Nr.", "antraege", "Nr."),
    Leads("aenderungszeilen", "Meldung Nr.", "aenderungsmeldungen", "Nr."),
    Leads("aenderungsschritte", "Meldung Nr.", "aenderungsmeldungen", "Nr."),
    Leads("schreiben", "Entscheidung Nr.", "entscheidungen", "Nr."),
    Leads("versand", "Schreiben", "schreiben", "Nummer"),
)
