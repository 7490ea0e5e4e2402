"""How much memory the audit package takes, in a process of its own."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection

from funding.payments.models import CallPaper
from members.common import stored
from tests import batches, personas

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
    year = personas.open_year()
    to = batches.payee()
    to.districts.add(personas.district("APL"))
    application = personas.application(batches.granted())
    calls = [personas.call(application, "5", to=to) for _ in range(100)]
    shas = [stored.put(os.urandom(100_000)) for _ in range(100)]
    CallPaper.objects.bulk_create(
        CallPaper(
            call=call, name=f"Beleg {n}.pdf", kind="pdf", size=100_000, sha256=sha, uploaded_by=call.called_by
        )
        for call in calls
        for n, sha in enumerate(shas)
    )
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
