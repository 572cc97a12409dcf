# `make test` is all that has to pass; the other targets are its parts. `make help` lists them.

PYTHON ?= python3
VENV := .venv
VENV_PYTHON := $(VENV)/bin/python
VENV_STAMP := $(VENV)/.requirements-dev.stamp
RGW_TOOLS := radosgw ceph-mon ceph-mgr ceph-osd
ORACLE_STAMP := tests/oracle/node_modules/.package-lock.json

.DEFAULT_GOAL := help
.PHONY: help test lint unit build live test-rgw oracle bench clean-venv

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# In a fixed order, and never two cargo builds at once, even under `make -j`.
test: $(VENV_STAMP) ## check and test everything
	$(MAKE) lint
	$(MAKE) unit
	$(MAKE) live

lint: ## formatting, clippy, and a build without AWS or the command line
	cargo fmt --check
	cargo clippy --all-targets --all-features -- -D warnings
	cargo check --no-default-features

unit: ## the Rust tests
	cargo test --all-features

build: ## the programs that the live tests run
	cargo build --all-features --bins

live: $(VENV_STAMP) $(ORACLE_STAMP) build ## the templates, and the programs against local stand-ins for AWS
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV_PYTHON) -m pytest tests/live

test-rgw: $(VENV_STAMP) build ## remedies on a Ceph gateway, which heeds who owns an object; installs it with apt, as root
	@for tool in $(RGW_TOOLS); do command -v $$tool >/dev/null || missing=1; done; [ -z "$$missing" ] || \
		{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $(RGW_TOOLS); }
	$(VENV_PYTHON) -m pytest tests/rgw

oracle: $(VENV_STAMP) $(ORACLE_STAMP) ## 20,000 decisions compared with an engine that is not ours; takes minutes
	cargo build --release
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV_PYTHON) tests/oracle/compare.py --count 20000 --deniedby target/release/deniedby

bench: $(VENV_STAMP) $(ORACLE_STAMP) ## the evaluator's time beside that of two other engines; takes two minutes
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" cargo bench --no-default-features --bench compare

clean-venv: ## remove the Python environment
	rm -rf $(VENV)

# npm comes with the Python environment, so that its version is pinned as well.
$(ORACLE_STAMP): tests/oracle/package-lock.json $(VENV_STAMP)
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --prefix tests/oracle --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(VENV_STAMP): requirements-dev.txt
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo 'error: $(PYTHON) cannot make a virtual environment: apt-get install python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@
