# The verbs of Jinko: `make` prints them. CI calls the same ones, `check` and `test`.
#
# Settings, given as `make VERB NAME=value`:
#   PYTHON       the Python that makes .venv: 3.11 or newer
#   TORCH_INDEX  where to take PyTorch from: the CPU index that pytorch.org names for your system. Needed on
#                Linux without an NVIDIA GPU, unless pip finds a CPU build by itself (see .ci/install-torch)
#   PROJECT      of deploy, image and destroy: the Google Cloud project; REGION too, if it is not us-central1
#   FILES        of destroy: `delete` removes people's files as well
#
# What a verb needs is installed by the verb, once: a stamp in .venv remembers it until pyproject.toml changes.

PYTHON ?= python3
TORCH_INDEX ?=
PROJECT ?=
REGION ?=
FILES ?= keep

BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo llama cloud-up setup check test test-fast crash soak bench-cold bench-prepare bench-train format schemas lock stage deploy image destroy deploy-check example clean

help:  ## Print these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

demo: .venv/.stamp-train  ## Fine-tune a tiny model on 1,000 example rows, on this machine
	@$(BIN)/jinko demo

llama: .venv/.stamp-venv  ## Install llama.cpp, prebuilt, for exports to GGUF on this machine (needs npm and git)
	@$(BIN)/python -m gpu_batch.llama.install

cloud-up: setup  ## A Google Cloud project on this machine, on official emulators, to play with (docs/cloud.md)
	@$(BIN)/python -m tests.cloud

setup: .venv/.stamp-train .venv/.stamp-dev .venv/.stamp-llama  ## Make .venv with everything to work on Jinko

check: .venv/.stamp-dev  ## Formatting, lint, types, the walls between rooms, JSON Schemas in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m schemas --check

test: setup  ## Every test: the quick ones, real training on a CPU, and the whole walk (minutes)
	$(BIN)/pytest -m "not soak"

test-fast: .venv/.stamp-dev  ## The quick tests alone; they need no PyTorch (seconds)
	$(BIN)/pytest

crash: .venv/.stamp-dev  ## The table of crash points: every step dies before and after everything it writes
	@$(BIN)/python -m tests.crash

soak: setup  ## Kills at ten more moments, 200 drops, eight really trained: figures are printed (half an hour)
	$(BIN)/pytest -m soak -v

bench-cold: .venv/.stamp-dev  ## Cold starts of the three functions, beside a process that imports everything
	@$(BIN)/python -m tests.cloud.cold

bench-prepare: setup  ## Preparing a million rows: how fast beside Arrow and pandas, in how much memory (minutes)
	@$(BIN)/python -m tests.bench.prepare

bench-train: .venv/.stamp-train  ## Training steps a second, beside a bare TRL script on the same rows (minutes)
	@$(BIN)/python -m tests.bench.train

format: .venv/.stamp-dev  ## Format the code, and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: .venv/.stamp-dev  ## Write schemas/json/ anew from the pydantic models
	$(BIN)/python -m schemas

lock: .venv/.stamp-dev  ## Write the locks of what is deployed anew from pyproject.toml (needs a network)
	$(BIN)/python -m infra.lock

stage: .venv/.stamp-dev  ## Stage the three functions into build/staged, as they are deployed
	$(BIN)/python -m infra.stage build/staged

deploy: .project stage  ## Set up Jinko in your Google Cloud project, or bring it up to date: PROJECT=id
	@$(BIN)/python -m infra.deploy apply $(PROJECT) $(REGION)

image: .project .venv/.stamp-dev  ## Build the container of jobs on Cloud Build, for the next deploy: PROJECT=id
	@$(BIN)/python -m infra.deploy image $(PROJECT) $(REGION) --torch-index "$(TORCH_INDEX)"

destroy: .project stage  ## Remove Jinko from your project; people's files stay unless FILES=delete
	@$(BIN)/python -m infra.deploy destroy $(PROJECT) $(REGION) --files $(FILES)

deploy-check: .venv/.stamp-dev  ## The Terraform module's format, validity and own tests; no account is needed
	@$(BIN)/python -m tests.terraform

example: .venv/.stamp-train  ## Make the tiny base model and the example data anew (minutes)
	$(BIN)/python -m examples.make_tiny_gemma3 --out examples/tiny-gemma3 --seed 1
	$(BIN)/python -m examples.make_tickets

clean:  ## Remove .venv and caches; your .jinko folder stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.project:
	@test -n "$(PROJECT)" || { \
	  echo "Which project? Type it: make $(MAKECMDGOALS) PROJECT=my-project (gcloud projects list)" >&2; exit 1; }

# ---------------------------------------------------------------- what is installed, and when

.venv/.stamp-venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Jinko needs Python 3.11 or newer, and $(PYTHON) is: $$($(PYTHON) --version 2>&1)." \
	    "Name another one: make demo PYTHON=python3.12" >&2; exit 1; }
	@echo "Making .venv ..."
	@$(PYTHON) -m venv .venv
	@touch $@

# PyTorch comes first and alone: whatever else were installed before it could bring its CUDA build along.
.venv/.stamp-torch: .venv/.stamp-venv pyproject.toml .ci/install-torch
	@TORCH_INDEX="$(TORCH_INDEX)" .ci/install-torch $(BIN)/python
	@touch $@

.venv/.stamp-train: .venv/.stamp-torch pyproject.toml
	@echo "Installing Jinko and what training needs (once) ..."
	@$(PIP) -e ".[functions,train]"
	@touch $@

# Where it cannot be had, its tests are skipped with a line; in CI they must run.
.venv/.stamp-llama: .venv/.stamp-venv gpu_batch/llama/pinned.py
	@echo "Installing llama.cpp (once) ..."
	@$(BIN)/python -m gpu_batch.llama.install && touch $@ || [ "$$CI" != true ]

.venv/.stamp-dev: .venv/.stamp-venv pyproject.toml
	@echo "Installing Jinko and its tools (once) ..."
	@$(PIP) -e ".[functions,gcp,dev]"
	@touch $@
