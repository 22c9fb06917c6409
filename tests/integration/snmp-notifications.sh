#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 50
# beside: it waits for polls most of the time
#
# Notifications of thresholds and of changed offloads, as a real snmptrapd has them: a v2c trap and a v3 inform (authPriv,
# SHA-256, AES). What they tell, that they come once, and what is told at the start.
#
# The lab's situation "tso": with TSO on, the counter of tso0 of "host" shows a packet for many frames.
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

# ---- what is told -------------------------------------------------------------------------------------------------

raised=" = $(lab_snmp_oid wtDivergenceRaised)"$'\t'
cleared=" = $(lab_snmp_oid wtDivergenceCleared)"$'\t'
changed=" = $(lab_snmp_oid wtOffloadChanged)"$'\t'
index=$(lab_snmp_oid wtNotifyThresholdIndex).0

# A notification, one varbind a line.
show() { # PATTERN
  traps | grep -E -m 1 -- "$1" | tr '\t' '\n' | sed "s/^$(lab_snmp_oid wiretruthMIB)\./WT./"
}

test_notifications() {
  local ifindex direction
  ifindex=$(lab_snmp_ifindex host tso0)
  sink
  set_row 21 Status i 4 21 Interfaces s tso0 21 Direction i 2 21 Rising u 2000 21 Falling u 500 21 Hold u 1 >/dev/null
  check 'traffic flows' situation_traffic tso 4
  check 'a trap and an inform come' lab_wait 20 'both' trap_came "$raised" 2
  show "$raised" | sed 's/^/# /'
  tap_is "$(traps | grep -F -- "$raised" | cut -f1 | sort | paste -sd' ')" '1 3' 'one of v2c, one of v3'
  direction=$(lab_snmp_oid wtDirDirectionCopy).$ifindex.2
  check 'they name the interface' trap_came ".1.3.6.1.2.1.31.1.1.1.1.$ifindex = \"?tso0\"?" 2
  check 'and its direction' trap_came "$direction = 2" 2
  check 'signal, verdict and cause' \
    trap_came "$(lab_snmp_oid wtNotifySignal).0 = 1.*$(lab_snmp_oid wtNotifyVerdict).0 = 2.*$(lab_snmp_oid wtNotifyCause).0 = 5" 2
  check 'and by which row' trap_came "$index = 21$" 2
  check 'what was crossed' trap_came "$(lab_snmp_oid wtNotifyThreshold).0 = 2000" 2
  check 'and a sentence' trap_came 'tso0 transmit: the counter shows [0-9,]+ of [0-9,]+ frames' 2
  lab_snmp_polled host 10 && lab_snmp_polled host 10
  tap_is "$(trap_count "$raised")" 2 'they come once'
}

test_clear() {
  lab_offload host tso0 tso off && lab_snmp_polled host 10
  check 'a change of offloads is told' lab_wait 20 'both' \
    trap_came "$changed.*tso0: offloads have changed: (.*, )?tx-tcp-segmentation is off" 2
  tap_is "$(bit_told 8) $(lab_in host ethtool -k tso0 | sed -n 's/^tcp-segmentation-offload: //p')" '0 off' \
    'with the bits as ethtool has them'
  check 'traffic flows without TSO' situation_traffic tso 4
  check 'the end is told, too' lab_wait 20 'both' trap_came "$cleared" 2
  check 'with what was crossed downwards' \
    trap_came "$cleared.*$(lab_snmp_oid wtNotifyThreshold).0 = 500.*agrees with the wire again" 2
  lab_snmp_polled host 10 && lab_snmp_polled host 10
  tap_is "$(trap_count "$cleared")" 2 'once'
  lab_offload host tso0 tso on
  check 'a change back is told, too' lab_wait 20 'both' trap_came "$changed.*tx-tcp-segmentation is on" 2
}

