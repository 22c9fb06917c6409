#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What `wiretruth read` takes for a capture file of 1 GB, beside capinfos (as it is called, with the file's hashes, and
# without them) and tshark, and its memory, which must not depend on the size of the file.
#
#   tests/bench/read.sh [--mib N] [--rounds N] [--quick] [--out FILE]
#
# The file is one of tcpdump's, of frames of 1,514 octets and their acknowledgements. tshark reads a quarter of it.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=tests/bench/bench.sh
. "$root/tests/bench/bench.sh"

BENCH_EXTRA=--mib
bench_options read "$@"
mib=${BENCH_VALUE[--mib]-$([[ $BENCH_QUICK ]] && echo 128 || echo 1024)}
wiretruth=$LAB_BUILD/wiretruth
without_hashes=(-t -E -c -s -d -u -a -e -y -i -z -x -o)

# capture FILE MIB: until it has that size
capture() {
  local dump mss=1428
  lab_spawn_in rx dump tcpdump -n -B 131072 -s 0 -Z root -i eth0 -w "$1"
  dump=$LAB_PID
  lab_wait_log 10 dump 'listening on' || return
  while (($(stat -c %s "$1") < $2 * 1048576)); do
    lab_flow tx rx "$(lab_address 1 2)" --mss $((mss + 12)) --window $((128 * mss)) -- --mss $((mss + 12)) \
      --bytes $(($2 * 1048576 / 8)) || return
  done
  lab_stop "$dump" INT
  cat "$1" >/dev/null # from memory, all of them
}

# Both files are read to their end by both, or they did not do the same work.
same() { # FILE
  local ours peer
  ours=$("$wiretruth" read --json "$1" | jq '[.. | objects | .packets? | numbers] | max') || return
  peer=$(capinfos -Mc "$1" | awk '/^Number of packets/ { print $NF }')
  [[ $ours == "$peer" ]] || bench_refuse "wiretruth read $ours packets of $1, capinfos $peer"
}

# take WHO AT COMMAND...
take() {
  bench_spent "${@:3}" || return
  bench_sample "$1" "$2" "$BENCH_US" us
  bench_sample "$1-memory" "$2" "$BENCH_KIB" KiB
}

ours() { take wiretruth "$1" "$wiretruth" read "$LAB_DIR/$1.pcap"; }                        # whole|quarter
with_hashes() { take capinfos whole capinfos "$LAB_DIR/whole.pcap"; }
plain() { take capinfos-plain whole capinfos "${without_hashes[@]}" "$LAB_DIR/whole.pcap"; }
tshark_too() { take tshark quarter tshark -n -r "$LAB_DIR/quarter.pcap" -q -z io,stat,0; }

lab_start && lab_host tx && lab_host rx && lab_link tx eth0 rx eth0 1 &&
  lab_offload tx eth0 tso off gso off && lab_offload rx eth0 gro off || exit
capture "$LAB_DIR/whole.pcap" "$mib" && capture "$LAB_DIR/quarter.pcap" $((mib / 4)) || exit
same "$LAB_DIR/whole.pcap" && same "$LAB_DIR/quarter.pcap" || exit
bench_pairs 'ours whole' with_hashes plain 'ours quarter' tshark_too || exit

bench_target "read, $mib MiB : capinfos" wiretruth whole capinfos whole 1
bench_target "read, $mib MiB : capinfos without hashes" wiretruth whole capinfos-plain whole 1
bench_note "read, $((mib / 4)) MiB : tshark" wiretruth quarter tshark quarter
bench_target "read, memory with $mib MiB : with $((mib / 4)) MiB" wiretruth-memory whole wiretruth-memory quarter 1.05
bench_note "read, memory : capinfos" wiretruth-memory whole capinfos-plain-memory whole
bench_end
