#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# TCP's own account: its figures are those of `ss -ti`, nstat and the sender's own count, and what it says of counter and
# capture is what was set up. Where it must not speak it does not.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

within() { # GOT WANT PERCENT DESCRIPTION
  awk -v got="$1" -v want="$2" -v percent="$3" \
    'BEGIN { exit !(got ~ /^[0-9]+$/ && want > 0 && got >= want * (1 - percent / 100) && got <= want * (1 + percent / 100)) }'
  tap_ok $? "$4"
  tap_diag "got $1, want $2 within $3 %"
}

said() { observe_list OBSERVED "$1" "$2.application" verdict reason; echo "$OBSERVED"; } # NAME IF.DIR
mib() { lab_in host nstat -asz --json "$@" | jq '[.kernel[]] | add'; }

LAB_FRAMES=20000
situation_list=(tso gro mac uncut plain)
for id in "${situation_list[@]}"; do situation_setup "$id" || exit 1; done

# ---- what it says of counter and capture ----------------------------------------------------------------------------

truth=()
declare -A want=([tso]=counter [gro]=capture-point [mac]=counter [uncut]=counter [plain]=agrees)
before_out=$(mib TcpOutSegs TcpRetransSegs) before_in=$(lab_ip_segments host)
observe all host --application --method auto
for id in "${situation_list[@]}"; do
  situation_select "$id"
  before=$(situation_oracle mib)
  situation_traffic "$id" 4
  truth[${#truth[@]}]=$(($(situation_oracle mib) - before))
done
observe_decided all
observe_end all
out=$(($(mib TcpOutSegs TcpRetransSegs) - before_out)) in=$(($(lab_ip_segments host) - before_in))
i=0
for id in "${situation_list[@]}"; do
  situation_select "$id"
  tap_is "$(said all "$S_IF.$S_DIR")" "${want[$id]} null" "$S_TITLE: TCP says ${want[$id]}"
  within "$(observe_fact all "$S_IF.$S_DIR.application.segments")" "${truth[i]}" 0.1 "$S_TITLE: segments are the oracle's"
  # Each once; the FIN counts as one, and on the side that connects its SYN.
  tap_is "$(($(observe_fact all "$S_IF.$S_DIR.application.octets") - LAB_FRAMES * 1440))" \
    "$([[ $S_DIR == tx ]] && echo 2 || echo 1)" "$S_TITLE: payload is what the sender sent"
  i=$((i + 1))
done
tap_is "$(said all maclow0.rx)" \
  "unknown no TCP connection of this namespace has its traffic on this interface" "nothing of the device below a macvlan"
within "$(observe_fact all application.segments_out)" "$out" 0.2 "segments sent are those of nstat"
within "$(observe_fact all application.segments_in)" "$in" 0.2 "segments received are those of the IP MIB"
tap_is "$(($(observe_fact all namespace.tcp_out_segments) + $(observe_fact all namespace.tcp_retransmitted)))" "$out" \
  "the TCP MIB is nstat's"
for share in coverage_out coverage_in; do
  tap_ok "$(awk -v share="$(observe_fact all "application.$share")" 'BEGIN { print !(share > 0.99 && share <= 1.001) }')" \
    "$share: nearly all"
done

# ---- loopback -------------------------------------------------------------------------------------------------------

# Both ends are this host's, by lo and by the address of another interface, which is still lo's traffic.
lab_offload host lo gso on tso on gro off || exit 1
before_out=$(mib TcpOutSegs TcpRetransSegs) before_in=$(lab_ip_segments host)
observe loop host --application lo plain0
for address in 127.0.0.1 "$(lab_address 8 1)"; do
  lab_flow host host "$address" --mss 1440 --window 180000 -- --mss 1440 --bytes $((LAB_FRAMES * 720))
done
lab_settle host lo
observe_decided loop
observe_end loop
within "$(observe_fact loop lo.tx.application.segments)" "$(($(mib TcpOutSegs TcpRetransSegs) - before_out))" 0.2 \
  "lo: segments sent are those of nstat"
within "$(observe_fact loop lo.rx.application.segments)" "$(($(lab_ip_segments host) - before_in))" 0.2 \
  "lo: segments received are those of the IP MIB"
tap_is "$(said loop lo.tx), $(said loop lo.rx)" "counter null, counter null" "lo: TCP says counter"
tap_is "$(observe_fact loop plain0.tx.application.segments) $(observe_fact loop plain0.rx.application.segments)" "0 0" \
  "lo: nothing of the interface that has the address"

# ---- without a right ------------------------------------------------------------------------------------------------

OBSERVE_WRAP=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps -all --bounding-set -all)
observe poor host --application --method none tso0 mac0
OBSERVE_WRAP=()
situation_traffic tso 4
situation_traffic mac 4
observe_decided poor
observe_end poor
tap_is "$(said poor tso0.tx)" "counter null" "without any right: the queue and TCP together tell that the counter misreports"
tap_is "$(said poor mac0.rx)" "unknown nothing but the counter tells what passed the interface" \
  "without any right: not where the counter is the only source"
within "$(observe_fact poor application.bytes_acked)" $((LAB_FRAMES * 1440)) 0.01 \
  "without any right: ends of connections are heard of"

# ---- one long connection, and ss ------------------------------------------------------------------------------------

# Both ends stay, so that ss tells of the same socket. It has carried something before it is observed.
ss_figure() { # NAME: of the only connection of host
  lab_in host ss -tinOH state established | sed -n "s/.* $1:\([0-9]*\).*/\1/p"
}
ss_has_received() { [[ $(ss_figure bytes_received) == "$1" ]]; }
ss_all() { echo "$(ss_figure bytes_received) $(ss_figure segs_in) $(ss_figure segs_out)"; }

lab_spawn_in host receive "$LAB_BIN/flow" receive --limit 60 --mss 1440 "$(lab_address 8 1)"
receiver=$LAB_PID
lab_wait_log 5 receive '^listening' || exit 1
mkfifo "$LAB_DIR/octets"
# shellcheck disable=SC2016
lab_spawn_in peer-plain talk bash -c '
  exec 3<>"/dev/tcp/$0/$1"
  while read -r octets; do head -c "$octets" /dev/zero >&3; done <"$2"' \
  "$(lab_address 8 1)" "$(lab_figure port "$(<"$LAB_DIR/receive.log")")" "$LAB_DIR/octets"
talk=$LAB_PID
exec 7>"$LAB_DIR/octets"
echo 300000 >&7
lab_wait 10 "the first octets" ss_has_received 300000 && lab_settle host plain0
read -r octets_before in_before out_before <<<"$(ss_all)"
observe long host --application
echo 9000000 >&7
lab_wait 10 "the others" ss_has_received 9300000 && lab_settle host plain0
observe_decided long
observe_end long
read -r octets_after in_after out_after <<<"$(ss_all)"
observe_list OBSERVED long plain0 rx.application.octets rx.application.segments tx.application.segments
tap_is "$OBSERVED" "$((octets_after - octets_before)) $((in_after - in_before)) $((out_after - out_before))" \
  "a connection that was there before counts from then, to the segment as ss has it"
tap_is "$(observe_fact long application.connections) $(observe_fact long application.bytes_received)" "1 9000000" \
  "it is the only one"
tap_is "$(said long plain0.rx)" "agrees null" "and both signals agree with it"
exec 7>&-
lab_reap "$talk" 10 && lab_reap "$receiver" 10

# ---- one socket, two connections ------------------------------------------------------------------------------------

# The kernel's number of it stays, and its counts begin anew.
has_acked() { (($(ss_figure bytes_acked) + 0 >= $1)); }
has_begun_anew() { ! has_acked 6000000; }
lab_spawn_in peer-plain receive "$LAB_BIN/brief" receive --count 2 "$(lab_address 8 2)"
receiver=$LAB_PID
lab_wait_log 5 receive '^listening' || exit 1
mkfifo "$LAB_DIR/lines"
before_out=$(mib TcpOutSegs TcpRetransSegs)
observe again host --application
# shellcheck disable=SC2016
lab_spawn_in host send bash -c 'exec "${@:2}" <"$1"' bash "$LAB_DIR/lines" \
  "$LAB_BIN/brief" send --same --count 2 --bytes 6000000 "$(lab_address 8 2)" "$(lab_figure port "$(<"$LAB_DIR/receive.log")")"
sender=$LAB_PID
exec 7>"$LAB_DIR/lines"
for _ in 1 2; do
  lab_wait 10 "6 million octets" has_acked 6000000 && lab_settle host plain0 && observe_polled again
  echo >&7
  lab_wait 10 "its end" has_begun_anew
done
exec 7>&-
lab_both_end "$sender" "$receiver"
observe_decided again
observe_end again
within "$(observe_fact again application.bytes_acked)" 12000000 0.01 "a socket that is connected anew counts both connections"
within "$(observe_fact again application.segments_out)" "$(($(mib TcpOutSegs TcpRetransSegs) - before_out))" 0.2 \
  "with the segments of nstat"
tap_is "$(said again plain0.tx)" "agrees null" "and both signals agree with it"

# ---- sent again -----------------------------------------------------------------------------------------------------

# One in fifty is lost on the way to the interface: TCP sends it again, and the counter has fewer than TCP sent.
if [[ -f $LAB_BIN/shape.bpf.o ]]; then
  lab_shape host plain0 egress vanish || exit 1
  before_out=$(mib TcpOutSegs TcpRetransSegs) before=$(mib TcpRetransSegs)
  observe lossy host --application
  lab_flow host peer-plain "$(lab_address 8 2)" --mss 1440 --window 180000 -- --mss 1440 --bytes $((6000 * 1440))
  lab_settle host plain0
  observe_decided lossy
  observe_end lossy
  tc -n "$(lab_ns host)" qdisc del dev plain0 clsact
  out=$(($(mib TcpOutSegs TcpRetransSegs) - before_out)) again=$(($(mib TcpRetransSegs) - before))
  tap_ok $((again < 50)) "segments were sent again: $again"
  tap_is "$(observe_fact lossy application.retransmitted_segments)" "$again" "as many as nstat has"
  within "$(observe_fact lossy application.retransmitted_bytes)" $((again * 1440)) 2 "with their octets"
  within "$(observe_fact lossy plain0.tx.application.segments)" "$out" 0.2 "segments sent have them in"
  within "$(observe_fact lossy application.bytes_acked)" $((6000 * 1440)) 0.01 "octets acknowledged have them once"
  tap_is "$(awk -v share="$(observe_fact lossy application.coverage_out)" 'BEGIN { print (share > 0.99 && share <= 1.001) }')" 1 \
    "the MIB has them, too"
  tap_is "$(said lossy plain0.tx)" \
    "unknown fewer than TCP sent, and no fewer than were acknowledged: dropped on the way, or counted late" \
    "what is dropped before the counter accuses nobody"
else
  tap_skip "sent again" "no clang, bpftool or libbpf to build what loses packets ($LAB_BIN/shape.bpf.o)"
fi

# ---- connections that end between two polls -------------------------------------------------------------------------

# brief COUNT OCTETS: from the peer of plain0, to their end
brief() {
  local receiver sender
  lab_spawn_in host receive "$LAB_BIN/brief" receive --count "$1" "$(lab_address 8 1)"
  receiver=$LAB_PID
  lab_wait_log 5 receive '^listening' || return
  lab_spawn_in peer-plain send "$LAB_BIN/brief" send --count "$1" --bytes "$2" "$(lab_address 8 1)" \
    "$(lab_figure port "$(<"$LAB_DIR/receive.log")")"
  sender=$LAB_PID
  lab_both_end "$sender" "$receiver" && lab_settle host plain0
}

before=$(lab_ip_segments host)
observe short host --application
brief 200 50000
observe_decided short
observe_end short
tap_is "$(observe_fact short application.bytes_received)" $((200 * 50001)) \
  "connections that no dump has seen are counted with all that the sender sent, and a FIN each"
tap_is "$(observe_fact short application.segments_in)" "$(($(lab_ip_segments host) - before))" \
  "and with all segments that IP received"
tap_is "$(said short plain0.rx)" "agrees null" "so the verdict stands"

# The kernel tells of ends in its own time: whether the observer's socket has dropped one yet.
lost_some() {
  # shellcheck disable=SC2016
  lab_in host awk '$2 == 4 && $4 !~ /^0*$/ && $9 > 0 { found = 1 } END { exit !found }' /proc/net/netlink
}

# More ends than there is room to be told of: the kernel grants an unprivileged process twice rmem_max at most.
room=$(($(</proc/sys/net/core/rmem_max) * 2))
((room <= 16 << 20)) || room=$((16 << 20))
OBSERVE_WRAP=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps -all --bounding-set -all)
observe lost host --application --method none
OBSERVE_WRAP=()
lab_signal "${OBSERVE_PID[lost]}" STOP
brief $((room / 600 + 1000)) 1000
lab_wait 20 'an end that is not heard of' lost_some
tap_ok $? "ends are lost"
lab_signal "${OBSERVE_PID[lost]}" CONT
observe_decided lost
observe_end lost
tap_is "$(observe_fact lost application.reason)" "connections ended faster than they could be read" "lost ends are told"
tap_ok "$(awk -v share="$(observe_fact lost application.coverage_in)" 'BEGIN { print !(share > 0.05 && share < 0.95) }')" \
  "and leave less than 95 % covered"
