#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# The files in dist/snmp as they are shipped, with a real snmpd, snmptrapd and prometheus-snmp-exporter: who may read and
# set what, where the secrets are, what is told and how it reads, snmpd's monitor beside a row of wtThresholdTable, and
# the exporter's metrics beside a walk.
#
# The lab's situation "tso": with TSO on, the counter of tso0 of "host" shows a packet for many frames of a bulk transfer, and
# each frame of requests of one segment.
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
# shellcheck source=lab/snmp_shipped.sh
. "$root/lab/snmp_shipped.sh"
# shellcheck source=lab/prometheus.sh
. "$root/lab/prometheus.sh"

# ---- helpers ------------------------------------------------------------------------------------------------------

here=udp:127.0.0.1:161
method=$(lab_snmp_oid wtMethod).0
contact=.1.3.6.1.2.1.1.4.0

# ---- who may do what ----------------------------------------------------------------------------------------------

test_users() {
  local dir index
  dir=$(shipped_dir)
  tap_is "$(grep -cE 'reads the figures|hides the|sets the|^createUser' "$dir/store/snmpd.conf")" 0 \
    'snmpd keeps no password of its users'
  lab_stop "$SHIPPED_SINK"
  tap_is "$(grep -cE 'sent by|read by|^createUser' "$dir/trapd/snmptrapd.conf")" 0 'nor does snmptrapd once it has ended'
  check 'which starts again' shipped_sink
  tap_is "$(shipped_as wtreader snmpget $here "$method")" "$method = 1" 'the reader reads the MIB'
  index=$(lab_snmp_ifindex host tso0)
  tap_is "$(shipped_as wtreader snmpget $here ".1.3.6.1.2.1.31.1.1.1.1.$index")" ".1.3.6.1.2.1.31.1.1.1.1.$index = \"tso0\"" \
    'and ifXTable'
  tap_is "$(shipped_as wtreader snmpget $here .1.3.6.1.2.1.4.1.0 | grep -o 'No Such.*')" \
    'No Such Object available on this agent at this OID' 'and nothing else'
  tap_is "$(shipped_as wtreader snmpset $here "$(lab_snmp_oid wtNotifyEnabled).0" i 1 | grep -o 'Reason: [a-zA-Z]*')" \
    'Reason: noAccess' 'it sets nothing'
  tap_is "$(shipped_as wtreader snmpget -l authNoPriv $here "$method" | grep -o 'Reason: [a-zA-Z]*')" \
    'Reason: authorizationError' 'it has to encrypt'
  tap_is "$(shipped_as wtreader snmpget -A 'something else' $here "$method" | grep -o '(.*)')" \
    '(incorrect password, community or key)' 'and to know the password'
  tap_is "$(shipped_as wtmanager snmpset $here "$(lab_snmp_oid wtNotifyEnabled).0" i 1)" \
    "$(lab_snmp_oid wtNotifyEnabled).0 = 1" 'the manager sets what is to be set'
  tap_is "$(shipped_as wtmanager snmpset $here $contact s x | grep -o 'Reason: [a-zA-Z]*')" 'Reason: noAccess' \
    'and nothing else'
}

