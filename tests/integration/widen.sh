#!/bin/bash
# SPDX-License-Identifier: MIT
#
# More interfaces than there may be handles, while no descriptor is left: the one handle for all cannot be opened. Polls
# fail until it can, and then it sees what passes. Where there are descriptors nothing is lost but what passes while it is
# opened.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

pairs() { # FIRST LAST: pairs of interfaces of the same host
  local i
  for ((i = $1; i <= $2; i++)); do
    ip -n "$(lab_ns here)" link add "a$i" type veth peer name "b$i" || return
    ip -n "$(lab_ns here)" link set "a$i" up && ip -n "$(lab_ns here)" link set "b$i" up || return
  done
}

descriptors() { prlimit --pid "${OBSERVE_PID[$1]}" --nofile="$2:"; } # NAME NUMBER

# One for all; with sample one more, for packets whose checksums are looked at, which may come a reading later.
declare -A HANDLES=([exact]=1 [sample]=2)

has_reopened() {
  (($(observe_packet_sockets "widen-$1") == HANDLES[$1])) && return
  ip -n "$(lab_ns here)" link set lo alias "nudge-$((++OBSERVE_NUDGES))"
  return 1
}

has_closed() { (($(observe_packet_sockets "widen-$1") == HANDLES[$1] - 1)); } # METHOD

widens() { # METHOD
  local name=widen-$1 before
  observe "$name" here --method "$1"
  tap_ok $? "method $1: it begins to observe, with a handle for each interface"
  descriptors "$name" 3
  pairs 15 18 && lab_wait 20 "its handles to be closed" has_closed "$1"
  tap_ok $? "the interfaces become too many, and there is no descriptor"
  descriptors "$name" 1024
  lab_wait 20 "a handle on any" has_reopened "$1"
  tap_ok $? "a descriptor is there again, and so is a handle"
  observe_polled "$name"
  before=$(lab_qdisc_packets here eth0)
  lab_flow here there "$(lab_address 1 2)" --mss 1440 -- --mss 1440 --bytes 20000000
  lab_settle here eth0
  observe_decided "$name"
  observe_end "$name"
  tap_is "${OBSERVE_STATUS[$name]}" 0 "it lives"
  tap_is "$(observe_fact "$name" eth0.tx.counter.verdict)" under-reports "and the tap tells what the counter misses"
  tap_diag "sent $(($(lab_qdisc_packets here eth0) - before)), wire $(observe_fact "$name" eth0.tx.wire.frames)"
}

# What passed since the last reading is read before the handles are closed: the interfaces become too many while nobody
# looks.
keeps() { # METHOD
  local name=keep-$1 before sent seen
  before=$(lab_qdisc_packets here eth0)
  observe "$name" here --method "$1"
  lab_signal "${OBSERVE_PID[$name]}" STOP
  lab_flow here there "$(lab_address 1 2)" --mss 1440 -- --mss 1440 --bytes 20000000
  lab_settle here eth0
  sent=$(($(lab_qdisc_packets here eth0) - before))
  pairs 15 18
  lab_signal "${OBSERVE_PID[$name]}" CONT
  lab_wait 20 "a handle on any" has_widened "$1"
  tap_ok $? "method $1: the interfaces become too many while something is still to be read"
  observe_polled "$name"
  observe_end "$name"
  seen=$(observe_fact "$name" eth0.tx.wire.frames)
  if [[ $1 == exact ]]; then
    tap_is "$seen" "$sent" "nothing of it is lost, to the frame"
  else
    tap_ok $((seen > sent * 8 / 10 && seen < sent * 12 / 10 ? 0 : 1)) "nothing of it is lost: $seen estimated, $sent sent"
  fi
  tap_is "$(observe_fact "$name" eth0.tx.capture.frames)" "$(observe_fact "$name" eth0.tx.packets)" "nor of the capture"
  [[ $(observe_fact "$name" eth0.discontinuity) != null ]]
  tap_ok $? "what may have passed meanwhile is marked by a discontinuity"
}
has_widened() { (($(observe_packet_sockets "keep-$1") == HANDLES[$1])); } # METHOD

none_more() {
  local i
  for ((i = 15; i <= 18; i++)); do ip -n "$(lab_ns here)" link del "a$i" 2>/dev/null; done
}

lab_host here && lab_host there && lab_link here eth0 there eth0 1 || exit 1
lab_offload here eth0 gro off gso on tso on && lab_offload there eth0 gro off || exit 1
pairs 1 14 || exit 1
if observe_has_exact here "widening with method exact"; then
  widens exact
  none_more
  keeps exact
  none_more
fi
widens sample
none_more
keeps sample

tap_done
