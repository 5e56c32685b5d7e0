"""With the recording at hand: it is the source, and the clip is what is cut from it."""

from __future__ import annotations

import json
import shutil
import struct

import av
import pytest
from coded_media import FPS, hit, kept, make_media, violation
from exported_cases import case_zip, desk, resign

from monitor.evidence import TimedPart, examine, mp4
from monitor.media import probe
from monitor.records import Channel
from monitor.timeline import Span

OURS = desk(1)
EVENT = violation(20_000, 26_000, hit(Channel.SPEECH, 21_000, 21_600), hit(Channel.SPEECH, 24_000, 24_600, slot="pay"))


def case(tmp_path, *parts):
    return kept(tmp_path / "evidence", parts, EVENT, lead_out_ms=3000, signer=OURS).folder


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    """A room with a keyframe each second, one with one each ten, and the second's other half."""
    place = tmp_path_factory.mktemp("rooms")
    return {
        "copy": make_media(place / "near.mp4", seconds=32, gop_s=1),
        "encode": make_media(place / "far.mp4", seconds=32, gop_s=10),
        "first": make_media(place / "room-1.mp4", seconds=23, gop_s=1),
        "second": make_media(place / "room-2.mp4", seconds=10, gop_s=1, first=23 * FPS),
    }


@pytest.mark.parametrize("mode", ["copy", "encode"])
def test_cut_again_from_its_source_the_clip_is_the_same(rooms, tmp_path, mode):
    """Copied or made anew, from the folder and from an export; and the source's own facts are in the manifest."""
    room = rooms[mode]
    folder = case(tmp_path, TimedPart(room, Span(0, 32_000), probe(room)))
    about = json.loads((folder / "manifest.json").read_bytes())
    assert about["clip"]["mode"] == mode
    assert about["sources"][0]["media"]["video_codec"] == "h264"
    assert (about["sources"][0]["media"]["container"], about["sources"][0]["media"]["width_px"]) == ("mov", 320)
    out = case_zip(folder, tmp_path / "case.zip", OURS).path
    for path in (folder, out):
        found = examine(path, sources=[room])
        assert found.problems == []
        assert "cut again from its source the clip is the same" in found.notes
        assert f"the source {room.name} is the one of the manifest" in found.notes


def test_a_clip_of_two_files_takes_both(rooms, tmp_path):
    """With one of them alone that one is proven, and what lacks is said."""
    first, second = rooms["first"], rooms["second"]
    folder = case(tmp_path, TimedPart(first, Span(0, 23_000)), TimedPart(second, Span(23_000, 33_000)))
    assert "cut again from its source the clip is the same" in examine(folder, sources=[second, first]).notes
    alone = examine(folder, sources=[first])
    assert alone.problems == []
    assert "the clip was not cut again: that takes room-2.mp4, too" in alone.notes


def test_another_recording_or_a_changed_one_is_no_source(rooms, tmp_path):
    """Named with what it hashes to; one that cannot be read is named, too."""
    folder = case(tmp_path, TimedPart(rooms["copy"], Span(0, 32_000)))
    changed = tmp_path / "near.mp4"
    shutil.copy(rooms["copy"], changed)
    data = bytearray(changed.read_bytes())
    data[5000] ^= 1
    changed.write_bytes(data)
    found = [
        str(problem) for problem in examine(folder, sources=[changed, rooms["first"], tmp_path / "gone.mp4"]).problems
    ]
    assert [each.partition(": ")[2][:20] for each in found] == [
        "was changed: SHA-256",
        "is no source of this",
        "cannot be read (No s",
    ]


def test_a_clip_of_another_moment_is_found_by_cutting_again(rooms, tmp_path):
    """Rightly signed and of the right source, but the clip shows another time than the manifest says."""
    room = rooms["copy"]
    folder = case(tmp_path, TimedPart(room, Span(0, 32_000)))
    about = json.loads((folder / "manifest.json").read_bytes())
    about["clip"]["asked"][0]["start_s"] -= 2
    resign(folder, OURS, about)
    found = examine(folder, sources=[room])
    assert [str(each) for each in found.problems] == [
        "clip.mp4: is not what is cut from its source: sound and pictures"
    ]


