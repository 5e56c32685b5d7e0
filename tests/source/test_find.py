"""The search on real folders: what becomes a stream, and what is left alone with a reason."""

import os
import shutil
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.config import Settings
from monitor.errors import DataError, UsageError
from monitor.source import find

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPEN_ROOMS = Path(__file__).resolve().parents[3] / "shared" / "cases" / "rooms"


@pytest.fixture
def settings(tmp_path_factory):
    return Settings(workspace=tmp_path_factory.mktemp("workspace"))


def media(path, age_s=3600.0, data=b"\0media"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def reasons(found):
    return {passed.path.name: passed.reason for passed in found.passed}


def failures(found):
    return [passed.path for passed in found.passed if passed.failed]


def test_a_folder_is_searched_through(tmp_path, settings):
    """Every media file below a folder is found in order; hidden folders and other files are not looked at."""
    for name in ("b/2.MP4", "b/1.flv", "a/x/y.wav", "c.webm", ".git/no.mp4", "._c.mp4", "notes.txt", "c.yaml"):
        media(tmp_path / name)
    found = find([tmp_path], settings)
    assert [str(stream.source.relative_to(tmp_path)) for stream in found.streams] == [
        "c.webm",
        "a/x/y.wav",
        "b/1.flv",
        "b/2.MP4",
    ]
    assert [stream.room for stream in found.streams] == ["c", "y", "1", "2"]
    assert found.passed == ()


def test_each_file_once(tmp_path, settings, monkeypatch):
    """A file given twice, by its folder, by a link or by another spelling, is one stream."""
    file = media(tmp_path / "in" / "a.mp4")
    (tmp_path / "link.mp4").symlink_to(file)
    monkeypatch.chdir(tmp_path)
    found = find([file, file, tmp_path / "in", Path("in/../in/a.mp4"), tmp_path / "link.mp4"], settings)
    assert [stream.source for stream in found.streams] == [file]
    assert found.passed == ()


def test_links_that_lead_round_in_a_circle_end(tmp_path, settings):
    """A folder that links to one above it, and a link to itself, are no endless search."""
    media(tmp_path / "a" / "a.mp4")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self.mp4").symlink_to(tmp_path / "a" / "self.mp4")
    found = find([tmp_path], settings)
    assert [stream.room for stream in found.streams] == ["a"]
    assert [path.name for path in failures(found)] == ["self.mp4"]


def test_a_file_named_outright_is_tried(tmp_path, settings):
    """Whatever its ending, a file that was asked for is tried."""
    found = find([media(tmp_path / "capture.dat"), media(tmp_path / "plain")], settings)
    assert [stream.room for stream in found.streams] == ["capture", "plain"]


def test_what_cannot_be_read_is_said(tmp_path, settings):
    """Each input that should have been readable fails with its own reason, and the others go on."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    os.mkfifo(tmp_path / "pipe.mp4")
    media(tmp_path / "zero.mp4", data=b"")
    good = media(tmp_path / "good.mp4")
    asked = [
        tmp_path / name for name in ("empty", "folder.mp4", "gone.mp4", "pipe.mp4", "zero.mp4", "missing", "x" * 300)
    ]
    found = find([*asked, Path("nul\0.mp4"), good], settings)
    assert [stream.source for stream in found.streams] == [good]
    assert len(failures(found)) == 8
    said = reasons(found)
    assert said["empty"] == said["folder.mp4"] == "the folder holds no recordings; check its name and what is in it"
    assert said["gone.mp4"] == "leads to nothing: its target does not exist; restore the target, or remove the link"
    assert said["pipe.mp4"] == "not a regular file; give recordings"
    assert said["zero.mp4"] == "empty (0 bytes); copy or record it again"
    assert said["missing"] == "does not exist; check the path"
    assert said["x" * 300].startswith("cannot be read (")


@pytest.fixture
def unprivileged():
    """A folder that everybody may enter, and ourselves without root's rights: root may read everything."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        was = os.geteuid()

        def step_down():
            if was == 0:
                os.seteuid(65_534)

        yield Path(folder), step_down
        if was == 0:
            os.seteuid(0)
        for closed in (folder, *(inner for inner, _, _ in os.walk(folder))):
            Path(closed).chmod(0o700)


def test_what_may_not_be_read_is_said(unprivileged, settings):
    """A file and a folder without permission fail, each with the reason; what is beside them is found."""
    folder, step_down = unprivileged
    closed = media(folder / "closed" / "a.mp4").parent
    media(folder / "b.mp4").chmod(0)
    media(folder / "c.mp4").chmod(0o644)
    closed.chmod(0)
    step_down()
    found = find([folder, closed / "a.mp4"], settings)
    assert [stream.room for stream in found.streams] == ["c"]
    rights = "check its owner and permissions, and those of its folders"
    assert reasons(found) == {
        "closed": "the folder cannot be read (Permission denied); check its owner and permissions",
        "a.mp4": f"cannot be read (Permission denied); {rights}",
        "b.mp4": f"cannot be read (Permission denied); {rights}",
    }
    assert len(failures(found)) == 3


def test_source_code_is_no_recording(tmp_path, settings):
    """A TypeScript file has the ending of a transport stream; it is left alone and is no failure."""
    media(tmp_path / "index.ts", data=b"Good: string = '...'\n" * 20)
    media(tmp_path / "live.ts", data=b"G@\0\x10" + b"\xff" * 184)
    found = find([tmp_path], settings)
    assert [stream.room for stream in found.streams] == ["live"]
    assert (reasons(found), failures(found)) == ({"index.ts": "text, not a recording"}, [])


@pytest.mark.parametrize(
    "name", ["line\nbreak", 'it\'s "quoted"', "🧧直播🛒", " lead", "a;b&c|d", "-dash", "%03d", "字" * 80, "b\udcff"]
)
def test_strange_names(tmp_path, settings, name):
    """Names with line breaks, quotes, emoji, broken bytes or of the greatest length are found like others."""
    path = media(tmp_path / f"{name}.mp4")
    media(tmp_path / f"{name}.xml")
    (stream,) = find([tmp_path], settings).streams
    assert stream.source == path
    assert stream.danmaku == (tmp_path / f"{name}.xml",)
    stream.room.encode()


def test_our_own_workspace_is_not_scanned(tmp_path):
    """Clips that a scan left behind do not come back as recordings; other folders named evidence do."""
    media(tmp_path / "ws" / "evidence" / "f1" / "clip.mp4")
    media(tmp_path / "ws" / "monitor.db")
    media(tmp_path / "here" / "evidence" / "f1" / "clip.mp4")
    media(tmp_path / "mine" / "evidence" / "real.mp4")
    found = find([tmp_path], Settings(workspace=tmp_path / "here"))
    assert [stream.room for stream in found.streams] == ["real"]


def test_numbered_parts_are_one_stream(tmp_path, settings):
    """Parts of one broadcast are joined in order, each with its danmaku, whatever order the disk lists them in."""
    folder = tmp_path / "抖音直播" / "小鹿"
    stem = "小鹿_2026-11-20_20-00-05"
    parts = [media(folder / f"{stem}_{n:03d}.ts") for n in (2, 0, 1000, 1)]
    media(folder / f"{stem}_001.xml")
    media(folder / f"{stem}_001.messages.jsonl")
    media(folder / f"{stem}.messages.jsonl")
    media(folder / f"{stem}_000.srt")
    other = media(folder / "小鹿_2026-11-20_22-00-00_000.ts")
    found = find([tmp_path], settings)
    one, rest, second = found.streams
    assert [path.name for path in one.parts] == [f"{stem}_{n:03d}.ts" for n in (0, 1, 2)]
    assert parts[1] == one.source
    assert one.room == stem
    assert (one.platform, one.creator) == ("douyin", "小鹿")
    assert one.started_at == datetime(2026, 11, 20, 20, 0, 5, tzinfo=SHANGHAI)
    assert one.part_danmaku == (None, folder / f"{stem}_001.xml", None)
    assert one.danmaku == (folder / f"{stem}_001.xml",)
    assert one.messages == (folder / f"{stem}.messages.jsonl", folder / f"{stem}_001.messages.jsonl")
    assert second.parts == (other,)
    assert (rest.room, rest.started_at) == (f"{stem}_1000", None), "its start is unknown: parts before it are missing"
    assert found.passed == ()


def test_one_danmaku_file_for_all_parts(tmp_path, settings):
    """Danmaku under the recording's stem belongs to the whole of it."""
    folder = tmp_path / "小鹿"
    for number in (0, 1):
        media(folder / f"小鹿_2026-11-20_20-00-05_{number:03d}.mp4")
    whole = media(folder / "小鹿_2026-11-20_20-00-05.xml")
    (stream,) = find([tmp_path], settings).streams
    assert (stream.danmaku, stream.part_danmaku) == ((whole,), (None, None))


def test_like_parts_in_different_folders_are_different_streams(tmp_path, settings):
    """The same names in two folders are two streams, told apart by their paths."""
    for folder in "ab":
        for number in (0, 1):
            media(tmp_path / folder / f"小鹿_2026-11-20_20-00-05_{number:03d}.mp4")
        media(tmp_path / folder / "room.mp4")
    streams = find([tmp_path], settings).streams
    assert [stream.room for stream in streams] == ["room", "小鹿_2026-11-20_20-00-05"] * 2
    assert len({stream.parts for stream in streams}) == 4


def test_segments_with_times_of_their_own_stay_apart(tmp_path, settings):
    """biliup's segments carry no number: each is a stream with its own start."""
    media(tmp_path / "阿兰2026-11-20T20_00_00.flv")
    media(tmp_path / "阿兰2026-11-20T21_00_00.flv")
    assert [stream.started_at.hour for stream in find([tmp_path], settings).streams] == [20, 21]


def test_the_original_is_used_while_it_is_there(tmp_path, settings):
    """A recorder's mp4 beside its ts is being made from it; once the ts is gone the mp4 is used, with its danmaku."""
    stem = "小鹿_2026-11-20_20-00-05_000"
    ts, mp4 = media(tmp_path / f"{stem}.ts"), media(tmp_path / f"{stem}.mp4")
    xml = media(tmp_path / f"{stem}.xml")
    found = find([tmp_path], settings)
    assert [stream.parts for stream in found.streams] == [(ts,)]
    assert (reasons(found), failures(found)) == (
        {mp4.name: f"made from {ts.name}, which is still there and is used"},
        [],
    )
    ts.unlink()
    (stream,) = find([tmp_path], settings).streams
    assert (stream.parts, stream.danmaku) == ((mp4,), (xml,))


def test_same_stem_in_two_containers_is_not_always_a_remux(tmp_path, settings):
    """Files that no recorder named are each scanned."""
    media(tmp_path / "room.ts")
    media(tmp_path / "room.mp4")
    assert len(find([tmp_path], settings).streams) == 2


def test_unfinished_files_are_left_alone(tmp_path, settings):
    """Names that say so are believed, found or named outright; that is no failure, nor is their danmaku an orphan."""
    part = media(tmp_path / "阿兰2026-11-20T20_00_00.flv.part")
    media(tmp_path / "阿兰2026-11-20T20_00_00.xml")
    media(tmp_path / "[正在录制]阿豆-Part001.flv")
    media(tmp_path / "x.mp4.download")
    found = find([tmp_path, part], settings)
    assert found.streams == ()
    assert set(reasons(found).values()) == {"still being written, as its name says"}
    assert (len(found.passed), failures(found)) == (3, [])


def test_a_growing_part_is_left_alone_and_the_finished_ones_are_scanned(tmp_path, settings):
    """Of a recording that goes on, the parts that are done are scanned."""
    done = media(tmp_path / "小鹿_2026-11-20_20-00-05_000.ts")
    grows = media(tmp_path / "小鹿_2026-11-20_20-00-05_001.ts", age_s=1)
    stop = threading.Event()

    def record():
        while not stop.wait(0.05):
            with grows.open("ab") as file:
                file.write(b"more")

    thread = threading.Thread(target=record)
    thread.start()
    try:
        found = find([tmp_path], settings)
    finally:
        stop.set()
        thread.join()
    assert [stream.parts for stream in found.streams] == [(done,)]
    assert (reasons(found), failures(found)) == ({grows.name: "still being written"}, [])


def test_orphans_are_no_failure(tmp_path, settings):
    """Danmaku and messages whose recording is gone are named, and nothing fails; clock subtitles are passed over."""
    media(tmp_path / "a.mp4")
    for name in ("b.xml", "b.messages.jsonl", "b.srt", "a.xml"):
        media(tmp_path / name)
    found = find([tmp_path], settings)
    assert len(found.streams) == 1
    assert reasons(found) == {
        "b.xml": "danmaku whose recording was not found",
        "b.messages.jsonl": "messages whose recording was not found",
    }
    assert failures(found) == []


def test_all_files_of_a_folder_named_one_by_one(tmp_path, settings):
    """A shell's star names sidecars and tables too: they are taken for what they are."""
    for name in ("a.mp4", "a.xml", "a.messages.jsonl", "b.srt"):
        media(tmp_path / name)
    (tmp_path / "rooms.csv").write_text("file,creator\na.mp4,小鹿\n")
    found = find(sorted(tmp_path.iterdir()), settings)
    (stream,) = found.streams
    assert (stream.creator, len(stream.danmaku), len(stream.messages)) == ("小鹿", 1, 1)
    assert (set(reasons(found)), failures(found)) == ({"rooms.csv", "b.srt"}, [])


def test_the_table_knows_best(tmp_path):
    """`rooms.csv` goes before the recorder's name, and that before the settings, each column by itself."""
    media(tmp_path / "快手直播" / "阿兰" / "阿兰_2026-11-20_20-00-05.mp4")
    media(tmp_path / "plain.mp4")
    (tmp_path / "rooms.csv").write_text(
        "file,platform,creator,host_account,started_at,danmaku_offset_s,room\n"
        "快手直播/阿兰/阿兰_2026-11-20_20-00-05.mp4,,山里阿兰,阿兰助理,,-2.5,晚场\n"
    )
    given = Settings(
        platform="抖音", creator="某人", host_account="某号", danmaku_offset_ms=700, workspace=tmp_path / "w"
    )
    plain, listed = find([tmp_path], given).streams
    assert (listed.platform, listed.creator, listed.host_account) == ("kuaishou", "山里阿兰", "阿兰助理")
    assert (listed.room, listed.danmaku_offset_ms) == ("晚场", -2500)
    assert listed.started_at == datetime(2026, 11, 20, 20, 0, 5, tzinfo=SHANGHAI)
    assert (plain.platform, plain.creator, plain.host_account) == ("douyin", "某人", "某号")
    assert (plain.danmaku_offset_ms, plain.started_at) == (700, None)


def test_the_nearest_table_counts(tmp_path, settings):
    """Where tables of two folders list a file, that of the inner folder holds, in whatever order they are met."""
    file = media(tmp_path / "in" / "a.mp4")
    (tmp_path / "rooms.csv").write_text("file,creator\nin/a.mp4,outer\n")
    (tmp_path / "in" / "rooms.csv").write_text("file,creator\na.mp4,inner\n")
    for asked in ([tmp_path], [file, tmp_path], [tmp_path, file]):
        assert [stream.creator for stream in find(asked, settings).streams] == ["inner"]


def test_the_table_applies_to_a_single_file(tmp_path, settings):
    """The table of a file's folder holds for that file alone: the others are neither scanned nor missed."""
    file = media(tmp_path / "a.mp4")
    media(tmp_path / "b.mp4")
    (tmp_path / "rooms.csv").write_text("file,creator\na.mp4,小鹿\nb.mp4,老陈\nc.mp4,阿兰\n")
    found = find([file], settings)
    assert [(stream.source, stream.creator) for stream in found.streams] == [(file, "小鹿")]
    assert found.passed == ()


def test_what_the_table_lists_is_scanned(tmp_path, settings):
    """A listed file is tried whatever its ending; one that is not there fails, and the table's line is named."""
    media(tmp_path / "capture.dat")
    table = tmp_path / "rooms.csv"
    table.write_text(f"file\ncapture.dat\ngone.mp4\n{'x' * 300}.mp4\n")
    found = find([tmp_path], settings)
    assert [stream.room for stream in found.streams] == ["capture"]
    assert len(failures(found)) == 2
    assert (
        reasons(found)["gone.mp4"] == f"does not exist, but {table}:3 lists it; restore the file, or take the line out"
    )


def test_wrong_tables_are_refused_all_at_once(tmp_path, settings):
    """Every problem of every table met is in one error; nothing is scanned on half of what an operator knows."""
    for folder in ("a", "b"):
        media(tmp_path / folder / "x.mp4")
        (tmp_path / folder / "rooms.csv").write_text("file,started_at\nx.mp4,yesterday\n,\ny.mp4,today\n")
    with pytest.raises(DataError) as refused:
        find([tmp_path], settings)
    lines = str(refused.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["2", "4", "2", "4"]
    assert lines[0].startswith(str(tmp_path / "a" / "rooms.csv"))
    assert refused.value.exit_code == 2


def test_a_wrong_time_zone_is_refused(tmp_path):
    """A zone that does not exist is an error of the settings."""
    with pytest.raises(UsageError, match="Mars/Olympus"):
        find([tmp_path], Settings(time_zone="Mars/Olympus"))


def test_a_fresh_copy_of_labelled_rooms_is_scanned(tmp_path, settings):
    """Rooms copied a moment ago are all found, with their table and danmaku, at the cost of one look."""
    if not OPEN_ROOMS.is_dir():
        pytest.skip("the open cases are not here")
    for path in OPEN_ROOMS.iterdir():
        if path.suffix in {".mp4", ".xml", ".csv"}:
            shutil.copyfile(path, tmp_path / path.name)
    began = time.monotonic()
    found = find([tmp_path], settings)
    assert time.monotonic() - began < 1.5
    assert [stream.room for stream in found.streams] == [f"o{number:02d}" for number in range(1, 13)]
    assert all(stream.creator and stream.platform and stream.started_at for stream in found.streams)
    assert all(stream.part_danmaku == stream.danmaku != () for stream in found.streams)
    assert found.passed == ()
