#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 25
#
# WIRETRUTH-MIB: the file by the rules, read by three readers that are not ours (smilint, Net-SNMP, net-snmp of npm), what
# a real agent serves put up against it object by object and type by type, its tables as snmptable shows them, and all of
# it below another root.
#
# The lab's situation "tso" (transmit with segmentation offload by tso0 of "host"), compared with a baseline.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

agent=$LAB_BUILD/wiretruth-agentx

# ---- helpers ------------------------------------------------------------------------------------------------------

get() { lab_snmp_get host "$@"; } # IFACE DIR COLUMN

# Lines that only one of both texts has, or that have another order.
differences() { diff <(echo "$1") <(echo "$2") | grep '^[<>]'; }

# All instances below an OID, one "OID TYPE: VALUE" a line. The last line of a walk to the end of all is no instance.
walk() { # OID
  lab_snmp_raw host snmpbulkwalk "$1" | sed -n '/^\./{/No more variables\|No Such/d; s/ = / /; p}'
}

# Each object of the file, with tabs between: name, syntax, access, units, description, whether it has a reference.
objects() {
  awk '
    /^[a-z][A-Za-z0-9]* OBJECT-TYPE/ { name = $1; syntax = access = units = description = ""; reference = "no"; part = "" }
    name == "" { next }
    /^    (SYNTAX|UNITS|MAX-ACCESS|STATUS|DESCRIPTION|REFERENCE|INDEX|AUGMENTS|DEFVAL|::=)/ { part = $1 }
    part == "SYNTAX" { sub(/^ *(SYNTAX)? */, ""); syntax = syntax $0 " " }
    part == "MAX-ACCESS" { access = $2 }
    part == "UNITS" { split($0, quoted, "\""); units = quoted[2] }
    part == "DESCRIPTION" { sub(/^ *(DESCRIPTION)? */, ""); description = description $0 " " }
    part == "REFERENCE" { reference = "yes" }
    part == "::=" { printf "%s\t%s\t%s\t%s\t%s\t%s\n", name, syntax, access, units, description, reference; name = "" }
  ' "$LAB_SNMP_MIB"
}

# Objects that a manager can read: "NAME OID".
readable_objects() {
  local name oid
  objects | awk -F'\t' '$3 !~ /^(not-accessible|accessible-for-notify)$/ { print $1 }' | while read -r name; do
    echo "$name $(lab_snmp_oid "$name")"
  done
}

# The numbers that a textual convention of the file has labels for: "NAME N N N".
conventions() {
  sed -n '/TEXTUAL-CONVENTION$/,/^$/p' "$LAB_SNMP_MIB" | awk '
    /::= TEXTUAL-CONVENTION/ { name = $1; quoted = 0; next }
    # An odd number of quotes begins or ends what is no syntax.
    { n = gsub(/"/, "\""); if (n % 2) quoted = !quoted; if (quoted || n) next }
    /SYNTAX/ { base = $2 }
    base == "INTEGER" { while (match($0, /[a-zA-Z0-9]+\([0-9]+\)/)) {
      label = substr($0, RSTART, RLENGTH); $0 = substr($0, RSTART + RLENGTH); gsub(/.*\(|\)/, "", label); numbers = numbers " " label } }
    /\}/ && name != "" { if (numbers != "") print name numbers; name = numbers = base = "" }'
}

# ---- the file -----------------------------------------------------------------------------------------------------

smilint_of() { # FILE
  echo "path $LAB_SNMP_BASE:$LAB_SNMP_NET" >"$LAB_DIR/smi.conf"
  # smilint ends with 0 whatever it found.
  smilint -c "$LAB_DIR/smi.conf" -m -s -l 6 -i namelength-32 "$1" 2>&1
}

test_lint() {
  if ! lab_snmp_have_mibs || ! command -v smilint >/dev/null; then
    tap_skip 'smilint finds nothing to say' 'no smilint or no base modules'
    return
  fi
  tap_is "$(smilint_of "$LAB_SNMP_MIB")" '' 'smilint finds nothing to say'
}

