#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Hosts as network namespaces, joined by veth pairs, with real traffic and the kernel's own figures as oracles.
# Sourced by the demo, the tests and the benchmarks:
#
#   . lab/lab.sh
#   lab_start
#   lab_host left; lab_host right
#   lab_link left eth0 right eth0 7
#   lab_in left ping -c 1 10.7.0.2
#
# Everything is removed when the script ends, however it ends. Nothing outside the namespaces is touched, and a link
# that nobody uses carries nothing at all, so that totals can be compared to the frame.

LAB_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LAB_BUILD=${B:-build}
[[ $LAB_BUILD == /* ]] || LAB_BUILD=$LAB_ROOT/$LAB_BUILD
LAB_BIN=$LAB_BUILD/lab
LAB_COMMAND=$LAB_BUILD/wiretruth # where it was built, also for a test that sets LAB_BUILD to a copy

LAB_ID=
LAB_DIR=
LAB_PID=
LAB_STATUS=
LAB_SENT=
LAB_RECEIVED=
LAB_SEEN=
LAB_OWNER=
LAB_SPAWNING=
declare -A LAB_LOG_PID=() # name of a log -> the process that writes it
declare -A LAB_STARTED=() # pid of a background process -> its start time: a pid alone may be somebody else's by now

# Built with a sanitizer, a process has memory of its own, and no other allocator or valgrind beside it.
lab_sanitized() { ldd "$LAB_COMMAND" | grep -qE 'lib(a|ub|t)san'; }

# For LD_PRELOAD: a sanitizer's libraries, which want to be first, and a test's.
lab_preload() { # [LIBRARY]
  { ldd "$LAB_COMMAND" | awk '/lib(a|ub|t)san/ { print $3 }'; echo "${1-}"; } | grep . | paste -sd:
}

lab_fail() {
  echo "lab: $*" >&2
  return 1
}

# ---- start and end ------------------------------------------------------------------------------------------------

# Takes over the traps of EXIT, INT, TERM and HUP until lab_end.
lab_start() {
  [[ $EUID == 0 ]] || { lab_fail "needs root: it makes network namespaces"; return; }
  [[ -x $LAB_BIN/flow && -x $LAB_BIN/blast && -x $LAB_BIN/frames ]] || {
    lab_fail "$LAB_BIN/flow, blast or frames is missing: run 'make lab'"
    return
  }
  [[ -z $LAB_ID ]] || { lab_fail "already started as $LAB_ID"; return; }
  LAB_STARTED=() LAB_LOG_PID=()
  LAB_OWNER=$BASHPID
  trap lab_end EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  for _ in 1 2 3 4 5; do
    printf -v LAB_ID 'wt%x%04x' "$BASHPID" $((SRANDOM & 0xffff))
    LAB_DIR=${TMPDIR:-/tmp}/wiretruth-$LAB_ID
    # The directory reserves the name: mkdir fails for all but one.
    if mkdir -m 700 "$LAB_DIR" 2>/dev/null; then return 0; fi
  done
  LAB_ID='' LAB_DIR=''
  lab_fail "cannot make a directory in ${TMPDIR:-/tmp}"
}

lab_end() {
  [[ -n $LAB_ID && $BASHPID == "$LAB_OWNER" ]] || return 0
  # A second Ctrl-C would leave half of it behind.
  trap '' HUP INT TERM
  lab_end_processes
  lab_end_hosts
  rm -rf -- "$LAB_DIR"
  LAB_ID='' LAB_DIR=''
  trap - EXIT HUP INT TERM
}

lab_end_processes() {
  local pid
  # Interrupted between a start and its record.
  if [[ $LAB_SPAWNING && " $(jobs -pr | tr '\n' ' ')" == *" ${!-} "* ]]; then lab_spawned; fi
  # One that was frozen hears of it when it runs again.
  for pid in "${!LAB_STARTED[@]}"; do lab_signal "$pid" TERM; lab_signal "$pid" CONT; done
  for pid in "${!LAB_STARTED[@]}"; do
    lab_gone_within 3 "$pid" || { lab_signal "$pid" KILL; lab_gone_within 3 "$pid" || true; }
    wait "$pid" 2>/dev/null || true
    unset "LAB_STARTED[$pid]"
  done
}

# By the names that exist, not by a list of our own: a host made in a subshell is found as well. Whatever still runs
# in a namespace that we made was started by us (a child of a daemon that left its group).
lab_end_hosts() {
  local path pid
  for path in /run/netns/"$LAB_ID"-*; do
    [[ -e $path ]] || continue
    for pid in $(ip netns pids "${path##*/}" 2>/dev/null); do kill -KILL "$pid" 2>/dev/null || true; done
    ip netns del "${path##*/}" 2>/dev/null || true
  done
}

