# SPDX-License-Identifier: GPL-3.0-or-later
"""RTP payload of AV1 (AV1 RTP specification 1.0, section 4), from an IVF file.

One open bitstream unit (OBU) an element, units split where a packet is full. Temporal delimiters
are left out, as are the units' own length fields.
"""
import struct

TEMPORAL_DELIMITER, SEQUENCE_HEADER = 2, 1
HAS_SIZE, HAS_EXTENSION = 0x02, 0x04
CONTINUES, CONTINUED, NEW_SEQUENCE = 0x80, 0x40, 0x08  # Z, Y, N
PAYLOAD_TYPE = 45
LENGTH_SIZE = 2  # of an element that fits a packet


def leb128(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def read_leb128(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at


def units(temporal_unit):
    """The OBUs without length fields."""
    at = 0
    while at < len(temporal_unit):
        header = temporal_unit[at]
        head = bytes([header & ~HAS_SIZE])
        at += 1
        if header & HAS_EXTENSION:
            head += temporal_unit[at:at + 1]
            at += 1
        size = len(temporal_unit) - at
        if header & HAS_SIZE:
            size, at = read_leb128(temporal_unit, at)
        if header >> 3 & 15 != TEMPORAL_DELIMITER:
            yield head + temporal_unit[at:at + size]
        at += size


def payload(flags, elements):
    """One packet's: up to three elements are counted in W, and the last needs no length."""
    count = len(elements) if len(elements) <= 3 else 0
    out = bytes([flags | count << 4])
    for element in elements[:-1]:
        out += leb128(len(element)) + element
    return out + (b"" if count else leb128(len(elements[-1]))) + elements[-1]


def payloads(temporal_unit, limit):
    """The payloads of one picture's packets."""
    out = []
    flags, elements = 0, []
    for unit in units(temporal_unit):
        if unit[0] >> 3 & 15 == SEQUENCE_HEADER and not out:
            flags |= NEW_SEQUENCE
        while unit:
            taken = sum(len(element) + LENGTH_SIZE for element in elements)
            room = limit - 1 - taken - LENGTH_SIZE
            if room < 1:
                out.append(payload(flags, elements))
                flags, elements = 0, []
                continue
            elements.append(unit[:room])
            unit = unit[room:]
            if unit:
                out.append(payload(flags | CONTINUED, elements))
                flags, elements = CONTINUES, []
    if elements:
        out.append(payload(flags, elements))
    return out


def temporal_units(path):
    """(timestamp in the file's time base, bytes); the base is one frame."""
    with open(path, "rb") as file:
        head = file.read(32)
        assert head[:4] == b"DKIF", f"{path} is not an IVF file"
        rate, scale = struct.unpack("<II", head[16:24])
        while frame := file.read(12):
            size, stamp = struct.unpack("<IQ", frame)
            yield stamp * 90000 * scale // rate, file.read(size)


def packets(path, packet_size):
    out = []
    for stamp, unit in temporal_units(path):
        parts = payloads(unit, packet_size - 12)
        for part in parts:
            marker = 0x80 if part is parts[-1] else 0
            out.append(struct.pack(">BBHII", 0x80, marker | PAYLOAD_TYPE,
                                   len(out) % 65536, stamp, 1) + part)
    return out
