"""Proofs of use in every state, a sample, and an agreed rate of interest. Figures, vouchers and words are invented."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django.db import transaction

from funding.models import Application, FiscalYear
from funding.proofs import services
from funding.proofs.models import InterestRule, ProofOfUse, ProofRow, ProofRules, RepaymentClaim
from funding.proofs.services import Cut, Entered, VoucherData
from members.common.money import ZERO, format_euro
from members.models import User
from projects.models import FinancingItem
from stadtbezirk.demo import entries, papers
from stadtbezirk.demo.people import Cast, address
from stadtbezirk.demo.steps import applications_of

CENT = Decimal("0.01")
#: How many days ago audit notes were signed: what they claim back came back since, with its interest.
SIGNED = 4
#: The project of which too much was paid.
OVERPAID = "Oststadt in Harmonie"
Step = Callable[["Story", ProofOfUse, Cast, date], object]


@dataclass(frozen=True)
class Story:
    """The proof of the project with this title, handed in so many days ago.

    ``actual`` are the euro of each row of its plan but the grant's, costs first. Whoever has only begun has entered the first.
    ``then`` names what happens after it is handed in, or that it is not (``begun``).
    """

    title: str
    actual: tuple[str, ...]
    days: int
    then: str = ""
    done: str = "Alles fand statt wie geplant, bei gutem Wetter und mit mehr Gästen als erwartet."
    explanation: str = ""
    visitors: int | None = None
    hours: int | None = None


STORIES = (
    Story("Hombrucher Straßenfest", ("1480.00",), 3, "begun", visitors=1500, done="Zwölf Stände, zwei Bühnen und ein Umzug durch die Harkortstraße."),
    Story(
        "Mittelaltermarkt Schlossfehde", ("3318.40", "3950.00", "1642.15", "1105.30", "6210.00", "1400.00"), 6,
        visitors=2400, hours=180,
        explanation="Auf- und Abbau stehen mit 1.400 Euro als Eigenleistung da. Die Stunden sind Einlass und Kasse, also nicht darin enthalten.",
    ),
    Story("Kreuzviertel pur", ("2890.00", "2150.00", "2960.50"), 20, "ask_back", visitors=3000),
    Story("Wege im Stadtbezirk Eving – zehntes Faltblatt", ("1400.00", "884.20", "500.00"), 15, "announce_cut"),
    Story(
        "Favoriten Festival", ("13870.00", "4210.35", "12140.80", "12300.00"), 12, "sign", visitors=5200, hours=400,
        explanation="Eigenleistung in Euro gibt es nicht; die Stunden stehen für sich.",
    ),
    Story(
        OVERPAID, ("610.00", "471.20", "150.00", "280.00"), 18, "accept", visitors=300,
        done="Gesungen wurde an vier von zehn Standorten; dann kam das Gewitter.",
        explanation="Sechs Standorte fielen wegen Unwetters aus. Technik und Genehmigungen dafür wurden nicht bezahlt.",
    ),
    Story("Lichterfest im eks", ("362.40", "540.00", "150.00"), 8, "accept", visitors=450),
    Story("Verleihung des Huckarder Goldstücks", ("615.00", "438.60", "230.00"), 7, "accept", visitors=120),
    Story("Gruppenporträts aus der Nordstadt – neue Bilder", ("1950.00", "860.00", "410.00", "300.00"), 4, "ask_for_time"),
)  # fmt: skip


def agree_on_interest(today: date) -> None:
    """Enter what the demonstration's grants agree on as interest. Before the projects are entered."""
    year = FiscalYear.objects.select_related("model").get(year=today.year)
    first = FiscalYear.objects.select_related("model").get(year=2016)
    InterestRule.objects.create(
        funding_model=first.model,
        since=date(2016, 1, 1),
        points=Decimal(3),
        legal_basis="Nummer 7 der Förderzusage von 2016 (für die Demonstration angenommen)",
    )
    InterestRule.objects.create(
        funding_model=year.model,
        since=entries.opening(today),
        percent=Decimal(3),
        legal_basis="Nummer 7 der Förderzusage (für die Demonstration angenommen)",
    )


def write(cast: Cast, today: date) -> None:
    """Write the proofs of what was paid, and take each to its state."""
    for story in STORIES:
        paid = applications_of(story.title, today).filter(state=Application.State.APPROVED, paid__gt=0)
        if application := paid.first():
            _write(story, application, cast, today)


def _write(story: Story, application: Application, cast: Cast, today: date) -> None:
    day = entries.ago(today, story.days)
    director = cast.director(application.calling_district, day)
    proof = services.open_proof(application, actor=director, on=day)
    proof = services.save_proof(proof, entered=_entered(story, proof), actor=director, on=day)
    if proof.depth != "simple":
        given = proof.rows.filter(kind=FinancingItem.Kind.IN_KIND)
        unpaid = sum((row.actual or ZERO for row in given), ZERO)
        for row in proof.rows.filter(side=ProofRow.Side.COST, actual__gt=0):
            _prove(
                row, director, day, with_file=proof.depth == "full", unpaid=min(unpaid, row.actual or ZERO)
            )
            unpaid = max(ZERO, unpaid - (row.actual or ZERO))
    if story.then == "begun":
        return
    if story.then == "ask_for_time":
        until = (proof.due_on or today) + timedelta(days=60)
        reason = "Zwei Rechnungen der Druckerei stehen noch aus."
        services.ask_extension(proof, until=until, reason=reason, actor=director, on=day)
        return
    proof = services.hand_in(proof, actor=director, on=day)
    if story.then:
        STEPS[story.then](story, proof, cast, today)


