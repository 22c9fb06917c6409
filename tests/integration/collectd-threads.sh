#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The plugin among collectd's threads: a poll that is slow, fails or waits for a dead peer delays nobody; signals, a stop
# amid a poll, two daemons on a host, a daemon in the background; what is left after each way to end; memory and locks.
#
# Polls are made slow and made to fail by _fault.c, at the kernel's answers.
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

plugin=$LAB_BUILD/wiretruth.so
readonly ENOBUFS=105

# ---- helpers ------------------------------------------------------------------------------------------------------

fault() { LAB_COLLECTD_WRAP=(env "FAULT=$*") LAB_COLLECTD_PRELOAD=$LAB_DIR/fault.so; } # FAULT...
no_fault() { LAB_COLLECTD_WRAP=() LAB_COLLECTD_PRELOAD=''; }

times_of() { # PLUGIN ID: of its values
  cat "$LAB_COLLECTD/csv/lab/$1/$2"-????-??-?? 2>/dev/null | grep '^[0-9]' | cut -d, -f1
}

# The longest time between two values in a row, in milliseconds.
longest_gap() { # PLUGIN ID
  times_of "$@" | awk 'NR > 1 && $1 - last > most { most = $1 - last } { last = $1 } END { printf "%d\n", most * 1000 }'
}

count_is_above() { [ "$(times_of "$1" "$2" | wc -l)" -gt "$3" ]; } # PLUGIN ID NUMBER
more_values() { # PLUGIN ID NUMBER
  lab_wait 20 "$3 more values of $1" count_is_above "$1" "$2" $(($(times_of "$1" "$2" | wc -l) + $3 - 1))
}

logged() { grep -cE "$1" "$LAB_COLLECTD/log"; } # PATTERN

threads_named() { # PID NAME
  cat "/proc/$1/task/"*/comm 2>/dev/null | grep -cx "$2"
}

# The mask of signals that the first such thread blocks, in hexadecimal.
blocked_by() { # PID NAME
  local task
  for task in "/proc/$1/task/"*; do
    [ "$(cat "$task/comm")" = "$2" ] || continue
    awk '$1 == "SigBlk:" { print $2 }' "$task/status"
    return
  done
}

descriptors() { find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l; } # PID

has_descriptors() { [ "$(descriptors "$1")" -le "$2" ]; } # PID MOST

# eBPF programs and maps that a process has, "prog 12" and "map 7" a line. Identifiers are never used again.
ebpf_of() { # PID
  cat "/proc/$1/fdinfo/"* 2>/dev/null | awk '$1 == "prog_id:" { print "prog", $2 } $1 == "map_id:" { print "map", $2 }' | sort -u
}
ebpf_is_gone() { # LIST of "KIND ID"
  local kind id
  while read -r kind id; do
    if bpftool "$kind" show id "$id" >/dev/null 2>&1; then return 1; fi
  done <<<"$1"
}
no_packet_socket() { [ "$(lab_in host cat /proc/net/packet | wc -l)" = 1 ]; }

# Nothing of the collectd that had this eBPF is left on the host: programs are freed a moment after their last user.
left_nothing() { # WHAT EBPF
  check "$1: no eBPF program and no map is left" lab_wait 10 'eBPF to be freed' ebpf_is_gone "$2"
  check "$1: no packet socket is left" lab_wait 10 'packet sockets to be closed' no_packet_socket
}

# Every option but those that need more than one host; IgnoreSelected, so that other interfaces can come and go.
everything() {
  cat <<END
    Interface "lo"
    IgnoreSelected true
    ReportInactive true
    Method auto
    CPUBudget 50
    Tolerance 0.5
    Horizon 20
    Hold 0
    Baseline "$LAB_DIR/baseline"
    Application true
    Series "http://127.0.0.1:$series_port/metrics"
    SeriesTimeout 2
    Mirror "tso0" "idle0"
    Report wire signals ratios octets offload hidden checksum application
END
}