# ---- hosts and links ----------------------------------------------------------------------------------------------

lab_ns() { echo "$LAB_ID-$1"; }

# Where a command runs in the foreground, bash hears a signal to the script alone only when it has ended.
lab_in() {
  local host=$1
  shift
  ip netns exec "$LAB_ID-$host" "$@"
}

# lab_host NAME
lab_host() {
  ip netns add "$LAB_ID-$1" || return
  # shellcheck disable=SC2016
  lab_in "$1" sh -c '
    cd /proc/sys/net/ipv6/conf
    for set in all default; do
      echo 0 >$set/accept_dad
      echo 0 >$set/dad_transmits
      echo 0 >$set/accept_ra
      echo 0 >$set/autoconf
      echo 0 >$set/router_solicitations
    done
    echo 1 >default/addr_gen_mode
    # What one transfer taught the kernel about a peer must not shape the next.
    echo 1 >/proc/sys/net/ipv4/tcp_no_metrics_save
    # Nor shall a probe repeat what only waits for a delayed acknowledgement: these round trips are microseconds.
    echo 0 >/proc/sys/net/ipv4/tcp_early_retrans' || return
  ip -n "$LAB_ID-$1" link set lo up
}

# lab_address SUBNET SIDE [4|6]: side 1 and 2 are the ends of a link
lab_address() {
  if [[ ${3:-4} == 6 ]]; then echo "fd00:$1::$2"; else echo "10.$1.0.$2"; fi
}

lab_mac() { printf '02:00:00:00:%02x:%02x\n' "$1" "$2"; }

# lab_wire HOSTA IFA HOSTB IFB SUBNET [MTU]: a link without addresses
#
# Without ARP a link is quiet for IPv6 too: no neighbour discovery, and so no multicast group to be reported; without
# multicast a router joins no group that it would report either.
# A veth's own noqueue keeps no statistics, so each end gets a queue that does.
lab_wire() {
  local a=$1 ifa=$2 b=$3 ifb=$4 subnet=$5 mtu=${6:-1500}
  ip -n "$LAB_ID-$a" link add "$ifa" mtu "$mtu" address "$(lab_mac "$subnet" 1)" type veth \
    peer name "$ifb" mtu "$mtu" address "$(lab_mac "$subnet" 2)" netns "$LAB_ID-$b" || return
  tc -n "$LAB_ID-$a" qdisc add dev "$ifa" root pfifo limit 10000 || return
  tc -n "$LAB_ID-$b" qdisc add dev "$ifb" root pfifo limit 10000 || return
  ip -n "$LAB_ID-$a" link set "$ifa" arp off multicast off up || return
  ip -n "$LAB_ID-$b" link set "$ifb" arp off multicast off up || return
  lab_wait 5 "carrier on $ifa of $a" lab_has_carrier "$a" "$ifa" || return
  lab_wait 5 "carrier on $ifb of $b" lab_has_carrier "$b" "$ifb"
}

lab_has_carrier() { [[ $(ip -n "$LAB_ID-$1" link show "$2") == *LOWER_UP* ]]; }

