#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs the tests: every build/tests/unit/*_test and every tests/integration/*.sh but those that begin with _, or only
# those that are named (a path, or a name: "lab", "dissect"). Each speaks TAP on its standard output.
#
#   tests/run.sh [--timeout SECONDS] [TEST]...
#
# The last line is "N passed, N failed", with ", N skipped" if there are any. Fails if a result failed or none passed.
set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
build=${B:-build}
seconds=300

passed=0 failed=0
skipped=()
running=

# ---- what to run --------------------------------------------------------------------------------------------------

all_tests() {
  local file
  for file in "$build"/tests/unit/*_test tests/integration/*.sh; do
    [[ -f $file && ${file##*/} != _* ]] && echo "$file"
  done
}

# A name stands for all tests that have it, a unit test and one in the lab; a path for itself.
find_tests() {
  local file found=''
  if [[ $1 == */* && -f $1 ]]; then
    echo "$1"
    return
  fi
  for file in $(all_tests); do
    if [[ $(test_name "$file") == "$1" ]]; then
      echo "$file"
      found=1
    fi
  done
  [[ -n $found ]] || { echo "run.sh: no test '$1'" >&2; return 1; }
}

# What a person calls it.
test_name() {
  local name=${1##*/}
  name=${name%.sh}
  echo "${name%_test}"
}

# ---- one test -----------------------------------------------------------------------------------------------------

# A test sees none of the caller's settings but where to build and write, and how sanitizers are to behave.
environment=("PATH=$PATH" "HOME=${HOME:-/}" LC_ALL=C CMOCKA_MESSAGE_OUTPUT=TAP)
for name in B TMPDIR ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS; do
  [[ -z ${!name-} ]] || environment+=("$name=${!name}")
done

# The state of the file that runs: what it planned and printed, and the output that no result has claimed yet.
name='' planned=0 has_plan='' results=0 file_failed=0 in_failure='' gone=0 pending=()

print_indented() {
  local line
  for line in "$@"; do printf '      %s\n' "$line"; done
}

take_result() {
  local state=$1 description=$2
  results=$((results + 1))
  in_failure=
  if [[ $description =~ ^(.*)'#'[[:blank:]]*[Ss][Kk][Ii][Pp][[:blank:]]*(.*)$ ]]; then
    # cmocka names a skipped test after the mark, and calls it not ok.
    description=${BASH_REMATCH[1]%"${BASH_REMATCH[1]##*[![:blank:]]}"}
    skipped+=("$name: ${description:-${BASH_REMATCH[2]}}${description:+: ${BASH_REMATCH[2]}}")
    echo "skip  ${skipped[-1]}"
  elif [[ $state == ok ]]; then
    passed=$((passed + 1))
    echo "ok    $name: $description"
  else
    take_failure "$description"
    in_failure=1
  fi
  pending=()
}

take_failure() {
  failed=$((failed + 1))
  file_failed=$((file_failed + 1))
  echo "FAIL  $name: $1"
  print_indented "${pending[@]}"
}

take_line() {
  local line=$1 reason
  if [[ $line =~ ^(ok|'not ok')([[:blank:]]+[0-9]+)?([[:blank:]]+-)?([[:blank:]]+(.*))?$ ]]; then
    take_result "${BASH_REMATCH[1]}" "${BASH_REMATCH[5]}"
  elif [[ $line =~ ^1\.\.([0-9]+)([[:blank:]]*'#'[[:blank:]]*(.*))?$ ]]; then
    # A program of several groups has several plans.
    planned=$((planned + BASH_REMATCH[1])) has_plan=1
    if [[ ${BASH_REMATCH[1]} == 0 ]]; then
      reason=${BASH_REMATCH[3]}
      skipped+=("$name: ${reason#SKIP }")
      echo "skip  ${skipped[-1]}"
    fi
  elif [[ $line == '# |'* ]]; then
    # A row of a table is there to be read, whatever came of it.
    echo "  ${line#\# }"
  elif [[ $in_failure && $line == '#'* ]]; then
    print_indented "$line"
  else
    in_failure=
    pending+=("$line")
  fi
}

run_test() {
  local file=$1 line status
  name=$(test_name "$file") planned=0 has_plan='' results=0 file_failed=0 in_failure='' gone=0 pending=()
  # A job, not a process substitution: of those bash keeps the status for ever, and tells it of the next process that
  # gets the same number. Default signals: what bash starts in the background ignores SIGINT, and no script below could
  # trap it again.
  env -i --default-signal "${environment[@]}" timeout --kill-after=15 "$seconds" "$file" >"$pipe" 2>&1 </dev/null &
  running=$!
  exec 3<"$pipe"
  # The end of output, or of the process: something that it left behind may hold the pipe open.
  while true; do
    line=
    if IFS= read -r -t 1 -u 3 line; then
      take_line "$line"
    elif (($? <= 128)); then
      [[ -n $line ]] && take_line "$line"
      break
    else
      partial "$line" || break
    fi
  done
  exec 3<&-
  wait "$running"
  status=$?
  running=
  judge_end "$status"
}

# A line may be cut by the time-out of read; the rest of it is read on. Ends when the process has.
partial() {
  local rest=
  if [[ -n $1 ]]; then
    IFS= read -r -t 5 -u 3 rest || true
    take_line "$1$rest"
    return 0
  fi
  kill -0 "$running" 2>/dev/null && return 0
  # What was killed with it may still be on its way out, on a busy machine.
  ((++gone < 3)) && return 0
  take_failure "left a process behind"
  # timeout made a group of its own, which the process is still in unless it meant to outlive us.
  kill -TERM -- "-$running" 2>/dev/null
  return 1
}

# What the results alone do not tell.
judge_end() {
  if (($1 == 124 || $1 == 137)); then
    take_failure "timed out after $seconds s"
  elif [[ -z $has_plan ]]; then
    take_failure "ended without a plan, with status $1"
  elif ((results != planned)); then
    take_failure "planned $planned results and printed $results, status $1"
  elif (($1 != 0 && file_failed == 0)); then
    take_failure "ended with status $1 although no result failed"
  fi
}

# ---- all ----------------------------------------------------------------------------------------------------------

# timeout passes the signal on to all that the test runs; what it set up, it takes down.
interrupted() {
  trap '' INT TERM HUP
  if [[ -n $running ]]; then
    kill -TERM "$running" 2>/dev/null
    wait "$running"
  fi
  exit "$1"
}
trap 'interrupted 129' HUP
trap 'interrupted 130' INT
trap 'interrupted 143' TERM

tests=()
while (($#)); do
  case $1 in
    --timeout)
      seconds=${2:?--timeout needs a number of seconds}
      shift
      ;;
    *)
      found=$(find_tests "$1") || exit 2
      mapfile -t -O "${#tests[@]}" tests <<<"$found"
      ;;
  esac
  shift
done
((${#tests[@]})) || mapfile -t tests <<<"$(all_tests)"

# What a test prints comes through it.
pipe_directory=$(mktemp -d) || exit
trap 'rm -rf "$pipe_directory"' EXIT
pipe=$pipe_directory/pipe
mkfifo "$pipe" || exit

for test in "${tests[@]}"; do run_test "$test"; done

if ((${#skipped[@]})); then
  echo
  echo 'skipped:'
  printf '  %s\n' "${skipped[@]}"
fi
echo
summary="$passed passed, $failed failed"
((${#skipped[@]} == 0)) || summary+=", ${#skipped[@]} skipped"
echo "$summary"
((failed == 0 && passed > 0))
