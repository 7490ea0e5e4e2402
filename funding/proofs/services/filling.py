"""What the district writes: it opens the proof, fills in figures and report, and adds vouchers and photos."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files import File
from django.db import transaction
from django.db.models import Max, Sum

from funding.errors import AlreadyDone, NotEligible, TransitionNotAllowed
from funding.models import Application, Decision, PlanRow
from funding.models.terms import ProofDepth
from funding.payments.models import Payment
from funding.proofs import permissions
from funding.proofs.direct import is_among, paid_directly
from funding.proofs.models import ProofOfUse, ProofPhoto, ProofRow, ProofStep, Voucher
from funding.proofs.models.proof import MOST
from funding.proofs.services import files as stored_files
from funding.proofs.services.case import Case, open_writing
from funding.proofs.transitions import record
from funding.rules import checked_amount, require_no_iban, value_date
from funding.terms import in_force, plan_rows
from members.common.money import CENT, MAXIMUM
from members.common.texts import normal
from members.common.uploads import Checked
from members.models import User
from members.roles.permissions import Roles
from projects import services as project_services
from projects.history import Rows
from projects.models import FinancingItem, Project

#: A payment so many days before the period, or after it, is a slip; nearer ones are shown as outside.
FAR_OUTSIDE = timedelta(days=366)
#: Rows that a district may add on top of the plan.
MOST_ADDED = 40


@dataclass(frozen=True)
class Added:
    """A row that nobody planned: costs, or money that came in (then with its ``kind``). Euro."""

    side: str
    label: str
    actual: Decimal | None = None
    kind: str = ""


@dataclass(frozen=True)
class Entered:
    """What a district typed into its proof; whatever is not named stays.

    ``report`` has values of ``ProofOfUse.REPORT``, ``actual`` euro by the key of the row (None: nothing entered yet),
    ``labels`` new names of added rows, ``removed`` keys of added rows.
    """

    report: Mapping[str, Any] = field(default_factory=dict)
    actual: Mapping[int, Decimal | None] = field(default_factory=dict)
    labels: Mapping[int, str] = field(default_factory=dict)
    added: Sequence[Added] = ()
    removed: Collection[int] = ()


@dataclass(frozen=True)
class VoucherData:
    """What a voucher says. Euro and a local date; all of it may be missing until the proof is handed in."""

    number: str = ""
    day: date | None = None
    amount: Decimal | None = None
    payee: str = ""


@transaction.atomic
def open_proof(application: Application, *, actor: User, on: date | None = None) -> ProofOfUse:
    """Return the proof of a grant. It is begun with the plan as decided where there is none yet.

    Raises TransitionNotAllowed for who does not direct the calling district, and without a grant.
    """
    day = value_date(on)
    project = project_services.lock(Project(pk=application.project_id))
    related = Application.objects.select_related("pot__district", "pot__year__model", "carried_to")
    current = related.get(pk=application.pk)
    current.project = project
    roles = Roles(actor, day)
    if objection := permissions.objection_to_write(roles, current):
        raise objection
    if there := ProofOfUse.objects.with_names().filter(application=current).first():
        return there
    decision = in_force(current)
    if current.state not in Application.GRANTED or decision is None:
        raise NotEligible("Nachgewiesen wird, was bewilligt ist. Dieser Antrag ist nicht bewilligt.")
    proof = ProofOfUse.objects.create(
        application=current,
        decision=decision,
        depth=decision.proof_depth or ProofDepth.SIMPLE,
        due_on=decision.proof_due_on,
        opened_by=actor,
        opened_on=day,
        **_prefilled(project),
    )
    ProofRow.objects.bulk_create(rows_of(proof, _planned(proof, decision)))
    record(ProofStep.Step.OPEN, proof, roles=roles)
    project.editors.add(actor)
    return proof


def _prefilled(project: Project) -> dict[str, Any]:
    """Return the report's first values: from another proof of the project, or else from what it planned."""
    names = [name for name in ProofOfUse.REPORT if name not in ("confirmed", "explanation")]
    if other := ProofOfUse.objects.filter(application__project=project).order_by("pk").first():
        return {name: getattr(other, name) for name in names}
    return {
        "done": project.summary,
        "value_creation": project.value_creation,
        "originals_at": str(project.organiser or "")[:200],
    }


def _planned(proof: ProofOfUse, decision: Decision) -> Sequence[PlanRow]:
    """Return the rows of the plan as the decision keeps them, or as they are for grants of the past."""
    return list(decision.plan_rows.all()) or plan_rows(decision, Rows.of(proof.application.project))


