#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 40
#
# Whether the bounds of method sample hold the truth as often as they say: real traffic of different mixes and rates on
# many links at once, each link and direction a window of its own. The truth is what the sending end's queue counted.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

LINKS=30 # up to 32 have a handle and a probability of their own
LEAST=300

to_peer=() to_host=() to_peer6=() # addresses

setup() {
  local i
  lab_host host && lab_host peer || return
  for ((i = 1; i <= LINKS; i++)); do
    lab_link host "c$i" peer "c$i" "$i" || return
    to_peer+=("$(lab_address "$i" 2)") to_peer6+=("$(lab_address "$i" 2 6)") to_host+=("$(lab_address "$i" 1)")
  done
  for i in host peer; do
    lab_spawn_in $i "crowd-$i" "$LAB_BIN/crowd" receive --limit 300
    lab_wait_log 5 "crowd-$i" '^listening' || return
  done
}

offload() { # HOST FEATURE on|off ...
  local i
  for ((i = 1; i <= LINKS; i++)); do lab_offload "$1" "c$i" "${@:2}" || return; done
}

# ---- one mix ------------------------------------------------------------------------------------------------------

still() {
  local seen=$LAB_SEEN
  LAB_SEEN=$(ip -n "$(lab_ns host)" -s link)
  [[ $LAB_SEEN == "$seen" ]]
}

is_complete() { jq -e .schema "$1" >/dev/null 2>&1; }

# report NAME: ends the check and waits for what it prints. To close many captures takes the kernel seconds, in which
# the next mix can begin.
report() {
  LAB_SEEN=
  lab_wait 5 "silence on all links" still || return
  lab_signal "${OBSERVE_PID[$1]}" INT
  lab_wait 10 "the report of $1" is_complete "$LAB_DIR/$1.json"
}

crowd() { # FROM LOG OPTION... ADDRESS...
  lab_spawn_in "$1" "$2" "$LAB_BIN/crowd" send --seconds 2 "${@:3}"
  sending+=("$LAB_PID")
}

# What a mix sends from the observed host and what to it.
out() { crowd host "$NAME-out" "$@" "${to_peer[@]}"; }
out6() { crowd host "$NAME-out" "$@" "${to_peer6[@]}"; }
into() { crowd peer "$NAME-in" "$@" "${to_host[@]}"; }

