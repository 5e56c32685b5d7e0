"""`lexicon check` and `lexicon test`: the word editor's two commands."""

from __future__ import annotations

from monitor.cli.show import out
from monitor.config import Settings
from monitor.errors import DataError
from monitor.lexicon import load_lexicon
from monitor.lexicon.policy import load_policies
from monitor.lexicon_examples import run_examples


def check(settings: Settings) -> None:
    """Print a summary. Raises DataError with every problem of lexicons and policies together."""
    problems: list[str] = []
    try:
        load_policies(settings.lexicons / "policies")
    except DataError as error:
        problems += error.problems
    try:
        lexicon = load_lexicon(settings.lexicons)
    except DataError as error:
        problems += error.problems
    if problems:
        raise DataError(problems)
    patterns = sum(1 for _ in lexicon.patterns())
    counts = f"{len(lexicon.schemes)} schemes, {patterns} patterns, {len(lexicon.terms)} terms"
    out.print(f"{counts}, {len(lexicon.benign)} benign phrases: nothing wrong")
    out.print(lexicon.digest)


def test(settings: Settings) -> int:
    """Run the examples; 1 when one does not do what it says."""
    lexicon = load_lexicon(settings.lexicons)
    results = run_examples(lexicon)
    wrong = [result for result in results if not result.right]
    for result in wrong:
        out.print(f"{result.where}: {result.said}: {result.text}", markup=False, soft_wrap=True)
    out.print(f"{len(results) - len(wrong)} examples right, {len(wrong)} wrong")
    return 1 if wrong else 0
