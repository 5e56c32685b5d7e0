"""One thing in a case that does not match, and how signatures are read."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.evidence.export.opened import Files
from monitor.signing import Signature, SignatureError, key_id


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not match."""

    part: str
    """Path within the case, or the case's own name."""
    what: str

    def __str__(self) -> str:
        return f"{self.part}: {self.what}"


def check_signature(
    files: Files, signed: str, signature: str, *, purpose: str, key: bytes | None, says: object
) -> tuple[list[Problem], str | None]:
    """Whether the file named `signature` signs the one named `signed`, and the id of the key that holds.

    `says` is the id of the key that the signed file names.
    """
    if signature not in files.names:
        return [Problem(signature, "is missing")], None
    try:
        found = Signature.from_json(files.text(signature))
    except (SignatureError, ValueError) as error:
        return [Problem(signature, str(error))], None
    try:
        found.check(purpose, files.text(signed))
    except SignatureError:
        return [_mismatch(files, signed, signature)], None
    if says != found.key_id:
        return [Problem(signature, f"is by the key {found.key_id}, {says} in {signed}")], None
    if key is not None and found.public_key != key:
        return [Problem(signature, f"is by the key {found.key_id}, not by {key_id(key)}")], found.key_id
    return [], found.key_id


def _mismatch(files: Files, signed: str, signature: str) -> Problem:
    """Of a zip of ours the CRC-32 tells which of the two is not what it was."""
    changed = [name for name in (signed, signature) if name in {each.name for each in files.outer if each.in_content}]
    if len(changed) == 1:
        return Problem(changed[0], f"was changed: {signed} and {signature} do not match")
    return Problem(signed, f"does not match {signature}: one of the two was changed")
