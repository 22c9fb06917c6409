#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What `make install` puts where, and that it works from there.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
to=$(mktemp -d)
trap 'rm -rf "$to"' EXIT
build=${B:-build}

# installed PATH...: each is there and as in the repository or the build, which the name before the colon tells
installed() { # FILE:PATH...
  local pair
  for pair; do
    cmp -s "${pair%%:*}" "$to${pair#*:}"
    tap_ok $? "${pair#*:} is ${pair%%:*}"
  done
}

# manual SECTION/PAGE: what it names in the directory of samples is there, wherever that is
manual() {
  local page=/usr/share/man/$1 named
  sed "s|/usr/local/share/doc/wiretruth|$doc|" "docs/${1#*/}" | cmp -s - "$to$page"
  tap_ok $? "$page is docs/${1#*/}, with the directory of its samples"
  named=$(grep -oE '/usr/[a-z/]*share/doc/wiretruth[a-z./]*' "$to$page" | sed 's/\.$//' | sort -u)
  [[ $named ]] && (cd "$to" && printf '%s\n' "$named" | sed 's|^/||' | xargs ls -d) >/dev/null
  tap_ok $? 'what it names there is there'
}

run_make() { make --no-print-directory B="$build" PREFIX=/usr DESTDIR="$to" "$@" 2>&1; }

said=$(run_make install)
tap_ok $? 'make install'
tap_diag "$(grep -v '^  INSTALL' <<<"$said")"
doc=/usr/share/doc/wiretruth
installed "$build/wiretruth:/usr/bin/wiretruth" docs/wiretruth.1:/usr/share/man/man1/wiretruth.1 \
  dist/completion/wiretruth:/usr/share/bash-completion/completions/wiretruth \
  README.md:$doc/README.md CHANGELOG.md:$doc/CHANGELOG.md docs/verdicts.md:$doc/verdicts.md docs/decisions.md:$doc/decisions.md \
  docs/sizing.md:$doc/sizing.md docs/snmp.md:$doc/snmp.md
if [[ -e $build/wiretruth.so ]]; then
  # Where collectd's own plugins lie.
  plugins=$(dpkg -L collectd-core | sed -n 's|/csv\.so$||p')
  installed "$build/wiretruth.so:$plugins/wiretruth.so" plugins/collectd/wiretruth.conf:$doc/collectd-wiretruth.conf
  manual man5/collectd-wiretruth.5
