"""Stored cues judged again with today's lexicons, and what that changes: the word editor's safety net.

The engine is fed what it was fed during the scan, step by step, so that unchanged lexicons give the stored flags again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from monitor.flag_line import flag_line
from monitor.flagging import Desk
from monitor.product_list import products_beside
from monitor.records import Flag, State
from monitor.source.rooms import listed
from monitor.store import Step, Store, StoredStream


class Replayer:
    """Replays streams of one workspace at one desk."""

    def __init__(self, store: Store, desk: Desk, *, lead_in_ms: int, lead_out_ms: int) -> None:
        """`lead_in_ms` and `lead_out_ms`: how far round a flag gaps are told."""
        self._store, self._desk = store, desk
        self._lead_in_ms, self._lead_out_ms = lead_in_ms, lead_out_ms

    def stored_lines(self, stored: StoredStream) -> list[dict[str, Any]]:
        """The stream's flag lines as they stand in the workspace."""
        return list(self._store.flags(stream_keys=[stored.stream_key]))

    def replay(self, stored: StoredStream) -> list[dict[str, Any]]:
        """The flag lines that a scan would give today, without evidence, in order of start."""
        models: dict[str, str] = next((line["models"] for line in self.stored_lines(stored)), {})
        gaps = list(self._store.gaps(stored.stream_id))
        flags: list[Flag] = []
        row = listed(stored.stream.source)  # who the host is, as the table stands today: no part of the store
        stream = replace(stored.stream, industry=row.industry, shop_score=row.shop_score) if row else stored.stream
        day = stream.started_at.date() if stream.started_at else None
        products, _ = products_beside(stream.source, day)  # as the list stands today
        engine = self._desk.engine(stream, stored.media_key, products)
        for step in self._steps(stored):
            for cue in step.cues:
                engine.feed(cue)
            told = engine.finish(stored.end_ms) if step.watermark_ms is None else engine.advance(step.watermark_ms)
            flags += [
                self._desk.flag(
                    violation,
                    stream,
                    models=models,
                    gaps=gaps,
                    around=violation.span.grow(self._lead_in_ms, self._lead_out_ms),
                )
                for violation in told
                if violation.state == State.CLOSED
            ]
        lines = [flag_line(flag) for flag in flags]
        return sorted(lines, key=lambda line: (line["start_s"], line["flag_id"]))

    def _steps(self, stored: StoredStream) -> Iterator[Step]:
        """The steps as they were kept; for streams of older programs all cues at once, which comes close."""
        ended = False
        for step in self._store.steps(stored.stream_id):
            ended = step.watermark_ms is None
            yield step
        if not ended:
            yield Step(tuple(self._store.cues(stored.stream_id)), None)


def is_exact(store: Store, stored: StoredStream) -> bool:
    """Whether the steps of the stream's scan were kept, so that a replay is exact."""
    return next(store.steps(stored.stream_id), None) is not None


def replayable(streams: Sequence[StoredStream]) -> list[StoredStream]:
    """Those that were scanned to their end, and whose cues are there: of others all flags would seem to vanish."""
    found = (stored for stored in streams if stored.state == "done")
    return [stored for stored in found if stored.cues or not (stored.flags or stored.candidates)]
