"""Which lines are comments that viewers typed, drawn into the picture as a column at the lower left."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.records import Box
from monitor.screen.lines import Line, folded, height_px
from monitor.screen.panel import on_dark_panel
from monitor.screen.rows import cover, joined_rows
from monitor.text.announcements import ACTED, WELCOMED

# The column of comments: below this share of the picture's height, begun left of this share of its width, in letters
# not higher than this share of its longer side: detection boxes 24 px letters on 1280 with 36 to 70 px.
COLUMN_TOP = 0.4
COLUMN_LEFT = 0.25
MOST_HEIGHT = 0.06
# Lines of one column: left edges and heights alike, one under the other.
LEFT_TOLERANCE = 0.7
MOST_PITCH = 2.3
# A comment wraps into a second row at no less than this share of the picture's width.
WRAP_WIDTH = 0.5
# A lone line that may be either is held back so long; a board stays put, a comment moves up or goes.
HOLD_MS = 10_000
# A comment out of sight for so long has scrolled away; the same words after that are a new comment.
FORGET_MS = 10_000

_NAMED = re.compile(r"(?P<name>[^:：¥￥$]{1,10}?)\s*[:：]\s*(?P<text>.+)")
_WELCOME = re.compile(rf"(?P<before>欢迎)(?P<name>.{{1,12}}?)(?P<text>(?:{WELCOMED}).{{0,6}})")
_ACT = re.compile(rf"(?P<name>.{{1,12}}?)(?P<text>{ACTED})")
# `福利来了` is as likely a seller's board; in the column of comments it is a viewer who has come.
_CAME = re.compile(r"(?P<name>.{1,12}?)(?P<text>来了)")
# What stands before a colon on a seller's board; no viewer is called so without other viewers above and below.
_LABEL = re.compile(
    r"规格|尺[码寸]|颜色|材质|面料|产地|重量|净含量|保质期|品牌|型号|数量|库存|限量|限购|直播间|原价|现价|售价|价格?$|券后|到手|折扣"
    r"|优惠|福利|赠品?|运费|快递|发货|物流|微信|威信|电话|客服|地址|时间|公告|通知|提示|规则|说明|注意|下单|链接|号链|款式|成分|适用|功能|热线"
)


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment or system line of the column."""

    name: str
    """As read, of system lines too; empty where no name was read."""
    text: str
    """Without the name: it leaves the room and the name does not."""
    box: Box
    confidence: float
    first_ms: int
    announced: bool = False
    """The platform says it of a viewer: `… 来了`."""

    @property
    def words(self) -> str:
        """Name and text for comparison with a line."""
        if self.announced and self.text.startswith("欢迎"):
            return "欢迎" + self.name + self.text[2:]
        return self.name + self.text


@dataclass(frozen=True, slots=True)
class Board:
    """A line that is no comment, and when it was first seen (earlier than now if it was held back)."""

    line: Line
    first_ms: int


@dataclass(slots=True)
class _Held:
    line: Line
    first_ms: int
    told: bool = False
    """It stayed for so long that it was given out as a board."""
    missed: bool = False
    """It was not read at the last look."""


