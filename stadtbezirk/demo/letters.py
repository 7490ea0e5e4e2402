"""The association's letterhead, who signs for it, and letters in every state. Names and addresses are invented."""

from datetime import date, timedelta
from decimal import Decimal

from funding.letters import services
from funding.letters.models import Letter, Letterhead, Sending, Signatory
from funding.models import Decision, FundingModel, GrantTerms, Step
from members.models import Organisation, Person
from projects.models import Project
from stadtbezirk.demo.people import Cast

#: Letters are written for decisions of so many days; older grants count as accepted.
DAYS = 90


def prepare(today: date) -> None:
    """Enter letterhead and signatories, and the first day of letters. Before the projects are entered."""
    Letterhead.objects.update_or_create(
        pk=1,
        defaults={
            "name": "StadtbezirksMarketing Dortmund e.\u00a0V.",
            "street": "Beispielweg 1",
            "postcode": "44137",
            "town": "Dortmund",
            "phone": "0231 0000000",
            "email": "geschaeftsstelle@example.org",
            "register": "Amtsgericht Dortmund, VR 0000 (erfunden)",
        },
    )
    for given, family, more in (
        ("Vera", "Vorsitz-Beispiel", {"function": "Vorsitz", "position": 2}),
        (
            "Gero",
            "Geschäftsstelle-Beispiel",
            {
                "function": "Geschäftsstelle",
                "basis": Signatory.Basis.POWER,
                "power_of": date(2020, 1, 15),
                "limit": Decimal(5000),
                "position": 1,
            },
        ),
    ):
        person = Person.objects.create(given_name=given, family_name=family)
        Signatory.objects.create(person=person, since=date(2020, 2, 1), **more)
    for model in FundingModel.objects.all():
        GrantTerms.objects.get_or_create(funding_model=model, since=today - timedelta(days=DAYS))


def lose_an_address(today: date) -> None:
    """Take one recipient's address away before the letters are written, so that one letter is lacking."""
    recent = Decision.objects.filter(
        step=Step.APPROVE,
        on__gte=today - timedelta(days=DAYS),
        application__paid=0,
        application__project__measure=Project.Measure.GRANT,
        application__project__organiser__isnull=False,
    )
    grant = recent.order_by("-pk").first()
    if grant and (organiser := grant.application.project.organiser):
        Organisation.objects.filter(pk=organiser.pk).update(street="", address_extra="", postcode="", town="")


def write(cast: Cast) -> None:
    """Write the letters of the latest decisions, and let each state be seen. After the transaction of the load."""
    services.repair(limit=1000)
    letters = Letter.objects.current().exclude(sha256="").select_related("decision__application")
    waiting = [letter for letter in letters.order_by("pk") if letter.waits_for_answer and not letter.is_over]
    for number, letter in enumerate(waiting):
        paid = bool(letter.decision.application.paid)
        state = "paper" if paid else ("to send", "sent", "paper", "link", "declined")[number % 5]
        if state == "to send":
            continue
        services.send([letter], way=Sending.Way.POST, actor=cast.wf1)
        if state == "paper":
            services.record_answer(letter, name="Kim Beispiel", function="Vorsitz", actor=cast.wf2)
        elif state == "link":
            services.answer_by_link(letter, name="Toni Beispiel", function="Vorsitz")
        elif state == "declined":
            services.answer_by_link(
                letter,
                name="Chris Beispiel",
                message="Der Zeitraum stimmt nicht: Wir feiern eine Woche später.",
            )
