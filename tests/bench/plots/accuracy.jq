# SPDX-License-Identifier: MIT
# Blocks of "frames-a-second error half-of-the-bounds", percent, each with its title in the line before.
include "report";
[.samples[] | select(.row == "accuracy")] as $samples
| ("sample", "auto") as $method | ("single", "merged") as $kind
| [$samples[] | select(.who == "rate" and (.at | startswith($kind)))
   | [.value, of($samples; [$method, .at])[.round | tostring], of($samples; [$method + "-bounds", .at])[.round | tostring]]
   | select(.[1] != null)] | sort
| select(length > 0)
| "\"\($method), \($kind)\"", (.[] | "\(.[0]) \(.[1]) \(.[2] // "nan")"), "", ""
