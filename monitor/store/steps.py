"""The steps in which a stream was judged: what was told, and how far every channel was known then.

A board that stays is told again and again, longer each time, and what a judge makes of it depends on what it knew
when. So each telling is kept, in the order in which it was fed; without this a replay would only come close.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.records import Box, Channel, Cue, Role
from monitor.store.rows import box_list
from monitor.timeline import Span


@dataclass(frozen=True, slots=True)
class Step:
    """Cues fed to the judge, in this order, and then the watermark up to which it judged."""

    cues: tuple[Cue, ...]
    watermark_ms: int | None
    """None: the stream ended, at its last millisecond."""


def packed(steps: Iterable[Step]) -> list[Any]:
    """Plain JSON values: `[watermark, [telling, …]]` for each step.

    A telling is `[cue_id]`, which stands in the table of cues, or for what was read off the picture (it alone is told
    more than once) `[cue_id, {…}]` with the fields that differ from the telling before it in this list.
    """
    before: dict[str, dict[str, Any]] = {}
    some: list[Any] = []
    for step in steps:
        tellings: list[Any] = []
        for cue in step.cues:
            if cue.box is None:
                tellings.append([cue.cue_id])
                continue
            fields = _fields(cue)
            known = before.get(cue.cue_id, {})
            tellings.append([cue.cue_id, {name: value for name, value in fields.items() if known.get(name) != value}])
            before[cue.cue_id] = fields
        some.append([step.watermark_ms, tellings])
    return some


def names_of(some: Iterable[Any]) -> list[str]:
    """Ids of the cues that stand in the table of cues alone, each once."""
    return list(dict.fromkeys(telling[0] for _, tellings in some for telling in tellings if len(telling) == 1))


def unpacked(some: Iterable[Any], known: Mapping[str, Cue]) -> Iterator[Step]:
    """The steps that `packed` made `some` of; `known` holds the cues of `names_of`."""
    before: dict[str, dict[str, Any]] = {}
    for watermark_ms, tellings in some:
        cues: list[Cue] = []
        for cue_id, *changes in tellings:
            if not changes:
                if cue_id in known:
                    cues.append(known[cue_id])
                continue
            before[cue_id] = {**before.get(cue_id, {}), **changes[0]}
            cues.append(_cue(cue_id, before[cue_id]))
        yield Step(tuple(cues), watermark_ms)


def _fields(cue: Cue) -> dict[str, Any]:
    """What a telling of something on the picture may differ in. It has no words and no other readings."""
    return {
        "channel": cue.channel.value,
        "span": [cue.span.start_ms, cue.span.end_ms],
        "text": cue.text,
        "confidence": float(cue.confidence),
        "role": cue.role.value,
        "box": box_list(cue.box),
        "struck": cue.struck,
        "ongoing": cue.ongoing,
        "sender": cue.sender,
        "note": cue.note,
    }


def _cue(cue_id: str, fields: Mapping[str, Any]) -> Cue:
    return Cue(
        **{
            **fields,
            "cue_id": cue_id,
            "channel": Channel(fields["channel"]),
            "span": Span(*fields["span"]),
            "role": Role(fields["role"]),
            "box": Box(*fields["box"]),
        }
    )
