"""Sound and looks out of real files."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition
from media_samples import (
    HEIGHT_PX,
    WIDTH_PX,
    begin_late,
    hear_second,
    join,
    misdate,
    picture,
    read_clock,
    shorten,
    write,
)
from test_media_coverage import assert_held, assert_partition

from monitor.media import AudioChunk, Decoded, Frame, MediaFacts, decode, probe
from monitor.records import Gap, Sense
from monitor.timeline import Span, total_ms


@dataclass
class Run:
    facts: MediaFacts
    chunks: list[AudioChunk]
    frames: list[Frame]
    early: list[Gap]
    decoded: Decoded

    @property
    def clocks(self) -> list[tuple[int, int]]:
        """(media time, time burnt into the picture) of each look."""
        return [(frame.at_ms, read_clock(frame.image)) for frame in self.frames]

    @property
    def seconds(self) -> dict[int, int]:
        """Second of media time → second whose tone is heard in it."""
        heard = {}
        for chunk in self.chunks:
            if len(chunk.samples) >= 12_000:
                heard[round(chunk.start_ms / 1000)] = hear_second(chunk.samples[4000:12_000])
        return heard

    def gaps(self, sense: Sense) -> list[tuple[Span, str]]:
        return [(gap.span, gap.reason) for gap in self.decoded.gaps if gap.sense is sense]


def run(path: Path, **options: Any) -> Run:
    items = list(decode(path, stall_s=20, **options))
    assert isinstance(items[0], MediaFacts)
    assert isinstance(items[-1], Decoded)
    chunks = [item for item in items if isinstance(item, AudioChunk)]
    frames = [item for item in items if isinstance(item, Frame)]
    early = [item for item in items if isinstance(item, Gap)]
    assert len(chunks) + len(frames) + len(early) + 2 == len(items)
    assert_held(early, items[-1])
    for before, after in pairwise(chunks):
        assert before.span.end_ms <= after.start_ms
    assert [frame.at_ms for frame in frames] == sorted({frame.at_ms for frame in frames})
    for chunk in chunks:
        assert chunk.samples.dtype == np.float32
        assert chunk.samples.ndim == 1
    assert_partition(items[-1])
    return Run(items[0], chunks, frames, early, items[-1])


BOTH = {
    "mp4": ("a.mp4", {}),
    "fragmented mp4": ("a.mp4", {"options": {"movflags": "frag_keyframe+empty_moov"}}),
    "mp4 with B frames": ("a.mp4", {"b_frames": 2}),
    "flv": ("a.flv", {}),
    "ts": ("a.ts", {}),
    "mkv": ("a.mkv", {"b_frames": 2}),
    "H.265 in mp4": ("a.mp4", {"video": "libx265"}),
    "H.265 in ts": ("a.ts", {"video": "libx265"}),
    "ts that starts late": ("a.ts", {"start_s": 5000}),
    "ts that wraps": ("a.ts", {"start_s": 95_441}),
    "a name that lies": ("a.mp3", {"container": "matroska"}),
}


@pytest.mark.parametrize("name", BOTH)
def test_looks_and_sound_lie_where_they_belong(tmp_path: Path, name: str) -> None:
    """In every container each look shows its own time, each second sounds its own tone, and all of it is covered."""
    file, options = BOTH[name]
    got = run(write(tmp_path / file, **options))
    assert len(got.frames) == 3
    assert all(abs(at_ms - clock_ms) <= 30 for at_ms, clock_ms in got.clocks)
    assert got.seconds == {n: n for n in range(6)}
    assert got.decoded.gaps == ()
    assert 5990 <= got.decoded.end_ms <= 6100
    assert (got.facts.width_px, got.facts.height_px) == (WIDTH_PX, HEIGHT_PX)
    assert got.facts.engine.startswith("PyAV ")


@pytest.mark.parametrize(
    ("file", "codec", "container"),
    [("a.m4a", "aac", None), ("a.mp3", "libmp3lame", None), ("a.wav", "pcm_s16le", None), ("a.aac", "aac", "adts")],
)
def test_sound_alone_has_one_gap_for_the_picture(tmp_path: Path, file: str, codec: str, container: str | None) -> None:
    """A recording without picture is heard in full and says that nothing could be seen."""
    got = run(write(tmp_path / file, video=None, audio=codec, container=container))
    assert got.seconds == {n: n for n in range(6)}
    assert got.gaps(Sense.HEARD) == []
    assert got.gaps(Sense.SEEN) == [(Span(0, got.decoded.end_ms), "no video track")]
    assert got.facts.video_codec == ""


def test_cover_art_is_no_picture_that_was_missed(tmp_path: Path) -> None:
    """A recording of sound with its cover says what one without says."""
    sound, path = write(tmp_path / "bare.m4a", video=None), tmp_path / "a.m4a"
    with av.open(str(sound)) as source, av.open(str(path), "w", format="mp4") as target:
        track = target.add_stream_from_template(source.streams.audio[0])
        cover = target.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt, cover.disposition = 64, 64, "yuvj420p", Disposition.attached_pic
        target.mux(cover.encode(av.VideoFrame(64, 64, "yuvj420p")))
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = track
                target.mux(packet)
    got = run(path)
    assert got.seconds == {n: n for n in range(6)}
    assert got.gaps(Sense.SEEN) == [(Span(0, got.decoded.end_ms), "no video track")]


def test_a_picture_alone_has_one_gap_for_the_sound(tmp_path: Path) -> None:
    """A recording without sound is seen in full and says that nothing could be heard."""
    got = run(write(tmp_path / "a.flv", audio=None))
    assert got.gaps(Sense.HEARD) == [(Span(0, got.decoded.end_ms), "no audio track")]
    assert got.gaps(Sense.SEEN) == []
    assert got.facts.audio_codec == ""


def test_a_sense_not_asked_for_is_a_gap(tmp_path: Path) -> None:
    """Whoever asks for one sense cannot take the other for covered; times are those of the whole file."""
    path = write(tmp_path / "a.ts")
    sound, sight = run(path, video=False), run(path, audio=False)
    assert sound.frames == []
    assert sight.chunks == []
    assert [reason for _, reason in sound.gaps(Sense.SEEN)] == ["not asked for"]
    assert [reason for _, reason in sight.gaps(Sense.HEARD)] == ["not asked for"]
    assert [frame.at_ms for frame in sight.frames] == [frame.at_ms for frame in run(path).frames]


@pytest.mark.parametrize(("gop", "b_frames"), [(3, 0), (15, 0), (20, 2), (25, 0), (60, 0), (60, 2), (1000, 3)])
def test_looks_come_often_enough_whatever_the_keyframes(tmp_path: Path, gop: int, b_frames: int) -> None:
    """From dense keyframes to a single one: no two looks lie further apart than a period and a quarter."""
    got = run(write(tmp_path / "a.mkv", seconds=12, gop=gop, b_frames=b_frames))
    times = [frame.at_ms for frame in got.frames]
    assert times[0] <= 100
    assert max(after - before for before, after in zip(times, [*times[1:], 12_000], strict=True)) <= 2500
    assert min((after - before for before, after in pairwise(times)), default=2000) >= 1500
    assert all(abs(at_ms - clock_ms) <= 30 for at_ms, clock_ms in got.clocks)
    assert got.gaps(Sense.SEEN) == []


def test_keyframes_that_grow_rare_midway_do_not_cost_looks(tmp_path: Path) -> None:
    """A stream that changes its keyframe distance is followed both ways."""
    parts = [
        write(tmp_path / f"{n}.ts", seconds=10, gop=gop, start_s=10 * n, clock_s=10 * n, audio=None)
        for n, gop in enumerate((20, 100, 20))
    ]
    got = run(join(tmp_path / "a.ts", *parts))
    times = [frame.at_ms for frame in got.frames]
    assert max(after - before for before, after in zip(times, [*times[1:], 30_000], strict=True)) <= 2500
    assert all(abs(at_ms - clock_ms) <= 50 for at_ms, clock_ms in got.clocks)


def test_keyframes_alone_are_decoded_when_they_suffice(tmp_path: Path) -> None:
    """With a keyframe every two seconds nothing else is decoded: many times faster than decoding it all."""
    path = write(tmp_path / "a.mp4", seconds=20, fps=30, gop=60, size=(960, 544), audio=None)

    def children_s() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    marks = [children_s()]
    for work in (lambda: probe(path), lambda: run(path), lambda: run(path, every_ms=300)):
        work()
        marks.append(children_s())
    opening_s, keys_s, all_s = (after - before for before, after in pairwise(marks))
    assert keys_s - opening_s < (all_s - opening_s) / 2


def test_a_variable_frame_rate_keeps_its_times(tmp_path: Path) -> None:
    """Looks carry the frame's own time, not its number over a rate."""
    times = [0, 100, 350, 900, 1000, 1700, 2000, 2300, 4000, 4100, 4150, 5900]
    got = run(write(tmp_path / "a.mp4", frame_times_ms=times), every_ms=300)
    assert all(at_ms == clock_ms for at_ms, clock_ms in got.clocks)
    assert [frame.at_ms for frame in got.frames] == [0, 350, 900, 1700, 2000, 2300, 4000, 5900]


