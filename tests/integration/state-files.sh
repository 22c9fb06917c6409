#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 20
#
# What is kept over a restart, where it cannot be kept or was spoiled: the disk is full while a manager sets thresholds
# and a baseline is saved; the file of thresholds is cut, binary, of another version, unreadable, a
# directory, a pipe, a link, huge. The agent serves all the same, says what is wrong, and leaves the file as it was.
#
# The disk is a small file system that only the process under test sees.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/snmp_manager.sh
. "$root/lab/snmp_manager.sh"

# What goes before a command for which DIRECTORY is a file system of so many pages; made before ip shows it another /sys.
on_small_disk() { # DIRECTORY PAGES
  # shellcheck disable=SC2016 # for that shell
  SMALL=(unshare --mount --propagation private sh -c
    'mount -t tmpfs -o size=$(($1 * 4096)) none "$0" && chmod 755 "$0" && shift && exec "$@"' "$1" "$2")
}

# ---- the disk is full ---------------------------------------------------------------------------------------------

there() { nsenter --target "$LAB_SNMP_AGENT" --mount "$@"; } # COMMAND...: what the agent sees
fill_disk() { there dd if=/dev/zero of="${STORE%/*}/full" bs=4096 >/dev/null 2>&1; [[ $(there df --output=avail "${STORE%/*}" | tail -n 1) -eq 0 ]]; }

test_thresholds_full() {
  local before SMALL wrap=("${LAB_SNMP_WRAP[@]}")
  on_small_disk "${STORE%/*}" 8
  LAB_SNMP_WRAP=("${SMALL[@]}" "${wrap[@]}")
  start_agent
  tap_is "$(error_of 1 Status i 4 1 Interfaces s lo 1 Rising u 700)" '' 'a threshold is set and kept'
  before=$(there cat "$STORE")
  check 'the disk is full' fill_disk
  tap_is "$(error_of 1 Rising u 900)" commitFailed 'the disk is full: a SET fails'
  tap_is "$(error_of 2 Status i 4 2 Interfaces s lo)" commitFailed 'the disk is full: and so does a new row'
  tap_is "$(row 1 Rising) $(has_row 2 || echo none)" '700 none' 'the disk is full: all is as it was'
  tap_is "$(there cat "$STORE")" "$before" 'the disk is full: and so is the file'
  tap_is "$(there ls -I cert_indexes "${STORE%/*}" | paste -sd' ')" 'full wiretruth-thresholds' 'the disk is full: nothing lies beside it'
  check 'the disk is full: the log tells why' lab_wait_log 10 agentx-host 'a SET fails: thresholds .*No space left on device'
  there rm "${STORE%/*}/full"
  tap_is "$(error_of 1 Rising u 900)" '' 'with room again a SET succeeds'
  check 'and is kept' there grep -q '^threshold 1 3 1 900 ' "$STORE"
  stop_agent
  tap_is "$LAB_STATUS" 0 'the agent ends without error'
  LAB_SNMP_WRAP=("${wrap[@]}")
}

test_baseline_full() {
  local SMALL said status
  mkdir "$LAB_DIR/small"
  on_small_disk "$LAB_DIR/small" 1
  # shellcheck disable=SC2016 # for that shell
  said=$(lab_in host "${SMALL[@]}" sh -c '"$0" baseline save "$1/new" 2>&1; echo "status $?"; ls -A "$1"' \
    "$LAB_BUILD/wiretruth" "$LAB_DIR/small")
  status=$(grep -o '^status .*' <<<"$said")
  tap_is "$status" 'status 3' 'a baseline for which there is no room: status 3'
  check 'and it says so' grep -q "^wiretruth: baseline $LAB_DIR/small/new cannot be written: No space left on device" <<<"$said"
  tap_is "$(sed '1,/^status/d' <<<"$said")" '' 'nothing is left of it'
}

# ---- the file was spoiled -----------------------------------------------------------------------------------------

good='# Thresholds
notifications 1
degraded 0
threshold 1 3 1 700 250 1 900 1 lo'

# spoiled WHAT SENTENCE: with what is at $STORE now, the agent serves, says so, and touches nothing
spoiled() {
  local before
  before=$(ls -l "$STORE" && { [[ ! -f $STORE ]] || head -c 100000 "$STORE" | md5sum; })
  lab_snmp_agent host
  check "$1: it serves" lab_wait 20 'rows' has_row 65001
  check "$1: the log says so" grep -qE "$2" "$LAB_DIR/agentx-host.log"
  tap_is "$(error_of 9 Status i 4 9 Interfaces s lo)" resourceUnavailable "$1: what is to be kept cannot be set"
  stop_agent
  tap_is "$LAB_STATUS $(ls -l "$STORE" && { [[ ! -f $STORE ]] || head -c 100000 "$STORE" | md5sum; })" "0 $before" "$1: it is as it was"
  rm -rf "$STORE"
}

test_spoiled() {
  printf '%s' "$good" >"$STORE"
  spoiled 'cut off' 'line 4: not what a threshold is written as'
  head -c 3000 /dev/urandom >"$STORE"
  spoiled 'binary' 'line 1: not what a threshold is written as'
  printf '%s 7 7 7\n' "$good" >"$STORE"
  spoiled 'of another version' 'line 4: not what a threshold is written as'
  printf '%s\0\n' "$good" >"$STORE"
  spoiled 'with a zero octet' 'line 4: not what a threshold is written as'
  mkdir "$STORE"
  spoiled 'a directory' 'cannot be read from .*: Is a directory'
  mkfifo "$STORE"
  spoiled 'a pipe' 'cannot be read from .*: Invalid argument'
  printf '%s\n' "$good" >"$LAB_DIR/elsewhere"
  ln -s "$LAB_DIR/elsewhere" "$STORE"
  spoiled 'a link, to a good file' 'cannot be read from .*: Too many levels of symbolic links'
  tap_is "$(cat "$LAB_DIR/elsewhere")" "$good" 'nor is what it points to touched'
  yes '# and so on' | head -c 300000000 >"$STORE"
  spoiled 'huge' 'line 10001: not what a threshold is written as'
}

# ---- run ----------------------------------------------------------------------------------------------------------

lab_start && lab_host host && lab_host far && lab_link host eth0 far eth0 7 || exit
test_baseline_full
if [[ -x $LAB_BUILD/wiretruth-agentx ]]; then
  manager_configure 'Interface eth0'
  lab_snmp_master host || exit
  test_thresholds_full
  test_spoiled
  lab_snmp_stop
else
  tap_skip 'thresholds' 'no subagent was built'
fi
tap_done
