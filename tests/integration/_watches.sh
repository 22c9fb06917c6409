# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Watches: what each poll of the core says of the interfaces of a lab host, and what has to hold for all of them. Sourced
# by tests, after lab.sh and tap.sh.
#
#   watch NAME METHOD [ARGUMENT...]   begins one on "host", with its lines in $LAB_DIR/NAME.log
#   watches_polled                    until each has polled after this was called
#   watches_end                       ends them
#   steady NAME                       no figure of it goes back or is out of its bounds, no verdict is without a reason

declare -A WATCH=() WATCH_METHOD=()

watch() { # NAME METHOD [ARGUMENT...]
  lab_spawn_in host "$1" "$LAB_BUILD/tests/watch" "${@:2}"
  WATCH[$1]=$LAB_PID WATCH_METHOD[$1]=$2
  lab_wait_log 10 "$1" '^poll'
}

watches_polled() {
  local name now=$EPOCHREALTIME
  for name in "${!WATCH[@]}"; do lab_wait 10 "$name to poll" watch_polled "$name" "$now" || return; done
}
watch_polled() { tail -n 200 "$LAB_DIR/$1.log" | awk -v now="$2" '$1 == "poll" && $2 > now { found = 1 } END { exit !found }'; }

watches_end() {
  local name
  for name in "${!WATCH[@]}"; do
    lab_stop "${WATCH[$name]}"
    tap_is "$LAB_STATUS" 0 "$name: it observed to the end"
  done
}

# steady NAME: what has to hold for every line of it. An interface that was made anew, or was away, may begin anew with
# its totals: its discontinuity says so. With method auto a bound may fall, when what the tap missed is estimated anew.
steady() {
  local bad grows='frames octets packets counted counted_octets'
  [[ ${WATCH_METHOD[$1]} == auto ]] || grows+=' low octets_low'
  bad=$(awk -v grows="$grows" '
    function value(key,  i) {
      for (i = 5; i <= NF; i++) if (index($i, key "=") == 1) return substr($i, length(key) + 2)
    }
    function wrong(what) { if (count++ < 5) print what ": " $0 }
    $1 == "poll" { next }
    {
      at = $2 " " $4
      anew = at in last && value("discontinuity") != discontinuity[at]
      split(grows, keys)
      for (i in keys) {
        now = value(keys[i])
        if (now == "-") continue
        if (!anew && (at, keys[i]) in total && now + 0 < total[at, keys[i]]) wrong(keys[i] " went back")
        total[at, keys[i]] = now + 0
      }
      if (value("low") + 0 > value("frames") + 0) wrong("frames below the bound")
      if (value("high") != "-" && value("high") + 0 < value("frames") + 0) wrong("frames above the bound")
      if (value("octets_low") + 0 > value("octets") + 0) wrong("octets below the bound")
      if (value("octets_high") != "-" && value("octets_high") + 0 < value("octets") + 0) wrong("octets above the bound")
      last[at] = 1
      discontinuity[at] = value("discontinuity")
    }' "$LAB_DIR/$1.log")
  tap_is "$bad" "" "$1: nothing goes back or is out of its bounds"
  bad=$(grep -m 3 explained=0 "$LAB_DIR/$1.log")
  tap_is "$bad" "" "$1: no verdict is unknown without a reason"
}
