#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 50
#
# What each store draws of the plugin's totals while collectd is restarted, an interface is made anew, two swap their
# names, and one is moved away and comes back: no rate above the true one, none below 0, and none at all where nothing is
# known of it.
#
# One collectd with all files of dist/collectd that write to a store, as they are shipped but for hosts, ports and
# directories: carbon, both listeners of influxd, Prometheus, RRD files, and two collectds elsewhere, whose csv plugins
# have StoreRates false, as it is shipped, and true. Each store is asked by its own query interface, by what the manual
# and the dashboards ask.
#
# The truth is the pace of each stream, which a sleep between its writes bounds from above. Where another interface gets
# a name, what it had counted before is twenty times of that or more.
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
# shellcheck source=lab/graphite.sh
. "$root/lab/graphite.sh"
# shellcheck source=lab/influxdb.sh
. "$root/lab/influxdb.sh"
# shellcheck source=lab/rrd.sh
. "$root/lab/rrd.sh"
# shellcheck source=lab/dashboard.sh
. "$root/lab/dashboard.sh"

readonly SEGMENTS=20 PAUSE=4000 PACE=5000 # frames of a write, microseconds between two, so frames a second at the most
readonly BLAST=400000                     # frames at once, before anybody looks for a rate
readonly INTERVAL=2                       # the least that RRD takes
readonly LATE=4                           # seconds that a reading may be later than its time says: two intervals
readonly WINDOW=10                        # seconds of Prometheus' rate
interfaces=(plain0 anew0 small0 large0 away0)
signals=(wire counter capture)

# ---- helpers ------------------------------------------------------------------------------------------------------

in_host() { ip -n "$(lab_ns host)" "$@"; }

declare -A SUBNET=([plain0]=31 [anew0]=32 [small0]=33 [large0]=34 [away0]=35)

# That of an old one has its addresses again.
new_pair() { # IF
  in_host link add "$1" address "$(lab_mac "${SUBNET[$1]}" 1)" type veth \
    peer name "$1" address "$(lab_mac "${SUBNET[$1]}" 2)" netns "$(lab_ns far)" && dress "$1"
}
dress() { # IF
  ip -n "$(lab_ns far)" link set "$1" arp off multicast off up
  in_host link set "$1" arp off multicast off up && in_host address replace "10.${SUBNET[$1]}.0.1/24" dev "$1"
}

# To an address that nobody has: nobody answers.
stream() { # IF
  lab_spawn_in host "stream-$1" "$LAB_BIN/stream" --segments $SEGMENTS --pause $PAUSE --limit 600 "10.${SUBNET[$1]}.0.9"
  lab_wait_log 5 "stream-$1" '^ready'
}

# ---- the stores ---------------------------------------------------------------------------------------------------

carbon() {
  # shellcheck disable=SC2034 # for lab/graphite.sh
  LAB_GRAPHITE_STEP=${INTERVAL}s
  lab_carbon_start host && lab_graphite_start host
}

influx() {
  echo 'collectd: secret' >"$LAB_DIR/influx.auth"
  lab_shipped influxdb/influxdb.conf "/etc/influxdb/collectd.auth=$LAB_DIR/influx.auth" '":25826"="127.0.0.1:25826"' \
    >"$LAB_DIR/listeners.conf" && lab_influxdb_start host influx "$LAB_DIR/listeners.conf" || return
  lab_influxdb_query influx '' 'CREATE DATABASE collectd; CREATE DATABASE collectd_udp'
}

prometheus() {
  cat >"$LAB_DIR/prometheus.yml" <<END
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: wiretruth
    honor_timestamps: false
    static_configs: [{targets: ['127.0.0.1:9103']}]
    metric_relabel_configs: [{regex: exported_instance, action: labeldrop}]
END
  lab_prometheus_start host prometheus 9090 "$LAB_DIR/prometheus.yml"
}

# A collectd elsewhere, with StoreRates as given. Its files are in $LAB_DIR/central-STORERATES.
central() { # STORERATES ADDRESS
  echo 'host-a: secret' >"$LAB_DIR/central.auth"
  lab_collectd_plain host "$(lab_collectd_shipped central-server.conf "0.0.0.0=$2" \
    "/etc/collectd/central.auth=$LAB_DIR/central.auth" "/var/lib/collectd/csv=$LAB_DIR/central-$1/csv" \
    "StoreRates false=StoreRates $1")"
}

