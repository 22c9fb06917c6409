#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what packages.list names and this machine lacks. Does nothing where all is there.
set -eu
cd "$(dirname "$0")"

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
  apt-get -qq update
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing >/dev/null
fi

for module in $modules; do
  dir=build/npm/node_modules/${module%@*}
  if [ -d "$dir" ]; then continue; fi
  echo "setup: fetching $module"
  mkdir -p build
  if ! npm install --prefix build/npm --ignore-scripts --no-audit --no-fund --no-save --fetch-retries=1 \
    --fetch-retry-mintimeout=2000 "$module" >build/npm.log 2>&1; then
    # Only names for SNMP objects and the MIB's own check need it; demo and tests say what they leave out.
    echo "setup: npm could not fetch $module; going on without the IETF's base MIB modules" >&2
  fi
  rm -f build/npm.log
done
