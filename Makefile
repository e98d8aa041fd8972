# SPDX-License-Identifier: Apache-2.0
SHELL := /bin/bash
PYTHON ?= python3
BIN := $(CURDIR)/.venv/bin
NPM_BIN := $(CURDIR)/node_modules/.bin
SOLIDITY := 'contracts/**/*.sol'
SOLIDITY_TESTS := 'tests/forge/**/*.sol'
export PATH := $(BIN):$(PATH)

# The EVM the tests run on: anvil (Osaka), or py-evm (eth-tester: Prague, in process, no network, no P-256 precompile).
EVM ?= anvil
NETWORK_anvil := ethereum:local:foundry
NETWORK_py-evm := ethereum:local:test
NETWORK = $(or $(NETWORK_$(EVM)),$(error EVM is anvil or py-evm, not $(EVM)))

# Which tests: folders or files; all by default. Each worker runs whole files, on a chain of its own.
TESTS ?=
WORKERS ?= auto

# A chain state for the demo: a raw chain spec or a dump of key/value pairs; without it a small parachain with public keys.
STATE ?=

.DEFAULT_GOAL := help
.PHONY: help setup build demo test test-deep invariants invariants-deep gas bench drift lint format

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

setup: ## Install everything into this folder (every other target does it first)
	@command -v $(PYTHON) >/dev/null || { echo "set-up: $(PYTHON) is not on the path; install Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) toolchain/setup.py

build: setup
	@python toolchain/fresh_build.py

demo: build ## The whole suite at work on a local L2 (STATE=path for another chain state)
	@ape run demo $(if $(STATE),--state $(STATE))

# Gas comes first and in a process of its own, so that nothing that ran before can be the reason for a difference.
test: build ## Run the tests (EVM=anvil or EVM=py-evm)
	$(if $(TESTS),,ape test --network $(NETWORK) -m "not deep" tests/gas)
	ape test -n $(WORKERS) --dist loadfile --network $(NETWORK) -m "not deep" $(or $(TESTS),--ignore=tests/gas)

test-deep: build ## Run the long randomised profiles
	ape test --network $(NETWORK_anvil) -m deep

invariants: setup ## Run the Solidity tests: fuzzed rules and invariants of staking, with forge
	@python toolchain/forge.py test

invariants-deep: setup ## The same, for long
	@FOUNDRY_PROFILE=deep python toolchain/forge.py test

gas: build ## Measure the gas of every action and write benchmarks/gas.json
	@rm -f benchmarks/gas.json
	PHA_GAS_OUT=$(CURDIR)/benchmarks/gas.json ape test --network $(NETWORK_anvil) tests/gas

bench: setup ## Measure the tooling against the usual packages
	python benchmarks/tree.py
	python benchmarks/ledger.py

drift: build ## Check that generated files are what their generators write
	python -m pha.bridge.sample.generate --check
	python contracts/cryptography/generator/generate.py --check
	python -m pha.governance.parameter_table --check

lint: build ## Formatters, linters, types, and the compiler's own warnings
	@git ls-files '*.py' '*.sol' '*.js' | xargs grep -L 'SPDX-License-Identifier: Apache-2.0' | sed 's/$$/: no licence header/' | (! grep .)
	ruff check .
	ruff format --check .
	mypy
	$(NPM_BIN)/prettier --log-level warn --check $(SOLIDITY) $(SOLIDITY_TESTS) toolchain/*.js pha/bridge/second_builder/*.js
	$(NPM_BIN)/solhint --max-warnings 0 $(SOLIDITY)
	python toolchain/standard_json.py --check

format: setup ## Rewrite the sources in the project's format
	ruff check --fix .
	ruff format .
	$(NPM_BIN)/prettier --log-level warn --write $(SOLIDITY) $(SOLIDITY_TESTS) toolchain/*.js pha/bridge/second_builder/*.js
