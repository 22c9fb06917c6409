#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 35
#
# Every situation of the lab over IPv4 and IPv6, with segments of a usual and of a small size: what each method makes
# of it, against instruments that share nothing with it.
#
# A pass is one lot of traffic, one situation after the other, with one check of each method over all interfaces. What
# is compared: exact with IP MIB or sender, qdisc, link counter and a reader of its own, to the frame and octet; sample
# with the same truth, within its bounds; none with what it cannot know.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=tests/integration/_within.sh
. "$root/tests/integration/_within.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

methods=(exact sample none)
# The device below the macvlan is observed as well: figures are an interface's own, whatever is above it.
interfaces=()
for id in "${situations[@]}"; do interfaces+=("${id}0"); done
interfaces+=(maclow0)

# ---- instruments --------------------------------------------------------------------------------------------------

# "IF.DIR.FIGURE" -> what the pass added to it. Figures: frames and octets (of the sending side's queue), counter and
# counter_octets (link), packets and packet_octets (a reader in the observed host), oracle (of a situation).
declare -A TRUE=()
declare -A READER=()

# peer_of IF: HOST/IF at the other end of the wire, and the end whose queue carries what IF sends
peer_of() {
  case $1 in
    mac0 | maclow0) PEER=peer-mac/eth0 OWN=host/maclow0 ;;
    *) PEER=peer-${1%0}/eth0 OWN=host/$1 ;;
  esac
}

start_instruments() {
  local key value if
  declare -gA BEFORE=()
  while read -r key value; do BEFORE[$key]=$value; done < <(observe_instruments "${hosts[@]}")
  for if in "${interfaces[@]}"; do
    lab_spawn_in host "reader-$if" "$LAB_BIN/frames" "$if"
    READER[$if]=$LAB_PID
  done
  for if in "${interfaces[@]}"; do lab_wait_log 5 "reader-$if" '^ready'; done
}

stop_instruments() {
  local key value if dir line PEER OWN
  local -A delta=()
  while read -r key value; do delta[$key]=$((value - BEFORE[$key])); done < <(observe_instruments "${hosts[@]}")
  for if in "${interfaces[@]}"; do
    lab_stop "${READER[$if]}"
    line=$(tail -n 1 "$LAB_DIR/reader-$if.log")
    peer_of "$if"
    for dir in rx tx; do
      TRUE[$if.$dir.packets]=$(lab_figure ${dir}_frames "$line")
      TRUE[$if.$dir.packet_octets]=$(lab_figure ${dir}_octets "$line")
      TRUE[$if.$dir.counter]=${delta[host/$if.$dir.counter]}
      TRUE[$if.$dir.counter_octets]=${delta[host/$if.$dir.counter_octets]}
    done
    TRUE[$if.rx.frames]=${delta[$PEER.queue]} TRUE[$if.rx.octets]=${delta[$PEER.queue_octets]}
    TRUE[$if.tx.frames]=${delta[$OWN.queue]} TRUE[$if.tx.octets]=${delta[$OWN.queue_octets]}
  done
}

# ---- traffic ------------------------------------------------------------------------------------------------------

# Each oracle of each situation is read around its own traffic: the IP MIB is the whole host's.
send_all() { # IP MSS
  local id name
  local -A before=()
  for id in "${situations[@]}"; do
    situation_select "$id"
    for name in $S_ORACLES; do before[$name]=$(situation_oracle "$name"); done
    situation_traffic "$id" "$1" "$2"
    tap_ok $? "$PASS: $id: the traffic"
    for name in $S_ORACLES; do TRUE[$S_IF.$name]=$(($(situation_oracle "$name") - before[$name])); done
  done
  # What went past the queue: known from the sender alone. Each frame has an Ethernet, an IP and a UDP header.
  local size=$(($2 > 1060 ? 1000 : $2 - 60))
  PAST_FRAMES=${TRUE[bypass0.sent]}
  PAST_OCTETS=$((PAST_FRAMES * (size + ($1 == 4 ? 42 : 62))))
}

