#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 35
#
# Graphite with real processes: collectd with dist/collectd/graphite.conf, carbon-cache with dist/graphite's retention and
# aggregation, and graphite-web, by whose render API everything is read back; then its dashboard.
#
# "host" receives with GRO by gro0 and transmits with TSO by tso0. The truth is what its IPv6 MIB of gro0 and the IP MIB of
# tso0's receiver count, and the queues on both ways. graphite.conf is taken as it is, with its second node, for totals, put
# in force; so the same collectd stores rates and totals of the same polls.
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
# shellcheck source=lab/graphite.sh
. "$root/lab/graphite.sh"
# shellcheck source=lab/dashboard.sh
. "$root/lab/dashboard.sh"
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

ship=$root/dist/graphite
grafana=$root/dist/grafana/wiretruth-graphite.json
declare -A oracle=()
ways='gro0.rx tso0.tx' # interface and direction of the traffic that counts

# ---- set-up -------------------------------------------------------------------------------------------------------

# What is commented out of the second node, without its "#".
configuration() {
  lab_collectd_shipped graphite.conf graphite.example.net=127.0.0.1 eth0\"=gro0\" | sed '/^  #<Node/,/^  #<\/Node/s/^  #/  /'
}

# A drift: one feature is not as it was recorded.
observers() {
  lab_exporter_start host exporter 127.0.0.1:9100 &&
    lab_in host "$LAB_BUILD/wiretruth" baseline save "$LAB_DIR/baseline" >/dev/null &&
    lab_offload host gro0 tx-udp-segmentation off || return
  LAB_COLLECTD_EXTRA=$(configuration) || return
  collectd_in_phase || return
  lab_wait 20 'samples of the series' has_series && observe cli host --baseline "$LAB_DIR/baseline" gro0 tso0
}

# collectd rounds a value's time to a second for Graphite, which keeps one value a second. Where polls fall near the half
# of a second, two may be rounded to the same.
collectd_in_phase() {
  for _ in 1 2 3 4 5; do
    lab_poll 2 clock_near_second
    collectd && lab_collectd_await 20 gro0 if_packets-wire || return
    polls_near_second && return
    lab_collectd_stop
  done
  lab_fail 'collectd does not poll near the full second'
}

collectd() {
  lab_collectd_start host "Interface \"/^(gro0|tso0)\$/\"
    CPUBudget 100
    Baseline \"$LAB_DIR/baseline\"
    Series \"http://127.0.0.1:9100\""
}

clock_near_second() { [[ $EPOCHREALTIME == *.[89]* ]]; }
polls_near_second() { [[ $(lab_collectd_total gro0 if_packets-wire time) == *.[890123]* ]]; }
has_series() { lab_collectd_value gro0 if_packets-series >/dev/null && lab_collectd_value tso0 if_packets-series >/dev/null; }

# ---- truth --------------------------------------------------------------------------------------------------------

# Of gro0 alone: lo carries what goes to Graphite.
# shellcheck disable=SC2016 # awk expands
mib() {
  lab_in host awk '/^Ip6In(NoECT|ECT0|ECT1|CE)Pkts/ { sum += $2 } END { printf "%d\n", sum }' /proc/net/dev_snmp6/gro0
}

oracles() {
  oracle[gro0.rx.mib]=$(mib) oracle[gro0.rx.queue]=$(lab_qdisc_packets peer-gro eth0)
  oracle[tso0.tx.mib]=$(lab_ip_segments peer-tso 6) oracle[tso0.tx.queue]=$(lab_qdisc_packets host tso0)
}

# In pieces: at least six polls are to see some of it.
traffic() {
  local key id
  local -A before=()
  oracles
  for key in "${!oracle[@]}"; do before[$key]=${oracle[$key]}; done
  for ((i = 0; i < 100 && (i < 6 || $(polls_with_traffic) < 6); i++)); do
    for id in gro tso; do LAB_FRAMES=4000 situation_traffic $id 6 || return; done
  done
  oracles
  for key in "${!oracle[@]}"; do oracle[$key]=$((oracle[$key] - before[$key])); done
}

csv() { cat "$LAB_COLLECTD/csv/lab/wiretruth-$1/$2"-????-??-?? | grep '^[0-9]'; } # IFACE ID
polls_with_traffic() { csv gro0 if_packets-wire | cut -d, -f2 | sort -u | wc -l; }

# ---- readers ------------------------------------------------------------------------------------------------------

metric() { echo "lab.wiretruth-${1%.*}.if_packets-$2.${1#*.}"; } # WAY SIGNAL
gauge() { echo "lab.wiretruth-${1%.*}.gauge-${1#*.}-$2"; }      # WAY WHAT

