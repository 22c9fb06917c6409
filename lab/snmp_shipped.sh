# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# snmpd, snmptrapd and Net-SNMP's tools as dist/snmp configures them, on the lab's "host". Source it after snmp.sh.
#
#   lab_snmp_shipped FILE [OLD=NEW]...   dist/snmp/FILE as it is shipped, but for these texts: hosts, ports, directories
#   shipped_configure [LINE]...          all files, the lines into wiretruth.conf
#   shipped_command FILE                 the command line in dist/systemd/FILE, a drop-in
#   shipped_start                        snmptrapd, snmpd by that command line, and wiretruth-agentx
#   shipped_sink                         snmptrapd alone, again if it was stopped; its pid in SHIPPED_SINK
#   shipped TOOL [ARGUMENT]...           a tool of Net-SNMP with the shipped snmp.conf: the manager's user, names
#   shipped_as USER TOOL [ARGUMENT]...   the same as "wtreader" or "wtmanager", numbers instead of names
#   shipped_traps                        what snmptrapd has logged
#   shipped_syslog                       what the program of traphandle has handed to the logger
#   shipped_crossings PATTERN            the crossings that were told so far, a line each: those that match
#
# A second snmptrapd has the same, for what is compared: one line a notification, numbers only (SHIPPED_RAW). The store is
# at the end of the search path of both daemons, as it is where nothing else is configured: new users are read from there.

SHIPPED_TRAPD=$(PATH=$PATH:/usr/sbin:/sbin command -v snmptrapd)
SHIPPED_SINK='' SHIPPED_RAW=''

lab_snmp_shipped() { lab_shipped "snmp/$1" "${@:2}"; } # FILE [OLD=NEW]...

shipped_dir() { lab_snmp_dir host; }

# The group wiretruth is made by the package.
shipped_configure() { # [LINE]...
  local dir
  lab_snmp_configure host "$@" || return
  dir=$(shipped_dir)
  mkdir -p "$dir/conf/snmpd.conf.d" "$dir/trapd" "$dir/home" "$dir/raw" || return
  # What is not in the shipped files: where a manager reaches it, as Debian's own snmpd.conf has it.
  cat >"$dir/conf/snmpd.conf" <<END
agentAddress udp:127.0.0.1:161
rocommunity public 127.0.0.1
dontLogTCPWrappersConnects yes
agentXSocket unix:$dir/agentx/master
includeDir $dir/conf/snmpd.conf.d
trap2sink 127.0.0.1:1163 raw
END
  sed -i "s|^agentXSocket .*|agentXSocket unix:$dir/agentx/master|" "$dir/conf/wiretruth.conf"
  lab_snmp_shipped snmpd.conf.d/wiretruth.conf 'Debian-snmp wiretruth=Debian-snmp nogroup' \
    >"$dir/conf/snmpd.conf.d/wiretruth.conf" || return
  lab_snmp_shipped snmpd.conf 'noc.example.net:162=127.0.0.1:1162' >"$dir/conf/snmpd.conf.d/wiretruth-access.conf" || return
  lab_snmp_shipped monitor.conf '-r 10=-r 1' >"$dir/conf/snmpd.conf.d/wiretruth-monitor.conf" || return
  lab_snmp_shipped users-host.conf >"$dir/store/snmpd.conf" || return
  lab_snmp_shipped users-noc.conf >"$dir/trapd/snmptrapd.conf" || return
  lab_snmp_shipped snmptrapd.conf "/usr/local/lib/wiretruth/on-trap.sh=$dir/on-trap" >"$dir/conf/snmptrapd.conf" || return
  lab_snmp_shipped snmp.conf >"$dir/home/snmp.conf" || return
  printf 'authCommunity log raw\n' >"$dir/raw/snmptrapd.conf"
  # The script as it is, with a logger that writes to a file.
  # shellcheck disable=SC2016 # for the script
  printf '#!/bin/sh\nprintf "%%s\\n" "$*" >>%s\n' "$dir/syslog" >"$dir/logger"
  printf '#!/bin/sh\nLOGGER=%s exec %s\n' "$dir/logger" "$LAB_ROOT/dist/snmp/on-trap.sh" >"$dir/on-trap"
  chmod 755 "$dir/logger" "$dir/on-trap"
  # snmpd becomes Debian-snmp, and keeps its store in a directory of that user.
  chmod 711 "$LAB_DIR" "$dir"
  chown -R Debian-snmp "$dir/store"
}

shipped_command() { sed -n 's/^ExecStart=\(..*\)/\1/p' "$LAB_ROOT/dist/systemd/$1"; } # FILE

