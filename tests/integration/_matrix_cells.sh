# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the matrix holds: its cells, how each is set up, what it carries. Sourced after _matrix.sh.
#
#   matrix_declare   cells and rows
#   matrix_setup     makes them
#   matrix_traffic   what each of them carries, one after the other
#   matrix_truth     what each row stands for, in TRUE

FRAMES=${MATRIX_FRAMES:-2500} # of a transfer, about
ENCAP=$LAB_BIN/encap.bpf.o

# Rows of the table, in its order: "HOST/IF DIR|traffic|offload|oracle|class|cause". Classes:
#   exact    frames and octets to the last one, no bound, not estimated
#   derived  the same from packets without a segment count of their own: marked estimated
#   octets   frames to the last one; octets between their bounds and marked estimated
#   bounds   frames and octets between their bounds and marked estimated
#   untapped passes no capture point: no verdict
#   bypass   part of it passes the tap unseen: frames and octets by the counter, and nothing bounds them
ROWS=()
row() { ROWS+=("$1 $2|$3|$4|$5|$6|$7"); } # HOST/IF DIR TRAFFIC OFFLOAD ORACLE CLASS CAUSE

# Both directions of a cell's own interface.
rows() { # NAME TRAFFIC TX-OFFLOAD TX-CAUSE RX-OFFLOAD RX-CAUSE [CLASS]
  row "host/$1" tx "$2" "$3" cut "${7:-exact}" "$4"
  row "host/$1" rx "$2" "$5" cut "${7:-exact}" "$6"
}

# shellcheck disable=SC2034 # for matrix.sh
uncut=() # interfaces of cutter that are observed as well: what they receive left "host" uncut

matrix_declare() {
  declare_ip
  declare_udp
  declare_tunnels
  declare_tags
  declare_untrusted
  declare_forwarded
  declare_stacks
}

matrix_setup() {
  cells_build || return
  # shellcheck disable=SC2016
  lab_in host sh -ec 'for if; do ethtool -K $if gro on gso on tso on tx-udp-segmentation on; done' offload "${CELLS[@]}" \
    >"$LAB_DIR/offload.log" 2>&1 || { lab_fail "$(<"$LAB_DIR/offload.log")"; return; }
  setup_ip && setup_udp && setup_tunnels && setup_tags && setup_untrusted && setup_forwarded && setup_stacks || return
  # At the end: a router's new links report the groups that they join before they are told not to.
  lab_forward host
}

matrix_traffic() {
  traffic_ip
  traffic_udp
  traffic_tunnels
  traffic_tags
  traffic_untrusted
  traffic_forwarded
  traffic_stacks
}

