#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# dist/prometheus with real processes: collectd with wiretruth (dist/collectd/prometheus.conf) and node_exporter on two
# hosts, a Prometheus with the configuration and the rules as they are shipped (targets and times are the lab's), one that
# federates from it and one that it writes to. Each query of dist/grafana/wiretruth-prometheus.json is asked of it.
#
#   near eth0 == 50 == eth0 far       the traffic, by IPv6
#   near mgmt0 == 51 == near0 monitor, far mgmt0 == 52 == far0 monitor   the scrapes
#
# near cuts by TSO behind its counter, and far gets it uncut: both counters show a fortieth. The truth is what near's
# queue discipline and the IPv6 MIB of far's eth0 counted; a `wiretruth check` on each host saw the same window.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/prometheus.sh
. "$root/lab/prometheus.sh"
# shellcheck source=lab/dashboard.sh
. "$root/lab/dashboard.sh"
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

dashboard=$root/dist/grafana/wiretruth-prometheus.json
near=10.51.0.1 far=10.52.0.1 # what the shipped configuration makes of the targets
declare -A collectd_dir=() collectd_pid=() options=() oracle=()

# ---- set-up -------------------------------------------------------------------------------------------------------

hosts() {
  local host
  for host in near far monitor; do lab_host "$host" || return; done
  lab_link near eth0 far eth0 50 && lab_link near mgmt0 monitor near0 51 && lab_link far mgmt0 monitor far0 52 || return
  for host in near far; do lab_offload "$host" eth0 gro off gso on tso on || return; done
}

# Both collectds call themselves "lab": nothing but the address tells the hosts apart. near also has a series.
observers() {
  local host
  local -A series=([near]="Series \"http://$near:9100\"" [far]='')
  lab_exporter_start near near-exporter $near:9100 && lab_exporter_start far far-exporter $far:9100 || return
  for host in near far; do
    lab_in "$host" "$LAB_BUILD/wiretruth" baseline save "$LAB_DIR/$host.baseline" >/dev/null || return
    options[$host]="CPUBudget 100
      Baseline \"$LAB_DIR/$host.baseline\"
      ${series[$host]}"
    collectd_on "$host" || return
  done
}

collectd_on() { # HOST
  LAB_COLLECTD_EXTRA=$(lab_collectd_shipped prometheus.conf "host-a.example.net=${!1}") || return
  lab_collectd_start "$1" "${options[$1]}" || return
  collectd_dir[$1]=$LAB_COLLECTD collectd_pid[$1]=$LAB_COLLECTD_PID
}

collectd_off() { # HOST
  LAB_COLLECTD=${collectd_dir[$1]} LAB_COLLECTD_PID=${collectd_pid[$1]}
  lab_collectd_stop
  tap_is "$LAB_STATUS" 0 "collectd of $1 ends"
}

# The shipped files but for targets and times. No alert has to wait longer than it takes to see one.
configure() {
  local ship=$root/dist/prometheus
  sed -E "s/host-a\.example\.net/$near/; s/host-b\.example\.net/$far/; s/scrape_interval: 15s/scrape_interval: 125ms/
    s/evaluation_interval: 15s/evaluation_interval: 250ms/
    s/metrics\.example\.net:9090/127.0.0.1:9092/" "$ship/prometheus.yml" "$ship/remote-write.yml" >"$LAB_DIR/prometheus.yml"
  sed -E 's/for: [0-9]+[mh]$/for: 2s/' "$ship/wiretruth.rules.yml" >"$LAB_DIR/wiretruth.rules.yml"
  sed -E 's/prometheus\.example\.net:9090/127.0.0.1:9090/; s/scrape_interval: 30s/scrape_interval: 250ms/' \
    "$ship/federation.yml" >"$LAB_DIR/federation.yml"
  echo 'global: {scrape_interval: 1m}' >"$LAB_DIR/receiver.yml"
}

