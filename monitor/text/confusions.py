"""What recognisers confuse, learnt by letting one hear known words: costs of hearing one syllable for another.

The table (`lexicons/confusions.tsv`) counts initials, finals and whole syllables that were said and heard. The cost
of hearing `h` where `m` was meant is

    p    = max(p(initial) · p(final), p(syllable)),   each p = (heard so + K · PRIOR) / (said + K)
    cost = LEAST + (LARGEST − LEAST) · ln(LIKELIEST / p) / ln(LIKELIEST / RAREST), kept within [LEAST, LARGEST]

The part that stays the same has p = 1.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from monitor.errors import DataError

LEAST, LARGEST = 0.03, 0.25
"""Cost of the commonest confusion, and of one that was never seen."""
LIKELIEST, RAREST = 0.08, 0.001
"""Chances that the ends of the scale stand for: one in twelve said is heard so; one in a thousand."""
K = 30.0
"""Pseudo-count: a part said fewer times than this says little. Chosen so that what was heard once is not likely yet."""
PRIOR = 0.001
"""Chance of a confusion that was never seen."""
NOTHING = "-"
"""In the table: no syllable at all, so that one was lost or added."""
_COLUMNS = ["part", "said", "heard", "count", "of_said"]
_PARTS = ("initial", "final", "syllable")
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcs")
_SHORT = {"iu": "iou", "ui": "uei", "un": "uen"}
_AFTER_LIPS = {"o": "uo"}


@cache
def sounds(syllable: str) -> tuple[str, str]:
    """Initial (empty: none) and final as they sound, not as they are spelt: `wei` is `uei`, `ju` is `j` and `v`."""
    if syllable.startswith("y"):
        rest = syllable[1:]
        if rest.startswith(("u", "v")):
            return "", "v" + rest[1:]
        return "", rest if rest.startswith("i") else "i" + rest
    if syllable.startswith("w"):
        return "", syllable[1:] if syllable == "wu" else "u" + syllable[1:]
    for initial in _INITIALS:
        if syllable.startswith(initial):
            final = syllable[len(initial) :]
            if initial in "jqx" and final.startswith("u"):
                return initial, "v" + final[1:]
            if initial in "bpmf":
                return initial, _AFTER_LIPS.get(final, final)
            return initial, _SHORT.get(final, final)
    return "", syllable


@dataclass(frozen=True, slots=True)
class Confusions:
    """How likely each sound is heard for another. Empty, everything that differs costs `LARGEST`."""

    chances: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    """By part, said and heard; smoothed."""
    digest: str = ""
    """`sha256:…` over the rows; empty without a table."""

    def __bool__(self) -> bool:
        return bool(self.chances)

    def chance(self, meant: str, heard: str) -> float:
        """Of hearing `heard` where `meant` was said, 0 to 1; 1 for the same syllable."""
        if meant == heard:
            return 1.0
        (initial_a, final_a), (initial_b, final_b) = sounds(meant), sounds(heard)
        parts = 1.0
        if initial_a != initial_b:
            parts *= self.chances.get(("initial", initial_a or "0", initial_b or "0"), PRIOR)
        if final_a != final_b:
            parts *= self.chances.get(("final", final_a, final_b), PRIOR)
        return max(parts, self.chances.get(("syllable", meant, heard), 0.0))

    def cost(self, meant: str, heard: str) -> float:
        """0 for the same syllable, else `LEAST` (confused all the time) to `LARGEST` (never seen)."""
        return 0.0 if meant == heard else _cost(self.chance(meant, heard))

    def lost(self, meant: str) -> float:
        """Cost of a syllable that was said and not heard."""
        return _cost(self.chances.get(("syllable", meant, NOTHING), PRIOR))

    def added(self, heard: str) -> float:
        """Cost of a syllable that was heard and not said."""
        return _cost(self.chances.get(("syllable", NOTHING, heard), PRIOR))


def _cost(chance: float) -> float:
    scaled = math.log(LIKELIEST / chance) / math.log(LIKELIEST / RAREST)
    return LEAST + (LARGEST - LEAST) * min(1.0, max(0.0, scaled))


def read_confusions(text: str, where: str = "confusions.tsv") -> Confusions:
    """The table as text: lines that begin with # say how it was made, then a header, then rows.

    Raises DataError with every faulty row as `where:line: message`.
    """
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if line and not line.startswith("#")]
    if not lines:
        return Confusions()
    if lines[0][1].split("\t") != _COLUMNS:
        raise DataError([f"{where}:{lines[0][0]}: the columns should be {', '.join(_COLUMNS)}, parted by tabs"])
    chances: dict[tuple[str, str, str], float] = {}
    problems: list[str] = []
    for number, line in lines[1:]:
        row = line.split("\t")
        if len(row) != len(_COLUMNS) or row[0] not in _PARTS or not (row[3].isdecimal() and row[4].isdecimal()):
            problems.append(f"{where}:{number}: not a part ({', '.join(_PARTS)}), two sounds and two counts: {line!r}")
            continue
        part, said, heard, count, of_said = *row[:3], int(row[3]), int(row[4])
        chances[part, said, heard] = (count + K * PRIOR) / (of_said + K)
    if problems:
        raise DataError(problems)
    content = "\n".join(sorted(line for _, line in lines[1:]))
    return Confusions(chances, "sha256:" + hashlib.sha256(content.encode()).hexdigest())


def load_confusions(path: Path) -> Confusions:
    """The table in a file. Raises DataError as `read_confusions` does, and when the file cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise DataError([f"{path.name}: cannot be read ({fault}); restore the file or delete it"]) from fault
    return read_confusions(text, path.name)