@pytest.mark.parametrize("start_s", [1e999, float("nan"), "1", None])
def test_a_time_that_is_none_is_said(rooms, tmp_path, start_s):
    """JSON as it is read may hold infinity."""
    folder = case(tmp_path, TimedPart(rooms["copy"], Span(0, 32_000)))
    about = json.loads((folder / "manifest.json").read_bytes())
    about["clip"]["asked"][0]["start_s"] = start_s
    resign(folder, OURS, about)
    problems = [str(each) for each in examine(folder, sources=[rooms["copy"]]).problems]
    assert problems == ["manifest.json: does not say how the clip was cut"]


def test_a_clip_made_anew_by_another_engine_is_not_held_against_anybody(rooms, tmp_path):
    """Its packets cannot be expected to be the same, so that nothing is claimed."""
    folder = case(tmp_path, TimedPart(rooms["encode"], Span(0, 32_000)))
    about = json.loads((folder / "manifest.json").read_bytes())
    about["clip"]["engine"] = "PyAV 1, FFmpeg 1"
    about["clip"]["asked"][0]["start_s"] -= 2
    resign(folder, OURS, about)
    found = examine(folder, sources=[rooms["encode"]])
    assert found.problems == []
    assert any("it tells nothing" in note for note in found.notes)


def test_how_an_mp4_is_packed_does_not_count_and_what_it_plays_does(rooms, tmp_path):
    """The same packets with the index at the other end have the same digests; another room's have others."""
    other = tmp_path / "other.mp4"
    with av.open(str(rooms["copy"])) as source, av.open(str(other), "w", options={"movflags": "+faststart"}) as out:
        streams = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                out.mux(packet)
    assert other.read_bytes() != rooms["copy"].read_bytes()
    assert [kind for kind, _ in mp4.tracks(other)] == ["soun", "vide"]
    assert mp4.tracks(other) == mp4.tracks(rooms["copy"])
    assert mp4.tracks(other) != mp4.tracks(rooms["encode"])


def test_a_damaged_mp4_is_unreadable_and_never_a_crash(rooms, tmp_path):
    """Cut short, empty, no mp4 at all, or any byte of its index changed."""
    whole = rooms["copy"].read_bytes()
    path = tmp_path / "x.mp4"
    for data in (b"", b"no film", whole[:1000], whole[: len(whole) // 2], b"\0\0\0\1moov" + b"\xff" * 8):
        path.write_bytes(data)
        with pytest.raises(mp4.UnreadableError):
            mp4.tracks(path)
    count_at = whole.index(b"stsz") + 12
    path.write_bytes(whole[:count_at] + b"\xff" * 4 + whole[count_at + 4 :])
    with pytest.raises(mp4.UnreadableError):
        mp4.tracks(path)
    index_at = whole.index(b"moov")
    for at in range(index_at, len(whole), max(1, (len(whole) - index_at) // 60)):
        data = bytearray(whole)
        data[at] ^= 0x80
        path.write_bytes(data)
        try:
            mp4.tracks(path)
        except mp4.UnreadableError:
            continue


def test_folders_within_folders_are_not_followed_for_ever(tmp_path):
    """Boxes may claim any depth; ours have four."""
    body = b""
    for _ in range(3000):
        body = struct.pack(">L4s", len(body) + 8, b"mdia") + body
    for kind in (b"trak", b"moov"):
        body = struct.pack(">L4s", len(body) + 8, kind) + body
    (tmp_path / "deep.mp4").write_bytes(body)
    with pytest.raises(mp4.UnreadableError):
        mp4.tracks(tmp_path / "deep.mp4")
