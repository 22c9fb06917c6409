#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The command line tool: usage, exit status, the line that others wait for, the JSON contract, the table, signals,
# what happens without rights and without a place to write to.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# Where the method makes no difference it is none, which opens at once.
wiretruth=$LAB_BUILD/wiretruth

# run HOST ARGUMENT...: output in $out and $err, exit status in $status
run() {
  local host=$1
  shift
  status=0
  lab_in "$host" "$wiretruth" "$@" >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null || status=$?
  out=$(<"$LAB_DIR/out")
  err=$(<"$LAB_DIR/err")
}

# start HOST ARGUMENT...: check in the background, until it says that it observes; its pid in $pid
start() {
  local host=$1
  shift
  : >"$LAB_DIR/err"
  # shellcheck disable=SC2016
  lab_spawn_in "$host" check sh -c 'exec "$0" check "$@" >"$DIR/out" 2>"$DIR/err"' "$wiretruth" "$@"
  pid=$LAB_PID
  lab_wait 10 "wiretruth to observe" grep -q '^wiretruth: observing ' "$LAB_DIR/err"
}

# finish: waits for what start started, into $out, $err and $status
finish() {
  lab_reap "$pid" "${1:-10}"
  status=$LAB_STATUS
  out=$(<"$LAB_DIR/out")
  err=$(<"$LAB_DIR/err")
}

interrupt() {
  lab_signal "$pid" "${1:-INT}"
  finish
}

# transfer BYTES: from left to right; with TSO on at the sender, packets of many frames
transfer() {
  local port
  lab_spawn_in right receive "$LAB_BIN/flow" receive 10.7.0.2
  lab_wait_log 5 receive '^listening port=' || return
  port=$(sed -n 's/^listening port=\([0-9]*\).*/\1/p' "$LAB_DIR/receive.log")
  lab_in left "$LAB_BIN/flow" send --bytes "$1" 10.7.0.2 "$port" >/dev/null || return
  lab_reap "$LAB_PID" 10
}

ok() { # ok DESCRIPTION COMMAND...
  local description=$1 result=0
  shift
  "$@" || result=1
  tap_ok "$result" "$description"
}

has() { [[ $1 == *"$2"* ]]; }
lacks() { [[ $1 != *"$2"* ]]; }
json() { jq -e "$@" >/dev/null <<<"$out"; } # json FILTER: whether it is true of the JSON in $out
one_line() { [[ $1 == "wiretruth: "* && $1 != *$'\n'* ]]; }

export DIR=$LAB_DIR
unset NO_COLOR
lab_host left
lab_host right
lab_host many
lab_link left eth0 right eth0 7
lab_offload left eth0 tso on gso on

# ---- usage --------------------------------------------------------------------------------------------------------

# usage_error NAMES ARGUMENT...: status 2, nothing on standard output, one line that names the thing
usage_error() {
  local names=$1
  shift
  run left "$@"
  tap_is "$status" 2 "usage: '$*' exits with 2"
  ok "usage: '$*' is told in one line that names '$names'" has "$err" "$names"
  ok "usage: '$*' prints no report and one line" test -z "$out" -a "$(wc -l <"$LAB_DIR/err")" = 1
  ok "usage: '$*' says who complains" one_line "$err"
}

usage_error 'no command'
usage_error "'frobnicate'" frobnicate
usage_error "'--frobnicate'" --frobnicate
usage_error "'--frobnicate'" check --frobnicate
usage_error "'-x'" check -x
usage_error "'--duration'" check --duration
usage_error "'0'" check --duration 0
usage_error "'-1'" check --duration -1
usage_error "'0x10'" check --duration 0x10
usage_error "'nan'" check --duration nan
usage_error "'3s'" check --duration 3s
usage_error "'86401'" check --duration 86401
usage_error "'--json=yes'" check --json=yes
usage_error "'wire'" check --fail-on counter,wire
usage_error "counter, capture" check --fail-on ''
usage_error "'guess'" check --method guess
usage_error "'1000'" check --tolerance 1000
usage_error "twice" check --method none --method exact
usage_error "'/['" check '/['
usage_error "'/[/'" check '/[/'
usage_error "'an-interface-name-too-long'" check an-interface-name-too-long

# ---- help, version, man page --------------------------------------------------------------------------------------

