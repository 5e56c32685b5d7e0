"""Clips and stills: what is shown is what was asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from media_samples import HEIGHT_PX, WIDTH_PX, join, picture, read_clock, shorten, write
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from test_decode import Run, run

from monitor.errors import InputError, WorkspaceError
from monitor.media import Cutter, Piece, probe
from monitor.timeline import Span


@pytest.fixture(scope="module")
def cutter() -> Iterator[Cutter]:
    with Cutter(stall_s=20) as shared:
        yield shared


def look_at(path: Path) -> Run:
    """Every frame and second of a clip."""
    return run(path, every_ms=100)


def assert_shows(path: Path, span: Span, slack_ms: int = 60) -> None:
    """Pictures and sound of a clip are those of a span, from beginning to end, in step."""
    clip = look_at(path)
    assert clip.clocks[0][0] <= 30
    assert abs(clip.clocks[0][1] - span.start_ms) <= 100
    assert abs(clip.clocks[-1][1] - span.end_ms) <= 300
    assert all(abs(at_ms + span.start_ms - clock_ms) <= slack_ms + 40 for at_ms, clock_ms in clip.clocks)
    assert clip.seconds
    for chunk in clip.chunks:
        middle_ms = chunk.start_ms + span.start_ms + 500
        if 300 < middle_ms % 1000 < 700 and len(chunk.samples) == 16_000:
            assert clip.seconds[round(chunk.start_ms / 1000)] == middle_ms // 1000
    assert_sounds_throughout(clip)
    assert clip.decoded.gaps == ()


def assert_sounds_throughout(clip: Run) -> None:
    """No tenth of a second is silent, but for what encoders leave at either end."""
    sound = np.concatenate([chunk.samples for chunk in clip.chunks])
    tenths = sound[: len(sound) // 1600 * 1600].reshape(-1, 1600)
    assert np.sqrt((tenths**2).mean(axis=1))[1:-1].min() > 0.1


COPIED = {
    "mp4": ("a.mp4", {}),
    "fragmented mp4": ("a.mp4", {"options": {"movflags": "frag_keyframe+empty_moov"}}),
    "mp4 with B frames": ("a.mp4", {"b_frames": 2}),
    "flv": ("a.flv", {}),
    "ts": ("a.ts", {}),
    "ts with B frames that starts late": ("a.ts", {"b_frames": 2, "start_s": 7000}),
    "ts that wraps": ("a.ts", {"start_s": 95_435}),
    "mkv": ("a.mkv", {"b_frames": 2}),
}


@pytest.mark.parametrize("name", COPIED)
def test_packets_are_copied_from_the_keyframe(tmp_path: Path, cutter: Cutter, name: str) -> None:
    """H.264 and AAC of any container are copied; the clip says where it really starts, and shows that."""
    file, options = COPIED[name]
    source = write(tmp_path / file, seconds=20, **options)
    cut = cutter.clip([Piece(source, Span(8500, 11_500))], tmp_path / "clip.mp4")
    assert (cut.mode, cut.why) == ("copy", "")
    [piece] = cut.pieces
    assert abs(piece.start_ms - 8000) <= 30
    assert 11_500 <= piece.end_ms <= 12_000
    assert cut.duration_ms == piece.duration_ms
    assert cut.size_bytes == (tmp_path / "clip.mp4").stat().st_size
    assert cut.first_pts is not None
    assert cut.last_pts is not None
    assert cut.last_pts > cut.first_pts
    assert_shows(tmp_path / "clip.mp4", piece)


def test_a_copy_keeps_every_byte_of_the_picture(tmp_path: Path, cutter: Cutter) -> None:
    """The frames of a copied clip are the source's own, bit by bit."""
    source = write(tmp_path / "a.ts", seconds=12)
    cutter.clip([Piece(source, Span(4500, 7000))], tmp_path / "clip.mp4")
    with av.open(str(source)) as whole, av.open(str(tmp_path / "clip.mp4")) as clip:
        sent = [frame.to_ndarray() for frame in whole.decode(video=0)]
        shown = [frame.to_ndarray() for frame in clip.decode(video=0)]
    assert len(shown) >= 25
    assert all(np.array_equal(one, other) for one, other in zip(shown, sent[40:], strict=False))


