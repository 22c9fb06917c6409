#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What counting every packet costs, the whole path: the kernel's copy for the tap, the program, and the process that reads,
# beside no tap and beside `tcpdump -s 96 -w /dev/null`. Two hosts and three links: "cut" has frames on both sides, on
# "gro" the receiver merges them, on "tso" the sender does not cut. The tap is on the side that a case names.
#
#   tests/bench/tap.sh [--packets N] [--rounds N] [--quick] [--out FILE]
#
# What is compared are differences to no tap, which other work on the machine may well hide: it has to be quiet.
#
# An empty program on the same sockets shows what of that is the kernel's, for whoever has one there.
#
# CPU time of a transfer is that of sender and receiver, of the kernel's threads for what the interrupts left, and of
# wiretruth or tcpdump, by frame on the wire. That of the program is the kernel's own measurement, less what an empty
# program takes by it. With `auto` it is the time a frame takes more: what a sender who needs all of a CPU loses.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=tests/bench/bench.sh
. "$root/tests/bench/bench.sh"

BENCH_EXTRA=--packets
bench_options tap "$@"
packets=${BENCH_VALUE[--packets]-100000}
times=3 # the least of so many transfers: other work on the machine only adds to one
cases=(small-tx small-rx small-rx-gro mtu-tx mtu-rx cut-tx cut-rx tso-tx gro-rx)
[[ -z $BENCH_QUICK ]] || cases=(small-tx small-rx tso-tx gro-rx)
long=$([[ $BENCH_QUICK ]] && echo 10 || echo 50) # times the packets, with auto
mss=1428 # octets of payload in a frame

setup() {
  lab_host tx && lab_host rx || return
  lab_link tx cut rx cut 1 && lab_link tx gro rx gro 2 && lab_link tx tso rx tso 3 || return
  lab_offload tx cut tso off gso off && lab_offload rx cut gro off &&
    lab_offload tx gro tso off gso off && lab_offload rx gro gro on &&
    lab_offload tx tso tso on gso on && lab_offload rx tso gro off
}

# ---- traffic ----------------------------------------------------------------------------------------------------------

link_of() { case $1 in *-gro | gro-*) echo gro ;; tso-*) echo tso ;; *) echo cut ;; esac; }                # CASE
side_of() { if [[ $1 == *-tx* ]]; then echo tx; else echo rx; fi; }                                       # CASE
subnet_of() { case $1 in cut) echo 1 ;; gro) echo 2 ;; tso) echo 3 ;; esac; }                             # LINK
kind_of() { case $1 in small-*) echo 18 ;; mtu-*) echo 1472 ;; *) echo tcp ;; esac; }                     # CASE

# transfer CASE [TIMES]: so many times the packets; CPU time of those who send and receive, in TRAFFIC_US
transfer() {
  local link kind packets=$((packets * ${2-1}))
  link=$(link_of "$1") kind=$(kind_of "$1")
  if [[ $kind == tcp ]]; then tcp "$link"; else udp "$link" "$kind"; fi
}

# To nobody's address: the receiver's IP layer drops it, after it has passed the tap.
udp() { # LINK SIZE
  local subnet
  subnet=$(subnet_of "$1")
  bench_spent ip netns exec "$(lab_ns tx)" taskset -c 1 "$LAB_BIN/blast" --qdisc --limit 60 --count "$packets" --size "$2" "$1" \
    "$(lab_mac "$subnet" 2)" "$(lab_address "$subnet" 1)" 10.99.0.1 || return
  TRAFFIC_US=$BENCH_US
}

tcp() { # LINK
  local address receiver spent
  address=$(lab_address "$(subnet_of "$1")" 2)
  lab_spawn_in rx receive "$LAB_BUILD/bench/spent" "$LAB_DIR/received" taskset -c 0 "$LAB_BIN/flow" receive --limit 60 \
    --port 7 --mss $((mss + 12)) --window $((128 * mss)) "$address"
  receiver=$LAB_PID
  lab_wait_log 5 receive '^listening' || return
  bench_spent ip netns exec "$(lab_ns tx)" taskset -c 1 "$LAB_BIN/flow" send --limit 60 --mss $((mss + 12)) \
    --bytes $((packets * mss)) "$address" 7 || return
  lab_reap "$receiver" 20 || return
  spent=$(lab_figure us "$(<"$LAB_DIR/received")")
  TRAFFIC_US=$((BENCH_US + spent))
}

# ---- who listens ------------------------------------------------------------------------------------------------------

listeners=()
mapfile -t kernel < <(pgrep -x 'ksoftirqd/[0-9]+')

listen() { # HOST LINK WHO
  local i count=0
  listeners=()
  case $3 in
    none) return ;;
    tcpdump)
      lab_spawn_in "$1" listener-1 tcpdump -n -s 96 -w /dev/null -i "$2"
      listeners=("$LAB_PID")
      lab_wait_log 10 listener-1 'listening on'
      return
      ;;
    empty)
      lab_spawn_in "$1" listener-1 "$LAB_BUILD/bench/empty" --unmeasured
      listeners=("$LAB_PID")
      lab_wait_log 10 listener-1 '^ready'
      return
      ;;
    one) count=1 ;;
    two) count=2 ;;
  esac
  for ((i = 1; i <= count; i++)); do
    lab_spawn_in "$1" "listener-$i" "$LAB_BUILD/wiretruth" check --json --duration 600 --method exact "$2"
    listeners+=("$LAB_PID")
    lab_wait_log 10 "listener-$i" '^wiretruth: observing' || return
  done
}