configuration() {
  local eth0='Interface "eth0"=Interface "/0$/"' flush='FlushInterval 10=FlushInterval 1'
  # The second node, for totals, is commented out.
  lab_collectd_shipped graphite.conf graphite.example.net=127.0.0.1 "$eth0" | sed '/^  #<Node/,/^  #<\/Node/s/^  #/  /'
  lab_collectd_shipped influxdb.conf influxdb.example.net=127.0.0.1 "$flush" "$eth0" change-me=secret &&
    lab_collectd_shipped influxdb-udp.conf influxdb.example.net=127.0.0.1 "$flush" "$eth0" &&
    lab_collectd_shipped prometheus.conf host-a.example.net=127.0.0.1 "$eth0" &&
    lab_collectd_shipped rrd.conf "/var/lib/collectd/rrd=$LAB_DIR/rrd" "$eth0" '#HeartBeat 20=HeartBeat 20' &&
    lab_collectd_shipped central-client.conf collectd.example.net=127.0.0.2 "$eth0" 'a password of host-a=secret' &&
    lab_collectd_shipped central-client.conf collectd.example.net=127.0.0.3 "$eth0" 'a password of host-a=secret'
}

agent() { lab_collectd_start host 'CPUBudget 100'; }

start() {
  local id
  lab_start && lab_host host && lab_host far || return
  for id in "${interfaces[@]}"; do new_pair "$id" || return; done
  carbon && influx && prometheus && central false 127.0.0.2 && central true 127.0.0.3 || return
  LAB_COLLECTD_LOAD="Interval $INTERVAL"
  LAB_COLLECTD_EXTRA=$(configuration) && agent
}

# ---- events -------------------------------------------------------------------------------------------------------

blast() { # IF
  lab_in host "$LAB_BIN/blast" --qdisc --count $BLAST --size 20 "$1" "$(lab_mac "${SUBNET[$1]}" 2)" \
    "10.${SUBNET[$1]}.0.1" "10.${SUBNET[$1]}.0.2" >/dev/null
}
has_blast() { (($(lab_collectd_total large0 if_packets-wire tx) >= BLAST)); }

# Values of an interface that began since now.
values() { # NUMBER IF
  local i
  for ((i = 0; i < $1; i++)); do lab_collectd_await 30 "$2" if_packets-wire || return; done
}

# Between two polls, and with traffic on both.
swap_names() { # IF IF
  in_host -batch - <<END
link set $1 down
link set $2 down
link set $1 name between
link set $2 name $1
link set between name $2
END
  local subnet=${SUBNET[$1]}
  SUBNET[$1]=${SUBNET[$2]} SUBNET[$2]=$subnet
  dress "$1" && dress "$2"
}

events() {
  local id
  blast large0 && lab_wait 30 'all of it' has_blast && values 1 large0 || return
  FROM=$(lab_collectd_total large0 if_packets-wire time)
  for id in "${interfaces[@]}"; do stream "$id" || return; done
  values 3 small0
  in_host link set away0 netns "$(lab_ns far)" name away
  in_host link delete anew0
  new_pair anew0 && swap_names small0 large0 && values 2 small0 && values 1 anew0 || return
  ip -n "$(lab_ns far)" link set away netns "$(lab_ns host)" name away0
  dress away0 && values 3 away0 && lab_wait 30 'the scrapes' is_scraped away0 "$(lab_collectd_total away0 if_packets-counter tx)"
}

prometheus_total() { echo "collectd_wiretruth_if_packets_tx_total{wiretruth=\"$1\",type=\"counter\"}"; } # IF

is_scraped() { # IF TOTAL
  local total
  total=$(lab_prometheus_value prometheus "$(prometheus_total "$1")") && ((total >= $2))
}

# The first value of the second one comes more than three seconds after the last of the first one, so that there is a
# whole step of the RRD files between them, wherever steps begin.
restart() {
  lab_collectd_stop
  check 'collectd ends' [ "$LAB_STATUS" = 0 ]
  LAST=$(lab_collectd_total plain0 if_packets-wire time)
  lab_poll 30 is_past "$LAST" 4
  agent && values 2 plain0
  check 'and starts again' [ $? = 0 ]
  END=$(lab_collectd_total plain0 if_packets-wire time)
  lab_wait 30 'the newest values in the stores' caught_up
  # With it the RRD files are written.
  lab_collectd_stop
  FIRST=$(central_times false plain0 wire | awk -v last="$LAST" '$1 > last + 1 { print $1; exit }')
}
is_past() { awk -v now="$EPOCHREALTIME" -v time="$1" -v seconds="$2" 'BEGIN { exit !(now > time + seconds) }'; } # TIME SECONDS

