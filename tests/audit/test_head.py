"""Signed heads: one way of writing each, and a file that holds whole ones or nothing."""

import resource
import signal
from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitor.audit import (
    Head,
    HeadError,
    SignedHead,
    append_head,
    heads_file,
    heads_in,
    last_head,
    newest_head,
    read_heads,
)
from monitor.errors import WorkspaceError
from monitor.signing import load_signer

AT = datetime(2026, 11, 20, 12, 1, 2, 3, tzinfo=UTC)


@pytest.fixture
def signer(tmp_path):
    return load_signer(tmp_path / "keys")


def signed(signer, size=3, before=""):
    return SignedHead.sign(Head("0f" * 16, size, "ab" * 32, AT, before), signer)


def test_a_head_comes_back_from_its_line(signer):
    """In any zone it was made; the signature is of it."""
    head = signed(signer)
    again = SignedHead.from_line(head.to_line())
    assert again == head
    again.check()
    again.check([signer.public_key])
    there = Head("0f" * 16, 3, "ab" * 32, AT.astimezone(timezone(timedelta(hours=8))), "")
    assert there.to_bytes() == head.head.to_bytes()
    assert head.to_line().count(b"\n") == 1


def test_no_other_byte_is_a_head(signer):
    """Whichever byte is changed, the line is refused or its signature fails."""
    line = signed(signer).to_line()
    for at in range(len(line)):
        for bit in (0, 5):
            with pytest.raises(HeadError):
                SignedHead.from_line(line[:at] + bytes([line[at] ^ 1 << bit]) + line[at + 1 :]).check(
                    [signer.public_key]
                )


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"[]\n", b"[" * 99_999, b"\xff\n", b'{"head":{},"signature":{}}\n', b"null\n"]
)
def test_nonsense_is_no_head(line):
    """Any line of a file that somebody else may have written."""
    with pytest.raises(HeadError):
        SignedHead.from_line(line)


@pytest.mark.parametrize(
    "change",
    [
        {"size": True},
        {"size": -1},
        {"size": "3"},
        {"root": "ab"},
        {"at": "2026"},
        {"more": 1},
        {"log_id": "\ud800"},
        {"at": "0001-01-01T00:00:00.000000+23:59"},
        {"before": None},
    ],
)
def test_a_head_has_these_fields_and_no_others(signer, change):
    """Each of its kind."""
    fields = signed(signer).head.fields()
    assert Head.from_fields(fields)
    with pytest.raises(HeadError):
        Head.from_fields(fields | change)


def test_another_signer_is_named(signer, tmp_path):
    """Who signed, and who should have."""
    other = load_signer(tmp_path / "other")
    with pytest.raises(HeadError, match=f"signed by the key {signer.key_id}, not by {other.key_id}"):
        signed(signer).check([other.public_key])


def test_heads_are_added_one_a_line(signer, tmp_path):
    """The file and its folder are made; what is no head is passed over, half a line at the end is cut off."""
    first, second = signed(signer, 1), signed(signer, 2)
    assert read_heads(tmp_path) == b""
    assert last_head(b"") is None
    append_head(tmp_path, first)
    with heads_file(tmp_path).open("ab") as file:
        file.write(b"what is this\n" + second.to_line()[:50])
    assert last_head(read_heads(tmp_path)) is None
    append_head(tmp_path, second)
    assert read_heads(tmp_path) == first.to_line() + b"what is this\n" + second.to_line()
    assert heads_in(read_heads(tmp_path)) == [first, second]
    assert last_head(read_heads(tmp_path)) == second


def test_a_full_disk_leaves_no_half_line(signer, tmp_path):
    """A write that comes to 50 bytes and no further: one clear error, the file as it was."""
    append_head(tmp_path, signed(signer, 1))
    whole = read_heads(tmp_path)
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 50, limits[1]))
        with pytest.raises(WorkspaceError, match="cannot be written") as caught:
            append_head(tmp_path, signed(signer, 2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert "monitor audit head" in str(caught.value)
    assert read_heads(tmp_path) == whole
    append_head(tmp_path, signed(signer, 2))
    assert len(heads_in(read_heads(tmp_path))) == 2


def test_a_folder_that_cannot_be_used_is_told(signer, tmp_path):
    """Reading and writing alike."""
    (tmp_path / "audit").write_text("a file where the folder should be")
    for call in (lambda: append_head(tmp_path, signed(signer)), lambda: read_heads(tmp_path)):
        with pytest.raises(WorkspaceError, match=r"heads\.jsonl"):
            call()


@pytest.mark.parametrize("ending", [b"", b'{"head": half', b"no head\n"])
def test_the_newest_head_is_found_from_the_end(signer, tmp_path, ending):
    """The same as by reading the whole file, however long that has become and however it ends."""
    path = heads_file(tmp_path)
    path.parent.mkdir()
    lines = [signed(signer, size).to_line() for size in (1, 2)]
    for data in (lines[0] + ending, lines[0] * 200 + lines[1] + ending):
        path.write_bytes(data)
        assert newest_head(tmp_path) == last_head(data)
    path.unlink()
    assert newest_head(tmp_path) is None
