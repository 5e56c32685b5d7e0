"""Pieces of one row put together: a name in another colour than its comment is often detected by itself."""

from __future__ import annotations

from collections.abc import Callable

from monitor.records import Box
from monitor.screen.lines import Line, height_px

# Pieces of one row overlap by this share of the lower one's height, are alike in height, and lie at most so many
# heights apart.
LEAST_OVERLAP = 0.6
LEAST_ALIKE = 0.6
MOST_GAP = 0.8


def joined_rows(lines: list[Line], *, starts: Callable[[Line], bool]) -> list[Line]:
    """The lines with each piece that stands right of a line for which `starts` holds joined to it, in their order."""
    joined: list[Line] = []
    for line in sorted(lines, key=lambda line: line.box.left_px):
        for index, before in enumerate(joined):
            if starts(before) and _next_in_row(before.box, line.box):
                joined[index] = Line(
                    before.text + line.text,
                    cover(before.box, line.box),
                    min(before.confidence, line.confidence),
                    before.struck and line.struck,
                )
                break
        else:
            joined.append(line)
    return sorted(joined, key=lambda line: line.box.top_px)


def cover(a: Box, b: Box) -> Box:
    """The smallest box that holds both."""
    return Box(
        min(a.left_px, b.left_px), min(a.top_px, b.top_px), max(a.right_px, b.right_px), max(a.bottom_px, b.bottom_px)
    )


def _next_in_row(left: Box, right: Box) -> bool:
    low, high = sorted((height_px(left), height_px(right)))
    down = min(left.bottom_px, right.bottom_px) - max(left.top_px, right.top_px)
    gap = right.left_px - left.right_px
    return low >= LEAST_ALIKE * high and down >= LEAST_OVERLAP * low and -low <= gap <= MOST_GAP * high
