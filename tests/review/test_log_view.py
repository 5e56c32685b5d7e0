"""What people at the desk see of the audit log, and what not yet."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest
from review.desk import fill

from monitor.audit import Act, Entry
from monitor.config import Settings
from monitor.review.desk import Desk
from monitor.roles import RIGHTS, Person, RefusedError, Right, Role
from monitor.store.verdicts import Decision, Round, Verdict

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path):
    desk = Desk.of(Settings(workspace=tmp_path / "w", keys=tmp_path / "keys"))
    fill(desk.store, ["f-1", "f-2"])
    for role in Role:
        desk.accounts.add(role.value, role, password=None, oidc=("https://id.example", role.value), by="test", at=AT)
    return desk


def someone(role: Role) -> Person:
    return Person(role.value, role.value, role)


def confirm(desk: Desk, flag_id: str, *, second_review: bool) -> None:
    desk.store.reviews.decide(
        Verdict(flag_id, Decision.CONFIRMED, "甲", AT, 0, round=Round.FIRST, second_review=second_review)
    )


def facts_of(desk: Desk, role: Role, flag_id: str) -> dict[str, str]:
    (entry,) = desk.log.page(someone(role), act=Act.VERDICT, subject=flag_id).entries
    return dict(entry.facts)


def test_pages_go_from_the_newest_to_the_oldest_and_miss_none(desk):
    """However many fit on one."""
    lead = someone(Role.LEAD)
    desk.store.audit.append(*(Entry(AT, "甲", Act.NOTE, f"n-{number}") for number in range(7)))
    seen, before = [], None
    while True:
        page = desk.log.page(lead, before=before, limit=3)
        seen += [entry.seq for entry in page.entries]
        before = page.before
        if before is None:
            break

    assert seen == list(range(desk.store.audit.size))[::-1]


def test_acts_people_and_subjects_are_found(desk):
    """Each by itself and together."""
    desk.store.audit.append(Entry(AT, "甲", Act.NOTE, "f-1"), Entry(AT, "乙", Act.NOTE, "f-1"))
    lead = someone(Role.LEAD)

    assert {entry.actor for entry in desk.log.page(lead, act=Act.NOTE).entries} == {"甲", "乙"}
    assert [entry.subject for entry in desk.log.page(lead, actor="乙").entries] == ["f-1"]
    assert len(desk.log.page(lead, act=Act.NOTE, actor="甲", subject="f-1").entries) == 1
    assert desk.log.page(lead, act=Act.NOTE, actor="甲", subject="f-2").entries == ()


def test_a_decision_stays_veiled_for_those_who_may_yet_decide(desk):
    """The second reviewer must not read the first one's opinion in the log; an auditor who decides nothing may."""
    confirm(desk, "f-1", second_review=True)
    confirm(desk, "f-2", second_review=False)

    assert "decision" not in facts_of(desk, Role.LEAD, "f-1")
    assert "second_review" not in facts_of(desk, Role.LEAD, "f-1")
    assert facts_of(desk, Role.ADMIN, "f-1")["decision"] == "confirmed"
    assert facts_of(desk, Role.LEAD, "f-2")["decision"] == "confirmed"


@pytest.mark.parametrize("role", [role for role in Role if Right.AUDIT not in RIGHTS[role]])
def test_others_do_not_get_to_see_the_log(desk, role):
    """By no method."""
    for ask in (desk.log.page, desk.log.state, desk.log.check, desk.log.last_head):
        with pytest.raises(RefusedError):
            ask(someone(role))


def test_the_state_tells_how_far_the_log_is_signed(desk):
    """Before the first head, after it, and after more was done."""
    lead = someone(Role.LEAD)
    assert desk.log.state(lead).sealed == 0
    assert desk.log.last_head(lead) is None

    sealed = desk.seal()
    desk.store.audit.append(Entry(AT, "甲", Act.NOTE, "f-1"))
    state = desk.log.state(lead)

    assert (state.sealed, state.size, state.key) == (sealed, sealed + 1, desk.signer.key_id)
    assert desk.log.last_head(lead) == desk.store.audit.head().to_line()


def test_an_altered_entry_is_found_and_shown_as_unreadable(desk):
    """The check names its place; the page goes on."""
    lead = someone(Role.LEAD)
    desk.seal()
    told: list[float] = []
    assert desk.log.check(lead, told.append).problems == ()
    assert told[0] == 0.0
    assert told[-1] == 1.0

    with sqlite3.connect(desk.settings.workspace / "monitor.db") as database:
        triggers = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in triggers:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE audit_entries SET leaf = x'00' WHERE seq = 0")

    assert any("entry 0" in where for where in desk.log.check(lead).problems)
    assert not desk.log.page(lead, limit=1000).entries[-1].readable
