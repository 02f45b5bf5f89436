# callrouter: `make demo` shows it, `make run` uses it, `make test` tests it.

PYTHON ?= python3
VENV ?= .venv
ONCE ?=
BENCH ?=
CHAOS ?=
FUZZ_SECONDS ?= 60
FUZZ_EXAMPLES ?= 2000
BIN = $(VENV)/bin

# Byte code is written also where the environment says no: tests start many processes.
export PYTHONDONTWRITEBYTECODE =

QUICK = -n 2 -m 'not slow and not postgres and not asterisk and not browser' \
	--ignore tests/asterisk --ignore tests/browser --ignore tests/contract

# What takes every branch of routing and of the record.
COVERED = tests/routing tests/config/test_limits.py tests/test_asterisk_log.py \
	tests/test_call_record.py tests/test_call_record_laws.py

.PHONY: help demo run calls test check tools bench chaos fuzz audit clean
.DEFAULT_GOAL := help

help:
	@echo 'make demo          start everything, place a real call between three phones, stay up'
	@echo 'make demo ONCE=1   the same, and end after the call (exit 0 if it went as it should)'
	@echo 'make run           start everything for your own phones'
	@echo 'make calls         the call log of a stack that is up'
	@echo 'make check         the quick tools and the unit tests'
	@echo 'make test          all tests, with a real PostgreSQL and a real Asterisk'
	@echo 'make bench         callrouter beside Dial() and app_queue: 40 minutes, on a quiet machine'
	@echo 'make fuzz          hostile input for longer, guided by the code it reaches (FUZZ_SECONDS=60 each)'
	@echo 'make audit         ask the advisory database about the locked dependencies (needs the network)'
	@echo 'make chaos         everything that calls depend on fails under real calls: hours'
	@echo 'make clean         remove the environment and everything the stack has written'

# The environment to run callrouter in; Asterisk is fetched meanwhile.
$(VENV)/.local: pyproject.toml requirements.lock
	@$(PYTHON) -m callrouter.local.install $(VENV) local --asterisk
	@touch $@

# The environment to change callrouter in.
$(VENV)/.dev: pyproject.toml requirements.lock
	@$(PYTHON) -m callrouter.local.install $(VENV) local,dev --asterisk --chromium
	@touch $@ $(VENV)/.local

demo: $(VENV)/.local
	@exec $(BIN)/python -m callrouter.local demo $(if $(filter-out 0 no false,$(ONCE)),--once)

run: $(VENV)/.local
	@exec $(BIN)/python -m callrouter.local run

calls: $(VENV)/.local
	@. $${CALLROUTER_LOCAL_STATE_DIR:-.state}/environment && exec $(BIN)/callrouter calls

check: tools
	$(BIN)/python -m pytest -q $(QUICK)

# What needs a real Asterisk comes first and mostly waits: three files of it at a time. With four, or
# beside a browser, phones miss pieces of what they hear.
test: tools
	$(BIN)/python -m pytest -q -n 2 $(COVERED) \
		--cov=callrouter.routing --cov=callrouter.call_record --cov=callrouter.call_values --cov-fail-under=100
	$(BIN)/python -m pytest -q $(QUICK) $(COVERED:%=--ignore %)
	$(BIN)/python -m pytest -q --cache-clear -n 3 --dist loadfile --no-loadscope-reorder \
		-m 'slow or postgres or asterisk or browser' || $(BIN)/python -m tests.once_more $$?

tools: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Arguments: make bench BENCH='--kinds dial callrouter --repeat 1'.
bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.side_by_side $(BENCH)

# The first time it installs atheris (Linux on x86-64).
fuzz: $(VENV)/.dev
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/pip install --quiet 'atheris>=3,<4'
	CALLROUTER_TEST_FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest -q -n 2 --timeout 1800 tests/fuzz
	@for test in $$($(BIN)/python -m tests.fuzz.guided); do \
		echo "$$test" && $(BIN)/python -m tests.fuzz.guided $$test --seconds $(FUZZ_SECONDS) || exit 1; \
	done

# It fails where a package could not be looked up, so that no answer is never a good one.
audit: $(VENV)/.dev
	@$(BIN)/python -c 'import pip_audit' 2>/dev/null || $(BIN)/pip install --quiet 'pip-audit>=2.10,<3'
	$(BIN)/python -m pip_audit --strict --no-deps --disable-pip --requirement requirements.lock

# Arguments: make chaos CHAOS='--faults router --kills 50 --blows 2'.
chaos: $(VENV)/.dev
	$(BIN)/python -m tests.chaos $(CHAOS)

clean:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m callrouter.local clean; fi
	rm -rf $(VENV) .state build callrouter.egg-info .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
