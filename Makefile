# shardlab: `make help` lists the targets.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PY_FILES := chain simulator tests
ON_ALL_CORES := -n auto --dist worksteal
RUST_FOLDERS := scenarios/scripts scenarios/scripts/sdk/checks chain/eei/libraries \
  tests/benchmarks/scripts

.DEFAULT_GOAL := help
.PHONY: help locked demo test check format bench coverage docs trust fuzz audit validation-report scripts check-scripts clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "shardlab needs Python 3.11 or later; say which: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

locked: ## Make the environment of the pinned, hash-checked versions that CI uses
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes \
	  --requirement .ci/locked/dev.txt --requirement .ci/locked/build.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: $(STAMP) ## Run the deposit journey and follow its first deposit
	$(BIN)/shardlab run scenarios/deposit_journey.yaml --out runs/demo --force
	$(BIN)/shardlab follow runs/demo 1

test: $(STAMP) ## Run all tests, slow ones, lint and types included
	$(BIN)/python -m pytest $(ON_ALL_CORES)

check: $(STAMP) ## Format, lint, types, layering, dead code, fast tests; edits nothing
	$(BIN)/ruff format --check $(PY_FILES)
	$(BIN)/ruff check $(PY_FILES)
	$(BIN)/mypy
	$(BIN)/vulture
	$(BIN)/python -m pytest $(ON_ALL_CORES) -m "not slow"

format: $(STAMP) ## Format the code and apply the lint's safe fixes
	$(BIN)/ruff format $(PY_FILES)
	$(BIN)/ruff check --fix $(PY_FILES)

bench: $(STAMP) ## Run the benchmarks, each beside its floor
	$(BIN)/python -m pytest tests/benchmarks tests/browser/test_large_networks.py --benchmark-enable --benchmark-only \
	  --benchmark-columns=median,iqr,rounds --benchmark-sort=name

coverage: $(STAMP) ## Run the quick tests; fail below 100 % of the branches of chain/, 95 % of simulator/
	rm -rf build/coverage && mkdir -p build/coverage
	$(BIN)/python -m pytest $(ON_ALL_CORES) -m "not slow" --cov --cov-config=pyproject.toml --cov-report=
	$(BIN)/coverage report --include='chain/*' --fail-under=100
	$(BIN)/coverage report --include='simulator/*' --fail-under=95

docs: $(STAMP) ## Build the documentation site in build/site, to be opened from disk
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -W error -m mkdocs build --strict --quiet
	@echo "open build/site/index.html"

trust: $(STAMP) ## Try all claims of tests/TRUST.md at full size and write it (hours)
	$(BIN)/python -m tests.trust

validation-report: $(STAMP) ## Compare all places of validation and write docs/validation-report.md
	$(BIN)/python -m simulator.validation_report docs/validation-report.md

scripts: ## Rebuild the execution scripts and libraries (needs Rust for wasm32)
	for folder in $(RUST_FOLDERS); do sh $$folder/build.sh || exit 1; done

check-scripts: ## Rebuild them elsewhere and compare the bytes
	@output=$$(mktemp -d) && for folder in $(RUST_FOLDERS); do \
	  sh $$folder/build.sh "$$output/$$folder" || exit 1; \
	  for built in "$$output/$$folder"/*.wasm; do \
	    cmp "$$built" "$$folder/$$(basename "$$built")" || exit 1; \
	  done; \
	done && echo "the committed wasm is what its sources build" && rm -r "$$output"

fuzz: $(STAMP) ## Fuzz for MINUTES (480, a night), and keep what is new
	$(BIN)/python -m tests.trust.fuzz --minutes $(or $(MINUTES),480)

audit: $(STAMP) ## Look the pinned versions up among known vulnerabilities (asks the network)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[audit]'
	for locked in runtime dev; do \
	  $(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement .ci/locked/$$locked.txt || exit 1; \
	done

clean: ## Remove what make made
	rm -rf $(VENV) runs/demo build/coverage build/site .mypy_cache .ruff_cache .pytest_cache
