"""The lots by which gold flags are handed out: the same whenever asked, and nobody's to tell without the key."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from monitor.config import Settings
from monitor.review.secret_keys import secret_key

_KEY = "gold.key"


@dataclass(frozen=True, slots=True)
class GoldDraws:
    """Lots of one desk. Both methods raise MissingComponentError when the key cannot be read or made."""

    percent: int
    """Of what reviewers take in the first round; 50 at most, so that each comes before another flag."""
    keys: Path
    """Folder of the key, which is made on first use."""

    @classmethod
    def of(cls, settings: Settings) -> GoldDraws | None:
        """None where no gold flags are handed out."""
        return cls(settings.gold_percent, settings.keys) if settings.gold_percent else None

    def due(self, name: str, flag_id: str) -> bool:
        # One gold flag before g of 100 others makes g of 100 + g: this many make up the share of all that is taken.
        others = 100 - self.percent
        drawn = _drawn(secret_key(self.keys, _KEY), "due", name, flag_id)
        return int.from_bytes(drawn[:8]) * others < self.percent << 64

    def in_order(self, name: str, flag_ids: Collection[str]) -> list[str]:
        key = secret_key(self.keys, _KEY)
        return sorted(flag_ids, key=lambda flag_id: _drawn(key, "which", name, flag_id))


def _drawn(key: bytes, *what: str) -> bytes:
    return hmac.digest(key, "\0".join(("livestream-monitor gold", *what)).encode(), "sha256")
