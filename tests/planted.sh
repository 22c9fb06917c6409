#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Breaks the core in one place after another, and runs the tests that have to notice.
#
#   tests/planted.sh [NAME]...    all of tests/planted/*.patch, or those that are named
#   tests/planted.sh --check      only whether each fits the sources, and names tests that there are
#   tests/planted.sh --table      what they are, for docs/faults.md
#
# A patch begins with a sentence on what it breaks, and a line "Caught by: TEST...". It is planted in a copy of the tree,
# which is built, and the tests are run there until one fails. A line each: the name, the file, and what failed first.
# PLANTED names another directory of patches. Fails if a test was needed that did not fail, or a patch does not fit or build.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
patches=$(realpath "${PLANTED:-tests/planted}")
unset B # of the copy, what is built plainly

fail() {
  echo "planted.sh: $1" >&2
  return 1
}

sentence() { head -n 1 "$patches/$1.patch"; }
tests_of() { sed -n 's/^Caught by: //p;/^---/q' "$patches/$1.patch"; }
file_of() { sed -n 's|^+++ b/||p' "$patches/$1.patch"; }

is_unit() { [[ -e tests/unit/$1_test.c ]]; }

# ---- whether it can be done ---------------------------------------------------------------------------------------

check_one() { # NAME
  local test tests
  tests=$(tests_of "$1")
  [[ $tests ]] || { fail "$1: no line 'Caught by: TEST...'"; return; }
  for test in $tests; do
    is_unit "$test" || [[ -e tests/integration/$test.sh ]] || { fail "$1: there is no test '$test'"; return; }
  done
  patch -p1 -s -f --dry-run <"$patches/$1.patch" >/dev/null || fail "$1: the patch does not fit $(file_of "$1")"
}

# ---- planting -----------------------------------------------------------------------------------------------------

copy_tree() {
  tar -c --exclude=./.git --exclude=./build/{npm,deb,sanitize,threads,fuzz} . |
    tar -x -C "$copy" && ln -s "$root/build/npm" "$copy/build/npm"
}

# What the test needs: with one of the lab's, all.  What is broken may leave something unused.
build_for() { # TEST
  if is_unit "$1"; then make -s WARN=-w "build/tests/unit/$1_test"; else make -s WARN=-w all lab; fi
}

# What comes behind the first result that failed tells no more. In the background, where Ctrl-C does not come to.
runner=
run_until_failure() { # TEST
  tests/run.sh "$1" >"$copy.log" 2>&1 &
  runner=$!
  while kill -0 $runner 2>/dev/null; do
    if grep -q '^FAIL  ' "$copy.log"; then
      kill -TERM $runner 2>/dev/null
      break
    fi
    sleep 0.2
  done
  wait $runner
  runner=
}

# The first result that failed, in CAUGHT.
run_tests() { # TEST...
  local test
  CAUGHT=
  for test; do
    build_for "$test" >"$copy.log" 2>&1 || { cat "$copy.log" >&2; return 1; }
    run_until_failure "$test"
    CAUGHT=$(sed -n 's/^FAIL  //p' "$copy.log" | head -n 1)
    [[ ! $CAUGHT ]] || return 0
  done
}

plant() { # NAME
  local tests file
  read -ra tests <<<"$(tests_of "$1")"
  file=$(file_of "$1")
  # The sources of the copy are what they were again when it is over, and no newer than what was built of them.
  patch -p1 -s -f <"$patches/$1.patch" || { fail "$1: the patch does not fit $file"; return; }
  run_tests "${tests[@]}" || { fail "$1: it does not build"; CAUGHT=; }
  patch -p1 -s -f -R <"$patches/$1.patch"
  touch "$file"
  printf '%-28s %-24s %s\n' "$1" "$file" "${CAUGHT:-SURVIVED: $(sentence "$1")}"
  [[ $CAUGHT ]]
}

table() { # NAME...
  local name
  echo '| what is broken | where | caught by |'
  echo '|---|---|---|'
  for name; do echo "| $(sentence "$name") | \`$(file_of "$name")\` | $(tests_of "$name") |"; done
}

# ---- run ----------------------------------------------------------------------------------------------------------

names=("$@")
only=
[[ ${1-} != --check && ${1-} != --table ]] || { only=$1 names=("${@:2}"); }
((${#names[@]})) || mapfile -t names < <(basename -s .patch -a "$patches"/*.patch)
for name in "${names[@]}"; do
  [[ -e $patches/$name.patch ]] || { fail "there is no $patches/$name.patch"; exit 2; }
done

if [[ $only == --table ]]; then
  table "${names[@]}"
  exit
fi

wrong=0
if [[ $only ]]; then
  for name in "${names[@]}"; do check_one "$name" || wrong=$((wrong + 1)); done
else
  copy=$(mktemp -d) || exit
  trap '[[ -z $runner ]] || { kill -TERM $runner 2>/dev/null; wait $runner; }; rm -rf "$copy" "$copy.log"' EXIT
  trap 'exit 130' INT TERM HUP
  copy_tree && cd "$copy" || exit
  for name in "${names[@]}"; do plant "$name" || wrong=$((wrong + 1)); done
fi
echo "${#names[@]} planted, $wrong not caught"
((wrong == 0))
