#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Baselines: what `wiretruth baseline` records against ethtool and ip, drift, renamed, new and missing interfaces, every
# kind of damage, and drift as a real collectd and a real snmpd tell it.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

lab_start || exit 1
wiretruth=$LAB_BUILD/wiretruth
file=$LAB_DIR/etc/baseline

# ---- helpers ------------------------------------------------------------------------------------------------------

json() { jq -e "$@" "$LAB_DIR/out" >/dev/null; } # FILTER: whether it is true of what was printed
has() { [[ $1 == *"$2"* ]]; }

# run ARGUMENT...: of baseline on the host, output in $out and $err, exit status in $status
run() {
  status=0
  lab_in host timeout 20 "$wiretruth" baseline "$@" >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null || status=$?
  out=$(<"$LAB_DIR/out") err=$(<"$LAB_DIR/err")
}

# differs WHAT LINES [OPTION]...: what diff says but for its last line, and its exit status
differs() {
  run diff "${@:3}" "$file"
  tap_is "$status $(sed '$d' <<<"$out")" "$2" "$1"
}

offload() { lab_in host ethtool -K "$@" >/dev/null 2>&1; } # IFACE FEATURE on|off...
link() { ip -n "$(lab_ns host)" link "$@"; }

edit() { # SED-EXPRESSION: into the file as an editor would, which replaces it
  sed -E "$1" "$file" >"$file.new" && mv "$file.new" "$file"
}

# What the file has of an interface, without the blanks before it.
recorded() { sed -n "/^interface $1\$/,/^\$/p" "$file" | sed '1d; s/^  //; /^$/d'; } # IFACE

lab_host host
lab_host peer
mkdir "${file%/*}"
lab_wire host a0 peer a1 7
lab_wire host b2 peer b3 8
lab_wire host b10 peer b11 9
offload a0 tso on gso on gro on sg on

# ---- what is recorded ---------------------------------------------------------------------------------------------

# Each feature that ethtool names, as ethtool sees it. A wish for what is fixed is none.
features_by_ethtool() { # IFACE
  lab_in host ethtool --json -k "$1" | jq -r '.[0] | del(.ifname) | to_entries[] | select(.value | type == "object") |
    .key as $name | .value | "feature \($name) " + (if .active then "on" else "off" end) +
    (if .fixed or .active == .requested then "" elif .requested then ", wanted on" else ", wanted off" end)' | sort
}

limits_by_ip() { # IFACE
  link -d -j show "$1" 2>/dev/null | jq -r '.[0] | "mtu \(.mtu)",
    (to_entries[] | select(.key | test("^(gso|gro|tso)_.*max_(size|segs)$|^(gso|gro|tso)_max_(size|segs)$")) |
      "\(.key | gsub("_"; "-")) \(.value)")' | sort
}

