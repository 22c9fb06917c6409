#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Makes the corpora of the fuzz targets anew, out of real traffic and real answers, and what fuzzing has added to them:
#
#   tests/fuzz/corpus.sh
#
# Needs root, the lab and the targets (make lab; make fuzz SECONDS=1). Inputs of both go into one directory, and of them
# libFuzzer keeps what runs through something that the others do not, the smallest first.
set -u -o pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1
# shellcheck source=lab/lab.sh
. lab/lab.sh
# shellcheck source=lab/prometheus.sh
. lab/prometheus.sh
fuzzers=build/fuzz
wiretruth=$LAB_BUILD/wiretruth

seeds() { mkdir -p "$LAB_DIR/seeds/$1" && echo "$LAB_DIR/seeds/$1"; } # TARGET

# ---- traffic ------------------------------------------------------------------------------------------------------

hosts() { lab_host near && lab_host far && lab_link near eth0 far eth0 41; }

capture() { # NAME HOST INTERFACE [OPTION]...
  lab_spawn_in "$2" "$1" tcpdump -Z root -n --immediate-mode -U -i "$3" -w "$LAB_DIR/$1.pcap" "${@:4}" &&
    lab_wait_log 10 "$1" '^(tcpdump: )?listening on'
  captures+=("$LAB_PID")
}

talk() {
  local family to pid
  for family in 4 6; do
    to=$(lab_address 41 2 $family)
    lab_flow near far "$to" -- --bytes 100000 && lab_flow near far "$to" --udp --bytes 20000 -- --udp --bytes 20000 &&
      lab_flow near far "$to" --udp --bytes 20000 -- --udp --bytes 20000 --size 10000 --segment 1000 &&
      lab_flow near far "$to" --udp --bytes 20000 -- --udp --bytes 20000 --size 5000 || return
    # Not every kernel has it.
    lab_flow near far "$to" --sctp -- --sctp --bytes 5000 2>/dev/null || true
  done
  lab_flow near far "$(lab_address 41 2)" -- --bytes 2000 --ip-options 8 || return
  lab_flow near far "$(lab_address 41 2 6)" -- --bytes 2000 --hop-options --destination-options || return
  for pid in "${captures[@]}"; do lab_stop "$pid" INT; done
}

# wrap FROM TO: Ethernet packets in tags and tunnels, for kernels that have none of them
wrap() {
  python3 - "$@" <<'END'
import struct, sys
data = open(sys.argv[1], 'rb').read()
out = open(sys.argv[2], 'wb')
out.write(data[:24])

def ipv4(protocol, payload):
    return struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), 7, 0, 64, protocol, 0, b'\x0a\x01\0\1', b'\x0a\x01\0\2') + payload

def udp(port, payload):
    return struct.pack('>HHHH', 40000, port, 8 + len(payload), 0) + payload

def wraps(packet):
    ethernet, network, version = packet[:12], packet[14:], packet[12:14]
    outer = ethernet + b'\x08\0'
    yield ethernet + b'\x81\0\0\x2a' + packet[12:]
    yield ethernet + b'\x88\xa8\0\x2b\x81\0\0\x2a' + packet[12:]
    yield outer + ipv4(17, udp(4789, b'\x08\0\0\0\0\0\x2d\0' + packet))
    yield outer + ipv4(17, udp(6081, b'\x01\0\x65\x58\0\0\x2d\0' + b'\0\1\0\0' + packet))
    yield outer + ipv4(47, b'\x20\0' + version + b'\0\0\0\x2e' + network)
    yield outer + ipv4(47, b'\x80\0\x65\x58\0\0\0\0' + packet)
    yield outer + ipv4(4 if version == b'\x08\0' else 41, network)

at = 24
while at + 16 <= len(data):
    stamp, captured = data[at:at + 8], struct.unpack('<I', data[at + 8:at + 12])[0]
    packet = data[at + 16:at + 16 + captured]
    at += 16 + captured
    for wrapped in wraps(packet):
        out.write(stamp + struct.pack('<II', len(wrapped), len(wrapped)) + wrapped)
END
}

# A packet of a capture file is what dissect takes, behind the octets that say how it is told.
packets() { # FILE LINK-TYPE
  python3 - "$1" "$2" "$(seeds dissect)" <<'END'
import hashlib, struct, sys
data = open(sys.argv[1], 'rb').read()
at = 24
while at + 16 <= len(data):
    captured, length = struct.unpack('<8xII', data[at:at + 16])
    packet = data[at + 16:at + 16 + captured]
    at += 16 + captured
    for how in (0x00, 0x02, 0x06, 0x84):
        head = bytes([how, int(sys.argv[2])]) + (length - captured).to_bytes(3, 'big') + (1432).to_bytes(3, 'big')
        open(f"{sys.argv[3]}/{hashlib.sha1(head + packet[:400]).hexdigest()}", 'wb').write(head + packet[:400])
END
}

