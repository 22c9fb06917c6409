#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 25
#
# 500 interfaces that cross a threshold in one poll: the notifications that may be sent arrive, each other one is
# counted, and the agent answers all the while. Real interfaces with real traffic, and a real snmptrapd that counts.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/snmp_manager.sh
. "$root/lab/snmp_manager.sh"

interfaces=500

# ---- helpers ------------------------------------------------------------------------------------------------------

global() { lab_snmp_get host 0 - "$1"; } # NAME

raised=" = $(lab_snmp_oid wtDivergenceRaised)"$'\t'
cleared=" = $(lab_snmp_oid wtDivergenceCleared)"$'\t'

address() { echo "10.20.$((($1 - 1) / 64)).$((($1 - 1) % 64 * 4 + $2))"; } # NUMBER SIDE

# No ARP: nobody has to answer, and what leaves an interface is all that is looked at.
make_interfaces() {
  local i
  for ((i = 1; i <= interfaces; i++)); do
    echo "link add m$i type veth peer name m$i netns $(lab_ns far)"
    echo "link set m$i arp off up"
    echo "address add $(address "$i" 1)/30 dev m$i"
  done | ip -n "$(lab_ns host)" -batch - || return
  for ((i = 1; i <= interfaces; i++)); do echo "link set m$i up"; done | ip -n "$(lab_ns far)" -batch -
}

# Writes that leave as one packet of many frames.
send() { # FROM TO
  local i addresses=()
  for ((i = $1; i <= $2; i++)); do addresses+=("$(address "$i" 2)"); done
  lab_in host "$LAB_BIN/crowd" send --udp --seconds 3 --rate 12 --sizes 60000 --segment 1200 "${addresses[@]}"
}

# A manager that goes on asking, with a line for each answer that it did not get in time.
ask() {
  while :; do
    [[ $(lab_snmp_get host 0 - wtVersion) ]] || echo 'no answer'
  done
}

came() { trap_count "^1.*$1"; } # PATTERN: of v2c

# Whether as many came, of each version, as were not suppressed.
all_came() { # PATTERN COUNT
  trap_came "^1.*$1" "$2" && trap_came "^3.*$1" "$2"
}

are_told() { (($(grep -c "threshold 30 $1: m" "$LAB_DIR/agentx-host.log") >= interfaces)); } # WHAT

# ---- the test -----------------------------------------------------------------------------------------------------

test_raised() {
  local asking
  tap_is "$(error_of 30 Status i 4 30 Interfaces s '/^m[0-9]+$/' 30 Direction i 2 30 Rising u 2000 30 Hold u 0)" '' \
    'one threshold for all'
  ask >"$LAB_DIR/asked" &
  asking=$!
  lab_snmp_polled host 20
  send 1 250 >/dev/null &
  send 251 500 >/dev/null
  wait $!
  check 'all of them cross it' lab_wait 40 'them' are_told raised
  suppressed=$(global wtNotifySuppressed)
  sent=$((interfaces - suppressed))
  tap_diag "$sent sent, $suppressed suppressed"
  check 'at least 50 are sent' test "$sent" -ge 50
  check 'and not many more' test "$sent" -lt 150
  check 'each of them comes, as trap and as inform' lab_wait 20 'them' all_came "$raised" "$sent"
  lab_snmp_polled host 20
  tap_is "$(came "$raised") $(came "$raised.*$(lab_snmp_oid wtNotifyThresholdIndex).0 = 30$")" "$sent $sent" 'and no other one'
  tap_is "$(traps | grep -F -- "$raised" | grep '^1' | grep -oE '\.31\.1\.1\.1\.1\.[0-9]+ = "m[0-9]+"' | sort -u | wc -l)" "$sent" \
    'each is of another interface'
  tap_is "$(lab_snmp_raw host snmpbulkwalk -OQ "$(lab_snmp_oid wtDirCounterVerdict)" | grep -cE '\.2 = 2$')" "$interfaces" \
    'the table tells all that diverge'
  kill "$asking" && wait "$asking" 2>/dev/null
  tap_is "$(cat "$LAB_DIR/asked")" '' 'the agent has answered all the while'
}

test_cleared() {
  local before=$suppressed
  tap_is "$(error_of 30 Status i 6)" '' 'the threshold goes'
  check 'all are cleared' lab_wait 10 'them' are_told cleared
  suppressed=$(global wtNotifySuppressed)
  sent=$((interfaces - (suppressed - before)))
  tap_diag "$sent sent, $((suppressed - before)) suppressed"
  check 'each that is sent comes' lab_wait 20 'them' all_came "$cleared" "$sent"
  lab_snmp_polled host 20
  tap_is "$(came "$cleared")" "$sent" 'and no other one'
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx || -z $MANAGER_SINK ]]; then
  tap_skip 'many at once' 'no subagent was built, or there is no snmptrapd'
  tap_done
  exit
fi
lab_start && lab_host host && lab_host far && make_interfaces || exit
manager_configure 'Interface /^m[0-9]+$/' 'CPUBudget 100'
sed -i 's/^PollInterval .*/PollInterval 4/' "$(lab_snmp_dir host)/conf/wiretruth.conf"
lab_snmp_master host && start_agent && lab_wait 20 'rows' lab_snmp_serves host && sink || exit
test_raised
test_cleared
# Before snmpd: while libnetsnmp 5.9 fails to connect again it loses an address, which a sanitizer would find.
stop_agent
tap_is "$LAB_STATUS" 0 'it ends without error'
lab_snmp_stop
tap_done