test_record() {
  local theirs
  run save "$file"
  tap_is "$status $out" '0 ' 'save exits with 0 and prints no report'
  check 'save says what it has done' has "$err" "saved 4 interfaces to $file"
  tap_is "$(sed -n 's/^interface //p' "$file" | paste -sd' ')" 'a0 b2 b10 lo' 'interfaces are ordered by name'
  tap_is "$(recorded a0 | grep '^feature' | cut -d' ' -f2 | LC_ALL=C sort -c 2>&1)" '' 'features are ordered by name'
  tap_is "$(recorded a0 | cut -d' ' -f1,2 | grep '^feature' | uniq -d)" '' 'no feature stands there twice'
  theirs=$(features_by_ethtool a0 2>/dev/null)
  if [[ -n $theirs ]]; then
    # ethtool calls some of them by names of its own.
    tap_is "$(join -j 2 <(sort -k 2,2 <<<"$theirs") <(recorded a0 | grep '^feature' | sort -k 2,2) |
      awk '{ n = split($0, word); half = (n - 1) / 2; a = b = ""
        for (i = 2; i <= 1 + half; i++) { a = a " " word[i]; b = b " " word[i + half] }
        if (a != b) print }')" '' 'features are what ethtool says of them'
    check 'and there are many' test "$(wc -l <<<"$theirs")" -gt 30
  else
    tap_skip 'features are what ethtool says of them' 'this ethtool prints no features as JSON'
  fi
  theirs=$(limits_by_ip a0)
  tap_is "$(recorded a0 | grep -xF -f <(echo "$theirs") | sort)" "$theirs" 'MTU and limits are what ip says of them'
  tap_is "$(recorded a0 | sed -n 's/^driver //p; s/^driver-version //p' | paste -sd' ')" \
    "$(lab_in host ethtool -i a0 | sed -n 's/^driver: //p; s/^version: //p' | paste -sd' ')" \
    'driver and its version are what ethtool says'
  tap_is "$(stat -c %a "$file")" 644 'a new file can be read by all'
  cp "$file" "$LAB_DIR/first"
  chmod 600 "$file"
  run save "$file"
  tap_is "$(cmp "$file" "$LAB_DIR/first" && stat -c %a "$file")" 600 'saving again changes nothing, and keeps the mode'
  run save -
  tap_is "$out" "$(<"$file")" 'save - prints the same'
  run show "$file"
  tap_is "$status $out" "0 $(<"$file")" 'show prints what is recorded'
  tap_is "$(ls -A "${file%/*}")" baseline 'no other file is left'
}

# ---- drift --------------------------------------------------------------------------------------------------------

test_drift() {
  differs 'no drift exits with 0' '0 '
  check 'and says so' has "$out" "no drift from $file"
  offload a0 gro off
  differs 'a feature that was switched off' '1 a0: rx-gro: expected on; found off'
  tap_is "$(tail -n 1 <<<"$out")" "1 item of 1 interface drifts from $file" 'the last line has the totals'
  offload a0 gro on
  differs 'and on again' '0 '
  offload a0 sg off
  run diff "$file"
  tap_is "$status $(grep -E ' tx-(scatter-gather|tcp-segmentation):' <<<"$out")" \
    '1 a0: tx-scatter-gather: expected on; found off
a0: tx-tcp-segmentation: expected on; found off, wanted on' 'a feature that is off for want of another is told as that'
  offload a0 sg on
  link set b2 mtu 1400
  link set b10 gso_max_size 20000 2>/dev/null
  run diff "$file"
  check 'another MTU' has "$out" 'b2: mtu: expected 1500; found 1400'
  check 'another limit' has "$out" 'b10: gso-max-size: expected 65536; found 20000'
  link set b2 mtu 1500
  link set b10 gso_max_size 65536
  differs 'all is as it was' '0 '
  edit 's/^  driver veth$/  driver e1000\n  firmware 1.2 \\x23 3/'
  run diff --interface a0 "$file"
  tap_is "$status $(head -n 2 <<<"$out")" '1 a0: driver: expected e1000; found veth
a0: firmware: expected 1.2 # 3; found none' 'another driver, and a firmware that is not told any more'
  cp "$LAB_DIR/first" "$file"
}

test_comings_and_goings() {
  link add c0 type veth peer name c1 netns "$(lab_ns peer)"
  differs 'an interface that is new is told, and is no drift' '0 c0: new: not recorded'
  differs 'unless one is strict' '1 c0: new: not recorded' --strict
  link del c0
  link set b2 down
  link set b2 name d0
  link set d0 up
  differs 'one without a permanent address goes by its name' '0 d0: new: not recorded
b2: missing: recorded and not there'
  differs 'one that is missing counts if one is strict' '1 d0: new: not recorded
b2: missing: recorded and not there' --strict
  differs 'one that is not selected is not missed' '0 ' --interface a0 --strict
  link set d0 down
  link set d0 name b2
  link set b2 up
  differs 'it has its name again' '0 ' --strict
}

# Reads only, of an interface of the machine itself: devices of a namespace have no permanent address.
test_renamed() {
  local name address
  for name in $(ip -j link | jq -r '.[].ifname'); do
    address=$(ethtool -P "$name" 2>/dev/null | sed -n 's/^Permanent address: \([0-9a-f:]*\)$/\1/p')
    [[ -n $address && $address != 00:00:00:00:00:00 ]] && break
  done
  if [[ -z ${address-} ]]; then
    tap_skip 'an interface is told as renamed by its permanent address' 'no interface here has one'
    return
  fi
  "$wiretruth" baseline save --interface "$name" "$LAB_DIR/real" 2>/dev/null
  tap_is "$(sed -n 's/^  address //p' "$LAB_DIR/real")" "$address" 'the permanent address is what ethtool says'
  sed -i "s/^interface .*/interface other0/" "$LAB_DIR/real"
  "$wiretruth" baseline diff --interface "$name" "$LAB_DIR/real" >"$LAB_DIR/out"
  tap_is "$? $(sed '$d' "$LAB_DIR/out")" "1 $name: renamed: expected other0; found $name" \
    'an interface is told as renamed by its permanent address'
  "$wiretruth" check --method none --duration 0.1 --json --baseline "$LAB_DIR/real" "$name" 2>/dev/null >"$LAB_DIR/out"
  tap_is "$(jq -r '.interfaces[0].baseline | "\(.state) \(.drift[0].item) \(.drift[0].expected)"' "$LAB_DIR/out")" \
    'renamed name other0' 'and in the JSON of check'
  sed -i "s/^interface .*/interface $name/; s/^  address .*/  address 02:00:5e:00:53:01/" "$LAB_DIR/real"
  "$wiretruth" baseline diff --interface "$name" "$LAB_DIR/real" >"$LAB_DIR/out"
  tap_is "$? $(sed '$d' "$LAB_DIR/out")" "1 $name: address: expected 02:00:5e:00:53:01; found $address" \
    'another card under the recorded name is told as that'
}

