"""A case as one HTML page in Chinese that needs no network, no script and no program: for a judge or a merchant."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from monitor.evidence.page.case import Case
from monitor.evidence.page.case_hits import asides, facts, hit_lines, losses, problems
from monitor.evidence.page.case_json import (
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
from monitor.evidence.page.case_lines import transcript_lines
from monitor.evidence.page.case_origin import media_facts, versions
from monitor.evidence.page.case_rules import cited_rules, rules_set_aside
from monitor.evidence.page.lanes import drawing
from monitor.evidence.page.visible import shortened, visible
from monitor.wording import (
    BASIS_NAMES,
    LANE_NAMES,
    METHOD_MEANINGS,
    METHOD_NAMES,
    PLATFORM_NAMES,
    SCHEME_NAMES,
    SEVERITY_NAMES,
)

MOST_LINES = 400
"""Lines of the transcript on the page; the bundle's `transcript.vtt` has those of the whole clip."""
MOST_ROWS = 300
"""Rows of each other table."""


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
        facts=facts(flag),
        hits=hits[:MOST_ROWS],
        more_hits=max(0, len(hits) - MOST_ROWS),
        methods=[(METHOD_NAMES[name], METHOD_MEANINGS[name]) for name in METHOD_NAMES if name in used],
        drawn=drawing(flag, manifest, hits, lines),
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
        problem=problems(flag),
        versions=versions(flag, manifest),
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
        "media": media_facts,
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
