# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# One transfer, observed while something fails: what has to come of it with each method. Sourced after _observe.sh, by
# the tests of faults. The lab has "host" and "far", joined by eth0.
#
# shellcheck disable=SC2034,SC2154 # for the caller, and by it

frames=5000 # of a transfer, at the least

# ---- one transfer, observed ---------------------------------------------------------------------------------------

# By eth0 of "host", uncut.
transfer() {
  lab_flow host far 10.7.0.2 --mss 1440 --window 180000 -- --mss 1440 --bytes $((frames * 1440)) && lab_settle host eth0
}

counters() {
  local key value
  COUNTERS=()
  while read -r key value; do COUNTERS[$key]=$value; done < <(observe_instruments host)
}

# observed NAME ARGUMENT...: a transfer while it is observed; what came of it in FRAMES, OCTETS, COUNTER and COUNTER_OCTETS
OBSERVED=(eth0) # empty: all interfaces
observed() {
  local -A COUNTERS=()
  counters
  FRAMES=${COUNTERS[host/eth0.queue]} OCTETS=${COUNTERS[host/eth0.queue_octets]}
  COUNTER=${COUNTERS[host/eth0.tx.counter]} COUNTER_OCTETS=${COUNTERS[host/eth0.tx.counter_octets]}
  observe "$1" host "${@:2}" ${OBSERVED[@]+"${OBSERVED[@]}"}
  tap_ok $? "$what: it begins to observe"
  transfer
  tap_ok $? "$what: the traffic"
  observe_decided "$1"
  observe_end "$1"
  counters
  FRAMES=$((${COUNTERS[host/eth0.queue]} - FRAMES)) OCTETS=$((${COUNTERS[host/eth0.queue_octets]} - OCTETS))
  COUNTER=$((${COUNTERS[host/eth0.tx.counter]} - COUNTER))
  COUNTER_OCTETS=$((${COUNTERS[host/eth0.tx.counter_octets]} - COUNTER_OCTETS))
}

# is_exact NAME [VERDICTS-CAUSE]
is_exact() {
  local got
  observe_list got "$1" eth0.tx wire.{frames,low,high,octets,source,estimated} counter.frames capture.frames
  tap_is "${OBSERVE_STATUS[$1]} $(observe_fact "$1" method) $got" \
    "0 exact $FRAMES $FRAMES $FRAMES $OCTETS tap false $COUNTER $COUNTER" "$what: exact, to the frame and octet"
  observe_list got "$1" eth0.tx {counter,capture}.verdict cause
  tap_is "$got" "${2-under-reports under-reports tso}" "$what: verdicts and cause"
}

is_sampled() { # NAME
  local got estimate low high margin
  observe_list got "$1" eth0.tx wire.{frames,low,high}
  read -r estimate low high <<<"$got"
  [[ $high =~ ^[0-9]+$ ]] || estimate=0 low=0 high=0
  margin=$((2 * (estimate - low) + 200)) # bounds of 95 % are missed at times, and few may be drawn of few
  tap_ok $((FRAMES < low - margin || FRAMES > high + margin)) "$what: frames within bounds ($FRAMES in $low to $high)"
  observe_list got "$1" eth0.tx wire.{source,estimated} counter.frames
  tap_is "${OBSERVE_STATUS[$1]} $(observe_fact "$1" method) $got" "0 sample sample true $COUNTER" "$what: method sample"
  observe_list got "$1" eth0.tx {counter,capture}.verdict
  [[ $got =~ ^(unknown|under-reports)' '(unknown|under-reports)$ ]]
  tap_ok $? "$what: no false verdict: $got"
}

is_none() { # NAME
  local got
  observe_list got "$1" eth0.tx wire.{frames,low,high,source,estimated} packets {counter,capture}.{frames,verdict} cause
  tap_is "${OBSERVE_STATUS[$1]} $(observe_fact "$1" method) $got" \
    "0 none $FRAMES $FRAMES null qdisc true null $COUNTER under-reports null unknown unknown" \
    "$what: method none: what the queue counted, and that the counter has less"
}

# because NAME PATTERN: the reason for a lesser method, in the report and on standard error
because() {
  local said=${OBSERVE_SAID[$1]} reason
  reason=$(observe_fact "$1" method_reason)
  [[ $reason =~ $2 ]] && [[ $said == *"($reason)"* ]] && [[ $said != *$'\n'* ]]
  tap_ok $? "$what: it says why, in the report and in one line: $reason"
}

# refuses WHY ARGUMENT...: exit status 3, no report, and one sentence that matches
refuses() {
  observe_run refused host --duration 0.2 "${@:2}" eth0
  tap_is "${OBSERVE_STATUS[refused]} $(wc -c <"$LAB_DIR/refused.json")" "3 0" "$what: exit status 3 and no report"
  [[ ${OBSERVE_SAID[refused]} =~ ^"wiretruth: ".*$1 && ${OBSERVE_SAID[refused]} != *$'\n'* ]]
  tap_ok $? "$what: it says why, in one line: ${OBSERVE_SAID[refused]}"
}

# ---- what fails ---------------------------------------------------------------------------------------------------

fault_build() {
  "${CC:-gcc}" -shared -fPIC -O2 -D_GNU_SOURCE -o "$LAB_DIR/fault.so" "$LAB_ROOT/tests/integration/_fault.c" -ldl
}

# fault FAULT...: see _fault.c
fault() {
  OBSERVE_WRAP=(env "FAULT=$*" "LD_PRELOAD=$LAB_DIR/fault.so"
    "ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0")
}

readonly EPERM=1 ENOENT=2 ENODEV=19 EINTR=4 ENOMEM=12 EINVAL=22 E2BIG=7 EMFILE=24 ENOSYS=38 EPROTONOSUPPORT=93 EAFNOSUPPORT=97 ENOBUFS=105

# ---- devices -----------------------------------------------------------------------------------------------------

in_host() { ip -n "$(lab_ns host)" "$@"; }

changes=0
# Whoever watches links reads them anew.
change_links() { in_host link set lo alias "change-$((++changes))"; }

# new_device NAME MAC-NUMBER ARGUMENT...: of ip link add. It sends nothing on its own, be it by IPv6.
new_device() {
  in_host link add "$1" address "$(lab_mac "$2" 9)" "${@:3}" &&
    in_host link set "$1" addrgenmode none arp off multicast off up &&
    { [[ $* != *' peer name '* ]] || in_host link set "${*: -1}" arp off multicast off up; }
}

send_on() { # IF COUNT
  local i
  in_host address add 10.99.0.1/24 dev "$1" && in_host route replace 10.99.0.0/24 dev "$1" &&
    in_host neighbour replace 10.99.0.2 lladdr 02:00:00:00:00:99 dev "$1" nud permanent || return
  for ((i = 0; i < $2; i++)); do lab_in host bash -c 'echo x >/dev/udp/10.99.0.2/9'; done
  lab_wait 5 "$2 frames on $1" has_sent "$1" "$2"
}
has_sent() { (($(lab_link_counter host "$1" tx packets) >= $2)); }
