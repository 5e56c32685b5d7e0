"""Learns what the recogniser confuses by letting it hear sentences whose words are known.

    python lexicons/corpus/make_confusions.py record --synthesiser PATH/speak.py --progress FOLDER --sentences 750
    python lexicons/corpus/make_confusions.py count --progress FOLDER

`record` makes sentences of lexicon terms in short carriers (and takes ordinary lines from `ordinary_*.tsv` beside this
file, as far as there are any), speaks them in several voices and speeds, lays noise under them, and writes what the
recogniser of the settings heard to `FOLDER/heard.jsonl`. What is to be said is fixed in `FOLDER/lines.json` at the
first start; stopped and started again it goes on where it was. Without that file more lines are added to what was
heard. The synthesiser is any Python file with `RATE`, a list of voices (`KOKORO` or `VOICES`) and
`say(text, voice, speed)`, giving float32 mono samples; what it needs must be importable.
`count` aligns toneless syllables of what was said and heard, and writes `confusions.tsv` beside the lexicons.
Only what is heard without the trade's words is counted; how much is wrong with them stands in the header.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import importlib.util
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from types import ModuleType

import cn2an
import numpy as np
from rapidfuzz.distance import Levenshtein
from sound_beds import Sound, crowd, hiss, mixed, music, resampled

from monitor.config import Settings
from monitor.lexicon import load_lexicon
from monitor.speech import Transcriber, load
from monitor.text import Normaliser, read_syllables
from monitor.text.confusions import NOTHING, sounds

HERE = Path(__file__).parent
TABLE = HERE.parent / "confusions.tsv"
CARRIERS = (
    "家人们{a}，听懂了没有。",
    "我跟大家说一下，{a}。",
    "刚才有人问{a}，对不对？",
    "你们{a}就行，然后{b}。",
    "今天不讲虚的，{a}，{b}。",
    "来，{a}，没抢到的别着急。",
    "小助理记一下，{a}。",
    "咱们直播间{a}，还有{b}。",
    "{a}，后面的宝宝看清楚。",
    "这一款{a}，那一款{b}。",
    "老铁们注意，{a}啊。",
    "屏幕前的姐妹，{a}，{b}。",
    "我再讲一遍，{a}。",
    "{a}这个事情，大家心里有数。",
    "昨天那一批{a}，今天{b}。",
    "别的我不敢说，{a}。",
)
WINDOW = 3
"""Sentences in one call of the recogniser: about ten seconds, so that words have a context as in a stream."""
HEARD_HZ = 16_000
BLOCK = 4
"""So many wrong syllables in a row are no confusion: the recogniser went astray there."""
OFTEN = 4
"""Times that a syllable between the same neighbours is counted: carriers come again and again."""
LONGEST = 40
"""Characters of an ordinary line that is spoken."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One window: what was said, and what was heard of it."""

    said: str
    voice: str
    speed: float
    bed: str
    primed: bool
    text: str


def sentences(count: int, rng: random.Random) -> list[str]:
    """Carriers filled with terms, each slot in its turn so that big slots do not crowd out small ones."""
    slots: dict[str, list[str]] = {}
    for term in load_lexicon(HERE.parent).terms:
        if 2 <= len(term.text) <= 7 and all("一" <= c <= "鿿" for c in term.text):
            slots.setdefault(term.slot, []).append(term.text)
    for terms in slots.values():
        rng.shuffle(terms)
    queue = [terms[i] for i in range(max(map(len, slots.values()))) for terms in slots.values() if i < len(terms)]
    each = iter(dict.fromkeys(queue))
    return [rng.choice(CARRIERS).format(a=next(each), b=next(each)) for _ in range(count)]


def ordinary(count: int, rng: random.Random) -> list[str]:
    """Lines of `ordinary_*.tsv` beside this file that are all hanzi and marks."""
    lines: list[str] = []
    for path in sorted(HERE.glob("ordinary_*.tsv")):
        with path.open(encoding="utf-8", newline="") as opened:
            rows = csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE)
            lines += [row["text"] for row in rows if row["text"] and row["channel"] == "speech"]
    lines = [line for line in dict.fromkeys(lines) if len(line) <= LONGEST and re.fullmatch("[一-鿿，。？！、]+", line)]
    return rng.sample(lines, min(count, len(lines)))


