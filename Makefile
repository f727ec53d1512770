# Two commands do all the set-up: `make demo` (the main job) and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
WORKSPACE ?= demo-workspace
SERVE ?= 1
PACKAGES := annotator assets db embeddings evaluation
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test check format bench docs models clean

demo: $(VENV)/.installed  ## build the demo workspace and serve it on http://127.0.0.1:7860 (SERVE=0: build only)
	$(BIN)/mmvp demo --workspace $(WORKSPACE) $(if $(filter 0,$(SERVE)),--no-serve,--serve)

test: $(VENV)/.installed-dev chromium postgresql  ## all tests, browser tests included
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: $(VENV)/.installed-dev  ## lint, format, types, import rules, generated docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check docs/commands.md

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/cog -r docs/commands.md

bench: $(VENV)/.installed-dev chromium  ## all benchmarks, about an hour (QUICK=1: small sizes, minutes); peers: pip install '.[bench]'
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

models: $(VENV)/.installed-dev  ## train the demo's two tiny encoders again (under an hour on 2 cores)
	$(BIN)/python -m embeddings.demo.train --out assets/demo

clean:
	rm -rf $(VENV) $(WORKSPACE) .mypy_cache .pytest_cache .ruff_cache .hypothesis

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || ( echo "installing Chromium for the browser tests"; SUDO=$$( [ $$(id -u) = 0 ] || echo sudo ); \
	       $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core ) \
	  || ( echo "Browser tests need Chromium: install it and run 'make test' again."; exit 1 )

# A database server is installed on a machine for tests only (CI); elsewhere its tests say that they were skipped.
.PHONY: postgresql
postgresql:
	@[ -z "$$CI" ] || command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
	  || ( echo "installing PostgreSQL for the database tests"; SUDO=$$( [ $$(id -u) = 0 ] || echo sudo ); \
	       $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq --no-install-recommends postgresql )

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable . --constraint constraints.txt
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[dev]' --constraint constraints.txt
	touch $@
