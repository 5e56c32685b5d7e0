"""`decode` and `probe`: a file's sound and pictures, decoded in a child that may fail without harm."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from monitor.errors import InputError
from monitor.media import wire
from monitor.media.coverage import Coverage
from monitor.media.leash import Child, ChildLostError
from monitor.media.records import LONGEST_MS, AudioChunk, Decoded, Frame, MediaFacts
from monitor.records import Gap, Sense

_TODO = "try the file in a player; record or copy it again"


def probe(path: Path, *, memory_mb: int = 2048, stall_s: float = 20.0) -> MediaFacts:
    """What the file declares about itself. Raises InputError as `decode` does."""
    request = {"do": "probe", "path": str(path)}
    for item in _messages(Path(path), request, memory_mb, stall_s):
        if item[0] == wire.FACTS:
            return media_facts(wire.facts(item[1]))
    raise InputError("the decoder said nothing about it", where=path, todo=_TODO)


def engine() -> str:
    """The decoding engine with its versions: `PyAV 18.1.0, FFmpeg 8.1.2`. Raises InputError when it does not start."""
    return str(_about()["engine"])


def decoders() -> frozenset[str]:
    """Names of the decoders that may be used and that the engine has. Raises InputError when it does not start."""
    return frozenset(map(str, _about()["decoders"]))


@cache
def _about() -> dict[str, Any]:
    for kind, payload in _messages(Path(), {"do": "engine"}, 2048, 20.0):
        if kind == wire.FACTS:
            return wire.facts(payload)
    raise InputError("the decoder said nothing", todo="install the requirements again")


def decode(
    path: Path,
    *,
    every_ms: int = 2000,
    memory_mb: int = 2048,
    stall_s: float = 20.0,
    audio: bool = True,
    video: bool = True,
) -> Iterator[MediaFacts | AudioChunk | Frame | Gap | Decoded]:
    """Facts first; then sound in chunks of a second and a look at the picture every `every_ms`; Decoded last.

    Chunks and frames come each in time order; a frame may come up to two periods after the sound of its moment. Media
    time 0 is the earliest first timestamp of the two. When the decoder fails midway, what was decoded stays and the
    rest is a gap. Stopping early (closing the iterator) ends the child.

    A `Gap` comes ahead of the sound or look that ends it, as soon as it is certain. The gaps of `Decoded` are the whole
    account: they hold every early one (same sense, the same time or more of it, perhaps a better reason), and those of
    the end.

    Raises InputError when nothing could be opened: missing, empty, no media, no index, a playlist, no stream to decode,
    nothing behind its header.
    """
    path = Path(path)
    request = decode_request(path, every_ms, audio, video)
    messages = _messages(path, request, memory_mb, stall_s)
    yield from account(path, messages, every_ms=every_ms, audio=audio, video=video)


def decode_request(path: Path, every_ms: int, audio: bool, video: bool) -> dict[str, Any]:
    """What to ask a child for."""
    return {"do": "decode", "path": str(path), "every_ms": every_ms, "audio": audio, "video": video}


def account(
    path: Path, messages: Generator[tuple[bytes, bytearray], None, None], *, every_ms: int, audio: bool, video: bool
) -> Iterator[MediaFacts | AudioChunk | Frame | Gap | Decoded]:
    """What `decode` yields, out of a child's messages."""
    coverage: Coverage | None = None
    stopped = ""
    try:
        for kind, payload in messages:
            if coverage is None:
                facts = media_facts(wire.facts(payload))
                coverage = Coverage(
                    every_ms,
                    audio,
                    video,
                    has_audio=bool(facts.audio_codec),
                    has_video=bool(facts.video_codec),
                    declared_ms=facts.declared_ms,
                )
                yield facts
            elif kind == wire.SOUND:
                chunk = AudioChunk(*wire.sound(payload))
                _check_order(coverage.sounds[-1].end_ms if coverage.sounds else 0, chunk.span.end_ms, chunk.start_ms)
                if gap := coverage.sound(chunk.span):
                    yield gap
                yield chunk
            elif kind == wire.LOOK:
                frame = Frame(*wire.look(payload))
                _check_order(coverage.looks[-1] + 1 if coverage.looks else 0, frame.at_ms, frame.at_ms)
                if gap := coverage.look(frame.at_ms):
                    yield gap
                yield frame
            elif kind == wire.BEAT:
                heard_to_ms, seen_to_ms, declared_ms, _read_ms = wire.beat(payload)
                coverage.read_to(min(heard_to_ms, LONGEST_MS), min(seen_to_ms, LONGEST_MS))
                coverage.declared_ms = min(declared_ms, LONGEST_MS)
            elif kind == wire.TROUBLE:
                told = wire.facts(payload)
                coverage.trouble(Sense(told["sense"]), int(told["at_ms"]), str(told["reason"]))
            elif kind == wire.DONE:
                told = wire.facts(payload)
                stopped = str(told.get("stopped", ""))
                coverage.absent = {
                    Sense.HEARD if kind == "audio" else Sense.SEEN: str(why)
                    for kind, why in told.get("absent", {}).items()
                }
            elif kind == wire.REFUSED:
                stopped = f"decoder stopped: {wire.facts(payload).get('what')}"
    except ChildLostError as error:
        stopped = f"decoder stopped: {error}"
    except (wire.WireError, KeyError, TypeError, ValueError) as error:
        stopped = f"decoder stopped: sent what is no message ({error})"
    finally:
        messages.close()
    if coverage is None:
        raise InputError(stopped, where=path, todo=_TODO)
    decoded = coverage.finish(stopped)
    if not decoded.end_ms:
        raise InputError("holds neither sound nor picture, only a header", where=path, todo=_TODO)
    yield decoded


def _check_order(earliest_ms: int, end_ms: int, start_ms: int) -> None:
    """Raises WireError when the child goes back in time, or further than a file may last."""
    if not earliest_ms <= start_ms <= end_ms <= LONGEST_MS:
        raise wire.WireError(f"{start_ms} ms after {earliest_ms} ms")


def media_facts(told: dict[str, Any]) -> MediaFacts:
    """Facts from the child's words."""
    declared = told["declared_ms"]
    return MediaFacts(
        container=str(told["container"]),
        video_codec=str(told["video_codec"]),
        audio_codec=str(told["audio_codec"]),
        width_px=int(told["width_px"]),
        height_px=int(told["height_px"]),
        rotation_deg=int(told["rotation_deg"]),
        declared_ms=None if declared is None else int(declared),
        engine=str(told["engine"]),
    )


def _messages(
    path: Path, request: dict[str, Any], memory_mb: int, stall_s: float
) -> Generator[tuple[bytes, bytearray], None, None]:
    """A child's messages for one request. Raises InputError when it refuses or dies before the first."""
    child = Child(memory_mb=memory_mb, stall_s=stall_s)
    try:
        yield from answers(child, path, request)
    finally:
        child.kill()


def answers(child: Child, path: Path, request: dict[str, Any]) -> Generator[tuple[bytes, bytearray], None, None]:
    """A running child's messages for one request. Raises InputError when it refuses or dies before the first."""
    begun = False
    try:
        for kind, payload in child.ask(request):
            if kind == wire.REFUSED and not begun:
                told = wire.facts(payload)
                raise InputError(str(told.get("what")), where=path, todo=told.get("todo"))
            begun = True
            yield kind, payload
    except ChildLostError as error:
        if not begun:
            raise InputError(f"decoder stopped while opening it: {error}", where=path, todo=_TODO) from error
        raise
