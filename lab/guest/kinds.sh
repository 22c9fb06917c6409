#!/bin/bash
# SPDX-License-Identifier: MIT
#
# In the guest: device kinds and protocols, each with real traffic, observed by wiretruth.
#
#   kinds.sh KIND...
#
# host ── bridge ── sink. What leaves "host" uncut is cut as it leaves the bridge, and every frame counted in the sink;
# what comes from there is cut by the sink, counted, and merged as "host" receives it. So whatever lies between, tags
# and tunnels included, owes its number to nobody's segment count.
#
# Prints "KIND.PHASE-DIRECTION.frames N", "... .octets N", as they were on the wire, and of each observation
# "report NAME" and its JSON. Each kind first transmits while it is observed, then receives.
set -u
# shellcheck source=lab/lab.sh
. /wiretruth/lab/lab.sh
# shellcheck source=lab/guest/fast.sh
. /wiretruth/lab/guest/fast.sh

kinds=("$@")
receiving=() # what only transmits is left out
for kind; do [[ $kind == @(vlanudp|netem|sctp|dummy) ]] || receiving+=("$kind"); done
LAB_FRAMES=${LAB_FRAMES:-3000}
MSS=1360 # fits into every tunnel

# ---- set-up -------------------------------------------------------------------------------------------------------

# Kind: device, subnet; what flow is told beside the usual.
declare -A KIND=(
  [vlan]='vlan10 60'
  [vlan6]='vlan12 62 6'
  [vlanudp]='vlan11 61 udp'
  [qinq]='qinner 63'
  [ipvlan]='ipvl0 64'
  [gretap]='gretap1 65'
  [gre]='gre1 66'
  [geneve]='gen0 67'
  [vxlan]='vx0 68'
  [bond]='bond0 69'
  [team]='team0 70'
  [netem]='ne0 71'
  [sctp]='sc0 72 sctp'
  [dummy]='dum0 73 udp'
)

kind_device() { echo "${KIND[$1]%% *}"; }
kind_subnet() { local subnet; read -r _ subnet _ <<<"${KIND[$1]}"; echo "$subnet"; }

# What ip is to do in each of the namespaces, in three steps: links, devices above them, and what needs those.
declare -A BATCH=()
later() { BATCH[$1]+=$2$'\n'; } # HOST.STEP LINE

at_once() { # STEP
  local host
  for host in host bridge sink; do
    [[ -z ${BATCH[$host.$1]-} ]] || ip -n "$LAB_ID-$host" -batch - <<<"${BATCH[$host.$1]}" || return
  done
}

setup() {
  local host kind device
  modprobe crc32c_generic
  modprobe -a veth bridge 8021q bonding team team_mode_roundrobin ipvlan dummy ip_gre geneve vxlan sctp sch_netem \
    tcp_diag || return
  # No tunnel devices that nobody asked for.
  echo 1 >/proc/sys/net/core/fb_tunnels_only_for_init_net
  for host in host bridge sink; do lab_host $host || return; done
  later bridge.1 "link add out0 address $(lab_mac 30 1) type veth peer name eth0 address $(lab_mac 30 2) netns $LAB_ID-sink"
  later bridge.1 "link add br0 type bridge mcast_snooping 0
link set out0 master br0 arp off multicast off up
link set br0 multicast off arp off up"
  later sink.2 "link set eth0 arp off multicast off up"
  under under0 in0 31
  joined under0 31 "$(lab_mac 31 1)" eth0 "$(lab_mac 30 2)"
  for kind in "${kinds[@]}"; do "setup_$kind"; done
  at_once 1 || return
  lab_in bridge ethtool -K out0 gro off tso off gso off tx-udp-segmentation off tx-sctp-segmentation off txvlan off \
    tx-vlan-stag-hw-insert off || return
  lab_in sink ethtool -K eth0 gro off tso off gso off tx-udp-segmentation off txvlan off tx-vlan-stag-hw-insert off ||
    return
  # team takes no port before it has a mode.
  for device in "${!BELOW[@]}"; do
    # A veth merges nothing of what comes from one that could have left it uncut.
    lab_in bridge ethtool -K "${BELOW[$device]}" gro off tso off gso off || return
    lab_in host ethtool -K "$device" gso on tso on gro on || return
  done
  at_once 2 && { [[ " ${kinds[*]} " != *' team '* ]] || lab_in host teamnl team0 setoption mode roundrobin; } &&
    at_once 3 || return
  for kind in "${kinds[@]}"; do
    lab_wait 5 "carrier on $(kind_device "$kind")" lab_has_carrier host "$(kind_device "$kind")" || return
  done
  [[ " ${kinds[*]} " != *' netem '* ]] ||
    tc -n "$LAB_ID-host" qdisc add dev ne0 root netem limit 10000 delay 1ms loss 0.3% duplicate 0.3%
}

