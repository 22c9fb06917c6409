# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A manager that sets thresholds and a sink for notifications, both on the lab's "host".
# Source it after snmp.sh.
#
#   manager_configure [LINE]...              configures snmpd with a community that may write (private) and with the sink
#                                            as target of a v2c trap and of a v3 inform, and the agent with the lines;
#                                            STORE is the file of thresholds
#   manager TOOL [ARGUMENT]...               a tool of Net-SNMP, with that community
#   as_user USER TOOL [ARGUMENT]...          the same by SNMPv3 (authPriv, SHA-256, AES), as reader or writer
#   MANAGER_FAILS                            an object whose SET fails in the commit
#   set_row [INDEX COLUMN TYPE VALUE]...     sets columns, named without wtThreshold, all in one request
#   error_of ..., place_of ...               the same: the name of the error; the varbind that it was of, COLUMN.INDEX
#   error_with_scalar VALUE [INDEX ...]...   the same of a request that sets wtNotifyEnabled, too
#   row INDEX COLUMN, row_is INDEX COLUMN VALUE, has_row INDEX, rows, differs ROWS
#   start_agent, stop_agent, restart_agent   with its own store
#   told PATTERN COUNT                       whether the agent has logged that so often
#   sink                                     starts snmptrapd; its pid in SINK
#   traps, trap_count PATTERN, trap_came PATTERN COUNT

MANAGER_SINK=$(PATH=$PATH:/usr/sbin:/sbin command -v snmptrapd)
STORE='' SINK=''
MANAGER_RETRIES=2 # of an inform, one a second
MANAGER_FAILS=.1.3.6.1.4.1.8072.9999.9999.77

# manager TOOL [ARGUMENT]...: who may write
manager() {
  local tool=$1
  shift
  lab_snmp_env host
  lab_in host "${LAB_SNMP_ENV[@]}" "$tool" -v2c -c private -t 2 -r 1 -On -OQe udp:127.0.0.1:161 "$@" 2>&1
}

as_user() { # USER TOOL [ARGUMENT]...
  local user=$1 tool=$2
  shift 2
  lab_snmp_env host
  lab_in host "${LAB_SNMP_ENV[@]}" "$tool" -v3 -l authPriv -u "$user" -a SHA-256 -A "$user authenticates" -x AES \
    -X "$user keeps secret" -t 2 -r 1 -On -OQe udp:127.0.0.1:161 "$@" 2>&1
}

# set_row [INDEX COLUMN TYPE VALUE]...: columns by their names without wtThreshold, all in one request
set_row() {
  local arguments=()
  while (($#)); do
    arguments+=("$(lab_snmp_oid "wtThreshold$2").$1" "$3" "$4")
    shift 4
  done
  manager snmpset "${arguments[@]}"
}

# The error of a request, as Net-SNMP names it; empty if there was none.
error_of() { set_row "$@" | sed -n 's/^Reason: \([A-Za-z]*\).*/\1/p'; }

# Which varbind it was of.
place_of() { set_row "$@" | sed -n "s/^Failed object: .*\.\([0-9]*\)\.\([0-9]*\)$/\1.\2/p"; }

row() { lab_snmp_get host "$1" - "wtThreshold$2"; } # INDEX COLUMN
row_is() { [[ $(row "$1" "$2") == "$3" ]]; } # INDEX COLUMN VALUE
has_row() { row "$1" Status >/dev/null; } # INDEX

rows() { lab_snmp_raw host snmpbulkwalk -OQ "$(lab_snmp_oid wtThresholdTable)" | grep -v 'No more'; }

differs() { diff <(echo "$1") <(rows); } # ROWS

manager_configure() { # [LINE]...
  local dir
  lab_snmp_configure host "$@"
  dir=$(lab_snmp_dir host)
  # Of its own, for the tools make the one that they are given.
  STORE=$dir/thresholds/wiretruth-thresholds
  mkdir -p "${STORE%/*}"
  # shellcheck disable=SC2034 # for lab_snmp_agent
  LAB_SNMP_WRAP=(env SNMP_PERSISTENT_DIR="${STORE%/*}")
  # An object of somebody else's, which is not there to be read and fails when it is set: after its test, in the commit.
  # shellcheck disable=SC2016 # for the script
  printf '#!/bin/sh\n[ "$1" != -s ] || echo inconsistent-value\n' >"$dir/fails"
  chmod +x "$dir/fails"
  # shellcheck disable=SC2034 # for lab_snmp_master
  LAB_SNMP_MODULES=,pass
  cat >>"$dir/conf/snmpd.conf" <<END
pass $MANAGER_FAILS $dir/fails
rwcommunity private 127.0.0.1
trap2sink 127.0.0.1:1162 lab
createUser reader SHA-256 "reader authenticates" AES "reader keeps secret"
createUser writer SHA-256 "writer authenticates" AES "writer keeps secret"
rouser reader priv
rwuser writer priv
trapsess -Ci -v 3 -t 1 -r $MANAGER_RETRIES -u lab -l authPriv -a SHA-256 -A "lab authenticates" -x AES -X "lab keeps secret" 127.0.0.1:1162
END
  cat >"$dir/conf/snmptrapd.conf" <<END
createUser lab SHA-256 "lab authenticates" AES "lab keeps secret"
authUser log lab priv
authCommunity log lab
END
}

# A line a notification: its version (1 is v2c, 3 is v3), a tab, the varbinds. With a store that it reads again: a sink
# of SNMPv3 that forgets who it was gets no informs from an agent that has known it before.
sink() {
  local dir
  dir=$(lab_snmp_dir host)
  lab_spawn_in host trapd-host env SNMPCONFPATH="$dir/conf:$dir/sink" SNMP_PERSISTENT_DIR="$dir/sink" MIBS= "$MANAGER_SINK" -f -Lo -On -OQe -F '%s\t%v\n' udp:127.0.0.1:1162 || return
  # shellcheck disable=SC2034 # for the caller
  SINK=$LAB_PID
  lab_wait 10 'snmptrapd' lab_wait_log 10 trapd-host 'NET-SNMP version'
}

traps() { cat "$LAB_DIR/trapd-host.log"; }
trap_count() { traps | grep -E -c -- "$1"; } # PATTERN
trap_came() { (($(trap_count "$1") >= $2)); } # PATTERN COUNT

told() { (($(grep -c "threshold [0-9]* $1" "$LAB_DIR/agentx-host.log") >= $2)); } # PATTERN COUNT

start_agent() { lab_snmp_agent host && lab_wait 20 'rows' has_row 65001; }
stop_agent() { lab_stop "$LAB_SNMP_AGENT"; LAB_SNMP_AGENT=; }
restart_agent() { stop_agent; start_agent; }

FAILS_TOO=() # what goes behind all that in the request

error_with_scalar() { # VALUE [INDEX COLUMN TYPE VALUE]...
  local scalar=("$(lab_snmp_oid wtNotifyEnabled).0" i "$1") columns=()
  shift
  while (($#)); do
    columns+=("$(lab_snmp_oid "wtThreshold$2").$1" "$3" "$4")
    shift 4
  done
  manager snmpset "${columns[@]:0:3}" "${scalar[@]}" "${columns[@]:3}" ${FAILS_TOO[@]+"${FAILS_TOO[@]}"} |
    sed -n 's/^Reason: \([A-Za-z]*\).*/\1/p'
}
