"""Every URL of the configuration x every persona. A URL that is not listed here fails."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from funding import services
from funding.closing.models import Deletion, RetentionHold, YearClosing
from funding.letters.models import Letter
from funding.models import Expense, GrantChange, Transfer
from funding.payments.models import (
    Balance,
    BankStatement,
    CallPaper,
    InstalmentPlan,
    Payee,
    PayeeAccount,
    Payment,
    PaymentBatch,
    PaymentCall,
    StatementEntry,
)
from funding.proofs.models import ChangeRequest, ProofOfUse, ProofPhoto, RepaymentClaim, Voucher
from members.models import Mandate, Person
from projects import attachments, comments
from projects.models import Attachment, Comment, Project
from tests import batches, files, letters, personas, proofs, statements

pytestmark = pytest.mark.django_db

PERSONAS = tuple(personas.ALL)
SIGNED_IN = tuple(p for p in PERSONAS if p != "visitor")
STAFF = ("wf1", "wf2", "wf_with_mandate")
DIRECTORS = ("gf_aplerbeck", "gf_brackel", "gf_hoerde", "deputy_aplerbeck", "wf_with_mandate")
APLERBECK = ("gf_aplerbeck", "deputy_aplerbeck", "wf_with_mandate")
#: Rechnungsprüfung, and a seat in the Kassenprüfung: the same rights.
AUDITORS = ("auditor", "cash_auditor")
READERS = (*STAFF, *AUDITORS, "board", "superuser")
ADMINS = ("admin_verein", "superuser")
#: Who reads whom is paid: not the advisory board.
PAYING = (*STAFF, *AUDITORS, "superuser")


def url_names(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            namespace = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from url_names(pattern.url_patterns, namespace)
        else:
            yield f"{prefix}{pattern.name}"


def everybody(status: int) -> dict[str, int]:
    return dict.fromkeys(PERSONAS, status)


def only(*allowed: str, refused: int = 403, visitor: int = 302, ok: int = 200) -> dict[str, int]:
    """``ok`` for the allowed; the visitor is sent to sign in, everybody else gets ``refused``."""
    return {p: ok if p in allowed else visitor if p == "visitor" else refused for p in PERSONAS}


def signed_in(status: int) -> dict[str, int]:
    return only(*SIGNED_IN, ok=status)


@dataclass
class World:
    """A draft and a handed-in project of Aplerbeck with a pillar-2 application, both unpublished.

    The latter has a paper. Beside them ``personas.more_money``.
    """

    draft: Project
    submitted: Project
    published: Project
    comment: Comment


#: The letter and the application are of Aplerbeck.
OF_LETTER = {
    **only(*STAFF, *APLERBECK, *AUDITORS, "superuser", refused=403),
    **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404),
}
# Name -> (arguments, expected status per persona on GET).
#: An unpublished project of Aplerbeck: outsiders are not told that it is there.
INSIDERS_OF_DRAFT = (*APLERBECK, *STAFF, "superuser")
#: A payee that Aplerbeck entered, and its account.
OF_PAYEE = {
    **only(*STAFF, *APLERBECK, *AUDITORS, "superuser"),
    **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404),
}
#: A proof of Aplerbeck.
OF_PROOF = {**only(*READERS, *APLERBECK), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)}
PAGES: dict[str, tuple[list[object], dict[str, int]]] = {
    "home": ([], everybody(200)),
    "districts": ([], everybody(200)),
    "district": (["aplerbeck"], everybody(200)),
    "bodies:list": ([], everybody(200)),
    "bodies:detail": (["body"], everybody(200)),
    "reports:index": ([], everybody(200)),
    "reports:year": (["year"], everybody(200)),
    "handbook": ([], everybody(200)),
    "handbook_chapter": (["erste-schritte"], everybody(200)),
    "imprint": ([], everybody(200)),
    "privacy": ([], everybody(200)),
    "accessibility": ([], everybody(200)),
    "healthz": ([], everybody(200)),
    "readyz": ([], everybody(200)),
    "account_login": ([], {**everybody(302), "visitor": 200}),
    "account_logout": ([], {**everybody(200), "visitor": 302}),
    "account_inactive": ([], everybody(200)),
    "account_signup": ([], {**everybody(302), "visitor": 200}),
    "account_reauthenticate": ([], signed_in(200)),
    "account_change_password": ([], signed_in(200)),
    "account_reset_password": ([], everybody(200)),
    "account_reset_password_done": ([], everybody(200)),
    "new_password": ([], everybody(200)),
    "new_password_done": ([], everybody(200)),
    "invitation": ([], everybody(200)),
    "address": ([], signed_in(200)),
    "address_confirm": ([], everybody(200)),
    "address_stop": ([], everybody(200)),
    "mailed_link": (["x"], everybody(404)),
    "profile": ([], signed_in(200)),
    "guide": ([], signed_in(405)),
    "projects:list": ([], everybody(200)),
    "projects:export": (["csv"], everybody(200)),
    "projects:create": ([], only(*DIRECTORS)),
    "projects:draft": (["draft"], only(*INSIDERS_OF_DRAFT, refused=404, visitor=404)),
    "projects:detail": (
        ["number"],
        only(*READERS, *APLERBECK, refused=404, visitor=404),
    ),
    "projects:edit": (
        ["draft"],
        {**only(*APLERBECK, refused=404), **dict.fromkeys(("wf1", "wf2", "superuser"), 403)},
    ),
    "projects:confirm": (["draft"], signed_in(405)),
    "projects:decline": (["draft"], signed_in(405)),
    "projects:comments": (["draft"], only(*INSIDERS_OF_DRAFT, refused=404)),
    "projects:comments_read": (["draft"], signed_in(405)),
    "projects:comment_take_back": (["comment"], signed_in(405)),
    "projects:copy": (["draft"], signed_in(405)),
    "projects:delete": (
        ["draft"],
        {**only(*APLERBECK, refused=404), **dict.fromkeys(("wf1", "wf2", "superuser"), 403)},
    ),
    "projects:sheet": (["draft"], only(*INSIDERS_OF_DRAFT, refused=404)),
    "projects:sheet_by_number": (["number"], only(*READERS, *APLERBECK, refused=404)),
    "projects:history": (["draft"], only(*INSIDERS_OF_DRAFT, refused=404)),
    "projects:publish": (["draft"], signed_in(405)),
    "projects:organiser": (["organiser"], only(*STAFF, *APLERBECK)),
    "projects:attachments": (["draft"], only(*INSIDERS_OF_DRAFT, refused=404)),
    "projects:attachment": (["paper"], only(*READERS, *APLERBECK, refused=404, visitor=404)),
    "projects:attachment_preview": (["paper"], only(*READERS, *APLERBECK, refused=404, visitor=404)),
    "projects:attachment_remove": (
        ["paper"],
        {
            **only(*APLERBECK, "superuser", refused=404),
            **dict.fromkeys(("wf1", "wf2", *AUDITORS, "board"), 403),
        },
    ),
    "handing_in:hand_in": (
        ["draft"],
        {**only(*APLERBECK, refused=404), **dict.fromkeys(("wf1", "wf2", "superuser"), 403)},
    ),
    "funding:pots": ([], only(*READERS, *DIRECTORS)),
    "funding:pot": (["pot"], only(*READERS, *DIRECTORS)),
    "funding:applications": ([], only(*READERS, *DIRECTORS)),
    "funding:applications_export": (["csv"], only(*READERS, *DIRECTORS)),
    "funding:pot_export": (["pot", "csv"], only(*READERS, *DIRECTORS)),
    "funding:overhead_export": (["csv"], only(*READERS)),
    "funding:application": (
        ["application"],
        {**only(*READERS, *APLERBECK), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "funding:decision_sheet": (
        ["application"],
        {**only(*READERS, *APLERBECK), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "funding:agenda": (["aplerbeck"], only(*READERS, *APLERBECK)),
    "funding:overhead": ([], only(*READERS, *DIRECTORS)),
    "funding:expense": (["expense"], only(*READERS)),
    "funding:special": ([], only(*READERS, *DIRECTORS)),
    "funding:special_pot": (["special_pot"], only(*STAFF)),
    "letters:letters": ([], only(*STAFF, *DIRECTORS, *AUDITORS, "superuser")),
    "letters:letters_export": (["csv"], only(*STAFF, *DIRECTORS, *AUDITORS, "superuser")),
    "letters:together": ([], only(*STAFF, *DIRECTORS, *AUDITORS, "superuser", ok=405)),
    "letters:letter": (["letter"], OF_LETTER),
    "letters:pdf": (["letter"], OF_LETTER),
    "letters:of_application": (["application"], OF_LETTER),
    "letters:preview": (["application"], only(*READERS, *DIRECTORS, ok=405)),
    "letters:promise": (["x"], everybody(404)),
    "letters:promise_pdf": (["x"], everybody(404)),
    "audit:package": ([], only(*PAYING)),
    "payments:payouts": ([], only(*PAYING)),
    "payments:batch": (["batch"], only(*PAYING)),
    "payments:batch_file": (["batch"], only(*STAFF)),
    "payments:payment": (["payment"], only(*PAYING)),
    "payments:balance": (["balance"], only(*PAYING)),
    "payments:statements": ([], only(*PAYING)),
    "payments:statement": (["statement"], only(*PAYING)),
    "payments:entry": (["entry"], only(*PAYING)),
    "payments:reconciliation": ([], only(*PAYING)),
    "payments:entries": (["zahlungen"], only(*PAYING)),
    "payments:journal": (["csv"], only(*PAYING)),
    "payments:payments_export": (["csv"], only(*PAYING)),
    "payments:payees_export": (["csv"], only(*STAFF, *DIRECTORS, *AUDITORS, "superuser")),
    "payments:calls_export": (["csv"], only(*PAYING, *DIRECTORS)),
    "payments:payees": ([], only(*STAFF, *DIRECTORS, *AUDITORS, "superuser")),
    "payments:payee_create": ([], only(*STAFF, *DIRECTORS)),
    "payments:payee": (["payee"], OF_PAYEE),
    "payments:account": (["account"], OF_PAYEE),
    "payments:account_create": (["payee"], {**OF_PAYEE, **dict.fromkeys((*AUDITORS, "superuser"), 403)}),
    "funding:transfers": ([], only(*READERS, *DIRECTORS)),
    "funding:transfer": (
        ["transfer"],
        {**only(*READERS, *APLERBECK), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "funding:grant_change": (
        ["grant_change"],
        {**only(*READERS, *APLERBECK), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "payments:calls": ([], only(*PAYING, *DIRECTORS)),
    "payments:call": (
        ["call"],
        {**only(*PAYING, *APLERBECK), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "payments:expense_create": (["year"], only(*STAFF)),
    "payments:call_money": (
        ["granted"],
        {**only(*APLERBECK), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "payments:call_resend": (
        ["call"],
        {**only(*APLERBECK, ok=302), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "payments:call_paper": (
        ["call_paper"],
        # The stored row has no file behind it.
        {**only(*PAYING, *APLERBECK, ok=404), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "payments:plan_create": (
        ["granted"],
        {**only(*APLERBECK), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "payments:plan": (
        ["plan"],
        {**only(*PAYING, *APLERBECK), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "proofs:proofs": ([], only(*READERS, *DIRECTORS)),
    "proofs:proofs_export": (["csv"], only(*READERS, *DIRECTORS)),
    "proofs:begin": (["granted"], only(*READERS, *DIRECTORS, ok=405)),
    "proofs:proof": (["proof"], OF_PROOF),
    "proofs:remind": (["claim"], only(*READERS, *DIRECTORS, ok=405)),
    "proofs:audit_note": (["proof"], OF_PROOF),
    "proofs:sample": (["year"], only(*READERS)),
    "proofs:changes": ([], only(*READERS, *DIRECTORS)),
    "proofs:changes_export": (["csv"], only(*READERS, *DIRECTORS)),
    "proofs:change": (["change"], OF_PROOF),
    "proofs:ask_change": (
        ["granted"],
        {**only(*APLERBECK), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "proofs:claims": ([], only(*READERS, *DIRECTORS)),
    "proofs:claim": (["claim"], OF_PROOF),
    "proofs:unclaimed": ([], only(*READERS, *DIRECTORS)),
    "proofs:interest": (
        ["proof"],
        {**only("wf1", "wf2"), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    # The stored rows have no files behind them.
    "proofs:voucher": (
        ["voucher"],
        {**only(*PAYING, *APLERBECK, ok=404), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "proofs:photo": (
        ["photo"],
        {**only(*READERS, *APLERBECK, ok=404), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "closing:years": ([], only(*READERS, *DIRECTORS)),
    "closing:year": (["year"], only(*READERS, *DIRECTORS)),
    "closing:rows": (["year", "antraege"], only(*READERS, *DIRECTORS)),
    "closing:cash": (["year"], only(*READERS)),
    "closing:cash_pdf": (["year"], only(*READERS)),
    "closing:cash_xlsx": (["year"], only(*READERS)),
    "closing:audit_form": (["year"], only(*READERS)),
    "closing:city": (["year"], only(*READERS)),
    "closing:city_pdf": (["year"], only(*READERS)),
    "closing:city_xlsx": (["year"], only(*READERS)),
    "closing:closing": (["closing"], only(*READERS)),
    "retention:years": ([], only(*PAYING)),
    "retention:year": (["year"], only(*PAYING)),
    "retention:deletion": (["deletion"], only(*PAYING)),
    "retention:hold": (["hold"], only(*PAYING)),
    "funding:years": ([], only(*READERS, *DIRECTORS)),
    "funding:year": (["year"], only(*READERS, *DIRECTORS)),
}

#: POST with an empty form; where nothing could be written anyway. 404 and 403 come before any check of input.
POSTS: dict[str, tuple[list[object], dict[str, int]]] = {
    "invitation": ([], everybody(200)),
    "new_password": ([], everybody(200)),
    "address": ([], signed_in(422)),
    "address_confirm": ([], everybody(409)),
    "address_stop": ([], everybody(409)),
    "mailed_link": (["x"], everybody(405)),
    "profile": ([], signed_in(422)),
    "guide": ([], signed_in(302)),
    "projects:create": ([], only(*DIRECTORS, ok=422)),
    "projects:edit": (
        ["draft"],
        {
            **only(*APLERBECK, refused=404, ok=422),
            **dict.fromkeys(("wf1", "wf2", "superuser"), 403),
        },
    ),
    "projects:publish": (
        ["draft"],
        {
            **only(*APLERBECK, refused=404, ok=302),
            **dict.fromkeys(("wf1", "wf2", "superuser"), 403),
        },
    ),
    "projects:confirm": (["draft"], only(refused=404)),
    "projects:decline": (["draft"], only(refused=404)),
    "projects:comments": (
        ["draft"],
        {**only(*INSIDERS_OF_DRAFT, refused=404, ok=422), "superuser": 403},
    ),
    "projects:comments_read": (["draft"], only(refused=404)),
    "projects:comment_take_back": (
        ["comment"],
        {
            **only("gf_aplerbeck", refused=404, ok=302),
            **dict.fromkeys((*STAFF, *AUDITORS, "board", "superuser", "deputy_aplerbeck"), 403),
        },
    ),
    "projects:copy": (
        ["draft"],
        {**only(*APLERBECK, refused=404, ok=302), **dict.fromkeys(("wf1", "wf2", "superuser"), 403)},
    ),
    "projects:delete": (
        ["draft"],
        {**only(*APLERBECK, refused=404, ok=409), **dict.fromkeys(("wf1", "wf2", "superuser"), 403)},
    ),
    "projects:organiser": (["organiser"], only(*STAFF, *APLERBECK, ok=409)),
    "projects:attachments": (["draft"], {**only(*APLERBECK, *STAFF, refused=404, ok=422), "superuser": 403}),
    "handing_in:hand_in": (
        ["draft"],
        {**only(*APLERBECK, refused=404, ok=0), **dict.fromkeys(("wf1", "wf2", "superuser"), 403)},
    ),
    "funding:application": (
        ["application"],
        {**only(*READERS, *APLERBECK, ok=0), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "funding:year": (["year"], {**only(*STAFF, ok=0)}),
    "payments:expense_create": (["year"], only(*STAFF, ok=422)),
    "funding:expense": (["expense"], only(*STAFF, ok=422)),
    "funding:special": ([], only(*STAFF, ok=422)),
    "funding:special_pot": (["special_pot"], only(*STAFF, ok=404)),
    "audit:package": ([], only(*PAYING, ok=422)),
    "payments:payouts": ([], only(*STAFF, ok=404)),
    "payments:batch": (["batch"], only(*STAFF, ok=404)),
    "payments:payment": (["payment"], only(*STAFF, ok=404)),
    "payments:balance": (["balance"], only(*STAFF, ok=404)),
    "payments:statements": ([], only(*STAFF, ok=422)),
    "payments:entry": (["entry"], only(*STAFF, ok=404)),
    "payments:payee_create": ([], only(*STAFF, *DIRECTORS, ok=422)),
    "payments:account": (
        ["account"],
        {**only(*STAFF, *APLERBECK, ok=404), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "payments:account_create": (
        ["payee"],
        {**only(*STAFF, *APLERBECK, ok=422), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "proofs:begin": (
        ["granted"],
        {**only(*APLERBECK, ok=302), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "proofs:sample": (["year"], only("wf1", "wf2", "wf_with_mandate", ok=422)),
    "proofs:ask_change": (
        ["granted"],
        {**only(*APLERBECK, ok=422), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "proofs:change": (
        ["change"],
        {**only(*READERS, *APLERBECK, ok=404), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "proofs:remind": (
        ["claim"],
        {**only("wf1", "wf2", "wf_with_mandate", ok=302), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "proofs:claim": (
        ["claim"],
        {**only("wf1", "wf2", ok=422), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "proofs:interest": (
        ["proof"],
        {**only("wf1", "wf2", ok=422), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "proofs:proof": (
        ["proof"],
        {**only(*READERS, *APLERBECK, ok=404), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "funding:transfers": ([], only(*STAFF, ok=422)),
    "payments:call": (
        ["call"],
        {**only(*PAYING, *APLERBECK, ok=404), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "payments:call_money": (
        ["granted"],
        {**only(*APLERBECK, ok=422), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "payments:call_resend": (
        ["call"],
        {**only(*APLERBECK, ok=302), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "payments:plan_create": (
        ["granted"],
        {**only(*APLERBECK, ok=422), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "payments:plan": (
        ["plan"],
        {
            **only(*STAFF, *APLERBECK, ok=404),
            **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404),
        },
    ),
    "funding:transfer": (
        ["transfer"],
        {**only(*STAFF, ok=404), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "funding:grant_change": (
        ["grant_change"],
        {**only(*STAFF, ok=404), **dict.fromkeys(("gf_brackel", "gf_hoerde"), 404)},
    ),
    "closing:year": (["year"], only(*STAFF, ok=404)),
    "closing:closing": (["closing"], only(*STAFF, ok=404)),
    "retention:years": ([], only(*STAFF, ok=422)),
    "retention:year": (["year"], only(*STAFF, ok=404)),
    "retention:deletion": (["deletion"], only(*STAFF, ok=404)),
    "retention:hold": (["hold"], only(*STAFF, ok=422)),
}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once for the module; what a test changes is rolled back to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield made()
        transaction.set_rollback(True)


def made() -> World:
    personas.allow_transfers()
    personas.open_year()
    personas.more_money()
    submitted = personas.handed_in(personas.gf_aplerbeck(), title="Eingereicht", pillar_2="3000")
    comment = comments.write(submitted, actor=personas.gf_aplerbeck(), text="Bitte bald.", audience="shared")
    # Too old to be taken back, so that it is there for everybody.
    Comment.objects.update(created_at=timezone.now() - timedelta(hours=1))
    plan = files.upload(files.picture(), "Lageplan.png")
    attachments.add(submitted, upload=plan, actor=personas.gf_aplerbeck(), note="Aufbau am Markt")
    of_two = personas.approved(personas.gf_aplerbeck(), title="Zwei Unterschriften", pillar_2="6000")
    services.request_change(
        personas.application(of_two),
        what="reduce",
        to=Decimal(900),
        reason="Kosten gesunken.",
        actor=personas.wf1(),
    )
    personas.payee(actor=personas.gf_aplerbeck(), district=personas.district("APL"), confirmed=False)
    made = World(
        draft=personas.make_project(personas.gf_aplerbeck(), title="Entwurf"),
        submitted=submitted,
        comment=comment,
        published=personas.approved(
            personas.gf_aplerbeck(), title="Bewilligt", organiser=letters.organiser()
        ),
    )
    letters.ready()
    letters.drawn(personas.application(made.published))
    personas.called_and_planned(personas.application(made.published))
    batches.released(
        batches.checked_call(
            personas.application(made.published),
            "5",
            to=batches.payee("Zahlbar GmbH", iban=personas.IBANS[6]),
        )
    )
    statements.entry("-20")
    proofs.of_everything(personas.application(made.published))
    proofs.claimed(personas.application(made.published))
    YearClosing.objects.create(
        year=personas.open_year(), what="close", reason="Bezahlt.", requested_by=personas.wf1(),
        requested_on=timezone.localdate(),
    )  # fmt: skip
    Deletion.objects.create(
        year=personas.this_year(),
        what="letter",
        reason="x",
        requested_by=personas.wf1(),
        requested_on=timezone.localdate(),
    )
    RetentionHold.objects.create(
        year=2016, reason="x", entered_by=personas.wf1(), entered_on=timezone.localdate()
    )
    for persona in personas.ALL.values():
        persona()
    return made


def resolve_arguments(arguments: list[object], world: World) -> list[object]:
    known = {
        "draft": world.draft.pk,
        "comment": world.comment.pk,
        "number": world.submitted.number,
        "organiser": world.submitted.organiser_id,
        "body": personas.steering_body("APL").pk,
        "paper": Attachment.objects.get().pk,
        "pot": personas.pot("S1-APL").pk,
        "application": world.submitted.applications.get().pk,
        "year": personas.this_year(),
        "expense": Expense.objects.get().pk,
        "special_pot": personas.pot("SPENDE").pk,
        "transfer": Transfer.objects.get().pk,
        "closing": YearClosing.objects.get().pk,
        "deletion": Deletion.objects.get().pk,
        "hold": RetentionHold.objects.get().pk,
        "grant_change": GrantChange.objects.get().pk,
        "payee": Payee.objects.earliest("pk").pk,
        "account": PayeeAccount.objects.earliest("pk").pk,
        "letter": Letter.objects.get().number,
        "granted": world.published.applications.get().pk,
        "call": PaymentCall.objects.earliest("pk").pk,
        "call_paper": CallPaper.objects.get().pk,
        "plan": InstalmentPlan.objects.get().pk,
        "batch": PaymentBatch.objects.get().pk,
        "payment": Payment.objects.get(batch__isnull=False).pk,
        "balance": Balance.objects.get().pk,
        "statement": BankStatement.objects.get().pk,
        "entry": StatementEntry.objects.get().pk,
        "proof": ProofOfUse.objects.get().pk,
        "change": ChangeRequest.objects.get().pk,
        "claim": RepaymentClaim.objects.get().pk,
        "voucher": Voucher.objects.get().pk,
        "photo": ProofPhoto.objects.get().pk,
    }
    return [known.get(str(a), a) for a in arguments]


def client_for(name: str) -> Client:
    client = Client()
    user = personas.ALL[name]()
    if not isinstance(user, AnonymousUser):
        client.force_login(user)
    return client


def test_every_url_is_listed() -> None:
    names = {n for n in url_names(get_resolver().url_patterns) if not n.startswith("admin:")}
    assert names == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_reading(name: str, world: World) -> None:
    arguments, expected = PAGES[name]
    address = reverse(name, args=resolve_arguments(arguments, world))
    found = {}
    for persona in PERSONAS:
        response = client_for(persona).get(address)
        found[persona] = response.status_code
        if response.streaming:
            list(response)  # a file read to its end is closed
    assert found == expected


@pytest.mark.parametrize("name", POSTS)
def test_writing(name: str, world: World) -> None:
    arguments, expected = POSTS[name]
    address = reverse(name, args=resolve_arguments(arguments, world))
    for persona in PERSONAS:
        status = client_for(persona).post(address, {}).status_code
        if expected[persona] == 0:
            # Whatever the page answers to an empty form: a page with sentences, never an error page.
            assert status in (200, 302, 403, 404, 422), f"{persona}: {status}"
        else:
            assert status == expected[persona], persona
    # Nobody's empty form moved anything.
    world.submitted.refresh_from_db()
    assert world.submitted.state == Project.State.SUBMITTED


def admin_addresses() -> Iterator[str]:
    """Every admin URL with some object's key where one is needed."""
    person = Person.objects.create(given_name="Ada", family_name="Beispiel")
    Mandate.objects.create(
        person=person, district=personas.district("APL"), kind="deputy", since=personas.SINCE
    )
    for name in url_names(get_resolver().url_patterns):
        if not name.startswith("admin:"):
            continue
        short = name.removeprefix("admin:")
        if short == "None":
            continue  # the catch-all and old addresses, which redirect or answer 404
        if short == "view_on_site":
            yield reverse(name, args=[ContentType.objects.get_for_model(Person).pk, person.pk])
        elif short == "app_list":
            for label in ("members", "projects", "funding", "stadtbezirk"):
                yield reverse(name, kwargs={"app_label": label})
        elif short.endswith(("_change", "_delete", "_history")) and short != "password_change":
            label, model = short.split("_")[:2]
            registered = {f"{m._meta.app_label}_{m._meta.model_name}": m for m in admin.site._registry}
            row = registered[f"{label}_{model}"].objects.order_by("pk").first()
            if row:
                yield reverse(name, args=[row.pk])
        elif short.endswith("user_address"):
            yield reverse(name, args=[personas.nobody().pk])
        else:
            yield reverse(name)


