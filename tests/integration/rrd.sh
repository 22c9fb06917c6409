#!/bin/bash
# SPDX-License-Identifier: MIT
#
# dist/collectd/rrd.conf as it is shipped, but for the interfaces and the directory: a real collectd with real traffic
# writes RRD files, and rrdtool reads them and draws them.
#
# The lab's situations "tso" (transmit) and "gro" (receive) on one host. What the files have is compared with what
# `wiretruth check` saw of the same traffic and with the oracle of the situation.
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
# shellcheck source=lab/rrd.sh
. "$root/lab/rrd.sh"
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

declare -A oracle=()
LAB_FRAMES=24000

# ---- set-up -------------------------------------------------------------------------------------------------------

directory() { echo "$LAB_DIR/rrd/lab/wiretruth-$1"; } # IFACE

# A rate is kept by whole seconds: hence an interval of two. This machine may be late; a host that is left alone is not.
start() {
  lab_start && situation_setup tso && situation_setup gro || return
  LAB_COLLECTD_EXTRA=$(lab_collectd_shipped rrd.conf '"eth0"="/^(tso|gro)0$/"' "/var/lib/collectd/rrd=$LAB_DIR/rrd" \
    '#HeartBeat 20=HeartBeat 20') || return
  LAB_COLLECTD_LOAD='Interval 2'
  begin
}

begin() { lab_collectd_start host 'CPUBudget 100'; }

# A total is known from the second value on, and for the step in which that comes only in part. All interfaces are polled
# together.
quiet() { lab_collectd_await 20 tso0 if_packets-wire && lab_collectd_await 20 tso0 if_packets-wire; }

traffic() { # SITUATION...
  local id before
  quiet && observe check host tso0 gro0 || return
  for id; do
    situation_select "$id" || return
    # shellcheck disable=SC2119 # it needs none of ours
    before=$(situation_oracle)
    situation_traffic "$id" 4 && lab_settle host "$S_IF" || return
    # shellcheck disable=SC2119
    oracle[$id]=$(($(situation_oracle) - before))
  done
  observe_decided check || return
  observe_end check
  quiet
}

# ---- tests --------------------------------------------------------------------------------------------------------

# To the frame: what is counted between two values is spread over that time, and nothing passed at either end.
test_totals() { # IFACE DIRECTION
  local signal total want
  for signal in wire counter capture; do
    total=$(lab_rrd_total "$(directory "$1")" if_packets-$signal "$2")
    want=$(observe_fact check "$1.$2.$signal.frames")
    tap_is "$(printf '%.0f' "$total")" "$want" "$1 $2: the integral of if_packets-$signal is what check counted"
    tap_diag "rrdtool fetch wiretruth-$1/if_packets-$signal.rrd AVERAGE, $2: $total in all; wiretruth check: $want"
  done
  tap_is "$(printf '%.0f' "$(lab_rrd_total "$(directory "$1")" if_packets-wire "$2")")" "${oracle[${1%0}]}" \
    "$1 $2: that of if_packets-wire is the oracle's count"
}

test_gauges() { # IFACE DIRECTION
  local ratio want
  ratio=$(lab_rrd_last "$(directory "$1")" "gauge-$2-ratio-capture" value) want=$(observe_fact check "$1.$2.capture.ratio")
  awk -v is="$ratio" -v want="$want" 'BEGIN { exit !(want > 0 && is / want > 0.999 && is / want < 1.001) }'
  tap_ok $? "$1 $2: the newest ratio of the capture is check's"
  tap_diag "rrdtool fetch wiretruth-$1/gauge-$2-ratio-capture.rrd: $ratio; wiretruth check: $want"
  tap_is "$(lab_rrd_last "$(directory "$1")" "gauge-$2-verdict-capture" value)" 2 "$1 $2: so is its verdict, under-reports"
}

