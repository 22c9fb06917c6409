#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 240
# beside: it fills processors that have nothing else to do
#
# Every fuzz target (tests/fuzz): what its corpus has, made of real traffic and real answers, what was found before, and
# half a minute of new inputs; a quarter for what nobody but the administrator or the caller writes. Longer, and one alone:
#
#   make fuzz SECONDS=600 TARGET=dissect
set -u
renice -n 10 -p $$ >/dev/null
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

can_fuzz() {
  echo 'int LLVMFuzzerTestOneInput(const char *data, unsigned long size) { return !data && size; }' |
    clang -fsanitize=fuzzer,address,undefined -x c -o /dev/null - 2>/dev/null
}

if ! can_fuzz; then
  echo "1..0 # SKIP no clang with libFuzzer here"
  exit
fi
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT

make --no-print-directory -j2 fuzz-build >"$said" 2>&1
tap_ok $? "built"
((TAP_FAILED == 0)) || { tap_diag "$(tail -n 20 "$said")"; tap_done; exit 1; }
# An input is slow, and no timer's fault, where the process gets no time.
FUZZ_JOBS=2 FUZZ_LONGEST=100 FUZZ_HALF="arguments block url" tests/fuzz/run.sh "${FUZZ_SECONDS:-30}" >"$said" 2>&1 &
trap 'kill $! 2>/dev/null; rm -f "$said"; exit 1' INT TERM HUP
wait $!
while read -r line; do
  case $line in
    'ok '*) tap_ok 0 "${line#ok }" ;;
    'not ok '*) tap_ok 1 "${line#not ok }" ;;
    *) tap_diag "$line" ;;
  esac
done <"$said"
tap_is "$((TAP_COUNT - 1))" "$(find tests/fuzz -name '*_fuzz.c' | wc -l)" "every target was run"
tap_done
