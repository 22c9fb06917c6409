#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# wiretruth read: one transfer, captured at three places at once (lab/places.sh): on the sender above TSO, on the wire, on
# the receiver after GRO. The truth is the frames that lab/frames counts one by one on the wire in the middle; packets, lengths and checksums
# are compared with tshark's, drops with what dumpcap says of itself.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/places.sh
. "$root/lab/places.sh"

lab_start || exit 1
WIRETRUTH=$LAB_BUILD/wiretruth

# ---- reading ------------------------------------------------------------------------------------------------------

# read_json NAME [OPTION]...: JSON of $LAB_DIR/NAME.pcap in $LAB_DIR/NAME.json; status in STATUS
read_json() {
  "$WIRETRUTH" read --json "${@:2}" "$LAB_DIR/$1.pcap" >"$LAB_DIR/$1.json" 2>"$LAB_DIR/$1.said"
  STATUS=$?
}

# fact NAME FILTER: of its first file
fact() { jq -r "def first: .interfaces[0]; .files[0] | $2" "$LAB_DIR/$1.json"; }

# count FILE [TSHARK-FILTER]: packets by tshark
count() {
  tshark -r "$1" -o tcp.check_checksum:TRUE -o tcp.reassemble_out_of_order:FALSE ${2:+-Y "$2"} -T fields -e frame.len 2>/dev/null |
    awk '{ packets++; octets += $1 } END { printf "%d %d\n", packets, octets }'
}

# holds WHAT TRUTH LOW HIGH
holds() {
  tap_ok $(($2 < $3 || $2 > $4)) "$1"
  (($2 < $3 || $2 > $4)) && tap_diag "truth $2, bounds $3 to $4"
}

# near WHAT TRUTH ESTIMATE: within the tolerance of 1 %
near() {
  tap_ok $((100 * ($2 - $3) > $2 || 100 * ($3 - $2) > $2)) "$1"
  ((100 * ($2 - $3) > $2 || 100 * ($3 - $2) > $2)) && tap_diag "truth $2, estimate $3"
}

# ---- three places -------------------------------------------------------------------------------------------------

# same_as_tshark NAME WHAT: packets and octets, in all and of each direction; checksums that look wrong
same_as_tshark() {
  local file=$LAB_DIR/$1.pcap all
  all=$(count "$file")
  tap_is "$(fact "$1" '"\(.packets) \(.octets)"')" "$all" "$2: packets and octets are tshark's"
  tap_is "$(fact "$1" '[first | .rx, .tx, .undirected | values | .checksum | .offloaded + .rewritten + .bad] | add')" \
    "$(count "$file" 'tcp.checksum.status == 0' | cut -d ' ' -f 1)" "$2: checksums that look wrong are tshark's"
  tap_is "$(fact "$1" '[first | .rx, .tx, .undirected | values | .checksum.bad] | add')" 0 "$2: and none of them is"
}

# frames_of NAME DIRECTION WHAT: the transfer's direction against the wire
frames_of() {
  local frames low high octets octets_low octets_high
  read -r frames low high octets octets_low octets_high < <(fact "$1" \
    "first.$2.wire | \"\(.frames) \(.low) \(.high) \(.octets) \(.octets_low) \(.octets_high)\"")
  near "$3: frames are those of the wire" "$PLACES_FRAMES_THERE" "$frames"
  holds "$3: bounds hold them" "$PLACES_FRAMES_THERE" "$low" "$high"
  near "$3: octets" "$PLACES_OCTETS_THERE" "$octets"
  holds "$3: bounds hold the octets" "$PLACES_OCTETS_THERE" "$octets_low" "$octets_high"
}

