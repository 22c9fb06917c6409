#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 60
#
# The clock of a whole system: in a guest in QEMU it is set back and forward by an hour, and the guest is suspended to
# RAM while its real-time clock goes on by one, under a check, the subagent, snmpd and a sink for notifications. What has
# to come of it is what the test "clock" asks for.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/guest.sh
. "$root/lab/guest.sh"
# shellcheck source=tests/integration/_guest.sh
. "$root/tests/integration/_guest.sh"

readonly HOUR=3600
programs=(jq snmpd snmptrapd snmpget snmpgetnext)

lab_start || exit 1
PATH=$PATH:/usr/sbin:/sbin
GUEST_PROGRAMS+=("${programs[@]}")
if ! guest_can; then
  echo "1..0 # SKIP no guest: $GUEST_WHY"
  exit 0
fi
agent=$LAB_BUILD/wiretruth-agentx
if [[ ! -x $agent ]] || lab_sanitized; then
  echo '1..0 # SKIP there is no subagent, or it is built with a sanitizer'
  exit 0
fi

# ---- the machine that the guest has -------------------------------------------------------------------------------

# One that says when it is suspended, and can be woken up: QEMU's monitor. Its real-time clock is QEMU's idea of the
# time, which _clock.c moves.
machine_boot() {
  local port=$LAB_DIR/machine
  mkfifo "$port.in" "$port.out" || return
  GUEST_KERNEL=vmlinuz # a guest that began with vmlinux does not come back
  GUEST_WRAP=(env "LD_PRELOAD=$LAB_DIR/clock.so" "CLOCK_OFF=$LAB_DIR/off")
  guest_boot clock host -chardev "pipe,id=machine,path=$port" -mon chardev=machine,mode=control || return
  exec {to_machine}<>"$port.in" {of_machine}<>"$port.out"
  echo '{"execute": "qmp_capabilities"}' >&"$to_machine"
}

# machine_says SECONDS EVENT: until it does; not if the guest has an answer before
machine_says() {
  local end=$((SECONDS + $1)) line
  while ((SECONDS <= end)); do
    IFS= read -r -t 1 -u "$of_machine" line && [[ $line == *"\"event\": \"$2\""* ]] && return
    lab_alive "${GUEST_PID[clock]}" && ! read -r -t 0 -u "${GUEST_OUT[clock]}" || return
  done
  return 1
}

# ---- all ----------------------------------------------------------------------------------------------------------

lab_host host &&
  "${CC:-gcc}" -shared -fPIC -O2 -D_GNU_SOURCE -o "$LAB_DIR/clock.so" "$root/tests/integration/_clock.c" || exit
GUEST_FILES=(tests/tap.sh tests/integration/{_observe,_clock,_clock_guest}.sh)
guest_image "$agent" && machine_boot && guest_up clock || exit 1
guest_ask clock 200 "cat >/tmp/names <<END
$(lab_snmp_names)
END
exec bash /wiretruth/tests/integration/_clock_guest.sh" || exit 1
machine_says 180 SUSPEND
tap_ok $? 'the machine is suspended'
echo $HOUR >"$LAB_DIR/off"
echo '{"execute": "system_wakeup"}' >&"$to_machine"
machine_says 10 WAKEUP
tap_ok $? 'and an hour later, as its clock has it, woken up'
: >"$LAB_DIR/clock.said" # should it never answer
guest_answer clock 120
guest_results clock
tap_diag "${GUEST_DIR##*/}, $(qemu-system-x86_64 --version | head -n 1), $SECONDS s"
tap_done
