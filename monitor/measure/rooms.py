"""Labelled rooms: flags of a whole recording held against what was really said and shown, in time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.errors import InputError, UsageError
from monitor.lexicon import SCHEMES, Lexicon
from monitor.measure.evaluation import BENIGN, Evaluation, Given, Labelled, deciding_method, surest

JOIN_S = 20.0
"""Marked items of one scheme at most so far apart are one episode (scheme guide)."""
SLACK_S = 5.0
"""A flag meets an episode that it misses by no more than this."""
REACH_S = 10.0
"""A right flag reaches no farther beyond the episodes that it meets: one over the whole room proves nothing."""
_MOST_WORDS = 8

Line = Mapping[str, Any]
Heard = Callable[[str, float, float], Sequence[str]]
"""What was recognised in a room between two times in seconds, as sentences; empty where nobody knows."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One event as it was labelled."""

    scheme: str
    start_s: float
    end_s: float
    channels: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Truth:
    """One labelled room."""

    room: str
    duration_s: float
    episodes: tuple[Episode, ...]


def read_truth(path: Path) -> Truth:
    """A `<room>.truth.json`. Raises InputError when it cannot be read or says something else."""
    try:
        told = json.loads(path.read_text("utf-8"))
        items = [
            Episode(item["scheme"], float(item["start"]), float(item["end"]), (_channel(item),), str(item["text"]))
            for item in told["violations"]
        ]
        unknown = {item.scheme for item in items} - set(SCHEMES)
        if unknown:
            raise InputError(f"no scheme is called {', '.join(sorted(unknown))}", where=path)
        return Truth(str(told["room"]), float(told["duration_s"]), tuple(_joined(items)))
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"is no truth of a room ({error!r})", where=path) from error


def read_flags(path: Path) -> list[dict[str, Any]]:
    """Flag lines of a file. Raises UsageError when it holds something else."""
    try:
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        if any(not {"room", "scheme", "start_s", "end_s"} <= line.keys() for line in lines):
            raise UsageError("a line is no flag", where=path, todo="give what `scan --jsonl` wrote")
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"holds no flags ({error})", where=path, todo="give what `scan --jsonl` wrote") from error
    return lines


def evaluate_rooms(
    lexicon: Lexicon,
    truths: Iterable[Truth],
    flags: Iterable[Line],
    heard: Heard = lambda *_: (),
    *,
    name: str = "rooms",
) -> Evaluation:
    """Flags against truths. Flags of rooms without a truth are left out."""
    labelled: list[Labelled] = []
    given: list[Given] = []
    benign_s = 0.0
    on_found = 0
    lines = [*flags]
    heard = _nothing_known if heard is None else heard
    for truth in truths:
        own = [line for line in lines if line["room"] == truth.room]
        told = [_given(lexicon, truth, line, heard) for line in own]
        given += told
        pairs = [*zip(own, told, strict=True)]
        if not truth.episodes:
            benign_s += truth.duration_s
            flagged = any(not one.candidate for one in told)
            text = f"{truth.duration_s:.0f} s, nothing in it"
            labelled.append(Labelled(truth.room, (), BENIGN, text, False, flagged, surest(told)))
        for episode in truth.episodes:
            labelled.append(_labelled(truth, episode, pairs, heard))
            on_found += sum(meets(line, episode) and not one.candidate for line, one in pairs)
    found = sum(one.found for one in labelled)
    loose = sum(
        any(meets(line, episode) for truth in truths for episode in truth.episodes if truth.room == line["room"])
        for line in lines
        if not line.get("candidate")
    )
    facts = (
        ("flags_per_found_episode", f"{on_found / found:.2f}" if found else "–"),
        ("loose_right", str(loose)),
        ("benign_hours", f"{benign_s / 3600:.3f}"),
    )
    return Evaluation(name, tuple(labelled), tuple(given), facts)


