# SPDX-License-Identifier: MIT
#
#   make            everything that can be built here, into build/
#   make setup      install what is missing (packages.list)
#   make demo       set up, build, show on real traffic what offloads do to each signal
#   make pictures   those of README anew, of real traffic in Graphite and RRD files (takes 2 minutes)
#   make check      set up, build, run every test (JOBS=1: one after the other)
#   make bench      what it costs beside what people use today (25 minutes; QUICK=1: three; DOC=1: into docs/benchmarks.md;
#                   ROWS='poll tap': only these)
#   make check-drivers  real network drivers and device kinds in an emulated guest (part of check), with its table
#   make lint       formatting, static analysis, checks of the MIB, of shell scripts and of Prometheus rules
#   make planted    breaks the core in one place after another; the tests have to notice (takes long)
#   make sanitize   unit and integration tests under the address and undefined-behaviour sanitizers
#   make sanitize-threads   unit tests, and those in which agents have threads, under the thread sanitizer
#   make fuzz       SECONDS=60 TARGET=dissect hostile inputs, found by libFuzzer, for what reads them (docs/faults.md); all
#                   targets without TARGET, one after the other
#   make install    DESTDIR= PREFIX=/usr/local; COLLECTD_DIR= where collectd's plugins lie, if not where collectd says
#   make uninstall  the same, backwards
#   make deb        Debian packages, into build/deb/
#
# V=1 shows the commands. CC=clang works as well as gcc.

CC      ?= gcc
CLANG   ?= clang
BPFTOOL ?= $(or $(shell PATH="$$PATH:/usr/sbin:/sbin"; command -v bpftool),bpftool)
B       ?= build

ifneq ($(V),1)
Q   = @
say = @printf '  %-7s %s\n' '$(1)' '$(2)';
endif

pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)

WARN     = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef
CPPFLAGS += -D_GNU_SOURCE -Icommon
CFLAGS  ?= -O2 -g
# Jumps and returns only to where one is meant to go, by the processor, where it can tell.
MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null)
BRANCHES = $(if $(filter x86_64-%,$(MACHINE)),-fcf-protection)$(if $(filter aarch64-%,$(MACHINE)),-mbranch-protection=standard)
HARDEN  ?= -fstack-protector-strong -fstack-clash-protection $(BRANCHES) -D_FORTIFY_SOURCE=2
ALL_CFLAGS = -std=c11 $(WARN) -fPIC -fvisibility=hidden $(HARDEN) $(CFLAGS) -MMD -MP
LDFLAGS += -Wl,-z,relro,-z,now $(SANITIZE)

