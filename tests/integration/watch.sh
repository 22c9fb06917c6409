#!/bin/bash
# SPDX-License-Identifier: MIT
#
# wiretruth watch in a real terminal (tmux, with a server of its own), on a host with real traffic: what the lines say
# against the sender, the queue, the IP MIB, the link and a reader of its own; keys, sizes, every way to end.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"

# The blocks of a line are characters, not octets.
export LC_ALL=C.UTF-8
lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"
watch="$LAB_BUILD/wiretruth watch"

# ---- the terminal -------------------------------------------------------------------------------------------------

t() { tmux -u -S "$LAB_DIR/tmux" "$@"; }

# Its shells are in the host, too. The server ends with the lab, by its id.
terminal_start() { # HOST
  lab_spawn_in "$1" "terminal-$1" env -u TMUX HISTFILE= tmux -u -S "$LAB_DIR/tmux" -f /dev/null -D
  lab_wait 10 "the terminal" test -S "$LAB_DIR/tmux" || return
  t new-session -d -x 80 -y 24 -s w "exec bash --norc --noprofile"
  terminal=$LAB_PID
}

press() { t send-keys -t w "$@"; }
screen() { t capture-pane -p -t w; }
shows() { grep -qE -- "$1" <<<"$(screen)"; } # PATTERN
lacks() { ! shows "$1"; }
until_shows() { lab_wait "${2:-10}" "'$1' on the screen" shows "$1" || not_there; }
until_lacks() { lab_wait "${2:-10}" "no '$1' on the screen" lacks "$1" || not_there; }
not_there() {
  screen | sed 's/^/  /' >&2
  return 1
}
resize() { t resize-window -t w -x "$1" -y "$2"; }
alternate() { t display-message -p -t w '#{alternate_on}'; }
widest() { screen | wc -L; }

# command LINE: typed at the shell; its status in $LAB_DIR/status when it has ended
command_line() {
  rm -f "$LAB_DIR/status"
  press C-l
  press -l "$1; echo \$? >$LAB_DIR/status"
  press Enter
}
ended() { [[ -s $LAB_DIR/status ]]; }
status() {
  lab_wait 10 "the command to end" ended
  echo "$(<"$LAB_DIR/status")"
}
# What the command is: the child of the terminal's shell.
pid_of_watch() { pgrep -P "$(t display-message -p -t w '#{pane_pid}')"; }
watch_on() { # ARGUMENT...
  command_line "$watch $*"
  until_shows '^wiretruth.*[0-9]:[0-9]{2}:[0-9]{2}  by '
}
modes() {
  rm -f "$LAB_DIR/modes"
  command_line "stty -a >$LAB_DIR/modes"
  status >/dev/null
  cat "$LAB_DIR/modes"
}

# row NAME DIR: its line without the mark. cell NAME DIR N: the Nth word of it
row() { screen | sed 's/^[> ]//' | grep -E "^$1 +$2 "; }
cell() { row "$1" "$2" | awk -v n="$3" '{ print $n }'; }
names() { screen | sed 's/^[> ]//' | awk '$2 == "rx" || $2 == "tx" { print $1 "." $2 }' | paste -sd ' '; }
elapsed() { screen | sed -nE '1s/.* ([0-9]+):([0-9]{2}):([0-9]{2})  by.*/\1 \2 \3/p' | awk '{ print $1 * 3600 + $2 * 60 + $3 }'; }
is_later() { (($(elapsed) >= $1)); }
plain() { echo "${1//[,~]/}"; }

near() { # DESCRIPTION GOT WANT SHARE
  awk -v a="$2" -v b="$3" -v share="$4" 'BEGIN { d = a - b; exit !(b > 0 && (d < 0 ? -d : d) <= share * b) }'
  tap_ok $? "$1"
  tap_diag "shown $2, truth $3"
}

# ---- no terminal that will do -------------------------------------------------------------------------------------

situation_setup tso && situation_setup gro && lab_host many || exit 1
lab_spawn_in peer-tso drain "$LAB_BIN/flow" receive --limit 300 --udp --port 9 --bytes 17179869184 "$(lab_address 1 2)"
said=$(lab_in host "$LAB_BUILD/wiretruth" watch 2>&1 >/dev/null </dev/null | cat)
if [[ $said == *'has no watch'* ]]; then
  tap_skip "watch" "this build has no ncurses"
  tap_done
  exit
fi
tap_is "$said" "wiretruth: watch draws on a terminal, and standard output is none; use 'wiretruth check'" \
  "without a terminal it says what to use"
