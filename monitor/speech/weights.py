"""Hashes of model files, computed once and remembered with the size and time that they were computed for."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from monitor.files import sha256_of


def stamped(path: Path, note: Path) -> str | None:
    """The hash that `note` remembers for `path`, or None when there is none or the file was touched since."""
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(known, dict) or {name: known.get(name) for name in ("bytes", "mtime_ns")} != _traits(path):
        return None
    return str(known.get("sha256"))


def stamp(path: Path, note: Path, sha256: str) -> None:
    """Remembers the hash; a cache that cannot be written merely costs hashing again."""
    with suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        fresh = note.with_name(f"{note.name}.{os.getpid()}")
        fresh.write_text(json.dumps({"sha256": sha256, **_traits(path)}), encoding="utf-8")
        fresh.replace(note)


def remembered_sha256(path: Path, cache: Path) -> str:
    """Hash of any model file, remembered under `cache`: large ones take seconds to read."""
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:24]
    note = cache / "hashes" / f"{name}.json"
    known = stamped(path, note)
    if known is None:
        known = sha256_of(path)
        stamp(path, note, known)
    return known


def _traits(path: Path) -> dict[str, int]:
    status = path.stat()
    return {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
