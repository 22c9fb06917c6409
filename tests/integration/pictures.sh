#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 35
#
# The pictures of README: that lab/pictures.sh makes them, of a few seconds here, that both lines are drawn, and that they
# show what was sent: 40 frames a write, which a receiver with GRO merges into one packet.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/graphite.sh
. "$root/lab/graphite.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

missing=''
for need in carbon-cache gunicorn rrdtool curl; do command -v $need >/dev/null || missing+=" $need"; done
[[ -e $LAB_BUILD/wiretruth.so ]] || missing+=' wiretruth.so'
if [[ $missing ]]; then
  tap_skip 'the pictures of README' "missing:$missing"
  tap_done
  exit
fi

drawn() { # FILE COLOUR AT-LEAST
  local width height pixels
  read -r width height pixels < <(lab_graphite_pixels "$dir/$1" "$2")
  ((pixels >= $3))
  tap_ok $? "$1: $pixels of $width x $height pixels are $2"
}

said=$("$root/lab/pictures.sh" "$dir" 12)
tap_ok $? 'pictures are made'
tap_diag "$said"
drawn graphite.png 37872d 1000
drawn graphite.png ff9830 1000
drawn rrd.png 37872d 300
drawn rrd.png fde8cf 50000
read -r on_wire on_capture off_wire off_capture < <(grep -oE '[0-9]+' <<<"$said" | paste -sd' ')
((on_wire > 0 && on_wire > 35 * on_capture && on_wire < 45 * on_capture))
tap_ok $? "with GRO on a packet stands for 40 frames"
((off_wire > 0 && off_wire == off_capture))
tap_ok $? "with GRO off for one"
for file in graphite.png rrd.png; do
  (($(stat -c %s "$root/docs/pictures/$file") < 60000))
  tap_ok $? "README's $file is small"
  tap_is "$(lab_graphite_pixels "$root/docs/pictures/$file" ffffff | cut -d' ' -f-2)" \
    "$(lab_graphite_pixels "$dir/$file" ffffff | cut -d' ' -f-2)" "README's $file has the size of one that is made"
done
tap_done
