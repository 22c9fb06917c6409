#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 35
#
# dist/collectd/influxdb.conf and influxdb-udp.conf with real processes: one collectd that writes to both listeners of a
# real influxd, each into its own database, and what comes back by InfluxQL over HTTP, also by the queries of the
# dashboard.
#
# The lab's situations "gro" (receive with GRO by gro0 of "host") and "tso" (transmit with TSO by tso0). Put up against
# wiretruth check of the same window, the lab's oracles (IP MIB, queue discipline) and what collectd's csv plugin wrote.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/prometheus.sh
. "$root/lab/prometheus.sh"
# shellcheck source=lab/influxdb.sh
. "$root/lab/influxdb.sh"
# shellcheck source=lab/dashboard.sh
. "$root/lab/dashboard.sh"
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

LAB_FRAMES=20000
dashboard=$root/dist/grafana/wiretruth-influxdb.json
databases=(collectd collectd_udp)
declare -A truth=()

# ---- set-up -------------------------------------------------------------------------------------------------------

hosts() {
  situation_setup gro && situation_setup tso && lab_exporter_start host exporter 127.0.0.1:9100 &&
    lab_in host "$LAB_BUILD/wiretruth" baseline save "$LAB_DIR/baseline" >/dev/null &&
    lab_offload host gro0 tx-nocache-copy on # so that there is drift, of something that moves no figure
}

# The year's step is one second here.
server() {
  local database statements
  echo 'collectd: secret' >"$LAB_DIR/auth"
  lab_shipped influxdb/influxdb.conf "/etc/influxdb/collectd.auth=$LAB_DIR/auth" >"$LAB_DIR/listeners.conf" &&
    lab_influxdb_start host influx "$LAB_DIR/listeners.conf" || return
  for database in "${databases[@]}"; do
    statements=$(lab_shipped influxdb/wiretruth.influxql "\"collectd\"=\"$database\"" 'time(5m)=time(1s)' 'FOR 15m=FOR 10s') &&
      lab_in host influx <<<"$statements" >"$LAB_DIR/$database.said" && ! grep . "$LAB_DIR/$database.said" || return
  done
}

# Both ways from one collectd.
agent() { # OPTIONS [LINES]
  local places=('influxdb.example.net=127.0.0.1' 'FlushInterval 10=FlushInterval 1')
  # shellcheck disable=SC2034 # for lab/collectd.sh
  LAB_COLLECTD_EXTRA=$(
    lab_collectd_shipped influxdb.conf "${places[@]}" 'Interface "eth0"=Interface "gro0"' change-me=secret &&
      lab_collectd_shipped influxdb-udp.conf "${places[@]}" 'Interface "eth0"=Interface "tso0"'
  )${2:+$'\n'$2} || return
  lab_collectd_start host "CPUBudget 100
    Baseline \"$LAB_DIR/baseline\"
    Series \"http://127.0.0.1:9100\"
    $1"
}

# ---- readers ------------------------------------------------------------------------------------------------------

of() { # INTERFACE TYPE TYPE-INSTANCE
  echo "FROM \"wiretruth\" WHERE \"host\" = 'lab' AND \"instance\" = '$1' AND \"type\" = '$2' AND \"type_instance\" = '$3'"
}

value() { lab_influxdb_value influx "$@" 2>/dev/null; } # DATABASE INFLUXQL
value_is() { [[ $(value "$1" "$2") == "$3" ]]; } # DATABASE INFLUXQL WANT

# The same, once it is so.
tap_value() { # DATABASE INFLUXQL WANT DESCRIPTION
  lab_poll 10 value_is "$1" "$2" "$3"
  tap_is "$(value "$1" "$2")" "$3" "$1: $4"
}

# Whether the database has a value that is as new.
caught_up() { # DATABASE TIME
  local newest
  newest=$(lab_influxdb_query influx "$1" "SELECT last(\"rx\") $(of tso0 if_packets wire)") &&
    jq -e --argjson csv "$2" '.values[0][0] >= $csv * 1000 - 2' <<<"$newest" >/dev/null
}

