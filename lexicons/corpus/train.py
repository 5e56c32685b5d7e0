"""Trains the learned judge: `lexicons/corpus/*.tsv` → `lexicons/learned/weights.tsv`.

    python lexicons/corpus/train.py            # train, print how well it does on the held-back fifth, write the table
    python lexicons/corpus/train.py --dry-run  # the same without writing

One logistic regression for each scheme over the traits that the program itself finds in a text (runs of characters and of
sounds, slots that the lexicon filled, what was set aside and why). A fifth of the lines, chosen by a hash of the text,
is never trained on: on it the certainty is fitted, and whoever wants lines that the model has not seen takes them from
there. Needs scikit-learn, which the program itself does not.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from monitor.judge.learned import trait_scale
from monitor.judging import CHANNELS, Judging, judging, judge_text, spoken_cue
from monitor.lexicon import SCHEMES
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
MISHEARD = 1
"""Misheard copies of each spoken line."""
WITHIN = 1
"""Copies of each line between harmless sentences, as a stretch of a stream."""
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


def traits_of(judge: Judging, text: str, channel: str) -> frozenset[str]:
    reading = judge.matcher.read(spoken_cue(0, text, CHANNELS[channel]))
    return frozenset(trait.name for trait in reading.traits)


def samples_of(judge: Judging, lines: Sequence[Line], rng: random.Random) -> list[Sample]:
    """The lines, their misheard copies, and stretches in which they stand between harmless sentences."""
    seen = {line.text: traits_of(judge, line.text, line.channel) for line in lines}
    harmless = [line for line in lines if not line.schemes and line.channel == "speech"]
    found = [Sample(line.schemes, seen[line.text]) for line in lines]
    for line in lines:
        if line.channel not in ("speech", "short_video"):
            continue
        for _ in range(MISHEARD):
            heard = mishear(line.text, rng)
            found.append(Sample(line.schemes, traits_of(judge, heard, line.channel), 0.5))
        for _ in range(WITHIN):
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
    return {trait: i for i, trait in enumerate(sorted(t for t, n in count.items() if n >= LEAST_TEXTS))}


def fit_pruned(samples: Sequence[Sample]) -> tuple[dict[str, int], np.ndarray, np.ndarray]:
    """Traits that weigh enough, and the weights after a second fit over them alone, in whole thousandths."""
    columns = common_traits(samples)
    weights, _ = fit(samples, columns)
    count = np.asarray((matrix((s.traits for s in samples), columns) > 0).sum(axis=0)).ravel()
    telling = np.abs(weights).max(axis=0) * np.sqrt(count)
    least = np.sort(telling)[-min(MOST_TRAITS, len(telling))]
    kept = {trait: i for i, trait in enumerate(t for t, at in columns.items() if telling[at] >= least)}
    weights, biases = fit(samples, kept)
    return kept, np.round(weights * WEIGHT_UNIT) / WEIGHT_UNIT, biases


def fit_certainty(logits: np.ndarray, scores: np.ndarray, wanted: np.ndarray) -> tuple[float, ...]:
    """Bias and weights of logit, pattern score and strongest rival, all schemes together."""
    features = certainty_features(logits, scores)
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


def pattern_scores(judge: Judging, lines: Sequence[Line]) -> np.ndarray:
    """Scores of what the patterns alone find, float64 (n_lines, n_schemes)."""
    table = np.zeros((len(lines), len(SCHEMES)))
    for row, line in enumerate(lines):
        for violation in judge_text(judge, line.text, CHANNELS[line.channel]).violations:
            table[row, SCHEMES.index(violation.scheme)] = violation.score
    return table


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
    print(f"{name}: recall {right / found:.3f}, precision {right / max(1, told):.3f}, harmless flagged {wrong / harmless:.3f}")


def write_table(path: Path, columns: dict[str, int], weights: np.ndarray, biases: np.ndarray, certainty: Sequence[float], made: str) -> None:
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
            cells = (str(int(round(value * WEIGHT_UNIT))) for value in weights[:, at])
            file.write(trait + "\t" + "\t".join("" if cell == "0" else cell for cell in cells) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true")
    arguments = parser.parse_args()
    rng = random.Random(SEED)
    judge = judging(HERE.parent, learned=False)
    lines = read_corpus()
    held = [line for line in lines if line.held_back]
    trained = [line for line in lines if not line.held_back]
    samples = samples_of(judge, trained, rng)
    print(f"{len(trained)} lines to train on ({sum(bool(l.schemes) for l in trained)} violations), {len(samples)} samples, {len(held)} held back")
    columns, weights, biases = fit_pruned(samples)
    table = matrix((traits_of(judge, line.text, line.channel) for line in held), columns)
    logits = table @ weights.T + biases
    scores = pattern_scores(judge, held)
    wanted = np.array([[scheme in line.schemes for scheme in SCHEMES] for line in held])
    certainty = fit_certainty(logits, scores, wanted)
    print(f"{len(columns)} traits; certainty {', '.join(f'{value:.2f}' for value in certainty)}")
    report("patterns alone", scores, held, 0.62)
    report("model alone", certainties(logits, np.zeros_like(scores), certainty), held, 0.62)
    report("both", certainties(logits, scores, certainty), held, 0.62)
    if not arguments.dry_run:
        made = f"{len(trained)} lines, {len(columns)} traits, certainty from {len(held)} lines held back, seed {SEED}"
        write_table(HERE.parent / "learned" / "weights.tsv", columns, weights, biases, certainty, made)


if __name__ == "__main__":
    main()
