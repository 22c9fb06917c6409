#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 40
#
# Thresholds that a manager sets with snmpset: what may not be set, what is set together, what a restart keeps.
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

check() { # DESCRIPTION COMMAND...
  local description=$1
  shift
  "$@"
  tap_ok $? "$description"
}

not() { ! "$@"; }

global() { lab_snmp_get host 0 - "$1"; } # NAME

# ---- what may be set ----------------------------------------------------------------------------------------------

test_configured() {
  tap_is "$(rows | sed -n "s/^$(lab_snmp_oid wtThresholdRising)\.//p" | paste -sd';')" \
    '65001 = 500;65003 = 500;65004 = 2000;65006 = 2000;65007 = 800;65009 = 500;65010 = 2000;65012 = 2000' \
    'rows of the configuration are there at start'
  tap_is "$(row 65001 Interfaces) $(row 65007 Interfaces)" '/./ /^eth[0-9]+$/' 'for all interfaces, and for those with their own'
  tap_is "$(row 65001 Storage) $(row 65001 Hold) $(row 65001 Falling)" '5 900 250' 'read-only, with what the options say'
  tap_is "$(error_of 65001 Rising u 100)" notWritable 'they cannot be set'
  tap_is "$(error_of 65001 Status i 6)" notWritable 'nor destroyed'
  tap_is "$(error_of 65013 Status i 4 65013 Interfaces s tso0)" noCreation 'and none can be made beside them'
}

test_errors() {
  local index=7
  tap_is "$(error_of $index Rising u 100)" inconsistentName 'a column of a row that is not there'
  tap_is "$(error_of $index Status i 1)" inconsistentValue 'active, but it is not there'
  tap_is "$(error_of $index Status i 4)" inconsistentValue 'createAndGo without interfaces'
  tap_is "$(error_of $index Status i 3)" wrongValue 'notReady cannot be set'
  tap_is "$(error_of $index Status i 4 $index Interfaces s '/[/')" wrongValue 'an expression that is none'
  tap_is "$(error_of $index Status i 4 $index Interfaces s 'a/b')" wrongValue 'a name that no interface can have'
  tap_is "$(error_of $index Status i 4 $index Interfaces s "$(printf 'x%.0s' {1..64})")" wrongLength 'a text that is too long'
  tap_is "$(error_of $index Status i 4 $index Interfaces i 5)" wrongType 'a number for a name'
  tap_is "$(error_of $index Status i 4 $index Interfaces s tso0 $index Rising u 100000001)" wrongValue 'a share that is too large'
  tap_is "$(error_of $index Status i 4 $index Interfaces s tso0 $index Startup i 4)" wrongValue 'a startup that is none'
  tap_is "$(error_of $index Status i 4 $index Interfaces s tso0 $index Hold u 86401)" wrongValue 'a hold that is too long'
  tap_is "$(error_of $index Status i 4 $index Interfaces s tso0 $index Storage i 4)" wrongValue 'a storage that is not to be had'
  tap_is "$(error_of $index Status i 4 $index Interfaces s tso0 $index Rising u 100 $index Falling u 101)" inconsistentValue \
    'falling above rising'
  tap_is "$(error_of 0 Status i 5)" noCreation 'index 0'
  check 'none of them made a row' not has_row $index
  tap_is "$(error_of $index Status i 6)" '' 'to destroy what is not there is no error'
}

# What snmpd's access control makes of it, by community and by user.
test_access() {
  local status
  status=$(lab_snmp_oid wtThresholdStatus).7
  check 'a community that may only read cannot set' refused lab_snmp_raw host snmpset "$status" i 5
  check 'nor a user' refused as_user reader snmpset "$status" i 5
  tap_is "$(as_user reader snmpget "$(lab_snmp_oid wtThresholdRising).65001")" \
    "$(lab_snmp_oid wtThresholdRising).65001 = 500" 'who can read'
  check 'and no row is made' not has_row 7
  tap_is "$(as_user writer snmpset "$status" i 5)" "$status = 5" 'a user who may write sets'
  tap_is "$(as_user writer snmpset "$status" i 6)" "$status = 6" 'and destroys'
}

refused() { "$@" | grep -q 'noAccess'; } # COMMAND...

test_states() {
  tap_is "$(error_of 8 Status i 5)" '' 'createAndWait makes a row'
  tap_is "$(row 8 Status) $(row 8 Rising) $(row 8 Falling) $(row 8 Hold) $(row 8 Direction) $(row 8 Signal) $(row 8 Storage)" \
    '3 500 250 900 3 1 3' 'that is not ready, with the defaults of the MIB'
  tap_is "$(error_of 8 Status i 1)" inconsistentValue 'it cannot be active'
  tap_is "$(error_of 8 Status i 2)" inconsistentValue 'nor out of service only'
  tap_is "$(error_of 8 Interfaces s '/^tso[0-9]+$/' 8 Signal i 2)" '' 'it gets its interfaces'
  tap_is "$(row 8 Status)" 2 'and is not in service'
  tap_is "$(error_of 8 Status i 1)" '' 'it becomes active'
  tap_is "$(error_of 8 Falling u 501)" inconsistentValue 'then it has to fit'
  tap_is "$(error_of 8 Status i 4 8 Interfaces s tso0)" inconsistentValue 'it cannot be made twice'
  tap_is "$(error_of 8 Status i 2 8 Falling u 501)" '' 'out of service it need not'
  tap_is "$(row 8 Status) $(row 8 Falling)" '2 501' 'but it is complete'
  check 'and kept' grep -q '^threshold 8 3 2 500 501 1 900 2 /^tso\[0-9\]+\$/$' "$STORE"
  tap_is "$(error_of 8 Status i 1)" inconsistentValue 'it cannot become active so'
  tap_is "$(error_of 8 Status i 6)" '' 'it is destroyed'
  check 'and gone' not has_row 8
}

