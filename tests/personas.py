"""The people of the tests, and how they get a project into a given state. Plain functions.

Every persona can be called again and is the same account then; each is a fixture of the same name too.
All invented; all share ``PASSWORD``.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser, Group
from django.utils import timezone

from funding import permissions
from funding import services as funding
from funding.letters.acceptance import not_accepted
from funding.letters.models import Letter
from funding.models import Application, FiscalYear, FundingModel, Pot, Step
from funding.payments import services as payments
from funding.payments.call_rules import Asked
from funding.payments.models import CallPaper, Payee, PayeeAccount, PaymentCall
from members.models import Body, District, Mandate, Organisation, OutboxMail, Person, Resolution, Seat, User
from members.roles import groups
from members.roles.permissions import Roles
from members.services import save_resolution
from projects import services as projects
from projects.models import FieldOfAction, FinancingItem, Project
from tests import called

PASSWORD = "ein-langes-Passwort-7"
SINCE = date(2010, 1, 1)


def _account(
    address: str, given: str, family: str, *, group: str = "", staff: bool = False, superuser: bool = False
) -> User:
    email = f"{address}@example.org"
    user = User.objects.filter(email=email).first()
    if user is None:
        person = Person.objects.create(given_name=given, family_name=family)
        user = User.objects.create_user(
            email, PASSWORD, person=person, is_staff=staff or superuser, is_superuser=superuser
        )
        if group:
            user.groups.add(Group.objects.get(name=group))
    return user


def _mandate(user: User, code: str, kind: str, *, until: date | None = None) -> User:
    Mandate.objects.get_or_create(
        person=user.person, district=district(code), kind=kind, defaults={"since": SINCE, "until": until}
    )
    return user


def district(code: str) -> District:
    return District.objects.get(code=code)


def director(code: str) -> User:
    """The managing director of the district with this code."""
    user = _account(f"gf.{code.lower()}", "Gesa", f"Geschäftig-{code.title()}")
    return _mandate(user, code, Mandate.Kind.MANAGING_DIRECTOR)


def gf_aplerbeck() -> User:
    return director("APL")


def gf_brackel() -> User:
    return director("BRA")


def gf_hoerde() -> User:
    return director("HOE")


def deputy_aplerbeck() -> User:
    return _mandate(_account("vertretung.apl", "Vera", "Vertretung"), "APL", Mandate.Kind.DEPUTY)


def former_gf() -> User:
    """Directed Aplerbeck until yesterday."""
    yesterday = timezone.localdate() - timedelta(days=1)
    user = _account("ehemals.apl", "Eike", "Ehemals")
    return _mandate(user, "APL", Mandate.Kind.MANAGING_DIRECTOR, until=yesterday)


def wf1() -> User:
    return _account("wf1", "Wanda", "Wirtschaft", group=groups.BUSINESS_DEVELOPMENT)


def wf2() -> User:
    return _account("wf2", "Willi", "Förderung", group=groups.BUSINESS_DEVELOPMENT)


def wf_with_mandate() -> User:
    """Staff of the Wirtschaftsförderung who is a deputy in Aplerbeck as well."""
    user = _account("wf.mandat", "Mika", "Mandat", group=groups.BUSINESS_DEVELOPMENT)
    return _mandate(user, "APL", Mandate.Kind.DEPUTY)


def admin_verein() -> User:
    return _account("verein", "Vicky", "Verein", group=groups.ADMINISTRATION, staff=True)


def auditor() -> User:
    return _account("pruefung", "Pia", "Prüfung", group=groups.AUDIT)


def cash_auditor() -> User:
    """Elected into the association's Kassenprüfung, in no group."""
    user = _account("kasse", "Karla", "Kassenprüfung")
    seat = {"body": Body.objects.get(kind=Body.Kind.CASH_AUDIT), "person": user.person}
    Seat.objects.get_or_create(**seat, defaults={"since": SINCE})
    return user


def board() -> User:
    return _account("beirat", "Benno", "Beirat", group=groups.ADVISORY_BOARD)


def superuser() -> User:
    return _account("technik", "Toni", "Technik", superuser=True)


def nobody() -> User:
    """Signed in, without any role."""
    return _account("niemand", "Niko", "Niemand")


def visitor() -> AnonymousUser:
    return AnonymousUser()


