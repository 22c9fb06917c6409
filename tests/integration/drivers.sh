#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 90
#
# Real drivers and device kinds of another kernel: wiretruth runs in a guest in QEMU and has to find out by itself what
# each counter counts. Truth is counted outside, frame by frame, behind a router that cuts whatever the guest hands over
# uncut; what the driver's source says is compared only where the driver itself keeps the counter.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/guest.sh
. "$root/lab/guest.sh"

lab_start || exit 1
if ! guest_can; then
  echo "1..0 # SKIP no guest: $GUEST_WHY"
  exit 0
fi
if lab_sanitized; then
  echo "1..0 # SKIP an emulated processor is too slow for a sanitized build"
  exit 0
fi
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"
# shellcheck source=tests/integration/_guest.sh
. "$root/tests/integration/_guest.sh"

FRAMES=5000
MSS=1460

# ---- devices ------------------------------------------------------------------------------------------------------

# A device of each driver and setting, by its name in the guest: what QEMU calls it, whether its tap takes packets
# uncut (vnet_hdr), and how many frames may be on their way to it.
#
# With vnet_hdr the router cuts what the guest hands over; without, QEMU does it, as a NIC would. QEMU 7.2 cuts what
# e1000e and vmxnet3 hand over into IP fragments, and loses what 8139cp has no room for.
nics=(vtso vcut vsoft e1000 e1cut e1fcs cp e1000e vmx igb)
declare -A NIC=(
  [vtso]='virtio-net-pci on 128'
  [vcut]='virtio-net-pci,guest_tso4=off,guest_tso6=off,guest_ecn=off,guest_ufo=off on 128'
  [vsoft]='virtio-net-pci on 128'
  [e1000]='e1000 off 128'
  [e1cut]='e1000 off 128'
  [e1fcs]='e1000 off 128'
  [cp]='rtl8139 off 24'
  [e1000e]='e1000e on 128'
  [vmx]='vmxnet3 on 128'
  [igb]='igb off 128'
)
declare -A NIC_DRIVER=([vtso]=virtio_net [vcut]=virtio_net [vsoft]=virtio_net [e1000]=e1000 [e1cut]=e1000 [e1fcs]=e1000 [cp]=8139cp
  [e1000e]=e1000e [vmx]=vmxnet3 [igb]=igb)
# Features that are set, ethtool's names.
declare -A NIC_SET=([vsoft]='rx-gro-hw off' [e1cut]='tso off gso off gro off' [e1fcs]='rx-fcs on rx-all on' [cp]='tx on sg on tso on')
declare -A NIC_SETTING=([vtso]='host merges' [vcut]='guest_tso off' [vsoft]='rx-gro-hw off' [e1cut]='no merging' [e1fcs]='rx-fcs on'
  [cp]='tso on')

# vmxnet3 takes merged packets for such of full frames, where the host tells it no number: here they are not.
declare -A NIC_MSS=([vmx]=1400)

# What the source of the driver has, where the driver keeps the counter: verdicts of counter and capture, basis,
# octet basis and offset, cause.
declare -A FACT=(
  [vtso.tx]='under-reports under-reports packet packet 0 tso'
  [vcut.tx]='under-reports under-reports packet packet 0 tso'
  [vsoft.tx]='under-reports under-reports packet packet 0 tso'
  [vtso.rx]='under-reports under-reports packet packet 0 virtual-link'
  [vcut.rx]='agrees under-reports wire wire 0 gro'
  [vsoft.rx]='agrees under-reports wire wire 0 gro'
  [e1000.tx]='agrees under-reports wire wire 0 tso'
  [e1000.rx]='agrees under-reports wire wire 0 gro'
  [e1cut.tx]='agrees agrees undetermined undetermined null none'
  [e1cut.rx]='agrees agrees undetermined undetermined null none'
  [e1fcs.tx]='agrees under-reports wire wire 0 tso'
  # What is longer than its IP header says is not merged.
  [e1fcs.rx]='agrees agrees undetermined undetermined null none'
  [cp.tx]='under-reports under-reports packet packet 0 tso'
  [cp.rx]='agrees under-reports wire wire -14 gro'
  [igb.tx]='agrees under-reports wire wire 0 tso'
  [igb.rx]='agrees under-reports wire wire 0 gro'
)

