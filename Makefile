# `make` alone lists the targets. Set-up happens on its own, in .venv.
# Another interpreter: make test PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
PYTHON_VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
# Set-up is repeated when setup.py changes or PYTHON is of another version.
STAMP := $(VENV)/.set-up-$(PYTHON_VERSION)
IN_VENV := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast check image image-test qa package release lock format schemas emulator probe bench bench-short bench-docs clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | awk -F '\t' '{printf "make %-12s %s\n", $$1, $$2}'

demo: $(STAMP) ## Sync a made-up workspace into a DuckDB file, change some of it, sync again
	@$(IN_VENV) python -m demo.run

test: $(STAMP) ## Everything that CI runs, in .venv
	@$(IN_VENV) $(MAKE) --no-print-directory check

test-fast: $(STAMP) ## The unit tests that aren't marked slow, in a minute or so
	@$(IN_VENV) python -m pytest -n auto -m "not slow" unit_tests

check: ## The same in the environment that is active: lint, types, schema drift, tests
	hadolint Dockerfile
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	python scripts/generate_schemas.py --check
	python scripts/generate_docs.py --check
	python -m pytest -n auto unit_tests
	python -m pytest integration_tests

image: ## Build the image with docker or podman; for other machines than this: make image PLATFORM=linux/amd64
	@scripts/image.sh

image-test: $(STAMP) ## Build the image and try it in containers
	@set -e; built=$$(scripts/image.sh); \
	$(IN_VENV) CONTAINER_ENGINE=$${built% *} CONNECTOR_IMAGE=$${built#* } python -m pytest -m container integration_tests/test_image.py

qa: $(STAMP) ## Run Airbyte's own checks of a connector (Python 3.11 or 3.12; 0.7 GB in .qa)
	@$(IN_VENV) scripts/qa.sh

package: $(STAMP) ## Build sdist, wheel and an SBOM of what the image holds (Python 3.11) into dist
	@$(IN_VENV) scripts/package.sh

release: $(STAMP) ## Release what the changelog's first heading names: write the version, commit, tag; build package and image
	@$(IN_VENV) python -m scripts.release
	@$(IN_VENV) scripts/package.sh
	@VERSION= scripts/image.sh

lock: $(STAMP) ## Lock what is installed in the image, with hashes
	@$(IN_VENV) uv pip compile --quiet --universal --generate-hashes --python-version=3.10 --output-file=requirements.lock setup.py

format: $(STAMP) ## Format the code, and fix what the linter can fix
	@$(IN_VENV) ruff format .
	@$(IN_VENV) ruff check --fix .

schemas: $(STAMP) ## Generate the streams' JSON schemas from the OpenAPI document, and their tables in the docs
	@$(IN_VENV) python scripts/generate_schemas.py
	@$(IN_VENV) python scripts/generate_docs.py

emulator: $(STAMP) ## Serve a made-up workspace on port 8765 until Ctrl-C
	@$(IN_VENV) python -m emulator

probe: $(if $(CONFIG),$(STAMP)) ## Ask the API what it does, reading only: make probe CONFIG=secrets/config.json OPTIONS=--load
	@test -n "$(CONFIG)" || { echo "Name your configuration: make probe CONFIG=secrets/config.json" >&2; exit 1; }
	@$(IN_VENV) python -m probe --config "$(CONFIG)" $(OPTIONS)

bench: $(STAMP) ## Measure the connector beside other ways to read the list, for about an hour; results in .benchmarks
	@$(IN_VENV) python -m benchmarks

bench-short: $(STAMP) ## The same with few records, in about five minutes; no goals are judged
	@$(IN_VENV) python -m benchmarks --short

bench-docs: $(STAMP) ## Put the last results into docs/performance.md
	@$(IN_VENV) python -m benchmarks --docs

clean: ## Remove .venv and all that was generated
	rm -rf $(VENV) .qa .demo .benchmarks build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis
	find .tmp -mindepth 1 ! -name pytest.ini -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian splits ensurepip from Python. Then the interpreter's own pip puts pip into the environment.
$(STAMP): setup.py
	@test -n "$(PYTHON_VERSION)" || { echo "There is no $(PYTHON) here. Install Python 3.10 to 3.14, or name one: make test PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 15))' || { echo "$(PYTHON) is Python $(PYTHON_VERSION); this needs 3.10 to 3.14. Name one: make test PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV) with Python $(PYTHON_VERSION); this takes a minute or two."
	@rm -rf $(VENV)
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(PYTHON) -m venv $(VENV); \
	else $(PYTHON) -m venv --without-pip $(VENV) && $(PYTHON) -m pip --python $(VENV)/bin/python install --quiet pip; fi \
	|| { rm -rf $(VENV); echo "$(PYTHON) can't make an environment. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }
	@scripts/install.sh $(VENV)/bin/python --editable '.[tests,demo]'
	@touch $@
