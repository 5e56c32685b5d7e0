from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import lexicon_folder
from monitor.engine import Engine
from monitor.judge.learned import LearnedJudge
from monitor.judge.opinion import pattern_trait
from monitor.judging import Judging, judge_cues, judge_text, judging
from monitor.lexicon import SCHEMES
from monitor.lexicon.learned import Learned
from monitor.records import Channel, Cue, Method, State, Trait
from monitor.timeline import Span

CASHBACK = SCHEMES.index("cashback_refund")


def weights(**of_cashback: float) -> dict[str, tuple[float, ...]]:
    return {name: tuple(w if i == CASHBACK else 0.0 for i in range(len(SCHEMES))) for name, w in of_cashback.items()}


def learned(bias: float = -4.0, certainty: tuple[float, ...] = (0.0, 1.0, 1.0, 0.0), **of_cashback: float) -> Learned:
    return Learned(weights(**of_cashback), (bias,) * len(SCHEMES), certainty, "test")


PLAIN = judging(lexicon_folder(), learned=False)


def with_table(table: Learned) -> Judging:
    return Judging(replace(PLAIN.lexicon, learned=table), PLAIN.matcher)


def traits(*names: str) -> list[Trait]:
    return [Trait(name, 0, len(name)) for name in names]


def test_a_stretch_weighs_what_its_traits_weigh_however_often_they_occur():
    """Saying it twice does not make it truer, and a text's length does not speak."""
    judge = LearnedJudge(learned(返=3.0, 现=1.0))
    once, twice = judge.weigh([traits("返", "现")]), judge.weigh([traits("返", "现", "返"), traits("现")])

    assert once == twice
    assert once[CASHBACK] == pytest.approx(-4.0 + (3.0 + 1.0) / 2**0.5)


@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(0, 1), st.floats(0, 1))
def test_certainty_rises_with_the_logit_and_with_the_patterns_score(
    low: float, high: float, weak: float, strong: float
):
    """Never the other way round, and always between 0 and 1."""
    judge = LearnedJudge(learned())
    (low, high), (weak, strong) = sorted((low, high)), sorted((weak, strong))

    def sure(logit: float, score: float) -> float:
        return judge.certainty(tuple(logit if i == CASHBACK else 0.0 for i in range(10)), "cashback_refund", score)

    assert 0 <= sure(low, weak) <= sure(high, weak) <= sure(high, strong) < 1


def test_reasons_are_the_words_that_weighed_most():
    """Each points into the text it came from; what speaks against the scheme is no reason."""
    judge = LearnedJudge(learned(返你二十=5.0, 今天=-2.0))
    cue = Cue("c", Channel.SPEECH, Span(0, 1000), "今天返你二十")
    found = judge.reasons("cashback_refund", {"c": (cue, [Trait("今天", 0, 2), Trait("返你二十", 2, 6)])})

    assert [cue.text[r.start : r.end] for r in found] == ["返你二十"]


def test_without_a_table_the_patterns_judge_alone():
    """No weights, no opinion: nothing is found by the method `learned`."""
    found = judge_text(PLAIN, "拍下付款申请退款，我私下返你二十", Channel.SPEECH)

    assert found.schemes == ["cashback_refund"]
    assert all(hit.method != Method.LEARNED for v in found.violations for hit in v.hits)


def test_what_no_telling_word_supports_is_a_candidate_at_most():
    """However sure the model is, it never accuses on its own."""
    found = judge_text(with_table(learned(风和日丽=60.0)), "风和日丽", Channel.SPEECH)

    assert found.schemes == []
    assert found.candidates == ["cashback_refund"]
    (violation,) = found.violations
    assert violation.facts
    assert [hit.raw for hit in violation.hits if hit.method == Method.LEARNED] == ["风和日丽"]


def test_a_sure_model_with_a_telling_word_accuses():
    """The word of the lexicon and the model's words stand side by side as its hits."""
    table = learned(返现=60.0)
    found = judge_text(with_table(table), "亲们都有返现", Channel.SPEECH)

    assert found.schemes == ["cashback_refund"]
    methods = {hit.method for v in found.violations for hit in v.hits}
    assert {Method.LEARNED, Method.EXACT} <= methods


def test_a_pattern_that_the_words_speak_against_becomes_a_candidate():
    """What patterns find is weighed by what was said around it."""
    text = "拍下付款申请退款，我私下返你二十"
    plain = judge_text(PLAIN, text, Channel.SPEECH)
    known = {pattern_trait("cashback_refund", p): 0.1 for v in plain.violations for p in v.patterns}
    against = learned(**{"私下": -60.0, **known})

    assert plain.schemes == ["cashback_refund"]
    assert judge_text(with_table(against), text, Channel.SPEECH).schemes == []


def test_a_pattern_that_the_table_does_not_know_keeps_its_own_score():
    """A word editor's new pattern works at once, before anybody trains again."""
    text = "拍下付款申请退款，我私下返你二十"
    before, after = (
        judge_text(PLAIN, text, Channel.SPEECH),
        judge_text(with_table(learned(私下=-60.0)), text, Channel.SPEECH),
    )

    assert [(v.scheme, v.score) for v in after.violations] == [(v.scheme, v.score) for v in before.violations]


def test_a_longer_stretch_counts_only_where_it_says_more_than_its_parts():
    """A sentence that is clear by itself does not draw its neighbours in."""
    table = learned(返现=60.0)
    cues = [
        Cue("0", Channel.SPEECH, Span(0, 1500), "这件衣服是纯棉的"),
        Cue("1", Channel.SPEECH, Span(1600, 3000), "都有返现"),
    ]
    (violation,) = judge_cues(with_table(table), cues).violations

    assert {hit.cue_id for hit in violation.hits} == {"1"}


SENTENCES = st.lists(
    st.sampled_from(
        ["拍下付款", "申请退款", "我私下返你二十", "这件是纯棉的", "老粉帮忙拍一单", "三秒下架", "原价三百今天三十"]
    ),
    min_size=1,
    max_size=6,
)
REAL = judging(lexicon_folder())


def closed(cues: list[Cue]) -> list[tuple[str, int, int, bool]]:
    engine = Engine(REAL.lexicon, REAL.matcher, stream_key="s")
    for cue in cues:
        engine.feed(cue)
    told = engine.finish(cues[-1].span.end_ms + 1)
    return sorted((v.scheme, v.span.start_ms, v.span.end_ms, v.candidate) for v in told if v.state == State.CLOSED)


def stream(texts: list[str]) -> list[Cue]:
    return [Cue(f"s{i}", Channel.SPEECH, Span(i * 2500, i * 2500 + 2000), text) for i, text in enumerate(texts)]


@given(SENTENCES, st.randoms(use_true_random=False))
def test_the_order_in_which_cues_arrive_changes_nothing(texts: list[str], rng):
    """Time decides, not arrival."""
    cues = stream(texts)
    shuffled = list(cues)
    rng.shuffle(shuffled)
    last = max(cues, key=lambda c: c.span)

    assert closed(cues) == closed([*[c for c in shuffled if c is not last], last])


@given(SENTENCES)
def test_a_cue_fed_twice_counts_once(texts: list[str]):
    """A recogniser that repeats itself accuses nobody twice."""
    cues = stream(texts)

    assert closed(cues) == closed([c for cue in cues for c in (cue, cue)])
