"""A flag line is what other programs read: its names, units and silences are promises."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from monitor.flag_line import flag_line
from monitor.records import (
    Box,
    Channel,
    Cue,
    Evidence,
    Flag,
    Gap,
    Hit,
    Method,
    Role,
    Sense,
    State,
    Stream,
    Suppression,
    Violation,
)
from monitor.rules import Outcome, Rule, RuleConditions, Severity, Strike, Strikes
from monitor.timeline import Span

SCHEMA = json.loads((Path(__file__).parent.parent / "docs/flag.schema.json").read_text("utf-8"))
SHANGHAI = timezone(timedelta(hours=8))

SPOKEN = Hit(
    "返现", "reward", "s1", Channel.SPEECH, Span(63_100, 63_600), (4, 6), "反现", Method.PHONETIC, 0.9312, "同音"
)
SHOWN = Hit("退款", "refund", "v1", Channel.SCREEN, Span(61_240, 75_900), (0, 2), "退款", Method.EXACT, 1.0,
            box=Box(10, 20, 110, 60))  # fmt: skip

FULL = Flag(
    flag_id="f-1",
    stream=Stream(
        "room-7", (Path("day/room-7.flv"),), "douyin", "小店",
        started_at=datetime(2026, 11, 20, 20, 0, 1, tzinfo=SHANGHAI),
    ),
    violation=Violation(
        "v-1", "cashback_refund", Span(61_240, 75_900), (SPOKEN, SHOWN), ("cashback.pay-refund-reward",), 0.93, False,
        Severity.SERIOUS, "desk", State.CLOSED,
        context=(
            Cue("s1", Channel.SPEECH, Span(58_000, 66_000), "拍完给你反现"),
            Cue("c9", Channel.CHAT, Span(64_000, 64_000), "真的吗", role=Role.VIEWER, sender="hash-of-a-viewer"),
        ),
        suppressed=(Suppression(replace(SPOKEN, raw="返现"), "denial"),),
        facts=("价格比 6.6",),
    ),
    rules=(Rule("douyin.refund-hype.2", "标题", "条文", "来源", "2024-03-21", "2026-11-22", "notice", ("减少曝光",)),),
    evidence=Evidence(Path("evidence/f-1"), "clip.mp4", ("1.jpg",), "clip.vtt", "manifest.json"),
    lexicon="sha256:aa",
    policy="sha256:bb",
    models={"speech": "base", "screen": "ocr"},
    gaps=(Gap(Sense.SEEN, Span(60_000, 61_000), "no looks"),),
)  # fmt: skip
BARE = replace(
    FULL,
    stream=Stream("room-7", (Path("room-7.flv"),)),
    violation=replace(FULL.violation, hits=(SPOKEN,), context=(), suppressed=(), facts=(), candidate=True),
    rules=(Rule("x.1", "标题", "条文", "来源", "", "", "unverified"),),
    evidence=None,
    gaps=(),
    models={},
)


def validate(line: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(line, allow_nan=False)))


@pytest.mark.parametrize("flag", [FULL, BARE], ids=["full", "bare"])
def test_lines_follow_the_published_schema(flag: Flag) -> None:
    """Every line, however much or little is known, validates against `docs/flag.schema.json`."""
    validate(flag_line(flag))


def test_the_schema_can_say_no() -> None:
    """A line with a field of the contract missing, or milliseconds for a severity, is refused."""
    line = flag_line(FULL)
    for name in SCHEMA["required"]:
        with pytest.raises(jsonschema.ValidationError):
            validate({key: value for key, value in line.items() if key != name})
    with pytest.raises(jsonschema.ValidationError):
        validate({**line, "severity": 3})


def test_times_are_seconds_and_the_wall_clock_keeps_its_zone() -> None:
    """Media time goes out in seconds exact to the millisecond; the wall clock is the stream's start plus it."""
    line = flag_line(FULL)
    assert (line["start_s"], line["end_s"]) == (61.240, 75.900)
    assert line["wall_start"] == "2026-11-20T20:01:02.240+08:00"
    assert flag_line(BARE)["wall_start"] is None


def test_a_start_without_zone_is_refused() -> None:
    """A naive start would be read in another zone elsewhere: it is an error, never a guess."""
    naive = replace(FULL, stream=replace(FULL.stream, started_at=datetime(2026, 1, 1)))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        flag_line(naive)


def test_hits_say_what_was_found_where_and_how() -> None:
    """A hit carries its raw words, slot, method, score and place; a box is [left, top, right, bottom]."""
    line = flag_line(FULL)
    assert line["channels"] == ["screen", "speech"]
    assert line["hits"][0] == {
        "term": "返现", "slot": "reward", "channel": "speech", "start_s": 63.1, "end_s": 63.6, "raw": "反现",
        "method": "phonetic", "score": 0.931, "how": "同音", "box": None,
    }  # fmt: skip
    assert line["hits"][1]["box"] == [10, 20, 110, 60]
    assert line["suppressed"] == [
        {"term": "返现", "raw": "返现", "channel": "speech", "start_s": 63.1, "reason": "denial"}
    ]


def test_viewers_never_leave_with_their_hash() -> None:
    """A viewer's comment stands as context with its role; who wrote it does not."""
    line = flag_line(FULL)
    assert line["context"][1] == {"channel": "chat", "role": "viewer", "start_s": 64.0, "end_s": 64.0, "text": "真的吗"}
    assert "hash-of-a-viewer" not in json.dumps(line)


def test_unknown_is_null_and_not_an_empty_string() -> None:
    """A rule that nobody verified, a flag without evidence: null, so that no reader takes it for a value."""
    line = flag_line(BARE)
    assert line["evidence"] is None
    assert line["rules"][0]["verified"] is None
    assert line["rules"][0]["effective"] is None


def test_a_rule_says_how_far_it_was_verified_and_whom_it_binds() -> None:
    """Ladder, strikes, conditions and days go out as plain values; what a rule does not have is null or empty."""
    told = replace(
        FULL.rules[0],
        until="2026-12-31",
        source_id="a-notice",
        weaker=(("clause", "reprint"),),
        ladder=((Severity.SLIGHT, ("警告",)),),
        strikes=Strikes(("文玩",), (Strike(1, "情节一般"), Strike(2, "情节严重", ("下架",)))),
        conditions=RuleConditions(("茗茶",), "体验分", 4.4, "不得踢", "不得踢买家", 90, Outcome.APPLIES, "适用"),
        note="说明",
        chosen_for="2026-11-20",
    )
    line = flag_line(replace(FULL, rules=(told,), rules_set_aside=FULL.rules, severity_note="估计"))
    validate(line)
    (rule,) = line["rules"]
    assert (rule["until"], rule["source_id"], rule["note"]) == ("2026-12-31", "a-notice", "说明")
    assert rule["ladder"] == {"slight": ["警告"]}
    assert rule["weaker"] == {"clause": "reprint"}
    assert rule["strikes"]["steps"][1] == {"nth": 2, "grade": "情节严重", "measures": ["下架"]}
    assert rule["conditions"]["outcome"] == "applies"
    assert (rule["chosen_for"], rule["day_known"]) == ("2026-11-20", True)
    (aside,) = line["rules_set_aside"]
    assert [aside[name] for name in ("until", "source_id", "ladder", "strikes", "conditions")] == [None] * 5
    assert (line["severity_note"], line["rules_note"]) == ("估计", "")
