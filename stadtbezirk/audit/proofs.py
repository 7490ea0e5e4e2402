"""The tables of proofs of use."""

from typing import Any

from django.db.models import QuerySet

from funding.models import FiscalYear
from funding.proofs.models import (
    AuditNote,
    AuditorRemark,
    ChangeRequest,
    ChangeRow,
    ChangeStep,
    ClaimReminder,
    Extension,
    ProofRow,
    ProofStep,
    RepaymentClaim,
    SamplePick,
)
from stadtbezirk.audit import places, rows
from stadtbezirk.audit.columns import Table, column, in_order, moment, named, number, project_number, shown


def _requests(year: FiscalYear) -> "QuerySet[ChangeRequest]":
    return ChangeRequest.objects.filter(application__in=rows.applications(year))


def _of_proof(row: Any) -> str:
    return number(row.proof.application.project)


PROOFS = (
    column("Nr.", "pk", "Nummer des Nachweises", 10),
    column("Antrag Nr.", "application_id", "der Antrag in antraege.csv", 10),
    column("Projektnummer", project_number, "das Projekt des Antrags", 16),
    column("Entscheidung Nr.", "decision_id", "die Bewilligung, deren Plan er nachweist", 14),
    column("Umfang", shown("depth"), "einfach, Belegliste oder alle Belege", 20),
    column("fällig am", "due_on", "Tag", 12),
    column("Stand", shown("state"), "wie der Nachweis heute steht", 20),
    column("eingereicht am", "handed_in_on", "Tag", 14),
    column("verspätet", "late", "ja, wenn nach dem fälligen Tag", 10),
    column("Was gemacht wurde", "done", "Sachbericht im Wortlaut", 60),
    column("Besucher", "visitors", "geschätzte Zahl", 10),
    column("ehrenamtliche Stunden", "hours", "Zahl", 12),
    column("Erläuterung", "explanation", "zu den Zahlen, im Wortlaut", 40),
    column("Originale bei", "originals_at", "wer die Belege aufbewahrt", 30),
    column("steht zu", "result", "was nach der Prüfung zusteht; leer davor"),
    column("zu viel gezahlt", "overpaid", "was davon zurückkommen muss", summed=True),
)
STEPS = (
    column("Nr.", "pk", "Nummer des Schritts", 10),
    column("Nachweis Nr.", "proof_id", "der Nachweis in nachweise.csv", 12),
    column("Schritt", shown("step"), "was geschah", 30),
    column("durch", named("actor"), "Person", 24),
    column("am", "on", "Tag", 12),
    column("Begründung", "reason", "im Wortlaut", 40),
    column("erfasst am", moment("recorded_at"), "Tag und Uhrzeit, Ortszeit", 20),
)
ROWS = (
    column("Nr.", "pk", "Nummer der Zeile", 10),
    column("Nachweis Nr.", "proof_id", "der Nachweis in nachweise.csv", 12),
    column("Zeile", "position", "Reihenfolge", 8),
    column("Seite", shown("side"), "Kosten oder Finanzierung", 14),
    column("Art", shown("kind"), "Art der Finanzierung", 24),
    column("Bezeichnung", "label", "wie beschlossen, oder ungeplant", 40),
    column("geplant", "planned", "wie beschlossen", summed=True),
    column("tatsächlich", "actual", "wie nachgewiesen; leer, solange nichts eingetragen ist", summed=True),
    column("gekürzt um", "cut", "bei der Prüfung", summed=True),
    column("Grund der Kürzung", "cut_reason", "im Wortlaut", 40),
)
VOUCHERS = (
    column("Nr.", "pk", "Nummer des Belegs", 10),
    column("Nachweiszeile Nr.", "row_id", "die Zeile in nachweiszeilen.csv", 12),
    column("Projektnummer", lambda row: number(row.row.proof.application.project), "das Projekt", 16),
    column("Belegnummer", "number", "wie auf dem Beleg", 18),
    column("bezahlt am", "day", "Tag", 12),
    column("an wen", "payee", "wie eingetragen", 30),
    column("zählt", "counts", "nein bei einem gestrichenen Beleg", 8),
    column("Betrag", "amount", "wie eingetragen"),
    column(
        "Datei", lambda row: places.of_voucher(row) if row.sha256 else "", "wo er in diesem Paket liegt", 60
    ),
    column("SHA-256", "sha256", "Prüfsumme in der Datenbank; leer ohne Datei", 66),
    column("eingetragen von", named("entered_by"), "Person", 24),
)
PHOTOS = (
    column("Nr.", "pk", "Nummer des Fotos", 10),
    column("Nachweis Nr.", "proof_id", "der Nachweis in nachweise.csv", 12),
    column("Projektnummer", _of_proof, "das Projekt", 16),
    column("Was zu sehen ist", "caption", "im Wortlaut", 40),
    column("Datei", places.of_photo, "wo es in diesem Paket liegt", 60),
    column("SHA-256", "sha256", "Prüfsumme in der Datenbank", 66),
)
NOTES = (
    column("Nr.", "pk", "Nummer des Prüfvermerks", 10),
    column("Nachweis Nr.", "proof_id", "der Nachweis in nachweise.csv", 12),
    column("Prüfvermerk", "text", "im Wortlaut", 60),
    column("Tiefe der Prüfung", shown("depth"), "einfach, Belegliste oder alle Belege", 20),
    column("eingesehen", "seen", "welche Unterlagen", 40),
    column("anerkannte Kosten", "costs", "Betrag"),
    column("steht zu", "result", "Betrag"),
    column("Stand", shown("state"), "ob er gilt", 20),
    column("unterschrieben von", named("signed_by"), "Person", 24),
    column("unterschrieben am", "signed_on", "Tag", 14),
    column("entschieden von", named("second_by"), "die zweite Person, wo zwei nötig sind", 24),
    column("entschieden am", "second_on", "Tag", 14),
)
EXTENSIONS = (
    column("Nr.", "pk", "Nummer der Verlängerung", 10),
    column("Nachweis Nr.", "proof_id", "der Nachweis in nachweise.csv", 12),
    column("bis", "until", "bis wann verlängert werden soll", 12),
    column("Begründung", "reason", "im Wortlaut", 40),
    column("Stand", shown("state"), "wie entschieden", 24),
    column("beantragt von", named("requested_by"), "Person", 24),
    column("entschieden von", named("decided_by"), "die zweite Person", 24),
)
REMARKS = (
    column("Nr.", "pk", "Nummer der Bemerkung", 10),
    column("Nachweis Nr.", "proof_id", "der Nachweis in nachweise.csv", 12),
    column("Bemerkung", "text", "der Prüfung, im Wortlaut", 60),
    column("von", named("actor"), "Person", 24),
    column("am", "on", "Tag", 12),
)
PICKS = (
    column("Antrag Nr.", "application_id", "der gezogene Antrag in antraege.csv", 10),
    column("Anteil in Prozent", "sample.percent", "wie viele gezogen wurden", 12),
    column("Zufallswert", "sample.seed", "mit dem gezogen wurde", 66),
    column("gezogen von", lambda row: str(row.sample.drawn_by), "Person", 24),
    column("gezogen am", "sample.drawn_on", "Tag", 12),
)

