<?php

// SPDX-License-Identifier: MIT
//
// Puts what is beside this file, and the MIB, into an installation of LibreNMS, or takes it out again. What it put there
// before is replaced, so that it is run again after an update of either. Nothing is written unless all can be read.
//
//   php install.php DIRECTORY [MIB-FILE]     DIRECTORY is LibreNMS's, for example /opt/librenms
//   php install.php --remove DIRECTORY

use Symfony\Component\Yaml\Yaml;

const MIB = 'WIRETRUTH-MIB';
const HANDLER = 'LibreNMS/Snmptrap/Handlers/Wiretruth.php';

function fail(string $what): never
{
    fwrite(STDERR, "install.php: $what\n");
    exit(1);
}

/** The first of the files that is there. */
function first(array $files, string $what): string
{
    foreach ($files as $file) {
        if (is_readable($file) && is_file($file)) {
            return $file;
        }
    }
    fail("found no $what: there should be a file " . implode(' or ', $files));
}

function is_ours(array $entry): bool
{
    return str_starts_with(implode(' ', (array) ($entry['oid'] ?? '')), MIB . '::');
}

/** A definition without our sensors, and with those of the addition. */
function merge(string $text, string $addition): string
{
    $definition = Yaml::parse($text);
    $sensors = $definition['modules']['sensors'] ?? [];
    foreach ($sensors as $class => $part) {
        $others = array_values(array_filter($part['data'] ?? [], fn ($entry) => ! is_ours($entry)));
        $sensors[$class]['data'] = $others;
        if ($sensors[$class] === ['data' => []]) {
            unset($sensors[$class]);
        }
    }
    foreach (Yaml::parse($addition)['modules']['sensors'] ?? [] as $class => $part) {
        $sensors[$class]['data'] = array_merge($sensors[$class]['data'] ?? [], $part['data']);
    }
    $definition['modules']['sensors'] = $sensors;

    return Yaml::dump($definition, 10, 4);
}

/** The list of handlers without our notifications, and with those of the addition. */
function register(string $text, string $addition): string
{
    $ours = "/^ *'" . MIB . "::.*\n/m";
    preg_match_all($ours, $addition, $lines);
    $parts = preg_split("/(?<='trap_handlers' => \[\n)/", preg_replace($ours, '', $text));

    return count($parts) === 2 ? $parts[0] . implode('', $lines[0]) . $parts[1]
        : fail("config/snmptraps.php is not as expected: it should have one line 'trap_handlers' => [");
}

$remove = ($argv[1] ?? '') === '--remove';
$base = rtrim($argv[$remove ? 2 : 1] ?? '', '/');
if ($base === '') {
    fail("name the directory of LibreNMS: php install.php [--remove] DIRECTORY [MIB-FILE]");
}
require first(["$base/vendor/autoload.php"], 'LibreNMS');
$definition = first(["$base/resources/definitions/os_discovery/linux.yaml", "$base/includes/definitions/discovery/linux.yaml"],
    'definition of the OS linux');
$handlers = first(["$base/config/snmptraps.php"], 'list of trap handlers');
$module = "$base/mibs/linux/" . MIB;
$mib = isset($argv[2]) && ! $remove ? [$argv[2]] : [__DIR__ . '/../../mibs/' . MIB . '.txt', '/usr/share/snmp/mibs/' . MIB . '.txt'];

$files = [
    $definition => merge(file_get_contents($definition), $remove ? '' : file_get_contents(__DIR__ . '/linux.yaml')),
    $handlers => register(file_get_contents($handlers), $remove ? '' : file_get_contents(__DIR__ . '/snmptraps.php')),
];
if (! $remove) {
    $files[$module] = file_get_contents(first($mib, 'MIB'));
    $files["$base/" . HANDLER] = file_get_contents(__DIR__ . '/Wiretruth.php');
}
foreach ($files as $file => $text) {
    is_dir(dirname($file)) || mkdir(dirname($file), 0755, true) || fail(dirname($file) . ' cannot be made');
    file_put_contents($file, $text) === strlen($text) || fail("$file cannot be written");
    echo "$file\n";
}
foreach ($remove ? array_filter([$module, "$base/" . HANDLER], 'is_file') : [] as $file) {
    unlink($file) || fail("$file cannot be removed");
    echo "removed $file\n";
}
