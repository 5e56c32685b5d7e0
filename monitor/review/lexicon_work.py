"""What is done with a compiled lexicon: looked up, asked about one text, and tried with a change on stored streams.

It takes seconds to load and 200 MB to keep, so one process beside the dashboard does it (`lexicon_bench`).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from monitor.config import Settings
from monitor.explaining import Explanation, explain
from monitor.explaining.sentences import slot_about
from monitor.flagging import Desk
from monitor.judging import CHANNELS, Judging
from monitor.lexicon import Lexicon, load_rules
from monitor.lexicon.policy import Policies
from monitor.match import Matcher
from monitor.replay import NotingMatcher, Replayer, compare
from monitor.replay.replaying import is_exact
from monitor.review.lexicon_records import LexiconShown, shown
from monitor.review.term_change import TermChange, changed, handed_in
from monitor.store import Store, StoredStream

_MOST_KEPT = 500
"""Streams whose flags of the unchanged lexicon are kept: an editor tries several spellings on the same ones."""
_FIELDS = ("scheme", "start_s", "end_s")
_QUOTED = re.compile(r"(「[^」]*」)")
_SLOT = re.compile(r"槽 (\w+)")
_PATTERN = re.compile(r"模式 [\w-]+ ")


@dataclass(frozen=True, slots=True)
class Changed:
    """A flag that the changed term gives otherwise."""

    change: str
    """`appeared`, `vanished`, `changed`."""
    flag: dict[str, Any]
    """Its line: with the change, or for a vanished one without."""
    because: tuple[str, ...]
    """Chinese sentences."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a changed term does to one stream."""

    changes: tuple[Changed, ...]
    exact: bool
    """Whether the steps of its scan were kept; without them a replay only comes close."""
    drifted: bool
    """Today's lexicon gives other flags than the stored ones even without the change."""


class LexiconWork:
    """One process's lexicon. Not for several threads at once.

    Methods raise DataError when the lexicon's files are wrong, and WorkspaceError as the store does.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stamp: object = None
        self._base: _Base | None = None
        self._trial: tuple[TermChange, Lexicon, NotingMatcher] | None = None

    def look_up(self) -> LexiconShown:
        return shown(self._loaded().lexicon)

    def explain(self, text: str, channel: str) -> Explanation:
        """`channel` is one of `monitor.judging.CHANNELS`."""
        base = self._loaded()
        return explain(Judging(base.lexicon, base.matcher), text, CHANNELS[channel])

    def prepare(self, change: TermChange) -> str:
        """Compiles the change, to be tried next; the text to hand in. Raises ChangeError."""
        base = self._loaded()
        lexicon = changed(base.lexicon, change)
        text = handed_in(base.lexicon, change)
        if self._trial is None or self._trial[0] != change:
            self._trial = None
            self._trial = (change, lexicon, NotingMatcher(lexicon))
        return text

    def try_stream(self, change: TermChange, stored: StoredStream) -> Tried:
        """The stream judged without and with the change. Raises ChangeError."""
        base = self._loaded()
        if self._trial is None or self._trial[0] != change:
            self.prepare(change)
        assert self._trial is not None
        _, lexicon, noting = self._trial
        before, drifted = base.flags(stored)
        noting.forget()
        after = base.replayer(lexicon, noting).replay(stored)
        found = compare(before, after, lexicon, noting)
        noting.forget()
        return Tried(
            changes=tuple(
                Changed(one.change, dict(one.flag), tuple(_said(reason["said"], lexicon) for reason in one.because))
                for one in found
            ),
            exact=is_exact(base.store, stored),
            drifted=drifted,
        )

    def _loaded(self) -> _Base:
        """Anew when a file was changed since."""
        stamp = stamp_of(self._settings.lexicons)
        if self._base is None or stamp != self._stamp:
            self._base = self._trial = None  # not two at once in memory
            lexicon, policies = load_rules(self._settings.lexicons)
            self._base, self._stamp = _Base(self._settings, lexicon, policies), stamp
        return self._base


class _Base:
    """The lexicon as its files have it."""

    def __init__(self, settings: Settings, lexicon: Lexicon, policies: Policies) -> None:
        self._settings, self.lexicon, self._policies = settings, lexicon, policies
        self._known: OrderedDict[tuple[int, str], tuple[list[dict[str, Any]], bool]] = OrderedDict()

    @cached_property
    def matcher(self) -> Matcher:
        return Matcher(self.lexicon)

    @cached_property
    def store(self) -> Store:
        return Store.of(self._settings)

    def replayer(self, lexicon: Lexicon, matcher: Matcher) -> Replayer:
        desk = Desk(lexicon, matcher, self._policies)
        around = self._settings
        return Replayer(self.store, desk, lead_in_ms=around.lead_in_ms, lead_out_ms=around.lead_out_ms)

    def flags(self, stored: StoredStream) -> tuple[list[dict[str, Any]], bool]:
        """The stream's flag lines without any change, and whether the stored ones are others."""
        key = stored.stream_id, stored.media_key
        if key not in self._known:
            replayer = self.replayer(self.lexicon, self.matcher)
            lines = replayer.replay(stored)
            drifted = _alike(lines) != _alike(replayer.stored_lines(stored))
            self._known[key] = lines, drifted
            if len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]


def _alike(lines: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    return {tuple(line[name] for name in _FIELDS) for line in lines if not line["candidate"]}


def _said(sentence: str, lexicon: Lexicon) -> str:
    """A reason of `compare` for people who think of the change, not of the day, and know slots by what they are for."""
    pieces = _QUOTED.split(sentence)
    pieces[::2] = (_PATTERN.sub("模式", _in_words(piece, lexicon)).replace("今天", "改后") for piece in pieces[::2])
    return "".join(pieces)


def _in_words(piece: str, lexicon: Lexicon) -> str:
    return _SLOT.sub(lambda found: f"词栏“{slot_about(lexicon, found[1])}”", piece)


def stamp_of(folder: Path) -> object:
    """Changes when a file in the folder does."""
    found = ((path, path.stat()) for path in sorted(folder.rglob("*")) if path.suffix in (".yaml", ".tsv", ".txt"))
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in found)
