#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Ten million frames in one run, TCP and UDP of several segment sizes, IPv4 and IPv6 at once: the wire figures of exact
# have to be what the cutting oracle counted one by one, to the frame and octet.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

LEAST=10000000
LIMIT=110 # seconds; about 25 on two CPUs

# Protocol, IP version, octets of a segment, thousands of frames, frames in flight. What is in flight of all together
# fits into the 1,000 packets that a CPU queues between two ends of a veth: nothing is lost between tap and reader.
flows=(
  "tcp 4 536 2100 128"
  "tcp 6 300 2100 128"
  "tcp 4 1440 500 128"
  "tcp 6 220 1500 128"
  "udp 4 260 2000 80"
  "udp 6 100 2000 120"
)

# The last datagram of each write is a short one, so that a count by size alone would be wrong.
flow_options() { # PROTOCOL SEGMENT THOUSANDS IN_FLIGHT
  local frames=$(($3 * 1000)) write=$(($4 / 2)) size writes
  size=$((write * $2 - 7)) writes=$((frames / write))
  if [[ $1 == tcp ]]; then
    RECEIVE=(--mss "$2" --window $(($4 * $2)))
    SEND=(--mss "$2" --bytes $((frames * $2)))
  else
    RECEIVE=(--udp --size "$size" --window $((2 * size)) --bytes $((writes * size)))
    SEND=("${RECEIVE[@]}" --segment "$2")
  fi
}

start_flow() { # NUMBER PROTOCOL 4|6 SEGMENT THOUSANDS IN_FLIGHT
  local address log=$1
  local -a RECEIVE SEND
  address=$(lab_address 21 2 "$3")
  flow_options "$2" "$4" "$5" "$6"
  lab_spawn_in sink "receive-$log" "$LAB_BIN/flow" receive --limit $LIMIT "${RECEIVE[@]}" "$address"
  running+=("$LAB_PID")
  lab_wait_log 5 "receive-$log" '^listening' || return
  lab_spawn_in host "send-$log" "$LAB_BIN/flow" send --limit $LIMIT "${SEND[@]}" "$address" \
    "$(lab_figure port "$(<"$LAB_DIR/receive-$log.log")")"
  running+=("$LAB_PID")
}

all_flows() {
  local number pid failed=0
  local -a running=()
  for number in "${!flows[@]}"; do
    # shellcheck disable=SC2086
    start_flow "$number" ${flows[number]} || return
  done
  for pid in "${running[@]}"; do
    lab_reap "$pid" $LIMIT && [[ $LAB_STATUS == 0 ]] || failed=1
  done
  ((failed == 0)) || { lab_fail "a transfer failed: $(tail -qn 1 "$LAB_DIR"/send-*.log "$LAB_DIR"/receive-*.log)"; return; }
}

# The reader is told to stop once nothing moves on either end.
counted_flows() {
  local reader
  lab_spawn_in sink cutting-reader "$LAB_BIN/frames" eth0
  reader=$LAB_PID
  lab_wait_log 5 cutting-reader '^ready' || return
  all_flows && lab_settle sink eth0 && lab_settle host cut0 && lab_stop "$reader" || return
  cutting_result "$(tail -n 1 "$LAB_DIR/cutting-reader.log")"
}

# What the kernel counted on the way between the tap and the reader, where each frame was already alone.
other_instruments() {
  echo "$(lab_link_counter router out0 tx packets) $(lab_link_counter sink eth0 rx packets) $(lab_ip_segments sink)"
}

lost() { # HOST IF
  ip -n "$(lab_ns "$1")" -s -j link show "$2" | jq -r --arg of "$1/$2" \
    '.[0].stats64 | "\($of): dropped \(.rx.dropped) on receive, \(.tx.dropped) on transmit"'
}

cutting_setup || exit 1
if ! observe_has_exact host "exact over ten million frames"; then
  tap_done
  exit
fi

CUT_FRAMES=0 CUT_OCTETS=0 got=''
before=$(other_instruments)
began=${EPOCHREALTIME/[.,]/}
observe ten host --method exact cut0
tap_ok $? "it begins to observe"
counted_flows
tap_ok $? "the traffic, all of it was cut, and the reader lost nothing"
observe_decided ten
observe_end ten
observe_list got ten cut0.tx wire.{frames,low,high,octets,octets_low,octets_high,source,estimated}
tap_is "$got" "$CUT_FRAMES $CUT_FRAMES $CUT_FRAMES $CUT_OCTETS $CUT_OCTETS $CUT_OCTETS tap false" \
  "wire is what was counted one by one, to the frame and octet, without a bound"
if [[ ${got%% *} != "$CUT_FRAMES" ]]; then
  tap_diag "$(lost host cut0; lost router in0; lost router out0; lost sink eth0)"
fi
tap_ok $((CUT_FRAMES < LEAST)) "there were $CUT_FRAMES frames of $CUT_OCTETS octets, and at least $LEAST"
tap_diag "${#flows[@]} flows, $(observe_fact ten cut0.tx.packets) packets, counted ${got%% *} frames," \
  "$(((${EPOCHREALTIME/[.,]/} - began) / 1000000)) s"
read -ra was <<<"$before"
read -ra is <<<"$(other_instruments)"
tap_is "$((is[0] - was[0])) $((is[1] - was[1])) $((is[2] - was[2]))" "$CUT_FRAMES $CUT_FRAMES $CUT_FRAMES" \
  "the router's counter, the sink's and its IP MIB, where each frame was alone, say the same"
observe_list got ten cut0.tx {counter,capture}.verdict cause counter.basis
tap_is "$got" "under-reports under-reports tso packet" "verdicts, cause and basis"
tap_done
