#!/bin/bash
# SPDX-License-Identifier: MIT
# seconds: 25
#
# More than one carbon-cache: collectd with dist/collectd/graphite.conf sends to a carbon-relay with dist/graphite's
# configuration, which has two of them behind it, on hosts of their own. Each series is in one of them, once, and the
# graphite-web of one of them answers for both, with the values that collectd wrote to its own files.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
# shellcheck source=lab/lab.sh
. "$root/lab/lab.sh"
# shellcheck source=lab/collectd.sh
. "$root/lab/collectd.sh"
# shellcheck source=lab/prometheus.sh
. "$root/lab/prometheus.sh"
# shellcheck source=lab/graphite.sh
. "$root/lab/graphite.sh"

for program in carbon-relay gunicorn django-admin; do
  command -v $program >/dev/null || { echo "1..0 # SKIP no $program here"; exit 0; }
done
[[ -e $LAB_BUILD/wiretruth.so ]] || { echo '1..0 # SKIP this build has no collectd plugin'; exit 0; }

lab_start || exit 1
for host in web relay a b; do lab_host $host || exit 1; done
lab_link web eth0 relay web0 1 && lab_link relay a0 a eth0 2 && lab_link relay b0 b eth0 3 && lab_link a eth1 b eth1 4 || exit 1
lab_offload web eth0 gso on tso on gro off || exit 1

# ---- stores -------------------------------------------------------------------------------------------------------

shipped_relay() {
  sed "s/graphite-a\.example\.net/$(lab_address 2 2)/; s/graphite-b\.example\.net/$(lab_address 3 2)/" "$root/dist/graphite/carbon-relay.conf"
}

stores() {
  LAB_GRAPHITE_LISTEN=0.0.0.0
  lab_carbon_start b && lab_graphite_start b || return
  LAB_GRAPHITE_SETTINGS="CLUSTER_SERVERS = ['$(lab_address 4 2):8080']"
  lab_carbon_start a && lab_graphite_start a && lab_relay_start relay "$(shipped_relay)"
}

stores || exit 1
tap_ok 0 'a relay, and two stores with a graphite-web each'

# ---- collectd, with totals, so that a value is known to the last digit ------------------------------------------------

LAB_COLLECTD_EXTRA=$(lab_collectd_shipped graphite.conf "graphite.example.net=$(lab_address 1 2)" 'StoreRates true=StoreRates false')
lab_collectd_start web '' && lab_collectd_await 20 eth0 if_packets-wire
tap_ok $? 'collectd begins'
lab_flow web relay "$(lab_address 1 2)" --mss 1440 -- --mss 1440 --bytes 20000000
tap_ok $? 'the traffic'

# Each data source that collectd has of the interface, as Graphite calls it.
sent() {
  local id
  for id in $(lab_collectd_ids eth0); do
    case $id in if_*) echo "$id.rx" "$id.tx" ;; *) echo "$id" ;; esac
  done | tr ' ' '\n' | sort
}

stored() { # HOST
  find "$LAB_DIR/graphite-$1/whisper/lab/wiretruth-eth0" -name '*.wsp' -printf '%P\n' 2>/dev/null |
    sed 's/\.wsp$//; s|/|.|' | sort
}

all_are_stored() { [[ $(sort <(stored a) <(stored b)) == "$(sent)" ]]; }

lab_collectd_await 20 eth0 gauge-tx-ratio-capture
lab_wait 30 'all series' all_are_stored
tap_is "$(sort <(stored a) <(stored b))" "$(sent)" 'each series is in the stores once'
count=$(sent | wc -l)
here=$(stored a | wc -l) there=$(stored b | wc -l)
tap_ok $((here == 0 || there == 0)) "and both have some: $here and $there of $count"

# ---- one graphite-web for both --------------------------------------------------------------------------------------

asked() {
  lab_graphite_find 'lab.wiretruth-eth0.*' | while read -r node; do
    case $node in if_*) echo "$node.rx" "$node.tx" ;; *) echo "$node" ;; esac
  done | tr ' ' '\n' | sort
}
tap_is "$(asked)" "$(sent)" "graphite-web of a finds them all"

lab_collectd_stop
# The traffic of the values themselves goes by eth0, too, so that totals grow until collectd has ended.
value_of() { # SERIES: the newest that collectd has
  case $1 in
    *.rx | *.tx) lab_collectd_total eth0 "${1%.*}" "${1##*.}" ;;
    *) lab_collectd_total eth0 "$1" value ;;
  esac
}
same() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && b != "" && (a - b) ^ 2 <= 1e-10 * (1 + a ^ 2)) }'; }
arrived() {
  different=''
  for series in $(sent); do
    same "$(value_of "$series")" "$(lab_graphite_last "lab.wiretruth-eth0.$series")" || different+=" $series"
  done
  [[ -z $different ]]
}
lab_poll 10 arrived
tap_is "$different" '' "and has the newest value of each, as collectd's own files have it"
for store in a b; do
  series=$(stored $store | grep -m1 if_packets)
  tap_diag "$series, in $store: $(lab_graphite_last "lab.wiretruth-eth0.$series"), collectd $(value_of "$series")"
done
tap_done
