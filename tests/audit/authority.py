"""A time-stamp authority (RFC 3161) on this machine: `openssl ts` behind a small web server."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

# tsa(1), ts(1), x509v3_config(5): a certificate for time stamps alone, and how answers are made with it.
_CONFIG = """
[tsa]
default_tsa = own
[own]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
tsa_name = yes
ess_cert_id_alg = sha256
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[req]
distinguished_name = name
[name]
"""


@dataclass
class Authority:
    """What it answers is made by `answer`, which a test may spoil."""

    folder: Path
    url: str = ""
    spoil: str = ""
    """`status` 500, `junk`, `empty` granted without a stamp, `replay` the first answer ever given; else honest."""
    first: bytes = b""

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def answer(self, query: bytes) -> bytes:
        (self.folder / "query.tsq").write_bytes(query)
        _openssl(self.folder, "ts -reply -config config -queryfile query.tsq -out reply.tsr")
        reply = (self.folder / "reply.tsr").read_bytes()
        self.first = self.first or reply
        granted = bytes.fromhex("30053003020100")  # RFC 3161, 2.4.2: a status and no token
        return {"junk": b"junk", "empty": granted, "replay": self.first}.get(self.spoil, reply)


def make_authority(folder: Path, name: str = "Authority of the tests") -> Authority:
    """Keys and certificates of one. Without openssl tests are skipped on a desk and fail in CI."""
    if shutil.which("openssl") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("openssl not found")
    folder.mkdir(parents=True)
    (folder / "config").write_text(_CONFIG)
    (folder / "serial").write_text("01\n")
    new = "-newkey rsa:2048 -nodes -config config"
    _openssl(
        folder, f"req -x509 {new} -keyout root.key -out root.pem -days 30 -extensions root -subj", f"/CN={name} root"
    )
    _openssl(folder, f"req {new} -keyout tsa.key -out tsa.csr -subj", f"/CN={name}")
    _openssl(
        folder,
        "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -days 30 -extfile config -extensions leaf"
        " -out tsa.pem",
    )
    return Authority(folder)


@contextmanager
def serving(authority: Authority) -> Iterator[Authority]:
    """Its address answers within."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            good = self.headers["Content-Type"] == "application/timestamp-query" and authority.spoil != "status"
            self.send_response(200 if good else 500)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(authority.answer(query))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    before = os.environ.get("no_proxy")
    os.environ["no_proxy"] = "127.0.0.1"
    authority.url = f"http://127.0.0.1:{server.server_port}/tsr"
    try:
        yield authority
    finally:
        os.environ.pop("no_proxy")
        if before is not None:
            os.environ["no_proxy"] = before
        server.shutdown()
        server.server_close()


def _openssl(folder: Path, command: str, *last: str) -> None:
    subprocess.run(["openssl", *command.split(), *last], cwd=folder, check=True, capture_output=True)