other_plugins='PluginDir "/usr/lib/collectd"
  LoadPlugin cpu
  LoadPlugin interface
  LoadPlugin memory
  LoadPlugin load
  LoadPlugin protocols
  LoadPlugin tcpconns'

# ---- polls that are slow --------------------------------------------------------------------------------------------

# Interval 0.2, and each poll takes more than two seconds. One read thread serves all plugins.
test_slow() {
  local pid begin end told
  fault slow=600
  LAB_COLLECTD_LOAD='Interval 0.2'
  LAB_COLLECTD_EXTRA='ReadThreads 1
    PluginDir "/usr/lib/collectd"
    <LoadPlugin load>
      Interval 0.1
    </LoadPlugin>'
  lab_collectd_start host 'Interface "tso0"' || return
  more_values load load 20
  more_values wiretruth-tso0 if_packets-counter 2
  check "polls of $(longest_gap wiretruth-tso0 if_packets-counter) ms: they are slow" \
    [ "$(longest_gap wiretruth-tso0 if_packets-counter)" -ge 1800 ]
  check "polls are slow: another plugin with an interval of 100 ms waits for $(longest_gap load load) ms at most" \
    [ "$(longest_gap load load)" -lt 1000 ]
  told=$(logged '\[warning\] wiretruth plugin: a poll takes longer than the interval of 0.200 s: no values until')
  check "polls are slow: the log says so at growing intervals ($told times)" [ $((told > 0 && told < 10)) = 1 ]
  tap_is "$(logged 'Not sleeping|took .* seconds, which is above')" 0 'polls are slow: collectd itself notices nothing'

  # Into the middle of a poll.
  pid=$LAB_COLLECTD_PID
  lab_signal "$pid" USR1
  more_values load load 3
  check 'SIGUSR1 amid a slow poll: collectd goes on' lab_alive "$pid"
  begin=${EPOCHREALTIME/[.,]/}
  lab_collectd_stop
  end=${EPOCHREALTIME/[.,]/}
  tap_is "$LAB_STATUS" 0 'SIGTERM amid a slow poll: status 0'
  check "SIGTERM amid a slow poll: it ends when that poll does ($(((end - begin) / 1000)) ms)" \
    [ $((end - begin)) -lt 6000000 ]
  no_fault
  LAB_COLLECTD_LOAD='' LAB_COLLECTD_EXTRA=''
}

# A change of links has them read anew, which fails for some polls.
test_failing() {
  fault "links=$ENOBUFS@3-7"
  LAB_COLLECTD_LOAD='Interval 0.2'
  lab_collectd_start host 'Interface "tso0"'
  more_values wiretruth-tso0 if_packets-counter 2
  lab_in host ip link set idle0 mtu 1400
  lab_wait 20 'a failed poll' lab_collectd_log '\[error\] wiretruth plugin: no reading: '
  check 'polls fail: another plugin goes on' more_values uptime uptime 1
  check 'polls fail: readings come back' lab_wait 20 'readings' lab_collectd_log 'wiretruth plugin: readings are back'
  check 'polls fail: values come back' more_values wiretruth-tso0 if_packets-counter 2
  check "polls fail: the log says so at growing intervals ($(logged 'no reading') times of 5)" \
    [ "$(logged 'no reading')" -lt 4 ]
  tap_is "$(logged 'Will suspend')" 0 'polls fail: collectd does not suspend the plugin'
  lab_in host ip link set idle0 mtu 1500
  lab_collectd_stop
  no_fault
  LAB_COLLECTD_LOAD=''
}

