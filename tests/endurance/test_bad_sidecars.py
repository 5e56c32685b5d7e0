"""What lies beside recordings, broken: comments, messages, tables; the recordings themselves are healthy.

case → exit → what is said

- danmaku cut mid-tag; empty; no XML; of another kind → 0 → `incomplete: PATH: …`, the chat's gap from the last comment
  on; what was read counts
- danmaku that declares entities (a million laughs, a file of the machine) → 0 → refused whole, in one line
- danmaku, messages that may not be read → 0 → the same
- two million lines beside four seconds → 0 → the recording's comments are kept, the others counted, memory bounded
- `rooms.csv` with wrong lines → 2 → `path:line: message`, all at once; nothing is scanned on half of what is known
- `products.csv` with wrong lines → 0 → the good lines count, the wrong ones are told with the stream
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import bad_files as bad
import pytest
from conftest import BIN
from processes import Sampler

from monitor.records import Sense

pytestmark = [pytest.mark.model, pytest.mark.slow]

COMMENT = '<d p="%.3f,1,25,16777215,0,0,7,0" user="%s">%s</d>\n'
PLAN = COMMENT % (2, "主播", "老粉拍完等九点统一退，别提前退")
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<i>\n'
LAUGHS = '<!ENTITY a "老粉拍完等九点统一退">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)

UNREAD = {
    "cut": (HEAD + PLAN + COMMENT % (3, "小王", "好的") + '<d p="3.5,1,25,167', "cut off after 2 comments"),
    "laughs": (f"<!DOCTYPE i [{LAUGHS}]><i>{COMMENT % (2, '主播', '&i;')}</i>", "declares a document type"),
    "outside": (
        f'<!DOCTYPE i [<!ENTITY x SYSTEM "file:///etc/passwd">]><i>{COMMENT % (2, "主播", "&x;")}</i>',
        "declares a document type",
    ),
    "words": ("only words", "not a danmaku file"),
    "page": ("<html><body>404</body></html>", "not a danmaku file"),
    "nothing": ("", "empty"),
}
"""Danmaku and what is said of it, by room."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("recordings")
    model = bad.healthy(place)
    for room, (danmaku, _) in UNREAD.items():
        (place / f"{room}.mp4").write_bytes(model.read_bytes() + room.encode())
        (place / f"{room}.xml").write_text(danmaku, "utf-8")
    (place / "letters.mp4").write_bytes(model.read_bytes() + b"letters")
    good = '{"time_s": 3.0, "sender": "host", "text": "好的"}'
    (place / "letters.messages.jsonl").write_text(f'{good}\n{{"time_s": 4.0, \nnonsense\n', "utf-8")
    shop = place / "shop"
    shop.mkdir()
    (shop / "shop.mp4").write_bytes(model.read_bytes() + b"shop")
    (shop / "products.csv").write_text("name,price\n保温杯,39.9\n被子,不知道\n", "utf-8")
    return place


@pytest.fixture(scope="module")
def scanned(folder: Path, tmp_path_factory: pytest.TempPathFactory, scan: Callable):
    return scan(tmp_path_factory.mktemp("w"), folder, "--no-clips")


def test_recordings_are_scanned_whatever_lies_beside_them(scanned):
    """Every picture and sound of each; exit 0, since the recordings could all be read."""
    assert scanned.code == 0, scanned.err
    for room in ("healthy", *UNREAD, "letters", "shop"):
        assert scanned.is_full(room)
    assert scanned.flags_of("healthy") == ["refund_brushing"]


@pytest.mark.parametrize("room", UNREAD)
def test_comments_that_could_not_be_read_are_a_gap(scanned, folder: Path, room: str):
    """One line names the recording and what is wrong; the gap reaches to the stream's end."""
    (line,) = scanned.lines(f"incomplete: {folder / room}.mp4: ")
    (gap,) = scanned.gaps(room, Sense.CHAT)

    assert f"{room}.xml" in line
    assert UNREAD[room][1] in line
    assert UNREAD[room][1] in gap.reason
    assert gap.span.start_ms == (3_000 if room == "cut" else 0)
    assert gap.span.end_ms == scanned.stream(room).end_ms


def test_what_was_read_before_the_cut_counts(scanned):
    """The host's arrangement stands in the first half of the file."""
    assert scanned.flags_of("cut") == ["refund_brushing"]


def test_entities_mean_nothing(scanned):
    """What a file defines itself is never read as somebody's words, and no file of this machine is opened."""
    assert scanned.flags_of("laughs") == []
    assert scanned.flags_of("outside") == []
    assert "root:" not in scanned.out + scanned.err


def test_wrong_lines_of_messages_are_counted(scanned, folder: Path):
    """And where they stand."""
    (line,) = scanned.lines(f"incomplete: {folder / 'letters.mp4'}: ")

    assert "2 wrong lines skipped" in line
    assert "letters.messages.jsonl:2" in line


def test_wrong_lines_of_the_shops_table_are_told(scanned):
    """`path:line`, what is wrong and how it is written, at the stream they belong to."""
    assert "products.csv:3: `price` '不知道' is no sum in yuan; write 399" in scanned.stream("shop").problem
    assert any("products.csv:3: `price`" in line for line in scanned.said_of_coverage("shop"))


def test_a_wrong_table_of_rooms_stops_before_anything_is_scanned(folder: Path, tmp_path: Path, monitor: Callable):
    """All its wrong lines at once, the line break in a cell spelt out."""
    place = tmp_path / "in"
    place.mkdir()
    shutil.copy(folder / "healthy.mp4", place)
    rows = ["file,started_at", "healthy.mp4,yesterday", ",", '"a\nb.mp4",today']
    (place / "rooms.csv").write_text("\n".join(rows) + "\n", "utf-8")
    done = monitor("scan", place, "--workspace", tmp_path / "w")

    assert done.code == 2
    assert [line.partition(": ")[0] for line in done.err.splitlines()] == [
        f"{place}/rooms.csv:{number}" for number in (2, 4)
    ]
    assert not (tmp_path / "w" / "monitor.db").exists()


@pytest.mark.timeout(900)  # a minute of work where nothing else runs
def test_two_million_comments_are_taken_in_stride(tmp_path: Path, scan: Callable):
    """Beside four seconds of a recording: the parent stays under a gigabyte, and both rooms have their flag."""
    place = tmp_path / "in"
    bad.healthy(place)
    crowd = bad.healthy(place, "crowd.mp4")
    with crowd.with_suffix(".xml").open("w", encoding="utf-8") as file:
        file.write(HEAD + PLAN)
        for n in range(2_000_000):
            file.write(COMMENT % (n * 0.0216, f"u{n % 50_000}", f"来了{n % 997}"))
        file.write("</i>\n")
    command = [str(BIN), "scan", str(place), "--workspace", str(tmp_path / "w"), "--no-clips"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with Sampler(running.pid) as sampler:
        code = running.wait(timeout=800)
    scanned = scan(tmp_path / "w", place)

    assert code == 0
    assert max(sample.largest_mb.get("parent", 0) for sample in sampler.samples) < 1000
    assert max(sample.total_mb for sample in sampler.samples) < 2500
    assert scanned.flags_of("healthy") == scanned.flags_of("crowd") == ["refund_brushing"]
    assert scanned.is_full("crowd")
    assert any("comments lie after the recording's end" in gap.reason for gap in scanned.gaps("crowd", Sense.CHAT))
