#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 35
#
# snmpd goes and comes back, 54 times and in six ways, on six hosts at a time; one of them is spoken to over TCP. After
# each time the subagent is back, registered once, with the totals that it had, and has not grown. On one more host snmpd
# is away all the while. Meanwhile a manager gets noSuchObject, and no figure of a report that is too old.
#
# The run with everything as it is by default, on one host, and with an absence of three minutes:
#   RESTARTS_HOSTS=1 RESTARTS_ROUNDS=50 RESTARTS_PING=5 RESTARTS_POLL=10 RESTARTS_AWAY=180 \
#     tests/integration/snmp-restarts.sh
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

hosts=${RESTARTS_HOSTS-6} rounds=${RESTARTS_ROUNDS-9} ping=${RESTARTS_PING-1} poll=${RESTARTS_POLL-1}
away=${RESTARTS_AWAY-15}
ways=(TERM KILL request frozen socket unserved)
declare -A MASTER=() AGENT=() BEGUN=() GIVEN_UP=() SESSIONS=() FRAMES=() FIRST=() BAD=()
slowest=0 restarts=0 absences=0

# ---- one host -----------------------------------------------------------------------------------------------------

lab_snmp_oid wiretruthMIB >/dev/null # read once, and not by each subshell
name_oid=$(lab_snmp_oid wtIfName).1 # of lo, the only interface
age_oid=$(lab_snmp_oid wtLastPollAge).0
state_oids=("$(lab_snmp_oid wtDirWireFrames).1.2" "$(lab_snmp_oid wtIfDiscontinuityTime).1" .1.3.6.1.2.1.1.3.0)
has_row() { [[ $(lab_snmp_raw "$1" snmpget -OQv "$name_oid") == '"lo"' ]]; }             # HOST
has_no_object() { [[ $(lab_snmp_raw "$1" snmpget -OQv "$name_oid") == 'No Such Object'* ]]; } # HOST
registrations() { lab_snmp_raw "$1" snmpbulkwalk -OQ .1.3.6.1.2.1.1.9.1.2 | grep -cF "$(lab_snmp_oid wiretruthMIB)"; }
state() { lab_snmp_raw "$1" snmpget -OQv "${state_oids[@]}" | paste -sd' '; } # HOST: frames, discontinuity, sysUpTime
sessions() { agent_log "$1" 'subagent connected'; }
has_session() { (($(sessions "$1") > $2)); } # HOST BEFORE
uptime_of() { lab_snmp_raw "$1" snmpget -OQv .1.3.6.1.2.1.1.3.0; }
agent_log() { grep -cE -- "$2" "$LAB_DIR/agentx-$1.log"; } # HOST PATTERN

start_master() { # HOST
  BEGUN[$1]=${EPOCHREALTIME/[.,]/}
  lab_snmp_master "$1" && MASTER[$1]=$LAB_SNMP_MASTER
}

# Whether a request waits for the subagent.
is_asked() { # HOST
  lab_in "$1" ss -Hxtnp | awk -v pid="pid=${AGENT[$1]}," 'index($0, pid) && $3 > 0 { found = 1 } END { exit !found }'
}

# What a process holds: descriptors, sockets among them, threads.
holds() { # HOST
  local fds sockets
  fds=$(ls -l "/proc/${AGENT[$1]}/fd")
  sockets=$(grep -c 'socket:' <<<"$fds")
  echo "$(($(wc -l <<<"$fds") - 1)) $sockets $(grep -c . < <(ls "/proc/${AGENT[$1]}/task"))"
}

polls() { grep -q poll "/proc/${AGENT[$1]}/task/"*/comm; } # HOST: the thread for it is there from the first alarm on

memory() { awk '$1 == "RssAnon:" { print $2 }' "/proc/${AGENT[$1]}/status"; } # HOST: KiB

