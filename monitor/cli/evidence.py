"""`evidence verify` and `evidence export`: whether a case still is what was kept, and the case for people outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import __version__
from monitor.cli.audit import seal_log
from monitor.cli.exit_codes import CHECK_FAILED
from monitor.cli.show import err, open_workspace, operator, out
from monitor.config import Settings
from monitor.errors import UsageError
from monitor.evidence import MANIFEST, Verified, examine
from monitor.plain import plain
from monitor.signing import Signer, key_id, known_public_key, load_public_key, load_signer
from monitor.store import Store

if TYPE_CHECKING:
    from monitor.evidence.export.packing import Exported


def verify_evidence(
    paths: Sequence[Path], settings: Settings, *, key: Path | None, sources: Sequence[Path], unsigned: bool = False
) -> int:
    """Print each mismatch, and for what is good who signed it; 1 when there is any mismatch.

    `key` is the file of the public key that all must be signed by; `unsigned` accepts what nobody signed.
    Raises UsageError for a file that is none.
    """
    if sources and len(paths) > 1:
        raise UsageError("one case at a time", where="--source", todo="give the folder or zip that the recording is of")
    required = load_public_key(key) if key is not None else None
    own = known_public_key(settings.keys)
    wrong = False
    for path in paths:
        found = examine(path, key=required, sources=sources)
        # Taking the signature away is the easiest way to change a case: so its absence is no small matter.
        bare = found.signed_by is None and not unsigned and not found.problems
        wrong = wrong or bare or bool(found.problems)
        for problem in found.problems:
            err.print(f"{plain(str(path))}: {plain(str(problem))}", markup=False, soft_wrap=True)
        if bare:
            what = f"{MANIFEST}: not signed, so nothing says whose it is; `--unsigned` accepts that"
            err.print(f"{plain(str(path))}: {what}", markup=False, soft_wrap=True)
        elif not found.problems:
            out.print(f"{plain(str(path))}: as kept{_signed(found, own, required)}", markup=False, soft_wrap=True)
        for note in found.notes:
            out.print(f"{plain(str(path))}: note: {plain(note)}", markup=False, soft_wrap=True)
    return CHECK_FAILED if wrong else 0


def export_case(
    flag_id: str, target: Path, settings: Settings, *, raw_stills: bool, clip: bool, by: str | None
) -> None:
    """Write the zip and print what went and what stayed.

    Raises UsageError when there is no such flag or it has no evidence, IntegrityError when that does not verify.
    """
    from monitor.evidence.export.packing import export
    from monitor.evidence.masking import masked
    from monitor.evidence.page.html import case_page

    store, actor, signer = open_workspace(settings), operator(), load_signer(settings.keys)
    line = store.flag(flag_id)
    if line is None:
        raise UsageError("no such flag", where=flag_id, todo="`monitor flags --format jsonl` lists them")
    evidence = line["evidence"]
    if evidence is None:
        what = "candidates keep no evidence" if line["candidate"] else "no evidence was kept of this flag"
        raise UsageError(what, where=flag_id, todo="scan its recording again with evidence")
    if deleted := evidence.get("deleted"):
        raise UsageError(f"its evidence was deleted: {deleted['why']}", where=f"flag {flag_id}")
    made = export(
        Path(str(evidence["folder"])),
        target,
        signer=signer,
        by=by or actor,
        page=case_page,
        mask=masked,
        software=f"livestream-monitor {__version__}",
        raw_stills=raw_stills,
        clip=clip,
        record=lambda made: _record(store, signer, settings, actor, made, raw_stills=raw_stills),
    )
    out.print(
        f"{plain(str(made.path))}: {made.size_bytes / 1e6:.1f} MB, SHA-256 {made.sha256}", markup=False, soft_wrap=True
    )
    out.print(f"signed by {made.key_id}", markup=False, soft_wrap=True)
    for name in made.withheld:
        out.print(f"withheld: {plain(name)}", markup=False, soft_wrap=True)


def _record(store: Store, signer: Signer, settings: Settings, actor: str, made: Exported, *, raw_stills: bool) -> None:
    from monitor.review.export_entries import case_entries

    store.audit.append(*case_entries(datetime.now(UTC), actor, made, raw_stills=raw_stills))
    seal_log(store.audit, signer, settings)


def _signed(found: Verified, own: bytes | None, required: bytes | None) -> str:
    """Whose the signatures are, as far as can be told here."""
    if found.signed_by is None:
        return ", not signed" + (f", exported by the key {found.exported_by}" if found.exported_by else "")
    if required is not None:
        return f", signed by the key given, {found.signed_by}"
    whose = "this desk" if own is not None and found.signed_by == key_id(own) else "a key that this desk does not know"
    told = f", signed by {whose}, {found.signed_by}"
    if found.exported_by not in (None, found.signed_by):
        told += f"; exported by another key, {found.exported_by}"
    return told
