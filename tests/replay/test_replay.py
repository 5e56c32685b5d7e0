"""A replay gives what the scan gave; with other lexicons it says what changed and because of which word."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rooms import LEXICON, MATCHER, POLICIES
from typer.testing import CliRunner

from monitor.cli.app import app
from monitor.config import Settings, lexicon_folder
from monitor.errors import DataError
from monitor.flag_line import flag_line
from monitor.flagging import Desk
from monitor.lexicon import Lexicon
from monitor.match import Matcher
from monitor.records import Box, Channel, Cue, Role, State, Stream
from monitor.replay import NotingMatcher, Replayer, compare, replay_all
from monitor.store import Step, Store, Unit
from monitor.timeline import Span

STREAM = Stream("某房间", (Path("某房间.mp4"),), "douyin", "小店", "主播")
TYPED = Cue("chat:1", Channel.CHAT, Span(9000, 9100), "真的吗", role=Role.VIEWER, sender="ab")
BOARD = Cue("screen-4000-1", Channel.SCREEN, Span(4000, 5000), "全网最低价", 0.97, box=Box(0, 0, 90, 30), ongoing=True)


def spoken(start_ms: int, text: str) -> Cue:
    return Cue(f"speech:{start_ms}", Channel.SPEECH, Span(start_ms, start_ms + 200 * len(text)), text, 0.9)


def grown(end_ms: int, *, ongoing: bool = True, text: str = BOARD.text) -> Cue:
    return replace(BOARD, span=Span(BOARD.span.start_ms, end_ms), ongoing=ongoing, text=text)


STEPS = (
    Step((spoken(0, "欢迎来到直播间"), BOARD), 3000),
    Step((spoken(6000, "老粉先拍，拍完九点统一退，别提前退"),), 9000),
    Step((grown(14_000), TYPED), 13_000),
    Step((grown(24_000, text="全网最低价 随便比"), spoken(16_000, "我们不搞返现")), 22_000),
    Step((), 40_000),
    Step((grown(33_000, ongoing=False, text="全网最低价 随便比"), spoken(48_000, "付完款的我来抽，抽五个")), 52_500),
    Step((), None),
)  # fmt: skip
END_MS = 90_000


def scan(
    store: Store, steps=STEPS, lexicon: Lexicon = LEXICON, matcher: Matcher = MATCHER, key: str = "某房间"
) -> None:
    """Judge as a scan does and keep what it keeps."""
    desk = Desk(lexicon, matcher, POLICIES)
    engine = desk.engine(STREAM, "media")
    flags = []
    for step in STEPS:
        for cue in step.cues:
            assert engine.feed(cue)
        told = engine.finish(END_MS) if step.watermark_ms is None else engine.advance(step.watermark_ms)
        closed = [violation for violation in told if violation.state == State.CLOSED]
        flags += [desk.flag(v, STREAM, models={"speech": "base"}, gaps=(), around=v.span) for v in closed]
    run = store.begin_run(command="scan", settings={}, versions={}, at=datetime.now(UTC))
    stream_id = store.begin_stream(run, key, "f", STREAM, media_key="media")
    for some in (STEPS[:3], STEPS[3:]):
        store.add(stream_id, Unit(steps=some))
    store.add(stream_id, Unit(flags=flags))
    store.end_stream(stream_id, end_ms=END_MS, heard_ms=END_MS, seen_ms=END_MS, state="done", problem="", wall_s=1.0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store.open(tmp_path / "ws")
    scan(found)
    return found


def diff(store: Store, lexicon: Lexicon):
    matcher = NotingMatcher(lexicon)
    (stored,) = store.streams()
    replayer = Replayer(store, Desk(lexicon, matcher, POLICIES), lead_in_ms=5000, lead_out_ms=5000)
    return compare(replayer.stored_lines(stored), replayer.replay(stored), lexicon, matcher)


def test_steps_come_back_as_they_were_told(store: Store):
    """Every telling of a board that grew, the order, and the watermark between them."""
    (stored,) = store.streams()

    assert tuple(store.steps(stored.stream_id)) == STEPS
    assert [cue.cue_id for cue in store.cues(stored.stream_id)].count(BOARD.cue_id) == 1


def test_unchanged_lexicons_give_the_stored_flags(store: Store):
    """The same ids, times, scores and words, and nothing to tell."""
    (stored,) = store.streams()
    replayer = Replayer(store, Desk(LEXICON, MATCHER, POLICIES), lead_in_ms=0, lead_out_ms=0)

    assert {line["scheme"] for line in store.flags()} >= {"refund_brushing", "fake_price_comparison", "pay_first_draw"}
    assert replayer.replay(stored) == list(store.flags())
    assert diff(store, LEXICON) == []


def test_a_term_taken_out_is_named_by_the_flag_that_vanishes(store: Store):
    """The word editor sees which word carried the flag."""
    without = replace(LEXICON, terms=tuple(t for t in LEXICON.terms if "最低" not in t.text))

    (change,) = [c for c in diff(store, without) if c.flag["scheme"] == "fake_price_comparison"]
    assert change.change == "vanished"
    assert ("term", "全网最低价") in [(reason["kind"], reason["name"]) for reason in change.because]


def test_a_phrase_made_benign_is_named_as_what_sets_the_words_aside(store: Store):
    """A new benign phrase makes a flag vanish, and the change says which phrase."""
    milder = replace(LEXICON, benign=(*LEXICON.benign, "全网最低价随便比"))

    (change,) = [c for c in diff(store, milder) if c.flag["scheme"] == "fake_price_comparison"]
    assert change.change in ("vanished", "changed")
    assert any(reason["kind"] == "suppression" and "全网最低价随便比" in reason["name"] for reason in change.because)


def test_a_term_put_in_is_named_by_the_flag_that_appears(tmp_path: Path):
    """What today's lexicon finds and the stored one did not has appeared, with its pattern and term."""
    poorer = replace(LEXICON, terms=tuple(t for t in LEXICON.terms if "最低" not in t.text))
    store = Store.open(tmp_path / "ws2")
    scan(store, lexicon=poorer, matcher=Matcher(poorer))

    (change,) = [c for c in diff(store, LEXICON) if c.flag["scheme"] == "fake_price_comparison"]
    assert change.change == "appeared"
    assert {reason["kind"] for reason in change.because} >= {"pattern", "term"}
    assert json.loads(json.dumps(change.line))["flag"]["flag_id"] == change.flag["flag_id"]


