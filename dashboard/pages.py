"""The table of pages: where each is found, what it is called, and which right it asks for."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.data import Person, Right


@dataclass(frozen=True, slots=True)
class Page:
    """One page. Its module is `dashboard/views/<name>.py`; the right decides who gets to see it."""

    name: str
    address: str
    """Path without the slash; empty for the first page."""
    title: str
    right: Right
    hidden: bool = False
    """Reached by links alone, not by the menu."""


PAGES = (
    Page("overview", "", "总览", Right.LOOK),
    Page("queue", "queue", "复核队列", Right.LOOK),
    Page("flag", "flag", "线索", Right.LOOK, hidden=True),
    Page("streams", "streams", "直播间与录像", Right.LOOK),
    Page("stream", "stream", "录像", Right.LOOK, hidden=True),
    Page("rules", "rules", "规则与词库", Right.LOOK),
    Page("creators", "creators", "主播档案", Right.LOOK),
    Page("quality", "quality", "质检", Right.QUALITY),
    Page("audit", "audit", "审计", Right.AUDIT),
    Page("export", "export", "导出", Right.EXPORT),
    Page("people", "people", "账号", Right.USERS),
)

ADDRESSES = frozenset(f"/{page.address}" for page in PAGES)


def pages_for(person: Person) -> tuple[Page, ...]:
    """The pages that this person may open, in the order of the menu."""
    return tuple(page for page in PAGES if person.may(page.right))


def first_address(person: Person) -> str:
    """Where somebody begins who asked for nothing in particular: at the queue, if they decide."""
    return "/queue" if person.may(Right.DECIDE) else "/"
