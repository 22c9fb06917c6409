# SPDX-License-Identifier: MIT
#
# What is wrong with a Grafana dashboard of dist/grafana, one sentence a line: nothing if it has the common layout.
# $name is the file's name without .json; $numbers has the manual's numbers of verdict and cause: {"verdict": ["unknown", ...]}.

def layout: [
  ["row", "Wire against each signal"],
  ["timeseries", "Receive: frames a second", "pps", "ABCD"],
  ["timeseries", "Transmit: frames a second", "pps", "ABCD"],
  ["row", "How much each signal shows"],
  ["timeseries", "Receive: share of the wire that a signal shows", "percentunit", "ABC"],
  ["timeseries", "Transmit: share of the wire that a signal shows", "percentunit", "ABC"],
  ["timeseries", "Frames a packet", "none", "AB"],
  ["row", "Verdicts"],
  ["state-timeline", "Receive: verdict", null, "ABC"],
  ["state-timeline", "Transmit: verdict", null, "ABC"],
  ["state-timeline", "Cause", null, "AB"],
  ["row", "Trust"],
  ["timeseries", "Uncertainty of the wire figure", "percentunit", "AB"],
  ["stat", "Items that drift from the baseline", "none", "A"]];

def signal_colors: {wire: "green", counter: "blue", capture: "orange", series: "purple"};
def verdict_colors: ["gray", "green", "red", "orange"];

def panels: .panels[] | select(.type != "row");
def query: .expr // .target // .query;
def variable_query: .query | if type == "object" then .query // .target else . end;

# complaint(WHETHER; SENTENCE): the sentence if it is so
def complaint(condition; sentence): if condition then sentence else empty end;

def head:
  complaint(.uid != $name; "uid is \(.uid), not \($name)"),
  complaint(.title != "wiretruth" or .tags != ["wiretruth", "network"]; "title or tags are others"),
  complaint(.time != {from: "now-6h", to: "now"} or .refresh != "1m"; "time or refresh are others"),
  complaint(.schemaVersion < 36; "schemaVersion \(.schemaVersion) is older than 36"),
  complaint(.id != null; "an id of its own would replace somebody's dashboard"),
  complaint([.__inputs[] | [.name, .type]] != [["DS_WIRETRUTH", "datasource"]]; "asks for another input than DS_WIRETRUTH"),
  complaint(([panels.type] | unique) != ([.__requires[] | select(.type == "panel").id] | sort); "__requires does not name the kinds of panels"),
  complaint([.__requires[] | select(.type == "datasource").id] != [.__inputs[].pluginId]; "__requires does not name the datasource");

def variables:
  complaint([.templating.list[] | [.name, .type, .multi, .includeAll]] !=
    [["host", "query", false, false], ["interface", "query", true, true]]; "variables are not host, and interface with several and All"),
  (.templating.list[1] | complaint(variable_query | test("\\$host\\b|\\$\\{host") | not; "interfaces are not those of \($name)'s host"));

def order:
  [.panels[] | if .type == "row" then [.type, .title]
    else [.type, .title, .fieldConfig.defaults.unit, ([.targets[].refId] | join(""))] end] as $is
  | range([($is | length), (layout | length)] | max)
  | complaint($is[.] != layout[.]; "panel \(. + 1) is \($is[.] | tojson), not \(layout[.] | tojson)");

def apart($a; $b): $a.x + $a.w <= $b.x or $b.x + $b.w <= $a.x or $a.y + $a.h <= $b.y or $b.y + $b.h <= $a.y;
def places:
  complaint(([.panels[].id] | unique | length) != (.panels | length) or ([.panels[].id] | all(type == "number") | not); "ids are not unique numbers"),
  (.panels[] | complaint(.gridPos | [.x, .y, .w, .h] | all(type == "number" and . >= 0) | not; "\(.title): has no place"),
    complaint(.gridPos.x + .gridPos.w > 24 or .gridPos.w < 1 or .gridPos.h < 1; "\(.title): is not within 24 columns")),
  (.panels as $all | range($all | length) as $i | range($i + 1; $all | length) as $j
    | complaint(apart($all[$i].gridPos; $all[$j].gridPos) | not; "\($all[$i].title) and \($all[$j].title) overlap"),
      complaint($all[$i].gridPos | [.y, .x] >= ($all[$j].gridPos | [.y, .x]); "\($all[$i].title) stands behind \($all[$j].title)"));

def datasources:
  {type: .__inputs[0].pluginId, uid: "${DS_WIRETRUTH}"} as $datasource
  | (panels | complaint(.datasource != $datasource; "\(.title): has a datasource of its own"),
      (.title as $title | .targets[] | complaint(.datasource != $datasource; "\($title), \(.refId): has a datasource of its own"))),
    (.templating.list[] | complaint(.datasource != $datasource; "variable \(.name): has a datasource of its own"));

def queries:
  panels | .title as $title
  | complaint((.targets | length) == 0; "\($title): asks nothing"),
    complaint(([.targets[].refId] | unique | length) != (.targets | length); "\($title): one refId twice"),
    (.targets[] | "\($title), \(.refId)" as $which | (query // "") as $text
      | complaint($text == ""; "\($which): has no query"),
        complaint(.hide == true; "\($which): is hidden"),
        (("host", "interface") as $variable
          | complaint($text | test("\\$\($variable)\\b|\\$\\{\($variable)[:}]|\\[\\[\($variable)\\]\\]") | not; "\($which): does not ask for the chosen \($variable)")));

# One sentence: what to conclude.
def descriptions:
  panels | complaint(.description // "" | test("^[A-Z].{40,}[^.]\\.$") and (test("[.] [A-Z]") | not) | not;
    "\(.title): the description is not one sentence");

def mapped($title; $words):
  panels | select(.title | test($title)) | . as $panel
  | [.fieldConfig.defaults.mappings[] | select(.type == "value") | .options | to_entries[] | [.key, .value.text]] as $is
  | complaint($is != [$words | to_entries[] | [(.key | tostring), .value]]; "\($panel.title): numbers are not those of the manual");
def mappings:
  mapped("verdict$"; $numbers.verdict), mapped("^Cause$"; $numbers.cause),
  (panels | select(.title | test("verdict$"))
    | complaint([.fieldConfig.defaults.mappings[0].options[].color] != verdict_colors; "\(.title): verdicts have other colours"));

# A name that a series is drawn under ends with a word that has a colour.
def overrides: [.fieldConfig.overrides[] | {(.matcher.options | capture("^/ (?<word>[a-z]+)\\$/$").word): (.properties | map({(.id): .value}) | add)}] | add;
def colors:
  panels | select(.fieldConfig.overrides != []) | .title as $title | overrides as $drawn
  | (select(.title | test("frames a second$|share")) |
      complaint($drawn | map_values(.color.fixedColor) != signal_colors; "\($title): signals have other colours")),
    (select(.title | test("frames a second$")) |
      complaint($drawn.wire["custom.lineWidth"] <= ([.fieldConfig.defaults.custom.lineWidth] + [$drawn[]["custom.lineWidth"] | numbers] | sort | .[-2]);
        "\($title): wire is not the thickest line")),
    (.targets[] | (.legendFormat // .alias // .target) as $series | .refId as $ref
      | complaint([$drawn | keys[] | select(. as $word | $series | test("\\b\($word)\\b"))] == []; "\($title), \($ref): is drawn without a colour"));

head, variables, order, places, datasources, queries, descriptions, mappings, colors
