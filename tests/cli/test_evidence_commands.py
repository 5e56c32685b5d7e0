"""`monitor evidence verify` and `export` as an operator calls them, on a small workspace made without models."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sys
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from exported_cases import NAME, kept_flag

from monitor.audit import Entry
from monitor.cli import main
from monitor.cli.show import operator
from monitor.records import Stream
from monitor.signing import PUBLIC, load_signer
from monitor.store import Store, Unit


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def monitor(*arguments: object, keys: Path) -> Done:
    """The command line in this process: a process of its own takes seconds to load what is loaded here."""
    given, wanted = sys.argv, os.environ.get("MONITOR_KEYS")
    sys.argv, os.environ["MONITOR_KEYS"] = ["monitor", *map(str, arguments)], str(keys)
    said, wrong = io.StringIO(), io.StringIO()
    code: object = 0
    try:
        with redirect_stdout(said), redirect_stderr(wrong):
            main()
    except SystemExit as left:
        code = left.code
    finally:
        sys.argv = given
        os.environ.pop("MONITOR_KEYS")
        os.environ.update({} if wanted is None else {"MONITOR_KEYS": wanted})
    return Done(int(str(code or 0)), said.getvalue(), wrong.getvalue())


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Folders of two desks' keys."""
    ours, theirs = tmp_path_factory.mktemp("ours"), tmp_path_factory.mktemp("theirs")
    load_signer(theirs)
    return ours, theirs


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, keys):
    """One flag with evidence, one candidate without."""
    place = tmp_path_factory.mktemp("w")
    flag = kept_flag(place, load_signer(keys[0]))
    weak = replace(flag, flag_id="f-2", evidence=None, violation=replace(flag.violation, candidate=True))
    store = Store.open(place)
    run = store.begin_run(command="scan", settings={}, versions={}, at=datetime(2026, 11, 20, tzinfo=UTC))
    stream_id = store.begin_stream(run, "room-1", "f1", Stream("room-1", flag.stream.parts), media_key="m")
    store.add(stream_id, Unit(flags=[flag, weak]))
    store.end_stream(stream_id, state="done", end_ms=1, heard_ms=1, seen_ms=1, problem="", wall_s=1.0)
    return place


