#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 20
# beside: it computes most of the time, and waits for nobody
#
# Memory that runs out: each allocation of the core and of the libraries that it uses fails, alone and with all after it,
# while it reads a configuration, opens, polls, takes another configuration, copies a report, follows thresholds, records
# a baseline, reads captures, compares, and reads what exporters and Prometheus answer. What is wanted each time stands
# in _starve.c; the figures afterwards are compared with what it has sent.
#
# Here only every so many-th allocation fails, others each time. All of them, half an hour:
#   STARVE_STRIDE=1 tests/integration/out-of-memory.sh
set -u
renice -n 10 -p $$ >/dev/null
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

if lab_sanitized; then
  echo "1..0 # SKIP the test's allocator and a sanitizer's exclude each other"
  exit
fi

# Of a scenario's allocations so many fail by turns, twice each.
declare -A TURNS=([config]=200 [trace]=60 [exposition]=60 [answer]=60 [compare-files]=60 [late-exact]=4 [late-sample]=4)
turns=6 # of the others, which open sockets and programs

# ---- what is read -------------------------------------------------------------------------------------------------

write_metrics() {
  local of name
  for of in receive_packets receive_bytes transmit_packets transmit_bytes; do
    name=node_network_${of}_total
    echo "# HELP $name Network device statistic."
    echo "# TYPE $name counter"
    for device in lo veth0 veth1; do echo "$name{device=\"$device\"} 1234"; done
  done >"$LAB_DIR/metrics"
}

write_answer() {
  jq -nc '{status: "success", data: {resultType: "matrix", result: [
    ("receive", "transmit") as $way | ("packets", "bytes") as $what | ("lo", "eth0") as $device |
    {metric: {__name__: "node_network_\($way)_\($what)_total", device: $device}, values: [[1700000000, "1"], [1700000001.5, "2"]]}
    ]}}' >"$LAB_DIR/answer"
}

# A transfer, as it is captured on lo, in both forms.
write_traces() {
  local capture
  lab_spawn_in host capture tcpdump -Z root -n --immediate-mode -i lo -w "$LAB_DIR/trace.pcap" tcp
  capture=$LAB_PID
  lab_wait_log 10 capture 'listening on' || return
  lab_flow host host 127.0.0.1 -- --bytes 100000 || return
  lab_stop "$capture" INT
  editcap -F pcapng "$LAB_DIR/trace.pcap" "$LAB_DIR/trace.pcapng"
}

write_baseline() {
  lab_in host "$LAB_BUILD/wiretruth" baseline save "$LAB_DIR/baseline" 2>"$LAB_DIR/baseline.said"
}

# ---- one scenario -------------------------------------------------------------------------------------------------

# What is at an address that was printed, "PROGRAM(+0x1234)".
name_addresses() {
  local line
  while read -r line; do
    if [[ $line =~ /starve\(\+(0x[0-9a-f]+)\) ]]; then
      addr2line -Cfsp -e "$LAB_BIN/../tests/starve" "${BASH_REMATCH[1]}"
    else
      echo "$line"
    fi
  done
}

stride_of() { # SCENARIO ALLOCATIONS
  local stride=$(($2 / ${TURNS[$1]:-$turns} + 1))
  echo "${STARVE_STRIDE-$stride}"
}

starve() { # SCENARIO STRIDE OFFSET
  lab_in host "$LAB_BUILD/tests/starve" --stride "$2" --offset "$3" "$1" "$LAB_DIR" 2>"$LAB_DIR/said"
}

test_scenario() { # NAME
  local summary allocations runs stride
  summary=$(starve "$1" 1000000 1000000 | tail -n 1)
  allocations=$(lab_figure allocations "$summary")
  stride=$(stride_of "$1" "${allocations:-0}")
  starve "$1" "$stride" "$RANDOM" >"$LAB_DIR/result"
  summary=$(tail -n 1 "$LAB_DIR/result") runs=$(lab_figure runs "$summary")
  tap_is "$(lab_figure failed "$summary")" 0 "$1: ${runs:-0} times one of $allocations allocations failed"
  [[ $(lab_figure failed "$summary") == 0 ]] || tap_diag "$(head -n 40 "$LAB_DIR/result"; name_addresses <"$LAB_DIR/said" | head -n 100)"
  check "$1: they were tried" test "${runs:-0}" -gt 7
}

# ---- run ----------------------------------------------------------------------------------------------------------

lab_start && lab_host host || exit
write_metrics && write_answer && write_traces && write_baseline || exit
scenarios=(config open-none open-sample poll-none poll-sample late-sample trace compare-files exposition answer)
[[ ! -e $LAB_BUILD/tap.bpf.o ]] || scenarios+=(open-exact open-auto poll-exact late-exact reconfigure copy rules baseline compare-interfaces)
for scenario in "${scenarios[@]}"; do test_scenario "$scenario"; done
tap_done
