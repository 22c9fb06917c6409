#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The rules and configurations of dist/prometheus by Prometheus' own tool: whether they are valid, and what the rules
# make of given series. tests/integration/prometheus.sh has the real ones.
set -u
cd "$(dirname "$0")/../../dist/prometheus" || exit 1
# shellcheck source=tests/tap.sh
. ../../tests/tap.sh

promtool_says() { # DESCRIPTION ARGUMENT...
  local said status
  said=$(promtool "${@:2}" 2>&1)
  status=$?
  tap_ok $status "$1"
  [[ $status == 0 ]] || tap_diag "$said"
}

if ! command -v promtool >/dev/null; then
  echo '1..0 # SKIP promtool is not installed'
  exit
fi
promtool_says 'the rules are valid, none twice' check rules --lint=all --lint-fatal wiretruth.rules.yml
for file in prometheus federation remote-write; do
  promtool_says "$file.yml is a valid configuration" check config --lint=all --lint-fatal "$file.yml"
done
promtool_says 'prometheus.yml and remote-write.yml are valid together' check config --syntax-only \
  <(cat prometheus.yml remote-write.yml)
promtool_says 'the rules give what wiretruth.test.yml says' test rules wiretruth.test.yml
while read -r rule; do
  grep -q "$rule" wiretruth.test.yml
  tap_ok $? "$rule is among what is tested"
  grep -q "$rule" README.md
  tap_ok $? "$rule is in README.md"
done < <(sed -n 's/^ *- \(record\|alert\): //p' wiretruth.rules.yml)
tap_done
