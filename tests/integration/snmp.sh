#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 60
# beside: it waits for polls most of the time
#
# The subagent behind a real snmpd: walks, what is not known, figures after known traffic,
# mistakes in the configuration, missing rights, interfaces that come and go, memory. The MIB itself is in mib.sh.
#
# The lab's situation "tso" (transmit with segmentation offload by tso0 of "host"), and an unused device idle0 beside it.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

mib=$LAB_SNMP_MIB
agent=$LAB_BUILD/wiretruth-agentx

# ---- helpers ------------------------------------------------------------------------------------------------------

get() { lab_snmp_get host "$@"; } # IFACE DIR COLUMN
is_known() { get "$@" >/dev/null; }
has_row() { is_known "$1" - wtIfName; } # IFACE or ifIndex
value_is() { [[ $(get "$1" "$2" "$3") == "$4" ]]; } # IFACE DIR COLUMN VALUE
agent_log() { grep -qE -- "$1" "$LAB_DIR/agentx-host.log"; } # PATTERN

add_device() { lab_in host ip link add "$1" type veth peer name "peer-$1" netns "$(lab_ns peer-tso)"; } # NAME

# All instances below the module, one "OID VALUE" a line. The last line of a walk to the end of all is no instance.
walk_with() { # TOOL
  lab_snmp_raw host "$1" -OQ "$(lab_snmp_oid wiretruthMIB)" | sed '/ = No more variables/d; s/ = / /'
}

instances() { walk_with snmpbulkwalk; }

# Lines that only one of both texts has, or that have another order.
differences() { diff <(echo "$1") <(echo "$2") | grep '^[<>]'; }

in_order() { differences "$1" "$(sort -uV <<<"$1")"; }

# ---- what is served -----------------------------------------------------------------------------------------------

test_walk() {
  local bulk
  bulk=$(instances | cut -d' ' -f1)
  check 'a walk by GETBULK finds many' test "$(wc -l <<<"$bulk")" -gt 100
  tap_is "$(in_order "$bulk")" '' 'is in order and ends'
  tap_is "$(differences "$bulk" "$(walk_with snmpwalk | cut -d' ' -f1)")" '' 'a walk by GETNEXT finds the same'
  # shellcheck disable=SC2086
  tap_is "$(xargs -n 20 <<<"$bulk" | while read -r line; do lab_snmp_raw host snmpget $line </dev/null; done |
    grep -c -v 'No Such')" "$(wc -l <<<"$bulk")" 'and GET has each of them'
}

# Each row is that of its own interface, also past columns that other rows have no value in.
test_rows() {
  local name ifindex wrong=''
  for name in lo tso0 idle0; do
    ifindex=$(lab_snmp_ifindex host $name)
    value_is "$ifindex" - wtIfName $name && value_is $name - wtIfMtu "$(lab_in host cat /sys/class/net/$name/mtu)" ||
      wrong+=" $name"
  done
  tap_is "$wrong" '' 'rows are under their ifIndex'
  tap_is "$(instances | grep -F "$(lab_snmp_oid wtIfName)." | tr -d '"' | sed "s/^$(lab_snmp_oid wtIfName)\.//")" \
    "$(lab_in host ip -j link | jq -r '.[] | "\(.ifindex) \(.ifname)"')" 'there is a row for each interface'
}

test_unknown() {
  check 'a series that is not configured is absent' not is_known tso0 tx wtDirSeriesFrames
  check 'whether the counter has tags that are not there is absent' not is_known tso0 tx wtHidTagsCounted
  check 'its reason is given' value_is tso0 tx wtDirSeriesReason 'no series configured'
  check 'the ratio of an interface without traffic is absent' not is_known idle0 tx wtDirCounterRatio
  check 'a namespace of a device below that is not there is absent' not is_known lo - wtIfLowerNamespace
  tap_is "$(instances | grep -E '18446744073709551615|(^| )-?nan')" '' 'no figure stands for one that is not known'
}

test_features() {
  local active
  if ! lab_snmp_have_mibs; then
    tap_skip 'active features are those that the kernel has active' 'no base modules'
    return
  fi
  lab_in host "$LAB_BUILD/wiretruth" check --json --duration 1 tso0 >"$LAB_DIR/check.json"
  active=$(jq -r '.interfaces[0].offload | to_entries[] | select(.value.active) | .key' "$LAB_DIR/check.json" |
    sed -E 's/[-_](.)/\U\1/g' | grep -xF -f <(sed -n '/^WtOffloadFeatures/,/^ *}/p' "$mib" |
      grep -oE '[a-z][A-Za-z0-9]*\(' | tr -d '(') | sort)
  tap_is "$(lab_snmp_walk host wtIfOffloadActive | grep "\.$(lab_snmp_ifindex host tso0) = " |
    grep -oE '[a-z][A-Za-z0-9]*\([0-9]+\)' | sed 's/(.*//' | sort)" "$active" \
    'active features are those that the kernel has active'
}

