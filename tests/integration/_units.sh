# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the unit of wiretruth-agentx allows, beyond what an installation needs: an AgentX master by TCP, a Series by https,
# traps, a reload. For deb.sh, in its clean root, with the packages installed and a system call that is not allowed ending
# the process.

units_exposure() { # UNIT: its level, by systemd
  lab_root systemd-analyze security --no-pager "$1" | sed -n 's/.*Overall exposure level.*: \([0-9.]*\).*/\1/p'
}

units_exporter() {
  (cd "$LAB_DIR" && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out ca.pem -days 2 -subj /CN=lab \
    -addext subjectAltName=IP:127.0.0.1 2>/dev/null) || return
  printf 'tls_server_config:\n  cert_file: ca.pem\n  key_file: key.pem\n' >"$LAB_DIR/web.yml"
  cp "$LAB_DIR/ca.pem" "$LAB_ROOT_DIR/etc/snmp/lab.pem" && chmod 644 "$LAB_ROOT_DIR/etc/snmp/lab.pem" || return
  lab_spawn_in host exporter prometheus-node-exporter --web.listen-address=127.0.0.1:9443 --web.config.file="$LAB_DIR/web.yml" \
    --collector.disable-defaults --collector.netdev
}

units_sink() {
  mkdir "$LAB_DIR/sink" && echo 'authCommunity log lab' >"$LAB_DIR/sink/snmptrapd.conf" || return
  lab_spawn_in host sink env SNMPCONFPATH="$LAB_DIR/sink" SNMP_PERSISTENT_DIR="$LAB_DIR/sink" MIBS= \
    "$(PATH=$PATH:/usr/sbin command -v snmptrapd)" -f -Lo -On udp:127.0.0.1:1162
}

units_master() { lab_in host ss -Htnp state established '( dport = :705 )' | grep -o '"wiretruth-agent"' | head -n 1; } # as far as the kernel keeps a name
units_has_series() { [[ $(value wtSeriesAnswerAge 0) =~ ^[0-9]+$ ]]; }

# The configuration of both is put back at the end.
units_test() {
  local agent restored=$LAB_DIR/units.conf tcp=/etc/snmp/snmpd.conf.d/zz-tcp.conf
  local agent_conf=$LAB_ROOT_DIR/etc/snmp/wiretruth.conf
  if ! units_exporter || ! units_sink; then
    tap_ok 1 'an exporter and a sink'
    return
  fi
  cp "$agent_conf" "$restored"
  printf '%s\n' 'agentXSocket tcp:localhost:705' 'Series https://127.0.0.1:9443/metrics' 'SeriesCA /etc/snmp/lab.pem' >>"$agent_conf"
  printf '%s\n' 'agentXSocket tcp:localhost:705' 'trap2sink 127.0.0.1:1162 lab' >"$LAB_ROOT_DIR$tcp"
  lab_root systemctl restart snmpd wiretruth-agentx
  await_agent
  agent=$(property wiretruth-agentx MainPID)
  tap_is "$? $(units_master)" '0 "wiretruth-agent"' 'by TCP to the master, a manager gets an answer'
  lab_wait 20 'the series' units_has_series
  tap_is "$? $(value wtSeriesUrl 0) $(value wtSeriesError 0)" '0 "https://127.0.0.1:9443/metrics" ""' 'and of a series by https'
  lab_root systemctl reload wiretruth-agentx
  lab_wait 10 'the reload' units_has_reloaded
  tap_ok $? 'a reload is done'
  lab_offload host gro0 gro off && lab_wait 20 'the trap' grep -q 'gro0: offloads have changed' "$LAB_DIR/sink.log"
  tap_ok $? 'and a trap is sent'
  lab_offload host gro0 gro on
  lab_root systemctl restart snmpd
  await_agent
  tap_is "$? $(property wiretruth-agentx MainPID)" "0 $agent" 'after a restart of snmpd the same process answers'
  rm "$LAB_ROOT_DIR$tcp" "$LAB_ROOT_DIR/etc/snmp/lab.pem"
  cat "$restored" >"$agent_conf"
  lab_root systemctl restart snmpd wiretruth-agentx
  await_agent
  tap_ok $? 'and by its socket again'
}
units_has_reloaded() { lab_root journalctl --unit wiretruth-agentx --output cat | tail -n 5 | grep -q 'configuration was read again'; }
