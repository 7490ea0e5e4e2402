"""Connects the signals of members: the triggers around a migrate, and what is recorded of accounts."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import m2m_changed, post_migrate, post_save, pre_delete, pre_migrate, pre_save


def lift_guards(*, using: str, plan: Any = (), **kwargs: Any) -> None:
    """Drop the triggers of all apps before a migrate that changes something."""
    from members.common.triggers import SETS, drop_former

    if plan:
        drop_former(using)
        for each in SETS:
            each.lift(using)


def install_guards(*, using: str, **kwargs: Any) -> None:
    """Create the triggers of all apps after a migrate where the catalogue is not right."""
    from members.common.catalogue import agrees
    from members.common.triggers import SETS, drop_former

    if not agrees(using):
        drop_former(using)
        for each in SETS:
            each.install(using)


class MembersConfig(AppConfig):
    """The app of the association: people, accounts, bodies and mandates."""

    name = "members"
    verbose_name = "Verein"

    def ready(self) -> None:
        from django.contrib.auth.models import Group

        from members import guards
        from members.accounts import events
        from members.accounts import guards as account_guards
        from members.common.kept import forget_others
        from members.common.triggers import SETS
        from members.models import Person, User

        user_logged_in.connect(forget_others)
        user_logged_in.connect(events.signed_in)
        user_logged_out.connect(events.signed_out)
        pre_save.connect(events.before_save, sender=User)
        post_save.connect(events.after_save, sender=User)
        m2m_changed.connect(events.groups_changed, sender=User.groups.through)
        pre_delete.connect(events.group_deleted, sender=Group)
        pre_delete.connect(events.person_deleted, sender=Person)
        # Migrations run without triggers. Our ``migrate`` lifts and installs them in the same transaction.
        SETS.extend([guards.GUARDS, account_guards.GUARDS])
        pre_migrate.connect(lift_guards, sender=self)
        post_migrate.connect(install_guards, sender=self)