# The reader of the file without tools, put up against the tool.
test_net_snmp() {
  local names
  if ! lab_snmp_have_mibs; then
    tap_skip 'names have the numbers that Net-SNMP gives them' 'no base modules'
    return
  fi
  lab_snmp_env host
  # All names at once: each reads the modules anew.
  names=$(lab_snmp_names | cut -d' ' -f1 | sed 's/^/WIRETRUTH-MIB::/' | xargs "${LAB_SNMP_ENV[@]}" snmptranslate \
    -M "$LAB_SNMP_BASE:$LAB_SNMP_NET:${LAB_SNMP_MIB%/*}" -On 2>&1 | sed '/^$/d; /^Created directory/d')
  tap_is "$(differences "$names" "$(lab_snmp_names | cut -d' ' -f2)")" '' 'names have the numbers that Net-SNMP gives them'
  tap_is "$("${LAB_SNMP_ENV[@]}" snmptranslate -M "$LAB_SNMP_BASE:$LAB_SNMP_NET:${LAB_SNMP_MIB%/*}" -m WIRETRUTH-MIB -Pw -On \
    WIRETRUTH-MIB::wiretruthMIB 2>&1 | grep -vE 'parsed and ignored|^Created directory')" "$(lab_snmp_oid wiretruthMIB)" \
    'Net-SNMP reads the file without a warning'
  tap_is "$("${LAB_SNMP_ENV[@]}" snmptranslate -M "$LAB_SNMP_BASE:$LAB_SNMP_NET:${LAB_SNMP_MIB%/*}" -m WIRETRUTH-MIB -Tp \
    WIRETRUTH-MIB::wiretruthObjects 2>&1 | grep -cE '^ .*(-R--|-RW-|CR--) ')" \
    "$(objects | awk -F'\t' '$3 ~ /^read/' | wc -l)" 'its tree has each object that can be read'
}

test_npm() {
  local said
  if ! lab_snmp_have_mibs || ! command -v node >/dev/null; then
    tap_skip "npm's net-snmp reads the file" 'no base modules, or no node'
    return
  fi
  said=$(node -e '
    const snmp = require(process.argv[1]);
    const store = snmp.createModuleStore();
    for (const file of process.argv.slice(2)) store.loadFromFile(file);
    const module = store.getModule("WIRETRUTH-MIB", true);
    console.log(Object.values(module).filter((o) => o.OID).length, "." + module.wiretruthMIB.OID);
  ' "${LAB_SNMP_BASE%/lib/mibs}" "$LAB_SNMP_BASE"/{RFC1155-SMI,RFC-1212,SNMPv2-SMI,SNMPv2-TC,SNMPv2-CONF,SNMPv2-MIB,IANAifType-MIB,IF-MIB}.mib \
    "$LAB_SNMP_NET/NET-SNMP-MIB.txt" "$LAB_SNMP_MIB" 2>&1)
  tap_is "$said" "$(lab_snmp_names | wc -l) $(lab_snmp_oid wiretruthMIB)" "npm's net-snmp reads all of its names"
}

# What no tool looks at.
test_rules() {
  local stamps
  stamps=$(objects | awk -F'\t' '$2 == "TimeStamp " { print $1 }')
  tap_is "$(objects | awk -F'\t' -v stamps="$stamps" 'BEGIN { n = split(stamps, list, "\n"); for (i = 1; i <= n; i++) is[list[i]] }
    $2 !~ /^Counter(64|32) / { next }
    !match($5, /wt[A-Za-z]*DiscontinuityTime/) || !(substr($5, RSTART, RLENGTH) in is) { print $1 }')" '' \
    'every counter names the TimeStamp of its discontinuities, which is one'
  tap_is "$(objects | awk -F'\t' '$2 ~ /^(Counter|Gauge32|WtHundredthsPercent|TimeInterval)/ && $4 == "" { print $1 }')" '' \
    'every quantity has its unit'
  tap_is "$(objects | awk -F'\t' '$2 == "WtHundredthsPercent " && $4 != "hundredths of a percent" { print $1 }')" '' \
    'every share is in hundredths of a percent'
  tap_is "$(objects | awk -F'\t' '$2 == "Gauge32 " && $5 !~ /4294967295/ { print $1 }')" '' \
    'every Gauge32 says what it ends at'
  tap_is "$(objects | awk -F'\t' '$2 ~ /^Counter64/ && $6 == "no" { print $1 }')" '' 'every Counter64 says where it comes from'
  check 'nobody lies' not grep -qiE '\b(lies|lied|lying|liar)\b' "$LAB_SNMP_MIB"
  tap_is "$(objects | awk -F'\t' '$3 != "not-accessible" { print $1 }' | while read -r name; do
    # As a whole word between OBJECTS or NOTIFICATIONS and its end, of which there are the groups and the notifications.
    sed -n '/^wt[A-Za-z]*Group OBJECT-GROUP/,/}/p' "$LAB_SNMP_MIB" | grep -qwF -- "$name" || echo "$name"
  done)" '' 'every object is in a group'
  tap_is "$(awk '$2 == "NOTIFICATION-TYPE" { print $1 }' "$LAB_SNMP_MIB" | while read -r name; do
    sed -n '/^wt[A-Za-z]*Group NOTIFICATION-GROUP/,/}/p' "$LAB_SNMP_MIB" | grep -qwF -- "$name" || echo "$name"
  done)" '' 'and every notification'
  tap_is "$(sed -n 's/^ *LAST-UPDATED "\(.*\)"/\1/p' "$LAB_SNMP_MIB")" \
    "$(sed -n 's/^ *REVISION *"\(.*\)"/\1/p' "$LAB_SNMP_MIB" | sort | tail -1)" 'it was last updated by its last revision'
}

# The labels of the bits are the names in the code, in their order.
test_bits() {
  local labels names
  labels=$(sed -n '/^WtOffloadFeatures/,/^ *}/p' "$LAB_SNMP_MIB" | grep -oE '[a-z][A-Za-z0-9]*\([0-9]+\)')
  names=$(sed -n '/names\[\] = {/,/};/s/^ *"\(.*\)",$/\1/p' "$root/plugins/netsnmp/feature_bits.c" |
    sed -E 's/[-_](.)/\U\1/g' | awk '{ printf "%s(%d)\n", $0, NR - 1 }')
  tap_is "$(differences "$labels" "$names")" '' 'the MIB and the code have the same bits for the same features'
}

# Enumerations have the numbers and the words of the core.
test_enumerations() {
  local pair name convention prefix ours theirs
  for pair in verdict:WtVerdict basis:WtBasis source:WtSource cause:WtCause baseline:WtBaseline checksum_verdict:WtChecksumVerdict \
    application_verdict:WtApplicationVerdict method:WtCaptureMethod; do
    name=${pair%:*} convention=${pair#*:}
    prefix=${name%%_*}
    theirs=$(sed -nE "/^enum wt_$name \{/,/^\}/s/^ *WT_${prefix^^}_([A-Z_]+) = ([0-9]+).*/\1(\2)/p" \
      "$root/common/wiretruth.h" | tr '[:upper:]' '[:lower:]' | sed -E 's/_(.)/\U\1/g')
    # In a configuration only.
    theirs=$(grep -v '^auto(' <<<"$theirs")
    ours=$(sed -n "/^$convention ::=/,/^ *}/p" "$LAB_SNMP_MIB" | sed -n '/SYNTAX/,$p' | grep -oE '[a-z][A-Za-z0-9]*\([0-9]+\)')
    tap_is "$ours" "$theirs" "$convention has the numbers of the core's $name"
  done
}

# ---- what is served -----------------------------------------------------------------------------------------------

test_objects() {
  local name oid instance said ifindex missing='' unnamed
  ifindex=$(lab_snmp_ifindex host tso0)
  while read -r name oid; do
    case $name in
      wtDir* | wtHid* | wtChk* | wtAppDir*) instance=$ifindex.2 ;;
      wtWit*) instance=$ifindex.2.4 ;;
      wtIf*) instance=$ifindex ;;
      wtThreshold*) instance=65001 ;;
      *) instance=0 ;;
    esac
    # An object that has no value now is known to the agent all the same.
    said=$(lab_snmp_raw host snmpget "$oid.$instance" </dev/null)
    [[ $said == *'No Such Object'* || $said != "$oid.$instance = "* ]] && missing+=" $name"
  done < <(readable_objects)
  tap_is "$missing" '' 'every object of the MIB is served'
  unnamed=$(walk "$(lab_snmp_oid wiretruthMIB)" | awk 'NR == FNR { named[$2]; next }
    { for (oid in named) if (index($1, oid ".") == 1) next; print $1 }' <(readable_objects) -)
  tap_is "$unnamed" '' 'every instance that is served belongs to an object of the MIB'
}

