#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a store makes of the plugin's totals while collectd is restarted, interfaces are made anew, swap their names, are
# moved away and come back, polls fail, and a series loses a device: no rate above the true one, none below 0, and none at
# all where nothing is known of it.
#
# The truth is the pace of each stream, which a sleep between its writes bounds from above, and its own count of frames.
# write_graphite sends everything twice to a receiver of lines that knows neither us nor collectd: as rates, which
# collectd draws itself (StoreRates true), and as totals (StoreRates false), of which each store draws them in its own way.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"

readonly SEGMENTS=20 PAUSE=4000 PACE=5000 # frames of a write, microseconds between two, so frames a second at the most
readonly JITTER=0.15                      # seconds that a reading may be later than its time says
readonly ENOBUFS=105

readonly INTERVAL=0.5

lines= # what the receiver got
subnet=30

# ---- helpers ------------------------------------------------------------------------------------------------------

in_host() { ip -n "$(lab_ns host)" "$@"; }

declare -A SUBNET=() STREAM=()

# new_pair IF: that of an old one has its addresses again
new_pair() {
  : "${SUBNET[$1]:=$((++subnet))}"
  in_host link add "$1" address "$(lab_mac "${SUBNET[$1]}" 1)" type veth \
    peer name "$1" address "$(lab_mac "${SUBNET[$1]}" 2)" netns "$(lab_ns far)" && dress "$1"
}
dress() { # IF
  ip -n "$(lab_ns far)" link set "$1" arp off multicast off up
  in_host link set "$1" arp off multicast off up && in_host address replace "10.${SUBNET[$1]}.0.1/24" dev "$1"
}

# To an address that nobody has: nobody answers.
stream() { # IF
  lab_spawn_in host "stream-$1" "$LAB_BIN/stream" --segments $SEGMENTS --pause $PAUSE "10.${SUBNET[$1]}.0.9"
  STREAM[$1]=$LAB_PID
  lab_wait_log 5 "stream-$1" '^ready'
}
sent_of() { # IF: ends its stream
  lab_stop "${STREAM[$1]}"
  SENT=$(lab_figure frames "$(tail -n 1 "$LAB_DIR/stream-$1.log")")
}

# The newest total of a pair, rx or tx.
total() { # IF ID rx|tx
  awk -v name="totals.lab.wiretruth-$1.$2.$3" '$1 == name { value = $2 } END { print value }' "$lines"
}
total_is() { [ "$(total "$1" "$2" "$3")" = "$4" ]; }

# Values of a pair since now, as often as given, at the receiver. It gets times as whole seconds, rounded.
values() { # NUMBER IF [ID]
  lab_wait 20 "values of $2" has_values "$1" "$2" "${3:-if_packets-counter}" $((EPOCHSECONDS + 1))
}
has_values() {
  [ "$(awk -v name="totals.lab.wiretruth-$2.$3.tx" -v from="$4" '$1 == name && $3 > from { print $3 }' "$lines" |
    wc -l)" -ge "$1" ]
}

# ---- judging ------------------------------------------------------------------------------------------------------

# Rates that are wrong, from first to last; nothing if none is.
wrong_rates() { # PATTERN PACE
  awk -v pattern="^rates\\\\.lab\\\\.wiretruth-($1)\$" -v most="$2" -v jitter=$JITTER -v interval=$INTERVAL '
    $1 !~ pattern || $2 ~ /nan/ { next }
    $2 < 0 || $2 > most * (1 + jitter / interval) { print "wrong rate: " $0 }' "$lines"
}

# The same of whatever a store may draw of two totals in a row: their difference, or after a reset, as Prometheus takes
# it, all of the second.
wrong_totals() { # PATTERN PACE
  awk -v pattern="^totals\\\\.lab\\\\.wiretruth-($1)\$" -v most="$2" -v jitter=$JITTER '
    $1 !~ pattern { next }
    $1 in time {
      grown = $2 >= last[$1] ? $2 - last[$1] : $2
      # Both times are rounded.
      if (grown > most * ($3 - time[$1] + 1 + jitter)) print "grown by " grown " in " $3 - time[$1] " s: " $0
    }
    { time[$1] = $3; last[$1] = $2 }' "$lines"
}