fi
if [[ -e $build/wiretruth-agentx ]]; then
  installed "$build/wiretruth-agentx:/usr/sbin/wiretruth-agentx" \
    "$build/wiretruth-snmp.so:$(pkg-config --variable=libdir netsnmp-agent)/snmp/dlmod/wiretruth-snmp.so" \
    mibs/WIRETRUTH-MIB.txt:/usr/share/snmp/mibs/WIRETRUTH-MIB.txt plugins/netsnmp/wiretruth.conf:$doc/wiretruth.conf
  manual man8/wiretruth-agentx.8
  installed dist/systemd/wiretruth.sysusers.conf:/usr/lib/sysusers.d/wiretruth.conf \
    dist/systemd/wiretruth.tmpfiles.conf:/usr/lib/tmpfiles.d/wiretruth.conf
  unit=/usr/lib/systemd/system/wiretruth-agentx.service
  sed 's|/usr/local/sbin/|/usr/sbin/|' dist/systemd/wiretruth-agentx.service | cmp -s - "$to$unit"
  tap_ok $? "$unit is dist/systemd/wiretruth-agentx.service, with its program"
  [[ -x $to$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$to$unit") ]]
  tap_ok $? 'which is there'
  tap_is "$(find "$to" -type l) $(ls "$to")" ' usr' 'and nothing is enabled or configured by it'
fi
# Every sample that there is, without one word in a Makefile.
samples=$(git ls-files dist/*/ | grep -vE '^dist/(debian/|completion/|systemd/wiretruth)')
for file in $samples; do installed "$file:$doc/${file#dist/}"; done
tap_is "$(cd "$to$doc" && find . -type f -perm /111 | sort)" "$(for file in $samples; do
  [[ ! -x $file ]] || echo "./${file#dist/}"
done)" 'what can be run stays so'
"$to/usr/bin/wiretruth" --version >/dev/null
tap_ok $? 'the installed command runs'
if command -v promtool >/dev/null; then
  (cd "$to$doc/prometheus" && promtool test rules wiretruth.test.yml >/dev/null 2>&1)
  tap_ok $? 'the installed rules pass their tests where they are'
else
  tap_skip 'the installed rules' 'promtool is not installed'
fi

# What bash makes of "wiretruth WORD... LAST".
completed() {
  PATH=$to/usr/bin:$PATH bash -c '. "$0/usr/share/bash-completion/completions/wiretruth"
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _wiretruth; echo "${COMPREPLY[*]}"' "$to" wiretruth "$@"
}
commands=$("$to/usr/bin/wiretruth" --help | awk '/^Commands:/ { on = 1; next } !NF { on = 0 } on { print $1 }' | paste -sd ' ')
tap_is "$(completed '')" "--help --version $commands" 'completion knows the commands'
tap_is "$(completed check --fail)" --fail-on 'and their options'
tap_is "$(completed check l)" lo 'and interfaces'
tap_is "$(completed baseline '')" 'save show diff' 'and what comes after baseline'

run_make uninstall >/dev/null
tap_ok $? 'make uninstall'
tap_is "$(find "$to" ! -type d)$(find "$to" -name wiretruth)" '' 'leaves no file and no directory of its own'

# A collectd of another place, as it tells it itself; none at all; and a place that the person gives.
if [[ -e $build/wiretruth.so ]]; then
  printf '#!/bin/sh\necho "  Plugin directory  /opt/collectd/lib/plugins"\n' >"$to/collectd"
  chmod 755 "$to/collectd"
  run_make COLLECTD="$to/collectd" install >/dev/null
  installed "$build/wiretruth.so:/opt/collectd/lib/plugins/wiretruth.so"
  run_make COLLECTD="$to/collectd" uninstall >/dev/null
  said=$(run_make COLLECTD= install)
  tap_is "$? $(grep -c 'COLLECTD_DIR=DIRECTORY' <<<"$said") $(find "$to/usr" ! -type d)" '2 1 ' \
    'without a collectd it says what to do, and installs nothing'
  run_make COLLECTD= COLLECTD_DIR=/srv/plugins install >/dev/null
  installed "$build/wiretruth.so:/srv/plugins/wiretruth.so"
  rm "$to/srv/plugins/wiretruth.so" "$to/usr/bin/wiretruth"
  run_make COLLECTD= COLLECTD_DIR= install >/dev/null
  tap_is "$? $(find "$to" -name wiretruth.so) $(find "$to/usr/bin" -name wiretruth)" "0  $to/usr/bin/wiretruth" \
    'without a plugin where that is asked for'
fi

# One version everywhere.
version=$(sed -n 's/^#define WT_VERSION "\(.*\)"$/\1/p' common/wiretruth.h)
tap_is "$(sed -n '1s/^wiretruth (\(.*\)-.*$/\1/p' dist/debian/changelog)" "$version" "the package's version is the program's"
tap_is "$(sed -n 's/^## \[\([0-9].*\)\].*/\1/p' CHANGELOG.md | head -n 1 | grep -vxF "$version")" '' \
  'and that of the newest release in the changelog'

# What is needed to build is the same for the package and for make setup.
needed=$(sed -n '/^# build/,/^# demo/{/^[a-z]/p}' packages.list | grep -vxE 'gcc|make|libc6-dev|linux-libc-dev|llvm|collectd-core|libcmocka-dev' | sort)
tap_is "$(sed -n '/^Build-Depends:/,/^Standards/p' dist/debian/control | grep -oE '[a-z][a-z0-9-]+ *[,(<]|[a-z][a-z0-9-]+$' |
  sed 's/[ ,(<]*$//' | grep -vxE 'debhelper-compat|libcmocka-dev|nocheck' | sort)" "$needed" 'Build-Depends has what packages.list has'
tap_done
