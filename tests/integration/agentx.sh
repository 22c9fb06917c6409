#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 50
# beside: it waits for polls most of the time
#
# The process wiretruth-agentx: command line, configuration and its mistakes, the options that it shares with the collectd
# plugin, daemon and pid file, SIGHUP, rights of a system user, AgentX over TCP, readiness.
#
# The lab's situation "tso" (transmit with segmentation offload by tso0 of "host").
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"

agent=$LAB_BUILD/wiretruth-agentx
sample=$root/plugins/netsnmp/wiretruth.conf
manual=$root/docs/wiretruth-agentx.8

# ---- helpers ------------------------------------------------------------------------------------------------------

get() { lab_snmp_get host "$@"; } # IFACE DIR COLUMN
is_known() { get "$@" >/dev/null; }
has_row() { is_known "$1" - wtIfName; } # IFACE or ifIndex
value_is() { [[ $(get "$1" "$2" "$3") == "$4" ]]; } # IFACE DIR COLUMN VALUE
agent_log() { grep -qE -- "$1" "$LAB_DIR/agentx-host.log"; } # PATTERN
log_count() { grep -cE -- "$1" "$LAB_DIR/agentx-host.log"; } # PATTERN
add_device() { lab_in host ip link add "$1" type veth peer name "peer-$1" netns "$(lab_ns peer-tso)"; } # NAME

# What it says and how it ends, with this command line.
say() { # OPTION...
  lab_snmp_env host
  said=$(lab_in host "${LAB_SNMP_ENV[@]}" timeout 10 "$agent" "$@" 2>&1 </dev/null)
  status=$?
}

# Writes a file for -c. The lines may have escapes.
written() { # LINE...
  printf '%b\n' "$@" >"$LAB_DIR/written.conf"
}

rights_of() { sed -n 's/^CapPrm:[[:blank:]]*//p' "/proc/$1/status"; } # PID

# ---- command line and configuration -------------------------------------------------------------------------------

refuses() { # STATUS PATTERN OPTION...
  say "${@:3}"
  tap_is "$status" "$1" "${*:3}: ends with $1"
  check 'and says why' grep -qE -- "$2" <<<"$said"
}

test_command_line() {
  local option
  refuses 2 'Unknown logging option passed to -L: q' -f -Lq
  refuses 2 'Missing log file' -f -Lf
  refuses 2 'invalid syslog facility: z' -f -Lsz
  refuses 2 "cannot log to $LAB_DIR/none/log: No such file or directory" -f -Lf "$LAB_DIR/none/log"
  refuses 2 "cannot log to $LAB_DIR: Is a directory" -f "-Lf$LAB_DIR"
  refuses 2 "cannot read $LAB_DIR: it is not a regular file" -c "$LAB_DIR"
  refuses 2 'option PollInterval: .0.' -f -i 0
  refuses 2 'no arguments beside options' -f udp:161
  refuses 3 'cannot become user no-such-user: there is no such user' -f -u no-such-user
  refuses 3 'cannot become group no-such-group: there is no such group' -f -g no-such-group
  refuses 3 "cannot write the process ID to $LAB_DIR/none/pid" -f -p "$LAB_DIR/none/pid"
  say --help
  tap_is "$status" 0 'help is no mistake'
  for option in -A -c --check-config -f -g -h --help -i -L -p -u -v --version -x; do
    check "$option is in the help" grep -qE -- "^  .*$option( |,|\$)" <<<"$said"
    check 'and in the manual' grep -qE -- "^\.B[RI]?.*${option//-/\\\\-}( |\"|\$)" "$manual"
  done
}

