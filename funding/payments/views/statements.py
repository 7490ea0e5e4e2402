"""The pages of the bank's statements: loading them, saying what each entry is, and the balance against the ledger."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from funding.errors import TransitionNotAllowed
from funding.forms import BookingForm
from funding.models import Expense
from funding.payments import bookkeeping, matching, reconcile, services
from funding.payments import statement_forms as forms
from funding.payments.models import BankStatement, OwnAccount, StatementEntry
from funding.payments.views.batches import batches_only, unfinished
from funding.views.access import PER_PAGE
from funding.views.booking import attempt
from members.common.counting import counted
from members.common.days import FIRST_YEAR, LAST_YEAR
from members.common.export import download
from members.common.kept import posted
from members.common.keys import is_key
from members.common.money import format_euro
from members.common.uploading import trouble_reading
from members.roles.request import Request

Use = StatementEntry.Use
#: Value in the address -> which way the money went.
WAYS = {"ein": Q(amount__gt=0), "aus": Q(amount__lt=0)}
OPEN, DONE, AGAIN = "offen", "erledigt", "anderswo"


@csrf_exempt  # ``_statements`` checks the token: reading it means reading the file
@batches_only
@require_http_methods(["GET", "HEAD", "POST"])
def statements(request: Request) -> HttpResponse:
    """Show the statements; with POST, load a file of the bank."""
    if request.method == "POST" and (trouble := trouble_reading(request)):
        return _statements_page(request, forms.LoadForm(), status=trouble[1], trouble=trouble[0])
    return _statements(request)


# The middleware that limits the size of a request leaves it to a view with this mark.
statements.checks_body_size = True  # type: ignore[attr-defined]


@csrf_protect
def _statements(request: Request) -> HttpResponse:
    if request.method != "POST":
        return _statements_page(request, forms.LoadForm(posted(request)))
    if not request.roles.is_business_development:
        raise PermissionDenied
    form = forms.LoadForm(request.POST, request.FILES)
    loaded: list[services.Loaded] = []

    def act() -> Any:
        content = form.cleaned_data["file"].read()
        done = services.load_statements(content, actor=request.user, key=form.cleaned_data["key"])
        loaded.append(done)
        return _told(done)

    status = attempt(request, form, act)
    if status:
        return _statements_page(request, form, status=status)
    new = loaded[0].new if loaded else []
    return redirect(new[0] if len(new) == 1 else "payments:statements")


def _told(loaded: services.Loaded) -> str:
    beside = f" Nicht gelesen: {', '.join(loaded.left_out)}." if loaded.left_out else ""
    if not loaded.new:
        return f"Diese Auszüge sind schon da. Geändert wurde nichts.{beside}"
    told = f"{counted(len(loaded.new), 'Kontoauszug', 'Kontoauszüge')} mit {counted(loaded.entries, 'Buchung', 'Buchungen')} geladen."
    if loaded.there:
        told += f" {counted(loaded.there, 'war', 'waren')} schon da."
    if loaded.again:
        told += (
            f" {counted(loaded.again, 'Buchung steht', 'Buchungen stehen')} auch auf einem anderen Auszug; gezählt wird nur dort. "
            "Ist eine davon doch eine weitere, sagen Sie es bitte auf ihrer Seite."
        )
    for before, after in loaded.gaps:
        told += (
            f" Zwischen {before} und {after} fehlt ein Auszug: Der eine endet mit {format_euro(before.closing)}, der andere beginnt "
            f"mit {format_euro(after.opening)}."
        )
    return told + beside


def _statements_page(
    request: Request, form: forms.LoadForm, *, status: int = 200, trouble: str = ""
) -> HttpResponse:
    rows = BankStatement.objects.with_figures().select_related("account", "loaded_by__person")
    page = Paginator(rows.order_by("-closed_on", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    waiting = StatementEntry.objects.waiting()
    return render(
        request,
        "payments/statements.html",
        {
            "page": page,
            "form": form if request.roles.is_business_development else None,
            "trouble": trouble,
            "open": waiting.count(),
        },
        status=status,
    )


@require_safe
@batches_only
def statement(request: Request, pk: int) -> HttpResponse:
    """Show a statement with its entries, each with what it probably is."""
    statement = get_object_or_404(BankStatement.objects.select_related("account", "loaded_by__person"), pk=pk)
    shown = request.GET.get("stand", "")
    entries = statement.entries.for_work()
    if shown == OPEN:
        entries = entries.waiting()
    elif shown == DONE:
        entries = entries.done().counted()
    elif shown == AGAIN:
        entries = entries.filter(state=StatementEntry.State.AGAIN)
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    shown_entries = list(page.object_list)
    found = matching.proposals(shown_entries)
    works = request.roles.is_business_development
    rows = [
        (entry, proposal, forms.TakeForm() if works and proposal and proposal.target is not None else None)
        for entry in shown_entries
        for proposal in [found.get(entry.pk)]
    ]
    for _, proposal, form in rows:
        if form is not None and proposal is not None:
            form.initial["seen"] = proposal.token
    return render(
        request,
        "payments/statement.html",
        {
            "statement": statement,
            "page": page,
            "rows": rows,
            "shown": shown if shown in (OPEN, DONE, AGAIN) else "",
            **statement.entries.aggregate(
                open=Count("pk", filter=StatementEntry.waiting()),
                again=Count("pk", filter=Q(state=StatementEntry.State.AGAIN)),
            ),
            "total": statement.closing - statement.opening,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@batches_only
def entry(request: Request, pk: int) -> HttpResponse:
    """Show an entry and what it can be; with POST, say what it is."""
    entry = get_object_or_404(StatementEntry.objects.for_work(), pk=pk)
    data, status = posted(request), 200
    step = data.get("step", "") if data is not None else ""
    works = request.roles.is_business_development
    if request.method == "POST" and not works:
        raise PermissionDenied
    proposal = matching.proposals([entry]).get(entry.pk)
    take = forms.TakeForm(data if step == forms.TakeForm.step else None)
    take.initial["seen"] = proposal.token if proposal else ""
    take_up = forms.TakeUpForm(data if step == forms.TakeUpForm.step else None)
    apart = forms.ApartForm(data if step == forms.ApartForm.step else None)
    alone = (take, take_up, apart)
    others = [
        each(entry, data if step == each.step else None)
        for each in (forms.IN if entry.comes_in else forms.OUT)
    ]
    if request.method == "POST":
        form = next((each for each in (*alone, *others) if each.is_bound), None)
        if form is None:
            raise Http404
        status = attempt(request, form, lambda: _take(request, entry, form, proposal))
        if not status:
            return redirect(entry.statement)
        entry = get_object_or_404(StatementEntry.objects.for_work(), pk=pk)
    waits = works and entry.is_waiting
    bound = next((each for each in (*alone, *others) if each.errors), None)
    shown = [*others, take] if waits else [apart if entry.is_again else take_up]
    return render(
        request,
        "payments/entry.html",
        {
            "entry": entry,
            "proposal": proposal,
            "take": take if waits and proposal and proposal.target is not None else None,
            "others": others if waits else [],
            "take_up": take_up if works and entry.state == StatementEntry.State.ASIDE else None,
            "apart": apart if works and entry.is_again else None,
            "refused": bound if bound is not None and bound not in shown else None,
        },
        status=status,
    )


def _take(
    request: Request, entry: StatementEntry, form: BookingForm, proposal: matching.Proposal | None
) -> str:
    typed = form.cleaned_data
    if isinstance(form, forms.TakeForm):
        if proposal is None or proposal.target is None or proposal.token != typed["seen"]:
            raise TransitionNotAllowed(
                "Der Vorschlag hat sich geändert, seit Sie die Seite geöffnet haben. Gebucht wurde nichts. Bitte sehen Sie "
                "ihn sich noch einmal an."
            )
        return _book(request, entry, proposal.use, proposal.target, typed)
    common: dict[str, Any] = {"actor": request.user, "key": typed["key"]}
    match form:
        case forms.AsideForm():
            services.set_aside(entry, reason=typed["reason"], **common)
            return "Zur Seite gelegt. Dort liegt die Buchung, bis jemand sie wieder aufnimmt."
        case forms.TakeUpForm():
            services.take_up(entry, **common)
            return "Wieder aufgenommen. Die Buchung steht wieder bei den offenen."
        case forms.ApartForm():
            services.tell_apart(entry, reason=typed["reason"], **common)
            return "Als weitere Buchung gezählt. Sie steht jetzt bei den offenen."
        case forms.SameForm():
            services.take_for_same(entry, same_as=typed["same"], **common)
            return "Als dieselbe Buchung vermerkt. Gezählt wird sie auf dem anderen Auszug."
        case forms.BookedExpenseForm() | forms.RefundEntryForm():
            return _book(request, entry, Use.EXPENSE, typed.get("booked") or typed["refunded"], typed)
    target = (
        typed.get("batch") or typed.get("payment") or typed.get("pot") or typed.get("grant") or typed["year"]
    )
    return _book(request, entry, form.step, target, typed)


def _book(request: Request, entry: StatementEntry, use: str, target: Any, typed: dict[str, Any]) -> str:
    """Say that the entry is this; return the sentence that tells it."""
    common: dict[str, Any] = {"actor": request.user, "key": typed["key"]}
    amount = format_euro(abs(entry.amount))
    match use:
        case Use.BATCH:
            refused = services.tick_batch(entry, batch=target, seconds=services.LONGEST, **common)
            _tell(request, refused)
            entry.refresh_from_db(fields=["state"])
            if entry.is_waiting:
                return unfinished(services.number_left(target))
            if refused:
                return f"{target} ist auf dem Auszug abgehakt."
            return (
                f"{target} ist auf dem Auszug abgehakt, mit allen Zahlungen. Die Stadtbezirke erfahren davon."
            )
        case Use.PAYMENT:
            refused = services.tick_payment(entry, payment=target, **common)
            if refused:
                raise refused[0][1]
            return f"Die Zahlung {target.end_to_end} über {amount} ist abgehakt."
        case Use.RETURN:
            back = services.tick_return(
                entry, payment=target, reason=typed.get("reason", ""), year=typed.get("year"), **common
            )
            told = f"Zurückgebucht: {format_euro(target.amount)}. Der Abruf wartet wieder auf seine Zahlung."
            if back.taken_off:
                told += f" Entgelt der Bank bei den Gemeinkosten: {format_euro(back.taken_off)}."
            return told
        case Use.INSTALMENT:
            services.tick_instalment(entry, year=target, **common)
            return f"{amount} gehören zum Geld der Stadt für {target}."
        case Use.TO_CITY:
            services.tick_to_city(entry, year=target, **common)
            return f"{amount} sind an die Stadt zurückgezahlt: verfallen aus {target}."
        case Use.SPECIAL:
            services.tick_special(entry, pot=target, raises=typed["raises"], **common)
            return f"{amount} gehören zu „{target}“" + (
                ", der Ansatz ist gestiegen." if typed["raises"] else "."
            )
        case Use.REPAYMENT:
            ticked = services.tick_repayment(
                entry, application=target, reason=typed.get("reason", ""), **common
            )
            if ticked.change is not None:
                return f"{amount}: Diese Bewilligung haben zwei Personen unterschrieben. Gebucht ist, sobald eine zweite bestätigt."
            return f"Rückzahlung gebucht: {amount} sind im Topf wieder frei."
        case Use.INTEREST:
            interest = services.tick_interest(
                entry, application=target, reason=typed.get("reason", ""), **common
            ).of_interest
            told = f"Gebucht: {format_euro(interest)} Zinsen; der Topf hat so viel mehr."
            if interest != entry.amount:
                told += f" {format_euro(entry.amount - interest)} sind zurückgezahlt und im Topf wieder frei."
            return told
        case _ if isinstance(target, Expense) and entry.comes_in:
            services.tick_refund(entry, expense=target, **common)
            return f"Storniert: {target} über {amount}. Das Geld ist in den Gemeinkosten wieder frei."
        case _ if isinstance(target, Expense):
            services.tick_booked_expense(entry, expense=target, **common)
            return f"Die {target} über {amount} ist abgehakt."
        case _:
            services.tick_expense(
                entry, year=target, purpose=typed.get("purpose", ""), payee=typed.get("payee", ""), **common
            )
            return f"Als Gemeinkosten gebucht: {amount}."


def _tell(request: Request, refused: Any) -> None:
    for payment, why in refused:
        messages.error(request, f"{payment.end_to_end} ist noch nicht gebucht: {why}")
    if refused:
        messages.info(request, "Ist das geklärt, buchen Sie den Rest auf der Seite des Zahlungslaufs.")


@require_safe
@batches_only
def reconciliation(request: Request) -> HttpResponse:
    """Explain the bank's balance line by line, and show the books beside it."""
    return render(
        request,
        "payments/reconciliation.html",
        {"accounts": reconcile.of_accounts(), "books": reconcile.with_books()},
    )


