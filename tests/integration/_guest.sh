# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What a guest observed, and one table of it. Sourced after _observe.sh and lab/guest.sh.
#
#   guest_take GUEST NAME  takes over what the guest printed last: observe_fact NAME PATH then tells of "report NAME",
#                          GUEST_FIGURE of the figures before it
#   guest_results GUEST    takes over results that it printed as TAP
#   guest_row ...          a row of the table
#   guest_table            prints it

# Figures that other instruments in the guest gave, "DEVICE.rx.packets" and so on.
declare -A GUEST_FIGURE=()
GUEST_ROWS=()

guest_take() { # GUEST NAME
  local key value
  while read -r key value; do
    # shellcheck disable=SC2034 # for the test
    GUEST_FIGURE[$key]=$value
  done < <(grep -E '^[a-z0-9]+\.[a-z._-]+ [0-9]+$' "$LAB_DIR/$1.said")
  awk -v name="$2" '$1 == "report" { found = $2 == name; next } found' "$LAB_DIR/$1.said" >"$LAB_DIR/$2.json"
  # shellcheck disable=SC2034 # observe_take wants it
  LAB_STATUS=0
  : >"$LAB_DIR/$2.log"
  observe_take "$2"
}

guest_results() { # GUEST
  local line plan=
  while IFS= read -r line; do
    case $line in
      'ok '*) tap_ok 0 "${line#* - }" ;;
      'not ok '*) tap_ok 1 "${line#* - }" ;;
      1..*) plan=$line ;;
      *) tap_diag "${line#\# }" ;;
    esac
  done <"$LAB_DIR/$1.said"
  [[ $plan ]]
  tap_ok $? "the guest $1 went through all of it"
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
  for row in "$row" "${GUEST_ROWS[@]}"; do echo "# | $row"; done
}
