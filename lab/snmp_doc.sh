#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Prints a page with the output of its SNMP commands made anew: by the files in dist/snmp, of real traffic in the lab.
#
#   lab/snmp_doc.sh docs/snmp.md >new && mv new docs/snmp.md
#
# Between "<!-- lab: start -->" and "<!-- lab: end -->" the lines after "$ COMMAND" or "# COMMAND" in a block are what the command
# prints on the lab's "host" (host.example.net), which sends by tso0 and receives by gro0. "<!-- lab: EVENT -->" is what happens
# between blocks: bulk, raised, cleared, tso off, no bpf, bpf (below). Other lines stay as they are.
set -u -o pipefail

page=${1:?which page}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"
# shellcheck source=lab/snmp_shipped.sh
. "$root/lab/snmp_shipped.sh"

# shellcheck disable=SC2034 # for lab/situations.sh
LAB_FRAMES=8000

# ---- what happens -------------------------------------------------------------------------------------------------

event() { # NAME
  case $1 in
    start) begin ;;
    end) lab_snmp_stop ;;
    bulk) bulk ;;
    raised) bulk && newest wtDivergenceRaised ;;
    cleared) bulk && newest wtDivergenceCleared ;;
    'tso off') lab_offload host tso0 tso off && newest wtOffloadChanged ;;
    'no bpf') restart_agent setpriv --bounding-set=-bpf,-sys_admin && newest wtCaptureDegraded ;;
    bpf) restart_agent && newest wtCaptureRestored ;;
    *) lab_fail "no event '$1'" ;;
  esac
}

begin() {
  lab_have mibs && lab_start && situation_setup tso && situation_setup gro || return
  shipped_configure 'Interface tso0' 'Interface gro0' 'WarningDivergence off' 'FailureDivergence off' 'Application true' \
    'CPUBudget 100' 'Hold 1' || return
  # One notification each, by the inform, and none of monitor's.
  rm "$(shipped_dir)/conf/snmpd.conf.d/wiretruth-monitor.conf"
  # The first one says that it makes a directory.
  shipped_start && shipped snmpget udp:127.0.0.1:161 wtMethod.0 >/dev/null
}

# Until there is a verdict.
bulk() {
  lab_snmp_polled host 10 || return
  for _ in 1 2 3 4 5 6; do
    situation_traffic tso 4 && situation_traffic gro 4 && lab_snmp_polled host 10 && lab_snmp_polled host 10 || return
    is_decided tso0 tx && is_decided gro0 rx && return
  done
}

is_decided() { [[ $(lab_snmp_get host "$1" "$2" wtDirCounterVerdict) != 0 ]]; } # INTERFACE DIRECTION

lab_have() { lab_snmp_have_mibs || lab_fail "the IETF's base MIB modules are not here"; }

newest() { lab_wait 20 "$1" came "$1"; } # NOTIFICATION
came() { shipped_traps | grep -q "snmpTrapOID.0 = WIRETRUTH-MIB::$1"; }

restart_agent() { # [WRAPPER]...
  # shellcheck disable=SC2034 # for lab/snmp.sh
  local LAB_SNMP_WRAP=("$@")
  lab_stop "$LAB_SNMP_AGENT"
  lab_snmp_agent host && lab_wait 20 'wiretruth-agentx to answer' lab_snmp_serves host
}

# ---- what is printed ----------------------------------------------------------------------------------------------

# run COMMAND: of what is typed on hosts, only what is needed
run() {
  local command=$1
  case $command in
    '# systemctl restart wiretruth-agentx') restart_agent ;;
    '$ journalctl -t snmptrapd -o cat -n '*) tail -n "${command##* }" "$LAB_DIR/trapd-host.log" | sed 's/ localhost$/ host.example.net/' ;;
    '$ snmp'*) tool "${command#??}" ;;
    *) lab_fail "nobody knows how to run: $command" ;;
  esac
}

tool() { # COMMAND
  local said
  said=$(eval "shipped ${1//host.example.net/udp:127.0.0.1:161}" | sed -e 's/[[:blank:]]*$//' | cat -s)
  printf '%s\n' "${said#$'\n'}"
}

live='' block='' text='' command=''
while IFS= read -r line; do
  if [[ $line =~ ^'<!-- lab: '(.*)' -->'$ ]]; then
    echo "$line"
    event "${BASH_REMATCH[1]}" >&2 || exit
    if [[ $line == *' start '* ]]; then live=yes; fi
    if [[ $line == *' end '* ]]; then live=; fi
    continue
  fi
  if [[ ! $live ]]; then
    echo "$line"
  elif [[ $line == '```' ]]; then
    echo "$line"
    if [[ $block ]]; then block=; else block=begun; fi
  elif [[ $block && ( $line == '$ '* || ( $line == '# '* && $block != text ) ) ]] || [[ $command == *\\ ]]; then
    # A command, perhaps over several lines.
    block=live
    echo "$line"
    command=${command%\\}$line
    if [[ $command != *\\ ]]; then
      # A command that is refused is shown, too.
      run "$command" || true
      command=
    fi
  elif [[ $block != live ]]; then
    if [[ $block ]]; then block=text; fi
    echo "$line"
  fi
done <"$page"
