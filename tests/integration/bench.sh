#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a manager's walk asks of the kernel (nothing: it is answered from the last report), and that the benchmark of
# walks reads what it says. How fast is no matter of a test: make bench.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

# The calls of a process meanwhile, in CALLS.
trace() { # PID COMMAND...
  local pid=$1
  shift
  CALLS=$LAB_DIR/calls
  lab_spawn strace strace -f -o "$CALLS" -p "$pid"
  lab_wait_log 10 strace attached || return
  "$@" >/dev/null
  lab_stop "$LAB_PID"
}

walk() { lab_snmp_raw host snmpbulkwalk "$(lab_snmp_oid wiretruthMIB)"; }

# Waiting, the clock, memory, and the socket to snmpd.
test_walk() {
  local polls
  lab_snmp_configure host
  sed -i 's/^PollInterval .*/PollInterval 3600/' "$(lab_snmp_dir host)/conf/wiretruth.conf"
  lab_snmp_run host || return
  polls=$(lab_snmp_get host 0 - wtPolls)
  trace "$LAB_SNMP_AGENT" walk
  tap_ok $? 'a walk is traced'
  tap_ok $(($(grep -cE '(recv|send)[a-z]*\(' "$CALLS") < 100)) 'and has many requests'
  tap_is "$(grep -oE '\b(bpf|socket|bind|connect|ioctl|open|openat|[gs]etsockopt)\(.*|.*NETLINK.*' "$CALLS")" '' \
    'none asks anything of the kernel'
  tap_is "$(lab_snmp_get host 0 - wtPolls)" "$polls" 'none makes a poll'
  lab_snmp_stop
}

test_bench() {
  local out
  out=$("$root/tests/bench/snmp.sh" --interfaces 4 --rounds 1 2>&1)
  tap_is "$? $(grep -cE ' [0-9.]+ \([0-9.]+ to [0-9.]+\) +[0-9.]+ \([0-9.]+ to [0-9.]+\) +[0-9.]+$' <<<"$out")" '0 6' \
    'the benchmark reads whole tables' || tap_diag "$out"
}

# ours WHO...: how many samples of each of them a row's file has
samples() { jq -s -r --args '[.[] | select(.sample).who] as $all | [$ARGS.positional[] as $who | $all | map(select(. == $who)) | length] | join(" ")' "$@" <"$LAB_DIR/samples"; }

# row NAME OPTION...: it runs to its end; what it printed in $said, its samples in $LAB_DIR/samples
row() {
  local status
  rm -f "$LAB_DIR/samples"
  said=$("$root/tests/bench/$1.sh" --out "$LAB_DIR/samples" "${@:2}" 2>"$LAB_DIR/$1.said")
  status=$?
  tap_ok $status "$1 runs"
  ((status == 0)) || tap_diag "$(<"$LAB_DIR/$1.said")"
}

test_rows() {
  row poll --interfaces 4 --rounds 2
  tap_is "$(samples wiretruth wiretruth-read interface ethstat agentx node_exporter tools)" '2 2 2 2 2 2 2' 'poll: two samples of each'
  row memory --interfaces 4 --polls 2
  tap_is "$(samples collectd wiretruth interface agentx-empty agentx snmpd module)" '3 2 3 3 2 2 2' 'memory: samples of each'
}

for need in "$LAB_BUILD/wiretruth-agentx" "$LAB_BUILD/bench/walk" "$(command -v strace || echo strace)"; do
  [[ -x $need ]] && continue
  tap_skip 'what a walk asks of the kernel' "no ${need##*/}"
  tap_done
  exit
done
lab_start && lab_host host && lab_host peer && lab_link host eth0 peer eth0 1 || exit
test_walk
test_bench
test_rows
tap_done
