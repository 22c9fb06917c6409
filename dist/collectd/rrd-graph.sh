#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Draws what collectd's rrdtool plugin has of one interface and direction: the frames on the wire, how many of them a
# capture shows, and what the interface's counter says.
#
#   sh rrd-graph.sh DIRECTORY rx|tx PICTURE.png [START [END [WIDTH HEIGHT]]]
#
# DIRECTORY is that of the interface: /var/lib/collectd/rrd/HOST/wiretruth-eth0. START and END as rrdtool has them, by
# default the last six hours. Values that still wait in collectd's cache are not in it.
set -eu

[ $# -ge 3 ] || { sed -n 's/^#   sh /usage: sh /p' "$0" >&2; exit 2; }
directory=$1 ds=$2 picture=$3 start=${4:--6h} end=${5:-now} width=${6:-1000} height=${7:-420}
name=${directory%/}
name=${name##*/wiretruth-}
case $ds in
  rx) direction=receive ;;
  tx) direction=transmit ;;
  *) echo "rrd-graph.sh: the direction is rx or tx, not $ds" >&2; exit 2 ;;
esac

# In a DEF, a colon in a path would end it.
file() { printf '%s/if_packets-%s.rrd' "$directory" "$1" | sed 's/:/\\:/g'; }

for signal in wire capture counter; do
  [ -r "$directory/if_packets-$signal.rrd" ] || { echo "rrd-graph.sh: no $directory/if_packets-$signal.rrd" >&2; exit 1; }
done

# Frames of the whole time, and shares of them: totals are VDEFs, which a CDEF takes as constants. What over-reports hides
# nothing.
set -- --start "$start" --end "$end" \
  "DEF:wire=$(file wire):$ds:AVERAGE" "DEF:capture=$(file capture):$ds:AVERAGE" "DEF:counter=$(file counter):$ds:AVERAGE" \
  'VDEF:wires=wire,TOTAL' 'VDEF:captures=capture,TOTAL' 'VDEF:counters=counter,TOTAL' \
  'CDEF:capture_share=wire,POP,captures,100,*,wires,/' 'VDEF:capture_of=capture_share,MAXIMUM' \
  'CDEF:counter_share=wire,POP,counters,100,*,wires,/' 'VDEF:counter_of=counter_share,MAXIMUM' \
  'CDEF:unseen=wire,capture,-,0,MAX'

# The picture is not drawn for this: /dev/null stays as it is. Its size is the first line.
shares=$(rrdtool graph /dev/null "$@" PRINT:capture_of:%.1lf PRINT:counter_of:%.1lf | sed 1d | paste -sd' ' -)
case $shares in
  *nan*) title="$name $direction: nothing is known of this time" ;;
  *) title="$name $direction: of 100 frames on the wire a capture shows ${shares% *}, the counter ${shares#* }" ;;
esac

exec rrdtool graph "$picture" --imgformat PNG --full-size-mode --width "$width" --height "$height" --lower-limit 0 \
  --slope-mode --units=si --title "$title" --vertical-label 'frames a second' "$@" \
  --color BACK#ffffff --color SHADEA#ffffff --color SHADEB#ffffff --color CANVAS#ffffff --color GRID#ececec \
  --color MGRID#d0d0d0 --font TITLE:14:DejaVuSans --font AXIS:10:DejaVuSans --font UNIT:10:DejaVuSans \
  --font LEGEND:10:DejaVuSansMono --font WATERMARK:1:DejaVuSans \
  AREA:capture#ff9830 "AREA:unseen#fde8cf::STACK" \
  'LINE5:wire#37872d: on the wire' 'GPRINT:wires:                               %10.0lf frames\l' \
  "LINE1.5:counter#1f60c4: the interface's counter says" 'GPRINT:counters:              %10.0lf\l' \
  'LINE1:capture#ff9830: a capture (tcpdump) shows' 'GPRINT:captures:                 %10.0lf packets\l' \
  'LINE1:capture#fde8cf: frames that a capture does not show\l'