caught_up() {
  local store
  for store in graphite influx influx-udp central-totals central-rates; do
    newer "$(drawn $store wire | sed -n 's/^plain0 //p' | tail -n 1)" || return
  done
}
newer() { awk -v time="${1%% *}" -v end="$END" -v step=$INTERVAL 'BEGIN { exit !(time >= end - step) }'; } # POINT

# ---- reading: "interface time rate" of what each store draws, only what is known --------------------------------------

graphite_drawn() { # TARGET
  lab_graphite_render "$1" | jq -r '.[] | (.target | capture("wiretruth-(?<id>[a-z0-9]+)").id) as $id
    | .datapoints[] | select(.[0] != null) | "\($id) \(.[1]) \(.[0])"'
}

declare -A REF=([wire]=A [counter]=B [capture]=C)
dashboard_query() { # BACKEND SIGNAL NAME=VALUE...
  lab_dashboard_query "$root/dist/grafana/wiretruth-$1.json" 'Transmit: frames a second' "${REF[$2]}" |
    lab_dashboard_fill "interface=($(IFS='|' && echo "${interfaces[*]}"))" "${@:3}"
}

influx_drawn() { # DATABASE SIGNAL
  local query
  query=$(dashboard_query influxdb "$2" host=lab "__interval=${INTERVAL}s" 'timeFilter=time > now() - 10m') &&
    lab_influxdb_query influx "$1" "$query" | jq -r '.tags.instance as $id | .values[] | "\($id) \(.[0] / 1000) \(.[1])"'
}

# Of all scrapes, the rate of the time before.
prometheus_drawn() { # SIGNAL
  local query
  query=$(dashboard_query prometheus "$1" host=127.0.0.1:9103 "__rate_interval=${WINDOW}s") &&
    lab_http host http://127.0.0.1:9090/api/v1/query_range --get --data-urlencode "query=$query" \
      --data-urlencode "start=$FROM" --data-urlencode "end=$(date +%s)" --data step=1 |
    jq -r '.data.result[] | .metric.wiretruth as $id | .values[] | "\($id) \(.[0]) \(.[1])"'
}

central_times() { # STORERATES IF SIGNAL: "time value of tx", also those that are nan
  cat "$LAB_DIR/central-$1/csv/lab/wiretruth-$2/if_packets-$3"-* | awk -F, '/^[0-9]/ { print $1, $3 }' | sort -n
}

# What has a file of each interface.
each_drawn() { # STORE SIGNAL
  local id
  for id in "${interfaces[@]}"; do
    case $1 in
      rrd) lab_rrd_rows "$LAB_DIR/rrd/lab/wiretruth-$id" "if_packets-$2" tx ;;
      central-rates) central_times true "$id" "$2" | grep -v nan ;;
      central-totals) # as any reader of such files would draw them, a total that begins anew left out
        central_times false "$id" "$2" | awk 'NR > 1 && $2 >= value { print $1, ($2 - value) / ($1 - time) } { time = $1; value = $2 }' ;;
    esac | sed "s/^/$id /"
  done
}

drawn() { # STORE SIGNAL
  local name
  name="lab.wiretruth-{$(IFS=, && echo "${interfaces[*]}")}.if_packets-$2.tx"
  case $1 in
    graphite) graphite_drawn "$name" ;;
    graphite-totals) graphite_drawn "scaleToSeconds(nonNegativeDerivative(totals.$name),1)" ;;
    influx) influx_drawn collectd "$2" ;;
    influx-udp) influx_drawn collectd_udp "$2" ;;
    prometheus) prometheus_drawn "$2" ;;
    *) each_drawn "$1" "$2" ;;
  esac
}
stores=(graphite graphite-totals influx influx-udp prometheus rrd central-rates central-totals)

# Seconds that a store may take more than a rate's own time for, and the time of that rate. collectd draws rates from the
# times of the values, and so can whoever has these. RRD has them rounded to a second, at either end; what keeps one
# value a step, by steps, of which the first value may be at the begin of one and the other at the end of another.
# Prometheus' window begins with whatever had been polled before, up to an interval and a scrape ago.
declare -A SMEAR=([graphite]=0 [central-rates]=0 [central-totals]=0 [rrd]=1 [graphite-totals]=$INTERVAL [influx]=$INTERVAL
  [influx-udp]=$INTERVAL [prometheus]=$((INTERVAL + 1)))

# ---- judging ------------------------------------------------------------------------------------------------------

