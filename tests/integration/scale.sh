#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 35
#
# Many interfaces, and interfaces that change while they are observed: the figures stay exact, totals never go back,
# what happened is marked with its time, no delta reaches across it, and no verdict comes of it that the traffic does
# not give.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

frames=5000   # of a transfer, at the least
in_flight=128 # see lab/situations.sh

# ---- the lab ------------------------------------------------------------------------------------------------------

declare -A SUBNET=()
subnet=30

# link IF: from "host" to "far", where it has the same name; packets leave uncut on both sides and merge on neither
link() {
  SUBNET[$1]=$((++subnet))
  lab_link host "$1" far "$1" "$subnet" || return
  lab_offload host "$1" gro off gso on tso on && lab_offload far "$1" gro off gso on tso on
}

# cut_link IF: what comes from "far" comes in frames, and "host" merges them
cut_link() {
  SUBNET[$1]=$((++subnet))
  lab_link host "$1" far "$1" "$subnet" || return
  lab_offload host "$1" gso on tso on gro on && lab_offload far "$1" gro off tso off gso off
}

# fill FROM TO: interfaces that carry nothing
fill() {
  local i
  for ((i = $1; i <= $2; i++)); do
    echo "link add fill$i type veth peer name fill$i netns $(lab_ns far)"
    echo "link set fill$i arp off multicast off up"
  done | ip -n "$(lab_ns host)" -batch -
}

# unfill FROM TO
unfill() {
  local i
  for ((i = $1; i <= $2; i++)); do echo "link del fill$i"; done | ip -n "$(lab_ns host)" -batch -
}

# send_out IF [MSS], send_in IF [MSS]: one transfer
send_out() { transfer host far "$1" 2 "${2:-1440}"; }
send_in() { transfer far host "$1" 1 "${2:-1440}"; }

transfer() { # FROM TO IF SIDE MSS
  lab_flow "$1" "$2" "$(lab_address "${SUBNET[$3]}" "$4")" --mss "$5" --window $((in_flight * $5)) -- \
    --mss "$5" --bytes $((frames * $5)) && lab_settle host "$3"
}

# ---- what is true -------------------------------------------------------------------------------------------------

declare -A BEFORE=() TRUE=()

mark() {
  local key value
  BEFORE=()
  while read -r key value; do BEFORE[$key]=$value; done < <(observe_instruments host far)
}

# What has come since, below HOST/IF.KEY. An interface that was not there then has all it has.
measure() {
  local key value
  TRUE=()
  while read -r key value; do TRUE[$key]=$((value - ${BEFORE[$key]-0})); done < <(observe_instruments host far)
}

# is_exact WHAT NAME IF DIR: wire is what the sending side's queue says, counter what the link says
is_exact() {
  local got sender=host frames octets
  [[ $4 == tx ]] || sender=far
  frames=${TRUE[$sender/$3.queue]} octets=${TRUE[$sender/$3.queue_octets]}
  observe_list got "$2" "$3.$4" wire.{frames,low,high,octets,octets_low,octets_high,source,estimated} \
    counter.{frames,octets}
  tap_is "$got" "$frames $frames $frames $octets $octets $octets tap false \
${TRUE[host/$3.$4.counter]} ${TRUE[host/$3.$4.counter_octets]}" "$1: $3 $4: exact, to the frame and octet"
}

# says WHAT NAME IF DIR VERDICTS-CAUSE-BASIS
says() {
  local got
  observe_list got "$2" "$3.$4" {counter,capture}.verdict cause counter.basis
  tap_is "$got" "$5" "$1: $3 $4: $5"
}

readonly TSO='under-reports under-reports tso packet' GRO='agrees under-reports gro wire'
readonly UNCUT='under-reports under-reports virtual-link packet' PLAIN='agrees agrees none undetermined'

# marked WHAT NAME IF FROM TO: a discontinuity between these two times (as $EPOCHREALTIME has them)
marked() {
  local got status
  got=$(observe_fact "$2" "$3.discontinuity")
  awk -v got="$got" -v from="$4" -v to="$5" 'BEGIN { exit !(got + 0.001 >= from && got <= to + 0.001) }'
  status=$?
  tap_ok $status "$1: $3: the discontinuity is marked with its time"
  ((status == 0)) || tap_diag "got $got, want $4 to $5"
}

