#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Instruments beside the tap: what they say is what the kernel's own tools say of them, they become the source where they
# are the best, and one that contradicts is named.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

# send [4|6] FRAMES
send() {
  lab_flow here there "$(lab_address 1 2 "$1")" --mss 1400 --window 180000 -- --mss 1400 --bytes $(($2 * 1400)) &&
    lab_settle here eth0 && lab_settle there eth0
}

packets_of() { lab_qdisc_packets here eth0; }

lab_host here && lab_host there && lab_link here eth0 there eth0 1 || exit 1
lab_offload here eth0 gro off gso on tso on && lab_offload there eth0 gro off gso on tso on || exit 1

# ---- what they say ------------------------------------------------------------------------------------------------

has_exact=1
observe_has_exact here "witnesses beside exact" || has_exact=''
if [[ $has_exact ]]; then
  before=$(packets_of) segments=$(lab_ip_segments there 6)
  observe both here --method exact eth0
  observe far there --method exact eth0
  send 6 8000
  tap_ok $? "the traffic, over IPv6"
  for name in both far; do observe_decided $name && observe_end $name; done
  queued=$(($(packets_of) - before)) segments=$(($(lab_ip_segments there 6) - segments))
  tap_is "$(observe_fact both eth0.tx.wire.witnesses.0.source) $(observe_fact both eth0.tx.wire.witnesses.0.frames)" \
    "qdisc $queued" "the queue's witness is what tc says"
  tap_is "$(observe_fact both eth0.tx.wire.frames) $(observe_fact both eth0.tx.wire.disagreement)" "$queued null" \
    "and it agrees with the tap"
  tap_is "$(observe_fact both eth0.rx.wire.witnesses.0.source)" - "nothing beside the tap counts what a veth receives"
  tap_is "$(observe_fact far eth0.ipv6.in_segments)" "$segments" "an interface's own IPv6 MIB has its segments"
  tap_is "$(observe_fact far eth0.rx.wire.frames)" "$segments" "and the tap as many frames"

  # Another discipline begins at 0: no spike, no disagreement.
  before=$(packets_of)
  observe replaced here --method exact eth0
  send 4 4000
  observe_polled replaced
  half=$(($(packets_of) - before))
  tc -n "$(lab_ns here)" qdisc replace dev eth0 root handle 9: pfifo limit 10000
  tap_ok $? "another queue discipline"
  observe_polled replaced
  send 4 4000
  observe_decided replaced
  observe_end replaced
  tap_is "$(observe_fact replaced eth0.tx.wire.witnesses.0.frames) $(observe_fact replaced eth0.tx.wire.disagreement)" \
    "$((half + $(packets_of))) null" "its count goes on from that of the one before"
fi

# ---- where they are the source --------------------------------------------------------------------------------------

before=$(packets_of)
observe sampled here --method sample eth0
send 4 60000
observe_polled sampled && observe_polled sampled
middle=$(observe_packet_sockets sampled)
send 4 20000
observe_decided sampled
observe_end sampled
queued=$(($(packets_of) - before))
tap_is "$middle" 2 "with sample: it samples, and has a socket for checksums"
tap_is "$(observe_fact sampled eth0.tx.wire.source)" qdisc "with sample a queue that was found to agree is the source"
observe_list got sampled eth0.tx wire.{frames,low,high,estimated}
# shellcheck disable=SC2154 # set by observe_list
read -r frames low high estimated <<<"$got"
margin=$((queued / 10))
((low <= queued + margin && frames > queued - margin && frames < queued + margin)) && [[ $estimated == true ]]
tap_ok $? "with sample: the figure is near what was queued"
tap_diag "queued $queued, estimate $frames, bounds $low to $high"

before=$(packets_of)
observe none here --method none eth0
send 4 8000
observe_decided none
observe_end none
queued=$(($(packets_of) - before))
observe_list got none eth0.tx wire.{frames,low,high,source} counter.verdict
tap_is "$got" "$queued $queued null qdisc under-reports" "without a tap the queue is the source, and finds that the counter has too few"

# Without a discipline that counts there is none.
tc -n "$(lab_ns here)" qdisc replace dev eth0 root noqueue
observe noqueue here --method none eth0
send 4 4000
observe_decided noqueue
observe_end noqueue
tap_is "$(observe_fact noqueue eth0.tx.wire.source) $(observe_fact noqueue eth0.tx.wire.witnesses.0.source)" "counter -" \
  "noqueue counts nothing, and is no witness"

# IPv6 is off an interface whose MTU is too small for it, and its figures begin at 0 again.
observe six here --method none eth0
send 6 4000
observe_polled six
ip -n "$(lab_ns here)" link set eth0 mtu 1200 && observe_polled six && ip -n "$(lab_ns here)" link set eth0 mtu 1500
tap_ok $? "IPv6 off the interface, and on again"
observe_polled six
observe_end six
sent=$(observe_fact six eth0.ipv6.out_packets)
tap_ok "$(jq -n "$sent > 20 | if . then 0 else 1 end")" "what its IPv6 MIB had before is not lost: $sent"

tap_done
