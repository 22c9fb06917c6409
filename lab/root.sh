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
LAB_ROOT_SPAWNED= # who has started its first process
LAB_ROOT_INIT=    # that process
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
lab_root_start() { # MIRROR [PACKAGE]...
  LAB_ROOT_DIR=$LAB_DIR/root
  mkdir "$LAB_ROOT_DIR" || return
  trap lab_root_end EXIT
  if (($(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo) > 3000000)); then
    mount -t tmpfs -o mode=755,size=2g tmpfs "$LAB_ROOT_DIR" || return
  fi
  # bash may have forgotten the status of what ended long ago: it is told by a last line.
  # shellcheck disable=SC2016
  lab_spawn debootstrap env "http_proxy=$(lab_root_proxy)" sh -c '"$@" && echo "the root is there"' - \
    debootstrap --force-check-gpg --variant=minbase --include="$(shift && IFS=, && echo "systemd-sysv,$*")" \
    $LAB_ROOT_SUITE "$LAB_ROOT_DIR" "$1"
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
Dpkg::Use-Pty "false";
END
}

lab_root_outside() { "${LAB_ROOT_ENVIRONMENT[@]}" chroot "$LAB_ROOT_DIR" "$@" </dev/null; }

lab_root_apt() {
  local policy=$LAB_ROOT_DIR/usr/sbin/policy-rc.d status
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" || return
  lab_root_outside apt-get -qq -y "$@"
  status=$?
  rm "$policy"
  return $status
}

# ---- its life -----------------------------------------------------------------------------------------------------

# systemd as the first process, as on a Debian that somebody runs, in namespaces of its own: what a unit says of users,
# rights and directories is done by whom it is meant for.
lab_root_enter() { # HOST
  lab_root_cgroups && mkdir "$LAB_ROOT_CGROUPS/$LAB_ID" || return
  # shellcheck disable=SC2016
  lab_spawn init sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "$LAB_ROOT_CGROUPS/$LAB_ID" \
    ip netns exec "$(lab_ns "$1")" unshare --cgroup --ipc --uts --mount --propagation private --pid --fork --kill-child \
    setpriv --bounding-set "-${LAB_ROOT_WITHOUT// /,-}" bash -c "$(declare -f lab_root_boot); lab_root_boot" "$LAB_ROOT_DIR" || return
  # shellcheck disable=SC2153 # lab.sh has it
  LAB_ROOT_SPAWNED=$LAB_PID
  lab_wait 10 'the first process of the root' lab_root_find || { sed 's/^/  /' "$LAB_DIR/init.log" >&2; return 1; }
  lab_wait 30 'systemd in the root' lab_root_is_up
}

# Rights that reach beyond its namespaces.
LAB_ROOT_WITHOUT='audit_control audit_read mac_admin mac_override sys_boot sys_module sys_rawio sys_time syslog'

# Not below LAB_DIR: what removes that must not come by the machine's cgroups. In our own mount namespace nobody misses
# what was there.
LAB_ROOT_CGROUPS=/sys/fs/cgroup
lab_root_cgroups() {
  [[ $(findmnt --noheadings --first-only --output FSTYPE --mountpoint $LAB_ROOT_CGROUPS) == cgroup2 ]] ||
    mount -t cgroup2 cgroup2 $LAB_ROOT_CGROUPS || lab_fail 'no cgroup2 can be mounted, which systemd needs'
}

# Nothing of the kernel's outside its namespaces can be written: systemd would raise limits of the whole machine.
lab_root_boot() {
  set -e
  mount --bind "$0" "$0"
  cd "$0"
  mount -t proc -o nosuid,nodev,noexec proc proc
  mount --bind proc/sys proc/sys
  mount -o remount,bind,ro proc/sys
  mount -t sysfs -o ro sysfs sys
  mount -t cgroup2 cgroup2 sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs run
  mount -t tmpfs -o mode=755 tmpfs dev
  for name in null zero full random urandom tty; do cp -a "/dev/$name" dev/; done
  mkdir -p dev/shm dev/pts run/systemd/system run/systemd/system.conf.d
  mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  # Nobody logs in, and a service may be started as often as a test wants.
  ln -s /dev/null run/systemd/system/getty.target
  printf '[Manager]\nDefaultStartLimitIntervalSec=0\n' >run/systemd/system.conf.d/lab.conf
  pivot_root . .
  umount --lazy .
  exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init
}

lab_root_find() {
  LAB_ROOT_INIT=$(tr -d ' ' <"/proc/$LAB_ROOT_SPAWNED/task/$LAB_ROOT_SPAWNED/children") 2>/dev/null
  [[ $LAB_ROOT_INIT && $(<"/proc/$LAB_ROOT_INIT/comm") == systemd ]]
}

# With a unit that has failed, too: those that matter are asked for by name.
lab_root_is_up() { [[ $(lab_root systemctl is-system-running 2>/dev/null) == @(running|degraded) ]]; }

lab_root() {
  nsenter --target "$LAB_ROOT_INIT" --all --root --wd -- "${LAB_ROOT_ENVIRONMENT[@]}" "$@" </dev/null
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
  # systemd takes SIGTERM for something else. With it ends all that runs in its namespace.
  if lab_alive "$LAB_ROOT_SPAWNED" && [[ -n $LAB_ROOT_INIT ]]; then
    kill -KILL "$LAB_ROOT_INIT"
    wait "$LAB_ROOT_SPAWNED" 2>/dev/null
  fi
  lab_end_processes
  lab_root_end_cgroup
  umount --recursive --lazy "$LAB_ROOT_DIR" 2>/dev/null || true
  # debootstrap mounts in it: nothing is removed through a mount that is still there.
  if ! findmnt --noheadings --raw --output TARGET | grep -qF "$LAB_ROOT_DIR/"; then
    rm -rf --one-file-system -- "$LAB_ROOT_DIR"
    LAB_ROOT_DIR=
    lab_end
  fi
}

lab_root_is_empty() { ! grep -qs '^populated 1' "$1/cgroup.events"; } # CGROUP

lab_root_end_cgroup() {
  local cgroup=$LAB_ROOT_CGROUPS/$LAB_ID
  [[ -n $LAB_ID && -d $cgroup ]] || return 0
  lab_poll 5 lab_root_is_empty "$cgroup" || true
  find "$cgroup" -depth -type d -exec rmdir {} +
}
