"""Containers byte by byte, as no honest writer would make them: boxes, elements, tags, packets and bits."""

from __future__ import annotations

import struct
import zlib


def box(kind: bytes, *parts: bytes, size: int | None = None) -> bytes:
    """A box of mp4 (ISO/IEC 14496-12); `size` lies about its length."""
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body) if size is None else size) + kind + body


def numbers(*values: int) -> bytes:
    """32 bits each, the highest byte first."""
    return struct.pack(f">{len(values)}I", *(value & 0xFFFFFFFF for value in values))


def track(
    number: int, sample_entry: bytes, *tables: bytes, kind: bytes = b"soun", scale: int = 1000, edits: bytes = b""
) -> bytes:
    """A `trak` with the tables given (`stts`, `stsc`, `stsz`, `stco`)."""
    head = box(b"smhd", bytes(8)) if kind == b"soun" else box(b"vmhd", bytes(12))
    stbl = box(b"stbl", box(b"stsd", numbers(0, 1), sample_entry), *tables)
    minf = box(b"minf", head, box(b"dinf", box(b"dref", numbers(0, 1), box(b"url ", numbers(1)))), stbl)
    mdia = box(
        b"mdia",
        box(b"mdhd", numbers(0, 0, 0, scale, 0x7FFFFFFF, 0)),
        box(b"hdlr", numbers(0, 0), kind, bytes(13)),
        minf,
    )
    return box(b"trak", box(b"tkhd", numbers(7, 0, 0, number, 0, 0x7FFFFFFF), bytes(60)), edits, mdia)


def movie(*tracks: bytes, tail: bytes = b"") -> bytes:
    """A whole mp4: `ftyp`, `moov` with the tracks, and what follows."""
    mvhd = box(b"mvhd", numbers(0, 0, 0, 1000, 0x7FFFFFFF, 0x10000, 0x01000000), bytes(72))
    return box(b"ftyp", b"isom", numbers(512), b"isom") + box(b"moov", mvhd, *tracks) + tail


PCM_ENTRY = box(b"sowt", bytes(6), b"\0\1", bytes(8), struct.pack(">HHIHH", 1, 16, 0, 8000, 0))
"""Sound that takes no decoding worth the name."""


def element(name: int, body: bytes = b"", *, size: int | None = None) -> bytes:
    """An element of Matroska (RFC 8794); `size` -1 is an unknown one."""
    length = len(body) if size is None else size
    told = b"\x01" + b"\xff" * 7 if length < 0 else (length | 1 << 56).to_bytes(8, "big")
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + told + body


def matroska(*parts: bytes) -> bytes:
    """A whole mkv whose segment holds the parts."""
    head = element(0x1A45DFA3, element(0x4282, b"matroska") + element(0x4287, b"\4") + element(0x4285, b"\2"))
    return head + element(0x18538067, b"".join(parts), size=-1)


def flv(*tags: bytes) -> bytes:
    return b"FLV\1\5" + numbers(9, 0) + b"".join(tags)


def tag(kind: int, at_ms: int, body: bytes, *, size: int | None = None) -> bytes:
    """A tag of flv; 8: sound, 9: picture, 18: script."""
    told = len(body) if size is None else size
    head = bytes([kind]) + told.to_bytes(3, "big") + (at_ms & 0xFFFFFF).to_bytes(3, "big")
    return head + bytes([at_ms >> 24 & 0xFF]) + bytes(3) + body + numbers(11 + told)


def ts_packet(pid: int, body: bytes, *, starts: bool = True, count: int = 0) -> bytes:
    """188 bytes of a transport stream (ISO/IEC 13818-1)."""
    head = bytes([0x47, (0x40 if starts else 0) | pid >> 8 & 0x1F, pid & 0xFF, 0x10 | count & 15])
    return (head + body)[:188].ljust(188, b"\xff")


def ts_table(table: int, number: int, version: int, body: bytes) -> bytes:
    """A section (PAT: table 0, PMT: table 2) with its checksum, as a packet's body."""
    section = bytes([table]) + struct.pack(">H", 0xB000 | len(body) + 9) + struct.pack(">H", number)
    section += bytes([0xC1 | (version & 31) << 1, 0, 0]) + body
    return b"\0" + section + struct.pack(">I", _crc32_mpeg(section))


def _crc32_mpeg(data: bytes) -> int:
    """The checksum of transport streams: zlib's polynomial, bits the other way round, not inverted at the end."""
    mirrored = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)
    return int(f"{zlib.crc32(mirrored) ^ 0xFFFFFFFF:032b}"[::-1], 2)


class Bits:
    """Bits with the Exp-Golomb numbers of H.264 (9.1)."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def put(self, value: int, width: int) -> Bits:
        self._bits.append(f"{value:0{width}b}")
        return self

    def ue(self, *values: int) -> Bits:
        for value in values:
            code = f"{value + 1:b}"
            self._bits.append("0" * (len(code) - 1) + code)
        return self

    def unit(self, head: int) -> bytes:
        """As a NAL unit: stop bit and escapes in place."""
        bits = "".join(self._bits) + "1"
        bits += "0" * (-len(bits) % 8)
        body = int(bits, 2).to_bytes(len(bits) // 8, "big")
        out, zeros = bytearray([head]), 0
        for byte in body:
            if zeros >= 2 and byte <= 3:
                out.append(3)
                zeros = 0
            out.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return bytes(out)


def sps(width_px: int, height_px: int, *, refs: int = 1, level: int = 62) -> bytes:
    """H.264, baseline: what declares the picture's size; frame numbers may leap."""
    bits = Bits().put(66, 8).put(0, 8).put(level, 8).ue(0, 12, 2, refs).put(1, 1)
    bits.ue(width_px // 16 - 1, height_px // 16 - 1).put(1, 1).put(1, 1).put(0, 1).put(0, 1)
    return bits.unit(0x67)


PPS = Bits().ue(0, 0).put(0, 2).ue(0, 0, 0).put(0, 3).ue(0, 0, 0).put(0, 3).unit(0x68)


def skipped_picture(n: int, macroblocks: int) -> bytes:
    """A P slice that repeats the picture before it: a dozen bytes whatever its size; frame number `n`."""
    bits = Bits().ue(0, 5, 0).put(n & 0xFFFF, 16).put(0, 1).put(0, 1).put(0, 1).ue(0, macroblocks)
    return bits.unit(0x41)


def avcc(parameter_sets: bytes, picture_parameters: bytes = PPS) -> bytes:
    """The header that mp4, mkv and flv give to H.264 (ISO/IEC 14496-15)."""
    head = bytes([1, *parameter_sets[1:4], 0xFF, 0xE1])
    return (
        head
        + struct.pack(">H", len(parameter_sets))
        + parameter_sets
        + b"\1"
        + (struct.pack(">H", len(picture_parameters)) + picture_parameters)
    )


def behind_lengths(*units: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in units)
