#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The Debian packages: built, judged by lintian, and installed by apt into a clean Debian 12 that runs on a lab host, with
# Debian's own collectd and snmpd, started by systemd with Debian's own configurations. They tell of real traffic: collectd
# in files, snmpd to a manager with SNMPv3. Then upgrade, removal, installation again and purge, each with what it does to
# daemons that run, to configurations that were edited and to a threshold that was set.
#
# In the lab's situation "gro" (gro0 of "host" merges what it receives). Oracles: the receiver's IP MIB, readelf, the
# kernel's account of a process and its rights, systemd, and a list of all files from before the installation.
#
# seconds: 130
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
# shellcheck source=lab/lab.sh
. lab/lab.sh
# shellcheck source=lab/situations.sh
. lab/situations.sh
# shellcheck source=lab/collectd.sh
. lab/collectd.sh
# shellcheck source=lab/snmp.sh
. lab/snmp.sh
# shellcheck source=lab/root.sh
. lab/root.sh
# shellcheck source=tests/integration/_hardening.sh
. tests/integration/_hardening.sh
# shellcheck source=tests/integration/_units.sh
. tests/integration/_units.sh
lab_root_private "$@"

conf=/etc/collectd/collectd.conf.d/wiretruth.conf
module=/usr/lib/collectd/wiretruth.so
snmp_conf=/etc/snmp/wiretruth.conf snmpd_conf=/etc/snmp/snmpd.conf.d/wiretruth.conf
store=/var/lib/wiretruth/wiretruth-thresholds
exact=1 # as wtMethod has it
dlmod=$(pkg-config --variable=libdir netsnmp-agent)/snmp/dlmod/wiretruth-snmp.so

# ---- helpers ------------------------------------------------------------------------------------------------------

# All that is in the root but what runs, what apt, dpkg and ldconfig keep of every package there ever was, and values; of
# configuration what it says, too. Not in it is what stays: the user wiretruth, and the mode of the directory of snmpd's socket.
root_files() {
  (cd "$LAB_ROOT_DIR" && {
    find . -xdev \( -path ./proc -o -path ./sys -o -path ./run -o -path ./tmp -o -path ./dev -o -path ./debs -o -path ./var/cache -o \
      -path ./var/log -o -path ./var/tmp -o -path ./var/lib/apt -o -path './var/lib/dpkg/*-old' -o -path ./var/lib/collectd -o \
      -path ./var/agentx -o -regex './etc/\(passwd\|group\|shadow\|gshadow\)-?' \) -prune -o -printf '%y %m %u %p %l\n'
    grep -v '^wiretruth:' etc/passwd etc/group etc/shadow etc/gshadow
    find etc -type f ! -name 'passwd*' ! -name 'group*' ! -name '*shadow*' -exec sha256sum {} +
  }) | sort
}

# Another collectd than that process, which may be ''.
collectd_is_new() { # PID
  local pid
  pid=$(lab_root_pid collectd)
  [[ $pid && $pid != "$1" ]]
}
await_new_collectd() { lab_wait 15 'another collectd' collectd_is_new "$1"; } # PID

# A file of values that collectd's own plugin or ours goes on with: it is removed, and comes back.
goes_on() { # PLUGIN
  rm -rf "$LAB_COLLECTD/csv/lab/$1"
  lab_wait 15 "values of $1" test -d "$LAB_COLLECTD/csv/lab/$1"
}

# What a manager asks snmpd, authenticated and encrypted.
ask() { # TOOL [ARGUMENT]...
  lab_root "$1" -v3 -u "${asker:-lab}" -l authPriv -a SHA-256 -A 'lab authenticates' -x AES -X 'lab keeps secret' -t 2 -r 1 -On -OQUe \
    127.0.0.1 "${@:2}" 2>&1
}
value() { ask snmpget -Ov "$(lab_snmp_oid "$1").$2"; } # NAME INSTANCE
value_is() { [[ $(value "$1" "$2") == "$3" ]]; } # NAME INSTANCE VALUE
has_series_error() { [[ $(value wtSeriesError 0) == *refused* ]]; }
await_agent() { lab_wait 20 "the subagent's answer" value_is wtMethod 0 "$exact"; }

property() { lab_root systemctl show --property "$2" --value "$1"; } # UNIT PROPERTY

