"""What is done to links over time: rushed through, opened and shut, promised and held back."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config import lexicon_folder
from monitor.engine import Engine
from monitor.judge.firing import Firing
from monitor.judge.play import Play
from monitor.lexicon import load_lexicon
from monitor.lexicon.play import wrong_marks
from monitor.lexicon.yaml_source import load_yaml
from monitor.match import Matcher
from monitor.records import Channel, Cue, Role, State, Violation
from monitor.timeline import Span

LEXICON = load_lexicon(lexicon_folder())
MATCHER = Matcher(LEXICON, traits=False)
CHARACTER_MS = 220
Row = tuple[float, str, str]
STREAMS: dict[str, dict[str, list[Row]]] = yaml.safe_load(
    (Path(__file__).parent / "play_streams.yaml").read_text(encoding="utf-8")
)


def cues(rows: Iterable[Row], *, shift_ms: int = 0) -> list[Cue]:
    made = []
    for number, (at_s, channel, text) in enumerate(rows):
        start_ms = round(at_s * 1000) + shift_ms
        lasts_ms = len(text) * CHARACTER_MS if channel == "speech" else 5000
        made.append(Cue(f"{channel}:{number:04d}", Channel(channel), Span(start_ms, start_ms + lasts_ms), text))
    return made


def watched(stream: Iterable[Cue], *, stepwise: bool = True) -> list[Firing]:
    """What is told of cues in the order of their start."""
    play = Play(LEXICON.play)
    firings: list[Firing] = []
    for cue in sorted(stream, key=lambda c: c.span.start_ms):
        if stepwise:
            firings += play.advance(cue.span.start_ms)
        play.enter(cue, MATCHER.read(cue))
    play.end()
    return [*firings, *play.advance(0)]


def told(firings: Iterable[Firing]) -> list[tuple[str, str, Span, float]]:
    return [(f.pattern, f.fact, f.span, f.score) for f in firings]


def streams(group: str) -> list:
    return [pytest.param(rows, id=name) for name, rows in STREAMS[group].items()]


@pytest.mark.parametrize("rows", streams("rush"))
def test_links_rushed_through_accuse(rows: list[Row]):
    """Items that come and go with hardly a word about them, by voice, cards or the host's chat."""
    firings = watched(cues(rows))

    assert {f.scheme for f in firings} == {"quick_flipping"}
    assert any(f.accuses for f in firings)
    assert all(f.fact.startswith("待核实过款") for f in firings if f.fact)


@pytest.mark.parametrize("rows", streams("hold"))
def test_a_link_promised_and_held_back_accuses(rows: list[Row]):
    """Promised for a minute and a half, viewers called to type meanwhile, nothing opened."""
    firings = watched(cues(rows))

    assert {f.scheme for f in firings} == {"irregular_play"}
    assert any(f.accuses for f in firings)


@pytest.mark.parametrize("rows", streams("quiet"))
def test_what_looks_alike_accuses_nobody(rows: list[Row]):
    """Lists, answers, sold-out links, an ordinary pace, an opening in time, a clock time, a reason."""
    assert [f for f in watched(cues(rows)) if f.accuses] == []


def test_the_fact_gives_times_and_counts():
    """A reviewer reads how many, from when to when, how long each, and how much was said."""
    first = watched(cues(STREAMS["rush"]["bare-numbers"]))[0]

    assert first.fact.startswith("待核实过款：00:00–00:21 连着 3 款（1号、2号、3号），每款只留 7 秒，讲解 ")
    assert first.fact.endswith("3 款报了价；起于 00:00、00:07、00:14")


def test_the_fact_of_a_held_link_names_promises_and_calls():
    fact = watched(cues(STREAMS["hold"]["soon-soon"]))[0].fact

    assert "3 次说要上链接（00:00「马上给大家上" in fact
    assert "01:15「别走」" in fact
    assert "秒里没有听到、看到链接打开" in fact


def test_an_opening_between_promises_begins_anew():
    """The same promises and calls, but the link was opened after the second one."""
    rows = list(STREAMS["hold"]["soon-soon"])

    assert watched(cues([*rows, (62, "speech", "三二一，上链接")])) == []


def test_a_preview_right_after_takes_it_back():
    """慢慢看，链接一直在 within seconds says that nothing was rushed."""
    rows = [(at, "speech", f"{number}号上车") for at, number in zip((0, 6, 12, 18), "一二三四", strict=True)]

    assert any(f.accuses for f in watched(cues(rows)))
    assert watched(cues([*rows, (21, "speech", "慢慢看，链接一直在")])) == []


def test_a_thing_explained_before_may_come_back_shortly():
    """Numbers that were explained at length may be opened once more at the end."""
    explained = "这个面料是长绒棉的，摸起来很软，洗完不缩水，我们洗了二十次给大家看过，领口也不会松，颜色也没有掉"
    explained += "，袖子这里是双针的，肩膀有一条加固，胖一点瘦一点都能穿，我一米六五穿的是中号"
    rows = [(60 * n, "speech", f"{name}号上车，{explained}") for n, name in enumerate("一二三四")]
    again = [(300 + 6 * n, "speech", f"{name}号上车") for n, name in enumerate("一二三四")]

    assert watched(cues([*rows, *again])) == []
    assert any(f.accuses for f in watched(cues(again)))


def test_cards_that_change_by_themselves_are_a_candidate():
    """A slide show of product cards, nobody says anything."""
    rows = [(8 * n, "screen", f"{n + 1}号链接 ¥{n + 10}") for n in range(6)]
    firings = watched(cues(rows))

    assert firings
    assert not any(f.accuses for f in firings)


def test_what_viewers_type_moves_no_link():
    viewers = [replace(cue, role=Role.VIEWER) for cue in cues(STREAMS["rush"]["host-chat"])]

    assert watched(viewers) == []


