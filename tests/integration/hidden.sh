#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What merging hides from a capture: frames, segments that were sent again, out of order or twice, and ends of messages.
# The truth is a capture on the router between the hosts, whose interfaces merge and cut nothing, read by tshark; the TCP
# MIB as nstat reads it is put beside it.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
LAB_FRAMES=12000
# shellcheck source=lab/lab.sh
. lab/lab.sh
# shellcheck source=lab/situations.sh
. lab/situations.sh

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. tests/integration/_observe.sh

# ---- the lab ------------------------------------------------------------------------------------------------------

# host cut0 -- in0 router out0 -- eth0 sink. The host merges and leaves to cut; the router cuts and merges nothing, and
# loses bursts of frames of what comes back from the sink. What goes to the sink is lost there, behind its tap.
setup() {
  cutting_setup || return
  lab_offload host cut0 gro on && lab_offload router in0 tso off gso off && lab_offload sink eth0 tso off gso off || return
  lab_shape sink eth0 ingress burst && lab_shape router out0 ingress burst
}

# ---- readers ------------------------------------------------------------------------------------------------------

declare -A READER=()

reader() { # NAME HOST IF in|out
  lab_spawn_in "$2" "$1" tcpdump -n --immediate-mode -s 96 -B 65536 -Q "$4" -i "$3" -w "$LAB_DIR/$1.pcap"
  READER[$1]=$LAB_PID
  lab_wait_log 10 "$1" 'listening on'
}

reader_ends() { # NAME
  lab_stop "${READER[$1]}" INT && grep -q '^0 packets dropped by kernel' "$LAB_DIR/$1.log"
}

# Of a stream in one direction: packets with data, those that repeat what a packet before them had, those that came with
# a gap before them, ends of messages, as a receiver would see them.
segments() { # NAME
  tshark -r "$LAB_DIR/$1.pcap" -Y 'tcp.len > 0' -T fields -e tcp.seq -e tcp.len -e tcp.flags.push 2>/dev/null | awk '
    { begin = $1; end = begin + $2; packets++; pushes += $3 == 1 }
    !next_one { next_one = begin }
    begin in sent { again++ }
    { sent[begin] = 1 }
    begin > next_one { gap++; if (end > have[begin]) have[begin] = end }
    begin == next_one { next_one = end; while (next_one in have) next_one = have[next_one] }
    END { print packets + 0, again + 0, gap + 0, pushes + 0 }'
}

mib() { # HOST NAME...: the sum
  local host=$1
  shift
  lab_in "$host" nstat -asz "$@" | awk 'NR > 1 { sum += $2 } END { printf "%d\n", sum }'
}

# within LOW VALUE HIGH: what is unknown bounds nothing
within() { [[ $1 != null && $1 -le $2 ]] && [[ $3 == null || $2 -le $3 ]]; }

# ---- sent again ---------------------------------------------------------------------------------------------------

sent_again() {
  local got low high frames mine truth retransmitted sink_gaps
  reader own host cut0 out && reader far sink eth0 in || return
  retransmitted=$(mib host TcpRetransSegs) sink_gaps=$(mib sink TcpExtTCPOFOQueue)
  observe exact host && observe one host cut0 && observe sample host --method sample && observe none host --method none || return
  observe sink sink || return
  lab_spawn_in host text "$LAB_BUILD/wiretruth" check --duration 600
  lab_wait_log 30 text 'observing' || return
  local text=$LAB_PID
  cutting_traffic tcp || return
  for name in exact one sample none sink; do observe_decided $name && observe_end $name || return; done
  lab_stop "$text" INT && reader_ends own && reader_ends far || return

  retransmitted=$(($(mib host TcpRetransSegs) - retransmitted)) sink_gaps=$(($(mib sink TcpExtTCPOFOQueue) - sink_gaps))
  read -r frames truth _ <<<"$(segments far)"
  read -r _ mine _ <<<"$(segments own)"
  tap_is "$retransmitted" "$truth" "nstat has as many segments as were seen a second time, one by one"
  tap_ok $((truth < 100 || mine * 3 > truth)) "the sender's capture has few of them: $mine of $truth"
  for name in exact one sample none; do
    tap_is "$(observe_fact $name namespace.tcp_retransmitted) $(observe_fact $name cut0.tx.hidden.retransmitted_segments)" \
      "$truth $truth" "$name: sent again, by the namespace and by the only interface that carried anything"
    observe_list got $name cut0.tx.hidden retransmitted_packets_{low,high}
    read -r low high <<<"$got"
    within "$low" "$mine" "$high"
    tap_ok $? "$name: $low to $high packets of the capture, and it has $mine"
  done
  tap_is "$(observe_fact exact cut0.tx.wire.frames)" "$CUT_FRAMES" "wire is what was counted one by one"
  observe_list got exact cut0.tx hidden.{frames,low,high,tcp,udp}
  mine=$((CUT_FRAMES - $(sed -n 's/ packets\{0,1\} captured$//p' "$LAB_DIR/own.log")))
  tap_is "$got" "$mine $mine $mine $mine 0" "hidden are the frames that the sender's capture lacks, all of them TCP"
  observe_list got exact cut0.tx hidden.pushes_{low,high}
  tap_is "$got" "0 0" "no end of a message is hidden by what TSO cuts"
  observe_list got sample cut0.tx.hidden frames low high
  read -r frames low high <<<"$got"
  # Bounds of 95 %: moved out by as much again twice, and by the plain packets of which 1 in 16 is drawn.
  within $((low - 2 * (frames - low) - 160)) "$mine" $((high + 2 * (high - frames) + 160))
  tap_ok $? "sample: hidden frames are near $got: $mine"
  observe_list got none cut0.tx.hidden frames low high tcp udp pushes_high
  tap_is "$got" "null null null null null null" "none: what is hidden is not known"
  grep -qE "^cut0 transmit: TCP sent $retransmitted segments again, and a capture has them as [0-9,]+ to $retransmitted packets\$" "$LAB_DIR/text.log"
  tap_ok $? "a sentence says so"
  # Behind the router nothing is merged: packets are segments.
  observe_list got sink eth0.rx.hidden out_of_order_packets out_of_order_segments_{low,high} frames
  tap_is "$got" "$sink_gaps $sink_gaps $sink_gaps 0" "where nothing merges, what is out of order has no bounds"
  tap_ok $((sink_gaps < 20)) "there was something out of order: $sink_gaps"
}