def test_a_score_that_moves_is_a_change_with_both_values(store: Store):
    """A pattern that is less sure leaves the flag, with another score."""
    scheme = LEXICON.schemes["pay_first_draw"]
    doubtful = scheme.model_copy(
        update={"patterns": tuple(p.model_copy(update={"score": p.score * 0.9}) for p in scheme.patterns)}
    )

    changes = diff(store, replace(LEXICON, schemes={**LEXICON.schemes, "pay_first_draw": doubtful}, learned=None))
    (change,) = [c for c in changes if c.flag["scheme"] == "pay_first_draw"]
    assert change.change == "changed"
    assert change.line["was"]["score"] > change.flag["score"]
    assert any(reason["kind"] == "score" for reason in change.because)


def test_several_processes_give_what_one_gives(tmp_path: Path):
    """Streams come in order, whoever replayed them."""
    store = Store.open(tmp_path / "ws")
    for number in range(16):
        scan(store, key=f"{number:02}")
    settings = Settings(workspace=tmp_path / "ws")

    alone = list(replay_all(store.streams(), settings))
    together = list(replay_all(store.streams(), settings, jobs=2))

    assert together == alone
    assert all(one.exact and one.lines for one in alone)


def test_wrong_policies_are_told_before_processes_start(tmp_path: Path, store: Store):
    """As one line with its place, not by a pool that broke."""
    shutil.copytree(lexicon_folder(), tmp_path / "lexicons")
    (tmp_path / "lexicons" / "policies" / "douyin.yaml").write_text("rules: 3\n", "utf-8")
    settings = Settings(workspace=store.workspace, lexicons=tmp_path / "lexicons")
    with pytest.raises(DataError) as caught:
        list(replay_all(store.streams() * 16, settings, jobs=2))
    assert caught.value.problems[0].startswith("policies/douyin.yaml:1: ")


def test_a_stream_without_steps_comes_close(tmp_path: Path, store: Store):
    """A stream of an older program is judged from its cues alone, and says that it is not exact."""
    with store._database.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM steps")

    (one,) = replay_all(store.streams(), Settings(workspace=store.workspace))
    assert not one.exact
    assert {line["scheme"] for line in one.lines} == {line["scheme"] for line in store.flags()}


def test_the_command_prints_flags_or_changes(store: Store, tmp_path: Path):
    """`replay` gives flag lines, `replay --diff` lines of changes; both tables name the scheme."""
    run = CliRunner()
    at = ["--workspace", str(store.workspace)]

    plain = run.invoke(app, ["replay", *at, "--jsonl", str(tmp_path / "o.jsonl")])
    assert plain.exit_code == 0, plain.output
    assert "待核实比价" in plain.stdout
    lines = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert lines == list(store.flags())
    told = run.invoke(app, ["replay", *at, "--diff", "--jsonl", "-"])
    assert told.stdout == ""
    assert run.invoke(app, ["replay", "--workspace", str(tmp_path / "none")]).exit_code != 0


def test_a_flag_line_needs_no_evidence(store: Store):
    """A replayed line is a flag line like any other, with the rules of the stream's platform."""
    (stored,) = store.streams()
    desk = Desk(LEXICON, MATCHER, POLICIES)
    line = Replayer(store, desk, lead_in_ms=0, lead_out_ms=0).replay(stored)[0]

    assert line.keys() == flag_line_keys(desk)
    assert line["evidence"] is None
    assert line["rules"][0]["id"].startswith("douyin.")


def flag_line_keys(desk: Desk):
    engine = desk.engine(STREAM, "media")
    engine.feed(spoken(0, "付完款的我来抽，抽五个免单"))
    (violation, *_) = [v for v in engine.finish(END_MS) if v.state == State.CLOSED]
    return flag_line(desk.flag(violation, STREAM, models={}, gaps=(), around=violation.span)).keys()
