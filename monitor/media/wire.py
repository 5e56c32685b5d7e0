"""The line between the decoding child and its parent: kind, length, payload; requests are JSON lines.

The child reads hostile media, so the parent believes nothing it says: sizes are bounded and checked.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Buffer: TypeAlias = bytes | bytearray | memoryview

HEADER = struct.Struct("<cI")
FACTS, SOUND, LOOK, BEAT, TROUBLE, DONE, REFUSED, RESULT = (bytes([c]) for c in b"FAVBTDXR")
LARGEST_PICTURE_PX = 8192 * 4320
"""8K UHD, the widest that any recorder writes; its 16 reference frames still fit into the decoder's memory."""
_LARGEST_WORDS = 64 * 1024
LARGEST = {SOUND: 1 << 20, LOOK: LARGEST_PICTURE_PX * 3 + 16, BEAT: 32}
"""Bytes of a payload at most: some seconds of sound, one picture; of every other kind `_LARGEST_WORDS`."""

_SOUND = struct.Struct("<q")
_LOOK = struct.Struct("<qII")
_BEAT = struct.Struct("<qqqq")


class WireError(Exception):
    """The child said something that is no message."""


class Sender:
    """The child's end."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def send(self, kind: bytes, *parts: Buffer) -> None:
        views = [memoryview(part).cast("B") for part in parts]
        self._write(memoryview(HEADER.pack(kind, sum(len(view) for view in views))))
        for view in views:
            self._write(view)

    def tell(self, kind: bytes, facts: Mapping[str, Any]) -> None:
        self.send(kind, json.dumps(facts).encode())

    def sound(self, start_ms: int, samples: NDArray[np.int16]) -> None:
        self.send(SOUND, _SOUND.pack(start_ms), np.ascontiguousarray(samples).data)

    def look(self, at_ms: int, image: NDArray[np.uint8]) -> None:
        self.send(LOOK, _LOOK.pack(at_ms, *image.shape[:2]), np.ascontiguousarray(image).data)

    def beat(self, heard_to_ms: int, seen_to_ms: int, declared_ms: int, read_ms: int) -> None:
        self.send(BEAT, _BEAT.pack(heard_to_ms, seen_to_ms, declared_ms, read_ms))

    def _write(self, view: memoryview) -> None:
        while view:
            view = view[os.write(self._fd, view) :]


def facts(payload: Buffer) -> dict[str, Any]:
    try:
        found = json.loads(bytes(payload))
    except ValueError as error:
        raise WireError("facts that are not JSON") from error
    if not isinstance(found, dict):
        raise WireError("facts that are not an object")
    return found


def sound(payload: Buffer) -> tuple[int, NDArray[np.float32]]:
    """Start in ms, and float32, (n_samples,), -1 to 1."""
    if len(payload) < _SOUND.size or (len(payload) - _SOUND.size) % 2:
        raise WireError("a sound of odd length")
    (start_ms,) = _SOUND.unpack_from(payload)
    samples = np.frombuffer(payload, np.int16, offset=_SOUND.size)
    return start_ms, samples.astype(np.float32) / np.float32(32768)


def look(payload: Buffer) -> tuple[int, NDArray[np.uint8]]:
    """Time in ms, and uint8, (height, width, 3), BGR."""
    if len(payload) < _LOOK.size:
        raise WireError("a look without a size")
    at_ms, height_px, width_px = _LOOK.unpack_from(payload)
    if len(payload) - _LOOK.size != height_px * width_px * 3:
        raise WireError("a look of another size than it says")
    return at_ms, np.frombuffer(payload, np.uint8, offset=_LOOK.size).reshape(height_px, width_px, 3)


def largest(kind: bytes) -> int:
    """Bytes that a message of a kind may have."""
    return LARGEST.get(kind, _LARGEST_WORDS)


def beat(payload: Buffer) -> tuple[int, int, int, int]:
    """How far sound and pictures were read, -1: not yet; where the file should end, 0: unknown; how much media was
    read in all for this request. In ms."""
    if len(payload) != _BEAT.size:
        raise WireError("a beat of the wrong length")
    heard_to_ms, seen_to_ms, declared_ms, read_ms = _BEAT.unpack_from(payload)
    return heard_to_ms, seen_to_ms, declared_ms, read_ms
