"""The bare project for gunicorn: the same apps installed, the view alone, no middleware of ours."""

import django
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

django.setup(set_prefix=False)
with override_settings(MIDDLEWARE=["tests.bench.floor.bare.middleware"]):
    application = WSGIHandler()
