#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 20
#
# A poll that the kernel holds up: requests are answered meanwhile, at once and from the report before, by the subagent and
# inside snmpd; no other poll is begun; what is too old is not shown; reload and end wait for the poll.
#
# strace holds the thread that polls at the first message that it wants from the kernel, until strace ends.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

holder='' # strace
links=0   # made so far to have polls begin early

# ---- helpers ------------------------------------------------------------------------------------------------------

get() { lab_snmp_get host "$@"; } # IFACE DIR COLUMN
value_is() { [[ $(get "$1" "$2" "$3") == "$4" ]]; } # IFACE DIR COLUMN VALUE
has_row() { get lo - wtIfName >/dev/null; }
logged() { grep -cE "$1" "$LAB_DIR/agentx-host.log"; } # PATTERN

# The thread that polls, of a process.
poller() { # PID
  grep -lx 'wiretruth poll' "/proc/$1/task/"*/comm 2>/dev/null | sed 's,.*/task/\([0-9]*\)/comm,\1,'
}
has_poller() { [[ $(poller "$1") ]]; }
# But that which the thread sanitizer has in each process.
threads() { echo $(($(find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l) - $(grep -c 'r-xp.*/libtsan' "/proc/$1/maps"))); }

# A change of links has a poll begin early.
change_links() { lab_in host ip link add "new$((links++))" type bridge; }
has_newest() { get "new$((links - 1))" - wtIfName >/dev/null; }

# The next poll of a process is held.
hold() { # PID
  change_links
  lab_wait 10 'a poll' has_newest && lab_wait 10 'the thread that polls' has_poller "$1" || return
  lab_spawn strace strace -o /dev/null -p "$(poller "$1")" -e trace=recvmsg -e inject=recvmsg:delay_enter=600000000
  holder=$LAB_PID
  lab_wait_log 10 strace attached || return
  change_links
  lab_wait 20 'a poll that is held' is_held "$1"
}
is_held() { grep -q '^State:.*tracing stop' "/proc/$1/task/$(poller "$1")/status"; } # PID

release() {
  lab_stop "$holder"
}

send_datagrams() { # COUNT
  local i
  for ((i = 0; i < $1; i++)); do lab_in host bash -c 'echo x >/dev/udp/127.0.0.1/9'; done
}

# Hundredths of a second of CPU time that the process has used.
used() { awk '{ print $14 + $15 }' "/proc/$1/stat"; } # PID

# ---- the subagent -------------------------------------------------------------------------------------------------

# The interval is long: the report does not become too old meanwhile.
test_answers() {
  local polls frames before
  check 'the kernel holds up a poll' hold "$LAB_SNMP_AGENT"
  polls=$(get 0 - wtPolls) frames=$(get lo tx wtDirWireFrames)
  send_datagrams 20
  before=$EPOCHREALTIME
  tap_is "$(lab_snmp_raw host snmpget -t 1 -r 0 -OQv "$(lab_snmp_oid wtVersion).0" "$(lab_snmp_oid wtPolls).0" \
    "$(lab_snmp_oid wtDirWireFrames).1.2" | tail -n 2 | paste -sd' ')" "$polls $frames" \
    'a request is answered within a second, from the report before'
  tap_diag "after $(awk "BEGIN { print $EPOCHREALTIME - $before }") s, with the start of snmpget"
  tap_is "$(lab_snmp_raw host snmpbulkwalk -t 1 -r 0 -OQv "$(lab_snmp_oid wtIfName)" | wc -l)" "$links" 'and so is a walk'
  check 'in which what has come since has no row yet' not has_newest

  change_links
  before=$(used "$LAB_SNMP_AGENT")
  sleep 1
  check 'changes of links meanwhile do not keep the processor busy' test $(($(used "$LAB_SNMP_AGENT") - before)) -lt 30
  check 'nor is another poll begun' value_is 0 - wtPolls "$polls"
}

