#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Shows `wiretruth compare`: a host that sends uncut, a router that cuts and loses every 50th packet on the way, and a sink
# that merges what it receives. One transfer of TCP, seen at three points.
#
#   lab/points.sh
set -u -o pipefail

: "${LAB_FRAMES:=20000}" # the transfer stands for

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
# shellcheck source=lab/lab.sh
. lab/lab.sh
# shellcheck source=lab/situations.sh
. lab/situations.sh

declare -A running=()

observe() { # A B
  lab_spawn "points-${#running[@]}" "$LAB_BUILD/wiretruth" compare --duration 600 "netns:$LAB_ID-$1" "netns:$LAB_ID-$2"
  running["points-${#running[@]}"]=$LAB_PID
  lab_wait_log 20 "points-$((${#running[@]} - 1))" comparing
}

setup() {
  cutting_setup && lab_offload sink eth0 gro on || return
  tc -n "$(lab_ns router)" qdisc replace dev in0 clsact &&
    tc -n "$(lab_ns router)" filter add dev in0 ingress bpf da obj "$LAB_BIN/shape.bpf.o" sec classifier/lose
}

[[ -e $LAB_BIN/shape.bpf.o ]] || { echo "points.sh: needs clang and libbpf" >&2; exit 1; }
lab_start && setup && observe host/cut0 router/out0 && observe router/out0 sink/eth0 || exit 1
cutting_tcp "$(lab_address 21 2)" 1440 && lab_settle sink eth0 || exit 1
sleep 0.1 # nothing is under way any more
for name in points-0 points-1; do
  lab_stop "${running[$name]}" INT
  # The namespaces' names have a part that is another one in each run.
  sed "s/$LAB_ID-//g" "$LAB_DIR/$name.log"
  echo
done
tc -n "$(lab_ns router)" -s qdisc show dev in0 clsact | awk '/dropped/ { sub(/,/, "", $7); print "tc -s: dropped " $7 " packets" }'