# The peer of the series takes the question and stops; another one is stopped as a whole.
test_dead_peer() {
  local peer
  LAB_COLLECTD_LOAD='Interval 0.2'
  lab_spawn_in host peer "$LAB_BIN/serve" 9101 silent
  peer=$LAB_PID
  lab_wait_log 5 peer '^listening'
  lab_collectd_start host $'Interface "tso0"\nSeries "http://127.0.0.1:9101/metrics"'
  lab_wait_log 10 peer '^asked'
  lab_signal "$peer" STOP
  more_values wiretruth-tso0 if_packets-counter 6
  check "a series that never answers: values wait for $(longest_gap wiretruth-tso0 if_packets-counter) ms at most" \
    [ "$(longest_gap wiretruth-tso0 if_packets-counter)" -lt 1000 ]
  lab_collectd_stop
  tap_is "$LAB_STATUS" 0 'a series that never answers: collectd ends'
  lab_stop "$peer" KILL
  LAB_COLLECTD_LOAD=
}

# ---- everything at once ---------------------------------------------------------------------------------------------

# Many threads, all groups, other plugins, traffic, interfaces that come and go, flushes.
test_load() {
  local pid before ebpf i known='the mirror idle0 lost'
  LAB_COLLECTD_LOAD='Interval 0.1'
  LAB_COLLECTD_EXTRA="ReadThreads 5
    WriteThreads 5
    $other_plugins"
  lab_collectd_start host "$(everything)" || { tap_ok 1 'under load: it starts'; return; }
  pid=$LAB_COLLECTD_PID
  tap_is "$(threads_named "$pid" 'wiretruth poll')" 1 'under load: one thread is the plugin'"'"'s'
  more_values wiretruth-tso0 if_packets-wire 3
  before=$(descriptors "$pid")
  situation_traffic tso 4
  for ((i = 0; i < 10; i++)); do
    lab_in host ip link add "come$i" type veth peer name "peer$i" netns "$(lab_ns peer-tso)"
    lab_collectd_await 20 tso0 if_packets-wire
    lab_in host ip link delete "come$i"
    lab_signal "$pid" USR1
  done
  more_values wiretruth-tso0 if_packets-wire 4
  check 'under load: interfaces that came have values' count_is_above wiretruth-come5 if_packets-counter 0
  # Those that write files, or ask for a series, have one more for a moment.
  lab_wait 20 'descriptors to be closed' has_descriptors "$pid" "$before"
  tap_ok $? 'under load: no more descriptors than before ten interfaces came and went'
  # With a sanitizer a poll takes longer than this interval, and says so.
  ! lab_sanitized || known+='|a poll takes longer than the interval of 0.100 s'
  tap_is "$(grep -E '\[(error|warning)\]' "$LAB_COLLECTD/log" | grep -vE "$known")" '' \
    'under load: no complaint but that nothing comes to the mirror'
  ebpf=$(ebpf_of "$pid")
  tap_is "$(lab_collectd_total tso0 if_packets-counter tx)" "$(($(lab_link_counter host tso0 tx packets) - COUNTED))" \
    'under load: the counter is the kernel'"'"'s'
  lab_collectd_stop
  tap_is "$LAB_STATUS" 0 'under load: collectd ends with status 0'
  left_nothing SIGTERM "$ebpf"
  LAB_COLLECTD_LOAD='' LAB_COLLECTD_EXTRA=''
}

test_readall() {
  local log
  log=$(lab_collectd_test host "$(everything)")
  tap_is $? 0 'collectd -T with every option: status 0'
  # collectd gives the write threads no time to take what they have not taken yet.
  tap_is "$(grep -E '\[(error|warning)\]' <<<"$log" | grep -v 'left after shutting down the write threads')" '' \
    'collectd -T with every option: no complaint'
  check 'collectd -T with every option: it has polled' grep -q 'wiretruth plugin: method .* is in use' <<<"$log"
  check 'collectd -T: no packet socket is left' no_packet_socket
}

# ---- other ends -----------------------------------------------------------------------------------------------------

