#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 25
#
# The matrix: device kind × direction × protocol × offload × method, in one table, each row against an oracle that
# wiretruth does not produce. Nearly everywhere that is the cutting oracle (_matrix.sh): frames counted one by one, by a
# reader that knows no segment count.
#
# All traffic runs once, one cell after the other, while every method observes every interface: exact by handles bound
# to each interface and once more by one on "any", sample likewise, and none.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=tests/integration/_within.sh
. "$root/tests/integration/_within.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"
# shellcheck source=tests/integration/_matrix.sh
. "$root/tests/integration/_matrix.sh"
# shellcheck source=tests/integration/_matrix_cells.sh
. "$root/tests/integration/_matrix_cells.sh"
# shellcheck source=tests/integration/_matrix_table.sh
. "$root/tests/integration/_matrix_table.sh"

# ---- instruments --------------------------------------------------------------------------------------------------

# "HOST/IF.DIR.FIGURE" -> what readers and link counters say of the pass.
declare -A SEEN=() BEFORE=()
declare -A READER=()

start_reader() { # HOST IF...
  lab_spawn_in "$1" "reader-$1" "$LAB_BIN/frames" "${@:2}"
  READER[$1]=$LAB_PID
  lab_wait_log 10 "reader-$1" '^ready'
}

start_instruments() {
  local key value host
  start_reader host "${observed[@]}" || return
  # shellcheck disable=SC2046
  for host in sink far; do start_reader $host $(cells_of $host) || return; done
  while read -r key value; do BEFORE[$key]=$value; done < <(observe_instruments host cutter)
}

stop_instruments() {
  local key value host
  while read -r key value; do SEEN[$key]=$((value - ${BEFORE[$key]:-0})); done < <(observe_instruments host cutter)
  for host in host sink far; do
    lab_stop "${READER[$host]}" || return
    [[ $LAB_STATUS == 0 ]] || { lab_fail "the reader in $host: $(grep -v "dropped=0$" "$LAB_DIR/reader-$host.log")"; return; }
    take_reader $host
  done
}

take_reader() { # HOST
  local line word if key
  while read -r line; do
    [[ $line == interface=* ]] || continue
    if=${line%% *} if=${if#*=}
    for word in ${line#* }; do
      key=${word%%=*}
      SEEN[$1/$if.${key/_/.}]=${word#*=}
    done
  done <"$LAB_DIR/reader-$1.log"
}

# ---- observers ----------------------------------------------------------------------------------------------------

# A handle of its own is opened on each interface while they are 32 at the most.
BOUND=32
observers=()
declare -A OBSERVER_HALF=() # interface -> which half observes it by a handle of its own

start_observer() { # NAME HOST METHOD IF...
  observers+=("$1")
  observe_spawn "$1" "$2" --duration 600 --method "$3" "${@:4}"
}

start_observers() {
  local i name method
  local -a half=()
  for ((i = 0; i < ${#observed[@]}; i += BOUND)); do
    half=("${observed[@]:i:BOUND}")
    for name in "${half[@]}"; do OBSERVER_HALF[$name]=$((i / BOUND)); done
    for method in $methods; do start_observer "$method$((i / BOUND))" host "$method" "${half[@]}"; done
  done
  for method in $methods; do
    start_observer "$method-any" host "$method" "${observed[@]}"
    start_observer "$method-cutter" cutter "$method" "${uncut[@]}"
  done
  start_observer none host none "${observed[@]}"
  start_observer none-cutter cutter none "${uncut[@]}"
  for name in "${observers[@]}"; do
    lab_wait_log 30 "$name" '^wiretruth: observing '
    tap_ok $? "$name: it begins to observe"
  done
}

# As observe_decided does, for all of them at once: a link's new alias makes each of them read.
end_observers() {
  local name
  all_read && all_read
  tap_ok $? "every observer took a whole reading after the traffic"
  ALL_READS=
  lab_wait 20 "every observer to rest" all_rest
  for name in "${observers[@]}"; do lab_signal "${OBSERVE_PID[$name]}" INT; done
  for name in "${observers[@]}"; do
    lab_reap "${OBSERVE_PID[$name]}" 20
    drop_offloads "$name"
    observe_take "$name"
    tap_is "${OBSERVE_STATUS[$name]} $(observe_fact "$name" method)" "0 ${name%%[-0-9]*}" "$name: it observed"
  done
}

# Hundreds of features an interface, which no row is about, take longer to read than all the rest.
drop_offloads() { # NAME
  jq -c 'del(.interfaces[].offload)' "$LAB_DIR/$1.json" >"$LAB_DIR/$1.short" && mv "$LAB_DIR/$1.short" "$LAB_DIR/$1.json"
}

declare -A READS_BEFORE=()
ALL_READS='' ALL_SINCE=''

all_read() {
  local name
  for name in "${observers[@]}"; do READS_BEFORE[$name]=$(observe_reads "$name"); done
  lab_wait 20 "every observer to take a reading" have_all_read
}

have_all_read() {
  local name done=0
  for name in "${observers[@]}"; do
    OBSERVE_READS=${READS_BEFORE[$name]}
    observe_has_read "$name" || done=1
  done
  return $done
}

all_rest() {
  local name reads=
  for name in "${observers[@]}"; do reads+=" $(observe_reads "$name")"; done
  if [[ $reads != "$ALL_READS" ]]; then
    ALL_READS=$reads ALL_SINCE=${EPOCHREALTIME/[.,]/}
    return 1
  fi
  ((${EPOCHREALTIME/[.,]/} - ALL_SINCE > 200000))
}

# ---- all ----------------------------------------------------------------------------------------------------------

is_quiet() {
  local seen=$LAB_SEEN
  LAB_SEEN=$(ip -n "$(lab_ns host)" -s link; ip -n "$(lab_ns sink)" -s link)
  [[ $LAB_SEEN == "$seen" ]]
}

if [[ ! -f $LAB_BIN/shape.bpf.o || ! -f $ENCAP ]]; then
  tap_skip "the matrix" "no clang, bpftool or libbpf to build what it puts on its links ($LAB_BIN/shape.bpf.o)"
  tap_done
  exit
fi
for host in host cutter sink far; do lab_host $host || exit 1; done
methods='exact sample'
observe_has_exact host "exact, in the whole matrix" || methods=sample
matrix_declare
matrix_setup || exit 1
mapfile -t observed < <(matrix_interfaces)
start_instruments || exit 1
start_observers
matrix_traffic
LAB_SEEN=
lab_wait 10 "silence" is_quiet
end_observers
stop_instruments
tap_ok $? "every reader read all that there was"
matrix_truth
matrix_check
few_misses

tap_done
