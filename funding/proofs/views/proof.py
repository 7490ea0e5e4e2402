"""The page of a proof: the district fills it in, the Wirtschaftsförderung checks it, everybody else reads."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funding.errors import AlreadyDone, FundingError, PlanIncomplete
from funding.models import Application
from funding.proofs import permissions, services, transitions, turn
from funding.proofs.check_forms import FORMS, CheckForm
from funding.proofs.direct import is_among, paid_directly
from funding.proofs.facts import Outcome, facts_of, outcome_of, outcome_then, rules_of, sums_of
from funding.proofs.forms import DirectFields, ProofForm, hints_of
from funding.proofs.missing import beyond_costs, is_drawn, large_cost, missing, needs_list, remarks
from funding.proofs.models import (
    AuditNote,
    Extension,
    ProofOfUse,
    ProofPhoto,
    ProofRow,
    ProofRules,
    ProofStep,
    Voucher,
)
from funding.proofs.reckoning import Reckoning, reckon
from funding.proofs.services import Entered
from funding.proofs.services.case import CHANGED
from funding.proofs.twins import same_elsewhere
from funding.proofs.views.access import proof_readers_only
from funding.views.booking import attempt
from funding.views.gone import gone_page
from funding.who_acts_next import next_step
from members.common.kept import posted
from members.common.money import ZERO, format_euro
from members.common.stored import path_of, with_gone_on
from members.common.uploading import trouble_reading
from members.common.uploads import MIME_TYPES, preview_of
from members.roles.request import Request
from projects.views.attachments import file_response, opened_file, stored_file

T = ProofStep.Step
SAVE, HAND_IN, ADD, SHOW_MISSING = "save", "hand_in", "add", "fehlt"
#: What a draft keeps of the confirmation: it is given with handing in.
UNCONFIRMED = {"confirmed": False}
SMALL = "klein"


@proof_readers_only
@require_POST
def begin(request: Request, pk: int) -> HttpResponse:
    """Begin the proof of a grant, or go on with it."""
    related = ("pot__year__model", "pot__district", "project__lead_district", "carried_to")
    grants = Application.objects.visible_to(request.roles).select_related(*related)
    application = get_object_or_404(grants, pk=pk)
    if objection := permissions.objection_to_write(request.roles, application):
        raise PermissionDenied(str(objection))
    try:
        return redirect(services.open_proof(application, actor=request.user))
    except FundingError as error:
        messages.error(request, str(error))
        return redirect(application)


@csrf_exempt  # ``_proof`` checks the token: reading it means reading the files
@proof_readers_only
@require_http_methods(["GET", "HEAD", "POST"])
def proof(request: Request, pk: int) -> HttpResponse:
    """Show a proof; with POST, save it, hand it in, or take a step of its check."""
    found = _proof_of(request, pk)
    if request.method == "POST" and (trouble := trouble_reading(request)):
        return _page(request, found, trouble=trouble[0], status=trouble[1])
    return _proof(request, found)


# The middleware that limits the size of a request leaves it to a view with this mark.
proof.checks_body_size = True  # type: ignore[attr-defined]


@csrf_protect
def _proof(request: Request, proof: ProofOfUse) -> HttpResponse:
    if request.method != "POST":
        return _page(request, proof)
    step = request.POST.get("step", "")
    if step in (SAVE, HAND_IN, ADD):
        return _write(request, proof, step)
    if step not in FORMS:
        raise Http404
    form = FORMS[step](proof, _rows(proof), request.POST)
    status = attempt(request, form, lambda: _take(request, proof, form))
    if not status:
        return redirect(proof)
    current = _proof_of(request, proof.pk)
    return _page(request, current, refused=form, status=status)


# Filling in


def _write(request: Request, proof: ProofOfUse, step: str) -> HttpResponse:
    if objection := permissions.objection_to_answer(request.roles, proof):
        raise PermissionDenied(str(objection))
    if not proof.is_writable:
        messages.info(
            request, f"Der Nachweis ist {transitions.IN_A_SENTENCE[proof.state]}; geändert wurde nichts."
        )
        return redirect(proof)
    return _add(request, proof) if step == ADD else _fill(request, proof, step)


def _add(request: Request, proof: ProofOfUse) -> HttpResponse:
    """Add the files that were dropped or chosen; the rest of the form is not sent, and stays as it is typed."""
    rows = _rows(proof)
    form = _form(proof, rows, _rules(proof)[0])
    if request.POST.get("seen") != transitions.proof_seen(proof):
        trouble = {"__all__": CHANGED}
    else:
        trouble = _save_files(request, proof, form)
    if not trouble:
        return redirect(proof)
    current = _proof_of(request, proof.pk)
    form = _form(current, _rows(current), _rules(current)[0])
    form.say(trouble)
    return _page(request, current, form=form, status=422)


def _save_files(request: Request, proof: ProofOfUse, form: ProofForm) -> dict[str, str]:
    """Save the files that came, each choice by itself, and return what was refused: name of the field -> sentence."""
    trouble: dict[str, str] = {}
    acts: dict[str, Callable[..., Any]] = {
        f"row-{row.pk}-files": partial(services.add_vouchers, row) for row in form.proof_rows
    }
    acts["photos"] = partial(services.add_photos, proof)
    for name, act in acts.items():
        if name in form.fields and (files := request.FILES.getlist(name)):
            try:
                act(files=files, actor=request.user)
            except FundingError as error:
                trouble[name] = str(error)
    return trouble


def _fill(request: Request, proof: ProofOfUse, step: str) -> HttpResponse:
    form = _form(proof, _rows(proof), _rules(proof)[0], posted(request))
    if (request.POST.get("seen") or transitions.proof_seen(proof)) != transitions.proof_seen(proof):
        form.add_error(None, CHANGED)
        return _page(request, proof, form=form, status=422)
    # A browser cannot keep files: whatever else is wrong, they are saved.
    trouble = _save_files(request, proof, form)
    if form.is_valid():
        entered = (
            form.entered
            if step == HAND_IN
            else replace(form.entered, report={**form.entered.report, **UNCONFIRMED})
        )
        trouble |= _save(request, proof, form, entered)
    if trouble or form.errors:
        current = _proof_of(request, proof.pk)
        again = form.again(current, _rows(current), list(current.photos.all()), trouble)
        return _page(request, current, form=again, status=422)
    if step == SAVE:
        messages.success(request, "Gespeichert. Eingereicht ist der Nachweis noch nicht.")
        return redirect(proof)
    try:
        services.hand_in(proof, actor=request.user, key=form.cleaned_data["key"])
    except PlanIncomplete:
        services.save_proof(proof, entered=Entered(report=UNCONFIRMED), actor=request.user)
        messages.error(request, "Gespeichert, aber noch nicht eingereicht: Es fehlt noch etwas.")
        return redirect(f"{proof.get_absolute_url()}?{SHOW_MISSING}=1")
    except AlreadyDone as done:
        messages.info(request, str(done))
    except FundingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Der Nachweis ist eingereicht. Die Wirtschaftsförderung prüft ihn.")
    return redirect(proof)


def _save(request: Request, proof: ProofOfUse, form: ProofForm, entered: Entered) -> dict[str, str]:
    """Save everything that was typed, each by itself, so that one mistake loses nothing else.

    Returns what was refused: name of the field -> sentence. What was added is taken off the form, so that it is not
    added again with the next saving.
    """
    data, trouble = form.cleaned_data, {}
    who: dict[str, Any] = {"actor": request.user}

    def keep(prefix: str, act: Callable[..., Any], *args: Any, **given: Any) -> bool:
        try:
            act(*args, **given, **who)
        except FundingError as error:
            trouble[f"{prefix}{error.field}"] = str(error)
            return False
        return True

    if keep("", services.save_proof, proof, entered=entered):
        form.added(*ProofForm.ADDED)
    for payment in form.paid_directly:
        name = f"direct-{payment.pk}"
        row = next((row for row in form.proof_rows if str(row.pk) == data.get(name)), None)
        if row and keep(f"{name}-", services.take_over, row, payment=payment):
            form.added(name)
    for row in form.proof_rows:
        if row.pk in entered.removed:
            continue
        for voucher in row.vouchers.all():
            prefix = f"voucher-{voucher.pk}-"
            if data.get(f"{prefix}remove"):
                keep(prefix, services.remove_voucher, voucher)
            elif form.changed(prefix):
                keep(prefix, services.change_voucher, voucher, data=form.voucher_data(prefix))
        line = f"row-{row.pk}-line-"
        if form.changed(line) and keep(line, services.enter_voucher, row, data=form.voucher_data(line)):
            form.added(*(name for name in form.fields if name.startswith(line)))
    for photo in form.photo_rows:
        prefix = f"photo-{photo.pk}-"
        if data.get(f"{prefix}remove"):
            keep(prefix, services.remove_photo, photo)
        elif form.changed(prefix):
            typed = {name: data[f"{prefix}{name}"] for name in ("caption", "photographer", "consent")}
            keep(prefix, services.change_photo, photo, **typed)
    return trouble


def _rules(proof: ProofOfUse) -> tuple[ProofRules | None, str]:
    """Return the rules of the proof, or none and why."""
    try:
        return rules_of(proof), ""
    except FundingError as error:
        return None, str(error)


def _form(
    proof: ProofOfUse, rows: Sequence[ProofRow], rules: ProofRules | None, data: Any = None
) -> ProofForm:
    """Return the district's form, as it is stored or with what was typed. Files are read beside it."""
    large = rules is not None and large_cost(rows, rules, planned=True) is not None
    return ProofForm(
        proof,
        rows,
        list(proof.photos.all()),
        data,
        listed=needs_list(proof, drawn=is_drawn(proof)),
        large=large,
        hints=hints_of(rules, facts_of(proof, rules, rows)) if rules else {},
        direct=paid_directly(proof.application),
    )