# All interfaces of host that a row is about.
matrix_interfaces() {
  local entry
  for entry in "${ROWS[@]}"; do
    entry=${entry%% *}
    [[ $entry == host/* ]] && echo "${entry#*/}"
  done | awk '!seen[$0]++'
}

# ---- traffic ------------------------------------------------------------------------------------------------------

flow() { # WHAT FROM TO ADDRESS ARGUMENT... (of lab_flow)
  local what=$1
  shift
  lab_flow "$@"
  tap_ok $? "$what: the traffic"
}

# One TCP transfer from host, and one back. NAME gives the addresses and END the host at the other end.
tcp() { # NAME 4|6 [OPTION]... of both sides
  local name=$1 ip=$2 mss=${MSS:-1440}
  shift 2
  local options=(--mss "$mss" "$@")
  local rest=(--window $((LAB_IN_FLIGHT * mss)) -- "${options[@]}" --bytes $((FRAMES * mss)))
  flow "$name, out" host "${CELL_END[$name]}" "$(cell_address "$name" 2 "$ip")" "${options[@]}" "${rest[@]}"
  flow "$name, in" "${CELL_END[$name]}" host "$(cell_address "$name" 1 "$ip")" "${options[@]}" "${rest[@]}"
}

# Datagrams that the kernel cuts, the last one of each write a short one.
udp() { # NAME 4|6 [OPTION]... of the receiver
  local name=$1 ip=$2 segment=1200
  local size=$((40 * segment - 7))
  local options=(--udp --size "$size" --window $((2 * size)) --bytes $((size * (FRAMES / 40))))
  shift 2
  flow "$name, out" host "${CELL_END[$name]}" "$(cell_address "$name" 2 "$ip")" "${options[@]}" -- "${options[@]}" --segment $segment
  flow "$name, in" "${CELL_END[$name]}" host "$(cell_address "$name" 1 "$ip")" "${options[@]}" "$@" -- "${options[@]}" --segment $segment
}

inject() { # NAME HOST ARGUMENT...: to its end; its line in INJECTED[NAME]
  local name=$1 host=$2 status=0
  shift 2
  lab_spawn_in "$host" "inject-$name" "$LAB_BIN/inject" "$@"
  lab_reap "$LAB_PID" 60 && [[ $LAB_STATUS == 0 ]] || status=1
  INJECTED[$name]=$(tail -n 1 "$LAB_DIR/inject-$name.log")
  tap_ok $status "$name: packets put in"
  ((status == 0)) || tap_diag "${INJECTED[$name]}"
}
declare -A INJECTED=() INJECTOR=()

# A device without somebody who holds it has no carrier: it is held from before the first observer on.
inject_held() { # NAME HOST ARGUMENT...
  local name=$1 host=$2
  shift 2
  lab_spawn_in "$host" "inject-$name" "$LAB_BIN/inject" --limit 280 "$@"
  INJECTOR[$name]=$LAB_PID
  lab_wait_log 5 "inject-$name" '^ready'
}

inject_go() { # NAME [SIGNAL]: lets one begin, or end, and takes over what it says
  local status=0
  lab_signal "${INJECTOR[$1]}" "${2:-USR1}"
  lab_reap "${INJECTOR[$1]}" 60 && [[ $LAB_STATUS == 0 ]] || status=1
  INJECTED[$1]=$(tail -n 1 "$LAB_DIR/inject-$1.log")
  tap_ok $status "$1: packets put in or taken out"
  ((status == 0)) || tap_diag "${INJECTED[$1]}"
}

# ---- TCP and IP ---------------------------------------------------------------------------------------------------

declare_ip() {
  cell tcp4 && rows tcp4 'TCP, IPv4' TSO tso GRO gro
  cell tcp6 && rows tcp6 'TCP, IPv6' TSO tso GRO gro
  # What has IP options is never merged.
  cell opt4 && rows opt4 'TCP, IPv4 with options' TSO tso GRO none
  cell hop6 && rows hop6 'TCP, IPv6 hop-by-hop options' TSO tso GRO gro
  cell dst6 && rows dst6 'TCP, IPv6 destination options' TSO tso GRO gro
  cell nots && rows nots 'TCP, no time stamps' TSO tso GRO gro
  cell sack && rows sack 'TCP both ways, loss, SACK' TSO tso GRO gro
  cell soft && rows soft 'TCP, IPv4' 'software GSO' none none none
  cell jumbo sink 9000 && rows jumbo 'TCP, MTU 9000' TSO tso GRO gro
  cell big6 && rows big6 'TCP, IPv6, over 64 KiB' 'TSO, BIG TCP' tso 'GRO, BIG TCP' gro
  cell big4 && rows big4 'TCP, IPv4, over 64 KiB' 'TSO, BIG TCP' tso 'GRO, BIG TCP' gro
  cell frag4 && rows frag4 'UDP, IPv4 fragments' TSO none GRO none
  cell frag6 && rows frag6 'UDP, IPv6 fragments' TSO none GRO none
  cell past && row host/past tx 'UDP, IPv4, PACKET_QDISC_BYPASS' none cut bypass bypass
  cell raw && rows raw 'ARP, unknown ethertype' TSO none GRO none
  # The other end of a veth that sent uncut: TCP and UDP.
  # shellcheck disable=SC2034
  uncut=(itcp4 itcp6 iudp4)
  row cutter/itcp4 rx 'TCP, IPv4' 'peer sends uncut' cut exact virtual-link
  row cutter/itcp6 rx 'TCP, IPv6' 'peer sends uncut' cut exact virtual-link
  row cutter/iudp4 rx 'UDP, IPv4' 'peer sends uncut' cut exact virtual-link
}

declare -A BIG=() # cell -> it takes packets of more than 64 KiB

setup_ip() {
  local name
  for name in tcp4 tcp6 opt4 hop6 dst6 nots sack soft jumbo big6 big4 frag4 frag6 past raw; do cell_join $name || return; done
  lab_offload host soft tso off gso on gro off || return
  lab_shape host sack ingress lose || return
  # Where the kernel takes no such size, packets are of the usual one.
  ip -n "$(lab_ns host)" link set big6 gso_max_size 150000 gro_max_size 150000 &&
    ip -n "$(lab_ns sink)" link set big6 gso_max_size 150000 && BIG[big6]=1
  lab_in host "$LAB_BIN/linksize" big4 150000 && lab_in sink "$LAB_BIN/linksize" big4 150000 && BIG[big4]=1
  return 0
}

traffic_ip() {
  local host kind ip
  tcp tcp4 4
  tcp tcp6 6
  tcp opt4 4 --ip-options 12
  tcp hop6 6 --hop-options
  tcp dst6 6 --destination-options
  for host in host sink; do lab_in $host sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_timestamps'; done
  tcp nots 4
  for host in host sink; do lab_in $host sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_timestamps'; done
  flow sack host sink "$(cell_address sack 2)" --mss 1440 --duplex --bytes $((FRAMES * 1440)) \
    --window $((LAB_IN_FLIGHT * 1440)) -- --mss 1440 --duplex --bytes $((FRAMES * 1440))
  tcp soft 4
  MSS=8900 LAB_IN_FLIGHT=40 tcp jumbo 4
  for ip in 6 4; do
    flow "big$ip, out" host sink "$(cell_address big$ip 2 $ip)" --window 400000 -- --size 400000 --bytes $((FRAMES * 1440))
    flow "big$ip, in" sink host "$(cell_address big$ip 1 $ip)" --window 300000 -- --size 400000 --bytes $((FRAMES * 1440))
  done
  fragments frag4 4
  fragments frag6 6
  lab_spawn_in host blast "$LAB_BIN/blast" --count "$FRAMES" past "$(cell_end_mac past)" "$(cell_address past 1)" "$(cell_address past 77)"
  lab_reap "$LAB_PID" 20
  tap_ok "$LAB_STATUS" "past: the traffic"
  for kind in arp other; do
    inject "raw-$kind-out" host --kind $kind --count 700 --payload 400 packet raw "$(cell_end_mac raw)" - -
    inject "raw-$kind-in" sink --kind $kind --count 700 --payload 400 packet raw "$(cell_mac raw 1)" - -
  done
}

# Datagrams of three frames each.
fragments() { # NAME 4|6
  local options=(--udp --size 4000 --window 16000 --bytes $((16000 * (FRAMES / 12))))
  flow "$1, out" host sink "$(cell_address "$1" 2 "$2")" "${options[@]}" -- "${options[@]}"
  flow "$1, in" sink host "$(cell_address "$1" 1 "$2")" "${options[@]}" -- "${options[@]}"
}

# ---- UDP ----------------------------------------------------------------------------------------------------------

declare_udp() {
  cell udp4 && rows udp4 'UDP, IPv4' USO uso 'GRO, UDP_GRO socket' gro
  cell udp6 && rows udp6 'UDP, IPv6' USO uso 'GRO, UDP_GRO socket' gro
  cell list && rows list 'UDP, IPv4' USO uso 'rx-gro-list, plain socket' gro
  cell plain && row host/plain rx 'UDP, IPv4' 'rx-udp-gro-forwarding, plain socket' cut exact none
  row host/lo tx 'UDP, IPv4' USO sent exact uso
  row host/lo rx 'UDP, IPv4' 'sent uncut' sent exact virtual-link
}

setup_udp() {
  local name
  for name in udp4 udp6 list plain; do cell_join $name || return; done
  lab_offload host list rx-gro-list on && lab_offload host plain rx-udp-gro-forwarding on
}

traffic_udp() {
  local size=$((40 * 1000))
  local options=(--udp --size "$size" --window "$size" --bytes $((size * (FRAMES / 40))))
  udp udp4 4 --gro
  udp udp6 6 --gro
  udp list 4
  udp plain 4
  # Eight times as many: with sixty packets that stand for forty frames each, one draw in sixteen would often have none.
  options=(--udp --size "$size" --window "$size" --bytes $((size * (FRAMES / 5))))
  flow lo host host 127.0.0.1 "${options[@]}" -- "${options[@]}" --segment 1000
  LO_SENT=$LAB_SENT
}

# ---- tunnels ------------------------------------------------------------------------------------------------------

declare -A VXLAN_OUTER=() # vxlan device -> octets of what it puts around a frame

declare_tunnels() {
  vxlan 4 4 4789 exact
  vxlan 6 6 8472 exact
  vxlan o 4 5555 octets
  if ! has_ip_in_ip; then
    tap_skip "IP in IP" "this kernel's bpf_skb_adjust_room takes nothing out of a tunnel: Linux 6.3 does"
    return
  fi
  cell ipip && rows ipip 'IPv4 in IPv4, TCP inside' 'tunnel TSO' tso 'tunnel GRO' gro
  cell sit && rows sit 'IPv6 in IPv4, TCP inside' 'tunnel TSO' tso 'tunnel GRO' gro
  cell ip6tnl && rows ip6tnl 'IPv4 in IPv6, TCP inside' 'tunnel TSO' tso 'tunnel GRO' gro
}

has_ip_in_ip() { printf '6.3\n%s\n' "$(uname -r)" | sort -C -V; }

vxlan() { # NAME OUTER-IP PORT CLASS
  local what="VXLAN port $3 on IPv$2, TCP inside"
  cell "vxl$1"
  rows "vxl$1" "$what" 'tunnel TSO' "$([[ $4 == exact ]] && echo tso || echo gso)" 'tunnel GRO' gro "$4"
  row "host/vx$1" tx "the same, inner frames" TSO cut-outer exact tso
  row "host/vx$1" rx "the same, inner frames" 'GRO below' cut-outer exact lower-device
  VXLAN_OUTER[vx$1]=$(($2 == 4 ? 50 : 70))
}

# vxlan_end HOST CELL NAME OUTER-IP PORT SIDE
vxlan_end() {
  local subnet=$((CELL_SUBNET[$2] + 200)) other=$((3 - $6)) sum=noudpcsum
  [[ $4 == 4 ]] || sum='udp6zerocsumtx udp6zerocsumrx'
  # shellcheck disable=SC2086
  ip -n "$(lab_ns "$1")" link add "$3" mtu $((1500 - VXLAN_OUTER[$3])) address "$(lab_mac $subnet "$6")" type vxlan id 7 \
    local "$(cell_address "$2" "$6" "$4")" remote "$(cell_address "$2" $other "$4")" dstport "$5" dev "$2" $sum || return
  ip -n "$(lab_ns "$1")" link set "$3" arp off multicast off up || return
  lab_join "$1" "$3" $subnet "$6" "$(lab_mac $subnet $other)"
}

setup_tunnels() {
  local name outer port
  while read -r name outer port; do
    cell_join "vxl$name" || return
    vxlan_end host "vxl$name" "vx$name" "$outer" "$port" 1 && vxlan_end sink "vxl$name" "vx$name" "$outer" "$port" 2 || return
  done <<<$'4 4 4789\n6 6 8472\no 4 5555'
  has_ip_in_ip || return 0
  setup_ip_in_ip ipip in4 && setup_ip_in_ip sit in4 && setup_ip_in_ip ip6tnl in6
}

setup_ip_in_ip() { # NAME PROGRAM
  local host
  cell_join "$1" || return
  for host in host sink; do
    lab_shape $host "$1" egress "$2" "$ENCAP" && lab_shape $host "$1" ingress out "$ENCAP" || return
  done
}

traffic_tunnels() {
  local name ip subnet rest=(--mss 1300 --window $((LAB_IN_FLIGHT * 1300)) -- --mss 1300 --bytes $((FRAMES * 1300)))
  for name in 4 6 o; do
    ip=${name/o/4} subnet=${CELL_SUBNET[vxl$name]}
    subnet=$((subnet + 200))
    flow "vxl$name, out" host sink "$(lab_address "$subnet" 2 "$ip")" "${rest[@]}"
    flow "vxl$name, in" sink host "$(lab_address "$subnet" 1 "$ip")" "${rest[@]}"
  done
  has_ip_in_ip || return
  MSS=1400 tcp ipip 4
  MSS=1400 tcp sit 6
  MSS=1400 tcp ip6tnl 4
}

# ---- VLAN tags ----------------------------------------------------------------------------------------------------

declare_tags() {
  cell vlan && rows vlan 'TCP, tag beside the packet' TSO tso GRO gro
  # What arrives with a tag in the frame loses it before the tap, and is not merged: GRO looks behind it with 8021q only.
  cell qinq && rows qinq 'TCP, QinQ, one tag beside' TSO tso GRO none
  cell qinqi && rows qinqi 'TCP, QinQ, tags in the frame' 'TSO, no VLAN offload' tso 'GRO, no VLAN offload' none
  cell vlani && rows vlani 'TCP, tag in the frame' 'TSO, no VLAN offload' tso 'GRO, no VLAN offload' none
}

setup_tags() {
  local host name
  for name in vlan vlani qinq qinqi; do
    cell_join $name || return
    for host in host sink; do
      lab_shape $host $name ingress pop || return
      lab_shape $host $name egress "$([[ $name == qinq* ]] && echo push2 || echo push)" || return
    done
  done
  # Each frame carries its tags over every link.
  for name in vlani qinqi; do
    lab_offload host $name tx-vlan-offload off tx-vlan-stag-hw-insert off &&
      lab_offload sink $name tx-vlan-offload off tx-vlan-stag-hw-insert off &&
      lab_offload cutter i$name tx-vlan-offload off tx-vlan-stag-hw-insert off || return
  done
}

traffic_tags() {
  local name
  for name in vlan vlani qinq qinqi; do tcp $name 4; done
}

# ---- untrusted GSO ------------------------------------------------------------------------------------------------

declare_untrusted() {
  local name
  local -A what=([4]='TCP, IPv4' [6]='TCP, IPv6' [u]='UDP, IPv4')
  for name in 4 6 u; do
    row "host/tap$name" rx "${what[$name]}, GSO of a guest" 'gso_segs 0' cut derived virtual-link
    cell "tpl$name"
    row "host/tpl$name" tx 'the same, bridged' TSO/USO cut exact "$([[ $name == u ]] && echo uso || echo tso)"
  done
  row host/pktm tx 'TCP, IPv4, GSO of a packet socket' 'gso_segs 0' cut derived tso
  cell pkt
  row host/pkt tx 'the same, below the macvlan' TSO cut exact tso
  row host/tun0 rx 'TCP, IPv4, GSO, no link header' 'gso_segs 0' cut derived virtual-link
  cell tunl
  row host/tunl tx 'the same, routed' TSO cut exact tso
  row host/tun1 tx 'UDP, IPv4, no link header' USO read exact uso
  row host/tun2 tx 'UDP, IPv4, no link header' none read exact none
  # A link type for which libpcap has no name: it hands out packets without their link header, as on "any".
  row host/tunsit tx 'UDP, IPv4, link type of a tunnel' USO read exact uso
  row host/over rx 'TCP, longer than the MTU, no mark' 'merged by its device' sent bounds '*'
}

tap_bridged() { # NAME
  local ns
  ns=$(lab_ns host)
  ip -n "$ns" tuntap add "tap$1" mode tap vnet_hdr || return
  ip -n "$ns" -batch - <<END
link add tbr$1 type bridge mcast_snooping 0
link set tap$1 master tbr$1
link set tpl$1 master tbr$1
link set tbr$1 multicast off arp off up
link set tap$1 multicast off arp off up
END
}

setup_untrusted() {
  local name ns
  ns=$(lab_ns host)
  for name in 4 6 u; do tap_bridged $name || return; done
  inject_held tap4 host --wait --count $((FRAMES / 20)) --payload 28900 --segment 1448 tap tap4 "$(cell_end_mac tpl4)" 10.98.0.1 10.98.0.2 &&
    inject_held tap6 host --wait --count $((FRAMES / 20)) --payload 28500 --segment 1428 tap tap6 "$(cell_end_mac tpl6)" fd00:98::1 fd00:98::2 &&
    inject_held tapu host --wait --kind udp --count $((FRAMES / 30)) --payload 29993 --segment 1000 tap tapu "$(cell_end_mac tplu)" 10.98.0.1 10.98.0.2 ||
    return
  cell_join pkt && lab_macvlan host pkt pktm "${CELL_SUBNET[pkt]}" || return
  for name in tun0 tun1 tun2 tunsit; do ip -n "$ns" tuntap add $name mode tun vnet_hdr || return; done
  inject_held tunsit host --read --uncut --link-type 776 tun tunsit || return
  ip -n "$ns" tuntap add over mode tap vnet_hdr || return
  for name in tun0 tun1 tun2 tunsit over; do ip -n "$ns" link set $name multicast off txqueuelen 5000 up || return; done
  cell_join tunl || return
  ip -n "$ns" -batch - <<END || return
neighbour replace $(cell_address tunl 77) lladdr $(cell_end_mac tunl) dev tunl nud permanent
route add 10.97.0.0/24 dev tun0
address add 10.96.1.1/24 dev tun1
address add 10.96.2.1/24 dev tun2
address add 10.96.3.1/24 dev tunsit
END
  inject_held tun0 host --wait --count $((FRAMES / 20)) --payload 28900 --segment 1448 tun tun0 - 10.97.0.2 "$(cell_address tunl 77)" &&
    inject_held tun1 host --read --uncut tun tun1 &&
    inject_held tun2 host --read tun tun2 &&
    inject_held over host --wait --unmarked --count $((FRAMES / 10)) --payload 14380 --segment 1448 tap over 02:00:00:00:98:98 10.98.0.1 10.98.0.2
}

traffic_untrusted() {
  local name to
  for name in tap4 tap6 tapu tun0 over; do inject_go $name; done
  inject pkt host --count $((FRAMES / 20)) --payload 28900 --segment 1448 packet pktm "$(cell_end_mac pkt)" 10.98.0.1 10.98.0.2
  for name in tun1 tun2 tunsit; do
    to=10.96.${name#tun}.2
    lab_spawn_in host send "$LAB_BIN/flow" send --udp --size 40000 --segment 1000 --bytes $((40000 * (FRAMES / 40))) "${to/sit/3}" 9
    lab_reap "$LAB_PID" 20
    tap_ok "$LAB_STATUS" "$name: the traffic"
    inject_go $name TERM
  done
}

# ---- forwarded ----------------------------------------------------------------------------------------------------

declare_forwarded() {
  forwarded fu 'UDP' rx-udp-gro-forwarding USO uso
  forwarded fl 'UDP' rx-gro-list tx-gso-list uso
  forwarded ft 'TCP' rx-gro-list tx-gso-list tso
}

forwarded() { # NAME PROTOCOL FEATURE OUT CAUSE
  cell "$1" && row "host/$1" rx "$2, IPv4, to be forwarded" "GRO, $3" cut exact gro
  cell "$1o" far && row "host/$1o" tx "$2, IPv4, forwarded" "$4" cut exact "$5"
}

setup_forwarded() {
  local name
  for name in fu fl ft; do
    cell_join $name && cell_join ${name}o || return
    cutting_route sink "${CELL_SUBNET[${name}o]}" "${CELL_SUBNET[$name]}" 1 &&
      cutting_route far "${CELL_SUBNET[$name]}" "${CELL_SUBNET[${name}o]}" 1 || return
  done
  lab_offload host fu rx-udp-gro-forwarding on && lab_offload host fl rx-gro-list on && lab_offload host ft rx-gro-list on
}

traffic_forwarded() {
  local name size=$((40 * 1200 - 7))
  local options=(--udp --size "$size" --window $((2 * size)) --bytes $((size * (FRAMES / 40))))
  for name in fu fl; do
    flow $name sink far "$(cell_address ${name}o 2)" "${options[@]}" -- "${options[@]}" --segment 1200
  done
  flow ft sink far "$(cell_address fto 2)" --mss 1440 --window $((LAB_IN_FLIGHT * 1440)) -- --mss 1440 --bytes $((FRAMES * 1440))
}

# ---- stacks -------------------------------------------------------------------------------------------------------

declare_stacks() {
  cell macl
  rows macl 'TCP, IPv4, below a macvlan' TSO tso GRO gro
  row host/mac tx 'TCP, IPv4, on the macvlan' TSO cut exact tso
  row host/mac rx 'TCP, IPv4, on the macvlan' 'GRO below' cut exact lower-device
  cell brl
  rows brl 'TCP, IPv4, port of a bridge' TSO tso GRO gro
  row host/br0 tx 'TCP, IPv4, on the bridge' TSO cut exact tso
  row host/br0 rx 'TCP, IPv4, on the bridge' 'GRO below' cut exact lower-device
  cell mbl
  rows mbl 'TCP, IPv6, port of a bridge' TSO tso GRO gro
  row host/mbb tx 'TCP, IPv6, bridge below a macvlan' TSO cut exact tso
  row host/mbb rx 'TCP, IPv6, bridge below a macvlan' 'GRO below' cut exact lower-device
  row host/mbm tx 'TCP, IPv6, macvlan on a bridge' TSO cut exact tso
  row host/mbm rx 'TCP, IPv6, macvlan on a bridge' 'GRO below' cut exact lower-device
  cell ifbl
  row host/ifbl rx 'TCP, IPv4, redirected to an ifb' GRO cut exact gro
  row host/ifb tx 'TCP, IPv4, as the ifb shows it' 'GRO below' cut exact tso
  row host/ifb rx 'TCP, IPv4, what the ifb calls received' none - untapped '*'
}

setup_bridge() { # BRIDGE PORT
  ip -n "$(lab_ns host)" -batch - <<END
link add $1 address $(cell_mac "$2" 1) type bridge mcast_snooping 0
link set $2 master $1
link set $1 multicast off arp off up
END
}

setup_stacks() {
  local ns
  ns=$(lab_ns host)
  lab_macvlan host macl mac "${CELL_SUBNET[macl]}" && cell_join macl mac "$(cell_mac macl 3)" || return
  setup_bridge br0 brl && cell_join brl br0 || return
  setup_bridge mbb mbl && lab_macvlan host mbb mbm "${CELL_SUBNET[mbl]}" && cell_join mbl mbm "$(cell_mac mbl 3)" || return
  cell_join ifbl || return
  ip -n "$ns" link add ifb txqueuelen 1000 type ifb && ip -n "$ns" link set ifb arp off multicast off up || return
  tc -n "$ns" qdisc add dev ifbl ingress &&
    tc -n "$ns" filter add dev ifbl ingress protocol all u32 match u32 0 0 action mirred egress redirect dev ifb
}

traffic_stacks() {
  tcp macl 4
  tcp brl 4
  tcp mbl 6
  tcp ifbl 4
}

# ---- truth --------------------------------------------------------------------------------------------------------

# "HOST/IF.DIR.frames" and ".octets" -> what a row stands for.
declare -A TRUE=()

true_as() { # HOST/IF.DIR OTHER [OCTETS-A-FRAME]: the same frames, each of so many octets more
  TRUE[$1.frames]=${TRUE[$2.frames]}
  TRUE[$1.octets]=$((TRUE[$2.octets] + ${3:-0} * TRUE[$2.frames]))
}

true_line() { # HOST/IF.DIR LINE
  TRUE[$1.frames]=$(lab_figure frames "$2")
  TRUE[$1.octets]=$(lab_figure octets "$2")
}

# Where the kernel took the size that it was asked for, such packets have to be there, or the row shows nothing.
big_is_big() { # NAME
  local dir
  if [[ -z ${BIG[$1]-} ]]; then
    tap_skip "$1: packets of more than 64 KiB" "this kernel or ip takes no such size"
    return
  fi
  for dir in rx tx; do
    tap_ok $((SEEN[host/$1.$dir.largest] <= 65536)) "$1 $dir: there were packets of more than 64 KiB"
  done
}

matrix_truth() {
  local name end dir other answers device frames octets
  for name in "${CELLS[@]}"; do
    end=${CELL_END[$name]}/$name
    tap_is "${SEEN[$end.rx.merged]} ${SEEN[$end.tx.merged]}" "0 0" "$name: every frame came alone to its oracle"
    for dir in rx tx; do
      other=$([[ $dir == rx ]] && echo tx || echo rx)
      TRUE[host/$name.$dir.frames]=${SEEN[$end.$other.frames]}
      TRUE[host/$name.$dir.octets]=${SEEN[$end.$other.octets]}
    done
  done
  big_is_big big6
  big_is_big big4
  for name in tcp4 tcp6 udp4; do true_as cutter/i$name.rx host/$name.tx; done
  for dir in rx tx; do
    for name in 4 6 o; do true_as "host/vx$name.$dir" "host/vxl$name.$dir" "-${VXLAN_OUTER[vx$name]}"; done
    true_as host/mac.$dir host/macl.$dir
    true_as host/br0.$dir host/brl.$dir
    true_as host/mbb.$dir host/mbl.$dir
    true_as host/mbm.$dir host/mbl.$dir
    # Datagrams of 1000 octets, and answers of one; each with headers of 42.
    answers=$(lab_figure answers "$LO_SENT")
    frames=$(($(lab_figure datagrams "$LO_SENT") + answers))
    octets=$(lab_figure bytes "$LO_SENT")
    TRUE[host/lo.$dir.frames]=$frames TRUE[host/lo.$dir.octets]=$((octets + answers + 42 * frames))
  done
  true_as host/ifb.tx host/ifbl.rx
  for name in 4 6 u; do true_as host/tap$name.rx host/tpl$name.tx; done
  true_as host/pktm.tx host/pkt.tx
  true_as host/tun0.rx host/tunl.tx -14
  for device in tun1 tun2 tunsit; do true_line host/$device.tx "${INJECTED[$device]}"; done
  true_line host/over.rx "${INJECTED[over]}"
}
