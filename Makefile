# Everything a clone needs: `make run` starts Muster, `make test` tests it. What they use comes from requirements.lock.
BIN := .venv/bin
# What must not change silently is named test_golden_*, test_openapi or test_migration*: these run in `make check` too.
GOLDEN := $(filter-out tests/architecture/%,$(wildcard tests/*/test_golden_*.py tests/*/test_openapi.py tests/*/test_migration*.py))

.DEFAULT_GOAL := help
.PHONY: help install run test check faults bench lock clean

help: ## what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

install: ## .venv with the locked dependencies and the `muster` command; skipped when nothing changed
	@scripts/install.sh

run: install ## everything in the foreground, with a demonstration; Ctrl-C stops it, the data stays
	@exec $(BIN)/muster up

test: install ## the whole test suite, on a PostgreSQL and a Valkey of its own
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

check: install ## lint, types, import contracts, golden files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q tests/architecture $(GOLDEN)

faults: install ## only the tests that kill processes and servers
	$(BIN)/pytest -m faults tests/faults

bench: install ## the table of ratios, into benchmarks/RESULTS.md (about 30 minutes; `make bench QUICK=1`: 6)
	$(BIN)/muster bench $(if $(QUICK),--quick) --json --results benchmarks/RESULTS.md

lock: ## resolve pyproject.toml again into both locks (needs uv; see CONTRIBUTING.md)
	scripts/lock.sh

clean: ## remove what was made here; the data of `make run` lives elsewhere and stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