def test_a_turned_recording_is_shown_upright(tmp_path: Path) -> None:
    """A phone held sideways: facts and frames are as a player shows them."""
    got = run(write(tmp_path / "a.mp4", rotate=90))
    assert (got.facts.width_px, got.facts.height_px, got.facts.rotation_deg) == (HEIGHT_PX, WIDTH_PX, 90)
    upright = np.rot90(picture(2000), 1)
    shown = got.frames[1].image
    assert shown.shape == upright.shape
    assert np.abs(shown.astype(int) - upright).mean() < 12


def test_a_change_of_size_midway_is_followed(tmp_path: Path) -> None:
    """Frames before and after a change of resolution have each their own size and the right picture."""
    first = write(tmp_path / "1.ts", start_s=10)
    second = write(tmp_path / "2.ts", start_s=16, clock_s=6, size=(2 * WIDTH_PX, 2 * HEIGHT_PX))
    got = run(join(tmp_path / "a.ts", first, second))
    assert [frame.image.shape[1] for frame in got.frames] == [WIDTH_PX] * 3 + [2 * WIDTH_PX] * 3
    assert all(abs(at_ms - clock_ms) <= 50 for at_ms, clock_ms in got.clocks)
    assert got.decoded.gaps == ()


def test_half_a_minute_lost_is_half_a_minute_of_gap(tmp_path: Path) -> None:
    """A hole in the timestamps stays a hole: later times are right, and the loss is told."""
    first = write(tmp_path / "1.ts", start_s=10)
    second = write(tmp_path / "2.ts", start_s=46, clock_s=36)
    got = run(join(tmp_path / "a.ts", first, second))
    assert got.seconds == {n: n for n in (*range(6), *range(36, 42))}
    assert all(abs(at_ms - clock_ms) <= 50 for at_ms, clock_ms in got.clocks)
    [(hole, reason)] = got.gaps(Sense.HEARD)
    assert abs(hole.start_ms - 6000) < 100
    assert abs(hole.end_ms - 36_000) < 100
    assert reason == "no sound"
    assert len(got.gaps(Sense.SEEN)) == 1


