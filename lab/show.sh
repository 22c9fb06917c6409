#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Shows one situation: real traffic, what an oracle and the usual tools count of it, and what `wiretruth check` says.
#
#   lab/show.sh                          lists the names
#   lab/show.sh NAME [CHECK-OPTION]...   for example: lab/show.sh gro --method sample
#
# docs/verdicts.md explains what comes out, and tests/integration/verdicts.sh holds it to that.
set -u -o pipefail

: "${LAB_FRAMES:=20000}" # each transfer stands for

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
# shellcheck source=lab/lab.sh
. lab/lab.sh
# shellcheck source=lab/situations.sh
. lab/situations.sh

# shellcheck source=lab/span.sh
. lab/span.sh

# ---- situations of its own ----------------------------------------------------------------------------------------

# Name and title of those that the demo has not. Each has a setup_NAME and a traffic_NAME.
declare -A titles=(
  [volume]='transmit, TSO on, segments of 300 octets'
  [cut]='transmit, TSO on, and a router behind it that cuts'
  [uso]='transmit, UDP cut by the device, and a router behind it that cuts'
  [mixed]='receive on a veth: TCP comes cut and is merged by GRO, UDP comes uncut'
  [tunnel]='transmit, TCP in a VXLAN tunnel on a port that is not known as one'
  [bridge]='receive, GRO on, on a bridge above'
  [lo]='transmit on loopback'
  [ifb]='receive on an ifb'
  [dropped]='transmit, and the driver drops all of it'
  [noqueue]='transmit, TSO on, without a queue discipline'
  [checksum]='transmit, one frame each, checksums left to the device'
  [tag]='transmit, small frames, each with a VLAN tag that the device puts in'
  [resend]='transmit, TSO on, and frames are lost behind the router that cuts'
  [span]='transmit past the tap, and a SPAN port copies it'
  [lossy]='transmit, one frame each, and a SPAN port that is slower than what it copies'
  [corrupted]='receive, and one frame in ten is corrupted near its end'
  [series]='transmit, TSO on, and an exporter that tells the counter'
  [few]='no offload anywhere, few frames'
  [lag]='transmit, TSO on, observed for a tenth of a second'
)
own=(volume cut uso mixed tunnel bridge lo ifb dropped noqueue checksum corrupted tag resend span lossy series few lag)

# own_select NAME: the variables of situation_select
own_select() {
  case $1 in
    volume | noqueue | lag | series) situation_select tso ;;
    checksum) situation_select one ;;
    few) situation_select plain ;;
    cut | uso | resend) S_ID=$1 S_HOST=host S_IF=cut0 S_PEER=sink S_DIR=tx ;;
    span | lossy) S_ID=$1 S_HOST=host S_IF=eth0 S_PEER=far S_DIR=tx S_SUBNET=7 ;;
    lo) S_ID=lo S_HOST=host S_PEER=host S_IF=lo S_DIR=tx ;;
    mixed | bridge | ifb | corrupted) S_ID=$1 S_HOST=host S_PEER=peer S_IF=${1}0 S_DIR=rx S_SUBNET=30 ;;
    tunnel | dropped | tag) S_ID=$1 S_HOST=host S_PEER=peer S_IF=${1}0 S_DIR=tx S_SUBNET=30 ;;
  esac
}

own_link() { lab_host host && lab_host peer && lab_link host "$S_IF" peer eth0 "$S_SUBNET"; }

