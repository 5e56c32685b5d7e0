"""A flag's evidence as one zip for people outside: the bundle, a page to read it by, and a signed list of both.

No viewer's name leaves by default: stills go with what viewers wrote blackened, and raw ones stay at home, named in the
list with their digests. The clip goes as it was recorded, and the list says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from monitor.errors import IntegrityError, UsageError, WorkspaceError
from monitor.evidence.bundle import CLIP, FLAG, RULES, TRANSCRIPT
from monitor.evidence.check import Verified, examine
from monitor.evidence.export.archive import write_zip
from monitor.evidence.export.export_check import SCHEMA
from monitor.evidence.export.opened import listed
from monitor.evidence.folder import CASE, EXPORT, EXPORT_PURPOSE, EXPORT_SIGNATURE, MANIFEST, SIGNATURE
from monitor.evidence.page.case import Case
from monitor.evidence.page.case_json import clock, number_of, rows_of
from monitor.files import sha256_of, sync
from monitor.records import Box
from monitor.signing import Signer

PAGE = "index.html"
MASKED = "masked/"
_RAW_STILL = "raw still: viewers' names may stand on it"
_NOT_ASKED = "the clip was not asked for"
_AS_RECORDED = {
    CLIP: "picture and sound as recorded: viewers' names may be seen and heard",
    FLAG: "viewers' words as typed: a name may stand in them",
    TRANSCRIPT: "viewers' words as typed: a name may stand in them",
}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was handed out."""

    path: Path
    flag_id: str
    size_bytes: int
    sha256: str
    """Of the zip."""
    manifest_sha256: str
    """Of the bundle's manifest: which evidence it was."""
    withheld: tuple[str, ...]
    """Parts of the bundle that stayed at home, by their path within it."""
    key_id: str
    """Of the key that signed the export."""


def export(
    bundle: Path,
    out: Path,
    *,
    signer: Signer,
    by: str,
    page: Callable[[Case], str],
    mask: Callable[[bytes, Sequence[Box]], bytes],
    software: str,
    raw_stills: bool = False,
    clip: bool = True,
    record: Callable[[Exported], None] = lambda _: None,
) -> Exported:
    """Writes the zip and proves it; `by` names who hands it out.

    `record` is told once the zip is whole and verified, and before it has its name: where it fails there is no export,
    and no crash leaves one that was not recorded. Raises IntegrityError when the bundle does not verify, UsageError
    when `out` is taken or lies within the bundle, WorkspaceError when it cannot be written; what `record` raises.
    """
    if out.exists() or out.is_symlink():
        raise UsageError("is there already", where=out, todo="choose another name for the export")
    if out.resolve().is_relative_to(bundle.resolve()):
        raise UsageError("lies within the evidence itself", where=out, todo="choose another place for the export")
    if not out.parent.is_dir():
        raise WorkspaceError("cannot be written: no such folder", where=out, todo="make the folder first")
    state = examine(bundle)
    if state.problems:
        wrong = "; ".join(map(str, state.problems))
        raise IntegrityError(f"not exported, as it does not verify: {wrong}", where=bundle)
    packing = _Packing(bundle, state, signer, by, software)
    packing.take_bundle(raw_stills=raw_stills, clip=clip)
    stills = packing.mask_stills(mask)
    packing.add(PAGE, page(packing.case(stills)).encode("utf-8", "backslashreplace"))
    packing.sign()
    draft = out.with_name(f".{out.name}.draft")
    try:
        write_zip(draft, packing.files)
        if problems := examine(draft).problems:
            raise IntegrityError(f"the export does not verify: {problems[0]}", where=out, todo="try again")
        made = packing.exported(draft, out)
        record(made)
        _publish(draft, out)
    finally:
        draft.unlink(missing_ok=True)
    return made


def _publish(draft: Path, out: Path) -> None:
    try:
        draft.replace(out)
        sync(out.parent)
    except OSError as error:
        raise WorkspaceError(
            f"cannot be written ({error.strerror})", where=out, todo="check the folder and its rights"
        ) from error


