#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 200
# beside: it mostly waits for polls
#
# Three minutes of mixed load, and an hour of it with
#
#   SOAK_SECONDS=3600 SOAK_KEEP=DIRECTORY tests/integration/soak.sh
#
# All of the lab's situations in an order of chance, by IPv4 and IPv6 and in segments of several sizes, while offloads
# are switched, interfaces come and go and a manager walks the tables. collectd with the plugin and snmpd with the
# subagent observe it, and three watches that write down each poll, one with each method, auto within its usual budget.
# From the offloads that were set, and what was sent, follows what each may say at any time, and what has to be told;
# kernel counters have the frames. Memory, descriptors and threads of both agents are read every few seconds, and are no
# more at the end than after the first round.
#
# SOAK_SEED=N repeats an order; SOAK_KEEP gets the curves (soak.tsv, soak.svg, soak.png) and what was to be said (truth).
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/snmp_manager.sh
. "$root/lab/snmp_manager.sh"
# shellcheck source=tests/integration/_watches.sh
. "$root/tests/integration/_watches.sh"

seconds=${SOAK_SECONDS:-180} seed=${SOAK_SEED:-$((EPOCHSECONDS % 32768))}
RANDOM=$seed
readonly UNDECIDED='unknown'

# ---- what may be said ---------------------------------------------------------------------------------------------

declare -A MODE=() TOLD=() ORACLE=() TIMES=()
RAISED=0 CLEARED=0

# In FACT: verdicts of counter and capture, and the cause, of a situation as its offloads are now.
fact_of() { # SITUATION
  situation_select "$1" || return
  FACT="$S_COUNTER $S_CAPTURE $S_CAUSE"
  # Of what went past the tap the counter is the only source.
  [[ $1 != bypass ]] || FACT="unknown $S_CAPTURE $S_CAUSE"
  [[ ${MODE[$1]-on} == on ]] || FACT='agrees agrees none'
}

# truth SITUATION [OTHER]: from now on its polls say what it is, or nothing; with OTHER, a situation's fact, or that
truth() {
  local other=()
  fact_of "$1"
  read -ra other <<<"${2:-$FACT}"
  # shellcheck disable=SC2086
  set -- $1 $FACT
  echo "$EPOCHREALTIME truth $S_IF $S_DIR $UNDECIDED,$2,${other[0]} $UNDECIDED,$3,${other[1]} $UNDECIDED,$4,${other[2]}" >>"$LAB_DIR/truth"
}

# Lines of a watch that are not what was so at their time.
false_verdicts() { # NAME
  sort -s -n -k 1,1 "$LAB_DIR/truth" <(grep -v '^poll' "$LAB_DIR/$1.log") | awk '
    function value(key,  i) {
      for (i = 5; i <= NF; i++) if (index($i, key "=") == 1) return substr($i, length(key) + 2)
    }
    function outside(word, set) { return !index("," set ",", "," word ",") }
    $2 == "truth" { counter[$3 " " $4] = $5; capture[$3 " " $4] = $6; cause[$3 " " $4] = $7; next }
    {
      at = $3 " " $4
      if (at in counter && (outside(value("counter"), counter[at]) || outside(value("capture"), capture[at]) ||
          outside(value("cause"), cause[at])))
        print "want " counter[at] " " capture[at] " " cause[at] ": " $0
    }'
}

# Polls whose verdict of the counter is known.
decided() { grep -cE 'counter=(agrees|under-reports) ' "$LAB_DIR/$1.log"; } # NAME

has_fact() { # the newest line of the situation selected
  local line
  line=$(tail -n 400 "$LAB_DIR/exact.log" | grep -E "^[0-9.]+ [0-9]+ $S_IF $S_DIR " | tail -n 1)
  [[ $line == *" counter=${FACT%% *} capture=$(cut -d' ' -f2 <<<"$FACT") cause=${FACT##* } "* ]]
}

# ---- what is told -------------------------------------------------------------------------------------------------