# truth VAR IF DIR FIGURE: what the sender knows of it, what went past its queue included
truth() {
  local -n of=$1
  of=${TRUE[$2.$3.$4]}
  [[ $2.$3 != bypass0.tx ]] && return
  if [[ $4 == frames ]]; then of=$((of + PAST_FRAMES)); else of=$((of + PAST_OCTETS)); fi
}

# ---- exact --------------------------------------------------------------------------------------------------------

# What the situation's own direction has to be judged as, and what the counter turns out to count.
expectations() { # IF DIR
  local id=${1%0}
  [[ $1 != maclow0 ]] || id=gro # a device that merges, as any other
  situation_select "$id"
  WANT_VERDICTS="$S_COUNTER $S_CAPTURE $S_CAUSE"
  case $id in
    tso | mac | uncut) WANT_BASIS=packet WANT_OCTETS=under-reports ;;
    gro) WANT_BASIS=wire WANT_OCTETS=agrees ;;
    *) WANT_BASIS=undetermined WANT_OCTETS=agrees ;;
  esac
  [[ $2 == "$S_DIR" ]] && return
  # Acknowledgements, or answers of one frame each. Fewer than 1,000 are no ground for a verdict.
  WANT_BASIS=undetermined WANT_VERDICTS='agrees agrees none' WANT_OCTETS=agrees
  if ((TRUE[$1.$2.frames] < 1000)); then WANT_VERDICTS='unknown unknown unknown' WANT_OCTETS=unknown; fi
}

exact_past_the_tap() {
  local got frames octets
  truth frames bypass0 tx frames
  truth octets bypass0 tx octets
  observe_list got exact bypass0.tx wire.{frames,low,high,octets,octets_low,octets_high,source,estimated}
  tap_is "$got" "$frames $frames null $octets $octets null counter true" \
    "$PASS: exact: bypass0 tx: wire is what the sender counted, by the counter, and nothing bounds it"
}

exact_wire() { # IF DIR
  local got frames=${TRUE[$1.$2.frames]} octets=${TRUE[$1.$2.octets]}
  observe_list got exact "$1.$2" wire.{frames,low,high,octets,octets_low,octets_high,source,estimated}
  tap_is "$got" "$frames $frames $frames $octets $octets $octets tap false" \
    "$PASS: exact: $1 $2: wire is what the sender's queue says, to the frame and octet, without a bound"
}

exact_signals() { # IF DIR
  local got
  observe_list got exact "$1.$2" counter.{frames,octets} capture.{frames,octets,drops} packets
  tap_is "$got" "${TRUE[$1.$2.counter]} ${TRUE[$1.$2.counter_octets]} \
${TRUE[$1.$2.packets]} ${TRUE[$1.$2.packet_octets]} 0 ${TRUE[$1.$2.packets]}" "$PASS: exact: $1 $2: counter and capture are what the link and a reader say"
}

exact_verdicts() { # IF DIR
  local got WANT_BASIS WANT_VERDICTS WANT_OCTETS offset
  expectations "$1" "$2"
  observe_list got exact "$1.$2" counter.verdict capture.verdict cause counter.basis
  # Where a counter is the only source of frames, nothing can confirm it.
  [[ $WANT_VERDICTS != *bypass ]] || WANT_VERDICTS=${WANT_VERDICTS/#agrees/unknown}
  tap_is "$got" "$WANT_VERDICTS $WANT_BASIS" "$PASS: exact: $1 $2: counter, capture, cause and basis"
  [[ $WANT_VERDICTS != *bypass ]] || WANT_OCTETS=unknown
  case $WANT_BASIS in
    packet) offset=$(((TRUE[$1.$2.counter_octets] - TRUE[$1.$2.packet_octets]) / TRUE[$1.$2.packets])) ;;
    wire) offset=-14 ;; # a veth counts what it merges after the Ethernet header is taken off
    undetermined) offset=null ;;
  esac
  observe_list got exact "$1.$2" counter.{octet_basis,octet_verdict}
  tap_is "$got" "$WANT_BASIS $WANT_OCTETS" "$PASS: exact: $1 $2: what the octet counter counts"
  tap_is "$(observe_fact exact "$1.$2.counter.octet_offset")" "$offset" "$PASS: exact: $1 $2: and what it leaves out"
}