nic_number() { # ID
  local i
  for i in "${!nics[@]}"; do [[ ${nics[i]} == "$1" ]] && echo "$i"; done
}

# ---- set-up -------------------------------------------------------------------------------------------------------

# sink ── router ── a tap for each device ── guest. Each device has a subnet of its own, 5x, and its own address of the
# sink, so that what goes to and fro takes that device.
outside_setup() {
  lab_host router && lab_host sink && lab_wire sink eth0 router out0 49 && lab_forward router || return
  lab_offload sink eth0 gro off tso off gso off || return
  # What comes from the sink frame by frame is merged here, for those that take merged packets.
  lab_offload router out0 gro on tso off gso off tx-udp-segmentation off || return
  ip -n "$(lab_ns router)" -batch - <<END
address add 10.49.0.1/16 dev out0
END
  ip -n "$(lab_ns sink)" -batch - <<END
address add 10.49.255.2/16 dev eth0
neighbour replace 10.49.0.1 lladdr $(lab_mac 49 2) dev eth0 nud permanent
END
}

nic_options() {
  local id device vnet
  for id in "${nics[@]}"; do
    read -r device vnet _ <<<"${NIC[$id]}"
    echo -netdev "tap,id=$id,ifname=t-$id,script=no,downscript=no,vnet_hdr=$vnet"
    echo -device "$device,netdev=$id,mac=$(lab_mac $((50 + $(nic_number "$id"))) 2),romfile="
  done
}

nics_setup() {
  local id i in_router='' in_sink='' in_guest=''
  for id in "${nics[@]}"; do
    i=$(nic_number "$id")
    in_router+="link set t-$id address $(lab_mac $((50 + i)) 1) arp off multicast off up
address add 10.$((50 + i)).0.1/24 dev t-$id
neighbour replace 10.$((50 + i)).0.2 lladdr $(lab_mac $((50 + i)) 2) dev t-$id nud permanent
neighbour replace 10.49.$i.2 lladdr $(lab_mac 49 1) dev out0 nud permanent
"
    in_sink+="address add 10.49.$i.2/16 dev eth0
route add 10.$((50 + i)).0.0/24 via 10.49.0.1 src 10.49.$i.2
"
    in_guest+="nic $id $(lab_mac $((50 + i)) 2) $(lab_mac $((50 + i)) 1) $((50 + i)) 10.49.$i.2 ${NIC_SET[$id]-}
"
  done
  ip -n "$(lab_ns router)" -batch - <<<"$in_router" && ip -n "$(lab_ns sink)" -batch - <<<"$in_sink" || return
  guest nics 60 ". /wiretruth/lab/guest/nics.sh; nics_load $(printf '%s\n' "${NIC_DRIVER[@]}" | sort -u | xargs)
$in_guest nics_ready ${nics[*]}" && return
  lab_fail "the guest's devices: $GUEST_SAID"
}

# ---- traffic ------------------------------------------------------------------------------------------------------

# One bounded transfer, to its end; what the sink saw of it is added to TRUTH.
declare -A TRUTH=()

transfer() { # ID rx|tx
  local i window reader said options address mss=${NIC_MSS[$1]-$MSS}
  i=$(nic_number "$1")
  read -r _ _ window <<<"${NIC[$1]}"
  options=(--limit 60 --mss "$mss" --window "$((window * mss))")
  lab_spawn_in sink reader "$LAB_BIN/frames" eth0
  reader=$LAB_PID
  lab_wait_log 5 reader '^ready' || return
  if [[ $2 == tx ]]; then address=10.49.$i.2; else address=10.$((50 + i)).0.2; fi
  "transfer_$2" "$address" || { lab_stop "$reader"; return 1; }
  lab_settle sink eth0 && lab_stop "$reader" || return
  said=$(tail -n 1 "$LAB_DIR/reader.log")
  [[ $LAB_STATUS == 0 && $(lab_figure rx_merged "$said") == 0 && $(lab_figure tx_merged "$said") == 0 ]] ||
    { lab_fail "the reader: $said"; return; }
  truth "$1.tx" frames "$(lab_figure rx_frames "$said")"
  truth "$1.tx" octets "$(lab_figure rx_octets "$said")"
  truth "$1.rx" frames "$(lab_figure tx_frames "$said")"
  truth "$1.rx" octets "$(lab_figure tx_octets "$said")"
}

