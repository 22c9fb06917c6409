#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# docs/verdicts.md: every word and every reason that the code can say is explained there, every command that it names
# runs, and what it quotes of their output still comes out: the same words, and figures of the same size.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
# shellcheck source=lab/lab.sh
. lab/lab.sh

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. tests/integration/_observe.sh
doc=docs/verdicts.md

# ---- words --------------------------------------------------------------------------------------------------------

# As wt_..._name() makes them of the numbers, which a unit test holds it to.
words() { # VERDICT|BASIS|SOURCE|CAUSE
  sed -n "s/^  WT_$1_\\([A-Z_]*\\) = [0-9].*/\\1/p" common/wiretruth.h | tr 'A-Z_' 'a-z-'
}

section() { awk -v title="## $1" '/^## / { in_it = $0 ~ "^" title } in_it' "$doc"; } # TITLE

test_words() { # KIND TITLE
  local word count=0
  while read -r word; do
    count=$((count + 1))
    section "$2" | grep -qE "^(### |\\| )\`$word\`"
    tap_ok $? "${1,,} $word is explained"
  done < <(words "$1")
  tap_ok $((count < 4)) "${1,,}: $count words in the header"
}

# ---- reasons ------------------------------------------------------------------------------------------------------

# Without comments, and literals that follow one another as one.
joined() { # FILE...
  cat "$@" | sed -E 's,^ *(/\*| \*|//).*,,; /^#/d' | tr '\n' ' ' | sed -E ':join; s/([^\\])" +"/\1/; t join'
}

error_call='wt_fail\(([^;"]|"([^"\\]|\\.)*")*;'
literals() { grep -oE '"([^"\\]|\\.)*"' | sed 's/^"//; s/"$//' | grep '[a-z] .*[a-z] '; }