# collectd has no handler for SIGHUP: it ends by it, as by SIGKILL.
test_killed() {
  local signal ebpf
  for signal in HUP KILL; do
    lab_collectd_start host 'Interface "tso0"'
    ebpf=$(ebpf_of "$LAB_COLLECTD_PID")
    lab_stop "$LAB_COLLECTD_PID" "$signal"
    left_nothing "SIG$signal" "$ebpf"
  done
}

test_failed_init() {
  fault bpf=1
  lab_collectd_launch host $'Method exact\nSeries "http://127.0.0.1:9100/"\nBaseline "/etc/hosts"'
  check 'init fails: the log says so' lab_collectd_log 'wiretruth plugin: stays out: '
  more_values uptime uptime 1
  tap_is "$(threads_named "$LAB_COLLECTD_PID" 'wiretruth poll') $(ebpf_of "$LAB_COLLECTD_PID" | wc -l)" '0 0' \
    'init fails: no thread and no eBPF'
  tap_is "$(descriptors "$LAB_COLLECTD_PID")" "$(descriptors_without_us)" \
    'init fails: as many descriptors as a collectd without the plugin has'
  lab_collectd_stop
  tap_is "$LAB_STATUS" 1 'init fails: collectd goes on until it is ended, and says so by its status'
  no_fault
}
descriptors_without_us() {
  lab_collectd_configure ''
  sed -i '/^<LoadPlugin wiretruth>/,/^<\/Plugin>/d' "$LAB_COLLECTD/collectd.conf"
  lab_spawn_in host plain "$LAB_COLLECTD_PROGRAM" -C "$LAB_COLLECTD/collectd.conf" -f
  lab_wait 20 'a plain collectd' count_is_above uptime uptime 0
  descriptors "$LAB_PID"
  lab_stop "$LAB_PID"
}

