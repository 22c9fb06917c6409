#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 25
#
# wiretruth compare on real traffic: a host that sends uncut, a router that cuts, a sink that merges, with interfaces in
# namespaces and capture files as points. What each point has of a flow is compared with tshark's conversations of a
# capture at that point; frames with a reader that counts one by one, the IP MIB and the queue; losses with tc's drops.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

LAB_FRAMES=4000
SHAPE=$LAB_BIN/shape.bpf.o
SEND4=10.20.0.1 SINK4=10.21.0.2 SEND6=fd00:20::1 SINK6=fd00:21::2

# ---- running it ---------------------------------------------------------------------------------------------------

declare -A RUNNING=()

at() { echo "netns:$LAB_ID-$1/$2"; } # HOST IF

compare_begin() { # NAME A B
  # shellcheck disable=SC2016
  lab_spawn "compare-$1" sh -c 'exec "$@" >"$0"' "$LAB_DIR/$1.json" "$LAB_BUILD/wiretruth" compare --json --duration 600 "${@:2}"
  RUNNING[$1]=$LAB_PID
  lab_wait_log 20 "compare-$1" '^wiretruth: comparing '
}

# What passes within 34 ms of begin or 67 ms of end may be under way: these sleeps only have to be long enough.
compare_apart() { sleep 0.1; }

compare_end() { # NAME...
  local name
  compare_apart
  for name; do
    lab_stop "${RUNNING[$name]}" INT
    tap_is "$LAB_STATUS" 0 "$name: compared"
  done
}

compare_files() { # NAME A B
  "$LAB_BUILD/wiretruth" compare --json "${@:2}" >"$LAB_DIR/$1.json" 2>"$LAB_DIR/compare-$1.log"
  tap_is $? 0 "$1: compared"
}