version=$(sed -n 's/^#define WT_VERSION "\(.*\)"/\1/p' "$root/common/wiretruth.h")
run left --version
tap_is "$out" "wiretruth $version" "--version"
tap_is "$status" 0 "--version exits with 0"
run left --help
tap_is "$status" 0 "--help exits with 0"
ok "--help lists the commands" has "$out" "  check "
help=$out
run left check --help
tap_is "$status" 0 "check --help exits with 0"
tap_is "$err" "" "check --help is quiet on standard error"
help+=$'\n'$out
run left baseline --help
tap_is "$status" 0 "baseline --help exits with 0"
tap_is "$err" "" "baseline --help is quiet on standard error"
help+=$'\n'$out
run left watch --help
tap_is "$status" 0 "watch --help exits with 0"
tap_is "$err" "" "watch --help is quiet on standard error"
help+=$'\n'$out
ok "no line of a help is wider than a terminal of 100 columns" test "$(wc -L <<<"$help")" -le 100

options_of() { grep -oE -- '--[a-z][a-z-]+' | sort -u; }
man=$(sed 's/\\-/-/g' "$root/docs/wiretruth.1")
listed=$(grep -E '^  (-., )?--' <<<"$help" | options_of)
described=$(sed -n '/^\.SH OPTIONS/,/^\.SH TABLE/p' <<<"$man" | grep '^\.B' | options_of)
tap_is "$described" "$listed" "the man page describes the options that the help lists, and no others"
ok "the man page is of this version" grep -q "^\.TH.*$version" "$root/docs/wiretruth.1"

# ---- interfaces ---------------------------------------------------------------------------------------------------

run left check --duration 0.1 --method none eth9
tap_is "$status" 3 "an unknown interface exits with 3"
tap_is "$err" 'wiretruth: no interface "eth9" in this network namespace; there are: lo, eth0' \
  "an unknown interface is named, and those that are there"
run left check --duration 0.1 --method none lo eth9
tap_is "$status" 3 "one unknown interface among others exits with 3"
run left check --duration 0.1 --method none '/^wlan/'
tap_is "$status" 3 "an expression that selects nothing exits with 3"
ok "an expression that selects nothing is told" has "$err" "there are: lo, eth0"
run left check --duration 0.1 --method none --json '/^eth/'
tap_is "$(jq -r '[.interfaces[].name] | join(" ")' <<<"$out")" eth0 "an expression selects"
run left check --duration 0.1 --method none --json --ignore-selected true eth0
tap_is "$(jq -r '[.interfaces[].name] | join(" ")' <<<"$out")" lo "--ignore-selected turns the selection round"
for flag in --ignore-selected --ignore-selected=yes '--ignore-selected on'; do
  # shellcheck disable=SC2086
  run left check --duration 0.1 --method none --json $flag eth0
  tap_is "$(jq -r '[.interfaces[].name] | join(" ")' <<<"$out")" lo "so does $flag"
done
run left check --duration 0.1 --method none --json eth0 --ignore-selected=false
tap_is "$(jq -r '[.interfaces[].name] | join(" ")' <<<"$out")" eth0 "--ignore-selected=false does not"
run left check --ignore-selected=perhaps
tap_is "$status" 2 "another value is refused"
run many check --duration 0.1 --method none --json --report-inactive false lo
tap_is "$status $(jq -c .interfaces <<<"$out")" "0 []" "--report-inactive false leaves out what never carried a packet"

run left check --duration 0.1 --method none lo eth0
tap_is "$(wc -l <"$LAB_DIR/err")" 1 "there is one line on standard error"
ok "the line says what is observed, and how long" \
  has "$err" "wiretruth: observing lo, eth0 for 0.1 s, method "
for i in 1 2 3 4 5; do ip -n "$(lab_ns many)" link add "a$i" type veth peer name "b$i"; done
run many check --duration 0.1 --method none
ok "the line counts interfaces where they are many" has "$err" "observing 11 interfaces for 0.1 s, method none"

start many --duration 60 --method none --json a1 a2
ip -n "$(lab_ns many)" link del a1
interrupt
tap_is "$status" 0 "an interface that disappears is no failure"
tap_is "$(jq -r '[.interfaces[].name] | join(" ")' <<<"$out")" a2 "an interface that disappears is left out"
ok "an interface that disappears is named" has "$err" 'interface "a1" disappeared'
start many --duration 60 --method none --json a2
ip -n "$(lab_ns many)" link del a2
interrupt
tap_is "$status" 3 "no interface left exits with 3"
tap_is "$out" "" "no interface left prints no report"
start many --duration 60 --method none --json '/^([ab][34]|renamed)$/'
ip -n "$(lab_ns many)" link set a3 name renamed
interrupt
ok "an interface that is renamed has not disappeared" lacks "$err" disappeared

