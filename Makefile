# Everything runs on a fresh machine with Python 3.11 to 3.13 and make. `make help` lists the targets.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
UV := $(BIN)/uv pip install --quiet --require-hashes
TEST_DIR := $(CURDIR)/.local/test

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-celery package test lint test-unit test-parallel test-waiting test-computing test-containers test-contract test-integration test-e2e \
  test-faults test-package test-schedule fuzz audit sbom bench-parse bench-gateway bench-highlighter-quality bench-highlighting bench-quality soak up stop status logs clean \
  requirements docs infra

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- what is installed: one environment for Airflow and the tools, one for what runs in the containers

.venv/.uv: requirements/uv.txt
	@test -n "$(PYTHON)" || { echo "error: Python 3.11, 3.12 or 3.13 is needed; neither python3 nor python3.13, python3.12, python3.11 is one." >&2; exit 1; }
	@echo "Installing (once; downloads about 3 GB, most of it PyTorch) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.local: requirements/local.txt .venv/.uv
	@$(UV) --python $(BIN)/python -r requirements/local.txt
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.local
	@$(UV) --python $(BIN)/python -r requirements/dev.txt
	@touch $@

.venv-containers/.installed: requirements/containers.txt .venv/.uv
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .venv-containers
	@$(UV) --python .venv-containers/bin/python -r requirements/containers.txt
	@touch $@

.venv-celery/.installed: requirements/celery.txt .venv/.uv
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .venv-celery
	@$(UV) --python .venv-celery/bin/python -r requirements/celery.txt
	@touch $@

.venv-audit/.installed: requirements/audit.txt .venv/.local
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .venv-audit
	@$(UV) --python .venv-audit/bin/python -r requirements/audit.txt
	@touch $@

.venv-docs/.installed: requirements/docs.txt .venv/.uv
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .venv-docs
	@$(UV) --python .venv-docs/bin/python -r requirements/docs.txt
	@touch $@

.venv-infra/.installed: requirements/infra.txt .venv/.uv
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python .venv-infra
	@$(UV) --python .venv-infra/bin/python -r requirements/infra.txt
	@touch $@

.venv/.java: requirements/java.txt .venv/.local
	@$(BIN)/python -c 'from local.opensearch.java import find_java; find_java()' 2>/dev/null || $(UV) --python $(BIN)/python -r requirements/java.txt
	@touch $@

setup: .venv/.local .venv/.java .venv-containers/.installed  ## install what the demo needs

# --- the main job

demo: setup  ## run the whole job on this machine; CORPUS=path.jsonl for your own documents, MODEL_TYPE=highlighter
	@$(BIN)/python -m local.demo $(if $(CORPUS),--corpus "$(CORPUS)") $(if $(MODEL_TYPE),--model-type "$(MODEL_TYPE)")

demo-celery: setup .venv-celery/.installed  ## the same with Celery workers, Redis and a triggerer
	@.venv-celery/bin/python -m local.demo --executor celery $(if $(CORPUS),--corpus "$(CORPUS)") $(if $(MODEL_TYPE),--model-type "$(MODEL_TYPE)")

package: .venv/.local  ## plugins.zip, requirements, DAGs and manifest for MWAA, Astronomer or your own Airflow, in .local/package
	@$(BIN)/python -m local.package

up: setup  ## start the local stack and Airflow, without running anything
	@$(BIN)/python -m local up airflow

stop:  ## stop everything that demo, up or test started here
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m local down; LOCAL_DIR=$(TEST_DIR) $(BIN)/python -m local down; fi

status:  ## show what runs
	@$(BIN)/python -m local status

logs:  ## show the end of each log, or of one: make logs SERVICE=gateway
	@for s in $(or $(SERVICE),opensearch gateway aws airflow-scheduler airflow-dag-processor); do \
	  echo "== $$s"; $(BIN)/python -m local logs -n 20 $$s; done

# --- checks

test: lint test-parallel  ## all checks and tests

# The one waits for servers most of the time, the other computes; each takes about as long. What a suite says is printed when it has ended.
test-parallel:
	@$(MAKE) --no-print-directory --jobs 2 --output-sync test-waiting test-computing

test-waiting:
	@$(MAKE) --no-print-directory test-unit
	@$(MAKE) --no-print-directory test-contract
	@$(MAKE) --no-print-directory test-integration

test-computing:
	@$(MAKE) --no-print-directory test-containers
	@$(MAKE) --no-print-directory test-e2e

lint: .venv/.dev  ## style, types, rings
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet . && $(BIN)/mypy && PYTHONPATH=plugins $(BIN)/lint-imports

test-unit: .venv/.dev  ## fast, no processes
	@$(BIN)/pytest tests/unit tests/dags -n 2 --dist loadfile --quiet

test-contract: .venv/.dev .venv/.java .venv-containers/.installed  ## the stand-ins against recordings and service models; RECORDINGS=folder for others
	@$(if $(RECORDINGS),RECORDINGS="$(RECORDINGS)" $(BIN)/pytest tests/contract/gateway/test_recordings.py tests/contract/gateway/test_restart.py,$(BIN)/pytest tests/contract) --quiet