test_check_config() {
  lab_snmp_configure host 'Interface tso0' 'InterfaceOption tso0 Tolerance 2'
  say --check-config
  tap_is "$status $said" '0 wiretruth-agentx: the configuration has no mistakes' 'a configuration in order'
  lab_snmp_configure host 'Interface /[/' 'Toleranz 1' 'InterfaceOption tso0 Method none' 'Hold' 'SeriesQuery {a="b"}'
  say --check-config
  tap_is "$status" 2 'one with mistakes'
  tap_is "$(grep -oE 'wiretruth.conf: line [0-9]+: .*' <<<"$said" | sed -E 's/: (Error|Warning).*//' | sort -u)" \
    "$(printf 'wiretruth.conf: line %s\n' 4 5 6 7)" 'each with its file and line'
  check 'an expression that is none' grep -q "line 4.*option Interface: '/\[/' is not a POSIX extended" <<<"$said"
  check 'an option that there is not' grep -q 'line 5.*Unknown token: Toleranz' <<<"$said"
  check 'one that an interface cannot have of its own' \
    grep -q 'line 6.*InterfaceOption tso0: option Method: an interface cannot' <<<"$said"
  check 'one without a value' grep -q 'line 7.*Hold' <<<"$said"
  tap_is "$(grep -c 'option SeriesQuery: there is no Series' <<<"$said")" 1 'options that do not fit each other'
  written 'Mirror eth0=span0' 'Interface eth1'
  refuses 2 'option Mirror: eth0=span0: eth0 is not among the interfaces' --check-config -c "$LAB_DIR/written.conf"
  written 'SeriesQuery {a="b"}' 'Series file:/metrics'
  refuses 2 "Series 'file:/metrics' is a file, which cannot be queried" --check-config -c "$LAB_DIR/written.conf"
  written "includeFile $LAB_DIR/more.conf"
  echo 'Horizont 5' >"$LAB_DIR/more.conf"
  refuses 2 'more.conf: line 1: .*Horizont' --check-config -c "$LAB_DIR/written.conf"
  # The same file with and without what it takes to open a capture, and nobody is called.
  say --check-config -c "$LAB_DIR/written.conf,$LAB_DIR/more.conf"
  check 'several files' grep -q 'more.conf: line 1' <<<"$said"
}

# None of them crashes, or hangs, or is taken.
test_hostile() {
  local file=$LAB_DIR/hostile.conf long=1000000
  head -c 200000 /dev/urandom >"$file"
  refuses 2 'hostile.conf' --check-config -c "$file"
  # libnetsnmp makes room for a line a kilobyte at a time, and a sanitizer's allocator copies all of it each time.
  ! lab_sanitized || long=100000
  { printf 'Interface '; head -c "$long" /dev/zero | tr '\0' x; echo; } >"$file"
  refuses 2 'line 1: .*is too long' --check-config -c "$file"
  printf 'Horizon 5\0 7\nInterfaceOption "\nInterfaceOption /\nInterfaceOption / x\nInterfaceOption "" Hold 1\n' >"$file"
  refuses 2 'line 4: ' --check-config -c "$file"
  tap_is "$(grep -c 'hostile.conf: line [1234]' <<<"$said")" 4 'each line'
  printf 'Horizon 5' >"$file"
  say --check-config -c "$file"
  tap_is "$status" 0 'a last line without an end'
  mkdir -p "$LAB_DIR/odd/wiretruth.conf"
  lab_in host env SNMPCONFPATH="$LAB_DIR/odd" SNMP_PERSISTENT_DIR="$LAB_DIR/odd" "$agent" --check-config \
    >"$LAB_DIR/odd.log" 2>&1
  tap_is "$?" 2 'a directory in the place of the file'
  rmdir "$LAB_DIR/odd/wiretruth.conf"
  echo 'Method none' >"$LAB_DIR/odd/wiretruth.conf"
  chmod 0 "$LAB_DIR/odd/wiretruth.conf"
  chmod 755 "$LAB_DIR/odd"
  lab_in host env SNMPCONFPATH="$LAB_DIR/odd" SNMP_PERSISTENT_DIR="$LAB_DIR/odd" \
    setpriv --reuid nobody --clear-groups "$program" --check-config >"$LAB_DIR/odd.log" 2>&1
  tap_is "$?" 2 'a file that it may not read'
  check 'is named' grep -q 'cannot read .*/odd/wiretruth.conf: Permission denied' "$LAB_DIR/odd.log"
}