three_places() { # 4|6 MSS
  local what="IPv$1, MSS $2" direction port room=$(($2 - 12)) # the MSS without the time stamps
  places_three "$1" "$2"
  tap_ok $? "$what: a transfer, captured at three places without loss"
  port=$(lab_figure port "$(head -n 1 "$LAB_DIR/receive.log")")
  for place in sender middle receiver; do
    read_json $place
    tap_is "$STATUS $(<"$LAB_DIR/$place.said")" "0 " "$what, $place: read"
    same_as_tshark $place "$what, $place"
  done
  tap_is "$(fact sender '.vantage.where, first.tx.vantage.where, first.tx.direction_source' | xargs)" \
    'above-tso above-tso inferred' "$what: above TSO on the sender"
  tap_is "$(fact middle '.vantage.where, first.undirected.vantage.where, first.rx' | xargs)" 'wire wire null' \
    "$what: on the wire in the middle"
  tap_is "$(fact receiver '.vantage.where, first.rx.vantage.where, first.tx.vantage.where' | xargs)" \
    'after-gro after-gro above-checksum' "$what: after GRO on the receiver"
  frames_of sender tx "$what, sender"
  frames_of receiver rx "$what, receiver"
  tap_is "$(fact middle 'first.undirected.wire | "\(.frames) \(.low) \(.high) \(.estimated)"')" \
    "$((PLACES_FRAMES_THERE + PLACES_FRAMES_BACK)) $((PLACES_FRAMES_THERE + PLACES_FRAMES_BACK)) $((PLACES_FRAMES_THERE + PLACES_FRAMES_BACK)) false" \
    "$what, wire: each packet is a frame"
  tap_ok $(($(fact sender 'first.tx.packets') * 4 > PLACES_FRAMES_THERE || $(fact receiver 'first.rx.packets') * 4 > PLACES_FRAMES_THERE)) \
    "$what: the ends show far fewer packets than frames"
  for place in sender receiver; do
    direction=tx
    [[ $place == receiver ]] && direction=rx
    tap_is "$(fact $place "first.$direction | \"\(.merged) \(.longest)\"")" \
      "$(tshark -r "$LAB_DIR/$place.pcap" -Y "tcp.dstport == $port && tcp.len > $room" -T fields -e frame.len 2>/dev/null |
        sort -n | awk 'END { print NR, $1 }')" "$what, $place: merged packets, and the longest"
  done
}

# ---- other captures -----------------------------------------------------------------------------------------------

# Both ends of a veth leave checksums to each other: nothing tells a sender from the other end.
virtual_link() {
  local before segments
  lab_link left near right far 35
  before=$(($(lab_ip_segments left) + $(lab_ip_segments right)))
  places_capture virtual right far && lab_flow left right "$(lab_address 35 2)" --mss 1440 -- --mss 1440 --bytes $((PLACES_FRAMES * 1440)) &&
    lab_settle right far && places_end virtual
  tap_ok $? 'virtual link: captured at its receiving end'
  segments=$(($(lab_ip_segments left) + $(lab_ip_segments right) - before))
  read_json virtual
  tap_is "$(fact virtual '.vantage.where, first.rx, first.tx' | xargs)" 'undecidable null null' \
    'virtual link: where it was taken cannot be decided'
  tap_ok "$(fact virtual '.vantage.evidence' | grep -q 'so this is a virtual link'; echo $?)" 'virtual link: and why'
  holds 'virtual link: bounds hold the segments of both directions' "$segments" \
    "$(fact virtual 'first.undirected.wire.low')" "$(fact virtual 'first.undirected.wire.high')"
}

# Cooked: the file tells directions and interfaces, and hides tags. Headers only are enough.
any_and_short() {
  places_capture any left any && places_capture short left eth0 -s 96 -B 4096 && places_transfer 4 && places_end any short
  tap_ok $? 'any: captured, and once more with headers only'
  read_json any
  tap_is "$(fact any '.vantage.where, first.tx.vantage.where, first.tx.direction_source, first.link_type, first.shows_vlan_tags, first.tx.vlan_tagged' |
    xargs)" 'above-tso above-tso file LINUX_SLL2 false null' 'any: above TSO, by the file; tags cannot be shown'
  tap_is "$(fact any 'first.ifindex')" "$(lab_in left cat /sys/class/net/eth0/ifindex)" 'any: the interface by its number'
  tap_is "$(fact any 'first | "\(.rx.packets) \(.tx.packets)"')" \
    "$(count "$LAB_DIR/any.pcap" 'sll.pkttype != 4' | cut -d ' ' -f 1) $(count "$LAB_DIR/any.pcap" 'sll.pkttype == 4' | cut -d ' ' -f 1)" \
    'any: directions are those that tshark shows'
  frames_of any tx any
  read_json short
  frames_of short tx 'headers only'
  tap_is "$(fact short 'first.snap_length, ([first | .rx, .tx | .truncated] | add), .captured_octets' | xargs)" \
    "96 $(tshark -r "$LAB_DIR/short.pcap" -T fields -e frame.len -e frame.cap_len 2>/dev/null |
      awk '$2 < $1 { cut++ } { octets += $2 } END { print cut, octets }')" 'headers only: what is cut short'
  tap_is "$(fact short '.vantage.where')" above-tso 'headers only: the place is told'
}