CLAIMS = (
    column("Nr.", "pk", "Nummer der Rückforderung", 10),
    column("Antrag Nr.", "application_id", "der Antrag in antraege.csv", 10),
    column("Projektnummer", project_number, "das Projekt des Antrags", 16),
    column("Entscheidung Nr.", "decision_id", "der Schritt in entscheidungen.csv", 14),
    column("fällig am", "due_on", "Tag", 12),
    column("Verwendungszweck", "reference", "steht auf dem Schreiben und auf dem Kontoauszug", 26),
    column("Grundlage der Zinsen", "legal_basis", "leer, wenn keine Zinsen verlangt werden", 34),
    column("Betrag", "amount", "zurückgefordert", summed=True),
    column("noch offen", "left", "was davon noch nicht zurückgekommen und nicht erlassen ist", summed=True),
)

REMINDERS = (
    column("Rückforderung Nr.", "claim_id", "die Rückforderung in rueckforderungen.csv", 10),
    column("erinnert am", "on", "Tag", 12),
    column("erinnert von", named("actor"), "Person", 24),
    column("woran", lambda row: "Zinsen" if row.of_interest else "Rückforderung", "was noch offen war", 16),
    column("offen", "amount", "was am Tag der Erinnerung noch fehlte"),
)

REQUESTS = (
    column("Nr.", "pk", "Nummer der Meldung", 10),
    column("Antrag Nr.", "application_id", "der Antrag in antraege.csv", 10),
    column("Projektnummer", project_number, "das Projekt des Antrags", 16),
    column("worum es geht", shown("about"), "Zeitraum, Partner, Kosten oder Geld", 30),
    column("Was hat sich geändert?", "reason", "im Wortlaut", 50),
    column("Durchführung von", "carried_out_from", "wie gewünscht", 14),
    column("Durchführung bis", "carried_out_until", "wie gewünscht", 14),
    column("Partner", "partners", "im Wortlaut", 30),
    column("bisher bewilligt", "granted", "Betrag"),
    column("gebraucht wird", "amount", "Betrag; leer, wenn es nicht um Geld geht"),
    column("Stand", shown("state"), "was daraus wurde", 20),
    column("Entscheidung Nr.", "outcome_id", "der Schritt in entscheidungen.csv, zu dem sie führte", 14),
    column("gemeldet von", named("asked_by"), "Person", 24),
    column("gemeldet am", "asked_on", "Tag", 12),
)
REQUEST_ROWS = (
    column("Meldung Nr.", "request_id", "die Meldung in aenderungsmeldungen.csv", 12),
    column("Zeile", "position", "im bewilligten Plan", 8),
    column("Bezeichnung", "label", "wie bewilligt", 40),
    column("bisher", "before", "Betrag"),
    column("neu", "after", "Betrag"),
)
REQUEST_STEPS = (
    column("Nr.", "pk", "Nummer des Schritts", 10),
    column("Meldung Nr.", "request_id", "die Meldung in aenderungsmeldungen.csv", 12),
    column("Schritt", shown("step"), "was geschah", 30),
    column("durch", named("actor"), "Person", 24),
    column("am", "on", "Tag", 12),
    column("Begründung", "reason", "im Wortlaut", 40),
    column("erfasst am", moment("recorded_at"), "Tag und Uhrzeit, Ortszeit", 20),
)

