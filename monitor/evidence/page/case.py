"""What a page of a case is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


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