# shape HOST INTERFACE ingress|egress SECTION of lab/shape.bpf.c
shape() {
  lab_in "$1" tc qdisc replace dev "$2" clsact &&
    lab_in "$1" tc filter add dev "$2" "$3" bpf direct-action object-file "$LAB_BIN/shape.bpf.o" section "classifier/$4"
}

# A tag that the device keeps outside the packet is put back by libpcap, as its own program's files show.
tags() {
  if [[ ! -e $LAB_BIN/shape.bpf.o ]]; then
    tap_skip 'tags' 'no clang: tags are put on by an eBPF program'
    return
  fi
  lab_link left tags cutter tags 34 && shape left tags egress push && shape cutter tags ingress pop &&
    places_capture tags left tags && lab_flow left cutter "$(lab_address 34 2)" -- --bytes 200000 && lab_settle left tags &&
    places_end tags
  tap_ok $? 'tags: a transfer with them'
  read_json tags
  tap_is "$(fact tags '[first | .rx, .tx, .undirected | values | .vlan_tagged] | add')" \
    "$(count "$LAB_DIR/tags.pcap" vlan | cut -d ' ' -f 1)" 'tags: in as many packets as tshark finds'
  tap_ok $(($(count "$LAB_DIR/tags.pcap" vlan | cut -d ' ' -f 1) == 0)) 'tags: there were some'
}

# A router on all its interfaces sees each packet twice.
repeated() {
  local datagrams=200
  places_capture router cutter any -s 2048 udp && lab_flow left right "$(lab_address 33 2)" --udp --size 1000 --bytes $((datagrams * 1000)) \
    --window 50000 -- --udp --size 1000 --bytes $((datagrams * 1000)) --window 50000 && lab_settle cutter wire0 &&
    places_end router
  tap_ok $? 'router: captured on all interfaces'
  read_json router
  tap_is "$(fact router '[.interfaces[].repeated] | add')" "$(($(count "$LAB_DIR/router.pcap" udp | cut -d ' ' -f 1) / 2))" \
    'router: each packet is in the file twice'
  tap_is "$(fact router '.interfaces | length')" 2 'router: each interface by itself'
}

# dumpcap counts what it lost, and pcapng holds it. Stopped, it loses what its buffer does not hold.
drops() {
  local pid told
  lab_spawn_in keeper drops dumpcap -q -B 1 -i wire1 -w "$LAB_DIR/drops.pcap"
  pid=$LAB_PID
  lab_wait_log 10 drops '^(Capturing on|File:)' && lab_wait 10 'its packet socket' has_packet_socket keeper
  kill -STOP "$pid"
  places_transfer 4
  kill -CONT "$pid"
  lab_wait 10 'what its buffer holds' has_packets drops.pcap
  lab_stop "$pid" INT
  told=$(sed -n 's,^Packets received/dropped on interface .*: [0-9]*/\([0-9]*\) .*,\1,p' "$LAB_DIR/drops.log")
  tap_ok $((${told:-0} == 0)) 'drops: dumpcap lost packets'
  read_json drops
  tap_is "$(fact drops '.format, first.name, first.drops.interface' | xargs)" "pcapng wire1 $told" \
    'drops: the file tells as many as dumpcap'
  tap_is "$(fact drops '"\(.packets) \(.octets)"')" "$(count "$LAB_DIR/drops.pcap")" 'drops: packets are tshark'"'"'s'
  read_json middle
  tap_is "$(fact middle 'first.drops | .interface, .system, .between_packets' | xargs)" 'null null null' \
    'drops: a pcap file does not tell'
}

