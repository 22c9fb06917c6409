<?php

// SPDX-License-Identifier: MIT
//
// A trap handler of LibreNMS, given the text that snmptrapd hands to a program, without LibreNMS: the classes below are
// this test's own, with the public interface that LibreNMS publishes of those that the handler uses, and no more. What
// they do with a device, its ports and the event log is not LibreNMS's doing.
//
//   php _librenms_trap.php HANDLER REGISTRATION PORTS <TEXT    PORTS: IFINDEX=PORT_ID,...
//
// Prints each entry of the event log: SEVERITY TYPE REFERENCE MESSAGE, with tabs. Ends with 1 if no handler is
// registered for the trap.

namespace LibreNMS\Enum {
    enum Severity: int
    {
        case Unknown = 0;
        case Ok = 1;
        case Info = 2;
        case Notice = 3;
        case Warning = 4;
        case Error = 5;
    }
}

namespace App\Models {
    class Port
    {
        public function __construct(public int $port_id, public int $ifIndex)
        {
        }
    }

    /** The ports of a device as a query: only comparison for equality, and the first. */
    class Ports
    {
        public function __construct(private array $ports)
        {
        }

        public function where(string $column, mixed $value): static
        {
            return new static(array_values(array_filter($this->ports, fn ($port) => $port->$column == $value)));
        }

        public function first(): ?Port
        {
            return $this->ports[0] ?? null;
        }
    }

    class Device
    {
        public function __construct(private array $ports)
        {
        }

        public function ports(): Ports
        {
            return new Ports($this->ports);
        }
    }
}

namespace LibreNMS\Snmptrap {
    use LibreNMS\Enum\Severity;

    /** First line the host, second the addresses, then a line an object: its name, a blank, its value. */
    class Trap
    {
        private array $objects = [];

        public function __construct(public readonly string $raw)
        {
            foreach (array_slice(explode("\n", trim($raw)), 2) as $line) {
                [$name, $value] = explode(' ', $line, 2);
                $this->objects[$name] = trim($value, '"');
            }
        }

        public function findOid(array|string $search): string
        {
            foreach (array_keys($this->objects) as $name) {
                foreach ((array) $search as $part) {
                    if (str_contains($name, $part)) {
                        return $name;
                    }
                }
            }

            return '';
        }

        public function getOidData(string $oid): string
        {
            return $this->objects[$oid] ?? '';
        }

        public function getTrapOid(): string
        {
            return $this->getOidData('SNMPv2-MIB::snmpTrapOID.0');
        }

        public function log(string $message, Severity $severity = Severity::Info, string $type = 'trap', int|null|string $reference = null): void
        {
            echo implode("\t", [$severity->name, $type, $reference ?? '-', $message]), "\n";
        }
    }
}

namespace LibreNMS\Interfaces {
    use App\Models\Device;
    use LibreNMS\Snmptrap\Trap;

    interface SnmptrapHandler
    {
        public function handle(Device $device, Trap $trap);
    }
}

namespace {
    // A warning is an error here.
    set_error_handler(function (int $level, string $message, string $file, int $line) {
        throw new ErrorException($message, 0, $level, $file, $line);
    });
    [, $handler, $registration, $ports] = $argv;
    require $handler;
    $handlers = (require $registration)['trap_handlers'];
    $trap = new LibreNMS\Snmptrap\Trap(stream_get_contents(STDIN));
    $class = $handlers[$trap->getTrapOid()] ?? null;
    if ($class === null) {
        fwrite(STDERR, "no handler is registered for {$trap->getTrapOid()}\n");
        exit(1);
    }
    $device = new App\Models\Device(array_map(function (string $pair) {
        [$ifIndex, $port_id] = explode('=', $pair);

        return new App\Models\Port((int) $port_id, (int) $ifIndex);
    }, explode(',', $ports)));
    (new $class)->handle($device, $trap);
}
