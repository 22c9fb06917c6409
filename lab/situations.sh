#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The situations that demo and tests show, each with real traffic. Sourced after lab.sh, which has been started.
#
# One host, "host", is observed: it has one interface a situation, each linked to a peer of its own, so that one
# wiretruth, one collectd and one snmpd see them all. The traffic of the situations runs one after the other.
#
#   for id in "${situations[@]}"; do situation_setup "$id"; done
#   for id in "${situations[@]}"; do
#     situation_select "$id"                     # sets the S_ variables below
#     before=$(situation_oracle)
#     situation_traffic "$id" 4
#     echo "$S_IF $S_DIR $(($(situation_oracle) - before)) $S_COUNTER $S_CAPTURE $S_CAUSE"
#   done

# Frames that a transfer stands for at least. More make it longer, not different.
LAB_FRAMES=${LAB_FRAMES:-8000}
# Frames in flight at most: a veth's receive ring holds 256, and one that overflows drops or sends twice.
LAB_IN_FLIGHT=128

# shellcheck disable=SC2034 # for the caller
situations=(tso one gso gro mac uncut bypass plain)

# Sets of situation ID: S_ID, S_TITLE; S_HOST, S_IF and S_DIR (what is observed), S_PEER (the host at the other end);
# S_COUNTER, S_CAPTURE (verdicts) and S_CAUSE; S_ORACLES (which apply, best first: mib, qdisc, sent).
# shellcheck disable=SC2034
situation_select() {
  S_ID=$1 S_HOST=host S_IF=${1}0 S_PEER=peer-$1 S_DIR=tx S_COUNTER=agrees S_CAPTURE=agrees S_CAUSE=none
  S_ORACLES='mib qdisc'
  case $1 in
    tso)
      S_SUBNET=1 S_TITLE='transmit, TSO on'
      S_COUNTER=under-reports S_CAPTURE=under-reports S_CAUSE=tso
      ;;
    one)
      S_SUBNET=2 S_TITLE='transmit, TSO on, requests of one segment each'
      ;;
    gso)
      S_SUBNET=3 S_TITLE='transmit, TSO off, software GSO'
      ;;
    gro)
      S_SUBNET=4 S_TITLE='receive, GRO on, sender cuts' S_DIR=rx
      S_CAPTURE=under-reports S_CAUSE=gro
      ;;
    mac)
      S_SUBNET=5 S_TITLE='receive, GRO on, on a macvlan above' S_DIR=rx
      S_COUNTER=under-reports S_CAPTURE=under-reports S_CAUSE=lower-device
      ;;
    uncut)
      S_SUBNET=6 S_TITLE='receive on a veth whose peer sent uncut' S_DIR=rx
      S_COUNTER=under-reports S_CAPTURE=under-reports S_CAUSE=virtual-link
      ;;
    bypass)
      S_SUBNET=7 S_TITLE='transmit past the tap' S_ORACLES='sent mib'
      S_CAPTURE=under-reports S_CAUSE=bypass
      ;;
    plain)
      S_SUBNET=8 S_TITLE='no offload anywhere' S_DIR=rx
      ;;
    *)
      lab_fail "no situation '$1'"
      ;;
  esac
}

situation_title() (
  situation_select "$1" && echo "$S_TITLE"
)

# ---- set-up -------------------------------------------------------------------------------------------------------

# The observed host has side 1 of every link. Offloads are all set, since their defaults differ between kernels.
situation_setup() {
  situation_select "$1" || return
  situation_observed_host || return
  lab_host "$S_PEER" || return
  if [[ $1 == mac ]]; then
    situation_setup_mac
  else
    lab_link "$S_HOST" "$S_IF" "$S_PEER" eth0 "$S_SUBNET" || return
    "situation_offloads_$1"
  fi
}

situation_observed_host() {
  [[ -e /run/netns/$(lab_ns "$S_HOST") ]] || lab_host "$S_HOST"
}

# near and far: features of the observed host's end and of the peer's. GRO off where a veth only has to pass frames
# on: it would receive through a ring.
situation_near() { lab_offload "$S_HOST" "$S_IF" "$@"; }
situation_far() { lab_offload "$S_PEER" eth0 "$@"; }

