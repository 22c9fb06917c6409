#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What changes under a series: two devices that take each other's name, and a pipe in place of the file. The totals are put
# up against the kernel's own counters of the device, whatever it is called.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"

lab_start || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"

lab_host host && lab_host peer && lab_link host few peer peer-few 1 && lab_link host many peer peer-many 2 || exit 1
cd "$LAB_DIR" || exit 1
# What one of them has counted before is no traffic of the other.
lab_flow host peer "$(lab_address 2 2)" -- --bytes 3000000 || exit 1

# The exposition, in the exporter's own words, of the counters at this moment.
expose() {
  ip -n "$(lab_ns host)" -s -j link | jq -r '.[] | .ifname as $name | .stats64 |
    "node_network_receive_packets_total{device=\"\($name)\"} \(.rx.packets)",
    "node_network_receive_bytes_total{device=\"\($name)\"} \(.rx.bytes)",
    "node_network_transmit_packets_total{device=\"\($name)\"} \(.tx.packets)",
    "node_network_transmit_bytes_total{device=\"\($name)\"} \(.tx.bytes)"'
}
renew() { expose >copy.new && mv copy.new copy; }
# Not at every poll: until somebody has read what was written.
was_read() {
  observe_polled swapped && [[ $(stat -c %.9X copy) > $(stat -c %.9Y copy) ]]
}
read_by_all() { lab_wait 20 'the copy to be read' was_read; }
swap() {
  local set=(ip -n "$(lab_ns host)" link set)
  "${set[@]}" few down && "${set[@]}" many down && "${set[@]}" few name other && "${set[@]}" many name few &&
    "${set[@]}" other name many && "${set[@]}" few up && "${set[@]}" many up
}

renew
before=$(lab_link_counter host few tx packets)
observe swapped host --series "file:$LAB_DIR/copy" few many || exit 1
for _ in 1 2; do renew && read_by_all; done
# What was said of the names before they changed hands comes to hand later.
expose >copy.new && swap && mv copy.new copy && read_by_all
for _ in 1 2; do renew && read_by_all; done
after=$(lab_link_counter host many tx packets)
observe_end swapped
told=$(observe_fact swapped many.tx.series.frames)
[[ $told =~ ^[0-9]+$ && $told -le $((after - before)) ]]
tap_ok $? "the device that is called many now was never taken for the one that was: $told of $((after - before)) frames"
tap_is "$(observe_fact swapped many.tx.series.cause)" unknown "and nobody is blamed for it"

# Whoever waits for a reader of a pipe goes on waiting: it is not even opened.
mkfifo pipe
lab_spawn_in host patient sh -c 'echo >pipe; echo written'
patient=$LAB_PID
observe pipe host --series "file:$LAB_DIR/pipe" few || exit 1
for _ in 1 2; do observe_polled pipe; done
observe_end pipe
lab_alive "$patient"
tap_ok $? "a pipe's writer is not woken up"
tap_is "$(observe_fact pipe series.error)" "it is not a regular file" "and the pipe is named"

tap_done
