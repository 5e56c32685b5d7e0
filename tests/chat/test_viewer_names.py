"""Names: who is the host, and how the others are kept apart without being known."""

import multiprocessing
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.chat import HostIdentity, NameHasher, host_identity, load_key
from monitor.config import Settings
from monitor.errors import WorkspaceError
from monitor.records import Role, Stream


def test_a_hash_is_keyed_and_stable():
    """One name under one key is always the same 16 hex digits; under another key it is another."""
    first, again, other = NameHasher(b"a" * 32), NameHasher(b"a" * 32), NameHasher(b"b" * 32)
    assert first("橙子") == again("橙子") == first(" 橙子 ")
    assert first("ＡＢ") == first("AB")
    assert first("橙子") != first("阿豆")
    assert first("橙子") != other("橙子")
    assert len(first("橙子")) == 16
    int(first("橙子"), 16)
    assert first("half \ud83d emoji")


def test_a_known_vector():
    """HMAC-SHA256 as anyone else computes it: RFC 4231, test case 2, cut to 16 digits."""
    assert NameHasher(b"Jefe")("what do ya want for nothing?") == "5bdcc146bf60754e"


def test_who_is_the_host():
    """The host's account, the creator's name and 主播 are the host however wide they are typed; nobody else is."""
    host = host_identity(
        Stream("r", (Path("r.mp4"),), creator="小鹿Ａ", host_account=" 助理 ", started_at=datetime.now(UTC))
    )
    assert [host.role(name) for name in ("主播", "小鹿A", "小鹿Ａ ", "助理")] == [Role.HOST] * 4
    assert [host.role(name) for name in ("小鹿", "主播粉丝", "", " ")] == [Role.VIEWER] * 4
    assert HostIdentity(frozenset({"", " "})).role("") is Role.VIEWER


def test_the_key_is_made_once(tmp_path):
    """The workspace's key is random, complete, the owner's alone, and the same ever after."""
    settings = Settings(workspace=tmp_path / "ws")
    key = load_key(settings)
    assert len(key) == 32
    assert load_key(settings) == key
    path = tmp_path / "ws" / "keys" / "privacy.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["privacy.key"]
    assert load_key(Settings(workspace=tmp_path / "other")) != key


def test_a_given_key_needs_no_file(tmp_path):
    """A key from the settings is used as it is, and nothing is written."""
    assert load_key(Settings(workspace=tmp_path / "ws", privacy_key="秘密")) == "秘密".encode()
    assert not (tmp_path / "ws").exists()


def _key(workspace):
    return load_key(Settings(workspace=workspace))


def test_scans_that_start_together_share_a_key(tmp_path):
    """However many processes want the first key of a workspace at once, they all get the same."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        for round_ in range(10):
            assert len(set(pool.map(_key, [tmp_path / str(round_)] * 8, chunksize=1))) == 1


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_damaged_key_is_not_replaced(tmp_path, content):
    """A key that was cut is an error: a new one in its place would make all viewers strangers."""
    path = tmp_path / "keys" / "privacy.key"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(WorkspaceError, match="damaged"):
        load_key(Settings(workspace=tmp_path))
    assert path.read_bytes() == content


def test_a_workspace_that_cannot_be_written(tmp_path):
    """A file where the workspace should be is an error of the workspace."""
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError) as refused:
        load_key(Settings(workspace=tmp_path / "file"))
    assert refused.value.exit_code == 6
