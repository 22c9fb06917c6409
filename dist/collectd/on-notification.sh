#!/bin/sh
# SPDX-License-Identifier: MIT
#
# For NotificationExec in collectd.conf(5): one line to syslog for each notification of wiretruth, by its severity.
# Copy it to where notifications.conf says and make it executable. LOGGER: what is called with "-p PRIORITY -t TAG TEXT".
set -u

severity=UNKNOWN plugin='' interface='' value='' cause=unknown
while IFS= read -r line && [ -n "$line" ]; do
  case $line in
    'Severity: '*) severity=${line#*: } ;;
    'Plugin: '*) plugin=${line#*: } ;;
    'PluginInstance: '*) interface=${line#*: } ;;
    'TypeInstance: '*) value=${line#*: } ;;
    'Cause: '*) cause=${line#*: } ;;
  esac
done
message=$(cat)
[ "$plugin" = wiretruth ] || exit 0

case $severity in
  FAILURE) priority=daemon.err ;;
  WARNING) priority=daemon.warning ;;
  *) priority=daemon.notice ;;
esac
exec "${LOGGER:-logger}" -p "$priority" -t wiretruth "$severity $interface $value $cause: $message"