def rows_of(proof: ProofOfUse, planned: Iterable[PlanRow]) -> list[ProofRow]:
    """Return the proof's rows for these of a plan, not stored yet."""
    return [
        ProofRow(
            proof=proof,
            position=row.position,
            side=row.side,
            kind=row.kind,
            label=row.label or "Ohne Bezeichnung",
            plan_row=row if row.pk else None,
            is_grant=row.is_grant,
            planned=row.amount,
        )
        for row in planned
    ]


@transaction.atomic
def save_proof(
    proof: ProofOfUse, *, entered: Entered, actor: User, seen: str | None = None, on: date | None = None
) -> ProofOfUse:
    """Store what was typed, however incomplete. A row with vouchers keeps their sum.

    While the proof is asked back only what was asked can change; anything else is left as it is.
    Raises TransitionNotAllowed: for another person, once it is handed in, for a wrong amount beside its field.
    """
    case = open_writing(proof, actor=actor, seen=seen, on=on)
    current = case.proof
    for name, value in entered.report.items():
        if name not in ProofOfUse.REPORT:
            raise ValueError(name)
        if current.may_write(name):
            setattr(current, name, _checked_report(name, value))
    rows = {row.pk: row for row in current.rows.all()}
    _remove(case, [rows[key] for key in entered.removed if key in rows])
    summed = _with_sums(current)
    for key, amount in entered.actual.items():
        row = rows.get(key)
        if (
            row
            and key not in entered.removed
            and not row.is_grant
            and key not in summed
            and _may_fill(current, row)
        ):
            row.actual = _checked_figure(amount, f"row-{key}")
            row.save(update_fields=["actual"])
    for key, label in entered.labels.items():
        row = rows.get(key)
        if row and key not in entered.removed and not row.is_planned and _may_fill(current, row):
            row.label = _checked_label(label, f"row-{key}-label")
            row.save(update_fields=["label"])
    _add(case, entered.added)
    _touch(case)
    return current


def _may_fill(proof: ProofOfUse, row: ProofRow) -> bool:
    """Return whether the figures and vouchers of this row are open."""
    return proof.is_open or row.asked or not row.is_planned


def _checked_report(name: str, value: Any) -> Any:
    column = ProofOfUse._meta.get_field(name)
    if name == "confirmed":
        return bool(value)
    if name == "value_created":
        return _checked_figure(value, name)
    if name in ("visitors", "hours"):
        if value is not None and not 0 <= value <= MOST:
            raise TransitionNotAllowed("Bitte eine Zahl ab null eintragen.", field=name)
        return value
    text = normal(value or "", lines=name != "originals_at")
    require_no_iban(text, field=name)
    most = column.max_length  # type: ignore[union-attr]
    if most and len(text) > most:
        raise TransitionNotAllowed(f"Bitte höchstens {most} Zeichen; es sind {len(text)}.", field=name)
    return text


def _checked_figure(amount: Decimal | None, name: str) -> Decimal | None:
    """Return the euro as they are stored: nothing yet, null, or more."""
    if amount is None:
        return None
    if not amount.is_finite() or not 0 <= amount <= MAXIMUM or amount != amount.quantize(CENT):
        raise TransitionNotAllowed(
            "Bitte einen Betrag ab null mit höchstens zwei Nachkommastellen eintragen.", field=name
        )
    return amount.quantize(CENT)


def _checked_label(label: str, name: str) -> str:
    label = normal(label)[:200]
    if not label:
        raise TransitionNotAllowed("Bitte eintragen, wofür.", field=name)
    require_no_iban(label, field=name)
    return label


def _remove(case: Case, rows: Sequence[ProofRow]) -> None:
    for row in rows:
        if row.is_planned:
            raise TransitionNotAllowed("Eine geplante Zeile bleibt. Wenn nichts ausgegeben wurde, bitte 0.")
        if row.vouchers.exists():
            raise TransitionNotAllowed(
                f"Zu „{row}“ gibt es Belege. Bitte entfernen Sie zuerst diese.", field=f"row-{row.pk}"
            )
        row.delete()


def _add(case: Case, added: Sequence[Added]) -> None:
    if not added:
        return
    rows = case.proof.rows
    if rows.filter(is_planned=False).count() + len(added) > MOST_ADDED:
        raise TransitionNotAllowed(
            f"Möglich sind {MOST_ADDED} zusätzliche Zeilen. Bitte fassen Sie zusammen."
        )
    last = rows.aggregate(last=Max("position"))["last"] or 0
    for number, each in enumerate(added, 1):
        cost = each.side == ProofRow.Side.COST
        kinds = [""] if cost else [str(kind) for kind in FinancingItem.FROM_OTHERS]
        if each.kind not in kinds:
            raise TransitionNotAllowed("Bitte wählen, von wem das Geld kam.", field="money_kind")
        name = "cost" if cost else "money"
        ProofRow.objects.create(
            proof=case.proof,
            position=last + number,
            side=each.side,
            kind=each.kind,
            label=_checked_label(each.label, f"{name}_label"),
            is_planned=False,
            actual=_checked_figure(each.actual, f"{name}_actual"),
            asked=case.proof.is_asked_back,
        )


