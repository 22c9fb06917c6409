# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The clock is set back and forward by an hour, and the host sleeps for one: what a check, the subagent and a sink for
# notifications have to make of it. Sourced after tap.sh, lab.sh, snmp.sh, snmp_manager.sh and _observe.sh by whoever
# has a clock to do it to, and gives:
#
#   clock_set SECONDS   it is as many off from then on
#   clock_sleep         the host sleeps for an hour
#   clock_date          what the clock says that the agents see
#   CLOCK_WRAP          an array: what goes before the agents
#
#   clock_hosts         two links, on which one counter agrees and the other under-reports
#   clock_observed      all of it
#
# shellcheck disable=SC2034,SC2153,SC2154 # for the lab, and by the caller

readonly HOUR=3600
CLOCK_FRAMES=1500 # of each transfer, by each link
CLOCK_ELSEWHERE=0 # seconds for which the host slept, but not /proc/uptime
CLOCK_WRAP=()

clock_hosts() {
  lab_host host && lab_host far && lab_link host cut0 far cut0 7 && lab_link host uncut0 far uncut0 8 &&
    lab_offload host cut0 gro off tso off gso off && lab_offload far cut0 gro off tso off gso off &&
    lab_offload host uncut0 gro off gso on tso on && lab_offload far uncut0 gro off
}

# ---- what the agent says ------------------------------------------------------------------------------------------

declare -A CLOCK_SEEN=()
CLOCK_COLUMNS=() CLOCK_OIDS=()

