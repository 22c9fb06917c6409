#!/bin/bash
# SPDX-License-Identifier: MIT
#
# dist/collectd/central-client.conf and central-server.conf as they are shipped, but for address, password and
# directories: a collectd with our plugin sends its values, encrypted, to a collectd without it, which writes CSV files.
#
#   far eth0 == 50 == eth0 client       the traffic: the client merges what it receives (GRO) and the device cuts what it
#                                       sends (TSO)
#   client mgmt0 == 51 == client0 server  the values; tshark reads what passes there
#
# The truth is what left through the queue of each end, and a `wiretruth check` on the client that saw the same window.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

declare -A oracle=()
address=10.51.0.2
client='' server=''
end=0

# ---- set-up -------------------------------------------------------------------------------------------------------

hosts() {
  local host
  for host in client far server; do lab_host $host || return; done
  lab_link client eth0 far eth0 50 && lab_link client mgmt0 server client0 51 &&
    lab_offload client eth0 gro on gso on tso on && lab_offload far eth0 gro off gso off tso off
}

# Whoever collectd makes of itself to run a script has to reach it.
make_scripts() {
  chmod 711 "$LAB_DIR" && mkdir -m 777 "$LAB_DIR/notes" &&
    install -m 755 "$root/dist/collectd/on-notification.sh" "$LAB_DIR/on-notification" || return
  # shellcheck disable=SC2016 # for that shell
  printf '#!/bin/sh\necho "$*" >>"%s/notes/syslog"\n' "$LAB_DIR" >"$LAB_DIR/logger"
  chmod 755 "$LAB_DIR/logger"
}

# Where the server's files are is where lab_collectd_value looks when LAB_COLLECTD is that directory.
serve() {
  local LAB_COLLECTD_WRAP=(env "LOGGER=$LAB_DIR/logger")
  server=$LAB_DIR/central
  make_scripts || return
  printf '%s\n' 'host-a: a password of host-a' >"$LAB_DIR/auth"
  lab_collectd_plain server "$(lab_collectd_shipped central-server.conf "0.0.0.0=$address" \
    "/etc/collectd/central.auth=$LAB_DIR/auth" "/var/lib/collectd/csv=$server/csv")
LoadPlugin exec
<Plugin exec>
  NotificationExec \"nobody:nogroup\" \"$LAB_DIR/on-notification\"
</Plugin>" || return
  ln -s "$LAB_COLLECTD/log" "$server.log"
}

# What the link between them carries, in a file that grows with each packet.
listen() {
  lab_spawn_in server tcpdump tcpdump -U --immediate-mode -n -i client0 -w "$LAB_DIR/between.pcap" udp || return
  lab_wait_log 10 tcpdump 'listening on'
}

# A client as it is shipped but for these texts; it calls itself NAME.
send() { # NAME [OLD=NEW]...
  LAB_COLLECTD_EXTRA="$(lab_collectd_shipped central-client.conf "collectd.example.net=$address" "${@:2}")
    Hostname \"$1\"" || return
  lab_collectd_launch client 'CPUBudget 100
    Hold 1'
}

# Frames of the link that a display filter of tshark matches. What is still being written at the end is not there yet.
between() { tshark -n -r "$LAB_DIR/between.pcap" -Y "$1" 2>/dev/null | wc -l; } # FILTER

# ---- traffic ------------------------------------------------------------------------------------------------------

# Each end's queue counts what it was given uncut as the frames that it is.
traffic() {
  local shape=(--mss 1440 --window $((128 * 1440))) host
  observe check client eth0 || return
  for host in client far; do oracle[$host]=$(lab_qdisc_packets $host eth0); done
  lab_flow client far "$(lab_address 50 2)" "${shape[@]}" -- "${shape[@]}" --bytes $((24000 * 1440)) &&
    lab_flow far client "$(lab_address 50 1)" "${shape[@]}" -- "${shape[@]}" --bytes $((24000 * 1440)) || return
  for host in client far; do
    lab_settle $host eth0 || return
    oracle[$host]=$(($(lab_qdisc_packets $host eth0) - oracle[$host]))
  done
  end=$EPOCHREALTIME
  observe_decided check || return
  observe_end check
}

at_server() { LAB_COLLECTD=$server "$@"; } # COMMAND...
at_client() { LAB_COLLECTD=$client "$@"; }

# ---- tests --------------------------------------------------------------------------------------------------------

