# What this needs: Python 3.11 or newer with pip and venv, make, and a package index.
#
# The interpreter is the first usable of CANDIDATES and its virtual environment is .venv; with
# PYTHON=... it is that one, in an environment of its own (.venv-3.12), so that trying another
# Python leaves the first environment alone.

ARGS ?=
JOBS ?= auto

ifeq ($(origin PYTHON),undefined)
CANDIDATES := python3 python3.13 python3.12 python3.11
VENV := .venv
else
CANDIDATES := $(PYTHON)
VENV := .venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
endif

RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check
EXAMPLES := $(VENV)/.installed-examples
DEV := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help train gallery test lint types layers unit bench pins clean stale

help:
	@echo "make train    train the MNIST network            ARGS=\"--epochs 2\""
	@echo "make gallery  run the gallery, for docs/gallery.md"
	@echo "make test     lint, types, layers and unit       PYTHON=python3.12"
	@echo "make lint     ruff: rules and format"
	@echo "make types    mypy"
	@echo "make layers   import-linter"
	@echo "make unit     pytest                             ARGS=\"-k mrg\" JOBS=4"
	@echo "make bench    time a training step               ARGS=\"--help\""
	@echo "make pins     resolve constraints.txt anew"
	@echo "make clean    remove environments and caches"

train: $(EXAMPLES)
	$(RUN) examples/modern_net.py $(ARGS)

GALLERY := linear_regression logistic_regression convolutional_net autoencoder character_lstm \
    hamiltonian

gallery: $(EXAMPLES)
	set -e; for name in $(GALLERY); do $(RUN) examples/$$name.py --out docs/pictures; done

test: lint types layers unit

lint: $(DEV)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

types: $(DEV)
	$(RUN) -m mypy

layers: $(DEV)
	$(VENV)/bin/lint-imports --no-logo

unit: $(DEV)
	$(RUN) -m pytest -n $(JOBS) $(ARGS)

bench: $(EXAMPLES)
	$(RUN) benchmarks/mnist_step.py $(ARGS)

# An environment whose interpreter is gone, or that was moved with its folder, is built anew.
SOUND := $(shell test -x $(RUN) && grep -qsF '$(CURDIR)/$(VENV)' $(VENV)/bin/activate && echo yes)
STALE := $(if $(SOUND),,stale)

$(VENV)/.installed-%: pyproject.toml constraints.txt $(STALE)
	@test -z "$(STALE)" || { $(MAKE_VENV); }
	$(PIP) install --constraint constraints.txt setuptools
	$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[$*]'
	@touch $@

define MAKE_VENV
for python in $(CANDIDATES); do \
    command -v "$$python" >/dev/null || continue; \
    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || continue; \
    echo "$$python -m venv --clear $(VENV)"; \
    "$$python" -m venv --clear $(VENV) && exit 0; \
    rm -rf $(VENV); \
    echo "make: $$python could not make $(VENV). On Debian: apt install python3-venv" >&2; \
    exit 1; \
done; \
echo "make: no Python 3.11 or newer." >&2; \
echo "  tried: $(CANDIDATES)" >&2; \
echo "  fix:   install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
exit 1
endef

# One resolution for every Python from 3.11 on; markers tell where they differ. uv is taken for this
# alone: pip resolves only for the interpreter that it runs on.
pins: $(DEV)
	$(PIP) install uv
	$(RUN) -m uv pip compile pyproject.toml --universal --python-version 3.11 --extra dev \
	    --python $(RUN) --no-python-downloads --upgrade --no-annotate \
	    --custom-compile-command "make pins" --output-file constraints.txt

clean:
	rm -rf .venv .venv-* build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	rm -rf .hypothesis src/*.egg-info
	find src tests examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