unmarked() { # WHAT NAME IF
  tap_is "$(observe_fact "$2" "$3.discontinuity")" null "$1: $3: no discontinuity"
}

ended() { # WHAT NAME
  tap_is "${OBSERVE_STATUS[$2]} $(observe_fact "$2" method)" "0 exact" "$1: it observed to the end"
}

# ---- many from the start ------------------------------------------------------------------------------------------

test_many() {
  local what="any, from the start" if got line mib
  local -A reader=()
  fill 1 40
  mark
  for if in both0 cut0; do
    lab_spawn_in host "reader-$if" "$LAB_BIN/frames" $if
    reader[$if]=$LAB_PID
    lab_wait_log 5 "reader-$if" '^ready'
  done
  observe many host --method exact
  tap_ok $? "$what: it begins to observe (many)"
  observe sampled host --method sample
  tap_ok $? "$what: it begins to observe (sampled)"
  tap_is "$(observe_packet_sockets many)" 1 "$what: one socket for all"
  mib=$(lab_ip_segments host)
  send_out both0 && send_in both0 && send_in cut0
  tap_ok $? "$what: the traffic"
  mib=$(($(lab_ip_segments host) - mib))
  observe_decided many && observe_end many
  observe_end sampled
  measure
  ended "$what" many
  tap_is "$(wc -w <<<"$(observe_fact many names)")" 43 "$what: all interfaces are there"
  for if in both0 cut0; do
    is_exact "$what" many $if rx
    is_exact "$what" many $if tx
    unmarked "$what" many $if
    lab_stop "${reader[$if]}"
    line=$(tail -n 1 "$LAB_DIR/reader-$if.log")
    observe_list got many $if {rx,tx}.capture.{frames,octets}
    tap_is "$got" "$(lab_figure rx_frames "$line") $(lab_figure rx_octets "$line") $(lab_figure tx_frames "$line") \
$(lab_figure tx_octets "$line")" "$what: $if: the capture is what a reader of its own sees"
  done
  tap_is $(($(observe_fact many both0.rx.wire.frames) + $(observe_fact many cut0.rx.wire.frames))) "$mib" \
    "$what: what was received is what the IP MIB says"
  says "$what" many both0 tx "$TSO"
  says "$what" many both0 rx "$UNCUT"
  says "$what" many cut0 rx "$GRO"
  observe_list got many fill7 {rx,tx}.wire.{frames,octets} {rx,tx}.{counter,capture}.frames
  tap_is "$got" "0 0 0 0 0 0 0 0" "$what: an idle interface has carried nothing"
  many_sampled
  unfill 1 40
}

many_sampled() {
  local if dir sender frames low high margin verdict
  for if in both0 cut0; do
    for dir in rx tx; do
      sender=host
      [[ $dir == tx ]] || sender=far
      frames=$(observe_fact sampled $if.$dir.wire.frames) low=$(observe_fact sampled $if.$dir.wire.low)
      high=$(observe_fact sampled $if.$dir.wire.high)
      margin=$((2 * (frames - low) + 200)) # bounds of 95 % are missed at times, and few may be drawn of few
      tap_ok $((TRUE[$sender/$if.queue] < low - margin || TRUE[$sender/$if.queue] > high + margin)) \
        "any, sample: $if $dir: frames within bounds"
      verdict=$(observe_fact sampled $if.$dir.counter.verdict)
      [[ $verdict == unknown || $verdict == "$(observe_fact many $if.$dir.counter.verdict)" ]]
      tap_ok $? "any, sample: $if $dir: '$verdict' contradicts nothing"
    done
  done
}

# ---- more while observed ------------------------------------------------------------------------------------------

