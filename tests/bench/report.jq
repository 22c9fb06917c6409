# SPDX-License-Identifier: MIT
#
# What follows from samples and targets, and how it is shown. Ratios are those of pairs: of two samples of the same round.

def median: sort | if length == 0 then null elif length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;

def spread: if length == 0 then null else {median: median, low: min, high: max, count: length} end;

# [who, at] -> {"round": value}
def of($samples; $place):
  [$samples[] | select(.who == $place[0] and .at == $place[1]) | {key: (.round | tostring), value: .value}] | from_entries;

def unit($samples; $place): [$samples[] | select(.who == $place[0] and .at == $place[1]) | .unit][0];

# Of pairs; above a base of differences, which may be near nothing in a pair: of their medians, with one pair after the
# other left out for the spread.
def quotient($ours; $peer; $base; $rounds; $factor):
  ([$rounds[] | $peer[.] - $base[.]] | median) as $theirs
  | if $theirs > 0 then ([$rounds[] | $ours[.] - $base[.]] | median) / ($factor * $theirs) else null end;
def ratio($ours; $peer; $base; $rounds; $factor):
  if $base == {} then [$rounds[] | select($peer[.] > 0) | $ours[.] / ($factor * $peer[.])] | spread
  else quotient($ours; $peer; $base; $rounds; $factor) as $all
    | [$rounds[] as $one | quotient($ours; $peer; $base; $rounds - [$one]; $factor) | values]
    | if $all == null then null else {median: $all, low: ([.[], $all] | min), high: ([.[], $all] | max), count: ($rounds | length)} end
  end;

# {samples, targets} -> one result a target
def results:
  . as {$samples, $targets} | [$targets[] | . as $target
    | ([$samples[] | select(.row == $target.row)]) as $own
    | of($own; .ours) as $ours
    | (if .peer then of($own; .peer) else {} end) as $peer
    | (if .base then of($own; .base) else {} end) as $base
    | [$ours | keys[] | select(($peer[.] or ($target.peer | not)) and ($base[.] or ($target.base | not)))] as $rounds
    | (if .peer then ratio($ours; $peer; $base; $rounds; .factor) else null end) as $ratio
    | ([$rounds[] | $ours[.] - ($base[.] // 0)] | spread) as $value
    | {row, title, ours: ($value + {who: .ours[0], at: .ours[1], unit: unit($own; .ours)}),
       peer: (if .peer then ([$rounds[] | $target.factor * ($peer[.] - ($base[.] // 0))] | spread)
         + {who: .peer[0], at: .peer[1], unit: unit($own; .peer)} else null end),
       ratio: $ratio, most,
       reached: (if .most == null then null else ((if .peer then $ratio.median else $value.median end) as $got
         | if $got == null then null else $got <= $target.most end) end)}];

# Three digits that mean something.
def figure:
  if . == null then "-" elif . == 0 then "0"
  else . as $v | (fabs | log10 | floor) as $p
    | if $p >= 2 then (round | tostring)
      else pow(10; 2 - $p) as $f | ($v * $f | round) / $f | tostring | .[0:7] end end;

def range: if . == null then "-" else "\(.median | figure) (\(.low | figure) to \(.high | figure))" end;
def value: if . == null then "-" else "\(.median | figure) \(.unit)" end;
# By the median; "most" says that not every pair has it.
def yes: if .reached == null then "-" elif .reached | not then "**no**"
  elif (if .peer then .ratio else .ours end).high > .most then "most" else "yes" end;
def columns: [.title, (.ours | value), (.peer | value), ((if .peer then .ratio else .ours end) | range),
  (.most | if . == null then "-" else "≤ \(figure)" end), yes];
def pad($n): . + (" " * ([$n - length, 0] | max) // "");

def text:
  (["WHAT", "OURS", "PEER", "RATIO, OR OURS", "TO REACH", "REACHED"], (.[] | columns | .[5] |= gsub("\\*"; "")))
  | "\(.[0] | pad(74)) \(.[1] | pad(12)) \(.[2] | pad(12)) \(.[3] | pad(28)) \(.[4] | pad(9)) \(.[5])";

# Ratios and targets only: absolute figures are those of one machine. What has no peer has its own unit.
def markdown:
  "| what | ratio: median (least to greatest of the pairs) | pairs | to reach | reached |", "|---|---|---|---|---|",
  (.[] | "| \(.title) | \(if .peer then .ratio | range else (.ours | range) + " " + .ours.unit end) | \((if .peer then .ratio else .ours end).count // 0) | \(.most | if . == null then "-" else "≤ \(figure)" end) | \(yes) |");
