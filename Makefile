# make serve   set up, then serve on http://127.0.0.1:8080 in the open profile "sandbox"
#              (HOST, PORT, WORKERS and PROFILE override; docs/settings.md)
# make test    set up, then run every test
# make check   format, lint, types, import contracts, YAML, then every test
# make bench   what it costs, side by side with a service that does nothing
# make lock    resolve the dependencies of pyproject.toml anew
# make docs    write the generated pages of docs/
# make browser  get a Chromium for the browser tests, if there is none; make test tries, and goes on without
# make screenshots   take the pictures of docs/images anew
# make knowledge-report   what of the knowledge is not verified, past its review, from one source only (AS_OF=YYYY-MM-DD)
#
# All it needs is make and Python 3.11 or newer with venv and pip (PYTHON=... chooses which).
# pip reads your own configuration, so a mirror or a proxy works as it does elsewhere.

PYTHON ?= python3
HOST ?= $(or $(ROS1_CDS_HOST),127.0.0.1)
PORT ?= $(or $(ROS1_CDS_PORT),8080)
WORKERS ?= $(or $(ROS1_CDS_WORKERS),1)
PROFILE ?= $(or $(ROS1_CDS_PROFILE),sandbox)

VENV := .venv
BIN := $(VENV)/bin
SERVE := $(VENV)/.serve
DEV := $(VENV)/.dev
BROWSER := $(VENV)/.browser
CODE := cards cdshooks fhir_mapping knowledge tests $(wildcard bench)

.PHONY: serve test check format bench lock docs browser screenshots knowledge-report clean

serve: $(SERVE)
	ROS1_CDS_HOST=$(HOST) ROS1_CDS_PORT=$(PORT) ROS1_CDS_WORKERS=$(WORKERS) \
	ROS1_CDS_PROFILE=$(PROFILE) $(BIN)/python -m cdshooks serve

test: $(DEV)
	@$(MAKE) --no-print-directory browser || true
	$(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder

check: $(DEV)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict .
	@$(MAKE) --no-print-directory test

format: $(DEV)
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

bench: $(DEV)
	$(BIN)/python -m bench

docs: $(DEV)
	$(BIN)/python -m tests.conformance.table
	$(BIN)/python -m tests.knowledge.rules_page
	$(BIN)/python -m tests.cdshooks.settings_page

browser: $(BROWSER)

screenshots: $(BROWSER)
	SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/browser/test_screenshots.py

knowledge-report: $(SERVE)
	$(BIN)/python -m knowledge $(if $(AS_OF),--as-of $(AS_OF))

# The stamps: a second call finds them newer than the locks and starts at once.

$(VENV):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(SERVE): requirements.lock | $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	touch $@

$(DEV): requirements-dev.lock | $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.lock
	touch $@ $(SERVE)

$(BROWSER): $(DEV)
	$(BIN)/python -m tests.browser.chromium
	touch $@

# One lock for every platform and Python from 3.11 on; versions and hashes only, so that any index will do.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

lock: | $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(LOCK) --output-file requirements.lock pyproject.toml
	$(LOCK) --constraint requirements.lock --group dev --output-file requirements-dev.lock pyproject.toml

clean:
	rm -rf $(VENV)