truth() { TRUTH[$1.$2]=$((${TRUTH[$1.$2]-0} + $3)); }

transfer_tx() { # ADDRESS
  local receiver
  lab_spawn_in sink receive "$LAB_BIN/flow" receive "${options[@]}" "$1"
  receiver=$LAB_PID
  lab_wait_log 5 receive '^listening' || return
  guest nics 70 "/wiretruth/build/lab/flow send ${options[*]} --bytes $((FRAMES * mss)) $1 \
    $(lab_figure port "$(<"$LAB_DIR/receive.log")")" || { lab_fail "$GUEST_SAID"; return; }
  lab_reap "$receiver" 10 && [[ $LAB_STATUS == 0 ]]
}

transfer_rx() { # ADDRESS
  guest nics 10 ". /wiretruth/lab/guest/nics.sh; receiver ${options[*]} $1" || { lab_fail "$GUEST_SAID"; return; }
  lab_spawn_in sink send "$LAB_BIN/flow" send "${options[@]}" --bytes $((FRAMES * mss)) "$1" \
    "$(lab_figure port "$GUEST_SAID")"
  lab_reap "$LAB_PID" 70 || return
  [[ $LAB_STATUS == 0 ]] || { lab_fail "$(<"$LAB_DIR/send.log")"; return; }
  guest nics 20 '. /wiretruth/lab/guest/nics.sh; receiver_end' || lab_fail "$GUEST_SAID"
}

# ---- one direction of all devices ---------------------------------------------------------------------------------

observed() { # rx|tx
  local direction=$1 id
  TRUTH=()
  guest nics 60 ". /wiretruth/lab/guest/nics.sh; observe $direction ${nics[*]}"
  tap_ok $? "$direction: it begins to observe"
  for id in "${nics[@]}"; do
    transfer "$id" "$direction"
    tap_ok $? "$direction: a transfer by $id"
  done
  # Some counters are read out every two or three seconds only.
  guest nics 60 ". /wiretruth/lab/guest/nics.sh; observe_end $direction ${nics[*]}" || tap_diag "$GUEST_SAID"
  guest_take nics "$direction"
  for id in "${nics[@]}"; do judge "$id" "$direction"; done
}

# Frames and octets to the last; verdicts by the driver's source or, where the emulator counts, by what was measured.
judge() { # ID rx|tx
  local id=$1 direction=$2 at="$1.$2" what got want frames octets extra packets counter
  what="${NIC_DRIVER[$id]} $direction${NIC_SETTING[$id]+, ${NIC_SETTING[$id]}}"
  frames=${TRUTH[$at.frames]-0} octets=${TRUTH[$at.octets]-0}
  packets=${GUEST_FIGURE[$at.packets]-0} counter=${GUEST_FIGURE[$at.counter]-0}
  if [[ ${NIC_DRIVER[$id]} == e1000 && $direction == tx ]]; then
    # QEMU's e1000 adds an empty segment to what ends with a full one: no more than one a packet, of 66 octets.
    extra=$((frames - $(observe_fact "$direction" "$id.tx.wire.frames")))
    if ((extra >= 0 && extra <= packets)); then frames=$((frames - extra)) octets=$((octets - 66 * extra)); fi
  fi
  # As wiretruth says of it.
  if [[ $at == e1fcs.rx ]]; then octets=$((octets + 4 * frames)); fi
  observe_list got "$direction" "$id.$direction" wire.{frames,low,high,octets,octets_low,octets_high,source} packets
  if [[ ${NIC_DRIVER[$id]} == vmxnet3 && $direction == rx ]]; then
    wire_is_estimated "$what" "$id.$direction" "$frames" "$octets"
  else
    tap_is "$got" "$frames $frames $frames $octets $octets $octets tap $packets" "$what: wire and packets"
  fi
  observe_list got "$direction" "$id.$direction" {counter,capture}.verdict counter.{basis,octet_basis,octet_offset} cause
  want=${FACT[$at]-$(measured "$frames" "$octets" "$packets" "$at" "$got")}
  tap_is "$got" "$want" "$what: verdicts, basis and cause"
  guest_row "$direction" "$id" "$direction" "${NIC_DRIVER[$id]}" "${NIC_SETTING[$id]-default}" "$frames" \
    "$([[ $got == "$want" ]] && echo ok || echo NO)"
}

