#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 50
#
# What is missing or fails: rights, parts of the build, parts of the kernel, answers of the kernel, interfaces that
# vanish. Each is a lesser method that says why, or a clear sentence with its exit status; never a wrong figure, never
# a crash.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"
# shellcheck source=tests/integration/_faults.sh
. "$root/tests/integration/_faults.sh"

# ---- rights -------------------------------------------------------------------------------------------------------

rights() { OBSERVE_WRAP=(setpriv --bounding-set="-all$1" --inh-caps=-all); }

test_rights() {
  local what
  if [[ $(</proc/sys/kernel/unprivileged_bpf_disabled) == 0 ]]; then
    tap_skip "without CAP_BPF: method sample" "this kernel lets anybody use eBPF"
  else
    what="without CAP_BPF"
    rights ,+net_raw
    observed no-bpf
  is_sampled no-bpf
  because no-bpf CAP_BPF
    refuses CAP_BPF --method exact
  fi
  what="without CAP_NET_RAW"
  rights ,+bpf
  observed no-raw
  is_none no-raw
  because no-raw CAP_NET_RAW
  refuses CAP_NET_RAW --method exact
  refuses CAP_NET_RAW --method sample
  what="without any right"
  rights ''
  observed no-right
  is_none no-right
  because no-right 'CAP_BPF.*CAP_NET_RAW'
  refuses CAP_ --method exact
  what="with CAP_BPF and CAP_NET_RAW alone"
  rights ,+bpf,+net_raw
  if [[ $has_exact ]]; then
    observed two-rights
    is_exact two-rights
  fi
  OBSERVE_WRAP=()
}

# ---- build --------------------------------------------------------------------------------------------------------

test_build() {
  local what="a build without the exact method" OBSERVE_PROGRAM=$LAB_DIR/build/wiretruth said
  # The skins have nothing to do with it, and speed neither. On a busy machine it takes as long as it takes.
  lab_spawn build make -C "$root" B="$LAB_DIR/build" CFLAGS=-O0 HARDEN= CLANG=no-such-clang HAVE_COLLECTD= HAVE_NETSNMP= all
  lab_reap "$LAB_PID" 250
  tap_is "$LAB_STATUS" 0 "$what: it builds"
  [[ $LAB_STATUS == 0 ]] || tap_diag "$(tail -n 20 "$LAB_DIR/build.log")"
  said=$(grep -v -e collectd -e Net-SNMP "$LAB_DIR/build.log" | grep -c '^note: .*without the exact method')
  tap_is "$said $(grep -c -e 'error: ' -e 'warning: ' "$LAB_DIR/build.log")" "1 0" \
    "$what: the build says so, in one line"
  observed no-tap
  is_sampled no-tap
  because no-tap 'not in this build.*(clang|libbpf)'
  refuses 'not in this build' --method exact
}

# ---- kernel -------------------------------------------------------------------------------------------------------

no_features() { # NAME
  tap_is "$(observe_fact "$1" eth0.offload)" null "$what: the state of offloads is unknown, not off"
}

test_kernel() {
  local what="no eBPF in the kernel"
  fault bpf=$ENOSYS
  observed no-ebpf
  is_sampled no-ebpf
  because no-ebpf 'eBPF.*not implemented'
  refuses eBPF --method exact
  what="eBPF forbidden"
  fault bpf=$EPERM
  observed ebpf-forbidden
  is_sampled ebpf-forbidden
  because ebpf-forbidden 'refuses eBPF to this process although it has the right'
  what="no packet sockets in the kernel"
  fault packet=$EAFNOSUPPORT
  observed no-packet
  is_none no-packet
  because no-packet 'not supported'
  refuses 'not supported' --method exact
  what="no sock_diag in the kernel"
  fault bpf=$ENOSYS diag=$EPROTONOSUPPORT
  observed no-diag
  is_sampled no-diag
  because no-diag 'eBPF.*not implemented'
  what="no generic netlink in the kernel"
  fault genl=$EPROTONOSUPPORT
  lesser_kernel no-genl
  what="no ethtool netlink in the kernel"
  fault ethtool=$ENOENT
  lesser_kernel no-ethtool
  OBSERVE_WRAP=()
}

# Verdicts come from measurement, so they don't need the state of offloads.
lesser_kernel() { # NAME
  if [[ $has_exact ]]; then
    observed "$1"
  is_exact "$1"
  else
    observed "$1"
  is_sampled "$1"
  fi
  no_features "$1"
}

# No counter, no figure of it: null and a reason, or no report at all; 0 would be a lie.
test_no_counter() {
  local what="no link statistics by netlink in the kernel" got
  fault old=1
  observe_run no-counter host --duration 0.5 eth0
  if [[ ${OBSERVE_STATUS[no-counter]} == 3 ]]; then
    [[ ${OBSERVE_SAID[no-counter]} == *wiretruth:*statistics* ]]
    tap_ok $? "$what: exit status 3, and it says why"
  else
    observe_list got no-counter eth0.tx counter.{frames,octets,verdict}
    tap_is "$got" "null null unknown" "$what: what is unknown is null, not 0"
    [[ $(observe_fact no-counter eth0.tx.counter.reason) != null ]]
    tap_ok $? "$what: it says why"
  fi
  OBSERVE_WRAP=()
}

