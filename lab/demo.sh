#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Shows on real traffic what offloads do to each signal, and that the command, collectd and SNMP tell the same.
#
#   lab/demo.sh [4|6]     by IPv4 or IPv6
#
# Fails if one of them tells something else than the others, than the situation's verdicts, or, beyond the few frames
# that only one of the two sees, than the oracle.
# shellcheck disable=SC2119
set -u -o pipefail

: "${LAB_FRAMES:=100000}" # each transfer stands for

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
# shellcheck source=lab/lab.sh
. lab/lab.sh
# shellcheck source=lab/situations.sh
. lab/situations.sh
# shellcheck source=lab/collectd.sh
. lab/collectd.sh
# shellcheck source=lab/snmp.sh
. lab/snmp.sh

ip=${1:-4}
allowed=4 # frames that only the tap or only the oracle sees; on the lab's silent links there should be none
wrong=0
declare -A oracle=()

complain() {
  echo "WRONG: $*" >&2
  wrong=$((wrong + 1))
}

# ---- observe ------------------------------------------------------------------------------------------------------

start_observers() {
  local interfaces=() id
  for id in "${situations[@]}"; do interfaces+=("${id}0"); done
  # Three that are compared to the frame have to count every packet: no budget for the bursts of a lab.
  lab_collectd_start "$S_HOST" "$(printf 'Interface "%s"\n' "${interfaces[@]}"; echo 'CPUBudget 100')" || return
  LAB_SNMP_EXTRA='CPUBudget 100'
  lab_snmp_start "$S_HOST" "${interfaces[@]}" || return
  # It is ended by a signal once everything is over, and prints then.
  # shellcheck disable=SC2016 # the inner shell expands
  lab_spawn_in "$S_HOST" check sh -c 'exec "$0" check --json --duration 600 "$@" >"'"$LAB_DIR"'/check.json"' \
    "$LAB_BUILD/wiretruth" "${interfaces[@]}"
  check=$LAB_PID
  lab_wait_log 20 check 'observing'
}

run_situation() {
  local before
  situation_select "$1"
  printf '  %-46s' "$S_TITLE"
  before=$(situation_oracle)
  situation_traffic "$1" "$ip" || return
  oracle[$1]=$(($(situation_oracle) - before))
  printf '%9s frames by the oracle (%s)\n' "${oracle[$1]}" "$(oracle_name)"
}

oracle_name() {
  case $S_ORACLES in
    sent*) echo "the sender's own count" ;;
    *) if [[ $S_DIR == rx ]]; then echo "this host's IP MIB"; else echo "the receiver's IP MIB"; fi ;;
  esac
}

# Each tells what it has read after the traffic was over.
stop_observers() {
  local id
  for id in "${situations[@]}"; do
    lab_collectd_await 20 "${id}0" if_packets-wire || return
  done
  lab_snmp_polled "$S_HOST" 20 || return
  lab_stop "$check" INT
  [[ $LAB_STATUS == 0 ]] || { lab_fail "wiretruth check: $(<"$LAB_DIR/check.log")"; return; }
}

# ---- read back ------------------------------------------------------------------------------------------------------

verdicts=(unknown agrees under-reports over-reports)
causes=(unknown none gro hw-gro lro tso gso uso lower-device virtual-link vlan-offload checksum-offload bypass
  capture-loss namespace stale)

# wire counter capture counter-verdict capture-verdict cause, by each of the three
by_cli() {
  jq -r --arg name "$S_IF" --arg dir "$S_DIR" '.interfaces[] | select(.name == $name) | .[$dir] |
    [.wire.frames, .counter.frames, .capture.frames, .counter.verdict, .capture.verdict, .cause] | map(tostring) |
    join(" ")' "$LAB_DIR/check.json"
}

by_collectd() {
  local signal counter capture cause
  for signal in wire counter capture; do
    lab_collectd_total "$S_IF" "if_packets-$signal" "$S_DIR" | tr '\n' ' ' || return
  done
  counter=$(lab_collectd_total "$S_IF" "gauge-$S_DIR-verdict-counter" value) &&
    capture=$(lab_collectd_total "$S_IF" "gauge-$S_DIR-verdict-capture" value) &&
    cause=$(lab_collectd_total "$S_IF" "gauge-$S_DIR-cause" value) || return
  echo "${verdicts[${counter%.*}]} ${verdicts[${capture%.*}]} ${causes[${cause%.*}]}"
}

by_snmp() {
  local column counter capture cause
  for column in wtDirWireFrames wtDirCounterFrames wtDirCaptureFrames; do
    lab_snmp_get "$S_HOST" "$S_IF" "$S_DIR" $column | tr '\n' ' ' || return
  done
  counter=$(lab_snmp_get "$S_HOST" "$S_IF" "$S_DIR" wtDirCounterVerdict) &&
    capture=$(lab_snmp_get "$S_HOST" "$S_IF" "$S_DIR" wtDirCaptureVerdict) &&
    cause=$(lab_snmp_get "$S_HOST" "$S_IF" "$S_DIR" wtDirCause) || return
  echo "${verdicts[$counter]} ${verdicts[$capture]} ${causes[$cause]}"
}

# ---- show -----------------------------------------------------------------------------------------------------------

