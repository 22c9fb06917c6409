# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A switch with a SPAN port. Sourced after lab.sh, which has been started.
#
# A bridge, "switch", joins the eth0 of "host", which is observed, and that of "far". What passes its port to the host is
# copied in both directions (tc mirred) to the port that the host has its span0 on. To "far" the switch passes frames
# only, whatever they came as.

SPAN_HOST_MAC=$(lab_mac 7 1) SPAN_FAR_MAC=$(lab_mac 8 2)

span_setup() {
  lab_host host && lab_host switch && lab_host far || return
  lab_wire host eth0 switch p1 7 && lab_wire switch p2 far eth0 8 || return
  lab_join host eth0 7 1 "$SPAN_FAR_MAC" && lab_join far eth0 7 2 "$SPAN_HOST_MAC" || return
  span_switch ip link add br0 type bridge mcast_snooping 0 stp_state 0 || return
  span_switch ip link set br0 arp off multicast off addrgenmode none up || return
  span_switch ip link set p1 master br0 && span_switch ip link set p2 master br0 || return
  lab_wait 5 "the bridge to forward" span_forwards || return
  span_switch tc qdisc add dev p1 clsact || return
  lab_offload host eth0 gro off gso on tso on && lab_offload far eth0 gro off gso off tso off || return
  lab_offload switch p1 gro off gso off tso off && lab_offload switch p2 gro off gso off tso off || return
  span_begin
}

span_switch() { "$1" -n "$(lab_ns switch)" "${@:2}"; } # ip|tc ARGUMENT...

span_forwards() {
  [[ $(span_switch ip -d link show p1) == *'state forwarding'* ]] &&
    [[ $(span_switch ip -d link show p2) == *'state forwarding'* ]]
}

# The SPAN port: sp of the switch, linked to span0.
span_begin() {
  local way
  lab_wire host span0 switch sp 9 && span_copies off off || return
  for way in ingress egress; do
    span_switch tc filter add dev p1 $way protocol all u32 match u32 0 0 action mirred egress mirror dev sp || return
  done
}

span_end() {
  span_switch tc filter del dev p1 ingress && span_switch tc filter del dev p1 egress || return
  ip -n "$(lab_ns host)" link del span0
}

# span_copies UNCUT MERGE: whether copies leave the switch as they came, uncut; and whether they merge where they arrive
span_copies() {
  lab_offload switch sp gro off gso "$1" tso "$1" tx-udp-segmentation "$1" && lab_offload host span0 gro "$2"
}

# Slower than what it copies: it loses frames.
span_oversubscribe() { span_switch tc qdisc replace dev sp root tbf rate 200mbit burst 32kb limit 64kb; }

span_drops() { span_switch tc -s -j qdisc show dev sp root | jq '.[0].drops'; }

# span_blast HOST IF MAC FRAMES [OPTION]...: to an address that nobody has, so that nobody answers. What was sent in
# SPAN_SENT; returns when it has come wherever it comes.
span_blast() {
  local line
  line=$(lab_in "$1" "$LAB_BIN/blast" --count "$4" "${@:5}" "$2" "$3" 10.7.0.1 10.7.0.9) || return
  # shellcheck disable=SC2034 # for the caller
  SPAN_SENT=$(lab_figure frames "$line")
  lab_settle far eth0 && lab_settle host eth0 || return
  ! lab_in host test -e /sys/class/net/span0 || lab_settle host span0
}
