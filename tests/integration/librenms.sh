#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 25
#
# What LibreNMS makes of the agent with what dist/librenms has for it, by its rules as they are published: the discovery
# definition, walked with snmpbulkwalk and LibreNMS's flags, and the trap handler, given what snmptrapd writes. LibreNMS
# itself does not run here: how it reads a definition is in _librenms_discovery.php, what a handler sees of it in
# _librenms_trap.php.
# shellcheck disable=SC2016 # what is in quotes is of sed, sh and PHP
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
# shellcheck source=lab/prometheus.sh
. "$root/lab/prometheus.sh"

# ---- helpers ------------------------------------------------------------------------------------------------------

dist=$root/dist/librenms
definition=$dist/linux.yaml

schema=$root/tests/integration/_librenms_schema.json

discovery() { # COMMAND [ARGUMENT]...: of the definition
  php "$root/tests/integration/_librenms_discovery.php" "$1" "$definition" "${@:2}"
}

# A tool of Net-SNMP as LibreNMS calls it, with options and objects.
agent=(-c public udp:127.0.0.1:161)
librenms() { # TOOL OPTIONS [OBJECT]...
  local tool=$1 flags=$2
  shift 2
  lab_snmp_env host
  # shellcheck disable=SC2086
  lab_in host "${LAB_SNMP_ENV[@]}" "$tool" -v2c $flags -M "$mibs" -m SNMPv2-MIB "${agent[@]}" "$@"
}

# shellcheck source=tests/integration/_librenms_install.sh
. "$root/tests/integration/_librenms_install.sh"

# ---- the definition alone -----------------------------------------------------------------------------------------

# What the schema says of the definition after a change by sed.
complaint() { # SED-SCRIPT
  sed "$1" "$definition" >"$LAB_DIR/changed.yaml"
  ! cmp -s "$definition" "$LAB_DIR/changed.yaml" || { echo 'nothing was changed'; return; }
  definition=$LAB_DIR/changed.yaml discovery check "$schema" 2>&1 | head -1
}