# ---- options, as the plugin has them ------------------------------------------------------------------------------

# Name, a tab, default: from the core's table by way of the help.
options() {
  "$agent" --help | sed -n '/^Options of/,$p' |
    sed -nE '/^  PollInterval|^  InterfaceOption/d; s/^  ([A-Za-z]+) .*\(([^()]*)\)$/\1\t\2/p; t; s/^  ([A-Za-z]+) .*/\1\t/p'
}

# The lines of the sample with what is commented out.
sample_lines() { sed -nE 's/^#([A-Za-z]+ .*)/\1/p' "$sample" | grep -vE '^(Looked|Each|all) '; }

test_sample() {
  local name default value missing='' line
  sample_lines >"$LAB_DIR/sample.conf"
  while IFS= read -r line; do
    printf '%s\n' "$line" >"$LAB_DIR/one.conf"
    # What needs the one that names the server.
    [[ $line != SeriesQuery* ]] || echo 'Series http://host' >>"$LAB_DIR/one.conf"
    say --check-config -c "$LAB_DIR/one.conf"
    [[ $status == 0 ]] || missing+="$line: $said; "
  done <"$LAB_DIR/sample.conf"
  tap_is "$missing" '' 'every line of the sample is taken'
  for value in PollInterval InterfaceOption; do
    check "$value is in the sample" grep -q "^$value " "$LAB_DIR/sample.conf"
    check 'and in the manual' grep -qE "^\.B[IR] $value " "$manual"
  done
  while IFS=$'\t' read -r name default; do
    if [[ -n $default ]]; then
      check "$name is in the sample with its default" grep -qxF "$name $default" "$LAB_DIR/sample.conf"
      # shellcheck disable=SC2016 # for awk
      check 'and in the manual with it' awk -v name="$name" -v value="${default//./\\.}" '
        $1 ~ /^\.(TP|TQ|SS|SH)/ && !named { named = 0 }
        $1 ~ /^\.B/ && $2 == name { named = 1 }
        named && $0 ~ "Default .*" value { found = 1 }
        END { exit !found }' "$manual"
    else
      check "$name is in the sample" grep -q "^$name " "$LAB_DIR/sample.conf"
      check 'and in the manual' grep -qE "^\.B[IR] $name " "$manual"
    fi
  done < <(options)
}

# What each says of a configuration: the sentences that begin with an option's name, one a line.
agent_says() { # FILE
  say --check-config -c "$1"
  grep -oE '(option|no such option:) .*' <<<"$said" | sort
}

plugin_says() { lab_collectd_test host "$1" | grep -oE '(option|no such option:) .*' | sort; } # LINES

