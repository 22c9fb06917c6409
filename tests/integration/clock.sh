#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The clock is set back and forward by an hour, and the host sleeps for one, as a check and the subagent have it
# (_clock.c: nobody else's clock is touched). Totals go on to the frame, no verdict is wrong, nothing is a discontinuity,
# ages are those of the world outside, and time that was skipped makes nobody notify. On a whole system: clock-guest.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/snmp_manager.sh
. "$root/lab/snmp_manager.sh"

lab_start || exit 1
agent=$LAB_BUILD/wiretruth-agentx
if [[ ! -x $agent ]] || lab_sanitized; then
  echo '1..0 # SKIP there is no subagent, or it is built with a sanitizer'
  exit 0
fi
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"
# shellcheck source=tests/integration/_clock.sh
. "$root/tests/integration/_clock.sh"

OFF=0

clock_set() { OFF=$1 && echo "$1" >"$LAB_DIR/off"; }

clock_sleep() { CLOCK_ELSEWHERE=$HOUR && echo $HOUR >"$LAB_DIR/slept"; }

clock_date() { echo $((EPOCHSECONDS + OFF + CLOCK_ELSEWHERE)); }

clock_hosts &&
  "${CC:-gcc}" -shared -fPIC -O2 -D_GNU_SOURCE -o "$LAB_DIR/clock.so" "$root/tests/integration/_clock.c" || exit
observe_has_exact host 'the clock with method exact' || { tap_done; exit; }
CLOCK_WRAP=(env "LD_PRELOAD=$LAB_DIR/clock.so" "CLOCK_OFF=$LAB_DIR/off" "CLOCK_SLEPT=$LAB_DIR/slept")
clock_observed || exit
tap_done