setup_volume() { situation_setup tso; }
setup_lag() { situation_setup tso; }
setup_series() {
  situation_setup tso || return
  lab_spawn_in host exporter prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults \
    --collector.netdev
  lab_wait_log 20 exporter 'msg="TLS is|Listening on.*address=' || return
  more=(--series http://127.0.0.1:9100)
}
setup_few() { situation_setup plain; }
setup_checksum() { situation_setup one; }
setup_cut() { cutting_setup; }
setup_uso() { cutting_setup; }
setup_resend() { cutting_setup && lab_shape sink eth0 ingress burst; }
setup_tag() { own_link && situation_near gro off && lab_shape host tag0 egress push && lab_shape peer eth0 ingress pop; }
setup_span() { span_setup; }
setup_lossy() { span_setup && span_oversubscribe; }
setup_lo() { lab_host host && lab_offload host lo gso on tso on; }
setup_ifb() { lab_host host && ip -n "$(lab_ns host)" link add ifb0 type ifb && ip -n "$(lab_ns host)" link set ifb0 up; }

setup_noqueue() { situation_setup tso && tc -n "$(lab_ns host)" qdisc replace dev tso0 root noqueue; }

setup_mixed() { own_link && situation_near gro on && situation_far gro off tso off gso off tx-udp-segmentation on; }

# The peer takes no frame of that length, and a veth drops what its peer would not take.
setup_dropped() {
  own_link && situation_near gro off && situation_far gro off && ip -n "$(lab_ns peer)" link set eth0 mtu 600
}

setup_tunnel() {
  own_link && situation_near gro off gso on tso on && situation_far gro off || return
  tunnel_end host tunnel0 1 && tunnel_end peer eth0 2
}

tunnel_end() { # HOST IF SIDE
  ip -n "$(lab_ns "$1")" link add vx0 address "$(lab_mac 31 "$3")" mtu 1450 type vxlan id 31 dstport 5555 nolearning \
    local "$(lab_address 30 "$3")" remote "$(lab_address 30 $((3 - $3)))" dev "$2" &&
    ip -n "$(lab_ns "$1")" link set vx0 arp off multicast off up &&
    lab_join "$1" vx0 31 "$3" "$(lab_mac 31 $((3 - $3)))"
}

setup_bridge() {
  lab_host host && lab_host peer && lab_wire host port0 peer eth0 30 || return
  ip -n "$(lab_ns host)" -batch - <<END || return
link add bridge0 address $(lab_mac 30 3) type bridge mcast_snooping 0
link set port0 master bridge0
link set bridge0 multicast off arp off up
END
  lab_join host bridge0 30 1 "$(lab_mac 30 2)" && lab_join peer eth0 30 2 "$(lab_mac 30 3)" || return
  lab_offload host port0 gro on && situation_far gro off tso off gso off
}

setup_corrupted() { own_link && situation_near gro off && situation_far gro off; }

# In turns, so that each stretch of time has some of both.
traffic_corrupted() {
  local i
  for ((i = 0; i < 20; i++)); do own_inject 450 right && own_inject 50 wrong || return; done
}

own_inject() { # COUNT CHECKSUM
  lab_spawn_in peer send "$LAB_BIN/inject" --payload 1448 --count "$1" --checksum "$2" packet eth0 "$(lab_mac 30 1)" \
    10.30.0.2 10.30.0.1
  lab_reap "$LAB_PID" 30 && [[ $LAB_STATUS == 0 ]]
}

traffic_volume() { situation_traffic tso 4 300; }
traffic_series() { situation_traffic tso; }
traffic_noqueue() { situation_traffic tso; }
traffic_checksum() { situation_traffic one; }
traffic_few() { LAB_FRAMES=300 situation_traffic plain; }
traffic_cut() { cutting_traffic tcp; }
traffic_uso() { cutting_traffic udp; }
traffic_resend() { cutting_traffic tcp; }
traffic_tag() { own_blast "$(lab_mac 30 2)" 60; }
# A mirror is believed once what may be on its way is less than the tolerance.
traffic_span() { LAB_FRAMES=$((3 * LAB_FRAMES)) own_blast "$SPAN_FAR_MAC" 1000 --port 9; }
traffic_lossy() { own_blast "$SPAN_FAR_MAC" 1000 --qdisc; }
traffic_bridge() { situation_bulk 4 1440; }
traffic_lo() { lab_flow host host 127.0.0.1 --mss 1440 -- --mss 1440 --bytes $((LAB_FRAMES * 1440)); }
traffic_dropped() { own_blast "$(lab_mac 30 2)"; }
traffic_ifb() { own_blast 02:00:00:00:00:01; }

own_blast() { # MAC [SIZE [OPTION]...]
  local options=(--qdisc)
  [[ $# -lt 3 ]] || options=("${@:3}")
  lab_spawn_in host send "$LAB_BIN/blast" "${options[@]}" --count "$LAB_FRAMES" --size "${2:-1000}" "$S_IF" "$1" \
    10.30.0.1 10.30.0.2
  lab_reap "$LAB_PID" 30 && [[ $LAB_STATUS == 0 ]] && S_SENT=$(lab_figure frames "$(tail -n 1 "$LAB_DIR/send.log")")
}

traffic_mixed() {
  local udp=(--udp --size 57600 --window 115200 --bytes $((57600 * (LAB_FRAMES / 20))))
  situation_bulk 4 1440 && lab_flow peer host "$(lab_address 30 1)" "${udp[@]}" -- "${udp[@]}" --segment 1440
}

traffic_tunnel() {
  local address
  address=$(lab_address 31 2)
  lab_flow host peer "$address" --mss 1300 -- --mss 1300 --bytes $((LAB_FRAMES * 1300)) && lab_settle host tunnel0
}

# ---- observe ------------------------------------------------------------------------------------------------------

# All namespaces are new: what the tools show afterwards is this traffic.
start_observers() { # CHECK-OPTION...
  local side=in
  [[ $S_DIR == rx ]] || side=out
  # Whatever it has not read when it is stopped it leaves out.
  lab_spawn_in "$S_HOST" tcpdump tcpdump -n --immediate-mode -s $snap -B 65536 -Q $side -i "$S_IF" -w "$LAB_DIR/capture"
  tcpdump=$LAB_PID
  lab_wait_log 10 tcpdump 'listening on' || return
  case $name in
    tag) start_tcpdump any "$S_HOST" any out ;;
    resend) start_tcpdump far sink eth0 in ;;
  esac || return
  observe json "$S_HOST" "$@" "$S_IF" || return
  lab_spawn_in "$S_HOST" text "$LAB_BUILD/wiretruth" check --duration 600 "$@" "$S_IF"
  OBSERVE_PID[text]=$LAB_PID OBSERVE_HOST[text]=$S_HOST
  lab_wait_log 30 text 'observing'
}

start_tcpdump() { # NAME HOST IF SIDE: one more
  lab_spawn_in "$2" "tcpdump-$1" tcpdump -n --immediate-mode -s $snap -B 65536 -Q "$4" -i "$3" -w "$LAB_DIR/capture-$1"
  also=$LAB_PID
  lab_wait_log 10 "tcpdump-$1" 'listening on'
}

exporter_says() { # METRIC
  scrapes=$((scrapes + 1))
  said=$(lab_in host curl -s http://127.0.0.1:9100/metrics | awk -v name="$1" '$1 == name { printf "%.0f\n", $2 }')
}

# Each of the two observers has asked it for what there is now: it counts who asks, us among them.
has_been_told() {
  exporter_says 'promhttp_metric_handler_requests_total{code="200"}' && ((said - scrapes >= asked))
}
await_series() {
  scrapes=0
  exporter_says 'promhttp_metric_handler_requests_total{code="200"}' || return
  asked=$((said + 6))
  lab_wait 30 'the observers to ask the exporter' has_been_told
}

stop_observers() {
  [[ $name != series ]] || await_series || return
  # A mirror is compared at one poll and used from the next one on.
  observe_decided json && observe_polled json && observe_end json || return
  observe_decided text && lab_stop "${OBSERVE_PID[text]}" INT || return
  lab_stop "$tcpdump" INT && if [[ $also ]]; then lab_stop "$also" INT; fi
}

# All of it is within what a counter may lag, so that none can be accused.
run_lag() {
  local address receiver sender
  address=$(lab_address "$S_SUBNET" 2)
  lab_spawn_in "$S_PEER" receive "$LAB_BIN/flow" receive --limit 60 "$address"
  receiver=$LAB_PID
  lab_wait_log 5 receive '^listening' || return
  lab_spawn_in "$S_HOST" send "$LAB_BIN/flow" send --limit 60 --bytes 17000000000 "$address" \
    "$(lab_figure port "$(<"$LAB_DIR/receive.log")")"
  sender=$LAB_PID
  lab_wait 5 'the traffic' has_traffic || return
  observe_run json "$S_HOST" --duration 0.1 "$@" "$S_IF"
  lab_spawn_in "$S_HOST" text "$LAB_BUILD/wiretruth" check --duration 0.1 "$@" "$S_IF"
  lab_reap "$LAB_PID" 30 && lab_stop "$sender" && lab_stop "$receiver"
}

has_traffic() { (($(lab_link_counter "$S_HOST" "$S_IF" tx packets) > 1000)); }

# ---- show ---------------------------------------------------------------------------------------------------------

line() { printf '%-15s %9s  %s\n' "$@"; }

# What counted the truth, and what it is.
# shellcheck disable=SC2119
show_oracle() {
  case $name in
    cut | uso | resend) line oracle "$CUT_FRAMES" 'frames, counted one by one behind the router' ;;
    dropped | ifb | tag | span | lossy) line oracle "$S_SENT" "frames, the sender's own count" ;;
    tunnel) line oracle "$(lab_qdisc_packets host tunnel0)" 'frames by the queue discipline' ;;
    lo | mixed | bridge | corrupted) line oracle "$(lab_ip_segments host)" "frames by the receiving host's IP MIB" ;;
    lag) ;;
    *) if [[ $S_ORACLES == sent* ]]; then
         line oracle "$(situation_oracle)" "frames, the sender's own count"
       else
         line oracle "$(situation_oracle)" "frames by the receiving host's IP MIB"
       fi ;;
  esac
}

