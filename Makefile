# Two commands to begin with: `make demo`, `make test`. Nothing but Python 3.11+ and make is needed; uv comes from PyPI.
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
RUN := $(UV) run --frozen --extra local
MINUTES ?= 30
SEED ?= 1

.PHONY: demo test lint bench bench-short soak clean env

env: $(UV)
	@$(UV) sync --frozen --extra local --quiet

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"

demo: env ## the whole way on real parts; KEEP=1 leaves the servers up
	$(RUN) python -m lianzhi.demo

test: env ## every suite, faults included: first what needs no server, on all cores, then the real servers, two sets of them
	$(RUN) pytest -q -m "not servers" -n auto $(PYTEST_ARGS)
	$(RUN) pytest -q -m servers -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

lint: env ## ruff, mypy --strict, the room rules, the contract
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) lianzhi schemas generate --check
	$(RUN) lianzhi schemas check

bench: env ## full measurements, as a table and as bench-results/*.json
	$(RUN) python -m tests.benchmarks

bench-short: env
	$(RUN) python -m tests.benchmarks --short

soak: env ## kills and pauses under load; MINUTES=30 SEED=1
	$(RUN) python -m tests.soak --minutes $(MINUTES) --seed $(SEED)

clean:
	rm -rf .venv .tools .lianzhi .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis bench-results build dist
