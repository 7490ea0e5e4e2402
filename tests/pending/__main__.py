"""``python -m tests.pending COMMAND``: our ``migrate``, or ``django``'s own, which is what it is better than."""

import sys

import django
from django.core.management import call_command
from django.core.management.commands.migrate import Command as DjangosMigrate

django.setup()
sys.stdout.write("begins\n")
sys.stdout.flush()
call_command(DjangosMigrate() if sys.argv[1] == "django" else "migrate", skip_checks=True)