# A value that no option takes, for each: the same sentences from both, one for each option.
test_as_plugin() {
  local name lines='' mine theirs good=''
  : >"$LAB_DIR/bad.conf"
  while IFS=$'\t' read -r name _; do
    case $name in Baseline | SeriesCA) continue ;; esac # take any text
    echo "$name ?/" >>"$LAB_DIR/bad.conf"
    lines+="$name \"?/\""$'\n'
  done < <(options)
  mine=$(agent_says "$LAB_DIR/bad.conf")
  theirs=$(plugin_says "$lines")
  tap_is "$mine" "$theirs" 'what is wrong is wrong in the plugin, too, in the same words'
  tap_is "$(wc -l <<<"$mine")" "$(grep -c . "$LAB_DIR/bad.conf")" 'each option is there'
  # And what is right in the one is right in the other: the sample, and options of an interface.
  lines=$(grep -vE '^(agentX|PollInterval|InterfaceOption)' "$LAB_DIR/sample.conf" |
    sed -E 's/"/\\"/g; s/^([A-Za-z]+) (.*)/\1 "\2"/')
  while IFS=$'\t' read -r name good; do
    [[ $name =~ ^(Tolerance|Horizon|WarningDivergence|FailureDivergence|Hysteresis|Hold)$ ]] || continue
    echo "InterfaceOption /^tso/ $name $good"
    lines+=$'\n'"<Interface \"/^tso/\">"$'\n'"$name $good"$'\n'"</Interface>"
  done < <(options) >"$LAB_DIR/of-interface.conf"
  # Without what would be read or opened.
  lines=$(grep -vE '^(Interface "|Mirror|Baseline|Series)' <<<"$lines")
  say --check-config -c "$LAB_DIR/of-interface.conf"
  tap_is "$status" 0 'options of an interface are taken'
  tap_is "$(wc -l <"$LAB_DIR/of-interface.conf")" 6 'six of them'
  tap_is "$(plugin_says "$lines")" '' 'by the plugin, too, and the sample'
}

# ---- background ---------------------------------------------------------------------------------------------------

pid_in_file() { [[ -s $LAB_DIR/pid ]]; }
daemon_gone() { ! kill -0 "$1" 2>/dev/null; }

# In the lab's network namespace: whatever happens, lab_end finds it there.
test_daemon() {
  local pid
  lab_snmp_configure host 'Interface tso0' 'Method banana'
  refuses 2 "wiretruth.conf: line 5: .*option Method: 'banana'" -Lf "$LAB_DIR/daemon.log" -Le -p "$LAB_DIR/pid"
  check 'a start that failed leaves no process ID' not test -e "$LAB_DIR/pid"
  lab_snmp_configure host 'Interface tso0'
  say -Lf "$LAB_DIR/daemon.log" -p "$LAB_DIR/pid"
  tap_is "$status $said" '0 ' 'it goes into the background when it is ready'
  check 'with its process ID in the file' pid_in_file
  pid=$(<"$LAB_DIR/pid")
  tap_is "$(basename "$(readlink "/proc/$pid/exe")") $(readlink "/proc/$pid/cwd") $(readlink "/proc/$pid/fd/0")" \
    'wiretruth-agentx / /dev/null' 'detached'
  check 'it is in a session of its own' test "$(ps -o sid= -p "$pid" | tr -d ' ')" = "$pid"
  check 'it serves' lab_wait 15 'rows' has_row tso0
  check 'and logs to the file' grep -q 'wiretruth: method' "$LAB_DIR/daemon.log"
  mv "$LAB_DIR/daemon.log" "$LAB_DIR/daemon.old"
  kill -HUP "$pid"
  check 'SIGHUP opens the log anew' lab_wait 10 'the log' grep -qs 'configuration was read again' "$LAB_DIR/daemon.log"
  refuses 3 "another process has its ID in $LAB_DIR/pid" -f -p "$LAB_DIR/pid"
  tap_is "$(<"$LAB_DIR/pid")" "$pid" 'which is still there'
  kill "$pid"
  check 'it ends' lab_wait 10 'its end' daemon_gone "$pid"
  check 'and takes the file away' not test -e "$LAB_DIR/pid"
}

# ---- SIGHUP -------------------------------------------------------------------------------------------------------

# Writes these lines and has them read; returns when the log says so once more.
reread() { # LINE...
  local before
  before=$(log_count 'read again|stays as it was')
  lab_snmp_configure host "$@"
  lab_signal "$LAB_SNMP_AGENT" HUP
  lab_wait 10 'the configuration to be read' was_reread "$before"
}

was_reread() { (($(log_count 'read again|stays as it was') > $1)); }

totals_stay() { # DESCRIPTION
  tap_is "$(get tso0 tx wtDirWireFrames) $(get tso0 - wtIfDiscontinuityTime) $(get tso0 tx wtDirCounterFrames)" "$totals" "$1"
}

