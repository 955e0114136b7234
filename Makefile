# Every command sets itself up: it makes .venv from the lock in requirements/ when that is needed.
# `make PYTHON=/path/to/python3 setup` chooses the Python; `make clean` starts over.

BIN = .venv/bin

.PHONY: help demo test thorough check format bench lock assets setup setup-run clean

help:
	@echo "make demo     watch a made-up shop, in the terminal and in its console"
	@echo "make test     every check and every test"
	@echo "make thorough every test, with many more examples of each law"
	@echo "make check    lint, format, types, imports"
	@echo "make format   write the code as the checks want it"
	@echo "make bench    measure, as ratios against a baseline on this machine"
	@echo "make lock     write requirements/ anew after a change in pyproject.toml"
	@echo "make assets   build the console's CSS and script anew (needs node)"
	@echo "make setup    make .venv, as all of these do when needed"
	@echo "make clean    remove .venv and the caches"

demo: setup-run
	@$(BIN)/cartback demo

# Written once, or each worker and each command that a test starts compiles everything anew.
test thorough: export PYTHONDONTWRITEBYTECODE =

# The checks take one core, and tests wait now and then: both at once. Either fails the whole.
test: setup
	@$(MAKE) --no-print-directory check & checks=$$!; \
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal; tests=$$?; \
	wait $$checks || { echo "A check failed: see above." >&2; exit 1; }; exit $$tests

thorough: setup
	HYPOTHESIS_PROFILE=thorough PYTEST_TIMEOUT=0 $(BIN)/python -m pytest -n auto

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy src tests $$(test ! -d bench || echo bench)
	$(BIN)/lint-imports --cache-dir .cache/imports

format: setup
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: setup
	$(BIN)/python -m bench

lock:
	sh scripts/lock.sh

assets:
	sh assets/build.sh

setup:
	@PYTHON="$(PYTHON)" sh scripts/setup.sh dev

setup-run:
	@PYTHON="$(PYTHON)" sh scripts/setup.sh run

clean:
	rm -rf .venv .cache .hypothesis .pytest_cache
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
