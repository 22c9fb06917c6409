#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The dashboards of dist/grafana: each has the common layout (_dashboards.jq), and apart from what it asks and whom they
# are the same, and Grafana's own types have no objection. What their queries give is tested with the backend that they
# are for.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/dashboard.sh
. "$root/lab/dashboard.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
first=$root/dist/grafana/wiretruth-prometheus.json

# The words of verdict and cause in the order of their numbers, as the manual lists them: {"verdict": ["unknown", ...]}
manual_numbers() {
  sed -n '/^\.SS Numbers/,/^\.TE/p' "$root/docs/collectd-wiretruth.5" | tr '\n' ' ' | jq -R '
    [capture("(^| )(?<name>verdict|cause)@T\\{ (?<list>[^}]*) T\\}"; "g")
      | {(.name): [.list | capture("[0-9]+ (?<word>[a-z-]+)"; "g").word]}] | add'
}

complaints() { # NAME FILE
  jq -r --arg name "$1" --argjson numbers "$numbers" -f "$root/tests/integration/_dashboards.jq" "$2" 2>&1
}

# What all of them share.
common_part() { # FILE
  jq 'del(.uid, .__inputs) | .__requires |= map(select(.type != "datasource"))
    | .templating.list |= map(del(.datasource, .query, .definition, .regex))
    | .panels |= map(del(.datasource) | if .targets then .targets |= map(.refId) else . end)' "$1"
}

test_dashboard() { # FILE
  local name
  name=$(basename "$1" .json)
  tap_is "$(jq . "$1" | cmp - "$1" 2>&1)" '' "$name: is written as jq writes it"
  tap_is "$(complaints "$name" "$1")" '' "$name: has the common layout"
  tap_is "$(diff <(common_part "$first") <(common_part "$1"))" '' "$name: is like the others but for its queries"
}

# ---- Grafana's types ----------------------------------------------------------------------------------------------

# One line for each objection, that begins with the file's name.
objections() { # FILE...
  local file source
  local -a sources=()
  ln -sfn "$root/build/npm/node_modules" "$dir/node_modules"
  cp "$root/tests/integration/_dashboard.ts" "$dir/dashboard.ts"
  for file; do
    source=$(basename "$file" .json).ts
    sources+=("$source")
    { echo "import type { Dashboard } from './dashboard'; export const dashboard: Dashboard ="; cat "$file"; } >"$dir/$source"
  done
  (cd "$dir" && tsc --noEmit --skipLibCheck --strict --moduleResolution node "${sources[@]}") | cut -c 1-300 | grep '^[^ ]'
}

test_types() {
  local said
  if ! command -v tsc >/dev/null || [[ ! -d $root/build/npm/node_modules/@grafana/schema ]]; then
    tap_skip "Grafana's types" 'no tsc or no @grafana/schema; "make setup" installs both'
    return
  fi
  jq '.panels[1].options.legend.placement = "top" | .panels[8].fieldConfig.defaults.custom.filling = 1' "$first" >"$dir/edited.json"
  said=$(objections "$root"/dist/grafana/wiretruth-*.json "$dir/edited.json")
  tap_is "$(grep -v '^edited' <<<"$said")" '' "Grafana's types have no objection to the dashboards"
  tap_is "$(grep -c '^edited' <<<"$said")" 2 'they object to two faults that were put into one'
}

# ---- the rules themselves -----------------------------------------------------------------------------------------

# refused EDIT PATTERN: that a dashboard edited like this would be complained about
refused() {
  jq "$1" "$first" >"$dir/edited.json" || return
  ! cmp -s "$dir/edited.json" "$first" && grep -qE "$2" <<<"$(complaints wiretruth-prometheus "$dir/edited.json")"
}

test_rules() {
  local line failed=
  while read -r line; do
    refused "${line% => *}" "${line#* => }" || failed+="$line"$'\n'
  done <<'EDITS'
.uid = "other" => uid is other
.tags = [] => tags
.__inputs += [{"name": "DS_OTHER", "type": "datasource"}] => another input
.templating.list[1].multi = false => variables
.templating.list[1].query.query = "x" => interfaces are not
.panels[1].title = "Frames" => panel 2 is
.panels[1].fieldConfig.defaults.unit = "short" => panel 2 is
del(.panels[13]) => panel 14 is null
.panels[2].id = 2 => ids are not unique
.panels[2].gridPos.x = 13 => 24 columns
.panels[2].gridPos.x = 11 => Receive: frames a second and Transmit: frames a second overlap
.panels[4].datasource.uid = "abc" => a datasource of its own
.panels[4].targets[1].datasource = null => share .* B: has a datasource
.panels[4].targets = [] => asks nothing
.panels[4].targets[1].expr = "up" => B: does not ask for the chosen interface
.panels[4].targets[1].expr = "" => B: has no query
.panels[4].description = "Two. Sentences, and each of them is rather long." => not one sentence
del(.panels[4].description) => not one sentence
.panels[8].fieldConfig.defaults.mappings[0].options["2"].text = "agrees" => not those of the manual
.panels[8].fieldConfig.defaults.mappings[0].options["2"].color = "green" => other colours
.panels[10].fieldConfig.defaults.mappings[0].options |= del(.["15"]) => not those of the manual
.panels[1].fieldConfig.overrides[0].properties[1].value = 1 => not the thickest
.panels[1].fieldConfig.overrides[1].properties[0].value.fixedColor = "red" => other colours
.panels[1].targets[0].legendFormat = "x" => A: is drawn without a colour
EDITS
  tap_is "$failed" '' 'each fault that was put into a dashboard is complained about'
}

test_fill() {
  local text
  # shellcheck disable=SC2016
  text=$(echo '$interval ${interface:regex} [[host]] /^$interface$/ $1' | lab_dashboard_fill interface=e.0 interval=1s host='a&\1')
  # shellcheck disable=SC2016
  tap_is "$text" '1s e.0 a&\1 /^e.0$/ $1' 'variables are replaced by whole names'
  # shellcheck disable=SC2016
  echo 'a $hosts b' | lab_dashboard_fill host=x >"$dir/filled" 2>&1
  tap_is "$? $(<"$dir/filled")" "1 lab: no value for \$hosts of: a \$hosts b" 'a variable without a value is told'
}

numbers=$(manual_numbers)
tap_is "$(jq -c 'map_values(length)' <<<"$numbers")" '{"verdict":4,"cause":16}' 'the manual has numbers for verdict and cause'
tap_is "$(cd "$root/dist/grafana" && ls)" "$(printf '%s\n' README.md wiretruth-{graphite,influxdb,prometheus}.json)" 'each store has a dashboard'
for file in "$root"/dist/grafana/wiretruth-*.json; do test_dashboard "$file"; done
test_types
test_rules
test_fill
tap_done
