#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Interfaces that change in the middle of their traffic. One stream an interface goes on all the time; what it sent is
# its own count, in frames that it asked for and that no mark of a packet told. Two instruments look on: a check, for
# the figures to the frame, and every poll of a watch, for what may have been said in between: no total above the truth
# or back, no verdict that the traffic does not give, none without a reason, and each discontinuity with its time.
#
# scale.sh has the changes between two transfers and among many interfaces.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"
# shellcheck source=tests/integration/_watches.sh
. "$root/tests/integration/_watches.sh"

readonly SEGMENTS=20 # frames of each packet that a stream sends

# ---- the lab ------------------------------------------------------------------------------------------------------

declare -A SUBNET=() STREAM=() SENT=()
subnet=40

# link IF [cut]: from "host" to "far", where it has the same name. Packets leave "host" uncut; with cut, frames come
# from "far", and "host" merges them.
link() {
  SUBNET[$1]=$((++subnet))
  lab_link host "$1" far "$1" "$subnet" || return
  dress_offloads "$@"
}

dress_offloads() {
  if [[ ${2-} == cut ]]; then
    lab_offload host "$1" gro on rx-udp-gro-forwarding on && lab_offload far "$1" gro off tso off tx-udp-segmentation off gso off
  else
    lab_offload host "$1" gro off gso on tso on tx-udp-segmentation on && lab_offload far "$1" gro off
  fi
}

# new_pair IF [INDEX]: the commands that make it, for ip -batch; there is traffic as soon as it is up
new_pair() {
  local subnet=${SUBNET[$1]}
  echo "link add $1 ${2:+index $2} address $(lab_mac "$subnet" 1) type veth" \
    "peer name $1 address $(lab_mac "$subnet" 2) netns $(lab_ns far)"
}

# dress_far IF, dress IF: what an end of a link has lost when it comes back, for ip -batch
dress_far() {
  ip -n "$(lab_ns far)" -batch - <<END
link set $1 arp off multicast off up
address replace $(lab_address "${SUBNET[$1]}" 2)/24 dev $1
END
}
dress() {
  echo "link set $1 arp off multicast off up"
  echo "address replace $(lab_address "${SUBNET[$1]}" 1)/24 dev $1"
}

in_host() { ip -n "$(lab_ns host)" "$@"; }

ifindex() { in_host -j link show "$1" | jq '.[0].ifindex'; }

# ---- streams ------------------------------------------------------------------------------------------------------

# stream IF [FROM [TO-ADDRESS]]: to an address that nobody has, unless one is given; so nobody answers
stream() {
  lab_spawn_in "${2:-host}" "stream-$1" "$LAB_BIN/stream" --segments $SEGMENTS "${3:-10.${SUBNET[$1]}.0.9}"
  STREAM[$1]=$LAB_PID
  lab_wait_log 5 "stream-$1" '^ready'
}

streams_end() {
  local if
  for if in "${!STREAM[@]}"; do
    lab_stop "${STREAM[$if]}"
    SENT[$if]=$(lab_figure frames "$(tail -n 1 "$LAB_DIR/stream-$if.log")")
    SENT_OCTETS[$if]=$(lab_figure octets "$(tail -n 1 "$LAB_DIR/stream-$if.log")")
  done
}

# moves IF HOST DIR: until its link has counted enough for a verdict, which takes 1,000 frames
moves() {
  MOVES_FROM=$(lab_link_counter "$2" "$1" "$3" packets)
  lab_wait 10 "traffic on $1" has_moved "$@"
}
has_moved() { (($(lab_link_counter "$2" "$1" "$3" packets) > MOVES_FROM + 1500 / (SEGMENTS / 2))); }

# ---- watches ------------------------------------------------------------------------------------------------------

# Everybody has seen how it is now.
seen() {
  observe_polled all && watches_polled
}

