"""Runs some parts on the database that the environment names, and writes their rows as JSON lines.

Started by ``python -m tests.bench``; the arguments are its context.
"""

import json
import sys
import time
from pathlib import Path

import django

from tests.bench.parts import Context, part


def main(context: Context, names: list[str], results: Path) -> None:
    with results.open("w") as file:
        for name in names:
            begin = time.monotonic()
            for row in part(name).run(context):
                file.write(json.dumps(row.as_json()) + "\n")
                file.flush()
                print(line(row), flush=True)
            print(f"   {name} took {time.monotonic() - begin:.0f} s", flush=True)


def line(row: object) -> str:
    from tests.bench.report import as_text

    return as_text(row)


if __name__ == "__main__":
    django.setup()
    values = json.loads(sys.argv[1])
    values["folder"] = Path(values["folder"])
    main(Context(**values), sys.argv[2].split(","), Path(sys.argv[3]))
