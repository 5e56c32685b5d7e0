"""JSON Schemas of the lexicon files, made from the models, for editors that complete and check."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from monitor.lexicon.model import BenignFile, DenialsFile, PlayFile, PriceLabels, SchemeFile, SlotsFile, WritingFile

_FILES: dict[str, type[BaseModel]] = {
    "scheme": SchemeFile,
    "slots": SlotsFile,
    "benign": BenignFile,
    "denials": DenialsFile,
    "play": PlayFile,
    "prices": PriceLabels,
    "writing": WritingFile,
}


def schemas() -> dict[str, dict[str, Any]]:
    """`<name>.schema.json` → its content. A term may be a plain string or a mapping, an example likewise."""
    made: dict[str, dict[str, Any]] = {}
    for name, model in _FILES.items():
        schema = model.model_json_schema()
        for short in ("TermEntry", "ExampleEntry"):
            definition = schema.get("$defs", {}).get(short)
            if definition:
                schema["$defs"][short] = {"anyOf": [{"type": "string", "minLength": 1}, definition]}
        made[f"{name}.schema.json"] = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return made
