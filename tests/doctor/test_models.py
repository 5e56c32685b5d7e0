"""Models: whole or not, loadable or not."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.config import Settings
from monitor.doctor import Grade, models
from monitor.errors import MissingComponentError, MonitorError


@dataclass
class Loaded:
    """A model that is what it says."""

    name: str


def test_weights_are_shown_and_compared_in_full():
    """The whole hash stands there; another one must be mended, one without a measure is told."""
    same = hashlib.sha256(b"weights").hexdigest()
    other = hashlib.sha256(b"weightz").hexdigest()

    fine = models.weights("weights", "base", same, same, "delete it")
    assert fine.grade is Grade.FINE
    assert same in fine.found
    wrong = models.weights("weights", "base", other, same, "delete it")
    assert wrong.grade is Grade.MEND
    assert wrong.todo == "delete it"
    assert models.weights("weights", "base", same, None, "delete it").grade is Grade.BEWARE


def test_hashes_of_an_installed_package_are_understood():
    """RECORD spells them in urlsafe base64 without padding."""
    assert models.from_record("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU") == hashlib.sha256(b"").hexdigest()


def test_a_model_that_does_not_load_must_be_mended():
    """The reason and what to do come from the one who tried."""

    def fails() -> Loaded:
        raise MissingComponentError("no CUDA device", where="speech_device", todo="set `speech_device` to `cpu`")

    def fails_without_advice() -> Loaded:
        raise MonitorError("broken")

    assert models.loaded("speech model", lambda: Loaded("base int8")).found == "base int8"
    finding = models.loaded("speech model", fails)
    assert finding.grade is Grade.MEND
    assert "speech_device: no CUDA device" in finding.found
    assert finding.todo == "set `speech_device` to `cpu`"
    assert models.loaded("speech model", fails_without_advice).todo


@pytest.mark.model
def test_a_base_model_that_rotted_under_its_stamp_is_found(tmp_path: Path):
    """A load trusts a hash that it remembers for the same size and time; the doctor hashes anew."""
    settings = Settings(workspace=tmp_path / "w", cache=tmp_path / "cache")
    fine = list(models.speech_model(settings))
    assert [finding.grade for finding in fine] == [Grade.FINE, Grade.FINE]

    model = next((tmp_path / "cache").rglob("model.bin"))
    times = model.stat().st_atime_ns, model.stat().st_mtime_ns
    with model.open("r+b") as file:
        file.seek(100_000_000)
        byte = file.read(1)
        file.seek(100_000_000)
        file.write(bytes([byte[0] ^ 1]))
    os.utime(model, ns=times)
    rotten = next(iter(models.speech_model(settings)))

    assert rotten.grade is Grade.MEND
    assert str(model.parent) in rotten.todo


def test_a_model_folder_without_weights_is_one_finding(tmp_path: Path):
    """Neither a traceback nor a second complaint about loading it."""
    (tmp_path / "model").mkdir()
    (finding,) = models.speech_model(Settings(workspace=tmp_path, speech_model=str(tmp_path / "model")))

    assert finding.grade is Grade.MEND
    assert "model.bin" in finding.found


@pytest.mark.model
def test_the_text_readers_files_are_named_with_their_hashes(tmp_path: Path):
    """Both models of the wheel, and that they load."""
    detector, recogniser, reader = models.text_models(Settings(workspace=tmp_path))

    assert "PP-OCRv6_det_small.onnx sha256 090f04abcd9d" in detector.found
    assert "PP-OCRv6_rec_small.onnx sha256 6f327246b503" in recogniser.found
    assert "rapidocr" in reader.found
    assert {detector.grade, recogniser.grade, reader.grade} == {Grade.FINE}
