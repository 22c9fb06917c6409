#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The lab itself, with the kernel's own instruments: an idle link is silent, every situation is what it claims to be,
# and nothing is left behind however it ends.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. lab/lab.sh
. lab/situations.sh

# ---- silence ------------------------------------------------------------------------------------------------------

# All packets that all links of all hosts have carried or dropped.
all_packets() {
  local path
  for path in /run/netns/"$LAB_ID"-*; do
    ip -n "${path##*/}" -s -j link
  done | jq -s '[.[][].stats64 | .rx.packets, .tx.packets, .rx.dropped, .tx.dropped] | add'
}

test_silence() {
  sleep 3 # not for something to happen: the time in which nothing may
  tap_is "$(all_packets)" 0 "idle links carry nothing"
}

# ---- situations ---------------------------------------------------------------------------------------------------

# relation SIGNAL FRAMES: the verdict that follows
relation() {
  if (($1 == $2)); then
    echo agrees
  elif (($1 * 2 < $2)); then
    echo under-reports
  else
    echo "$1 of $2"
  fi
}

# Sets a figure for each instrument, cumulative but for the tap.
read_instruments() {
  local name
  for name in $S_ORACLES; do ORACLE[$name]=$(situation_oracle "$name"); done
  COUNTER=$(lab_link_counter "$S_HOST" "$S_IF" "$S_DIR" packets)
}

# test_situation ID 4|6 MSS
test_situation() {
  local what="$1, IPv$2, MSS $3" reader name line counter status
  local -A ORACLE=() before=()
  situation_select "$1"
  lab_spawn_in "$S_HOST" tap "$LAB_BIN/frames" "$S_IF"
  reader=$LAB_PID
  lab_wait_log 5 tap '^ready'
  read_instruments
  counter=$COUNTER
  for name in $S_ORACLES; do before[$name]=${ORACLE[$name]}; done

  situation_traffic "$1" "$2" "$3"
  status=$?
  read_instruments
  lab_stop "$reader"
  line=$(tail -n 1 "$LAB_DIR/tap.log")
  for name in $S_ORACLES; do ORACLE[$name]=$((ORACLE[$name] - before[$name])); done

  judge_situation "$what" "$status" "$((COUNTER - counter))" "$(lab_figure "${S_DIR}_frames" "$line")"
}

# judge_situation WHAT STATUS COUNTER TAP
judge_situation() {
  local frames=${ORACLE[${S_ORACLES%% *}]} other=${ORACLE[${S_ORACLES##* }]}
  tap_is "$2, $((frames >= LAB_FRAMES)), $other" "0, 1, $frames" "$1: the transfer, and both oracles tell the same"
  tap_is "$(relation "$3" "$frames"), $(relation "$4" "$frames")" "$S_COUNTER, $S_CAPTURE" \
    "$1: counter $S_COUNTER, capture $S_CAPTURE"
}

test_situations() {
  local id
  for id in "${situations[@]}"; do
    test_situation "$id" 4 1440
    test_situation "$id" 6 1440
    test_situation "$id" 4 300
  done
}

# test_cutting PROTOCOL 4|6 MSS
test_cutting() {
  local qdisc counter
  CUT_FRAMES=0
  qdisc=$(lab_qdisc_packets host cut0)
  counter=$(lab_link_counter host cut0 tx packets)
  cutting_traffic "$@"
  qdisc=$(($(lab_qdisc_packets host cut0) - qdisc))
  counter=$(($(lab_link_counter host cut0 tx packets) - counter))
  tap_is "$qdisc $((CUT_FRAMES >= LAB_FRAMES))" "$CUT_FRAMES 1" "cutting, $1, IPv$2, MSS $3: as many frames one by one"
  tap_ok $((counter * 2 >= CUT_FRAMES)) "cutting, $1, IPv$2, MSS $3: they left uncut"
}

# ---- what is refused ----------------------------------------------------------------------------------------------

test_refusals() {
  local said status
  said=$(lab_offload host tso0 rx-vlan-filter on 2>&1)
  tap_is "$? ${said%%:*}" "1 lab" "an offload that does not take is an error"
  said=$(lab_wait 1 "the impossible" false 2>&1)
  tap_is "$? $said" "1 lab: waited 1 s in vain for the impossible" "a wait is bounded and says for what"
  said=$(lab_start 2>&1)
  tap_is "$? $said" "1 lab: already started as $LAB_ID" "a second start is refused"
  said=$(LAB_FRAMES=10 situation_traffic nonsense 2>&1)
  tap_is "$? $said" "1 lab: no situation 'nonsense'" "an unknown situation is refused"
  said=$(lab_flow host peer-tso 10.1.0.9 -- --bytes 1 2>&1)
  status=$?
  tap_ok $((status == 0)) "a transfer that cannot be is an error"
}

# ---- nothing left behind ------------------------------------------------------------------------------------------

# session ENDING: a lab of its own, which tells its name and processes in the file $LAB_DIR/session and ends that way
session() {
  : >"$LAB_DIR/session"
  # Signals as a person's shell has them: what bash starts in the background ignores SIGINT.
  # shellcheck disable=SC2016
  setsid env --default-signal bash -c '
    set -eu
    . lab/lab.sh
    . lab/situations.sh
    lab_start
    situation_setup one
    lab_spawn_in host idle sleep 1000
    sleeper=$LAB_PID
    stubborn=
    [[ $2 != end ]] || stubborn="trap \"\" TERM;"
    lab_spawn_in host family sh -c "$stubborn sleep 1000; :"
    echo "$LAB_ID $LAB_DIR $sleeper $LAB_PID" >"$1"
    LAB_FRAMES=3000000
    case $2 in
      end) lab_end; lab_end ;;
      failure) false ;;
      refused) lab_host host ;;
      early) kill -INT 0 ;;
      foreground) lab_in host sleep 1000 ;;
      *) situation_traffic one 4 ;;
    esac
    echo reached the end' session "$LAB_DIR/session" "$1" >"$LAB_DIR/session.log" 2>&1 &
  SESSION=$!
}

