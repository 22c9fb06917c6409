#!/bin/bash
# SPDX-License-Identifier: MIT
#
# One transfer, captured at three places at once: on the sender above TSO, on the wire, and on the receiver after GRO.
# Shows what `wiretruth read` tells of each file:
#
#   lab/places.sh
#
# The tests source it for its hosts:
#
#   left (TSO) -- cutter == wire == keeper -- right (GRO)
#
# A veth hands over packets with the checksum that its sender left to a device, and uncut. So the two in the middle have
# no offloads: they compute and cut as hardware would.

: "${PLACES_FRAMES:=8000}" # the transfer stands for

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

declare -A PLACES_CAPTURE=() # name -> pid

# HOST TO VIA SIDE: subnets
places_route() {
  ip -n "$(lab_ns "$1")" route add "$(lab_address "$2" 0)/24" via "$(lab_address "$3" "$4")" &&
    ip -n "$(lab_ns "$1")" -6 route add "$(lab_address "$2" 0 6)/64" via "$(lab_address "$3" "$4" 6)"
}

places_setup() {
  local plain=(gro off gso off tso off sg off tx off)
  lab_host left && lab_host cutter && lab_host keeper && lab_host right || return
  lab_link left eth0 cutter in0 31 && lab_link cutter wire0 keeper wire1 32 && lab_link keeper out0 right eth0 33 || return
  lab_forward cutter && lab_forward keeper || return
  lab_offload cutter in0 "${plain[@]}" && lab_offload cutter wire0 "${plain[@]}" || return
  lab_offload keeper wire1 "${plain[@]}" && lab_offload keeper out0 "${plain[@]}" || return
  lab_offload left eth0 gro off gso on tso on && lab_offload right eth0 gro on gso on tso on || return
  places_route left 33 31 2 && places_route cutter 33 32 2 && places_route keeper 31 32 1 && places_route right 31 33 1
}

# places_capture NAME HOST INTERFACE [OPTION]...: tcpdump into $LAB_DIR/NAME.pcap
#
# In immediate mode each slot of the ring has the snap length, so it is no more than the packets need.
places_capture() {
  local name=$1 host=$2 interface=$3
  shift 3
  lab_spawn_in "$host" "$name" tcpdump -Z root -n --immediate-mode -s 65600 -B 65536 -i "$interface" \
    -w "$LAB_DIR/$name.pcap" "$@"
  PLACES_CAPTURE[$name]=$LAB_PID
  lab_wait_log 10 "$name" '^(tcpdump: )?listening on'
}

# places_end NAME...: ends captures. One that lost packets is no capture of the whole transfer.
places_end() {
  local name
  for name in "$@"; do
    lab_stop "${PLACES_CAPTURE[$name]}" INT
    grep -q '^0 packets dropped by kernel' "$LAB_DIR/$name.log" || { lab_fail "$name lost packets"; return; }
  done
}

# places_transfer 4|6 [MSS]: from left to right. What lab/frames counted one by one on the wire in PLACES_FRAMES_THERE,
# PLACES_OCTETS_THERE and PLACES_FRAMES_BACK
places_transfer() {
  local mss=${2:-1440} reader counted
  lab_spawn_in keeper oracle "$LAB_BIN/frames" wire1
  reader=$LAB_PID
  lab_wait_log 5 oracle '^ready' || return
  lab_flow left right "$(lab_address 33 2 "$1")" --mss "$mss" --window $((128 * mss)) -- --mss "$mss" \
    --bytes $((PLACES_FRAMES * mss)) || return
  lab_settle keeper wire1 && lab_settle left eth0 && lab_settle right eth0 && lab_stop "$reader" || return
  counted=$(tail -n 1 "$LAB_DIR/oracle.log")
  [[ $(lab_figure rx_merged "$counted") == 0 ]] || { lab_fail "not cut: $counted"; return; }
  # shellcheck disable=SC2034 # for the caller
  PLACES_OCTETS_THERE=$(lab_figure rx_octets "$counted")
  PLACES_FRAMES_THERE=$(lab_figure rx_frames "$counted") PLACES_FRAMES_BACK=$(lab_figure tx_frames "$counted")
}

# All three at once, of one transfer. In the middle frames are short.
places_three() { # 4|6 [MSS]
  places_capture sender left eth0 && places_capture middle keeper wire1 -s 2048 && places_capture receiver right eth0 &&
    places_transfer "$@" && places_end sender middle receiver
}

[[ ${BASH_SOURCE[0]} == "$0" ]] || return 0

set -u
PLACES_FRAMES=20000
lab_start && places_setup && places_three 4 || exit 1
echo "$PLACES_FRAMES_THERE frames from left to right, $PLACES_FRAMES_BACK back, counted one by one on the wire"
cd "$LAB_DIR" || exit 1
for place in sender middle receiver; do
  echo
  "$LAB_BUILD/wiretruth" read $place.pcap
done
