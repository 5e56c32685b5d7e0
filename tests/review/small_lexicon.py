"""The real lexicon cut down to a few terms a slot, so that it loads in a moment; its patterns and rules are whole."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

import yaml

from monitor.config import lexicon_folder

_FIRST = 3


def small_lexicon(folder: Path, keep: Collection[str] = ()) -> Path:
    """Writes it into `folder`: of each slot the first terms and those of `keep`."""
    shutil.copytree(lexicon_folder(), folder, ignore=shutil.ignore_patterns("corpus", "learned", "confusions.tsv"))
    (folder / "play.yaml").unlink()
    for path in (folder / "slots.yaml", *(folder / "schemes").glob("*.yaml")):
        data = yaml.safe_load(path.read_text("utf-8"))
        for slot in data.get("slots", {}).values():
            terms = slot["terms"]
            slot["terms"] = [term for n, term in enumerate(terms) if n < _FIRST or _text(term) in keep]
        path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf-8")
    return folder


def _text(term: str | dict[str, str]) -> str:
    return term if isinstance(term, str) else term["text"]