test_definition() {
  local oid number wrong=''
  tap_is "$(discovery check "$schema" 2>&1)" '' 'the definition keeps to the schema'
  tap_is "$(complaint '0,/ divisor:/s// divider:/' | grep -o 'divider.*')" \
    'divider is not defined and the definition does not allow additional properties' 'a key that is none is found'
  tap_is "$(complaint '0,/, graph: 1/s///' | grep -c 'graph is required')" 1 'a state without one of its four keys'
  tap_is "$(complaint '0,/graph: 1/s//graph: 1, colour: 1/' | grep -c 'colour')" 1 'one with a fifth'
  tap_is "$(complaint '0,/measured: ports/s//measured: vlans/' | grep -c 'enumeration')" 1 'a place other than ports'
  tap_is "$(complaint '0,/{{ $index }}/s//{{ $indexes }}/' | grep -c 'regex')" 1 'a num_oid with another template'
  tap_is "$(complaint '0,/ num_oid: .*/s///' | grep -c 'num_oid is required')" 1 'a sensor without num_oid'
  while IFS=$'\t' read -r oid number; do
    [[ $number == "$(lab_snmp_oid "${oid#*::}").{{ \$index }}" ]] || wrong+=" $oid"
  done < <(discovery columns)
  tap_is "$wrong" '' 'numbers are those of the MIB'
  test_states
}

# Each enumeration with all its values: as snmptranslate has it of the MIB.
syntax_of() { # OBJECT
  lab_snmp_env host
  "${LAB_SNMP_ENV[@]}" snmptranslate -M "$mibs" -Td "$1" | sed -n 's/^ *SYNTAX.*{\(.*\)}.*/\1/p' | tr -d ' '
}
test_states() {
  local oid
  discovery states | cut -f1 | sort -u >"$LAB_DIR/state-oids"
  while read -r oid; do
    tap_is "$(discovery states | awk -v oid="$oid" -F'\t' '$1 == oid { print $3 "(" $2 ")" }' | paste -sd,)" \
      "$(syntax_of "$oid")" "${oid#*::} has every state of the MIB"
  done <"$LAB_DIR/state-oids"
}

# ---- discovery ----------------------------------------------------------------------------------------------------

# Into sensors and problems; what is not there in missing.
discover() {
  local flags oid
  missing=''
  mkdir -p "$LAB_DIR/walks"
  while IFS=$'\t' read -r flags oid; do
    librenms snmpbulkwalk "$flags" "$oid" >"$LAB_DIR/walks/$oid" || return
    grep -q "^$oid\." "$LAB_DIR/walks/$oid" || missing+=" $oid"
  done < <(discovery walks)
  discovery resolve "$LAB_DIR/walks" >"$LAB_DIR/sensors" 2>"$LAB_DIR/problems"
}

# Of tso0, without threshold on the capture and without a series.
absent='WIRETRUTH-MIB::wtDirCaptureLimit WIRETRUTH-MIB::wtDirSeriesRatio WIRETRUTH-MIB::wtDirSeriesDivergence'

# Fields of the sensor of that index, with commas.
sensor() { # INDEX FIELDS
  awk -F'\t' -v OFS='\t' -v index_="$1" '$2 == index_' "$LAB_DIR/sensors" | cut -f"$2" | tr '\t' ,
}

test_discovery() {
  local ifindex oids number wrong=''
  ifindex=$(lab_snmp_ifindex host tso0)
  check 'traffic flows' situation_traffic tso 4
  check 'the counter is found to diverge' lab_wait 20 'a verdict' test_verdict_is 2
  check 'every object is walked' discover
  tap_is "${missing# }" "$absent" \
    'but those of which there is none: no threshold on the capture, and no series'
  tap_is "$(<"$LAB_DIR/problems")" '' 'every template has what it names'
  cut -f1,2,5- "$LAB_DIR/sensors" | sed 's/^/# /'
  tap_is "$(sensor "wtDirCounterRatio.$ifindex.2" 7)" 'tso0 tx counter, share of the wire' 'a description has port and direction'
  tap_is "$(sensor "wtDirCounterDivergence.$ifindex.1" 7)" 'tso0 rx counter, divergence' 'of both directions'
  tap_is "$(sensor "wtDirCounterDivergence.$ifindex.2" 1,4,6)" "percent,$ifindex,3" 'a limit is the threshold, in percent'
  tap_is "$(sensor "wtDirCaptureDivergence.$ifindex.2" 1,6)" percent, 'where there is none, there is no limit'
  tap_is "$(sensor "wtDirCounterVerdict.$ifindex.2" 1,4,5)" "state,$ifindex,2" 'the verdict is a state of the port'
  tap_is "$(cut -f4 "$LAB_DIR/sensors" | sort -u)" "$ifindex" 'all sensors belong to the port'
  tap_is "$(cut -f2 "$LAB_DIR/sensors" | grep -c 'wtDirSeries')" 0 'without a series there is no sensor of one'
  tap_is "$(sensor "wtIfBaseline.$ifindex" 5) $(sensor "wtIfDrift.$ifindex" 1,5)" '2 count,1' 'drift of the baseline, and the items'
  # Polled by GET, as LibreNMS does: each is a number.
  mapfile -t oids < <(cut -f3 "$LAB_DIR/sensors")
  while read -r number; do [[ $number =~ ^[0-9]+$ ]] || wrong+=" $number"; done < <(
    librenms snmpget '-OQUntea -Ov' "${oids[@]}")
  tap_is "${#oids[@]} sensors,$wrong" "$(wc -l <"$LAB_DIR/sensors") sensors," 'each is a number when it is polled'
}

# With a series, and a threshold on the capture, there is everything that the definition names.
test_everything() {
  local ifindex
  ifindex=$(lab_snmp_ifindex host tso0)
  lab_exporter_start host exporter 127.0.0.1:9100 || return
  echo 'Series http://127.0.0.1:9100/metrics' >>"$(lab_snmp_dir host)/conf/wiretruth.conf"
  restart_agent
  set_row 42 Status i 4 42 Interfaces s tso0 42 Signal i 2 42 Rising u 9900 42 Hold u 86400 >/dev/null
  lab_snmp_polled host 10
  check 'traffic flows' situation_traffic tso 4
  check 'the series is found to diverge' lab_wait 20 'a divergence' lab_snmp_get host tso0 tx wtDirSeriesDivergence
  check 'with a series, too, all is walked' discover
  tap_is "$missing $(<"$LAB_DIR/problems")" ' ' 'every object of the definition is there, and every template has what it names'
  sed -n 's/\(.*\)\t\(wtDirSeries[^\t]*\)\t[^\t]*\t[^\t]*/# \1\t\2/p' "$LAB_DIR/sensors"
  tap_is "$(sensor "wtDirSeriesDivergence.$ifindex.2" 1,4,6) $(sensor "wtDirSeriesVerdict.$ifindex.2" 1,4,5)" \
    "percent,$ifindex,5 state,$ifindex,2" 'its divergence with the limit, and its verdict'
  tap_is "$(sensor "wtDirCaptureDivergence.$ifindex.2" 1,6)" percent,99 'the limit of the capture'
  set_row 42 Status i 6 >/dev/null
}

test_verdict_is() { [[ $(lab_snmp_get host tso0 tx wtDirCounterVerdict) == "$1" ]]; }

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
  set_row 31 Status i 4 31 Interfaces s '/^tso/' 31 Direction i 2 31 Rising u 300 31 Falling u 100 \
    31 Hold u 86400 >/dev/null
  tap_is "$(limits)" '500 300 - - 500 500' 'a threshold below them is one where it is for that direction, at once'
  set_row 32 Status i 4 32 Interfaces s tso0 32 Signal i 2 32 Rising u 9000 33 Status i 4 33 Interfaces s 'tso' \
    33 Rising u 0 33 Falling u 0 34 Status i 4 34 Interfaces s tso0 34 Rising u 800 >/dev/null
  tap_is "$(limits)" '500 300 9000 9000 500 500' 'one of another signal is its; of another interface, or above, changes none'
  set_row 31 Status i 2 >/dev/null
  tap_is "$(limits)" '500 500 9000 9000 500 500' 'one that is out of service is none'
  set_row 31 Status i 1 32 Status i 6 33 Status i 6 34 Status i 6 >/dev/null
}

# ---- the recording ------------------------------------------------------------------------------------------------

# The type of each column of ours; an empty string is shown without one.
types() {
  librenms snmpbulkwalk -On "$(lab_snmp_oid wiretruthMIB)" | sed 's/Hex-STRING/STRING/' |
    sed -nE "s/^($(lab_snmp_oid wiretruthObjects)\.[0-9]+\.[0-9]+(\.[0-9]+)?)\.[^ ]* = ([A-Za-z0-9]+): .*/\1 \3/p" | sort -u
}

# Played back by snmpsim, as in LibreNMS's own tests.
test_recording() {
  local sim=$LAB_DIR/sim
  types >"$LAB_DIR/types-now"
  mkdir -p "$sim/data" "$sim/cache" "$sim/variation"
  cp "$dist/linux_wiretruth.snmprec" "$sim/data"
  # It will not be root, and reads what root's directory has for others.
  chmod a+x "$LAB_DIR"
  chmod -R a+rwX "$sim"
  lab_spawn_in host snmpsim env HOME="$sim" snmpsimd --v2c-arch --process-user=nobody --process-group=nogroup \
    --data-dir="$sim/data" --cache-dir="$sim/cache" --variation-modules-dir="$sim/variation" \
    --agent-udpv4-endpoint=127.0.0.1:1161 --logging-method=null
  local agent=(-c linux_wiretruth udp:127.0.0.1:1161)
  check 'snmpsim plays the recording' lab_wait 10 'snmpsim' snmpsim_answers
  check 'every object is walked' discover
  tap_is "${missing# }" "$absent" \
    'but those of which it has none'
  tap_is "$(<"$LAB_DIR/problems")" '' 'every template has what it names'
  tap_is "$(cut -f7 "$LAB_DIR/sensors" | cut -c-4 | sort | uniq -c | tr -s ' \n' ' ')" ' 16 gro0 16 tso0 ' \
    'as many sensors of each port'
  tap_is "$(sensor wtDirCounterVerdict.2.2 5,7) $(sensor wtDirCaptureVerdict.3.1 5,7)" \
    '2,tso0 tx counter verdict 2,gro0 rx capture verdict' 'TSO hides frames from the counter, GRO from the capture'
  types >"$LAB_DIR/types-recorded"
  join "$LAB_DIR/types-recorded" "$LAB_DIR/types-now" >"$LAB_DIR/types"
  tap_is "$(($(wc -l <"$LAB_DIR/types") > 50)) $(awk '$2 != $3' "$LAB_DIR/types")" '1 ' \
    'each column has the type that the agent gives it, or lab/librenms.sh is to be run'
}

snmpsim_answers() { librenms snmpget -On .1.3.6.1.2.1.1.2.0 2>/dev/null | grep -q .; }

# ---- traps --------------------------------------------------------------------------------------------------------

# snmptrapd as LibreNMS's pages have it: with names, and a program that gets each notification.
start_sink() {
  local dir=$LAB_DIR/librenms
  mkdir -p "$dir/traps" "$dir/store"
  # What has the name is complete.
  printf '#!/bin/sh\ncat >%q/part.$$ && mv %q/part.$$ %q/traps/$$.txt\n' "$dir" "$dir" "$dir" >"$dir/handle"
  chmod +x "$dir/handle"
  cat >"$dir/snmptrapd.conf" <<END
createUser lab SHA-256 "lab authenticates" AES "lab keeps secret"
authUser log,execute,net lab priv
authCommunity log,execute,net lab
traphandle default $dir/handle
END
  lab_spawn_in host librenms-trapd env SNMPCONFPATH="$dir:$dir/store" SNMP_PERSISTENT_DIR="$dir/store" \
    "$MANAGER_SINK" -f -Lo -M "$mibs" -m IF-MIB:WIRETRUTH-MIB udp:127.0.0.1:1162 || return
  lab_wait 10 'snmptrapd' lab_wait_log 10 librenms-trapd 'NET-SNMP version'
}

# What the handler logs of the notifications of that name that came, each in a line.
handled() { # NAME [PORTS]
  local file
  for file in "$LAB_DIR/librenms/traps/"*.txt; do
    ! grep -q "snmpTrapOID.0 WIRETRUTH-MIB::$1$" "$file" 2>/dev/null ||
      php "$root/tests/integration/_librenms_trap.php" "$tree/LibreNMS/Snmptrap/Handlers/Wiretruth.php" \
        "$tree/config/snmptraps.php" "${2-$(lab_snmp_ifindex host tso0)=7}" <"$file" 2>&1
  done
}

# How many of them were logged in what way: COUNT FIELDS, a line each.
logged() { # NAME FIELDS
  handled "$1" | cut -f"$2" | sort | uniq -c | sed 's/^ *//' | tr '\t' ' '
}

came() { # NAME COUNT
  (($(grep -l "snmpTrapOID.0 WIRETRUTH-MIB::$1$" "$LAB_DIR/librenms/traps/"*.txt 2>/dev/null | wc -l) >= $2))
}

# A v2c trap and a v3 inform of each.
test_traps() {
  check 'snmptrapd starts' start_sink
  set_row 41 Status i 4 41 Interfaces s tso0 41 Direction i 2 41 Rising u 2000 41 Falling u 500 41 Hold u 0 >/dev/null
  check 'traffic flows' situation_traffic tso 4
  check 'what is raised comes' lab_wait 20 'both' came wtDivergenceRaised 2
  sed 's/^/# /' "$(grep -l wtDivergenceRaised "$LAB_DIR/librenms/traps/"*.txt | head -1)"
  tap_is "$(logged wtDivergenceRaised 1-3)" '2 Warning interface 7' 'a warning at the port, of each'
  tap_is "$(handled wtDivergenceRaised | cut -f4 | grep -cE '^wiretruth: tso0 transmit: the counter shows [0-9,]+ of ')" 2 \
    'with what the agent says'
  tap_is "$(handled wtDivergenceRaised 999=7 | cut -f1-3 | sort -u | tr '\t' ' ')" 'Warning trap -' \
    'and without a port, where it is not known'
  set_row 41 Status i 6 >/dev/null
  check 'what is cleared comes' lab_wait 20 'both' came wtDivergenceCleared 2
  tap_is "$(logged wtDivergenceCleared 1-3)" '2 Ok interface 7' 'all is well at the port'
  lab_offload host tso0 tso off
  check 'a change of offloads comes' lab_wait 20 'both' came wtOffloadChanged 2
  tap_is "$(logged wtOffloadChanged 1-3)" '2 Notice interface 7' 'a notice at the port'
  tap_is "$(handled wtOffloadChanged | cut -f4 | grep -c 'tx-tcp-segmentation is off')" 2 'with what has changed'
}

# An agent that may not count every packet, and one that may again.
test_capture() {
  local wrap=("${LAB_SNMP_WRAP[@]}")
  echo 'Hold 1' >>"$(lab_snmp_dir host)/conf/wiretruth.conf"
  LAB_SNMP_WRAP+=(setpriv '--bounding-set=-bpf,-sys_admin')
  restart_agent
  check 'a degraded capture comes' lab_wait 20 'both' came wtCaptureDegraded 2
  tap_is "$(logged wtCaptureDegraded 1-4 | sed 's/degraded: .*/degraded/')" \
    '2 Warning trap - wiretruth: the capture is degraded' 'a warning at the device'
  # shellcheck disable=SC2034 # for lab_snmp_agent
  LAB_SNMP_WRAP=("${wrap[@]}")
  restart_agent
  check 'and its end' lab_wait 20 'both' came wtCaptureRestored 2
  tap_is "$(logged wtCaptureRestored 1-4)" '2 Ok trap - wiretruth: the capture is what was asked for again' 'all is well there'
}

# Names of the MIB's notifications, by the class that it gives to their numbers.
notifications() {
  lab_snmp_names | awk -v root="$(lab_snmp_oid wiretruthNotifications)." 'index($2, root) == 1 { print $1 }' | sort
}

registered() {
  php -r 'foreach ((require $argv[1])["trap_handlers"] as $name => $class) echo "$name $class\n";' "$dist/snmptraps.php" | sort
}

test_registration() {
  local file
  tap_is "$(registered)" "$(notifications | sed 's/.*/WIRETRUTH-MIB::& LibreNMS\\Snmptrap\\Handlers\\Wiretruth/')" \
    "every notification of the MIB is registered, and nothing else"
  tap_is "$(sed -n "s/^ *'\(wt[A-Za-z]*\)' => Severity::.*/\1/p" "$dist/Wiretruth.php" | sort)" "$(notifications)" 'and has a severity'
  tap_is "$(for file in "$dist"/*.php; do php -l "$file" 2>&1; done | grep -v '^No syntax errors')" '' 'PHP reads them'
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx ]]; then
  tap_skip 'LibreNMS' 'no subagent was built'
  tap_done
  exit
fi
lab_start && situation_setup tso || exit
tree=$LAB_DIR/tree
# As LibreNMS keeps modules: in mibs, in a directory of the OS, without a suffix.
mibs=$LAB_SNMP_BASE:$LAB_SNMP_NET:$tree/mibs/linux
# A baseline that the interface does not match in one item.
lab_in host "$LAB_BUILD/wiretruth" baseline save --interface tso0 "$LAB_DIR/baseline" >/dev/null || exit
lab_in host ip link set tso0 mtu 1400
LAB_SNMP_EXTRA="Baseline $LAB_DIR/baseline"
manager_configure 'Interface tso0'
lab_snmp_master host && start_agent || exit
test_limits
if ! command -v php snmpsimd >/dev/null || [[ -z $MANAGER_SINK ]]; then
  tap_skip 'definition and handler' 'there is no PHP, no snmpsim or no snmptrapd'
elif ! lab_snmp_have_mibs; then
  tap_skip 'definition and handler' 'the base MIB modules are missing (make setup)'
else
  test_install
  test_definition
  test_discovery
  test_everything
  test_recording
  test_traps
  test_capture
  test_registration
fi
# Before snmpd: while libnetsnmp 5.9 fails to connect again it loses an address, which a sanitizer would find.
stop_agent
lab_snmp_stop
tap_done
