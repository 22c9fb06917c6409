#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What one interface costs, by group of values: series in each kind of store, octets an interval on the way there, octets
# on disk. A real collectd for each group, all on one host with traffic, and real stores: carbon-cache, influxd, prometheus,
# and the files of the plugin rrdtool. docs/sizing.md has the output and what follows from it.
#
#   sudo lab/cost.sh
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
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

# The last two: what is sent by default, and everything. Hosts are web0.example.net and so on, in this order.
rows=(wire signals ratios octets offload hidden checksum application 'wire signals ratios'
  'wire signals ratios octets offload hidden checksum application')
titles=("${rows[@]:0:8}" 'by default' all)
intervals=6

# ---- collectd -----------------------------------------------------------------------------------------------------

# Everything that a store does not change is as dist/collectd has it; an interval is a second here, ten in RRD files.
configuration() { # N
  cat <<END
Hostname "web$1.example.net"
FQDNLookup false
BaseDir "$LAB_DIR"
PIDFile "$LAB_DIR/collectd-$1.pid"
TypesDB "/usr/share/collectd/types.db"
Interval 1
LoadPlugin logfile
<Plugin logfile>
  File "$LAB_DIR/collectd-$1.log"
</Plugin>
LoadPlugin write_graphite
<Plugin write_graphite>
  <Node "graphite">
    Host "127.0.0.1"
    Port "2003"
    LogSendErrors true
  </Node>
</Plugin>
<LoadPlugin network>
  FlushInterval 1
</LoadPlugin>
<Plugin network>
  Server "127.0.0.1" "25826"
  <Server "127.0.0.1" "$((26000 + $1))">
    SecurityLevel "Encrypt"
    Username "collectd"
    Password "change-me"
  </Server>
</Plugin>
<LoadPlugin write_influxdb_udp>
  FlushInterval 1
</LoadPlugin>
<Plugin write_influxdb_udp>
  Server "127.0.0.1" "8089"
  StoreRates false
</Plugin>
LoadPlugin write_prometheus
<Plugin write_prometheus>
  Host "127.0.0.1"
  Port $((9200 + $1))
</Plugin>
LoadPlugin rrdtool
<Plugin rrdtool>
  DataDir "$LAB_DIR/rrd"
  StepSize 10
  HeartBeat 20
</Plugin>
PluginDir "$LAB_BUILD"
LoadPlugin wiretruth
<Plugin wiretruth>
  Interface "eth0"
  CPUBudget 100
  Application true
  Report ${rows[$1]}
</Plugin>
END
}

collectd() { # N
  configuration "$1" >"$LAB_DIR/collectd-$1.conf"
  LAB_COLLECTD=$LAB_DIR/collectd-$1
  lab_collectd_command
  lab_spawn_in host "collectd-$1.out" "${LAB_COLLECTD_COMMAND[@]/collectd-$1\/collectd.conf/collectd-$1.conf}" -f
}

# ---- stores -------------------------------------------------------------------------------------------------------

# What influxd has not written for a second goes to its files.
stores() {
  export INFLUXDB_DATA_CACHE_SNAPSHOT_WRITE_COLD_DURATION=1s INFLUXDB_DATA_COMPACT_FULL_WRITE_COLD_DURATION=1s
  lab_carbon_start host && lab_influxdb_start host influxdb <(
    cat <<'END'
[[collectd]]
  enabled = true
  bind-address = "127.0.0.1:25826"
  database = "collectd"
  typesdb = "/usr/share/collectd/types.db"
  security-level = "none"
  parse-multivalue-plugin = "join"
  batch-timeout = "100ms"
[[udp]]
  enabled = true
  bind-address = "127.0.0.1:8089"
  database = "collectd_udp"
  precision = "ms"
  batch-timeout = "100ms"
END
  ) || return
  {
    printf 'global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: cost\n  honor_labels: true\n  static_configs:\n'
    for n in "${!rows[@]}"; do printf -- "  - targets: ['127.0.0.1:%d']\n    labels: {host: web%d}\n" $((9200 + n)) "$n"; done
  } >"$LAB_DIR/prometheus.yml"
  lab_prometheus_start host prometheus 9090 "$LAB_DIR/prometheus.yml"
}

# ---- traffic, and what is then sent -----------------------------------------------------------------------------------

page() { lab_http host "http://127.0.0.1:$((9200 + $1))/metrics"; } # N

