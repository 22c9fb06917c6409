#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A mirror in a real collectd and a real snmpd with our subagent: the option, where the mirror is the source, and what they
# say of one that loses frames or is not there. The truth is the sender's own count.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=lab/span.sh
. "$root/lab/span.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

readonly FRAMES=60000 # what may be on its way is less than the tolerance

get() { lab_snmp_get host "$@"; } # IFACE DIR COLUMN
is() { [[ $(get "$1" "$2" "$3") == "$4" ]]; } # IFACE DIR COLUMN VALUE
begins() { [[ $(get "$1" "$2" "$3") == "$4"* ]]; }
agent_says() { grep -q -- "$1" "$LAB_DIR/agentx-host.log"; }
source_is() { [[ $(lab_collectd_total eth0 gauge-tx-source value) =~ ^$1(\.0*)?$ ]]; }

# becomes SECONDS WHAT COMMAND...
becomes() {
  lab_wait "$1" "$2" "${@:3}"
  tap_ok $? "$2"
}

test_plugins() {
  lab_snmp_configure host 'Method exact' 'Mirror eth0=span0'
  lab_snmp_run host
  tap_ok $? "the subagent takes the option"
  lab_collectd_start host 'Method exact
    Mirror "eth0" "span0"'
  tap_ok $? "collectd takes two names"
  tap_is "$(get eth0 - wtIfMirror) '$(get eth0 - wtIfMirrorReason)' '$(get span0 - wtIfMirror)'" "span0 '' ''" \
    "SNMP: the name of the mirror"
  get span0 - wtIfMirrorReason >/dev/null
  tap_ok $((! $?)) "SNMP: no reason where there is no mirror"
  span_blast host eth0 "$SPAN_FAR_MAC" $FRAMES
  becomes 15 "SNMP: the mirror is the source" is eth0 tx wtDirWireSource 5
  tap_is "$(get eth0 tx wtDirWireFrames) $(get eth0 tx wtDirCounterVerdict) '$(get eth0 tx wtDirDisagreement)'" \
    "$SPAN_SENT 1 ''" "SNMP: to the frame, the counter agrees, and nobody disagrees"
  becomes 15 "collectd: the mirror is the source" source_is 5

  span_oversubscribe
  span_blast host eth0 "$SPAN_FAR_MAC" $FRAMES --qdisc
  becomes 15 "SNMP: what it lost" begins eth0 tx wtDirDisagreement "the mirror span0 lost "
  becomes 15 "the subagent logs it" agent_says 'eth0 tx: the sources of the wire figure disagree: the mirror span0 lost '
  becomes 15 "collectd logs it" lab_collectd_log \
    '\[warning\] wiretruth plugin: eth0 tx: the sources of the wire figure disagree: the mirror span0 lost [0-9]+ of '

  span_end
  becomes 15 "SNMP: why it shows nothing" is eth0 - wtIfMirrorReason 'there is no interface span0'
  becomes 15 "the subagent logs it" agent_says 'eth0: its mirror span0 shows nothing: there is no interface span0'
  becomes 15 "collectd logs it" lab_collectd_log '\[warning\] .*eth0: its mirror span0 shows nothing: there is no interface'
  span_begin
  becomes 15 "collectd logs that it is back" lab_collectd_log '\[info\] .*eth0: its mirror span0 is there'
  lab_collectd_stop
  tap_is "$LAB_STATUS" 0 "collectd ends well"
  lab_snmp_stop
  tap_is "$LAB_STATUS" 0 "the subagent ends well"
  lab_collectd_test host 'Mirror "eth0" "eth0"' >"$LAB_DIR/refused.log"
  grep -q "option Mirror: 'eth0=eth0' is not valid; an interface is not its own mirror" "$LAB_DIR/refused.log"
  tap_ok $? "collectd refuses an interface as its own mirror"
}

# With the tap it comes and goes, many times; that is said once. Traffic never rests meanwhile: an interval in which it did
# would be within the budget, and be told.
test_budget() {
  local polls traffic
  lab_snmp_configure host 'CPUBudget 1' 'Mirror eth0=span0'
  sed -i 's/^PollInterval.*/PollInterval 0.25/' "$(lab_snmp_dir host)/conf/wiretruth.conf"
  # shellcheck disable=SC2016 # for that shell
  lab_spawn_in host traffic sh -c 'while "$@"; do sleep 0.05; done' sh "$LAB_BIN/blast" --count 3000 --qdisc eth0 \
    "$SPAN_FAR_MAC" 10.7.0.1 10.7.0.9
  traffic=$LAB_PID
  lab_snmp_run host
  tap_ok $? "a subagent with a small budget"
  polls=$(get 0 - wtPolls)
  becomes 60 "forty polls, of which the tap has some" lab_snmp_polls_above host $((polls + 40))
  [[ $(get eth0 - wtIfMirrorReason) == 'the tap is attached for a part of the time only, to keep to the CPU budget' ]]
  tap_ok $? "it says that copies are not counted all the time"
  tap_is "$(grep -c 'its mirror span0' "$LAB_DIR/agentx-host.log")" 1 "and logs it once"
  lab_stop "$traffic"
  lab_snmp_stop
}

span_setup || exit 1
if [[ ! -e $LAB_BUILD/wiretruth.so || ! -x $LAB_BUILD/wiretruth-agentx ]]; then
  tap_skip "a mirror in the plugins" "they are not in this build"
elif observe_has_exact host "a mirror in the plugins"; then
  test_plugins
  test_budget
fi

tap_done
