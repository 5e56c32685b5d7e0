"""Alternation in a term: `(我|咱)(就|才)上` stands for 我就上, 我才上, 咱就上 and 咱才上."""

from __future__ import annotations

import itertools
import math
import re

MAX_COMBINATIONS = 3_000
"""More from one entry is a slip of the pen, not a list that somebody has read; the bound also keeps memory small."""

_GROUP_OR_PLAIN = re.compile(r"\(([^()]*)\)|([^()|]+)")


def expand(text: str) -> tuple[str, ...]:
    """Every text that a term stands for, in reading order; a term without parentheses stands for itself.

    An alternative may be empty: `(给|)你` stands for 给你 and 你. Raises ValueError, in words for a word editor, on
    unbalanced or nested parentheses, `|` outside them, an empty text and more than MAX_COMBINATIONS texts.
    """
    groups: list[list[str]] = []
    at = 0
    while at < len(text):
        found = _GROUP_OR_PLAIN.match(text, at)
        if found is None:
            raise ValueError(_fault(text, at))
        inside, plain = found.groups()
        groups.append([plain] if inside is None else inside.split("|"))
        at = found.end()
    combinations = math.prod(len(group) for group in groups)
    if combinations > MAX_COMBINATIONS:
        raise ValueError(f"stands for {combinations} texts, at most {MAX_COMBINATIONS}: split it")
    texts = tuple("".join(parts).strip() for parts in itertools.product(*groups))
    if not all(texts):
        raise ValueError("may be empty: one part must have no empty alternative")
    return texts


def _fault(text: str, at: int) -> str:
    if text[at] == "|":
        return "`|` stands outside parentheses"
    if text[at] == "(" and "(" in text[at + 1 :].partition(")")[0]:
        return "parentheses within parentheses, or one never closed: write the alternatives side by side"
    return f"`{text[at]}` without its other parenthesis"
