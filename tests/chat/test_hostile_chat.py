"""Files made to fill the memory or to stop the clock: each ends soon, in little memory, with a gap that says so."""

import os
import pickle
import re
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.chat import NameHasher, TypedFeed
from monitor.records import Sense, Stream

HASH = NameHasher(b"k" * 32)
MIB = 1 << 20
SIZE_MIB = 60
FIRST = '<i>\n<d p="1.000,1,25,1,1,0,7,0" user="橙子">好</d>\n'.encode()
LAST = '<d p="3.000,1,25,1,1,0,7,0" user="橙子">后</d>\n</i>'.encode()


def filled(before: bytes, fill: bytes, after: bytes = b"") -> Iterator[bytes]:
    yield FIRST + before
    block = fill * (MIB // len(fill))
    for _ in range(SIZE_MIB):
        yield block
    yield after + LAST


def names(pattern: bytes) -> Iterator[bytes]:
    yield FIRST
    for number in range(0, 1_000_000, 10_000):
        yield b"".join(pattern.replace(b"%", b"%09d" % (number + n)) for n in range(10_000))
    yield LAST


COMMENT = b'<d p="2,1,25,1,1,0,7,0" user="'
ENDLESS = {
    "text": lambda: filled(COMMENT + b'x">', b"x", b"</d>"),
    "accents in a name": lambda: filled(COMMENT, "\u0301".encode(), b'">x</d>'),
    "attribute": lambda: filled(COMMENT, b"x", b'">x</d>'),
    "attributes": lambda: filled(b"<d ", b"a='' ", b">x</d>"),
    "tag": lambda: filled(b"<", b"x", b"/>"),
    "entities": lambda: filled(COMMENT + b'x">', b"&a;", b"</d>"),
    "comment": lambda: filled(b"<!--", b"x", b"-->"),
    "comments": lambda: filled(b"", b"<!---->"),
    "instructions": lambda: filled(b"", b"<?x?>"),
    "cdata": lambda: filled(COMMENT + b'x"><![CDATA[', b"x", b"]]></d>"),
    "depth": lambda: filled(b"", b"<a>"),
    "namespaces": lambda: filled(b"", b"<a xmlns='b'>"),
    "nothing": lambda: filled(b"", b"\0"),
    "doctype": lambda: iter([b"<!DOCTYPE i [", *[b"<!ENTITY a 'b'>" * (MIB // 15)] * SIZE_MIB, b"]>", FIRST, LAST]),
    "tag names": lambda: names(b"<nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx%/>"),
    "attribute names": lambda: names(b'<d p="soon,1" nxxxxxxxxxxxxxxxxxxxxxxxxx%="">x</d>'),
    "entity names": lambda: names(b"<d>&nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx%;</d>"),
    "instruction names": lambda: names(b"<?nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx%?><d/>"),
}


def read_in_a_child(**files: tuple[Path, ...]) -> tuple[list[str], list[tuple[int, int, str]], float, int]:
    """Texts, gaps, CPU seconds, and megabytes by which the process grew at most; the stream ends at 60 s."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(ours)
            resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
            before_mb, began = memory_mb("VmRSS"), time.process_time()
            with TypedFeed(Stream("a", (Path("a.mp4"),), **files), HASH) as feed:
                texts = [cue.text for cue in feed.finish(60_000)]
                gaps = [(gap.span.start_ms, gap.span.end_ms, gap.reason) for gap in feed.gaps]
                assert all(gap.sense is Sense.CHAT for gap in feed.gaps)
            told = texts, gaps, time.process_time() - began, memory_mb("VmHWM") - before_mb
            with os.fdopen(theirs, "wb") as pipe:
                pickle.dump(told, pipe)
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        told = pipe.read()
    os.waitpid(pid, 0)
    assert told, "the child died"
    return pickle.loads(told)


def memory_mb(field: str) -> int:
    return int(re.search(rf"{field}:\s+(\d+)", Path("/proc/self/status").read_text())[1]) >> 10


def written(path: Path, blocks: Iterator[bytes]) -> Path:
    with path.open("wb") as file:
        file.writelines(blocks)
    return path


@pytest.mark.parametrize("what", ENDLESS)
def test_a_danmaku_file_made_to_fill_the_memory(tmp_path, what):
    """Sixty megabytes of one thing, or a million names: what stood before is kept, the rest is a gap to the end."""
    path = written(tmp_path / "a.xml", ENDLESS[what]())
    texts, gaps, cpu_s, grown_mb = read_in_a_child(danmaku=(path,))
    assert texts in ([], ["好"], ["好", "后"])
    assert len(gaps) in (1, 2)
    assert gaps[0][0] in (0, 1000)
    assert gaps[0][1] == 60_000
    assert "\n" not in gaps[0][2]
    assert cpu_s < 10
    assert grown_mb < 100


@pytest.mark.parametrize("what", ["a line", "lines", "depth", "numbers", "accents in a name", "nothing"])
def test_a_messages_file_made_to_fill_the_memory(tmp_path, what):
    """A hundred megabytes in one line or in many: the good lines round it are kept, the rest is counted."""
    good = '{"time_s": 1, "sender": "host", "text": "好"}\n'.encode()
    start = b'{"time_s": 1, "sender": "viewer", "text": "x", "name": "'
    middle = {
        "a line": [b'{"text": "', *[b"x" * MIB] * 100, b'"}\n'],
        "lines": [b"x\n" * (MIB // 2)],
        "depth": [b"[" * (MIB - 2) + b"\n"] * 3,
        "numbers": [b"9" * (MIB - 2) + b"\n"] * 20,
        "accents in a name": [start, "\u0301\u0316".encode() * (MIB // 5), b'"}\n'],
        "nothing": [b"\0" * MIB] * 100,
    }[what]
    path = written(tmp_path / "a.messages.jsonl", iter([good, *middle, b"\n", good]))
    texts, gaps, cpu_s, grown_mb = read_in_a_child(messages=(path,))
    assert [text for text in texts if text != "x"] == ["好", "好"]
    assert len(gaps) == (what != "accents in a name")
    assert cpu_s < 10
    assert grown_mb < 100


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        ("1e308", False),
        ("-1e308", False),
        ("NaN", False),
        ("inf", False),
        ("9" * 5000, False),
        ("1" + "0" * 400, False),
        ("-5", True),
        ("-0.0", True),
        ("1e-320", True),
        ("0." + "3" * 5000, True),
    ],
)
def test_times_that_are_none(tmp_path, field, kept):
    """A time that cannot be one costs its comment, which is counted; an early one is the beginning."""
    path = tmp_path / "a.xml"
    path.write_bytes(FIRST + f'<d p="{field},1,25,1,1,0,7,0" user="橙子">谁</d>\n'.encode() + LAST)
    with TypedFeed(Stream("a", (Path("a.mp4"),), danmaku=(path,)), HASH) as feed:
        texts = [cue.text for cue in feed.finish(60_000)]
        assert ("谁" in texts) == kept
        assert len(texts) == 2 + kept
        assert [gap.reason for gap in feed.gaps] == [] if kept else ["a.xml: 1 comments without a time skipped"]


def test_the_two_halves_of_an_emoji(tmp_path):
    """Written as references to its halves an emoji is itself; a lone half is one replacement character."""
    path = tmp_path / "a.xml"
    body = "".join(
        f'<d p="{n},1,25,1,1,0,7,0">{text}</d>\n'
        for n, text in enumerate(
            ["a&#55357;&#56832;b", "&#xD83D;&#xde00;", "&#55357;", "&#60;&#xDE00;&#62;", "&#128512;"]
        )
    )
    path.write_text(f"<i>{body}</i>", encoding="utf-8")
    with TypedFeed(Stream("a", (Path("a.mp4"),), danmaku=(path,)), HASH) as feed:
        assert [cue.text for cue in feed.due(None)] == ["a😀b", "😀", "\ufffd", "<\ufffd>", "😀"]
        assert feed.gaps == []


def test_no_gap_quotes_the_file(tmp_path):
    """Where the parser stumbles over a viewer's name the gap says so without the name."""
    path = tmp_path / "a.xml"
    path.write_text('<i><d p="1,1,25,1,1,0,7,0" user="a"橙子 阿豆">好</d><橙子></i>', encoding="utf-8")
    with TypedFeed(Stream("a", (Path("a.mp4"),), danmaku=(path,)), HASH) as feed:
        (gap,) = feed.gaps
        assert gap.reason.startswith("a.xml: damaged at line 1 (")
        assert "橙" not in gap.reason
        assert "阿豆" not in gap.reason


@pytest.mark.parametrize("encoding", ["zlib", "rot13", "hex", "idna", "utf-7", "no-such"])
def test_an_encoding_that_is_none_is_guessed(tmp_path, encoding):
    """A declaration of something that no recorder writes is not believed."""
    path = tmp_path / "a.xml"
    path.write_bytes(f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + FIRST + LAST)
    with TypedFeed(Stream("a", (Path("a.mp4"),), danmaku=(path,)), HASH) as feed:
        assert [cue.text for cue in feed.due(None)] == ["好", "后"]


def test_a_comment_too_long_for_any_platform(tmp_path):
    """A text of more than two thousand characters is no comment: it is left out and counted."""
    path = tmp_path / "a.xml"
    path.write_bytes(FIRST + b'<d p="2,1,25,1,1,0,7,0">' + b"x" * 2001 + b"</d>" + LAST)
    with TypedFeed(Stream("a", (Path("a.mp4"),), danmaku=(path,)), HASH) as feed:
        assert [cue.text for cue in feed.due(None)] == ["好", "后"]
        assert [gap.reason for gap in feed.gaps] == ["a.xml: 1 comments of more than 2,000 characters skipped"]
