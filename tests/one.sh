# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# One test's run, and what its TAP tells. Sourced by run.sh.
#
#   run_test FILE     prints its results in words as they come; kept in passed, failures and skips
#
# Reads $seconds (the longest that it may take), $environment and $pipe, a FIFO of its own. $running is its process.

passed=0 failures=() skips=()
running=

# The state of the file that runs: what it planned and printed, and the output that no result has claimed yet.
name='' planned=0 has_plan='' results=0 in_failure='' gone=0 pending=()

# What a person calls it.
test_name() {
  local name=${1##*/}
  name=${name%.sh}
  echo "${name%_test}"
}

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
    take_skip "${description:-${BASH_REMATCH[2]}}${description:+: ${BASH_REMATCH[2]}}"
  elif [[ $state == ok ]]; then
    passed=$((passed + 1))
    echo "ok    $name: $description"
  else
    take_failure "$description"
    in_failure=1
  fi
  pending=()
}

take_skip() {
  skips+=("$name: $1")
  echo "skip  $name: $1"
}

take_failure() {
  failures+=("$name: $1")
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
      take_skip "${reason#SKIP }"
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
  local file=$1 line status began=$SECONDS
  name=$(test_name "$file") planned=0 has_plan='' results=0 in_failure='' gone=0 pending=()
  # A job, not a process substitution: of those bash keeps the status for ever, and tells it of the next process that
  # gets the same number. Default signals: what bash starts in the background ignores SIGINT, and no script below could
  # trap it again.
  # shellcheck disable=SC2154 # run.sh has set them
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
  judge_end "$status" $((SECONDS - began))
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
judge_end() { # STATUS TIME
  if (($2 >= seconds && ($1 == 124 || $1 == 137))); then
    take_failure "timed out after $seconds s"
  elif [[ -z $has_plan ]]; then
    take_failure "ended without a plan, with status $1"
  elif ((results != planned)); then
    take_failure "planned $planned results and printed $results, status $1"
  elif (($1 != 0 && ${#failures[@]} == 0)); then
    take_failure "ended with status $1 although no result failed"
  fi
}