@pytest.mark.parametrize("start_s", [18_000, 0, 13])
def test_numbers_that_start_anew_go_on_in_step(tmp_path: Path, start_s: int) -> None:
    """A leap of hours, a fall to zero, a small fall: time goes on, sound and picture together, nothing is lost."""
    first = write(tmp_path / "1.ts", start_s=10)
    second = write(tmp_path / "2.ts", start_s=start_s, clock_s=6)
    got = run(join(tmp_path / "a.ts", first, second))
    assert got.seconds == {n: n for n in range(12)}
    assert all(abs(at_ms - clock_ms) <= 100 for at_ms, clock_ms in got.clocks)
    assert got.decoded.gaps == ()


@pytest.mark.parametrize("stamp_ms", [300_000, 20_000_000, 0])
@pytest.mark.parametrize("kind", [8, 9])
def test_one_wrong_number_moves_nothing(tmp_path: Path, kind: int, stamp_ms: int) -> None:
    """A single tag with a wild timestamp neither tears a hole nor shifts what follows."""
    got = run(misdate(write(tmp_path / "a.flv", seconds=8), kind, 45, stamp_ms))
    assert got.seconds == {n: n for n in range(8)}
    assert all(abs(at_ms - clock_ms) <= 30 for at_ms, clock_ms in got.clocks)
    assert got.decoded.gaps == ()


