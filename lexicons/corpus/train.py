"""Trains the learned judge: `lexicons/corpus/*.tsv` → `lexicons/learned/weights.tsv`.

    python lexicons/corpus/train.py            # train, print how well it does on the held-back fifth, write the table
    python lexicons/corpus/train.py --dry-run  # the same without writing

One logistic regression for each scheme over the traits that the program itself finds in a text (runs of characters and
of sounds, slots that the lexicon filled, what was set aside and why, patterns that fired). A fifth of the lines, chosen
by a hash of the text, is never trained on: on it the certainty is fitted, and whoever wants lines that the model has
not seen takes them from there. Needs scikit-learn, which the program itself does not.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from monitor.judge.learned import trait_scale
from monitor.judge.opinion import pattern_trait
from monitor.judging import CHANNELS, Judging, judge_text, judging
from monitor.lexicon import SCHEMES, load_lexicon
from monitor.lexicon.learned import WEIGHT_UNIT

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from mishear import mishear  # noqa: E402

STRENGTH = 30.0
"""Inverse regularisation of the regressions; the best of 3, 10, 30, 100 by cross-validation."""
LEAST_TEXTS = 2
"""A trait in fewer lines says nothing about other lines."""
MOST_TRAITS = 14_000
"""Rows of the table: half as many lose a point of recall, four times as many win none."""
LEAST_FIRED = 8
"""Lines in which a pattern must have fired to be weighed; a rarer or newer one keeps its author's score."""
MISHEARD = 0.6
"""Share of the spoken lines that are learned from as a recogniser would have heard them, too."""
SEED = 20261122


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled text."""

    schemes: frozenset[str]
    channel: str
    note: str
    text: str

    @property
    def held_back(self) -> bool:
        """Whether it is in the fifth that is never trained on."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 5 == 0


@dataclass(frozen=True, slots=True)
class Sample:
    """Traits with what they should be told to be."""

    schemes: frozenset[str]
    traits: frozenset[str]
    weight: float = 1.0


def read_corpus(folder: Path = HERE) -> list[Line]:
    """Every line of the corpus, in the order of files and lines; a text that stands twice counts once."""
    lines: dict[str, Line] = {}
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row["label"] not in ("none", *SCHEMES) and not all(s in SCHEMES for s in row["label"].split("|")):
                    raise SystemExit(f"{path}: label {row['label']!r} is unknown")
                schemes = frozenset(row["label"].split("|")) - {"none"}
                lines.setdefault(row["text"], Line(schemes, row["channel"], row["note"], row["text"]))
    return list(lines.values())


@dataclass(frozen=True, slots=True)
class Read:
    """What the program without a table finds in a text."""

    traits: frozenset[str]
    scores: tuple[float, ...]
    """Of the patterns, for each of SCHEMES."""


def read_texts(texts: Sequence[tuple[str, str]]) -> list[Read]:
    """Texts with their channels, read by a process for each core."""
    with ProcessPoolExecutor(initializer=_load) as pool:
        return list(pool.map(_read, texts, chunksize=200))


_judge: Judging


def _load() -> None:
    global _judge
    _judge = judging(HERE.parent, learned=False)


def _read(text: tuple[str, str]) -> Read:
    found = judge_text(_judge, text[0], CHANNELS[text[1]])
    fired = {pattern_trait(v.scheme, pattern) for v in found.violations for pattern in v.patterns}
    scores = {v.scheme: v.score for v in found.violations}
    traits = frozenset(trait.name for trait in found.reading.traits) | fired
    return Read(traits, tuple(scores.get(scheme, 0.0) for scheme in SCHEMES))


def examples(folder: Path) -> Iterator[Line]:
    """The lexicon's own examples: each is a line to learn from as well."""
    channels = {"chat": "chat", "message": "message", "screen": "screen"}
    for scheme, entry in load_lexicon(folder).schemes.items():
        for kind, schemes in (("fires", frozenset({scheme})), ("silent", frozenset[str]())):
            for example in getattr(entry.examples, kind):
                if example.text:
                    yield Line(schemes, channels.get(example.channel, "speech"), "example", example.text)


