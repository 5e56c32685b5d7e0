"""A case as one HTML page in Chinese that needs no network, no script and no program: for a judge or a merchant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from monitor.evidence.page.case_hits import HitLine, asides, hit_lines, losses
from monitor.evidence.page.case_json import (
    Json,
    clock,
    inner,
    lines_of,
    number_of,
    rows_of,
    sizes,
    spans,
    stream_began,
    stretch,
    text_of,
)
from monitor.evidence.page.case_lines import Line, transcript_lines
from monitor.evidence.page.case_rules import cited_rules, rules_set_aside
from monitor.evidence.page.lanes import Drawing, Stretch, drawing
from monitor.evidence.page.visible import shortened, visible
from monitor.evidence.page.wording import (
    BASIS_NAMES,
    LANE_NAMES,
    METHOD_MEANINGS,
    METHOD_NAMES,
    PLATFORM_NAMES,
    SCHEME_NAMES,
    SEVERITY_NAMES,
    reason_in_chinese,
)

MOST_LINES = 400
"""Lines of the transcript on the page; the bundle's `transcript.vtt` has those of the whole clip."""
MOST_ROWS = 300
"""Rows of each other table."""


@dataclass(frozen=True)
class Case:
    """What a page is made of; every text in it is taken for a stranger's."""

    flag: Mapping[str, Any]
    """The bundle's `flag.json`."""
    rules: Mapping[str, Any]
    """The bundle's `rules.json`; empty for bundles that have none: the flag's own rules are shown."""
    manifest: Mapping[str, Any]
    transcript: str
    """The bundle's WebVTT."""
    stills: Sequence[tuple[str, str]]
    """File name relative to the page and caption, viewers' names masked."""
    clip: str | None
    """Relative to the page; None when the case has none."""
    exported_at: datetime
    by: str
    """Who exported it."""
    key_id: str
    """Of the key that signed manifest and export; empty when nothing is signed."""


