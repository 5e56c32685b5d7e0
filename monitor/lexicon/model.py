"""What lexicon files may say: terms in slots, patterns of slots, denials, disguises. Each model is one kind of file."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from monitor.lexicon.alternatives import expand
from monitor.records import Method

SCHEMES = (
    "refund_brushing",
    "cashback_refund",
    "pay_first_draw",
    "fake_price_comparison",
    "false_promotion",
    "irregular_play",
    "quick_flipping",
    "freight_claim_abuse",
    "viewer_kicking",
    "misery_selling",
)
"""Stable ids of the ten schemes, in the order of the platforms' notices."""

MAX_WORD_CHARS = 40
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_WORD_CHARS)]
Alternation = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
"""A word, or several in one: each that `monitor.lexicon.alternatives` makes of it is at most MAX_WORD_CHARS long."""
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\^?[^…^]+(…[^…^]+)*$", max_length=2_000)]
"""Words of a frame in normal form: `(a|b)` is either, `…` up to twelve characters of the same clause, `^` before it a
clause's beginning."""
MarkedText = Annotated[str, StringConstraints(pattern=r"^[^\[\]]*\[[^\[\]]+\][^\[\]]*$")]
"""A text in which square brackets hold one stretch."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
PatternId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
TermMethod = Literal[Method.EXACT, Method.VARIANT, Method.GLYPH, Method.PHONETIC, Method.FUZZY]
ALL_METHODS: tuple[TermMethod, ...] = (Method.EXACT, Method.VARIANT, Method.GLYPH, Method.PHONETIC, Method.FUZZY)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_term(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class TermEntry(_Strict):
    """One term. `{n}` in its text is a number, `{w}` one to five characters, `(a|b)` either, `(a|)` with or without."""

    text: Alternation
    by: tuple[TermMethod, ...] | None = Field(None, description="methods that may find it; the slot's where left out")
    unless: tuple[Word, ...] = Field((), description="words which, within or right after what was found, undo it")
    note: str = ""
    source: str = Field("", description="where it was seen; the slot's where left out: one of the two must be there")
    common: str = Field("", description="why it may occur in everyday talk: what else must be there before it counts")


class SlotEntry(_Strict):
    """Terms that do the same thing in a scheme."""

    about: str = Field(min_length=1)
    source: str = Field("", description="where the words come from; `monitor lexicon lint` wants one for every term")
    common: str = Field("", description="why its words may occur in everyday talk; lint then leaves them alone")
    by: tuple[TermMethod, ...] = ALL_METHODS
    terms: tuple[Annotated[TermEntry, BeforeValidator(_as_term)], ...] = Field(min_length=1)


class PatternEntry(_Strict):
    """Slots that together make the scheme."""

    id: PatternId
    about: str = Field(min_length=1, description="one sentence for the reviewer, in Chinese")
    need: tuple[str, ...] = Field(min_length=1, description="slots, `a|b` for either; one hit serves one slot")
    ordered: bool = Field(False, description="the slots must come in this order")
    within_s: float = Field(12.0, gt=0, description="from the first hit's end to the last hit's start, seconds")
    score: float = Field(0.9, gt=0, le=1, description="how sure, when every hit is certain")
    unless: tuple[Name, ...] = Field((), description="slots that forbid it nearby")
    unless_s: float = Field(5.0, ge=0, description="how near, seconds")
    yields_to: tuple[str, ...] = Field((), description="schemes that explain the same words better")
    same_cue: bool = Field(False, description="all hits in one sentence or board")
    channels: tuple[str, ...] = Field((), description="only here; anywhere where left out")


class ExampleEntry(_Strict):
    """A text, or several with times, and its channel."""

    text: str = ""
    channel: Literal["speech", "screen", "chat", "message"] = "speech"
    sequence: tuple[tuple[float, str, str], ...] = Field((), description="rows of second, channel, text")
    why: str = ""

    @model_validator(mode="after")
    def _one_of(self) -> ExampleEntry:
        if bool(self.text) == bool(self.sequence):
            raise ValueError("an example has either `text` or `sequence`")
        return self


Example = Annotated[ExampleEntry, BeforeValidator(_as_term)]


class Examples(_Strict):
    """The scheme's own tests: each is run by `monitor lexicon test`."""

    fires: tuple[Example, ...] = Field(min_length=3)
    silent: tuple[Example, ...] = Field(min_length=3)
    known_misses: tuple[Example, ...] = ()
    known_false_alarms: tuple[Example, ...] = ()


class SlotsFile(_Strict):
    """`slots.yaml`: slots that several schemes share."""

    slots: dict[Name, SlotEntry]


class SchemeFile(_Strict):
    """`schemes/<scheme>.yaml`."""

    scheme: Literal[SCHEMES]  # type: ignore[valid-type]
    name: str = Field(min_length=1)
    source: str = Field(min_length=1)
    slots: dict[Name, SlotEntry] = {}
    patterns: tuple[PatternEntry, ...] = Field(min_length=1)
    examples: Examples