show_tools() {
  line 'ip -s link' "$(lab_link_counter "$S_HOST" "$S_IF" "$S_DIR" packets)" \
    "packets, $(lab_link_counter "$S_HOST" "$S_IF" "$S_DIR" bytes) octets"
  [[ $name != lag ]] || return 0
  line tcpdump "$(tcpdump_said captured)" "packets, $(tcpdump_said 'dropped by kernel') dropped"
  if [[ $S_DIR == tx ]]; then
    line 'tc -s qdisc' "$(lab_qdisc_packets "$S_HOST" "$S_IF")" packets
  elif [[ $S_IF != ifb0 ]]; then
    line 'nstat' "$(lab_in "$S_HOST" nstat -asz TcpInSegs | awk '$1 == "TcpInSegs" { print $2 }')" 'TcpInSegs'
  fi
  case $name in
    series) exporter_says 'node_network_transmit_packets_total{device="tso0"}' && line node_exporter "$said" packets ;;
    dropped) line 'far ip -s link' "$(lab_link_counter peer eth0 rx packets)" 'packets at the other end' ;;
    checksum) show_checksums "$S_PEER" 'far nstat' ;;
    corrupted) show_checksums "$S_HOST" 'own nstat' ;;
    tag) show_tags ;;
    resend) show_resent ;;
    span | lossy) line 'tc, SPAN port' "$(span_drops)" 'copies dropped' ;;
  esac
}

