"""Time stamps (RFC 3161) of signed heads by an authority outside: that a head is no younger than it says.

A desk sets its own clock; an authority does not. A stamp lies beside the heads as a file that `openssl ts -verify`
reads as well.
"""

from __future__ import annotations

import hashlib
import http.client
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from monitor.audit.check import Problem
from monitor.audit.head import SignedHead, heads_file
from monitor.errors import InputError, UsageError
from monitor.files import make_once

TIMEOUT_S = 10.0
"""How long an authority may be silent; public ones answer within a second."""
_MOST_BYTES = 1 << 20
_TYPES = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}  # RFC 3161, 3.4
_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")


class TimestampError(InputError):
    """No stamp was to be had, or it is not of this head. The head counts without it."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an authority said of a head."""

    at: datetime
    """When it saw it, UTC."""
    authority: str
    """As it names itself."""
    checked: bool
    """Whether its certificate leads to a root that was given."""


def stamp_file(workspace: Path, signed: SignedHead) -> Path:
    """Where the head's stamp lies."""
    head = signed.head
    return heads_file(workspace).with_name(f"head-{head.size}-{signed.digest[:16]}.tsr")


def stamp(workspace: Path, signed: SignedHead, url: str, *, timeout_s: float = TIMEOUT_S) -> Path:
    """Asks the authority for a stamp of the head's line and puts it beside the heads; what lies there is not replaced.

    Raises TimestampError when the authority cannot be reached, refuses, or answers about something else.
    """
    path = stamp_file(workspace, signed)
    if path.exists():
        return path
    request = TimestampRequestBuilder().data(signed.to_line()).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = _asked(url, request.as_bytes(), timeout_s)
    found = _decoded(answer, url)
    _check_is_of(found, signed, url)
    if found.tst_info.nonce != request.nonce:
        raise TimestampError("the time stamp answers another request", where=url)
    try:
        make_once(path, answer)
    except OSError as error:
        raise TimestampError(f"the time stamp cannot be kept ({error.strerror})", where=path) from error
    return path


def read_stamp(path: Path, signed: SignedHead, roots: Sequence[x509.Certificate] = ()) -> Stamp:
    """What the file says of the head. With `roots` the authority's signature is checked too, without it is not.

    Raises TimestampError when the file is no stamp of this head, or not by an authority under one of the roots.
    """
    try:
        answer = path.read_bytes()
    except OSError as error:
        raise TimestampError(f"cannot be read ({error.strerror})", where=path) from error
    found = _decoded(answer, path)
    _check_is_of(found, signed, path)
    if roots:
        try:
            VerifierBuilder(roots=list(roots)).build().verify_message(found, signed.to_line())
        except (VerificationError, ValueError) as error:
            said = str(error).partition(": ErrorStack")[0]
            raise TimestampError(f"the time stamp is not by the authority given ({said})", where=path) from error
    at = found.tst_info.gen_time
    return Stamp(at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC), _name(found), bool(roots))


def check_stamps(
    workspace: Path, heads: Iterable[SignedHead], roots: Sequence[x509.Certificate] = ()
) -> tuple[list[Problem], list[Stamp]]:
    """Every stamp beside the heads, and what is wrong with them: each must be of one of the heads."""
    known = {stamp_file(workspace, signed): signed for signed in heads}
    problems, stamps = [], []
    for path in sorted(heads_file(workspace).parent.glob("*.tsr")):
        if path not in known:
            problems.append(Problem(path.name, "is the time stamp of a head that is no longer there"))
            continue
        try:
            stamps.append(read_stamp(path, known[path], roots))
        except TimestampError as error:
            problems.append(Problem(path.name, error.what))
    return problems, sorted(stamps, key=lambda said: said.at)


def load_roots(path: Path) -> list[x509.Certificate]:
    """Certificates of a PEM file. Raises UsageError when there is none."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot be read ({error.strerror})", where=path, todo="give a certificate (PEM)") from error
    except ValueError as error:
        raise UsageError("no certificate", where=path, todo="give the authority's root as PEM") from error


def _asked(url: str, request: bytes, timeout_s: float) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise TimestampError("no address of a time-stamp authority", where=url, todo="set `timestamp_url` to one")
    try:
        asked = urllib.request.Request(url, request, _TYPES, method="POST")
        with urllib.request.urlopen(asked, timeout=timeout_s) as answer:
            data: bytes = answer.read(_MOST_BYTES)
            return data
    except (OSError, ValueError, http.client.HTTPException) as error:  # urllib's own errors are OSErrors
        reason = getattr(error, "reason", None) or error
        raise TimestampError(f"the time-stamp authority does not answer ({reason})", where=url) from error


def _decoded(answer: bytes, where: object) -> TimeStampResponse:
    try:
        found = decode_timestamp_response(answer)
        if found.status in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            _ = found.tst_info  # read when it is asked for: a stamp that says it is granted may hold none
            return found
    except ValueError as error:
        raise TimestampError("no time stamp that can be read", where=where) from error
    raise TimestampError(f"the authority refused ({'; '.join(found.status_string) or found.status})", where=where)


def _check_is_of(found: TimeStampResponse, signed: SignedHead, where: object) -> None:
    imprint = found.tst_info.message_imprint
    if imprint.hash_algorithm != _SHA256 or imprint.message != hashlib.sha256(signed.to_line()).digest():
        raise TimestampError("a time stamp of something else", where=where)


def _name(found: TimeStampResponse) -> str:
    name = getattr(found.tst_info.name, "value", None)
    return name.rfc4514_string() if isinstance(name, x509.Name) else "an authority without a name"
