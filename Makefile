# Henglian (衡联). `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench web web-check clean tools

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

demo: ## Build everything and run the whole path on localhost (Ctrl-C stops it)
	@deploy/setup/demo.sh

test: ## Install what the tests need and run every test (Rust, web, browser)
	@deploy/setup/test.sh

lint: ## Format, clippy, web types
	@deploy/setup/lint.sh

bench: ## Benchmarks with their peers (never part of the tests)
	@deploy/setup/bench.sh

web: ## Build the web workbench into portal/web/dist
	@deploy/setup/web.sh

tools: ## Install the programs and packages that the tests use
	@deploy/setup/tools.sh test

clean: ## Remove build output and demo data
	rm -rf target data portal/web/dist portal/web/node_modules tests/browser/node_modules .env-tools
