#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# wiretruth-snmp.so inside a real snmpd: it serves what the subagent serves, over a reload (SIGHUP), after mistakes, loaded
# by a manager, with the rights that Debian's snmpd has, and with those of each drop-in for its unit that is shipped.
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
drop_ins=$root/dist/systemd/snmpd.service.d
user=Debian-snmp
memory='' # what valgrind has said
conf='' # directory of configuration

# ---- helpers ------------------------------------------------------------------------------------------------------

get() { lab_snmp_get host "$@"; } # IFACE DIR COLUMN
is_known() { get "$@" >/dev/null; }
has_row() { is_known "$1" - wtIfName; } # IFACE or ifIndex
logged() { grep -cE -- "$1" "$LAB_DIR/snmpd-host.log"; } # PATTERN
has_logged() { (($(logged "$1") >= $2)); } # PATTERN COUNT

add_device() { # NAME
  lab_in host ip link add "$1" type veth peer name "peer-$1" netns "$(lab_ns peer-tso)" &&
    lab_in peer-tso ip link set "peer-$1" up && lab_in host ip link set "$1" up
}

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

# What a process cannot have changed without its signals, rights or files being others than before. Signals 32 and 33 are
# the C library's own, from the first thread on.
state() {
  local key value
  while read -r key value; do
    [[ $key != Sig[CI]g[tn]: ]] || value=$(printf '%016x' $((0x$value & ~0x180000000)))
    echo "$key $value"
  done < <(grep -E '^(Umask|Sig(Blk|Ign|Cgt)|Cap[A-Z][a-z]*|NoNewPrivs|Seccomp):' "/proc/$LAB_SNMP_MASTER/status")
}

threads() { cat "/proc/$LAB_SNMP_MASTER/task/"*/comm | sort | paste -sd,; }

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
  tap_is "$(threads)" 'snmpd,wiretruth poll' 'but has a thread of its own, which polls'
  tap_is "$(logged 'Unknown token')" 0 "the subagent's wiretruth.conf is understood"
}

# ---- reloads ------------------------------------------------------------------------------------------------------

# With an eye on its memory, where that can be had. snmpd closes as many descriptors as it may have, one after the other.
start_watched() {
  lab_snmp_stop
  lab_snmp_configure host
  if command -v valgrind >/dev/null && ! lab_sanitized; then
    lab_snmp_valgrind "$memory"
    LAB_SNMP_MASTER_WRAP=(prlimit --nofile=256 "${LAB_SNMP_VALGRIND[@]}")
  fi
  lab_snmp_inside host
  LAB_SNMP_MASTER_WRAP=()
}

test_memory() {
  lab_snmp_stop
  tap_is "$LAB_STATUS" 0 'snmpd ends without error'
  if [[ ! -e $memory ]]; then
    tap_skip 'no leak and no invalid access' 'no valgrind, or built with a sanitizer'
    return
  fi
  tap_is "$(lab_snmp_found "$memory")" '' 'no leak and no invalid access'
}

test_reload() {
  local before discontinuity
  discontinuity=$(get tso0 - wtIfDiscontinuityTime)
  before=$(descriptors)
  for _ in {1..10}; do reload; done
  check 'it answers after reloads' lab_wait 10 'rows' has_row tso0
  tap_is "$(descriptors)" "$before" 'no descriptor is left over'
  tap_is "$(registrations)" 1 'it is registered once'
  lab_snmp_polled host 10
  check 'and has one thread that polls' test "$(threads | grep -o 'wiretruth poll' | wc -l)" = 1
  check 'totals begin anew, and say so' test "$(get tso0 - wtIfDiscontinuityTime)" -gt "$discontinuity"
}

# ---- mistakes -----------------------------------------------------------------------------------------------------

is_rejected() { # LINE PATTERN
  lab_snmp_configure host "$1"
  echo "dlmod wiretruth $module" >>"$conf/snmpd.conf"
  check "snmpd answers with '$1'" reload
  check 'the line is told' has_logged "wiretruth.conf: line 4: .*$2" 1
  check 'and nothing is served' not has_row tso0
  check 'nor is a thread left' not grep -q 'wiretruth poll' <<<"$(threads)"
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
}

# ---- snmpd.conf alone ---------------------------------------------------------------------------------------------

