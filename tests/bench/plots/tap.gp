# SPDX-License-Identifier: MIT
# What counting every packet costs, beside tcpdump. data: as tap.jq makes it.
set title 'CPU time a frame above that without a tap'
set ylabel 'nanoseconds'
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.8
set grid ytics
set xtics rotate by -20
set key top right
plot data using 2:xtic(1) title columnheader(2), '' using 3 title columnheader(3)
