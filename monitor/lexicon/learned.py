"""The learned judge's weights: a plain table, one row for each trait, one column for each scheme.

`lexicons/learned/weights.tsv` is written by `lexicons/corpus/train.py`; nothing in it was entered by hand. Header
lines `# name<TAB>value` give what the table needs besides: the biases, how a logit and a pattern's score become one
certainty, and how it was made.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import DataError
from monitor.lexicon.model import SCHEMES

WEIGHT_UNIT = 10
"""Weights stand in the table as whole tenths: a text has some two hundred traits, each weighs a fourteenth of it."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Linear weights of traits for each scheme, and how they join a pattern's score."""

    weights: dict[str, tuple[float, ...]]
    """Trait → weight for each of SCHEMES, in logits."""
    biases: tuple[float, ...]
    certainty: tuple[float, ...]
    """Bias, weight of the logit, weight of the pattern's score, weight of the strongest other scheme's logit."""
    digest: str
    """SHA-256 of the file, hex."""


def load_learned(path: Path) -> Learned:
    """The table of a file. Raises DataError with `path:line: message` for everything that is wrong."""
    heads: dict[str, str] = {}
    weights: dict[str, tuple[float, ...]] = {}
    problems: list[str] = []
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise DataError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        line_number = content.count(b"\n", 0, error.start) + 1
        raise DataError([f"{path}:{line_number}: not UTF-8; copy it again, or train again"]) from error
    for number, line in enumerate(text.splitlines(), start=1):
        name, _, rest = line.partition("\t")
        if name.startswith("# "):
            heads[name[2:]] = rest
            continue
        try:
            row = tuple(int(cell or 0) / WEIGHT_UNIT for cell in rest.split("\t"))
        except ValueError:
            problems.append(f"{path}:{number}: a weight is no whole number")
            continue
        if len(row) != len(SCHEMES):
            problems.append(f"{path}:{number}: {len(row)} weights, {len(SCHEMES)} schemes")
        weights[name] = row
    wanted = {"schemes": " ".join(SCHEMES)}
    problems += [f"{path}: `# {k}` is not `{v}`: train again" for k, v in wanted.items() if heads.get(k) != v]
    biases, certainty = _numbers(heads, "biases", len(SCHEMES)), _numbers(heads, "certainty", 4)
    problems += [
        f"{path}: `# {k}` is missing or has the wrong length"
        for k, v in (("biases", biases), ("certainty", certainty))
        if not v
    ]
    if problems:
        raise DataError(problems)
    return Learned(weights, biases, certainty, hashlib.sha256(content).hexdigest())


def _numbers(heads: dict[str, str], name: str, count: int) -> tuple[float, ...]:
    try:
        found = tuple(float(cell) for cell in heads.get(name, "").split("\t"))
    except ValueError:
        return ()
    return found if len(found) == count else ()
