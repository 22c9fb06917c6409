#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The Debian packages: built, judged by lintian, and installed by apt into a clean Debian 12, in which Debian's own
# collectd with Debian's own configuration runs on a lab host and writes values of real traffic. Then upgrade, removal,
# installation again and purge, each with what it does to a running collectd and to a configuration that was edited.
#
# In the lab's situation "gro" (gro0 of "host" merges what it receives). Oracles: the receiver's IP MIB, readelf, and a
# list of all files in the root from before the installation.
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
# shellcheck source=lab/root.sh
. lab/root.sh
lab_root_private "$@"

conf=/etc/collectd/collectd.conf.d/wiretruth.conf
module=/usr/lib/collectd/wiretruth.so
dlmod=$(pkg-config --variable=libdir netsnmp-agent)/snmp/dlmod/wiretruth-snmp.so

# ---- helpers ------------------------------------------------------------------------------------------------------

# All that is in the root but what runs, what apt and dpkg keep of every package there ever was, and the values; of
# configuration what it says, too.
root_files() {
  (cd "$LAB_ROOT_DIR" && {
    find . -xdev \( -path ./proc -o -path ./sys -o -path ./run -o -path ./tmp -o -path ./debs -o -path ./usr/sbin/policy-rc.d -o -path ./var/cache -o \
      -path ./var/log -o -path ./var/lib/apt -o -path './var/lib/dpkg/*-old' -o -path ./var/lib/collectd \) -prune -o \
      -printf '%y %m %u %p %l\n'
    find etc -type f -exec sha256sum {} +
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
[[ -n ${no_mirror-} ]] || lab_root_start "$mirror" || exit
lab_spawn build env DEB_BUILD_OPTIONS='nocheck noautodbgsym' make --no-print-directory "B=$LAB_DIR/build" deb
build_pid=$LAB_PID
situation_setup gro || exit
lab_reap "$build_pid" 240
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
tap_is "$(contents "$snmp")" "$(printf '%s\n' "$dlmod" /usr/sbin/wiretruth-agentx \
  /usr/share/doc/wiretruth-snmp/examples/{snmpd.service.d/,}wiretruth.conf \
  /usr/share/man/man8/wiretruth-agentx.8.gz /usr/share/snmp/mibs/WIRETRUTH-MIB.txt)" 'of the subagent'
doc=/usr/share/doc/wiretruth
tap_is "$(contents "$command")" "$({
  printf '%s\n' /usr/bin/wiretruth /usr/share/bash-completion/completions/wiretruth /usr/share/man/man1/wiretruth.1.gz \
    $doc/{README,verdicts,decisions,sizing}.md $doc/{collectd-,}wiretruth.conf
  git ls-files dist/*/ | grep -vE '^dist/(debian|completion)/' | sed "s|^dist|$doc|"
} | sort)" 'and of the command, with every sample'
tap_is "$(dpkg-deb -c "$command" | awk -v doc=".$doc/" '/^-..x/ && index($6, doc) { print substr($6, length(doc) + 1) }')" \
  "$(git ls-files 'dist/*/*.sh' | sed 's|^dist/||')" 'and scripts that can be run'
has 'the plugin wants the collectd that it was built for' "$(dpkg-deb -f "$plugin" Depends)" \
  'collectd-core \(>= 5\.12\), collectd-core \(<< 5\.13~\)' 'libpcap0\.8' 'libbpf1' 'libnl-genl-3-200'

for package in "$plugin:$module" "$command:/usr/bin/wiretruth" "$snmp:/usr/sbin/wiretruth-agentx" "$snmp:$dlmod"; do
  dpkg-deb --fsys-tarfile "${package%%:*}" | tar -xO ".${package#*:}" >"$LAB_DIR/object"
  has "${package##*/} is hardened" "$(readelf -hldW --dyn-syms "$LAB_DIR/object")" 'Type: +DYN' GNU_RELRO BIND_NOW \
    '__stack_chk_fail' '__(sn|vsn|f)printf_chk'
done

# ---- a clean root -------------------------------------------------------------------------------------------------

if [[ -n ${no_mirror-} ]]; then
  tap_skip 'installation in a clean Debian 12' "$no_mirror"
else
  # One of the plugins that Debian's configuration loads needs libmnl0, which is but recommended.
  lab_root_await && lab_root_apt update && lab_root_apt install collectd libmnl0 >"$LAB_DIR/collectd.log" 2>&1
  tap_ok $? 'a clean Debian 12 with its collectd'
  root_files >"$LAB_DIR/before"
  mkdir "$LAB_ROOT_DIR/debs"
  cp "$plugin" "$command" "$LAB_ROOT_DIR/debs/"
  said=$(lab_root_apt install "/debs/${plugin##*/}" "/debs/${command##*/}" 2>&1)
  tap_ok $? 'apt installs our packages and what they depend on' || tap_diag "$said"
  tap_is "$(chroot "$LAB_ROOT_DIR" dpkg --audit)" '' 'nothing is left half installed'
  # shellcheck disable=SC2016
  tap_is "$(chroot "$LAB_ROOT_DIR" dpkg-query -W -f '${Conffiles}' collectd-plugin-wiretruth wiretruth | awk '{ print $1 }')" $conf \
    'the configuration is a conffile'
  cmp -s plugins/collectd/wiretruth.conf "$LAB_ROOT_DIR$conf"
  tap_ok $? 'as it is in the repository'
  tap_is "$(grep -cE '^(User|Capab|Ambient|NoNew|Protect|Private|Restrict|SystemCall|Device)' \
    "$LAB_ROOT_DIR/lib/systemd/system/collectd.service")" 0 "Debian's unit takes no rights from the plugin"
  for page in man1/wiretruth.1 man5/collectd-wiretruth.5; do
    tap_is "$(zcat "$LAB_ROOT_DIR/usr/share/man/$page.gz" | head -n 3 | grep -c '^\.TH')" 1 "the man page ${page#*/}"
  done

  # Only where and how often values are written is not as it is shipped.
  cat >"$LAB_ROOT_DIR/etc/collectd/collectd.conf.d/00-test.conf" <<'END'
Hostname "lab"
FQDNLookup false
Interval 1
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
  lab_root_enter host || exit
  LAB_COLLECTD=$LAB_ROOT_DIR/var/lib/collectd
  tap_is "$(lab_root wiretruth --version)" "wiretruth $version" 'the command runs there'
  tap_is "$(lab_root wiretruth check --duration 0.2 --json gro0 | jq -r '"\(.method) \(.interfaces[0].name)"')" 'exact gro0' \
    'and observes'
  lab_root wiretruth baseline save
  tap_is "$? $(ls "$LAB_ROOT_DIR/etc/wiretruth.baseline")" "0 $LAB_ROOT_DIR/etc/wiretruth.baseline" 'and records a baseline'

  # ---- values -----------------------------------------------------------------------------------------------------

  lab_root /etc/init.d/collectd start >/dev/null 2>&1
  await_new_collectd '' && lab_collectd_await 20 gro0 if_packets-wire
  tap_ok $? 'collectd with the shipped configuration has values of our plugin' ||
    tap_diag "$(tail -n 20 "$LAB_ROOT_DIR/var/log/collectd.log")"
  total=$(lab_collectd_total gro0 if_packets-wire rx) before=$(situation_oracle mib)
  LAB_FRAMES=20000 situation_traffic gro || exit
  sent=$(($(situation_oracle mib) - before))
  lab_collectd_await 15 gro0 if_packets-wire
  tap_is "$(($(lab_collectd_total gro0 if_packets-wire rx) - total))" "$sent" 'its frames on the wire are those of the IP MIB'
  tap_ok $((sent < 20000)) 'which are all that were sent'
  lab_collectd_await 15 gro0 gauge-rx-verdict-capture
  tap_is "$(lab_collectd_total gro0 gauge-rx-verdict-capture value | cut -d. -f1)" 2 'and a capture under-reports'
  has 'the log says how it counts' "$(grep wiretruth "$LAB_ROOT_DIR/var/log/collectd.log")" 'method exact'

  # ---- upgrade ----------------------------------------------------------------------------------------------------

  sed -i -e 's/^  #Interface "eth0"/  Interface "gro0"/' -e 's/^  #Report .*/  Report wire signals ratios octets/' \
    "$LAB_ROOT_DIR$conf"
  edited=$(sha256sum <"$LAB_ROOT_DIR$conf")
  pid=$(lab_root_pid collectd)
  repack "$plugin" "$version-2" || exit
  said=$(lab_root dpkg -i "/debs/collectd-plugin-wiretruth_$version-2_$(dpkg --print-architecture).deb" 2>&1)
  tap_ok $? 'an upgrade, while collectd runs' || tap_diag "$said"
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
  said=$(lab_root apt-get -qq -y remove collectd-plugin-wiretruth wiretruth 2>&1)
  tap_ok $? 'removal' || tap_diag "$said"
  tap_is "$(cd "$LAB_ROOT_DIR" && find etc usr -name '*wiretruth*')" "etc/wiretruth.baseline
${conf#/}.removed" 'leaves configuration only'
  tap_is "$(sha256sum <"$LAB_ROOT_DIR$conf.removed")" "$edited" 'as it was edited'
  await_new_collectd "$pid" && goes_on interface-gro0
  tap_ok $? 'collectd goes on without the plugin' || tap_diag "$said"
  rm -rf "$LAB_COLLECTD/csv/lab/wiretruth-gro0"
  goes_on interface-gro0
  tap_is "$(ls -d "$LAB_COLLECTD/csv/lab/wiretruth-gro0" 2>/dev/null)" '' 'which has no values any more'

  pid=$(lab_root_pid collectd)
  said=$(lab_root apt-get -qq -y install "/debs/${plugin##*/}" 2>&1)
  tap_ok $? 'installed again' || tap_diag "$said"
  tap_is "$(sha256sum <"$LAB_ROOT_DIR$conf")" "$edited" 'it has the configuration that was edited'
  await_new_collectd "$pid" && goes_on wiretruth-gro0
  tap_ok $? 'and values' || tap_diag "$said"

  # ---- purge ------------------------------------------------------------------------------------------------------

  pid=$(lab_root_pid collectd)
  said=$(lab_root apt-get -qq -y purge --auto-remove collectd-plugin-wiretruth wiretruth 2>&1)
  tap_ok $? 'purge' || tap_diag "$said"
  await_new_collectd "$pid"
  tap_ok $? 'collectd goes on again'
  rm -r "$LAB_ROOT_DIR/etc/collectd/collectd.conf.d/00-test.conf" "$LAB_ROOT_DIR/debs"
  root_files >"$LAB_DIR/after"
  tap_is "$(diff "$LAB_DIR/before" "$LAB_DIR/after" | head -n 20)" '' 'leaves nothing'
fi

lab_wait_log 60 lintian '^clean'
tap_ok $? 'lintian has neither error nor warning'
tap_done