# under DEVICE PORT SUBNET: a link from the host to the bridge; only what it is meant for is sent there
under() {
  later host.1 "link add $1 address $(lab_mac "$3" 1) type veth peer name $2 address $(lab_mac "$3" 2) netns $LAB_ID-bridge"
  later host.2 "link set $1 arp off multicast off up"
  later bridge.2 "link set $2 master br0 arp off multicast off up
link set $2 type bridge_slave flood off"
  BELOW[$1]=$2
}
declare -A BELOW=() # devices that merge and hand over uncut, and the bridge's port at the other end

# joined DEVICE SUBNET HOST-MAC SINK-DEVICE SINK-MAC: up, with addresses and each other as neighbours
joined() {
  up host "$1" "$2" 1 "$5"
  up sink "$4" "$2" 2 "$3"
}

up() { # HOST DEVICE SUBNET SIDE PEER-MAC
  later "$1.3" "link set $2 arp off multicast off up
address add $(lab_address "$3" "$4")/24 dev $2
address add $(lab_address "$3" "$4" 6)/64 dev $2 nodad"
  # A device without link addresses has no such neighbours.
  [[ $5 == - ]] || later "$1.3" "neighbour replace $(lab_address "$3" $((3 - $4))) lladdr $5 dev $2 nud permanent
neighbour replace $(lab_address "$3" $((3 - $4)) 6) lladdr $5 dev $2 nud permanent"
}

join() { # KIND HOST-MAC SINK-DEVICE SINK-MAC
  joined "$(kind_device "$1")" "$(kind_subnet "$1")" "${@:2}"
}

setup_tag() { # KIND ID
  local device
  device=$(kind_device "$1")
  later host.2 "link add link under0 name $device type vlan id $2"
  later sink.2 "link add link eth0 name $device type vlan id $2"
  join "$1" "$(lab_mac 31 1)" "$device" "$(lab_mac 30 2)"
}
setup_vlan() { setup_tag vlan 10; }
setup_vlanudp() { setup_tag vlanudp 11; }
setup_vlan6() { setup_tag vlan6 12; }
setup_qinq() {
  later host.2 "link add link under0 name qouter type vlan protocol 802.1ad id 20"
  later sink.2 "link add link eth0 name qouter type vlan protocol 802.1ad id 20"
  local side
  for side in host sink; do
    later $side.2 "link set qouter arp off multicast off up
link add link qouter name qinner type vlan id 30"
  done
  join qinq "$(lab_mac 31 1)" qinner "$(lab_mac 30 2)"
}

setup_ipvlan() {
  later host.2 "link add link under0 name ipvl0 type ipvlan mode l2"
  join ipvlan "$(lab_mac 31 1)" eth0 "$(lab_mac 30 2)"
}

# tunnel KIND TYPE...: with link addresses of its own, if it has any
tunnel() {
  local kind=$1 device subnet host side address=address
  device=$(kind_device "$1") subnet=$(kind_subnet "$1")
  shift
  for side in 1 2; do
    host=$([[ $side == 1 ]] && echo host || echo sink)
    address=" address $(lab_mac "$subnet" $side)"
    [[ $kind != gre ]] || address=
    later "$host".2 "link add $device$address type $* remote $(lab_address 31 $((3 - side)))$(
      [[ $kind == geneve ]] || echo " local $(lab_address 31 $side)")"
  done
  if [[ $kind == gre ]]; then
    joined "$device" "$subnet" - "$device" -
  else
    joined "$device" "$subnet" "$(lab_mac "$subnet" 1)" "$device" "$(lab_mac "$subnet" 2)"
  fi
}
setup_gretap() { tunnel gretap gretap; }
setup_gre() { tunnel gre gre; }
setup_geneve() { tunnel geneve geneve id 100; }
setup_vxlan() { tunnel vxlan vxlan id 42 dstport 4789; }

setup_bond() {
  under bs0 inb0 32
  later host.2 "link add bond0 address $(lab_mac 32 1) type bond mode active-backup miimon 50
link set bs0 down
link set bs0 master bond0"
  join bond "$(lab_mac 32 1)" eth0 "$(lab_mac 30 2)"
}

setup_team() {
  under ts0 int0 33
  later host.2 "link add team0 address $(lab_mac 33 1) type team
link set ts0 down"
  later host.3 "link set ts0 master team0
link set ts0 up"
  join team "$(lab_mac 33 1)" eth0 "$(lab_mac 30 2)"
}

setup_netem() {
  under ne0 inn0 34
  join netem "$(lab_mac 34 1)" eth0 "$(lab_mac 30 2)"
}

setup_sctp() {
  under sc0 insc0 35
  join sctp "$(lab_mac 35 1)" eth0 "$(lab_mac 30 2)"
}

# What it sends nobody receives: the sender's own count has to do.
setup_dummy() {
  later host.1 "link add dum0 type dummy"
  up host dum0 73 1 "$(lab_mac 73 2)"
}

# ---- traffic ------------------------------------------------------------------------------------------------------

