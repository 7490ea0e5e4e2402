"""The fields on what a grant is tied to."""

from django import forms

from funding.models import ProofDepth
from members.common.forms import DayField
from members.common.money import MoneyFormField


class TermsFields(forms.Form):
    """The fields on what a grant is tied to. They start as proposed, and stay so where the form was sent without them."""

    #: Says that the fields stood in the form that was sent, so that an empty list of conditions means none.
    with_terms = forms.BooleanField(widget=forms.HiddenInput, required=False)
    eligible_costs = MoneyFormField(label="Förderfähige Kosten", required=False)
    carried_out_from = DayField(label="Durchführung von", required=False)
    carried_out_until = DayField(label="Durchführung bis", required=False)
    callable_until = DayField(label="Geld abrufbar bis", required=False)
    proof_due_on = DayField(label="Verwendungsnachweis bis", required=False)
    proof_depth = forms.ChoiceField(label="Umfang des Nachweises", choices=ProofDepth.choices, required=False)
    conditions = forms.MultipleChoiceField(
        label="Nebenbestimmungen", widget=forms.CheckboxSelectMultiple, required=False
    )

    #: What may not stay empty where the fields stood in the form, and its sentence.
    NEEDED = {
        "eligible_costs": "Bitte die förderfähigen Kosten eintragen.",
        "callable_until": "Bitte eintragen, bis wann das Geld abgerufen werden kann.",
        "proof_due_on": "Bitte eintragen, bis wann die Verwendung nachgewiesen wird.",
        "proof_depth": "Bitte den Umfang des Nachweises wählen.",
    }
