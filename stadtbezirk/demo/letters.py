"""The association's letterhead, who signs for it, and letters in every state. Names and addresses are invented."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from funding.letters import services
from funding.letters.errors import NotYet
from funding.letters.models import Letter, Letterhead, Sending, Signatory
from funding.models import Decision, FundingModel, GrantTerms, Step
from members.common.iban import grouped
from members.models import Organisation, Person
from projects.models import Project
from stadtbezirk.demo.people import Cast
from stadtbezirk.demo.statements import IBAN

#: From so many days ago on a grant was an agreement, and from so many days ago on it is a promise again.
AGREEMENTS, PROMISES = 90, 75
Way = Sending.Way


@dataclass(frozen=True)
class Course:
    """What happens to a letter: how it goes out on the next day, and what its recipient answers a week later.

    Without ``way`` it is still to be sent, without ``answer`` ("paper", "link" or a message) it waits.
    """

    way: str = ""
    answer: str = ""
    correction: str = ""


#: What happens to the promises of these projects. The others go by post and come back signed.
COURSES = {
    "Friedensgebet der Religionen": Course(Way.HANDED, "paper"),
    "Gruppenporträts aus der Nordstadt – neue Bilder": Course(
        Way.POST, "paper", correction="Im Zeitraum stand ein falscher Monat."
    ),
    "Wir am Hörder Neumarkt – neue Beete": Course(Way.LINK, "link"),
    "Sauber macht lustig": Course(Way.LINK, "Der Zeitraum stimmt nicht: Wir sammeln eine Woche später."),
    "Verleihung der Scharnhorst-Medaille": Course(Way.POST),
    "Baumschmuck aus den Grundschulen": Course(),
}
USUAL = Course(Way.POST, "paper")


def prepare(today: date) -> None:
    """Enter letterhead, signatories and how grants are written. Before the projects are entered."""
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
            "bank": f"IBAN {grouped(IBAN)}",
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
        for days, style in (
            (AGREEMENTS, GrantTerms.LetterStyle.AGREEMENT),
            (PROMISES, GrantTerms.LetterStyle.PROMISE),
        ):
            GrantTerms.objects.get_or_create(
                funding_model=model, since=today - timedelta(days=days), defaults={"letter_style": style}
            )


def lose_an_address(today: date) -> None:
    """Take one recipient's address away before the letters are written, so that one letter is lacking."""
    recent = Decision.objects.filter(
        step=Step.APPROVE,
        on__gte=today - timedelta(days=AGREEMENTS),
        application__project__measure=Project.Measure.GRANT,
        application__project__organiser__isnull=False,
    )
    grant = recent.order_by("-pk").first()
    if grant and (organiser := grant.application.project.organiser):
        Organisation.objects.filter(pk=organiser.pk).update(street="", address_extra="", postcode="", town="")


def write(cast: Cast, today: date) -> None:
    """Write the letter of each decision on its day, and let each state be seen."""
    for decision in services.lacking().select_related("application__project").order_by("on", "pk"):
        try:
            letter = services.make(services.draw(decision, on=decision.on))
        except NotYet:
            continue
        if letter.waits_for_answer and not letter.is_over:
            _take(letter, COURSES.get(decision.application.project.title, USUAL), cast, today)
        elif not letter.is_internal:
            services.send(
                [letter], way=Way.POST, actor=cast.wf1, on=min(decision.on + timedelta(days=1), today)
            )


def confirm_one(cast: Cast, today: date) -> None:
    """Confirm one grant from before the first day of letters, as somebody asked for it."""
    unwritten: Any = services.unwritten()
    former = unwritten.filter(
        begun=False,
        step=Step.APPROVE,
        application__project__measure=Project.Measure.GRANT,
        application__project__organiser__street__gt="",
    )
    if grant := former.order_by("-on", "-pk").first():
        letter = services.make(services.draw(grant, actor=cast.wf1, on=today))
        services.send([letter], way=Way.POST, actor=cast.wf1, on=today)


def _take(letter: Letter, course: Course, cast: Cast, today: date) -> None:
    def after(days: int) -> date:
        return min(letter.drawn_on + timedelta(days=days), today)

    if not course.way:
        return
    services.send([letter], way=course.way, actor=cast.wf1, on=after(1))
    if course.correction:
        letter = services.correct(letter, reason=course.correction, actor=cast.wf2, on=after(3))
        services.send([services.make(letter)], way=course.way, actor=cast.wf1, on=after(1))
    if course.answer == "paper":
        services.record_answer(letter, name="Kim Beispiel", function="Vorsitz", actor=cast.wf2, on=after(7))
    elif course.answer == "link":
        services.answer_by_link(letter, name="Toni Beispiel", function="Vorsitz", on=after(7))
    elif course.answer:
        services.answer_by_link(letter, name="Chris Beispiel", message=course.answer, on=after(7))
