#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 40
#
# The plugin in a real collectd: identities and figures, configuration and its mistakes, interfaces that come and go,
# missing rights, memory.
#
# The lab's situation "tso" (transmit with segmentation offload by tso0 of "host"), and an unused device idle0 beside it.
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
has_exact= # not empty where this build and kernel have method exact

# ---- helpers ------------------------------------------------------------------------------------------------------

is_known() { lab_collectd_value "$@" >/dev/null; } # IFACE ID

# Interfaces that values were written for.
reported_interfaces() {
  find "$LAB_COLLECTD/csv/lab" -name 'wiretruth-*' -printf '%f\n' | sed 's/^wiretruth-//' | sort | paste -sd' '
}

# A gauge without the zeros that the CSV file has behind it.
gauge() { printf '%g\n' "$(lab_collectd_total "$1" "$2" value)"; } # IFACE ID

gauge_is() { [ "$(gauge "$1" "$2")" = "$3" ]; } # IFACE ID VALUE

# How often collectd's own uptime plugin has been written.
uptime_values() { cat "$LAB_COLLECTD"/csv/lab/uptime/uptime-* 2>/dev/null | grep -c '^[0-9]'; }
uptime_above() { [ "$(uptime_values)" -gt "$1" ]; } # NUMBER

# Whether collectd is alive and goes on to write two values more.
goes_on() {
  lab_alive "$LAB_COLLECTD_PID" && lab_wait 20 'uptime to be written' uptime_above $(($(uptime_values) + 1))
}

stop_cleanly() {
  lab_collectd_stop
  tap_is "$LAB_STATUS" 0 "$1"
}

# A device that never carries a packet: it stays down.
add_idle() { lab_in host ip link add idle0 type veth peer name idle1 netns "$(lab_ns peer-tso)"; }

# Bulk that the device cuts, then requests and answers of one frame each, so that both directions see some thousand.
traffic() {
  situation_traffic tso 4 &&
    lab_flow host peer-tso "$(lab_address 1 2)" --answer --size 1000 -- --answer --size 1000 --bytes 2000000 &&
    lab_settle host tso0
}

# ---- identities ---------------------------------------------------------------------------------------------------

all_groups='wire signals ratios octets offload hidden checksum'

# Every identity of collectd-wiretruth(5) for an interface that has everything but a series and a baseline.
documented_ids() { # GROUP...
  local group
  for group; do
    case $group in
      wire) printf '%s\n' if_packets-{wire,stack} gauge-{rx,tx}-{source,segments_per_packet,uncertainty} ;;
      signals) printf '%s\n' if_packets-{counter,capture} gauge-{rx,tx}-{verdict-{counter,capture},cause,basis} ;;
      ratios) printf '%s\n' gauge-{rx,tx}-{ratio,divergence}-{counter,capture} ;;
      octets) printf '%s\n' if_octets-{wire,counter,capture} ;;
      offload) documented_features ;;
      checksum) printf '%s\n' {derive-{rx,tx}-checksum-{valid,offloaded,rewritten,bad,absent,unverifiable},gauge-{rx,tx}-checksum-verdict} ;;
      hidden) printf '%s\n' derive-{rx,tx}-{hidden_{frames,tcp,udp},vlan_out_of_band} derive-tx-retransmitted_segments \
        derive-rx-{out_of_order,duplicate}_packets ;;
    esac
  done | sort
}

# The features as the manual lists them, as far as this kernel has them.
documented_features() {
  local feature
  while read -r feature; do
    if kernel_has_feature "$feature"; then printf '%s\n' "bool-$feature"; fi
  done < <(sed -n '/^\.SS Features/,/^\.SH/{s/\\//g;s/^\.BR \([a-z0-9_-]*\) [,.]$/\1/p}' \
    "$root/docs/collectd-wiretruth.5")
}