servers() {
  lab_prometheus_start monitor receiver 9092 "$LAB_DIR/receiver.yml" --web.enable-remote-write-receiver &&
    lab_prometheus_start monitor prometheus 9090 "$LAB_DIR/prometheus.yml" &&
    lab_prometheus_start monitor above 9091 "$LAB_DIR/federation.yml"
}

# ---- readers ------------------------------------------------------------------------------------------------------

value() { lab_prometheus_value prometheus "$1"; } # EXPRESSION
has() { lab_prometheus_has prometheus "$1"; }
hasnt() { ! has "$1"; }

# The number that an expression gives, as an integer.
value_is() { [[ $(value "$1") == "$2" ]]; } # EXPRESSION WANT

# Segments that eth0 of far received: of that interface alone, each one of a merged packet counted.
# shellcheck disable=SC2016 # awk expands
far_segments() {
  lab_in far awk '/^Ip6In(NoECT|ECT0|ECT1|CE)Pkts/ { sum += $2 } END { printf "%d\n", sum }' /proc/net/dev_snmp6/eth0
}

# within VALUE TRUTH PERCENT
within() { awk -v value="${1:-0}" -v truth="$2" -v part="$3" 'BEGIN { d = value - truth; exit !((d < 0 ? -d : d) * 100 <= part * truth) }'; }

tap_within() { # VALUE TRUTH PERCENT DESCRIPTION
  within "$1" "$2" "$3"
  tap_ok $? "$4"
  within "$1" "$2" "$3" || tap_diag "got $1, the oracle $2"
}

# A question costs more than what is asked: not as often as can be.
slowly() { "$@" || { sleep 0.1 && return 1; }; }

tap_wait() { # SECONDS DESCRIPTION COMMAND...
  lab_poll "$1" slowly "${@:3}"
  tap_ok $? "$2"
}

of() { echo "instance=\"$1\",device=\"eth0\""; } # INSTANCE

# Firing alerts, each as instance/device/type.
firing() { # ALERT
  lab_prometheus_query prometheus "ALERTS{alertname=\"$1\",alertstate=\"firing\"}" |
    jq -r '.metric | [.instance, .device, .type] | map(select(. != null)) | join("/")' | sort | paste -sd' '
}
firing_is() { [[ $(firing "$1") == "$2" ]]; } # ALERT WANT

# ---- tests --------------------------------------------------------------------------------------------------------

# Nothing has passed yet: there is a packet series, and no corrected one.
test_before() {
  lab_wait 20 'both exporters' slowly value_is 'count(rate(node_network_transmit_packets_total{device="eth0"}[5m]))' 2
  lab_wait 20 'both collectds' slowly value_is 'count(collectd_wiretruth_gauge{type="tx-verdict-counter"} == 0)' 2
  tap_wait 10 'all four targets answer' value_is 'sum(up)' 4
  check_absent near "without a verdict"
}

check_absent() { # HOST WHAT
  tap_wait 10 "$2: no corrected series" hasnt "instance_device:node_network_transmit_frames:rate5m{$(of "${!1}")}"
  has "rate(node_network_transmit_packets_total{$(of "${!1}")}[5m])"
  tap_ok $? "$2: the packet series is there"
}

# 20,000 frames from near to far.
transfer() {
  local shape=(--mss 1420 --window $((128 * 1420)))
  lab_flow near far "$(lab_address 50 2 6)" "${shape[@]}" -- "${shape[@]}" --bytes $((20000 * 1420))
}

# Until the counters of both are accused, and those of the way back, with its few frames, found to agree: which takes some
# windows.
traffic() {
  local host
  for host in near far; do observe "check-$host" "$host" eth0 || return; done
  oracle[near]=$(lab_qdisc_packets near eth0) oracle[far]=$(far_segments)
  for ((i = 0; i < 30; i++)); do
    transfer || return
    value_is 'count(collectd_wiretruth_gauge{type=~"(rx|tx)-verdict-counter"} > 0)' 4 && break
  done
  lab_settle near eth0 && lab_settle far eth0 || return
  oracle[near]=$(($(lab_qdisc_packets near eth0) - oracle[near])) oracle[far]=$(($(far_segments) - oracle[far]))
  for host in near far; do
    observe_decided "check-$host" || return
    observe_end "check-$host"
  done
}

