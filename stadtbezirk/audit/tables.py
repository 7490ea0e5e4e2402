"""The tables of the audit package, as data: a new table is one row of ``TABLES``."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Prefetch, Q

from funding.closing.models import YearClosing
from funding.ledger import MOVES
from funding.letters.models import Sending
from funding.models import (
    ChosenCondition,
    Decision,
    Expense,
    FiscalYear,
    GrantChange,
    LedgerEntry,
    PlanRow,
    Transfer,
)
from funding.payments.models import CallStep, PayeeAccount, Payment, PaymentBatch, StatementEntry
from members import statutes
from members.common.export import CHUNK
from members.common.money import ZERO
from members.models import Mandate, Seat, User
from stadtbezirk.audit import places, rows
from stadtbezirk.audit.columns import Table, column, in_order, moment, named, number, project_number, shown
from stadtbezirk.audit.proofs import PROOF_TABLES


def _mandates(year: FiscalYear) -> Iterable[Any]:
    found = Mandate.objects.not_over_on(date(year.year, 1, 1))
    return in_order(found, "person", "district")


def _seats(year: FiscalYear) -> Iterable[Any]:
    found = Seat.objects.not_over_on(date(year.year, 1, 1))
    return in_order(found, "body__district", "person", "organisation")


def _accounts(year: FiscalYear) -> Iterable[Any]:
    found = User.objects.filter(Q(groups__isnull=False) | Q(is_superuser=True)).distinct()
    found = found.select_related("person").prefetch_related("groups").order_by("pk")
    return found.iterator(CHUNK)


def _findings(year: FiscalYear) -> Iterable[Any]:
    return statutes.check(rows.as_of(year)).findings


def _expenses(year: FiscalYear) -> Iterable[Any]:
    moves = LedgerEntry.objects.filter(kind__in=("pay", "pay_back")).order_by("pk")
    found = Expense.objects.filter(pot__year=year).select_related("pot", "actor__person")
    return found.prefetch_related(Prefetch("entries", moves)).order_by("pk").iterator(CHUNK)


def _letters(year: FiscalYear) -> Iterable[Any]:
    found = rows.letters(year).select_related(
        "decision__application__project", "decision__application__pot", "drawn_by__person", "replaces"
    )
    return found.order_by("pk").iterator(CHUNK)


def _effect(counter: str, entry: LedgerEntry) -> Decimal:
    """Return by how many euro the booking changes what pages call so: "gebunden" is committed and not paid."""
    moved, sign = MOVES[entry.kind]
    if counter == "outstanding":
        return (
            sign * entry.amount if moved == "committed" else -sign * entry.amount if moved == "paid" else ZERO
        )
    if moved == counter:
        return sign * entry.amount
    return ZERO


def _related(row: str, name: str) -> Callable[[Any], Any]:
    """Return the function that reads the column of a row that may be missing; empty then."""
    return lambda of: getattr(getattr(of, row, None), name, "")


def _groups(user: User) -> str:
    names = sorted(group.name for group in user.groups.all())
    return ", ".join([*names, *(["Technische Administration"] if user.is_superuser else [])])


def _payment_number(payment: Payment) -> str:
    if payment.call and payment.call.application:
        return number(payment.call.application.project)
    return number(payment.decision.application.project) if payment.decision else ""


def _booking_day(payment: Payment) -> Any:
    return payment.batch.execution_day if payment.batch else None


POTS = (
    column("Nr.", "pk", "Nummer des Topfs in der Datenbank", 10),
    column("Topf", "code", "Kürzel, in einem Haushaltsjahr nur einmal vergeben", 14),
    column("Name", "name", "wie der Topf auf den Seiten heißt", 34),
    column("Art", shown("kind"), "Säule 1, Säule 2, Gemeinkosten oder Sondermittel", 14),
    column("Stadtbezirk", named("district"), "nur bei Säule 1", 18),
    column("Geldquelle", "source", "nur bei Sondermitteln", 24),
    column("Ansatz", "allotted", "was dem Topf zusteht", summed=True),
    column("vorgemerkt", "reserved", "für eine zweite Unterschrift zurückgelegt", summed=True),
    column("gebunden", "outstanding", "bewilligt und noch nicht bezahlt", summed=True),
    column("bezahlt", "paid", "ausgezahlt, abzüglich Rückzahlungen", summed=True),
    column("frei", "available", "Ansatz weniger vorgemerkt, gebunden und bezahlt", summed=True),
    column("Glieder der Kette", "chain_length", "wie viele Buchungen der Topf hat", 14),
    column(
        "Ende der Kette",
        "chain_end",
        "der Prüfwert der letzten Buchung; steht auch auf gedruckten Berichten",
        66,
    ),
)
ENTRIES = (
    column("Nr.", "pk", "Nummer der Buchung; spätere Buchungen haben höhere Nummern", 10),
    column("Topf", "pot.code", "Kürzel aus toepfe.csv", 14),
    column("Wertstellung", "value_date", "der Tag, zu dem sie zählt", 12),
    column("Bewegung", shown("kind"), "was gebucht wurde", 24),
    column("Antrag Nr.", "application_id", "der Antrag in antraege.csv; leer ohne Antrag", 10),
    column("Projektnummer", project_number, "das Projekt des Antrags", 16),
    column("Entscheidung Nr.", "decision_id", "der Schritt in entscheidungen.csv, aus dem sie folgt", 14),
    column("Ausgabe Nr.", "expense_id", "die Ausgabe in gemeinkosten.csv, aus der sie folgt", 10),
    column("Umbuchung Nr.", "transfer_id", "die Umbuchung in umbuchungen.csv, aus der sie folgt", 12),
    column("Anlass", shown("occasion"), "Eröffnung, Geldquelle oder Abschluss, wenn nichts anderes sie auslöst", 20),
    column("Text", "text", "Buchungstext", 30),
    column("gebucht von", named("actor"), "wer gebucht hat", 24),
    column("gebucht am", moment("recorded_at"), "Tag und Uhrzeit, Ortszeit", 20),
    column("Betrag", "amount", "immer positiv; die Richtung sagen die nächsten vier Spalten"),
    column("Wirkung Ansatz", partial(_effect, "allotted"), "Änderung des Ansatzes", summed=True),
    column("Wirkung vorgemerkt", partial(_effect, "reserved"), "Änderung des Vorgemerkten", summed=True),
    column("Wirkung gebunden", partial(_effect, "outstanding"), "Änderung des Gebundenen", summed=True),
    column("Wirkung bezahlt", partial(_effect, "paid"), "Änderung des Bezahlten", summed=True),
    column("Glied", _related("link", "position"), "die wievielte Buchung ihres Topfs", 8),
    column("Prüfwert", _related("link", "digest"), "über diese und alle früheren Buchungen des Topfs", 66),
)  # fmt: skip
APPLICATIONS = (
    column("Nr.", "pk", "Nummer des Antrags", 10),
    column("Projektnummer", lambda row: number(row.project), "Nummer des Projekts, zugleich Name seines Ordners", 16),
    column("Projekt", "project.display_title", "Titel", 40),
    column("Stadtbezirk", "project.lead_district", "wer federführend ist", 18),
    column("Topf", "pot.code", "Kürzel des Topfs, an den der Antrag ging", 14),
    column("Haushaltsjahr", "pot.year.year", "das Jahr dieses Topfs", 14),
    column("übertragen in", named("carried_to"), "der Topf, in dem seit einem Übertrag gebucht wird", 24),
    column("Stand", shown("state"), "wie der Antrag heute steht", 20),
    column("Finanzierungsart", shown("financing"), "wie bewilligt wurde", 24),
    column("eingereicht am", "submitted_on", "Tag", 14),
    column("eingereicht von", named("submitted_by"), "Person", 24),
    column("entschieden am", "decided_on", "Tag", 14),
    column("erste Unterschrift", named("first_signer"), "Person", 24),
    column("zweite Unterschrift", named("second_signer"), "Person", 24),
    column("beantragt", "requested", "Betrag", summed=True),
    column("vorgemerkt", "reserved", "Betrag", summed=True),
    column("bewilligt", "granted", "Betrag; leer vor einer Entscheidung", summed=True),
    column("abgerufen", "called", "abgerufen und noch nicht ausgezahlt", summed=True),
    column("ausgezahlt", "paid", "Betrag", summed=True),
    column("zurückgefordert", "reclaimed", "was vom Ausgezahlten zurückkommen muss", summed=True),
    column("Glieder der Kette", "chain_length", "wie viele Entscheidungen der Antrag hat", 14),
    column("Ende der Kette", "chain_end", "der Prüfwert der letzten Entscheidung", 66),
)  # fmt: skip
DECISIONS = (
    column("Nr.", "pk", "Nummer des Schritts", 10),
    column("Antrag Nr.", "application_id", "der Antrag in antraege.csv", 10),
    column("Projektnummer", project_number, "das Projekt des Antrags", 16),
    column("Schritt", shown("step"), "was geschah", 26),
    column("Betrag", "amount", "um wie viel es ging; leer, wenn um nichts"),
    column("in den Topf", named("into"), "wohin übertragen wurde", 24),
    column("Begründung", "reason", "im Wortlaut", 50),
    column("Finanzierungsart", shown("financing"), "bei einer Bewilligung", 24),
    column("förderfähige Kosten", "eligible_costs", "bei einer Bewilligung"),
    column("Durchführung von", "carried_out_from", "bei einer Bewilligung", 14),
    column("Durchführung bis", "carried_out_until", "bei einer Bewilligung", 14),
    column("Nachweis bis", "proof_due_on", "bis wann der Verwendungsnachweis fällig ist", 14),
    column("Umfang des Nachweises", shown("proof_depth"), "bei einer Bewilligung", 20),
    column("Beschluss", named("resolution"), "der Beschluss mit Stimmen, auf dem der Schritt beruht", 44),
    column("beschlossener Betrag", lambda row: row.resolution and row.resolution.amount, "Betrag des Beschlusses"),
    column("durch", named("actor"), "Person", 24),
    column("als", named("mandate"), "das Mandat, unter dem sie handelte", 40),
    column("in Vertretung für", named("in_stead_of"), "das vertretene Mandat", 40),
    column("am", "on", "der Tag, zu dem der Schritt zählt", 12),
    column("erfasst am", moment("recorded_at"), "Tag und Uhrzeit, Ortszeit", 20),
    column("Glied", _related("link", "position"), "die wievielte Entscheidung des Antrags", 8),
    column("Prüfwert", _related("link", "digest"), "über diese und alle früheren Entscheidungen des Antrags", 66),
)  # fmt: skip
PLAN_ROWS = (
    column("Entscheidung Nr.", "decision_id", "die Bewilligung in entscheidungen.csv", 14),
    column("Zeile", "position", "Reihenfolge", 8),
    column("Seite", shown("side"), "Kosten oder Finanzierung", 14),
    column("Art", shown("kind"), "Art der Finanzierung", 24),
    column("Bezeichnung", "label", "wie beschlossen", 40),
    column("Betrag", "amount", "wie beschlossen", summed=True),
    column("diese Bewilligung", "is_grant", "ja bei der Zeile, die der Schritt selbst bewilligt", 16),
)
CONDITIONS = (
    column("Entscheidung Nr.", "decision_id", "die Bewilligung in entscheidungen.csv", 14),
    column("Zeile", "position", "Reihenfolge", 8),
    column("Überschrift", "title", "wie damals", 34),
    column("Wortlaut", "text", "wie damals", 80),
)
CALLS = (
    column("Nr.", "pk", "Nummer des Abrufs", 10),
    column("Antrag Nr.", "application_id", "der Antrag in antraege.csv; leer bei Gemeinkosten", 10),
    column("Ausgabe Nr.", "expense_id", "die Ausgabe in gemeinkosten.csv; leer bei Anträgen", 10),
    column("Projektnummer", project_number, "das Projekt des Antrags", 16),
    column("Empfänger", named("payee"), "wer das Geld bekommt", 34),
    column("Art", shown("kind"), "Erstattung oder Rechnung", 26),
    column("Verwendungszweck", "purpose", "wofür", 40),
    column("Rechnung", "invoice_number", "Nummer der Rechnung", 18),
    column("Rechnung vom", "invoice_on", "Tag der Rechnung", 12),
    column("ohne Rechnung, weil", "without_invoice", "Begründung", 30),
    column("abgerufen am", "called_on", "Tag", 12),
    column("abgerufen von", named("called_by"), "Person", 24),
    column("geprüft von", named("checked_by"), "eine andere Person", 24),
    column("fällig am", "due_on", "Tag", 12),
    column("Stand", shown("state"), "wie der Abruf heute steht", 20),
    column("Betrag", "amount", "abgerufener Betrag", summed=True),
)
CALL_STEPS = (
    column("Nr.", "pk", "Nummer des Schritts", 10),
    column("Abruf Nr.", "call_id", "der Abruf in abrufe.csv", 10),
    column("Schritt", shown("step"), "was geschah", 30),
    column("durch", named("actor"), "Person", 24),
    column("als", named("mandate"), "das Mandat, unter dem sie handelte", 40),
    column("am", "on", "Tag", 12),
    column("Begründung", "reason", "im Wortlaut", 40),
    column("erfasst am", moment("recorded_at"), "Tag und Uhrzeit, Ortszeit", 20),
)
CALL_PAPERS = (
    column("Nr.", "pk", "Nummer der Unterlage", 10),
    column("Abruf Nr.", "call_id", "der Abruf in abrufe.csv", 10),
    column("Name", "name", "wie die Datei hochgeladen wurde", 40),
    column("Datei", places.of_call_paper, "wo sie in diesem Paket liegt", 60),
    column("Größe", "size", "Byte", 12),
    column("SHA-256", "sha256", "Prüfsumme in der Datenbank", 66),
    column("hinzugefügt von", named("uploaded_by"), "Person", 24),
)
PAYMENTS = (
    column("Nr.", "pk", "Nummer der Zahlung", 10),
    column(
        "Abruf Nr.", "call_id", "der Abruf in abrufe.csv; leer bei Zahlungen vor Einführung der Abrufe", 10
    ),
    column("Ausgabe Nr.", "expense_id", "die Ausgabe in gemeinkosten.csv", 10),
    column("Entscheidung Nr.", "decision_id", "die Buchung der Auszahlung in entscheidungen.csv", 14),
    column("Projektnummer", _payment_number, "das Projekt", 16),
    column("Zahlungslauf Nr.", "batch_id", "der Lauf in zahlungslaeufe.csv; leer vor Einführung", 12),
    column("Ausführung am", _booking_day, "Tag des Zahlungslaufs", 12),
    column("Konto lautet auf", lambda row: row.account and row.account.holder, "wessen Konto", 34),
    column(
        "IBAN",
        lambda row: row.account and row.account.iban,
        "wohin gezahlt wurde; leer, wenn nach der Aufbewahrung gelöscht",
        26,
    ),
    column("Referenz", "end_to_end", "steht auch auf dem Kontoauszug", 24),
    column("Antwort der Bank", shown("verified"), "Abgleich von Name und IBAN", 20),
    column("trotzdem bestätigt von", named("accepted_by"), "wenn der Name nicht passte", 24),
    column("Stand", shown("state"), "wie die Zahlung heute steht", 18),
    column("bezahlt am", "executed_on", "Tag", 12),
    column("zurückgekommen am", "returned_on", "Tag", 14),
    column("Grund der Bank", "returned_because", "warum sie zurückkam", 30),
    column("Betrag", "amount", "gezahlter Betrag", summed=True),
)
BATCHES = (
    column("Nr.", "pk", "Nummer des Zahlungslaufs", 10),
    column("Konto", named("account"), "Konto des Vereins, von dem gezahlt wurde", 30),
    column("Ausführung am", "execution_day", "Tag", 12),
    column("Stand", shown("state"), "wie der Lauf heute steht", 16),
    column("zusammengestellt von", named("created_by"), "Person", 24),
    column("zusammengestellt am", "created_on", "Tag", 14),
    column("freigegeben von", named("released_by"), "eine andere Person", 24),
    column("freigegeben am", "released_on", "Tag", 14),
    column("abgeschlossen von", named("closed_by"), "Person", 24),
    column("abgeschlossen am", "closed_on", "Tag", 14),
    column("SHA-256", "sha256", "Prüfsumme der Datei für die Bank", 66),
)
ACCOUNTS = (
    column("Nr.", "pk", "Nummer der Bankverbindung", 10),
    column("Empfänger", named("payee"), "wem sie gehört", 34),
    column("Konto lautet auf", "holder", "Name laut Unterlage", 34),
    column("IBAN", "iban", "vollständig; leer, wenn nach der Aufbewahrung gelöscht", 26),
    column("gilt ab", "since", "Tag", 12),
    column("Stand", shown("state"), "ob eine zweite Person sie bestätigt hat", 20),
    column("eingetragen von", named("requested_by"), "Person", 24),
    column("eingetragen am", "requested_on", "Tag", 14),
    column("entschieden von", named("decided_by"), "die zweite Person", 24),
    column("entschieden am", "decided_on", "Tag", 14),
    column("angesehene Unterlage", "paper", "womit verglichen wurde", 30),
)
STATEMENTS = (
    column("Nr.", "pk", "Nummer des Kontoauszugs", 10),
    column("Konto", named("account"), "Konto des Vereins", 30),
    column("Kennung der Bank", "bank_id", "wie auf dem Auszug", 30),
    column("Anfangssaldo am", "opened_on", "Tag", 14),
    column("Anfangssaldo", "opening", "Betrag"),
    column("Bewegung", lambda row: row.closing - row.opening, "Summe der Zeilen des Auszugs"),
    column("Endsaldo am", "closed_on", "Tag", 14),
    column("Endsaldo", "closing", "Betrag"),
    column("geladen von", named("loaded_by"), "Person", 24),
    column("SHA-256", "sha256", "Prüfsumme der Datei der Bank", 66),
)
BANK_ENTRIES = (
    column("Nr.", "pk", "Nummer der Buchung der Bank", 10),
    column("Kontoauszug Nr.", "statement_id", "der Auszug in kontoauszuege.csv", 12),
    column("Zeile", "position", "Zeile des Auszugs", 8),
    column("Buchungstag", "booked_on", "Tag", 12),
    column("Gegenseite", "name", "nach der Bank", 34),
    column("IBAN", "iban", "der Gegenseite", 26),
    column("Verwendungszweck", "remittance", "nach der Bank", 40),
    column("Referenz", "end_to_end", "wie in zahlungen.csv", 24),
    column("Stand", shown("state"), "ob jemand gesagt hat, was es war", 18),
    column("Was es war", shown("use"), "womit die Zeile zusammengehört", 18),
    column("Zahlungslauf Nr.", "batch_id", "der Lauf in zahlungslaeufe.csv", 12),
    column("Zahlung Nr.", "payment_id", "die Zahlung in zahlungen.csv", 12),
    column("Entscheidung Nr.", "decision_id", "die Rückzahlung", 14),
    column("Zinsen, Entscheidung Nr.", "interest_id", "die Buchung der Zinsen", 14),
    column("Ausgabe Nr.", "expense_id", "die Ausgabe", 10),
    column("zur Seite gelegt, weil", "reason", "Begründung", 30),
    column("zugeordnet von", named("done_by"), "Person", 24),
    column("Betrag", "amount", "negativ, was abging", summed=True),
)
EXPENSES = (
    column("Nr.", "pk", "Nummer der Ausgabe", 10),
    column("Topf", "pot.code", "Kürzel aus toepfe.csv", 14),
    column("Belegdatum", "dated", "Tag", 12),
    column("Beleg", "voucher", "Belegnummer", 16),
    column("Wofür", "purpose", "Zweck", 40),
    column("An wen", "payee", "Empfänger", 34),
    column("gebucht am", "on", "Tag", 12),
    column("gebucht von", named("actor"), "Person", 24),
    column("Storno zu Nr.", "reverses_id", "welche Ausgabe sie aufhebt", 12),
    column("Grund", "reason", "Grund des Stornos", 30),
    column("bezahlt am", "paid_on", "Tag", 12),
    column("Betrag", "effect", "negativ bei einem Storno", summed=True),
)
TRANSFERS = (
    column("Nr.", "pk", "Nummer der Umbuchung", 10),
    column("aus", "from_pot.code", "Kürzel aus toepfe.csv", 14),
    column("nach", "to_pot.code", "Kürzel aus toepfe.csv", 14),
    column("Betrag", "amount", "beantragter Betrag"),
    column("Begründung", "reason", "im Wortlaut", 40),
    column("Stand", shown("state"), "gebucht, nicht gebucht oder wartend", 24),
    column("beantragt von", named("requested_by"), "Person", 24),
    column("beantragt am", "requested_on", "Tag", 14),
    column("entschieden von", named("decided_by"), "die zweite Person", 24),
    column("entschieden am", "decided_on", "Tag", 14),
    column("abgelehnt, weil", "refusal", "im Wortlaut", 30),
)
CHANGES = (
    column("Nr.", "pk", "Nummer der Änderung", 10),
    column("Antrag Nr.", "application_id", "der Antrag in antraege.csv", 10),
    column("Projektnummer", project_number, "das Projekt des Antrags", 16),
    column("Was", shown("what"), "was beantragt wurde", 30),
    column("bisher bewilligt", "granted", "Betrag"),
    column(
        "danach bewilligt", lambda change: change.granted if change.leaves_grant else change.amount, "Betrag"
    ),
    column(
        "Betrag", lambda change: change.added if change.is_increase else change.released, "um den es geht"
    ),
    column("Begründung", "reason", "im Wortlaut", 40),
    column("Stand", shown("state"), "gebucht, nicht gebucht oder wartend", 24),
    column("beantragt von", named("requested_by"), "Person", 24),
    column("beantragt am", "requested_on", "Tag", 14),
    column("entschieden von", named("decided_by"), "die zweite Person", 24),
    column("entschieden am", "decided_on", "Tag", 14),
    column("Entscheidung Nr.", "decision_id", "der Schritt in entscheidungen.csv", 14),
)
CLOSINGS = (
    column("Nr.", "pk", "Nummer des Vorgangs", 10),
    column("Was", shown("what"), "abschließen oder wieder öffnen", 20),
    column("Begründung", "reason", "im Wortlaut", 40),
    column("Stand", shown("state"), "ob eine zweite Person bestätigt hat", 24),
    column("beantragt von", named("requested_by"), "Person", 24),
    column("beantragt am", "requested_on", "Tag", 14),
    column("entschieden von", named("decided_by"), "die zweite Person", 24),
    column("entschieden am", "decided_on", "Tag", 14),
    column(
        "festgehaltener Stand",
        _related("snapshot", "content"),
        "die Töpfe mit dem Ende ihrer Ketten, als JSON",
        60,
    ),
    column("SHA-256", _related("snapshot", "digest"), "Prüfsumme dieses Textes in UTF-8", 66),
)
LETTERS = (
    column("Nummer", "number", "Nummer des Schreibens", 18),
    column("Projektnummer", lambda row: number(row.decision.application.project), "das Projekt", 16),
    column("Entscheidung Nr.", "decision_id", "der Schritt in entscheidungen.csv", 14),
    column("Art", "title", "was für ein Schreiben", 30),
    column("vom", "drawn_on", "Tag", 12),
    column(
        "ersetzt", lambda row: row.replaces.number if row.replaces else "", "das berichtigte Schreiben", 18
    ),
    column("Grund der Berichtigung", "correction", "im Wortlaut", 30),
    column("Antwort", shown("answer"), "angenommen oder nicht", 20),
    column("beantwortet am", "answered_on", "Tag", 14),
    column("beantwortet durch", "answer_name", "Name", 30),
    column(
        "Datei", lambda row: places.of_letter(row) if row.sha256 else "", "wo es in diesem Paket liegt", 60
    ),
    column("SHA-256", "sha256", "Prüfsumme in der Datenbank; leer, solange das PDF fehlt", 66),
)
SENDINGS = (
    column("Schreiben", "letter.number", "Nummer aus schreiben.csv", 18),
    column("Weg", shown("way"), "wie es hinausging", 24),
    column("am", "on", "Tag", 12),
    column("durch", named("by"), "Person", 24),
)
ATTACHMENTS = (
    column("Nr.", "pk", "Nummer der Unterlage", 10),
    column("Projektnummer", lambda row: number(row.project), "das Projekt", 16),
    column("Name", "name", "wie die Datei hochgeladen wurde", 40),
    column("Bemerkung", "note", "im Wortlaut", 30),
    column("Datei", places.of_attachment, "wo sie in diesem Paket liegt", 60),
    column("Größe", "size", "Byte", 12),
    column("SHA-256", "sha256", "Prüfsumme in der Datenbank", 66),
    column("hinzugefügt von", named("uploaded_by"), "Person", 24),
)
FINDINGS = (
    column("Stufe", lambda row: str(row.level.label), "Verstoß, freier Platz oder Hinweis", 14),
    column("Befund", "text", "was die Satzung an diesem Tag vermisst", 90),
)
MANDATES = (
    column("Person", named("person"), "wer", 30),
    column("Mandat", shown("kind"), "Aufgabe im Stadtbezirk", 44),
    column("Stadtbezirk", named("district"), "wo", 20),
    column("von", "since", "erster Tag", 12),
    column("bis", "until", "letzter Tag; leer, solange offen", 12),
    column("Grund des Eintritts", "entry_reason", "im Wortlaut", 30),
    column("Grund des Austritts", "exit_reason", "im Wortlaut", 30),
)
SEATS = (
    column("Gremium", named("body"), "Name", 34),
    column("Stadtbezirk", lambda row: str(row.body.district or "Verein"), "wessen Gremium", 20),
    column("Aufgabe", shown("role"), "im Gremium", 24),
    column("Person", named("person"), "wer", 30),
    column("Organisation", named("organisation"), "für wen", 34),
    column("von", "since", "erster Tag", 12),
    column("bis", "until", "letzter Tag; leer, solange offen", 12),
)
GROUPS = (
    column("Konto", named("person"), "wem das Konto gehört", 30),
    column("Gruppen", _groups, "was das Konto heute darf; Gruppen haben keine Tage", 44),
    column("aktiv", "is_active", "nein bei einem gesperrten Konto", 10),
)

TABLES: tuple[Table, ...] = (
    Table("toepfe", "Töpfe des Haushaltsjahres mit ihrem Stand", POTS, lambda y: in_order(rows.pots(y))),
    Table("buchungen", "alle Buchungen auf diesen Töpfen", ENTRIES,
          lambda y: in_order(LedgerEntry.objects.filter(pot__year=y), "pot", "application__project", "actor__person", "link")),
    Table("antraege", "alle Anträge an diese Töpfe", APPLICATIONS,
          lambda y: in_order(rows.applications(y), "project__lead_district", "pot__year", "carried_to__year",
                              "carried_to__district", "submitted_by__person", "first_signer__person",
                              "second_signer__person")),
    Table("entscheidungen", "jeder Schritt dieser Anträge", DECISIONS,
          lambda y: in_order(Decision.objects.filter(application__in=rows.applications(y)), "application__project", "link",
                              "into__year", "into__district", "resolution__body", "actor__person", "mandate__person",
                              "mandate__district", "in_stead_of__person", "in_stead_of__district")),
    Table("planzeilen", "Kosten- und Finanzierungsplan, wie beschlossen", PLAN_ROWS,
          lambda y: in_order(PlanRow.objects.filter(decision__application__in=rows.applications(y)))),
    Table("nebenbestimmungen", "Nebenbestimmungen, wie beschlossen", CONDITIONS,
          lambda y: in_order(ChosenCondition.objects.filter(decision__application__in=rows.applications(y)))),
    Table("aenderungen", "Änderungen von Bewilligungen, für die zwei Personen nötig sind", CHANGES,
          lambda y: in_order(GrantChange.objects.filter(application__in=rows.applications(y)), "application__project",
                              "requested_by__person", "decided_by__person")),
    Table("umbuchungen", "Umbuchungen zwischen Töpfen des Jahres", TRANSFERS,
          lambda y: in_order(Transfer.objects.filter(Q(from_pot__year=y) | Q(to_pot__year=y)), "from_pot", "to_pot",
                              "requested_by__person", "decided_by__person")),
    Table("gemeinkosten", "Ausgaben aus den Gemeinkosten", EXPENSES, _expenses),
    Table("abrufe", "Abrufe von Geld", CALLS,
          lambda y: in_order(rows.calls(y), "application__project", "payee__organisation", "payee__person",
                              "called_by__person", "checked_by__person")),
    Table("abrufschritte", "jeder Schritt dieser Abrufe", CALL_STEPS,
          lambda y: in_order(CallStep.objects.filter(call__in=rows.calls(y)), "actor__person", "mandate__person",
                              "mandate__district")),
    Table("abrufunterlagen", "Rechnungen und andere Unterlagen der Abrufe", CALL_PAPERS,
          lambda y: in_order(rows.call_papers(y), "call__application__project", "uploaded_by__person")),
    Table("zahlungen", "Zahlungen", PAYMENTS,
          lambda y: in_order(rows.payments(y), "call__application__project", "decision__application__project", "batch",
                              "account", "accepted_by__person")),
    Table("zahlungslaeufe", "Zahlungsläufe, in denen diese Zahlungen stehen", BATCHES,
          lambda y: in_order(PaymentBatch.objects.filter(payments__in=rows.payments(y)).distinct(), "account",
                              "created_by__person", "released_by__person", "closed_by__person")),
    Table("bankverbindungen", "Bankverbindungen der Empfänger dieser Abrufe", ACCOUNTS,
          lambda y: in_order(PayeeAccount.objects.filter(payee__calls__in=rows.calls(y)).distinct(), "payee__organisation",
                              "payee__person", "requested_by__person", "decided_by__person")),
    Table("kontoauszuege", "Kontoauszüge, die das Jahr oder diese Zahlungen berühren", STATEMENTS,
          lambda y: in_order(rows.statements(y), "account", "loaded_by__person")),
    Table("kontobuchungen", "alle Zeilen dieser Kontoauszüge", BANK_ENTRIES,
          lambda y: in_order(StatementEntry.objects.filter(statement__in=rows.statements(y)), "done_by__person")),
    Table("abschluesse", "wer das Jahr abgeschlossen oder wieder geöffnet hat, mit dem Stand, der dabei festgehalten wurde", CLOSINGS,
          lambda y: in_order(YearClosing.objects.filter(year=y), "requested_by__person", "decided_by__person", "snapshot")),
    Table("schreiben", "Schreiben zu diesen Anträgen", LETTERS, _letters),
    Table("versand", "wann diese Schreiben hinausgingen", SENDINGS,
          lambda y: in_order(Sending.objects.filter(letter__in=rows.letters(y)), "letter", "by__person")),
    Table("unterlagen", "Unterlagen der Projekte", ATTACHMENTS,
          lambda y: in_order(rows.attachments(y), "project", "uploaded_by__person")),
    *PROOF_TABLES,
    Table("mandate", "wer vom ersten Tag des Jahres an welches Mandat hatte", MANDATES, _mandates),
    Table("sitze", "wer vom ersten Tag des Jahres an welchen Sitz hatte", SEATS, _seats),
    Table("gruppen", "wer heute in welcher Gruppe ist", GROUPS, _accounts),
    Table("satzung", "Prüfung der Satzung zum letzten Tag des Jahres, im laufenden Jahr von heute", FINDINGS, _findings),
)  # fmt: skip
