# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Each row of the matrix against its truth, and the table. Sourced after _matrix_cells.sh and _within.sh.

# verdict_of SIGNAL TRUTH: what a signal deserves that says so much, in WANT
verdict_of() {
  if (($2 < 1000)); then
    WANT=unknown
  elif ((100 * ($1 > $2 ? $1 - $2 : $2 - $1) <= $2)); then
    WANT=agrees
  elif (($1 < $2)); then
    WANT=under-reports
  else
    WANT=over-reports
  fi
}

# Whether a figure with its bounds says no more than it may.
holds() { # FIGURE LOW HIGH TRUTH
  [[ $1 != - && $2 != - ]] && (($2 <= $4 && $2 <= $1)) && [[ $3 == null || ($3 -ge $4 && $3 -ge $1) ]]
}

# ---- one row ------------------------------------------------------------------------------------------------------

# exact_row OBSERVER: sets CELL, what the table says of it
exact_row() {
  local got estimated=true
  local -a figure
  [[ $CLASS != exact ]] || estimated=false
  observe_list got "$1" "$IF.$DIR" wire.{frames,low,high,octets,octets_low,octets_high,source,estimated}
  read -ra figure <<<"$got"
  CELL="${figure[0]}"
  case $CLASS in
    exact | derived)
      [[ $got == "$T $T $T $TO $TO $TO tap $estimated" ]]
      ;;
    octets)
      [[ "${figure[*]:0:3} ${figure[*]:6}" == "$T $T $T tap true" ]] && holds "${figure[@]:3:3}" "$TO"
      ;;
    bounds)
      [[ "${figure[*]:6}" == "tap true" ]] && holds "${figure[@]:0:3}" "$T" && holds "${figure[@]:3:3}" "$TO"
      ;;
    bypass)
      [[ $got == "$T $T null $TO $TO null counter true" ]]
      ;;
    untapped)
      [[ "${figure[*]:6}" == "counter true" && ${figure[0]} == "$COUNTER" ]]
      ;;
  esac
  local status=$?
  tap_ok $status "$ROW: $1: wire is as '$CLASS' demands"
  ((status == 0)) && { [[ $CLASS == bounds ]] && CELL+=" est" || CELL="="; return; }
  CELL+='!'
  tap_diag "truth: $T frames, $TO octets"
  tap_diag "got:   $got"
}

sample_row() { # OBSERVER
  local got frames low high octets octets_low octets_high few=160
  observe_list got "$1" "$IF.$DIR" wire.{frames,low,high,octets,octets_low,octets_high,source}
  if [[ $CLASS == untapped || $IF.$DIR == lo.tx ]]; then
    tap_is "${got##* }" counter "$ROW: $1: nothing is drawn"
    CELL=-
    return
  fi
  read -r frames low high octets octets_low octets_high _ <<<"$got"
  within "$ROW: $1: frames within their bounds" "$T" "$frames" "$low" "$high" "$few"
  within "$ROW: $1: octets within their bounds" "$TO" "$octets" "$octets_low" "$octets_high" $((few * ${MTU:-100}))
  count_miss "$T" "$low" "$high" "$ROW: $1"
  CELL="$low..$high"
}

# The same as the truth would have it, or that it cannot be told.
verdicts() { # OBSERVER STRICT
  local signal mine status WANT
  for signal in counter capture; do
    mine=${OBSERVE_FACT["$1 $IF.$DIR.$signal.verdict"]--}
    if [[ $signal == counter ]]; then verdict_of "$COUNTER" "$T"; else verdict_of "$PACKETS" "$T"; fi
    # libpcap leaves out what lo transmits.
    [[ $IF.$DIR.$signal != lo.tx.capture ]] || WANT=unknown
    [[ $mine == "$WANT" || ( ! $2 && $mine == unknown ) ]]
    status=$?
    tap_ok $status "$ROW: $1: $signal: '$mine', and the truth is '$WANT'"
    ((status == 0)) || tap_diag "reason: $(observe_fact "$1" "$IF.$DIR.$signal.reason")"
  done
}