# Until everything that passed so far is in both databases. What of a poll does not fill a datagram goes out with the
# next poll: the newest value of all may never be there.
await() {
  local database time
  lab_collectd_await 10 tso0 if_packets-wire && time=$(lab_collectd_total tso0 if_packets-wire time) || return
  for database in "${databases[@]}"; do
    lab_wait 15 "the newest values in $database" caught_up "$database" "$time" || return
  done
}

# ---- what passed --------------------------------------------------------------------------------------------------

# truth: frames that passed while check looked. The IP MIB of "host" counts what goes to influxd as well, so for gro0 it
# is the queue of the sender, which cuts before it.
oracle() { # gro|tso
  if [[ $1 == gro ]]; then lab_qdisc_packets peer-gro eth0; else lab_ip_segments peer-tso; fi
}

transfer() { # gro|tso NAME
  local before
  before=$(oracle "$1")
  situation_traffic "$1" && truth[$2]=$(($(oracle "$1") - before))
}

traffic() {
  observe check host gro0 tso0 && transfer gro gro && transfer tso tso && observe_decided check && observe_end check
}

# How much the totals grew, one a line: "gro0 capture 520 142", received and sent.
grew() { # DATABASE
  lab_influxdb_query influx "$1" "$growth" | jq -r '"\(.tags.instance) \(.tags.type_instance) \(.values[0][1]) \(.values[0][2])"' | sort
}
growth='SELECT last("rx") - first("rx"), last("tx") - first("tx") FROM "wiretruth"
  WHERE "type" = '"'if_packets'"' AND "type_instance" =~ /wire|counter|capture/ GROUP BY "instance", "type_instance"'

checked() {
  local interface signal
  for interface in gro0 tso0; do
    for signal in capture counter wire; do
      echo "$interface $signal $(observe_fact check $interface.rx.$signal.frames) $(observe_fact check $interface.tx.$signal.frames)"
    done
  done
}

grew_as_checked() { [[ $(grew "$1") == "$(checked)" ]]; } # DATABASE

test_totals() { # DATABASE
  lab_poll 10 grew_as_checked "$1"
  tap_is "$(grew "$1")" "$(checked)" "$1: wire, counter and capture grew by what check counted, both ways"
  tap_diag "$growth: $(grew "$1" | grep 'gro0 capture'); wiretruth check: $(checked | grep 'gro0 capture')"
  tap_is "$(grew "$1" | awk '/gro0 wire/ { print $3 } /tso0 wire/ { print $4 }' | paste -sd' ')" "${truth[gro]} ${truth[tso]}" \
    "$1: wire grew by what sender's queue and receiver's IP MIB counted"
}

# ---- dashboard ----------------------------------------------------------------------------------------------------

fill() { lab_dashboard_fill host=lab 'interface=(gro0|tso0)' __interval=1s 'timeFilter=time > now() - 5m'; }

# Every query of the panels in one request: {"panel", "ref", "error", "series"} a line, in $LAB_DIR/DATABASE.answers.
ask_dashboard() { # DATABASE
  local statements
  statements=$(lab_dashboard_queries "$dashboard" | jq -r .query | fill) || return
  lab_influxdb_answers influx "$1" "$(paste -sd';' <<<"$statements")" >"$LAB_DIR/answers" &&
    jq -cs --slurpfile answers "$LAB_DIR/answers" 'to_entries[] | .key as $at | .value | {panel, ref} + $answers[$at]' \
      <(lab_dashboard_queries "$dashboard") >"$LAB_DIR/$1.answers"
}

# What refused, or gave nothing.
mute_panels() { # DATABASE
  ask_dashboard "$1" && jq -r 'select(.error or ([.series[].values[][1] | numbers] == []))
    | "\(.panel), \(.ref): \(.error // "no data")"' "$LAB_DIR/$1.answers"
}
no_mute_panels() { local mute; mute=$(mute_panels "$1" 2>&1) && [[ -z $mute ]]; } # DATABASE