# ethtool shows some features under an older name of its own.
kernel_has_feature() {
  local name=$1
  case $name in
    rx-gro) name=generic-receive-offload ;;
    rx-lro) name=large-receive-offload ;;
    rx-checksum) name=rx-checksumming ;;
    rx-hashing) name='receive-hashing' ;;
    rx-vlan-hw-parse) name=rx-vlan-offload ;;
    tx-vlan-hw-insert) name=tx-vlan-offload ;;
    tx-generic-segmentation) name=generic-segmentation-offload ;;
  esac
  lab_in host ethtool -k tso0 | grep -qE "^[[:space:]]*$name:"
}

# shellcheck disable=SC2086 # groups are words
ids_are_those_of() { [ "$(lab_collectd_ids tso0)" = "$(documented_ids $1)" ]; } # GROUPS

# What the manual's list of groups says that they cost together; the sum of a pair's columns is two.
documented_cost() { # COLUMN GROUP...
  local column=$1
  shift
  sed -n '/^\.SS Groups and their cost/,/^\.TE/p' "$root/docs/collectd-wiretruth.5" |
    awk -F@ -v column="$column" -v groups=" $* " 'index(groups, " " $1 " ") { sum += $column } END { print sum + 0 }'
}

# Data sources of an interface: what a store with a series for each of them keeps.
data_sources() { # IFACE
  head -qn 1 "$LAB_COLLECTD/csv/lab/wiretruth-$1"/* | awk -F, '{ sum += NF - 1 } END { print sum }'
}

types_are_standard() { # IFACE
  local type
  for type in $(lab_collectd_ids "$1" | sed 's/-.*//' | sort -u); do
    grep -qE "^${type}[[:space:]]" /usr/share/collectd/types.db || return
  done
}

# Same time on the values of one poll. Each poll is complete when the next has begun.
same_time() {
  local ids=(if_packets-wire if_octets-counter gauge-tx-verdict-counter bool-rx-gro) id file times
  for id in "${ids[@]}"; do
    for file in "$LAB_COLLECTD/csv/lab/wiretruth-tso0/$id"-????-??-??; do
      sed -n 2p "$file" | cut -d, -f1
    done
  done | sort -u | { mapfile -t times && [ "${#times[@]}" = 1 ]; }
}

# ---- tests --------------------------------------------------------------------------------------------------------

test_object() {
  local missing library
  missing=$(comm -23 \
    <(nm -D --undefined-only "$plugin" | awk '$1 == "U" { print $2 }' | sed 's/@.*//' | sort -u) \
    <({
      nm -D --defined-only "$LAB_COLLECTD_PROGRAM"
      for library in $(ldd "$plugin" | awk '/=>/ { print $3 }'); do nm -D --defined-only "$library"; done
    } | awk '{ print $3 }' | sed 's/@.*//' | sort -u))
  tap_is "$missing" '' 'collectd and the linked libraries have every symbol that the module needs'
  tap_is "$(nm -D --defined-only "$plugin" | awk '{ print $3 }')" module_register 'the module exports one symbol'
}