# The totals of what passed: nothing had passed before, so they are the increase too.
test_stored() {
  stored near tx
  stored far rx
}

stored() { # HOST DIRECTION
  local signal query want
  for signal in wire counter capture; do
    query="collectd_wiretruth_if_packets_$2_total{instance=\"${!1}\",wiretruth=\"eth0\",type=\"$signal\"}"
    want=$(observe_fact "check-$1" "eth0.$2.$signal.frames")
    lab_poll 20 value_is "$query" "$want"
    tap_is "$(value "$query")" "$want" "$1, $2: Prometheus has the $signal frames that check has"
    tap_diag "$query: $(value "$query"); wiretruth check: $want; the oracle: ${oracle[$1]}"
  done
}

# Once everything that passed has been polled, scraped and evaluated.
test_corrected() {
  local wire=collectd_wiretruth_if_packets
  tap_wait 20 "near: collectd's total is the oracle's" \
    value_is "${wire}_tx_total{instance=\"$near\",wiretruth=\"eth0\",type=\"wire\"}" "${oracle[near]}"
  tap_wait 20 "far: collectd's total is the oracle's" \
    value_is "${wire}_rx_total{instance=\"$far\",wiretruth=\"eth0\",type=\"wire\"}" "${oracle[far]}"
  test_stored
  corrected near transmit && corrected far receive
  # Back come acknowledgements, one frame a packet.
  corrected_is_raw
}

corrected_is_raw() {
  local at
  at=$(of $far)
  lab_wait 10 "far's own direction" has "instance_device:node_network_transmit_frames:rate5m{$at}"
  tap_is "$(value "instance_device:wiretruth_transmit_counter_per_wire:ratio{$at}")" 1 'far, transmit: the ratio is 1'
  tap_within "$(value "instance_device:node_network_transmit_frames:rate5m{$at} * 300")" \
    "$(lab_link_counter far eth0 tx packets)" 5 'far, transmit: the packet series is left as it is'
}

# rate() extends what it saw by an interval at most: hence the bound of 5 %, which 15 seconds of scrapes keep. Without
# that there is no difference.
corrected() { # HOST DIRECTION
  local host=$1 at direction=$2 truth=${oracle[$1]} raw ratio
  at=$(of "${!1}")
  raw="node_network_${direction}_packets_total{$at}"
  ratio=instance_device:wiretruth_${direction}_counter_per_wire:ratio
  lab_wait 20 "$host: the corrected series" slowly has "instance_device:node_network_${direction}_frames:rate5m{$at}" || return
  lab_wait 20 "$host: the last scrape" slowly caught_up "$raw" "$host"
  lab_wait 20 "$host: 60 scrapes" slowly has "count_over_time(${raw}[5m]) > 60"
  lab_wait 20 "$host: 60 scrapes of collectd" slowly has \
    "count_over_time(collectd_wiretruth_gauge{instance=\"${!host}\",type=\"tx-verdict-counter\"}[5m]) > 60"
  tap_within "$(value "instance_device:node_network_${direction}_frames:rate5m{$at} * 300")" "$truth" 5 \
    "$host, $direction: the corrected series is within 5 % of the oracle"
  tap_within "$(value "instance_device:wiretruth_${direction}_frames:rate5m{$at} * 300")" "$truth" 5 \
    "$host, $direction: so is wiretruth's own"
  tap_within "$(value "(max_over_time(${raw}[5m]) - min_over_time(${raw}[5m])) / on (instance, device) $ratio")" "$truth" 0.1 \
    "$host, $direction: without rate's extrapolation it is within 0.1 %"
  within "$(value "rate(${raw}[5m]) * 300")" $((truth / 10)) 100
  tap_ok $? "$host, $direction: node_exporter's own is less than a fifth of it"
}

