<?php

// SPDX-License-Identifier: MIT
//
// A definition as LibreNMS reads it: by the parser that LibreNMS has (symfony/yaml), held to a JSON schema, and resolved
// by the rules of its YAML discovery on what was walked. Those rules, as they are published:
//
// - every "oid" is walked with the flags -OteQUSab -Pu -Ih, or with snmp_flags; it has its values by index and name;
// - "value" is a name in the row, or the oid; a row in which it is no number makes no sensor, nor one of skip_values;
// - a template {{ $index }}, {{ $subindexN }} or {{ NAME }}, where NAME is an object of the same index, and NAME:N one
//   with the index' part N; what is not there becomes nothing;
// - a limit is a number, or the name of an object of the same index, and is then divided as the value is.
//
//   php _librenms_discovery.php check DEFINITION SCHEMA    what the schema has against it, a line each
//   php _librenms_discovery.php walks DEFINITION           what is walked: FLAGS<tab>OID
//   php _librenms_discovery.php states DEFINITION          OID<tab>VALUE<tab>DESCR of each state
//   php _librenms_discovery.php columns DEFINITION         OID<tab>NUM_OID of each sensor
//   php _librenms_discovery.php resolve DEFINITION WALKS   WALKS has a file OID for each walk. A sensor a line:
//                                                          CLASS INDEX NUM_OID PORT VALUE LIMIT DESCR, with tabs
//
// Problems go to the error output, and it ends with 1.

require_once 'Symfony/Component/Yaml/autoload.php';
require_once 'JsonSchema/autoload.php';

const FLAGS = '-OteQUSab -Pu -Ih';

function fail(string $what): void
{
    global $failed;
    fwrite(STDERR, "$what\n");
    $failed = true;
}

/** Each sensor with its class. */
function sensors(array $definition): Generator
{
    foreach ($definition['modules']['sensors'] as $class => $part) {
        foreach ($class === 'additional_oids' ? [] : $part['data'] as $sensor) {
            yield $class => $sensor;
        }
    }
}

/** Flags by OID, each once: the first who asks for it has his way. */
function walks(array $definition): array
{
    $walks = [];
    foreach ($definition['modules']['sensors'] as $part) {
        foreach ($part['data'] as $entry) {
            $flags = isset($entry['snmp_flags']) ? implode(' ', (array) $entry['snmp_flags']) . ' -Ih' : FLAGS;
            foreach ((array) $entry['oid'] as $oid) {
                $walks[$oid] ??= $flags;
            }
        }
    }

    return $walks;
}

/** What snmpbulkwalk printed: values by index and name. */
function table(string $file): array
{
    $rows = [];
    foreach (file($file, FILE_IGNORE_NEW_LINES) as $line) {
        if (preg_match('/^([^ .]+)\.([0-9.]+) = ?(.*)$/', $line, $part) && ! str_contains($part[3], 'at this OID')) {
            $rows[$part[2]][$part[1]] = trim($part[3], '"');
        }
    }

    return $rows;
}

/** The value of an object of the index, NULL if there is none. */
function object_of(string $name, string $index, array $tables): ?string
{
    if (preg_match('/^(.+):(\d+)$/', $name, $part)) {
        $name = $part[1];
        $index = explode('.', $index)[$part[2]] ?? '';
    } elseif (str_contains($name, '.')) {
        [$name, $index] = explode('.', $name, 2);
    }

    return $tables[$name][$index][$name] ?? null;
}

function render(string $template, string $index, array $tables): string
{
    return preg_replace_callback('/{{ \$?([a-zA-Z0-9\-_.:]+) }}/', function (array $match) use ($index, $tables, $template) {
        if ($match[1] === 'index') {
            return $index;
        }
        if (preg_match('/^subindex(\d)$/', $match[1], $part)) {
            $value = explode('.', $index)[$part[1]] ?? null;
        } else {
            $value = object_of($match[1], $index, $tables);
        }
        if ($value === null || $value === '') {
            fail("$template: nothing for $match[0] at index $index");
        }

        return (string) $value;
    }, $template);
}

function skipped(string $value, array|float|int $skip_values, string $index, array $tables): bool
{
    foreach ((array) $skip_values as $skip) {
        if (! is_array($skip)) {
            if ($value == $skip) {
                return true;
            }
        } elseif ($skip['op'] !== '=') {
            fail("skip_values: $skip[op] is not known to this test");
        } elseif (object_of($skip['oid'], $index, $tables) == $skip['value']) {
            return true;
        }
    }

    return false;
}

function limit(array $sensor, string $index, array $tables): string
{
    $limit = $sensor['high_limit'] ?? '';
    if ($limit === '' || is_numeric($limit)) {
        return $limit;
    }
    $value = object_of($limit, $index, $tables);

    return is_numeric($value) ? $value / ($sensor['divisor'] ?? 1) : '';
}

function resolve(array $definition, string $directory): void
{
    $tables = array_map(fn ($oid) => table("$directory/$oid"), array_combine($oids = array_keys(walks($definition)), $oids));
    $seen = [];
    foreach (sensors($definition) as $class => $sensor) {
        $name = $sensor['value'] ?? $sensor['oid'];
        foreach ($tables[$sensor['oid']] as $index => $row) {
            $index = (string) $index;
            $value = $row[$name] ?? '';
            if (! is_numeric($value) || skipped($value, $sensor['skip_values'] ?? [], $index, $tables)) {
                continue;
            }
            // What LibreNMS tells a sensor by.
            $key = implode(' ', [$class, $sensor['state_name'] ?? '', render($sensor['index'] ?? '{{ $index }}', $index, $tables)]);
            if (isset($seen[$key])) {
                fail("two sensors are $key");
            }
            $seen[$key] = true;
            echo implode("\t", [
                $class,
                render($sensor['index'] ?? '{{ $index }}', $index, $tables),
                render($sensor['num_oid'], $index, $tables),
                render($sensor['entPhysicalIndex'] ?? '', $index, $tables),
                $value / ($sensor['divisor'] ?? 1),
                limit($sensor, $index, $tables),
                render($sensor['descr'], $index, $tables),
            ]), "\n";
        }
    }
}

function check(array $definition, string $schema): void
{
    $data = json_decode(json_encode($definition));
    $validator = new JsonSchema\Validator;
    $validator->validate($data, (object) ['$ref' => 'file://' . realpath($schema)]);
    foreach ($validator->getErrors() as $error) {
        fail("$error[property]: $error[message]");
    }
}

$failed = false;
[, $command, $file] = $argv;
$definition = Symfony\Component\Yaml\Yaml::parseFile($file);
switch ($command) {
    case 'check':
        check($definition, $argv[3]);
        break;
    case 'walks':
        foreach (walks($definition) as $oid => $flags) {
            echo "$flags\t$oid\n";
        }
        break;
    case 'columns':
        foreach (sensors($definition) as $sensor) {
            echo "$sensor[oid]\t$sensor[num_oid]\n";
        }
        break;
    case 'states':
        foreach ($definition['modules']['sensors']['state']['data'] as $sensor) {
            foreach ($sensor['states'] as $state) {
                echo "$sensor[oid]\t$state[value]\t$state[descr]\n";
            }
        }
        break;
    case 'resolve':
        resolve($definition, $argv[3]);
        break;
    default:
        fail("no command $command");
}
exit($failed ? 1 : 0);
