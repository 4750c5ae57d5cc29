.DEFAULT_GOAL := help
PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

help:  ## Explain the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(INSTALLED): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

install: $(INSTALLED)  ## Make .venv and install everything

page: $(INSTALLED)  ## Build the web app, unless nothing of it has changed
	@$(BIN)/python hatch_build.py

run: $(INSTALLED) page  ## Start a marketplace with demo accounts; ARGS="--home DIR --port N --no-open"
	@$(BIN)/artrator demo $(ARGS)

test: $(INSTALLED) page  ## Run all tests (installs Debian's chromium and fonts where it can)
	@$(BIN)/python -m tests.prepare
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not ray" $(ARGS)

test-ray: $(INSTALLED)  ## Run the tests that need a Ray cluster; installs the extra (491 MB) into .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,ray]'
	@$(BIN)/python -m pytest -m ray tests/contracts/fleet tests/journeys/test_cluster.py $(ARGS)

check: $(INSTALLED)  ## Format, lint, types, layers
	@$(BIN)/ruff format --check --quiet src tests
	@$(BIN)/ruff check --quiet src tests
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache
	@$(BIN)/pyright
	@$(BIN)/python hatch_build.py npm run --silent types
	@$(BIN)/python hatch_build.py npm run --silent lint
	@$(BIN)/python hatch_build.py npm run --silent test

format: $(INSTALLED)  ## Format and fix what can be fixed
	@$(BIN)/ruff check --quiet --fix src tests
	@$(BIN)/ruff format --quiet src tests

generate: $(INSTALLED)  ## Write what is generated from the code: OpenAPI, its client, the settings page
	@$(BIN)/python -m artrator.cli.reference docs/reference
	@$(BIN)/python hatch_build.py npm run --silent api

bench: $(INSTALLED)  ## Measure: ratios against a limit or a peer in the same run
	@$(BIN)/python -m tests.bench $(ARGS)

soak: $(INSTALLED)  ## Keep a platform saturated for MINUTES=10; plots memory, latency and errors into soak.svg
	@$(BIN)/python -m tests.bench.soak --minutes $(or $(MINUTES),10) $(ARGS)

bench-web: $(INSTALLED) page  ## Measure the page in Chromium: LCP, CLS, INP and the scripts' size, with 1,000 models and a slow processor
	@$(BIN)/python -m tests.bench web

constraints: $(INSTALLED)  ## Compile constraints.txt anew from pyproject.toml
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --universal --extra dev --extra ray --no-emit-index-url --quiet --no-header -o constraints.txt

.PHONY: help install page run test test-ray check format generate bench bench-web soak constraints