# mix NAME KNOWN SAMPLES COMMAND...: observes while the commands, with "and" between them, send. KNOWN: the directions in
# which all doubt is from sampling ("rx tx", "tx", "-"): where the segment size of every packet is known, and long ones
# were either drawn or cannot have passed undrawn.
mix() {
  local NAME=$1 known=$2 samples=$3 pid part
  local -a sending=() command=()
  shift 3
  observe_instruments host peer >"$LAB_DIR/$NAME.before"
  observe "$NAME" host --method sample --samples-per-interval "$samples" || return
  for part in "$@" and; do
    if [[ $part != and ]]; then
      command+=("$part")
    elif ((${#command[@]})); then
      "${command[@]}"
      command=()
    fi
  done
  for pid in "${sending[@]}"; do
    lab_reap "$pid" 30 || return
    [[ $LAB_STATUS == 0 ]] || { lab_fail "$NAME: $(cat "$LAB_DIR/$NAME"-*.log)"; return; }
  done
  report "$NAME" || return
  observe_instruments host peer >"$LAB_DIR/$NAME.after"
  windows "$NAME" "$known" >>"$LAB_DIR/windows"
}

# windows NAME KNOWN: one a line: NAME DIR, 1 if its segment sizes are known, truth, estimate and bounds of frames and
# then of octets. Only those with traffic that was drawn from.
windows() {
  jq -r '.interfaces[] | select(.name != "lo") | .name as $name | ("rx", "tx") as $dir | .[$dir] |
    [$name, $dir, (.wire | .frames, .low, .high, .octets, .octets_low, .octets_high)] | map(tostring) | join(" ")' \
    "$LAB_DIR/$1.json" |
    awk -v name="$1" -v known=" $2 " '
      FILENAME ~ /before$/ { before[$1] = $2; next }
      FILENAME ~ /after$/ { truth[$1] = $2 - before[$1]; next }
      {
        queue = ($2 == "tx" ? "host/" : "peer/") $1 ".queue"
        if (truth[queue] > 0 && $4 != $5)
          print name, $2, (index(known, " " $2 " ") ? 1 : 0), truth[queue], $3, $4, $5, truth[queue "_octets"], $6, $7, $8
      }' "$LAB_DIR/$1.before" "$LAB_DIR/$1.after" -
}

# ---- what came of them --------------------------------------------------------------------------------------------

table() {
  awk '
    { at = $1 " " $2; if (!(at in n)) order[++count] = at }
    {
      n[at]++; known[at] = $3; frames[at] += $4; width[at] += $7 == "null" ? 0 : ($7 - $6) / 2 / $4
      bias[at] += ($5 - $4) / $4; unbounded[at] += $7 == "null"
      below[at] += $4 < $6; above[at] += $7 != "null" && $4 > $7
      octets[at] += $8 >= $10 && ($11 == "null" || $8 <= $11)
    }
    END {
      printf "%-16s %-3s %-9s %7s %9s %7s %6s %6s %7s %9s %8s %9s\n", "mix", "dir", "doubt", "windows", "unbounded", \
        "covered", "below", "above", "octets", "frames", "bias", "width"
      for (i = 1; i <= count; i++) {
        at = order[i]; split(at, name, " ")
        printf "%-16s %-3s %-9s %7d %9d %7d %6d %6d %7d %9d %7.2f%% %8.1f%%\n", name[1], name[2], \
          known[at] ? "sampling" : "more", n[at], unbounded[at], n[at] - below[at] - above[at], below[at], \
          above[at], octets[at], frames[at] / n[at], 100 * bias[at] / n[at], 100 * width[at] / (n[at] - unbounded[at] + 1e-9)
      }
    }' "$LAB_DIR/windows"
}

# The largest number of n windows that a right estimator, which holds the truth in 94 % or more, misses less than once
# in so many runs.
readonly LIMIT='
  function limit(n, runs,    k, lf, sum) {
    for (k = 1; k <= n; k++) lf[k] = lf[k - 1] + log(k)
    for (k = 0; k <= n; k++) {
      sum += exp(lf[n] - lf[k] - lf[n - k] + k * log(0.94) + (n - k) * log(0.06))
      if (sum >= 1 / runs) return k
    }
    return n
  }
  function holds(truth, low, high) { return truth >= low && truth <= high }'

# share KNOWN frames|octets: windows with an upper bound, how many of them held the truth, how many must at least
share() {
  awk -v known="$1" -v at="$([[ $2 == octets ]] && echo 8 || echo 4)" "$LIMIT"'
    ($3 || !known) && $7 != "null" { n++; held += holds($at, $(at + 2), $(at + 3)) }
    END { print n + 0, held + 0, limit(n, 1000) }' "$LAB_DIR/windows"
}

judge() { # KNOWN frames|octets DESCRIPTION
  local n held limit
  read -r n held limit <<<"$(share "$1" "$2")"
  tap_ok $((held < limit || n == 0)) "$3: $2: $held of $n windows hold the truth, at least $limit must"
}

# Mixes and directions of which too few windows hold the truth, all of them together once in 1,000 runs.
failing() {
  awk "$LIMIT"'
    $7 != "null" { n[$1 " " $2]++; held[$1 " " $2] += holds($4, $6, $7) }
    END {
      for (at in n) rows++
      for (at in n) if (held[at] < limit(n[at], 1000 * rows)) print at ": " held[at] " of " n[at]
    }' "$LAB_DIR/windows"
}

# ---- all ----------------------------------------------------------------------------------------------------------

setup || exit 1
began=${EPOCHREALTIME/[.,]/}
status=0
run() { mix "$@" || status=1; }

# Samples an interval are so few that packets longer than a frame are drawn at random, too; where there are few or none
# of them, so many that all are, since bounds otherwise have room for some that passed unseen.
offload host gro off gso on tso on && offload peer gro off gso on tso on || exit 1
heavy=3000,3000,700,5000,3000,700,20000,3000,3000,64000
run heavy tx 400 out --rate 300 --sizes $heavy
run heavy-v6 tx 400 out6 --rate 300 --sizes $heavy
run small-segments tx 400 out --rate 300 --mss 536 --sizes 3000,3000,5000,3000,700,2000,3000,3000
run short-and-long tx 400 out --rate 150 --sizes 700,65536
# Packets that fit into a frame, and yet are cut like all others of their flow.
run short-but-cut tx 2000 out --rate 150 --mss 300 --sizes 700,700,20000,700,700,700,1200,700
run both-ways tx 400 out --rate 120 --sizes 3000,700,6000,64000 and into --rate 120 --sizes 6000,700,3000,9000
run requests 'tx rx' 2000 out --rate 1000 --sizes 700
run low-rate 'tx rx' 2000 out --rate 20 --sizes 3000,700,700,700,700,9000
run datagrams - 400 out --udp --rate 300 --sizes 3000,10000,2000 --segment 1000,300,1400,500

# What leaves is cut before the tap, what comes is cut and merged by the host.
offload host gro on gso off tso off && offload peer gro off gso off tso off || exit 1
run cut 'tx rx' 2000 out6 --rate 200 --sizes 3000,3000,700,20000
run merged - 400 into --rate 200 --sizes 3000,6000,9000,1000

tap_ok $status "all mixes were observed"
tap_ok $(($(wc -l <"$LAB_DIR/windows") < LEAST)) "there were at least $LEAST windows"
judge 1 frames "where segment sizes are known"
judge 1 octets "where segment sizes are known"
judge '' frames "all together"
judge '' octets "all together"
tap_is "$(failing)" "" "no mix and direction alone holds it in too few"
tap_diag "$(table)"
tap_diag "$(((${EPOCHREALTIME/[.,]/} - began) / 1000000)) s of traffic"
tap_done
