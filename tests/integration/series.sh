#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# The series of a real exporter and a real Prometheus server, put up against wire: by http, https, Unix socket, file and
# query; what the exporter says in its own words, what the kernel's counter says and what Prometheus makes of it are the
# other side. Peers that are bad in every way, and the exporter in another namespace.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

# ---- what is there ------------------------------------------------------------------------------------------------

interfaces=(tso0 gro0 plain0 lo)
for id in tso gro plain; do situation_setup $id || exit 1; done
# An exporter in a container: it has devices of the same name, and can be reached.
lab_host other && lab_link host mgmt0 other eth0 40 && lab_link other tso0 peer-tso eth1 41 || exit 1
lab_flow other peer-tso "$(lab_address 41 2)" -- --bytes 3000000 || exit 1

exporter() { # NAME HOST ADDRESS [OPTION]...
  lab_spawn_in "$2" "$1" prometheus-node-exporter --web.listen-address="$3" --collector.disable-defaults \
    --collector.netdev "${@:4}"
  lab_wait_log 20 "$1" 'msg="TLS is|Listening on.*address=' # the latter with newer ones
}

web() { # NAME of a question -> its answer
  lab_in host curl -sfg --max-time 10 "$@"
}

cd "$LAB_DIR" || exit 1
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out ca.pem -days 2 -subj /CN=lab \
  -addext subjectAltName=IP:127.0.0.1 2>/dev/null || exit 1
printf 'tls_server_config:\n  cert_file: ca.pem\n  key_file: key.pem\n' >web.yml
cat >prometheus.yml <<END
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - {job_name: here, static_configs: [{targets: ['127.0.0.1:9100']}]}
  - {job_name: there, static_configs: [{targets: ['$(lab_address 40 2):9100']}]}
END

exporter exporter host 127.0.0.1:9100 && exporter tls host 127.0.0.1:9443 --web.config.file="$LAB_DIR/web.yml" &&
  exporter there other :9100 || exit 1
lab_spawn_in host prometheus prometheus --config.file="$LAB_DIR/prometheus.yml" --storage.tsdb.path="$LAB_DIR/tsdb" \
  --web.listen-address=127.0.0.1:9090 --log.level=warn
# What a textfile or a proxy has: a copy that is made anew again and again.
# shellcheck disable=SC2016
lab_spawn_in host feeder sh -c 'while curl -sf http://127.0.0.1:9100/metrics >copy.new && mv copy.new copy; do sleep 0.2; done'
feeder=$LAB_PID
lab_wait 20 'a copy' test -s copy || exit 1

serve() { # NAME ADDRESS MODE [FILE]: its port in PORT
  lab_spawn_in host "serve-$1" "$LAB_BIN/serve" "${@:2}"
  lab_wait_log 10 "serve-$1" '^listening' || return
  PORT=$(lab_figure port "$(grep listening "serve-$1.log")")
}

asked() { # what Prometheus itself makes of EXPRESSION
  web 'http://127.0.0.1:9090/api/v1/query' --data-urlencode "query=$1" | jq -r '.data.result[0] | .value[1] // empty'
}

scraped() { [[ $(asked 'min(count_over_time(node_network_transmit_packets_total{device="tso0"}[1m]))') -ge ${1:-2} ]]; }
lab_wait 30 'Prometheus to scrape' scraped || exit 1

# ---- observers ----------------------------------------------------------------------------------------------------

started=()
follow() { # NAME OPTION...
  observe_spawn "$1" host --duration 600 --series-timeout 2 "${@:2}" "${interfaces[@]}"
  started+=("$1")
}
all_observe() {
  local name
  for name in "${started[@]}"; do lab_wait_log 30 "$name" '^wiretruth: observing ' || return; done
}

# Its own polls, one a second: not those that somebody brings about. So many of them, of all that were started.
declare -A seen=() seen_at=() polls=()
own_polls() { # NUMBER
  seen=() seen_at=() polls=()
  lab_wait 60 'polls' have_polled "$1"
}
have_polled() {
  local name reads now status=0
  for name in "${started[@]}"; do
    reads=$(observe_reads "$name") now=${EPOCHREALTIME/[.,]/}
    if [[ $reads != "${seen[$name]-}" ]]; then
      ((now - ${seen_at[$name]:-0} > 400000)) && polls[$name]=$((${polls[$name]:--1} + 1))
      seen[$name]=$reads seen_at[$name]=$now
    fi
    ((${polls[$name]:-0} >= $1)) || status=1
  done
  return $status
}
end_all() {
  local name
  for name in "${started[@]}"; do observe_end "$name"; done
  started=()
}

