"""Models: there, whole, and loadable."""

from __future__ import annotations

import base64
import importlib.metadata
from collections.abc import Callable, Iterator
from pathlib import Path

from monitor.config import Settings
from monitor.doctor.finding import Finding, beware, mend
from monitor.errors import MonitorError
from monitor.files import sha256_of

_REINSTALL = "install the requirements again (`make setup`)"


def weights(what: str, name: str, found: str, expected: str | None, todo: str) -> Finding:
    """One file's hex SHA-256 against the published one; None where nothing says what it should be."""
    if expected is None:
        return beware(
            what, f"{name} sha256 {found}", "nothing to compare its hash with; compare it with its publisher's"
        )
    if found != expected:
        return mend(what, f"{name} sha256 {found}, should be {expected}", todo)
    return Finding(what, f"{name} sha256 {found}, as published")


def loaded(what: str, load: Callable[[], object]) -> Finding:
    """Loads it for good: a model that is there and whole may still not suit this machine."""
    try:
        return Finding(what, str(getattr(load(), "name", "loads")))
    except MonitorError as error:
        where = f"{error.where}: " if error.where is not None else ""
        return mend(what, f"{where}{error.what}", error.todo or _REINSTALL)


def speech_model(settings: Settings) -> Iterator[Finding]:
    """Hashed anew, whatever an earlier load remembered, then loaded."""
    from monitor import speech
    from monitor.speech import base_model, loading

    try:
        model = loading.find(settings) / "model.bin"
        found = sha256_of(model)
    except MonitorError as error:
        yield mend("speech weights", error.what, error.todo or _REINSTALL)
        return
    except OSError as error:
        yield mend("speech weights", f"cannot be read ({error.strerror})", "check the folder of the model")
        return
    base = settings.speech_model == "base"
    todo = f"delete the folder {model.parent} and run again"
    if base:
        yield weights("speech weights", f"Whisper {settings.speech_model}", found, base_model.MODEL_SHA256, todo)
    else:
        yield Finding("speech weights", f"{settings.speech_model} sha256 {found} (your own choice: nothing to compare)")
    yield loaded("speech model", lambda: speech.load(settings, ()))


def text_models(settings: Settings) -> Iterator[Finding]:
    """The files of the text reader against the hashes in its wheel's own list, then loaded."""
    from monitor import screen
    from monitor.screen import rapid

    listed = _listed("rapidocr")
    for name in (rapid.DETECTOR, rapid.RECOGNISER):
        place, expected = listed.get(name, (None, None))
        if place is None or not place.is_file():
            yield mend("text weights", f"{name} missing", "reinstall `rapidocr`")
            continue
        yield weights("text weights", name, sha256_of(place), expected, "reinstall `rapidocr`")
    yield loaded("text reader", lambda: screen.load(settings))


def _listed(distribution: str) -> dict[str, tuple[Path, str | None]]:
    """The model files of an installed package: where, and the hex SHA-256 that its RECORD names."""
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    found: dict[str, tuple[Path, str | None]] = {}
    for file in files:
        if file.suffix == ".onnx":
            hashed = file.hash.value if file.hash and file.hash.mode == "sha256" else None
            found[file.name] = (Path(str(file.locate())), hashed and from_record(hashed))
    return found


def from_record(value: str) -> str:
    """Hex of a hash as RECORD files spell it: urlsafe base64 without padding (PEP 376)."""
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex()