def test_admin_is_for_the_administration_alone(world: World) -> None:
    """No page of the admin opens to anybody else; nothing there is about money but the funding models."""
    addresses = list(admin_addresses())
    assert len(addresses) > 30
    for persona in PERSONAS:
        client = client_for(persona)
        for address in addresses:
            status = client.get(address).status_code
            if persona in ADMINS:
                assert status in (200, 302, 403, 404, 405), f"{persona} {address}: {status}"
            elif "/logout/" in address:
                assert status in (302, 403, 405), f"{persona} {address}: {status}"
            elif "/login/" in address:
                assert status in (302, 403, 200), f"{persona} {address}: {status}"
            else:
                assert status in (302, 403), f"{persona} {address}: {status}"
    registered = {f"{m._meta.app_label}.{m._meta.model_name}" for m in admin.site._registry}
    assert not registered & {
        "funding.pot", "funding.ledgerentry", "funding.application", "funding.decision", "projects.project",
        "funding.fiscalyear", "members.resolution", "auth.group", "auth.permission",
    }  # fmt: skip


def test_the_advisory_board_reads_no_payee_payment_or_voucher():
    """It reads figures and reports."""
    pages = {**PAGES, **{f"POST {name}": row for name, row in POSTS.items()}}
    rooms = {name: row for name, row in pages.items() if "payments:" in name}
    assert len(rooms) > 30
    assert {name for name, (_, expected) in rooms.items() if expected["board"] not in (403, 404)} == set()