# Whether the last scrape of node_exporter has what the kernel counts now.
caught_up() { # SERIES HOST
  local direction=tx
  [[ $2 == near ]] || direction=rx
  value_is "$1" "$(lab_link_counter "$2" eth0 $direction packets)"
}

# What the default groups cost, with everything that adds to them, and without a series.
test_series_cost() {
  local all="{__name__=~\"collectd_wiretruth_.+\",wiretruth=\"eth0\""
  tap_wait 20 'with baseline and series there are as many series as the manual says' \
    value_is "count($all,instance=\"$near\"})" "$(documented_cost)"
  tap_is "$(value "count($all,instance=\"$near\"})")" "$(exposed_by near)" 'Prometheus keeps those that collectd exposes'
  [[ $(exposed_by near) -le 40 ]]
  tap_ok $? 'they are at most 40'
  tap_is "$(value "count($all,instance=\"$far\"})")" $(($(documented_cost) - 8)) \
    'without a series there are eight less'
}

exposed_by() { lab_http monitor "http://${!1}:9103/metrics" | grep -c '^collectd_wiretruth_.*{wiretruth="eth0"'; } # HOST

# The sum of the column AT MOST over the groups that are sent by default.
documented_cost() {
  sed -n '/^\.SS Groups and their cost/,/^\.TE/p' "$root/docs/collectd-wiretruth.5" |
    awk -F@ '$4 == "by default" { sum += $3 } END { print sum }'
}

test_alerts() {
  local want="$near/eth0/tx-divergence-counter $near/eth0/tx-divergence-series $far/eth0/rx-divergence-counter"
  tap_wait 20 'divergence is raised for the two counters and the series, and for nothing else' firing_is WiretruthDivergence "$want"
  tap_is "$(firing WiretruthDivergence)" "$want" 'it names instance, device and signal'
  tap_is "$(firing WiretruthDrift)$(firing WiretruthAbsent)" '' 'no drift, and nothing absent'
}

names() { # NAME
  lab_prometheus_query "$1" '{__name__=~".+",job!="federate"}' | jq -r .metric.__name__ | sort -u | paste -sd' '
}
same_there() { # NAME
  local here there series
  series="instance_device:node_network_transmit_frames:rate5m{$(of $near)}"
  here=$(value "$series") && there=$(lab_prometheus_value "$1" "$series") && within "$there" "$here" 1
}

test_elsewhere() {
  local server want=
  for server in node_network_receive node_network_transmit wiretruth_receive wiretruth_transmit; do
    want+="instance_device:${server}_frames:rate5m "
  done
  for server in above receiver; do
    tap_wait 20 "$server: has the corrected series" same_there $server
    tap_is "$(names $server)" "${want% }" "$server: nothing but the corrected series"
  done
}

# ---- the dashboard ------------------------------------------------------------------------------------------------

drawn=("host=$near" interface=eth0 __rate_interval=5m)

panel_query() { lab_dashboard_query "$dashboard" "$1" "$2" | lab_dashboard_fill "${drawn[@]}"; } # PANEL REF
panel_value() { value "$(panel_query "$@")"; }

# The word that a panel shows for a number.
panel_word() { # PANEL REF
  lab_dashboard_panels "$dashboard" | jq -r --arg title "$1" --arg number "$(panel_value "$1" "$2")" \
    'select(.title == $title).fieldConfig.defaults.mappings[0].options[$number].text'
}

panel_is() { # PANEL REF PERCENT FACT
  local is want
  is=$(panel_value "$1" "$2") want=$(observe_fact check-near "eth0.tx.$4")
  tap_within "$is" "$want" "$3" "panel '$1', $2 is check's $4"
  tap_diag "$(panel_query "$1" "$2"): $is; wiretruth check: $want"
}

panel_says() { # PANEL REF FACT
  tap_is "$(panel_word "$1" "$2")" "$(observe_fact check-near "eth0.tx.$3")" "panel '$1', $2 has check's word for $3"
}

