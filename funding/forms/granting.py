"""The forms that grant money: signing, approving, carrying out a resolution."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import escape

from funding import eligibility, rules, terms
from funding.forms.base import IN_THE_LETTER, StepForm, reason_field
from funding.forms.terms import TermsFields
from funding.forms.voting import VotesFields
from funding.models import Application, Decision, GrantCondition, Step
from members.common.money import MoneyFormField, format_euro


def offered(application: Application) -> Decimal:
    """Return the euro that a form for granting starts with: never more than is free in the pot.

    That is what was signed for, or else what was asked for, or else what is free.
    """
    wanted = application.reserved if application.is_signed else application.requested
    return min(wanted, application.available)


class AmountForm(TermsFields, StepForm):
    """A form that grants money: an amount, the kind of financing, a reason for granting less, and the terms.

    What its button says is sent along as ``does``.
    """

    #: What the form does -> what its button says.
    BUTTONS = {
        "sign": "Erste Unterschrift leisten",
        "approve": "Bewilligen",
        "approve_second": "Zweite Unterschrift leisten und bewilligen",
        "carry_out": "Beschluss erfassen und bewilligen",
        "carry_out_second": "Mit Beschluss und zweiter Unterschrift bewilligen",
        "reject": "Ablehnung festhalten",
    }

    amount = MoneyFormField(label="Betrag", error_messages={"required": "Bitte den Betrag eintragen."})
    financing = forms.ChoiceField(
        label="Finanzierungsart",
        choices=Application.Financing.choices,
        initial=Application.Financing.FIXED,
        help_text="Festbetrag: gilt fest. Anteil und Fehlbedarf: sinken mit, wenn die Kosten sinken.",
    )
    reason = reason_field(
        f"Nötig, wenn Sie weniger als beantragt bewilligen. {IN_THE_LETTER}", required=False
    )

    #: What the grant is tied to as it was typed; None leaves it to the service.
    tied_to: terms.Terms | None = None

    def __init__(self, step: Step, application: Application, data: Any = None) -> None:
        super().__init__(step, application, data)
        asked, free = application.requested, application.available
        if free < asked:
            rest = f"sind {format_euro(free)} frei" if free else "ist nichts frei"
            hint = f"Beantragt sind {format_euro(asked)}, in {application.pot} {rest}."
            self.fields["amount"].help_text = escape(hint)
            self.fields["reason"].label = "Begründung, warum weniger als beantragt"
        if self.proposed is None:
            for name in TermsFields.base_fields:
                del self.fields[name]
        else:
            choices = [(str(each.pk), f"{each.title}: {each.text}") for each in self.offered_conditions]
            self.fields["conditions"].choices = choices  # type: ignore[attr-defined]

    @cached_property
    def signature(self) -> Decision | None:
        """Return the first signature that counts, with its reason and terms."""
        if not self.application.is_signed:
            return None
        signed = [each for each in self.application.decisions.all() if each.step == Step.SIGN]
        return signed[-1] if signed else None

    @cached_property
    def _offered_today(self) -> list[GrantCondition]:
        return terms.conditions(timezone.localdate())

    @property
    def offered_conditions(self) -> list[GrantCondition]:
        """Return what can be ticked: what decisions of today choose from, and what the first signature chose."""
        chosen = self.proposed.conditions if self.proposed else ()
        return [*self._offered_today, *(each for each in chosen if each not in self._offered_today)]

    @cached_property
    def proposed(self) -> terms.Terms | None:
        """Return what the first signature tied the grant to, or else what is proposed; None before there are terms."""
        if self.signature and self.signature.has_terms:
            return terms.signed(self.signature)
        app = self.application
        return self._proposed(offered(app) or app.requested, app.financing or Application.Financing.FIXED)

    def _proposed(self, amount: Decimal, financing: str) -> terms.Terms | None:
        return terms.proposed(self.application, amount, financing, timezone.localdate(), self._offered_today)

    def _proposed_for(self, amount: Decimal) -> terms.Terms | None:
        """Return what is proposed for what was typed, which what nobody touched follows; None after a first signature."""
        financing = self.cleaned_data.get("financing")
        return self._proposed(amount, financing) if financing and not self.signature else None

    @property
    def terms_have_errors(self) -> bool:
        """Return whether a field on what the grant is tied to cannot stand."""
        return not TermsFields.base_fields.keys().isdisjoint(self.errors)

    @property
    def act(self) -> str:
        """Return what the form does as it is filled in: a key of ``BUTTONS``."""
        return "approve_second" if self.application.is_signed else "approve"

    @property
    def button(self) -> str:  # type: ignore[override]
        return self.BUTTONS[self.act]

    @property
    def promised_otherwise(self) -> bool:
        """Return whether the button that was pressed said something else than what would be done now."""
        return self.data.get("does", self.act) != self.act

    def start(self, application: Application) -> dict[str, Any]:
        start: dict[str, Any] = {
            "amount": offered(application) or None,
            "financing": application.financing or Application.Financing.FIXED,
        }
        if self.signature:
            # The second signer usually agrees with the first one's reason and need not type it again.
            start["reason"] = self.signature.reason
        if self.proposed:
            start |= {
                **self.proposed.columns,
                "with_terms": True,
                "conditions": [str(each.pk) for each in self.proposed.conditions],
            }
        return start

    def check_grant(self, *, granted: bool = True) -> None:
        """Add an error beside the field that stands against the grant.

        ``granted`` is false for a resolution that grants nothing: then the reason may be empty.
        """
        amount = self.cleaned_data.get("amount")
        if amount is not None:
            reason = self.cleaned_data.get("reason", "") if granted else "–"
            for field, sentence in rules.grant_objections(self.application, amount, reason).items():
                self.add_error(field, sentence)
        if granted and self.proposed is not None:
            self._check_terms(self.proposed, amount)

    def _check_terms(self, proposed: terms.Terms, amount: Decimal | None) -> None:
        """Set ``tied_to``, and add an error beside each of its fields that cannot stand."""
        data = self.cleaned_data
        if not data.get("with_terms"):
            self.tied_to = None
            return
        for name, sentence in self.NEEDED.items():
            if not data.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        if self.terms_have_errors or amount is None:
            return
        chosen: dict[str, Any] = {name: data.get(name) for name in terms.COLUMNS}
        ticked = tuple(each for each in self.offered_conditions if str(each.pk) in data["conditions"])
        if follows := self._proposed_for(amount):
            if chosen["proof_depth"] == proposed.proof_depth:
                chosen["proof_depth"] = follows.proof_depth
            if ticked == proposed.conditions:
                ticked = follows.conditions
        self.tied_to = terms.Terms(**chosen, conditions=ticked)
        found = terms.objections(self.tied_to, self.application, amount, timezone.localdate())
        for field, sentence in found.items():
            self.add_error(field, sentence)


class GrantForm(AmountForm):
    """Grants from pillar 2 or a special pot with the second or the only signature."""

    title = "Bewilligen"

    field_order = ["amount", "reason", "financing"]

    def clean(self) -> dict[str, Any]:
        self.check_grant()
        return self.cleaned_data


class FirstSignatureForm(GrantForm):
    """The first of two signatures: it reserves and grants nothing yet."""

    title = "Erste Unterschrift"

    @property
    def act(self) -> str:
        return "sign"


class ResolutionForm(VotesFields, AmountForm):
    """Pillar 1: records a resolution of the Lenkungsgremium and carries it out in one step."""

    title = "Beschluss des Lenkungsgremiums"

    field_order = [
        "body",
        "date",
        "votes_yes",
        "votes_no",
        "votes_abstained",
        "amount",
        "votes_checked",
        "text",
        "reason",
        "financing",
    ]

    def __init__(self, step: Step, application: Application, data: Any = None) -> None:
        bodies = eligibility.resolving_bodies(application.pot)
        super().__init__(step, application, self.started(data, bodies))
        self.offer(bodies, application.pot)
        self.fields["amount"].label = "Beschlossener Betrag"

    @property
    def act(self) -> str:
        votes = self.votes
        if votes and not votes.carried:
            return "reject"
        return "carry_out_second" if self.application.is_signed else "carry_out"

    @property
    def outcome(self) -> str:
        """Return what the votes mean: "carried", "tied" or "lost", and "open" while they are not known."""
        votes = self.votes
        if votes is None or votes.votes_cast == 0:
            return "open"
        if votes.carried:
            return "carried"
        return "tied" if votes.tied else "lost"

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        rejects = self.act == "reject"
        for field, sentence in self.vote_objections(self.application.pot).items():
            self.add_error(field, sentence)
        self.check_grant(granted=not rejects)
        return data


class JuryForm(ResolutionForm):
    """Pillar 2 where the model asks for the jury: the approving signature records the jury's resolution."""

    title = "Beschluss der Jury"

    def __init__(self, step: Step, application: Application, data: Any = None) -> None:
        super().__init__(step, application, data)
        self.fields["body"].error_messages["invalid_choice"] = "Über Säule 2 beschließt nur die Jury."
