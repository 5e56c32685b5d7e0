"""A case as its page is made of: a flag, its manifest, rules and transcript, as plain JSON values."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta, timezone

from monitor.evidence.page.case import Case

CHINA = timezone(timedelta(hours=8))

FLAG = {
    "schema": "monitor.flag/1",
    "flag_id": "0e1d72dc37cb1f86",
    "room": "kitchen",
    "source": "kitchen.mp4",
    "platform": "douyin",
    "creator": "小棠厨房",
    "scheme": "cashback_refund",
    "candidate": False,
    "severity": "serious",
    "severity_basis": "desk",
    "score": 0.93,
    "start_s": 61.24,
    "end_s": 75.9,
    "wall_start": "2026-11-20T20:01:01.240+08:00",
    "channels": ["screen", "speech"],
    "patterns": ["order-cashback"],
    "facts": ["下单返现", "同一段话更符合 pay_first_draw"],
    "rules": [
        {
            "id": "douyin.refund-hype.2",
            "title": "返现诱导",
            "clause": "不得以返现诱导下单。",
            "source": "某公告",
            "effective": "2024-03-21",
            "verified": "2026-11-22",
            "verification": "notice",
            "measures": ["减少曝光"],
        },
    ],
    "hits": [
        {
            "term": "返现",
            "channel": "speech",
            "start_s": 63.1,
            "end_s": 63.6,
            "raw": "反现",
            "method": "phonetic",
            "score": 0.93,
            "how": "反现 → 返现, same sound",
            "box": None,
        },
        {
            "term": "拍下",
            "channel": "screen",
            "start_s": 61.24,
            "end_s": 75.9,
            "raw": "拍|下",
            "method": "variant",
            "score": 0.95,
            "how": "拍|下 → 拍下, inserted symbols",
            "box": [1, 2, 3, 4],
        },
    ],
    "suppressed": [{"term": "退", "raw": "退", "channel": "speech", "start_s": 64.0, "reason": "cuts the word 退货"}],
    "context": [
        {"channel": "speech", "role": "host", "start_s": 62.0, "end_s": 66.0, "text": "给你反现三十块"},
        {"channel": "screen", "role": "host", "start_s": 61.24, "end_s": 75.9, "text": "拍|下有礼"},
        {"channel": "chat", "role": "viewer", "start_s": 64.0, "end_s": 64.0, "text": "反现是真的吗"},
    ],
    "evidence": {"folder": ".", "clip": "clip.mp4", "stills": [], "problem": ""},
    "lexicon": "sha256:1e",
    "policy": "sha256:2f",
    "models": {"speech": "whisper base", "screen": "ocr small"},
    "gaps": [{"sense": "heard", "start_s": 70.0, "end_s": 72.0, "reason": "undecodable"}],
}
MANIFEST = {
    "schema": "monitor.evidence/1",
    "clock": {"utc": "2026-11-22T07:39:53+00:00", "zone": "CST +0800", "source": "kernel", "synchronised": False},
    "made_at": "2026-11-22T07:39:53.666+00:00",
    "stream": {"started_at": "2026-11-20T20:00:00.000+08:00"},
    "parts": [{"name": "clip.mp4", "sha256": "ab" * 32, "bytes": 564252}],
    "sources": [{"name": "kitchen.mp4", "sha256": "cd" * 32, "bytes": 2291647}],
    "clip": {"mode": "copy", "duration_s": 19.1},
    "pieces": [{"stream_start_s": 56.0, "stream_end_s": 81.0, "clip_start_s": 0.0, "clip_end_s": 25.0}],
    "moments": [{"raw": "反现", "clip_s": 7.35}, {"raw": "拍|下", "clip_s": 5.74}],
    "omissions": [{"what": "still", "reason": "has no picture"}],
    "made_with": {"software": "livestream-monitor 0.1.0", "decoder": "PyAV"},
    "settings": {"lead_in_ms": 5000},
}
RULES = {
    "day": "2026-11-20",
    "platform": "douyin",
    "rules": [
        {
            "id": "douyin.x.1",
            "title": "未核实之规则",
            "clause": "据说不得如此。",
            "source": "听说",
            "effective": None,
            "verified": None,
            "measures": [],
            "verification": "unverified",
            "note": "只见于转述",
        },
        {
            "id": "douyin.flip.1",
            "title": "快速过款",
            "clause": "不得快速过款。",
            "source": "公告",
            "effective": "2024-03-21",
            "verified": "2026-11-22",
            "verification": "notice",
            "measures": ["警告"],
            "ladder": {"slight": ["警告", "限流"], "serious": ["扣信用分 4 至 12 分"]},
            "conditions": {
                "industries": ["女装", "童装"],
                "score": "购物体验分",
                "score_threshold": 4.4,
                "below_threshold": "不得踢人",
                "from_threshold": "不得踢下过单的人",
                "order_window_days": 90,
                "outcome": "cannot_tell",
                "sentence": "无法判断，需要知道：主营行业",
            },
            "strikes": {"industries": [], "steps": [{"nth": 2, "grade": "加重", "measures": ["断播"]}]},
            "chosen_for": "2026-11-20",
        },
    ],
}
TRANSCRIPT = (
    "WEBVTT\n\nNOTE\n00:00:00.000 here is 00:00:56.000 of the stream\n\n"
    "00:00:06.000 --> 00:00:10.000\n[口播] 给你反现三十块\n\n"
    "00:00:20.000 --> 00:00:22.000\n<v 助播口播>[助播口播] 只在片段里的 &lt;话&gt;\n"
)


def case(flag=FLAG, *, rules=RULES, manifest=MANIFEST, transcript=TRANSCRIPT, **more):
    whole = {
        "stills": [("stills/still-01.jpg", "录像 1:01.7 处")],
        "clip": "clip.mp4",
        "exported_at": datetime(2026, 11, 22, 12, 0, tzinfo=CHINA),
        "by": "王审核",
        "key_id": "3fe2a1c0",
    }
    return Case(flag, rules, manifest, transcript, **{**whole, **more})


def with_fields(**changes):
    return {**copy.deepcopy(FLAG), **changes}
