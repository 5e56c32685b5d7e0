"""Crowds before the engine and the judge: the same answers as one by one, and a context that a person can read."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from monitor.config import lexicon_folder
from monitor.engine import RecentComments
from monitor.judge import Judge
from monitor.judge.bystanders import MOST_SHOWN, Bystanders
from monitor.lexicon import load_lexicon
from monitor.records import Channel, Cue, Hit, Method, Reading, Role, State
from monitor.timeline import Span

LEXICON = replace(load_lexicon(lexicon_folder()), learned=None)


def comment(
    cue_id: str, at_ms: int, text: str = "好", *, role: Role = Role.VIEWER, shown_ms: int = 1000, **more
) -> Cue:
    return Cue(cue_id, Channel.CHAT, Span(at_ms, at_ms + shown_ms), text, role=role, **more)


class OneByOne:
    """Compares a comment with each of the last half minute: what RecentComments promises, said plainly."""

    def __init__(self) -> None:
        self.known: list[Cue] = []

    def add(self, cue: Cue) -> None:
        self.known.append(cue)

    def forget(self, before_ms: int) -> None:
        self.known = [cue for cue in self.known if cue.span.end_ms >= before_ms]

    def repeats(self, cue: Cue) -> bool:
        return any(
            known.cue_id.startswith("chat:") != cue.cue_id.startswith("chat:")
            and known.role == cue.role
            and abs(known.span.start_ms - cue.span.start_ms) <= 15_000
            and fuzz.ratio(known.text, cue.text) >= 85.0
            for known in self.known
        )


TEXTS = st.text("好的老板大气扣1 ", max_size=9) | st.sampled_from(
    ["主播晚上好呀", "主播晚上好", "主播晚上好啊呀哈", ""]
)
COMMENTS = st.tuples(
    st.booleans(), st.integers(0, 60_000), TEXTS, st.sampled_from([Role.VIEWER, Role.HOST]), st.integers(0, 40_000)
)


@settings(max_examples=300, deadline=None)
@given(st.lists(COMMENTS | st.integers(0, 60_000), max_size=60))
@example([(True, 0, "好", Role.VIEWER, 1000), (False, 15_000, "好", Role.VIEWER, 0)])
@example([(True, 0, "好", Role.VIEWER, 0), 1, (False, 0, "好", Role.VIEWER, 0)])
def test_a_comment_is_known_exactly_when_one_by_one_it_would_be(steps):
    """In any order of comments and of forgetting, the index answers as the plain comparison does."""
    quick, plain = RecentComments(), OneByOne()
    for number, step in enumerate(steps):
        if isinstance(step, int):
            quick.forget(step)
            plain.forget(step)
            continue
        in_file, at_ms, text, role, shown_ms = step
        cue_id = f"chat:{number}" if in_file else f"comment-{at_ms}-{number}"
        cue = comment(cue_id, at_ms, text, role=role, shown_ms=shown_ms)
        assert quick.repeats(cue) == plain.repeats(cue)
        quick.add(cue)
        plain.add(cue)


def hit(slot: str, at_ms: int) -> Hit:
    cue_id = f"speech:{at_ms}"
    return Hit(slot, slot, cue_id, Channel.SPEECH, Span(at_ms, at_ms + 500), (0, 2), slot, Method.EXACT, 1.0)


def said(judge: Judge, *hits: Hit) -> None:
    first = hits[0]
    judge.feed(Cue(first.cue_id, Channel.SPEECH, first.span, "先付款再抽奖送免单"), Reading(hits))


def flagged(comments: list[Cue]):
    """A violation from 10 s to 15 s, with these comments round it."""
    judge = Judge(LEXICON, stream_key="s")
    said(judge, hit("pay", 10_000))
    said(judge, hit("draw", 12_000))
    said(judge, hit("free", 14_500))
    for cue in comments:
        judge.feed(cue, Reading())
    violations = [v for v in judge.finish(100_000) if v.state == State.CLOSED]
    assert violations
    return violations[0]


def viewers(violation) -> list[Cue]:
    return [cue for cue in violation.context if cue.role == Role.VIEWER]


def test_ordinary_chat_is_shown_whole():
    """Three comments a second: all that lie near a violation are its context, in time order, with the host's words."""
    violation = flagged([comment(f"chat:{n}", n * 333) for n in range(90)])
    around = violation.span.grow(8000, 8000)
    assert [c.cue_id for c in viewers(violation)] == [
        f"chat:{n}" for n in range(90) if Span(n * 333, n * 333 + 1000).overlaps(around)
    ]
    assert len(violation.context) == len(viewers(violation)) + 3
    assert list(violation.context) == sorted(violation.context, key=lambda c: (c.span, c.cue_id))


def test_of_a_crowd_the_nearest_are_shown():
    """Of forty a second a hundred stay, none farther from the hits than one that was left out by more than a second."""
    violation = flagged([comment(f"chat:{n}", n * 25) for n in range(1200)])
    shown = viewers(violation)
    assert len(shown) == MOST_SHOWN
    starts = [h.span.start_ms for h in violation.hits]
    assert max(min(abs(c.span.start_ms - at) for at in starts) for c in shown) <= 4000
    assert len(violation.context) == MOST_SHOWN + 3


def test_the_crowd_changes_nothing_but_the_context():
    """Hits, times and scores of a violation are the same alone and in a crowd."""
    alone, crowded = flagged([]), flagged([comment(f"chat:{n}", n * 10) for n in range(3000)])
    assert replace(crowded, context=()) == replace(alone, context=())


def test_the_hosts_comments_all_stay():
    """However much the host types, all of it is context."""
    typed = [comment(f"chat:{n}", 10_000 + n, role=Role.HOST) for n in range(300)]
    violation = flagged(typed)
    assert {c.cue_id for c in typed} <= {c.cue_id for c in violation.context}


def test_a_comment_fed_again_is_one():
    """A viewer's comment that stays on the screen is remembered once, with its last extent, until it has gone."""
    crowd = Bystanders()
    crowd.hear(comment("comment-0-1", 0, ongoing=True))
    crowd.forget(50_000)
    crowd.hear(comment("comment-0-1", 0, shown_ms=60_000))
    crowd.forget(50_000)
    assert [c.span for c in crowd.near([], Span(0, 1))] == [Span(0, 60_000)]
    crowd.forget(60_001)
    assert crowd.near([], Span(0, 1)) == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 90_000), st.booleans()) | st.integers(0, 90_000)))
def test_what_is_forgotten_is_forgotten_whole(steps):
    """Whatever was fed, fed again and forgotten in whatever order: after the end nothing is held."""
    crowd = Bystanders()
    for step in steps:
        if isinstance(step, int):
            crowd.forget(step)
        else:
            number, at_ms, ongoing = step
            crowd.hear(comment(f"chat:{number}", at_ms, ongoing=ongoing))
    for number in range(61):
        crowd.hear(comment(f"chat:{number}", 90_000))
    crowd.forget(200_000)
    assert crowd.near([], Span(0, 10**6)) == []
    crowd.hear(comment("chat:0", 90_000))
    assert [c.cue_id for c in crowd.near([], Span(0, 10**6))] == ["chat:0"]
