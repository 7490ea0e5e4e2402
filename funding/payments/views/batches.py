"""The pages of paying: what is due, batches, single payments, and the balance of the association's accounts."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from funding.errors import AlreadyDone, FundingError
from funding.forms import BookingForm
from funding.payments import batch_forms as forms
from funding.payments import batch_permissions as permissions
from funding.payments import batch_rules as rules
from funding.payments import services
from funding.payments.models import Balance, OwnAccount, PayeeAccount, Payment, PaymentBatch, PaymentCall
from funding.payments.services import files
from funding.views.access import PER_PAGE, only_for
from funding.views.booking import carry_out
from funding.views.gone import gone_page
from funding.views.two_people import decided
from members.common.kept import posted
from members.common.money import ZERO, format_euro
from members.common.target_days import next_target_day
from members.roles.request import Request

#: Lets only users in who see what is paid to whom.
batches_only = only_for(permissions.may_see_batches)


@require_http_methods(["GET", "HEAD", "POST"])
@batches_only
def payouts(request: Request) -> HttpResponse:
    """Show what is due, and all batches; with POST, put calls into a new batch or enter a balance."""
    today = timezone.localdate()
    due = _due()
    ready = [call for call in due if call.confirmed]
    data, status = posted(request), 200
    step = data.get("step", "") if data is not None else ""
    accounts = list(OwnAccount.objects.active_on(today))
    sure = [call for call in ready if not (call.account_waits or call.bounced_there)]
    begin = forms.BatchForm(sure, accounts, data if step == forms.BatchForm.step else None)
    balance = forms.BalanceForm(accounts, data if step == forms.BalanceForm.step else None)
    if request.method == "POST":
        if not request.roles.is_business_development:
            raise PermissionDenied
        form = next((each for each in (begin, balance) if each.is_bound), None)
        if form is None:
            raise Http404
        begun: list[PaymentBatch] = []
        act = (lambda: _begin(request, begin, begun)) if form is begin else (lambda: _enter(request, balance))
        status = carry_out(request, form, act)
        if not status:
            return redirect(begun[0] if begun else "payments:payouts")
    works = request.roles.is_business_development
    batches = PaymentBatch.objects.with_figures().select_related("created_by__person").order_by("-pk")
    done = batches.filter(state__in=(PaymentBatch.State.EXECUTED, PaymentBatch.State.DISSOLVED))
    return render(
        request,
        "payments/payouts.html",
        {
            "due": due,
            "ready": ready,
            "unsure": len(sure) < len(ready),
            "total": sum((call.amount for call in due), ZERO),
            "overdue": [call for call in due if call.due_on < today],
            "accounts": _with_balances(accounts),
            "under_way": batches.filter(state__in=(PaymentBatch.State.OPEN, PaymentBatch.State.RELEASED)),
            "page": Paginator(done, PER_PAGE).get_page(request.GET.get("page")),
            "begin": begin if works and ready else None,
            "refused": begin if begin.errors and not ready else None,
            "balance": balance if works else None,
            "today": today,
        },
        status=status,
    )


def _due() -> list[Any]:
    """Return the calls that wait for their payment, first due first, each with its account: see ``with_accounts``.

    ``bounced_there`` says that the call came back from the very account that is paid to.
    """
    related = (
        "application__project", "application__pot", "expense__pot__year", "payee__organisation", "payee__person",
    )  # fmt: skip
    day = next_target_day(timezone.localdate())
    back = Payment.objects.filter(call=OuterRef("pk"), state=Payment.State.RETURNED)
    back = back.filter(account__in=PayeeAccount.objects.active_on(day).values("pk"))
    calls = PaymentCall.objects.filter(state__in=(PaymentCall.State.CHECKED, PaymentCall.State.BOUNCED))
    calls = calls.with_accounts(day).annotate(bounced_there=Exists(back)).select_related(*related)
    return list(calls.order_by("due_on", "pk"))


def _with_balances(accounts: list[OwnAccount]) -> list[dict[str, Any]]:
    """Return the association's accounts with their balance and what is left of it: two queries each, and one."""
    waiting = {each.account_id: each for each in Balance.objects.waiting()}
    rows = []
    for account in accounts:
        row: dict[str, Any] = {"account": account, "waiting": waiting.get(account.pk)}
        if found := rules.left_on(account):
            row["balance"], row["left"] = found
            row["off"] = row["balance"].amount - row["left"]
        rows.append(row)
    return rows