test-containers: .venv/.dev .venv-containers/.installed  ## training and serving code, with PyTorch
	@.venv-containers/bin/python -m pytest tests/containers --quiet

test-integration: .venv/.dev .venv/.java .venv-containers/.installed  ## against the real OpenSearch process
	@$(BIN)/pytest tests/integration --quiet

test-e2e: .venv/.dev .venv/.java .venv-containers/.installed  ## the DAG through the real Airflow scheduler
	@$(BIN)/pytest tests/e2e --quiet --timeout 900

# --- long checks, beside `make test`

test-schedule: .venv/.dev .venv/.java .venv-containers/.installed  ## a schedule of a minute in the real Airflow: trains and promotes, skips, does so again
	@$(BIN)/pytest tests/scheduled --quiet --timeout 2400

test-faults: .venv/.dev .venv/.java .venv-containers/.installed  ## break every call of the pipeline; ONLY="words", ALL=1; the table in .local/faults.json
	@$(BIN)/python -m tests.faults $(if $(ONLY),--only $(ONLY)) $(if $(ALL),--all)

test-package: .venv/.dev .venv/.java .venv-containers/.installed  ## the package installed into the lowest and the newest Airflow, and a whole run on the lowest; AIRFLOW=3.1.8 CONSTRAINTS=file for another one
	@PACKAGE_AIRFLOW="$(AIRFLOW)" PACKAGE_CONSTRAINTS="$(CONSTRAINTS)" $(BIN)/pytest tests/package --quiet --timeout 900

fuzz: .venv/.dev  ## at least 50,000 hostile inputs; FUZZ_FACTOR=10 for more
	@$(BIN)/pytest tests/fuzz -n 2 --dist worksteal --quiet --timeout 1800

audit: .venv-audit/.installed  ## known vulnerabilities of everything that is installed
	@$(BIN)/python -m local.supply_chain audit

sbom: .venv-audit/.installed .venv/.local .venv-containers/.installed  ## bills of materials, CycloneDX, in .local/sbom
	@$(BIN)/python -m local.supply_chain sbom

infra: .venv-infra/.installed  ## the CDK stack without an account: synthesis, cdk-nag, cfn-lint, checkov, tests; CONTEXT="name=value …" for your template
	@.venv-infra/bin/python -m infra.check $(addprefix --context ,$(CONTEXT))
	@.venv-infra/bin/python -m pytest tests/infra --quiet

# --- measurements (docs/benchmarks.md)

bench-parse: .venv/.local  ## what parsing the DAG files adds to importing Airflow
	@$(BIN)/python -m benchmarks.parse

bench-gateway: .venv/.local .venv/.java  ## what the local gateway adds to a plain search, alone and with 50 clients
	@$(BIN)/python -m benchmarks.gateway

bench-highlighting: .venv/.local .venv/.java .venv-containers/.installed  ## single against batch highlighting: handler, OpenSearch, dynamic batching, spans; ONLY=part, MODEL=folder, QUICK=1
	@$(BIN)/python -m benchmarks.highlighting $(if $(ONLY),--only $(ONLY)) $(if $(MODEL),--model "$(MODEL)") $(if $(QUICK),--quick)

bench-highlighter-quality: .venv-containers/.installed  ## train a highlighter on SQuAD and compare it; DATA=folder with squad/ and xquad/
	@.venv-containers/bin/python -m benchmarks.highlighter_quality $(if $(DATA),--data "$(DATA)")

bench-quality: .venv/.local .venv/.java .venv-containers/.installed  ## ways of training compared on judged queries, with the gate's decision; DATA=folder in BEIR layout
	@$(BIN)/python -m benchmarks.quality $(if $(DATA),--data "$(DATA)" --out "$(or $(OUT),.local/bench-quality/$(notdir $(DATA:/=)).json)") $(if $(RECIPE),--recipe "$(RECIPE)")

bench-cost: .venv/.local .venv/.java .venv-containers/.installed  ## what two runs are estimated to cost against what the stand-in meters; SMALL=1
	@$(BIN)/python -m benchmarks.cost $(if $(SMALL),--small)

soak: .venv/.local .venv/.java .venv-containers/.installed  ## 50 runs one after another and 8 at once through the real scheduler: does anything fail, grow or stay behind; RUNS=, TOGETHER=
	@$(BIN)/python -m benchmarks.soak $(if $(RUNS),--runs $(RUNS)) $(if $(TOGETHER),--together $(TOGETHER))

# --- housekeeping

docs: .venv/.local .venv-docs/.installed  ## write the pages that come from the code, and build the site into .local/site
	@$(BIN)/python -m local.parameters_page
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet

requirements: .venv/.uv  ## pin the requirement files anew
	@for f in uv worker lowest local celery dev containers java audit docs infra; do $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --custom-compile-command "make requirements" requirements/$$f.in -o requirements/$$f.txt; done

clean: stop  ## remove everything that was made here, downloads included
	@rm -rf .local .venv .venv-containers .venv-audit .venv-celery .venv-docs .venv-infra
