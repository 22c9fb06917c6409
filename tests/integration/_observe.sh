# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Observes with `wiretruth check` while a test makes traffic. Sourced after tap.sh and lab.sh, which has been started.
#
#   observe NAME HOST ARGUMENT...   check in the background; returns when its first reading is taken
#   observe_end NAME                ends it as a person would, and takes over what it printed
#   observe_run NAME HOST ARGUMENT...  the same for a check that ends by itself
#   observe_fact NAME PATH          a figure of the report: "seconds", "eth0.rx.wire.frames"; "-" if there is none
#   observe_list VAR NAME PREFIX PATH...  several figures below one prefix, in VAR, separated by a blank
#   observe_packet_sockets NAME     how many it has open
#   observe_polled NAME             until it has taken a whole reading that began after this was called
#   observe_decided NAME            the same, and a while more in which a counter may have caught up with the traffic
#   observe_has_exact HOST WHAT     whether there is method exact; if this build or kernel has none, WHAT is skipped
#
# OBSERVE_STATUS[NAME] is its exit status, OBSERVE_SAID[NAME] what it said on standard error. OBSERVE_WRAP, an array,
# goes before the command (setpriv, env).

declare -A OBSERVE_PID=() OBSERVE_STATUS=() OBSERVE_SAID=() OBSERVE_HOST=() OBSERVE_FACT=()
OBSERVE_WRAP=()
OBSERVE_PROGRAM=$LAB_BUILD/wiretruth
OBSERVE_READS='' OBSERVE_SINCE='' OBSERVE_NUDGES=0

# ---- running it ---------------------------------------------------------------------------------------------------

observe_spawn() { # NAME HOST ARGUMENT...
  local name=$1 host=$2
  shift 2
  OBSERVE_HOST[$name]=$host
  : >"$LAB_DIR/$name.json"
  # shellcheck disable=SC2016
  lab_spawn_in "$host" "$name" sh -c 'exec "$@" >"$0"' "$LAB_DIR/$name.json" \
    "${OBSERVE_WRAP[@]}" "$OBSERVE_PROGRAM" check --json "$@"
  OBSERVE_PID[$name]=$LAB_PID
}

observe() { # NAME HOST ARGUMENT...
  observe_spawn "$1" "$2" --duration 600 "${@:3}"
  lab_wait_log 30 "$1" '^wiretruth: observing '
}

observe_end() { # NAME
  lab_stop "${OBSERVE_PID[$1]}" INT
  observe_take "$1"
}

observe_run() { # NAME HOST ARGUMENT...
  observe_spawn "$@"
  lab_reap "$LAB_PID" 30 || lab_stop "$LAB_PID" KILL
  observe_take "$1"
}

observe_take() { # NAME
  local key value
  # shellcheck disable=SC2034 # for the caller
  OBSERVE_STATUS[$1]=$LAB_STATUS
  OBSERVE_SAID[$1]=$(<"$LAB_DIR/$1.log")
  for key in "${!OBSERVE_FACT[@]}"; do
    [[ $key == "$1 "* ]] && unset "OBSERVE_FACT[$key]"
  done
  [[ -s $LAB_DIR/$1.json ]] || return 0
  while IFS=$'\t' read -r key value; do OBSERVE_FACT["$1 $key"]=$value; done < <(observe_flatten "$LAB_DIR/$1.json")
}

# One figure a line: its path, with the interface's name in place of its number, and its value.
observe_flatten() { # FILE
  jq -r 'def leaves($at): paths(type | IN("object", "array") | not) as $path
      | ($at + $path | map(tostring) | join(".")) + "\t" + (getpath($path) | tostring);
    (.interfaces | map(.name) | join(" ") | "names\t" + .),
    (del(.interfaces) | leaves([])),
    (.interfaces[] | .name as $name | leaves([$name]))' "$1"
}

# ---- what it said -------------------------------------------------------------------------------------------------

observe_fact() { echo "${OBSERVE_FACT["$1 $2"]--}"; } # NAME PATH

observe_list() { # VAR NAME PREFIX PATH...
  local -n list=$1
  local name=$2 prefix=$3 path
  list=
  shift 3
  for path in "$@"; do list+="${list:+ }${OBSERVE_FACT["$name $prefix.$path"]--}"; done
}

# ---- when it has seen something -----------------------------------------------------------------------------------

