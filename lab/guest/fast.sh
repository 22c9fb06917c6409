# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The lab in a guest. An emulated processor takes a tenth of a second for each ip, and much for each other process: what
# busybox or bash can do instead, they do. Sourced after lab.sh and, where there is SNMP, snmp.sh.

lab_host() {
  ip netns add "$LAB_ID-$1" && mkdir "$LAB_DIR/sys-$1" || return
  # shellcheck disable=SC2016
  lab_in "$1" sh -c '
    mount -t sysfs none "$0"
    ifconfig lo up
    cd /proc/sys/net/ipv6/conf
    for set in all default; do
      echo 0 >$set/accept_dad
      echo 0 >$set/router_solicitations
      echo 0 >$set/accept_ra
    done
    echo 1 >default/addr_gen_mode
    echo 1 >/proc/sys/net/ipv4/tcp_no_metrics_save' "$LAB_DIR/sys-$1"
}

netns() { echo "/run/netns/$LAB_ID-$1"; }

lab_in() {
  local host=$1
  shift
  nsenter --net="$(netns "$host")" "$@"
}

lab_spawn_in() {
  local host=$1 log=$2
  shift 2
  lab_spawn "$log" nsenter --net="$(netns "$host")" "$@"
}

# Each namespace's own /sys, where a file is read without a process.
read_counter() { # VAR HOST IF COUNTER
  local -n into=$1
  # shellcheck disable=SC2034 # it is the caller's
  read -r into <"$LAB_DIR/sys-$2/class/net/$3/statistics/$4"
}

lab_is_still() {
  local seen=$LAB_SEEN rx tx
  read_counter rx "$1" "$2" rx_packets && read_counter tx "$1" "$2" tx_packets
  LAB_SEEN="$rx $tx"
  [[ $LAB_SEEN == "$seen" ]]
}

lab_has_carrier() { [[ $(cat "$LAB_DIR/sys-$1/class/net/$2/operstate") == @(up|unknown) ]]; }

lab_snmp_ifindex() { cat "$LAB_DIR/sys-$1/class/net/$2/ifindex" 2>/dev/null; } # HOST IFACE

# Nobody writes there: whoever reads waits without a process. And for no less than a tenth of a second, since looking
# whether something has come about takes away from what it is to come about by.
mkfifo "/tmp/silence.$$" && exec {LAB_SILENCE}<>"/tmp/silence.$$"
sleep() {
  local seconds=$1
  [[ $seconds != 0.0* ]] || seconds=0.1
  IFS= read -r -t "$seconds" -u "$LAB_SILENCE" || true
}