class CommentColumn:
    """Parts the lines of each look into comments and boards.

    Layout decides: small lines, left-aligned, one under the other in the lower part, several of them `name：text`. A
    lone `x：y` line is a comment if it lies on a dark panel or where the column was before; a label such as 规格 is no
    name; and what remains open is held back until it moves, goes, or has stayed for `HOLD_MS`.
    """

    def __init__(self) -> None:
        self._left_px: int | None = None
        self._height_px = 0
        self._held: list[_Held] = []
        self._told_ms: dict[str, int] = {}
        """Last sight of each comment, by its folded line."""

    @property
    def open_lines(self) -> list[Line]:
        """The lines on the last look that may be comments or boards."""
        return [held.line for held in self._held if not held.told and not held.missed]

    @property
    def held_since_ms(self) -> int | None:
        """First sight of the oldest line still held back."""
        return min((held.first_ms for held in self._held if not held.told), default=None)

    def part(self, at_ms: int, lines: list[Line], image: NDArray[np.uint8]) -> tuple[list[Comment], list[Board]]:
        """The comments (from top to bottom) and the boards among `lines` of the look at `at_ms` on `image`."""
        lines = joined_rows(lines, starts=lambda line: may_be_comment(line, image))
        small = [line for line in lines if may_be_comment(line, image)]
        top_px = COLUMN_TOP * image.shape[0]
        self._told_ms = {key: seen_ms for key, seen_ms in self._told_ms.items() if at_ms - seen_ms <= FORGET_MS}
        comments: list[Comment] = []
        taken: set[int] = set()
        for chain in _chains(small):
            while chain and _labelled(chain[0].text):
                del chain[0]
            if self._is_column(chain, image):
                comments += _read_column(chain, at_ms, round(WRAP_WIDTH * image.shape[1]))
                taken.update(id(line) for line in chain)
                self._left_px, self._height_px = chain[0].box.left_px, height_px(chain[0].box)
        # Known words stay a comment when detection draws their box too high or off the column for once.
        for line in lines:
            if id(line) not in taken and folded(line.text) in self._told_ms and line.box.top_px >= top_px:
                comments.append(_comment(line, at_ms))
                taken.add(id(line))
        boards, open_lines = [], []
        for line in lines:
            if id(line) in taken:
                continue
            if id(line) in {id(other) for other in small} and _named(line.text) and not _labelled(line.text):
                open_lines.append(line)
            else:
                boards.append(Board(line, at_ms))
        comments, more = self._resolve(at_ms, open_lines, comments)
        self._told_ms |= {folded(comment.words): at_ms for comment in comments}
        return sorted(comments, key=lambda comment: comment.box.top_px), boards + more

    def finish(self) -> list[Comment]:
        """The lines still held back, as comments: nothing showed that they are boards."""
        left, self._held = self._held, []
        return [_comment(held.line, held.first_ms) for held in left if not held.told]

    def _resolve(
        self, at_ms: int, open_lines: list[Line], comments: list[Comment]
    ) -> tuple[list[Comment], list[Board]]:
        """Decides about held lines: those that moved, went or joined a column are comments, those that stay boards."""
        boards: list[Board] = []
        still: list[_Held] = []
        for line in open_lines:
            held = next((held for held in self._held if folded(held.line.text) == folded(line.text)), None)
            if held is None:
                still.append(_Held(line, at_ms))
                continue
            self._held.remove(held)
            if held.line.box.top_px - line.box.top_px > height_px(line.box) // 2:
                comments.append(_comment(line, held.first_ms))
            elif held.told or at_ms - held.first_ms >= HOLD_MS:
                boards.append(Board(line, held.first_ms))
                still.append(_Held(line, held.first_ms, told=True))
            else:
                still.append(_Held(line, held.first_ms))
        for gone in self._held:
            known = next((c for c in comments if folded(c.words) == folded(gone.line.text)), None)
            if known is not None and not gone.told:
                comments[comments.index(known)] = replace(known, first_ms=gone.first_ms)
            elif known is None and not gone.missed:
                still.append(replace(gone, missed=True))
            elif known is None and not gone.told:
                comments.append(_comment(gone.line, gone.first_ms))
        self._held = still
        return comments, boards

    def _is_column(self, chain: list[Line], image: NDArray[np.uint8]) -> bool:
        speaking = [line for line in chain if _is_system(line.text) or _named(line.text)]
        names = [line for line in speaking if not _labelled(line.text)]
        if not names:
            return False
        if len(names) >= 2 or _is_system(names[0].text):
            return True
        return self._stands_where_it_was(names[0].box) or on_dark_panel(image, names[0].box)

    def _stands_where_it_was(self, box: Box) -> bool:
        if self._left_px is None:
            return False
        apart_px = abs(box.left_px - self._left_px)
        return apart_px <= LEFT_TOLERANCE * self._height_px and _alike(height_px(box), self._height_px)


