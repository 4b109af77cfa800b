# Every verb passes ARGS on: make test ARGS="-k approval", make demo ARGS=--once
PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
ARGS ?=
BENCH ?= matching
.DEFAULT_GOAL := help
.PHONY: help install emulators demo serve test quick check format lock indexes vectors matrix openapi fuzz eval learn bench bench-matching chaos system stack deploy-check clean

help: ## List every verb
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/.runtime: backend/requirements.txt backend/pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("ResQConnect needs Python 3.11 or newer.")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r backend/requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable backend
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime backend/requirements-dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r backend/requirements-dev.txt
	@touch $@

install: $(VENV)/.dev ## Install everything, also what tests and checks need, into .venv

FIREBASE := backend/tests/firebase

$(FIREBASE)/node_modules/.installed: $(FIREBASE)/package.json $(FIREBASE)/package-lock.json
	npm ci --prefix $(FIREBASE) --ignore-scripts --no-audit --no-fund
	@touch $@

emulators: $(FIREBASE)/node_modules/.installed ## Install the official Auth emulator for the tests (Node 20, 312 MB)

demo: $(VENV)/.runtime ## Start the server, play a flood, show the main job (ARGS=--once: end after it)
	$(BIN)/resq demo $(ARGS)

serve: $(VENV)/.runtime ## Serve the API with its workers in one process
	$(BIN)/resq serve $(ARGS)

system: ## Install what pip cannot, where it is missing: nginx, Redis, Java, Node (Debian, as root)
	scripts/system-packages nginx redis java node

stack: $(VENV)/.dev $(if $(findstring --local-accounts,$(ARGS)),,$(FIREBASE)/node_modules/.installed) ## Run the production stack on this machine (ARGS=--once: play one call through it, and end)
	cd backend && $(BIN)/python -m stack $(ARGS)

test: $(VENV)/.dev ## Run the tests
	cd backend && $(BIN)/python -m pytest -n 2 $(ARGS)

quick: $(VENV)/.dev ## Run the tests without the whole stories (the unit suite)
	cd backend && $(BIN)/python -m pytest -n 2 -m "not story" $(ARGS)

check: $(VENV)/.dev ## Lint, types, layers, routes, and whether the exported requirements are those of the lock
	cd backend && $(BIN)/ruff check . && $(BIN)/ruff format --check .
	cd backend && $(BIN)/mypy
	cd backend && $(BIN)/python -m pytest -p no:xdist tests/test_layers.py tests/test_policy.py tests/test_indexes.py tests/test_requirements.py $(ARGS)

deploy-check: $(VENV)/.dev ## Lint deploy/, and hold it against the code
	$(BIN)/yamllint --strict --config-file deploy/.yamllint.yaml deploy
	$(BIN)/hadolint deploy/Dockerfile deploy/emulators/Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
	cd backend && $(BIN)/python -m pytest -p no:xdist tests/test_deploy.py tests/test_nginx.py $(ARGS)

format: $(VENV)/.dev ## Format the code
	cd backend && $(BIN)/ruff check --fix . && $(BIN)/ruff format $(ARGS) .

lock: $(VENV)/.dev ## Resolve the dependencies anew and export them (ARGS=--upgrade: to their newest)
	cd backend && $(BIN)/uv lock $(ARGS)
	cd backend && $(BIN)/uv export --quiet --no-header --frozen --no-dev --no-emit-project -o requirements.txt
	cd backend && $(BIN)/uv export --quiet --no-header --frozen --no-emit-project -o requirements-dev.txt

indexes: $(VENV)/.dev ## Write firestore.indexes.json anew from the queries of the tests
	cd backend && $(BIN)/python -m tests.declare_indexes $(ARGS)

vectors: $(VENV)/.dev ## Make the vectors that are shipped with the cards anew, whenever a card changes
	$(BIN)/resq knowledge vectors backend/app/knowledge/vectors

matrix: $(VENV)/.dev ## Write docs/permissions.md anew from the policy table
	cd backend && $(BIN)/python -m tests.matrix $(ARGS) > ../docs/permissions.md

openapi: $(VENV)/.dev ## Write openapi.json anew from the code, and say what of it breaks clients
	cd backend && $(BIN)/python -m tests.openapi $(ARGS)

fuzz: $(VENV)/.dev ## Have schemathesis try every route as every role (ARGS="--cases 20000 --json")
	cd backend && $(BIN)/python -m bench.fuzz $(ARGS)

eval: $(VENV)/.dev ## Measure the minds, all against the table that is kept, or one (ARGS="retrieval", ARGS="assess --messages FILE.csv --golden FILE.jsonl", ARGS=--write)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/resq eval $(if $(filter-out -%,$(firstword $(ARGS))),,--kept docs/evaluation.md) $(ARGS)

learn: $(VENV)/.dev ## Learn anew how likely needs are, from labelled messages (ARGS="--messages FILE.csv")
	cd backend && $(BIN)/python -m bench.learn $(ARGS)

bench-matching: $(VENV)/.dev ## Measure the matcher at four sizes, up to 10,000 requests (ARGS="--largest 2500 --json")
	cd backend && $(BIN)/python -m bench.matching $(ARGS)

bench: $(VENV)/.dev ## Measure the matcher (BENCH=store, firestore, lists, load, calls, idle, intake, queue, outage, overhead, tracing, duplicates, push: see docs/performance.md; ARGS=--json)
	cd backend && $(BIN)/python -m bench.$(BENCH) $(ARGS)

chaos: $(VENV)/.dev ## Kill parts at random while people ask for help, then count (ARGS="--requests 2000 --kills 30 --json")
	cd backend && $(BIN)/python -m bench.chaos $(ARGS)

clean: ## Remove what was installed and made
	rm -rf $(VENV) .demo .stack backend/.mypy_cache backend/.pytest_cache backend/.ruff_cache
