"""The samples, end to end with the real models, against what a person wrote down beforehand."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from monitor.evidence import verify

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "samples"
EXPECTED = yaml.safe_load((SAMPLES / "expected.yaml").read_text(encoding="utf-8"))
TOLERANCE_S = EXPECTED["tolerance_s"]
REACH_S = 10.0
EPISODES = [
    (room, episode) for room, episodes in EXPECTED["rooms"].items() if episodes != "none" for episode in episodes
]
pytestmark = [pytest.mark.model, pytest.mark.slow]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("samples")
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "monitor"),
            *("scan", str(SAMPLES), "--workspace", str(workspace), "--jsonl", str(workspace / "flags.jsonl")),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**os.environ, "MONITOR_JOBS": "2"},
    )
    assert done.returncode == 0, done.stderr
    return workspace


@pytest.fixture(scope="module")
def flags(scanned: Path) -> list[dict]:
    lines = (scanned / "flags.jsonl").read_text(encoding="utf-8").splitlines()
    return [flag for flag in map(json.loads, lines) if not flag["candidate"]]


def meets(flag: dict, episode: dict) -> bool:
    return (
        flag["scheme"] == episode["scheme"]
        and flag["start_s"] <= episode["end_s"] + TOLERANCE_S
        and flag["end_s"] >= episode["start_s"] - TOLERANCE_S
    )


@pytest.mark.parametrize(("room", "episode"), EPISODES, ids=[f"{r}-{e['scheme']}" for r, e in EPISODES])
def test_an_expected_episode_is_found_once_and_tightly(flags: list[dict], room: str, episode: dict):
    """Each episode is one flag of its scheme that reaches no more than ten seconds beyond it."""
    (flag,) = [f for f in flags if f["room"] == room and meets(f, episode)]

    assert flag["start_s"] >= episode["start_s"] - REACH_S
    assert flag["end_s"] <= episode["end_s"] + REACH_S


def test_nothing_else_is_flagged(flags: list[dict]):
    """No flag stands without an expected episode; the benign rooms have none."""
    expected = [(room, episode) for room, episode in EPISODES]

    assert [f for f in flags if not any(f["room"] == room and meets(f, e) for room, e in expected)] == []


def test_every_flag_has_a_rule_or_says_that_none_is_known(flags: list[dict]):
    """On a known platform each flag names the rule it points to, with its source."""
    for flag in flags:
        assert flag["rules"], flag["scheme"]
        assert all(rule["source"] and rule["clause"] for rule in flag["rules"])


def test_every_flag_has_evidence_that_verifies(flags: list[dict]):
    """Clip, stills, transcript and manifest are there, and are what was kept."""
    for flag in flags:
        folder = Path(flag["evidence"]["folder"])
        assert (folder / flag["evidence"]["clip"]).stat().st_size > 10_000
        assert (folder / "transcript.vtt").read_text(encoding="utf-8").startswith("WEBVTT")
        assert verify(folder) == []


def test_a_hit_on_the_screen_is_shown_in_its_box(flags: list[dict]):
    """A flag that rests on the board has a still with the box drawn."""
    boards = [f for f in flags if "screen" in f["channels"]]

    assert boards
    assert all(any(name.endswith("-box.jpg") for name in f["evidence"]["stills"]) for f in boards)


@pytest.mark.browser
def test_every_clip_plays_in_a_browser_and_holds_its_hits(flags: list[dict], browser, serve):
    """Chromium opens each clip; the clip's time of each hit lies within it and can be sought and shown."""
    for flag in flags:
        folder = Path(flag["evidence"]["folder"])
        moments = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["moments"]
        assert moments
        (folder / "page.html").write_text(
            '<video id="v" src="clip.mp4" muted preload="auto"></video>', encoding="utf-8"
        )
        browser.get(f"{serve(folder)}/page.html")
        for moment in moments:
            if moment["clip_s"] is None:
                continue
            told = browser.execute_async_script(
                """
                const at = arguments[0], done = arguments[1], v = document.getElementById('v');
                v.addEventListener('error', () => done({error: String(v.error && v.error.message)}));
                const tell = () => done({at: v.currentTime, long: v.duration, wide: v.videoWidth});
                v.addEventListener('seeked', tell, {once: true});
                v.currentTime = at;
                """,
                moment["clip_s"],
            )
            assert told.get("error") is None, (flag["flag_id"], told)
            assert told["wide"] > 0
            assert 0 <= moment["clip_s"] <= told["long"] + 0.1
            assert abs(told["at"] - min(moment["clip_s"], told["long"])) < 0.2
        (folder / "page.html").unlink()


def test_every_room_was_heard_and_seen(scanned: Path):
    """Coverage of each sample is nearly whole."""
    from monitor.store import Store

    for stored in Store.open(scanned).streams():
        assert stored.state == "done"
        assert stored.heard_ms > 0.97 * stored.end_ms
        assert stored.seen_ms > 0.97 * stored.end_ms
