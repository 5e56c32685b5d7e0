"""`monitor dashboard` as people start it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.app import app
from monitor.errors import UsageError
from monitor.store import Store

PROGRAM = Path(sys.executable).parent / "monitor"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def started(workspace: Path, *arguments: str, wait_s: float = 60.0):
    """The process, once it answers, and its port."""
    port = free_port()
    command = [str(PROGRAM), "dashboard", "--workspace", str(workspace), "--port", str(port), *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy()
    )
    try:
        deadline = time.monotonic() + wait_s
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5):
                    break
            except OSError:
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < deadline
                time.sleep(0.2)
        yield process, port
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def asked(port: int, path: str, **fields: str) -> tuple[int, str]:
    """Status and where it leads; follows nothing."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    host = f"http://127.0.0.1:{port}"
    data = "&".join(f"{name}={value}" for name, value in fields.items()).encode() or None
    request = urllib.request.Request(f"{host}{path}", data=data, headers={"Origin": host, "Accept": "text/html"})
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=20) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("location", "")


@pytest.mark.slow
def test_it_serves_tells_the_first_password_once_and_stops_in_order(tmp_path):
    """The account works; what was done is sealed at the end; started again, no password is told."""
    workspace = tmp_path / "w"
    Store.open(workspace)

    with started(workspace, "--first-account") as (process, port):
        assert asked(port, "/queue") == (303, "/login?next=/queue")
        first = process.stdout.readline()
        found = re.match(r"account (\w+), password ([\w-]{12,}): shown this once", first)
        assert found, first
        assert asked(port, "/login", name=found[1], password=found[2])[0] == 303
        assert asked(port, "/login", name=found[1], password="x" * 12)[0] == 403
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (0, "")
    heads = (workspace / "audit" / "heads.jsonl").read_text("utf-8").splitlines()
    assert json.loads(heads[-1])["head"]["size"] == Store.open(workspace).audit.size

    with started(workspace, "--first-account") as (process, _):
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert "password" not in out
    assert (process.returncode, err) == (0, "")
    assert "stopped" in out


def test_a_port_that_is_taken_is_told(tmp_path):
    """Before anything is opened, with what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["dashboard", "--workspace", str(tmp_path), "--port", str(port)])

    assert isinstance(result.exception, UsageError)
    assert str(result.exception) == f"127.0.0.1:{port}: the port is taken; give another with --port"


def test_a_workspace_that_is_not_there_is_not_made(tmp_path):
    """A slip in the name gives no empty desk."""
    result = CliRunner().invoke(app, ["dashboard", "--workspace", str(tmp_path / "nix")])

    assert isinstance(result.exception, UsageError)
    assert "no such workspace" in str(result.exception)
    assert not (tmp_path / "nix").exists()


def test_an_address_of_another_machine_is_told(tmp_path, monkeypatch):
    """192.0.2.1 is nobody's (RFC 5737)."""
    monkeypatch.setenv("MONITOR_DASHBOARD_ADDRESS", "192.0.2.1")

    result = CliRunner().invoke(app, ["dashboard", "--workspace", str(tmp_path)])

    assert isinstance(result.exception, UsageError)
    assert "cannot be listened on" in str(result.exception)
