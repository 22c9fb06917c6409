#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 25
# beside: it waits for snmpd most of the time
#
# SETs that nobody should send: of every wrong type and length to every object of the MIB that can be written, and as many
# as are answered for some seconds, 50 under way at a time (snmpd keeps all others until it has done with one, so that more
# would only tell how long its queue is). None is taken, no row is made, the agent lives on in the memory that it had, answers others, polls,
# and its file is written no more often than SETs were answered.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/snmp_manager.sh
. "$root/lab/snmp_manager.sh"

# ---- helpers ------------------------------------------------------------------------------------------------------

sets() { lab_in host /usr/bin/python3 "$root/tests/integration/_snmp_sets.py" "$@"; }
memory() { awk '$1 == "RssAnon:" { print $2 }' "/proc/$1/status"; } # PID
global() { lab_snmp_get host 0 - "$1"; }

# Objects that the MIB says can be written, "NAME SYNTAX" a line.
writable() {
  awk '$2 == "OBJECT-TYPE" { name = $1 } $1 == "SYNTAX" && name { syntax = $2 }
    $1 == "MAX-ACCESS" && /read-(write|create)/ { print name, syntax }' "$LAB_SNMP_MIB"
}

# The kinds of values that an object of this syntax may take. Which of their values are wrong, snmp-thresholds tells.
right_kinds() {
  case $1 in
    Gauge32 | Unsigned32 | WtHundredthsPercent) echo '^gauge' ;;
    DisplayString | OCTET | SnmpAdminString) echo '^string' ;;
    *) echo '^integer' ;;
  esac
}

# ---- every kind ---------------------------------------------------------------------------------------------------

test_kinds() {
  local name syntax oids=() pattern wrong before kept
  before=$(rows) kept=$(cat "$STORE")
  while read -r name syntax; do
    # Of a row that is there, and of one that is not.
    case $name in
      wtThresholdInterfaces | wtThresholdStatus) oids+=("$(lab_snmp_oid "$name").1" "$(lab_snmp_oid "$name").99") ;;
      wtThreshold*) oids+=("$(lab_snmp_oid "$name").1") ;;
      *) oids+=("$(lab_snmp_oid "$name").0") ;;
    esac
  done < <(writable)
  check "the MIB has ${#oids[@]} such instances" test "${#oids[@]}" -ge 12
  sets kinds 127.0.0.1:161 private "${oids[@]}" >"$LAB_DIR/kinds"
  check "$(wc -l <"$LAB_DIR/kinds") SETs" test "$(wc -l <"$LAB_DIR/kinds")" -eq $((${#oids[@]} * 36))
  check 'most are answered' test "$(grep -vc ' -$' "$LAB_DIR/kinds")" -gt $((${#oids[@]} * 20))
  # 0 is no error. What is of the right kind may be a value that is taken.
  while read -r name syntax; do
    pattern=$(right_kinds "$syntax")
    wrong+=$(grep "^$(lab_snmp_oid "$name")\.[0-9]* " "$LAB_DIR/kinds" | awk -v right="$pattern" '$2 !~ right && $3 == 0')
  done < <(writable)
  tap_is "$wrong" '' 'none of a wrong type is taken'
  tap_is "$(awk '$2 ~ /(60000|-64|zeros|control|high|-9-octets|-5-octets|-0-octets|negative|10-octets|128)$/ && $3 == 0' "$LAB_DIR/kinds")" '' \
    'none of a wrong length'
  tap_is "$(awk '$3 == 5' "$LAB_DIR/kinds")" '' 'and none is answered with genErr'
  check 'no row was made' not has_row 99
  # What was right is set back.
  set_row "${row_one[@]}" >/dev/null
  manager snmpset "$(lab_snmp_oid wtNotifyEnabled).0" i 1 >/dev/null
  tap_is "$(differs "$before")" '' 'the rows are as they were'
  tap_is "$(cat "$STORE")" "$kept" 'and so is what is kept'
}

# ---- a storm ------------------------------------------------------------------------------------------------------

# storm WHAT OID TYPE VALUE...: what it left behind
storm() {
  local what=$1 before polls said answered sent writes tracer sender
  before=$(memory "$LAB_SNMP_AGENT") polls=$(global wtPolls)
  lab_spawn tracer strace -f -qq -e trace=rename -o "$LAB_DIR/renames" -p "$LAB_SNMP_AGENT"
  tracer=$LAB_PID
  rm -f "$LAB_DIR/calm"
  sets storm 127.0.0.1:161 private "$LAB_DIR/calm" 50 "${@:2}" >"$LAB_DIR/storm" &
  sender=$!
  check "$what: another manager is answered meanwhile, and polls go on" lab_wait 60 'three polls' polls_above "$((polls + 3))"
  : >"$LAB_DIR/calm"
  wait "$sender"
  said=$(<"$LAB_DIR/storm") sent=$(lab_figure sent "$said") answered=$(lab_figure answered "$said")
  lab_stop "$tracer" INT
  writes=$(grep -c wiretruth-thresholds "$LAB_DIR/renames")
  check "$what: $sent SETs, $answered answered" test "$answered" -ge 20
  check "$what: the file was written $writes times, no more often than that" test "$writes" -le "$answered"
  tap_is "$(global wtPollErrors)" 0 "$what: none failed"
  if lab_sanitized; then
    tap_skip "$what: memory is what it was" 'a sanitizer has memory of its own'
  else
    check "$what: memory is what it was ($before, $(memory "$LAB_SNMP_AGENT") KiB)" \
      test "$(memory "$LAB_SNMP_AGENT")" -le $((before + 256))
  fi
  WRITES=$writes
}
polls_above() { (($(global wtPolls) > $1)); }

test_storm() {
  local rising
  rising=$(lab_snmp_oid wtThresholdRising)
  storm 'the same value' "$rising.1" u 700
  tap_is "$WRITES" 0 'the same value: the file is not written'
  storm 'values by turns' "$rising.1" u 700 800
  storm 'wrong values' "$rising.1" i 700
  tap_is "$WRITES" 0 'wrong values: the file is not written'
  storm 'a row that is not there' "$rising.98" u 700
  check 'the row is one of the values' grep -qxE '700|800' <<<"$(row 1 Rising)"
  check 'and so is what is kept' grep -q "^threshold 1 3 1 $(row 1 Rising) " "$STORE"
  tap_is "$(ls -I cert_indexes "${STORE%/*}")" wiretruth-thresholds 'nothing lies beside it'
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx ]]; then
  tap_skip 'SETs' 'no subagent was built'
  tap_done
  exit
fi
lab_start && lab_host host || exit
manager_configure 'Interface lo'
dir=$(lab_snmp_dir host)
sed -i 's/^PollInterval.*/PollInterval 0.25/' "$dir/conf/wiretruth.conf"
echo 'agentXTimeout 10' >>"$dir/conf/snmpd.conf" # a busy machine is no error of ours
lab_snmp_master host && start_agent || exit
row_one=(1 Interfaces s lo 1 Direction i 3 1 Signal i 1 1 Rising u 700 1 Falling u 250 1 Startup i 1 1 Hold u 900 1 Storage i 3 1 Status i 1)
set_row 1 Status i 5 >/dev/null
tap_is "$(error_of "${row_one[@]}")" '' 'a row is made'
test_kinds
test_storm
stop_agent
tap_is "$LAB_STATUS" 0 'it ends without error'
lab_snmp_stop
tap_done
