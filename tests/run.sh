#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Runs the tests: every build/tests/unit/*_test and every tests/integration/*.sh but those that begin with _, or only
# those that are named (a path, or a name: "lab", "dissect"). Each speaks TAP on its standard output.
#
#   tests/run.sh [--jobs N] [--timeout SECONDS] [TEST]...
#
# Up to N files run side by side (by default as many as there are processors, at most 8), and each file's output is
# printed in one piece when it has ended. A line in a file tells the runner about it:
#
#   # seconds: 80      about how long it takes: the longest are started first. Of use from 20 on
#   # alone: REASON    it measures what other tests would disturb, and runs when they have ended
#   # beside: REASON   it mostly waits, or takes what the others leave of the processors: such files run one after the
#                      other from the start, beside the N. One that computes has to give itself a low priority
#
# The last line is "N passed, N failed", with ", N skipped" if there are any. Fails if a result failed or none passed.
set -u

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
# shellcheck source=tests/one.sh
. tests/one.sh
build=${B:-build}
seconds=600 # against what hangs: a busy machine may be ten times slower than one that has nothing else to do
jobs=$(nproc)
((jobs <= 8)) || jobs=8

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

# A unit test is a program and has no such lines.
hint() { # FILE KEY
  [[ $1 != *.sh ]] || sed -n "s/^# $2: //p;30q" "$1"
}

# Into together, beside and alone, the longest first.
order_tests() {
  local file time kind
  while read -r time kind file; do
    case $kind in
      together) together+=("$file") ;;
      beside) beside+=("$file") ;;
      alone) alone+=("$file") ;;
    esac
  done < <(
    for file in "${tests[@]}"; do
      kind=together time=$(hint "$file" seconds)
      [[ -z $(hint "$file" beside) ]] || kind=beside
      [[ -z $(hint "$file" alone) ]] || kind=alone
      echo "${time:-0} $kind $file"
    done | sort -s -k 1,1nr
  )
}

# ---- side by side -------------------------------------------------------------------------------------------------

# A test sees none of the caller's settings but where to build and write, and how sanitizers are to behave.
environment=("PATH=$PATH" "HOME=${HOME:-/}" LC_ALL=C CMOCKA_MESSAGE_OUTPUT=TAP)
for name in B TMPDIR ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS TSAN_OPTIONS; do
  [[ -z ${!name-} ]] || environment+=("$name=${!name}")
done

declare -A file_of=() # process -> the test that it runs
beside_pid=''         # that of a test beside the others, which has none of their places
total_passed=0 all_failures=() all_skips=() took=()