for wrong in '--interval 0.1' '--interval 61' '--sort size' '--json'; do
  # shellcheck disable=SC2086
  lab_in host "$LAB_BUILD/wiretruth" watch $wrong >/dev/null 2>"$LAB_DIR/said"
  tap_is "$? $(wc -l <"$LAB_DIR/said")" "2 1" "usage: '$wrong' is wrong, in one line"
done

terminal_start host || exit 1
until_shows '^bash.*#'
before=$(modes)
refuses() { # SETTING PATTERN
  command_line "env $1 $watch --method none"
  tap_is "$(status)" 3 "$1: it does not start"
  shows "$2"
  tap_ok $? "$1: it says why"
}
refuses TERM=dumb "a terminal of type 'dumb'"
refuses TERM=no-such "the terminal type 'no-such'"
refuses '-u TERM' 'TERM is not set'
command_line "$watch eth9"
tap_is "$(status)" 3 "an interface that is not there is an error"
command_line "$watch --method none </dev/null"
tap_is "$(status)" 2 "without a keyboard it does not start"

# ---- figures ------------------------------------------------------------------------------------------------------

has_exact=1
observe_has_exact host "figures and verdicts" || has_exact=''

# 20 frames in each packet: known from how it sends them. Somebody has to own the port, or ICMP would answer.
stream_start() {
  lab_spawn_in host stream "$LAB_BIN/stream" --segments 20 "$(lab_address 1 2)"
  sender=$LAB_PID
}

figures() {
  local queue mib counter reader from=0 sent rates=() second text
  lab_spawn_in host reader "$LAB_BIN/frames" gro0
  reader=$LAB_PID
  lab_wait_log 5 reader '^ready'
  queue=$(lab_qdisc_packets host tso0) mib=$(lab_ip_segments host) counter=$(lab_link_counter host gro0 rx packets)
  watch_on --interval 0.5 --horizon 600 tso0 gro0
  tap_is "$(alternate)" 1 "it has the alternate screen"
  tap_is "$(names)" "gro0.rx gro0.tx tso0.rx tso0.tx" "a line for each interface and direction, by name"
  until_shows '^ tso0 +tx +0 '
  tap_is "$(row tso0 tx | awk '{ print $4, $5 }')" "- ?" "without traffic a share is -, a verdict ?"
  shows '^no traffic was seen'
  tap_ok $? "and it says so"

  stream_start
  until_shows '^>tso0 +tx .*5\.0% under +5\.0% under'
  tap_is "$(row tso0 tx | awk '{ print $4, $5, $6, $7, $8, $9 }')" "5.0% under 5.0% under uso 20.00" \
    "of 20 frames a packet counter and capture show 5 %, by USO"
  shows '^tso0 transmit: the counter shows 5\.0 % of the frames of the last [0-9]+ s: UDP cut$'
  tap_ok $? "check's sentence explains the worst line"
  shows '^ gro0 +rx +0 .*[?]'
  tap_ok $? "what has no traffic has no verdict"

  # A whole number of seconds of the title, and the rate that stands beside it, four times.
  sent=$(lab_qdisc_packets host tso0) from=${EPOCHREALTIME/[.,]/} second=$(elapsed)
  for _ in 1 2 3 4; do
    second=$((second + 1))
    lab_wait 5 "another second" is_later $second
    rates+=("$(plain "$(cell tso0 tx 3)")")
  done
  sent=$(($(lab_qdisc_packets host tso0) - sent)) from=$((${EPOCHREALTIME/[.,]/} - from))
  near "the rate is what the queue says of that time" \
    "$(printf '%s\n' "${rates[@]}" | awk '{ sum += $1 } END { print sum / NR }')" \
    "$(awk -v n="$sent" -v us="$from" 'BEGIN { print n / us * 1e6 }')" 0.15
  tap_is "$(($(widest) <= 80))" 1 "no line is longer than 80"
  row tso0 tx | grep -qE ' [▁▂▃▄▅▆▇█]{3,}$'
  tap_ok $? "the past is drawn at the right"
  keys_work
  lab_stop "$sender"

  situation_traffic gro
  tap_ok $? "traffic that GRO merges"
  lab_settle host tso0
  lab_stop "$reader"
  text=$(tail -n 1 "$LAB_DIR/reader.log")
  # Another reading, after the last frame.
  second=$(($(elapsed) + 1))
  lab_wait 5 "another reading" is_later $second
  press Home Enter
  until_shows '^gro0 receive: totals of '
  tap_is "$(screen | sed -n 's/^  wire *\([0-9,]*\) frames.*source tap)/\1/p' | head -1 | tr -d ,)" \
    "$(($(lab_ip_segments host) - mib))" "the page of a line: wire is what the IP MIB says, to the frame"
  tap_is "$(screen | sed -n 's/^  counter *\([0-9,]*\) frames.*/\1/p' | head -1 | tr -d ,)" \
    "$(($(lab_link_counter host gro0 rx packets) - counter))" "the counter is what the link says"
  tap_is "$(screen | sed -n 's/^  capture *\([0-9,]*\) frames.*/\1/p' | head -1 | tr -d ,)" "$(lab_figure rx_frames "$text")" \
    "the capture is what a reader says"
  press Escape
  until_shows '^ INTERFACE'
  tap_is "$(row gro0 rx | awk '{ print $4, $5, $6, $7, $8 }')" "100.0% agrees $(awk -v a="$(lab_figure rx_frames "$text")" \
    -v b=$(($(lab_ip_segments host) - mib)) 'BEGIN { printf "%.1f%%", 100 * a / b }') under gro" \
    "the counter shows all, and the capture the share that reader and IP MIB tell"
  press End
  until_shows '^>tso0 +tx'
  press Enter
  until_shows '^tso0 transmit: totals of '
  tap_is "$(screen | sed -n 's/^  wire *\([0-9,]*\) frames.*/\1/p' | tail -1 | tr -d ,)" \
    "$(($(lab_qdisc_packets host tso0) - queue))" "transmit: wire is what the queue says, to the frame"
  press Enter
  until_shows '^ INTERFACE'
  changes
  press q
  tap_is "$(status)" 0 "q ends it with 0"
}

