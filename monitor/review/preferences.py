"""How much somebody may have a desk remember for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from monitor.store.accounts import AccountError

MOST_BYTES = 32_768
"""Filters and switches of one person; a page must not fill the database."""


def check_preferences(whole: Mapping[str, Any]) -> None:
    """Raises AccountError for what is no JSON, or too much."""
    try:
        size_bytes = len(json.dumps(whole, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass"))
    except (TypeError, ValueError, RecursionError) as error:
        raise AccountError("no JSON", where="preferences", shown="偏好设置无法保存") from error
    if size_bytes > MOST_BYTES:
        raise AccountError(
            f"{size_bytes} bytes",
            where="preferences",
            todo=f"keep {MOST_BYTES} at most",
            shown="保存的筛选过多，请先删除一些",
        )
