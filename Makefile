# For people:   make help
# For SAM:      build-<LogicalId>, called by `sam build` for each function (template.yaml: BuildMethod makefile)

.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
FEEDS ?=
SECONDS ?= 600
TIMES ?= 100
KILLS ?= 200
DATA ?= .feedriver/$(if $(FEEDS),feeds,town)
HOST ?= 127.0.0.1
PORT ?= 4566
TOWN_PORT ?= 8808

help:
	@echo "make run                       the sample town of feeds, once through, on this machine"
	@echo "make run FEEDS=\"URL a.opml\"    your feeds, likewise"
	@echo "make up                        the local river kept running, its schedule polling"
	@echo "make unit                      each module's own tests, while you work"
	@echo "make test                      lint, types, units, and the quick part of the system's tests"
	@echo "make test-long                 the tests that take minutes, and the mutants"
	@echo "make test-sam                  the built functions in Lambda's image (needs Docker)"
	@echo "make check                     lint and types"
	@echo "make bench                     figures of this machine, as ratios"
	@echo "make deploy                    the stack, into your AWS account"
	@echo "make build ARCH=arm64|x86_64   the functions' bundles (sam build)"

# ---------------------------------------------------------------- set-up

$(VENV)/ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "feedriver needs Python 3.11 or newer: make PYTHON=python3.x …" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/ready

# ---------------------------------------------------------------- for people

run: setup
	@$(BIN)/feedriver run --all --data $(DATA) $(if $(FEEDS),$(FEEDS),--town --town-port $(TOWN_PORT))

up: setup
	@$(BIN)/feedriver up --data $(DATA)-up --host $(HOST) --port $(PORT) $(if $(PAUSED),--paused) $(if $(FEEDS),$(FEEDS),--town --town-port $(TOWN_PORT))

# Three lanes. A file's tests stay together, since some share what is dear to make; each core has files of its own.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

unit: setup
	$(PYTEST) -m "not long" tests/unit

test: setup check
	$(PYTEST) -m "not long"

test-long: setup mutants
	$(PYTEST) -m long

# The built functions in Lambda's own image, against an AWS on this machine: needs Docker.
test-sam: build
	$(BIN)/python -m pytest tests/system/sam

# The stack of another commit, deployed over by this one, with feeds and entries in it.
test-update: setup
	FROM=$(FROM) $(BIN)/python -m pytest tests/system/local/test_update.py

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The contract with subscribers, generated from feedriver.events.
events: setup
	$(BIN)/python -m feedriver.schemas events

# What is compared with is installed beside the project; the figures are this machine's, the ratios hold. BOUND=1 shows
# that each of them runs, in seconds, with what there is.
bench: setup
	$(if $(BOUND),,@$(BIN)/uv pip install --quiet --no-config --python $(BIN)/python --require-hashes -r requirements/bench.txt)
	PYTHONPATH=tests/support:tests/system $(BIN)/python bench/parsing.py $(if $(BOUND),--bound)
	PYTHONPATH=tests/support:tests/system $(BIN)/python bench/wheel.py $(if $(BOUND),--bound)
	PYTHONPATH=tests/support:tests/system $(BIN)/python bench/backlog.py $(if $(BOUND),--bound)
	PYTHONPATH=tests/support:tests/system $(BIN)/python bench/polls.py $(if $(BOUND),--bound)
	$(BIN)/python bench/freshness.py $(if $(BOUND),--bound)

# Many times the documents of `make test`, others each time; then bytes led by which lines they reach, where atheris is.
fuzz: setup
	FUZZ=$(TIMES) $(BIN)/python -m pytest tests/system/fuzz tests/unit/decide/test_window.py
	-@$(BIN)/uv pip install --quiet --no-config --python $(BIN)/python --require-hashes --only-binary :all: \
	  -r requirements/fuzz.txt
	@if $(BIN)/python -c 'import atheris' 2>/dev/null; \
	  then $(BIN)/python tests/system/fuzz/coverage_guided.py -verbosity=0 -print_final_stats=1 $(or $(BOUND),-max_total_time=$(SECONDS)); \
	  else echo "Not led by coverage: atheris is not to be had here (it is built for Linux on x86-64)"; test -z "$$CI"; fi

