"""One stream, the whole way: media → cues → violations → evidence → flags, in one pass and bounded memory.

Nothing here knows of processes, databases or terminals: what comes out goes to a `Sink`. Speech is recognised in a
thread of its own while pictures are read, and its cues are taken in at fixed points of media time, so that a run's
result never depends on how fast the machine was.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from monitor import __version__
from monitor.chat import TypedFeed
from monitor.config import Settings
from monitor.coverage import StreamCoverage
from monitor.errors import InputError
from monitor.evidence import TimedPart, keep
from monitor.files import sha256_of
from monitor.flag_line import flag_line
from monitor.flagging import Desk
from monitor.lexicon import Lexicon
from monitor.lexicon.policy import Policies
from monitor.match import Matcher
from monitor.media import AudioChunk, Cutter, Decoded, Frame, MediaFacts, decode
from monitor.media.records import Samples
from monitor.product_list import products_beside
from monitor.records import Cue, Discard, Flag, Gap, Role, Sense, State, Stream, Violation
from monitor.remembering import Memory, RememberingTextReader, RememberingTranscriber
from monitor.screen import ScreenReader, TextReader
from monitor.signing import Signer
from monitor.speech import SpeechReader, Transcriber
from monitor.timeline import Span

SPEECH_LAG_MS = 35_000
"""Media time after which a sound's cues are taken in: more than one window of the recogniser (30 s)."""

VIEWERS_ROUND_MS = 10_000
"""Round a flag, in which viewers' rows on the picture are told to the evidence: stills lie within it."""

SILENT_CHANNEL_MS = 90_000
"""Media time for which sound or pictures that have stopped coming hold up the judge."""


class Sink(Protocol):
    """Takes what a scan of one stream brings forth, as it comes."""

    def cues(self, cues: Sequence[Cue]) -> None: ...
    def judged(self, watermark_ms: int | None) -> None:
        """The cues told so far are now judged up to here; None: to the stream's end."""

    def discards(self, discards: Sequence[Discard]) -> None: ...
    def gaps(self, gaps: Sequence[Gap]) -> None:
        """All of the stream's, once at its end."""

    def flag(self, flag: Flag) -> None: ...
    def progress(self, at_ms: int, declared_ms: int | None) -> None: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What scanning needs and what costs time to load: shared by all streams of one process."""

    lexicon: Lexicon
    policies: Policies
    matcher: Matcher
    transcriber: Transcriber
    text_reader: TextReader
    hash_name: Callable[[str], str]
    settings: Settings
    signer: Signer | None = None
    """Signs the evidence; without one it is good against accidents alone."""

    @property
    def models(self) -> dict[str, str]:
        return {"speech": self.transcriber.name, "screen": self.text_reader.name}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one stream's scan ended."""

    end_ms: int
    heard_ms: int
    seen_ms: int
    problem: str = ""
    """What kept parts of it from being heard or seen; empty when nothing did."""


def scan_stream(
    stream: Stream,
    tools: Tools,
    sink: Sink,
    *,
    evidence: Path | None,
    clips: bool = True,
    media_key: str = "",
    known: Collection[str] = (),
    memory: Memory | None = None,
) -> Outcome:
    """Scan a recorded stream to its end.

    `evidence` is the folder for flags' evidence, None for none. An earlier try that was cut off is gone on with by
    giving its `memory` of what the models said; flags in `known` have their evidence and are not told again. Raises
    InputError when no part could be opened; a part that fails among others is a gap. Whatever the sink raises ends
    the scan.
    """
    with ExitStack() as stack:
        key = media_key or media_digest(stream.parts)
        return _Scan(stream, tools, sink, evidence, clips, key, stack, known, memory or Memory()).run()


def media_digest(parts: Sequence[Path]) -> str:
    """Names a recording by its content: sizes, first and last megabyte of each part (SHA-256, hex).

    Raises InputError for a part that cannot be read.
    """
    digest = hashlib.sha256()
    for part in parts:
        try:
            with part.open("rb") as file:
                size = file.seek(0, 2)
                file.seek(0)
                digest.update(f"{size}:".encode() + file.read(1 << 20))
                file.seek(max(0, size - (1 << 20)))
                digest.update(file.read(1 << 20))
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", where=part) from error
    return digest.hexdigest()


