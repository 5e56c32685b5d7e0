"""Stamps of a real authority, kept beside the heads; and one that cannot be reached or trusted stops nothing."""

import socket
import subprocess
import threading

import pytest
from audit_logs import entry, filled
from authority import make_authority, serving

from monitor.audit import heads_in, read_heads
from monitor.audit.timestamps import TimestampError, check_stamps, load_roots, read_stamp, stamp, stamp_file
from monitor.errors import UsageError
from monitor.signing import load_signer


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    with serving(make_authority(tmp_path_factory.mktemp("authority") / "own")) as own:
        yield own


@pytest.fixture
def sealed(authority, tmp_path):
    """A log, its last head, and an authority that is honest again."""
    authority.spoil = ""
    log, heads = filled(tmp_path / "workspace", tmp_path / "keys", (3, 5))
    return tmp_path / "workspace", log, heads[-1]


def test_a_head_is_stamped_and_the_stamp_checked(authority, sealed):
    """Its time and the authority's name are read; with the root at hand its signature is checked too."""
    workspace, _, head = sealed
    path = stamp(workspace, head, authority.url)
    assert path == stamp_file(workspace, head)
    said = read_stamp(path, head)
    assert (said.authority, said.checked) == ("CN=Authority of the tests", False)
    assert read_stamp(path, head, load_roots(authority.root)).checked
    assert read_stamp(path, head, load_roots(authority.root)).at == said.at


def test_openssl_reads_the_stamp(authority, sealed):
    """Anybody can check it without this program: the file is the authority's answer over the head's line."""
    workspace, _, head = sealed
    path = stamp(workspace, head, authority.url)
    line = workspace / "line"
    line.write_bytes(head.to_line())
    command = ["openssl", "ts", "-verify", "-data", str(line), "-in", str(path), "-CAfile", str(authority.root)]
    assert "Verification: OK" in subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_stamp_is_asked_for_once(authority, sealed):
    """What lies there stays; an authority that is gone by then is not missed."""
    workspace, _, head = sealed
    path = stamp(workspace, head, authority.url)
    before = path.read_bytes()
    assert stamp(workspace, head, "http://127.0.0.1:9/") == path
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("spoil", "said"), [("status", "does not answer"), ("junk", "no time stamp"), ("empty", "no time stamp")]
)
def test_a_bad_answer_is_not_kept(authority, sealed, spoil, said):
    """Errors and nonsense leave no file."""
    workspace, _, head = sealed
    authority.spoil = spoil
    with pytest.raises(TimestampError, match=said):
        stamp(workspace, head, authority.url)
    assert not stamp_file(workspace, head).exists()


def test_an_answer_to_something_else_is_not_kept(authority, sealed):
    """Neither a stamp of another head, nor an old one of the same: the first answer over and over."""
    workspace, log, head = sealed
    stamp(workspace, head, authority.url)
    authority.spoil, authority.first = "replay", stamp_file(workspace, head).read_bytes()
    log.append(entry(9))
    newer = log.seal(load_signer(workspace.parent / "keys"))
    with pytest.raises(TimestampError, match="something else"):
        stamp(workspace, newer, authority.url)
    stamp_file(workspace, head).unlink()
    with pytest.raises(TimestampError, match="another request"):
        stamp(workspace, head, authority.url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://a:b/", "file:///etc/hostname", "ftp", ""])
def test_an_authority_that_is_not_there_is_told_in_one_line(sealed, url):
    """Whatever the address is."""
    workspace, _, head = sealed
    with pytest.raises(TimestampError) as caught:
        stamp(workspace, head, url, timeout_s=2)
    assert "\n" not in str(caught.value)


def test_what_speaks_no_http_is_told_in_one_line(sealed):
    """Another service at the address."""
    workspace, _, head = sealed
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"SSH-2.0-of another kind\r\n")

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(TimestampError, match="does not answer"):
            stamp(workspace, head, f"http://127.0.0.1:{server.getsockname()[1]}/", timeout_s=5)
    assert not stamp_file(workspace, head).exists()


def test_a_stamp_by_another_authority_is_found(authority, sealed, tmp_path):
    """One that anybody can set up, under the same name."""
    workspace, _, head = sealed
    with serving(make_authority(tmp_path / "false")) as false:
        path = stamp(workspace, head, false.url)
    assert read_stamp(path, head).authority == "CN=Authority of the tests"
    with pytest.raises(TimestampError, match="not by the authority given"):
        read_stamp(path, head, load_roots(authority.root))


def test_every_stamp_must_be_of_a_head(authority, sealed):
    """A changed stamp is a problem, and so is one whose head was cut."""
    workspace, _, head = sealed
    path, roots = stamp(workspace, head, authority.url), load_roots(authority.root)
    heads = heads_in(read_heads(workspace))
    problems, stamps = check_stamps(workspace, heads, roots)
    assert (problems, len(stamps)) == ([], 1)
    problems, stamps = check_stamps(workspace, heads[:-1], roots)
    assert [str(problem) for problem in problems] == [
        f"{path.name}: is the time stamp of a head that is no longer there"
    ]
    whole = path.read_bytes()
    for at in range(0, len(whole), 41):
        path.chmod(0o600)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert len(check_stamps(workspace, heads, roots)[0]) == 1, at


def test_a_file_without_certificates_is_refused(tmp_path):
    """With what to give instead."""
    (tmp_path / "no.pem").write_text("nothing")
    for name in ("no.pem", "none.pem"):
        with pytest.raises(UsageError, match=r"no certificate|cannot be read"):
            load_roots(tmp_path / name)
