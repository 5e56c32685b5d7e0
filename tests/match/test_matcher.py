import pytest

from monitor.config import lexicon_folder
from monitor.lexicon import load_lexicon
from monitor.match import Matcher
from monitor.records import Channel, Cue, Method, Word
from monitor.timeline import Span


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(load_lexicon(lexicon_folder()))


def cue(text: str, channel: Channel = Channel.SPEECH) -> Cue:
    return Cue("c", channel, Span(0, len(text) * 200), text)


def find(matcher: Matcher, text: str, term: str, **context: str):
    return [h for h in matcher.read(cue(text), **context).hits if h.term == term]


def set_aside(matcher: Matcher, text: str, term: str, **context: str) -> set[str]:
    return {s.reason for s in matcher.read(cue(text), **context).suppressed if s.hit.term == term}


@pytest.mark.parametrize(
    ("text", "term", "method", "raw"),
    [
        ("我给你返现二十", "返现", Method.EXACT, "返现"),
        ("她会给你反现", "返现", Method.PHONETIC, "反现"),
        ("付完找我 fan现", "返现", Method.VARIANT, "fan现"),
        ("返 x 现二十块", "返现", Method.VARIANT, "返 x 现"),
        ("你去抢🧧", "红包", Method.VARIANT, "🧧"),
        ("点一下申请辶艮款", "申请退款", Method.GLYPH, "申请辶艮款"),
        ("付了款再抽面单", "抽免单", Method.PHONETIC, "抽面单"),
        ("等会抽免d", "抽免单", Method.VARIANT, "抽免d"),
        ("这个是装柜价", "专柜价", Method.PHONETIC, "装柜价"),
        ("这是最后5单", "最后{n}单", Method.EXACT, "最后5单"),
    ],
)
def test_a_term_is_found_however_it_is_written(matcher: Matcher, text: str, term: str, method: Method, raw: str):
    """Literal, misheard, spelt, split and hidden forms are found, with the raw words and the method."""
    hits = find(matcher, text, term)

    assert [(h.method, h.raw) for h in hits][:1] == [(method, raw)]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("相反现在下手才合适", "返现"),
        ("店里印刷单页用这台", "刷单"),
        ("这条是纯棉单人被罩", "免单"),
        ("不过款式偏大一点", "过款"),
        ("上下架子床护栏加高了", "下架"),
        ("坐车往返现在贵了", "返现"),
        ("菜市场价签换成电子的", "市场价"),
    ],
)
def test_words_cut_in_two_are_accidents(matcher: Matcher, text: str, term: str):
    """A hit that begins or ends inside an everyday word does not count."""
    assert not find(matcher, text, term)


@pytest.mark.parametrize(
    ("text", "term", "reason"),
    [
        ("我们不搞返现", "返现", "denial"),
        ("从来没有返现", "返现", "denial"),
        ("谨防返现诈骗", "返现", "warning"),
        ("说返现的你千万别信", "返现", "warning"),
        ("有人问返现是不是真的，没有这回事", "返现", "viewer's question"),
        ("今天第二件半价，加两件", "半价", "inside 第二件半价"),
    ],
)
def test_denials_and_set_phrases_are_set_aside_with_their_reason(matcher: Matcher, text: str, term: str, reason: str):
    """What accuses nobody is kept apart, and says why."""
    assert not find(matcher, text, term)
    assert reason in set_aside(matcher, text, term)


@pytest.mark.parametrize(
    "text", ["不用等他寄，直接申请退款", "三千我不要，原价三千", "没抽到免单的别走，抽免单还有一轮"]
)
def test_a_no_elsewhere_denies_nothing(matcher: Matcher, text: str):
    """A negation of something else leaves the accusing words standing."""
    assert matcher.read(cue(text)).hits or matcher.read(cue(text)).prices


def test_a_refusal_in_the_next_sentence_answers_the_question(matcher: Matcher):
    """Context after a cue decides what its question meant."""
    assert find(matcher, "拍了真的返现吗", "返现")
    assert not find(matcher, "拍了真的返现吗", "返现", after="没有这回事")


def test_a_spoken_hit_has_the_time_of_its_words(matcher: Matcher):
    """Word times place a hit; without them it is spread evenly."""
    words = tuple(Word(c, Span(1000 + i * 300, 1300 + i * 300), 0.9) for i, c in enumerate("拍完我返现给你"))
    spoken = Cue("c", Channel.SPEECH, Span(1000, 3100), "拍完我返现给你", words=words)

    hit = next(h for h in matcher.read(spoken).hits if h.term == "返现")

    assert hit.span == Span(1900, 2500)


def test_a_button_of_the_player_says_nothing(matcher: Matcher):
    """A board that holds one word alone, such as 购买, is a button; with more words it is a statement."""
    box = {"channel": Channel.SCREEN}

    assert not matcher.read(cue("下单", **box)).hits
    assert matcher.read(cue("下单就送金条", **box)).hits


def test_one_recognised_character_is_doubted(matcher: Matcher):
    """A single character that a recogniser wrote counts for less than a typed one."""
    words = tuple(Word(c, Span(i * 200, i * 200 + 200), 0.9) for i, c in enumerate("你拍我"))
    spoken = Cue("c", Channel.SPEECH, Span(0, 600), "你拍我", words=words)

    def score(one: Cue) -> float:
        return next(h.score for h in matcher.read(one).hits if h.raw == "拍")

    assert score(spoken) < score(cue("你拍我"))


def test_prices_carry_their_role(matcher: Matcher):
    """A labelled sum is a comparison price or the selling price."""
    claims = matcher.read(cue("专柜价一千八，到我这里只要一百八")).prices

    assert [(c.yuan, c.base) for c in claims] == [(1800, True), (180, False)]


def test_reading_is_fast(matcher: Matcher):
    """A thousand cues are read within a few seconds: talk is never the bottleneck."""
    import time

    began = time.perf_counter()
    for number in range(300):
        matcher.read(cue(f"第{number}款保温杯我拿近一点，杯盖是钛的，杯身有三种花色，看中哪种说一声"))

    assert time.perf_counter() - began < 6
