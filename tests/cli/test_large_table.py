"""A large table goes through several processes and comes out as from one."""

from pathlib import Path

from typer.testing import CliRunner

from monitor.cli.app import app

TEXTS = ("先付款，付完款的我来抽，抽五个免单", "我们不搞返现", "这条毛巾是纯棉的，吸水特别好，家里多备几条都用得上")


def test_rows_come_in_order_whoever_judged_them(tmp_path: Path):
    """Two processes give the lines that one gives."""
    rows = "".join(f"{n}\tspeech\t{TEXTS[n % 3] * 4}\n" for n in range(900))
    (tmp_path / "t.tsv").write_text(f"id\tchannel\ttext\n{rows}", "utf-8")
    told = []
    for jobs in ("1", "2"):
        out = tmp_path / f"{jobs}.jsonl"
        done = CliRunner().invoke(app, ["match", str(tmp_path / "t.tsv"), "--jsonl", str(out), "--jobs", jobs])
        assert done.exit_code == 0, done.output
        told.append(out.read_text("utf-8"))

    assert told[0] == told[1]
    assert told[0].count("\n") == 900
