"""Two lists of flag lines of one stream compared: what appeared, vanished or changed, and because of what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.judge import ledger
from monitor.judge.opinion import PATTERN as LEARNED
from monitor.lexicon import Lexicon
from monitor.lexicon.lexicon import PRICE_SLOTS
from monitor.lexicon.model import PatternEntry
from monitor.replay.noting import NotingMatcher

Line = Mapping[str, Any]
FIELDS = ("scheme", "start_s", "end_s", "score", "severity")
"""What a change of a flag may consist in; other words or facts under the same five are none."""
_MOST_REASONS = 8
_OF_THE_LEDGER = (ledger.PATTERN, ledger.CHANGED)
"""Patterns that no lexicon holds: comparisons of prices."""


@dataclass(frozen=True, slots=True)
class Change:
    """One flag that today's lexicons give otherwise."""

    change: str
    """`appeared`, `vanished`, `changed`."""
    flag: Line
    """As it is today; a vanished one as it was stored."""
    was: Line | None
    """As it was stored; None for one that is wholly new."""
    because: tuple[dict[str, str], ...]
    """`kind` (term, pattern, suppression, model, score, severity, fact), `name`, and `said`: a Chinese sentence."""

    @property
    def line(self) -> dict[str, Any]:
        """As plain JSON values; `was` holds only what differs."""
        told: dict[str, Any] = {"change": self.change, "flag": dict(self.flag), "because": list(self.because)}
        if self.was is not None and self.change == "changed":
            told["was"] = {name: self.was[name] for name in FIELDS if self.was[name] != self.flag[name]}
        return told


def compare(stored: Sequence[Line], today: Sequence[Line], lexicon: Lexicon, matcher: NotingMatcher) -> list[Change]:
    """The changes in order of time. `matcher` has just read the stream.

    A flag that is only a candidate today has vanished, a candidate that is a flag today has appeared; what is a
    candidate both times is compared too, and says so in its line.
    """
    patterns = {pattern.id: pattern for _, pattern in lexicon.patterns()}
    changes: list[Change] = []
    for was, now in _pairs(stored, today):
        before, after = _weight(was), _weight(now)
        if after > before:
            assert now is not None
            changes.append(Change("appeared", now, was, _capped(_new(was, now, patterns))))
        elif after < before:
            assert was is not None
            changes.append(Change("vanished", was, was, _capped(_gone(was, now, patterns, lexicon, matcher))))
        elif was and now and any(was[name] != now[name] for name in FIELDS):
            changes.append(Change("changed", now, was, _capped(_other(was, now, patterns, lexicon, matcher))))
    return sorted(changes, key=lambda change: (change.flag["start_s"], change.flag["scheme"]))


def _weight(line: Line | None) -> int:
    """0 for nothing, 1 for a candidate, 2 for a flag."""
    return 0 if line is None else 1 if line["candidate"] else 2


def _pairs(stored: Sequence[Line], today: Sequence[Line]) -> Iterator[tuple[Line | None, Line | None]]:
    """The same flag then and now: by its id, else the one of its scheme that shares most time with it."""
    left = list(today)
    alone: list[Line] = []
    for was in stored:
        now = next((line for line in left if line["flag_id"] == was["flag_id"]), None)
        if now is None:
            alone.append(was)
        else:
            left.remove(now)
            yield was, now
    for was in alone:
        shared = [(_shared_s(was, line), -n) for n, line in enumerate(left) if line["scheme"] == was["scheme"]]
        best = max(shared, default=(-1.0, 0))
        yield was, (left.pop(-best[1]) if best[0] >= 0 else None)
    yield from ((None, line) for line in left)


def _shared_s(left: Line, right: Line) -> float:
    """Seconds that both cover; negative when they lie apart."""
    return float(min(left["end_s"], right["end_s"]) - max(left["start_s"], right["start_s"]))


def _new(was: Line | None, now: Line, patterns: Mapping[str, PatternEntry]) -> Iterator[dict[str, str]]:
    known = set(was["patterns"]) if was else set()
    for name in now["patterns"]:
        if name not in known:
            yield _fired(name, patterns)
    yield from (_counts(hit) for hit in _missing(now, was))
    if was and was["score"] != now["score"]:
        yield _score(was, now)


def _gone(
    was: Line, now: Line | None, patterns: Mapping[str, PatternEntry], lexicon: Lexicon, matcher: NotingMatcher
) -> Iterator[dict[str, str]]:
    reasons = [reason for hit in _missing(was, now) if (reason := _lost(hit, lexicon, matcher))]
    for name in was["patterns"]:
        if name not in (now["patterns"] if now else ()):
            reasons += _silent(name, was, patterns, matcher)
    if now:
        reasons.append(_score(was, now))
        reasons += [_fact(fact) for fact in now["facts"] if fact not in was["facts"]]
    yield from reasons or [_entry("score", "", "所含词语仍在，今天的把握不够，不再提示")]


