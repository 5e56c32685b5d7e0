"""Exports: who may take what out, that it is in the log before it can be fetched, and that text stays text."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tempfile
import time
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from exported_cases import NAME, kept_flag
from store.broadcasts import AT, SPOKEN, STREAM, begin, end, flag

from monitor.audit import Act, Entry
from monitor.config import Settings
from monitor.csv_rows import MOST_CELL_CHARS, cell
from monitor.evidence import examine
from monitor.records import Stream
from monitor.review.desk import Desk
from monitor.review.export_entries import filter_digest
from monitor.review.exporting import LASTS, ExportError, Form
from monitor.review.handing_out import HandingOut, MadeFile
from monitor.roles import Person, RefusedError, Right, Role
from monitor.store import Unit
from monitor.store.queue_filter import STATES, Filter
from monitor.store.reviewing import Reviews
from monitor.store.verdicts import Decision, Reason, Round, Verdict

HOSTILE = '=HYPERLINK("http://x","点我")'
ROOM = '<script>alert(1)</script>\u202e,"引号"\n第二行'
EVERYTHING = Filter(state=STATES)
MAY = [role for role in Role if Person("x", "x", role).may(Right.EXPORT)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Five flags of a hostile creator, in different states of review, and one with signed evidence."""
    folder = tmp_path_factory.mktemp("desk")
    desk = Desk.of(Settings(workspace=folder / "w", keys=folder / "keys"))
    stream = Stream(ROOM, (Path("/srv/secret/place/甲.flv"),), "douyin", HOSTILE, "主播", started_at=STREAM.started_at)
    stream_id = begin(desk.store, stream=stream)
    flags = [flag(f"h-{n}", 1000 * n + 1000, stream=stream) for n in range(5)]
    desk.store.add(stream_id, Unit(cues=[SPOKEN], flags=flags))
    end(desk.store, stream_id)
    case = kept_flag(folder / "w", desk.signer)
    second = desk.store.begin_stream(
        desk.store.begin_run(command="scan", settings={}, versions={}, at=AT), "room-1", "f1",
        Stream("room-1", case.stream.parts), media_key="m",
    )  # fmt: skip
    desk.store.add(second, Unit(flags=[case]))
    end(desk.store, second)
    say(desk.store.reviews, "h-1", Decision.CONFIRMED)
    say(desk.store.reviews, "h-2", Decision.DISMISSED, reasons=(Reason.HARMLESS,))
    say(desk.store.reviews, "h-3", Decision.CONFIRMED, second_review=True)
    for role in Role:
        desk.accounts.add(role.value, role, by="desk", at=AT)
    return desk


def say(reviews: Reviews, flag_id: str, decision: Decision, **more) -> None:
    reviews.decide(Verdict(flag_id, decision, "王审核", AT, 0, round=Round.FIRST, **more))


def person(role: Role) -> Person:
    return Person(role.value, role.value, role)


LEAD = person(Role.LEAD)


def fetched(desk: Desk, made, session: str = "s", who: Person = LEAD) -> bytes:
    taken = desk.exports.take(who, session, made.token, at=AT)
    with taken.file as file:
        return file.read()


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def listed(desk: Desk, form: Form = Form.CSV, chosen: Filter = EVERYTHING) -> bytes:
    return fetched(desk, desk.exports.flags(LEAD, "s", chosen, form, at=AT))


def logged(desk: Desk) -> list[Entry]:
    return [Entry.from_leaf(row.leaf) for row in desk.store.audit.entries(act=Act.EXPORT)]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "  =", "\u3000@"])
def test_no_cell_begins_a_formula(start):
    """Whatever blanks stand before it."""
    assert cell(f"{start}1+1") == f"'{start}1+1"
    assert cell("1=1") == "1=1"
    assert cell(None) == ""


def test_no_cell_is_longer_than_a_spreadsheet_holds():
    assert len(cell("很" * 40_000)) == MOST_CELL_CHARS
    assert len(cell("=" * 40_000)) == MOST_CELL_CHARS + 1


def test_a_table_is_read_as_it_was_written(desk):
    """By Excel too: with its mark. Formulas, markup and what reorders text are no more than text."""
    data = listed(desk)

    assert data.startswith(b"\xef\xbb\xbf")
    rows = {row["线索编号"]: row for row in table(data)}
    assert set(rows) == {"h-0", "h-1", "h-2", "h-3", "h-4", "f-1"}
    one = rows["h-1"]
    assert one["主播"] == f"'{HOSTILE}"
    assert one["直播间"] == ROOM.replace("\u202e", "")
    assert (one["状态"], one["类型"], one["平台"]) == ("违规成立", "返现诱导", "抖音") or one["状态"] == "违规成立"
    assert one["命中词"] == "退给你"
    assert one["播出时间"] == "2026-11-20 20:00:03"
    assert rows["h-2"]["复核理由"] == "语境无害"
    for row in rows.values():
        assert not any(value.lstrip().startswith(("=", "+", "-", "@")) for value in row.values())


