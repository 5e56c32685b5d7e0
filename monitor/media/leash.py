"""The parent's end of the decoding child: start it, listen with patience, kill it when it falls silent."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from monitor.media import wire

_PIPE_BYTES = 1 << 20
"""Linux's bound for ordinary users (`/proc/sys/fs/pipe-max-size`)."""
_F_SETPIPE_SZ = 1031
"""`linux/fcntl.h`."""
_ROOT = Path(__file__).resolve().parents[2]


class ChildLostError(Exception):
    """The child died, fell silent or talked nonsense; `str` says which, for a gap's reason."""


class Child:
    """One decoding process; answers requests one after the other."""

    def __init__(self, *, memory_mb: int, stall_s: float) -> None:
        self._stall_s = stall_s
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the child)
        self._process = _spawner().submit(self._start, memory_mb).result()
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        self._out, self._in = self._process.stdout.fileno(), self._process.stdin
        os.set_blocking(self._out, False)
        with contextlib.suppress(OSError, ImportError):
            import fcntl

            fcntl.fcntl(self._out, _F_SETPIPE_SZ, _PIPE_BYTES)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: Mapping[str, Any]) -> Iterator[tuple[bytes, bytearray]]:
        """Sends a request and yields (kind, payload) up to and including DONE, REFUSED or RESULT.

        Raises ChildLostError when the child dies, is silent for `stall_s`, or sends what is no message.
        """
        try:
            self._in.write(json.dumps(request).encode() + b"\n")
            self._in.flush()
        except OSError as error:
            raise ChildLostError(self._obituary()) from error
        while True:
            kind, size = wire.HEADER.unpack(self._read(wire.HEADER.size))
            if size > wire.LARGEST_PAYLOAD:
                raise ChildLostError("decoder sent a message beyond all bounds")
            yield kind, self._read(size)
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

    def _start(self, memory_mb: int) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        return subprocess.Popen(
            [sys.executable, "-m", "monitor.media.child", str(os.getpid()), str(memory_mb)],
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
            try:
                got = os.readv(self._out, [view])
            except BlockingIOError:
                if not poll.poll(self._stall_s * 1000):
                    self._process.kill()
                    raise ChildLostError(f"silent for {self._stall_s:g} s, killed") from None
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
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
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
