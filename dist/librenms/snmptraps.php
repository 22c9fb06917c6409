<?php

// SPDX-License-Identifier: MIT
//
// The notifications of WIRETRUTH-MIB and the class that handles them. These lines belong into the array trap_handlers of
// config/snmptraps.php of LibreNMS; see README.md.

return [
    'trap_handlers' => [
        'WIRETRUTH-MIB::wtCaptureDegraded' => \LibreNMS\Snmptrap\Handlers\Wiretruth::class,
        'WIRETRUTH-MIB::wtCaptureRestored' => \LibreNMS\Snmptrap\Handlers\Wiretruth::class,
        'WIRETRUTH-MIB::wtDivergenceCleared' => \LibreNMS\Snmptrap\Handlers\Wiretruth::class,
        'WIRETRUTH-MIB::wtDivergenceRaised' => \LibreNMS\Snmptrap\Handlers\Wiretruth::class,
        'WIRETRUTH-MIB::wtOffloadChanged' => \LibreNMS\Snmptrap\Handlers\Wiretruth::class,
    ],
];
