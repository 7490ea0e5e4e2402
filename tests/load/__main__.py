"""``python -m tests.load --projects 2500``: fill the database of DATABASE_URL. ``--help`` names the options."""

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stadtbezirk.settings")
    django.setup()
    from tests.load.command import Command

    Command().run_from_argv(["tests", "load", *sys.argv[1:]])