set_up() { # HOST
  lab_host "$1" && lab_snmp_configure "$1" 'Interface lo' || return
  sed -i -e "s/^agentXPingInterval.*/agentXPingInterval $ping/" -e "s/^PollInterval.*/PollInterval $poll/" \
    "$(lab_snmp_dir "$1")/conf/wiretruth.conf"
  [[ $1 != host3 ]] || sed -i 's/^agentXSocket.*/agentXSocket tcp:127.0.0.1:705/' "$(lab_snmp_dir "$1")"/conf/*.conf
  start_master "$1" && lab_snmp_agent "$1" && AGENT[$1]=$LAB_SNMP_AGENT && lab_wait 20 "rows on $1" has_row "$1"
}

# ---- ways of going ------------------------------------------------------------------------------------------------

bad() { BAD[$1]+=" $2"; } # HOST WHAT

lose_by_TERM() { lab_stop "${MASTER[$1]}" TERM; }
lose_by_KILL() { lab_stop "${MASTER[$1]}" KILL; }

# Killed while it waits for our answer.
lose_by_request() {
  lab_signal "${AGENT[$1]}" STOP
  lab_snmp_raw "$1" snmpget -t 1 -r 0 "$name_oid" >/dev/null &
  lab_wait 5 "a request on $1" is_asked "$1" || bad "$1" request
  lab_stop "${MASTER[$1]}" KILL
  lab_signal "${AGENT[$1]}" CONT
}

# It hangs, and goes on when the subagent has given it up.
lose_by_frozen() {
  GIVEN_UP[$1]=$(agent_log "$1" 'failed to respond to ping')
  lab_signal "${MASTER[$1]}" STOP
}

thaw() { # HOST
  lab_wait $((ping + 10)) "the subagent on $1 to notice" has_given_up "$1" || bad "$1" frozen
  BEGUN[$1]=${EPOCHREALTIME/[.,]/}
  lab_signal "${MASTER[$1]}" CONT
}
has_given_up() { (($(agent_log "$1" 'failed to respond to ping') > GIVEN_UP[$1])); }

# What is connected stays so without the name; it is made anew at the start.
lose_by_socket() {
  rm -f "$(lab_snmp_dir "$1")/agentx"
  has_row "$1" || bad "$1" socket
  lab_stop "${MASTER[$1]}" TERM
}

# While snmpd runs and the subagent is not with it.
lose_by_unserved() {
  lab_stop "${MASTER[$1]}" TERM
  lab_signal "${AGENT[$1]}" STOP
  start_master "$1" || bad "$1" start
  if has_no_object "$1"; then ((absences++)); else bad "$1" unserved; fi
  lab_signal "${AGENT[$1]}" CONT
}

# ---- and of coming back -------------------------------------------------------------------------------------------

come_back() { # HOST WAY
  local took frames discontinuity uptime
  [[ $2 != frozen ]] || thaw "$1"
  # The log first: a manager that asks all the time would be most of the work.
  lab_wait 15 "a session on $1 after $2" has_session "$1" "${SESSIONS[$1]}" || bad "$1" session
  lab_wait 15 "rows on $1 after $2" has_row "$1" || bad "$1" back
  # When it said so, whenever we came to look.
  took=$(stat -c %.6Y "$LAB_DIR/agentx-$1.log")
  took=$(((${took/[.,]/} - BEGUN[$1]) / 1000))
  ((took >= 0)) || took=0 # a file's time lags by a tick of the kernel
  ((took <= slowest)) || slowest=$took
  ((restarts++))
  [[ $(registrations "$1") == 1 ]] || bad "$1" registered
  read -r frames discontinuity uptime < <(state "$1")
  ((frames >= FRAMES[$1])) || bad "$1" totals
  # lo was there before this snmpd, if this is another one.
  [[ $2 == frozen ]] || { ((discontinuity == 0 && uptime < (${EPOCHREALTIME/[.,]/} - BEGUN[$1]) / 10000 + 100)) || bad "$1" "$discontinuity,$uptime"; }
  printf '%3d %-6s %-9s back after %5d ms, holds %s, %d KiB\n' "$restarts" "$1" "$2" "$took" "$(holds "$1")" \
    "$(memory "$1")" >>"$LAB_DIR/run.log"
}

one_round() { # NUMBER
  local h host way
  for ((h = 0; h < hosts; h++)); do
    host=host$h way=${ways[($1 + h) % ${#ways[@]}]}
    read -r FRAMES[$host] _ < <(state "$host")
    SESSIONS[$host]=$(sessions "$host")
    "lose_by_$way" "$host"
    lab_alive "${MASTER[$host]}" || start_master "$host" || bad "$host" start
  done
  for ((h = 0; h < hosts; h++)); do come_back "host$h" "${ways[($1 + h) % ${#ways[@]}]}"; done
}

test_restarts() {
  local h round host
  for ((round = 0; round < rounds; round++)); do
    one_round $round
    # The allocator has what it needs.
    ((round != 1)) || for ((h = 0; h < hosts; h++)); do
      lab_wait $((poll + 10)) "polls on host$h" polls "host$h"
      FIRST[host$h]=$(holds host$h)/$(memory host$h)
    done
  done
  sed 's/^/# /' "$LAB_DIR/run.log"
  tap_is "${BAD[*]-}" '' "$restarts times snmpd went and came back, and so did the subagent, registered once"
  check "within 15 s each time: the slowest took $slowest ms" test "$slowest" -le 15000
  check "while it was not there, $absences times, a manager got noSuchObject" test "$absences" -ge $((rounds * hosts / 6))
  for ((h = 0; h < hosts; h++)); do
    host=host$h
    tap_is "$(holds $host)" "${FIRST[$host]%/*}" "$host: descriptors, sockets and threads are those of before"
    if lab_sanitized; then
      tap_skip "$host: memory does not grow" 'a sanitizer has memory of its own'
    else
      check "$host: memory does not grow" test "$(memory $host)" -le $((${FIRST[$host]#*/} + 64))
    fi
    tap_is "$(agent_log $host 'attempted to be re-opened|poll failed')" 0 "$host: and nothing went wrong"
  done
}

