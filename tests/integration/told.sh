#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 30
#
# What others are told without asking: collectd's notifications, handed to a program with all their metadata, and to
# syslog, the traps and informs of the subagent and of the module inside snmpd, as snmptrapd has them and hands them on,
# and what each of them has logged to syslog. Packets with a text in them, and a Series with a user, a password and a
# token, are what is told of; neither the text nor the secrets are in any of it.
#
# The controls: a capture by tcpdump of the same traffic has the text, and the peer is asked with the secrets.
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
# shellcheck source=lab/snmp_manager.sh
. "$root/lab/snmp_manager.sh"

readonly MARK=InTheClearOfThePacket NAME=Us3rsecret WORD=Pw5ecret TOKEN=T0kensecret
SECRETS="$NAME|$WORD|$TOKEN|lab authenticates|lab keeps secret|$(printf %s "$NAME:$WORD" | base64 | tr -d =)"

# ---- syslog -------------------------------------------------------------------------------------------------------

# Its socket is at the end of a link, as with journald. SYSLOG goes before a command: a /dev of its own has the link.
syslog_start() {
  # shellcheck disable=SC2016
  lab_spawn syslog perl -MIO::Socket::UNIX -e 'my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die;
    chmod(0777, $ARGV[0]); $| = 1; print "listening\n"; while (defined $socket->recv(my $message, 65536)) { print "$message\n" }' "$LAB_DIR/syslog.socket"
  mkdir "$LAB_DIR/dev"
  # shellcheck disable=SC2016
  SYSLOG=(sh -c 'mount -t tmpfs -o mode=755 tmpfs "$1" && cd /dev && cp -a null zero full random urandom "$1" &&
    ln -s "$0" "$1/log" && mount --bind "$1" /dev && shift && cd / && exec "$@"' "$LAB_DIR/syslog.socket" "$LAB_DIR/dev")
  lab_wait_log 5 syslog '^listening'
}

logged() { grep -qE -- "$1" "$LAB_DIR/syslog.log"; } # PATTERN
await_logged() { lab_wait "${3-20}" "$1 in syslog" logged "$2"; } # WHAT PATTERN [SECONDS]

# ---- what there is to tell ----------------------------------------------------------------------------------------

# TSO makes a counter and a series of packets that are many frames.
traffic() {
  local port
  lab_spawn_in there receive "$LAB_BIN/flow" receive "$(lab_address 1 2)"
  lab_wait_log 5 receive '^listening port=' || return
  port=$(sed -n 's/^listening port=//p' "$LAB_DIR/receive.log")
  # shellcheck disable=SC2016
  lab_in host bash -c 'exec 3>"/dev/tcp/$0/$1" && cat "$2" >&3' "$(lab_address 1 2)" "$port" "$LAB_DIR/control.text"
  lab_reap "$LAB_PID" 10
}

has() { grep -qE -- "$1" <<<"$("${@:2}")"; } # PATTERN COMMAND [ARGUMENT]...

# Traffic again until what the command prints tells of it.
told_of() { # PATTERN COMMAND [ARGUMENT]...
  local until=$((SECONDS + 30))
  until has "$@"; do
    ((SECONDS < until)) || { tap_diag "in vain: $1"; return 1; }
    traffic || return
    lab_poll 1 has "$@" || true
  done
}

exporter() {
  lab_spawn_in host exporter prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults \
    --collector.netdev
  exporter=$LAB_PID
}

# The exporter ends, and who is there then repeats what it is asked with.
peer_refuses() {
  lab_stop "$exporter"
  lab_spawn_in host refuses "$LAB_BIN/serve" 9100 refuse && lab_wait_log 5 refuses '^listening'
  refuses=$LAB_PID
}

peer_is_back() {
  lab_stop "$refuses"
  exporter
}

# ---- who tells ----------------------------------------------------------------------------------------------------

url="http://$NAME:$WORD@127.0.0.1:9100/metrics?token=$TOKEN"

# Whoever collectd and snmptrapd make of themselves to run a script has to reach it. The shipped ones call the real logger.
make_scripts() {
  notes=$LAB_DIR/notes
  chmod 711 "$LAB_DIR" && mkdir -m 777 "$notes" && : >"$notes/all" && chmod 666 "$notes/all" &&
    install -m 755 "$root/dist/collectd/on-notification.sh" "$root/dist/snmp/on-trap.sh" "$LAB_DIR" || return
  printf '#!/bin/sh\nexec cat >>"%s/all"\n' "$notes" >"$LAB_DIR/record"
  chmod 755 "$LAB_DIR/record"
}

test_collectd() {
  LAB_COLLECTD_LOAD='Interval 0.25' LAB_COLLECTD_WRAP=("${SYSLOG[@]}")
  LAB_COLLECTD_EXTRA="PluginDir \"/usr/lib/collectd\"
LoadPlugin syslog
<Plugin syslog>
  LogLevel info
  NotifyLevel OKAY
</Plugin>
LoadPlugin exec
<Plugin exec>
  NotificationExec \"nobody:nogroup\" \"$LAB_DIR/record\"
  NotificationExec \"nobody:nogroup\" \"$LAB_DIR/on-notification.sh\"
</Plugin>"
  check 'collectd starts' lab_collectd_start host "Interface \"eth0\"
CPUBudget 100
Hold 0
Baseline \"$LAB_DIR/baseline\"
Series \"$url\""
  check 'collectd: a notification of the series goes to a program' told_of '^TypeInstance: tx-divergence-series' cat "$notes/all"
  check 'and of the counter' told_of '^TypeInstance: tx-divergence-counter' cat "$notes/all"
  check 'and to syslog' await_logged 'the notification' 'collectd\[[0-9]+\]: .*tx-divergence-series'
  check 'and by the shipped script' await_logged 'the notification' 'wiretruth: (WARNING|FAILURE) eth0 tx-divergence-series'
  lab_offload host eth0 tx-checksum-ip-generic off
  check 'and of drift' await_logged 'drift' 'collectd\[[0-9]+\]: .*type_instance = drift'
  lab_offload host eth0 tx-checksum-ip-generic on
  peer_refuses
  check 'and a peer that refuses' await_logged 'the peer' 'collectd\[[0-9]+\]: .*the series http://127.0.0.1:9100/.* cannot be read' 30
  peer_is_back
  lab_collectd_stop
}

# Of whoever serves the MIB, by its name in syslog.
test_snmp() { # NAME
  local before logged
  before=$(traps | wc -l) logged=$(wc -l <"$LAB_DIR/syslog.log")
  check "$1: a trap and an inform of the series come" told_of "$raised.*$series" since
  check "$1: and of the counter" told_of "$raised.*$(lab_snmp_oid wtNotifySignal).0 = 1" since
  tap_is "$(since | grep -E -- "$raised.*$series" | cut -f 1 | sort -u | paste -sd ' ')" '1 3' \
    "$1: by v2c and by v3"
  lab_offload host eth0 gro on
  check "$1: and of offloads" lab_wait 20 'it' has 'offloads have changed' since
  lab_offload host eth0 gro off
  check "$1: the shipped script hands each on" lab_wait 20 'it' has 'wiretruth: .*: eth0: offloads have changed' tail -n "+$((logged + 1))" "$LAB_DIR/syslog.log"
  peer_refuses
  check "$1: a peer that refuses is told" lab_wait 20 'it' has_error
  check "$1: it logs to syslog" await_logged 'it' "$1\[[0-9]+\]: wiretruth: method"
  peer_is_back
}
since() { traps | tail -n +$((before + 1)); } # this one began
has_error() { [[ $(lab_snmp_get host 0 - wtSeriesError) ]]; }

test_subagent() {
  LAB_SNMP_WRAP=("${SYSLOG[@]}" "${LAB_SNMP_WRAP[@]}") LAB_SNMP_OPTIONS=(-f -LS7d) LAB_SNMP_MASTER_WRAP=("${SYSLOG[@]}")
  check 'the subagent starts' lab_snmp_run host
  test_snmp wiretruth-agentx
  lab_snmp_stop
}

test_module() {
  LAB_SNMP_MASTER_OPTIONS=(-LS7d)
  check 'the module starts' lab_snmp_inside host
  test_snmp snmpd
  lab_snmp_stop
}

# ---- run ----------------------------------------------------------------------------------------------------------

for need in tcpdump perl prometheus-node-exporter; do
  command -v $need >/dev/null || { tap_skip 'told' "there is no $need"; tap_done; exit; }
done
lab_start && lab_host host && lab_host there && lab_link host eth0 there eth0 1 && lab_offload host eth0 tso on || exit 1
make_scripts && syslog_start || exit 1
for ((i = 0; i < 250000; i++)); do printf %s $MARK; done >"$LAB_DIR/control.text"
lab_spawn_in host control-log tcpdump -Z root -U --immediate-mode -n -s 400 -c 500 -i eth0 -w "$LAB_DIR/control.pcap"
control=$LAB_PID
exporter
lab_in host "$LAB_BUILD/wiretruth" baseline save "$LAB_DIR/baseline" >/dev/null || exit 1
[[ -e $LAB_BUILD/wiretruth.so ]] && test_collectd
if [[ -x $LAB_BUILD/wiretruth-agentx && $MANAGER_SINK ]]; then
  manager_configure 'Interface eth0' 'CPUBudget 100' 'Hold 0' "Series $url"
  sed -i 's/ log / log,execute /' "$(lab_snmp_dir host)/conf/snmptrapd.conf"
  printf 'traphandle default %s\n' "$LAB_DIR/on-trap.sh" >>"$(lab_snmp_dir host)/conf/snmptrapd.conf"
  raised=" = $(lab_snmp_oid wtDivergenceRaised)"$'\t' series="$(lab_snmp_oid wtNotifySignal).0 = 3"
  printf '#!/bin/bash\nexec %s "$@"\n' "$(printf '%q ' "${SYSLOG[@]}" "$MANAGER_SINK")" >"$LAB_DIR/sink"
  chmod 755 "$LAB_DIR/sink"
  MANAGER_SINK=$LAB_DIR/sink
  sink
  test_subagent
  test_module
fi
lab_stop "$control" INT

# But for the controls and where they were given.
tells() { grep -rlaE -- "$1" "$LAB_DIR" | grep -vE "/(control[.-][a-z]+|refuses\.log|wiretruth\.conf|collectd\.conf|snmp(trap)?d\.conf|asked)$"; } # PATTERN
tap_ok $(($(grep -caF -- $MARK "$LAB_DIR/control.pcap") < 1)) 'the text was in the packets'
tap_is "$(tells $MARK)" '' 'nothing that was told has a word of it'
tap_is "$(tells "$SECRETS")" '' 'nor a secret'
tap_done
