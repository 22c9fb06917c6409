#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# Thresholds that a manager sets with snmpset: what a restart keeps, and what becomes of a request when nothing can be
# kept.
#
# The lab's situation "tso", without traffic.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/snmp_manager.sh
. "$root/lab/snmp_manager.sh"

# ---- helpers ------------------------------------------------------------------------------------------------------

global() { lab_snmp_get host 0 - "$1"; } # NAME

# ---- the test -----------------------------------------------------------------------------------------------------

# In each of these states what is to be kept cannot be: nothing of it is set, and what is not to be kept can be.
test_unkept() { # WHAT
  local before
  before=$(rows)
  tap_is "$(error_of 11 Rising u 900)" resourceUnavailable "$1: a row that is kept is not changed"
  tap_is "$(error_of 11 Status i 6)" resourceUnavailable "$1: nor destroyed"
  tap_is "$(error_of 11 Storage i 2)" resourceUnavailable "$1: nor made volatile"
  tap_is "$(error_of 14 Status i 4 14 Interfaces s lo)" resourceUnavailable "$1: nor is one made"
  tap_is "$(error_with_scalar 2 14 Status i 4 14 Interfaces s lo 14 Storage i 2)" resourceUnavailable \
    "$1: notifications are not switched off"
  check "$1: the log tells why" lab_wait_log 10 agentx-host "a SET is refused: thresholds cannot be kept"
  tap_is "$(differs "$before")$(global wtNotifyEnabled)" 1 "$1: all is as it was"
  tap_is "$(error_of 14 Status i 4 14 Interfaces s lo 14 Storage i 2)" '' "$1: a volatile row is made"
  tap_is "$(error_of 14 Rising u 900)" '' "$1: and changed"
  tap_is "$(error_of 14 Storage i 3)" resourceUnavailable "$1: but not kept"
  tap_is "$(error_of 14 Status i 6 11 Rising u 700 11 Status i 1)" '' "$1: what changes nothing is no error"
}

test_resources() {
  local dir=${STORE%/*} kept
  kept=$(cat "$STORE")
  mv "$dir" "$dir.away"
  test_unkept 'no directory'
  rm -rf "$dir"
  mv "$dir.away" "$dir"
  # There and to be written, but a file cannot take its place.
  mv "$STORE" "$STORE.away"
  mkdir "$STORE"
  tap_is "$(error_of 11 Rising u 900)" commitFailed 'a write that fails in the commit'
  tap_is "$(row 11 Rising)" 700 'changes nothing'
  rmdir "$STORE"
  mv "$STORE.away" "$STORE"
  tap_is "$(cat "$STORE")" "$kept" 'what is kept is as it was'
  tap_is "$(find "$dir" -name '.wiretruth*')" '' 'and nothing is left of the attempts'
}

# Nobody knows all that stood in it: it is never written over.
test_damaged() {
  local good damaged
  good=$(cat "$STORE")
  echo 'threshold 16 3 1 700 250 1 900 1' >>"$STORE"
  damaged=$(cat "$STORE")
  restart_agent
  check 'a damaged file is told with its line' lab_wait_log 10 agentx-host 'wiretruth-thresholds, line [0-9]+: '
  check 'the rows before it count' has_row 11
  test_unkept 'a damaged file'
  tap_is "$(cat "$STORE")" "$damaged" 'it is as it was'
  echo "$good" >"$STORE"
  restart_agent
  tap_is "$(error_of 11 Rising u 710)$(error_of 11 Rising u 700)" '' 'once it is mended all can be set again'
}

# As many rows as there may be, and a request that makes room for what it makes.
test_most() {
  local first index columns errors=''
  for ((first = 1000; first < 1240; first += 24)); do
    columns=()
    for ((index = first; index < first + 24; index++)); do
      columns+=("$index" Status i 4 "$index" Interfaces s lo "$index" Storage i 2)
    done
    errors+=$(error_of "${columns[@]}")
  done
  columns=()
  for ((index = 1240; index < 1254; index++)); do columns+=("$index" Status i 5); done
  tap_is "$errors$(error_of "${columns[@]}")" '' '254 more rows are made'
  tap_is "$(error_of 2000 Status i 5)" resourceUnavailable 'one more is too many'
  tap_is "$(error_of 2000 Status i 5 1253 Status i 6)" '' 'unless another one goes with the same request'
  restart_agent
  tap_is "$(rows | grep -c "^$(lab_snmp_oid wtThresholdStatus)\.")" 6 'those that are volatile, or not ready, are not kept'
}

test_kept() {
  local before
  set_row 15 Status i 4 15 Interfaces s lo 15 Storage i 2 >/dev/null
  tap_is "$(error_of 11 Hold u 901)" '' 'a row is set'
  before=$(rows | grep -v '\.15 = ')
  lab_stop "$LAB_SNMP_AGENT" KILL
  check 'it was saved with the request, not at the end' grep -q '^threshold 11 3 1 700 250 1 901 1 lo$' "$STORE"
  start_agent
  tap_is "$(differs "$before")" '' 'after SIGKILL all rows are there, but the volatile one'
  lab_stop "$LAB_SNMP_MASTER"
  lab_snmp_master host
  check 'after a restart of snmpd, too' lab_wait 15 'rows' row_is 11 Rising 700
  tap_is "$(differs "$before")" '' 'all of them'
  set_row 11 Status i 6 12 Status i 6 >/dev/null
  restart_agent
  check 'what was destroyed does not come back' not has_row 11
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx ]]; then
  tap_skip 'thresholds' 'no subagent was built'
  tap_done
  exit
fi
lab_start && situation_setup tso || exit
manager_configure 'Interface tso0'
lab_snmp_master host && start_agent || exit
tap_is "$(error_of 11 Status i 4 11 Interfaces s lo 11 Rising u 700 12 Status i 4 12 Interfaces s tso0)" '' 'two rows are set'
test_most
test_resources
test_damaged
test_kept
# Before snmpd: while libnetsnmp 5.9 fails to connect again it loses an address, which a sanitizer would find.
stop_agent
tap_is "$LAB_STATUS" 0 'it ends without error'
lab_snmp_stop
tap_done
