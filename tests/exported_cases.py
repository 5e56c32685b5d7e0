"""Small signed bundles and exports of them, made without media."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from coded_media import flag, hit, violation
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from monitor.config import Settings
from monitor.evidence import TimedPart, keep
from monitor.evidence.export.packing import export
from monitor.flag_line import flag_line
from monitor.media import Cut
from monitor.records import Box, Channel, Cue, Flag, Role
from monitor.rules import Rule
from monitor.signing import Signer
from monitor.timeline import Span

BOX = Box(40, 60, 140, 100)
NAME = "小王爱购物"
"""Of a viewer, as it stands on the picture."""
ROW = Cue("r", Channel.CHAT, Span(99_000, 103_000), "", role=Role.VIEWER, box=Box(2, 30, 30, 40))
"""A viewer's row on the picture."""
RULE = Rule(
    "dy-1", "禁止诱导退款", "不得以返现诱导消费者退款", "notice", "2026-01-01", "2026-11-01", "notice", ("警告",)
)


def desk(number: int) -> Signer:
    """A desk's key; the same number is the same desk."""
    return Signer(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


@dataclass
class NoisyCutter:
    """A clip of bytes that all differ, and pictures that are no plain colour."""

    def clip(self, pieces, out):
        out.write_bytes(np.random.default_rng(3).integers(0, 256, 9000, np.uint8).tobytes())
        spans = tuple(each.span for each in pieces)
        length_ms = sum(span.duration_ms for span in spans)
        return Cut(out, "copy", spans, "mp4", "h264", "aac", length_ms, 9000, 9000, 90_000, "1/90000", "", "plain")

    def still(self, path, at_ms):
        return np.random.default_rng(at_ms).integers(0, 256, (120, 160, 3), np.uint8)


def bundle(root: Path, signer: Signer | None, **more) -> Path:
    """The folder of a flag of twelve seconds with two stills, each raw and boxed."""
    evidence = kept_flag(root, signer, **more).evidence
    assert evidence is not None
    return evidence.folder


def kept_flag(root: Path, signer: Signer | None, *, looked: bool = True) -> Flag:
    """The same with its evidence in `root/evidence`, as a scan would store it.

    `looked`: it is known where viewers' words stand on the picture: one row, and none of a viewer at the end.
    """
    root.mkdir(parents=True, exist_ok=True)
    source = root / "room-1.flv"
    source.write_bytes(b"recording")
    event = violation(
        100_000,
        112_000,
        hit(Channel.SPEECH, 104_000, 105_000),
        hit(Channel.SCREEN, 100_000, 112_000, slot="pay", box=BOX),
    )
    made = flag(event, source, flag_id="f-1", rules=(RULE,))
    cues = [
        Cue("s", Channel.SPEECH, Span(104_000, 105_000), "返现"),
        Cue("c", Channel.CHAT, Span(101_000, 101_000), "真的吗", role=Role.VIEWER),
    ]
    evidence = keep(
        made,
        line=flag_line(made),
        parts=(TimedPart(source, Span(0, 600_000)),),
        cues=cues,
        cutter=NoisyCutter(),
        folder=root / "evidence",
        settings=Settings(),
        source_digests={source: "ab" * 32},
        facts={"software": "0.1.0"},
        signer=signer,
        viewer_rows=[ROW] if looked else None,
    )
    return replace(made, evidence=evidence)


def resign(folder: Path, signer: Signer, about: dict) -> None:
    """As the key's owner could: a manifest of one's own making, rightly signed."""
    data = (json.dumps({**about, "key_id": signer.key_id}, ensure_ascii=False, indent=1) + "\n").encode()
    (folder / "manifest.json").write_bytes(data)
    (folder / "manifest.sig").write_bytes(signer.sign("evidence", data).to_json())


def plain_page(case) -> str:
    """A page that tells all it was given."""
    shown = [case.flag["flag_id"], case.by, case.clip or "", case.key_id, *(name for name, _ in case.stills)]
    return "<!doctype html>\n" + "\n".join(shown) + "\n"


def blackened(jpeg: bytes, boxes) -> bytes:
    """Stands for masking: other bytes, which tell how many boxes there were."""
    return b"masked %d " % len(boxes) + jpeg[:100]


def case_zip(folder: Path, out: Path, signer: Signer, **more):
    given = {"by": "质检员", "page": plain_page, "mask": blackened, "software": "0.1.0", **more}
    return export(folder, out, signer=signer, **given)
