# SPDX-License-Identifier: MIT
# What one poll costs, by the number of interfaces. data: as poll.jq makes it.
stats data using 1 nooutput
set title 'CPU time of one poll, everything read'
set xlabel 'interfaces'
set ylabel 'CPU time, ms'
set logscale xy
set format x '%.0f'
set format y '%g'
set grid
set key top left
plot for [i = 0:STATS_blocks - 1] data index i using 1:($2 / 1000):($3 / 1000):($4 / 1000) \
  with yerrorlines linewidth (i < 2 ? 3 : 1.5) pointtype 7 pointsize 0.6 title columnheader(1) noenhanced