def test_sound_that_pauses_is_a_gap_there(tmp_path: Path) -> None:
    """Packets that were never sent are a gap in hearing alone, and what follows keeps its time."""
    got = run(write(tmp_path / "a.mkv", seconds=10, silent=lambda at_s: 3 <= at_s < 5))
    [(hole, _)] = got.gaps(Sense.HEARD)
    assert abs(hole.start_ms - 3000) < 60
    assert abs(hole.end_ms - 5000) < 60
    assert got.seconds == {n: n for n in (0, 1, 2, 5, 6, 7, 8, 9)}
    assert got.gaps(Sense.SEEN) == []
    assert [gap.span for gap in got.early] == [hole]


@pytest.mark.parametrize(
    ("file", "options"),
    [
        ("a.mp4", {"options": {"movflags": "faststart"}}),
        ("a.mp4", {"options": {"movflags": "frag_keyframe+empty_moov"}}),
        ("a.flv", {}),
        ("a.ts", {}),
        ("a.mkv", {}),
    ],
)
def test_a_file_cut_off_counts_as_far_as_it_goes(tmp_path: Path, file: str, options: dict[str, Any]) -> None:
    """Two thirds of a file give two thirds of coverage, never what the header declares."""
    got = run(shorten(write(tmp_path / file, seconds=12, **options)))
    heard_ms, seen_ms = total_ms(got.decoded.heard), total_ms(got.decoded.seen)
    assert 6000 < heard_ms < 9000
    assert 6000 < seen_ms < 9000
    if (got.facts.declared_ms or 0) > 11_000:
        assert got.decoded.end_ms >= 11_900
        assert any("declares 12.0 s" in gap.reason for gap in got.decoded.gaps)


def test_damage_in_the_middle_costs_only_the_middle(tmp_path: Path) -> None:
    """Noise written over a part of a transport stream leaves what lies before and after it in its place."""
    path = write(tmp_path / "a.ts", seconds=12)
    data = bytearray(path.read_bytes())
    noise = np.random.default_rng(1).integers(0, 256, len(data) // 6, np.uint8).tobytes()
    data[len(data) // 2 : len(data) // 2 + len(noise)] = noise
    path.write_bytes(data)
    got = run(path)
    assert {n: n for n in (*range(5), *range(9, 12))}.items() <= got.seconds.items()
    assert 9000 < total_ms(got.decoded.heard) < 11_500
    assert got.gaps(Sense.HEARD)


def test_sound_that_begins_late_in_flv_is_heard(tmp_path: Path) -> None:
    """A microphone switched on after half a minute, announced by nothing: heard from there, a gap before."""
    path = begin_late(write(tmp_path / "a.flv", seconds=40, size=(640, 352), gop=20), 8, 30_000)
    got = run(path)
    assert got.seconds == {n: n for n in range(30, 40)}
    [(hole, reason)] = got.gaps(Sense.HEARD)
    assert (hole.start_ms, reason) == (0, "no sound")
    assert abs(hole.end_ms - 30_000) < 100
    assert all(abs(at_ms - clock_ms) <= 30 for at_ms, clock_ms in got.clocks)
    assert got.gaps(Sense.SEEN) == []


def test_a_picture_that_begins_late_in_flv_is_seen(tmp_path: Path) -> None:
    """A camera switched on after half a minute: its looks lie where they belong."""
    got = run(begin_late(write(tmp_path / "a.flv", seconds=40), 9, 30_000))
    assert got.seconds == {n: n for n in range(40)}
    [(hole, _)] = got.gaps(Sense.SEEN)
    assert hole.start_ms == 0
    assert abs(hole.end_ms - 30_000) < 100
    assert [clock_ms for _, clock_ms in got.clocks] == [30_000, 32_000, 34_000, 36_000, 38_000]
    assert all(abs(at_ms - clock_ms) <= 30 for at_ms, clock_ms in got.clocks)


def test_late_sound_that_cannot_be_decoded_says_so(tmp_path: Path) -> None:
    """MP3 in flv has no header of its own that could be known beforehand: the gap tells that there was sound."""
    path = begin_late(write(tmp_path / "a.flv", seconds=40, audio="libmp3lame"), 8, 30_000)
    [(hole, reason)] = run(path).gaps(Sense.HEARD)
    assert hole.start_ms == 0
    assert hole.end_ms > 39_000
    assert reason == "begins midway, not decoded"


def test_probe_tells_what_decode_tells(tmp_path: Path) -> None:
    """Facts are the same whether asked for alone or with the decoding."""
    path = write(tmp_path / "a.mp4", seconds=2)
    assert probe(path) == run(path).facts
