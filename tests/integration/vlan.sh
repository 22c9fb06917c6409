#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# VLAN tags that are kept outside the packet: how many there are, what other readers of the same packets have of them, and
# what the octet counter has. The truth is the sender's own count; the readers are tcpdump on the interface and on "any"
# in both link types, read by tshark, and a raw packet socket (lab/frames).
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
# shellcheck source=lab/lab.sh
. lab/lab.sh

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. tests/integration/_observe.sh

readonly FRAMES=3000 TAG=7

# ---- the lab ------------------------------------------------------------------------------------------------------

setup() {
  local host
  lab_host host && lab_host peer && lab_link host eth0 peer eth0 7 || return
  for host in host peer; do
    lab_offload $host eth0 gro off gso on tso on || return
    lab_shape $host eth0 egress push && lab_shape $host eth0 ingress pop || return
  done
}

# ---- readers ------------------------------------------------------------------------------------------------------

declare -A READER=()
readers=()

reader() { # NAME IN|OUT ARGUMENT... of tcpdump
  local name=$1 side=$2
  shift 2
  lab_spawn_in host "$name" tcpdump -n --immediate-mode -s 96 -B 16384 -Q "$side" "$@" -w "$LAB_DIR/$name.pcap"
  READER[$name]=$LAB_PID
  readers+=("$name")
  lab_wait_log 10 "$name" 'listening on'
}

readers_start() { # in|out
  readers=()
  reader bound "$1" -i eth0 && reader any "$1" -i any && reader any-old "$1" -i any -y LINUX_SLL || return
  lab_spawn_in host raw "$LAB_BIN/frames" eth0
  READER[raw]=$LAB_PID
  lab_wait_log 5 raw '^ready'
}

readers_end() {
  local name
  for name in "${readers[@]}"; do lab_stop "${READER[$name]}" INT || return; done
  lab_stop "${READER[raw]}" || return
  RAW=$(tail -n 1 "$LAB_DIR/raw.log")
}

# Packets of a file, those that show the tag, and the octets of all of them.
seen_by() { # NAME
  tshark -r "$LAB_DIR/$1.pcap" -T fields -e frame.len -e vlan.id 2>/dev/null |
    awk -v tag=$TAG '{ packets++; octets += $1; tagged += $2 == tag } END { print packets + 0, tagged + 0, octets + 0 }'
}

# ---- traffic ------------------------------------------------------------------------------------------------------

# Small frames of 102 octets, of which a tag is 4 %.
small() { # FROM SIDE
  lab_spawn_in "$1" send "$LAB_BIN/blast" --qdisc --count $FRAMES --size 60 eth0 "$(lab_mac 7 $((3 - $2)))" \
    "$(lab_address 7 "$2")" "$(lab_address 7 $((3 - $2)))"
  lab_reap "$LAB_PID" 20 && [[ $LAB_STATUS == 0 ]]
}

# observed WHAT in|out COMMAND...: by all methods and readers
observed() {
  local what=$1 side=$2 method
  shift 2
  readers_start "$side" || return
  for method in exact sample none; do observe $method host --method $method eth0 || return; done
  lab_spawn_in host text "$LAB_BUILD/wiretruth" check --duration 600 eth0
  lab_wait_log 30 text 'observing' || return
  local text=$LAB_PID
  "$@"
  tap_ok $? "$what: the traffic"
  lab_settle host eth0 || return
  for method in exact sample none; do observe_decided $method && observe_end $method || return; done
  lab_stop "$text" INT && readers_end
}

# ---- what is said -------------------------------------------------------------------------------------------------

tags_are() { # WHAT rx|tx PACKETS FRAMES COUNTED
  local got
  observe_list got exact "eth0.$2" vlan_out_of_band vlan.{packets,frames,missed_octets,restored_octets,counted}
  tap_is "$got" "$3 $3 $4 $((4 * $3)) $((4 * $3)) $5" "$1: tags outside the packet, what is missed and put back, counted"
  for method in sample none; do
    observe_list got $method "eth0.$2" vlan_out_of_band vlan.{packets,frames,missed_octets,restored_octets}
    tap_is "$got" 'null null null null null' "$1: method $method knows nothing of them"
  done
}

causes_are() { # WHAT rx|tx EXACT
  local got
  observe_list got exact "eth0.$2" {counter,capture}.verdict counter.octet_verdict cause
  tap_is "$got" "agrees agrees agrees $3" "$1: verdicts and cause"
  [[ $(observe_fact sample "eth0.$2.cause") == @(none|unknown) && $(observe_fact none "eth0.$2.cause") == unknown ]]
  tap_ok $? "$1: without method exact tags are no cause"
}