def samples_of(lines: Sequence[Line], rng: random.Random) -> list[Sample]:
    """The lines, misheard copies of spoken ones, and stretches in which they stand between harmless sentences."""
    spoken = [line for line in lines if line.channel in ("speech", "short_video")]
    copied = [line for line in spoken if rng.random() < MISHEARD]
    texts = [(line.text, line.channel) for line in lines] + [(mishear(line.text, rng), line.channel) for line in copied]
    read = [found.traits for found in read_texts(texts)]
    seen = dict(zip((line.text for line in lines), read, strict=False))
    found = [Sample(line.schemes, seen[line.text]) for line in lines]
    found += [Sample(line.schemes, traits, 0.5) for line, traits in zip(copied, read[len(lines) :], strict=True)]
    harmless = [line for line in lines if not line.schemes and line.channel == "speech"]
    for line in spoken:
        around = rng.sample(harmless, rng.choice((1, 1, 2)))
        found.append(Sample(line.schemes, seen[line.text].union(*(seen[other.text] for other in around)), 0.5))
    return found


def matrix(samples: Iterable[frozenset[str]], columns: dict[str, int]) -> sp.csr_matrix:
    starts, places, values = [0], [], []
    for traits in samples:
        known = sorted(columns[trait] for trait in traits if trait in columns)
        places += known
        values += [trait_scale(len(known))] * len(known)
        starts.append(len(places))
    return sp.csr_matrix((values, places, starts), shape=(len(starts) - 1, len(columns)))


