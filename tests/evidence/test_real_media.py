"""Evidence cut from real media: the clip shows the moments that the manifest says it shows."""

from __future__ import annotations

import json

import av
import cv2
import pytest
from coded_media import FPS, flag, hit, kept, make_media, number_in, violation

from monitor.config import Settings
from monitor.evidence import TimedPart, keep, verify
from monitor.files import sha256_of
from monitor.flag_line import flag_line
from monitor.media import Cutter
from monitor.records import Box, Channel
from monitor.timeline import Span

BOARD_AND_WORD = violation(
    20_000,
    31_000,
    hit(Channel.SPEECH, 25_000, 25_600),
    hit(Channel.SCREEN, 20_000, 31_000, slot="pay", box=Box(20, 140, 200, 180)),
)


def numbers(clip):
    """What each picture of the clip carries, by its time in ms."""
    with av.open(str(clip)) as container:
        start_s = min(float(s.start_time * s.time_base) for s in container.streams)
        return [
            (round((frame.time - start_s) * 1000), number_in(frame.to_ndarray(format="bgr24")))
            for frame in container.decode(video=0)
        ]


def about(evidence):
    return json.loads((evidence.folder / "manifest.json").read_text("utf-8"))


@pytest.mark.parametrize(("gop_s", "mode"), [(1, "copy"), (10, "encode")])
def test_the_clip_shows_each_moment_where_the_manifest_says(tmp_path, gop_s, mode):
    """Copied where a keyframe is near, made anew where none is; either way in step with its own manifest."""
    room = make_media(tmp_path / "room.mp4", seconds=45, gop_s=gop_s)
    evidence = kept(tmp_path / "evidence", [TimedPart(room, Span(0, 45_000))], BOARD_AND_WORD)
    assert evidence.problem == ""
    made = about(evidence)
    assert made["clip"]["mode"] == mode
    assert made["sources"][0]["sha256"] == sha256_of(room)
    pictures = numbers(evidence.folder / "clip.mp4")
    for moment in made["moments"]:
        shown = [number for at_ms, number in pictures if at_ms <= moment["clip_s"] * 1000 + 1][-1]
        assert shown == pytest.approx(moment["stream_s"] * FPS, abs=1)
    assert pictures[0][1] <= 163
    assert pictures[-1][1] >= 357
    assert verify(evidence.folder) == []


def test_stills_show_the_moment_of_their_hit(tmp_path):
    """The board half a second after it appears, the words in their middle; in the order of time."""
    room = make_media(tmp_path / "room.mp4", seconds=40, gop_s=2)
    evidence = kept(tmp_path / "evidence", [TimedPart(room, Span(0, 40_000))], BOARD_AND_WORD)
    found = [number_in(cv2.imread(str(evidence.folder / name))) for name in evidence.stills if "box" not in name]
    assert found == [205, 253]
    boxed = cv2.imread(str(evidence.folder / "stills/still-01-box.jpg"))
    assert boxed.shape == (240, 320, 3)
    assert number_in(boxed) == 205


def test_a_flag_across_two_files_shows_both(tmp_path):
    """The clip runs on from the end of the first file into the second."""
    first = make_media(tmp_path / "room-1.mp4", seconds=25, gop_s=1)
    second = make_media(tmp_path / "room-2.mp4", seconds=25, gop_s=1, first=25 * FPS)
    parts = [TimedPart(first, Span(0, 25_000)), TimedPart(second, Span(25_000, 50_000))]
    event = violation(
        20_000, 31_000, hit(Channel.SPEECH, 21_000, 21_600), hit(Channel.SPEECH, 29_000, 29_600, slot="pay")
    )
    evidence = kept(tmp_path / "evidence", parts, event)
    assert evidence.problem == ""
    made = about(evidence)
    assert [piece["name"] for piece in made["pieces"]] == ["room-1.mp4", "room-2.mp4"]
    pictures = numbers(evidence.folder / "clip.mp4")
    for moment in made["moments"]:
        shown = [number for at_ms, number in pictures if at_ms <= moment["clip_s"] * 1000 + 1][-1]
        assert shown == pytest.approx(moment["stream_s"] * FPS, abs=2)


def test_a_long_flag_shows_start_hits_and_end(tmp_path):
    """Of a minute of board the clip shows the edges and the words between, each in step with the manifest."""
    room = make_media(tmp_path / "room.mp4", seconds=90, gop_s=1)
    event = violation(
        10_000, 75_000, hit(Channel.SCREEN, 10_000, 75_000), hit(Channel.SPEECH, 40_000, 40_600, slot="pay")
    )
    evidence = kept(tmp_path / "evidence", [TimedPart(room, Span(0, 90_000))], event)
    assert evidence.problem == ""
    made = about(evidence)
    assert len(made["pieces"]) == 3
    assert made["clip"]["duration_s"] < 35
    pictures = numbers(evidence.folder / "clip.mp4")
    for moment in made["moments"]:
        shown = [number for at_ms, number in pictures if at_ms <= moment["clip_s"] * 1000 + 1][-1]
        assert shown == pytest.approx(moment["stream_s"] * FPS, abs=2)
    assert [o["what"] for o in made["omissions"]] == ["stretch", "stretch"]


def test_a_room_with_sound_alone_still_has_a_clip(tmp_path):
    """No picture: no stills, and that is said."""
    room = tmp_path / "room.m4a"
    with (
        av.open(str(make_media(tmp_path / "film.mp4", seconds=30, gop_s=1))) as film,
        av.open(str(room), "w", "mp4") as out,
    ):
        sound = out.add_stream_from_template(film.streams.audio[0])
        for packet in film.demux(film.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = sound
                out.mux(packet)
    evidence = kept(
        tmp_path / "evidence",
        [TimedPart(room, Span(0, 30_000))],
        violation(10_000, 15_000, hit(Channel.SPEECH, 11_000, 12_000)),
    )
    assert evidence.clip == "clip.mp4"
    assert evidence.stills == ()
    assert evidence.problem.startswith("no still")
    assert about(evidence)["clip"]["video_codec"] == ""


def test_a_recording_that_is_gone_leaves_a_flag_without_pictures(tmp_path):
    """Recorders delete what they recorded: the flag, its words and the reason are kept."""
    gone = tmp_path / "room.mp4"
    event = violation(10_000, 15_000, hit(Channel.SPEECH, 11_000, 12_000))
    made = flag(event, gone)
    with Cutter() as cutter:
        evidence = keep(
            made,
            line=flag_line(made),
            parts=[TimedPart(gone, Span(0, 30_000))],
            cues=(),
            cutter=cutter,
            folder=tmp_path / "evidence",
            settings=Settings(),
            source_digests={gone: "0" * 64},
            facts={},
        )
    assert (evidence.clip, evidence.stills) == (None, ())
    assert "no clip" in evidence.problem
    assert about(evidence)["sources"][0]["bytes"] is None
    assert str(tmp_path) not in (evidence.folder / "manifest.json").read_text("utf-8")
    assert verify(evidence.folder) == []
