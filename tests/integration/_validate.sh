# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# `wiretruth validate` in a test: run with records of the test's own, on the link val0 from left to right with traffic
# that left's device has to cut. Sourced after tap.sh and lab.sh; lab_start has been called, and the traffic is made by
# validate_lab.
#
#   start HOST ARGUMENT...    in the background, its pid in $pid; said PATTERN [COUNT] waits for what it says
#   finish                    waits for its end: $status, $out (what it printed), $err (what it said)
#   run HOST ARGUMENT...      both
#   remember HOST IF          the features that same HOST IF WHAT and unchanged WHAT compare with

# ---- running it ---------------------------------------------------------------------------------------------------

# Its records are this test's own: /run is covered, for the command alone.
state=$LAB_DIR/run/wiretruth
mkdir "$LAB_DIR/run"
mkdir -m 700 "$state"
# shellcheck disable=SC2016
command=(sh -c 'mount --bind "$0" /run && exec "$@"' "$LAB_DIR/run")
validate=("${command[@]}" "$LAB_BUILD/wiretruth" validate)

start() { # HOST ARGUMENT...: in the background, its pid in $pid
  local host=$1
  shift
  : >"$LAB_DIR/err"
  # shellcheck disable=SC2016
  lab_spawn_in "$host" validate sh -c 'exec "$@" >"$DIR/out" 2>"$DIR/err"' sh "${validate[@]}" "$@"
  pid=$LAB_PID
}

finish() { # waits for what start started, into $out, $err and $status
  lab_reap "$pid" 30
  status=$LAB_STATUS
  out=$(<"$LAB_DIR/out")
  err=$(<"$LAB_DIR/err")
}

run() { # HOST ARGUMENT...
  start "$@"
  finish
}

# When it has said that: PATTERN [COUNT]
said() { lab_wait 20 "'$1'" has_said "$1" "${2:-1}"; }
has_said() { (($(grep -cE -- "$1" "$LAB_DIR/err") >= $2)); }

features() { lab_in "$1" ethtool -k "$2"; } # HOST IF: as before a change was noted with remember
remember() { before=$(features "$1" "$2"); }
same() { tap_is "$(features "$1" "$2")" "$before" "$3: 'ethtool -k' is as before"; } # HOST IF WHAT
state_is() { lab_feature_is "$(features "$1" "$2")" "$3" "$4"; }                     # HOST IF FEATURE on|off

has() { [[ $1 == *"$2"* ]]; }
ok() { # DESCRIPTION COMMAND...
  local description=$1 result=0
  shift
  "$@" || result=1
  tap_ok $result "$description"
  ((result == 0)) || tap_diag "status ${status-}: ${err-}"
}

no_state() { tap_is "$(ls -A "$state")" "" "$1: no record and no lock is left"; } # WHAT
unchanged() {                                                                    # WHAT
  same left "$if" "$1"
  no_state "$1"
}

guard_pid() { sed -n 's/.*: process \([0-9]*\) restores .*/\1/p' "$LAB_DIR/err"; }
is_gone() { [[ $(lab_stat "$1") == '' || $(lab_stat "$1") == Z* ]]; }

json() { jq -r "$1" <<<"$out"; } # FILTER: of what was printed

export DIR=$LAB_DIR
if=val0
# shellcheck disable=SC2034 # for the caller
long=3 # seconds: it has to be at it still when what it is put through comes

# ---- hosts and traffic --------------------------------------------------------------------------------------------

# traffic FROM TO ADDRESS NAME: goes on until the end of the test
traffic() {
  lab_spawn_in "$2" "receive-$4" "$LAB_BIN/flow" receive --limit 280 --mss 1440 --window 180000 "$3"
  lab_wait_log 5 "receive-$4" '^listening' || return
  lab_spawn_in "$1" "send-$4" "$LAB_BIN/flow" send --limit 280 --mss 1440 --bytes 17000000000 "$3" \
    "$(lab_figure port "$(<"$LAB_DIR/receive-$4.log")")"
}

# Slow, so that it lasts; what is merged or uncut is so at any rate.
slow() { tc -n "$(lab_ns "$1")" qdisc replace dev "$2" root tbf rate 400mbit burst 256k limit 4m; } # HOST IF

link() { # IF SUBNET: a link from left to right with traffic that left's device has to cut
  lab_link left "$1" right "$1" "$2" && lab_offload left "$1" tso on gso on gro on &&
    lab_offload right "$1" gro off && slow left "$1" && traffic left right "$(lab_address "$2" 2)" "$1"
}

link_is_used() { (($(lab_link_counter left "$1" tx packets) > 1000)); }

validate_lab() {
  lab_host left && lab_host right && link val0 61 && lab_wait 10 'traffic' link_is_used val0
}
