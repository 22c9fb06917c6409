#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# A mirror: the copy of an interface's frames that a switch sends to its SPAN port (lab/span.sh). The truth is counted one
# by one at "far", to which the switch passes frames only, or is the sender's own count and what tc says was dropped.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=lab/span.sh
. "$root/lab/span.sh"
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

readonly FRAMES=60000 # enough that what a ring holds and what may be on its way is less than the tolerance

# ---- traffic and truth --------------------------------------------------------------------------------------------

# "far" counts its frames one by one, from counting to counted: RX_TRUTH and TX_TRUTH are what the host received and sent
counting() {
  lab_spawn_in far reader "$LAB_BIN/frames" eth0
  READER=$LAB_PID
  lab_wait_log 5 reader '^ready'
}

counted() {
  local line
  lab_settle far eth0 && lab_settle host span0 && lab_stop "$READER" || return
  line=$(tail -n 1 "$LAB_DIR/reader.log")
  TX_TRUTH=$(lab_figure rx_frames "$line") RX_TRUTH=$(lab_figure tx_frames "$line")
  [[ "$(lab_figure rx_merged "$line") $(lab_figure tx_merged "$line") $(lab_figure dropped "$line")" == '0 0 0' ]]
}

flow() { # FROM TO FRAMES
  local side=2
  [[ $2 == far ]] || side=1
  lab_flow "$1" "$2" "$(lab_address 7 $side)" --mss 1400 --window $((128 * 1400)) -- --mss 1400 --bytes $(($3 * 1400))
}

# What the mirror says of a direction; the queue is a witness before it on transmit.
mirrored() { # NAME rx|tx
  if [[ $2 == rx ]]; then observe_fact "$1" eth0.rx.wire.witnesses.0.frames; else observe_fact "$1" eth0.tx.wire.witnesses.1.frames; fi
}

begin() { observe "$1" host --method exact "${@:2}" eth0; } # NAME OPTION...

# The mirror is compared at one poll and used from the next one on.
end() { # NAME
  observe_decided "$1" && observe_polled "$1" && observe_end "$1"
}

# ---- a copy that has all ------------------------------------------------------------------------------------------

# complete WHAT: the witness has what "far" counted, to the frame, in both directions
complete() {
  counting && begin all --mirror eth0=span0 && flow host far $FRAMES && flow far host $FRAMES && counted
  tap_ok $? "$1: the traffic, and every frame counted"
  end all
  tap_is "$(mirrored all rx) $(mirrored all tx)" "$RX_TRUTH $TX_TRUTH" "$1: the mirror has all, to the frame"
  observe_list got all eth0 mirror mirror_reason rx.wire.{frames,source,disagreement} tx.wire.{frames,source,disagreement}
  # shellcheck disable=SC2154 # set by observe_list
  tap_is "$got" "span0 null $RX_TRUTH tap null $TX_TRUTH tap null" "$1: it contradicts nobody, and the tap is the source"
}

