"""What the player gets, for clips cut from real recordings, and for a long flag whose clip is in pieces."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
from coded_media import flag, hit, make_media, picture, violation

from monitor.config import Settings
from monitor.evidence import TimedPart, keep
from monitor.evidence.stills import as_jpeg
from monitor.files import sha256_of
from monitor.flag_line import flag_line
from monitor.media import Cutter
from monitor.records import Channel
from monitor.timeline import Span

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
DECIDE = {
    "round_name": "初审",
    "buttons": [
        {"key": "1", "decision": "confirmed", "label": "违规成立"},
        {"key": "2", "decision": "dismissed", "label": "误报"},
        {"key": "3", "decision": "escalated", "label": "升级"},
        {"key": "4", "decision": "undecided", "label": "存疑"},
    ],
    "reasons": [
        ["misheard", "误听"],
        ["harmless", "语境无害"],
        ["too_little", "证据不足"],
        ["duplicate", "重复"],
        ["no_rule", "规则不适用"],
        ["other", "其他"],
    ],
    "severities": [["slight", "轻微"], ["ordinary", "一般"], ["serious", "严重"], ["very_serious", "特别严重"]],
    "severity": "serious",
}
EMPTY: dict[str, Any] = {
    "clip": None,
    "no_clip": "",
    "pieces": [],
    "picture": None,
    "hits": [],
    "suppressed": [],
    "lines": [],
    "gaps": [],
    "stills": [],
    "muted": True,
    "blurred": False,
    "seek_ms": None,
    "decide": DECIDE,
    "can_undo": True,
    "alike": 0,
}


def said(
    number: int, channel: str, start_ms: int, end_ms: int, raw: str, how: str, box: list[int] | None = None
) -> dict:
    return {
        "id": number,
        "channel": channel,
        "start_ms": start_ms,
        "end_ms": end_ms,
        "raw": raw,
        "term": how.split(" → ")[1].split(" · ")[0] if " → " in how else raw,
        "method": "phonetic",
        "how": how,
        "score": 0.93,
        "box": box,
    }


def line(lane: str, start_ms: int, end_ms: int, *pieces: str | tuple[str, int], who: str = "") -> dict[str, Any]:
    """A line of the transcript; a piece that a hit found comes with the hit's number."""
    parts = [[piece, None] if isinstance(piece, str) else list(piece) for piece in pieces]
    return {"lane": lane, "who": who, "start_ms": start_ms, "end_ms": end_ms, "pieces": parts}


def clip_of(
    home: Path, name: str, source: Path, length_ms: int, start_ms: int, end_ms: int, **settings: Any
) -> dict[str, Any]:
    """Cuts the clip as a scan does, puts it under `clips`, and tells what the manifest says of it."""
    # A long flag's clip shows its start, its end and each hit.
    hits = (hit(Channel.SPEECH, start_ms, start_ms + 1000), hit(Channel.SPEECH, end_ms - 1000, end_ms))
    made = flag(violation(start_ms, end_ms, *hits), source, flag_id=name)
    with Cutter() as cutter:
        evidence = keep(
            made,
            line=flag_line(made),
            parts=(TimedPart(source, Span(0, length_ms)),),
            cues=(),
            cutter=cutter,
            folder=home / "evidence",
            settings=Settings(**settings),
            source_digests={source: sha256_of(source)},
            facts={},
        )
    assert evidence.problem == ""
    about = json.loads((evidence.folder / "manifest.json").read_text("utf-8"))
    clips = home / "clips"
    clips.mkdir(exist_ok=True)
    shutil.copy(evidence.folder / "clip.mp4", clips / f"{name}.mp4")
    stills = []
    for number, still in enumerate(evidence.stills):
        shutil.copy(evidence.folder / still, clips / f"{name}-{number}.jpg")
        stills.append({"url": f"/clips/{name}-{number}.jpg", "at_ms": start_ms, "boxed": "boxed" in still})
    return {
        "clip": {"url": f"/clips/{name}.mp4", "length_ms": round(about["clip"]["duration_s"] * 1000)},
        "pieces": [
            {
                "clip_start_ms": round(piece["clip_start_s"] * 1000),
                "clip_end_ms": round(piece["clip_end_s"] * 1000),
                "stream_start_ms": round(piece["stream_start_s"] * 1000),
            }
            for piece in about["pieces"]
        ],
        "stills": stills,
    }