tap_diag "covered $(observe_fact lost application.coverage_in) in, $(observe_fact lost application.coverage_out) out"
tap_is "$(said lost plain0.tx)" \
  "unknown connections account for less than 95 % of the segments: some were missed, or much is not TCP" \
  "so that nothing is said"

# ---- other traffic --------------------------------------------------------------------------------------------------

# UDP beside TCP, sent: OutSegs has none of it, so that the sockets cover all; but the interface carries more.
blast_before=$(lab_link_counter host plain0 tx packets)
observe udp host --application
lab_flow host peer-plain "$(lab_address 8 2)" --mss 1440 --window 180000 -- --mss 1440 --bytes $((4000 * 1440))
lab_flow host peer-plain "$(lab_address 8 2)" --udp --bytes 4000000 --window 64000 -- --udp --bytes 4000000 --window 64000
lab_settle host plain0
observe_decided udp
observe_end udp
within "$(observe_fact udp plain0.tx.counter.frames)" "$(($(lab_link_counter host plain0 tx packets) - blast_before))" 0 \
  "UDP and TCP passed"
tap_is "$(said udp plain0.tx)" \
  "unknown more passed than these connections account for: other traffic, or connections that were missed" \
  "UDP beside TCP: nothing is said of transmit"

# Received, it is in what IP received: less than 95 % of that are covered.
observe udp host --application
lab_flow peer-plain host "$(lab_address 8 1)" --mss 1440 --window 180000 -- --mss 1440 --bytes $((4000 * 1440))
lab_flow peer-plain host "$(lab_address 8 1)" --udp --bytes 4000000 --window 64000 -- --udp --bytes 4000000 --window 64000
lab_settle host plain0
observe_decided udp
observe_end udp
tap_is "$(said udp plain0.rx)" \
  "unknown connections account for less than 95 % of the segments: some were missed, or much is not TCP" \
  "UDP beside TCP: nothing is said of receive"
