"""Every page in the states that look different: for what looks at all pages, axe and the checker of HTML."""

from collections.abc import Iterator
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from funding import services as funding
from funding.models import Application
from funding.payments import services as payments
from members.roles.permissions import Roles
from projects import services as projects
from projects.models import Project
from tests import called, personas
from tests.test_access_matrix import PAGES, World, resolve_arguments

#: Who also sees every state of projects and applications; for the other roles these pages differ in nothing else.
SEES_EVERY_STATE = ("gf_aplerbeck", "gf_brackel", "wf1")
#: For POST alone.
POST_ONLY = {name for name, (_, expected) in PAGES.items() if 405 in expected.values()}
#: No pages: parts of one, for machines, or for POST alone.
NO_PAGES = POST_ONLY | {
    "healthz",
    "readyz",
    "projects:attachment",
    "projects:attachment_preview",
    "projects:export",
    "funding:applications_export",
    "letters:letters_export",
    "closing:audit_form",
    "closing:cash_pdf",
    "closing:cash_xlsx",
    "closing:city_pdf",
    "closing:city_xlsx",
    "letters:pdf",
    "letters:promise_pdf",
    "payments:batch_file",
    "payments:call_paper",
    "payments:calls_export",
    "payments:journal",
    "payments:payees_export",
    "payments:payments_export",
    "proofs:photo",
    "proofs:changes_export",
    "proofs:proofs_export",
    "proofs:voucher",
    "funding:pot_export",
    "funding:overhead_export",
}
#: Pages that no address asks for.
ERROR_PAGES = ("errors/400.html", "errors/405.html", "errors/500.html", "errors/csrf.html", "429.html")


def error_pages() -> Iterator[tuple[str, str]]:
    """The pages of errors as a visitor sees them: template and HTML."""
    request = RequestFactory().get("/")
    request.user, request.roles = AnonymousUser(), Roles(AnonymousUser())  # type: ignore[attr-defined]
    for template in ERROR_PAGES:
        yield template, render_to_string(template, request=request)


class States:
    """Beside the matrix's world, every state of a project and of an application that looks different."""

    def __init__(self, world: World) -> None:
        self.world = world
        aplerbeck, brackel = personas.gf_aplerbeck(), personas.gf_brackel()
        for code in ("APL", "BRA"):
            personas.steering_body(code)
        funding.open_pot(
            personas.this_year(), code="SPK", source="Sparkasse", amount=Decimal("5000"), actor=personas.wf1()
        )
        funding.plan_year(personas.this_year() + 1, actor=personas.wf1())
        self.incomplete = personas.make_project(
            aplerbeck,
            title="",
            summary="",
            costs=[("", "100")],
            others=[{"kind": "third_party", "amount": "50"}],
        )
        self.joint = personas.handed_in(
            aplerbeck, title="Gemeinsam", shares={"APL": "900", "BRA": "700"}, pillar_2="4000",
            special={"SPK": "800"}, further=["BRA", "HOE"], confirmed=False,
        )  # fmt: skip
        personas.approve(personas.application(self.joint, "S1-APL"))
        own = personas.handed_in(aplerbeck, title="Ein Beschluss fehlt")
        self.resolvable = personas.application(own)
        unconfirmed = personas.make_project(
            aplerbeck, title="Zu bestätigen", further=["BRA"], confirmed=False
        )
        self.unpublished = [self.incomplete, unconfirmed, own]

        self.too_much = self._applied("Mehr als da ist", "80000")
        self.signed = self._applied("Erste Unterschrift", "7000")
        funding.sign(self.signed, amount=Decimal("7000"), actor=personas.wf2())
        returned = self._applied("Rückfrage", "1500")
        funding.return_to_applicant(returned, reason="Geht es auch kleiner?", actor=personas.wf2())
        rejected = self._applied("Abgelehnt", "1600")
        funding.reject(rejected, reason="Es fehlt der Nutzen für den Stadtteil.", actor=personas.wf2())
        reduced = self._applied("Verringert", "1700")
        personas.approve(reduced)
        funding.reduce(reduced, to=Decimal("900"), reason="Kosten gesunken.", actor=personas.wf2())
        called.pay(personas.application(self.world.published), amount=Decimal("400"), actor=personas.wf2())
        revoked = self._applied("Widerrufen", "1800")
        personas.approve(revoked)
        funding.revoke(revoked, reason="Das Fest fällt aus.", actor=personas.wf2())
        withdrawn = self._applied("Zurückgezogen", "1900")
        funding.withdraw(withdrawn, actor=aplerbeck)
        self.applications = [
            self.resolvable, self.too_much, self.signed, returned, rejected, reduced, revoked, withdrawn,
            *self.joint.applications.all(),
        ]  # fmt: skip
        alone = personas.make_project(brackel, title="Ohne Förderung", shares={}, others=[{"amount": "300"}])
        self.unfunded = projects.publish_without_grant(alone, actor=brackel)

        own = {"actor": aplerbeck, "district": personas.district("APL")}
        self.payees = [personas.payee(f"Empfänger {n}", **own, iban=personas.IBANS[n]) for n in (1, 2, 3)]
        personas.payee_account(self.payees[0], **own, iban=personas.IBANS[4])
        refused = personas.payee_account(self.payees[1], **own, iban=personas.IBANS[1])
        payments.refuse_account(refused, reason="Ein Zahlendreher.", actor=personas.wf1())

    def _applied(self, title: str, amount: str) -> Application:
        made = personas.handed_in(personas.gf_aplerbeck(), title=title, pillar_2=amount)
        return personas.application(made, "S2")

    def addresses(self) -> Iterator[str]:
        for name, (arguments, _) in PAGES.items():
            if name not in NO_PAGES:
                yield reverse(name, args=resolve_arguments(arguments, self.world))
        yield "/gibt/es/nicht/"

    def addresses_for(self, persona: str) -> Iterator[str]:
        """Each address, and the further ones where their pages look different for this persona."""
        yield from self.addresses()
        if persona in SEES_EVERY_STATE:
            yield from self.further_addresses()

    def further_addresses(self) -> Iterator[str]:
        year = personas.this_year()
        for project in (*self.unpublished, self.world.published, self.joint, self.unfunded):
            yield project.get_absolute_url()
            if project.state in Project.OPEN_TO_EDIT:
                yield reverse("projects:edit", args=[project.pk])
        yield reverse("projects:edit", args=[self.incomplete.pk]) + "?pruefen=1"
        yield reverse("handing_in:hand_in", args=[self.incomplete.pk])
        yield reverse("projects:list") + "?suche=gibt-es-nicht"
        for application in self.applications:
            yield application.get_absolute_url()
        for payee in self.payees:
            yield payee.get_absolute_url()
            yield reverse("payments:account_create", args=[payee.pk])
            yield payee.accounts.latest("pk").get_absolute_url()
        yield reverse("payments:payee_create") + "?art=person"
        yield reverse("payments:payees") + "?suche=gibt-es-nicht"
        for code in ("S2", "GK", "SPK", "S1-BRA"):
            yield personas.pot(code).get_absolute_url()
        yield personas.pot("S2").get_absolute_url() + "?art=gebunden"
        yield reverse("funding:pots") + f"?jahr={year + 1}"
        yield reverse("funding:year", args=[year + 1])
        yield reverse("funding:applications") + "?stand=alle"
        yield reverse("funding:applications") + "?suche=gibt-es-nicht"