test_reload() {
  local sessions totals
  lab_snmp_configure host 'Interface tso0'
  lab_snmp_agent host
  check 'it serves' lab_wait 15 'rows' has_row tso0
  situation_traffic tso 4 && lab_settle host tso0
  lab_snmp_polled host 10
  totals="$(get tso0 tx wtDirWireFrames) $(get tso0 - wtIfDiscontinuityTime) $(get tso0 tx wtDirCounterFrames)"
  sessions=$(log_count 'AgentX subagent connected')

  reread 'Interface tso0' 'Interface lo' 'InterfaceOption tso0 Horizon 60' 'WarningDivergence 7' 'Horizon 120'
  check 'an interface that is selected now has a row' lab_wait 10 'a row' has_row lo
  totals_stay 'the totals of the other one go on'
  tap_is "$(get 65001 - wtThresholdRising)" 700 'a threshold is as it says now'
  tap_is "$(get 65004 - wtThresholdRising)" 2000 'others stay'
  tap_is "$(get tso0 - wtIfHorizon) $(get lo - wtIfHorizon)" '6000 12000' 'and an option of one interface is its own'

  reread 'Interface tso0' 'Tolerance banana' 'Horizon 10'
  check 'one with a mistake is not taken' agent_log "line 5: .*option Tolerance: 'banana'"
  check 'and the log says so' agent_log 'the configuration stays as it was: there are mistakes in its files'
  check 'what it does not name is still there' has_row lo
  tap_is "$(get 65001 - wtThresholdRising)" 700 'and the threshold'

  reread 'Interface /^tso/' 'PollInterval 2'
  check 'a second PollInterval is a mistake as ever' agent_log "line 5: .*option PollInterval: '2' is given a second time"
  reread 'Interface /^tso/' 'WarningDivergence off'
  check 'an interface that is no longer selected goes' lab_wait 10 'no row' not has_row "$(lab_snmp_ifindex host lo)"
  totals_stay 'the totals go on'
  check 'a threshold that is off goes' not is_known 65001 - wtThresholdRising
  reread 'Interface /^tso/' 'Application true'
  check 'application figures are there when they are asked for' lab_wait 10 'them' is_known 0 - wtAppConnections
  tap_is "$(get tso0 tx wtDirWireFrames)" "${totals%% *}" 'the totals go on'
  check 'with a discontinuity' test "$(get tso0 - wtIfDiscontinuityTime)" -gt 0

  reread 'Interface /^tso/' 'Baseline /none' 'Series file:/none'
  tap_is "$(get tso0 - wtIfBaseline)" 6 'a baseline that cannot be read is told'
  check 'and so is a series' test -n "$(get 0 - wtSeriesError)"
  check 'application figures are gone' not is_known 0 - wtAppConnections
  reread 'Interface /^tso/'
  tap_is "$(get tso0 - wtIfBaseline)" 0 'and neither without them'
  tap_is "$(get 0 - wtSeriesUrl)" '' 'nor the other one'
  tap_is "$(get tso0 tx wtDirWireFrames)" "${totals%% *}" 'the totals go on'

  # To open another capture takes rights, and those were given up.
  reread 'Interface tso0' 'Method sample'
  check 'another capture is refused' agent_log 'the configuration stays as it was: Method, .*rights that were given up'
  tap_is "$(get 0 - wtMethod) $(get tso0 tx wtDirWireFrames)" "1 ${totals%% *}" 'and the one that there is goes on'
  reread 'Interface tso0' 'Method none'
  check 'another method is in use' value_is 0 - wtMethod 0
  check 'and the log says that totals begin anew' agent_log 'what is captured has changed: totals begin anew'
  tap_is "$(log_count 'AgentX subagent connected')" "$sessions" 'all that with one session'
  check 'that was never opened twice' not agent_log 'attempted to be re-opened'
  tap_is "$(lab_snmp_raw host snmpbulkwalk -OQ .1.3.6.1.2.1.1.9.1.2 | grep -cF "$(lab_snmp_oid wiretruthMIB)")" 1 \
    'and registered once'
  lab_signal "$LAB_SNMP_AGENT" HUP
  lab_stop "$LAB_SNMP_AGENT"
  tap_is "$LAB_STATUS" 0 'SIGHUP and SIGTERM at once end it'
}