# In the background, and loaded by two lines.
test_daemon() {
  local pid ebpf
  LAB_COLLECTD_EXTRA='LoadPlugin wiretruth'
  lab_collectd_configure 'Interface "tso0"' && lab_collectd_command
  lab_in host "${LAB_COLLECTD_COMMAND[@]}"
  check 'in the background, loaded twice: values' lab_wait 20 values lab_collectd_any
  pid=$(<"$LAB_COLLECTD/pid")
  more_values wiretruth-tso0 if_packets-counter 2
  tap_is "$(threads_named "$pid" 'wiretruth poll')" 1 'in the background, loaded twice: one thread'
  # SIGUSR1 is 10, SIGTERM 15, and each has the bit of its number, less one.
  tap_is "$((16#$(blocked_by "$pid" 'wiretruth poll') & 16#4200))" $((16#4200)) 'signals are left to the threads of collectd'
  tap_is "$(times_of wiretruth-tso0 if_packets-counter | sort | uniq -d)" '' 'in the background, loaded twice: values once'
  ebpf=$(ebpf_of "$pid")
  kill "$pid"
  lab_wait 20 'the daemon to end' is_no_process "$pid"
  left_nothing 'in the background' "$ebpf"
  LAB_COLLECTD_EXTRA=
}
is_no_process() { [ ! -e "/proc/$1" ]; }

# Two at once count the same.
test_two() {
  local first first_pid both
  lab_collectd_start host 'Interface "tso0"'
  first=$LAB_COLLECTD first_pid=$LAB_COLLECTD_PID
  lab_collectd_start host 'Interface "tso0"'
  situation_traffic tso 4
  lab_collectd_await 20 tso0 if_packets-wire
  both=$(lab_collectd_total tso0 if_packets-wire tx)
  LAB_COLLECTD_PID=$first_pid LAB_COLLECTD=$first
  lab_collectd_await 20 tso0 if_packets-wire
  tap_is "$(lab_collectd_total tso0 if_packets-wire tx)" "$both" "two collectds: both count $both frames"
  check 'two collectds: that are frames' [ "$both" -ge "$LAB_FRAMES" ]
}

# ---- memory and locks -----------------------------------------------------------------------------------------------

has_valgrind() {
  command -v valgrind >/dev/null || { tap_skip "$1" 'valgrind is not installed'; return 1; }
  ! lab_sanitized || { tap_skip "$1" 'built with sanitizers'; return 1; }
}

# collectd and its libraries have no debug information here: a frame that names a source file is ours. What collectd keeps
# of a registration until it ends is its own.
ours_of() { # LOG
  local ours
  ours=$(find "$root/common" "$root/plugins/collectd" -name '*.c' -printf '%f\n' | paste -sd'|')
  grep -E "\(($ours):[0-9]+\)|in .*wiretruth\.so" "$1" | grep -v ' module_register '
}

# libbpf 1.1 passes structures with holes to the kernel, which looks at the fields only.
suppressions() {
  printf '{\n libbpf\n Memcheck:Param\n bpf(attr->%s)\n ...\n obj:*libbpf.so*\n ...\n}\n' expected_attach_type prog_ifindex
}

test_memory() {
  has_valgrind 'no leak, no invalid access' || return
  suppressions >"$LAB_DIR/valgrind.supp"
  LAB_COLLECTD_EXTRA=$other_plugins
  LAB_COLLECTD_WRAP=(valgrind --quiet --leak-check=full --show-leak-kinds=all --keep-debuginfo=yes
    "--suppressions=$LAB_DIR/valgrind.supp" "--log-file=$LAB_DIR/memcheck.log")
  lab_collectd_start host "$(everything)"
  situation_traffic tso 4
  lab_in host ip link add come type veth peer name comes netns "$(lab_ns peer-tso)"
  more_values wiretruth-come if_packets-counter 1
  lab_in host ip link delete come
  more_values wiretruth-tso0 if_packets-wire 1
  check 'memcheck: there was a notification' lab_wait 20 'a notification' lab_collectd_log 'Notification: severity = '
  lab_collectd_stop
  tap_is "$(ours_of "$LAB_DIR/memcheck.log")" '' 'memcheck, with every option: no leak, no invalid access'
  LAB_COLLECTD_WRAP=() LAB_COLLECTD_EXTRA=''
}

test_locks() {
  has_valgrind 'no race, no wrong order of locks' || return
  LAB_COLLECTD_WRAP=(valgrind --tool=helgrind --quiet --keep-debuginfo=yes "--log-file=$LAB_DIR/helgrind.log")
  lab_collectd_start host "$(everything)"
  more_values wiretruth-tso0 if_packets-wire 2
  lab_collectd_stop
  tap_is "$(ours_of "$LAB_DIR/helgrind.log")" '' 'helgrind, with every option: no race'
  LAB_COLLECTD_WRAP=()
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [ ! -e "$plugin" ]; then
  tap_skip 'the collectd plugin among threads' 'it was not built'
  tap_done
  exit
fi
lab_start && situation_setup tso || exit
lab_in host ip link add idle0 type veth peer name idle1 netns "$(lab_ns peer-tso)" || exit
lab_in host ip link set idle0 arp off multicast off up && lab_in peer-tso ip link set idle1 arp off multicast off up || exit
if ! "${CC:-gcc}" -shared -fPIC -O2 -D_GNU_SOURCE -o "$LAB_DIR/fault.so" "$root/tests/integration/_fault.c" -ldl; then
  tap_ok 1 'tests/integration/_fault.c compiles'
  exit 1
fi
lab_in host "$LAB_BUILD/wiretruth" baseline save "$LAB_DIR/baseline" 2>/dev/null || exit
lab_spawn_in host exporter prometheus-node-exporter --collector.disable-defaults --collector.netdev \
  --web.listen-address=127.0.0.1:9100
series_port=9100
test_slow
test_failing
test_dead_peer
COUNTED=$(lab_link_counter host tso0 tx packets)
test_load
test_readall
test_killed
test_failed_init
test_daemon
test_memory
test_locks
test_two
tap_done
