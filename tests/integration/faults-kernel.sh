#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 45
#
# What a kernel answers when it is short of something or busy: dumps that break off or are torn, answers that are cut,
# lost or interrupted by a signal, devices that are gone, notifications without end, attributes that nobody can make sense
# of, an ifIndex that is another device's while notifications were lost. The figures stay exact, or say why they are not; the
# next poll works again; nothing hangs, and nothing crashes.
#
# faults.sh has what a kernel lacks, and interfaces that vanish; faults-capture.sh what stands in the way of a capture.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"
# shellcheck source=tests/integration/_faults.sh
. "$root/tests/integration/_faults.sh"

readonly BRIDGES=40 # a dump of links is more than one message with them

# ---- answers ------------------------------------------------------------------------------------------------------

exact_in_spite() { # NAME WHAT FAULT...
  local name=$1 what=$2
  shift 2
  fault "$@"
  observed "$name" --method exact
  is_exact "$name"
  tap_is "$(observe_fact "$name" eth0.discontinuity)" null "$what: no discontinuity of it"
}

test_answers() {
  exact_in_spite signalled "a signal comes while netlink is read or written" "signal=$EINTR@60-64"
  exact_in_spite lost "an answer of the kernel is lost" silent=1@8-8
  exact_in_spite cut "an answer does not fit into what was offered" short=1@12-13
  exact_in_spite mixed "each dump of queue disciplines is torn" "mixed=$EINTR"
  exact_in_spite detached "a device that was listed is gone when it is asked" "stats=$ENODEV@4-4"
  exact_in_spite flooded "notifications come as fast as they are read" flood=1
  exact_in_spite queueless "no statistics of queues in the kernel" "netdev=$ENOENT"
  OBSERVE_WRAP=()
}

# So many interfaces that their counters are read by one dump. What it lacks is read on its own.
test_many() {
  local all="the counters of all in one dump"
  OBSERVED=()
  exact_in_spite all-mixed "$all: each is torn" "mixed=$EINTR"
  exact_in_spite all-signalled "$all: signals come while it is read" "listed=$EINTR@1-12"
  exact_in_spite all-refused "$all: the kernel has no memory for it" "listed=$ENOMEM"
  OBSERVED=(eth0)
  OBSERVE_WRAP=()
}

# One that was listed and is gone when its counter is read: alone, and in the dump of all.
test_absent() {
  local which names
  for which in few all; do
    OBSERVED=('/^(eth0|bridge0)$/')
    [[ $which == few ]] || OBSERVED=()
    exact_in_spite "absent-$which" "a device that was listed is there no longer, of $which" "absent=$(lab_in host cat /sys/class/net/bridge0/ifindex)"
    names=$(observe_fact "absent-$which" names)
    check 'the others are told' grep -qw eth0 <<<"$names"
    check 'and it is not' not grep -qw bridge0 <<<"$names"
  done
  OBSERVED=(eth0)
  OBSERVE_WRAP=()
}

# Nothing but the queue disciplines tells what passes.
test_queues() {
  local what="signals come while queue disciplines are read"
  fault "listed=$EINTR@1-12"
  observed queues-signalled --method none
  is_none queues-signalled
  what="each dump of queue disciplines is torn, and nothing else has the figures"
  fault "mixed=$EINTR"
  observed queues-mixed --method none
  is_none queues-mixed
  OBSERVE_WRAP=()
}

# ---- attributes that make no sense ----------------------------------------------------------------------------------

# From the beginning, so that it may not even open; from when it has opened, so that it polls; each answer alone that it
# opens with, so that what reads it is come to. And nothing but the dumps of each poll, of all interfaces.
test_hostile() {
  local seed which bad='' status strange=''
  local -A ended=([0]=0 [3]=0)
  for seed in 1 2 3 4; do
    for which in {1,12,20}-1000000 $( ((seed % 2)) || echo {2-2,3-3,4-4,5-5,6-6,7-7,8-8}); do
      fault "hostile=$seed@$which"
      observe_run hostile host --duration 0.1 eth0
      status=${OBSERVE_STATUS[hostile]}
      [[ $status == [03] && ${OBSERVE_SAID[hostile]} == wiretruth:* && ${OBSERVE_SAID[hostile]} != *$'\n'*$'\n'* ]] ||
        bad+=" seed $seed, $which: status $status: ${OBSERVE_SAID[hostile]}"
      ended[$status]=$((${ended[$status]-0} + 1))
    done
  done
  for seed in 1 2 3 4; do
    fault "strange=$seed"
    observe_run strange host --duration 0.1
    [[ ${OBSERVE_STATUS[strange]} == 0 ]] || strange+=" seed $seed: status ${OBSERVE_STATUS[strange]}: ${OBSERVE_SAID[strange]}"
  done
  OBSERVE_WRAP=()
  tap_is "$strange" '' "attributes of no sense in the dumps of a poll: a report, and no crash"
  tap_is "$bad" '' "attributes of no sense: a report or a sentence, and no crash (${ended[0]} reports, ${ended[3]} sentences)"
}

# ---- any call -------------------------------------------------------------------------------------------------------