test_together() {
  local before
  tap_is "$(error_of 11 Status i 4 11 Interfaces s lo 11 Rising u 700 12 Status i 4 12 Interfaces s tso0)" '' \
    'two rows in one request'
  before=$(rows)
  tap_is "$(error_of 11 Rising u 900 12 Rising u 800 12 Falling u 801)" inconsistentValue 'of two rows one does not fit'
  tap_is "$(place_of 11 Rising u 900 11 Status i 6 12 Status i 1 12 Rising u 1)" 10.12 'the answer tells which it was'
  tap_is "$(differs "$before")" '' 'and neither is changed'
  tap_is "$(error_of 11 Status i 6 13 Status i 4 13 Interfaces s lo 12 Startup i 9)" wrongValue 'nor made, nor destroyed'
  tap_is "$(differs "$before")" '' 'with one value that is wrong'
  # Ours has been done by then, and is undone.
  tap_is "$(manager snmpset "$(lab_snmp_oid wtThresholdRising).11" u 900 "$(lab_snmp_oid wtThresholdStatus).12" i 6 \
    "$MANAGER_FAILS.0" i 5 | sed -n 's/^Reason: \([A-Za-z]*\).*/\1/p')" inconsistentValue \
    'a request whose commit fails elsewhere'
  tap_is "$(differs "$before")" '' 'changes nothing here'
  check 'nor what is kept' grep -q '^threshold 11 3 1 700 ' "$STORE"
}

# What is set beside rows in the same request, before them and after them.
test_together_with_scalar() {
  local before kept
  before=$(rows) kept=$(cat "$STORE")
  tap_is "$(error_with_scalar 2 11 Rising u 900 12 Status i 3)" wrongValue 'a value of a row that is wrong'
  tap_is "$(error_with_scalar 2 11 Rising u 900 12 Status i 4)" inconsistentValue 'one that does not fit'
  tap_is "$(error_with_scalar 3 11 Rising u 900)" wrongValue 'a value of the scalar that is wrong'
  FAILS_TOO=("$MANAGER_FAILS.0" i 5)
  tap_is "$(error_with_scalar 2 11 Rising u 900 12 Status i 6)" inconsistentValue 'a commit that fails elsewhere'
  FAILS_TOO=()
  tap_is "$(global wtNotifyEnabled)" 1 'wtNotifyEnabled is as it was each time'
  tap_is "$(differs "$before")$(diff <(echo "$kept") "$STORE")" '' 'so are the rows, and what is kept'
  tap_is "$(error_with_scalar 2 11 Rising u 701 12 Rising u 702)" '' 'all that is right'
  tap_is "$(global wtNotifyEnabled) $(row 11 Rising) $(row 12 Rising)" '2 701 702' 'is set together'
  tap_is "$(grep -cE '^(notifications 0|threshold 1[12] 3 1 70[12] .*)$' "$STORE")" 3 'and kept together'
  tap_is "$(error_with_scalar 1 11 Rising u 700 12 Rising u 500)" '' 'and back'
}

FAILS_TOO=()
error_with_scalar() { # VALUE [INDEX COLUMN TYPE VALUE]...
  local scalar=("$(lab_snmp_oid wtNotifyEnabled).0" i "$1") columns=()
  shift
  while (($#)); do
    columns+=("$(lab_snmp_oid "wtThreshold$2").$1" "$3" "$4")
    shift 4
  done
  manager snmpset "${columns[@]:0:3}" "${scalar[@]}" "${columns[@]:3}" ${FAILS_TOO[@]+"${FAILS_TOO[@]}"} |
    sed -n 's/^Reason: \([A-Za-z]*\).*/\1/p'
}

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
  tap_is "$(rows | grep -c "^$(lab_snmp_oid wtThresholdStatus)\.")" 10 'those that are volatile, or not ready, are not kept'
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
manager_configure 'Interface tso0' 'InterfaceOption /^eth[0-9]+$/ WarningDivergence counter=8'
lab_snmp_master host && start_agent || exit
test_configured
test_errors
test_access
test_states
test_together
test_together_with_scalar
test_most
test_resources
test_damaged
test_kept
# Before snmpd: while libnetsnmp 5.9 fails to connect again it loses an address, which a sanitizer would find.
stop_agent
tap_is "$LAB_STATUS" 0 'it ends without error'
lab_snmp_stop
tap_done