# ---- the kernel's answers -----------------------------------------------------------------------------------------

test_answers() {
  local what="refused filter" fd got
  fault attach=$EINVAL
  observed no-attach --method exact
  observe_list got no-attach eth0.tx wire.{source,high} {counter,capture}.verdict packets
  tap_is "$got" "qdisc null under-reports unknown null" "$what: no capture, no bound"
  [[ $(observe_fact no-attach eth0.tx.capture.reason) == *refuses* ]]
  tap_ok $? "$what: it says why"

  what="link statistics fail for a while"
  fault stats=$ENOBUFS@2-3
  observed stats-fail --method exact
  is_exact stats-fail
  what="octets of 32 bits that wrap"
  fault narrow=1
  observed narrow --method exact
  is_exact narrow
  tap_is "$(observe_fact narrow eth0.discontinuity) $(observe_fact narrow eth0.tx.counter.octets)" \
    "null $COUNTER_OCTETS" "$what: the counter goes on over the wrap"
  tap_ok $((COUNTER_OCTETS < 2000000)) "$what: there was one"
  what="notifications are lost"
  fault notify=$ENOBUFS
  observed lost --method exact
  is_exact lost
  tap_is "$(observe_fact lost eth0.discontinuity)" null "$what: no discontinuity of it"
  what="a dump of offload features fails for a while"
  fault features=$ENOMEM@2-4
  observed features-fail --method exact
  is_exact features-fail
  test_features
  what="a dump of links fails for a while"
  fault links=$ENOBUFS@3-5
  observed links-fail --method exact
  is_exact links-fail
  # Something changed while the kernel gave its answer. So it is asked again.
  what="a torn dump of links"
  fault torn=$EINTR@1-2
  observed torn-links --method exact
  is_exact torn-links
  for fd in 3 4 5; do
    what="torn dump $fd"
    fault "torn=$EINTR@$fd-$fd"
    observed torn --method exact
  is_exact torn
  done
  what="link dumps fail"
  fault links=$ENOMEM
  refuses 'links: ' --method exact
  OBSERVE_WRAP=()
}

# Figures need none of them. What is known stays, and what never was is unknown; nothing is compared with a baseline then,
# and none is recorded.
test_features() {
  local sentence='offload features: reading them by ethtool netlink failed: Cannot allocate memory' got
  what="no dump of offload features ever succeeds"
  lab_in host "$LAB_BUILD/wiretruth" baseline save "$LAB_DIR/baseline" 2>"$LAB_DIR/baseline.said"
  fault features=$ENOMEM
  observed features-never --method exact --baseline "$LAB_DIR/baseline"
  is_exact features-never
  no_features features-never
  tap_is "$(observe_fact features-never offload_error)" "$sentence" "$what: it says why"
  tap_is "$(observe_fact features-never eth0.baseline.state)" none "$what: nothing is compared with a baseline"
  got=$(lab_in host "${OBSERVE_WRAP[@]}" "$LAB_BUILD/wiretruth" check --duration 0.1 eth0 2>&1)
  check "$what: a person is told" grep -q "^$sentence" <<<"$got"
  got=$(lab_in host "${OBSERVE_WRAP[@]}" "$LAB_BUILD/wiretruth" baseline save "$LAB_DIR/other" 2>&1)
  tap_is "$? $got" "3 wiretruth: $sentence" "$what: no baseline is recorded without them"
  what="no dump of offload features succeeds any more"
  fault features=$ENOMEM@2-1000
  observed features-once --method exact --baseline "$LAB_DIR/baseline"
  is_exact features-once
  [[ $(observe_fact features-once eth0.offload) != null ]]
  tap_ok $? "$what: what was known stays"
  tap_is "$(observe_fact features-once eth0.baseline.state)" matches "$what: and what was found of it"
  lab_offload host eth0 tso on
}

# ---- interfaces that vanish ---------------------------------------------------------------------------------------

churn_start() {
  local i
  for i in 1 2 3 4 5 6; do
    echo "link add churn$i type veth peer name nruhc$i"
    echo "link set churn$i arp off multicast off up"
    echo "link set nruhc$i arp off multicast off up"
  done >"$LAB_DIR/churn.batch"
  for i in 1 2 3 4 5 6; do echo "link del churn$i"; done >>"$LAB_DIR/churn.batch"
  # shellcheck disable=SC2016
  lab_spawn churn sh -c 'while ip -n "$0" -batch "$1"; do :; done' "$(lab_ns host)" "$LAB_DIR/churn.batch"
  churn=$LAB_PID
  lab_wait 5 "the first interface to come" has_link churn1
}

churn_stop() {
  lab_alive "$churn"
  tap_ok $? "interfaces came and went to the end"
  lab_stop "$churn"
  for i in 1 2 3 4 5 6; do ip -n "$(lab_ns host)" link del "churn$i" 2>/dev/null; done
}