has_packet_socket() { lab_in "$1" awk 'NR > 1 { found = 1 } END { exit !found }' /proc/net/packet; }
has_packets() { (($(stat -c %s "$LAB_DIR/$1") > 10000)); }

# ---- the command --------------------------------------------------------------------------------------------------

command_line() {
  local said
  "$WIRETRUTH" read --json - <"$LAB_DIR/sender.pcap" 2>&1 | jq 'del(.files[].file)' >"$LAB_DIR/stdin.json"
  jq 'del(.files[].file)' "$LAB_DIR/sender.json" | cmp -s - "$LAB_DIR/stdin.json"
  tap_ok $? 'standard input gives the same'
  # shellcheck disable=SC2002 # a pipe is what is tested
  cat "$LAB_DIR/sender.pcap" | "$WIRETRUTH" read --json - 2>&1 | jq 'del(.files[].file)' | cmp -s - "$LAB_DIR/stdin.json"
  tap_ok $? 'and so does a pipe'
  editcap -F pcapng "$LAB_DIR/sender.pcap" "$LAB_DIR/sender-ng.pcap"
  read_json sender-ng
  tap_is "$(fact sender-ng '.vantage, .packets, .octets, first.tx' | jq -Sc .)" "$(fact sender '.vantage, .packets, .octets, first.tx' | jq -Sc .)" \
    'pcapng gives the same as pcap'
  said=$("$WIRETRUTH" read --json "$LAB_DIR/sender.pcap" "$LAB_DIR/none.pcap" "$LAB_DIR/receiver.pcap" 2>"$LAB_DIR/said")
  tap_is "$? $(jq -c '[.files[] | .vantage.where]' <<<"$said")" '3 ["above-tso",null,"after-gro"]' \
    'several files, of which one is not there'
  tap_is "$(<"$LAB_DIR/said")" "wiretruth: cannot open $LAB_DIR/none.pcap: No such file or directory" 'and it is named'
  head -c -10 "$LAB_DIR/sender.pcap" >"$LAB_DIR/torn.pcap"
  read_json torn
  tap_is "$STATUS $(fact torn '.complete, .packets' | xargs)" "3 false $(($(fact sender .packets) - 1))" \
    'a file that ends in the middle is read up to there'
  tap_is "$(fact torn .error | sed 's/ (.*//')" \
    "$LAB_DIR/torn.pcap: octet $(($(stat -c %s "$LAB_DIR/sender.pcap") - $(tail_length sender))): the file ends in the middle of what begins here" \
    'and where is told'
  "$WIRETRUTH" read "$LAB_DIR/sender.pcap" "$LAB_DIR/receiver.pcap" >"$LAB_DIR/text" 2>&1
  tap_is "$(grep -c 'taken on the sender, above TSO\|taken on the receiver, after GRO' "$LAB_DIR/text")" 2 'for a person as well'
  "$WIRETRUTH" read >/dev/null 2>&1
  tap_is $? 2 'without a file: usage'
  "$WIRETRUTH" read - - >/dev/null 2>&1
  tap_is $? 2 'standard input twice: usage'
  "$WIRETRUTH" read "$WIRETRUTH" >/dev/null 2>"$LAB_DIR/said"
  tap_is "$? $(grep -c 'is neither pcap nor pcapng: it begins with 7f 45 4c 46' "$LAB_DIR/said")" '3 1' 'what is no capture file'
}

# Octets of the last record of a pcap file.
tail_length() { echo $(($(tshark -r "$LAB_DIR/$1.pcap" -T fields -e frame.cap_len 2>/dev/null | tail -n 1) + 16)); }