test_figures() {
  local before_tx before_rx before_tx_octets before_segments wire
  before_tx=$(lab_link_counter host tso0 tx packets)
  before_rx=$(lab_link_counter host tso0 rx packets)
  before_tx_octets=$(lab_link_counter host tso0 tx bytes)
  before_segments=$(lab_ip_segments peer-tso 4)
  check 'collectd loads the module and writes values' lab_collectd_start host 'Interface "tso0"
    Horizon 60
    Tolerance 0.5
    Report '"$all_groups"
  check 'the log tells the method' lab_collectd_log '\[info\] wiretruth plugin: method [a-z]+ is in use'
  check 'traffic flows' traffic
  check 'values go on' lab_collectd_await 20 tso0 if_packets-wire

  tap_is "$(lab_collectd_total tso0 if_packets-counter tx)" \
    $(($(lab_link_counter host tso0 tx packets) - before_tx)) 'if_packets-counter tx is what the kernel counted'
  tap_is "$(lab_collectd_total tso0 if_packets-counter rx)" \
    $(($(lab_link_counter host tso0 rx packets) - before_rx)) 'if_packets-counter rx is what the kernel counted'
  tap_is "$(lab_collectd_total tso0 if_octets-counter tx)" \
    $(($(lab_link_counter host tso0 tx bytes) - before_tx_octets)) 'if_octets-counter tx is what the kernel counted'

  lab_collectd_log 'method exact is in use' && has_exact=1
  if [ -z "$has_exact" ]; then
    tap_skip 'identities and wire figures of method exact' "$(grep -oE 'method .*' "$LAB_COLLECTD/log" | head -n 1)"
  else
    wire=$(lab_collectd_total tso0 if_packets-wire tx)
    tap_is "$wire" $(($(lab_ip_segments peer-tso 4) - before_segments)) \
      "if_packets-wire tx is what the receiver's IP MIB counted"
    check 'wire is more than the counter said, since TSO was on' \
      [ "$wire" -gt "$(lab_collectd_total tso0 if_packets-counter tx)" ]
    lab_wait 30 'all identities' ids_are_those_of "$all_groups"
    # shellcheck disable=SC2086 # groups are words
    tap_is "$(lab_collectd_ids tso0)" "$(documented_ids $all_groups)" 'the identities are the documented ones'
    lab_wait 20 'the verdict' gauge_is tso0 gauge-tx-verdict-counter 2
    tap_is "$(gauge tso0 gauge-tx-verdict-counter)" 2 'gauge-tx-verdict-counter is 2, under-reports'
    tap_is "$(gauge tso0 gauge-tx-verdict-capture)" 2 'gauge-tx-verdict-capture is 2, under-reports'
    tap_is "$(gauge tso0 gauge-tx-cause)" 5 'gauge-tx-cause is 5, tso'
    tap_is "$(gauge tso0 gauge-tx-basis)" 2 'gauge-tx-basis is 2, packet'
    tap_is "$(gauge tso0 gauge-tx-source)" 3 'gauge-tx-source is 3, tap'
    check 'gauge-tx-segments_per_packet is above 1' awk -v value="$(lab_collectd_total tso0 \
      gauge-tx-segments_per_packet value)" 'BEGIN { exit !(value > 1) }'
    tap_is "$(lab_collectd_total tso0 derive-tx-hidden_frames value)" \
      $((wire - $(lab_collectd_total tso0 if_packets-stack tx))) 'derive-tx-hidden_frames is wire less the packets'
    tap_is "$(gauge tso0 bool-tx-tcp-segmentation)" 1 'bool-tx-tcp-segmentation is 1'
    tap_is "$(gauge tso0 bool-rx-gro)" 0 'bool-rx-gro is 0'
    lab_wait 20 'the verdict on checksums' gauge_is tso0 gauge-tx-checksum-verdict 2
    tap_is "$(gauge tso0 gauge-tx-checksum-verdict)" 2 'gauge-tx-checksum-verdict is 2, artefact'
    tap_is "$(lab_collectd_total tso0 derive-tx-checksum-bad value)" 0 'and none is bad'
  fi
  check 'each identity is of a standard type' types_are_standard tso0
  check 'all values of a poll have the same time' same_time
  tap_is "$(reported_interfaces)" tso0 'only the selected interface is reported'
  check 'collectd dropped none of the values' not lab_collectd_log 'Dataset not found|ds->type|Filter subsystem|too old'
  stop_cleanly 'collectd ends with status 0'
}

# Each group alone, in one collectd after the other, with traffic that gives every value.
test_groups() {
  local group
  if [ -z "$has_exact" ]; then
    tap_skip 'groups of values' 'not every value is there without method exact'
    return
  fi
  LAB_COLLECTD_LOAD='Interval 0.2'
  test_report '' 'wire signals ratios' 'by default'
  check 'by default: no more than 40 series an interface, with a series and a baseline' \
    [ "$(documented_cost 3 wire signals ratios)" -le 40 ]
  for group in $all_groups; do test_report "Report $group" "$group" "group $group"; done
  test_report $'Report "OCTETS" wire\nReport wire' 'wire octets' 'several groups, in any case and repeated'
  LAB_COLLECTD_LOAD=
}