# ---- JSON ---------------------------------------------------------------------------------------------------------

# A type with '?' may be null. "a|b" is one of these words. "*" is any key. Keys are compared with their order.
contract=$(jq -n '
  def verdict: "unknown|agrees|under-reports|over-reports";
  def basis: "undetermined|wire|packet|mixed";
  def source: "none|mac|queue|tap|qdisc|mirror|sample|counter";
  def cause: "unknown|none|gro|hw-gro|lro|tso|gso|uso|lower-device|virtual-link|vlan-offload|checksum-offload|bypass|" +
    "capture-loss|namespace|stale";
  def signal: {frames: "integer?", octets: "integer?", ratio: "number?", divergence: "number?", verdict: verdict,
    reason: "string?"};
  def bounds($name): {($name + "_low"): "integer?", ($name + "_high"): "integer?"};
  def direction: {
    wire: {frames: "integer?", octets: "integer?", low: "integer?", high: "integer?", octets_low: "integer?",
      octets_high: "integer?", source: source, estimated: "boolean",
      witnesses: [{source: source, frames: "integer?"}], disagreement: "string?"},
    packets: "integer?", segments_per_packet: "number?",
    counter: (signal + {basis: basis, basis_windows: "integer", octet_basis: basis, octet_offset: "integer?",
      octet_tags: "boolean?", octet_verdict: verdict, since: "number?"}),
    capture: (signal + {since: "number?", drops: "integer?"}),
    series: (signal + {since: "number?", cause: cause, sample_time: "number?", sample_age: "number?"}),
    checksum: {sampled: "integer?", valid: "integer?", offloaded: "integer?", rewritten: "integer?", bad: "integer?",
      absent: "integer?", unverifiable: "integer?", verdict: "unknown|clean|artefact|corruption", reason: "string?",
      cause: "unknown|none|gro|hw-gro|lro|lower-device|virtual-link|checksum-offload", bad_low: "number?",
      bad_high: "number?", kernel_errors: "integer?"},
    vlan_out_of_band: "integer?",
    vlan: {packets: "integer?", frames: "integer?", missed_octets: "integer?", restored_octets: "integer?",
      counted: "boolean?"},
    hidden: ({frames: "integer?", low: "integer?", high: "integer?", tcp: "integer?", udp: "integer?"} + bounds("pushes") +
      {retransmitted_segments: "integer?"} + bounds("retransmitted_packets") +
      {duplicate_packets: "integer?"} + bounds("duplicate_segments") +
      {out_of_order_packets: "integer?"} + bounds("out_of_order_segments")),
    cause: cause,
    application: {"?": true, segments: "integer?", octets: "integer?", verdict: "unknown|agrees|capture-point|counter",
      reason: "string?"}};
  {schema: "integer", version: "string", time: "number", seconds: "number", method: "none|exact|sample",
    method_reason: "string?", offload_error: "string?", tap_share: "number", horizon: "number",
    namespace: {ip_in_segments: "integer?", ip_out_packets: "integer?", tcp_out_segments: "integer?",
      tcp_retransmitted: "integer?", tcp_in_packets: "integer?", in_checksum_errors: "integer?",
      tcp_lost_retransmits: "integer?", tcp_reported_duplicates: "integer?", tcp_duplicate_packets: "integer?",
      tcp_out_of_order_packets: "integer?"},
    baseline: {in_use: "boolean", reason: "string?", missing: ["string"]},
    application: {"?": true, bytes_acked: "integer?", bytes_received: "integer?", segments_out: "integer?",
      segments_in: "integer?", retransmitted_segments: "integer?", retransmitted_bytes: "integer?",
      connections: "integer?", coverage_out: "number?", coverage_in: "number?", reason: "string?"},
    series: {url: "string?", error: "string?", answered: "number?", devices: "integer?"},
    interfaces: [{name: "string", ifindex: "integer", mtu: "integer", kind: "string?", driver: "string?",
      lower: "string?", lower_netns: "integer?", mirror: "string?", mirror_reason: "string?",
      ipv6: {in_segments: "integer?", out_packets: "integer?"},
      discontinuity: "number?",
      baseline: {state: "none|matches|drifts|new|renamed|damaged|unreadable",
        drift: [{item: "string", expected: "string", found: "string", since: "number"}]},
      offload: {"*": {active: "boolean", fixed: "boolean", requested: "boolean"}},
      other_offloads: [{feature: "string", effect: "string"}], rx: direction, tx: direction}]}')

# deviations: what in the JSON on standard input is not as the contract has it
deviations() {
  jq -r --argjson contract "$contract" '
    def is_a($kind):
      if $kind == "integer" then type == "number" and floor == .
      elif $kind | IN("number", "string", "boolean") then type == $kind
      else . as $word | $kind | split("|") | index([$word]) != null end;
    def deviations($at; $want):
      if ($want | type) == "string" then
        if . == null and ($want | endswith("?")) then empty
        elif is_a($want | rtrimstr("?")) then empty
        else "\($at): \(tojson) is no \($want)" end
      elif . == null and ($want | type == "object" and has("?")) then empty
      elif type != ($want | type) then "\($at): is no \($want | type)"
      elif type == "array" then range(length) as $i | .[$i] | deviations("\($at)[\($i)]"; $want[0])
      elif $want | has("*") then to_entries[] | .key as $key | .value | deviations("\($at).\($key)"; $want["*"])
      else
        ($want | del(.["?"]?)) as $want |
        (if keys_unsorted != ($want | keys_unsorted) then "\($at): keys \(keys_unsorted)" else empty end),
        (($want | keys_unsorted[]) as $key | .[$key] | deviations("\($at).\($key)"; $want[$key]))
      end;
    deviations(""; $contract)'
}

json_is_as_agreed() { # json_is_as_agreed DESCRIPTION
  ok "$1: ends with a newline" test -z "$(tail -c 1 "$LAB_DIR/out")"
  tap_is "$(deviations <<<"${out:-none}" 2>&1)" "" "$1: has the keys and types of the contract"
}

for method in auto sample none; do
  start left --duration 60 --json --method "$method"
  transfer 1000000
  interrupt
  tap_is "$status" 0 "JSON, method $method: exit status"
  json_is_as_agreed "JSON, method $method"
done
tap_is "$(jq -c '[.application, .interfaces[0].tx.application]' <<<"$out")" '[null,null]' \
  "JSON: no application figures unless they are asked for"
tap_is "$(jq -c '[.schema, .method, .horizon, .interfaces[0].name, .interfaces[1].mtu, .interfaces[1].kind,
  .interfaces[0].kind, .interfaces[1].lower, .interfaces[1].lower_netns, .interfaces[1].discontinuity,
  .interfaces[1].baseline]' <<<"$out")" '[1,"none",60,"lo",1500,"veth",null,null,null,null,{"state":"none","drift":[]}]' \
  "JSON: what is known beforehand"
