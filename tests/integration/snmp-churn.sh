#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 40
#
# 4,000 interfaces behind a real snmpd, and a hundred pairs that come and go meanwhile: each has its row, each walk ends
# without an error and has each interface that stays once, though polls wait for the kernel's lock; an ifIndex that is
# another interface's now has a row of that one, which counts from 0.
#
# Both ends of 2,000 pairs are on "host". "far" is at the other end of the interface whose ifIndex is used again.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

pairs=${CHURN_PAIRS-2000}
batch=100 # pairs that come and go at a time
again=9000 # the ifIndex that is used again

has_no_row() { ! get "$1" - wtIfName >/dev/null; } # ifIndex
get() { lab_snmp_get host "$@"; } # IFACE DIR COLUMN
value_is() { [[ $(get "$1" "$2" "$3") == "$4" ]]; } # IFACE DIR COLUMN VALUE
in_batch() { ip -n "$(lab_ns host)" -batch -; }

set_interval() { sed -i "s/^PollInterval .*/PollInterval $1/" "$(lab_snmp_dir host)/conf/wiretruth.conf"; } # SECONDS

add_pairs() { # NAME FROM TO
  local i
  for ((i = $2; i <= $3; i++)); do echo "link add $1$i type veth peer name $1${i}p"; done | in_batch
}

delete_pairs() { # NAME FROM TO
  local i
  for ((i = $2; i <= $3; i++)); do echo "link del $1$i"; done | in_batch
}

kernels() { lab_links host; }

# Instances of a column, ".INDEX VALUE" a line, in their order.
walk() { # TOOL COLUMN
  local oid
  oid=$(lab_snmp_oid "$2")
  lab_snmp_raw host "$1" -OQ -t 20 "$oid" | sed "s/^$oid//; s/ = / /"
}

# ---- all of them ----------------------------------------------------------------------------------------------------

rows_are_right() { lab_snmp_has_links host; }

test_all() {
  check "$(kernels | wc -l) interfaces, and a row for each" lab_wait 30 'a row for each' rows_are_right
  tap_is "$(walk snmpbulkwalk wtDirWireFrames | wc -l)" $((2 * $(kernels | wc -l))) 'two in the table of directions'
}

# ---- while they come and go ---------------------------------------------------------------------------------------------

# Pairs are added, and others deleted, until the file is gone. Their ifIndexes are those of pairs before them.
churn() {
  local i round=0
  while [[ -e $LAB_DIR/churn ]]; do
    for ((i = 0; i < batch; i++)); do
      echo "link add c$((round % 2))x$i index $((20000 + 2 * i)) type veth peer name p$((round % 2))x$i index $((20001 + 2 * i))"
    done | in_batch
    echo $((++round)) >"$LAB_DIR/rounds"
    # Each poll asks the kernel for each interface, and waits for its lock as all who change interfaces do.
    sleep 1
    for ((i = 0; i < batch; i++)); do echo "link del p$(((round + 1) % 2))x$i"; done | in_batch
  done
}

rounds() { grep -x "[0-9]*" "$LAB_DIR/rounds" 2>/dev/null || echo 0; }

# What is wrong with a walk that ended so: nothing if it is in order, and has as many instances of interfaces that stay as
# it should.
faults() { # FILE STATUS OID STAYING
  (($2 == 0)) || { echo "status $2: $(grep -vm 1 '^\.[0-9.]* = ' "$1")"; return; }
  sed -n "s/^$3\(\.[0-9.]*\) = .*/\1/p" "$1" >"$1.instances"
  diff "$1.instances" <(sort -uV "$1.instances") | grep -m 1 '^[<>]'
  [[ $(grep -cxFf "$LAB_DIR/staying" <(cut -d. -f2 "$1.instances")) == "$4" ]] || echo "not $4 of those that stay"
}

test_churn() {
  local tool column walks=0 wrong='' before=0 begun=$EPOCHSECONDS staying expected
  kernels | cut -d' ' -f1 >"$LAB_DIR/staying"
  staying=$(wc -l <"$LAB_DIR/staying")
  touch "$LAB_DIR/churn"
  churn &
  for tool in snmpbulkwalk snmpwalk; do
    for column in wtIfName wtDirWireFrames; do
      lab_wait 20 'interfaces to come' more_rounds "$before"
      before=$(rounds) expected=$staying
      [[ $column == wtIfName ]] || expected=$((2 * staying))
      lab_snmp_raw host $tool -OQ -t 20 "$(lab_snmp_oid $column)" >"$LAB_DIR/walked"
      wrong+=$(faults "$LAB_DIR/walked" $? "$(lab_snmp_oid $column)" "$expected")
      ((walks++))
    done
  done
  rm "$LAB_DIR/churn"
  wait $!
  tap_is "$wrong" '' "$walks walks while interfaces come and go end without an error, in order, with all that stay"
  check "$batch pairs came and went $(rounds) times meanwhile" test "$(rounds)" -ge $walks
  check 'and those that have gone lose their rows' lab_wait 20 'the right rows' rows_are_right
  tap_is "$(get 0 - wtPollErrors)" 0 'no poll has failed'
  tap_diag "$((EPOCHSECONDS - begun)) s"
}
more_rounds() { (($(rounds) > $1)); }

