#!/bin/sh
# SPDX-License-Identifier: MIT
#
# For traphandle in snmptrapd.conf(5): one line to syslog for each notification of wiretruth, with the sentence in it.
# Copy it to where snmptrapd.conf says and make it executable. LOGGER: what is called with "-p PRIORITY -t TAG TEXT".
set -u

# With WIRETRUTH-MIB there are names in it, and numbers without.
IFS= read -r host
IFS= read -r _
notification='' text=''
while IFS=' ' read -r name value; do
  value=${value#= }
  case $name in
    *::snmpTrapOID.0 | *.3.6.1.6.3.1.1.4.1.0) notification=$value ;;
    *::wtNotifyText.0 | *.2320.1.9.8.0) text=${value#\"} text=${text%\"} ;;
  esac
done

case $notification in
  *::wtDivergenceRaised | *::wtCaptureDegraded | *.2320.0.[14]) priority=daemon.warning ;;
  *) priority=daemon.notice ;;
esac
exec "${LOGGER:-logger}" -p "$priority" -t wiretruth "$host: ${text:-$notification}"