tap_ok "$(awk -v in_="$(observe_fact udp application.coverage_in)" -v out="$(observe_fact udp application.coverage_out)" \
  'BEGIN { print !(in_ > 0.3 && in_ < 0.95 && out > 0.95 && out < 1.01) }')" "coverage: of receive less, of transmit all"

# ---- another way ----------------------------------------------------------------------------------------------------

# The address is plain0's, the way out is tso0's: by addresses alone plain0's counter would be accused.
ip -n "$(lab_ns host)" route add "$(lab_address 1 2)/32" dev tso0 src "$(lab_address 8 1)"
ip -n "$(lab_ns peer-tso)" route add "$(lab_address 8 1)/32" dev eth0
ip -n "$(lab_ns peer-tso)" neighbour replace "$(lab_address 8 1)" lladdr "$(lab_mac 1 1)" dev eth0 nud permanent
observe way host --application
lab_flow host peer-tso "$(lab_address 1 2)" --mss 1440 --window 180000 -- --mss 1440 --bytes $((6000 * 1440))
status=$?
lab_flow host peer-plain "$(lab_address 8 2)" --mss 1440 --window 180000 -- --mss 1440 --bytes $((2000 * 1440))
tap_ok $((status + $?)) "transfers by two ways"
observe_decided way
observe_end way
tap_is "$(said way plain0.tx)" \
  "unknown TCP counted more segments than passed here: some of them take another way" \
  "an address that goes another way accuses nobody"