class _Scan:
    """The state of one stream's scan."""

    def __init__(
        self,
        stream: Stream,
        tools: Tools,
        sink: Sink,
        evidence: Path | None,
        clips: bool,
        key: str,
        stack: ExitStack,
        known: Collection[str],
        memory: Memory,
    ) -> None:
        self.stream, self.tools, self.sink, self.evidence, self.clips = stream, tools, sink, evidence, clips
        self.known = known
        settings = tools.settings
        day = stream.started_at.date() if stream.started_at else None
        products, self.problems = products_beside(stream.source, day)
        self.desk = Desk(tools.lexicon, tools.matcher, tools.policies)
        self.engine = self.desk.engine(stream, key, products)
        self.typed = stack.enter_context(TypedFeed(stream, tools.hash_name))
        self.screen = ScreenReader(
            RememberingTextReader(tools.text_reader, memory),
            is_host=lambda name: self.typed.host.role(name) == Role.HOST,
            hash_name=tools.hash_name,
            every_ms=settings.screen_every_ms,
        )
        self.speech = SpeechReader(RememberingTranscriber(tools.transcriber, memory))
        self.listener = ThreadPoolExecutor(1, thread_name_prefix="speech")
        stack.callback(self.listener.shutdown, cancel_futures=True)  # who stops early does not wait for what is heard
        self.cutter = stack.enter_context(Cutter(memory_mb=settings.decode_memory_mb, stall_s=settings.decode_stall_s))
        self.heard: deque[tuple[int, Future[tuple[list[Cue | Discard], int]]]] = deque()
        self.parts: list[TimedPart] = []
        self.digests: dict[Path, str] = {}
        self.coverage = StreamCoverage()
        self.at_ms = 0
        self.spoken_ms = 0
        self.has_sound = self.has_picture = False
        self.facts: dict[str, Any] = {"software": f"livestream-monitor {__version__}", "models": tools.models}

    def run(self) -> Outcome:
        own_danmaku = self.stream.part_danmaku or (None,) * len(self.stream.parts)
        start_ms, opened, problems = 0, 0, self.problems
        for path, danmaku in zip(self.stream.parts, own_danmaku, strict=True):
            self.typed.begin_part(danmaku, start_ms)
            try:
                start_ms = self._part(path, start_ms)
                opened += 1
            except InputError as error:
                if len(self.stream.parts) == 1:
                    raise
                problems.append(f"{path.name}: {error.what}")
                self.coverage.unopened(start_ms, path.name, error.what)
        if not opened:
            raise InputError("; ".join(problems), where=self.stream.source)
        self._finish(start_ms)
        account = self.coverage.finish(start_ms, self.typed.gaps)
        self.sink.gaps(account.gaps)
        told = (gap for gap in account.gaps if gap.span.duration_ms or gap.sense is Sense.CHAT)
        broken = [gap.reason for gap in told if not gap.reason.startswith("no ")]
        problem = "; ".join(dict.fromkeys([*problems, *broken]))
        return Outcome(account.end_ms, account.heard_ms, account.seen_ms, problem)

    def _part(self, path: Path, start_ms: int) -> int:
        """Scan one media file that starts at `start_ms` of the stream; where the next one starts."""
        settings = self.tools.settings
        declared_ms: int | None = None
        for item in decode(
            path,
            every_ms=settings.screen_every_ms,
            memory_mb=settings.decode_memory_mb,
            stall_s=settings.decode_stall_s,
        ):
            if isinstance(item, MediaFacts):
                self.parts.append(TimedPart(path, Span(start_ms, start_ms), item))
                declared_ms = start_ms + item.declared_ms if item.declared_ms else None
                self.has_sound, self.has_picture = bool(item.audio_codec), bool(item.video_codec)
                self.facts.setdefault("decoder", item.engine)
            elif isinstance(item, AudioChunk):
                at_ms = start_ms + item.start_ms
                self.heard.append((at_ms, self.listener.submit(self._listen, at_ms, item.samples)))
                self._reached(start_ms + item.span.end_ms, declared_ms)
            elif isinstance(item, Frame):
                self._keep_cues(self.screen.look(start_ms + item.at_ms, item.image))
                self._reached(start_ms + item.at_ms, declared_ms)
            elif isinstance(item, Gap):
                self.coverage.early(item, start_ms)
            elif isinstance(item, Decoded):
                return self._part_ended(start_ms, item)
        raise AssertionError("decode() ends with Decoded")

    def _part_ended(self, start_ms: int, decoded: Decoded) -> int:
        end_ms = start_ms + decoded.end_ms
        self.parts[-1] = replace(self.parts[-1], span=Span(start_ms, end_ms))
        self.coverage.part(start_ms, decoded.heard, decoded.seen, decoded.gaps)
        self.at_ms = max(self.at_ms, end_ms)
        return end_ms

    def _reached(self, at_ms: int, declared_ms: int | None) -> None:
        """Decoding has come to `at_ms`: take in what was heard long enough ago, and judge."""
        if at_ms <= self.at_ms:
            return
        self.at_ms = at_ms
        self.parts[-1] = replace(self.parts[-1], span=Span(self.parts[-1].span.start_ms, at_ms))
        while self.heard and self.heard[0][0] <= at_ms - SPEECH_LAG_MS:
            self._take_heard()
        self._judge(self._watermark(at_ms))
        self.sink.progress(at_ms, declared_ms)

    def _watermark(self, at_ms: int) -> int:
        """How far every channel is known. One that falls silent for long is not waited for."""
        marks = [self.screen.watermark_ms] * self.has_picture + [self.spoken_ms] * self.has_sound
        return min((max(mark, at_ms - SILENT_CHANNEL_MS) for mark in marks), default=at_ms)

    def _listen(self, at_ms: int, samples: Samples) -> tuple[list[Cue | Discard], int]:
        """Runs in the speech thread: what was recognised, and how far speech is known after it."""
        return self.speech.feed(at_ms, samples), self.speech.watermark_ms

    def _take_heard(self) -> None:
        found, self.spoken_ms = self.heard.popleft()[1].result()
        self._take_found(found)

    def _take_found(self, found: Sequence[Cue | Discard]) -> None:
        self._keep_cues([item for item in found if isinstance(item, Cue)])
        if discards := [item for item in found if isinstance(item, Discard)]:
            self.sink.discards(discards)

    def _finish(self, end_ms: int) -> None:
        while self.heard:
            self._take_heard()
        self._take_found(self.listener.submit(self.speech.finish).result())
        self._keep_cues(self.screen.finish(end_ms))
        self._keep_cues(self.typed.finish(end_ms))
        self.sink.judged(None)
        for violation in self.engine.finish(end_ms):
            self._flag(violation)

    def _keep_cues(self, cues: Sequence[Cue]) -> None:
        kept = [cue for cue in cues if self.engine.feed(cue)]
        if kept:
            self.sink.cues(kept)

    def _judge(self, watermark_ms: int) -> None:
        self._keep_cues(self.typed.due(watermark_ms + SPEECH_LAG_MS))
        self.sink.judged(watermark_ms)
        for violation in self.engine.advance(watermark_ms):
            self._flag(violation)

    def _flag(self, violation: Violation) -> None:
        if violation.state != State.CLOSED or violation.violation_id in self.known:
            return
        tools = self.tools
        around = violation.span.grow(tools.settings.lead_in_ms, tools.settings.lead_out_ms)
        flag = self.desk.flag(
            violation, self.stream, models=tools.models, gaps=[*self.coverage.gaps, *self.typed.gaps], around=around
        )
        if self.evidence is not None and not violation.candidate:
            for path in (part.path for part in self.parts):
                if path not in self.digests:
                    self.digests[path] = sha256_of(path)
            kept = keep(
                flag,
                line=flag_line(flag),
                parts=self.parts,
                cues=violation.context,
                cutter=self.cutter,
                folder=self.evidence,
                settings=tools.settings,
                source_digests=self.digests,
                facts=self.facts,
                clips=self.clips,
                signer=tools.signer,
                viewer_rows=self.screen.viewers.around(violation.span.grow(VIEWERS_ROUND_MS, VIEWERS_ROUND_MS)),
            )
            flag = replace(flag, evidence=kept)
        self.sink.flag(flag)
