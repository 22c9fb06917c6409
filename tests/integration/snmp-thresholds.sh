#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 20
#
# Thresholds that a manager sets with snmpset: what may not be set, by whom, and what is set together.
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
  tap_is "$(error_of $index Status i 0)$(error_of 65001 Status i 0)" wrongValuenotWritable 'nor what is no status'
  tap_is "$(error_of $index Status i 4 $index Interfaces s '/[/')" wrongValue 'an expression that is none'
  tap_is "$(error_of $index Status i 4 $index Interfaces s 'a/b')" wrongValue 'a name that no interface can have'
  tap_is "$(error_of $index Status i 4 $index Interfaces s 'lo ')" wrongValue 'nor with a blank'
  tap_is "$(error_of $index Status i 4 $index Interfaces s '/((a{1,255}){1,255}){1,255}/')" wrongValue \
    'an expression that would take gigabytes'
  tap_is "$(error_of $index Status i 4 $index Interfaces s '/(a*)*\1/')" wrongValue 'or exponential time'
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
  tap_is "$(error_of 8 Status i 0)" wrongValue 'it has no other state'
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
# Before snmpd: while libnetsnmp 5.9 fails to connect again it loses an address, which a sanitizer would find.
stop_agent
tap_is "$LAB_STATUS" 0 'it ends without error'
lab_snmp_stop
tap_done