class _Packing:
    """The files of one export as they come together."""

    def __init__(self, bundle: Path, state: Verified, signer: Signer, by: str, software: str) -> None:
        self._bundle, self._state, self._signer, self._by, self._software = bundle, state, signer, by, software
        self._at = datetime.now(UTC)
        self._signed = (bundle / MANIFEST).read_bytes()
        self._manifest = listed(self._signed)
        self._stills = rows_of(self._manifest.get("stills"))
        self._parts: dict[str, dict[str, Any]] = {part["name"]: part for part in self._manifest["parts"]}
        self._listed: list[dict[str, Any]] = []
        self._withheld: list[dict[str, Any]] = []
        self._masked: list[dict[str, Any]] = []
        self.files: dict[str, Path | bytes] = {}

    def add(self, name: str, content: bytes) -> None:
        self.files[name] = content
        self._listed.append({"name": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)})

    def take_bundle(self, *, raw_stills: bool, clip: bool) -> None:
        """The bundle's parts as they are, under the digests that its manifest has, and what signs them."""
        for name, part in sorted(self._parts.items()):
            entry = {"name": CASE + name, "sha256": part["sha256"], "bytes": part["bytes"]}
            why = (
                _RAW_STILL
                if self._is_still(name) and not raw_stills
                else _NOT_ASKED
                if name == CLIP and not clip
                else ""
            )
            if why:
                self._withheld.append({**entry, "why": why})
            else:
                self._listed.append(entry)
                self.files[CASE + name] = self._bundle / name
        self.add(CASE + MANIFEST, self._signed)
        if (self._bundle / SIGNATURE).exists():
            self.add(CASE + SIGNATURE, (self._bundle / SIGNATURE).read_bytes())

    def mask_stills(self, mask: Callable[[bytes, Sequence[Box]], bytes]) -> list[tuple[str, str]]:
        """Adds each still of which it is known where viewers' words stand; name and caption of one for each moment.

        Of a raw and a boxed one the boxed: it shows the same picture, and what was read on it.
        """
        shown: dict[float | str, tuple[str, str]] = {}
        for still in self._stills:
            name, boxes = str(still.get("name")), still.get("viewer_boxes")
            if boxes is None or name not in self._parts:
                continue
            try:
                picture = mask((self._bundle / name).read_bytes(), [Box(*map(int, box)) for box in boxes])
            except (TypeError, ValueError):  # a manifest of another make, or no picture: not shown at all
                continue
            masked = MASKED + PurePosixPath(name).name
            self.add(masked, picture)
            self._masked.append({"name": masked, "of": name, "boxes": len(boxes)})
            at_s = number_of(still.get("stream_s"))
            moment = name if at_s is None else at_s
            if still.get("boxed") or moment not in shown:
                shown[moment] = (masked, "时间未知" if at_s is None else f"录像 {clock(at_s)}")
        return list(shown.values())

    def case(self, stills: Sequence[tuple[str, str]]) -> Case:
        """What the page is made of."""
        return Case(
            flag=self._json(FLAG),
            rules=self._json(RULES),
            manifest=self._manifest,
            transcript=(self._bundle / TRANSCRIPT).read_text("utf-8", "replace") if TRANSCRIPT in self._parts else "",
            stills=stills,
            clip=CASE + CLIP if CASE + CLIP in self.files else None,
            exported_at=self._at,
            by=self._by,
            key_id=self._signer.key_id,
        )

    def sign(self) -> None:
        """The list of all that is in the zip, and its signature; both stand beside what they list."""
        as_recorded = [
            {"name": CASE + name, "why": why} for name, why in _AS_RECORDED.items() if CASE + name in self.files
        ]
        raw = [{"name": name, "why": _RAW_STILL} for name in self.files if self._is_still(name[len(CASE) :])]
        told = {
            "schema": SCHEMA,
            "flag_id": self._manifest.get("flag_id"),
            "exported_at": self._at.isoformat(timespec="milliseconds"),
            "by": self._by,
            "software": self._software,
            "key_id": self._signer.key_id,
            "evidence_signed_by": self._state.signed_by,
            "files": sorted(self._listed, key=lambda entry: str(entry["name"])),
            "withheld": self._withheld,
            "masked": self._masked,
            "not_masked": as_recorded + raw,
        }
        data = (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")
        self.files[EXPORT] = data
        self.files[EXPORT_SIGNATURE] = self._signer.sign(EXPORT_PURPOSE, data).to_json()

    def exported(self, written: Path, out: Path) -> Exported:
        return Exported(
            path=out,
            flag_id=str(self._manifest.get("flag_id")),
            size_bytes=written.stat().st_size,
            sha256=sha256_of(written),
            manifest_sha256=hashlib.sha256(self._signed).hexdigest(),
            withheld=tuple(str(entry["name"])[len(CASE) :] for entry in self._withheld),
            key_id=self._signer.key_id,
        )

    def _is_still(self, name: str) -> bool:
        """By its place, too: older manifests do not tell which of their parts are stills."""
        return name.startswith("stills/") or any(still.get("name") == name for still in self._stills)

    def _json(self, name: str) -> Mapping[str, Any]:
        """What cannot be read is empty: the page is made of what there is."""
        try:
            return listed((self._bundle / name).read_bytes()) if name in self._parts else {}
        except ValueError:
            return {}