# One series of a panel's answer.
panel() { # DATABASE PANEL REF INTERFACE
  jq -c --arg panel "$2" --arg ref "$3" --arg interface "$4" \
    'select(.panel == $panel and .ref == $ref) | .series[] | select(.tags.instance == $interface) | .values' "$LAB_DIR/$1.answers"
}

newest() { panel "$@" | jq '.[-1][1]'; } # DATABASE PANEL REF INTERFACE

# What a rate says over its whole time.
frames() { panel "$@" | jq '[range(1; length) as $i | .[$i][1] * (.[$i][0] - .[$i - 1][0]) / 1000] | add | round'; }

# write_influxdb_udp has six digits behind the point, and check four that count.
tap_close() { # GOT WANT DESCRIPTION
  jq -en "(${1:-null} - ${2:-null}) | fabs <= 0.00001" >/dev/null
  tap_ok $? "$3"
  tap_diag "dashboard: $1; wiretruth check: $2"
}

number() { jq -n --arg word "$1" '["unknown", "agrees", "under-reports", "over-reports"] | index($word)'; } # VERDICT

test_dashboard() { # DATABASE
  lab_poll 15 no_mute_panels "$1"
  tap_is "$(mute_panels "$1")" '' "$1: every query of the dashboard gives data"
  tap_is "$(frames "$1" 'Receive: frames a second' A gro0)" "$(observe_fact check gro0.rx.wire.frames)" \
    "$1: the dashboard's frames a second, received by gro0, are check's"
  tap_is "$(frames "$1" 'Transmit: frames a second' B tso0)" "$(observe_fact check tso0.tx.counter.frames)" \
    "$1: and those that tso0's counter shows"
  tap_close "$(newest "$1" 'Receive: share of the wire that a signal shows' B gro0)" \
    "$(observe_fact check gro0.rx.capture.ratio)" "$1: the share that a capture on gro0 shows is check's"
  tap_is "$(newest "$1" 'Transmit: verdict' A tso0)" "$(number "$(observe_fact check tso0.tx.counter.verdict)")" \
    "$1: the verdict of tso0's counter is check's"
}

test_variables() { # DATABASE
  local query want=(lab $'gro0\ntso0') i=0
  while read -r query; do
    tap_is "$(lab_influxdb_query influx "$1" "$(jq -r .query <<<"$query" | fill)" | jq -r '.values[][1]')" "${want[i++]}" \
      "$1: the variable $(jq -r .name <<<"$query") has what there is"
  done < <(lab_dashboard_variables "$dashboard")
}

# ---- nothing lost, and a restart ----------------------------------------------------------------------------------

# How many values of each identity there are, one a line: "gro0/gauge-rx-cause 7".
stored() { # DATABASE
  lab_influxdb_query influx "$1" "SELECT count(/^(rx|value)$/) FROM \"wiretruth\" GROUP BY \"instance\", \"type\", \"type_instance\"" |
    jq -r '.tags as $tag | "\($tag.instance)/\($tag.type)-\($tag.type_instance) \(.values[0][1:] | map(numbers) | add)"' | sort
}

written() {
  local file name
  for file in "$LAB_COLLECTD"/csv/lab/wiretruth-*/*; do
    name=${file#*/csv/lab/wiretruth-}
    echo "${name%-????-??-??} $(grep -c '^[0-9]' "$file")"
  done | sort
}

stored_is_written() { [[ $(stored "$1") == "$(written)" ]]; } # DATABASE

# The first collectd has ended, with which it sends the rest.
test_complete() { # DATABASE
  lab_poll 10 stored_is_written "$1"
  tap_is "$(diff <(stored "$1") <(written))" '' "$1: has each value that the csv plugin wrote, of $(written | wc -l) identities"
}

