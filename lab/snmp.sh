# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A real snmpd with our subagent on a lab host, and what a manager reads from it. Source it after lab.sh.
#
#   lab_snmp_start HOST [INTERFACE]...   snmpd, then wiretruth-agentx; returns when the direction table answers
#   lab_snmp_configure HOST [LINE]...    only writes the configurations, the lines into wiretruth.conf
#   lab_snmp_run HOST                    starts both as they are configured; returns when the direction table answers
#   lab_snmp_master HOST                 starts snmpd alone; its pid in LAB_SNMP_MASTER
#   lab_snmp_agent HOST                  starts wiretruth-agentx alone; its pid in LAB_SNMP_AGENT
#   lab_snmp_inside HOST                 starts snmpd with wiretruth-snmp.so inside, as configured; returns when it answers
#   lab_snmp_valgrind LOG                makes LAB_SNMP_VALGRIND the command that finds errors of memory, for what follows it
#   lab_snmp_found LOG                   what valgrind said of our sources
#   lab_snmp_stop                        ends both; the subagent's exit status in LAB_STATUS
#   lab_snmp_have_mibs                   whether the IETF's base modules are there, so that names can be shown
#   lab_snmp_table HOST TABLE            snmptable: a table as a person reads it
#   lab_snmp_walk HOST NAME-OR-OID       snmpbulkwalk, with names where there are modules for them
#   lab_snmp_get HOST IFACE DIR COLUMN   one value and nothing else: IFACE is a name or an ifIndex (0 for a scalar); DIR
#                                        is rx or tx, or - where there is none. Numbers of enumerations
#                                        stay numbers. Fails if there is no such instance
#   lab_snmp_oid NAME                    the number of an object, taken from the MIB file
#   lab_snmp_polled HOST SECONDS         waits until a poll was made that began after this was called
#   lab_snmp_has_links HOST              whether the interface table has what lab_links has, to the last
#
# Names in the arguments are those of WIRETRUTH-MIB. Without base modules walks show numbers instead of names.
# LAB_SNMP_MODULES, each with a comma before it, are modules of snmpd beside those that the lab needs.
# LAB_SNMP_WRAP, an array, goes before the command wiretruth-agentx (setpriv, valgrind), LAB_SNMP_MASTER_WRAP before
# snmpd, and LAB_SNMP_MASTER_OPTIONS after it. LAB_SNMP_WAIT are seconds that the first answer may take.

LAB_SNMP_MIB=$LAB_ROOT/mibs/WIRETRUTH-MIB.txt
LAB_SNMP_BASE=$LAB_ROOT/build/npm/node_modules/net-snmp/lib/mibs
LAB_SNMP_NET=/usr/share/snmp/mibs # NET-SNMP-MIB of libsnmp-base
LAB_SNMP_PROGRAM=$(PATH=$PATH:/usr/sbin:/sbin command -v snmpd) || LAB_SNMP_PROGRAM=snmpd
LAB_SNMP_WRAP=()
LAB_SNMP_OPTIONS=(-f)
LAB_SNMP_MASTER_WRAP=()
LAB_SNMP_MASTER_OPTIONS=()
LAB_SNMP_ENV=()
LAB_SNMP_VALGRIND=()
LAB_SNMP_COMMAND=()
LAB_SNMP_MODULES=
LAB_SNMP_WAIT=20
LAB_SNMP_MASTER=
LAB_SNMP_AGENT=
declare -A LAB_SNMP_OIDS=()

lab_snmp_have_mibs() { [[ -r $LAB_SNMP_BASE/SNMPv2-SMI.mib && -r $LAB_SNMP_NET/NET-SNMP-MIB.txt ]]; }

# ---- start and end ------------------------------------------------------------------------------------------------

lab_snmp_dir() { echo "$LAB_DIR/snmp-$1"; }

# What goes before each command, in LAB_SNMP_ENV: nothing of this machine's SNMP is read, and nothing but the lab's
# directory is written, for the tools too keep a store.
lab_snmp_env() { # HOST
  local dir
  dir=$(lab_snmp_dir "$1")
  LAB_SNMP_ENV=(env SNMPCONFPATH="$dir/conf" SNMP_PERSISTENT_DIR="$dir/store" MIBS= MIBDIRS="$dir/conf")
}

