#!/bin/bash
# SPDX-License-Identifier: MIT
#
# How fast a manager reads wtDirectionTable, of 1,000 interfaces: from the subagent, beside snmpd's own ifXTable and an
# AgentX table of constants, and from the module inside snmpd, beside ifXTable. With the columns that have values, as
# many of each as ifXTable has.
#
#   tests/bench/snmp.sh [--interfaces N] [--rounds N]
#
# Each round measures all, in an order that is turned round from one to the next; what is printed is the median, and
# in brackets the least and the greatest.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

interfaces=1000 rounds=7
while (($#)); do
  case $1 in
    --interfaces) interfaces=$2 ;;
    --rounds) rounds=$2 ;;
    *) echo "usage: tests/bench/snmp.sh [--interfaces N] [--rounds N]" >&2; exit 2 ;;
  esac
  [[ ${2-} =~ ^[1-9][0-9]*$ ]] || { echo "snmp.sh: $1 needs a number from 1 on, not '${2-}'" >&2; exit 2; }
  shift 2
done

IFX=.1.3.6.1.2.1.31.1.1.1 IFX_COLUMNS=19
CONSTANTS=.1.3.6.1.4.1.8072.9999.9999.9000.1.1

# ---- the lab: "host" has the subagent, "inside" the module; each link has one end in either ------------------------

setup() {
  local i dir
  lab_host host && lab_host inside || return
  for ((i = 1; i <= interfaces; i++)); do
    echo "link add v$i type veth peer name v$i netns $(lab_ns inside)"
    echo "link set v$i arp off multicast off up"
  done | ip -n "$(lab_ns host)" -batch - || return
  for ((i = 1; i <= interfaces; i++)); do echo "link set v$i arp off multicast off up"; done |
    ip -n "$(lab_ns inside)" -batch - || return
  LAB_SNMP_MODULES=,ifTable,ifXTable,interface
  # An interval beyond the run: what a poll costs is another question.
  for i in host inside; do
    lab_snmp_configure "$i"
    sed -i 's/^PollInterval .*/PollInterval 3600/' "$(lab_snmp_dir "$i")/conf/wiretruth.conf"
  done
  lab_snmp_run host || return
  dir=$(lab_snmp_dir host)
  lab_spawn_in host constants "${LAB_SNMP_ENV[@]}" "$LAB_BUILD/bench/constants" "unix:$dir/agentx" \
    $((2 * interfaces)) $IFX_COLUMNS
  lab_wait_log 10 constants '^ready' || return
  lab_snmp_inside inside
}

# ---- measuring ----------------------------------------------------------------------------------------------------

numbered() { # TABLE FIRST LAST
  local i
  for ((i = $2; i <= $3; i++)); do echo "$1.$i"; done
}

# Columns that every row has a value in, as many as ifXTable has: what is not there costs a search for the next that is.
full_columns() {
  local table
  table=$(lab_snmp_oid wtDirectionTable).1
  lab_snmp_raw host snmpbulkwalk -Cr50 -OQ "$table" | awk -v table="$table" '
    { split(substr($1, length(table) + 2), rest, "."); if (++rows[rest[1]] > most) most = rows[rest[1]] }
    END { for (c in rows) if (rows[c] == most) print table "." c }' | sort -V | head -n $IFX_COLUMNS
}

declare -A took=() columns=() rows=([ifx]=$((interfaces + 1)) [constants]=$((2 * interfaces)) [wiretruth]=$((2 * interfaces + 2)))

# measure NAME HOST TABLE [--rows]: microseconds, of a row with --rows and else of a value
measure() {
  local name=$1 host=$2 table=$3 line count=rows want=${rows[$3]}
  lab_snmp_env "$host"
  # shellcheck disable=SC2086
  line=$(lab_in "$host" "${LAB_SNMP_ENV[@]}" "$LAB_BUILD/bench/walk" ${4-} 127.0.0.1:161 ${columns[$table]}) || exit
  # Without rows, columns in which ifXTable has nothing are passed over.
  [[ ${4-} ]] || count=varbinds
  [[ -z ${4-} || $(lab_figure rows "$line") == "$want" ]] ||
    { echo "snmp.sh: the table $table has $want rows, and not what was read: $line" >&2; exit 1; }
  took[$name]+=" $(awk -v n="$(lab_figure $count "$line")" -v s="$(lab_figure seconds "$line")" \
    'BEGIN { printf "%.2f", 1e6 * s / n }')"
}

# NAME: median, least, greatest
of() {
  # shellcheck disable=SC2086
  printf '%s\n' ${took[$1]} | sort -n | awk '{ v[NR] = $1 }
    END { m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2; printf "%.1f %.1f %.1f\n", m, v[1], v[NR] }'
}

measurements=(
  'agentx-rows host wiretruth --rows' 'constants-rows host constants --rows' 'ifx-rows host ifx --rows'
  'agentx-columns host wiretruth' 'constants-columns host constants' 'ifx-columns host ifx'
  'module-rows inside wiretruth --rows' 'module-ifx-rows inside ifx --rows'
  'module-columns inside wiretruth' 'module-ifx-columns inside ifx'
)

run() {
  local round i
  for ((round = 0; round < rounds; round++)); do
    for ((i = 0; i < ${#measurements[@]}; i++)); do
      # shellcheck disable=SC2086
      measure ${measurements[$((round % 2 ? ${#measurements[@]} - 1 - i : i))]}
    done
  done
}

# ---- the table ----------------------------------------------------------------------------------------------------

# line TITLE OURS PEER [FACTOR]: FACTOR is how many of the peer's ours is put up against
line() {
  local ours peer
  read -ra ours < <(of "$2")
  read -ra peer < <(of "$3")
  awk -v t="$1" -v a="${ours[0]}" -v a0="${ours[1]}" -v a1="${ours[2]}" -v b="${peer[0]}" -v b0="${peer[1]}" \
    -v b1="${peer[2]}" -v f="${4:-1}" 'BEGIN {
      printf "%-66s %7.1f (%.1f to %.1f) %7.1f (%.1f to %.1f) %6.2f\n", t, a, a0, a1, f * b, f * b0, f * b1, a / (f * b) }'
}

lab_start && setup || exit
columns=([ifx]=$(numbered $IFX 1 $IFX_COLUMNS) [constants]=$(numbered $CONSTANTS 1 $IFX_COLUMNS)
  [wiretruth]=$(full_columns))
run
echo "$interfaces interfaces, $IFX_COLUMNS columns of each table, $rounds rounds: microseconds, ours and the peer's"
line 'subagent, a row by GETBULK of rows : constants, the same' agentx-rows constants-rows
line 'subagent, a row by GETBULK of rows : ifXTable, a row by its columns' agentx-rows ifx-columns $IFX_COLUMNS
line 'subagent, a row by GETBULK of rows : ifXTable, the same' agentx-rows ifx-rows
line 'subagent, a value by columns : constants, the same' agentx-columns constants-columns
line 'module, a row by GETBULK of rows : ifXTable, the same' module-rows module-ifx-rows
line 'module, a value by columns : ifXTable, the same' module-columns module-ifx-columns