def fit(samples: Sequence[Sample], columns: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Weights, float64 (n_schemes, n_traits), and biases, float64 (n_schemes,)."""
    table = matrix((s.traits for s in samples), columns)
    weights = np.array([s.weight for s in samples])
    rows, biases = [], []
    for scheme in SCHEMES:
        wanted = np.array([scheme in s.schemes for s in samples])
        if not wanted.any():
            raise SystemExit(f"no line of {scheme} to train on")
        model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=300)
        model.fit(table, wanted, sample_weight=weights)
        rows.append(model.coef_[0])
        biases.append(model.intercept_[0])
    return np.array(rows), np.array(biases)


def common_traits(samples: Sequence[Sample]) -> dict[str, int]:
    count = Counter(trait for sample in samples for trait in sample.traits)
    fired = Counter(t for s in samples if s.weight == 1.0 for t in s.traits if t.startswith("pattern:"))
    often = (t for t, n in count.items() if n >= LEAST_TEXTS and (t not in fired or fired[t] >= LEAST_FIRED))
    return {trait: i for i, trait in enumerate(sorted(t for t in often if not t.startswith("pattern:") or t in fired))}


def fit_pruned(samples: Sequence[Sample]) -> tuple[dict[str, int], np.ndarray, np.ndarray]:
    """Traits that weigh enough, and the weights after a second fit over them alone, in whole thousandths."""
    columns = common_traits(samples)
    weights, _ = fit(samples, columns)
    count = np.asarray((matrix((s.traits for s in samples), columns) > 0).sum(axis=0)).ravel()
    telling = np.abs(weights).max(axis=0) * np.sqrt(count)
    least = np.sort(telling)[-min(MOST_TRAITS, len(telling))]
    kept = {
        trait: i
        for i, trait in enumerate(t for t, at in columns.items() if telling[at] >= least or t.startswith("pattern:"))
    }
    weights, biases = fit(samples, kept)
    return kept, np.round(weights * WEIGHT_UNIT) / WEIGHT_UNIT, biases


def fit_certainty(logits: np.ndarray, scores: np.ndarray, wanted: np.ndarray) -> tuple[float, ...]:
    """Bias and weights of logit, pattern score and strongest rival, all schemes together."""
    features = certainty_features(logits, scores)
    model = LogisticRegression(C=100.0).fit(features, wanted.ravel())
    if model.coef_[0][1] < 0:  # the patterns' own traits have said it all: a surer pattern must never count less
        features[:, 1] = 0.0
        model = LogisticRegression(C=100.0).fit(features, wanted.ravel())
    return (float(model.intercept_[0]), *map(float, model.coef_[0]))


def certainty_features(logits: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """float64 (n_lines · n_schemes, 3)."""
    rivals = np.empty_like(logits)
    for at in range(len(SCHEMES)):
        rivals[:, at] = np.delete(logits, at, axis=1).max(axis=1)
    return np.stack([logits.ravel(), scores.ravel(), rivals.ravel()], axis=1)


def certainties(logits: np.ndarray, scores: np.ndarray, certainty: tuple[float, ...]) -> np.ndarray:
    """float64 (n_lines, n_schemes), 0 to 1."""
    total = certainty[0] + certainty_features(logits, scores) @ np.array(certainty[1:])
    return (1 / (1 + np.exp(-total))).reshape(logits.shape)


def report(name: str, sure: np.ndarray, lines: Sequence[Line], flagged_from: float) -> None:
    """How well certainties tell violations from the rest."""
    right = wrong = found = told = 0
    for row, line in zip(sure, lines, strict=True):
        schemes = {SCHEMES[at] for at in np.flatnonzero(row >= flagged_from)}
        told += len(schemes)
        right += bool(schemes & line.schemes)
        found += bool(line.schemes)
        wrong += bool(schemes and not line.schemes)
    harmless = len(lines) - found
    precision, alarms = right / max(1, told), wrong / harmless
    print(f"{name}: recall {right / found:.3f}, precision {precision:.3f}, harmless flagged {alarms:.3f}")


def write_table(
    path: Path, columns: dict[str, int], weights: np.ndarray, biases: np.ndarray, certainty: Sequence[float], made: str
) -> None:
    path.parent.mkdir(exist_ok=True)
    head = {
        "schemes": " ".join(SCHEMES),
        "biases": "\t".join(f"{value:.4f}" for value in biases),
        "certainty": "\t".join(f"{value:.4f}" for value in certainty),
        "made": made,
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"# {name}\t{value}\n" for name, value in head.items())
        for trait, at in columns.items():
            cells = (str(round(value * WEIGHT_UNIT)) for value in weights[:, at])
            file.write(trait + "\t" + "\t".join("" if cell == "0" else cell for cell in cells) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true")
    arguments = parser.parse_args()
    rng = random.Random(SEED)
    lines = [*read_corpus(), *examples(HERE.parent)]
    held = [line for line in lines if line.held_back and line.note != "example"]
    trained = [line for line in lines if not line.held_back or line.note == "example"]
    samples = samples_of(trained, rng)
    violations = sum(bool(line.schemes) for line in trained)
    print(f"{len(trained)} lines to train on ({violations} violations), {len(samples)} samples, {len(held)} held back")
    columns, weights, biases = fit_pruned(samples)
    read = read_texts([(line.text, line.channel) for line in held])
    logits = matrix((found.traits for found in read), columns) @ weights.T + biases
    scores = np.array([found.scores for found in read])
    wanted = np.array([[scheme in line.schemes for scheme in SCHEMES] for line in held])
    certainty = fit_certainty(logits, scores, wanted)
    print(f"{len(columns)} traits; certainty {', '.join(f'{value:.2f}' for value in certainty)}")
    report("patterns alone", scores, held, 0.62)
    report("both", certainties(logits, scores, certainty), held, 0.62)
    if not arguments.dry_run:
        made = f"{len(trained)} lines, {len(columns)} traits, certainty from {len(held)} lines held back, seed {SEED}"
        write_table(HERE.parent / "learned" / "weights.tsv", columns, weights, biases, certainty, made)


if __name__ == "__main__":
    main()
