# SPDX-License-Identifier: MIT
# "what MiB": of each process at the end.
include "report";
[.samples[] | select(.row == "memory" and (.at | test("after") | not))] as $samples
| ["collectd", "collectd"], ["with wiretruth", "wiretruth"], ["with interface", "interface"], ["with all values", "wiretruth-sent"],
  ["subagent, none", "agentx-empty"], ["subagent", "agentx"], ["snmpd", "snmpd"], ["snmpd, module", "module"]
| .[0] as $title | .[1] as $who
| [$samples[] | select(.who == $who) | .value] | select(length > 0)
| "\"\($title)\" \(median / 1024)"