# Each file is as collectd's own types.db has its type.
test_types() {
  local file id type wrong='' files=0
  for file in "$(directory gro0)"/*.rrd; do
    id=$(basename "$file" .rrd)
    type=$(awk -v type="${id%%-*}" '$1 == type { $1 = ""; sub("^ ", ""); print }' /usr/share/collectd/types.db)
    [[ $(lab_rrd_info "$(directory gro0)" "$id") == "$type; step 2" ]] || wrong+="$id: $(lab_rrd_info "$(directory gro0)" "$id"); "
    files=$((files + 1))
  done
  tap_is "$wrong" '' 'names, kinds and limits in each file are those of types.db, and its step is the interval'
  tap_is $files "$(lab_collectd_ids gro0 | wc -l)" 'each value of the interface has a file'
}

test_graph() { # IFACE DIRECTION
  local now picture=$LAB_DIR/$1.png
  now=$(date +%s)
  tap_is "$(lab_rrd_graph "$(directory "$1")" "$2" "$picture" $((now - 60)) "$now" 1000 420)" 1000x420 "$1 $2: is drawn"
  tap_is "$(lab_png_size "$picture")" 1000x420 "$1 $2: the picture has the size that was asked for"
  lab_rrd_graph "$(directory "$1")" "$2" "$picture.empty" $((now - 7200)) $((now - 3600)) 1000 420 >/dev/null
  (($(stat -c %s "$picture") > $(stat -c %s "$picture.empty") + 500))
  tap_ok $? "$1 $2: it has more in it than one of a time without values"
}

test_graph_mistakes() {
  tap_is "$(lab_rrd_graph "$(directory tso0)" up "$LAB_DIR/x.png" 2>&1)" \
    'rrd-graph.sh: the direction is rx or tx, not up' 'a direction that is none is told'
  tap_is "$(lab_rrd_graph "$LAB_DIR/none" rx "$LAB_DIR/x.png" 2>&1)" \
    "rrd-graph.sh: no $LAB_DIR/none/if_packets-wire.rrd" 'a directory without files is told'
}

# A collectd that is kept from its work polls late, and then goes on as if it had not been late.
test_late() {
  local time
  lab_collectd_await 20 tso0 if_packets-wire || return
  time=$(lab_collectd_total tso0 if_packets-wire time)
  kill -STOP "$LAB_COLLECTD_PID"
  lab_poll 20 is_past "$time" 3.5
  kill -CONT "$LAB_COLLECTD_PID"
  lab_collectd_await 20 tso0 if_packets-wire && lab_collectd_await 20 tso0 if_packets-wire || return
  tap_is "$(cat "$LAB_COLLECTD"/csv/lab/wiretruth-tso0/if_packets-wire-* | grep '^[0-9]' | sort |
    awk -F, 'last && $1 - last < 0.999 { print last, $1 } { last = $1 }')" '' \
    'a late poll: no two values are less than half an interval apart'
}
is_past() { awk -v now="$EPOCHREALTIME" -v time="$1" -v seconds="$2" 'BEGIN { exit !(now > time + seconds) }'; } # TIME SECONDS

# A total that begins anew is less than the one before: below the type's least rate, and so unknown until the next.
test_restart() {
  local first=${oracle[tso]}
  # Another collectd knows nothing of the last value, so its first one must not come within the same second.
  lab_poll 20 is_past "$(lab_collectd_total tso0 if_packets-wire time)" 1
  begin && test_late && traffic tso && lab_collectd_stop
  tap_ok $? 'collectd goes on with the files, and traffic flows'
  tap_is "$(printf '%.0f' "$(lab_rrd_total "$(directory tso0)" if_packets-wire tx)")" $((first + oracle[tso])) \
    'a restart adds nothing that was not on the wire'
  # uptime has the interval of collectd here, which is 1: two values of it may be rounded to one second.
  tap_is "$(cat "$LAB_DIR"/collectd.*/log | grep 'rrdtool plugin.*fail' | grep -v /uptime/)" '' 'the rrdtool plugin had no complaint'
}

# ---- run ----------------------------------------------------------------------------------------------------------

missing=
command -v rrdtool >/dev/null || missing+=' rrdtool'
[[ -e $LAB_BUILD/wiretruth.so ]] || missing+=' wiretruth.so'
ldd /usr/lib/collectd/rrdtool.so 2>/dev/null | grep -q 'not found' && missing+=' libraries of the rrdtool plugin'
if [[ $missing ]]; then
  tap_skip 'RRD files of a real collectd' "missing:$missing"
  tap_done
  exit
fi
start || exit 1
if observe_has_exact host 'totals to the frame'; then
  traffic tso gro
  tap_ok $? 'traffic flows'
  lab_collectd_stop
  tap_is "$LAB_STATUS" 0 'collectd ends, and writes what it had in its cache'
  test_totals tso0 tx
  test_totals gro0 rx
  test_gauges tso0 tx
  test_gauges gro0 rx
  test_types
  test_graph gro0 rx
  test_graph tso0 tx
  test_graph_mistakes
  test_restart
fi
tap_done