test_totals() { # DIRECTION ORACLE
  local signal is want
  for signal in wire counter capture; do
    is=$(at_server lab_collectd_total eth0 if_packets-$signal "$1") want=$(observe_fact check "eth0.$1.$signal.frames")
    tap_is "$is" "$want" "$1: the server's file has the $signal frames that check has"
    tap_diag "lab/wiretruth-eth0/if_packets-$signal at the server, $1: $is; wiretruth check: $want"
  done
  tap_is "$(at_server lab_collectd_total eth0 if_packets-wire "$1")" "$2" "$1: the wire frames are the oracle's"
}

# Lines of the server's files that the client did not write itself.
strange_lines() {
  local file
  for file in "$server"/csv/lab/wiretruth-eth0/*; do
    grep -vxFf "$client/csv/lab/wiretruth-eth0/${file##*/}" "$file"
  done
}

same_ids() { [[ $(at_server lab_collectd_ids eth0) == "$(at_client lab_collectd_ids eth0)" ]]; }

# A datagram is sent when it is full: the last values of an interval wait for the next.
test_files() {
  lab_poll 20 same_ids
  tap_is "$(at_server lab_collectd_ids eth0)" "$(at_client lab_collectd_ids eth0)" 'the server has every value, and no other'
  tap_is "$(strange_lines)" '' 'each line in its files is one that the client has, to the millisecond'
  grep -qi 'dataset\|unknown type' "$server.log"
  tap_is $? 1 'it knows every type, without a types.db of ours'
}

# "wiretruth" is in every value that is sent in the clear, and so is the host's name.
test_encrypted() {
  (($(between 'collectd.data.encrypted') >= 2))
  tap_ok $? 'datagrams pass, and tshark knows them as encrypted'
  tap_is "$(between 'udp.dstport == 25826 and not collectd.data.encrypted')" 0 'none is not'
  tap_is "$(between 'frame contains "wiretruth" or frame contains "if_packets" or frame contains "eth0"')" 0 \
    'no name of ours can be read between the two'
}

# As dist/collectd/on-notification.sh has it. The network plugin leaves metadata out, and so the cause: the message has it.
test_notification() {
  local syslog=$LAB_DIR/notes/syslog want='FAILURE eth0 tx-divergence-counter unknown: eth0 transmit: the counter shows .*, cause tso$'
  lab_poll 20 grep -qsE "$want" "$syslog"
  tap_ok $? 'a notification of the client comes to a script of the server'
  tap_diag "$(cat "$syslog")"
}

test_wrong_password() {
  send wrong 'Password "a password of host-a"=Password "another"'
  tap_ok $? 'a client with another password starts'
  lab_poll 20 grep -qi 'checksum mismatch\|decrypt' "$server.log"
  tap_ok $? 'the server tells of it'
  tap_diag "$(grep -i 'checksum mismatch\|decrypt' "$server.log" | head -n 1)"
  lab_collectd_stop
}

seen_in_the_clear() { (($(between 'frame contains "wiretruth"') > 0)); }

test_clear() {
  send clear 'SecurityLevel Encrypt=SecurityLevel None'
  tap_ok $? 'a client that does not encrypt starts'
  lab_poll 20 seen_in_the_clear
  tap_ok $? 'what it sends can be read between the two'
  lab_collectd_stop
}

test_refused() {
  at_server lab_collectd_await 20 eth0 if_packets-wire
  tap_ok $? 'values of the first client go on to come'
  tap_is "$(ls "$server/csv")" lab 'nothing of the other clients was taken'
}

# ---- run ----------------------------------------------------------------------------------------------------------

missing=
for need in tshark tcpdump; do command -v $need >/dev/null || missing+=" $need"; done
[[ -e $LAB_BUILD/wiretruth.so ]] || missing+=' wiretruth.so'
ldd /usr/lib/collectd/network.so 2>/dev/null | grep -q 'not found' && missing+=' libraries of the network plugin'
if [[ $missing ]]; then
  tap_skip 'values to a collectd elsewhere' "missing:$missing"
  tap_done
  exit
fi
lab_start && hosts || exit 1
if observe_has_exact client 'totals to the frame'; then
  serve && listen && send lab || exit 1
  client=$LAB_COLLECTD
  lab_wait 20 'first values at the server' at_server lab_collectd_value eth0 if_packets-wire >/dev/null || exit 1
  traffic
  tap_ok $? 'traffic flows'
  at_server lab_collectd_await 20 eth0 if_packets-capture "$end"
  tap_ok $? 'values that include it come to the server'
  test_totals tx "${oracle[client]}"
  test_totals rx "${oracle[far]}"
  test_files
  test_notification
  test_encrypted
  test_wrong_password
  test_clear
  test_refused
fi
tap_done