# ---- figures ------------------------------------------------------------------------------------------------------

test_figures() {
  local oracle counter frames counted
  oracle=$(lab_qdisc_packets host tso0) counter=$(lab_link_counter host tso0 tx packets)
  frames=$(get tso0 tx wtDirWireFrames) counted=$(get tso0 tx wtDirCounterFrames)
  situation_traffic tso 4 && lab_settle host tso0
  lab_snmp_polled host 10
  oracle=$(($(lab_qdisc_packets host tso0) - oracle)) counter=$(($(lab_link_counter host tso0 tx packets) - counter))
  tap_is "$(($(get tso0 tx wtDirWireFrames) - frames))" "$oracle" 'wire is what left through the queue, to the frame'
  tap_is "$(($(get tso0 tx wtDirCounterFrames) - counted))" "$counter" 'counter is the link counter'
  tap_is "$(get tso0 tx wtDirCause)" 5 'the cause is tso'
  tap_is "$(get tso0 tx wtDirCaptureVerdict)" 2 'the capture under-reports'
  tap_is "$(get tso0 tx wtDirWireSource)" 3 'the source is the tap'
  tap_is "$(get tso0 tx wtHidFrames) $(get tso0 tx wtHidTcp) $(get tso0 tx wtHidFramesLow) $(get tso0 tx wtHidFramesHigh)" \
    "$(($(get tso0 tx wtDirWireFrames) - $(get tso0 tx wtDirPackets))) $(get tso0 tx wtHidFrames) 10000 10000" \
    'hidden are the frames that the capture lacks, all of them TCP, without a doubt'
  tap_is "$(get tso0 tx wtHidTagPackets) $(get tso0 tx wtHidPushesHigh) $(get 0 - wtTcpRetransmitted)" \
    "0 0 $(lab_in host nstat -asz TcpRetransSegs | awk '$1 == "TcpRetransSegs" { print $2 }')" \
    'no tags, no hidden ends of messages, and what TCP sent again'
  check 'which is not known of an interface: lo carries these requests' not is_known tso0 tx wtHidResentSegments
  check 'packets are fewer than frames' test "$(get tso0 tx wtDirPackets)" -lt "$(get tso0 tx wtDirWireFrames)"
  check 'divergence is in hundredths of a percent' test "$(get tso0 tx wtDirCaptureDivergence)" -gt 5000
}

test_stamps() {
  local discontinuity changed
  tap_is "$(get tso0 - wtIfOffloadLastChange)" 0 'no change of offloads was noticed'
  lab_snmp_polled host 10
  discontinuity=$(get tso0 - wtIfDiscontinuityTime)
  lab_snmp_polled host 10
  tap_is "$(get tso0 - wtIfDiscontinuityTime)" "$discontinuity" 'the discontinuity does not move by itself'
  lab_offload host idle0 tso off
  lab_wait 10 'a change of offloads' not value_is idle0 - wtIfOffloadLastChange 0
  changed=$(get idle0 - wtIfOffloadLastChange)
  check 'a change of offloads has its time, later than the start' test "$changed" -gt "$discontinuity"
  lab_snmp_polled host 10
  tap_is "$(get idle0 - wtIfOffloadLastChange)" "$changed" 'which does not move by itself'
  tap_is "$(get tso0 - wtIfOffloadLastChange)" 0 'nor is it that of another interface'
}

# ---- configuration ------------------------------------------------------------------------------------------------

# Starts it with these lines; its exit status in LAB_STATUS.
run_with() { # LINE...
  lab_snmp_configure host "$@"
  lab_snmp_agent host
  lab_reap "$LAB_SNMP_AGENT" 10 || lab_stop "$LAB_SNMP_AGENT"
  LAB_SNMP_AGENT=
}

is_rejected() { # LINE PATTERN
  run_with "$1"
  tap_is "$LAB_STATUS" 2 "'$1' ends it"
  check 'and is named' agent_log "wiretruth.conf: line 4: .*$2"
}