# The identities and their number: of offload as many as the kernel has.
test_report() { # LINES GROUPS WHAT
  local what=$3 cost
  # Launched, not awaited: a ratio is there only when there was traffic.
  lab_collectd_launch host "Interface \"tso0\"
    $1" && traffic
  lab_wait 20 "the values of $2" ids_are_those_of "$2"
  # shellcheck disable=SC2086 # groups are words
  tap_is "$(lab_collectd_ids tso0)" "$(documented_ids $2)" "$what: the documented identities and no other"
  # shellcheck disable=SC2086
  cost=$(documented_cost 2 $2)
  [ "$2" != offload ] || cost=$(documented_features | wc -l)
  tap_is "$(data_sources tso0)" "$cost" "$what: the documented number of series"
  lab_collectd_stop
}

test_options() {
  local option options log
  log=$(lab_collectd_test host 'Interface "tso0"
    IgnoreSelected false
    ReportInactive "yes"
    Method auto
    SamplesPerInterval 1e4
    Tolerance 0.25
    Horizon "30"
    WarningDivergence 7
    WarningDivergence capture off
    FailureDivergence "counter=30"
    FailureDivergence "series" "40"
    Hysteresis 2.5
    Hold 0
    <interface "/^tso/">
      warningdivergence off
      Tolerance 3
    </interface>
    report wire "signals"')
  tap_is $? 0 'collectd -T takes a configuration with every kind of value'
  check 'its log has no error' not grep -qE '\[(error|warning)\] .*wiretruth' <<<"$log"
  # The sentence about an unknown option names them all.
  log=$(lab_collectd_test host 'Intrface "tso0"')
  options=$(sed -n "s/.*no such option: .*; there are //p" <<<"$log" | sed 's/ and / /' | tr -d ,)
  for option in $options; do
    check "option $option is in the sample configuration" \
      grep -qE "^ *#? *$option " "$root/plugins/collectd/wiretruth.conf"
    check "option $option is in the manual" grep -qE "^\.BI?R? $option " "$root/docs/collectd-wiretruth.5"
  done
  cp "$root/plugins/collectd/wiretruth.conf" "$LAB_DIR/sample.conf"
  sed -i 's/^  #\([A-Z<]\|  [A-Z]\)/  \1/; /^LoadPlugin/d' "$LAB_DIR/sample.conf"
  LAB_COLLECTD_EXTRA="Include \"$LAB_DIR/sample.conf\""
  lab_collectd_test host '' >"$LAB_DIR/sample.log"
  tap_is $? 0 'the sample configuration is taken with every option uncommented'
  LAB_COLLECTD_EXTRA=
  # shellcheck disable=SC2086 # options are words
  test_examples $options
}

# manual_examples DIRECTORY: each of the manual's, as a file
manual_examples() {
  sed -n '/^\.SH EXAMPLES/,/^\.SH SEE/p' "$root/docs/collectd-wiretruth.5" | sed 's/\\-/-/g; s/\\e/\\/g' |
    awk -v to="$1" '/^\.EX/ { file = to "/" ++n; next } /^\.EE/ { file = "" } file { print >file }'
}

test_examples() {
  local example option
  mkdir "$LAB_DIR/examples" && manual_examples "$LAB_DIR/examples"
  for example in "$LAB_DIR"/examples/*; do
    LAB_COLLECTD_EXTRA="Include \"$example\""
    lab_collectd_test host '' >"$LAB_DIR/example.log"
    tap_is $? 0 "example ${example##*/} of the manual is taken"
    check "the log of example ${example##*/} has no error" not grep -qE '\[error\] .*wiretruth' "$LAB_DIR/example.log"
  done
  LAB_COLLECTD_EXTRA=
  for option; do
    check "option $option has an example" grep -qE "^  $option " "$LAB_DIR"/examples/*
  done
}

# Each mistake names option, value and what would be right; collectd goes on without our values.
test_mistake() { # WHAT LINES PATTERN...
  local what=$1 pattern
  lab_collectd_launch host "$2"
  shift 2
  for pattern; do
    check "$what: the log says /$pattern/" lab_collectd_log "\[error\] wiretruth plugin: .*$pattern"
  done
  check "$what: collectd goes on" goes_on
  check "$what: no values" not lab_collectd_any
  lab_collectd_stop
}

test_mistakes() {
  test_mistake 'unknown option' 'Intrface "tso0"' "'Intrface'.*Interface.*Method.*Report" 'stays out: 1 '
  test_mistake 'bad values' 'Method exakt
    Tolerance 80
    ReportInactive "perhaps"
    SamplesPerInterval 1.5
    Interface "/tso(/"
    Interface "tso0" "lo"
    <Method "exact">
      Tolerance 1
    </Method>
    <Interface "tso0">
      Tolerance 1
      Method none
      Report wire
      Hold 5m
      WarningDivergence counter 5 6
    </Interface>
    <Interface "/tso(/">
      Hold 5
    </Interface>
    <Interface>
      Hold 5
    </Interface>
    WarningDivergence counter 0
    WarningDivergence wire 5
    FailureDivergence true
    Hysteresis -1234567
    Hold 1
    Hold 2
    Horizon 10
    Horizon 20
    Report wire signal
    Report true
    <Report wire>
      Tolerance 1
    </Report>' \
    "Method.*'exakt'.*auto, exact, sample" "Tolerance.*'80'.*0.01 to 50" "ReportInactive.*'perhaps'.*true or false" \
    "SamplesPerInterval.*'1.5'.*whole number" "Interface.*'/tso\(/'.*regular expression" 'Interface: 2 values.*one' \
    'option Method: a <Method> block is not valid' \
    '<Interface "tso0">: option Method: an interface cannot .*; it can have Tolerance, Horizon, .*Hold$' \
    '<Interface "tso0">: no such option: .Report.' '<Interface "tso0">: option Hold: .5m. .*seconds from 0 to 86400' \
    '<Interface "tso0">: option WarningDivergence: 3 values given; it takes one or two: a percentage' \
    '<Interface "/tso\(/">: .*regular expression' 'an <Interface> block takes one name' \
    "WarningDivergence: 'counter=0' .*0.01 to 1000, or off" "WarningDivergence: 'wire=5' .*counter=, capture= or series=" \
    "FailureDivergence: 'true'" "Hysteresis: '-1234567'.*0 to 100" "Hold: given twice.*'2'" "Horizon.*twice.*'20'" \
    "Report: no such group of values: 'signal'; there are wire, signals, ratios, octets, offload, hidden, checksum, application" \
    "Report: .*'true'" \
    'a <Report> block is not valid; .*one or more of: wire' 'stays out: 22 '
  test_mistake 'a failure below its warning' 'WarningDivergence counter 5
    <Interface "/^tso/">
      FailureDivergence counter 4
    </Interface>' 'stays out: option FailureDivergence: 4 % for counter of the interface /\^tso/ is below .*, 5 %'
  lab_collectd_test host 'Intrface "tso0"' >/dev/null
  tap_is $? 1 'collectd -T fails on a mistake'
}

# The same of a collectd with these lines that has polled at least once to the end.
reported() { # LINES
  lab_collectd_start host "$1" && lab_wait 20 'two polls' two_polls && reported_interfaces
  lab_collectd_stop
}
two_polls() {
  [ "$(cat "$LAB_COLLECTD"/csv/lab/wiretruth-*/if_packets-counter-* 2>/dev/null | grep '^[0-9]' | cut -d, -f1 |
    sort -u | wc -l)" -ge 2 ]
}

