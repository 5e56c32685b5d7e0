"""The lexicon: everything in `lexicons/` but the policies, loaded, checked as a whole, and frozen."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from monitor.errors import DataError
from monitor.lexicon.alternatives import expand
from monitor.lexicon.learned import Learned, load_learned
from monitor.lexicon.model import (
    MAX_WORD_CHARS,
    SCHEMES,
    BenignFile,
    DenialsFile,
    PatternEntry,
    PlayFile,
    PriceLabels,
    SchemeFile,
    SlotEntry,
    SlotsFile,
    TermEntry,
    WritingFile,
)
from monitor.lexicon.play import wrong_marks
from monitor.lexicon.yaml_source import Located, Where, load_yaml, validate
from monitor.records import Method
from monitor.text.confusions import Confusions, load_confusions

F = TypeVar("F", bound=BaseModel)
T = TypeVar("T")

_NUMERAL_BESIDE_NUMBER = re.compile(
    r"[0-9零一二两三四五六七八九十百千万几]\{n\}|\{n\}[0-9零一二两三四五六七八九十百千万几]"
)

PRICE_SLOTS = frozenset(("base_price", "live_price"))
"""Slots that the price ledger fills, not terms."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term in one slot, with the methods that may find it."""

    text: str
    slot: str
    by: frozenset[Method]
    unless: tuple[str, ...] = ()
    """Words which, within or right after what was found, undo it: `发货` for 拍…发…."""
    source: str = ""
    """Where it comes from: its own, else its slot's."""
    common: str = ""
    """Why it may occur in everyday talk, likewise; empty where it should not."""
    where: str = ""
    """`path:line` of its entry, for whoever mends it."""


@dataclass(frozen=True)
class Lexicon:
    """All that the matcher and the judge know."""

    terms: tuple[Term, ...]
    schemes: dict[str, SchemeFile]
    benign: tuple[str, ...]
    denials: DenialsFile
    writing: WritingFile
    prices: PriceLabels
    digest: str
    """`sha256:…` over the content, not the layout, of all files."""
    confusions: Confusions = field(default_factory=Confusions)
    """What the recogniser is known to confuse; empty where nobody measured it."""
    learned: Learned | None = None
    """The learned judge's weights; None where none were trained."""
    play: PlayFile | None = None
    """How links opened, held back and rushed through are told; None where nobody wrote it down."""
    slots: dict[str, SlotEntry] = field(default_factory=dict)
    """Every slot by name: what it is about, before its terms were written out."""
    places: dict[tuple[str, ...], str] = field(default_factory=dict)
    """`path:line` of `("slot", name)`, `("pattern", scheme, id)` and `("examples", scheme, kind)`."""

    def patterns(self) -> Iterator[tuple[str, PatternEntry]]:
        """Every pattern with its scheme."""
        for scheme, entry in self.schemes.items():
            for pattern in entry.patterns:
                yield scheme, pattern

    @cached_property
    def patterns_by_slot(self) -> dict[str, tuple[int, ...]]:
        """Which of `patterns()`, by their place in it, a hit of each slot may complete."""
        users: dict[str, list[int]] = {}
        for place, (_, pattern) in enumerate(self.patterns()):
            for slot in dict.fromkeys(name for need in pattern.need for name in need.split("|")):
                users.setdefault(slot, []).append(place)
        return {slot: tuple(places) for slot, places in users.items()}

    @cached_property
    def common_slots(self) -> frozenset[str]:
        """Slots that patterns of three or more schemes need (付款, 退款): they say little by themselves."""
        return frozenset(slot for slot, schemes in self._schemes_by_slot.items() if len(schemes) >= 3)

    @cached_property
    def telling_slots(self) -> dict[str, frozenset[str]]:
        """For each scheme the slots that its patterns need and that few others share."""
        return {
            scheme: frozenset(
                slot
                for slot, schemes in self._schemes_by_slot.items()
                if scheme in schemes and slot not in self.common_slots
            )
            for scheme in self.schemes
        }

    @cached_property
    def needed_slots(self) -> dict[str, frozenset[str]]:
        """For each scheme every slot that its patterns need."""
        users = self._schemes_by_slot.items()
        return {scheme: frozenset(slot for slot, schemes in users if scheme in schemes) for scheme in self.schemes}

    @cached_property
    def _schemes_by_slot(self) -> dict[str, set[str]]:
        users: dict[str, set[str]] = {}
        for scheme, pattern in self.patterns():
            for need in pattern.need:
                for slot in need.split("|"):
                    users.setdefault(slot, set()).add(scheme)
        return users

    def trade_words(self, limit: int = 40) -> tuple[str, ...]:
        """Words that a recogniser should expect, the schemes' most telling first; at most `limit`."""
        return tuple(dict.fromkeys(term.text for term in self.terms if term.slot == "trade_words"))[:limit]


