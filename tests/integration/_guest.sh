# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What a guest observed, and one table of it. Sourced after _observe.sh and lab/guest.sh.
#
#   guest_take NAME     takes over what observe_end in the guest printed (GUEST_SAID): observe_fact NAME PATH then tells
#   guest_row ...       a row of the table
#   guest_table         prints it

# Figures that other instruments in the guest gave, "DEVICE.rx.packets" and so on.
declare -A GUEST_FIGURE=()
GUEST_ROWS=()

guest_take() { # NAME
  local key value said
  while read -r key value; do
    [[ $key =~ ^[a-z0-9]+\.[a-z.-]+$ ]] && GUEST_FIGURE[$key]=$value
  done <<<"$GUEST_SAID"
  said=${GUEST_SAID#*report "$1"$'\n'}
  printf '%s\n' "${said%%$'\n'report *}" >"$LAB_DIR/$1.json"
  LAB_STATUS=0
  : >"$LAB_DIR/$1.log"
  observe_take "$1"
}

GUEST_FORMAT='%-11s %-15s %-3s %8s %8s %8s %8s  %-13s %-13s %-12s %-12s %4s  %-13s %s'

guest_row() { # NAME INTERFACE DIRECTION DEVICE SETTING ORACLE OK
  local name=$1 at="$2.$3" row
  # shellcheck disable=SC2059
  printf -v row "$GUEST_FORMAT" "$4" "$5" "$3" "$6" "$(observe_fact "$name" "$at.wire.frames")" \
    "$(observe_fact "$name" "$at.counter.frames")" "$(observe_fact "$name" "$at.capture.frames")" \
    "$(observe_fact "$name" "$at.counter.verdict")" "$(observe_fact "$name" "$at.capture.verdict")" \
    "$(observe_fact "$name" "$at.counter.basis")" "$(observe_fact "$name" "$at.counter.octet_basis")" \
    "$(observe_fact "$name" "$at.counter.octet_offset")" "$(observe_fact "$name" "$at.cause")" "$7"
  GUEST_ROWS+=("$row")
}

guest_table() {
  local row
  # shellcheck disable=SC2059
  printf -v row "$GUEST_FORMAT" device setting dir oracle wire counter capture counter capture basis 'octet basis' off \
    cause ok
  for row in "$row" "${GUEST_ROWS[@]}"; do echo "# $row"; done
}
