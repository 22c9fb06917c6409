#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What `make install` puts where, and that it works from there.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
to=$(mktemp -d)
trap 'rm -rf "$to"' EXIT
build=${B:-build}

# installed PATH...: each is there and as in the repository or the build, which the name before the colon tells
installed() { # FILE:PATH...
  local pair
  for pair; do
    cmp -s "${pair%%:*}" "$to${pair#*:}"
    tap_ok $? "${pair#*:} is ${pair%%:*}"
  done
}

said=$(make --no-print-directory B="$build" PREFIX=/usr DESTDIR="$to" install 2>&1)
tap_ok $? 'make install'
tap_diag "$(grep -v '^install' <<<"$said")"
doc=/usr/share/doc/wiretruth
installed "$build/wiretruth:/usr/bin/wiretruth" docs/wiretruth.1:/usr/share/man/man1/wiretruth.1
if [[ -e $build/wiretruth.so ]]; then
  installed "$build/wiretruth.so:/usr/lib/collectd/wiretruth.so" \
    docs/collectd-wiretruth.5:/usr/share/man/man5/collectd-wiretruth.5 \
    plugins/collectd/wiretruth.conf:$doc/collectd-wiretruth.conf
fi
if [[ -e $build/wiretruth-agentx ]]; then
  installed "$build/wiretruth-agentx:/usr/sbin/wiretruth-agentx" \
    docs/wiretruth-agentx.8:/usr/share/man/man8/wiretruth-agentx.8 \
    mibs/WIRETRUTH-MIB.txt:/usr/share/snmp/mibs/WIRETRUTH-MIB.txt plugins/netsnmp/wiretruth.conf:$doc/wiretruth.conf
fi
for file in dist/prometheus/*; do installed "$file:$doc/prometheus/${file##*/}"; done
"$to/usr/bin/wiretruth" --version >/dev/null
tap_ok $? 'the installed command runs'
if command -v promtool >/dev/null; then
  (cd "$to$doc/prometheus" && promtool test rules wiretruth.test.yml >/dev/null 2>&1)
  tap_ok $? 'the installed rules pass their tests where they are'
else
  tap_skip 'the installed rules' 'promtool is not installed'
fi
tap_done
