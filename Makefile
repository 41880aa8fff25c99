# What a developer does here. Everything else is Cargo's.

CARGO ?= cargo
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))

# What debhelper and debian/rules set for the package. With the same for the bench, each crate is
# built once, and what is measured is what is shipped.
AS_DEBIAN := \
	export SOURCE_DATE_EPOCH="$$(dpkg-parsechangelog --show-field Timestamp 2>/dev/null)"; \
	eval "$$(dpkg-buildflags --export=sh 2>/dev/null)"; \
	CARGO_ENCODED_RUSTFLAGS="$$(packaging/rustflags)" || exit; export CARGO_ENCODED_RUSTFLAGS;

# The directory with the programs that scenarios and demo run.
export SSHTPM_BIN := $(TARGET)/debug

# Scenarios run inside namespaces of their own; building them does not.
IN_NAMESPACE := --config "target.'cfg(unix)'.runner = ['$(CURDIR)/tests/namespace']"

# Scenarios wait most of the time, for a clock or for each other's processes.
AT_ONCE := --test-threads $(shell echo $$((3 * $$(nproc))))

# Another version may judge otherwise, or make another site.
DENY_VERSION := 0.20.2
DENY := $(TARGET)/tools/cargo-deny-$(DENY_VERSION)/bin/cargo-deny
MDBOOK_VERSION := 0.5.4
MDBOOK := $(TARGET)/tools/mdbook-$(MDBOOK_VERSION)/bin/mdbook
HYPERLINK_VERSION := 0.3.2
HYPERLINK := $(TARGET)/tools/hyperlink-$(HYPERLINK_VERSION)/bin/hyperlink
# Another version may write other bytes.
CYCLONEDX_VERSION := 0.5.9
CYCLONEDX := $(TARGET)/tools/cargo-cyclonedx-$(CYCLONEDX_VERSION)/bin/cargo-cyclonedx

.PHONY: help build demo test bench check fuzz advisories manual deb vm-test desktop-test regress
.PHONY: key-files peers clients nix rpm selinux arch packages site
.PHONY: programs install uninstall tree init dist reproducible lint

help:
	@echo 'make build    build the programs'
	@echo 'make demo     see it work, on a machine without a TPM and with nothing set up'
	@echo '              SHELL_AFTER=1  and be left in a shell as its user'
	@echo 'make test     unit tests, and scenarios against the real components'
	@echo '              ONLY=name      only scenarios whose name contains this'
	@echo 'make vm-test  the Debian package in a whole virtual machine with a TPM; takes ten minutes'
	@echo '              SUITE=trixie   Debian 13; without it Debian 12'
	@echo '              BUS=dbus-broker  with that in place of dbus-daemon'
	@echo '              INSTALL=make   what `make install` installs instead of the package'
	@echo '              ONLY=name      as above'
	@echo 'make desktop-test  programs that ask for PINs at a desktop, in their sandbox; as root'
	@echo '              SUITE=bookworm  those of Debian 12; without it Debian 13'
	@echo "make regress  OpenSSH's own tests of agents, with sshtpm-agent as the agent; two minutes"
	@echo '              SUITE=sid      those of another Debian; without it Debian 13'
	@echo '              ONLY=name      only tests whose name contains this, with their whole output'
	@echo 'make peers    take over keys that ssh-tpm-agent and tpm2-pkcs11 really made; a minute'
	@echo '              SUITE=name     those of another Debian; without it sid'
	@echo '              AGENT=file     with this ssh-tpm-agent, for a Debian that has none'
	@echo 'make clients  programs of Debian 13 use keys by the PKCS #11 module; a minute'
	@echo '              SUITE=bookworm  those of Debian 12'
	@echo 'make key-files  import keys of ssh-keygen, openssl and puttygen; takes an hour'
	@echo '              EACH=n         as many of each type instead of 200'
	@echo '              TYPES=RSA      only types whose name contains this'
	@echo 'make bench    how fast it is, against what the chip alone would take; takes ten minutes'
	@echo '              ONLY=name      only measures whose name contains this; scale only if named'
	@echo '              SHORT=1        two minutes; BASELINE=1  keep the figures (tests/bench)'
	@echo 'make programs  the programs as packages have them, in target/release'
	@echo 'make install  put these into PREFIX=/usr/local, and say what to do next; DESTDIR=directory'
	@echo '              INIT=openrc    with services of OpenRC; or dinit, or none'
	@echo 'make uninstall  remove what `make install` wrote, with the same PREFIX and DESTDIR'
	@echo 'make init     start what is installed by OpenRC; a minute'
	@echo '              DINIT=directory  and by the dinit that is there'
	@echo 'make deb      the Debian packages, in target/debian'
	@echo 'make nix      evaluate the NixOS module'
	@echo '              NIXPKGS_LIB=directory  with the lib of nixpkgs that is there'
	@echo 'make rpm      the packages for Fedora, in target/rpm, and their SELinux policy'
	@echo 'make selinux  that policy alone, against the reference policy of Debian'
	@echo 'make arch     the packages for Arch, in target/arch'
	@echo '              with programs of `make build`; PROGRAMS=directory  with others'
	@echo 'make packages all packages, each installed into a root of its own and looked at there'
	@echo 'make dist     the archive of a release, its list of crates and checksums, in target/dist'
	@echo 'make reproducible  that archive and the Debian packages twice, which have to be the same'
	@echo '              ONLY=archive   the archive alone'
	@echo 'make lint     what lintian, shellcheck, systemd, rpmlint, xmllint and man find'
	@echo 'make check    formatting, lints, documentation, whose code is used (deny.toml)'
	@echo 'make fuzz     feed readers of foreign bytes with changed inputs; FOR=60 seconds for each'
	@echo '              ONLY=module    only the reader in the module of that name'
	@echo '              SHORT=1        two minutes, the same inputs each time'
	@echo 'make advisories  what is known against that code; fetches the database'
	@echo 'make manual   write the manual pages and completions anew (docs/man, docs/completions)'
	@echo 'make site     guides, manual pages and the rest of docs as a web site, in target/site'
	@echo
	@echo 'Missing Debian packages are named and installed first (tests/packages).'