# The polling process killed by SIGKILL two hundred times while its feeds go on: about four minutes.
soak: setup
	PYTHONPATH=tests/support:tests/system $(BIN)/python tests/system/soak/kills.py $(KILLS)

# Each mutant of our own code, killed by the tests that are named for it.
mutants: setup
	PYTHONPATH=tests/support:tests/system $(BIN)/python tests/system/mutants/gate.py

# Everything that can go wrong at each AWS call and each answer, two faults a plan; DEPTH=3 takes hours.
DEPTH ?= 2
SEEDS ?= 3000
explore: setup
	PYTHONPATH=shared:tests/support:tests/system $(BIN)/python -m explorer --depth $(DEPTH) --seeds $(SEEDS)

# Every bad habit of hosts at once, for ten minutes.
soak-hostile: setup
	PYTHONPATH=tests/support:tests/system $(BIN)/python tests/system/hostile/soak.py $(SECONDS)
	PYTHONPATH=tests/support:tests/system $(BIN)/python -m hostile.memory

# ---------------------------------------------------------------- locks: one file a function, one for development

UV_COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --upgrade
FUNCTIONS := dispatch poll reconcile subscriber

# The functions' locks hold the versions of the development lock: what is tested is what is deployed.
lock: setup
	$(UV_COMPILE) --universal --python-version 3.11 --all-extras --group dev pyproject.toml -o requirements/dev.txt
	for name in $(FUNCTIONS); do \
	  $(UV_COMPILE) --python-version 3.13 --python-platform aarch64-manylinux_2_28 -c requirements/dev.txt \
	    --no-annotate --extra $$name pyproject.toml -o requirements/$$name.txt || exit 1; done
	$(UV_COMPILE) --universal --python-version 3.11 requirements/sam.in -o requirements/sam.txt
	$(UV_COMPILE) --universal --python-version 3.11 -c requirements/dev.txt requirements/bench.in -o requirements/bench.txt
	$(UV_COMPILE) --universal --python-version 3.11 -c requirements/dev.txt requirements/fuzz.in -o requirements/fuzz.txt

# ---------------------------------------------------------------- bundles

# The architecture of the bundles; template.yaml's parameter Architecture must say the same.
ARCH ?= $(if $(filter arm64 aarch64,$(shell uname -m)),arm64,x86_64)
SAM_VENV ?= .venv-sam
SAM := $(SAM_VENV)/bin/sam
WHEELS_arm64 := aarch64-manylinux_2_28
WHEELS_x86_64 := x86_64-manylinux_2_28
# Bytecode is made by the version that Lambda runs.
PYTHON313 ?= $(shell command -v python3.13 >/dev/null 2>&1 && python3.13 -c 'import sys; print(sys.executable)' 2>/dev/null \
  || ls -d $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.13*/bin/python3.13 2>/dev/null | tail -n 1)

$(SAM_VENV)/ready: requirements/sam.txt $(VENV)/ready
	@test -x $(SAM_VENV)/bin/python || $(PYTHON) -m venv $(SAM_VENV)
	@echo "Setting up $(SAM_VENV) (once)"
	@$(BIN)/uv pip install --quiet --no-config --python $(SAM_VENV)/bin/python --require-hashes -r requirements/sam.txt
	@touch $@

sam: $(SAM_VENV)/ready

build: setup sam
	PATH="$(abspath $(BIN)):$$PATH" ARCH=$(ARCH) SAM_CLI_TELEMETRY=0 $(SAM) build --parameter-overrides Architecture=$(ARCH)

