# linbo-hookd. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
SWIFT ?= swift
RELEASE := .build/release
PROGRAMS := linbo-hookd linboctl linbo-hook
SOURCES := Package.swift Sources Plugins hooks Tests
TEST_LOG := .build/test.log
ROUNDS ?= 20
# Tests at the same time. If all began together, what one of them waits for would come after minutes of the others' work.
AT_ONCE := SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=16

# What building and running needs, and what the tests need besides. Only missing packages are installed.
PACKAGES := rsync curl iproute2 libxml2-dev zlib1g-dev libssh-dev libical-dev libsqlite3-dev pkg-config
TFTP_CLIENTS := curl tftp-hpa atftp busybox
TORRENT_TOOLS := mktorrent ctorrent buildtorrent transmission-cli aria2 opentracker
NETWORK_BOOTS := qemu-system-x86 ovmf ipxe-qemu grub-common grub-pc-bin grub-efi-amd64-bin \
  grub-efi-ia32-bin ipxe shim-signed grub-efi-amd64-signed dnsmasq-base socat xz-utils e2fsprogs xorriso
DHCP_SERVERS := .build/dhcp-servers
SAMBA_AD := samba samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind python3-samba ldb-tools krb5-user smbclient
TEST_PACKAGES := $(PACKAGES) chntpw libwin-hivex-perl libhivex-bin python3-minimal sqlite3 gcc libc6-dev \
  $(TFTP_CLIENTS) $(NETWORK_BOOTS) $(TORRENT_TOOLS) $(SAMBA_AD) qemu-utils xfsprogs btrfs-progs udpcast dropbear-bin openssh-client openssh-server tmux systemd

.PHONY: help build install run demo test soak check-release hostile hostile-short lint format bench packages test-packages clean

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 18

build: packages ## the three programs, optimised, in .build/release
	@$(SWIFT) build -c release

install: build ## the programs into PREFIX/bin, samples into PREFIX/share/linbo-hookd
	@[ -n "$(DESTDIR)" ] || $(make_groups)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/linbo-hookd/grub
	install -m 755 $(PROGRAMS:%=$(RELEASE)/%) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(wildcard etc/*.*) $(DESTDIR)$(PREFIX)/share/linbo-hookd
	install -m 644 etc/grub/* $(DESTDIR)$(PREFIX)/share/linbo-hookd/grub

run: build ## daemon and rsyncd with a sample school, until Ctrl-C
	@Examples/run-school $(RELEASE)

demo: build ## the same, pulls as two PCs, shows what came, and ends
	@Examples/run-school $(RELEASE) --demo

# Here alone: another compiler may find more, and a school builds all the same.
test: export LINBO_WARNINGS = errors
test: test-packages lint ## format check, unit tests, and whole-system tests with real rsync
	$(SWIFT) build --build-tests
	@set -o pipefail; $(AT_ONCE) $(SWIFT) test --skip-build 2>&1 | tee $(TEST_LOG) \
	  || { status=$$?; Tests/Tools/slowest-tests $(TEST_LOG); exit $$status; }
	@$(MAKE) --no-print-directory check-release hostile-short
	@Tests/Tools/slowest-tests $(TEST_LOG)

soak: test-packages ## whole-system tests ROUNDS times beside a busy neighbour; SOAK_ALL=1: QEMU and Samba, too
	$(SWIFT) build --build-tests
	@$(AT_ONCE) Tests/Tools/soak --rounds $(ROUNDS) $(if $(SOAK_ALL),--all) $(FILTER:%=--filter '%') \
	  $$($(SWIFT) build --show-bin-path)/linbo-hookdPackageTests.xctest

# What schools run is the optimised build, and compilers err, too.
check-release: build
	@Examples/run-school $(RELEASE) --demo >$(RELEASE)/demo.txt || { cat $(RELEASE)/demo.txt; exit 1; }
	@grep -q VK7JG-NPHTM-C97JM-9MPGT-3V66T $(RELEASE)/demo.txt && grep -q W269N-WFGWX-YVC9B-4J6C9-T83GX $(RELEASE)/demo.txt \
	  && echo "release build: each client got its own bytes"

hostile: build ## a trial's attacks beside a good client, in namespaces, as root; a quarter of an hour
	@python3 Tests/Tools/hostile --build $(RELEASE) --markdown $(RELEASE)/hostile.md

# Without goals for times, which a busy machine misses.
hostile-short: build
	@python3 Tests/Tools/hostile --build $(RELEASE) --short

lint: ## the format check alone, that pictures are those of their texts, and that declarations are documented
	$(SWIFT) format lint --strict --recursive $(SOURCES)
	docs/pictures/draw docs/pictures/boot.txt | cmp - docs/pictures/boot.svg
	@Tests/Tools/documented

format: ## brings the sources into the format that lint checks
	$(SWIFT) format --in-place --recursive $(SOURCES)

bench: test-packages build ## ratios beside plain rsyncd and other TFTP servers; Benchmarks/README.md says how to read them
	@python3 Benchmarks/peers.py
	@python3 Benchmarks/bench.py --build $(RELEASE)

packages:
	@$(call install_missing,$(PACKAGES))

test-packages: $(DHCP_SERVERS)
	@$(make_groups)
	@$(call install_missing,$(TEST_PACKAGES))

# Unpacked, not installed, as their packages start services. dnsmasq-base does not.
$(DHCP_SERVERS):
	@Tests/Tools/unpack-packages $@.new isc-dhcp-server kea-dhcp4-server && rm -rf $@ && mv $@.new $@

clean: ## what was built
	$(SWIFT) package clean

# What is made for one PC is readable by rsyncd's module alone, which runs as linbo-hookd. Members of linbo-admin may ask
# the daemon, as root does.
make_groups = [ $$(id -u) != 0 ] || for group in linbo-hookd linbo-admin; do \
  getent group $$group >/dev/null || groupadd --system $$group; done

define install_missing
missing=(); for package in $(1); do \
  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing+=($$package); \
done; \
if [ $${#missing[@]} -gt 0 ]; then \
  echo "missing Debian packages: $${missing[*]}"; \
  if [ $$(id -u) != 0 ]; then echo "as root: apt-get install $${missing[*]}" >&2; exit 1; fi; \
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $${missing[*]} >/dev/null; \
fi
endef