def _begin(request: Request, form: forms.BatchForm, begun: list[PaymentBatch]) -> str:
    chosen = form.cleaned_data
    batch = services.begin_batch(
        chosen["account"],
        calls=chosen["calls"],
        execution_day=chosen["execution_day"],
        by_file=chosen["by"] == forms.FILE,
        actor=request.user,
    )
    begun.append(batch)
    payments = list(batch.payments.all())
    return f"{batch}: {forms.told(batch, payments)}. Jetzt gibt ihn eine zweite Person der Wirtschaftsförderung frei."


def _enter(request: Request, form: forms.BalanceForm) -> str:
    typed = {name: form.cleaned_data[name] for name in ("amount", "day", "reason")}
    services.enter_balance(form.cleaned_data["account"], actor=request.user, **typed)
    return "Der Kontostand ist eingetragen. Er gilt, sobald eine zweite Person ihn bestätigt hat."


@require_http_methods(["GET", "HEAD", "POST"])
@batches_only
def batch(request: Request, pk: int) -> HttpResponse:
    """Show a batch with its payments; with POST, take the step whose form was sent."""
    related = ("account", "created_by__person", "released_by__person", "closed_by__person")
    rows = PaymentBatch.objects.with_figures().select_related(*related)
    batch: Any = get_object_or_404(rows, pk=pk)
    payments = list(
        batch.payments.for_work().with_changes().select_related("verified_by__person", "accepted_by__person")
    )
    calls = [payment.for_call for payment in payments]
    data, status = posted(request), 200
    step = data.get("step", "") if data is not None else ""
    shown: dict[str, Any] = {}
    for each in (
        forms.ReleaseForm, forms.ExecutedForm, forms.DissolveForm, forms.TakeOutForm, forms.AnswersForm,
    ):  # fmt: skip
        sent = data if step == each.step else None
        if each in (forms.ReleaseForm, forms.ExecutedForm):
            shown[each.step] = each(batch, payments, sent)
        elif each is forms.AnswersForm:
            shown[each.step] = forms.AnswersForm(payments, sent)
        else:
            shown[each.step] = each(batch, sent)  # type: ignore[arg-type]
    if request.method == "POST":
        if not request.roles.is_business_development:
            raise PermissionDenied
        if step not in shown:
            raise Http404
        status = _take(request, batch, shown[step])
        if not status:
            return redirect(batch)
        batch.refresh_from_db()
    works = request.roles.is_business_development
    conflict = (
        permissions.objection_to_release(request.roles, batch, calls) if works and batch.is_open else None
    )
    offered = {
        "release": batch.is_open and conflict is None and bool(payments),
        "execute": batch.is_released,
        "dissolve": batch.is_open or (batch.is_released and not batch.booked),
        "take_out": batch.is_open,
        "verify": batch.is_released,
    }
    allowed = {name: form if works and offered[name] else None for name, form in shown.items()}
    return render(
        request,
        "payments/batch.html",
        {
            "batch": batch,
            "payments": payments,
            "changes": files.changes(batch, payments)
            if batch.by_file and payments and not batch.is_closed
            else [],
            "conflict": conflict,
            "shortage": rules.shortage(batch.account, batch.total) if batch.is_open else "",
            "refused": next((f for f in shown.values() if f.errors and f not in allowed.values()), None),
            "look_at": [payment for payment in payments if payment.needs_second_look],
            **allowed,
        },
        status=status,
    )


