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
#   observe_synchronize NAME N      until it has N packet sockets and waits for what comes next
#   observe_has_exact HOST          whether this build, on this kernel, has method exact; why not in OBSERVE_WHY
#
# OBSERVE_STATUS[NAME] is its exit status, OBSERVE_SAID[NAME] what it said on standard error. OBSERVE_WRAP, an array,
# goes before the command (setpriv, env).

declare -A OBSERVE_PID=() OBSERVE_STATUS=() OBSERVE_SAID=() OBSERVE_HOST=() OBSERVE_FACT=()
OBSERVE_WRAP=()
OBSERVE_PROGRAM=$LAB_BUILD/wiretruth
OBSERVE_WHY=

# ---- running it ---------------------------------------------------------------------------------------------------

observe_spawn() { # NAME HOST ARGUMENT...
  local name=$1 host=$2
  shift 2
  OBSERVE_HOST[$name]=$host
  : >"$LAB_DIR/$name.json"
  # shellcheck disable=SC2016
  lab_spawn_in "$host" "$name" "${OBSERVE_WRAP[@]}" sh -c 'exec "$@" >"$0"' "$LAB_DIR/$name.json" \
    "$OBSERVE_PROGRAM" check --json "$@"
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

# It opens its sockets and takes its reading in one go: a process that sleeps with the sockets open has done both.
observe_is_synchronous() { # NAME SOCKETS
  local status
  [[ $(observe_packet_sockets "$1") == "$2" ]] || return
  status=$(lab_stat "${OBSERVE_PID[$1]}")
  [[ ${status% *} == S ]]
}

observe_synchronize() { # NAME SOCKETS
  lab_wait 10 "$1 to have $2 packet sockets" observe_is_synchronous "$1" "$2"
}

# ---- what is there ------------------------------------------------------------------------------------------------

observe_has_exact() { # HOST
  observe_run has-exact "$1" --duration 0.1 --method exact lo
  OBSERVE_WHY=${OBSERVE_SAID[has-exact]}
  [[ ${OBSERVE_STATUS[has-exact]} == 0 ]]
}
