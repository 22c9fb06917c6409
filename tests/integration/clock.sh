#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The clock is set back and forward by an hour, and the host sleeps for one, as a check and the subagent have it
# (_clock.c: nobody else's clock is touched). Totals go on to the frame, no verdict is wrong, nothing is a discontinuity,
# ages are those of the world outside, and time that was skipped makes nobody notify.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

readonly HOUR=3600
frames=1500 # of each transfer, by each link

lab_start || exit 1
agent=$LAB_BUILD/wiretruth-agentx
if [[ ! -x $agent ]] || ldd "$agent" | grep -q libasan; then
  echo '1..0 # SKIP there is no subagent, or it is built with a sanitizer'
  exit 0
fi
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

get() { lab_snmp_get host "$@"; } # IFACE DIR COLUMN

# Both from "host" to "far": by cut0 in frames, by uncut0 uncut.
transfer() {
  lab_flow host far 10.7.0.2 --mss 1440 --window 90000 -- --mss 1440 --bytes $((frames * 1440)) &&
    lab_flow host far 10.8.0.2 --mss 1440 --window 90000 -- --mss 1440 --bytes $((frames * 1440)) &&
    lab_settle host cut0 && lab_settle host uncut0 && lab_snmp_polled host 20
}

is_shown() { get uncut0 tx wtDirWireFrames >/dev/null; }

# of the verdict on uncut0, and for how long it has diverged
ages() { echo "$(get uncut0 tx wtDirCounterVerdictAge) $(get uncut0 tx wtDirCounterDivergedFor)"; }

holds() { # WHAT OLDEST
  local age diverged
  tap_is "$(get cut0 tx wtDirWireFrames) $(get uncut0 tx wtDirWireFrames)" \
    "$(lab_qdisc_packets host cut0) $(lab_qdisc_packets host uncut0)" "$1: totals are what the queues say"
  tap_is "$(get cut0 tx wtDirCounterVerdict) $(get uncut0 tx wtDirCounterVerdict)" '1 2' \
    "$1: one counter agrees, the other under-reports"
  tap_is "$(get 0 - wtPollErrors) $(get cut0 - wtIfDiscontinuityTime)" "0 $stamp" "$1: no poll failed, and no discontinuity"
  check "$1: the last poll is not old" test "$(get 0 - wtLastPollAge)" -lt 60
  read -r age diverged < <(ages)
  check "$1: the verdict is $age s old, it has diverged for $diverged s" \
    test "$age" -lt 300 -a "$diverged" -ge "$2" -a "$diverged" -lt $(($2 + 900))
}

lab_host host && lab_host far && lab_link host cut0 far cut0 7 && lab_link host uncut0 far uncut0 8 &&
  lab_offload host cut0 gro off tso off gso off && lab_offload far cut0 gro off tso off gso off &&
  lab_offload host uncut0 gro off gso on tso on && lab_offload far uncut0 gro off &&
  "${CC:-gcc}" -shared -fPIC -O2 -D_GNU_SOURCE -o "$LAB_DIR/clock.so" "$root/tests/integration/_clock.c" || exit
observe_has_exact host 'the clock with method exact' || { tap_done; exit; }
LAB_SNMP_WRAP=(env "LD_PRELOAD=$LAB_DIR/clock.so" "CLOCK_OFF=$LAB_DIR/off" "CLOCK_SLEPT=$LAB_DIR/slept")
OBSERVE_WRAP=("${LAB_SNMP_WRAP[@]}")
# An alert has to be due for longer than all of this takes, and for less than an hour.
lab_snmp_configure host 'Method exact' 'Horizon 2' 'Hold 1800' && lab_snmp_run host || exit
observe check host --method exact cut0 uncut0
tap_ok $? 'a check begins to observe'
began=$(cut -d. -f1 /proc/uptime)
stamp=$(get cut0 - wtIfDiscontinuityTime)
check 'traffic flows' transfer
holds 'before' 0

for off in -$HOUR $HOUR; do
  echo "$off" >"$LAB_DIR/off"
  check "the clock is set to $off s: traffic flows" transfer
  holds "the clock is set to $off s" 0
done

# What was decided is no more within the horizon: the poll that comes after the sleep decides nothing anew.
is_old() { (($(get uncut0 tx wtDirCounterVerdictAge) >= 5)); }
lab_wait 30 'the verdict to be older than the horizon' is_old
echo $HOUR >"$LAB_DIR/slept"
check 'the host sleeps for an hour: it polls' lab_wait 20 'a report' is_shown
lab_snmp_polled host 20
read -r age diverged < <(ages)
check "what was decided before is an hour old: $age s" test "$age" -ge $HOUR -a "$age" -lt $((HOUR + 900))
check 'traffic flows after it' transfer
holds 'an hour later' $HOUR

tap_is "$(grep -E 'wiretruth: (cut0|uncut0)' "$LAB_DIR/agentx-host.log")" '' \
  'the hour does not count for an alert that has to be due for half of it'
observe_decided check
observe_end check
passed=$(($(cut -d. -f1 /proc/uptime) - began + HOUR))
for link in cut0 uncut0; do
  got=
  observe_list got check $link.tx wire.{frames,low,high} counter.verdict
  sent=$(lab_qdisc_packets host $link)
  tap_is "$got" "$sent $sent $sent $([[ $link == cut0 ]] && echo agrees || echo under-reports)" "check: $link to the frame"
  tap_is "$(observe_fact check $link.discontinuity)" null "check: $link has no discontinuity"
done
seconds=$(observe_fact check seconds)
check "check: it observed for $seconds s, which is what went by ($passed s)" \
  test "${seconds%.*}" -ge $((passed - 60)) -a "${seconds%.*}" -le $((passed + 60))
lab_snmp_stop
tap_is "$LAB_STATUS" 0 'the subagent ends without error'
tap_done
