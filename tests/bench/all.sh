#!/bin/bash
# SPDX-License-Identifier: MIT
#
# All rows of the bench, in one run: prints one table, and writes what was measured as one JSON document and as plots.
#
#   tests/bench/all.sh [--quick] [--doc] [ROW...]
#
#   --quick   fewer rounds of less, in less than three minutes
#   --doc     to docs/bench/, and the table of docs/benchmarks.md with it; without it to build/bench/run/
#
# Rows are poll, tap, memory, snmp, collectd, read and accuracy. The document has the machine, the versions of all that was
# compared, and every sample; what is put up against what is in the rows' own scripts.
set -u -o pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${here%/*/*}
build=${B:-$root/build}
[[ $build == /* ]] || build=$root/$build
# shellcheck source=tests/bench/document.sh
. "$here/document.sh"

options=() doc='' rows=()
for argument in "$@"; do
  case $argument in
    --quick) options+=(--quick) ;;
    --doc) doc=yes ;;
    *)
      [[ -x $here/$argument.sh && ! $argument =~ ^(all|bench|document)$ ]] || { sed -n 's/^#   tests/usage: tests/p' "$0" >&2; exit 2; }
      rows+=("$argument")
      ;;
  esac
done
((${#rows[@]})) || rows=(poll tap memory snmp collectd read accuracy)
out=$build/bench/run
[[ -z $doc ]] || out=$root/docs/bench
mkdir -p "$out" || exit

samples=$(mktemp) || exit
trap 'rm -f "$samples"' EXIT
status=0
for row in "${rows[@]}"; do
  # In the background, so that a signal is heard at once; the row takes down what it set up.
  "$here/$row.sh" ${options[@]+"${options[@]}"} --out "$samples" >/dev/null &
  trap 'kill -TERM $!; wait; rm -f "$samples"; exit 130' INT TERM HUP
  wait $! || { status=1; echo "bench: $row has not been measured" >&2; }
done
document "$samples" "${options[*]-}" >"$out/bench.json" && plots "$out/bench.json" "$out" || exit
table text "$out/bench.json"
[[ -z $doc ]] || into_page "$out/bench.json" "$root/docs/benchmarks.md" || exit
echo "JSON and plots are in ${out#"$root/"}" >&2
exit $status
