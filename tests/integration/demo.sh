#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# The demo as its user runs it: beside another one, by IPv4 and IPv6, interrupted, and with an expectation that is not
# met.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
# shellcheck source=lab/lab.sh
. lab/lab.sh
lab_start || exit 1

# demo NAME [ROOT [ARGUMENT]...]: in the background, its lab's files below a directory of its own
#
# Signals as a person's shell has them: what bash starts in the background ignores SIGINT.
demo() {
  local name=$1 root=${2:-.}
  mkdir "$LAB_DIR/$name"
  setsid env --default-signal "TMPDIR=$LAB_DIR/$name" LAB_FRAMES=8000 "$root/lab/demo.sh" "${@:3}" >"$LAB_DIR/$name.out" 2>&1 &
  demos[$name]=$!
}
declare -A demos=()

ended() { ! kill -0 "${demos[$1]}" 2>/dev/null; }

# finish NAME: its exit status in status
finish() {
  lab_poll 120 ended "$1" || kill -KILL "${demos[$1]}"
  status=0
  wait "${demos[$1]}" || status=$?
}

rows() { grep -cE " (yes|NO)$" "$LAB_DIR/$1.out"; }
agreeing() { grep -c ' yes$' "$LAB_DIR/$1.out"; }

# The lab's name, as long as its directory is there.
lab_of() { basename "$LAB_DIR/$1"/wiretruth-* 2>/dev/null | sed 's/^wiretruth-//'; }

left_behind() { # NAME ID
  ls -A "$LAB_DIR/$1"
  compgen -G "/run/netns/$2-*"
  pgrep -af -- "$2"
}

test_side_by_side() {
  local tree=$LAB_DIR/tree name
  # A demo that expects something else must fail, or it could not fail at all.
  mkdir "$tree" && cp -r lab "$tree" && ln -s "$PWD/mibs" "$tree/mibs" && ln -s "$PWD/build" "$tree/build"
  sed -i 's/S_CAUSE=gro$/S_CAUSE=lro/' "$tree/lab/situations.sh"
  demo IPv4 . 4
  demo IPv6 . 6
  demo wrong "$tree"
  for name in IPv4 IPv6; do
    finish $name
    tap_is "$status $(rows $name) $(agreeing $name)" '0 8 8' "demo by $name: all eight situations, told the same three ways"
    [[ $status == 0 ]] || tap_diag "$(<"$LAB_DIR/$name.out")"
  done
  finish wrong
  tap_is "$status" 1 'a cause that is not the expected one fails the demo'
  tap_is "$(grep -c '^WRONG: .*cause' "$LAB_DIR/wrong.out")" 1 'and only that is called wrong'
}

# test_interrupt NAME PATTERN: Ctrl-C as soon as a line of its output matches
test_interrupt() {
  local id
  demo "$1"
  lab_wait 60 "the demo to get to '$2'" grep -qs -- "$2" "$LAB_DIR/$1.out"
  id=$(lab_of "$1")
  kill -INT -- "-${demos[$1]}"
  finish "$1"
  tap_is "$status" 130 "Ctrl-C at '$2': exit status"
  tap_is "${id:+named}" named "Ctrl-C at '$2': it had a lab"
  tap_is "$(left_behind "$1" "${id:-none}")" '' "Ctrl-C at '$2': nothing is left behind"
}

test_side_by_side
test_interrupt raising Raising
test_interrupt sending 'one segment each'
test_interrupt showing SITUATION
tap_done