collectd_told() { grep -cE "Notification: severity = $1,.* type_instance = [rt]x-divergence-" "$LAB_COLLECTD/log"; } # SEVERITY
# The row of counters above WarningDivergence, by a trap of v2c.
snmp_told() { trap_count "^1.* = $(lab_snmp_oid "$1")"$'\t'".*$(lab_snmp_oid wtNotifyThresholdIndex).0 = 65001\$"; } # NOTIFICATION
all_told() {
  (($(collectd_told FAILURE) >= RAISED && $(collectd_told OKAY) >= CLEARED)) &&
    (($(snmp_told wtDivergenceRaised) >= RAISED && $(snmp_told wtDivergenceCleared) >= CLEARED))
}

# By default only counters are watched. What is so begins and ends with traffic that shows it.
expect_told() { # SITUATION
  local now=${FACT%% *}
  if [[ $now == under-reports && ${TOLD[$1]-} != yes ]]; then
    TOLD[$1]=yes RAISED=$((RAISED + 1))
  elif [[ $now == agrees && ${TOLD[$1]-} == yes ]]; then
    TOLD[$1]=no CLEARED=$((CLEARED + 1))
  fi
}

# ---- load ---------------------------------------------------------------------------------------------------------

traffic() { # SITUATION
  local sizes=(1440 1440 536 1200) LAB_FRAMES=$((3000 + RANDOM % 9000)) ip=$((RANDOM % 3 ? 4 : 6))
  TIMES[traffic]=$((${TIMES[traffic]-0} + 1))
  situation_traffic "$1" "$ip" "${sizes[RANDOM % 4]}" || return
  fact_of "$1"
  expect_told "$1"
  lab_wait 120 "the verdict of $1: $FACT" has_fact && lab_wait 120 "what is to be told of $1" all_told
}

# tso0 and gro0 without their offload, and back.
switch() {
  local id=$((RANDOM % 2)) before
  TIMES[switch]=$((${TIMES[switch]-0} + 1))
  if ((id)); then id=tso; else id=gro; fi
  fact_of $id
  before=$FACT
  if [[ ${MODE[$id]-on} == on ]]; then MODE[$id]=off; else MODE[$id]=on; fi
  truth $id "$before"
  situation_select $id && lab_offload host "$S_IF" $id "${MODE[$id]}" && watches_polled && watches_polled && truth $id
}

churn() {
  local i first=$((RANDOM % 50))
  TIMES[churn]=$((${TIMES[churn]-0} + 1))
  for ((i = first; i < first + 20; i++)); do echo "link add come$i up type veth peer name go$i"; done |
    ip -n "$(lab_ns host)" -batch - || return
  for ((i = first; i < first + 20; i++)); do echo "link set come$i name came$i"; done | ip -n "$(lab_ns host)" -batch - || return
  watches_polled || return
  for ((i = first; i < first + 20; i++)); do echo "link del came$i"; done | ip -n "$(lab_ns host)" -batch -
}

walk() {
  TIMES[walk]=$((${TIMES[walk]-0} + 1))
  (($(lab_snmp_raw host snmpbulkwalk "$(lab_snmp_oid wiretruthMIB)" | wc -l) > 500))
}

reload() {
  TIMES[reload]=$((${TIMES[reload]-0} + 1))
  lab_signal "$LAB_SNMP_AGENT" HUP && lab_snmp_polled host 20
}

step() {
  case $((RANDOM % 20)) in
    [0-3]) switch ;;
    4 | 5) churn ;;
    6 | 7) walk ;;
    8) reload ;;
    *) traffic "${situations[RANDOM % ${#situations[@]}]}" ;;
  esac
}

# ---- what it takes ------------------------------------------------------------------------------------------------

# "NAME KIB DESCRIPTORS THREADS" of either agent.
taken_by() { # NAME PID
  echo "$1 $(awk '$1 == "RssAnon:" { print $2 }' "/proc/$2/status") $(find "/proc/$2/fd" -mindepth 1 | wc -l) $(find \
    "/proc/$2/task" -mindepth 1 -maxdepth 1 | wc -l)"
}
taken() { taken_by collectd "$LAB_COLLECTD_PID" && taken_by subagent "$LAB_SNMP_AGENT"; }
note_taken() { taken | sed "s/^/$((SECONDS - began)) /; s/ /\t/g" >>"$LAB_DIR/soak.tsv"; }

# The first round is everything once, so that all that is kept for good is there.
first_round() {
  local id
  for id in "${situations[@]}"; do traffic "$id" || return; done
  while [[ ! ${MODE[tso]-} || ! ${MODE[gro]-} ]]; do switch || return; done
  traffic tso && traffic gro && churn && churn && walk && reload
}

