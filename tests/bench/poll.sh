#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What one poll with everything read costs of CPU time: wiretruth inside collectd and as a subagent, beside one reading of
# collectd's `interface` and `ethstat`, one scrape of node_exporter (netdev, netclass, ethtool), and `ethtool -k` and
# `ip -s link` once an interface. Of veth in a namespace for each number of interfaces. What a value costs collectd is the
# same whoever sends it, so there is a wiretruth as well that reads all and sends as many as `interface` does ("wire").
#
#   tests/bench/poll.sh [--interfaces N[,N]...] [--rounds N] [--quick] [--out FILE]
#
# All run at once and are frozen but while they are measured. Of collectd everything counts that follows from the
# reading: threads that read ("-read"), and the one that takes the values into collectd's cache and to a writer that drops
# them (tests/bench/sink.c).
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=tests/bench/bench.sh
. "$root/tests/bench/bench.sh"

bench_options poll "$@"
((${#BENCH_INTERFACES[@]})) || BENCH_INTERFACES=(10 100 1000 4000 10000)
[[ -z $BENCH_QUICK ]] || BENCH_INTERFACES=(100 1000)

declare -A pid=()
most_tools=500 # a program for each interface, of more the figure is that many times as large
slow_rounds=2  # of what takes longer than all others together, and has no target

interval() { # N: longer than any of them takes
  if (($1 <= 100)); then echo 0.2; elif (($1 <= 1000)); then echo 0.5; elif (($1 <= 4000)); then echo 2; else echo 6; fi
}

polls() { if (($1 <= 100)); then echo 5; elif (($1 <= 1000)); then echo 3; else echo 1; fi; } # N: of one measurement

plugin_of() { if [[ $1 == wire ]]; then echo wiretruth; else echo "$1"; fi; } # WHO

# ---- who is measured --------------------------------------------------------------------------------------------------

collectd() { # WHO N LINES
  bench_collectd "n$2" "$1-$2" "$(interval "$2")" "$3" || return
  pid[$1/$2]=$LAB_COLLECTD_PID
}

ethstat() { # N
  local i
  echo 'LoadPlugin ethstat'
  echo '<Plugin ethstat>'
  for ((i = 1; i <= $1; i++)); do echo "Interface \"b$i\""; done
  echo '</Plugin>'
}

agent() { # N
  lab_snmp_configure "n$1" && lab_snmp_run "n$1" || return
  pid[agentx/$1]=$LAB_SNMP_AGENT pid[snmpd/$1]=$LAB_SNMP_MASTER
}

exporter() { # N
  lab_spawn_in "n$1" "exporter-$1" prometheus-node-exporter --collector.disable-defaults --collector.netdev --collector.netclass \
    --collector.ethtool --web.listen-address=127.0.0.1:9100
  pid[node_exporter/$1]=$LAB_PID
  lab_wait_log 10 "exporter-$1" 'TLS is disabled'
}

setup() {
  local n who
  for n in "${BENCH_INTERFACES[@]}"; do
    lab_host "n$n" && bench_veths "n$n" 1 "$n" || return
    collectd wiretruth "$n" "$BENCH_PLUGIN" || return
    collectd wire "$n" "$BENCH_PLUGIN"$'\n<Plugin wiretruth>\nReport wire\n</Plugin>' || return
    collectd interface "$n" 'LoadPlugin interface' || return
    collectd ethstat "$n" "$(ethstat "$n")" || return
    agent "$n" && exporter "$n" || return
    for who in wiretruth wire interface ethstat; do
      lab_wait 120 "collectd with $who to poll $n interfaces" bench_has_polled "$who-$n" "$(plugin_of $who)" 2 || return
    done
    for who in wiretruth wire interface ethstat agentx snmpd node_exporter; do bench_stop "${pid[$who/$n]}"; done
  done
}

# ---- measuring --------------------------------------------------------------------------------------------------------

# Of threads but those that write: all that a read plugin does itself.
reading() { # PID
  local task name ran sum=0
  for task in /proc/"$1"/task/*; do
    read -r name <"$task/comm"
    read -r ran _ <"$task/schedstat"
    [[ $name == writer* ]] || sum=$((sum + ran))
  done
  echo "$sum"
}

# in_collectd WHO N INSTANCES: that many in each poll, or it did something else
in_collectd() {
  local who=$1 n=$2 process=${pid[$1/$2]} plugin before count read_before seen
  plugin=$(plugin_of "$who")
  bench_cpu "$process"
  before=$BENCH_CPU count=$(bench_polls "$who-$n" "$plugin") read_before=$(reading "$process")
  bench_go "$process"
  lab_wait 120 "collectd with $who to poll" bench_has_polled "$who-$n" "$plugin" $((count + $(polls "$n"))) && bench_quiet "$process" || return
  bench_stop "$process"
  bench_cpu "$process"
  count=$(($(bench_polls "$who-$n" "$plugin") - count))
  seen=$(tail -n 1 "$LAB_DIR/$who-$n.polls" | cut -d' ' -f4)
  [[ $seen == "$3" ]] || { bench_refuse "collectd with $who told of $seen interfaces, not $3"; return; }
  bench_sample "$who" "$n" $(((BENCH_CPU - before) / count / 1000)) us
  bench_sample "$who-read" "$n" $((($(reading "$process") - read_before) / count / 1000)) us
}

wiretruth() { in_collectd wiretruth "$1" $(($1 + 1)); } # N; lo is the one more
wire() { in_collectd wire "$1" $(($1 + 1)); }
interface() { in_collectd interface "$1" $(($1 + 1)); }
ethstat_read() { in_collectd ethstat "$1" "$1"; }

agentx() { # N
  local n=$1 process=${pid[agentx/$1]} polls before
  bench_cpu "$process"
  before=$BENCH_CPU
  bench_go "${pid[snmpd/$n]}" && bench_go "$process"
  polls=$(lab_snmp_get "n$n" 0 - wtPolls) || return
  lab_wait 120 "a poll of wiretruth-agentx" lab_snmp_polls_above "n$n" "$polls" && bench_quiet "$process" || return
  polls=$(($(lab_snmp_get "n$n" 0 - wtPolls) - polls))
  bench_stop "$process" && bench_stop "${pid[snmpd/$n]}"
  bench_cpu "$process"
  bench_sample agentx "$n" $(((BENCH_CPU - before) / polls / 1000)) us
}

node_exporter() { # N
  local process=${pid[node_exporter/$1]} before page=$LAB_DIR/page seen
  (($1 < 10000 || BENCH_ROUND <= slow_rounds)) || return 0
  bench_cpu "$process"
  before=$BENCH_CPU
  bench_go "$process"
  lab_in "n$1" curl --silent --fail --max-time 300 --noproxy '*' http://127.0.0.1:9100/metrics >"$page" || return
  bench_quiet "$process"
  bench_stop "$process"
  bench_cpu "$process"
  seen=$(grep -c '^node_network_receive_bytes_total{' "$page")
  [[ $seen == "$1" ]] || { bench_refuse "node_exporter told of $seen interfaces, not $1"; return; }
  bench_sample node_exporter "$1" $(((BENCH_CPU - before) / 1000)) us
}

tools() { # N
  local of=$(($1 < most_tools ? $1 : most_tools))
  (($1 <= 1000 || BENCH_ROUND <= slow_rounds)) || return 0
  # shellcheck disable=SC2016
  bench_spent ip netns exec "$(lab_ns "n$1")" sh -c \
    'i=1; while [ $i -le $0 ]; do ethtool -k b$i && ip -s link show dev b$i || exit; i=$((i + 1)); done' "$of" || return
  bench_sample tools "$1" $((BENCH_US * $1 / of)) us
}

# ---- all --------------------------------------------------------------------------------------------------------------

lab_start && setup || exit
commands=()
for n in "${BENCH_INTERFACES[@]}"; do
  commands+=("wiretruth $n" "wire $n" "interface $n" "ethstat_read $n" "agentx $n" "node_exporter $n" "tools $n")
done
bench_pairs "${commands[@]}" || exit

for n in "${BENCH_INTERFACES[@]}"; do
  title="one poll of $n interfaces"
  bench_target "$title, in collectd : its interface, all of both" wiretruth "$n" interface "$n" 1
  bench_target "$title, in collectd with Report wire : its interface, all of both" wire "$n" interface "$n" 1
  bench_note "$title, in collectd : its interface, reading alone" wiretruth-read "$n" interface-read "$n"
  bench_note "$title, in collectd : its ethstat" wiretruth "$n" ethstat "$n"
  if ((n == 4000)); then
    bench_target "$title, in collectd : node_exporter" wiretruth "$n" node_exporter "$n" 0.01
    bench_target "$title, as a subagent : node_exporter" agentx "$n" node_exporter "$n" 0.01
  else
    bench_note "$title, in collectd : node_exporter" wiretruth "$n" node_exporter "$n"
    bench_note "$title, as a subagent : node_exporter" agentx "$n" node_exporter "$n"
  fi
  bench_note "$title, in collectd : ethtool -k and ip -s link" wiretruth "$n" tools "$n"
done
if [[ " ${BENCH_INTERFACES[*]} " == *' 1000 '*' 10000 '* ]]; then
  bench_target 'an interface of 10000 : one of 1000, in collectd' wiretruth 10000 wiretruth 1000 1.15 10
  bench_target 'an interface of 10000 : one of 1000, as a subagent' agentx 10000 agentx 1000 1.15 10
fi
bench_end