exact_oracles() { # ID
  local name
  situation_select "$1"
  for name in $S_ORACLES; do
    tap_is "$(observe_fact exact "$S_IF.$S_DIR.wire.frames")" "${TRUE[$S_IF.$name]}" \
      "$PASS: exact: $1: wire is what the oracle says ($name)"
  done
}

check_exact() {
  local if dir id
  tap_is "${OBSERVE_STATUS[exact]} $(observe_fact exact method) $(observe_fact exact method_reason)" "0 exact null" \
    "$PASS: exact: it observed"
  for id in "${situations[@]}"; do exact_oracles "$id"; done
  for if in "${interfaces[@]}"; do
    for dir in rx tx; do
      if [[ $if.$dir == bypass0.tx ]]; then exact_past_the_tap; else exact_wire "$if" $dir; fi
      exact_signals "$if" $dir
      exact_verdicts "$if" $dir
    done
    tap_is "$(observe_fact exact "$if.discontinuity")" null "$PASS: exact: $if: nothing interrupted it"
  done
}

# ---- sample -------------------------------------------------------------------------------------------------------

sample_wire() { # IF DIR
  local got frames octets estimate low high octets_estimate octets_low octets_high few=160
  truth frames "$1" "$2" frames
  truth octets "$1" "$2" octets
  observe_list got sample "$1.$2" wire.{frames,low,high,octets,octets_low,octets_high}
  read -r estimate low high octets_estimate octets_low octets_high <<<"$got"
  within "$PASS: sample: $1 $2: frames within their bounds" "$frames" "$estimate" "$low" "$high" $few
  within "$PASS: sample: $1 $2: octets within their bounds" "$octets" "$octets_estimate" "$octets_low" "$octets_high" \
    $((few * 100))
  count_miss "$frames" "$low" "$high" "$PASS, $1 $2"
}

sample_rest() { # IF DIR
  local got source=sample
  [[ $1.$2 != bypass0.tx ]] || source=counter
  observe_list got sample "$1.$2" wire.{source,estimated} counter.{frames,octets} vlan_out_of_band
  tap_is "$got" "$source true ${TRUE[$1.$2.counter]} ${TRUE[$1.$2.counter_octets]} null" \
    "$PASS: sample: $1 $2: marked estimated; the counter is what the link says"
}

# The lesser method says the same, or that it cannot tell.
sample_verdicts() { # IF DIR
  local signal mine exact
  for signal in counter capture; do
    mine=$(observe_fact sample "$1.$2.$signal.verdict") exact=$(observe_fact exact "$1.$2.$signal.verdict")
    [[ $mine == unknown || $mine == "$exact" || $exact == unknown && $mine == agrees ]]
    tap_ok $? "$PASS: sample: $1 $2: $signal: '$mine' does not contradict '$exact' of exact"
  done
}

check_sample() {
  local if dir
  tap_is "${OBSERVE_STATUS[sample]} $(observe_fact sample method), $(observe_fact sample method_reason)" \
    "0 sample, method sample was asked for" "$PASS: sample: it observed"
  for if in "${interfaces[@]}"; do
    for dir in rx tx; do
      sample_wire "$if" $dir
      sample_rest "$if" $dir
      [[ -z $has_exact ]] || sample_verdicts "$if" $dir
    done
  done
}

# ---- none ---------------------------------------------------------------------------------------------------------