# A terminal gets a bar, nobody else does; what is printed is the same.
progress() {
  script -qec "'$WIRETRUTH' read '$LAB_DIR/sender.pcap' >/dev/null" "$LAB_DIR/terminal" >/dev/null </dev/null
  tap_is "$(grep -c '% \[#*-*\] [0-9,]* packets' "$LAB_DIR/terminal")" 1 'progress on a terminal'
  script -qec "cat '$LAB_DIR/sender.pcap' | '$WIRETRUTH' read - >/dev/null" "$LAB_DIR/terminal" >/dev/null </dev/null
  tap_is "$(grep -c 'standard input [0-9,]* packets' "$LAB_DIR/terminal") $(grep -c '%' "$LAB_DIR/terminal")" '1 0' \
    'progress of a pipe has no share'
  "$WIRETRUTH" read "$LAB_DIR/sender.pcap" 2>"$LAB_DIR/said" >/dev/null
  tap_is "$(wc -c <"$LAB_DIR/said")" 0 'and none elsewhere'
}

# Ctrl-C while it waits for more: what came so far is told.
interrupted() {
  local pid packets
  mkfifo "$LAB_DIR/slow"
  # shellcheck disable=SC2016
  lab_spawn slow sh -c 'exec "$1" read --json - <"$2" >"$3"' sh "$WIRETRUTH" "$LAB_DIR/slow" "$LAB_DIR/slow.json"
  pid=$LAB_PID
  exec 9>"$LAB_DIR/slow"
  # More than a pipe holds: once all of it is written, some of it is read.
  head -c 1000000 "$LAB_DIR/middle.pcap" >&9
  lab_stop "$pid" INT
  exec 9>&-
  packets=$(fact slow .packets)
  tap_is "$LAB_STATUS $(fact slow .complete)" '0 false' 'interrupted: told as far as it came'
  tap_ok $((packets < 500 || packets >= PLACES_FRAMES_THERE)) "interrupted: $packets packets"
}

# Sections one behind the other, without an end; the address space holds a small part of them.
memory() {
  local copies=24 packets
  if ldd "$WIRETRUTH" | grep -q 'lib[at]san'; then
    tap_skip 'a stream in little address space' 'the address sanitizer takes terabytes of it'
    return
  fi
  editcap -F pcapng "$LAB_DIR/middle.pcap" "$LAB_DIR/part.pcap"
  packets=$(fact middle .packets)
  (
    ulimit -v 160000
    for ((i = 0; i < copies; i++)); do cat "$LAB_DIR/part.pcap"; done | "$WIRETRUTH" read --json - >"$LAB_DIR/memory.json"
  )
  tap_is "$(fact memory '.packets')" $((copies * packets)) \
    "$((copies * $(stat -c %s "$LAB_DIR/part.pcap") / 1000000)) MB in 160 MB of address space"
  tap_ok $((copies * $(stat -c %s "$LAB_DIR/part.pcap") < 290000000)) 'which is far less than what was read'
}

# allocations FILE: how often the whole run asked for memory
allocations() {
  valgrind --log-file="$LAB_DIR/valgrind" "$WIRETRUTH" read "$1" >"$LAB_DIR/allocations" 2>&1 &&
    sed -n 's/.*total heap usage: \([0-9,]*\) allocs.*/\1/p' "$LAB_DIR/valgrind"
}

no_memory_for_a_packet() {
  local what='four times as many packets of the same flows need no allocation more' once
  if ldd "$WIRETRUTH" | grep -q 'lib[at]san'; then
    tap_skip "$what" 'valgrind and the address sanitizer exclude each other'
    return
  fi
  editcap -F pcap -r "$LAB_DIR/middle.pcap" "$LAB_DIR/once.pcap" 1-500
  mergecap -a -F pcap -w "$LAB_DIR/often.pcap" "$LAB_DIR"/{once,once,once,once}.pcap
  once=$(allocations "$LAB_DIR/once.pcap")
  tap_is "$(allocations "$LAB_DIR/often.pcap")" "${once:-none was counted}" "$what"
}

places_setup
tap_ok $? 'four hosts'
three_places 4 300
for ip in 4 6; do three_places $ip 1440; done
command_line
progress
interrupted
memory
no_memory_for_a_packet
virtual_link
any_and_short
tags
repeated
drops
tap_done
