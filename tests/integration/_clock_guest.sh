#!/bin/bash
# SPDX-License-Identifier: MIT
#
# In the guest: its own clock is set, and it is suspended to RAM; who wakes it up is outside (clock-guest.sh). Prints
# results as TAP.
set -u
root=/wiretruth
# shellcheck source=tests/tap.sh
. $root/tests/tap.sh
# shellcheck source=lab/lab.sh
. $root/lab/lab.sh
# shellcheck source=lab/snmp.sh
. $root/lab/snmp.sh
# shellcheck source=lab/snmp_manager.sh
. $root/lab/snmp_manager.sh
# shellcheck source=lab/guest/fast.sh
. $root/lab/guest/fast.sh
lab_start || exit 1
trap - EXIT # the guest ends with all that is in it
# shellcheck source=tests/integration/_observe.sh
. $root/tests/integration/_observe.sh
# shellcheck source=tests/integration/_clock.sh
. $root/tests/integration/_clock.sh

# What the test outside has read for us: it would take seconds here.
lab_snmp_names() { cat /tmp/names; }

uptime() { cut -d. -f1 /proc/uptime; }
booted=$((EPOCHSECONDS - $(uptime)))

# Of CLOCK_MONOTONIC, which stands still while the host sleeps, in seconds
awake() { sed -n 's/^now at \([0-9]*\)[0-9]\{9\} nsecs$/\1/p' /proc/timer_list; }

clock_set() { date -s "@$((booted + $(uptime) + $1))" >/dev/null; }

clock_date() { echo "$EPOCHSECONDS"; }

suspend() { echo mem >/sys/power/state; }

clock_sleep() {
  local before monotonic date
  before=$(uptime) monotonic=$(awake) date=$EPOCHSECONDS
  check 'the guest is suspended to RAM, and wakes up' suspend
  tap_is "$(cat /sys/power/suspend_stats/success)" 1 'so says its kernel'
  check 'an hour has gone by meanwhile' test $(($(uptime) - before)) -ge $HOUR -a $((EPOCHSECONDS - date)) -ge $HOUR
  check 'but for those who do not count it' test $(($(awake) - monotonic)) -lt 60
}

ip link set lo up
modprobe veth
clock_hosts && clock_observed || exit
tap_done
