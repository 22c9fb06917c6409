#!/bin/bash
# SPDX-License-Identifier: MIT
#
# How far `sample` and `auto` (with the plugins' CPUBudget of 2) are from `exact` on the same traffic, at 10^3 to 10^6 frames
# a second, and whether their own bounds hold `exact`. Received frames one by one ("single": UDP), and in packets of 1, 4, 16
# or 32 frames ("merged": TCP, as a sender that does not cut them hands them over). What the machine does not manage is
# measured at the rate that it does.
#
#   tests/bench/accuracy.sh [--seconds N] [--rounds N] [--quick] [--out FILE]
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=tests/bench/bench.sh
. "$root/tests/bench/bench.sh"

BENCH_EXTRA=--seconds
bench_options accuracy "$@"
seconds=${BENCH_VALUE[--seconds]-$([[ $BENCH_QUICK ]] && echo 2 || echo 4)}
rates=(1000 10000 100000 1000000) kinds=(single merged)
[[ -z $BENCH_QUICK ]] || rates=(10000 1000000) kinds=(merged)

declare -A pid=() outside=([sample]=0 [auto]=0) open=([sample]=0 [auto]=0)
measured=0

setup() {
  lab_host tx && lab_host rx && lab_link tx single rx single 1 && lab_link tx merged rx merged 2 || return
  lab_offload rx single gro off && lab_offload rx merged gro off && lab_offload tx single tx-udp-segmentation off &&
    lab_offload tx merged tso on gso on && ip -n "$(lab_ns tx)" route add 10.99.0.0/24 via "$(lab_address 1 2)" || return
  lab_spawn_in rx receive "$LAB_BIN/crowd" receive --limit 3600
  lab_wait_log 5 receive '^listening'
}

# To nobody's address: the receiver's IP layer drops it, after it has passed the tap. A timer comes some 60 microseconds
# later than it is asked for.
send_single() { # RATE
  local segments pause
  case $1 in 1000) segments=10 pause=9940 ;; 10000) segments=20 pause=1940 ;; 100000) segments=40 pause=340 ;; *) segments=60 pause=0 ;; esac
  lab_spawn_in tx send "$LAB_BIN/stream" --segments $segments --size 64 --pause $pause --limit "$seconds" 10.99.0.1
}

# Four connections, with ten times the first one's rate in all, and 13 frames a write.
send_merged() { # RATE
  local to
  to=$(lab_address 2 2)
  lab_spawn_in tx send "$LAB_BIN/crowd" send --seconds "$seconds" --mss 1440 --sizes 1428,5712,22848,45696 \
    --rate $((($1 + 132) / 133)) "$to" "$to" "$to" "$to"
}

# The least that these frames can be: as the sender counted them, or as many as its octets need.
least() { # KIND
  local line
  line=$(tail -n 1 "$LAB_DIR/send.log")
  if [[ $1 == single ]]; then lab_figure frames "$line"; else echo $(($(lab_figure octets "$line") / 1428)); fi
}

observe() { # METHOD KIND OPTION...
  lab_spawn_in rx "$1" "$LAB_BUILD/wiretruth" check --json --duration 600 --method "$1" "${@:3}" "$2"
  pid[$1]=$LAB_PID
  lab_wait_log 20 "$1" '^wiretruth: observing'
}

fact() { sed -n '/^{/,$p' "$LAB_DIR/$1.log" | jq -r ".interfaces[0].rx.wire | $2"; } # METHOD FILTER

measure() { # KIND RATE
  local kind=$1 rate=$2 at="$1 $2" method exact
  observe exact "$kind" && observe sample "$kind" && observe auto "$kind" --cpu-budget 2 || return
  "send_$kind" "$rate" && lab_reap "$LAB_PID" $((seconds + 20)) && lab_settle rx "$kind" || return
  for method in auto sample exact; do lab_stop "${pid[$method]}" INT; done
  exact=$(fact exact .frames)
  is_possible "$kind" "$exact" || { bench_refuse "exact counted $exact frames, the sender $(least "$kind")"; return; }
  bench_sample rate "$at" "$exact $seconds" 'frames/s'
  for method in sample auto; do compare $method "$at" "$exact"; done
  measured=$((measured + 1))
}

# Of UDP a full backlog drops some before the tap; TCP has acknowledged all, and its own segments come on top.
is_possible() { # KIND FRAMES
  local least
  least=$(least "$1")
  if [[ $1 == single ]]; then (($2 > 0 && $2 <= least)); else (($2 >= least && $2 <= 2 * least + 100)); fi
}

# compare METHOD AT EXACT: its error, half of what is between its bounds, and whether these hold it
compare() {
  local frames low high
  read -r frames low high < <(fact "$1" '"\(.frames) \(.low) \(.high)"')
  [[ $frames != null ]] || { bench_refuse "$1 has no figure at $2"; return; }
  bench_sample "$1" "$2" "$(awk -v a="$frames" -v b="$3" 'BEGIN { e = a / b - 1; printf "%.6f", 100 * (e < 0 ? -e : e) }')" %
  if [[ $low == null || $high == null ]]; then
    open[$1]=$((open[$1] + 1))
    [[ $low == null ]] || ((low <= $3)) || outside[$1]=$((outside[$1] + 1))
  else
    bench_sample "$1-bounds" "$2" "$(awk -v a="$low" -v b="$high" -v c="$3" 'BEGIN { printf "%.6f", 50 * (b - a) / c }')" %
    ((low <= $3 && $3 <= high)) || outside[$1]=$((outside[$1] + 1))
  fi
}

lab_start && setup || exit
commands=()
for kind in "${kinds[@]}"; do
  for rate in "${rates[@]}"; do commands+=("measure $kind $rate"); done
done
bench_pairs "${commands[@]}" || exit

BENCH_ROUND=1
for method in sample auto; do
  bench_sample "$method-outside" all "$((outside[$method] * 100)) $measured" %
  bench_sample "$method-open" all "$((open[$method] * 100)) $measured" %
  bench_target "accuracy, $method: exact is outside its bounds (of 95 %), share of $measured measurements" "$method-outside" all - - 5
  bench_note "accuracy, $method: without an upper bound, share of $measured measurements" "$method-open" all - -
  for kind in "${kinds[@]}"; do
    for rate in "${rates[@]}"; do
      bench_note "accuracy, $method, $kind, $rate frames/s: error" "$method" "$kind $rate" - -
    done
  done
done
bench_end