# Lines of files that let somebody in, or ask, with a community, without encryption, or with what is broken today. Written
# down as an order, of a file or of a command, not spoken of; as a comment, too.
without_encryption() { # FILE...
  grep -HniE \
    -e '^[[:space:]]*#?[[:space:]]*(r[ow]community6?|com2sec(6|unix)?|trap2?sink|informsink|trapcommunity|authCommunity|defCommunity|disableAuthorization)[[:space:]]' \
    -e '^[[:space:]]*#?[[:space:]]*(r[ow]user|authUser)[[:space:]].*[[:space:]](no)?auth([[:space:]]|$)' \
    -e '^[[:space:]]*#?[[:space:]]*(defVersion[[:space:]]+[12]|defSecurityLevel[[:space:]]+(no)?auth(NoPriv)?$|createUser[[:space:]].*[[:space:]](MD5|DES)([[:space:]]|$))' \
    -e '^[[:space:]]*-?[[:space:]]*auths?:[[:space:]]*[]["'"'"']*public|^[[:space:]]*-?[[:space:]]*(version:[[:space:]]*[12]\b|community:|security_level:[[:space:]]*(noAuthNoPriv|authNoPriv)|(auth|priv)_protocol:[[:space:]]*(MD5|DES)\b)' \
    -e '\b(snmp(b?u?l?k?walk|get|getnext|bulkget|set|table|trap|inform|status|df|delta|test|netstat|ps|usm|vacm)|lnms|addhost\.php|trapsess|check_snmp|proxy)\b.*[[:space:]](-v *[12]c?\b|--?v[12]c?\b|-[cC][[:space:]]|-l *(noAuthNoPriv|authNoPriv)|-a *MD5|-x *DES)' \
    "$@"
}

test_versions() {
  local files bad=$LAB_DIR/bad.conf lines=0 line own
  files=$(cd "$root" && git ls-files README.md CHANGELOG.md SECURITY.md docs dist plugins mibs ':!*.c' ':!*.h' ':!*.svg' ':!*.png' 2>/dev/null)
  [[ $files ]] || { tap_skip 'versions of SNMP' 'this is no repository'; return; }
  # But for whom snmpd is when it asks itself: nobody comes as that user from outside, who has no password.
  own=$(cd "$root" && sed -n 's/^iquerySecName //p' dist/snmp/monitor.conf)
  tap_is "$(cd "$root" && grep -rlE "createUser +$own" dist docs README.md)" '' 'there is no password for whom snmpd is when it asks itself'
  # shellcheck disable=SC2086 # words
  tap_is "$(cd "$root" && without_encryption $files | grep -vE ":r[ow]user $own auth ")" '' 'nothing that is shipped has a community, lets one write, or asks without encryption'
  # shellcheck disable=SC2086
  tap_is "$(cd "$root" && grep -liE '^ *(r[ow]user|createUser|trapsess|authUser|defSecurityLevel)' $files | wc -l)" 7 \
    'the files that say who may do what are among them'
  # shellcheck disable=SC2086
  tap_is "$(cd "$root" && grep -hiE '^ *(r[ow]user|authUser) ' $files | grep -vE "^rouser $own " | grep -vcE ' priv( |$)')" 0 'and each user in them has to encrypt'
  # What it finds, each alone.
  while read -r line; do
    echo "$line" >"$bad"
    without_encryption "$bad" >/dev/null && continue
    tap_diag "not found: $line"
    lines=$((lines + 1))
  done <<'END'
rocommunity public
  rwcommunity private 127.0.0.1
#rwcommunity6 private
com2sec readonly default public
trap2sink noc.example.net public
informsink noc.example.net
authCommunity log,execute public
disableAuthorization yes
rwuser manager auth
rouser reader noauth -V all
rouser -s usm reader auth
authUser log traps noauth
authuser write manager auth -V all
createUser old MD5 "password" DES "password"
defVersion 2c
defSecurityLevel authNoPriv
auth: [public_v2]
- auth: public_v2
version: 2
community: public
security_level: noAuthNoPriv
auth_protocol: MD5
$ snmpbulkwalk -v2c -c public localhost .1
snmpset -v 1 -c private localhost .1 i 1
# snmpget -v3 -l authNoPriv -u me localhost .1
lnms device:add --v2c -c public localhost
trapsess -v 2c -c public noc.example.net
END
  tap_is "$lines" 0 'which is found in any of its forms'
}

test_socket() {
  local dir
  dir=$(shipped_dir)
  tap_is "$(stat -c '%a %U %G' "$dir/agentx/master") $(stat -c '%a %U %G' "$dir/agentx")" \
    '660 Debian-snmp nogroup 755 root root' 'the AgentX socket is for the user and group of agentXPerms'
}