session_has_traffic() { [[ -s $LAB_DIR/session && -s $(session_fact 2)/receive.log ]]; }
session_sleeps() { [[ -s $LAB_DIR/session ]] && (($(ip netns pids "$(session_fact 1)-host" | wc -l) >= 4)); }
session_fact() { cut -d ' ' -f "$1" "$LAB_DIR/session"; }

# What is still there of it; nothing if all is well.
left_behind() {
  local id dir sleeper family path
  read -r id dir sleeper family <"$LAB_DIR/session" || { echo "it never started: $(<"$LAB_DIR/session.log")"; return; }
  for path in /run/netns/"$id"*; do [[ -e $path ]] && echo "namespace $path"; done
  [[ -e $dir ]] && echo "directory $dir"
  for path in /proc/"$sleeper" /proc/"$family"; do [[ -e $path ]] && echo "process $path"; done
  pgrep -s "$sleeper,$family" -r D,R,S,T -a
  return 0
}

# test_ending WHAT ENDING STATUS [UNTIL-COMMAND SIGNAL group|script]
test_ending() {
  local status=0
  session "$2"
  if (($# > 3)); then
    lab_wait 20 "the session to get that far" "$4"
    if [[ $6 == group ]]; then kill -"$5" -- "-$SESSION"; else kill -"$5" "$SESSION"; fi
  fi
  lab_poll 20 session_ended || kill -KILL "$SESSION"
  wait "$SESSION" || status=$?
  tap_is "$status" "$3" "$1: exit status"
  tap_is "$(left_behind)" "" "$1: nothing is left behind"
}

session_ended() { ! kill -0 "$SESSION" 2>/dev/null; }

test_endings() {
  test_ending "lab_end" end 0
  test_ending "a command that fails" failure 1
  test_ending "a host that exists" refused 1
  test_ending "Ctrl-C at once" early 130
  test_ending "Ctrl-C in the middle of traffic" traffic 130 session_has_traffic INT group
  test_ending "SIGINT to the script alone" traffic 130 session_has_traffic INT script
  test_ending "SIGTERM in the middle of traffic" traffic 143 session_has_traffic TERM script
  test_ending "SIGHUP in the middle of traffic" traffic 129 session_has_traffic HUP group
  test_ending "Ctrl-C in a foreground command" foreground 130 session_sleeps INT group
}

# The sessions above had hosts of the same names.
test_neighbour() {
  situation_select tso
  tap_is "$(situation_traffic tso 4 1440 2>&1; echo $?)" 0 "labs that came and went beside this one left it alone"
}

test_own_end() {
  local dir=$LAB_DIR id=$LAB_ID
  lab_end
  tap_is "$(ls -d "$dir" /run/netns/"$id"* 2>/dev/null)" "" "lab_end takes all of this lab away"
}

lab_start || exit
situation_failed=0
for id in "${situations[@]}"; do situation_setup "$id" || situation_failed=1; done
cutting_setup || situation_failed=1
tap_ok $situation_failed "all situations are set up side by side"
test_silence
test_situations
test_cutting tcp 4 1440
test_cutting tcp 6 300
test_cutting udp 4 300
test_cutting udp 6 1440
test_refusals
test_endings
test_neighbour
test_own_end
tap_done