# newest N: the time of its newest value, in ms
newest() { page "$1" | awk '/^collectd_wiretruth/ { if ($NF + 0 > newest) newest = $NF + 0 } END { printf "%.0f\n", newest }'; }

# all_newer MS: whether each of them has sent a value since
all_newer() {
  local n
  for n in "${!rows[@]}"; do (($(newest "$n") > $1)) || return; done
}

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

later() { lab_wait 60 "values of all collectds" all_newer $(($(now_ms) + $1 * 1000)); } # SECONDS

all_observe() {
  local n
  for n in "${!rows[@]}"; do grep -qs 'wiretruth plugin: method .* in use' "$LAB_DIR/collectd-$n.log" || return; done
}

# Enough for verdicts, and so for all values that there can be; both ways, uncut and merged.
traffic() {
  lab_wait 60 "all collectds to observe" all_observe || return
  lab_flow host peer "$(lab_address 1 2)" --mss 1440 --window 180000 -- --mss 1440 --bytes 30000000 &&
    lab_flow peer host "$(lab_address 1 1)" --mss 1440 --window 180000 -- --mss 1440 --bytes 30000000 && later 2
}

capture() {
  lab_spawn_in host dumpcap dumpcap -q -i lo -B 16 -w "$LAB_DIR/lo.pcap" -f \
    'tcp dst port 2003 or udp dst port 8089 or udp dst port 25826 or udp dst portrange 26000-26099'
  local pid=$LAB_PID
  lab_wait_log 20 dumpcap '^File: ' && later "$intervals" && lab_stop "$pid" INT
}

# What cost.py reads; segments without payload left out.
packets() {
  tshark -n -r "$LAB_DIR/lo.pcap" -Y 'tcp.len > 0 || udp' -T fields -e tcp.stream -e tcp.dstport -e tcp.payload \
    -e udp.dstport -e udp.payload >"$LAB_DIR/fields" 2>"$LAB_DIR/tshark.log" || { cat "$LAB_DIR/tshark.log" >&2; return 1; }
  awk -F '\t' '$2 { print "tcp", $1, $2, $3; next } { print "udp", "-", $4, $5 }' "$LAB_DIR/fields"
}

# ---- what the stores have -------------------------------------------------------------------------------------------

# files DIRECTORY PATTERN: their number, and the mean of their sizes
files() {
  find "$1" -type f -name "$2" -printf '%s\n' 2>/dev/null | awk '{ sum += $1 } END { printf "%d %d\n", NR, NR ? sum / NR : 0 }'
}

influxdb_series() { # N IFACE
  local where="host='web$1.example.net' and instance='$2'"
  lab_influxdb_query influxdb collectd "SHOW SERIES WHERE $where" | jq -r '.values | length'
}

# What is the host's own has its name in the label where others have the interface.
# prometheus_text N IFACE: octets of its lines
prometheus_text() {
  page "$1" | awk -v own="$2" '/^collectd_wiretruth/ && (index($0, "{wiretruth=\"eth0\"") > 0) == (own != "") { sum += length($0) + 1 }
    END { printf "%d\n", sum }'
}

prometheus_series() { # N IFACE
  lab_prometheus_value prometheus "count({__name__=~\"collectd_wiretruth.*\",host=\"web$1\",wiretruth$([[ $2 ]] || echo !)=\"eth0\"})"
}

# ---- the tables -----------------------------------------------------------------------------------------------------

declare -A octets=() values=()

read_capture() {
  local way n instance count data length
  packets >"$LAB_DIR/packets" && "$root/lab/cost.py" <"$LAB_DIR/packets" >"$LAB_DIR/costs" || return
  while read -r way n instance count _ length; do
    octets[$way/$n/$instance]=$length values[$way/$n/$instance]=$count
  done <"$LAB_DIR/costs"
}

# One row: N INSTANCE TITLE; the instance as collectd has it, - for the host's own values.
series_row() {
  local host=web$1_example_net name="wiretruth${2:+-$2}" whisper rrd
  read -ra whisper <<<"$(files "$LAB_GRAPHITE/whisper/$host/$name" '*.wsp')"
  read -ra rrd <<<"$(files "$LAB_DIR/rrd/web$1.example.net/$name" '*.rrd')"
  printf '%-20s %7s %9s %9s %9s %9s %10s %10s\n' "$3" "${values[network/$1/${2:--}]}" "${whisper[0]}" \
    "$(influxdb_series "$1" "$2")" "$(prometheus_series "$1" "$2")" "${rrd[0]}" $((whisper[0] * whisper[1] / 1024)) \
    $((rrd[0] * rrd[1] / 1024))
}

