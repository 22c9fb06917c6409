#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 60
# beside: it mostly waits for polls
#
# Some hundred polls of both plugins under valgrind, and ten thousand with
#
#   LEAKS_POLLS=10000 tests/integration/leaks.sh
#
# with traffic, offloads that are switched, and interfaces that come and go.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

polls=${LEAKS_POLLS:-300}

# ---- polls --------------------------------------------------------------------------------------------------------

# A line in its file for each.
collectd_polls() { cat "$LAB_COLLECTD"/csv/lab/wiretruth-tso0/if_packets-counter-* 2>/dev/null | grep -c '^[0-9]'; }
subagent_polls() { lab_snmp_get host 0 - wtPolls || echo 0; }
are_made() { (($(collectd_polls) >= $1 && $(subagent_polls) >= $1)); } # NUMBER

# Traffic, and a change of each kind.
round() {
  local id
  for id in tso gro; do
    LAB_FRAMES=2000 situation_traffic $id || return
    lab_offload host ${id}0 $id off && LAB_FRAMES=2000 situation_traffic $id && lab_offload host ${id}0 $id on || return
  done
  lab_in host ip link add come0 type veth peer name come1 && lab_in host ip link set come0 name came0 &&
    lab_snmp_raw host snmpbulkwalk "$(lab_snmp_oid wiretruthMIB)" >/dev/null && lab_in host ip link delete came0
}

rounds() {
  local step target
  for ((step = 1; step <= 10; step++)); do
    target=$((polls * step / 10))
    round && lab_wait 3600 "$target polls" are_made $target || return
  done
}

# ---- what is found ------------------------------------------------------------------------------------------------

# What has no debug information is not ours; what collectd keeps of a registration until it ends is its own.
found() { # LOG
  grep -E "\(($ours):[0-9]+\)|in .*wiretruth" "$1" | grep -v ' module_register '
}

# ---- run ----------------------------------------------------------------------------------------------------------

if ! command -v valgrind >/dev/null || [[ ! -x $LAB_BUILD/wiretruth-agentx || ! -e $LAB_BUILD/wiretruth.so ]] ||
  lab_sanitized; then
  tap_skip 'polls under valgrind' 'no valgrind, a plugin that was not built, or one built with a sanitizer'
  tap_done
  exit
fi
ours=$(cd "$root" && find common plugins -name '*.c' -printf '%f\n' | sort -u | paste -sd'|')
lab_start && situation_setup tso && situation_setup gro || exit
lab_snmp_valgrind "$LAB_DIR/leaks-%p.log"
LAB_COLLECTD_WRAP=("${LAB_SNMP_VALGRIND[@]}" --keep-debuginfo=yes) LAB_COLLECTD_LOAD='Interval 0.1'
lab_snmp_configure host 'Hold 0'
sed -i 's/^PollInterval .*/PollInterval 0.1/' "$(lab_snmp_dir host)/conf/wiretruth.conf"
LAB_SNMP_WRAP=("${LAB_SNMP_VALGRIND[@]}")
lab_snmp_run host && lab_collectd_start host 'Hold 0' || exit
agent=$LAB_SNMP_AGENT
check 'both poll through changes and traffic' rounds
tap_ok $(($(collectd_polls) < polls)) "collectd's plugin: $(collectd_polls) polls"
tap_ok $(($(subagent_polls) < polls)) "the subagent: $(subagent_polls) polls"
lab_collectd_stop
tap_is "$LAB_STATUS $(found "$LAB_DIR/leaks-$LAB_COLLECTD_PID.log")" '0 ' "collectd's plugin: no leak and no invalid access"
lab_snmp_stop
tap_is "$LAB_STATUS $(found "$LAB_DIR/leaks-$agent.log")" '0 ' 'the subagent: no leak and no invalid access'
tap_done