situation_offloads_tso() { situation_near gro off gso on tso on && situation_far gro off gso on tso on; }
situation_offloads_one() { situation_offloads_tso; }
situation_offloads_gso() { situation_near gro off tso off gso on && situation_far gro off tso off gso on; }
situation_offloads_gro() { situation_near gso on tso on gro on && situation_far gro off tso off gso off; }
situation_offloads_uncut() { situation_offloads_tso; }
situation_offloads_bypass() { situation_offloads_tso; }
situation_offloads_plain() {
  local all=(gro off gso off tso off sg off tx off rx off)
  situation_near "${all[@]}" && situation_far "${all[@]}"
}

# The address is the macvlan's; the device below it has none and merges.
situation_setup_mac() {
  lab_wire "$S_HOST" maclow0 "$S_PEER" eth0 "$S_SUBNET" || return
  lab_macvlan "$S_HOST" maclow0 "$S_IF" "$S_SUBNET" || return
  lab_join "$S_HOST" "$S_IF" "$S_SUBNET" 1 "$(lab_mac "$S_SUBNET" 2)" || return
  lab_join "$S_PEER" eth0 "$S_SUBNET" 2 "$(lab_mac "$S_SUBNET" 3)" || return
  lab_offload "$S_HOST" maclow0 gro on gso on tso on || return
  situation_far gro off tso off gso off
}

# ---- traffic ------------------------------------------------------------------------------------------------------

# situation_traffic ID [4|6] [MSS]: one bounded transfer, to its end. S_SENT: the sender's own count, where it has one
situation_traffic() {
  local ip=${2:-4} mss=${3:-1440}
  situation_select "$1" || return
  S_SENT=
  case $1 in
    one) situation_requests "$ip" "$mss" || return ;;
    bypass) situation_blast "$ip" "$mss" || return ;;
    *) situation_bulk "$ip" "$mss" || return ;;
  esac
  lab_settle "$S_HOST" "$S_IF"
}

situation_bulk() {
  local from=$S_HOST to=$S_PEER side=2 options=(--mss "$2")
  if [[ $S_DIR == rx ]]; then from=$S_PEER to=$S_HOST side=1; fi
  lab_flow "$from" "$to" "$(lab_address "$S_SUBNET" $side "$1")" "${options[@]}" --window $((LAB_IN_FLIGHT * $2)) -- \
    "${options[@]}" --bytes $((LAB_FRAMES * $2))
}

# Each request is answered before the next is sent, and with every option fits one segment.
situation_requests() {
  local size=$(($2 > 1060 ? 1000 : $2 - 60))
  lab_flow "$S_HOST" "$S_PEER" "$(lab_address "$S_SUBNET" 2 "$1")" --mss "$2" --answer --size $size -- \
    --mss "$2" --answer --size $size --bytes $((size * LAB_FRAMES))
}

# Somebody has to own the port, or the peer would answer with ICMP errors.
situation_blast() {
  local size=$(($2 > 1060 ? 1000 : $2 - 60)) address receiver
  address=$(lab_address "$S_SUBNET" 2 "$1")
  lab_spawn_in "$S_PEER" receive "$LAB_BIN/flow" receive --limit 60 --udp --port 9 --bytes $((size * LAB_FRAMES)) "$address"
  receiver=$LAB_PID
  lab_wait_log 5 receive '^listening' || return
  lab_spawn_in "$S_HOST" send "$LAB_BIN/blast" --limit 60 --count "$LAB_FRAMES" --size $size "$S_IF" "$(lab_mac "$S_SUBNET" 2)" \
    "$(lab_address "$S_SUBNET" 1 "$1")" "$address"
  lab_both_end "$LAB_PID" "$receiver" || return
  S_SENT=$(lab_figure frames "$LAB_SENT")
  echo $(($(situation_sent) + S_SENT)) >"$LAB_DIR/sent-$S_ID"
}

