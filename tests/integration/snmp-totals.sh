#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Counters of WIRETRUTH-MIB while what they show is corrected: method auto keeps to a low CPU budget, and the traffic it
# does not see turns out to be other traffic than before. Packets of a dozen frames each give way to packets of one or a
# few, so that what was estimated for a gap was too much. No counter may fall then, and wtIfDiscontinuityTime moves.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

get() { lab_snmp_get here "$@"; } # IFACE DIR COLUMN

# Packets of that many octets, to be cut into segments of that size; its process in SENDER.
begin() { # SEGMENT PACKET
  local port address
  address=$(lab_address 1 2)
  lab_spawn_in there "receive-$1" "$LAB_BIN/flow" receive --limit 200 --mss "$1" "$address"
  lab_wait_log 5 "receive-$1" '^listening' || return
  port=$(lab_figure port "$(<"$LAB_DIR/receive-$1.log")")
  lab_spawn_in here "send-$1" "$LAB_BIN/flow" send --limit 200 --mss "$1" --size "$2" --pause 100 --bytes 17000000000 \
    "$address" "$port"
  SENDER=$LAB_PID
}

# All counters of the module, poll by poll, for as long as it goes on.
watch_counters() {
  while lab_snmp_polled here 20; do
    lab_snmp_raw here snmpbulkwalk "$(lab_snmp_oid wiretruthMIB)" | grep ' = Counter64: ' >>"$LAB_DIR/counters"
  done
}

# How often that was.
polls_watched() { grep -c "^$(lab_snmp_oid wtDirWireFrames)\.[0-9]*\.2 " "$LAB_DIR/counters"; }
has_watched() { (($(polls_watched) >= $1)); } # NUMBER

has_gaps() { [[ $(get 0 - wtTapShare) != 10000 ]]; }
has_moved() { [[ $(get eth0 - wtIfDiscontinuityTime) != "$discontinuity" ]]; }

# Whether wire stood still or grew by less than the counter, which counts packets: there was too much of it before.
was_corrected() {
  local wire counter
  wire=$(get eth0 tx wtDirWireFrames) counter=$(get eth0 tx wtDirCounterFrames)
  lab_snmp_polled here 20
  (($(get eth0 tx wtDirWireFrames) - wire < $(get eth0 tx wtDirCounterFrames) - counter))
}

if [[ ! -x $LAB_BUILD/wiretruth-agentx ]]; then
  tap_skip 'counters while they are corrected' 'the subagent was not built'
  tap_done
  exit
fi
lab_start && lab_host here && lab_host there && lab_link here eth0 there eth0 1 || exit
lab_offload here eth0 gro off gso on tso on && lab_offload there eth0 gro off || exit
lab_snmp_configure here 'Interface eth0' 'CPUBudget 0.3'
lab_snmp_run here || exit
if [[ $(get 0 - wtMethod) != 1 ]]; then
  tap_skip 'counters while they are corrected' 'no method exact'
  tap_done
  exit
fi
begin 1440 16384
tap_ok $? 'large packets flow'
# The tap may be attached for one of 64 polls only.
lab_wait 150 'gaps' has_gaps
tap_ok $? 'the tap keeps to its budget'
: >"$LAB_DIR/counters"
watch_counters &
watcher=$!
lab_wait 60 'the counters of some polls' has_watched 3
tap_ok $? 'its counters are read poll by poll'
discontinuity=$(get eth0 - wtIfDiscontinuityTime)
lab_stop "$SENDER"
begin 300 1000
tap_ok $? 'small packets flow'
lab_wait 150 'a correction' was_corrected
tap_ok $? 'what was estimated turns out to have been too much'
lab_wait 40 'the discontinuity' has_moved
tap_ok $? 'the discontinuity is marked'
lab_wait 60 'the counters of some polls' has_watched "$(($(polls_watched) + 3))"
tap_ok $? 'counters are read once more and again'
kill "$watcher"
wait "$watcher"
lab_stop "$SENDER"
tap_is "$(awk '$1 in last && $4 < last[$1] { print $1, last[$1], $4 } { last[$1] = $4 }' "$LAB_DIR/counters")" '' 'no counter has fallen'
lab_snmp_stop
tap_done
