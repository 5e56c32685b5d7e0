"""The house rules, each kept by the tool that knows it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), ("lint-imports",)],
    ids=["ruff-check", "ruff-format", "mypy", "import-contracts"],
)
def test_the_checkers_have_nothing_to_say(command: tuple[str, ...]):
    """Lint, format, types and the direction of imports are as agreed."""
    done = run(*command)

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def test_every_room_has_tests_and_every_test_folder_a_room():
    """Tests mirror the source both ways."""
    rooms = {p.name for p in (ROOT / "monitor").iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    folders = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir() and not p.name.startswith((".", "__"))}
    beside = {"samples", "corpus", "browser", "endurance", "dashboard"}

    assert rooms - folders == set()
    assert folders - rooms - beside == set()


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_path_of_a_machine_and_no_hidden_character_is_committed():
    """Files hold no absolute path of a workplace, no registry address, no bidirectional control."""
    wrong: list[str] = []
    bidirectional = re.compile("[\u202a-\u202e\u2066-\u2069]")
    address = re.compile(r"https?://[^ \"]+\.(?:whl|tgz|tar\.gz)|index.url=|/home/\w+/|/root/\.")
    for path in tracked():
        if path.suffix in {".mp4", ".flv", ".ts", ".mkv", ".png", ".jpg", ".webp"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8")
        if bidirectional.search(text) or address.search(text):
            wrong.append(str(path.relative_to(ROOT)))

    assert wrong == []


def test_media_stay_small():
    """A sample is under 1.5 MB, all media under 15 MB."""
    media = [
        p.stat().st_size
        for p in tracked()
        if p.suffix in {".mp4", ".flv", ".ts", ".mkv", ".m4a", ".wav", ".png", ".jpg", ".webp"}
    ]

    assert media
    assert max(media) < 1_500_000
    assert sum(media) < 15_000_000
