#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# What a manager's walk asks of the kernel (nothing: it is answered from the last report). That each row of the bench runs, at
# a tiny size, and refuses a peer that did other work; that its document is complete, and docs/benchmarks.md says what the
# committed one says. How fast is no matter of a test: make bench.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=tests/bench/document.sh
. "$root/tests/bench/document.sh"

# The calls of a process meanwhile, in CALLS.
trace() { # PID COMMAND...
  local pid=$1
  shift
  CALLS=$LAB_DIR/calls
  lab_spawn strace strace -f -o "$CALLS" -p "$pid"
  lab_wait_log 10 strace attached || return
  "$@" >/dev/null
  lab_stop "$LAB_PID"
}

walk() { lab_snmp_raw host snmpbulkwalk "$(lab_snmp_oid wiretruthMIB)"; }

# Waiting, the clock, memory, and the socket to snmpd.
test_walk() {
  local polls
  lab_snmp_configure host
  sed -i 's/^PollInterval .*/PollInterval 3600/' "$(lab_snmp_dir host)/conf/wiretruth.conf"
  lab_snmp_run host || return
  polls=$(lab_snmp_get host 0 - wtPolls)
  trace "$LAB_SNMP_AGENT" walk
  tap_ok $? 'a walk is traced'
  tap_ok $(($(grep -cE '(recv|send)[a-z]*\(' "$CALLS") < 100)) 'and has many requests'
  tap_is "$(grep -oE '\b(bpf|socket|bind|connect|ioctl|open|openat|[gs]etsockopt)\(.*|.*NETLINK.*' "$CALLS")" '' \
    'none asks anything of the kernel'
  tap_is "$(lab_snmp_get host 0 - wtPolls)" "$polls" 'none makes a poll'
  lab_snmp_stop
}

# ---- the bench --------------------------------------------------------------------------------------------------------

declare -A row_pid=()

# Each has a lab of its own, and mostly waits: all at once.
row() { # NAME OPTION...
  "$root/tests/bench/$1.sh" --out "$LAB_DIR/$1.samples" "${@:2}" >"$LAB_DIR/$1.table" 2>"$LAB_DIR/$1.said" &
  row_pid[$1]=$!
}

# ended WANT ROW WHO...: it ran to its end, and has so many samples of each of them
ended() {
  local want=$1 name=$2 status
  shift 2
  wait "${row_pid[$name]}"
  status=$?
  tap_ok $status "$name runs"
  ((status == 0)) || tap_diag "$(<"$LAB_DIR/$name.said")"
  tap_is "$(jq -s -r --args '[.[] | select(.sample).who] as $all
      | [$ARGS.positional[] as $who | $all | map(select(. == $who)) | length] | join(" ")' "$@" <"$LAB_DIR/$name.samples")" \
    "$want" "$name: samples of $*"
}

begin_rows() {
  row poll --interfaces 4 --rounds 2
  row tap --quick --rounds 1 --packets 2000
  row memory --interfaces 4 --polls 2
  row snmp --interfaces 4 --rounds 1
  row collectd --interfaces 4 --interval 1 --rounds 1
  row read --mib 2 --rounds 1
  row accuracy --quick --rounds 1 --seconds 1
}

end_rows() {
  ended '2 2 2 2 2 2 2' poll wiretruth wiretruth-read interface ethstat agentx node_exporter tools
  ended '4 4 4 4 1 1' tap none one tcpdump program-raw auto-none auto-auto
  ended '3 2 2 3 2 2 2' memory collectd wiretruth interface agentx-empty agentx snmpd module
  ended '1 1 1 1 1' snmp agentx-rows constants-rows ifx-columns module-rows module-ifx-columns
  ended '1 1 1' collectd alone interface wiretruth
  ended '2 1 1 1' read wiretruth capinfos capinfos-plain tshark
  ended '2 2 2' accuracy rate sample auto
}

# The real exporter, told to leave one out.
test_refused() {
  local dir=$LAB_DIR/bin
  mkdir "$dir"
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nexec %s --collector.netdev.device-exclude="^(lo|b1)$" "$@"\n' \
    "$(command -v prometheus-node-exporter)" >"$dir/prometheus-node-exporter"
  chmod +x "$dir/prometheus-node-exporter"
  PATH=$dir:$PATH "$root/tests/bench/poll.sh" --interfaces 4 --rounds 1 >"$LAB_DIR/refused" 2>&1
  tap_is "$? $(grep -o 'refused: .*' "$LAB_DIR/refused")" '1 refused: node_exporter told of 3 interfaces, not 4' \
    'a peer that counts fewer interfaces is refused'
}