@require_safe
@batches_only
def entries(request: Request, key: str, pk: int | None = None) -> HttpResponse:
    """Show the entries behind a line of ``reconciliation``: of one account, or of all.

    ``?jahr=`` leaves those of a calendar year, ``?geld=ein`` or ``aus`` what came in or went out.
    """
    label, condition = next(
        ((label, wanted) for line, label, wanted in reconcile.LINES if line == key), ("", None)
    )
    if condition is None:
        raise Http404
    found, account = StatementEntry.objects.filter(condition), None
    if pk is not None:
        account = get_object_or_404(OwnAccount, pk=pk)
        found = found.filter(statement__account=account)
    year, way = request.GET.get("jahr", ""), request.GET.get("geld", "")
    if year:
        if not (is_key(year) and FIRST_YEAR <= int(year) <= LAST_YEAR):
            raise Http404
        found = found.filter(booked_on__year=year)
    if way in WAYS:
        found = found.filter(WAYS[way])
    page = Paginator(found.for_work(), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "payments/entries.html",
        {
            "label": label[:1].upper() + label[1:],
            "account": account,
            "year": year,
            "way": way,
            "page": page,
            "total": found.total(),
        },
    )


@require_safe
@batches_only
def journal(request: Request, kind: str) -> HttpResponseBase:
    """Send all entries of the bank, in their order, for the bookkeeping. No IBAN stands in it."""
    return download(kind, "journal", bookkeeping.JOURNAL, bookkeeping.lines(), "Buchungen der Bank")