CORE_PKGS   = libnl-3.0 libnl-genl-3.0 libnl-route-3.0 libpcap jansson
CORE_CFLAGS = $(call pkg,--cflags,$(CORE_PKGS) libcurl) -DWT_LIBCURL='"$(LIBCURL)"'
CORE_LIBS   = $(call pkg,--libs,$(CORE_PKGS)) -lm
# It is not linked: common/curl_load.h. Its name is that of the library which the headers are of.
LIBCURL := $(or $(shell readelf -d "$$($(CC) -print-file-name=libcurl.so)" 2>/dev/null | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p'),libcurl.so.4)

# ---- what can be built here ---------------------------------------------------------------------------------------

HAVE_TAP     := $(and $(shell command -v $(CLANG) 2>/dev/null),$(shell $(BPFTOOL) version 2>/dev/null),$(shell pkg-config --exists libbpf 2>/dev/null && echo y))
HAVE_COLLECTD := $(wildcard /usr/include/collectd/core/daemon/plugin.h)
HAVE_NCURSES := $(shell pkg-config --exists ncursesw 2>/dev/null && echo y)
HAVE_NETSNMP := $(shell pkg-config --exists netsnmp-agent 2>/dev/null && echo y)

PRODUCTS = $(B)/wiretruth $(if $(HAVE_COLLECTD),$(B)/wiretruth.so) $(if $(HAVE_NETSNMP),$(B)/wiretruth-agentx $(B)/wiretruth-snmp.so)
LAB_SRC  = $(filter-out %.bpf.c $(if $(HAVE_TAP),,lab/xdp.c),$(wildcard lab/*.c))
LAB_BPF  = $(if $(HAVE_TAP),$(filter-out lab/xdp.bpf.c,$(wildcard lab/*.bpf.c)))
LAB      = $(LAB_SRC:lab/%.c=$(B)/lab/%) $(LAB_BPF:lab/%.c=$(B)/lab/%.o)
BENCH    = $(B)/bench/spent $(if $(HAVE_NETSNMP),$(B)/bench/walk $(B)/bench/constants) $(if $(HAVE_COLLECTD),$(B)/bench/sink.so) $(if $(HAVE_TAP),$(B)/bench/empty)
UNIT_SRC = $(wildcard tests/unit/*_test.c)
UNIT     = $(UNIT_SRC:tests/unit/%.c=$(B)/tests/unit/%)

.DELETE_ON_ERROR:
.PHONY: all help setup demo pictures bench check check-drivers planted lint sanitize sanitize-threads clean missing unit lab
all: missing $(PRODUCTS)
lab: $(LAB) $(BENCH) $(B)/tests/watch $(B)/tests/checksum $(B)/tests/starve $(if $(HAVE_TAP),$(B)/tests/ringless)
unit: $(UNIT)

help:
	@sed -n '/^#   make/,/^#$$/s/^#   //p' Makefile

missing:
	$(if $(HAVE_TAP),,@echo "note: no clang, bpftool or libbpf: built without the exact method; sample takes its place")
	$(if $(HAVE_COLLECTD),,@echo "note: no collectd headers (collectd-dev): built without the collectd plugin")
	$(if $(HAVE_NCURSES),,@echo "note: no ncurses (libncurses-dev): built without wiretruth watch")
	$(if $(HAVE_NETSNMP),,@echo "note: no Net-SNMP agent library (libsnmp-dev): built without the subagent and the module for snmpd")

# ---- core ---------------------------------------------------------------------------------------------------------

# What loads eBPF programs, and what says that this build has none.
WITH_TAP = common/tap.c common/pass_tap.c common/bpf_load.c
WITHOUT_TAP = common/tap_none.c common/pass_tap_none.c
CORE_SRC = $(filter-out $(WITH_TAP) $(WITHOUT_TAP) common/%.bpf.c,$(wildcard common/*.c)) \
           $(if $(HAVE_TAP),$(WITH_TAP),$(WITHOUT_TAP))
CORE_OBJ = $(CORE_SRC:%.c=$(B)/%.o)
ifneq ($(HAVE_TAP),)
CORE_LIBS += $(call pkg,--libs,libbpf)
$(B)/common/tap.o: $(B)/tap.skel.h
$(B)/common/pass_tap.o: $(B)/pass.skel.h
endif

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(SANITIZE) $(CORE_CFLAGS) -isystem $(B) -c -o $@ $<

$(B)/libwiretruth.a: $(CORE_OBJ)
	$(call say,AR,$@)rm -f $@; $(AR) rcs $@ $^

BPF_CC = $(CLANG) -target bpf -O2 -g -fdebug-prefix-map=$(CURDIR)=. -Wall -Wextra -Werror -Icommon -I/usr/include/$(shell uname -m)-linux-gnu

$(B)/tap.bpf.o $(B)/pass.bpf.o: $(B)/%.bpf.o: common/%.bpf.c $(wildcard common/*.h)
$(B)/xdp.bpf.o: lab/xdp.bpf.c
$(B)/tap.bpf.o $(B)/pass.bpf.o $(B)/xdp.bpf.o:
	@mkdir -p $(@D)
	$(call say,BPF,$@)$(BPF_CC) -c -o $@ $<
$(B)/%.skel.h: $(B)/%.bpf.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name $* > $@

# ---- skins --------------------------------------------------------------------------------------------------------

# What draws on a terminal, and what says that this build has no watch.
WITH_NCURSES = cli/watch.c cli/watch_screen.c cli/watch_terminal.c
WITHOUT_NCURSES = cli/watch_none.c
CLI_OBJ = $(patsubst %.c,$(B)/%.o,$(filter-out $(if $(HAVE_NCURSES),$(WITHOUT_NCURSES),$(WITH_NCURSES)),$(wildcard cli/*.c)))
$(B)/cli/watch_screen.o $(B)/cli/watch_terminal.o: CORE_CFLAGS += $(call pkg,--cflags,ncursesw)
$(B)/wiretruth: $(CLI_OBJ) $(B)/libwiretruth.a
	$(call say,LINK,$@)$(CC) -pie $(LDFLAGS) -o $@ $^ $(CORE_LIBS) $(if $(HAVE_NCURSES),$(call pkg,--libs,ncursesw))

# collectd's headers are system headers to us: they are not clean under our warnings.
COLLECTD_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard plugins/collectd/*.c))
# What both plugins have.
PLUGIN_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard plugins/*.c))
$(COLLECTD_OBJ): CORE_CFLAGS += -DHAVE_CONFIG_H -isystem /usr/include/collectd
$(B)/wiretruth.so: $(COLLECTD_OBJ) $(PLUGIN_OBJ) $(B)/libwiretruth.a plugins/collectd/plugin.map
	$(call say,LINK,$@)$(CC) -shared $(LDFLAGS) -Wl,--version-script=plugins/collectd/plugin.map \
	  -o $@ $(COLLECTD_OBJ) $(PLUGIN_OBJ) $(B)/libwiretruth.a $(CORE_LIBS)

# Where the MIB is rooted, if not where plugins/netsnmp/root.h says; mibs/WIRETRUTH-MIB.txt has to say the same. In a build
# directory of its own, since make compares no options.
MIB_ROOT ?=
comma := ,
NETSNMP_OBJ = $(patsubst %.c,$(B)/%.o,$(wildcard plugins/netsnmp/*.c))
$(NETSNMP_OBJ): CPPFLAGS += $(if $(MIB_ROOT),-DWT_MIB_ROOT=$(subst .,$(comma),$(patsubst .%,%,$(MIB_ROOT))))
$(NETSNMP_OBJ): CORE_CFLAGS += $(patsubst -I%,-isystem %,$(call pkg,--cflags,netsnmp-agent))
AGENTX_OBJ = $(filter-out $(B)/plugins/netsnmp/dlmod.o,$(NETSNMP_OBJ))
$(B)/wiretruth-agentx: $(AGENTX_OBJ) $(PLUGIN_OBJ) $(B)/libwiretruth.a
	$(call say,LINK,$@)$(CC) -pie $(LDFLAGS) -o $@ $^ $(CORE_LIBS) $(call pkg,--libs,netsnmp-agent)

# It stays in the process when snmpd unloads it: tokens that snmpd knows are its functions, and libcurl may have a thread
# left that asks for the address of a host.
DLMOD_OBJ = $(filter-out $(patsubst %,$(B)/plugins/netsnmp/%.o,main agent arguments process),$(NETSNMP_OBJ))
$(B)/wiretruth-snmp.so: $(DLMOD_OBJ) $(PLUGIN_OBJ) $(B)/libwiretruth.a plugins/netsnmp/dlmod.map
	$(call say,LINK,$@)$(CC) -shared $(LDFLAGS) -Wl,-z,defs,-z,nodelete -Wl,--version-script=plugins/netsnmp/dlmod.map \
	  -o $@ $(DLMOD_OBJ) $(PLUGIN_OBJ) $(B)/libwiretruth.a $(CORE_LIBS) $(call pkg,--libs,netsnmp-agent)

# ---- lab and tests ------------------------------------------------------------------------------------------------

# The lab's programs are oracles: they share no code with the core.
$(B)/lab/%: lab/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) -D_GNU_SOURCE $(ALL_CFLAGS) $(LAB_CFLAGS) -o $@ $< $(LAB_LIBS)

$(B)/lab/%.bpf.o: lab/%.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF,$@)$(BPF_CC) -c -o $@ $<

$(B)/lab/xdp: LAB_CFLAGS = -isystem $(B)
$(B)/lab/xdp: LAB_LIBS = $(call pkg,--libs,libbpf)
$(B)/lab/xdp: $(B)/xdp.skel.h

# What each poll says, what is said of each packet of a file, and whether a program loads: the tests' eyes, no oracles.
$(B)/tests/ringless: CPPFLAGS += -isystem $(B)
$(B)/tests/starve: TEST_CFLAGS = -fno-builtin # its allocator is the process's
$(B)/tests/watch $(B)/tests/checksum $(B)/tests/starve $(B)/tests/ringless: $(B)/tests/%: tests/integration/_%.c $(B)/libwiretruth.a
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(SANITIZE) $(TEST_CFLAGS) -o $@ $< $(B)/libwiretruth.a $(LDFLAGS) $(CORE_LIBS)

$(B)/tests/unit/%: tests/unit/%.c $(B)/libwiretruth.a
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(SANITIZE) $(CORE_CFLAGS) -o $@ $< $(B)/libwiretruth.a $(LDFLAGS) $(CORE_LIBS) -lcmocka

# What the benchmarks measure with, and what they put ours up against. Net-SNMP's headers are system headers to us.
$(B)/bench/walk $(B)/bench/constants: BENCH_CFLAGS = $(patsubst -I%,-isystem %,$(call pkg,--cflags,netsnmp-agent))
$(B)/bench/walk $(B)/bench/constants: BENCH_LIBS = $(call pkg,--libs,netsnmp-agent)
$(B)/bench/empty: BENCH_LIBS = $(call pkg,--libs,libbpf)
$(B)/bench/sink.so: BENCH_CFLAGS = -DHAVE_CONFIG_H -isystem /usr/include/collectd -shared
$(B)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) -D_GNU_SOURCE $(ALL_CFLAGS) $(BENCH_CFLAGS) -o $@ $< $(LDFLAGS) $(BENCH_LIBS)
$(B)/bench/%.so: tests/bench/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) -D_GNU_SOURCE $(ALL_CFLAGS) $(BENCH_CFLAGS) -o $@ $< $(LDFLAGS)

setup:
	@./setup.sh

# Set-up may bring the tools that the lines above look for, so what follows it is a make of its own.
demo: setup
	@$(MAKE) --no-print-directory all lab
	@lab/demo.sh

pictures: setup
	@$(MAKE) --no-print-directory all lab
	@lab/pictures.sh

bench: setup
	@$(MAKE) --no-print-directory all lab
	@tests/bench/all.sh $(if $(QUICK),--quick) $(if $(DOC),--doc) $(ROWS)

check: setup
	@$(MAKE) --no-print-directory all lab unit
	@tests/run.sh $(JOBS:%=--jobs %)

check-drivers: setup
	@$(MAKE) --no-print-directory all lab
	@tests/integration/drivers.sh

planted: setup
	@$(MAKE) --no-print-directory all lab unit
	@tests/planted.sh

# A build of its own, so that plain and sanitized objects never meet.
sanitize: setup
	@$(MAKE) --no-print-directory B=build/sanitize CFLAGS="-O1 -g -fno-omit-frame-pointer" HARDEN= \
	  SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=all" all lab unit
	@B=build/sanitize tests/run.sh $(JOBS:%=--jobs %)

# Each report is a file of its own, since a test need not see how each process ends; one is enough to fail. The module is
# inside snmpd in agents-together: in dlmod the sanitizer keeps SIGHUP back from an snmpd that nothing else wakes. Nor can
# collectd's exec plugin start a program with it, which notifications waits for.
THREADED = collectd collectd-threads values snmp snmp-held agents-together agents-killed churn
RACES    = $(CURDIR)/build/threads/races
sanitize-threads: setup
	@$(MAKE) --no-print-directory B=build/threads CFLAGS="-O1 -g -fno-omit-frame-pointer" HARDEN= \
	  SANITIZE="-fsanitize=thread" all lab unit
	@rm -rf $(RACES) && mkdir $(RACES)
	@B=build/threads TSAN_OPTIONS="log_path=$(RACES)/race suppressions=$(CURDIR)/tests/thread.supp" \
	  tests/run.sh $(JOBS:%=--jobs %) $(UNIT_SRC:tests/unit/%.c=build/threads/tests/unit/%) $(THREADED); \
	  status=$$?; ! cat $(RACES)/race.* 2>/dev/null && exit $$status

# ---- fuzzing ------------------------------------------------------------------------------------------------------

# libFuzzer is clang's, and every object counts what it runs through: a build of its own, again.
FUZZ_SRC = $(filter-out $(if $(HAVE_NETSNMP),,%/thresholds_fuzz.c %/arguments_fuzz.c) $(if $(HAVE_COLLECTD),,%/block_fuzz.c),\
           $(wildcard tests/fuzz/*_fuzz.c))
FUZZ     = $(FUZZ_SRC:tests/fuzz/%_fuzz.c=$(B)/%)

.PHONY: fuzz fuzz-build fuzz-targets
fuzz: fuzz-build
	@tests/fuzz/run.sh $(or $(SECONDS),60) $(TARGET)

fuzz-build:
	@$(MAKE) --no-print-directory B=build/fuzz CC="$(if $(filter clang,$(notdir $(lastword $(CC)))),$(CC),$(CLANG))" \
	  CFLAGS="-O1 -g -fno-omit-frame-pointer" HARDEN= \
	  SANITIZE="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" fuzz-targets

fuzz-targets: $(FUZZ)

# What the skins read.
$(B)/record: $(B)/cli/validate_record.o
$(B)/config: $(B)/plugins/netsnmp/settings.o
$(B)/config $(B)/block $(B)/arguments: $(B)/tests/fuzz/config_hold.o
$(B)/block: $(filter-out %/plugin.o %/notify.o,$(COLLECTD_OBJ))
$(B)/arguments: $(patsubst %,$(B)/plugins/netsnmp/%.o,arguments config_files settings) $(patsubst %,$(B)/cli/%.o,\
  check_options watch_options validate_options baseline_options compare_options read_options core_options options output text signals)
$(B)/thresholds: $(patsubst %,$(B)/plugins/netsnmp/%.o,threshold threshold_file table)
$(B)/netlink: $(B)/tests/fuzz/kernel.o
$(B)/exposition $(B)/query: $(B)/tests/fuzz/table.o
FUZZ_INCLUDES = -Icli -Iplugins/netsnmp -Iplugins/collectd
$(B)/tests/fuzz/%.o: CPPFLAGS += $(FUZZ_INCLUDES)
$(B)/tests/fuzz/block_fuzz.o: CORE_CFLAGS += -DHAVE_CONFIG_H -isystem /usr/include/collectd
$(B)/tests/fuzz/thresholds_fuzz.o $(B)/tests/fuzz/arguments_fuzz.o: CORE_CFLAGS += $(patsubst -I%,-isystem %,$(call pkg,--cflags,netsnmp-agent))
$(FUZZ): $(B)/%: $(B)/tests/fuzz/%_fuzz.o $(B)/tests/fuzz/fuzz.o $(B)/libwiretruth.a
	$(call say,LINK,$@)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(B)/libwiretruth.a $(CORE_LIBS) \
	  $(if $(filter thresholds arguments,$*),$(call pkg,--libs,netsnmp-agent))

# ---- lint ---------------------------------------------------------------------------------------------------------

C_FILES  = $(shell git ls-files '*.c' '*.h' 2>/dev/null)
SH_FILES = $(shell git ls-files '*.sh' .ci/run 'dist/completion/*' 'dist/debian/*.p*' 2>/dev/null)
TIDY     = printf '%s\n' $(1) | xargs -n 12 -P $(shell nproc) sh -c 'clang-tidy --quiet $(3) "$$@" -- $(CPPFLAGS) -std=c11 -isystem $(B) \
           $(call pkg,--cflags,$(CORE_PKGS)) $(2) 2>/dev/null' clang-tidy
SKELETON = $(WITH_TAP) tests/integration/_ringless.c
TIDIED   = $(filter-out %.bpf.c $(WITHOUT_TAP),$(filter %.c,$(C_FILES)))
# Those that include an agent's headers.
TIDIED_COLLECTD = $(filter plugins/collectd/% tests/bench/sink.c tests/fuzz/block_fuzz.c,$(TIDIED))
TIDIED_NETSNMP  = $(filter-out $(TIDIED_COLLECTD),$(filter plugins/netsnmp/% tests/fuzz/%,$(TIDIED)))

lint: setup
	@$(MAKE) --no-print-directory lint-format lint-c lint-mib lint-sh lint-prometheus

.PHONY: lint-format lint-c lint-mib lint-sh lint-prometheus
lint-format:
	$(call say,FORMAT,$(words $(C_FILES)) files)clang-format --dry-run --Werror $(C_FILES)

lint-c: $(B)/tap.skel.h $(B)/pass.skel.h $(B)/xdp.skel.h
	$(call say,TIDY,common cli tests lab)$(call TIDY,$(filter-out $(SKELETON) $(TIDIED_COLLECTD) $(TIDIED_NETSNMP),$(TIDIED)),)
	$(call say,TIDY,$(SKELETON): the generated skeletons leak where memory runs out)$(call TIDY,$(SKELETON),,--checks=-clang-analyzer-unix.Malloc)
	$(call say,TIDY,plugins/collectd)$(call TIDY,$(TIDIED_COLLECTD),$(FUZZ_INCLUDES) -DHAVE_CONFIG_H -isystem /usr/include/collectd)
	$(call say,TIDY,plugins/netsnmp)$(call TIDY,$(TIDIED_NETSNMP),$(FUZZ_INCLUDES) $(patsubst -I%,-isystem %,$(call pkg,--cflags,netsnmp-agent)))
	$(call say,CPPCHECK,all)cppcheck -q -j $(shell nproc) --enable=warning,performance,portability --std=c11 --inline-suppr --error-exitcode=1 \
	  -Icommon --include=tests/cppcheck.h $(filter %.c,$(C_FILES))

# smilint exits 0 whatever it finds: what counts is that it says nothing.
BASE_MIBS = build/npm/node_modules/net-snmp/lib/mibs
lint-mib:
	$(call say,SMILINT,mibs/WIRETRUTH-MIB.txt)echo 'path $(CURDIR)/$(BASE_MIBS):/usr/share/snmp/mibs' >$(B)/smi.conf; \
	  said=$$(smilint -c $(B)/smi.conf -m -s -l 6 -i namelength-32 ./mibs/WIRETRUTH-MIB.txt 2>&1); \
	  if [ -n "$$said" ]; then echo "$$said"; exit 1; fi

lint-sh:
	$(call say,SHELL,$(words $(SH_FILES)) files)shellcheck -x $(SH_FILES)

lint-prometheus:
	$(call say,PROM,dist/prometheus)cd dist/prometheus && promtool check rules --lint=all --lint-fatal wiretruth.rules.yml >/dev/null && \
	  for file in prometheus federation remote-write; do promtool check config --lint=all --lint-fatal $$file.yml >/dev/null || exit 1; done

# ---- install and packages -----------------------------------------------------------------------------------------

include dist/install.mk

.PHONY: deb
deb:
	@dist/deb.sh $(B)/deb

clean:
	rm -rf $(B)

-include $(shell find $(B) -path $(B)/deb -prune -o -type f -name '*.d' -print 2>/dev/null)
