"""Files that bite: each is small and asks for endless time, endless memory, or another file.

`POISONS` holds them by name; `Poison.write(folder)` makes the file. Each was tried against a bare decoder first.
"""

from __future__ import annotations

import bz2
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from endurance.media_bytes import (
    PCM_ENTRY,
    PPS,
    avcc,
    behind_lengths,
    box,
    element,
    flv,
    matroska,
    movie,
    numbers,
    skipped_picture,
    sps,
    tag,
    track,
    ts_packet,
    ts_table,
)


@dataclass(frozen=True, slots=True)
class Poison:
    """One file and what it does to whoever reads it without care."""

    name: str
    what: str
    build: Callable[[Path], None]

    def write(self, folder: Path) -> Path:
        path = folder / self.name
        self.build(path)
        return path


def playlist(path: Path) -> None:
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{path.name}\n")


def concat_script(path: Path) -> None:
    path.write_text("ffconcat version 1.0\n" + f"file '{path.name}'\n" * 1000)


def _video_tags(width: int, height: int, bodies: list[bytes], refs: int = 16) -> list[bytes]:
    head = tag(9, 0, b"\x17\0\0\0\0" + avcc(sps(width, height, refs=refs)))
    return [head, *(tag(9, n, b"\x17\1\0\0\0" + body) for n, body in enumerate(bodies))]


