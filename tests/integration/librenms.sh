#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What LibreNMS makes of the agent, with its rules as they are published: the limits that it reads beside the figures.
#
# The lab's situation "tso": with TSO on, the counter of tso0 of "host" shows a packet for many frames.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/snmp_manager.sh
. "$root/lab/snmp_manager.sh"

# ---- limits -------------------------------------------------------------------------------------------------------

# The limits of tso0: of the counter received and transmitted, of the capture, of the series. None is a dash.
limits() {
  local column direction answer=''
  for column in Counter Capture Series; do
    for direction in rx tx; do
      answer+=" $(lab_snmp_get host tso0 "$direction" "wtDir${column}Limit" || echo -)"
    done
  done
  echo "${answer# }"
}

test_limits() {
  tap_is "$(limits)" '500 500 - - 500 500' 'limits are the thresholds of the configuration'
  set_row 31 Status i 4 31 Interfaces s '/^tso/' 31 Direction i 2 31 Rising u 300 31 Falling u 100 31 Hold u 1 >/dev/null
  tap_is "$(limits)" '500 300 - - 500 500' 'a threshold below them is one where it is for that direction, at once'
  set_row 32 Status i 4 32 Interfaces s tso0 32 Signal i 2 32 Rising u 9000 33 Status i 4 33 Interfaces s 'tso' \
    33 Rising u 0 33 Falling u 0 34 Status i 4 34 Interfaces s tso0 34 Rising u 800 >/dev/null
  tap_is "$(limits)" '500 300 9000 9000 500 500' 'one of another signal is its; of another interface, or above, changes none'
  set_row 31 Status i 2 >/dev/null
  tap_is "$(limits)" '500 500 9000 9000 500 500' 'one that is out of service is none'
  set_row 31 Status i 1 32 Status i 6 33 Status i 6 34 Status i 6 >/dev/null
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx ]]; then
  tap_skip 'LibreNMS' 'no subagent was built'
  tap_done
  exit
fi
lab_start && situation_setup tso || exit
manager_configure
lab_snmp_master host && start_agent || exit
test_limits
# Before snmpd: while libnetsnmp 5.9 fails to connect again it loses an address, which a sanitizer would find.
stop_agent
lab_snmp_stop
tap_done
