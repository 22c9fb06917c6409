#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The harness itself: what it makes of tests that pass, fail, lie or die, and of several side by side.
# shellcheck disable=SC2016 # what is in quotes is expanded in the tests that are written here
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# judged SCRIPT STATUS LAST-LINE DESCRIPTION [PATTERN]: what run.sh makes of a test of that script
judged() {
  local output status
  printf '#!/bin/bash\n. tests/tap.sh\n%s\n' "$1" >"$dir/case.sh"
  chmod +x "$dir/case.sh"
  output=$(NO_COLOR=1 tests/run.sh --timeout 2 "$dir/case.sh" 2>&1)
  status=$?
  tap_is "$status, $(tail -n 1 <<<"$output")" "$2, $3" "$4"
  [[ -z ${5-} ]] || tap_is "$(grep -cxE -- "$5" <<<"$output")" 1 "$4: says so"
}

judged 'tap_ok 0 a; tap_is b b b; tap_done' 0 '2 passed, 0 failed' 'results that pass'
judged 'tap_ok 0 a; tap_is x y b; tap_done' 1 '1 passed, 1 failed' 'a result that fails' '      # want: y'
judged 'echo why >&2; tap_ok 1 a; tap_done' 1 '0 passed, 1 failed' 'output before a failure' '      why'
judged 'tap_ok 0 a; tap_skip b "no such kernel"; tap_done' 0 '1 passed, 0 failed, 1 skipped' 'a skipped result' \
  '  case: b: no such kernel'
judged 'echo "1..0 # SKIP nothing here"' 1 '0 passed, 0 failed, 1 skipped' 'nothing but skipped' '  case: nothing here'
judged 'echo "ok 1 - a"; echo "not ok 2 # SKIP b"; echo 1..2' 0 '1 passed, 0 failed, 1 skipped' 'skipped as cmocka has it'
judged 'tap_ok 0 a' 1 '1 passed, 1 failed' 'no plan' 'FAIL  case: ended without a plan, with status 0'
judged 'echo 1..3; tap_ok 0 a' 1 '1 passed, 1 failed' 'fewer results than planned' \
  'FAIL  case: planned 3 results and printed 1, status 0'
judged 'tap_ok 0 a; tap_done; exit 3' 1 '1 passed, 1 failed' 'a bad status without a failure' \
  'FAIL  case: ended with status 3 although no result failed'
judged 'tap_ok 0 a; kill -SEGV $$' 1 '1 passed, 1 failed' 'a crash'
judged 'tap_ok 0 a; sleep 20; tap_done' 1 '1 passed, 1 failed' 'a test that hangs' 'FAIL  case: timed out after 2 s'
judged 'tap_ok 0 a; tap_done; sleep 20 &' 1 '1 passed, 1 failed' 'a process left behind' \
  'FAIL  case: left a process behind'
judged 'tap_is "${NO_COLOR-unset} $LC_ALL" "unset C" a; trap "exit 9" INT; tap_ok $(($(trap | grep -c "exit 9") != 1)) b; tap_done' \
  0 '2 passed, 0 failed' 'a clean environment, and signals that can be trapped'

# ---- several side by side -----------------------------------------------------------------------------------------

# case_of NAME SCRIPT [HINT]: a test in $dir/NAME.sh; there $d is the directory in which they meet, and until_ waits
case_of() {
  printf '#!/bin/bash\n%s\n. tests/tap.sh\nd=%q\n%s\n%s\n' "${3-}" "$dir" \
    'until_() { local i; for ((i = 0; i < 1000; i++)); do "$@" && return; sleep 0.02; done; return 1; }' "$2" >"$dir/$1.sh"
  chmod +x "$dir/$1.sh"
}

# run_cases OPTIONS NAME...: into $output and $status
run_cases() {
  local name paths=()
  for name in "${@:2}"; do paths+=("$dir/$name.sh"); done
  # shellcheck disable=SC2086
  output=$(TMPDIR=$dir/tmp tests/run.sh $1 "${paths[@]}" 2>&1)
  status=$?
  tap_is "$(ls -A "$dir/tmp")" '' "$*: no file is left"
}

# The names of the tests in the order in which their results were printed, each as often as it has results.
printed() { sed -n 's/^\(ok   \|FAIL \|skip \) \([a-z]*\): .*/\2/p' <<<"$output" | paste -sd' '; }

mkdir "$dir/tmp"
# Each ends only when the other one runs, and they print by turns.
case_of left 'touch $d/l1; until_ test -e $d/r1; tap_ok $? a; touch $d/l2; until_ test -e $d/r2; tap_ok $? b; tap_done'
case_of right 'until_ test -e $d/l1; tap_ok $? a; touch $d/r1; until_ test -e $d/l2; tap_ok $? b; touch $d/r2; tap_done'
run_cases '--jobs 2' left right
tap_is "$status, $(tail -n 1 <<<"$output")" '0, 4 passed, 0 failed' 'two run at the same time'
tap_is "$(printed | tr ' ' '\n' | uniq | wc -l)" 2 'and the output of each is in one piece'