def _touch(case: Case) -> None:
    case.proof.version += 1
    case.proof.save()
    case.proof.application.project.editors.add(case.roles.user)  # type: ignore[arg-type]


# Vouchers


def add_vouchers(
    row: ProofRow, *, files: Sequence[File], actor: User, on: date | None = None
) -> list[Voucher]:
    """Add a voucher to the row for each file: what it says is entered afterwards.

    Raises TransitionNotAllowed beside the field ``files``, or as ``save_proof``; AlreadyDone beside it for files that
    the row has already, when the others are stored.
    """
    kept = stored_files.keep(files, stored_files.VOUCHERS)
    with transaction.atomic():
        case, current = _open_row(row, actor=actor, on=on)
        there = {voucher.sha256: voucher.title for voucher in current.vouchers.exclude(sha256="")}
        new, again = _new(kept, there)
        made = [Voucher.objects.create(row=current, entered_by=actor, **_file(each)) for each in new]
        if made:
            _touch(case)
    _say(again)
    return made


def _new(kept: Sequence[Checked], there: dict[str, str]) -> tuple[list[Checked], list[str]]:
    """Return the files that are not ``there`` (hash -> name) yet, each once, and German sentences on the others."""
    new, again = [], []
    for each in kept:
        if name := there.get(each.sha256):
            under = "" if name == each.name else f" als {name}"
            again.append(f"{each.name} ist hier schon{under} hinterlegt.")
        else:
            there[each.sha256] = each.name
            new.append(each)
    return new, again


def _say(again: Sequence[str]) -> None:
    """Raise AlreadyDone for files that were there already. After the transaction, so that the others stay."""
    if again:
        raise AlreadyDone(" ".join(again), field="files")


def enter_voucher(
    row: ProofRow,
    *,
    data: VoucherData,
    file: File | None = None,
    actor: User,
    on: date | None = None,
) -> Voucher:
    """Add one voucher with what it says, with its file or as a line of a list. Its row becomes the sum.

    Raises TransitionNotAllowed beside the field at fault.
    """
    kept = stored_files.keep([file] if file else [], stored_files.VOUCHERS)
    with transaction.atomic():
        case, current = _open_row(row, actor=actor, on=on)
        if kept and current.vouchers.filter(sha256=kept[0].sha256).exists():
            raise TransitionNotAllowed("Diese Datei ist bei dieser Zeile schon.", field="files")
        made = Voucher(row=current, entered_by=actor, **(_file(kept[0]) if kept else {}))
        _set(made, data, case)
        made.save()
        _sum(current)
        _touch(case)
        return made


@transaction.atomic
def take_over(row: ProofRow, *, payment: Payment, actor: User, on: date | None = None) -> Voucher:
    """Add what was paid directly as a voucher of the row, with the first paper of its call. The row becomes the sum.

    Raises TransitionNotAllowed for a payment of another grant, AlreadyDone for one that the proof has already.
    """
    case, current = _open_row(row, actor=actor, on=on)
    found = next((each for each in paid_directly(case.proof.application) if each == payment), None)
    if found is None or not current.is_cost:
        raise TransitionNotAllowed("Übernommen wird, was aus dieser Bewilligung direkt bezahlt wurde.")
    if is_among(Voucher.objects.filter(row__proof=case.proof), found):
        raise AlreadyDone("Diese Rechnung steht hier schon unter den Belegen.")
    call: Any = found.call
    papers = [paper for paper in call.papers.all() if paper.kind in stored_files.VOUCHERS]
    made = Voucher(row=current, entered_by=actor)
    for paper in papers[:1]:
        made.name, made.kind, made.size, made.sha256 = paper.name, paper.kind, paper.size, paper.sha256
    data = VoucherData(call.invoice_number, found.executed_on, found.amount, str(call.payee)[:160])
    _set(made, data, case)
    made.save()
    _sum(current)
    _touch(case)
    return made


@transaction.atomic
def change_voucher(voucher: Voucher, *, data: VoucherData, actor: User, on: date | None = None) -> Voucher:
    """Enter what the voucher says, or correct it. Its file stays; its row becomes the sum.

    Raises TransitionNotAllowed beside the field at fault.
    """
    case, row = _open_row(voucher.row, actor=actor, on=on)
    current = row.vouchers.get(pk=voucher.pk)
    _set(current, data, case)
    if current.kept and not current.struck and (current.amount is None or current.day is None):
        raise TransitionNotAllowed("Ein eingereichter Beleg hat Tag und Betrag. Sie können ihn streichen.")
    current.save()
    _sum(row)
    _touch(case)
    return current