def may_be_comment(line: Line, image: NDArray[np.uint8]) -> bool:
    """Whether a line stands where comments do and is as small as they are."""
    height, width = (int(side) for side in image.shape[:2])
    box = line.box
    return (
        box.top_px >= COLUMN_TOP * height
        and box.left_px <= COLUMN_LEFT * width
        and height_px(box) <= MOST_HEIGHT * max(height, width)
    )


def _chains(lines: list[Line]) -> list[list[Line]]:
    """Lines that stand under one another with one left edge and one height, from top to bottom."""
    chains: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box.top_px):
        for chain in chains:
            last = chain[-1].box
            tall = max(height_px(last), height_px(line.box))
            if (
                abs(last.left_px - line.box.left_px) <= LEFT_TOLERANCE * tall
                and _alike(height_px(last), height_px(line.box))
                and 0.5 * tall <= line.box.top_px - last.top_px <= MOST_PITCH * tall
            ):
                chain.append(line)
                break
        else:
            chains.append([line])
    return chains


def _alike(a: int, b: int) -> bool:
    return min(a, b) >= 0.65 * max(a, b)


def _named(text: str) -> re.Match[str] | None:
    """`name：text`, unless the colon stands within a time or a ratio (`20:30`)."""
    match = _NAMED.fullmatch(text.strip())
    if match is None or (match["name"][-1:].isdigit() and match["text"][:1].isdigit()):
        return None
    return match


def _is_system(text: str) -> bool:
    """Whether the platform says it of a viewer: `… 来了`, `… 送出了 …`."""
    return _named(text) is None and (is_announcement(text) or _CAME.fullmatch(text.strip()) is not None)


def is_announcement(text: str) -> bool:
    """Whether only a platform says it, of one viewer, wherever on the picture it stands: `… 进入直播间`."""
    return any(shape.fullmatch(text.strip()) for shape in (_WELCOME, _ACT))


def _labelled(text: str) -> bool:
    match = _named(text)
    return match is not None and bool(_LABEL.search(match["name"]))


def _read_column(chain: list[Line], at_ms: int, wrap_px: int) -> list[Comment]:
    """The comments of a column; a line without a name continues the one above if that one is as wide as any.

    `wrap_px`: a narrower line is never continued.
    """
    widest = max(wrap_px, *(line.box.right_px for line in chain))
    comments: list[Comment] = []
    above: Line | None = None
    for line in chain:
        wrapped = above is not None and above.box.right_px >= widest - height_px(above.box) > line.box.right_px
        if _named(line.text) or _is_system(line.text) or not wrapped or not comments:
            comments.append(_comment(line, at_ms))
        else:
            last = comments[-1]
            comments[-1] = replace(
                last,
                text=last.text + line.text,
                confidence=min(last.confidence, line.confidence),
                box=cover(last.box, line.box),
            )
        above = line
    return comments


def _comment(line: Line, first_ms: int) -> Comment:
    if _is_system(line.text):
        return _announced(line, first_ms)
    match = _named(line.text)
    if match is None:
        return Comment("", line.text, line.box, line.confidence, first_ms)
    name = unicodedata.normalize("NFKC", match["name"]).strip()
    return Comment(name, match["text"].strip(), line.box, line.confidence, first_ms)


def _announced(line: Line, first_ms: int) -> Comment:
    """A system line taken apart: `欢迎小明进入直播间` says `欢迎进入直播间` of 小明."""
    text = line.text.strip()
    match = next(match for shape in (_WELCOME, _ACT, _CAME) if (match := shape.fullmatch(text)))
    before = match.groupdict().get("before", "")
    name = unicodedata.normalize("NFKC", match["name"]).strip()
    return Comment(name, before + match["text"], line.box, line.confidence, first_ms, announced=True)
