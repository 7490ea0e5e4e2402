# The commands of README.md. Needs Python 3.11 or newer and make; uses uv when it is there.
SHELL := /bin/sh
PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 2
BIN := .venv/bin

.DELETE_ON_ERROR:
.PHONY: help demo test slow bench check lock pictures styles

help:
	@echo "make demo   Demonstration mit Beispieldaten starten (PORT=8000)"
	@echo "make test   alle Tests auf SQLite und PostgreSQL"
	@echo "make slow   Tests, die Minuten dauern: der ganze Messlauf im Kleinen"
	@echo "make bench  messen, was Seiten und Buchungen kosten (SIZES=\"250 2500\" ONLY=pages DB=sqlite)"
	@echo "make check  Stil, Typen, Vorlagen, Importe, Migrationen, Betriebseinstellungen"
	@echo "make pictures  Bilder des Handbuchs und von README neu aufnehmen (braucht Chromium)"
	@echo "make styles  benutzten Teil von Bootstrap nach static/css/bootstrap.css schneiden"
	@echo "make lock   requirements*.txt aus pyproject.toml neu schreiben (braucht uv)"

demo: .venv/.requirements
	@APP_ENV=demo $(BIN)/python manage.py demo --serve --port "$(PORT)"

# The first run is always SQLite; the second uses DATABASE_URL where it is set, else a PostgreSQL of its own.
test: .venv/.requirements-dev
	@failed=0; \
	echo "== Tests auf SQLite"; \
	env -u DATABASE_URL -u TEST_DATABASE $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS) || failed=1; \
	echo "== Tests auf PostgreSQL"; \
	TEST_DATABASE=postgresql $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS) || failed=1; \
	exit $$failed

# Whatever make test leaves out.
slow:
	@$(MAKE) test ARGS="-m slow $(ARGS)"

# Every ratio to a floor measured in the same run; the databases are kept in var/bench, the table in docs/leistung.md.
bench: .venv/.requirements-dev
	@$(BIN)/python -m tests.bench $(if $(SIZES),--sizes "$(SIZES)") $(if $(ONLY),--only "$(ONLY)") \
	    $(if $(DB),--db "$(DB)") $(ARGS)

check: export DATABASE_URL = sqlite://:memory:
check: .venv/.requirements-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --check $$(find templates -name '*.html')
	APP_ENV=test $(BIN)/mypy stadtbezirk funding projects members
	$(BIN)/lint-imports
	APP_ENV=test $(BIN)/python manage.py makemigrations --check --dry-run
	APP_ENV=production SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz ALLOWED_HOSTS=example.org \
	    EMAIL_URL=smtp://localhost $(BIN)/python manage.py check --deploy --fail-level WARNING

pictures: .venv/.requirements-dev
	$(BIN)/python -m tests.pictures

# After a class of Bootstrap is used for the first time or no longer; the tests say when.
styles: .venv/.requirements-dev
	$(BIN)/python -m tests.styles

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --group dev pyproject.toml -o requirements-dev.txt

# A stamp per requirements file; the environment is touched again only when the file is newer.
.venv/.requirements .venv/.requirements-dev: .venv/.%: %.txt
	@command -v "$(PYTHON)" >/dev/null || { \
	    echo "Python fehlt: Bitte Python 3.11 oder neuer installieren (oder PYTHON=/pfad/zu/python3 angeben)." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python ist zu alt: Gebraucht wird 3.11 oder neuer, gefunden wurde $$("$(PYTHON)" -V 2>&1)." >&2; exit 1; }
	@[ -w . ] || { \
	    echo "Der Ordner $$(pwd) ist nicht beschreibbar: Bitte in einen eigenen Ordner kopieren." >&2; exit 1; }
	@echo "Richte die Umgebung ein ($<) …"
	@if command -v uv >/dev/null 2>&1; then \
	    { [ -x $(BIN)/python ] || uv venv --quiet --python "$(PYTHON)" .venv; } \
	    && uv pip install --quiet --python $(BIN)/python --require-hashes -r $<; \
	else \
	    "$(PYTHON)" -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<; \
	fi || { \
	    echo "Die Umgebung ließ sich nicht einrichten, siehe oben: Gebraucht werden das Modul venv (Debian, Ubuntu: Paket python3-venv) und einmal Zugang zum Paketverzeichnis." >&2; exit 1; }
	@touch $@
