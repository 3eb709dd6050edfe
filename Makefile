# What a newcomer and a contributor run. `make` alone lists it.
#
#   make demo PYTHON=python3.13     with this Python instead of the first one found
#   make test ARGS="-k rubric -x"   further arguments for pytest

SHELL := /bin/sh
PYTHON ?=
VENV := .venv
ARGS :=
PY := $(VENV)/bin/python
MODEL := smollm2
# Figures are held against it in tests. It pins a scipy of old that it works without, hence on its own.
IRRCAC := irrCAC==0.4.4

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check bench docs clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: ## try judgetui: sets itself up the first time, starts at once after that
	@$(call ready,local)
	@$(model)
	@"$(PY)" -m judgetui demo

test: ## run the tests, the embedded model included
	@$(call ready,local dev)
	@$(model)
	"$(PY)" -m pytest $(ARGS)

check: ## lint, format, types, layers
	@$(call ready,local dev)
	"$(PY)" -m ruff check .
	"$(PY)" -m ruff format --check .
	"$(PY)" -m mypy
	"$(VENV)/bin/lint-imports" --no-logo

bench: ## run every benchmark: a ratio each, with the two figures behind it
	@$(call ready,local dev)
	@$(model)
	@set -e; for file in benchmarks/[a-z]*.py; do \
	    name=$$(basename "$$file" .py); echo "== $$name"; "$(PY)" -m "benchmarks.$$name"; \
	done

docs: ## write docs/keys.md, cli.md, protocols.md and the README's picture anew
	@$(call ready,local dev)
	@mkdir -p docs
	@$(call page,docs/keys.md,judgetui keys --markdown)
	@$(call page,docs/cli.md,tests.tools.cli_pages)
	@$(call page,docs/protocols.md,tests.tools.protocol_page)
	"$(PY)" -m tests.tools.screenshot docs/screenshot.svg

clean: ## remove caches and build products; sessions, models and the virtual environment stay
	rm -rf build dist htmlcov .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find judgetui tests benchmarks -type d -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# $(call page,FILE,MODULE...): what the module prints becomes the file, unless it fails.
page = "$(PY)" -m $(2) > $(1).new && mv $(1).new $(1) || { rm -f $(1).new; exit 1; }

# `model pull` does nothing, and at once, when the model is there.
model = "$(PY)" -m judgetui model pull $(MODEL)

# $(call ready,EXTRAS): judgetui and these extras in $(VENV), and nothing at all to do when they are there already.
# A stamp for each extra holds what it was installed from: pyproject.toml, constraints.txt and the folder's place
# (an editable install points at it). Anything that fails is shown and ends the target.
empty :=
space := $(empty) $(empty)
comma := ,
define ready
set -eu; \
venv='$(VENV)'; py='$(PY)'; wanted='$(PYTHON)'; \
say() { printf '%s\n' "$$*" >&2; }; \
is_new_enough() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }; \
\
from="$$(cksum pyproject.toml constraints.txt) $$(pwd -P)"; \
fresh=yes; \
for extra in $(1); do [ "$$(cat "$$venv/.stamp-$$extra" 2>/dev/null)" = "$$from" ] || fresh=no; done; \
[ -x "$$py" ] || fresh=no; \
[ -z "$$wanted" ] || [ "$$(cat "$$venv/.made-with" 2>/dev/null)" = "$$wanted" ] || fresh=other; \
[ "$$fresh" != yes ] || exit 0; \
\
if [ "$$fresh" = other ] || ! is_new_enough "$$py" || ! "$$py" -m pip --version >/dev/null 2>&1; then \
    if [ -e "$$venv" ] && [ ! -f "$$venv/pyvenv.cfg" ]; then \
        say "$$venv is in the way: it is not a virtual environment. Move it, or pass VENV=another-folder."; exit 1; \
    fi; \
    if [ -n "$$wanted" ]; then set -- "$$wanted"; else set -- python3 python3.13 python3.12 python3.11; fi; \
    found=; made=; trouble=; \
    for candidate do \
        is_new_enough "$$candidate" || continue; \
        [ -n "$$found" ] || found=$$candidate; \
        rm -rf "$$venv"; \
        if trouble=$$("$$candidate" -m venv "$$venv" 2>&1); then made=$$candidate; break; fi; \
    done; \
    if [ -z "$$found" ]; then \
        say "judgetui needs Python 3.11 or newer; looked for: $$*."; \
        say "Install one, or name one: make $@ PYTHON=/path/to/python3"; exit 1; \
    fi; \
    if [ -z "$$made" ] && command -v uv >/dev/null 2>&1; then \
        rm -rf "$$venv"; \
        uv venv --quiet --seed --python "$$found" "$$venv"; made=$$found; \
    fi; \
    if [ -z "$$made" ]; then \
        rm -rf "$$venv"; \
        say "$$trouble"; say ""; \
        say "$$found could not make a virtual environment, and uv is not here to do it instead."; \
        say "Install Python's venv module (Debian and Ubuntu: python3-venv) or uv, then run make $@ again."; exit 1; \
    fi; \
    printf '%s\n' "$${wanted:-$$made}" > "$$venv/.made-with"; \
fi; \
\
say "Setting up judgetui in $$venv ($$("$$py" -V); about a minute the first time) ..."; \
log="$$venv/install.log"; \
PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0 "$$py" -m pip install --no-input --progress-bar off -c constraints.txt \
    -e '.[$(subst $(space),$(comma),$(strip $(1)))]' >"$$log" 2>&1 || \
    { tail -n 40 "$$log" >&2; say "Installing judgetui failed, as told above; all of it is in $$log."; exit 1; }; \
$(if $(filter dev,$(1)),PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0 "$$py" -m pip install --no-input \
    --progress-bar off --no-deps '$(IRRCAC)' >>"$$log" 2>&1 || \
    { tail -n 40 "$$log" >&2; say "Installing $(IRRCAC) failed$(comma) as told above; all of it is in $$log."; exit 1; };) \
for extra in $(1); do printf '%s\n' "$$from" > "$$venv/.stamp-$$extra"; done
endef