check_row() { # HOST/IF DIR TRAFFIC OFFLOAD ORACLE CLASS CAUSE
  local IF=${1#*/} HOST=${1%%/*} DIR=$2 CLASS=$6 ROW="$1 $2, $3" T TO COUNTER PACKETS CELL strict=1
  local exact any='' sample='' sample_any='' counter='?' capture='?' cause='?' half verdicts tagged
  COUNTER=${SEEN[$1.$2.counter]-0} PACKETS=${SEEN[$1.$2.frames]-}
  T=${TRUE[$1.$2.frames]-$COUNTER} TO=${TRUE[$1.$2.octets]-0}
  half=${OBSERVER_HALF[$IF]-}
  [[ $HOST == host ]] || half=-cutter
  # No reader is in cutter: what a veth receives, its counter counts as it is handed over.
  [[ $PACKETS ]] || PACKETS=$COUNTER
  # Where a counter is the only source of frames, nothing can confirm it.
  [[ $CLASS == exact || $CLASS == derived || $CLASS == octets ]] || strict=''
  # shellcheck disable=SC2154 # matrix.sh's
  if [[ $methods == *exact* ]]; then
    exact_row "exact$half"
    exact=$CELL
    verdicts "exact$half" "$strict"
    observe_list verdicts "exact$half" "$IF.$DIR" {counter,capture}.verdict cause vlan_out_of_band
    read -r counter capture cause tagged <<<"$verdicts"
    [[ $cause == "$7" || $7 == '*' ]]
    tap_ok $? "$ROW: exact: the cause is '$cause', and '$7' is right"
    if [[ $HOST == host ]]; then
      [[ $CLASS == untapped ]] || tap_is "$tagged" "${SEEN[$1.$2.tagged]}" "$ROW: exact: tags beside packets"
      exact_row exact-any
      any=$CELL
    fi
  fi
  sample_row "sample$half"
  sample=$CELL
  verdicts "sample$half" ''
  if [[ $HOST == host ]]; then
    sample_row sample-any
    sample_any=$CELL
    verdicts sample-any ''
  fi
  none_row "none${half/[0-9]/}"
  table_row "$1" "$2" "$3" "$4" "$5" "$T" "$TO" "${exact:--}" "${any:--}" "$sample" "${sample_any:--}" \
    "$counter" "$capture" "$cause"
}

# Without a capture there is the counter, and on transmit what left through a queue.
none_row() { # OBSERVER
  local got source status
  source=${OBSERVE_FACT["$1 $IF.$DIR.wire.source"]--}
  if [[ $source == qdisc ]]; then
    observe_list got "$1" "$IF.$DIR" wire.{frames,low,high,octets,octets_low,octets_high}
    # shellcheck disable=SC2086
    queue_holds $got
    status=$?
    tap_ok $status "$ROW: none: wire is what left through the queue, and no less than was counted"
    ((status == 0)) || tap_diag "got $got; truth $T frames, $TO octets; the counter $COUNTER"
    verdicts "$1" ''
  else
    observe_list got "$1" "$IF.$DIR" wire.frames wire.source {counter,capture}.verdict
    tap_is "$got" "$COUNTER counter unknown unknown" "$ROW: none: the counter is all there is"
  fi
}

# A queue counts no segments of a packet that tells none: then there is no more than a bound.
queue_holds() { # FRAMES LOW HIGH OCTETS LOW HIGH
  [[ $1 == "$T" && $4 == "$TO" ]] || { (($1 >= COUNTER)) && holds "$1" "$2" "$3" "$T" && holds "$4" "$5" "$6" "$TO"; }
}

# ---- the table ----------------------------------------------------------------------------------------------------

table_line() {
  printf '# | %-11s %-2s | %-38s | %-35s | %-9s | %6s %9s | %-9s %-9s | %-13s %-13s | %-13s %-13s %-12s |\n' "$@"
}

TABLE=()
table_row() { TABLE+=("$(table_line "${1/host\//}" "${@:2}")"); }

matrix_check() {
  local entry place
  local -a part
  for entry in "${ROWS[@]}"; do
    IFS='|' read -ra part <<<"$entry"
    place=${part[0]}
    check_row "${place% *}" "${place#* }" "${part[@]:1}"
  done
  table_line interface '' traffic offload oracle frames octets exact 'on any' sample 'on any' counter capture cause
  printf '%s\n' "${TABLE[@]}"
  printf '# | %s\n' "frames and octets: the oracle's; '=': the same to the frame and octet; 'est': between its bounds;" \
    "sample: bounds of its frames; verdicts and cause: those of exact"
}