test_edited() {
  edit '0,/^  feature rx-gro/s/^(  feature rx-gro) on$/  # Wanted by all.\n\1 off/; /^  feature tx-/d
    s/^interface a0$/# The uplink.\ninterface a0  # rack 7/'
  offload a0 tso off
  run diff --interface a0 "$file"
  tap_is "$(sed '$d' <<<"$out")" 'a0: rx-gro: expected off; found on' 'what was taken out of the file is not compared'
  run save "$file"
  tap_is "$(grep '#' "$file")" "$(grep '#' "$LAB_DIR/first")
# The uplink.
interface a0  # rack 7
  # Wanted by all." 'saving keeps the comments'
  check 'where they were' grep -q -x -A 1 '  # Wanted by all.' "$file"
  tap_is "$(grep -A 1 'Wanted by all' "$file" | tail -n 1)" '  feature rx-gro on' 'and records what is'
  edit 's/^  mtu 1500/  mtu 1600/'
  run save --interface a0 "$file"
  tap_is "$(grep -c '^interface' "$file") $(grep -c '^  mtu 1600' "$file")" '4 2' \
    'saving one interface leaves the others as they are recorded'
  offload a0 tso on
  cp "$LAB_DIR/first" "$file"
  ln -s baseline "${file%/*}/link"
  run save "${file%/*}/link"
  check 'a symbolic link stays one' test -L "${file%/*}/link"
  rm "${file%/*}/link"
  ln -s nowhere "${file%/*}/yet"
  ln -s yet "${file%/*}/link"
  run save "${file%/*}/link"
  check 'so does one to a file that is not there yet' test -L "${file%/*}/link"
  check 'and one behind it' test -L "${file%/*}/yet"
  check 'the file is where they point to' cmp -s "${file%/*}/nowhere" "$LAB_DIR/first"
  ln -sf link "${file%/*}/yet"
  run save "${file%/*}/link"
  tap_is "$status $err" "3 wiretruth: baseline ${file%/*}/link cannot be read: Too many levels of symbolic links" \
    'links in a circle are told'
  rm "${file%/*}/link" "${file%/*}/nowhere" "${file%/*}/yet"
}

# ---- damage -------------------------------------------------------------------------------------------------------

# damaged SED-EXPRESSION WORDS [LINE]: named with its line, by all who read it, and left alone
damaged() {
  local line
  edit "$1"
  cp "$file" "$LAB_DIR/damaged"
  line=${3-$(diff "$LAB_DIR/first" "$file" | sed -n '1s/.*[a-z,]\([0-9]*\)$/\1/p')}
  run diff "$file"
  tap_is "$status $out" '3 ' "$2: diff exits with 3 and prints no report"
  check "$2: the line is named" has "$err" "baseline $file, line $line: "
  check "$2: so is what is wrong" has "$err" "$2"
  run show "$file"
  tap_is "$status" 3 "$2: show exits with 3"
  run save "$file"
  tap_is "$status" 3 "$2: save does not replace it"
  check "$2: it is as it was" cmp -s "$file" "$LAB_DIR/damaged"
  cp "$LAB_DIR/first" "$file"
}