not_more() { # NAME
  local before=() now=()
  read -ra before < <(grep "^$1 " <<<"$TAKEN")
  # A file that is read at this moment is closed at another.
  lab_poll 20 takes_as_many "$1" "${before[@]:2}"
  read -ra now < <(taken | grep "^$1 ")
  tap_is "${now[*]:2}" "${before[*]:2}" "$1: its descriptors and threads are those of the first round"
  if lab_sanitized; then
    tap_skip "$1: so is its memory" 'built with a sanitizer, which has memory of its own'
  else
    tap_ok $((now[1] > before[1] + 1024)) "$1: so is its memory (${before[1]}, ${now[1]} KiB)"
  fi
}
takes_as_many() { [[ $(taken | grep "^$1 ") == "$1 "*" ${*:2}" ]]; } # NAME DESCRIPTORS THREADS

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx || ! -e $LAB_BUILD/wiretruth.so ]]; then
  tap_skip 'mixed load' 'a plugin was not built'
  tap_done
  exit
fi
tap_diag "order $seed, $seconds s"

keep() {
  [[ ${SOAK_KEEP-} ]] || return 0
  cp "$LAB_DIR/soak.tsv" "$LAB_DIR/truth" "$LAB_DIR"/{exact,sample,auto}.log "$LAB_COLLECTD/log" "$SOAK_KEEP" &&
    curves svg "svg size 800,480 font 'DejaVu Sans,13' background 'white'" &&
    curves png "pngcairo size 800,480 font 'DejaVu Sans,11'"
}

curves() { # SUFFIX TERMINAL
  gnuplot -e "data='$SOAK_KEEP/soak.tsv'; set terminal $2; set output '$SOAK_KEEP/soak.$1'" "$root/tests/integration/_soak.gp"
}

lab_start || exit
for id in "${situations[@]}"; do
  situation_setup "$id" || exit
  truth "$id"
  ORACLE[$id]=$(situation_select "$id" && situation_oracle "$([[ $id == bypass ]] && echo sent || echo qdisc)")
done
manager_configure 'Hold 1' 'CPUBudget 100'
sink && lab_snmp_master host && start_agent || exit
lab_collectd_start host $'Hold 1\nCPUBudget 100' || exit
watch exact exact --every 500 && watch sample sample --every 700 && watch auto auto --every 900 || exit
if [[ $(lab_snmp_get host 0 - wtMethod) != 1 ]]; then
  tap_skip 'mixed load' 'no method exact'
  tap_done
  exit
fi

began=$SECONDS
check 'everything once' first_round
TAKEN=$(taken)
wrong=
while [[ ! $wrong ]] && ((SECONDS - began < seconds)); do
  step || wrong="after $((SECONDS - began)) s"
  note_taken
done
tap_is "$wrong" '' 'each verdict came, and each notification'
for what in traffic switch churn walk reload; do tap_diag "$what: ${TIMES[$what]-0}"; done

watches_polled
for id in "${situations[@]}"; do
  situation_select "$id"
  oracle=$([[ $id == bypass ]] && echo sent || echo qdisc)
  tap_is "$(tail -n 400 "$LAB_DIR/exact.log" | grep " $S_IF $S_DIR " | tail -n 1 | grep -oE ' frames=[0-9]+')" \
    " frames=$(($(situation_oracle "$oracle") - ORACLE[$id]))" "$S_IF $S_DIR: its frames are all that there were"
done
watches_end
for name in exact sample auto; do
  tap_is "$(false_verdicts $name | head -n 3)" '' "$name: no poll has a false verdict"
  tap_ok $(($(decided $name) < seconds)) "$name: and they have one ($(decided $name) times)"
  steady $name
done
tap_is "$(collectd_told FAILURE) $(collectd_told OKAY) $(grep -c 'Notification: ' "$LAB_COLLECTD/log")" \
  "$RAISED $CLEARED $((RAISED + CLEARED + $(grep -c 'Notification: .*-basis,' "$LAB_COLLECTD/log")))" 'collectd told all of it, and nothing else'
tap_is "$(snmp_told wtDivergenceRaised) $(snmp_told wtDivergenceCleared)" "$RAISED $CLEARED" 'so did SNMP'
not_more collectd
not_more subagent
keep
tap_done