# Each has seen all frames, or it did not do the same work.
heard() { # CASE TIMES
  local i seen dir packets=$((packets * $2))
  dir=$(side_of "$1")
  if ((${#listeners[@]})) && grep -q '^ready' "$LAB_DIR/listener-1.log"; then
    lab_stop "${listeners[0]}"
    return
  fi
  for ((i = 1; i <= ${#listeners[@]}; i++)); do
    lab_stop "${listeners[i - 1]}" INT
    if grep -q 'received by filter' "$LAB_DIR/listener-$i.log"; then
      seen=$(awk '/received by filter/ { print $1 }' "$LAB_DIR/listener-$i.log")
      # Of merged or uncut ones it has fewer: at least one in 45 frames.
      ((seen >= packets / 46)) || { bench_refuse "tcpdump saw $seen packets of $packets frames"; return; }
      [[ $(kind_of "$1") == tcp ]] || ((seen >= packets)) || { bench_refuse "tcpdump saw $seen of $packets frames"; return; }
    else
      seen=$(sed -n '/^{/,$p' "$LAB_DIR/listener-$i.log" | jq ".interfaces[0].$dir.wire.frames")
      ((seen >= packets)) || { bench_refuse "wiretruth saw $seen of $packets frames"; return; }
    fi
  done
}

# measure CASE WHO: CPU time by frame
measure() {
  local i before cost least=0
  listen "$(side_of "$1")" "$(link_of "$1")" "$2" || return
  for ((i = 0; i < times; i++)); do
    bench_cpu "${kernel[@]}" "${listeners[@]}"
    before=$BENCH_CPU
    transfer "$1" || return
    [[ $2 != tcpdump ]] || bench_quiet "${listeners[@]}"
    bench_cpu "${kernel[@]}" "${listeners[@]}"
    cost=$((TRAFFIC_US * 1000 + BENCH_CPU - before))
    ((least && least < cost)) || least=$cost
  done
  bench_sample "$2" "$1" "$least $packets" ns
  heard "$1" $times
}

# ---- the program ------------------------------------------------------------------------------------------------------

# Of all programs of a process: "ns= runs=".
programs() { # PID
  cat /proc/"$1"/fdinfo/* 2>/dev/null | awk '/^run_time_ns:/ { ns += $2 } /^run_cnt:/ { runs += $2 }
    END { printf "ns=%d runs=%d\n", ns, runs }'
}

program() { # CASE
  local host link line empty process
  host=$(side_of "$1") link=$(link_of "$1")
  listen "$host" "$link" one || return
  process=${listeners[0]}
  lab_spawn_in "$host" empty "$LAB_BUILD/bench/empty"
  empty=$LAB_PID
  lab_wait_log 5 empty '^ready' && transfer "$1" || return
  line=$(programs "$process")
  lab_stop "$empty"
  bench_sample program-raw "$1" "$(lab_figure ns "$line") $(lab_figure runs "$line")" ns
  line=$(tail -n 1 "$LAB_DIR/empty.log")
  bench_sample program-empty "$1" "$(lab_figure ns "$line") $(lab_figure runs "$line")" ns
  heard "$1" 1
}

# ---- auto -------------------------------------------------------------------------------------------------------------

# As in the plugins. It learns the rate in the first transfer, which is not measured, and has the tap attached for one of
# up to 64 polls, so it takes a long one to see what that comes to.
auto() { # CASE none|auto
  local host link
  host=$(side_of "$1") link=$(link_of "$1")
  listeners=()
  if [[ $2 == auto ]]; then
    lab_spawn_in "$host" listener-1 "$LAB_BUILD/wiretruth" check --json --duration 600 --method auto --cpu-budget 2 "$link"
    lab_wait_log 10 listener-1 '^wiretruth: observing' || return
    transfer "$1" 5 || return
  fi
  transfer "$1" "$long" || return
  [[ $2 == none ]] || lab_stop "$LAB_PID" INT
  bench_sample "auto-$2" "$1" "$TRAFFIC_US $packets*$long" us
}

# ---- all --------------------------------------------------------------------------------------------------------------

lab_start && setup || exit
commands=()
for case in "${cases[@]}"; do
  commands+=("measure $case none" "measure $case one" "measure $case tcpdump" "program $case")
  [[ -n $BENCH_QUICK ]] || commands+=("measure $case empty")
  [[ -n $BENCH_QUICK || $case != small-* ]] || commands+=("measure $case two")
done
commands+=('auto small-tx none' 'auto small-tx auto')
bench_pairs "${commands[@]}" || exit

for case in "${cases[@]}"; do
  bench_target "tap, $case : tcpdump -s 96 -w /dev/null, both above none" one "$case" tcpdump "$case" 0.25 1 none "$case"
  [[ -n $BENCH_QUICK ]] ||
    bench_note "tap, $case, an empty program in its place : tcpdump, both above none" empty "$case" tcpdump "$case" 1 none "$case"
  [[ -n $BENCH_QUICK || $case != small-* ]] ||
    bench_note "tap, $case, two agents : tcpdump, both above none" two "$case" tcpdump "$case" 1 none "$case"
done
for case in "${cases[@]}"; do
  most=60
  [[ $case != tso-* && $case != gro-rx ]] || most=150
  bench_target "tap, program, $case, ns above an empty one" program-raw "$case" - - $most 1 program-empty "$case"
done
bench_target 'tap, auto, small-tx : none, time of a frame' auto-auto small-tx auto-none small-tx 1.01
bench_end
