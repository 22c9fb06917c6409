# SPDX-License-Identifier: MIT
# "case one tcpdump": nanoseconds of CPU time a frame above no tap, medians of pairs.
include "report";
[.samples[] | select(.row == "tap")] as $samples
| def above($who; $case): of($samples; [$who, $case]) as $got | of($samples; ["none", $case]) as $none
    | [$got | keys[] | select($none[.]) | $got[.] - $none[.]] | median;
  [$samples[] | select(.who == "none") | .at] | unique
  | if . == [] then empty else "case wiretruth \"tcpdump -s 96 -w /dev/null\"", (.[] | "\(.) \(above("one"; .)) \(above("tcpdump"; .))") end