test_document() {
  local document=$LAB_DIR/bench.json
  cat "$LAB_DIR"/*.samples >"$LAB_DIR/samples"
  document "$LAB_DIR/samples" '' >"$document"
  tap_is "$(jq -c '[.samples[].row] | unique' "$document")" '["accuracy","collectd","memory","poll","read","snmp","tap"]' \
    'the document has samples of all rows'
  tap_is "$(jq -c '[.results[] | select(.ours.median == null or (.peer and .peer.median == null)) | .title]' "$document")" '[]' \
    'and a figure of both sides for all that is compared'
  tap_is "$(jq -r '.machine.cpus, (.versions | has("collectd-core"))' "$document" | paste -sd' ')" "$(nproc) true" \
    'and says where it comes from'
  tap_is "$(table text "$document" | wc -l) $(table markdown "$document" | wc -l)" \
    "$(jq '.results | length | "\(. + 1) \(. + 2)"' -r "$document")" 'there is a line for each in both tables'
}

# Figures whose answer is known: pairs 10:20, 30:20, 40:20 of which the median is 1.5, and above a base 5:10.
test_arithmetic() {
  local samples=$LAB_DIR/arithmetic
  sample() { printf '{"sample":true,"row":"r","who":"%s","at":"x","round":%d,"value":%d,"unit":"us"}\n' "$@"; }
  {
    sample a 1 10 && sample a 2 30 && sample a 3 40 && sample b 1 20 && sample b 2 20 && sample b 3 20 && sample a 4 999
    sample base 1 5 && sample base 2 25 && sample base 3 35
    printf '{"target":true,"row":"r","title":"pairs","ours":["a","x"],"peer":["b","x"],"most":1.5,"factor":1,"base":null}\n'
    printf '{"target":true,"row":"r","title":"half","ours":["a","x"],"peer":["b","x"],"most":0.7,"factor":2,"base":null}\n'
    printf '{"target":true,"row":"r","title":"above","ours":["a","x"],"peer":null,"most":5,"factor":1,"base":["base","x"]}\n'
  } >"$samples"
  tap_is "$(document "$samples" '' | jq -c '.results[] | [.title, .ours.median, (.ratio // .ours).median, (.ratio // .ours).count, .reached]' | paste -sd' ')" \
    '["pairs",30,1.5,3,true] ["half",30,0.75,3,false] ["above",5,5,3,true]' 'medians of pairs, and what is reached'
}

test_page() {
  local document=$root/docs/bench/bench.json page=$root/docs/benchmarks.md name
  tap_is "$(jq -r .options "$document")" '' 'the committed document is of a whole run'
  tap_is "$(jq -c -L "$root/tests/bench" 'include "report"; .results == results' "$document")" true \
    'the committed results follow from the committed samples'
  cp "$page" "$LAB_DIR/page.md"
  into_page "$document" "$LAB_DIR/page.md"
  tap_is "$(diff "$page" "$LAB_DIR/page.md")" '' 'docs/benchmarks.md has the table of the committed document'
  while read -r name; do check "docs/$name is there" test -s "$root/docs/$name"; done \
    < <(grep -o 'bench/[a-z]*\.\(png\|svg\|json\)' "$page" | sort -u)
}

for need in "$LAB_BUILD/wiretruth-agentx" "$LAB_BUILD/bench/walk" "$LAB_BUILD/bench/sink.so" "$LAB_BUILD/bench/empty" \
  "$(command -v strace || echo strace)" "$(command -v prometheus-node-exporter || echo prometheus-node-exporter)" \
  "$(command -v capinfos || echo capinfos)"; do
  [[ -x $need ]] && continue
  tap_skip 'the bench, and what a walk asks of the kernel' "no ${need##*/}"
  tap_done
  exit
done
lab_start && lab_host host && lab_host peer && lab_link host eth0 peer eth0 1 || exit
begin_rows
test_walk
test_arithmetic
test_refused
end_rows
test_document
test_page
tap_done