# A bit of wtIfOffloadActive in the newest change that was told.
bit_told() { # NUMBER
  local octets place=$(($1 / 8)) shift=$((7 - $1 % 8))
  octets=$(traps | grep -E -- "$changed" | tail -1 | tr '\t' '\n' | sed -n "s/^$(lab_snmp_oid wtIfOffloadActive)\.[0-9]* = \"\(.*\) *\"$/\1/p")
  octets=${octets// /}
  echo $(((16#${octets:2*place:2} >> shift) & 1))
}

test_disabled() {
  local crossed
  crossed=$(lab_snmp_oid wtNotifyThreshold).0
  tap_is "$(manager snmpset "$(lab_snmp_oid wtNotifyEnabled).0" i 3 | grep -o wrongValue)" wrongValue 'a TruthValue that is none'
  tap_is "$(manager snmpset "$(lab_snmp_oid wtNotifySuppressed).0" u 3 | grep -o notWritable)" notWritable \
    'a counter cannot be written'
  manager snmpset "$(lab_snmp_oid wtNotifyEnabled).0" i 2 >/dev/null
  restart_agent
  tap_is "$(global wtNotifyEnabled)" 2 'notifications are off, after a restart, too'
  set_row 22 Status i 4 22 Interfaces s tso0 22 Rising u 1900 22 Falling u 190 22 Hold u 0 >/dev/null
  check 'traffic flows' situation_traffic tso 4
  check 'it is raised' lab_wait 20 'it' told 'raised: tso0 transmit' 1
  manager snmpset "$(lab_snmp_oid wtNotifyEnabled).0" i 1 >/dev/null
  # What comes after it shows that nothing was on its way.
  set_row 22 Status i 6 >/dev/null
  check 'what follows is told' lab_wait 20 'it' trap_came "$cleared.*$crossed = 190"$'\t' 2
  tap_is "$(trap_count "$crossed = 1900"$'\t')" 0 'and what was then was not'
}

# As alarmStartupAlarm: what is above when a row begins, and what is below. The interface is as the test before left it.
test_startup() {
  local row
  for row in 51 52 53; do set_row $row Status i 4 $row Interfaces s tso0 $row Direction i 2 $row Rising u 2000 $row Falling u 500 $row Hold u 0 $row Startup i $((row - 50)) >/dev/null; done
  check 'above at the start: told with risingAlarm' lab_wait 20 'both' trap_came "$raised.*$index = 51$" 2
  check 'and with risingOrFallingAlarm' lab_wait 20 'both' trap_came "$raised.*$index = 53$" 2
  lab_offload host tso0 tso off && lab_snmp_polled host 10
  check 'traffic flows without TSO' situation_traffic tso 4
  for row in 51 52 53; do
    check "then below: row $row tells" lab_wait 20 'both' trap_came "$cleared.*$index = $row$" 2
  done
  tap_is "$(trap_count "$raised.*$index = 52$")" 0 'with fallingAlarm nothing was raised'
  for row in 54 55 56; do set_row $row Status i 4 $row Interfaces s tso0 $row Direction i 2 $row Rising u 2000 $row Falling u 500 $row Hold u 0 $row Startup i $((row - 53)) >/dev/null; done
  check 'below at the start: told with fallingAlarm' lab_wait 20 'both' trap_came "$cleared.*$index = 55$" 2
  check 'and with risingOrFallingAlarm' lab_wait 20 'both' trap_came "$cleared.*$index = 56$" 2
  lab_snmp_polled host 10
  tap_is "$(trap_count "$index = 54$")" 0 'not with risingAlarm'
}

# A row means what its names say: the interface may come back with another number, or have another name.
test_identity() {
  local before after
  make_ren
  before=$(lab_snmp_ifindex host ren0)
  set_row 61 Status i 4 61 Interfaces s '/^ren/' 61 Direction i 2 61 Rising u 2000 61 Hold u 0 >/dev/null
  await_ren "$before" && send_ren
  check 'an interface that the row is for' lab_wait 20 'both' trap_came "$raised.*\.1\.1\.$before = $before"$'\t'".*\"ren0\".*$index = 61$" 2
  check 'by its own options, too' lab_wait 20 'both' \
    trap_came "$raised.*\"ren0\".*$(lab_snmp_oid wtNotifyThreshold).0 = 1700.*$index = 65007$" 2
  tap_is "$(lab_snmp_get host ren0 tx wtDirCounterLimit) $(lab_snmp_get host tso0 tx wtDirCounterLimit)" '1700 500' \
    'the least that is for each'
  lab_in host ip link del ren0
  check 'it goes' lab_wait 20 'both' trap_came "$cleared.*\"ren0\".*since the interface is gone.*$index = 61$" 2
  make_ren
  after=$(lab_snmp_ifindex host ren0)
  check 'it comes with another number' test "$after" -ne "$before"
  await_ren "$after" && send_ren
  check 'and is the same to the row' lab_wait 20 'both' trap_came "$raised.*\.1\.1\.$after = $after"$'\t'".*\"ren0\".*$index = 61$" 2
  lab_in host ip link set ren0 down && lab_in host ip link set ren0 name ren9
  check 'it gets another name: over under the old one' lab_wait 20 'both' trap_came "$cleared.*\"ren0\".*has another name.*$index = 61$" 4
  check 'and told under the new one' lab_wait 20 'both' trap_came "$raised.*\.1\.1\.$after = $after"$'\t'".*\"ren9\".*$index = 61$" 2
}

# A DisplayString has no other characters than those of ASCII.
test_text() {
  lab_in host ip link add renü0 type veth peer name other0
  lab_wait 20 'its row' eval 'lab_snmp_get host renü0 - wtIfName >/dev/null' && lab_snmp_polled host 10
  lab_offload host renü0 tso off
  check 'a name that is not ASCII leaves the sentence one that can be read' lab_wait 20 'both' \
    trap_came "$changed.*\"ren\\?\\?0: offloads have changed: " 2
  lab_in host ip link del renü0
}

# No ARP: nobody has to answer, and what leaves it is all that is looked at.
make_ren() {
  ip -n "$(lab_ns host)" -batch - <<END
link add ren0 type veth peer name other0
link set ren0 arp off up
link set other0 up
address add 10.77.0.1/30 dev ren0
END
}
await_ren() { lab_wait 20 'the row of ren0' eval "lab_snmp_get host $1 tx wtDirCause >/dev/null" && lab_snmp_polled host 10; } # IFINDEX
send_ren() { lab_in host "$LAB_BIN/crowd" send --udp --seconds 1 --rate 100 --sizes 60000 --segment 1200 10.77.0.2 >/dev/null; }

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx || -z $MANAGER_SINK ]]; then
  tap_skip 'notifications' 'no subagent was built, or there is no snmptrapd'
  tap_done
  exit
fi
lab_start && situation_setup tso || exit
manager_configure 'Interface tso0' 'Interface /^ren/' 'InterfaceOption /^ren/ Hold 0' \
  'InterfaceOption /^ren/ WarningDivergence counter=17'
lab_snmp_master host && start_agent || exit
test_notifications
test_clear
test_disabled
test_startup
test_identity
lab_in host ip link del ren9
test_text
# Before snmpd: while libnetsnmp 5.9 fails to connect again it loses an address, which a sanitizer would find.
stop_agent
tap_is "$LAB_STATUS" 0 'it ends without error'
lab_snmp_stop
tap_done