# ---- an ifIndex that is used again ------------------------------------------------------------------------------------

# What makes an interface with that ifIndex whose other end is on "far".
with_index() { echo "link add $1 index $again type veth peer name $1 netns $(lab_ns far)"; } # NAME

send_datagrams() { # NAME COUNT
  local i
  lab_in host ip address add 10.99.0.1/24 dev "$1" && lab_in host ip link set "$1" up && lab_in far ip link set "$1" up &&
    lab_in host ip neighbour replace 10.99.0.2 lladdr 02:00:00:00:00:99 dev "$1" nud permanent || return
  for ((i = 0; i < $2; i++)); do lab_in host bash -c 'echo x >/dev/udp/10.99.0.2/9'; done
}

# Totals are those of the link, which is a new one.
counts_anew() { (($(get $again tx wtDirCounterFrames) == $(lab_link_counter host "$1" tx packets))); } # NAME

test_again() {
  local frames stamp before
  with_index first0 | in_batch
  check 'an interface with an ifIndex of its own has its row' lab_wait 15 'a row' value_is $again - wtIfName first0
  lab_snmp_polled host 10
  send_datagrams first0 20
  lab_settle host first0
  lab_snmp_polled host 10
  frames=$(get $again tx wtDirWireFrames) stamp=$(get $again - wtIfDiscontinuityTime)
  check 'and what it sent' test "$frames" -ge 20

  lab_in host ip link set first0 down
  lab_in host ip link set first0 name renamed0
  check 'renamed, it has its new name' lab_wait 15 'the name' value_is $again - wtIfName renamed0
  tap_is "$(get $again - wtIfDiscontinuityTime)" "$stamp" 'and no discontinuity'
  check 'nor does it count anew' test "$(get $again tx wtDirWireFrames)" -ge "$frames"

  { echo 'link del renamed0'; with_index second0; } | in_batch
  check 'another interface with the same ifIndex has the row' lab_wait 15 'a row' value_is $again - wtIfName second0
  check 'which counts from 0' test "$(get $again tx wtDirWireFrames)" -lt 5
  before=$stamp stamp=$(get $again - wtIfDiscontinuityTime)
  check "and has a discontinuity of its own ($before, $stamp)" test "$stamp" -gt "$before"

  lab_snmp_polled host 10
  send_datagrams second0 20
  lab_settle host second0
  lab_snmp_polled host 10
  frames=$(get $again tx wtDirWireFrames)
  { echo 'link del second0'; with_index second0; } | in_batch
  lab_snmp_polled host 10
  check "one of the same name, too, counts from 0 ($frames before)" test "$(get $again tx wtDirWireFrames)" -lt 5
  check 'and has a discontinuity of its own' test "$(get $again - wtIfDiscontinuityTime)" -gt "$stamp"

  echo "link del second0
link add third0 index $again type bridge" | in_batch
  check 'one of another kind has its row' lab_wait 15 'a row' value_is $again - wtIfName third0
  tap_is "$(get $again - wtIfKind)" bridge 'with its kind'
  lab_in host ip link del third0
  check 'and loses it when it goes' lab_wait 15 'no row' has_no_row $again
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx ]]; then
  tap_skip 'interfaces that come and go' 'no subagent was built'
  tap_done
  exit
fi
lab_start && lab_host host && lab_host far || exit
add_pairs w 1 "$pairs" || exit
lab_snmp_oid wiretruthMIB >/dev/null # read once, and not by each subshell
lab_snmp_configure host
# A poll may wait for many seconds: what is shown must not become too old meanwhile.
set_interval 10
lab_snmp_run host || exit
test_all
test_churn
set_interval 1
lab_signal "$LAB_SNMP_AGENT" HUP
lab_wait 20 'a reload' value_is 0 - wtPollInterval 100
test_again
lab_snmp_stop
tap_is "$LAB_STATUS" 0 'it ends without error'
tap_done
