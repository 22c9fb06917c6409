#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# wtCaptureDegraded and wtCaptureRestored, as a real snmptrapd has them: rights that are missing and come back with a
# restart, an interface for which no socket can be had, and polls that fail. The kernel refuses, by real limits.
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

degraded=" = $(lab_snmp_oid wtCaptureDegraded)"$'\t'
restored=" = $(lab_snmp_oid wtCaptureRestored)"$'\t'
method=$(lab_snmp_oid wtMethod).0
text=$(lab_snmp_oid wtNotifyText).0

counts() { echo "$(trap_count "$degraded") $(trap_count "$restored")"; }

# The newest one, one varbind a line.
show() { # PATTERN
  traps | grep -F -- "$1" | tail -n 1 | tr '\t' '\n' | sed 's/^/# /'
}

# Descriptors that the agent may have; those that it has are not taken away.
limit() { # COUNT
  prlimit --pid "$LAB_SNMP_AGENT" --nofile="$1:4096"
}

descriptors() { find "/proc/$LAB_SNMP_AGENT/fd" -mindepth 1 | wc -l; }

# ---- rights -------------------------------------------------------------------------------------------------------

test_rights() {
  local wrap=("${LAB_SNMP_WRAP[@]}")
  LAB_SNMP_WRAP+=(setpriv '--bounding-set=-bpf,-sys_admin')
  start_agent
  check 'without CAP_BPF: degraded' lab_wait 20 'both' trap_came "$degraded.*$method = 2.*$text = .the capture is degraded: method sample is in use: " 2
  show "$degraded"
  tap_is "$(lab_snmp_get host 0 - wtMethod)" 2 'the method is what was told'
  tap_is "$(counts)" '2 0' 'once, as trap and as inform'
  restart_agent
  lab_snmp_polled host 10 && lab_snmp_polled host 10 && lab_snmp_polled host 10
  tap_is "$(counts)" '2 0' 'a restart that changes nothing tells nothing'
  lab_stop "$LAB_SNMP_AGENT" KILL
  LAB_SNMP_WRAP=("${wrap[@]}")
  start_agent
  check 'with it, after SIGKILL: restored' lab_wait 20 'both' trap_came "$restored.*$method = 1.*$text = .the capture is what was asked for again" 2
  show "$restored"
  restart_agent
  lab_snmp_polled host 10
  tap_is "$(counts)" '2 2' 'once'
}

# ---- an interface that is not captured --------------------------------------------------------------------------------

# With so few descriptors nothing can be opened in advance: the rights to do it later are kept, and are of no use when
# there is no descriptor, either.
test_missed() {
  local wrap=("${LAB_SNMP_WRAP[@]}")
  LAB_SNMP_WRAP+=(prlimit --nofile=40:4096)
  restart_agent
  LAB_SNMP_WRAP=("${wrap[@]}")
  check 'with few descriptors it keeps its rights, and says so' grep -q 'the rights to capture are kept: ' "$LAB_DIR/agentx-host.log"
  limit "$(descriptors)"
  lab_in host ip -batch - <<<$'link add more0 type veth peer name other0\nlink set other0 up\nlink set more0 up'
  check 'no socket for an interface: degraded' \
    lab_wait 20 'both' trap_came "$degraded.*$text = .the capture is degraded: more0 is not captured: " 2
  show "$degraded"
  limit 1024
  lab_in host ip link set more0 mtu 1400
  check 'there is one: restored' lab_wait 20 'both' trap_came "$restored" 4
  tap_is "$(counts)" '4 4' 'once'
}

# ---- no figures ---------------------------------------------------------------------------------------------------

# With more than 32 interfaces one socket for all takes the place of theirs. The last figures have one that has gone.
test_polls() {
  local i errors
  limit 4
  {
    echo 'link del more0'
    for ((i = 1; i <= 33; i++)); do echo "link add more$i type veth peer name other$i"; done
  } | lab_in host ip -batch -
  check 'polls fail: degraded' lab_wait 20 'both' trap_came "$degraded.*$text = .nothing is observed: polls fail: " 2
  show "$degraded"
  check 'and no row is left' lab_wait 10 'their end' no_rows
  errors=$(lab_snmp_get host 0 - wtPollErrors)
  check 'the agent goes on' test "${errors:-0}" -gt 0
  limit 1024
  check 'they succeed: restored' lab_wait 20 'both' trap_came "$restored" 6
  tap_is "$(counts)" '6 6' 'once'
}
no_rows() { ! lab_snmp_serves host; }

