"""All settings. They are read from the environment, or from a file ``.env`` beside ``manage.py``.

The environment overrides the file. README lists every variable.
Production is the default. ``APP_ENV=demo`` (set by ``make demo``) and ``APP_ENV=test`` (set by the test
suite) relax what only makes sense behind https.
"""

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from stadtbezirk.demo import served
from stadtbezirk.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
env.read_env(BASE_DIR / ".env")

APP_ENV = env.text("APP_ENV", default="production")
if APP_ENV not in {"production", "demo", "test"}:
    raise ImproperlyConfigured(f"APP_ENV ist „{APP_ENV}“; es gibt production, demo und test.")
PRODUCTION, DEMO = APP_ENV == "production", APP_ENV == "demo"
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var", base=BASE_DIR)

DEBUG = False
if PRODUCTION:
    SECRET_KEY = env.secret_key("SECRET_KEY")
    ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS")
    missing = [name for name in ("SECRET_KEY", "ALLOWED_HOSTS") if not globals()[name]]
    if missing:
        raise ImproperlyConfigured(
            f"Es fehlt {' und '.join(missing)}: bitte setzen (siehe README, Configuration) oder mit `make demo` "
            "die Demonstration starten."
        )
else:
    SECRET_KEY = env.text("SECRET_KEY") or (DEMO and served.secret_key(DATA_DIR)) or get_random_secret_key()
    ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "testserver"])
CSRF_TRUSTED_ORIGINS = env.sites("CSRF_TRUSTED_ORIGINS")
# Where the links in mails lead. Commands write mails, too, and no request tells them the address.
SITE_URL = env.site(
    "SITE_URL",
    default=f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
    if PRODUCTION
    else (DEMO and served.address(DATA_DIR)) or "http://localhost:8000",
)

INSTALLED_APPS = [
    "stadtbezirk.apps.VerwaltungConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "stadtbezirk.apps.StaticConfig",
    "django.forms",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "csp",
    "members.common",
    "members",
    "projects",
    "funding",
    "funding.letters",
    "funding.payments",
    "funding.proofs",
    "funding.closing",
    "stadtbezirk.apps.StadtbezirkConfig",
]