# All that is looked at, in one request
clock_columns() {
  local cut uncut column
  cut=$(lab_snmp_ifindex host cut0) uncut=$(lab_snmp_ifindex host uncut0)
  for column in cut.wtDirWireFrames.$cut.2 uncut.wtDirWireFrames.$uncut.2 cut.wtDirCounterVerdict.$cut.2 \
    uncut.wtDirCounterVerdict.$uncut.2 uncut.wtDirCounterVerdictAge.$uncut.2 uncut.wtDirCounterDivergedFor.$uncut.2 \
    cut.wtIfDiscontinuityTime.$cut all.wtPollErrors.0 all.wtLastPollAge.0; do
    CLOCK_COLUMNS+=("${column%%[0-9]*}")
    column=${column#*.}
    CLOCK_OIDS+=("$(lab_snmp_oid "${column%%.*}").${column#*.}")
  done
}

# Into CLOCK_SEEN; fails while it has no report
clock_see() {
  local -a values
  local i
  mapfile -t values < <(lab_snmp_raw host snmpget -OQ -Ov "${CLOCK_OIDS[@]}")
  for i in "${!CLOCK_COLUMNS[@]}"; do CLOCK_SEEN[${CLOCK_COLUMNS[i]%.}]=${values[i]-}; done
  [[ ${CLOCK_SEEN[uncut.wtDirWireFrames]} =~ ^[0-9]+$ ]]
}

# What was decided is no more within the horizon: the poll that comes after the sleep decides nothing anew.
is_old() { clock_see && test "${CLOCK_SEEN[uncut.wtDirCounterVerdictAge]}" -ge 5; }

# ---- what it does -------------------------------------------------------------------------------------------------

# Both from "host" to "far": by cut0 in frames, by uncut0 uncut.
transfer() {
  lab_flow host far 10.7.0.2 --mss 1440 --window 90000 -- --mss 1440 --bytes $((CLOCK_FRAMES * 1440)) &&
    lab_flow host far 10.8.0.2 --mss 1440 --window 90000 -- --mss 1440 --bytes $((CLOCK_FRAMES * 1440)) &&
    lab_settle host cut0 && lab_settle host uncut0 && lab_snmp_polled host 20
}

holds() { # WHAT OLDEST
  local age diverged
  clock_see
  tap_is "${CLOCK_SEEN[cut.wtDirWireFrames]} ${CLOCK_SEEN[uncut.wtDirWireFrames]}" \
    "$(lab_qdisc_packets host cut0) $(lab_qdisc_packets host uncut0)" "$1: totals are what the queues say"
  tap_is "${CLOCK_SEEN[cut.wtDirCounterVerdict]} ${CLOCK_SEEN[uncut.wtDirCounterVerdict]}" '1 2' \
    "$1: one counter agrees, the other under-reports"
  tap_is "${CLOCK_SEEN[all.wtPollErrors]} ${CLOCK_SEEN[cut.wtIfDiscontinuityTime]}" "0 $stamp" \
    "$1: no poll failed, and no discontinuity"
  check "$1: the last poll is not old" test "${CLOCK_SEEN[all.wtLastPollAge]}" -lt 60
  age=${CLOCK_SEEN[uncut.wtDirCounterVerdictAge]} diverged=${CLOCK_SEEN[uncut.wtDirCounterDivergedFor]}
  check "$1: the verdict is $age s old, it has diverged for $diverged s" \
    test "$age" -lt 300 -a "$diverged" -ge "$2" -a "$diverged" -lt $(($2 + 900))
}

clock_observed() {
  local dir stamp began date
  # An alert has to be due for longer than all of this takes, and for less than an hour.
  lab_snmp_configure host 'Method exact' 'Horizon 2' 'Hold 1800' || return
  dir=$(lab_snmp_dir host)
  echo 'trap2sink 127.0.0.1:1162 lab' >>"$dir/conf/snmpd.conf"
  echo 'authCommunity log lab' >"$dir/conf/snmptrapd.conf"
  LAB_SNMP_WRAP=(${CLOCK_WRAP[@]+"${CLOCK_WRAP[@]}"})
  OBSERVE_WRAP=(${CLOCK_WRAP[@]+"${CLOCK_WRAP[@]}"})
  sink && lab_snmp_run host || return
  date=$(clock_date)
  observe check host --method exact cut0 uncut0
  tap_ok $? 'a check begins to observe'
  began=$(cut -d. -f1 /proc/uptime)
  clock_columns
  clock_see
  stamp=${CLOCK_SEEN[cut.wtIfDiscontinuityTime]}
  check 'traffic flows' transfer
  # Before the clock is set, or that is when the divergence was found.
  check 'the check has read it' observe_polled check
  holds 'before' 0
  clock_is_set
  clock_slept
  clock_told "$date" "$began"
}

clock_is_set() {
  local off
  for off in -$HOUR $HOUR; do
    clock_set "$off"
    check "the clock is set to $off s: traffic flows" transfer
    holds "the clock is set to $off s" 0
    stamped "the clock is set to $off s"
  done
}

stamped() { # WHAT
  local before time
  before=$(clock_date)
  observe_run now host --duration 0.1 --method none cut0
  time=$(observe_fact now time)
  check "$1: so are new time stamps" test "${time%.*}" -ge "$before" -a "${time%.*}" -le "$(clock_date)"
}

clock_slept() {
  local age
  lab_wait 30 'the verdict to be older than the horizon' is_old
  clock_sleep
  check 'the host sleeps for an hour: it polls' lab_wait 20 'a report' clock_see
  lab_snmp_polled host 20
  clock_see
  age=${CLOCK_SEEN[uncut.wtDirCounterVerdictAge]}
  check "what was decided before is an hour old: $age s" test "$age" -ge $HOUR -a "$age" -lt $((HOUR + 900))
  check 'traffic flows after it' transfer
  holds 'an hour later' $HOUR
}

# clock_told DATE UPTIME: what is told of it in the end, by the clock and the uptime as they were in the beginning
clock_told() {
  local passed link got sent seconds now since told
  told=" = $(lab_snmp_oid wiretruthMIB)\." # a notification of ours
  tap_is "$(grep -E 'wiretruth: (cut0|uncut0)' "$LAB_DIR/agentx-host.log")" '' \
    'the hour does not count for an alert that has to be due for half of it'
  tap_is "$(trap_count "$told")" 0 'and nothing was notified'
  observe_decided check
  observe_end check
  now=$(clock_date)
  passed=$(($(cut -d. -f1 /proc/uptime) - $2 + CLOCK_ELSEWHERE))
  for link in cut0 uncut0; do
    observe_list got check $link.tx wire.{frames,low,high} counter.verdict
    sent=$(lab_qdisc_packets host $link)
    tap_is "$got" "$sent $sent $sent $([[ $link == cut0 ]] && echo agrees || echo under-reports)" "check: $link to the frame"
    tap_is "$(observe_fact check $link.discontinuity)" null "check: $link has no discontinuity"
  done
  seconds=$(observe_fact check seconds)
  check "check: it observed for $seconds s, which is what went by ($passed s)" \
    test "${seconds%.*}" -ge $((passed - 60)) -a "${seconds%.*}" -le $((passed + 60)) -a "$passed" -ge $HOUR
  seconds=$(observe_fact check time)
  check "check: its last reading is of what the clock said then" \
    test "${seconds%.*}" -ge $((now - 60)) -a "${seconds%.*}" -le "$now"
  since=$(observe_fact check uncut0.tx.counter.since)
  check 'and what began before was stamped by the clock as it was' \
    test "${since%.*}" -ge "$1" -a "${since%.*}" -lt $(($1 + 900))
  check 'between the two the clock was set forward, and the host slept' test $((now - $1)) -ge $((2 * HOUR))
  lab_offload host cut0 tso on
  check 'a change of offloads is notified, as ever' lab_wait 20 'a notification' trap_came "$told.*cut0: offloads have changed" 1
  lab_snmp_stop
  tap_is "$LAB_STATUS" 0 'the subagent ends without error'
}