class BenignFile(_Strict):
    """`benign.yaml`: longer words and set phrases inside which a term means something else."""

    phrases: tuple[Annotated[TermEntry, BeforeValidator(_as_term)], ...]


class FrameExamples(_Strict):
    """A frame's own tests. Square brackets hold what is asked about: 凡是叫你[先付再退]的都是骗子."""

    aside: tuple[MarkedText, ...] = Field(min_length=1, description="what the frame sets aside")
    left: tuple[MarkedText, ...] = Field(min_length=1, description="what looks like it and counts all the same")


class FrameEntry(_Strict):
    """Talk that tells of cheating and does none: what opens it, what judges it, what takes it back."""

    name: Name
    reason: Literal["denial", "warning", "quoted", "reported", "past"]
    about: str = Field(min_length=1, description="one clause for the reviewer, in Chinese: 转述别人的做法并表示不干")
    source: str = Field(min_length=1, description="where such talk was seen")
    opens: tuple[Phrase, ...] = Field(min_length=1)
    judged: tuple[Name, ...] = Field((), description="lists of `words` of which one must follow; none: it needs none")
    reach: Literal["clause", "sentence", "next", "text"] = Field(
        "sentence", description="how far to look for the judgement; without one, how far the frame reaches"
    )
    within: int = Field(100, gt=0, description="characters from the opening to the judgement's end, at most")
    back: Literal["", "sentence", "previous"] = Field(
        "", description="what came before is meant too: from the sentence's beginning, or from the previous one's"
    )
    onward: bool = Field(False, description="what follows the judgement in its sentence is meant too: 不得以…")
    cancels: tuple[Name, ...] = Field((), description="lists of `words` that undo the frame when they come later")
    examples: FrameExamples


class DenialsFile(_Strict):
    """`denials.yaml`: how hosts deny, warn, and refuse what viewers ask; how they tell of what others do."""

    negators: tuple[Word, ...] = Field(description="directly before a term: 不, 没有, 我们不搞")
    fillers: tuple[Word, ...] = Field(description="may stand between negator and term: 搞, 做, 给")
    not_negators: tuple[Word, ...] = Field(description="begin like a negator and are none: 不仅, 不光")
    denied_behind: tuple[Word, ...] = Field(description="right after a term in its clause: 全网最低我可不敢说")
    warnings_ahead: tuple[Word, ...] = Field(description="what follows in the sentence is warned of")
    warnings_behind: tuple[Word, ...] = Field(description="what came before in the sentence is warned of")
    questions: tuple[Phrase, ...] = Field(description="a viewer's question is read out: 有人问, 公屏问")
    question_ends: tuple[Word, ...] = Field(description="how a question ends or asks: 吗, 是不是")
    refusals: tuple[Word, ...] = Field(description="an answer begins so: 没有, 不行, 哪有")
    taken_back: tuple[Name, ...] = Field((), description="lists of `words` that undo a denial when they come later")
    bans: tuple[Phrase, ...] = Field((), description="warnings that are the host's own ban where a threat follows")
    threats: tuple[Phrase, ...] = Field((), description="what happens to who breaks it: 违者踢出, 就拉黑")
    words: dict[Name, tuple[Phrase, ...]] = Field({}, description="lists that frames name")
    frames: tuple[FrameEntry, ...] = ()

    @model_validator(mode="after")
    def _frames_name_what_is_there(self) -> DenialsFile:
        users = [("taken_back", self.taken_back), *((f.name, (*f.judged, *f.cancels)) for f in self.frames)]
        for user, used in users:
            for name in used:
                if name not in self.words:
                    raise ValueError(f"`{user}`: no list of `words` is called `{name}`")
        names = [frame.name for frame in self.frames]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two frames are called `{name}`")
        for phrase in itertools.chain(*self.words.values(), *(frame.opens for frame in self.frames)):
            for piece in phrase.removeprefix("^").split("…"):
                try:
                    expand(piece)
                except ValueError as error:
                    raise ValueError(f"`{phrase}` {error}") from None
        return self


class StandInEntry(_Strict):
    """Spellings or words that writers use for another word."""

    means: Word
    written: tuple[Word, ...] = Field(min_length=1, description="in normal form: simplified, half width, lower case")
    how: Literal["stand-in word", "look-alike character"] = "stand-in word"
    after: tuple[Word, ...] = Field((), description="what stands right before it; needed unless `before` holds")
    before: tuple[Word, ...] = Field((), description="what stands right behind it; needed unless `after` holds")
    unless: tuple[Word, ...] = Field((), description="what right behind it undoes it: 加威海")


