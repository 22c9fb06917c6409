# SPDX-License-Identifier: MIT
# Errors of sample and auto against exact, each with what its bounds allow. data: as accuracy.jq makes it.
stats data using 1 nooutput
set title 'Error against exact; lines: half of what is between the bounds'
set xlabel 'frames a second'
set ylabel '% (of 0.001 and less: drawn at 0.001)'
set logscale xy
set format x '10^{%T}'
set yrange [0.0008:10000]
set grid
set key outside right
at_least(v) = v < 0.001 ? 0.001 : v
plot for [i = 0:STATS_blocks - 1] data index i using 1:(at_least($2)) with points pointtype (5 + 2 * (i % 2)) pointsize 0.8 \
    linecolor i + 1 title columnheader(1), \
  for [i = 0:STATS_blocks - 1] data index i using 1:(at_least($3)) with lines linecolor i + 1 dashtype 2 notitle