def _take(request: Request, batch: PaymentBatch, form: BookingForm) -> int:
    """Take the form's step; return 0, or the status of the page that shows its refusal."""
    if isinstance(form, forms.ExecutedForm):
        return _execute(request, batch, form)
    return carry_out(request, form, lambda: _step(request, batch, form))


def _step(request: Request, batch: PaymentBatch, form: BookingForm) -> str:
    typed = form.cleaned_data
    match form:
        case forms.ReleaseForm():
            services.release(batch, actor=request.user, seen=typed["seen"] or None)
            return (
                "Freigegeben. Die Datei für die Bank steht unten zum Herunterladen."
                if batch.by_file
                else "Freigegeben. Bitte überweisen Sie jetzt jede Zahlung einzeln."
            )
        case forms.DissolveForm():
            services.dissolve(batch, reason=typed["reason"], actor=request.user)
            return "Aufgelöst. Die Abrufe warten wieder auf ihre Zahlung."
        case forms.TakeOutForm():
            services.take_out(batch, payment=typed["payment"], actor=request.user)
            return (
                f"Herausgenommen: {typed['payment'].end_to_end}. Der Abruf wartet wieder auf seine Zahlung."
            )
        case forms.AnswersForm():
            services.record_answers(batch, answers=form.answers, actor=request.user)
            return "Die Antworten der Bank sind gespeichert."
    raise Http404


def _execute(request: Request, batch: PaymentBatch, form: forms.ExecutedForm) -> int:
    """Book the batch: each payment by itself, so this is no one booking that succeeds or fails."""
    if not form.is_valid():
        return 422
    try:
        refused = services.mark_executed(
            batch,
            executed_on=form.cleaned_data["executed_on"],
            actor=request.user,
            key=form.cleaned_data["key"],
            seconds=services.LONGEST,
        )
    except AlreadyDone as done:
        messages.info(request, str(done))
        return 0
    except FundingError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return 422
    for payment, why in refused:
        messages.error(request, f"{payment.end_to_end} ist noch nicht gebucht: {why}")
    left = services.number_left(batch)
    if left > len(refused):
        messages.info(request, unfinished(left))
    elif refused:
        messages.info(
            request, "Alles Übrige ist gebucht. Ist das geklärt, buchen Sie den Rest mit demselben Knopf."
        )
    else:
        messages.success(request, "Gebucht: Alle Zahlungen sind bezahlt. Die Stadtbezirke erfahren davon.")
    return 0


def unfinished(left: int) -> str:
    """Say that the time was not enough for all payments of a batch."""
    return f"Das sind viele Zahlungen, noch zu buchen: {left}. Bitte klicken Sie noch einmal auf denselben Knopf."


