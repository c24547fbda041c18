# `make help` lists the targets. The environment is .venv, set up once by whatever needs it.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up

.DEFAULT_GOAL := help
.PHONY: help setup demo test explore coverage lint format record browser vendor slow clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP)  ## Make .venv with the pinned packages and this one

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python found: install 3.11 or set PYTHON=" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than Python 3.11: set PYTHON=" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		-r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $(STAMP)

demo: setup  ## Extract one shipped article with the embedded model (fetches 1.1 GB once)
	$(BIN)/extractor extract examples/market-bombing.md --published 2026-03-14

test: setup  ## Run the tests that need neither network nor model
	$(BIN)/python -m pytest -n auto -m "not slow and not embedded"

explore: setup  ## Seek new counterexamples to the property tests, which `test` runs on fixed ones
	$(BIN)/python -m pytest -n auto -m "hypothesis and not slow" \
		--hypothesis-profile=explore

coverage: setup  ## Run them again and see that they cover the package
	$(BIN)/python -m pytest -n auto -m "not slow and not embedded" --cov --cov-report=term

browser:  ## Install the browser that the slow tests show pages in (Debian and Ubuntu)
	@command -v chromium >/dev/null || \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends chromium; }

vendor:  ## Bundle again what the pages use of other people's scripts (needs npm)
	cd extractor/report/assets/vendor && npm ci --ignore-scripts && npm run build

slow: setup  ## Run the tests that take minutes, the network, a browser or the embedded model
	$(BIN)/python -m pytest -m "slow or embedded"

lint: setup  ## Check format, style, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

record: setup  ## Record the cassettes again from a running model and show what changed
	$(BIN)/python -m pytest tests/test_recorded.py --record --snapshot-update
	git --no-pager diff --stat -- cassettes
	git --no-pager diff -- tests/__snapshots__/test_recorded.ambr

clean:  ## Remove the environment, caches and build products
	rm -rf $(VENV) build dist .coverage .coverage.* htmlcov .mypy_cache .ruff_cache \
		.pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