row='%-46s %7s %7s %7s %7s  %-13s %-13s %-12s  %s\n'

show_situation() {
  local cli collectd snmp same=yes wire counter capture counter_verdict capture_verdict cause
  situation_select "$1"
  # A figure that cannot be read ends the demo: that is also how an interruption is noticed that comes while bash reads
  # a command substitution, for then bash 5.2 loses the trap.
  cli=$(by_cli) && collectd=$(by_collectd) && snmp=$(by_snmp) || return
  [[ $cli == "$collectd" && $cli == "$snmp" ]] || same=NO
  read -r wire counter capture counter_verdict capture_verdict cause <<<"$cli"
  # shellcheck disable=SC2059
  printf "$row" "$S_TITLE" "$wire" "${oracle[$1]}" "$counter" "$capture" "$counter_verdict" "$capture_verdict" "$cause" $same
  [[ $same == yes ]] || complain "$S_TITLE: the command says '$cli', collectd '$collectd', SNMP '$snmp'"
  check_situation "$1" "$wire" "$counter_verdict" "$capture_verdict" "$cause"
}

# check_situation ID WIRE COUNTER-VERDICT CAPTURE-VERDICT CAUSE
check_situation() {
  local off=$(($2 - ${oracle[$1]}))
  ((${off#-} <= allowed)) || complain "$S_TITLE: wire says $2 frames, the oracle ${oracle[$1]}"
  # Where the counter is the only source of a figure, nothing can confirm it.
  [[ $3 == "$S_COUNTER" || ($S_CAUSE == bypass && $3 == unknown) ]] || complain "$S_TITLE: counter: '$3', not '$S_COUNTER'"
  [[ $4 == "$S_CAPTURE" ]] || complain "$S_TITLE: capture: '$4', not '$S_CAPTURE'"
  [[ $5 == "$S_CAUSE" ]] || complain "$S_TITLE: cause: '$5', not '$S_CAUSE'"
}

show_table() {
  local id
  # shellcheck disable=SC2059
  printf "$row" SITUATION WIRE ORACLE COUNTER CAPTURE 'COUNTER SAYS' 'CAPTURE SAYS' CAUSE 'CLI = COLLECTD = SNMP'
  for id in "${situations[@]}"; do show_situation "$id" || return; done
}

# The whole table is walked, since every name in it has to be translated; a few lines of it are shown.
show_walk() {
  local index walk=$LAB_DIR/walk
  index=$(lab_snmp_ifindex "$S_HOST" "$S_IF")
  lab_snmp_walk "$S_HOST" wtDirectionTable >"$walk" || return
  if ! lab_snmp_have_mibs; then
    echo "  snmpbulkwalk (numbers: the IETF's base MIB modules are not here)"
    grep -E "^$(lab_snmp_oid wtDirectionTable)\\.1\\.(2|3|14|26|30)\\.$index\\.1 " "$walk" | sed 's/^/    /'
    return
  fi
  ! grep -vq '^WIRETRUTH-MIB::wtDir' "$walk" || complain "the walk has untranslated names: $(grep -v '^WIRETRUTH-MIB::wtDir' "$walk" | head -n 3)"
  echo "  snmpbulkwalk -m WIRETRUTH-MIB ... wtDirectionTable ($(wc -l <"$walk") lines, all names translated)"
  grep -E "::wtDir((Wire|Counter|Capture)Frames|CaptureVerdict|Cause)\\.$index\\.rx " "$walk" | sed 's/^/    /'
}

show_three_ways() {
  local signal
  situation_select gro
  echo "What each of the three says of $S_IF, receive:"
  echo
  echo "  wiretruth check --json"
  jq -c --arg name "$S_IF" '.interfaces[] | select(.name == $name) | .rx | {wire: {frames: .wire.frames}, counter:
    {frames: .counter.frames}, capture: {frames: .capture.frames, verdict: .capture.verdict}, cause}' \
    "$LAB_DIR/check.json" | sed 's/^/    /'
  echo "  collectd's CSV files (time,rx,tx)"
  for signal in wire counter capture; do
    printf '    lab/wiretruth-%s/if_packets-%-8s %s\n' "$S_IF" $signal "$(lab_collectd_value "$S_IF" "if_packets-$signal")"
  done
  show_walk
}

show_own_host() {
  cat <<'END'
On a host of your own:
  sudo build/wiretruth check                 # 3 seconds of every interface; --help says more
  sudo make install                          # command, collectd plugin, SNMP subagent, MIB, man pages
  collectd:  LoadPlugin wiretruth            # in collectd.conf
  snmpd:     master agentx                   # in snmpd.conf, then start wiretruth-agentx
END
}

main() {
  local id
  lab_start || return
  echo "Raising the lab: one observed host, a peer for each situation, collectd and snmpd beside the command ..."
  for id in "${situations[@]}"; do situation_setup "$id" || return; done
  start_observers || return
  echo "Sending real traffic by IPv$ip:"
  for id in "${situations[@]}"; do run_situation "$id" || return; done
  stop_observers || return
  echo
  show_table || return
  echo
  show_three_ways || return
  echo
  if ((wrong)); then
    echo "demo: $wrong wrong" >&2
    return 1
  fi
  show_own_host
}

main