def skip_bomb(path: Path) -> None:
    width, height = 8192, 4320
    slices = [behind_lengths(skipped_picture(n, width // 16 * height // 16)) for n in range(20_000)]
    path.write_bytes(flv(*_video_tags(width, height, slices)))


def frame_number_leaps(path: Path) -> None:
    width, height = 8192, 4320
    slices = [behind_lengths(skipped_picture(n * 30_000, width // 16 * height // 16)) for n in range(20_000)]
    path.write_bytes(flv(*_video_tags(width, height, slices)))


def size_churn(path: Path) -> None:
    bodies = []
    for n in range(5000):
        width, height = (8192, 4320 - 16 * (n % 7))
        bodies.append(behind_lengths(sps(width, height, refs=16), PPS, skipped_picture(n, width // 16 * height // 16)))
    path.write_bytes(flv(*_video_tags(8192, 4320, bodies)))


def giant_picture(path: Path) -> None:
    width = height = 16_384 * 4
    slices = [behind_lengths(skipped_picture(n, width // 16 * height // 16)) for n in range(2000)]
    path.write_bytes(flv(*_video_tags(width, height, slices)))


def slice_flood(path: Path) -> None:
    one = behind_lengths(skipped_picture(1, 1))
    path.write_bytes(flv(*_video_tags(8192, 4320, [one * 60_000])))


def many_tracks(path: Path) -> None:
    path.write_bytes(movie(*(track(n, PCM_ENTRY) for n in range(1, 2500))))


def many_mkv_tracks(path: Path) -> None:
    entries = [
        element(0xAE, element(0xD7, n.to_bytes(2, "big")) + element(0x83, b"\1") + element(0x86, b"V_MPEG4/ISO/AVC"))
        for n in range(1, 15_000)
    ]
    path.write_bytes(matroska(element(0x1654AE6B, b"".join(entries)), element(0x1F43B675, element(0xE7, b"\0"))))


def _tables(n_samples: int, *, delta: int = 0, chunks: int = 1, size: int = 1) -> list[bytes]:
    return [
        box(b"stts", numbers(0, 1, n_samples, delta)),
        box(b"stsc", numbers(0, 1, 1, n_samples // chunks, 1)),
        box(b"stsz", numbers(0, size, n_samples)),
        box(b"stco", numbers(0, chunks), numbers(40) * chunks),
    ]


VIDEO_ENTRY = box(
    b"avc1",
    bytes(6),
    b"\0\1",
    bytes(16),
    struct.pack(">HH", 64, 64),
    bytes(50),
    box(b"avcC", avcc(sps(64, 64))),
)


def index_bomb(path: Path) -> None:
    path.write_bytes(movie(track(1, VIDEO_ENTRY, *_tables(70_000_000, delta=1), kind=b"vide"), tail=bytes(1000)))


def standing_still(path: Path) -> None:
    tables = _tables(60_000_000, delta=0, chunks=60_000, size=1)
    path.write_bytes(movie(track(1, VIDEO_ENTRY, *tables, kind=b"vide"), tail=bytes(100_000)))


def fragment_bomb(path: Path) -> None:
    extends = box(b"mvex", box(b"trex", numbers(0, 1, 1, 1, 1, 0)))
    run = box(b"trun", numbers(1, 100_000_000, 0))
    moof = box(b"moof", box(b"mfhd", numbers(0, 1)), box(b"traf", box(b"tfhd", numbers(0x20000, 1)), run))
    empty = [box(b"stts", numbers(0, 0)), box(b"stsc", numbers(0, 0)), box(b"stsz", numbers(0, 0, 0))]
    first = track(1, VIDEO_ENTRY, *empty, box(b"stco", numbers(0, 0)), kind=b"vide")
    path.write_bytes(movie(first, extends, tail=(moof + box(b"mdat", bytes(64))) * 200))


def edit_list_bomb(path: Path) -> None:
    entries = b"".join(numbers(1000, 1_000 + n % 7, 0x10000) for n in range(20_000))
    edits = box(b"edts", box(b"elst", numbers(0, 20_000), entries))
    path.write_bytes(movie(track(1, VIDEO_ENTRY, *_tables(500_000, delta=1), kind=b"vide", edits=edits)))


def exploding_times(path: Path) -> None:
    tables = [
        box(b"stts", numbers(0, 20_000), b"".join(numbers(1, 0x7FFFFFFF - n) for n in range(20_000))),
        box(b"stsc", numbers(0, 1, 1, 20_000, 1)),
        box(b"stsz", numbers(0, 16, 20_000)),
        box(b"stco", numbers(0, 1, 40)),
    ]
    path.write_bytes(movie(track(1, PCM_ENTRY, *tables, scale=1), tail=bytes(320_000)))


def nested_boxes(path: Path) -> None:
    path.write_bytes(box(b"ftyp", b"isom", bytes(8)) + box(b"moov", size=0) + box(b"trak", size=0) * 100_000)


def compressed_index(path: Path) -> None:
    n = 1000 << 20
    squeezer = zlib.compressobj(9)
    part = box(b"free") * (1 << 17)
    squeezed = b"".join(squeezer.compress(part) for _ in range(n // len(part))) + squeezer.flush()
    packed = box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", numbers(n), squeezed))
    path.write_bytes(box(b"ftyp", b"qt  ", bytes(8)) + box(b"moov", packed))


def packed_blocks(path: Path) -> None:
    packed = bz2.compress(bytes(9_900_000))
    coding = element(0x6240, element(0x5031, b"\0") + element(0x5034, element(0x4254, b"\1")))
    entry = element(
        0xAE,
        element(0xD7, b"\1")
        + element(0x73C5, b"\1")
        + element(0x83, b"\1")
        + element(0x86, b"V_MPEG4/ISO/AVC")
        + element(0x63A2, avcc(sps(64, 64)))
        + element(0xE0, element(0xB0, b"\x40") + element(0xBA, b"\x40"))
        + element(0x6D80, coding),
    )
    blocks = b"".join(element(0xA3, b"\x81" + struct.pack(">h", n) + b"\x80" + packed) for n in range(15_000))
    cluster = element(0x1F43B675, element(0xE7, b"\0") + blocks)
    path.write_bytes(matroska(element(0x1654AE6B, entry), cluster))


def nested_elements(path: Path) -> None:
    nested = b""
    for _ in range(40_000):
        nested = b"\xb6\x01" + (len(nested)).to_bytes(7, "big") + nested if len(nested) < 400_000 else nested
    edition = element(0x45B9, nested)
    unknown = element(0x1F43B675, size=-1) * 20_000
    path.write_bytes(matroska(element(0x1043A770, edition), unknown))


def empty_tags(path: Path) -> None:
    path.write_bytes(flv(*(tag(9 if n % 2 else 8, 0, b"") for n in range(60_000))))


def tables_that_churn(path: Path) -> None:
    packets = []
    for n in range(2600):
        programs = b"".join(struct.pack(">HH", k + 1, 0xE000 | (n * 40 + k) % 8000 + 32) for k in range(40))
        packets.append(ts_packet(0, ts_table(0, 1, n, programs), count=n))
        streams = b"".join(
            bytes([0x1B if k % 2 else 0x0F]) + struct.pack(">HH", 0xE000 | (n * 30 + k) % 8000 + 32, 0xF000)
            for k in range(30)
        )
        pmt = struct.pack(">HH", 0xE100, 0xF000) + streams
        packets.append(ts_packet(n * 40 % 8000 + 32, ts_table(2, 1, n, pmt), count=n))
    path.write_bytes(b"".join(packets))


def hollow(head: bytes) -> Callable[[Path], None]:
    """10 GB of zeros behind a head, a few kB on the disk."""

    def build(path: Path) -> None:
        path.write_bytes(head)
        with path.open("r+b") as file:
            file.truncate(10_000_000_000)

    return build


POISONS = [
    Poison("playlist.mp4", "an HLS playlist that lists itself, once the cause of a hang at 4 GB", playlist),
    Poison("script.mp4", "a concat script that names itself a thousand times", concat_script),
    Poison("skips.flv", "20,000 pictures of 8K in twelve bytes each", skip_bomb),
    Poison("leaps.flv", "the same with frame numbers that leap: 16 more copies of each", frame_number_leaps),
    Poison("churn.flv", "pictures of 8K, each of another size than the one before", size_churn),
    Poison("tracks.mp4", "2,500 tracks", many_tracks),
    Poison("fragments.mp4", "fragments of 100 million samples each", fragment_bomb),
    Poison("edits.mp4", "20,000 edits over 500,000 samples", edit_list_bomb),
    Poison("packed.mp4", "a compressed index of 1 GB", compressed_index),
    Poison("tables.ts", "tables that change with every packet, eight thousand streams", tables_that_churn),
    Poison("hollow.flv", "10 GB of zeros behind a header", hollow(flv())),
    Poison("hollow.mp3", "10 GB of zeros behind a frame header", hollow(b"\xff\xfb\x90\x00" + bytes(413))),
]
"""The twelve worst."""
MILDER = [
    Poison("giant.flv", "a picture of 65,536 x 65,536", giant_picture),
    Poison("slices.flv", "one picture in 60,000 slices", slice_flood),
    Poison("tracks.mkv", "15,000 tracks", many_mkv_tracks),
    Poison("index.mp4", "an index of 70 million samples in a kilobyte", index_bomb),
    Poison("still.mp4", "60 million samples of one byte, all at the same time", standing_still),
    Poison("times.mp4", "each sample lasts 68 years", exploding_times),
    Poison("nested.mp4", "boxes without end, one in another", nested_boxes),
    Poison("packed.mkv", "15,000 compressed blocks of 10 MB each", packed_blocks),
    Poison("nested.mkv", "chapters within chapters, clusters of unknown size", nested_elements),
    Poison("empty.flv", "60,000 tags without content", empty_tags),
]
"""Of the same kinds; they end soon now, and should go on doing so."""
