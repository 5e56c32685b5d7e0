"""The lexicon's own examples: each says what must fire and what must stay silent, and together how much they try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.judging import Judging, judge_cues, spoken_cue
from monitor.lexicon import Lexicon
from monitor.lexicon.model import ExampleEntry
from monitor.lexicon.remarks import Level, Remark
from monitor.match import Matcher
from monitor.records import Channel, Cue

LEAST_SILENT = 12
"""Silent examples that each scheme must have."""


@dataclass(frozen=True, slots=True)
class Result:
    """One example and what came of it."""

    where: str
    """`pay_first_draw.fires[3]`."""
    text: str
    right: bool
    said: str
    """What the judge said, in a few words."""
    scheme: str
    kind: str
    """`fires`, `silent`, `known_misses` or `known_false_alarms`."""
    patterns: tuple[str, ...] = ()
    """The scheme's patterns that fired and made a flag."""
    slots: frozenset[str] = frozenset()
    """Of a silent example: slots of which it holds a word, set aside or not."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the lexicon its examples try."""

    patterns: int
    not_fired: tuple[tuple[str, str], ...]
    """Scheme and id of each pattern that no example under `fires` makes fire."""
    not_refuted: tuple[tuple[str, str], ...]
    """The same where no silent example of the scheme holds a word of the pattern: nothing shows its limits."""
    few_silent: tuple[str, ...]
    """Schemes with fewer than LEAST_SILENT silent examples."""

    @property
    def share(self) -> float:
        """Of all patterns those that an example makes fire, 0 to 1."""
        return 1 - len(self.not_fired) / self.patterns


def run_examples(lexicon: Lexicon, matcher: Matcher | None = None) -> list[Result]:
    """Every example of every scheme. A known miss or false alarm is right while it still fails."""
    judge = Judging(lexicon, matcher or Matcher(lexicon))
    return [_run(judge, *example) for example in _examples(lexicon)]


def coverage(lexicon: Lexicon, results: Sequence[Result]) -> Coverage:
    """What the examples try and what they leave out; `results` are of the same lexicon."""
    fired = {(r.scheme, pattern) for r in results if r.kind == "fires" for pattern in r.patterns}
    silent = {
        scheme: frozenset().union(*(r.slots for r in results if r.kind == "silent" and r.scheme == scheme))
        for scheme in lexicon.schemes
    }
    patterns = [*lexicon.patterns()]
    return Coverage(
        patterns=len(patterns),
        not_fired=tuple((scheme, p.id) for scheme, p in patterns if (scheme, p.id) not in fired),
        not_refuted=tuple(
            (scheme, p.id)
            for scheme, p in patterns
            if not silent[scheme] & {slot for need in p.need for slot in need.split("|")}
        ),
        few_silent=tuple(s for s, entry in lexicon.schemes.items() if len(entry.examples.silent) < LEAST_SILENT),
    )


def lint_examples(lexicon: Lexicon, covered: Coverage) -> list[Remark]:
    """What lacks an example, at the line of the pattern or of the scheme's examples."""
    remarks: list[Remark] = []
    for scheme, pattern in covered.not_fired:
        told = f"no example of {scheme} makes pattern `{pattern}` fire: add one under `fires`"
        remarks.append(Remark(Level.WARNING, lexicon.places["pattern", scheme, pattern], "no-example", told))
    for scheme, pattern in covered.not_refuted:
        told = f"no silent example of {scheme} holds a word of pattern `{pattern}`: add one that looks like it"
        remarks.append(Remark(Level.WARNING, lexicon.places["pattern", scheme, pattern], "no-negative", told))
    for scheme in covered.few_silent:
        told = f"fewer than {LEAST_SILENT} silent examples for {scheme}"
        remarks.append(Remark(Level.WARNING, lexicon.places["examples", scheme, "silent"], "few-silent", told))
    return remarks


def _run(judge: Judging, where: str, scheme: str, kind: str, example: ExampleEntry) -> Result:
    cues = [*_cues(example)]
    found = judge_cues(judge, cues)
    fired = scheme in found.schemes
    right = {
        "fires": fired,
        "silent": not found.schemes,
        "known_misses": not fired,
        "known_false_alarms": bool(found.schemes),
    }[kind]
    mended = not right and kind.startswith("known")
    return Result(
        where=where,
        text=example.text or " / ".join(row[2] for row in example.sequence),
        right=right,
        said="mended: move it to its list" if mended else f"gave {', '.join(found.schemes) or 'nothing'}",
        scheme=scheme,
        kind=kind,
        patterns=tuple(p for v in found.violations if v.scheme == scheme and not v.candidate for p in v.patterns),
        slots=frozenset(_slots(judge.matcher, cues)) if kind == "silent" else frozenset(),
    )


def _slots(matcher: Matcher, cues: Sequence[Cue]) -> Iterator[str]:
    for cue in cues:
        reading = matcher.read(cue)
        yield from (hit.slot for hit in reading.hits)
        yield from (suppression.hit.slot for suppression in reading.suppressed)
        yield from (claim.hit.slot for claim in reading.prices)


def _examples(lexicon: Lexicon) -> Iterator[tuple[str, str, str, ExampleEntry]]:
    for scheme, entry in lexicon.schemes.items():
        for kind in ("fires", "silent", "known_misses", "known_false_alarms"):
            for index, example in enumerate(getattr(entry.examples, kind)):
                yield f"{scheme}.{kind}[{index}]", scheme, kind, example


def _cues(example: ExampleEntry) -> Iterator[Cue]:
    rows = example.sequence or ((0.0, example.channel, example.text),)
    for number, (at_s, channel, text) in enumerate(rows):
        yield spoken_cue(number, text, Channel(channel), round(at_s * 1000))