PROOF_TABLES: tuple[Table, ...] = (
    Table("nachweise", "Verwendungsnachweise zu diesen Anträgen", PROOFS,
          lambda y: in_order(rows.proofs(y), "application__project")),
    Table("nachweisschritte", "jeder Schritt dieser Nachweise", STEPS,
          lambda y: in_order(ProofStep.objects.filter(proof__in=rows.proofs(y)), "actor__person")),
    Table("nachweiszeilen", "geplant und tatsächlich, Zeile für Zeile", ROWS,
          lambda y: in_order(ProofRow.objects.filter(proof__in=rows.proofs(y)))),
    Table("belege", "Belege zu diesen Zeilen", VOUCHERS,
          lambda y: in_order(rows.vouchers(y), "row__proof__application__project", "entered_by__person")),
    Table("fotos", "Fotos zu diesen Nachweisen", PHOTOS,
          lambda y: in_order(rows.photos(y), "proof__application__project")),
    Table("pruefvermerke", "Prüfvermerke", NOTES,
          lambda y: in_order(AuditNote.objects.filter(proof__in=rows.proofs(y)), "signed_by__person", "second_by__person")),
    Table("verlaengerungen", "Verlängerungen der Frist", EXTENSIONS,
          lambda y: in_order(Extension.objects.filter(proof__in=rows.proofs(y)), "requested_by__person",
                             "decided_by__person")),
    Table("bemerkungen", "Bemerkungen der Prüfung", REMARKS,
          lambda y: in_order(AuditorRemark.objects.filter(proof__in=rows.proofs(y)), "actor__person")),
    Table("rueckforderungen", "Rückforderungen zu diesen Anträgen", CLAIMS,
          lambda y: in_order(RepaymentClaim.objects.filter(application__in=rows.applications(y)).with_left(),
                             "application__project")),
    Table("erinnerungen", "Erinnerungen an diese Rückforderungen", REMINDERS,
          lambda y: in_order(ClaimReminder.objects.filter(claim__application__in=rows.applications(y)), "actor__person")),
    Table("aenderungsmeldungen", "was sich nach Angabe der Stadtbezirke geändert hat", REQUESTS,
          lambda y: in_order(_requests(y), "application__project", "asked_by__person")),
    Table("aenderungszeilen", "Zeilen des Plans, die anders werden sollten", REQUEST_ROWS,
          lambda y: in_order(ChangeRow.objects.filter(request__in=_requests(y)))),
    Table("aenderungsschritte", "jeder Schritt dieser Meldungen", REQUEST_STEPS,
          lambda y: in_order(ChangeStep.objects.filter(request__in=_requests(y)), "actor__person")),
    Table("stichprobe", "Nachweise, die in die Stichprobe des Jahres gezogen wurden", PICKS,
          lambda y: in_order(SamplePick.objects.filter(sample__year=y), "sample__drawn_by__person")),
)  # fmt: skip
