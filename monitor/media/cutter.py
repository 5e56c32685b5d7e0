"""`Cutter`: clips and stills out of files, made by one child that is started anew when it fails."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from monitor.errors import InputError, WorkspaceError
from monitor.files import sync
from monitor.media import wire
from monitor.media.leash import Child, ChildLostError
from monitor.media.records import Cut, Image, Piece
from monitor.timeline import Span

_LARGEST_CLIP_MB = 4096
"""Half an hour at 18 Mbit/s: more than any clip was meant to be."""
_MOST_REFUSALS = 20
"""Then another child is started: FFmpeg's muxer keeps the file of a clip open that could not be finished."""
_TODO = "the flag stands without it; look at the recording itself"


class Cutter:
    """Cuts clips and takes stills. A context manager; one at a time, not for several threads at once."""

    def __init__(self, *, memory_mb: int = 2048, stall_s: float = 20.0) -> None:
        self._memory_mb, self._stall_s = memory_mb, stall_s
        self._child: Child | None = None
        self._n_refused = 0

    def __enter__(self) -> Cutter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the child; the next request starts another."""
        if self._child is not None:
            self._child.kill()
            self._child = None
        self._n_refused = 0

    def clip(self, pieces: Sequence[Piece], out: Path) -> Cut:
        """Writes the pieces one after the other to an mp4 (H.264 and AAC) that browsers play.

        One piece of H.264 and AAC with a keyframe at most 3 s before its start is copied from that keyframe, packets
        unchanged; everything else is encoded anew. The file appears whole or not at all, and survives a power cut.

        Raises InputError when the sources cannot be cut, WorkspaceError when the clip cannot be written.
        """
        if not pieces or any(piece.span.duration_ms <= 0 for piece in pieces):
            raise InputError("nothing to cut", where=out, todo="ask for at least one millisecond")
        if not out.parent.is_dir():
            raise WorkspaceError("clip cannot be written: no folder", where=out.parent, todo="make it first")
        part = out.with_name(f".{out.name}.{os.getpid()}.part")
        request = {
            "do": "clip",
            "out": str(part.absolute()),
            "pieces": [[str(piece.path), piece.span.start_ms, piece.span.end_ms] for piece in pieces],
        }
        try:
            told: dict[str, Any] = {}
            for kind, payload in self._ask(request, pieces[0].path):
                if kind == wire.RESULT:
                    told = wire.facts(payload)
            size_bytes = _settle(part, out)
            return _cut(out, told, size_bytes)
        except OSError as error:
            raise WorkspaceError(
                f"clip cannot be written: {error}", where=out, todo="check space and rights"
            ) from error
        finally:
            part.unlink(missing_ok=True)

    def still(self, path: Path, at_ms: int) -> Image:
        """The frame on show at a media time: uint8, (height, width, 3), BGR. Raises InputError when there is none."""
        image: Image | None = None
        for kind, payload in self._ask({"do": "still", "path": str(path), "at_ms": at_ms}, path):
            if kind == wire.LOOK:
                image = wire.look(payload)[1]
        if image is None:
            raise InputError("no picture came", where=path, todo=_TODO)
        return image

    def _ask(self, request: Mapping[str, Any], path: Path) -> Sequence[tuple[bytes, bytearray]]:
        """A request's messages. Raises InputError when it is refused or the child is lost.

        A child that served others before and is lost at this request may have been at its end: a fresh one decides.
        """
        served_others = self._child is not None
        try:
            return list(self._ask_once(request, path))
        except ChildLostError as error:
            if served_others:
                return self._ask(request, path)
            raise InputError(f"decoder stopped: {error}", where=path, todo=_TODO) from error

    def _ask_once(self, request: Mapping[str, Any], path: Path) -> Iterator[tuple[bytes, bytearray]]:
        """Raises ChildLostError besides."""
        finished = False
        try:
            if self._child is None:
                self._child = Child(memory_mb=self._memory_mb, stall_s=self._stall_s, write_mb=_LARGEST_CLIP_MB)
            for kind, payload in self._child.ask(request):
                if kind == wire.REFUSED:
                    told = wire.facts(payload)
                    self._n_refused += 1
                    finished = self._n_refused < _MOST_REFUSALS and not told.get("spent")
                    if told.get("unwritable"):
                        raise WorkspaceError(str(told.get("what")), where=request.get("out"), todo=told.get("todo"))
                    raise InputError(str(told.get("what")), where=path, todo=told.get("todo") or _TODO)
                yield kind, payload
            finished = True
        except wire.WireError as error:
            raise InputError(f"decoder sent what is no message: {error}", where=path, todo=_TODO) from error
        finally:
            if not finished:
                self.close()


def _settle(part: Path, out: Path) -> int:
    """Brings a finished file to its name, durably; returns its size in bytes."""
    sync(part)
    part.replace(out)
    sync(out.parent)
    return out.stat().st_size


def _cut(out: Path, told: Mapping[str, Any], size_bytes: int) -> Cut:
    first, last = told["first_pts"], told["last_pts"]
    return Cut(
        path=out,
        mode=str(told["mode"]),
        pieces=tuple(Span(int(start), int(end)) for start, end in told["pieces"]),
        container="mp4",
        video_codec=str(told["video_codec"]),
        audio_codec=str(told["audio_codec"]),
        duration_ms=int(told["duration_ms"]),
        size_bytes=size_bytes,
        first_pts=None if first is None else int(first),
        last_pts=None if last is None else int(last),
        time_base=str(told["time_base"]),
        why=str(told.get("why", "")),
        engine=str(told["engine"]),
    )
