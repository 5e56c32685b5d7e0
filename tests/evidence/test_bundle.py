"""The folder kept for a flag, written with a cutter that needs no media."""

from __future__ import annotations

import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import pytest
from coded_media import flag, hit, violation

from monitor.config import Settings
from monitor.errors import InputError, UsageError, WorkspaceError
from monitor.evidence import TimedPart, keep, sweep, verify
from monitor.evidence.folder import Draft
from monitor.flag_line import flag_line
from monitor.media import Cut
from monitor.records import Box, Channel, Cue, Gap, Sense
from monitor.timeline import Span

SETTINGS = Settings(lead_in_ms=5000, lead_out_ms=5000, long_flag_ms=60_000)
BOX = Box(40, 60, 140, 100)


@dataclass
class PlainCutter:
    """Cuts nothing: notes what it was asked for, writes bytes for a clip, gives grey pictures."""

    early_ms: int = 0
    asked: list = field(default_factory=list)

    def clip(self, pieces, out):
        self.asked.append(list(pieces))
        out.write_bytes(b"not really a film" * 100)
        real = tuple(Span(max(0, each.span.start_ms - self.early_ms), each.span.end_ms) for each in pieces)
        length_ms = sum(span.duration_ms for span in real)
        return Cut(
            path=out,
            mode="copy",
            pieces=real,
            container="mp4",
            video_codec="h264",
            audio_codec="aac",
            duration_ms=length_ms,
            size_bytes=1700,
            first_pts=9000,
            last_pts=90_000,
            time_base="1/90000",
            why="",
            engine="plain",
        )

    def still(self, path, at_ms):
        self.asked.append((path, at_ms))
        return np.full((240, 320, 3), 128, np.uint8)


class BlindCutter(PlainCutter):
    """A file with sound that has no picture."""

    def still(self, path, at_ms):
        raise InputError("has no picture", where=path)


class BrokenCutter(PlainCutter):
    """A decoder that dies half-way through the clip."""

    def clip(self, pieces, out):
        out.write_bytes(b"half")
        raise InputError(f"decoder stopped in {pieces[0].path}", where=pieces[0].path, todo="record it again")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "day" / "room-1.flv"
    path.parent.mkdir()
    path.write_bytes(b"recording")
    return path


@pytest.fixture
def keep_it(tmp_path, source):
    """Keeps a flag of some seconds with a board and a word; what is given replaces its parts."""

    def run(cutter, *, event=None, flag_id="f-1", gaps=(), parts=None, cues=(), **more):
        event = event or violation(
            100_000,
            112_000,
            hit(Channel.SPEECH, 104_000, 105_000),
            hit(Channel.SCREEN, 100_000, 112_000, slot="pay", box=BOX),
        )
        parts = parts or (TimedPart(source, Span(0, 600_000)),)
        made = flag(event, *(part.path for part in parts), flag_id=flag_id, gaps=gaps)
        return keep(
            made,
            line=flag_line(made),
            parts=parts,
            cues=cues,
            cutter=cutter,
            folder=tmp_path / "evidence",
            settings=SETTINGS,
            source_digests={source: "ab" * 32},
            facts={"software": "0.1.0"},
            **more,
        )

    return run


def about(evidence):
    return json.loads((evidence.folder / "manifest.json").read_text("utf-8"))


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_flag_gets_its_folder_and_it_verifies(keep_it, tmp_path):
    """Clip, stills, transcript, flag and manifest under the flag's id, nothing else, and nothing half-made beside."""
    evidence = keep_it(PlainCutter())
    assert evidence.folder == tmp_path / "evidence" / "f-1"
    assert evidence.problem == ""
    assert evidence.stills == (
        "stills/still-01.jpg",
        "stills/still-01-box.jpg",
        "stills/still-02.jpg",
        "stills/still-02-box.jpg",
    )
    assert files(evidence.folder) == sorted(
        ["clip.mp4", "flag.json", "manifest.json", "rules.json", "transcript.vtt", *evidence.stills]
    )
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == ["f-1"]
    assert verify(evidence.folder) == []


def test_the_flag_in_the_folder_is_a_flag_line_that_names_its_parts(keep_it):
    """It follows the published schema, and its evidence is where it lies itself."""
    evidence = keep_it(PlainCutter())
    line = json.loads((evidence.folder / "flag.json").read_text("utf-8"))
    jsonschema.validate(line, json.loads((Path(__file__).parents[2] / "docs/flag.schema.json").read_text("utf-8")))
    assert line["source"] == "room-1.flv"
    assert (line["evidence"]["folder"], line["evidence"]["clip"]) == (".", "clip.mp4")
    assert line["evidence"]["stills"] == list(evidence.stills)


