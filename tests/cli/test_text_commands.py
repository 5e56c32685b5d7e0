"""`match`, `explain`, `lexicon` and `doctor`: the commands that need no recording."""

import json
import re
import shutil
from pathlib import Path

from typer.testing import CliRunner

from monitor.cli.app import app
from monitor.config import lexicon_folder


def run(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_match_gives_one_line_a_row_and_reads_no_other_column(tmp_path: Path):
    """Rows come back by id and in order, with schemes, hits and suppressed; answers in the table are not read."""
    table = tmp_path / "t.tsv"
    table.write_text(
        "id\tchannel\tscheme\ttext\n"
        "a\tspeech\tnone\t先付款，付完款的我来抽，抽五个免单\n"
        'b\tdanmaku_host\tpay_first_draw\t今天 "天气" 不错\n'
        "c\tspeech\tx\t我们不搞返现\n",
        encoding="utf-8",
    )
    result = run("match", table, "--jsonl", tmp_path / "o.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text("utf-8").splitlines()]

    assert result.exit_code == 0
    assert [(r["id"], r["schemes"]) for r in rows] == [("a", ["pay_first_draw"]), ("b", []), ("c", [])]
    assert rows[0]["hits"][0]["hits"][0]["raw"]
    assert "denial" in {s["reason"] for s in rows[2]["suppressed"]}


def test_match_goes_to_standard_output(tmp_path: Path):
    """Without `--jsonl` the lines are the output."""
    table = tmp_path / "t.tsv"
    table.write_text("id\tchannel\ttext\n1\tscreen\t全网最低价\n", encoding="utf-8")

    assert json.loads(run("match", table).stdout)["schemes"] == ["fake_price_comparison"]


def test_explain_tells_in_chinese_what_fired_and_what_did_not_count():
    """A word editor sees the scheme's name, the words with their method, and the reason of what does not count."""
    said = run("explain", "付完找我 fan现，七天无理由退款").stdout

    assert "线索：返现" in said
    assert "fan现 → 返现，拼音写法" in said
    assert "固定说法“七天无理由退款”" in said


def test_explain_says_what_would_have_been_needed():
    """What lacks is named with terms that would have met it; a text without any word says so."""
    said = run("explain", "有空来帮个忙").stdout

    assert "没有线索" in said
    assert "还缺" in said
    assert "例如" in said
    assert "词库里没有一个词" in run("explain", "水墨丹青").stdout


def test_explain_gives_the_same_as_one_json_object():
    """What the dashboard reads: one line, with the words' places in the text."""
    told = json.loads(run("explain", "付完找我 fan现", "--json").stdout)

    assert told["schema"] == "monitor.explanation/1"
    assert told["fired"][0]["scheme"] == "cashback_refund"
    assert {told["text"][w["start"] : w["end"]] for w in told["fired"][0]["words"]} >= {"fan现"}


def test_explain_refuses_a_channel_that_does_not_exist():
    """A slip of the pen is told with the channels that there are."""
    result = run("explain", "拍下", "--channel", "radio")

    assert result.exit_code != 0
    assert "radio" in str(result.exception)


def test_lexicon_check_names_every_problem_with_its_line(tmp_path: Path):
    """Lexicons and policies are checked together; problems are `path:line: message`."""
    folder = tmp_path / "lexicons"
    shutil.copytree(lexicon_folder(), folder)
    for name in ("benign.yaml", "policies/douyin.yaml"):
        path = folder / name
        path.write_text(path.read_text("utf-8") + "\nsurprise: 1\n", "utf-8")

    result = run("lexicon", "check", "--lexicons", folder)

    assert result.exit_code != 0
    assert "benign.yaml:" in str(result.exception)
    assert "douyin.yaml:" in str(result.exception)


def test_lexicon_check_and_test_pass_on_what_is_shipped():
    """The shipped lexicons are in order."""
    assert run("lexicon", "check").exit_code == 0
    assert run("lexicon", "test").exit_code == 0


def test_lexicon_test_tells_how_many_patterns_the_examples_try():
    """The share stands beside the count, and each pattern without an example with its line."""
    said = run("lexicon", "test").stdout

    assert re.search(r"\d+ of \d+ patterns fire in an example \(\d+%\)", said)


def test_lexicon_lint_lists_errors_apart_and_fails_on_them(tmp_path: Path):
    """A spelling that no text has is an error with its line; what is doubtful is a warning, what is harmless a note."""
    folder = tmp_path / "lexicons"
    shutil.copytree(lexicon_folder(), folder, ignore=shutil.ignore_patterns("corpus"))
    path = folder / "slots.yaml"
    path.write_text(path.read_text("utf-8").replace("      - 冲榜\n", "      - 冲榜\n      - GMV冲\n", 1), "utf-8")

    result = run("lexicon", "lint", "--lexicons", folder, "--notes")
    errors, _, rest = result.stdout.partition("warnings:")
    warnings, _, notes = rest.partition("notes:")

    assert result.exit_code == 1
    assert re.search(r"lexicons/slots.yaml:\d+: not-normal: `GMV冲`", errors)
    assert "everyday-word" in warnings
    assert "subsumed" in notes


def test_lexicon_test_fails_on_an_example_that_lies(tmp_path: Path):
    """An example that does not do what it says is named, and the exit code is 1."""
    folder = tmp_path / "lexicons"
    shutil.copytree(lexicon_folder(), folder)
    path = folder / "schemes" / "misery_selling.yaml"
    path.write_text(path.read_text("utf-8").replace("  fires:\n", "  fires:\n    - 今天天气很好\n", 1), "utf-8")

    result = run("lexicon", "test", "--lexicons", folder)

    assert result.exit_code == 1
    assert "misery_selling.fires[0]" in result.stdout


def test_doctor_finds_models_and_decoder():
    """On a machine that was set up, nothing must be mended."""
    result = run("doctor")

    assert result.exit_code == 0, result.stdout
    assert "FFmpeg" in result.stdout
    assert "d01c3014881c" in result.stdout
