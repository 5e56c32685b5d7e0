"""The parent's end of the decoding child: start it, listen with patience, kill it when it does not get on."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from monitor.media import wire
from monitor.media.progress import Progress

_PIPE_BYTES = 1 << 20
"""Linux's bound for ordinary users (`/proc/sys/fs/pipe-max-size`)."""
_F_SETPIPE_SZ = 1031
"""`linux/fcntl.h`."""
_WAIT_S = 1.0
"""The longest single wait."""
_LAST_WORDS_BYTES = 4096
_ROOT = Path(__file__).resolve().parents[2]


class ChildLostError(Exception):
    """The child died, got stuck or talked nonsense; `str` says which, for a gap's reason."""


class Child:
    """One decoding process; answers requests one after the other."""

    def __init__(self, *, memory_mb: int, stall_s: float, write_mb: int = 16) -> None:
        self._stall_s = stall_s
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the child)
        self._process = _spawner().submit(self._start, memory_mb, write_mb).result()
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        self._out, self._in = self._process.stdout.fileno(), self._process.stdin
        os.set_blocking(self._out, False)
        self._progress = Progress(self.pid, stall_s)
        with contextlib.suppress(OSError, ImportError):
            import fcntl

            fcntl.fcntl(self._out, _F_SETPIPE_SZ, _PIPE_BYTES)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: Mapping[str, Any]) -> Iterator[tuple[bytes, bytearray]]:
        """Sends a request and yields (kind, payload) up to and including DONE, REFUSED or RESULT.

        Raises ChildLostError when the child dies, sends what is no message, or gets no further for `stall_s` of
        waiting (half as long before its first answer): neither in media time nor in its file, whatever it says. Time
        in which the caller does something else does not count.
        """
        self._progress = Progress(self.pid, self._stall_s)
        try:
            self._in.write(json.dumps(request).encode() + b"\n")
            self._in.flush()
        except OSError as error:
            raise ChildLostError(self._obituary()) from error
        while True:
            kind, size = wire.HEADER.unpack(self._read(wire.HEADER.size))
            if size > wire.largest(kind):
                raise ChildLostError("decoder sent a message beyond all bounds")
            payload = self._read(size)
            self._progress.message()
            if kind == wire.BEAT:
                self._progress.read_to(wire.beat(payload)[3])
            yield kind, payload
            if kind in (wire.DONE, wire.REFUSED, wire.RESULT):
                return

    def kill(self) -> None:
        """Ends the child, whatever it does, and frees what it held."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._errors.close()

    def _start(self, memory_mb: int, write_mb: int) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        return subprocess.Popen(
            [sys.executable, "-m", "monitor.media.child", str(os.getpid()), str(memory_mb), str(write_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=-1,
            env=os.environ | {"PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )

    def _read(self, size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        poll = select.poll()
        poll.register(self._out, select.POLLIN | select.POLLHUP)
        while view:
            if complaint := self._progress.complaint:
                self._process.kill()
                raise ChildLostError(f"{complaint}, killed")
            try:
                got = os.readv(self._out, [view])
            except BlockingIOError:
                begun = time.monotonic()
                poll.poll(min(_WAIT_S, self._stall_s / 4) * 1000)
                self._progress.waited(time.monotonic() - begun)
                continue
            if not got:
                raise ChildLostError(self._obituary())
            view = view[got:]
        return data

    def _obituary(self) -> str:
        try:
            code = self._process.wait(self._stall_s)
        except subprocess.TimeoutExpired:
            return "closed its mouth without dying"
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - _LAST_WORDS_BYTES))
        lines = self._errors.read(_LAST_WORDS_BYTES).decode(errors="replace").strip().splitlines()
        if code == -signal.SIGXCPU:
            return "took more CPU time than its length allows, killed"
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        return f"{how}: {lines[-1][:200]}" if lines else how


_spawners: dict[int, ThreadPoolExecutor] = {}
_spawners_lock = threading.Lock()


def _spawner() -> ThreadPoolExecutor:
    """The one thread of this process that starts children.

    Linux sends a child's parent-death signal when the *thread* that started it ends: a worker thread that ends early
    would take its children along.
    """
    with _spawners_lock:
        pid = os.getpid()
        if pid not in _spawners:
            _spawners[pid] = ThreadPoolExecutor(1, thread_name_prefix="media-spawner")
        return _spawners[pid]