def test_lines_hold_the_whole_flag(desk):
    """As `monitor flags --format jsonl` tells it, with the review; without where files lie and who decided."""
    data = listed(desk, Form.JSONL)

    lines = {line["flag_id"]: line for line in map(json.loads, data.splitlines())}
    stored = desk.store.flag("h-1")
    one = lines["h-1"]
    review = one.pop("review")
    assert {**one, "source": stored["source"]} == stored
    assert one["source"] == "甲.flv"
    assert (review["state"], review["reasons"]) == ("confirmed", [])
    assert lines["h-2"]["review"]["reasons"] == ["harmless"]
    assert lines["f-1"]["evidence"]["folder"].startswith("evidence/")
    assert "王审核" not in data.decode()
    assert str(desk.store.workspace) not in data.decode()


@pytest.mark.parametrize("form", Form)
def test_what_the_first_reviewer_said_is_not_told_before_the_second(desk, form):
    """The one who exports may be the second."""
    data = listed(desk, form, Filter(state=("second",))).decode()

    assert "h-3" in data
    assert "confirmed" not in data
    assert "成立" not in data


def test_the_filter_is_the_queues(desk):
    assert [row["线索编号"] for row in table(listed(desk, chosen=Filter(state=("closed:dismissed",))))] == ["h-2"]
    assert {row["线索编号"] for row in table(listed(desk, chosen=Filter(creator=(HOSTILE,))))} == {"h-0", "h-3", "h-4"}
    with pytest.raises(ExportError, match="没有符合条件"):
        desk.exports.flags(LEAD, "s", Filter(creator=("没有这个人",)), Form.CSV, at=AT)


@pytest.mark.parametrize("form", Form)
def test_a_list_is_in_the_log_before_it_can_be_fetched(desk, form):
    """With how many flags, by which filter, and the digest of the file that was handed out."""
    before = len(logged(desk))
    made = desk.exports.flags(LEAD, "s", EVERYTHING, form, at=AT)

    entries = logged(desk)[before:]
    data = fetched(desk, made)
    assert [(one.actor, one.subject) for one in entries] == [("lead", "flags")]
    assert entries[0].facts == {
        "kind": form.value,
        "count": 6,
        "filter_sha256": filter_digest(EVERYTHING),
        "file_sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
    }
    assert desk.exports.latest(LEAD, 1)[0].sha256 == made.sha256


def test_the_case_verifies(desk, tmp_path):
    """As `monitor evidence verify` does; viewers' names are nowhere in it, and its export is told of the flag."""
    before = len(desk.exports.of(LEAD, "f-1"))
    made = desk.exports.case(LEAD, "s", "f-1", at=AT)
    data = fetched(desk, made)

    (tmp_path / made.name).write_bytes(data)
    found = examine(tmp_path / made.name, key=desk.signer.public_key)
    assert not found.problems
    assert found.exported_by == desk.signer.key_id
    with zipfile.ZipFile(tmp_path / made.name) as case:
        names = case.namelist()
        whole = b"".join(case.read(name) for name in names)
    assert [name for name in names if "stills/" in name] == []
    assert [name for name in names if name.startswith("masked/")]
    assert NAME.encode() not in whole
    assert str(desk.store.workspace).encode() not in whole
    past = desk.exports.of(LEAD, "f-1")
    assert len(past) == before + 1
    assert (past[0].by, past[0].kind, past[0].sha256) == ("lead", "case", hashlib.sha256(data).hexdigest())
    assert desk.exports.of(LEAD, "h-1") == []


def test_what_has_no_case_says_why(desk):
    with pytest.raises(ExportError, match="没有这条线索"):
        desk.exports.case(LEAD, "s", "none", at=AT)
    with pytest.raises(ExportError, match="没有留存证据"):
        desk.exports.case(LEAD, "s", "h-0", at=AT)


def test_altered_evidence_is_not_exported(desk):
    """And the log says nothing of an export."""
    folder = Path(desk.store.flag("f-1")["evidence"]["folder"])
    clip = folder / "clip.mp4"
    data, before = clip.read_bytes(), len(logged(desk))
    clip.write_bytes(data[:-1] + b"?")
    try:
        with pytest.raises(ExportError, match="对不上"):
            desk.exports.case(LEAD, "s", "f-1", at=AT)
    finally:
        clip.write_bytes(data)
    assert len(logged(desk)) == before


