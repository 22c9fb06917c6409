# SPDX-License-Identifier: MIT
# "what seconds": CPU time for the whole file.
include "report";
[.samples[] | select(.row == "read")] as $samples
| ["wiretruth read", "wiretruth"], ["capinfos", "capinfos"], ["capinfos, no hashes", "capinfos-plain"]
| .[0] as $title | .[1] as $who
| [$samples[] | select(.who == $who and .at == "whole") | .value] | select(length > 0)
| "\"\($title)\" \(median / 1e6)"