# In a file, so that it also counts what was sent from a subshell.
situation_sent() { cat "$LAB_DIR/sent-$S_ID" 2>/dev/null || echo 0; }

# ---- oracles ------------------------------------------------------------------------------------------------------

# situation_oracle [mib|qdisc|sent]: the selected situation's frames so far, by the given oracle or the best
#
# mib counts all that the receiving host receives. Where that is the observed host, nothing else may talk meanwhile.
situation_oracle() {
  local sender=$S_HOST sender_if=$S_IF receiver=$S_PEER
  if [[ $S_DIR == rx ]]; then sender=$S_PEER sender_if=eth0 receiver=$S_HOST; fi
  case ${1:-${S_ORACLES%% *}} in
    mib) lab_ip_segments "$receiver" ;;
    qdisc) lab_qdisc_packets "$sender" "$sender_if" ;;
    sent) situation_sent ;;
    *) lab_fail "no oracle '$1'" ;;
  esac
}

# ---- cutting oracle -----------------------------------------------------------------------------------------------

# IP MIB and qdisc read the same gso_segs as wiretruth's tap. Here the packets that leave "host" by cut0 uncut are cut
# by a router, whose way out can neither TSO nor GSO, and behind it every frame is counted one by one.
cutting_setup() {
  S_HOST=host S_IF=cut0
  situation_observed_host || return
  lab_host router && lab_host sink || return
  lab_link host cut0 router in0 20 && lab_link router out0 sink eth0 21 || return
  lab_forward router || return
  lab_offload host cut0 gro off gso on tso on tx-udp-segmentation on || return
  lab_offload router in0 gro off || return
  lab_offload router out0 gro off tso off tx-udp-segmentation off gso off || return
  lab_offload sink eth0 gro off || return
  cutting_route host 21 20 2 && cutting_route sink 20 21 1
}

# cutting_route HOST TO_SUBNET VIA_SUBNET VIA_SIDE
cutting_route() {
  ip -n "$(lab_ns "$1")" route add "$(lab_address "$2" 0)/24" via "$(lab_address "$3" "$4")" &&
    ip -n "$(lab_ns "$1")" -6 route add "$(lab_address "$2" 0 6)/64" via "$(lab_address "$3" "$4" 6)"
}

# cutting_traffic tcp|udp [4|6] [MSS]: one transfer from cut0. What the reader behind the router counted in
# CUT_FRAMES and CUT_OCTETS; fails if it lost a frame, or saw one that was not cut.
cutting_traffic() {
  local address mss=${3:-1440} reader
  address=$(lab_address 21 2 "${2:-4}")
  lab_spawn_in sink cutting-reader "$LAB_BIN/frames" eth0
  reader=$LAB_PID
  lab_wait_log 5 cutting-reader '^ready' || return
  "cutting_$1" "$address" "$mss" || { lab_stop "$reader"; return 1; }
  lab_settle sink eth0 || return
  lab_settle host cut0 || return
  lab_stop "$reader" || return
  cutting_result "$(tail -n 1 "$LAB_DIR/cutting-reader.log")"
}

cutting_tcp() {
  lab_flow host sink "$1" --mss "$2" --window $((LAB_IN_FLIGHT * $2)) -- --mss "$2" --bytes $((LAB_FRAMES * $2))
}

# The last datagram of each write is a short one, so that a count by size alone would be wrong.
cutting_udp() {
  local segment=$(($2 - 40))
  local size=$((40 * segment - 7))
  local options=(--udp --size "$size" --window $((2 * size)) --bytes $((size * (LAB_FRAMES / 40))))
  lab_flow host sink "$1" "${options[@]}" -- "${options[@]}" --segment $segment
}

# shellcheck disable=SC2034 # for the caller
cutting_result() {
  [[ $LAB_STATUS == 0 ]] || { lab_fail "the reader: $1"; return; }
  [[ $(lab_figure rx_merged "$1") == 0 ]] || { lab_fail "not cut: $1"; return; }
  CUT_FRAMES=$(lab_figure rx_frames "$1")
  CUT_OCTETS=$(lab_figure rx_octets "$1")
}
