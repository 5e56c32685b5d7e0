"""A made-up desk full of hostile texts, made once, and pages of it as somebody with a role sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from desk_maker import Made, make
from desk_outline import Size
from small_desk import PASSWORD, hire, quick
from store.broadcasts import begin, end
from streamlit.testing.v1 import AppTest

from dashboard import data
from monitor.config import Settings
from monitor.review.desk import Desk
from monitor.roles import Role
from monitor.store.verdicts import Decision, Round, Verdict

SIZE = Size(flags=120, streams=14, cues=500, hostile=True, clips=0)
_ENGLISH = re.compile(r"[A-Za-z]{3,}")
_OURS = {"monitor", "scan", "Wilson", "badge", "orange", "gray"}
"""The command that a page tells to run, a statistician, and Streamlit's own words of markup."""


def made_desk(folder: Path) -> tuple[Desk, Made]:
    """Among its flags are one that waits for a second reviewer and one for the last round; one stream failed."""
    made = make(folder / "w", SIZE)
    desk = data.use(quick(Desk.of(Settings(workspace=made.workspace, keys=folder / "keys"))))
    second, final = made.waiting[:2]
    at = datetime.now(UTC)
    first = {"reviewer": "王", "at": at, "seen": 0, "round": Round.FIRST}
    desk.store.reviews.decide(Verdict(second, Decision.CONFIRMED, second_review=True, **first))
    desk.store.reviews.decide(Verdict(final, Decision.ESCALATED, note="拿不准", **first))
    end(desk.store, begin(desk.store, "坏的"), "failed", end_ms=0, heard_ms=0, seen_ms=0, problem="empty file")
    return desk, made


def empty_desk(folder: Path) -> Desk:
    return data.use(quick(Desk.of(Settings(workspace=folder / "w", keys=folder / "keys"))))


def page(desk: Desk, which: str, role: Role = Role.LEAD, **query: str) -> AppTest:
    """The page after its first run."""
    data.use(desk)
    hire(desk, role)
    app = AppTest.from_string(f"from dashboard.views import {which}\n{which}.show()", default_timeout=60)
    app.session_state[data.TOKEN] = desk.accounts.log_in(role.value, PASSWORD, at=data.now())
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


def said(app: AppTest) -> Iterator[str]:
    """What parses Markdown or is plain text, tables of Streamlit's left out."""
    for kind in ("text", "caption", "markdown", "subheader", "info", "warning", "error"):
        yield from (element.value for element in app.get(kind))
    for metric in app.metric:
        yield from (metric.label, metric.value, metric.delta or "")
    yield from (element.label for element in app.button)


def english(texts: Iterator[str]) -> list[str]:
    """Words in Latin letters that are no name."""
    return [word for text in texts for word in _ENGLISH.findall(text) if word not in _OURS]
