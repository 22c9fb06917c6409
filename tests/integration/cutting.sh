#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The cutting oracle: what leaves uncut is cut by a router behind it and counted there frame by frame, by a reader that
# knows no segment count. The wire figures of exact have to be that, to the frame and octet; qdisc and IP MIB, which
# read the same field of a packet as the tap does, are no such proof.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

OUT=cut0 # what is observed

# ---- BIG TCP ------------------------------------------------------------------------------------------------------

# Packets of more than 64 KiB have a jumbogram option that no frame has. A router refuses them; a bridge passes them on,
# and they are cut as they leave it.
big_setup() {
  lab_host bridge && lab_host basin && lab_wire host big0 bridge in0 22 && lab_wire bridge out0 basin eth0 23 || return
  lab_join host big0 22 1 "$(lab_mac 23 2)" && lab_join basin eth0 22 2 "$(lab_mac 22 1)" || return
  ip -n "$(lab_ns bridge)" -batch - <<END || return
link add br0 type bridge mcast_snooping 0
link set in0 master br0
link set out0 master br0
link set br0 multicast off arp off up
END
  lab_offload host big0 gro off gso on tso on && lab_offload basin eth0 gro off || return
  lab_offload bridge in0 gro off && lab_offload bridge out0 gro off tso off gso off || return
  ip -n "$(lab_ns host)" link set big0 gso_max_size 150000 2>/dev/null
}

big_traffic() { # MSS
  local reader
  lab_spawn_in basin cutting-reader "$LAB_BIN/frames" eth0
  reader=$LAB_PID
  lab_wait_log 5 cutting-reader '^ready' || return
  lab_flow host basin "$(lab_address 22 2 6)" --mss "$1" --window 400000 -- --mss "$1" --size 400000 --bytes 8000000
  lab_settle basin eth0 && lab_settle host big0 && lab_stop "$reader" || return
  cutting_result "$(tail -n 1 "$LAB_DIR/cutting-reader.log")"
}

# ---- one transfer -------------------------------------------------------------------------------------------------

# transfer METHOD PROTOCOL 4|6 MSS: one observed transfer; its counts in CUT_FRAMES and CUT_OCTETS
transfer() {
  CUT_FRAMES=0 CUT_OCTETS=0
  observe "$1" host --method "$1" "$OUT"
  tap_ok $? "$WHAT: it begins to observe"
  if [[ $2 == big ]]; then big_traffic "$4"; else cutting_traffic "${@:2}"; fi
  tap_ok $? "$WHAT: the traffic, and all of it was cut"
  observe_decided "$1"
  observe_end "$1"
}

# exact WHAT CAUSE PROTOCOL 4|6 MSS
exact() {
  local got WHAT="$1, exact"
  transfer exact "${@:3}"
  observe_list got exact "$OUT.tx" wire.{frames,low,high,octets,octets_low,octets_high,source,estimated}
  tap_is "$got" "$CUT_FRAMES $CUT_FRAMES $CUT_FRAMES $CUT_OCTETS $CUT_OCTETS $CUT_OCTETS tap false" \
    "$WHAT: wire is what was counted one by one, to the frame and octet, without a bound"
  observe_list got exact "$OUT.tx" {counter,capture}.verdict cause counter.basis
  tap_is "$got" "under-reports under-reports $2 packet" "$WHAT: verdicts, cause and basis"
  tap_ok $((CUT_FRAMES < LAB_FRAMES)) "$WHAT: it was the whole transfer"
}

# sample WHAT CAUSE PROTOCOL 4|6 MSS
sample() {
  local got frames low high octets octets_low octets_high WHAT="$1, sample" margin wrong
  transfer sample "${@:3}"
  observe_list got sample "$OUT.tx" wire.{frames,low,high,octets,octets_low,octets_high}
  read -r frames low high octets octets_low octets_high <<<"$got"
  # Bounds of 95 %: moved out by twice what the draw may be wrong, which is how far the lower one is; and by the few
  # plain packets beside the merged ones, of which 1 in 16 is drawn, so that none at all may be.
  margin=$((2 * (frames - low) + 160))
  wrong=$((CUT_FRAMES < low - margin || CUT_FRAMES > high + margin))
  tap_ok $wrong "$WHAT: frames within their bounds"
  ((wrong == 0)) || tap_diag "truth $CUT_FRAMES, estimate $frames, bounds $low to $high"
  margin=$((2 * (octets - octets_low) + 160 * 100))
  wrong=$((CUT_OCTETS < octets_low - margin || CUT_OCTETS > octets_high + margin))
  tap_ok $wrong "$WHAT: octets within their bounds"
  ((wrong == 0)) || tap_diag "truth $CUT_OCTETS, estimate $octets, bounds $octets_low to $octets_high"
  observe_list got sample "$OUT.tx" {counter,capture}.verdict
  [[ $got =~ ^(under-reports|unknown)' '(under-reports|unknown)$ ]]
  tap_ok $? "$WHAT: '$got' contradicts nothing"
}

run() { # WHAT CAUSE PROTOCOL 4|6 MSS
  [[ -z $has_exact ]] || exact "$@"
  sample "$@"
}

# ---- all ----------------------------------------------------------------------------------------------------------

cutting_setup || exit 1
has_exact=1
observe_has_exact host "exact against the cutting oracle" || has_exact=''
for ip in 4 6; do
  for mss in 1440 536 300; do
    run "TCP, IPv$ip, MSS $mss" tso tcp $ip $mss
    run "UDP, IPv$ip, MSS $mss" uso udp $ip $mss
  done
done

# Headers of another length: without time stamps each TCP header is 12 octets shorter.
for host in host sink; do lab_in $host sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_timestamps'; done
run "TCP, IPv4, MSS 1440, no time stamps" tso tcp 4 1440
run "TCP, IPv6, MSS 300, no time stamps" tso tcp 6 300
for host in host sink; do lab_in $host sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_timestamps'; done

OUT=big0 LAB_FRAMES=5000
if ! big_setup; then
  tap_skip "BIG TCP" "this kernel or ip takes no gso_max_size of 150000"
elif [[ $has_exact ]]; then
  exact "BIG TCP, IPv6, MSS 1440" tso big 6 1440
  tap_ok $(($(observe_fact exact big0.tx.packets) * 50 > CUT_FRAMES)) "BIG TCP: there were packets of more than 64 KiB"
fi

tap_done
