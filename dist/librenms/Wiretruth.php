<?php

// SPDX-License-Identifier: MIT
//
// What LibreNMS makes of the notifications of WIRETRUTH-MIB: an entry in the event log with a severity, at the port that
// the notification names. Its place is LibreNMS/Snmptrap/Handlers/Wiretruth.php; see README.md.

namespace LibreNMS\Snmptrap\Handlers;

use App\Models\Device;
use LibreNMS\Enum\Severity;
use LibreNMS\Interfaces\SnmptrapHandler;
use LibreNMS\Snmptrap\Trap;

class Wiretruth implements SnmptrapHandler
{
    private const MIB = 'WIRETRUTH-MIB::';

    private const SEVERITIES = [
        'wtDivergenceRaised' => Severity::Warning,
        'wtDivergenceCleared' => Severity::Ok,
        'wtOffloadChanged' => Severity::Notice,
        'wtCaptureDegraded' => Severity::Warning,
        'wtCaptureRestored' => Severity::Ok,
    ];

    public function handle(Device $device, Trap $trap): void
    {
        $name = str_replace(self::MIB, '', $trap->getTrapOid());
        $severity = self::SEVERITIES[$name] ?? Severity::Info;
        // The agent says all of it in a sentence.
        $text = $trap->getOidData(self::MIB . 'wtNotifyText.0');
        $message = 'wiretruth: ' . ($text !== '' ? $text : "$name, without a text");
        $port = $this->port($device, $trap);

        if ($port) {
            $trap->log($message, $severity, 'interface', $port->port_id);
        } else {
            $trap->log($message, $severity);
        }
    }

    /** The port by the ifIndex of the notification; null if it has none, or LibreNMS does not know it. */
    private function port(Device $device, Trap $trap)
    {
        $ifIndex = $trap->getOidData($trap->findOid('IF-MIB::ifIndex.'));

        return is_numeric($ifIndex) ? $device->ports()->where('ifIndex', $ifIndex)->first() : null;
    }
}