# fact NAME PROTOCOL SOURCE FILTER: of the flow with most frames of that protocol and source, values separated by blanks
fact() {
  jq -r --arg protocol "$2" --arg source "$3" "[.flows[] | select(.protocol == \$protocol and .source == \$source)][0] |
    [$4] | map(if type == \"array\" then join(\"+\") else tostring end) | join(\" \")" "$LAB_DIR/$1.json"
}

# ---- truths -------------------------------------------------------------------------------------------------------

declare -A DUMP=()

dump_begin() { # NAME HOST IF
  lab_spawn_in "$2" "dump-$1" tcpdump -i "$3" -p -U -B 65536 -s 160 -w "$LAB_DIR/$1.pcap" 'ip or ip6'
  DUMP[$1]=$LAB_PID
  lab_wait_log 10 "dump-$1" 'listening on'
}

dump_has_all() { # NAME
  local line
  lab_signal "${DUMP[$1]}" USR1
  line=$(grep -E 'packets? captured' "$LAB_DIR/dump-$1.log" | tail -n 1)
  [[ $line =~ ([0-9]+)' packet'.*' '([0-9]+)' packets received' && ${BASH_REMATCH[1]} == "${BASH_REMATCH[2]}" ]]
}

dump_end() { # NAME...
  local name
  for name; do
    # What waits in the ring when it is stopped it never writes.
    lab_wait 10 "tcpdump to catch up" dump_has_all "$name"
    lab_stop "${DUMP[$name]}" INT
    tap_is "$(grep -oE '[0-9]+ packets dropped by kernel' "$LAB_DIR/dump-$name.log" | tail -n 1)" '0 packets dropped by kernel' \
      "$name: tcpdump has all of it"
  done
}

# conversation DUMP tcp|udp SOURCE: packets from SOURCE of the conversation with most of them, by tshark's statistics
conversation() {
  tshark -n -r "$LAB_DIR/$1.pcap" -q -z "conv,$2" 2>/dev/null | awk -v source="$3" '
    $2 != "<->" { next }
    { left = $1; right = $3; sub(/:[0-9]+$/, "", left); sub(/:[0-9]+$/, "", right); packets = "" }
    # Frames and octets from the right to the left, then from the left to the right; octets have a unit.
    left == source { packets = $7 }
    right == source { packets = $4 }
    packets > most { most = packets }
    END { print most + 0 }'
}

# counted DUMP tcp|udp SOURCE [PAYLOAD]: "PACKETS OCTETS", and octets of payload if asked, from the single packets
counted() {
  local counts=$LAB_DIR/$1.counts
  [[ -e $counts ]] || tshark -n -r "$LAB_DIR/$1.pcap" -T fields -E occurrence=l -e frame.len -e ip.src -e ipv6.src -e tcp.srcport -e udp.srcport \
    -e tcp.dstport -e udp.dstport -e tcp.len 2>/dev/null | awk -F '\t' '
      { flow = ($4 != "" ? "tcp" : "udp") " " $2 $3 " " $4 $6 "-" $5 $7; packets[flow]++; octets[flow] += $1; payload[flow] += $8 }
      END { for (flow in packets) print flow, packets[flow], octets[flow], payload[flow] }' | sort -k 4nr >"$counts"
  awk -v protocol="$2" -v source="$3" -v payload="${4-}" \
    '$1 == protocol && $2 == source { print $4, $5 (payload ? " " $6 : ""); found = 1; exit } END { if (!found) print "none" }' "$counts"
}

reader_begin() { # NAME HOST IF
  lab_spawn_in "$2" "reader-$1" "$LAB_BIN/frames" "$3"
  RUNNING[reader-$1]=$LAB_PID
  lab_wait_log 5 "reader-$1" '^ready'
}

reader_end() { # NAME: its line in READ
  lab_stop "${RUNNING[reader-$1]}"
  READ=$(tail -n 1 "$LAB_DIR/reader-$1.log")
}

# ---- cut and merged -----------------------------------------------------------------------------------------------

cut_and_merged() {
  local ip protocol name mib queue source
  compare_begin cut "$(at host cut0)" "$(at router out0)" && compare_begin merged "$(at router out0)" "$(at sink eth0)" &&
    compare_begin ends "$(at host cut0)" "$(at sink eth0)" && compare_begin backward "$(at sink eth0)" "$(at router out0)" &&
    dump_begin host host cut0 && dump_begin router router out0 && dump_begin sink sink eth0 && reader_begin router router out0
  tap_ok $? "cut and merged: everything observes"
  compare_apart
  mib=$(lab_ip_segments sink) queue=$(lab_qdisc_packets host cut0)
  for ip in 4 6; do
    for protocol in tcp udp; do
      "cutting_$protocol" "$(lab_address 21 2 $ip)" 1440
      tap_ok $? "cut and merged: $protocol over IPv$ip"
    done
  done
  lab_settle sink eth0 && lab_settle host cut0
  compare_end cut merged ends backward
  dump_end host router sink
  reader_end router

  for source in $SEND4 $SEND6; do
    for protocol in tcp udp; do check_cut $protocol "$source"; done
  done
  # All flows of the same way, one by one at the router and by the receiver's MIB and the sender's queue.
  tap_is "$(ways cut tx .b.frames) $(ways cut tx .b.octets)" "$(lab_figure tx_frames "$READ") $(lab_figure tx_octets "$READ")" \
    "cut: what the router sent is what a reader counted one by one, to the frame and octet"
  tap_is "$(ways cut tx .a.frames) $(ways cut tx .a.octets)" "$(ways cut tx .b.frames) $(ways cut tx .b.octets)" \
    "cut: what the host sent uncut stands for the same frames and octets"
  tap_is "$(ways cut tx .a.frames)" $(($(lab_qdisc_packets host cut0) - queue)) "cut: and for as many as its queue counted"
  tap_is "$(ways merged tx .b.frames)" $(($(lab_ip_segments sink) - mib)) "merged: as many as the sink's IP MIB counted"
  for name in cut merged ends; do
    tap_is "$(fact $name tcp $SINK4 '.explained_by, .differs, .a.frames == .b.frames')" '  true' "$name: acknowledgements agree"
  done
}

# Flows that leave A so: the sum of their figures.
ways() { jq -r --arg way "$2" "[.directions[] | select(.a.direction == \$way and .b != null) | $3] | add" "$LAB_DIR/$1.json"; } # NAME WAY FILTER

check_cut() { # PROTOCOL SOURCE
  local what="$1 from $2" merged='merge' ends=''
  # Datagrams are merged for a socket that asks for it, and this one does not.
  [[ $1 == tcp ]] || { merged='' ends=cut; }
  tap_is "$(fact cut "$1" "$2" '.explained_by, .order, .order_by, .a.direction, .b.direction, .missing, .reason')" \
    'cut a-first hops tx tx null null' "$what: cut between host and router"
  tap_is "$(fact merged "$1" "$2" '.explained_by, .order, .order_by, .a.direction, .b.direction')" \
    "$merged a-first time tx rx" "$what: ${merged:-nothing} between router and sink"
  tap_is "$(fact backward "$1" "$2" '.explained_by, .order, .a.direction, .b.direction')" \
    "$merged b-first rx tx" "$what: the same with the points the other way round"
  tap_is "$(fact ends "$1" "$2" '.differs | index("frames", "segments", "octets", "payload")')" 'null null null null' \
    "$what: the same frames, segments and octets at both ends"
  [[ $1 == tcp ]] || tap_is "$(fact ends "$1" "$2" .explained_by)" "$ends" "$what: cut between the ends"
  tap_is "$(fact cut "$1" "$2" .a.packets,.a.packet_octets)" "$(counted host "$1" "$2")" "$what: packets and octets at the host as tshark has them"
  tap_is "$(fact cut "$1" "$2" .b.packets,.b.packet_octets)" "$(counted router "$1" "$2")" "$what: at the router"
  tap_is "$(fact merged "$1" "$2" .b.packets,.b.packet_octets)" "$(counted sink "$1" "$2")" "$what: at the sink"
  tap_is "$(fact cut "$1" "$2" .a.packets)" "$(conversation host "$1" "$2")" "$what: tshark's conversations agree"
  tap_is "$(fact cut "$1" "$2" .b.frames,.b.octets)" "$(counted router "$1" "$2")" "$what: frames are what was cut, to the octet"
}

# ---- files --------------------------------------------------------------------------------------------------------

# What read says of a file: packets, frames with their bounds, octets; and the same of compare, all flows added up.
read_of() { # NAME
  "$LAB_BUILD/wiretruth" read --json "$LAB_DIR/$1.pcap" 2>/dev/null |
    jq -r '[.files[].interfaces[] | .rx, .tx, .undirected | values] |
      [map(.packets), map(.wire.frames), map(.wire.low), map(.wire.high), map(.wire.octets)] | map(add | tostring) | join(" ")'
}

summed() { # NAME a|b
  jq -r --arg at "$2" '[.directions[][$at] | values] | [map(.packets), map(.frames), map(.frames_low), map(.frames_high), map(.octets)] |
    map(add | tostring) | join(" ")' "$LAB_DIR/$1.json"
}

# The captures of the same transfers.
files() {
  local protocol source truth
  compare_files two-files "$LAB_DIR/host.pcap" "$LAB_DIR/router.pcap"
  compare_files upside-down "$LAB_DIR/router.pcap" "$LAB_DIR/host.pcap"
  tshark -r "$LAB_DIR/router.pcap" -F pcapng -w "$LAB_DIR/router.pcapng" 2>/dev/null
  compare_files pcapng "$LAB_DIR/router.pcap" "$LAB_DIR/router.pcapng"
  compare_files sink-twice "$LAB_DIR/sink.pcap" "$LAB_DIR/sink.pcap"
  tap_is "$(summed two-files a)" "$(read_of host)" "files: figures of the host's capture are those of wiretruth read"
  tap_is "$(summed two-files b)" "$(read_of router)" "files: of the router's"
  tap_is "$(summed sink-twice b)" "$(read_of sink)" "files: of the sink's"
  for source in $SEND4 $SEND6; do
    for protocol in tcp udp; do
      tap_is "$(fact two-files $protocol "$source" '.explained_by, .order, .order_by, .a.estimated, .missing')" 'cut a-first hops true null' \
        "files: $protocol from $source was cut"
      tap_is "$(fact two-files $protocol "$source" '.a.packets, .a.payload, .b.packets, .b.payload')" \
        "$(fact cut $protocol "$source" '.a.packets, .a.payload, .b.packets, .b.payload')" "files: as the interfaces were counted"
      # What the interfaces were counted to is what a reader counted one by one: cut_and_merged().
      truth=$(fact cut $protocol "$source" .b.frames)
      tap_is "$(fact two-files $protocol "$source" ".a.frames_low <= $truth, .a.frames_high >= $truth, .a.frames_high < $truth * 40")" 'true true true' \
        "files: bounds of what was merged hold the truth"
      tap_is "$(fact two-files $protocol "$source" ".b.frames, .b.frames_low, .b.frames_high >= $truth")" "$truth $truth true" \
        "files: and those of what was cut"
      tap_is "$(fact upside-down $protocol "$source" '.explained_by, .order')" 'cut b-first' "files: the other way round"
      tap_is "$(fact pcapng $protocol "$source" '.explained_by, .differs')" ' ' "files: pcap and pcapng agree"
    done
  done
}

# A file that is written while the other point is observed; what it has from before is left out.
file_and_interface() {
  dump_begin both router out0
  cutting_tcp $SINK4 1440 && lab_settle router out0
  tap_ok $? "file and interface: a transfer before"
  compare_apart
  compare_begin both "$(at host cut0)" "$LAB_DIR/both.pcap"
  compare_apart
  cutting_udp $SINK4 1440 && lab_settle router out0
  tap_ok $? "file and interface: a transfer"
  dump_end both
  compare_end both
  tap_is "$(fact both udp $SEND4 '.explained_by, .order, .a.direction, .a.frames == .b.frames, .a.octets == .b.octets')" \
    'cut a-first tx true true' "file and interface: cut"
  tap_is "$(fact both udp $SEND4 .b.packets,.b.packet_octets)" "$(counted both udp $SEND4)" "file and interface: as tshark counts the file"
  tap_is "$(jq -r '[.flows[] | select(.protocol == "tcp")] | length' "$LAB_DIR/both.json")" 0 "file and interface: nothing from before"
  tap_is "$(jq -r .points.b.left_out "$LAB_DIR/both.json")" "$(tshark -n -r "$LAB_DIR/both.pcap" -Y tcp 2>/dev/null | wc -l)" \
    "file and interface: what is left out is counted"
}

# Fifty frames less, by editcap; and the same with other times, where nobody knows whether they were not captured.
fewer_frames() {
  local from all payload left rest
  from=$(tshark -n -r "$LAB_DIR/router.pcap" -Y "tcp.len > 1000 && ip.src == $SEND4" -T fields -e frame.number 2>/dev/null | awk 'NR == 100')
  editcap -F pcap "$LAB_DIR/router.pcap" "$LAB_DIR/fewer.pcap" "$from-$((from + 49))" 2>/dev/null
  editcap -F pcap -t 1 "$LAB_DIR/fewer.pcap" "$LAB_DIR/later.pcap" 2>/dev/null
  read -r all _ payload <<<"$(counted router tcp $SEND4 payload)"
  read -r left _ rest <<<"$(counted fewer tcp $SEND4 payload)"
  compare_files fewer "$LAB_DIR/router.pcap" "$LAB_DIR/fewer.pcap"
  tap_is "$(fact fewer tcp $SEND4 '.explained_by, .order, .missing.at, .missing.frames_low, (.missing.frames_high >= .missing.frames_low), .missing.payload')" \
    "loss unknown b $((all - left)) true $((payload - rest))" "files: frames that are not there"
  compare_files merged-fewer "$LAB_DIR/host.pcap" "$LAB_DIR/fewer.pcap"
  tap_is "$(fact merged-fewer tcp $SEND4 ".explained_by, .missing.at, .missing.frames_low >= 1, .missing.frames_low <= $all - $left,
      .missing.frames_high >= $all - $left, .missing.payload")" \
    "cut+loss b true true true $((payload - rest))" "files: beside what was merged: bounds hold how many, and how much payload is told"
  compare_files later "$LAB_DIR/router.pcap" "$LAB_DIR/later.pcap"
  tap_is "$(fact later tcp $SEND4 .explained_by)" unknown "files of different times: unknown"
  tap_ok $(($(jq '[.flows[] | select(.explained_by != [] and .explained_by != ["unknown"])] | length' "$LAB_DIR/later.json") != 0)) \
    "files of different times: nothing else is claimed"
}

# Of a file with several interfaces nobody knows which of them is the point: what is split between them is not lost.
several_interfaces() {
  editcap -F pcap -r "$LAB_DIR/router.pcap" "$LAB_DIR/first.pcap" 1-8000 2>/dev/null
  editcap -F pcap "$LAB_DIR/router.pcap" "$LAB_DIR/second.pcap" 1-8000 2>/dev/null
  mergecap -I none -w "$LAB_DIR/split.pcapng" "$LAB_DIR/first.pcap" "$LAB_DIR/second.pcap"
  compare_files split "$LAB_DIR/router.pcap" "$LAB_DIR/split.pcapng"
  tap_is "$(jq -r '[.flows[] | select(.b.twice and .explained_by != ["unknown"])] | length' "$LAB_DIR/split.json")" 0 \
    "files of several interfaces: unknown"
  tap_is "$(jq -r '[.flows[] | select(.b.twice)] | length > 0, (map(.reason | test("more than once")) | all)' "$LAB_DIR/split.json" | xargs)" 'true true' \
    "files of several interfaces: and why"
}

pipes() {
  "$LAB_BUILD/wiretruth" compare --json <(cat "$LAB_DIR/host.pcap") - <"$LAB_DIR/router.pcap" >"$LAB_DIR/pipes.json"
  tap_is $? 0 "pipes: compared"
  tap_is "$(jq -cS .flows "$LAB_DIR/pipes.json" | cksum)" "$(jq -cS .flows "$LAB_DIR/two-files.json" | cksum)" "pipes: as the files are"
  said 2 'is a pipe' "a pipe beside an interface" "$(at host cut0)" - < <(true)
  said 2 'only once' "standard input twice" - -
}

# ---- loss ---------------------------------------------------------------------------------------------------------

dropped() { tc -n "$(lab_ns "$1")" -s qdisc show dev "$2" clsact | awk '/dropped/ { sub(/,/, "", $7); print $7 }'; } # HOST IF

# Every 50th packet, behind the point router/in0 and before router/out0.
loss() {
  local lost queue
  tc -n "$(lab_ns router)" qdisc replace dev in0 clsact &&
    tc -n "$(lab_ns router)" filter add dev in0 ingress bpf da obj "$SHAPE" sec classifier/lose
  tap_ok $? "loss: every 50th packet"
  compare_begin lost "$(at host cut0)" "$(at router out0)" && compare_begin before "$(at host cut0)" "$(at router in0)" &&
    compare_begin place "$(at router in0)" "$(at router out0)" && reader_begin lost router out0
  compare_apart
  lab_spawn_in sink receive "$LAB_BIN/flow" receive --udp --port 9 --bytes 100000000 --limit 60 $SINK4
  lab_wait_log 5 receive '^listening'
  lab_spawn_in host blast "$LAB_BIN/blast" --qdisc --count 3000 cut0 "$(lab_mac 20 2)" $SEND4 $SINK4
  lab_reap "$LAB_PID" 20
  tap_is "$LAB_STATUS $(tail -n 1 "$LAB_DIR/blast.log" | grep -o 'frames=[0-9]*')" '0 frames=3000' "loss: 3,000 datagrams"
  lab_settle router out0
  lost=$(dropped router in0) queue=$(lab_qdisc_packets host cut0)
  tap_ok $((lost < 30)) "loss: tc dropped some"
  cutting_tcp $SINK4 1440 && lab_settle router out0 && lab_settle host cut0
  tap_ok $? "loss: a transfer with retransmissions"
  compare_end lost before place
  reader_end lost

  tap_is "$(fact lost udp $SEND4 '.explained_by, .missing.at, .missing.frames_low, .missing.frames_high, .missing.payload, .a.frames')" \
    "loss b $lost $lost $((lost * 1000)) 3000" "loss: as many datagrams as tc dropped"
  tap_is "$(fact before udp $SEND4 '.explained_by, .differs')" ' ' "loss: not before the router"
  tap_is "$(fact place udp $SEND4 '.explained_by, .missing.frames_low')" "loss $lost" "loss: but in it"
  lost=$(($(lab_qdisc_packets host cut0) - queue - ($(lab_figure tx_frames "$READ") - 3000 + $(fact lost udp $SEND4 .missing.frames_low))))
  tap_is "$(fact lost tcp $SEND4 '.explained_by, .missing.at, .missing.frames_low, .missing.frames_high')" "cut+loss b $lost $lost" \
    "loss: TCP was cut and lost as many frames as are in the queue's count and not in the reader's"
  tap_ok $((lost < 10)) "loss: and those are some"
  tc -n "$(lab_ns router)" qdisc del dev in0 clsact
}

# ---- tag and tunnel -----------------------------------------------------------------------------------------------

tag() {
  tc -n "$(lab_ns router)" qdisc replace dev out0 clsact &&
    tc -n "$(lab_ns router)" filter add dev out0 egress bpf da obj "$SHAPE" sec classifier/push &&
    tc -n "$(lab_ns sink)" qdisc replace dev eth0 clsact &&
    tc -n "$(lab_ns sink)" filter add dev eth0 ingress bpf da obj "$SHAPE" sec classifier/pop
  tap_ok $? "tag: put in by the router, taken out by the sink"
  compare_begin tagged "$(at router in0)" "$(at router out0)" && compare_begin tagged-both "$(at router out0)" "$(at sink eth0)" &&
    dump_begin tagged router out0
  compare_apart
  cutting_tcp $SINK6 1440 && lab_settle router out0
  tap_ok $? "tag: a transfer"
  compare_end tagged tagged-both
  lab_stop "${DUMP[tagged]}" INT
  tap_is "$(fact tagged tcp $SEND6 '.explained_by, .missing, .a.tags, .b.tags == .b.frames * 4, .b.octets - .a.octets == .b.frames * 4')" \
    'cut+tag null 0 true true' "tag: cut, and four octets a frame"
  tap_is "$(fact tagged tcp $SINK6 .explained_by)" '' "tag: not in the other direction"
  tap_is "$(fact tagged-both tcp $SEND6 '.explained_by, .a.tags == .b.tags, .b.vlan_out_of_band == .b.packets')" 'merge true true' \
    "tag: it is there at both points, at the sink beside the packet"
  tc -n "$(lab_ns router)" qdisc del dev out0 clsact
  tc -n "$(lab_ns sink)" qdisc del dev eth0 clsact
}

# vx0 above host/under0: the inner flow is the same one.
tunnel() {
  lab_host peer && lab_link host under0 peer under0 30 && lab_offload host under0 gro off gso on tso on &&
    lab_offload peer under0 gro off && tunnel_end host 1 && tunnel_end peer 2
  tap_ok $? "tunnel: a VXLAN"
  compare_begin tunnel "$(at host vx0)" "$(at peer under0)" && dump_begin above host vx0 && dump_begin below peer under0
  compare_apart
  lab_flow host peer 10.31.0.2 --mss 1300 --window 160000 -- --mss 1300 --bytes 4000000 && lab_settle peer under0
  tap_ok $? "tunnel: a transfer"
  compare_end tunnel
  dump_end above below
  tap_is "$(fact tunnel tcp 10.31.0.1 '.explained_by, .differs, .missing, .a.outer, .b.outer == .b.frames * 50, .a.frames == .b.frames')" \
    'tunnel octets null 0 true true' "tunnel: fifty octets a frame, and nothing else"
  tap_is "$(fact tunnel tcp 10.31.0.1 .a.packets,.a.packet_octets)" "$(counted above tcp 10.31.0.1)" "tunnel: above it as tshark has it"
  tap_is "$(fact tunnel tcp 10.31.0.1 .b.packets,.b.packet_octets)" "$(counted below tcp 10.31.0.1)" "tunnel: and below"
}

tunnel_end() { # HOST SIDE
  ip -n "$(lab_ns "$1")" link add vx0 address "$(lab_mac 31 "$2")" mtu 1450 type vxlan id 31 dstport 4789 nolearning \
    local "$(lab_address 30 "$2")" remote "$(lab_address 30 $((3 - $2)))" dev under0 &&
    ip -n "$(lab_ns "$1")" link set vx0 arp off multicast off up && lab_join "$1" vx0 31 "$2" "$(lab_mac 31 $((3 - $2)))"
}

# ---- fragments ----------------------------------------------------------------------------------------------------

fragment_mib() { nstat_of router "IpFrag$1"; } # OKs|Creates

nstat_of() { lab_in "$1" nstat -asz "$2" 2>/dev/null | awk -v name="$2" '$1 == name { print $2 }'; } # HOST NAME

# Datagrams that the second link cannot take whole: the router makes three fragments of each.
fragments() {
  local made created name
  lab_in host sysctl -qw net.ipv4.ip_no_pmtu_disc=1 && ip -n "$(lab_ns host)" link set cut0 mtu 4000 &&
    ip -n "$(lab_ns router)" link set in0 mtu 4000
  tap_ok $? "fragments: a second link with a smaller MTU"
  compare_begin whole "$(at host cut0)" "$(at router out0)" && compare_begin pieces "$(at router out0)" "$(at sink eth0)" &&
    dump_begin whole host cut0 && dump_begin pieces router out0
  compare_apart
  made=$(fragment_mib OKs) created=$(fragment_mib Creates)
  lab_flow host sink $SINK4 --udp --bytes 300000 --window 30000 -- --udp --bytes 300000 --size 3000 --window 30000 && lab_settle router out0
  tap_ok $? "fragments: a hundred datagrams"
  made=$(($(fragment_mib OKs) - made)) created=$(($(fragment_mib Creates) - created))
  compare_end whole pieces
  dump_end whole pieces
  compare_files whole-files "$LAB_DIR/whole.pcap" "$LAB_DIR/pieces.pcap"
  tap_is "$made $created" '100 300' "fragments: the router made three of each"
  for name in whole whole-files; do
    tap_is "$(fact $name udp $SEND4 '.explained_by, .a.packets, .a.fragments, .b.packets, .b.fragments, (.reason | test("^fragmentation: "))')" \
      "unknown 100 0 $made $made true" "$name: unknown, and why"
    tap_is "$(fact $name fragment $SEND4 '.explained_by, .a, .b.packets, .b.payload, (.reason | test("^fragmentation: "))')" \
      "unknown null $((created - made)) $((300000 + 100 * 8 - 100 * 1480)) true" "$name: not that fragments are at one point only"
  done
  for name in udp fragment; do
    tap_is "$(fact pieces $name $SEND4 '.explained_by, .differs, .a.fragments == .b.fragments')" '  true' "fragments: $name is the same behind the router"
  done
  lab_in host sysctl -qw net.ipv4.ip_no_pmtu_disc=0 && ip -n "$(lab_ns host)" link set cut0 mtu 1500 &&
    ip -n "$(lab_ns router)" link set in0 mtu 1500
  tap_ok $? "fragments: the MTU is as it was"
}

# ---- many flows ---------------------------------------------------------------------------------------------------

# More than there is room for: they are counted all the same.
many() {
  local before
  compare_begin many "$(at host cut0)" "$(at router in0)"
  before=$(lab_qdisc_packets host cut0)
  # shellcheck disable=SC2016
  lab_spawn_in host many bash -c 'for ((port = 1000; port < 18000; port++)); do echo x >"/dev/udp/$0/$port"; done' $SINK4
  lab_reap "$LAB_PID" 30
  tap_is "$LAB_STATUS" 0 "many: 17,000 flows"
  lab_settle host cut0
  compare_end many
  tap_is "$(jq -r '.points.a.flows, .points.b.flows, (.flows | length <= 32768)' "$LAB_DIR/many.json" | xargs)" '16384 16384 true' "many: as many as there is room for"
  tap_is "$(jq -r '([.flows[] | select(.a.direction == "tx") | .a.packets] | add) + .points.a.rest.packets' "$LAB_DIR/many.json")" \
    $(($(lab_qdisc_packets host cut0) - before)) "many: none is lost"
  tap_ok $(($(jq -r .points.a.rest.packets "$LAB_DIR/many.json") < 600)) "many: the rest is told"
  tap_is "$(jq '[.flows[] | select((.a == null or .b == null) and .explained_by != ["unknown"])] | length' "$LAB_DIR/many.json")" 0 \
    "many: what may be among the rest is not said to be missing"
}

# ---- what cannot be compared --------------------------------------------------------------------------------------

# Frames that pass while a point is away are not missing.
away() {
  lab_wire host away0 router away0 40 || tap_ok 1 "away: a link"
  compare_begin away "$(at host away0)" "$(at router in0)"
  ip -n "$(lab_ns host)" link set away0 down && ip -n "$(lab_ns host)" link set away0 up
  lab_stop "${RUNNING[away]}" INT
  tap_is "$LAB_STATUS" 3 "away: an interface that was down for a moment ends it"
  grep -q "wiretruth: $(at host away0) was down or gone for a while" "$LAB_DIR/compare-away.log"
  tap_ok $? "away: says so"
  [[ ! -s $LAB_DIR/away.json ]]
  tap_ok $? "away: and prints nothing"
}

# Ended in the middle of a packet, as one that is being written may be.
unfinished() {
  head -c -10 "$LAB_DIR/router.pcap" >"$LAB_DIR/unfinished.pcap"
  compare_files unfinished "$LAB_DIR/router.pcap" "$LAB_DIR/unfinished.pcap"
  tap_is "$(jq -r '.points.a.unfinished, .points.b.unfinished' "$LAB_DIR/unfinished.json" | xargs)" 'false true' "an unfinished file: told"
  tap_is "$(jq -r '[.flows[] | .a.packets - (.b.packets // 0)] | add' "$LAB_DIR/unfinished.json")" 1 "an unfinished file: all but its last packet"
}

# A transfer that is under way when observation begins and when it ends: nothing is lost, and nothing is said to be.
running() {
  local sender wrong
  QUEUED=$(lab_qdisc_packets host cut0)
  lab_spawn_in sink receive "$LAB_BIN/crowd" receive --limit 60
  lab_wait_log 5 receive '^listening'
  lab_spawn_in host crowd "$LAB_BIN/crowd" send --seconds 20 --rate 8000 --sizes 1000,9000 $SINK4
  sender=$LAB_PID
  lab_wait 5 "traffic" has_passed host cut0 2000
  compare_begin running "$(at host cut0)" "$(at sink eth0)"
  QUEUED=$(lab_qdisc_packets host cut0)
  lab_wait 10 "more of it" has_passed host cut0 10000
  lab_stop "${RUNNING[running]}" INT
  lab_stop "$sender"
  tap_is "$LAB_STATUS" 143 "running: it ran all the time"
  wrong=$(jq '[.flows[] | .explained_by[] | select(IN("cut", "merge", "in-flight") | not)] | length' "$LAB_DIR/running.json")
  tap_is "$wrong" 0 "running: nothing is lost or unknown"
  tap_is "$(fact running tcp $SEND4 '.a.frames > 5000, .order, .order_by')" 'true a-first hops' "running: most of it was seen"
}

has_passed() { (($(lab_qdisc_packets "$1" "$2") - QUEUED > $3)); } # HOST IF FRAMES

# Router and sink are neighbours, and two captures have no clock that is known to be the same: packets both ways tell.
neighbours() {
  local shift_by
  compare_files neighbours "$LAB_DIR/router.pcap" "$LAB_DIR/sink.pcap"
  tap_is "$(fact neighbours tcp $SEND4 '.explained_by, .order, .order_by, .missing')" 'merge a-first both-ways null' "files of neighbours: merged"
  tap_is "$(fact neighbours tcp $SINK4 '.explained_by, .order')" ' b-first' "files of neighbours: and the way back"
  for shift_by in -0.01 0.01; do
    editcap -F pcap -t $shift_by "$LAB_DIR/sink.pcap" "$LAB_DIR/shifted.pcap" 2>/dev/null
    compare_files shifted "$LAB_DIR/router.pcap" "$LAB_DIR/shifted.pcap"
    tap_is "$(fact shifted tcp $SEND4 '.explained_by, .order, .missing')" 'merge-or-cut unknown null' \
      "files of neighbours, clocks $shift_by s apart: merged or cut"
  done
}

# ---- command line -------------------------------------------------------------------------------------------------

said() { # STATUS PATTERN WHAT ARGUMENT...
  local output status
  output=$("$LAB_BUILD/wiretruth" compare --duration 0.1 "${@:4}" 2>&1 >/dev/null)
  status=$?
  tap_is "$status" "$1" "$3: status"
  [[ $output =~ $2 ]] || output="no '$2' in: $output"
  [[ $output == 'wiretruth: '* ]]
  tap_ok $? "$3: says why"
  [[ $output == 'wiretruth: '* ]] || tap_diag "$output"
}

command_line() {
  said 2 'takes two points' "one point" lo
  said 2 'netns:NAME/INTERFACE' "a namespace without an interface" netns:nosuch lo
  said 3 'no network namespace wt-nosuch' "no such namespace" netns:wt-nosuch/eth0 lo
  said 3 "no interface nosuch in network namespace $LAB_ID-host" "no such interface there" "$(at host nosuch)" lo
  said 3 'no interface wt-nosuch, and no capture file' "neither interface nor file" wt-nosuch lo
  said 3 '/nosuch' "no such file" /nosuch "$LAB_DIR/host.pcap"
  said 3 "$LAB_DIR/compare-cut.log" "no capture file" "$LAB_DIR/compare-cut.log" "$LAB_DIR/host.pcap"
  said 2 "does not know the explanation 'lose'" "an unknown explanation" --fail-on lose lo lo
  said 2 'flows takes a number' "a bad number of flows" --flows x lo lo
  "$LAB_BUILD/wiretruth" compare --fail-on loss,unknown "$LAB_DIR/host.pcap" "$LAB_DIR/router.pcap" >/dev/null 2>&1
  tap_is $? 0 "--fail-on what was not found"
  "$LAB_BUILD/wiretruth" compare --fail-on loss,cut "$LAB_DIR/host.pcap" "$LAB_DIR/router.pcap" >"$LAB_DIR/table" 2>&1
  tap_is $? 1 "--fail-on what was found"
  grep -qE "^tcp $SEND4:[0-9]+ > $SINK4:[0-9]+: cut; [0-9]+ packets at A, [0-9,]+ at B: cut on the way from A to B \(by hop limit\)$" "$LAB_DIR/table"
  tap_ok $? "the sentence"
  "$LAB_BUILD/wiretruth" compare --flows 1 "$LAB_DIR/host.pcap" "$LAB_DIR/router.pcap" 2>&1 | grep -q '^(1 of 8 flows; --flows shows more)$'
  tap_ok $? "--flows"
}

# With no more rights than it needs.
rights() {
  local output
  output=$(setpriv --bounding-set=-all,+net_raw,+bpf,+sys_admin --inh-caps=-all "$LAB_BUILD/wiretruth" compare --duration 0.1 "$(at host cut0)" "$(at router in0)" 2>&1)
  tap_is $? 0 "rights: CAP_NET_RAW, CAP_BPF and CAP_SYS_ADMIN are enough for namespaces"
  output=$(lab_in router "$LAB_BUILD/wiretruth" compare --duration 0.1 "$(at host cut0)" in0 2>&1)
  tap_is $? 0 "a point without a namespace is in the own one, after one elsewhere"
  output=$(lab_in host setpriv --bounding-set=-all,+net_raw,+bpf --inh-caps=-all "$LAB_BUILD/wiretruth" compare --duration 0.1 cut0 lo 2>&1)
  tap_is $? 0 "rights: CAP_NET_RAW and CAP_BPF for interfaces"
  output=$(setpriv --bounding-set=-all,+net_raw,+bpf --inh-caps=-all "$LAB_BUILD/wiretruth" compare --duration 0.1 "$(at host cut0)" lo 2>&1)
  tap_is "$? $output" "3 wiretruth: entering network namespace $LAB_ID-host needs CAP_SYS_ADMIN (or root)" "rights: without CAP_SYS_ADMIN"
  output=$(setpriv --bounding-set=-all --inh-caps=-all "$LAB_BUILD/wiretruth" compare "$LAB_DIR/host.pcap" "$LAB_DIR/router.pcap" 2>&1)
  tap_is $? 0 "rights: none for files"
}

# ---- all ----------------------------------------------------------------------------------------------------------

cutting_setup && lab_offload sink eth0 gro on || exit 1
observe_has_exact host "comparing interfaces" || { tap_done; exit; }
cut_and_merged
files
fewer_frames
several_interfaces
pipes
file_and_interface
loss
tag
tunnel
fragments
many
away
unfinished
running
neighbours
command_line
rights
tap_done
