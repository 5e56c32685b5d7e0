"""A PostgreSQL server of the tests' own: a new cluster in a temporary folder, for this machine alone."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

USER, PASSWORD = "monitor", "open sesame/开门"
"""A password that an address has to escape, and that must be seen nowhere."""
_START_S = 60.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Server:
    """A running server; each database in it has an address."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str = "postgres", password: str = PASSWORD) -> str:
        escaped = "".join(f"%{byte:02X}" for byte in password.encode())
        return f"postgresql://{USER}:{escaped}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Outside of transactions, as the superuser."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname=database, autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement)

    def stop(self) -> None:
        """Cuts off whoever is connected."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


def programs() -> dict[str, str]:
    """Where `initdb` and `postgres` are; empty unless both are found. Debian keeps them out of PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin_: int(bin_.parent.name), reverse=True)
    places = os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])
    found = {name: shutil.which(name, path=places) for name in ("initdb", "postgres")}
    return {name: path for name, path in found.items() if path} if all(found.values()) else {}


@contextmanager
def running() -> Iterator[Server]:
    """A server that lives as long as this context, or this process. Syncs nothing: what it holds is for a moment."""
    with tempfile.TemporaryDirectory(prefix="monitor-postgres-") as place:
        folder = Path(place)
        user = _unprivileged()
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        secret = folder / "password"
        secret.write_text(PASSWORD, "utf-8")
        secret.chmod(0o644)
        data = folder / "data"
        made = subprocess.run(
            [
                *(programs()["initdb"], "--pgdata", data, "--username", USER, "--pwfile", secret, "--encoding", "UTF8"),
                *("--locale", "C", "--auth-local", "trust", "--auth-host", "scram-sha-256", "--no-sync"),
            ],
            **_as(user, folder),
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        port = _free_port()
        settings = {
            "listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder), "fsync": "off",
            "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "32MB", "max_connections": "60",
        }  # fmt: skip
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [programs()["postgres"], "-D", data, "-p", str(port)]
                + [word for name, value in settings.items() for word in ("-c", f"{name}={value}")],
                **_as(user, folder),
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,
            )
        server = Server(port, folder, process)
        try:
            _await(server)
            yield server
        finally:
            if process.poll() is None:
                server.stop()


def _unprivileged() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to be root; None where this process is not root."""
    if os.geteuid():
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError("neither a user postgres nor nobody")


def _as(user: pwd.struct_passwd | None, folder: Path) -> dict[str, object]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    own: dict[str, object] = {"cwd": folder, "env": {**clean, "LC_ALL": "C"}}
    return own if user is None else {**own, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _await(server: Server) -> None:
    until_s = time.monotonic() + _START_S
    while True:
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError:
            said = (server.folder / "log").read_text("utf-8", "replace")
            assert server.process.poll() is None, said
            assert time.monotonic() < until_s, said
            time.sleep(0.05)
        else:
            return
