"""Danmaku files of BililiveRecorder, biliup and blrec → chat cues.

All three write a root `<i>` with comments `<d p="seconds,mode,size,colour,unix time,pool,uid,row">text</d>`. Paid
comments are `<sc ts=…>` (BililiveRecorder, blrec) or `<s timestamp=… type="super_chat">` (biliup). Gifts, guards and
whatever else stands there hold no words of the host and are left out. Recorders die, so files end anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from lxml import etree

from monitor.chat.encoding import HEAD_BYTES
from monitor.chat.names import HostIdentity
from monitor.chat.plain_xml import PlainXml
from monitor.errors import InputError
from monitor.records import Channel, Cue, Role
from monitor.timeline import Span

_SHOWN_MS = 1000  # a comment has a moment, no end; a second makes it a span that windows can meet
_LONGEST_S = 60 * 86_400.0  # no broadcast lasts two months: later times are a broken field
_UNIX_MS = 1e11  # a larger unix time is in milliseconds (in seconds it would be the year 5138)
_LONGEST_TEXT = 2000  # platforms cut a comment at 20 to 200 characters
_MOST_ERRORS = 100  # libxml2 tells no more (XML_MAX_ERRORS): after that nobody knows what was lost
_TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class DanmakuEnd:
    """What is known of a danmaku file once it was gone through."""

    lost: str = ""
    """Why a stretch of it could not be read, for a person: `cut off after 1,234 comments`; empty when all was read."""
    lost_from_ms: int | None = None
    """Time of the last comment that was certainly read in order; None when no stretch is lost, or all of it."""
    skipped: str = ""
    """Which single comments were left out, and why: they have no place in time."""

    @property
    def problem(self) -> str:
        """All of it in one line; empty when nothing is missing."""
        return "; ".join(filter(None, (self.lost, self.skipped)))


def iter_danmaku(
    path: Path,
    *,
    host: HostIdentity,
    hash_name: Callable[[str], str],
    offset_ms: int = 0,
    started_at: datetime | None = None,
    first_id: int = 0,
) -> Generator[Cue, None, DanmakuEnd]:
    """The comments in the order of the file, in memory that does not grow with it; returns what was lost of them.

    `offset_ms` is added to each time, and what then lies before the start is put at the start. `started_at`, with a
    zone, places biliup's paid comments, which carry only a unix time. `first_id` numbers the first cue: with several
    files a stream, the number of cues before. Raises InputError if the file does not open.
    """
    tally = _Tally()
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(0)
            for element in _elements(file, head, tally):
                try:
                    comment = _comment(element, started_at, tally)
                except UnicodeDecodeError:  # lxml's, for a character reference that is no character
                    tally.unreadable += 1
                    continue
                if comment:
                    cue = _cue(comment, f"chat:{first_id + tally.comments}", offset_ms, host, hash_name)
                    tally.comments += 1
                    tally.last_ms = cue.span.start_ms
                    yield cue
            file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            closed = file.read().replace(b"\0", b"").rstrip().endswith((b"</i>", b"<i/>"))
    except OSError as error:
        if not tally.comments:
            raise InputError(f"the danmaku cannot be read ({error.strerror})", where=path) from error
        return tally.end(head=head, closed=True, failed=error.strerror or "error of the disk")
    return tally.end(head=head, closed=closed)


@dataclass(frozen=True, slots=True)
class _Comment:
    """One comment as it stands in the file; it never leaves this module, since it holds names."""

    at_s: float
    names: tuple[str, ...]
    """Name and id of who typed it, as far as the recorder wrote them."""
    text: str


@dataclass(slots=True)
class _Tally:
    """What was met while reading."""

    comments: int = 0
    last_ms: int | None = None
    """Of the comment read last."""
    malformed: int = 0
    undated: int = 0
    overlong: int = 0
    unreadable: int = 0
    root: str = ""
    refused: str = ""
    stopped: str = ""
    damage: str = ""
    sound_ms: int | None = None
    """Of the last comment before the damage."""

    def end(self, *, head: bytes, closed: bool, failed: str = "") -> DanmakuEnd:
        if not head.strip(b"\0 \t\r\n"):
            return DanmakuEnd("empty")
        if self.refused:
            return DanmakuEnd(self.refused)
        if self.root != "i":
            return DanmakuEnd("not a danmaku file")
        lost, lost_from_ms = "", self.last_ms
        if failed:
            lost = f"cannot be read after {self.comments:,} comments ({failed})"
        elif self.stopped:
            lost = f"not read after {self.comments:,} comments: {self.stopped}"
        elif not closed:
            lost = f"cut off after {self.comments:,} comments"
        elif self.damage:
            lost = f"damaged at {self.damage}: {self.comments:,} comments read, others may be lost"
        if self.damage:
            lost_from_ms = self.sound_ms
        skipped = [
            f"{count:,} {what}"
            for count, what in (
                (self.malformed, "comments without a time skipped"),
                (self.undated, "paid comments skipped, since the recording's start is not known"),
                (self.unreadable, "comments with characters that do not exist skipped"),
                (self.overlong, f"comments of more than {_LONGEST_TEXT:,} characters skipped"),
            )
            if count
        ]
        return DanmakuEnd(lost, lost_from_ms if lost else None, "; ".join(skipped))


# What the parser gets over without losing anything but the character.
_HARMLESS = frozenset({"ERR_INVALID_CHAR", "ERR_INVALID_ENCODING", "ERR_UNDECLARED_ENTITY"})


def _elements(file: IO[bytes], head: bytes, tally: _Tally) -> Generator[etree._Element, None, None]:
    """Each element when it is complete; it is emptied afterwards, and those before it are dropped."""
    xml, pieces = PlainXml(file, head), 0
    context = etree.iterparse(
        xml,
        events=("end",),
        encoding="utf-8",
        recover=True,
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    try:
        for _, element in context:
            if not tally.root and not _admit(element.getroottree(), tally):
                return
            xml.ended(element.tag, element.keys())
            if pieces != xml.pieces:
                pieces = xml.pieces
                _note_damage(context, tally)
            yield element
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError:
        return  # nothing that could be an element; the tally's root stays empty
    if not tally.root and context.root is not None and not _admit(context.root.getroottree(), tally):
        return
    tally.stopped = xml.stopped
    _note_damage(context, tally)


def _note_damage(context: etree.iterparse, tally: _Tally) -> None:
    """The first place at which the parser lost its way, and how far the comments had come before the piece with it."""
    if tally.damage:
        return
    log = context.error_log
    harmful = next((entry for entry in log if entry.type_name not in _HARMLESS), None)
    if harmful is None and len(log) < _MOST_ERRORS:
        return
    # By its kind, ERR_TAG_NAME_MISMATCH: the parser's own words quote the file, and so the names in it.
    what = harmful.type_name.removeprefix("ERR_").replace("_", " ").lower() if harmful else "too many errors to tell"
    tally.damage, tally.sound_ms = f"line {(harmful or log[-1]).line} ({what})", tally.last_ms


def _admit(tree: etree._ElementTree, tally: _Tally) -> bool:
    """Whether this is danmaku. It is asked before any attribute is read, since reading one expands its entities."""
    tally.root = str(tree.getroot().tag)
    if tree.docinfo.internalDTD is not None:
        tally.refused = "not read: it declares a document type, which no recorder does"
    return not tally.refused and tally.root == "i"


def _comment(element: etree._Element, started_at: datetime | None, tally: _Tally) -> _Comment | None:
    """The comment that an element holds, or None."""
    tag, fields = element.tag, (element.get("p") or "").split(",")
    if tag == "d" and len(fields) > 1:  # otherwise it is the one in which the file was cut, or no comment at all
        at_s = _seconds(fields[0])
        uid = fields[6].strip() if len(fields) > 6 else ""
    elif tag == "sc":
        at_s, uid = _seconds(element.get("ts")), ""
    elif tag == "s" and element.get("type") == "super_chat":
        unix_s, uid = _seconds(element.get("timestamp"), longest=math.inf), ""
        if started_at is None:
            tally.undated += 1
            return None
        unix_s = unix_s and (unix_s / 1000 if unix_s >= _UNIX_MS else unix_s)
        at_s = None if unix_s is None else unix_s - started_at.timestamp()
    else:
        return None
    if at_s is None or abs(at_s) > _LONGEST_S:
        tally.malformed += 1
        return None
    text = _text(element)
    if not text.strip():
        return None
    if len(text) > _LONGEST_TEXT:
        tally.overlong += 1
        return None
    named = (element.get("user") or element.get("username") or "", element.get("uid") or uid)
    return _Comment(at_s, tuple(name for name in named if name and name != "0"), text)


def _cue(comment: _Comment, cue_id: str, offset_ms: int, host: HostIdentity, hash_name: Callable[[str], str]) -> Cue:
    at_ms = max(0, round(comment.at_s * 1000) + offset_ms)
    is_host = any(host.role(name) is Role.HOST for name in comment.names)
    return Cue(
        cue_id,
        Channel.CHAT,
        Span(at_ms, at_ms + _SHOWN_MS),
        comment.text,
        role=Role.HOST if is_host else Role.VIEWER,
        sender=hash_name(comment.names[0]) if comment.names else "",
    )


def _seconds(text: str | None, *, longest: float = _LONGEST_S) -> float | None:
    """The number of seconds, or None when it is none or cannot be a time."""
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and abs(seconds) <= longest else None


def _text(element: etree._Element) -> str:
    """The text as typed; an entity stays the name that it is, never what someone declared it to mean."""
    return (element.text or "") + "".join(
        (child.text or "" if child.tag is etree.Entity else "") + (child.tail or "") for child in element
    )
