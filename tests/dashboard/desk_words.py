"""The words of a made-up stream: its names, cues, gaps, and its flags as a scan would make them."""

from __future__ import annotations

import hashlib
import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from desk_outline import FlagPlan, Size, StreamPlan, creators
from desk_scenes import JUDGED, ORDINARY, channel_of, judged_scenes

from monitor.config import lexicon_folder
from monitor.flag_line import rule_line
from monitor.lexicon.policy import CHINA, Policies, load_policies
from monitor.lexicon.rule_card import no_rule_note, severity_note
from monitor.records import (
    Box,
    Channel,
    Cue,
    Discard,
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
    Word,
)
from monitor.timeline import Span

SURNAMES = "林陈黄周吴徐孙胡朱高何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
CALLED = ("小棠", "阿宁", "老蔡", "大福", "晓晓", "三妹", "阿杰", "圆圆", "文哥", "星星", "小满", "阿布", "春妮")
TRADES = ("厨房", "女装", "珠宝", "童鞋", "茶庄", "被服", "水果铺", "美妆", "箱包", "图书", "渔具", "花艺", "五金")
TITLES = ("晚间专场", "新款上架", "老粉福利", "产地直发", "清仓最后一天", "周年庆", "上新日", "宠粉专场")
NAMES = {
    "refund_brushing": "以退款刷单", "cashback_refund": "返现、礼品诱导下单后退款", "pay_first_draw": "先付款后抽免单",
    "fake_price_comparison": "虚假比价", "false_promotion": "虚假宣传、虚假促销", "irregular_play": "违规玩法",
    "quick_flipping": "快速过款", "freight_claim_abuse": "骗取运费险", "viewer_kicking": "踢人禁言",
    "misery_selling": "卖惨",
}  # fmt: skip
"""For the note that there is no rule to cite."""
GAPS = (
    (Sense.HEARD, "undecodable: Invalid data found when processing input"), (Sense.SEEN, "no looks"),
    (Sense.HEARD, "decoder stopped: no progress for 20 s"), (Sense.CHAT, "the file ends before the recording"),
    (Sense.SEEN, "undecodable: Invalid data found when processing input"), (Sense.HEARD, "no sound"),
)  # fmt: skip
DISCARDS = (("谢谢大家谢谢大家谢谢大家", "repetition"), ("请不吝点赞订阅转发打赏支持", "silence boilerplate"))
HOSTILE = (
    "<script>window.ran=1</script>", "<img src=x onerror=window.ran=1>", "=1+1", "=HYPERLINK(\"http://a.invalid\",\"看\")",
    "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1:A9)", "\t=1+1", "\r\n=1+1", "![图](http://a.invalid/x.png)",
    "[点我](javascript:window.ran=1)", ":red[红] :material/delete: :streamlit:", "$\\frac{1}{0}$ `代码` **粗** ~~删~~",
    "\u202e倒着写的字\u202c", "\u2066隔开\u2069", "零\u200b宽\u200d字\ufeff符", "半个\ud800字", "空\x00字",
    "\x1b[31m红",
    "{{7*7}} ${7*7} %s %n", "'; DROP TABLE flags; --", "e\u0301\u0302\u0303\u0304" * 8, "长" * 3400,
    "</textarea></title></style>",
    "👩‍👩‍👧‍👦" * 20, "' onfocus='window.ran=1' autofocus='",
)  # fmt: skip
"""In names, titles, and what is said, shown and typed. The longest is 10 kB; some no database keeps as they are."""
WIDE_PX, HIGH_PX = 540, 960


@dataclass(slots=True)
class Broadcast:
    """A stream with all its words."""

    plan: StreamPlan
    stream: Stream
    key: str
    media_key: str
    heard_ms: int
    seen_ms: int
    cues: list[Cue]
    gaps: list[Gap]
    discards: list[Discard]
    flags: list[tuple[Flag, FlagPlan]]


