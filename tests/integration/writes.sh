#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Which files each of the skins makes, changes or removes: all that it does with a file or a socket of the file system, as
# strace sees it, over a run with everything on. Nothing but the state directory, the file of -p, and by the command what it
# is told to write. And a state file that is a link to another's is not followed.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/snmp.sh
. "$root/lab/snmp.sh"

readonly CALLS=openat,open,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,symlink,symlinkat,link,linkat,mknod,mknodat,chmod,fchmodat,chown,lchown,fchownat,truncate,utimensat,setxattr,bind,mount

# The process keeps its own number; the tracer is a child of its own.
traced() { TRACED=(strace -D -f -qq -s 300 -e "trace=$CALLS" -e signal=none -o "$LAB_DIR/$1.trace"); } # NAME

# What was written to, as patterns know it: of the state directory "STATE/...", random parts of names as *. Tries that failed
# count as well.
written() { # NAME
  grep -vE 'openat?\(.*O_RDONLY|\bopen\(.*O_RDONLY|sa_family=AF_(NETLINK|PACKET|INET6?)|resumed>' "$LAB_DIR/$1.trace" |
    grep -oE '"[^"]*"|sun_path=@?"[^"]*"' | tr -d '"' | sed -E "s|^sun_path=||; s|$(lab_snmp_dir here)/store|STATE|; s|$LAB_DIR|LAB|; s|wiretruth-[A-Za-z0-9]{6}\$|wiretruth-*|; s|collectd\.[A-Za-z0-9]{6}|collectd|" |
    sort -u
}

agent_set() { lab_in here snmpset -v2c -c private -On -Oq 127.0.0.1 "$@" >/dev/null 2>&1; }

everything() { # in wiretruth.conf
  lab_snmp_configure here 'Interface eth0' 'Application true' "Baseline $LAB_DIR/baseline" 'Series http://localhost:1/' \
    'WarningDivergence 1'
  sed -i 's/^rocommunity .*/&\nrwcommunity private 127.0.0.1/' "$(lab_snmp_dir here)/conf/snmpd.conf"
}
