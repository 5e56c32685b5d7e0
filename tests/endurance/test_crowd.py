"""Half a day of chat through the engine and the judge: neither time nor memory grows; and the chat's readers fuzzed."""

import gc
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from endurance.fuzz_danmaku import fuzz
from rooms import LEXICON, MATCHER

from monitor.engine import Engine
from monitor.records import Channel, Cue, Role, State
from monitor.timeline import Span

HOUR_MS = 3_600_000
SPOKEN = ["这款面料很舒服大家可以看一下", "尺码偏大选小一码就行", "喜欢的点个关注", "颜色一共有三种"]
SCHEME = "先付款后抽免单，抽中全额退款"
TYPED = ["扣1", "666", "好看", "想要", "主播大气", "什么时候发货呀", "第三个链接"]


def crowd(dice: random.Random, start_ms: int, end_ms: int, each_s: int) -> Iterator[list[Cue]]:
    """The cues of each second: comments, of which some are in the picture too, speech, and a scheme each half-hour."""
    for at_ms in range(start_ms, end_ms, 1000):
        cues = []
        for n in range(each_s):
            text = dice.choice(TYPED) + (str(dice.randrange(1000)) if n % 3 else "")
            begin = at_ms + n * 1000 // each_s
            typed = Cue(f"chat:{begin}-{n}", Channel.CHAT, Span(begin, begin + 1000), text, role=Role.VIEWER)
            cues.append(typed)
            if n % 10 == 5:
                shown = Span(begin + 3000, begin + 9000)
                cues.append(Cue(f"comment-{begin}-{n}", Channel.CHAT, shown, text, role=Role.VIEWER))
        if at_ms % 20_000 == 0:
            text = SCHEME if at_ms % 1_800_000 == 600_000 else SPOKEN[at_ms // 20_000 % len(SPOKEN)]
            cues.append(Cue(f"speech:{at_ms}", Channel.SPEECH, Span(at_ms, at_ms + 4000), text))
        yield cues


def run(engine: Engine, seconds: Iterator[list[Cue]], start_ms: int) -> tuple[int, int]:
    """Feeds each second and judges; how many were repeats, and how many events were closed."""
    repeats, closed = 0, 0
    for at_ms, cues in enumerate(seconds, start_ms // 1000):
        repeats += sum(engine.feed(cue) is None for cue in cues)
        closed += sum(v.state == State.CLOSED and not v.candidate for v in engine.advance(at_ms * 1000 - 10_000))
    return repeats, closed


def held() -> int:
    """Cues that anything in this process still holds."""
    gc.collect()
    return sum(isinstance(thing, Cue) for thing in gc.get_objects())


def resident_mb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4 >> 10


@pytest.mark.slow
def test_twelve_hours_of_crowd_take_no_more_memory_than_two():
    """Cues held and megabytes are level from the second hour to the twelfth, and each half-hour's scheme is found."""
    engine, dice, at_rest = Engine(LEXICON, MATCHER, stream_key="s"), random.Random(1), held()
    levels, found, repeated = [], 0, 0
    for hour in range(12):
        start_ms = hour * HOUR_MS
        repeats, closed = run(engine, crowd(dice, start_ms, start_ms + HOUR_MS, 3 if hour % 4 else 9), start_ms)
        repeated, found = repeated + repeats, found + closed
        levels.append((held() - at_rest, resident_mb()))
    assert found == 24
    assert repeated > 0
    cues, megabytes = zip(*levels[1:], strict=True)
    assert max(cues) < 5000
    assert max(megabytes) - megabytes[0] < 20


@pytest.mark.slow
def test_what_a_comment_costs_does_not_grow_with_the_crowd():
    """With eight times as many comments a second one comment takes less than three times as long."""
    each = {}
    for each_s in (25, 200):
        engine = Engine(LEXICON, MATCHER, stream_key="s")
        seconds = list(crowd(random.Random(1), 0, 120_000, each_s))
        run(engine, iter(seconds[:60]), 0)
        began = time.process_time()
        run(engine, iter(seconds[60:]), 60_000)
        each[each_s] = (time.process_time() - began) / (60 * each_s)
    assert each[200] < 3 * each[25]


@pytest.mark.slow
def test_the_chats_readers_bear_what_a_fuzzer_finds():
    """Twenty seconds of mangled files: nothing raised, lost, doubled, hung or swollen."""
    checked, broken = fuzz(20, seed=int(time.time()))
    assert not broken
    assert checked > 20
