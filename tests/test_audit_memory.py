"""How much memory the audit package takes, in a process of its own."""

import os
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from funding.proofs import services
from funding.proofs.models import Voucher
from members.common import stored
from tests import batches, called, personas

CHILD = """
import resource, sys
import django
django.setup()
from funding.models import FiscalYear
from stadtbezirk.audit.package import Package
size = sum(len(part) for part in Package(FiscalYear.objects.get(year=int(sys.argv[1]))))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, size)
"""


@pytest.mark.slow
@pytest.mark.skipif(connection.vendor != "sqlite", reason="a process of its own on the test's file")
@pytest.mark.django_db(transaction=True)
def test_ten_thousand_vouchers_cost_less_than_200_mb(settings: Any) -> None:
    """A hundred rows of a proof with a hundred vouchers each: a gigabyte of files."""
    year, director = personas.open_year(), personas.gf_aplerbeck()
    costs = [(f"Posten {n}", "10") for n in range(100)]
    application = personas.application(batches.granted(costs=costs))
    called.pay(application, amount=Decimal(1000), actor=personas.wf1())
    proof = services.open_proof(application, actor=director)
    shas = [stored.put(os.urandom(100_000)) for _ in range(100)]
    Voucher.objects.bulk_create(
        Voucher(
            row=row, name=f"Beleg {n}.pdf", kind="pdf", size=100_000, sha256=sha, day=timezone.localdate(), amount=Decimal("0.10"),
            entered_by=director,
        )
        for row in proof.rows.filter(side="cost")
        for n, sha in enumerate(shas)
    )  # fmt: skip
    assert Voucher.objects.count() == 10_000
    environment = {
        **os.environ,
        "APP_ENV": "test",
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "DATA_DIR": str(settings.DATA_DIR),
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(year.year)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    peak, size = map(int, done.stdout.split())
    print(f"{peak} MB for a package of {size // 1_000_000} MB")  # noqa: T201
    assert size > 900_000_000 and peak < 200