# The Nth call of a kind fails, whoever makes it.
test_calls() {
  local call code when bad='' count=0
  command -v strace >/dev/null || { tap_skip 'any call fails' 'there is no strace'; return; }
  for call in sendmsg:ENOBUFS recvmsg:EINTR recvmsg:ENOBUFS bpf:ENOMEM bpf:EINTR setsockopt:ENOMEM epoll_ctl:ENOMEM bind:ENOMEM; do
    for when in $([[ $call == bind:* ]] && echo 1 2 3 4 5 6 7 8 || echo 2 5); do # a socket each
      # Beside a tracer no sanitizer can look for leaks.
      OBSERVE_WRAP=(env "ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" strace -f -qq
        -o /dev/null -e "trace=${call%:*}" -e "inject=${call%:*}:error=${call#*:}:when=$when")
      observe_run call host --duration 0.1 eth0
      code=${OBSERVE_STATUS[call]}
      [[ $code == [03] && ${OBSERVE_SAID[call]} == wiretruth:* ]] || bad+=" $call $when: status $code: ${OBSERVE_SAID[call]}"
      ((count++))
    done
  done
  OBSERVE_WRAP=()
  tap_is "$bad" '' "a system call fails once: a report or a sentence ($count times)"
}

# ---- an ifIndex that is another device's ----------------------------------------------------------------------------

# Nobody told that the one before was deleted, and the new one has counted more than it ever did: its counter alone does
# not give it away. Its kind, or its name and address, do.
test_replaced() {
  local what index got
  fault "notify=$ENOBUFS"
  for what in veth bridge; do
    new_device old0 10 type veth peer name old1
    index=$(in_host -j link show old0 | jq '.[0].ifindex')
    send_on old0 20
    observe "was-$what" host --method exact
    tap_ok $? "a $what takes over while notifications are lost: it begins to observe"
    lab_signal "${OBSERVE_PID[was-$what]}" STOP
    in_host link del old0
    if [[ $what == veth ]]; then
      new_device new0 11 index "$index" type veth peer name new1
    else
      new_device new0 10 index "$index" type bridge
      new_device new1 12 type veth peer name new2
      in_host link set new1 master new0 # which gives it a carrier
    fi
    send_on new0 50
    lab_signal "${OBSERVE_PID[was-$what]}" CONT
    observe_polled "was-$what"
    observe_end "was-$what"
    observe_list got "was-$what" new0 ifindex kind tx.counter.frames
    tap_is "$got" "$index $what 0" "a $what takes over while notifications are lost: its totals begin anew"
    [[ $(observe_fact "was-$what" new0.discontinuity) != null ]]
    tap_ok $? "and a discontinuity says so"
    in_host link del new0
    [[ $what == veth ]] || in_host link del new1
  done
  OBSERVE_WRAP=()
}

# ---- behind an agent ------------------------------------------------------------------------------------------------

get() { lab_snmp_get host 0 - "$1"; } # COLUMN
at_least() { (($(get "$1") >= $2)); } # COLUMN NUMBER
has_failed() {
  change_links
  at_least wtPollErrors 1
}

# One poll fails, its error is told, and the next one works: nothing of the answer that was given up is in its way.
fails_once() { # WHAT FAULT PATTERN
  local errors said i
  LAB_SNMP_WRAP=(env "FAULT=$2" "LD_PRELOAD=$LAB_DIR/fault.so" "ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0")
  lab_snmp_start host eth0 || { tap_ok 1 "$1: the subagent starts"; return; }
  check "$1: a poll fails" lab_wait 20 'an error' has_failed
  errors=$(get wtPollErrors)
  for i in 1 2 3; do
    change_links
    lab_snmp_polled host 10
  done
  tap_is "$(get wtPollErrors) '$(get wtLastPollError)'" "$errors ''" "$1: and no more than that"
  said=$(sed -n 's/^wiretruth: \(poll: \)\?//; /'"$3"'/p' "$LAB_DIR/agentx-host.log")
  check "$1: the log says why: ${said%%$'\n'*}" test "$said"
  tap_ok $((errors != 1)) "$1: $errors poll failed"
  lab_snmp_stop
}

test_agent() {
  [[ -x $LAB_BUILD/wiretruth-agentx ]] || { tap_skip 'polls behind an agent' 'no subagent was built'; return; }
  fails_once 'a dump of links breaks off in the middle' "half=$ENOMEM@5-5" 'links: '
  fails_once 'a message of a dump is cut' 'cut=1@4-4' 'truncated\|too long'
  LAB_SNMP_WRAP=()
}

# ---- all ------------------------------------------------------------------------------------------------------------

lab_host host && lab_host far && lab_link host eth0 far eth0 7 || exit 1
lab_offload host eth0 gro off gso on tso on && lab_offload far eth0 gro off gso on tso on || exit 1
observe_has_exact host "what goes wrong with method exact" || { tap_done; exit; }
if ! fault_build; then
  tap_ok 1 "tests/integration/_fault.c compiles"
  tap_done
  exit
fi
test_replaced
for ((i = 0; i < BRIDGES; i++)); do echo "link add bridge$i type bridge"; done | in_host -batch -
test_answers
test_many
test_absent
test_queues
test_hostile
test_calls
test_agent
tap_done