# order KEY NAMES...: what the key makes of the order
order_by() { # DESCRIPTION KEY WORD NAMES
  press "$2"
  until_shows "^wiretruth.*by $3  method"
  tap_is "$(names)" "$4" "$1"
}

keys_work() {
  local held second
  # Only the stream is under way, so that there is one order by each figure: what is equal or unknown is by name.
  order_by "by wire" w wire "tso0.tx gro0.rx gro0.tx tso0.rx"
  order_by "the same key again reverses" w 'wire, reversed' "gro0.rx gro0.tx tso0.rx tso0.tx"
  order_by "r reverses" r wire "tso0.tx gro0.rx gro0.tx tso0.rx"
  order_by "by divergence" d divergence "tso0.tx gro0.rx gro0.tx tso0.rx"
  order_by "by segments" s segments "tso0.tx gro0.rx gro0.tx tso0.rx"
  order_by "by name, reversed" n name "gro0.rx gro0.tx tso0.rx tso0.tx"
  press t
  until_shows '^ INTERFACE .* counter *$'
  tap_ok $? "t draws the share of the counter"
  until_shows '^>tso0 +tx .* ▂{3,}$'
  tap_ok $? "5 % is drawn low"
  press t t
  until_shows '^ INTERFACE .* wire *$'
  press p
  until_shows '^wiretruth HELD'
  held=$(screen | sed 1d) second=$(elapsed)
  lab_wait 5 "two more seconds" is_later $((second + 2))
  tap_is "$(screen | sed 1d)" "$held" "held: the time goes on, and nothing else changes"
  press j
  until_shows '^>tso0 +tx'
  shows '^tso0 transmit: the counter shows 5\.0 %'
  tap_ok $? "held: a line can be chosen, and is explained"
  press Escape p
  until_lacks '^wiretruth HELD'
  press '?'
  until_shows '^WIRE/s '
  tap_ok $? "? shows the help"
  press Escape
  until_shows '^ INTERFACE'
}

changes() {
  ip -n "$(lab_ns host)" link set tso0 mtu 1400
  until_shows '^.tso0 +tx .*[▁▂▃▄▅▆▇█][?]' 5
  tap_ok $? "a change leaves a gap in what is drawn, and no spike"
  press Escape
}

[[ -z $has_exact ]] || figures

# ---- a series, verdicts that are held, readings that fail ---------------------------------------------------------

