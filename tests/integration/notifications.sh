#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Notifications as a real collectd hands them on: with dist/collectd/notifications.conf to scripts and by mail, and with
# dist/collectd/threshold.conf those of collectd's own threshold plugin. Each is counted as it was received.
#
# Two interfaces of "host": tso0 sends, and its counter and capture misreport while TSO is on; gro0 receives, its capture
# misreports while GRO is on, and its counter while the peer sends uncut. Truth is the receiver's IP MIB, the link
# counter, and what ethtool was told.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/situations.sh
. "$root/lab/situations.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"

wiretruth=$LAB_BUILD/wiretruth
hold=1
# collectd's notify_email reads beyond what the library hands it, which the sanitizer ends collectd for.
mails() { ! lab_sanitized; }

# ---- helpers ------------------------------------------------------------------------------------------------------

# Whoever collectd makes of itself to run a script has to reach it.
make_scripts() {
  notes=$LAB_DIR/notes
  chmod 711 "$LAB_DIR" && mkdir -m 777 "$notes" && install -m 755 "$root/dist/collectd/on-notification.sh" "$LAB_DIR" || return
  # shellcheck disable=SC2016 # for that shell
  printf '#!/bin/sh\nnew=$(mktemp "%s/XXXXXXXX") && cat >"$new" && mv "$new" "$new.note"\n' "$notes" >"$LAB_DIR/record"
  printf '#!/bin/sh\necho "$*" >>"%s/syslog"\n' "$notes" >"$LAB_DIR/logger"
  chmod 755 "$LAB_DIR/record" "$LAB_DIR/logger"
}

# "SEVERITY INTERFACE VALUE" of all that were received, sorted.
received() {
  local note
  for note in "$notes"/*.note; do
    [ ! -e "$note" ] || awk -F': ' '$1 == "Severity" { severity = $2 } $1 == "PluginInstance" { interface = $2 }
      $1 == "TypeInstance" { value = $2 } $0 == "" { print severity, interface, value; exit }' "$note"
  done | sort
}
was_received() { received | grep -qxF "$1"; }
await_note() { lab_wait 20 "the notification '$1'" was_received "$1"; } # "SEVERITY INTERFACE VALUE"

# The file of a notification.
note() { # SEVERITY INTERFACE VALUE
  grep -lx "Severity: $1" "$notes"/*.note | xargs grep -lx "PluginInstance: $2" | xargs grep -lx "TypeInstance: $3"
}
field() { sed -n "/^$/q; s/^$2: //p" "$1"; } # NOTE NAME
message() { sed '1,/^$/d' "$1"; }            # NOTE

# What passes before the plugin has noticed a change is in no window.
noticed() { lab_collectd_await 10 tso0 if_packets-counter; }

forget_notes() { rm -f "$notes"/*; }

# ---- names that are swapped ----------------------------------------------------------------------------------------

# Whatever Hold is: the last that was told of a name is what is so of the interface that has it. Both drift, before it and
# after.
test_swap() {
  lab_in host "$wiretruth" baseline save "$LAB_DIR/swap" >/dev/null || return
  LAB_COLLECTD_LOAD='Interval 0.25'
  check 'without Hold' lab_collectd_start host "Method none
    Hold 0
    Baseline \"$LAB_DIR/swap\""
  check 'offloads change' eval 'lab_offload host tso0 tso off && lab_offload host gro0 tso off'
  check 'both drift' lab_wait 20 'both notifications' last_are 'WARNING WARNING'
  lab_in host ip -batch - <<<$'link set tso0 name swap0\nlink set gro0 name tso0\nlink set swap0 name gro0'
  check 'they swap their names: each is over under its old one' lab_wait 20 'the ends' both_ended
  noticed && noticed
  tap_is "$(last_of tso0 gro0)" 'WARNING WARNING' 'and each is told under its new one after that'
  lab_collectd_stop
  LAB_COLLECTD_LOAD=
  lab_in host ip -batch - <<<$'link set tso0 name swap0\nlink set gro0 name tso0\nlink set swap0 name gro0' &&
    lab_offload host tso0 tso on && lab_offload host gro0 tso on
}
last_of() { # INTERFACE...: severities of what was told last of their drift
  local interface
  for interface; do
    sed -n "s/.*Notification: severity = \([A-Z]*\),.* plugin_instance = $interface,.* type_instance = drift,.*/\1/p" \
      "$LAB_COLLECTD/log" | tail -n 1
  done | paste -sd' '
}
last_are() { [ "$(last_of tso0 gro0)" = "$1" ]; }
both_ended() {
  lab_collectd_log 'OKAY.* tso0: its drift is over, since the interface is called' &&
    lab_collectd_log 'OKAY.* gro0: its drift is over, since the interface is called'
}

