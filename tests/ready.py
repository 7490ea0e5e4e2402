"""Sets up Django in the server that the processes of the concurrency tests are forked from."""

import django
from django.apps import apps

if not apps.ready:
    django.setup()
