# `make` says what there is. Every target is plain cargo, with the stylesheet and scripts of the pages
# fetched by npm first. Beside what cargo and npm fetch, tests need PostgreSQL's programs and Chromium.

CARGO ?= cargo

.DEFAULT_GOAL := help
.PHONY: help demo test check screens soak bench evaluate assets provider cargo npm postgres chromium promtool

help: ## say what there is
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

demo: cargo assets ## run a service with an invented backlog, to look round (Ctrl-C ends it)
	$(CARGO) run --locked -p ppn -- demo

# This builds the program as well: the end-to-end tests run it.
test: cargo assets postgres chromium promtool provider ## run every test
	$(CARGO) test --workspace --locked

check: cargo assets ## format, lints and unit tests: before every commit
	@$(CARGO) fmt --version >/dev/null 2>&1 || { echo "rustfmt is missing: rustup component add rustfmt" >&2; exit 1; }
	@$(CARGO) clippy --version >/dev/null 2>&1 || { echo "clippy is missing: rustup component add clippy" >&2; exit 1; }
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) test --workspace --lib --locked

screens: cargo assets chromium ## make the pictures of the pages in docs/screens anew
	mkdir -p docs/screens
	PPN_SCREENS=$(CURDIR)/docs/screens $(CARGO) test -p ppn-tests --locked --test all screens::every_page

soak: cargo assets postgres chromium promtool provider ## run every test, the long ones at full length
	PPN_SOAK=full $(CARGO) test --workspace --locked

bench: cargo assets ## run the benchmarks; leave the machine alone meanwhile
	$(CARGO) bench --locked -p ppn-tests --bench pure --bench sqlite

evaluate: cargo ## measure the order of triage on invented notices whose truth is known
	$(CARGO) run --release --locked -p ppn-demo --example evaluate

assets: crates/web/vendor/govuk-frontend.min.js ## fetch the stylesheet and scripts of the pages

# The licence of the fonts and of the crest is for other pages: neither is shipped.
crates/web/vendor/govuk-frontend.min.js: crates/web/package.json crates/web/package-lock.json | npm
	cd crates/web && npm ci --ignore-scripts --no-audit --no-fund
	mkdir -p crates/web/vendor
	cd crates/web/node_modules/govuk-frontend/dist/govuk && for name in css js; do \
		sed -e 's/@font-face{[^}]*}//g' -e 's#/\*\# sourceMappingURL=.*\*/##' -e 's#//\# sourceMappingURL=.*##' \
			govuk-frontend.min.$$name >$(CURDIR)/crates/web/vendor/govuk-frontend.min.$$name; done

# The OpenID provider that tests sign in at. Nothing of it is part of the program.
provider: tests/openid/node_modules/.package-lock.json

tests/openid/node_modules/.package-lock.json: tests/openid/package.json tests/openid/package-lock.json | npm
	cd tests/openid && npm ci --ignore-scripts --no-audit --no-fund

cargo:
	@command -v $(CARGO) >/dev/null || { echo "cargo is missing: install Rust with rustup (https://rustup.rs); rust-toolchain.toml picks the version" >&2; exit 1; }

# The programs alone: no server of the machine's own is used. Root has them installed here; anybody
# else is told what to install.
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q \
			&& DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends postgresql; } \
		|| { echo "PostgreSQL's programs are missing: install the package postgresql (sudo apt-get install postgresql)" >&2; exit 1; }

npm:
	@command -v npm >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q \
			&& DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends npm; } \
		|| { echo "npm is missing: install the package npm (sudo apt-get install npm)" >&2; exit 1; }

chromium:
	@command -v chromedriver >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q \
			&& DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium chromium-driver; } \
		|| { echo "Chromium is missing: install chromium and chromium-driver (sudo apt-get install chromium chromium-driver)" >&2; exit 1; }

# Without it the alert rules of deploy/ go unchecked, and the test says so.
promtool:
	@command -v promtool >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q \
			&& DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends prometheus; } \
		|| echo "promtool is missing, and the alert rules go unchecked: install the package prometheus (sudo apt-get install prometheus)" >&2