# ---- our own ------------------------------------------------------------------------------------------------------

shipped() {
  lab_collectd_shipped notifications.conf "Hold 900=Hold $hold" "Hold 120=Hold $hold" '/^mon[0-9]+$/=/^gro/' \
    "/etc/wiretruth.baseline=$LAB_DIR/baseline" "/usr/local/lib/collectd/on-notification.sh=$LAB_DIR/on-notification.sh" |
    if mails; then cat; else sed '/^LoadPlugin notify_email/,$d'; fi &&
    printf '<Plugin exec>\n  NotificationExec "nobody:nogroup" "%s"\n</Plugin>\n' "$LAB_DIR/record"
}

start() {
  lab_in host "$wiretruth" baseline save "$LAB_DIR/baseline" >/dev/null || return
  lab_spawn_in host smtp /usr/bin/python3 -u -W ignore -m smtpd -n -c DebuggingServer 127.0.0.1:25 || return
  LAB_COLLECTD_LOAD='Interval 0.25' LAB_COLLECTD_WRAP=(env "LOGGER=$LAB_DIR/logger") LAB_COLLECTD_EXTRA=$(shipped) &&
    lab_collectd_start host 'CPUBudget 100'
}

# TSO on, and GRO on.
test_begin() {
  local segments counted sent alert
  segments=$(lab_ip_segments peer-tso 4) counted=$(lab_link_counter host tso0 tx packets)
  sent=$(lab_link_counter peer-gro eth0 tx packets)
  check 'traffic flows' eval 'situation_traffic tso 4 && situation_traffic gro 4'
  segments=$(($(lab_ip_segments peer-tso 4) - segments)) counted=$(($(lab_link_counter host tso0 tx packets) - counted))
  sent=$(($(lab_link_counter peer-gro eth0 tx packets) - sent))
  check 'the counter under TSO: FAILURE' await_note 'FAILURE tso0 tx-divergence-counter'
  check 'the capture under GRO, by the thresholds of a block: FAILURE' await_note 'FAILURE gro0 rx-divergence-capture'

  alert=$(note FAILURE tso0 tx-divergence-counter)
  sed 's/^/# /' "$alert"
  tap_is "$(field "$alert" Host) $(field "$alert" Plugin) $(field "$alert" Type)" 'lab wiretruth gauge' 'its identity'
  tap_is "$(field "$alert" Kind) $(field "$alert" Direction) $(field "$alert" Signal) $(field "$alert" Verdict) $(field \
    "$alert" Cause) $(field "$alert" Threshold)" 'divergence tx counter under-reports tso 2.000000e-01' 'its words'
  tap_is "$(field "$alert" IfIndex)" "$(lab_in host cat /sys/class/net/tso0/ifindex)" 'its IfIndex'
  tap_is "$(field "$alert" SignalFrames)" "$counted" 'SignalFrames is what the kernel counted'
  tap_is "$(field "$alert" WireFrames)" "$segments" "WireFrames is what the receiver's IP MIB counted"
  tap_is "$(field "$alert" CurrentValue)" "$(awk -v c="$counted" -v s="$segments" 'BEGIN { printf "%e", (s - c) / s }')" \
    'CurrentValue is the divergence of these two'
  tap_is "$(message "$alert" | tr -d ,)" "$(awk -v c="$counted" -v s="$segments" 'BEGIN {
    printf "tso0 transmit: the counter shows %d of %d frames (%.1f %%) cause tso", c, s, 100 * c / s }')" 'its sentence'

  alert=$(note FAILURE gro0 rx-divergence-capture)
  tap_is "$(field "$alert" WireFrames) $(field "$alert" Cause) $(field "$alert" Threshold)" "$sent gro 5.000000e-01" \
    "of the capture: WireFrames is what the peer's link counted, threshold and cause"
  check 'its sentence says packets' grep -qE 'gro0 receive: the capture shows [0-9,]+ packets of [0-9,]+ frames \(' "$alert"
  tap_diag "$(message "$alert")"
}

# As many frames that TSO has nothing to cut of make the share less.
test_ease() {
  local hidden frames
  hidden=$(($(field "$(note FAILURE tso0 tx-divergence-counter)" WireFrames) - $(field \
    "$(note FAILURE tso0 tx-divergence-counter)" SignalFrames)))
  # To 10 %: below FAILURE less the hysteresis, and above WARNING.
  frames=$((hidden * 10 - hidden))
  check 'small requests flow' lab_flow host peer-tso "$(lab_address 1 2)" --answer --size 1000 -- --answer --size 1000 \
    --bytes $((frames * 1000))
  check 'less, but too much: WARNING' await_note 'WARNING tso0 tx-divergence-counter'
}