# lab_join HOST IF SUBNET SIDE PEER_MAC: addresses, and the other side's as permanent neighbours
lab_join() {
  local other=$((3 - $4))
  ip -n "$LAB_ID-$1" -batch - <<END
address add $(lab_address "$3" "$4" 4)/24 dev $2
address add $(lab_address "$3" "$4" 6)/64 dev $2 nodad
neighbour replace $(lab_address "$3" $other 4) lladdr $5 dev $2 nud permanent
neighbour replace $(lab_address "$3" $other 6) lladdr $5 dev $2 nud permanent
END
}

# lab_link HOSTA IFA HOSTB IFB SUBNET [MTU]
lab_link() {
  lab_wire "$@" || return
  lab_join "$1" "$2" "$5" 1 "$(lab_mac "$5" 2)" || return
  lab_join "$3" "$4" "$5" 2 "$(lab_mac "$5" 1)"
}

# lab_macvlan HOST LOWER NAME SUBNET: a macvlan above LOWER, with a MAC of its own
lab_macvlan() {
  ip -n "$LAB_ID-$1" link add link "$2" name "$3" address "$(lab_mac "$4" 3)" type macvlan mode private || return
  ip -n "$LAB_ID-$1" link set "$3" arp off multicast off up || return
  lab_wait 5 "carrier on $3 of $1" lab_has_carrier "$1" "$3"
}

# lab_forward HOST: let it route
lab_forward() {
  # shellcheck disable=SC2016
  lab_in "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

# lab_offload HOST IF FEATURE on|off ...: ethtool's names; fails if a feature did not end up as asked
lab_offload() {
  local host=$1 if=$2 state said
  shift 2
  said=$(lab_in "$host" ethtool -K "$if" "$@" 2>&1) || { lab_fail "ethtool -K $if $*: $said"; return; }
  state=$(lab_in "$host" ethtool -k "$if") || return
  while (($#)); do
    lab_feature_is "$state" "$(lab_feature_name "$1")" "$2" || { lab_fail "$if of $host: $1 is not $2"; return; }
    shift 2
  done
}

lab_feature_name() {
  case $1 in
    tx) echo tx-checksumming ;;
    rx) echo rx-checksumming ;;
    sg) echo scatter-gather ;;
    tso) echo tcp-segmentation-offload ;;
    gso) echo generic-segmentation-offload ;;
    gro) echo generic-receive-offload ;;
    lro) echo large-receive-offload ;;
    *) echo "$1" ;;
  esac
}

lab_feature_is() { [[ $'\n'$1$'\n' =~ $'\n'[[:blank:]]*"$2: $3"(' [fixed]')?$'\n' ]]; }

# lab_shape HOST IF ingress|egress PROGRAM [OBJECT]: what a tc program of lab/shape.bpf.c, or of OBJECT, does to packets
lab_shape() {
  tc -n "$(lab_ns "$1")" qdisc replace dev "$2" clsact &&
    tc -n "$(lab_ns "$1")" filter add dev "$2" "$3" bpf da obj "${5:-$LAB_BIN/shape.bpf.o}" sec "classifier/$4"
}

# ---- processes ----------------------------------------------------------------------------------------------------

# lab_spawn LOG COMMAND...: in the background, output to $LAB_DIR/LOG.log, its pid in LAB_PID
#
# In a session of its own, so that one signal reaches its children too and Ctrl-C leaves its end to lab_end.
lab_spawn() {
  local log=$LAB_DIR/$1.log
  shift
  : >"$log" # now, or somebody who waits for a line would find that of an earlier run
  LAB_SPAWNING=1
  setsid "$@" >"$log" 2>&1 </dev/null &
  lab_spawned
  LAB_LOG_PID[$log]=$LAB_PID
}

lab_spawned() {
  LAB_PID=$!
  LAB_STARTED[$LAB_PID]=$(lab_start_time "$LAB_PID")
  LAB_SPAWNING=
}

# lab_spawn_in HOST LOG COMMAND...: LAB_PID is the command's own, since ip only executes it
lab_spawn_in() {
  local host=$1 log=$2
  shift 2
  lab_spawn "$log" ip netns exec "$LAB_ID-$host" "$@"
}