# ---- rights -------------------------------------------------------------------------------------------------------

# The socket as the shipped snmpd.conf gives it away, by an snmpd that has become its own user.
master_of_others() {
  local dir
  dir=$(lab_snmp_dir host)
  lab_snmp_configure host "$@"
  rm -rf "$dir/run"
  chmod 711 "$LAB_DIR" && chmod 755 "$dir" "$dir/conf" "$dir/store" && chmod 644 "$dir/conf/"*.conf
  sed -i "s|^agentXSocket .*|agentXSocket unix:$dir/run/agentx,tcp:127.0.0.1:705,tcp6:[::1]:705|" "$dir/conf/snmpd.conf"
  sed -i "s|^agentXSocket .*|agentXSocket unix:$dir/run/agentx|" "$dir/conf/wiretruth.conf"
  if [[ -n $snmp_user ]]; then
    LAB_SNMP_MASTER_OPTIONS=(-u "$snmp_user" -g "$snmp_user")
    echo "agentXPerms 0660 0755 $snmp_user nogroup" >>"$dir/conf/snmpd.conf"
    chown -R "$snmp_user" "$dir/store"
  else
    echo "agentXPerms 0660 0755 nobody nogroup" >>"$dir/conf/snmpd.conf"
  fi
  lab_snmp_master host
}

captures_later() { # NAME
  add_device "$1" && lab_in host ip link set "$1" up &&
    lab_wait 15 "a capture on $1" is_known "$1" tx wtDirCaptureFrames
  local status=$?
  lab_in host ip link delete "$1"
  return $status
}

test_rights() {
  local caps=+net_raw,+bpf none=0000000000000000
  # Ambient capabilities, as the unit gives them.
  LAB_SNMP_WRAP=(setpriv --reuid nobody --regid nogroup --clear-groups "--inh-caps=-all,$caps" "--ambient-caps=-all,$caps"
    "--bounding-set=-all,$caps")
  lab_snmp_agent host
  check 'a system user with two capabilities serves' lab_wait 15 'rows' has_row tso0
  tap_is "$(get 0 - wtMethod) $(get 0 - wtMethodReason)" '1 ' 'with method exact'
  tap_is "$(rights_of "$LAB_SNMP_AGENT")" "$none" 'and has none any more'
  check 'an interface that appears is captured' captures_later later0
  lab_stop "$LAB_SNMP_MASTER"
  lab_snmp_master host
  check 'it reaches the socket after a restart of snmpd' lab_wait 15 'rows' has_row tso0
  lab_stop "$LAB_SNMP_AGENT"

  LAB_SNMP_WRAP=(setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all --bounding-set=-all)
  lab_snmp_agent host
  check 'without capabilities it serves, too' lab_wait 15 'rows' has_row tso0
  tap_is "$(get 0 - wtMethod)" 0 'with method none'
  check 'and says what is missing' grep -q 'CAP_BPF.*CAP_NET_RAW' <<<"$(get 0 - wtMethodReason)"
  lab_stop "$LAB_SNMP_AGENT"

  # From root, as without a service manager.
  LAB_SNMP_WRAP=()
  LAB_SNMP_OPTIONS=(-f -u nobody -g nogroup -p "$LAB_DIR/pid")
  lab_snmp_agent host
  check 'started by root it becomes another user' lab_wait 15 'rows' has_row tso0
  tap_is "$(awk '/^(Uid|Gid):/ { print $2, $3, $4 }' "/proc/$LAB_SNMP_AGENT/status" | sort -u | wc -l)" \
    "$( (($(id -u nobody) == $(getent group nogroup | cut -d: -f3))) && echo 1 || echo 2)" 'wholly'
  tap_is "$(stat -c %U "/proc/$LAB_SNMP_AGENT") $(get 0 - wtMethod) $(rights_of "$LAB_SNMP_AGENT")" \
    "nobody 1 $none" 'with method exact and no rights'
  check 'an interface that appears is captured' captures_later later1
  lab_stop "$LAB_SNMP_AGENT"
  LAB_SNMP_OPTIONS=(-f)
}

