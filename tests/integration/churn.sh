#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# Interfaces are created, renamed, moved to another namespace and back, and removed, while collectd with our plugin and
# the subagent poll and a manager walks without pause; their ifIndexes are used again and again. What stays is told to
# the frame; what came and went has no figure and no verdict; nothing is notified; the tables are those of `ip link` in
# the end; descriptors and memory come back.
#
#   CHURN_INTERFACES=1000 tests/integration/churn.sh       all of them; without, as many as CI has the time for
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"

interfaces=${CHURN_INTERFACES-200}
pairs=20     # at a time, each of two interfaces
group=7      # of all of them, so that they can be removed at once
first=5000   # their ifIndexes, in each round the same
frames=2000  # of a transfer, at the least
standing=40  # that stay: so many are captured by one handle from the beginning, as those that come are

in_host() { ip -n "$(lab_ns host)" "$@"; }
get() { lab_snmp_get host "$@"; } # IFACE DIR COLUMN

# ---- what comes and goes ------------------------------------------------------------------------------------------

round() { # NUMBER
  local i
  for ((i = 0; i < pairs; i++)); do
    echo "link add c$1x$i index $((first + 2 * i)) group $group type veth peer name p$1x$i index $((first + 2 * i + 1)) group $group"
  done | in_host -batch - || return
  for ((i = 0; i < pairs; i++)); do echo "link set c$1x$i name r$1x$i"; done | in_host -batch - || return
  for ((i = 0; i < pairs; i++)); do echo "link set r$1x$i netns $(lab_ns far)"; done | in_host -batch - || return
  for ((i = 0; i < pairs; i++)); do echo "link set r$1x$i netns $(lab_ns host)"; done | ip -n "$(lab_ns far)" -batch - || return
  in_host link del group $group
}

churn() {
  local number
  for ((number = 0; 2 * pairs * number < interfaces; number++)); do round $number || echo "round $number"; done
}

# ---- who looks on ---------------------------------------------------------------------------------------------------

# One walk after the other until the file is gone; what is wrong with any, one a line.
walk_on() {
  local walks=0 column oid said
  while [[ -e $LAB_DIR/walking ]]; do
    for column in wtIfName wtDirWireFrames wtDirCounterVerdict; do
      oid=$(lab_snmp_oid $column)
      said=$(lab_snmp_raw host snmpbulkwalk -OQ -t 20 "$oid") || echo "$column: $(tail -n 1 <<<"$said")"
      diff <(sed -n "s/^$oid\.\([0-9.]*\) = .*/\1/p" <<<"$said") <(sed -n "s/^$oid\.\([0-9.]*\) = .*/\1/p" <<<"$said" | sort -uV) |
        grep -m 1 '^[<>]'
      grep -q "^$oid\.$eth0" <<<"$said" || echo "$column: without eth0"
      # What carries nothing is misreported by nobody.
      [[ $column != wtDirCounterVerdict ]] || grep "^$oid\.5[0-9]*\..* = [1-9]" <<<"$said"
      ((walks++))
    done
  done
  echo "$walks" >"$LAB_DIR/walks"
}

descriptors() { find "/proc/$1/fd" -mindepth 1 | wc -l; } # PID
memory() { awk '$1 == "VmRSS:" { print $2 }' "/proc/$1/status"; } # PID: KB

transfer() {
  lab_flow host far 10.7.0.2 --mss 1440 --window 180000 -- --mss 1440 --bytes $((frames * 1440)) && lab_settle host eth0
}

# What both say of eth0, and what its queue does.
both() {
  lab_snmp_polled host 30
  lab_collectd_await 30 eth0 if_packets-wire
  echo "$(get eth0 tx wtDirWireFrames) $(lab_collectd_total eth0 if_packets-wire tx)"
}
queued() { lab_qdisc_packets host eth0; }

# ---- all ------------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx || ! -e $LAB_BUILD/wiretruth.so ]]; then
  tap_skip 'interfaces that come and go' 'there are not both plugins'
  tap_done
  exit
fi
lab_start && lab_host host && lab_host far && lab_link host eth0 far eth0 7 || exit
lab_offload host eth0 gro off tso off gso off && lab_offload far eth0 gro off tso off gso off || exit
for ((i = 0; i < standing; i++)); do echo "link add stays$i type bridge"; done | in_host -batch - || exit
eth0=$(lab_snmp_ifindex host eth0)
lab_snmp_oid wiretruthMIB >/dev/null # read once, and not by each subshell
# CPUBudget would have the tap miss a part of what is to be told to the frame.
lab_snmp_configure host 'Method exact' && lab_snmp_run host || exit
lab_collectd_start host 'Method exact
  Report wire signals' || exit
