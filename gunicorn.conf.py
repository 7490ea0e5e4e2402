"""Gunicorn in production and in the demonstration; processes by ``WEB_CONCURRENCY``, address by ``--bind``."""

wsgi_app = "stadtbezirk.wsgi:application"
worker_class = "gthread"
threads = 8
max_requests = 5000
max_requests_jitter = 500