test_selection() {
  LAB_COLLECTD_LOAD='Interval 0.2'
  tap_is "$(reported '')" 'idle0 lo tso0' 'without Interface all are reported'
  tap_is "$(reported $'Interface "tso0"\nInterface "lo"')" 'lo tso0' 'Interface selects'
  tap_is "$(reported $'Interface "/^tso/"\nInterface "/le0$/"')" 'idle0 tso0' 'an expression selects'
  tap_is "$(reported $'Interface "lo"\nIgnoreSelected true')" 'idle0 tso0' 'IgnoreSelected inverts'
  tap_is "$(reported $'Interface "lo"\nInterface "/^tso/"\nIgnoreSelected "true"')" idle0 \
    'IgnoreSelected inverts an expression'
  tap_is "$(reported $'Interface "tso0"\n</Plugin>\n<Plugin wiretruth>\nInterface "idle0"')" 'idle0 tso0' 'blocks add up'
  tap_is "$(reported $'Interface "tso0"\nInterface "idle0"\nReportInactive false')" tso0 \
    'ReportInactive false leaves out what never carried a packet'

  lab_collectd_launch host 'Interface "tso"'
  check 'a plain name matches as a whole, and a selection of nothing is logged' \
    lab_wait 20 'the warning' lab_collectd_log '\[warning\] wiretruth plugin: .*select none'
  check 'collectd goes on' goes_on
  check 'no values' not lab_collectd_any
  stop_cleanly 'collectd ends with status 0 without a single value'
  LAB_COLLECTD_LOAD=
}

