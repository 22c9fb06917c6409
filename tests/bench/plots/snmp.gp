# SPDX-License-Identifier: MIT
# Ratios of reading tables by SNMP. data: as snmp.jq makes it.
set title "Reading by SNMP: CPU time of wiretruth's table to the peer's" offset -18
set xlabel 'ratio (1: the same)'
set grid xtics
set xrange [0:*]
set yrange [-0.7:*] reverse
set offsets 0, 0, 0.5, 0.5
set lmargin at screen 0.62
set ytics font ',10'
unset key
set arrow from 1, graph 0 to 1, graph 1 nohead dashtype 2
plot data using 3:0:4:5:ytic(sprintf('%s, %d', stringcolumn(1), $2)) with xerrorbars linewidth 2 pointtype 7
