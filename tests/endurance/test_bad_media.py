"""Recordings that are broken, cut, silent or none at all, beside one that is healthy.

case → exit → what is said

- 0 bytes; text; no moov; a cut mp4 whose moov stood at the end; playlist; concat script → 3 → one line on standard
  error, `failed: PATH: what is wrong; what to do`
- faststart mp4, flv, mkv cut at two thirds → 0 → scanned to the cut, the declared rest a gap, `incomplete: PATH: …`
- ts cut at two thirds → 0 → scanned to the cut; a transport stream declares no length that could be missed
- half an hour of silence, loud music → 0 → covered in full, no flag, no word that nobody said
- no sound track, no picture track → 0 → that sense is one gap as long as the stream
- resolution, codec changing midway; timestamps that leap, fall back, wrap → 0 → on one clock; what is missing is a gap
- 1 % of the bytes others → 0 or 3 → what could be decoded is kept, the rest gaps with their reasons
- names with line breaks, quotes, escapes, bytes that are no text, 250 bytes → as any other, the name shown on one line
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import bad_files as bad
import pytest
from media.media_samples import write

from monitor.records import Sense
from monitor.store import Store
from monitor.timeline import Span, complement, total_ms

pytestmark = [pytest.mark.model, pytest.mark.slow]

REFUSED = {
    "empty.mp4": ("empty (0 bytes)", "copy or record it again"),
    "text.mp4": ("not a media file of a known kind", "give mp4, flv, ts"),
    "no-index.mp4": ("no index (moov): the recording was not finished", "recover or record it again"),
    "cut-plain.mp4": ("no index (moov): the recording was not finished", "recover or record it again"),
    "playlist.mp4": ("an HLS playlist, not media", "give the media files it lists"),
    "concat.mp4": ("a concat script, not media", "give the media files it lists"),
}
"""What is wrong with each, and what its line says is to be done."""
CORRUPTED = ("mp4", "flv", "ts", "mkv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place, pieces = tmp_path_factory.mktemp("recordings"), tmp_path_factory.mktemp("pieces")
    bad.healthy(place, seconds=12)
    (place / "empty.mp4").write_bytes(b"")
    (place / "text.mp4").write_text("只是文字，不是录像。\n" * 50, "utf-8")
    bad.without_index(place / "no-index.mp4")
    bad.cut(place / "cut-plain.mp4")
    (place / "playlist.mp4").write_bytes(bad.PLAYLIST)
    (place / "concat.mp4").write_bytes(bad.CONCAT)
    bad.cut(place / "cut-mp4.mp4", faststart=True)
    for ending in ("flv", "ts", "mkv"):
        bad.cut(place / f"cut-{ending}.{ending}")
    bad.sounding(place / "silence.mp4", bad.silence(1800))
    bad.sounding(place / "music.mp4", bad.loud_music(40))
    write(place / "no-sound.mp4", audio=None)
    write(place / "no-picture.mp4", video=None)
    later = {"seconds": 5, "start_s": 5, "clock_s": 5}
    bad.glued(place / "resized.ts", pieces, [{"seconds": 5}, {**later, "size": (320, 160)}])
    bad.glued(place / "recoded.ts", pieces, [{"seconds": 5}, {**later, "video": "libx265"}])
    bad.glued(place / "forward.ts", pieces, [{"seconds": 5, "start_s": 1}, {**later, "start_s": 36}])
    bad.glued(place / "back.ts", pieces, [{"seconds": 5, "start_s": 100}, {**later, "start_s": 1}])
    write(place / "wrap.ts", seconds=10, start_s=bad.WRAP_S - 5)
    for ending in CORRUPTED:
        bad.corrupted(place / f"corrupted-{ending}.{ending}")
    return place


@pytest.fixture(scope="module")
def scanned(folder: Path, tmp_path_factory: pytest.TempPathFactory, scan: Callable):
    """All of them in one go."""
    return scan(tmp_path_factory.mktemp("w"), folder, "--no-clips")


def test_the_healthy_room_is_scanned_in_full(scanned):
    """Its one scheme is flagged, and every moment of it was heard and seen; some inputs failed: exit 3."""
    assert scanned.code == 3, scanned.err
    assert scanned.flags_of("healthy") == ["refund_brushing"]
    assert scanned.is_full("healthy")
    assert {flag["room"] for flag in scanned.flags} == {"healthy"}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_recording_is_refused_in_one_line(scanned, folder: Path, name: str):
    """The line names the file, says what is wrong and what to do; nothing is kept of it."""
    wrong, todo = REFUSED[name]
    (line,) = scanned.lines(f"{folder / name}: ")

    assert line.startswith(f"failed: {folder / name}: ")
    assert wrong in line
    assert line.index(wrong) < line.index(f"; {todo}")
    assert not any(flag["room"] == Path(name).stem for flag in scanned.flags)


@pytest.mark.parametrize("ending", ["mp4", "flv", "mkv"])
def test_a_cut_recording_is_covered_up_to_the_cut(scanned, folder: Path, ending: str):
    """What its header promises beyond is a gap for both senses; one line names the file, the list draws it."""
    room = f"cut-{ending}"
    stream = scanned.stream(room)

    assert stream.state == "done"
    assert 5_500 <= stream.heard_ms <= 6_500
    assert 5_500 <= stream.seen_ms <= 6_500
    assert 8_900 <= stream.end_ms <= 9_100
    for sense in (Sense.HEARD, Sense.SEEN):
        (gap,) = scanned.gaps(room, sense)
        assert gap.span.end_ms == stream.end_ms
        assert "the file ends here, its header declares 9.0 s" in gap.reason
    (line,) = scanned.lines(f"incomplete: {folder / room}.{ending}: ")
    assert "the file ends here, its header declares 9.0 s" in line
    assert any("the file ends here" in line for line in scanned.said_of_coverage(room))


def test_a_cut_transport_stream_is_covered_up_to_the_cut(scanned):
    """It declares no length: what was there was heard and seen."""
    assert scanned.is_full("cut-ts")
    assert 5_500 <= scanned.stream("cut-ts").end_ms <= 6_500


def test_cut_and_silent_recordings_alone_are_no_failure(scanned, folder: Path, monitor: Callable):
    """A scan of theirs ends with 0: they were scanned to their end, the gaps say where that is."""
    names = ("cut-mp4.mp4", "cut-flv.flv", "cut-ts.ts", "silence.mp4", "no-sound.mp4")
    done = monitor("scan", *(folder / name for name in names), "--workspace", scanned.workspace)

    assert done.code == 0, done.err
    assert "the file ends here" in done.out


@pytest.mark.parametrize(("room", "seconds"), [("silence", 1800), ("music", 40)])
def test_where_nobody_speaks_nothing_is_heard_said(scanned, room: str, seconds: int):
    """Half an hour of silence and loud music: covered in full, and not one invented word."""
    store = Store.open(scanned.workspace)
    stream = scanned.stream(room)

    assert scanned.is_full(room)
    assert stream.end_ms == pytest.approx(seconds * 1000, abs=100)
    assert list(store.cues(stream.stream_id)) == []
    assert scanned.flags_of(room) == []


@pytest.mark.parametrize(
    ("room", "lost", "kept", "reason"),
    [
        ("no-sound", Sense.HEARD, Sense.SEEN, "no audio track"),
        ("no-picture", Sense.SEEN, Sense.HEARD, "no video track"),
    ],
)
def test_a_missing_track_is_one_gap_as_long_as_the_stream(
    scanned, folder: Path, room: str, lost: Sense, kept: Sense, reason: str
):
    """The other one is scanned in full."""
    end_ms = scanned.stream(room).end_ms
    (gap,) = scanned.gaps(room, lost)

    assert 5_900 <= end_ms <= 6_100
    assert (gap.span, gap.reason) == (Span(0, end_ms), reason)
    assert scanned.gaps(room, kept) == []
    assert len(scanned.lines(f"incomplete: {folder / room}.mp4: ", reason)) == 1
    assert any(reason in line for line in scanned.said_of_coverage(room))


@pytest.mark.parametrize("room", ["resized", "back", "wrap"])
def test_changes_midway_leave_no_gap(scanned, room: str):
    """Another picture size, timestamps that fall back to the start or wrap: ten seconds on one clock."""
    assert scanned.is_full(room)
    assert 9_900 <= scanned.stream(room).end_ms <= 10_200


def test_another_codec_midway_costs_at_most_its_pictures(scanned):
    """The sound goes on; pictures that could not be decoded are a gap."""
    stream = scanned.stream("recoded")

    assert 9_900 <= stream.end_ms <= 10_200
    assert stream.heard_ms == stream.end_ms
    assert stream.seen_ms + total_ms(gap.span for gap in scanned.gaps("recoded", Sense.SEEN)) == stream.end_ms
    assert stream.seen_ms >= 4_900


def test_a_leap_forward_is_a_gap(scanned):
    """Thirty seconds that were never recorded: neither heard nor seen, and the rest is where the stamps say."""
    assert scanned.stream("forward").end_ms == pytest.approx(40_000, abs=200)
    (unheard,) = scanned.gaps("forward", Sense.HEARD)
    assert unheard.span.start_ms == pytest.approx(5_000, abs=200)
    assert unheard.span.end_ms == pytest.approx(35_000, abs=200)
    assert total_ms(gap.span for gap in scanned.gaps("forward", Sense.SEEN)) >= 26_000


@pytest.mark.parametrize("ending", CORRUPTED)
def test_of_a_corrupted_recording_the_rest_is_kept(scanned, folder: Path, ending: str):
    """One byte in a hundred is another: gaps partition the stream with what was heard and seen, each has its reason."""
    room = f"corrupted-{ending}"
    stream = scanned.stream(room)
    if stream.state == "failed":
        assert len(scanned.lines(f"failed: {folder / room}")) == 1
        return
    assert stream.end_ms == pytest.approx(12_000, abs=300)  # what is lost of its end is a gap too
    whole = Span(0, stream.end_ms)
    for sense, covered_ms in ((Sense.HEARD, stream.heard_ms), (Sense.SEEN, stream.seen_ms)):
        gaps = scanned.gaps(room, sense)
        assert all(gap.reason and "Operation not permitted" not in gap.reason for gap in gaps)
        assert total_ms(complement((gap.span for gap in gaps), whole)) == covered_ms
    assert scanned.gaps(room)
    assert len(scanned.lines(f"incomplete: {folder / room}.{ending}: ")) == 1


NAMES = {
    "line-break": (b"new\nline", "new\\nline"),
    "quotes": b"quo\"t'es` [bold]x[-bold] %s {0}",
    "emoji": "直播🧧".encode(),
    "250-bytes": ("长" * 81 + "abc").encode(),
    "dash": b"-rf",
    "no-text": (b"gb\xd6\xb1\xb2\xa5", "gbֱ\\xb2\\xa5"),
    "escape": (b"red\x1b[31m\x07", "red\\x1b[31m\\x07"),
    "turned-round": ("a\u202egpj".encode(), "a\\u202egpj"),
}
"""Names as bytes, and how they are shown where that differs."""


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory, scan: Callable):
    """Under each name a healthy room, and under nearly the same one a file that is no recording."""
    place = tmp_path_factory.mktemp("names")
    model = bad.healthy(tmp_path_factory.mktemp("model"))
    comments = model.with_suffix(".xml").read_bytes()
    for given in NAMES.values():
        path = os.fsencode(place) + b"/" + (given[0] if isinstance(given, tuple) else given)
        for ending, data in ((b".mp4", model.read_bytes() + path), (b".xml", comments), (b"!.ts", b"")):
            with open(path + ending, "wb") as file:  # noqa: PTH123 (a name in bytes)
                file.write(data)
    return place, scan(tmp_path_factory.mktemp("w"), place, "--no-clips")


@pytest.mark.parametrize("case", NAMES)
def test_any_name_is_scanned_and_shown_on_one_line(named, case: str):
    """The room under it has its flag, the file that is none its line; nothing in a name reaches the terminal raw."""
    place, scanned = named
    given = NAMES[case]
    raw, shown = given if isinstance(given, tuple) else (given, given.decode())
    rooms = {flag["room"] for flag in scanned.flags if flag["scheme"] == "refund_brushing"}

    assert scanned.code == 3
    assert raw.decode("utf-8", "replace") in rooms
    assert len(scanned.lines(f"failed: {place}/{shown}!.ts: empty (0 bytes); copy or record it again")) == 1
    assert scanned.is_full(raw.decode("utf-8", "replace"))


def test_no_name_commands_the_terminal(named):
    """Neither in the lines nor in the list of what was heard and seen."""
    _, scanned = named

    for said in (scanned.out, scanned.err):
        assert not set("\x1b\x07\u202e") & set(said)
        assert not [c for c in said if 0xDC80 <= ord(c) <= 0xDCFF]


def test_a_name_that_begins_with_a_dash_can_be_asked_for(named, monitor: Callable):
    """Behind `--`, as everywhere."""
    place, scanned = named
    done = monitor("scan", "--workspace", scanned.workspace, "--", "-rf.mp4", cwd=place)

    assert done.code == 0, done.err
    assert "1 of 1 streams are in the workspace already" in done.err


def test_a_path_that_is_not_there_is_shown_on_one_line(tmp_path: Path, monitor: Callable):
    """Nothing readable at all: exit 4, and no name tears the line."""
    done = monitor("scan", tmp_path / "no\nsuch\x1b[31m", "--workspace", tmp_path / "w")

    assert done.code == 4
    assert len(done.err.splitlines()) == 2
    assert "\x1b" not in done.err
    assert len(done.lines("no\\nsuch\\x1b[31m", "does not exist")) == 1
