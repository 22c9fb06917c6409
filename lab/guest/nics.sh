# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the guest does with its network devices, on behalf of the test outside. Sourced in the guest.

LAB=/wiretruth/build/lab
OUT=/tmp/out # of what runs in the background, and results
mkdir -p $OUT

# Each device has its driver only now, so that their order does not matter.
# IPv6 would say hello on each of them.
nics_load() {
  echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
  echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
  modprobe -a "$@"
}

# nic NAME MAC GATEWAY-MAC SUBNET SINK-ADDRESS [FEATURE on|off]...
nic() {
  local name=$1 mac=$2 gateway=$3 subnet=$4 sink=$5 old
  shift 5
  old=$(grep -l "$mac" /sys/class/net/*/address) || { echo "no device $mac"; return 1; }
  old=${old%/address}
  ip -batch - <<END || return
link set ${old##*/} name $name
link set $name arp off multicast off up
address add 10.$subnet.0.2/24 dev $name
neighbour replace 10.$subnet.0.1 lladdr $gateway dev $name nud permanent
route add $sink via 10.$subnet.0.1 dev $name
END
  (($# == 0)) || ethtool -K "$name" "$@" 2>&1 || { echo "$name: ethtool -K $*"; return 1; }
}

nics_ready() {
  local name
  for name; do within 10 has_carrier "$name" || { echo "no carrier on $name"; return 1; }; done
}

has_carrier() { [[ $(cat "/sys/class/net/$1/carrier" 2>/dev/null) == 1 ]]; }

within() { # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS <= end)) || return 1
    sleep 0.02
  done
}

# ---- a receiver ---------------------------------------------------------------------------------------------------

receiver() { # OPTION... ADDRESS
  rm -f $OUT/receiver.*
  : >$OUT/receiver.log
  (setsid $LAB/flow receive "$@" >$OUT/receiver.log 2>&1; echo $? >$OUT/receiver.status) &
  within 5 grep '^listening' $OUT/receiver.log || { cat $OUT/receiver.log; return 1; }
}

receiver_end() {
  within 15 test -s $OUT/receiver.status
  tail -n 1 $OUT/receiver.log
  [[ $(cat $OUT/receiver.status) == 0 ]]
}

# ---- observing ----------------------------------------------------------------------------------------------------

# observe NAME DEVICE...: wiretruth; and of each device a reader that counts packets, and its counters as they are now
observe() {
  local name=$1 device
  shift
  for device; do
    setsid $LAB/frames "$device" >"$OUT/$name-$device.log" 2>&1 &
    echo $! >"$OUT/$name-$device.pid"
    counters "$device" >"$OUT/$name-$device.before"
  done
  setsid /wiretruth/build/wiretruth check --json --duration 600 "$@" >"$OUT/$name.json" 2>"$OUT/$name.log" &
  echo $! >"$OUT/$name.pid"
  within 30 grep -q '^wiretruth: observing ' "$OUT/$name.log" || { cat "$OUT/$name.log"; return 1; }
  for device; do within 5 grep -q '^ready' "$OUT/$name-$device.log" || { cat "$OUT/$name-$device.log"; return 1; }; done
}

counters() { (cd "/sys/class/net/$1/statistics" && cat rx_packets rx_bytes tx_packets tx_bytes | xargs); }

all_counters() { (cd /sys/class/net && cat ./*/statistics/[rt]x_packets | xargs); }

# Until no counter has moved for longer than any of them may lag behind.
still() {
  local seen now since=$SECONDS end=$((SECONDS + 20))
  seen=$(all_counters)
  while ((SECONDS - since < 4)); do
    sleep 0.2
    now=$(all_counters)
    [[ $now == "$seen" ]] || { seen=$now since=$SECONDS; }
    ((SECONDS < end)) || { echo "the counters do not come to rest"; return 1; }
  done
}

# observe_end NAME DEVICE...: ends it; figures, one "DEVICE.rx.packets N" a line, then the report
observe_end() {
  local name=$1 device said status=0
  local -a before after
  shift
  still || status=1
  kill -INT "$(cat "$OUT/$name.pid")"
  within 20 gone "$(cat "$OUT/$name.pid")" || { echo "wiretruth does not end"; return 1; }
  for device; do
    kill -TERM "$(cat "$OUT/$name-$device.pid")"
    within 5 gone "$(cat "$OUT/$name-$device.pid")" || return 1
    said=$(tail -n 1 "$OUT/$name-$device.log")
    read -ra before <"$OUT/$name-$device.before"
    read -ra after < <(counters "$device")
    figures "$device.rx" "$(figure rx_frames "$said")" "$(figure rx_octets "$said")" \
      $((after[0] - before[0])) $((after[1] - before[1]))
    figures "$device.tx" "$(figure tx_frames "$said")" "$(figure tx_octets "$said")" \
      $((after[2] - before[2])) $((after[3] - before[3]))
  done
  echo "report $name"
  cat "$OUT/$name.json"
  return $status
}

gone() { ! kill -0 "$1" 2>/dev/null; }

figure() { [[ " $2 " =~ " "$1=([^ ]*)" " ]] && echo "${BASH_REMATCH[1]}"; }

figures() { # DEVICE.DIRECTION PACKETS OCTETS COUNTER COUNTER-OCTETS
  printf "$1.%s %s\n" packets "$2" packet_octets "$3" counter "$4" octets "$5"
}
