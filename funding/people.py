"""Whom an application names, taken from its steps: they were read with their people, so no join repeats them."""

from collections.abc import Iterable

from funding.models import Application, Decision


def name_people(application: Application, steps: Iterable[Decision]) -> None:
    """Whoever submitted and signed first also left a step; anybody else is read when a page names them. No query."""
    acted = {step.actor_id: step.actor for step in steps}
    if submitter := acted.get(application.submitted_by_id):
        application.submitted_by = submitter
    if application.first_signer_id and (signer := acted.get(application.first_signer_id)):
        application.first_signer = signer