# Steps of the check


def _take(request: Request, proof: ProofOfUse, form: CheckForm) -> str:
    data = form.cleaned_data
    by: dict[str, Any] = {"actor": request.user, "key": data["key"]}
    seen: dict[str, Any] = {**by, "seen": data["seen"] or None}
    match form.step:
        case T.ASK_BACK:
            services.ask_back(
                proof, rows=[int(pk) for pk in data["rows"]], fields=data["fields_asked"], question=data["question"], **seen
            )  # fmt: skip
            return "Der Nachweis ist mit Ihrer Rückfrage wieder beim Stadtbezirk."
        case T.ANNOUNCE:
            done = services.announce_cut(proof, cuts=form.cuts, **seen)  # type: ignore[attr-defined]
            return f"Die Kürzung ist angekündigt. Antworten kann der Stadtbezirk bis zum {done.hearing_until:%d.%m.%Y}."
        case T.ANSWER:
            services.answer_hearing(proof, answer=data["answer"], **seen)
            return "Ihre Antwort ist bei der Wirtschaftsförderung."
        case T.WITHDRAW:
            services.withdraw_cut(proof, reason=data["reason"], **seen)
            return "Die Kürzung ist zurückgenommen."
        case T.NOTE:
            note = services.note(
                proof, text=data["text"], depth=data["depth"], seen_papers=data["seen_papers"], **seen
            )
            if note.waits:
                return "Der Prüfvermerk wartet auf die zweite Unterschrift."
            return f"Der Nachweis ist anerkannt. Es stehen {format_euro(note.result)} zu."
        case T.ACCEPT:
            signed = _waiting_note(proof)
            services.accept(signed, **seen)
            return f"Der Nachweis ist anerkannt. Es stehen {format_euro(signed.result)} zu."
        case T.REFUSE:
            services.refuse(_waiting_note(proof), reason=data["reason"], **seen)
            return "Der Prüfvermerk ist nicht mitgezeichnet. Der Nachweis wird neu geprüft."
        case "extend":
            services.ask_extension(proof, until=data["until"], reason=data["reason"], **by)
            return "Mehr Zeit ist beantragt. Die Wirtschaftsförderung antwortet."
        case "grant_extension":
            done = services.grant_extension(_waiting_extension(proof), **by)
            return f"Die Frist geht jetzt bis zum {done.due_on:%d.%m.%Y}."
        case "refuse_extension":
            services.refuse_extension(_waiting_extension(proof), reason=data["reason"], **by)
            return "Die Frist bleibt."
        case "settle":
            services.settle(proof, **seen)
            return "Die Bewilligung ist abgerechnet. Nichts mehr zu tun."
    services.remark(proof, text=data["text"], **by)
    return "Ihre Bemerkung steht am Nachweis."


