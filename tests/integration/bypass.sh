#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 25
#
# Traffic that the link counts and no tap sees: XDP drops, turns round or redirects it, or an AF_XDP socket sends it.
# The truth is what the sender's own count says. The counter, which alone has it all, must not be accused. (What goes
# past the queue and the tap by PACKET_QDISC_BYPASS is one of the situations.)
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

readonly UNSEEN=6000 FRAME=1042 # frames of a blast, and octets of each: a header of 42, and 1,000 of payload
readonly SEEN=8000              # frames of a transfer, at the least

# ---- the lab ------------------------------------------------------------------------------------------------------

# "host" is observed: eth0 is linked to "far" and out0 to "beyond". Nobody has the address NOBODY, and nobody forwards,
# so what goes there is counted and answered by none.
nobody() { echo "10.$1.0.9"; } # SUBNET

setup() {
  lab_host host && lab_host far && lab_host beyond || return
  lab_link host eth0 far eth0 7 && lab_link host out0 beyond eth0 8 || return
  lab_offload host out0 gro on && lab_offload beyond eth0 gro on || return
  offloads on off
}

# offloads GRO TSO: of the receiving host, and of the sending one
offloads() {
  lab_offload host eth0 gro "$1" gso on tso on && lab_offload far eth0 gro on gso "$2" tso "$2"
}

# xdp HOST NAME ARGUMENT...: attached, until xdp_end; status 2 if this kernel has no such thing
declare -A XDP_PID=()
xdp() {
  local host=$1 name=$2
  shift 2
  [[ -x $LAB_BIN/xdp ]] || { XDP_SAID="no xdp in this build of the lab"; return 2; }
  lab_spawn_in "$host" "$name" "$LAB_BIN/xdp" "$@"
  XDP_PID[$name]=$LAB_PID
  lab_wait_log 5 "$name" '^attached' 2>/dev/null && return
  XDP_SAID=$(tail -n 1 "$LAB_DIR/$name.log")
  return 2
}

xdp_end() { # NAME: the frames that it acted on in XDP_FRAMES
  lab_stop "${XDP_PID[$1]}"
  XDP_FRAMES=$(lab_figure frames "$(tail -n 1 "$LAB_DIR/$1.log")")
}

# ---- traffic ------------------------------------------------------------------------------------------------------

BLASTED=0

# blast FRAMES: from "far" to port 9, which is what XDP takes
blast() {
  local line
  line=$(lab_in far "$LAB_BIN/blast" --count "$1" --qdisc eth0 "$(lab_mac 7 1)" 10.7.0.2 "$(nobody 7)") || return
  BLASTED=$((BLASTED + $(lab_figure frames "$line")))
  lab_settle host eth0
}

# blast_out FRAMES: out of "host" on an AF_XDP socket
blast_out() {
  local line
  line=$(lab_in host "$LAB_BIN/xsk" eth0 "$(lab_mac 7 2)" 10.7.0.1 "$(nobody 7)" "$1" 2>&1)
  XSK_STATUS=$?
  [[ $XSK_STATUS == 0 ]] || { XSK_SAID=$line; return "$XSK_STATUS"; }
  BLASTED=$((BLASTED + $(lab_figure frames "$line")))
  lab_settle host eth0
}

# flow in|out [FRAMES]: what the tap sees
flow() {
  local frames=${2:-$SEEN} from=far to=host address=10.7.0.1
  if [[ $1 == out ]]; then from=host to=far address=10.7.0.2; fi
  lab_flow "$from" "$to" "$address" --mss 1440 --window $((128 * 1440)) -- --mss 1440 --bytes $((frames * 1440)) &&
    lab_settle host eth0
}

# What left "far" or "host" by the queue of eth0; what AF_XDP sends does not go through it.
queued() { tc -n "$(lab_ns "$1")" -s -j qdisc show dev eth0 root | jq -r '.[0] | "\(.packets) \(.bytes)"'; } # HOST

# ---- what has to come of it ---------------------------------------------------------------------------------------

observe_both() {
  BLASTED=0
  [[ -z $has_exact ]] || { observe exact host --method exact; tap_ok $? "$what: it begins to observe (exact)"; }
  observe sample host --method sample
  tap_ok $? "$what: it begins to observe (sample)"
}

end_both() {
  local name
  for name in $methods; do observe_decided "$name" && observe_end "$name"; done
}

