"""What `play.yaml` may name: slots and terms that other files have, and words that can be written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitor.lexicon.alternatives import expand
from monitor.lexicon.model import MarkEntry, PlayFile, SlotEntry
from monitor.lexicon.yaml_source import Located


def mark_entries(play: PlayFile) -> Iterator[tuple[str, MarkEntry]]:
    """Every kind of moment by name, in the order of the model."""
    for kind in PlayFile.model_fields:
        entry = getattr(play, kind)
        if isinstance(entry, MarkEntry):
            yield kind, entry


def wrong_marks(located: Located, play: PlayFile, slots: Mapping[str, SlotEntry]) -> Iterator[str]:
    """Slots that nobody has, terms that their slot lacks, words that cannot be written out: as `path:line: message`."""
    for kind, entry in mark_entries(play):
        for slot, terms in entry.slots.items():
            if slot not in slots:
                yield located.problem((kind, "slots", slot), f"no slot is called `{slot}`")
                continue
            known = {text for term in slots[slot].terms for text in _written_out(term.text)}
            for term in terms:
                if term not in known:
                    yield located.problem((kind, "slots", slot), f"slot `{slot}` has no term `{term}`")
        for index, word in enumerate(entry.words):
            try:
                expand(word)
            except ValueError as fault:
                yield located.problem((kind, "words", index), f"`{word}`: {fault}")


def _written_out(text: str) -> tuple[str, ...]:
    try:
        return expand(text)
    except ValueError:
        return ()
