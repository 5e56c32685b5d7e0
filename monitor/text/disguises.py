"""Disguises that span several characters, each undone by a transformation of its own.

All work on a draft of the normal text in which blanks and symbols are gone. None of them changes what stands in
ordinary sentences: common parts and full stops vanish only where a word of the trade comes out and no everyday word
is cut.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pypinyin.constants import PHRASES_DICT

from monitor.text.characters import is_hanzi
from monitor.text.writing import ACCENTED, CAPITAL, EMOJI, INITIAL, LOOK_ALIKE, MONEY, SECONDS, SPLIT, StandIn, Writing

RADICALS = frozenset("亻氵扌讠钅纟辶忄饣衤礻犭阝彳冫宀疒刂攵灬卩囗覀耂丬罒罓爫彐厶丩亠")
"""Components that nobody types but to write a character in parts."""
_FULL_STOPS = frozenset(".．…、—")
"""Marks that writers put inside a word; commas and round stops end clauses far too often."""

_MONEY = re.compile(
    r"(?<=[0-9])(?:圆|钱|软妹币|人民币|rmb|大洋|毛爷爷|r)(?![a-z0-9])|(?<=[0-9])快(?=[0-9]|包邮)|(?<=[二三四五六七八九十百千])(?:软妹币|大洋|毛爷爷)"
)
_SECONDS = re.compile(r"(?<![a-z0-9.])[1-9][0-9]?(s)(?=[下撤过就即抢没上开])")
_SECOND_MARKS = re.compile(r"(?<![0-9.])[1-9][0-9]?\s?(″|''|\")(?=\s*[下撤过就即抢没上开])")
_VERTICAL = re.compile(r"(?<![^\n])[^\S\n]*\S[^\S\n]*(?:\n[^\S\n]*\S[^\S\n]*){2,}(?![^\n])")
_CAPITAL = re.compile(
    r"(?<=[0-9一二三四五六七八九十百千万肆伍陆拾佰仟])[肆伍陆拾佰仟]|[肆伍陆拾佰仟](?=[一二三七八九肆伍陆拾佰仟元块折件])"
)
_CAPITAL_VALUE = {"肆": "四", "伍": "五", "陆": "六", "拾": "十", "佰": "百", "仟": "千"}
"""Numerals that are words and surnames too: numbers only beside numbers and what they count."""
_SYLLABLE = (
    r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ei|ao|ou|an|en|in|un"
    r"|ia|ie|iu|ua|uo|ui|ue|ve|a|o|e|i|u|v)|a[ino]?|ang|ei?|en|er|ou?)"
)
_LEET = re.compile(r"(?<![a-z0-9])[a-z]+(?:[0134][a-z]+)+(?![a-z0-9])")
_TONES = re.compile(rf"(?<![a-z0-9])(?:{_SYLLABLE}[1-4]){{2,}}(?![a-z0-9])")
_LEET_LETTERS: tuple[dict[str, str | int | None], ...] = (
    {"0": "o", "1": "i", "3": "e", "4": "a"},
    {"0": "o", "1": "l", "3": "e", "4": "a"},
)
_SYLLABLES = re.compile(rf"{_SYLLABLE}+")


@dataclass(slots=True)
class Draft:
    """A normal text in the making: characters, the raw range of each, and how each was disguised."""

    characters: list[str]
    origins: list[tuple[int, int]]
    kinds: list[str]

    @property
    def text(self) -> str:
        return "".join(self.characters)

    def replace(self, start: int, end: int, new: str, kind: str) -> None:
        """Put `new` for the characters `start:end`; where nothing of the old word stays, all share its raw range."""
        old = self.characters[start:end]
        same = [a == b for a, b in zip(old, new, strict=False)]
        if len(new) == len(old) and (any(same) or len(old) == 1):
            for index, kept in enumerate(same, start):
                self.kinds[index] = self.kinds[index] if kept else _and(self.kinds[index], kind)
        else:
            before = dict.fromkeys(name for kinds in self.kinds[start:end] for name in kinds.split(", ") if name)
            self.kinds[start:end] = [_and(", ".join(before), kind)] * len(new)
            self.origins[start:end] = [(self.origins[start][0], self.origins[end - 1][1])] * len(new)
        self.characters[start:end] = new

    def drop(self, at: int) -> None:
        del self.characters[at], self.origins[at], self.kinds[at]


def _and(kinds: str, kind: str) -> str:
    return kind if not kinds or kinds == kind else f"{kinds}, {kind}"


def is_phrase(word: str) -> bool:
    """Whether pypinyin's dictionary of phrases has the word: what is known of everyday words without a segmenter."""
    return word in PHRASES_DICT


