# Everything a newcomer needs: `make demo` scans the samples, `make test` proves that it works.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
WORKSPACE ?= workspace

KILLS ?= 100

.PHONY: setup demo dashboard test kills lint train lock clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: setup
	$(BIN)/monitor scan samples --workspace $(WORKSPACE) --jsonl $(WORKSPACE)/flags.jsonl
	$(BIN)/monitor flags --workspace $(WORKSPACE)

# The demo's workspace in a browser, with an account whose password is told once.
dashboard: setup
	@test -f $(WORKSPACE)/monitor.db || $(MAKE) --no-print-directory demo
	$(BIN)/monitor dashboard --workspace $(WORKSPACE) --first-account

# Files in the order of tests/conftest.py: the long ones first, so that no worker ends alone with them.
test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# Scans, then verdicts, exports and deletions, killed at writes and at random moments, and what became of them.
kills: setup
	$(BIN)/python tests/endurance/kills.py --kills $(KILLS)
	$(BIN)/python tests/endurance/kill_acts.py --kills $(KILLS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/monitor lexicon check

# A few minutes: lines of lexicons/corpus → lexicons/learned/weights.tsv.
train: setup
	$(BIN)/python lexicons/corpus/train.py

# Needs uv; the lock names packages and hashes, no addresses.
lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --output-file requirements.lock

clean:
	rm -rf .venv $(WORKSPACE)