# Each counts who runs while it does.
count='touch $d/run.$$; tap_ok $(($(ls $d/run.* | wc -l) > 2)) few; sleep 0.2; rm $d/run.$$; tap_done'
for name in a b c d e; do case_of $name "$count"; done
run_cases '--jobs 2' a b c d e
tap_is "$status, $(tail -n 1 <<<"$output")" '0, 5 passed, 0 failed' 'no more than two at the same time'

for name in short middle long none last; do
  hint=
  case $name in short) hint='# seconds: 9' ;; middle) hint='# seconds: 30' ;; long) hint='# seconds: 100' ;; esac
  case_of $name 'tap_ok 0 a; tap_done' "$hint"
done
run_cases '--jobs 1' none short last middle long
tap_is "$(printed)" 'long middle short none last' 'the longest first, the others as they were given'
tap_is "$(grep -cE '^ +[0-9]+ s, +[0-9]+ s of CPU: (none|short|last|middle|long)$' <<<"$output")" 5 \
  'and how long each took is told'

case_of shy 'tap_ok $(($(ls $d/run.* 2>/dev/null | wc -l) > 0)) alone; tap_done' '# alone: it is shy'
run_cases '--jobs 2' shy a b c
tap_is "$status, $(printed | sed 's/.* //'), $(tail -n 1 <<<"$output")" '0, shy, 4 passed, 0 failed' \
  'one that has to be alone runs when the others have ended'

# Each of two beside the others waits for them to be through, and sees no other such test.
beside='until_ test -e $d/r2; tap_ok $? a; tap_ok $(($(ls $d/beside.* 2>/dev/null | wc -l))) b; touch $d/beside.$$
  sleep 0.2; rm $d/beside.$$; tap_done'
for name in river bank; do case_of $name "$beside" '# beside: it has time'; done
rm -f "$dir"/[lr][12]
run_cases '--jobs 2' river bank left right shy
tap_is "$status, $(printed | sed 's/.* //'), $(tail -n 1 <<<"$output")" '0, shy, 9 passed, 0 failed' \
  'those beside the others take no place of theirs, and run one at a time, before what has to be alone'
run_cases '--jobs 1' river a
tap_is "$status, $(printed)" '0, a river river' 'with one job nothing is beside it'

case_of bad 'tap_ok 0 a; tap_is 1 2 b; tap_skip c "no such thing"; tap_done'
case_of slow 'tap_ok 0 a; sleep 20; tap_done'
case_of dead 'tap_ok 0 a; kill -KILL $PPID'
case_of lost 'tap_ok 0 a; kill -KILL $(ps -o ppid= -p $PPID)'
run_cases '--jobs 3 --timeout 3' bad a slow dead lost b
tap_is "$status, $(tail -n 1 <<<"$output")" '1, 5 passed, 4 failed, 1 skipped' 'some that fail among several'
for name in 'bad: b' 'slow: timed out after 3 s' 'dead: ended without a plan, with status 137' \
  'lost: what ran it died'; do
  tap_is "$(grep -cxF "  $name" <<<"$output")" 1 "they are listed: $name"
done

# ---- interrupted --------------------------------------------------------------------------------------------------

# Each has a child and something to take down, and says that it did.
for name in one two three; do
  case_of $name "trap 'kill %1; wait; touch \$d/$name.down; exit 1' TERM; sleep 60 & tap_ok 0 up; touch \$d/$name.up; wait; tap_done"
done
are_up() { (($(cat "$dir"/tmp/*/*.out 2>/dev/null | grep -c ': up$') == 2)); }
poll() { local i; for ((i = 0; i < 1000; i++)); do "$@" && return; sleep 0.02; done; return 1; }

# interrupt SIGNAL STATUS: as a terminal does it, to the whole group
interrupt() {
  local pid status
  rm -f "$dir"/*.up "$dir"/*.down
  TMPDIR=$dir/tmp setsid env --default-signal tests/run.sh --jobs 2 "$dir"/{one,two,three}.sh >"$dir/said" 2>&1 &
  pid=$!
  poll are_up
  kill "-$1" -- "-$pid"
  wait "$pid"
  status=$?
  tap_is "$status $(cd "$dir" && echo *.up *.down)" "$2 one.up two.up one.down two.down" "$1: all that ran are ended, and no other is begun"
  tap_is "$(ls -A "$dir/tmp")$(pgrep -f "$dir/(one|two|three).sh")" '' "$1: no file and no process is left"
  tap_is "$(grep -c '^ok    \(one\|two\): up$' "$dir/said")" 2 "$1: what they had said is printed"
}
interrupt INT 130
interrupt TERM 143
interrupt HUP 129

# Where one runs alone, its lines come as it prints them.
case_of live "tap_ok 0 a; until_ grep -q '^ok    live: a' \$d/live; tap_ok \$? b; tap_done"
tests/run.sh "$dir/live.sh" >"$dir/live" 2>&1
tap_is "$?" 0 'the lines of a test that is alone come as it prints them'

# ---- usage --------------------------------------------------------------------------------------------------------

usage() { # ARGUMENT...
  tests/run.sh "$@" >/dev/null 2>&1
  tap_is $? 2 "usage: $*"
}
usage no-such-test
usage --jobs 0 harness
usage --jobs
usage --timeout x harness
usage --job 2 harness
tap_done