# Of all that both collectds sent, those to whom the listener must not listen included: with the second of them was one
# that does not encrypt, and one with a wrong password.
test_received() {
  local section lines
  lines=$(cat "$LAB_DIR"/collectd.*/csv/lab/*/* | grep -c '^[0-9]')
  for section in collectd udp; do
    lab_poll 10 received_is $section "$lines"
    tap_is "$(lab_influxdb_stat influx $section pointsRx)" "$lines" "$section: the listener took each value once, and nothing else"
  done
  [[ $(lab_influxdb_stat influx collectd pointsParseFail) -ge 2 ]]
  tap_ok $? 'collectd: a wrong password was refused'
}
received_is() { [[ $(lab_influxdb_stat influx "$1" pointsRx) == "$2" ]]; } # SECTION POINTS

strangers='<Plugin network>
  Server "127.0.0.1" "25826"
  <Server "127.0.0.1" "25826">
    SecurityLevel "Encrypt"
    Username "collectd"
    Password "guessed"
  </Server>
</Plugin>'

# influxd's own account of what it did not take.
test_dropped() {
  tap_is "$(lab_influxdb_query influx '' 'SHOW STATS' | jq -c 'select(.name | IN("collectd", "udp", "shard")) | . as $part
    | [.columns, .values[0]] | transpose[] | select(.[0] | test("batchesTxFail|Dropped|Invalid|Err$")) | select(.[1] != 0) | [$part.name] + .')" \
    '' 'influxd has dropped nothing'
}

# The totals begin anew. Before that comes traffic which no rate may make a negative or a too large one of.
restart() {
  lab_collectd_stop && agent 'Report wire signals ratios hidden' "$strangers" && await || return
  transfer gro again && await
}

test_restart() { # DATABASE
  local wire sum total=$((truth[gro] + truth[again])) rates
  wire=$(of gro0 if_packets wire)
  sum="SELECT sum(\"frames\") FROM (SELECT non_negative_difference(\"rx\") AS \"frames\" $wire)"
  tap_value "$1" "$sum" $total "over a restart the frames add up to what the sender's queue counted"
  tap_diag "$sum: $(value "$1" "$sum"); queue: ${truth[gro]} + ${truth[again]}"
  ask_dashboard "$1"
  rates=$(panel "$1" 'Receive: frames a second' A gro0 | jq -c --argjson total $total 'map(.[1]) | [min >= 0, max <= $total]')
  tap_is "$rates $(frames "$1" 'Receive: frames a second' A gro0)" "[true,true] $total" \
    "$1: and so do the dashboard's frames a second, none of which is negative or too many"
  lab_influxdb_query influx "$1" "SELECT derivative(last(\"rx\"), 1s) $wire AND time > now() - 5m GROUP BY time(1s) fill(none)" |
    jq -e '.values | map(.[1]) | min < 0' >/dev/null
  tap_ok $? "$1: which they would be without non_negative"
}

# Of the groups that have totals as values of one field.
test_hidden() { # DATABASE
  local wire capture
  wire=$(lab_collectd_total gro0 if_packets-wire rx) capture=$(lab_collectd_total gro0 if_packets-capture rx)
  tap_value "$1" "SELECT last(\"value\") FROM \"wiretruth_totals\" WHERE \"instance\" = 'gro0' AND \"type_instance\" = 'rx-hidden_frames'" \
    $((wire - capture)) 'hidden frames are a total beside the gauges'
}

# What the continuous query keeps.
test_year() { # DATABASE
  tap_value "$1" "SELECT last(\"rx\") $(of gro0 if_packets wire | sed 's/"wiretruth"/"year"."wiretruth"/')" \
    "$(value "$1" "SELECT last(\"rx\") $(of gro0 if_packets wire)")" 'the downsampled total is the total'
}

# ---- run ----------------------------------------------------------------------------------------------------------

lab_start && hosts && server && agent '' || exit 1
await && traffic && await || exit 1
for database in "${databases[@]}"; do
  test_totals "$database"
  test_dashboard "$database"
  test_variables "$database"
done
lab_collectd_stop
for database in "${databases[@]}"; do test_complete "$database"; done
restart
tap_ok $? 'collectd starts again'
for database in "${databases[@]}"; do
  test_restart "$database"
  test_hidden "$database"
  test_year "$database"
done
lab_collectd_stop
test_received
test_dropped
lab_influxdb_stop influx
tap_done
