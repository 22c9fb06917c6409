# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Whether estimates keep their bounds. Sourced after tap.sh.
#
#   within WHAT TRUTH FIGURE LOW HIGH FEW   one figure against the truth: a result
#   count_miss TRUTH LOW HIGH WHAT          one trial, of bounds that hold the truth in 95 % of them
#   few_misses                              whether the trials missed no more often than that: a result

# Bounds of 95 % are missed by one estimate in twenty: misses are counted over all passes, and none may be far out.
trials=0 misses=0
missed=()

# within WHAT TRUTH FIGURE LOW HIGH FEW: within the bounds, each moved out by twice what the draw itself may be wrong,
# which is how far the lower bound is from the figure; and by FEW: the plain packets beside merged ones are few, and 1
# in 16 is drawn, so that none at all may be.
within() {
  local margin=$((2 * ($3 - $4) + $6)) high=$5 wrong
  [[ $high != null ]] || high=$(($2 + $3)) # nothing bounds it
  wrong=$(($4 > $3 || $3 > high || $2 < $4 - margin || $2 > high + margin))
  tap_ok $wrong "$1"
  ((wrong == 0)) || tap_diag "truth $2, estimate $3, bounds $4 to $5"
}

# Figures of one direction are drawn together: only its frames are a trial.
count_miss() { # TRUTH LOW HIGH WHAT
  (($1 > 0)) || return 0
  trials=$((trials + 1))
  (($1 >= $2)) && [[ $3 == null || $1 -le $3 ]] && return
  misses=$((misses + 1))
  missed+=("$4: truth $1, bounds $2 to $3")
}

# The most misses that chance explains, but for once in a million.
most_misses() { # TRIALS
  awk -v n="$1" -v p=0.05 'BEGIN {
    for (term = (1 - p) ^ n; 1 - sum - term > 1e-6; k++) { sum += term; term *= (n - k) / (k + 1) * p / (1 - p) }
    print k + 0
  }'
}

few_misses() {
  local most
  most=$(most_misses $trials)
  tap_ok $((misses > most)) "sample: $misses of $trials estimates miss their bounds of 95 %, and $most may"
  ((misses <= most)) || tap_diag "$(printf '%s\n' "${missed[@]}")"
}