class Disguises:
    """The transformations under one table."""

    def __init__(self, writing: Writing, is_everyday: Callable[[str], bool] = is_phrase) -> None:
        self._is_everyday = is_everyday
        self._words = dict(writing.words)
        self._shorts = re.compile("|".join(map(re.escape, sorted(self._words, key=len, reverse=True))) or r"(?!)")
        self._trade = writing.parted_words
        self._pairs = frozenset(word[i : i + 2] for word in self._trade for i in range(len(word) - 1))
        common = {run: made for run, made in writing.parts.items() if not RADICALS.intersection(run)}
        self._common_parts: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for run, made in sorted(common.items(), key=lambda pair: -len(pair[0])):
            self._common_parts[run[0]].append((run, made))
        self._stand_ins = {written: entry for entry in writing.stand_ins for written in entry.written}
        longest_first = sorted(self._stand_ins, key=len, reverse=True)
        self._written = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def undo(self, draft: Draft, raw: str) -> None:
        """Every transformation in turn, in place."""
        self.join_full_stops(draft, raw)
        text = draft.text
        if any(character in self._common_parts for character in text):
            self.join_common_parts(draft)
        self.read_stand_ins(draft)
        if any("a" <= c <= "z" for c in draft.characters):
            self.read_leet(draft)
            self.drop_letters(draft)
            self.expand_initials(draft)
        self.read_money(draft)

    def join_full_stops(self, draft: Draft, raw: str) -> None:
        """`返.现`, `免.d`: a full stop goes where a word of the trade comes out and no other is cut."""
        for at in range(len(draft.characters) - 2, 0, -1):
            if draft.characters[at] not in "，。":
                continue
            start, end = draft.origins[at - 1][1], draft.origins[at + 1][0]
            between = raw[start:end]
            if not between or not _FULL_STOPS.issuperset(between):
                continue
            left, right = draft.characters[at - 1], draft.characters[at + 1]
            if left + right in self._words:
                draft.drop(at)
                continue
            if left + right not in self._pairs:
                continue
            ahead = "".join(draft.characters[max(0, at - 2) : at])
            behind = "".join(draft.characters[at + 1 : at + 3])
            if not self._is_everyday(ahead) and not self._is_everyday(behind):
                draft.drop(at)

    def join_common_parts(self, draft: Draft) -> None:
        """`返王见`: parts that are characters of their own are joined where a word of the trade comes out."""
        at = 0
        while at < len(draft.characters):
            for run, made in self._common_parts.get(draft.characters[at], ()):
                end = at + len(run)
                if draft.characters[at:end] != list(run):
                    continue
                ahead = "".join(draft.characters[max(0, at - 3) : at])
                behind = "".join(draft.characters[end : end + 3])
                cut = self._is_everyday(ahead[-1:] + run[0]) or self._is_everyday(run[-1] + behind[:1])
                if not cut and self._makes_word(ahead, made, behind):
                    draft.replace(at, end, made, SPLIT)
                    break
            at += 1

    def _makes_word(self, ahead: str, made: str, behind: str) -> bool:
        """Whether `made` between its neighbours is within a trade word of two to four characters."""
        joined = ahead + made + behind
        place = len(ahead)
        return any(
            joined[start:end] in self._trade
            for start in range(max(0, place - 3), place + 1)
            for end in range(max(start + 2, place + 1), min(len(joined), start + 4) + 1)
        )

    def read_stand_ins(self, draft: Draft) -> None:
        """`加薇` is 加微信, 狗东 is 京东; words with a life of their own only beside what gives them away."""
        text = draft.text
        for match in reversed(list(self._written.finditer(text))):
            start, end = match.span()
            entry = self._stand_ins[match.group()]
            if _inside_letters(text, start, end, origins=draft.origins) or not _fits(entry, text[:start], text[end:]):
                continue
            draft.replace(start, end, entry.means, entry.how)

    def read_leet(self, draft: Draft) -> None:
        """`xi4n`: digits within letters that spell syllables once read as letters; `fan3xian4` has tones in digits."""
        for match in reversed(list(_TONES.finditer(draft.text))):
            for at in range(match.end() - 1, match.start() - 1, -1):
                if draft.characters[at].isdigit():
                    draft.drop(at)
                else:
                    draft.kinds[at] = _and(draft.kinds[at], ACCENTED)
        for match in reversed(list(_LEET.finditer(draft.text))):
            for letters in _LEET_LETTERS:
                read = match.group().translate(str.maketrans(letters))
                if _SYLLABLES.fullmatch(read):
                    draft.replace(*match.span(), read, LOOK_ALIKE)
                    break

    def drop_letters(self, draft: Draft) -> None:
        """`过k款`: a letter between two characters that make a word of the trade without it."""
        for at in range(len(draft.characters) - 2, 0, -1):
            left, letter, right = draft.characters[at - 1 : at + 2]
            if "a" <= letter <= "z" and is_hanzi(left) and is_hanzi(right) and left + right in self._pairs:
                initial = left + letter in self._words or letter + right in self._words
                if left + right in self._trade or not initial:
                    draft.drop(at)

    def expand_initials(self, draft: Draft) -> None:
        """`免d`: a letter that stands for a character, where no other letter or digit touches it."""
        for match in reversed(list(self._shorts.finditer(draft.text))):
            start, end = match.span()
            if not _inside_letters(draft.text, start, end, digits=True):
                draft.replace(start, end, self._words[match.group()], INITIAL)

    def read_money(self, draft: Draft) -> None:
        """`20r`, `99圆`, `50💰` are sums in 元; 伍, 陆 and 拾 are numbers beside numbers; `3s` is seconds before 下."""
        for match in reversed(list(_MONEY.finditer(draft.text))):
            if match.group() != "钱" or EMOJI in draft.kinds[match.start()]:
                draft.replace(*match.span(), "元", MONEY)
        for match in reversed(list(_SECONDS.finditer(draft.text))):
            draft.replace(*match.span(1), "秒", SECONDS)
        for match in _CAPITAL.finditer(draft.text):
            if match.group() * 2 in draft.text:
                continue  # 陆陆续续
            draft.replace(*match.span(), _CAPITAL_VALUE[match.group()], CAPITAL)


