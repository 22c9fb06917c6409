#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What wiretruth takes of memory after 1,000 polls of 4,000 interfaces, above the host agent without it: inside collectd,
# as a subagent, and inside snmpd.
#
#   tests/bench/memory.sh [--interfaces N] [--polls N] [--rounds N] [--quick] [--out FILE]
#
# Of a process what is its own: Pss_Anon, heap and stacks. The eBPF maps are the kernel's, and told apart. In collectd
# with `ReportInactive false` no value of these idle interfaces is sent: what is there then is wiretruth's. With
# everything sent collectd keeps each value in its cache, as it does for its own `interface`.
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

# Memory does not depend on what else the machine does: one round says it.
BENCH_EXTRA=--polls BENCH_ROUNDS=1
bench_options memory "$@"
[[ -z $BENCH_QUICK ]] || BENCH_ROUNDS=1
n=${BENCH_INTERFACES[0]-4000}
[[ ${BENCH_INTERFACES[0]-} || -z $BENCH_QUICK ]] || n=1000
polls=${BENCH_VALUE[--polls]-$([[ $BENCH_QUICK ]] && echo 20 || echo 1000)}

at_rest=$((polls < 10 ? polls : 10)) # at one in two seconds
few=$((polls < 100 ? polls : 100)) # of what has nothing to reach

# Of a process what is its own.
own_kib() { awk '/^Pss_Anon:/ { print $2 }' "/proc/$1/smaps_rollup"; } # PID

# The kernel charges a map to whoever made it; each has a descriptor there.
maps_kib() { # PID
  cat /proc/"$1"/fdinfo/* 2>/dev/null |
    awk '/^map_type:/ { map = 1 } /^memlock:/ && map { sum += $2; map = 0 } END { printf "%d\n", sum / 1024 }'
}

# measured WHO PID POLLS COMMAND...: at the tenth, hundredth ... of these polls, which the command tells to have been made
measured() {
  local who=$1 pid=$2 at
  for at in $(printf '%s\n' 10 100 "$3" | sort -nu); do
    ((at <= $3)) || continue
    lab_wait 1200 "$at polls of $who" "${@:4}" "$at" || return
    bench_sample "$who" "$n after $at" "$(own_kib "$pid")" KiB
  done
  bench_sample "$who" "$n" "$(own_kib "$pid")" KiB
  bench_sample "$who-maps" "$n" "$(maps_kib "$pid")" KiB
}

# ---- collectd ---------------------------------------------------------------------------------------------------------

# Where little is sent the interval is shorter than a poll of many takes, one comes after the other; where all is, it is so
# long that collectd has taken a poll's values into its cache before the next come: what waits for that is no matter here.
collectd() { # WHO POLLS PLUGIN INTERVAL LINES
  bench_collectd host "$1" "$4" "LoadPlugin uptime
$5" && measured "$1" "$LAB_COLLECTD_PID" "$2" bench_has_polled "$1" "$3" || return
  lab_collectd_stop
}

collectd_empty() { collectd collectd 20 uptime 0.1 ''; }
collectd_interface() { collectd interface "$at_rest" interface 2 'LoadPlugin interface'; }
collectd_sent() { collectd wiretruth-sent "$at_rest" wiretruth 2 "$BENCH_PLUGIN"; }
# What b1 has carried makes its values come, by which polls are counted.
collectd_silent() {
  collectd wiretruth "$polls" wiretruth 0.1 "$BENCH_PLUGIN
<Plugin wiretruth>
  ReportInactive false
</Plugin>"
}

# ---- snmpd ------------------------------------------------------------------------------------------------------------

configure() { # HOST [LINE]...
  lab_snmp_configure "$@"
  sed -i 's/^PollInterval .*/PollInterval 0.1/' "$(lab_snmp_dir "$1")/conf/wiretruth.conf"
}

# Asked once in a while: answers are work as well.
snmp_polled() { # POLLS
  local made
  sleep 0.5
  made=$(lab_snmp_get host 0 - wtPolls) && ((made >= $1))
}

agentx_empty() {
  configure host 'Interface none' && lab_snmp_master host && lab_snmp_agent host &&
    measured agentx-empty "$LAB_SNMP_AGENT" 20 snmp_polled && lab_snmp_stop
}
agentx() { configure host && lab_snmp_run host && measured agentx "$LAB_SNMP_AGENT" "$polls" snmp_polled && lab_snmp_stop; }
snmpd_empty() { # nothing of it asks for a poll
  configure host && lab_snmp_master host && measured snmpd "$LAB_SNMP_MASTER" 1 true && lab_snmp_stop
}
module() { configure host && lab_snmp_inside host && measured module "$LAB_SNMP_MASTER" "$few" snmp_polled && lab_snmp_stop; }

# ---- all --------------------------------------------------------------------------------------------------------------

lab_start && lab_host host && bench_veths host 1 "$n" || exit
lab_in host "$LAB_BIN/blast" --count 1 b1 02:00:00:00:00:01 192.0.2.1 192.0.2.2 >"$LAB_DIR/blast" || exit
bench_pairs collectd_empty collectd_silent collectd_sent collectd_interface agentx_empty agentx snmpd_empty module || exit

most=$((n == 4000 ? 12000000 / 1024 : 0))
((most)) || most=null
bench_target "memory, $n interfaces, $polls polls, above an empty collectd" wiretruth "$n" - - $most 1 collectd "$n"
bench_target "memory, $n interfaces, $polls polls, above a subagent without any" agentx "$n" - - $most 1 agentx-empty "$n"
bench_target "memory, $n interfaces, $few polls, above an empty snmpd" module "$n" - - $most 1 snmpd "$n"
bench_note "memory, with all values in collectd's cache : its interface" wiretruth-sent "$n" interface "$n" 1 collectd "$n"
bench_note "memory of the kernel: eBPF maps on $(nproc) CPUs" wiretruth-maps "$n" - -
((polls <= 10)) || bench_target "memory, $n interfaces, after $polls polls : after 10" wiretruth "$n" wiretruth "$n after 10" 1.01
bench_end
