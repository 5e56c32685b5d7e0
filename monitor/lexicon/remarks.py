"""What the linter says: one remark a fault, with the place where it is mended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a remark matters."""

    ERROR = "error"
    """Wrong for certain: to be mended before the lexicon is used."""
    WARNING = "warning"
    """Probably wrong; somebody should look."""
    NOTE = "note"
    """Harmless, and good to know."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One fault of the lexicon."""

    level: Level
    where: str
    """`path:line`."""
    rule: str
    """Stable short name: `same-sound`, `everyday`."""
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}: {self.message}"
