"""`monitor eval`: tables and rooms, as a table, as lines, as a page, and what each ability brings."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from monitor.cli.app import app
from monitor.errors import UsageError
from monitor.records import Channel, Cue, Stream
from monitor.store import Step, Store, Unit
from monitor.timeline import Span

ROWS = (
    ("a", "speech", "pay_first_draw", "dev", "先付款，付完款的我来抽，抽五个免单"),
    ("b", "screen", "fake_price_comparison", "dev", "全网最低价"),
    ("c", "speech", "misery_selling", "dev", "今天给大家看看 <b>这条</b> 毛巾"),
    ("d", "speech", "none", "dev", "我们不搞返现"),
    ("e", "speech", "none", "dev", "全网最低价随便比"),
    ("f", "speech", "none", "late", "全网最低价"),
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rows.tsv"
    lines = ["id\tchannel\tscheme\tsplit\ttext", *("\t".join(row) for row in ROWS)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    """A folder with the truth of one room, and a workspace in which it was scanned."""
    folder = tmp_path / "truths"
    folder.mkdir()
    item = {"start": 1.0, "end": 4.0, "scheme": "pay_first_draw", "channel": "speech", "text": "抽免单"}
    (folder / "r.truth.json").write_text(json.dumps({"room": "r", "duration_s": 30, "violations": [item]}), "utf-8")
    store = Store.open(tmp_path / "ws")
    run = store.begin_run(command="scan", settings={}, versions={}, at=datetime.now(UTC))
    stream_id = store.begin_stream(run, "r", "f", Stream("r", (Path("r.mp4"),)))
    cue = Cue("speech:1000", Channel.SPEECH, Span(1000, 4000), "付完款的我来臭，臭五个面单", alternatives=(ROWS[0][4],))
    store.add(stream_id, Unit(steps=[Step((cue,), None)]))
    store.end_stream(stream_id, end_ms=30_000, heard_ms=0, seen_ms=0, state="done", problem="", wall_s=1.0)
    return folder


def run(*arguments: object):
    return CliRunner().invoke(app, ["eval", *map(str, arguments)])


class Page(HTMLParser):
    """What a page would run or fetch, and the texts in it."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.fetched += [value for name, value in attrs if name in ("src", "href", "xlink:href", "srcset")]

    def handle_data(self, data):
        self.texts.append(data)


def test_figures_and_reasons_of_a_table(table: Path, tmp_path: Path):
    """Two of three found, one false alarm of two; every miss and false alarm says why in Chinese."""
    done = run(table, "--only", "split=dev", "--show", "--jsonl", tmp_path / "o.jsonl")

    assert done.exit_code == 0, done.output
    (figures,) = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]
    assert (figures["labelled"], figures["benign"], figures["recall"]) == (3, 2, 0.6667)
    assert figures["false_positive_rate"] == 0.5
    assert figures["schemes"]["fake_price_comparison"]["precision"] == 0.5
    assert re.search(r"missed c misery_selling", done.stdout)
    assert "这种方案的词一个也没有命中" in done.stdout
    assert re.search(r"false e fake_price_comparison", done.stdout)
    assert "全网最低价" in done.stdout.split("false e")[1]


def test_the_page_is_whole_offline_and_escapes_what_was_said(table: Path, tmp_path: Path):
    """Plots as SVG, no script, nothing fetched, no markup from a text."""
    assert run(table, "--html", tmp_path / "p.html", "--plot", tmp_path / "c.svg").exit_code == 0
    assert ElementTree.parse(tmp_path / "c.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"
    page = Page()
    page.feed((tmp_path / "p.html").read_text("utf-8"))

    assert page.tags.count("svg") == 4
    assert page.fetched == []
    assert "script" not in page.tags
    assert "b" in page.tags  # the sums
    assert any("<b>这条</b>" in text for text in page.texts)


def test_rooms_are_read_from_a_workspace_or_a_file(rooms: Path, tmp_path: Path):
    """What a missed episode was heard as stands beside it; flags of a file count likewise."""
    missed = run(rooms, "--workspace", tmp_path / "ws", "--show")
    assert missed.exit_code == 0, missed.output
    assert "臭五个面单" in missed.stdout

    line = {"room": "r", "scheme": "pay_first_draw", "start_s": 1, "end_s": 4, "score": 0.9, "candidate": False}
    (tmp_path / "flags.jsonl").write_text(json.dumps(line) + "\n", "utf-8")
    found = run(rooms, "--flags", tmp_path / "flags.jsonl", "--jsonl", "-")
    assert json.loads(found.stdout)["recall"] == 1.0


def test_a_room_that_was_not_scanned_is_named(rooms: Path, tmp_path: Path):
    """No figures for what is not there."""
    (rooms / "s.truth.json").write_text('{"room": "s", "duration_s": 3, "violations": []}', "utf-8")

    assert "rooms s are not there" in str(run(rooms, "--workspace", tmp_path / "ws").exception)


def test_the_ablation_is_a_markdown_table_of_abilities(table: Path, rooms: Path, tmp_path: Path):
    """Each ability one row; other readings of the sound count in rooms that have them, and only there."""
    done = run(table, rooms, "--workspace", tmp_path / "ws", "--only", "split=dev", "--ablation")

    assert done.exit_code == 0, done.output
    lines = [line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line.startswith("|")]
    rows = {line[0]: line[1:] for line in lines[2:]}
    assert rows["+ suppression"][0] == "66.7 / 66.7 / 50.0"
    assert rows["+ other readings of what was heard"][0] == "–"
    assert rows["+ other readings of what was heard"][1] != "–"
    assert float(rows["every telling word, by every method"][0].split(" / ")[2]) == 100.0


def test_a_wrong_choice_of_rows_is_a_usage_error(table: Path):
    """`--only` names a column that is there."""
    assert isinstance(run(table, "--only", "split").exception, UsageError)
    assert isinstance(run(table, "--only", "colour=red").exception, UsageError)
