"""Just enough of H.264's units (ITU-T H.264, 7.3.1 and 7.4.1) to know whether packets can be copied as they are."""

from __future__ import annotations

from collections.abc import Iterator

IDR, SPS = 5, 7
"""`nal_unit_type` of a picture that needs none before it, and of what declares size and format."""


def units(data: bytes, extradata: bytes | None) -> Iterator[bytes]:
    """The units of a packet: behind start codes (transport streams) or behind lengths (mp4, flv, mkv)."""
    if extradata and extradata[0] == 1 and len(extradata) > 4:
        yield from _behind_lengths(data, (extradata[4] & 3) + 1)
    else:
        yield from _behind_start_codes(data)


def declared(extradata: bytes | None) -> set[bytes]:
    """The SPS units in a stream's header."""
    if not extradata:
        return set()
    if extradata[0] != 1:
        return {unit for unit in _behind_start_codes(extradata) if kind(unit) == SPS}
    found: set[bytes] = set()
    at = 6
    for _ in range(extradata[5] & 31 if len(extradata) > 6 else 0):
        size = int.from_bytes(extradata[at : at + 2], "big")
        found.add(extradata[at + 2 : at + 2 + size])
        at += 2 + size
    return found


def kind(unit: bytes) -> int:
    return unit[0] & 31 if unit else 0


def _behind_lengths(data: bytes, width: int) -> Iterator[bytes]:
    at = 0
    while at + width < len(data):
        size = int.from_bytes(data[at : at + width], "big")
        yield data[at + width : at + width + size]
        at += width + size


def _behind_start_codes(data: bytes) -> Iterator[bytes]:
    at = data.find(b"\x00\x00\x01")
    while at >= 0:
        after = data.find(b"\x00\x00\x01", at + 3)
        yield data[at + 3 : after if after >= 0 else len(data)].rstrip(b"\x00")
        at = after
