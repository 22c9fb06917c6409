#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Which files each of the skins, and each command of wiretruth, makes, changes or removes: all that it does with a file or a
# socket of the file system, as strace sees it, over a run with everything on. Nothing but the state directory, the file of
# -p, and by the command what it is told to write. And a state file that is a link to another's is not followed.
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

readonly CALLS=openat,open,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,symlink,symlinkat,link,linkat,mknod,mknodat,chmod,fchmodat,chown,lchown,fchownat,truncate,utimensat,setxattr,bind,mount

# The process keeps its own number; the tracer is a child of its own. Beside one no sanitizer can look for leaks.
traced() { # NAME
  TRACED=(strace -D -f -qq -s 300 -e "trace=$CALLS" -e signal=none -o "$LAB_DIR/$1.trace"
    -E "ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0")
}

# What was written to, as patterns know it: of the state directory "STATE/...", random parts of names as *. Tries that failed
# count as well.
written() { # NAME
  grep -vE 'openat?\(.*O_RDONLY|\bopen\(.*O_RDONLY|sa_family=AF_(NETLINK|PACKET|INET6?)|resumed>' "$LAB_DIR/$1.trace" |
    grep -oE '"[^"]*"|sun_path=@?"[^"]*"' | tr -d '"' | sed -E "s|^sun_path=||; s|$(lab_snmp_dir here)/store|STATE|; s|$LAB_DIR|LAB|; s|\.wiretruth-[A-Za-z0-9]{6}$|.wiretruth-*|; s|^/proc/self/task/[0-9]+/comm$|COMM|; s|collectd\.[A-Za-z0-9]{6}|collectd|; s|^(/run/wiretruth/[a-z]+-)[0-9]+-[0-9]+\.|\1*.|" |
    sort -u
}

agent_set() { lab_in here snmpset -v2c -c private -On -Oq 127.0.0.1 "$@" >/dev/null 2>&1; }

everything() { # in wiretruth.conf
  lab_snmp_configure here 'Interface eth0' 'Application true' "Baseline $LAB_DIR/baseline" 'Series http://localhost:1/' \
    'WarningDivergence 1'
  sed -i 's/^rocommunity .*/&\nrwcommunity private 127.0.0.1/' "$(lab_snmp_dir here)/conf/snmpd.conf"
}

test_agent() {
  local store
  store=$(lab_snmp_dir here)/store
  everything
  traced agent
  LAB_SNMP_WRAP=("${TRACED[@]}")
  LAB_SNMP_OPTIONS=(-f -p "$LAB_DIR/agent.pid")
  lab_snmp_run here
  agent_set "$(lab_snmp_oid wtThresholdStatus).7" i 4 "$(lab_snmp_oid wtThresholdInterfaces).7" s eth0
  check 'subagent: a threshold is set' grep -q '^threshold 7 ' "$store/wiretruth-thresholds"
  everything
  lab_signal "$LAB_SNMP_AGENT" HUP
  lab_wait_log 10 agentx-here 'the configuration was read again'
  lab_snmp_polled here 15
  lab_stop "$LAB_SNMP_AGENT"
  tap_is "$(written agent)" "$(printf '%s\n' COMM LAB/agent.pid STATE/.wiretruth-'*' STATE/wiretruth-thresholds | sort)" \
    'subagent: it writes its state and the file of -p, and nothing else'
  tap_is "$(stat -c %a "$store/wiretruth-thresholds")" 644 'nobody else may change its state'

  # Where who may write to the directory has put a link.
  echo precious >"$LAB_DIR/precious"
  rm "$store/wiretruth-thresholds" && ln -s "$LAB_DIR/precious" "$store/wiretruth-thresholds"
  LAB_SNMP_WRAP=()
  lab_snmp_agent here
  lab_wait 15 'the subagent to answer' lab_snmp_serves here
  agent_set "$(lab_snmp_oid wtThresholdStatus).8" i 4 "$(lab_snmp_oid wtThresholdInterfaces).8" s eth0
  tap_is "$(cat "$LAB_DIR/precious") $(readlink "$store/wiretruth-thresholds")" "precious $LAB_DIR/precious" \
    'a state file that is a link is not followed, nor replaced'
  check 'and the log says why' grep -qE 'thresholds .*(not a regular file|symbolic links)' "$LAB_DIR/agentx-here.log"
  lab_stop "$LAB_SNMP_AGENT"
  # The same, while it runs.
  rm "$store/wiretruth-thresholds"
  lab_snmp_agent here
  lab_wait 15 'the subagent to answer' lab_snmp_serves here
  ln -s "$LAB_DIR/precious" "$store/wiretruth-thresholds"
  agent_set "$(lab_snmp_oid wtThresholdStatus).9" i 4 "$(lab_snmp_oid wtThresholdInterfaces).9" s eth0
  tap_is "$(cat "$LAB_DIR/precious") $(readlink "$store/wiretruth-thresholds")" "precious $LAB_DIR/precious" \
    'nor is one that comes while it runs'
  lab_snmp_stop
}

test_module() {
  everything
  rm -f "$(lab_snmp_dir here)/store/wiretruth-thresholds"
  traced module
  LAB_SNMP_MASTER_WRAP=("${TRACED[@]}")
  lab_snmp_inside here
  lab_snmp_polled here 15
  lab_stop "$LAB_SNMP_MASTER"
  LAB_SNMP_MASTER_WRAP=()
  # snmpd's own: its socket and its store.
  tap_is "$(written module | grep -vE '^(STATE/snmpd(\.[a-z0-9.]+)?\.?[0-9a-z]*\.conf|STATE/snmpd\..*|STATE(/snmp_.*)?|STATE/\.\..*|LAB/snmp-here/agentx|/dev/null|COMM|STATE/\.wiretruth-\*|STATE/wiretruth-thresholds)$')" '' \
    'module in snmpd: its state, and what snmpd itself keeps'
}

