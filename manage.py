#!/usr/bin/env python
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stadtbezirk.settings")
    from django.core.management import execute_from_command_line

    from stadtbezirk.startup import sentence

    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        said = sentence(error)
        if said is None:
            raise
        sys.exit(said)
