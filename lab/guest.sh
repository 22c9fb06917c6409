#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A guest in QEMU, with Debian's kernel: network drivers and device kinds that the machine itself lacks. Sourced after
# lab.sh, which has been started.
#
#   guest_can || echo "$GUEST_WHY"      # programs, and the kernel below build/guest, fetched if it is not there yet
#   guest_image [PROGRAM]...            # what the guest finds on board: this build and the lab
#   guest_boot nics HOST QEMU-OPTION... # starts one of this name
#   guest_up nics                       # until it takes commands; it ends with the lab
#   guest nics 10 'uname -r'            # a script that it runs within 10 s: its output in GUEST_SAID, its exit status
#
# The guest runs from memory and has no disk. All that joins it to the world is what the options say, in the network
# namespace of HOST; commands go through a port of its own.
#
# GUEST_WRAP, an array, goes before qemu (env). What goes on board beside the lab: GUEST_PROGRAMS may be added to,
# GUEST_FILES are files of the project. GUEST_KERNEL is vmlinuz for one that is to wake up when it was suspended.
# GUEST_RELEASE names another release of Debian, of which the kernel is to be: bullseye has Linux 5.10.
#
# shellcheck disable=SC2034 # GUEST_WHY, GUEST_SAID: for the caller

GUEST_CACHE=$LAB_ROOT/build/guest
GUEST_DIR=    # of the kernel in the cache: vmlinux, vmlinuz and modules
GUEST_KERNEL=vmlinux
GUEST_RELEASE=${GUEST_RELEASE-}
GUEST_APT=() # what apt is told for that
GUEST_WRAP=()
GUEST_FILES=()
GUEST_WHY=    # why there is none

# The modules of Debian's kernel that go on board, those that they need included.
GUEST_MODULES=(
  virtio virtio_ring virtio_pci virtio_pci_legacy_dev virtio_pci_modern_dev virtio_console
  virtio_net net_failover failover e1000 e1000e igb dca i2c-algo-bit ptp pps_core vmxnet3 8139cp mii
  veth bridge stp llc garp mrp 8021q bonding tls team team_mode_activebackup team_mode_roundrobin macvlan ipvlan dummy
  ip_tunnel gre ip_gre udp_tunnel ip6_udp_tunnel geneve vxlan sctp libcrc32c crc32c_generic crc32c-intel sch_netem
  inet_diag tcp_diag
)
# The machine's own programs; busybox has the others, and its setsid and timeout would run its own ip.
GUEST_PROGRAMS=(bash ip tc ethtool setsid timeout)

# ---- the kernel ---------------------------------------------------------------------------------------------------

guest_can() {
  guest_has_programs && guest_find_release && guest_find_kernel
}

guest_has_programs() {
  local program
  [[ $(uname -m) == x86_64 ]] || { GUEST_WHY="the guest is for x86_64, this is $(uname -m)"; return 1; }
  for program in qemu-system-x86_64 busybox cpio depmod xz "${GUEST_PROGRAMS[@]}"; do
    command -v "$program" >/dev/null || { GUEST_WHY="no $program here"; return 1; }
  done
  [[ -c /dev/net/tun ]] || { GUEST_WHY="no /dev/net/tun: the guest's devices have nothing to be joined to"; return 1; }
}