tcpdump_said() { sed -n "s/ packets\{0,1\} $1\$//p" "$LAB_DIR/tcpdump.log"; }

show_checksums() { # HOST LABEL
  line 'tcpdump -vv' "$(tcpdump -nvv -r "$LAB_DIR/capture" 2>/dev/null | grep -c 'cksum.*(incorrect')" 'checksums called incorrect'
  line "$2" "$(lab_in "$1" nstat -asz TcpInCsumErrors | awk '$1 == "TcpInCsumErrors" { print $2 }')" 'TcpInCsumErrors'
}

show_tags() {
  line 'tcpdump -e' "$(tcpdump -ner "$LAB_DIR/capture" 2>/dev/null | grep -c 'vlan 7')" 'packets with their tag'
  line 'tcpdump -i any' "$(tcpdump -ner "$LAB_DIR/capture-any" 2>/dev/null | grep -c 'vlan 7')" 'packets with their tag'
}

show_resent() {
  line nstat "$(lab_in "$S_HOST" nstat -asz TcpRetransSegs | awk '$1 == "TcpRetransSegs" { print $2 }')" TcpRetransSegs
  line tshark "$(resent capture)" 'packets that were sent again, in the capture'
  line 'far tshark' "$(resent capture-far)" 'frames that were sent again, one by one behind the router'
}