# unseen IF.DIR FRAMES: nothing but what the tap cannot see
unseen() {
  local method got frames octets low
  for method in $methods; do
    observe_list got "$method" "$1" wire.{high,octets_high,source,estimated}
    tap_is "$got" "null null counter true" "$what: $method: $1: wire is from the counter, and nothing bounds it"
    frames=$(observe_fact "$method" "$1.wire.frames") low=$(observe_fact "$method" "$1.wire.low")
    if [[ $method == exact ]]; then
      tap_is "$frames $low" "$2 $2" "$what: $method: $1: all that was sent, to the frame"
    else
      # A few may have passed the tap without one being drawn.
      tap_ok $((frames > $2 || frames * 50 < $2 * 49 || low > frames)) "$what: $method: $1: what was sent: $frames of $2"
    fi
    observe_list got "$method" "$1" counter.{frames,verdict} capture.{frames,verdict} cause
    tap_is "$got" "$2 unknown 0 under-reports bypass" "$what: $method: $1: the counter is not accused, the capture is"
    [[ $(observe_fact "$method" "$1.counter.reason") == *unseen* ]]
    tap_ok $? "$what: $method: $1: it says why the counter has no verdict"
    octets=$(observe_fact "$method" "$1.wire.octets") low=$(observe_fact "$method" "$1.wire.octets_low")
    # What was never seen has the octets that the counter has: a veth's may leave an Ethernet header out of each.
    tap_ok $((octets < $2 * (FRAME - 14) || octets > $2 * FRAME || low > $2 * FRAME)) \
      "$what: $method: $1: octets, but for a header: $octets of $(($2 * FRAME))"
  done
}

# beside IF.DIR SEEN UNSEEN COUNTERS [maybe]: both kinds at once; COUNTERS are the verdicts that the counter may have.
# maybe: it need not be found out, since a counter of both packets and frames would have said the same.
beside() {
  local method got frames low high truth=$(($2 + $3)) octets_low octets_high margin
  for method in $methods; do
    margin=0
    observe_list got "$method" "$1" wire.{frames,low,high}
    read -r frames low high <<<"$got"
    if [[ $method == exact && ${5-} != maybe ]]; then
      tap_is "$got" "$truth $truth null" "$what: $method: $1: all of both kinds, to the frame, and nothing bounds it"
    else
      # Bounds of 95 % are missed at times.
      [[ $method == exact ]] || margin=$((2 * (frames - low) + 200))
      [[ $((low - margin)) -le $truth && ($high == null || $((high + margin)) -ge $truth) ]]
      tap_ok $? "$what: $method: $1: the bounds hold the truth: $frames, $low to $high of $truth"
      tap_ok $((frames > truth + truth / 20)) "$what: $method: $1: no more than there was"
    fi
    observe_list got "$method" "$1" wire.{octets_low,octets_high}
    read -r octets_low octets_high <<<"$got"
    margin=$((margin * 1514))
    [[ $((octets_low - margin)) -le $OCTETS && ($octets_high == null || $((octets_high + margin)) -ge $OCTETS) ]]
    tap_ok $? "$what: $method: $1: the bounds of octets hold the truth: $octets_low to $octets_high of $OCTETS"
    got=$(observe_fact "$method" "$1.counter.verdict")
    [[ " $4 " == *" $got "* ]]
    tap_ok $? "$what: $method: $1: no false accusation of the counter: $got"
    got=$(observe_fact "$method" "$1.capture.verdict")
    [[ $got == under-reports || ($got == unknown && $method == sample) ]]
    tap_ok $? "$what: $method: $1: the capture: $got"
  done
}

# ---- XDP ----------------------------------------------------------------------------------------------------------

# no_xdp STATUS: skips what this kernel or build does not have
no_xdp() {
  [[ $1 != 0 ]] || return
  if [[ $1 == 2 ]]; then tap_skip "$what" "$XDP_SAID"; else tap_ok 1 "$what: XDP attaches"; fi
}

test_drop() { # native|--generic
  local what="XDP drops all, ${1#--}" options=()
  [[ $1 != --generic ]] || options=(--generic)
  xdp host drop "${options[@]}" drop eth0 || { no_xdp $?; return; }
  observe_both
  blast $UNSEEN
  tap_ok $? "$what: the traffic"
  end_both
  xdp_end drop
  tap_is "$XDP_FRAMES" "$BLASTED" "$what: XDP dropped all that was sent"
  unseen eth0.rx "$BLASTED"
}

# What comes in goes back: a veth takes it only where the other end has a program too.
test_turn() { # native|--generic
  local what="XDP sends back, ${1#--}" options=()
  [[ $1 != --generic ]] || options=(--generic)
  xdp far far --port 1 drop eth0 || { no_xdp $?; return; }
  xdp host turn "${options[@]}" tx eth0 || { no_xdp $?; xdp_end far; return; }
  observe_both
  blast $UNSEEN
  tap_ok $? "$what: the traffic"
  end_both
  xdp_end turn
  xdp_end far
  tap_is "$XDP_FRAMES" 0 "$what: the other end took nothing off"
  unseen eth0.rx "$BLASTED"
  unseen eth0.tx "$BLASTED"
}