no_spike() { # WHAT PATTERN [PACE]
  tap_is "$(wrong_rates "$2" "${3:-$PACE}")" '' "$1: no rate above the true one"
  tap_is "$(wrong_totals "$2" "${3:-$PACE}")" '' "$1: no rate above it can be drawn of two totals"
}

# How often a rate was not a number, up to a line.
gaps() { # IF ID LINE
  head -n "$3" "$lines" | awk -v name="rates.lab.wiretruth-$1.$2.tx" '$1 == name && $2 ~ /nan/' | wc -l
}

# ---- the lab --------------------------------------------------------------------------------------------------------

# shellcheck disable=SC2016 # that is Perl
receiver='use IO::Socket::INET; $| = 1;
  my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1:2003", Listen => 5, ReuseAddr => 1) or die "cannot listen: $!";
  $SIG{CHLD} = "IGNORE"; print "listening\n";
  while (my $c = $l->accept) { if (!fork) { print while <$c>; exit } }'

start() {
  lab_start && lab_host host && lab_host far || return
  lab_spawn_in host lines perl -e "$receiver" && lab_wait_log 5 lines '^listening' || return
  lines=$LAB_DIR/lines.log
  "${CC:-gcc}" -shared -fPIC -O2 -D_GNU_SOURCE -o "$LAB_DIR/fault.so" "$root/tests/integration/_fault.c" -ldl
}

node() { # NAME STORERATES
  printf '<Node "%s">\nHost "127.0.0.1"\nPort "2003"\nPrefix "%s."\nStoreRates %s\nEscapeCharacter "_"\n</Node>\n' "$1" "$1" "$2"
}

run_collectd() { # METHOD
  LAB_COLLECTD_LOAD="Interval $INTERVAL"
  LAB_COLLECTD_EXTRA="PluginDir \"/usr/lib/collectd\"
    LoadPlugin write_graphite
    <Plugin write_graphite>
    $(node rates true)
    $(node totals false)
    </Plugin>"
  lab_collectd_start host "Interface \"lo\"
    IgnoreSelected true
    Method $1
    Series \"http://127.0.0.1:9100\"
    Report wire signals"
}

# expose EXPRESSION: of all interfaces but those
expose() {
  [ -z "${EXPORTER-}" ] || lab_stop "$EXPORTER"
  lab_spawn_in host exporter prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults \
    --collector.netdev "--collector.netdev.device-exclude=$1"
  EXPORTER=$LAB_PID
}

# ---- events ---------------------------------------------------------------------------------------------------------

make_anew() { # IF
  in_host link delete "$1" && new_pair "$1"
}

# Between two polls, and with traffic on both all the time.
swap_names() { # IF IF
  in_host -batch - <<END
link set $1 down
link set $2 down
link set $1 name between
link set $2 name $1
link set between name $2
END
  SUBNET[between]=${SUBNET[$1]} SUBNET[$1]=${SUBNET[$2]} SUBNET[$2]=${SUBNET[between]}
  dress_again "$1" && dress_again "$2"
}
dress_again() { in_host link set "$1" up && in_host address replace "10.${SUBNET[$1]}.0.1/24" dev "$1"; }

move_away_and_back() { # IF
  in_host link set "$1" netns "$(lab_ns far)" name away
  values 2 plain0
  ip -n "$(lab_ns far)" link set away netns "$(lab_ns host)" name "$1" && dress "$1"
}

# Nothing of a pair while the others go on.
is_left_out() { # IF ID
  awk -v left_out="totals.lab.wiretruth-$1.$2.tx" '$1 == left_out { last = $3 }
    $1 == "totals.lab.wiretruth-plain0.if_packets-wire.tx" { now = $3 } END { exit !(now > last + 3) }' "$lines"
}

# Frames at a pace of their own.
blast() { # IF
  lab_in host "$LAB_BIN/blast" --qdisc --count 200000 --size 20 "$1" "$(lab_mac "${SUBNET[$1]}" 2)" \
    "10.${SUBNET[$1]}.0.1" "10.${SUBNET[$1]}.0.2" >/dev/null
}

has_blast() { [ "$(total large0 if_packets-series tx)" -ge 200000 ]; }

