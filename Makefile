# `make` says what there is. Every target is plain cargo; nothing is installed but what cargo
# fetches, and PostgreSQL for the tests, which start their own.

CARGO ?= cargo

.DEFAULT_GOAL := help
.PHONY: help demo test check soak bench evaluate cargo postgres

help: ## say what there is
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

demo: cargo ## run a service with an invented backlog, to look round (Ctrl-C ends it)
	$(CARGO) run --locked -p ppn -- demo

# This builds the program as well: the end-to-end tests run it.
test: cargo postgres ## run every test
	$(CARGO) test --workspace --locked

check: cargo ## format, lints and unit tests: before every commit
	@$(CARGO) fmt --version >/dev/null 2>&1 || { echo "rustfmt is missing: rustup component add rustfmt" >&2; exit 1; }
	@$(CARGO) clippy --version >/dev/null 2>&1 || { echo "clippy is missing: rustup component add clippy" >&2; exit 1; }
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) test --workspace --lib --locked

soak: cargo postgres ## run every test, the long ones at full length
	PPN_SOAK=full $(CARGO) test --workspace --locked

bench: cargo ## run the benchmarks; leave the machine alone meanwhile
	$(CARGO) bench --locked -p ppn-tests --bench pure --bench sqlite

evaluate: cargo ## measure the order of triage on invented notices whose truth is known
	$(CARGO) run --release --locked -p ppn-demo --example evaluate

cargo:
	@command -v $(CARGO) >/dev/null || { echo "cargo is missing: install Rust with rustup (https://rustup.rs); rust-toolchain.toml picks the version" >&2; exit 1; }

# The programs alone: no server of the machine's own is used. Root has them installed here; anybody
# else is told what to install.
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q \
			&& DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends postgresql; } \
		|| { echo "PostgreSQL's programs are missing: install the package postgresql (sudo apt-get install postgresql)" >&2; exit 1; }
