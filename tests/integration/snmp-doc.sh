#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 20
#
# What docs/snmp.md and README show of SNMP, beside what the same commands print now: columns of tables, names, verdicts and
# sentences, with other figures in them.
set -u
missing=
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
# shellcheck source=lab/lab.sh
. lab/lab.sh
# shellcheck source=lab/snmp.sh
. lab/snmp.sh

# Tables become their columns, since they are wrapped by the width of their figures; which offloads there are is the kernel's
# affair.
shape() {
  sed -E -e '/^ +[0-9]/d' -e '/^SNMP table/d' -e 's/"([0-9A-F]{2} )+"/"X"/' -e 's/(offloads have changed:) .*/\1/' -e 's/[0-9][0-9,]*/N/g' \
    -e 's/ +/ /g' | awk '/^ index/ { for (i = 2; i <= NF; i++) print "column", $i; next } NF'
}

if [[ ! -x $LAB_BUILD/wiretruth-agentx ]] || ! lab_snmp_have_mibs || ! PATH=$PATH:/usr/sbin command -v snmptrapd >/dev/null; then
  tap_skip 'docs/snmp.md' 'no subagent was built, or there are no base modules or no snmptrapd'
  tap_done
  exit
fi
made=$(lab/snmp_doc.sh docs/snmp.md)
tap_is $? 0 'all commands of docs/snmp.md can be run'
tap_is "$(diff <(shape <<<"$made") <(shape <docs/snmp.md))" '' 'and it shows what they print (lab/snmp_doc.sh makes it anew)'
# What README has of it is a copy.
lines=0
while IFS= read -r line; do
  lines=$((lines + 1))
  grep -qxF -- "$line" docs/snmp.md || missing+=$line$'\n'
done < <(awk '/^\*\*snmpd\*\*/ { here = 1 } /^## / { here = 0 } /^```/ { code = !code; next } here && code' README.md | grep .)
tap_is "$((lines > 20)) $missing" '1 ' 'what README shows is in docs/snmp.md'
tap_done
