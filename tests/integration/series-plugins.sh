#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The series in a real collectd and a real snmpd: an exporter that is not there is told once, with its reason, and once
# when it is; then both have the verdict that the counter has, and the exporter's own figures.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

situation_setup tso && situation_setup gro || exit 1
url=http://someone:s3cret@127.0.0.1:9100

# ---- nobody is there ----------------------------------------------------------------------------------------------

# In bursts like these the default budget would have the tap attached too seldom for a verdict on the counter.
lab_collectd_start host "Interface \"/^(tso0|gro0)\$/\"
CPUBudget 100
Series \"$url\"" || exit 1
lab_snmp_configure host 'Interface /^(tso0|gro0)$/' "Series $url" 'CPUBudget 100' && lab_snmp_run host || exit 1

logged() { grep -cE "$1" "$LAB_COLLECTD/log"; } # PATTERN
scalar() { lab_snmp_get host 0 - "$1"; }
has_error() { [[ $(scalar wtSeriesError) == *'Connection refused'* ]]; }
lab_wait 20 'the subagent to tell the error' has_error
tap_ok $? "MIB: why there is no series: $(scalar wtSeriesError)"
tap_is "$(scalar wtSeriesUrl)" "http://127.0.0.1:9100/" "MIB: where it is read, without user and password"
scalar wtSeriesAnswerAge >/dev/null
tap_ok $((! $?)) "MIB: no answer has no age"
tap_is "$(lab_snmp_get host tso0 tx wtDirSeriesVerdict)" 0 "MIB: its verdict is unknown"
lab_collectd_await 20 tso0 if_packets-wire && lab_collectd_await 20 tso0 if_packets-wire && lab_collectd_await 20 tso0 if_packets-wire
tap_is "$(logged 'the series http://127.0.0.1:9100/ cannot be read: .*Connection refused')" 1 "collectd: the log says it once"
tap_is "$(lab_collectd_ids tso0 | grep -c series)" 0 "collectd: there is no value of it"

# ---- somebody is --------------------------------------------------------------------------------------------------

lab_spawn_in host exporter prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults \
  --collector.netdev
lab_wait 30 'collectd to read it' lab_collectd_log 'the series http://127.0.0.1:9100/ can be read again'
tap_ok $? "collectd: and once when it can be read"
raw() { # DEVICE receive|transmit
  lab_in host curl -sf http://127.0.0.1:9100/metrics |
    awk -v name="node_network_$2_packets_total{device=\"$1\"}" '$1 == name { printf "%.0f\n", $2 }'
}
has_sample() { # of both, before the traffic
  lab_collectd_total tso0 if_packets-series tx >/dev/null && [[ $(lab_snmp_get host tso0 tx wtDirSeriesFrames) ]] 2>/dev/null
}
lab_wait 30 'a first sample' has_sample
tap_ok $? "both have a first sample"
before="$(raw tso0 transmit) $(raw gro0 receive)"
for id in tso gro; do LAB_FRAMES=20000 situation_traffic $id || tap_ok 1 "traffic of $id"; done
told=$(paste -d ' ' <(echo "$before") <(echo "$(raw tso0 transmit) $(raw gro0 receive)") | awk '{ print $3 - $1, $4 - $2 }')

collectd_has() { [[ "$(lab_collectd_total tso0 if_packets-series tx) $(lab_collectd_total gro0 if_packets-series rx)" == "$told" &&
  $(lab_collectd_total gro0 gauge-rx-verdict-series value) == 1.* ]]; }
lab_wait 30 'collectd to have all of it' collectd_has
tap_ok $? "collectd: the totals are what the exporter says: $told"
for what in 'tso0 gauge-tx-verdict-series 2' 'gro0 gauge-rx-verdict-series 1'; do
  read -r interface id want <<<"$what"
  tap_is "$(lab_collectd_total "$interface" "$id" value)" "$want.000000" "collectd: $interface $id"
done
tap_is "$(lab_collectd_total tso0 gauge-tx-verdict-counter value)" 2.000000 "collectd: as the counter's"
tap_is "$(grep -c s3cret "$LAB_COLLECTD/log")" 0 "collectd: the log has no password"

snmp_has() { [[ "$(lab_snmp_get host tso0 tx wtDirSeriesFrames) $(lab_snmp_get host gro0 rx wtDirSeriesFrames)" == "$told" &&
  $(lab_snmp_get host gro0 rx wtDirSeriesVerdict) == 1 ]]; }
lab_wait 30 'the subagent to have all of it' snmp_has
tap_ok $? "MIB: the totals are what the exporter says"
tap_is "$(lab_snmp_get host tso0 tx wtDirSeriesVerdict) $(lab_snmp_get host tso0 tx wtDirSeriesCause)" "2 5" \
  "MIB: under-reports, by TSO"
tap_is "$(lab_snmp_get host gro0 rx wtDirSeriesVerdict) $(lab_snmp_get host gro0 rx wtDirSeriesCause)" "1 1" \
  "MIB: agrees, no cause"
age=$(lab_snmp_get host tso0 tx wtDirSeriesSampleAge) answer=$(scalar wtSeriesAnswerAge)
((age >= 0 && age < 30 && answer >= 0 && answer < 30))
tap_ok $? "MIB: the age of sample and answer: $age and $answer s"
tap_is "$(scalar wtSeriesError)" "" "MIB: no error any more"
tap_is "$(logged 'the series .* cannot be read')" 1 "collectd: and it was not told again"

lab_snmp_stop
lab_collectd_stop
tap_is "$LAB_STATUS" 0 "collectd ends as usual"
tap_done