merged() { # what the taps on the mirror itself see: packets, and the frames that they stand for
  observe beside host --method exact span0
  flow host far 8000
  observe_decided beside && observe_end beside
  observe_list got beside span0.rx packets wire.frames
  [[ ${got% *} -lt $((${got#* } / 2)) ]]
}

test_complete() {
  span_copies off off && complete "frames"
  span_copies on off && merged
  tap_ok $? "copies come uncut: $got"
  complete "uncut copies"
  span_copies off on && merged
  tap_ok $? "copies merge where they arrive: $got"
  complete "copies that merge"
  span_copies off off
}

# A SPAN port that tags what it copies (RSPAN).
test_tagged() {
  [[ -e $LAB_BIN/shape.bpf.o ]] || { tap_skip "tagged copies" "no eBPF in this build of the lab"; return; }
  span_switch tc qdisc add dev sp clsact &&
    span_switch tc filter add dev sp egress bpf direct-action object-file "$LAB_BIN/shape.bpf.o" section classifier/push
  tap_ok $? "the SPAN port puts a tag on every copy"
  complete "tagged copies"
  span_switch tc qdisc del dev sp clsact
}

# The mirror is observed like any other interface, beside what it is for.
test_observed() {
  observe both host --method exact --mirror eth0=span0 eth0 span0
  flow host far 8000
  end both
  observe_list got both span0 mirror rx.wire.source tx.wire.frames
  tap_is "$got" "null tap 0" "the mirror is an interface like others, too"
  tap_is "$(observe_fact both span0.rx.wire.frames)" "$(($(mirrored both rx) + $(mirrored both tx)))" \
    "what it receives is what the other one receives and sends"
}

# ---- whose frames -------------------------------------------------------------------------------------------------

test_others() {
  local before
  begin others --mirror eth0=span0
  before=$(lab_link_counter host span0 rx packets)
  # Between other stations: the switch copies them as well (a SPAN of a VLAN).
  span_blast switch sp 02:00:00:00:77:01 3000
  tap_is "$(($(lab_link_counter host span0 rx packets) - before))" "$SPAN_SENT" "frames of other stations come to the mirror"
  # To all, and to a group, from another one: the bridge floods them.
  span_blast far eth0 ff:ff:ff:ff:ff:ff 2000
  span_blast far eth0 01:00:5e:00:00:63 1000
  # To a group, from here.
  span_blast host eth0 01:00:5e:00:00:63 1500 --qdisc
  end others
  tap_is "$(mirrored others rx) $(mirrored others tx)" "3000 1500" \
    "of others nothing is counted, and of groups what was received and what was sent"
  tap_is "$(observe_fact others eth0.rx.wire.frames) $(observe_fact others eth0.tx.wire.frames)" "3000 1500" \
    "as the tap has it"
}

# The SPAN port of the switch's way to "far" has the frames of two interfaces.
test_two() {
  local way name if got
  lab_wire host eth1 switch p3 10 && span_switch ip link set p3 master br0 &&
    lab_wait 5 "the bridge to forward" span_forwards_too p3 && span_switch tc qdisc add dev p2 clsact
  for way in ingress egress; do
    span_switch tc filter del dev p1 $way &&
      span_switch tc filter add dev p2 $way protocol all u32 match u32 0 0 action mirred egress mirror dev sp
  done
  tap_ok $? "two interfaces, whose frames both come to the mirror"
  observe two host --method exact --mirror eth0=span0 --mirror eth1=span0 eth0 eth1
  span_blast host eth1 "$SPAN_FAR_MAC" 3000 --qdisc # first, so that the switch knows where it is
  span_blast host eth0 "$SPAN_FAR_MAC" 2000 --qdisc
  span_blast far eth0 "$SPAN_HOST_MAC" 1000
  span_blast far eth0 "$(lab_mac 10 1)" 500
  span_blast far eth0 ff:ff:ff:ff:ff:ff 700
  span_blast host eth0 01:00:5e:00:00:63 400 --qdisc # the other one receives them
  lab_settle host eth1
  end two
  for if in eth0 eth1; do
    for way in rx.wire.{frames,witnesses.0.frames} tx.wire.{frames,witnesses.1.frames}; do
      got+="$(observe_fact two "$if.$way") "
    done
    got+="$(observe_fact two $if.rx.wire.disagreement) $(observe_fact two $if.tx.wire.disagreement) "
  done
  tap_is "$got" "1700 1700 2400 2400 null null 1600 1600 3000 3000 null null " \
    "the mirror has of each what it sent and received, as the tap"
  span_switch tc qdisc del dev p2 clsact && ip -n "$(lab_ns host)" link del eth1
  for way in ingress egress; do
    span_switch tc filter add dev p1 $way protocol all u32 match u32 0 0 action mirred egress mirror dev sp
  done
}

span_forwards_too() { [[ $(span_switch ip -d link show "$1") == *'state forwarding'* ]]; } # PORT

# A device above with an address of its own: its frames pass the interface below.
test_macvlan() {
  local mac
  lab_macvlan host eth0 above 7 && mac=$(lab_mac 7 3)
  tap_ok $? "a macvlan above"
  begin above --mirror eth0=span0
  span_blast host above "$SPAN_FAR_MAC" 2000 --qdisc
  span_blast far eth0 "$mac" 1000
  end above
  tap_is "$(mirrored above rx) $(mirrored above tx)" "1000 2000" "frames of a device above are those of the one below"
  ip -n "$(lab_ns host)" link del above
}

# Its address changes while it is observed.
test_address() {
  begin address --mirror eth0=span0
  span_blast host eth0 "$SPAN_FAR_MAC" 2000 --qdisc
  observe_polled address
  ip -n "$(lab_ns host)" link set eth0 address 02:00:00:00:07:0a
  observe_polled address
  span_blast host eth0 "$SPAN_FAR_MAC" $FRAMES
  end address
  observe_list got address eth0 mirror_reason tx.wire.{frames,source,disagreement}
  tap_is "$got" "it has not counted all the time, so what it has seen is no total $((FRAMES + 2000)) mirror null" \
    "under another address it goes on, and what it has is no total"
  # The kernel forgets neighbours with the address, permanent ones too.
  ip -n "$(lab_ns host)" link set eth0 address "$SPAN_HOST_MAC" &&
    ip -n "$(lab_ns host)" neighbour replace 10.7.0.2 lladdr "$SPAN_FAR_MAC" dev eth0 nud permanent
}

# The name that the option has is another's, or nobody's: what was observed has no mirror any more.
test_renamed() {
  local rename="link set eth0 down
    link set eth0 name other0
    link set other0 up"
  begin renamed --mirror eth0=span0
  span_blast host eth0 "$SPAN_FAR_MAC" 2000 --qdisc
  observe_polled renamed
  lab_in host ip -batch - <<<"$rename" && observe_polled renamed
  tap_ok $? "the interface gets another name"
  lab_in host "$LAB_BIN/blast" --count $FRAMES --qdisc other0 "$SPAN_FAR_MAC" 10.7.0.1 10.7.0.9 >"$LAB_DIR/blast.log" &&
    lab_settle far eth0 && lab_settle host other0
  end renamed
  observe_list got renamed other0 mirror tx.wire.{source,disagreement} tx.wire.witnesses.1.frames
  tap_is "$got" "null tap null -" "another name: it has no mirror, and none that lost anything"
  lab_in host ip -batch - <<<"link set other0 down
    link set other0 name eth0
    link set eth0 up"
  ip -n "$(lab_ns host)" neighbour replace 10.7.0.2 lladdr "$SPAN_FAR_MAC" dev eth0 nud permanent
}

# ---- frames that pass the tap unseen ------------------------------------------------------------------------------

test_bypass() {
  local low high
  begin bypass --mirror eth0=span0
  span_blast host eth0 "$SPAN_FAR_MAC" $FRAMES
  end bypass
  observe_list got bypass eth0.tx wire.{frames,low,high,source,estimated,disagreement} packets cause
  tap_is "$got" "$SPAN_SENT $SPAN_SENT $SPAN_SENT mirror false null 0 bypass" "past the tap: the mirror is the source, to the frame"
  observe_list got bypass eth0.tx counter.{frames,verdict} capture.{frames,verdict}
  tap_is "$got" "$SPAN_SENT agrees 0 under-reports" "past the tap: the counter is confirmed, the capture misses all"
  observe_list got bypass eth0.tx wire.{octets_low,octets,octets_high}
  read -r low _ high <<<"$got"
  ((low <= SPAN_SENT * 1042 && high >= SPAN_SENT * 1042))
  tap_ok $? "past the tap: the bounds of octets hold what was sent: $got"

  # Beside what the tap sees, for a while, before and after.
  counting && begin beside --mirror eth0=span0 && flow host far $FRAMES && observe_polled beside &&
    span_blast host eth0 "$SPAN_FAR_MAC" $FRAMES && observe_polled beside && flow host far $FRAMES && counted
  tap_ok $? "past the tap and through it: the traffic, and every frame counted"
  end beside
  observe_list got beside eth0.tx wire.{frames,source,disagreement}
  tap_is "$got" "$TX_TRUTH mirror null" \
    "past the tap and through it: the mirror is the source, to the frame"
}

# Without a mirror nothing confirms the counter: what the mirror is for.
test_without() {
  begin without
  span_blast host eth0 "$SPAN_FAR_MAC" $FRAMES
  end without
  observe_list got without eth0 mirror tx.wire.{high,source} tx.counter.verdict
  tap_is "$got" "null null counter unknown" "without a mirror nothing confirms the counter"
}

# ---- a SPAN port that loses frames --------------------------------------------------------------------------------

test_oversubscribed() {
  local lost person
  span_oversubscribe
  tap_ok $? "a SPAN port that is slower than what it copies"
  begin lossy --mirror eth0=span0
  span_blast host eth0 "$SPAN_FAR_MAC" $FRAMES --qdisc
  lost=$(span_drops)
  end lossy
  tap_ok $((lost < FRAMES / 20)) "it loses frames: tc says $lost"
  observe_list got lossy eth0.tx wire.{frames,source,disagreement}
  tap_is "$got" "$SPAN_SENT tap the mirror span0 lost $lost of $SPAN_SENT frames (oversubscribed SPAN port, or not all traffic copied)" \
    "what it lost is said, to the frame, and wire stays the tap's"
  tap_is "$(mirrored lossy tx)" "$((SPAN_SENT - lost))" "it is a witness all the same"

  # What passes the tap unseen it does not confirm.
  begin lossy --mirror eth0=span0
  span_blast host eth0 "$SPAN_FAR_MAC" $FRAMES --qdisc
  observe_polled lossy
  span_blast host eth0 "$SPAN_FAR_MAC" $FRAMES
  end lossy
  observe_list got lossy eth0.tx wire.{frames,high} counter.verdict
  [[ $got == "$((2 * SPAN_SENT)) null unknown" && $(observe_fact lossy eth0.tx.wire.source) != mirror ]]
  tap_ok $? "one that loses frames is no source, and confirms nothing: $got, $(observe_fact lossy eth0.tx.wire.source)"
  [[ $(observe_fact lossy eth0.tx.wire.disagreement) == "the mirror span0 lost "* ]]
  tap_ok $? "and it is said what it lost"
  lab_in host "$OBSERVE_PROGRAM" check --duration 3 --method exact --mirror eth0=span0 eth0 >"$LAB_DIR/person.log" 2>&1 &
  person=$!
  lab_poll 10 grep -qs observing "$LAB_DIR/person.log"
  span_blast host eth0 "$SPAN_FAR_MAC" $FRAMES --qdisc
  wait "$person"
  grep -qE '^eth0 transmit: the sources of the wire figure disagree: the mirror span0 lost [0-9]+ of [0-9]+ frames' \
    "$LAB_DIR/person.log"
  tap_ok $? "a person is told, too"
  span_switch tc qdisc replace dev sp root pfifo limit 10000
}

# ---- a mirror that comes and goes ---------------------------------------------------------------------------------

test_vanishes() {
  local what="it comes and goes"
  begin gone --mirror eth0=span0
  span_blast host eth0 "$SPAN_FAR_MAC" 2000 --qdisc
  span_end && observe_polled gone
  tap_ok $? "$what: it is deleted"
  span_blast host eth0 "$SPAN_FAR_MAC" 2000 --qdisc
  observe_polled gone
  span_begin && observe_polled gone
  tap_ok $? "$what: it is there again"
  span_blast host eth0 "$SPAN_FAR_MAC" $FRAMES
  end gone
  observe_list got gone eth0 mirror mirror_reason tx.wire.{frames,source,disagreement}
  tap_is "$got" \
    "span0 it has not counted all the time, so what it has seen is no total $((FRAMES + 4000)) mirror null" \
    "$what: nothing is lost, it serves again, and it has no total"

  span_end
  begin absent --mirror eth0=span0
  span_blast host eth0 "$SPAN_FAR_MAC" 2000 --qdisc
  end absent
  observe_list got absent eth0 mirror mirror_reason tx.wire.{frames,source}
  tap_is "$got $(mirrored absent tx)" "span0 there is no interface span0 2000 tap null" "$what: one that is not there says so"
  span_begin
  ip -n "$(lab_ns host)" link set span0 down
  begin down --mirror eth0=span0
  span_blast host eth0 "$SPAN_FAR_MAC" 2000 --qdisc
  end down
  tap_is "$(observe_fact down eth0.mirror_reason) $(mirrored down tx)" "span0 is down null" "$what: one that is down, too"
  ip -n "$(lab_ns host)" link set span0 up
}

# ---- what else it needs -------------------------------------------------------------------------------------------

test_rights() {
  observe_run sampled host --method sample --duration 0.2 --mirror eth0=span0 eth0
  tap_is "$(observe_fact sampled eth0.mirror_reason)" "copies are counted with method exact only" "with method sample it says why not"
  observe_run unselected host --duration 0.2 --mirror eth0=span0 span0
  tap_is "${OBSERVE_STATUS[unselected]} ${OBSERVE_SAID[unselected]}" \
    "3 wiretruth: option Mirror: eth0=span0: eth0 is not among the interfaces that are observed" "one of an interface that is not observed"
  # No right but those that the tap has.
  # shellcheck disable=SC2034,SC2054 # for observe; a list in one word
  OBSERVE_WRAP=(setpriv --inh-caps=-all,+net_raw,+bpf --bounding-set=-all,+net_raw,+bpf)
  observe few host --method exact --mirror eth0=span0 eth0
  span_blast host eth0 "$SPAN_FAR_MAC" 2000 --qdisc
  [[ $(ip -n "$(lab_ns host)" -d link show span0) == *'promiscuity 1'* ]]
  tap_ok $? "copies have others' addresses: span0 is promiscuous"
  end few
  OBSERVE_WRAP=()
  tap_is "$(mirrored few tx) $(observe_fact few eth0.mirror_reason)" "2000 null" "with CAP_NET_RAW and CAP_BPF alone it counts"
  [[ $(ip -n "$(lab_ns host)" -d link show span0) == *'promiscuity 0'* ]]
  tap_ok $? "nothing is left behind: span0 is not promiscuous any more"
}

# ---- all ----------------------------------------------------------------------------------------------------------

span_setup || exit 1
if observe_has_exact host "a mirror"; then
  test_complete
  test_tagged
  test_observed
  test_others
  test_two
  test_macvlan
  test_address
  test_renamed
  test_bypass
  test_without
  test_oversubscribed
  test_vanishes
  test_rights
fi

tap_done
