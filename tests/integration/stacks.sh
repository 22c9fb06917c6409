#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Devices above devices: each layer is judged on its own, by what passed it. The one that merges has a counter of
# frames and cause gro; above it the counter has packets, cause is lower-device, and the report names the device below.
# Where the lowest one is a link that hands packets over uncut, its own cause is virtual-link.
#
# Kinds that few kernels of build machines have (VLAN, bond, team) are judged in the guest.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

readonly FRAMES=8000 MSS=1300 # a tunnel's headers have to fit as well

# ---- the lab ------------------------------------------------------------------------------------------------------

# "host" is observed. Each stack has a link of its own to "far": IF at both ends, without an address.
declare -A SUBNET=()
subnet=60

# wire IF uncut|cut: how packets come from "far". GRO is on in both cases: nobody cuts what comes uncut.
wire() {
  SUBNET[$1]=$((++subnet))
  lab_wire host "$1" far "$1" "$subnet" || return
  lab_offload host "$1" gro on gso on tso on || return
  if [[ $2 == cut ]]; then
    lab_offload far "$1" gro off tso off gso off
  else
    # Without GRO at both ends: a veth with a ring would merge on what another one sent uncut.
    lab_offload host "$1" gro off && lab_offload far "$1" gro off tso on gso on
  fi
}

in_host() { ip -n "$(lab_ns host)" "$@"; }

# bridge NAME PORT...
bridge() {
  local port
  in_host link add "$1" address "$(lab_mac "${SUBNET[$2]}" 3)" type bridge mcast_snooping 0 || return
  for port in "${@:2}"; do in_host link set "$port" master "$1" || return; done
  in_host link set "$1" arp off multicast off up
}

# join IF WIRE [HOST]: the addresses of WIRE, for the topmost device and its peer
join() {
  lab_join "${3:-host}" "$1" "${SUBNET[$2]}" 1 "$(lab_mac "${SUBNET[$2]}" 2)" &&
    lab_join far "$2" "${SUBNET[$2]}" 2 "$(lab_mac "${SUBNET[$2]}" 3)"
}

# tunnel HOST NAME WIRE SIDE SUBNET
tunnel() {
  local other=$((3 - $4))
  ip -n "$(lab_ns "$1")" link add "$2" address "$(lab_mac "$5" "$4")" mtu 1450 type vxlan id "$5" dstport 4789 nolearning \
    local "$(lab_address "${SUBNET[$3]}" "$4")" remote "$(lab_address "${SUBNET[$3]}" $other)" dev "$3" &&
    ip -n "$(lab_ns "$1")" link set "$2" arp off multicast off up &&
    lab_join "$1" "$2" "$5" "$4" "$(lab_mac "$5" $other)"
}

# tunnels LAYER WIRE: a tunnel over a wire, joined; in from "far" it comes cut
tunnels() {
  local inner=$((++subnet))
  SUBNET[$1]=$inner
  lab_join host "$2" "${SUBNET[$2]}" 1 "$(lab_mac "${SUBNET[$2]}" 2)" &&
    lab_join far "$2" "${SUBNET[$2]}" 2 "$(lab_mac "${SUBNET[$2]}" 1)" &&
    tunnel host "$1" "$2" 1 "$inner" && tunnel far "$1" "$2" 2 "$inner" || return
  lab_offload host "$1" gro on gso on tso on && lab_offload far "$1" gro off gso off tso off
}

setup() {
  lab_host host && lab_host far && lab_host inner || return
  wire port0 cut && bridge br0 port0 && join br0 port0 || return
  # Two ports: which of them merged cannot be said of the bridge as a whole.
  wire left0 cut && wire right0 cut && bridge brtwo0 left0 right0 && join brtwo0 left0 || return
  wire base0 cut && bridge brmac0 base0 && in_host link set brmac0 address "$(lab_mac "${SUBNET[base0]}" 4)" &&
    lab_macvlan host brmac0 top0 "${SUBNET[base0]}" && join top0 base0 || return
  wire uncut0 uncut && bridge bruncut0 uncut0 && join bruncut0 uncut0 || return
  wire maclow0 uncut && lab_macvlan host maclow0 macuncut0 "${SUBNET[maclow0]}" && join macuncut0 maclow0 || return
  # A container's.
  wire away0 cut && lab_macvlan host away0 guest0 "${SUBNET[away0]}" && in_host link set guest0 netns "$(lab_ns inner)" &&
    ip -n "$(lab_ns inner)" link set guest0 arp off multicast off up && join guest0 away0 inner || return
  wire under0 cut && tunnels vx0 under0 || return
  # The device below does not merge: the tunnel does so itself.
  wire plain0 cut && lab_offload host plain0 gro off && tunnels vxown0 plain0
}

# ---- traffic ------------------------------------------------------------------------------------------------------

# transfer HOST TOP BOTTOM in|out [SUBNET]: one, and what passed the wire in QUEUED_FRAMES and QUEUED_OCTETS
declare -A IN_FRAMES=() IN_OCTETS=() OUT_FRAMES=() OUT_OCTETS=()

queued() { tc -n "$(lab_ns "$1")" -s -j qdisc show dev "$2" root | jq -r '.[0] | "\(.packets) \(.bytes)"'; } # HOST IF

