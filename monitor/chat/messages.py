"""Exported private messages, one JSON object a line → message cues.

`{"time_s": 12.5, "sender": "host", "text": "…"}`: `time_s` counts from the start of the broadcast; `time` instead of it
is ISO 8601 or unix seconds. `sender` is `host`, `staff` or `viewer`; `name` says who, and is hashed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.chat.encoding import HEAD_BYTES, text_encoding
from monitor.errors import InputError
from monitor.records import Channel, Cue, Role
from monitor.timeline import Span

_SHOWN_MS = 1000  # as for a comment
_LONGEST_LINE_BYTES = 1 << 20
_LONGEST_TEXT = 20_000  # WeChat takes some 16,000 bytes
_LONGEST_S = 400 * 86_400.0  # messages go on after the broadcast, for more than a year they do not
_UNIX_MS = 1e11  # a larger unix time is in milliseconds
_NAMED = 5  # lines named in the problem; the rest is counted
_ROLES = {role.value: role for role in Role}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def iter_messages(
    path: Path, *, hash_name: Callable[[str], str], started_at: datetime | None, first_id: int = 0
) -> Generator[Cue, None, str]:
    """The messages in the order of the file, in memory that does not grow with it; returns the problem.

    `started_at`, with a zone, places those that carry a clock time. A wrong line is skipped and named in the problem.
    `first_id` numbers the first cue: with several files a stream, the number of cues before. Raises InputError if the
    file does not open.
    """
    wrong: list[str] = []
    messages = wrong_lines = unplaced = 0
    try:
        for number, line, encoding in _lines(path):
            try:
                message = _message(line, encoding, started_at)
            except (ValueError, RecursionError) as error:
                what = "nested too deep" if isinstance(error, RecursionError) else error
                wrong_lines += 1
                if len(wrong) < _NAMED:
                    wrong.append(f"{path}:{number}: {what}")
                continue
            unplaced += message.at_ms is None
            at_ms = max(0, message.at_ms or 0)
            yield Cue(
                f"message:{first_id + messages}",
                Channel.MESSAGE,
                Span(at_ms, at_ms + _SHOWN_MS),
                message.text,
                role=message.role,
                sender=hash_name(message.name) if message.name else "",
            )
            messages += 1
    except OSError as error:
        raise InputError(f"the messages cannot be read ({error.strerror})", where=path) from error
    found = []
    if wrong:
        more = f"; and {wrong_lines - _NAMED:,} more" if wrong_lines > _NAMED else ""
        found.append(f"{wrong_lines:,} wrong lines skipped: {'; '.join(wrong)}{more}")
    if unplaced:
        found.append(f"{unplaced:,} messages put at the start, since the broadcast's clock time is not known")
    return "; ".join(found)


@dataclass(frozen=True, slots=True)
class _Message:
    """One message as it stands in the file; it never leaves this module, since it holds a name."""

    at_ms: int | None
    role: Role
    name: str
    text: str


def _lines(path: Path) -> Iterator[tuple[int, bytes, str]]:
    """Number, bytes and encoding of each line that is not blank; no bytes for one too long to be a message."""
    with path.open("rb") as file:
        encoding = text_encoding(file.read(HEAD_BYTES))
        file.seek(0)
        if encoding == "utf-16":
            raise InputError("the messages are UTF-16", where=path, todo="save them as UTF-8")
        number = 0
        while line := file.readline(_LONGEST_LINE_BYTES):
            number += 1
            whole = line.endswith(b"\n") or len(line) < _LONGEST_LINE_BYTES
            while not whole:
                rest = file.readline(_LONGEST_LINE_BYTES)
                whole = rest.endswith(b"\n") or not rest
                line = b""
            if not line or line.strip():
                yield number, line, encoding if number == 1 else encoding.removesuffix("-sig")


def _message(line: bytes, encoding: str, started_at: datetime | None) -> _Message:
    """The message; raises ValueError that says what is wrong with the line, without quoting it: it may hold names."""
    if not line:
        raise ValueError("longer than 1 MiB")
    try:
        fields = json.loads(line.decode(encoding))
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg}, column {error.colno})") from error
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 (a wrong line, not a wrong call)
    text, sender = fields.get("text"), fields.get("sender")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("no `text`")
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"`text` is longer than {_LONGEST_TEXT:,} characters")
    if not isinstance(sender, str) or sender not in _ROLES:
        raise ValueError("`sender` is not host, staff or viewer")
    name = fields.get("name")
    return _Message(
        _at_ms(fields, started_at),
        _ROLES[sender],
        name.strip() if isinstance(name, str) else "",
        _LONE_SURROGATE.sub("\ufffd", text),  # half an emoji can be neither stored nor shown
    )


def _at_ms(fields: dict[str, Any], started_at: datetime | None) -> int | None:
    """Media time in milliseconds; None when only a clock time is given and the start is not known."""
    if fields.get("time_s") is not None:
        seconds = _number(fields["time_s"], "time_s")
    elif fields.get("time") is not None:
        unix_s = _unix_s(fields["time"], started_at)
        if started_at is None:
            return None
        seconds = unix_s - started_at.timestamp()
    else:
        raise ValueError("neither `time_s` nor `time`")
    if abs(seconds) > _LONGEST_S:
        raise ValueError("its time is more than a year away from the broadcast")
    return round(seconds * 1000)


def _unix_s(at: Any, started_at: datetime | None) -> float:
    if not isinstance(at, str):
        number = _number(at, "time")
        return number / 1000 if number >= _UNIX_MS else number
    try:
        moment = datetime.fromisoformat(at.strip())
    except ValueError as error:
        raise ValueError("`time` is no ISO 8601 time") from error
    if moment.tzinfo is None and started_at is not None:
        moment = moment.replace(tzinfo=started_at.tzinfo)
    try:
        return moment.timestamp()
    except (OverflowError, OSError) as error:
        raise ValueError("`time` is out of range") from error


def _number(value: Any, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"`{field}` is no number")  # noqa: TRY004 (a wrong line, not a wrong call)
    try:
        number = float(value)
    except OverflowError as error:
        raise ValueError(f"`{field}` is out of range") from error
    if not math.isfinite(number):
        raise ValueError(f"`{field}` is no number")
    return number
