# SPDX-License-Identifier: MIT
# "what interfaces median least greatest": the ratio to the peer.
include "report";
[.results[] | select(.row == "snmp" and .ratio)]
| .[] | "\"\(.title | sub("SNMP, (?<n>[0-9]+) interfaces, "; ""))\" \(.ours.at) \(.ratio.median) \(.ratio.low) \(.ratio.high)"
