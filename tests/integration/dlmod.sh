#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# wiretruth-snmp.so inside a real snmpd: it serves what the subagent serves, over a reload (SIGHUP), with the rights that
# snmpd has as root, as Debian-snmp, and as Debian-snmp with those of the drop-in that is shipped.
#
# The lab's situation "tso" (transmit with segmentation offload by tso0 of "host"), and an unused device idle0 beside it.
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

module=$LAB_BUILD/wiretruth-snmp.so
drop_in=$root/dist/systemd/snmpd.service.d/wiretruth.conf
user=Debian-snmp
conf='' # directory of configuration

# ---- helpers ------------------------------------------------------------------------------------------------------

check() { # DESCRIPTION COMMAND...
  local description=$1
  shift
  "$@"
  tap_ok $? "$description"
}

not() { ! "$@"; }

get() { lab_snmp_get host "$@"; } # IFACE DIR COLUMN
is_known() { get "$@" >/dev/null; }
has_row() { is_known "$1" - wtIfName; } # IFACE or ifIndex
logged() { grep -cE -- "$1" "$LAB_DIR/snmpd-host.log"; } # PATTERN
has_logged() { (($(logged "$1") >= $2)); } # PATTERN COUNT

add_device() { lab_in host ip link add "$1" type veth peer name "peer-$1" netns "$(lab_ns peer-tso)"; } # NAME

# The OIDs of all instances below the module, one a line.
instances() { lab_snmp_raw host snmpbulkwalk -OQ "$(lab_snmp_oid wiretruthMIB)" | sed '/No more variables/d; s/ = .*//'; }

registrations() { lab_snmp_raw host snmpbulkwalk -OQ .1.3.6.1.2.1.1.9.1.2 | grep -cF "$(lab_snmp_oid wiretruthMIB)"; }

# snmpd says this when it has read its files, after the module has begun or failed to.
reload() {
  local read
  read=$(logged 'Turning on AgentX master')
  lab_signal "$LAB_SNMP_MASTER" HUP
  lab_wait 20 'a reload' has_logged 'Turning on AgentX master' $((read + 1)) && lab_snmp_answers host
}

# What a process cannot have changed without its signals, rights or files being others than before.
state() { grep -E '^(Umask|Sig(Blk|Ign|Cgt)|Cap[A-Z][a-z]*|NoNewPrivs|Seccomp|Threads):' "/proc/$LAB_SNMP_MASTER/status"; }

descriptors() { find "/proc/$LAB_SNMP_MASTER/fd" -mindepth 1 -printf '%l\n' | sed 's/:.*//' | sort | uniq -c; }

# ---- as the subagent ----------------------------------------------------------------------------------------------

test_symbols() {
  tap_is "$(nm -D --defined-only "$module" | awk '{ print $3 }' | paste -sd' ')" 'deinit_wiretruth init_wiretruth' \
    'it exports what snmpd looks up, and nothing else'
}

test_same() {
  local theirs ours before
  lab_snmp_start host tso0 idle0
  lab_snmp_polled host 10
  theirs=$(instances) before=$(state)
  lab_snmp_stop
  lab_snmp_configure host 'Interface tso0' 'Interface idle0'
  check 'snmpd answers with the module inside' lab_snmp_inside host
  lab_snmp_polled host 10
  ours=$(instances)
  tap_is "$(diff <(echo "$theirs") <(echo "$ours"))" '' 'it has the instances that the subagent has'
  tap_is "$(state)" "$before" 'it has changed nothing of the process'
  tap_is "$(logged 'Unknown token')" 0 "the subagent's wiretruth.conf is understood"
}

# ---- reloads ------------------------------------------------------------------------------------------------------

test_reload() {
  local before discontinuity
  discontinuity=$(get tso0 - wtIfDiscontinuityTime)
  before=$(descriptors)
  for _ in 1 2 3 4 5; do reload; done
  check 'it answers after reloads' lab_wait 10 'rows' has_row tso0
  tap_is "$(descriptors)" "$before" 'no descriptor is left over'
  tap_is "$(registrations)" 1 'it is registered once'
  check 'totals begin anew, and say so' test "$(get tso0 - wtIfDiscontinuityTime)" -gt "$discontinuity"
}

# ---- mistakes -----------------------------------------------------------------------------------------------------

is_rejected() { # LINE PATTERN
  lab_snmp_configure host "$1"
  echo "dlmod wiretruth $module" >>"$conf/snmpd.conf"
  check "snmpd answers with '$1'" reload
  check 'the line is told' has_logged "wiretruth.conf: line 4: .*$2" 1
  check 'and nothing is served' not has_row tso0
}