@pytest.mark.parametrize("group", ["rush", "hold", "quiet"])
def test_time_may_be_shifted(group: str):
    """The same show an hour later gives the same firings an hour later."""
    for rows in STREAMS[group].values():
        early = watched(cues(rows))
        late = watched(cues(rows, shift_ms=3_600_000))

        assert [(f.pattern, f.span.shift(3_600_000), f.score) for f in early] == [
            (f.pattern, f.span, f.score) for f in late
        ]


@pytest.mark.parametrize("group", ["rush", "hold", "quiet"])
def test_the_size_of_the_steps_does_not_matter(group: str):
    """A live room and a file read at once give the same."""
    for rows in STREAMS[group].values():
        assert told(watched(cues(rows))) == told(watched(cues(rows), stepwise=False))


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([(g, n) for g, s in STREAMS.items() for n in s]))
def test_splitting_doubling_and_shuffling_cues_changes_nothing(rng: random.Random, name: tuple[str, str]):
    """Cues split at a clause, fed twice, or fed in another order at equal times."""
    whole = cues(STREAMS[name[0]][name[1]])
    parts: list[Cue] = []
    for cue in whole:
        commas = [i + 1 for i, c in enumerate(cue.text) if c == "，"]
        if cue.channel != Channel.SPEECH or not commas or rng.random() < 0.5:
            parts.append(cue)
            continue
        cut = rng.choice(commas)
        at_ms = cue.span.start_ms + cut * CHARACTER_MS
        parts.append(replace(cue, cue_id=f"{cue.cue_id}a", span=Span(cue.span.start_ms, at_ms), text=cue.text[:cut]))
        parts.append(replace(cue, cue_id=f"{cue.cue_id}b", span=Span(at_ms, cue.span.end_ms), text=cue.text[cut:]))
    doubled = [*parts, *rng.sample(parts, len(parts) // 2)]
    rng.shuffle(doubled)

    assert told(watched(doubled)) == told(watched(whole))


def test_memory_is_bounded_while_links_are_rushed_for_hours():
    """What is kept after four hours is no more than after ten minutes."""

    def kept(hours: float) -> int:
        play = Play(LEXICON.play)
        reading = {}
        for number in range(round(hours * 3600 / 7)):
            text = f"{number % 300 + 1}号上车，扣个一，马上给你们开"
            (cue,) = cues([(number * 7, "speech", text)])
            cue = replace(cue, cue_id=f"speech:{number}")
            base = reading.setdefault(text, MATCHER.read(cue))
            hits = tuple(replace(h, cue_id=cue.cue_id, span=cue.span_of(*h.chars)) for h in base.hits)
            play.enter(cue, replace(base, hits=hits))
            for _ in play.advance(cue.span.start_ms):
                pass
        return _size(play, set())

    assert kept(4) <= kept(1) * 1.1


def _size(thing: object, seen: set[int]) -> int:
    """Objects reachable from `thing` within the judge, roughly: items of containers and attributes."""
    if id(thing) in seen or isinstance(thing, (str, bytes, type)):
        return 0
    seen.add(id(thing))
    inner: list[object] = []
    if isinstance(thing, dict):
        inner = [*thing.values()]
    elif isinstance(thing, (list, tuple, set, frozenset)) or type(thing).__name__ == "deque":
        inner = [*thing]  # type: ignore[call-overload]
    elif type(thing).__module__.startswith("monitor.judge") and type(thing).__name__ != "MomentFinder":
        names = getattr(thing, "__dict__", None) or {n: getattr(thing, n) for n in getattr(thing, "__slots__", ())}
        inner = [*names.values()]
    return 1 + sum(_size(each, seen) for each in inner)


def judged(rows: Iterable[Row]) -> list[Violation]:
    engine = Engine(LEXICON, Matcher(LEXICON), stream_key="stream")
    violations: list[Violation] = []
    stream = cues(rows)
    for cue in stream:
        engine.feed(cue)
        violations += engine.advance(cue.span.start_ms)
    return [*violations, *engine.finish(max(cue.span.end_ms for cue in stream) + 1000)]


def test_the_judge_flags_a_rushed_stream_once():
    """One flag from the first item to the last, with the count as a fact."""
    rows = [(3 + 7 * n, "speech", f"{name}号上车，九块九") for n, name in enumerate("一二三四五六七八")]
    closed = [v for v in judged(rows) if v.state == State.CLOSED and not v.candidate]

    assert [v.scheme for v in closed] == ["quick_flipping"]
    assert closed[0].span.start_ms == 3000
    assert any("连着 6 款" in fact for fact in closed[0].facts)


def test_the_judge_flags_a_held_link_once():
    closed = [v for v in judged(STREAMS["hold"]["wait-for-more"]) if v.state == State.CLOSED and not v.candidate]

    assert [v.scheme for v in closed] == ["irregular_play"]
    assert "link-promised-and-held" in closed[0].patterns
    assert closed[0].context[0].span.start_ms == 0


def test_what_play_yaml_names_must_exist(tmp_path: Path):
    """A slot or term that was taken away is told with its line, not passed over."""
    text = (lexicon_folder() / "play.yaml").read_text(encoding="utf-8").replace("flip: [下一款,", "flip: [没有这个词,")
    (tmp_path / "play.yaml").write_text(text, encoding="utf-8")
    assert LEXICON.play is not None

    (problem,) = wrong_marks(
        load_yaml(tmp_path / "play.yaml"),
        LEXICON.play.model_copy(
            update={"next": LEXICON.play.next.model_copy(update={"slots": {"flip": ("没有这个词",)}})}
        ),
        LEXICON.slots,
    )

    assert "play.yaml:" in problem
    assert "slot `flip` has no term `没有这个词`" in problem
