"""The zip of a case: one way of writing it, and every other byte found and placed."""

from __future__ import annotations

import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import WorkspaceError
from monitor.evidence.export.archive import Member, central_header, layout, local_header, tail, write_zip
from monitor.evidence.export.container import DIRECTORY, Container, NotLaidOutError

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1, max_size=12)
FILES = st.dictionaries(NAMES, st.binary(max_size=300), min_size=1, max_size=8)
CASE = {
    "export.json": b'{"a": 1}',
    "case/clip.mp4": bytes(range(256)) * 9,
    "case/manifest.json": b"{}",
    "index.html": "线索".encode(),
    "masked/still-01.jpg": b"",
}


def place_of(members, at):
    """Whose byte of the zip it is."""
    return next((each.name for each in members if each.offset <= at < each.end), DIRECTORY)


@settings(max_examples=80, deadline=None)
@given(FILES)
def test_what_goes_in_comes_out_by_our_reader_and_by_others(tmp_path_factory, files):
    """Any names and sizes: Python's own zipfile agrees with our layout, and nothing differs."""
    out = tmp_path_factory.mktemp("zip") / "a.zip"
    write_zip(out, files)
    with zipfile.ZipFile(out) as theirs:
        assert theirs.testzip() is None
        assert {name: theirs.read(name) for name in theirs.namelist()} == files
    with out.open("rb") as file:
        ours = Container(file)
        assert {each.name: b"".join(ours.content(each)) for each in ours.members} == files
        assert ours.differences() == []
        assert len(ours.readings) == 2


def test_the_same_files_make_the_same_bytes_in_any_order(tmp_path):
    """Neither the clock nor the order of naming nor where a file came from shows."""
    (tmp_path / "clip").write_bytes(CASE["case/clip.mp4"])
    write_zip(tmp_path / "a.zip", CASE)
    write_zip(tmp_path / "b.zip", {**dict(reversed(CASE.items())), "case/clip.mp4": tmp_path / "clip"})
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "b.zip", "clip"]


def test_each_bit_of_the_container_and_of_the_files_is_placed(tmp_path):
    """Every bit of a small zip in turn: the one place named is the one in which it lies."""
    out = tmp_path / "a.zip"
    small = {"a.txt": b"hi", "case/b": b"", "线索": b"\0\1"}
    write_zip(out, small)
    whole = out.read_bytes()
    members = layout({name: len(content) for name, content in small.items()})
    for bit in range(len(whole) * 8):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        container = Container(io.BytesIO(data))
        container.believe(small)
        assert {each.name for each in container.differences()} == {place_of(members, bit // 8)}, bit


def test_cut_and_extended_zips_are_not_ours_any_more(tmp_path):
    """A byte too few or too many anywhere: no layout accounts for it."""
    out = tmp_path / "a.zip"
    write_zip(out, CASE)
    whole = out.read_bytes()
    at = random.Random(5).randrange(len(whole))
    for other in (whole[:-1], whole[1:], whole + b"\0", b"\0" + whole, whole[:at] + whole[at + 1 :], whole[:40], b""):
        with pytest.raises(NotLaidOutError):
            Container(io.BytesIO(other))


def test_beyond_four_gibibytes(tmp_path):
    """Sizes and places that outgrow their fields are told in zip64's, as Python's zipfile reads them too."""
    sizes = {"a": 3, "b": 5 << 30, "c": 7}
    members = layout(sizes)
    crc32 = dict.fromkeys(sizes, 0)
    out = tmp_path / "large.zip"
    with out.open("wb") as file:
        for member in members:
            file.seek(member.offset)
            file.write(local_header(member, 0))
        file.seek(members[-1].end)
        file.write(tail(members, crc32))
    assert out.stat().st_blocks * 512 < 1 << 20, "a file with holes: nothing of it is stored"
    with zipfile.ZipFile(out) as theirs:
        assert [(each.filename, each.file_size, each.header_offset) for each in theirs.infolist()] == [
            (each.name, each.size_bytes, each.offset) for each in members
        ]
        with theirs.open("c") as file:
            assert file.read(0) == b""
    with out.open("rb") as file:
        container = Container(file)
        assert container.readings == (members, members)
    assert len(central_header(Member("c", 1, 5 << 30), 0)) == len(central_header(Member("c", 1, 0), 0)) + 12


def test_a_zip_that_cannot_be_written_leaves_nothing(tmp_path):
    """The error says where; neither the zip nor a half of it is there."""
    with pytest.raises(WorkspaceError, match="cannot be written"):
        write_zip(tmp_path / "a.zip", {"a": b"1", "b": tmp_path / "missing"})
    with pytest.raises(WorkspaceError, match=r"nowhere.*cannot be written"):
        write_zip(tmp_path / "nowhere" / "a.zip", {"a": b"1"})
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_way_is_not_followed(tmp_path):
    """In a folder that others write to, too: what it leads to stays as it is."""
    (tmp_path / "other").write_text("theirs")
    (tmp_path / ".a.zip.part").symlink_to(tmp_path / "other")
    write_zip(tmp_path / "a.zip", {"a": b"1"})
    assert (tmp_path / "other").read_text() == "theirs"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "other"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 1000))
def test_whatever_is_no_zip_is_said_to_be_none_or_differs(data, at):
    """Hostile bytes, alone or in the middle of a zip of ours, end in an answer."""
    for each in (data, b"PK\3\4" + data, data + b"PK\5\6" + bytes(18)):
        try:
            found = Container(io.BytesIO(each)).differences()
        except NotLaidOutError:
            continue
        assert found
