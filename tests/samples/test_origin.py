"""The sample rooms are what ORIGIN.md and expected.yaml say they are."""

import csv
import hashlib
import itertools
import json
import re
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import av
import pytest
import yaml
from lxml import etree

from monitor.lexicon import SCHEMES

SAMPLES = Path(__file__).parents[2] / "samples"
MEDIA_ENDINGS = {".mp4", ".flv", ".mkv", ".ts"}
MAX_FILE_BYTES = 1_500_000
MAX_ALL_BYTES = 15_000_000
ALL_SCHEMES = set(SCHEMES)

MEDIA = sorted(path for path in SAMPLES.rglob("*") if path.suffix in MEDIA_ENDINGS)
EXPECTED: dict[str, Any] = yaml.safe_load((SAMPLES / "expected.yaml").read_text(encoding="utf-8"))
EPISODES = [
    pytest.param(room, episode, id=f"{room}-{episode['scheme']}-{episode['start_s']}")
    for room, episodes in EXPECTED["rooms"].items()
    if episodes != "none"
    for episode in episodes
]


def room_of(path: Path) -> str:
    """The stem, without a part's number: parts of one broadcast are one room."""
    return re.sub(r"_\d{3}$", "", path.stem)


def seconds(room: str) -> float:
    total = 0.0
    for path in MEDIA:
        if room_of(path) == room:
            with av.open(str(path)) as container:
                total += container.duration / av.time_base
    return total


def origin_rows() -> dict[str, tuple[int, str]]:
    text = (SAMPLES / "ORIGIN.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (\d+) \| [\d.]+ \| `([0-9a-f]{64})` \|$", text, flags=re.MULTILINE)
    return {name: (int(size), digest) for name, size, digest in rows}


def scripts() -> list[dict[str, Any]]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((SAMPLES / "scripts").glob("*.yaml"))]


def test_origin_lists_exactly_the_media_that_are_there() -> None:
    """No media file comes without its origin, and none is listed that is not there."""
    assert set(origin_rows()) == {path.relative_to(SAMPLES).as_posix() for path in MEDIA}


@pytest.mark.parametrize("path", MEDIA, ids=lambda path: path.name)
def test_media_are_the_ones_that_were_described(path: Path) -> None:
    """Every media file has the size and the hash that ORIGIN.md gives."""
    content = path.read_bytes()
    described = origin_rows()[path.relative_to(SAMPLES).as_posix()]
    assert (len(content), hashlib.sha256(content).hexdigest()) == described


