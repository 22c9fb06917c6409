#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 35
#
# Notifications of a time in which there is nobody to hand them to: snmpd is away, and the sink is.
#
# The lab's situation "tso": with TSO on, the counter of tso0 of "host" shows a packet for many frames.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/snmp_manager.sh
. "$root/lab/snmp_manager.sh"

# ---- helpers ------------------------------------------------------------------------------------------------------

global() { lab_snmp_get host 0 - "$1"; } # NAME

raised=" = $(lab_snmp_oid wtDivergenceRaised)"$'\t'
cleared=" = $(lab_snmp_oid wtDivergenceCleared)"$'\t'
changed=" = $(lab_snmp_oid wtOffloadChanged)"$'\t'
started=" = \.1\.3\.6\.1\.6\.3\.1\.1\.5\.1"
row_told=$(lab_snmp_oid wtNotifyThresholdIndex).0

# make_rows FROM TO: each is crossed by what the situation sends
make_rows() {
  local row columns=()
  for ((row = $1; row <= $2; row++)); do
    columns+=("$row" Status i 4 "$row" Interfaces s tso0 "$row" Direction i 2 "$row" Hold u 0 "$row" Rising u 1800)
  done
  error_of "${columns[@]}"
}

rows_told() { traps | grep -E -- "$1" | sed -n "s/.*$row_told = \([0-9]*\).*/\1/p" | paste -sd' '; } # PATTERN

# ---- snmpd away ---------------------------------------------------------------------------------------------------

# 60 thresholds are crossed meanwhile: the first 50 wait, the others are counted.
test_master_away() {
  tap_is "$(make_rows 101 120)$(make_rows 121 140)$(make_rows 141 160)" '' 'rows 101 to 160 are set'
  lab_stop "$LAB_SNMP_MASTER"
  check 'snmpd is away: traffic flows' situation_traffic tso 4
  check 'all are raised' lab_wait 20 'them' told 'raised: tso0 transmit' 60
  lab_snmp_master host
  check 'it is back and says so' lab_wait 15 'coldStart' trap_came "$started" 2
  check '50 that have waited come, as trap and as inform' lab_wait 80 'them' trap_came "$raised" 100
  tap_is "$(rows_told "^1.*$raised")" "$(seq -s ' ' 101 150)" 'the oldest, in their order'
  tap_is "$(global wtNotifySuppressed)" 10 'the others are counted'
  lab_snmp_polled host 10 && lab_snmp_polled host 10
  tap_is "$(trap_count "$raised")" 100 'and nothing is told again because snmpd has started'
}

# ---- the sink away ------------------------------------------------------------------------------------------------

# A trap is lost; an inform is sent again until somebody has it.
test_sink_away() {
  local row columns=()
  for ((row = 101; row <= 160; row++)); do columns+=("$row" Status i 6); done
  tap_is "$(error_of "${columns[@]}")" '' 'the rows go'
  lab_stop "$SINK"
  make_rows 201 201 >/dev/null
  check 'while nobody listens a threshold is crossed' lab_wait 20 'it' lab_wait_log 1 agentx-host 'threshold 201 raised'
  sink
  check 'the sink is back: the inform comes' lab_wait 40 'it' trap_came "^3.*$raised.*$row_told = 201$" 1
  set_row 201 Status i 6 >/dev/null
  check 'what follows comes as trap and as inform' lab_wait 20 'both' trap_came "$cleared.*$row_told = 201$" 2
  tap_is "$(trap_count "^1.*$raised")" 0 'the trap of that time is lost'
  tap_is "$(trap_count "^3.*$raised.*$row_told = 201$")" 1 'and the inform came once'
}

# ---- a SET that is undone -----------------------------------------------------------------------------------------

# Between the return of snmpd and the next poll, which is far away, what waits is there to be lost.
test_undone() {
  local dir before
  dir=$(lab_snmp_dir host) before=$(trap_count "$changed")
  lab_in host "$LAB_BUILD/wiretruth" baseline save "$LAB_DIR/baseline" 2>"$LAB_DIR/baseline.said"
  sed -i 's/^PollInterval.*/PollInterval 8/' "$dir/conf/wiretruth.conf"
  echo "Baseline $LAB_DIR/baseline" >>"$dir/conf/wiretruth.conf"
  restart_agent
  lab_stop "$LAB_SNMP_MASTER"
  lab_offload host tso0 tso off
  check 'snmpd is away: a change of offloads is noticed' lab_wait_log 15 agentx-host 'tso0.*tx-tcp-segmentation'
  lab_snmp_master host
  check 'it is back' lab_wait 15 'rows' has_row 65001
  FAILS_TOO=("$MANAGER_FAILS.0" i 5)
  tap_is "$(error_with_scalar 2 301 Status i 5)" inconsistentValue 'a SET that switches notifications off fails elsewhere'
  FAILS_TOO=()
  tap_is "$(global wtNotifyEnabled)" 1 'and is undone'
  check 'what has waited is sent all the same' lab_wait 40 'it' trap_came "$changed" $((before + 2))
}

# Inside snmpd, which does nothing else while it asks the sink who it is: for longer than a report is shown.
test_inside() {
  local conf
  conf=$(lab_snmp_dir host)/conf
  [[ -e $LAB_BUILD/wiretruth-snmp.so ]] || { tap_skip 'inside snmpd' 'no module was built'; return; }
  lab_stop "$SINK"
  sed -i "s/-r $MANAGER_RETRIES /-r 2 /" "$conf/snmpd.conf"
  sed -i 's/^PollInterval.*/PollInterval 0.5/; /^Baseline/d' "$conf/wiretruth.conf"
  check 'the module is inside' lab_snmp_inside host
  lab_offload host tso0 tso on
  check 'a change is told, which nobody takes' lab_wait 20 'snmpd to give up' gave_up 2
  lab_wait 15 'rows' lab_snmp_serves host
  tap_ok $? 'and snmpd goes on to answer'
  lab_stop "$LAB_SNMP_MASTER"
  tap_is "$LAB_STATUS" 0 'to its end'
}
gave_up() { (($(grep -c 'send_trap: Timeout' "$LAB_DIR/snmpd-host.log") >= $1)); } # TIMES

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx || -z $MANAGER_SINK ]]; then
  tap_skip 'nobody to hand notifications to' 'no subagent was built, or there is no snmptrapd'
  tap_done
  exit
fi
lab_start && situation_setup tso || exit
# shellcheck disable=SC2034 # for manager_configure
MANAGER_RETRIES=60
manager_configure 'Interface tso0'
# First the sink: snmpd asks it who it is, and does not begin before it has an answer or has asked as often as it may.
sink && lab_snmp_master host && start_agent || exit
test_master_away
test_sink_away
test_undone
# Before snmpd: while libnetsnmp 5.9 fails to connect again it loses an address, which a sanitizer would find.
stop_agent
tap_is "$LAB_STATUS" 0 'it ends without error'
lab_snmp_stop
test_inside
tap_done
