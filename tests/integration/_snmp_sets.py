# SPDX-License-Identifier: MIT
"""SETs as no tool of Net-SNMP makes them: of every type, with every length, and as fast as they can be sent.

  _snmp_sets.py kinds ADDRESS COMMUNITY OID...          one SET of each kind to each object; prints
                                                        "OID KIND ERROR", ERROR the number of error-status, or "-"
                                                        where nobody answers
  _snmp_sets.py storm ADDRESS COMMUNITY FILE MOST OID TYPE VALUE...
                                                        as fast as they are answered, MOST of them under way,
                                                        the values by turns, until FILE is there; prints
                                                        "sent=N answered=N"
"""
import os
import select
import socket
import sys
import time

INTEGER, STRING, NULL, OBJECT = 0x02, 0x04, 0x05, 0x06
ADDRESS, COUNTER, GAUGE, TICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46


def length(n):
    if n < 0x80:
        return bytes([n])
    octets = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def tlv(tag, content):
    return bytes([tag]) + length(len(content)) + content


def integer(n):
    return n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True)


def oid(text):
    numbers = [int(n) for n in text.strip(".").split(".")]
    octets = bytes([numbers[0] * 40 + numbers[1]])
    for n in numbers[2:]:
        part = [n & 0x7F]
        while n > 0x7F:
            n >>= 7
            part.append(n & 0x7F | 0x80)
        octets += bytes(reversed(part))
    return octets


def request(community, number, name, value):
    binding = tlv(0x30, tlv(OBJECT, oid(name)) + value)
    pdu = tlv(INTEGER, integer(number)) + tlv(INTEGER, b"\0") + tlv(INTEGER, b"\0") + tlv(0x30, binding)
    return tlv(0x30, tlv(INTEGER, b"\1") + tlv(STRING, community.encode()) + tlv(0xA3, pdu))


# What a value may be. Those that break the encoding itself are answered by nobody.
KINDS = [
    ("integer", tlv(INTEGER, b"\x4d")),  # of no enumeration
    ("integer-0-octets", tlv(INTEGER, b"")),
    ("integer-5-octets", tlv(INTEGER, b"\1\2\3\4\5")),
    ("integer-9-octets", tlv(INTEGER, b"\1" * 9)),
    ("integer-negative", tlv(INTEGER, b"\x80\0\0\0")),
    ("string-empty", tlv(STRING, b"")),
    ("string-1", tlv(STRING, b"x")),
    ("string-64", tlv(STRING, b"x" * 64)),
    ("string-60000", tlv(STRING, b"x" * 60000)),
    ("string-zeros", tlv(STRING, b"lo\0lo")),
    ("string-control", tlv(STRING, b"lo\n")),
    ("string-high", tlv(STRING, b"l\xff\xfe")),
    ("null", tlv(NULL, b"")),
    ("null-4-octets", tlv(NULL, b"\0\0\0\0")),
    ("object", tlv(OBJECT, oid("1.3.6.1"))),
    ("object-empty", tlv(OBJECT, b"")),
    ("object-128", tlv(OBJECT, oid("1.3." + ".".join(["1"] * 126)))),
    ("address", tlv(ADDRESS, b"\1\2\3\4")),
    ("address-3-octets", tlv(ADDRESS, b"\1\2\3")),
    ("address-16-octets", tlv(ADDRESS, b"\1" * 16)),
    ("counter", tlv(COUNTER, b"\1")),
    ("gauge", tlv(GAUGE, b"\7")),
    ("gauge-0-octets", tlv(GAUGE, b"")),
    ("gauge-5-octets", tlv(GAUGE, b"\0\xff\xff\xff\xff")),
    ("gauge-9-octets", tlv(GAUGE, b"\1" * 9)),
    ("ticks", tlv(TICKS, b"\1")),
    ("opaque", tlv(OPAQUE, b"\x9f\x78\4\0\0\0\0")),
    ("opaque-2-octets", tlv(OPAQUE, b"\x9f\x78")),
    ("counter64", tlv(COUNTER64, b"\1")),
    ("counter64-10-octets", tlv(COUNTER64, b"\1" * 10)),
    ("no-such-object", tlv(0x80, b"")),
    ("end-of-view", tlv(0x82, b"")),
    ("unknown-type", tlv(0x7E, b"\1")),
    ("longer-than-told", bytes([STRING, 0x20]) + b"x"),
    ("length-of-4-GiB", bytes([STRING, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]) + b"x"),
    ("indefinite", bytes([STRING, 0x80]) + b"x\0\0"),
]


BROKEN = {"longer-than-told", "length-of-4-GiB", "indefinite", "unknown-type", "object-empty"}


def element(data):
    """Tag, content and what follows."""
    size, at = data[1], 2
    if size & 0x80:
        size, at = int.from_bytes(data[2 : 2 + (size & 0x7F)], "big"), 2 + (size & 0x7F)
    return data[0], data[at : at + size], data[at + size :]


def answer(data):
    """Number and error of an answer."""
    message = element(data)[1]
    pdu = element(element(element(message)[2])[2])[1]
    _, number, rest = element(pdu)
    return int.from_bytes(number, "big"), element(rest)[1][-1]


def connect(address):
    host, port = address.rsplit(":", 1)
    to = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    to.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    to.connect((host, int(port)))
    return to


def kinds(address, community, names):
    to, number, last = connect(address), 0, {}
    for name in names:
        for kind, value in KINDS:
            number += 1
            last[number] = (name, kind)
            to.send(request(community, number, name, value))
            # One after the other; what nobody answers is not waited for: the next answer is the next one's.
            while select.select([to], [], [], 0 if kind in BROKEN else 0.3)[0]:
                got, error = answer(to.recv(65536))
                print(*last.pop(got), error)
                if got == number:
                    break
    for name, kind in last.values():
        print(name, kind, "-")


def storm(address, community, end, most, name, kind, *values):
    to, tag = connect(address), {"i": INTEGER, "u": GAUGE}[kind]
    sent = answered = 0
    begin = time.monotonic()
    while not os.path.exists(end) and time.monotonic() - begin < 100:
        while sent - answered < most:
            to.send(request(community, sent + 1, name, tlv(tag, integer(int(values[sent % len(values)])))))
            sent += 1
        if select.select([to], [], [], 1)[0]:
            to.recv(65536)
            answered += 1
        else:
            answered = sent  # they were lost
    while answered < sent and select.select([to], [], [], 1)[0]:
        to.recv(65536)
        answered += 1
    print(f"sent={sent} answered={answered}")


if sys.argv[1] == "kinds":
    kinds(sys.argv[2], sys.argv[3], sys.argv[4:])
else:
    storm(sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]), *sys.argv[6:])
