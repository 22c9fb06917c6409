# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# dist/librenms/install.php on a directory with what it needs to see of LibreNMS: $tree, where the MIB, the definition and
# the handler are afterwards. Sourced by librenms.sh, whose names it uses.
# shellcheck disable=SC2154

# What install.php needs to see of LibreNMS, made by this test: two files with something in them, and the YAML parser.
make_tree() {
  mkdir -p "$tree/vendor" "$tree/config" "$tree/resources/definitions/os_discovery" "$tree/LibreNMS/Snmptrap/Handlers"
  echo "<?php require_once 'Symfony/Component/Yaml/autoload.php';" >"$tree/vendor/autoload.php"
  cat >"$tree/config/snmptraps.php" <<'END'
<?php

return [
    'trap_handlers' => [
        'IF-MIB::linkDown' => \LibreNMS\Snmptrap\Handlers\LinkDown::class,
    ],
];
END
  cat >"$tree/resources/definitions/os_discovery/linux.yaml" <<'END'
modules:
    sensors:
        count:
            data:
                -
                    oid: IF-MIB::ifMtu
                    num_oid: '.1.3.6.1.2.1.2.2.1.4.{{ $index }}'
                    descr: MTU
END
}

# All of the tree but the parser, by name and content.
tree_of() { (cd "$1" && find . -type f ! -path './vendor/*' -exec md5sum {} + | sort -k 2); }

install() { php "$dist/install.php" "$@" 2>&1; }

test_install() {
  local before=$LAB_DIR/tree-before removed=$LAB_DIR/tree-removed handler=LibreNMS/Snmptrap/Handlers/Wiretruth.php
  local os=resources/definitions/os_discovery/linux.yaml
  make_tree && cp -r "$tree" "$before"
  tap_is "$(install "$tree" | sed "s|^$tree/||" | paste -sd' ')" \
    "$os config/snmptraps.php mibs/linux/WIRETRUTH-MIB $handler" 'install.php says what it writes'
  tap_is "$(definition=$tree/$os discovery columns | sort)" \
    "$({ discovery columns; definition=$before/$os discovery columns; } | sort)" 'sensors are added to those that are there'
  tap_is "$(definition=$tree/$os discovery check "$schema" 2>&1)" '' 'and that keeps to the schema'
  tap_is "$(cmp "$LAB_SNMP_MIB" "$tree/mibs/linux/WIRETRUTH-MIB" 2>&1; cmp "$dist/Wiretruth.php" "$tree/$handler" 2>&1)" '' \
    'the module and the handler are copied'
  tree_of "$tree" >"$LAB_DIR/tree-once"
  install "$tree" "$LAB_SNMP_MIB" >/dev/null
  tap_is "$(tree_of "$tree" | diff "$LAB_DIR/tree-once" -)" '' 'a second time, with the MIB named, changes nothing'
  cp -r "$tree" "$removed"
  install --remove "$removed" >/dev/null
  tap_is "$(tree_of "$removed" | grep -v 'yaml$')" "$(tree_of "$before" | grep -v 'yaml$')" 'it is taken out again'
  tap_is "$(definition=$removed/$os discovery columns)" "$(definition=$before/$os discovery columns)" \
    'with its sensors, and no others'
  tap_is "$(install "$LAB_DIR/none")" \
    "install.php: found no LibreNMS: there should be a file $LAB_DIR/none/vendor/autoload.php" 'no LibreNMS: it says so'
  sed -i 's/.trap_handlers./"trap_handlers"/' "$removed/config/snmptraps.php"
  tree_of "$removed" >"$LAB_DIR/tree-once"
  tap_is "$(install "$removed" | grep -c 'not as expected')" 1 'a list of handlers that it does not know is refused'
  tap_is "$(tree_of "$removed" | diff "$LAB_DIR/tree-once" -)" '' 'and nothing is written'
}