# One bounded transfer, to its end, and what it was on the wire.
transfer() { # KIND tx|rx
  local kind=$1 subnet protocol reader said out in out_before in_before
  read -r _ subnet protocol <<<"${KIND[$kind]}"
  [[ $kind != dummy ]] || { transfer_dummy; return; }
  lab_spawn_in sink reader "$LAB_BIN/frames" eth0
  reader=$LAB_PID
  lab_wait_log 5 reader '^ready' || return
  read_counter out_before bridge out0 tx_bytes && read_counter in_before sink eth0 tx_bytes
  case $protocol in
    udp) transfer_udp "$subnet" ;;
    sctp) flow "$(lab_address "$subnet" "$side")" --sctp ;;
    6) flow "$(lab_address "$subnet" "$side" 6)" --mss $MSS --window $((128 * MSS)) ;;
    *) flow "$(lab_address "$subnet" "$side")" --mss $MSS --window $((128 * MSS)) ;;
  esac || { lab_stop "$reader"; return 1; }
  lab_settle sink eth0 && lab_settle host "$(kind_device "$kind")" && lab_stop "$reader" || return
  read_counter out bridge out0 tx_bytes && read_counter in sink eth0 tx_bytes
  said=$(tail -n 1 "$LAB_DIR/reader.log")
  [[ $LAB_STATUS == 0 && $said == *' rx_merged=0 '*' tx_merged=0 '* ]] || { lab_fail "the reader: $said"; return; }
  echo "$1.$2-tx.frames $(lab_figure rx_frames "$said")"
  echo "$1.$2-tx.octets $((out - out_before))"
  echo "$1.$2-rx.frames $(lab_figure tx_frames "$said")"
  echo "$1.$2-rx.octets $((in - in_before))"
}

flow() { # ADDRESS OPTION...
  local address=$1
  shift
  lab_flow "${ends[@]}" "$address" "$@" -- "$@" --bytes $((LAB_FRAMES * MSS))
}

# The last datagram of each write is a short one, so that a count by size alone would be wrong.
udp_options() {
  size=$((40 * MSS - 7))
  options=(--udp --size "$size" --bytes "$((size * (LAB_FRAMES / 40)))")
}

transfer_udp() { # SUBNET
  local size
  local -a options
  udp_options
  options+=(--window $((2 * size)))
  lab_flow "${ends[@]}" "$(lab_address "$1" "$side")" "${options[@]}" -- "${options[@]}" --segment $MSS
}

transfer_dummy() {
  local size
  local -a options
  udp_options
  lab_spawn_in host send "$LAB_BIN/flow" send "${options[@]}" --segment $MSS 10.73.0.2 9
  lab_reap "$LAB_PID" 30 && [[ $LAB_STATUS == 0 ]] || return
  said=$(tail -n 1 "$LAB_DIR/send.log")
  echo "dummy.tx-tx.frames $(lab_figure datagrams "$said")"
  echo "dummy.tx-tx.octets $(($(lab_figure bytes "$said") + 42 * $(lab_figure datagrams "$said")))"
}

# ---- observing ----------------------------------------------------------------------------------------------------

declare -A PID=()

observe() { # NAME ARGUMENT...
  local name=$1
  shift
  # With /sys of its namespace, as wiretruth may read it.
  # shellcheck disable=SC2016
  lab_spawn "$name" ip netns exec "$LAB_ID-host" sh -c 'exec "$@" >"$0"' "$LAB_DIR/$name.json" /wiretruth/build/wiretruth check --json \
    --duration 600 "$@"
  PID[$name]=$LAB_PID
  lab_wait_log 30 "$name" '^wiretruth: observing '
}

# A bond's counter is judged as one that may lag by 2 s.
seen=
counters_still() {
  local now
  now=$(cat "$LAB_DIR"/sys-host/class/net/*/statistics/[rt]x_packets)
  if [[ $now != "$seen" ]]; then seen=$now since=$SECONDS; fi
  ((SECONDS - since >= 4))
}

# ---- all ----------------------------------------------------------------------------------------------------------

# phase tx|rx KIND...
phase() {
  local direction=$1 kind name
  shift
  if [[ $direction == tx ]]; then ends=(host sink) side=2; else ends=(sink host) side=1; fi
  observe "$direction" --method exact && observe "$direction-sample" --method sample under0 vlan10 bond0 &&
    observe "$direction-none" --method none under0 vlan10 bond0 || return
  for kind; do transfer "$kind" "$direction" || echo "$kind.failed 1"; done
  lab_wait 20 "counters to come to rest" counters_still
  for name in "$direction"{,-sample,-none}; do
    lab_stop "${PID[$name]}" INT
    echo "report $name"
    cat "$LAB_DIR/$name.json"
  done
  echo "report -"
}

lab_start || exit 1
# The guest ends with all that is in it.
trap - EXIT
setup || exit 1
# The bridge learns where everybody is.
for kind in "${kinds[@]}"; do
  [[ $kind == dummy ]] || lab_wait 20 "$kind to carry something" \
    lab_in host ping -q -c 1 -W 1 "$(lab_address "$(kind_subnet "$kind")" 2)" >/dev/null || exit 1
done
phase tx "${kinds[@]}" && phase rx "${receiving[@]}"
