# Two commands are enough: `make run` and `make test`. Both install what the machine lacks.
SHELL := bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
BIN := .venv/bin

KEYWORDS := _l N_ Refused StaleData TooManyFailures NoticeNotRendered

.PHONY: help run test check bench readme translations golden clean

help: ## say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 16

run: ## start portal and worker with the demo district (PORT, DATABASE_URL, DATA_DIR, DEMO_PASSWORD)
	@.ci/setup run
	@exec .ci/serve

test: ## run every test
	@.ci/setup test
	@$(BIN)/python -m pytest -n 2

check: ## lint, format, types, import rules, templates
	@.ci/setup test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint --lint --quiet templates

bench: ## run the benchmarks (BENCH="standings" for one of them)
	@.ci/setup test
	@$(BIN)/python -m tests.bench $(BENCH)

readme: ## write the tables and diagrams of the README anew from the code
	@.ci/setup test
	@$(BIN)/flask --app wsgi readme

translations: ## bring the catalogues up to date with the code; then fill in what is empty
	@.ci/setup test
	@$(BIN)/pybabel -q extract -F portal/translations/babel.cfg --no-location --sort-output $(KEYWORDS:%=-k %) -o messages.pot .
	@$(BIN)/pybabel -q update -i messages.pot -d portal/translations --no-fuzzy-matching --ignore-pot-creation-date
	@$(BIN)/pybabel -q compile -d portal/translations

golden: ## write the expected pages of paper anew, to be looked at before they are committed
	@.ci/setup test
	@GOLDEN=write $(BIN)/python -m pytest -q tests/notices

clean: ## remove the environment and caches; data stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