def _waiting_note(proof: ProofOfUse) -> AuditNote:
    return get_object_or_404(proof.notes.select_related("proof__application"), state=AuditNote.State.WAITING)


def _waiting_extension(proof: ProofOfUse) -> Extension:
    waiting = proof.extensions.select_related("proof__application")
    return get_object_or_404(waiting, state=Extension.State.REQUESTED)


def _steps(
    request: Request, proof: ProofOfUse, note: AuditNote | None, extension: Extension | None
) -> list[str]:
    """Return which forms this reader gets now, in the order of the page."""
    roles = request.roles
    found = [
        str(step)
        for step in (T.ANSWER, T.NOTE, T.ASK_BACK, T.ANNOUNCE, T.WITHDRAW)
        if transitions.allowed(step, proof.state) and not permissions.OBJECTIONS[step](roles, proof)
    ]
    if note and note.waits:
        if not permissions.objection_to_second(roles, proof, note):
            found.append(T.ACCEPT)
        if not permissions.objection_to_check(roles, proof):
            found.append(T.REFUSE)
    if extension and not permissions.objection_to_check(roles, proof):
        found += ["grant_extension", "refuse_extension"]
    if proof.is_open and extension is None and not permissions.objection_to_answer(roles, proof):
        found.append("extend")
    if turn.is_to_settle(proof) and not permissions.objection_to_settle(roles, proof):
        found.append("settle")
    if not permissions.objection_to_remark(roles):
        found.append("remark")
    return found