# With a test among what is built, dependencies have the features that tests want. They are the same
# in `make test` then, and built once.
build:
	@tests/packages build
	$(CARGO) build --workspace --lib --bins --test scenarios --locked

demo: build
	@tests/packages test
	@SHELL_AFTER=$(SHELL_AFTER) tests/namespace $(CURDIR)/tests/demo

# Each of the whole workspace: for a part of it, Cargo would build dependencies with other features.
test: build
	@tests/packages test
	$(CARGO) test --workspace --lib --bins --locked
	$(CARGO) test --workspace --doc --locked
	$(CARGO) $(IN_NAMESPACE) test --workspace --test '*' --locked -- $(AT_ONCE) $(ONLY)

# More of the key files that `make test` reads.
key-files: build
	@tests/packages test
	SSHTPM_KEY_FILES=$(or $(EACH),200) SSHTPM_KEY_TYPES='$(TYPES)' $(CARGO) $(IN_NAMESPACE) \
		test --workspace --test scenarios --locked -- --nocapture import_programs

# What the bench runs. Other programs of the tests are not built for it. The PKCS #11 module is a
# library, so each library is built.
BENCH_PROGRAMS := sshtpm sshtpm-agent sshtpm-broker \
	bus-call bus-clock neighbour pin-call sign-without-pause tpm-device

# What it compares with need not be there: the row says so then.
bench:
	@tests/packages build
	@tests/packages test
	@tests/packages bench || echo 'make bench: goes on without tpm2-pkcs11'
	$(AS_DEBIAN) $(CARGO) build --workspace --release --locked \
		--lib $(addprefix --bin ,bench $(BENCH_PROGRAMS))
	SSHTPM_PROGRAMS='$(BENCH_PROGRAMS)' \
		$(TARGET)/release/bench $(if $(SHORT),--short) $(if $(BASELINE),--write-baseline) --only '$(ONLY)'

check:
	@tests/packages build
	$(CARGO) fmt --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	tests/columns
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --workspace --no-deps --locked
	@$(MAKE) --no-print-directory $(DENY)
	$(DENY) --locked check licenses bans sources

advisories: $(DENY)
	$(DENY) --locked check advisories

# Tools from their sources, whose checksums Cargo has. Each works for seconds, so it is built for
# being built quickly.
# Its arguments are a crate with its version, and further options of `cargo install`.
define install-tool
	@tests/packages build
	CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off \
		CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 $(CARGO) install --quiet --locked \
		--root $(@D:/bin=) --target-dir $(TARGET)/tools/build $(1) $(2)
	rm -rf $(TARGET)/tools/build
endef

$(DENY):
	$(call install-tool,cargo-deny@$(DENY_VERSION))

$(CYCLONEDX):
	$(call install-tool,cargo-cyclonedx@$(CYCLONEDX_VERSION))

