#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 95
# beside: it waits for polls and for traffic most of the time
#
# The experiment: turning offloads off makes the signals meet; and whatever happens to the command, its guard or the
# interface, `ethtool -k` says afterwards what it said before.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_validate.sh
. "$root/tests/integration/_validate.sh"
validate_lab || exit 1

# ---- help and manual ----------------------------------------------------------------------------------------------

run left --help
tap_is "$status $err" "0 " "--help"
ok "no line of the help is wider than a terminal of 100 columns" test "$(wc -L <"$LAB_DIR/out")" -le 100
options_of() { grep -oE -- '--[a-z][a-z-]+' | sort -u; }
tap_is "$(sed -n '/^\.SH VALIDATE/,/^\.SH COMPARE/{s/\\-/-/g;p}' "$root/docs/wiretruth.1" | grep -A1 '^\.TP' | options_of)" \
  "$(grep -E '^  (-., )?--' "$LAB_DIR/out" | options_of)" "the manual describes the options of the help, and no others"

# No plugin can do what this command does: there is no code for it in them.
changes() { nm "$LAB_BUILD/$1" | grep -cE ' (wt_offload_set|validate_turn_off)$'; } # FILE
tap_is "$(changes wiretruth)" 2 "the command has the code that changes offloads"
for plugin in wiretruth.so wiretruth-agentx; do
  [[ -e $LAB_BUILD/$plugin ]] || continue
  tap_is "$(changes $plugin)" 0 "$plugin has none of it"
done

# ---- what comes out -----------------------------------------------------------------------------------------------

