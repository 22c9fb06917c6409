#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Makes the pictures that the README shows: real traffic at a steady rate is received by gro0, with GRO on and, from the
# middle on, with GRO off. collectd has it, by the configurations that are shipped, in Graphite and in RRD files, and each
# draws it.
#
#   lab/pictures.sh [DIRECTORY [SECONDS]]     graphite.png and rrd.png into docs/pictures, of 120 seconds
#
# Tells what the picture shows in figures.
set -u -o pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
directory=${1:-$root/docs/pictures} seconds=${2:-120}
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/graphite.sh
. "$root/lab/graphite.sh"
# shellcheck source=lab/rrd.sh
. "$root/lab/rrd.sh"

step=2 # of one second RRD would lose some, since it has whole seconds
# shellcheck disable=SC2034 # for lab/graphite.sh
LAB_GRAPHITE_STEP=${step}s
wire=lab.wiretruth-gro0.if_packets-wire.rx
capture=lab.wiretruth-gro0.if_packets-capture.rx

observers() {
  local interface='eth0"=gro0"'
  lab_carbon_start host && lab_graphite_start host || return
  LAB_COLLECTD_EXTRA="$(lab_collectd_shipped graphite.conf "$interface" graphite.example.net=127.0.0.1)
    $(lab_collectd_shipped rrd.conf "$interface" "/var/lib/collectd/rrd=$LAB_DIR/rrd")" || return
  # shellcheck disable=SC2034 # for lab/collectd.sh
  LAB_COLLECTD_LOAD="Interval $step"
  lab_collectd_start host 'CPUBudget 100'
}

# 100 writes a second, each of 40 segments of 1,428 octets beside the options: 4,000 frames a second. A receiver takes those
# of one write at once, as a network card that interrupts seldom hands them over.
traffic() {
  local write=$((40 * 1428)) address options=(--mss 1440 --window $((LAB_IN_FLIGHT * 1440)) --limit $((seconds + 120)))
  address=$(lab_address 4 1)
  lab_spawn_in host receive "$LAB_BIN/flow" receive "${options[@]}" "$address"
  lab_wait_log 5 receive '^listening' || return
  lab_spawn_in peer-gro send "$LAB_BIN/flow" send "${options[@]}" --size $write --pause 10000 \
    --bytes $(((seconds + 60) * 100 * write)) "$address" "$(lab_figure port "$(<"$LAB_DIR/receive.log")")"
}

# until collectd's values of that time are in Graphite; asks once a second, for asking takes time from those who send
await_data() { # TIME
  local points
  while lab_alive "$sender" && ((EPOCHSECONDS < $1 + 20)); do
    points=$(lab_graphite_points $wire) && points=${points##*$'\n'} && ((${points% *} >= $1)) && return
    sleep 1
  done
  lab_fail "Graphite has nothing of $1: $(tail -n 1 "$LAB_DIR/send.log")"
}

# From and to: seconds in which the rate was already and still steady.
run() {
  local half=$((seconds / 2))
  traffic || return
  sender=$LAB_PID
  from=$((EPOCHSECONDS + 2 * step))
  await_data $((from + half)) || return
  middle=$EPOCHSECONDS
  lab_offload host gro0 gro off || return
  to=$((middle + half))
  await_data $((to + step)) || return
  lab_stop "$sender"
  lab_collectd_stop # which makes it write what it has for RRD
}

# graphite-web draws the line of a moment twice, a second apart: thick enough to be one.
graphite_picture() { # FILE
  lab_graphite_picture "$1" "lineWidth(color(alias($wire,'on the wire'),'#37872d'),7)" \
    "lineWidth(color(alias($capture,'what tcpdump shows of them'),'#ff9830'),3)" \
    "lineWidth(color(verticalLine('$middle','GRO is switched off here'),'#9a9a9a80'),6)" \
    -- "from=$from" "until=$to" width=800 height=360 margin=22 \
    'title=Received on gro0: frames a second on the wire, and what tcpdump shows' 'vtitle=frames a second' 'fontName=DejaVu Sans' fontSize=12 bgcolor=white fgcolor=black majorGridLineColor=#dddddd \
    minorGridLineColor=white yMin=0 yMax=5000 yStep=1000 yUnitSystem=si lineMode=connected xFormat=%H:%M:%S
}

# While GRO is on: its title has the share of the whole time. At a multiple of five a label would be cut off at the right.
rrd_picture() { # FILE
  local end=$((middle - step))
  ((end - from < 30)) || end=$((end / 5 * 5 - 2))
  lab_rrd_graph "$LAB_DIR/rrd/lab/wiretruth-gro0" rx "$1" "$from" "$end" 1000 420 >/dev/null
}

# What the picture shows, as figures: means of the points of before and of after the change.
tell() {
  local what since until
  for what in on off; do
    since=$from until=$((middle - step))
    if [[ $what == off ]]; then since=$((middle + 2 * step)) until=$to; fi
    printf 'GRO %s: %s frames a second on the wire, %s packets a second in a capture\n' $what \
      "$(mean $wire "$since" "$until")" "$(mean $capture "$since" "$until")"
  done
}

mean() { # METRIC FROM UNTIL
  lab_graphite_points "$1" -- "from=$2" "until=$3" | awk '{ sum += $2 } END { if (NR) printf "%.0f\n", sum / NR }'
}

mkdir -p "$directory" && lab_start && situation_setup gro && observers && run || exit 1
graphite_picture "$LAB_DIR/graphite.png" && rrd_picture "$LAB_DIR/rrd.png" && tell || exit 1
cp "$LAB_DIR/graphite.png" "$LAB_DIR/rrd.png" "$directory"