# Offloads off at tso0; at gro0 frames come uncut instead of being merged.
test_change() {
  local alert
  check 'offloads change' eval 'lab_offload host tso0 tso off && lab_offload host gro0 gro off &&
    lab_offload peer-gro eth0 gso on tso on && noticed && situation_traffic tso 4 && situation_traffic gro 4'
  check 'without TSO: OKAY' await_note 'OKAY tso0 tx-divergence-counter'
  check 'the counter of what comes uncut: FAILURE' await_note 'FAILURE gro0 rx-divergence-counter'
  check 'its basis has changed: WARNING' await_note 'WARNING gro0 rx-basis'
  check 'drift of tso0: WARNING' await_note 'WARNING tso0 drift'
  check 'drift of gro0: WARNING' await_note 'WARNING gro0 drift'
  tap_is "$(message "$(note OKAY tso0 tx-divergence-counter)")" \
    'tso0 transmit: the counter agrees with the wire again (0.0 %)' 'that it is over in words'
  tap_is "$(message "$(note WARNING gro0 rx-basis)")" \
    "gro0 receive: the counter's basis has changed from wire to packet" 'the basis in words'
  alert=$(note WARNING gro0 drift)
  tap_is "$(message "$alert")" "gro0 drifts from the baseline: rx-gro is 'off', expected 'on'" 'drift in words'
  tap_is "$(field "$alert" Kind) $(field "$alert" CurrentValue) $(field "$alert" Direction)" 'drift 1.000000e+00 ' \
    'and as metadata, without a direction'
}

test_end() {
  check 'offloads are as they were' eval 'lab_offload peer-gro eth0 tso off gso off && lab_offload host gro0 gro on &&
    lab_offload host tso0 tso on && noticed && situation_traffic gro 4'
  check 'the counter agrees again: OKAY' await_note 'OKAY gro0 rx-divergence-counter'
  check 'its basis is what it was: OKAY' await_note 'OKAY gro0 rx-basis'
  check 'no drift of gro0: OKAY' await_note 'OKAY gro0 drift'
  check 'no drift of tso0: OKAY' await_note 'OKAY tso0 drift'
  lab_in host ip link delete gro0
  check 'an interface that is gone: OKAY' await_note 'OKAY gro0 rx-divergence-capture'
  tap_is "$(message "$(note OKAY gro0 rx-divergence-capture)")" \
    'gro0 receive: the divergence of the capture is over, since the interface is gone' 'and why'
  tap_is "$(field "$(note OKAY gro0 rx-divergence-capture)" Signal) $(field "$(note OKAY gro0 rx-divergence-capture)" Verdict)" \
    'capture ' 'and no verdict, since none is known'
}

# Whole seconds in both: none may be told sooner.
held_long_enough() {
  local alert
  for alert in "$notes"/*.note; do
    # An interface that is gone is gone at once.
    ! grep -q 'the interface is gone' "$alert" || continue
    awk -v time="$(field "$alert" Time)" -v since="$(field "$alert" Since)" -v hold="$hold" \
      'BEGIN { exit !(time - since >= hold) }' || { tap_diag "$(cat "$alert")"; return 1; }
  done
}

count_is() { [ "$(grep -cE -- "$1" "$2")" = "$3" ]; } # PATTERN FILE NUMBER

# Exactly these, and each way out has each of them.
test_all() {
  local expected='FAILURE gro0 rx-divergence-capture
FAILURE gro0 rx-divergence-counter
FAILURE tso0 tx-divergence-counter
OKAY gro0 drift
OKAY gro0 rx-basis
OKAY gro0 rx-divergence-capture
OKAY gro0 rx-divergence-counter
OKAY tso0 drift
OKAY tso0 tx-divergence-counter
WARNING gro0 drift
WARNING gro0 rx-basis
WARNING tso0 drift
WARNING tso0 tx-divergence-counter' number
  number=$(wc -l <<<"$expected")
  lab_wait 10 'the last polls' lab_collectd_await 10 tso0 if_packets-wire
  tap_is "$(received)" "$expected" 'each was received once, and no other'
  check 'none before it had lasted' held_long_enough
  if mails; then test_mails "$number"; else tap_skip 'mail' 'collectd cannot send any under the address sanitizer'; fi
  lab_wait 10 'the last line' count_is . "$notes/syslog" "$number"
  tap_is "$(sed 's/: .*//' "$notes/syslog" | grep tso0 | sort)" "-p daemon.err -t wiretruth FAILURE tso0 tx-divergence-counter tso
-p daemon.notice -t wiretruth OKAY tso0 drift unknown
-p daemon.notice -t wiretruth OKAY tso0 tx-divergence-counter none
-p daemon.warning -t wiretruth WARNING tso0 drift unknown
-p daemon.warning -t wiretruth WARNING tso0 tx-divergence-counter tso" 'the shipped script hands each on'
  tap_is "$(grep -c '\[info\] Notification: severity = ' "$LAB_COLLECTD/log")" "$number" 'collectd logs each'
  check 'the plugin itself says none of them again' not grep -E 'wiretruth plugin: .*(diverge|shows|agrees|basis)' \
    "$LAB_COLLECTD/log"
}

