#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 40
#
# The planted faults: each fits the sources as they are, and three that chance picks are planted and noticed by the unit
# tests that they name. All of them: make planted.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"

by_unit_tests() {
  local file name
  for file in tests/planted/*.patch; do
    name=$(sed -n 's/^Caught by: \([a-z_0-9]*\).*/\1/p' "$file")
    [[ ! -e tests/unit/${name}_test.c ]] || basename -s .patch "$file"
  done
}

said=$(tests/planted.sh --check 2>&1)
tap_is "$?" 0 "each fits and names tests: $(tail -n 1 <<<"$said")"
tap_ok $(($(find tests/planted -name '*.patch' | wc -l) < 30)) 'there are thirty or more'
tap_is "$(sed -n '/^<!-- planted -->/,/^<!-- .planted -->/p' docs/faults.md | sed '1d;$d')" "$(tests/planted.sh --table)" \
  'docs/faults.md lists them (tests/planted.sh --table)'
for name in $(by_unit_tests | shuf -n 3); do
  said=$(tests/planted.sh "$name" 2>&1)
  tap_is "$?" 0 "noticed: $(head -n 1 <<<"$said" | tr -s ' ')"
done

# What no test notices is told: a patch that changes a comment.
directory=$(mktemp -d) || exit
trap 'rm -rf "$directory"' EXIT
printf 'A comment.\nCaught by: carrier\n\n--- a/common/carrier.c\n+++ b/common/carrier.c\n@@ -1 +1 @@\n-%s\n+%s\n' \
  "$(head -n 1 common/carrier.c)" '/* SPDX-License-Identifier: MIT, too */' >"$directory/nothing.patch"
said=$(PLANTED=$directory tests/planted.sh 2>&1)
tap_is "$? $(head -n 1 <<<"$said" | tr -s ' ')" '1 nothing common/carrier.c SURVIVED: A comment.' 'and one that nothing notices is told'
tap_done
