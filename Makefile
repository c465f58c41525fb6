# The front door. A word after `##` is what `make` says about a target; whatever is longer than a line is in deploy/.
SHELL := bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

RUN := deploy/uv run --no-sync
PYTHON := .venv/bin/python
# SERVICE=points narrows `make test` to one service.
TESTS := $(if $(SERVICE),services/$(SERVICE),)

.PHONY: help setup lock check walls test journeys faults containers others bench demo up down golden verify token

help: ## what can I do here?
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | while IFS=$$'\t' read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done

setup: ## makes this machine ready; once, and after pulling
	@deploy/setup.sh

check: ## style, types, walls, fast tests; seconds, nothing to start
	@deploy/check.sh

test: setup check ## everything: check, adapters, journeys, faults (SERVICE=points for one)
	@$(RUN) pytest $(TESTS)

demo: setup ## the main job, from an empty checkout to a verified dossier (KEEP=1 leaves it running)
	@$(PYTHON) deploy/demo.py

up: setup ## starts Kafka, PostgreSQL and all services
	@$(PYTHON) deploy/up.py

down: ## stops them
	@$(PYTHON) deploy/down.py

journeys: setup ## whole stories
	@$(RUN) pytest tests/journeys

faults: setup ## whole stories, with accidents
	@$(RUN) pytest tests/faults

containers: setup ## builds the images; journeys with Kafka, PostgreSQL and at last everything in containers
	@deploy/containers/engine deploy/containers/journeys

others: setup ## a witness that others wrote watches our ledger; built from its source, which takes minutes
	@$(RUN) pytest services/evidence/tests/service/another_witness.py

bench: setup ## how fast, against whom
	@$(RUN) pytest -s -o python_files='bench_*.py' tests/benchmarks

golden: ## accepts changed schemas; then read the diff
	@$(PYTHON) deploy/golden.py

verify: ## checks the evidence log from outside
	@$(PYTHON) deploy/verify.py

token: ## prints a bearer token for development (ROLE=hr)
	@$(PYTHON) deploy/issue_token.py "$(or $(ROLE),hr)"

walls: ## who may import whom, and proof that the walls hold
	@$(RUN) lint-imports && $(RUN) pytest -q tests/architecture

lock: ## writes requirements.lock anew
	@deploy/lock.sh