def _other(
    was: Line, now: Line, patterns: Mapping[str, PatternEntry], lexicon: Lexicon, matcher: NotingMatcher
) -> Iterator[dict[str, str]]:
    yield from (_fired(name, patterns) for name in now["patterns"] if name not in was["patterns"])
    yield from (_counts(hit) for hit in _missing(now, was))
    yield from (reason for hit in _missing(was, now) if (reason := _lost(hit, lexicon, matcher)))
    for name in was["patterns"]:
        if name not in now["patterns"]:
            yield from _silent(name, was, patterns, matcher)
    if was["score"] != now["score"]:
        yield _score(was, now)
    if was["severity"] != now["severity"]:
        yield _entry("severity", str(now["severity"]), f"严重程度由 {was['severity']} 变为 {now['severity']}")
        yield from (_fact(fact) for fact in now["facts"] if fact not in was["facts"])


def _missing(there: Line, here: Line | None) -> list[Line]:
    """Hits of one line that the other does not have, each term and spelling once."""
    known = {_key(hit) for hit in here["hits"]} if here else set()
    return list({_key(hit)[:3]: hit for hit in there["hits"] if _key(hit) not in known}.values())


def _key(hit: Line) -> tuple[Any, ...]:
    return hit["term"], hit["slot"], hit["raw"], hit["channel"], hit["start_s"]


def _counts(hit: Line) -> dict[str, str]:
    if hit["method"] == LEARNED:
        return _entry("model", LEARNED, f"模型看重「{hit['raw']}」")
    how = f"（{hit['how']}）" if hit["how"] else ""
    return _entry("term", hit["term"], f"命中「{hit['raw']}」，词条「{hit['term']}」，槽 {hit['slot']}{how}")


def _lost(hit: Line, lexicon: Lexicon, matcher: NotingMatcher) -> dict[str, str] | None:
    """Why a hit no longer counts; None where it still does, for something else."""
    if hit["method"] == LEARNED:
        return _entry("model", LEARNED, f"模型不再看重「{hit['raw']}」")
    if matcher.found(hit):
        return None
    priced = hit["slot"] in PRICE_SLOTS
    if not priced and not any(term.text == hit["term"] and term.slot == hit["slot"] for term in lexicon.terms):
        return _entry("term", hit["term"], f"词条「{hit['term']}」已不在槽 {hit['slot']} 中")
    aside = matcher.set_aside(hit)
    if aside:
        return _entry("suppression", aside.reason, f"「{hit['raw']}」今天不计：{aside.reason}")
    if priced:
        return _entry("term", hit["term"], f"「{hit['raw']}」今天不读作价格")
    return _entry("term", hit["term"], f"词条「{hit['term']}」今天不再命中「{hit['raw']}」")


def _fired(name: str, patterns: Mapping[str, PatternEntry]) -> dict[str, str]:
    if name == LEARNED:
        return _entry("model", LEARNED, "模型按措辞判断")
    about = patterns[name].about if name in patterns else ""
    return _entry("pattern", name, f"模式 {name} 成立" + (f"：{about}" if about else ""))


def _silent(
    name: str, was: Line, patterns: Mapping[str, PatternEntry], matcher: NotingMatcher
) -> Iterator[dict[str, str]]:
    """Why a pattern does not hold any more, as far as it is the pattern's own doing."""
    if name == LEARNED:
        yield _entry("model", LEARNED, "模型的把握今天不够")
        return
    pattern = patterns.get(name)
    if pattern is None:
        gone = "今天不成立" if name in _OF_THE_LEDGER else "已不在词库"
        yield _entry("pattern", name, f"模式 {name} {gone}")
        return
    for slot in pattern.unless:
        near = (matcher.near(slot, hit, round(pattern.unless_s * 1000)) for hit in was["hits"])
        found = next((hit for hit in near if hit), None)
        if found:
            yield _entry("pattern", name, f"模式 {name} 被「{found.raw}」（槽 {slot}）排除")
            return
    needed = {slot for need in pattern.need for slot in need.split("|")}
    if all(matcher.found(hit) for hit in was["hits"] if hit["slot"] in needed):
        yield _entry("pattern", name, f"词语都在，模式 {name} 今天的条件不满足（次序、间隔或所需的槽）")


def _score(was: Line, now: Line) -> dict[str, str]:
    fell = "，今天只是候选" if now["candidate"] and not was["candidate"] else ""
    return _entry("score", f"{now['score']:.3f}", f"把握由 {was['score']:.2f} 变为 {now['score']:.2f}{fell}")


def _fact(fact: str) -> dict[str, str]:
    return _entry("fact", "", fact)


def _entry(kind: str, name: str, said: str) -> dict[str, str]:
    return {"kind": kind, "name": name, "said": said}


def _capped(reasons: Iterator[dict[str, str]]) -> tuple[dict[str, str], ...]:
    return tuple({reason["said"]: reason for reason in reasons}.values())[:_MOST_REASONS]
