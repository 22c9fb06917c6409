# SPDX-License-Identifier: MIT
# Memory of processes with and without wiretruth. data: as memory.jq makes it.
set title 'Memory of a process (Pss\_Anon)'
set ylabel 'MiB'
set style data histograms
set style fill solid 0.8
set grid ytics
set xtics rotate by -20
set yrange [0:*]
set offsets 0, 0, graph 0.08, 0
unset key
plot data using 2:xtic(1), '' using 0:2:(sprintf('%.1f', $2)) with labels offset 0, 0.6
