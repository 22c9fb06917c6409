#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Results as TAP, for integration tests. Sourced.

TAP_COUNT=0
TAP_FAILED=0

# tap_ok STATUS DESCRIPTION: 0 is ok
tap_ok() {
  TAP_COUNT=$((TAP_COUNT + 1))
  if [[ $1 == 0 ]]; then
    echo "ok $TAP_COUNT - $2"
  else
    TAP_FAILED=$((TAP_FAILED + 1))
    echo "not ok $TAP_COUNT - $2"
  fi
}

# check DESCRIPTION COMMAND...: ok if the command succeeds
check() {
  local description=$1
  shift
  "$@"
  tap_ok $? "$description"
}

not() { ! "$@"; } # COMMAND...

# tap_is GOT WANT DESCRIPTION
tap_is() {
  if [[ $1 == "$2" ]]; then
    tap_ok 0 "$3"
  else
    tap_ok 1 "$3"
    tap_diag "got:  $1"
    tap_diag "want: $2"
  fi
}

# tap_skip DESCRIPTION REASON
tap_skip() {
  TAP_COUNT=$((TAP_COUNT + 1))
  echo "ok $TAP_COUNT - $1 # SKIP $2"
}

# tap_diag TEXT...: belongs to the result before it
tap_diag() {
  local line
  while IFS= read -r line; do echo "# $line"; done <<<"$*"
}

# Prints the plan; fails if a result did.
tap_done() {
  echo "1..$TAP_COUNT"
  [[ $TAP_FAILED == 0 ]]
}