test_interval() {
  LAB_COLLECTD_LOAD='Interval 0.25'
  lab_collectd_start host 'Interface "tso0"'
  check 'Interval in <LoadPlugin> is kept' lab_wait 20 'values' quarter_seconds
  lab_collectd_stop
  LAB_COLLECTD_LOAD=
}
# Two values in a row that are less than half a second apart.
quarter_seconds() {
  cat "$LAB_COLLECTD"/csv/lab/wiretruth-tso0/if_packets-counter-* |
    awk -F, 'NR > 2 && $1 - last < 0.5 { found = 1 } { last = $1 } END { exit !found }'
}

test_vanish() {
  local last
  lab_collectd_start host $'Interface "tso0"\nInterface "idle0"'
  lab_wait 20 'idle0' is_known idle0 if_packets-counter
  lab_in host ip link delete idle0
  lab_collectd_await 20 tso0 if_packets-counter
  last=$(lab_collectd_total idle0 if_packets-counter time)
  check 'an interface vanishes: the other ones go on' lab_collectd_await 20 tso0 if_packets-counter
  check 'an interface vanishes: collectd goes on' goes_on
  tap_is "$(lab_collectd_total idle0 if_packets-counter time)" "$last" 'an interface vanishes: its values end'
  check 'an interface vanishes: no error' not lab_collectd_log '\[error\]'
  add_idle
  check 'an interface of that name comes back: so do its values' lab_collectd_await 20 idle0 if_packets-counter
  stop_cleanly 'collectd ends with status 0 after that'
}

# root, but without the capabilities named: those of eBPF, or of capture too.
without() { # CAPABILITY...
  local capability list=
  for capability; do list=$list,-$capability; done
  LAB_COLLECTD_WRAP=(setpriv --bounding-set "${list#,}" --inh-caps "${list#,}")
}

test_rights() {
  if [ -z "$has_exact" ]; then
    tap_skip 'the capabilities that the manual names for method exact' 'method exact is not available here'
  else
    LAB_COLLECTD_WRAP=(setpriv --bounding-set '-all,+net_raw,+bpf' --inh-caps -all)
    lab_collectd_start host 'Interface "tso0"'
    check 'the capabilities that the manual names are enough for method exact' \
      lab_wait 20 'the method' lab_collectd_log 'method exact is in use'
    lab_collectd_stop
  fi

  without bpf sys_admin perfmon net_admin
  lab_collectd_start host 'Interface "tso0"'
  check 'without CAP_BPF: method sample, with the reason' \
    lab_wait 20 'the method' lab_collectd_log 'method sample is in use, no better one because: .+'
  lab_collectd_stop

  without bpf sys_admin perfmon net_admin net_raw
  lab_collectd_start host 'Interface "tso0"'
  check 'without CAP_NET_RAW: method none, with the reason' \
    lab_wait 20 'the method' lab_collectd_log 'method none is in use, no better one because: .+'
  check 'without CAP_NET_RAW: the counter is reported' lab_wait 20 'a value' is_known tso0 if_packets-counter
  lab_collectd_await 20 tso0 if_packets-counter
  check 'without CAP_NET_RAW: no capture' not is_known tso0 if_packets-capture
  check 'without CAP_NET_RAW: no stack' not is_known tso0 if_packets-stack
  tap_is "$(gauge tso0 gauge-rx-verdict-capture)" 0 \
    'without CAP_NET_RAW: the verdict on the capture is unknown'
  lab_collectd_stop

  test_mistake 'method exact without rights' $'Interface "tso0"\nMethod exact' 'stays out: .*exact'
  LAB_COLLECTD_WRAP=()
}