def _entered(story: Story, proof: ProofOfUse) -> Entered:
    rows = [row for row in proof.rows.all() if not row.is_grant]
    begun = story.then == "begun"
    actual = {row.pk: Decimal(euro) for row, euro in zip(rows, story.actual, strict=not begun)}
    report = {
        "done": story.done, "visitors": story.visitors, "hours": story.hours, "publicity": "Auf Plakat und Faltblatt, und auf der Bühne.",
        "press": "Bericht im Stadtteilanzeiger.", "procurement": "Drei Angebote eingeholt, das günstigste angenommen.",
        "explanation": story.explanation,
        "originals_at": "Kasse des Veranstalters", "confirmed": not begun,
    }  # fmt: skip
    return Entered(report=report, actual=actual)


def _prove(row: ProofRow, director: User, day: date, *, with_file: bool, unpaid: Decimal) -> None:
    """Enter one voucher over what was paid of the row, and a note of the organiser's own over its ``unpaid`` work."""
    row.refresh_from_db()
    until = min(row.proof.application.project.ends_on or day, day)
    paid = (row.actual or ZERO) - unpaid
    for number, amount, payee in (
        (f"B-{row.pk}", paid, "Beispiel & Partner"),
        (f"E-{row.pk}", unpaid, "Eigenbeleg: unbezahlte Arbeit"),
    ):
        if not amount:
            continue
        file = None
        if with_file:
            text = papers.written(f"Rechnung {number}", row.label, "", f"Summe {format_euro(amount)}")
            file = ContentFile(text, f"Rechnung {number}.pdf")
        data = VoucherData(number, until, amount, payee)
        services.enter_voucher(row, data=data, file=file, actor=director, on=day)


def _first_cost(proof: ProofOfUse) -> ProofRow:
    return proof.rows.filter(side=ProofRow.Side.COST).order_by("position")[0]


def _ask_back(story: Story, proof: ProofOfUse, cast: Cast, today: date) -> None:
    question = "Warum kostete die erste Zeile weniger als geplant? Bitte auch den Pressebericht ergänzen."
    services.ask_back(
        proof, rows=[_first_cost(proof).pk], fields=["press"], question=question, actor=cast.wf1
    )


def _announce_cut(story: Story, proof: ProofOfUse, cast: Cast, today: date) -> None:
    row = _first_cost(proof)
    half = ((row.actual or CENT) / 2).quantize(CENT)
    cut = Cut(half, "Die Hälfte der Karten zeigt einen anderen Stadtbezirk und gehört nicht zum Projekt.")
    services.announce_cut(proof, cuts={row.pk: cut}, actor=cast.wf2)


def _sign(story: Story, proof: ProofOfUse, cast: Cast, today: date) -> None:
    """Sign the audit note; where two people are needed it waits for the second."""
    read, papers_seen = {
        "simple": ("Bericht und Zahlen", "Bericht; Belege waren nicht einzureichen"),
        "list": ("Bericht und Belegliste", "Bericht und Belegliste"),
        "full": ("Bericht und Belege", "alle Belege"),
    }[proof.depth]
    text = f"{read} gelesen, Summen nachgerechnet, nichts zu beanstanden."
    services.note(
        proof,
        text=text,
        depth=proof.depth,
        seen_papers=papers_seen,
        actor=cast.wf1,
        on=entries.ago(today, SIGNED),
    )


def _accept(story: Story, proof: ProofOfUse, cast: Cast, today: date) -> None:
    _sign(story, proof, cast, today)
    if story.explanation:
        auditor = User.objects.get(email=address("pruefung"))
        services.remark(
            proof,
            text="Absage der Standorte mit dem Wetterbericht verglichen: nachvollziehbar.",
            actor=auditor,
        )


STEPS: dict[str, Step] = {
    "ask_back": _ask_back,
    "announce_cut": _announce_cut,
    "sign": _sign,
    "accept": _accept,
}


def draw(cast: Cast, today: date) -> None:
    """Draw the sample of the running year, where there is something to draw from.

    What is drawn and waits for its check is asked back; by the first of some seeds one proof goes on waiting.
    """
    year = FiscalYear.objects.select_related("model").get(year=today.year)
    if (
        ProofRules.objects.on(year.model, today)
        and ProofOfUse.objects.filter(
            application__pot__year=year, depth="simple", state=ProofOfUse.State.OPEN
        ).exists()
    ):
        waiting = ProofOfUse.objects.filter(state=ProofOfUse.State.HANDED_IN)
        waits = waiting.exists()
        for number in range(1, 10):
            with transaction.atomic():
                services.draw_sample(today.year, actor=cast.wf1, seed=f"demonstration-{number}")
                if waiting.exists() == waits:
                    return
                transaction.set_rollback(True)


def remind(cast: Cast, today: date) -> None:
    """Remind of the claims that are overdue."""
    for claim in RepaymentClaim.objects.overdue(today).select_related("application").order_by("pk"):
        services.remind(claim, actor=cast.wf1, on=today)