# What Debian has, but for the modules of monitor.
test_command() {
  local unit
  unit=$(dpkg -L snmpd | grep '/snmpd\.service$' | head -n 1)
  tap_is "$(shipped_command snmpd.service.d/wiretruth-monitor.conf)" "$(sed -n 's/^ExecStart=\(.*\),mteTrigger,mteTriggerConf -f$/\1 -f/p' "$unit")" \
    "the drop-in's command is that of Debian's unit, but for mteTrigger"
  unit=$(dpkg -L snmptrapd | grep '/snmptrapd\.service$' | head -n 1)
  tap_is "$(shipped_command snmptrapd.service.d/wiretruth.conf)" "$(sed -n 's/^ExecStart=\(.*\) -LOw \(.*\)$/\1 -LOi \2/p' "$unit")" \
    'and that of snmptrapd, but for the priority of what is logged'
}

# ---- crossings ----------------------------------------------------------------------------------------------------

# A row like the shipped monitor: the column, the index and what the columns are called are in the MIB.
set_row() {
  local column arguments=()
  while (($#)); do
    column=$(lab_snmp_oid "wtThreshold$1").7 || return
    arguments+=("$column" "$2" "$3")
    shift 3
  done
  shipped_as wtmanager snmpset $here "${arguments[@]}" >/dev/null
}

requests() { situation_select tso && situation_requests 4 1440 && lab_settle "$S_HOST" "$S_IF"; }
bulk() { situation_traffic tso 4; }

# told TRAFFIC WHAT COUNT: traffic until that was told so often of transmit, by the row and by monitor
told() {
  lab_snmp_polled host 10 && "$1" || return
  lab_poll 30 told_or_again "$@"
}

told_or_again() { # TRAFFIC WHAT COUNT
  is_told row "$2" "$3" && is_told monitor "$2" "$3" && return
  "$1"
  return 1
}

is_told() { (($(shipped_crossings "^$1 $2 .*\.2$" | wc -l) >= $3)); } # WHO WHAT COUNT

test_crossings() {
  local index
  index=$(lab_snmp_ifindex host tso0)
  check 'requests: both tell that the counter agrees from the beginning' told requests cleared 1
  check 'bulk: both tell that it diverges' told bulk raised 1
  check 'requests: both tell that it is over' told requests cleared 2
  check 'bulk: both tell it again' told bulk raised 2
  tap_is "$(shipped_crossings "^monitor .* $index\.2" | cut -d' ' -f2 | paste -sd' ')" 'cleared raised cleared raised' \
    'each was told once by monitor'
  tap_is "$(shipped_crossings '^row ' | cut -d' ' -f2- | sort)" "$(shipped_crossings '^monitor ' | cut -d' ' -f2- | sort)" \
    'and by the row the same'
}

# ---- notifications ------------------------------------------------------------------------------------------------

sentence='tso0 transmit: the counter shows [0-9,]+ of [0-9,]+ frames \([0-9.]+ %\), cause tso'

test_sink() {
  local line
  check 'an inform of each: two of ours that it diverges' lab_wait 10 'them' lab_traps_at_least "$sentence" 2
  tap_is "$(shipped_syslog | grep -cE -- "^-p daemon.warning -t wiretruth .*: $sentence\$")" \
    "$(shipped_traps | grep -cE -- "$sentence")" 'the program of traphandle hands each to the logger'
  check 'and that it is over' grep -qE -- '^-p daemon.notice -t wiretruth .*: tso0 transmit: the counter agrees with the wire' \
    <<<"$(shipped_syslog)"
  tap_is "$(shipped_syslog | grep -c mteTrigger)" 0 'and only ours'
  if ! lab_snmp_have_mibs; then
    tap_skip 'names' 'no base modules'
    return
  fi
  for line in '[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} [^ ]+' \
    '  SNMPv2-MIB::snmpTrapOID.0 = WIRETRUTH-MIB::wtDivergenceRaised' '  IF-MIB::ifName.[0-9]+ = tso0' \
    '  WIRETRUTH-MIB::wtDirDirectionCopy.[0-9]+.tx = tx' '  WIRETRUTH-MIB::wtNotifySignal.0 = counter' \
    '  WIRETRUTH-MIB::wtNotifyVerdict.0 = underReports' '  WIRETRUTH-MIB::wtNotifyCause.0 = tso' \
    '  WIRETRUTH-MIB::wtNotifyDivergence.0 = [0-9]+' '  WIRETRUTH-MIB::wtNotifyThreshold.0 = 500' \
    "  WIRETRUTH-MIB::wtNotifyText.0 = $sentence"; do
    check "a trap reads: $line" grep -qxE -- "$line" <<<"$(shipped_traps)"
  done
}

lab_traps_at_least() { (($(shipped_traps | grep -cE -- "$1") >= $2)); } # PATTERN COUNT

# A method that is less than what was asked for, and its end: without the right that it needs, and with it.
test_capture() {
  restart_agent setpriv --bounding-set=-bpf,-sys_admin
  check 'that the capture is degraded is a warning' lab_wait 20 'it' \
    in_syslog '-p daemon.warning -t wiretruth .*: the capture is degraded: method sample is in use: .*CAP_BPF'
  restart_agent
  check 'and that it is restored is none' lab_wait 20 'it' \
    in_syslog '-p daemon.notice -t wiretruth .*: the capture is what was asked for again'
}

in_syslog() { shipped_syslog | grep -qE -- "^$1"; } # PATTERN

restart_agent() { # [WRAPPER]...
  # shellcheck disable=SC2034 # for lab/snmp.sh
  local LAB_SNMP_WRAP=("$@")
  lab_stop "$LAB_SNMP_AGENT"
  lab_snmp_agent host
}

# ---- Prometheus ---------------------------------------------------------------------------------------------------

exporter() { # [OPTION]...: what the exporter makes of snmpd on host
  lab_http host "http://127.0.0.1:9116/snmp?module=wiretruth&target=127.0.0.1"
}

# A walk of the whole MIB in the form of the exporter's metrics, "NAME INSTANCE VALUE", without what grows by itself.
walked() {
  shipped_as wtreader snmpbulkwalk $here "$(lab_snmp_oid wiretruthMIB)" | awk '
    NR == FNR { if ($1 == "-") name = $3; else if ($1 == "oid:") names["." $2] = name; next }
    $3 ~ /^[0-9]+$/ {
      column = instance = $1
      while (column != "" && !(column in names)) sub(/\.[0-9]+$/, "", column)
      if (names[column] !~ /^$|(Age|For)$/) print names[column], substr(instance, length(column) + 2), $3
    }' <(grep -E '^  - name:|^    oid:' "$root/dist/snmp/snmp.yml") -
}

exported() {
  exporter | sed -nE -e 's/^(wt[A-Za-z]+)\{ifIndex="([0-9]+)",wtDirDirection="([0-9]+)",wtIfName="tso0"\} (.*)/\1 \2.\3 \4/p' \
    -e 's/^(wt[A-Za-z]+)\{ifIndex="([0-9]+)",wtIfName="tso0"\} (.*)/\1 \2 \3/p' -e 's/^(wt[A-Za-z]+) ([0-9.e+]+)$/\1 0 \2/p' |
    grep -vE '^wt[A-Za-z]*(Age|For) ' | awk '{ printf "%s %s %.0f\n", $1, $2, $3 }'
}

test_exporter() {
  local before values steady
  if ! command -v prometheus-snmp-exporter >/dev/null; then
    tap_skip 'snmp.yml' 'no prometheus-snmp-exporter'
    return
  fi
  lab_snmp_shipped snmp.yml >"$LAB_DIR/snmp.yml"
  lab_spawn_in host exporter prometheus-snmp-exporter --config.file="$LAB_DIR/snmp.yml" --web.listen-address=127.0.0.1:9116
  check 'the exporter takes snmp.yml' lab_wait 10 'the exporter' exporter_answers
  # Polls go on: those figures count which were the same before and after.
  before=$(walked) values=$(exported)
  steady=$(comm -12 <(sort <<<"$before") <(walked | sort))
  check 'a walk has most figures of tso0 twice the same' test "$(grep -c . <<<"$steady")" -ge 45
  tap_is "$(comm -23 <(echo "$steady") <(sort <<<"$values"))" '' 'the metrics are what a walk gives'
  tap_is "$(diff <(cut -d' ' -f1,2 <<<"$values" | sort) <(cut -d' ' -f1,2 <<<"$before" | sort))" '' \
    'all of them and no others'
}

# The scrape that README shows, by a real server.
test_prometheus() {
  if ! command -v prometheus-snmp-exporter >/dev/null || ! command -v prometheus >/dev/null; then
    tap_skip 'the scrape of README' 'no prometheus-snmp-exporter or no prometheus'
    return
  fi
  awk '/^```/ { code = !code; next } code && /^scrape_configs:/ { here = 1 } !code { here = 0 } here' "$root/dist/snmp/README.md" |
    sed 's/host-a.example.net/127.0.0.1/; s/host-b.example.net/localhost/; 1iglobal: { scrape_interval: 1s }' >"$LAB_DIR/scrape.yml"
  lab_prometheus_start host prometheus 9090 "$LAB_DIR/scrape.yml" || return
  check 'Prometheus scrapes hosts as README has it' lab_wait 20 'the verdict' \
    lab_prometheus_has prometheus 'wtDirCounterVerdict{job="wiretruth-snmp",instance="127.0.0.1",wtIfName="tso0",wtDirDirection="2"} > 0'
}

exporter_answers() { exporter | grep -q '^wtDirWireFrames{'; }

test_generator() {
  local dir=$LAB_DIR/generator
  if ! command -v prometheus-snmp-generator >/dev/null || ! lab_snmp_have_mibs; then
    tap_skip 'snmp.yml is what the generator makes' 'no prometheus-snmp-generator or no base modules'
    return
  fi
  mkdir -p "$dir" && lab_snmp_shipped generator.yml >"$dir/generator.yml"
  (cd "$dir" && MIBDIRS=$LAB_SNMP_BASE:$LAB_SNMP_NET:$root/mibs prometheus-snmp-generator generate) >"$dir/log" 2>&1
  tap_is "$(diff <(without_help <"$dir/snmp.yml") <(without_help <"$root/dist/snmp/snmp.yml") | head -n 20)" '' \
    'snmp.yml is what the generator makes of the MIB; the command is in generator.yml'
}

# Descriptions, which go on in lines that are further in.
without_help() { awk '/^    help:/ { skip = 1; next } !/^      / { skip = 0 } !skip'; }

# ---- run ----------------------------------------------------------------------------------------------------------

if [[ ! -x $LAB_BUILD/wiretruth-agentx || -z $SHIPPED_TRAPD ]]; then
  tap_skip 'the files for SNMP' 'no subagent was built, or there is no snmptrapd'
  tap_done
  exit
fi
# Enough for a verdict, and quick.
LAB_FRAMES=4000
lab_start && situation_setup tso || exit
shipped_configure 'Interface tso0' 'WarningDivergence off' 'FailureDivergence off' 'Horizon 3' 'Hold 0' \
  'CPUBudget 100' && shipped_start || exit
set_row Status i 4 Interfaces s tso0 Rising u 500 Falling u 250 Hold u 0 Startup i 3
test_command
test_versions
test_users
test_socket
test_crossings
test_sink
test_exporter
test_prometheus
test_generator
test_capture
lab_snmp_stop
tap_done