def by_turns(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """A window of the one, a window of the other, so that whenever it is stopped both were heard."""
    windows = [[lines[i : i + WINDOW] for i in range(0, len(lines), WINDOW)] for lines in (first, second)]
    return [line for pair in zip_longest(*windows, fillvalue=[]) for window in pair for line in window]


def record(synthesiser: ModuleType, progress: Path, lines: Sequence[str], seed: int) -> None:
    """Speaks and hears `lines` in windows; what `progress` has already is left alone."""
    path = progress / "heard.jsonl"
    done = (
        {json.loads(row)["said"] for row in path.read_text(encoding="utf-8").splitlines()} if path.exists() else set()
    )
    trade_words = load_lexicon(HERE.parent).trade_words()
    recogniser = load(Settings(), trade_words)
    voices = list(getattr(synthesiser, "KOKORO", None) or synthesiser.VOICES)
    spoken: list[Sound] = []
    began = time.monotonic()
    for number, start in enumerate(range(0, len(lines), WINDOW)):
        window = lines[start : start + WINDOW]
        said = "".join(window)
        rng = random.Random(f"{seed} {said}")
        voice, speed = voices[number % len(voices)], round(rng.uniform(0.95, 1.35), 2)
        if said in done:
            continue
        pause = np.zeros(int(0.25 * synthesiser.RATE), np.float32)
        pieces = [part for line in window for part in (synthesiser.say(line, voice, speed), pause)]
        sound = resampled(np.concatenate(pieces), synthesiser.RATE, HEARD_HZ)
        sound = (sound / max(1e-6, float(np.abs(sound).max())) * 0.7).astype(np.float32)
        spoken = [*spoken[-15:], sound]
        bed = rng.choice(("hiss 15 dB", "crowd 12 dB", "music 12 dB"))
        noisy = _under(sound, bed, spoken, np.random.default_rng(rng.getrandbits(32)))
        with path.open("a", encoding="utf-8") as out:
            for heard_sound, name, primed in ((sound, "clean", False), (noisy, bed, False), (noisy, bed, True)):
                heard = Heard(said, voice, speed, name, primed, _heard(recogniser, heard_sound, primed=primed))
                out.write(json.dumps({k: getattr(heard, k) for k in Heard.__slots__}, ensure_ascii=False) + "\n")
        if number % 10 == 0:
            sys.stderr.write(f"{start + len(window)} of {len(lines)} sentences, {time.monotonic() - began:.0f} s\n")


def _under(sound: Sound, bed: str, spoken: list[Sound], rng: np.random.Generator) -> Sound:
    kind, ratio_db, _ = bed.split()
    if kind == "hiss":
        noise = hiss(len(sound), rng)
    elif kind == "crowd":
        noise = crowd(len(sound), rng, spoken)
    else:
        noise = music(len(sound), rng, HEARD_HZ)
    return mixed(sound, noise, float(ratio_db))


def _heard(recogniser: Transcriber, sound: Sound, *, primed: bool) -> str:
    return "".join(piece.text for piece in recogniser.transcribe(sound[: 30 * HEARD_HZ], primed=primed))


@dataclass
class Counts:
    """Confusions over many windows. A part is `syllable`, `initial` or `final`; `-` stands for nothing."""

    windows: int = 0
    syllables: int = 0
    wrong: int = 0
    astray: int = 0
    said: Counter[tuple[str, str]] = field(default_factory=Counter)
    heard_as: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    contexts: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def add(self, said: str, heard: str) -> None:
        """Aligns one window's syllables; wrong ones beside a lost or extra one are not told apart and left out."""
        meant, got = _sounds(said), _sounds(heard)
        first = [readings[0] for readings in meant]
        # another reading of a character is no confusion: 得 may be `de` or `dei`
        common = [set(readings) for readings in meant]
        got_first = [readings[0] for readings in got]
        self.windows += 1
        self.syllables += len(first)
        for op in Levenshtein.opcodes(first, got_first):
            if op.tag == "equal":
                for i in range(op.src_start, op.src_end):
                    self._tally(first, i, first[i])
        for block in _blocks(first, got_first):
            pairs = [(i, j) for tag, i, j in block if tag == "replace"]
            pairs = [(i, j) for i, j in pairs if not (common[i] & set(got[j]))]
            alone = [(tag, i, j) for tag, i, j in block if tag != "replace"]
            self.wrong += len(pairs) + len(alone)
            if len(block) >= BLOCK:
                self.astray += len(block)
            elif not alone:
                for i, j in pairs:
                    self._tally(first, i, got_first[j])
            elif not pairs:
                for tag, i, j in alone:
                    self._tally(first, i, NOTHING if tag == "delete" else got_first[j], added=tag == "insert")

    def _tally(self, said: list[str], at: int, got: str, *, added: bool = False) -> None:
        """Counts one syllable, unless it was counted often enough between the same two neighbours."""
        around = ("", *said, "")[at : at + 3]
        self.contexts[around] += 1
        if self.contexts[around] > OFTEN:
            return
        meant = NOTHING if added else said[at]
        self.said["syllable", meant] += 1
        if got != meant:
            self.heard_as["syllable", meant, got] += 1
        if NOTHING in (got, meant):
            return
        for part, a, b in zip(("initial", "final"), sounds(meant), sounds(got), strict=True):
            self.said[part, a or "0"] += 1
            if a != b:
                self.heard_as[part, a or "0", b or "0"] += 1


def _blocks(said: list[str], heard: list[str]) -> Iterator[list[tuple[str, int, int]]]:
    """Edits that touch each other."""
    block: list[tuple[str, int, int]] = []
    for op in Levenshtein.editops(said, heard):
        if block:
            tag, i, j = block[-1]
            after = (i + (tag != "insert"), j + (tag != "delete"))
            if (op.src_pos, op.dest_pos) != after:
                yield block
                block = []
        block.append((op.tag, op.src_pos, op.dest_pos))
    if block:
        yield block


_NORMALISE = Normaliser()


def _sounds(text: str) -> list[tuple[str, ...]]:
    """The readings of every character that has one, numbers spelt out."""
    spelt = cn2an.transform(re.sub(r"(?<=\d),(?=\d)", "", text), "an2cn")
    return [readings for readings in read_syllables(_NORMALISE(spelt)).readings if readings]


def table(counts: Counts, note: Sequence[str]) -> str:
    """The table as text: comment lines, a header, one row for each confusion, the commonest first."""
    rows = [f"# {line}" for line in note] + ["part\tsaid\theard\tcount\tof_said"]
    everything = sum(n for (part, said), n in counts.said.items() if part == "syllable" and said != NOTHING)
    for part in ("initial", "final", "syllable"):
        found = sorted((n, a, b) for (p, a, b), n in counts.heard_as.items() if p == part)
        for n, a, b in sorted(found, key=lambda row: (-row[0], row[1:])):
            if n > 1 or part != "syllable":
                of_said = counts.said[part, a] if a != NOTHING else everything
                rows.append(f"{part}\t{a}\t{b}\t{n}\t{of_said}")
    return "\n".join(rows) + "\n"


def count(progress: Path) -> str:
    """The table of all that `progress` has heard."""
    plain = Counts()
    each: dict[str, Counts] = {}
    voices: set[str] = set()
    said: set[str] = set()
    for row in (progress / "heard.jsonl").read_text(encoding="utf-8").splitlines():
        heard = Heard(**json.loads(row))
        if not heard.primed:
            plain.add(heard.said, heard.text)
        way = (
            f"{'with' if heard.primed else 'without'} the trade's words, {'clean' if heard.bed == 'clean' else 'noisy'}"
        )
        each.setdefault(way, Counts()).add(heard.said, heard.text)
        voices.add(heard.voice)
        said.add(heard.said)
    note = [
        "What the recogniser hears for what was said, in toneless syllables: made by corpus/make_confusions.py.",
        f"{datetime.datetime.now(datetime.UTC).date()}; {len(said)} windows of about {WINDOW} sentences, {len(voices)} "
        f"synthetic voices, each heard clean and with hiss (15 dB), a crowd or music (12 dB) under it.",
        *(f"{way}: {c.syllables} syllables, {c.wrong / max(1, c.syllables):.1%} wrong." for way, c in each.items()),
        f"Counted is what was heard without the trade's words; {plain.astray} syllables in hopeless places apart.",
        f"A syllable between the same two neighbours is counted {OFTEN} times at most.",
        "0: no initial. -: nothing (a syllable lost or too many). of_said: how often it was said at all.",
        "Whole syllables that were heard so only once are left out.",
    ]
    return table(plain, note)


def main() -> None:
    parser = argparse.ArgumentParser(description="Learn what the recogniser confuses.")
    parser.add_argument("step", choices=("record", "count"))
    parser.add_argument("--synthesiser", type=Path)
    parser.add_argument("--progress", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=600)
    parser.add_argument("--ordinary", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.step == "count":
        TABLE.write_text(count(asked.progress), encoding="utf-8")
        return
    if asked.synthesiser is None:
        parser.error("record needs --synthesiser")
    asked.progress.mkdir(parents=True, exist_ok=True)
    kept = asked.progress / "lines.json"
    if not kept.exists():
        rng = random.Random(asked.seed)
        chosen = by_turns(sentences(asked.sentences, rng), ordinary(asked.ordinary, rng))
        kept.write_text(json.dumps(chosen, ensure_ascii=False, indent=1), encoding="utf-8")
    lines = json.loads(kept.read_text(encoding="utf-8"))
    record(load_synthesiser(asked.synthesiser), asked.progress, lines, asked.seed)


def load_synthesiser(path: Path) -> ModuleType:
    """The module at `path`; ends the program when it is none."""
    spec = importlib.util.spec_from_file_location("synthesiser", path)
    if spec is None or spec.loader is None:
        sys.exit(f"{path}: no Python file; name the synthesiser's file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
