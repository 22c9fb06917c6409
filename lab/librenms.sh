#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Records a device for LibreNMS's tests: what snmpd and the subagent answer of a lab host that sends with TSO and receives
# with GRO, one of whose interfaces drifts from its baseline, in the form of snmpsim.
#
#   lab/librenms.sh [FILE]     into dist/librenms/linux_wiretruth.snmprec
set -u -o pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
file=${1:-$root/dist/librenms/linux_wiretruth.snmprec}
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

# shellcheck disable=SC2034 # for lab/snmp.sh
observe() {
  lab_in host "$LAB_BUILD/wiretruth" baseline save --interface tso0 --interface gro0 "$LAB_DIR/baseline" >/dev/null || return
  lab_in host ip link set tso0 mtu 1400
  LAB_SNMP_EXTRA="Baseline $LAB_DIR/baseline"
  LAB_SNMP_MODULES=,ifTable,ifXTable
  lab_snmp_configure host 'Interface tso0' 'Interface gro0' || return
  # What tells of this machine.
  cat >>"$(lab_snmp_dir host)/conf/snmpd.conf" <<'END'
sysDescr Linux wiretruth-lab
sysName wiretruth-lab
sysContact nobody
sysLocation lab
END
  lab_snmp_run host
}

decided() { [[ $(lab_snmp_get host "$1" "$2" wtDirCounterVerdict) != 0 ]]; } # INTERFACE DIRECTION

record() { # SUBTREE
  local subtree=${1#.}
  lab_in host snmprec --protocol-version=2c --community=public --use-getbulk --logging-method=stderr \
    --agent-udpv4-endpoint=127.0.0.1:161 --start-object="$subtree" --stop-object="${subtree%.*}.$((${subtree##*.} + 1))" \
    --output-file="$LAB_DIR/part" 2>"$LAB_DIR/snmprec.log" && cat "$LAB_DIR/part"
}

# The system group, interfaces, and all of ours: in the order of their numbers, as it has to be.
record_all() {
  local subtree
  for subtree in .1.3.6.1.2.1.1 .1.3.6.1.2.1.2 .1.3.6.1.2.1.31.1.1 "$(lab_snmp_oid wiretruthMIB)"; do
    record "$subtree" || return
  done
}

lab_start && situation_setup tso && situation_setup gro && observe || exit
situation_traffic tso 4 && situation_traffic gro 4 || exit
lab_wait 20 'a verdict on tso0' decided tso0 tx && lab_wait 20 'a verdict on gro0' decided gro0 rx || exit
record_all >"$LAB_DIR/snmprec" && cp "$LAB_DIR/snmprec" "$file" || exit
lab_snmp_stop
echo "$(wc -l <"$file") objects in ${file#"$root/"}"
