"""A real small workspace that a scan left behind, with its steps, to try changed terms on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from monitor.config import Settings
from monitor.flagging import Desk
from monitor.lexicon import load_rules
from monitor.match import Matcher
from monitor.records import Channel, Cue, State, Stream
from monitor.store import Step, Store, Unit
from monitor.timeline import Span

KEEP = ("全网最低",)
"""What the small lexicon has besides the first terms of each slot."""
LOWEST = "全网最低"
NEW = "云上福利价"
SLOT = "lowest"
"""No slot has NEW, this one has LOWEST, and one of its terms is enough for a flag."""
END_MS = 60_000


def spoken(start_ms: int, text: str) -> Cue:
    return Cue(f"speech:{start_ms}", Channel.SPEECH, Span(start_ms, start_ms + 200 * len(text)), text, 0.95)


TALK: Mapping[str, Sequence[str]] = {
    "甲": ("欢迎来到直播间", "全网最低价随便比"),
    "乙": ("欢迎来到直播间", "云上福利价随便比", "这个颜色很好看"),
}
"""What is said in each room, a sentence each ten seconds."""


def scan(settings: Settings, talk: Mapping[str, Sequence[str]] = TALK, platform: str = "douyin") -> Store:
    """Judges as a scan does and keeps what it keeps."""
    store = Store.of(settings)
    lexicon, policies = load_rules(settings.lexicons)
    desk = Desk(lexicon, Matcher(lexicon), policies)
    for room, sentences in talk.items():
        stream = Stream(room, (Path(f"{room}.mp4"),), platform, f"{room}主播")
        steps = [Step((spoken(10_000 * n, text),), 10_000 * n + 9_000) for n, text in enumerate(sentences)]
        steps.append(Step((), None))
        engine = desk.engine(stream, room)
        flags = []
        for step in steps:
            for cue in step.cues:
                engine.feed(cue)
            told = engine.finish(END_MS) if step.watermark_ms is None else engine.advance(step.watermark_ms)
            closed = [violation for violation in told if violation.state == State.CLOSED]
            flags += [desk.flag(v, stream, models={"speech": "base"}, gaps=(), around=v.span) for v in closed]
        run = store.begin_run(command="scan", settings={}, versions={}, at=datetime.now(UTC))
        stream_id = store.begin_stream(run, room, "f", stream, media_key=room)
        store.add(stream_id, Unit(steps=steps, flags=flags))
        told_at_end = {"end_ms": END_MS, "heard_ms": END_MS, "seen_ms": END_MS, "state": "done"}
        store.end_stream(stream_id, **told_at_end, problem="", wall_s=1.0)
    return store