octets_row() {
  local i=$1/${2:--}
  printf '%-20s %9s %9s %9s %9s %9s\n' "$3" "${octets[graphite/$i]}" "${octets[network/$i]}" "${octets[encrypted/$i]}" \
    "${octets[influxdb/$i]}" "$(prometheus_text "$1" "$2")"
}

tables() {
  local n
  echo 'SERIES'
  printf '%-20s %7s %9s %9s %9s %9s %10s %10s\n' GROUP values Graphite InfluxDB Prom. RRD 'whisper KiB' 'RRD KiB'
  for n in "${!rows[@]}"; do series_row "$n" eth0 "${titles[n]}"; done
  series_row 7 '' 'application, a host'
  echo
  echo 'OCTETS AN INTERVAL'
  printf '%-20s %9s %9s %9s %9s %9s\n' GROUP graphite network encrypted influxdb prom.
  for n in "${!rows[@]}"; do octets_row "$n" eth0 "${titles[n]}"; done
  octets_row 7 '' 'application, a host'
}

# ---- on disk, for the stores that compress --------------------------------------------------------------------------

hours() { page 8 | awk -v "busy=$1" -v "influxdb=${2-0}" -f "$root/lab/cost_hours.awk"; } # BUSY [INFLUXDB]

# disk_prometheus BUSY: octets a value in the chunks of a real server's blocks
disk_prometheus() {
  local dir=$LAB_DIR/blocks-$1 count
  mkdir "$dir" && hours "$1" >"$dir/values" || return
  count=$(grep -vc '^#' "$dir/values")
  promtool tsdb create-blocks-from openmetrics "$dir/values" "$dir/data" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; return 1; }
  find "$dir/data" -path '*/chunks/*' -type f -printf '%s\n' | awk -v count="$count" '{ sum += $1 } END { printf "%.1f\n", sum / count }'
}

# disk_influxdb BUSY: octets a value in influxd's files, once it has nothing of them in memory or in its log of writes
disk_influxdb() {
  local name=hours$1 count
  hours "$1" 1 >"$LAB_DIR/$name" && count=$(wc -l <"$LAB_DIR/$name") || return
  lab_influxdb_query influxdb '' "CREATE DATABASE $name" >/dev/null &&
    lab_http host "http://127.0.0.1:8086/write?db=$name&precision=s" --data-binary "@$LAB_DIR/$name" &&
    lab_wait 40 "influxd to store it" influxdb_has_stored "$name" || return
  influxdb_files "$name" | awk -v count="$count" '{ printf "%.1f\n", $2 / count }'
}

influxdb_files() { files "$LAB_DIR/influxdb.influxdb/data/$1" '*.tsm' | awk '{ print $1, $1 * $2 }'; }

influxdb_has_stored() { # NAME
  local wal
  read -ra wal <<<"$(files "$LAB_DIR/influxdb.influxdb/wal/$1" '*.wal')"
  [[ $((wal[0] * wal[1])) == 0 && $(influxdb_files "$1") != 0* ]]
}

disk_table() {
  local store busy pid
  local -a pids=()
  for store in prometheus influxdb; do
    for busy in 0 1; do
      disk_$store $busy >"$LAB_DIR/disk-$store-$busy" &
      pids+=($!)
    done
  done
  for pid in "${pids[@]}"; do wait "$pid" || return; done
  echo 'OCTETS A VALUE ON DISK'
  printf '%-20s %9s %9s\n' STORE idle busy
  for store in prometheus influxdb; do
    printf '%-20s %9s %9s\n' $store "$(<"$LAB_DIR/disk-$store-0")" "$(<"$LAB_DIR/disk-$store-1")"
  done
}

# ---- all ----------------------------------------------------------------------------------------------------------

lab_start || exit 1
LAB_GRAPHITE_STEP=10s
lab_host host && lab_host peer && lab_link host eth0 peer eth0 1 || exit 1
lab_offload host eth0 gso on tso on gro on && lab_offload peer eth0 gro off tso off gso off || exit 1
for n in "${!rows[@]}"; do collectd "$n"; done
stores && traffic && capture && read_capture || exit 1
tables
echo
disk_table || exit 1
lab_influxdb_stop influxdb