def test_the_same_cut_gives_the_same_bytes(tmp_path: Path, cutter: Cutter) -> None:
    """A copy can be made again and compared."""
    source = write(tmp_path / "a.flv", seconds=8)
    for name in ("1.mp4", "2.mp4"):
        cutter.clip([Piece(source, Span(2500, 5000))], tmp_path / name)
    assert (tmp_path / "1.mp4").read_bytes() == (tmp_path / "2.mp4").read_bytes()


ENCODED = {
    "rare keyframes": ("a.mp4", {"gop": 100, "b_frames": 2}, "keyframe"),
    "H.265": ("a.mp4", {"video": "libx265"}, "hevc"),
    "mp3 sound": ("a.mkv", {"audio": "libmp3lame"}, "mp3"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_what_cannot_be_copied_is_encoded(tmp_path: Path, cutter: Cutter, name: str) -> None:
    """Anything else is made anew, starts exactly where it was asked to, and says why."""
    file, options, why = ENCODED[name]
    source = write(tmp_path / file, seconds=20, **options)
    cut = cutter.clip([Piece(source, Span(8500, 11_500))], tmp_path / "clip.mp4")
    assert cut.mode == "encode"
    assert why in cut.why
    assert cut.pieces == (Span(8500, 11_500),)
    assert (cut.first_pts, cut.last_pts, cut.time_base) == (None, None, "")
    assert_shows(tmp_path / "clip.mp4", cut.pieces[0])
    facts = probe(tmp_path / "clip.mp4")
    assert (facts.container, facts.video_codec, facts.audio_codec) == ("mov", "h264", "aac")


def test_pieces_are_joined_in_order(tmp_path: Path, cutter: Cutter) -> None:
    """Several pieces, of several files and sizes, follow one another in one clip of the first one's size."""
    one = write(tmp_path / "1.mp4", seconds=8)
    two = write(tmp_path / "2.ts", seconds=8, size=(2 * WIDTH_PX, 2 * HEIGHT_PX), start_s=50)
    pieces = [Piece(one, Span(1000, 3000)), Piece(two, Span(5000, 7000)), Piece(one, Span(6000, 7000))]
    cut = cutter.clip(pieces, tmp_path / "clip.mp4")
    assert cut.pieces == tuple(piece.span for piece in pieces)
    assert cut.duration_ms == 5000
    clip = look_at(tmp_path / "clip.mp4")
    assert clip.frames[0].image.shape == (HEIGHT_PX, WIDTH_PX, 3)
    for at_ms, clock_ms in clip.clocks:
        asked_ms = at_ms + (1000 if at_ms < 2000 else 3000 if at_ms < 4000 else 2000)
        assert abs(clock_ms - asked_ms) <= 110
    assert [clip.seconds[n] for n in range(5)] == [1, 2, 5, 6, 6]
    assert_sounds_throughout(clip)


def test_sound_alone_becomes_a_clip_without_picture(tmp_path: Path, cutter: Cutter) -> None:
    """AAC is copied, mp3 is encoded; both play as mp4."""
    for file, codec, mode in (("a.m4a", "aac", "copy"), ("a.mp3", "libmp3lame", "encode")):
        source = write(tmp_path / file, seconds=12, video=None, audio=codec)
        cut = cutter.clip([Piece(source, Span(4000, 7000))], tmp_path / "clip.mp4")
        assert (cut.mode, cut.video_codec, cut.audio_codec) == (mode, "", "aac")
        clip = run(tmp_path / "clip.mp4")
        assert [clip.seconds[n] for n in range(3)] == [4, 5, 6]


def test_a_picture_alone_becomes_a_clip_without_sound(tmp_path: Path, cutter: Cutter) -> None:
    """A source without sound is cut all the same."""
    source = write(tmp_path / "a.flv", seconds=8, audio=None)
    cut = cutter.clip([Piece(source, Span(2000, 4000))], tmp_path / "clip.mp4")
    assert (cut.mode, cut.audio_codec) == ("copy", "")
    assert look_at(tmp_path / "clip.mp4").clocks[0][1] == 2000


@pytest.mark.parametrize("gop", [20, 100])
def test_a_turned_source_gives_an_upright_clip(tmp_path: Path, cutter: Cutter, gop: int) -> None:
    """Copied or encoded, the clip is shown as the source is."""
    source = write(tmp_path / "a.mp4", seconds=8, rotate=90, gop=gop)
    cut = cutter.clip([Piece(source, Span(4000, 6000))], tmp_path / "clip.mp4")
    assert cut.mode == ("copy" if gop == 20 else "encode")
    first = look_at(tmp_path / "clip.mp4").frames[0].image
    assert np.abs(first.astype(int) - np.rot90(picture(4000))).mean() < 15


def test_a_change_of_size_is_not_copied(tmp_path: Path, cutter: Cutter) -> None:
    """A clip across (or after) a change of resolution is encoded, as mp4 holds one size."""
    first = write(tmp_path / "1.ts", start_s=10)
    second = write(tmp_path / "2.ts", start_s=16, clock_s=6, size=(2 * WIDTH_PX, 2 * HEIGHT_PX))
    source = join(tmp_path / "a.ts", first, second)
    for span in (Span(4500, 8000), Span(8500, 11_000)):
        cut = cutter.clip([Piece(source, span)], tmp_path / "clip.mp4")
        assert cut.mode == "encode"
        assert_shows(tmp_path / "clip.mp4", span, slack_ms=100)


@pytest.mark.parametrize("start_s", [18_000, 0, 46])
def test_cutting_and_decoding_agree_on_the_time(tmp_path: Path, cutter: Cutter, start_s: int) -> None:
    """Behind a leap in the timestamps a still shows what a look shows, and a clip what was decoded there."""
    first = write(tmp_path / "1.ts", start_s=10)
    second = write(tmp_path / "2.ts", start_s=start_s, clock_s=6, seconds=8)
    source = join(tmp_path / "a.ts", first, second)
    looks = run(source).frames
    assert len(looks) >= 6
    for frame in looks:
        assert read_clock(cutter.still(source, frame.at_ms)) == read_clock(frame.image)
    late = looks[-2]
    cut = cutter.clip([Piece(source, Span(late.at_ms, late.at_ms + 1500))], tmp_path / "clip.mp4")
    assert cut.mode == "copy"
    assert read_clock(look_at(tmp_path / "clip.mp4").frames[0].image) == read_clock(late.image)


@pytest.mark.parametrize(
    ("file", "options"),
    [
        ("a.mp4", {"gop": 100, "b_frames": 2}),
        ("a.ts", {"b_frames": 2}),
        ("a.flv", {}),
        ("a.mkv", {"gop": 7}),
        ("a.mp4", {"video": "libx265", "gop": 50}),
    ],
)
def test_a_still_is_the_frame_on_show(tmp_path: Path, cutter: Cutter, file: str, options: dict[str, Any]) -> None:
    """The last frame that begins at or before the moment, in any order asked."""
    source = write(tmp_path / file, seconds=15, audio=None, **options)
    for at_ms in (0, 14_950, 7000, 7099, 7100, 12_340, 30):
        assert read_clock(cutter.still(source, at_ms)) == at_ms // 100 * 100


def test_a_still_between_two_frames_of_a_variable_rate(tmp_path: Path, cutter: Cutter) -> None:
    """A picture that stays for seconds is found anywhere within them."""
    source = write(tmp_path / "a.mp4", frame_times_ms=[0, 100, 350, 4000, 4100, 5900])
    assert read_clock(cutter.still(source, 3999)) == 350
    assert read_clock(cutter.still(source, 9000)) == 5900


def test_a_piece_beyond_the_end_is_shortened_or_refused(tmp_path: Path, cutter: Cutter) -> None:
    """A clip shows what there is, says how much that is, and never stretches it."""
    source = write(tmp_path / "a.mp4", seconds=6)
    cut = cutter.clip([Piece(source, Span(4500, 20_000))], tmp_path / "clip.mp4")
    assert cut.pieces[0].start_ms == 4000
    assert 5900 <= cut.pieces[0].end_ms <= 6100
    with pytest.raises(InputError, match="nothing"):
        cutter.clip([Piece(source, Span(60_000, 61_000))], tmp_path / "none.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "clip.mp4"]


def test_a_cut_off_file_is_cut_as_far_as_it_goes(tmp_path: Path, cutter: Cutter) -> None:
    """What precedes the damage can still be shown."""
    source = shorten(write(tmp_path / "a.flv", seconds=12))
    cut = cutter.clip([Piece(source, Span(4500, 7000))], tmp_path / "clip.mp4")
    assert cut.mode == "copy"
    assert_shows(tmp_path / "clip.mp4", cut.pieces[0])


def test_what_cannot_be_cut_leaves_nothing_behind(tmp_path: Path, cutter: Cutter) -> None:
    """A refusal is one line, and no half-written file is left; nothing asked for is refused too."""
    source = tmp_path / "a.mp4"
    source.write_bytes(b"no media at all")
    for ask in (
        lambda: cutter.clip([Piece(source, Span(0, 1000))], tmp_path / "clip.mp4"),
        lambda: cutter.clip([Piece(source, Span(5, 5))], tmp_path / "clip.mp4"),
        lambda: cutter.clip([], tmp_path / "clip.mp4"),
        lambda: cutter.still(tmp_path / "none.mp4", 0),
        lambda: cutter.still(write(tmp_path / "a.m4a", seconds=1, video=None), 0),
    ):
        with pytest.raises(InputError) as refusal:
            ask()
        assert "\n" not in str(refusal.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.m4a", "a.mp4"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, cutter: Cutter) -> None:
    """A missing folder is the workspace's problem, not the recording's."""
    source = write(tmp_path / "a.mp4", seconds=3)
    with pytest.raises(WorkspaceError, match="no folder"):
        cutter.clip([Piece(source, Span(0, 1000))], tmp_path / "none" / "clip.mp4")


@pytest.mark.browser
def test_clips_play_in_a_browser(tmp_path: Path, cutter: Cutter) -> None:
    """Chromium shows copied and encoded clips of any source, from their first frame to their end."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("needs chromium and chromedriver")
    span = Span(4500, 7000)
    sources = {
        "flv": write(tmp_path / "a.flv", seconds=9),
        "ts": write(tmp_path / "a.ts", seconds=9, b_frames=2, start_s=300),
        "turned": write(tmp_path / "turned.mp4", seconds=9, rotate=90),
        "hevc": write(tmp_path / "hevc.mp4", seconds=9, video="libx265"),
        "sound": write(tmp_path / "a.mp3", seconds=9, video=None, audio="libmp3lame"),
    }
    cuts = {name: cutter.clip([Piece(path, span)], tmp_path / f"{name}.clip.mp4") for name, path in sources.items()}
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"):
        options.add_argument(argument)
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><video muted></video>")
    with webdriver.Chrome(options, Service(driver)) as browser:
        browser.set_script_timeout(30)
        browser.get(page.as_uri())
        for name, cut in cuts.items():
            state = browser.execute_async_script(_PLAY, f"{name}.clip.mp4")
            assert state["error"] == "", name
            assert abs(state["duration"] * 1000 - cut.duration_ms) < 150, name
            shown = (0, 0) if name == "sound" else (96, 192) if name == "turned" else (192, 96)
            assert (state["width"], state["height"]) == shown, name


_PLAY = """
const [name, done] = arguments, video = document.querySelector('video');
const tell = () => done({error: video.error ? video.error.message : '', duration: video.duration,
                         width: video.videoWidth, height: video.videoHeight});
video.onended = tell; video.onerror = tell; video.src = name; video.playbackRate = 4; video.play().catch(tell);
"""
