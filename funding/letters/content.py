"""What a letter says: from a decision and what it keeps to the parts of a letter (``members.common.pdf``).

Everything is read once into a ``Matter``. ``missing`` says what a letter still lacks, ``compose`` writes it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from funding.letters.models import GRANTING, Form, Kind, Letter, Letterhead, LetterText, Signatory
from funding.letters.models.text import filled
from funding.models import (
    Application,
    ChosenCondition,
    Decision,
    GrantTerms,
    PlanRow,
    Step,
)
from funding.public_words import says_public_words
from funding.replay import Walk
from members.common import girocode
from members.common.counting import counted
from members.common.iban import grouped, iban_in
from members.common.money import ZERO, format_euro, in_words
from members.common.pdf import letters as pdf
from projects.models import Project

#: Kinds that ask for money back.
RECOVERING = (Kind.RECOVERY, Kind.CLAIM, Kind.RECOVERY_NOTICE)
#: The steps on a grant; their letters refer to its own.
#: What the letter of a claim of the same day says, too.
TOLD_WITH_CLAIM = (Step.REDUCE, Step.REVOKE)
CHANGING = (Step.REDUCE, Step.INCREASE, Step.REVOKE, Step.RECLAIM, Step.CHANGE)
DRAFT = "Entwurf"
GREETING, CLOSING = "Guten Tag,", "Mit freundlichen Grüßen"

#: Step -> kind of letter, by form. An approval of the private form follows the style of the settings (``_kind_of``).
#: Of the association's own measures nothing is claimed by letter (``drawing``).
_KINDS: dict[Form, dict[str, Kind]] = {
    Form.PRIVATE: {
        Step.REJECT: Kind.REJECTION, Step.REDUCE: Kind.CHANGE, Step.INCREASE: Kind.CHANGE, Step.REVOKE: Kind.WITHDRAWAL,
        Step.RECLAIM: Kind.CLAIM, Step.CHANGE: Kind.AMENDMENT,
    },
    Form.INTERNAL: {
        Step.APPROVE: Kind.RELEASE, Step.REJECT: Kind.REJECTION, Step.REDUCE: Kind.CHANGE, Step.INCREASE: Kind.CHANGE,
        Step.REVOKE: Kind.WITHDRAWAL, Step.CHANGE: Kind.AMENDMENT,
    },
    Form.PUBLIC: {
        Step.APPROVE: Kind.GRANT_NOTICE, Step.REJECT: Kind.REJECTION_NOTICE, Step.REDUCE: Kind.CHANGE_NOTICE,
        Step.INCREASE: Kind.CHANGE_NOTICE, Step.REVOKE: Kind.REVOCATION_NOTICE, Step.RECLAIM: Kind.RECOVERY_NOTICE,
        Step.CHANGE: Kind.CHANGE_NOTICE,
    },
}  # fmt: skip


def form_of(project: Project, settings: GrantTerms | None) -> Form:
    """Return the form of a letter. A decision from before the first settings has none, and is private."""
    if project.measure == Project.Measure.OWN:
        return Form.INTERNAL
    return Form(settings.letter_form) if settings else Form.PRIVATE


def _kind_of(decision: Decision, form: Form, settings: GrantTerms | None, paid: Decimal) -> Kind:
    """Return the kind of a letter. ``paid`` are the euro paid before the decision."""
    if decision.step == Step.REVOKE and paid and form != Form.INTERNAL:
        return Kind.RECOVERY if form == Form.PRIVATE else Kind.RECOVERY_NOTICE
    if decision.step in _KINDS[form]:
        return _KINDS[form][decision.step]
    return Kind(settings.letter_style) if settings else Kind.CONFIRMATION


class Claim(Protocol):
    """What a letter says of a claim: the room above that makes it has more. Euro, local date."""

    amount: Any
    due_on: Any
    reference: str
    legal_basis: str


@dataclass(frozen=True)
class Matter:
    """All that a letter about a decision is made of. Amounts in euro, days are local dates."""

    decision: Decision
    #: None for a decision from before the first day of letters.
    settings: GrantTerms | None
    form: Form
    kind: Kind
    #: What the letter is about: what is granted, asked back, or was granted before it ended.
    amount: Decimal
    granted_before: Decimal
    paid_before: Decimal
    plan: Sequence[PlanRow]
    conditions: Sequence[ChosenCondition]
    head: Letterhead
    signatories: Sequence[Signatory]
    text: LetterText | None
    day: date
    #: The letter of the grant that is changed or ended, if there is one.
    promise: Letter | None = None
    #: What is not paid any more, of a claim whose letter says that, too.
    released: Decimal = ZERO
    #: Whether the grant ends with the claim.
    ends: bool = False

    @property
    def ties(self) -> bool:
        """Return whether the letter says what the grant is tied to: period, plan and proof."""
        return self.kind in GRANTING or self.decision.is_change

    @property
    def application(self) -> Application:
        return self.decision.application

    @property
    def project(self) -> Project:
        return self.application.project

    @property
    def claim(self) -> Claim | None:
        """Return what the decision claims back with a day and a reference, if it does. A room above makes it."""
        return getattr(self.decision, "claim", None) if self.decision.is_reclaim else None


def matter(
    decision: Decision,
    day: date,
    *,
    plan: Sequence[PlanRow] | None = None,
    conditions: Sequence[ChosenCondition] | None = None,
) -> Matter:
    """Read what a letter of the day about the decision is made of.

    ``plan`` and ``conditions`` are given for a decision that is not made yet, in a preview.
    """
    application = decision.application
    project = application.project
    settings = GrantTerms.objects.on(application.pot.year.model, decision.on)
    form = form_of(project, settings)
    before = Walk(application)
    lessened = _lessened_with(decision) if decision.is_reclaim else None
    for step in application.decisions.select_related("grant_change").order_by("pk"):
        if step == (lessened or decision):
            break
        before.take(step)
    granted, paid = before.granted or ZERO, before.paid
    ends = lessened is not None and lessened.step == Step.REVOKE
    left = paid if ends else lessened.amount if lessened and lessened.amount is not None else granted
    kind = _kind_of(decision, form, settings, paid)
    amounts = {Step.REJECT: application.requested, Step.REVOKE: paid or granted}
    amount = amounts.get(Step(decision.step), decision.amount or ZERO)
    head = Letterhead.objects.get()
    signatories = Signatory.objects.who_may_sign(amount, day)[: 2 if head.two_sign else 1]
    return Matter(
        decision=decision, settings=settings, form=form, kind=kind, amount=amount, granted_before=granted,
        paid_before=paid,
        plan=list(decision.plan_rows.all()) if plan is None else plan,
        conditions=list(decision.chosen_conditions.all()) if conditions is None else conditions,
        head=head, signatories=list(signatories), text=LetterText.objects.on(form, kind, day).first(), day=day,
        promise=_promise_before(decision) if decision.step in CHANGING else None,
        released=granted - left, ends=ends,
    )  # fmt: skip


def _lessened_with(decision: Decision) -> Decision | None:
    """Return the reduction or the end, of the same day and reason, whose words stand in the letter of this claim. One query."""
    return Decision.objects.filter(
        application=decision.application_id, step__in=TOLD_WITH_CLAIM, pk__lt=decision.pk, on=decision.on,
        reason=decision.reason, letters=None,
    ).last()  # fmt: skip


def _promise_before(decision: Decision) -> Letter | None:
    """Return the current letter of the grant that the decision changes or ends. One query."""
    granted = Decision.objects.filter(
        application=decision.application_id, step=Step.APPROVE, pk__lt=decision.pk
    )
    return Letter.objects.current().filter(decision__in=granted).order_by("-decision").first()


def missing(about: Matter) -> list[str]:
    """Return what a letter still lacks, and who enters it where: German sentences."""
    found = []
    if about.head.missing:
        found.append(
            f"Im Briefkopf fehlt: {', '.join(about.head.missing)}. Das trägt die Vereinsverwaltung unter „Briefkopf“ ein."
        )
    if about.kind in RECOVERING and not about.head.bank:
        found.append(
            "Im Briefkopf fehlt die Bankverbindung, auf die zurückgezahlt wird. Die trägt die Vereinsverwaltung unter „Briefkopf“ "
            "ein."
        )
    if len(about.signatories) < (2 if about.head.two_sign else 1):
        found.append(
            f"Es ist niemand eingetragen, der ein Schreiben über {format_euro(about.amount)} unterschreiben darf"
            + (", oder nur eine Person" if about.head.two_sign else "")
            + ". Das macht die Vereinsverwaltung unter „Zeichnungsberechtigungen“."
        )
    if about.text is None:
        found.append(
            f"Für „{about.kind.label}“ gilt an diesem Tag kein Text; den pflegt die Vereinsverwaltung."
        )
    if about.form != Form.INTERNAL:
        organiser = about.project.organiser
        if organiser is None:
            found.append(
                "Beim Projekt ist kein Veranstalter eingetragen; das macht die Geschäftsführung des Stadtbezirks im Projekt."
            )
        elif not organiser.has_address:
            found.append(
                f"Für {organiser} ist keine Anschrift eingetragen; das machen die Geschäftsführung des Stadtbezirks und die "
                "Wirtschaftsförderung auf der Seite des Veranstalters, zu der das Projekt führt."
            )
    return found


def inputs(
    about: Matter, *, number: str, replaces: str = "", correction: str = "", watermark: str = ""
) -> dict[str, Any]:
    """Return all that the PDF is made of, as JSON can keep it. Nothing may be ``missing``."""
    return {
        "letter": asdict(_letter(about, number, replaces, correction, watermark)),
        "title": f"{about.kind.label} {number}".strip(),
        "author": about.head.name,
        "day": about.day.isoformat(),
        "amount": str(about.amount),
    }


def render(*letters: dict[str, Any], title: str = "") -> bytes:
    """Return one PDF of these ``inputs``. Raises PdfError. Call it outside a transaction."""
    first = letters[0]
    return pdf.render_letters(
        [each["letter"] for each in letters],
        title=title or first["title"],
        author=first["author"],
        day=date.fromisoformat(first["day"]),
    )


# Its parts


def _letter(about: Matter, number: str, replaces: str, correction: str, watermark: str) -> pdf.Letter:
    assert about.text is not None
    words = _words(about)
    text = about.text
    blocks: list[pdf.Block] = [pdf.Paragraph(each) for each in _paragraphs(filled(text.opening, words))]
    if replaces:
        blocks.append(
            pdf.Paragraph(f"Dieses Schreiben ersetzt unser Schreiben {replaces}. Grund: {correction}")
        )
    blocks.append(pdf.Facts(tuple(_facts(about))))
    if about.claim:
        blocks.append(_to_pay_by(about, about.claim))
    if about.ties and about.form != Form.INTERNAL:
        blocks += _plan(about)
        if about.conditions and about.kind in GRANTING:
            clauses = tuple(pdf.Clause(each.text, each.title) for each in about.conditions)
            blocks += [pdf.Heading("Bedingungen"), pdf.Numbered(clauses)]
            if text.closing:
                blocks.append(pdf.Heading("Was sonst gilt"))
    for part in (text.closing, text.hearing, text.remedy, text.notification):
        blocks += [pdf.Paragraph(each) for each in _paragraphs(filled(part, words))]
    blocks += _endings(about, number)
    head = about.head
    street = (head.street, f"{head.postcode} {head.town}")
    reached = (("Telefon", head.phone), ("E-Mail", head.email), ("Web", head.website))
    footer = (("Verein", head.name, *street), ("Register", head.register), ("Bank", head.bank))
    facts = (
        ("Unser Zeichen", number), ("Projekt", about.project.number or ""), ("Datum", f"{about.day:%d.%m.%Y}"),
    )  # fmt: skip
    return pdf.Letter(
        sender=pdf.Sender(
            name=head.name,
            address_line=" · ".join((head.name, *street)),
            contact=(*street, *(f"{label}: {value}" for label, value in reached if value)),
            footer=tuple(column for column in footer if column[1]),
        ),
        recipient=_recipient(about),
        subject=filled(text.subject, words),
        facts=tuple(fact for fact in facts if fact[1]),
        number=number,
        salutation=GREETING,
        blocks=tuple(blocks),
        watermark=watermark,
    )


def _words(about: Matter) -> dict[str, str]:
    return {
        "projekt": about.project.title,
        "nummer": about.project.number or "–",
        "betrag": format_euro(about.amount),
        "betrag_in_worten": in_words(about.amount),
        "bisher": format_euro(about.granted_before),
        "ausgezahlt": format_euro(about.paid_before),
        "topf": str(about.application.pot),
        "stadtbezirk": str(about.project.lead_district),
        "tag": f"{about.decision.on:%d.%m.%Y}",
        "verein": about.head.name,
    }


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def _recipient(about: Matter) -> tuple[str, ...]:
    if about.form == Form.INTERNAL or about.project.organiser is None:
        return (about.head.name, f"Geschäftsführung des Stadtbezirks {about.project.lead_district}")
    return tuple(about.project.organiser.address_lines)


def _facts(about: Matter) -> list[tuple[str, str]]:
    """Return the pairs of label and value that the kind of letter has; what is not known is left out."""
    decision = about.decision
    facts = [("Empfänger", _recipient(about)[0]), ("Zweck", about.project.summary or about.project.title)]
    if about.promise:
        facts.insert(0, ("Bezug", f"{about.promise} vom {about.promise.drawn_on:%d.%m.%Y}"))
    if about.kind in (Kind.REJECTION, Kind.REJECTION_NOTICE):
        facts.append(("Beantragt", format_euro(about.amount)))
    elif about.kind in RECOVERING:
        if about.ends:
            facts.append(("Zusage", "endet ganz"))
        if about.released:
            said = f"{format_euro(about.released)}. Zugesagt waren {format_euro(about.granted_before)}, ausgezahlt sind"
            facts.append(("Wird nicht mehr ausgezahlt", f"{said} {format_euro(about.paid_before)}."))
        facts.append(("Zurückzuzahlen", f"{format_euro(about.amount)} (in Worten: {in_words(about.amount)})"))
        facts.append(("Auf das Konto", about.head.bank))
        facts += _claimed(about.claim) if about.claim else []
    elif about.ties or decision.step in (Step.REDUCE, Step.INCREASE):
        facts.append(("Betrag", f"{format_euro(about.amount)} (in Worten: {in_words(about.amount)})"))
    if about.kind in GRANTING and about.amount < about.application.requested:
        facts.append(("Beantragt", format_euro(about.application.requested)))
    if about.ties:
        facts += _tied_to(about)
    reason = decision.given_reason
    # A letter that is no act does not have its words: reasons from before its first day may.
    if reason and (about.form == Form.PUBLIC or not says_public_words(reason)):
        facts.append(("Begründung", reason))
    return facts


def _claimed(claim: Claim) -> list[tuple[str, str]]:
    basis = f"nach {claim.legal_basis}" if claim.legal_basis else "keine"
    return [
        ("Spätestens am", f"{claim.due_on:%d.%m.%Y}"), ("Verwendungszweck", claim.reference), ("Zinsen", basis),
    ]  # fmt: skip


def code_for(head: Letterhead, claim: Claim, amount: Decimal) -> str:
    """Return the GiroCode (SVG) to pay so many euro of the claim; empty where the letterhead names no IBAN."""
    iban = iban_in(head.bank)
    if not iban:
        return ""
    name = head.name[: girocode.LONGEST_NAME]
    return girocode.drawn(girocode.payload(name=name, iban=iban, amount=amount, text=claim.reference))


def _to_pay_by(about: Matter, claim: Claim) -> pdf.Block:
    svg = code_for(about.head, claim, claim.amount)
    if not svg:
        return pdf.Paragraph(
            "Einen GiroCode hat dieses Schreiben nicht, weil unsere IBAN nicht eingetragen ist."
        )
    alt = (
        f"GiroCode: {format_euro(claim.amount)} an {about.head.name}, IBAN {grouped(iban_in(about.head.bank))}, "
        f"Verwendungszweck {claim.reference}"
    )
    beside = (
        "Mit diesem GiroCode füllt Ihre Banking-App die Überweisung aus.",
        "Dasselbe steht oben in Worten.",
    )
    return pdf.Code(svg, alt, beside)


def _tied_to(about: Matter) -> list[tuple[str, str]]:
    decision, settings = about.decision, about.settings
    facts = []
    if decision.financing:
        facts.append(("Finanzierungsart", str(decision.get_financing_display())))
    if decision.eligible_costs is not None:
        facts.append(("Förderfähige Kosten", format_euro(decision.eligible_costs)))
    if period := _period(decision.carried_out_from, decision.carried_out_until):
        facts.append(("Durchführung", period))
    if settings and decision.callable_until:
        within = counted(settings.call_months, "Monats", "Monaten")
        until = f"{decision.callable_until:%d.%m.%Y}"
        facts.append(
            ("Geld abrufen", f"bis {until}, jeweils für Zahlungen, die innerhalb von {within} fällig sind")
        )
    if decision.proof_due_on:
        facts.append(
            (
                "Verwendungsnachweis",
                f"bis {decision.proof_due_on:%d.%m.%Y}: {decision.get_proof_depth_display()}",
            )
        )
    if about.form == Form.INTERNAL:
        # An internal letter stays on one page: plan and wording of the conditions stand in the program.
        facts.append(("Bedingungen", "; ".join(each.title for each in about.conditions)))
    elif settings and settings.interest:
        facts.append(("Zinsen", settings.interest))
    return [fact for fact in facts if fact[1]]


def _period(first: date | None, last: date | None) -> str:
    if first and first == last:
        return f"am {first:%d.%m.%Y}"
    if first and last:
        return f"{first:%d.%m.%Y} bis {last:%d.%m.%Y}"
    return f"ab {first:%d.%m.%Y}" if first else f"bis {last:%d.%m.%Y}" if last else ""


def _plan(about: Matter) -> list[pdf.Block]:
    """Return the plan as decided: a table of costs and one of financing, with what is still to be found."""
    blocks: list[pdf.Block] = []
    costs = sum((row.amount for row in about.plan if row.side == PlanRow.Side.COST), ZERO)
    for side, title in ((PlanRow.Side.COST, "Kosten"), (PlanRow.Side.FINANCING, "Finanzierung")):
        rows = [row for row in about.plan if row.side == side]
        if not rows:
            continue
        total = sum((row.amount for row in rows), ZERO)
        sums = [("Summe", format_euro(total))]
        if total < costs:
            sums.append(("Noch ohne Finanzierung", format_euro(costs - total)))
        blocks.append(
            pdf.Table(
                header=(title, "Betrag"),
                rows=tuple((_label(row), format_euro(row.amount)) for row in rows),
                sums=tuple(sums),
                numbers=(1,),
            )
        )
    return [pdf.Heading("Kosten- und Finanzierungsplan"), *blocks] if blocks else []


def _label(row: PlanRow) -> str:
    kind = row.get_kind_display() if row.kind else ""
    label = row.label if row.label.startswith(kind) else f"{kind}: {row.label}"
    return f"{label} (diese Förderung)" if row.is_grant else label


def _endings(about: Matter, number: str) -> list[pdf.Block]:
    """Return the signatures, and the declaration that the recipient of a promise sends back."""
    ours = pdf.Party(
        tuple(pdf.Signatory(str(each.person), each.function) for each in about.signatories),
        about.head.name,
        place_and_date=about.kind == Kind.AGREEMENT,
    )
    if about.kind not in (Kind.PROMISE, Kind.AGREEMENT):
        return [pdf.Signatures((ours,), CLOSING)]
    organiser = about.project.organiser
    lines = organiser.signatory_lines if organiser else []
    theirs = pdf.Party(
        tuple(pdf.Signatory(*map(str.strip, line.partition(",")[::2])) for line in lines)
        or (pdf.Signatory(),),
        _recipient(about)[0],
        place_and_date=True,
    )
    if about.kind == Kind.AGREEMENT:
        return [pdf.Signatures((ours, theirs))]
    accepted = (
        f"Wir nehmen die Förderzusage {number} für das Projekt „{about.project.title}“ über {format_euro(about.amount)} mit "
        "ihren Bedingungen an."
    )
    return [
        pdf.Signatures((ours,), CLOSING),
        pdf.PageBreak(),
        pdf.Heading("Annahme der Förderzusage"),
        pdf.Paragraph(f"An {about.head.name}, {about.head.street}, {about.head.postcode} {about.head.town}"),
        pdf.Paragraph(accepted),
        pdf.Signatures((theirs,)),
    ]
