#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# What stands in the way of a capture: a map that is full or cannot be mapped, filters that are refused, sockets that cannot
# be bound, no file descriptors. Each is told, nobody else is kept from being captured by it, and a later poll tries again.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"
# shellcheck source=tests/integration/_faults.sh
. "$root/tests/integration/_faults.sh"

# ---- the map ------------------------------------------------------------------------------------------------------

no_map() { # NAME REASON
  local got
  observe_run "$1" host --method exact --duration 0.3 eth0
  observe_list got "$1" eth0.tx {counter,capture}.verdict capture.frames
  tap_is "${OBSERVE_STATUS[$1]} $got" "0 unknown unknown null" "$what: no verdict, and no figure of the capture"
  got=$(observe_fact "$1" eth0.tx.capture.reason)
  [[ $got =~ $2 ]]
  tap_ok $? "$what: it says why: $got"
}

test_map() {
  local what="the tap's map is full"
  fault "full=$E2BIG"
  no_map full "no room for eth0 in the tap's map: it is full"
  what="the tap's map cannot be mapped"
  fault "map=$ENOMEM@1-1"
  observe_run unmapped host --duration 0.3 eth0
  got="$(observe_fact unmapped method) $(observe_fact unmapped method_reason)"
  tap_is "$got" "sample method exact: loading the eBPF program failed: out of memory" "$what: a lesser method, and why"
  # It is tried again without any change of links; what was sent before is the counter's alone.
  what="the tap's map was full for a moment"
  fault "full=$E2BIG@1-2"
  observe again host --method exact eth0
  lab_wait 10 'a socket on eth0' has_socket again
  tap_ok $? "$what: the next poll captures"
  observe_polled again
  transfer
  observe_decided again
  observe_end again
  observe_list got again eth0.tx capture.verdict cause
  tap_is "$got" "under-reports tso" "$what: and tells what it sees"
  OBSERVE_WRAP=()
}

# Of three one is down and one fails whenever it is tried. Neither keeps the third from being tried again.
test_behind() {
  new_device deaf0 20 type veth peer name deaf1
  new_device third0 21 type veth peer name third1
  fault "packet=$EMFILE@4-4" "deaf=$(lab_in host cat /sys/class/net/deaf0/ifindex)"
  observe behind host --method exact '/^(bridge0|deaf0|third0)$/'
  check 'no descriptor for one, behind others that fail: it is captured a poll or two later' lab_wait 10 'a socket' has_socket behind
  send_on third0 20
  observe_decided behind
  observe_end behind
  tap_is "$(observe_fact behind third0.tx.wire.source) $(observe_fact behind third0.tx.capture.frames)" 'tap 20' 'and sees what passes'
  [[ $(observe_fact behind deaf0.tx.capture.reason) == *bind* ]]
  tap_ok $? "of the other it says why: $(observe_fact behind deaf0.tx.capture.reason)"
  in_host link del deaf0
  in_host link del third0
  OBSERVE_WRAP=()
}

# More often than the map has places: each attempt that fails gives back the one that it took.
test_refused() {
  new_device refused0 20 type veth peer name refused1
  fault "attach=$EINVAL@1-40"
  observe refused host --method exact refused0
  check 'a filter is refused forty times: it is captured at last' lab_wait 30 'a socket' has_socket_after_all refused
  observe_polled refused
  send_on refused0 20
  observe_decided refused
  observe_end refused
  tap_is "$(observe_fact refused refused0.tx.wire.source) $(observe_fact refused refused0.tx.capture.frames)" 'tap 20' 'and sees what passes'
  in_host link del refused0
  OBSERVE_WRAP=()
}

# Each change of links is another attempt.
has_socket_after_all() { # NAME
  has_socket "$1" && return
  change_links
  return 1
}
has_socket() { (($(observe_packet_sockets "$1") > 0)); }

# ---- file descriptors -----------------------------------------------------------------------------------------------

# Whatever the number is at which it fails: it never blames rights or the kernel for it.
test_descriptors() {
  local limit said bad='' fewer=0
  for limit in 7 15 17 20 22 24 26; do
    OBSERVE_WRAP=(prlimit "--nofile=$limit:$limit")
    observe_run few host --duration 0.1 lo
    said=${OBSERVE_SAID[few]}
    case ${OBSERVE_STATUS[few]} in
      3) [[ $said =~ ^wiretruth:.*([Tt]oo many open files|file descriptors) && $said != *$'\n'* ]] || bad+=" $limit: $said" ;;
      0)
        [[ $(observe_fact few method) == exact ]] && continue
        ((fewer++))
        [[ $said =~ (oo many open files|file descriptors) && ! $said =~ (MEMLOCK|needs|Linux) ]] || bad+=" $limit: $said"
        ;;
      *) bad+=" $limit: status ${OBSERVE_STATUS[few]}" ;;
    esac
  done
  OBSERVE_WRAP=()
  tap_is "$bad" '' 'out of file descriptors: it says that, whatever fails'
  tap_ok $((fewer == 0)) "and goes on with what it can open ($fewer times)"
}

# ---- all ------------------------------------------------------------------------------------------------------------

lab_host host && lab_host far && lab_link host eth0 far eth0 7 || exit 1
lab_offload host eth0 gro off gso on tso on && lab_offload far eth0 gro off gso on tso on || exit 1
observe_has_exact host "what stands in the way of method exact" || { tap_done; exit; }
if ! fault_build; then
  tap_ok 1 "tests/integration/_fault.c compiles"
  tap_done
  exit
fi
in_host link add bridge0 type bridge
test_map
test_behind
test_refused
test_descriptors
tap_done