# Packet sockets of the process itself: other observers have theirs in the same namespace.
observe_packet_sockets() { # NAME
  local link inodes=' '
  for link in /proc/"${OBSERVE_PID[$1]}"/fd/*; do
    link=$(readlink "$link") || continue
    [[ $link == socket:* ]] && inodes+="${link//[!0-9]/} "
  done
  lab_in "${OBSERVE_HOST[$1]}" cat /proc/net/packet | awk -v inodes="$inodes" '
    NR > 1 && index(inodes, " " $NF " ") { count++ }
    END { print count + 0 }'
}

# Whatever it waits for while it takes a reading, it does not sleep interruptibly; and the last thing that it does is to
# read files of /proc. So one that sleeps and has read since the call has taken a reading, which may have begun before
# the call; the next one has not. A link's new alias makes it take one early.
observe_polled() { # NAME
  observe_reading_ends "$1" && observe_reading_ends "$1"
}

observe_reading_ends() { # NAME
  lab_alive "${OBSERVE_PID[$1]}" || { lab_fail "$1 has ended"; return; }
  OBSERVE_READS=$(observe_reads "$1")
  lab_wait 10 "$1 to take a reading" observe_has_read "$1"
}

observe_reads() { awk '$1 == "syscr:" { print $2 }' "/proc/${OBSERVE_PID[$1]}/io" 2>/dev/null; } # NAME

observe_has_read() { # NAME
  local status
  if [[ $(observe_reads "$1") != "$OBSERVE_READS" ]]; then
    status=$(lab_stat "${OBSERVE_PID[$1]}")
    [[ ${status% *} == S ]] && return
  else
    ip -n "$(lab_ns "${OBSERVE_HOST[$1]}")" link set lo alias "nudge-$((++OBSERVE_NUDGES))"
  fi
  return 1
}

# The reading that ends it tells whether a counter still lags: it must not come right after the one before.
observe_decided() { # NAME
  observe_polled "$1" || return
  OBSERVE_READS=
  lab_wait 10 "$1 to rest" observe_rests "$1"
}

observe_rests() { # NAME
  local reads
  reads=$(observe_reads "$1")
  if [[ $reads != "$OBSERVE_READS" ]]; then
    OBSERVE_READS=$reads OBSERVE_SINCE=${EPOCHREALTIME/[.,]/}
    return 1
  fi
  ((${EPOCHREALTIME/[.,]/} - OBSERVE_SINCE > 200000))
}

# ---- other instruments --------------------------------------------------------------------------------------------

# observe_instruments HOST...: what kernel and queues say of all interfaces so far, one "HOST/IF.KEY VALUE" a line:
# rx.counter, rx.counter_octets, tx.… of the link; queue, queue_octets of what left through a queue that counts
observe_instruments() {
  local host
  for host; do
    ip -n "$(lab_ns "$host")" -s -j link | jq -r --arg host "$host" '.[] | "\($host)/\(.ifname)." as $at | .stats64 |
      "\($at)rx.counter \(.rx.packets)", "\($at)rx.counter_octets \(.rx.bytes)",
      "\($at)tx.counter \(.tx.packets)", "\($at)tx.counter_octets \(.tx.bytes)"'
    tc -n "$(lab_ns "$host")" -s -j qdisc show | jq -r --arg host "$host" '.[] | select(.root and .packets != null) |
      "\($host)/\(.dev).queue \(.packets)", "\($host)/\(.dev).queue_octets \(.bytes)"'
  done
}

# ---- what is there ------------------------------------------------------------------------------------------------

# A build without the tap, or a kernel that is too old for it. Elsewhere the method has to open, or that is a failure.
observe_can_exact() {
  ldd "$OBSERVE_PROGRAM" | grep -q libbpf || return
  printf '5.7\n%s\n' "$(uname -r)" | sort -C -V
}

observe_has_exact() { # HOST WHAT
  observe_run has-exact "$1" --duration 0.1 --method exact lo
  [[ ${OBSERVE_STATUS[has-exact]} == 0 ]] && return
  if observe_can_exact; then
    tap_ok 1 "method exact opens"
    tap_diag "status ${OBSERVE_STATUS[has-exact]}: ${OBSERVE_SAID[has-exact]}"
  else
    tap_skip "$2" "${OBSERVE_SAID[has-exact]}"
  fi
  return 1
}