# The release's kernel does not change any more: what was fetched once is as good. Else apt is asked for it, where it gets
# this machine's packages from, with lists and sources of its own.
guest_find_release() {
  local apt=$LAB_DIR/apt archive said dir
  [[ $GUEST_RELEASE ]] || return 0
  GUEST_CACHE+=/$GUEST_RELEASE
  for dir in "$GUEST_CACHE"/*; do guest_is_whole "$dir" && return; done
  # shellcheck disable=SC2016 # for apt
  archive=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 2>/dev/null | head -n 1)
  [[ $archive ]] || { GUEST_WHY="apt has no archive of Debian to ask for $GUEST_RELEASE"; return 1; }
  mkdir -p "$apt"/{lists/partial,cache/archives/partial} && : >"$apt/status" || return
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $GUEST_RELEASE main" >"$apt/list"
  GUEST_APT=(-o "Dir::Etc::sourcelist=$apt/list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists"
    -o "Dir::Cache=$apt/cache" -o "Dir::State::status=$apt/status" -o APT::Sandbox::User=root)
  said=$(timeout 120 apt-get -q "${GUEST_APT[@]}" update 2>&1) && [[ $said != *$'\n'[EW]:* ]] && return
  GUEST_WHY="apt finds no $GUEST_RELEASE at $archive: ${said##*$'\n'}"
  return 1
}

# The one that Debian installs now; where that cannot be had, one that was fetched before.
guest_find_kernel() {
  local package version dir
  if [[ $GUEST_RELEASE && -z ${GUEST_APT[*]-} ]]; then
    : # fetched before
  elif package=$(guest_kernel_package) && version=$(guest_package_version "$package"); then
    dir=$GUEST_CACHE/${package}_${version//:/_}
    guest_is_whole "$dir" || guest_fetch_kernel "$package=$version" "$dir" || dir=
  else
    GUEST_WHY="apt knows no kernel for a guest (linux-image-amd64)"
  fi
  if [[ -z ${dir-} ]]; then
    for dir in "$GUEST_CACHE"/*; do guest_is_whole "$dir" && break; done
    guest_is_whole "$dir" || return
  fi
  GUEST_WHY='' GUEST_DIR=$dir
}

guest_is_whole() { [[ -e $1/complete && -e $1/vmlinuz ]]; } # DIR

guest_kernel_package() {
  command -v apt-cache >/dev/null || return
  apt-cache ${GUEST_APT[@]+"${GUEST_APT[@]}"} depends linux-image-amd64 2>/dev/null | awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; found = 1; exit }
    END { exit !found }'
}

guest_package_version() {
  apt-cache ${GUEST_APT[@]+"${GUEST_APT[@]}"} policy "$1" | awk '$1 == "Candidate:" && $2 != "(none)" { print $2; found = 1 } END { exit !found }'
}

# guest_fetch_kernel PACKAGE=VERSION DIR: unpacked and not installed
guest_fetch_kernel() {
  local new=$LAB_DIR/kernel said module
  local -a patterns=()
  mkdir -p "$new" "$GUEST_CACHE" || return
  if ! said=$(cd "$new" && timeout 120 apt-get -q -o APT::Sandbox::User=root ${GUEST_APT[@]+"${GUEST_APT[@]}"} download "$1" 2>&1); then
    GUEST_WHY="apt cannot download $1: ${said##*$'\n'}"
    return 1
  fi
  for module in "${GUEST_MODULES[@]}"; do patterns+=("*/$module.ko"); done
  guest_unpack_kernel "$new" "${patterns[@]}" || { GUEST_WHY="cannot unpack $1"; return 1; }
  # The mark comes last: what was interrupted is not taken for whole.
  rm -rf -- "$2" && mv "$new" "$2" && touch "$2/complete" && return
  GUEST_WHY="cannot write $2"
  return 1
}