# Another process of the subagent's than that one, which may be ''.
agent_is_new() { # PID
  local pid
  pid=$(property wiretruth-agentx MainPID)
  [[ $pid != 0 && $pid != "$1" ]]
}

# repack FILE VERSION: the same package as another version, in /debs
repack() {
  local dir
  dir=$(mktemp -d "$LAB_DIR/repack.XXXXXX") || return
  dpkg-deb -R "$1" "$dir/package" && sed -i "s/^Version: .*/Version: $2/" "$dir/package/DEBIAN/control" &&
    dpkg-deb -Zgzip -z1 -b "$dir/package" "$LAB_ROOT_DIR/debs/" >/dev/null
}

has() { # DESCRIPTION TEXT PATTERN...
  local description=$1 text=$2 pattern
  shift 2
  for pattern; do
    if ! grep -qE -- "$pattern" <<<"$text"; then
      tap_ok 1 "$description"
      tap_diag "lacks: $pattern"
      return
    fi
  done
  tap_ok 0 "$description"
}

# ---- packages -----------------------------------------------------------------------------------------------------

lab_start || exit
mirror=$(lab_root_mirror 2>"$LAB_DIR/no-mirror") || no_mirror=$(sed 's/^lab: //' "$LAB_DIR/no-mirror")
# One of the plugins that Debian's configuration loads needs libmnl0, which is but recommended.
[[ -n ${no_mirror-} ]] || lab_root_start "$mirror" collectd libmnl0 snmpd snmp || exit
lab_spawn build env DEB_BUILD_OPTIONS='nocheck noautodbgsym' make --no-print-directory "B=$LAB_DIR/build" deb
build_pid=$LAB_PID
situation_setup gro || exit
lab_reap "$build_pid" 400
tap_is "$LAB_STATUS" 0 'make deb'
if [[ $LAB_STATUS != 0 ]]; then
  tap_diag "$(tail -n 30 "$LAB_DIR/build.log")"
  tap_done
  exit
fi
deb=$LAB_DIR/build/deb
# shellcheck disable=SC2016
lab_spawn lintian sh -c '"$@" && echo clean' - lintian --allow-root --fail-on error,warning --info "$deb"/*.changes

version=$(sed -n 's/^#define WT_VERSION "\(.*\)"$/\1/p' common/wiretruth.h)
tap_is "$(cd "$deb" && echo *.deb | sed -E 's/_[a-z0-9]+\.deb/.deb/g')" \
  "collectd-plugin-wiretruth_$version-1.deb wiretruth-snmp_$version-1.deb wiretruth_$version-1.deb" 'three packages of this version'
plugin=$(echo "$deb"/collectd-plugin-wiretruth_*) command=$(echo "$deb"/wiretruth_*.deb) snmp=$(echo "$deb"/wiretruth-snmp_*)

# What one has and none of the others: beside copyright and changelogs.
contents() { dpkg-deb -c "$1" | awk '$1 !~ /^d/ { print substr($6, 2) }' | grep -vE '/(copyright|lintian/overrides/.*|changelog(\.Debian)?\.gz)$' | sort; }
tap_is "$(contents "$plugin")" "$(printf '%s\n' $conf $module /usr/share/man/man5/collectd-wiretruth.5.gz)" 'the contents of the plugin'
tap_diag "$(dpkg-deb -c "$plugin")"
tap_is "$(contents "$snmp")" "$({
  printf '%s\n' $snmpd_conf $snmp_conf /lib/systemd/system/wiretruth-agentx.service \
    /usr/lib/{sysusers,tmpfiles}.d/wiretruth.conf "$dlmod" /usr/sbin/wiretruth-agentx \
    /usr/share/doc/wiretruth-snmp/README.Debian /usr/share/man/man8/wiretruth-agentx.8.gz /usr/share/snmp/mibs/WIRETRUTH-MIB.txt
  git ls-files dist/systemd/snmpd.service.d | sed 's|^dist/systemd|/usr/share/doc/wiretruth-snmp/examples|'
} | sort)" 'of the subagent'
doc=/usr/share/doc/wiretruth
tap_is "$(contents "$command")" "$({
  printf '%s\n' /usr/bin/wiretruth /usr/share/bash-completion/completions/wiretruth /usr/share/man/man1/wiretruth.1.gz \
    $doc/{README,verdicts,decisions,sizing,snmp}.md $doc/{collectd-,}wiretruth.conf
  git ls-files dist/*/ | grep -vE '^dist/(debian/|completion/|systemd/wiretruth)' | sed "s|^dist|$doc|"
} | sort)" 'and of the command, with every sample'
tap_is "$(dpkg-deb -c "$command" | awk -v doc=".$doc/" '/^-..x/ && index($6, doc) { print substr($6, length(doc) + 1) }')" \
  "$(git ls-files 'dist/*/*.sh' | sed 's|^dist/||')" 'and scripts that can be run'