tap_is "$(said way tso0.tx)" "unknown no TCP connection of this namespace has its traffic on this interface" \
  "and the way has no account"

# Other traffic makes up for the number of frames, in small ones: by octets plain0's counter would be accused.
observe small host --application
lab_flow host peer-tso "$(lab_address 1 2)" --mss 1440 --window 180000 -- --mss 1440 --bytes $((6000 * 1440))
status=$?
lab_flow host peer-plain "$(lab_address 8 2)" --udp --size 20 --window 1000 --bytes $((20 * 9000)) -- \
  --udp --size 20 --window 1000 --bytes $((20 * 9000))
tap_ok $((status + $?)) "TCP by another way, and small datagrams"
observe_decided small
observe_end small
tap_ok $(($(observe_fact small plain0.tx.wire.frames) < 9000)) "frames are no fewer than TCP's segments"
tap_is "$(said small plain0.tx)" \
  "unknown fewer than TCP counted, and no fewer than certainly passed here: some of it may take another way" \
  "small datagrams in place of TCP's: nobody is accused"
ip -n "$(lab_ns host)" route del "$(lab_address 1 2)/32" dev tso0

# ---- a change meanwhile ---------------------------------------------------------------------------------------------

observe change host --application tso0
lab_flow host peer-tso "$(lab_address 1 2)" --mss 1440 --window 180000 -- --mss 1440 --bytes $((4000 * 1440))
status=$?
lab_settle host tso0 && observe_polled change
lab_offload host tso0 tso off gso off && observe_polled change
lab_flow host peer-tso "$(lab_address 1 2)" --mss 1440 --window 180000 -- --mss 1440 --bytes $((4000 * 1440))
tap_ok $((status + $?)) "transfers with TSO and without"
lab_settle host tso0
observe_decided change
observe_end change
lab_offload host tso0 gso on tso on
tap_is "$(said change tso0.tx)" "agrees null" "what was before a change accuses nobody after it"

