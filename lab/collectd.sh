# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Debian's collectd with our plugin on a lab host, and its values read back from its CSV files. Source it after lab.sh.
#
#   lab_collectd_start HOST LINES     a collectd with these lines in <Plugin wiretruth>; returns when values are there
#   lab_collectd_launch HOST LINES    the same, but returns as soon as it runs: for configurations that give no values
#   lab_collectd_plain HOST LINES     one without our plugin and without files: a server. Returns as soon as it runs
#   lab_collectd_stop                 ends it; its exit status in LAB_STATUS
#   lab_collectd_test HOST LINES      collectd -T on such a configuration; its log goes to stdout
#   lab_collectd_value IFACE ID       newest values of e.g. if_packets-wire: "time,rx,tx"; of a gauge: "time,value"
#                                     IFACE '' is the network namespace
#   lab_collectd_total IFACE ID FIELD one field of it: rx, tx, value or time
#   lab_collectd_ids IFACE            every identity that has a value, one a line, sorted
#   lab_collectd_newer IFACE ID TIME  whether there is a value newer than this Unix time
#   lab_collectd_await SECONDS IFACE ID [TIME]  waits for one newer than TIME, by default than now. The plugin
#                                     takes a value's time before it reads, so that value includes all that went before
#   lab_collectd_shipped FILE [OLD=NEW]...   prints what loads dist/collectd/FILE as it is shipped, but for these texts, each
#                                     of which has to be in it: hosts, ports, directories. For LAB_COLLECTD_EXTRA
#   lab_collectd_log PATTERN          whether the log has a line that matches the extended regular expression
#
# LAB_COLLECTD is the directory of the last one started (log, collectd.conf, csv/), LAB_COLLECTD_PID its process; the
# functions work on these two, so set them back to turn to an earlier one.
# LAB_COLLECTD_WRAP, an array, goes before the command (setpriv, valgrind); LAB_COLLECTD_PRELOAD is a library to come before
# its own; LAB_COLLECTD_LOAD, lines inside <LoadPlugin wiretruth>; LAB_COLLECTD_EXTRA, lines at the end of the
# configuration; LAB_COLLECTD_WAIT, seconds that a start may take.

LAB_COLLECTD=
LAB_COLLECTD_PID=
LAB_COLLECTD_WRAP=()
LAB_COLLECTD_PRELOAD=''
LAB_COLLECTD_LOAD=
LAB_COLLECTD_EXTRA=
LAB_COLLECTD_WAIT=20
LAB_COLLECTD_PROGRAM=$(PATH=$PATH:/usr/sbin:/sbin command -v collectd) || LAB_COLLECTD_PROGRAM=collectd

# One write thread: values come to the files in the order in which they were dispatched.
lab_collectd_head() {
  LAB_COLLECTD=$(mktemp -d "$LAB_DIR/collectd.XXXXXX") || return
  : >"$LAB_COLLECTD/log"
  cat >"$LAB_COLLECTD/collectd.conf" <<END
Hostname "lab"
FQDNLookup false
BaseDir "$LAB_COLLECTD"
PIDFile "$LAB_COLLECTD/pid"
TypesDB "/usr/share/collectd/types.db"
Interval 1
WriteThreads 1
LoadPlugin logfile
<Plugin logfile>
  LogLevel info
  File "$LAB_COLLECTD/log"
  Timestamp true
  PrintSeverity true
</Plugin>
END
}

# The csv plugin opens, writes and closes a file for each value, so what was written is there to be read. uptime shows
# that collectd itself goes on.
lab_collectd_configure() { # LINES
  lab_collectd_head || return
  cat >>"$LAB_COLLECTD/collectd.conf" <<END
LoadPlugin csv
<Plugin csv>
  DataDir "$LAB_COLLECTD/csv"
  StoreRates false
</Plugin>
LoadPlugin uptime
PluginDir "$LAB_BUILD"
<LoadPlugin wiretruth>
$LAB_COLLECTD_LOAD
</LoadPlugin>
<Plugin wiretruth>
$1
</Plugin>
$LAB_COLLECTD_EXTRA
END
}

lab_collectd_runs() { lab_collectd_log 'Initialization complete' || lab_gone "$LAB_COLLECTD_PID"; }

