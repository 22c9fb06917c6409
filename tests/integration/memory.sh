#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 55
# beside: it waits for polls
#
# What 4,000 idle interfaces and a busy one take of the memory of collectd, of the subagent and of snmpd with the module,
# and that polls leave nothing behind. "Above" is above the same program without them: collectd without the plugin, the
# subagent with one interface, snmpd without the module: of that what is its own, for libraries come with it. Both ends of 2,000 pairs are on "host"; "lo" is the busy one. collectd keeps each value that it was sent
# in a cache of its own, whoever's it is: with ReportInactive false there are none of idle interfaces in it.
#
# MEMORY_POLLS=300 has so many polls between the two looks, and takes 300 s.
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

pairs=2000 polls=${MEMORY_POLLS-10}
most=12288 # KiB, above collectd without the plugin, with all the libraries that come with it
most_agent=12288 # above the subagent with one interface
most_module=11264 # above snmpd without it
noise=160 # KiB that may come and go between two polls

add_pairs() {
  local i
  for ((i = 1; i <= pairs; i++)); do echo "link add m$i type veth peer name m${i}p"; done | ip -n "$(lab_ns host)" -batch -
}

# Without the maps of the tap, whose memory is the kernel's whether they are mapped or not.
resident() { # PID
  awk '$1 ~ /^[0-9a-f]+-[0-9a-f]+$/ { map = $6 == "anon_inode:bpf-map" } /^Rss:/ && !map { sum += $2 } END { print sum }' \
    "/proc/$1/smaps"
}
own() { awk '/^RssAnon:/ { print $2 }' "/proc/$1/status"; } # PID
send() { lab_in host bash -c 'for ((i = 0; i < 300; i++)); do echo x >/dev/udp/127.0.0.1/9; done'; }

# is_within WHAT GOT MOST
is_within() {
  check "$1: $2 KiB, at most $3" test "$2" -le "$3"
}

# ---- collectd -------------------------------------------------------------------------------------------------------

written() { # COUNT: so many polls have been written
  (($(cat "$LAB_COLLECTD"/csv/lab/wiretruth-lo/if_packets-wire-* 2>/dev/null | grep -c '^[0-9]') >= $1))
}

test_collectd() {
  local empty first
  lab_collectd_plain host "LoadPlugin csv
LoadPlugin uptime" || return
  empty=$(resident "$LAB_COLLECTD_PID")
  lab_collectd_stop
  check 'collectd with the plugin' lab_collectd_launch host 'ReportInactive false' || return
  send
  check '10 polls of the busy interface are written' lab_wait 120 '10 polls' written 10 || return
  first=$(resident "$LAB_COLLECTD_PID")
  is_within "above the $empty KiB of collectd without the plugin" $((first - empty)) $most
  check "$polls polls more" lab_wait $((10 * polls + 60)) 'polls' written $((10 + polls))
  is_within 'they leave nothing behind' $(($(resident "$LAB_COLLECTD_PID") - first)) $noise
  tap_is "$(lab_collectd_ids lo | wc -l)" "$(lab_collectd_ids lo | sort -u | wc -l)" 'lo has its values'
  tap_is "$(find "$LAB_COLLECTD/csv/lab" -name 'wiretruth-m*' | wc -l)" 0 'and idle interfaces none'
  lab_collectd_stop
}

# ---- the subagent ---------------------------------------------------------------------------------------------------

polled() { (($(lab_snmp_get host 0 - wtPolls) >= $1)); } # COUNT

agent_has() { # POLLS INTERFACE...
  local count=$1
  shift
  lab_snmp_start host "$@" && lab_wait 120 "$count polls" polled "$count"
}

test_agent() {
  local one first
  check 'the subagent with one interface' agent_has 5 lo || return
  one=$(resident "$LAB_SNMP_AGENT")
  lab_snmp_stop
  check 'with all of them' agent_has 10 '/./' || return
  first=$(resident "$LAB_SNMP_AGENT")
  is_within "above the $one KiB of the subagent with one interface" $((first - one)) $most_agent
  check "$polls polls more" lab_wait $((10 * polls + 60)) 'polls' polled $((10 + polls))
  is_within 'they leave nothing behind' $(($(resident "$LAB_SNMP_AGENT") - first)) $noise
  lab_snmp_stop
}

# ---- the module -----------------------------------------------------------------------------------------------------

snmpd_alone() { lab_snmp_configure host && lab_snmp_master host; }
module_has() { # POLLS
  lab_snmp_configure host 'Interface /./' && lab_snmp_inside host && lab_wait 120 "$1 polls" polled "$1"
}

test_module() {
  local empty first
  check 'snmpd without the module' snmpd_alone || return
  empty=$(own "$LAB_SNMP_MASTER")
  lab_snmp_stop
  check 'with it, and all interfaces' module_has 10 || return
  first=$(own "$LAB_SNMP_MASTER")
  is_within "above the $empty KiB of snmpd without the module" $((first - empty)) $most_module
  check "$polls polls more" lab_wait $((10 * polls + 60)) 'polls' polled $((10 + polls))
  is_within 'they leave nothing behind' $(($(own "$LAB_SNMP_MASTER") - first)) $noise
  lab_snmp_stop
}

if lab_sanitized; then
  tap_skip 'memory of collectd, of the subagent and of snmpd' 'built with a sanitizer, which has memory of its own'
  tap_done
  exit
fi
lab_start && lab_host host && lab_in host ip link set lo up && add_pairs || exit
if [[ -e $LAB_BUILD/wiretruth.so && -x $LAB_COLLECTD_PROGRAM ]]; then
  test_collectd
else
  tap_skip 'memory of collectd' 'there is no collectd, or no plugin'
fi
if [[ -x $LAB_BUILD/wiretruth-agentx ]]; then
  test_agent
else
  tap_skip 'memory of the subagent' 'there is no subagent'
fi
if [[ -e $LAB_BUILD/wiretruth-snmp.so ]]; then
  test_module
else
  tap_skip 'memory of snmpd' 'there is no module'
fi
tap_done