# All that the stores have, in $LAB_DIR/points/STORE.IF.SIGNAL.
ask() {
  local store id signal
  mkdir "$LAB_DIR/points" || return
  for store in "${stores[@]}"; do
    for signal in "${signals[@]}"; do
      for id in "${interfaces[@]}"; do : >"$LAB_DIR/points/$store.$id.$signal"; done
      drawn "$store" "$signal" |
        awk -v begin="$LAB_DIR/points/$store." -v end=".$signal" '{ print $2, $3 >(begin $1 end) }' || return
    done
  done
}

# Rates that are wrong, and how many there were. What was blasted through large0 had that name until it was over.
judge_rates() { # STORE
  local known file time=$INTERVAL most files=("$LAB_DIR/points/$1".*)
  [[ $1 != prometheus ]] || time=$WINDOW
  most=$((PACE * (time + SMEAR[$1] + LATE) / time))
  tap_is "$(awk -v most=$most -v over="$FROM" -v time=$((time + INTERVAL)) '
    FILENAME ~ /\.large0\./ && $1 <= over + time { next }
    $2 < 0 || $2 > most { sub(".*/", "", FILENAME); print FILENAME ": " $0 }' "${files[@]}")" '' "$1: no rate is below 0 or above $most"
  known=$(for file in "${files[@]}"; do awk '$2 > 0' "$file" | wc -l; done | sort -n | head -n 1)
  ((known >= 5))
  tap_ok $? "$1: at least $known rates of each were judged"
  tap_diag "plain0 wire: $(awk '{ printf "%s%s %.0f", (NR > 1 ? ", " : ""), $1, $2 }' "$LAB_DIR/points/$1.plain0.wire")"
}

# Times at which the totals of an interface begin anew, by those that came as they were sent, each with the time of the
# next value. The counter's begin anew for no other reason than those that are made here.
resets() { # IF
  central_times false "$1" counter | awk -v from="$FROM" '
    reset { print reset, $1; reset = "" }
    $2 < value && $1 > from { reset = $1 }
    { value = $2 }'
}

# The stores that have a rate of that time, with the rate. Where one keeps one value of a step and the next value is in
# the same one, that is what it has.
drawn_at() { # IF TIME NEXT
  local store
  for store in graphite graphite-totals influx influx-udp central-rates central-totals; do
    awk -v store=$store -v at="$2" -v next_at="$3" -v size=$INTERVAL '
      function step(time) {
        if (store ~ /^central/) return time
        if (store ~ /^graphite/) time = int(time + 0.5)
        return size * int(time / size)
      }
      $1 > step(at) - 0.002 && $1 < step(at) + 0.002 && step(at) != step(next_at) { print store, $2 }' "$LAB_DIR/points/$store.$1.counter"
  done
}

judge_gaps() {
  local id at next
  for id in "${interfaces[@]}"; do
    (($(resets "$id" | wc -l) >= RESETS[$id]))
    tap_ok $? "$id: its total begins anew ${RESETS[$id]} times or more"
    while read -r at next; do
      tap_is "$(drawn_at "$id" "$at" "$next")" '' "$id: no store has a rate at $at, where its total begins anew"
    done < <(resets "$id")
    # Prometheus draws no gap, and adds nothing.
    check "prometheus: the total of $id began anew as often" \
      [ "$(lab_prometheus_value prometheus "resets($(prometheus_total "$id")[10m])")" -ge "${RESETS[$id]}" ]
  done
  tap_is "$(unknown_steps)" 1 'rrd: a step of the restart is not known'
}
# What was made anew had values under its name before and after, and so had what was away.
declare -A RESETS=([plain0]=1 [anew0]=2 [small0]=2 [large0]=2 [away0]=2)

# Whether a row between the last value before the restart and the first after it is unknown: rows end at their time.
unknown_steps() {
  awk -v last="$LAST" -v first="$FIRST" -v step=$INTERVAL '
    { known[$1 + 0] = 1 }
    END {
      for (end = step * int(last / step + 1); end < first + step; end += step) if (!(end in known)) unknown = 1
      print unknown + 0
    }' "$LAB_DIR/points/rrd.plain0.wire"
}

# ---- run ----------------------------------------------------------------------------------------------------------

missing=
for need in carbon-cache gunicorn django-admin influxd prometheus rrdtool curl jq; do
  command -v $need >/dev/null || missing+=" $need"
done
[[ -e $LAB_BUILD/wiretruth.so ]] || missing+=' wiretruth.so'
if [[ $missing ]]; then
  tap_skip 'rates of all stores' "missing:$missing"
  tap_done
  exit
fi
FROM='' LAST='' END='' FIRST=''
start || exit 1
check 'interfaces are made anew, swap their names, and are away for a while' events
restart
check 'all stores are asked' ask
for store in "${stores[@]}"; do judge_rates "$store"; done
judge_gaps
tap_done