# One function in Lambda's image (needs Docker), against a river kept up where containers find it:
#   make up HOST=172.17.0.1 PAUSED=1
#   make invoke HOST=172.17.0.1 FUNCTION=PollFunction EVENT=poll
invoke: build
	AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 \
	  $(SAM) local invoke $(FUNCTION) -e events/$(EVENT).json --env-vars $(DATA)-up/env.json $(SAM_FLAGS) \
	  --parameter-overrides "Architecture=$(ARCH) Local=true Contact=http://localhost/ EndpointUrl=http://$(HOST):$(PORT)"

validate: sam
	SAM_CLI_TELEMETRY=0 $(SAM) validate --lint

# The first time it asks, and keeps the answers in deploy.toml, beside samconfig.toml and not tracked; from then on it
# deploys by them. With CONTACT it asks nothing and keeps nothing: what PARAMETERS leaves out stays as it is in the stack.
ANSWERS := deploy.toml
CONTACT ?=
PARAMETERS ?=
STACK ?= feedriver
deploy: ARCH := $(or $(shell sed -n 's/.*Architecture=[\\"]*\([a-z0-9_]*\).*/\1/p' $(ANSWERS) 2>/dev/null),arm64)
deploy: build
	@if [ -n "$(CONTACT)" ]; then $(DEPLOY) --config-file samconfig.toml --stack-name $(STACK) --no-confirm-changeset \
	    --no-fail-on-empty-changeset --parameter-overrides Architecture=$(ARCH) "Contact=$(CONTACT)" $(PARAMETERS); \
	elif [ -f $(ANSWERS) ]; then $(DEPLOY) --config-file $(ANSWERS) --no-fail-on-empty-changeset; \
	else awk -v built='parameter_overrides = "Architecture=\\"$(ARCH)\\""' '{print} /^stack_name/ {print built}' \
	      samconfig.toml >$(ANSWERS) \
	    && $(DEPLOY) --guided --config-file $(ANSWERS) \
	    || { grep -qs Contact $(ANSWERS) || rm -f $(ANSWERS); exit 1; }; fi
DEPLOY := SAM_CLI_TELEMETRY=0 $(SAM) deploy

build-DispatchFunction: NAME := dispatch
build-PollFunction: NAME := poll
build-ReconcileFunction: NAME := reconcile
build-SubscriberFunction: NAME := subscriber

# Of the shared code a bundle carries what its handler imports (tools/bundle.py).
# Two builds of one checkout are byte-identical: versions and hashes are locked, bytecode is checked by the source's
# hash and names the paths that it will have in Lambda, and what varies from build to build is taken out.
build-DispatchFunction build-PollFunction build-ReconcileFunction build-SubscriberFunction:
	@test -n "$(PYTHON313)" || { echo "no Python 3.13 found: name one, make PYTHON313=/path/to/python3.13" >&2; exit 1; }
	uv pip install --quiet --no-config --require-hashes --only-binary :all: --link-mode copy \
	  --python-version 3.13 --python-platform $(WHEELS_$(ARCH)) \
	  --target "$(ARTIFACTS_DIR)" -r requirements/$(NAME).txt
	shared=$$("$(PYTHON313)" tools/bundle.py functions/$(NAME)/app.py) \
	  && tar -cf - functions/$(NAME) -C shared $$shared | tar -xf - -C "$(ARTIFACTS_DIR)"
	cd "$(ARTIFACTS_DIR)" && rm -rf bin .lock && find . -name __pycache__ -prune -exec rm -rf {} + \
	  && find . \( -name INSTALLER -o -name RECORD -o -name REQUESTED -o -name direct_url.json \) -path '*.dist-info/*' -delete
	cd "$(ARTIFACTS_DIR)" && PYTHONHASHSEED=0 "$(PYTHON313)" -m compileall -q -j 1 --invalidation-mode checked-hash -p /var/task .

.PHONY: help setup run up unit test test-long test-sam test-update check events bench fuzz explore soak mutants \
  soak-hostile lock sam build invoke validate deploy \
  build-DispatchFunction build-PollFunction build-ReconcileFunction build-SubscriberFunction