@pytest.fixture(scope="module")
def exported(workspace, keys, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "case.zip"
    done = monitor("evidence", "export", "f-1", "--out", out, "--workspace", workspace, "--by", "质检员", keys=keys[0])
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def test_a_flag_is_exported_and_verified_without_its_workspace(exported, keys, tmp_path):
    """The zip verifies with another desk's settings: signed by a key that is not theirs; with the key given, by it."""
    out, said = exported
    assert "withheld: stills/still-01.jpg" in said
    alone = shutil.copy(out, tmp_path / "received.zip")
    done = monitor("evidence", "verify", alone, keys=keys[1])
    assert done.returncode == 0, done.stderr
    assert "signed by a key that this desk does not know" in done.stdout
    assert "signed by this desk" in monitor("evidence", "verify", alone, keys=keys[0]).stdout
    good = monitor("evidence", "verify", alone, "--key", keys[0] / PUBLIC, keys=keys[1])
    assert (good.returncode, "signed by the key given" in good.stdout) == (0, True)
    wrong = monitor("evidence", "verify", alone, "--key", keys[1] / PUBLIC, keys=keys[1])
    assert wrong.returncode == 1
    assert "export.sig: is by the key" in wrong.stderr


def test_the_zip_is_a_page_a_stranger_opens(exported):
    """In Chinese, with who handed it out; neither the page nor the list names a folder of the machine."""
    out, _ = exported
    with zipfile.ZipFile(out) as case:
        page, told = case.read("index.html").decode(), json.loads(case.read("export.json"))
        whole = b"".join(case.read(name) for name in case.namelist())
    assert "质检员" in page
    assert "线索" in page or "疑似" in page
    assert told["by"] == "质检员"
    assert str(out.parent).encode() not in whole
    assert NAME.encode() not in whole


def test_every_mismatch_is_a_line_and_the_exit_code_is_one(workspace, exported, keys, tmp_path):
    """Of several cases the good ones are said to be good, the bad ones named file by file."""
    folder = tmp_path / "f-1"
    shutil.copytree(workspace / "evidence" / "f-1", folder)
    (folder / "flag.json").unlink()
    (folder / "clip.mp4").write_bytes(b"x")
    done = monitor("evidence", "verify", folder, exported[0], keys=keys[0])
    assert done.returncode == 1
    assert f"{folder}: flag.json: is missing" in done.stderr
    assert f"{folder}: clip.mp4: has 1 bytes" in done.stderr
    assert f"{exported[0]}: as kept, signed by this desk" in done.stdout


def test_a_source_that_is_another_recording_is_found(workspace, keys, tmp_path):
    """Hashed against the manifest; one case at a time."""
    folder, other = workspace / "evidence" / "f-1", tmp_path / "other.flv"
    other.write_bytes(b"another")
    done = monitor("evidence", "verify", folder, "--source", other, keys=keys[0])
    assert done.returncode == 1
    assert f"{other}: is no source of this case" in done.stderr
    assert monitor("evidence", "verify", folder, folder, "--source", other, keys=keys[0]).returncode == 2


def test_raw_stills_and_clip_go_or_stay_as_asked(workspace, keys, tmp_path):
    """Both options do what they say."""
    out = tmp_path / "case.zip"
    asked = ("--out", out, "--workspace", workspace, "--with-raw-stills", "--no-clip")
    assert monitor("evidence", "export", "f-1", *asked, keys=keys[0]).returncode == 0
    with zipfile.ZipFile(out) as case:
        assert "case/stills/still-01.jpg" in case.namelist()
        assert "case/clip.mp4" not in case.namelist()
    assert monitor("evidence", "verify", out, keys=keys[0]).returncode == 0


def test_each_export_stands_in_the_audit_log_and_names_that_went_out_do_too(workspace, keys, tmp_path):
    """Which evidence, which zip, by whose login; a refused one leaves no entry."""
    before = Store.open(workspace).audit.size
    plain, raw = tmp_path / "plain.zip", tmp_path / "raw.zip"
    for out, more in ((plain, ()), (raw, ("--with-raw-stills",)), (raw, ())):
        monitor("evidence", "export", "f-1", "--out", out, "--workspace", workspace, *more, keys=keys[0])
    entries = [Entry.from_leaf(stored.leaf) for stored in Store.open(workspace).audit.entries(before)]
    manifest = hashlib.sha256((workspace / "evidence/f-1/manifest.json").read_bytes()).hexdigest()
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (plain, raw)]
    assert [(each.act.value, each.subject, each.facts["zip_sha256"]) for each in entries] == [
        ("export", "f-1", digests[0]),
        ("export", "f-1", digests[1]),
        ("unmasking", "f-1", digests[1]),
    ]
    assert {each.facts.get("manifest_sha256", manifest) for each in entries} == {manifest}
    assert {each.actor for each in entries} == {operator()}
    head = Store.open(workspace).audit.head()
    assert head is not None
    assert head.head.size == before + 3


@pytest.mark.parametrize(
    ("flag_id", "where", "code", "said"),
    [
        ("nobody", "case.zip", 2, "no such flag"),
        ("f-2", "case.zip", 2, "candidates keep no evidence"),
        ("f-1", "taken.zip", 2, "is there already"),
        ("f-1", "nowhere/case.zip", 6, "no such folder"),
    ],
)
def test_what_cannot_be_exported_is_one_clear_line(workspace, keys, tmp_path, flag_id, where, code, said):
    """No trace of a zip, the right exit code, and what to do."""
    (tmp_path / "taken.zip").write_text("mine")
    done = monitor("evidence", "export", flag_id, "--out", tmp_path / where, "--workspace", workspace, keys=keys[0])
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    assert said in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["taken.zip"]


def test_evidence_that_somebody_touched_is_not_exported(workspace, keys, tmp_path):
    """Exit 1 and the file named."""
    copy = tmp_path / "w"
    shutil.copytree(workspace, copy)
    (copy / "evidence" / "f-1" / "transcript.vtt").write_text("WEBVTT\n")
    done = monitor("evidence", "export", "f-1", "--out", tmp_path / "case.zip", "--workspace", copy, keys=keys[0])
    assert done.returncode == 1
    assert "transcript.vtt" in done.stderr
    assert not (tmp_path / "case.zip").exists()


def test_a_case_whose_signature_was_taken_away_does_not_pass(tmp_path):
    """Whoever rewrites a case as an unsigned one is told from whoever kept it; `--unsigned` is for older cases."""
    evidence = kept_flag(tmp_path, None).evidence
    assert evidence is not None
    refused = monitor("evidence", "verify", evidence.folder, keys=tmp_path / "keys")
    assert refused.returncode == 1
    assert "manifest.json: not signed, so nothing says whose it is" in refused.stderr.replace("\n", " ")
    accepted = monitor("evidence", "verify", "--unsigned", evidence.folder, keys=tmp_path / "keys")
    assert accepted.returncode == 0
    assert "as kept, not signed" in accepted.stdout
