"""Commands that only tell start at once: what decodes, draws, matches and serves is loaded by those that do."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = frozenset({"av", "cv2", "faster_whisper", "jinja2", "numpy", "openvino", "pandas", "pypinyin", "streamlit"})


@pytest.mark.parametrize(
    ("modules", "besides"),
    [
        # Completion and `--help` need no more than the names.
        (["monitor.cli.app"], {"rich", "sqlalchemy"}),
        (["monitor.cli.flags", "monitor.cli.coverage", "monitor.cli.users"], set()),
    ],
)
def test_it_loads_nothing_heavy(modules: list[str], besides: set[str]) -> None:
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(said.stdout.split())
    assert set(modules) <= loaded
    assert not loaded & (HEAVY | besides)
