# On a fresh machine with CPython 3.11 or newer and pip:
#   make bench    sets everything up, measures, and ends in a ranked table
#   make test     sets everything up, and passes the tests
# make PYTHON=python3.13 VENV=.venv313 … takes another Python and another folder.

PYTHON ?= python3
VENV ?= .venv
JOBS ?= auto
BIN := $(VENV)/bin
QUOTING := from concur.slides.code import quote
DECKS := $(wildcard slides/*.md) tests/slides/sample/1-sample.md

.PHONY: bench test test-fast check format primitives clean

bench: $(VENV)/.set-up-plain
	$(BIN)/concur bench

test: $(VENV)/.set-up-dev
	$(BIN)/python -m pytest -n $(JOBS)

test-fast: $(VENV)/.set-up-dev  ## without those marked long
	$(BIN)/python -m pytest -n $(JOBS) -m 'not long'

check: $(VENV)/.set-up-dev  ## style, types, and that imports only point down the tiers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check README.md labs/*/README.md
	$(BIN)/cog --check -p '$(QUOTING)' $(DECKS)

format: $(VENV)/.set-up-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/cog -r README.md labs/*/README.md
	$(BIN)/cog -r -p '$(QUOTING)' $(DECKS)

primitives: $(VENV)/.set-up-dev  ## what a call, a switch, a wake-up costs, by pytest-benchmark
	$(BIN)/python -m pytest benchmarks --benchmark-only

$(VENV)/.set-up-plain: pyproject.toml .ci/setup
	.ci/setup $(VENV) $(PYTHON)

$(VENV)/.set-up-dev: pyproject.toml .ci/setup
	.ci/setup $(VENV) $(PYTHON) dev

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