lab_snmp_configure() { # HOST [LINE]...
  local dir
  lab_snmp_oid wtVersion >/dev/null # which reads the file once, where subshells would each do so
  dir=$(lab_snmp_dir "$1")
  shift
  mkdir -p "$dir/conf" "$dir/store" || return
  cat >"$dir/conf/snmpd.conf" <<END
agentAddress udp:127.0.0.1:161
rocommunity public 127.0.0.1
master agentx
dontLogTCPWrappersConnects yes
agentXSocket unix:$dir/agentx
END
  {
    echo "agentXSocket unix:$dir/agentx"
    echo "agentXPingInterval 1"
    echo "PollInterval 1"
    [[ -z ${LAB_SNMP_EXTRA-} ]] || echo "$LAB_SNMP_EXTRA"
    (($# == 0)) || printf '%s\n' "$@"
  } >"$dir/conf/wiretruth.conf"
}

# A module built with sanitizers needs their libraries in snmpd from its start. What snmpd itself has not freed at its end
# is its own affair, so leaks are left to valgrind.
lab_snmp_command() {
  local libraries=''
  [[ ! -e $LAB_BUILD/wiretruth-snmp.so ]] || libraries=$(lab_preload)
  LAB_SNMP_COMMAND=(${LAB_SNMP_MASTER_WRAP[@]+"${LAB_SNMP_MASTER_WRAP[@]}"})
  if [[ $libraries ]]; then
    LAB_SNMP_COMMAND+=(env "LD_PRELOAD=$libraries" "ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0")
  fi
  LAB_SNMP_COMMAND+=("$LAB_SNMP_PROGRAM")
}

lab_snmp_master() { # HOST
  lab_snmp_env "$1"
  lab_snmp_command
  lab_spawn_in "$1" "snmpd-$1" "${LAB_SNMP_ENV[@]}" "${LAB_SNMP_COMMAND[@]}" -f -Lo \
    -I "snmp_mib,sysORTable,system_mib,vacm_conf,usmConf$LAB_SNMP_MODULES" \
    ${LAB_SNMP_MASTER_OPTIONS[@]+"${LAB_SNMP_MASTER_OPTIONS[@]}"} || return
  LAB_SNMP_MASTER=$LAB_PID
  # A request that comes before it listens is lost, and sent again only after two seconds.
  lab_wait_log 10 "snmpd-$1" '^NET-SNMP version' || return
  lab_wait 10 "snmpd on $1 to answer" lab_snmp_answers "$1"
}

lab_snmp_answers() { lab_snmp_raw "$1" snmpget .1.3.6.1.2.1.1.3.0 >/dev/null; } # HOST

lab_snmp_agent() { # HOST
  lab_snmp_env "$1"
  lab_spawn_in "$1" "agentx-$1" "${LAB_SNMP_ENV[@]}" \
    ${LAB_SNMP_WRAP[@]+"${LAB_SNMP_WRAP[@]}"} "$LAB_BUILD/wiretruth-agentx" "${LAB_SNMP_OPTIONS[@]}" || return
  LAB_SNMP_AGENT=$LAB_PID
}

lab_snmp_start() { # HOST [INTERFACE]...
  local host=$1
  shift
  lab_snmp_configure "$host" "${@/#/Interface }" && lab_snmp_run "$host"
}

lab_snmp_run() { # HOST
  lab_snmp_master "$1" && lab_snmp_agent "$1" || return
  lab_wait "$LAB_SNMP_WAIT" "wiretruth-agentx on $1 to answer" lab_snmp_serves "$1" && return
  sed 's/^/  /' "$LAB_DIR/agentx-$1.log" >&2
  return 1
}

lab_snmp_inside() { # HOST
  local LAB_SNMP_MODULES=$LAB_SNMP_MODULES,dlmod
  echo "dlmod wiretruth $LAB_BUILD/wiretruth-snmp.so" >>"$(lab_snmp_dir "$1")/conf/snmpd.conf"
  lab_snmp_master "$1" && lab_wait "$LAB_SNMP_WAIT" "wiretruth-snmp.so on $1 to answer" lab_snmp_serves "$1" && return
  sed 's/^/  /' "$LAB_DIR/snmpd-$1.log" >&2
  return 1
}

# Whether the direction table has a row.
lab_snmp_serves() { # HOST
  lab_snmp_raw "$1" snmpgetnext "$(lab_snmp_oid wtDirCause)" | grep -q "^$(lab_snmp_oid wtDirCause)\."
}

lab_snmp_stop() {
  if [[ -n $LAB_SNMP_MASTER ]]; then lab_stop "$LAB_SNMP_MASTER"; fi
  if [[ -n $LAB_SNMP_AGENT ]]; then lab_stop "$LAB_SNMP_AGENT"; fi
  LAB_SNMP_MASTER='' LAB_SNMP_AGENT=''
}

lab_snmp_valgrind() { # LOG
  # libbpf 1.1 passes structures with holes to the kernel, which looks at the fields only.
  printf '{\n libbpf\n Memcheck:Param\n bpf(attr->%s)\n ...\n obj:*libbpf.so*\n ...\n}\n' \
    expected_attach_type prog_ifindex >"$LAB_DIR/valgrind.supp"
  # shellcheck disable=SC2034 # for the caller
  LAB_SNMP_VALGRIND=(valgrind --quiet --leak-check=full "--show-leak-kinds=definite,indirect" "--log-file=$1"
    "--suppressions=$LAB_DIR/valgrind.supp")
}

# Frames that name a source file are ours: Net-SNMP has no debug information here.
lab_snmp_found() { # LOG
  local ours
  ours=$(find "$LAB_ROOT/common" "$LAB_ROOT/plugins/netsnmp" -name '*.c' -printf '%f\n' | paste -sd'|')
  grep -E "\(($ours):[0-9]+\)" "$1"
}

# ---- reading ------------------------------------------------------------------------------------------------------

# lab_snmp_raw HOST TOOL [ARGUMENT]...: OIDs and enumerations as numbers
lab_snmp_raw() {
  local host=$1 tool=$2
  shift 2
  lab_snmp_env "$host"
  lab_in "$host" "${LAB_SNMP_ENV[@]}" "$tool" -v2c -c public -t 2 -r 1 -On -Oe -Ot -OU udp:127.0.0.1:161 "$@" 2>&1
}

# lab_snmp_named HOST TOOL [ARGUMENT]...: the same with the names of the MIB, where the modules are there
lab_snmp_named() {
  local host=$1 tool=$2
  shift 2
  if lab_snmp_have_mibs; then
    lab_snmp_env "$host"
    lab_in "$host" "${LAB_SNMP_ENV[@]}" "$tool" -v2c -c public -t 2 -r 1 -OU \
      -M "$LAB_SNMP_BASE:$LAB_SNMP_NET:${LAB_SNMP_MIB%/*}" -m WIRETRUTH-MIB \
      ${LAB_SNMP_FORM[@]+"${LAB_SNMP_FORM[@]}"} udp:127.0.0.1:161 "$@" 2>&1
  else
    lab_snmp_raw "$host" "$tool" "$@"
  fi
}

lab_snmp_walk() { # HOST NAME-OR-OID
  lab_snmp_named "$1" snmpbulkwalk "$(lab_snmp_oid "$2")"
}

# One block of columns after the other, each as wide as a terminal. Without modules: the walk.
lab_snmp_table() { # HOST TABLE
  lab_snmp_have_mibs || { lab_snmp_raw "$1" snmpbulkwalk "$(lab_snmp_oid "$2")"; return; }
  local -a LAB_SNMP_FORM=(-Cb -Ci -CB -Cw "${COLUMNS:-120}")
  lab_snmp_named "$1" snmptable "WIRETRUTH-MIB::$2" |
    sed -e 's/[[:blank:]]*$//' -e '/^SNMP table/d' | cat -s
}

lab_snmp_get() { # HOST IFACE DIR COLUMN
  local host=$1 index=$2 instance value oid
  if [[ $index != *[!0-9]* ]]; then :; else index=$(lab_snmp_ifindex "$host" "$index") || return; fi
  case $3 in
    rx) instance=$index.1 ;;
    tx) instance=$index.2 ;;
    *) instance=$index ;;
  esac
  oid=$(lab_snmp_oid "$4") || return
  value=$(lab_snmp_raw "$host" snmpget -OQ -Ov "$oid.$instance") || return
  case $value in
    *'No Such '* | *'No more variables'* | '') return 1 ;;
  esac
  value=${value#\"}
  echo "${value%\"}"
}