test_mistakes() {
  local told
  is_rejected 'Method banana' "option Method: 'banana' .* takes auto, exact"
  is_rejected 'Metod exact' 'Unknown token: Metod'
  lab_snmp_configure host 'WarningDivergence 5' 'FailureDivergence counter=4'
  echo "dlmod wiretruth $module" >>"$conf/snmpd.conf"
  reload
  check 'a failure below its warning is told' has_logged 'FailureDivergence: 4 % for counter is below WarningDivergence' 1
  check 'and nothing is served' not has_row tso0
  told=$(logged 'Warning|Error')
  lab_snmp_configure host
  check 'snmpd answers without the dlmod line' reload
  check 'nothing is served' not has_row tso0
  tap_is "$(logged 'Warning|Error|assert')" "$told" 'nor said'
  echo "dlmod wiretruth $module" >>"$conf/snmpd.conf"
  check 'with the line again' reload
  check 'it serves' lab_wait 10 'rows' has_row tso0
  echo "dlmod wiretruth $module" >>"$conf/snmpd.conf"
  check 'with two lines' reload
  check 'it serves, too' lab_wait 10 'rows' has_row tso0
  tap_is "$(registrations)" 1 'once'
  check 'and says so' has_logged 'one dlmod line is enough' 1
  lab_snmp_stop
  tap_is "$LAB_STATUS" 0 'snmpd ends without error'
}

# ---- a manager ----------------------------------------------------------------------------------------------------

# UCD-DLMOD-MIB: dlmodName 2, dlmodPath 3, dlmodStatus 5 with load 4, unload 5 and create 6.
dlmod() { manager snmpset "${@/#@/.1.3.6.1.4.1.2021.13.14.2.1.}" >/dev/null; }

test_manager() {
  lab_snmp_configure host
  sed -i 's/^rocommunity.*/&\nrwcommunity private 127.0.0.1/' "$conf/snmpd.conf"
  LAB_SNMP_MODULES=,dlmod
  lab_snmp_master host
  dlmod @5.1 i 6
  dlmod @2.1 s wiretruth @3.1 s "$module"
  check 'a manager can load it' dlmod @5.1 i 4
  check 'it reads its files then' lab_wait 10 'rows' has_row tso0
  check 'with what they say' has_logged 'method exact, polling every 1 s' 1
  dlmod @5.1 i 5
  check 'it can be unloaded' not has_row tso0
  dlmod @5.1 i 4
  check 'and loaded again' lab_wait 10 'rows' has_row tso0
  lab_snmp_stop
  LAB_SNMP_MODULES=
}

# ---- rights -------------------------------------------------------------------------------------------------------

# What systemd makes of the drop-in, before the program is executed.
drop_in_wrap() {
  local set bits
  set=$(sed -n 's/^CapabilityBoundingSet=//p' "$drop_in" | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
  bits=$(sed -n 's/^SecureBits=//p' "$drop_in" | tr -- '- ' '_,' | sed 's/^/+/; s/,/,+/g')
  LAB_SNMP_MASTER_WRAP=(setpriv "--bounding-set=-all,$set" --inh-caps=-all "--securebits=$bits")
}

run_as_user() {
  lab_snmp_configure host
  chmod 711 "$LAB_DIR"
  chown -R "$user:" "$(lab_snmp_dir host)"
  LAB_SNMP_MASTER_OPTIONS=(-u "$user" -g "$user")
  lab_snmp_inside host
}

test_rights() {
  run_as_user
  tap_is "$(awk '$1 == "Uid:" { print $2 }' "/proc/$LAB_SNMP_MASTER/status")" "$(id -u "$user")" 'snmpd became its user'
  tap_is "$(get 0 - wtMethod)" 1 'what was opened as root stays open'
  reload
  tap_is "$(get 0 - wtMethod)" 0 'a reload finds no rights'
  tap_is "$(get 0 - wtMethodReason | grep -oE 'CAP_[A-Z_]+' | paste -sd' ')" 'CAP_BPF CAP_NET_RAW' 'and says which'
  check 'and how they can be had' grep -q 'drop-in .* INSIDE SNMPD' <<<"$(get 0 - wtMethodReason)"
  check 'the counter is there' is_known tso0 tx wtDirCounterFrames
  check 'the capture is not' not is_known tso0 tx wtDirCaptureFrames
  lab_snmp_stop
  run_as_user
  tap_is "$(get 0 - wtMethod)" 1 'after a restart it is as before'
  lab_snmp_stop
  drop_in_wrap
  run_as_user
  reload
  tap_is "$(get 0 - wtMethod)" 1 'with the drop-in a reload keeps the method'
  tap_is "$(get 0 - wtMethodReason)" '' 'without a reason'
  lab_snmp_stop
  LAB_SNMP_MASTER_WRAP=() LAB_SNMP_MASTER_OPTIONS=()
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -e $module ]]; then
  tap_skip 'the module for snmpd' 'it was not built'
  tap_done
  exit
fi
lab_start && situation_setup tso && add_device idle0 || exit
conf=$(lab_snmp_dir host)/conf
test_symbols
test_same
test_reload
test_mistakes
test_manager
test_rights
tap_done