def test_the_manifest_leads_from_clip_to_source(keep_it, source):
    """Times of each piece on stream, source and clip as really cut, packet times, digests and what shaped it."""
    made = about(keep_it(PlainCutter(early_ms=1200)))
    assert made["pieces"] == [
        {
            "source": 0,
            "name": "room-1.flv",
            "stream_start_s": 93.8,
            "stream_end_s": 117.0,
            "source_start_s": 93.8,
            "source_end_s": 117.0,
            "clip_start_s": 0.0,
            "clip_end_s": 23.2,
        }
    ]
    assert [(m["channel"], m["stream_s"], m["clip_s"]) for m in made["moments"]] == [
        ("speech", 104.5, 10.7),
        ("screen", 100.5, 6.7),
    ]
    assert made["sources"] == [
        {"name": "room-1.flv", "sha256": "ab" * 32, "bytes": 9, "start_s": 0.0, "end_s": 600.0, "media": None}
    ]
    assert (made["clip"]["mode"], made["clip"]["first_pts"], made["clip"]["time_base"]) == ("copy", 9000, "1/90000")
    assert made["settings"]["lead_in_ms"] == 5000
    assert made["made_with"] == {"software": "0.1.0"}
    assert (made["lexicon"], made["policy"], made["omissions"]) == ("sha256:l", "sha256:p", [])


def test_the_rules_are_kept_as_they_stood_on_the_streams_day(tmp_path, source):
    """Whole, as the flag cites them, whatever they hold; the day is that of the flag in China."""
    began = datetime(2026, 11, 20, 15, 58, 30, tzinfo=UTC)  # 23:58:30 there; the flag begins 100 s later
    made = flag(violation(100_000, 112_000, hit(Channel.SPEECH, 104_000, 105_000)), source)
    made = replace(made, stream=replace(made.stream, started_at=began))
    rules = [{"id": "dy-1", "clause": "不得以返现诱导退款", "ladder": {"slight": "警告"}, "note": None}]
    evidence = keep(
        made,
        line={**flag_line(made), "rules": rules, "rules_set_aside": rules[:1]},
        parts=(TimedPart(source, Span(0, 600_000)),),
        cues=(),
        cutter=PlainCutter(),
        folder=tmp_path / "evidence",
        settings=SETTINGS,
        source_digests={},
        facts={},
    )
    kept = json.loads((evidence.folder / "rules.json").read_text("utf-8"))
    assert kept == {
        "schema": "monitor.rules/1",
        "flag_id": made.flag_id,
        "day": "2026-11-21",
        "platform": "douyin",
        "rules": rules,
        "rules_set_aside": rules,
    }


def test_nothing_kept_names_a_place_on_the_machine(keep_it, tmp_path):
    """Neither manifest nor flag nor transcript holds an absolute path, even when the cutter's complaint does."""
    evidence = keep_it(BrokenCutter())
    for name in ("manifest.json", "flag.json", "rules.json", "transcript.vtt"):
        assert str(tmp_path) not in (evidence.folder / name).read_text("utf-8")
    assert "room-1.flv" in evidence.problem


def test_a_flag_whose_clip_failed_still_stands(keep_it):
    """No clip and no rest of one, the problem named to the reviewer and in the manifest, everything else kept."""
    evidence = keep_it(BrokenCutter(), cues=[Cue("s", Channel.SPEECH, Span(104_000, 105_000), "返现")])
    assert evidence.clip is None
    assert evidence.problem == "no clip: decoder stopped in room-1.flv"
    assert len(evidence.stills) == 4
    assert "00:00:09.000 --> 00:00:10.000\n<v 口播>[口播] 返现" in (evidence.folder / "transcript.vtt").read_text(
        "utf-8"
    )
    assert about(evidence)["omissions"] == [{"what": "clip", "reason": "decoder stopped in room-1.flv"}]
    assert not [name for name in files(evidence.folder) if "clip" in name]
    assert json.loads((evidence.folder / "flag.json").read_text("utf-8"))["evidence"]["problem"] == evidence.problem
    assert verify(evidence.folder) == []


def test_a_stream_without_pictures_keeps_the_clip(keep_it):
    """Missing stills are said once, and the clip stays."""
    evidence = keep_it(BlindCutter())
    assert (evidence.clip, evidence.stills, evidence.problem) == ("clip.mp4", (), "no still: has no picture")
    assert verify(evidence.folder) == []


