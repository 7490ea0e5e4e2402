"""What a form asks of a resolution: who met when, how they voted, on what words."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from funding import eligibility
from funding.models import Pot
from members.common.forms import CleanCharField, DayField
from members.models import Body, Resolution
from members.services import NO_VOTES, doubt_about_votes, objections_to_resolution


def votes_field(label: str, counted: str, *, most: int, **more: Any) -> forms.IntegerField:
    """Return a field for a number of votes; its sentences name what is ``counted``."""
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=most,
        error_messages={
            "required": f"Bitte die Zahl der {counted} eintragen, auch eine 0.",
            "invalid": f"Bitte die Zahl der {counted} als ganze Zahl eintragen.",
            "min_value": f"Mindestens 0 {counted}.",
            "max_value": f"Höchstens {most} {counted}.",
        },
        **more,
    )


class VotesFields(forms.Form):
    """The fields of a resolution, for a form that records one and carries it out."""

    #: Values of these fields where the form that was sent did not have them.
    START = {"votes_no": "0", "votes_abstained": "0"}

    #: The bodies that can have met by today. If there are none, the page says who enters one.
    bodies: Sequence[Body] = ()

    body = forms.ModelChoiceField(
        label="Gremium",
        queryset=Body.objects.none(),
        empty_label=None,
        error_messages={
            "invalid_choice": "Über diesen Topf beschließt nur das Lenkungsgremium des Stadtbezirks.",
            "required": "Bitte das Gremium wählen.",
        },
    )
    date = DayField(label="Datum der Sitzung", required_message="Bitte das Datum der Sitzung eintragen.")
    votes_yes = votes_field("Ja", "Ja-Stimmen", most=99)
    votes_no = votes_field("Nein", "Nein-Stimmen", most=999, initial=0)
    votes_abstained = votes_field("Enthaltungen", "Enthaltungen", most=999, initial=0)
    #: Shown only where the number of votes is asked about.
    votes_checked = forms.BooleanField(label="Ja, so viele Stimmen wurden abgegeben.", required=False)
    text = CleanCharField(
        label="Wortlaut oder Nummer",
        max_length=300,
        required=False,
        help_text="Zum Beispiel: TOP 4 der Niederschrift.",
    )

    @classmethod
    def started(cls, data: Any, bodies: "QuerySet[Body]") -> Any:
        """Return what was sent, with the start of these fields where they were not there. For ``__init__``."""
        if data is not None and "votes_yes" not in data:
            data = data.copy()
            data.update(cls.START | ({"body": str(bodies[0].pk)} if len(bodies) == 1 else {}))
        return data

    def offer(self, bodies: "QuerySet[Body]", pot: Pot) -> None:
        """Let one of the bodies be chosen that resolve on the pot's money; a single one needs no choice."""
        field = self.fields["body"]
        field.queryset = bodies.all()  # type: ignore[attr-defined]
        today = timezone.localdate()
        self.bodies = [b for b in bodies if eligibility.can_back_a_decision(b, pot, today)]
        if len(bodies) == 1:
            field.initial = bodies[0].pk
            field.widget = forms.HiddenInput()

    @property
    def votes(self) -> Resolution | None:
        """Return the votes as they were typed, or None while they are not known."""
        data = getattr(self, "cleaned_data", {})
        counts = {name: data.get(name) for name in ("votes_yes", "votes_no", "votes_abstained")}
        return None if None in counts.values() else Resolution(**counts)

    def vote_objections(self, pot: Pot) -> dict[str, str]:
        """Return what stands against the votes and the meeting for money of the pot: field -> sentence."""
        data, votes = self.cleaned_data, self.votes
        body, day = data.get("body"), data.get("date")
        if votes and body and day:
            votes.body, votes.date = body, day
            objections = objections_to_resolution(votes)
            if not data["votes_checked"] and (doubt := doubt_about_votes(votes)):
                objections["votes_checked"] = doubt
        else:
            objections = {"votes_yes": NO_VOTES} if votes and not votes.votes_cast else {}
        if body and day and (objection := eligibility.objection_to_meeting(body, day, pot.year.year)):
            objections |= {"date": objection}
        return objections

    def resolution(self, amount: Decimal) -> Resolution:
        """Return the resolution over ``amount`` euro, not stored yet."""
        data = self.cleaned_data
        return Resolution(
            body=data["body"],
            date=data["date"],
            votes_yes=data["votes_yes"],
            votes_no=data["votes_no"],
            votes_abstained=data["votes_abstained"],
            amount_cents=int(amount.scaleb(2)),
            text=data["text"],
        )


def check_votes(form: VotesFields, pot: Pot) -> None:
    """Add an error beside the field where the resolution raises nothing."""
    objections = form.vote_objections(pot)
    if form.votes and form.votes.votes_cast and not form.votes.carried:
        objections.setdefault(
            "votes_yes", "Ohne Mehrheit bleibt die Bewilligung, wie sie ist; zu erfassen ist dann nichts."
        )
    for field, sentence in objections.items():
        form.add_error(field, sentence)