class Telling:
    """Makes streams' words from their plans; each stream's own, whatever was made before it."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._policies = load_policies(lexicon_folder() / "policies")
        self._lexicon = "sha256:" + hashlib.sha256(JUDGED.read_bytes()).hexdigest()
        self._policy = self._policies.digest
        self._scenes: dict[str, list[dict[str, Any]]] = {}
        for scene in judged_scenes():
            if any(line["hits"] for line in scene["lines"]):
                self._scenes.setdefault(scene["scheme"], []).append(scene)
        self._rules: dict[tuple[str, str, str], list[dict[str, Any]]] = {}

    @property
    def schemes(self) -> tuple[str, ...]:
        return tuple(self._scenes)

    @property
    def rules(self) -> dict[str, str]:
        """Digests that runs begin with."""
        return {"lexicon": self._lexicon, "policy": self._policy}

    def tell(self, plan: StreamPlan) -> Broadcast:
        size = self._size
        chance = random.Random(f"{size.seed} words {plan.number}")
        stream = _stream(plan, size, chance)
        media_key = hashlib.sha256(f"{size.seed} media {plan.number}".encode()).hexdigest()[:32]
        gaps = _gaps(plan, chance)
        cues: list[Cue] = []
        events = []
        for number, flag in enumerate(plan.flags):
            events.append(self._violation(number, flag, plan, cues, chance))
        cues += [_ordinary(number, plan, size, chance) for number in range(max(0, plan.cues - len(cues)))]
        cues.sort(key=lambda cue: (cue.span.start_ms, cue.cue_id))
        starts = [cue.span.start_ms for cue in cues]
        taken: set[str] = set()
        flags = []
        for violation, flag in zip(events, plan.flags, strict=True):
            made = self._flag(violation, stream, media_key, cues, starts, gaps, taken)
            flags.append((made, flag))
        discards = [
            Discard(Channel.SPEECH, _at(chance, plan, 3000), *chance.choice(DISCARDS))
            for _ in range(chance.randrange(4))
        ]
        lost = {sense: sum(gap.span.duration_ms for gap in gaps if gap.sense is sense) for sense in Sense}
        return Broadcast(
            plan, stream, str(stream.source), media_key, plan.end_ms - lost[Sense.HEARD],
            plan.end_ms - lost[Sense.SEEN], cues, gaps, discards, flags,
        )  # fmt: skip

    def rule_lines(self, flag: Flag) -> list[dict[str, Any]]:
        """The rules' part of the flag's line, made once for all flags that cite the same."""
        key = (flag.violation.scheme, flag.stream.platform, flag.rules[0].chosen_for if flag.rules else "")
        if key not in self._rules:
            self._rules[key] = [rule_line(rule) for rule in flag.rules]
        return self._rules[key]

    def _violation(
        self, number: int, flag: FlagPlan, plan: StreamPlan, cues: list[Cue], chance: random.Random
    ) -> Violation:
        schemes = list(self._scenes)
        scheme = schemes[flag.scheme % len(schemes)]
        scene = self._scenes[scheme][flag.scene % len(self._scenes[scheme])]
        own: list[Cue] = []
        hits: list[Hit] = []
        aside: list[Suppression] = []
        at_ms = flag.start_ms
        for line in scene["lines"]:
            cue = _cue(Channel(line["channel"]), at_ms, line["text"], f"{number}", chance)
            shift = 0
            if self._size.hostile and chance.random() < 0.3:
                before = chance.choice(HOSTILE)
                cue, shift = replace(cue, text=before + cue.text + chance.choice(HOSTILE), words=()), len(before)
            own.append(cue)
            hits += [_hit(found, cue, shift) for found in line["hits"]]
            aside += [Suppression(_hit(found[:8], cue, shift), found[8]) for found in line["aside"]]
            at_ms += max(1200, min(cue.span.duration_ms, 7000)) + chance.randrange(1500)
        told = hits if len(hits) <= 3 else sorted(chance.sample(range(len(hits)), chance.randint(2, min(8, len(hits)))))
        hits = [hits[each] if isinstance(each, int) else each for each in told]
        score = scene["score"] - chance.random() ** 2 * 0.4
        if flag.candidate:
            score = 0.3 + 0.25 * chance.random()
        span = Span(min(hit.span.start_ms for hit in hits), max(hit.span.end_ms for hit in hits))
        cues += own
        default, basis = self._policies.severity(scheme, plan.platform, plan.started_at.astimezone(CHINA).date())
        return Violation(
            "", scheme, span, tuple(hits), tuple(scene["patterns"]), max(0.2, score), flag.candidate, flag.severity,
            basis if flag.severity is default else "desk", State.CLOSED, tuple(own), tuple(aside[:4]),
            tuple(scene["facts"]),
        )  # fmt: skip

    def _flag(
        self, event: Violation, stream: Stream, media_key: str, cues: Sequence[Cue], starts: Sequence[int],
        gaps: Sequence[Gap], taken: set[str],
    ) -> Flag:  # fmt: skip
        for turn in range(1000):
            named = f"{stream.room}:{media_key}\n{event.scheme}\n{event.span.start_ms + turn}"
            flag_id = hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:16]
            if flag_id not in taken:
                break
        taken.add(flag_id)
        around = event.span.grow(5000, 5000)
        assert stream.started_at is not None
        day = (stream.started_at + timedelta(milliseconds=event.span.start_ms)).astimezone(CHINA).date()
        cited = _cited(self._policies, event.scheme, stream.platform, day)
        note = ""
        if not cited.rules:
            note = _no_rule(self._policies, event.scheme, stream.platform, bool(cited.set_aside))
        return Flag(
            flag_id=flag_id,
            stream=stream,
            violation=replace(event, violation_id=flag_id, context=_context(event, cues, starts, around)),
            rules=cited.rules,
            evidence=None,
            lexicon=self._lexicon,
            policy=self._policy,
            models={"speech": "whisper base", "screen": "rapidocr v4"},
            gaps=tuple(gap for gap in gaps if gap.span.overlaps(around)),
            rules_set_aside=cited.set_aside,
            rules_note=note,
            severity_note=severity_note(event.severity, event.severity_basis),
        )


# One `Policies` is loaded for one workspace; it is not hashable, so its answers are kept by what was asked.
_answers: dict[Any, Any] = {}


def _cited(policies: Policies, scheme: str, platform: str, day: Any) -> Any:
    key = (id(policies), scheme, platform, day)
    if key not in _answers:
        _answers[key] = policies.cite(scheme, platform, day)
    return _answers[key]


def _no_rule(policies: Policies, scheme: str, platform: str, aside: bool) -> str:
    key = (id(policies), scheme, platform, aside, "note")
    if key not in _answers:
        _answers[key] = no_rule_note(policies, NAMES[scheme], platform, set_aside=aside, day_known=True)
    return str(_answers[key])


def creator_name(number: int, size: Size) -> str:
    chance = random.Random(f"{size.seed} creator {number}")
    name = chance.choice(SURNAMES) + chance.choice(CALLED) + chance.choice(TRADES)
    if creators(size) > 400:
        name += str(number)
    if size.hostile and number % 3 == 0:
        name = HOSTILE[number // 3 % len(HOSTILE)] + name
    return name


def _stream(plan: StreamPlan, size: Size, chance: random.Random) -> Stream:
    creator = creator_name(plan.creator, size)
    room = f"{size.seed:02d}{plan.number:06d}"
    if size.hostile and plan.number % 2:
        room = HOSTILE[plan.number % len(HOSTILE)] + room
    begins = plan.started_at.astimezone(CHINA)
    title = chance.choice(TITLES)
    folder = {"douyin": "抖音直播", "kuaishou": "快手直播", "taobao": "淘宝直播"}[plan.platform]
    stem = Path("录像") / folder / f"{plan.creator:04d}" / f"{plan.number:06d}_{title}_{begins:%Y-%m-%d_%H-%M-%S}"
    return Stream(
        room, (stem.with_name(stem.name + ".mp4"),), plan.platform, creator, started_at=begins,
        danmaku=(stem.with_name(stem.name + ".xml"),),
    )  # fmt: skip


def _gaps(plan: StreamPlan, chance: random.Random) -> list[Gap]:
    found = []
    for _ in range(chance.choice((0, 0, 1, 1, 2, 3, 5))):
        sense, reason = chance.choice(GAPS)
        found.append(Gap(sense, _at(chance, plan, chance.randrange(2000, 240_000)), reason))
    # Of one sense no two gaps overlap: what is lost is counted once.
    kept: list[Gap] = []
    for gap in sorted(found, key=lambda each: each.span.start_ms):
        if not any(gap.sense is other.sense and gap.span.overlaps(other.span) for other in kept):
            kept.append(gap)
    return kept


def _at(chance: random.Random, plan: StreamPlan, length_ms: int) -> Span:
    start_ms = chance.randrange(max(1, plan.end_ms - length_ms))
    return Span(start_ms, start_ms + length_ms)


@cache
def _pieces(text: str) -> tuple[str, ...]:
    return tuple(text[at : at + 2] for at in range(0, len(text), 2))


def _cue(channel: Channel, start_ms: int, text: str, tag: str, chance: random.Random) -> Cue:
    name = f"{start_ms}-{tag}"
    if channel is Channel.SPEECH:
        length_ms = chance.randrange(180, 260) * len(text)
        pieces = _pieces(text)
        edges = [start_ms + length_ms * 2 * n // len(text) for n in range(len(pieces))] + [start_ms + length_ms]
        words = tuple(Word(piece, Span(edges[n], edges[n + 1]), 0.9) for n, piece in enumerate(pieces))
        return Cue(
            f"speech:{name}", channel, Span(start_ms, start_ms + length_ms), text, round(chance.uniform(0.55, 0.98), 3),
            words=words,
        )  # fmt: skip
    if channel is Channel.SCREEN:
        left, top = chance.randrange(10, 120), chance.randrange(20, HIGH_PX - 120)
        box = Box(left, top, min(WIDE_PX, left + 26 * len(text)), top + 44)
        shown = Span(start_ms, start_ms + chance.randrange(3000, 14_000))
        return Cue(f"screen-{name}", channel, shown, text, 0.94, box=box)
    sender = f"{chance.getrandbits(64):016x}"
    return Cue(f"chat:{name}", channel, Span(start_ms, start_ms), text, role=Role.VIEWER, sender=sender)


def _ordinary(number: int, plan: StreamPlan, size: Size, chance: random.Random) -> Cue:
    line = chance.choice(ORDINARY)
    text = line[2:]
    if size.hostile and chance.random() < 0.3:
        text = chance.choice(HOSTILE)
    return _cue(Channel(channel_of(line)), chance.randrange(plan.end_ms - 20_000), text, f"o{number}", chance)


def _hit(found: Sequence[Any], cue: Cue, shift: int) -> Hit:
    term, slot, start, end, raw, method, score, how = found
    chars = start, end = start + shift, end + shift
    span = cue.span_of(start, end)
    return Hit(term, slot, cue.cue_id, cue.channel, span, chars, raw, Method(method), score, how, cue.box)


def _context(event: Violation, cues: Sequence[Cue], starts: Sequence[int], around: Span) -> tuple[Cue, ...]:
    """The event's own words and what was said round it, eight at most, in order."""
    own = {cue.cue_id for cue in event.context}
    near: Iterator[Cue] = (
        cues[n]
        for n in range(bisect_left(starts, around.start_ms), bisect_left(starts, around.end_ms))
        if cues[n].cue_id not in own
    )
    more = [cue for cue, _ in zip(near, range(max(0, 8 - len(own))), strict=False)]
    return tuple(sorted([*event.context, *more], key=lambda cue: (cue.span.start_ms, cue.cue_id)))
