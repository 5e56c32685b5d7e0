"""The lexicon as people look it up: terms as they are written down, in their slots, and the schemes that need them."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.lexicon import Lexicon
from monitor.lexicon.alternatives import expand
from monitor.lexicon.model import SlotEntry, TermEntry


@dataclass(frozen=True, slots=True)
class TermShown:
    """One entry of a slot, as its file has it."""

    text: str
    """`(我|咱)上`: alternation is not written out."""
    spellings: tuple[str, ...]
    """What it stands for."""
    by: tuple[str, ...]
    """Methods that may find it, its slot's where it names none."""
    unless: tuple[str, ...]
    source: str
    common: str
    """Why it may occur in everyday talk."""
    where: str
    """`path:line`."""


@dataclass(frozen=True, slots=True)
class SlotShown:
    """Terms that do the same thing."""

    name: str
    about: str
    scheme: str
    """Whose file it stands in; empty for one that several schemes share."""
    by: tuple[str, ...]
    terms: tuple[TermShown, ...]

    @property
    def file(self) -> str:
        """Where an editor finds it, from the folder of lexicons."""
        return file_of(self.scheme)


@dataclass(frozen=True, slots=True)
class PatternShown:
    """Slots that together make a scheme."""

    pattern: str
    about: str
    need: tuple[str, ...]
    """Slots, `a|b` for either."""
    unless: tuple[str, ...]
    ordered: bool
    within_s: float
    score: float


@dataclass(frozen=True, slots=True)
class SchemeShown:
    scheme: str
    name: str
    """In the words of the notice that it comes from."""
    source: str
    patterns: tuple[PatternShown, ...]


@dataclass(frozen=True, slots=True)
class LexiconShown:
    """All of it; plain values, so that it can be sent from one process to another."""

    digest: str
    schemes: tuple[SchemeShown, ...]
    slots: tuple[SlotShown, ...]
    by_name: dict[str, SlotShown] = field(default_factory=dict)


def file_of(scheme: str) -> str:
    """The file of a scheme, or of what schemes share."""
    return f"lexicons/schemes/{scheme}.yaml" if scheme else "lexicons/slots.yaml"


def scheme_of(lexicon: Lexicon, slot: str) -> str:
    """The scheme whose file holds the slot; empty for one that several share."""
    return next((name for name, entry in lexicon.schemes.items() if slot in entry.slots), "")


def shown(lexicon: Lexicon) -> LexiconShown:
    """Everything there is to look up, in the order of the files."""
    places: dict[tuple[str, str], str] = {}
    for term in lexicon.terms:
        places.setdefault((term.slot, term.text), term.where)
    slots = tuple(
        SlotShown(
            name=name,
            about=entry.about,
            scheme=scheme_of(lexicon, name),
            by=tuple(method.value for method in entry.by),
            terms=tuple(_term(name, entry, term, places) for term in entry.terms),
        )
        for name, entry in lexicon.slots.items()
    )
    schemes = tuple(
        SchemeShown(
            scheme=name,
            name=entry.name,
            source=entry.source,
            patterns=tuple(
                PatternShown(p.id, p.about, p.need, p.unless, p.ordered, p.within_s, p.score) for p in entry.patterns
            ),
        )
        for name, entry in lexicon.schemes.items()
    )
    return LexiconShown(lexicon.digest, schemes, slots, {slot.name: slot for slot in slots})


def _term(slot: str, entry: SlotEntry, term: TermEntry, places: dict[tuple[str, str], str]) -> TermShown:
    spellings = expand(term.text)
    return TermShown(
        text=term.text,
        spellings=spellings,
        by=tuple(method.value for method in term.by or entry.by),
        unless=term.unless,
        source=term.source or entry.source,
        common=term.common or entry.common,
        where=places.get((slot, spellings[0]), ""),
    )