lab_snmp_ifindex() { lab_in "$1" cat "/sys/class/net/$2/ifindex" 2>/dev/null; } # HOST IFACE

# Requests are answered while a poll is under way, too: of two that end after this was called, the second has begun after.
lab_snmp_polled() { # HOST SECONDS
  local polls
  polls=$(lab_snmp_get "$1" 0 - wtPolls) || { lab_fail "wiretruth-agentx on $1 does not answer"; return; }
  lab_wait "$2" "a poll of wiretruth-agentx on $1" lab_snmp_polls_above "$1" $((polls + 1))
}

# Requests are packets that the host receives, too: few of them, where shares of what it received are told.
lab_snmp_polls_above() { # HOST NUMBER
  local polls
  if polls=$(lab_snmp_get "$1" 0 - wtPolls) && ((polls > $2)); then return; fi
  sleep 0.2
  return 1
}

lab_snmp_has_links() { cmp -s <(lab_links "$1") <(lab_snmp_links "$1"); } # HOST

# ifIndex and name of each, as a manager reads them
lab_snmp_links() { # HOST
  local oid
  oid=$(lab_snmp_oid wtIfName)
  lab_snmp_raw "$1" snmpbulkwalk -OQ -t 20 "$oid" | sed -n "s/^$oid\.\([0-9]*\) = \"\(.*\)\"$/\1 \2/p" | sort -n
}

