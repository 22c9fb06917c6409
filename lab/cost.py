#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Octets that each value takes on its way to a store: read from what was captured, not from what should be there.

    tshark ... | cost.py

Standard input has a line a packet: transport (tcp or udp), number of the stream, destination port, payload in hexadecimal. Port 2003 is Graphite's
plain text, 8089 InfluxDB's line protocol, 25826 collectd's own protocol, from 26000 on the same encrypted, 26000 + N of
the host of which the name begins with "web" and N.

Prints, a line each: way, N, instance (the interface, or "-" for the host), values, data sources, octets an interval. An
interval has each value once, so that is the sum of the values' mean lengths.
"""
import collections
import re
import struct
import sys

PART_HOST, PART_PLUGIN, PART_PLUGIN_INSTANCE, PART_TYPE, PART_TYPE_INSTANCE, PART_VALUES = 0, 2, 3, 4, 5, 6


def host_number(name):
    found = re.match(r"web(\d+)", name)
    return int(found.group(1)) if found else None


class Lengths:
    """Lengths seen of each value: by (way, N, instance), of the data sources of each identity."""

    def __init__(self):
        self.seen = collections.defaultdict(lambda: collections.defaultdict(list))

    def add(self, way, number, instance, identity, length, sources=1):
        self.seen[way, number, instance or "-"][identity].append((length, sources))

    def rows(self):
        for key, values in sorted(self.seen.items()):
            octets = sum(sum(length for length, _ in seen) / len(seen) for seen in values.values())
            yield *key, len(values), sum(seen[0][1] for seen in values.values()), octets


def graphite(lengths, text):
    """HOST.wiretruth-IFACE.TYPE-INSTANCE[.DS] VALUE TIME"""
    for line in text.splitlines(keepends=True):
        found = re.match(r"(web[^.]*)\.wiretruth(?:-([^.]+))?\.(\S+) \S+ \d+\r?\n$", line)
        if found:
            lengths.add("graphite", host_number(found.group(1)), found.group(2), found.group(3), len(line))


def influxdb(lengths, text):
    """wiretruth,host=HOST,instance=IFACE,type=TYPE,type_instance=TI DS=VALUE[,DS=VALUE] TIME"""
    for line in text.splitlines(keepends=True):
        found = re.match(r"(wiretruth,host=(web[^,]*)(?:,instance=([^,]+))?,\S+) (\S+) \d+\n$", line)
        if found:
            lengths.add("influxdb", host_number(found.group(2)), found.group(3), found.group(1), len(line),
                        found.group(4).count("="))


def collectd(lengths, data, datagrams):
    """Parts of type, length and content. What is not a value prepares the next one, and is counted with it."""
    state, length, at = {}, 0, 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("!HH", data, at)
        if size < 4:
            break
        length += size
        if kind == PART_VALUES:
            sources = struct.unpack_from("!H", data, at + 4)[0]
            number = host_number(state.get(PART_HOST, ""))
            identity = state.get(PART_TYPE), state.get(PART_TYPE_INSTANCE)
            lengths.add("network", number, state.get(PART_PLUGIN_INSTANCE), identity, length, sources)
            length = 0
        elif kind <= PART_TYPE_INSTANCE:
            state[kind] = data[at + 4:at + size - 1].decode()
        at += size
    datagrams[host_number(state.get(PART_HOST, ""))].append(len(data))


def main():
    lengths, streams = Lengths(), collections.defaultdict(bytes)
    plain, encrypted = collections.defaultdict(list), collections.defaultdict(list)
    for line in sys.stdin:
        transport, stream, port, payload = line.split()
        port, payload = int(port), bytes.fromhex(payload.replace(":", ""))
        if transport == "tcp":
            streams[stream] += payload
        elif port == 8089:
            influxdb(lengths, payload.decode())
        elif port == 25826:
            collectd(lengths, payload, plain)
        elif port >= 26000:
            encrypted[port - 26000].append(len(payload))
    for payload in streams.values():
        graphite(lengths, payload.decode())
    for way, number, instance, values, sources, octets in lengths.rows():
        print(way, number, instance, values, sources, f"{octets:.0f}")
        # The same datagrams, each with what encryption adds to it. Of a pair the capture may have only one, at its ends.
        if way == "network" and plain[number] and encrypted[number]:
            added = max(encrypted[number]) - max(plain[number])
            octets *= 1 + added * len(plain[number]) / sum(plain[number])
            print("encrypted", number, instance, values, sources, f"{octets:.0f}")


if __name__ == "__main__":
    main()