# ---- time -----------------------------------------------------------------------------------------------------------

# A TimeStamp is of the sysUpTime of the snmpd that runs now.
test_stamps() {
  local before stamp after
  before=$(uptime_of host0)
  lab_offload host0 lo tso off
  lab_wait $((poll + 10)) 'a change of offloads' not value_is host0 wtIfOffloadLastChange 0
  stamp=$(lab_snmp_get host0 lo - wtIfOffloadLastChange) after=$(uptime_of host0)
  # sysUpTime is followed to within a second.
  check "what happens now has the time of the snmpd that runs ($before, $stamp, $after)" \
    test "$stamp" -ge $((before - 100)) -a "$stamp" -le $((after + 100))
  lose_by_TERM host0
  start_master host0
  lab_wait 15 rows has_row host0
  tap_is "$(lab_snmp_get host0 lo - wtIfOffloadLastChange)" 0 'and is before the time of the next one'
}
value_is() { [[ $(lab_snmp_get "$1" lo - "$2") == "$3" ]]; } # HOST COLUMN VALUE

# ---- no old figure ------------------------------------------------------------------------------------------------

# A subagent that was stopped is asked before it has polled again: it polls, and then answers.
test_stopped() {
  local said=$LAB_DIR/asked
  lab_signal "${AGENT[host0]}" STOP
  sleep $((3 * poll + 1)) # the report is older than three intervals then, however long this takes
  lab_snmp_raw host0 snmpget -OQv -t 10 -r 0 "$age_oid" "$name_oid" >"$said" &
  lab_wait 5 'a request' is_asked host0
  lab_signal "${AGENT[host0]}" CONT
  wait $!
  tap_is "$(paste -sd' ' "$said")" '0 "lo"' 'one that was stopped does not answer with what it had before'
}

# A master that hangs keeps it from nothing.
test_frozen_end() {
  local before=$EPOCHSECONDS
  lab_signal "${MASTER[host0]}" STOP
  lab_stop "${AGENT[host0]}"
  tap_is "$LAB_STATUS" 0 'it ends while snmpd hangs'
  check 'at once' test $((EPOCHSECONDS - before)) -le 2
  lab_signal "${MASTER[host0]}" CONT
}

# ---- a long absence -----------------------------------------------------------------------------------------------

away_begins() {
  set_up away || return
  # In its first second: another sysUpTime all the same.
  SESSIONS[away]=$(sessions away)
  lose_by_TERM away
  start_master away
  lab_wait 15 'a session' has_session away "${SESSIONS[away]}"
  lab_wait 15 rows has_row away
  tap_is "$(lab_snmp_get away lo - wtIfDiscontinuityTime)" 0 'restarted at once: totals began before this sysUpTime'
  lab_wait $((poll + 10)) 'polls' polls away
  AWAY_HOLDS=$(holds away)
  lose_by_TERM away
  AWAY_SINCE=$EPOCHSECONDS
}

has_been_away() { ((EPOCHSECONDS - AWAY_SINCE >= away)); }

test_absence() {
  local begun
  lab_poll $((away + 1)) has_been_away
  begun=${EPOCHREALTIME/[.,]/}
  start_master away
  check 'without snmpd for long, it comes back' lab_wait 15 rows has_row away
  tap_diag "away $((EPOCHSECONDS - AWAY_SINCE)) s, back after $(((${EPOCHREALTIME/[.,]/} - begun) / 1000)) ms; its log:"
  sed 's/^/#   /' "$LAB_DIR/agentx-away.log"
  tap_is "$(registrations away)" 1 'registered once'
  tap_is "$(holds away)" "$AWAY_HOLDS" 'with the descriptors that it had'
  check 'and its log is short' test "$(wc -l <"$LAB_DIR/agentx-away.log")" -le 8
}

# Nobody was there yet at its start.
test_late_master() {
  lab_stop "${AGENT[away]}"
  lab_stop "${MASTER[away]}"
  lab_snmp_agent away
  check 'started without snmpd, it says so' lab_wait_log 10 agentx-away 'no AgentX master at .*/agentx yet'
  start_master away
  check 'and connects when snmpd appears' lab_wait 15 rows has_row away
  tap_is "$(agent_log away 'no AgentX master')" 1 'it said so once'
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx ]]; then
  tap_skip 'snmpd that comes and goes' 'no subagent was built'
  tap_done
  exit
fi
lab_start && away_begins || exit
for ((h = 0; h < hosts; h++)); do set_up host$h || exit; done
test_restarts
test_absence
test_stamps
test_stopped
test_frozen_end
test_late_master
tap_done
