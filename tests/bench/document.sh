# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The document that a run of the bench comes to, and what is made of it. Sourced.
#
#   document SAMPLES OPTIONS     JSON, of the lines that the rows wrote
#   table text|markdown JSON     what was put up against what
#   plots JSON DIRECTORY         SVG and PNG of each plot of plots/ that there are samples for
#   into_page JSON PAGE          the table and the machine into a page, between its two pairs of marks

BENCH_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# ---- JSON -------------------------------------------------------------------------------------------------------------

machine() {
  jq -n --arg cpu "$(sed -n 's/^model name[[:blank:]]*: //p' /proc/cpuinfo | head -n 1)" --arg cpus "$(nproc)" \
    --arg memory "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)" --arg kernel "$(uname -r | cut -d- -f1)" --arg arch "$(uname -m)" \
    --arg virtual "$(grep -qw hypervisor /proc/cpuinfo && echo "virtual machine")" --arg load "$(cut -d' ' -f2 /proc/loadavg)" \
    --arg system "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)" \
    '{cpu: $cpu, cpus: ($cpus | tonumber), memory_kib: ($memory | tonumber), kernel: $kernel, architecture: $arch,
      virtualisation: $virtual, system: $system, load: ($load | tonumber)}'
}

versions() {
  dpkg-query -W -f '${Package} ${Version}\n' collectd-core prometheus-node-exporter ethtool iproute2 tcpdump wireshark-common tshark \
    snmpd libsnmp40 libpcap0.8 libbpf1 2>/dev/null | awk -v ours="$(git -C "$BENCH_HERE" describe --always --dirty 2>/dev/null)" '
    { printf "%s %s\n", $1, $2 } END { if (ours) print "wiretruth", ours }' |
    jq -R -s 'split("\n") | map(select(. != "") | split(" ") | {(.[0]): .[1]}) | add'
}

document() { # SAMPLES OPTIONS
  jq -s -L "$BENCH_HERE" --arg options "$2" --arg date "$(date -u +%F)" --argjson machine "$(machine)" \
    --argjson versions "$(versions)" 'include "report";
    {options: $options, date: $date, machine: $machine, versions: $versions,
     samples: map(select(.sample) | del(.sample)), targets: map(select(.target) | del(.target))} | .results = results' "$1"
}

table() { jq -r -L "$BENCH_HERE" "include \"report\"; .results | $1" "$2"; } # text|markdown JSON

# ---- plots ------------------------------------------------------------------------------------------------------------

# plot PLOT DATA FILE TERMINAL
plot() { gnuplot -e "data='$2'; set terminal $4; set output '$3'" "$1"; }

# Each plot reads the columns that a filter of the same name makes of the document; without any there is no plot.
plots() { # JSON DIRECTORY
  local plot to data status=0
  command -v gnuplot >/dev/null || { echo 'bench: no gnuplot here: no plots' >&2; return 0; }
  data=$(mktemp) || return
  for plot in "$BENCH_HERE"/plots/*.gp; do
    to=$2/$(basename "$plot" .gp)
    jq -r -L "$BENCH_HERE" -f "${plot%.gp}.jq" "$1" >"$data" || status=1
    [[ -s $data ]] || continue
    plot "$plot" "$data" "$to.svg" "svg size 800,480 font 'DejaVu Sans,13' background 'white'" || status=1
    plot "$plot" "$data" "$to.png" "pngcairo size 800,480 font 'DejaVu Sans,11'" || status=1
  done
  rm -f "$data"
  return $status
}

# ---- the page ---------------------------------------------------------------------------------------------------------

told_machine() { # JSON
  jq -r '"Measured on \(.date): \(.machine.system), Linux \(.machine.kernel), \(.machine.cpus) CPUs (\(.machine.cpu)\(
    if .machine.virtualisation | . == "" then "" else ", " + .machine.virtualisation end)), \(.machine.memory_kib / 1048576 | round) GiB, load \(.machine.load)\(if .options == "" then "" else "; a glance (\(.options)), not a whole run" end).",
    "wiretruth \(.versions.wiretruth // "of no repository"), beside \(.versions | del(.wiretruth) | to_entries | map("\(.key) \(.value)") | join(", "))."' "$1"
}

# What stands between two lines of a page, taken from standard input.
between() { # PAGE NAME
  local text
  text=$(cat) && NAME=$2 TEXT=$text awk '
    $0 == "<!-- /" ENVIRON["NAME"] " -->" { inside = 0 }
    !inside
    $0 == "<!-- " ENVIRON["NAME"] " -->" { print ENVIRON["TEXT"]; inside = found = 1 }
    END { exit !found }' "$1" >"$1.new" && mv "$1.new" "$1" && return
  rm -f "$1.new"
  echo "bench: no '<!-- $2 -->' in $1, or nothing to put there" >&2
  return 1
}

into_page() { # JSON PAGE
  told_machine "$1" | between "$2" machine && table markdown "$1" | between "$2" table
}