# Without the server that shows pages while they are written.
$(MDBOOK):
	$(call install-tool,mdbook@$(MDBOOK_VERSION),--no-default-features --features search)

$(HYPERLINK):
	$(call install-tool,hyperlink@$(HYPERLINK_VERSION))

site: $(MDBOOK) $(HYPERLINK)
	@tests/packages site
	docs/site/draw --check
	docs/site/build $(MDBOOK) $(HYPERLINK)

# With the numbers of a short run, each run tries the same inputs, so a failure is of the change.
# A long run starts elsewhere each time, and goes on from what earlier ones kept in target/fuzz.
FUZZ := $(if $(SHORT),SSHTPM_FUZZ_INPUTS=20000,\
	SSHTPM_FUZZ_SECONDS=$(or $(FOR),60) SSHTPM_FUZZ_SEED=$$(date +%s))

# An input may make a reader want any memory; the bound is for the machine.
fuzz:
	@tests/packages build
	ulimit -d 4194304; $(FUZZ) $(CARGO) test --workspace --lib --bins --locked --no-fail-fast \
		$(if $(ONLY),$(ONLY)::)fuzz:: -- --nocapture

# The tests that hold the pages against their sources write them instead.
manual:
	@tests/packages build
	SSHTPM_WRITE_MANUAL=1 $(CARGO) test --workspace --lib --bins --locked manual

programs:
	@tests/packages build
	$(AS_DEBIAN) $(CARGO) build --release --locked --package sshtpm-broker \
		--package sshtpm-agent --package sshtpm-cli --package sshtpm-pkcs11

# Neither builds anything, because root runs them.
install:
	@packaging/make-install

uninstall:
	@packaging/make-uninstall

init: build
	@tests/packages test init
	tests/namespace $(CURDIR)/tests/init openrc
	@if [ -n "$(DINIT)" ]; then \
		DINIT='$(abspath $(DINIT))' tests/namespace $(CURDIR)/tests/init dinit; \
		else echo 'make init: nothing was started by dinit: DINIT= names no directory of it'; fi

dist: $(CYCLONEDX)
	@tests/packages build dist
	packaging/dist $(CYCLONEDX)

reproducible: $(CYCLONEDX)
	@tests/packages build deb dist
	tests/reproducible $(CYCLONEDX) $(ONLY)

lint: deb
	@tests/packages lint
	tests/lint $(TARGET)/debian/*_$(VERSION)_*.deb

deb:
	@tests/packages build deb
	debian/rules clean
	debian/rules binary
	lintian --fail-on error $(TARGET)/debian/sshtpm_*.deb $(TARGET)/debian/sshtpm-pkcs11_*.deb

# Packages for other distributions, as far as Debian has their tools. What they are made of need not
# be optimized to be looked at; without PROGRAMS, rpmbuild would have Cargo build a release.
PROGRAMS ?= $(SSHTPM_BIN)

nix: build
	@tests/packages nix
	tests/nix/run $(PROGRAMS)

rpm: build selinux
	@tests/packages rpm
	tests/rpm/run $(PROGRAMS)

selinux:
	@tests/packages selinux
	tests/selinux

arch: build
	@tests/packages arch
	tests/arch/run $(PROGRAMS)

# Of this version: others may lie there, too.
VERSION = $(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
PACKAGE = $(TARGET)/debian/sshtpm_$(VERSION)_amd64.deb

# What the virtual machine gets: the package, or the files of `make install`.
TREE := $(TARGET)/vm/tree
BY_MAKE := $(filter make,$(INSTALL))

tree: programs
	rm -rf $(TREE)
	DESTDIR=$(TREE) packaging/make-install
	tar -C $(TREE) --owner=0 --group=0 -cf $(TREE).tar .

vm-test: $(if $(BY_MAKE),tree,deb)
	@tests/packages vm
	BUS=$(BUS) tests/vm/run $(or $(SUITE),bookworm) \
		$(if $(BY_MAKE),$(TREE).tar,$(PACKAGE)) "$(ONLY)"

packages: deb nix rpm arch dist
	@tests/packages roots
	tests/roots/run $(PACKAGE)

desktop-test: deb
	@tests/packages desktop
	tests/desktop/run $(or $(SUITE),trixie) $(PACKAGE)

regress: build
	@tests/packages test regress
	tests/regress/run $(or $(SUITE),trixie) "$(ONLY)"

peers: build
	@tests/packages test regress
	tests/peers/run $(or $(SUITE),sid) $(AGENT)

clients: build
	@tests/packages test regress
	tests/clients/run $(or $(SUITE),trixie)
