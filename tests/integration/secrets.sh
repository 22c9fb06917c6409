#!/bin/bash
# SPDX-License-Identifier: MIT
#
# No secret is told: user, password and query of a Series, given to each of the skins, with a peer that is not there, that
# refuses (and repeats what it was asked), that redirects to another secret, and in URLs that are wrong. Nothing but the
# configurations has them: no log, no standard output or error, no JSON, no value of a MIB, no file of state, no command
# line of a process. That the secrets are sent at all is the peer's word.
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

readonly NAME=Us3rsecret WORD=Pw5ecret TOKEN=T0kensecret
SECRETS="$NAME|$WORD|$TOKEN|$(printf %s "$NAME:$WORD" | base64 | tr -d =)"
out=

# Files below the lab's directory that have a secret, but for what we gave it in.
leaks() { grep -rlaE -- "$SECRETS" "$LAB_DIR" | grep -vE '/(given\.[a-z]+|wiretruth\.conf|collectd\.conf|snmp\.conf|asked)$'; }

# Its command line is looked at while it observes.
wiretruth() { # NAME ARGUMENT...
  local name=$1
  # shellcheck disable=SC2016
  lab_spawn_in here "$name" sh -c 'exec 2>"$0" "$@"' "$LAB_DIR/$name.err" "$LAB_BUILD/wiretruth" "${@:2}"
  lab_wait 5 'the options to be read' has_read "$LAB_PID"
  { tr '\0' ' ' <"/proc/$LAB_PID/cmdline"; } >"$LAB_DIR/$name.ps" 2>/dev/null
  lab_reap "$LAB_PID" 20
  out=$LAB_DIR/$name.log
}
# It has a packet socket, or has ended.
has_read() { ! [[ -e /proc/$1/exe ]] || compgen -G "/proc/$1/fd/6" >/dev/null; }

peer() { # MODE [FILE]
  lab_spawn_in here "peer-$1" "$LAB_BIN/serve" 0 "$@"
  lab_wait_log 5 "peer-$1" '^listening port=' || return
  port[$1]=$(sed -n 's/^listening port=//p' "$LAB_DIR/peer-$1.log")
}

test_command() {
  local mode url n=0
  for mode in refuse redirect page nobody; do
    url="http://$NAME:$WORD@127.0.0.1:${port[$mode]:-1}/metrics?token=$TOKEN"
    wiretruth "check-$mode" check --duration 0.4 --series "$url" --json eth0
    tap_is "$(jq -r '.series.error != null' "$out")" true "check: the peer $mode is told as an error"
    tap_diag "$(jq -r '.series | "\(.url): \(.error)"' "$out")"
    tap_is "$(grep -c 127.0.0.1 "$LAB_DIR/check-$mode.ps")" 1 'its command line has the peer'
    tap_is "$(leaks)" '' 'and nothing has a secret'
  done
  wiretruth explain check --duration 0.4 --series "http://$NAME:$WORD@127.0.0.1:${port[refuse]}/?$TOKEN" eth0
  check 'in sentences' grep -q 'the series http://127.0.0.1:[0-9]*/.* cannot be read' "$out"
  for url in "htp://$NAME:$WORD@host/" "http://$NAME:$WORD@" "http://$NAME:$WORD@host:99999/?$TOKEN" "http:/$NAME:$WORD@host" \
    "http://$NAME:$WORD@ho st/" "$NAME:$WORD@host" "http://$NAME:$WORD@[::1/?a=$TOKEN" "http://$NAME:$WORD@h/#$TOKEN"; do
    wiretruth "wrong-$((n += 1))" check --duration 0.1 --series "$url" --json eth0
  done
  tap_is "$(leaks)" '' "and of $n URLs that are wrong, either"
}

test_collectd() {
  lab_collectd_start here "Interface \"eth0\"
Series \"http://$NAME:$WORD@127.0.0.1:${port[refuse]}/?token=$TOKEN\""
  lab_wait 15 'it to be told' lab_collectd_log 'the series http://127.0.0.1:[0-9]+/.* cannot be read'
  tap_ok $? 'collectd: the log tells of it'
  lab_collectd_stop
  lab_collectd_test here "Series \"htp://$NAME:$WORD@host/\"" >"$LAB_DIR/collectd-wrong.log"
  check 'and of one that is wrong' grep -q 'option Series' "$LAB_DIR/collectd-wrong.log"
  tap_is "$(leaks)" '' 'without a secret'
}

test_snmp() {
  local conf
  conf=$(lab_snmp_dir here)/conf
  lab_snmp_configure here 'Interface eth0' "Series http://$NAME:$WORD@127.0.0.1:${port[refuse]}/?token=$TOKEN"
  printf 'defAuthPassphrase %s\ndefPrivPassphrase %s\n' "$WORD" "$WORD" >"$conf/snmp.conf"
  LAB_SNMP_OPTIONS=(-f -LO7)
  lab_snmp_run here
  lab_wait 15 'it to be told' has_error
  tap_ok $? "subagent: the MIB tells of it: $(lab_snmp_get here 0 - wtSeriesError)"
  lab_snmp_raw here snmpbulkwalk "$(lab_snmp_oid wiretruthMIB)" >"$LAB_DIR/walk"
  check 'and of the peer' grep -q '127.0.0.1' "$LAB_DIR/walk"
  tr '\0' ' ' <"/proc/$LAB_SNMP_AGENT/cmdline" >"$LAB_DIR/agent.ps"
  # Misspelt, mistaken, and of another reload.
  cp "$conf/wiretruth.conf" "$LAB_DIR/given.before"
  printf '%s\n' "Seriez http://$NAME:$WORD@host/" "Series htp://$NAME:$WORD@host/" "Series http://$NAME:$WORD@" \
    "InterfaceOption eth0 Series http://$NAME:$WORD@host/" >>"$conf/wiretruth.conf"
  lab_signal "$LAB_SNMP_AGENT" HUP
  lab_wait_log 10 agentx-here 'the configuration stays as it was'
  tap_ok $? 'a reload with mistakes says so'
  lab_snmp_stop
  tap_is "$(leaks)" '' 'without a secret'
}
has_error() { [[ $(lab_snmp_get here 0 - wtSeriesError) ]]; }

declare -A port=()
lab_start && lab_host here && lab_host there && lab_link here eth0 there eth0 1 || exit 1
peer refuse && peer redirect "http://$NAME:$WORD@127.0.0.1:1/$TOKEN" && peer page || exit 1
test_command
lab_in here curl -s "http://$NAME:$WORD@127.0.0.1:${port[refuse]}/?token=$TOKEN" >"$LAB_DIR/asked"
tap_is "$(grep -cE "$TOKEN" "$LAB_DIR/asked")" 1 'the peer repeats a secret to whoever asks with it'
[[ -e $LAB_BUILD/wiretruth.so ]] && test_collectd
[[ -x $LAB_BUILD/wiretruth-agentx ]] && test_snmp
tap_done
