# SPDX-License-Identifier: MIT
#
# What is installed, and where. `make install`, `make uninstall` and the Debian packages all take it from here.

PREFIX   ?= /usr/local
BIN_DIR  ?= $(PREFIX)/bin
SBIN_DIR ?= $(PREFIX)/sbin
MAN_DIR  ?= $(PREFIX)/share/man
DOC_DIR  ?= $(PREFIX)/share/doc/wiretruth
MIB_DIR  ?= /usr/share/snmp/mibs
DLMOD_DIR ?= $(call pkg,--variable=libdir,netsnmp-agent)/snmp/dlmod
COMPLETION_DIR ?= $(PREFIX)/share/bash-completion/completions
UNIT_DIR     ?= $(PREFIX)/lib/systemd/system
SYSUSERS_DIR ?= $(PREFIX)/lib/sysusers.d
TMPFILES_DIR ?= $(PREFIX)/lib/tmpfiles.d

# collectd looks for plugins in the directory that it was built with, and takes only regular files there.
COLLECTD     ?= $(shell PATH="$$PATH:/usr/sbin:/sbin"; command -v collectd)
COLLECTD_DIR ?= $(if $(COLLECTD),$(shell $(COLLECTD) -h | sed -n 's/^ *Plugin directory *//p'))
COLLECTD_ASKED := $(filter file,$(origin COLLECTD_DIR))

# Samples: whatever lies in a directory below dist/, but what other rules are for.
SAMPLES = $(shell find dist -mindepth 2 -type f ! -path 'dist/debian/*' ! -path 'dist/completion/*' ! -path 'dist/systemd/wiretruth*' ! -name '.*' ! -name '*~' | sort)

# MODE:FILE:PATH
INSTALLED = 755:$(B)/wiretruth:$(BIN_DIR)/wiretruth \
  644:docs/wiretruth.1:$(MAN_DIR)/man1/wiretruth.1 \
  644:dist/completion/wiretruth:$(COMPLETION_DIR)/wiretruth \
  $(if $(and $(HAVE_COLLECTD),$(COLLECTD_DIR)), \
    644:$(B)/wiretruth.so:$(COLLECTD_DIR)/wiretruth.so \
    644:docs/collectd-wiretruth.5:$(MAN_DIR)/man5/collectd-wiretruth.5 \
    644:plugins/collectd/wiretruth.conf:$(DOC_DIR)/collectd-wiretruth.conf) \
  $(if $(HAVE_NETSNMP), \
    755:$(B)/wiretruth-agentx:$(SBIN_DIR)/wiretruth-agentx \
    644:$(B)/wiretruth-snmp.so:$(DLMOD_DIR)/wiretruth-snmp.so \
    644:dist/systemd/wiretruth-agentx.service:$(UNIT_DIR)/wiretruth-agentx.service \
    644:dist/systemd/wiretruth.sysusers.conf:$(SYSUSERS_DIR)/wiretruth.conf \
    644:dist/systemd/wiretruth.tmpfiles.conf:$(TMPFILES_DIR)/wiretruth.conf \
    644:docs/wiretruth-agentx.8:$(MAN_DIR)/man8/wiretruth-agentx.8 \
    644:mibs/WIRETRUTH-MIB.txt:$(MIB_DIR)/WIRETRUTH-MIB.txt \
    644:plugins/netsnmp/wiretruth.conf:$(DOC_DIR)/wiretruth.conf) \
  $(foreach file,README.md CHANGELOG.md docs/verdicts.md docs/decisions.md docs/sizing.md docs/snmp.md,644:$(file):$(DOC_DIR)/$(notdir $(file))) \
  $(foreach file,$(SAMPLES),$(if $(filter %.sh,$(file)),755,644):$(file):$(DOC_DIR)/$(file:dist/%=%))

.PHONY: install uninstall where
where:
ifneq ($(and $(HAVE_COLLECTD),$(COLLECTD_ASKED)),)
	@[ -n "$(COLLECTD_DIR)" ] || { echo "install: found no collectd to ask for its plugin directory;" \
	  "say make install COLLECTD_DIR=DIRECTORY, or COLLECTD_DIR= to leave the plugin out" >&2; exit 1; }
endif

# The manual pages name the directory of the samples, and the unit its program: PREFIX may have moved both.
install: all where
	$(Q)for entry in $(INSTALLED); do \
	  file=$${entry#*:}; path=$${file#*:}; file=$${file%%:*}; \
	  echo "  INSTALL $(DESTDIR)$$path"; install -D -m "$${entry%%:*}" "$$file" "$(DESTDIR)$$path" || exit 1; \
	  case $$path in $(MAN_DIR)/* | $(UNIT_DIR)/*) \
	    sed -i 's|/usr/local/share/doc/wiretruth|$(DOC_DIR)|g; s|/usr/local/sbin/|$(SBIN_DIR)/|g' "$(DESTDIR)$$path" || exit 1 ;; esac; done

# Directories go with their last file, those of everybody excepted: they were there before.
uninstall: where
	$(Q)for entry in $(INSTALLED); do \
	  path=$${entry#*:}; path=$${path#*:}; \
	  echo "  REMOVE  $(DESTDIR)$$path"; rm -f "$(DESTDIR)$$path" || exit 1; done
	$(Q)if [ -d "$(DESTDIR)$(DOC_DIR)" ]; then find "$(DESTDIR)$(DOC_DIR)" -depth -type d -empty -delete; fi
