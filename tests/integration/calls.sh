#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 20
#
# What a poll of many interfaces asks the kernel: system calls as strace counts them, which is no matter of time. They
# are those of a few interfaces and the answers of a dump, not some for each interface. Figures stay what tc says.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

command -v strace >/dev/null || { echo '1..0 # SKIP there is no strace'; exit 0; }
lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

few=40 many=240 # interfaces that carry nothing
each=20         # of them, for which a poll may make one call more: 140 fit into an answer of a dump
readings=(sendmsg recvmsg bpf ioctl open openat read)

# fill FROM TO
fill() {
  local i
  for ((i = $1; i <= $2; i++)); do
    echo "link add fill$i type veth peer name fill$i netns $(lab_ns far)"
    echo "link set fill$i arp off multicast off up"
  done | ip -n "$(lab_ns host)" -batch -
}

# The calls of one poll, the fourth: those before have found out what there is to ask for. A poll ends when the program
# sleeps until the next.
calls_of_a_poll() { # METHOD
  local trace=$LAB_DIR/trace
  rm -f "$trace"
  lab_spawn_in host polls strace -f -qq -o "$trace" -e "trace=$(IFS=,; echo "${readings[*]}"),poll" \
    "$LAB_BUILD/tests/watch" "$1" --every 10
  lab_wait 60 'five polls' has_polls "$trace" 5
  lab_stop "$LAB_PID"
  awk '/ poll\(NULL, 0/ { polls++; next } polls == 4 { calls++ } END { print calls + 0 }' "$trace"
}
has_polls() { (($(grep -c ' poll(NULL, 0' "$1") >= $2)); }

lab_host host && lab_host far && lab_link host eth0 far eth0 1 || exit 1
lab_offload host eth0 gro off gso on tso on && lab_offload far eth0 gro off gso on tso on || exit 1

methods=(none)
observe_has_exact host 'calls with exact' && methods+=(exact)
declare -A at_few=() at_many=()
got=''
fill 1 $few
for method in "${methods[@]}"; do at_few[$method]=$(calls_of_a_poll "$method"); done
fill $((few + 1)) $many
for method in "${methods[@]}"; do
  at_many[$method]=$(calls_of_a_poll "$method")
  most=$((at_few[$method] + (many - few) / each))
  tap_ok $((at_few[$method] == 0 || at_many[$method] > most)) \
    "method $method: a poll of $((many + 2)) interfaces makes ${at_many[$method]} calls, of $((few + 2)) ${at_few[$method]}"
done

# eth0 has the only queue that counts, with two hundred others behind it, which are not read again.
if ((${#methods[@]} > 1)); then
  before=$(lab_qdisc_packets host eth0)
  observe all host --method exact
  observe_polled all
  lab_flow host far "$(lab_address 1 2)" --mss 1400 --window 180000 -- --mss 1400 --bytes $((5000 * 1400)) &&
    lab_settle host eth0
  tap_ok $? 'the traffic'
  observe_end all
  queued=$(($(lab_qdisc_packets host eth0) - before))
  observe_list got all eth0.tx wire.witnesses.0.{source,frames} wire.frames counter.frames
  tap_is "$got" "qdisc $queued $queued $(observe_fact all eth0.tx.capture.frames)" \
    'the witness of the queue is what tc says, and wire is; the counter has the packets'
  # The kernel tells of it without a word about its link.
  observe later host --method exact
  observe_polled later
  tc -n "$(lab_ns host)" qdisc replace dev fill$many root pfifo limit 100
  observe_end later
  tap_is "$(observe_fact later fill$many.tx.wire.witnesses.0.source)" qdisc 'a queue that comes behind it is found'
fi
tap_done
