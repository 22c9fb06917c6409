# shellcheck shell=bash
# shellcheck disable=SC2034 # for the rows
# SPDX-License-Identifier: MIT
#
# What the benchmarks share: pairs in alternating order, CPU time as the kernel counts it, samples as JSON lines. Source it
# after lab.sh.
#
#   bench_options ROW ARGUMENT...     takes --rounds N, --quick, --interfaces N[,N]... and --out FILE; what else a row has it
#                                     names in BENCH_EXTRA, "--polls" for an option with a number that goes to BENCH_VALUE
#   bench_pairs COMMAND...            each command once a round, in an order that is turned round from one to the next
#   bench_sample WHO AT VALUE UNIT    a sample of this round: who spent it, and at what (a number of interfaces, a case)
#   bench_target TITLE WHO AT PEER AT MOST [FACTOR [BASE AT]]
#                                     ours is to be at most MOST times the peer's, or with the peer "-" at most MOST. With
#                                     FACTOR times so much of the peer's; with BASE both less what that has
#   bench_note TITLE WHO AT PEER AT [FACTOR [BASE AT]]   the same with nothing to reach
#   bench_end                         prints this row's table
#   bench_refuse TEXT                 a peer did not do the same work: no figure comes of it
#
#   bench_cpu PID...                  nanoseconds that all threads of these have run, into BENCH_CPU
#   bench_quiet PID...                waits until they have nothing to do
#   bench_spent COMMAND...            runs it; its own and its children's time in BENCH_US (microseconds), the most memory
#                                     of one of them in BENCH_KIB
#   bench_stop PID / bench_go PID     frozen and thawed: who is not measured does not run
#   bench_collectd HOST WHO INTERVAL LINES   a collectd that tells in $LAB_DIR/WHO.polls what it polls (sink.c), with these lines
#                                     at the end; lab_collectd_plain's otherwise
#   bench_polls WHO PLUGIN            how many polls that plugin has begun in it
#   bench_has_polled WHO PLUGIN N     whether it is so many
#   bench_veths HOST FROM TO          pairs of veth in one host, b1 and b2 the first, until it has TO interfaces
#
# Samples go to BENCH_OUT, one document a line; report.sh makes one document of them. BENCH_ROUNDS is at least 7 in what is
# published, BENCH_QUICK is set for a glance.

BENCH_ROW=
BENCH_ROUND=0
BENCH_ROUNDS=7
BENCH_QUICK=
BENCH_OUT=
BENCH_CPU=0
BENCH_INTERFACES=()
BENCH_EXTRA=
LAB_COLLECTD_WAIT=120 LAB_SNMP_WAIT=120 # with 10,000 interfaces, on a machine with other work
declare -A BENCH_VALUE=()

# ---- options --------------------------------------------------------------------------------------------------------

bench_usage() {
  echo "usage: tests/bench/$BENCH_ROW.sh [--rounds N] [--quick] [--interfaces N[,N]...] [--out FILE]${BENCH_EXTRA:+ [${BENCH_EXTRA// / N] [} N]}" >&2
  exit 2
}

bench_options() { # ROW ARGUMENT...
  BENCH_ROW=$1
  shift
  while (($#)); do
    case $1 in
      --quick) BENCH_QUICK=yes BENCH_ROUNDS=3; shift; continue ;;
      --out) BENCH_OUT=${2:?} ;;
      --rounds) bench_is_number "$1" "${2-}"; BENCH_ROUNDS=$2 ;;
      --interfaces)
        IFS=, read -ra BENCH_INTERFACES <<<"${2-}"
        bench_is_number "$1" "${BENCH_INTERFACES[@]-}"
        ;;
      *)
        [[ " $BENCH_EXTRA " == *" $1 "* ]] || bench_usage
        bench_is_number "$1" "${2-}"
        BENCH_VALUE[$1]=$2
        ;;
    esac
    shift 2
  done
}

bench_is_number() { # OPTION TEXT...
  local text
  for text in "${@:2}"; do
    [[ $text =~ ^[1-9][0-9]*$ ]] || { echo "$BENCH_ROW.sh: $1 needs a number from 1 on, not '$text'" >&2; exit 2; }
  done
}

# ---- rounds and samples -----------------------------------------------------------------------------------------------