# Each varbind has the type that the file gives to its object, and an enumeration only numbers that it has labels for.
test_types() {
  local wrong
  wrong=$(walk "$(lab_snmp_oid wiretruthMIB)" | awk -F'\t' '
    BEGIN {
      type["Counter64"] = "Counter64:"; type["Counter32"] = "Counter32:"
      type["Gauge32"] = type["Unsigned32"] = type["WtHundredthsPercent"] = "Gauge32:"
      type["INTEGER"] = type["Integer32"] = type["TimeInterval"] = type["TruthValue"] = "INTEGER:"
      type["RowStatus"] = type["StorageType"] = "INTEGER:"
      type["DisplayString"] = "STRING:"; type["WtOffloadFeatures"] = "(Hex-)?STRING:"; type["TimeStamp"] = "[0-9]+$"
      labels["TruthValue"] = " 1 2 "; labels["RowStatus"] = " 1 2 3 "; labels["StorageType"] = " 1 2 3 4 5 "
    }
    FILENAME == ARGV[1] { split($0, word, " "); name = word[1]; sub(/^[^ ]* /, ""); type[name] = "INTEGER:"; labels[name] = " " $0 " "; next }
    FILENAME == ARGV[2] { split($1, word, " "); oid[word[1]] = word[2]; next }
    FILENAME == ARGV[3] { if ($1 in oid) { split($2, word, " "); syntax[oid[$1]] = word[1]; name_of[oid[$1]] = $1 } next }
    {
      at = $0; sub(/ .*/, "", at); value = substr($0, length(at) + 2)
      object = at
      while (object != "" && !(object in syntax)) sub(/\.[0-9]+$/, "", object)
      want = type[syntax[object]]
      checked++
      # An empty string has no type in front of it.
      if (want == "" || (value !~ "^" want && !(want ~ /STRING/ && value == "\"\""))) print name_of[object], value
      else if (syntax[object] in labels && index(labels[syntax[object]], " " substr(value, index(value, ": ") + 2) " ") == 0)
        print name_of[object], value
    }
    END { if (checked < 200) print "only", checked, "instances" }' <(conventions) <(readable_objects) <(objects) -)
  tap_is "$wrong" '' 'every instance has the type of its object, and a number that has a label'
}

test_names() { tap_is "$(get ü0 - wtIfName)" '??0' 'what is no ASCII is shown as question marks'; }

# As a person or a generic poller reads them.
test_tables() {
  local table said
  if ! lab_snmp_have_mibs; then
    tap_skip 'snmptable shows each table' 'no base modules'
    return
  fi
  for table in $(objects | awk -F'\t' '$2 ~ /^SEQUENCE OF/ { print $1 }'); do
    said=$(COLUMNS=200 lab_snmp_table host "$table")
    check "snmptable shows $table" grep -qE '^ *[0-9]+(\.[0-9a-z]+)* ' <<<"$said"
    [[ $said != *'No Such'* && $said != *'Error in packet'* && $said != *Unknown* && $said != *'not increasing'* ]]
    tap_ok $? 'without an error'
  done
}

# What the baseline expects, as bits beside those of the kernel.
bit() { # COLUMN LABEL: 0 or 1
  local number octets
  number=$(sed -n '/^WtOffloadFeatures/,/^ *}/p' "$LAB_SNMP_MIB" | grep -oE "\b$2\([0-9]+\)" | tr -dc '0-9')
  octets=$(lab_snmp_raw host snmpget -Ox -Ov "$(lab_snmp_oid "$1").$(lab_snmp_ifindex host tso0)")
  # shellcheck disable=SC2206
  octets=(${octets#*: })
  echo $((16#${octets[number / 8]} >> (7 - number % 8) & 1))
}
bits() { echo "$(bit wtIfOffloadActive "$1") $(bit wtIfBaselineRecorded "$1") $(bit wtIfBaselineActive "$1")"; } # LABEL

test_baseline() {
  local discontinuity frames
  tap_is "$(get tso0 - wtIfBaseline) $(get tso0 - wtIfDrift)" '1 0' 'an interface is as its baseline has it'
  tap_is "$(bits txTcpSegmentation)" '1 1 1' 'TSO is active, recorded, and expected'
  tap_is "$(bits rxAll)" '0 0 0' 'a feature that the baseline leaves out is not'
  tap_is "$(bit wtIfOffloadFixed txTcpSegmentation) $(bit wtIfOffloadFixed hwTcOffload)" \
    "$(lab_in host ethtool --json -k tso0 | jq -r '.[0] | "\(.["tx-tcp-segmentation"].fixed) \(.["hw-tc-offload"].fixed)"' |
      sed 's/false/0/g; s/true/1/g')" 'what is fixed is what ethtool says'
  discontinuity=$(get tso0 - wtIfDiscontinuityTime) frames=$(get tso0 tx wtDirWireFrames)
  lab_offload host tso0 tso off
  lab_wait 10 'the drift' drifts
  tap_is "$(bits txTcpSegmentation)" '0 1 1' 'a feature that drifts is expected still'
  check 'the discontinuity has moved' test "$(get tso0 - wtIfDiscontinuityTime)" -gt "$discontinuity"
  check 'totals go on over it' test "$(get tso0 tx wtDirWireFrames)" -ge "$frames"
  lab_offload host tso0 tso on
  lab_wait 10 'its end' not drifts
  check 'counters of no interface began with the agent' test "$(get 0 - wtDiscontinuityTime)" -le "$discontinuity"
  check 'the last poll has its time' test "$(get 0 - wtLastPollTime)" -gt "$discontinuity"
}
drifts() { [[ $(get tso0 - wtIfDrift) != 0 ]]; }

# What the discipline of tso0 has counted.
witness() {
  lab_snmp_raw host snmpget -OQ -Ov "$(lab_snmp_oid wtWitFrames).$(lab_snmp_ifindex host tso0).2.4"
}

test_figures() {
  local oracle before wire segments
  oracle=$(lab_qdisc_packets host tso0) before=$(witness) wire=$(get tso0 tx wtDirWireFrames)
  situation_traffic tso 4 && lab_settle host tso0
  lab_snmp_polled host 10
  oracle=$(($(lab_qdisc_packets host tso0) - oracle))
  tap_is "$(($(witness) - before)) $(($(get tso0 tx wtDirWireFrames) - wire))" "$oracle $oracle" \
    'the discipline, a witness, has what it says itself, and the wire is the same'
  tap_is "$(get tso0 - wtIfHorizon) $(get 0 - wtHorizon)" '1500 2000' 'an interface has the horizon that it was given'
  segments=$(lab_in host nstat -asz IpExtInNoECTPkts IpExtInECT0Pkts IpExtInECT1Pkts IpExtInCEPkts Ip6InNoECTPkts \
    Ip6InECT0Pkts Ip6InECT1Pkts Ip6InCEPkts | awk 'NR > 1 { sum += $2 } END { print sum }')
  check 'received segments are no more than the kernel has counted' test "$(get 0 - wtIpInSegments)" -le "$segments"
  tap_is "$(get 0 - wtInChecksumErrors)" 0 'none had a wrong checksum'
}

# ---- another root -------------------------------------------------------------------------------------------------

# The module's own number stands in the MIB and in root.h. What is in dist is for programs that know no MIB and has to
# have it, too, and tests of its own put that up against the MIB.
test_one_place() {
  local own=${1##*.} parent
  parent=$(sed -n 's/^ *::= { \([a-zA-Z]*\) '"$own"' }$/\1/p' "$LAB_SNMP_MIB")
  tap_is "$(cd "$root" && git grep -lE "(9999[., ]+9999[., ]+|$parent )$own\b" -- . ':!dist' | sort)" \
    $'mibs/WIRETRUTH-MIB.txt\nplugins/netsnmp/root.h' 'the root stands in the MIB and in root.h only'
  tap_is "$(sed -n 's/^#define WT_MIB_ROOT //p' "$root/plugins/netsnmp/root.h" | sed 's/^/./; s/, /./g')" "$1" \
    'and is the same in both'
}

# Suffixes of all instances below an OID, in their order, but of wtAppCoverageSent and wtAppCoverageReceived: these are known
# where TCP has passed since the agent began, which may be the end of earlier traffic.
suffixes() { walk "$1" | cut -d' ' -f1 | sed "s/^$1//" | grep -vxE '\.1\.6\.1[01]\.0'; } # OID

test_other_root() {
  local old=$1 before=$2 new=.1.3.6.1.4.1.4242424 build=$LAB_DIR/rooted/build
  if lab_sanitized; then
    tap_skip 'the agent below another root' 'built with a sanitizer'
    return
  fi
  mkdir -p "$build/plugins" "$LAB_DIR/rooted/mibs"
  # The core knows no root. Times are kept, so that only the subagent is built.
  cp -a "$LAB_BUILD/common" "$LAB_BUILD/libwiretruth.a" "$build/"
  cp -a "$LAB_BUILD"/*.h "$build/" 2>/dev/null
  sed -e 's/^    netSnmpPlaypen .*/    enterprises/; s/FROM NET-SNMP-MIB;/FROM SNMPv2-SMI;/' \
    -e 's/::= { netSnmpPlaypen [0-9]* }/::= { enterprises 4242424 }/' "$LAB_SNMP_MIB" >"$LAB_DIR/rooted/mibs/WIRETRUTH-MIB.txt"
  make -s -C "$root" -j2 B="$build" MIB_ROOT="$new" "$build/wiretruth-agentx" >"$LAB_DIR/rooted/make.log" 2>&1
  tap_ok $? 'the subagent is built for another root'
  LAB_SNMP_MIB=$LAB_DIR/rooted/mibs/WIRETRUTH-MIB.txt LAB_SNMP_OIDS=() LAB_BUILD=$build
  tap_is "$(lab_snmp_oid wiretruthMIB)" "$new" 'the MIB has it, too'
  if lab_snmp_have_mibs && command -v smilint >/dev/null; then
    tap_is "$(smilint_of "$LAB_SNMP_MIB")" '' 'and smilint finds nothing to say'
  fi
  check 'it answers' lab_snmp_run host
  tap_is "$(differences "$(suffixes "$new")" "$before")" '' 'the same instances are below the new root'
  tap_is "$(walk "$old")" '' 'and none below the old one'
  tap_is "$(lab_snmp_raw host snmpbulkwalk -OQ .1.3.6.1.2.1.1.9.1.2 | grep -c -- " = $new$")" 1 'which sysORTable names'
  lab_snmp_stop
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $agent ]]; then
  tap_skip 'the MIB of the Net-SNMP subagent' 'it was not built'
  tap_done
  exit
fi
lab_start && situation_setup tso || exit
# A name that a DisplayString cannot have.
lab_in host ip link add ü0 type veth peer name peer-u || exit
test_lint
test_net_snmp
test_npm
test_rules
test_bits
test_enumerations
lab_in host "$LAB_BUILD/wiretruth" baseline save --interface tso0 - | grep -v rx-all >"$LAB_DIR/baseline"
lab_snmp_configure host 'Interface tso0' 'Interface ü0' 'Application true' "Baseline $LAB_DIR/baseline" 'Horizon 20' \
  'InterfaceOption tso0 Horizon 15'
lab_snmp_run host || exit
old=$(lab_snmp_oid wiretruthMIB)
test_one_place "$old"
before=$(suffixes "$old")
test_objects
test_figures
test_types
test_names
test_tables
test_baseline
lab_snmp_stop
test_other_root "$old" "$before"
tap_done