test_damage() {
  damaged '3s/.*/wiretruth-baseline 7/' "the version is '7'"
  damaged '3d' "'interface' stands where 'wiretruth-baseline 1' has to" 4
  damaged '/^interface b2/s/b2/a0/' 'interface a0 is given a second time'
  damaged '0,/mtu 1500/s/mtu 1500/mtu large/' "mtu is 'large': it takes a whole number"
  damaged '0,/feature rx-gro on/s/(rx-gro) on$/\1 maybe/' "feature rx-gro is 'maybe': it takes 'on', 'off'"
  damaged '0,/feature rx-lro/s/rx-lro/rx-gro/' 'feature rx-gro is given a second time'
  damaged '0,/  mtu/s/  mtu/  mut/' "'mut' is not known: a line begins with"
  damaged '0,/  mtu 1500/s/  mtu 1500/  address 1:2:3/' "address is '1:2:3': it takes"
  damaged '0,/  mtu 1500/s/  mtu 1500/\xff\xfe/' 'not printable ASCII'
  head -c 1000 /dev/urandom | tr -d '\n' >"$file"
  run diff "$file"
  tap_is "$status" 3 'what is no text exits with 3'
  check 'and is told with its line' has "$err" 'line 1: '
  : >"$file"
  run diff "$file"
  check 'an empty file is told' has "$err" "line 1: nothing stands where 'wiretruth-baseline 1' has to"
  rm "$file"
  run diff "$file"
  tap_is "$status $err" "3 wiretruth: baseline $file cannot be read: No such file or directory" 'no file is told'
  run diff "${file%/*}"
  tap_is "$status" 3 'a directory exits with 3'
  run save "$LAB_DIR/none/baseline"
  tap_is "$status $err" "3 wiretruth: baseline $LAB_DIR/none/baseline cannot be written: No such file or directory" \
    'a directory that is not there is told'
  cp "$LAB_DIR/first" "$file"
}

# Whatever it reads, it ends with a status of its own.
test_mutations() {
  local i bad=''
  for i in $(seq 100); do
    LC_ALL=C awk -v seed="$i" 'BEGIN { srand(seed); RS = "\001" } {
      for (n = 0; n < 6; n++) {
        at = 1 + int(rand() * length($0)); size = int(rand() * 4)
        $0 = substr($0, 1, at - 1) sprintf("%c", 1 + int(rand() * 254)) substr($0, at + size)
      }
      printf "%s", $0 }' "$LAB_DIR/first" >"$file"
    run diff "$file"
    case $status in
      0 | 1) ;;
      3) [[ $err == "wiretruth: baseline $file, line "* ]] || bad+=" $i" ;;
      *) bad+=" $i" ;;
    esac
  done
  tap_is "$bad" '' 'a hundred random changes of the file are survived'
  cp "$LAB_DIR/first" "$file"
}

test_usage() {
  local words
  for words in '' 'record' 'save a b' 'diff --frobnicate' 'diff -x' 'diff --interface' 'show --strict' 'save --strict' \
    'show --interface a0' 'diff --strict=1' 'diff --interface /[/' 'save --ignore-selected=perhaps'; do
    # shellcheck disable=SC2086
    run $words
    tap_is "$status $out $(wc -l <"$LAB_DIR/err")" '2  1' "usage: 'baseline $words' exits with 2 and says why in a line"
  done
  run save --interface none0 "$file"
  tap_is "$status" 3 'a selection of nothing is not saved'
  check 'and the file is as it was' cmp -s "$file" "$LAB_DIR/first"
}

# ---- check --------------------------------------------------------------------------------------------------------

