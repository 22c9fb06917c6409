#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 45
#
# The subagent gives up every right once it has opened, and interfaces that appear later are captured all the same: a
# link, many at once and again after they went, one that is not Ethernet, more than there are handles; with sample, too.
# The truth is the sender's queue discipline, which counts segments, and what ping says it sent. Where the kernel wants
# CAP_BPF to read a map (before Linux 5.19; made so by a library that refuses as it does) that one right is kept.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

get() { lab_snmp_get here "$@"; } # IFACE DIR COLUMN
has() { get "$@" >/dev/null; }    # IFACE DIR COLUMN
is() { [[ $(get "$1" "$2" "$3") == "$4" ]]; } # IFACE DIR COLUMN VALUE
agent_log() { grep -qE -- "$1" "$LAB_DIR/agentx-here.log"; } # PATTERN

# Of all threads: what each set of capabilities has.
rights() { awk '/^Cap(Inh|Prm|Eff|Amb)/ { print $2 }' /proc/"$LAB_SNMP_AGENT"/task/*/status | sort -u | paste -sd ' '; }

readonly ENOMEM=12
readonly NONE=0000000000000000
# As the service has it.
as_user() { # OPTION...
  LAB_SNMP_WRAP=(setpriv --reuid nobody --regid nogroup --clear-groups "--inh-caps=-all,+net_raw,+bpf"
    "--ambient-caps=-all,+net_raw,+bpf" "--bounding-set=-all,+net_raw,+bpf" "$@")
}

serve() { # METHOD LINE...
  lab_snmp_configure here "${@:2}"
  chmod -R a+rX "$(lab_snmp_dir here)"
  lab_snmp_agent here
  lab_wait 15 'rows' has eth0 - wtIfName
  tap_is "$(get 0 - wtMethod)" "$1" "it serves, method $1"
}

# What the tap counts of a flow is what the queue discipline sent, to the frame. Merged packets are what makes it differ.
counts() { # NAME DEVICE SUBNET
  local before total
  total=$(get "$2" tx wtDirWireFrames) before=$(lab_qdisc_packets here "$2")
  lab_flow here there "$(lab_address "$3" 2)" --mss 1440 -- --mss 1440 --bytes 5000000
  lab_settle here "$2"
  before=$(($(lab_qdisc_packets here "$2") - before))
  lab_wait 10 'its frames' is "$2" tx wtDirWireFrames $((total + before))
  tap_is "$(($(get "$2" tx wtDirWireFrames) - total))" "$before" "$1: its frames are those that were sent"
  tap_ok $((before < 3472)) 'which are as many as 5,000,000 octets take'
}

later() { # DEVICE SUBNET
  lab_link here "$1" there "$1" "$2" && lab_offload here "$1" gso on tso on && lab_offload there "$1" gro off &&
    lab_in here tc qdisc replace dev "$1" root pfifo && lab_wait 15 "a capture on $1" has "$1" tx wtDirCaptureFrames
}

# Twice as many interfaces: each is a pair.
pairs() { # NAME COUNT
  local i
  for ((i = 1; i <= $2; i++)); do echo "link add $1$i up type veth peer name peer-$1$i"; done | lab_in here ip -b - &&
    lab_in here ip link set "peer-$1$2" up && lab_wait 15 "a capture on $1$2" has "$1$2" tx wtDirCaptureFrames
}
no_pairs() { # NAME COUNT
  local i
  for ((i = 1; i <= $2; i++)); do echo "link delete $1$i"; done | lab_in here ip -b -
  lab_wait 15 "$1$2 to be gone" is_gone "$1$2"
}
is_gone() { ! has "$1" - wtIfName; }

test_exact() {
  as_user
  serve 1
  tap_is "$(rights)" "$NONE" 'no thread has a right any more, nor a way to one'
  tap_is "$(awk '/^NoNewPrivs/ { print $2 }' /proc/"$LAB_SNMP_AGENT"/task/*/status | sort -u)" 1 'and what it executes gains none'
  counts 'the interface that was there' eth0 1
  check 'a link appears' later late0 2
  counts 'a link that appeared' late0 2
  check 'many appear' pairs many 12
  check 'and go' no_pairs many 12
  check 'and others appear: more, in sum, than there are sockets' pairs more 12
  no_pairs more 12
  check 'a link appears in their place' later late1 3
  counts 'a link in their place' late1 3
  check 'nothing is missed' not agent_log 'not captured'
}

# Its packets begin with IP: another kind of socket.
test_tunnel() {
  lab_in here ip tuntap add mode tun name tun0
  lab_spawn_in here inject "$LAB_BIN/inject" --wait --count 50 --payload 14480 --segment 1448 tun tun0 - 10.97.0.2 10.97.0.1
  lab_wait_log 10 inject '^ready' && lab_in here ip link set tun0 up
  check 'a tunnel appears' lab_wait 15 'a capture on tun0' has tun0 rx wtDirCaptureFrames
  lab_signal "$LAB_PID" USR1
  lab_reap "$LAB_PID" 20
  lab_wait 10 'its frames' is tun0 rx wtDirWireFrames 500
  tap_is "$(get tun0 rx wtDirCaptureFrames) $(get tun0 rx wtDirWireFrames)" '50 500' 'its 50 packets stand for the 500 frames that they were made as'
}

test_many() {
  check 'more appear than there are sockets' pairs lot 150
  counts 'one socket for all' late0 2
  no_pairs lot 150
  check 'no right is missed' not agent_log 'not captured|rights|CAP_'
  lab_stop "$LAB_SNMP_AGENT"
  tap_is "$LAB_STATUS" 0 'it ends well'
}