@transaction.atomic
def remove_voucher(voucher: Voucher, *, actor: User, on: date | None = None) -> None:
    """Remove a voucher. One that was handed in stays and no longer counts. Raises as ``save_proof``."""
    case, row = _open_row(voucher.row, actor=actor, on=on)
    current = row.vouchers.get(pk=voucher.pk)
    if current.kept:
        current.struck = True
        current.save(update_fields=["struck"])
    else:
        current.delete()
    _sum(row)
    _touch(case)


def _open_row(row: ProofRow, *, actor: User, on: date | None) -> tuple[Case, ProofRow]:
    case = open_writing(row.proof, actor=actor, on=on)
    current = case.proof.rows.get(pk=row.pk)
    if not _may_fill(case.proof, current):
        raise TransitionNotAllowed(f"Nach „{current}“ ist nicht gefragt; daran ändert sich jetzt nichts.")
    if current.is_grant:
        raise TransitionNotAllowed("Was aus dieser Bewilligung gezahlt ist, steht schon da.")
    return case, current


def _file(checked: Checked) -> dict[str, Any]:
    return {
        "name": checked.name,
        "kind": checked.kind,
        "size": checked.content.size,
        "sha256": checked.sha256,
    }


def _set(voucher: Voucher, data: VoucherData, case: Case) -> None:
    """Set what was typed, as it is stored. Raises TransitionNotAllowed beside its field."""
    voucher.number = normal(data.number)[:60]
    voucher.payee = normal(data.payee)[:160]
    for name in ("number", "payee"):
        require_no_iban(getattr(voucher, name), field=name)
    voucher.amount = None if data.amount is None else checked_amount(data.amount)
    voucher.day = data.day
    if data.day is None:
        return
    if data.day > case.day:
        raise TransitionNotAllowed(
            "Dieser Tag liegt in der Zukunft. Bitte den Tag der Zahlung eintragen.", field="day"
        )
    first, last = case.proof.period
    if (first and data.day < first - FAR_OUTSIDE) or (last and data.day > last + FAR_OUTSIDE):
        raise TransitionNotAllowed(
            "Dieser Tag liegt mehr als ein Jahr außerhalb des bewilligten Zeitraums. Bitte das Datum prüfen.",
            field="day",
        )


def _sum(row: ProofRow) -> None:
    """Make the row's actual the sum of its vouchers, as soon as one of them has an amount."""
    total = row.vouchers.filter(struck=False).aggregate(total=Sum("amount"))["total"]
    if total is not None:
        row.actual = total
        row.save(update_fields=["actual"])


def _with_sums(proof: ProofOfUse) -> set[int]:
    """Return the keys of the rows whose vouchers make their actual. One query."""
    summed = Voucher.objects.filter(row__proof=proof, struck=False, amount__isnull=False)
    return set(summed.values_list("row", flat=True))


# Photos


def add_photos(
    proof: ProofOfUse, *, files: Sequence[File], actor: User, on: date | None = None
) -> list[ProofPhoto]:
    """Add photos; who made them and that all agreed is entered afterwards. Raises as ``add_vouchers``."""
    kept = stored_files.keep(files, stored_files.PHOTOS)
    with transaction.atomic():
        case = open_writing(proof, actor=actor, on=on)
        new, again = _new(kept, dict(case.proof.photos.values_list("sha256", "name")))
        made = [ProofPhoto.objects.create(proof=case.proof, uploaded_by=actor, **_file(each)) for each in new]
        if made:
            _touch(case)
    _say(again)
    return made


@transaction.atomic
def change_photo(
    photo: ProofPhoto,
    *,
    caption: str,
    photographer: str,
    consent: bool,
    actor: User,
    on: date | None = None,
) -> ProofPhoto:
    """Enter what is on the photo, who made it, and that all agreed. Raises as ``save_proof``."""
    case = open_writing(photo.proof, actor=actor, on=on)
    current = case.proof.photos.get(pk=photo.pk)
    current.caption, current.photographer = normal(caption)[:200], normal(photographer)[:120]
    current.consent = consent
    current.save()
    _touch(case)
    return current


@transaction.atomic
def remove_photo(photo: ProofPhoto, *, actor: User, on: date | None = None) -> None:
    """Remove a photo, as long as the proof can be written. Raises as ``save_proof``."""
    case = open_writing(photo.proof, actor=actor, on=on)
    case.proof.photos.filter(pk=photo.pk).delete()
    _touch(case)