variable_gives() { # NAME WANT
  local query
  query=$(lab_dashboard_variables "$dashboard" | jq -r --arg name "$1" 'select(.name == $name).query' | lab_dashboard_fill "${drawn[@]}")
  tap_is "$(lab_prometheus_label_values prometheus "$query" | paste -sd' ')" "$2" "the variable $1 offers $2"
}

test_dashboard() {
  local wire counter
  tap_is "$(lab_dashboard_silent "$dashboard" has "${drawn[@]}")" '' 'each query of the dashboard has an answer'
  variable_gives host "$near $far"
  variable_gives interface eth0
  # Both rates are extended by the same factor.
  wire=$(panel_query 'Transmit: frames a second' A) counter=$(panel_query 'Transmit: frames a second' B)
  tap_within "$(value "$counter / ignoring (type) $wire")" "$(observe_fact check-near eth0.tx.counter.ratio)" 0.1 \
    "the rates of counter and wire are to each other as check's frames"
  tap_within "$(value "$wire * 300")" "$(observe_fact check-near eth0.tx.wire.frames)" 5 \
    "the rate of wire is check's frames in that time"
  panel_is 'Transmit: share of the wire that a signal shows' A 0.1 counter.ratio
  panel_is 'Transmit: share of the wire that a signal shows' B 0.1 capture.ratio
  panel_is 'Frames a packet' B 0.1 segments_per_packet
  panel_says 'Transmit: verdict' A counter.verdict
  panel_says 'Transmit: verdict' B capture.verdict
  panel_says 'Cause' B cause
}

# ---- what changes -------------------------------------------------------------------------------------------------

test_drift() {
  tap_is "$(panel_value 'Items that drift from the baseline' A)" 0 'the panel of drift shows none'
  lab_offload near eth0 gro on
  tap_wait 20 'an offload that is not as recorded raises drift' firing_is WiretruthDrift "$near/eth0/drift"
  tap_is "$(panel_value 'Items that drift from the baseline' A)" 1 'the panel of drift shows it'
  lab_offload near eth0 gro off
}

# A ratio of which nobody says that it still holds corrects nothing.
test_gone() {
  collectd_off near
  check_absent near 'without wiretruth'
  has "instance_device:node_network_receive_frames:rate5m{$(of $far)}"
  tap_ok $? 'the other host keeps its corrected series'
  tap_wait 20 'that wiretruth is absent is raised' firing_is WiretruthAbsent "$near"
}

# What a restart puts into a rate would be in the sum of all that was counted before and since. Between the two, frames
# pass that nobody counts.
test_back() {
  local wire before truth
  wire="collectd_wiretruth_if_packets_tx_total{instance=\"$near\",wiretruth=\"eth0\",type=\"wire\"}"
  transfer && lab_settle near eth0 && collectd_on near && before=$(lab_qdisc_packets near eth0) && transfer && lab_settle near eth0
  tap_ok $? 'collectd of near is back, and traffic flows'
  truth=$(($(lab_qdisc_packets near eth0) - before))
  tap_wait 20 'its total begins anew' value_is "$wire" $truth
  tap_is "$(value "resets(${wire}[5m])")" 1 'Prometheus sees that it began anew'
  tap_within "$(value "increase(${wire}[5m])")" $((oracle[near] + truth)) 5 \
    'a restart of collectd puts nothing into the rate that was not on the wire'
}

# ---- run ----------------------------------------------------------------------------------------------------------

missing=
for need in prometheus prometheus-node-exporter curl; do command -v $need >/dev/null || missing+=" $need"; done
[[ -e $LAB_BUILD/wiretruth.so ]] || missing+=' wiretruth.so'
ldd /usr/lib/collectd/write_prometheus.so 2>/dev/null | grep -q 'not found' && missing+=' libraries of write_prometheus'
if [[ $missing ]]; then
  tap_skip 'the rules of dist/prometheus on real series' "missing:$missing"
  tap_done
  exit
fi
lab_start && hosts && observers && configure && servers || exit 1
test_before
traffic
tap_ok $? 'traffic flows'
test_corrected
test_series_cost
test_alerts
test_elsewhere
test_dashboard
test_drift
test_gone
test_back
tap_done