has 'the plugin wants the collectd that it was built for' "$(dpkg-deb -f "$plugin" Depends)" \
  'collectd-core \(>= 5\.12\), collectd-core \(<< 5\.13~\)' 'libpcap0\.8' 'libbpf1' 'libnl-genl-3-200'

# Every program and library of every package, whatever it is called. What the kernel runs is inside of them, as data.
objects=()
for package in "$plugin" "$command" "$snmp"; do
  mkdir "$LAB_DIR/unpacked" && dpkg-deb -x "$package" "$LAB_DIR/unpacked"
  elves=$(hardening_elves "$LAB_DIR/unpacked")
  tap_ok $((! ${#elves})) "${package##*/} has programs"
  for object in $elves; do objects+=("${object##*/}"); done
  for object in $elves; do tap_is "$(hardening_lacks "$LAB_DIR/unpacked/$object")" '' "$object is hardened"; done
  rm -r "$LAB_DIR/unpacked"
done
tap_is "$(printf '%s\n' "${objects[@]}" | sort | paste -sd ' ')" 'wiretruth wiretruth-agentx wiretruth-snmp.so wiretruth.so' \
  'these are all of them'

# ---- a clean root -------------------------------------------------------------------------------------------------

if [[ -n ${no_mirror-} ]]; then
  tap_skip 'installation in a clean Debian 12' "$no_mirror"
else
  lab_root_await || exit

  # What make setup installs is there as a program: what comes with it does not start with the machine, what was there
  # before does.
  mkdir "$LAB_ROOT_DIR/setup"
  cp setup.sh "$LAB_ROOT_DIR/setup/"
  printf 'snmpd\nsnmptrapd rsync # for tests\n' >"$LAB_ROOT_DIR/setup/packages.list"
  said=$(lab_root_outside /setup/setup.sh 2>&1)
  tap_ok $? 'make setup installs packages' || tap_diag "$said"
  tap_is "$(lab_root_outside systemctl is-enabled snmpd.service snmptrapd.socket rsync.service 2>&1 | paste -sd ' ')" \
    'enabled disabled disabled' 'and disables the socket and the service that came, and no other'
  rm -r "$LAB_ROOT_DIR/setup"

  # Only the name of the host, and where and how often values are written, is not as it is shipped.
  sed -i -e 's/^#Hostname .*/Hostname "lab"/' -e 's/^FQDNLookup .*/FQDNLookup false/' -e 's/^#Interval .*/Interval 1/' \
    "$LAB_ROOT_DIR/etc/collectd/collectd.conf"
  cat >"$LAB_ROOT_DIR/etc/collectd/collectd.conf.d/00-test.conf" <<'END'
WriteThreads 1
LoadPlugin csv
<Plugin csv>
  DataDir "/var/lib/collectd/csv"
  StoreRates false
</Plugin>
LoadPlugin logfile
<Plugin logfile>
  File "/var/log/collectd.log"
</Plugin>
END
  {
    echo 'rwuser lab priv'
    sed -n '/^    \(view\|rouser\) /s/NAME/reader/p; /^    view /p' dist/debian/wiretruth-snmp.README.Debian
  } >"$LAB_ROOT_DIR/etc/snmp/snmpd.conf.d/test.conf"
  for asker in lab reader; do echo "createUser $asker SHA-256 \"lab authenticates\" AES \"lab keeps secret\""; done >>"$LAB_ROOT_DIR/var/lib/snmp/snmpd.conf"
  unset asker
  lab_root_enter host || exit
  LAB_COLLECTD=$LAB_ROOT_DIR/var/lib/collectd
  await_new_collectd ''
  tap_is "$(lab_root systemctl is-active collectd snmpd snmptrapd.socket | paste -sd ' ')" 'active active inactive' \
    'a clean Debian 12 runs collectd and snmpd'
  tap_is "$(value wtMethod 0)" 'No Such Object available on this agent at this OID' 'and a manager gets an answer'
  root_files >"$LAB_DIR/before"

  # ---- installation -----------------------------------------------------------------------------------------------

  mkdir "$LAB_ROOT_DIR/debs"
  cp "$plugin" "$command" "$snmp" "$LAB_ROOT_DIR/debs/"
  packages=("/debs/${plugin##*/}" "/debs/${command##*/}" "/debs/${snmp##*/}")
  pid=$(lab_root_pid collectd)
  lab_root_apt --download-only install "${packages[@]}" >/dev/null 2>&1
  said=$(lab_root apt-get -qq -y install "${packages[@]}" 2>&1)
  tap_ok $? 'apt installs our packages and what they depend on' || tap_diag "$said"
  tap_is "$(lab_root dpkg --audit)" '' 'nothing is left half installed'
  # shellcheck disable=SC2016
  tap_is "$(lab_root dpkg-query -W -f '${Conffiles}\n' collectd-plugin-wiretruth wiretruth wiretruth-snmp |
    awk 'NF { print $1 }' | sort | paste -sd ' ')" "$conf $snmpd_conf $snmp_conf" 'configurations are conffiles'
  cmp -s plugins/collectd/wiretruth.conf "$LAB_ROOT_DIR$conf" && cmp -s plugins/netsnmp/wiretruth.conf "$LAB_ROOT_DIR$snmp_conf"
  tap_ok $? 'as they are in the repository'
  tap_is "$(grep -cE '^(User|Capab|Ambient|NoNew|Protect|Private|Restrict|SystemCall|Device)' \
    "$LAB_ROOT_DIR/lib/systemd/system/collectd.service")" 0 "Debian's unit takes no rights from the plugin"
  for page in man1/wiretruth.1 man5/collectd-wiretruth.5 man8/wiretruth-agentx.8; do
    tap_is "$(zcat "$LAB_ROOT_DIR/usr/share/man/$page.gz" | head -n 3 | grep -c '^\.TH')" 1 "the man page ${page#*/}"
  done
  tap_is "$(lab_root wiretruth --version)" "wiretruth $version" 'the command runs there'
  tap_is "$(lab_root wiretruth check --duration 0.2 --json gro0 | jq -r '"\(.method) \(.interfaces[0].name)"')" 'exact gro0' \
    'and observes'
  lab_root wiretruth baseline save
  tap_is "$? $(ls "$LAB_ROOT_DIR/etc/wiretruth.baseline")" "0 $LAB_ROOT_DIR/etc/wiretruth.baseline" 'and records a baseline'

  # ---- the subagent's service -------------------------------------------------------------------------------------

  # From here on a system call that the unit does not allow ends the subagent, where it would get an error as shipped.
  mkdir -p "$LAB_ROOT_DIR/etc/systemd/system/wiretruth-agentx.service.d"
  printf '[Service]\nSystemCallErrorNumber=\n' >"$LAB_ROOT_DIR/etc/systemd/system/wiretruth-agentx.service.d/kill.conf"
  lab_root systemctl daemon-reload && lab_root systemctl restart wiretruth-agentx
  await_agent
  tap_ok $? 'a manager gets an answer of the subagent, method exact, after installation' ||
    tap_diag "$(lab_root journalctl --unit wiretruth-agentx --unit snmpd)"
  tap_is "$(asker=reader value wtMethod 0)" "$exact" "which a user as in README.Debian may see"
  tap_is "$(asker=reader ask snmpget -Ov .1.3.6.1.2.1.25.1.1.0)" 'No Such Object available on this agent at this OID' 'who sees nothing else'
  tap_is "$(lab_root systemctl is-enabled wiretruth-agentx) $(property wiretruth-agentx ActiveState)" 'enabled active' 'systemd runs it'
  agent=$(property wiretruth-agentx MainPID)
  tap_is "$(lab_root stat -c '%U %G' "/proc/$agent")" 'wiretruth wiretruth' 'as a user of its own'
  # The bounding set has CAP_NET_RAW, which is 13, and CAP_BPF, 39: to take them out takes a right that it never had.
  tap_is "$(lab_root sh -c "cat /proc/$agent/task/*/status" | grep -E '^(Cap(Inh|Prm|Eff|Amb|Bnd)|NoNewPrivs|Seccomp):' | sort -u | awk '{ print $2 }' | paste -sd ' ')" \
    '0000000000000000 0000008000002000 0000000000000000 0000000000000000 0000000000000000 1 2' \
    'no thread has a right any more, nor a way to one, and system calls are filtered'
  tap_is "$(lab_root systemd-analyze verify --man=no wiretruth-agentx.service 2>&1)" '' 'systemd has nothing to say against the unit'
  exposed=$(units_exposure wiretruth-agentx.service) stock=$(units_exposure snmpd.service)
  tap_is "$(awk -v level="$exposed" 'BEGIN { print (level > 0 && level < 2) }')" 1 "which is exposed to a level of $exposed"
  tap_is "$(lab_root stat -c '%a %U %G' $snmp_conf)" '640 root wiretruth' 'the configuration is for no others'
  tap_is "$(lab_root journalctl --unit snmpd --priority warning --output cat)" '' 'snmpd has nothing to say against its drop-in'

  # Faster than as shipped, by an edited configuration; and a threshold by a manager.
  printf 'PollInterval 1\nagentXPingInterval 1\n' >>"$LAB_ROOT_DIR$snmp_conf"
  snmp_edited=$(sha256sum <"$LAB_ROOT_DIR$snmp_conf")
  lab_root systemctl reload wiretruth-agentx && lab_wait 10 'its options' value_is wtPollInterval 0 100 && ! agent_is_new "$agent"
  tap_ok $? 'a reload has the same process read it again'
  said=$(ask snmpset "$(lab_snmp_oid wtThresholdStatus).7" i 4 "$(lab_snmp_oid wtThresholdInterfaces).7" s /gro/ \
    "$(lab_snmp_oid wtThresholdRising).7" u 1234 "$(lab_snmp_oid wtThresholdFalling).7" u 567)
  tap_ok $? 'a manager sets a threshold' || tap_diag "$said"
  tap_is "$(lab_root stat -c '%U' $store)" wiretruth "which is in the user's directory"
  lab_root systemctl restart wiretruth-agentx snmpd
  await_agent && value_is wtThresholdRising 7 1234
  tap_ok $? 'and there after both have been restarted'
  agent=$(property wiretruth-agentx MainPID)
  lab_root systemctl restart snmpd
  await_agent && ! agent_is_new "$agent"
  tap_ok $? 'after a restart of snmpd the same process answers'
  lab_root systemctl kill --signal KILL wiretruth-agentx
  lab_wait 15 'another process' agent_is_new "$agent" && await_agent
  tap_ok $? 'after it was killed another one does'

  # All that it may be told to do, under the filter; then as before.
  cp "$LAB_ROOT_DIR$snmp_conf" "$LAB_DIR/snmp.conf"
  printf '%s\n' 'Method sample' 'Application true' 'Series http://localhost:9/' 'Baseline /etc/wiretruth.baseline' >>"$LAB_ROOT_DIR$snmp_conf"
  lab_root systemctl restart wiretruth-agentx
  lab_wait 20 'method sample' value_is wtMethod 0 2 && lab_wait 20 'the series' has_series_error
  tap_ok $? "with sample, an account of applications and a series: $(value wtSeriesError 0)"
  tap_is "$(value wtIfBaseline "$(lab_snmp_ifindex host gro0)")" 1 'and a baseline, which agrees'
  tap_is "$(lab_root sh -c "cat /proc/$(property wiretruth-agentx MainPID)/status" | awk '/^CapPrm/ { print $2 }')" \
    0000000000000000 'without a right'
  cat "$LAB_DIR/snmp.conf" >"$LAB_ROOT_DIR$snmp_conf"
  agent=$(property wiretruth-agentx MainPID)
  lab_root systemctl restart wiretruth-agentx
  await_agent && agent_is_new "$agent"
  tap_ok $? 'and the method exact again'
  units_test
  tap_is "$(lab_root journalctl --unit wiretruth-agentx --output cat | grep -ciE 'SIGSYS|bad system call|core-dump|not permitted')" 0 \
    'no system call of it was refused'

  # ---- values -----------------------------------------------------------------------------------------------------

  await_new_collectd "$pid" && lab_collectd_await 20 gro0 if_packets-wire
  tap_ok $? 'collectd with the shipped configuration has values of our plugin' ||
    tap_diag "$(tail -n 20 "$LAB_ROOT_DIR/var/log/collectd.log")"
  index=$(lab_snmp_ifindex host gro0)
  frames=$(value wtDirWireFrames "$index.1")
  total=$(lab_collectd_total gro0 if_packets-wire rx) before=$(situation_oracle mib)
  LAB_FRAMES=20000 situation_traffic gro || exit
  sent=$(($(situation_oracle mib) - before))
  lab_collectd_await 15 gro0 if_packets-wire
  tap_is "$(($(lab_collectd_total gro0 if_packets-wire rx) - total))" "$sent" 'its frames on the wire are those of the IP MIB'
  tap_ok $((sent < 20000)) 'which are all that were sent'
  lab_wait 10 'the frames' value_is wtDirWireFrames "$index.1" $((frames + sent))
  tap_is "$(($(value wtDirWireFrames "$index.1") - frames)) $(value wtDirCaptureVerdict "$index.1")" "$sent 2" 'a manager gets as many'
  lab_collectd_await 15 gro0 gauge-rx-verdict-capture
  tap_is "$(lab_collectd_total gro0 gauge-rx-verdict-capture value | cut -d. -f1)" 2 'and a capture under-reports'
  has 'the log says how it counts' "$(grep wiretruth "$LAB_ROOT_DIR/var/log/collectd.log")" 'method exact'

  # ---- upgrade ----------------------------------------------------------------------------------------------------

  sed -i -e 's/^  #Interface "eth0"/  Interface "gro0"/' -e 's/^  #Report .*/  Report wire signals ratios octets/' \
    "$LAB_ROOT_DIR$conf"
  edited=$(sha256sum <"$LAB_ROOT_DIR$conf")
  pid=$(lab_root_pid collectd)
  repack "$plugin" "$version-2" && repack "$snmp" "$version-2" || exit
  agent=$(property wiretruth-agentx MainPID)
  said=$(lab_root sh -c "dpkg -i /debs/*_$version-2_*.deb" 2>&1)
  tap_ok $? 'an upgrade, while collectd and snmpd run' || tap_diag "$said"
  agent_is_new "$agent" && await_agent && value_is wtThresholdRising 7 1234
  tap_ok $? 'the new subagent answers, and has the threshold'
  tap_is "$(sha256sum <"$LAB_ROOT_DIR$snmp_conf") $(lab_root stat -c '%a %U %G' $snmp_conf)" "$snmp_edited 640 root wiretruth" \
    'and the configuration that was edited'
  tap_is "$(sha256sum <"$LAB_ROOT_DIR$conf")" "$edited" 'keeps what was edited'
  await_new_collectd "$pid" && lab_collectd_await 15 gro0 if_octets-wire
  tap_ok $? 'and collectd runs anew, with what was edited' || tap_diag "$said"

  # ---- removal ----------------------------------------------------------------------------------------------------

  # Another file that loads the plugin would end a collectd that is restarted without it.
  own=/etc/collectd/collectd.conf.d/own.conf
  printf '<loadplugin "wiretruth">\n</loadplugin>\n' >"$LAB_ROOT_DIR$own"
  pid=$(lab_root_pid collectd)
  said=$(lab_root apt-get -qq -y remove collectd-plugin-wiretruth 2>&1)
  tap_ok $? 'removal, with a file of somebody else that loads the plugin' || tap_diag "$said"
  has 'names that file' "$said" "collectd is not restarted.*: $own\$"
  goes_on interface-gro0 && [[ $(lab_root_pid collectd) == "$pid" ]]
  tap_ok $? 'and leaves the collectd that runs alone' || tap_diag "$said"
  rm "$LAB_ROOT_DIR$own"
  said=$(lab_root apt-get -qq -y install "/debs/${plugin##*/}" 2>&1)
  await_new_collectd "$pid" && goes_on wiretruth-gro0
  tap_ok $? 'without that file it is installed again' || tap_diag "$said"

  pid=$(lab_root_pid collectd)
  rm -r "$LAB_ROOT_DIR/etc/systemd/system/wiretruth-agentx.service.d"
  said=$(lab_root apt-get -qq -y remove collectd-plugin-wiretruth wiretruth wiretruth-snmp 2>&1)
  tap_ok $? 'removal' || tap_diag "$said"
  tap_is "$(cd "$LAB_ROOT_DIR" && find etc lib/ usr var/lib/wiretruth ! -type d -name '*wiretruth*' | sort)" "${conf#/}.removed
${snmpd_conf#/}
${snmp_conf#/}
etc/systemd/system/multi-user.target.wants/wiretruth-agentx.service
etc/wiretruth.baseline
${store#/}" 'leaves configuration, thresholds and what is enabled, only'
  tap_is "$(value wtMethod 0)" 'No Such Object available on this agent at this OID' 'snmpd goes on without the subagent'
  tap_is "$(sha256sum <"$LAB_ROOT_DIR$conf.removed")" "$edited" 'as it was edited'
  await_new_collectd "$pid" && goes_on interface-gro0
  tap_ok $? 'collectd goes on without the plugin' || tap_diag "$said"
  rm -rf "$LAB_COLLECTD/csv/lab/wiretruth-gro0"
  goes_on interface-gro0
  tap_is "$(ls -d "$LAB_COLLECTD/csv/lab/wiretruth-gro0" 2>/dev/null)" '' 'which has no values any more'

  pid=$(lab_root_pid collectd)
  said=$(lab_root apt-get -qq -y install "/debs/${plugin##*/}" "/debs/${snmp##*/}" 2>&1)
  tap_ok $? 'installed again' || tap_diag "$said"
  tap_is "$(sha256sum <"$LAB_ROOT_DIR$conf")" "$edited" 'it has the configuration that was edited'
  await_agent && value_is wtThresholdRising 7 1234
  tap_ok $? 'and the threshold'
  await_new_collectd "$pid" && goes_on wiretruth-gro0
  tap_ok $? 'and values' || tap_diag "$said"

  # ---- inside snmpd -----------------------------------------------------------------------------------------------

  # As README.Debian has it.
  recipe=$(sed -n 's/^    # //p' dist/debian/wiretruth-snmp.README.Debian)
  said=$(lab_root sh -ec "$recipe" 2>&1)
  tap_ok $? 'the module takes the place of the subagent' || tap_diag "$said"
  await_agent
  tap_is "$? $(property wiretruth-agentx ActiveState) $(lab_root stat -c '%U' "/proc/$(property snmpd MainPID)")" \
    '0 inactive Debian-snmp' 'and answers, method exact, from snmpd' || tap_diag "$(lab_root journalctl --unit snmpd | tail)"
  value_is wtThresholdRising 7 1234
  tap_ok $? 'with the threshold'
  exposed=$(units_exposure snmpd.service)
  tap_is "$(awk -v level="$exposed" -v stock="$stock" 'BEGIN { print (level > 0 && level < stock - 1) }')" 1 \
    "its drop-in leaves snmpd exposed to $exposed, of $stock"
  tap_is "$(lab_root sh -c "cat /proc/$(property snmpd MainPID)/status" | awk '/^(NoNewPrivs|Seccomp):/ { print $2 }' | paste -sd ' ')" \
    '0 2' 'and without some system calls, but not without sudo'
  said=$(lab_root systemctl reload snmpd 2>&1)
  tap_ok $? 'the unit of snmpd is reloaded' || tap_diag "$said"
  await_agent && value_is wtPollInterval 0 100
  tap_ok $? 'and what it was then allowed to read and to capture is as it was' || tap_diag "$(lab_root journalctl --unit snmpd | tail)"

  rm "$LAB_ROOT_DIR"/etc/snmp/snmpd.conf.d/wiretruth-module.conf
  rm -r "$LAB_ROOT_DIR/etc/systemd/system/snmpd.service.d"

  # ---- purge ------------------------------------------------------------------------------------------------------

  pid=$(lab_root_pid collectd)
  said=$(lab_root apt-get -qq -y purge --auto-remove collectd-plugin-wiretruth wiretruth wiretruth-snmp 2>&1)
  tap_ok $? 'purge' || tap_diag "$said"
  await_new_collectd "$pid"
  tap_ok $? 'collectd goes on again'
  lab_root systemctl is-active --quiet snmpd
  tap_ok $? 'and snmpd'
  rm -r "$LAB_ROOT_DIR/debs"
  root_files >"$LAB_DIR/after"
  tap_is "$(diff "$LAB_DIR/before" "$LAB_DIR/after" | head -n 20)" '' 'leaves nothing'
fi

lab_wait_log 60 lintian '^clean'
tap_ok $? 'lintian has neither error nor warning'
tap_done
