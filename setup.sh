#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what packages.list names and this machine lacks. Does nothing where all is there.
set -eu
cd "$(dirname "$0")"

# What would start at the next boot, by name.
units() { (cd /lib/systemd/system 2>/dev/null && ls) | grep -E '\.(service|socket)$' || true; }

list=$(sed 's/#.*//' packages.list | tr -s ' \t\n' '\n' | sort -u)
modules=$(printf '%s\n' "$list" | sed -n 's/^npm://p')
missing=
for package in $(printf '%s\n' "$list" | grep -v '^npm:'); do
  # npm may be there without being Debian's, and Debian's would not install beside it.
  if [ "$package" = npm ] && command -v npm >/dev/null; then continue; fi
  # A package that is missing from a distribution other than Debian makes dpkg-query fail as well.
  status=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  case $status in ii*) ;; *) missing="$missing $package" ;; esac
done

if [ -n "$missing" ]; then
  # shellcheck disable=SC1091
  id=$(. /etc/os-release 2>/dev/null && echo "${ID:-unknown}")
  if [ "$id" != debian ] || ! command -v apt-get >/dev/null; then
    echo "setup: this is no Debian; install what these Debian packages contain, then run make again:" >&2
    # shellcheck disable=SC2086
    printf '  %s\n' $missing >&2
    exit 1
  fi
  if [ "$(id -u)" != 0 ]; then
    echo "setup: these packages are missing; run 'sudo make setup':$missing" >&2
    exit 1
  fi
  echo "setup: installing$missing"
  # snmpd and collectd are needed as programs. Their services would start on installation and begin to watch
  # this host, which nobody asked for: a policy says no while apt runs, unless the host has a policy of its own.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  # Nor shall they at the next boot: what is enabled for that by the packages that come now, and only that, is disabled.
  before=$(units)
  systemctl=$(command -v systemctl || true)
  apt-get -qq update
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing >/dev/null
  for unit in $([ -z "$systemctl" ] || units); do
    if ! printf '%s\n' "$before" | grep -qxF "$unit" && [ "$(systemctl is-enabled "$unit" 2>/dev/null)" = enabled ]; then
      echo "setup: disabling $unit, which came with these packages"
      systemctl --quiet disable "$unit"
    fi
  done
fi

fetch=
for module in $modules; do
  [ -d "build/npm/node_modules/${module%@*}" ] || fetch=yes
done

# One call for all of them: npm removes what it was not asked for.
if [ -n "$fetch" ]; then
  mkdir -p build
  # shellcheck disable=SC2086
  echo "setup: fetching" $modules
  # shellcheck disable=SC2086
  if ! npm install --prefix build/npm --ignore-scripts --no-audit --no-fund --no-save --fetch-retries=1 \
    --fetch-retry-mintimeout=2000 $modules >build/npm.log 2>&1; then
    # Only names for SNMP objects, the MIB's own check and that of the dashboards need them; demo and tests say what they
    # leave out.
    echo "setup: npm could not fetch them; going on without" >&2
  fi
  rm -f build/npm.log
fi