# ---- TCP ----------------------------------------------------------------------------------------------------------

is_connecting() { [[ -n $(lab_in host ss -Htn state syn-sent "( dport = :705 )") ]]; }

test_tcp() {
  local address
  for address in tcp:localhost:705 'tcp6:[::1]:705'; do
    LAB_SNMP_OPTIONS=(-f -x "$address")
    lab_snmp_agent host
    check "it serves through $address" lab_wait 15 'rows' has_row tso0
    check 'which is in use' test -n "$(lab_in host ss -Htn state established "( dport = :705 )")"
    lab_stop "$LAB_SNMP_MASTER"
    lab_snmp_master host
    check 'and is back after a restart of snmpd' lab_wait 15 'rows' has_row tso0
    lab_stop "$LAB_SNMP_AGENT"
    tap_is "$LAB_STATUS" 0 'it ends without error'
  done
  lab_stop "$LAB_SNMP_MASTER"
  LAB_SNMP_OPTIONS=(-f -x tcp:127.0.0.1:705)
  lab_snmp_agent host
  check 'without snmpd it says where it looks' lab_wait_log 10 agentx-host 'no AgentX master at tcp:127.0.0.1:705 yet'
  lab_stop "$LAB_SNMP_AGENT"
  # An address of a network where nobody answers, nor refuses.
  lab_in host ip neigh replace 10.1.0.77 lladdr "$(lab_mac 1 2)" dev tso0 nud permanent
  LAB_SNMP_OPTIONS=(-f -x tcp:10.1.0.77:705)
  lab_snmp_agent host
  check 'while it waits for a connection' lab_wait 15 'an attempt' is_connecting
  lab_signal "$LAB_SNMP_AGENT" TERM
  # The kernel gives up after more than two minutes.
  check 'SIGTERM ends it without waiting for that' lab_gone_within 60 "$LAB_SNMP_AGENT"
  lab_stop "$LAB_SNMP_AGENT"
  tap_is "$LAB_STATUS" 0 'and without error'
  LAB_SNMP_OPTIONS=(-f)
}

has_asked() { (($(lab_in host ss -Htan "( dport = :705 )" | wc -l) > $1)); } # COUNT

# It takes connections and nothing else. Polls go on: what drifts is in the log.
test_silent() {
  local silent
  lab_offload host tso0 tso on
  lab_in host "${agent%/*}/wiretruth" baseline save "$LAB_DIR/silent.baseline" 2>"$LAB_DIR/baseline.said"
  lab_snmp_configure host 'Interface tso0' "Baseline $LAB_DIR/silent.baseline"
  lab_spawn_in host silent "$LAB_BIN/serve" 705 silent
  silent=$LAB_PID
  check 'a listener' lab_wait_log 5 silent '^listening' || return
  LAB_SNMP_OPTIONS=(-f -x tcp:127.0.0.1:705)
  lab_snmp_agent host
  check 'a master that never answers: it is told' lab_wait_log 10 agentx-host 'no AgentX master at tcp:127.0.0.1:705 yet'
  check 'it is asked again and again' lab_wait 15 'a second attempt' has_asked 1
  lab_offload host tso0 tso off
  check 'polls go on' lab_wait_log 10 agentx-host 'tso0 drifts from the baseline: tx-tcp-segmentation'
  lab_offload host tso0 tso on
  check 'more than one' lab_wait_log 10 agentx-host 'tso0: tx-tcp-segmentation drifts no longer'
  lab_stop "$LAB_SNMP_AGENT"
  tap_is "$LAB_STATUS" 0 'SIGTERM ends it'
  lab_stop "$silent"
  LAB_SNMP_OPTIONS=(-f)
}