# only NAME IF.DIR COUNTERS CAPTURES [CAUSES [FROM TO]]: the words that any poll may say of it, of those between the
# two times
only() {
  local bad
  bad=$(awk -v name="${2%.*}" -v dir="${2#*.}" -v counters=" $3 " -v captures=" $4 " -v causes=" ${5-} " \
    -v from="${6:-0}" -v to="${7:-9e9}" '
    function value(key,  i) {
      for (i = 5; i <= NF; i++) if (index($i, key "=") == 1) return substr($i, length(key) + 2)
    }
    $3 == name && $4 == dir && $1 >= from && $1 <= to {
      lines++
      if (!index(counters, " " value("counter") " ") || !index(captures, " " value("capture") " ") ||
          (causes != "  " && !index(causes, " " value("cause") " ")))
        if (count++ < 3) print
    }
    END { if (!lines) print "no line of it" }' "$LAB_DIR/$1.log")
  tap_is "$bad" "" "$1: $2: no poll says more than $3; $4${5:+; $5}${6:+ (before or after the change)}"
}

# largest NAME IF.DIR FIGURE
largest() {
  awk -v name="${2%.*}" -v dir="${2#*.}" -v key="$3=" '
    $3 == name && $4 == dir {
      for (i = 5; i <= NF; i++)
        if (index($i, key) == 1 && substr($i, length(key) + 1) + 0 > largest) largest = substr($i, length(key) + 1) + 0
    }
    END { printf "%d\n", largest }' "$LAB_DIR/$1.log"
}

# ---- what has to come of it ---------------------------------------------------------------------------------------

# exact WHAT IF DIR [NAME-OF-STREAM]: to the frame, from the beginning, whatever happened
exact() {
  local got sent=${SENT[${4:-$2}]} octets=${SENT_OCTETS[${4:-$2}]}
  observe_list got all "$2.$3" wire.{frames,low,high,octets,octets_low,octets_high}
  tap_is "$got" "$sent $sent $sent $octets $octets $octets" "$1: $2 $3: wire is what was sent, to the frame and octet"
  tap_is "$(largest exact "$2.$3" frames)" "$sent" "$1: $2 $3: and no poll said more"
}

# part WHAT IF DIR LEAST [NAME-OF-STREAM]: not all was there to be seen, and nothing is made up
part() {
  local got sent=${SENT[${5:-$2}]} octets=${SENT_OCTETS[${5:-$2}]}
  got=$(largest exact "$2.$3" frames)
  tap_ok $((got > sent || got < $4)) "$1: $2 $3: no more than was sent, no less than was to be seen: $got of $4 to $sent"
  got=$(largest exact "$2.$3" octets)
  tap_ok $((got > octets)) "$1: $2 $3: no more octets than were sent: $got of $octets"
}

# sampled WHAT IF DIR [NAME-OF-STREAM]
sampled() {
  local sent=${SENT[${4:-$2}]} frames low high margin
  frames=$(largest sample "$2.$3" frames) low=$(largest sample "$2.$3" low) high=$(largest sample "$2.$3" high)
  margin=$((2 * (frames - low) + 200)) # bounds of 95 % are missed at times, and few may be drawn of few
  tap_ok $((sent < low - margin || sent > high + margin)) "$1: $2 $3: sample: frames within bounds ($sent in $low to $high)"
}

# marked WHAT IF [KEY]: a discontinuity between FROM[KEY] and TO[KEY], in the check's report and in the watch's polls
marked() {
  local got name from=${FROM[${3:-$2}]} to=${TO[${3:-$2}]} bad=
  for name in all "${!WATCH[@]}"; do
    if [[ $name == all ]]; then
      got=$(observe_fact all "$2.discontinuity")
    else
      got=$(largest_discontinuity "$name" "$2")
    fi
    awk -v got="$got" -v from="$from" -v to="$to" 'BEGIN { exit !(got + 0.001 >= from && got <= to + 0.001) }' ||
      bad+=" $name: $got"
  done
  tap_is "$bad" "" "$1: $2: the discontinuity is marked with its time"
  [[ -z $bad ]] || tap_diag "want $from to $to"
}
largest_discontinuity() { # NAME IF: of the last poll
  awk -v name="$2" '$3 == name { sub(/.*discontinuity=/, ""); got = $1 } END { print got }' "$LAB_DIR/$1.log"
}

unmarked() { # WHAT IF
  tap_is "$(observe_fact all "$2.discontinuity") $(largest_discontinuity exact "$2")" "null 0.000000" \
    "$1: $2: no discontinuity"
}

# says WHAT IF DIR COUNTER-CAPTURE-CAUSE: at the end
says() {
  local got
  observe_list got all "$2.$3" {counter,capture}.verdict cause
  tap_is "$got" "$4" "$1: $2 $3: in the end $4"
}

readonly UNCUT='under-reports under-reports uso'

# uncut IF: what any poll may say of a stream that leaves uncut
uncut() {
  only exact "$1.tx" 'unknown under-reports' 'unknown under-reports' 'unknown uso'
  only sample "$1.tx" 'unknown under-reports' 'unknown under-reports'
}

# ---- changes ------------------------------------------------------------------------------------------------------

declare -A FROM=() TO=() SENT_OCTETS=() AT=()

change() { # NAME IF
  FROM[$2]=$EPOCHREALTIME
  "change_$1"
  seen
  TO[$2]=$EPOCHREALTIME
}

# The counter of a device when it had been seen: what comes after that has to be in the totals.
note() { # IF
  AT[$1]=$(lab_link_counter host "$1" tx packets)
  moves "$1" host tx
}

change_appear() {
  { new_pair appear0 && dress appear0; } | in_host -batch - && dress_far appear0
}
change_vanish() { in_host link del vanish0; }
change_rename() { in_host link set name0 name other0; }
change_away() { in_host link set away0 netns "$(lab_ns far2)"; }
change_back() {
  ip -n "$(lab_ns far2)" link set away0 netns "$(lab_ns host)"
  dress away0 | in_host -batch -
}
change_number() {
  local index
  index=$(ifindex number0)
  SUBNET[heir0]=${SUBNET[number0]}
  { echo "link del number0"; new_pair heir0 "$index"; dress heir0; } | in_host -batch - && dress_far heir0
}
change_reset() {
  local index
  index=$(ifindex reset0)
  { echo "link del reset0"; new_pair reset0 "$index"; dress reset0; } | in_host -batch - && dress_far reset0
}
change_down() { in_host link set down0 down; }
change_up() { dress down0 | in_host -batch -; }
change_far_down() { ip -n "$(lab_ns far)" link set peer0 down; }
change_far_up() { ip -n "$(lab_ns far)" link set peer0 up; }
change_mtu() { ip -n "$(lab_ns far)" link set mtu0 mtu 4000 && in_host link set mtu0 mtu 4000; }
change_merging() { lab_offload host merge0 gro off; }
change_cutting() { lab_offload host cut0 tx-udp-segmentation off; }
change_cutting_back() { lab_offload host cut0 tx-udp-segmentation on; }
change_master() { in_host link set port0 master br0; }
change_address() {
  in_host -batch - <<END
address add 10.250.0.1/24 dev address0
address add fd00:250::1/64 dev address0 nodad
address del 10.250.0.1/24 dev address0
address del fd00:250::1/64 dev address0
END
}

setup() {
  local if
  lab_host host && lab_host far && lab_host far2 || return
  for if in vanish0 name0 away0 number0 reset0 down0 peer0 mtu0 cut0 address0; do link $if || return; done
  link merge0 cut && link port0 cut || return
  SUBNET[appear0]=$((++subnet))
  # What comes by the port is the bridge's as soon as it is a port.
  ip -n "$(lab_ns far)" neighbour replace "10.${SUBNET[port0]}.0.9" lladdr "$(lab_mac "${SUBNET[port0]}" 1)" dev port0 nud permanent
  in_host -batch - <<END || return
link add br0 address $(lab_mac "${SUBNET[port0]}" 1) type bridge mcast_snooping 0
link set br0 arp off multicast off up
END
}

# ---- all of them, one after the other, while all streams go on ----------------------------------------------------

test_changes() {
  local if
  observe all host --method exact
  tap_ok $? "it begins to observe (all)"
  observe named host --method exact name0
  tap_ok $? "it begins to observe (named)"
  watch exact exact && watch sample sample
  tap_ok $? "the watches begin"
  for if in vanish0 name0 away0 appear0 number0 reset0 down0 peer0 mtu0 cut0 address0; do stream $if; done
  for if in merge0 port0; do stream $if far; done
  moves address0 host tx
  for if in merge0 port0; do moves $if host rx; done
  seen
  change appear appear0 && note appear0
  change vanish vanish0
  change rename name0
  change away away0
  change number number0 && note heir0
  change reset reset0 && note reset0
  change down down0
  change far_down peer0
  change mtu mtu0
  change merging merge0
  change cutting cut0
  AT[port_from]=$(lab_link_counter host port0 rx packets)
  change master port0
  AT[port_to]=$(lab_link_counter host port0 rx packets)
  FROM[br0]=${FROM[port0]} TO[br0]=${TO[port0]}
  moves cut0 host tx && moves merge0 host rx && moves br0 host rx
  change address address0
  change back away0 && note away0
  change up down0
  change far_up peer0
  seen
  moves cut0 host tx && moves mtu0 host tx && moves down0 host tx
  streams_end
  lab_settle host appear0 && lab_settle host heir0 && lab_settle host merge0 && lab_settle host port0
  observe_decided all && observe_decided named && watches_polled
  observe_end all
  observe_end named
  watches_end
}

judge_changes() {
  local what name got lost
  for name in exact sample; do steady $name; done

  what="addresses come and go"
  exact "$what" address0 tx
  sampled "$what" address0 tx
  unmarked "$what" address0
  says "$what" address0 tx "$UNCUT"
  uncut address0

  what="renamed"
  exact_renamed
  unmarked "$what" other0
  says "$what" other0 tx "$UNCUT"
  uncut name0
  uncut other0

  what="appears"
  part "$what" appear0 tx $((SEGMENTS * (COUNTED[appear0] - AT[appear0])))
  marked "$what" appear0
  says "$what" appear0 tx "$UNCUT"
  uncut appear0

  what="disappears"
  part "$what" vanish0 tx 1000
  uncut vanish0
  tap_is "$(observe_fact all vanish0.ifindex)" - "$what: it is left out of the report"
  [[ ${OBSERVE_SAID[all]} == *'"vanish0" disappeared'* ]]
  tap_ok $? "$what: and the check says so"

  what="away to another namespace and back"
  part "$what" away0 tx $((SEGMENTS * (COUNTED[away0] - AT[away0])))
  marked "$what" away0
  says "$what" away0 tx "$UNCUT"
  uncut away0

  what="number reused"
  part "$what" heir0 tx $((SEGMENTS * (COUNTED[heir0] - AT[heir0]))) number0
  marked "$what" heir0 number0
  says "$what" heir0 tx "$UNCUT"
  uncut number0
  uncut heir0

  what="counter reset"
  part "$what" reset0 tx $((SEGMENTS * (COUNTED[reset0] - AT[reset0])))
  marked "$what" reset0
  says "$what" reset0 tx "$UNCUT"
  uncut reset0

  what="down and up"
  # What was in the queue as it went down is lost: the link knows what came to it, all in packets of a known size.
  observe_list got all down0.tx wire.{frames,low,high}
  lost=$((SEGMENTS * COUNTED[down0]))
  tap_is "$got $(largest exact down0.tx frames)" "$lost $lost $lost $lost" "$what: down0 tx: wire is what left, to the frame"
  sampled "$what" down0 tx
  says "$what" down0 tx "$UNCUT"
  uncut down0

  what="the other end down and up"
  # What is handed to a veth without a carrier is dropped before its tap, by the queue.
  part "$what" peer0 tx $((SEGMENTS * COUNTED[peer0]))
  uncut peer0

  what="MTU changed"
  exact "$what" mtu0 tx
  sampled "$what" mtu0 tx
  marked "$what" mtu0
  says "$what" mtu0 tx "$UNCUT"
  uncut mtu0

  what="segmentation off"
  exact "$what" cut0 tx
  sampled "$what" cut0 tx
  marked "$what" cut0
  says "$what" cut0 tx "agrees agrees none"
  only exact cut0.tx 'unknown under-reports' 'unknown under-reports' '' 0 "${FROM[cut0]}"
  only exact cut0.tx 'unknown agrees' 'unknown agrees' 'unknown none' "${TO[cut0]}"
  only sample cut0.tx 'unknown agrees' 'unknown agrees' 'unknown none' "${TO[cut0]}"

  what="GRO off"
  exact "$what" merge0 rx
  sampled "$what" merge0 rx
  marked "$what" merge0
  says "$what" merge0 rx "agrees agrees none"
  only exact merge0.rx 'unknown agrees' 'unknown under-reports' '' 0 "${FROM[merge0]}"
  only exact merge0.rx 'unknown agrees' 'unknown agrees' 'unknown none' "${TO[merge0]}"
  only sample merge0.rx 'unknown agrees' 'unknown agrees' 'unknown none' "${TO[merge0]}"

  what="made a port of a bridge"
  exact "$what" port0 rx
  says "$what" port0 rx "agrees under-reports gro"
  only exact port0.rx 'unknown agrees' 'unknown under-reports' 'unknown gro'
  only sample port0.rx 'unknown agrees' 'unknown under-reports' 'unknown gro'
  marked "$what" br0
  says "$what" br0 rx "under-reports under-reports lower-device"
  tap_is "$(observe_fact all br0.lower)" port0 "$what: br0: the device below is named"
  got=$(largest exact br0.rx frames)
  tap_ok $((got > SENT[port0] - AT[port_from] || got < SENT[port0] - AT[port_to])) \
    "$what: br0 rx: what came since, $got of $((SENT[port0] - AT[port_to])) to $((SENT[port0] - AT[port_from]))"
  only exact br0.rx 'unknown under-reports' 'unknown under-reports' 'unknown lower-device'
  only sample br0.rx 'unknown under-reports' 'unknown under-reports' 'unknown lower-device'

  what="renamed, and named on the command line"
  tap_is "${OBSERVE_STATUS[named]}" 0 "$what: it observed to the end"
  observe_list got named other0.tx wire.frames {counter,capture}.verdict cause
  tap_is "$got" "${SENT[name0]} $UNCUT" "$what: it is the same interface, and its totals go on"
}

exact_renamed() {
  local got
  observe_list got all other0.tx wire.{frames,low,high,octets,octets_low,octets_high}
  tap_is "$got" "${SENT[name0]} ${SENT[name0]} ${SENT[name0]} ${SENT_OCTETS[name0]} ${SENT_OCTETS[name0]} ${SENT_OCTETS[name0]}" \
    "$what: other0 tx: totals go on, to the frame and octet"
}

# ---- TSO ----------------------------------------------------------------------------------------------------------

# One transfer of TCP that is on its way when it goes off, and another when it comes back.
test_tso() {
  local what="TSO off and on" name before queue got status sender receiver state
  local -a changed=()
  WATCH=()
  observe all host --method exact tso0
  tap_ok $? "$what: it begins to observe"
  watch tso-exact exact tso0 && watch tso-sample sample tso0
  before=$(queued)
  for state in off on; do
    lab_spawn_in far receive "$LAB_BIN/flow" receive --limit 30 --mss 1440 --window $((128 * 1440)) \
      "$(lab_address "${SUBNET[tso0]}" 2)"
    receiver=$LAB_PID
    lab_wait_log 5 receive '^listening'
    lab_spawn_in host send "$LAB_BIN/flow" send --limit 30 --mss 1440 --bytes 600000000 \
      "$(lab_address "${SUBNET[tso0]}" 2)" "$(lab_figure port "$(<"$LAB_DIR/receive.log")")"
    sender=$LAB_PID
    moves tso0 host tx && watches_polled
    changed+=("$EPOCHREALTIME")
    lab_offload host tso0 tso $state
    status=$?
    watches_polled
    changed+=("$EPOCHREALTIME")
    lab_alive "$sender"
    tap_ok $((status + $?)) "$what: $state in the middle of a transfer"
    lab_both_end "$sender" "$receiver"
    tap_ok $? "$what: the transfer ends"
    lab_settle host tso0 && observe_polled all && watches_polled
    changed+=("$EPOCHREALTIME")
  done
  observe_decided all && watches_polled
  observe_end all
  watches_end
  queue=$(queued)
  got=$((${queue% *} - ${before% *})) queue=$((${queue#* } - ${before#* }))
  tap_is "$(observe_fact all tso0.tx.wire.frames) $(largest tso-exact tso0.tx frames)" "$got $got" "$what: wire is what the queue says, to the frame"
  tap_is "$(observe_fact all tso0.tx.wire.octets)" "$queue" "$what: and to the octet"
  says "$what" tso0 tx "under-reports under-reports tso"
  for name in tso-exact tso-sample; do
    steady $name
    only $name tso0.tx 'unknown under-reports' 'unknown under-reports' 'unknown tso' 0 "${changed[0]}"
    only $name tso0.tx 'unknown agrees' 'unknown agrees' 'unknown none' "${changed[1]}" "${changed[3]}"
    only $name tso0.tx 'unknown under-reports' 'unknown under-reports' 'unknown tso' "${changed[4]}"
  done
  FROM[tso0]=${changed[3]} TO[tso0]=${changed[4]}
  marked "$what" tso0
}
queued() { tc -n "$(lab_ns host)" -s -j qdisc show dev tso0 root | jq -r '.[0] | "\(.packets) \(.bytes)"'; }

# ---- all ----------------------------------------------------------------------------------------------------------

setup && link tso0 || exit 1
observe_has_exact host "changes in the middle of traffic" || { tap_done; exit; }
test_changes
declare -A COUNTED=()
for if in appear0 away0 heir0 reset0 peer0 down0; do COUNTED[$if]=$(lab_link_counter host $if tx packets); done
judge_changes
test_tso
tap_done