pieces() {
  local file name
  for file in "$LAB_DIR"/{ethernet,far,sll,sll2,short}.pcap; do
    name=${file##*/}
    editcap -F pcap -r "$file" "$LAB_DIR/$name.1" 1-6 && editcap -F pcap -r -s 96 "$file" "$LAB_DIR/$name.2" 1-200 || return
    editcap -F pcapng -r -s 80 "$file" "$LAB_DIR/$name.3" 1-12 && editcap -F nsecpcap -r -s 70 "$file" "$LAB_DIR/$name.4" 30-40 || return
    cp "$LAB_DIR/$name".[134] "$(seeds trace)"
  done
  editcap -F pcap -r -s 96 "$LAB_DIR/ethernet.pcap" "$LAB_DIR/few" 1-24 && wrap "$LAB_DIR/few" "$LAB_DIR/wrapped" &&
    editcap -F pcap -r -s 120 "$LAB_DIR/wrapped" "$(seeds trace)/wrapped" 1-14 || return
  packets "$LAB_DIR/wrapped" 0
  mergecap -s 90 -w "$(seeds trace)/merged" "$LAB_DIR"/{ethernet,sll2}.pcap.3
  packets "$LAB_DIR/ethernet.pcap.2" 0
  packets "$LAB_DIR/ethernet.pcap.1" 0
  packets "$LAB_DIR/sll.pcap.2" 2
  packets "$LAB_DIR/sll2.pcap.2" 3
}

# Two files with the length of the first one before them.
pairs() {
  local i size
  for i in 1 3 4; do
    size=$(stat -c %s "$LAB_DIR/ethernet.pcap.$i")
    { printf %b "$(printf '\\x%02x\\x%02x\\x%02x' $((size >> 16)) $((size >> 8 & 255)) $((size & 255)))"
      cat "$LAB_DIR/ethernet.pcap.$i" "$LAB_DIR/far.pcap.$i"; } >"$(seeds compare)/$i"
  done
}

traffic() {
  captures=()
  capture ethernet near eth0 && capture far far eth0 && capture sll near any -y LINUX_SLL && capture sll2 near any &&
    capture short near eth0 -s 60 || return
  talk && pieces && pairs
}

# ---- answers ------------------------------------------------------------------------------------------------------

answers() {
  mkdir -p "$LAB_DIR/record"
  lab_spawn_in far receive "$LAB_BIN/flow" receive --limit 60 "$(lab_address 41 2)" && lab_wait_log 5 receive '^listening' || return
  FUZZ_RECORD=$LAB_DIR/record lab_in near "$fuzzers/netlink" && cp "$LAB_DIR"/record/* "$(seeds netlink)"
}

series() {
  lab_exporter_start near exporter 127.0.0.1:9100 || return
  { printf '\x40'; lab_http near http://127.0.0.1:9100/metrics; } >"$(seeds exposition)/whole" || return
  { printf '\x02'; lab_http near http://127.0.0.1:9100/metrics | grep -a '^node_network_\(receive\|transmit\)_\(packets\|bytes\)'; } >"$(seeds exposition)/short"
  printf 'scrape_configs:\n- job_name: here\n  scrape_interval: 1s\n  static_configs: [targets: ["127.0.0.1:9100"]]\n' >"$LAB_DIR/prometheus.yml"
  lab_prometheus_start near prometheus 9090 "$LAB_DIR/prometheus.yml" || return
  lab_wait 20 "a sample" lab_prometheus_has prometheus node_network_receive_packets_total || return
  ask matrix 'query={__name__=~"node_network_(receive|transmit)_(packets|bytes)_total"}[30s]'
  ask vector 'query=node_network_receive_bytes_total'
  ask error 'query={job=}'
}

ask() { # NAME QUERY
  { echo '{job="here"}'
    lab_in near curl -s --get http://127.0.0.1:9090/api/v1/query --data-urlencode "$2"; } >"$(seeds query)/$1"
}

# ---- files --------------------------------------------------------------------------------------------------------

files() {
  local file
  lab_in near "$wiretruth" baseline save "$(seeds baseline)/whole" 2>"$LAB_DIR/said" || { cat "$LAB_DIR/said"; return 1; }
  { printf '# one\n'; sed -n '1,12s/$/ # two/p' "$(seeds baseline)/whole"; } >"$(seeds baseline)/comments"
  for file in dist/collectd/*.conf dist/snmp/*.conf docs/wiretruth-agentx.8; do
    sed -n 's/^ *#\? *\([A-Z][A-Za-z]*\) "\?\([^"]*\)"\?$/\1 \2/p' "$file" >"$(seeds config)/${file##*/}"
  done
  printf '>/eth.*/ Tolerance 2\n>eth0 Hold 30\n=eth0\nInterface /^eth[0-9]+$/\nIgnoreSelected true\nMirror a=b\nWarningDivergence counter=off\nInterfaceOption "eth0" Horizon 60\nPollInterval 10\n' >"$(seeds config)/scopes"
  printf 'Series http://user:secret@localhost:9100/metrics\nSeriesQuery {instance="a:9100"}\nSeriesCA /etc/ca\nSeriesTimeout 3\nBaseline /var/lib/b\nApplication true\nMethod auto\nSamplesPerInterval 1000\nCPUBudget 3\n' >"$(seeds config)/series"
  printf '\x0b/^(eth|ens|enp)[0-9]{1,15}(s[0-9]{1,3})?(f[0-9]+)*$/\neth0\nenp3s0f1\n' >"$(seeds pattern)/names"
  printf '\x0beth0\neth0\nlo\n' >"$(seeds pattern)/plain"
  for file in http://localhost https://user:word@host:9100/metrics?x=1 unix:/run/exporter:/metrics file:///var/lib/metrics 'http://[::1]:9090/prefix/'; do
    printf %s "$file" >"$(seeds url)/$(md5sum <<<"$file" | cut -c 1-8)"
  done
  printf 'wiretruth-validate 1\nboot 5f0c2a5e-0d7b-4c5e-9f59-7a4cf7a4a9f0\nnamespace 4026531840 1\ninterface 2 eth0 veth\naddress 020000002901 permanent -\nprocess 4711 time 1790000000\nfeature 2 rx-gro wanted on active on asked\nfeature 2 tx-tcp-segmentation wanted on active off along\nend\n' >"$(seeds record)/whole"
  printf '# Thresholds\nnotifications 1\ndegraded 0\nthreshold 1 3 1 500 250 1 900 1 /./\nthreshold 2 1 2 2000 1000 2 0 2 eth0\n' >"$(seeds thresholds)/whole"
}

