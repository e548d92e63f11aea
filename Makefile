# Kontor: `make run` is all it takes. What each target does: `make help`.

PORT ?= 8000
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$name && break; done)
BIN := .venv/bin
RUNTIME := .venv/installed-runtime
DEVELOPMENT := .venv/installed-development
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --quiet --no-input --require-hashes --only-binary :all:
# Locks must not depend on how this machine reaches its packages.
LOCK := $(BIN)/uv pip compile --no-config --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check fix bench lock clean install format lint types imports translations migrations

help: ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 20

run: $(RUNTIME) ## Install, start everything on http://127.0.0.1:8000 (PORT=8001 for another port)
	@$(BIN)/python -m app.cli run --port $(PORT)

test: $(DEVELOPMENT) ## Run all tests (TESTS="tests/start -x" for some)
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(TESTS)

check: format lint types imports translations migrations test ## All that must hold before a commit

format: $(DEVELOPMENT)
	$(BIN)/ruff format --check .

lint: $(DEVELOPMENT)
	$(BIN)/ruff check .

types: $(DEVELOPMENT)
	$(BIN)/mypy

imports: $(DEVELOPMENT)
	$(BIN)/lint-imports

translations: $(DEVELOPMENT)
	$(BIN)/python -m tools.translations --check

migrations: $(DEVELOPMENT)
	$(BIN)/python -m tools.migrations

fix: $(DEVELOPMENT) ## Format, repair what can be repaired, collect texts for translation
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m tools.translations

bench: $(DEVELOPMENT) ## Measure (bench/README.md)
	$(BIN)/python -m bench
	$(BIN)/python -m bench.matching
	$(BIN)/python -m bench.feeding
	$(BIN)/python -m bench.finding
	$(BIN)/python -m bench.dating

install: $(DEVELOPMENT) ## Install everything, for development too

lock: $(DEVELOPMENT) ## Choose package versions anew from pyproject.toml (UPGRADE=--upgrade for newer ones)
	test -x $(BIN)/uv || $(PIP) install --quiet uv
	$(LOCK) $(UPGRADE) --output-file requirements.lock pyproject.toml
	$(LOCK) $(UPGRADE) --extra dev --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml

clean: ## Remove what was installed and measured; the data in var/ stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A stamp is written last: an interrupted installation is simply taken up again.
.venv/made:
	@test -n "$(PYTHON)" || { echo "Kontor needs Python 3.11 or newer; none was found." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing (Debian: apt install python3-venv)." >&2; exit 1; }
	@touch $@

$(RUNTIME): .venv/made requirements.lock
	@echo "Installing Kontor's packages …"
	@$(INSTALL) --requirement requirements.lock
	@$(BIN)/python -m compileall -q app migrations
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements-dev.lock
	@echo "Installing the developers' tools …"
	@$(INSTALL) --requirement requirements-dev.lock
	@touch $@
