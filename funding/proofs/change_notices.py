"""Mails about changes of grants: the Wirtschaftsförderung hears what is asked for, the district what became of it.

Only steps of today are told.
"""

from django.utils import timezone

from funding.proofs import permissions
from funding.proofs.change_words import in_words
from funding.proofs.models import ChangeStep
from funding.proofs.notices import about, to_district, to_staff
from members.post.notify import forget as forget_key

Step = ChangeStep.Step
#: The steps after which the Wirtschaftsförderung decides, or knows.
TO_STAFF = (Step.ASK, Step.ANSWER, Step.NOTE)
#: The steps of which the calling district hears.
TO_DISTRICT = (Step.ASK_BACK, Step.CONSENT, Step.REFUSE, Step.LAPSE)


def tell_of_step(step: ChangeStep) -> None:
    """Write to who decides, or to the district, with the full text of the change."""
    change = step.request
    for pk in change.steps.filter(step__in=TO_STAFF, pk__lt=step.pk).values_list("pk", flat=True):
        forget_key(f"change-step:{pk}")
    if step.on != timezone.localdate():
        return
    application, what = change.application, f"Änderung {step.get_step_display()}"
    told = {
        "template": "change_step",
        "context": {"step": step, "change": change, "text": in_words(change), **about(application)},
        "key": f"change-step:{step.pk}",
    }
    if step.step in TO_STAFF:
        to_staff(
            application,
            what,
            lambda roles: permissions.objection_to_decide_change(roles, change),
            step.actor,
            told,
        )
    elif step.step in TO_DISTRICT:
        to_district(application, what, step.actor, step.on, told)
