# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The network of the matrix. Sourced after lab.sh, which has been started.
#
# "host" is observed. Each of its links ("cell") goes through a bridge of its own in "cutter", which can neither TSO nor
# GSO on its way out and so cuts what left "host" uncut, to "sink" or "far", whose reader counts frame by frame:
#
#   host NAME ── iNAME [ bNAME ] oNAME ── NAME sink
#
# What comes back is cut by the sender before it is counted there, passes the bridge as it is, and is merged, if at all,
# in "host".
#
#   cell NAME [END [MTU]]   declares one; its subnet is CELL_SUBNET[NAME]
#   cells_build             makes all of them

CELLS=()
declare -A CELL_SUBNET=() CELL_END=() CELL_MTU=()

cell() { # NAME [END [MTU]]
  CELLS+=("$1")
  CELL_SUBNET[$1]=${#CELLS[@]} CELL_END[$1]=${2:-sink} CELL_MTU[$1]=${3:-1500}
}

cell_mac() { lab_mac "${CELL_SUBNET[$1]}" "$2"; } # NAME SIDE: of the link to the bridge, as it is seen from host
cell_end_mac() { lab_mac $((CELL_SUBNET[$1] + 100)) 2; } # NAME
cell_address() { lab_address "${CELL_SUBNET[$1]}" "$2" "${3:-4}"; } # NAME SIDE [4|6]

cells_build() {
  local name subnet mtu end
  {
    for name in "${CELLS[@]}"; do
      subnet=${CELL_SUBNET[$name]} mtu=${CELL_MTU[$name]} end=${CELL_END[$name]}
      cat <<END
link add i$name mtu $mtu address $(lab_mac "$subnet" 2) type veth peer name $name mtu $mtu address $(lab_mac "$subnet" 1) netns $(lab_ns host)
link add o$name mtu $mtu address $(lab_mac $((subnet + 100)) 1) type veth peer name $name mtu $mtu address $(lab_mac $((subnet + 100)) 2) netns $(lab_ns "$end")
link add b$name type bridge mcast_snooping 0
link set i$name master b$name
link set o$name master b$name
link set b$name multicast off arp off up
link set i$name arp off multicast off up
link set o$name arp off multicast off up
END
    done
  } | ip -n "$(lab_ns cutter)" -batch - || return
  for end in sink far; do
    for name in "${CELLS[@]}"; do
      [[ ${CELL_END[$name]} == "$end" ]] && echo "link set $name arp off multicast off up"
    done | ip -n "$(lab_ns $end)" -batch - || return
  done
  for name in "${CELLS[@]}"; do echo "link set $name arp off multicast off up"; done |
    ip -n "$(lab_ns host)" -batch - || return
  # A veth's own noqueue keeps no statistics.
  for name in "${CELLS[@]}"; do echo "qdisc add dev $name root pfifo limit 10000"; done |
    tc -n "$(lab_ns host)" -batch - || return
  for name in "${CELLS[@]}"; do
    lab_wait 5 "carrier on $name" lab_has_carrier host "$name" || return
    lab_wait 5 "forwarding by b$name" cell_forwards "$name" || return
  done
  cells_offload
}

cell_forwards() {
  [[ $(lab_in cutter cat "/sys/class/net/o$1/brport/state" "/sys/class/net/i$1/brport/state" 2>/dev/null) == $'3\n3' ]]
}

# What cuts and what sends cut; the host's own ends are set where a cell is declared. One shell a host: each call of
# ethtool is a few milliseconds.
cells_offload() {
  local off='tso off gso off gro off tx-udp-segmentation off' end
  lab_in cutter sh -ec "for if; do
    ethtool -K i\$if gro off tso off gso off; ethtool -K o\$if $off tx-gso-list off tx-udp_tnl-segmentation off tx-udp_tnl-csum-segmentation off
  done" offload "${CELLS[@]}" >"$LAB_DIR/offload.log" 2>&1 || { lab_fail "$(<"$LAB_DIR/offload.log")"; return; }
  for end in sink far; do
    # shellcheck disable=SC2046
    lab_in $end sh -ec "for if; do ethtool -K \$if $off; done" offload $(cells_of $end) >"$LAB_DIR/offload.log" 2>&1 ||
      { lab_fail "$(<"$LAB_DIR/offload.log")"; return; }
  done
}

cells_of() { # END
  local name
  for name in "${CELLS[@]}"; do [[ ${CELL_END[$name]} == "$1" ]] && echo "$name"; done
  return 0
}

# cell_join NAME [IF]: addresses at both ends; in host on NAME, or on what stands above it, with a MAC of its own or not
cell_join() {
  local name=$1 if=${2:-$1} mac=${3:-$(cell_mac "$1" 1)}
  lab_join host "$if" "${CELL_SUBNET[$name]}" 1 "$(cell_end_mac "$name")" || return
  lab_join "${CELL_END[$name]}" "$name" "${CELL_SUBNET[$name]}" 2 "$mac"
}
