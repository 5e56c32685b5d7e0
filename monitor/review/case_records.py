"""One flag as its page has it, and the claim under which somebody looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from monitor.evidence.page.case_rules import CitedRule
from monitor.store.cases import StoredCase
from monitor.timeline import Span


class Held(Protocol):
    """A claim, as far as the view of a case needs it."""

    @property
    def flag_id(self) -> str: ...
    @property
    def round(self) -> str: ...
    @property
    def until(self) -> datetime: ...
    @property
    def by(self) -> str: ...
    @property
    def gold(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class GoneBy:
    """Words that a flag went by, as the lexicon knows them or as the learned judge weighed them."""

    raw: str
    term: str
    method: str
    score: float
    at_ms: int


@dataclass(frozen=True, slots=True)
class CaseView:
    """One flag. What is shown of it is plain text: nothing in it is hidden, reordered or a viewer's name."""

    flag_id: str
    stream_id: int
    stream_key: str
    scheme: str
    scheme_name: str
    candidate: bool
    """Too weak to accuse: can be looked at, not decided."""
    platform: str
    creator: str
    """As stored, for asking; `heading` is for showing."""
    room: str
    began_at: datetime
    began_known: bool
    span: Span
    severity: str
    severity_name: str
    basis: str
    """`notice` where the platform published the ladder, else `desk`."""
    severity_note: str
    raised: bool
    """The facts that weigh on the severity raised it by a step."""
    weighing: tuple[str, ...]
    """These facts."""
    facts: tuple[str, ...]
    """The other facts that a reviewer is to look at."""
    patterns: tuple[str, ...]
    """Ids of the lexicon's patterns that fired."""
    score: float
    went_by: tuple[GoneBy, ...]
    rules: tuple[CitedRule, ...]
    set_aside: tuple[CitedRule, ...]
    rules_note: str
    notices: tuple[str, ...]
    """What is unusual about the flag itself, a sentence each."""
    has_evidence: bool
    """Something was kept and is there."""
    evidence_deleted: bool
    round_name: str
    """Of the claim under which it is looked at; empty when it is only looked at."""
    stored: StoredCase = field(repr=False)
    """What it was made of, for what else is asked of it; not for showing."""
    player: Mapping[str, Any] = field(repr=False)

    def to_player(
        self, *, seek_ms: int | None = None, can_undo: bool = False, alike: int = 0, problem: str = ""
    ) -> dict[str, Any]:
        """What the player shows, as plain JSON values. `alike`: open flags of the same cause; `problem`: why the last
        decision was not taken."""
        told = {"seek_ms": seek_ms, "can_undo": can_undo, "alike": alike}
        return {**self.player, **told, **({"problem": problem} if problem else {})}