# ---- off, and a person's view ---------------------------------------------------------------------------------------

observe_run off host --duration 0.1 --method none plain0
tap_is "$(observe_fact off application) $(observe_fact off plain0.rx.application)" "null null" "off unless it is asked for"
lab_spawn_in host table "$LAB_BUILD/wiretruth" check --duration 600 --application
table=$LAB_PID
lab_wait_log 10 table '^wiretruth: observing '
for id in tso gro plain; do situation_traffic "$id" 4; done
OBSERVE_PID[table]=$table OBSERVE_HOST[table]=host
observe_decided table
lab_stop "$table" INT
text=$(<"$LAB_DIR/table.log")
for line in '^TCP by its own account: .* segments sent \([0-9.]+ % of TCP.s MIB\)' '^tso0 +tx +[0-9,]+ +[0-9,]+  counter$' \
  '^gro0 +rx +[0-9,]+ +[0-9,]+  capture-point$' '^plain0 +rx +[0-9,]+ +[0-9,]+  agrees$' \
  '^tso0 transmit: TCP.s own account of [0-9,]+ segments is not in what the counter has .*: the counter misreports$' \
  '^gro0 receive: TCP.s own account .*: the capture point misreports$'; do
  grep -qE -- "$line" <<<"$text"
  tap_ok $? "the table has: $line"
done
tap_done