tap_is "$(jq -c '.interfaces[1].rx | [.packets, .vlan_out_of_band, .segments_per_packet, .capture.frames, .capture.ratio,
  .capture.verdict, .series.frames, .series.verdict]' <<<"$out")" \
  '[null,null,null,null,null,"unknown",null,"unknown"]' "JSON: without a capture its figures are null, not 0"
ok "JSON: an unknown verdict has a reason" json '.interfaces[1].rx | .capture.reason and .series.reason'
ok "JSON: no figure has digits that nobody measured" json '[.. | numbers | tostring | select(test("\\.[0-9]{7}"))] == []'

# feature, active, requested and fixed, from ethtool itself
features=$(lab_in left ethtool --json -k eth0 2>/dev/null | jq -S '.[0] | del(.ifname)' 2>/dev/null)
if [[ -n $features ]]; then
  # shellcheck disable=SC2016 # jq's variables
  ok "JSON: offload says what ethtool says of each feature that it names" json --argjson theirs "$features" \
    '[.interfaces[1].offload | to_entries[] | select($theirs[.key] and $theirs[.key] != .value)] == []'
else
  tap_skip "JSON: offload says what ethtool says" "this ethtool prints no features as JSON"
fi
# A name that the kernel does not have would never be active.
effects=$(grep -oE '^ *\{"[a-z0-9_-]+", (true|false)' "$root/common/offload_effects.c" | cut -d '"' -f 2)
known=$(jq -r '.interfaces[0].offload | keys[]' <<<"$out")
tap_is "$(grep -vxF -f <(echo "$known") <<<"$effects")" "" "other offloads have names that the kernel has"
tap_ok $(($(wc -l <<<"$effects") < 10)) "of $(wc -l <<<"$effects") of them it is known what they do"
tap_is "$(jq -c '[.interfaces[].other_offloads]' <<<"$out")" '[[],[]]' "JSON: none of them is active here"

