"""The files a recorder or a shop's back office would leave beside a recording."""

import json
from datetime import timedelta
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from .script import Note, Room


def write(room: Room, media: Path) -> list[Path]:
    """Write the comments and private messages of a room beside its media; returns what was written."""
    written = []
    if room.recorder != "none":
        form = {"bililive": _bililive, "biliup": _biliup}[room.recorder]
        path = media.with_suffix(".xml")
        path.write_text(form(room), encoding="utf-8", newline="\n")
        written.append(path)
    if room.messages:
        path = media.with_suffix(".messages.jsonl")
        rows = [{"time_s": note.time_s, "sender": note.by, "text": note.text} for note in room.messages]
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def _bililive(room: Room) -> str:
    """As BililiveRecorder writes it: a head with the room's name and start, then one <d> a comment."""
    start = room.started_at.strftime("%Y-%m-%dT%H:%M:%S.0000000+08:00")
    head = [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<i>",
        "<chatserver>chat.example</chatserver><chatid>0</chatid><mission>0</mission><maxlimit>1000</maxlimit>"
        "<state>0</state><real_name>0</real_name><source>0</source>",
        '<BililiveRecorder version="2.17.3" />',
        f'<BililiveRecorderRecordInfo roomid="0" shortid="0" name={quoteattr(room.creator)} title="" '
        f'areanameparent="" areanamechild="" start_time="{start}" />',
    ]
    rows = [
        f'<d p="{note.time_s:.3f},1,25,16777215,{_unix_s(room, note) * 1000},0,{uid},0" '
        f"user={quoteattr(note.by)}>{escape(note.text)}</d>"
        for uid, note in _with_uids(room)
    ]
    return "\n".join([*head, *rows, "</i>", ""])


def _biliup(room: Room) -> str:
    """As biliup writes it with details switched on: no head, tab-indented, the user as attributes."""
    rows = [
        f'\t<d p="{note.time_s:.3f},1,25,16777215,{_unix_s(room, note)},0,{uid},0" '
        f'timestamp="{_unix_s(room, note)}" uid="{uid}" user={quoteattr(note.by)}>{escape(note.text)}</d>'
        for uid, note in _with_uids(room)
    ]
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', "<i>", *rows, "</i>", ""])


def _with_uids(room: Room) -> list[tuple[int, Note]]:
    names = sorted({note.by for note in room.comments})
    return [(9001 + names.index(note.by), note) for note in room.comments]


def _unix_s(room: Room, note: Note) -> int:
    return int((room.started_at + timedelta(seconds=note.time_s)).timestamp())
