from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config import lexicon_folder
from monitor.judge import Judge
from monitor.judge.judge import JOIN_MS
from monitor.lexicon import load_lexicon
from monitor.records import Box, Channel, Cue, Hit, Method, PriceClaim, Reading, Role, State
from monitor.timeline import Span

LEXICON = replace(load_lexicon(lexicon_folder()), learned=None)


def hit(
    slot: str,
    start_ms: int,
    *,
    cue: str = "",
    channel: Channel = Channel.SPEECH,
    at: int = 0,
    score: float = 1.0,
    **more,
) -> Hit:
    end_ms = more.pop("end_ms", start_ms + 500)
    return Hit(
        slot,
        slot,
        cue or f"{channel}:{start_ms}",
        channel,
        Span(start_ms, end_ms),
        (at, at + 2),
        slot,
        Method.EXACT,
        score,
        **more,
    )


def feed(
    judge: Judge, *hits: Hit, role: Role = Role.HOST, ongoing: bool = False, prices: tuple[PriceClaim, ...] = ()
) -> None:
    first = hits[0] if hits else prices[0].hit
    cue = Cue(first.cue_id, first.channel, first.span, "…", role=role, ongoing=ongoing)
    judge.feed(cue, Reading(hits, (), prices))


def closed(judge: Judge, end_ms: int = 10**7):
    return [v for v in judge.finish(end_ms) if v.state == State.CLOSED]


def judge() -> Judge:
    return Judge(LEXICON, stream_key="s")


def test_parts_of_a_scheme_in_several_sentences_are_one_violation():
    """Slots spread over sentences within reach make one event from the first to the last."""
    j = judge()
    feed(j, hit("pay", 1000))
    feed(j, hit("refund", 7000))
    feed(j, hit("reward", 12_000))

    (found,) = [v for v in closed(j) if v.scheme == "cashback_refund"]

    assert found.span == Span(1000, 12_500)
    assert not found.candidate


def test_parts_out_of_reach_are_nothing():
    """Slots minutes apart do not belong together."""
    j = judge()
    feed(j, hit("pay", 1000))
    feed(j, hit("refund", 90_000))
    feed(j, hit("reward", 200_000))

    assert [v for v in closed(j) if v.scheme == "cashback_refund"] == []


def test_more_than_twenty_seconds_apart_are_two_events():
    """The scheme guide's rule: parts of one scheme over 20 s apart are two."""
    j = judge()
    feed(j, hit("lowest", 1000))
    feed(j, hit("lowest", 1500 + JOIN_MS))
    feed(j, hit("lowest", 80_000))

    assert [v.span.start_ms for v in closed(j)] == [1000, 80_000]


def test_viewers_never_violate():
    """A viewer's words are context, whatever they say."""
    j = judge()
    feed(j, hit("lowest", 1000, channel=Channel.CHAT), role=Role.VIEWER)

    assert closed(j) == []


def test_a_board_that_stays_is_seen_at_once_and_is_one_violation():
    """A growing board opens early, keeps its id and closes with its whole duration."""
    j = judge()
    box = Box(0, 0, 100, 40)
    feed(j, hit("lowest", 1000, cue="screen:1", channel=Channel.SCREEN, end_ms=3000, box=box), ongoing=True)
    opened = list(j.advance(10_000))
    feed(j, hit("lowest", 1000, cue="screen:1", channel=Channel.SCREEN, end_ms=601_000, box=box))
    rest = list(j.advance(605_000)) + closed(j)

    assert [v.state for v in opened] == [State.OPENED]
    (last,) = [v for v in rest if v.state == State.CLOSED]
    assert last.violation_id == opened[0].violation_id
    assert last.span == Span(1000, 601_000)


def test_two_boards_far_apart_on_the_picture_do_not_add_up():
    """Boards belong together only where one stands next to the other."""
    near, far = Box(0, 50, 100, 90), Box(0, 900, 100, 940)

    def schemes(second: Box) -> set[str]:
        j = judge()
        feed(j, hit("paid", 0, cue="screen:1", channel=Channel.SCREEN, end_ms=9000, box=Box(0, 0, 100, 40)))
        feed(j, hit("draw", 0, cue="screen:2", channel=Channel.SCREEN, end_ms=9000, box=second))
        return {v.scheme for v in closed(j) if not v.candidate}

    assert schemes(near) == {"pay_first_draw"}
    assert schemes(far) == set()


def test_a_forbidding_slot_nearby_silences_a_pattern():
    """`不用下单` beside the draw: the platform's own lottery, not ours to flag."""
    j = judge()
    feed(j, hit("free_entry", 500))
    feed(j, hit("paid", 1500))
    feed(j, hit("draw", 3000))

    assert [v for v in closed(j) if v.scheme == "pay_first_draw"] == []


def test_one_word_cannot_fill_two_slots():
    """The same characters count once in a pattern."""
    j = judge()
    feed(j, hit("refunded", 1000, cue="c"), hit("reward", 1000, cue="c"))

    assert closed(j) == []


def test_a_price_gap_is_put_up_for_checking():
    """A comparison price far above the selling price is a clue with its ledger, not a verdict."""
    j = judge()
    base = PriceClaim(hit("base_price", 1000), 1800.0, True, "专柜价")
    live = PriceClaim(hit("live_price", 4000), 180.0, False, "只要")
    feed(j, prices=(base,))
    feed(j, prices=(live,))

    (found,) = closed(j)

    assert found.scheme == "fake_price_comparison"
    assert "待核实" in found.facts[0]
    assert "10.0 倍" in found.facts[0]


def test_near_prices_are_no_clue():
    """A small saving is ordinary."""
    j = judge()
    feed(j, prices=(PriceClaim(hit("base_price", 1000), 89.0, True, "原价"),))
    feed(j, prices=(PriceClaim(hit("live_price", 3000), 79.0, False, "今天"),))

    assert closed(j) == []


def test_the_same_input_gives_the_same_ids():
    """Flag ids do not depend on the run."""

    def ids() -> list[str]:
        j = judge()
        feed(j, hit("lowest", 1000))
        return [v.violation_id for v in closed(j)]

    assert ids() == ids()


slots = st.sampled_from(
    ["pay", "refund", "reward", "draw", "prize", "paid", "lowest", "kick", "complaint", "last_few", "added_again"]
)
rows = st.lists(st.tuples(slots, st.integers(0, 120_000)), max_size=14)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_events_of_a_scheme_never_overlap_and_close_once(talk: list[tuple[str, int]]):
    """However hits fall, each scheme's events are apart, every id closes once, and spans hold their hits."""
    j = judge()
    out = []
    for number, (slot, start_ms) in enumerate(sorted(talk, key=lambda row: row[1])):
        feed(j, hit(slot, start_ms, cue=f"c{number}"))
        out += list(j.advance(start_ms))
    out += list(j.finish(10**6))
    ends = [v for v in out if v.state == State.CLOSED]

    assert len({v.violation_id for v in ends}) == len(ends)
    for one in ends:
        assert all(one.span.start_ms <= h.span.start_ms and h.span.end_ms <= one.span.end_ms for h in one.hits)
        assert not any(
            one is not other and one.scheme == other.scheme and one.span.overlaps(other.span) for other in ends
        )


def test_memory_does_not_grow_with_the_stream():
    """After hours of talk the judge holds no more than its reach."""
    j = judge()
    for number in range(3000):
        feed(j, hit("pay", number * 4000, cue=f"c{number}"))
        list(j.advance(number * 4000))

    assert sum(len(h) for h in j._hits.values()) < 60
    assert len(j._cues) < 60