# ---- received -----------------------------------------------------------------------------------------------------

received() {
  local got low high frames gaps packets pushes again mine_pushes queue twice reported
  lab_shape sink eth0 egress twice || return
  reader wire router in0 out && reader own host cut0 in || return
  queue=$(mib host TcpExtTCPOFOQueue) twice=$(mib host TcpExtDelayedACKLost TcpExtTCPOFOMerge)
  reported=$(mib sink TcpExtTCPDSACKRecvSegs)
  observe exact host && observe sample host --method sample && observe sender sink || return
  # Messages of ten and a half segments, and a window in which many of them are on their way. Again where all copies were
  # merged with what is new: then nobody is told of one.
  for _ in 1 2 3 4 5 6; do
    lab_flow sink host "$(lab_address 20 1)" --mss 1440 -- --mss 1440 --size 15120 --bytes $((LAB_FRAMES * 1440)) || return
    (($(mib sink TcpExtTCPDSACKRecvSegs) == reported)) || break
  done
  lab_settle host cut0 || return
  for name in exact sample sender; do observe_decided $name && observe_end $name || return; done
  reader_ends wire && reader_ends own || return

  queue=$(($(mib host TcpExtTCPOFOQueue) - queue))
  twice=$(($(mib host TcpExtDelayedACKLost TcpExtTCPOFOMerge) - twice))
  read -r frames again gaps pushes <<<"$(segments wire)"
  read -r packets _ _ mine_pushes <<<"$(segments own)"
  tap_ok $((packets * 2 > frames || gaps < 20)) "$frames frames came merged into $packets packets, $gaps of them after a gap"
  for name in exact sample; do
    observe_list got $name cut0.rx.hidden out_of_order_packets out_of_order_segments_{low,high}
    read -r mine low high <<<"$got"
    tap_is "$mine" "$queue" "$name: packets out of order are those of nstat"
    within "$low" "$gaps" "$high"
    tap_ok $? "$name: $low to $high segments out of order, and there were $gaps"
    observe_list got $name cut0.rx.hidden duplicate_packets duplicate_segments_{low,high}
    read -r mine low high <<<"$got"
    tap_is "$mine" "$twice" "$name: duplicates are those of nstat"
    within "$low" "$again" "$high"
    tap_ok $? "$name: $low to $high segments twice, and there were $again"
  done
  # A copy that new segments follow is merged with them.
  tap_ok $((again < 100 || twice >= again)) "there were duplicates: $again segments, and TCP counted $twice packets"
  reported=$(($(mib sink TcpExtTCPDSACKRecvSegs) - reported))
  tap_is "$(observe_fact sender namespace.tcp_reported_duplicates)" "$reported" "the sender was told of those of nstat"
  tap_ok $((reported < 1 || reported > again)) "of $reported of them"
  tap_ok $((gaps <= queue)) "GRO merged some that were out of order: $gaps segments in $queue packets"
  tap_is "$mine_pushes" "$pushes" "every end of a message that was on the wire is in the capture"
  tap_ok $((pushes < 100)) "there were ends of messages"
  observe_list got exact cut0.rx.hidden pushes_{low,high}
  tap_is "$got" "0 0" "and so it is said"
}

# ---- whose it is --------------------------------------------------------------------------------------------------

some() { lab_flow host sink "$(lab_address 21 2)" -- --bytes 1000; }

another_carrier() {
  observe lone host cut0 || return
  some && lab_flow host host 127.0.0.1 -- --bytes 1000 || return
  observe_decided lone && observe_end lone || return
  tap_is "$(observe_fact lone cut0.tx.hidden.retransmitted_segments) $(observe_fact lone cut0.rx.hidden.out_of_order_packets)" \
    "null null" "what the namespace counted is nobody's once another interface carried something"
  tap_is "$(observe_fact lone namespace.tcp_retransmitted)" 0 "the namespace has it still"
}

vanished() {
  local ns
  ns=$(lab_ns host)
  ip -n "$ns" link add gone0 type veth peer name gone1 || return
  observe left host cut0 || return
  ip -n "$ns" link del gone0 || return
  some || return
  observe_decided left && observe_end left || return
  tap_is "$(observe_fact left cut0.tx.hidden.retransmitted_segments)" null \
    "nor once an interface has vanished, of which nobody read the last"
  observe stays host cut0 || return
  some || return
  observe_decided stays && observe_end stays || return
  tap_is "$(observe_fact stays cut0.tx.hidden.retransmitted_segments)" 0 "before that it is the only one's"
}

# ---- all ----------------------------------------------------------------------------------------------------------

if [[ ! -f $LAB_BIN/shape.bpf.o ]]; then
  tap_skip "what is hidden" "no clang, bpftool or libbpf to build what loses frames ($LAB_BIN/shape.bpf.o)"
  tap_done
  exit
fi
setup || exit 1
observe_has_exact host "what is hidden" || { tap_done; exit; }
for case in sent_again received another_carrier vanished; do
  $case
  tap_ok $? "$case: observed"
done
tap_done
