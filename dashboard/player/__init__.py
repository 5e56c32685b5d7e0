"""The player: clip, timeline, transcript and decision bar of one flag, as one component of the page.

It is shown by `player` with the JSON of a case. What a reviewer does comes back through four functions. The page must
keep the `key` the same from flag to flag: then the component stays, and only what it shows is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent
SCRIPTS = (
    "clock.js",
    "scale.js",
    "nodes.js",
    "picture.js",
    "sound.js",
    "timeline.js",
    "transcript.js",
    "reasons.js",
    "lease.js",
    "outbox.js",
    "severities.js",
    "bar.js",
    "keys.js",
    "layout.js",
    "player.js",
)
"""Joined in this order they are one module; `player.js` has its export. There is no build step."""

_MOST_NOTE_CHARS = 4000


@dataclass(frozen=True, slots=True)
class Decided:
    """What a reviewer decided, as the browser says: right types, nothing else has been checked."""

    flag_id: str
    decision: str
    reasons: tuple[str, ...] = ()
    note: str = ""
    severity: str | None = None


_component = st.components.v2.component(
    "desk_player",
    html=(HERE / "player.html").read_text("utf-8"),
    css=(HERE / "player.css").read_text("utf-8"),
    js="\n".join((HERE / name).read_text("utf-8") for name in SCRIPTS),
    isolate_styles=True,
)


def player(
    data: Mapping[str, Any],
    *,
    key: str,
    on_decided: Callable[[Decided], object] | None = None,
    on_undo: Callable[[], object] | None = None,
    on_skip: Callable[[str], object] | None = None,
    on_preferred: Callable[[Mapping[str, bool]], object] | None = None,
) -> None:
    """Shows one case and hands on what the reviewer does.

    `data` is `CaseView.to_player()`; with a `problem` (a sentence) the bar opens again for the same flag and shows it.
    The functions run before the script or fragment that shows the player runs again, as callbacks of widgets do:
    `on_decided` gets the decision, `on_skip` the id of the flag left out, `on_preferred` whether the reviewer wants
    clips `muted` and `blurred`. Without `on_skip` there is nothing to go on to, and no button for it. A message that is
    not of the agreed form is dropped.
    """
    answered: dict[str, int] = st.session_state.setdefault(
        f"{key}.answered", dict.fromkeys(("decided", "undo", "skip", "preferred"), 0)
    )

    def heard(name: str, act: Callable[[Any], object]) -> Callable[[], None]:
        def callback() -> None:
            # Counted whatever comes of it: an answer that says the same as the one before must still reach the browser.
            answered[name] += 1
            act(getattr(st.session_state[key], name, None))

        return callback

    def decided(value: Any) -> None:
        decision = read_decided(value)
        if decision and on_decided:
            on_decided(decision)

    def undo(_: Any) -> None:
        if on_undo:
            on_undo()

    def skip(value: Any) -> None:
        if on_skip and isinstance(value, dict) and isinstance(flag_id := value.get("flag_id"), str):
            on_skip(flag_id)

    def preferred(value: Any) -> None:
        if on_preferred and isinstance(value, dict):
            on_preferred({name: value[name] for name in ("muted", "blurred") if isinstance(value.get(name), bool)})

    _component(
        key=key,
        data={
            **data,
            "answered": dict(answered),
            "can_undo": bool(data.get("can_undo")) and on_undo is not None,
            "can_skip": bool(data.get("can_skip", True)) and on_skip is not None,
        },
        on_decided_change=heard("decided", decided),
        on_undo_change=heard("undo", undo),
        on_skip_change=heard("skip", skip),
        on_preferred_change=heard("preferred", preferred),
    )


def read_decided(value: Any) -> Decided | None:
    """What the browser sent as a decision; None when it is not of the agreed form."""
    match value:
        case {"flag_id": str(flag_id), "decision": str(decision), "reasons": list(reasons), "note": str(note)}:
            severity = value.get("severity")
            if all(isinstance(reason, str) for reason in reasons) and isinstance(severity, str | None):
                return Decided(flag_id, decision, tuple(reasons), note[:_MOST_NOTE_CHARS], severity)
    return None