number() { printf '%.0f\n' "$(lab_graphite_last "$1")"; } # TARGET
number_is() { [[ $(number "$1") == "$2" ]]; }           # TARGET WANT

newest_is_after() { # TARGET TIME
  local points
  points=$(lab_graphite_points "$1") && points=${points##*$'\n'} && ((${points% *} >= $2))
}

# until Graphite has a poll that began after this was called
stored() {
  local iface time
  for iface in gro0 tso0; do
    lab_collectd_await 20 $iface gauge-tx-verdict-counter || return
    time=$(lab_collectd_total $iface gauge-tx-verdict-counter time) || return
    lab_wait 20 "Graphite to have $iface" newest_is_after "totals.$(gauge $iface.tx verdict-counter)" "${time%.*}" || return
  done
}

within() { awk -v value="$1" -v truth="$2" -v part="$3" 'BEGIN { d = value - truth; exit !(truth > 0 && (d < 0 ? -d : d) * 100 <= part * truth) }'; }

# ---- tests --------------------------------------------------------------------------------------------------------

# Whisper has each value that collectd's own CSV files have, under the documented name, and no other. A ratio comes to both
# once there is traffic enough, and to Graphite up to a poll later.
test_names() {
  local iface want
  for iface in gro0 tso0; do
    lab_poll 10 names_are_those_of_collectd $iface
    want=$(collectd_names $iface)
    tap_is "$(whisper_names $iface)" "$want" "$iface: the metrics are collectd's values"
    [[ " $want " == *' if_packets-wire.rx '* && " $want " == *' gauge-drift '* && " $want " == *' if_packets-series.tx '* ]]
    tap_ok $? "$iface: with a series and a drift"
  done
}

names_are_those_of_collectd() { [[ $(whisper_names "$1") == "$(collectd_names "$1")" ]]; } # IFACE

collectd_names() { # IFACE
  lab_collectd_ids "$1" | awk '/^if_/ { print $1 ".rx"; print $1 ".tx"; next } { print }' | sort | paste -sd' '
}

whisper_names() { # IFACE
  (cd "$LAB_GRAPHITE/whisper/lab/wiretruth-$1" && find . -name '*.wsp') | sed 's|^\./||; s|/|.|; s|\.wsp$||' | sort | paste -sd' '
}

test_totals() {
  local way signal cli stored
  for way in $ways; do
    for signal in wire counter capture; do
      cli=$(observe_fact cli "$way.$signal.frames")
      lab_poll 10 number_is "totals.$(metric "$way" $signal)" "$cli"
      stored=$(number "totals.$(metric "$way" $signal)")
      tap_is "$stored" "$cli" "$way: the total of $signal in Graphite is what the command says"
      tap_diag "totals.$(metric "$way" $signal) -> $stored; wiretruth check: $cli"
    done
    cli=$(observe_fact cli "$way.wire.frames")
    tap_is "${oracle[$way.mib]} ${oracle[$way.queue]}" "$cli $cli" "$way: so do the MIB and the queue discipline of wire"
    ((cli >= 20000 && $(observe_fact cli "$way.capture.frames") * 5 < cli))
    tap_ok $? "$way: they are at least 20,000, of which a capture shows less than a fifth"
  done
}

# Rates times the time since the poll before give what passed. The times are those of collectd's CSV files; where two polls
# have been rounded to one second, that of the first is not in Graphite.
test_rates() {
  local way signal sum gone cli
  for way in $ways; do
    for signal in wire counter capture; do
      cli=$(observe_fact cli "$way.$signal.frames")
      read -r sum gone < <(lab_graphite_points "$(metric "$way" $signal)" | integral "$way" $signal)
      within $((sum + gone)) "$cli" 0.2
      tap_ok $? "$way: the rates of $signal add up to what the command says"
      tap_diag "$(metric "$way" $signal): sum $sum$( ((gone)) && echo ", and $gone in polls of the same second"), wiretruth check: $cli;" \
        "integral() of graphite-web, by whole seconds: $(number "integral($(metric "$way" $signal))")"
      ((gone * 5 <= cli))
      tap_ok $? "$way: most polls of $signal are there"
    done
    [[ $(lab_graphite_points "$(metric "$way" wire)" | awk '$2 > 0' | wc -l) -ge 4 ]]
    tap_ok $? "$way: at least four of them are not 0"
  done
}

integral() { # WAY SIGNAL, of the points on stdin
  local column=2
  [[ $1 == *.tx ]] && column=3
  awk -v column=$column 'FNR == NR { rate[$1] = $2; next }
    { time[++n] = $1; total[n] = $column }
    function second(i) { return int(time[i] + 0.5) }
    END {
      for (i = 2; i <= n; i++)
        if (i < n && second(i) == second(i + 1)) gone += total[i] - total[i - 1]
        else sum += rate[second(i)] * (time[i] - time[i - 1])
      printf "%.0f %d\n", sum, gone
    }' - <(csv "${1%.*}" "if_packets-$2" | tr , ' ')
}

verdicts=(unknown agrees under-reports over-reports)
causes=(unknown none gro hw-gro lro tso gso uso lower-device virtual-link vlan-offload checksum-offload bypass
  capture-loss namespace stale)

test_verdicts() {
  local way signal got
  for way in $ways; do
    for signal in counter capture; do
      got=$(number "$(gauge "$way" "verdict-$signal")")
      tap_is "${verdicts[$got]}" "$(observe_fact cli "$way.$signal.verdict")" "$way: the verdict on $signal is the command's: $got"
    done
    got=$(number "$(gauge "$way" cause)")
    tap_is "${causes[$got]}" "$(observe_fact cli "$way.cause")" "$way: the cause is the command's: $got"
    got=$(lab_graphite_last "$(gauge "$way" ratio-capture)")
    within "$got" "$(observe_fact cli "$way.capture.ratio")" 0.1
    tap_ok $? "$way: the ratio of the capture is the command's: $got"
  done
  tap_is "$(number lab.wiretruth-gro0.gauge-drift) $(number lab.wiretruth-tso0.gauge-drift)" '1 0' 'the drift is that of gro0'
}

# The archive of minutes is asked for by what only it still has.
test_archives() {
  local way got
  tap_is "$(aggregation gauge-rx-verdict-capture) $(aggregation gauge-rx-cause) $(aggregation gauge-drift)" \
    'last:0.0 last:0.0 max:0.0' 'verdict and cause keep the last value, the drift its highest'
  tap_is "$(aggregation if_packets-wire/rx) $(aggregation gauge-rx-ratio-capture) $(aggregation gauge-rx-uncertainty)" \
    'average:0.5 average:0.0 max:0.0' 'rates and ratios are averaged, of the uncertainty the worst is kept'
  tap_is "$(whisper-info "$LAB_GRAPHITE/whisper/totals/lab/wiretruth-gro0/if_packets-wire/rx.wsp" aggregationMethod)" last \
    'totals keep the last value'
  for way in $ways; do
    got=$(lab_graphite_points "$(gauge "$way" verdict-capture)" -- from=-7hours | awk '
      $1 % 60 || $2 != int($2) { wrong = 1 }
      { last = $2 }
      END { print wrong + 0, last }')
    tap_is "$got" '0 2' "$way: of whole minutes the verdict is one, and no average: at last under-reports"
  done
}

aggregation() { # METRIC OF gro0
  local file=$LAB_GRAPHITE/whisper/lab/wiretruth-gro0/$1.wsp
  echo "$(whisper-info "$file" aggregationMethod):$(whisper-info "$file" xFilesFactor)"
}

# The expressions that README.md has.
test_expressions() {
  local expression wrong='' number=0
  while IFS= read -r expression; do
    number=$((number + 1))
    lab_graphite_last "$expression" >/dev/null || wrong+="$expression "
  done < <(awk '/^## / { names = $2 == "Names" } /^```/ { code = !code; next } names && code' "$ship/README.md" |
    sed 's/HOST\|web1_example_net/lab/g; s/eth0/gro0/g')
  tap_is "$wrong$number" 4 'names and expressions of README.md give data'
}

# green and orange are graphite-web's own
test_picture() {
  local target empty more width height green orange
  target="lineWidth(color($(metric gro0.rx wire),'green'),3)"
  more=("lineWidth(color($(metric gro0.rx capture),'orange'),3)" -- from=-2minutes width=640 height=320 bgcolor=white)
  lab_graphite_picture "$LAB_DIR/full.png" "$target" "${more[@]}"
  lab_graphite_picture "$LAB_DIR/empty.png" "${target//-wire/-wired}" "${more[@]/-capture/-captured}"
  tap_is "$(head -c 8 "$LAB_DIR/full.png" | od -An -tx1 | tr -d ' ')" 89504e470d0a1a0a 'the picture is a PNG'
  read -r width height green < <(lab_graphite_pixels "$LAB_DIR/full.png" 00c800)
  tap_is "$width $height" '640 320' 'it has the size that was asked for'
  read -r _ _ orange < <(lab_graphite_pixels "$LAB_DIR/full.png" ffa500)
  ((green > 100 && orange > 100))
  tap_ok $? "both lines are drawn: $green green and $orange orange pixels"
  empty="$(lab_graphite_pixels "$LAB_DIR/empty.png" 00c800 | cut -d' ' -f3) $(lab_graphite_pixels "$LAB_DIR/empty.png" ffa500 | cut -d' ' -f3)"
  tap_is "$empty" '0 0' 'none is where there is no such metric'
}

# The commands as README.md has them.
command_of() { # PATTERN
  local line
  line=$(grep -E "^(sed|curl) .*$1" "$ship/README.md" | head -n 1)
  line=${line//web1_example_net/lab}
  line=${line//curl /lab_in host curl -sS --noproxy \'*\' }
  echo "${line//http:\/\/graphite.example.net/$LAB_GRAPHITE_URL}"
}

# Whether each of these targets has data, under the name that its aliasSub() gives it. With maxDataPoints, as Grafana asks.
targets_give() { # TARGET...
  local answer
  answer=$(lab_graphite_render "$@" -- maxDataPoints=100) && [[ $answer ]] && jq -e --args '
    map(select(any(.datapoints[]; .[0] != null)).target) as $names
    | all($ARGS.positional[] | capture("\u0027\\\\1(?<word>[^\u0027]*)\u0027").word; . as $word
        | any($names[]; IN("gro0" + $word, "tso0" + $word)))' "$@" <<<"$answer" >/dev/null
}

test_dashboard() {
  local title wrong='' number=0
  local -a targets
  tap_is "$(cd "$ship" && eval "$(command_of save_template/)")" '{"success": true}' 'the dashboard is saved as a template'
  tap_is "$(cd "$ship" && eval "$(command_of save/)")" '{"success": true}' 'and as a dashboard of one host'
  lab_graphite_api /dashboard/load/wiretruth | jq -S .state >"$LAB_DIR/loaded.json"
  lab_graphite_api /dashboard/load_template/wiretruth/lab | jq -S '.state | del(.name)' >"$LAB_DIR/template.json"
  tap_is "$(<"$LAB_DIR/loaded.json")" "$(sed 's/HOST/lab/g' "$ship/dashboard.json" | jq -S .)" 'it is loaded as it was saved'
  tap_is "$(<"$LAB_DIR/template.json")" "$(jq -S 'del(.name)' "$LAB_DIR/loaded.json")" 'the template gives the same for this host'
  # The page tells a graph from others, and clones it, by a name that repeats its targets.
  tap_is "$(python3 -c 'import json, sys, urllib.parse
print(*[graph[1]["title"] for graph in json.load(sys.stdin)["graphs"]
        if urllib.parse.parse_qs(graph[0])["target"] != graph[1]["target"]])' <"$ship/dashboard.json")" '' \
    'the name of each graph is made of its targets'
  while IFS= read -r title; do
    mapfile -t targets < <(jq -r --arg title "$title" '.graphs[][1] | select(.title == $title) | .target[]' "$LAB_DIR/loaded.json")
    number=$((number + ${#targets[@]}))
    targets_give "${targets[@]}" || wrong+="$title "
  done < <(jq -r '.graphs[][1].title' "$LAB_DIR/loaded.json")
  tap_is "$wrong$number" "$(jq '[.graphs[][1].target[]] | length' "$ship/dashboard.json")" "each of its $number targets gives data"
  tap_is "$(jq '[.graphs[][1].title]' "$ship/dashboard.json")" "$(lab_dashboard_panels "$grafana" | jq -s 'map(.title)')" \
    "its graphs are those of Grafana's dashboard"
}

# Each query as Grafana asks it: with the variables' values that Graphite gave, those of several as {a,b}.
test_grafana() {
  local hosts interfaces title wrong='' number=0
  local -a targets
  hosts=$(variable host) && interfaces=$(variable interface host="$hosts")
  tap_is "$hosts $interfaces" 'lab gro0,tso0' "the variables of Grafana's dashboard have the host and its interfaces"
  while IFS= read -r title; do
    mapfile -t targets < <(lab_dashboard_queries "$grafana" | jq -r --arg title "$title" 'select(.panel == $title) | .query' |
      lab_dashboard_fill host="$hosts" interface="{$interfaces}")
    number=$((number + ${#targets[@]}))
    targets_give "${targets[@]}" || wrong+="$title "
  done < <(lab_dashboard_panels "$grafana" | jq -r .title)
  tap_is "$wrong$number" "$(lab_dashboard_queries "$grafana" | wc -l)" "each of its $number queries gives data"
  test_grafana_values
}

variable() { # NAME [OTHER=VALUE]
  local query expression
  query=$(lab_dashboard_variables "$grafana" | jq -r --arg name "$1" 'select(.name == $name) | .query' | lab_dashboard_fill "${@:2}")
  expression=$(jq -r --arg name "$1" '.templating.list[] | select(.name == $name) | .regex' "$grafana")
  expression=${expression#/}
  case $query in
    expand\(*\)) query=${query#expand(} && lab_graphite_expand "${query%)}" ;;
    *) lab_graphite_find "$query" ;;
  esac | jq -Rr --arg expression "${expression%/}" 'capture($expression | sub("\\("; "(?<value>")).value' | sort -u | paste -sd,
}

panel() { # PANEL REF INTERFACE, as "time value" lines
  lab_graphite_points "$(lab_dashboard_query "$grafana" "$1" "$2" | lab_dashboard_fill host=lab interface="$3")"
}

test_grafana_values() {
  local sum gone got
  read -r sum gone < <(panel 'Receive: frames a second' A gro0 | integral gro0.rx wire)
  within $((sum + gone)) "$(observe_fact cli gro0.rx.wire.frames)" 0.2
  tap_ok $? "panel of received frames: its rates add up to $sum, the command says $(observe_fact cli gro0.rx.wire.frames)"
  got=$(panel 'Transmit: share of the wire that a signal shows' A tso0 | tail -n 1)
  within "${got#* }" "$(observe_fact cli tso0.tx.counter.ratio)" 0.1
  tap_ok $? "panel of shares: ${got#* }, the command says $(observe_fact cli tso0.tx.counter.ratio)"
  got=$(panel 'Receive: verdict' B gro0 | tail -n 1)
  got=$(jq -r --arg number "${got#* }" '.panels[] | select(.title == "Receive: verdict") |
    .fieldConfig.defaults.mappings[0].options[$number | tonumber | tostring].text' "$grafana")
  tap_is "$got" "$(observe_fact cli gro0.rx.capture.verdict)" "panel of verdicts: $got"
  got=$(panel Cause A gro0 | tail -n 1)
  got=$(jq -r --arg number "${got#* }" '.panels[] | select(.title == "Cause") |
    .fieldConfig.defaults.mappings[0].options[$number | tonumber | tostring].text' "$grafana")
  tap_is "$got" "$(observe_fact cli gro0.rx.cause)" "panel of causes: $got"
}

# Nothing passes any more: all that a restart may leave is a gap.
test_restart() {
  local way last rates totals
  last=$(lab_collectd_total gro0 if_packets-wire time)
  lab_collectd_stop
  tap_is "$LAB_STATUS" 0 'collectd ends'
  collectd && stored
  tap_ok $? 'and stores values when it starts again'
  for way in $ways; do
    tap_is "$(number "totals.$(metric "$way" wire)")" 0 "$way: after a restart the total begins at 0"
    rates=$(lab_graphite_points "$(metric "$way" wire)" | awk -v last="$last" '$1 > last + 1 { print $2 }' | sort -u | paste -sd' ')
    tap_is "$rates" 0 "$way: a restart gives no rate but 0"
    totals=$(lab_graphite_points "nonNegativeDerivative(keepLastValue(totals.$(metric "$way" wire)))" |
      awk -v last="$last" '$1 > last + 1 { print $2 }' | sort -u | paste -sd' ')
    tap_is "$totals" 0 "$way: nor does nonNegativeDerivative() of the total"
  done
}

# ---- run ----------------------------------------------------------------------------------------------------------

missing=
for need in carbon-cache gunicorn django-admin whisper-info prometheus-node-exporter curl jq; do
  command -v $need >/dev/null || missing+=" $need"
done
[[ -e /usr/lib/python3/dist-packages/graphite/wsgi.py ]] || missing+=' graphite-web'
[[ -e $LAB_BUILD/wiretruth.so ]] || missing+=' wiretruth.so'
if [[ $missing ]]; then
  tap_skip 'dist/graphite with real processes' "missing:$missing"
  tap_done
  exit
fi
lab_start && situation_setup gro && situation_setup tso && lab_carbon_start host && lab_graphite_start host && observers || exit 1
traffic
tap_ok $? 'traffic flows'
observe_end cli
stored
tap_ok $? 'Graphite has a poll of after the traffic'
test_names
test_totals
test_rates
test_verdicts
test_archives
test_expressions
test_picture
test_dashboard
test_grafana
test_restart
! lab_collectd_log '\[(error|warning)\] write_graphite|\[error\]'
tap_ok $? 'collectd has nothing to complain of'
tap_done