test_mails() { # NUMBER
  lab_wait 10 'the last mail' count_is "^b'Subject: " "$LAB_DIR/smtp.log" "$1"
  tap_is "$(sed -n "s/^b'\(.*\)'$/\1/p" "$LAB_DIR/smtp.log" | sed -n 's/^Subject: //p' | sort | uniq -c | tr -s ' \n' ' ')" \
    ' 3 FAILURE on lab 6 OKAY on lab 4 WARNING on lab ' 'each came by mail'
  check 'with its sentence' grep -qF 'tso0 transmit: the counter agrees with the wire again' "$LAB_DIR/smtp.log"
}

# ---- collectd's own -------------------------------------------------------------------------------------------------

# A threshold that is crossed downwards because the horizon of a block is over: by 300 s the bulk would still be in it.
test_threshold() {
  LAB_COLLECTD_EXTRA="$(lab_collectd_shipped threshold.conf 'Hits 90=Hits 2')
LoadPlugin exec
<Plugin exec>
  NotificationExec \"nobody:nogroup\" \"$LAB_DIR/record\"
</Plugin>"
  forget_notes
  # Drift of one that is left out is told by nobody.
  check 'one that never carries a packet drifts' idle_drifts
  check 'threshold.conf is taken' lab_collectd_start host "CPUBudget 100
    ReportInactive false
    Hold 0
    Baseline \"$LAB_DIR/idle\"
    <Interface \"/^tso/\">
      Horizon 1
    </Interface>"
  check 'bulk flows' situation_traffic tso 4
  check 'above the threshold: FAILURE' await_note 'FAILURE tso0 tx-divergence-counter'
  check 'small requests, for longer than the horizon of the block: it ends' ended_by_requests
  # It tells an OKAY of what is within its range from the first value on, too.
  tap_is "$(received | grep -v ' rx-' | grep -v ' drift$')" $'FAILURE tso0 tx-divergence-counter\nOKAY tso0 tx-divergence-counter' \
    'below it: OKAY; each once, and no other'
  tap_is "$(field "$(note FAILURE tso0 tx-divergence-counter)" FailureMax)" 2.000000e-01 'by the threshold plugin'
  check 'the drift of an interface that is left out is known' lab_collectd_log 'wiretruth plugin: .*idle0.*mtu'
  check 'and none of ours' not grep -q '^Kind:' "$notes"/*.note
  lab_collectd_stop
}
idle_drifts() {
  lab_in host ip link add idle0 type veth peer name idle1 netns "$(lab_ns peer-tso)" &&
    lab_in host "$wiretruth" baseline save "$LAB_DIR/idle" >/dev/null && lab_in host ip link set idle0 mtu 1400
}
# 24,000 frames at the most, too few to make the bulk less than a fifth.
ended_by_requests() {
  local _
  for _ in 1 2 3 4 5 6 7 8; do
    lab_flow host peer-tso "$(lab_address 1 2)" --answer --size 1000 -- --answer --size 1000 --bytes 3000000 || return
    if lab_poll 1 was_received 'OKAY tso0 tx-divergence-counter'; then return 0; fi
  done
  return 1
}

# ---- run ----------------------------------------------------------------------------------------------------------

if [ ! -e "$LAB_BUILD/wiretruth.so" ]; then
  tap_skip 'notifications' 'the collectd plugin was not built'
  tap_done
  exit
fi
lab_start && situation_setup tso && situation_setup gro && make_scripts || exit
test_swap
check 'notifications.conf is taken' start
if ! lab_wait 20 'the method' lab_collectd_log 'method .* is in use' || ! lab_collectd_log 'method exact is in use'; then
  tap_skip 'notifications' 'not every figure is there without method exact'
  tap_done
  exit
fi
test_begin
test_ease
test_change
test_end
test_all
lab_collectd_stop
test_threshold
tap_done
