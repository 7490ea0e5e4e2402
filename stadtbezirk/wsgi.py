import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

#: By this status gunicorn knows that starting again would not help.
BOOT_ERROR = 3

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stadtbezirk.settings")
try:
    application = get_wsgi_application()
except ImproperlyConfigured as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(BOOT_ERROR)