test_check() {
  local before after
  offload a0 gro off
  before=$EPOCHSECONDS
  lab_in host "$wiretruth" check --method none --duration 0.1 --json --baseline "$file" >"$LAB_DIR/out" 2>/dev/null
  after=$((EPOCHSECONDS + 1))
  tap_is "$(jq -c '[.baseline, (.interfaces | map({(.name): .baseline.state}) | add)]' "$LAB_DIR/out")" \
    '[{"in_use":true,"reason":null,"missing":[]},{"lo":"matches","a0":"drifts","b2":"matches","b10":"matches"}]' \
    'check tells the state of each interface'
  tap_is "$(jq -c '.interfaces[] | select(.name == "a0").baseline.drift[] | del(.since)' "$LAB_DIR/out")" \
    '{"item":"rx-gro","expected":"on","found":"off"}' 'and what drifts'
  # shellcheck disable=SC2016 # jq's variables
  check 'and since when' json --argjson from "$before" --argjson to "$after" \
    '.interfaces[] | select(.name == "a0").baseline.drift[0].since | . >= $from and . <= $to'
  lab_in host "$wiretruth" check --method none --duration 0.1 --baseline "$file" >"$LAB_DIR/out" 2>/dev/null
  check 'so does the table' grep -qx 'a0 drifts from the baseline: rx-gro: expected on; found off' "$LAB_DIR/out"
  offload a0 gro on
  echo garbage >>"$file"
  lab_in host "$wiretruth" check --method none --duration 0.1 --json --baseline "$file" >"$LAB_DIR/out" 2>/dev/null
  tap_is "$? $(jq -c '[.baseline.in_use, .interfaces[0].baseline]' "$LAB_DIR/out")" \
    '0 [false,{"state":"damaged","drift":[]}]' 'check goes on without a damaged baseline'
  check 'and tells its line' json '.baseline.reason | test("line [0-9]+: .garbage. is not known")'
  cp "$LAB_DIR/first" "$file"
}

# ---- collectd -----------------------------------------------------------------------------------------------------

gauge_drift() { printf '%g\n' "$(lab_collectd_total "$1" gauge-drift value)"; } # IFACE
drift_is() { [[ $(gauge_drift "$1" 2>/dev/null) == "$2" ]]; }                  # IFACE VALUE

says() { # DESCRIPTION PATTERN: in collectd's log, now or soon
  lab_wait 20 "a line '$2'" lab_collectd_log "$2"
  tap_ok $? "$1"
}

test_collectd() {
  if [[ ! -e $LAB_BUILD/wiretruth.so ]]; then
    tap_skip 'drift in collectd' 'the plugin was not built'
    return
  fi
  lab_collectd_start host "Baseline \"$file\"
    Method none" || return
  says 'collectd: the baseline is in use' "\[info\] wiretruth plugin: baseline $file is in use: 4 interfaces"
  lab_wait 20 'gauge-drift' drift_is a0 0
  tap_is "$(gauge_drift a0)" 0 'collectd: no drift is 0'
  offload a0 gro off
  says 'collectd: drift is logged' "\[warning\] wiretruth plugin: a0 drifts from the baseline: rx-gro is 'off', expected 'on'"
  lab_wait 20 'gauge-drift' drift_is a0 1
  tap_is "$(gauge_drift a0) $(gauge_drift b2)" '1 0' 'collectd: drift is counted, of its own interface'
  offload a0 gro on
  says 'collectd: its end is logged' '\[info\] wiretruth plugin: a0: rx-gro drifts no longer'
  lab_wait 20 'gauge-drift' drift_is a0 0
  tap_is "$(gauge_drift a0)" 0 'collectd: and counted'
  # No notification tells of this.
  link set b10 gso_max_size 20000
  says 'collectd: a limit that changes silently is noticed at the next poll' "b10 drifts .*: gso-max-size is '20000'"
  link set b10 gso_max_size 65536
  link add c0 type veth peer name c1 netns "$(lab_ns peer)"
  says 'collectd: a new interface is told' '\[info\] .*c0 is new: it is not in the baseline'
  link del b10
  says 'collectd: a missing interface is told' '\[warning\] .*b10 is missing: it is in the baseline'
  check 'collectd: a new interface has no drift' not lab_collectd_value c0 gauge-drift
  link del c0
  lab_wire host b10 peer b11 9
  says 'collectd: its return is told' '\[info\] .*b10 is missing no longer'
  echo garbage >>"$file"
  says 'collectd: damage is told with its line' \
    "\[warning\] .*going on without a baseline: baseline $file, line [0-9]+: 'garbage' is not known"
  lab_collectd_await 20 a0 if_packets-counter
  tap_ok $? 'collectd: it goes on'
  cp "$LAB_DIR/first" "$file.new" && mv "$file.new" "$file"
  lab_wait 20 'the repaired file' repaired
  tap_ok $? 'collectd: a repaired file is in use without a restart'
  lab_collectd_stop
  tap_is "$LAB_STATUS" 0 'collectd: it ends with status 0'
  tap_is "$(grep -c 'rx-gro is ' "$LAB_COLLECTD/log")" 1 'collectd: each drift was logged once'
}
repaired() { [[ $(grep -c 'is in use: 4 interfaces' "$LAB_COLLECTD/log") == 2 ]]; }

