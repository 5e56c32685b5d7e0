"""Word lists with slips of the pen: the scan does not begin, and every slip is told at once.

case → exit → what is said: always 2, one line for each fault, `file:line: message`, nothing else

- duplicate key, unknown field, empty term, term twice → the key, field or term
- invisible or bidirectional character, in a term, a key, a remark, or written as an escape → its code point
- no YAML, not UTF-8, cut short → so; a folder that is not there → one line
- tables (`confusions.tsv`, `learned/weights.tsv`) and platforms' rules → together with the others
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import bad_files as bad
import pytest

from monitor.config import lexicon_folder


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bad.healthy(tmp_path_factory.mktemp("recordings"))


@pytest.fixture
def lexicons(tmp_path: Path) -> Path:
    return Path(shutil.copytree(lexicon_folder(), tmp_path / "lexicons"))


def change(path: Path, *pairs: tuple[str, str]) -> None:
    """Puts one text in another's place, once each."""
    text = path.read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")


def test_every_slip_of_every_file_is_told_at_once(recording: Path, lexicons: Path, tmp_path: Path, monitor: Callable):
    """Ten faults in seven files, each with its file and line; no workspace is begun."""
    slots, misery = lexicons / "slots.yaml", lexicons / "schemes" / "misery_selling.yaml"
    change(slots, ("      - 返现\n", '      - 返现\n      - ""\n      - 返\u200b现\n      - "免\\u202e单"\n'))
    change(misery, ("name: 卖惨带货", "name: 卖惨带货\nname: 又一次\ncolour: red"))
    change(lexicons / "writing.yaml", ("source:", "# \u2067 in a remark\nsource:"))
    (lexicons / "prices.yaml").write_bytes(b"source: \xff\n")
    (lexicons / "confusions.tsv").write_text("no table\n", "utf-8")
    (lexicons / "learned" / "weights.tsv").write_bytes(b"\xfe")
    policy = lexicons / "policies" / "kuaishou.yaml"
    policy.write_text(policy.read_text("utf-8") + "surprise: 1\n", "utf-8")
    done = monitor("scan", recording, "--workspace", tmp_path / "w", "--lexicons", lexicons)

    assert done.code == 2
    lines = done.err.splitlines()
    for place, said in (
        ("lexicons/slots.yaml:10", "empty; write a word"),
        ("lexicons/slots.yaml:11", "invisible character U+200B"),
        ("lexicons/slots.yaml:12", "invisible character U+202E"),
        ("schemes/misery_selling.yaml:4", "duplicate key `name`"),
        ("schemes/misery_selling.yaml:5", "colour: unknown field"),
        ("lexicons/writing.yaml:", "invisible character U+2067"),
        ("lexicons/prices.yaml:1", "not UTF-8"),
        ("confusions.tsv:1", "columns"),
        ("learned/weights.tsv:1", "not UTF-8"),
        ("policies/kuaishou.yaml:", "unknown field"),
    ):
        assert len([line for line in lines if place in line and said in line]) == 1, (place, done.err)
    assert len(lines) == 10
    assert not {"\u200b", "\u202e", "\u2067", "\x1b"} & set(done.err)
    assert not (tmp_path / "w" / "monitor.db").exists()


def test_slips_that_only_show_between_files_are_told_too(
    recording: Path, lexicons: Path, tmp_path: Path, monitor: Callable
):
    """A term twice in a slot, a list cut short, a key that only looks like one."""
    change(lexicons / "slots.yaml", ("- 退款\n", "- 退款\n      - 退款\n"))
    change(lexicons / "schemes" / "misery_selling.yaml", ("    about:", "    ab\u200bout:"))
    (lexicons / "benign.yaml").write_text("phrases: [a\n")
    done = monitor("scan", recording, "--workspace", tmp_path / "w", "--lexicons", lexicons)

    assert done.code == 2
    for place, said in (
        ("slots.yaml:11: ", "term `退款` stands twice"),
        ("misery_selling.yaml:7: ", "U+200B"),
        ("benign.yaml:2: ", "expected"),
    ):
        assert len(done.lines(place, said)) == 1, done.err
    assert "\u200b" not in done.err


def test_a_folder_that_is_not_there_is_one_line(recording: Path, tmp_path: Path, monitor: Callable):
    """Not one for each file that it lacks."""
    done = monitor("scan", recording, "--workspace", tmp_path / "w", "--lexicons", tmp_path / "none")

    assert done.code == 2
    assert f"{tmp_path / 'none'}: no such folder; give that of slots.yaml and schemes/" in done.only_line()
