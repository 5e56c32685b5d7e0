"""Small streams, cues and flags to put into a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from monitor.records import (
    Box,
    Channel,
    Cue,
    Evidence,
    Flag,
    Hit,
    Method,
    Role,
    State,
    Stream,
    Suppression,
    Violation,
    Word,
)
from monitor.rules import Rule, Severity
from monitor.store import Store
from monitor.timeline import Span

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STREAM = Stream("甲房间", (Path("录像/甲_000.flv"), Path("录像/甲_001.flv")), "douyin", "某小店", "小店主播",
                started_at=datetime(2026, 11, 20, 20, 0, 1, 250_000, tzinfo=timezone(timedelta(hours=8))),
                danmaku=(Path("录像/甲_000.xml"),), messages=(Path("录像/甲.messages.jsonl"),), danmaku_offset_ms=-7000,
                part_danmaku=(Path("录像/甲_000.xml"), None))  # fmt: skip
WORDS = (Word("付款", Span(1000, 1800), 0.9), Word("退给你", Span(2000, 4000), 0.6))
SPOKEN = Cue("s-1", Channel.SPEECH, Span(1000, 4000), "付款退给你", 0.71, words=WORDS, note="decoded again")
SHOWN = Cue("v-1", Channel.SCREEN, Span(0, 9000), "九块九", box=Box(1, 2, 300, 40), struck=True, ongoing=True)
TYPED = Cue("c-1", Channel.CHAT, Span(5000, 5000), "真的吗", role=Role.VIEWER, sender="3f2a")


def begin(store: Store, key: str = "甲", fingerprint: str = "f1", stream: Stream = STREAM, media_key: str = "") -> int:
    run = store.begin_run(command="scan", settings={"jobs": 2}, versions={"monitor": "0.1.0"}, at=AT)
    return store.begin_stream(run, key, fingerprint, stream, media_key=media_key)


def end(store: Store, stream_id: int, state: str = "done", **more: Any) -> None:
    given: Mapping[str, Any] = {"end_ms": 60_000, "heard_ms": 54_000, "seen_ms": 60_000, "problem": "", "wall_s": 6.0}
    store.end_stream(stream_id, **{**given, "state": state, **more})


def flag(flag_id: str = "f-1", start_ms: int = 1000, **changes: Any) -> Flag:
    """A flag; `changes` are of its violation, save `stream` and `evidence`."""
    own = {name: changes.pop(name) for name in ("stream", "evidence") if name in changes}
    span = Span(start_ms, start_ms + 500)
    hit = Hit(
        "退给你", "refund", "s-1", Channel.SPEECH, span, (2, 5), "退给你", Method.EXACT, 1.0, "同字", Box(0, 0, 5, 5)
    )
    doubt = Suppression(replace(hit, raw="退", box=Box(0, 0, 5, 5)), "denial")
    violation = Violation(
        "v-" + flag_id, "cashback_refund", Span(start_ms, start_ms + 3000), (hit,), ("p.1",), 0.9, False,
        Severity.SERIOUS, "desk", State.OPENED, (SPOKEN,), (doubt,), ("一句话",),
    )  # fmt: skip
    rule = Rule("douyin.refund-hype.2", "题", "文", "源", "2024-03-21", "2026-11-22", "notice")
    whole = Flag(
        flag_id, STREAM, replace(violation, **changes), (rule,), None, "sha256:l", "sha256:p", {"speech": "base"}
    )
    return replace(whole, **own)


def kept(workspace: Path, name: str = "f-1") -> Evidence:
    """Evidence in the workspace, with a manifest on the disk."""
    folder = workspace / "evidence" / name
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}", "utf-8")
    return Evidence(folder, "clip.mp4", ("1.jpg", "2.jpg"), "clip.vtt", "manifest.json", "")
