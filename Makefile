# Every target works from a bare clone: it makes .venv and installs what it needs, once.
# Stamp files inside .venv remember what is installed, so the second time is instant.

# Python 3.11 or newer; name another one with `make PYTHON=/path/to/python3.12 <target>`.
PYTHON ?=
# Passed on: make demo ARGS='--port 8080', make test ARGS='-k postgres', make lock ARGS=--upgrade
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PACKAGES := pql usage_ingest segments routes migrations
CHECKED := $(PACKAGES) tests benchmarks $(wildcard wsgi.py)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# Compiled apart: pip uses one core. A package may hold files for another Python; they stay as they are.
INSTALL := $(PIP) install --no-compile --require-hashes --requirement
COMPILE := $(BIN)/python -m compileall -q -j 0
LOCK_TOOLS := .lock-tools

say = @printf '\033[1m==> %s\033[0m\n' '$(1)'

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check bench format docs lock clean system-packages

help: ## List the targets
	@printf 'Usage: make <target> [ARGS="..."]\n\n'
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)$$/  \1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS='|' read -r target text; do printf '%-20s %s\n' "$$target" "$$text"; done

demo: $(VENV)/.project ## Start the service with a demonstration workspace (runtime requirements only)
	$(call say,Starting the demonstration)
	@$(BIN)/pql demo $(ARGS)

# What can be done at once is: the packages come while the types are checked. Three test processes
# for two cores, as many tests wait for a service to answer; tests/conftest.py says in which order.
# What pytest compiles is kept whatever the environment says: hypothesis alone takes each process 5 s.
test: ## Run every check, then every test
	@$(MAKE) --no-print-directory --jobs 2 --output-sync check system-packages
	$(call say,Running the tests)
	@$(COMPILE) $(PACKAGES) benchmarks
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

check: lint types ## Formatting, lint, types, import contracts and declared dependencies

types: $(VENV)/.development ## Types alone
	$(call say,Types (mypy --strict))
	@$(BIN)/mypy --strict $(CHECKED)

lint: $(VENV)/.development ## Formatting, lint, import contracts and declared dependencies
	$(call say,Formatting (ruff format))
	@$(BIN)/ruff format --check $(CHECKED)
	$(call say,Lint (ruff check))
	@$(BIN)/ruff check $(CHECKED)
	$(call say,Import contracts (lint-imports))
	@$(BIN)/lint-imports --no-logo
	$(call say,Declared dependencies (deptry))
	@$(BIN)/deptry .

bench: $(VENV)/.development ## Measure speed and accuracy
	$(call say,Running the benchmarks)
	@$(BIN)/python -m benchmarks $(ARGS)

format: $(VENV)/.development ## Format the code and apply the safe lint fixes
	@$(BIN)/ruff check --fix-only $(CHECKED)
	@$(BIN)/ruff format $(CHECKED)

docs: $(VENV)/.development ## Write docs/api.md and the JSON Schemas in docs again, from the code
	@$(BIN)/python -m tests.documentation.api_reference
	@$(BIN)/python -m tests.documentation.json_schemas

system-packages: ## Install the PostgreSQL server and Chromium that the tests use, where missing
	@.ci/system-packages

lock: $(LOCK_TOOLS)/.ready ## Pin the requirements again (ARGS=--upgrade for newer versions)
	$(call say,Pinning requirements/runtime.txt and requirements/development.txt)
	@$(LOCK) $(ARGS) --output-file requirements/runtime.txt
	@$(LOCK) $(ARGS) --group dev --constraint requirements/runtime.txt \
		--output-file requirements/development.txt

clean: ## Remove the virtual environment, the caches and the build output
	rm -rf $(VENV) $(LOCK_TOOLS) build dist *.egg-info .coverage htmlcov
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# Hashes and no addresses: whoever installs chooses the index.
LOCK = $(LOCK_TOOLS)/bin/uv pip compile pyproject.toml --quiet --extra demo --group build \
	--universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header

$(LOCK_TOOLS)/.ready: | $(VENV)/.created
	$(call say,Installing uv into $(LOCK_TOOLS))
	@$(BIN)/python -m venv --clear $(LOCK_TOOLS)
	@$(LOCK_TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

$(VENV)/.created:
	$(call say,Creating $(VENV))
	@set -e; \
	suits() { "$$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }; \
	chosen=; \
	for python in $(or $(PYTHON),python3 python3.11 python3.12 python3.13 python3.14); do \
		if suits "$$python"; then chosen="$$python"; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
		echo 'No Python 3.11 or newer with its venv module among: $(or $(PYTHON),python3 python3.11 python3.12 python3.13 python3.14).' >&2; \
		echo 'Install one (Debian, Ubuntu: apt-get install python3 python3-venv),' >&2; \
		echo 'or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)' >&2; \
		exit 1; \
	fi; \
	"$$chosen" -m venv --clear $(VENV)
	@touch $@

$(VENV)/.runtime: requirements/runtime.txt $(VENV)/.created
	$(call say,Installing what the service needs)
	@$(INSTALL) requirements/runtime.txt
	@$(COMPILE) $(VENV)/lib >/dev/null || true
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.runtime
	$(call say,Installing pql from this folder)
	@$(PIP) install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.development: requirements/development.txt $(VENV)/.project
	$(call say,Installing what the checks and tests need)
	@$(INSTALL) requirements/development.txt
	@$(COMPILE) $(VENV)/lib >/dev/null || true
	@touch $@