# State and start time of a process; nothing if there is none.
lab_stat() {
  local line
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
  # The name may hold blanks and brackets: only what follows the last bracket is safe to split.
  # shellcheck disable=SC2086
  set -- ${line##*) }
  echo "$1 ${20}"
}

lab_start_time() {
  local state
  state=$(lab_stat "$1")
  echo "${state#* }"
}

# lab_alive PID: whether the process that we started under this pid still runs
lab_alive() {
  local state
  [[ -n ${1-} ]] || return
  state=$(lab_stat "$1")
  [[ -n $state && ${state% *} != [ZX] && ${state#* } == "${LAB_STARTED[$1]-}" ]]
}

lab_signal() {
  lab_alive "$1" || return 0
  # The group is the pid's once setsid has run.
  kill -"$2" -- "-$1" 2>/dev/null || kill -"$2" "$1" 2>/dev/null || true
}

lab_gone() { ! lab_alive "$1"; }

lab_gone_within() { lab_poll "$1" lab_gone "$2"; }

# lab_reap PID SECONDS: waits for it to end by itself; its exit status in LAB_STATUS
lab_reap() {
  lab_gone_within "$2" "$1" || { lab_fail "process $1 did not end within $2 s"; return; }
  LAB_STATUS=0
  wait "$1" 2>/dev/null || LAB_STATUS=$?
  unset "LAB_STARTED[$1]"
}

# lab_stop PID [SIGNAL]: ends it and waits for it; its exit status in LAB_STATUS
lab_stop() {
  lab_signal "$1" "${2:-TERM}"
  lab_gone_within 5 "$1" || lab_signal "$1" KILL
  lab_reap "$1" 5
}

# lab_poll SECONDS COMMAND...: until it succeeds; 1 when the time is over
lab_poll() {
  local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
  shift
  until "$@"; do
    ((${EPOCHREALTIME/[.,]/} < end)) || return 1
    sleep 0.02
  done
}

# lab_wait SECONDS WHAT COMMAND...: the same, and says what it waited for in vain
lab_wait() {
  local seconds=$1 what=$2
  shift 2
  lab_poll "$seconds" "$@" || lab_fail "waited $seconds s in vain for $what"
}

# lab_wait_log SECONDS LOG PATTERN: until a line of $LAB_DIR/LOG.log matches; shows the log if none does, or if the
# process that lab_spawn started with that log ended before
lab_wait_log() {
  lab_poll "$1" lab_log_decided "$LAB_DIR/$2.log" "$3" && grep -qsE -- "$3" "$LAB_DIR/$2.log" && return
  lab_fail "no '$3' in $2.log within $1 s, or before its process ended:"
  sed 's/^/  /' "$LAB_DIR/$2.log" >&2 || true
  return 1
}

lab_log_decided() {
  grep -qsE -- "$2" "$1" && return
  # A log that lab_spawn does not know is some daemon's own.
  [[ -n ${LAB_LOG_PID[$1]-} ]] && lab_gone "${LAB_LOG_PID[$1]}"
}

# lab_http HOST URL [CURL-OPTION]...: what a server that the host reaches answers; fails if it answers with an error
lab_http() {
  lab_in "$1" curl --silent --fail --max-time 5 --noproxy '*' "${@:3}" "$2"
}

# ---- configurations -----------------------------------------------------------------------------------------------

# lab_shipped FILE [OLD=NEW]...: dist/FILE as it is shipped, but for these texts, each of which has to be in it: hosts,
# ports, directories
lab_shipped() {
  local text word old
  text=$(<"$LAB_ROOT/dist/$1") || return
  for word in "${@:2}"; do
    old=${word%%=*}
    [[ $text == *"$old"* ]] || { lab_fail "dist/$1 has no '$old'"; return; }
    text=${text//"$old"/"${word#*=}"}
  done
  printf '%s\n' "$text"
}

# ---- traffic ------------------------------------------------------------------------------------------------------

# lab_flow FROM TO ADDRESS [RECEIVE-OPTION]... -- [SEND-OPTION]...: one bounded transfer with lab/flow, to its end
#
# The last lines of both sides are in LAB_SENT and LAB_RECEIVED. Both run in the background: a signal ends the script
# at once and not when the transfer is over.
lab_flow() {
  local from=$1 to=$2 address=$3 receiver port
  local -a receive=()
  shift 3
  while (($#)) && [[ $1 != -- ]]; do receive+=("$1"); shift; done
  shift
  lab_spawn_in "$to" receive "$LAB_BIN/flow" receive --limit 60 "${receive[@]}" "$address"
  receiver=$LAB_PID
  lab_wait_log 5 receive '^listening' || return
  port=$(lab_figure port "$(<"$LAB_DIR/receive.log")")
  lab_spawn_in "$from" send "$LAB_BIN/flow" send --limit 60 "$@" "$address" "$port"
  lab_both_end "$LAB_PID" "$receiver"
}

# lab_both_end SENDER RECEIVER: of which the logs are send.log and receive.log
lab_both_end() {
  local status
  lab_reap "$1" 70 || return
  status=$LAB_STATUS
  LAB_SENT=$(tail -n 1 "$LAB_DIR/send.log")
  # A receiver that waits for what will not come has nothing to wait for.
  [[ $status == 0 ]] || lab_signal "$2" TERM
  lab_reap "$2" 10 || return
  LAB_RECEIVED=$(tail -n 1 "$LAB_DIR/receive.log")
  [[ $status == 0 && $LAB_STATUS == 0 ]] || lab_fail "the transfer failed: $LAB_SENT; $LAB_RECEIVED"
}

# lab_settle HOST IF: until it has nothing more to carry: a last acknowledgement may come after the programs' end
lab_settle() {
  LAB_SEEN=
  lab_wait 5 "silence on $2 of $1" lab_is_still "$1" "$2"
}

lab_is_still() {
  local seen=$LAB_SEEN
  LAB_SEEN=$(ip -n "$LAB_ID-$1" -s link show "$2")
  [[ $LAB_SEEN == "$seen" ]]
}

# ---- oracles ------------------------------------------------------------------------------------------------------

# lab_ip_segments HOST [4|6]: segments that it received, each one of a merged packet counted (In*Pkts, by codepoint)
#
# Of all its interfaces, lo among them: let nothing else talk while this is compared.
lab_ip_segments() {
  lab_in "$1" cat /proc/net/netstat /proc/net/snmp6 | awk -v version="${2:-both}" '
    $1 == "IpExt:" && !named { named = split($0, name); next }
    $1 == "IpExt:" { for (i = 2; i <= named; i++) value[name[i]] = $i }
    NF == 2 { value[$1] = $2 }
    END {
      split("InNoECTPkts InECT0Pkts InECT1Pkts InCEPkts", part)
      for (i in part) {
        if (version != 6) sum += value[part[i]]
        if (version != 4) sum += value["Ip6" part[i]]
      }
      printf "%d\n", sum
    }'
}

# lab_links HOST: ifIndex and name of each interface, one a line, by number
lab_links() { ip -n "$LAB_ID-$1" -o link | sed -E 's/^([0-9]+): ([^:@]+).*/\1 \2/' | sort -n; }

# lab_qdisc_packets HOST IF: segments that left through its root queue
lab_qdisc_packets() {
  tc -n "$LAB_ID-$1" -s qdisc show dev "$2" root | awk '$1 == "Sent" { sum += $4 } END { printf "%d\n", sum }'
}

# lab_link_counter HOST IF rx|tx packets|bytes
lab_link_counter() {
  ip -n "$LAB_ID-$1" -s link show "$2" | awk -v direction="${3^^}:" -v what="$4" '
    $1 == direction { for (i = 2; i <= NF; i++) if ($i == what) column = i - 1; next }
    column { print $column; exit }'
}

# lab_figure KEY LINE: the value of KEY in a line of key=value
lab_figure() { [[ " $2 " =~ " "$1=([^ ]*)" " ]] && echo "${BASH_REMATCH[1]}"; }