def second_marks(raw: str) -> dict[int, int]:
    """Raw offset → length of each `″` that means seconds: behind a number and before what happens then."""
    return {match.start(1): match.end(1) - match.start(1) for match in _SECOND_MARKS.finditer(raw)}


def _inside_letters(
    text: str, start: int, end: int, *, digits: bool = False, origins: list[tuple[int, int]] | None = None
) -> bool:
    """Whether a Latin word goes on beyond `start:end`; with `origins`, a blank in the raw text ends it."""

    def joins(inner: int, outer: int) -> bool:
        if not (text[inner].isascii() and text[outer].isascii()):
            return False
        first, second = sorted((inner, outer))
        if origins and origins[first][1] != origins[second][0]:
            return False
        return text[outer].isalpha() or (digits and text[outer].isalnum())

    return (start > 0 and joins(start, start - 1)) or (end < len(text) and joins(end - 1, end))


def _fits(entry: StandIn, ahead: str, behind: str) -> bool:
    if entry.unless and behind.startswith(entry.unless):
        return False
    if not entry.after and not entry.before:
        return True
    return ahead.endswith(entry.after or ("\0",)) or behind.startswith(entry.before or ("\0",))


def vertical_runs(raw: str) -> Iterator[tuple[int, int]]:
    """Raw ranges in which at least three lines in a row hold one character each: text written from top to bottom."""
    for match in _VERTICAL.finditer(raw):
        yield match.span()