def test_samples_stay_small() -> None:
    """A clone stays quick: each file is under 1.5 MB, the whole folder under 15 MB."""
    assert max(path.stat().st_size for path in MEDIA) < MAX_FILE_BYTES
    files = (path for path in SAMPLES.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert sum(path.stat().st_size for path in files) < MAX_ALL_BYTES


@pytest.mark.parametrize("path", MEDIA, ids=lambda path: path.name)
def test_media_have_a_picture_and_sound_in_the_promised_form(path: Path) -> None:
    """Ten frames a second and one channel of sound, both from the start to the end; H.265 in Matroska, else H.264."""
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert video.codec_context.name == ("hevc" if path.suffix == ".mkv" else "h264")
        assert (video.codec_context.width, video.codec_context.height) in {(540, 960), (720, 1280)}
        assert audio.codec_context.name == "aac"
        assert audio.codec_context.channels == 1
        ends: dict[str, float] = {}
        begins: dict[str, float] = {}
        keyframes: list[float] = []
        for packet in container.demux(video, audio):
            if packet.pts is None:
                continue
            at_s = float(packet.pts * packet.time_base)
            begins[packet.stream.type] = min(at_s, begins.get(packet.stream.type, at_s))
            ends[packet.stream.type] = max(at_s, ends.get(packet.stream.type, at_s))
            if packet.stream.type == "video" and packet.is_keyframe:
                keyframes.append(at_s)
    assert abs(begins["video"] - begins["audio"]) < 0.3
    assert abs(ends["video"] - ends["audio"]) < 0.3
    gaps = [after - before for before, after in itertools.pairwise(keyframes)]
    assert max(gaps) <= 2.05


def test_every_room_is_judged() -> None:
    """expected.yaml speaks of each room, and of no other."""
    assert set(EXPECTED["rooms"]) == {room_of(path) for path in MEDIA}


def test_every_scheme_occurs_and_some_rooms_are_clean() -> None:
    """The samples show every scheme at least once, the Kuaishou ones in a Kuaishou room, and two rooms without any."""
    rooms = EXPECTED["rooms"]
    shown = {episode["scheme"] for episodes in rooms.values() if episodes != "none" for episode in episodes}
    assert shown == ALL_SCHEMES
    assert sum(episodes == "none" for episodes in rooms.values()) == 2
    kuaishou = {row["file"].partition(".")[0] for row in rooms_csv() if row["platform"] == "kuaishou"}
    for room, episodes in rooms.items():
        if episodes != "none" and {e["scheme"] for e in episodes} & {"freight_claim_abuse", "viewer_kicking"}:
            assert room in kuaishou


@pytest.mark.parametrize(("room", "episode"), EPISODES)
def test_episodes_lie_within_their_rooms(room: str, episode: dict[str, Any]) -> None:
    """An episode has a beginning before its end, both inside the room, known channels and a reason in Chinese."""
    assert set(episode) == {"scheme", "start_s", "end_s", "channels", "what"}
    assert 0 <= episode["start_s"] < episode["end_s"] <= seconds(room)
    assert episode["channels"]
    assert set(episode["channels"]) <= {"speech", "screen", "chat", "message"}
    assert episode["channels"] == sorted(set(episode["channels"]))
    assert re.search(r"[\u4e00-\u9fff]{4}", episode["what"])


def test_all_four_channels_carry_violations() -> None:
    """Speech, screen, the host's comments and private messages each bear on some episode."""
    carried = {channel for parameters in EPISODES for channel in parameters.values[1]["channels"]}
    assert carried == {"speech", "screen", "chat", "message"}


def rooms_csv() -> list[dict[str, str]]:
    with (SAMPLES / "rooms.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rooms_csv_names_every_single_file_with_a_full_start() -> None:
    """Each file outside a recorder's folder has a row that agrees with its script; a start has its zone."""
    by_file = {row["file"]: row for row in rooms_csv()}
    assert set(by_file) == {path.name for path in MEDIA if path.parent == SAMPLES}
    written = {PurePosixPath(script["file"]).name: script for script in scripts()}
    for name, row in by_file.items():
        assert row["creator"] == row["host_account"] == written[name]["creator"]
        assert row["started_at"] == written[name]["started_at"]
        assert datetime.fromisoformat(row["started_at"]).utcoffset() is not None


def test_sidecars_hold_what_their_scripts_say() -> None:
    """Comments and private messages beside the media are those of the scripts, in time order and within the room."""
    for script in scripts():
        media = SAMPLES / script["file"]
        comments, messages = media.with_suffix(".xml"), media.with_suffix(".messages.jsonl")
        assert comments.exists() == (script["comments"]["recorder"] != "none")
        assert messages.exists() == ("messages" in script)
        if comments.exists():
            rows = etree.parse(comments).getroot().findall("d")
            times = [float(row.get("p").split(",")[0]) for row in rows]
            assert times == sorted(times)
            assert times[-1] < seconds(room_of(media))
            lines = script["comments"]["lines"]
            assert {(row.get("user"), row.text) for row in rows} == {(line["by"], line["text"]) for line in lines}
        if messages.exists():
            sent = [json.loads(line) for line in messages.read_text(encoding="utf-8").splitlines()]
            assert [set(row) for row in sent] == [{"time_s", "sender", "text"}] * len(sent)
            assert {row["text"] for row in sent} == {line["text"] for line in script["messages"]}
