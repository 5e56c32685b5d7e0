"""Where a flag stands, told from the whole list of its events at once: slow, and in another way than it is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.store.verdicts import Decision, Round, Stage, Verdict


@dataclass(frozen=True)
class Told:
    stage: Stage
    decision: Decision | None
    """Of a closed flag."""
    appealed: bool
    deciders: dict[Round, str]
    standing: list[Verdict]

    @property
    def held_for(self) -> set[str]:
        """What the flag is on hold for by itself."""
        held = {"appealed"} if self.appealed else set()
        if self.decision == "confirmed":
            held.add("confirmed")
        return held | ({"under review"} if self.stage in (Stage.SECOND, Stage.FINAL) else set())


def told(events: Sequence[Verdict]) -> Told:
    gone: set[int] = set()
    for place, event in enumerate(events):
        if event.decision == "withdrawn":
            gone.add(place)
            gone.add(max(earlier for earlier in range(place) if earlier not in gone))
    standing = [event for place, event in enumerate(events) if place not in gone]
    deciding = [event for event in standing if event.decision not in ("appealed", "appeal_rejected")]
    return Told(
        stage=_stage(deciding),
        decision=_decision(deciding) if _stage(deciding) is Stage.CLOSED else None,
        appealed=bool(standing) and standing[-1].decision == "appealed",
        deciders={
            own: one.reviewer for own in Round for one in deciding if one.round is own and "appeal" not in one.decision
        },
        standing=standing,
    )


def _stage(deciding: Sequence[Verdict]) -> Stage:
    if not deciding:
        return Stage.FIRST
    last = deciding[-1]
    if last.decision == "escalated":
        return Stage.FINAL
    if last.round is Round.FINAL:
        return Stage.CLOSED
    if last.round is Round.FIRST:
        return Stage.SECOND if last.second_review or last.decision == "undecided" else Stage.CLOSED
    first = deciding[-2]
    both = {(first.decision.value, first.severity), (last.decision.value, last.severity)}
    return Stage.CLOSED if len(both) == 1 and last.decision != "undecided" else Stage.FINAL


def _decision(deciding: Sequence[Verdict]) -> Decision:
    last = deciding[-1].decision
    return Decision.DISMISSED if last == "appeal_upheld" else last


def allowed(before: Told, verdict: Verdict, *, at_desk: bool) -> bool:
    """Whether the rules let the event follow, its words being in order."""
    kind, own = verdict.decision.value, verdict.round
    if kind == "withdrawn":
        last = before.standing[-1:]
        return [(one.reviewer, one.round) for one in last if "appeal" not in one.decision] == [(verdict.reviewer, own)]
    if kind in ("appeal_upheld", "appeal_rejected"):
        judged = {one.reviewer for one in before.standing if "appeal" not in one.decision}
        return before.appealed and own is Round.FINAL and not (at_desk and verdict.reviewer in judged)
    if before.appealed:
        return False
    if kind == "appealed":
        return before.decision == "confirmed" and own is Round.FINAL
    if any(by == verdict.reviewer for other, by in before.deciders.items() if other is not own):
        return False
    if own is not Round.FINAL:
        return before.stage == own.value
    if kind == "escalated":
        return False
    return not at_desk or (before.stage == "final" and kind != "undecided")
