#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 25
# beside: it waits for polls most of the time
#
# collectd, snmpd with the module inside, and the subagent are restarted, reloaded, frozen and killed at random moments,
# each on a host of its own. After each time they serve within seconds, have what was sent to the frame, have not
# lost a total where they lived on, and have left no eBPF program and no socket behind.
#
# Each way 50 times, with the intervals that are the default, half an hour:
#   KILLED_ROUNDS=50 KILLED_INTERVAL=10 tests/integration/agents-killed.sh
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

rounds=${KILLED_ROUNDS-1} interval=${KILLED_INTERVAL-0.5}
patience=$((20 + 4 * ${interval%.*}))
declare -A PROGRAM=() BAD=() TIMES=() SLOWEST=() SENT=()

# Each way to disturb one, and whether it lives on.
ways=(TERM KILL reload frozen)

bad() { BAD[$1]+=" $2"; } # KIND WHAT

# ---- traffic ------------------------------------------------------------------------------------------------------

# Known frames, by a link that carries nothing else: a datagram each, to an address that nobody has.
send_datagrams() { # KIND COUNT
  # shellcheck disable=SC2016
  lab_in "$1" bash -c 'for ((i = 0; i < $1; i++)); do echo x; done >/dev/udp/10.7.0.9/9' bash "$2"
}

# ---- what each says -----------------------------------------------------------------------------------------------

# Frames on the wire and by the counter that eth0 of the host has sent, "WIRE COUNTER".
figures() { # KIND
  if [[ $1 == collectd ]]; then
    echo "$(lab_collectd_total eth0 if_packets-wire tx) $(lab_collectd_total eth0 if_packets-counter tx)"
  else
    lab_snmp_raw "$1" snmpget -OQv "$(lab_snmp_oid wtDirWireFrames).$IFINDEX.2" \
      "$(lab_snmp_oid wtDirCounterFrames).$IFINDEX.2" | paste -sd' '
  fi
}
are() { [[ $(figures "$1") == "$2 $2" ]]; } # KIND FRAMES
known() { [[ $(figures "$1") =~ ^[0-9]+' '[0-9]+$ ]]; } # KIND

# ---- each agent ---------------------------------------------------------------------------------------------------

start() { # KIND
  case $1 in
    collectd) lab_collectd_launch collectd $'Interface "eth0"\nCPUBudget 100' && PROGRAM[collectd]=$LAB_COLLECTD_PID ;;
    inside) lab_snmp_master inside && PROGRAM[inside]=$LAB_SNMP_MASTER ;;
    subagent) lab_snmp_agent subagent && PROGRAM[subagent]=$LAB_SNMP_AGENT ;;
  esac
}

configure() { # KIND
  [[ $1 != collectd ]] || return 0
  lab_snmp_configure "$1" 'Interface eth0' 'CPUBudget 100'
  sed -i "s/^PollInterval.*/PollInterval $interval/" "$(lab_snmp_dir "$1")/conf/wiretruth.conf"
  [[ $1 != inside ]] || echo "dlmod wiretruth $LAB_BUILD/wiretruth-snmp.so" >>"$(lab_snmp_dir inside)/conf/snmpd.conf"
  [[ $1 != subagent ]] || lab_snmp_master subagent
}

# eBPF of a process, "prog 12" a line.
ebpf_of() { cat "/proc/$1/fdinfo/"* 2>/dev/null | awk '/^(prog|map)_id:/ { sub("_id:", ""); print $1, $2 }' | sort -u; } # PID
ebpf_is_gone() { # LIST
  local kind id
  while read -r kind id; do
    [[ -z $kind ]] || ! bpftool "$kind" show id "$id" >/dev/null 2>&1 || return 1
  done <<<"$1"
}
sockets() { lab_in "$1" cat /proc/net/packet | tail -n +2 | wc -l; } # KIND: packet sockets on its host
has_sockets() { [[ $(sockets "$1") == "$2" ]]; } # KIND COUNT

# ---- disturbing it ------------------------------------------------------------------------------------------------