# A module built with sanitizers needs their libraries in collectd from its start. What collectd itself has not freed at
# its end is its own affair, so leaks are left to valgrind.
lab_collectd_command() {
  local libraries
  libraries=$(lab_preload "$LAB_COLLECTD_PRELOAD")
  LAB_COLLECTD_COMMAND=(${LAB_COLLECTD_WRAP[@]+"${LAB_COLLECTD_WRAP[@]}"})
  if [ -n "$libraries" ]; then
    LAB_COLLECTD_COMMAND+=(env "LD_PRELOAD=$libraries" "ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0")
  fi
  LAB_COLLECTD_COMMAND+=("$LAB_COLLECTD_PROGRAM" -C "$LAB_COLLECTD/collectd.conf")
}

lab_collectd_launch() { lab_collectd_configure "$2" && lab_collectd_run "$1"; } # HOST LINES

lab_collectd_plain() { # HOST LINES
  lab_collectd_head || return
  printf '%s\n' "$2" >>"$LAB_COLLECTD/collectd.conf"
  lab_collectd_run "$1"
}

lab_collectd_run() { # HOST
  lab_collectd_command || return
  lab_spawn_in "$1" "${LAB_COLLECTD##*/}" "${LAB_COLLECTD_COMMAND[@]}" -f || return
  LAB_COLLECTD_PID=$LAB_PID
  lab_wait "$LAB_COLLECTD_WAIT" "collectd on $1 to start" lab_collectd_runs && lab_alive "$LAB_COLLECTD_PID" && return
  lab_collectd_show >&2
  return 1
}

lab_collectd_show() { cat "$LAB_COLLECTD.log" "$LAB_COLLECTD/log"; }

lab_collectd_any() { compgen -G "$LAB_COLLECTD/csv/lab/wiretruth-*/*" >/dev/null; }

lab_collectd_start() { # HOST LINES
  lab_collectd_launch "$@" || return
  lab_wait 20 "collectd's first values on $1" lab_collectd_any && return
  lab_collectd_show >&2
  return 1
}

lab_collectd_stop() {
  lab_signal "$LAB_COLLECTD_PID" TERM
  lab_reap "$LAB_COLLECTD_PID" 20
}

lab_collectd_test() { # HOST LINES
  local status=0
  lab_collectd_configure "$2" && lab_collectd_command || return
  lab_in "$1" "${LAB_COLLECTD_COMMAND[@]}" -T >"$LAB_COLLECTD.log" 2>&1 || status=$?
  lab_collectd_show
  return $status
}

# The module of this build is loaded already; what else the file loads is collectd's own.
lab_collectd_shipped() { # FILE [OLD=NEW]...
  echo 'PluginDir "/usr/lib/collectd"'
  lab_shipped "collectd/$1" "${@:2}"
}

lab_collectd_log() { grep -qE -- "$1" "$LAB_COLLECTD/log"; } # PATTERN

# One file a day. At midnight the new one may have no value yet, so the newest value is looked for in all of them. It
# counts as soon as its line is complete.
lab_collectd_value() { # IFACE ID
  local day='[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' newest
  # shellcheck disable=SC2086 # the pattern has to expand
  newest=$(cat "$LAB_COLLECTD/csv/lab/wiretruth${1:+-$1}/$2"-$day 2>/dev/null | grep -E '^[0-9]' | tail -n 1) || true
  [ -n "$newest" ] && printf '%s\n' "$newest"
}

lab_collectd_total() { # IFACE ID FIELD
  local value
  value=$(lab_collectd_value "$1" "$2") || return
  case $3 in
    time) cut -d, -f1 <<<"$value" ;;
    rx | value) cut -d, -f2 <<<"$value" ;;
    tx) cut -d, -f3 <<<"$value" ;;
    *) return 2 ;;
  esac
}

lab_collectd_ids() { # IFACE
  local file
  for file in "$LAB_COLLECTD/csv/lab/wiretruth${1:+-$1}"/*; do
    [ -e "$file" ] || continue
    file=${file##*/}
    printf '%s\n' "${file%-????-??-??}"
  done | sort -u
}

# CSV has milliseconds, rounded, hence the one of margin.
lab_collectd_newer() { # IFACE ID TIME
  local time
  time=$(lab_collectd_total "$1" "$2" time) || return
  awk -v value="$time" -v since="$3" 'BEGIN { exit !(value > since + 0.001) }'
}

lab_collectd_await() { # SECONDS IFACE ID [TIME]
  local now=${EPOCHREALTIME/,/.}
  lab_wait "$1" "a new value of $2/$3" lab_collectd_newer "$2" "$3" "${4:-$now}"
}