raw() { # DEVICE receive|transmit packets|bytes: in the exporter's own words
  web http://127.0.0.1:9100/metrics |
    awk -v name="node_network_$2_$3_total{device=\"$1\"}" '$1 == name { printf "%.0f\n", $2 }'
}
raw_all() { raw tso0 transmit packets && raw gro0 receive packets && raw plain0 receive packets && raw gro0 receive bytes; }

follow http --series http://someone:s3cret@127.0.0.1:9100
follow https --series https://127.0.0.1:9443/metrics --series-ca "$LAB_DIR/ca.pem"
follow untrusted --series https://127.0.0.1:9443/metrics
follow wrong-name --series https://localhost:9443/metrics --series-ca "$LAB_DIR/ca.pem"
serve unix unix:"$LAB_DIR/socket" file copy && follow unix --series "unix:$LAB_DIR/socket:/metrics"
follow file --series "file:$LAB_DIR/copy"
follow query --series http://127.0.0.1:9090 --series-query '{job="here"}'
follow both --series http://127.0.0.1:9090 --series-query '{}'
follow nobody --series http://127.0.0.1:9090 --series-query '{job="nobody"}'
follow mistaken --series http://127.0.0.1:9090 --series-query '{job=}'
follow container --series "http://$(lab_address 40 2):9100/metrics"
follow refused --series http://127.0.0.1:9
mkfifo fifo && follow fifo --series "file:$LAB_DIR/fifo"
for mode in silent endless bomb redirect page error cut; do
  serve $mode 0 $mode http://127.0.0.1:9100/metrics && follow $mode --series "http://127.0.0.1:$PORT/metrics"
done

all_observe && own_polls 3
tap_ok $? "every observer takes its readings, whatever its peer does"
before=$(raw_all)
for id in tso gro plain; do LAB_FRAMES=20000 situation_traffic $id || tap_ok 1 "traffic of $id"; done
after=$(raw_all)
own_polls 4
end=$(date +%s)
told=$(paste <(echo "$before") <(echo "$after") | awk '{ print $2 - $1 }')
counted=$(for of in 'tso0 tx' 'gro0 rx' 'plain0 rx'; do
  # shellcheck disable=SC2086
  lab_link_counter host $of packets
done)
prometheus=$(for of in 'transmit_packets_total{job="here",device="tso0"}' 'receive_packets_total{job="here",device="gro0"}' \
  'receive_packets_total{job="here",device="plain0"}'; do
  asked "max_over_time(node_network_${of}[5m]) - min_over_time(node_network_${of}[5m])"
done)
end_all

tap_is "$(head -n 3 <<<"$after")" "$counted" "the exporter tells the kernel's counters"
tap_is "$prometheus" "$(head -n 3 <<<"$told")" "Prometheus has scraped all of it"

# ---- verdicts -----------------------------------------------------------------------------------------------------

verdicts() { # NAME: of the direction that each situation is about
  local name=$1 got
  observe_list got "$name" tso0.tx.series verdict cause
  printf '%s, ' "$got"
  observe_list got "$name" gro0.rx.series verdict cause
  printf '%s, ' "$got"
  observe_list got "$name" plain0.rx.series verdict cause
  printf '%s\n' "$got"
}
figures() { # NAME
  observe_fact "$1" tso0.tx.series.frames
  observe_fact "$1" gro0.rx.series.frames
  observe_fact "$1" plain0.rx.series.frames
  observe_fact "$1" gro0.rx.series.octets
}

for name in http https unix file query; do
  tap_is "$(verdicts $name)" "under-reports tso, agrees none, agrees none" "$name: the series is what the counter is"
  tap_is "$(figures $name)" "$told" "$name: its totals are what the exporter says, to the frame"
  tap_is "$(observe_fact $name tso0.tx.counter.verdict) $(observe_fact $name gro0.rx.counter.verdict)" \
    "under-reports agrees" "$name: and the counter's verdict is the same"
done
ratio=$(observe_fact http tso0.tx.series.ratio) counter=$(observe_fact http tso0.tx.counter.ratio)
jq -en "($ratio - $counter | fabs) < 0.002" >/dev/null
tap_ok $? "the share that the series shows is the counter's"
tap_is "$(observe_fact http lo.rx.series.verdict) $(observe_fact http lo.rx.series.reason)" \
  "unknown the series has no device 'lo'" "a device that the exporter leaves out is named"
