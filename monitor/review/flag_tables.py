"""Flags as people outside read them: lines of a table for spreadsheets, or of JSON. Pure.

Neither tells who decided, nor what was decided while a flag is between its rounds, nor where files lie on this machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from monitor.csv_rows import cell
from monitor.review.shown_states import STATE_NAMES, shown_state
from monitor.roles import Person
from monitor.store.exporting import StoredFlag
from monitor.store.verdicts import REASON_NAMES, ReviewState, Stage
from monitor.wording import LANE_NAMES, PLATFORM_NAMES, SCHEME_NAMES, SEVERITY_NAMES

_CHINA = ZoneInfo("Asia/Shanghai")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""Controls, and what reorders or hides text: one name would look like another. The JSON lines keep them, escaped."""

COLUMNS = (
    "线索编号", "状态", "类型", "疑似程度", "认定程度", "分数", "平台", "主播", "直播间", "播出时间", "开始", "结束",
    "来源", "命中词", "规则", "复核理由", "结论时间", "证据",
)  # fmt: skip


def table_row(person: Person, flag: StoredFlag) -> list[str]:
    """The cells under `COLUMNS`, as this person may see them; none of them is a formula. Times are China's."""
    line, review = flag.line, flag.review
    closed = review.stage is Stage.CLOSED
    evidence: Mapping[str, Any] = line["evidence"] or {}
    return [
        _plain(value)
        for value in (
            line["flag_id"],
            STATE_NAMES[shown_state(person, review.stage, review.decision)],
            SCHEME_NAMES.get(line["scheme"], line["scheme"]),
            SEVERITY_NAMES.get(line["severity"], line["severity"]),
            SEVERITY_NAMES.get(review.severity or "", "") if closed else "",
            f"{line['score']:.3f}",
            PLATFORM_NAMES.get(line["platform"], line["platform"]),
            line["creator"],
            line["room"],
            _time(line["wall_start"]),
            _clock(line["start_s"]),
            _clock(line["end_s"]),
            "、".join(LANE_NAMES.get(name, name) for name in line["channels"]),
            " · ".join(dict.fromkeys(str(hit["raw"]) for hit in line["hits"])),
            " ".join(str(rule["id"]) for rule in line["rules"]),
            "、".join(REASON_NAMES[reason] for reason in review.reasons) if closed else "",
            _time(review.decided_at) if closed else "",
            evidence.get("folder", "") if "deleted" not in evidence else "已删除",
        )
    ]


def json_line(person: Person, flag: StoredFlag) -> str:
    """`monitor.flag/1` and, under `review`, where its review stands as this person may see it."""
    line, review = flag.line, flag.review
    closed = review.stage is Stage.CLOSED
    told = {
        **line,
        "source": _name(str(line["source"])),
        "review": {
            "state": shown_state(person, review.stage, review.decision).value,
            "severity": str(review.severity) if closed and review.severity else None,
            "reasons": [str(reason) for reason in _reasons(review)],
            "decided_at": review.decided_at.isoformat() if closed and review.decided_at else None,
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _reasons(review: ReviewState) -> Sequence[object]:
    return review.reasons if review.stage is Stage.CLOSED else ()


def _plain(value: object) -> str:
    return cell(_UNSEEN.sub("", str(value or "")))


def _name(path: str) -> str:
    """The last part of a path of whatever system."""
    return re.split(r"[\\/]", path)[-1]


def _time(at: datetime | str | None) -> str:
    if at is None:
        return ""
    when = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return f"{when.astimezone(_CHINA):%Y-%m-%d %H:%M:%S}"


def _clock(at_s: float) -> str:
    minutes, seconds = divmod(max(0.0, at_s), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{seconds:06.3f}"
