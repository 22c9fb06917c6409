#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Builds the Debian packages into DIRECTORY, from a copy of what is tracked (without git: of what is there).
#
#   dist/deb.sh DIRECTORY
set -eu
cd "$(dirname "$0")/.."
to=${1:?usage: dist/deb.sh DIRECTORY}

if ! command -v dpkg-buildpackage >/dev/null || ! command -v dh >/dev/null; then
  echo "deb: dpkg-buildpackage or dh is missing: install dpkg-dev and debhelper, or run make setup" >&2
  exit 1
fi
program=$(sed -n 's/^#define WT_VERSION "\(.*\)"$/\1/p' common/wiretruth.h)
package=$(dpkg-parsechangelog -l dist/debian/changelog -S Version)
if [ "${package%-*}" != "$program" ]; then
  echo "deb: common/wiretruth.h has version $program and dist/debian/changelog has $package: they must be the same" >&2
  exit 1
fi

rm -rf "$to"
tree=$to/wiretruth-$program
mkdir -p "$tree"
if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$PWD" ]; then
  git ls-files -z
else
  find . \( -path ./build -o -path "./$to" -o -path ./.git \) -prune -o \( -type f -o -type l \) -print0
fi | tar -c --null --files-from=- | tar -x -C "$tree"
cp -R "$tree/dist/debian" "$tree/debian"

# The variables of the make that called us (B, PREFIX, MAKEFLAGS) are none of the package's.
cd "$tree"
env -i PATH="$PATH" HOME="${HOME:-/}" LC_ALL=C.UTF-8 DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-}" \
  DEB_BUILD_PROFILES="${DEB_BUILD_PROFILES-}" dpkg-buildpackage -us -uc -b -J >../build.log 2>&1 || {
  status=$?
  tail -n 40 ../build.log >&2
  exit $status
}
cd ..
rm -rf "wiretruth-$program"
for file in *.deb; do echo "  DEB     $to/$file"; done