def meets(line: Line, episode: Episode) -> bool:
    """Whether a flag is of an episode's scheme and overlaps it, give or take SLACK_S."""
    return bool(
        line["scheme"] == episode.scheme
        and line["start_s"] <= episode.end_s + SLACK_S
        and line["end_s"] >= episode.start_s - SLACK_S
    )


def is_right(line: Line, episodes: Sequence[Episode]) -> bool:
    """Whether a flag meets an episode and stays within REACH_S of all that it meets."""
    met = [episode for episode in episodes if meets(line, episode)]
    if not met:
        return False
    first_s, last_s = min(e.start_s for e in met), max(e.end_s for e in met)
    return bool(line["start_s"] >= first_s - REACH_S and line["end_s"] <= last_s + REACH_S)


def _nothing_known(_room: str, _start_s: float, _end_s: float) -> Sequence[str]:
    return ()


def _given(lexicon: Lexicon, truth: Truth, line: Line, heard: Heard) -> Given:
    right = is_right(line, truth.episodes)
    candidate = bool(line.get("candidate"))
    wide = not right and any(meets(line, episode) for episode in truth.episodes)
    hits = line.get("hits", [])
    why: list[str] = []
    if not right and not candidate:
        if wide:
            why.append("命中了事件，但前后超出太多")
        why += [
            f"「{hit['raw']}」{hit.get('slot', '')}（{hit['method']} {hit['score']:.2f}）" for hit in hits[:_MOST_WORDS]
        ]
        why += [f"识别：{said}" for said in heard(truth.room, line["start_s"], line["end_s"])]
    return Given(
        name=f"{truth.room} {line['start_s']:.0f}–{line['end_s']:.0f} s",
        channels=tuple(line.get("channels", ())),
        scheme=line["scheme"],
        score=float(line.get("score", 1.0)),
        candidate=candidate,
        right=right,
        method=deciding_method(lexicon, line["scheme"], ((h.get("slot", ""), h["method"]) for h in hits)),
        words=tuple(dict.fromkeys(hit["raw"] for hit in hits))[:_MOST_WORDS],
        why=tuple(why),
    )


def _labelled(truth: Truth, episode: Episode, pairs: Sequence[tuple[Line, Given]], heard: Heard) -> Labelled:
    mine = [one for line, one in pairs if meets(line, episode)]
    anything = any(not one.candidate and meets({**line, "scheme": episode.scheme}, episode) for line, one in pairs)
    found = next((one for one in mine if not one.candidate), None)
    why: list[str] = []
    if not found:
        why += [f"只是候选（{one.score:.2f}）：{'、'.join(one.words)}" for one in mine]
        why += [f"识别：{said}" for said in heard(truth.room, episode.start_s, episode.end_s)]
    return Labelled(
        name=f"{truth.room} {episode.start_s:.0f}–{episode.end_s:.0f} s",
        channels=episode.channels,
        scheme=episode.scheme,
        text=episode.text,
        found=found is not None,
        any_found=anything,
        score=surest(mine),
        method=found.method if found else "",
        why=tuple(why),
    )


def _joined(items: Iterable[Episode]) -> list[Episode]:
    """Items of one scheme whose gaps are at most JOIN_S, as one episode each."""
    episodes: list[Episode] = []
    for item in sorted(items, key=lambda i: (i.scheme, i.start_s)):
        last = episodes[-1] if episodes else None
        if last and last.scheme == item.scheme and item.start_s - last.end_s <= JOIN_S:
            episodes[-1] = Episode(
                last.scheme,
                last.start_s,
                max(last.end_s, item.end_s),
                tuple(sorted({*last.channels, *item.channels})),
                f"{last.text} / {item.text}",
            )
        else:
            episodes.append(item)
    return sorted(episodes, key=lambda e: (e.start_s, e.scheme))


def _channel(item: Mapping[str, Any]) -> str:
    return {"danmaku": "chat"}.get(item["channel"], str(item["channel"]))
