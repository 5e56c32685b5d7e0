"""All that operators and word editors keep, loaded at once: what is wrong in either is told together."""

from __future__ import annotations

from pathlib import Path

from monitor.errors import DataError
from monitor.lexicon.lexicon import Lexicon, load_lexicon
from monitor.lexicon.policy import Policies, load_policies


def load_rules(folder: Path) -> tuple[Lexicon, Policies]:
    """The lexicon of a folder and the platforms' rules in its `policies/`.

    Raises DataError with every problem of both, each `path:line: message`.
    """
    problems: list[str] = []
    lexicon, policies = None, None
    try:
        lexicon = load_lexicon(folder)
    except DataError as error:
        problems += error.problems
    try:
        policies = load_policies(folder / "policies")
    except DataError as error:
        problems += error.problems if folder.is_dir() else ()
    if lexicon is None or policies is None:
        raise DataError(problems)
    return lexicon, policies
