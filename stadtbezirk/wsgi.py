"""The application that a web server calls."""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from stadtbezirk.startup import limit_waiting, require_static_files

#: With this status gunicorn knows that starting again would not help.
BOOT_ERROR = 3

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stadtbezirk.settings")
try:
    if settings.PRODUCTION:
        require_static_files(settings.STATIC_ROOT)
    limit_waiting()
    application = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(BOOT_ERROR)