# ---- verdicts and exit status -------------------------------------------------------------------------------------

start left --duration 60 --json --fail-on series,capture eth0
transfer 10000000
interrupt
if [[ $(jq -r .method <<<"$out") == exact ]]; then
  tap_is "$(jq -r '.interfaces[0].tx.capture.verdict' <<<"$out")" under-reports "a capture above TSO under-reports"
  tap_is "$status" 1 "--fail-on capture exits with 1 when the capture misreports"
else
  tap_skip "--fail-on capture exits with 1" "the exact method is not there: $(jq -r .method_reason <<<"$out")"
fi
ok "JSON: what was observed is less than what was asked for" json '.seconds < 59 and .horizon == 60'

start left --duration 60 --fail-on series eth0
transfer 10000000
interrupt TERM
tap_is "$status" 0 "--fail-on of a signal that does not misreport exits with 0"
ok "SIGTERM ends early, too" has "$out" "observed "
ok "the table names the direction with traffic" grep -qE '^eth0 +tx +~?[0-9,]+ ' "$LAB_DIR/out"
ok "the table separates thousands" grep -qE ' [0-9]+,[0-9]{3} ' "$LAB_DIR/out"
ok "the table has no row that is wider than 120 columns" test "$(grep '^eth0 *[rt]x' "$LAB_DIR/out" | wc -L)" -le 120
tap_is "$(LC_ALL=C grep '[^ -~]' "$LAB_DIR/out")" "" "the table is ASCII"
if [[ $out == *"method exact"* ]]; then
  ok "a sentence explains the capture" grep -qE '^eth0 transmit: the capture shows [0-9,]+ packets of [0-9,]+ frames' \
    "$LAB_DIR/out"
else
  tap_skip "a sentence explains the capture" "the exact method is not there"
fi

run many check --duration 0.1 --method none
ok "without traffic the table says so" has "$out" "no traffic was seen"
ok "idle interfaces take one line" test "$(grep -c '^idle: ' "$LAB_DIR/out")" = 1

# ---- signals ------------------------------------------------------------------------------------------------------

# A pipe that is full and that nobody reads: the first signal ends the observation, the second the waiting.
mkfifo "$LAB_DIR/pipe"
exec 3<>"$LAB_DIR/pipe"
dd if=/dev/zero of="$LAB_DIR/pipe" bs=4096 oflag=nonblock 2>/dev/null
: >"$LAB_DIR/err"
# shellcheck disable=SC2016
lab_spawn_in left check sh -c 'exec "$0" check --duration 60 --method none >"$DIR/pipe" 2>"$DIR/err"' "$wiretruth"
pid=$LAB_PID
lab_wait 10 "wiretruth to observe" grep -q '^wiretruth: observing ' "$LAB_DIR/err"
lab_signal "$pid" INT
is_killed() {
  lab_signal "$pid" INT
  lab_gone "$pid"
}
lab_wait 10 "the second signal to kill" is_killed
lab_reap "$pid" 1
tap_is "$LAB_STATUS" 130 "a second SIGINT kills"

# ---- colour -------------------------------------------------------------------------------------------------------

# on_terminal NAME=VALUE...: the table as a terminal gets it, in $out
on_terminal() {
  lab_spawn_in left terminal env "$@" script -qfec "$wiretruth check --duration 1 --method none eth0" /dev/null
  pid=$LAB_PID
  lab_wait_log 10 terminal 'wiretruth: observing '
  transfer 100000
  lab_reap "$pid" 20
  out=$(<"$LAB_DIR/terminal.log")
}

escape=$'\033'
on_terminal TERM=xterm
ok "on a terminal there is colour" has "$out" "$escape"
on_terminal TERM=xterm NO_COLOR=
ok "an empty NO_COLOR means nothing" has "$out" "$escape"
for setting in "TERM=xterm NO_COLOR=1" "TERM=xterm NO_COLOR=no" "TERM=dumb" "-u TERM"; do
  # shellcheck disable=SC2086
  on_terminal $setting
  ok "there is a table with $setting" has "$out" "SEG/PKT"
  ok "no colour with $setting" lacks "$out" "$escape"
done
start left --duration 1 --method none eth0
transfer 100000
finish 20
ok "there is a table without a terminal" has "$out" "SEG/PKT"
ok "no colour without a terminal" lacks "$out" "$escape"