test_mistakes() {
  is_rejected 'Method banana' "option Method: 'banana' .* takes auto, exact"
  is_rejected 'PollInterval 7' "option PollInterval: '7' is given a second time"
  is_rejected 'Interface /[/' "option Interface: '/\[/' .*regular expression"
  is_rejected 'Interface eth0 eth1' "option Interface: 'eth0 eth1' is more than one value"
  is_rejected 'Interfaces eth0' 'Unknown token: Interfaces'
  is_rejected 'WarningDivergence wire=5' "option WarningDivergence: 'wire=5' .*counter=, capture= or series="
  run_with 'WarningDivergence 5' 'FailureDivergence counter=4'
  tap_is "$LAB_STATUS" 2 'a failure below its warning ends it'
  check 'and is named' agent_log 'option FailureDivergence: 4 % for counter is below WarningDivergence, 5 %'
  is_rejected 'Interface' 'Interface'
  tap_is "$(lab_in host "$agent" -c "$LAB_DIR/none.conf" 2>&1)" \
    "wiretruth-agentx: cannot read $LAB_DIR/none.conf: No such file or directory" 'a file that is not there is named'
  lab_in host "$agent" -i 0 >/dev/null 2>&1
  tap_is $? 2 'an interval that is none ends it'
  tap_is "$("$agent" --version)" "wiretruth-agentx $("$LAB_BUILD/wiretruth" --version | grep -oE '[0-9.]+$')" \
    'its version is that of the command'
}

# In the log, each once.
test_alerts() {
  lab_snmp_configure host 'Interface tso0' 'WarningDivergence capture=50' 'Hold 1'
  lab_snmp_run host
  lab_snmp_polled host 10
  check 'traffic flows' situation_traffic tso 4
  check 'an alert is logged' lab_wait 15 'the alert' agent_log \
    'tso0 transmit: the counter shows [0-9,]+ of [0-9,]+ frames \([0-9.]+ %\), cause tso'
  check 'that of the capture, too' lab_wait 15 'the alert' agent_log 'tso0 transmit: the capture shows [0-9,]+ packets of '
  lab_offload host tso0 tso off && lab_snmp_polled host 10
  check 'traffic flows without TSO' situation_traffic tso 4
  check 'that it is over is logged' lab_wait 15 'the end' agent_log 'tso0 transmit: the counter agrees with the wire again'
  lab_snmp_polled host 10
  tap_is "$(grep -c 'tso0 transmit: the counter' "$LAB_DIR/agentx-host.log")" 2 'each once'
  lab_offload host tso0 tso on
  lab_snmp_stop
}

# The age of a verdict that is held, and since when a signal diverges, while the time of day is set.
test_clock() {
  local diverged off
  if lab_sanitized || ! command -v cc >/dev/null; then
    tap_skip 'ages while the clock is set' 'no compiler, or built with a sanitizer'
    return
  fi
  cc -D_GNU_SOURCE -shared -fPIC -o "$LAB_DIR/clock.so" "$root/tests/integration/_clock.c" || return
  LAB_SNMP_WRAP=(env LD_PRELOAD="$LAB_DIR/clock.so" CLOCK_OFF="$LAB_DIR/clock")
  lab_snmp_configure host 'Interface tso0' 'Horizon 1'
  lab_snmp_run host
  check 'traffic flows' situation_traffic tso 4
  check 'a verdict is held' lab_wait 20 'its age' age_is_from 2
  diverged=$(get tso0 tx wtDirCounterDivergedFor)
  for off in -3600 3600; do
    echo $off >"$LAB_DIR/clock"
    lab_snmp_polled host 10 && lab_snmp_polled host 10
    check "the clock is set by $off s: the verdict is as old as it is" age_is_from 2
    check 'and not older' test "$(get tso0 tx wtDirCounterVerdictAge)" -lt 600
    check 'so is the divergence' test "$(get tso0 tx wtDirCounterDivergedFor)" -ge "$diverged" -a \
      "$(get tso0 tx wtDirCounterDivergedFor)" -lt 600
  done
  lab_snmp_stop
  LAB_SNMP_WRAP=()
}
age_is_from() { (($(get tso0 tx wtDirCounterVerdictAge || echo -1) >= $1)); } # SECONDS

