#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Fuzzes what `make fuzz` has built:
#
#   tests/fuzz/run.sh SECONDS [TARGET]...
#
# Each target first takes its regressions and its corpus, each input once, and then inputs of libFuzzer's own making for
# so many seconds, 0 being none. What runs through something new stays in build/fuzz/corpus/TARGET for the next run, and
# an input that fails in build/fuzz/found. That is a crash, what a sanitizer or an oracle says, a leak, an input that
# takes longer than FUZZ_LONGEST seconds, one allocation of more than FUZZ_MALLOC MB, or more than FUZZ_MEMORY MB in all.
# FUZZ_JOBS of them run side by side, and those that FUZZ_HALF names for half of the time. A target that gets through has a line "ok TARGET: FIGURES", another one "not ok".
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

: "${FUZZ_LONGEST:=10}" "${FUZZ_MALLOC:=64}" "${FUZZ_MEMORY:=1024}" "${FUZZ_JOBS:=1}" "${FUZZ_HALF:=}"
build=build/fuzz
seconds=${1:?seconds for each target}
shift

targets=("$@")
((${#targets[@]})) || for file in tests/fuzz/*_fuzz.c; do
  file=${file##*/} file=${file%_fuzz.c}
  [[ ! -x $build/$file ]] || targets+=("$file")
done

# Freed memory is watched for a while, which is most of what a target takes.
export ASAN_OPTIONS=quarantine_size_mb=32:allocator_may_return_null=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export UBSAN_OPTIONS=print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}

fuzz() { # TARGET
  local target=$1 grown=$build/corpus/$1 time=$seconds directory inputs=() corpus=() options=()
  mkdir -p "$grown" "$build/found"
  options=(-timeout="$FUZZ_LONGEST" -malloc_limit_mb="$FUZZ_MALLOC" -rss_limit_mb="$FUZZ_MEMORY"
    -artifact_prefix="$build/found/$target-")
  for directory in tests/fuzz/{regressions,corpus}/"$target"; do
    [[ ! -d $directory ]] || { inputs+=("$directory"/*) corpus+=("$directory"); }
  done
  ((${#inputs[@]} == 0)) || "$build/$target" "${options[@]}" "${inputs[@]}" || return
  ((seconds == 0)) && return
  [[ " $FUZZ_HALF " != *" $target "* ]] || time=$(((seconds + 1) / 2))
  [[ ! -f tests/fuzz/$target.dict ]] || options+=(-dict="tests/fuzz/$target.dict")
  "$build/$target" "${options[@]}" -max_total_time="$time" -print_final_stats=1 "$grown" "${corpus[@]}"
}

# What one reads of a run: executions, and the edges and features that were covered.
figures() { # TARGET
  awk '/ cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1); if ($i == "ft:") ft = $(i + 1) } }
    /^Executed / { given++ } /stat::number_of_executed_units/ { units = $2 }
    END { printf "%d given inputs, %d executions, %d edges, %d features\n", given, units, cov, ft }' "$build/$1.log"
}

one() { # TARGET
  if fuzz "$1" >"$build/$1.log" 2>&1; then
    echo "ok $1: $(figures "$1")"
    return
  fi
  echo "not ok $1: see $build/$1.log"
  grep -aE '^(==[0-9]+== *ERROR|SUMMARY)|does not hold|runtime error|Test unit written' "$build/$1.log"
  return 1
}

failed=0 running=0
for target in "${targets[@]}"; do
  ((running < FUZZ_JOBS)) || { wait -n || failed=1; running=$((running - 1)); }
  one "$target" &
  running=$((running + 1))
done
while ((running--)); do wait -n || failed=1; done
exit $failed
