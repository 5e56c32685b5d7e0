"""Who may do what, method by method: the services ask the store anew, whatever a page believes of who looks at it."""

from __future__ import annotations

import ast
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from access_table import NOBODY_ASKS, OTHER, PASSWORD, TABLE, Bench, methods, now
from server import quick_accounts
from store.broadcasts import begin, end, flag

import dashboard
from monitor.config import Settings
from monitor.review.desk import Desk
from monitor.review.lexicon_trial import LexiconTrials
from monitor.review.rulebook import Rulebook
from monitor.roles import RIGHT_NAMES, RIGHTS, Person, RefusedError, Right, Role
from monitor.store import Unit
from monitor.store.database import FILE
from monitor.store.sqlite import sqlite_in_use

FLAGS = (len(Role) + 3) * len(TABLE) + 1
"""More than are asked for: each case takes its own."""
_NO_RIGHT, _GONE = "没有“", "账号不存在或已停用"
_flags, _people = count(1), count(1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A desk with an account of each role, and flags each of a cause of its own."""
    folder = tmp_path_factory.mktemp("access")
    desk = Desk.of(Settings(workspace=folder / "w", keys=folder / "keys", second_review_percent=0, gold_percent=0))
    stream_id = begin(desk.store)
    desk.store.add(stream_id, Unit(flags=[flag(f"f{n}", 1000 * n, scheme=f"s{n}") for n in range(1, FLAGS)]))
    end(desk.store, stream_id)
    accounts = quick_accounts(desk.store, desk.settings)
    for name, role in {**{role.value: role for role in Role}, OTHER.name: OTHER.role}.items():
        accounts.add(name, role, password=PASSWORD, by="test", at=now())
    bench = Bench()
    return replace(
        desk,
        accounts=accounts,
        rulebook=Rulebook(desk.settings, accounts, bench),
        trials=LexiconTrials(desk.store, accounts, bench),
    )


def of(role: Role) -> Person:
    return Person(role.value, role.value, role)


def hired(desk: Desk, role: Role) -> Person:
    """Somebody new."""
    name = f"p{next(_people)}"
    desk.accounts.add(name, role, password=PASSWORD, by="test", at=now())
    return Person(name, name, role)


@pytest.fixture(scope="module")
def written(desk):
    """A number that is another one after anything was written (SQLite's `data_version`)."""
    watching = sqlite_in_use().module.connect(desk.store.workspace / FILE, check_same_thread=False)
    yield lambda: watching.execute("PRAGMA data_version").fetchone()[0]
    watching.close()


@pytest.fixture
def refused(desk, written):
    """Asks what is to be refused, and nothing written."""

    def ask(name: str, person: Person, flag_id: str, made: object, why: str) -> None:
        before = written()
        with pytest.raises(RefusedError) as told:
            TABLE[name].ask(desk, person, flag_id, made)
        assert why in told.value.what
        assert written() == before

    return ask


def allowed(desk: Desk, name: str, person: Person, flag_id: str, made: object) -> None:
    line = TABLE[name]
    if line.then is None:
        line.ask(desk, person, flag_id, made)
        return
    with pytest.raises(line.then) as told:
        line.ask(desk, person, flag_id, made)
    assert _NO_RIGHT not in told.value.what
    assert _GONE not in told.value.what


def test_what_is_written_is_noticed(desk, written):
    """Else the tests below would tell nothing."""
    before = written()
    desk.accounts.prefer(of(Role.READER), {"muted": True})

    assert written() != before


def test_every_method_has_a_line():
    """Whoever gives a service a method says here which right it asks for; lines of what is gone go, too."""
    listed = {name.partition(",")[0] for name in TABLE} | set(NOBODY_ASKS)

    assert listed == methods()


def test_no_page_goes_past_the_services():
    """The store asks nobody: pages have no business with it, but for where it lies."""
    for path in Path(dashboard.__file__).parent.rglob("*.py"):
        inside = ast.walk(ast.parse(path.read_text("utf-8")))
        asked = {ast.unparse(node) for node in inside if isinstance(node, ast.Attribute)}
        past = {one for one in asked if ".store." in one and not one.endswith(".store.workspace")}
        assert not past or path.name == "sealing.py", path


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", list(TABLE))
def test_what_a_role_may(desk, refused, name, role):
    """As the table of rights says; what is refused names the right that is missing, and changes nothing."""
    line, person, flag_id = TABLE[name], of(role), f"f{next(_flags)}"
    made = line.ready(desk, person, flag_id)

    if line.rights <= RIGHTS[role]:
        allowed(desk, name, person, flag_id, made)
    else:
        missing = line.rights - RIGHTS[role]
        why = next(RIGHT_NAMES[right] for right in Right if right in missing)
        refused(name, person, flag_id, made, f"“{why}”权限")


@pytest.mark.parametrize("name", [name for name in TABLE if not TABLE[name].rights <= RIGHTS[Role.READER]])
def test_a_page_from_before_a_role_was_lowered(desk, refused, name):
    """It still holds the old role, and is refused as the new one."""
    line, flag_id = TABLE[name], f"f{next(_flags)}"
    person = hired(desk, next(role for role in Role if line.rights <= RIGHTS[role]))
    made = line.ready(desk, person, flag_id)
    desk.accounts.change(person.name, role=Role.READER, by="test", at=now())

    refused(name, person, flag_id, made, _NO_RIGHT)


@pytest.mark.parametrize("name", list(TABLE))
def test_a_page_from_before_an_account_was_disabled(desk, refused, name):
    """Nothing is done any more, and nothing is shown."""
    line, flag_id = TABLE[name], f"f{next(_flags)}"
    person = hired(desk, next(role for role in Role if line.rights <= RIGHTS[role]))
    made = line.ready(desk, person, flag_id)
    desk.accounts.change(person.name, active=False, by="test", at=now())

    refused(name, person, flag_id, made, _GONE)


@pytest.mark.parametrize("name", list(TABLE))
def test_who_only_says_what_they_are(desk, refused, name):
    """A person without an account; and a reader who calls themselves something better."""
    line, flag_id = TABLE[name], f"f{next(_flags)}"
    best = next(role for role in Role if line.rights <= RIGHTS[role])
    made = line.ready(desk, of(best), flag_id)

    refused(name, Person("nobody", "", best), flag_id, made, _GONE)
    if not line.rights <= RIGHTS[Role.READER]:
        refused(name, Person(Role.READER.value, "", best), flag_id, made, _NO_RIGHT)