test_redirect() { # native|--generic
  local what="XDP redirects, ${1#--}" options=()
  [[ $1 != --generic ]] || options=(--generic)
  xdp host redirect "${options[@]}" redirect eth0 out0 || { no_xdp $?; return; }
  observe_both
  blast $UNSEEN
  tap_ok $? "$what: the traffic"
  lab_settle host out0
  end_both
  xdp_end redirect
  tap_is "$XDP_FRAMES" "$BLASTED" "$what: XDP redirected all that was sent"
  unseen eth0.rx "$BLASTED"
  unseen out0.tx "$BLASTED"
}

# ---- AF_XDP -------------------------------------------------------------------------------------------------------

test_socket() {
  local what="AF_XDP sends, copied"
  observe_both
  blast_out $UNSEEN
  if [[ $XSK_STATUS == 3 ]]; then
    end_both
    tap_skip "$what" "$XSK_SAID"
    return
  fi
  tap_is "$XSK_STATUS" 0 "$what: the traffic"
  end_both
  unseen eth0.tx "$BLASTED"
}

# ---- beside what the tap sees -------------------------------------------------------------------------------------

# rounds in|out BLAST: in turns, several to a reading
rounds() {
  for _ in 1 2 3 4; do
    flow "$1" $((SEEN / 4)) && "$2" $((UNSEEN / 4)) || return
  done
}

# in_turns IF.DIR SENDER in|out BEFORE BLAST COUNTERS [maybe]: BEFORE: frames that pass the tap before any does not
in_turns() {
  local queue before OCTETS
  observe_both
  before=$(queued "$2")
  if [[ -n $4 ]]; then
    flow "$3" "$4"
    # What was there before has to be learned from a reading of its own.
    for name in $methods; do observe_polled "$name"; done
  fi
  rounds "$3" "$5"
  tap_ok $? "$what: the traffic"
  end_both
  queue=$(queued "$2")
  OCTETS=$((${queue#* } - ${before#* })) queue=$((${queue% *} - ${before% *}))
  if [[ $5 == blast ]]; then
    queue=$((queue - BLASTED)) # they went through the queue as well
  else
    OCTETS=$((OCTETS + BLASTED * FRAME))
  fi
  beside "$1" "$queue" "$BLASTED" "$6" "${7-}"
}

# What passes comes in frames, is counted so, and merges after it was counted.
test_drop_half() { # native|--generic
  local what="XDP drops a part, ${1#--}, and frames merge" options=()
  [[ $1 != --generic ]] || options=(--generic)
  xdp host drop "${options[@]}" drop eth0 || { no_xdp $?; return; }
  in_turns eth0.rx far in '' blast "agrees unknown"
  xdp_end drop
}

# What passes comes uncut: the counter has one for many frames. Only generic XDP leaves the other end's TSO on.
test_drop_half_uncut() { # BEFORE
  local what="XDP drops a part, generic, and uncut packets pass${1:+, after $1 alone}"
  xdp host drop --generic drop eth0 || { no_xdp $?; return; }
  offloads off on
  in_turns eth0.rx far in "$1" blast "under-reports unknown" "${1:-maybe}"
  xdp_end drop
  offloads on off
}

test_socket_beside() { # BEFORE
  local what="AF_XDP beside uncut packets${1:+, after $1 alone}"
  [[ $XSK_STATUS != 3 ]] || { tap_skip "$what" "$XSK_SAID"; return; }
  in_turns eth0.tx host out "$1" blast_out "under-reports unknown" "${1:-maybe}"
}

# A program that comes and goes while it is observed.
test_drop_for_a_while() {
  local what="XDP drops for a while" before queue OCTETS
  observe_both
  before=$(queued far)
  flow in
  xdp host drop drop eth0 || { no_xdp $?; end_both; return; }
  for name in $methods; do observe_polled "$name"; done
  blast $UNSEEN && flow in
  tap_ok $? "$what: the traffic"
  for name in $methods; do observe_polled "$name"; done
  xdp_end drop
  flow in
  end_both
  queue=$(queued far)
  OCTETS=$((${queue#* } - ${before#* }))
  beside eth0.rx $((${queue% *} - ${before% *} - BLASTED)) "$BLASTED" "agrees unknown"
}

# ---- all ----------------------------------------------------------------------------------------------------------

setup || exit 1
has_exact=1 methods='exact sample'
observe_has_exact host "exact with traffic past the tap" || has_exact='' methods=sample
XSK_STATUS=0 XSK_SAID='' XDP_SAID=''
for way in native --generic; do
  test_drop $way
  test_turn $way
  test_redirect $way
  test_drop_half $way
done
test_drop_for_a_while
test_socket
for before in '' 20000; do
  test_drop_half_uncut "$before"
  test_socket_beside "$before"
done

tap_done