guest_unpack_kernel() { # DIR MODULE-PATTERN...
  local dir=$1 magic
  shift
  # tar complains of patterns without a file: a module may be built in, or be called otherwise.
  dpkg-deb --fsys-tarfile "$dir"/*.deb |
    tar -x -C "$dir" --wildcards './boot/vmlinuz*' '*/modules.order' '*/modules.builtin*' "$@" 2>/dev/null
  rm -f "$dir"/*.deb
  # The kernel proper is an xz stream in the image: the guest need not unpack it in each boot. What follows the stream
  # makes xz fail at its end.
  magic=$(LC_ALL=C grep -obUaP -m 1 '\xfd7zXZ(?=\x00)' "$dir"/boot/vmlinuz*) || return
  tail -c +$((${magic%%:*} + 1)) "$dir"/boot/vmlinuz* | xz -dc >"$dir/vmlinux" 2>/dev/null
  [[ $(LC_ALL=C head -c 4 "$dir/vmlinux") == $'\x7fELF' ]] || return
  mv "$dir"/boot/vmlinuz* "$dir/vmlinuz" && rm -rf "${dir:?}/boot" || return
  # Debian's modules lie below /lib, the tools may look in /usr/lib.
  depmod -b "$dir" "$(cd "$dir/lib/modules" && echo *)"
}

# ---- what is on board ---------------------------------------------------------------------------------------------

# guest_image [PROGRAM]...: as the guest finds it. Files of the project are found below /wiretruth, the programs in its
# build.
guest_image() {
  local root=$LAB_DIR/guest.root file
  local -a programs=("$LAB_BIN"/{flow,blast,frames} "$LAB_BUILD/wiretruth" "$@")
  mkdir -p "$root"/{bin,dev,etc,proc,run,sys,tmp,root,wiretruth/build/lab} || return
  for file in "${GUEST_PROGRAMS[@]}" teamnl; do
    file=$(command -v "$file") && programs+=("$(readlink -f "$file")")
  done
  guest_copy "$root" "${programs[@]}" || return
  for file in "${GUEST_PROGRAMS[@]}" teamnl; do
    file=$(command -v "$file") && guest_link "$root" "$(readlink -f "$file")" "/bin/${file##*/}"
  done
  cp -L "$(command -v busybox)" "$root/bin/busybox" || return
  cp "$LAB_ROOT/lab/guest/init" "$root/init" || return
  cp "$LAB_BIN"/{flow,blast,frames} "$root/wiretruth/build/lab/" || return
  cp "$LAB_BUILD/wiretruth" "$@" "$root/wiretruth/build/" || return
  (cd "$LAB_ROOT" && cp --parents lab/*.sh lab/guest/* ${GUEST_FILES[@]+"${GUEST_FILES[@]}"} "$root/wiretruth/") || return
  cp -r "$GUEST_DIR/lib/modules" "$root/lib/" || return
  (cd "$root" && find . | cpio --quiet -o -H newc) >"$LAB_DIR/guest.cpio" || return
  rm -rf "$root"
}

# Programs with the libraries that they load, at the paths that they have here.
guest_copy() {
  local root=$1 file
  shift
  ldd "$@" | grep -o '/[^ ]*' | sort -u | while IFS= read -r file; do
    [[ $file == *: || ! -e $file ]] && continue
    mkdir -p "$root${file%/*}" && cp -L "$file" "$root$file" || return
  done
  for file; do
    [[ $file == "$LAB_ROOT"/* ]] && continue
    mkdir -p "$root${file%/*}" && cp -L "$file" "$root$file" || return
  done
}

guest_link() { [[ -e $1$3 ]] || ln -s "$2" "$1$3"; }

# ---- running it ---------------------------------------------------------------------------------------------------

declare -A GUEST_PID=() GUEST_IN=() GUEST_OUT=() GUEST_TURN=()
GUEST_LINE='' GUEST_SAID=''

# guest_boot GUEST HOST QEMU-OPTION...: begins to; guest_up waits
#
# Always emulated (TCG): where /dev/kvm opens it may still not run, and a fall-back does not notice. One processor:
# what several of them say to each other costs more than they save.
guest_boot() {
  local guest=$1 host=$2 port=$LAB_DIR/$1 in out
  shift 2
  mkfifo "$port.in" "$port.out" || return
  lab_spawn_in "$host" "$guest" ${GUEST_WRAP[@]+"${GUEST_WRAP[@]}"} qemu-system-x86_64 -accel tcg -cpu qemu64,+rdrand -m 768 -smp 1 -nodefaults \
    -no-user-config -display none -no-reboot -serial "file:$port.console" -kernel "$GUEST_DIR/$GUEST_KERNEL" \
    -initrd "$LAB_DIR/guest.cpio" -append 'console=ttyS0 panic=-1 quiet nokaslr mitigations=off' \
    -chardev "pipe,id=commands,path=$port" -device virtio-serial-pci \
    -device virtserialport,chardev=commands,name=commands "$@"
  GUEST_PID[$guest]=$LAB_PID
  # Both ends of each, or opening would wait for the other.
  exec {in}<>"$port.in" {out}<>"$port.out"
  GUEST_IN[$guest]=$in GUEST_OUT[$guest]=$out GUEST_TURN[$guest]=0
}

guest_up() { # GUEST
  guest_line "$1" 90 && [[ $GUEST_LINE == ready ]] && return
  guest_complain "$1" "does not come up"
}

guest_complain() { # GUEST WHAT
  lab_fail "the guest $1 $2:"
  tail -n 20 "$LAB_DIR/$1.console" "$LAB_DIR/$1.log" >&2
  return 1
}

# The next line that it says, in GUEST_LINE
guest_line() { # GUEST SECONDS
  local end=$((SECONDS + $2)) rest
  GUEST_LINE=
  while ((SECONDS <= end)); do
    if IFS= read -r -t 1 -u "${GUEST_OUT[$1]}" rest; then
      GUEST_LINE+=$rest
      return
    fi
    GUEST_LINE+=$rest # what there is of a line when the time is over
    lab_alive "${GUEST_PID[$1]}" || return 1
  done
  return 1
}

guest() { # GUEST SECONDS SCRIPT
  guest_ask "$@" && guest_answer "$1" $(($2 + 10))
}

# The same in two parts, for what takes long.
guest_ask() { # GUEST SECONDS SCRIPT
  printf '%s %s %s\n' "end-$((++GUEST_TURN[$1]))" "$2" "$(base64 -w 0 <<<"$3")" >&"${GUEST_IN[$1]}"
}

# What it printed is in $LAB_DIR/GUEST.said as well, and better there if it is much.
guest_answer() { # GUEST SECONDS
  local mark=end-${GUEST_TURN[$1]} status size
  GUEST_SAID=
  if guest_line "$1" "$2" && [[ $GUEST_LINE == "$mark "* ]]; then
    read -r _ status size <<<"$GUEST_LINE"
    # Never more than asked for: bash would read each octet on its own.
    timeout 30 head -c "$size" <&"${GUEST_OUT[$1]}" >"$LAB_DIR/$1.said" || return
    ((size > 10000)) || GUEST_SAID=$(<"$LAB_DIR/$1.said")
    return "$status"
  fi
  guest_complain "$1" "does not answer"
}