round warm || exit
lab_wait 30 'the first tables' lab_snmp_has_links host || exit
read -r snmp collectd < <(both)
stamp=$(get eth0 - wtIfDiscontinuityTime) before=$(queued)
agents="$LAB_SNMP_AGENT $LAB_COLLECTD_PID"
held=$(for pid in $agents; do descriptors "$pid"; done | xargs)
read -ra used < <(for pid in $agents; do memory "$pid"; done | xargs)

touch "$LAB_DIR/walking"
walk_on >"$LAB_DIR/wrong" &
walker=$!
began=$EPOCHREALTIME
churn >"$LAB_DIR/churned" 2>&1 &
churner=$!
check 'a transfer while they come and go' transfer
transfer
wait $churner
took=$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $began }")
tap_is "$(<"$LAB_DIR/churned")" '' "$interfaces interfaces were created, moved there and back by half, and removed"
tap_diag "within $took s"
transfer
rm "$LAB_DIR/walking"
wait $walker
tap_is "$(sort "$LAB_DIR/wrong" | uniq -c | head -n 5)" '' \
  "$(<"$LAB_DIR/walks") walks meanwhile end in order, have what stays, and no verdict on what carried nothing"

check 'in the end the table is that of ip link' lab_wait 30 'the right rows' lab_snmp_has_links host
sent=$(($(queued) - before))
read -r snmp_now collectd_now < <(both)
tap_is "$((snmp_now - snmp)) $((collectd_now - collectd))" "$sent $sent" "both count what the queue of eth0 does: $sent frames"
tap_is "$(get eth0 - wtIfDiscontinuityTime)" "$stamp" 'eth0 has no discontinuity of it'
tap_is "$(get 0 - wtPollErrors) '$(get 0 - wtLastPollError)'" "0 ''" 'no poll of the subagent has failed'
# A poll may have to wait for the kernel's lock: that is told, and is no failure.
tap_is "$(grep -E '\[(warning|error)\]' "$LAB_COLLECTD/log" | grep -v 'a poll takes longer than the interval')" '' 'nor one of collectd'
tap_is "$(grep 'wiretruth:' "$LAB_DIR/agentx-host.log" | grep -vE 'method exact, polling|a poll has been under way|polls succeed again')" '' 'nothing was notified, and nothing complained of'

# Values of what came and went: all of them 0, and none for what has gone.
tap_is "$(cat "$LAB_COLLECTD"/csv/lab/wiretruth-[cpr][0-9w]*/{if_packets,gauge-[rt]x-verdict}* 2>/dev/null |
  awk -F, '/^[0-9]/ { for (i = 2; i <= NF; i++) if ($i + 0 != 0) print }' | head -n 3)" '' \
  'collectd has no frame and no verdict of what carried nothing'
now=$EPOCHREALTIME
lab_collectd_await 30 eth0 if_packets-wire "$now"
lab_collectd_await 30 eth0 if_packets-wire
tap_is "$(for dir in "$LAB_COLLECTD"/csv/lab/wiretruth-*; do
  [[ -n $(find "$dir" -newermt "@$now" -print -quit) ]] && echo "${dir##*/wiretruth-}"
done | sort | xargs)" "$(lab_links host | cut -d' ' -f2 | sort | xargs)" 'and goes on with what ip link has'

tap_is "$(for pid in $agents; do descriptors "$pid"; done | xargs)" "$held" "both have as many descriptors as before: $held"
read -ra now_used < <(for pid in $agents; do memory "$pid"; done | xargs)
for i in 0 1; do
  grown=$((now_used[i] - used[i]))
  if lab_sanitized; then
    tap_skip 'and as much memory' 'a sanitizer has memory of its own'
  else
    check "and as much memory: ${used[i]} KB before, ${now_used[i]} KB after" test "$grown" -lt $((4000 + 2 * interfaces))
  fi
done

in_host link add last0 type veth peer name last1
check 'one that comes after all of it has its row' lab_wait 15 'the last row' lab_snmp_has_links host
lab_collectd_stop
tap_is "$LAB_STATUS" 0 'collectd ends without error'
lab_snmp_stop
tap_is "$LAB_STATUS" 0 'and so does the subagent'
tap_done
