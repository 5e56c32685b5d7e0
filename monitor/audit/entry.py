"""What the audit log holds: one act a leaf, in one way of writing it and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

SCHEMA = "monitor.audit/1"
SYSTEM = "system"
"""Actor of what no person did."""
MOST_CHARS = 200
"""Of one string: room for ids, digests, names and a reason's code, none for what was said in a stream."""
MOST_BYTES = 65_536
"""Of one leaf: a list of some hundred digests."""
MOST_DEPTH = 4
"""Of lists and objects within one another."""
_SAFE_INT = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly (RFC 8259, 6)."""
_UNKEEPABLE = re.compile("[\x00-\x1f\ud800-\udfff]")
"""Control characters and half characters: some database or reader refuses each."""

Fact = str | int | bool | None | Sequence["Fact"] | Mapping[str, "Fact"]


class Act(StrEnum):
    """What can be done. The list grows; a name that stands in a log is never changed."""

    SCAN_BEGUN = "scan_begun"
    SCAN_ENDED = "scan_ended"
    STREAM_DONE = "stream_done"
    STREAM_FAILED = "stream_failed"
    STREAM_STOPPED = "stream_stopped"
    """Left before its end, to be gone on with. Older logs have `stream_failed` with the state `stopped`."""
    FLAG = "flag"
    CLAIM = "claim"
    VERDICT = "verdict"
    NOTE = "note"
    APPEAL = "appeal"
    HOLD = "hold"
    RELEASE = "release"
    EXPORT = "export"
    DELETION = "deletion"
    REPAIR = "repair"
    LEXICON_CHANGE = "lexicon_change"
    POLICY_CHANGE = "policy_change"
    SETTING_CHANGE = "setting_change"
    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    GOLD_FLAG = "gold_flag"
    """A flag whose answer is known is handed out to see who finds it; with `removed` no longer."""
    GOLD_ANSWER = "gold_answer"
    """Somebody decided about such a flag; nothing of its review changed."""
    ROLE_CHANGE = "role_change"
    KEY_CHANGE = "key_change"
    UNMASKING = "unmasking"
    """Viewers' names were shown or exported because someone asked for them."""


class EntryError(ValueError):
    """What must not, or cannot, stand in the log; `str` says which part and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. Raises EntryError when made of anything that has no place in a log that is never erased.

    The log outlives what it tells of, so nothing personal and nothing of a stream's content belongs into it: ids,
    digests and counts do. Where a text matters (a verdict's reason), its digest stands here and the text in its table.
    """

    at: datetime
    """With a zone; kept as UTC, to the microsecond."""
    actor: str
    """Login of an operator or reviewer, or `SYSTEM`."""
    act: Act
    subject: str
    """What it was done to: a flag's id, the digest of a stream's key, a lexicon's digest, …"""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """JSON without fractions: strings of at most 200 characters, whole numbers, true, false, null."""
    _leaf: bytes = field(init=False, repr=False, compare=False)
    """Written when the entry is made, so that nothing can be changed between the look at it and the log."""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise EntryError(f"at: a time without a zone: {self.at.isoformat()}")
        try:
            object.__setattr__(self, "at", self.at.astimezone(UTC))
        except OverflowError as error:
            raise EntryError(f"at: a time outside the calendar: {self.at.isoformat()}") from error
        try:
            object.__setattr__(self, "act", Act(self.act))
        except ValueError as error:
            raise EntryError("act: not one that the log knows") from error
        if not self.actor:
            raise EntryError("actor: nobody")
        _check_text(self.actor, "actor")
        _check_text(self.subject, "subject")
        if not isinstance(self.facts, Mapping):
            raise EntryError("facts: no object")
        _check_fact(self.facts, "facts", MOST_DEPTH)
        fields = {
            "schema": SCHEMA,
            "at": time_text(self.at),
            "actor": self.actor,
            "act": self.act.value,
            "subject": self.subject,
            "facts": self.facts,
        }
        object.__setattr__(self, "_leaf", canonical(fields))
        if len(self._leaf) > MOST_BYTES:
            raise EntryError(f"more than {MOST_BYTES} bytes: log a digest of the list instead")

    def leaf_bytes(self) -> bytes:
        """Canonical JSON: keys sorted by code point, no spaces, UTF-8, times with six decimals and `Z`."""
        return self._leaf

    @classmethod
    def from_leaf(cls, leaf: bytes) -> Entry:
        """Raises EntryError for anything that `leaf_bytes` does not write."""
        try:
            fields = json.loads(leaf)
            entry = cls(
                datetime.fromisoformat(fields["at"]), fields["actor"], fields["act"], fields["subject"], fields["facts"]
            )
        except EntryError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise EntryError("no entry") from error
        if entry.leaf_bytes() != leaf:
            raise EntryError("not as it was written")
        return entry


def canonical(value: Any) -> bytes:
    """JSON in one way: sorted keys, no spaces, UTF-8."""
    return _ENCODER.encode(value).encode()


def time_text(at: datetime) -> str:
    """`2026-11-20T12:01:02.240000Z`; the time has a zone."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _plain(value: object) -> object:
    """Mappings and sequences that are no dict or list."""
    if isinstance(value, Mapping):
        return dict(value)
    raise EntryError(f"facts: a {type(value).__name__}")


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_plain)


def _check_fact(value: object, where: str, depth: int) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value, where)
    elif isinstance(value, int):
        if abs(value) > _SAFE_INT:
            raise EntryError(f"{where}: a number beyond 2^53")
    elif isinstance(value, Mapping | list | tuple):
        if not depth:
            raise EntryError(f"{where}: too deep")
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            if isinstance(value, Mapping):
                if not isinstance(key, str):
                    raise EntryError(f"{where}: a name that is no text")
                _check_text(key, f"{where}: a name")
            _check_fact(item, f"{where}.{key}", depth - 1)
    else:
        raise EntryError(
            f"{where}: a {type(value).__name__}; whole numbers, short texts, true, false and null may stand"
        )


def _check_text(text: object, where: str) -> None:
    if not isinstance(text, str):
        raise EntryError(f"{where}: no text")
    if len(text) > MOST_CHARS:
        raise EntryError(f"{where}: more than {MOST_CHARS} characters; log its digest")
    if _UNKEEPABLE.search(text):
        raise EntryError(f"{where}: a character that cannot be kept")
