#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every program and library that `make install` installs is hardened, as readelf and objdump see it and as the compiler
# recorded it; so are the packages, which deb.sh looks into the same way. That the reader finds what is missing is seen by
# a program that lacks it.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
# shellcheck source=tests/integration/_hardening.sh
. tests/integration/_hardening.sh
to=$(mktemp -d)
trap 'rm -rf "$to"' EXIT
build=${B:-build}

if readelf -sW "$build/wiretruth" | grep -q __asan_; then
  tap_skip 'hardening' 'a build with sanitizers is none to be installed'
  tap_done
  exit
fi
make --no-print-directory B="$build" PREFIX=/usr DESTDIR="$to" install >/dev/null 2>&1
tap_ok $? 'make install'
elves=$(hardening_elves "$to")
tap_is "$(wc -w <<<"$elves")" "$(find "$build" -maxdepth 1 \( -name wiretruth -o -name wiretruth.so -o -name wiretruth-agentx -o \
  -name wiretruth-snmp.so \) | wc -l)" 'every program and library that was built is found'
for elf in $elves; do
  tap_is "$(hardening_lacks "$to/$elf")" '' "$elf is hardened"
  options=$(readelf --debug-dump=info "$to/$elf" 2>/dev/null | grep -m 1 'DW_AT_producer.*GNU C')
  if [[ $options ]]; then
    grep -q -- '-fstack-clash-protection' <<<"$options"
    tap_ok $? 'and its stack grows page by page'
  fi
done

echo 'int main(int c, char **v) { char b[c + 40]; b[c] = 0; __builtin_sprintf(b, "%s", v[0]); return b[1]; }' >"$to/soft.c"
${CC:-cc} -w -O2 -no-pie -z norelro -z execstack -z lazy -fno-stack-protector -U_FORTIFY_SOURCE -fcf-protection=none \
  -Wl,-rpath,/tmp -o "$to/soft" "$to/soft.c" 2>/dev/null
tap_is "$(hardening_lacks "$to/soft" | wc -l)" "$([[ $(uname -m) == x86_64 ]] && echo 9 || echo 8)" 'what lacks all of it is seen to'
tap_diag "$(hardening_lacks "$to/soft")"
tap_done
