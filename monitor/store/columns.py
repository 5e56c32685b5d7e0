"""Column types that both databases keep alike."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with each character that no database keeps (NUL, lone surrogates) replaced by U+FFFD.

    One for one, so that positions in the text stay what they were. Exported messages may hold such characters.
    """
    return _UNSTORABLE.sub("\ufffd", text)


def to_json(value: Any) -> str:
    return storable(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


class Prose(TypeDecorator[str]):
    """Text from outside the program: recognised, typed or read."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else storable(value)


# Python reads a file name's byte that is no UTF-8 as U+DC80..U+DCFF (PEP 383), which cannot be stored; the end of the
# last private plane can, and no name uses it.
_TO_STORED = {0xDC00 + byte: 0x10FF00 + byte for byte in range(0x80, 0x100)}
_FROM_STORED = {stored: escaped for escaped, stored in _TO_STORED.items()}


class FileName(TypeDecorator[str]):
    """A path or a key made of one, exact even when its bytes are no UTF-8: recorders leave GBK names behind."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else storable(value.translate(_TO_STORED))

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.translate(_FROM_STORED)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC; SQLite itself knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"time without a zone: {value.isoformat()}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