shipped_mibs() { # the environment of what shows names, in SHIPPED_ENV; numbers where there are no base modules
  SHIPPED_ENV=(env -u MIBS MIBDIRS="$LAB_SNMP_BASE:$LAB_SNMP_NET:${LAB_SNMP_MIB%/*}")
  lab_snmp_have_mibs || SHIPPED_ENV=(env MIBS= MIBDIRS=)
}

shipped_sink() {
  shipped_sink_alone || return
  [[ -z $SHIPPED_RAW ]] || return 0
  lab_spawn_in host trapd-raw env SNMPCONFPATH="$(shipped_dir)/raw" SNMP_PERSISTENT_DIR="$(shipped_dir)/raw" MIBS= \
    "$SHIPPED_TRAPD" -f -Lo -On -OQe -F '%v\n' udp:127.0.0.1:1163 || return
  SHIPPED_RAW=$LAB_DIR/trapd-raw.log
  lab_wait_log 10 trapd-raw 'NET-SNMP version'
}

shipped_sink_alone() {
  local dir command
  dir=$(shipped_dir)
  command=$(shipped_command snmptrapd.service.d/wiretruth.conf)
  shipped_mibs
  # shellcheck disable=SC2086 # words
  lab_spawn_in host trapd-host "${SHIPPED_ENV[@]}" SNMPCONFPATH="$dir/conf:$dir/trapd" SNMP_PERSISTENT_DIR="$dir/trapd" \
    ${command/udp:162 udp6:162/udp:127.0.0.1:1162} || return
  # shellcheck disable=SC2034 # for the caller
  SHIPPED_SINK=$LAB_PID
  lab_wait_log 10 trapd-host 'NET-SNMP version'
}

shipped_master() {
  local dir
  local -a words
  dir=$(shipped_dir)
  read -ra words <<<"$(shipped_command snmpd.service.d/wiretruth-monitor.conf)"
  lab_snmp_env host
  lab_spawn_in host snmpd-host "${LAB_SNMP_ENV[@]}" SNMPCONFPATH="$dir/conf:$dir/store" "${words[@]}" || return
  # shellcheck disable=SC2034 # for lab_snmp_stop
  LAB_SNMP_MASTER=$LAB_PID
  lab_wait 10 'snmpd' lab_snmp_answers host
}

shipped_start() {
  shipped_sink && shipped_master && lab_snmp_agent host && lab_wait 20 'wiretruth-agentx to answer' lab_snmp_serves host
}

shipped() { # TOOL [ARGUMENT]...
  local dir
  dir=$(shipped_dir)
  shipped_mibs
  lab_in host "${SHIPPED_ENV[@]}" SNMPCONFPATH="$dir/home" SNMP_PERSISTENT_DIR="$dir/home" "$@" 2>&1
}

shipped_as() { # USER TOOL [ARGUMENT]...
  local user=$1 tool=$2 dir
  local -a password
  shift 2
  dir=$(shipped_dir)
  IFS='"' read -ra password <<<"$(grep "^createUser $user " "$LAB_ROOT/dist/snmp/users-host.conf")"
  lab_in host env SNMPCONFPATH="$dir/raw" SNMP_PERSISTENT_DIR="$dir/raw" MIBS= "$tool" -v3 -u "$user" -l authPriv \
    -a SHA-256 -A "${password[1]}" -x AES -X "${password[3]}" -t 2 -r 1 -On -OQet "$@" 2>&1
}

shipped_traps() { cat "$LAB_DIR/trapd-host.log"; }
shipped_syslog() { cat "$(shipped_dir)/syslog" 2>/dev/null; }

# Ours are "row raised 2.2", those of monitor "monitor raised 2.2", with ifIndex and direction, in the order they came.
shipped_crossings() { # PATTERN
  awk -F'\t' '{
    for (i = 1; i <= NF; i++) { split($i, part, " = "); value[part[1]] = part[2] }
    what = value[".1.3.6.1.6.3.1.1.4.1.0"]
    if (what ~ /\.2320\.0\.[12]$/) {
      for (i = 1; i <= NF; i++) if ($i ~ /\.2320\.1\.3\.1\.46\./) where = $i
      if ($0 !~ /\.2320\.1\.9\.7\.0 = (501|500|250)/) next
      said = "row " (what ~ /1$/ ? "raised" : "cleared")
    } else if (what ~ /\.88\.2\.0\.[23]$/) {
      where = value[".1.3.6.1.2.1.88.2.1.4.0"]
      said = "monitor " (what ~ /2$/ ? "raised" : "cleared")
    } else next
    sub(/ = .*/, "", where)
    n = split(where, part, ".")
    print said, part[n - 1] "." part[n]
  }' "$SHIPPED_RAW" | grep -E -- "$1"
}
