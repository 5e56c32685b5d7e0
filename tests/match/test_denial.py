"""What is denied, warned of or asked, and what only looks so."""

import pytest
from pydantic import ValidationError

from monitor.config import lexicon_folder
from monitor.lexicon import load_lexicon
from monitor.lexicon.model import DenialsFile
from monitor.match.denial import DenialFinder
from monitor.match.phrases import PhraseLists

DENIALS = load_lexicon(lexicon_folder()).denials
FINDER = DenialFinder(DENIALS)


def reason(text: str, words: str) -> str:
    start = text.index(words)
    return FINDER.reason(text, start, start + len(words))


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        ("我们从来不搞返现", "返现", "denial"),
        ("公屏问返现吗，没有的", "返现", "viewer's question"),
        ("好几个姐妹问拍完返现怎么算", "返现", "viewer's question"),
        ("谨防有人返现", "返现", "warning"),
        ("问成分的不会被踢出去", "踢出去", "denial"),
    ],
)
def test_the_kinds_of_old_keep_their_first_words(text: str, words: str, kind: str):
    """Other rooms know a suppression by the first words of its reason."""
    assert reason(text, words) == kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("严禁提问，违者踢出", "提问"),
        ("不许说起球，说了就拉黑", "拉黑"),
        ("不允许讨论质量，否则一律禁言", "讨论质量"),
    ],
)
def test_a_ban_with_a_threat_behind_it_is_no_warning(text: str, words: str):
    """Who forbids and threatens in one sentence warns of nobody: he throws people out."""
    assert reason(text, words) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("有人问成分就踢", "成分"),
        ("有人问真假的一律拉黑", "真假"),
        ("再有人问退款，直接禁言", "退款"),
    ],
)
def test_a_condition_is_no_question_read_out(text: str, words: str):
    """`有人问` with a threat behind it says when somebody is thrown out."""
    assert reason(text, words) == ""


def test_a_wink_takes_a_denial_back():
    """What is denied with a wink is offered."""
    assert reason("我可没返现", "返现") == "denial"
    assert reason("我可没返现，懂的都懂", "返现") == ""


def test_a_frame_ends_where_the_speaker_comes_back_to_himself():
    """What is told of others accuses nobody; the host's own words behind it do."""
    text = "别家先抽后付，我们不搞那种，先付后抽"

    assert reason(text, "先抽后付") == "reported others_did"
    assert reason(text, "先付后抽") == ""


def test_one_finder_reads_texts_in_any_order():
    """What is remembered of one text is not told of another."""
    assert [reason(text, "返现") for text in ("不搞返现", "拍完返现", "不搞返现")] == ["denial", "", "denial"]


def test_phrases_have_alternatives_gaps_and_beginnings():
    """`(a|b)` is either, `…` a few characters of one clause, `^` a clause's beginning; all places count."""
    lists = PhraseLists({"told": ["有(人|位)…(教|让)我"], "first": ["^别找"], "plain": ["教我", "我"]})

    assert lists.find("有人昨天教我，别找我，有人，教我") == {
        "told": [(0, 6)],
        "first": [(7, 9)],
        "plain": [(4, 6), (5, 6), (9, 10), (14, 16), (15, 16)],
    }
    assert "first" not in lists.find("你别找")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"taken_back": ("nod",)}, "no list of `words` is called `nod`"),
        ({"frames": (*DENIALS.frames, DENIALS.frames[0])}, "two frames are called"),
        ({"words": {**DENIALS.words, "odd": ("(甲|乙",)}}, "`(甲|乙`"),
    ],
)
def test_slips_of_the_pen_are_named(change: dict[str, object], said: str):
    """A word editor reads which frame or phrase is wrong."""
    with pytest.raises(ValidationError, match=said.replace("(", r"\(").replace("|", r"\|")):
        DenialsFile.model_validate({**DENIALS.model_dump(), **change})
