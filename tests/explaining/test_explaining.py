"""Why a text was judged as it was: what fired, what was set aside, what would have been needed."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.config import lexicon_folder
from monitor.explaining import Explanation, Nearest, explain
from monitor.explaining.sentences import how_sentence, pattern_about, reason_sentence
from monitor.judge import ledger, opinion
from monitor.judging import CHANNELS, Judging, judging
from monitor.lexicon import SCHEMES
from monitor.lexicon.learned import Learned
from monitor.lexicon.model import SchemeFile, SlotEntry
from monitor.match import Matcher
from monitor.records import Channel, Hit, Method
from monitor.text.writing import DISGUISES
from monitor.timeline import Span

CASES = Path(__file__).parents[3] / "shared" / "cases" / "text" / "utterances.tsv"
IN_TIME = ("link-promised-and-held", "items-rushed", "links-shut-at-once")
CORPUS = lexicon_folder() / "corpus"


@pytest.fixture(scope="module")
def shipped() -> Judging:
    return judging(lexicon_folder())


@pytest.fixture(scope="module")
def patterns_alone() -> Judging:
    """The shipped lexicon without a learned judge."""
    return judging(lexicon_folder(), learned=False)


def one_pattern(judge: Judging, **changes: object) -> Judging:
    """A judge whose lexicon knows one scheme with one pattern over two slots of its own, and a slot that forbids it."""
    words = {"left": "甲乙丙丁", "right": "戊己庚辛", "harmless": "子丑寅卯"}
    slots = {name: SlotEntry(about=f"{name}的词", terms=({"text": text},)) for name, text in words.items()}
    pattern = {"id": "pair", "about": "两样都说了", "need": ("left", "right"), "unless": ("harmless",), **changes}
    known = judge.lexicon.schemes["misery_selling"]
    scheme = SchemeFile.model_validate(
        {**known.model_dump(), "slots": {}, "patterns": [pattern], "examples": known.examples.model_dump()}
    )
    terms = tuple(
        replace(judge.lexicon.terms[0], text=text, slot=slot, by=frozenset({Method.EXACT}), where=f"here:{slot}")
        for slot, text in words.items()
    )
    lexicon = replace(judge.lexicon, terms=terms, slots=slots, schemes={"misery_selling": scheme}, learned=None)
    return Judging(lexicon, Matcher(lexicon))


def only(explanation: Explanation) -> Nearest:
    (near,) = explanation.nearest
    return near


def test_a_flag_names_its_pattern_and_the_word_in_each_slot(patterns_alone: Judging):
    """A reader sees which words filled which slots, how they were found and how sure that is."""
    told = explain(patterns_alone, "付完找我 fan现", Channel.MESSAGE)
    (fired,) = told.fired

    assert (fired.scheme, fired.candidate, fired.why_candidate) == ("cashback_refund", False, "")
    assert all(pattern.about for pattern in fired.patterns)
    disguised = next(word for word in fired.words if word.raw == "fan现")
    assert disguised.how == "fan现 → 返现，拼音写法"
    assert disguised.method_name == "变形写法"
    assert disguised.slot_about == patterns_alone.lexicon.slots[disguised.slot].about


def test_what_was_set_aside_has_its_reason_in_chinese(patterns_alone: Judging):
    """Denial and set phrases are told as sentences."""
    told = explain(patterns_alone, "我们从来不搞返现，七天无理由退款", Channel.SPEECH)

    assert told.fired == ()
    assert ("返现", "被否定") in {(aside.word.raw, aside.sentence) for aside in told.set_aside}
    assert "是固定说法“七天无理由退款”里的字" in {aside.sentence for aside in told.set_aside}


def test_a_pattern_that_a_denial_undid_says_so(patterns_alone: Judging):
    """All slots are there, one word does not count: that is what stood in the way."""
    near = explain(patterns_alone, "先拍下再申请退款，我们不搞返现", Channel.SPEECH).nearest
    cashback = next(one for one in near if one.scheme == "cashback_refund")

    assert cashback.lacking == ()
    assert "被否定" in {filled.set_aside for filled in cashback.filled}


def test_a_slot_that_nothing_fills_is_named_with_words_that_would(patterns_alone: Judging):
    """What is lacking comes with terms to say it."""
    near = only(explain(one_pattern(patterns_alone), "甲乙丙丁", Channel.SPEECH))

    assert [filled.word.raw for filled in near.filled] == ["甲乙丙丁"]
    assert [(lack.need, lack.about, lack.samples) for lack in near.lacking] == [("right", "right的词", ("戊己庚辛",))]
    assert near.hindrances == ()


@pytest.mark.parametrize(
    ("changes", "text", "said"),
    [
        ({"ordered": True}, "戊己庚辛，甲乙丙丁", "次序不对：“甲乙丙丁”要在“戊己庚辛”前面"),
        ({"within_s": 1.0}, "甲乙丙丁" + "啊" * 20 + "戊己庚辛", "相隔约 4.4 秒，最多 1 秒"),
        ({"channels": ("screen",)}, "甲乙丙丁，戊己庚辛", "只在画面里算"),
        ({}, "甲乙丙丁，子丑寅卯，戊己庚辛", "旁边有“子丑寅卯”（harmless的词）"),
        ({"score": 0.3}, "甲乙丙丁，戊己庚辛", "把握只有 0.30，不到候选线"),
    ],
    ids=["order", "distance", "channel", "forbidden", "score"],
)
def test_each_condition_that_was_not_met_is_named(patterns_alone: Judging, changes: dict, text: str, said: str):
    """With every slot filled and nothing flagged, the condition that failed is told."""
    told = explain(one_pattern(patterns_alone, **changes), text, Channel.SPEECH)

    assert told.fired == ()
    assert any(said in hindrance for hindrance in only(told).hindrances), only(told).hindrances


def test_with_its_conditions_met_the_same_pattern_fires(patterns_alone: Judging):
    """The cases above fail for the reason that they name, and for no other."""
    told = explain(one_pattern(patterns_alone, score=0.9), "甲乙丙丁，戊己庚辛", Channel.SPEECH)

    assert [(fired.scheme, fired.candidate) for fired in told.fired] == [("misery_selling", False)]
    assert told.nearest == ()


def test_a_candidate_says_why_it_is_no_flag(patterns_alone: Judging):
    """A score between the two lines is told with the line that it missed."""
    (fired,) = explain(one_pattern(patterns_alone, score=0.5), "甲乙丙丁，戊己庚辛", Channel.SPEECH).fired

    assert fired.candidate
    assert fired.why_candidate.startswith("得分 0.50，不到线索线")


def test_prices_stand_with_what_the_ledger_lacks(patterns_alone: Judging):
    """A comparison price alone needs a selling price; both too close need a larger gap."""
    alone = explain(patterns_alone, "这条裙子专柜价三百八", Channel.SPEECH)
    close = explain(patterns_alone, "专柜价三百八，今天到手价三百五", Channel.SPEECH)

    assert [(price.yuan, price.base) for price in alone.prices] == [(380.0, True)]
    assert next(n for n in alone.nearest if n.pattern == "price-gap").lacking[0].need == "live_price"
    assert "倍才要核实" in next(n for n in close.nearest if n.pattern == "price-gap").hindrances[0]


def test_a_text_without_any_word_says_so_and_shows_the_ways(patterns_alone: Judging):
    """Nothing found is an answer too: what such a text would have had to say, for every scheme."""
    told = explain(patterns_alone, "水墨丹青", Channel.SPEECH)

    assert told.nothing_found
    assert [near.scheme for near in told.nearest] == list(SCHEMES)
    assert all(lack.samples for near in told.nearest for lack in near.lacking)


def test_the_learned_judge_names_its_words(patterns_alone: Judging):
    """Its certainty for every scheme stands there, with the words that weighed most for the likely ones."""
    place = SCHEMES.index("misery_selling")
    weights = {trait: tuple(9.0 * (i == place) for i in range(len(SCHEMES))) for trait in ("丹青", "墨丹青")}
    learned = Learned(weights, (-3.0,) * len(SCHEMES), (0.0, 1.0, 1.0, 0.0), "test")
    judge = Judging(replace(patterns_alone.lexicon, learned=learned), patterns_alone.matcher)
    first, *others = explain(judge, "水墨丹青", Channel.SPEECH).opinions

    assert (first.scheme, first.certainty > 0.9) == ("misery_selling", True)
    assert "丹青" in first.words[0]
    assert all(opinion.certainty < 0.1 and opinion.words == () for opinion in others)


@pytest.mark.parametrize("text", ["", " ", "，。？", "🧧", "a" * 500, "拍" * 300, "{n}{w}", "[bold]拍下[/]"])
@pytest.mark.parametrize("channel", list(Channel))
def test_any_text_is_explained(shipped: Judging, text: str, channel: Channel):
    """No text is too odd: an explanation comes, and as JSON it comes back."""
    told = explain(shipped, text, channel)

    assert told.fired or told.set_aside or told.nearest
    assert json.loads(json.dumps(told.as_data()))["text"] == text


def lines_of(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["channel"], row["text"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def assert_explained(judge: Judging, channel: str, text: str) -> None:
    told = explain(judge, text, CHANNELS[channel])
    candidates = {fired.scheme for fired in told.fired if fired.candidate}
    flags = {fired.scheme for fired in told.fired} - candidates

    assert told.fired or told.set_aside or told.nearest, text
    assert all(text[w.start : w.end] == w.raw for fired in told.fired for w in (*fired.words, *fired.weighed))
    assert all(fired.why_candidate for fired in told.fired if fired.candidate)
    assert all("（" not in aside.sentence for aside in told.set_aside), "a reason without a sentence of its own"
    for near in told.nearest:
        assert near.scheme not in flags
        undone = any(filled.set_aside for filled in near.filled)
        assert near.lacking or near.hindrances or undone, f"{text}: {near.scheme} has all and did not fire"
        assert all(lack.about and lack.samples for lack in near.lacking)


@pytest.mark.slow
@pytest.mark.skipif(not CASES.exists(), reason="the open cases are not beside this checkout")
def test_every_open_line_is_explained(shipped: Judging):
    """Each line has a firing, a reason or what would have been needed, and nothing contradicts what was judged."""
    lines = lines_of(CASES)
    for channel, text in lines:
        assert_explained(shipped, channel, text)

    assert len(lines) > 600


@pytest.mark.slow
def test_lines_of_the_corpus_are_explained(shipped: Judging):
    """The same for every twentieth line of our own corpus."""
    for path in sorted(CORPUS.glob("*.tsv")):
        for channel, text in lines_of(path)[::20]:
            assert_explained(shipped, channel, text)


def test_every_disguise_has_a_name_in_chinese():
    """A disguise that the normal form names is told in Chinese, whichever it is."""
    for name in DISGUISES:
        hit = Hit(
            "返现", "reward", "c", Channel.CHAT, Span(0, 1), (0, 2), "x", Method.VARIANT, 0.95, f"x → 返现, {name}"
        )
        told = how_sentence(hit).removeprefix("x → 返现，")

        assert told
        assert not told.isascii(), name


def test_every_pattern_of_the_judge_itself_is_told_in_chinese(shipped: Judging):
    """Patterns that stand in no lexicon file have a sentence here."""
    for pattern in (opinion.PATTERN, ledger.PATTERN, ledger.CHANGED, ledger.CLEARED, *IN_TIME):
        scheme = SCHEMES[0]
        assert not pattern_about(shipped.lexicon, scheme, pattern).isascii(), pattern


def test_a_reason_that_nobody_foresaw_is_shown_as_it_is():
    """A new reason is not lost for want of a sentence."""
    assert "never heard of" in reason_sentence("never heard of")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("denial", "被否定"),
        ("warning rule_read_out", "警告"),
        ("reported others_do", "转述"),
        ("past long_ago", "过去"),
        ("inside 第二件半价", "固定说法“第二件半价”"),
        ("cuts the word 印刷", "日常词“印刷”"),
        ("a button's label", "按钮"),
        ("viewer's question", "提问"),
        ("question refused", "回绝"),
    ],
)
def test_each_reason_has_a_sentence(reason: str, said: str):
    """A reader hears in Chinese why a word does not count, whichever frame it stands in."""
    assert said in reason_sentence(reason)
