# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A clean Debian 12 in a directory of its own, to install packages in and to run what they install on a lab host: its
# network namespace, with mounts and processes of its own. Source it after lab.sh.
#
#   lab_root_mirror            prints where this machine's apt has Debian 12 from; fails, and says why, if it cannot be had
#   lab_root_start             makes LAB_ROOT_DIR and begins to fill it, in the background
#   lab_root_await             until it is there
#   lab_root_apt ARGUMENT...   apt-get in it, with this machine's network; no service is started
#   lab_root_enter HOST        brings it to life on that host
#   lab_root COMMAND...        runs a command in it there; services may be started there
#   lab_root_pid NAME          prints the processes of that name that run in it
#   lab_root_end               instead of lab_end: unmounts it first. lab_root_start makes it the trap of EXIT
#
# The script has to be in a mount namespace of its own, so that what it mounts ends with it however it ends. It begins
# with:   . lab/root.sh; lab_root_private "$@"

LAB_ROOT_SUITE=bookworm
LAB_ROOT_DIR=
LAB_ROOT_INIT= # the first process in it
LAB_ROOT_ENVIRONMENT=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive)

# Starts the script anew in a mount namespace. The names of others' network namespaces would be dead files there.
lab_root_private() {
  [[ -z ${LAB_PRIVATE-} ]] || return 0
  # shellcheck disable=SC2016
  LAB_PRIVATE=1 exec unshare --mount --propagation private \
    sh -c 'mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns && exec "$0" "$@"' "$0" "$@"
}

# ---- what apt has -------------------------------------------------------------------------------------------------

lab_root_mirror() {
  local mirror
  command -v debootstrap >/dev/null || { lab_fail 'debootstrap is not installed'; return; }
  # shellcheck disable=SC2016 # apt's own words
  mirror=$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v suite=$LAB_ROOT_SUITE '$1 == suite && $2 == "main" && $3 ~ /^http/ { sub("/$", "", $3); print $3; exit }')
  [[ $mirror ]] || { lab_fail "apt has no source of Debian's $LAB_ROOT_SUITE"; return; }
  /usr/lib/apt/apt-helper download-file "$mirror/dists/$LAB_ROOT_SUITE/InRelease" "$LAB_DIR/InRelease" >/dev/null 2>&1 ||
    { lab_fail "apt's source of Debian's $LAB_ROOT_SUITE does not answer"; return; }
  echo "$mirror"
}

# apt's own proxy, which is in no environment.
lab_root_proxy() {
  local proxy=
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  echo "$proxy"
}

# ---- the root -----------------------------------------------------------------------------------------------------

# In memory where there is enough of it: dpkg waits for each file to be on the disk.
lab_root_start() { # MIRROR
  LAB_ROOT_DIR=$LAB_DIR/root
  mkdir "$LAB_ROOT_DIR" || return
  trap lab_root_end EXIT
  if (($(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo) > 3000000)); then
    mount -t tmpfs -o mode=755,size=2g tmpfs "$LAB_ROOT_DIR" || return
  fi
  # bash may have forgotten the status of what ended long ago: it is told by a last line.
  # shellcheck disable=SC2016
  lab_spawn debootstrap env "http_proxy=$(lab_root_proxy)" sh -c '"$@" && echo "the root is there"' - \
    debootstrap --force-check-gpg --variant=minbase $LAB_ROOT_SUITE "$LAB_ROOT_DIR" "$1"
}

lab_root_await() {
  lab_wait_log 120 debootstrap '^the root is there' || return
  cp -L /etc/resolv.conf /etc/hosts "$LAB_ROOT_DIR/etc/" || return
  # What this machine needs to reach its sources, and nothing that this root would not need.
  apt-config dump | grep -E '^Acquire::(Check-|https?::Proxy )' >"$LAB_ROOT_DIR/etc/apt/apt.conf.d/lab"
  # A dependency goes with the last package that needs it, though another one that is there could make use of it.
  cat >>"$LAB_ROOT_DIR/etc/apt/apt.conf.d/lab" <<'END'
Acquire::Languages "none";
APT::Install-Recommends "false";
APT::AutoRemove::RecommendsImportant "false";
APT::AutoRemove::SuggestsImportant "false";
END
}

lab_root_apt() {
  local status
  lab_root_policy 101 || return
  "${LAB_ROOT_ENVIRONMENT[@]}" chroot "$LAB_ROOT_DIR" apt-get -qq -y "$@" </dev/null
  status=$?
  rm "$LAB_ROOT_DIR/usr/sbin/policy-rc.d"
  return $status
}

# What invoke-rc.d is told; without an init system and a policy it would start nothing.
lab_root_policy() { # STATUS
  local file=$LAB_ROOT_DIR/usr/sbin/policy-rc.d
  printf '#!/bin/sh\nexit %s\n' "$1" >"$file" && chmod 755 "$file"
}

# ---- its life -----------------------------------------------------------------------------------------------------

# The first process adopts what daemons leave behind, and with it all end.
lab_root_enter() { # HOST
  lab_root_policy 0 || return
  # shellcheck disable=SC2016
  lab_spawn_in "$1" init unshare --mount --propagation private --pid --fork --kill-child bash -c '
    trap exit TERM
    mount -t proc proc "$0/proc" && mount -t sysfs sysfs "$0/sys" && echo ready || exit
    while :; do sleep 3600 & wait; done' "$LAB_ROOT_DIR" || return
  lab_wait_log 10 init '^ready' || return
  LAB_ROOT_INIT=$(tr -d ' ' <"/proc/$LAB_PID/task/$LAB_PID/children")
}

lab_root() {
  nsenter --target "$LAB_ROOT_INIT" --mount --pid --net -- chroot "$LAB_ROOT_DIR" "${LAB_ROOT_ENVIRONMENT[@]}" "$@" </dev/null
}

lab_root_pid() { # NAME
  # shellcheck disable=SC2016
  lab_root sh -c 'for comm in /proc/[0-9]*/comm; do
    if read -r name <"$comm" && [ "$name" = "$0" ]; then comm=${comm#/proc/}; echo "${comm%/comm}"; fi
  done 2>/dev/null' "$1"
}

# What runs in it ends with the processes that were started here; a lazy unmount waits for the last of them.
lab_root_end() {
  [[ -n $LAB_ROOT_DIR && $BASHPID == "$LAB_OWNER" ]] || return 0
  trap '' HUP INT TERM
  lab_end_processes
  umount --recursive --lazy "$LAB_ROOT_DIR" 2>/dev/null || true
  # debootstrap mounts in it: nothing is removed through a mount that is still there.
  if ! findmnt --noheadings --raw --output TARGET | grep -qF "$LAB_ROOT_DIR/"; then
    rm -rf --one-file-system -- "$LAB_ROOT_DIR"
    LAB_ROOT_DIR=
    lab_end
  fi
}