tap_is "$(observe_fact http series.url) $(observe_fact http series.error)" "http://127.0.0.1:9100/ null" \
  "the URL is shown without its user and password"
grep -rq s3cret http.json http.log
tap_is $? 1 "which stand nowhere"
when=$(observe_fact query tso0.tx.series.sample_time)
known=$(web http://127.0.0.1:9090/api/v1/query --data-urlencode \
  "query=node_network_transmit_packets_total{job=\"here\",device=\"tso0\"}[5m]" | jq "[.data.result[0].values[][0]] | index($when) != null")
tap_is "$known" true "query: the time of a sample is the one that Prometheus scraped it at, not that of the question"
age=$(observe_fact query tso0.tx.series.sample_age)
jq -en "$age >= 0 and $age < 60 and $when > $end - 60" >/dev/null
tap_ok $? "query: its age is told: $age s"

# ---- no verdict ---------------------------------------------------------------------------------------------------

reason() { observe_fact "$1" tso0.tx.series.reason; }
has() { # NAME PATTERN DESCRIPTION: the reason of the verdict and the error as a whole; polls went on
  [[ $(reason "$1") =~ $2 && $(observe_fact "$1" series.error) =~ $2 ]]
  tap_ok $? "$1: $3"
  tap_diag "$(observe_fact "$1" series.error)"
  tap_is "$(observe_fact "$1" tso0.tx.series.verdict) $(observe_fact "$1" tso0.tx.series.frames) ${OBSERVE_STATUS[$1]} $(
    observe_fact "$1" tso0.tx.counter.verdict)" "unknown null 0 under-reports" "$1: all else is reported"
}
has untrusted 'certificate' "a certificate that nobody vouches for is refused"
has wrong-name 'certificate|name' "so is one of another name"
has refused '127.0.0.1 port 9.*Connection refused' "a port where nobody listens"
has fifo 'not a regular file' "what would have to be waited for is not opened"
has silent 'no complete answer within' "a peer that never answers"
has endless 'larger than 64 MiB|no complete answer' "a peer that never ends"
has bomb 'line 1 .*longer than 65536' "a line that never ends"
has redirect 'HTTP status 302.*not followed' "a redirect is not followed"
has page 'line 1 is not of Prometheus' "a page for people"
has error 'HTTP status 500' "a server's own failure"
has cut 'bytes|transfer|closed' "an answer that is cut short"
has mistaken 'Prometheus server says bad_data' "a query that is none: the server's own words"
tap_is "$(reason both)" "the series has the device 'tso0' more than once: SeriesQuery has to select one exporter" \
  "two exporters with one device: no verdict"
tap_is "$(reason nobody)" "the series has no device 'tso0'" "labels that nobody has"

# ---- elsewhere ----------------------------------------------------------------------------------------------------

tap_is "$(observe_fact container tso0.tx.series.verdict) $(observe_fact container tso0.tx.series.cause)" \
  "under-reports namespace" "an exporter in another namespace is told by its values and devices"
tap_is "$(observe_fact container gro0.rx.series.reason)" "the series has no device 'gro0'" "what it has not is named"

# ---- it stands still, it goes back --------------------------------------------------------------------------------

lab_stop "$feeder"
follow frozen --series "unix:$LAB_DIR/socket:/metrics" --fail-on series
follow back --series "unix:$LAB_DIR/socket:/metrics"
all_observe && own_polls 2
LAB_FRAMES=20000 situation_traffic plain
own_polls 3
lab_stop "${OBSERVE_PID[frozen]}" INT && observe_take frozen
started=(back)
sed -E '/^node_network/s/ [0-9.e+]+$/ 1/' copy >copy.new && mv copy.new copy
own_polls 2
end_all
tap_is "$(observe_fact frozen plain0.rx.series.verdict) $(observe_fact frozen plain0.rx.series.cause) ${OBSERVE_STATUS[frozen]}" \
  "under-reports stale 1" "a copy that is no longer made: stale, and --fail-on series"
tap_is "$(observe_fact back plain0.rx.series.verdict)" unknown "figures that go back: no verdict reaches over it"
[[ $(observe_fact back plain0.rx.series.reason) == *"went back"* || $(observe_fact back plain0.rx.series.reason) == *"too few frames"* ]]
tap_ok $? "and the reason: $(observe_fact back plain0.rx.series.reason)"

tap_done
