#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Method auto within its CPU budget: a budget so low that it bites, on traffic that never rests. The tap comes off the
# packets' path between its intervals, what it missed is estimated, and the bounds hold what the sender's queue counted.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

# ---- the traffic --------------------------------------------------------------------------------------------------

# Segments of 1,440 and of 300 octets, so that what a packet stands for is not one number. At a pace, so that it goes on
# for as long as the test looks however fast the machine is.
start_traffic() {
  local mss address port
  address=$(lab_address 1 2)
  SENDERS=()
  for mss in 1440 300; do
    lab_spawn_in there "receive-$mss" "$LAB_BIN/flow" receive --limit 200 --mss "$mss" "$address"
    lab_wait_log 5 "receive-$mss" '^listening' || return
    port=$(lab_figure port "$(<"$LAB_DIR/receive-$mss.log")")
    lab_spawn_in here "send-$mss" "$LAB_BIN/flow" send --limit 200 --mss "$mss" --size 16384 \
      --pause 100 --bytes 17000000000 "$address" "$port"
    SENDERS+=("$LAB_PID")
  done
}

end_traffic() {
  local pid
  for pid in "${SENDERS[@]}"; do lab_stop "$pid"; done
  lab_settle here eth0
}

# ---- what is seen of the tap ----------------------------------------------------------------------------------------

# The protocol that the observer's packet sockets are bound to, a word each: 0003 is every packet, ffff none.
protocols() { # NAME
  local link inodes=' '
  for link in /proc/"${OBSERVE_PID[$1]}"/fd/*; do
    link=$(readlink "$link") || continue
    [[ $link == socket:* ]] && inodes+="${link//[!0-9]/} "
  done
  lab_in "${OBSERVE_HOST[$1]}" cat /proc/net/packet | awk -v inodes="$inodes" '
    NR > 1 && index(inodes, " " $NF " ") { print $4 }' | sort -u
}

seen_state() { # NAME PROTOCOL: nudges it to take readings until its sockets are in that state
  [[ $(protocols "$1") == "$2" ]] && return
  ip -n "$(lab_ns here)" link set lo alias "nudge-$((++OBSERVE_NUDGES))"
  return 1
}

# Readings enough that more than eight intervals had the tap.
many_readings() { # NAME
  local reading
  for ((reading = 0; reading < 60; reading++)); do observe_polled "$1" || return; done
}

# ---- the plugins --------------------------------------------------------------------------------------------------

# Both keep to the same budget meanwhile, and say so.
plugins() {
  lab_collectd_start here 'Interface "eth0"
    CPUBudget 0.3'
  tap_ok $? "collectd begins to observe"
  LAB_SNMP_EXTRA='CPUBudget 0.3'
  lab_snmp_start here eth0
  tap_ok $? "the subagent begins to observe"
}

is_part_of_the_time() {
  local share
  share=$(lab_snmp_raw here snmpget -Oqv "$(lab_snmp_oid wtTapShare).0")
  [[ $share =~ ^[0-9]+$ ]] && ((share < 10000))
}

plugins_say() {
  lab_wait 40 "collectd to log it" lab_collectd_log 'to keep to CPUBudget packets are counted for a part of the time'
  tap_ok $? "collectd: the log tells that packets are counted for a part of the time"
  lab_wait 40 "the subagent to tell its share" is_part_of_the_time
  tap_ok $? "the subagent: wtTapShare is less than the whole"
}

# ---- all ----------------------------------------------------------------------------------------------------------

lab_host here && lab_host there && lab_link here eth0 there eth0 1 || exit 1
lab_offload here eth0 gro off gso on tso on && lab_offload there eth0 gro off || exit 1
observe_has_exact here "auto within its budget" || { tap_done; exit; }

has_plugins=1
if [[ ! -e $LAB_BUILD/wiretruth.so || ! -x $LAB_BUILD/wiretruth-agentx ]]; then
  has_plugins=''
  tap_skip "the plugins within their budget" "collectd's or Net-SNMP's headers are missing"
else
  plugins
fi
before=$(lab_qdisc_packets here eth0)
observe budget here --method auto --cpu-budget 0.3 eth0
tap_ok $? "it begins to observe"
start_traffic
tap_ok $? "traffic that never rests"
lab_wait 20 "the tap to be detached" seen_state budget ffff
tap_ok $? "above the budget the tap comes off the packets' path"
lab_wait 70 "the tap to be attached" seen_state budget 0003
tap_ok $? "and is put back for its interval"
many_readings budget
tap_ok $? "sixty readings"
[[ -z $has_plugins ]] || plugins_say
end_traffic
observe_decided budget
observe_end budget
truth=$(($(lab_qdisc_packets here eth0) - before))

tap_is "$(observe_fact budget method)" exact "the method is exact"
share=$(observe_fact budget tap_share)
tap_ok "$(jq -n "$share > 0 and $share < 0.5 | if . then 0 else 1 end")" "the report tells for how much of the time the tap was attached: $share"
observe_list got budget eth0.tx wire.{frames,low,high,source,estimated}
# shellcheck disable=SC2154 # set by observe_list
read -r frames low high source estimated <<<"$got"
tap_is "$source $estimated" "tap true" "wire is the tap's, and marked as estimated"
# Bounds of 95 %, moved out by as much again: at five standard errors a right estimate fails once in a million.
half=$(((high - low) * 3 / 4))
((high != 0 && truth >= low - half && truth <= high + half))
tap_ok $? "the bounds hold what the sender's queue counted"
tap_diag "truth $truth, estimate $frames, bounds $low to $high"
observe_list got budget eth0.tx counter.{verdict,basis}
tap_is "$got" "under-reports packet" "the verdict is the one that intervals with the tap gave"

# The interfaces become too many for a handle each while the tap is detached, and it is quiet from then on: all that is
# there is attached, the mirror's socket too.
ip -n "$(lab_ns here)" link add span0 type veth peer name sp && ip -n "$(lab_ns here)" link set span0 up &&
  ip -n "$(lab_ns here)" link set sp up && observe more here --method auto --cpu-budget 0.3 --mirror eth0=span0 &&
  start_traffic && lab_wait 20 "the tap to be detached" seen_state more ffff
tap_ok $? "above the budget the mirror comes off the packets' path, too"
lab_signal "${OBSERVE_PID[more]}" STOP
end_traffic
for ((i = 1; i <= 17; i++)); do
  ip -n "$(lab_ns here)" link add "a$i" type veth peer name "b$i" && ip -n "$(lab_ns here)" link set "a$i" up &&
    ip -n "$(lab_ns here)" link set "b$i" up
done
lab_signal "${OBSERVE_PID[more]}" CONT
observe_polled more && observe_polled more && observe_polled more
tap_is "$(protocols more) $(observe_packet_sockets more)" "0003 2" "one handle for all and the mirror's, and both are attached"
observe_end more
for ((i = 1; i <= 17; i++)); do ip -n "$(lab_ns here)" link del "a$i"; done

# A budget that is large enough changes nothing.
before=$(lab_qdisc_packets here eth0)
observe whole here --method auto eth0
lab_flow here there "$(lab_address 1 2)" --mss 1440 -- --mss 1440 --bytes 20000000
lab_settle here eth0
observe_decided whole
observe_end whole
truth=$(($(lab_qdisc_packets here eth0) - before))
observe_list got whole eth0.tx wire.{frames,low,high,estimated}
tap_is "$(observe_fact whole tap_share) $got" "1 $truth $truth $truth false" "within the budget every packet is counted"

tap_done
