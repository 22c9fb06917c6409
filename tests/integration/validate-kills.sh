#!/bin/bash
# SPDX-License-Identifier: MIT
#
# `wiretruth validate` killed at random moments, alone and together with its guard, and with each of its readings failing
# in turn: what is left off is put back, and `ethtool -k` says what it said before. tests/integration/validate.sh has the
# moments that matter, one by one.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_validate.sh
. "$root/tests/integration/_validate.sh"
validate_lab || exit 1
remember left val0

none_left() { # no command and no guard in left
  local process
  for process in $(ip netns pids "$(lab_ns left)"); do
    [[ $(readlink "/proc/$process/exe") != "$LAB_BUILD/wiretruth" ]] || return
  done
}

# clean [PATTERN]: as it was, and no such file left
clean() { [[ $(features left val0) == "$before" && -z $(find "$state" -name "${1:-*.record}") ]]; }

# killed guard|nobody: a run is killed somewhere between its start and its end; with guard, that as well
killed() {
  local victims
  start left --duration 0.2 --yes val0
  sleep "0.$(printf '%03d' $((RANDOM % 700)))"
  victims=$pid
  [[ $1 == nobody ]] || victims+=" $(pgrep -P "$pid" | paste -sd' ')"
  # shellcheck disable=SC2086 # pids are words
  kill -KILL $victims 2>/dev/null
  finish 2>/dev/null
  lab_wait 10 'the end of all of it' none_left
}

wrong='' acted=0 moments=20
for ((i = 0; i < moments; i++)); do
  killed nobody
  clean '*.record*' || wrong+="$(ls "$state"): $err; "
  has "$err" 'its guard acts' && acted=$((acted + 1))
done
tap_is "$wrong" '' "killed at $moments random moments: as before, and nothing is left"
((acted > 0))
tap_ok $? "the guard had to act in some of them"
tap_diag "in $acted"

wrong='' left_off=0
for ((i = 0; i < moments; i++)); do
  killed guard
  [[ $(features left val0) == "$before" ]] || left_off=$((left_off + 1))
  run left --restore
  [[ $status == 0 ]] && clean || wrong+="$status $(ls "$state"): $err; "
done
tap_is "$wrong" '' "killed with its guard at $moments random moments: as before once --restore has run, and nothing is left"
((left_off > 0))
tap_ok $? "something was left off in some of them"
tap_diag "in $left_off"

# ---- errors -------------------------------------------------------------------------------------------------------

# One fault on each of the occasions that a run has: they are over when three runs in a row do not meet it.
failing() { # FAULT
  local occasion calm=0
  wrong='' failed=0 late=0 doubted=0
  for ((occasion = 1; occasion < 40 && calm < 3; occasion++)); do
    validate=("${command[@]}" env "FAULT=$1=12@$occasion-$occasion" "LD_PRELOAD=$(lab_preload "$LAB_DIR/fault.so")" "$LAB_BUILD/wiretruth" validate)
    run left --duration 0.1 --yes val0
    lab_wait 10 'the end of the guard' none_left
    clean || wrong+="$occasion: $status $err; "
    calm=$((calm + 1))
    ! has "$err" 'Cannot allocate memory' && ! has "$err" 'Out of memory' && [[ $status == 0 ]] && continue
    calm=0 failed=$((failed + 1))
    [[ $status == 3 ]] && has "$err" 'whether the offloads stayed off is not known' && doubted=$((doubted + 1))
    ! has "$err" 'turned off: ' || late=$((late + 1))
  done
  validate=("${command[@]}" "$LAB_BUILD/wiretruth" validate)
  run left --restore
}

if "${CC:-gcc}" -shared -fPIC -O2 -D_GNU_SOURCE -o "$LAB_DIR/fault.so" "$root/tests/integration/_fault.c" -ldl; then
  for fault in links features genl; do
    failing $fault
    tap_is "$wrong" '' "$fault fails once, on any occasion: as before, and nothing is left"
    ((failed > 1))
    tap_ok $? "$fault: the fault was met on more than one occasion"
    tap_diag "$failed; in $late with offloads turned off"
    [[ $fault != features ]] || tap_is "$doubted" 1 'without knowing whether the offloads stayed off there is no conclusion'
  done
else
  tap_skip 'each reading fails in turn' 'the library of faults cannot be built'
fi
tap_done
