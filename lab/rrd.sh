# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# RRD files that collectd's rrdtool plugin made, and what rrdtool reads in them. Source it after lab.sh. No process is
# started: DIRECTORY is that of an interface, DATADIR/HOST/wiretruth-IFACE, ID an identity such as if_packets-wire.
#
#   lab_rrd_total DIRECTORY ID DS   the integral of all that it knows: of a DERIVE, what was counted
#   lab_rrd_last DIRECTORY ID DS    the newest known value
#   lab_rrd_info DIRECTORY ID       its data sources as types.db has them, "rx:DERIVE:0:U, tx:DERIVE:0:U"; and its step
#   lab_rrd_graph DIRECTORY rx|tx PICTURE [START [END [WIDTH HEIGHT]]]   dist/collectd/rrd-graph.sh; prints WIDTHxHEIGHT
#   lab_png_size PICTURE            WIDTHxHEIGHT by the file itself

# Time and value of each row that is known.
lab_rrd_rows() { # DIRECTORY ID DS
  local file=$1/$2.rrd info
  info=$(rrdtool info "$file") || return
  # From before the first row on: what is not in the finest archive is not asked of it.
  rrdtool fetch "$file" AVERAGE -r "$(sed -n 's/^step = //p' <<<"$info")" -s end-3000s \
    -e "$(sed -n 's/^last_update = //p' <<<"$info")" | awk -v ds="$3" '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == ds) column = i + 1; next }
    NF > 1 && $column !~ /nan/ { sub(":", "", $1); print $1, $column }'
}

# RRD has rates: one that was known for one step stands for step times as much.
lab_rrd_total() { # DIRECTORY ID DS
  local step
  step=$(rrdtool info "$1/$2.rrd" | sed -n 's/^step = //p') || return
  lab_rrd_rows "$@" | awk -v step="$step" '{ sum += $2 * step; rows++ } END { if (rows) printf "%.3f\n", sum; exit !rows }'
}

lab_rrd_last() { # DIRECTORY ID DS
  lab_rrd_rows "$@" | awk 'END { if (NR) printf "%.6g\n", $2; exit !NR }'
}

lab_rrd_info() { # DIRECTORY ID
  rrdtool info "$1/$2.rrd" | awk -F' = ' '
    function limit(value) { return value == "NaN" ? "U" : value + 0 }
    $1 == "step" { step = $2 }
    match($1, /^ds\[[a-z]+\]/) {
      name = substr($1, 4, RLENGTH - 4)
      key = substr($1, RLENGTH + 2)
      if (key == "index") order[$2] = name
      gsub("\"", "", $2)
      value[name, key] = $2
    }
    END {
      for (i = 0; i in order; i++)
        line = line (i ? ", " : "") order[i] ":" value[order[i], "type"] ":" limit(value[order[i], "min"]) ":" limit(value[order[i], "max"])
      print line "; step " step
    }'
}

lab_rrd_graph() { sh "$LAB_ROOT/dist/collectd/rrd-graph.sh" "$@"; }

# The first chunk of a PNG is its header: width and height, most significant octet first.
lab_png_size() { # PICTURE
  local -a octet
  [[ $(head -c 4 "$1" | tail -c 3) == PNG ]] || { lab_fail "$1 is no PNG"; return; }
  read -ra octet < <(od -An -tu1 -j16 -N8 "$1")
  echo "$((octet[2] * 256 + octet[3]))x$((octet[6] * 256 + octet[7]))"
}
