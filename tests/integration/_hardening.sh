# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What a program or library lacks of what makes a mistake in it harder to use, as readelf and objdump see it.
#
#   hardening_elves DIRECTORY   every program and library below it, one a line
#   hardening_lacks FILE        what FILE lacks, one a line; nothing if it has all

hardening_elves() {
  local file
  (cd "$1" && find . -type f | sort) | while read -r file; do
    [[ $(head -c 4 "$1/$file" | tr -d '\0') == $'\x7fELF' ]] && echo "${file#./}"
  done
}

hardening_lacks() {
  local seen
  seen=$(readelf -hldW --dyn-syms "$1" 2>&1)
  has_line() { grep -qE -- "$2" <<<"$seen" || echo "$1"; } # WHAT PATTERN
  has_no_line() { ! grep -qE -- "$2" <<<"$seen" || echo "$1"; }
  has_line 'any place in memory' 'Type: +DYN'
  has_line 'relocations that are read-only' GNU_RELRO
  has_line 'from the start' 'FLAGS.*NOW'
  has_line 'a stack' GNU_STACK
  has_no_line 'a stack that holds no code' 'GNU_STACK.* RWE '
  has_no_line 'memory that is writable or holds code' 'LOAD.* RWE '
  has_no_line 'code without relocations' TEXTREL
  has_no_line 'a search path of the system alone' 'RPATH|RUNPATH'
  has_line 'a stack protector' __stack_chk_fail
  has_line 'fortified functions' '__[a-z]+_chk'
  # Programs are told from libraries by their interpreter.
  if grep -q INTERP <<<"$seen"; then has_line 'the mark of a program at any place' 'FLAGS_1.*PIE'; fi
  if grep -q X86-64 <<<"$seen"; then
    (($(objdump -d --no-show-raw-insn "$1" | grep -c endbr64) > 20)) || echo 'marks of where branches may go'
  fi
}
