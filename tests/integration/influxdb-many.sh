#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# A thousand interfaces over network to InfluxDB, with the listener as it is shipped: nothing is lost, also while influxd
# is busy with something else for longer than collectd takes to send a whole poll. What was lost is the kernel's to tell.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/influxdb.sh
. "$root/lab/influxdb.sh"

interfaces=1000
fits=
room=$((4 * 1024 * 1024)) # octets of buffer that a poll of them needs, as the kernel counts them

# ---- set-up -------------------------------------------------------------------------------------------------------

hosts() {
  local i
  lab_host host && for ((i = 0; i < interfaces; i += 2)); do
    echo "link add eth$i type veth peer name eth$((i + 1))"
  done | ip -n "$(lab_ns host)" -batch - && echo 'collectd: change-me' >"$LAB_DIR/auth"
}

server() { # NAME [SED-SCRIPT]
  lab_shipped influxdb/influxdb.conf "/etc/influxdb/collectd.auth=$LAB_DIR/auth" | sed "${2-}" >"$LAB_DIR/$1.conf" &&
    lab_influxdb_start host "$1" "$LAB_DIR/$1.conf"
}

# To network alone: the lab's csv plugin would open a file for each value, and slow down what is to come at once.
agent() {
  # shellcheck disable=SC2034 # for lab/collectd.sh
  LAB_COLLECTD_LOAD='Interval 5' LAB_COLLECTD_EXTRA="$(lab_collectd_shipped influxdb.conf influxdb.example.net=127.0.0.1 \
    'FlushInterval 10=FlushInterval 1' 'Interface "eth0"=Interface "/^eth/"')
PostCacheChain \"PostCache\"
<Chain \"PostCache\">
  <Target \"write\">
    Plugin \"network\"
  </Target>
</Chain>"
  lab_collectd_launch host 'Report wire signals offload'
}

# ---- what the kernel says -----------------------------------------------------------------------------------------

udp() { lab_in host nstat -asz "Udp$1" | awk -v name="Udp$1" '$1 == name { print $2 }'; } # FIGURE
all_taken() { (($(udp InDatagrams) + $(udp RcvbufErrors) == $(udp OutDatagrams))); }

# Half a second without one more, after so many.
sent_all() { # DATAGRAMS
  local now
  now=$(udp OutDatagrams)
  ((now > $1)) && sleep 0.5 && [[ $(udp OutDatagrams) == "$now" ]]
}

# ---- polls --------------------------------------------------------------------------------------------------------

# One poll while influxd reads, and one for which it stands still until all of it is sent; fits: how much of that one the
# buffer took. A poll of a thousand interfaces is some thousand datagrams within a second.
two_polls() { # NAME
  local sent lost
  agent && lab_wait 20 'a first poll' sent_all $(($(udp OutDatagrams) + 500)) && lab_wait 20 'influxd to read it' all_taken || return
  sent=$(udp OutDatagrams) lost=$(udp RcvbufErrors)
  lab_signal "${LAB_INFLUXDB_PID[$1]}" STOP
  lab_wait 20 'another poll' sent_all $((sent + 500)) && lab_collectd_stop || return
  fits=$(($(udp OutDatagrams) - sent - $(udp RcvbufErrors) + lost))
  lab_signal "${LAB_INFLUXDB_PID[$1]}" CONT
  lab_wait 20 'influxd to read what came' all_taken
}

stored() { # NAME
  lab_influxdb_query "$1" collectd 'SELECT count(/^(rx|value)$/) FROM /.*/' | jq -s 'map(.values[0][1:] | map(numbers)) | flatten | add'
}
stored_is_received() { [[ $(stored "$1") == "$(lab_influxdb_stat "$1" collectd pointsRx)" ]]; } # NAME

test_shipped() {
  local figure
  two_polls shipped
  tap_ok $? "two polls of $interfaces interfaces are sent"
  tap_is "$(udp RcvbufErrors)" 0 'the kernel has dropped no datagram for want of room'
  tap_diag "$(udp OutDatagrams) datagrams sent, $(udp InDatagrams) received; the buffer took $fits at once"
  lab_poll 20 stored_is_received shipped
  tap_is "$(stored shipped)" "$(lab_influxdb_stat shipped collectd pointsRx)" 'each value that was received is stored'
  for figure in pointsParseFail droppedPointsInvalid batchesTxFail; do
    tap_is "$(lab_influxdb_stat shipped collectd $figure)" 0 "influxd: no $figure"
  done
  tap_is "$(lab_influxdb_query shipped collectd 'SHOW TAG VALUES FROM "wiretruth" WITH KEY = "instance"' | jq '.values | length')" \
    $interfaces 'every interface is there'
}

# That losses are seen at all.
test_default() {
  two_polls default
  [[ $(udp RcvbufErrors) -gt 0 ]]
  tap_ok $? "with the kernel's default of a buffer datagrams are lost"
  tap_diag "$(udp RcvbufErrors) lost; the buffer took $fits at once"
}

# ---- run ----------------------------------------------------------------------------------------------------------

lab_start && hosts || exit 1
if (($(lab_in host sysctl -n net.core.rmem_max) * 2 < room)); then
  tap_skip "$interfaces interfaces at once" "net.core.rmem_max is less than $((room / 2))"
else
  server shipped && test_shipped
  lab_influxdb_stop shipped
fi
server default 's/read-buffer = .*/read-buffer = 0/' && test_default
lab_influxdb_stop default
tap_done