def test_no_clip_when_none_is_asked_for(keep_it):
    """That is an omission, not a problem."""
    evidence = keep_it(PlainCutter(), clips=False)
    assert (evidence.clip, evidence.problem) == (None, "")
    assert about(evidence)["omissions"] == [{"what": "clip", "reason": "not asked for"}]
    assert verify(evidence.folder) == []


def test_what_a_long_flag_does_not_show_is_listed_and_so_are_gaps(keep_it):
    """Stretches left out and stretches not heard are named with their times."""
    event = violation(100_000, 400_000, hit(Channel.SCREEN, 100_000, 400_000, box=BOX))
    made = about(keep_it(PlainCutter(), event=event, gaps=(Gap(Sense.HEARD, Span(90_000, 95_000), "no audio track"),)))
    assert [(o["what"], o["start_s"], o["end_s"]) for o in made["omissions"]] == [
        ("stretch", 105.0, 395.0),
        ("heard", 90.0, 95.0),
    ]


def test_a_flag_across_two_files_is_cut_from_both(keep_it, tmp_path, source):
    """The cutter is asked for each file's share; each still comes from the file that shows it."""
    other = tmp_path / "day" / "room-1-part2.flv"
    other.write_bytes(b"more")
    parts = (TimedPart(source, Span(0, 102_000)), TimedPart(other, Span(102_000, 300_000)))
    cutter = PlainCutter()
    evidence = keep_it(cutter, parts=parts)
    pieces, board, word = cutter.asked
    assert [(p.path, p.span) for p in pieces] == [(source, Span(95_000, 102_000)), (other, Span(0, 15_000))]
    assert (board, word) == ((source, 100_500), (other, 2500))
    assert [s["name"] for s in about(evidence)["sources"]] == ["room-1.flv", "room-1-part2.flv"]


def test_the_box_is_drawn_round_the_text_and_not_over_it(keep_it):
    """The boxed still is red just outside the box and, like the raw one, untouched inside."""
    evidence = keep_it(PlainCutter())
    boxed = cv2.imread(str(evidence.folder / "stills/still-01-box.jpg")).astype(int)
    raw = cv2.imread(str(evidence.folder / "stills/still-01.jpg")).astype(int)
    blue, green, red = boxed[58, 90]
    assert red > 180
    assert blue < 90
    assert green < 90
    inside = (slice(70, 90), slice(50, 130))
    assert np.abs(boxed[inside] - raw[inside]).max() <= 8
    assert np.abs(raw - 128).max() <= 2


def test_at_most_four_moments_the_screen_first(keep_it):
    """Of many words and five boards four boards are shown; private messages have no picture."""
    boards = [hit(Channel.SCREEN, at, at + 900, box=BOX, term=str(at)) for at in range(101_000, 111_000, 2000)]
    words = [hit(Channel.SPEECH, at, at + 500, slot=f"s{at}") for at in range(100_000, 112_000, 1500)]
    messages = [hit(Channel.MESSAGE, 105_000, 105_000, slot="pay")]
    evidence = keep_it(PlainCutter(), event=violation(100_000, 112_000, *words, *boards, *messages))
    assert [name for name in evidence.stills if "box" in name] == [f"stills/still-0{n}-box.jpg" for n in (1, 2, 3, 4)]
    assert len(evidence.stills) == 8


def test_kept_again_the_older_evidence_stays_as_it_was(keep_it, tmp_path):
    """Whoever names a folder of evidence finds in it what was kept: the same flag kept again gets another."""
    older = keep_it(PlainCutter())
    newer = keep_it(BrokenCutter())
    third = keep_it(PlainCutter())
    assert [each.folder.name for each in (older, newer, third)] == ["f-1", "f-1-2", "f-1-3"]
    assert [verify(each.folder) for each in (older, newer, third)] == [[], [], []]
    assert "clip.mp4" in files(older.folder)
    assert "clip.mp4" not in files(newer.folder)
    assert len(list((tmp_path / "evidence").iterdir())) == 3


@pytest.mark.parametrize(
    "bad", ["", ".", "..", "../up", "a/b", "a\\b", ".hidden", "-x", "a\0b", "a\n", "x" * 201, "a.", "e\u0301"]
)
def test_an_id_that_is_no_safe_name_is_refused(keep_it, tmp_path, bad):
    """Nothing is written for a flag id that could lead out of the folder or hide in it."""
    with pytest.raises(UsageError, match="cannot name a folder"):
        keep_it(PlainCutter(), flag_id=bad)
    assert not (tmp_path / "evidence").exists()


def test_ids_with_chinese_room_names_are_fine(keep_it):
    """Rooms are named by people."""
    assert verify(keep_it(PlainCutter(), flag_id="小店直播间-20261120.fx1").folder) == []


