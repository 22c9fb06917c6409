# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Debian's prometheus-node-exporter and prometheus on lab hosts, and their figures read back. Source it after lab.sh.
#
#   lab_exporter_start HOST NAME ADDRESS:PORT       an exporter of the interfaces of HOST; its process in LAB_PID
#   lab_prometheus_start HOST NAME PORT CONFIGURATION [OPTION]...
#                                     a server on 127.0.0.1 of HOST; returns when it is ready; its process in LAB_PID
#   lab_prometheus_query NAME EXPRESSION   what the expression gives now: one line of JSON a series, with metric and value
#   lab_prometheus_value NAME EXPRESSION   the value, if the expression gives one series; fails if none or several
#   lab_prometheus_has NAME EXPRESSION     whether it gives a series
#   lab_prometheus_label_values NAME QUERY  what Grafana makes of a variable's query, label_values(SELECTOR, LABEL): one a line

declare -A LAB_PROMETHEUS_HOST=() LAB_PROMETHEUS_PORT=()

# Only the interfaces: the host's disks and clocks are nobody's business here.
lab_exporter_start() { # HOST NAME ADDRESS:PORT
  lab_spawn_in "$1" "$2" prometheus-node-exporter --collector.disable-defaults --collector.netdev \
    --web.listen-address="$3" || return
  lab_wait 20 "the exporter of $1" lab_exporter_answers "$1" "$3"
}

lab_exporter_answers() { lab_http "$1" "http://$2/metrics" >/dev/null; }

lab_prometheus_start() { # HOST NAME PORT CONFIGURATION [OPTION]...
  local host=$1 name=$2 port=$3 configuration=$4
  shift 4
  lab_spawn_in "$host" "$name" prometheus --config.file="$configuration" --storage.tsdb.path="$LAB_DIR/$name.tsdb" \
    --web.listen-address="127.0.0.1:$port" --log.level=warn "$@" || return
  LAB_PROMETHEUS_HOST[$name]=$host LAB_PROMETHEUS_PORT[$name]=$port
  lab_wait 20 "prometheus $name" lab_http "$host" "http://127.0.0.1:$port/-/ready" --output /dev/null && return
  cat "$LAB_DIR/$name.log" >&2
  return 1
}

lab_prometheus_query() { # NAME EXPRESSION
  lab_http "${LAB_PROMETHEUS_HOST[$1]}" "http://127.0.0.1:${LAB_PROMETHEUS_PORT[$1]}/api/v1/query" --get \
    --data-urlencode "query=$2" | jq -c '.data.result[] | {metric, value: .value[1]}'
}

lab_prometheus_value() { # NAME EXPRESSION
  local result
  result=$(lab_prometheus_query "$@") && [[ $result && $result != *$'\n'* ]] && jq -r .value <<<"$result"
}

lab_prometheus_has() { [[ $(lab_prometheus_query "$@") ]]; } # NAME EXPRESSION

lab_prometheus_label_values() { # NAME QUERY
  [[ $2 =~ ^label_values\((.*),\ *([a-z_]+)\)$ ]] || { lab_fail "no query for label values: $2"; return; }
  lab_http "${LAB_PROMETHEUS_HOST[$1]}" "http://127.0.0.1:${LAB_PROMETHEUS_PORT[$1]}/api/v1/label/${BASH_REMATCH[2]}/values" \
    --get --data-urlencode "match[]=${BASH_REMATCH[1]}" | jq -r '.data[]'
}