# ---- plugins and command lines ------------------------------------------------------------------------------------

# Our blocks in the shipped configurations of collectd, with what is a comment there.
blocks() {
  local file
  for file in plugins/collectd/wiretruth.conf dist/collectd/*.conf; do
    sed -n '/<Plugin "\?wiretruth"\?>/,/<\/Plugin>/p' "$file" | sed -E '1d; $d; s/^( *)#([A-Z<])/\1\2/' |
      grep -vE '^ *(#|$)' >"$(seeds block)/${file##*/}"
  done
}

# The commands of the manual, and one of each that has what those have not. A word is a line.
command_lines() {
  local line number=0
  {
    sed -n 's/\\-/-/g; s/^[#$] wiretruth //p' docs/wiretruth.1 | sed 's/ *[>|].*//'
    cat <<'END'
watch --interval 0.5 --sort divergence --horizon 60 --ignore-selected=false --cpu-budget 3 eth0 /^en/
check --method sample --samples-per-interval 1000 --tolerance 2 --application on --mirror eth0=mon0 --report-inactive no
check --series http://user:word@localhost:9100/metrics?a=b --series-query {instance="a:9100"} --series-ca /etc/ca --series-timeout 3 -- eth0
validate --turn-off gro,tso,rx-gro-hw --duration 1.5 --yes --json eth0
validate --restore
baseline diff --strict --ignore-selected --interface /^en/ -
compare --duration 10 --flows 5 --json --fail-on loss,cut,merge-or-cut eth0 netns:there/eth0
compare before.pcap after.pcapng
read --json - far.pcap
agentx -f -A -LS7d -c /etc/snmp/a.conf,b.conf -i 10 -p agent.pid -u wiretruth -g wiretruth -x tcp:localhost:705
agentx --check-config -L e
END
  } | while read -r line; do
    number=$((number + 1))
    tr ' ' '\n' <<<"$line" | tr -d "'" | head -c -1 >"$(seeds arguments)/$number"
  done
}

# ---- all ----------------------------------------------------------------------------------------------------------

# Of inputs that come to too much for a repository what is real is kept first, and then the smallest.
keep() { # TARGET OCTETS
  local kept=tests/fuzz/corpus/$1 merged=$LAB_DIR/merged/$1 sum=0 size file
  mkdir -p "$merged" "$fuzzers/corpus/$1"
  "$fuzzers/$1" -merge=1 -use_counters=0 -timeout=10 "$merged" "$LAB_DIR/seeds/$1" "$fuzzers/corpus/$1" >"$LAB_DIR/merge.log" 2>&1 ||
    { tail -n 20 "$LAB_DIR/merge.log"; return 1; }
  rm -rf "$kept"
  mkdir -p "$kept"
  while read -r size file; do
    ((sum += size)) || true
    ((sum <= $2)) || break
    cp "$merged/$file" "$kept/$(cut -c 1-12 <<<"$file")"
  done < <(find "$merged" -type f -printf '%f %s\n' | sort |
    join -a 1 - <(sha1sum "$LAB_DIR/seeds/$1"/* | awk '{ print $1, "real" }' | sort -u) |
    sort -k 3,3r -k 2,2n | awk '{ print $2, $1 }')
  echo "$1: $(find "$kept" -type f | wc -l) of $(find "$merged" -type f | wc -l) inputs, $(du -bs "$kept" | cut -f 1) octets"
}

lab_start && hosts && traffic && answers && series && files && blocks && command_lines || exit 1
for target in "$LAB_DIR"/seeds/*; do
  [[ ! -x $fuzzers/${target##*/} ]] || keep "${target##*/}" "${FUZZ_KEEP:-49152}" || exit 1
done