transfers() { # HOST TOP BOTTOM SUBNET
  local before_in before_out after
  before_in=$(queued far "$3") before_out=$(queued host "$3")
  bulk far "$1" "$4" 1 && bulk "$1" far "$4" 2
  tap_ok $? "$2 above $3: the traffic"
  lab_settle host "$3"
  after=$(queued far "$3")
  IN_FRAMES[$3]=$((${after% *} - ${before_in% *})) IN_OCTETS[$3]=$((${after#* } - ${before_in#* }))
  after=$(queued host "$3")
  OUT_FRAMES[$3]=$((${after% *} - ${before_out% *})) OUT_OCTETS[$3]=$((${after#* } - ${before_out#* }))
}

bulk() { # FROM TO SUBNET SIDE
  lab_flow "$1" "$2" "$(lab_address "$3" "$4")" --mss $MSS --window $((128 * MSS)) -- --mss $MSS --bytes $((FRAMES * MSS))
}

# ---- what has to come of it ---------------------------------------------------------------------------------------

# wire_is NAME IF BOTTOM [HEADER]: what passed the wire below, less the octets that each frame had for a tunnel
wire_is() {
  local got header=${4:-0}
  observe_list got "$1" "$2.rx" wire.{frames,low,high,octets,source}
  tap_is "$got" "${IN_FRAMES[$3]} ${IN_FRAMES[$3]} ${IN_FRAMES[$3]} $((IN_OCTETS[$3] - header * IN_FRAMES[$3])) tap" \
    "$2 rx: wire is what passed $3, to the frame and octet"
  observe_list got "$1" "$2.tx" wire.{frames,low,high,octets,source}
  tap_is "$got" "${OUT_FRAMES[$3]} ${OUT_FRAMES[$3]} ${OUT_FRAMES[$3]} $((OUT_OCTETS[$3] - header * OUT_FRAMES[$3])) tap" \
    "$2 tx: wire is what passed $3, to the frame and octet"
}

# layer NAME IF LOWER RX-VERDICTS-CAUSE-BASIS [TX]
layer() {
  local got word
  tap_is "$(observe_fact "$1" "$2.lower")" "$3" "$2: the device below: $3"
  observe_list got "$1" "$2.rx" {counter,capture}.verdict cause counter.basis
  tap_is "$got" "$4" "$2 rx: $4"
  observe_list got "$1" "$2.tx" {counter,capture}.verdict cause counter.basis
  tap_is "$got" "${5:-under-reports under-reports tso packet}" "$2 tx: ${5:-under-reports under-reports tso packet}"
  [[ $1 == all ]] || return
  # sample may know less, and nothing else.
  for word in counter capture; do
    got=$(observe_fact sample "$2.rx.$word.verdict")
    [[ $got == unknown || $got == "$(observe_fact all "$2.rx.$word.verdict")" ]]
    tap_ok $? "$2 rx: sample contradicts nothing on the $word: $got"
  done
}

readonly MERGES='agrees under-reports gro wire' ABOVE='under-reports under-reports lower-device packet'
readonly UNCUT='under-reports under-reports virtual-link packet'

judge() {
  local if
  layer all port0 null "$MERGES"
  layer all br0 port0 "$ABOVE"
  wire_is all port0 port0
  wire_is all br0 port0

  layer all left0 null "$MERGES"
  layer all brtwo0 null "$ABOVE"
  wire_is all brtwo0 left0
  # Known to the bridge only once it has heard of it, what goes out may leave by the other port as well.
  tap_ok $(($(observe_fact all right0.rx.wire.frames) != 0)) "right0 rx: the other port is judged on its own"

  layer all base0 null "$MERGES"
  layer all brmac0 base0 "$ABOVE"
  layer all top0 brmac0 "$ABOVE"
  for if in base0 brmac0 top0; do wire_is all $if base0; done

  layer all uncut0 null "$UNCUT"
  layer all bruncut0 uncut0 "$ABOVE"
  layer all maclow0 null "$UNCUT"
  layer all macuncut0 maclow0 "$ABOVE"
  for if in uncut0 bruncut0; do wire_is all $if uncut0; done
  for if in maclow0 macuncut0; do wire_is all $if maclow0; done

  layer all away0 null "$MERGES"
  layer inner guest0 null "$ABOVE"
  [[ $(observe_fact inner guest0.lower_netns) =~ ^[0-9]+$ ]]
  tap_ok $? "guest0: the device below is in another namespace: $(observe_fact inner guest0.lower_netns)"
  wire_is all away0 away0
  wire_is inner guest0 away0

  layer all under0 null "$MERGES"
  layer all vx0 under0 "$ABOVE"
  wire_is all under0 under0
  wire_is all vx0 under0 50
  layer all plain0 null 'agrees agrees none undetermined'
  layer all vxown0 plain0 "$MERGES"
  wire_is all plain0 plain0
  wire_is all vxown0 plain0 50
}

# ---- all ----------------------------------------------------------------------------------------------------------

setup || exit 1
observe_has_exact host "devices above devices" || { tap_done; exit; }
observe all host --method exact
tap_ok $? "it begins to observe (all)"
observe sample host --method sample
tap_ok $? "it begins to observe (sample)"
observe inner inner --method exact
tap_ok $? "it begins to observe (inner)"
transfers host br0 port0 "${SUBNET[port0]}"
transfers host brtwo0 left0 "${SUBNET[left0]}"
transfers host top0 base0 "${SUBNET[base0]}"
transfers host bruncut0 uncut0 "${SUBNET[uncut0]}"
transfers host macuncut0 maclow0 "${SUBNET[maclow0]}"
transfers inner guest0 away0 "${SUBNET[away0]}"
transfers host vx0 under0 "${SUBNET[vx0]}"
transfers host vxown0 plain0 "${SUBNET[vxown0]}"
for name in all sample inner; do observe_decided $name && observe_end $name; done
judge
tap_done