# What every packet counted says.
first_run() {
  local id
  expose '^lo$'
  check 'collectd starts' run_collectd exact
  values 2 series0 if_packets-series
  blast large0
  lab_wait 10 'all of it' has_blast
  FROM_LINE=$(wc -l <"$lines")
  for id in plain0 anew0 small0 large0 away0 series0; do stream $id; done
  values 2 plain0

  make_anew anew0
  values 2 anew0
  swap_names small0 large0
  values 2 small0
  move_away_and_back away0
  values 2 away0
  new_pair late0 && stream late0
  values 2 late0
  # The exporter does not tell of it for a while, in which it goes on.
  expose '^(lo|series0)$'
  check 'a pair that is not known is left out' lab_wait 10 'series0 to be left out' is_left_out series0 if_packets-series
  expose '^lo$'
  values 2 series0 if_packets-series

  sent_of plain0
  lab_wait 10 "all of plain0" total_is plain0 if_packets-wire tx "$SENT"
  tap_is "$(total plain0 if_packets-wire tx)" "$SENT" "nothing happens: the total is the sender's count"
  for id in "${!STREAM[@]}"; do lab_stop "${STREAM[$id]}"; done
  lab_collectd_stop
  TO_LINE=$(wc -l <"$lines")
}

# To keep to its budget it counts packets for a part of the time only, and corrects its estimates while it learns. And
# polls fail.
second_run() {
  local id
  LAB_COLLECTD_WRAP=(env "FAULT=links=$ENOBUFS@3-5") LAB_COLLECTD_PRELOAD=$LAB_DIR/fault.so
  check 'collectd starts again' run_collectd auto
  values 1 plain0
  blast large0
  check 'it keeps to its budget' lab_wait 10 'the log' lab_collectd_log 'to keep to CPUBudget'
  # What a packet stands for is learned from now on.
  for id in plain0 anew0 away0; do stream $id; done
  values 10 plain0
  new_pair nudge0
  check 'polls fail for a while' lab_wait 20 'readings' lab_collectd_log 'readings are back'
  values 2 plain0
  lab_collectd_stop
  for id in "${!STREAM[@]}"; do lab_stop "${STREAM[$id]}"; done
}

judge_values() {
  local id row
  # The streams' interfaces, from when the first blast is over; large0 has the second one under its own name.
  tail -n +"$FROM_LINE" "$lines" | grep -vE "wiretruth-(small0|nudge0|series0)\." >"$LAB_DIR/paced"
  # Names swapped: what is blasted through large0 is not paced in the second run.
  head -n "$TO_LINE" "$lines" | tail -n +"$FROM_LINE" | grep -E "wiretruth-(small0|large0)\." >"$LAB_DIR/swapped"
  grep -vE 'wiretruth-large0\.' "$LAB_DIR/paced" >"$LAB_DIR/others"
  head -n "$TO_LINE" "$lines" | tail -n +"$FROM_LINE" >"$LAB_DIR/first"
  tap_diag "$(wc -l <"$lines") lines"
  lines=$LAB_DIR/others
  no_spike 'nothing but a restart, failed polls and a budget' 'plain0[.]if_packets-[a-z]*[.][rt]x'
  no_spike 'made anew' 'anew0[.]if_packets-[a-z]*[.][rt]x'
  no_spike 'moved away and back' 'away0[.]if_packets-[a-z]*[.][rt]x'
  no_spike 'new' 'late0[.]if_packets-[a-z]*[.][rt]x'
  lines=$LAB_DIR/swapped
  no_spike 'names swapped' '(small|large)0[.]if_packets-[a-z]*[.][rt]x'
  lines=$LAB_DIR/first
  # What the exporter tells of are packets that leave uncut; and it takes its time, above all when it starts.
  no_spike 'a series that was away for a while' 'series0[.]if_packets-series[.][rt]x' $((2 * PACE / SEGMENTS))
  for row in 'plain0 if_packets-wire 0' 'anew0 if_packets-wire 1' 'small0 if_packets-wire 1' 'large0 if_packets-wire 1' \
    'away0 if_packets-wire 1' 'late0 if_packets-wire 1' 'series0 if_packets-counter 0'; do
    read -r id what want <<<"$row"
    tap_is "$(gaps "$id" "$what" 1000000)" "$want" "$id $what: rates that are not a number"
  done
  check 'series0 if_packets-series: a rate that is not a number' [ "$(gaps series0 if_packets-series 1000000)" -ge 1 ]
}

start && for id in plain0 anew0 small0 large0 away0 series0; do new_pair $id || exit; done || exit
first_run
second_run
judge_values
tap_done
