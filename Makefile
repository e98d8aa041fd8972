# SPDX-License-Identifier: Apache-2.0
SHELL := /bin/bash
PYTHON ?= python3
BIN := $(CURDIR)/.venv/bin
export PATH := $(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

setup: ## Install everything into this folder (every other target does it first)
	@command -v $(PYTHON) >/dev/null || { echo "set-up: $(PYTHON) is not on the path; install Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) toolchain/setup.py

.PHONY: test test-pyevm
test: setup ## Run the tests on anvil (Osaka)
	ape test

test-pyevm: setup ## Run the tests on eth-tester (py-evm, Prague, no P-256 precompile)
	ape test --network ethereum:local:test

.PHONY: gas
gas: setup ## Measure the gas of every action and write benchmarks/gas.json
	@rm -f benchmarks/gas.json
	PHA_GAS_OUT=$(CURDIR)/benchmarks/gas.json ape test tests/gas