class WritingFile(_Strict):
    """`writing.yaml`: how writers disguise words."""

    source: str = Field(min_length=1)
    emoji: dict[Word, Word]
    parts: dict[Word, Word] = Field(description="parts side by side → the character")
    fillers: tuple[Word, ...] = Field(description="letters and strokes put between two characters")
    parted_words: tuple[Word, ...] = Field((), description="words that writers pull apart: 返.现, 返王见")
    stand_ins: tuple[StandInEntry, ...] = ()
    initials: tuple[Word, ...] = Field((), description="terms of which one syllable may shrink to its first letter")


class PriceLabels(_Strict):
    """`prices.yaml`: what a sum of money is the price of."""

    source: str = Field(min_length=1)
    base: tuple[Word, ...] = Field(description="words that make the next sum a comparison price")
    elsewhere: tuple[Word, ...] = Field(
        (), description="places and days that do so only with a verb of selling or a count: 药房 … 卖 N, 昨天还是 N"
    )
    own: tuple[Word, ...] = Field(
        (),
        description="those of `base` and `elsewhere` that name what this shop itself charged: a product list can tell",
    )
    live: tuple[Word, ...] = Field(description="words that make the next sum the selling price")
    live_behind: tuple[Word, ...] = Field((), description="words right behind a sum that make it the selling price")
    neutral: tuple[Word, ...] = Field(description="words that make the next sum neither: 满, 减, 定金, 立减")
    neutral_behind: tuple[Word, ...] = Field((), description="words right behind a sum that make it neither: 券, 工资")
    same: tuple[Word, ...] = Field(description="words that say both prices are equal: 同价, 一样的价")
    unlike: tuple[Word, ...] = Field((), description="words that say two things are compared: 不是一个东西, 大小不一样")
    quoted: tuple[Word, ...] = Field((), description="words by which a text tells of others' cheating: 通报, 被坑过")
    heard: tuple[Word, ...] = Field((), description="those of `base` with two syllables that are found by sound too")
    next_item: tuple[Word, ...] = Field((), description="words after which another thing is for sale: 下一款, 再来看")
    ratio: float = Field(gt=1, description="comparison price over selling price from which it must be checked")
    within_s: float = Field(gt=0)


class MarkEntry(_Strict):
    """How one kind of moment in a show is told: a link opened, taken down, promised; a call to the viewers."""

    about: str = Field(min_length=1)
    source: str = Field(min_length=1)
    slots: dict[Name, tuple[Word, ...]] = Field(
        {}, description="slots of other files, and which of their terms: all if empty"
    )
    words: tuple[Alternation, ...] = Field((), description="plain words, `(a|b)` either; `{n}` is a link's number")
    unless: tuple[Word, ...] = Field((), description="words which, within or right beside what was found, undo it")


class RushFigures(_Strict):
    """From when on items that follow one another are rushed through."""

    source: str = Field(min_length=1)
    items: int = Field(ge=2, description="so many in a row")
    item_s: float = Field(gt=0, description="each up for less than so long, seconds")
    talk_chars: int = Field(gt=0, description="each with fewer characters said about it: a candidate")
    talk_chars_sure: int = Field(gt=0, description="with fewer than so many each it accuses")
    least_each_s: float = Field(ge=0, description="on average at least so long, seconds: less is a list read out")
    shut_s: float = Field(gt=0, description="a link open no longer than so is open for a moment, seconds")
    shuts: int = Field(ge=2, description="so many such moments")
    shuts_within_s: float = Field(gt=0, description="within so long, seconds")


class HoldFigures(_Strict):
    """From when on a promised link is held back."""

    source: str = Field(min_length=1)
    promises: int = Field(ge=2, description="so many promises")
    hold_s: float = Field(gt=0, description="from the first to the last at least so long, seconds")
    calls: int = Field(ge=1, description="so many calls to the viewers among them")
    calls_sure: int = Field(ge=1, description="from so many calls on it accuses; with fewer it is a candidate")
    reason_s: float = Field(gt=0, description="where a reason was given: at least so long, seconds")
    pause_s: float = Field(gt=0, description="promises farther apart are of different things, seconds")


class PlayFile(_Strict):
    """`play.yaml`: what is told by the order and the time of things, not by words alone."""

    next: MarkEntry = Field(description="goes on to another item")
    open: MarkEntry = Field(description="a link is opened")
    there: MarkEntry = Field(description="the link is open: viewers are sent to buy")
    link: MarkEntry = Field(description="a link is named by its number")
    close: MarkEntry = Field(description="a link is taken down")
    sold: MarkEntry = Field(description="it went because it was sold out")
    at_ease: MarkEntry = Field(description="a preview, a recap, or links that stay")
    answer: MarkEntry = Field(description="a viewer is told where a thing is")
    soon: MarkEntry = Field(description="before an opening in one clause: it is promised, not done")
    promise: MarkEntry = Field(description="a link is promised or held back")
    call: MarkEntry = Field(description="viewers are asked to type, like, stay")
    reason: MarkEntry = Field(description="a reason why the link is not open yet")
    clock: MarkEntry = Field(description="a clock time at which it will open")
    rush: RushFigures
    hold: HoldFigures