# ---- service manager ----------------------------------------------------------------------------------------------

# A datagram socket as a service manager has it; one line a message.
test_notify() {
  # shellcheck disable=SC2016 # for perl
  lab_spawn notify perl -MIO::Socket::UNIX -e '
    $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die;
    $| = 1; print "listening\n"; while ($socket->recv($text, 4096) || defined $text) { print "$text\n" }' "$LAB_DIR/notify"
  lab_wait_log 10 notify listening
  LAB_SNMP_WRAP=(env NOTIFY_SOCKET="$LAB_DIR/notify")
  lab_snmp_agent host
  check 'a service manager is told that it is ready' lab_wait_log 10 notify '^READY=1'
  lab_stop "$LAB_SNMP_AGENT"
  check 'and that it ends' lab_wait_log 10 notify '^STOPPING=1'
  LAB_SNMP_WRAP=()
}

# ---- two of them ----------------------------------------------------------------------------------------------------

sent() { lab_snmp_raw host snmpget -OQ -Ov .1.3.6.1.2.1.11.29.0; } # snmpOutTraps: to a sink that nobody is at
has_sent() { (($(sent) >= $1)); } # COUNT

# snmpd shows the first one only.
test_second() {
  local second before refused='snmpd has WIRETRUTH-MIB already'
  lab_snmp_configure host 'Interface tso0'
  echo 'trap2sink udp:127.0.0.1:1199' >>"$(lab_snmp_dir host)/conf/snmpd.conf"
  lab_snmp_run host
  lab_spawn_in host agentx-second "${LAB_SNMP_ENV[@]}" "$agent" -f
  second=$LAB_PID
  check 'a second one says that there is one already' lab_wait_log 10 agentx-second "$refused"
  lab_snmp_polled host 10
  before=$(sent)
  lab_offload host tso0 tso off
  check 'a notification is sent' lab_wait 10 'it' has_sent $((before + 1))
  lab_snmp_polled host 10 && lab_snmp_polled host 10
  tap_is "$(sent)" $((before + 1)) 'by one of them'
  tap_is "$(grep -c "$refused" "$LAB_DIR/agentx-second.log") $(log_count "$refused")" '1 0' 'it says so once, and the first one never'
  lab_stop "$LAB_SNMP_AGENT"
  lab_stop "$second"
  tap_is "$LAB_STATUS" 0 'it ends as others do'
  lab_snmp_agent host
  check 'started alone it serves' lab_wait 15 'rows' has_row tso0
  lab_snmp_stop
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $agent ]]; then
  tap_skip 'the process of the subagent' 'no subagent was built'
  tap_done
  exit
fi
lab_start && situation_setup tso || exit
chmod 711 "$LAB_DIR"
# Where another user reaches it.
program=$LAB_DIR/bin/wiretruth-agentx
mkdir "$LAB_DIR/bin" && cp "$agent" "$program"
snmp_user=$(getent passwd Debian-snmp | cut -d: -f1)

test_command_line
test_check_config
test_hostile
test_sample
if [[ -e $LAB_BUILD/wiretruth.so ]]; then
  test_as_plugin
else
  tap_skip 'the options of the plugin' 'it was not built'
fi
lab_snmp_configure host
lab_snmp_master host || exit
test_daemon
test_reload
lab_stop "$LAB_SNMP_MASTER"
test_second
LAB_BUILD=$LAB_DIR/bin # for lab_snmp_agent
master_of_others 'Interface tso0' 'Interface /^later/' || exit
test_rights
test_tcp
test_notify
test_silent
tap_done