# Other offloads that can make a signal wrong: those of them that ethtool in the guest shows as on, and no others.
other_offloads() {
  local id said want
  guest nics 30 "for nic in ${nics[*]}; do ethtool -k \$nic | sed -n \"s/^\([a-z0-9_-]*\): on.*/\$nic \1/p\"; done" || return
  said=$GUEST_SAID
  for id in "${nics[@]}"; do
    want=$(awk -v nic="$id" '$1 == nic { print $2 }' <<<"$said" | grep -xF -f "$LAB_DIR/effects" | sort | xargs)
    tap_is "$(jq -r --arg nic "$id" '.interfaces[] | select(.name == $nic) | .other_offloads[].feature' "$LAB_DIR/rx.json" |
      sort | xargs)" "$want" "$id: other offloads that are active: ${want:-none}"
  done
  tap_is "$(grep -c '^[a-z0-9]* receive-hashing$' <<<"$said")" \
    "$(jq '[.interfaces[] | select(.offload["rx-hashing"].active)] | length' "$LAB_DIR/rx.json")" \
    "receive hashing is active in as many as ethtool says"
  tap_diag "with receive hashing: $(awk '$2 == "receive-hashing" { print $1 }' <<<"$said" | xargs)"
}

# Of a segment size that the driver has made up: not exact, and it says so.
wire_is_estimated() { # WHAT AT FRAMES OCTETS
  local got low high octets_low octets_high estimated
  observe_list got rx "$2" wire.{frames,low,high,octets_low,octets_high,estimated}
  read -r _ low high octets_low octets_high estimated <<<"$got"
  tap_is "$estimated $((low <= $3 && $3 <= high && octets_low <= $4 && $4 <= octets_high))" "true 1" \
    "$1: wire is estimated, and within its bounds"
  tap_diag "truth $3 frames and $4 octets; $got"
}

# What fits the figures, whatever the driver: the counter is the frames, or the packets, to 1 in 100.
measured() { # FRAMES OCTETS PACKETS AT GOT
  local counter=${GUEST_FIGURE[$4.counter]-0} capture=under-reports cause
  (($3 * 100 > $1 * 99)) && capture=agrees
  if [[ $capture == agrees ]]; then
    echo "agrees agrees undetermined undetermined null none"
    return
  fi
  # shellcheck disable=SC2086
  set -- "$1" "$2" "$3" "$4" $5
  cause=$(if [[ $4 == *.tx ]]; then echo tso; else echo gro; fi)
  if ((counter * 100 > $1 * 99 && counter * 100 < $1 * 101)); then
    echo "agrees $capture wire $(measured_octets "$2" "$1" "$4" wire) $cause"
  elif ((counter * 100 > $3 * 99 && counter * 100 < $3 * 101)); then
    [[ $cause == tso ]] || cause=${10} # what merged below a driver without lro or hw-gro cannot be told
    echo "under-reports $capture packet $(measured_octets "${GUEST_FIGURE[$4.packet_octets]-0}" "$3" "$4" packet) $cause"
  else
    echo "(nothing known: counter $counter)"
  fi
}

measured_octets() { # OCTETS UNITS AT BASIS
  local offset counted=${GUEST_FIGURE[$3.octets]-0}
  for offset in 0 -14 -18 4; do
    if ((counted == $1 + offset * $2)); then
      echo "$4 $offset"
      return
    fi
  done
  echo "unexplained $((counted - $1)) in $2"
}

# ---- device kinds -------------------------------------------------------------------------------------------------

# All of it happens in a guest of its own, while the other one transfers.
kinds=(vlan vlan6 vlanudp qinq ipvlan gretap gre geneve vxlan bond team netem sctp dummy)
declare -A KIND_DEVICE=([vlan]=vlan10 [vlan6]=vlan12 [vlanudp]=vlan11 [qinq]=qinner [ipvlan]=ipvl0 [gretap]=gretap1
  [gre]=gre1 [geneve]=gen0 [vxlan]=vx0 [bond]=bond0 [team]=team0 [netem]=ne0 [sctp]=sc0 [dummy]=dum0)
declare -A KIND_NAME=([vlan6]=vlan [vlanudp]=vlan [netem]=veth [sctp]=veth)
declare -A KIND_SETTING=([vlan]='802.1Q' [vlan6]='802.1Q, IPv6' [vlanudp]='802.1Q, UDP' [qinq]='in 802.1ad' [netem]=netem
  [sctp]=SCTP [dummy]=UDP [gre]='no Ethernet' [vxlan]=VNI [geneve]=VNI [bond]=active-backup [team]=roundrobin)
