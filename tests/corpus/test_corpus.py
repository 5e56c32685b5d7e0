"""Floors on the project's own corpus: whoever changes words or judgement sees at once what it costs."""

import csv
from pathlib import Path

import pytest

from monitor.config import lexicon_folder
from monitor.judging import CHANNELS, judge_text, judging

HERE = Path(__file__).parent


def read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def judged() -> list[tuple[dict[str, str], list[str]]]:
    judge = judging(lexicon_folder())
    rows = read("utterances.tsv") + [{**row, "split": "late"} for row in read("late.tsv")]
    return [(row, judge_text(judge, row["text"], CHANNELS[row["channel"]]).schemes) for row in rows]


def share(found: list[bool]) -> float:
    return sum(found) / len(found)


@pytest.mark.parametrize(("split", "floor"), [("dev", 0.93), ("held", 0.75), ("late", 0.85)])
def test_recall_does_not_fall(judged, split: str, floor: float):
    """So many violations are found with the right scheme; `held` and `late` were never tuned on."""
    found = [row["scheme"] in schemes for row, schemes in judged if row["split"] == split and row["scheme"] != "none"]

    assert share(found) >= floor


@pytest.mark.parametrize(("split", "ceiling"), [("dev", 0.02), ("held", 0.03), ("late", 0.05)])
def test_innocent_talk_is_left_alone(judged, split: str, ceiling: float):
    """So few look-alikes are flagged."""
    flagged = [bool(schemes) for row, schemes in judged if row["split"] == split and row["scheme"] == "none"]

    assert share(flagged) <= ceiling