# Options in snmpd.conf, which is all that is read with -C, and the module by its name.
test_one_file() {
  lab_snmp_configure host
  printf '%s\n' 'dlmod wiretruth wiretruth-snmp' '[wiretruth] Interface tso0' '[wiretruth] PollInterval 2' >>"$conf/snmpd.conf"
  LAB_SNMP_MODULES=,dlmod
  LAB_SNMP_MASTER_WRAP=(env "SNMPDLMODPATH=$LAB_BUILD")
  LAB_SNMP_MASTER_OPTIONS=(-C -c "$conf/snmpd.conf")
  lab_snmp_master host
  check 'snmpd finds the module by its name' has_row tso0
  tap_is "$(get 0 - wtPollInterval)" 200 'options of snmpd.conf count'
  check 'each of them' not has_row idle0
  reload
  tap_is "$(get 0 - wtPollInterval)" 200 'after a reload, too'
  lab_snmp_stop
  LAB_SNMP_MODULES='' LAB_SNMP_MASTER_WRAP=() LAB_SNMP_MASTER_OPTIONS=()
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

# Values of a drop-in that is shipped, or of another unit file.
setting() { sed -n "s/^$2=//p" "$1"; } # FILE KEY

# Capabilities as setpriv wants them.
only() { sed 's/CAP_/+/g; s/ /,/g; s/^/-all,/' | tr '[:upper:]' '[:lower:]'; }

bounded_by() { setting "$1" CapabilityBoundingSet | only; } # FILE

# What systemd does before it executes snmpd.
as_root_with() { # FILE
  LAB_SNMP_MASTER_WRAP=(setpriv --inh-caps=-all "--bounding-set=$(bounded_by "$1")"
    "--securebits=+$(setting "$1" SecureBits | tr - _)")
  LAB_SNMP_MASTER_OPTIONS=(-u "$user" -g "$user")
}

as_user_with() { # FILE
  local held
  held=$(setting "$1" AmbientCapabilities | only)
  LAB_SNMP_MASTER_WRAP=(setpriv "--reuid=$(setting "$1" User)" "--regid=$(setting "$1" Group)" --clear-groups
    "--inh-caps=$held" "--ambient-caps=$held" "--bounding-set=$(bounded_by "$1")")
  LAB_SNMP_MASTER_OPTIONS=()
}

start_for_user() {
  chmod 711 "$LAB_DIR"
  chown -R "$user:" "$(lab_snmp_dir host)"
  lab_snmp_inside host
  tap_is "$(awk '$1 == "Uid:" { print $2 }' "/proc/$LAB_SNMP_MASTER/status")" "$(id -u "$user")" "snmpd is $user"
}

test_rights() {
  LAB_SNMP_MASTER_OPTIONS=(-u "$user" -g "$user")
  lab_snmp_configure host
  start_for_user
  tap_is "$(get 0 - wtMethod)" 1 'what was opened as root stays open'
  add_device late0
  check 'an interface that appears later has a row' lab_wait 10 'a row' has_row late0
  tap_is "$(get late0 tx wtDirCaptureReason | grep -oE 'CAP_[A-Z_]+')" CAP_NET_RAW 'and says why it has no capture'
  lab_in host ip link delete late0
  reload
  tap_is "$(get 0 - wtMethod)" 0 'a reload finds no rights'
  tap_is "$(get 0 - wtMethodReason | grep -oE 'CAP_[A-Z_]+' | paste -sd' ')" 'CAP_BPF CAP_NET_RAW' 'and says which'
  check 'and how they can be had' grep -q 'drop-in .* INSIDE SNMPD' <<<"$(get 0 - wtMethodReason)"
  check 'the counter is there' is_known tso0 tx wtDirCounterFrames
  check 'the capture is not' not is_known tso0 tx wtDirCaptureFrames
  # As the package has it for the subagent's group.
  chown root:root "$conf/wiretruth.conf"
  chmod 640 "$conf/wiretruth.conf"
  reload
  check 'a wiretruth.conf that its user may not read is told' has_logged "wiretruth: cannot read $conf/wiretruth.conf: Permission denied" 1
  check 'and nothing is served by defaults' not has_row tso0
  lab_snmp_stop
  lab_snmp_configure host
  start_for_user
  tap_is "$(get 0 - wtMethod)" 1 'after a restart it is as before'
  lab_snmp_stop
}

knows_user() {
  lab_snmp_env host
  lab_in host "${LAB_SNMP_ENV[@]}" snmpget -v3 -l authPriv -u lab -a SHA-256 -A 'lab authenticates' -x AES \
    -X 'lab keeps secret' udp:127.0.0.1:161 .1.3.6.1.2.1.1.3.0 >/dev/null
}

# With that drop-in all is as at the start, over a reload, too. A user of SNMPv3 is kept where only snmpd's user can read.
keeps_rights() { # DROP-IN
  local store
  store=$(lab_snmp_dir host)/store/snmpd.conf
  manager_configure 'Interface tso0' 'Interface late0'
  # snmpd asks it who it is whenever it reads its files, and waits for the answer.
  [[ $SINK ]] || sink
  # The library reads what it keeps only where it looks for files.
  LAB_SNMP_MASTER_WRAP=(env SNMPCONFPATH="$conf:${store%/*}" "${LAB_SNMP_MASTER_WRAP[@]}")
  printf 'createUser %s SHA-256 "%s" AES "%s"\n' lab 'lab authenticates' 'lab keeps secret' >"$store"
  echo 'rouser lab authPriv' >>"$conf/snmpd.conf"
  chmod 600 "$store"
  start_for_user
  reload
  tap_is "$(get 0 - wtMethod)" 1 "with $1 a reload keeps the method"
  tap_is "$(get 0 - wtMethodReason)" '' 'without a reason'
  add_device late0
  check 'an interface that appears later is captured' lab_wait 10 'its capture' is_known late0 tx wtDirCaptureFrames
  lab_in host ip link delete late0
  check 'snmpd has its users' knows_user
  tap_is "$(stat -c %U:%a "$store")" "$user:600" 'and keeps them to itself'
}

# Notifications are sent by snmpd itself, and its user keeps what a manager sets.
test_notifications() {
  set_row 21 Status i 4 21 Interfaces s tso0 21 Direction i 2 21 Rising u 2000 21 Falling u 500 21 Hold u 1 >/dev/null
  check 'traffic flows' situation_traffic tso 4
  check 'a trap and an inform come' lab_wait 20 'both' trap_came " = $(lab_snmp_oid wtDivergenceRaised)"$'\t' 2
  reload
  check 'a reload keeps the threshold' row_is 21 Rising 2000
}

test_drop_ins() {
  as_root_with "$drop_ins/wiretruth.conf"
  keeps_rights wiretruth.conf
  test_notifications
  lab_snmp_stop
  as_user_with "$drop_ins/wiretruth-user.conf"
  keeps_rights wiretruth-user.conf
  lab_snmp_stop
  lab_stop "$SINK"
  LAB_SNMP_MASTER_WRAP=() LAB_SNMP_MASTER_OPTIONS=() LAB_SNMP_WRAP=()
}

test_units() {
  local unit name dir=$LAB_DIR/units
  unit=$(dpkg -L snmpd 2>/dev/null | grep '/snmpd\.service$')
  if [[ ! $unit ]]; then
    tap_skip "the drop-ins fit Debian's unit" 'it is not there'
    return
  fi
  tap_is "$(setting "$drop_ins/wiretruth-user.conf" ExecStart | tail -n 1)" \
    "$(setting "$unit" ExecStart | sed "s/ -u $user -g $user//")" "the command is Debian's without the change of user"
  tap_is "$(setting "$drop_ins/wiretruth.conf" ExecReload | tail -n 1)" "+/bin/sh -c 'kill -HUP \$\$MAINPID'" \
    'the command of a reload is not held to rights that the drop-in takes away'
  if ! command -v systemd-analyze >/dev/null; then
    tap_skip 'systemd takes the drop-ins' 'no systemd-analyze'
    return
  fi
  for name in wiretruth wiretruth-user; do
    rm -rf "$dir"
    mkdir -p "$dir/snmpd.service.d"
    cp "$unit" "$dir/"
    cp "$drop_ins/$name.conf" "$dir/snmpd.service.d/"
    # Whatever else is on this machine is looked at, too.
    tap_is "$(systemd-analyze verify "$dir/snmpd.service" 2>&1 | grep -F "$dir")" '' "systemd takes $name.conf"
    echo 'SecureBit=no' >>"$dir/snmpd.service.d/$name.conf"
    check 'and would tell a mistake' grep -q SecureBit <(systemd-analyze verify "$dir/snmpd.service" 2>&1)
  done
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -e $module ]]; then
  tap_skip 'the module for snmpd' 'it was not built'
  tap_done
  exit
fi
lab_start && situation_setup tso && add_device idle0 || exit
conf=$(lab_snmp_dir host)/conf memory=$LAB_DIR/valgrind.log
test_symbols
test_same
start_watched
test_reload
test_mistakes
test_memory
test_one_file
test_manager
test_rights
test_drop_ins
test_units
tap_done