test_reload() {
  sed -i 's/^PollInterval .*/PollInterval 0.5/' "$(lab_snmp_dir host)/conf/wiretruth.conf"
  lab_signal "$LAB_SNMP_AGENT" HUP
  sleep 0.5
  tap_is "$(logged 'was read again')" 0 'a reload waits for the poll'
  release
  check 'and comes after it' lab_wait 10 'the other interval' value_is 0 - wtPollInterval 50
  check 'all interfaces have rows then' lab_wait 10 'a row' has_newest
  check 'with all that was sent' test "$(get lo tx wtDirWireFrames)" -ge 20
}

test_hanging() {
  local error
  hold "$LAB_SNMP_AGENT"
  check 'after three intervals nothing is shown' lab_wait 20 'no row' not has_row
  error=$(get 0 - wtLastPollError)
  check "and why: '$error'" grep -qE '^a poll has been under way for [0-9]+ s$' <<<"$error"
  check 'the age of the figures is told' test "$(get 0 - wtLastPollAge)" -ge 1
  tap_is "$(get 0 - wtPollErrors)" 0 'no poll has failed'
  tap_is "$(logged 'a poll has been under way')" 1 'the log has it once'
  release
  check 'when the poll has ended all is there again' lab_wait 10 'a row' has_newest
  tap_is "$(get 0 - wtLastPollError)" '' 'without an error'
  tap_is "$(logged 'polls succeed again')" 1 'and the log says so'
}

test_end() {
  hold "$LAB_SNMP_AGENT"
  lab_signal "$LAB_SNMP_AGENT" TERM
  sleep 0.5
  check 'the end waits for the poll' test -e "/proc/$LAB_SNMP_AGENT"
  release
  lab_snmp_stop
  tap_is "$LAB_STATUS" 0 'and comes after it, without error'
}

# ---- inside snmpd ---------------------------------------------------------------------------------------------------

test_inside() {
  local uptime=.1.3.6.1.2.1.1.3.0 names
  configure
  lab_snmp_inside host || return
  check 'inside snmpd, the kernel holds up a poll' hold "$LAB_SNMP_MASTER"
  names=$(lab_snmp_raw host snmpbulkwalk -t 1 -r 0 -OQv "$(lab_snmp_oid wtIfName)" | wc -l)
  tap_is "$names" "$links" 'a walk is answered from the report before'
  check 'and snmpd answers of its own' grep -q "^$uptime" <<<"$(lab_snmp_raw host snmpget -t 1 -r 0 "$uptime")"
  tap_is "$(threads "$LAB_SNMP_MASTER")" 2 'it has one thread more'
  release
  check 'when the poll has ended all is there' lab_wait 10 'a row' has_newest
  # Without the line that loads it.
  sed -i '/^dlmod/d' "$(lab_snmp_dir host)/conf/snmpd.conf"
  lab_signal "$LAB_SNMP_MASTER" HUP
  check 'unloaded, it serves nothing' lab_wait 10 'no row' not has_row
  tap_is "$(threads "$LAB_SNMP_MASTER")" 1 'and has no thread'
  lab_snmp_stop
}

# ---- run ----------------------------------------------------------------------------------------------------------

# Polls begin early, or by the reload, but not because of the interval.
configure() {
  lab_snmp_configure host
  sed -i 's/^PollInterval .*/PollInterval 60/' "$(lab_snmp_dir host)/conf/wiretruth.conf"
}

for need in "$LAB_BUILD/wiretruth-agentx" "$(command -v strace || echo strace)"; do
  if [[ ! -x $need ]]; then
    tap_skip 'requests while a poll is held up' "there is no ${need##*/}"
    tap_done
    exit
  fi
done
lab_start && lab_host host || exit
lab_in host ip link set lo up
configure
lab_snmp_run host || exit
test_answers
test_reload
test_hanging
test_end
test_inside
tap_done
