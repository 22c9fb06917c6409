# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What a Grafana dashboard asks its datasource, taken out of the file and made ready to be asked by a test. Source it
# after lab.sh.
#
#   lab_dashboard_panels FILE      every panel but rows: one line of JSON each
#   lab_dashboard_queries FILE     every query of every panel, in the dashboard's order, one line of JSON each:
#                                  {"panel": title, "ref": "A", "unit": "pps" or null, "query": text, "target": the raw target}
#   lab_dashboard_query FILE PANEL REF   the text of one of them
#   lab_dashboard_variables FILE   every variable that is queried: {"name": "host", "query": text}
#   lab_dashboard_fill NAME=VALUE...     puts values for $NAME, ${NAME}, ${NAME:format} and [[NAME]] into the text on stdin;
#                                  fails if it has a variable left that no value was given for. NAME has no $:
#                                  host=lab __rate_interval=5s timeFilter='time > now() - 1m'
#   lab_dashboard_silent FILE ASK NAME=VALUE...   every query that has no answer, one a line: ASK, a function, gets the
#                                  text with its values and succeeds if the datasource has data for it
#
# The text of a query is what each datasource calls its own: Prometheus expr, Graphite target, InfluxDB query.

lab_dashboard_panels() { # FILE
  jq -c '.panels[] | ., .panels[]? | select(.type != "row")' "$1"
}

lab_dashboard_queries() { # FILE
  lab_dashboard_panels "$1" | jq -c '. as $panel | .targets[]
    | {panel: $panel.title, ref: .refId, unit: $panel.fieldConfig.defaults.unit,
       query: (.expr // .target // .query), target: .}'
}

lab_dashboard_query() { # FILE PANEL REF
  local query
  query=$(lab_dashboard_queries "$1" | jq -r --arg panel "$2" --arg ref "$3" \
    'select(.panel == $panel and .ref == $ref) | .query // empty')
  [[ $query ]] && printf '%s\n' "$query" && return
  lab_fail "${1##*/} has no query $3 in the panel '$2'"
}

# A datasource keeps the query of a variable as text, or as an object with that text in it.
lab_dashboard_variables() { # FILE
  jq -c '.templating.list[] | select(.type == "query")
    | {name, query: (.query | if type == "object" then .query // .target else . end)}' "$1"
}

# A whole name at a time: $interval is not $int with something behind it.
lab_dashboard_fill() { # NAME=VALUE...
  local text
  # shellcheck disable=SC2016 # jq expands
  text=$(jq -Rrs --args '
    reduce ($ARGS.positional[] | capture("^(?<name>[^=]+)=(?<value>(.|\n)*)$")) as $variable (.;
      gsub("\\$\($variable.name)\\b|\\$\\{\($variable.name)(:[^}]*)?\\}|\\[\\[\($variable.name)(:[^]]*)?\\]\\]"; $variable.value))
    | sub("\n$"; "")' "$@") || return
  if [[ $text =~ \$\{?[A-Za-z_]+|\[\[[A-Za-z_]+ ]]; then
    lab_fail "no value for ${BASH_REMATCH[0]} of: $text"
    return
  fi
  printf '%s\n' "$text"
}

lab_dashboard_silent() { # FILE ASK NAME=VALUE...
  local file=$1 ask=$2 line text
  shift 2
  while IFS= read -r line; do
    if text=$(jq -r .query <<<"$line" | lab_dashboard_fill "$@") && "$ask" "$text" </dev/null; then continue; fi
    jq -r --arg text "$text" '"\(.panel), \(.ref): \($text)"' <<<"$line"
  done < <(lab_dashboard_queries "$file")
}
