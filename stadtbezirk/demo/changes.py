"""What districts say has changed about their grants, in every state. Invented."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from funding.models import Application
from funding.proofs import services
from funding.proofs.models import ChangeRequest
from funding.proofs.services import Wish
from funding.terms import in_force
from stadtbezirk.demo import entries
from stadtbezirk.demo.people import Cast
from stadtbezirk.demo.steps import applications_of

About = ChangeRequest.About


@dataclass(frozen=True)
class Story:
    """A change of the grant of the project with this title: by so many days later, with other partners, or between rows.

    ``then`` decides on it so many days ago.
    """

    title: str
    reason: str
    later: int = 0
    partners: str = ""
    moved: int = 0
    """Percent of the first row of costs that the second one gets."""
    then: Callable[[ChangeRequest, Cast, date], object] | None = None


def _consent(change: ChangeRequest, cast: Cast, day: date) -> object:
    return services.consent_to_change(change, actor=cast.wf1, on=day)


def _refuse(change: ChangeRequest, cast: Cast, day: date) -> object:
    reason = (
        "Im März liegt kein Schnee mehr; der Baumschmuck gehört in den Advent. Bitte sprechen Sie uns an."
    )
    return services.refuse_change(change, reason=reason, actor=cast.wf2, on=day)


def _ask_back(change: ChangeRequest, cast: Cast, day: date) -> object:
    return services.ask_back_change(
        change, question="Was übernimmt der neue Partner genau?", actor=cast.wf2, on=day
    )


STORIES = (
    Story("Aplerbecker Bierfest", "Der Marktplatz wird länger gebaut als angekündigt.", later=14),
    Story("Jazz am Hellweg – zwei Konzerte", "Das zweite Konzert zieht in den Februar, weil der Saal renoviert wird.", later=30, then=_consent),
    Story("Baumschmuck aus den Grundschulen", "Die Schulen schaffen es erst im Frühjahr.", later=80, then=_refuse),
    Story(
        "Wir am Hörder Neumarkt – neue Beete", "Ein Gartenbaubetrieb macht mit.", partners="Gartenbau Beispiel GmbH",
        then=_ask_back,
    ),
    Story("Bürgerwoche Huckarde und Marten", "Das Zelt ist billiger, die Technik teurer als gedacht.", moved=10),
)  # fmt: skip


def write(cast: Cast, today: date) -> None:
    """Say of the approved grants what has changed, and decide on it."""
    day = entries.ago(today, 2)
    for story in STORIES:
        granted = applications_of(story.title, today).filter(state=Application.State.APPROVED)
        if application := granted.first():
            director = cast.director(application.calling_district, day)
            change = services.ask_change(application, wish=_wish(story, application), actor=director, on=day)
            if story.then:
                story.then(change, cast, day)


def _wish(story: Story, application: Application) -> Wish:
    grant = in_force(application)
    assert grant is not None
    begins, ends = grant.carried_out_from, grant.carried_out_until
    more = timedelta(days=story.later)
    rows = [row for row in grant.plan_rows.all() if row.is_cost][:2]
    costs = {}
    if story.moved:
        euro = (rows[0].amount * story.moved / 100).quantize(rows[0].amount)
        costs = {rows[0].position: rows[0].amount - euro, rows[1].position: rows[1].amount + euro}
    return Wish(
        about=About.PLAN, reason=story.reason, period=(begins, ends + more) if story.later and ends else None,
        partners=story.partners, costs=costs,
    )  # fmt: skip