test_more() {
  local what="from few to many" from to
  mark
  observe more host --method exact
  tap_ok $? "$what: it begins to observe (more)"
  tap_is "$(observe_packet_sockets more)" 3 "$what: a socket for each at first"
  send_out both0 && send_in cut0
  from=$EPOCHREALTIME
  fill 1 40
  observe_polled more
  to=$EPOCHREALTIME
  tap_is "$(observe_packet_sockets more)" 1 "$what: then one for all"
  send_out both0 && send_in cut0
  # The map has room for as many as there were when it was made, and has to grow twice.
  what="more than the map has room for"
  lab_flow_in_background far host "$(lab_address "${SUBNET[cut0]}" 1)"
  fill 41 130
  background_ends
  observe_polled more
  send_out both0 && send_in cut0
  observe_decided more && observe_end more
  measure
  ended "$what" more
  tap_is "$(wc -w <<<"$(observe_fact more names)")" 133 "$what: all interfaces are there"
  for if in both0 cut0; do
    is_exact "$what" more $if rx
    is_exact "$what" more $if tx
    marked "from few to many" more $if "$from" "$to"
  done
  says "$what" more both0 tx "$TSO"
  says "$what" more cut0 rx "$GRO"
  unfill 1 130
}

# A long transfer beside what the caller does, and its end.
lab_flow_in_background() { # FROM TO ADDRESS
  lab_spawn_in "$2" receive "$LAB_BIN/flow" receive --limit 60 --mss 1440 --window $((in_flight * 1440)) "$3"
  background_receiver=$LAB_PID
  lab_wait_log 5 receive '^listening' || return
  lab_spawn_in "$1" send "$LAB_BIN/flow" send --limit 60 --mss 1440 --bytes 400000000 "$3" \
    "$(lab_figure port "$(<"$LAB_DIR/receive.log")")"
  background_sender=$LAB_PID
}

background_ends() {
  lab_both_end "$background_sender" "$background_receiver"
  tap_ok $? "$what: the traffic beside it"
  lab_settle host cut0
}

# While there is traffic: what passes between two ways of observing is not seen, which must not look like a divergence.
test_more_in_traffic() {
  local what="from few to many, in traffic" wire truth got
  mark
  observe busy host --method exact
  tap_ok $? "$what: it begins to observe (busy)"
  lab_flow_in_background far host "$(lab_address "${SUBNET[cut0]}" 1)"
  fill 1 40
  background_ends
  observe_polled busy
  send_in cut0 && observe_decided busy && observe_end busy
  measure
  ended "$what" busy
  wire=$(observe_fact busy cut0.rx.wire.frames) truth=${TRUE[far/cut0.queue]}
  tap_ok $((wire > truth || wire < frames)) "$what: no frame twice, and all of the last transfer: $wire of $truth"
  says "$what" busy cut0 rx "$GRO"
  observe_list got busy cut0.tx {counter,capture}.verdict cause
  [[ $got == "agrees agrees none" || $got == "unknown unknown unknown" ]] # fewer than 1,000 are no ground for one
  tap_ok $? "$what: cut0 tx: acknowledgements: $got"
  [[ $(observe_fact busy cut0.discontinuity) != null ]]
  tap_ok $? "$what: the discontinuity is marked"
  unfill 1 40
}

# ---- changes ------------------------------------------------------------------------------------------------------

# dress HOST IF SIDE: what an end of a link has lost when it comes back
dress() {
  local subnet=${SUBNET[$2]} other=$((3 - $3))
  tc -n "$(lab_ns "$1")" qdisc replace dev "$2" root pfifo limit 10000
  ip -n "$(lab_ns "$1")" -batch - <<END
link set $2 arp off multicast off up
address replace $(lab_address "$subnet" "$3")/24 dev $2
neighbour replace $(lab_address "$subnet" $other) lladdr $(lab_mac "$subnet" $other) dev $2 nud permanent
END
}

join() { # IF
  dress host "$1" 1 && lab_wait 5 "carrier on $1" lab_has_carrier host "$1"
}

# rejoin IF: both ends of a link that was made anew
rejoin() {
  dress far "$1" 2 && join "$1" || return
  lab_offload host "$1" gro off gso on tso on && lab_offload far "$1" gro off gso on tso on
}

# new_pair IF [INDEX]: the commands that make it, for ip -batch
new_pair() {
  echo "link add $1 ${2:+index $2} address $(lab_mac "${SUBNET[$1]}" 1) type veth" \
    "peer name $1 address $(lab_mac "${SUBNET[$1]}" 2) netns $(lab_ns far)"
}