# In a process of its own: what it prints goes to $directory/PID.out, what came of it to PID.result.
work() { # FILE
  local began=${EPOCHREALTIME/[.,]/} mine=$directory/$BASHPID
  # timeout passes the signal on to all that the test runs; what it set up, it takes down.
  trap '' INT HUP # a terminal sends them to all of us, and the runner passes on what is meant
  trap 'trap "" TERM; [[ -z $running ]] || { kill -TERM "$running" 2>/dev/null; wait "$running"; }; exit 1' TERM
  pipe=$mine.pipe
  mkfifo "$pipe" || return
  run_test "$1"
  rm "$pipe"
  times >"$mine.times"
  {
    echo "passed $passed"
    ((${#failures[@]} == 0)) || printf 'failure %s\n' "${failures[@]}"
    ((${#skips[@]} == 0)) || printf 'skip %s\n' "${skips[@]}"
    echo "took $((${EPOCHREALTIME/[.,]/} - began)) $(processor_time "$mine.times") $name"
  } >"$mine.result"
}

# The second line that times prints: all that the shell has waited for, as "1m2.345s" of its own and of the kernel.
processor_time() { # FILE
  awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, part, /[ms]/); sum += part[1] * 60 + part[2] } }
    END { printf "%.0f\n", sum }' "$1"
}

# Where nothing runs beside it one sees it work.
start() { # FILE
  if ((jobs == 1)); then
    work "$1" &
  else
    { exec >"$directory/$BASHPID.out" 2>&1; work "$1"; } &
  fi
  file_of[$!]=$1
}

start_beside() {
  ((${#beside[@]})) || return 0
  start "${beside[0]}"
  beside_pid=$! beside=("${beside[@]:1}")
}

finish_one() {
  local pid='' all=("${!file_of[@]}")
  wait -n -p pid "${all[@]}"
  # Nothing that bash knows of any more: its status is of no use here.
  [[ ${pid-} ]] || pid=${all[0]}
  print_of "$pid"
  take "$pid"
  unset "file_of[$pid]"
  if [[ $pid == "$beside_pid" ]]; then
    beside_pid=''
    start_beside
  fi
}

print_of() { # PID
  [[ ! -e $directory/$1.out ]] || cat "$directory/$1.out"
  rm -f "$directory/$1.out"
}

take() { # PID
  local kind rest done=''
  [[ ! -e $directory/$1.result ]] ||
    while read -r kind rest; do
      case $kind in
        passed) total_passed=$((total_passed + rest)) ;;
        failure) all_failures+=("$rest") ;;
        skip) all_skips+=("$rest") ;;
        took) took+=("$rest") done=1 ;;
      esac
    done <"$directory/$1.result"
  [[ $done ]] || all_failures+=("$(test_name "${file_of[$1]}"): what ran it died")
}

run_all() { # FILE...
  local file
  for file; do
    while ((${#file_of[@]} - (${#beside_pid} > 0) >= jobs)); do finish_one; done
    start "$file"
  done
  while ((${#file_of[@]})); do finish_one; done
}

# What had come of those that ran is still worth reading.
interrupted() {
  local pid
  trap '' INT TERM HUP
  # shellcheck disable=SC2046
  kill -TERM $(jobs -pr) 2>/dev/null
  wait
  for pid in "${!file_of[@]}"; do print_of "$pid"; done
  exit "$1"
}

# ---- the end ------------------------------------------------------------------------------------------------------

list() { # TITLE LINE...
  (($# > 1)) || return
  echo
  echo "$1:"
  printf '  %s\n' "${@:2}"
}

longest() {
  ((${#took[@]} == 0)) || printf '%s\n' "${took[@]}" | sort -nr | head -n 12 |
    awk '{ printf "%4.0f s, %3d s of CPU: %s\n", $1 / 1e6, $2, $3 }'
}

summary() {
  local line="$total_passed passed, ${#all_failures[@]} failed" lines
  list skipped "${all_skips[@]}"
  list failed "${all_failures[@]}"
  mapfile -t lines < <(longest)
  list longest "${lines[@]}"
  echo
  ((${#all_skips[@]} == 0)) || line+=", ${#all_skips[@]} skipped"
  echo "$line"
}

# ---- all ----------------------------------------------------------------------------------------------------------

trap 'interrupted 129' HUP
trap 'interrupted 130' INT
trap 'interrupted 143' TERM

usage() {
  echo "run.sh: $1" >&2
  exit 2
}

tests=()
while (($#)); do
  case $1 in
    --timeout | --jobs)
      [[ ${2-} =~ ^[1-9][0-9]*$ ]] || usage "$1 needs a number from 1 on, not '${2-}'"
      if [[ $1 == --jobs ]]; then jobs=$2; else seconds=$2; fi
      shift
      ;;
    -*) usage "no option '$1'" ;;
    *)
      found=$(find_tests "$1") || exit 2
      mapfile -t -O "${#tests[@]}" tests <<<"$found"
      ;;
  esac
  shift
done
((${#tests[@]})) || mapfile -t tests < <(all_tests)

directory=$(mktemp -d) || exit
trap 'rm -rf "$directory"' EXIT

together=() beside=() alone=()
order_tests
((${#tests[@]} > 1)) || jobs=1
((jobs > 1)) || { together+=("${beside[@]}") beside=(); }
start_beside
run_all "${together[@]}"
jobs=1
run_all "${alone[@]}"
summary
((${#all_failures[@]} == 0 && total_passed > 0))
