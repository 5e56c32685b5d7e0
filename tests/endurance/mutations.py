"""Ways to damage a media file: blindly, and where its container keeps sizes, counts, times and types."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

EDGES = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_BOXES = re.compile(
    rb"ftyp|moov|mvhd|trak|tkhd|edts|elst|mdia|mdhd|hdlr|minf|stbl|stsd|stts|ctts|stsc|stsz|stco|co64|stss|avc1|avcC|"
    rb"mp4a|esds|udta|moof|traf|tfhd|tfdt|trun|mdat|free"
)
_ELEMENTS = re.compile(
    rb"\x1a\x45\xdf\xa3|\x18\x53\x80\x67|\x16\x54\xae\x6b|\xae|\x1f\x43\xb6\x75|\xe7|\xa3|\xa0|\xa1|\x63\xa2|\x2a\xd7\xb1"
)
_UNITS = re.compile(rb"\x00\x00\x01")
Mutation = Callable[[bytearray, random.Random], None]


def _place(data: Sequence[int], rng: random.Random) -> int:
    """Anywhere, but half the time within the first 2 kB, where the headers are."""
    return rng.randrange(min(len(data), 2048) if rng.random() < 0.5 else len(data))


def flip_bits(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 3, 10, max(1, len(data) // 100)))):
        data[_place(data, rng)] ^= 1 << rng.randrange(8)


def overwrite(data: bytearray, rng: random.Random) -> None:
    at, n = _place(data, rng), rng.choice((1, 4, 64, 1000))
    data[at : at + n] = rng.choice((bytes(n), b"\xff" * n, rng.randbytes(n)))


def delete(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    del data[at : at + rng.choice((1, 4, 188, 1000, 10_000))]


def repeat(data: bytearray, rng: random.Random) -> None:
    at, n = _place(data, rng), rng.choice((4, 16, 188, 2000))
    data[at:at] = data[at : at + n] * rng.choice((1, 2, 50))


def truncate(data: bytearray, rng: random.Random) -> None:
    del data[_place(data, rng) + 1 :]


def set_number(data: bytearray, rng: random.Random) -> None:
    """An edge value where a number of 8, 16, 24 or 32 bits may be."""
    at, width = _place(data, rng), rng.choice((1, 2, 3, 4))
    data[at : at + width] = (rng.choice(EDGES) % (1 << 8 * width)).to_bytes(width, "big")


def _beside(pattern: re.Pattern[bytes], reach: tuple[int, int]) -> Mutation:
    """An edge value, or a near miss, beside one of the marks that a container is made of."""

    def mutate(data: bytearray, rng: random.Random) -> None:
        marks = [found.start() for found in pattern.finditer(data)]
        if not marks:
            return set_number(data, rng)
        for _ in range(rng.choice((1, 1, 3))):
            at = max(0, rng.choice(marks) + rng.randrange(*reach))
            old = int.from_bytes(data[at : at + 4].ljust(4, b"\0"), "big")
            new = rng.choice((rng.choice(EDGES), old + rng.randrange(-9, 10), old << 8, old * 2)) & 0xFFFFFFFF
            data[at : at + 4] = new.to_bytes(4, "big")
        return None

    return mutate


def flv_tags(data: bytearray, rng: random.Random) -> None:
    """A wrong type, size, time or first byte in one of the tags."""
    at, tags = 13, []
    while at + 11 < len(data):
        tags.append(at)
        at += 15 + int.from_bytes(data[at + 1 : at + 4], "big")
    at = rng.choice(tags or [0])
    field, width = rng.choice(((0, 1), (1, 3), (4, 3), (7, 1), (11, 1), (12, 1)))
    data[at + field : at + field + width] = (rng.choice(EDGES) % (1 << 8 * width)).to_bytes(width, "big")


def ts_packets(data: bytearray, rng: random.Random) -> None:
    """Heads of some packets: their stream, flags, fill and first bytes."""
    for _ in range(rng.choice((1, 5, 50))):
        at = rng.randrange(max(1, len(data) // 188)) * 188 + rng.choice((1, 2, 3, 4, 5, 9, 11, 13))
        if at < len(data):
            data[at] = rng.choice((rng.choice(EDGES) & 0xFF, data[at] ^ 1 << rng.randrange(8)))


BLIND: tuple[Mutation, ...] = (flip_bits, overwrite, delete, repeat, truncate, set_number)
AWARE: dict[str, tuple[Mutation, ...]] = {
    "mp4": (_beside(_BOXES, (-4, 40)),),
    "m4a": (_beside(_BOXES, (-4, 40)),),
    "mkv": (_beside(_ELEMENTS, (1, 8)),),
    "flv": (flv_tags,),
    "ts": (ts_packets, _beside(_UNITS, (3, 12))),
}


def mutate(seeds: dict[str, bytes], rng: random.Random) -> tuple[str, bytes]:
    """One of the seeds by its file name, damaged in one to four ways or spliced with another."""
    name = rng.choice(sorted(seeds))
    data = bytearray(seeds[name])
    ways = BLIND + AWARE.get(name.rpartition(".")[2], ()) * 4
    for _ in range(rng.choice((1, 1, 2, 4))):
        rng.choice(ways)(data, rng)
        if not data:
            data = bytearray(b"\0")
    if rng.random() < 0.1:
        other = seeds[rng.choice(sorted(seeds))]
        data = data[: _place(data, rng)] + other[_place(other, rng) :]
    return name, bytes(data)