ALL = {
    persona.__name__: persona
    for persona in (
        gf_aplerbeck, gf_brackel, gf_hoerde, deputy_aplerbeck, former_gf, wf1, wf2, wf_with_mandate,
        admin_verein, auditor, cash_auditor, board, superuser, nobody, visitor,
    )
}  # fmt: skip


def today() -> date:
    """The day while a test runs. Nothing asks it while a module is read: a run may begin before midnight and end after."""
    return timezone.localdate()


def this_year() -> int:
    return today().year


def dated(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a case; one that is a ``timedelta`` becomes the day so far from today."""
    return {
        name: today() + value if isinstance(value, timedelta) else value for name, value in values.items()
    }


def open_year(year: int | None = None) -> FiscalYear:
    """The opened fiscal year (default: the current one)."""
    year = year or this_year()
    opened = FiscalYear.objects.filter(year=year, state=FiscalYear.State.OPEN).first()
    if opened is None:
        opened = funding.open_year(year, actor=wf1())
        # It was opened long ago: nobody waits for the letters about it.
        OutboxMail.objects.filter(template="fiscal_year").delete()
    return opened


def allow_transfers() -> None:
    """Let the model of 2016 allow every transfer it can; only before the first year is opened on it."""
    FundingModel.objects.filter(first_year=2016).update(
        transfer_pillar_1_to_2=True,
        transfer_pillar_2_to_1=True,
        transfer_overhead_to_pillar_2=True,
        transfer_pillar_2_to_overhead=True,
    )


def pot(code: str, year: int | None = None) -> Pot:
    """The pot ``S2``, ``GK`` or, by district code, ``S1-APL``."""
    return Pot.objects.get(year__year=year or this_year(), code=code)


def more_money() -> None:
    """An overhead expense, the special pot SPENDE, and a transfer from Aplerbeck's pot that waits."""
    funding.book_expense(
        this_year(), amount=Decimal("42.50"), purpose="Porto", payee="Deutsche Post", actor=wf1(), paid=True
    )
    funding.open_pot(this_year(), code="SPENDE", source="Spende einer Bank", amount=Decimal(500), actor=wf1())
    funding.request_transfer(
        pot("S1-APL"), pot("S2"), amount=Decimal(100), reason="Wird nicht gebraucht.", actor=wf1()
    )


def steering_body(code: str) -> Body:
    return Body.objects.get_or_create(
        district=district(code), kind=Body.Kind.STEERING, defaults={"name": "Lenkungsgremium"}
    )[0]


def resolution(
    code: str,
    amount: str | Decimal,
    yes: int = 5,
    no: int = 1,
    *,
    actor: User | None = None,
    on: date | None = None,
) -> Resolution:
    """A Beschluss of the district's Lenkungsgremium over ``amount`` euro, taken on the day (default today)."""
    vote = Resolution(
        body=steering_body(code),
        date=on or timezone.localdate(),
        votes_yes=yes,
        votes_no=no,
        amount_cents=int(Decimal(amount).scaleb(2)),
    )
    return save_resolution(vote, actor=actor or director(code))


def jury_resolution(
    amount: str | Decimal, yes: int = 7, no: int = 1, *, actor: User | None = None
) -> Resolution:
    """Today's Beschluss of the jury over ``amount`` euro."""
    jury = Body.objects.get(kind=Body.Kind.JURY)
    vote = Resolution(
        body=jury,
        date=timezone.localdate(),
        votes_yes=yes,
        votes_no=no,
        amount_cents=int(Decimal(amount).scaleb(2)),
    )
    return save_resolution(vote, actor=actor or wf1())


def make_project(
    actor: User,
    *,
    year: int | None = None,
    shares: Mapping[str, str] | None = None,
    pillar_2: str | None = None,
    special: Mapping[str, str] | None = None,
    costs: Sequence[tuple[str, str]] | None = None,
    others: Sequence[Mapping[str, Any]] = (),
    further: Sequence[str] = (),
    confirmed: bool = True,
    on: date | None = None,
    **fields: Any,
) -> Project:
    """A draft with nothing missing, entered through the service. Amounts are euro as text.

    ``shares`` maps district codes to pillar-1 amounts (2,000 from the actor's own when no pot is named),
    ``costs`` lists label and amount (default: one line that balances the plan), ``others`` are financing rows
    as mappings, ``further`` are codes of districts taking part without a share. Further districts'
    directors confirm unless ``confirmed`` is false. Pillar 2 without a further district gets a written
    special importance. ``fields`` replace the project's own fields.
    """
    year = year or this_year()
    own = Roles(actor, on or timezone.localdate()).districts[0]
    if shares is None:
        shares = {} if pillar_2 or special else {own.code: "2000"}
    money = [*shares.values(), *(special or {}).values(), *([pillar_2] if pillar_2 else [])]
    total = sum((Decimal(a) for a in money), Decimal(0)) + sum(
        (Decimal(o["amount"]) for o in others), Decimal(0)
    )
    plan = projects.Plan(
        costs=[
            {"label": label, "amount": Decimal(amount)}
            for label, amount in (costs if costs is not None else [("Durchführung", str(total))])
        ],
        others=[
            {
                "kind": FinancingItem.Kind.OWN,
                **({"third_party_state": "promised"} if row.get("kind") == "third_party" else {}),
                "label": "Verein",
                **row,
                "amount": Decimal(row["amount"]),
            }
            for row in others
        ],
        shares={district(code): Decimal(amount) for code, amount in shares.items()},
        pillar_2=Decimal(pillar_2) if pillar_2 else None,
        special={code: Decimal(amount) for code, amount in (special or {}).items()},
        further_districts=[district(code) for code in further],
    )
    defaults = {
        "year": year,
        "title": "Nachbarschaftsfest am Markt",
        "summary": "Ein Fest der Nachbarschaft mit Musik und Ständen.",
        "aims": "Nachbarn kommen ins Gespräch.",
        "value_creation": "Der Handel am Markt öffnet seine Türen.",
        "main_field": FieldOfAction.objects.all()[0],
        "lead_district": own,
        "place": "Marktplatz",
        "measure": Project.Measure.GRANT,
        "starts_on": date(year, 6, 1),
        "ends_on": date(year, 6, 2),
        "organiser": Organisation.objects.get_or_create(name="Gewerbeverein Musterviertel")[0],
        "special_importance": "Modellhaft für alle Stadtbezirke." if pillar_2 and not further else "",
    }
    project = projects.create_project(actor=actor, fields={**defaults, **fields}, plan=plan, on=on)
    if confirmed:
        for participation in project.participations.select_related("district"):
            projects.confirm_participation(
                project, district=participation.district, actor=director(participation.district.code), on=on
            )
    return project


def handed_in(actor: User, *, on: date | None = None, **project: Any) -> Project:
    """``make_project`` handed in; opens the year where needed."""
    made = make_project(actor, on=on, **project)
    open_year(made.year)
    funding.submit(made, actor=actor, on=on)
    made.refresh_from_db()
    return made


def application(project: Project, code: str = "") -> Application:
    """The project's latest application, on the pot with this code if one is given."""
    found = project.applications.select_related("pot", "project")
    return (found.filter(pot__code=code) if code else found).order_by("-pk")[0]


def approve(
    application: Application, amount: str | Decimal | None = None, *, on: date | None = None
) -> Application:
    """Grant it in full or the amount in euro: by resolution, or by one or two signatures of wf1 and wf2."""
    euro = application.requested if amount is None else Decimal(amount)
    reason = "" if euro == application.requested else "Der Rahmen erlaubt nur diesen Betrag."
    if application.is_pillar_1:
        assert application.pot.district is not None
        code = application.pot.district.code
        return funding.approve(
            application,
            amount=euro,
            actor=director(code),
            resolution=resolution(code, euro, on=on),
            reason=reason,
            on=on,
        )
    if funding.needs_second_signature(application, euro):
        funding.sign(application, amount=euro, actor=wf1(), reason=reason, on=on)
    return funding.approve(application, amount=euro, actor=wf2(), reason=reason, on=on)


def lessen(
    application: Application,
    step: str,
    *,
    by: User,
    reason: str = "Weniger genügt.",
    to: str | Decimal | None = None,
) -> Application:
    """Reduce, revoke, settle or repay it; where two people signed, the other of wf1 and wf2 confirms what ``by`` asks for."""
    application = Application.objects.select_related("pot", "project").get(pk=application.pk)
    euro = None if to is None else Decimal(to)
    if application.granted_by_two and application.state != Application.State.REVOKED:
        change = funding.request_change(application, what=step, to=euro, reason=reason, actor=by)
        return funding.confirm_change(change, actor=wf2() if by == wf1() else wf1()).application
    if step == "repay":
        assert euro is not None
        return funding.repay(application, amount=(application.granted or 0) - euro, reason=reason, actor=by)
    if step == "reduce":
        assert euro is not None
        return funding.reduce(application, to=euro, reason=reason, actor=by)
    return getattr(funding, step)(application, reason=reason, actor=by)


def approved(actor: User, *, on: date | None = None, **project: Any) -> Project:
    """``handed_in`` and every application granted in full."""
    made = handed_in(actor, on=on, **project)
    for each in made.applications.select_related("pot__district"):
        approve(each, on=on)
    made.refresh_from_db()
    return made


def permitted(roles: Roles, application: Application) -> set[Step]:
    """Return the steps that the page offers these roles."""
    objections = permissions.objections(roles, application)
    return {step for step, objection in objections.items() if objection is None}


#: Published sample numbers of German banks; each is valid and nobody's.
IBANS = (
    "DE89370400440532013000", "DE02120300000000202051", "DE02500105170137075030", "DE02100500000054540402",
    "DE02300209000106531065", "DE02200505501015871393", "DE02100100100006820101", "DE88100900001234567892",
)  # fmt: skip


def payee_account(
    payee: Payee, *, actor: User, iban: str = IBANS[0], district: District | None = None, **more: Any
) -> PayeeAccount:
    """An account of the payee that waits for its second person."""
    return payments.enter_account(
        payee,
        iban=iban,
        **{"holder": str(payee), "since": timezone.localdate(), "reason": "Rechnung", **more},
        actor=actor,
        district=district,
    )


def payee(
    name: str = "Hörder Verein",
    *,
    actor: User | None = None,
    district: District | None = None,
    iban: str = IBANS[0],
    confirmed: bool = True,
) -> Payee:
    """An organisation with an account, entered by wf1 if nobody is named, and confirmed by wf2."""
    actor = actor or wf1()
    organisation = Organisation.objects.get_or_create(name=name)[0]
    payee = payments.enter_payee(organisation, actor=actor, district=district)
    if payee.accounts.exists():
        return payee
    account = payee_account(payee, actor=actor, district=district, iban=iban)
    if confirmed:
        payments.confirm_account(account, paper="Kontoauszug", actor=wf2())
    return payee


def asked(payee: Payee, amount: str | Decimal, **more: Any) -> Asked:
    """What a call asks for: ``amount`` euro, paid directly and due today, without an invoice."""
    return Asked(
        **{
            "payee": payee,
            "amount": Decimal(amount),
            "kind": PaymentCall.Kind.INVOICE,
            "purpose": "Bühne und Technik",
            "due_on": timezone.localdate(),
            "without_invoice": "Sammelbeleg folgt",
            **more,
        }
    )


def accept(application: Application) -> Application:
    """As if its letter had been written, sent and accepted on paper, where it is not."""
    from tests import letters

    if not_accepted(application):
        decision = letters.approval(application)
        letter = Letter.objects.current().filter(decision=decision).first() or letters.written(decision)
        Letter.objects.filter(pk=letter.pk).update(
            answer="accepted",
            answered_on=timezone.localdate(),
            answer_way="paper",
            answer_name="Toni Probe",
            answer_recorded_by=wf1(),
        )
    return application


def call(
    application: Application,
    amount: str | Decimal,
    *,
    to: Payee | None = None,
    on: date | None = None,
    **more: Any,
) -> PaymentCall:
    """A call for the amount by the director who may call, to the project's organiser."""
    application = Application.objects.select_related("pot", "project__organiser").get(pk=application.pk)
    accept(application)
    if to is None:
        to = payee(str(application.project.organiser))
    return payments.call_money(
        application, asked=asked(to, amount, **more), actor=called.caller(application, on), on=on
    )


def called_and_planned(application: Application) -> PaymentCall:
    """A call for 100 euro with a paper, and a plan of one instalment of 50 euro that is paused."""
    made = call(application, "100")
    CallPaper.objects.create(
        call=made,
        name="Rechnung.pdf",
        kind="pdf",
        size=1,
        sha256="0" * 64,
        uploaded_by=made.called_by,
    )
    plan = payments.enter_plan(
        made.application,
        payee=made.payee,
        purpose="Miete",
        reason="Vertrag",
        actor=made.called_by,
        instalments=[(timezone.localdate(), Decimal(50))],
    )
    payments.stop_plan(payments.confirm_plan(plan, actor=wf1()), kind="pause", reason="Pause.", actor=wf1())
    return made