test_collectd() {
  traced collectd
  LAB_COLLECTD_WRAP=("${TRACED[@]}")
  lab_collectd_start here "Interface \"eth0\"
Report wire signals ratios octets offload hidden checksum application
Application true
Baseline \"$LAB_DIR/baseline\"
Series \"http://localhost:1/\""
  lab_collectd_await 15 eth0 if_packets-wire
  lab_collectd_stop
  LAB_COLLECTD_WRAP=()
  check 'collectd: its own plugin writes' grep -q 'csv/lab/wiretruth' "$LAB_DIR/collectd.trace"
  tap_is "$(written collectd | grep -vE '^(LAB/collectd(/(log|pid|csv(/.*)?|csv|\.))?|csv(/.*)?|/dev/null|COMM)$')" '' \
    'collectd: the plugin writes nothing'
}

# ---- the command --------------------------------------------------------------------------------------------------

declare -A commands=() # that were tried

# Not by a tracer that is a child: this one ends when all processes have, the one that stands guard for validate too, with
# what the command ended with. validate keeps its records in /run, which is then one of its own.
command_traced() { # NAME COMMAND [ARGUMENT]...
  commands[$2]=1
  traced "$1"
  TRACED=("${TRACED[@]/#-D/-qq}" "$LAB_BUILD/wiretruth" "${@:2}")
  # shellcheck disable=SC2016
  [[ $2 != validate ]] || TRACED=(sh -c 'mkdir -p "$0" && mount --bind "$0" /run && exec "$@"' "$LAB_DIR/run" "${TRACED[@]}")
}

command_writes() { # NAME WANT COMMAND [ARGUMENT]...
  command_traced "$1" "${@:3}"
  lab_in here "${TRACED[@]}" >"$LAB_DIR/$1.out" 2>&1
  tap_is "$? $(written "$1" | paste -sd ' ')" "0 $2" "$1: it writes ${2:-nothing}"
}

# Keys, once it has drawn the interface: its help, details, and the end.
command_keys() {
  lab_wait 15 'watch to draw' grep -q eth0 "$LAB_DIR/watch.out" && printf h &&
    lab_wait 15 'its help' grep -q 'draw anew' "$LAB_DIR/watch.out" && printf '\r'
  printf q
}

command_watch() {
  command_traced watch watch "${everything[@]}"
  printf -v line '%q ' "${TRACED[@]}"
  : >"$LAB_DIR/watch.out"
  command_keys | lab_in here env TERM=xterm script -qfec "$line" /dev/null >"$LAB_DIR/watch.out" 2>&1
  tap_is "$? $(written watch | paste -sd ' ')" '0 ' 'watch: it writes nothing'
}

test_commands() {
  local recorded=$LAB_DIR/baseline capture=$LAB_DIR/few.pcap
  local everything=(--application --baseline "$recorded" --series http://localhost:1/ --mirror eth0=eth1 eth0)
  # shellcheck disable=SC2016
  lab_spawn_in here traffic bash -c 'exec 3>/dev/udp/10.1.0.2/9; while :; do printf x >&3; read -rt 0.01 <>/dev/fd/0; done' 2>/dev/null
  lab_in here tcpdump -Z root -n --immediate-mode -i eth0 -c 20 -w "$capture" 2>/dev/null
  command_writes 'baseline save' 'LAB/.wiretruth-* LAB/baseline' baseline save "$recorded"
  command_writes 'baseline show' '' baseline show "$recorded"
  command_writes 'baseline diff' '' baseline diff "$recorded"
  command_writes 'check' '' check --duration 0.3 "${everything[@]}"
  command_writes 'check --json' '' check --duration 0.3 --method sample --json "${everything[@]}"
  command_watch
  command_writes 'compare' '' compare --duration 0.3 eth0 "netns:$(lab_ns there)/eth0"
  command_writes 'compare of files' '' compare --json "$capture" "$capture"
  command_writes 'read' '' read "$capture"
  command_writes 'read --json' '' read --json "$capture" "$capture"
  command_writes 'validate' '/dev/null /run/wiretruth /run/wiretruth/validate-*.lock /run/wiretruth/validate-*.record /run/wiretruth/validate-*.record.new' validate --duration 0.2 --yes eth0
  command_writes 'validate --restore' '/run/wiretruth' validate --restore
  command_writes '--version' '' --version
  tap_is "$(find "$LAB_DIR/run" -type f)" '' 'validate leaves nothing of it'
  tap_is "$(printf '%s\n' "${!commands[@]}" | grep -v '^-' | sort)" \
    "$("$LAB_BUILD/wiretruth" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort)" 'these are all the commands that there are'
}

command -v strace >/dev/null || { tap_skip 'writes' 'there is no strace'; tap_done; exit; }
lab_start && lab_host here && lab_host there && lab_link here eth0 there eth0 1 || exit 1
test_commands
[[ -x $LAB_BUILD/wiretruth-agentx ]] && test_agent && test_module
[[ -e $LAB_BUILD/wiretruth.so ]] && test_collectd
tap_done