# Sentences of the core are reasons and disagreements, but for help texts and errors (those of a capture file are told
# with its name); where captures are opened, an error becomes a reason too.
reasons() {
  # shellcheck disable=SC2046
  joined $(printf '%s\n' common/*.c | grep -vE '/(config[a-z_]*|expression|exposition|series_(fetch|query|source|table|url)|baseline[a-z_]*|drift[a-z_]*|news|wt_news|trace[a-z_]*|driver_info|offload_set|offload_effects)\.c$') | sed -E "s/$error_call//g; s/_Static_assert\([^;]*;//g" | literals
  joined common/capture*.c common/tap*.c | grep -oE "$error_call" | literals
}

test_reasons() {
  local reason piece count=0 text
  text=$(awk '/^```/ { in_it = !in_it } !in_it' "$doc" | tr '\n' ' ') # what is only quoted is not explained
  while IFS= read -r reason; do
    # What is filled in is dots here: the longest piece between two of them has to be there.
    piece=$(sed -E 's/%([-.0-9lz]*[a-z]|$)/\n/g' <<<"$reason" | awk '{ gsub(/^ +| +$/, "") } / / && length > length(best) { best = $0 } END { print best }')
    count=$((count + 1))
    [[ $text == *"$piece"* ]]
    tap_ok $? "explained: $reason"
  done < <(reasons | sort -u)
  tap_ok $((count < 20)) "$count reasons in the code"
}

test_effects() {
  local feature
  while read -r feature; do
    section 'Other offloads' | grep -qE "^\\|.*\`$feature\`.*\\|"
    tap_ok $? "explained: what $feature makes of the signals"
  done < <(grep -oE '^ *\{"[a-z0-9_-]+", (true|false)' common/offload_effects.c | cut -d '"' -f 2)
}

# ---- commands -----------------------------------------------------------------------------------------------------

# What follows "sudo lab/show.sh" in blocks and sentences, one a line.
commands() { grep -oE 'sudo lab/show\.sh [a-z]+( --[a-z]+ [a-z]+)*' "$doc" | cut -d ' ' -f 3- | sort -u; }

log_of() { echo "show-${1// /_}"; }

# Four at a time: they mostly wait.
run_commands() {
  local command
  local -a running=()
  for command in "${all[@]}"; do
    if ((${#running[@]} == 4)); then
      reap "${running[0]}"
      running=("${running[@]:1}")
    fi
    # shellcheck disable=SC2086
    lab_spawn "$(log_of "$command")" lab/show.sh $command
    pid["$command"]=$LAB_PID
    running+=("$command")
  done
  for command in "${running[@]}"; do reap "$command"; done
}
declare -A pid=()

reap() { # COMMAND
  lab_reap "${pid["$1"]}" 60 || lab_stop "${pid["$1"]}"
  tap_is "$LAB_STATUS" 0 "lab/show.sh $1 runs"
  [[ $LAB_STATUS == 0 ]] || tap_diag "$(<"$LAB_DIR/$(log_of "$1").log")"
}

# All lines that the page quotes of a command.
quoted() { # COMMAND
  awk -v start="\$ sudo lab/show.sh $1" '$0 == "```" { in_it = 0 } in_it; $0 == start { in_it = 1 }' "$doc"
}

# Quoted lines that did not come out again: other words, or a figure that is more than four times another. What is said of
# several places at once is said of each: on a busy machine there may be acknowledgements enough to say it of them, too.
missing() { # COMMAND
  awk '
    # Figures of a line in figure[], in their place a #. An offset is no size: it has to be the same.
    function take(line, figure,    at, rest, found) {
      gsub(/[ \t]+/, " ", line)
      sub(/ $/, "", line)
      if (match(line, /octet_offset -?[0-9]+/)) {
        rest = substr(line, RSTART, RLENGTH)
        gsub(/1/, "one", rest); gsub(/4/, "four", rest); gsub(/8/, "eight", rest); gsub(/0/, "zero", rest)
        line = substr(line, 1, RSTART - 1) rest substr(line, RSTART + RLENGTH)
      }
      # In how many packets TCP sends a burst again is its own affair: a relation holds it (test_relations).
      if (line ~ /^tshark [0-9]+ packets that were sent again, in the capture$/) sub(/[0-9]+/, "some", line)
      at = ""
      found = 0
      while (match(line, /[0-9][0-9,]*([.][0-9]+)?/)) {
        rest = substr(line, RSTART, RLENGTH)
        gsub(/,/, "", rest)
        figure[++found] = rest + 0
        at = at substr(line, 1, RSTART - 1) "#"
        line = substr(line, RSTART + RLENGTH)
      }
      figure[0] = found
      return at line
    }
    function near(a, b) { return (a == 0) == (b == 0) && a <= 4 * b && b <= 4 * a }
    function of_each(line,    places, count, text, i) {
      if (!match(line, /^[a-z0-9]+ (receive|transmit)(, [a-z0-9]+ (receive|transmit))+: /)) return
      text = substr(line, RLENGTH - 1)
      count = split(substr(line, 1, RLENGTH - 2), places, ", ")
      for (i = 1; i <= count; i++) came[++lines] = places[i] text
    }
    FNR == NR { came[++lines] = $0; of_each($0); next }
    {
      masked = take($0, want)
      for (i = 1; i <= lines; i++) {
        if (take(came[i], got) != masked) continue
        for (k = 1; k <= want[0] && near(want[k], got[k]); k++);
        if (k > want[0]) break
      }
      if (i > lines) print
    }' "$LAB_DIR/$(log_of "$1").log" <(quoted "$1")
}

# ---- figures by relation ------------------------------------------------------------------------------------------

# figure COMMAND LABEL: of one of the tools
figure() { awk -v label="$2 " 'index($0, label) == 1 { $0 = substr($0, length(label)); print $1; exit }' "$LAB_DIR/$(log_of "$1").log"; }

octets() { sed -nE 's/^octets: counter ([0-9]+), wire ([0-9]+):.*/\1 \2/p' "$LAB_DIR/$(log_of "$1").log"; } # COMMAND

relation() { # DESCRIPTION EXPRESSION
  (($2)) 2>/dev/null
  tap_ok $? "$1 ($2)"
}

# The oracle is the lower bound of wire, in every situation that method exact sees.
test_oracle() { # COMMAND
  [[ $1 != *--method* && $1 != lag ]] || return 0
  tap_is "$(sed -n 's/^wire: low \([0-9]*\),.*/\1/p' "$LAB_DIR/$(log_of "$1").log")" "$(figure "$1" oracle)" \
    "$1: the oracle is the least that wire says"
}

test_relations() {
  local name counter wire
  relation "gro: the counter is the oracle" "$(figure gro 'ip -s link') == $(figure gro oracle)"
  relation "gro: TcpInSegs is the capture's figure" "$(figure gro nstat) == $(figure gro tcpdump)"
  for name in tso mac uncut cut; do
    relation "$name: counter and capture are the same" "$(figure $name 'ip -s link') == $(figure $name tcpdump)"
    relation "$name: and less than a tenth of the truth" "$(figure $name 'ip -s link') * 10 < $(figure $name oracle)"
  done
  for name in tso dropped one; do
    relation "$name: the queue has the oracle's figure" "$(figure $name 'tc -s qdisc') == $(figure $name oracle)"
  done
  for name in noqueue bypass; do relation "$name: the queue has nothing" "$(figure $name 'tc -s qdisc') == 0"; done
  relation "plain: the capture is the oracle" "$(figure plain tcpdump) == $(figure plain oracle)"
  relation "checksum: nearly all are called incorrect" "$(figure checksum 'tcpdump -vv') * 10 > 9 * $(figure checksum oracle)"
  relation "corrupted: the kernel rejects what tcpdump calls incorrect" \
    "$(figure corrupted 'tcpdump -vv') == $(figure corrupted 'own nstat')"
  relation "resend: the capture has few packets of the frames that were sent again" \
    "$(figure resend tshark) > 0 && 4 * $(figure resend tshark) < $(figure resend 'far tshark')"
  relation "corrupted: one in ten" "$(figure corrupted 'own nstat') == 1000"
  relation "checksum: and none is" "$(figure checksum 'far nstat') == 0"
  read -r counter wire <<<"$(octets tso)"
  relation "tso: some 4 % of the octets are missing" "$counter * 100 > $wire * 94 && $counter * 100 < $wire * 97"
  read -r counter wire <<<"$(octets volume)"
  relation "volume: much more of them" "$counter * 100 < $wire * 85"
}

test_commands() {
  local command lost
  run_commands
  for command in "${all[@]}"; do
    lost=$(missing "$command")
    [[ -z $lost ]]
    tap_ok $? "$command: what the page quotes comes out"
    [[ -z $lost ]] || tap_diag "quoted:
$lost
came out:
$(<"$LAB_DIR/$(log_of "$command").log")"
    test_oracle "$command"
  done
  test_relations
}

# ---- all ----------------------------------------------------------------------------------------------------------

test_words VERDICT Verdicts
test_words CAUSE Causes
test_words SOURCE Sources
test_words BASIS Basis
test_reasons
test_effects

mapfile -t all < <(commands)
tap_ok $((${#all[@]} < 20)) "${#all[@]} commands on the page"
tap_is "$(comm -13 <(lab/show.sh | awk '/^  / { print $1 }' | sort) <(printf '%s\n' "${all[@]%% *}" | sort -u))" '' \
  "without a name all situations are listed"
lab/show.sh no-such >/dev/null
tap_is $? 2 "a name that there is not is wrong usage"
lab_host probe || exit 1
if ! command -v tcpdump >/dev/null; then
  tap_skip "the commands of the page" "there is no tcpdump"
elif observe_has_exact probe "the commands of the page"; then
  test_commands
fi
tap_done