disturb() { # KIND WAY: whether it lives on
  local pid=${PROGRAM[$1]} ebpf
  case $2 in
    TERM | KILL)
      ebpf=$(ebpf_of "$pid")
      lab_stop "$pid" "$2"
      lab_wait 10 'eBPF to be freed' ebpf_is_gone "$ebpf" || bad "$1" "$2:ebpf"
      lab_wait 10 'sockets to be closed' has_sockets "$1" 0 || bad "$1" "$2:sockets"
      start "$1" || bad "$1" "$2:start"
      return 1
      ;;
    frozen)
      lab_signal "$pid" STOP
      send_datagrams "$1" 7
      SENT[$1]=$((SENT[$1] + 7))
      sleep "$(awk "BEGIN { srand($RANDOM); print rand() * 2 * $interval }")"
      lab_signal "$pid" CONT
      ;;
    reload)
      lab_signal "$pid" HUP
      # collectd ends by it; snmpd unloads the module and loads it again.
      [[ $1 == subagent ]] && return
      if [[ $1 == collectd ]]; then
        lab_reap "$pid" 10
        start "$1" || bad "$1" "$2:start"
      fi
      return 1
      ;;
  esac
}

# What is sent while it is disturbed may be before its first reading or after it. What it has is the kernel's, and what is
# sent then comes to the frame.
come_back() { # KIND WAY LIVES
  local begun=${EPOCHREALTIME/[.,]/} took before
  if ((!$3)); then
    SENT[$1]=0
    [[ $2 != reload || $1 != inside ]] || lab_wait 10 'a reload' has_reloaded || bad "$1" "$2:reload"
    lab_wait "$patience" "figures of $1 after $2" known "$1" || bad "$1" "$2:back"
    before=$(figures "$1")
    [[ ${before% *} == "${before#* }" ]] || bad "$1" "$2:$before"
    SENT[$1]=${before% *}
  fi
  send_datagrams "$1" 50
  SENT[$1]=$((SENT[$1] + 50))
  lab_wait "$patience" "${SENT[$1]} frames of $1 after $2" are "$1" "${SENT[$1]}" || bad "$1" "$2:$(figures "$1"),not,${SENT[$1]}"
  took=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
  ((took <= ${SLOWEST[$1]:-0})) || SLOWEST[$1]=$took
}
has_reloaded() { (($(grep -c 'method exact\|method sample\|method none' "$LAB_DIR/snmpd-inside.log") > RELOADS)); }

one_agent() { # KIND: all of its rounds, in a process of its own
  local round way lives
  for ((round = 0; round < rounds; round++)); do
    for way in "${ways[@]}"; do
      sleep "$(awk "BEGIN { srand($RANDOM); print rand() * $interval }")"
      [[ $1 != inside ]] || RELOADS=$(grep -c 'method exact\|method sample\|method none' "$LAB_DIR/snmpd-inside.log")
      if disturb "$1" "$way"; then lives=1; else lives=0; fi
      come_back "$1" "$way" "$lives"
      TIMES[$1]=$((${TIMES[$1]:-0} + 1))
    done
  done
  echo "${TIMES[$1]} ${SLOWEST[$1]} ${BAD[$1]-}" >"$LAB_DIR/$1.result"
}

set_up() { # KIND
  lab_host "$1" && lab_host "far-$1" && lab_link "$1" eth0 "far-$1" eth0 7 &&
    ip -n "$(lab_ns "$1")" neighbour add 10.7.0.9 lladdr "$(lab_mac 7 2)" dev eth0 nud permanent && configure "$1" && start "$1" &&
    lab_wait "$patience" "figures of $1" known "$1" || return
  SENT[$1]=$(figures "$1")
  SENT[$1]=${SENT[$1]% *}
}

# ---- run ----------------------------------------------------------------------------------------------------------

lab_start || exit
lab_snmp_oid wtVersion >/dev/null
LAB_COLLECTD_LOAD="Interval $interval"
kinds=()
[[ ! -e $LAB_BUILD/wiretruth.so ]] || kinds+=(collectd)
[[ ! -x $LAB_BUILD/wiretruth-agentx ]] || kinds+=(inside subagent)
LAB_SNMP_MODULES=,dlmod
IFINDEX=2 # lo is 1, and there is one more
pids=()
for kind in "${kinds[@]}"; do
  # In a shell of its own with the processes that it starts; what it has set up, the lab takes down.
  {
    set_up "$kind" && one_agent "$kind"
    lab_end_processes
  } &
  pids+=($!)
done
wait "${pids[@]}"
for kind in "${kinds[@]}"; do
  read -r times slowest said <"$LAB_DIR/$kind.result"
  tap_is "${said-}" '' "$kind: ${times:-0} times restarted, killed, reloaded and frozen, it is back with what was sent"
  check "$kind: all were done, the slowest took ${slowest:-?} ms" test "${times:-0}" -eq $((rounds * ${#ways[@]}))
done
tap_done
