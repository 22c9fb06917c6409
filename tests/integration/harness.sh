#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The harness itself: what it makes of tests that pass, fail, lie or die.
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
# shellcheck disable=SC2016
judged 'tap_is "${NO_COLOR-unset} $LC_ALL" "unset C" a; trap "exit 9" INT; tap_ok $(($(trap | grep -c "exit 9") != 1)) b; tap_done' \
  0 '2 passed, 0 failed' 'a clean environment, and signals that can be trapped'
tests/run.sh no-such-test >/dev/null 2>&1
tap_is $? 2 'a test that does not exist'
tap_done