# The page


def _page(
    request: Request,
    proof: ProofOfUse,
    *,
    form: ProofForm | None = None,
    refused: CheckForm | None = None,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = _rows(proof)
    entered = [row.actual is not None for row in rows if row.is_cost]
    begun = any(entered)
    sees_vouchers = permissions.may_see_vouchers(request.roles, proof.application)
    writes = proof.is_writable and not permissions.objection_to_answer(request.roles, proof)
    rules, without_rules = _rules(proof)
    if writes and form is None:
        form = _form(proof, rows, rules, None if trouble else posted(request))
        if SHOW_MISSING in request.GET and not form.is_bound and rules:
            form.say(missing(proof, rules))
    notes = list(proof.notes.select_related("signed_by__person", "second_by__person"))
    note = notes[-1] if notes and not notes[-1].is_refused else None
    extensions = list(proof.extensions.select_related("requested_by__person", "decided_by__person"))
    waiting = next((each for each in extensions if each.state == Extension.State.REQUESTED), None)
    asked = _steps(request, proof, note, waiting)
    if T.WITHDRAW in asked and not any(row.cut for row in rows):
        asked.remove(T.WITHDRAW)
    forms = {
        step: refused if refused and refused.step == step else FORMS[step](proof, rows) for step in asked
    }
    facts = facts_of(proof, rules, rows) if rules else None
    reckoning: Reckoning | None = None
    outcome: Outcome | None = None
    remarkable = remarks(proof, rows) if all(entered) and not proof.is_accepted else []
    if rules and facts:
        reckoning = note.reckoning if note else reckon(facts)
        if note and proof.is_accepted:
            outcome = outcome_then(proof, note, rules)
        else:
            outcome = outcome_of(proof.application, reckoning.amount, rules)
        if proof.is_in_check and request.roles.is_business_development:
            costs = note.costs if note else reckoning.of("costs")
            if beyond := beyond_costs(proof, reckoning.amount, costs):
                remarkable.append(beyond)
    sums = sums_of(proof, rows, facts.volunteers.amount if facts else ZERO)
    return render(
        request,
        "proofs/proof.html",
        {
            "proof": proof,
            "application": proof.application,
            "project": proof.application.project,
            "rows": rows,
            "form": form if writes else None,
            "said": _said(proof, asked=writes or T.ANSWER in forms),
            "overdue": proof.is_overdue(request.roles.day),
            "drawn": is_drawn(proof),
            "sees_vouchers": sees_vouchers,
            "twins": same_elsewhere([v for row in rows for v in row.vouchers.all()], request.roles)
            if sees_vouchers
            else {},
            "direct": _direct(proof, rows, form if writes else None, sees=sees_vouchers),
            "sums": sums,
            "complete": all(each.complete for each in sums.values()),
            "begun": begun,
            "remarkable": remarkable,
            "volunteers": facts.volunteers if facts else None,
            "rule": facts.rule if facts else "",
            "reckoning": reckoning,
            "outcome": outcome,
            "claims": proof.application.claims.all()
            if proof.is_accepted and outcome and outcome.claimed
            else (),
            "without_rules": without_rules,
            "photos": with_gone_on(proof.photos.all()),
            "note": note,
            "notes": notes,
            "extensions": extensions,
            "forms": forms,
            "conflict": permissions.objection_to_check(request.roles, proof)
            if proof.is_in_check and request.roles.is_business_development
            else None,
            "remarks": proof.remarks.select_related("actor__person"),
            "steps": proof.steps.select_related("actor__person", "mandate__district", "in_stead_of__person"),
            "refused": refused if refused and refused.step not in forms else None,
            "trouble": trouble,
        },
        status=status,
    )


def _direct(
    proof: ProofOfUse, rows: Sequence[ProofRow], form: ProofForm | None, *, sees: bool
) -> list[DirectFields]:
    """Return what was paid directly: with the choices of the form, or as it is read by who sees payees."""
    if form:
        return form.direct()
    if not sees:
        return []
    vouchers = [voucher for row in rows for voucher in row.vouchers.all()]
    return [DirectFields(each, is_among(vouchers, each)) for each in paid_directly(proof.application)]


def _said(proof: ProofOfUse, *, asked: bool) -> str:
    """Return whose turn it is. Once the proof is accepted, the core says what is left to do with the grant."""
    if proof.is_accepted:
        return next_step(proof.application)
    return (turn.asked(proof) if asked else "") or turn.said(proof)


def _rows(proof: ProofOfUse) -> list[ProofRow]:
    rows = list(
        proof.rows.prefetch_related(Prefetch("vouchers", with_gone_on(Voucher.objects.order_by("pk"))))
    )
    for row in rows:
        row.proof = proof
        for voucher in row.vouchers.all():
            voucher.row = row
    return rows


def _proof_of(request: Request, pk: int) -> ProofOfUse:
    rows = ProofOfUse.objects.visible_to(request.roles).with_names()
    return get_object_or_404(rows.prefetch_related("application__project__participations"), pk=pk)


@require_safe
@proof_readers_only
def audit_note(request: Request, pk: int) -> HttpResponse:
    """Show the signed audit note for paper."""
    proof = _proof_of(request, pk)
    note = proof.notes.exclude(state=AuditNote.State.REFUSED).select_related(
        "signed_by__person", "second_by__person"
    )
    signed = get_object_or_404(note)
    rules, _ = _rules(proof)
    return render(
        request,
        "proofs/audit_note.html",
        {
            "proof": proof,
            "application": proof.application,
            "note": signed,
            "rule": facts_of(proof, rules).rule if rules else "",
        },
    )


# Files


@require_safe
@proof_readers_only
def voucher(request: Request, pk: int) -> HttpResponseBase:
    """Send the file of a voucher to who may see it."""
    visible = ProofOfUse.objects.visible_to(request.roles)
    related = "row__proof__application__pot", "row__proof__application__project"
    found = get_object_or_404(Voucher.objects.select_related(*related), pk=pk, row__proof__in=visible)
    if not permissions.may_see_vouchers(request.roles, found.row.proof.application):
        raise PermissionDenied
    if not found.has_file:
        raise Http404
    return _sent(request, found)


@require_safe
@proof_readers_only
def photo(request: Request, pk: int) -> HttpResponseBase:
    """Send a photo to who may see the proof."""
    visible = ProofOfUse.objects.visible_to(request.roles)
    return _sent(request, get_object_or_404(ProofPhoto, pk=pk, proof__in=visible))


def _sent(request: Request, found: Voucher | ProofPhoto) -> HttpResponseBase:
    """Send the file; with ``?klein`` a small picture of it, for the page that lists it."""
    if gone := gone_page(request, found):
        return gone
    kind = Voucher.Kind(found.kind)
    if SMALL not in request.GET:
        return stored_file(
            path_of(found.sha256),
            MIME_TYPES[kind],
            filename=found.name,
            as_attachment=kind not in Voucher.IMAGES,
        )
    if kind not in Voucher.IMAGES:
        raise Http404
    with opened_file(path_of(found.sha256)) as file:
        picture = BytesIO(preview_of(file.read(), kind))
    return file_response(
        picture, MIME_TYPES[Voucher.Kind.JPEG], filename="vorschau.jpg", cache="private, max-age=3600"
    )
