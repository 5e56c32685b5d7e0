"""Engines with known faults, and what recordings need of them. Pure: versions come from outside."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from monitor.doctor.finding import Finding, beware, mend
from monitor.store.sqlite import ROLLBACK, WAL, is_sound

PACKAGES: Mapping[str, str] = {
    "av": "",
    "faster-whisper": "",
    "ctranslate2": "",
    "rapidocr": "",
    "opencv-python-headless": "",
    "openvino": "text is read several times slower without it",
    "onnxruntime": "neither voice detection nor, without openvino, the text reader works without it",
    "psycopg": "PostgreSQL cannot be used",
    "streamlit": "the dashboard needs it, scans do not",
}
"""What a scan rests on; beside those that it can do without stands what is lost."""

_INSTALL = "install the requirements again (`make setup`)"

MENDED_FFMPEG = ((8, 1, 3), (9, 0, 2))
"""First versions without CVE-2026-107695 and CVE-2026-107697 (playlist demuxers), by branch."""

_JOURNALS: Mapping[str, str] = {WAL: "write-ahead log", ROLLBACK: "rollback journal"}

NEEDED_DECODERS = ("h264", "hevc", "av1", "aac", "mp3", "opus", "flac", "vp9", "mpeg2video", "pcm_s16le")
"""What recorders of Chinese platforms write, and what re-encoded copies hold."""
_MUST_DECODE = frozenset({"h264", "hevc", "aac", "mp3"})
"""Without these most live recordings stay shut."""
_OTHER_NAMES = {"av1": ("libdav1d", "libaom-av1"), "mp3": ("mp3float",), "opus": ("libopus",)}


def package(name: str, version: str | None) -> Finding:
    """`version` is None where the package is missing."""
    if version is not None:
        return Finding(name, version)
    lost = PACKAGES.get(name, "")
    if name in {"openvino", "psycopg", "streamlit"}:
        return beware(name, "missing", f"{lost}; {_INSTALL}")
    return mend(name, "missing", f"{lost}; {_INSTALL}" if lost else _INSTALL)


def ffmpeg(engine: str) -> Finding:
    """`engine` as the decoding child tells it: `PyAV 18.1.0, FFmpeg 8.1.2`.

    A faulty one is confined (a child with limits, no playlists), so it is no reason to stop.
    """
    numbers = tuple(int(n) for n in re.findall(r"\d+", engine.partition("FFmpeg ")[2])[:3])
    confined = "scans are confined (a child with limits, playlists never opened)"
    if not numbers:
        return beware("decoder", engine, f"its version is not told: {confined}, but known faults cannot be ruled out")
    if MENDED_FFMPEG[0] <= numbers < (9,) or numbers >= MENDED_FFMPEG[1]:
        return Finding("decoder", engine)
    mended = " or ".join(".".join(map(str, version)) for version in MENDED_FFMPEG)
    todo = (
        f"CVE-2026-107695 and CVE-2026-107697: {confined}; FFmpeg {mended} is mended, the wheels of `av` for "
        "Python 3.12 and later bring it"
    )
    return beware("decoder", engine, todo)


def decoders(known: Collection[str]) -> Finding:
    """`known` are the names of the decoders that the engine has."""
    missing = [
        name for name in NEEDED_DECODERS if not {name, *_OTHER_NAMES.get(name, ())} & set(known)
    ]  # a decoder by any of its names will do
    if not missing:
        return Finding("decoders", " ".join(NEEDED_DECODERS))
    found = f"missing: {' '.join(missing)}"
    if _MUST_DECODE & set(missing):
        return mend("decoders", found, "most recordings cannot be opened: install `av` from its wheels again")
    return beware("decoders", found, "recordings of these kinds count as not heard or not seen; install `av` again")


def sqlite(used: str, version: tuple[int, ...], file: str, wanted: str) -> Finding:
    """`used` names the module, `file` is how the workspace's database is written (`journal_of`), `wanted` how it is
    going to be (`store.sqlite.journal_for`).
    """
    found = f"{'.'.join(map(str, version))} of {used}, {_JOURNALS[wanted]}"
    if is_sound(version):
        if wanted == ROLLBACK:
            found += ", as the workspace is on a network file system"
        if file not in {"", wanted}:
            found += f"; the next scan takes the workspace over from the {_JOURNALS[file]}"
        return Finding("SQLite", found)
    found += ", since this version may lose commits in a write-ahead log"
    install = "install the package `pysqlite3` (Linux on x86-64), or a Python with SQLite 3.51.3 or newer"
    if file == WAL:
        todo = f"end whatever has it open, so that the next scan can take it back, or {install}"
        return beware("SQLite", f"{found}; the workspace's is in one now", todo)
    return beware("SQLite", found, f"{install}: nobody would have to wait for a writer")


def postgres(where: str, version: str) -> Finding:
    """`where` is the address without secrets."""
    return Finding("PostgreSQL", f"{version} at {where}, instead of the workspace's own file")


def journal_of(header: bytes) -> str:
    """How a database is written, from its first bytes: `WAL`, `ROLLBACK`, empty for none (sqlite.org/fileformat2.html).

    Raises ValueError when it is no SQLite database.
    """
    if not header:
        return ""
    if not header.startswith(b"SQLite format 3\0") or len(header) < 20:
        raise ValueError("not an SQLite database")
    return WAL if header[18] == 2 or header[19] == 2 else ROLLBACK


def packages(versions: Mapping[str, str | None]) -> Iterator[Finding]:
    for name in PACKAGES:
        yield package(name, versions.get(name))
    if versions.get("openvino") is None and versions.get("onnxruntime") is None:
        yield mend("text reader", "neither openvino nor onnxruntime", _INSTALL)
