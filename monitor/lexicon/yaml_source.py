"""YAML files as data with line numbers: strict, safe, and every problem at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

MAX_BYTES = 2_000_000
"""A larger file is no hand-kept word list; the bound keeps a hostile file from filling memory."""

M = TypeVar("M", bound=BaseModel)

Where = tuple[Hashable, ...]
"""The way to a value: keys and list indices from the top."""


@dataclass(slots=True)
class Located:
    """A file's data, the line of each value, and what is wrong with it as YAML."""

    path: Path
    data: Any = None
    lines: dict[Where, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def line(self, where: Where) -> int:
        """The line of a value, or of the nearest thing that holds it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def place(self, where: Where) -> str:
        """`path:line` of a value, the path as people know it: the folder it stands in and its name."""
        return f"{self.path.parent.name}/{self.path.name}:{self.line(where)}"

    def problem(self, where: Where, message: str) -> str:
        """`path:line: message`."""
        return f"{self.place(where)}: {message}"


class _Loader(yaml.SafeLoader):
    """Safe, and without the guesses that turn unquoted words into dates or numbers of base 60."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_yaml(path: Path) -> Located:
    """The file's data with lines. Refuses duplicate keys, aliases, invisible and bidirectional characters."""
    located = Located(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        located.problems.append(located.problem((), f"cannot be read: {error.strerror}"))
        return located
    if len(raw) > MAX_BYTES:
        located.problems.append(located.problem((), f"larger than {MAX_BYTES} bytes"))
        return located
    try:
        text = raw.decode("utf-8")
        loader = _Loader(text)
        try:
            if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=_Loader)):
                raise yaml.YAMLError("an alias is used: write the text out")
            node = loader.get_single_node()
            if node is not None:
                located.data = _build(loader, node, (), located)
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        located.problems.append(located.problem((), f"not UTF-8 at byte {error.start}"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        located.lines[()] = mark.line + 1 if mark else 1
        located.problems.append(
            located.problem((), getattr(error, "problem", None) or f"not YAML that we take: {error}")
        )
    return located


def _build(loader: _Loader, node: yaml.Node, where: Where, located: Located) -> Any:
    located.lines[where] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        built: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node)
            if not isinstance(key, Hashable):
                located.problems.append(located.problem(where, "a key must be a plain word"))
                continue
            if key in built:
                located.lines[(*where, key)] = key_node.start_mark.line + 1
                located.problems.append(located.problem((*where, key), f"duplicate key `{key}`"))
            built[key] = _build(loader, value_node, (*where, key), located)
            located.lines[(*where, key)] = key_node.start_mark.line + 1
        return built
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, item, (*where, index), located) for index, item in enumerate(node.value)]
    value = loader.construct_object(node)
    if isinstance(value, str):
        hidden = sorted(
            {f"U+{ord(c):04X}" for c in value if unicodedata.category(c) in ("Cf", "Cc", "Co") and c != "\n"}
        )
        if hidden:
            located.problems.append(located.problem(where, f"invisible character {', '.join(hidden)}"))
    return value


def validate(located: Located, model: type[M]) -> M | None:
    """The data as a model, or None with its problems added to `located.problems`."""
    if located.problems:
        return None
    try:
        return model.model_validate(located.data)
    except ValidationError as error:
        for detail in error.errors():
            where = tuple(part for part in detail["loc"] if not str(part).startswith(("function-", "tagged-")))
            name = ".".join(str(part) for part in where) or "file"
            located.problems.append(located.problem(where, f"{name}: {_plain_words(detail['msg'])}"))
        return None


def _plain_words(message: str) -> str:
    if message == "Extra inputs are not permitted":
        return "unknown field"
    return message[:1].lower() + message[1:]