# What is not there needs no bound.
none_wire() { # IF DIR
  local got frames=${TRUE[$1.$2.counter]} octets=${TRUE[$1.$2.counter_octets]} source=counter octets_low bound=null
  octets_low=$octets
  # A queue that counts segments tells how many frames were sent, but of what went past it; a macvlan has none.
  if [[ $2 == tx && $1 != mac0 ]]; then
    source=qdisc octets_low=${TRUE[$1.tx.octets]}
    ((frames >= TRUE[$1.tx.frames])) || frames=${TRUE[$1.tx.frames]}
    ((octets >= octets_low)) || octets=$octets_low
    octets_low=$((octets_low - 8 * TRUE[$1.tx.frames])) # a jumbo option may be in it
  fi
  # Where more was counted than queued, the queue is not believed.
  [[ $1.$2 != bypass0.tx ]] || source=counter octets_low=-
  ((frames)) || bound=0
  observe_list got none "$1.$2" wire.{frames,low,high,octets,octets_low,octets_high,source,estimated} counter.{frames,octets}
  [[ $octets_low != - ]] || octets_low=$(cut -d ' ' -f 5 <<<"$got")
  tap_is "$got" "$frames $frames $bound $octets $octets_low $bound $source true ${TRUE[$1.$2.counter]} \
${TRUE[$1.$2.counter_octets]}" "$PASS: none: $1 $2: wire is by the queue on transmit, else by the counter; nothing bounds it"
}

# A queue tells at least that a counter has too few. That one has enough cannot be told: not all is in a queue's count.
none_verdicts() { # IF DIR
  local got want=unknown
  [[ $1.$2 != @(tso0|uncut0).tx ]] || ((TRUE[$1.$2.counter] * 2 > TRUE[$1.$2.frames])) || want=under-reports
  observe_list got none "$1.$2" counter.verdict capture.{ratio,divergence,verdict} cause \
    counter.{basis,octet_basis,octet_offset,octet_verdict}
  tap_is "$got" "$want null null unknown unknown undetermined undetermined null unknown" \
    "$PASS: none: $1 $2: no verdict but that fewer were counted than queued"
  observe_list got none "$1.$2" counter.{verdict,reason} capture.reason
  [[ $got != *null* || $got == 'under-reports null'* ]]
  tap_ok $? "$PASS: none: $1 $2: it says why there is no verdict"
}

check_none() {
  local if dir got
  tap_is "${OBSERVE_STATUS[none]} $(observe_fact none method), $(observe_fact none method_reason)" \
    "0 none, method none was asked for" "$PASS: none: it observed"
  for if in "${interfaces[@]}"; do
    for dir in rx tx; do
      none_wire "$if" $dir
      none_verdicts "$if" $dir
      observe_list got none "$if.$dir" packets segments_per_packet capture.{frames,octets} vlan_out_of_band
      tap_is "$got" "null null null null null" "$PASS: none: $if $dir: what only a capture knows is null"
    done
  done
}

# ---- passes -------------------------------------------------------------------------------------------------------

pass() { # IP MSS
  local method id PASS="IPv$1, MSS $2" PAST_FRAMES PAST_OCTETS
  start_instruments
  for method in "${methods[@]}"; do
    observe_spawn "$method" host --duration 600 --method "$method" "${interfaces[@]}"
  done
  for method in "${methods[@]}"; do
    lab_wait_log 30 "$method" '^wiretruth: observing '
    tap_ok $? "$PASS: $method: it begins to observe"
  done
  send_all "$1" "$2"
  for id in "${interfaces[@]}"; do lab_settle host "$id"; done
  for method in "${methods[@]}"; do
    observe_decided "$method"
    observe_end "$method"
  done
  stop_instruments
  [[ -z $has_exact ]] || check_exact
  check_sample
  check_none
}

hosts=(host)
for id in "${situations[@]}"; do
  situation_setup "$id" || exit 1
  hosts+=("$S_PEER")
done
has_exact=1
observe_has_exact host "exact, in every situation" || has_exact='' methods=(sample none)
pass 4 1440
pass 6 1440
pass 4 300
pass 6 536
few_misses

tap_done