# ---- SNMP ---------------------------------------------------------------------------------------------------------

get() { lab_snmp_get host "$@"; } # IFACE DIR COLUMN
value_is() { [[ $(get "$1" - "$2") == "$3" ]]; } # IFACE COLUMN VALUE
drifts_more_than() { (($(get a0 - wtIfDrift) > $1)); } # NUMBER
becomes() { # DESCRIPTION IFACE COLUMN VALUE
  lab_wait 15 "$3 of $2 to be $4" value_is "$2" "$3" "$4"
  tap_is "$(get "$2" - "$3")" "$4" "$1"
}

test_snmp() {
  local polls since
  if [[ ! -x $LAB_BUILD/wiretruth-agentx ]]; then
    tap_skip 'drift over SNMP' 'the subagent was not built'
    return
  fi
  # Only an event brings a poll forward: the next one would be in an hour.
  lab_snmp_configure host "Baseline $file" 'Method none'
  sed -i 's/^PollInterval .*/PollInterval 3600/' "$LAB_DIR/snmp-host/conf/wiretruth.conf"
  lab_snmp_run host || return
  tap_is "$(get a0 - wtIfBaseline) $(get a0 - wtIfDrift) $(get a0 - wtIfDriftItems)" '1 0 ' 'SNMP: it matches'
  check 'SNMP: there is no time of a drift' not get a0 - wtIfDriftSince
  offload a0 gro off
  becomes 'SNMP: drift is told at once' a0 wtIfBaseline 2
  tap_is "$(get a0 - wtIfDrift)/$(get a0 - wtIfDriftItems)" '1/rx-gro: off (expected on)' 'SNMP: with its items'
  since=$(get a0 - wtIfDriftSince)
  check 'SNMP: and its time' test "$since" -gt 0
  tap_is "$(get b2 - wtIfBaseline)" 1 'SNMP: another interface still matches'
  offload a0 sg off
  lab_wait 15 'more of them' drifts_more_than 3
  check 'SNMP: what there is no room for is dots' has "$(get a0 - wtIfDriftItems)" '...'
  tap_is "$(get a0 - wtIfDriftSince)" "$since" 'SNMP: the time is that of the first'
  offload a0 sg on gro on
  becomes 'SNMP: the end of it is told' a0 wtIfBaseline 1
  link add c0 type veth peer name c1 netns "$(lab_ns peer)"
  lab_wait 15 'a row' get c0 - wtIfName >/dev/null
  tap_is "$(get c0 - wtIfBaseline)" 3 'SNMP: a new interface'
  check 'SNMP: has no count' not get c0 - wtIfDrift
  link del c0
  link del b10
  becomes 'SNMP: a missing interface' 0 wtBaselineMissing 1
  tap_is "$(get 0 - wtBaselineMissingNames)" b10 'SNMP: by its name'
  lab_wire host b10 peer b11 9
  becomes 'SNMP: that is back' 0 wtBaselineMissing 0
  sed -i 's/mtu 1500/mtu wide/' "$file"
  polls=$(get 0 - wtPolls)
  offload a0 gro off
  lab_wait 15 'a poll that began after it' lab_snmp_polls_above host $((polls + 1))
  tap_is "$(get a0 - wtIfBaseline)" 5 'SNMP: a damaged baseline'
  check 'SNMP: with its line' has "$(get 0 - wtBaselineReason)" ": mtu is 'wide': it takes a whole number"
  check 'SNMP: in the log, too' grep -q "going on without a baseline: baseline $file, line " "$LAB_DIR/agentx-host.log"
  check 'SNMP: the log has the drift' grep -q "a0 drifts from the baseline: rx-gro is 'off'" "$LAB_DIR/agentx-host.log"
  lab_snmp_stop
  tap_is "$LAB_STATUS" 0 'SNMP: it ends without error'
  offload a0 gro on
  cp "$LAB_DIR/first" "$file"
}

# ---- run ----------------------------------------------------------------------------------------------------------

test_record
test_drift
test_comings_and_goings
test_renamed
test_edited
test_damage
test_mutations
test_usage
test_check
test_collectd
test_snmp
tap_done
