"""Who may do what at the desk. Pure: a table of roles and rights, and the person who asks.

The table stands in `docs/dashboard.md` too; a test keeps the two alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitor.errors import MonitorError


class Role(StrEnum):
    """What somebody is at the desk; each person has one."""

    REVIEWER = "reviewer"
    LEAD = "lead"
    ADJUDICATOR = "adjudicator"
    EDITOR = "editor"
    ADMIN = "admin"
    READER = "reader"


class Right(StrEnum):
    """One kind of thing that can be done; every write asks for one."""

    LOOK = "look"
    """See flags, their clips, streams and rules."""
    DECIDE = "decide"
    """Claim flags, decide in the first and second round, dismiss several of one cause, take back one's own."""
    ADJUDICATE = "adjudicate"
    """Decide where two reviewers disagree."""
    TAKE_OVER = "take_over"
    """Take a flag that somebody else has claimed."""
    EXPORT = "export"
    """Take flags and cases out of the desk."""
    HOLD = "hold"
    """Put cases on hold and release them, note appeals."""
    AUDIT = "audit"
    """Read the audit log."""
    QUALITY = "quality"
    """See who decided how and how well reviewers agree; choose flags whose answer is known."""
    LEXICON = "lexicon"
    """Try changed terms."""
    USERS = "users"
    """Make accounts, change roles."""


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.READER: frozenset({Right.LOOK}),
    Role.REVIEWER: frozenset({Right.LOOK, Right.DECIDE}),
    Role.EDITOR: frozenset({Right.LOOK, Right.LEXICON}),
    Role.ADJUDICATOR: frozenset({Right.LOOK, Right.DECIDE, Right.ADJUDICATE, Right.EXPORT, Right.HOLD}),
    Role.LEAD: frozenset(
        {Right.LOOK, Right.DECIDE, Right.TAKE_OVER, Right.EXPORT, Right.HOLD, Right.AUDIT, Right.QUALITY}
    ),
    # Whoever makes accounts decides nothing: otherwise one person could be first, second and last reviewer.
    Role.ADMIN: frozenset({Right.LOOK, Right.EXPORT, Right.HOLD, Right.AUDIT, Right.QUALITY, Right.USERS}),
}

ROLE_NAMES: Mapping[Role, str] = {
    Role.REVIEWER: "审核员",
    Role.LEAD: "组长",
    Role.ADJUDICATOR: "终审",
    Role.EDITOR: "词库员",
    Role.ADMIN: "管理员",
    Role.READER: "只读",
}
"""As people read them."""

RIGHT_NAMES: Mapping[Right, str] = {
    Right.LOOK: "查看",
    Right.DECIDE: "复核",
    Right.ADJUDICATE: "终审裁定",
    Right.TAKE_OVER: "接手他人任务",
    Right.EXPORT: "导出",
    Right.HOLD: "留存与申诉",
    Right.AUDIT: "审计日志",
    Right.QUALITY: "质检",
    Right.LEXICON: "试改词库",
    Right.USERS: "账号管理",
}
"""Likewise."""


class RefusedError(MonitorError):
    """Somebody asked for what their role does not allow, or is nobody here."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the desk, as known when their session was looked up."""

    name: str
    """Login; stands in verdicts and in the audit log."""
    shown: str
    """What colleagues read."""
    role: Role

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]