bench_pairs() { # COMMAND...
  local i
  for ((BENCH_ROUND = 1; BENCH_ROUND <= BENCH_ROUNDS; BENCH_ROUND++)); do
    echo "$BENCH_ROW: round $BENCH_ROUND of $BENCH_ROUNDS" >&2
    for ((i = 1; i <= $#; i++)); do
      # shellcheck disable=SC2086
      bench_one ${!i} || return
    done
    bench_turn "$@"
    set -- "${BENCH_TURNED[@]}"
  done
}

bench_one() { "$@" || { echo "$BENCH_ROW.sh: '$*' failed" >&2; return 1; }; }

bench_turn() { # COMMAND...
  BENCH_TURNED=()
  while (($#)); do BENCH_TURNED=("$1" "${BENCH_TURNED[@]}"); shift; done
}

bench_out() { cat >>"${BENCH_OUT:-$LAB_DIR/samples}"; }

bench_sample() { # WHO AT VALUE UNIT, or WHO AT "VALUE COUNT" UNIT: the quotient
  local -a value
  read -ra value <<<"$3"
  ((${#value[@]} == 1)) || value[0]=$(awk -v n="${value[0]}" -v of="$((value[1]))" 'BEGIN { printf "%.9g", n / of }')
  printf '{"sample":true,"row":"%s","who":"%s","at":"%s","round":%d,"value":%s,"unit":"%s"}\n' \
    "$BENCH_ROW" "$1" "$2" "$BENCH_ROUND" "${value[0]}" "$4" | bench_out
}

bench_target() { # TITLE WHO AT PEER AT MOST [FACTOR [BASE AT]]
  printf '{"target":true,"row":"%s","title":"%s","ours":["%s","%s"],"peer":%s,"most":%s,"factor":%s,"base":%s}\n' \
    "$BENCH_ROW" "$1" "$2" "$3" "$(bench_place "$4" "$5")" "$6" "${7:-1}" "$(bench_place "${8:--}" "${9-}")" | bench_out
}

bench_note() { bench_target "${@:1:5}" null "${@:6}"; } # TITLE WHO AT PEER AT [FACTOR [BASE AT]]

bench_place() { if [[ $1 == - ]]; then echo null; else echo "[\"$1\",\"$2\"]"; fi; }

bench_refuse() {
  echo "$BENCH_ROW.sh: refused: $*" >&2
  return 1
}

bench_end() {
  local out=${BENCH_OUT:-$LAB_DIR/samples}
  [[ -s $out ]] || { echo "$BENCH_ROW.sh: no samples" >&2; return 1; }
  jq -s -r -L "$LAB_ROOT/tests/bench" --arg row "$BENCH_ROW" \
    'include "report"; {samples: map(select(.sample and .row == $row)), targets: map(select(.target and .row == $row))} | results | text' \
    "$out"
}

# ---- CPU time and memory ----------------------------------------------------------------------------------------------

# Of threads that have ended nothing is left there; none of those measured here ends one while it is.
bench_cpu() { # PID...
  local pid file ran
  BENCH_CPU=0
  for pid in "$@"; do
    for file in /proc/"$pid"/task/*/schedstat; do
      read -r ran _ <"$file" 2>/dev/null && BENCH_CPU=$((BENCH_CPU + ran))
    done
  done
}

bench_quiet() { lab_wait 120 "process $* to have nothing to do" bench_is_quiet "$@"; } # PID...

# What waits for a processor runs none either, so nobody may want to.
bench_is_quiet() { # PID...
  local before pid file line
  bench_cpu "$@"
  before=$BENCH_CPU
  sleep 0.06
  for pid in "$@"; do
    for file in /proc/"$pid"/task/*/stat; do
      read -r line <"$file" 2>/dev/null || continue
      [[ ${line##*) } != [RD]* ]] || return
    done
  done
  bench_cpu "$@"
  ((BENCH_CPU - before < 500000))
}

bench_spent() { # COMMAND...
  local line
  "$LAB_BUILD/bench/spent" "$LAB_DIR/spent" "$@" >/dev/null && line=$(<"$LAB_DIR/spent") || return
  BENCH_US=$(lab_figure us "$line") BENCH_KIB=$(lab_figure kib "$line")
}

bench_stop() { kill -STOP "$1"; }
bench_go() { kill -CONT "$1"; }

# ---- collectd ---------------------------------------------------------------------------------------------------------

bench_collectd() { # HOST WHO INTERVAL LINES
  lab_collectd_plain "$1" "Interval $3
PluginDir \"$LAB_BUILD/bench\"
LoadPlugin sink
<Plugin sink>
  File \"$LAB_DIR/$2.polls\"
</Plugin>
PluginDir \"/usr/lib/collectd\"
$4"
}

bench_polls() { grep -c "^$2 " "$LAB_DIR/$1.polls"; }          # WHO PLUGIN
bench_has_polled() { (($(bench_polls "$1" "$2") >= $3)); } # WHO PLUGIN N

# What loads our module after that.
BENCH_PLUGIN="PluginDir \"$LAB_BUILD\"
LoadPlugin wiretruth"

# ---- interfaces -------------------------------------------------------------------------------------------------------

bench_veths() { # HOST FROM TO
  local i
  for ((i = $2; i < $3; i += 2)); do
    echo "link add b$i type veth peer name b$((i + 1))"
    echo "link set b$i arp off multicast off up"
    echo "link set b$((i + 1)) arp off multicast off up"
  done | ip -n "$(lab_ns "$1")" -batch -
}