remember left val0
start left --duration 1 --json --yes val0
said '^wiretruth: observing' 2
ok "while it measures again TSO is off" state_is left val0 tcp-segmentation-offload off
ok "while it measures again GSO is off" state_is left val0 generic-segmentation-offload off
ok "while it measures again GRO is off" state_is left val0 generic-receive-offload off
lab_in left ethtool --json -k val0 | jq -r '.[0] | to_entries[] | select(.value.active) | .key' >"$LAB_DIR/active"
guard=$(guard_pid)
# It is there before it has begun.
leads_a_session() { [[ $(ps -o sid= -p "$1" | tr -d ' ') == "$1" ]]; } # PID
has_few_rights() { # PID
  local effective
  read -r _ effective < <(grep '^CapEff' "/proc/$1/status")
  ((!(16#$effective & ~(1 << 12 | 1 << 13 | 1 << 39)))) # CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF
}
check "the guard has a session of its own" lab_wait 10 'a session' leads_a_session "$guard"
for process in "$pid" "$guard"; do
  check "rights that it does not need are given up" lab_wait 10 'fewer rights' has_few_rights "$process"
done
finish
tap_is "$status" 0 "TSO and all: exit status"
unchanged "TSO and all"
ok "the guard has ended" is_gone "$guard"
tap_is "$(json .conclusion)" met "TSO and all: the signals meet"
for signal in counter capture; do
  tap_is "$(json '.signals[] | select(.direction == "tx" and .signal == "'$signal'") |
    "\(.verdict_before) \(.verdict_after) \(.moved) \(.agrees)"')" "under-reports agrees true true" "TSO and all: $signal"
done
tap_is "$(json '.before.interfaces[0].tx | .wire.frames > 5 * .packets')" true "before, packets were many frames"
tap_is "$(json '.after.interfaces[0].tx | .wire.frames == .packets')" true "with TSO off, each packet is one frame"
# shellcheck disable=SC2016
tap_is "$(json '[.turned_off[] as $name | .before.interfaces[0].offload[$name].active] | all')" true \
  "what was turned off was on"
tap_is "$(json '.turned_off[]' | grep -Fxf - "$LAB_DIR/active")" "" "what is said to be off was off by ethtool"
ok "it says what was restored" has "$err" 'restored on "val0"'

run left --duration 0.5 --yes val0
tap_is "$status" 0 "as a table: exit status"
ok "as a table: the counter moved" grep -qE '^ +off .* agrees +moved$' "$LAB_DIR/out"
ok "as a table: a sentence" has "$out" "val0 transmit: the counter moved from"
ok "as a table: the conclusion" has "$out" "The signals meet"
unchanged "as a table"

run left --duration 0.5 --json --yes --turn-off gro val0
tap_is "$status $(json .conclusion)" "0 not-met" "GRO is not why a transmitting counter is wrong"
tap_is "$(json '.turned_off | join(",")')" rx-gro "only what was asked for was turned off"
unchanged "GRO alone"

# What goes off with scatter-gather comes back with it.
run left --duration 0.5 --json --yes --turn-off sg val0
tap_is "$status $(json .conclusion)" "0 met" "without scatter-gather there is no TSO"
ok "what went off along is told" has "$(json '.changed_along[].feature')" tx-tcp-segmentation
unchanged "scatter-gather"

# What is wanted and not on, and what is off, stays so.
lab_in left ethtool -K val0 sg off gro off
remember left val0
ok "TSO is off and requested on" has "$before" "tx-tcp-segmentation: off [requested on]"
run left --duration 0.5 --yes --turn-off tx val0
same left val0 "checksums, where TSO waits for scatter-gather"
run left --duration 0.5 --yes --turn-off gro,gso,tx-tcp-segmentation val0
tap_is "$status" 3 "where nothing of what was asked for is on there is nothing to turn off"
ok "it says so" has "$err" "nothing to turn off"
unchanged "nothing to turn off"
lab_in left ethtool -K val0 sg on gro on
lab_offload left val0 tso on gso on gro on
remember left val0

# Receive: the sender cuts, GRO merges.
lab_link left gro0 right gro0 62 && lab_offload right gro0 gro off tso off gso off &&
  lab_offload left gro0 gro on && traffic right left "$(lab_address 62 1)" gro0
lab_wait 10 'traffic' link_is_used gro0
remember left gro0
run left --duration 0.5 --json --yes --turn-off gro gro0
tap_is "$status $(json .conclusion)" "0 met" "GRO: the signals meet"
tap_is "$(json '[.signals[] | select(.direction == "rx" and .signal != "series") | "\(.verdict_before) \(.moved)"] | join(", ")')" \
  "agrees false, under-reports true" "GRO: the counter was right, and the capture moved"
same left gro0 GRO
ip -n "$(lab_ns left)" link del gro0
remember left val0

# Somebody else turns it on again meanwhile.
start left --duration 1 --json --yes val0
said '^wiretruth: observing' 2
lab_in left ethtool -K val0 tso on
finish
ok "what somebody turned on meanwhile is told" has "$(json '.disturbed[]')" tx-tcp-segmentation
tap_is "$(json .conclusion)" disturbed "and there is no conclusion"
unchanged "somebody else"

# ---- nothing is changed -------------------------------------------------------------------------------------------

# nothing STATUS TEXT WHAT ARGUMENT...
nothing() {
  local want=$1 text=$2 what=$3
  shift 3
  lab_in left ethtool --monitor >"$LAB_DIR/monitor" 2>/dev/null & # any change is heard
  monitor=$!
  run left "$@"
  kill "$monitor" 2>/dev/null
  wait "$monitor" 2>/dev/null
  tap_is "$status" "$want" "$what: exit status"
  tap_is "$out" "" "$what: prints no result"
  ok "$what: is told" has "$err" "$text"
  tap_is "$(grep -c val0 "$LAB_DIR/monitor")" 0 "$what: nothing was changed, not even for a moment"
  unchanged "$what"
}

nothing 2 "--yes" "no terminal and no --yes" --duration 0.1 val0
nothing 2 "'frob'" "an unknown offload" --yes --turn-off gro,frob val0
ok "an unknown offload: those that there are, are listed" has "$err" '"val0" has: gro, tso, gso'
nothing 2 "''" "no offload" --yes --turn-off '' val0
nothing 2 "one interface, not 0" "no interface" --yes
nothing 2 "one interface, not 2" "two interfaces" --yes val0 lo
nothing 2 "'0'" "no time" --yes --duration 0 val0
nothing 2 "'val0'" "--restore of one" --restore val0
nothing 2 "'--frobnicate'" "an unknown option" --frobnicate val0
nothing 3 'no interface "val9"' "no such interface" --yes val9
nothing 3 "is on" "what is off already" --yes --turn-off lro val0
nothing 3 "cannot be turned off: tx-scatter-gather" "what is fixed" --yes --turn-off tx-scatter-gather lo
ip -n "$(lab_ns left)" link add idle0 type veth peer name idle1
ip -n "$(lab_ns left)" link set idle0 up
nothing 3 "no verdict" "no traffic" --yes --duration 0.2 idle0
validate=("${command[@]}" setpriv "--bounding-set=-all,+net_raw" --inh-caps=-all "$LAB_BUILD/wiretruth" validate)
nothing 3 CAP_NET_ADMIN "without the right" --yes val0
validate=("${command[@]}" "$LAB_BUILD/wiretruth" validate)
chmod 755 "$state"
nothing 3 "mode 0700" "where others could write records" --yes val0
chmod 700 "$state"

# on_terminal ANSWER: the answer is typed when it asks
on_terminal() {
  rm -f "$LAB_DIR/typing"
  mkfifo "$LAB_DIR/typing"
  exec 7<>"$LAB_DIR/typing"
  printf '#!/bin/sh\nexec %s val0 --duration 0.5\n' "${validate[*]@Q}" >"$LAB_DIR/asked"
  chmod +x "$LAB_DIR/asked"
  # shellcheck disable=SC2016
  lab_spawn_in left terminal sh -c 'exec script -qfec "$DIR/asked" /dev/null <"$DIR/typing"'
  pid=$LAB_PID
  lab_wait_log 10 terminal "Type the interface's name" && printf '%s\n' "$1" >&7
  lab_reap "$pid" 20
  exec 7>&-
  status=$LAB_STATUS err=$(<"$LAB_DIR/terminal.log")
}

for answer in val1 '' y; do
  on_terminal "$answer"
  tap_is "$status" 3 "the answer '$answer': exit status"
  ok "the answer '$answer': nothing was changed" has "$err" "nothing was changed"
  ok "the answer '$answer': it was told before what that may cost" has "${err%%Type*}" "that may cost: "
  unchanged "the answer '$answer'"
done
on_terminal val0
tap_is "$status" 0 "the interface's name typed: exit status"
ok "the interface's name typed: it did it" has "$err" "The signals meet"
unchanged "the interface's name typed"

# ---- it ends early ------------------------------------------------------------------------------------------------

moments=('^wiretruth: will turn off' '^wiretruth: observing' 'restores should' '^wiretruth: turned off')

for moment in "${moments[@]}"; do
  # Before it measures nothing is changed, and it dies as any command does.
  for signal in INT TERM; do
    start left --duration $long --yes val0
    said "$moment"
    lab_signal "$pid" $signal
    finish
    ok "$signal at '$moment': no success" test "$status" != 0
    same left val0 "$signal at '$moment'"
    rm -f "$state"/*.lock
    no_state "$signal at '$moment'"
  done
done
for signal in INT TERM HUP QUIT; do
  start left --duration $long --yes val0
  said '^wiretruth: observing' 2
  lab_signal "$pid" $signal
  finish
  tap_is "$status $out" "3 " "$signal while it measures again: exit status, and no result"
  ok "$signal while it measures again: it is told" has "$err" "interrupted"
  unchanged "$signal while it measures again"
done
# Ctrl-Z must not leave the offloads off for as long as nobody types fg.
start left --duration 1 --yes val0
said '^wiretruth: observing' 2
lab_signal "$pid" TSTP
finish
tap_is "$status" 0 "Ctrl-Z is put off to the end"
unchanged "Ctrl-Z"

for moment in 'restores should' '^wiretruth: turned off' 'observing .* exact|observing .* sample'; do
  start left --duration $long --yes val0
  said "$moment" "$([[ $moment == observing* ]] && echo 2 || echo 1)"
  guard=$(guard_pid)
  lab_signal "$pid" KILL
  finish
  lab_wait 10 "the guard's end" is_gone "$guard"
  err=$(<"$LAB_DIR/err")
  tap_is "$status" 137 "kill -9 at '$moment'"
  ok "kill -9 at '$moment': the guard tells" has "$err" "its guard acts: "
  unchanged "kill -9 at '$moment'"
done

start left --duration 1 --yes val0
said '^wiretruth: turned off'
kill -KILL "$(guard_pid)"
finish
tap_is "$status" 0 "kill -9 of the guard alone: the command restores"
unchanged "kill -9 of the guard alone"

start left --duration $long --yes val0
said '^wiretruth: turned off'
guard=$(guard_pid)
for signal in TERM INT HUP QUIT USR1 ALRM; do kill -$signal "$guard"; done
lab_signal "$pid" INT
finish
ok "no signal that can be refused ends the guard" has "$err" restored
unchanged "signals to the guard"

# both_killed HOST IF
both_killed() {
  start "$1" --duration $long --yes "$2"
  said '^wiretruth: turned off'
  guard=$(guard_pid)
  kill -STOP "$pid" # it must not tell the end of its guard from its own
  kill -KILL "$guard"
  lab_wait 5 "the guard's end" is_gone "$guard"
  kill -KILL "$pid"
  finish
}

# refuses HOST IF WHAT
refuses() {
  local now
  now=$(features left val0)
  run "$1" --duration 0.2 --yes "$2"
  tap_is "$status" 3 "$3: the next run refuses"
  ok "$3: it is told how to go on" has "$err" "wiretruth validate --restore"
  tap_is "$(features left val0)" "$now" "$3: the next run changes nothing"
}

both_killed left val0
ok "both killed: TSO is left off" state_is left val0 tcp-segmentation-offload off
refuses left val0 "both killed"
lab_in right ethtool -K val0 gro off
refuses right val0 "both killed, elsewhere"
run left --restore
tap_is "$status" 0 "--restore: exit status"
ok "--restore: it is told" has "$err" 'restored on "val0"'
unchanged "--restore"
run left --restore
tap_is "$status" 0 "--restore again: exit status"
ok "--restore again: nothing is left" has "$err" "nothing is left to be restored"

both_killed left val0
run right --restore
tap_is "$status" 0 "--restore from another network namespace: exit status"
unchanged "--restore from another network namespace"

# A damaged record is no reason to go on.
both_killed left val0
record=$(echo "$state"/*.record)
tap_is "$(stat -c %a "$record")" 600 "the record is its owner's alone"
cp "$record" "$LAB_DIR/record"
sed -i '4s/interface/interfice/' "$record"
refuses_damaged() {
  run left "$@"
  tap_is "$status" 3 "a damaged record: $1"
  ok "a damaged record: $1 names file and line" has "$err" "damaged at line $damage"
}
damage=4
refuses_damaged --yes --duration 0.1 val0
refuses_damaged --restore
head -n -1 "$LAB_DIR/record" >"$record"
damage=$(wc -l <"$LAB_DIR/record")
refuses_damaged --restore
cp "$LAB_DIR/record" "$record"
sed -i 's/^boot .*/boot 00000000-0000-0000-0000-000000000000/' "$record"
run left --restore
ok "a record from before a restart has nothing to restore" has "$err" "started anew"
cp "$LAB_DIR/record" "$record"
run left --restore
unchanged "the record mended"

# ---- two at once --------------------------------------------------------------------------------------------------

start left --duration $long --yes val0
said '^wiretruth: turned off'
second=0
lab_in left "${validate[@]}" --duration 0.2 --yes val0 >"$LAB_DIR/second" 2>&1 || second=$?
tap_is "$second" 3 "a second one: exit status"
ok "a second one is told who is at work" grep -q "another validate (process $pid) is at work on \"val0\"" "$LAB_DIR/second"
second=0
lab_in left "${validate[@]}" --restore >"$LAB_DIR/second" 2>&1 || second=$?
tap_is "$second" 0 "--restore beside a run: exit status"
ok "--restore leaves a run alone that lives" grep -q "nothing is left to be restored" "$LAB_DIR/second"
ok "a second one changes nothing" state_is left val0 tcp-segmentation-offload off
lab_signal "$pid" INT
finish
unchanged "two at once"

# ---- the interface goes -------------------------------------------------------------------------------------------

# fresh IF SUBNET: another link with traffic, on which it works
fresh() {
  link "$1" "$2"
  lab_wait 10 'traffic' link_is_used "$1"
  if=$1
  remember left "$1"
}

fresh gone0 63
start left --duration $long --yes gone0
said '^wiretruth: observing' 2
ip -n "$(lab_ns left)" link del gone0
finish
tap_is "$status $out" "3 " "deleted meanwhile: exit status, and no result"
ok "deleted meanwhile: it is told" has "$err" '"gone0" disappeared with offloads turned off'
no_state "deleted meanwhile"

fresh gone1 64
start left --duration $long --yes gone1
said '^wiretruth: observing' 2
guard=$(guard_pid)
kill -STOP "$pid"
ip -n "$(lab_ns left)" link del gone1
kill -KILL "$pid"
finish
lab_wait 10 "the guard's end" is_gone "$guard"
err=$(<"$LAB_DIR/err")
ok "deleted and killed: the guard tells" has "$err" '"gone1" disappeared with offloads turned off'
no_state "deleted and killed"

fresh gone2 65
both_killed left gone2
ip -n "$(lab_ns left)" link del gone2
run left --restore
tap_is "$status" 0 "deleted when both are killed: exit status of --restore"
ok "deleted when both are killed: --restore tells" has "$err" '"gone2" is gone'
no_state "deleted when both are killed"

lab_host third
fresh away0 66
start left --duration $long --yes away0
said '^wiretruth: observing' 2
ip -n "$(lab_ns left)" link set away0 netns "$(lab_ns third)"
finish
tap_is "$status" 3 "moved meanwhile: exit status"
ok "moved meanwhile: it is told, loudly" has "$err" 'NOT RESTORED: "away0" was moved'
refuses left val0 "moved meanwhile"
run third --restore
tap_is "$status" 0 "moved meanwhile: exit status of --restore there"
same third away0 "moved meanwhile, and restored there"
no_state "moved meanwhile"

# rename HOST FROM TO: before Linux 6.2 it must be down for that
rename() {
  ip -n "$(lab_ns "$1")" link set "$2" down && ip -n "$(lab_ns "$1")" link set "$2" name "$3" &&
    ip -n "$(lab_ns "$1")" link set "$3" up
}

fresh old0 67
both_killed left old0
rename left old0 new0
refuses left new0 "renamed"
run left --restore
tap_is "$status" 0 "renamed: exit status of --restore"
tap_is "$(features left new0 | tail -n +2)" "$(tail -n +2 <<<"$before")" "renamed: 'ethtool -k' is as before"
no_state "renamed"

fresh old1 68
start left --duration $long --yes old1
said '^wiretruth: observing' 2
rename left old1 new1
lab_signal "$pid" INT
finish
tap_is "$(features left new1 | tail -n +2)" "$(tail -n +2 <<<"$before")" "renamed meanwhile: 'ethtool -k' is as before"
no_state "renamed meanwhile"

tap_done