@require_safe
@batches_only
def batch_file(request: Request, pk: int) -> HttpResponse:
    """Send the bank's file of a released batch. It is made now if something broke off after the release."""
    batch = get_object_or_404(PaymentBatch, pk=pk)
    if not request.roles.is_business_development:
        raise PermissionDenied
    if batch.state == PaymentBatch.State.DISSOLVED:
        messages.error(
            request,
            "Dieser Zahlungslauf ist aufgelöst. Seine Datei gibt es nicht mehr, damit sie niemand zur Bank schickt.",
        )
        return redirect(batch)
    if gone := gone_page(request, batch):
        return gone
    made = files.make(batch.pk)
    if not made.sha256:
        raise Http404
    answer = HttpResponse(files.content(made), content_type="application/xml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.message_id}.xml"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@batches_only
def payment(request: Request, pk: int) -> HttpResponse:
    """Show a payment; with POST, confirm it though the bank knows another name, or book it back.

    One "vor Einführung" is only shown.
    """
    payment = get_object_or_404(
        Payment.objects.for_work().select_related(
            "batch__account", "batch__released_by__person", "verified_by__person", "accepted_by__person", "decision__actor__person",
            "decision__application__project", "bounce__actor__person",
        ),
        pk=pk,
    )  # fmt: skip
    data, status = posted(request), 200
    step = data.get("step", "") if data is not None else ""
    accept = forms.AcceptForm(data if step == forms.AcceptForm.step else None)
    send_back = forms.SendBackForm(data if step == forms.SendBackForm.step else None)
    strike = forms.StrikeForm(data if step == forms.StrikeForm.step else None)
    if request.method == "POST":
        if not request.roles.is_business_development:
            raise PermissionDenied
        form = next((each for each in (accept, send_back, strike) if each.is_bound), None)
        if form is None or payment.is_former:
            raise Http404
        status = carry_out(request, form, lambda: _change(request, payment, form))
        if not status:
            return redirect(payment)
        payment.refresh_from_db()
    works = request.roles.is_business_development
    second = works and payment.needs_second_look
    conflict = permissions.objection_to_second_look(request.roles, payment) if second else None
    executed = payment.state == Payment.State.EXECUTED and not payment.is_former
    late = rules.objection_to_return(payment.for_call.application) if executed else ""
    going = payment.state == Payment.State.PLANNED and payment.of_batch.is_released
    return render(
        request,
        "payments/payment.html",
        {
            "payment": payment,
            "accept": accept if second and conflict is None else None,
            "conflict": conflict,
            "send_back": send_back if works and executed and not late else None,
            "late": late if works else "",
            "strike": strike if works and going else None,
            "refused": next((f for f in (accept, send_back, strike) if f.errors), None)
            if late or payment.state in (Payment.State.RETURNED, Payment.State.DROPPED)
            else None,
        },
        status=status,
    )


def _change(request: Request, payment: Payment, form: BookingForm) -> str:
    typed = form.cleaned_data
    if isinstance(form, forms.AcceptForm):
        services.accept_mismatch(payment, reason=typed["reason"], actor=request.user)
        return "Bestätigt. Die Zahlung kann als ausgeführt gebucht werden."
    if isinstance(form, forms.StrikeForm):
        services.strike(payment, reason=typed["reason"], actor=request.user)
        return "Gestrichen. Der Abruf wartet wieder auf seine Zahlung."
    services.send_back(payment, reason=typed["reason"], returned_on=typed["returned_on"], actor=request.user)
    return (
        f"Zurückgebucht: {format_euro(payment.amount)}. Der Abruf wartet wieder auf seine Zahlung; stimmt das Konto nicht "
        "mehr, tragen Sie beim Empfänger ein neues ein."
    )


@require_http_methods(["GET", "HEAD", "POST"])
@batches_only
def balance(request: Request, pk: int) -> HttpResponse:
    """Show a balance; with POST, confirm or refuse it as the second person, or take it back."""
    balance = get_object_or_404(
        Balance.objects.select_related("account", "requested_by__person", "decided_by__person"), pk=pk
    )
    shown, status = decided(
        request,
        balance,
        {
            forms.ConfirmBalanceForm: permissions.objection_to_confirm_balance(request.roles, balance),
            forms.RefuseBalanceForm: permissions.objection_to_handle(request.roles),
        },
        act=lambda form: _decide(request, balance, form),
    )
    if not status:
        return redirect("payments:payouts")
    return render(request, "payments/balance.html", {"balance": balance, **shown}, status=status)


def _decide(request: Request, balance: Balance, form: BookingForm) -> str:
    if isinstance(form, forms.ConfirmBalanceForm):
        services.confirm_balance(balance, actor=request.user)
        return f"Bestätigt: {format_euro(balance.amount)} am {balance.day:%d.%m.%Y}."
    services.refuse_balance(balance, reason=form.cleaned_data["reason"], actor=request.user)
    return "Nicht bestätigt. Der Kontostand zählt nicht."
