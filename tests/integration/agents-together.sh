#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 20
#
# All agents on one host: two collectds, of which one has a plugin beside ours that keeps its only read thread busy, snmpd
# with the module inside, and a subagent that finds the MIB taken. Each counts what was sent to the frame; they come and
# go, and those that stay notice nothing. The subagent serves when the module is gone.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

# ---- traffic and what each has of it ------------------------------------------------------------------------------

# To an address that nobody has: nothing comes back.
send_datagrams() { # COUNT
  # shellcheck disable=SC2016 # for that shell
  lab_in host bash -c 'for ((i = 0; i < $1; i++)); do echo x; done >/dev/udp/10.7.0.9/9' bash "$1"
}

declare -A DIRECTORY=() SINCE=() # of a collectd; what had been sent when it began to count
sent=0

# "WIRE CAPTURE COUNTER" that eth0 has sent
figures() { # AGENT
  local LAB_COLLECTD=${DIRECTORY[$1]-} signal
  if [[ $LAB_COLLECTD ]]; then
    for signal in wire capture counter; do lab_collectd_total eth0 if_packets-$signal tx; done | paste -sd' '
  else
    lab_snmp_raw host snmpget -OQv "$(lab_snmp_oid wtDirWireFrames).2.2" "$(lab_snmp_oid wtDirCaptureFrames).2.2" \
      "$(lab_snmp_oid wtDirCounterFrames).2.2" | paste -sd' '
  fi
}
has_begun() { [[ $(figures "$1") =~ ^([0-9]+)' '[0-9]+' '[0-9]+$ ]]; } # AGENT

begins() { # AGENT
  lab_wait 20 "$1" has_begun "$1" || return
  SINCE[$1]=$((sent - ${BASH_REMATCH[1]:-0}))
}

has_all() { [[ $(figures "$1") == "$((sent - SINCE[$1])) $((sent - SINCE[$1])) $((sent - SINCE[$1]))" ]]; } # AGENT
burst() { # WHAT AGENT...
  local agent
  send_datagrams 500
  sent=$((sent + 500))
  for agent in "${@:2}"; do
    check "$1: $agent counts what was sent, to the frame" lab_wait 20 "$agent" has_all "$agent"
  done
}

start_collectd() { # NAME
  lab_collectd_launch host $'Interface "eth0"\nCPUBudget 100' || return
  DIRECTORY[$1]=$LAB_COLLECTD
  check "$1: a collectd counts" begins "$1"
}

# ---- the test -----------------------------------------------------------------------------------------------------

test_together() {
  local first busy agent
  LAB_COLLECTD_LOAD='Interval 0.5'
  start_collectd first || return
  first=$LAB_COLLECTD_PID
  lab_spawn_in host silent "$LAB_BIN/serve" 9101 silent
  lab_wait_log 5 silent '^listening'
  LAB_COLLECTD_EXTRA='ReadThreads 1
    PluginDir "/usr/lib/collectd"
    LoadPlugin curl
    <Plugin curl>
      <Page "silent">
        URL "http://127.0.0.1:9101/"
        MeasureResponseCode true
        Timeout 1500
      </Page>
    </Plugin>'
  start_collectd busy || return
  busy=$LAB_COLLECTD_PID
  check 'the only read thread of one collectd is kept busy' lab_wait_log 10 silent '^asked 2'
  lab_snmp_inside host && begins module || return
  lab_snmp_agent host
  agent=$LAB_SNMP_AGENT
  check 'a subagent beside the module says that the MIB is taken' lab_wait_log 10 agentx-host 'snmpd has WIRETRUTH-MIB already'
  burst 'all at once' first busy module
  lab_stop "$first"
  burst 'one collectd has ended' busy module
  lab_stop "$busy" KILL
  burst 'another was killed' module
  LAB_COLLECTD_EXTRA=''
  start_collectd third
  burst 'a third has begun' third module
  tap_is "$(grep -hE '(WARNING|FAILURE)|verdict' "${DIRECTORY[first]}/log" "${DIRECTORY[busy]}/log" "${DIRECTORY[third]}/log")" '' \
    'none has told anything'
  # The module goes, and the subagent, restarted as it says, has the MIB.
  sed -i '/^dlmod/d' "$(lab_snmp_dir host)/conf/snmpd.conf"
  lab_signal "$LAB_SNMP_MASTER" HUP
  lab_wait 10 'the module to go' not has_begun module
  lab_stop "$agent"
  tap_is "$LAB_STATUS" 0 'the subagent that was refused ends without error'
  lab_snmp_agent host
  check 'the subagent serves when the module has gone' begins subagent
  burst 'the module has gone' third subagent
  lab_collectd_stop
  burst 'collectd has gone' subagent
  lab_snmp_stop
}

no_packet_socket() { [[ $(lab_in host cat /proc/net/packet | wc -l) == 1 ]]; }

# Of two subagents the second is refused, and the first serves on.
test_two_subagents() {
  local first
  lab_snmp_configure host 'Interface eth0' 'CPUBudget 100'
  lab_snmp_master host && lab_snmp_agent host && begins subagent || return
  first=$LAB_SNMP_AGENT
  lab_snmp_agent host
  check 'a second subagent says that the MIB is taken' lab_wait_log 10 agentx-host 'snmpd has WIRETRUTH-MIB already'
  burst 'two subagents' subagent
  lab_stop "$LAB_SNMP_AGENT"
  burst 'the second has ended' subagent
  lab_stop "$first"
  lab_stop "$LAB_SNMP_MASTER"
  check 'no packet socket is left' lab_wait 10 'that' no_packet_socket
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx || ! -e $LAB_BUILD/wiretruth.so ]]; then
  tap_skip 'all agents on one host' 'not both plugins were built'
  tap_done
  exit
fi
lab_start && lab_host host && lab_host far && lab_link host eth0 far eth0 7 &&
  ip -n "$(lab_ns host)" neighbour add 10.7.0.9 lladdr "$(lab_mac 7 2)" dev eth0 nud permanent &&
  lab_snmp_configure host 'Interface eth0' 'CPUBudget 100' || exit
sed -i 's/^PollInterval.*/PollInterval 0.5/' "$(lab_snmp_dir host)/conf/wiretruth.conf"
test_together
test_two_subagents
tap_done
