# SPDX-License-Identifier: MIT
# What both agents take while the soak goes on. data: its soak.tsv (second, name, KiB, descriptors, threads).
set title 'Mixed load: what collectd with the plugin and the subagent take'
set xlabel 'minutes'
set ylabel 'KiB (RssAnon)'
set y2label 'descriptors, threads'
set xrange [0:*]
set yrange [0:*]
set y2range [0:400]
set ytics nomirror
set y2tics
set grid
set key below maxrows 2 samplen 1
plot for [name in 'collectd subagent'] data using ($1 / 60):(strcol(2) eq name ? $3 : NaN) with points pointtype 7 \
       pointsize 0.4 title name.', KiB', \
     for [name in 'collectd subagent'] data using ($1 / 60):(strcol(2) eq name ? $4 : NaN) axes x1y2 with points \
       pointtype 5 pointsize 0.4 title name.', descriptors', \
     for [name in 'collectd subagent'] data using ($1 / 60):(strcol(2) eq name ? $5 : NaN) axes x1y2 with points \
       pointtype 9 pointsize 0.4 title name.', threads'
