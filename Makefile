.PHONY: help setup reproduce test lint calibration bench render docs constraints clean
.DEFAULT_GOAL := help

# Each candidate is run, not trusted by name: a pyenv shim can exist and still fail.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.14 python3 "$$HOME"/.pyenv/versions/3.13.*/bin/python "$$HOME"/.pyenv/versions/3.12.*/bin/python; do \
  "$$p" -c 'import sys, venv, ensurepip; sys.exit(not (3, 12) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1 && { "$$p" -c 'import sys; print(sys.executable)'; break; }; done)
BIN := .venv/bin
OUT ?= outputs

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: .venv/.ready ## make .venv and install the package with its tools

.venv/.ready: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "talentstats needs Python 3.12, 3.13 or 3.14: install one (for example 'pyenv install 3.13', 'apt install python3 python3-venv' or 'brew install python@3.13'), then run: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.13" >&2; exit 1; }
	@echo "Making .venv with $(PYTHON) (about a minute the first time)"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' constraints.txt)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -c constraints.txt -e '.[dev]'
	@touch $@

reproduce: setup ## run every analysis on the published figures and write outputs/index.html
	@$(BIN)/python analyses --out "$(OUT)"

lint: setup ## ruff, mypy, import-linter, numpydoc
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/numpydoc lint $$(find talentstats -name '*.py')

test: lint ## the checks above, then pytest with doctests
	$(BIN)/pytest -q -n 2 --dist loadfile -m "not calibration and not render"

calibration: setup ## coverage of intervals, calibration of Bayesian models; resumable; writes tables in docs/
	$(BIN)/python -m tests.calibration.make_tables

bench: setup ## ratios against peers, measured in one run; exits 1 on a miss
	$(BIN)/python -m tests.benchmarks.run

render: setup ## compile the LaTeX tables, take screenshots of the pages
	$(BIN)/pytest -q -m render -rs

docs: setup ## build the site into docs/_build
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -c constraints.txt -e '.[docs]'
	$(BIN)/sphinx-build -W -q docs docs/_build

constraints: setup ## renew the pinned versions
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.12 --no-header --no-annotate --all-extras pyproject.toml -o constraints.txt

clean: ## remove the environment and everything that was made
	rm -rf .venv $(OUT) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis docs/_build