def test_a_workspace_that_is_no_folder_is_loud(keep_it, tmp_path):
    """It raises, and says where and what to do."""
    (tmp_path / "evidence").write_text("in the way")
    with pytest.raises(WorkspaceError, match=r"evidence.*cannot be written.*scan again"):
        keep_it(PlainCutter())


def test_a_write_that_fails_is_loud_and_harms_nothing(keep_it, tmp_path):
    """When a file cannot be written to its end, nothing passes for evidence and the older folder stands."""
    older = keep_it(PlainCutter())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(WorkspaceError, match="cannot be written"):
            keep_it(PlainCutter(), clips=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == ["f-1"]
    assert older.clip in files(older.folder)
    assert verify(older.folder) == []


class GreedyCutter(PlainCutter):
    """Fills the disk, then complains about something else, as encoders do."""

    def clip(self, pieces, out):
        with out.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(b"x" * 65_536):
                pass
        raise InputError("the encoder stopped")


def test_a_full_disk_is_not_taken_for_a_bad_recording(keep_it, tmp_path):
    """A clip that fails because the disk is full ends the work loudly; a flag without clip would pass for a fact."""
    (tmp_path / "evidence").mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", tmp_path / "evidence"], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        with pytest.raises(WorkspaceError, match="No space left on device; free some space"):
            keep_it(GreedyCutter())
        assert list((tmp_path / "evidence").iterdir()) == []
    finally:
        subprocess.run(["umount", tmp_path / "evidence"], check=True)


def put(root, content):
    """Keeps a small bundle of two files that tell each other's version."""
    with Draft(root, "f-1") as draft:
        draft.write("a.txt", content)
        draft.write("stills/b.txt", content)
        draft.publish()


def dies_at(event_number, root, content):
    """Does the same in a child that is gone at its n-th call to the system that Python tells of; False if it lived."""
    child = os.fork()
    if child == 0:
        calls = itertools.count(1)
        sys.addaudithook(lambda *_: os._exit(9) if next(calls) == event_number else None)
        put(root, content)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_dying_anywhere_leaves_a_whole_folder_or_none(tmp_path):
    """Killed before each of its calls in turn, the folder is whole or absent, and a sweep leaves nothing else."""
    put(tmp_path, b"old")
    seen = set()
    for event_number in itertools.count(1):
        died = dies_at(event_number, tmp_path, b"new")
        whole = (tmp_path / "f-1-2").exists()
        if whole:
            assert files(tmp_path / "f-1-2") == ["a.txt", "stills/b.txt"]
            assert (tmp_path / "f-1-2" / "stills" / "b.txt").read_bytes() == b"new"
            shutil.rmtree(tmp_path / "f-1-2")
        seen.add(whole)
        sweep(tmp_path, {"f-1"})
        assert [path.name for path in tmp_path.iterdir()] == ["f-1"]
        assert (tmp_path / "f-1" / "a.txt").read_bytes() == b"old"
        if not died:
            break
    assert event_number > 15
    assert seen == {True, False}


def test_a_sweep_removes_bundles_that_no_flag_names_and_nothing_else(keep_it, tmp_path):
    """What is no bundle of ours is left to whoever put it there."""
    root = tmp_path / "evidence"
    kept, orphan = keep_it(PlainCutter()), keep_it(PlainCutter())
    (root / ".tmp-f-1-77").mkdir()
    (root / "notes").mkdir()
    (root / "notes" / "a.txt").write_text("a reviewer's own")
    assert sweep(root, {kept.folder.name}) == [root / ".tmp-f-1-77", orphan.folder]
    assert sorted(path.name for path in root.iterdir()) == ["f-1", "notes"]
    assert sweep(tmp_path / "none", set()) == []


PARTS_KEPT = [
    "clip.mp4",
    "flag.json",
    "rules.json",
    "transcript.vtt",
    "stills/still-01.jpg",
    "stills/still-01-box.jpg",
    "stills/still-02.jpg",
]


@pytest.mark.parametrize("part", PARTS_KEPT)
def test_one_flipped_bit_in_any_part_is_found_and_named(keep_it, part):
    """Sizes equal, one bit different: that part and no other."""
    folder = keep_it(PlainCutter()).folder
    data = bytearray((folder / part).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / part).write_bytes(data)
    (problem,) = verify(folder)
    assert problem.part == part
    assert "was changed" in str(problem)


@pytest.mark.parametrize("part", PARTS_KEPT)
def test_a_missing_part_is_found_and_named(keep_it, part):
    """Each listed part must be there."""
    folder = keep_it(PlainCutter()).folder
    (folder / part).unlink()
    assert [str(problem) for problem in verify(folder)] == [f"{part}: is missing"]


def test_whatever_does_not_belong_is_found(keep_it, tmp_path):
    """An extra file, an extra link, a part shortened, a part turned into a link: each is named."""
    folder = keep_it(PlainCutter()).folder
    (folder / "stills" / "extra.jpg").write_bytes(b"x")
    (folder / "link").symlink_to(tmp_path)
    (folder / "clip.mp4").write_bytes(b"short")
    shutil.move(folder / "flag.json", tmp_path / "flag.json")
    (folder / "flag.json").symlink_to(tmp_path / "flag.json")
    assert {problem.part: problem.what for problem in verify(folder)} == {
        "stills/extra.jpg": "is not in the manifest",
        "link": "is not in the manifest",
        "clip.mp4": "has 5 bytes, 1700 in the manifest",
        "flag.json": "is not an ordinary file",
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("\udcff", "cannot be read"),
        ("[]", "is not of schema"),
        ('{"schema": "monitor.evidence/9"}', "is not of schema"),
        ('{"schema": "monitor.evidence/1"}', "lists no parts"),
        ('{"schema": "monitor.evidence/1", "parts": [3]}', "part 0 lacks"),
        (
            '{"schema": "monitor.evidence/1", "parts": [{"name": "../x", "bytes": 1, "sha256": "%s"}]}' % ("0" * 64),
            "part 0",
        ),
        (
            '{"schema": "monitor.evidence/1", "parts": [{"name": "/x", "bytes": 1, "sha256": "%s"}]}' % ("0" * 64),
            "part 0",
        ),
        (
            '{"schema": "monitor.evidence/1", "parts": [{"name": "x", "bytes": true, "sha256": "%s"}]}' % ("0" * 64),
            "part 0",
        ),
        ('{"schema": "monitor.evidence/1", "parts": [{"name": "x", "bytes": 1, "sha256": "0"}]}', "part 0"),
    ],
)
def test_a_manifest_that_cannot_be_relied_on_is_a_problem(keep_it, text, says):
    """Unreadable, of another schema, or pointing out of the folder: said, not crashed on, and never good."""
    folder = keep_it(PlainCutter()).folder
    (folder / "manifest.json").write_text(text, "utf-8", errors="surrogateescape")
    problems = verify(folder)
    assert problems
    assert problems[0].part == "manifest.json"
    assert says in problems[0].what


