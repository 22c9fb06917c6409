#!/bin/bash
# SPDX-License-Identifier: MIT
#
# In the guest: what its kernel gives to a process with the rights that the service has. Prints results as TAP.
set -u
root=/wiretruth
# shellcheck source=tests/tap.sh
. $root/tests/tap.sh
# shellcheck source=lab/lab.sh
. $root/lab/lab.sh
# shellcheck source=lab/guest/fast.sh
. $root/lab/guest/fast.sh
lab_start || exit 1
trap - EXIT # the guest ends with all that is in it
# shellcheck source=tests/integration/_observe.sh
. $root/tests/integration/_observe.sh
# shellcheck source=tests/integration/_faults.sh
. $root/tests/integration/_faults.sh

frames=2000
kernel="Linux $(uname -r | grep -o '^[0-9]*\.[0-9]*')"
rights=-all,+net_raw,+bpf
# By its path, or busybox would take its own.
service=(/bin/setpriv --reuid 65534 --regid 65534 --clear-groups "--inh-caps=$rights" "--ambient-caps=$rights"
  "--bounding-set=$rights")

charges_memory() {
  local major minor
  IFS=. read -r major minor <<<"${kernel#Linux }"
  ((major * 1000 + minor < 5011))
}

ip link set lo up
modprobe veth
lab_host host && lab_host far && lab_link host eth0 far eth0 7 && lab_offload host eth0 gro off gso on tso on &&
  lab_offload far eth0 gro off || exit

OBSERVE_WRAP=(/bin/prlimit --memlock=unlimited:unlimited "${service[@]}")
what="$kernel, CAP_NET_RAW and CAP_BPF"
observed exact --method exact
is_exact exact
check "$what: flows are counted" lab_in host "${OBSERVE_WRAP[@]}" "$OBSERVE_PROGRAM" compare --duration 0.1 lo lo
check "$what: the mirror's program is loaded" lab_in host "${OBSERVE_WRAP[@]}" "$LAB_BUILD/ringless" mirror

# What maps take is charged to the user before Linux 5.11.
OBSERVE_WRAP=(/bin/prlimit --memlock=65536:65536 "${service[@]}")
what="$kernel, the rights, and 64 KB of locked memory"
if charges_memory; then
  refuses RLIMIT_MEMLOCK --method exact
else
  observe_run small host --duration 0.2 --method exact eth0
  tap_is "${OBSERVE_STATUS[small]} $(observe_fact small method)" '0 exact' "$what: method exact"
fi
tap_done