class _Reader:
    """Loads files one by one and keeps every problem, so that a word editor sees them all at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []

    def read(self, name: str, model: type[F]) -> tuple[Located, F | None]:
        located = load_yaml(self.folder / name)
        parsed = validate(located, model)
        self.problems += located.problems
        return located, parsed

    def table(self, name: str, load: Callable[[Path], T]) -> T | None:
        """A table that a folder may lack."""
        path = self.folder / name
        try:
            return load(path) if path.is_file() else None
        except DataError as error:
            self.problems += error.problems
            return None


def load_lexicon(folder: Path) -> Lexicon:
    """The lexicon of a folder. Raises DataError with every problem as `path:line: message`."""
    if not folder.is_dir():
        raise DataError([f"{folder}: no such folder; give that of slots.yaml and schemes/ with --lexicons"])
    reader = _Reader(folder)
    slots_at, shared = reader.read("slots.yaml", SlotsFile)
    benign_at, benign = reader.read("benign.yaml", BenignFile)
    _, denials = reader.read("denials.yaml", DenialsFile)
    _, writing = reader.read("writing.yaml", WritingFile)
    _, prices = reader.read("prices.yaml", PriceLabels)
    play_at, play = reader.read("play.yaml", PlayFile) if (folder / "play.yaml").is_file() else (None, None)
    slots: dict[str, tuple[Located, SlotEntry]] = {}
    if shared:
        slots.update((name, (slots_at, entry)) for name, entry in shared.slots.items())
    schemes: dict[str, tuple[Located, SchemeFile]] = {}
    for path in sorted((folder / "schemes").glob("*.yaml")):
        located, scheme = reader.read(f"schemes/{path.name}", SchemeFile)
        if scheme is None:
            continue
        if path.stem != scheme.scheme:
            reader.problems.append(
                located.problem(("scheme",), f"file is called `{path.stem}`, scheme `{scheme.scheme}`")
            )
        schemes[scheme.scheme] = (located, scheme)
        for name, entry in scheme.slots.items():
            if name in slots:
                reader.problems.append(located.problem(("slots", name), f"slot `{name}` stands in another file too"))
            slots[name] = (located, entry)
    terms: list[Term] = []
    phrases: list[str] = []
    if not reader.problems:  # otherwise what a file with a fault defines would be missed everywhere else
        reader.problems += [f"schemes/: no file for scheme `{s}`" for s in SCHEMES if s not in schemes]
        reader.problems += _wrong_references(schemes, slots)
        if play_at and play:
            reader.problems += wrong_marks(play_at, play, {name: entry for name, (_, entry) in slots.items()})
    for name, (located, entry) in slots.items():
        terms += _terms(name, located, entry, reader.problems)
    for index, phrase in enumerate(benign.phrases if benign else ()):
        phrases += _texts(phrase, benign_at, ("phrases", index), reader.problems)
    learned = reader.table("learned/weights.tsv", load_learned)
    confusions = reader.table("confusions.tsv", load_confusions) or Confusions()
    if reader.problems or not (shared and benign and denials and writing and prices):
        raise DataError(reader.problems)
    return Lexicon(
        terms=tuple(terms),
        schemes={name: schemes[name][1] for name in SCHEMES},
        benign=tuple(phrases),
        denials=denials,
        writing=writing,
        prices=prices,
        digest=_digest(
            confusions.digest + (learned.digest if learned else ""),
            *(shared, benign, denials, writing, prices, *([play] if play else [])),
            *(schemes[name][1] for name in SCHEMES),
        ),
        confusions=confusions,
        learned=learned,
        play=play,
        slots={name: entry for name, (_, entry) in slots.items()},
        places=dict(_places(schemes, slots)),
    )


def _places(
    schemes: dict[str, tuple[Located, SchemeFile]], slots: dict[str, tuple[Located, SlotEntry]]
) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, (located, _) in slots.items():
        yield ("slot", name), located.place(("slots", name))
    for name, (located, scheme) in schemes.items():
        for index, pattern in enumerate(scheme.patterns):
            yield ("pattern", name, pattern.id), located.place(("patterns", index))
        for kind in ("fires", "silent"):
            yield ("examples", name, kind), located.place(("examples", kind))


def _wrong_references(
    schemes: dict[str, tuple[Located, SchemeFile]], slots: dict[str, tuple[Located, SlotEntry]]
) -> Iterator[str]:
    for located, scheme in schemes.values():
        seen: set[str] = set()
        for index, pattern in enumerate(scheme.patterns):
            where = ("patterns", index)
            if pattern.id in seen:
                yield located.problem((*where, "id"), f"pattern `{pattern.id}` stands twice")
            seen.add(pattern.id)
            for key, names in (
                ("need", [n for need in pattern.need for n in need.split("|")]),
                ("unless", pattern.unless),
            ):
                for name in names:
                    if name not in slots and name not in PRICE_SLOTS:
                        yield located.problem((*where, key), f"no slot is called `{name}`")
            for other in pattern.yields_to:
                if other not in SCHEMES:
                    yield located.problem((*where, "yields_to"), f"no scheme is called `{other}`")


def _terms(name: str, located: Located, entry: SlotEntry, problems: list[str]) -> Iterator[Term]:
    """Every term of a slot, one for each text that its entries stand for; what is wrong goes to `problems`."""
    seen: set[str] = set()
    for index, term in enumerate(entry.terms):
        where = ("slots", name, "terms", index)
        by = frozenset(term.by or entry.by)
        for text in _texts(term, located, where, problems):
            if text in seen:
                problems.append(located.problem(where, f"term `{text}` stands twice in slot `{name}`"))
            seen.add(text)
            if _NUMERAL_BESIDE_NUMBER.search(text):
                problems.append(
                    located.problem(where, f"term `{text}`: a numeral beside {{n}} is part of it; write {{n}} for both")
                )
            yield Term(
                text,
                name,
                by,
                term.unless,
                term.source or entry.source,
                term.common or entry.common,
                located.place(where),
            )


def _texts(term: TermEntry, located: Located, where: Where, problems: list[str]) -> tuple[str, ...]:
    try:
        texts = expand(term.text)
    except ValueError as fault:
        problems.append(located.problem(where, f"term `{term.text}`: {fault}"))
        return ()
    long = [text for text in texts if len(text) > MAX_WORD_CHARS]
    problems += [located.problem(where, f"term `{text}` is longer than {MAX_WORD_CHARS} characters") for text in long]
    return texts


def _digest(tables: str, *files: BaseModel) -> str:
    content = tables + json.dumps([f.model_dump(mode="json") for f in files], ensure_ascii=False, sort_keys=True)
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()
