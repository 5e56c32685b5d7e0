"""Tables and numbers for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

SCHEME_NAMES = {
    "refund_brushing": "刷退款单",
    "cashback_refund": "返现诱导退款",
    "pay_first_draw": "先付后抽",
    "fake_price_comparison": "待核实比价",
    "false_promotion": "虚假促销",
    "irregular_play": "违规玩法",
    "quick_flipping": "快速过款",
    "freight_claim_abuse": "套取运费",
    "viewer_kicking": "违规踢人",
    "misery_selling": "卖惨带货",
}
"""Short Chinese names of the schemes; a flag is 线索 until a person confirms it."""

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def clock(seconds: float) -> str:
    """`1:02:03` or `2:03`."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def flags_table(lines: Iterable[Mapping[str, Any]]) -> Table:
    """One row a flag: what is suspected, where, when, and the words that point to it."""
    table = Table(title="线索 (疑似, 待人工确认)", title_justify="left", expand=False)
    for name in ("room", "scheme", "from", "to", "severity", "score", "channels", "words"):
        table.add_column(name, overflow="fold", no_wrap=name in ("from", "to", "score", "scheme"))
    for line in lines:
        words = dict.fromkeys(str(hit["raw"]) for hit in line["hits"])
        scheme = str(line["scheme"])
        table.add_row(
            str(line["room"]),
            SCHEME_NAMES.get(scheme, scheme) + (" ?" if line["candidate"] else ""),
            clock(line["start_s"]),
            clock(line["end_s"]),
            str(line["severity"]) + ("" if line["severity_basis"] == "notice" else "*"),
            f"{line['score']:.2f}",
            " ".join(line["channels"]),
            " · ".join(words),
        )
    table.caption = "* severity is the desk's own estimate; no ladder was published for it"
    table.caption_justify = "left"
    return table