test_memory() {
  local method
  if ! command -v valgrind >/dev/null; then
    tap_skip 'no leak and no invalid access' 'valgrind is not installed'
    return
  fi
  if lab_sanitized; then
    tap_skip 'no leak and no invalid access' 'built with a sanitizer, which valgrind cannot run'
    return
  fi
  # libbpf 1.1 passes structures with holes to the kernel, which looks at the fields only.
  printf '{\n libbpf\n Memcheck:Param\n bpf(attr->%s)\n ...\n obj:*libbpf.so*\n ...\n}\n' \
    expected_attach_type prog_ifindex >"$LAB_DIR/valgrind.supp"
  for method in auto sample; do test_memory_of "$method"; done
}

# Polls with traffic, with an interface that comes and with one that goes.
test_memory_of() { # METHOD
  local log=$LAB_DIR/valgrind-$1.log ours
  LAB_COLLECTD_WRAP=(valgrind --quiet --leak-check=full --show-leak-kinds=all --keep-debuginfo=yes
    "--suppressions=$LAB_DIR/valgrind.supp" "--log-file=$log")
  lab_collectd_start host "Method $1"$'\nInterface "tso0"\nInterface "/^idle/"'
  situation_traffic tso 4
  lab_collectd_await 30 tso0 if_packets-counter
  lab_in host ip link delete idle0
  lab_collectd_await 30 tso0 if_packets-counter
  add_idle
  lab_collectd_await 30 idle0 if_packets-counter
  lab_collectd_stop
  LAB_COLLECTD_WRAP=()
  # collectd and its libraries have no debug information here: a frame that names a source file is ours. What collectd
  # keeps of a registration until it ends is its own.
  ours=$(find "$root/common" "$root/plugins/collectd" -name '*.c' -printf '%f\n' | paste -sd'|')
  tap_is "$(grep -E "\(($ours):[0-9]+\)|in .*wiretruth\.so" "$log" | grep -v ' module_register ')" '' \
    "no leak and no invalid access with method $1"
}

# The reader that demo and tests rely on.
test_reader() {
  local LAB_COLLECTD=$LAB_DIR/reader files
  files=$LAB_COLLECTD/csv/lab/wiretruth-x0
  mkdir -p "$files"
  printf 'epoch,rx,tx\n100.500,1,2\n' >"$files/if_packets-wire-2026-12-31"
  tap_is "$(lab_collectd_value x0 if_packets-wire)" 100.500,1,2 'the newest value'
  printf 'epoch,rx,tx\n' >"$files/if_packets-wire-2027-01-01"
  tap_is "$(lab_collectd_total x0 if_packets-wire tx)" 2 'a new day without a value yet'
  printf '101.500,3,4\n' >>"$files/if_packets-wire-2027-01-01"
  tap_is "$(lab_collectd_total x0 if_packets-wire rx)" 3 'a new day with a value'
  check 'newer than' lab_collectd_newer x0 if_packets-wire 101.4
  check 'not newer than itself' not lab_collectd_newer x0 if_packets-wire 101.5
  check 'no such identity' not lab_collectd_value x0 if_packets
  tap_is "$(lab_collectd_ids x0)" if_packets-wire 'identities'
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [ ! -e "$plugin" ]; then
  tap_skip 'the collectd plugin' 'it was not built'
  tap_done
  exit
fi
lab_start && situation_setup tso && add_idle || exit
test_object
test_reader
test_figures
test_groups
test_options
test_mistakes
test_selection
test_interval
test_vanish
test_rights
test_memory
tap_done