# ---- inside snmpd ---------------------------------------------------------------------------------------------------

# Debian's snmpd loads it as root and becomes another user: a reload has no rights, a restart has them.
test_module() {
  local user=Debian-snmp
  manager_configure 'Interface tso0' 'Hold 1'
  chmod 711 "$LAB_DIR"
  chown -R "$user:" "$(lab_snmp_dir host)"/{conf,store}
  LAB_SNMP_MASTER_OPTIONS=(-u "$user" -g "$user")
  lab_snmp_inside host
  tap_is "$(lab_snmp_get host 0 - wtMethod) $(counts)" '1 6 6' 'the module inside snmpd has rights at the start'
  lab_signal "$LAB_SNMP_MASTER" HUP
  check 'a reload has none: degraded' lab_wait 20 'both' trap_came "$degraded.*$method = 0.*$text = .the capture is degraded: method none is in use: " 2
  show "$degraded"
  lab_snmp_stop
  lab_snmp_inside host
  check 'after a restart: restored' lab_wait 20 'both' trap_came "$restored.*$method = 1" 8
  lab_snmp_polled host 10 && lab_snmp_polled host 10
  tap_is "$(counts)" '8 8' 'once'
}

# ---- samples that are lost --------------------------------------------------------------------------------------------

# While nobody reads it the ring holds what it has room for; the kernel counts the rest.
test_lost() {
  local before said lost sent
  LAB_SNMP_MASTER_OPTIONS=()
  manager_configure 'Interface tso0' 'Method sample' 'SamplesPerInterval 100' 'Hold 0'
  chown -R "$(id -u):$(id -g)" "$(lab_snmp_dir host)"/{conf,store}
  lab_snmp_master host && start_agent
  lab_snmp_polled host 10
  before=$(counts)
  lab_signal "$LAB_SNMP_AGENT" STOP
  sent=$(lab_in host "$LAB_BIN/blast" --count 50000 --qdisc tso0 "$(lab_mac 1 2)" 10.1.0.1 10.1.0.9)
  lab_signal "$LAB_SNMP_AGENT" CONT
  check 'the ring of samples was full: degraded' lab_wait 20 'both' trap_came "$degraded.*$text = .the capture is degraded: [0-9]* samples were lost since the report before" 2
  show "$degraded"
  said=$(traps | grep -F -- "$degraded" | tail -n 1)
  lost=${said##*degraded: } sent=$(lab_figure frames "$sent")
  lost=${lost%% samples*}
  check "no more than were sent ($lost of $sent), and more than none" test "$lost" -gt 0 -a "$lost" -le "$sent"
  check 'no more are lost: restored' lab_wait 20 'both' trap_came "$restored" $((${before#* } + 2))
  tap_is "$(lab_snmp_get host tso0 tx wtDirCaptureDrops)" "$lost" 'as many as the column has'
  stop_agent
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx || -z $MANAGER_SINK ]]; then
  tap_skip 'capture degraded' 'no subagent was built, or there is no snmptrapd'
  tap_done
  exit
fi
lab_start && situation_setup tso || exit
manager_configure 'Interface tso0' 'Interface /^more/' 'Hold 1'
# Memory that is no longer in use is overwritten: what is read of it is noticed.
LAB_SNMP_WRAP+=(env MALLOC_PERTURB_=165)
lab_snmp_master host && sink || exit
test_rights
test_missed
test_polls
# Before snmpd: while libnetsnmp 5.9 fails to connect again it loses an address, which a sanitizer would find.
stop_agent
tap_is "$LAB_STATUS" 0 'it ends without error'
lab_snmp_stop
if [[ ! -e $LAB_BUILD/wiretruth-snmp.so ]]; then
  tap_skip 'inside snmpd' 'no module was built'
elif lab_sanitized; then
  tap_skip 'inside snmpd' 'snmpd does not load a module with a sanitizer'
else
  test_module
fi
lab_snmp_stop
test_lost
lab_snmp_stop
tap_done