MIDDLEWARE = [
    "stadtbezirk.middleware.ProbesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "members.common.middleware.UnchangedPagesMiddleware",
    "csp.middleware.CSPMiddleware",
    "members.common.middleware.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "members.common.middleware.LargestBodyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "members.common.middleware.WhoMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "members.roles.middleware.RolesMiddleware",
    "members.common.middleware.ButtonsOnlyMiddleware",
    "members.common.kept.KeptInputMiddleware",
    "members.common.middleware.AbsurdNumbersMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "stadtbezirk.urls"
WSGI_APPLICATION = "stadtbezirk.wsgi.application"
CSRF_FAILURE_VIEW = "stadtbezirk.views.csrf_failure"
# The bank answers about each of 1,000 payments, the most in one file, in two fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2500

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "members.roles.middleware.roles_in_templates",
            ],
            # Every page shows icons and states.
            "builtins": ["members.common.templatetags.look"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

DATABASES = {"default": env.database("DATABASE_URL", DATA_DIR / "stadtbezirk.sqlite3", base=BASE_DIR)}
prepared_statements = env.switch("PREPARED_STATEMENTS", default=True)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
    # A file, so that the processes of the concurrency tests share it.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    if prepared_statements:
        # A statement is prepared once a connection has sent it five times. PostgreSQL then plans it no more.
        DATABASES["default"].setdefault("OPTIONS", {}).update(server_side_binding=True, prepare_threshold=5)
# Seconds. Without it every request opens the SQLite file anew, and closing it writes the whole log back.
DATABASES["default"]["CONN_MAX_AGE"] = env.number("CONN_MAX_AGE", default=60)
# Seconds that a page waits for a lock, and that one statement of a page may take; 0 is without a limit. They hold in
# the web server alone (``startup.limit_waiting``).
WEB_LOCK_TIMEOUT = env.number("WEB_LOCK_TIMEOUT", default=10, most=3600)
WEB_STATEMENT_TIMEOUT = env.number("WEB_STATEMENT_TIMEOUT", default=30, most=3600)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": env.cache_server("CACHE_URL")
    or {
        "BACKEND": "members.common.cache.TellingCache",
        "LOCATION": "django_cache",
        # Wrong passwords are counted here. With Django's 300 entries a guesser could push older counts out.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = ["members.backends.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if APP_ENV == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "members.accounts.passwords.HardToGuess"}]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "members.accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Wrong passwords are counted by members.accounts.attempts. Here are the limits on everything else.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": None,
    "reauthenticate": None,
    "change_password": None,
    "reset_password": "60/h/ip",
}
ACCOUNT_FORMS = {
    "change_password": "members.accounts.forms.ChangePasswordForm",
    "login": "members.accounts.forms.SignInForm",
    "reset_password": "members.accounts.forms.ResetPasswordForm",
}
# Behind a proxy every request has the proxy's address. Without this all visitors would share one limit.
BEHIND_PROXY = env.switch("BEHIND_PROXY", default=False)
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", default=1 if BEHIND_PROXY else 0, most=10)

# Every mail is first a row in the outbox. `send_mail_queue` hands it to the backend of MAIL_DELIVERY.
EMAIL_BACKEND = "members.post.outbox.OutboxBackend"
MAIL_DELIVERY = env.mail_server("EMAIL_URL", default="consolemail://")
DEFAULT_FROM_EMAIL = env.sender(
    "DEFAULT_FROM_EMAIL", default="StadtbezirksMarketing Dortmund <noreply@example.org>"
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Seconds that a mail server may take for one answer.
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", default=20, least=1, most=600)
# Local hour from which the day's collected messages go out.
MAIL_DIGEST_HOUR = env.number("MAIL_DIGEST_HOUR", default=6, most=23)
# Days after which the outbox forgets the text of a mail that went out.
MAIL_TEXTS_KEPT_DAYS = env.number("MAIL_TEXTS_KEPT_DAYS", default=90, least=1, most=3650)

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch")]
TIME_ZONE = "Europe/Berlin"
USE_I18N = True
FORMAT_MODULE_PATH = ["stadtbezirk.formats"]
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.folder("STATIC_ROOT", BASE_DIR / "staticfiles", base=BASE_DIR)
STATICFILES_DIRS = [BASE_DIR / "static", ("handbuch", BASE_DIR / "docs/handbuch/bilder")]
WHITENOISE_USE_FINDERS = not PRODUCTION
# Every test client starts the middleware anew, which would read all files first.
WHITENOISE_AUTOREFRESH = APP_ENV == "test"
# Papers of projects. No address leads there: a view sends a paper to those who may read it.
UPLOAD_DIR = env.folder("UPLOAD_DIR", DATA_DIR / "uploads", base=BASE_DIR)
# Written by the command `backup`.
BACKUP_DIR = env.folder("BACKUP_DIR", DATA_DIR / "backups", base=BASE_DIR)
# Folder of pg_dump, pg_restore and psql where they are not on the path.
POSTGRES_BIN = env.text("POSTGRES_BIN")
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": UPLOAD_DIR,
            "file_permissions_mode": 0o640,
            "directory_permissions_mode": 0o750,
        },
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
SESSION_COOKIE_AGE = 60 * 60 * 10
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", default=31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"tokens": {"()": "members.common.logs.WithoutTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["tokens"]}},
    # Events of accounts are logged at any LOG_LEVEL. A demonstration's accounts are invented: only warnings
    # there.
    "loggers": {"stadtbezirk.accounts": {"level": "WARNING" if DEMO else "INFO"}},
    "root": {"handlers": ["console"], "level": env.level("LOG_LEVEL", default="WARNING")},
}