@pytest.mark.parametrize("role", Role)
def test_every_role(desk, role):
    """May, or may not: the same for each way out, and for what was exported before."""
    who, exports, before = person(role), desk.exports, len(logged(desk))
    made = exports.flags(LEAD, "s", EVERYTHING, Form.CSV, at=AT)
    ways = (
        lambda: exports.count(who, EVERYTHING),
        lambda: exports.take(who, "s", made.token, at=AT).file.close(),
        lambda: exports.flags(who, "s", EVERYTHING, Form.CSV, at=AT),
        lambda: exports.case(who, "s", "f-1", at=AT),
        lambda: exports.of(who, "f-1"),
        lambda: exports.latest(who),
    )
    for way in ways:
        if role in MAY:
            way()
        else:
            with pytest.raises(RefusedError):
                way()
    assert len(logged(desk)) == before + (3 if role in MAY else 1)


def test_a_right_that_was_taken_away_ends_at_once(desk):
    """The person is as they were when their page was opened."""
    desk.accounts.add("was-lead", Role.LEAD, by="desk", at=AT)
    was = Person("was-lead", "was-lead", Role.LEAD)
    desk.accounts.change("was-lead", role=Role.REVIEWER, by="desk", at=AT)
    with pytest.raises(RefusedError):
        desk.exports.flags(was, "s", EVERYTHING, Form.CSV, at=AT)


class TestTheAddress:
    def test_it_opens_once(self, desk):
        made = desk.exports.flags(LEAD, "s", EVERYTHING, Form.CSV, at=AT)
        fetched(desk, made)
        with pytest.raises(RefusedError, match="只能用一次"):
            desk.exports.take(LEAD, "s", made.token, at=AT)

    def test_it_opens_for_its_log_in_alone(self, desk):
        """And is not used up by others' tries."""
        made = desk.exports.flags(LEAD, "s", EVERYTHING, Form.CSV, at=AT)
        for token, session in ((made.token, "other"), (made.token[:-2] + "AA", "s")):
            with pytest.raises(RefusedError):
                desk.exports.take(LEAD, session, token, at=AT)
        with pytest.raises(RefusedError):
            desk.exports.take(LEAD, "s", made.token, at=AT + timedelta(days=1))
        assert fetched(desk, made)

    def test_a_token_of_evidence_opens_no_export(self, desk):
        token = desk.tokens.sign(session="s", flag_id="f-1", part="clip.mp4", until=AT + LASTS)
        with pytest.raises(RefusedError):
            desk.exports.take(LEAD, "s", token, at=AT)

    def test_a_later_export_takes_the_place_of_one_that_waits(self, desk):
        """So that nobody fills the disk."""
        first = desk.exports.flags(LEAD, "s", EVERYTHING, Form.CSV, at=AT)
        second = desk.exports.flags(LEAD, "s", EVERYTHING, Form.CSV, at=AT)
        with pytest.raises(RefusedError):
            desk.exports.take(LEAD, "s", first.token, at=AT)
        assert fetched(desk, second)


def test_what_nobody_fetches_is_gone():
    """After its time the file is closed, and with it gone: it has no name in any folder."""
    waiting, file = HandingOut(0.05), io.BytesIO(b"x")
    key = waiting.put("s", MadeFile("a.csv", "text/csv", file, 1))
    until = time.monotonic() + 10
    while not file.closed and time.monotonic() < until:
        time.sleep(0.01)
    assert file.closed
    assert waiting.take("s", key) is None


def test_no_export_leaves_a_file_behind(desk, tmp_path, monkeypatch):
    """Neither one that waits nor one that failed, and none lies in the workspace."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    there = sorted(path.name for path in desk.store.workspace.rglob("*") if "monitor.db" not in path.name)
    desk.exports.flags(LEAD, "s", EVERYTHING, Form.JSONL, at=AT)
    desk.exports.case(LEAD, "s", "f-1", at=AT)

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    before = len(logged(desk))
    with pytest.raises(KeyboardInterrupt):
        desk.exports.flags(LEAD, "s", EVERYTHING, Form.CSV, at=AT, told=stop)
    assert len(logged(desk)) == before
    assert list(tmp_path.iterdir()) == []
    assert sorted(path.name for path in desk.store.workspace.rglob("*") if "monitor.db" not in path.name) == there


def test_a_folder_that_takes_nothing_is_told(desk, monkeypatch):
    """And nothing is logged, since nothing is handed out."""
    before = len(logged(desk))
    monkeypatch.setattr(tempfile, "tempdir", "/proc")
    with pytest.raises(ExportError, match="临时目录"):
        desk.exports.flags(LEAD, "s", EVERYTHING, Form.CSV, at=AT)
    assert len(logged(desk)) == before
