"""YAML files as data with line numbers: strict, safe, and every problem at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.reader import ReaderError

MAX_BYTES = 2_000_000
"""A larger file is no hand-kept word list; the bound keeps a hostile file from filling memory."""

_HIDDEN = frozenset(("Cc", "Cf", "Co", "Zl", "Zp"))
"""Unicode categories of what is not seen, or turns the text around it: two words that look alike would differ."""

_FILLERS = frozenset("\u034f\u115f\u1160\u3164\uffa0")
"""Characters of other categories that are drawn as nothing."""

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

    @property
    def file(self) -> str:
        """The path as people know it: the folder it stands in and its name."""
        return f"{self.path.parent.name}/{self.path.name}"

    def place(self, where: Where) -> str:
        """`path:line` of a value."""
        return f"{self.file}:{self.line(where)}"

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
    """The file's data with lines, and every problem: duplicate keys, aliases, invisible and bidirectional characters
    (in comments too, where they would show a reader another text than the one that counts).
    """
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
        text = raw.decode("utf-8-sig")
        found = list(_hidden_by_line(text))
        located.problems += [f"{located.file}:{line}: invisible character {names}" for line, names in found]
        loader = _Loader(text)
        try:
            if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=_Loader)):
                raise yaml.YAMLError("an alias is used: write the text out")
            node = loader.get_single_node()
            if node is not None:
                located.data = _build(loader, node, (), located, known=frozenset(text))
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        located.problems.append(f"{located.file}:{line}: not UTF-8; save it as UTF-8")
    except RecursionError:
        located.problems.append(located.problem((), "brackets within brackets, too many to follow"))
    except ReaderError as error:  # a character that YAML forbids everywhere, told above with its line
        if not located.problems:
            line = text.count("\n", 0, error.position) + 1
            located.problems.append(
                f"{located.file}:{line}: character U+{ord(text[error.position]):04X} is not allowed"
            )
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        located.lines[()] = mark.line + 1 if mark else 1
        located.problems.append(
            located.problem((), getattr(error, "problem", None) or f"not YAML that we take: {error}")
        )
    return located


def _hidden_by_line(text: str) -> Iterator[tuple[int, str]]:
    """Line number and the characters in it that are not seen, by their code points."""
    for number, line in enumerate(text.split("\n"), start=1):
        if hidden := _hidden(line.rstrip("\r"), allowed="\t"):
            yield number, ", ".join(hidden)


def _hidden(text: str, *, allowed: str) -> list[str]:
    return sorted(
        {f"U+{ord(c):04X}" for c in text if (unicodedata.category(c) in _HIDDEN or c in _FILLERS) and c not in allowed}
    )


def _build(loader: _Loader, node: yaml.Node, where: Where, located: Located, *, known: frozenset[str]) -> Any:
    """The node as plain data; `known` are the characters of the file, whose faults are told already."""
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
            built[key] = _build(loader, value_node, (*where, key), located, known=known)
            located.lines[(*where, key)] = key_node.start_mark.line + 1
        return built
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, item, (*where, index), located, known=known) for index, item in enumerate(node.value)]
    value = loader.construct_object(node)
    if isinstance(value, str):
        escaped = _hidden("".join(c for c in value if c not in known), allowed="\n")  # written as "\u200b"
        if escaped:
            located.problems.append(located.problem(where, f"invisible character {', '.join(escaped)}"))
    return value


def validate(located: Located, model: type[M]) -> M | None:
    """The data as a model, or None with its problems added to `located.problems`.

    Data that are wrong as YAML already are looked at all the same: whoever mends the file sees everything at once.
    """
    if located.data is None and located.problems:
        return None
    try:
        parsed = model.model_validate(located.data)
    except ValidationError as error:
        for detail in error.errors():
            where = tuple(part for part in detail["loc"] if not str(part).startswith(("function-", "tagged-")))
            name = ".".join(str(part) for part in where) or "file"
            located.problems.append(located.problem(where, f"{name}: {_plain_words(detail['type'], detail['msg'])}"))
        return None
    return None if located.problems else parsed


_PLAIN = {
    "extra_forbidden": "unknown field; take it out, or mend its name",
    "missing": "missing",
    "string_too_short": "empty; write a word, or take it out",
    "model_type": "should hold fields, each `name: value`",
    "dict_type": "should hold fields, each `name: value`",
    "string_type": "should be text; put it between quotes",
}
"""Pydantic's types of errors in words for a word editor."""


def _plain_words(kind: str, message: str) -> str:
    return _PLAIN.get(kind) or message[:1].lower() + message[1:]