ifindex() { ip -n "$(lab_ns host)" -j link show "$1" | jq '.[0].ifindex'; }

change_rename() { # the name is not the identity
  ip -n "$(lab_ns host)" link set name0 name other0
  ip -n "$(lab_ns far)" link set name0 name other0
  SUBNET[other0]=${SUBNET[name0]}
}
change_mtu() {
  ip -n "$(lab_ns host)" link set mtu0 mtu 4000
  ip -n "$(lab_ns far)" link set mtu0 mtu 4000
}
change_merging() { lab_offload host merge0 gro off; }
change_down() {
  ip -n "$(lab_ns host)" link set down0 down
  observe_polled changes
  join down0
}
change_new() {
  ip -n "$(lab_ns host)" link del new0
  observe_polled changes
  new_pair new0 | ip -n "$(lab_ns host)" -batch -
  rejoin new0
}
# Before it can look: it is stopped until the change is over.
unseen() { lab_signal "${OBSERVE_PID[changes]}" STOP; }

# Gone and back, under the same number. That of again0 has counted; blank0's counter does not
# go back when a new one takes its place.
change_again() { made_anew again0; }
change_blank() { made_anew blank0; }
made_anew() { # IF
  local index
  index=$(ifindex "$1")
  unseen
  { echo "link del $1"; new_pair "$1" "$index"; } | ip -n "$(lab_ns host)" -batch -
  rejoin "$1"
}
# Another device under the same number.
change_number() {
  local index
  SUBNET[heir0]=${SUBNET[number0]}
  index=$(ifindex number0)
  unseen
  { echo "link del number0"; new_pair heir0 "$index"; } | ip -n "$(lab_ns host)" -batch -
  rejoin heir0
}
# Its counters go on, and so does its number.
change_place() {
  unseen
  ip -n "$(lab_ns host)" link set place0 netns "$(lab_ns far2)"
  ip -n "$(lab_ns far2)" link set place0 netns "$(lab_ns host)"
  join place0
}

change() { # NAME IF
  FROM[$2]=$EPOCHREALTIME
  "change_$1"
  lab_signal "${OBSERVE_PID[changes]}" CONT
  observe_polled changes
  TO[$2]=$EPOCHREALTIME
}

# What the first traffic came to.
remember_first() {
  local key
  measure
  for key in "${!TRUE[@]}"; do FIRST[$key]=${TRUE[$key]}; done
}

# after_only WHAT IF WAS: the totals begin with the new device
after_only() {
  local got frames=${TRUE[host/$2.queue]} counter=${TRUE[host/$2.tx.counter]}
  observe_list got changes "$2.tx" wire.{frames,octets} counter.frames capture.frames
  tap_is "$got" "$frames ${TRUE[host/$2.queue_octets]} $counter $counter" "$1: $2: totals begin with what is there now"
  replaced "$1" "$2" "$3"
}

# after_or_both WHAT IF: or go on from those of the one before
after_or_both() {
  local got frames=${TRUE[host/$2.queue]} octets=${TRUE[host/$2.queue_octets]} counter=${TRUE[host/$2.tx.counter]} both
  observe_list got changes "$2.tx" wire.{frames,octets} counter.frames capture.frames
  both=$((FIRST[host/$2.tx.counter] + counter))
  both="$((FIRST[host/$2.queue] + frames)) $((FIRST[host/$2.queue_octets] + octets)) $both $both"
  [[ $got == "$both" ]] || both="$frames $octets $counter $counter"
  tap_is "$got" "$both" "$1: $2: totals begin with what is there now, or go on"
  replaced "$1" "$2" "$2"
}

replaced() { # WHAT IF WAS
  says "$1" changes "$2" tx "$TSO"
  marked "$1" changes "$2" "${FROM[$3]}" "${TO[$3]}"
}

# ratio_of SIGNAL WIRE: as the report has it
ratio_of() { awk -v signal="$1" -v wire="$2" 'BEGIN { printf "%.5g\n", sprintf("%.5f", signal / wire) }'; }

