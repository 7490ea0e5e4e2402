"""Mails about changes of grants: the Wirtschaftsförderung hears what is asked for, the district what became of it.

Only steps of today are told.
"""

from django.utils import timezone

from funding.notices import titles
from funding.proofs import permissions
from funding.proofs.change_words import in_words
from funding.proofs.models import ChangeStep
from members.post.notify import accounts_of, notify, notify_directors
from members.post.notify import forget as forget_key
from members.roles import groups
from members.roles.permissions import Roles

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
    today = timezone.localdate()
    if step.on != today:
        return
    application = change.application
    told = {
        "template": "change_step",
        "context": {
            "step": step, "change": change, "text": in_words(change), "application": application,
            "project": application.project,
        },
        "key": f"change-step:{step.pk}",
        **titles(f"Änderung {step.get_step_display()}", application),
    }  # fmt: skip
    if step.step in TO_STAFF:
        able = [
            user
            for user in accounts_of(groups.BUSINESS_DEVELOPMENT, without=step.actor)
            if permissions.objection_to_decide_change(Roles(user, today), change) is None
        ]
        notify(able, group=groups.BUSINESS_DEVELOPMENT, **told)
    elif step.step in TO_DISTRICT:
        notify_directors([application.calling_district_id], day=today, without=step.actor, **told)