# Datagrams to a neighbour that nobody is: nothing comes back.
send_datagrams() { # DEVICE SUBNET COUNT
  local i
  lab_in here ip address add "10.$2.0.1/24" dev "$1" && lab_in here ip neighbour replace "10.$2.0.9" lladdr "$(lab_mac "$2" 9)" dev "$1" &&
    for ((i = 0; i < $3; i++)); do lab_in here bash -c "echo x >/dev/udp/10.$2.0.9/9"; done
}

# What an interface needs that appears later fails some times, for want of memory in the kernel.
test_passing() { # WHAT FAULT
  as_user env "FAULT=$2" "LD_PRELOAD=$(lab_preload "$LAB_DIR/fault.so")"
  serve 1 'Interface eth0' 'Interface passing0' 'Hold 0'
  lab_in here ip -batch - <<END
link add passing0 index 77 type veth peer name passing1
link set passing0 arp off multicast off addrgenmode none up
link set passing1 arp off multicast off addrgenmode none up
END
  check "$1 for a moment: it is told" lab_wait 15 'that' agent_log 'passing0 is not captured: .*(memory|refuses)'
  check 'then the interface is captured' lab_wait 15 'a capture' has passing0 tx wtDirCaptureFrames
  send_datagrams passing0 77 50
  check 'what it sends is told, to the frame' lab_wait 10 'its frames' is passing0 tx wtDirWireFrames 50
  tap_is "$(get passing0 tx wtDirCaptureFrames) $(get passing0 tx wtDirCounterFrames)" '50 50' 'by the capture and the counter as well'
  lab_stop "$LAB_SNMP_AGENT"
  lab_in here ip link delete passing0
}

# Few sockets of its own are there, for their rings are long: then one for all.
test_sample() {
  lab_in here ip link delete late1
  serve 2 'Method sample' 'Interface eth0' 'Interface /^late/' 'Interface /^few/'
  tap_is "$(rights)" "$NONE" 'with sample no right is kept, either'
  check 'a link appears' later late1 3
  sampled late1 3
  check 'more than there are sockets' pairs few 3
  sampled late1 3
  lab_stop "$LAB_SNMP_AGENT"
}

sampled() { # DEVICE SUBNET
  local before total seen
  total=$(get "$1" tx wtDirWireFrames) before=$(lab_qdisc_packets here "$1")
  lab_flow here there "$(lab_address "$2" 2)" --mss 1440 -- --mss 1440 --bytes 20000000
  lab_settle here "$1" && lab_snmp_polled here 10
  before=$(($(lab_qdisc_packets here "$1") - before)) seen=$(($(get "$1" tx wtDirWireFrames) - total))
  tap_ok $((seen > before * 8 / 10 && seen < before * 12 / 10 ? 0 : 1)) "its estimate is near what was sent: $seen of $before"
}

test_root() {
  LAB_SNMP_WRAP=()
  LAB_SNMP_OPTIONS=(-f -u nobody -g nogroup)
  serve 1
  tap_is "$(rights) $(awk '/^CapBnd/ { print $2 }' "/proc/$LAB_SNMP_AGENT/status")" "$NONE $NONE" \
    'started by root it becomes a user without any, and none are left to gain'
  lab_stop "$LAB_SNMP_AGENT"
  LAB_SNMP_OPTIONS=(-f)
  serve 1
  # CAP_DAC_OVERRIDE, for the AgentX socket.
  tap_is "$(awk '/^Cap(Prm|Eff)/ { print $2 }' /proc/"$LAB_SNMP_AGENT"/task/*/status | sort -u)" 0000000000000002 \
    'as root it keeps the one to reach the socket of another user'
  lab_stop "$LAB_SNMP_AGENT"
}

test_old_kernel() {
  cc -D_GNU_SOURCE -shared -fPIC -o "$LAB_DIR/oldbpf.so" "$root/tests/integration/_oldbpf.c" -ldl || return
  chmod a+r "$LAB_DIR/oldbpf.so"
  as_user env "LD_PRELOAD=$(lab_preload "$LAB_DIR/oldbpf.so")"
  serve 1
  # CAP_BPF is 39.
  tap_is "$(awk '/^Cap(Prm|Eff)/ { print $2 }' /proc/"$LAB_SNMP_AGENT"/task/*/status | sort -u)" 0000008000000000 \
    'where maps cannot be read without it CAP_BPF is kept, and nothing else'
  counts 'it counts' eth0 1
  lab_stop "$LAB_SNMP_AGENT"
}

if ! [[ -x $LAB_BUILD/wiretruth-agentx ]]; then
  tap_skip 'rights of the subagent' 'it was not built'
  tap_done
  exit
fi
lab_start && lab_host here && lab_host there && lab_link here eth0 there eth0 1 || exit 1
lab_offload here eth0 gso on tso on && lab_offload there eth0 gro off && lab_in here tc qdisc replace dev eth0 root pfifo || exit 1
chmod 711 "$LAB_DIR"
# Where another user reaches it.
mkdir "$LAB_DIR/bin" && cp "$LAB_BUILD/wiretruth-agentx" "$LAB_DIR/bin/" && LAB_BUILD=$LAB_DIR/bin
lab_snmp_configure here
echo "agentXPerms 0666 0755" >>"$(lab_snmp_dir here)/conf/snmpd.conf"
lab_snmp_master here || exit 1
test_exact
test_tunnel
test_many
if cc -D_GNU_SOURCE -shared -fPIC -o "$LAB_DIR/fault.so" "$root/tests/integration/_fault.c" -ldl; then
  chmod a+r "$LAB_DIR/fault.so"
  test_passing 'a filter is refused' "attach=$ENOMEM@3-9"
  test_passing 'the map takes nothing' placeless=77@1-6
  test_passing 'a socket is not bound' deaf=77@1-6
fi
test_sample
test_root
test_old_kernel
tap_done
