# SPDX-License-Identifier: MIT
# What reading a capture file takes. data: as read.jq makes it.
set title 'CPU time for one capture file'
set ylabel 'seconds'
set style data histograms
set style fill solid 0.8
set grid ytics
set yrange [0:*]
set offsets 0, 0, graph 0.08, 0
unset key
plot data using 2:xtic(1), '' using 0:2:(sprintf('%.2f', $2)) with labels offset 0, 0.6
