#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What is in packets stays in them: a text that TCP and UDP carry, and that capture files have, is in nothing that a skin
# writes or answers, and in no memory of the process but the ring that the kernel copies whole frames to, for their
# checksums, which no core dump has. Of what method sample keeps only the first 128 octets may have been payload.
#
# The control is a capture by tcpdump of the same traffic, which has it, and a packet count of ours, which is not 0.
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

readonly MARK=InTheClearOfThePacket
text=$(printf '%0128d' 0) # as much as method sample keeps of a packet
while ((${#text} < 1448)); do text+=$MARK; done
text=${text:0:1448} # a segment of TCP, so that each begins with the zeros

traffic() {
  local port
  # shellcheck disable=SC2016
  lab_in here bash -c 'exec 3>/dev/udp/10.1.0.2/9 && for i in {1..300}; do printf %s "$0" >&3; done' "$text"
  lab_spawn_in there receive "$LAB_BIN/flow" receive "$(lab_address 1 2)"
  lab_wait_log 5 receive '^listening port=' || return
  port=$(sed -n 's/^listening port=//p' "$LAB_DIR/receive.log")
  # shellcheck disable=SC2016
  lab_in here bash -c 'exec 3>"/dev/tcp/10.1.0.2/$1" && for i in {1..300}; do printf %s "$0" >&3; done' "$text" "$port"
  lab_reap "$LAB_PID" 10
  lab_settle here eth0
}

# Mappings of a process that have it: name, and dd where a core dump leaves them out.
mapped() { # PID
  perl -e 'my ($pid, $mark) = @ARGV; my ($from, $to, $name);
    open(my $maps, "<", "/proc/$pid/smaps") or die; open(my $memory, "<:raw", "/proc/$pid/mem") or die;
    while (<$maps>) {
      ($from, $to, $name) = (hex $1, hex $2, $3) if /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ *(.*)$/;
      next unless /^VmFlags:(.*)/;
      my ($flags, $found) = ($1, 0);
      for (my $at = $from; $at < $to && !$found; $at += 1 << 20) {
        my $length = $to - $at < (1 << 20) + 64 ? $to - $at : (1 << 20) + 64;
        sysseek($memory, $at, 0) && sysread($memory, my $data, $length) or last;
        $found = index($data, $mark) >= 0;
      }
      print(($name || "anonymous") . ($flags =~ / dd\b/ ? " dd" : "") . "\n") if $found;
    }' "$1" "$MARK" | sort -u | paste -sd ' '
}

only_in() { # MAPPINGS PID WHAT
  if lab_sanitized; then
    tap_skip "$3" 'a sanitizer has terabytes, and keeps what was freed'
  else
    tap_is "$(mapped "$2")" "$1" "$3"
  fi
}

# Files below the lab's directory that have it, but for the control.
tells() { grep -rlaF -- "$MARK" "$LAB_DIR" | grep -v '/control[.-]'; }

test_command() { # METHOD MAPPINGS
  observe "$1" here --method "$1" eth0
  check "$1: traffic passes" traffic
  observe_polled "$1" && observe_polled "$1"
  only_in "$2" "${OBSERVE_PID[$1]}" "$1: what memory has it"
  observe_end "$1"
  tap_ok $(($(observe_fact "$1" eth0.tx.wire.frames) < 400)) "$1: it saw the packets: $(observe_fact "$1" eth0.tx.wire.frames)"
  tap_ok $(($(observe_fact "$1" eth0.tx.checksum.sampled) < 10)) "$1: and looked into some: $(observe_fact "$1" eth0.tx.checksum.sampled)"
}

test_plugins() {
  [[ -e $LAB_BUILD/wiretruth.so && -x $LAB_BUILD/wiretruth-agentx ]] || { tap_skip 'plugins' 'they were not built'; return; }
  lab_collectd_start here $'Interface "eth0"\nReport wire signals ratios octets offload hidden checksum application'
  lab_snmp_start here eth0
  check 'plugins: traffic passes' traffic
  lab_collectd_await 15 eth0 if_packets-wire && lab_snmp_polled here 10
  tap_ok $? 'plugins: both have read it'
  only_in "$RING" "$LAB_SNMP_AGENT" 'plugins: what memory of the subagent has it'
  lab_snmp_raw here snmpbulkwalk "$(lab_snmp_oid wiretruthMIB)" >"$LAB_DIR/walk"
  check 'plugins: the subagent answers' grep -q . "$LAB_DIR/walk"
  lab_snmp_stop
  lab_collectd_stop
}

test_files() {
  "$LAB_BUILD/wiretruth" read "$LAB_DIR/control.pcap" >"$LAB_DIR/read.text" 2>&1
  tap_ok $? 'a capture file is read'
  "$LAB_BUILD/wiretruth" read --json "$LAB_DIR/control.pcap" >"$LAB_DIR/read.json" 2>&1
  "$LAB_BUILD/wiretruth" compare "$LAB_DIR/control.pcap" "$LAB_DIR/control.pcap" >"$LAB_DIR/compare.text" 2>&1
  tap_is "$?" 0 'and compared'
  "$LAB_BUILD/wiretruth" compare --json "$LAB_DIR/control.pcap" "$LAB_DIR/control.pcap" >"$LAB_DIR/compare.json" 2>&1
  # Cut in the middle of a packet, and of another link type: errors, too.
  head -c 200000 "$LAB_DIR/control.pcap" >"$LAB_DIR/control-cut.pcap"
  { head -c 20 "$LAB_DIR/control.pcap"; printf '\x93\x00\x00\x00'; tail -c +25 "$LAB_DIR/control.pcap"; } >"$LAB_DIR/control-type.pcap"
  { head -c 50000 "$LAB_DIR/control.pcap"; tail -c 100000 "$LAB_DIR/control.pcap"; } >"$LAB_DIR/control-torn.pcap"
  for file in cut type torn; do "$LAB_BUILD/wiretruth" read "$LAB_DIR/control-$file.pcap" >"$LAB_DIR/read-$file.text" 2>&1; done
  tap_is "$(tells)" '' 'nothing that was written or answered has a word of it'
}

# As far as the kernel copies whole frames there.
readonly RING='anon_inode:bpf-map dd'
lab_start && lab_host here && lab_host there && lab_link here eth0 there eth0 1 || exit 1
# shellcheck source=tests/integration/_observe.sh
. "$root/tests/integration/_observe.sh"
lab_offload here eth0 gro off gso off tso off && lab_offload there eth0 gro off || exit 1
lab_in here ip neigh replace "$(lab_address 1 2)" lladdr "$(lab_mac 1 2)" dev eth0 nud permanent
for need in tcpdump perl; do
  command -v $need >/dev/null || { tap_skip 'payload' "there is no $need"; tap_done; exit; }
done
lab_spawn_in here control-log tcpdump -U --immediate-mode -n -s 0 -i eth0 -w "$LAB_DIR/control.pcap" || exit 1
lab_wait_log 10 control-log 'listening on'
control=$LAB_PID
test_command exact "$RING"
test_command sample ''
test_plugins
lab_stop "$control" INT
tap_ok $(($(grep -caF -- $MARK "$LAB_DIR/control.pcap") < 1)) 'the control has it'
test_files
tap_done