def test_a_folder_without_manifest_and_a_path_without_folder_are_problems(keep_it, tmp_path):
    """Neither is an empty list."""
    folder = keep_it(PlainCutter()).folder
    (folder / "manifest.json").unlink()
    assert [str(problem) for problem in verify(folder)] == ["manifest.json: is missing"]
    (problem,) = verify(tmp_path / "nothing")
    assert problem.part == "nothing"


def packed(folder, out, top):
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in files(folder):
            archive.write(folder / name, top + name)
    return out


@pytest.mark.parametrize("top", ["", "f-1/"])
def test_a_zip_of_the_folder_verifies_alike(keep_it, tmp_path, top):
    """Packed with or without its folder it is good; a part swapped, dropped or added in the zip is found."""
    folder = keep_it(PlainCutter()).folder
    assert verify(packed(folder, tmp_path / "good.zip", top)) == []
    data = bytearray((folder / "clip.mp4").read_bytes())
    data[7] ^= 4
    (folder / "clip.mp4").write_bytes(data)
    (folder / "flag.json").unlink()
    (folder / "extra.txt").write_text("x")
    found = {problem.part for problem in verify(packed(folder, tmp_path / "bad.zip", top))}
    assert found == {"clip.mp4", "flag.json", "extra.txt"}


def test_a_damaged_zip_is_a_problem_and_never_a_crash(keep_it, tmp_path):
    """Whatever bit is flipped verify returns; a zip cut short and a file that is no zip are named."""
    whole = packed(keep_it(PlainCutter()).folder, tmp_path / "case.zip", "").read_bytes()
    for at in range(60, len(whole) - 1500, max(1, len(whole) // 40)):
        data = bytearray(whole)
        data[at] ^= 8
        (tmp_path / "case.zip").write_bytes(data)
        verify(tmp_path / "case.zip")
    for damaged in (b"no zip at all", whole[: len(whole) // 2], b""):
        (tmp_path / "case.zip").write_bytes(damaged)
        assert [problem.part for problem in verify(tmp_path / "case.zip")] == ["case.zip"]
