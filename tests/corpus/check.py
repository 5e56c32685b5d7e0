#!/usr/bin/env python3
"""Check utterances.tsv: shape, unique ids, no duplicate texts, halves even. Prints counts."""

import collections
import pathlib
import sys
import unicodedata

from monitor.lexicon import SCHEMES

HEADER = ["id", "channel", "scheme", "split", "text", "note"]
CHANNELS = {"speech", "screen", "danmaku_host", "private_message", "short_video"}
KNOWN = {*SCHEMES, "none"}


def bare(text):
    """The text without punctuation, spaces and width variants, to find near copies."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def main():
    path = pathlib.Path(__file__).with_name("utterances.tsv")
    lines = path.read_text(encoding="utf-8").split("\n")
    errors = []
    if lines[0].split("\t") != HEADER:
        errors.append("header")
    if lines[-1] != "":
        errors.append("no newline at the end")
    ids, texts = set(), {}
    count = collections.Counter()
    channels = collections.Counter()
    for number, line in enumerate(lines[1:-1], 2):
        row = line.split("\t")
        if len(row) != len(HEADER):
            errors.append(f"line {number}: {len(row)} columns")
            continue
        ident, channel, scheme, split, text, note = row
        if ident in ids:
            errors.append(f"line {number}: id {ident} twice")
        ids.add(ident)
        if channel not in CHANNELS or scheme not in KNOWN or split not in ("dev", "held"):
            errors.append(f"line {number}: unknown channel, scheme or split")
        if not text or text != text.strip() or not note:
            errors.append(f"line {number}: empty or padded text, or no note")
        key = bare(text)
        if key in texts:
            errors.append(f"line {number}: same text as {texts[key]}")
        texts[key] = ident
        count[scheme, split] += 1
        channels[channel] += 1
    for scheme in sorted(KNOWN):
        dev, held = count[scheme, "dev"], count[scheme, "held"]
        if abs(dev - held) > (12 if scheme == "none" else 6):
            errors.append(f"{scheme}: halves uneven")
        print(f"{scheme}\t{dev + held}\tdev {dev}\theld {held}")
    print("total", len(ids), dict(channels))
    for error in errors:
        print("ERROR", error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