has_link() { ip -n "$(lab_ns host)" link show "$1" >/dev/null 2>&1; }

descriptors() { find "/proc/${OBSERVE_PID[$1]}/fd" -mindepth 1 | wc -l; } # NAME

# They come and go faster than they can be looked at, and the one that stays is told exactly.
test_churn() {
  local what="interfaces come and go" method i before bad
  local -A COUNTERS=()
  counters
  FRAMES=${COUNTERS[host/eth0.queue]} OCTETS=${COUNTERS[host/eth0.queue_octets]}
  COUNTER=${COUNTERS[host/eth0.tx.counter]}
  for method in "${methods[@]}"; do
    observe "churned-$method" host --method "$method"
    tap_ok $? "$what: a long check of method $method"
  done
  before=$(descriptors "churned-${methods[0]}")
  churn_start
  transfer
  for i in {1..8}; do
    for method in "${methods[@]}"; do
      observe_run "short-$i-$method" host --duration 0.1 --method "$method"
      [[ ${OBSERVE_STATUS[short-$i-$method]} == 0 && $(observe_fact "short-$i-$method" names) == "lo eth0"* ]]
      tap_ok $? "$what: a short check of method $method: status ${OBSERVE_STATUS[short-$i-$method]}"
      [[ ${OBSERVE_STATUS[short-$i-$method]} == 0 ]] || tap_diag "${OBSERVE_SAID[short-$i-$method]}"
      churn_verdicts "short-$i-$method"
    done
  done
  transfer
  churn_stop
  for method in "${methods[@]}"; do observe_decided "churned-$method"; done
  tap_is "$(descriptors "churned-${methods[0]}")" "$before" "$what: nothing is left open of them"
  for method in "${methods[@]}"; do observe_end "churned-$method"; done
  counters
  FRAMES=$((${COUNTERS[host/eth0.queue]} - FRAMES)) OCTETS=$((${COUNTERS[host/eth0.queue_octets]} - OCTETS))
  COUNTER=$((${COUNTERS[host/eth0.tx.counter]} - COUNTER))
  for method in "${methods[@]}"; do
    what="interfaces come and go, method $method"
    case $method in
      exact) is_exact churned-exact ;;
      sample) is_sampled churned-sample ;;
      none) is_none churned-none ;;
    esac
    churn_verdicts "churned-$method"
    tap_is "$(observe_fact "churned-$method" eth0.discontinuity)" null "$what: eth0 has no discontinuity of it"
  done
}

# What carries nothing misreports nothing.
churn_verdicts() { # NAME
  local name verdict bad=
  for name in $(observe_fact "$1" names); do
    [[ $name != eth0 ]] || continue
    for verdict in {rx,tx}.{counter,capture}.verdict; do
      [[ $(observe_fact "$1" "$name.$verdict") == unknown ]] || bad+=" $name.$verdict"
    done
  done
  tap_is "$bad" "" "$what: no verdict on what carried nothing ($1)"
}

# ---- side by side -------------------------------------------------------------------------------------------------

test_beside() {
  local what="two checks and collectd side by side" signal dir mine theirs
  lab_collectd_start host 'Interface "eth0"
    Report wire signals octets' || { tap_ok 1 "$what: collectd starts"; return; }
  observe first host --method exact eth0
  tap_ok $? "$what: the first check"
  observed second --method exact
  is_exact second
  lab_collectd_await 20 eth0 if_packets-wire
  observe_decided first && observe_end first
  for dir in rx tx; do
    for signal in wire counter capture; do
      observe_list mine first "eth0.$dir.$signal" frames octets
      observe_list theirs second "eth0.$dir.$signal" frames octets
      tap_is "$theirs" "$mine" "$what: $dir $signal: both checks tell the same"
      theirs="$(lab_collectd_total eth0 if_packets-$signal $dir) $(lab_collectd_total eth0 if_octets-$signal $dir)"
      tap_is "$theirs" "$mine" \
        "$what: $dir $signal: collectd tells the same"
    done
  done
  tap_is "$(observe_fact first eth0.tx.cause)" "$(observe_fact second eth0.tx.cause)" "$what: the same cause"
  lab_collectd_stop
}

# ---- all ----------------------------------------------------------------------------------------------------------

lab_host host && lab_host far && lab_link host eth0 far eth0 7 || exit 1
lab_offload host eth0 gro off gso on tso on && lab_offload far eth0 gro off gso on tso on || exit 1
methods=(exact sample none) has_exact=1
observe_has_exact host "what goes wrong with method exact" || methods=(sample none) has_exact=''
test_rights
test_build
if fault_build; then
  test_kernel
  test_no_counter
  [[ -z $has_exact ]] || test_answers
else
  tap_ok 1 "tests/integration/_fault.c compiles"
fi
test_churn
if [[ -z $has_exact ]]; then
  :
elif [[ -e $LAB_BUILD/wiretruth.so ]]; then
  test_beside
else
  tap_skip "two checks and collectd side by side" "the collectd plugin is not in this build"
fi

tap_done