def case_page(case: Case) -> str:
    """The page. Fields that an older bundle lacks are left out or said to be unknown; none is required.

    No viewer's name or hash is on it, as far as names can be told by their shape (`names.without_names`).
    """
    flag, manifest = case.flag, case.manifest
    lines = transcript_lines(flag, manifest, case.transcript)
    hits = hit_lines(flag, manifest, lines)
    scheme, severity, basis = (text_of(flag.get(name)) for name in ("scheme", "severity", "severity_basis"))
    platform = text_of(flag.get("platform"))
    began = stream_began(flag, manifest)
    start_s, end_s = number_of(flag.get("start_s")), number_of(flag.get("end_s"))
    used = {match.method for row in hits for match in row.matches}
    return _template().render(
        case=case,
        flag_id=text_of(flag.get("flag_id")),
        scheme=SCHEME_NAMES.get(scheme, scheme) or "类型未知",
        candidate=flag.get("candidate") is True,
        platform=PLATFORM_NAMES.get(platform, platform) or "未知",
        room=text_of(flag.get("room")) or "未知",
        creator=text_of(flag.get("creator")) or "未知",
        severity=SEVERITY_NAMES.get(severity, severity) or "未定",
        basis=BASIS_NAMES.get(basis, BASIS_NAMES["desk"]),
        from_notice=basis == "notice",
        severity_note=text_of(flag.get("severity_note")),
        score=number_of(flag.get("score")),
        began=began,
        start_s=start_s,
        end_s=end_s,
        when=stretch(start_s, end_s),
        channels="、".join(LANE_NAMES.get(lane, lane) for lane in lines_of(flag.get("channels"))),
        facts=[fact for fact in map(_fact, lines_of(flag.get("facts"))) if fact],
        hits=hits[:MOST_ROWS],
        more_hits=max(0, len(hits) - MOST_ROWS),
        methods=[(METHOD_NAMES[name], METHOD_MEANINGS[name]) for name in METHOD_NAMES if name in used],
        drawn=_drawn(flag, manifest, hits, lines),
        lines=lines[:MOST_LINES],
        more_lines=max(0, len(lines) - MOST_LINES),
        stills=[(_address(name), caption) for name, caption in case.stills],
        clip=_address(case.clip) if case.clip else None,
        clip_about=inner(manifest, "clip"),
        pieces=spans(rows_of(manifest.get("pieces")), "stream_start_s", "stream_end_s"),
        day=text_of(case.rules.get("day")),
        rules=cited_rules(flag, case.rules),
        set_aside=rules_set_aside(flag),
        rules_note=text_of(flag.get("rules_note")),
        losses=losses(flag, manifest)[:MOST_ROWS],
        asides=asides(flag)[:MOST_ROWS],
        problem=_problem(flag),
        versions=_versions(flag, manifest),
        parts=rows_of(manifest.get("parts")),
        sources=rows_of(manifest.get("sources")),
        made_at=text_of(manifest.get("made_at")),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("monitor.evidence.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_fit,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clock": clock,
        "wall": _wall,
        "size": sizes,
        "text": text_of,
        "span": _span,
        "media": _media,
    }
    return environment.get_template("case.html.j2")


def _fit(value: Any) -> Any:
    """Whatever the template writes: strangers' texts made visible and cut, None left out."""
    if value is None:
        return ""
    return visible(shortened(value)) if isinstance(value, str) and not isinstance(value, Markup) else value


def _wall(began: datetime, seconds: float, *, day: bool = True) -> str:
    """`2026-11-20 20:00:14`; empty beyond what a calendar holds."""
    try:
        at = began + timedelta(seconds=seconds)
    except OverflowError:
        return ""
    return f"{at:%Y-%m-%d %H:%M:%S}" if day else f"{at:%H:%M:%S}"


def _span(times: tuple[float, float]) -> str:
    return stretch(*times)


def _address(name: str) -> str:
    """A file beside the page as an address: whatever a name holds, it leads nowhere else."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return "/".join(quote(part.encode("utf-8", "surrogateescape"), safe="") for part in parts)


def _fact(fact: str) -> str:
    """A sentence for the reviewer, the schemes in it by their Chinese names."""
    for scheme, name in SCHEME_NAMES.items():
        fact = fact.replace(scheme, f"「{name}」")
    return fact


def _problem(flag: Json) -> list[str]:
    """What could not be kept, as the bundle says it."""
    told = text_of(inner(flag, "evidence").get("problem"))
    return [reason_in_chinese(part.partition(": ")[2] or part) for part in told.split("; ") if part]


def _versions(flag: Json, manifest: Json) -> list[tuple[str, str]]:
    made_with, models = inner(manifest, "made_with"), inner(manifest, "models") or inner(flag, "models")
    told = [
        ("软件", text_of(made_with.get("software"))),
        ("解码", text_of(made_with.get("decoder"))),
        ("语音模型", text_of(models.get("speech"))),
        ("文字识别模型", text_of(models.get("screen"))),
        ("词库版本", text_of(flag.get("lexicon")) or text_of(manifest.get("lexicon"))),
        ("规则库版本", text_of(flag.get("policy")) or text_of(manifest.get("policy"))),
        ("设置", "，".join(f"{name}={text_of(value)}" for name, value in inner(manifest, "settings").items())),
        ("取证时钟", _clock_of(inner(manifest, "clock"))),
        ("命中的判定式", "、".join(lines_of(flag.get("patterns")))),
    ]
    return [(name, said) for name, said in told if said]


def _clock_of(told: Json) -> str:
    """The machine's clock when the evidence was made, and who says that it was right."""
    synchronised = told.get("synchronised")
    right = "已同步" if synchronised is True else "未同步" if synchronised is False else "是否同步不知"
    error_us = number_of(told.get("largest_error_us"))
    error = "" if error_us is None else f"，误差至多 {error_us / 1000:.0f} 毫秒"
    said = [
        text_of(told.get("utc")),
        f"时区 {text_of(told.get('zone'))}",
        f"{right}（{text_of(told.get('source'))}）{error}",
    ]
    return "，".join(said) if told else ""


def _media(media: Json) -> str:
    """What the recording's container declares of itself."""
    wide, high = number_of(media.get("width_px")), number_of(media.get("height_px"))
    size = f"{wide:.0f}×{high:.0f}" if wide and high else ""
    said = [text_of(media.get(name)) for name in ("container", "video_codec", "audio_codec")]
    return "，".join(part for part in [*said, size] if part)


def _drawn(flag: Json, manifest: Json, hits: Sequence[HitLine], lines: Sequence[Line]) -> Drawing | None:
    start_s, end_s = number_of(flag.get("start_s")), number_of(flag.get("end_s"))
    if start_s is None or end_s is None or end_s < start_s:
        return None
    gaps = [(text_of(gap.get("sense")), gap) for gap in rows_of(flag.get("gaps"))]
    return drawing(
        (start_s, end_s),
        hits=[
            Stretch(row.lane, row.start_s, row.end_s, "、".join(match.raw for match in row.matches), row.number)
            for row in hits
        ],
        said=[Stretch(line.lane, line.start_s, line.end_s) for line in lines],
        gaps=[
            (sense, *stretch_, reason_in_chinese(text_of(gap.get("reason"))))
            for sense, gap in gaps
            for stretch_ in spans([gap], "start_s", "end_s")
        ],
        pieces=spans(rows_of(manifest.get("pieces")), "stream_start_s", "stream_end_s"),
        clock=lambda seconds: clock(seconds).removesuffix(".0"),
    )