# The octets that libpcap records on the interface are the capture's; on "any" in the newer type what is missed is not
# there, behind another link header.
octets_are() { # WHAT rx|tx MISSED
  local wire capture counter packets octets
  wire=$(observe_fact exact "eth0.$2.wire.octets") capture=$(observe_fact exact "eth0.$2.capture.octets")
  counter=$(observe_fact exact "eth0.$2.counter.octets")
  read -r _ _ octets <<<"$(seen_by bound)"
  tap_is "$octets" "$capture" "$1: the octets of the capture are those of tcpdump on the interface"
  read -r packets _ octets <<<"$(seen_by any)"
  tap_is "$((octets + (14 - 20) * packets))" $((capture - $3)) "$1: on any they are less by the octets that are missed"
  tap_is "$(lab_figure "$2_octets" "$RAW")" "$wire" "$1: the octets of wire are what a raw reader has with the tags added"
  COUNTED_LESS=$((wire - counter))
}

tagged_by() { # WHAT BOUND ANY ANY-OLD
  local name want
  for name in bound:$2 any:$3 any-old:$4; do
    want=${name#*:} name=${name%:*}
    read -r packets tagged _ <<<"$(seen_by "$name")"
    tap_is "$packets $tagged" "$FRAMES $want" "$1: packets and tags that a reader on $name has"
  done
}

# ---- cases --------------------------------------------------------------------------------------------------------

put_in_by_the_device() {
  local what='put in by the device'
  observed "$what" out small host 1 || return
  tags_are "$what" tx $FRAMES $FRAMES false
  tagged_by "$what" $FRAMES 0 $FRAMES
  tap_is "$(lab_figure tx_tagged "$RAW")" $FRAMES "$what: the kernel tells a raw reader of them besides"
  octets_are "$what" tx $((4 * FRAMES))
  tap_is $COUNTED_LESS $((4 * FRAMES)) "$what: the counter lacks them, and nothing else"
  causes_are "$what" tx vlan-offload
  grep -qE "^eth0 transmit: 3,000 packets had a VLAN tag beside .* miss it \(12,000 octets\), .* leave it out$" "$LAB_DIR/text.log"
  tap_ok $? "$what: a sentence says so"
}

put_in_before() {
  local what='in the packet already'
  lab_offload host eth0 tx-vlan-offload off || return
  observed "$what" out small host 1 || return
  lab_offload host eth0 tx-vlan-offload on
  tags_are "$what" tx 0 0 null
  if printf '6.11\n%s\n' "$(uname -r)" | sort -C -V; then
    tagged_by "$what" $FRAMES 0 $FRAMES
  else
    tap_skip "$what: readers" "before Linux 6.11 a packet socket without a link header shows another ethertype"
  fi
  tap_is "$(lab_figure tx_tagged "$RAW")" 0 "$what: the kernel has nothing to tell besides"
  tap_is "$(observe_fact exact eth0.tx.wire.octets)" "$(observe_fact exact eth0.tx.counter.octets)" \
    "$what: the counter has them"
  causes_are "$what" tx none
  tap_is "$(grep -c '^eth0 transmit: .* had a VLAN tag' "$LAB_DIR/text.log")" 0 "$what: no sentence"
}

# What comes in the frame is taken out before any reader sees it, by the device or by the kernel.
received() { # on|off
  local what="received, rx-vlan-offload $1"
  lab_offload host eth0 rx-vlan-offload "$1" && lab_offload peer eth0 tx-vlan-offload off || return
  observed "$what" in small peer 2 || return
  tags_are "$what" rx $FRAMES $FRAMES true
  tagged_by "$what" $FRAMES 0 $FRAMES
  octets_are "$what" rx $((4 * FRAMES))
  tap_is $COUNTED_LESS 0 "$what: the counter has them"
  causes_are "$what" rx none
}

# Each frame of a packet has the tag on the wire, and the packet has it once.
merged() {
  local what='merged' packets frames
  observed "$what" out lab_flow host peer "$(lab_address 7 2)" --mss 1440 -- --mss 1440 --bytes $((FRAMES * 1440)) || return
  packets=$(observe_fact exact eth0.tx.packets) frames=$(lab_qdisc_packets host eth0)
  frames=$((frames - SENT_BEFORE))
  tags_are "$what" tx "$packets" $frames false
  tap_is "$(seen_by bound | cut -d ' ' -f -2)" "$packets $packets" "$what: every packet of tcpdump has the tag"
  tap_is "$(observe_fact exact eth0.tx.cause)" tso "$what: the cause is that frames are missing"
  tap_ok $((packets * 4 > frames)) "$what: there were far more frames than packets"
}

# ---- all ----------------------------------------------------------------------------------------------------------

if [[ ! -f $LAB_BIN/shape.bpf.o ]]; then
  tap_skip "tags" "no clang, bpftool or libbpf to build what puts tags on ($LAB_BIN/shape.bpf.o)"
  tap_done
  exit
fi
setup || exit 1
observe_has_exact host "tags" || { tap_done; exit; }
put_in_by_the_device
tap_ok $? 'put in by the device: observed'
put_in_before
tap_ok $? 'in the packet already: observed'
SENT_BEFORE=$(lab_qdisc_packets host eth0)
merged
tap_ok $? 'merged: observed'
for state in on off; do
  received $state
  tap_ok $? "received, rx-vlan-offload $state: observed"
done
tap_done
