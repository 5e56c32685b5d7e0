import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import Normaliser, Writing

WRITING = Writing(
    emoji={"🧧": "红包"},
    parts={"亻介": "价", "辶艮": "退"},
    words={"免d": "免单", "s单": "刷单"},
    fillers=frozenset("x"),
)
normalise = Normaliser(WRITING)


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("返 现", "返现"),
        ("退-款", "退款"),
        ("返x现", "返现"),
        ("返現紅包", "返现红包"),
        ("ＡＢＣ１２３", "abc123"),
        ("领🧧二十", "领红包二十"),
        ("京 亻介", "京价"),
        ("抽免d啦", "抽免单啦"),
        ("先s单后退", "先刷单后退"),
        ("拍！！退？？", "拍。退？"),
        ("66W 1米", "66w，1米"),
        ("¥36.8", "¥36.8"),
        ("diao pai 价", "diaopai价"),
    ],
)
def test_disguises_come_down_to_one_spelling(raw: str, normal: str):
    """Full width, traditional, emoji, parts, initials and inserted symbols all end in the plain word."""
    assert normalise(raw).text == normal


def test_a_term_points_back_to_the_raw_words():
    """The offset map leads from the normal form to what was written."""
    raw = "拍下→返 x 现二十"
    text = normalise(raw)
    at = text.text.index("返现")

    first, last = text.raw_range(at, at + 2)

    assert raw[first:last] == "返 x 现"


def test_letters_inside_a_latin_word_are_no_initials():
    """`免dan` is spelt out, not shortened: the d belongs to dan."""
    assert normalise("免dan").text == "免dan"


def test_a_pause_of_the_speaker_ends_a_clause():
    """Where the recogniser wrote no punctuation, a pause does its work."""
    assert normalise("拍完退款", breaks=[2]).text == "拍完，退款"


@given(st.text(max_size=60))
def test_the_map_always_points_into_the_raw_text(raw: str):
    """Whatever is typed, each normal character knows its raw range, in order and within the text."""
    text = normalise(raw)

    assert len(text.origins) == len(text.text) == len(text.disguises)
    assert all(0 <= a <= b <= len(raw) for a, b in text.origins)
    assert all(x[0] <= y[0] for x, y in zip(text.origins, text.origins[1:], strict=False))


@given(st.text(max_size=40))
def test_marks_never_stand_in_a_row(raw: str):
    """Clause marks are single and never open a text."""
    text = normalise(raw).text

    assert not any(m + n in text for m in "，。？" for n in "，。？")
    assert not text.startswith(("，", "。", "？"))
