"""Speaks an hour in which nobody cheats: every flag raised on it is a false alarm.

    python lexicons/corpus/make_benign_hour.py --synthesiser PATH/speak.py --out FOLDER --rooms 12 --minutes 5.2

Lines are those of the corpus beside this file (`*.tsv`, label `none`, spoken): ordinary ones, and after every seventh a
look-alike of a scheme, which is far more than honest hosts say (`--near-every`). **Held out**: only lines whose SHA-256
of the text has a first byte divisible by five are spoken, and no model may be trained on these (`held_out` says which).
Each room has one voice, a speed for each line, and its own bed (none, hiss, crowd, music). Written are `b00.wav`
(24 kHz, mono) and `b00.truth.json` and so on; what is to be said is fixed in `plan.json` at the first start, and a
second start goes on where the first one stopped. The synthesiser is any Python file with `RATE`, voices (`KOKORO` or
`VOICES`) and `say(text, voice, speed)`. When the lines run out they are said again, by another voice.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
import re
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from make_confusions import load_synthesiser
from sound_beds import Sound, crowd, hiss, mixed, music

HERE = Path(__file__).parent
BEDS = ("none", "hiss 15 dB", "music 12 dB", "crowd 12 dB", "music 18 dB", "none", "crowd 18 dB")
NEAR_EVERY = 8
"""One line in so many is a look-alike."""
SPOKEN = ("speech", "short_video")
SPEAKABLE = re.compile(r"[一-鿿0-9，。？！、：；…,.?!~～“” ]+")
"""Letters and emoji are left out: the synthesiser would guess."""
CHARACTERS_A_SECOND = 5.3
"""More than the voices speak, pauses in (4.1 was measured): a room stops when it is full."""
PAUSE_S = (0.25, 0.9)


def held_out(text: str) -> bool:
    """Whether a corpus line is kept from training, for measuring."""
    return hashlib.sha256(text.encode()).digest()[0] % 5 == 0


def lines(folder: Path) -> tuple[list[str], list[str]]:
    """Near misses and ordinary lines that are held out and can be spoken, in a fixed order."""
    near: set[str] = set()
    plain: set[str] = set()
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as opened:
            for row in csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE):
                text = row["text"] or ""
                if row["label"] == "none" and row["channel"] in SPOKEN and held_out(text) and SPEAKABLE.fullmatch(text):
                    (near if row["note"].startswith("near:") else plain).add(text)
    return sorted(near), sorted(plain)


def plan(rooms: int, seconds: float, seed: int, folder: Path, near_every: int) -> list[dict[str, Any]]:
    """What is said in which room; every `near_every`-th line is a look-alike."""
    rng = random.Random(seed)
    near, plain = lines(folder)
    if not (near and plain):
        sys.exit(f"{folder}: no held out lines; put the corpus files there first")
    look_alikes, ordinary = _endless(near, rng), _endless(plain, rng)
    planned = []
    for number in range(rooms):
        texts: list[str] = []
        while sum(map(len, texts)) < seconds * CHARACTERS_A_SECOND:
            texts.append(next(look_alikes if len(texts) % near_every == near_every - 1 else ordinary))
        planned.append({"room": f"b{number:02d}", "bed": BEDS[number % len(BEDS)], "number": number, "texts": texts})
    return planned


def _endless(texts: list[str], rng: random.Random) -> Iterator[str]:
    while True:
        rng.shuffle(texts)
        yield from texts


def speak(
    room: dict[str, Any], synthesiser: ModuleType, seconds: float, seed: int
) -> tuple[Sound, list[dict[str, Any]]]:
    """The room's sound and its truth lines."""
    rng = random.Random(f"{seed} {room['room']}")
    voices = list(getattr(synthesiser, "KOKORO", None) or synthesiser.VOICES)
    voice = voices[room["number"] % len(voices)]
    rate: int = synthesiser.RATE
    pieces: list[Sound] = [np.zeros(rate // 2, np.float32)]
    at, said = len(pieces[0]), []
    for text in room["texts"]:
        sound = synthesiser.say(text, voice, round(rng.uniform(0.95, 1.3), 2))
        sound = (sound / max(1e-6, float(np.abs(sound).max())) * rng.uniform(0.5, 0.8)).astype(np.float32)
        pause = np.zeros(int(rate * rng.uniform(*PAUSE_S)), np.float32)
        said.append({"start": at / rate, "end": (at + len(sound)) / rate, "text": text, "scheme": None})
        pieces += [sound, pause]
        at += len(sound) + len(pause)
        if at >= seconds * rate:
            break
    whole = np.concatenate(pieces)
    return _with_bed(whole, room["bed"], pieces[1::2], rate, np.random.default_rng(rng.getrandbits(32))), said


def _with_bed(whole: Sound, bed: str, voices: list[Sound], rate: int, rng: np.random.Generator) -> Sound:
    kind, *ratio = bed.split()
    if kind == "none":
        return whole
    noise = (
        hiss(len(whole), rng)
        if kind == "hiss"
        else crowd(len(whole), rng, voices)
        if kind == "crowd"
        else music(len(whole), rng, rate)
    )
    return mixed(whole, noise, float(ratio[0]))


def write(out: Path, room: dict[str, Any], sound: Sound, said: list[dict[str, Any]], rate: int) -> None:
    """The truth first, the sound last: a room whose sound is there is whole."""
    truth = {
        "room": room["room"],
        "platform": "douyin",
        "duration_s": len(sound) / rate,
        "bed": room["bed"],
        "lines": said,
        "violations": [],
    }
    (out / f"{room['room']}.truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8")
    part = out / f".{room['room']}.part"
    with wave.open(str(part), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(rate)
        target.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    part.rename(out / f"{room['room']}.wav")


def main() -> None:
    parser = argparse.ArgumentParser(description="Speak an hour in which nobody cheats.")
    parser.add_argument("--synthesiser", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rooms", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=5.2, help="of each room, at least")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--near-every", type=int, default=NEAR_EVERY)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    kept = asked.out / "plan.json"
    if not kept.exists():
        rooms = plan(asked.rooms, asked.minutes * 60, asked.seed, HERE, asked.near_every)
        kept.write_text(json.dumps(rooms, ensure_ascii=False, indent=1), encoding="utf-8")
    synthesiser = load_synthesiser(asked.synthesiser)
    for room in json.loads(kept.read_text(encoding="utf-8")):
        if (asked.out / f"{room['room']}.wav").exists():
            continue
        began = time.monotonic()
        sound, said = speak(room, synthesiser, asked.minutes * 60, asked.seed)
        write(asked.out, room, sound, said, synthesiser.RATE)
        took = time.monotonic() - began
        sys.stderr.write(
            f"{room['room']} {len(sound) / synthesiser.RATE:.0f} s, {len(said)} lines, took {took:.0f} s\n"
        )


if __name__ == "__main__":
    main()
