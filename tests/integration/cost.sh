#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 25
#
# What docs/sizing.md and the manual say that an interface costs is what lab/cost.sh measures, with real collectds and real
# stores: series and the files of whisper and RRD exactly, octets on the way within 5 %.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for program in carbon-cache influxd prometheus rrdtool tshark; do
  command -v $program >/dev/null || { echo "1..0 # SKIP no $program here"; exit 0; }
done
[[ -e ${B:-$root/build}/wiretruth.so ]] || { echo '1..0 # SKIP this build has no collectd plugin'; exit 0; }

# In the background, so that a signal is heard at once; what it set up, it takes down.
"$root/lab/cost.sh" >"$dir/measured" 2>"$dir/said" &
trap 'kill -TERM $!; wait; exit 1' INT TERM HUP
wait $!
tap_ok $? 'lab/cost.sh measures'
tap_diag "$(<"$dir/said")"

# The columns behind a group, of the table that begins with this line.
row() { # FILE TABLE GROUP
  awk -v table="$2" -v group="$3" '
    $0 == table { inside = 1; next }
    inside && ($0 == "" || $0 == "```") { exit }
    inside && index($0, group " ") == 1 { print substr($0, 21); exit }' "$1" | xargs
}

# Names are the same in both, and most of what is sent. Totals are not: one of them may have a digit more or less.
near() { # WANTED GOT PERCENT
  awk -v want="$1" -v got="$2" -v percent="$3" 'BEGIN {
    n = split(want, a, " "); m = split(got, b, " ")
    for (i = 1; i <= n; i++) if (b[i] < (1 - percent / 100) * a[i] || b[i] > (1 + percent / 100) * a[i]) bad = 1
    exit !(n == m && n > 1 && !bad) }'
}

manual() { sed -n '/^\.SS Groups and their cost/,/^\.TE/p' "$root/docs/collectd-wiretruth.5" | awk -F@ -v group="$1" '$1 == group { print $2, $3 }'; }

sizing=$root/docs/sizing.md
groups=(wire signals ratios octets offload hidden checksum application 'by default' all 'application, a host')
features=$(row "$dir/measured" SERIES offload)
for group in "${groups[@]}"; do
  # A kernel without some of the features has fewer values of this group.
  if [[ $group =~ ^(offload|all)$ && ${features%% *} != 24 ]]; then
    tap_skip "$group" "this kernel has ${features%% *} of the 24 features"
    continue
  fi
  want=$(row "$sizing" SERIES "$group")
  tap_is "$(row "$dir/measured" SERIES "$group")" "${want:-none}" "series and disk: $group"
  want=$(row "$sizing" 'OCTETS AN INTERVAL' "$group") got=$(row "$dir/measured" 'OCTETS AN INTERVAL' "$group")
  near "$want" "$got" 5
  tap_ok $? "octets an interval: $group"
  tap_diag "documented $want, measured $got"
done

# What is made up differs between the random numbers of one awk and another; they are given to a tenth of an octet.
for store in prometheus influxdb; do
  want=$(row "$sizing" 'OCTETS A VALUE ON DISK' $store) got=$(row "$dir/measured" 'OCTETS A VALUE ON DISK' $store)
  near "$want" "$got" 34
  tap_ok $? "octets a value on disk: $store"
  tap_diag "documented $want, measured $got"
done

# Series of Prometheus, by the manual: as many as here, or at most.
for group in "${groups[@]:0:8}"; do
  read -r usual most <<<"$(manual "$group")"
  read -r _ _ _ got _ <<<"$(row "$dir/measured" SERIES "$group")"
  ((got > 0 && got <= ${most:-0} && got <= ${usual:-0})) && [[ $group == hidden || $group == offload || $got == "$usual" ]]
  tap_ok $? "the manual's figure: $group"
  tap_diag "documented $usual, at most $most, measured $got"
done
tap_done
