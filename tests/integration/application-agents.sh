#!/bin/bash
# SPDX-License-Identifier: MIT
#
# TCP's own account in a real collectd and a real snmpd: the figures are nstat's and the sender's, the verdicts those that
# were set up, both say the same, and neither says anything unless it is asked.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

[[ -f $LAB_BUILD/wiretruth.so && -x $LAB_BUILD/wiretruth-agentx ]] || {
  echo "1..0 # SKIP this build has not both plugins"
  exit 0
}
LAB_FRAMES=20000
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

lab_start || exit 1
situation_setup tso && situation_setup gro || exit 1

within() { # GOT WANT PERCENT DESCRIPTION
  awk -v got="$1" -v want="$2" -v percent="$3" \
    'BEGIN { exit !(got ~ /^[0-9.]+$/ && want > 0 && got >= want * (1 - percent / 100) && got <= want * (1 + percent / 100)) }'
  tap_ok $? "$4"
  tap_diag "got $1, want $2 within $3 %"
}

# A gauge without the zeros that the file has behind it.
value() { printf '%g\n' "$(lab_collectd_total "$1" "$2" value)"; } # IFACE ID
value_is() { [[ $(value "$1" "$2") == "$3" ]]; }                    # IFACE ID VALUE
total() { lab_collectd_total "$1" "$2" value | cut -d. -f1; }        # IFACE ID
# A busy machine may be late with an acknowledgement.
sent_again() { lab_in host nstat -asz TcpRetransSegs | awk '$1 == "TcpRetransSegs" { print $2 }'; }
sent() { lab_in host nstat -asz --json TcpOutSegs TcpRetransSegs | jq '[.kernel[]] | add'; }
get() { lab_snmp_get host "$@" || echo none; } # IFACE DIR COLUMN

options=('Interface tso0' 'Interface gro0' 'Method auto' 'CPUBudget 100' 'Application true')
lab_snmp_configure host "${options[@]}" && lab_snmp_run host || exit 1
LAB_COLLECTD_LOAD='Interval 0.5'
lab_collectd_start host 'Interface "tso0"
  Interface "gro0"
  CPUBudget 100
  Application true
  Report signals application' || exit 1
lab_wait 20 "values of the namespace" lab_collectd_value '' total_bytes-tcp_acknowledged >/dev/null
lab_snmp_polled host 10
segments_in=$(total '' derive-rx-tcp_segments) octets_in=$(total '' total_bytes-tcp_received)
snmp_segments_in=$(get 0 - wtAppSegmentsReceived) snmp_octets_in=$(get 0 - wtAppOctetsReceived)
received=$(lab_ip_segments host)
before=$(sent) acked=$(total '' total_bytes-tcp_acknowledged) segments=$(total '' derive-tx-tcp_segments)
snmp_acked=$(get 0 - wtAppOctetsAcknowledged) snmp_segments=$(get 0 - wtAppSegmentsSent)
situation_traffic tso 4 && situation_traffic gro 4
tap_ok $? "the traffic"
sent=$(($(sent) - before)) received=$(($(lab_ip_segments host) - received))

# ---- collectd -------------------------------------------------------------------------------------------------------

lab_collectd_await 10 '' total_bytes-tcp_acknowledged
lab_wait 20 "collectd's verdict on tso0" value_is tso0 gauge-tx-verdict-application 3
tap_ok $? "collectd: tso0: the counter"
lab_wait 20 "collectd's verdict on gro0" value_is gro0 gauge-rx-verdict-application 2
tap_ok $? "collectd: gro0: the capture point"
within $(($(total '' total_bytes-tcp_acknowledged) - acked)) $((LAB_FRAMES * 1440)) 0.01 \
  "collectd: octets acknowledged are what was sent"
within $(($(total '' derive-tx-tcp_segments) - segments)) "$sent" 0.2 "collectd: segments sent are nstat's"
within $(($(total '' derive-rx-tcp_segments) - segments_in)) "$received" 0.2 "collectd: segments received are the IP MIB's"
within $(($(total '' total_bytes-tcp_received) - octets_in)) $((LAB_FRAMES * 1440)) 0.01 "collectd: octets received"
tap_is "$(total '' derive-tx-tcp_retransmitted_segments)" "$(sent_again)" "collectd: what was sent again is nstat's"
tap_ok $(($(total '' total_bytes-tcp_retransmitted) > 1448 * $(sent_again))) "collectd: and as many octets at the most"
for d in rx tx; do
  within "$(value '' gauge-$d-tcp_coverage)" 1 1 "collectd: $d is covered"
