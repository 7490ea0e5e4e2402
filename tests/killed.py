"""One act in a process of its own that kills itself on the way, as a power cut would: ``python -m tests.killed ACT POINT KEYS``.

No handler runs, and nothing is rolled back but by the database.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parent.parent


def run(act: str, point: str, *keys: object) -> None:
    """Run the act on the test's database and files, and see that it was killed."""
    from django.conf import settings

    from tests.databases import url_of_test

    environment = {
        **os.environ,
        "APP_ENV": "test",
        "DATABASE_URL": url_of_test(),
        "DJANGO_SETTINGS_MODULE": "stadtbezirk.settings",
        "UPLOAD_DIR": str(settings.STORAGES["default"]["OPTIONS"]["location"]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.killed", act, point, *map(str, keys)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, (done.returncode, done.stdout, done.stderr)


def die(*args: Any, **options: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def after(act: Callable[..., Any], times: int = 1) -> Callable[..., Any]:
    """Do it so often, then die."""
    left = [times]

    def act_then_die(*args: Any, **options: Any) -> Any:
        result = act(*args, **options)
        left[0] -= 1
        if not left[0]:
            die()
        return result

    return act_then_die


def half(content: Any, chunk_size: int | None = None) -> Iterator[bytes]:
    """Hand out half of a file's bytes, then die."""
    whole = content.read()
    yield whole[: len(whole) // 2]
    die()


def main(act: str, point: str, *keys: str) -> None:
    import django

    django.setup()
    from django.core.files.base import ContentFile

    from funding import services as core
    from funding.letters import content
    from funding.models import Application
    from funding.payments import services as payments
    from funding.payments.models import PaymentBatch
    from funding.payments.services import batches, files
    from members.common import stored
    from members.models import User
    from tests.batches import bank_day

    points: dict[str, tuple[Any, str, Callable[..., Any]]] = {
        "before the bank's file": (files, "make", die),
        "before the PDF": (content, "render", die),
        "half of the file": (ContentFile, "chunks", half),
        "before the hash": (stored, "put", after(stored.put)),
        "in the second booking": (core, "pay", after(core.pay, 2)),
        "after the second booking": (batches, "_book", after(batches._book, 2)),
        "after all bookings": (payments, "mark_executed", after(payments.mark_executed)),
    }
    row, actor = int(keys[0]), User.objects.get(pk=keys[1])
    acts: dict[str, Callable[[], Any]] = {
        "approve": lambda: core.approve(
            Application.objects.get(pk=row), amount=Decimal(keys[2]), actor=actor
        ),
        "release": lambda: payments.release(PaymentBatch.objects.get(pk=row), actor=actor, on=bank_day()),
        "execute": lambda: payments.mark_executed(
            PaymentBatch.objects.get(pk=row), executed_on=bank_day(), actor=actor
        ),
    }
    with ExitStack() as patches:
        patches.enter_context(patch.object(*points[point]))
        acts[act]()


if __name__ == "__main__":
    main(*sys.argv[1:])
