"""What a learned judge sees of a cue: its runs of characters, of sounds, and what the lexicon found in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.match.literal import NUMBER, collapse_numbers
from monitor.records import Hit, Suppression, Trait
from monitor.text import NormalText, SyllableText
from monitor.text.syllables import sound_class

_LONGEST_RUN = 4
"""Characters of the longest run; a longer one is seldom said twice."""
_LONGEST_SOUND = 3
_NUMBER = "#"
_SILENT_MARKS = frozenset("，。")
"""A recogniser sets these as it likes; a question mark says something."""


def find_traits(
    normal: NormalText, said: SyllableText, hits: Sequence[Hit], suppressed: Sequence[Suppression]
) -> Iterator[Trait]:
    """The traits of one cue in no particular order, one for each place."""
    yield from _runs(normal)
    yield from _sounds(normal, said)
    for hit in hits:
        yield Trait(f"slot:{hit.slot}", *hit.chars)
    yield from _together(hits)
    for hit, reason in ((s.hit, s.reason) for s in suppressed):
        kind = reason.split(" ", 1)[0]  # `inside 第二件半价`, `cuts the word 印刷`: the kind, not the word
        yield Trait(f"aside:{kind}", *hit.chars)
        yield Trait(f"aside:{kind}:{hit.slot}", *hit.chars)


def _runs(normal: NormalText) -> Iterator[Trait]:
    """Runs of one to four characters; each number counts as one character, `#`."""
    text, offsets = collapse_numbers(normal.text)
    kept = [i for i, c in enumerate(text) if c not in _SILENT_MARKS]
    joined = "".join(_NUMBER if text[i] == NUMBER else text[i] for i in kept)
    starts = [normal.origins[offsets[i]][0] for i in kept]
    ends = [normal.origins[offsets[i + 1] - 1][1] for i in kept]
    for start, first in enumerate(starts):
        for end in range(start + 1, min(start + _LONGEST_RUN, len(kept)) + 1):
            yield Trait(joined[start:end], first, ends[end - 1])


def _sounds(normal: NormalText, said: SyllableText) -> Iterator[Trait]:
    """Runs of two or three syllables under the usual confusions: what was misheard keeps its sound."""
    row = [(sound_class(r[0]), where) for r, where in zip(said.readings, said.ranges, strict=True) if r]
    names = [name for name, _ in row]
    starts = [normal.origins[where[0]][0] for _, where in row]
    ends = [normal.origins[where[1] - 1][1] for _, where in row]
    for start, first in enumerate(starts):
        for end in range(start + 2, min(start + _LONGEST_SOUND, len(row)) + 1):
            yield Trait("~" + " ".join(names[start:end]), first, ends[end - 1])


def _together(hits: Sequence[Hit]) -> Iterator[Trait]:
    """Slots filled by different words of one sentence: what is paid and what is refunded say more than either."""
    for at, left in enumerate(hits):
        for right in hits[at + 1 :]:
            if left.slot != right.slot and (left.chars[1] <= right.chars[0] or right.chars[1] <= left.chars[0]):
                first, second = sorted((left.slot, right.slot))
                yield Trait(
                    f"slot:{first}+{second}", min(left.chars[0], right.chars[0]), max(left.chars[1], right.chars[1])
                )
