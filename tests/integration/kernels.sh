#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 50
#
# Older kernels than this one, of Debian 12 and 11, each in a guest in QEMU: their verifiers follow more of an eBPF program
# than a newer one does, above all for a process without CAP_PERFMON, as the service is. Method exact has to be exact there.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/guest.sh
. "$root/lab/guest.sh"
# shellcheck source=tests/integration/_guest.sh
. "$root/tests/integration/_guest.sh"

lab_start || exit 1
if lab_sanitized || ! ldd "$LAB_BUILD/wiretruth" | grep -q libbpf; then
  echo '1..0 # SKIP a build without method exact, or a sanitized one, for which an emulated processor is too slow'
  exit 0
fi
GUEST_PROGRAMS+=(jq setpriv prlimit)
GUEST_FILES=(tests/tap.sh tests/integration/{_observe,_faults,_kernels_guest}.sh)

# begin NAME [RELEASE]: a guest with its kernel, which begins
begin() {
  GUEST_RELEASE=${2-} GUEST_APT=() GUEST_CACHE=$LAB_ROOT/build/guest
  guest_can || { tap_skip "the kernel of $1" "$GUEST_WHY"; return 1; }
  guest_image "$LAB_BUILD/tests/ringless" && guest_boot "$1" host
}

lab_host host || exit 1
guests=()
begin debian12 && guests+=(debian12)
# One image at a time: the next one is made when this guest has read it.
for guest in "${guests[@]}"; do guest_up "$guest" || exit 1; done
begin debian11 bullseye && guests+=(debian11) && { guest_up debian11 || exit 1; }
for guest in "${guests[@]}"; do
  guest_ask "$guest" 100 'exec bash /wiretruth/tests/integration/_kernels_guest.sh' || exit 1
done
for guest in "${guests[@]}"; do
  : >"$LAB_DIR/$guest.said" # should it never answer
  guest_answer "$guest" 110
  guest_results "$guest"
done
tap_done
