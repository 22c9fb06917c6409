# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Debian's influxd on a lab host, and its figures read back by InfluxQL over HTTP. Source it after lab.sh.
#
#   lab_influxdb_start HOST NAME [FILE]...  a server on 127.0.0.1 of HOST with the listeners of these configuration files;
#                                     returns when it answers; its process in LAB_PID, everything it keeps in
#                                     $LAB_DIR/NAME.influxdb
#   lab_influxdb_query NAME DATABASE INFLUXQL   what the statements give: one line of JSON a series, with name, tags, columns
#                                     and values; fails with the server's words if it refuses one of them. Times are in ms
#   lab_influxdb_answers NAME DATABASE INFLUXQL   one line of JSON a statement, with error (or null) and series
#   lab_influxdb_value NAME DATABASE INFLUXQL   the value behind the time, if that is one series of one row; fails if not
#   lab_influxdb_has NAME DATABASE INFLUXQL     whether there is a series
#   lab_influxdb_stat NAME SECTION FIGURE       one of the server's own figures, of SHOW STATS: collectd pointsRx
#   lab_influxdb_stop NAME            ends it
#   lab_influxdb_restart NAME         ends it and starts it again, with the same data

declare -A LAB_INFLUXDB_HOST=() LAB_INFLUXDB_PID=()

# It reports to nobody, keeps no statistics of its own and listens on loopback only. Its index is in memory, as Debian's
# configuration has it.
lab_influxdb_configure() { # DIRECTORY [FILE]...
  local dir=$1
  shift
  mkdir -p "$dir" || return
  cat - "$@" >"$dir/influxdb.conf" <<END
reporting-enabled = false
bind-address = "127.0.0.1:8088"
[meta]
  dir = "$dir/meta"
[data]
  dir = "$dir/data"
  wal-dir = "$dir/wal"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:8086"
  log-enabled = false
[ifql]
  enabled = false
END
}

lab_influxdb_start() { # HOST NAME [FILE]...
  local host=$1 name=$2
  shift 2
  LAB_INFLUXDB_HOST[$name]=$host
  lab_influxdb_configure "$LAB_DIR/$name.influxdb" "$@" && lab_influxdb_run "$name"
}

lab_influxdb_run() { # NAME
  lab_spawn_in "${LAB_INFLUXDB_HOST[$1]}" "$1" influxd run -config "$LAB_DIR/$1.influxdb/influxdb.conf" || return
  LAB_INFLUXDB_PID[$1]=$LAB_PID
  lab_wait 20 "influxdb $1" lab_influxdb_is_up "$1" && return
  cat "$LAB_DIR/$1.log" >&2
  return 1
}

lab_influxdb_is_up() { # NAME
  lab_alive "${LAB_INFLUXDB_PID[$1]}" && lab_http "${LAB_INFLUXDB_HOST[$1]}" http://127.0.0.1:8086/ping --output /dev/null
}

# Asked to end while its collectd listener has values that wait for their batch, influxd 1.6 waits for it in vain, 30 s.
# What is stored is in its log of writes, which it reads when it starts.
lab_influxdb_stop() { lab_stop "${LAB_INFLUXDB_PID[$1]}" KILL 2>/dev/null; } # NAME

lab_influxdb_restart() { lab_influxdb_stop "$1" && lab_influxdb_run "$1"; } # NAME

lab_influxdb_answers() { # NAME DATABASE INFLUXQL
  lab_in "${LAB_INFLUXDB_HOST[$1]}" curl --silent --max-time 20 --noproxy '*' --data-urlencode "db=$2" --data epoch=ms \
    --data-urlencode "q=$3" http://127.0.0.1:8086/query | jq -c 'if .error then . else .results[] | {error, series: (.series // [])} end'
}

# With a statement that is refused the answer still has HTTP status 200. To find nothing is no error.
lab_influxdb_query() { # NAME DATABASE INFLUXQL
  local answers
  answers=$(lab_influxdb_answers "$@") || return
  if [[ $answers != *'"error":"'* ]]; then jq -c '.series[]' <<<"$answers"; return; fi
  lab_fail "$1: $3: $answers"
}

lab_influxdb_value() { # NAME DATABASE INFLUXQL
  local result
  result=$(lab_influxdb_query "$@") && [[ $result && $result != *$'\n'* ]] &&
    jq -e -r 'if (.values | length) == 1 then .values[0][1] else empty end' <<<"$result"
}

lab_influxdb_has() { [[ $(lab_influxdb_query "$@") ]]; } # NAME DATABASE INFLUXQL

lab_influxdb_stat() { # NAME SECTION FIGURE
  lab_influxdb_query "$1" '' 'SHOW STATS' | jq -r --arg section "$2" --arg figure "$3" \
    'select(.name == $section) | .values[0][.columns | index($figure)]'
}
