"""PostgreSQL alone: addresses, a server that is not there or refuses, the folder that a database belongs to."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import postgres_server
import pytest
from broadcasts import AT, SPOKEN, begin, end, flag, kept
from sqlalchemy import text

from monitor.errors import UsageError, WorkspaceError
from monitor.store import Store, Unit
from monitor.store.complaints import of_postgres
from monitor.store.database import Database
from monitor.store.postgres import address, shown
from monitor.store.schema import bring_up_to_date

SECRET = postgres_server.PASSWORD


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


def bound(workspace: Path, url: str) -> Store:
    """The store, as the command line opens it: the database and the folder belong together."""
    database = Database(url)
    bring_up_to_date(database, workspace)
    return Store(database, workspace)


def test_writers_wait_for_each_other_whatever_the_server_is_set_to(postgres: str, workspace: Path) -> None:
    """Where transactions are stricter by default, those who decide at the same moment would fail instead of waiting."""
    strict = f"{postgres}?options={quote('-c default_transaction_isolation=serializable')}"
    store = bound(workspace, strict)
    names = [f"f-{n}" for n in range(8)]
    store.add(begin(store), Unit(flags=[flag(name) for name in names]))
    at_once = threading.Barrier(len(names))

    def put(name: str) -> None:
        at_once.wait()
        store.reviews.hold(name, why="x", by="王", at=AT)

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(put, names))
    assert {one.flag_id for one in store.reviews.holds()} == set(names)


# Addresses


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_an_address_may_be_written_as_people_write_it(postgres: str, workspace: Path, scheme: str) -> None:
    """`postgres://` and `postgresql://` mean the same, with any password that is escaped."""
    store = Store.open(workspace, url=postgres.replace("postgresql", scheme, 1))
    end(store, begin(store))
    assert [stored.state for stored in store.streams()] == ["done"]
    assert store._database.version().split(".")[0].isdigit()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:{}@h/d",
        "sqlite:///{}",
        "{}",
        "postgresql://u:{}@h:port/d",
        "postgresql://u:{}@h:70000000/d?nosuch=1",
    ],
)
def test_an_address_that_cannot_be_used_is_not_repeated(workspace: Path, url: str) -> None:
    """It is refused as a setting, with the form that is wanted, and the password in it is not shown."""
    with pytest.raises((UsageError, WorkspaceError)) as caught:
        Store.open(workspace, url=url.format(quote(SECRET, safe="")))
    assert SECRET not in str(caught.value)
    assert quote(SECRET, safe="") not in str(caught.value)
    assert caught.value.todo


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3cret@h/d?sslmode=require",
        "postgresql://u@h/d?password=s3cret&sslmode=require",
        "postgresql://u@h/d?sslpassword=s3cret&sslmode=require",
    ],
)
def test_an_address_is_shown_without_secrets(url: str) -> None:
    """Wherever the password stands."""
    assert "s3cret" not in shown(address(url))
    assert "sslmode=require" in shown(address(url))


# A server that refuses


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda url: url.rpartition("/")[0] + "/nosuch", "no such database on the server"),
        (lambda url: url.replace("://monitor:", "://nobody:"), "user or password is wrong"),
        (lambda url: url.replace("monitor:", "monitor:wrong"), "user or password is wrong"),
        (lambda _: f"postgresql://u:{quote(SECRET, safe='')}@127.0.0.1:9/d", "no database server answers there"),
        (lambda _: f"postgresql://u:{quote(SECRET, safe='')}@no.such.invalid/d", "no machine has that name"),
    ],
    ids=["database", "user", "password", "port", "host"],
)
def test_a_server_that_refuses_is_told_in_one_line(server, workspace: Path, change, what: str) -> None:
    """What is wrong, where, and what to do; exit 6; never the password."""
    with pytest.raises(WorkspaceError) as caught:
        Store.open(workspace, url=change(server.url()))
    said = str(caught.value)
    assert what in said
    assert "\n" not in said
    assert said.startswith("postgresql://")
    assert caught.value.todo
    assert caught.value.exit_code == 6
    assert SECRET not in said
    assert quote(SECRET, safe="") not in said


def test_a_read_only_database_is_told(server, postgres: str, workspace: Path) -> None:
    """A standby takes no writes; what is stored can still be read."""
    store = Store.open(workspace, url=postgres)
    store.add(begin(store), Unit(flags=[flag()]))
    server.run("ALTER DATABASE postgres SET default_transaction_read_only = on")
    try:
        standby = Store.open(workspace, url=postgres)
        assert [line["flag_id"] for line in standby.flags()] == ["f-1"]
        with pytest.raises(WorkspaceError, match="read-only") as caught:
            begin(standby, "another")
        assert "primary" in str(caught.value.todo)
    finally:
        server.run("SET default_transaction_read_only = off", "ALTER DATABASE postgres RESET ALL")


def test_a_lock_that_nobody_gives_back_is_an_error_with_advice(server, postgres: str, workspace: Path) -> None:
    """The writer waits as long as it was told to, and nothing of its transaction is kept."""
    store = Store.open(workspace, url=postgres, lock_wait_s=0.3)
    stream_id = begin(store)
    other = Store.open(workspace, url=postgres)
    with other._database.writing() as session:
        session.execute(text("LOCK TABLE streams IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(WorkspaceError, match="locked by another process"):
            store.add(stream_id, Unit(cues=[SPOKEN]))
    assert list(store.cues(stream_id)) == []
    store.add(stream_id, Unit(cues=[SPOKEN]))


def test_of_two_writers_that_block_each_other_one_is_told(postgres: str, workspace: Path) -> None:
    """A deadlock ends for one of the two with advice, and for the other as if nothing had been."""
    store = Store.open(workspace, url=postgres)
    rows = [begin(store, "a"), begin(store, "b")]
    said: list[str] = []
    met = threading.Barrier(2, timeout=30)

    def write(first: int, second: int) -> None:
        try:
            with Store.open(workspace, url=postgres)._database.writing() as session:
                session.execute(text(f"UPDATE streams SET problem = 'x' WHERE id = {first}"))
                met.wait()
                session.execute(text(f"UPDATE streams SET problem = 'x' WHERE id = {second}"))
        except WorkspaceError as error:
            said.append(str(error))

    threads = [threading.Thread(target=write, args=order) for order in (rows, rows[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(said) == 1
    assert "blocked each other" in said[0]


def test_a_server_that_goes_away_and_comes_back_is_taken_up_again(workspace: Path) -> None:
    """A dead server is told; a store that is still open goes on with the next one at the same place."""
    if not postgres_server.programs():
        pytest.skip("no PostgreSQL here")
    with postgres_server.running() as server:
        store = Store.open(workspace, url=server.url())
        stream_id = begin(store)
        server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                   "AND backend_type = 'client backend'")  # fmt: skip
        store.add(stream_id, Unit(cues=[SPOKEN]))
        server.stop()
        with pytest.raises(WorkspaceError, match="no database server answers there"):
            store.add(stream_id, Unit(cues=[SPOKEN]))


@pytest.mark.parametrize(
    ("said", "state", "what"),
    [
        ("could not extend file: No space left on device", "53100", "the disk is full"),
        ("could not serialize access", "40001", "another writer was faster"),
        ("the database system is starting up", None, "not ready yet"),
        ("server closed the connection unexpectedly\n\tThis probably means …", None, "broke off"),
        ("connection timeout expired", None, "cannot be reached"),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4", SSL encryption', None, "does not let this user in"),
        ("syntax error", "42601", None),
    ],
)
def test_what_cannot_be_brought_about_here_is_known_by_its_words(said: str, state: str | None, what: str | None):
    """SQLSTATE where there is one, libpq's words where there is none."""
    meaning = of_postgres(said, state)
    assert (meaning is None) if what is None else (meaning is not None and what in meaning.what)