def kitchen(home: Path) -> dict[str, Any]:
    """A live room, upright: words from every channel, boards with places, something set aside, a gap."""
    source = SAMPLES / "s01-kitchen.mp4"
    hits = [
        said(0, "speech", 21_300, 22_100, "拍下来", "拍下来 · 原文 · 0.90"),
        said(1, "screen", 19_500, 41_200, "拍下→退款→fan现30", "fan现 → 返现 · 拼音夹字 · 0.95", [24, 166, 422, 214]),
        said(2, "speech", 25_700, 26_400, "申请退款", "申请退款 · 原文 · 0.96"),
        said(3, "speech", 32_400, 33_200, "反现", "反现 → 返现 · 同音 · 0.93"),
        said(4, "speech", 37_800, 38_300, "退了照样给你", "退了照样给 · 原文 · 0.88"),
        said(5, "message", 39_600, 39_600, "返 现", "返 现 → 返现 · 去掉空格 · 0.95"),
    ]
    aside = {
        **said(9, "chat", 28_500, 28_500, "退了还能拿钱", "退了拿钱 · 原文 · 0.71"),
        "reason": "观众在问，不算主播说的",
    }
    lines = [
        line("speech", 16_000, 18_900, "锅身是压铸铝的，煎鸡蛋不用放油，洗起来也很省心。", who="主播"),
        line(
            "speech",
            19_300,
            23_600,
            "想白拿的仔细听，你先把这口锅",
            ("拍下来", 0),
            "，把钱付掉。",
            who="主播",
        ),
        line(
            "speech",
            24_000,
            27_900,
            "付完以后马上去订单里",
            ("申请退款", 2),
            "，不要等快递。",
            who="主播",
        ),
        line(
            "speech",
            28_300,
            33_600,
            "退款成功的，私信我一张截图，我给你",
            ("反现", 3),
            "三十块。",
            who="主播",
        ),
        line(
            "speech",
            34_000,
            39_000,
            "这三十块是我自己掏的，",
            ("退了照样给你", 4),
            "，放心去拍。",
            who="主播",
        ),
        line("speech", 39_600, 43_100, "好，说回锅盖，钢化玻璃的，能看见里面的汤。", who="主播"),
        line("screen", 0, 51_700, "小棠厨房 锅具专场"),
        line("screen", 5_000, 18_700, "专柜原价¥880"),
        line("screen", 19_500, 41_200, ("拍下→退款→fan现30", 1)),
        line("chat", 14_500, 14_500, "锅重不重", who="观众"),
        line("chat", 28_500, 28_500, ("退了还能拿钱", 9), "？", who="观众"),
        line("chat", 38_400, 38_400, "怎么听着不靠谱", who="观众"),
        line("message", 37_000, 37_000, "直播里讲的三十元怎么领", who="观众"),
        line(
            "message",
            39_600,
            39_600,
            "付款之后点退款，退成功把截图发过来，",
            ("返 现", 5),
            " 30 微信转您",
            who="客服",
        ),
    ]
    return {
        **EMPTY,
        **clip_of(home, "kitchen", source, 51_700, 19_300, 41_200, lead_in_ms=8000, lead_out_ms=4000),
        "flag_id": "kitchen-1",
        "heading": "疑似退款返现 · 小棠厨房 · 2026-11-20 20:00 · 证据分 0.93",
        "picture": {"width": 540, "height": 960},
        "span": {"start_ms": 19_300, "end_ms": 41_200},
        "start_at_ms": 14_300,
        "hits": hits,
        "suppressed": [aside],
        "lines": lines,
        "gaps": [{"sense": "heard", "start_ms": 43_300, "end_ms": 44_800, "why": "这段声音解不开"}],
        "alike": 3,
    }


def coded(home: Path) -> dict[str, Any]:
    """A wide picture that bears its own number (`coded_media`), of a long flag: the clip shows two stretches."""
    source = make_media(home / "coded.mp4", seconds=46, gop_s=1)
    made = clip_of(
        home, "coded", source, 46_000, 12_000, 40_000, lead_in_ms=6000, lead_out_ms=5000, long_flag_ms=20_000
    )
    board = cv2.resize(picture(5)[:, :, ::-1], (320, 240))
    (home / "clips" / "board.jpg").write_bytes(as_jpeg(board))
    return {
        **EMPTY,
        **made,
        "flag_id": "coded-2",
        "heading": "疑似先付款后抽奖 · 阿芸美妆 · 2026-11-20 20:31 · 证据分 0.88",
        "picture": {"width": 320, "height": 240},
        "span": {"start_ms": 12_000, "end_ms": 40_000},
        "start_at_ms": 7_000,
        "hits": [
            said(0, "screen", 14_000, 16_000, "抽免單", "抽免單 → 抽免单 · 繁体 · 0.95", [32, 60, 96, 120]),
            said(1, "speech", 38_000, 39_000, "付款", "付款 · 原文 · 0.90"),
        ],
        "lines": [
            line("screen", 14_000, 16_000, ("抽免單", 0)),
            line("speech", 12_000, 15_000, "今天先付款的我从里面抽", who="主播"),
            line("speech", 38_000, 39_000, "先", ("付款", 1), "再抽", who="主播"),
        ],
        "stills": [{"url": "/clips/board.jpg", "at_ms": 14_000, "boxed": True}],
    }


HOSTILE = "<img src=x onerror='window.ran=1'><script>window.ran=1</script>\u202e=HYPERLINK(1)" + "长" * 10_000


def hostile() -> dict[str, Any]:
    """No clip, and everything that a stranger could have written tries to be more than words."""
    return {
        **EMPTY,
        "flag_id": "<b>'\"&hostile",
        "heading": HOSTILE,
        "no_clip": f"录像已按保存期限删除 {HOSTILE}",
        "span": {"start_ms": 10_000, "end_ms": 20_000},
        "start_at_ms": 5_000,
        "hits": [said(0, "chat", 10_000, 10_000, HOSTILE, HOSTILE)],
        "suppressed": [{**said(1, "speech", 12_000, 13_000, HOSTILE, HOSTILE), "reason": HOSTILE}],
        "lines": [
            line("chat", 10_000, 10_000, (HOSTILE, 0), who=HOSTILE),
            line("speech", 12_000, 15_000, (HOSTILE, 1), HOSTILE, who=HOSTILE),
        ],
        "gaps": [{"sense": "seen", "start_ms": 12_000, "end_ms": 14_000, "why": HOSTILE}],
    }


def write_cases(home: Path) -> None:
    """Four cases and their clips; nobody here decides about the last."""
    first = kitchen(home)
    watched = {**first, "flag_id": "kitchen-looked-at", "decide": None, "can_undo": False}
    cases = [first, coded(home), hostile(), watched]
    (home / "cases.json").write_text(json.dumps(cases, ensure_ascii=False), "utf-8")