# ---- the MIB file -------------------------------------------------------------------------------------------------

# Every name that the file gives a number to, with that number, one a line. Read without any tool, so that values can
# be read where no base modules are.
lab_snmp_names() {
  sed 's/^ *--.*//' "$LAB_SNMP_MIB" | awk '
    # What the module may be rooted below, of modules that are not its own.
    BEGIN { oid["enterprises"] = ".1.3.6.1.4.1"; oid["netSnmpPlaypen"] = oid["enterprises"] ".8072.9999.9999" }
    # Only what is outside quotes counts.
    {
      n = split($0, part, "\"")
      for (i = 1; i <= n; i++) {
        if (!quoted) text = text " " part[i]
        if (i < n) quoted = !quoted
      }
    }
    END {
      gsub(/[{},;]/, " & ", text)
      n = split(text, word, /[ \t\n]+/)
      for (i = 1; i <= n; i++) {
        # A name before a word in capitals is defined there; what follows it up to its number may name others.
        if (word[i] ~ /^[a-z]/ && word[i + 1] ~ /^(OBJECT|[A-Z]+-(IDENTITY|TYPE|GROUP|COMPLIANCE))$/) name = word[i]
        if (name != "" && word[i] == "::=" && word[i + 1] == "{" && word[i + 4] == "}") {
          oid[name] = oid[word[i + 2]] "." word[i + 3]
          print name, oid[name]
          name = ""
        }
      }
    }'
}

lab_snmp_oid() { # NAME
  local name oid
  if [[ $1 == .* ]]; then echo "$1"; return; fi
  if ((${#LAB_SNMP_OIDS[@]} == 0)); then
    while read -r name oid; do LAB_SNMP_OIDS[$name]=$oid; done < <(lab_snmp_names)
  fi
  [[ -n ${LAB_SNMP_OIDS[$1]-} ]] || { lab_fail "no object $1 in ${LAB_SNMP_MIB##*/}"; return; }
  echo "${LAB_SNMP_OIDS[$1]}"
}
