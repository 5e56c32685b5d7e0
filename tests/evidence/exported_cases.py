"""Small signed bundles and exports of them, made without media."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from coded_media import flag, hit, violation
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from monitor.config import Settings
from monitor.evidence import TimedPart, keep
from monitor.evidence.export import export
from monitor.flag_line import flag_line
from monitor.media import Cut
from monitor.records import Box, Channel, Cue, Role, Rule
from monitor.signing import Signer
from monitor.timeline import Span

BOX = Box(40, 60, 140, 100)
NAME = "小王爱购物"
"""Of a viewer, as it stands on the picture."""
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
        return np.random.default_rng(at_ms).integers(0, 256, (60, 80, 3), np.uint8)


def bundle(root: Path, signer: Signer | None, *, flag_id: str = "f-1", clips: bool = True) -> Path:
    """A flag of twelve seconds with two stills, each raw and boxed."""
    root.mkdir(parents=True, exist_ok=True)
    source = root / "room-1.flv"
    source.write_bytes(b"recording")
    event = violation(
        100_000,
        112_000,
        hit(Channel.SPEECH, 104_000, 105_000),
        hit(Channel.SCREEN, 100_000, 112_000, slot="pay", box=BOX),
    )
    made = flag(event, source, flag_id=flag_id, rules=(RULE,))
    cues = [
        Cue("s", Channel.SPEECH, Span(104_000, 105_000), "返现"),
        Cue("c", Channel.CHAT, Span(100_000, 106_000), "真的吗", role=Role.VIEWER, box=Box(2, 30, 30, 40)),
    ]
    return keep(
        made,
        line=flag_line(made),
        parts=(TimedPart(source, Span(0, 600_000)),),
        cues=cues,
        cutter=NoisyCutter(),
        folder=root / "evidence",
        settings=Settings(),
        source_digests={source: "ab" * 32},
        facts={"software": "0.1.0"},
        clips=clips,
        signer=signer,
    ).folder


def boxes_known(folder: Path, signer: Signer, boxes: list | None = None) -> None:
    """Signs the bundle anew with places of viewers' words on each still."""
    about = json.loads((folder / "manifest.json").read_bytes())
    for still in about["stills"]:
        still["viewer_boxes"] = [[2, 30, 30, 40]] if boxes is None else boxes
    resign(folder, signer, about)


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
    return export(folder, out, signer=signer, by="质检员", page=plain_page, mask=blackened, software="0.1.0", **more)