# Octets that are added to a frame below the device: tags, and the tunnel's headers with those that carry them.
declare -A KIND_BELOW=([vlan]=4 [vlan6]=4 [vlanudp]=4 [qinq]=8 [gretap]=38 [gre]=38 [geneve]=50 [vxlan]=50)
# As FACT.
declare -A KIND_FACT=()
for kind in "${kinds[@]}"; do
  KIND_FACT[$kind.tx]='under-reports under-reports packet packet 0 tso'
  KIND_FACT[$kind.rx]='under-reports under-reports packet packet -14 lower-device'
done
for kind in gretap geneve vxlan; do KIND_FACT[$kind.tx]='under-reports under-reports packet packet -14 tso'; done
for kind in vlanudp dummy; do KIND_FACT[$kind.tx]='under-reports under-reports packet packet 0 uso'; done
KIND_FACT[sctp.tx]='under-reports under-reports packet packet 0 gso'
KIND_FACT[gretap.rx]='under-reports under-reports packet packet 0 lower-device'
KIND_FACT[ipvlan.rx]='under-reports under-reports packet packet 0 lower-device'
KIND_FACT[gre.rx]='under-reports under-reports packet packet 0 lower-device'
# Its counter is its port's, which counts before the port merges.
KIND_FACT[bond.rx]='agrees under-reports wire wire -14 lower-device'

kinds_observed() {
  local kind direction
  guest_take kinds tx && guest_take kinds rx
  for direction in tx rx; do
    for kind in "${kinds[@]}"; do
      if [[ -n ${GUEST_FIGURE[$kind.$direction-$direction.frames]-} ]]; then
        judge_kind "$kind" $direction
      elif [[ $direction == tx || $kind != @(vlanudp|netem|sctp|dummy) ]]; then
        tap_ok 1 "$kind $direction: it carried something"
      fi
    done
    judge_below $direction
  done
  for name in {tx,rx}-{sample,none}; do guest_take kinds "$name"; done
  for direction in tx rx; do
    for device in under0 vlan10 bond0; do judge_lesser $direction $device; done
  done
}

wire_of() { # KIND tx|rx
  frames=${GUEST_FIGURE[$1.$2-$2.frames]-0}
  octets=$((${GUEST_FIGURE[$1.$2-$2.octets]-0} - ${KIND_BELOW[$1]-0} * frames))
}

judge_kind() { # KIND tx|rx
  local kind=$1 direction=$2 device=${KIND_DEVICE[$1]} frames octets got want what
  what="${KIND_NAME[$1]-$1}${KIND_SETTING[$1]+, ${KIND_SETTING[$1]}}, $2"
  wire_of "$kind" "$direction"
  observe_list got "$direction" "$device.$direction" wire.{frames,low,high,octets,octets_low,octets_high,source}
  tap_is "$got" "$frames $frames $frames $octets $octets $octets tap" "$what: wire"
  observe_list got "$direction" "$device.$direction" {counter,capture}.verdict counter.{basis,octet_basis,octet_offset} cause
  want=${KIND_FACT[$kind.$direction]}
  tap_is "$got" "$want" "$what: verdicts, basis and cause"
  guest_row "$direction" "$device" "$direction" "${KIND_NAME[$kind]-$kind}" "${KIND_SETTING[$kind]--}" "$frames" \
    "$([[ $got == "$want" ]] && echo ok || echo NO)"
}

# The device below carried them all, tags and tunnels in.
judge_below() { # tx|rx
  local direction=$1 kind frames=0 octets=0 got
  for kind in vlan vlan6 vlanudp qinq ipvlan gretap gre geneve vxlan; do
    frames=$((frames + ${GUEST_FIGURE[$kind.$direction-$direction.frames]-0}))
    octets=$((octets + ${GUEST_FIGURE[$kind.$direction-$direction.octets]-0}))
  done
  observe_list got "$direction" "under0.$direction" wire.{frames,low,high,octets,octets_low,octets_high,source}
  tap_is "$got" "$frames $frames $frames $octets $octets $octets tap" "veth below, $direction: wire"
  observe_list got "$direction" "under0.$direction" {counter,capture}.verdict counter.basis cause
  if [[ $direction == tx ]]; then
    tap_is "$got" "under-reports under-reports packet tso" "veth below, tx: verdicts, basis and cause"
  else
    tap_is "$got" "agrees under-reports wire gro" "veth below, rx: verdicts, basis and cause"
  fi
  guest_row "$direction" under0 "$direction" veth "below them" $frames ""
}

