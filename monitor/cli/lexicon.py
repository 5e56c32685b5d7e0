"""`lexicon check`, `lexicon lint` and `lexicon test`: the word editor's commands."""

from __future__ import annotations

from collections import Counter

from monitor.cli.exit_codes import CHECK_FAILED
from monitor.cli.show import out
from monitor.config import Settings
from monitor.lexicon import Lexicon, load_lexicon, load_rules
from monitor.lexicon.lint import lint_terms, place_order
from monitor.lexicon.remarks import Level, Remark
from monitor.lexicon_everyday import lint_everyday, lint_sounds, ordinary_lines
from monitor.lexicon_examples import coverage, lint_examples, run_examples
from monitor.match import Matcher


def check(settings: Settings) -> None:
    """Print a summary. Raises DataError with every problem of lexicons and policies together."""
    lexicon, _ = load_rules(settings.lexicons)
    patterns = sum(1 for _ in lexicon.patterns())
    counts = f"{len(lexicon.schemes)} schemes, {patterns} patterns, {len(lexicon.terms)} terms"
    out.print(f"{counts}, {len(lexicon.benign)} benign phrases: nothing wrong")
    out.print(lexicon.digest)


def lint(settings: Settings, *, notes: bool = False) -> int:
    """Print what is wrong or doubtful, each with its line; 1 when anything is an error."""
    lexicon = load_lexicon(settings.lexicons)
    remarks = sorted(_remarks(lexicon, settings), key=lambda r: place_order(r.where))
    count = Counter(remark.level for remark in remarks)
    for level in (Level.ERROR, Level.WARNING, Level.NOTE):
        shown = level != Level.NOTE or notes
        if shown and count[level]:
            out.print(f"{level}s:", style="bold", markup=False)
        for remark in remarks if shown else ():
            if remark.level == level:
                out.print(f"  {remark}", markup=False, soft_wrap=True)
    hidden = "" if notes or not count[Level.NOTE] else " (shown with --notes)"
    out.print(f"{count[Level.ERROR]} errors, {count[Level.WARNING]} warnings, {count[Level.NOTE]} notes{hidden}")
    return CHECK_FAILED if count[Level.ERROR] else 0


def _remarks(lexicon: Lexicon, settings: Settings) -> list[Remark]:
    matcher = Matcher(lexicon)
    lines = ordinary_lines(settings.lexicons / "corpus")
    return [
        *lint_terms(lexicon),
        *lint_sounds(lexicon),
        *(lint_everyday(lexicon, matcher, lines) if lines else ()),
        *lint_examples(lexicon, coverage(lexicon, run_examples(lexicon, matcher))),
    ]


def test(settings: Settings) -> int:
    """Run the examples and say how much they try; 1 when one does not do what it says."""
    lexicon = load_lexicon(settings.lexicons)
    results = run_examples(lexicon)
    wrong = [result for result in results if not result.right]
    for result in wrong:
        out.print(f"{result.where}: {result.said}: {result.text}", markup=False, soft_wrap=True)
    out.print(f"{len(results) - len(wrong)} examples right, {len(wrong)} wrong")
    covered = coverage(lexicon, results)
    fired = covered.patterns - len(covered.not_fired)
    out.print(f"{fired} of {covered.patterns} patterns fire in an example ({covered.share:.0%})")
    for scheme, pattern in covered.not_fired:
        where = lexicon.places["pattern", scheme, pattern]
        out.print(f"  {where}: {scheme} `{pattern}` fires in none", markup=False, soft_wrap=True)
    return CHECK_FAILED if wrong else 0
