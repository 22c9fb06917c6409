#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What it costs that a manager reads wtDirectionTable, of 1,000 and 4,000 interfaces: from the subagent, beside snmpd's own
# ifXTable and an AgentX table of constants, and from the module inside snmpd, beside ifXTable. With the columns that have
# values, as many of each as ifXTable has.
#
#   tests/bench/snmp.sh [--interfaces N[,N]...] [--rounds N] [--quick] [--out FILE]
#
# CPU time of manager, snmpd and subagent together: one of them waits for the other, so on a machine with nothing else to
# do that is also about the time that passes. That is in the samples as well ("-passed").
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=tests/bench/bench.sh
. "$root/tests/bench/bench.sh"

bench_options snmp "$@"
((${#BENCH_INTERFACES[@]})) || BENCH_INTERFACES=(1000 4000)
[[ -z $BENCH_QUICK ]] || BENCH_INTERFACES=(500)

IFX=.1.3.6.1.2.1.31.1.1.1 IFX_COLUMNS=19
CONSTANTS=.1.3.6.1.4.1.8072.9999.9999.9000.1.1
by_column=5 # of them are read one after the other

declare -A processes=() columns=() rows=()

# ---- the lab: "hostN" has the subagent, "insideN" the module; each link has one end in either -----------------------

setup() { # N
  local i dir n=$1
  lab_host "host$n" && lab_host "inside$n" || return
  for ((i = 1; i <= n; i++)); do
    echo "link add v$i type veth peer name v$i netns $(lab_ns "inside$n")"
    echo "link set v$i arp off multicast off up"
  done | ip -n "$(lab_ns "host$n")" -batch - || return
  for ((i = 1; i <= n; i++)); do echo "link set v$i arp off multicast off up"; done |
    ip -n "$(lab_ns "inside$n")" -batch - || return
  # An interval beyond the run: what a poll costs is another question.
  for i in "host$n" "inside$n"; do
    lab_snmp_configure "$i"
    sed -i 's/^PollInterval .*/PollInterval 3600/' "$(lab_snmp_dir "$i")/conf/wiretruth.conf"
  done
  lab_snmp_run "host$n" || return
  processes[host$n]="$LAB_SNMP_MASTER $LAB_SNMP_AGENT"
  dir=$(lab_snmp_dir "host$n")
  lab_spawn_in "host$n" "constants$n" "${LAB_SNMP_ENV[@]}" "$LAB_BUILD/bench/constants" "unix:$dir/agentx" \
    $((2 * n)) $IFX_COLUMNS
  processes[host$n]+=" $LAB_PID"
  lab_wait_log 10 "constants$n" '^ready' && lab_snmp_inside "inside$n" || return
  processes[inside$n]=$LAB_SNMP_MASTER
  rows[ifx$n]=$((n + 1)) rows[constants$n]=$((2 * n)) rows[wiretruth$n]=$((2 * n + 2))
  columns[ifx$n]=$(numbered $IFX 1 $IFX_COLUMNS) columns[constants$n]=$(numbered $CONSTANTS 1 $IFX_COLUMNS)
  columns[wiretruth$n]=$(full_columns "host$n")
}

# ---- measuring ----------------------------------------------------------------------------------------------------

numbered() { # TABLE FIRST LAST
  local i
  for ((i = $2; i <= $3; i++)); do echo "$1.$i"; done
}

# Columns that every row has a value in, as many as ifXTable has: what is not there costs a search for the next that is.
full_columns() { # HOST
  local table
  table=$(lab_snmp_oid wtDirectionTable).1
  lab_snmp_raw "$1" snmpbulkwalk -Cr50 -OQ "$table" | awk -v table="$table" '
    { split(substr($1, length(table) + 2), rest, "."); if (++rows[rest[1]] > most) most = rows[rest[1]] }
    END { for (c in rows) if (rows[c] == most) print table "." c }' | sort -V | head -n $IFX_COLUMNS
}

# measure NAME HOST TABLE N [--rows]: microseconds, of a row with --rows and else of a value
measure() {
  local host=$2$4 table=$3$4 what=${5-} line before count=rows
  local -a read pids
  # shellcheck disable=SC2206
  read=(${columns[$table]}) pids=(${processes[$host]})
  # Without rows, columns in which ifXTable has nothing are passed over.
  [[ $what ]] || count=varbinds read=("${read[@]:0:by_column}")
  lab_snmp_env "$host"
  bench_cpu "${pids[@]}"
  before=$BENCH_CPU
  line=$(lab_in "$host" "${LAB_SNMP_ENV[@]}" "$LAB_BUILD/bench/spent" "$LAB_DIR/spent" "$LAB_BUILD/bench/walk" ${what:+"$what"} \
    127.0.0.1:161 "${read[@]}") || return
  bench_cpu "${pids[@]}"
  [[ -z $what || $(lab_figure rows "$line") == "${rows[$table]}" ]] ||
    { bench_refuse "the table $table has ${rows[$table]} rows, and not what was read: $line"; return; }
  bench_sample "$1" "$4" "$((BENCH_CPU - before + 1000 * $(lab_figure us "$(<"$LAB_DIR/spent")"))) 1000*$(lab_figure $count "$line")" us
  bench_sample "$1-passed" "$4" "$(awk -v s="$(lab_figure seconds "$line")" 'BEGIN { printf "%.0f", 1e6 * s }') $(lab_figure $count "$line")" us
}

# ---- all ----------------------------------------------------------------------------------------------------------

lab_start || exit
LAB_SNMP_MODULES=,ifTable,ifXTable,interface
commands=()
for n in "${BENCH_INTERFACES[@]}"; do
  setup "$n" || exit
  commands+=(
    "measure agentx-rows host wiretruth $n --rows" "measure constants-rows host constants $n --rows"
    "measure ifx-rows host ifx $n --rows" "measure agentx-columns host wiretruth $n"
    "measure constants-columns host constants $n" "measure ifx-columns host ifx $n"
    "measure module-rows inside wiretruth $n --rows" "measure module-ifx-rows inside ifx $n --rows"
    "measure module-columns inside wiretruth $n" "measure module-ifx-columns inside ifx $n"
  )
done
bench_pairs "${commands[@]}" || exit

for n in "${BENCH_INTERFACES[@]}"; do
  title="SNMP, $n interfaces, subagent"
  bench_target "$title, a row by GETBULK of rows : ifXTable, a row by its columns" agentx-rows "$n" ifx-columns "$n" 1 $IFX_COLUMNS
  bench_note "$title, a row by GETBULK of rows : constants, the same" agentx-rows "$n" constants-rows "$n"
  bench_target "$title, a row by GETBULK of rows : ifXTable, the same" agentx-rows "$n" ifx-rows "$n" 1
  bench_target "$title, a value by columns : constants, the same" agentx-columns "$n" constants-columns "$n" 1.3
  title="SNMP, $n interfaces, module"
  bench_target "$title, a row by GETBULK of rows : ifXTable, the same" module-rows "$n" module-ifx-rows "$n" 1
  bench_target "$title, a value by columns : ifXTable, the same" module-columns "$n" module-ifx-columns "$n" 1
done
bench_end