# Lesser methods say less, and nothing that is wrong.
judge_lesser() { # tx|rx DEVICE
  local direction=$1 device=$2 got frames low high truth wrong what="$2 $1"
  truth=$(observe_fact "$direction" "$device.$direction.wire.frames")
  observe_list got "$direction-sample" "$device.$direction" wire.{frames,low,high}
  read -r frames low high <<<"$got"
  # Bounds of 95 %: moved out by as much again, and by the plain packets of which 1 in 16 is drawn.
  wrong=$((truth < low - 2 * (frames - low) - 160 || truth > high + 2 * (frames - low) + 160))
  tap_ok $wrong "$what, sample: frames within their bounds"
  ((wrong == 0)) || tap_diag "truth $truth, estimate $got"
  observe_list got "$direction-sample" "$device.$direction" {counter,capture}.verdict
  [[ " $(observe_fact "$direction" "$device.$direction.counter.verdict") unknown " == *" ${got% *} "* &&
    " $(observe_fact "$direction" "$device.$direction.capture.verdict") unknown " == *" ${got#* } "* ]]
  tap_ok $? "$what, sample: '$got' contradicts nothing"
  guest_row "$direction-sample" "$device" "$direction" "$device" "method sample" "$truth" ""
  observe_list got "$direction-none" "$device.$direction" {counter,capture}.verdict wire.{source,high} cause
  tap_is "$got" "unknown unknown counter null unknown" "$what, none: nothing is claimed"
  guest_row "$direction-none" "$device" "$direction" "$device" "method none" "$truth" ""
}

# ---- all ----------------------------------------------------------------------------------------------------------

if ! qemu-system-x86_64 -device help | grep -q '^name "igb"'; then
  tap_skip "igb" "this QEMU has none ($(qemu-system-x86_64 --version | head -n 1))"
  mapfile -t nics < <(printf '%s\n' "${nics[@]}" | grep -vx igb)
fi
if ! command -v teamnl >/dev/null; then
  tap_skip "team" "no teamnl here (libteam-utils)"
  mapfile -t kinds < <(printf '%s\n' "${kinds[@]}" | grep -vx team)
fi
ringless=("$LAB_BUILD/tests/ringless")
[[ -x ${ringless[0]} ]] || ringless=()
outside_setup && guest_image "${ringless[@]}" || exit 1
mapfile -t options < <(nic_options | xargs -n 1)
guest_boot nics router "${options[@]}" && guest_boot kinds router || exit 1
guest_up kinds && guest_ask kinds 200 "bash /wiretruth/lab/guest/kinds.sh ${kinds[*]}" || exit 1
guest_up nics && nics_setup || exit 1
# The other eBPF program: an older kernel's verifier may refuse it, with whatever this one accepts.
guest nics 20 'ip link set lo up; /wiretruth/build/wiretruth compare --duration 0.1 lo lo'
said=$?
tap_ok $said "flows are counted by the guest's kernel"
[[ $said == 0 ]] || tap_diag "$GUEST_SAID"
if ((${#ringless[@]})); then
  guest nics 20 /wiretruth/build/ringless
  said=$?
  tap_ok $said "the tap loads without a ring"
  [[ $said == 0 ]] || tap_diag "$GUEST_SAID"
fi
sed -n 's/^ *{"\([a-z0-9_-]*\)", .*/\1/p' "$root/common/offload_effects.c" >"$LAB_DIR/effects"
observed tx
observed rx
other_offloads
other=$?
tap_ok $((other || $(wc -l <"$LAB_DIR/effects") < 10)) "the names of other offloads are there to be compared"
guest_answer kinds 480
said=$?
tap_ok $said "device kinds: all transfers took place"
[[ $said == 0 ]] || tap_diag "$(tail -n 5 <<<"$GUEST_SAID")"
kinds_observed
guest_table
tap_diag "${GUEST_DIR##*/}, $(qemu-system-x86_64 --version | head -n 1), $SECONDS s"
tap_done
