"""What is recognised and not believed, table by table."""

from __future__ import annotations

import pytest
from speech_script import said

from monitor.records import Word
from monitor.speech.filters import (
    Heard,
    boilerplate,
    disbelief,
    loops,
    noise,
    over_silence,
    prompt_echo,
    repetitive,
    too_fast,
)
from monitor.timeline import Span

PROMPT = "以下是普通话的句子，使用简体中文。返现、退款、申请退款、秒退、拍下、付款、抽免单、抽半价。"


def heard(
    text: str,
    duration_ms: int = 0,
    *,
    voiced: tuple[Span, ...] | None = None,
    confidence: float = 0.9,
    no_speech: float = 0.01,
    prompt: str = "",
) -> Heard:
    length_ms = duration_ms or 250 * len(text)
    one = said(text, 0, length_ms, confidence=confidence)
    return Heard(one.words, (Span(0, length_ms),) if voiced is None else voiced, no_speech, prompt)


@pytest.mark.parametrize(
    "text",
    [
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
        "字幕由Amara.org社区提供",
        "优优独播剧场——YoYo Television Series Exclusive",
    ],
)
def test_film_credits_are_never_believed(text: str) -> None:
    """However sure the model is and whoever spoke."""
    assert boilerplate(heard(text)) == "silence boilerplate"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({"voiced": ()}, "silence boilerplate"),
        ({"confidence": 0.2}, "silence boilerplate"),
        ({"no_speech": 0.8}, "silence boilerplate"),
    ],
)
def test_a_farewell_is_believed_when_it_was_plainly_said(given: dict[str, object], expected: str | None) -> None:
    """谢谢观看 is what hosts say and what the model invents: only doubt makes it boilerplate."""
    assert boilerplate(heard("谢谢观看！", **given)) == expected  # type: ignore[arg-type]


def test_a_farewell_within_a_sentence_is_left_alone() -> None:
    """Only the whole cue is compared."""
    assert boilerplate(heard("谢谢大家的支持我们继续", confidence=0.2)) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("返现、退款、申请退款、秒退、拍下、付款", "prompt echo"),
        ("申请退款秒退拍下付款抽免单", "prompt echo"),
        ("以下是普通话的句子,使用简体中文", "prompt echo"),
        (PROMPT + PROMPT, "prompt echo"),
        ("先拍下再付款,然后申请退款", None),
        ("付款抽免单", None),
        ("今天抽免单的都付款了吗", None),
        ("退款", None),
    ],
)
def test_the_prompt_itself_is_no_speech(text: str, expected: str | None) -> None:
    """A long run of the prompt is an echo; its words in a host's own order are not."""
    assert prompt_echo(heard(text, prompt=PROMPT)) == expected


def test_without_a_prompt_there_is_no_echo() -> None:
    """An unprimed model cannot repeat what it was not told."""
    assert prompt_echo(heard("返现退款申请退款秒退")) is None


@pytest.mark.parametrize(
    ("chars", "duration_ms", "expected"),
    [(24, 3000, None), (24, 1900, "implausible rate"), (5, 100, None), (6, 0, "implausible rate")],
)
def test_nobody_says_more_than_twelve_characters_a_second(chars: int, duration_ms: int, expected: str | None) -> None:
    """Eight is shouting; fewer than six characters say nothing about the rate."""
    words = tuple(Word("好", Span(i * duration_ms // chars, (i + 1) * duration_ms // chars), 0.9) for i in range(chars))
    assert too_fast(Heard(words, ())) == expected


@pytest.mark.parametrize(
    ("voiced", "expected"),
    [((), "no voice"), ((Span(0, 2000),), None), ((Span(5000, 9000),), "no voice"), ((Span(0, 100),), "no voice")],
)
def test_text_over_silence_was_said_by_nobody(voiced: tuple[Span, ...], expected: str | None) -> None:
    """Less than a tenth of its time is voiced."""
    assert over_silence(heard("今天给大家讲讲", 2000, voiced=voiced)) == expected


@pytest.mark.parametrize(
    ("no_speech", "confidence", "expected"),
    [(0.9, 0.2, "not speech"), (0.9, 0.8, None), (0.1, 0.2, None)],
)
def test_noise_needs_two_doubts(no_speech: float, confidence: float, expected: str | None) -> None:
    """The model must think that nobody spoke and doubt its words: either alone is common on real speech."""
    assert noise(heard("嗯那个这样", no_speech=no_speech, confidence=confidence)) == expected


def test_text_that_compresses_as_no_speech_does_is_repetition() -> None:
    """Also where the repeats do not stand side by side; ordinary talk passes."""
    assert repetitive(heard("给大家看一下这个颜色" * 9)) == "repetition"
    assert repetitive(heard("给大家看一下这个颜色，喜欢白色的打一，喜欢灰色的打二。")) is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("来来来来来来", "来来来来来来"),
        ("没了没了没了没了", "没了没了没了没了"),
        ("好" * 40, "好"),
        ("没了" * 9, "没了"),
        ("给大家看一下" * 5, "给大家看一下"),
        ("给大家看一下" * 3, "给大家看一下" * 3),
        ("这款很好卖" + "给大家看一下" * 6 + "给大", "这款很好卖给大家看一下"),
        ("一二三四五六七八九十", "一二三四五六七八九十"),
        ("", ""),
    ],
)
def test_the_first_instance_of_a_loop_is_kept(text: str, kept: str) -> None:
    """What hosts shout three or four times stays; what a stuck model says for ever does not."""
    words = said(text, 0, 250 * len(text)).words if text else ()
    taken = {i for first, stop in loops(words) for i in range(first, stop)}
    assert "".join(word.text for i, word in enumerate(words) if i not in taken) == kept


def test_ordinary_speech_is_believed() -> None:
    """No filter has anything against it."""
    assert disbelief(heard("不喜欢可以退回来，邮费我们出。", prompt=PROMPT)) is None
