# `make help` lists what there is to make.

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
# Which tests to run, a regular expression: `make test FILTER=NixHashTests`.
FILTER ?=
# Further options of `swift test`, such as `--sanitize=thread`.
SWIFT_TEST_FLAGS ?=
# Which of Debian's releases to take Nix from; `--where-possible` leaves out what cannot be done on this machine.
NIX_VERSIONS ?=

binary := .build/release/pinr
sources := Package.swift $(shell find Sources Plugins templates -type f)
swift_code := Package.swift $(wildcard Sources Tests Plugins Benchmarks Fuzz)
# The program starts faster and needs no Swift on the machine it runs on; Apple's systems bring Swift themselves.
static := $(if $(filter Linux,$(shell uname -s)),--static-swift-stdlib)

# Most tests start servers and programs of their own: all of them at once would only wait for each other.
few_at_a_time := SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8

bindir = $(DESTDIR)$(PREFIX)/bin
bash_completions = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
zsh_completions = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
fish_completions = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help build release install uninstall test test-long test-browser test-containers test-nix-versions test-skopeo-versions lint format demo bench clean

help: ## say what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-20s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: ## build pinr for debugging: .build/debug/pinr
	scripts/install-deps build
	$(SWIFT) build --product pinr

release: $(binary) ## build pinr for use: .build/release/pinr

# A file, so that `make release && sudo make install` builds nothing as root.
$(binary): $(sources)
	scripts/install-deps build
	$(SWIFT) build -c release $(static) --product pinr
	touch $@

install: $(binary) ## install pinr and its shell completions below PREFIX (/usr/local), staged in DESTDIR
	mkdir -p $(bindir) $(bash_completions) $(zsh_completions) $(fish_completions)
	install -m 755 $(binary) $(bindir)/pinr
	$(binary) --generate-completion-script bash > $(bash_completions)/pinr
	$(binary) --generate-completion-script zsh > $(zsh_completions)/_pinr
	$(binary) --generate-completion-script fish > $(fish_completions)/pinr.fish

uninstall: ## remove what `make install` installed
	rm -f $(bindir)/pinr $(bash_completions)/pinr $(zsh_completions)/_pinr $(fish_completions)/pinr.fish

test: ## install what the tests need and run them; FILTER=REGEX runs some
	scripts/install-deps test
	$(few_at_a_time) scripts/swift-test $(SWIFT) test --disable-xctest $(if $(FILTER),--filter '$(FILTER)') \
		$(SWIFT_TEST_FLAGS)

test-long: ## hash twenty times as many random trees, and merge as many more locks, as `make test` does, PINR_TEST_CASES=N times as many
	scripts/install-deps test
	PINR_TEST_CASES=$(or $(PINR_TEST_CASES),20) $(few_at_a_time) $(SWIFT) test --disable-xctest \
		--filter 'RandomTreeTests|LockMergePropertyTests' $(SWIFT_TEST_FLAGS)

test-browser: ## look at the page of `pinr report` with headless Chromium, and hold it against the rules of axe
	scripts/install-deps test browser
	PINR_AXE=$(CURDIR)/.build/axe/axe_playwright_python/axe.min.js $(SWIFT) test --disable-xctest --filter PageInBrowserTests

test-containers: ## build, run and use what is in templates/ with podman, Nix, registries and virtual machines
	scripts/install-deps test containers
	$(SWIFT) build --build-tests --disable-xctest $(SWIFT_TEST_FLAGS)
	PINR_TEST_CONTAINERS=yes SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=2 scripts/own-network scripts/swift-test \
		$(SWIFT) test --skip-build --disable-xctest --filter '$(or $(FILTER),^ContainerTests)' $(SWIFT_TEST_FLAGS)

test-nix-versions: ## run the tests of default.nix on Nix 2.3, 2.8, 2.26 and 2.34, in roots made of Debian's releases (root, mmdebstrap)
	scripts/install-deps test roots
	scripts/test-nix-versions $(NIX_VERSIONS)

test-skopeo-versions: ## compare archives of images with those of skopeo 1.18, in a root made of Debian 13 (root, mmdebstrap)
	scripts/install-deps test roots
	scripts/test-skopeo-versions

lint: ## check the format, the scripts and the directions between the rooms
	scripts/install-deps lint
	$(SWIFT) format lint --strict --parallel --recursive $(swift_code)
	scripts/check-scripts
	scripts/check-nix
	scripts/check-ci
	scripts/check-imports --self-test
	scripts/check-imports

format: ## format the Swift code
	$(SWIFT) format --in-place --parallel --recursive $(swift_code)

demo: ## install what is missing, build pinr, and show it at work against servers on this machine
	scripts/install-deps demo
	@$(MAKE) --no-print-directory release
	scripts/demo

bench: ## measure pinr, and compare it with Nix
	scripts/install-deps bench
	@$(MAKE) --no-print-directory release
	scripts/bench

clean: ## remove what was built
	rm -rf .build .build-*