# Those whose data were there before: tshark's own words also depend on the time between them.
resent() { # FILE
  tshark -r "$LAB_DIR/$1" -o tcp.analyze_sequence_numbers:FALSE -Y 'tcp.len > 0' -T fields -e tcp.srcport -e tcp.seq_raw \
    2>/dev/null | awk '{ if ($2 in seen) n++; else seen[$2] = 1 } END { print n + 0 }'
}

# Of the direction that it is about: the row, and the sentences.
show_check() {
  local word=transmit
  [[ $S_DIR == tx ]] || word=receive
  echo
  grep -E "^INTERFACE |^$S_IF +$S_DIR |(^|, )$S_IF ${word}[:,]" "$LAB_DIR/text.log"
}

# What a table has no room for.
show_basis() {
  local got
  observe_list got json "$S_IF.$S_DIR" wire.{low,high,source,estimated} counter.basis counter.octets wire.octets \
    counter.octet_{verdict,basis,offset,tags}
  echo
  # shellcheck disable=SC2086
  printf '%s: low %s, high %s, source %s, estimated %s; counter: basis %s
octets: counter %s, wire %s: %s; octet_basis %s, octet_offset %s, octet_tags %s\n' wire $got
}

list() {
  local id
  echo 'usage: lab/show.sh NAME [CHECK-OPTION]...'
  for id in "${situations[@]}"; do printf '  %-10s %s\n' "$id" "$(situation_title "$id")"; done
  for id in "${own[@]}"; do printf '  %-10s %s\n' "$id" "${titles[$id]}"; done
}

main() {
  local name=$1 snap=96 tcpdump said asked=0 scrapes=0 also=
  local -a more=()
  shift
  [[ $name != checksum && $name != corrupted ]] || snap=2048 # a checksum is of the whole packet; a longer one would leave room for few
  command -v tcpdump >/dev/null || { lab_fail 'needs tcpdump'; return; }
  lab_start || return
  # shellcheck source=tests/integration/_observe.sh
  . tests/integration/_observe.sh
  if [[ ${titles[$name]-} ]]; then
    own_select "$name" && "setup_$name" || return
  else
    situation_setup "$name" || return
  fi
  [[ $name != span && $name != lossy ]] || set -- "$@" --mirror eth0=span0
  if [[ $name == lag ]]; then
    run_lag "$@" || return
  else
    start_observers "$@" "${more[@]}" || return
    if [[ ${titles[$name]-} ]]; then "traffic_$name"; else situation_traffic "$name"; fi || return
    lab_settle "$S_HOST" "$S_IF" && stop_observers || return
  fi
  echo "${titles[$name]-$S_TITLE}: $S_IF $S_DIR"
  show_oracle
  show_tools
  show_check
  show_basis
}

if [[ ${1-} && (${titles[${1-}]-} || " ${situations[*]} " == *" ${1-} "*) ]]; then
  main "$@"
else
  list
  [[ -z ${1-} ]] || exit 2
fi
