"""Calls and pays a grant in one step, for tests of what comes before or after."""

from datetime import date
from decimal import Decimal

from django.utils import timezone

from funding import services
from funding.models import Application
from funding.payments.services import pay_former
from members.models import Mandate, User


def caller(application: Application, on: date | None = None) -> User:
    """Return who directs the district that calls the application's money on the day (default: today)."""
    app = Application.objects.select_related("pot", "project").get(pk=application.pk)
    district = app.calling_district_id
    directing = Mandate.objects.active_on(on or timezone.localdate()).filter(
        kind=Mandate.Kind.MANAGING_DIRECTOR, district=district, person__user__isnull=False
    )
    return directing.order_by("pk")[0].person.user


def earmark(application: Application, *, amount: Decimal, on: date | None = None) -> Application:
    """Call ``amount`` euro as the district's director."""
    return services.earmark(application, amount=amount, actor=caller(application, on), on=on)


def pay(application: Application, *, amount: Decimal, actor: User, on: date | None = None) -> Application:
    """Call ``amount`` euro as the district's director and pay them as ``actor``."""
    return pay_former(application, amount=amount, caller=caller(application, on), actor=actor, on=on)