done
within "$(total gro0 derive-rx-application_octets)" $((LAB_FRAMES * 1440)) 0.01 "collectd: payload of gro0"
tap_is "$(lab_collectd_ids '')" "$(printf '%s\n' current_connections-tcp derive-rx-tcp_segments \
  derive-tx-tcp_{retransmitted_segments,segments} gauge-{rx,tx}-tcp_coverage total_bytes-tcp_{acknowledged,received,retransmitted})" \
  "collectd: the values of the namespace"
tap_is "$(lab_collectd_ids tso0 | grep application)" \
  "$(printf '%s\n' derive-{rx,tx}-application_{octets,segments} gauge-{rx,tx}-verdict-application)" \
  "collectd: the values of an interface"
lab_collectd_log 'Dataset not found|ds->type'
tap_ok $((!$?)) "collectd: all types are standard"
lab_collectd_stop
tap_is "$LAB_STATUS" 0 "collectd ends with status 0"

# ---- SNMP -----------------------------------------------------------------------------------------------------------

lab_snmp_polled host 10 && lab_snmp_polled host 10
tap_is "$(get 0 - wtAppEnabled) $(get 0 - wtAppReason)" "1 " "SNMP: it is on, and nothing is missing"
tap_is "$(get tso0 tx wtAppDirVerdict) $(get tso0 tx wtAppDirReason)" "3 " "SNMP: tso0: the counter"
tap_is "$(get gro0 rx wtAppDirVerdict) $(get gro0 rx wtAppDirReason)" "2 " "SNMP: gro0: the capture point"
tap_is "$(get tso0 rx wtAppDirVerdict) $(get tso0 rx wtAppDirReason)" "0 too few frames in the window for a verdict" \
  "SNMP: and where nothing is said, why"
within $(($(get 0 - wtAppOctetsAcknowledged) - snmp_acked)) $((LAB_FRAMES * 1440)) 0.01 \
  "SNMP: octets acknowledged are what was sent"
within $(($(get 0 - wtAppSegmentsSent) - snmp_segments)) "$sent" 0.2 "SNMP: segments sent are nstat's"
within $(($(get 0 - wtAppOctetsReceived) - snmp_octets_in)) $((LAB_FRAMES * 1440)) 0.01 "SNMP: octets received"
within $(($(get 0 - wtAppSegmentsReceived) - snmp_segments_in)) "$received" 0.2 "SNMP: segments received are the IP MIB's"
within "$(get gro0 rx wtAppDirOctets)" $((LAB_FRAMES * 1440)) 0.01 "SNMP: payload of gro0"
within "$(get gro0 rx wtAppDirSegments)" "$LAB_FRAMES" 2 "SNMP: segments of gro0"
tap_is "$(get 0 - wtAppResentSegments)" "$(sent_again)" "SNMP: what was sent again is nstat's"
tap_ok $(($(get 0 - wtAppResentOctets) > 1448 * $(sent_again))) "SNMP: and as many octets at the most"
within "$(get 0 - wtAppCoverageReceived)" 9950 0.51 "SNMP: nearly all of receive is covered"
within "$(get 0 - wtAppCoverageSent)" 9975 0.26 "SNMP: nearly all of transmit is covered"
lab_snmp_stop
tap_is "$LAB_STATUS" 0 "the subagent ends with status 0"

# ---- not asked for --------------------------------------------------------------------------------------------------

lab_snmp_start host tso0 || exit 1
tap_is "$(get 0 - wtAppEnabled) $(get 0 - wtAppSegmentsSent) $(get tso0 tx wtAppDirVerdict)" "2 none none" \
  "SNMP: without Application there is nothing"
lab_snmp_stop
lab_collectd_start host 'Interface "tso0"
  Report signals application' && lab_collectd_await 10 tso0 if_packets-counter
tap_is "$(lab_collectd_ids '')$(lab_collectd_ids tso0 | grep application)" "" \
  "collectd: nor with the group and without the option"
lab_collectd_stop
lab_collectd_start host 'Interface "tso0"
  Application true' && lab_collectd_await 10 tso0 if_packets-counter
tap_is "$(lab_collectd_ids '')$(lab_collectd_ids tso0 | grep application)" "" \
  "collectd: nor with the option and without the group"
lab_collectd_stop
tap_done