# What an exporter would say of the counters of tso0, anew every 0.3 s.
exporter_start() {
  # shellcheck disable=SC2016
  lab_spawn_in host exporter bash -c '
    cd /sys/class/net/tso0/statistics || exit
    while :; do
      for what in receive.rx transmit.tx; do
        for unit in packets bytes; do
          name=node_network_${what%.*}_${unit}_total
          printf "# TYPE %s counter\n%s{device=\"tso0\"} %s\n" $name $name "$(<"${what#*.}_$unit")"
        done
      done >"$0.new" && mv "$0.new" "$0"
      echo written
      sleep 0.3
    done' "$LAB_DIR/metrics"
  exporter=$LAB_PID
  lab_wait_log 5 exporter '^written'
}

held() {
  exporter_start
  stream_start
  watch_on --interval 0.2 --horizon 1 --series "file:$LAB_DIR/metrics" tso0
  until_shows '^>tso0 +tx +~?[0-9,]+ +5\.0% < +5\.0% < +[45]\.[0-9]% < +uso +20\.00 ' 20
  tap_ok $? "with a series verdicts are signs, where there are 80 columns"
  shows '^ INTERFACE .* SERIES '
  tap_ok $? "and the series has a column"
  tap_is "$(($(widest) <= 80))" 1 "no line is longer than 80"
  lab_stop "$sender"
  until_shows '^>tso0 +tx +0 +< [1-9]s +< [1-9]s '
  tap_ok $? "when it is quiet verdicts are held, and have their age in place of a share"
  shows '^tso0 transmit: the counter showed 5\.0 % of the frames when that was decided, '
  tap_ok $? "and the sentence says when that was"
  tap_is "$(row tso0 tx | sed -nE 's/.* uso +([^ ]+) .*/\1/p')" - "frames a packet are not known of now"
  press q
  tap_is "$(status)" 0 "q ends it with 0"
  lab_stop "$exporter"
}

# More interfaces than there may be handles, and no descriptor for the one handle of all.
fails() {
  watch_on --interval 0.2 --method sample
  prlimit --pid "$(pid_of_watch)" --nofile=4:
  for i in {1..18}; do echo "link add c$i type veth peer name d$i"; done | ip -n "$(lab_ns host)" -batch -
  until_shows '^the last reading failed, and what is shown is [0-9]+ s old: '
  tap_ok $? "a reading that fails is told, with the age of what is shown"
  prlimit --pid "$(pid_of_watch)" --nofile=1024:
  until_shows '^method sample: '
  tap_ok $? "and the next one that does not takes its place"
  until_shows ' 1-[0-9]+/8[0-9]$'
  for i in {1..18}; do echo "link del c$i"; done | ip -n "$(lab_ns host)" -batch -
  until_lacks ' c[0-9]+ '
  press q
  tap_is "$(status)" 0 "q ends it with 0"
}

[[ -z $has_exact ]] || held
fails

# ---- sizes, links that come and go, method none -------------------------------------------------------------------

# Between two readings by the clock.
watch_on --interval 60 --method none tso0 '/^late/'
ip -n "$(lab_ns host)" link add late0 type veth peer name late1
until_shows '^ late1 +tx '
tap_is "$(cell tso0 rx 3) $(row tso0 rx | grep -c '[▁_]')" "- 0" "a link that comes brings a reading, and no rate"
press q
tap_is "$(status)" 0 "q ends it with 0"
ip -n "$(lab_ns host)" link del late0
watch_on --interval 0.2 --method none tso0 '/^late/'
until_shows '^method none: method none was asked for'
tap_ok $? "why there is no better method is told"
tap_is "$(row tso0 rx | awk '{ print $4, $5, $6, $7, $8, $9 }')" "- ? - ? ? -" \
  "method none: what only a capture knows is unknown, and not 0"
ip -n "$(lab_ns host)" link add late0 type veth peer name late1
until_shows '^ late1 +tx '
tap_is "$(names)" "late0.rx late0.tx late1.rx late1.tx tso0.rx tso0.tx" "interfaces that come have lines"
ip -n "$(lab_ns host)" link del late0
until_lacks '^ late'
tap_is "$(names)" "tso0.rx tso0.tx" "and none when they have gone"
for size in '60 6' '60 24' '100 30' '120 24' '200 50'; do
  # shellcheck disable=SC2086
  resize $size
  # The title is over the width of before until it is drawn anew.
  lab_wait 5 "a line for ${size% *} columns" shows '^ tso0 +rx '
  tap_is "$(($(widest) <= ${size% *})) $(names)" "1 tso0.rx tso0.tx" "$size: all lines are there, and within it"
done
resize 120 24
until_shows ' OCTETS/s '
tap_ok $? "where there is room, octets are there"
resize 59 24
until_shows '^the terminal has 59 x 24; wiretruth watch needs 60 x 6'
tap_ok $? "too narrow: it says so"
resize 80 5
until_shows '^the terminal has 80 x 5; wiretruth watch needs 60 x 6'
tap_ok $? "too low: it says so"
resize 80 24
until_shows '^ tso0 +rx '
tap_ok $? "and comes back"

# ---- stopped, and each way to end ---------------------------------------------------------------------------------

press C-z
until_shows 'Stopped'
tap_is "$(alternate)" 0 "Ctrl-Z stops it, and gives the screen back"
rm -f "$LAB_DIR/status"
press -l "fg; echo \$? >$LAB_DIR/status"
press Enter
until_shows '^ tso0 +rx '
tap_is "$(alternate)" 1 "fg brings it back"
press q
tap_is "$(status)" 0 "q ends it with 0"
tap_is "$(alternate)" 0 "the screen is the shell's again"
tap_is "$(modes)" "$before" "the terminal has the modes that it had"

ends_by() { # DESCRIPTION STATUS COMMAND...
  watch_on --method none tso0
  "${@:3}"
  tap_is "$(status) $(alternate)" "$2 0" "$1 ends it with $2, and the screen is the shell's"
  tap_is "$(modes)" "$before" "$1: so are its modes"
}
signal_watch() { kill -"$1" "$(pid_of_watch)"; }
ends_by Ctrl-C 0 press C-c
ends_by SIGTERM 0 signal_watch TERM
ends_by SIGHUP 0 signal_watch HUP
# In a shell that does not put the modes back itself. Not SIGSEGV, which a sanitizer answers in its own way.
command_line "dash -c '$watch --method none tso0; echo \$? >$LAB_DIR/crash; stty -a >$LAB_DIR/modes'"
until_shows '^ tso0 +rx '
kill -ABRT "$(pgrep -P "$(pid_of_watch)")"
status >/dev/null
tap_is "$(<"$LAB_DIR/crash") $(alternate)" "134 0" "a crash leaves the screen to the shell"
tap_is "$(<"$LAB_DIR/modes")" "$before" "a crash: and its modes"
shows '^wiretruth: ended by a defect'
tap_ok $? "a crash: it says so"

# ---- colour, characters -------------------------------------------------------------------------------------------

coloured() { t capture-pane -e -p -t w | grep -qE $'\e\\[([0-9;]*;)?3[0-7]'; }
stream_start
for setting in '' 'NO_COLOR=' 'NO_COLOR=1 LC_ALL=C'; do
  command_line "env $setting $watch --interval 0.2 --method none tso0"
  until_shows '^.tso0 +tx +~?[1-9].* [▁▂▃▄▅▆▇█_.:=+*#-]{3,}$'
  coloured
  tap_is $? "$([[ $setting == *=1* ]] && echo 1 || echo 0)" "'$setting': colour, or none"
  if [[ $setting == *LC_ALL=C* ]]; then
    tap_is "$(screen | LC_ALL=C grep -c '[^ -~]')" 0 "without UTF-8 all is ASCII"
    shows '^.tso0 +tx .* (<|under)'
    tap_ok $? "a verdict is a word, whatever the colour"
  else
    row tso0 tx | grep -q '[▁▂▃▄▅▆▇█]'
    tap_ok $? "'$setting': blocks, where there is UTF-8"
  fi
  press q
  status >/dev/null
done
lab_stop "$sender"

# The terminal goes away.
watch_on --method none tso0
gone=$(pid_of_watch)
t kill-session -t w
has_ended() { [[ ! -e /proc/$gone ]]; }
lab_wait 5 "the end" has_ended
tap_ok $? "it ends with its terminal"
lab_stop "$terminal"

# ---- more lines than the screen has -------------------------------------------------------------------------------

for i in {1..25}; do echo "link add a$i type veth peer name b$i"; done | ip -n "$(lab_ns many)" -batch -
rm -f "$LAB_DIR/tmux"
terminal_start many || exit 1
until_shows '^bash.*#'
watch_on --method none
until_shows ' 1-[0-9]+/102$'
tap_ok $? "of more lines than the screen has it says which are there"
tap_is "$(names | cut -d ' ' -f 1-5)" "a1.rx a1.tx a2.rx a2.tx a3.rx" "names are in the order of their numbers"
press NPage
until_shows '^>a[0-9]+ '
press End
until_shows '^>lo +tx '
tap_is "$(names | awk '{ print $NF }')" "lo.tx" "End: the last line is there, and chosen"
press Up
until_shows '^>lo +rx '
press Home
until_shows '^>a1 +rx '
tap_ok $? "Home: and the first again"
press q
tap_is "$(status)" 0 "q ends it with 0"

tap_done