# ---- a place to write to ------------------------------------------------------------------------------------------

# unwritable DESCRIPTION ARGUMENT...: standard output is what the caller redirected
unwritable() {
  local result=0
  lab_in left "$wiretruth" "$@" 2>"$LAB_DIR/err" || result=$?
  echo "$result $(tail -n 1 "$LAB_DIR/err")" >"$LAB_DIR/unwritable"
}

exec 4>"$LAB_DIR/pipe" 3>&-
check="check --duration 0.1 --method none"
for arguments in "$check" "$check --json" "check --help" "--help" "--version"; do
  # shellcheck disable=SC2086
  unwritable $arguments >/dev/full
  tap_is "$(<"$LAB_DIR/unwritable")" "3 wiretruth: cannot write to standard output: No space left on device" \
    "'$arguments' to a full disk exits with 3 and says so"
  # shellcheck disable=SC2086
  unwritable $arguments >&4
  tap_is "$(<"$LAB_DIR/unwritable")" "3 wiretruth: cannot write to standard output: Broken pipe" \
    "'$arguments' without a reader exits with 3 and says so"
done
# shellcheck disable=SC2086
unwritable check --duration 0.1 --method none --json >&-
ok "a closed standard output exits with 3" has "$(<"$LAB_DIR/unwritable")" "3 wiretruth: cannot write"
exec 4>&-

# ---- rights -------------------------------------------------------------------------------------------------------

# with_rights BOUNDING_SET ARGUMENT...: as root without any other capability, in $out, $err and $status
with_rights() {
  local set=$1
  shift
  status=0
  lab_in left setpriv --bounding-set="$set" --inh-caps=-all "$wiretruth" "$@" \
    >"$LAB_DIR/out" 2>"$LAB_DIR/err" || status=$?
  out=$(<"$LAB_DIR/out")
  err=$(<"$LAB_DIR/err")
}

with_rights -all check --duration 0.1 --json eth0
tap_is "$status $(jq -r .method <<<"$out")" "0 none" "without rights: method none, exit status 0"
json_is_as_agreed "without rights"
ok "without rights: the report says why" json '.method_reason != null'
ok "without rights: the line says why" has "$err" "method none ("
with_rights -all,+net_raw check --duration 0.1 --json eth0
tap_is "$status $(jq -r .method <<<"$out")" "0 sample" "with CAP_NET_RAW alone: method sample"
for method in exact sample; do
  with_rights -all check --duration 0.1 --method "$method" eth0
  tap_is "$status $out" "3 " "method $method by name without rights exits with 3"
  ok "method $method by name without rights: the missing right is named" has "$err" "needs CAP_"
  ok "method $method by name without rights: one line" one_line "$err"
done

# In a user namespace of its own a process has all rights, and the kernel gives it no eBPF all the same.
if unshare --user --map-root-user true 2>"$LAB_DIR/err"; then
  unshare --user --map-root-user --net "$wiretruth" check --duration 0.1 --method exact lo >"$LAB_DIR/out" 2>"$LAB_DIR/err"
  tap_is "$?" 3 "method exact in a user namespace exits with 3"
  ok "method exact in a user namespace: no right is named that it has" \
    has "$(<"$LAB_DIR/err")" "the kernel refuses eBPF to this process although it has the right"
else
  tap_skip "method exact in a user namespace" "$(<"$LAB_DIR/err")"
fi

start left --duration 60 eth0
mask=$((1 << 13 | 1 << 39)) # CAP_NET_RAW, CAP_BPF
read -r _ effective < <(grep '^CapEff' "/proc/$pid/status")
tap_is "$((16#$effective & ~mask))" 0 "rights that observing does not need are given up"
interrupt

# A verdict does not reach over a change, and the table says so: the totals of the row would contradict it.
start left --duration 60 eth0
transfer 8000000
lab_offload left eth0 tso off
lab_settle left eth0
interrupt
ok "a change during the observation is told" has "$out" "eth0: an offload, its MTU or the interface itself changed"
lab_offload left eth0 tso on

# The manual names the fewest frames for a verdict: the core has to keep to it.
ok "the manual names the fewest frames for a verdict" \
  has "$(<docs/wiretruth.1)" "at least $(sed -n 's/.*LEAST_FRAMES = \([0-9]*\).*/\1/p' common/interface.h) frames"

tap_done
