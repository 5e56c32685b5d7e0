"""What a database's complaints mean to the person at the keyboard. Pure: pieces of text in, meaning and advice out."""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    what: str
    todo: str


FULL = Meaning("the disk is full", "free some space and run the same command again; what is stored stays")
LOCKED = Meaning("locked by another process", "wait for it, or end it, and run the same command again")
_AGAIN = "run the same command again"

_SQLITE = (
    ("is full", FULL),
    ("is locked", LOCKED),
    ("locking protocol", LOCKED),
    ("readonly", Meaning("cannot be written", "check its owner and permissions")),
    ("unable to open", Meaning("cannot be opened", "check that the folder exists and may be written")),
    ("not a database", Meaning("not a database", "move the file away, or choose another workspace")),
    ("malformed", Meaning("damaged", "move it away and scan again, or restore a backup")),
    ("disk i/o error", Meaning("the disk refused to write or read", "check free space and quota, then the disk")),
)

_STATES = {
    "53100": FULL,
    "53200": Meaning("the database server is out of memory", f"end what else runs there, and {_AGAIN}"),
    "53300": Meaning("the database server takes no more connections", f"end other clients, and {_AGAIN}"),
    "53400": Meaning("a limit of the database server is reached", "ask who runs it"),
    "25006": Meaning("the database is read-only (a standby?)", "give the address of the primary in `database_url`"),
    "40P01": Meaning("two writers blocked each other and this one gave way", f"{_AGAIN}; nothing of it was kept"),
    "40001": Meaning("another writer was faster", f"{_AGAIN}; nothing of it was kept"),
    "55P03": LOCKED,
    "57P01": Meaning("the database server was shut down", f"start it, and {_AGAIN}; what is stored stays"),
    "57P02": Meaning("the database server crashed", f"see its log, and {_AGAIN}; what is stored stays"),
    "57P03": Meaning("the database server is not ready yet", f"wait a moment, and {_AGAIN}"),
    "57014": Meaning("the database server cancelled the statement", "raise its `statement_timeout`"),
    "42501": Meaning("this user may not do that in the database", "make it the owner of the database"),
    "58030": Meaning("the database server's disk refused to write or read", "check free space and the disk there"),
    "XX001": Meaning("damaged on the database server", "restore a backup"),
    "XX002": Meaning("an index is damaged on the database server", "`REINDEX DATABASE`, or restore a backup"),
}
"""SQLSTATE of PostgreSQL (its manual, appendix A)."""

_CONNECTING = (
    (
        ("connection refused", "no such file or directory", "is the server running"),
        Meaning("no database server answers there", "start it, or check host and port in `database_url`"),
    ),
    (
        ("could not translate host name", "failed to resolve host", "name or service not known"),
        Meaning("no machine has that name", "check the host in `database_url`"),
    ),
    (
        ("timeout expired", "timed out", "no route to host", "network is unreachable"),
        Meaning("the database server cannot be reached", "check host, port and firewall"),
    ),
    (
        ("password authentication failed", "no password supplied", "authentication failed"),
        Meaning("user or password is wrong", "check both in `database_url`"),
    ),
    (
        ("no pg_hba.conf entry",),
        Meaning("the database server does not let this user in from here", "allow it in the server's `pg_hba.conf`"),
    ),
    (('database "', "does not exist"), Meaning("no such database on the server", "`createdb` it, or check its name")),
    (('role "', "does not exist"), Meaning("no such user on the database server", "check the user in `database_url`")),
    (("remaining connection slots", "too many clients", "too many connections"), _STATES["53300"]),
    (("starting up", "shutting down", "in recovery mode"), _STATES["57P03"]),
    (
        ("server closed the connection", "connection is lost", "connection already closed", "terminating connection",
         "consuming input failed", "ssl connection has been closed"),
        Meaning("the connection to the database server broke off", f"{_AGAIN}; what is stored stays"),
    ),
    (("ssl",), Meaning("the database server and this program agree on no encryption", "check `sslmode`")),
)  # fmt: skip
"""Failed connections carry no SQLSTATE, only libpq's words. Those quoted in pairs must all be there."""


def of_sqlite(said: str, *, free_bytes: int | None) -> Meaning | None:
    """`said` is the driver's message; `free_bytes` what is free on the file's disk.

    With no room left SQLite often says that the disk failed, or that a file could not be opened: both are full disks.
    """
    complaint = said.lower()
    for sign, meaning in _SQLITE:
        if sign in complaint:
            starved = free_bytes is not None and free_bytes < STARVED_BYTES
            return FULL if starved and sign in {"disk i/o error", "unable to open"} else meaning
    return None


STARVED_BYTES = 64 << 10
"""Less free space than the memory shared by users of a write-ahead log takes (32 KB), and a page or two."""


def of_postgres(said: str, state: str | None) -> Meaning | None:
    """`said` is the driver's message, `state` the SQLSTATE where the server gave one."""
    if state in _STATES:
        return _STATES[state]
    complaint = said.lower()
    for signs, meaning in _CONNECTING:
        wanted = all if "does not exist" in signs else any
        if wanted(sign in complaint for sign in signs):
            return meaning
    return None
