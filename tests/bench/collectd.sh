#!/bin/bash
# SPDX-License-Identifier: MIT
#
# wiretruth in a collectd that sends all values on by write_graphite, with 4,000 interfaces, beside its `interface`: how long
# the read callback has collectd's only read thread, and whether another plugin on that thread is late.
#
#   tests/bench/collectd.sh [--interfaces N] [--interval SECONDS] [--rounds N] [--quick] [--out FILE]
#
# `uptime` is read twice a second. It is late if its values are more than one and a half of its intervals apart. What the
# callback takes is the CPU time of the read thread; `uptime` alone is there as well, to see what is its own.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=tests/bench/bench.sh
. "$root/tests/bench/bench.sh"

BENCH_EXTRA=--interval
bench_options collectd "$@"
n=${BENCH_INTERFACES[0]-$([[ $BENCH_QUICK ]] && echo 1000 || echo 4000)}
interval=${BENCH_VALUE[--interval]-$([[ $BENCH_QUICK ]] && echo 2 || echo 5)}
declare -A pid=()

launch() { # WHO LINES
  bench_collectd host "$1" 0.5 "ReadThreads 1
LoadPlugin uptime
LoadPlugin write_graphite
<Plugin write_graphite>
  <Node \"here\">
    Host \"127.0.0.1\"
    Port \"2003\"
  </Node>
</Plugin>
$2" || return
  pid[$1]=$LAB_COLLECTD_PID
  lab_wait 60 "three polls of $1" bench_has_polled "$1" "$(plugin_of "$1")" 3 || return
  bench_stop "${pid[$1]}"
}

plugin_of() { if [[ $1 == alone ]]; then echo uptime; else echo "$1"; fi; } # WHO

setup() {
  lab_host host && bench_veths host 1 "$n" || return
  lab_spawn_in host store "$LAB_BIN/crowd" receive --port 2003 --limit 3600
  lab_wait_log 5 store '^listening' || return
  launch alone '' && launch interface "Interval $interval
LoadPlugin interface" && launch wiretruth "Interval $interval
$BENCH_PLUGIN"
}

reading() { # PID
  local task name ran
  for task in /proc/"$1"/task/*; do
    read -r name <"$task/comm"
    read -r ran _ <"$task/schedstat"
    [[ $name != reader* ]] || { echo "$ran"; return; }
  done
}

# Of the values of uptime since this line of the file: how many came late.
late() { # WHO LINE
  tail -n "+$2" "$LAB_DIR/$1.polls" | awk '$1 == "uptime" { if (before && $5 - before > 0.75) late++; before = $5 } END { print late + 0 }'
}

# It polls when it is thawed; what counts is from when that has ended to when the next has.
measure() { # WHO
  local who=$1 process=${pid[$1]} plugin before polls line all
  plugin=$(plugin_of "$1")
  polls=$(bench_polls "$who" "$plugin")
  bench_go "$process"
  lab_wait 60 "$who to poll" bench_has_polled "$who" "$plugin" $((polls + 1)) && bench_quiet "$process" || return
  line=$(wc -l <"$LAB_DIR/$who.polls") polls=$(bench_polls "$who" "$plugin") before=$(reading "$process")
  bench_cpu "$process"
  all=$BENCH_CPU
  if [[ $who == alone ]]; then sleep "$interval"; else
    lab_wait 60 "$who to poll" bench_has_polled "$who" "$plugin" $((polls + 1)) && bench_quiet "$process" || return
  fi
  bench_stop "$process"
  bench_cpu "$process"
  bench_sample "$who-callback" "$n" "$((($(reading "$process") - before) / 1000)) 10*1000*$interval" '% of the interval'
  bench_sample "$who-late" "$n" "$(late "$who" "$line")" 'late'
  bench_sample "$who" "$n" $(((BENCH_CPU - all) / 1000)) us
  [[ $who == alone || $(grep "^$plugin " "$LAB_DIR/$who.polls" | tail -n 1 | cut -d' ' -f4) == $((n + 1)) ]] ||
    bench_refuse "collectd's $plugin did not tell of $n interfaces and lo"
}

lab_start && setup || exit
bench_pairs 'measure alone' 'measure interface' 'measure wiretruth' || exit

bench_target "collectd and write_graphite, $n interfaces: the read callback, share of $interval s" wiretruth-callback "$n" - - 5
bench_target "collectd and write_graphite, $n interfaces: values of another plugin that are late" wiretruth-late "$n" - - 0
bench_note "collectd and write_graphite, $n interfaces, the read callback : that of interface" wiretruth-callback "$n" interface-callback "$n"
bench_note "collectd and write_graphite, $n interfaces, all CPU time : with interface" wiretruth "$n" interface "$n"
bench_end