test_changes() { # WHAT
  local what=$1 if key got
  local -A FROM=() TO=() FIRST=()
  for if in name0 mtu0 down0 new0 again0 blank0 number0 place0; do link $if || return; done
  cut_link merge0
  mark
  observe changes host --method exact
  tap_ok $? "$what: it begins to observe (changes)"
  for if in name0 mtu0 down0 new0 again0 number0 place0; do send_out $if; done
  send_in merge0
  remember_first
  observe_polled changes
  change rename name0
  change mtu mtu0
  change merging merge0
  change down down0
  change new new0
  change again again0
  change blank blank0
  change number number0
  change place place0
  for if in other0 down0 new0 again0 blank0 heir0 place0; do send_out $if; done
  send_out mtu0 3900
  send_in merge0
  observe_decided changes && observe_end changes
  # A device that is back has a new queue, and one that is new has new counters: all they have came after.
  for key in {host,far}/{new0,again0,blank0,heir0}; do
    for got in queue queue_octets {rx,tx}.counter{,_octets}; do unset "BEFORE[$key.$got]"; done
  done
  for got in queue queue_octets; do
    unset "BEFORE[host/place0.$got]" # a new queue
    for key in host far; do BEFORE[$key/other0.$got]=${BEFORE[$key/name0.$got]}; done
  done
  for got in {rx,tx}.counter{,_octets}; do
    BEFORE[host/other0.$got]=${BEFORE[host/name0.$got]}
    BEFORE[host/place0.$got]=$((${BEFORE[host/place0.$got]} + ${FIRST[host/place0.$got]})) # the counter went on
  done
  measure
  ended "$what" changes
  judge_changes
  for if in other0 mtu0 down0 new0 again0 blank0 heir0 place0 merge0; do ip -n "$(lab_ns host)" link del $if; done
}

judge_changes() {

  is_exact "$what, renamed" changes other0 tx
  says "$what, renamed" changes other0 tx "$TSO"
  unmarked "$what, renamed" changes other0
  tap_is "$(observe_fact changes name0.ifindex)" - "$what, renamed: the old name is gone"

  is_exact "$what, MTU changed" changes mtu0 tx
  says "$what, MTU changed" changes mtu0 tx "$TSO"
  only_after "$what, MTU changed" mtu0 tx host
  marked "$what, MTU changed" changes mtu0 "${FROM[mtu0]}" "${TO[mtu0]}"

  is_exact "$what, GRO off" changes merge0 rx
  says "$what, GRO off" changes merge0 rx "$PLAIN"
  only_after "$what, GRO off" merge0 rx far
  marked "$what, GRO off" changes merge0 "${FROM[merge0]}" "${TO[merge0]}"

  is_exact "$what, down and up" changes down0 tx
  says "$what, down and up" changes down0 tx "$TSO"

  after_only "$what, removed and made anew" new0 new0
  after_or_both "$what, made anew at once" again0
  after_only "$what, made anew at once before it counted" blank0 blank0
  after_only "$what, number reused" heir0 number0
  after_or_both "$what, away and back" place0
}

# The ratio is that of the traffic after the change alone.
only_after() { # WHAT IF DIR SENDER
  local frames counter got
  frames=$((TRUE[$4/$2.queue] - FIRST[$4/$2.queue]))
  counter=$((TRUE[host/$2.$3.counter] - FIRST[host/$2.$3.counter]))
  got=$(observe_fact changes "$2.$3.counter.ratio" | awk '{ printf "%.5g\n", $1 }')
  tap_is "$got" "$(ratio_of $counter $frames)" \
    "$1: $2 $3: the ratio reaches back to the change and no further"
}

# ---- one reading right after another ------------------------------------------------------------------------------

# What was decided stays: a reading that comes at once knows no more, and no less.
test_haste() {
  local what="one reading right after another"
  observe haste host --method exact both0
  tap_ok $? "$what: it begins to observe (haste)"
  send_out both0
  observe_decided haste
  observe_polled haste
  observe_end haste
  says "$what" haste both0 tx "$TSO"
}

# ---- all ----------------------------------------------------------------------------------------------------------

lab_host host && lab_host far && lab_host far2 || exit 1
observe_has_exact host "exact with many interfaces" || { tap_done; exit; }
link both0 && cut_link cut0 || exit 1
test_many
test_more
test_more_in_traffic
test_haste
test_changes "a socket each"
fill 1 40
test_changes "any"

tap_done
