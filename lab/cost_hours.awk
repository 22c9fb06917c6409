# SPDX-License-Identifier: MIT
#
# Six hours of values, made up for the names on a page of write_prometheus: totals grow by a random number of frames, what is
# a fraction is another one at each poll, numbers that stand for words stay. With busy=0 nothing changes. As OpenMetrics, or
# with influxdb=1 as InfluxDB's line protocol.
/^collectd_wiretruth/ { name[++names] = $1 }
END {
  srand(1)
  for (i = 1; i <= names; i++) begin(name[i])
  if (!influxdb) print "# EOF"
}

function begin(of,    metric, total, value, t, key) {
  metric = of
  sub(/\{.*/, "", metric)
  total = int(rand() * 1e9)
  value = metric ~ /_total$/ ? total : of ~ /ratio|divergence|segments|uncertainty/ ? rand() : 1
  key = influxdb ? line_key(of, metric) : of
  if (!influxdb && metric != family) print "# TYPE", substr(metric, 1, length(metric) - (metric ~ /_total$/ ? 6 : 0)), \
    metric ~ /_total$/ ? "counter" : "gauge"
  family = metric
  for (t = 0; t < 21600; t += 10) {
    if (busy && metric ~ /_total$/) value = total += int(rand() * 20000)
    else if (busy && value != 1) value = rand()
    if (influxdb) printf "%s=%.15g %d\n", key, value, 1790000000 + t
    else printf "%s %.15g %d\n", key, value, 1790000000 + t
  }
}

# collectd_wiretruth_if_packets_rx_total{wiretruth="eth0",type="wire",instance="host"} is the field rx of another key there.
function line_key(of, metric,    field, type) {
  field = metric ~ /_rx_total$/ ? "rx" : metric ~ /_tx_total$/ ? "tx" : "value"
  type = metric
  sub(/^collectd_wiretruth_/, "", type)
  sub(/(_[rt]x)?_total$/, "", type)
  return "wiretruth,host=" label(of, "instance") ",instance=" label(of, "wiretruth") ",type=" type ",type_instance=" \
    label(of, "type") " " field
}

function label(of, key) {
  match(of, "[{,]" key "=\"[^\"]*\"")
  return substr(of, RSTART + length(key) + 3, RLENGTH - length(key) - 4)
}