test_rights() {
  local held
  lab_snmp_start host
  held=$(sed -n 's/^CapPrm:[[:blank:]]*//p' "/proc/$LAB_SNMP_AGENT/status")
  # CAP_DAC_OVERRIDE 1, CAP_NET_RAW 13, CAP_BPF 39
  tap_is "$((0x$held & ~(1 << 1 | 1 << 13 | 1 << 39)))" 0 'it keeps no right that it does not need'
  lab_snmp_stop
  LAB_SNMP_WRAP=(setpriv --bounding-set=-all --inh-caps=-all)
  run_with 'Method exact'
  tap_is "$LAB_STATUS" 3 'a method that needs rights ends it without them'
  check 'and says what is missing' agent_log 'exiting: .+'
  lab_snmp_start host
  tap_is "$(get 0 - wtMethod)" 0 'without rights nothing is captured'
  check 'and the reason is given' test -n "$(get 0 - wtMethodReason)"
  check 'the capture is absent' not is_known tso0 tx wtDirCaptureFrames
  check 'so is what it hides, and what it would know of tags' not is_known tso0 tx wtHidFrames
  check 'tags are absent' not is_known tso0 tx wtHidTagPackets
  check 'the counter is there' is_known tso0 tx wtDirCounterFrames
  lab_snmp_stop
  LAB_SNMP_WRAP=()
}

test_interfaces() {
  local ifindex
  lab_snmp_configure host 'Interface tso0' 'Interface later0' 'Interface idle0'
  check 'an interface that is not there is no mistake' lab_snmp_run host
  check 'one that is there has a row' has_row tso0
  check 'others are not shown' not has_row lo
  add_device later0
  check 'it has a row when it appears' lab_wait 15 'a row' has_row later0
  ifindex=$(lab_snmp_ifindex host idle0)
  lab_in host ip link delete idle0
  check 'an interface that vanishes loses its row' lab_wait 15 'no row' not has_row "$ifindex"
  check 'the others stay' has_row tso0
  tap_is "$(in_order "$(instances | cut -d' ' -f1)")" '' 'and the walk goes on'
  add_device idle0
  check 'it has a row when it is back' lab_wait 15 'a row' has_row idle0
  lab_in host ip link delete later0
  lab_snmp_stop
  tap_is "$LAB_STATUS" 0 'it ends without error'
  lab_snmp_configure host 'ReportInactive false'
  lab_snmp_run host
  check 'ReportInactive false leaves out what never carried a packet' not has_row idle0
  lab_snmp_stop
}

# Walks while interfaces come and go, and each of them ends.
test_churn() {
  local i said bad=''
  lab_snmp_start host
  for i in 1 2 3 4 5 6 7 8; do
    add_device "churn$i"
    said=$(lab_snmp_raw host snmpbulkwalk "$(lab_snmp_oid wiretruthMIB)") || bad+=" $i"
    [[ $said == *'not increasing'* || $said == *Timeout* ]] && bad+=" $i"
    if ((i > 2)); then lab_in host ip link delete "churn$((i - 2))"; fi
  done
  tap_is "$bad" '' 'walks while interfaces come and go are in order and end'
  lab_wait 15 'rows' has_row churn8
  lab_snmp_stop
  lab_in host ip link delete churn7
  lab_in host ip link delete churn8
}

test_memory() {
  local log=$LAB_DIR/valgrind.log
  if ! command -v valgrind >/dev/null || lab_sanitized; then
    tap_skip 'no leak and no invalid access' 'no valgrind, or built with a sanitizer'
    return
  fi
  lab_snmp_valgrind "$log"
  LAB_SNMP_WRAP=("${LAB_SNMP_VALGRIND[@]}")
  lab_snmp_start host
  instances >/dev/null
  lab_in host ip link delete idle0
  lab_stop "$LAB_SNMP_MASTER"
  lab_snmp_master host
  lab_wait 30 'rows' has_row tso0
  instances >/dev/null
  add_device idle0
  lab_wait 30 'a row' has_row idle0
  lab_stop "$LAB_SNMP_AGENT"
  LAB_SNMP_AGENT=
  lab_snmp_stop
  LAB_SNMP_WRAP=()
  tap_is "$(lab_snmp_found "$log")" '' 'no leak and no invalid access'
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $agent ]]; then
  tap_skip 'the Net-SNMP subagent' 'it was not built'
  tap_done
  exit
fi
lab_start && situation_setup tso && add_device idle0 || exit
lab_snmp_start host || exit
test_walk
test_rows
test_unknown
test_features
test_figures
test_stamps
lab_snmp_stop
test_mistakes
test_alerts
test_clock
test_rights
test_interfaces
test_churn
test_memory
tap_done