# Which folder it belongs to


def test_a_database_belongs_to_the_folder_that_it_was_made_with(postgres: str, workspace: Path) -> None:
    """That folder may move; any other is refused, since a scan there would clear evidence away."""
    store = bound(workspace, postgres)
    store.add(begin(store), Unit(flags=[flag(evidence=kept(workspace))]))
    moved = workspace.rename(workspace.with_name("elsewhere"))
    assert [line["flag_id"] for line in bound(moved, postgres).flags()] == ["f-1"]
    other = moved.with_name("other")
    other.mkdir()
    with pytest.raises(WorkspaceError, match="belongs to another workspace") as caught:
        bound(other, postgres)
    assert "one database holds one workspace" in str(caught.value)
    assert list(other.iterdir()) == []


def test_a_folder_whose_records_are_in_a_server_is_not_opened_without_it(postgres: str, workspace: Path) -> None:
    """Its own file would know of no flag, and all evidence would be cleared away."""
    bound(workspace, postgres)
    with pytest.raises(WorkspaceError, match="its records are in PostgreSQL") as caught:
        Store.open(workspace)
    assert "database_url" in str(caught.value)
    assert not (workspace / "monitor.db").exists()


@pytest.mark.parametrize("holds", ["monitor.db", "evidence"])
def test_a_folder_that_holds_records_already_gets_no_new_database(postgres: str, tmp_path: Path, holds: str) -> None:
    """Of its flags and evidence the new database would know nothing."""
    workspace = tmp_path / "w"
    if holds == "monitor.db":
        Store.open(workspace)
    else:
        (workspace / "evidence" / "f-1").mkdir(parents=True)
    before = sorted(workspace.iterdir())
    with pytest.raises(WorkspaceError, match="holds records already"):
        bound(workspace, postgres)
    assert sorted(workspace.iterdir()) == before


def test_another_database_for_a_folder_with_evidence_is_refused(server, postgres: str, workspace: Path) -> None:
    """An empty folder may change its database; one with evidence may not."""
    bound(workspace, postgres)
    server.run("DROP DATABASE IF EXISTS second", "CREATE DATABASE second")
    kept(workspace)
    with pytest.raises(WorkspaceError, match="its records are in another database"):
        bound(workspace, server.url("second"))


OPENS = """
import sys
from pathlib import Path
from monitor.store.database import Database
from monitor.store.schema import bring_up_to_date
bring_up_to_date(Database(sys.argv[2]), Path(sys.argv[1]))
"""


def test_many_that_open_a_new_pair_at_once_agree(postgres: str, workspace: Path) -> None:
    """One of them makes the tables and gives the number; all are let in."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    processes = [
        subprocess.Popen([sys.executable, "-c", OPENS, str(workspace), postgres], env=environment) for _ in range(3)
    ]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    bound(workspace, postgres)
