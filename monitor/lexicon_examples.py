"""The lexicon's own examples: each says what must fire and what must stay silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.judging import Judging, judge_cues, spoken_cue
from monitor.lexicon import Lexicon
from monitor.lexicon.model import ExampleEntry
from monitor.match import Matcher
from monitor.records import Channel, Cue


@dataclass(frozen=True, slots=True)
class Result:
    """One example and what came of it."""

    where: str
    """`pay_first_draw.fires[3]`."""
    text: str
    right: bool
    said: str
    """What the judge said, in a few words."""


def run_examples(lexicon: Lexicon) -> list[Result]:
    """Every example of every scheme. A known miss or false alarm is right while it still fails."""
    judge = Judging(lexicon, Matcher(lexicon))
    results: list[Result] = []
    for where, scheme, kind, example in _examples(lexicon):
        found = judge_cues(judge, [*_cues(example)])
        fired = scheme in found.schemes
        right = {
            "fires": fired,
            "silent": not found.schemes,
            "known_misses": not fired,
            "known_false_alarms": bool(found.schemes),
        }[kind]
        mended = not right and kind.startswith("known")
        said = "mended: move it to its list" if mended else f"gave {', '.join(found.schemes) or 'nothing'}"
        text = example.text or " / ".join(row[2] for row in example.sequence)
        results.append(Result(where, text, right, said))
    return results


def _examples(lexicon: Lexicon) -> Iterator[tuple[str, str, str, ExampleEntry]]:
    for scheme, entry in lexicon.schemes.items():
        for kind in ("fires", "silent", "known_misses", "known_false_alarms"):
            for index, example in enumerate(getattr(entry.examples, kind)):
                yield f"{scheme}.{kind}[{index}]", scheme, kind, example


def _cues(example: ExampleEntry) -> Iterator[Cue]:
    rows = example.sequence or ((0.0, example.channel, example.text),)
    for number, (at_s, channel, text) in enumerate(rows):
        yield spoken_cue(number, text, Channel(channel), round(at_s * 1000))
