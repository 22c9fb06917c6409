# SPDX-License-Identifier: MIT
# Blocks of "interfaces median least greatest" in microseconds, each with its title in the line before.
include "report";
[.samples[] | select(.row == "poll")] as $samples
| ["wiretruth in collectd", "wiretruth"], ["wiretruth as a subagent", "agentx"], ["collectd interface", "interface"],
  ["collectd ethstat", "ethstat"], ["node_exporter", "node_exporter"], ["ethtool and ip", "tools"]
| .[0] as $title | .[1] as $who
| [$samples[] | select(.who == $who)] | group_by(.at | tonumber)
| select(length > 0)
| "\"\($title)\"", (.[] | "\(.[0].at) \(map(.value) | spread | "\(.median) \(.low) \(.high)")"), "", ""
